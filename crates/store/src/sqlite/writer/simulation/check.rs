//! What must hold of the database whenever the program starts again, and what is known of every batch.

use super::office::{Marks, Office};
use crate::history;
use crate::log::{BATCH, Head, bound_seed, hashes, millis};
use crate::projection;
use crate::sql::{Row, Value};
use casework::procedure::LimitRole;
use casework::{ContentId, Petition, PetitionId};
use ledger::Hash;
use ledger::checkpoint::Checkpoint;
use ledger::note::Signature;
use ledger::record::{entry_bytes, padding};
use ledger::tree::{self, Edge};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a caller was told of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Committed: it must be there for ever.
    Yes,
    /// Conflict: it must never be there.
    No,
    /// An error or nothing: it may be there or not, but wholly, until a later batch is committed.
    Nothing {
        /// Whether it was there when somebody looked last.
        present: bool,
    },
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A batch that was acknowledged is not there.
    Lost(String),
    /// Anything else.
    Wrong(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Lost(what) => write!(f, "lost: {what}"),
            Broken::Wrong(what) => f.write_str(what),
        }
    }
}

pub(super) fn wrong<T>(what: impl Into<String>) -> Result<T, Broken> {
    Err(Broken::Wrong(what.into()))
}

/// What callers know.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) batches: Vec<(Marks, Told)>,
    /// Sizes and roots of the log that were seen after a batch was acknowledged.
    pub(super) signed: BTreeMap<u64, Hash>,
    /// Commits whose signature was checked.
    verified: BTreeSet<(u64, Hash)>,
}

impl Known {
    /// A later batch is durable, and so is what was found before it; what was not found can come no more.
    pub(super) fn settle(&mut self) {
        for (_, told) in &mut self.batches {
            if let Told::Nothing { present } = *told {
                *told = if present { Told::Yes } else { Told::No };
            }
        }
    }
}

/// Rows of a statement; a failure is a broken promise, because nothing fails while one looks.
pub(super) fn read(connection: &Connection, sql: &str) -> Result<Vec<Row>, Broken> {
    crate::sqlite::rows(connection, sql, &[]).map_err(|error| Broken::Wrong(format!("{sql}: {error}")))
}

/// Looks at everything.
pub(super) fn look(connection: &Connection, office: &Office, known: &mut Known) -> Result<(), Broken> {
    let sound = read(connection, "pragma integrity_check")?;
    if sound.len() != 1 || sound[0].text(0) != Ok("ok") {
        return wrong(format!("integrity_check: {sound:?}"));
    }
    let found = Found::read(connection)?;
    found.compare(known)?;
    let entries = log(connection, known)?;
    found.in_log(&entries)?;
    lists(connection, office, &found)
}

struct Event {
    ekey: [u8; 32],
    entry: Hash,
    index: usize,
    at: String,
    sure: bool,
    body: Vec<u8>,
}

/// Rows by which batches are found again.
struct Found {
    events: BTreeMap<(PetitionId, u64), Event>,
    contents: BTreeSet<ContentId>,
    tokens: BTreeMap<String, PetitionId>,
    settings: BTreeMap<String, String>,
    keys: BTreeSet<PetitionId>,
}

fn parsed<T: std::str::FromStr>(row: &Row, column: usize) -> T {
    row.text(column).unwrap().parse().ok().expect("an id as it was written")
}

fn number(row: &Row, column: usize) -> u64 {
    u64::try_from(row.int(column).unwrap()).unwrap()
}

impl Found {
    fn read(connection: &Connection) -> Result<Found, Broken> {
        let events = "select petition_id, seq, ekey, entry, log_index, at, sure, body from event";
        let event = |row: &Row| Event {
            ekey: row.blob(2).unwrap().try_into().unwrap(),
            entry: row.blob(3).unwrap().try_into().unwrap(),
            index: usize::try_from(number(row, 4)).unwrap(),
            at: row.text(5).unwrap().to_owned(),
            sure: row.int(6) == Ok(1),
            body: row.blob(7).unwrap().to_vec(),
        };
        let pair = |row: &Row| (row.text(0).unwrap().to_owned(), row.text(1).unwrap().to_owned());
        let ids = |sql| read(connection, sql);
        Ok(Found {
            events: read(connection, events)?
                .iter()
                .map(|row| ((parsed(row, 0), number(row, 1)), event(row)))
                .collect(),
            contents: ids("select content_id from content")?.iter().map(|row| parsed(row, 0)).collect(),
            tokens: ids("select token, petition_id from submission_token")?
                .iter()
                .map(|row| (pair(row).0, parsed(row, 1)))
                .collect(),
            settings: ids("select name, value from setting")?.iter().map(pair).collect(),
            keys: ids("select petition_id from petition_key")?.iter().map(|row| parsed(row, 0)).collect(),
        })
    }

