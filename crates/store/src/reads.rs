//! What officials read of petitions: events of the same log, in a stream of their own for each petition, so that a read
//! changes no version (architecture §10.19, ACC-2).

use crate::log::{NewEvent, Stream};
use crate::sealed::{self, CasePublic, CryptoRng, OpenBody, Outside, SEALED, Secret};
use crate::sql::{Row, Value};
use crate::{Database, StoreError};
use casework::PetitionId;
use casework::access::{Read, Seen};
use ledger::Hash;

/// Of which stream a sealed body is.
const PLACE: &str = "read";

const TIP: &str = "select seq, entry from read_event where petition_id = $1 order by seq desc limit 1";
const RECENT: &str = "select petition_id, seq, at, actor, body from read_event where actor in ($1, 'sealed') and at >= $2 and petition_id = $3 order by seq desc";
const OF_PETITION: &str = "select petition_id, seq, at, actor, body from read_event where petition_id = $1 and seq < $2 order by seq desc limit $3";
const OF_OFFICIAL: &str = "select petition_id, seq, at, actor, body from read_event where actor = $1 and at >= $2 and at < $3 and (at, petition_id, seq) < ($4, $5, $6) order by at desc, petition_id desc, seq desc limit $7";

const OF_TWO: &str = "select petition_id, seq, at, actor, body from read_event where petition_id = $1 and kind in ('asked', 'agreed', 'sealed') and at >= $2 order by seq desc";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[TIP, RECENT, OF_PETITION, OF_OFFICIAL, OF_TWO];

/// One read about to be recorded.
#[derive(Clone, Debug)]
pub struct NewRead<'a> {
    /// Whose petition.
    pub petition: PetitionId,
    /// What it follows: [`tip`].
    pub tip: (u64, Hash),
    /// When, as the store keeps instants, and whether the clock was believed.
    pub at: (&'a str, bool),
    /// The official's id.
    pub actor: &'a str,
    /// What was read.
    pub read: &'a Read,
    /// Random bytes that make its entry opaque.
    pub ekey: [u8; 32],
}

/// One read as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose petition.
    pub petition: PetitionId,
    /// Number of reads before it.
    pub seq: u64,
    /// When: UTC, milliseconds.
    pub at: String,
    /// The official's id.
    pub actor: String,
    /// What was read.
    pub read: Read,
}

/// What the next read of a petition follows: its seq and the entry before it.
///
/// # Errors
/// Whatever the database reports.
pub async fn tip(database: &Database, petition: PetitionId) -> Result<(u64, Hash), StoreError> {
    let rows = database.query(TIP, vec![petition.to_string().into()]).await?;
    let Some(row) = rows.first() else { return Ok((0, [0; 32])) };
    let damaged = |_| StoreError::Corrupt(format!("read_event {petition}: entry"));
    Ok((u64::try_from(row.int(0)?).unwrap_or(0) + 1, row.blob(1)?.try_into().map_err(damaged)?))
}

/// The event that records a read. Two at once collide; whoever loses asks again.
///
/// # Errors
/// When it cannot be encoded, which no read that this program makes can cause.
pub fn append(new: NewRead<'_>) -> Result<NewEvent, StoreError> {
    let body = minicbor_serde::to_vec(new.read);
    Ok(NewEvent {
        stream: Stream::Reads(new.petition),
        seq: new.tip.0,
        prev: new.tip.1,
        at: new.at.0.to_owned(),
        sure: new.at.1,
        kind: new.read.seen.kind().to_owned(),
        actor: new.actor.to_owned(),
        body: body.map_err(|error| StoreError::Corrupt(format!("encode a read: {error}")))?,
        ekey: new.ekey,
        contents: Vec::new(),
    })
}

/// The event that records a read of a sealed matter: neither who read nor what is outside what is sealed.
///
/// # Errors
/// When it cannot be encoded or encrypted, which no read that this program makes can cause.
pub fn append_sealed(
    new: NewRead<'_>,
    public: &CasePublic,
    rng: &mut impl CryptoRng,
) -> Result<NewEvent, StoreError> {
    let place = (PLACE, new.petition, new.tip.0);
    let event = append(new)?;
    let open = OpenBody { kind: event.kind.clone(), actor: event.actor.clone(), body: event.body.clone() };
    let body = sealed::seal_body(public, place, &Outside { count: 1, ..Outside::default() }, &open, rng)?;
    Ok(NewEvent { kind: SEALED.to_owned(), actor: SEALED.to_owned(), body, ..event })
}

