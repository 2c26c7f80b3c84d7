//! The truth: what happened to each petition, one row for each decision.
//!
//! A decision's events are one row, so that they are written together or not at all. `seq` counts events: the key
//! (petition, seq) is the version the decision was made on, and a second decision on the same version collides.

use crate::log::{NewEvent, Stream};
use crate::sql::{Row, Value};
use crate::{Database, StoreError};
use casework::{Event, Petition, PetitionId};
use ledger::Hash;
use ledger::record::ContentRef;

/// One decision as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Number of events before it.
    pub seq: u64,
    /// When it was recorded: UTC, RFC 3339, set by the server.
    pub at: String,
    /// Whether the clock was believed then.
    pub sure: bool,
    /// `petitioner`, `system`, or the official's id.
    pub actor: String,
    /// The verb.
    pub kind: String,
    /// What it made happen.
    pub events: Vec<Event>,
    /// Its entry in the log, which the next decision continues.
    pub entry: Hash,
}

/// A petition and the decisions that made it.
#[derive(Clone, Debug)]
pub struct History {
    /// As it stands.
    pub petition: Petition,
    /// In order.
    pub records: Vec<Recorded>,
}

impl History {
    /// The entry that the next decision continues; zeros before the first.
    pub fn tip(&self) -> Hash {
        self.records.last().map_or([0; 32], |record| record.entry)
    }
}

/// One decision about to be recorded.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The petition.
    pub petition: PetitionId,
    /// Events before it.
    pub seq: u64,
    /// The entry it continues: [`History::tip`].
    pub prev: Hash,
    /// When, as the store keeps instants, and whether the clock was believed.
    pub at: (&'a str, bool),
    /// The verb.
    pub kind: &'a str,
    /// `petitioner`, `system`, or the official's id.
    pub actor: &'a str,
    /// What it made happen.
    pub events: &'a [Event],
    /// The words kept with it.
    pub contents: Vec<ContentRef>,
    /// Random bytes that make its entry opaque.
    pub ekey: [u8; 32],
}

const LOAD: &str = "select seq, at, kind, actor, body, body_digest, sure, entry from event where petition_id = $1 order by seq";
const PAGE: &str = "select petition_id, seq, at, kind, actor, body, body_digest, sure, entry from event where (petition_id, seq) > ($1, $2) order by petition_id, seq limit $3";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[LOAD, PAGE];

/// The event that records one decision; the writer gives it its place.
///
/// # Errors
/// When the events cannot be encoded, which no event this program makes can cause.
pub fn append(decision: Decision<'_>) -> Result<NewEvent, StoreError> {
    Ok(NewEvent {
        stream: Stream::Petition(decision.petition),
        seq: decision.seq,
        prev: decision.prev,
        at: decision.at.0.to_owned(),
        sure: decision.at.1,
        kind: decision.kind.to_owned(),
        actor: decision.actor.to_owned(),
        body: encode(decision.events)?,
        ekey: decision.ekey,
        contents: decision.contents,
    })
}

/// Canonical bytes of a decision's events: deterministic CBOR (architecture §10.21).
///
/// # Errors
/// When an event cannot be encoded.
pub fn encode(events: &[Event]) -> Result<Vec<u8>, StoreError> {
    minicbor_serde::to_vec(events).map_err(|error| StoreError::Corrupt(format!("encode events: {error}")))
}

/// Reads events back.
///
/// # Errors
/// `Corrupt` when the bytes are not what this program wrote.
pub fn decode(body: &[u8]) -> Result<Vec<Event>, StoreError> {
    minicbor_serde::from_slice(body).map_err(|error| StoreError::Corrupt(format!("decode events: {error}")))
}

/// The petition and its decisions; `None` when there is none of that id.
///
/// # Errors
/// Whatever the database reports; `Corrupt` naming petition and seq when a body does not match its digest.
pub async fn load(database: &Database, id: PetitionId) -> Result<Option<History>, StoreError> {
    let rows = database.query(LOAD, vec![Value::Text(id.to_string())]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut records = Vec::with_capacity(rows.len());
    for row in &rows {
        records.push(recorded(id, row, 0)?);
    }
    let petition = Petition::replay(id, records.iter().flat_map(|record| &record.events));
    Ok(Some(History { petition, records }))
}

/// Decisions of all petitions in key order, `limit` at a time, after the given key.
///
/// # Errors
/// As for [`load`].
pub async fn page(
    database: &Database,
    after: &(String, i64),
    limit: i64,
) -> Result<Vec<(PetitionId, Recorded)>, StoreError> {
    let rows = database
        .query(PAGE, vec![Value::Text(after.0.clone()), Value::Integer(after.1), Value::Integer(limit)])
        .await?;
    rows.iter()
        .map(|row| {
            let id: PetitionId =
                row.text(0)?.parse().map_err(|_| StoreError::Corrupt("petition id in event".to_owned()))?;
            Ok((id, recorded(id, row, 1)?))
        })
        .collect()
}

fn recorded(id: PetitionId, row: &Row, first: usize) -> Result<Recorded, StoreError> {
    let seq = row.int(first)?;
    let body = row.blob(first + 4)?;
    if crate::content::sha256(body) != *row.blob(first + 5)? {
        return Err(StoreError::Corrupt(format!("event {id}/{seq}: the body does not match its digest")));
    }
    let events = decode(body).map_err(|error| StoreError::Corrupt(format!("event {id}/{seq}: {error}")))?;
    Ok(Recorded {
        seq: u64::try_from(seq).unwrap_or(0),
        at: row.text(first + 1)?.to_owned(),
        kind: row.text(first + 2)?.to_owned(),
        actor: row.text(first + 3)?.to_owned(),
        sure: row.int(first + 6)? != 0,
        entry: row
            .blob(first + 7)?
            .try_into()
            .map_err(|_| StoreError::Corrupt(format!("event {id}/{seq}: entry")))?,
        events,
    })
}
