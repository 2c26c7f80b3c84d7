//! Erasure: a petition's key is destroyed in both its wraps, so that nobody can open its words, names and files any more
//! (RET-1; docs/decisions/0012). Rows of the record stay: they are what proves that nothing else was changed.
//!
//! Beside the wraps, whatever this program keeps of the petition outside the record goes: who follows it in a browser,
//! reminders, messages that wait, the wraps of a sealed matter, and the keyed hash of what was submitted, by which a guess
//! could be confirmed.

use super::Fact;
use crate::sql::{Value, Write};
use crate::{Database, StoreError};
use casework::{Name, OfficialId, PetitionId};
use ledger::Hash;

const DIGEST: &str = "select digest from petition_key where petition_id = $1";
const EMPTY: &str = "update petition_key set wrapped = $1, recovery = $1 where petition_id = $2 and digest = $3 and length(wrapped) > 0";
const UNFOLLOW: &str = "delete from follow_session where petition_id = $1";
const UNREMIND: &str = "delete from reminder where petition_id = $1";
const UNSEND: &str = "delete from outbox where petition_id = $1";
const UNKNOWN: &str = "update submission_token set digest = '' where petition_id = $1";
const UNHOLD: &str = "delete from sealed_wrap where petition_id = $1";
const LATEST: &str = "select count(*), coalesce(max(at), '') from key_event where kind = 'erase'";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[DIGEST, EMPTY, UNFOLLOW, UNREMIND, UNSEND, UNKNOWN, UNHOLD, LATEST];

/// A petition's key that was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Whose.
    pub petition: PetitionId,
    /// What the petition's first record says of the wraps it was kept with.
    pub first: Hash,
    /// On which legal basis, by the name it has in the petition's procedure.
    pub basis: Name,
    /// Who proposed it.
    pub proposed_by: OfficialId,
    /// Who decided it: somebody else.
    pub decided_by: OfficialId,
}

/// Destroys a petition's key: what is written, all or nothing, and what the log is to say of it in the same commit.
///
/// # Errors
/// `Corrupt` when no key is kept; whatever the database reports.
pub async fn erase(
    database: &Database,
    petition: PetitionId,
    basis: &Name,
    (proposed_by, decided_by): (OfficialId, OfficialId),
) -> Result<(Fact, Vec<Write>), StoreError> {
    let id = || Value::Text(petition.to_string());
    let rows = database.query(DIGEST, vec![id()]).await?;
    let damaged = || StoreError::Corrupt(format!("petition_key {petition}: missing or damaged"));
    let first: Hash = rows.first().ok_or_else(damaged)?.blob(0)?.try_into().map_err(|_| damaged())?;
    let empty = vec![Value::Blob(Vec::new()), id(), Value::Blob(first.to_vec())];
    let mut writes = vec![Write::new(EMPTY, empty).rows(1)];
    let beside = [UNFOLLOW, UNREMIND, UNSEND, UNKNOWN, UNHOLD];
    writes.extend(beside.map(|sql| Write::new(sql, vec![id()])));
    let erased = Erased { petition, first, basis: basis.clone(), proposed_by, decided_by };
    Ok((Fact::Erase(erased), writes))
}

/// How many petitions' keys were destroyed, and when the last one was; `None` while none was. Needs no key.
///
/// # Errors
/// Whatever the database reports.
pub async fn erasures(database: &Database) -> Result<Option<(u64, String)>, StoreError> {
    let rows = database.query(LATEST, Vec::new()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let n = u64::try_from(row.int(0)?).unwrap_or(0);
    Ok(if n == 0 { None } else { Some((n, row.text(1)?.to_owned())) })
}
