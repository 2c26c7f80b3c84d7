//! Keys while the office works: rotation, second wraps, recovery (KEY-1 to KEY-3).

use super::record::{drop_triggers, text, write};
use super::*;
use crate::app::keys::By;
use crate::keyfile;
use crate::recovery::{Identity, opened};
use store::keys::{self, OfficeKey};
use store::{Database, StoreError};

/// The office's configuration with recipients, and theirs.
fn with_recipients(office: &Office) -> (Config, [Identity; 2]) {
    let identities = [Identity::generate(), Identity::generate()];
    let recovery_recipients = identities.iter().map(Identity::recipient).collect();
    (Config { recovery_recipients, ..office.config.clone() }, identities)
}

impl Office {
    /// Another program over the same database, under its own clock.
    async fn program(&self, config: &Config) -> App {
        let clock = Clock::simulated("Asia/Shanghai", "2026-03-03T02:00:00Z".parse().unwrap()).unwrap();
        App::open(config, clock).await.unwrap()
    }

    /// A new version in the key file.
    fn new_version(&self, version: u32) {
        let key = keyfile::read(&self.config.key_file).unwrap();
        keyfile::replace(&self.config.key_file, &key.with(version, [u8::try_from(version).unwrap(); 32]))
            .unwrap();
    }

    /// Everything wrapped anew under another version, and for recipients: whose, and as it is now configured.
    pub(super) async fn rotated(&self) -> (Config, [Identity; 2]) {
        let (config, identities) = with_recipients(self);
        self.new_version(2);
        let program = self.program(&config).await;
        program.begin_version(2).await.unwrap();
        program.wrap_anew(&By::Office, |_| ()).await.unwrap();
        (config, identities)
    }

    async fn written(&self, app: &App, n: usize) -> Vec<PetitionId> {
        let mut ids = Vec::new();
        for n in 0..n {
            let token = format!("{n}-{}", crate::entropy::token().unwrap());
            ids.push(app.submit(&Actor::Petitioner { party: 0 }, submission(&token)).await.unwrap().petition);
        }
        ids
    }

    async fn words_of(&self, app: &App, id: PetitionId) -> usize {
        store::content::of_petition(&app.database, id).await.unwrap().len()
    }
}

async fn versions(database: &Database) -> Vec<(u32, bool, u64)> {
    let holdings = keys::holdings(database).await.unwrap();
    holdings.iter().map(|holding| (holding.version, holding.recovery.is_some(), holding.petitions)).collect()
}

