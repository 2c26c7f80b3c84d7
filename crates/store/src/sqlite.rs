//! SQLite: one writer thread that groups batches into durable commits, and a few readers.
//!
//! `synchronous=FULL` under WAL: a caller is answered only after its batch is on disk. Each batch of a group has its
//! own savepoint, so one refused batch does not sink the others. No call blocks the async runtime. The write-ahead log
//! goes back into the file when this writer says so, so that an error on the way is seen (docs/decisions/0006).

use crate::journal::Span;
use crate::log::{Group, Head, unlogged};
use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::{StoreError, Writing, fault};
use ledger::note::Signer;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// Most batches in one commit.
pub(crate) const GROUP: usize = 64;
/// Longest wait for a group to fill.
pub(crate) const GATHER: Duration = Duration::from_millis(5);
const READERS: usize = 3;
const BUSY: Duration = Duration::from_secs(5);
/// Pages of the write-ahead log, estimated, after which it goes back into the file.
const WAL_PAGES: usize = 4000;

struct Query {
    sql: String,
    params: Vec<Value>,
    answer: oneshot::Sender<Result<Vec<Row>, StoreError>>,
}

struct Commit {
    batch: Batch,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// An open SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    name: String,
    path: PathBuf,
    commits: Sender<Commit>,
    /// One queue for all readers: whoever is free takes the next question, so that none waits behind a slow one.
    queries: Sender<Query>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl std::fmt::Debug for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commit").field("writes", &self.batch.writes.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("sql", &self.sql).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens or creates the file, migrates nothing.
    pub(crate) fn open(path: &Path, writing: Writing) -> Result<Sqlite, StoreError> {
        let name = path.display().to_string();
        let connection = connect(path, false)?;
        let (commits, inbox) = channel::<Commit>();
        let mut writer = Writer { connection, name: name.clone(), writing, signer: None, grown: 0 };
        let writer = spawn("huiyin-writer", move || writer.run(&inbox))?;
        let (queries, asked) = channel::<Query>();
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..READERS {
            let (asked, path, name) = (Arc::clone(&asked), path.to_path_buf(), name.clone());
            spawn("huiyin-reader", move || {
                let connection = connect(&path, true);
                while let Some(query) = next(&asked) {
                    let rows = match &connection {
                        Ok(connection) => rows(connection, &query.sql, &query.params)
                            .map_err(|error| explain(&name, &error)),
                        Err(error) => Err(error.clone()),
                    };
                    let _gone = query.answer.send(rows);
                }
            })?;
        }
        Ok(Sqlite { name, path: path.to_path_buf(), commits, queries, writer: Mutex::new(Some(writer)) })
    }

    /// Statistics for the planner, and the write-ahead log back into the file.
    pub(crate) fn analyze(&self) -> Result<(), StoreError> {
        let connection = connect(&self.path, false)?;
        let done = connection.execute_batch("analyze; pragma wal_checkpoint(truncate);");
        done.map_err(|error| explain(&self.name, &error))
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a script in one transaction, on a connection of its own: for migrations only.
    pub(crate) fn script(&self, script: &str) -> Result<(), StoreError> {
        let connection = connect(&self.path, false)?;
        let whole = format!("begin immediate;\n{script}\ncommit;");
        connection.execute_batch(&whole).map_err(|error| explain(&self.name, &error))
    }

    pub(crate) async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.queries.send(Query { sql: sql.to_owned(), params, answer }).map_err(|_| closed(&self.name))?;
        wait.await.map_err(|_| closed(&self.name))?
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Outcome, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.commits.send(Commit { batch, answer }).map_err(|_| closed(&self.name))?;
        wait.await.map_err(|_| closed(&self.name))?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // Closing the channel ends the writer; waiting for it keeps a test from deleting the file under it.
        let (closed, _) = channel();
        self.commits = closed;
        let (closed, _) = channel();
        self.queries = closed;
        if let Ok(mut writer) = self.writer.lock()
            && let Some(writer) = writer.take()
        {
            let _ended = writer.join();
        }
    }
}

fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Other(format!("start {name}: {error}")))
}

fn closed(name: &str) -> StoreError {
    StoreError::Other(format!("the database {name} was closed"))
}

pub(crate) fn connect(path: &Path, reader: bool) -> Result<Connection, StoreError> {
    let name = path.display().to_string();
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch("pragma journal_mode=wal; pragma synchronous=full; pragma mmap_size=0; pragma cache_size=-16384; pragma foreign_keys=on; pragma temp_store=memory; pragma secure_delete=on; pragma wal_autocheckpoint=0;")?;
        connection.set_prepared_statement_cache_capacity(256);
        if connection.is_readonly("main")? {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
                None,
            ));
        }
        if reader {
            // 64 MB each: an inbox of ten thousand matters among a million stays in memory, the process below 300 MB.
            connection.execute_batch("pragma query_only=on; pragma cache_size=-65536;")?;
        }
        Ok(connection)
    };
    open().map_err(|error| explain(&name, &error))
}

/// The next question, for whichever reader is free; `None` when the database is closed.
fn next(asked: &Mutex<Receiver<Query>>) -> Option<Query> {
    asked.lock().ok()?.recv().ok()
}

fn rows(connection: &Connection, sql: &str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                ValueRef::Real(number) => Value::Text(number.to_string()),
            });
        }
        answer.push(Row(values));
    }
    Ok(answer)
}

/// Binds `$n` to the n-th parameter, as PostgreSQL does. SQLite itself numbers them by first appearance.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    for place in 1..=statement.parameter_count() {
        let number =
            statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| params.get(number.checked_sub(1)?));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(params.len(), place))?;
        statement.raw_bind_parameter(place, Param(value))?;
    }
    Ok(())
}

struct Param<'a>(&'a Value);

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::ToSqlOutput::Borrowed;
        Ok(Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
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

/// The one that writes.
struct Writer {
    connection: Connection,
    name: String,
    writing: Writing,
    signer: Option<Signer>,
    /// Pages that the write-ahead log may have grown by since it last went back into the file.
    grown: usize,
}

impl Writer {
    fn run(&mut self, inbox: &Receiver<Commit>) {
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
                execute(connection, write).map_err(failed)?;
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

/// One durable commit of many batches without a savepoint or a look at what was touched: for the bare loop.
pub(crate) fn write_bare(connection: &Connection, group: &[Batch]) -> Result<(), StoreError> {
    let write = || -> rusqlite::Result<()> {
        connection.prepare_cached("begin immediate")?.execute([])?;
        for write in group.iter().flat_map(|batch| &batch.writes) {
            execute(connection, write)?;
        }
        connection.prepare_cached("commit")?.execute([]).map(|_| ())
    };
    write().map_err(|error| explain("bare loop", &error))
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

fn execute(connection: &Connection, write: &Write) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(write.sql)?;
    bind(&mut statement, &write.params)?;
    statement.raw_execute()
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

fn explain(name: &str, error: &rusqlite::Error) -> StoreError {
    let name = name.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(name),
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(name),
        Some(ErrorCode::DiskFull) => StoreError::Full(name),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt(format!("{name}: {error}"))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreError::Unreachable { database: name, reason: error.to_string() }
        }
        _ => StoreError::Other(format!("{name}: {error}")),
    }
}
