//! Whether what is kept is what was recorded, without any key: the log, every row that it binds, the lists made from it,
//! and the rules (LOG-3, VER-1, VER-2). Names the row at fault.
//!
//! Two readings: the log by its commits, then petitions in key order against it. Memory holds sixteen bytes for each
//! entry of the log, and one petition.

mod feed;
mod files;
mod keys;
mod lists;
mod log;
mod outside;
mod reads;
mod rebuild;
mod rows;
mod stream;
mod words;

pub use lists::directory_digest;
pub use outside::{Outside, against};
pub use rebuild::rebuild;

use crate::log::Keeper;
use crate::{Database, StoreError};
use casework::Name;
use jiff::civil::Date;
use ledger::note::Verifier;
use std::fmt;

/// Every statement of this module, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    [
        log::STATEMENTS,
        feed::STATEMENTS,
        rows::STATEMENTS,
        reads::STATEMENTS,
        keys::STATEMENTS,
        files::STATEMENTS,
        lists::STATEMENTS,
        rebuild::STATEMENTS,
    ]
    .concat()
}

/// Faults kept; the others are counted.
const MOST: usize = 1000;

/// A row that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its table.
    pub table: &'static str,
    /// Its key, columns divided by `/`.
    pub key: String,
    /// What is wrong; never personal data.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.key, self.what)
    }
}

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Petitions replayed.
    pub petitions: u64,
    /// Decisions replayed.
    pub decisions: u64,
    /// Of them sealed, and closed to whoever looks: their entries and words were checked, their rules and lists were not.
    pub closed: u64,
    /// Reads by officials.
    pub reads: u64,
    /// Petitions whose key was destroyed, as the record says.
    pub erased: u64,
    /// Entries of all logs.
    pub entries: u64,
    /// Rows at fault, the first of them.
    pub faults: Vec<Fault>,
    /// All of them.
    pub n_faults: u64,
    /// What is recorded truly and breaks a rule: decisions and reads.
    pub breaches: Vec<Fault>,
    /// All of them.
    pub n_breaches: u64,
    /// What witnesses signed and the log does not say.
    pub contradictions: Vec<Fault>,
}

impl Report {
    pub(crate) fn fault(&mut self, table: &'static str, key: impl fmt::Display, what: impl Into<String>) {
        self.n_faults += 1;
        if self.faults.len() < MOST {
            self.faults.push(Fault { table, key: key.to_string(), what: what.into() });
        }
    }

    fn breach(&mut self, table: &'static str, key: impl fmt::Display, what: impl Into<String>) {
        self.n_breaches += 1;
        if self.breaches.len() < MOST {
            self.breaches.push(Fault { table, key: key.to_string(), what: what.into() });
        }
    }

    fn join(&mut self, other: Report) {
        self.petitions += other.petitions;
        self.decisions += other.decisions;
        self.closed += other.closed;
        self.reads += other.reads;
        self.erased += other.erased;
        self.entries += other.entries;
        self.n_faults += other.n_faults;
        self.n_breaches += other.n_breaches;
        self.faults.extend(other.faults);
        self.faults.truncate(MOST);
        self.breaches.extend(other.breaches);
        self.breaches.truncate(MOST);
        self.contradictions.extend(other.contradictions);
    }
}

/// The rules that the record is replayed by.
pub trait Rules: Sync {
    /// The rules of a shipped procedure.
    fn rules(&self, name: &Name) -> Option<&casework::audit::Rules<'_>>;
    /// The civil date of an instant in the office's zone, from milliseconds since 1970.
    fn day(&self, at: u64) -> Option<Date>;
}

/// What is expected of the log by whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// What the office's key file has logs signed with; `None` when it is not at hand.
    pub signing: Option<Keeper>,
    /// Keys of logs that whoever asks trusts, by their names.
    pub logs: Vec<Verifier>,
    /// Keys of witnesses, for the cosignatures that are kept.
    pub witnesses: Vec<Verifier>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Entries of the log read, and how many there are.
    Entries(u64, u64),
    /// Decisions replayed.
    Decisions(u64),
}

/// Looks at everything.
///
/// # Errors
/// Whatever the database reports; what is wrong with rows is in the report.
pub async fn verify(
    database: &Database,
    rules: &dyn Rules,
    expected: &Expected,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut log = log::read(database, expected, &mut report, &mut |done, all| {
        progress(Progress::Entries(done, all));
    })
    .await?;
    reads::office(database, &mut log, &mut report).await?;
    log.wraps = keys::check(database, &mut log, &mut report).await?;
    let log = rows::petitions(database, rules, log, &mut report, &mut |decisions| {
        progress(Progress::Decisions(decisions));
    })
    .await?;
    log.unclaimed(&mut report);
    Ok(report)
}
