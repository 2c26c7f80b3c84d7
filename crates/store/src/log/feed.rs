//! What is made public of the log: checkpoints on the beat, and what witnesses signed of them (LOG-4, WIT-1).

use super::{Head, hashes, proof};
use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError};
use ledger::Hash;
use ledger::note::Signature;
use ledger::tile::WIDTH;

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
const SIZES: &str = "select size from log_published where epoch = $1 order by size desc limit $2";
const AS_OF: &str = "select last from log_commit where epoch = $1 and at <= $2 order by first desc limit 1";
const BUNDLE: &str = "select first, entries from log_commit where epoch = $1 and first >= (select coalesce(max(first), 0) from log_commit where epoch = $1 and first <= $2) and first < $3 order by first";
/// The beat is one node's at a time: the setting moves on only from what the node has read.
const LEASE_NEW: &str = "insert into setting (name, value) values ($1, $2)";
const LEASE_NEXT: &str = "update setting set value = $1 where name = $2 and value = $3";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    LAST,
    FIRST_WITH,
    PUBLISH,
    COSIGNED,
    LINES,
    LAST_COSIGNED,
    COSIGNED_WITH,
    SIZES,
    AS_OF,
    BUNDLE,
    LEASE_NEW,
    LEASE_NEXT,
];

/// The newest public size of a log and when it was published.
///
/// # Errors
/// Whatever the database reports.
pub async fn published(database: &Database, head: &Head) -> Result<Option<(u64, String)>, StoreError> {
    let rows = database.query(LAST, vec![head.epoch.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((u64::try_from(row.int(0)?).unwrap_or(0), row.text(1)?.to_owned())))
}

/// Public sizes, newest first, so many at most.
///
/// # Errors
/// Whatever the database reports.
pub async fn sizes(database: &Database, head: &Head, most: u32) -> Result<Vec<u64>, StoreError> {
    let rows = database.query(SIZES, vec![head.epoch.into(), i64::from(most).into()]).await?;
    rows.iter().map(|row| Ok(u64::try_from(row.int(0)?).unwrap_or(0))).collect()
}

/// How large the log was at an instant; `None` before its first commit. What came a moment later is not in it (LOG-4).
///
/// # Errors
/// Whatever the database reports.
pub async fn as_of(database: &Database, head: &Head, at: &str) -> Result<Option<u64>, StoreError> {
    let rows = database.query(AS_OF, vec![head.epoch.into(), at.into()]).await?;
    rows.first().map(|row| Ok(u64::try_from(row.int(0)?).unwrap_or(0))).transpose()
}

/// The checkpoint at the end of a commit as a note: signed by the log, and by the witnesses that have answered.
///
/// # Errors
/// `Corrupt` when no commit ends there.
pub async fn checkpoint(database: &Database, head: &Head, size: u64) -> Result<String, StoreError> {
    let signed = proof::signed(database, head, size.saturating_sub(1)).await?;
    if signed.checkpoint.size != size {
        return Err(StoreError::Corrupt(format!("log_commit: no commit of {} ends at {size}", head.origin)));
    }
    let mut note = signed.note().to_string();
    for line in cosignatures(database, head, size).await? {
        // A damaged row, which `verify` names, must not make the whole note unreadable.
        if let Ok(signature) = Signature::parse(line.trim_end()) {
            note.push_str(&format!("{signature}\n"));
        }
    }
    Ok(note)
}

/// Entries of the bundle `index` in the log of `size` entries, without their version byte.
///
/// # Errors
/// `Corrupt` when rows of the log are missing.
pub async fn entries(
    database: &Database,
    head: &Head,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, StoreError> {
    let start = index.saturating_mul(WIDTH);
    let end = start.saturating_add(WIDTH).min(size);
    let number = |value: u64| Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    let rows = database.query(BUNDLE, vec![head.epoch.into(), number(start), number(end)]).await?;
    let mut entries = Vec::new();
    for row in &rows {
        let first = u64::try_from(row.int(0)?).unwrap_or(u64::MAX);
        let damaged = || StoreError::Corrupt(format!("log_commit {first}: entries"));
        let held = hashes(row.blob(1)?).ok_or_else(damaged)?;
        entries.extend((first..).zip(held).filter(|(at, _)| (start..end).contains(at)).map(|(_, hash)| hash));
    }
    if entries.len() as u64 == end.saturating_sub(start) {
        Ok(entries)
    } else {
        Err(StoreError::Corrupt(format!("log_commit: entries between {start} and {end} are missing")))
    }
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
