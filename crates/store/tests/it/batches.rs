//! Batches are whole or absent, lose a race without harm, and do not sink each other in a group.

use crate::{batch, both, commit, set, settings, text};
use std::sync::Arc;
use store::testing::open;
use store::{Outcome, StoreError, Value, Write};

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_batch_is_there() {
    for scratch in both("there").await {
        let database = &scratch.database;
        assert_eq!(commit(database, [set("a", "1"), set("b", "2")]).await, Ok(Outcome::Committed));
        assert_eq!(settings(database).await, ["a=1", "b=2"], "{}", database.kind());
        assert_eq!(commit(database, []).await, Ok(Outcome::Committed), "an empty batch asks for nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_key_is_a_conflict_and_undoes_the_whole_batch() {
    for scratch in both("duplicate").await {
        let database = &scratch.database;
        commit(database, [set("a", "1")]).await.unwrap();
        assert_eq!(commit(database, [set("b", "2"), set("a", "3")]).await, Ok(Outcome::Conflict));
        assert_eq!(settings(database).await, ["a=1"], "{}", database.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unexpected_row_count_is_a_conflict_and_undoes_the_whole_batch() {
    for scratch in both("rows").await {
        let database = &scratch.database;
        commit(database, [set("a", "1")]).await.unwrap();
        let change = |name: &str| {
            Write::new("update setting set value = '9' where name = $1", vec![text(name)]).rows(1)
        };
        assert_eq!(commit(database, [set("b", "2"), change("absent")]).await, Ok(Outcome::Conflict));
        assert_eq!(settings(database).await, ["a=1"], "{}", database.kind());
        assert_eq!(commit(database, [change("a")]).await, Ok(Outcome::Committed));
        assert_eq!(settings(database).await, ["a=9"], "{}", database.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_does_not_sink_its_group() {
    for scratch in both("group").await {
        let database = Arc::new(open(&scratch.address).await.unwrap());
        commit(&database, [set("taken", "0")]).await.unwrap();
        let callers: Vec<_> = (0..90)
            .map(|n| {
                let database = Arc::clone(&database);
                tokio::spawn(async move {
                    let own = set(&format!("n{n:02}"), "1");
                    match n % 3 {
                        0 => commit(&database, [own]).await,
                        1 => commit(&database, [own, set("taken", "1")]).await,
                        _ => {
                            let broken = "insert into setting (name, value) values ($1, null)";
                            commit(&database, [own, Write::new(broken, vec![text("broken")])]).await
                        }
                    }
                })
            })
            .collect();
        for (n, caller) in callers.into_iter().enumerate() {
            let outcome = caller.await.unwrap();
            match n % 3 {
                0 => assert_eq!(outcome, Ok(Outcome::Committed)),
                1 => assert_eq!(outcome, Ok(Outcome::Conflict)),
                _ => assert!(matches!(outcome, Err(StoreError::Other(_))), "{outcome:?}"),
            }
        }
        let kept = settings(&database).await;
        let expected: Vec<String> =
            (0..90).step_by(3).map(|n| format!("n{n:02}=1")).chain(["taken=0".to_owned()]).collect();
        assert_eq!(kept, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_on_one_version_exactly_one_wins() {
    for scratch in both("race").await {
        // A second handle stands for a second node.
        let nodes = [
            Arc::new(open(&scratch.address).await.unwrap()),
            Arc::new(open(&scratch.address).await.unwrap()),
        ];
        for version in 0..5 {
            let writers: Vec<_> = (0..32)
                .map(|writer| {
                    let node = Arc::clone(&nodes[writer % 2]);
                    tokio::spawn(async move {
                        node.commit(batch([set(&format!("v{version}"), &writer.to_string())])).await
                    })
                })
                .collect();
            let mut won = 0;
            for writer in writers {
                won += usize::from(writer.await.unwrap().unwrap() == Outcome::Committed);
            }
            assert_eq!(won, 1);
        }
        assert_eq!(settings(&scratch.database).await.len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_commit_is_seen_by_everybody() {
    for scratch in both("seen").await {
        let other = open(&scratch.address).await.unwrap();
        for n in 0..20 {
            commit(&scratch.database, [set(&format!("n{n:02}"), "1")]).await.unwrap();
            assert_eq!(settings(&other).await.len(), n + 1);
            assert_eq!(settings(&scratch.database).await.len(), n + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_were_written() {
    for scratch in both("values").await {
        let database = &scratch.database;
        let words = "信访 𠮷 e\u{301} '\"; --";
        let bytes: Vec<u8> = (0..=255).collect();
        let event = Write::new(
            "insert into event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, $2, $3, 1, '', '', $4, $5, $5, $5, 1, 0)",
            vec![text("p"), Value::Integer(i64::MAX), text(words), bytes.clone().into(), Vec::new().into()],
        );
        assert_eq!(commit(database, [event]).await, Ok(Outcome::Committed));
        let rows = database
            .query(
                "select seq, at, body, body_digest, null from event where petition_id = $1",
                vec![text("p")],
            )
            .await
            .unwrap();
        let row = &rows[0];
        assert_eq!(row.int(0), Ok(i64::MAX));
        assert_eq!(row.text(1), Ok(words));
        assert_eq!(row.blob(2), Ok(&bytes[..]));
        assert_eq!(row.blob(3), Ok(&[][..]));
        assert_eq!(row.opt_text(4), Ok(None));
        // The wrong question is an error, never a panic.
        assert!(row.text(0).is_err() && row.int(1).is_err() && row.blob(1).is_err() && row.text(9).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_go_by_number_not_by_place() {
    for scratch in both("numbers").await {
        let database = &scratch.database;
        commit(database, [set("a", "old")]).await.unwrap();
        let change =
            Write::new("update setting set value = $2 where name = $1", vec![text("a"), text("new")]).rows(1);
        assert_eq!(commit(database, [change]).await, Ok(Outcome::Committed), "{}", database.kind());
        let found = database
            .query("select name from setting where value = $2 and name = $1", vec![text("a"), text("new")])
            .await
            .unwrap();
        assert_eq!(found.len(), 1, "{}", database.kind());
        let twice = database
            .query("select name from setting where name = $1 or value = $1", vec![text("new")])
            .await
            .unwrap();
        assert_eq!(twice.len(), 1, "{}", database.kind());
    }
}
