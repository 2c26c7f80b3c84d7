//! The record end to end: whatever bit of what is covered changes, `verify` names its row; what is forged with the
//! office's own key is named by the rules or by somebody outside.

use super::*;
use crate::app::attach::Holder;
use crate::files::samples::large_photograph;
use casework::access::{IdentityField, Purpose, Seen};
use ledger::checkpoint::Checkpoint;
use store::log::{Keeper, Stream, proof};
use store::verify::{Expected, Outside, Report};
use store::{Batch, Write};

/// Everything that is wrong with an office's database, a line each. Every test that writes ends with it.
pub(crate) async fn faults(app: &App) -> Vec<String> {
    let report = verify(app).await;
    let lines = report.faults.iter().chain(&report.breaches).chain(&report.contradictions);
    lines.map(ToString::to_string).collect()
}

pub(crate) async fn verify(app: &App) -> Report {
    let rules = app.rules().unwrap();
    store::verify::verify(&app.database, &rules, &Expected::default(), |_| {}).await.unwrap()
}

/// Tables that are covered, the columns of their keys, and the triggers that must go before a row can be altered.
const COVERED: &[(&str, &[&str])] = &[
    ("event", &["petition_id", "seq"]),
    ("office_event", &["seq"]),
    ("read_event", &["petition_id", "seq"]),
    ("content", &["petition_id", "content_id"]),
    ("petition_key", &["petition_id"]),
    ("recovery_key", &["recovery_id"]),
    ("key_event", &["seq"]),
    ("attachment", &["file_id"]),
    ("attachment_chunk", &["file_id", "idx"]),
    ("matter", &["petition_id"]),
    ("deadline", &["petition_id", "idx"]),
    ("desk", &["petition_id", "unit_id"]),
    ("matter_unit", &["petition_id", "unit_id"]),
    ("reach", &["petition_id", "word"]),
    ("letter", &["petition_id", "idx"]),
    ("letter_number", &["unit_id", "mark", "year"]),
    ("log_head", &["epoch"]),
    ("log_commit", &["epoch", "first"]),
    ("log_tile", &["epoch", "level", "idx"]),
    ("sealed_shell", &["petition_id"]),
    ("sealing_key", &["official_id"]),
    ("unit", &["id"]),
    ("official", &["id"]),
];

pub(super) async fn drop_triggers(office: &Office) {
    let triggers: &[&'static str] = match office.app.database.kind() {
        "sqlite" => &[
            "drop trigger event_is_final_update",
            "drop trigger event_is_final_delete",
            "drop trigger office_event_is_final_update",
            "drop trigger office_event_is_final_delete",
            "drop trigger read_event_is_final_update",
            "drop trigger read_event_is_final_delete",
            "drop trigger key_event_is_final_update",
            "drop trigger key_event_is_final_delete",
        ],
        _ => &[
            "drop trigger event_is_final on event",
            "drop trigger office_event_is_final on office_event",
            "drop trigger read_event_is_final on read_event",
            "drop trigger key_event_is_final on key_event",
        ],
    };
    for sql in triggers {
        write(office, sql, Vec::new()).await;
    }
}

/// Whether a statement was carried out beside the program; it is not where another row has the key already. Where another
/// account owns the tables it is that one's: the program's may not.
pub(super) async fn write(office: &Office, sql: &'static str, params: Vec<store::Value>) -> bool {
    let mut batch = Batch::new();
    batch.push(Write::new(sql, params));
    let done = match &office.scratch.owner {
        Some(owner) => store::Database::look(owner).await.unwrap().commit(batch).await,
        None => office.app.database.commit(batch).await,
    };
    done.unwrap() == store::Outcome::Committed
}