/// KEY-2: a server goes on writing and reading while another program wraps everything anew; it learns of the new version
/// from the first wrap that it meets.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_everything_is_wrapped_anew_while_people_write() {
    for office in on_both_signed("rotate").await {
        let old_file = std::fs::read_to_string(&office.config.key_file).unwrap();
        let before = office.written(&office.app, 70).await;
        assert_eq!(versions(&office.app.database).await, [(1, false, 70)]);
        let (config, identities) = with_recipients(&office);
        // The server was started before there was another version.
        let server = Arc::new(office.program(&config).await);
        office.new_version(2);
        let rotating = office.program(&config).await;
        let writers = (0..4).map(|writer| {
            let (server, before) = (Arc::clone(&server), before.clone());
            tokio::spawn(async move {
                for n in 0..12 {
                    let new = submission(&format!("while {writer}-{n}"));
                    server.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
                    let id = before[(writer * 17 + n) % before.len()];
                    assert!(!store::content::of_petition(&server.database, id).await.unwrap().is_empty());
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        rotating.begin_version(2).await.unwrap();
        let mut looked_at = 0;
        let made = rotating.wrap_anew(&By::Office, |page| looked_at += page).await.unwrap();
        assert!(made.petitions >= 70 && looked_at >= 70 && made.unopened == 0, "{made:?}");
        for writer in writers {
            writer.await.unwrap();
        }
        // What the server wrote before it knew is wrapped anew by a second run; a third has nothing to do.
        rotating.wrap_anew(&By::Office, |_| ()).await.unwrap();
        let idle = rotating.wrap_anew(&By::Office, |_| ()).await.unwrap();
        assert_eq!(idle, Default::default());
        let held = versions(&office.app.database).await;
        assert!(held.iter().all(|(version, second, _)| *version == 2 && *second), "{held:?}");
        assert_eq!(held.iter().map(|(_, _, petitions)| petitions).sum::<u64>(), 70 + 48);
        // The server, which never read the key file by itself, reads and writes under the new version.
        assert_eq!(office.words_of(&server, before[0]).await, 4);
        server.tick().await.unwrap();
        assert_eq!(keys::current(&server.database).unwrap(), 2);
        assert_eq!(faults(&office.app).await, [""; 0]);
        // Nothing opens with the old file any more; with the old version taken out everything does.
        let key = OfficeKey::parse(&old_file).unwrap();
        std::fs::write(&office.config.key_file, &old_file).unwrap();
        let stale = App::open(&config, Clock::simulated("UTC", office.app.clock.now()).unwrap()).await;
        let stale = format!("{:#}", stale.err().unwrap());
        assert!(stale.contains("version 2 of the office's wrapping key"), "{stale}");
        let retired = key.with(2, [2; 32]).without(1);
        keyfile::replace(&office.config.key_file, &retired).unwrap();
        let after = office.program(&config).await;
        for id in before {
            assert_eq!(office.words_of(&after, id).await, 4);
        }
        // And without any key of the office (KEY-3): each of the two who recover opens all of it.
        let blind = Database::look(&office.config.database).await.unwrap();
        for identity in &identities {
            let known = opened(&blind, identity).await.unwrap();
            let found = App::recoverable(&blind, &known, |_| ()).await.unwrap();
            assert_eq!((found.petitions, found.open), (118, 118), "{found:?}");
        }
        let known = opened(&blind, &Identity::generate()).await.unwrap();
        let none = App::recoverable(&blind, &known, |_| ()).await.unwrap();
        assert_eq!((none.petitions, none.open), (118, 0), "a stranger opens nothing");
    }
}

/// KEY-2, LOG-3: a wrap that is not the one last recorded is named, whichever it was before.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_a_wrap_that_is_not_the_last_recorded_one_is_named() {
    for office in on_both_signed("rewrapped").await {
        let (id, _) = office.answered().await;
        let row = || async {
            let sql = "select digest, wrapped, recovery from petition_key where petition_id = $1";
            office.app.database.query(sql, vec![id.to_string().into()]).await.unwrap()[0].values().to_vec()
        };
        let first = row().await;
        office.rotated().await;
        assert_eq!(faults(&office.app).await, [""; 0]);
        let now = row().await;
        assert_eq!(first[0], now[0], "what the first record says stays");
        assert!(first[1] != now[1] && first[2] != now[2]);
        let flip = |value: &store::Value| {
            let store::Value::Blob(bytes) = value else { panic!("{value:?}") };
            let mut bytes = bytes.clone();
            bytes[20] ^= 4;
            store::Value::Blob(bytes)
        };
        for (column, other) in [
            ("digest", flip(&now[0])),
            ("wrapped", flip(&now[1])),
            ("recovery", flip(&now[2])),
            // Put back to what it was before: still the petition's own key, and no longer what is recorded.
            ("wrapped", first[1].clone()),
            ("recovery", first[2].clone()),
        ] {
            let place = ["digest", "wrapped", "recovery"].iter().position(|name| *name == column).unwrap();
            let sql = text(format!("update petition_key set {column} = $1 where petition_id = $2"));
            write(&office, sql, vec![other, id.to_string().into()]).await;
            let found = faults(&office.app).await;
            assert!(
                found.len() == 1 && found[0].starts_with(&format!("petition_key {id}: ")),
                "{column}: {found:?}"
            );
            write(&office, sql, vec![now[place].clone(), id.to_string().into()]).await;
            assert_eq!(faults(&office.app).await, [""; 0]);
        }
        // A recovery key that is gone, or was never recorded, is named too.
        drop_triggers(&office).await;
        write(&office, "update recovery_key set recipients = 'somebody else'", Vec::new()).await;
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("not as it was kept"), "{found:?}");
        write(&office, "delete from recovery_key", Vec::new()).await;
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].ends_with("is missing"), "{found:?}");
    }
}

