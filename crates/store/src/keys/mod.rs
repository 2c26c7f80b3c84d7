//! The keys that everything else hangs on: the office's own and its wrapping keys by version (KEY-1, KEY-2), the second
//! wrap of every petition's key for those who can bring the office back (KEY-3), and how both are made anew while the
//! office works. docs/decisions/0008.
//!
//! A petition's key is wrapped twice: under the office's wrapping key of some version, which the key file holds, and under
//! a recovery key, which is drawn at a server's start, lives in its memory alone, and is kept sealed to the recovery
//! recipients. What becomes of wraps is told by `key_event`, a stream of the log, so that a row put back to an older wrap
//! is named.

mod erase;
mod fact;
mod office;
mod rewrap;

pub use erase::{Erased, erase, erasures};
pub use fact::{Fact, Rewrapped, Tip, tip};
pub use office::OfficeKey;
pub use rewrap::{Anew, Holding, KeyRow, holdings, page, write_anew};

use crate::log::{Keeper, NewEvent};
use crate::seal::{self, NONCE, PetitionKey, Suite};
use crate::sql::Write;
use crate::{Database, StoreError, content};
use casework::PetitionId;
use ledger::Hash;
use std::collections::BTreeMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const KEEP_RECOVERY: &str = "insert into recovery_key (recovery_id, recipients, sealed) values ($1, $2, $3)";
const RECOVERY: &str = "select recovery_id, recipients, sealed from recovery_key order by recovery_id";
const SINCE: &str = "select at from key_event where kind = 'version' order by seq desc limit 1";

/// Every statement of this module, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    [&[KEEP_RECOVERY, RECOVERY, SINCE][..], erase::STATEMENTS, fact::STATEMENTS, rewrap::STATEMENTS].concat()
}

/// Bytes of a version before what is wrapped under it.
pub(crate) const VERSION: usize = 4;
/// Bytes of a recovery key's id before what is wrapped under it.
const ID: usize = 16;

/// Gives the key file as it is now; `None` when it cannot be read.
pub type Reread = Box<dyn Fn() -> Option<OfficeKey> + Send + Sync>;

/// Wrapping keys by version, as the key file had them when it was last read.
pub(crate) struct Wraps {
    known: RwLock<BTreeMap<u32, Zeroizing<[u8; 32]>>>,
    /// Under which new wraps are made.
    current: AtomicU32,
    reread: Option<Reread>,
}

impl Wraps {
    pub(crate) fn new(key: &OfficeKey, reread: Option<Reread>) -> Wraps {
        let known = key.wrapping().clone();
        let least = known.keys().next().copied().unwrap_or(0);
        Wraps { known: RwLock::new(known), current: AtomicU32::new(least), reread }
    }

    /// Something opened under that version: a newer one that is met has come into use, and its key is the right one.
    fn met(&self, version: u32) {
        self.current.fetch_max(version, Ordering::SeqCst);
    }

    /// The key of a version. One that is not known is looked for in the key file, which a rotation may have changed.
    fn find(&self, version: u32) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let look = || self.known.read().ok().and_then(|known| known.get(&version).cloned());
        if let Some(key) = look() {
            return Ok(key);
        }
        if let Some(key) = self.reread()
            && let Ok(mut known) = self.known.write()
        {
            known.extend(key.wrapping().clone());
        }
        look().ok_or(StoreError::NoVersion(version))
    }

    /// The key file as it is now; `None` where nobody follows it, or when it cannot be read.
    pub(crate) fn reread(&self) -> Option<OfficeKey> {
        self.reread.as_ref().and_then(|reread| reread())
    }

    pub(crate) fn current(&self) -> u32 {
        self.current.load(Ordering::SeqCst)
    }

    fn current_key(&self) -> Result<(u32, Zeroizing<[u8; 32]>), StoreError> {
        let version = self.current();
        Ok((version, self.find(version)?))
    }

    /// Whether the key file has another key under that number than the log says; one that it lacks is no other.
    fn agree(&self, begun: Option<(u32, Hash)>) -> Result<(), StoreError> {
        let Some((version, said)) = begun else { return Ok(()) };
        let is_other = || self.find(version).is_ok_and(|key| commitment(version, &key) != said);
        if !is_other() {
            return Ok(());
        }
        // Somebody may have brought the right file since.
        if let Ok(mut known) = self.known.write() {
            known.remove(&version);
        }
        if is_other() { Err(StoreError::OtherVersion(version)) } else { Ok(()) }
    }

    /// New wraps are made under that version from now on; or, where the file lacks it, under the next that it has: after
    /// a loss the office goes on under a newer one.
    fn follow(&self, version: u32) -> Result<(), StoreError> {
        if version == self.current() {
            return Ok(());
        }
        let missing = match self.find(version) {
            Ok(_) => {
                self.current.store(version, Ordering::SeqCst);
                return Ok(());
            }
            Err(missing) => missing,
        };
        let newer = self.known.read().ok().and_then(|known| known.range(version..).next().map(|(v, _)| *v));
        self.current.store(newer.ok_or(missing)?, Ordering::SeqCst);
        Ok(())
    }
}

