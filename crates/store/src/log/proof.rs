//! Proofs, read from tiles and commits: that an event is in the log, and that the log only ever grew.

use super::{Head, Stream, group, hashes};
use crate::sql::Value;
use crate::{Database, Row, StoreError};
use ledger::Hash;
use ledger::checkpoint::Checkpoint;
use ledger::note::{Note, Signature};
use ledger::proof::Proof;
use ledger::tile::{Tile, WIDTH};
use ledger::tree::{self, Node};
use std::collections::BTreeMap;

const EPOCH: &str = "select epoch, origin, vkey, size, at, peaks from log_head where epoch = $1";
pub(crate) const EPOCHS: &str = "select epoch, origin, vkey, size, at, peaks from log_head order by epoch";
const TILE: &str = "select hashes from log_tile where epoch = $1 and level = $2 and idx = $3";
const AT: &str = "select first, last, root, signature, at, sure from log_commit where epoch = $1 and first <= $2 order by first desc limit 1";
const OF_PETITION: &str = "select log_epoch, log_index, ekey, at, sure, kind, actor, body, body_digest, entry, seq from event where petition_id = $1 and seq = $2";
const OF_READS: &str = "select log_epoch, log_index, ekey, at, sure, kind, actor, body, body_digest, entry, seq from read_event where petition_id = $1 and seq = $2";
const OF_OFFICE: &str = "select log_epoch, log_index, ekey, at, sure, kind, actor, body, body_digest, entry, seq from office_event where seq = $1";
const OF_KEYS: &str = "select log_epoch, log_index, ekey, at, sure, kind, actor, body, body_digest, entry, seq from key_event where seq = $1";
const BEFORE: &str = "select entry from event where petition_id = $1 and seq < $2 order by seq desc limit 1";
const READ_BEFORE: &str =
    "select entry from read_event where petition_id = $1 and seq < $2 order by seq desc limit 1";
const OFFICE_BEFORE: &str = "select entry from office_event where seq < $1 order by seq desc limit 1";
const KEYS_BEFORE: &str = "select entry from key_event where seq < $1 order by seq desc limit 1";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    EPOCH,
    EPOCHS,
    TILE,
    AT,
    OF_PETITION,
    OF_READS,
    OF_OFFICE,
    OF_KEYS,
    BEFORE,
    READ_BEFORE,
    OFFICE_BEFORE,
    KEYS_BEFORE,
];

/// A commit's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The log's own signatures.
    pub signatures: Vec<Signature>,
    /// The instant of the commit.
    pub at: String,
    /// The first entry of the commit.
    pub first: u64,
}

impl Signed {
    /// The signed note.
    pub fn note(&self) -> Note {
        Note { text: self.checkpoint.text(), signatures: self.signatures.clone() }
    }
}

/// A row of an event with everything that its record says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which log.
    pub epoch: i64,
    /// Its place there, counted from 0.
    pub index: u64,
    /// The event, as it was put.
    pub event: super::NewEvent,
    /// The entry, without its version.
    pub entry: Hash,
}

/// All logs of the database, oldest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn heads(database: &Database) -> Result<Vec<Head>, StoreError> {
    database.query(EPOCHS, Vec::new()).await?.iter().map(Head::read).collect()
}

/// One log; `None` when there is none of that number.
///
/// # Errors
/// Whatever the database reports.
pub async fn head_of(database: &Database, epoch: i64) -> Result<Option<Head>, StoreError> {
    database.query(EPOCH, vec![epoch.into()]).await?.first().map(Head::read).transpose()
}

