//! Brings back from intake journals what a backup lacks (BAK-3, security.md §2.6).
//!
//! First the journals are read for where each commit stands in the log: from the backup's size on, each must begin where
//! the one before ended, and give the root that the log's key signed. Only then is anything written, in that order, as it
//! was written first. What is not of the log (sessions, drafts) keeps its place between, and is let go where the backup
//! has it already.

mod pulled;

use self::pulled::{Pulled, Texts};
use crate::journal::{self, Record};
use crate::log::{Head, OPEN, entries_edge, hashes};
use crate::seal::Suite;
use crate::sql::{Outcome, Value};
use crate::{Database, StoreError};
use futures_util::future::join_all;
use ledger::Hash;
use ledger::checkpoint::Checkpoint;
use ledger::tree::Edge;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

/// Commits on their way to the database at once.
const AT_ONCE: usize = 64;

/// A segment and the key of its records.
#[derive(Clone)]
pub struct Keyed {
    /// The file.
    pub file: PathBuf,
    /// Whose it is: nodes are numbered.
    pub node: usize,
    /// What its records are encrypted with.
    pub suite: Suite,
    /// Its key.
    pub key: [u8; 32],
}

/// A commit of the log as a journal has it.
#[derive(Clone, Debug)]
struct Logged {
    /// Its segment: several programs may have written at once, each into one of its own.
    segment: usize,
    /// Its number among the segment's records.
    number: u64,
    /// Whose segment it is.
    node: usize,
    at: String,
    last: u64,
    root: Hash,
    entries: Vec<Hash>,
    signatures: Vec<u8>,
    /// The log that it opened.
    opens: Option<Head>,
}

/// What is to be written, in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// By segment and number of the record; whether it is a commit of the log.
    steps: Vec<(usize, u64, bool)>,
    /// Where the log stands afterwards.
    pub edge: Edge,
    /// The instant of the last commit, of the plan or before it.
    pub at: String,
    /// Commits of the log that come back.
    pub commits: u64,
    /// Other commits that come back.
    pub others: u64,
    /// Whether the journals reach the backup, so that nothing can be missing between.
    pub meets: bool,
    /// The newest checkpoint of the same log, or of a later one, that a journal has and the plan does not reach.
    pub beyond: Option<(i64, u64, Option<Hash>, String)>,
    /// What is wrong with the journals; empty when they are intact.
    pub faults: Vec<String>,
}

impl Plan {
    /// Reads the journals for what follows a backup whose newest log is `head`: in that log, and in those that its commits
    /// opened. Blocks.
    ///
    /// # Errors
    /// When a file cannot be read. What is wrong in it is in the plan.
    pub fn make(head: &Head, segments: &[Keyed]) -> Result<Plan, StoreError> {
        let mut plan = Plan { edge: head.edge.clone(), at: head.at.clone(), ..Plan::default() };
        let read = Read::all(head, segments, &mut plan)?;
        // By segment: records before this one are settled.
        let mut taken = vec![0; segments.len()];
        let mut head = head.clone();
        plan.leading(&read, &mut taken);
        while let Some(next) = read.follower(&head, &plan.edge, &mut plan.faults) {
            plan.edge = entries_edge(&plan.edge, &next.entries);
            plan.at.clone_from(&next.at);
            if let Some(opened) = &next.opens {
                (head, plan.edge) = (opened.clone(), Edge::default());
            }
            plan.commits += 1;
            plan.without_log(&read, &mut taken, next.segment);
            let until = read.next_logged(next.segment, next.number);
            let Some(taken) = taken.get_mut(next.segment) else { continue };
            let from = std::mem::replace(taken, until);
            plan.others_of(&read, next.segment, from..next.number);
            plan.steps.push((next.segment, next.number, true));
            plan.others_of(&read, next.segment, next.number + 1..until);
        }
        plan.without_log(&read, &mut taken, segments.len());
        plan.meets |= plan.commits > 0;
        plan.unreached(&head, &read);
        Ok(plan)
    }

