//! Sealed reports as people meet them: nobody reads them but their recipients, the petitioner and those who bring the
//! office back; deadlines run all the same; nobody else can tell that there are any (SEAL-1 to SEAL-5).

mod holders;
mod shadow;

use super::recusal::{INTEGRITY, change, filed, petition, session, with_integrity_of};
use super::*;
use crate::doctor::{Level, examine};
use crate::recovery::Identity;
use store::history;
use store::sealed::{self, Opener, Secret};
use store::{StoreError, content};

pub(super) const PASSPHRASE: &str = "three herons over the lake";
/// Stands in every text of a report.
pub(super) const CANARY: &str = "qvxjkzwpbhge";

/// ENC-3: sealed matters in an office of each suite that this program has.
async fn of_every_suite(name: &str, keyed: &[(u128, u128)]) -> Vec<Office> {
    let mut offices = Vec::new();
    for suite in Suite::ALL.into_iter().filter(|suite| suite.ready().is_ok()) {
        offices.extend(with_recipients_of(&format!("{name}-{}", suite.word()), suite, keyed).await);
    }
    offices
}

/// Everybody who opens sealed matters: registrar and head of the petition office, all of the integrity body.
pub(super) const RECIPIENTS: [(u128, u128); 5] =
    [(OFFICE, 0), (OFFICE, 2), (INTEGRITY, 0), (INTEGRITY, 1), (INTEGRITY, 2)];

/// The office with recipients, of whom those given have passphrases.
pub(super) async fn with_recipients(name: &str, keyed: &[(u128, u128)]) -> [Office; 2] {
    with_recipients_of(name, Suite::Intl, keyed).await
}

async fn with_recipients_of(name: &str, suite: Suite, keyed: &[(u128, u128)]) -> [Office; 2] {
    let offices = with_integrity_of(name, suite).await;
    for office in &offices {
        make_recipients(office).await;
        for (unit, n) in keyed {
            office.app.keep_sealing_key(official_id(*unit, *n), PASSPHRASE).await.unwrap();
        }
    }
    offices
}

async fn make_recipients(office: &Office) {
    let mut new = (*office.app.directory()).clone();
    for official in new.officials.values_mut() {
        official.roles.remove(&Role::Recipient);
    }
    for (unit, n) in RECIPIENTS {
        new.officials.get_mut(&official_id(unit, n)).unwrap().roles.insert(Role::Recipient);
    }
    change(office, &new).await;
}

pub(super) fn recipient(unit: u128, n: u128) -> Actor {
    let mut all: std::collections::BTreeSet<Role> = roles(n).into_iter().collect();
    all.insert(Role::Recipient);
    Actor::Official { id: official_id(unit, n), unit: unit_id(unit), roles: all }
}

fn report(token: &str) -> NewSubmission {
    NewSubmission {
        kind: Name::from("report"),
        accused: vec![unit_id(HOUSING)],
        title: format!("举报 {CANARY}"),
        body: format!("内容 {CANARY}"),
        requests: vec![format!("请求 {CANARY}")],
        ..submission(token)
    }
}

async fn secret_of(office: &Office, unit: u128, n: u128) -> Secret {
    let key = sealed::sealing_key(&office.app.database, official_id(unit, n)).await.unwrap().unwrap();
    let salt = key.salt.as_slice().try_into().unwrap();
    sealed::unlock(&key, &office.app.passwords.derive(PASSPHRASE, salt).await.unwrap()).unwrap()
}

/// Does something as a request of a recipient who has shown their passphrase.
pub(super) async fn as_recipient<T>(
    office: &Office,
    (unit, n): (u128, u128),
    what: impl Future<Output = T>,
) -> T {
    let secret = secret_of(office, unit, n).await;
    sealed::scope(async {
        sealed::bring(Opener::Recipient(official_id(unit, n), secret));
        what.await
    })
    .await
}

/// What the doctor says of sealed matters.
pub(super) async fn doctor(office: &Office) -> (Level, String) {
    let found = examine(&office.config, &office.app.clock).await.unwrap();
    let found = found.into_iter().find(|finding| finding.subject == "sealed matters").unwrap();
    (found.level, found.found)
}

fn refer(contents: &mut Contents) -> Act {
    let note = contents.add("移送").unwrap();
    let to = unit_id(INTEGRITY);
    Act::ReferReport(Dispatch { to, note, report_by: None, competence_decision: None })
}

