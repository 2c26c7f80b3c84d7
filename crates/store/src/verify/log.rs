//! The log by its commits: each follows the one before, its padding is padding, its root is signed; tiles are what the
//! entries make; heads say where it stands. What events must match is kept for the second reading.

use super::keys::Wraps;
use super::{Expected, Report};
use crate::log::next::Turns;
use crate::log::{Head, bound_seed, hashes, millis, proof, subtree};
use crate::sql::{Row, Value};
use crate::{Database, StoreError};
use casework::PetitionId;
use ledger::checkpoint::Checkpoint;
use ledger::note::Verifier;
use ledger::record::{entry_bytes, padding};
use ledger::tile::WIDTH;
use ledger::tree::Edge;
use ledger::{Hash, tree};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

const COMMITS: &str = "select first, last, at, sure, n_events, seed, entries, root, signature from log_commit where epoch = $1 and first > $2 order by first limit $3";
const TILES: &str = "select idx, hashes from log_tile where epoch = $1 and level = $2 and idx >= $3 and idx <= $4 order by idx";
const TILE_KEYS: &str = "select level, idx from log_tile where epoch = $1 order by level, idx";
const STRAY: &str = "select 'log_commit', epoch, first from log_commit where epoch not in (select epoch from log_head) union all select 'log_tile', epoch, idx from log_tile where epoch not in (select epoch from log_head) union all select 'log_published', epoch, size from log_published where epoch not in (select epoch from log_head) union all select 'log_cosignature', epoch, size from log_cosignature where epoch not in (select epoch from log_head)";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[COMMITS, TILES, TILE_KEYS, STRAY];

/// Commits read in one go.
const PAGE: i64 = 500;
/// Bytes of an entry that are remembered: enough that no other entry can be found that has them.
const KEPT: usize = 16;

/// What an event must match.
pub(super) struct Log {
    epochs: BTreeMap<i64, Epoch>,
    /// What is to be said of wraps that were made anew.
    pub(super) wraps: BTreeMap<PetitionId, Wraps>,
}

pub(super) struct Epoch {
    origin: String,
    entries: Vec<[u8; KEPT]>,
    /// Whether an event was found for the entry, or the padding explains it.
    claimed: Vec<bool>,
    commits: Vec<Commit>,
}

struct Commit {
    first: u64,
    at: String,
    sure: bool,
    /// A fault of it was named: what does not fit it is not the event's fault.
    faulty: bool,
}

/// What the log says of a place.
pub(super) enum Claim {
    /// The entry is that one.
    Right,
    /// Another entry stands there, or none.
    Wrong,
    /// The commit itself is at fault, which was said.
    Unknown,
}

impl Log {
    /// The origin of a log.
    pub(super) fn origin(&self, epoch: i64) -> Option<&str> {
        self.epochs.get(&epoch).map(|epoch| epoch.origin.as_str())
    }

    /// Looks an entry up and remembers that an event was found for it.
    pub(super) fn claim(&mut self, epoch: i64, index: u64, entry: &Hash) -> Claim {
        let Some(epoch) = self.epochs.get_mut(&epoch) else { return Claim::Wrong };
        let faulty = epoch.commit(index).is_some_and(|commit| commit.faulty);
        let Ok(place) = usize::try_from(index) else { return Claim::Wrong };
        match (epoch.entries.get(place), epoch.claimed.get_mut(place)) {
            (Some(kept), Some(claimed)) if entry.starts_with(kept) => {
                let before = std::mem::replace(claimed, true);
                if before && !faulty { Claim::Wrong } else { Claim::Right }
            }
            (Some(_), Some(_)) if faulty => Claim::Unknown,
            (_, _) => Claim::Wrong,
        }
    }

    /// Instant and certainty of the commit that holds an entry; `None` where the commit is at fault.
    pub(super) fn stamp(&self, epoch: i64, index: u64) -> Option<(&str, bool)> {
        let commit = self.epochs.get(&epoch)?.commit(index)?;
        (!commit.faulty).then_some((commit.at.as_str(), commit.sure))
    }

    /// Names every entry that neither an event nor padding explains: a row is gone.
    pub(super) fn unclaimed(&self, report: &mut Report) {
        for (number, epoch) in &self.epochs {
            for (index, _) in (0_u64..).zip(&epoch.claimed).filter(|(_, claimed)| !**claimed) {
                if epoch.commit(index).is_none_or(|commit| !commit.faulty) {
                    report.fault(
                        "log_commit",
                        format!("{number}/{}", epoch.commit(index).map_or(0, |commit| commit.first)),
                        format!("entry {index} belongs to no event: a row was removed or altered"),
                    );
                }
            }
        }
    }
}

