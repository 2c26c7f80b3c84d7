//! Another key for the log (KEY-2): the old log ends with a note that names the new key, the next goes on, and whoever
//! trusts the old key can follow.

use super::record::{drop_triggers, text, write};
use super::*;
use crate::keyfile;
use ledger::note::{Note, Verifier};
use ledger::policy::Policy;
use store::Value as Cell;
use store::keys::OfficeKey;
use store::log::{Keeper, next, proof};
use store::verify::Expected;

impl Office {
    /// A key of its own for a log, in the key file.
    fn signing_key(&self, log: u32, seed: u8) -> OfficeKey {
        let key = keyfile::read(&self.config.key_file).unwrap().with_signing(log, [seed; 32]);
        keyfile::replace(&self.config.key_file, &key).unwrap();
        key
    }

    async fn filed(&self, token: &str) -> PetitionId {
        self.app.submit(&Actor::Petitioner { party: 0 }, submission(token)).await.unwrap().petition
    }

    /// What is wrong, to whoever has this key file.
    async fn wrong(&self, key: &OfficeKey) -> Vec<String> {
        let expected = Expected { signing: Some(Keeper::new(key, "")), ..Expected::default() };
        let rules = self.app.rules().unwrap();
        let report = store::verify::verify(&self.app.database, &rules, &expected, |_| {}).await.unwrap();
        let lines = report.faults.iter().chain(&report.breaches).chain(&report.contradictions);
        lines.map(ToString::to_string).collect()
    }
}

async fn every_suite(name: &str) -> Vec<Office> {
    let mut offices = Vec::new();
    for suite in Suite::ALL.into_iter().filter(|suite| suite.ready().is_ok()) {
        offices.extend(on_both_of(&format!("{name}-{}", suite.word()), suite).await);
    }
    offices
}

#[tokio::test(flavor = "multi_thread")]
async fn key_2_the_log_goes_on_under_another_key_that_the_old_one_names() {
    for office in every_suite("log-key").await {
        let before = office.filed("before").await;
        let first = keyfile::read(&office.config.key_file).unwrap();
        let key = office.signing_key(2, 9);
        let (old, new) = office.app.turn_log(&key).await.unwrap();
        let after = office.filed("after").await;
        assert_eq!((old.epoch, new.epoch, new.base()), (1, 2, "test.example/log"));
        assert_ne!(old.verifier().unwrap().public_key(), new.verifier().unwrap().public_key());
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        // The old key's word for the new one stands in the old log; nobody needs this program to read it.
        let rows = office
            .app
            .database
            .query("select body, log_epoch from office_event where kind = 'log_key'", Vec::new())
            .await
            .unwrap();
        assert_eq!((rows.len(), rows[0].int(1).unwrap()), (1, 1));
        let body: Value = serde_json::from_slice(rows[0].blob(0).unwrap()).unwrap();
        let note = Note::parse(body["note"].as_str().unwrap()).unwrap();
        assert!(Verifier::parse(&old.vkey).unwrap().verify(&note.text, &note.signatures[0]));
        assert_eq!(note.text, format!("huiyin log key 1\n{}\n{}\n{}\n", old.origin, new.origin, new.vkeys()));
        // Each receipt is good under the key of its own log, and under no other.
        let receipt = async |id| {
            let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
            office.app.receipt(&history, 0, crate::app::receipt::Words::Carried).await.unwrap()
        };
        for (id, own, other) in [(before, &old, &new), (after, &new, &old)] {
            let files = receipt(id).await;
            let policy = |vkey: &str| Policy::parse(&format!("log {vkey}\nquorum none\n")).unwrap();
            assert!(ledger::receipt::verify(&files, Some(&policy(&own.vkey)), None).is_ok());
            assert!(ledger::receipt::verify(&files, Some(&policy(&other.vkey)), None).is_err());
        }
        // A key file of before is named; a program that has only that one says what it lacks.
        let faults = office.wrong(&first).await.join("\n");
        assert!(faults.contains("log_head 2: vkey is not that of the office's key file"), "{faults}");
        let held = office.config.key_file.with_extension("first");
        keyfile::make(&held, &first).unwrap();
        let config = Config { key_file: held.clone(), ..office.config.clone() };
        let clock = Clock::simulated("Asia/Shanghai", office.app.clock.now()).unwrap();
        let refused = App::open(&config, clock).await.err().map(|error| format!("{error:#}")).unwrap();
        assert!(
            refused.contains("the log test.example/log/2 is signed with a key that the key file lacks"),
            "{refused}"
        );
        std::fs::remove_file(held).unwrap();
        // And once more.
        let key = office.signing_key(3, 11);
        office.app.turn_log(&key).await.unwrap();
        office.filed("third").await;
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
    }
}

