//! SQLite: one writer thread that groups batches into durable commits, and a few readers.
//!
//! `synchronous=FULL` under WAL: a caller is answered only after its batch is on disk. Each batch of a group has its
//! own savepoint, so one refused batch does not sink the others. No call blocks the async runtime.

use crate::sql::{Batch, Outcome, Row, Value};
use crate::{StoreError, fault};
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
    pub(crate) fn open(path: &Path) -> Result<Sqlite, StoreError> {
        let name = path.display().to_string();
        let connection = connect(path, false)?;
        let (commits, inbox) = channel::<Commit>();
        let writer_name = name.clone();
        let writer = spawn("huiyin-writer", move || write_loop(&connection, &writer_name, &inbox))?;
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
        connection.execute_batch("pragma journal_mode=wal; pragma synchronous=full; pragma mmap_size=0; pragma cache_size=-16384; pragma foreign_keys=on; pragma temp_store=memory; pragma wal_autocheckpoint=4000;")?;
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

fn write_loop(connection: &Connection, name: &str, inbox: &Receiver<Commit>) {
    while let Ok(first) = inbox.recv() {
        let group = gather(first, inbox);
        write_group(connection, name, group);
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

fn write_group(connection: &Connection, name: &str, group: Vec<Commit>) {
    let outcomes = (|| -> rusqlite::Result<Vec<rusqlite::Result<Outcome>>> {
        connection.prepare_cached("begin immediate")?.execute([])?;
        let mut outcomes = Vec::with_capacity(group.len());
        for commit in &group {
            outcomes.push(write_batch(connection, &commit.batch));
            if connection.is_autocommit() {
                // A full disk or an I/O error rolled the whole transaction back.
                return Err(outcomes.pop().and_then(Result::err).unwrap_or(rusqlite::Error::InvalidQuery));
            }
        }
        connection.prepare_cached("commit")?.execute([])?;
        Ok(outcomes)
    })();
    match outcomes {
        Ok(outcomes) => {
            for (commit, outcome) in group.into_iter().zip(outcomes) {
                let _gone = commit.answer.send(outcome.map_err(|error| explain(name, &error)));
            }
        }
        Err(error) => {
            if !connection.is_autocommit() {
                let _undone = connection.execute_batch("rollback");
            }
            let error = explain(name, &error);
            for commit in group {
                let _gone = commit.answer.send(Err(error.clone()));
            }
        }
    }
}

/// One durable commit of many batches without a savepoint or a look at what was touched: for the bare loop.
pub(crate) fn write_bare(connection: &Connection, group: &[Batch]) -> Result<(), StoreError> {
    let write = || -> rusqlite::Result<()> {
        connection.prepare_cached("begin immediate")?.execute([])?;
        for write in group.iter().flat_map(|batch| &batch.writes) {
            let mut statement = connection.prepare_cached(write.sql)?;
            bind(&mut statement, &write.params)?;
            statement.raw_execute()?;
        }
        connection.prepare_cached("commit")?.execute([]).map(|_| ())
    };
    write().map_err(|error| explain("bare loop", &error))
}

fn write_batch(connection: &Connection, batch: &Batch) -> rusqlite::Result<Outcome> {
    connection.prepare_cached("savepoint one")?.execute([])?;
    let outcome = write_all(connection, batch);
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

fn write_all(connection: &Connection, batch: &Batch) -> rusqlite::Result<Outcome> {
    for write in &batch.writes {
        if fault::strikes() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR),
                Some("injected fault".to_owned()),
            ));
        }
        let mut statement = connection.prepare_cached(write.sql)?;
        bind(&mut statement, &write.params)?;
        match statement.raw_execute() {
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