/// The event of a stream at a version, with its place; `None` when there is none.
///
/// # Errors
/// Whatever the database reports.
pub async fn placed(database: &Database, stream: Stream, seq: u64) -> Result<Option<Placed>, StoreError> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let (sql, before, key): (_, _, Vec<Value>) = match stream {
        Stream::Petition(id) => (OF_PETITION, BEFORE, vec![id.to_string().into(), seq.into()]),
        Stream::Reads(id) => (OF_READS, READ_BEFORE, vec![id.to_string().into(), seq.into()]),
        Stream::Office => (OF_OFFICE, OFFICE_BEFORE, vec![seq.into()]),
        Stream::Keys => (OF_KEYS, KEYS_BEFORE, vec![seq.into()]),
    };
    let rows = database.query(sql, key.clone()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let prev = match database.query(before, key).await?.first() {
        Some(row) => hash(row, 0)?,
        None => [0; 32],
    };
    let contents = match stream {
        Stream::Petition(id) => crate::content::refs(database, id, seq).await?,
        Stream::Reads(_) | Stream::Office | Stream::Keys => Vec::new(),
    };
    Ok(Some(Placed {
        epoch: row.int(0)?,
        index: u64::try_from(row.int(1)?).unwrap_or(u64::MAX),
        event: super::NewEvent {
            stream,
            seq: u64::try_from(seq).unwrap_or(0),
            prev,
            at: row.text(3)?.to_owned(),
            sure: row.int(4)? != 0,
            kind: row.text(5)?.to_owned(),
            actor: row.text(6)?.to_owned(),
            body: row.blob(7)?.to_vec(),
            ekey: hash(row, 2)?,
            contents,
        },
        entry: hash(row, 9)?,
    }))
}

fn hash(row: &Row, column: usize) -> Result<Hash, StoreError> {
    row.blob(column)?.try_into().map_err(|_| StoreError::Corrupt(format!("column {column} is no hash")))
}

/// The checkpoint of the commit that holds an entry, or that ends at a size when `index` is its last entry.
///
/// # Errors
/// `Corrupt` when there is no such commit.
pub async fn signed(database: &Database, head: &Head, index: u64) -> Result<Signed, StoreError> {
    let key = vec![head.epoch.into(), Value::Integer(i64::try_from(index).unwrap_or(i64::MAX))];
    let rows = database.query(AT, key).await?;
    let none =
        || StoreError::Corrupt(format!("log_commit: no commit holds entry {index} of {}", head.origin));
    let row = rows.first().ok_or_else(none)?;
    let size = u64::try_from(row.int(1)?).unwrap_or(0);
    if index >= size {
        return Err(none());
    }
    let checkpoint = Checkpoint { origin: head.origin.clone(), size, root: hash(row, 2)? };
    let signatures = head.signatures(row.blob(3)?)?;
    let first = u64::try_from(row.int(0)?).unwrap_or(0);
    Ok(Signed { checkpoint, signatures, at: row.text(4)?.to_owned(), first })
}

/// That entry `index` is in the log of `signed`: a tlog-proof, complete and offline-verifiable.
///
/// # Errors
/// `Corrupt` when rows of the log are missing.
pub async fn inclusion(
    database: &Database,
    head: &Head,
    index: u64,
    signed: &Signed,
) -> Result<Vec<Hash>, StoreError> {
    let size = signed.checkpoint.size;
    let nodes = nodes(database, head, size, &tree::inclusion_nodes(index, size)).await?;
    tree::inclusion_proof(index, size, |node| nodes.get(&node).copied())
        .ok_or_else(|| StoreError::Corrupt(format!("log: no proof of entry {index} at {size}")))
}

/// That the log of `new` entries begins with the log of `old`.
///
/// # Errors
/// `Corrupt` when rows of the log are missing.
pub async fn consistency(
    database: &Database,
    head: &Head,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, StoreError> {
    let nodes = nodes(database, head, new, &tree::consistency_nodes(old, new)).await?;
    tree::consistency_proof(old, new, |node| nodes.get(&node).copied())
        .ok_or_else(|| StoreError::Corrupt(format!("log: no proof between {old} and {new}")))
}

/// A tlog-proof of an entry under the checkpoint of its own commit.
///
/// # Errors
/// As [`inclusion`].
pub async fn of_entry(database: &Database, head: &Head, index: u64) -> Result<(Proof, Signed), StoreError> {
    let signed = signed(database, head, index).await?;
    let path = inclusion(database, head, index, &signed).await?;
    Ok((Proof { extra: None, index, path, checkpoint: signed.note().to_string() }, signed))
}

/// A commit with what proves each of its entries under its own checkpoint: read once for all who wrote together.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Which log.
    pub head: Head,
    /// Its first entry.
    pub first: u64,
    /// Its checkpoint; the size of it is where the commit ends.
    pub signed: Signed,
    nodes: BTreeMap<Node, Hash>,
}

