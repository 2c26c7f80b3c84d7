//! The doctor's lines, each brought about on both databases.

use super::*;
use crate::doctor::{Finding, Level, examine};
use crate::feed::Public;
use crate::recovery::Identity;
use crate::witness::{self, TROUBLE};
use store::log::feed;

/// Words of the one line about a subject that has this level.
fn line<'a>(findings: &'a [Finding], subject: &str, level: Level) -> &'a str {
    let mut found = findings.iter().filter(|found| found.subject == subject && found.level == level);
    let found = found.next().unwrap_or_else(|| panic!("no {level:?} line about {subject}: {findings:#?}"));
    assert_eq!(found.remedy.is_empty(), level == Level::Ok, "{found:?}");
    &found.found
}

fn has(findings: &[Finding], subject: &str, level: Level, word: &str) {
    let said = line(findings, subject, level);
    assert!(said.contains(word), "{subject}: {said}");
}

async fn set(office: &Office, name: &str, value: &str) {
    office.app.set_setting(name, value).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_in_red_what_is_missing_and_turns_green_when_it_is_there() {
    for office in on_both_signed("doctor").await {
        let is_sqlite = office.app.database.kind() == "sqlite";
        let folder = std::env::temp_dir().join(format!("huiyin-doctor-{}-{is_sqlite}", std::process::id()));
        let _left_over = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut config = office.config.clone();
        let clock = &office.app.clock;
        // As bare as it can be.
        config.listen = "0.0.0.0:80".parse().unwrap();
        config.secure_cookies = false;
        let bare = examine(&config, clock).await.unwrap();
        has(&bare, "intake journal", Level::Red, "is off");
        has(&bare, "recovery", Level::Red, "nobody can bring the office back");
        let remedy = bare.iter().find(|finding| finding.subject == "recovery").unwrap().remedy;
        assert!(
            remedy.contains("recovery-key --shares 2-of-3"),
            "KEY-4: no key that one person can use: {remedy}"
        );
        has(&bare, "witnesses", Level::Red, "nobody witnesses");
        has(&bare, "public log", Level::Warning, "nothing was published");
        has(&bare, "backup", Level::Warning, "none is known");
        has(&bare, "cookies", Level::Red, "without TLS");
        has(&bare, "clock", Level::Ok, "believed");
        has(&bare, "database", Level::Ok, office.app.database.kind());
        has(&bare, "key file", Level::Ok, "apart");
        has(&bare, "body outside", Level::Red, "nowhere to go");
        has(&bare, "mail", Level::Warning, "no relay");
        if let Some(owner) = &office.scratch.owner {
            has(&bare, "database account", Level::Ok, "owns nothing");
            let as_other = async |address: String| {
                examine(&Config { database: address, ..config.clone() }, clock).await.unwrap()
            };
            has(&as_other(owner.clone()).await, "database account", Level::Warning, "owns the database");
            let program = store::testing::account_of(&config.database);
            let superuser = config.database.replacen(program, "huiyin", 1);
            has(&as_other(superuser).await, "database account", Level::Red, "bound by no rule");
        }

        // Step by step as it should be.
        let mut directory = (*office.app.directory()).clone();
        let mut outside = directory.units[&unit_id(HOUSING)].clone();
        (outside.id, outside.parent, outside.kind) = (unit_id(9), None, UnitKind::IntegrityBody);
        (outside.intake, outside.head) = (official_id(9, 0), official_id(9, 2));
        directory.units.insert(outside.id, outside);
        for n in [0, 2] {
            let person = Official {
                id: official_id(9, n),
                unit: unit_id(9),
                ..directory.officials[&official_id(HOUSING, n)].clone()
            };
            directory.officials.insert(person.id, person);
        }
        config.mail_host = "relay.example.gov".into();
        has(&examine(&config, clock).await.unwrap(), "mail", Level::Red, "a relay on this machine alone");
        config.mail_tls = "starttls".into();
        has(&examine(&config, clock).await.unwrap(), "mail", Level::Warning, "none of 13 officials");
        directory.officials.get_mut(&official_id(OFFICE, 2)).unwrap().mail = "head@office.test".into();
        let by = official_id(CITY, AUDITOR);
        let batch = office.app.change_directory(&directory, by, serde_json::Map::new()).await.unwrap();
        office.app.database.commit(batch).await.unwrap();
        office.app.read_directory().await.unwrap();
        let unset = examine(&config, clock).await.unwrap();
        has(&unset, "recipients", Level::Red, "sealing passphrase");
        for official in
            directory.officials.values().filter(|official| official.roles.contains(&Role::Recipient))
        {
            office.app.keep_sealing_key(official.id, "three herons over the lake").await.unwrap();
        }
        config.secure_cookies = true;
        config.journal_folder = folder.join("journal");
        config.recovery_recipients = vec![Identity::generate().recipient()];
        let key = witness::new_key("w.example/witness", &folder.join("w.key")).unwrap();
        config.witnesses = vec![format!("offline {key}")];
        let findings = examine(&config, clock).await.unwrap();
        has(&findings, "recovery", Level::Red, "one recovery key alone");
        has(&findings, "witnesses", Level::Red, "none of 1 has signed yet");
        has(&findings, "cookies", Level::Ok, "TLS only");
        if is_sqlite {
            has(&findings, "intake journal", Level::Warning, "own device");
            config.journal_folder = "/dev/shm/huiyin-doctor".into();
            let findings = examine(&config, clock).await.unwrap();
            has(&findings, "intake journal", Level::Ok, "another device");
        } else {
            has(&findings, "intake journal", Level::Ok, "is in");
        }
        config.recovery_recipients.push(Identity::generate().recipient());
        assert_eq!(office.app.publish().await.unwrap().len(), 1);
        set(&office, "last_backup_at", "2026-03-02T01:00:00.000Z").await;
        let public = Public::find(&office.app.database, None).await.unwrap().unwrap();
        let state = folder.join("w");
        let logs = [public.head.vkey.clone()];
        let own = Clock::simulated("UTC", clock.now()).unwrap();
        let witness =
            witness::Witness::open(&folder.join("w.key"), &state, &logs, witness::Begin::New, own).unwrap();
        let request = witness::request(&office.app.database, &public.head, 0, public.size).await.unwrap();
        let signed = witness.consider(&request.to_string()).unwrap();
        let known = witness::known(&config.witnesses).unwrap();
        witness::keep(&office.app.database, &known, &public, &signed).await.unwrap();
        let findings = examine(&config, clock).await.unwrap();
        assert!(findings.iter().all(|found| found.level == Level::Ok), "{findings:#?}");

        // And as it goes wrong again.
        let at = |hours: i64| {
            let later = clock.now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
            Clock::simulated("UTC", later).unwrap()
        };
        let findings = examine(&config, &at(1)).await.unwrap();
        has(&findings, "public log", Level::Warning, "more than two beats");
        has(&findings, "witnesses", Level::Ok, "signed 60 minutes ago");
        has(&examine(&config, &at(30)).await.unwrap(), "witnesses", Level::Warning, "signed 30 hours ago");
        let findings = examine(&config, &at(72)).await.unwrap();
        has(&findings, "witnesses", Level::Red, "nobody has since");
        has(&findings, "backup", Level::Warning, "3 days ago");
        // A signature that is not the witness's counts for nothing.
        let mut other = signed.trim_end().to_owned().into_bytes();
        let place = other.len() - 30;
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        for line in [String::from_utf8(other).unwrap(), "no line at all".to_owned()] {
            let name = "w.example/witness";
            feed::keep_cosignature(&office.app.database, &public.head, public.size, name, &line)
                .await
                .unwrap();
            has(&examine(&config, clock).await.unwrap(), "witnesses", Level::Red, "none of 1 has signed yet");
        }
        has(&findings, "passkeys", Level::Ok, "https://petitions.test");
        has(&findings, "mail", Level::Ok, "1 of 15 officials through relay.example.gov");
        config.public_address = String::new();
        has(&examine(&config, clock).await.unwrap(), "passkeys", Level::Warning, "phished");
        set(&office, "clock_unsure", "{\"machine\": 1}").await;
        set(&office, &format!("{TROUBLE}w.example/witness"), "it cannot be reached").await;
        let findings = examine(&config, clock).await.unwrap();
        has(&findings, "clock", Level::Red, "not believed");
        has(&findings, "witnesses", Level::Warning, "was not reached");
        set(&office, &format!("{TROUBLE}w.example/witness"), "ALARM: it has signed 4096 entries").await;
        has(&examine(&config, clock).await.unwrap(), "witnesses", Level::Red, "none of 1");
        let findings = examine(&config, clock).await.unwrap();
        assert!(findings.iter().any(|found| found.level == Level::Red && found.found.contains("ALARM")));
        // A server elsewhere without TLS; the name leads nowhere, which is told besides.
        let near = std::mem::replace(&mut config.database, "postgres://a:b@db.invalid/c".to_owned());
        let findings = examine(&config, clock).await.unwrap();
        has(&findings, "way to the database", Level::Red, "db.invalid is asked in clear");
        config.database = near;
        config.witnesses = vec!["http://a.example".to_owned()];
        has(&examine(&config, clock).await.unwrap(), "witnesses", Level::Red, "URL VKEY");
        let _gone = std::fs::remove_dir_all(&folder);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_within_reach_of_others_or_beside_the_database_is_red() {
    use std::os::unix::fs::PermissionsExt as _;
    for office in on_both("doctor-key").await {
        let mut config = office.config.clone();
        let clock = &office.app.clock;
        if let Some(database) = office.config.sqlite_file() {
            config.key_file = database.with_file_name("office.key");
            std::fs::copy(&office.config.key_file, &config.key_file).unwrap();
            std::fs::set_permissions(&config.key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
            has(&examine(&config, clock).await.unwrap(), "key file", Level::Red, "folder of the database");
        }
        std::fs::set_permissions(&config.key_file, std::fs::Permissions::from_mode(0o640)).unwrap();
        has(&examine(&config, clock).await.unwrap(), "key file", Level::Red, "other accounts");
        config.key_file = "/nowhere/office.key".into();
        has(&examine(&config, clock).await.unwrap(), "key file", Level::Red, "is not there");
        config.database = "sqlite:/nowhere/office.sqlite3".to_owned();
        has(&examine(&config, clock).await.unwrap(), "database", Level::Red, "/nowhere/office.sqlite3");
    }
}
