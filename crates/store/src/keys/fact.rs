//! What the log says of keys, in `key_event`: a version of the wrapping key came into use, a recovery key was kept,
//! petitions' keys were wrapped anew. A later fact about a wrap takes the place of an earlier one.

use super::Erased;
use crate::{Database, StoreError};
use casework::{Name, OfficialId, PetitionId};
use ledger::Hash;
use minicbor::{Decoder, Encoder};

const LATEST: &str = "select seq, entry, body from key_event order by seq desc limit 1";

const BEGUN: &str = "select body from key_event where kind = 'version' order by seq desc limit 1";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[LATEST, BEGUN];

/// One thing that happened to keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// New wraps are made under another version from now on.
    Version {
        /// Which key that is: two nodes that drew two keys under one number notice.
        commitment: Hash,
    },
    /// A recovery key was kept, sealed to the recipients.
    Recovery {
        /// Its id.
        id: [u8; 16],
        /// SHA-256 of recipients and sealed key.
        digest: Hash,
    },
    /// Keys of petitions were wrapped anew.
    Rewrap(Vec<Rewrapped>),
    /// A petition's key was destroyed (RET-1).
    Erase(Erased),
}

/// A petition's key, wrapped anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// Whose.
    pub petition: PetitionId,
    /// What the petition's first record says of the wraps it was kept with.
    pub first: Hash,
    /// What is to be said of them from now on.
    pub now: Hash,
}

/// Bytes of a [`Rewrapped`].
const REWRAPPED: usize = 16 + 32 + 32;

impl Fact {
    /// The word of its event.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Fact::Version { .. } => "version",
            Fact::Recovery { .. } => "recovery",
            Fact::Rewrap(_) => "rewrap",
            Fact::Erase(_) => "erase",
        }
    }

    /// Canonical bytes: the version in use after it, and what it says.
    pub(crate) fn body(&self, version: u32) -> Vec<u8> {
        let said = match self {
            Fact::Version { commitment } => commitment.to_vec(),
            Fact::Recovery { id, digest } => [id.as_slice(), digest].concat(),
            Fact::Rewrap(rows) => rows
                .iter()
                .flat_map(|row| [row.petition.0.as_bytes().as_slice(), &row.first, &row.now].concat())
                .collect(),
            Fact::Erase(erased) => [
                erased.petition.0.as_bytes().as_slice(),
                &erased.first,
                erased.proposed_by.0.as_bytes(),
                erased.decided_by.0.as_bytes(),
                erased.basis.as_str().as_bytes(),
            ]
            .concat(),
        };
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        // Writing to memory cannot fail.
        let written = encoder.array(2).and_then(|encoder| encoder.u32(version)?.bytes(&said));
        debug_assert!(written.is_ok());
        bytes
    }

    /// The version in use after it, and the fact; `None` for bytes that are none.
    pub(crate) fn read(kind: &str, body: &[u8]) -> Option<(u32, Fact)> {
        let mut decoder = Decoder::new(body);
        decoder.array().ok().filter(|length| *length == Some(2))?;
        let version = decoder.u32().ok()?;
        let said = decoder.bytes().ok()?;
        let fact = match kind {
            "version" => Fact::Version { commitment: said.try_into().ok()? },
            "recovery" => {
                let (id, digest) = said.split_first_chunk::<16>()?;
                Fact::Recovery { id: *id, digest: digest.try_into().ok()? }
            }
            "rewrap" if said.len().is_multiple_of(REWRAPPED) => {
                Fact::Rewrap(said.chunks_exact(REWRAPPED).map(rewrapped).collect::<Option<_>>()?)
            }
            "erase" => Fact::Erase(erased(said)?),
            _ => return None,
        };
        Some((version, fact))
    }
}

fn rewrapped(bytes: &[u8]) -> Option<Rewrapped> {
    let (petition, rest) = bytes.split_first_chunk::<16>()?;
    let (first, now) = rest.split_first_chunk::<32>()?;
    let petition = PetitionId(uuid::Uuid::from_bytes(*petition));
    Some(Rewrapped { petition, first: *first, now: now.try_into().ok()? })
}

fn erased(bytes: &[u8]) -> Option<Erased> {
    let (petition, rest) = bytes.split_first_chunk::<16>()?;
    let (first, rest) = rest.split_first_chunk::<32>()?;
    let (proposed_by, rest) = rest.split_first_chunk::<16>()?;
    let (decided_by, basis) = rest.split_first_chunk::<16>()?;
    let official = |bytes: &[u8; 16]| OfficialId(uuid::Uuid::from_bytes(*bytes));
    Some(Erased {
        petition: PetitionId(uuid::Uuid::from_bytes(*petition)),
        first: *first,
        basis: Name::from(std::str::from_utf8(basis).ok()?),
        proposed_by: official(proposed_by),
        decided_by: official(decided_by),
    })
}

/// What the next event about keys follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    /// Number of events before it.
    pub(super) seq: u64,
    /// The entry before it.
    pub(super) entry: Hash,
    /// The version that is in use; `None` before the first event.
    pub(super) version: Option<u32>,
}

/// What the next event about keys follows. Two at once collide; whoever loses asks again.
///
/// # Errors
/// Whatever the database reports.
pub async fn tip(database: &Database) -> Result<Tip, StoreError> {
    let rows = database.query(LATEST, Vec::new()).await?;
    let Some(row) = rows.first() else { return Ok(Tip::default()) };
    let damaged = |what: &str| StoreError::Corrupt(format!("key_event: {what} of the newest"));
    let mut decoder = Decoder::new(row.blob(2)?);
    decoder.array().map_err(|_| damaged("body"))?;
    Ok(Tip {
        seq: u64::try_from(row.int(0)?).unwrap_or(0) + 1,
        entry: row.blob(1)?.try_into().map_err(|_| damaged("entry"))?,
        version: Some(decoder.u32().map_err(|_| damaged("body"))?),
    })
}

/// The version that came into use last, and which key that is; `None` while there was never another than the first.
pub(super) async fn begun(database: &Database) -> Result<Option<(u32, Hash)>, StoreError> {
    let rows = database.query(BEGUN, Vec::new()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    match Fact::read("version", row.blob(0)?) {
        Some((version, Fact::Version { commitment })) => Ok(Some((version, commitment))),
        Some(_) | None => Err(StoreError::Corrupt("key_event: body of the newest version".to_owned())),
    }
}
