//! The transparency log in the store: what each decision is bound to (security.md §2).
//!
//! Every grouped commit appends one entry for each event, fills up with padding to a multiple of sixteen, and signs the
//! checkpoint: all in the transaction that writes the events. The mathematics is `ledger`'s; this module keeps its
//! rows. What it says of an event is said of the row as it is kept, so that no key is needed to check it.

pub mod feed;
mod group;
pub mod next;
pub mod office;
pub mod proof;
mod signing;

pub(crate) use group::{Group, bound_seed, subtree, unlogged};
use signing::Seeds;
pub use signing::Signing;

use crate::keys::{OfficeKey, Reread, Wraps};
use crate::seal::Suite;
use crate::sql::{Value, Write};
use crate::{Database, Row, StoreError, content};
use casework::PetitionId;
use ledger::Hash;
use ledger::note::Verifier;
use ledger::record::{ContentRef, Record};
use ledger::tree::Edge;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Entries of a commit are padded to a multiple of this (LOG-4).
pub const BATCH: u64 = 16;

/// Where the newest log stands.
pub(crate) const HEAD: &str =
    "select epoch, origin, vkey, size, at, peaks from log_head order by epoch desc limit 1";
/// Where the office's suite is kept, beside its key file.
const SUITE: &str = "select value from setting where name = 'suite'";
const SET_SUITE: &str = "insert into setting (name, value) values ('suite', $1)";
pub(crate) const OPEN: &str = "insert into log_head (epoch, origin, vkey, size, at, peaks) values ($1, $2, $3, 0, $4, $5) on conflict (epoch) do nothing";

/// Every statement of this module, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    [
        &[HEAD, OPEN, SUITE, SET_SUITE][..],
        group::STATEMENTS,
        proof::STATEMENTS,
        feed::STATEMENTS,
        next::STATEMENTS,
        office::STATEMENTS,
    ]
    .concat()
}

/// Whose history an event continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// A petition's.
    Petition(PetitionId),
    /// What officials read of a petition.
    Reads(PetitionId),
    /// The office's own.
    Office,
    /// What became of wraps of petitions' keys.
    Keys,
}

impl Stream {
    /// As records name it: the petition's id; for its reads a name made from that, so that a read passes for no decision;
    /// zeros for the office.
    pub fn bytes(self) -> [u8; 16] {
        match self {
            Stream::Petition(id) => *id.0.as_bytes(),
            Stream::Reads(id) => name(&[b"huiyin reads 1".as_slice(), id.0.as_bytes()].concat()),
            Stream::Keys => name(b"huiyin keys 1"),
            Stream::Office => [0; 16],
        }
    }
}

/// A stream's name that is no petition's.
fn name(of: &[u8]) -> [u8; 16] {
    content::sha256(of).first_chunk().copied().unwrap_or_default()
}

/// An event on its way into the record; the writer gives it its place in the log and its instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose.
    pub stream: Stream,
    /// Number of events before it in the stream; a second event on the same one is a conflict.
    pub seq: u64,
    /// Entry of the row before it in the stream; zeros for the first.
    pub prev: Hash,
    /// When: UTC, milliseconds, fixed width. The row gets this or the log's last instant, whichever is later (LOG-7).
    pub at: String,
    /// Whether the clock was believed (architecture §10.13).
    pub sure: bool,
    /// The verb.
    pub kind: String,
    /// `petitioner`, `system`, or the official's id.
    pub actor: String,
    /// What it made happen, canonical bytes.
    pub body: Vec<u8>,
    /// Random; the entry is opaque without it.
    pub ekey: [u8; 32],
    /// The words kept with it, as they are kept.
    pub contents: Vec<ContentRef>,
}

impl NewEvent {
    /// The record that the entry commits to, in the log of that origin, at milliseconds since 1970.
    pub fn record<'a>(&'a self, origin: &'a str, at: u64, sure: bool) -> Record<'a> {
        Record {
            origin,
            stream: self.stream.bytes(),
            seq: self.seq,
            prev: self.prev,
            kind: &self.kind,
            at,
            sure,
            actor: &self.actor,
            body_digest: content::sha256(&self.body),
            contents: self.contents.clone(),
        }
    }
}