/// The statements of a test are few; they live as long as it runs.
pub(super) fn text(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

async fn columns(office: &Office, table: &str) -> Vec<String> {
    let sql = match office.app.database.kind() {
        "sqlite" => format!("select name from pragma_table_info('{table}') order by cid"),
        _ => format!(
            "select column_name::text from information_schema.columns where table_name = '{table}' and table_schema = current_schema() order by ordinal_position"
        ),
    };
    let rows = office.app.database.query(&sql, Vec::new()).await.unwrap();
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

/// One bit of a value, chosen by `seed`; `None` where there is none to change.
fn flipped(value: &store::Value, seed: usize) -> Option<store::Value> {
    use store::Value::{Blob, Integer, Null, Text};
    match value {
        Null => None,
        Integer(number) => Some(Integer(number ^ (1 << (seed % 20)))),
        Blob(bytes) if bytes.is_empty() => None,
        Blob(bytes) => {
            let mut bytes = bytes.clone();
            let at = seed % bytes.len();
            bytes[at] ^= 1 << (seed % 8);
            Some(Blob(bytes))
        }
        Text(text) => {
            // A bit that leaves the text a text: databases keep no other.
            let ascii: Vec<usize> = text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_alphanumeric())
                .map(|(at, _)| at)
                .collect();
            let at = *ascii.get(seed % ascii.len().max(1))?;
            let mut bytes = text.clone().into_bytes();
            // A digit or a letter, or its other case: ids have one spelling.
            bytes[at] ^= if seed.is_multiple_of(2) || bytes[at].is_ascii_digit() { 1 } else { 0x20 };
            String::from_utf8(bytes).ok().map(Text)
        }
    }
}

fn shown(value: &store::Value) -> String {
    match value {
        store::Value::Text(text) => text.clone(),
        store::Value::Integer(number) => number.to_string(),
        store::Value::Null | store::Value::Blob(_) => String::new(),
    }
}

/// LOG-3: any one bit of any covered cell, on both databases. Every cell on SQLite, one in four on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_bit_is_located() {
    for office in on_both("flips").await {
        let (id, _) = office.answered().await;
        // One that names its purpose in sealed words, and others.
        let purpose = (Purpose::Serve, "送达答复意见");
        let reader = actor(HOUSING, 1);
        office.app.reveal(&reader, id, IdentityField::Name, purpose).await.unwrap();
        for seen in [Seen::Case, Seen::Letter { letter: 0, grant: Some(0) }] {
            office.app.record_read(&reader, id, seen).await.unwrap();
        }
        // Wraps made anew.
        office.rotated().await;
        // Enough entries for a tile.
        for n in 0..16 {
            office.app.submit(&Actor::Petitioner { party: 0 }, submission(&format!("t{n}"))).await.unwrap();
        }
        // Files of several pieces and of one.
        for size in [300_000, 1_000] {
            let holder = Holder::of("flips", &size.to_string());
            let bytes = axum::body::Bytes::from(large_photograph(size));
            let stream = futures_util::stream::iter([Ok::<_, ()>(bytes)]);
            office.app.receive(&holder, "a.jpg", stream).await.unwrap().unwrap();
            let new = NewSubmission { files: vec![holder], ..submission(&format!("f{size}")) };
            office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
        }
        // And a sealed one, of which nobody here has a key.
        for n in [0, 2] {
            office.app.keep_sealing_key(official_id(OFFICE, n), "three herons over the lake").await.unwrap();
        }
        let report = NewSubmission { kind: Name::from("report"), ..submission("flips-sealed") };
        office.app.submit(&Actor::Petitioner { party: 0 }, report).await.unwrap();
        assert_eq!(faults(&office.app).await, [""; 0]);
        drop_triggers(&office).await;
        let step = if office.app.database.kind() == "sqlite" { 1 } else { 4 };
        let (mut n, mut seed) = (0, 1);
        for (table, key) in COVERED {
            let columns = columns(&office, table).await;
            let all = format!("select * from {table} order by {}", key.join(", "));
            let rows = office.app.database.query(&all, Vec::new()).await.unwrap();
            assert!(!rows.is_empty(), "{table}");
            // A few rows of each table, every column of them.
            for row in rows.iter().step_by((rows.len() / 3).max(1)) {
                let keys: Vec<store::Value> = key
                    .iter()
                    .map(|name| {
                        row.values()[columns.iter().position(|column| column == name).unwrap()].clone()
                    })
                    .collect();
                for (at, column) in columns.iter().enumerate() {
                    seed += 7919;
                    n += 1;
                    if n % step != 0 {
                        continue;
                    }
                    let was = &row.values()[at];
                    let Some(now) = flipped(was, seed) else { continue };
                    let mut now_keys = keys.clone();
                    if let Some(place) = key.iter().position(|name| name == column) {
                        now_keys[place] = now.clone();
                    }
                    let set = |keys: &[store::Value], value: &store::Value| {
                        let places: Vec<String> =
                            key.iter().zip(2..).map(|(name, n)| format!("{name} = ${n}")).collect();
                        let sql = format!("update {table} set {column} = $1 where {}", places.join(" and "));
                        (text(sql), std::iter::once(value.clone()).chain(keys.iter().cloned()).collect())
                    };
                    let (sql, params) = set(&keys, &now);
                    if !write(&office, sql, params).await {
                        continue;
                    }
                    let report = verify(&office.app).await;
                    let names = |keys: &[store::Value]| keys.iter().map(shown).collect::<Vec<_>>().join("/");
                    let named = report.faults.iter().any(|fault| {
                        fault.table == *table && (fault.key == names(&keys) || fault.key == names(&now_keys))
                    });
                    assert!(
                        named,
                        "{} {table} {} {column}: {:?}",
                        office.app.database.kind(),
                        names(&keys),
                        report.faults
                    );
                    let (sql, params) = set(&now_keys, was);
                    write(&office, sql, params).await;
                }
            }
        }
        assert_eq!(faults(&office.app).await, [""; 0], "all were put back");
    }
}

