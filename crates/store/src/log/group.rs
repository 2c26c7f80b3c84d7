//! One grouped commit as the log sees it: events get their places, padding fills up, tiles that are complete are
//! written, the checkpoint is signed. Pure: the drivers read and write for it.

use super::next::{self, Opens};
use super::{BATCH, Head, Keeper, NewEvent, Signing, Stream, hashes, millis};
use crate::journal::Span;
use crate::sql::{Batch, Row, Value, Write};
use crate::{StoreError, content};
use ledger::checkpoint::Checkpoint;
use ledger::record::{entry_bytes, padding};
use ledger::tile::WIDTH;
use ledger::{Hash, tree};
use std::collections::BTreeMap;

const EVENT: &str = "insert into event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const OFFICE_EVENT: &str = "insert into office_event (seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const KEY_EVENT: &str = "insert into key_event (seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const READ_EVENT: &str = "insert into read_event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const COMMIT: &str = "insert into log_commit (epoch, first, last, at, sure, n_events, seed, entries, root, signature) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
/// Nothing comes into a log once another one was opened: whoever waited for the head meanwhile looks again.
const ADVANCE: &str = "update log_head set size = $1, at = $2, peaks = $3 where epoch = $4 and size = $5 and not exists (select 1 from log_head later where later.epoch > $4)";
const TILE: &str = "insert into log_tile (epoch, level, idx, hashes) values ($1, $2, $3, $4) on conflict (epoch, level, idx) do update set hashes = excluded.hashes";
/// Entries of the tile that is not complete yet: the commits from the one that reaches into it.
pub(crate) const SINCE: &str = "select first, last, entries from log_commit where epoch = $1 and last > $2 and first >= (select coalesce(max(first), 0) from log_commit where epoch = $1 and first <= $2) order by first";
const UPPER: &str = "select level, idx, hashes from log_tile where epoch = $1 and ((level = 1 and idx = $2) or (level = 2 and idx = $3) or (level = 3 and idx = $4))";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] =
    &[EVENT, OFFICE_EVENT, KEY_EVENT, READ_EVENT, COMMIT, ADVANCE, TILE, SINCE, UPPER];

/// Levels of tiles above the leaves; enough for 2^32 entries.
const LEVELS: u8 = 3;

/// Milliseconds by which nodes' clocks may differ without a doubt.
const SKEW: u64 = 60_000;

/// Something to be read in the transaction before the group can be sealed.
pub(crate) type Read = (&'static str, Vec<Value>);

/// A group on its way.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    keeper: &'a Keeper,
    head: Head,
    at: String,
    millis: u64,
    sure: bool,
    entries: Vec<Hash>,
    /// The last entry of each stream in this group, and its place: a batch may hold several events of one.
    tips: BTreeMap<Stream, (usize, Hash)>,
    /// The log that this commit opens, and the place of its first event.
    opens: Option<(usize, Opens)>,
}

