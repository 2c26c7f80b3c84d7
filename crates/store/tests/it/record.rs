//! What is recorded stays: events are append-only, bodies match digests, words match commitments.

use crate::{both, commit, decided, petition, record, text};
use casework::access::{Read, Seen};
use casework::directory::{Level, Role};
use casework::{ContentId, UnitId};
use store::content::{self, NewContent};
use store::log::{NewEvent, Stream, proof};
use store::seal::{PetitionKey, Suite};
use store::{Batch, Database, Outcome, StoreError, Write, history, reads};

fn contents(n: u32) -> ContentId {
    format!("01890000-0000-7000-8001-{n:012}").parse().unwrap()
}

const AT: &str = "2026-03-02T01:02:03.000Z";

/// An official opens a case.
async fn seen(database: &Database, n: u32) -> NewEvent {
    let read = Read {
        unit: UnitId(uuid::Uuid::nil()),
        level: Level::County,
        roles: [Role::Handler].into(),
        seen: Seen::Case,
    };
    let tip = reads::tip(database, petition(n)).await.unwrap();
    let actor = "00000000-0000-0000-0000-000000000001";
    let new =
        reads::NewRead { petition: petition(n), tip, at: (AT, true), actor, read: &read, ekey: [3; 32] };
    reads::append(new).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_2_reads_are_a_stream_of_their_own_in_the_same_log() {
    for scratch in both("reads").await {
        let database = &scratch.database;
        record(database, [decided(1, 0, [0; 32], AT)]).await.unwrap();
        let first = seen(database, 1).await;
        assert_eq!(record(database, [first.clone()]).await, Ok(Outcome::Committed));
        assert_eq!(
            record(database, [first]).await,
            Ok(Outcome::Conflict),
            "two at once: one of them asks again"
        );
        assert_eq!(record(database, [seen(database, 1).await]).await, Ok(Outcome::Committed));
        let history = history::load(database, petition(1)).await.unwrap().unwrap();
        assert_eq!(history.records.len(), 1, "no version of the petition");
        let found = reads::of_petition(database, petition(1), None, 10).await.unwrap();
        assert_eq!(found.iter().map(|kept| kept.seq).collect::<Vec<_>>(), [1, 0], "the newest first");
        let before = reads::of_petition(database, petition(1), Some(1), 10).await.unwrap();
        assert_eq!(before.iter().map(|kept| kept.seq).collect::<Vec<_>>(), [0]);
        let (actor, day) = (&found[0].actor, ("2026-03-02", "2026-03-03"));
        let newest = reads::of_official(database, actor, day, None, 1).await.unwrap();
        assert_eq!((newest.len(), newest[0].seq), (1, 1));
        let last = (newest[0].at.clone(), newest[0].petition.to_string(), newest[0].seq);
        let next = reads::of_official(database, actor, day, Some(&last), 10).await.unwrap();
        assert_eq!((next.len(), next[0].seq), (1, 0));
        assert!(
            reads::of_official(database, actor, ("2026-03-03", "2026-03-04"), None, 9)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(reads::recent(database, actor, AT, petition(1)).await.unwrap().len(), 2);
        assert!(reads::recent(database, actor, "2026-03-03", petition(1)).await.unwrap().is_empty());
        // Its entry is in the log, under a name that is not the petition's own.
        let stream = Stream::Reads(petition(1));
        let placed = proof::placed(database, stream, 1).await.unwrap().unwrap();
        let head = store::log::head(database).await.unwrap().unwrap();
        let at = store::log::millis(AT).unwrap();
        assert_eq!(placed.event.record(&head.origin, at, true).entry(&placed.event.ekey), placed.entry);
        assert_ne!(stream.bytes(), Stream::Petition(petition(1)).bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_append_only() {
    for scratch in both("append").await {
        let database = &scratch.database;
        assert_eq!(record(database, [decided(1, 0, [0; 32], AT)]).await, Ok(Outcome::Committed));
        for sql in [
            "update event set actor = 'somebody else'",
            "delete from event",
            "update office_event set actor = 'somebody else'",
            "delete from office_event",
            "update read_event set actor = 'somebody else'",
            "delete from read_event",
            "update key_event set actor = 'somebody else'",
            "delete from key_event",
        ] {
            if sql.contains("key_event") {
                let tip = store::keys::tip(database).await.unwrap();
                let fact = store::keys::Fact::Version { commitment: [5; 32] };
                record(database, [store::keys::event(&tip, (AT, true), 1, &fact, [1; 32])]).await.unwrap();
            }
            if sql.contains("read_event") {
                record(database, [seen(database, 1).await]).await.unwrap();
            }
            if sql.contains("office_event") {
                let tip = store::log::office::tip(database).await.unwrap();
                let event = store::log::office::event(tip, (AT, true), "note", "system", "{}", [1; 32]);
                record(database, [event]).await.unwrap();
            }
            let refused = commit(database, [Write::new(sql, Vec::new())]).await;
            assert!(
                matches!(&refused, Err(StoreError::Other(reason)) if reason.contains("append-only") || reason.contains("SQLSTATE P0001")),
                "{}: {sql}: {refused:?}",
                database.kind()
            );
        }
        // The same version again loses; the loser writes nothing.
        assert_eq!(record(database, [decided(1, 0, [0; 32], AT)]).await, Ok(Outcome::Conflict));
        let history = history::load(database, petition(1)).await.unwrap().unwrap();
        assert_eq!(history.records.len(), 1);
        assert_eq!(history.records[0].actor, "petitioner");
        assert_eq!(history.records[0].at, AT);
        assert!(history::load(database, petition(2)).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_every_event_once_in_key_order() {
    for scratch in both("pages").await {
        let database = &scratch.database;
        for n in 0..7 {
            record(database, (0..3).map(|seq| decided(n, seq, [0; 32], AT))).await.unwrap();
        }
        let mut after = (String::new(), -1);
        let mut seen = Vec::new();
        loop {
            let page = history::page(database, &after, 4).await.unwrap();
            let Some((id, last)) = page.last() else { break };
            after = (id.to_string(), i64::try_from(last.seq).unwrap());
            seen.extend(page.into_iter().map(|(id, recorded)| (id, recorded.seq)));
        }
        let all: Vec<_> = (0..7).flat_map(|n| (0..3).map(move |seq| (petition(n), seq))).collect();
        assert_eq!(seen, all, "{}", database.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_event_is_named() {
    for scratch in both("altered").await {
        let database = &scratch.database;
        // Triggers keep SQL from altering a row, but not from adding one that is false.
        let forged = Write::new(
            "insert into event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, 0, $2, 1, 'submit', 'petitioner', $3, $4, $4, $4, 1, 0)",
            vec![
                text(&petition(1).to_string()),
                text(AT),
                vec![0x80].into(),
                content::sha256(b"something else").to_vec().into(),
            ],
        );
        commit(database, [forged]).await.unwrap();
        let found = history::load(database, petition(1)).await;
        assert!(
            matches!(&found, Err(StoreError::Corrupt(reason)) if reason.contains(&petition(1).to_string())),
            "{found:?}"
        );
        assert!(history::page(database, &(String::new(), -1), 10).await.is_err());
    }
}

fn keep(n: u32, words: &str) -> NewContent {
    let key = [u8::try_from(n).unwrap(); 32];
    let body = words.as_bytes().to_vec();
    let nonce = [u8::try_from(n).unwrap(); 24];
    NewContent { id: contents(n), key, nonce, commitment: content::commit(&key, &body), body }
}

/// Keeps words of a petition that has a key of its own.
async fn keep_words(database: &Database, n: u32, words: &[NewContent]) {
    let key = PetitionKey::new(Suite::Intl, [u8::try_from(n).unwrap(); 32]);
    let mut batch = Batch::new();
    let (_, keep_key) = content::keep_key(database, petition(n), &key, [&[9; 24], &[10; 24]], None).unwrap();
    batch.push(keep_key);
    batch.extend(content::writes(&key, petition(n), 0, words).unwrap().1);
    assert_eq!(database.commit(batch).await, Ok(Outcome::Committed));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_bound_by_their_commitment() {
    for scratch in both("words").await {
        let database = &scratch.database;
        keep_words(database, 1, &[keep(1, "小区漏水"), keep(2, "")]).await;
        // More than one statement takes.
        let many: Vec<NewContent> = (21..=39).map(|n| keep(n, &n.to_string())).collect();
        keep_words(database, 3, &many).await;
        let kept = content::of_petition(database, petition(3)).await.unwrap();
        assert_eq!(kept.len(), 19);
        assert!((21..=39).all(|n| kept[&contents(n)] == n.to_string()));
        let all = content::of_petition(database, petition(1)).await.unwrap();
        assert_eq!(all[&contents(1)], "小区漏水");
        assert_eq!(all[&contents(2)], "");
        assert_eq!(content::one(database, petition(1), contents(1)).await, Ok(Some("小区漏水".to_owned())));
        assert_eq!(
            content::one(database, petition(3), contents(1)).await,
            Ok(None),
            "another petition's words"
        );
        let wrong = "update content set commitment = $1 where content_id = $2";
        let forged = Write::new(wrong, vec![vec![0; 32].into(), text(&contents(1).to_string())]);
        commit(database, [forged.rows(1)]).await.unwrap();
        let found = content::one(database, petition(1), contents(1)).await;
        assert!(matches!(&found, Err(StoreError::Corrupt(reason)) if !reason.contains("漏水")), "{found:?}");
    }
}

/// ENC-1, ENC-2: nothing is kept in clear, and a ciphertext opens in its own place only.
#[tokio::test(flavor = "multi_thread")]
async fn words_are_sealed_to_their_place() {
    for scratch in both("sealed").await {
        let database = &scratch.database;
        keep_words(database, 1, &[keep(1, "甲的话"), keep(2, "甲的另一句")]).await;
        keep_words(database, 2, &[keep(3, "乙的话")]).await;
        let rows = database.query("select body from content", Vec::new()).await.unwrap();
        let clear = "的话".as_bytes();
        assert!(!rows.iter().any(|row| row.blob(0).unwrap().windows(clear.len()).any(|part| part == clear)));
        for (from, to, of) in [(1, 2, 1), (1, 3, 2), (3, 1, 1)] {
            let swap = "update content set body = (select c.body from content c where c.content_id = $1), commitment = (select c.commitment from content c where c.content_id = $1) where content_id = $2";
            let before = "select body, commitment from content where content_id = $1";
            let was = database.query(before, vec![text(&contents(to).to_string())]).await.unwrap();
            let ids = vec![text(&contents(from).to_string()), text(&contents(to).to_string())];
            commit(database, [Write::new(swap, ids).rows(1)]).await.unwrap();
            let found = content::one(database, petition(of), contents(to)).await;
            assert!(matches!(found, Err(StoreError::Corrupt(_))), "{from} in the place of {to}: {found:?}");
            let back = "update content set body = $1, commitment = $2 where content_id = $3";
            let values = vec![
                was[0].blob(0).unwrap().to_vec().into(),
                was[0].blob(1).unwrap().to_vec().into(),
                text(&contents(to).to_string()),
            ];
            commit(database, [Write::new(back, values).rows(1)]).await.unwrap();
        }
        // Another petition's key in its place opens nothing either.
        let other = "update petition_key set wrapped = (select k.wrapped from petition_key k where k.petition_id = $1) where petition_id = $2";
        let ids = vec![text(&petition(2).to_string()), text(&petition(1).to_string())];
        commit(database, [Write::new(other, ids).rows(1)]).await.unwrap();
        assert!(content::one(database, petition(1), contents(1)).await.is_err());
        // Another office's key does not even open the database.
        let address = &scratch.address;
        let stranger = Database::open(
            address,
            store::log::Keeper::new(&store::keys::OfficeKey::of_one([8; 32]), ""),
            None,
        )
        .await;
        assert!(matches!(stranger, Err(StoreError::OtherKey(_))), "{stranger:?}");
        // And without a key nothing is read or recorded.
        let blind = Database::look(address).await.unwrap();
        assert!(matches!(content::one(&blind, petition(2), contents(3)).await, Err(StoreError::NoKey(_))));
        assert!(matches!(record(&blind, [decided(9, 0, [0; 32], AT)]).await, Err(StoreError::NoKey(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_takes_the_words_with_it() {
    for scratch in both("destroyed").await {
        let database = &scratch.database;
        keep_words(database, 1, &[keep(1, "小区漏水")]).await;
        let destroy = "update petition_key set wrapped = $1 where petition_id = $2";
        let values = vec![Vec::new().into(), text(&petition(1).to_string())];
        commit(database, [Write::new(destroy, values).rows(1)]).await.unwrap();
        assert_eq!(content::of_petition(database, petition(1)).await, Ok(Default::default()));
        assert_eq!(content::one(database, petition(1), contents(1)).await, Ok(None));
        assert!(matches!(content::key_of(database, petition(1)).await, Err(StoreError::Destroyed(_))));
    }
}

#[test]
fn the_commitment_is_hmac_sha256() {
    // RFC 4231, test case 1, whose key of 20 bytes HMAC pads with zeros.
    let mut key = [0; 32];
    key[..20].fill(0x0b);
    let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    let found: String = content::commit(&key, b"Hi There").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, expected);
}