/// LOG-1, LOG-3: a row that is gone is missed, the last one of its petition too, and a whole petition.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_missed() {
    for office in on_both("gone").await {
        let (id, _) = office.answered().await;
        office.app.submit(&Actor::Petitioner { party: 0 }, submission("second")).await.unwrap();
        for n in [0, 1] {
            office.app.record_read(&actor(HOUSING, n), id, Seen::Case).await.unwrap();
        }
        drop_triggers(&office).await;
        // Of reads the last one, which no other follows.
        let last = "select at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index from read_event where seq = 1";
        let row = office.app.database.query(last, Vec::new()).await.unwrap()[0].values().to_vec();
        write(&office, "delete from read_event where seq = 1", Vec::new()).await;
        let found = faults(&office.app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("belongs to no event"), "{found:?}");
        let back = "insert into read_event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        write(&office, back, std::iter::once(id.to_string().into()).chain(row).collect()).await;
        assert_eq!(faults(&office.app).await, [""; 0], "put back");
        write(
            &office,
            "delete from event where petition_id = $1 and seq = (select max(seq) from event where petition_id = $1)",
            vec![id.to_string().into()],
        )
        .await;
        let found = faults(&office.app).await;
        assert!(found.iter().any(|line| line.contains("belongs to no event")), "{found:?}");
        for table in [
            "event",
            "read_event",
            "content",
            "petition_key",
            "matter",
            "deadline",
            "desk",
            "matter_unit",
            "reach",
            "letter",
        ] {
            let sql = text(format!("delete from {table} where petition_id = $1"));
            write(&office, sql, vec![id.to_string().into()]).await;
        }
        let found = faults(&office.app).await;
        assert!(found.iter().any(|line| line.contains("belongs to no event")), "{found:?}");
    }
}

