//! SQLite: one writer thread that groups batches into durable commits, and a few readers.
//!
//! `synchronous=FULL` under WAL: a caller is answered only after its batch is on disk. Each batch of a group has its
//! own savepoint, so one refused batch does not sink the others. No call blocks the async runtime. The write-ahead log
//! goes back into the file when the writer says so, so that an error on the way is seen (docs/decisions/0006).

mod writer;

use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::{StoreError, Writing};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use writer::Writer;

/// Most batches in one commit.
pub(crate) const GROUP: usize = 64;
const READERS: usize = 3;
const BUSY: Duration = Duration::from_secs(5);
/// How every connection is set.
const SETTINGS: &str = "pragma journal_mode=wal; pragma synchronous=full; pragma mmap_size=0; pragma cache_size=-16384; pragma foreign_keys=on; pragma temp_store=memory; pragma secure_delete=on; pragma wal_autocheckpoint=0;";

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
        settle(&connection, path)?;
        let (commits, inbox) = channel::<Commit>();
        let mut writer = Writer::new(connection, name.clone(), writing);
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

    /// The write-ahead log back into the file, and its own file emptied; not while somebody reads an older state.
    pub(crate) async fn empty_log(&self) -> Result<(), StoreError> {
        let (path, name) = (self.path.clone(), self.name.clone());
        let emptied = tokio::task::spawn_blocking(move || {
            let connection = connect(&path, false)?;
            let busy =
                connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0));
            match busy.map_err(|error| explain(&name, &error))? {
                0 => Ok(()),
                _ => Err(StoreError::Other("somebody reads an older state of the database".to_owned())),
            }
        });
        emptied.await.map_err(|_| StoreError::Other("emptying the write-ahead log ended early".to_owned()))?
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
        connection.execute_batch(SETTINGS)?;
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

/// Brings the write-ahead log to the device as it shows itself, before anything is built on it. The lock keeps other
/// programs from writing to it meanwhile; where one holds it, that one has done this.
fn settle(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let name = path.display().to_string();
    match connection.execute_batch("begin immediate").map_err(|error| explain(&name, &error)) {
        Err(StoreError::Locked(_)) => return Ok(()),
        begun => begun?,
    }
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let renewed = match File::options().read(true).write(true).open(&wal) {
        Ok(mut wal) => renew(&mut wal, |wal| wal.sync_data()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    renewed.map_err(|error| StoreError::Device(format!("{} ({error})", wal.display())))?;
    connection.execute_batch("rollback").map_err(|error| explain(&name, &error))
}

/// Writes a file once more as it shows itself, and syncs it. After a sync that failed, memory may show what the device
/// does not have and counts it as written: nothing may be built on that.
fn renew<F: Read + io::Write + Seek>(
    file: &mut F,
    sync: impl FnOnce(&mut F) -> io::Result<()>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    file.rewind()?;
    file.write_all(&bytes)?;
    sync(file)
}

/// The next question, for whichever reader is free; `None` when the database is closed.
fn next(asked: &Mutex<Receiver<Query>>) -> Option<Query> {
    asked.lock().ok()?.recv().ok()
}

pub(crate) fn rows(connection: &Connection, sql: &str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
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

fn execute(connection: &Connection, write: &Write) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(write.sql)?;
    bind(&mut statement, &write.params)?;
    statement.raw_execute()
}

pub(crate) fn explain(name: &str, error: &rusqlite::Error) -> StoreError {
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
