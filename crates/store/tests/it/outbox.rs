//! Messages are put once, taken by one at a time, free again when their holder dies, and never lost.

use crate::{both, commit};
use casework::PetitionId;
use store::outbox::{Message, forget, put, put_for_office, sent_to, take, trouble};
use store::{Database, Outcome};

const NOON: &str = "2026-03-02T12:00:00.000Z";
const LATER: &str = "2026-03-02T12:01:00.000Z";
const LATEST: &str = "2026-03-02T12:02:00.000Z";

fn petition(n: u128) -> PetitionId {
    format!("00000000-0000-7000-8000-{n:012x}").parse().unwrap()
}

async fn taken(database: &Database, now: &str, until: &str, taker: &str) -> Vec<Message> {
    take(database, "topic", now, until, taker, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_put_twice_is_one_and_waits_for_its_instant() {
    for scratch in both("outbox-once").await {
        let database = &scratch.database;
        for body in ["first", "second"] {
            commit(database, [put(petition(1), "m", "topic", body, LATER)]).await.unwrap();
        }
        assert_eq!(taken(database, NOON, LATER, "a").await, []);
        let messages = taken(database, LATER, LATEST, "a").await;
        assert_eq!(messages.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["first"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_takers_each_message_has_one() {
    for scratch in both("outbox-takers").await {
        let database = &scratch.database;
        commit(database, (0..40).map(|n| put(petition(n), "m", "topic", "", NOON))).await.unwrap();
        let takers = ["a", "b", "c", "d"].map(|taker| taken(database, NOON, LATER, taker));
        let [a, b, c, d] = takers;
        let (a, b, c, d) = tokio::join!(a, b, c, d);
        let mut all: Vec<PetitionId> =
            [a, b, c, d].concat().iter().filter_map(|message| message.petition).collect();
        all.sort();
        assert_eq!(all, (0..40).map(petition).collect::<Vec<_>>(), "{}", database.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_loses_the_lease_and_cannot_end_the_message_any_more() {
    for scratch in both("outbox-lease").await {
        let database = &scratch.database;
        commit(database, [put(petition(1), "m", "topic", "", NOON)]).await.unwrap();
        let dead = taken(database, NOON, LATER, "a").await.remove(0);
        assert_eq!(taken(database, NOON, LATER, "b").await, [], "held");
        let living = taken(database, LATEST, "2026-03-02T12:03:00.000Z", "b").await.remove(0);
        assert_eq!((dead.tries, living.tries), (1, 2));
        assert_eq!(commit(database, [dead.done(LATEST)]).await, Ok(Outcome::Conflict));
        assert_eq!(commit(database, [living.done(LATEST)]).await, Ok(Outcome::Committed));
        assert_eq!(taken(database, "2026-03-03T12:00:00.000Z", "2026-03-03T12:01:00.000Z", "c").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_done_comes_again_and_what_is_done_is_forgotten_in_time() {
    for scratch in both("outbox-again").await {
        let database = &scratch.database;
        commit(database, [put(petition(1), "m", "topic", "", NOON)]).await.unwrap();
        let message = taken(database, NOON, LATER, "a").await.remove(0);
        commit(database, [message.again(LATEST)]).await.unwrap();
        assert_eq!(taken(database, LATER, LATEST, "a").await, [], "not before its time");
        let message = taken(database, LATEST, "2026-03-02T12:03:00.000Z", "a").await.remove(0);
        commit(database, [message.done(LATEST)]).await.unwrap();
        let count = async || {
            let rows = database.query("select count(*) from outbox", Vec::new()).await.unwrap();
            rows[0].int(0).unwrap()
        };
        commit(database, [forget(LATEST)]).await.unwrap();
        assert_eq!(count().await, 1);
        commit(database, [forget("2026-03-02T12:02:00.001Z")]).await.unwrap();
        assert_eq!(count().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_do_not_wait_for_each_other_and_what_was_sent_to_whom_is_counted() {
    for scratch in both("outbox-sent").await {
        let database = &scratch.database;
        commit(database, [put(petition(1), "m", "other", "", NOON)]).await.unwrap();
        let office = ["a", "b", "c", "d"].map(|id| put_for_office(id, "topic", id, NOON));
        commit(database, office).await.unwrap();
        let [a, b, c, d] = &taken(database, NOON, LATER, "x").await[..] else { panic!("another topic's") };
        assert_eq!((a.petition, a.body.as_str()), (None, "a"));
        let writes = [a.sent(NOON, "r"), b.given_up(NOON), c.again(LATER), d.postponed(LATER)];
        commit(database, writes).await.unwrap();
        assert_eq!(sent_to(database, "r", "2026-03-02T11:59:59.999Z").await.unwrap(), [NOON]);
        assert_eq!(sent_to(database, "r", NOON).await.unwrap(), [""; 0]);
        assert_eq!(sent_to(database, "s", "").await.unwrap(), [""; 0]);
        assert_eq!(trouble(database, "topic").await.unwrap(), (1, 1), "what is postponed was not tried");
        assert_eq!(trouble(database, "other").await.unwrap(), (0, 0));
        let tries: Vec<i64> = taken(database, LATER, LATEST, "x").await.iter().map(|m| m.tries).collect();
        assert_eq!(tries, [2, 1]);
    }
}