/// Which key a version stands for: tells two apart and nothing of either.
fn commitment(version: u32, key: &[u8; 32]) -> Hash {
    content::commit(key, &[b"huiyin wrapping version 1 ".as_slice(), &version.to_be_bytes()].concat())
}

/// What a wrap begins with; `None` for bytes that are none.
fn version_of(wrapped: &[u8]) -> Option<(u32, &[u8])> {
    let (version, rest) = wrapped.split_first_chunk::<VERSION>()?;
    Some((u32::from_be_bytes(*version), rest))
}

/// Encrypts under the wrapping key of the newest version that is in use, which stands before it.
pub(crate) fn seal_under(
    keeper: &Keeper,
    nonce: &[u8; NONCE],
    place: &[u8],
    bytes: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let (version, key) = keeper.wraps().current_key()?;
    let sealed = seal::seal(keeper.suite(), &key, nonce, place, bytes)?;
    Ok([version.to_be_bytes().as_slice(), &sealed].concat())
}

/// What was encrypted so; `None` when it was altered or belongs elsewhere.
pub(crate) fn open_under(keeper: &Keeper, place: &[u8], kept: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((version, sealed)) = version_of(kept) else { return Ok(None) };
    let key = keeper.wraps().find(version)?;
    let opened = seal::open(keeper.suite(), &key, place, sealed)?;
    if opened.is_some() {
        keeper.wraps().met(version);
    }
    Ok(opened)
}

/// A secret of an account, encrypted under the office's wrapping key for its place.
///
/// # Errors
/// When the database was opened without the office's key.
pub fn seal_secret(
    database: &Database,
    nonce: &[u8; NONCE],
    place: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, StoreError> {
    seal_under(database.keeper()?, nonce, &secret_place(place), secret)
}

/// It back; `None` when it was altered or belongs elsewhere.
///
/// # Errors
/// `NoVersion` when the key file lacks the version it is under.
pub fn open_secret(database: &Database, place: &[u8], kept: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    open_under(database.keeper()?, &secret_place(place), kept)
}

/// Whether a secret is under the version that is in use.
///
/// # Errors
/// When the database was opened without the office's key.
pub fn secret_is_current(database: &Database, kept: &[u8]) -> Result<bool, StoreError> {
    let current = database.keeper()?.wraps().current();
    Ok(version_of(kept).is_some_and(|(version, _)| version == current))
}

fn secret_place(place: &[u8]) -> Vec<u8> {
    [b"huiyin account secret 2 ".as_slice(), place].concat()
}

/// The version under which this program wraps now.
///
/// # Errors
/// When the database was opened without the office's key.
pub fn current(database: &Database) -> Result<u32, StoreError> {
    Ok(database.keeper()?.wraps().current())
}

/// Wraps under the version that the log says is in use, which another program may have begun.
///
/// # Errors
/// `NoVersion` when the key file has neither it nor a later one; `OtherVersion` when it has another key under its number.
pub async fn follow(database: &Database) -> Result<(), StoreError> {
    database.keeper()?.wraps().agree(fact::begun(database).await?)?;
    match tip(database).await?.version {
        Some(version) => database.keeper()?.wraps().follow(version),
        None => Ok(()),
    }
}

/// What the log is to say of a version that comes into use. Asked anew whenever somebody else recorded something first.
///
/// # Errors
/// `OtherVersion` when another key came into use under its number, `NoVersion` when the key file lacks it.
pub async fn beginning(database: &Database, version: u32) -> Result<Fact, StoreError> {
    let wraps = database.keeper()?.wraps();
    wraps.agree(fact::begun(database).await?)?;
    Ok(Fact::Version { commitment: commitment(version, &*wraps.find(version)?) })
}

/// The version that the log says is in use; `None` while there was never another than the first.
///
/// # Errors
/// Whatever the database reports.
pub async fn recorded_version(database: &Database) -> Result<Option<u32>, StoreError> {
    Ok(tip(database).await?.version)
}

/// When the version in use came into use, UTC; `None` while there was never another than the first.
///
/// # Errors
/// Whatever the database reports.
pub async fn version_since(database: &Database) -> Result<Option<String>, StoreError> {
    let rows = database.query(SINCE, Vec::new()).await?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// A key under which petitions' keys are wrapped a second time, independent of the office's key file (KEY-3).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryKey {
    id: [u8; ID],
    key: [u8; 32],
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey")
    }
}