impl Epoch {
    /// Whether the log has a checkpoint of that size.
    pub(super) fn is_checkpoint(&self, size: u64) -> bool {
        let begins = self.commits.binary_search_by_key(&size, |commit| commit.first).is_ok();
        size > 0 && (begins || size == self.entries.len() as u64)
    }

    fn commit(&self, index: u64) -> Option<&Commit> {
        let after = self.commits.partition_point(|commit| commit.first <= index);
        self.commits.get(after.checked_sub(1)?)
    }
}

/// Reads every log.
pub(super) async fn read(
    database: &Database,
    expected: &Expected,
    report: &mut Report,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Log, StoreError> {
    let mut log = Log { epochs: BTreeMap::new(), wraps: BTreeMap::new() };
    let (mut turns, mut heads) = (Turns::read(database).await?, heads(database, report).await?);
    if !faults_between(&turns, &heads).is_empty() {
        // The log may have turned between the two readings.
        turns = Turns::read(database).await?;
        heads = proof::heads(database).await.unwrap_or(heads);
    }
    for (epoch, what) in faults_between(&turns, &heads) {
        report.fault("log_head", epoch, what);
    }
    let all = heads.iter().map(Head::size).sum();
    for head in &heads {
        let number = head.epoch;
        let lost = turns.may_lack(number);
        let Some(verifier) = verifier(head, lost, expected, report) else { continue };
        let reading = Reading::new(head, report.entries, all);
        let (epoch, part) = reading.run(database, &verifier, progress).await?;
        report.join(part);
        super::feed::check(database, head, &epoch, expected, report).await?;
        log.epochs.insert(number, epoch);
    }
    for row in database.query(STRAY, Vec::new()).await? {
        let tables = ["log_commit", "log_tile", "log_published", "log_cosignature"];
        let table = tables.into_iter().find(|table| row.text(0) == Ok(table)).unwrap_or("log_commit");
        report.fault(table, format!("{}/{}", row.int(1)?, row.int(2)?), "belongs to no log");
    }
    Ok(log)
}

/// What is wrong with how each log ended and the next began.
fn faults_between(turns: &Turns, heads: &[Head]) -> Vec<(i64, &'static str)> {
    let each = |(place, head): (usize, &Head)| {
        let faults = turns.faults(head, heads.get(place + 1), heads.get(place + 2));
        faults.into_iter().map(|what| (head.epoch, what)).collect::<Vec<_>>()
    };
    heads.iter().enumerate().flat_map(each).collect()
}

async fn heads(database: &Database, report: &mut Report) -> Result<Vec<Head>, StoreError> {
    let mut heads = Vec::new();
    for row in database.query(proof::EPOCHS, Vec::new()).await? {
        match Head::read(&row) {
            Ok(head) => heads.push(head),
            Err(error) => report.fault("log_head", row.int(0)?, error.to_string()),
        }
    }
    Ok(heads)
}

/// Whose signature the log must carry; a head that contradicts itself or the key file is named. The key file may lack one
/// that was lost.
fn verifier(head: &Head, lost: bool, expected: &Expected, report: &mut Report) -> Option<Verifier> {
    let verifier = head.verifier().ok().filter(|verifier| verifier.name() == head.origin);
    let Some(verifier) = verifier else {
        report.fault("log_head", head.epoch, "origin and vkey do not belong together");
        return None;
    };
    let signing = expected.signing.as_ref().map(|keeper| keeper.signer(&head.origin));
    if !lost && signing.is_some_and(|signing| !signing.is_ok_and(|signing| signing.signs(head))) {
        report.fault("log_head", head.epoch, "vkey is not that of the office's key file");
    }
    let mut trusted = expected.logs.iter().filter(|log| log.name() == head.origin).peekable();
    if trusted.peek().is_some() && !trusted.any(|log| *log == verifier) {
        report.fault("log_head", head.epoch, "vkey is not the one that the policy trusts");
    }
    Some(verifier)
}

/// One log on its way through the reading.
struct Reading<'h> {
    head: &'h Head,
    before: u64,
    all: u64,
    epoch: Epoch,
    edge: Edge,
    /// A commit was at fault: the roots after it cannot be computed, only their signatures checked.
    broken: bool,
    at: String,
    /// The tile of leaves that is not complete, and those above it, by level.
    open: BTreeMap<u8, Vec<Hash>>,
    /// Complete tiles of a level that wait to be compared, with their places.
    ready: BTreeMap<u8, Vec<(u64, Vec<Hash>)>>,
    /// Complete tiles of a level so far.
    n_full: BTreeMap<u8, u64>,
}