    /// How many parts of a batch are there, and how many it has.
    fn parts(&self, marks: &Marks) -> (usize, usize) {
        let event = |(id, seq, ekey): &(PetitionId, u64, [u8; 32])| {
            self.events.get(&(*id, *seq)).is_some_and(|event| event.ekey == *ekey)
        };
        let mut parts: Vec<bool> = marks.events.iter().map(event).collect();
        parts.extend(marks.contents.iter().map(|id| self.contents.contains(id)));
        parts.extend(marks.token.iter().map(|(token, id)| self.tokens.get(token) == Some(id)));
        parts.extend(marks.setting.iter().map(|(name, value)| self.settings.get(name) == Some(value)));
        parts.extend(marks.key.iter().map(|(id, _)| self.keys.contains(id)));
        (parts.iter().filter(|there| **there).count(), parts.len())
    }

    /// Every batch is wholly there or not at all, as its caller was told; and nothing is there that nobody sent.
    fn compare(&self, known: &mut Known) -> Result<(), Broken> {
        let mut n_events = 0;
        for (number, (marks, told)) in known.batches.iter_mut().enumerate() {
            let (there, all) = self.parts(marks);
            if all == 0 {
                continue;
            }
            if *told == Told::Yes && there < all {
                return Err(Broken::Lost(format!(
                    "acknowledged batch {number}: {there} of {all} parts: {marks:?}"
                )));
            }
            if there != 0 && there != all {
                return wrong(format!("batch {number} is there by half: {there} of {all} parts: {marks:?}"));
            }
            match told {
                Told::No if there > 0 => return wrong(format!("refused batch {number} is there: {marks:?}")),
                Told::Nothing { present } => *present = there > 0,
                Told::Yes | Told::No => {}
            }
            if there > 0 {
                n_events += marks.events.len();
            }
        }
        if n_events != self.events.len() {
            return wrong(format!("{} events are there, {n_events} were sent", self.events.len()));
        }
        Ok(())
    }

    /// Every event has its place in the log, and every place its event.
    fn in_log(&self, entries: &[Option<Entry>]) -> Result<(), Broken> {
        for ((id, seq), event) in &self.events {
            let place = entries.get(event.index).and_then(Option::as_ref);
            let fits = place.is_some_and(|place| {
                place.entry == event.entry && place.at == event.at && place.sure == event.sure
            });
            if !fits {
                return wrong(format!("event {id}/{seq} is not in the log at {}", event.index));
            }
        }
        let places: BTreeSet<usize> = self.events.values().map(|event| event.index).collect();
        let filled = entries.iter().flatten().count();
        if places.len() != self.events.len() || places.len() != filled {
            return wrong(format!("{} events, {filled} places in the log", self.events.len()));
        }
        Ok(())
    }
}

/// An event's place in the log.
struct Entry {
    entry: Hash,
    at: String,
    sure: bool,
}

