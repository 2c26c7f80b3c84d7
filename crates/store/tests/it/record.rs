//! What is recorded stays: events are append-only, bodies match digests, words match commitments.

use crate::{both, commit, text};
use casework::{ContentId, PetitionId};
use store::content::{self, NewContent};
use store::{Outcome, StoreError, Value, Write, history};

fn petition(n: u32) -> PetitionId {
    format!("01890000-0000-7000-8000-{n:012}").parse().unwrap()
}

fn contents(n: u32) -> ContentId {
    format!("01890000-0000-7000-8001-{n:012}").parse().unwrap()
}

const AT: &str = "2026-03-02T01:02:03Z";

#[tokio::test(flavor = "multi_thread")]
async fn events_are_append_only() {
    for scratch in both("append").await {
        let database = &scratch.database;
        let event = history::append(petition(1), 0, AT, "submit", "petitioner", &[]).unwrap();
        assert_eq!(commit(database, [event.clone()]).await, Ok(Outcome::Committed));
        for sql in ["update event set actor = 'somebody else'", "delete from event"] {
            let refused = commit(database, [Write::new(sql, Vec::new())]).await;
            assert!(
                matches!(&refused, Err(StoreError::Other(reason)) if reason.contains("append-only") || reason.contains("SQLSTATE P0001")),
                "{}: {sql}: {refused:?}",
                database.kind()
            );
        }
        // The same version again loses; the loser writes nothing.
        assert_eq!(commit(database, [event]).await, Ok(Outcome::Conflict));
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
            let writes =
                (0..3).map(|seq| history::append(petition(n), seq, AT, "note", "system", &[]).unwrap());
            commit(database, writes).await.unwrap();
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
        let mut event = history::append(petition(1), 0, AT, "submit", "petitioner", &[]).unwrap();
        // Triggers keep SQL from altering a row; a digest of something else stands for a changed file.
        *event.params.last_mut().unwrap() = Value::Blob(content::sha256(b"something else").to_vec());
        commit(database, [event]).await.unwrap();
        let found = history::load(database, petition(1)).await;
        assert!(
            matches!(&found, Err(StoreError::Corrupt(reason)) if reason.contains(&petition(1).to_string())),
            "{found:?}"
        );
        assert!(history::page(database, &(String::new(), -1), 10).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_bound_by_their_commitment() {
    for scratch in both("words").await {
        let database = &scratch.database;
        let keep = |n: u32, words: &str| {
            let key = [u8::try_from(n).unwrap(); 32];
            let body = words.as_bytes().to_vec();
            NewContent { id: contents(n), key, commitment: content::commit(&key, &body), body }
        };
        commit(database, content::writes(petition(1), &[keep(1, "小区漏水"), keep(2, "")])).await.unwrap();
        // More than one statement takes.
        let many: Vec<NewContent> = (21..=39).map(|n| keep(n, &n.to_string())).collect();
        commit(database, content::writes(petition(3), &many)).await.unwrap();
        let kept = content::of_petition(database, petition(3)).await.unwrap();
        assert_eq!(kept.len(), 19);
        assert!((21..=39).all(|n| kept[&contents(n)] == n.to_string()));
        let all = content::of_petition(database, petition(1)).await.unwrap();
        assert_eq!(all[&contents(1)], "小区漏水");
        assert_eq!(all[&contents(2)], "");
        assert_eq!(content::one(database, petition(1), contents(1)).await, Ok(Some("小区漏水".to_owned())));
        assert_eq!(
            content::one(database, petition(2), contents(1)).await,
            Ok(None),
            "another petition's words"
        );

        let forged = Write::new(
            "update content set body = $1 where content_id = $2",
            vec!["小区不漏水".as_bytes().to_vec().into(), text(&contents(1).to_string())],
        );
        commit(database, [forged.rows(1)]).await.unwrap();
        let found = content::one(database, petition(1), contents(1)).await;
        assert!(matches!(&found, Err(StoreError::Corrupt(reason)) if !reason.contains("漏水")), "{found:?}");
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
