//! Wraps made anew, a few at a time, each group with the event that says so. Whoever stops in the middle has done the
//! groups that were committed; what is still to do is seen from the rows alone.

use super::{Fact, RecoveryKey, Rewrapped, event, fact, version_of};
use crate::seal::{NONCE, PetitionKey};
use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::{Database, StoreError, content};
use casework::PetitionId;
use ledger::Hash;

// Sealed ones, which are not the office's to wrap, have 36 bytes there, or 37 (a mark and the public key).
const PAGE: &str = "select petition_id, digest, wrapped, recovery from petition_key where petition_id > $1 and length(wrapped) > 37 order by petition_id limit $2";
const ANEW: &str = "update petition_key set wrapped = $1, recovery = $2 where petition_id = $3 and wrapped = $4 and recovery = $5";
const HOLDINGS: &str = "select substr(wrapped, 1, 4), substr(recovery, 1, 16), count(*) from petition_key where length(wrapped) > 37 group by substr(wrapped, 1, 4), substr(recovery, 1, 16) order by 1, 2";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[PAGE, ANEW, HOLDINGS];

/// How many petitions' keys are held in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Version of the office's wrapping key.
    pub version: u32,
    /// The recovery key of the second wrap; `None` where there is none.
    pub recovery: Option<String>,
    /// How many.
    pub petitions: u64,
}

/// How all petitions' keys are held. Needs no key.
///
/// # Errors
/// Whatever the database reports.
pub async fn holdings(database: &Database) -> Result<Vec<Holding>, StoreError> {
    let rows = database.query(HOLDINGS, Vec::new()).await?;
    rows.iter()
        .map(|row| {
            // What is taken out of an empty value is nothing at all on SQLite.
            let id = row.opt_blob(1)?.unwrap_or_default();
            Ok(Holding {
                version: version_of(row.blob(0)?).map_or(0, |(version, _)| version),
                recovery: (!id.is_empty()).then(|| super::hex(id)),
                petitions: u64::try_from(row.int(2)?).unwrap_or(0),
            })
        })
        .collect()
}

/// A petition's wraps, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Whose.
    pub petition: PetitionId,
    first: Hash,
    wrapped: Vec<u8>,
    recovery: Vec<u8>,
}

impl KeyRow {
    fn read(row: &Row) -> Result<KeyRow, StoreError> {
        let damaged = || StoreError::Corrupt("petition_key: id or digest".to_owned());
        Ok(KeyRow {
            petition: row.text(0)?.parse().map_err(|_| damaged())?,
            first: row.blob(1)?.try_into().map_err(|_| damaged())?,
            wrapped: row.blob(2)?.to_vec(),
            recovery: row.blob(3)?.to_vec(),
        })
    }

    /// The recovery key of its second wrap; `None` where there is none.
    pub fn recovery_id(&self) -> Option<String> {
        self.recovery.first_chunk::<16>().map(|id| super::hex(id))
    }

    /// The version of its first wrap.
    pub fn version(&self) -> u32 {
        version_of(&self.wrapped).map_or(0, |(version, _)| version)
    }

    /// The key, by the office's.
    ///
    /// # Errors
    /// `Corrupt` when it does not open, `NoVersion` when the key file lacks its version.
    pub fn open(&self, database: &Database) -> Result<Option<PetitionKey>, StoreError> {
        PetitionKey::unwrap(database.keeper()?, self.petition, &self.wrapped)
    }

    /// The key, by those who recover; `None` when this recovery key does not open it.
    ///
    /// # Errors
    /// `NoSuite` when this program lacks the office's suite.
    pub fn recover(&self, recovery: &RecoveryKey) -> Result<Option<PetitionKey>, StoreError> {
        recovery.unwrap(self.petition, &self.recovery)
    }
}

/// The next petitions' wraps after a petition, in key order; from the beginning for an empty one.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(database: &Database, after: &str, most: i64) -> Result<Vec<KeyRow>, StoreError> {
    let rows = database.query(PAGE, vec![after.into(), Value::Integer(most)]).await?;
    rows.iter().map(KeyRow::read).collect()
}

/// One petition's key to be wrapped anew.
#[derive(Clone, Debug)]
pub struct Anew {
    /// Its wraps, as they are.
    pub row: KeyRow,
    /// The key.
    pub key: PetitionKey,
    /// Random nonces, for the office's wrap and for the second one.
    pub nonces: [[u8; NONCE]; 2],
}

/// Wraps a few keys anew under the version that is in use, and a second time under `recovery` where that is given, in one
/// commit with the event that says so. `Conflict` when one of the rows changed meanwhile, or another event came first.
///
/// # Errors
/// When the database was opened without the office's key, and whatever it reports.
pub async fn write_anew(
    database: &Database,
    rows: &[Anew],
    recovery: Option<&RecoveryKey>,
    at: (&str, bool),
    ekey: [u8; 32],
) -> Result<Outcome, StoreError> {
    let keeper = database.keeper()?;
    let version = keeper.wraps().current();
    let tip = fact::tip(database).await?;
    if tip.version.is_some_and(|newer| newer > version) {
        super::follow(database).await?;
        return Ok(Outcome::Conflict);
    }
    let mut batch = Batch::new();
    let mut facts = Vec::with_capacity(rows.len());
    for Anew { row, key, nonces: [own, second] } in rows {
        let wrapped = key.wrap(keeper, row.petition, own)?;
        let again = match recovery {
            Some(recovery) => recovery.wrap(row.petition, key, second)?,
            None => row.recovery.clone(),
        };
        let now = content::key_digest(&wrapped, &again);
        facts.push(Rewrapped { petition: row.petition, first: row.first, now });
        let params = vec![
            wrapped.into(),
            again.into(),
            row.petition.to_string().into(),
            row.wrapped.clone().into(),
            row.recovery.clone().into(),
        ];
        batch.push(Write::new(ANEW, params).rows(1));
    }
    batch.record(event(&tip, at, version, &Fact::Rewrap(facts), ekey));
    database.commit(batch).await
}