/// What the office's key file opens: each purpose has a key of its own, made from the one kept.
#[derive(Clone)]
pub struct Keeper {
    seeds: Arc<Seeds>,
    padding: Zeroizing<[u8; 32]>,
    journal: Zeroizing<[u8; 32]>,
    shell: Zeroizing<[u8; 32]>,
    wraps: Arc<Wraps>,
    suite: Suite,
    origin: String,
    after_loss: bool,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Keeper {
    /// The keeper of an office's key. `origin` names a log that does not exist yet; empty for a name made from the key.
    pub fn new(office_key: &OfficeKey, origin: &str) -> Keeper {
        Keeper::following(office_key, origin, None)
    }

    /// The same for whoever brings an office back whose newest log's key is lost: they open the database all the same, to
    /// begin another log.
    pub fn after_loss(office_key: &OfficeKey) -> Keeper {
        Keeper { after_loss: true, ..Keeper::new(office_key, "") }
    }

    /// The same; `reread` gives the key file again when a wrap of a version is met that it did not hold.
    pub fn following(office_key: &OfficeKey, origin: &str, reread: Option<Reread>) -> Keeper {
        let key = |purpose: &str| Zeroizing::new(content::commit(office_key.own(), purpose.as_bytes()));
        let mut keeper = Keeper {
            seeds: Arc::new(Seeds::new(key("huiyin log signing"), office_key)),
            padding: key("huiyin log padding"),
            journal: key("huiyin intake journal"),
            shell: key("huiyin sealed shell"),
            wraps: Arc::new(Wraps::new(office_key, reread)),
            suite: office_key.suite(),
            origin: origin.to_owned(),
            after_loss: false,
        };
        if keeper.origin.is_empty() {
            let digest = content::commit(&key("huiyin log signing"), b"name");
            let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            keeper.origin = format!("huiyin/{name}/log");
        }
        keeper
    }

    /// Signs checkpoints of the log of that origin, which ends with the log's number.
    ///
    /// # Errors
    /// When the origin cannot name a key.
    pub fn signer(&self, origin: &str) -> Result<Signing, StoreError> {
        Signing::new(self.suite, origin, &self.seeds.of(origin))
    }

    /// Takes over the keys that sign later logs.
    fn learn(&self, key: &OfficeKey) {
        self.seeds.learn(key);
    }

    /// The same for a log that is there: with the keys that its head names. One that is not known is looked for in the key
    /// file, which a rotation may have changed (KEY-2).
    ///
    /// # Errors
    /// `NoSigning` when the key file has another one.
    pub(crate) fn signer_of(&self, head: &Head) -> Result<Signing, StoreError> {
        let signing = self.signer(&head.origin)?;
        if signing.signs(head) {
            return Ok(signing);
        }
        if let Some(key) = self.wraps.reread() {
            self.seeds.learn(&key);
        }
        Some(self.signer(&head.origin)?)
            .filter(|signing| signing.signs(head))
            .ok_or_else(|| StoreError::NoSigning(head.origin.clone()))
    }

    /// Wraps petitions' keys.
    pub(crate) fn wraps(&self) -> &Wraps {
        &self.wraps
    }

    /// What the office encrypts with.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Encrypts the intake journal where no recipients are named.
    pub(crate) fn journal(&self) -> &[u8; 32] {
        &self.journal
    }

    /// Encrypts what timers need of sealed matters.
    pub(crate) fn shell(&self) -> &[u8; 32] {
        &self.shell
    }

    /// What explains the padding after `first` entries with that root and the entries of the commit's events.
    fn seed(&self, origin: &str, first: u64, root: &Hash, entries: &[Hash]) -> [u8; 32] {
        let mut bytes = origin.as_bytes().to_vec();
        bytes.extend(first.to_be_bytes());
        bytes.extend(root);
        bytes.extend(entries.concat());
        content::commit(&self.padding, &bytes)
    }
}

/// Where a log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which log of this database: 1, one more after each loss (security.md §2.6) and each change of its key (KEY-2).
    pub epoch: i64,
    /// Its name in checkpoints.
    pub origin: String,
    /// Whose signature they carry.
    pub vkey: String,
    /// Whose they carry beside it, as a vkey of SM2, in an office of the suite gm (ENC-3).
    pub second: Option<String>,
    /// The instant of the last commit; empty before the first.
    pub at: String,
    /// Its right edge.
    pub edge: Edge,
}

impl Head {
    /// The name of the office's logs without their number.
    pub fn base(&self) -> &str {
        self.origin.strip_suffix(&format!("/{}", self.epoch)).unwrap_or(&self.origin)
    }

    /// Entries so far.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The verifier of its checkpoints.
    ///
    /// # Errors
    /// `Corrupt` when the row holds none.
    pub fn verifier(&self) -> Result<Verifier, StoreError> {
        Verifier::parse(&self.vkey).map_err(|_| StoreError::Corrupt(format!("log_head {}: vkey", self.epoch)))
    }

    pub(crate) fn read(row: &Row) -> Result<Head, StoreError> {
        let epoch = row.int(0)?;
        let size = u64::try_from(row.int(3)?).unwrap_or(u64::MAX);
        let damaged = || StoreError::Corrupt(format!("log_head {epoch}: size and peaks do not agree"));
        let edge = Edge::new(size, hashes(row.blob(5)?).ok_or_else(damaged)?).ok_or_else(damaged)?;
        Ok(Head { edge, ..Head::opened(epoch, row.text(1)?, row.text(2)?, row.text(4)?) })
    }

    /// A log without entries.
    pub(crate) fn opened(epoch: i64, origin: &str, vkeys: &str, at: &str) -> Head {
        let (vkey, second) = match vkeys.split_once('\n') {
            Some((vkey, second)) => (vkey, Some(second.to_owned())),
            None => (vkeys, None),
        };
        let (origin, vkey, at) = (origin.to_owned(), vkey.to_owned(), at.to_owned());
        Head { epoch, origin, vkey, second, at, edge: Edge::default() }
    }

