//! The office's own history: a log opened after a loss, the directory put in place, the clock corrected. Entries of the
//! same log as petitions' events; bodies are JSON without personal data.

use super::{NewEvent, Stream};
use crate::sql::Row;
use crate::{Database, StoreError};
use ledger::Hash;

const TIP: &str = "select seq, entry from office_event order by seq desc limit 1";
const ALL: &str = "select seq, at, sure, kind, actor, body from office_event order by seq";
const PAGE: &str =
    "select seq, at, sure, kind, actor, body from office_event where seq < $1 order by seq desc limit $2";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[TIP, ALL, PAGE];

/// One event of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeEvent {
    /// Its place in the office's history.
    pub seq: u64,
    /// When: UTC, milliseconds.
    pub at: String,
    /// Whether the clock was believed.
    pub sure: bool,
    /// What happened.
    pub kind: String,
    /// Who brought it about.
    pub actor: String,
    /// JSON.
    pub body: String,
}

/// What the next event of the office follows: its seq and the entry before it.
///
/// # Errors
/// Whatever the database reports.
pub async fn tip(database: &Database) -> Result<(u64, Hash), StoreError> {
    let rows = database.query(TIP, Vec::new()).await?;
    let Some(row) = rows.first() else { return Ok((0, [0; 32])) };
    let entry = row.blob(1)?.try_into().map_err(|_| StoreError::Corrupt("office_event: entry".to_owned()))?;
    Ok((u64::try_from(row.int(0)?).unwrap_or(0) + 1, entry))
}

/// The event that follows what [`tip`] found. Two at once collide; whoever loses asks again.
pub fn event(
    tip: (u64, Hash),
    at: (&str, bool),
    kind: &str,
    actor: &str,
    body: &str,
    ekey: [u8; 32],
) -> NewEvent {
    NewEvent {
        stream: Stream::Office,
        seq: tip.0,
        prev: tip.1,
        at: at.0.to_owned(),
        sure: at.1,
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        body: body.as_bytes().to_vec(),
        ekey,
        contents: Vec::new(),
    }
}

/// Everything that happened to the office, oldest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn all(database: &Database) -> Result<Vec<OfficeEvent>, StoreError> {
    database.query(ALL, Vec::new()).await?.iter().map(read).collect()
}

/// At most `n` of what happened before a place in the office's history, newest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(database: &Database, before: u64, n: i64) -> Result<Vec<OfficeEvent>, StoreError> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    database.query(PAGE, vec![before.into(), n.into()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<OfficeEvent, StoreError> {
    Ok(OfficeEvent {
        seq: u64::try_from(row.int(0)?).unwrap_or(0),
        at: row.text(1)?.to_owned(),
        sure: row.int(2)? != 0,
        kind: row.text(3)?.to_owned(),
        actor: row.text(4)?.to_owned(),
        body: String::from_utf8_lossy(row.blob(5)?).into_owned(),
    })
}