/// A key that the old log does not name is a stranger's, whoever put it into the database and signed with it.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_a_log_under_a_key_that_was_not_named_is_found() {
    for office in on_both("log-forged").await {
        office.filed("before").await;
        let key = office.signing_key(2, 9);
        office.app.turn_log(&key).await.unwrap();
        office.filed("after").await;
        drop_triggers(&office).await;
        // Without the note, with one by another key, with the note of another log.
        let rows = office
            .app
            .database
            .query("select body from office_event where kind = 'log_key'", Vec::new())
            .await
            .unwrap();
        let kept = String::from_utf8(rows[0].blob(0).unwrap().to_vec()).unwrap();
        let good: Value = serde_json::from_str(&kept).unwrap();
        let note = Note::parse(good["note"].as_str().unwrap()).unwrap();
        let stranger = ledger::note::Signer::new("test.example/log/1", &[3; 32]).unwrap();
        let by_another = format!("{}\n{}", note.text, stranger.sign(&note.text));
        let of_another = good["note"].as_str().unwrap().replace("log/2", "log/3");
        for forged in [json!({}), json!({ "note": by_another }), json!({ "note": of_another })] {
            let sql = text(format!("update office_event set body = $1 where kind = '{}'", next::ENDED));
            assert!(write(&office, sql, vec![Cell::Blob(forged.to_string().into_bytes())]).await);
            let faults = office.wrong(&key).await.join("\n");
            assert!(
                faults.contains("log_head 1: it does not name the key of the log after it (KEY-2)"),
                "{faults}"
            );
            assert!(write(&office, sql, vec![Cell::Blob(kept.clone().into_bytes())]).await);
        }
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        // An old log that is cut off, or goes on, behind what the new one says of it: of another size, and with other entries.
        let old = proof::head_of(&office.app.database, 1).await.unwrap().unwrap();
        let sql = text(format!("update office_event set body = $1 where kind = '{}'", next::CONTINUED));
        for (name, value) in [("size", json!(old.size() - 16)), ("root", json!("00".repeat(32)))] {
            let mut said = next::continued(&old);
            said[name] = value;
            assert!(write(&office, sql, vec![Cell::Blob(said.to_string().into_bytes())]).await);
            let faults = office.wrong(&key).await.join("\n");
            assert!(
                faults.contains("log_head 1: it did not end as the log after it says (KEY-2)"),
                "{name}: {faults}"
            );
        }
        let whole = next::continued(&old).to_string().into_bytes();
        assert!(write(&office, sql, vec![Cell::Blob(whole)]).await);
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        // The new log taken away whole: the old one names what is not there.
        for sql in [
            "delete from log_head where epoch = 2",
            "delete from log_commit where epoch = 2",
            "delete from log_tile where epoch = 2",
        ] {
            assert!(write(&office, sql, Vec::new()).await);
        }
        let faults = office.wrong(&key).await.join("\n");
        assert!(faults.contains("log_head 1: the log that its note names is gone (KEY-2)"), "{faults}");
    }
}

/// A program that was killed between ending a log and beginning the next leaves the first words of the new one to the next beat.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_a_change_that_was_broken_off_is_finished_on_the_next_beat() {
    for office in on_both("log-broken").await {
        office.filed("before").await;
        let key = office.signing_key(2, 9);
        let opened = office.turned_and_killed(&key).await;
        assert!(next::is_silent(&office.app.database, &opened).await.unwrap());
        office.filed("meanwhile").await;
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        let now = office.app.clock.now();
        office.app.clock.set(now.checked_add(jiff::SignedDuration::from_secs(600)).unwrap());
        office.app.publish().await.unwrap();
        assert!(!next::is_silent(&office.app.database, &opened).await.unwrap());
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
    }
}

