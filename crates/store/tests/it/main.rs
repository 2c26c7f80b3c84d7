//! The contract that both databases keep, from one text. Run by `make test`, which starts the PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop where it stands")]

mod batches;
mod faults;
mod journal;
mod log;
mod outbox;
mod record;
mod rights;
mod schema;
mod trouble;

use casework::PetitionId;
use store::history::Decision;
use store::log::NewEvent;
use store::testing::{Scratch, postgres, sqlite};
use store::{Batch, Database, Outcome, StoreError, Value, Write};

/// A fresh database of each kind; the name must be unique in this binary.
async fn both(name: &str) -> [Scratch; 2] {
    [sqlite(name).await.unwrap(), postgres(name).await.unwrap()]
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// Inserts into the plainest table there is.
fn set(name: &str, value: &str) -> Write {
    Write::new("insert into setting (name, value) values ($1, $2)", vec![text(name), text(value)])
}

fn batch(writes: impl IntoIterator<Item = Write>) -> Batch {
    let mut batch = Batch::new();
    batch.extend(writes);
    batch
}

async fn commit(database: &Database, writes: impl IntoIterator<Item = Write>) -> Result<Outcome, StoreError> {
    database.commit(batch(writes)).await
}

fn petition(n: u32) -> PetitionId {
    format!("01890000-0000-7000-8000-{n:012}").parse().unwrap()
}

/// A decision without facts, for what does not read them.
fn decided(n: u32, seq: u64, prev: [u8; 32], at: &str) -> NewEvent {
    let ekey = store::content::sha256(format!("{n} {seq}").as_bytes());
    let (kind, actor) = if seq == 0 { ("submit", "petitioner") } else { ("note", "system") };
    let decision = Decision {
        petition: petition(n),
        seq,
        prev,
        at: (at, true),
        kind,
        actor,
        events: &[],
        contents: Vec::new(),
        ekey,
    };
    store::history::append(decision).unwrap()
}

async fn record(
    database: &Database,
    events: impl IntoIterator<Item = NewEvent>,
) -> Result<Outcome, StoreError> {
    let mut batch = Batch::new();
    for event in events {
        batch.record(event);
    }
    database.commit(batch).await
}

/// The settings as `name=value`, in order.
async fn settings(database: &Database) -> Vec<String> {
    let rows = database
        .query("select name, value from setting where name <> 'suite' order by name", Vec::new())
        .await
        .unwrap();
    rows.iter().map(|row| format!("{}={}", row.text(0).unwrap(), row.text(1).unwrap())).collect()
}
