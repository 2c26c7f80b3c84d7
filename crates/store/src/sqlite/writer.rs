//! The one thread that writes to SQLite: gathers what waits, gives events their places in the log, writes the journal,
//! commits, answers.

#[cfg(test)]
mod simulation;

use super::{Commit, GROUP, execute, explain, rows};
use crate::journal::Span;
use crate::log::{Group, Head, Signing, unlogged};
use crate::sql::{Batch, Outcome, Value, Write};
use crate::{StoreError, Writing, fault};
use rusqlite::{Connection, ErrorCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Longest wait for a group to fill.
const GATHER: Duration = Duration::from_millis(5);
/// Pages of the write-ahead log, estimated, after which it goes back into the file.
const WAL_PAGES: usize = 4000;

/// The one that writes.
pub(super) struct Writer {
    connection: Connection,
    name: String,
    writing: Writing,
    signer: Option<Signing>,
    /// Pages that the write-ahead log may have grown by since it last went back into the file.
    grown: usize,
}

impl Writer {
    pub(super) fn new(connection: Connection, name: String, writing: Writing) -> Writer {
        Writer { connection, name, writing, signer: None, grown: 0 }
    }

    /// Writes what comes until nobody can send any more.
    pub(super) fn run(&mut self, inbox: &Receiver<Commit>) {
        while let Ok(first) = inbox.recv() {
            let group = gather(first, inbox);
            if let Some(error) = self.writing.failed.get() {
                let error = error.clone();
                answer(group, &error);
                continue;
            }
            match self.write_group(&group) {
                Ok(outcomes) => {
                    for (commit, outcome) in group.into_iter().zip(outcomes) {
                        let _gone = commit.answer.send(outcome);
                    }
                    self.checkpoint();
                }
                Err(error) => {
                    if let StoreError::Device(_) = error {
                        self.writing.failed.say(error.clone());
                    } else if !self.connection.is_autocommit() {
                        let _undone = self.connection.execute_batch("rollback");
                    }
                    answer(group, &error);
                }
            }
        }
    }

    fn write_group(&mut self, group: &[Commit]) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let name = &self.name;
        let connection = &self.connection;
        let failed = |error: rusqlite::Error| explain_write(name, &error);
        connection
            .prepare_cached("begin immediate")
            .and_then(|mut begin| begin.execute([]))
            .map_err(failed)?;
        let batches = || group.iter().map(|commit| &commit.batch);
        let mut log = match self.writing.keeper_for(name, batches())? {
            Some(keeper) => {
                let head = rows(connection, crate::log::HEAD, &[]).map_err(failed)?;
                let head = head.first().ok_or_else(|| StoreError::Corrupt("log_head: no log".to_owned()))?;
                Some(Group::begin(keeper, Head::read(head)?, batches())?)
            }
            None => None,
        };
        let mut outcomes = Vec::with_capacity(group.len());
        let mut placed: Vec<Vec<Write>> = Vec::with_capacity(group.len());
        for batch in batches() {
            let mark = log.as_ref().map_or(0, Group::mark);
            let rows = log.as_mut().map_or_else(|| unlogged(batch), |log| log.place_all(batch));
            let outcome = write_batch(connection, batch, &rows);
            if connection.is_autocommit() {
                // A full disk or an I/O error rolled the whole transaction back.
                let error = outcome.err().unwrap_or(rusqlite::Error::InvalidQuery);
                return Err(explain_write(name, &error));
            }
            let committed = matches!(outcome, Ok(Outcome::Committed));
            if !committed && let Some(log) = &mut log {
                log.back_to(mark);
            }
            placed.push(if committed { rows } else { Vec::new() });
            outcomes.push(outcome.map_err(|error| explain(name, &error)));
        }
        let mut span = Span { epoch: 0, first: 0, last: 0 };
        let mut sealed = Vec::new();
        if let Some(log) = log
            && (log.mark() > 0 || batches().any(|batch| batch.idle_at.is_some()))
        {
            span = log.span();
            let read = log.reads().into_iter().map(|(sql, params)| rows(connection, sql, &params));
            let read = read.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?;
            let signer = log.signer(&mut self.signer)?;
            sealed = log.seal(&read, signer)?;
            for write in &sealed {
                let touched = execute(connection, write).map_err(failed)?;
                if write.rows.is_some_and(|rows| u64::try_from(touched) != Ok(rows)) {
                    return Err(StoreError::Corrupt(
                        "log_head: another log or size than it was read with".to_owned(),
                    ));
                }
            }
        }
        if let Some(journal) = &mut self.writing.journal {
            let mut all: Vec<&Write> = Vec::new();
            for ((batch, rows), outcome) in batches().zip(&placed).zip(&outcomes) {
                if matches!(outcome, Ok(Outcome::Committed)) {
                    all.extend(batch.writes.iter().chain(rows));
                }
            }
            all.extend(&sealed);
            if !all.is_empty() {
                journal.append(span, &all)?;
            }
        }
        connection.prepare_cached("commit").and_then(|mut commit| commit.execute([])).map_err(failed)?;
        self.grown += 8 + group.iter().map(|commit| size(&commit.batch)).sum::<usize>() / 1024;
        Ok(outcomes)
    }

    /// Brings the write-ahead log back into the file once it has grown. A full disk is met again at the next commit; a
    /// device that fails ends the writing, because SQLite would otherwise try the same sync again later.
    fn checkpoint(&mut self) {
        if self.grown < WAL_PAGES {
            return;
        }
        self.grown = 0;
        let done = self.connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
        if let Err(error) = done
            && let device @ StoreError::Device(_) = explain_write(&self.name, &error)
        {
            self.writing.failed.say(device);
        }
    }
}