    /// All keys whose signatures its checkpoints carry, a line each.
    pub fn vkeys(&self) -> String {
        let lines: Vec<&str> = std::iter::once(self.vkey.as_str()).chain(self.second.as_deref()).collect();
        lines.join("\n")
    }
}

/// Hashes that stand one after another; `None` when the length is none of theirs.
pub(crate) fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let chunks = bytes.chunks_exact(32);
    if !chunks.remainder().is_empty() {
        return None;
    }
    chunks.map(|chunk| chunk.try_into().ok()).collect()
}

/// The newest log; `None` before the first was opened.
///
/// # Errors
/// Whatever the database reports.
pub async fn head(database: &Database) -> Result<Option<Head>, StoreError> {
    database.query(HEAD, Vec::new()).await?.first().map(Head::read).transpose()
}

/// What an office was set up to encrypt with; `None` before its first log was opened. Needs no key.
///
/// # Errors
/// Whatever the database reports.
pub async fn suite(database: &Database) -> Result<Option<String>, StoreError> {
    let rows = database.query(SUITE, Vec::new()).await?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Opens the first log of a new database, and keeps the office's suite for good. Where there is one, the key must be the
/// one that signs it, and say the same suite (ENC-3).
pub(crate) async fn open(database: &Database, keeper: &Keeper) -> Result<(), StoreError> {
    if let Some(head) = head(database).await? {
        let kept = suite(database).await?.unwrap_or_default();
        let own = keeper.signer(&head.origin)?;
        // Of another suite the second key differs too, and that is said below.
        if !own.signs(&head)
            && !keeper.after_loss
            && (kept == keeper.suite.word() || own.verifier().to_string() != head.vkey)
        {
            // Ours, and the key file is older than its newest log: a rotation has changed it since.
            let first = proof::heads(database).await?.into_iter().next();
            let ours =
                first.is_some_and(|first| keeper.signer(&first.origin).is_ok_and(|own| own.signs(&first)));
            return Err(match ours {
                true => StoreError::NoSigning(head.origin),
                false => StoreError::OtherKey(database.kind().to_owned()),
            });
        }
        if kept != keeper.suite.word() {
            let own = keeper.suite.word();
            return Err(StoreError::SuiteOfKey { database: database.kind().to_owned(), kept, own });
        }
    } else {
        let mut batch = crate::Batch::new();
        batch.push(Write::new(SET_SUITE, vec![keeper.suite.word().into()]));
        let origin = format!("{}/1", keeper.origin);
        batch.push(opening(1, &origin, &keeper.signer(&origin)?.vkeys(), ""));
        database.commit(batch).await?;
    }
    Ok(())
}

/// Opens a new log after a loss, and makes an event of the office its entry 0 (security.md §2.6).
///
/// # Errors
/// Whatever the database reports; when there is a log of that number.
pub async fn open_next(
    database: &Database,
    epoch: i64,
    origin: &str,
    event: NewEvent,
) -> Result<Head, StoreError> {
    let mut batch = crate::Batch::new();
    let vkeys = database.keeper()?.signer(origin)?.vkeys();
    batch.push(opening(epoch, origin, &vkeys, &event.at).rows(1));
    let mut first = crate::Batch::new();
    first.record(event);
    for batch in [batch, first] {
        if database.commit(batch).await? == crate::Outcome::Conflict {
            return Err(StoreError::Other(format!("the log {origin} could not be opened")));
        }
    }
    let opened = head(database).await?.filter(|head| head.epoch == epoch && head.origin == origin);
    opened.ok_or_else(|| StoreError::Other(format!("the log {origin} could not be opened")))
}

/// An edge with entries added.
pub(crate) fn entries_edge(edge: &Edge, entries: &[Hash]) -> Edge {
    let mut edge = edge.clone();
    for entry in entries {
        edge.push(ledger::tree::leaf_hash(&ledger::record::entry_bytes(entry)));
    }
    edge
}

/// The row that opens a log.
fn opening(epoch: i64, origin: &str, vkeys: &str, at: &str) -> Write {
    let row = vec![epoch.into(), origin.into(), vkeys.into(), at.into(), Value::Blob(Vec::new())];
    Write::new(OPEN, row)
}

/// An instant as the store keeps it, in milliseconds since 1970. It has one spelling: records are compared by it.
///
/// # Errors
/// `Corrupt` when it is none, or spelled otherwise.
pub fn millis(at: &str) -> Result<u64, StoreError> {
    let wrong = || StoreError::Corrupt("an instant is none".to_owned());
    let instant: jiff::Timestamp = at.parse().map_err(|_| wrong())?;
    if format!("{instant:.3}") != at {
        return Err(wrong());
    }
    Ok(u64::try_from(instant.as_millisecond()).unwrap_or(0))
}