impl Proven {
    /// Whether an entry of a log is one of this commit.
    pub fn holds(&self, epoch: i64, index: u64) -> bool {
        self.head.epoch == epoch && (self.first..self.signed.checkpoint.size).contains(&index)
    }

    /// The hashes that lead from an entry of this commit to its root.
    ///
    /// # Errors
    /// `Corrupt` when it is an entry of another commit.
    pub fn path(&self, index: u64) -> Result<Vec<Hash>, StoreError> {
        tree::inclusion_proof(index, self.signed.checkpoint.size, |node| self.nodes.get(&node).copied())
            .ok_or_else(|| StoreError::Corrupt(format!("log: no proof of entry {index}")))
    }
}

/// The commit that holds an entry, with what proves all of its entries.
///
/// # Errors
/// `Corrupt` when rows of the log are missing.
pub async fn proven(database: &Database, epoch: i64, index: u64) -> Result<Proven, StoreError> {
    let head = head_of(database, epoch).await?;
    let head = head.ok_or_else(|| StoreError::Corrupt(format!("log_head {epoch}: missing")))?;
    let signed = signed(database, &head, index).await?;
    let size = signed.checkpoint.size;
    let first = signed.first;
    let wanted: std::collections::BTreeSet<Node> =
        (first..size).flat_map(|index| tree::inclusion_nodes(index, size)).collect();
    let wanted: Vec<Node> = wanted.into_iter().collect();
    let nodes = nodes(database, &head, size, &wanted).await?;
    Ok(Proven { head, first, signed, nodes })
}

/// Hashes of a tile as of `size` entries; fewer than its width where it is not complete.
///
/// # Errors
/// `Corrupt` when rows of the log are missing.
pub async fn tile(database: &Database, head: &Head, tile: Tile, size: u64) -> Result<Vec<Hash>, StoreError> {
    let width = u64::from(tile.width(size));
    let idx = i64::try_from(tile.index).unwrap_or(i64::MAX);
    let key = vec![head.epoch.into(), i64::from(tile.level).into(), idx.into()];
    let rows = database.query(TILE, key).await?;
    let mut found = match rows.first() {
        Some(row) => hashes(row.blob(0)?).unwrap_or_default(),
        None if tile.level == 0 => {
            let start = tile.index * WIDTH;
            let end = start + width;
            let since = database.query(group::SINCE, vec![head.epoch.into(), number(start)]).await?;
            let mut leaves = group::leaves(start, end, &since)?;
            leaves.truncate(usize::try_from(width).unwrap_or(0));
            leaves
        }
        None => Vec::new(),
    };
    found.truncate(usize::try_from(width).unwrap_or(0));
    if found.len() as u64 == width {
        Ok(found)
    } else {
        Err(StoreError::Corrupt(format!("log_tile {}/{}: hashes are missing", tile.level, tile.index)))
    }
}

async fn nodes(
    database: &Database,
    head: &Head,
    size: u64,
    wanted: &[Node],
) -> Result<BTreeMap<Node, Hash>, StoreError> {
    let mut tiles: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
    let mut nodes = BTreeMap::new();
    for node in wanted {
        let of = Tile::of(*node);
        if let std::collections::btree_map::Entry::Vacant(entry) = tiles.entry(of) {
            entry.insert(tile(database, head, of, size).await?);
        }
        if let Some(hash) = tiles.get(&of).and_then(|hashes| of.node(hashes, *node)) {
            nodes.insert(*node, hash);
        }
    }
    Ok(nodes)
}

fn number(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