    /// Segments that hold nothing of the log, begun before `before` and after everything of their node that the backup
    /// has: files fill whole segments, and one that another node's commit falls into may go on behind the backup.
    fn without_log(&mut self, read: &Read, taken: &mut [u64], before: usize) {
        let last_of = |wanted: Option<&usize>| {
            let own = read.has.iter().zip(&read.nodes);
            let known =
                |(has, node): (&Option<u64>, &usize)| has.is_some() && wanted.is_none_or(|own| own == node);
            own.map(known).collect::<Vec<_>>().iter().rposition(|known| *known)
        };
        for segment in 0..before {
            let known = last_of(read.nodes.get(segment)).or_else(|| last_of(None));
            if known.is_some_and(|last| segment <= last) {
                continue;
            }
            let is_plain = read.of_log.get(segment).is_some_and(BTreeSet::is_empty);
            if let Some(taken) = taken.get_mut(segment).filter(|taken| is_plain && **taken == 0) {
                *taken = u64::MAX;
                self.others_of(read, segment, 0..u64::MAX);
            }
        }
    }

    /// Whether nothing that the journals know of is missing.
    pub fn is_whole(&self) -> bool {
        self.meets && self.faults.is_empty() && self.beyond.is_none()
    }

    /// What is not of the log and stands behind the last commit that the backup has.
    fn leading(&mut self, read: &Read, taken: &mut [u64]) {
        self.meets |= read.meets;
        for (node, (has, taken)) in read.has.iter().zip(taken).enumerate() {
            if let Some(has) = has {
                *taken = read.next_logged(node, *has);
                self.others_of(read, node, has + 1..*taken);
            }
        }
    }

    /// What is not of the log among some of a segment's records.
    fn others_of(&mut self, read: &Read, node: usize, records: std::ops::Range<u64>) {
        let Some(plain) = read.plain.get(node).filter(|_| records.start < records.end) else { return };
        let before = self.steps.len();
        self.steps.extend(plain.range(records).map(|number| (node, *number, false)));
        self.others += (self.steps.len() - before) as u64;
    }

    /// The newest that a journal has and the plan does not reach.
    fn unreached(&mut self, head: &Head, read: &Read) {
        let of_log =
            |epoch| move |((of, first), all): (&(i64, u64), _)| (*of == epoch).then_some((*first, all));
        let same =
            read.logged.iter().filter_map(of_log(head.epoch)).filter(|(first, _)| *first >= self.edge.size());
        // A commit from a place that was filled by another was never confirmed.
        let same = same.flat_map(|(_, all): (u64, &Vec<Logged>)| all);
        if let Some(last) =
            same.filter(|logged| logged.last > self.edge.size()).max_by_key(|logged| logged.last)
        {
            self.beyond = Some((head.epoch, last.last, Some(last.root), last.at.clone()));
        }
        let later = read.logged.range((head.epoch + 1, 0)..);
        let later = later.flat_map(|((epoch, _), all)| all.iter().map(|logged| (*epoch, logged.last)));
        if let Some((epoch, size)) = later.max() {
            self.beyond = Some((epoch, size, None, String::new()));
        }
    }

    /// Writes it. `told` hears how many commits are back.
    ///
    /// # Errors
    /// Whatever the database reports, and `Corrupt` when it does not take a commit of the log.
    pub async fn carry_out(
        &self,
        database: &Database,
        segments: &[Keyed],
        mut told: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mut pulled: Vec<Option<Pulled>> = segments.iter().map(|_| None).collect();
        let mut texts = Texts::default();
        let mut done = 0;
        for steps in self.steps.chunks(AT_ONCE) {
            let mut batches = Vec::with_capacity(steps.len());
            for (segment, number, _) in steps {
                let (Some(pulled), Some(keyed)) = (pulled.get_mut(*segment), segments.get(*segment)) else {
                    return Err(changed());
                };
                let pulled = pulled.get_or_insert_with(|| Pulled::begin(keyed.clone()));
                batches.push(texts.batch(pulled.take(*number)?));
            }
            // Put in order, so carried out in order: there is one writer.
            let outcomes = join_all(batches.into_iter().map(|batch| database.commit(batch))).await;
            for ((_, _, logged), outcome) in steps.iter().zip(outcomes) {
                if outcome? == Outcome::Conflict && *logged {
                    let place = self.edge.size();
                    return Err(StoreError::Corrupt(format!(
                        "the journal's commits up to {place} do not fit the backup"
                    )));
                }
            }
            done += steps.len() as u64;
            told(done);
        }
        Ok(())
    }
}