impl Office {
    /// Ends the log and begins the next, and is killed there.
    async fn turned_and_killed(&self, key: &OfficeKey) -> store::log::Head {
        let event = async |note: String| {
            let at = self.app.clock.now_stamp();
            next::event(&self.app.database, (&at, true), next::ENDED, &json!({ "note": note }), [1; 32]).await
        };
        next::turn(&self.app.database, key, event).await.unwrap().unwrap()
    }
}

/// A log that never said how the one before it ended speaks before it ends itself; one that ended silent is found.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_no_log_ends_before_it_said_what_it_continued() {
    for office in on_both("log-silent").await {
        office.filed("before").await;
        let key = office.signing_key(2, 9);
        office.turned_and_killed(&key).await;
        let key = office.signing_key(3, 10);
        office.app.turn_log(&key).await.unwrap();
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        let sql = "select log_epoch from office_event where kind = 'log_continued' order by seq";
        let said = office.app.database.query(sql, Vec::new()).await.unwrap();
        assert_eq!(said.iter().map(|row| row.int(0).unwrap()).collect::<Vec<_>>(), [2, 3]);
        // Two in a row without a word between.
        let key = office.signing_key(4, 11);
        office.turned_and_killed(&key).await;
        assert_eq!(office.wrong(&key).await, Vec::<String>::new(), "the newest may still say it");
        let key = office.signing_key(5, 12);
        office.turned_and_killed(&key).await;
        let faults = office.wrong(&key).await.join("\n");
        assert!(
            faults.contains("log_head 3: the log after it does not say how it ended (KEY-2)"),
            "{faults}"
        );
    }
}

/// After a loss the next log may skip a number: the beat goes on, and the statement binds what was before.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_the_beat_goes_on_where_a_loss_skipped_a_number() {
    for office in on_both("log-gap").await {
        office.filed("before").await;
        let database = &office.app.database;
        let old = store::log::head(database).await.unwrap().unwrap();
        let key = keyfile::read(&office.config.key_file).unwrap();
        let body = json!({ "restored": next::continued(&old) });
        let at = office.app.clock.now_stamp();
        let event = next::event(database, (&at, true), "restored", &body, [2; 32]).await.unwrap();
        store::log::open_next(database, 3, "test.example/log/3", event).await.unwrap();
        office.filed("after").await;
        let now = office.app.clock.now();
        office.app.clock.set(now.checked_add(jiff::SignedDuration::from_secs(600)).unwrap());
        let published = office.app.publish().await.unwrap();
        assert_eq!(published.iter().map(|public| public.head.epoch).collect::<Vec<_>>(), [3]);
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        // A statement that tells another end of what was before.
        drop_triggers(&office).await;
        let mut other = body.clone();
        other["restored"]["size"] = json!(old.size() + 16);
        let sql = text("update office_event set body = $1 where kind = 'restored'".to_owned());
        assert!(write(&office, sql, vec![Cell::Blob(other.to_string().into_bytes())]).await);
        let faults = office.wrong(&key).await.join("\n");
        assert!(faults.contains("log_head 1: it did not end as the statement after it says"), "{faults}");
    }
}

/// The log turns three times while fifty people file at two nodes: nobody is refused, and every entry has its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_2_nobody_is_refused_while_the_log_turns() {
    for office in on_both("log-turns").await {
        // Both follow one key file, which gets the keys beforehand, as `--prepare` puts them there.
        let clock = Clock::simulated("Asia/Shanghai", office.app.clock.now()).unwrap();
        let second = Arc::new(App::open(&office.config, clock).await.unwrap());
        let mut key = office.signing_key(2, 2);
        for log in [3, 4] {
            key = office.signing_key(log, u8::try_from(log).unwrap());
        }
        let turned = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..50 {
            let app = if n % 2 == 0 { Arc::clone(&office.app) } else { Arc::clone(&second) };
            let turned = Arc::clone(&turned);
            writers.spawn(async move {
                let mut k = 0;
                while !turned.load(std::sync::atomic::Ordering::SeqCst) {
                    app.submit(&Actor::Petitioner { party: 0 }, submission(&format!("{n}-{k}")))
                        .await
                        .unwrap();
                    k += 1;
                }
                k
            });
        }
        for _ in 0..3 {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            office.app.turn_log(&key).await.unwrap();
        }
        turned.store(true, std::sync::atomic::Ordering::SeqCst);
        let mut filed = 0;
        while let Some(done) = writers.join_next().await {
            filed += done.unwrap();
        }
        office.filed("last").await;
        let heads = proof::heads(&office.app.database).await.unwrap();
        assert_eq!(heads.len(), 4);
        let rows =
            office.app.database.query("select count(*) from event where seq = 0", Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), filed + 1);
        let sql = "select log_epoch, count(*) from event where seq = 0 group by log_epoch order by log_epoch";
        let by_log = office.app.database.query(sql, Vec::new()).await.unwrap();
        assert_eq!(by_log.len(), 4, "people filed into every log");
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
    }
}