/// Destroying a key destroys words; it is named, and nothing else breaks.
#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_leaves_every_proof_valid() {
    for office in on_both("erased").await {
        let (id, _) = office.answered().await;
        let sql = "update petition_key set wrapped = $1 where petition_id = $2";
        write(&office, sql, vec![Vec::new().into(), id.to_string().into()]).await;
        let found = faults(&office.app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("petition_key {id}:")), "{found:?}");
        let placed = proof::placed(&office.app.database, Stream::Petition(id), 0).await.unwrap().unwrap();
        let head = store::log::head(&office.app.database).await.unwrap().unwrap();
        let at = store::log::millis(&placed.event.at).unwrap();
        assert_eq!(placed.event.record(&head.origin, at, true).entry(&placed.event.ekey), placed.entry);
    }
}

/// LOG-9: a log that lost its end is contradicted by any checkpoint from before; without one, nothing is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_or_another_log_contradicts_the_outside() {
    for office in on_both("outside").await {
        for n in 0..3 {
            office.app.submit(&Actor::Petitioner { party: 0 }, submission(&format!("t{n}"))).await.unwrap();
        }
        let head = store::log::head(&office.app.database).await.unwrap().unwrap();
        let known = proof::signed(&office.app.database, &head, head.size() - 1).await.unwrap().checkpoint;
        let agrees = store::verify::against(&office.app.database, &known).await.unwrap();
        assert_eq!(agrees, Outside::Agrees { size: 64, now: 64 });
        let forged = Checkpoint { root: [7; 32], ..known.clone() };
        let other = store::verify::against(&office.app.database, &forged).await.unwrap();
        assert_eq!(other, Outside::Other { size: 64 });
        let stranger = Checkpoint { origin: "elsewhere/log".to_owned(), ..known.clone() };
        let none = store::verify::against(&office.app.database, &stranger).await.unwrap();
        assert_eq!(none, Outside::NoSuchLog);
        // The last commit, its event and everything made from it are taken away, and the head is put back: consistent in
        // itself, and shorter.
        drop_triggers(&office).await;
        let rows = office
            .app
            .database
            .query("select petition_id from event where log_index >= 48", Vec::new())
            .await
            .unwrap();
        let id = rows[0].text(0).unwrap().to_owned();
        for table in [
            "event",
            "content",
            "petition_key",
            "matter",
            "deadline",
            "desk",
            "matter_unit",
            "reach",
            "letter",
        ] {
            let sql = text(format!("delete from {table} where petition_id = $1"));
            write(&office, sql, vec![id.as_str().into()]).await;
        }
        write(&office, "delete from log_commit where first >= 48", Vec::new()).await;
        let mut edge = ledger::tree::Edge::default();
        let commits = "select entries from log_commit order by first";
        for row in office.app.database.query(commits, Vec::new()).await.unwrap() {
            for entry in row.blob(0).unwrap().chunks(32) {
                let entry = ledger::record::entry_bytes(&entry.try_into().unwrap());
                edge.push(ledger::tree::leaf_hash(&entry));
            }
        }
        let peaks = edge.peaks().concat();
        write(
            &office,
            "update log_head set size = 48, peaks = $1, at = (select max(at) from log_commit)",
            vec![peaks.into()],
        )
        .await;
        assert_eq!(faults(&office.app).await, [""; 0], "in itself nothing is wrong");
        let shorter = store::verify::against(&office.app.database, &known).await.unwrap();
        assert_eq!(shorter, Outside::Shorter { size: 64, now: 48 });
    }
}