fn changed() -> StoreError {
    StoreError::Other("the journal changed while it was read".to_owned())
}

/// What the first reading found.
struct Read {
    /// Commits of the same log from the backup's size on, and of later ones, by log and first entry.
    logged: BTreeMap<(i64, u64), Vec<Logged>>,
    /// By segment: numbers of the records that are not of the log.
    plain: Vec<BTreeSet<u64>>,
    /// By segment: numbers of all records of the log.
    of_log: Vec<BTreeSet<u64>>,
    /// By segment: the last commit that the backup has.
    has: Vec<Option<u64>>,
    /// By segment: whose it is.
    nodes: Vec<usize>,
    /// A journal has the very commit that the backup ends with.
    meets: bool,
}

impl Read {
    fn all(head: &Head, segments: &[Keyed], plan: &mut Plan) -> Result<Read, StoreError> {
        let mut read = Read {
            logged: BTreeMap::new(),
            plain: vec![BTreeSet::new(); segments.len()],
            of_log: vec![BTreeSet::new(); segments.len()],
            has: vec![None; segments.len()],
            nodes: segments.iter().map(|segment| segment.node).collect(),
            meets: false,
        };
        head.verifier()?;
        for (place, segment) in segments.iter().enumerate() {
            let mut number = 0;
            let mut each = |record: Record| {
                if let Some(fault) = read.record(head, (segment.node, place, number), &record) {
                    plan.faults.push(format!("{}: {fault}", segment.file.display()));
                }
                number += 1;
                Ok(())
            };
            if let Err(error) = journal::read(&segment.file, (segment.suite, &segment.key), &mut each) {
                let shown = segment.file.display();
                if error.kind() != io::ErrorKind::InvalidData {
                    return Err(StoreError::Other(format!("read {shown}: {error}")));
                }
                plan.faults.push(format!("{shown}: {error}"));
            }
        }
        Ok(read)
    }

    /// Puts a record in its place; what is wrong with it.
    fn record(
        &mut self,
        head: &Head,
        (node, segment, number): (usize, usize, u64),
        record: &Record,
    ) -> Option<String> {
        let span = record.span;
        if span.epoch == 0 {
            self.plain.get_mut(segment).map(|plain| plain.insert(number));
            return None;
        }
        self.of_log.get_mut(segment).map(|of_log| of_log.insert(number));
        if span.epoch < head.epoch || (span.epoch == head.epoch && span.last < head.size()) {
            let opens = |(sql, row, _): &(String, Vec<Value>, Option<u64>)| opened(sql, row);
            if head.size() == 0
                && record.writes.iter().filter_map(opens).any(|opened| opened.epoch == head.epoch)
            {
                // A log without entries begins where it was opened.
                self.meets = true;
            }
            self.has.get_mut(segment).map(|has| has.replace(number));
            return None;
        }
        let fault = |what: &str| Some(format!("entries {} to {}: {what}", span.first, span.last));
        let Some(logged) = logged((node, segment, number), record) else {
            return fault("they hold no commit of the log");
        };
        if span.epoch > head.epoch {
            // Whose signature it must carry is known once the commit that opened its log is reached.
            self.logged.entry((span.epoch, span.first)).or_default().push(logged);
            return None;
        }
        let checkpoint = Checkpoint { origin: head.origin.clone(), size: span.last, root: logged.root };
        if !head.is_signed(&checkpoint.text(), &logged.signatures) {
            return fault("another log's, or another office's");
        }
        if span.last == head.size() {
            // One that never reached the database may stand at the same place; then it is not the backup's.
            if logged.root == head.edge.root() {
                self.meets = true;
                self.has.get_mut(segment).map(|has| has.replace(number));
            }
            return None;
        }
        if span.first < head.size() {
            return fault("they do not begin where a commit of the backup ends");
        }
        self.logged.entry((span.epoch, span.first)).or_default().push(logged);
        None
    }

