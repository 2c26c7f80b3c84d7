//! The contract that both databases keep, from one text. Run by `make test`, which starts the PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop where it stands")]

mod batches;
mod faults;
mod outbox;
mod record;
mod schema;
mod trouble;

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

/// The settings as `name=value`, in order.
async fn settings(database: &Database) -> Vec<String> {
    let rows = database.query("select name, value from setting order by name", Vec::new()).await.unwrap();
    rows.iter().map(|row| format!("{}={}", row.text(0).unwrap(), row.text(1).unwrap())).collect()
}