/// KEY-2: whoever is killed in the middle leaves whole groups; what is left is done by the next run.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_an_interrupted_rotation_is_resumed_from_the_rows() {
    for office in on_both_signed("resumed").await {
        office.written(&office.app, 150).await;
        let (config, _) = with_recipients(&office);
        office.new_version(2);
        let program = Arc::new(office.program(&config).await);
        program.begin_version(2).await.unwrap();
        let running = tokio::spawn({
            let program = Arc::clone(&program);
            async move { program.wrap_anew(&By::Office, |_| ()).await.unwrap() }
        });
        let done = || async {
            let held = versions(&office.app.database).await;
            held.iter().filter(|(version, ..)| *version == 2).map(|(_, _, petitions)| petitions).sum::<u64>()
        };
        while done().await == 0 {
            tokio::task::yield_now().await;
        }
        running.abort();
        let _ended = running.await;
        let n_done = done().await;
        assert!((1..150).contains(&n_done), "{n_done} were done");
        assert_eq!(faults(&office.app).await, [""; 0], "in the middle too");
        let clock = Clock::simulated("UTC", office_now()).unwrap();
        let findings = crate::doctor::examine(&config, &clock).await.unwrap();
        // Those that are left have no second holder either; the next run gives them both.
        let left = findings.iter().find(|found| found.subject == "petition keys").unwrap();
        assert_eq!(left.level, crate::doctor::Level::Red, "{left:?}");
        let again = office.program(&config).await;
        let made = again.wrap_anew(&By::Office, |_| ()).await.unwrap();
        // What was on its way when the first was ended may have arrived since.
        assert!(made.petitions >= 1 && made.petitions <= 150 - n_done, "{made:?} after {n_done}");
        assert_eq!(done().await, 150);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// KEY-3: older petitions, and others after a change of recipients, get their second wrap by the same task; the doctor
/// counts them.
#[tokio::test(flavor = "multi_thread")]
async fn key_3_second_wraps_are_made_later_and_made_anew_for_other_recipients() {
    for office in on_both_signed("second").await {
        office.written(&office.app, 3).await;
        let holders = |config: Config| async move {
            let clock = Clock::simulated("UTC", office_now()).unwrap();
            let findings = crate::doctor::examine(&config, &clock).await.unwrap();
            findings.into_iter().find(|found| found.subject == "petition keys").unwrap()
        };
        let (config, first) = with_recipients(&office);
        for config in [&office.config, &config] {
            let red = holders(config.clone()).await;
            assert_eq!(red.level, crate::doctor::Level::Red, "{red:?}");
            assert!(red.found.contains("3 of 3 petitions have no second wrap"), "{red:?}");
        }
        // A new petition has both from its submission on, in its own first record.
        let program = office.program(&config).await;
        office.written(&program, 2).await;
        assert!(holders(config.clone()).await.found.contains("3 of 5"), "the two new ones are held twice");
        assert_eq!(faults(&office.app).await, [""; 0]);
        program.wrap_anew(&By::Office, |_| ()).await.unwrap();
        let well = holders(config.clone()).await;
        assert_eq!((well.level, well.remedy), (crate::doctor::Level::Ok, ""), "{well:?}");
        // A version that came into use, with everything still under the one before.
        office.new_version(2);
        office.program(&config).await.begin_version(2).await.unwrap();
        let left = holders(config.clone()).await;
        assert_eq!(left.level, crate::doctor::Level::Warning, "{left:?}");
        assert!(left.found.contains("5 of 5 petitions are still under an older version"), "{left:?}");
        // One of them is replaced.
        let (mut other, new) = with_recipients(&office);
        other.recovery_recipients = vec![first[0].recipient(), new[0].recipient()];
        assert!(holders(other.clone()).await.found.contains("5 of 5"), "nobody new can open anything yet");
        office.program(&other).await.wrap_anew(&By::Office, |_| ()).await.unwrap();
        assert_eq!(holders(other.clone()).await.level, crate::doctor::Level::Ok);
        let blind = Database::look(&office.config.database).await.unwrap();
        for (identity, opens) in [(&first[0], 5), (&new[0], 5), (&first[1], 0), (&new[1], 0)] {
            let known = opened(&blind, identity).await.unwrap();
            assert_eq!(App::recoverable(&blind, &known, |_| ()).await.unwrap().open, opens);
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

fn office_now() -> jiff::Timestamp {
    "2026-03-02T02:00:00Z".parse().unwrap()
}

/// KEY-3: the key file's newest version is lost; those who recover bring everything under a new one.
#[tokio::test(flavor = "multi_thread")]
async fn key_3_after_the_wrapping_key_is_lost_the_office_goes_on() {
    for office in on_both_signed("lost").await {
        let old_file = std::fs::read_to_string(&office.config.key_file).unwrap();
        let ids = office.written(&office.app, 3).await;
        let (config, identities) = office.rotated().await;
        // All that is left is a backup of the file from before the rotation.
        let key = OfficeKey::parse(&old_file).unwrap().with(3, [3; 32]);
        keyfile::replace(&office.config.key_file, &key).unwrap();
        let program = office.program(&config).await;
        let lost = store::content::of_petition(&program.database, ids[0]).await;
        assert!(matches!(lost, Err(StoreError::NoVersion(2))), "{lost:?}");
        let known = opened(&program.database, &identities[1]).await.unwrap();
        program.record_recovery("test", &["甲".to_owned(), "乙".to_owned()]).await.unwrap();
        program.begin_version(3).await.unwrap();
        let made = program.wrap_anew(&By::Recovery(&known), |_| ()).await.unwrap();
        assert_eq!((made.petitions, made.unopened), (3, 0));
        for id in &ids {
            assert_eq!(office.words_of(&program, *id).await, 4);
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
        let events = store::log::office::all(&program.database).await.unwrap();
        let used = events.iter().find(|event| event.kind == "recovery_used").unwrap();
        assert!(used.body.contains("甲") && used.body.contains("乙"), "{used:?}");
        // Whoever audits reads who they were (KEY-4).
        office.app.set_account("audit", official_id(CITY, AUDITOR), "correct horse").await.unwrap();
        let (_, page) = office.page("/staff/changes", &office.log_in("audit").await).await;
        assert!(page.contains("使用恢复密钥") && page.contains("甲、乙"), "{page}");
    }
}

/// KEY-2: second factors are under the same key, and go with it.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_second_factors_are_wrapped_anew() {
    for office in on_both_signed("factors").await {
        let place = [b"huiyin account totp 1".as_slice(), official_id(OFFICE, 0).0.as_bytes()].concat();
        let kept =
            keys::seal_secret(&office.app.database, &[5; 24], &place, b"twenty bytes of it!!").unwrap();
        write(
            &office,
            "insert into account (login, official_id, password_hash, password_at, enrol_digest, enrol_until, totp, totp_step, used_at, disabled) values ('zhao', $1, '', '', '', '', $2, 0, '', 0)",
            vec![official_id(OFFICE, 0).to_string().into(), kept.into()],
        )
        .await;
        assert_eq!(App::secrets_by_version(&office.app.database).await.unwrap(), [(1, 1)].into());
        let (config, _) = office.rotated().await;
        assert_eq!(App::secrets_by_version(&office.app.database).await.unwrap(), [(2, 1)].into());
        let program = office.program(&config).await;
        let rows = program.database.query("select totp from account", Vec::new()).await.unwrap();
        let back = keys::open_secret(&program.database, &place, rows[0].blob(0).unwrap()).unwrap();
        assert_eq!(back.as_deref(), Some(&b"twenty bytes of it!!"[..]));
    }
}

/// KEY-1.
#[cfg(unix)]
#[test]
fn key_1_a_key_file_within_reach_of_others_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("huiyin-key1-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("journal")).unwrap();
    let mut config = Config::load(None).unwrap();
    config.journal_folder = folder.join("journal");
    config.key_file = folder.join("office.key");
    config.database = format!("sqlite:{}", folder.join("office.sqlite3").display());
    let refused = keyfile::refuse_exposed(&config).unwrap_err().to_string();
    assert!(refused.contains("folder of the database"), "not even made there: {refused}");
    config.key_file = folder.join("keys").join("office.key");
    assert!(keyfile::refuse_exposed(&config).is_ok(), "one that is made at the first start");
    let made = keyfile::read_or_make(&config.key_file).unwrap();
    assert_eq!(std::fs::metadata(&config.key_file).unwrap().permissions().mode() & 0o777, 0o600);
    let entered = std::fs::metadata(folder.join("keys")).unwrap().permissions().mode() & 0o777;
    assert_eq!(entered, 0o700, "the folder made for it");
    assert!(keyfile::refuse_exposed(&config).is_ok());
    std::os::unix::fs::symlink(folder.join("keys"), folder.join("data")).unwrap();
    let elsewhere =
        std::mem::replace(&mut config.database, format!("sqlite:{}", folder.join("data/db").display()));
    let refused = keyfile::refuse_exposed(&config).unwrap_err().to_string();
    assert!(refused.contains("folder of the database"), "by another name: {refused}");
    config.database = elsewhere;
    let mode = |mode: u32| {
        std::fs::set_permissions(&config.key_file, std::fs::Permissions::from_mode(mode)).unwrap()
    };
    for exposed in [0o640, 0o604, 0o620] {
        mode(exposed);
        let refused = keyfile::refuse_exposed(&config).unwrap_err().to_string();
        assert!(refused.contains("can be read by other accounts"), "{refused}");
    }
    mode(0o400);
    assert!(keyfile::refuse_exposed(&config).is_ok());
    // A rotation leaves it as it was.
    keyfile::replace(&config.key_file, &made.clone().with(2, [2; 32])).unwrap();
    assert_eq!(std::fs::metadata(&config.key_file).unwrap().permissions().mode() & 0o777, 0o400);
    assert!(keyfile::read(&config.key_file).unwrap() == made.with(2, [2; 32]));
    let beside = folder.join("journal").join("office.key");
    std::fs::rename(&config.key_file, &beside).unwrap();
    config.key_file = beside;
    let refused = keyfile::refuse_exposed(&config).unwrap_err().to_string();
    assert!(refused.contains("journal_folder"), "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// KEY-2: two nodes that each drew a key under one number notice it; the one that came second is refused, and goes on
/// under the key that both have.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_two_keys_under_one_number_are_noticed_and_refused() {
    for office in on_both_signed("two-keys").await {
        let before = office.written(&office.app, 3).await;
        let mut other = office.config.clone();
        other.key_file = office.config.key_file.with_extension("other");
        let old = keyfile::read(&office.config.key_file).unwrap();
        std::fs::copy(&office.config.key_file, &other.key_file).unwrap();
        let node = office.program(&other).await;
        // Both prepare a version 2, each with a key of its own.
        office.new_version(2);
        keyfile::replace(&other.key_file, &old.with(2, [9; 32])).unwrap();
        let first = office.program(&office.config).await;
        first.begin_version(2).await.unwrap();
        let refused = |found: Result<(), StoreError>| match found {
            Err(StoreError::OtherVersion(2)) => {}
            found => panic!("{found:?}"),
        };
        refused(keys::follow(&node.database).await);
        let began = format!("{:#}", node.begin_version(2).await.unwrap_err());
        assert!(began.contains("another key under version 2"), "{began}");
        let clock = Clock::simulated("UTC", office_now()).unwrap();
        let started = format!("{:#}", App::open(&other, clock).await.err().unwrap());
        assert!(started.contains("copy the key file of the node that began it"), "{started}");
        // What it meets under the other's key opens nothing, and it wraps nothing under its own.
        first.wrap_anew(&By::Office, |_| ()).await.unwrap();
        let shut = store::content::of_petition(&node.database, before[0]).await;
        assert!(matches!(shut, Err(StoreError::Corrupt(_))), "{shut:?}");
        assert_eq!(keys::current(&node.database).unwrap(), 1);
        office.written(&node, 1).await;
        assert_eq!(versions(&office.app.database).await, [(1, false, 1), (2, false, 3)]);
        // With the right file it is one office again.
        std::fs::copy(&office.config.key_file, &other.key_file).unwrap();
        keys::follow(&node.database).await.unwrap();
        for mended in [&node, &office.program(&other).await] {
            assert_eq!(office.words_of(mended, before[0]).await, 4);
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
        std::fs::remove_file(&other.key_file).unwrap();
    }
}
