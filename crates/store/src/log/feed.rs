//! What is made public of the log: checkpoints on the beat, and what witnesses signed of them (LOG-4, WIT-1).

use super::Head;
use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError};

const LAST: &str = "select size, at from log_published where epoch = $1 order by size desc limit 1";
const FIRST_WITH: &str =
    "select size from log_published where epoch = $1 and size > $2 order by size limit 1";
const PUBLISH: &str = "insert into log_published (epoch, size, at) values ($1, $2, $3) on conflict (epoch, size) do update set at = excluded.at";
const COSIGNED: &str = "insert into log_cosignature (epoch, size, witness, line) values ($1, $2, $3, $4) on conflict (epoch, size, witness) do update set line = excluded.line";
const LINES: &str =
    "select witness, line from log_cosignature where epoch = $1 and size = $2 order by witness";
const LAST_COSIGNED: &str =
    "select max(size), witness from log_cosignature where epoch = $1 group by witness order by witness";
const COSIGNED_WITH: &str =
    "select size from log_cosignature where epoch = $1 and size > $2 order by size limit 1";
/// The beat is one node's at a time: the setting moves on only from what the node has read.
const LEASE_NEW: &str = "insert into setting (name, value) values ($1, $2)";
const LEASE_NEXT: &str = "update setting set value = $1 where name = $2 and value = $3";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] =
    &[LAST, FIRST_WITH, PUBLISH, COSIGNED, LINES, LAST_COSIGNED, COSIGNED_WITH, LEASE_NEW, LEASE_NEXT];

/// The newest public size of a log and when it was published.
///
/// # Errors
/// Whatever the database reports.
pub async fn published(database: &Database, head: &Head) -> Result<Option<(u64, String)>, StoreError> {
    let rows = database.query(LAST, vec![head.epoch.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((u64::try_from(row.int(0)?).unwrap_or(0), row.text(1)?.to_owned())))
}

/// The smallest public size that holds an entry; with `cosigned`, one that a witness signed.
///
/// # Errors
/// Whatever the database reports.
pub async fn first_with(
    database: &Database,
    head: &Head,
    index: u64,
    cosigned: bool,
) -> Result<Option<u64>, StoreError> {
    let index = Value::Integer(i64::try_from(index).unwrap_or(i64::MAX));
    let sql = if cosigned { COSIGNED_WITH } else { FIRST_WITH };
    let rows = database.query(sql, vec![head.epoch.into(), index]).await?;
    rows.first().map(|row| Ok(u64::try_from(row.int(0)?).unwrap_or(0))).transpose()
}

/// Says that a size is public now.
///
/// # Errors
/// Whatever the database reports.
pub async fn publish(database: &Database, head: &Head, size: u64, at: &str) -> Result<(), StoreError> {
    let size = Value::Integer(i64::try_from(size).unwrap_or(i64::MAX));
    write(database, Write::new(PUBLISH, vec![head.epoch.into(), size, at.into()])).await
}

/// Keeps what a witness signed of a public size.
///
/// # Errors
/// Whatever the database reports.
pub async fn keep_cosignature(
    database: &Database,
    head: &Head,
    size: u64,
    witness: &str,
    line: &str,
) -> Result<(), StoreError> {
    let size = Value::Integer(i64::try_from(size).unwrap_or(i64::MAX));
    write(database, Write::new(COSIGNED, vec![head.epoch.into(), size, witness.into(), line.into()])).await
}

async fn write(database: &Database, write: Write) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.push(write);
    database.commit(batch).await.map(|_| ())
}

/// What witnesses signed of a size: lines of the note.
///
/// # Errors
/// Whatever the database reports.
pub async fn cosignatures(database: &Database, head: &Head, size: u64) -> Result<Vec<String>, StoreError> {
    let size = Value::Integer(i64::try_from(size).unwrap_or(i64::MAX));
    let rows = database.query(LINES, vec![head.epoch.into(), size]).await?;
    rows.iter().map(|row| row.text(1).map(str::to_owned)).collect()
}

/// The newest size that each witness signed.
///
/// # Errors
/// Whatever the database reports.
pub async fn witnessed(database: &Database, head: &Head) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = database.query(LAST_COSIGNED, vec![head.epoch.into()]).await?;
    rows.iter().map(|row| Ok((row.text(1)?.to_owned(), u64::try_from(row.int(0)?).unwrap_or(0)))).collect()
}

/// Moves a mark on from what was read; `false` when another node was faster.
///
/// # Errors
/// Whatever the database reports.
pub async fn take_turn(
    database: &Database,
    name: &str,
    from: Option<&str>,
    to: &str,
) -> Result<bool, StoreError> {
    let mut batch = Batch::new();
    batch.push(match from {
        None => Write::new(LEASE_NEW, vec![name.into(), to.into()]),
        Some(from) => Write::new(LEASE_NEXT, vec![to.into(), name.into(), from.into()]).rows(1),
    });
    Ok(database.commit(batch).await? == Outcome::Committed)
}