/// A node whose key file lacks the key can write nothing, says why, and goes on once it has the file.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_a_node_without_the_new_key_writes_nothing_and_goes_on_once_it_has_it() {
    for office in on_both("log-node").await {
        let held = office.config.key_file.with_extension("node");
        keyfile::make(&held, &keyfile::read(&office.config.key_file).unwrap()).unwrap();
        let config = Config { key_file: held.clone(), ..office.config.clone() };
        let clock = Clock::simulated("Asia/Shanghai", office.app.clock.now()).unwrap();
        let node = App::open(&config, clock).await.unwrap();
        let key = office.signing_key(2, 5);
        office.app.turn_log(&key).await.unwrap();
        let filed = node.submit(&Actor::Petitioner { party: 0 }, submission("lacking")).await;
        let why = filed.err().map(|error| format!("{error:?}")).unwrap();
        assert!(why.contains("NoSigning") || why.contains("the key file lacks"), "{why}");
        assert_eq!(office.wrong(&key).await, Vec::<String>::new(), "nothing of it was written");
        keyfile::replace(&held, &key).unwrap();
        node.submit(&Actor::Petitioner { party: 0 }, submission("lacking")).await.unwrap();
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
        // Without a key for the next log nothing ends.
        let refused = office.app.turn_log(&key).await.err().map(|error| format!("{error:?}")).unwrap();
        assert!(refused.contains("the key file has no key for the log 3"), "{refused}");
        std::fs::remove_file(held).unwrap();
    }
}

/// The end of the old log is made public on the next beat, and both logs stay where they can be checked.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_the_end_of_the_old_log_is_published_too() {
    for office in on_both("log-end").await {
        let later = |seconds| {
            let now = office.app.clock.now();
            office.app.clock.set(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
        };
        office.filed("before").await;
        later(600);
        assert_eq!(office.app.publish().await.unwrap().len(), 1);
        office.filed("more").await;
        let key = office.signing_key(2, 9);
        let (old, _) = office.app.turn_log(&key).await.unwrap();
        office.filed("after").await;
        later(600);
        let published = office.app.publish().await.unwrap();
        let sizes: Vec<_> = published.iter().map(|public| (public.head.epoch, public.size)).collect();
        let new = store::log::head(&office.app.database).await.unwrap().unwrap();
        assert_eq!(sizes, [(1, old.size()), (2, new.size())]);
        // What the machine alone has is to be in a backup the same day.
        let backup = async || {
            let found = crate::doctor::examine(&office.config, &office.app.clock).await.unwrap();
            found.into_iter().find(|finding| finding.subject == "backup").unwrap()
        };
        assert_eq!(backup().await.level, crate::doctor::Level::Red);
        assert!(backup().await.found.contains("none since a key was changed"), "{}", backup().await.found);
        let now = office.app.clock.now_stamp();
        office.app.set_setting("last_backup_at", &now).await.unwrap();
        assert_eq!(backup().await.level, crate::doctor::Level::Ok);
        office.app.grow_idly().await.unwrap();
        later(600);
        let published = office.app.publish().await.unwrap();
        assert_eq!(
            published.iter().map(|public| public.head.epoch).collect::<Vec<_>>(),
            [2],
            "nothing is left of it"
        );
        assert_eq!(office.wrong(&key).await, Vec::<String>::new());
    }
}