/// VER-2: an event that breaks the rules, recorded through the writer with the office's own key, is named as that.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_truly_recorded_against_the_rules_is_named() {
    for office in on_both("forged").await {
        let (id, _) = office.answered().await;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        // The registration once more, by the same clerk: the stage does not allow it.
        let again = history.records.iter().find(|record| record.kind == "register").unwrap();
        let after = again.events.iter().fold(history.petition.clone(), Petition::apply);
        let mut batch = Batch::new();
        let event = store::history::append(store::history::Decision {
            petition: id,
            seq: history.petition.version,
            prev: history.tip(),
            at: ("2026-03-02T03:00:00.000Z", true),
            kind: "register",
            actor: &again.actor,
            events: &again.events,
            contents: Vec::new(),
            ekey: [5; 32],
        });
        batch.record(event.unwrap());
        let procedure = office.app.procedure_of(&after).unwrap();
        batch.extend(store::projection::writes(procedure, Some(&history.petition), &after));
        office.app.database.commit(batch).await.unwrap();
        let report = verify(&office.app).await;
        assert_eq!(report.faults, Vec::new(), "every hash is right");
        assert!(
            report.breaches.iter().any(|breach| breach.key == format!("{id}/{}", history.petition.version)),
            "{:?}",
            report.breaches
        );
    }
}

/// A signing key that is not the office's is named, when the key file is at hand.
#[tokio::test(flavor = "multi_thread")]
async fn another_signing_key_is_named() {
    for office in on_both("key").await {
        office.app.submit(&Actor::Petitioner { party: 0 }, submission("t")).await.unwrap();
        let other = Keeper::new(&store::keys::OfficeKey::of_one([8; 32]), "");
        let verifier = other.signer("test.example/log/1").unwrap().verifier();
        let expected = Expected { signing: Some(other), ..Expected::default() };
        let rules = office.app.rules().unwrap();
        let report = store::verify::verify(&office.app.database, &rules, &expected, |_| {}).await.unwrap();
        assert!(report.faults.iter().any(|fault| fault.table == "log_head"), "{:?}", report.faults);
        // So is one that whoever asks does not trust, without the key file.
        let expected = Expected { logs: vec![verifier], ..Expected::default() };
        let report = store::verify::verify(&office.app.database, &rules, &expected, |_| {}).await.unwrap();
        assert!(report.faults.iter().any(|fault| fault.table == "log_head"), "{:?}", report.faults);
    }
}

/// LOG-7: entries lie in the bracket of what witnesses signed: none is dated after a witness had seen it, and none that
/// came later is dated before.
#[tokio::test(flavor = "multi_thread")]
async fn entries_outside_the_witnesses_bracket_are_contradicted() {
    for office in on_both("bracket").await {
        let cosigner = ledger::cosign::Cosigner::new("witness.example/w", &[3; 32]).unwrap();
        let database = &office.app.database;
        office.app.submit(&Actor::Petitioner { party: 0 }, submission("first")).await.unwrap();
        let head = store::log::head(database).await.unwrap().unwrap();
        let signed = proof::signed(database, &head, head.size() - 1).await.unwrap();
        let said = async |seconds: u64| {
            store::log::feed::publish(database, &head, head.size(), "2026-03-02T02:10:00.000Z")
                .await
                .unwrap();
            let line = cosigner.cosign(&signed.checkpoint.text(), seconds);
            let name = cosigner.name();
            store::log::feed::keep_cosignature(database, &head, head.size(), name, line.trim_end())
                .await
                .unwrap();
            let rules = office.app.rules().unwrap();
            let expected = Expected { witnesses: vec![cosigner.verifier()], ..Expected::default() };
            let report = store::verify::verify(database, &rules, &expected, |_| {}).await.unwrap();
            report.contradictions.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        // 02:00:00 is the commit, 02:10:00 the beat.
        let at = 1_772_416_800;
        assert_eq!(said(at + 605).await, [""; 0]);
        let late = said(at - 120).await;
        assert!(late.len() == 1 && late[0].contains("dated after"), "{late:?}");
        // Another entry, dated with the first one though the witness had signed ten minutes later.
        office.app.submit(&Actor::Petitioner { party: 0 }, submission("second")).await.unwrap();
        let back = said(at + 605).await;
        assert!(back.len() == 1 && back[0].contains("dated before"), "{back:?}");
        // A signature brought by file days later says nothing of what came between.
        assert_eq!(said(at + 200_000).await, [""; 0]);
    }
}