/// The log by its commits: one after another, instants in order, padding that is padding, roots signed, what was ever
/// seen of it still so. Gives the entries; `None` for padding.
fn log(connection: &Connection, known: &mut Known) -> Result<Vec<Option<Entry>>, Broken> {
    let heads = read(connection, crate::log::HEAD)?;
    let head = Head::read(&heads[0]).map_err(|error| Broken::Wrong(error.to_string()))?;
    let verifier = head.verifier().unwrap();
    let (mut edge, mut at, mut entries) = (Edge::default(), String::new(), Vec::new());
    // Before the first commit the log is empty, and that was seen too.
    let mut roots = BTreeMap::from([(0, edge.root())]);
    let commits = "select first, last, at, sure, n_events, seed, entries, root, signature from log_commit order by first";
    for row in read(connection, commits)? {
        let (first, last, n_events) = (number(&row, 0), number(&row, 1), number(&row, 4));
        let (stamp, sure) = (row.text(2).unwrap(), row.int(3) == Ok(1));
        let hashes = hashes(row.blob(6).unwrap()).unwrap_or_default();
        let whole = first == edge.size() && last == first + hashes.len() as u64 && last > first;
        if !whole || !(hashes.len() as u64).is_multiple_of(BATCH) {
            return wrong(format!("log_commit {first} does not follow {}", edge.size()));
        }
        if stamp < at.as_str() {
            return wrong(format!("log_commit {first}: {stamp} is before {at}"));
        }
        at = stamp.to_owned();
        let seed = row.blob(5).unwrap().try_into().unwrap();
        let bound = bound_seed(&seed, millis(stamp).unwrap(), sure, n_events);
        for (hash, index) in hashes.iter().zip(first..) {
            let event = index - first < n_events;
            if !event && padding(&bound, index) != *hash {
                return wrong(format!("log_commit {first}: entry {index} is no padding"));
            }
            edge.push(tree::leaf_hash(&entry_bytes(hash)));
            entries.push(event.then(|| Entry { entry: *hash, at: at.clone(), sure }));
        }
        let root: Hash = row.blob(7).unwrap().try_into().unwrap();
        if root != edge.root() {
            return wrong(format!("log_commit {first}: the root is not that of its entries"));
        }
        if known.verified.insert((last, root)) {
            let text = Checkpoint { origin: head.origin.clone(), size: last, root }.text();
            let bytes = row.blob(8).unwrap().to_vec();
            let signature = Signature { name: verifier.name().to_owned(), id: verifier.id(), bytes };
            if !verifier.verify(&text, &signature) {
                return wrong(format!("log_commit {first}: the signature is not the log's"));
            }
        }
        roots.insert(last, root);
    }
    if head.edge != edge || head.at != at {
        return wrong("log_head is not where the last commit ends");
    }
    for (size, root) in &known.signed {
        if roots.get(size) != Some(root) {
            return Err(Broken::Lost(format!("the log had another root at {size}")));
        }
    }
    Ok(entries)
}

/// Lists are what the events make; and no petition lies still.
fn lists(connection: &Connection, office: &Office, found: &Found) -> Result<(), Broken> {
    let mut petitions: BTreeMap<PetitionId, Petition> = BTreeMap::new();
    for ((id, seq), event) in &found.events {
        let petition = petitions.entry(*id).or_insert_with(|| Petition::new(*id));
        if petition.version != *seq {
            return wrong(format!("event {id}/{seq}: {} events are before it", petition.version));
        }
        let events = history::decode(&event.body).map_err(|error| Broken::Wrong(error.to_string()))?;
        let before = std::mem::replace(petition, Petition::new(*id));
        *petition = events.iter().fold(before, Petition::apply);
    }
    let tables = [
        "select * from matter order by petition_id",
        "select * from deadline order by petition_id, idx",
        "select * from desk order by petition_id, unit_id",
        "select petition_id, unit_id from matter_unit order by petition_id, unit_id",
        "select * from reach order by petition_id, word",
        "select * from letter order by petition_id, idx",
    ];
    let mut made = projection::Lists::default();
    for petition in petitions.values() {
        lies_still(office, petition)?;
        for (all, rows) in made.iter_mut().zip(projection::rows(&office.procedure, petition)) {
            all.extend(rows);
        }
    }
    for (sql, made) in tables.into_iter().zip(made) {
        let kept: Vec<Vec<Value>> = read(connection, sql)?.into_iter().map(|row| row.0).collect();
        if kept != made {
            let differs = kept.iter().zip(&made).find(|(kept, made)| kept != made);
            return wrong(format!("{sql}: {} rows of {}: {differs:?}", kept.len(), made.len()));
        }
    }
    Ok(())
}

/// INV-2: whoever has not come to rest has an owner, and a duty or a window that runs.
fn lies_still(office: &Office, petition: &Petition) -> Result<(), Broken> {
    let stage = petition.stage.as_ref().and_then(|stage| office.procedure.stage(stage));
    let rests = stage.is_some_and(|stage| stage.rest.is_some());
    let runs = petition.open_deadlines().any(|(_, deadline)| {
        let limit = office.procedure.limit(&deadline.set.limit);
        limit.is_some_and(|limit| matches!(limit.role, LimitRole::Duty | LimitRole::Window))
    });
    if stage.is_none() || petition.owner.is_none() || (!rests && !runs) {
        return wrong(format!("{} lies still at {:?}", petition.id, petition.stage));
    }
    Ok(())
}
