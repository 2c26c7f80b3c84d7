//! The truth: what happened to each petition, one row for each decision.
//!
//! A decision's events are one row, so that they are written together or not at all. `seq` counts events: the key
//! (petition, seq) is the version the decision was made on, and a second decision on the same version collides.

use crate::sql::{Row, Value, Write};
use crate::{Database, StoreError};
use casework::{Event, Petition, PetitionId};

/// One decision as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Number of events before it.
    pub seq: u64,
    /// When it was recorded: UTC, RFC 3339, set by the server.
    pub at: String,
    /// `petitioner`, `system`, or the official's id.
    pub actor: String,
    /// The verb.
    pub kind: String,
    /// What it made happen.
    pub events: Vec<Event>,
}

/// A petition and the decisions that made it.
#[derive(Clone, Debug)]
pub struct History {
    /// As it stands.
    pub petition: Petition,
    /// In order.
    pub records: Vec<Recorded>,
}

const INSERT: &str = "insert into event (petition_id, seq, at, kind, actor, body, body_digest) values ($1, $2, $3, $4, $5, $6, $7)";
const LOAD: &str =
    "select seq, at, kind, actor, body, body_digest from event where petition_id = $1 order by seq";
const PAGE: &str = "select petition_id, seq, at, kind, actor, body, body_digest from event where (petition_id, seq) > ($1, $2) order by petition_id, seq limit $3";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[INSERT, LOAD, PAGE];

/// The row that records one decision.
///
/// # Errors
/// When the events cannot be encoded, which no event this program makes can cause.
pub fn append(
    petition: PetitionId,
    seq: u64,
    at: &str,
    kind: &str,
    actor: &str,
    events: &[Event],
) -> Result<Write, StoreError> {
    let body = encode(events)?;
    let digest = crate::content::sha256(&body);
    Ok(Write::new(
        INSERT,
        vec![
            Value::Text(petition.to_string()),
            Value::Integer(i64::try_from(seq).unwrap_or(i64::MAX)),
            Value::Text(at.to_owned()),
            Value::Text(kind.to_owned()),
            Value::Text(actor.to_owned()),
            Value::Blob(body),
            Value::Blob(digest.to_vec()),
        ],
    ))
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
        events,
    })
}