impl<'a> Group<'a> {
    /// Begins after `head`. All events of a commit share its instant: the latest of theirs, never before the last.
    ///
    /// # Errors
    /// `Corrupt` when an instant is none.
    pub(crate) fn begin<'b>(
        keeper: &'a Keeper,
        head: Head,
        batches: impl Iterator<Item = &'b Batch>,
    ) -> Result<Group<'a>, StoreError> {
        let mut at = String::new();
        let mut sure = true;
        for batch in batches {
            let stamps = batch.events.iter().map(|event| &event.at).chain(&batch.idle_at);
            at = stamps.fold(at, |at, stamp| if *stamp > at { stamp.clone() } else { at });
            sure &= batch.events.iter().all(|event| event.sure);
        }
        let instant = |at: &str| if at.is_empty() { Ok(0) } else { millis(at) };
        if head.at > at {
            // Nodes differ by moments; what lies further ahead was recorded under a clock that was wrong.
            sure &= instant(&head.at)? <= instant(&at)? + SKEW;
            at.clone_from(&head.at);
        }
        let millis = instant(&at)?;
        Ok(Group { keeper, head, at, millis, sure, entries: Vec::new(), tips: BTreeMap::new(), opens: None })
    }

    /// The signer of this log, made once.
    pub(crate) fn signer<'s>(&self, known: &'s mut Option<Signing>) -> Result<&'s Signing, StoreError> {
        if known.as_ref().is_none_or(|signing| signing.origin() != self.head.origin) {
            *known = None;
        }
        match known {
            Some(signing) => Ok(signing),
            None => Ok(known.insert(self.keeper.signer_of(&self.head)?)),
        }
    }

    /// Gives all events of a batch their places; the rows that record them.
    pub(crate) fn place_all(&mut self, batch: &Batch) -> Vec<Write> {
        if self.opens.is_none()
            && let Some(opens) = &batch.opens
        {
            self.opens = Some((self.mark(), opens.clone()));
        }
        batch.events.iter().map(|event| self.place(event)).collect()
    }

    /// How many events are placed.
    pub(crate) fn mark(&self) -> usize {
        self.entries.len()
    }

    /// Takes places back that a refused batch had.
    pub(crate) fn back_to(&mut self, mark: usize) {
        self.entries.truncate(mark);
        self.tips.retain(|_, (place, _)| *place < mark);
        self.opens = self.opens.take().filter(|(place, _)| *place < mark);
    }

    /// Gives an event the next place; the row that records it.
    fn place(&mut self, event: &NewEvent) -> Write {
        let mut record = event.record(&self.head.origin, self.millis, self.sure);
        if let Some((_, tip)) = self.tips.get(&event.stream) {
            record.prev = *tip;
        }
        let entry = record.entry(&event.ekey);
        let index = self.head.size() + self.entries.len() as u64;
        self.tips.insert(event.stream, (self.entries.len(), entry));
        self.entries.push(entry);
        row(event, &self.at, self.sure, &entry, self.head.epoch, index)
    }

    /// Where the commit begins and ends once it is padded.
    pub(crate) fn span(&self) -> Span {
        let first = self.head.size();
        let n = (self.entries.len() as u64).max(1).next_multiple_of(BATCH);
        Span { epoch: self.head.epoch, first, last: first + n }
    }

    /// What must be read before [`Group::seal`]: nothing, unless a tile becomes complete.
    pub(crate) fn reads(&self) -> Vec<Read> {
        let Span { first, last, .. } = self.span();
        if first / WIDTH == last / WIDTH {
            return Vec::new();
        }
        let epoch: Value = self.head.epoch.into();
        let mut upper = vec![epoch.clone()];
        let mut idx = first / WIDTH;
        for _ in 0..LEVELS {
            idx /= WIDTH;
            upper.push(number(idx));
        }
        vec![(SINCE, vec![epoch, number(first - first % WIDTH)]), (UPPER, upper)]
    }

    /// Pads, signs, and gives the rows of the log. `read` answers [`Group::reads`].
    ///
    /// # Errors
    /// When the log's rows are not what they must be.
    pub(crate) fn seal(mut self, read: &[Vec<Row>], signer: &Signing) -> Result<Vec<Write>, StoreError> {
        let Span { first, last, .. } = self.span();
        let n_events = self.entries.len() as u64;
        let seed = self.keeper.seed(&self.head.origin, first, &self.head.edge.root(), &self.entries);
        let bound = bound_seed(&seed, self.millis, self.sure, n_events);
        self.entries.extend((first + n_events..last).map(|index| padding(&bound, index)));
        let leaves: Vec<Hash> =
            self.entries.iter().map(|entry| tree::leaf_hash(&entry_bytes(entry))).collect();
        let mut edge = self.head.edge.clone();
        for leaf in &leaves {
            edge.push(*leaf);
        }
        let root = edge.root();
        let text = Checkpoint { origin: self.head.origin.clone(), size: last, root }.text();
        let signatures = signer.sign(&self.head, &text)?;
        let mut writes = Vec::new();
        if let [since, upper] = read {
            writes.extend(self.tiles(first, &leaves, since, upper)?);
        }
        let epoch: Value = self.head.epoch.into();
        writes.push(Write::new(
            COMMIT,
            vec![
                epoch.clone(),
                number(first),
                number(last),
                self.at.as_str().into(),
                i64::from(self.sure).into(),
                number(n_events),
                seed.to_vec().into(),
                self.entries.concat().into(),
                root.to_vec().into(),
                signatures.into(),
            ],
        ));
        let peaks = edge.peaks().concat();
        let row = vec![number(last), self.at.as_str().into(), peaks.into(), epoch, number(first)];
        writes.push(Write::new(ADVANCE, row).rows(1));
        writes.extend(self.opens.map(|(_, opens)| next::row(&opens, &self.at)));
        Ok(writes)
    }

    /// Tiles that the leaves complete, and the tiles above them as far as they reach.
    fn tiles(
        &self,
        first: u64,
        leaves: &[Hash],
        since: &[Row],
        upper: &[Row],
    ) -> Result<Vec<Write>, StoreError> {
        let mut open = partial(first, since)?;
        let mut above: BTreeMap<u8, Vec<Hash>> = BTreeMap::new();
        for row in upper {
            let level = u8::try_from(row.int(0)?).unwrap_or(0);
            let known = hashes(row.blob(2)?).ok_or_else(|| StoreError::Corrupt("log_tile".to_owned()))?;
            above.insert(level, known);
        }
        let mut rows: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
        let mut index = first / WIDTH;
        for leaf in leaves {
            open.push(*leaf);
            if (open.len() as u64) < WIDTH {
                continue;
            }
            let (mut level, mut at, mut full) = (0, index, std::mem::take(&mut open));
            loop {
                let up = subtree(&full);
                rows.insert((level, at), full);
                level += 1;
                if level > LEVELS {
                    break;
                }
                let place = at % WIDTH;
                at /= WIDTH;
                let hashes = above.entry(level).or_default();
                // What was read is of the tile that this hash continues, unless the hash begins one.
                hashes.truncate(usize::try_from(place).unwrap_or(0));
                if hashes.len() as u64 != place {
                    return Err(StoreError::Corrupt(format!("log_tile {level}/{at}: hashes are missing")));
                }
                hashes.push(up);
                if (hashes.len() as u64) < WIDTH {
                    rows.insert((level, at), hashes.clone());
                    break;
                }
                full = std::mem::take(hashes);
            }
            index += 1;
        }
        let row = |((level, at), hashes): ((u8, u64), Vec<Hash>)| {
            let row =
                vec![self.head.epoch.into(), i64::from(level).into(), number(at), hashes.concat().into()];
            Write::new(TILE, row)
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

/// The rows of a batch's events as no log has them: for the loop that shows what the log costs.
pub(crate) fn unlogged(batch: &Batch) -> Vec<Write> {
    batch.events.iter().map(|event| row(event, &event.at, event.sure, &[0; 32], 0, 0)).collect()
}

fn row(event: &NewEvent, at: &str, sure: bool, entry: &Hash, epoch: i64, index: u64) -> Write {
    let (sql, mut row) = match event.stream {
        Stream::Petition(id) => (EVENT, vec![Value::Text(id.to_string())]),
        Stream::Reads(id) => (READ_EVENT, vec![Value::Text(id.to_string())]),
        Stream::Office => (OFFICE_EVENT, Vec::new()),
        Stream::Keys => (KEY_EVENT, Vec::new()),
    };
    row.extend([
        number(event.seq),
        at.into(),
        i64::from(sure).into(),
        event.kind.as_str().into(),
        event.actor.as_str().into(),
        event.body.clone().into(),
        content::sha256(&event.body).to_vec().into(),
        event.ekey.to_vec().into(),
        entry.to_vec().into(),
        epoch.into(),
        number(index),
    ]);
    Write::new(sql, row)
}

/// What padding is made of: the seed that the row keeps, bound to what else the row says, so that none of it can be
/// altered where there is no event to contradict it.
pub(crate) fn bound_seed(seed: &[u8; 32], at: u64, sure: bool, n_events: u64) -> [u8; 32] {
    let mut row = at.to_be_bytes().to_vec();
    row.push(u8::from(sure));
    row.extend(n_events.to_be_bytes());
    content::commit(seed, &row)
}

/// Leaf hashes of the tile that is not complete at `size`, from the commits that reach into it.
fn partial(size: u64, since: &[Row]) -> Result<Vec<Hash>, StoreError> {
    leaves(size - size % WIDTH, size, since)
}

/// Leaf hashes from `start` to before `end`, from the commits that hold them.
pub(super) fn leaves(start: u64, end: u64, commits: &[Row]) -> Result<Vec<Hash>, StoreError> {
    let mut leaves = Vec::new();
    for row in commits {
        let first = u64::try_from(row.int(0)?).unwrap_or(u64::MAX);
        let damaged = || StoreError::Corrupt(format!("log_commit {first}: entries"));
        for (entry, index) in hashes(row.blob(2)?).ok_or_else(damaged)?.iter().zip(first..end) {
            if index >= start {
                leaves.push(tree::leaf_hash(&entry_bytes(entry)));
            }
        }
    }
    if leaves.len() as u64 != end - start {
        return Err(StoreError::Corrupt(format!(
            "log_commit: entries between {start} and {end} are missing"
        )));
    }
    Ok(leaves)
}

/// The hash over a complete tile.
pub(crate) fn subtree(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => tree::node_hash(left, right),
                [one] => *one,
                _ => tree::empty_root(),
            })
            .collect();
    }
    row.first().copied().unwrap_or_else(tree::empty_root)
}

fn number(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