/// A report that the petition office has registered and referred, and what it was filed with.
pub(super) async fn referred(office: &Office, token: &str) -> (PetitionId, String, String) {
    let (id, case_ref, code) = filed(office, report(token)).await;
    as_recipient(office, (OFFICE, 0), async {
        office.act(recipient(OFFICE, 0), id, |_| registration("report")).await.unwrap();
        office.act(recipient(OFFICE, 0), id, refer).await.unwrap();
    })
    .await;
    (id, case_ref, code)
}

/// A report that was accepted, answered and served: it rests.
pub(super) async fn closed(office: &Office, token: &str) -> (PetitionId, String, String) {
    let (id, case_ref, code) = referred(office, token).await;
    as_recipient(office, (INTEGRITY, 1), async {
        let official = official_id(INTEGRITY, 1);
        let handler = recipient(INTEGRITY, 1);
        office.act(handler.clone(), id, |_| Act::AcceptReport(Handover { official })).await.unwrap();
        let feed_back = |contents: &mut Contents| {
            Act::FeedBackReport(Statement { text: contents.add("已核查").unwrap() })
        };
        office.act(handler, id, feed_back).await.unwrap();
    })
    .await;
    let serve = |contents: &mut Contents| {
        let proof = contents.add("本人签收").unwrap();
        Act::Serve(Service { letter: 0, method: ServiceMethod::InPerson, proof })
    };
    as_recipient(office, (INTEGRITY, 2), office.act(recipient(INTEGRITY, 2), id, serve)).await.unwrap();
    (id, case_ref, code)
}

/// Every value of every table, as it is kept.
pub(super) async fn everything_kept(office: &Office) -> Vec<(String, Vec<u8>)> {
    let database = &office.app.database;
    let tables = if database.kind() == "sqlite" {
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
    } else {
        "select tablename::text from pg_tables where schemaname = current_schema() order by tablename"
    };
    let mut values = Vec::new();
    for row in database.query(tables, Vec::new()).await.unwrap() {
        let table = row.text(0).unwrap().to_owned();
        for row in database.query(&format!("select * from \"{table}\""), Vec::new()).await.unwrap() {
            for value in row.values() {
                match value {
                    store::Value::Text(text) => values.push((table.clone(), text.clone().into_bytes())),
                    store::Value::Blob(bytes) => values.push((table.clone(), bytes.clone())),
                    store::Value::Integer(_) | store::Value::Null => {}
                }
            }
        }
    }
    values
}

pub(super) fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