impl RecoveryKey {
    /// A key from random bytes, under a random id.
    pub fn new(id: [u8; ID], key: [u8; 32]) -> RecoveryKey {
        RecoveryKey { id, key }
    }

    /// Its bytes, to be sealed to the recovery recipients.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    /// Its id, as rows name it.
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    /// Keeps it, sealed: the row, and what the log is to say of it.
    pub fn keep(&self, recipients: &str, sealed: Vec<u8>) -> (Fact, Write) {
        let fact = Fact::Recovery { id: self.id, digest: recovery_digest(recipients, &sealed) };
        (fact, Write::new(KEEP_RECOVERY, vec![self.id().into(), recipients.into(), sealed.into()]))
    }

    /// A petition's key, wrapped under it.
    pub(crate) fn wrap(
        &self,
        petition: PetitionId,
        key: &PetitionKey,
        nonce: &[u8; NONCE],
    ) -> Result<Vec<u8>, StoreError> {
        let sealed = seal::seal(key.suite(), &self.key, nonce, &recovery_place(petition), key.bytes())?;
        Ok([self.id.as_slice(), &sealed].concat())
    }

    /// The key behind a wrap; `None` when it is under another key, altered, or another petition's.
    ///
    /// Those who recover have no key file that tells the office's suite: the wrap does, and is bound to it.
    ///
    /// # Errors
    /// `NoSuite` when this program lacks the suite.
    pub fn unwrap(&self, petition: PetitionId, kept: &[u8]) -> Result<Option<PetitionKey>, StoreError> {
        let Some((id, sealed)) = kept.split_first_chunk::<ID>() else { return Ok(None) };
        let Some(suite) = Suite::of(sealed).filter(|_| *id == self.id) else { return Ok(None) };
        let key = seal::open(suite, &self.key, &recovery_place(petition), sealed)?.map(Zeroizing::new);
        let key = key.and_then(|key| key.as_slice().try_into().ok());
        Ok(key.map(|key| PetitionKey::new(suite, key)))
    }
}

/// A recovery key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRecovery {
    /// Its id.
    pub id: String,
    /// To whom it is sealed: age recipients in order, a space between.
    pub recipients: String,
    /// An age file.
    pub sealed: Vec<u8>,
}

impl SealedRecovery {
    /// The key, from the bytes that a recipient found in it; `None` when they are none.
    pub fn opened(&self, bytes: &[u8]) -> Option<RecoveryKey> {
        Some(RecoveryKey::new(unhex(&self.id)?, bytes.try_into().ok()?))
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        recovery_digest(&self.recipients, &self.sealed)
    }

    pub(crate) fn own_id(&self) -> Option<[u8; ID]> {
        // One spelling, as for petitions.
        unhex(&self.id).filter(|id| hex(id) == self.id)
    }
}

/// All recovery keys that are kept.
///
/// # Errors
/// Whatever the database reports.
pub async fn recovery_keys(database: &Database) -> Result<Vec<SealedRecovery>, StoreError> {
    let rows = database.query(RECOVERY, Vec::new()).await?;
    rows.iter()
        .map(|row| {
            Ok(SealedRecovery {
                id: row.text(0)?.to_owned(),
                recipients: row.text(1)?.to_owned(),
                sealed: row.blob(2)?.to_vec(),
            })
        })
        .collect()
}

fn recovery_digest(recipients: &str, sealed: &[u8]) -> [u8; 32] {
    content::sha256(&[recipients.as_bytes(), b"\n", sealed].concat())
}

fn recovery_place(petition: PetitionId) -> Vec<u8> {
    [b"huiyin recovery wrap 1".as_slice(), petition.0.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: Option<Vec<u8>> = (0..text.len())
        .step_by(2)
        .map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes?.try_into().ok()
}

/// An event about keys on its way into the log, of a program that wraps under `version`. It names the version in use: a
/// program that has not heard of a later one yet takes nobody back.
pub fn event(tip: &Tip, at: (&str, bool), version: u32, fact: &Fact, ekey: [u8; 32]) -> NewEvent {
    let version = tip.version.unwrap_or(0).max(version);
    NewEvent {
        stream: crate::log::Stream::Keys,
        seq: tip.seq,
        prev: tip.entry,
        at: at.0.to_owned(),
        sure: at.1,
        kind: fact.kind().to_owned(),
        actor: "system".to_owned(),
        body: fact.body(version),
        ekey,
        contents: Vec::new(),
    }
}