fn answer(group: Vec<Commit>, error: &StoreError) {
    for commit in group {
        let _gone = commit.answer.send(Err(error.clone()));
    }
}

/// Bytes of a batch, roughly.
fn size(batch: &Batch) -> usize {
    let value = |value: &Value| match value {
        Value::Null | Value::Integer(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    };
    let writes = batch.writes.iter().map(|write| 512 + write.params.iter().map(value).sum::<usize>());
    writes.sum::<usize>() + batch.events.iter().map(|event| 1024 + event.body.len()).sum::<usize>()
}

/// What waits already, and what comes within the gathering time while more callers are about.
fn gather(first: Commit, inbox: &Receiver<Commit>) -> Vec<Commit> {
    let mut group = vec![first];
    while group.len() < GROUP {
        match inbox.try_recv() {
            Ok(next) => group.push(next),
            Err(_) if group.len() > 1 => match inbox.recv_timeout(GATHER / 10) {
                Ok(next) => group.push(next),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            },
            Err(_) => break,
        }
    }
    group
}

fn write_batch(connection: &Connection, batch: &Batch, events: &[Write]) -> rusqlite::Result<Outcome> {
    connection.prepare_cached("savepoint one")?.execute([])?;
    let outcome = write_all(connection, batch.writes.iter().chain(events));
    match outcome {
        Ok(Outcome::Committed) => {
            connection.prepare_cached("release one")?.execute([]).map(|_| Outcome::Committed)
        }
        Ok(Outcome::Conflict) | Err(_) => {
            if !connection.is_autocommit() {
                connection.prepare_cached("rollback to one")?.execute([])?;
                connection.prepare_cached("release one")?.execute([])?;
            }
            outcome
        }
    }
}

fn write_all<'a>(
    connection: &Connection,
    writes: impl Iterator<Item = &'a Write>,
) -> rusqlite::Result<Outcome> {
    for write in writes {
        if fault::strikes() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR),
                Some("injected fault".to_owned()),
            ));
        }
        match execute(connection, write) {
            Ok(touched) => {
                if write.rows.is_some_and(|wanted| wanted != touched as u64) {
                    return Ok(Outcome::Conflict);
                }
            }
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    || error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
            {
                return Ok(Outcome::Conflict);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome::Committed)
}

/// What an error while writing means. A device that fails says how it failed (an extended code); the plain code is that
/// of a test's injected fault, after which writing goes on.
fn explain_write(name: &str, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error() {
        Some(code)
            if code.code == ErrorCode::SystemIoFailure
                && code.extended_code != rusqlite::ffi::SQLITE_IOERR =>
        {
            StoreError::Device(format!("{name} ({error})"))
        }
        Some(_) | None => explain(name, error),
    }
}
