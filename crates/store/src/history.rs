//! The truth: what happened to each petition, one row for each decision.
//!
//! A decision's events are one row, so that they are written together or not at all. `seq` counts events: the key
//! (petition, seq) is the version the decision was made on, and a second decision on the same version collides.

use crate::log::{NewEvent, Stream};
use crate::sealed::{self, CasePublic, CryptoRng, OpenBody, Outside, ROW, SEALED, Secret};
use crate::sql::{Row, Value};
use crate::{Database, Reads, StoreError};
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
    /// It is sealed, and whoever asks brought nothing that opens it: the petition is its shell, the records are without
    /// what happened, whose doing it was and which verb.
    pub closed: bool,
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

/// Of which stream a sealed body is.
const PLACE: &str = "event";

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

/// What a sealed event of a petition says; `None` when it does not open.
pub(crate) fn open_body(secret: &Secret, id: PetitionId, seq: u64, body: &[u8]) -> Option<OpenBody> {
    sealed::open_body(secret, (PLACE, id, seq), body)
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

/// The event that records one decision of a sealed matter: neither the verb nor who acted is outside what is sealed. `rows`:
/// what [`sealed::keep_shell`] gave.
///
/// # Errors
/// When the events cannot be encoded or encrypted, which no event this program makes can cause.
pub fn append_sealed(
    decision: Decision<'_>,
    (public, rows): (&CasePublic, Vec<[u8; ROW]>),
    rng: &mut impl CryptoRng,
) -> Result<NewEvent, StoreError> {
    let open = OpenBody {
        kind: decision.kind.to_owned(),
        actor: decision.actor.to_owned(),
        body: encode(decision.events)?,
    };
    let place = (PLACE, decision.petition, decision.seq);
    let count = u32::try_from(decision.events.len())
        .map_err(|_| StoreError::Other("a decision of billions of events".to_owned()))?;
    let own = decision.contents.iter().filter(|content| content.id != crate::content::KEY_REF);
    let contents = own.map(|content| sealed::digest_of(&content.id, &content.commitment)).collect();
    let body = sealed::seal_body(public, place, &Outside { count, rows, contents }, &open, rng)?;
    Ok(NewEvent { kind: SEALED.to_owned(), actor: SEALED.to_owned(), body, ..append(decision)? })
}

/// The petition and its decisions; `None` when there is none of that id. A sealed one is closed to whoever brought nothing
/// that opens it.
///
/// # Errors
/// Whatever the database reports; `Corrupt` naming petition and seq when a body does not match its digest.
pub async fn load(from: &impl Reads, id: PetitionId) -> Result<Option<History>, StoreError> {
    let rows = from.rows(LOAD, vec![Value::Text(id.to_string())]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut is_sealed = false;
    for row in &rows {
        is_sealed |= sealed::is_sealed_body(row.blob(4)?);
    }
    let opens = if is_sealed { opening(from, id).await? } else { None };
    let mut records = Vec::with_capacity(rows.len());
    for row in &rows {
        records.push(recorded(id, row, 0, opens.as_ref())?);
    }
    if is_sealed && opens.is_none() {
        let missing = || StoreError::Corrupt(format!("sealed_shell {id}: missing"));
        let petition = sealed::shell(from, id).await?.ok_or_else(missing)?;
        return Ok(Some(History { petition, records, closed: true }));
    }
    let petition = Petition::replay(id, records.iter().flat_map(|record| &record.events));
    Ok(Some(History { petition, records, closed: false }))
}

/// What opens a sealed petition's events, when whoever asks brought it.
async fn opening(from: &impl Reads, id: PetitionId) -> Result<Option<Secret>, StoreError> {
    match crate::content::key_of(from, id).await {
        Ok(key) => Ok(Some(sealed::case_pair(&key)?.0)),
        Err(StoreError::Sealed(_) | StoreError::Destroyed(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Decisions of all petitions in key order, `limit` at a time, after the given key. Sealed ones stay closed.
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
            Ok((id, recorded(id, row, 1, None)?))
        })
        .collect()
}

fn recorded(id: PetitionId, row: &Row, first: usize, opens: Option<&Secret>) -> Result<Recorded, StoreError> {
    let seq = row.int(first)?;
    let body = row.blob(first + 4)?;
    if crate::content::sha256(body) != *row.blob(first + 5)? {
        return Err(StoreError::Corrupt(format!("event {id}/{seq}: the body does not match its digest")));
    }
    let number = u64::try_from(seq).unwrap_or(0);
    let damaged = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("event {id}/{seq}: {error}"));
    let mut kind = row.text(first + 2)?.to_owned();
    let mut actor = row.text(first + 3)?.to_owned();
    let events = match (sealed::is_sealed_body(body), opens) {
        (false, _) => decode(body).map_err(|error| damaged(&error))?,
        (true, None) => Vec::new(),
        (true, Some(secret)) => {
            let open = open_body(secret, id, number, body)
                .ok_or_else(|| damaged(&"what is sealed in it does not open"))?;
            (kind, actor) = (open.kind, open.actor);
            decode(&open.body).map_err(|error| damaged(&error))?
        }
    };
    Ok(Recorded {
        seq: number,
        at: row.text(first + 1)?.to_owned(),
        kind,
        actor,
        sure: row.int(first + 6)? != 0,
        entry: row
            .blob(first + 7)?
            .try_into()
            .map_err(|_| StoreError::Corrupt(format!("event {id}/{seq}: entry")))?,
        events,
    })
}