/// The ways in which a word might have been left lying about.
pub(super) fn spellings(word: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let utf16 = |bytes: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(word.as_bytes());
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        word.as_bytes().to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        base64.into(),
        hex.into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_database_and_key_file_open_nothing_and_a_recipients_passphrase_does() {
    for office in of_every_suite("sealed-one", &RECIPIENTS).await {
        let (id, ..) = referred(&office, "seal-1").await;
        let database = &office.app.database;
        // SEAL-1: nothing that is kept holds a word of it, in whatever spelling.
        for (table, value) in everything_kept(&office).await {
            for spelling in spellings(CANARY).iter().chain(&spellings("林晓芸")) {
                assert!(!holds(&value, spelling), "{table} holds a word of a sealed report");
            }
        }
        // The program, with every key of the office at hand, cannot open it.
        assert!(matches!(content::key_of(database, id).await, Err(StoreError::Sealed(_))));
        assert!(content::of_petition(database, id).await.unwrap().is_empty());
        let closed = history::load(database, id).await.unwrap().unwrap();
        assert!(closed.closed);
        // The report was sealed from the beginning: not even its first decision tells the verb or who acted.
        for record in &closed.records {
            assert!(record.events.is_empty(), "an event of a sealed report is readable");
            assert_eq!((record.kind.as_str(), record.actor.as_str()), ("sealed", "sealed"));
        }
        let rows = database.query("select wrapped from petition_key", Vec::new()).await.unwrap();
        let keeper = store::log::Keeper::new(&crate::keyfile::read(&office.config.key_file).unwrap(), "");
        for row in &rows {
            let opened = store::seal::PetitionKey::unwrap(&keeper, id, row.blob(0).unwrap());
            assert!(matches!(opened, Err(StoreError::Sealed(_))), "the office's key file opens it");
        }
        // SEAL-3: no index leads from a person to it; of the matter stands what timers need.
        let matter = "select class, place, channel, title_content, identity_content from matter where petition_id = $1";
        let rows = database.query(matter, vec![id.to_string().into()]).await.unwrap();
        for column in 0..5 {
            assert_eq!(rows[0].text(column).unwrap(), "", "column {column}");
        }
        // Another passphrase opens nothing; the right one opens every word.
        let key = sealed::sealing_key(database, official_id(INTEGRITY, 1)).await.unwrap().unwrap();
        let salt = key.salt.as_slice().try_into().unwrap();
        let under = office.app.passwords.derive("three herons over the sea", salt).await.unwrap();
        assert!(sealed::unlock(&key, &under).is_none());
        let words = as_recipient(&office, (INTEGRITY, 1), content::of_petition(database, id)).await.unwrap();
        assert!(words.values().any(|words| words.contains(CANARY)));
        let open = as_recipient(&office, (INTEGRITY, 1), history::load(database, id)).await.unwrap().unwrap();
        assert!(!open.closed);
        assert_eq!(open.petition.shell(), closed.petition, "the shell is not what the record makes it");
        // What a request brought ends with it.
        assert!(history::load(database, id).await.unwrap().unwrap().closed);
        // Those who had it before it was referred have it no more; recipients of another unit never had it.
        for (unit, n) in [(OFFICE, 0), (OFFICE, 2)] {
            let kept = as_recipient(&office, (unit, n), content::key_of(database, id)).await;
            assert!(matches!(kept, Err(StoreError::Sealed(_))), "unit {unit} kept the key");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_the_long_code_opens_it_and_the_cookie_that_follows() {
    for office in of_every_suite("sealed-code", &RECIPIENTS).await {
        let (id, case_ref, code) = referred(&office, "seal-code").await;
        let (status, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert!(told.to_string().contains(CANARY), "{told}");
        // The cookie of a browser that follows opens as long as it lasts.
        let database = &office.app.database;
        let follow = sealed::scope(async {
            office.app.by_code(&code).await.unwrap().unwrap();
            office.app.follow(id, 0).await.unwrap()
        })
        .await;
        let follows = async || {
            sealed::scope(async {
                office.app.followed(&follow).await.unwrap();
                content::key_of(database, id).await
            })
            .await
        };
        assert!(follows().await.is_ok());
        office.app.unfollow(&follow).await.unwrap();
        assert!(matches!(follows().await, Err(StoreError::Sealed(_))));
        // SEAL-4: who opened it stands on the petitioner's page, by role and day and without a name.
        as_recipient(&office, (INTEGRITY, 2), async {
            office.app.visible(&recipient(INTEGRITY, 2), &case_ref).await.unwrap();
        })
        .await;
        let (_, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        let reads = told["accesses"].to_string();
        assert!(reads.contains("head") && !reads.contains("integrity 2"), "{told}");
        // A short code, from the counter, shows the progress and opens nothing.
        let short = as_recipient(&office, (INTEGRITY, 2), office.app.issue_code(id, 0)).await.unwrap();
        let (status, told) = office.post("/api/v1/track", json!({ "code": short.to_string() })).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert!(!told.to_string().contains(CANARY));
        let seen = petition(&office, id).await.version;
        let act = json!({ "code": short.to_string(), "seen": seen, "reason": "还有危险" });
        let (status, refused) = office.post("/api/v1/track/mark_urgent", act).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("sealed")), "{refused}");
        // The long one, which it replaced, opens nothing any more.
        assert_eq!(office.post("/api/v1/track", json!({ "code": code })).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_5_deadlines_run_while_nobody_can_read_and_the_record_stays_whole() {
    for office in of_every_suite("sealed-time", &RECIPIENTS).await {
        let (id, ..) = referred(&office, "seal-time").await;
        let mut day = date(2026, 3, 2);
        for _ in 0..60 {
            day = day.tomorrow().unwrap();
            office.app.clock.set_civil(day, 0, 5);
            let report = office.app.tick().await.unwrap();
            assert_eq!(report.failed, 0, "{day}");
            // Reminders lie outside what is sealed, and mails outside the office: its list says what is due.
            assert_eq!(report.warned, 0, "{day}: warned of what is sealed");
            let shell = petition(&office, id).await;
            assert!(shell.owner.is_some(), "{day}");
            assert!(
                shell.open_deadlines().any(|(_, deadline)| deadline.set.due_on >= day),
                "{day}: a sealed report lies still without a deadline"
            );
        }
        assert!(petition(&office, id).await.deadlines.iter().any(|deadline| deadline.missed));
        // Whoever has no key checks every entry, and is told what stays unseen.
        let closed = super::record::verify(&office.app).await;
        assert_eq!((closed.n_faults, closed.n_breaches, closed.closed), (0, 0, 1), "{:?}", closed.faults);
        // A recipient's check sees the rules and the lists too.
        let owner = petition(&office, id).await.owner.unwrap();
        let n = (0..3)
            .find(|n| official_id(INTEGRITY, *n) == owner.1)
            .expect("an official of the integrity body");
        let open = as_recipient(&office, (INTEGRITY, n), super::record::verify(&office.app)).await;
        assert_eq!((open.n_faults, open.closed), (0, 0), "{:?}", open.faults);
        assert_eq!(open.n_breaches, 0, "{:?}", open.breaches);
        let open = as_recipient(&office, (INTEGRITY, n), history::load(&office.app.database, id)).await;
        assert_eq!(open.unwrap().unwrap().petition.shell(), petition(&office, id).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_what_was_altered_or_moved_does_not_open() {
    for office in of_every_suite("sealed-moved", &RECIPIENTS).await {
        let (id, ..) = referred(&office, "moved-1").await;
        let (other, ..) = referred(&office, "moved-2").await;
        let database = &office.app.database;
        // A wrap of another matter, put in the place of this one's, is another key and is not believed.
        let mut batch = store::Batch::new();
        let sql = "update sealed_wrap set wrapped = (select w.wrapped from sealed_wrap w where w.petition_id = $1 and w.holder = sealed_wrap.holder) where petition_id = $2";
        batch.push(store::Write::new(sql, vec![other.to_string().into(), id.to_string().into()]));
        database.commit(batch).await.unwrap();
        let moved = as_recipient(&office, (INTEGRITY, 1), content::key_of(database, id)).await;
        assert!(matches!(moved, Err(StoreError::Sealed(_))));
        assert!(as_recipient(&office, (INTEGRITY, 1), content::key_of(database, other)).await.is_ok());
        // Another public key in the matter's row is named by whoever checks the record.
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
        let mut batch = store::Batch::new();
        let sql = "update petition_key set wrapped = (select k.wrapped from petition_key k where k.petition_id = $1) where petition_id = $2";
        batch.push(store::Write::new(sql, vec![other.to_string().into(), id.to_string().into()]));
        database.commit(batch).await.unwrap();
        let faults = super::faults(&office.app).await.join("\n");
        assert!(faults.contains("petition_key") && faults.contains("not the one that was kept"), "{faults}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_on_the_pages_a_passphrase_opens_for_its_session_alone_until_it_ends() {
    for office in with_recipients("sealed-pages", &[(OFFICE, 2)]).await {
        let (clerk, head) = (session(&office, OFFICE, 0).await, session(&office, OFFICE, 2).await);
        let handler = session(&office, OFFICE, 1).await;
        // For whoever is no recipient there is no such page, nor a word of it in the menu.
        let (status, _) = office.page("/staff/sealed", &handler).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(office.page("/staff/sealed/key", &handler).await.0, StatusCode::NOT_FOUND);
        assert!(!office.page("/staff", &handler).await.1.contains("/staff/sealed"));
        // The clerk sets a passphrase: not a short one, not their password.
        let make = async |words: &str| {
            office.form("/staff/sealed/key", &clerk, &format!("new-password={words}&again={words}")).await
        };
        assert_eq!(make("short").await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(make("correct+horse").await.0, StatusCode::UNPROCESSABLE_ENTITY, "the login password");
        let (status, to, _) = make("a+crane+in+the+reeds").await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/staff/sealed"));
        let (_, case_ref, _) = filed(&office, report("pages")).await;
        let case = format!("/staff/cases/{case_ref}");
        assert!(office.page("/staff/sealed", &clerk).await.1.contains(CANARY));
        let (status, page) = office.page(&case, &clerk).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(CANARY));
        // Ordinary lists do not know of it, not even for recipients.
        assert!(!office.page("/staff", &clerk).await.1.contains(&case_ref));
        // The head has a passphrase too, and this session has not shown it: it leads there, and back.
        let (status, _) = office.page(&case, &head).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let show = async |words: &str| {
            office.form("/staff/sealed", &head, &format!("passphrase={words}&to={case}")).await
        };
        let (status, _, page) = show("three+herons").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.contains(CANARY));
        office.app.clock.set_civil(date(2026, 3, 2), 10, 30);
        let (status, to, _) = show("three+herons+over+the+lake").await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, case.as_str()));
        assert_eq!(office.page(&case, &head).await.0, StatusCode::OK);
        // It leads nowhere but to a case of ours.
        let away = office
            .form("/staff/sealed", &head, "passphrase=three+herons+over+the+lake&to=https://else.example/")
            .await;
        assert_eq!(away.1, "/staff/sealed");
        // Another session of the same person has shown nothing.
        let elsewhere = office.log_in(&format!("u{OFFICE}n2")).await;
        assert_eq!(office.page(&case, &elsewhere).await.0, StatusCode::SEE_OTHER);
        // Locked, logged out, or no recipient any more: closed.
        office.form("/staff/sealed", &head, "do=lock").await;
        assert_eq!(office.page(&case, &head).await.0, StatusCode::SEE_OTHER);
        let mut new = (*office.app.directory()).clone();
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().roles.remove(&Role::Recipient);
        change(&office, &new).await;
        assert_eq!(office.page(&case, &clerk).await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.page("/staff/sealed", &clerk).await.0, StatusCode::NOT_FOUND);
        // Whoever becomes one again, in the same session, shows the passphrase again.
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().roles.insert(Role::Recipient);
        change(&office, &new).await;
        let (status, page) = office.page("/staff/sealed", &clerk).await;
        assert!(status == StatusCode::OK && page.contains("name=\"passphrase\""), "{page}");
        // Wrong tries make it wait (IAM-3b).
        for _ in 0..3 {
            show("wrong+words").await;
        }
        assert_eq!(show("three+herons+over+the+lake").await.0, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_what_links_to_a_sealed_matter_and_what_is_split_off_as_one_is_sealed_too() {
    for office in of_every_suite("sealed-links", &RECIPIENTS).await {
        let database = &office.app.database;
        let (id, _, code) = referred(&office, "links").await;
        // New facts, with the long code of the report: the report is told, and nobody can read that it was.
        let follows = NewSubmission { earlier: Some(id), ..report("links-again") };
        let again = sealed::scope(async {
            office.app.by_code(&code).await.unwrap().unwrap();
            office.app.submit(&Actor::Petitioner { party: 0 }, follows).await
        })
        .await;
        if again.is_ok() {
            let closed = history::load(database, id).await.unwrap().unwrap();
            assert!(
                closed.records.iter().all(|record| record.kind == "sealed"),
                "a link was recorded in clear"
            );
        }
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
        // A part of a letter that is a report is sealed from its first decision on.
        let (whole, ..) = filed(&office, submission("links-whole")).await;
        office.act(recipient(OFFICE, 0), whole, |_| registration("claim")).await.unwrap();
        let child = PetitionId(uuid::Uuid::from_u128(71));
        let other = PetitionId(uuid::Uuid::from_u128(72));
        let numbers = [
            office.app.free_number("349999", date(2026, 3, 2)).await.unwrap(),
            office.app.free_number("349999", date(2026, 3, 2)).await.unwrap(),
        ];
        let split = |contents: &mut Contents| {
            let parts = [(child, "report", numbers[0]), (other, "claim", numbers[1])];
            let portions = parts.map(|(petition, kind, number)| Portion {
                petition,
                number,
                case_ref: Name::new(crate::entropy::token().unwrap()),
                kind: Name::from(kind),
                title: contents.add("其中一件").unwrap(),
                request: contents.add("查处").unwrap(),
            });
            Act::Split(Splitting { portions: portions.into(), reason: contents.add("两件事").unwrap() })
        };
        office.act(recipient(OFFICE, 0), whole, split).await.unwrap();
        let part = history::load(database, child).await.unwrap().unwrap();
        assert!(part.closed && part.records.iter().all(|record| record.kind == "sealed"));
        assert!(!history::load(database, other).await.unwrap().unwrap().closed);
        let open = as_recipient(&office, (OFFICE, 2), history::load(database, child)).await.unwrap().unwrap();
        assert!(!open.closed);
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
    }
}