/// What a sealed read says; `None` when it does not open.
pub(crate) fn open_body(secret: &Secret, petition: PetitionId, seq: u64, body: &[u8]) -> Option<OpenBody> {
    sealed::open_body(secret, (PLACE, petition, seq), body)
}

/// Reads a read back.
///
/// # Errors
/// `Corrupt` when the bytes are not what this program wrote.
pub fn decode(body: &[u8]) -> Result<Read, StoreError> {
    minicbor_serde::from_slice(body).map_err(|error| StoreError::Corrupt(format!("decode a read: {error}")))
}

/// What one official read of a petition since an instant, the newest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn recent(
    database: &Database,
    actor: &str,
    since: &str,
    petition: PetitionId,
) -> Result<Vec<Kept>, StoreError> {
    let key = vec![actor.into(), since.into(), petition.to_string().into()];
    let mut known = opened(database, petition, database.query(RECENT, key).await?).await?;
    // In a sealed matter who read stands inside.
    known.retain(|read| read.actor == actor);
    Ok(known)
}

/// What was asked and agreed to by two people in a petition since an instant, the newest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn of_two(database: &Database, petition: PetitionId, since: &str) -> Result<Vec<Kept>, StoreError> {
    let key = vec![petition.to_string().into(), since.into()];
    let mut known = opened(database, petition, database.query(OF_TWO, key).await?).await?;
    known.retain(|read| matches!(read.read.seen, Seen::Asked { .. } | Seen::Agreed { .. }));
    Ok(known)
}

/// Reads of one petition before a place, the newest first; none of a sealed one for whoever brought nothing that opens it.
///
/// # Errors
/// Whatever the database reports.
pub async fn of_petition(
    database: &Database,
    petition: PetitionId,
    before: Option<u64>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let key = vec![petition.to_string().into(), before.into(), limit.into()];
    opened(database, petition, database.query(OF_PETITION, key).await?).await
}

/// Where a page of an official's reads ends: instant, petition and seq of its last row.
pub type Before = (String, String, u64);

/// Reads of one official from one instant to before another, the newest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn of_official(
    database: &Database,
    actor: &str,
    (from, to): (&str, &str),
    before: Option<&Before>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let (at, petition, seq) = before.cloned().unwrap_or((to.to_owned(), String::new(), 0));
    let seq = Value::Integer(i64::try_from(seq).unwrap_or(i64::MAX));
    let key = vec![actor.into(), from.into(), to.into(), at.into(), petition.into(), seq, limit.into()];
    let rows = database.query(OF_OFFICIAL, key).await?;
    rows.iter().filter_map(|row| kept(row, None).transpose()).collect()
}

/// Rows of one petition, without those that are sealed to whoever asks.
async fn opened(database: &Database, petition: PetitionId, rows: Vec<Row>) -> Result<Vec<Kept>, StoreError> {
    let mut is_sealed = false;
    for row in &rows {
        is_sealed |= sealed::is_sealed_body(row.blob(4)?);
    }
    let secret = match is_sealed {
        true => match crate::content::key_of(database, petition).await {
            Ok(key) => Some(sealed::case_pair(&key)?.0),
            Err(StoreError::Sealed(_) | StoreError::Destroyed(_)) => None,
            Err(error) => return Err(error),
        },
        false => None,
    };
    rows.iter().filter_map(|row| kept(row, secret.as_ref()).transpose()).collect()
}

fn kept(row: &Row, opens: Option<&Secret>) -> Result<Option<Kept>, StoreError> {
    let petition: PetitionId =
        row.text(0)?.parse().map_err(|_| StoreError::Corrupt("petition id in read_event".to_owned()))?;
    let seq = u64::try_from(row.int(1)?).unwrap_or(0);
    let damaged =
        |what: &dyn std::fmt::Display| StoreError::Corrupt(format!("read_event {petition}/{seq}: {what}"));
    let mut actor = row.text(3)?.to_owned();
    let mut body = row.blob(4)?.to_vec();
    if sealed::is_sealed_body(&body) {
        let Some(secret) = opens else { return Ok(None) };
        let open = open_body(secret, petition, seq, &body)
            .ok_or_else(|| damaged(&"what is sealed in it does not open"))?;
        (actor, body) = (open.actor, open.body);
    }
    let read = decode(&body).map_err(|error| damaged(&error))?;
    Ok(Some(Kept { petition, seq, at: row.text(2)?.to_owned(), actor, read }))
}