    /// The commit that follows an edge: one whose entries give the root it signed. Of several from the same place the
    /// database took one: the one that others continue; else, of one node, the last. Of two nodes nothing says which.
    fn follower(&self, head: &Head, edge: &Edge, faults: &mut Vec<String>) -> Option<&Logged> {
        let fits = |head: &Head, edge: &Edge, logged: &Logged| {
            let checkpoint = Checkpoint { origin: head.origin.clone(), size: logged.last, root: logged.root };
            entries_edge(edge, &logged.entries).root() == logged.root
                && head.is_signed(&checkpoint.text(), &logged.signatures)
        };
        let at = |head: &Head, edge: &Edge| self.logged.get(&(head.epoch, edge.size()));
        let here: Vec<&Logged> = at(head, edge)?.iter().filter(|logged| fits(head, edge, logged)).collect();
        let goes_on = |head: &Head, edge: &Edge| {
            at(head, edge).is_some_and(|next| next.iter().any(|next| fits(head, edge, next)))
        };
        // What the same log goes on from was confirmed. A commit that opens another one may have been prepared and broken
        // off, and the next log would fit behind that one too: it is believed where nothing goes on from another.
        let continued =
            |logged: &&&Logged| logged.opens.is_none() && goes_on(head, &entries_edge(edge, &logged.entries));
        let turned =
            |logged: &&&Logged| logged.opens.as_ref().is_some_and(|opened| goes_on(opened, &Edge::default()));
        if let Some(found) = here.iter().rev().find(continued).or_else(|| here.iter().rev().find(turned)) {
            return Some(found);
        }
        let last = here.iter().max_by_key(|logged| (logged.segment, logged.number)).copied()?;
        if here.iter().any(|logged| logged.node != last.node) {
            faults.push(format!(
                "two nodes have a commit after {} entries, and nothing says which one was confirmed",
                edge.size()
            ));
        }
        Some(last)
    }

    /// Number of the segment's next record of the log after one.
    fn next_logged(&self, segment: usize, number: u64) -> u64 {
        let next = self.of_log.get(segment).and_then(|of_log| of_log.range(number + 1..).next());
        next.copied().unwrap_or(u64::MAX)
    }
}

/// The row of the log that a record holds.
fn logged((node, segment, number): (usize, usize, u64), record: &Record) -> Option<Logged> {
    let mut rows = record.writes.iter().filter(|(sql, _, _)| sql.starts_with("insert into log_commit "));
    let (_, row, _) = rows.next()?;
    let [
        Value::Integer(epoch),
        Value::Integer(first),
        Value::Integer(last),
        Value::Text(at),
        _,
        _,
        _,
        Value::Blob(entries),
        Value::Blob(root),
        Value::Blob(signatures),
    ] = row.as_slice()
    else {
        return None;
    };
    let span = record.span;
    let entries = hashes(entries)?;
    let agrees = *epoch == span.epoch
        && u64::try_from(*first) == Ok(span.first)
        && u64::try_from(*last) == Ok(span.last)
        && span.first.checked_add(entries.len() as u64) == Some(span.last);
    agrees.then_some(())?;
    Some(Logged {
        segment,
        number,
        node,
        at: at.clone(),
        last: span.last,
        root: root.as_slice().try_into().ok()?,
        entries,
        signatures: signatures.clone(),
        opens: record.writes.iter().find_map(|(sql, row, _)| opened(sql, row)),
    })
}

/// The log that a write opens.
fn opened(sql: &str, row: &[Value]) -> Option<Head> {
    let [Value::Integer(epoch), Value::Text(origin), Value::Text(vkeys), Value::Text(at), _] = row else {
        return None;
    };
    (sql == OPEN).then(|| Head::opened(*epoch, origin, vkeys, at))
}
