//! Synchronous inclusion on both databases: an event that is confirmed is in the signed log, provable at once.

use crate::{both, commit, decided, record, set};
use ledger::note::Note;
use ledger::tree;
use store::log::{Stream, feed, proof};
use store::testing::open;
use store::{Batch, Database, Outcome, StoreError, Write};

const AT: &str = "2026-03-02T01:02:03.000Z";

/// Whether a decision is proved by the log's own signature and nothing else.
async fn is_proved(database: &Database, n: u32, seq: u64) -> bool {
    let stream = Stream::Petition(crate::petition(n));
    let placed = proof::placed(database, stream, seq).await.unwrap().unwrap();
    let head = proof::head_of(database, placed.epoch).await.unwrap().unwrap();
    let (proof, signed) = proof::of_entry(database, &head, placed.index).await.unwrap();
    let note = Note::parse(&proof.checkpoint).unwrap();
    let verifier = head.verifier().unwrap();
    let at = store::log::millis(&placed.event.at).unwrap();
    let entry = placed.event.record(&head.origin, at, placed.event.sure).entry(&placed.event.ekey);
    let leaf = tree::leaf_hash(&ledger::record::entry_bytes(&entry));
    let checkpoint = &signed.checkpoint;
    entry == placed.entry
        && note.signatures.iter().any(|signature| verifier.verify(&note.text, signature))
        && note.text == checkpoint.text()
        && tree::verify_inclusion(placed.index, checkpoint.size, &leaf, &proof.path, &checkpoint.root).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_event_is_proved_at_once() {
    for scratch in both("proved").await {
        let database = &scratch.database;
        record(database, [decided(1, 0, [0; 32], AT)]).await.unwrap();
        assert!(is_proved(database, 1, 0).await, "{}", database.kind());
        let head = store::log::head(database).await.unwrap().unwrap();
        assert_eq!(head.size(), 16, "padded");
        // What is no event leaves the log as it is.
        commit(database, [set("a", "1")]).await.unwrap();
        assert_eq!(store::log::head(database).await.unwrap().unwrap(), head);
        // A refused batch leaves no entry, and its number is taken by the next.
        let lost = [decided(2, 0, [0; 32], AT), decided(1, 0, [0; 32], AT)];
        assert_eq!(record(database, lost).await, Ok(Outcome::Conflict));
        assert_eq!(store::log::head(database).await.unwrap().unwrap(), head);
        record(database, [decided(2, 0, [0; 32], AT)]).await.unwrap();
        assert!(is_proved(database, 2, 0).await);
        // Nothing but padding, when asked for it.
        let batch = Batch { idle_at: Some(AT.to_owned()), ..Batch::new() };
        database.commit(batch).await.unwrap();
        assert_eq!(store::log::head(database).await.unwrap().unwrap().size(), 48);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_the_same_at_every_size() {
    for scratch in both("sizes").await {
        let database = &scratch.database;
        // Enough to fill two tiles and begin the third, in commits of different sizes.
        let mut n = 0;
        let mut signed = Vec::new();
        for size in [1_u32, 40, 16, 3, 100, 17, 60, 90, 31, 129, 2] {
            record(database, (n..n + size).map(|n| decided(n, 0, [0; 32], AT))).await.unwrap();
            n += size;
            let head = store::log::head(database).await.unwrap().unwrap();
            signed.push(proof::signed(database, &head, head.size() - 1).await.unwrap());
        }
        let head = store::log::head(database).await.unwrap().unwrap();
        assert!(head.size() > 512 && head.size() % 16 == 0);
        for n in (0..n).step_by(7) {
            assert!(is_proved(database, n, 0).await, "{n}");
        }
        // LOG-5: each checkpoint is a beginning of each later one, and of no other tree.
        for (at, old) in signed.iter().enumerate() {
            for new in &signed[at..] {
                let (old, new) = (&old.checkpoint, &new.checkpoint);
                let path = proof::consistency(database, &head, old.size, new.size).await.unwrap();
                let check = |root| tree::verify_consistency(old.size, new.size, root, &new.root, &path);
                assert!(check(&old.root).is_ok(), "{} {}", old.size, new.size);
                assert!(check(&[1; 32]).is_err());
            }
        }
        // Every entry under the newest checkpoint too, through tiles that were completed later.
        let newest = signed.last().unwrap();
        for n in (0..n).step_by(31) {
            let stream = Stream::Petition(crate::petition(n));
            let placed = proof::placed(database, stream, 0).await.unwrap().unwrap();
            let path = proof::inclusion(database, &head, placed.index, newest).await.unwrap();
            let leaf = tree::leaf_hash(&ledger::record::entry_bytes(&placed.entry));
            let (size, root) = (newest.checkpoint.size, &newest.checkpoint.root);
            assert_eq!(tree::verify_inclusion(placed.index, size, &leaf, &path, root), Ok(()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_write_one_log() {
    for scratch in both("nodes").await {
        let nodes = [open(&scratch.address).await.unwrap(), open(&scratch.address).await.unwrap()];
        let nodes = nodes.map(std::sync::Arc::new);
        let writers: Vec<_> = (0..60_u32)
            .map(|n| {
                let node = std::sync::Arc::clone(&nodes[n as usize % 2]);
                tokio::spawn(async move { record(&node, [decided(n, 0, [0; 32], AT)]).await })
            })
            .collect();
        for writer in writers {
            assert_eq!(writer.await.unwrap(), Ok(Outcome::Committed));
        }
        for n in 0..60 {
            assert!(is_proved(&scratch.database, n, 0).await, "{} {n}", scratch.database.kind());
        }
        let places = "select count(*), count(distinct log_index) from event";
        let rows = scratch.database.query(places, Vec::new()).await.unwrap();
        assert_eq!((rows[0].int(0), rows[0].int(1)), (Ok(60), Ok(60)));
    }
}

/// LOG-7: the writer's instant never goes back, whatever a node's clock says; and a doubt is kept.
#[tokio::test(flavor = "multi_thread")]
async fn instants_never_go_back() {
    for scratch in both("instants").await {
        let database = &scratch.database;
        record(database, [decided(1, 0, [0; 32], "2026-03-02T01:02:03.500Z")]).await.unwrap();
        let mut late = decided(2, 0, [0; 32], "2026-03-02T01:02:03.400Z");
        late.sure = false;
        record(database, [late]).await.unwrap();
        let history = store::history::load(database, crate::petition(2)).await.unwrap().unwrap();
        assert_eq!(history.records[0].at, "2026-03-02T01:02:03.500Z", "{}", database.kind());
        assert!(!history.records[0].sure);
        assert!(is_proved(database, 2, 0).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_and_what_is_signed_of_it_is_kept() {
    for scratch in both("feed").await {
        let database = &scratch.database;
        let head = store::log::head(database).await.unwrap().unwrap();
        assert_eq!(feed::published(database, &head).await, Ok(None));
        record(database, [decided(1, 0, [0; 32], AT)]).await.unwrap();
        feed::publish(database, &head, 16, AT).await.unwrap();
        record(database, [decided(2, 0, [0; 32], AT)]).await.unwrap();
        feed::publish(database, &head, 32, AT).await.unwrap();
        feed::keep_cosignature(database, &head, 32, "w.example", "— w.example AAAA").await.unwrap();
        assert_eq!(feed::published(database, &head).await, Ok(Some((32, AT.to_owned()))));
        assert_eq!(feed::first_with(database, &head, 0, false).await, Ok(Some(16)));
        assert_eq!(feed::first_with(database, &head, 0, true).await, Ok(Some(32)));
        assert_eq!(feed::first_with(database, &head, 32, false).await, Ok(None));
        assert_eq!(feed::cosignatures(database, &head, 32).await.unwrap(), ["— w.example AAAA"]);
        assert_eq!(feed::witnessed(database, &head).await.unwrap(), [("w.example".to_owned(), 32)]);
        // Of several nodes one has the turn.
        assert_eq!(feed::take_turn(database, "beat", None, "1").await, Ok(true));
        assert_eq!(feed::take_turn(database, "beat", None, "1").await, Ok(false));
        assert_eq!(feed::take_turn(database, "beat", Some("1"), "2").await, Ok(true));
        assert_eq!(feed::take_turn(database, "beat", Some("1"), "3").await, Ok(false));
    }
}

/// A log that was opened by another key is not continued under this one's name.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_head_is_refused() {
    for scratch in both("head").await {
        let wrong = "update log_head set size = $1";
        commit(&scratch.database, [Write::new(wrong, vec![3.into()])]).await.unwrap();
        let refused = record(&scratch.database, [decided(1, 0, [0; 32], AT)]).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
    }
}