/// A signature to be checked on the other core.
type Check = (u64, String, Vec<u8>);

impl<'h> Reading<'h> {
    fn new(head: &'h Head, before: u64, all: u64) -> Reading<'h> {
        let epoch = Epoch {
            origin: head.origin.clone(),
            entries: Vec::new(),
            claimed: Vec::new(),
            commits: Vec::new(),
        };
        Reading {
            head,
            before,
            all,
            epoch,
            edge: Edge::default(),
            broken: false,
            at: String::new(),
            open: BTreeMap::new(),
            ready: BTreeMap::new(),
            n_full: BTreeMap::new(),
        }
    }

    async fn run(
        mut self,
        database: &Database,
        verifier: &Verifier,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(Epoch, Report), StoreError> {
        let mut report = Report::default();
        let (checks, asked) = sync_channel::<Check>(4096);
        let own = self.head.clone();
        let checker = std::thread::spawn(move || check_signatures(&own, &asked));
        let mut after = -1;
        loop {
            let key = vec![self.head.epoch.into(), Value::Integer(after), PAGE.into()];
            let page = database.query(COMMITS, key).await?;
            for row in &page {
                after = row.int(0)?;
                self.commit(row, verifier, &checks, &mut report)?;
            }
            self.tiles(database, &mut report).await?;
            progress(self.before + self.edge.size(), self.all);
            if i64::try_from(page.len()).unwrap_or(0) < PAGE {
                break;
            }
        }
        drop(checks);
        for first in checker.join().unwrap_or_default() {
            report.fault(
                "log_commit",
                format!("{}/{first}", self.head.epoch),
                "the signature is not the log's",
            );
            if let Ok(at) = self.epoch.commits.binary_search_by_key(&first, |commit| commit.first)
                && let Some(commit) = self.epoch.commits.get_mut(at)
            {
                commit.faulty = true;
            }
        }
        self.edges(database, &mut report).await?;
        let head = self.head;
        // One that was just opened says when.
        let agrees = self.edge == head.edge && (self.at == head.at || head.size() == 0);
        if !agrees && !self.broken {
            report.fault("log_head", head.epoch, "size, instant or peaks are not those of the last commit");
        }
        report.entries = self.epoch.entries.len() as u64;
        Ok((self.epoch, report))
    }

    fn commit(
        &mut self,
        row: &Row,
        verifier: &Verifier,
        checks: &SyncSender<Check>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let number = |column| row.int(column).map(|value| u64::try_from(value).unwrap_or(u64::MAX));
        let (first, last, n_events) = (number(0)?, number(1)?, number(4)?);
        let (at, sure) = (row.text(2)?.to_owned(), row.int(3)?);
        let faults = report.n_faults;
        let key = format!("{}/{first}", self.head.epoch);
        let mut wrong = |what: &str| report.fault("log_commit", &key, what);
        let size = self.epoch.entries.len() as u64;
        if first != size {
            wrong(&format!("begins at {first}, but the commit before it ends at {size}"));
        }
        let entries = hashes(row.blob(6)?).unwrap_or_default();
        if entries.is_empty()
            || !(entries.len() as u64).is_multiple_of(crate::log::BATCH)
            || first + entries.len() as u64 != last
        {
            wrong("its entries do not fill the place it names");
        }
        let stamp = millis(&at);
        if stamp.is_err() || !matches!(sure, 0 | 1) || n_events > entries.len() as u64 {
            wrong("its instant, its certainty or its number of events is impossible");
        }
        if at < self.at {
            wrong("its instant is before that of the commit before it (LOG-7)");
        }
        let seed = row.blob(5)?.try_into().unwrap_or([0; 32]);
        let bound = bound_seed(&seed, stamp.unwrap_or(0), sure == 1, n_events);
        let pads = (first..).zip(&entries).skip(usize::try_from(n_events).unwrap_or(usize::MAX));
        let padded = pads.clone().all(|(index, entry)| padding(&bound, index) == *entry);
        if !padded {
            wrong("what it calls padding is none: an entry, its seed, its instant or its count was altered");
        }
        let mut edge = self.edge.clone();
        let leaves: Vec<Hash> = entries.iter().map(|entry| tree::leaf_hash(&entry_bytes(entry))).collect();
        for leaf in &leaves {
            edge.push(*leaf);
        }
        let root: Hash = row.blob(7)?.try_into().unwrap_or([0; 32]);
        if !self.broken && edge.root() != root {
            wrong("its root is not that of its entries");
        }
        let text = Checkpoint { origin: verifier.name().to_owned(), size: last, root }.text();
        let _ended = checks.send((first, text, row.blob(8)?.to_vec()));
        let faulty = report.n_faults > faults;
        self.broken |= faulty;
        self.edge = edge;
        self.at.clone_from(&at);
        self.epoch.entries.extend(entries.iter().filter_map(|entry| entry.first_chunk::<KEPT>().copied()));
        // What is padding needs no event; where that is in doubt nothing is claimed.
        self.epoch.claimed.extend((0..entries.len() as u64).map(|at| padded && at >= n_events));
        self.epoch.commits.push(Commit { first, at, sure: sure == 1, faulty });
        for leaf in leaves {
            self.grow(0, leaf);
        }
        Ok(())
    }

    /// Adds a hash to a level of tiles; a tile that is complete waits to be compared and adds its own hash above.
    fn grow(&mut self, level: u8, hash: Hash) {
        let open = self.open.entry(level).or_default();
        open.push(hash);
        if open.len() as u64 == WIDTH {
            let full = std::mem::take(open);
            let above = subtree(&full);
            let n_full = self.n_full.entry(level).or_default();
            self.ready.entry(level).or_default().push((*n_full, full));
            *n_full += 1;
            self.grow(level + 1, above);
        }
    }

    /// Compares the tiles that became complete with their rows.
    async fn tiles(&mut self, database: &Database, report: &mut Report) -> Result<(), StoreError> {
        for (level, ready) in std::mem::take(&mut self.ready) {
            self.compare(database, level, &ready, report).await?;
        }
        Ok(())
    }

    /// Compares what is not complete above the leaves, and looks for rows that no tile has.
    async fn edges(&mut self, database: &Database, report: &mut Report) -> Result<(), StoreError> {
        for (level, hashes) in std::mem::take(&mut self.open) {
            if level > 0 && !hashes.is_empty() {
                let n_full = self.n_full.entry(level).or_default();
                let index = *n_full;
                *n_full += 1;
                self.compare(database, level, &[(index, hashes)], report).await?;
            }
        }
        for row in database.query(TILE_KEYS, vec![self.head.epoch.into()]).await? {
            let (level, idx) = (row.int(0)?, row.int(1)?);
            let n = u8::try_from(level).ok().and_then(|level| self.n_full.get(&level)).copied().unwrap_or(0);
            if !self.broken && u64::try_from(idx).map_or(true, |idx| idx >= n) {
                let key = format!("{}/{level}/{idx}", self.head.epoch);
                report.fault("log_tile", key, "the log has no such tile");
            }
        }
        Ok(())
    }

    async fn compare(
        &self,
        database: &Database,
        level: u8,
        ready: &[(u64, Vec<Hash>)],
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let (Some((low, _)), Some((high, _)), false) = (ready.first(), ready.last(), self.broken) else {
            return Ok(());
        };
        let number = |value: u64| Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
        let key = vec![self.head.epoch.into(), i64::from(level).into(), number(*low), number(*high)];
        let rows = database.query(TILES, key).await?;
        let mut found = BTreeMap::new();
        for row in &rows {
            found.insert(row.int(0)?, row.blob(1)?);
        }
        for (index, hashes) in ready {
            let kept = i64::try_from(*index).ok().and_then(|index| found.get(&index));
            if kept.is_none_or(|kept| **kept != *hashes.concat()) {
                let key = format!("{}/{level}/{index}", self.head.epoch);
                report.fault("log_tile", key, "it is not what the entries make");
            }
        }
        Ok(())
    }
}

/// Checks signatures as they come; the first entries of commits whose signature is not the log's.
fn check_signatures(head: &Head, asked: &Receiver<Check>) -> Vec<u64> {
    asked.iter().filter(|(_, text, kept)| !head.is_signed(text, kept)).map(|(first, ..)| first).collect()
}
