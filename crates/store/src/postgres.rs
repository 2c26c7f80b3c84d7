//! PostgreSQL: a pool for reading, and one writer that groups batches into durable commits.
//!
//! A group is sent whole before the first answer is awaited; only when something in it is refused is it written again
//! batch by batch, each in a savepoint.
//!
//! Any number of nodes may write; a conflict is a duplicate key or an unexpected row count, as on SQLite. The row of the
//! log's head is where nodes meet, for the length of one grouped commit. A server that confirms before it writes is
//! refused, at the start and at every commit: a confirmed petition would not survive a power cut (CRASH-5).

use crate::journal::Span;
use crate::log::{Group, Head, unlogged};
use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::sqlite::GROUP;
use crate::{StoreError, Writing, fault};
use deadpool_postgres::{Manager, Object, Pool, Transaction};
use futures_util::future::join_all;
use ledger::note::Signer;
use std::error::Error as _;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Connections for reading.
const READERS: usize = 10;

struct Commit {
    batch: Batch,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    name: String,
    pool: Pool,
    /// A connection for whoever measures beside the writer.
    beside: Pool,
    commits: mpsc::UnboundedSender<Commit>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Postgres {
    pub(crate) async fn open(url: &str, writing: Writing) -> Result<Postgres, StoreError> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|_| StoreError::BadAddress("postgres://… (it cannot be read)".to_owned()))?;
        // A server that went away silently is noticed in seconds, not hours; a lock is waited for as long as on SQLite.
        config.connect_timeout(Duration::from_secs(5)).tcp_user_timeout(Duration::from_secs(15));
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} -c lock_timeout=5s");
        config.options(&options);
        // The name in messages never shows the password.
        let name = format!("postgres {}", config.get_dbname().unwrap_or("?"));
        let pool = |size: usize| {
            Pool::builder(Manager::new(config.clone(), NoTls))
                .max_size(size)
                .build()
                .map_err(|error| StoreError::Other(format!("{name}: {error}")))
        };
        let (readers, writer, beside) = (pool(READERS)?, pool(1)?, pool(1)?);
        let client = connection(&readers, &name).await?;
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            let row = client
                .query_one("select current_setting($1)", &[&setting])
                .await
                .map_err(|error| explain(&name, &error))?;
            is_safe(&name, setting, row.get(0))?;
        }
        drop(client);
        let (commits, inbox) = mpsc::unbounded_channel();
        let own_name = name.clone();
        let runtime = own_runtime()?;
        std::thread::Builder::new()
            .name("huiyin-writer".to_owned())
            .spawn(move || {
                let mut writer = Writer { pool: writer, name: own_name, writing, signer: None };
                runtime.block_on(writer.run(inbox));
            })
            .map_err(|error| StoreError::Other(format!("start the writer: {error}")))?;
        Ok(Postgres { name, pool: readers, beside, commits })
    }

    pub(crate) async fn script(&self, script: &str) -> Result<(), StoreError> {
        let client = connection(&self.pool, &self.name).await?;
        let whole = format!("begin;\nselect pg_advisory_xact_lock(4704);\n{script}\ncommit;");
        let done = client.batch_execute(&whole).await;
        if done.is_err() {
            let _undone = client.batch_execute("rollback").await;
        }
        done.map_err(|error| explain(&self.name, &error))
    }

    pub(crate) async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let client = connection(&self.pool, &self.name).await?;
        let failed = |error: tokio_postgres::Error| explain(&self.name, &error);
        let statement = client.prepare_cached(sql).await.map_err(failed)?;
        let found = client.query(&statement, &refs(&params)).await.map_err(failed)?;
        read_rows(&found).map_err(failed)
    }

    /// Statistics for the planner.
    pub(crate) async fn analyze(&self) -> Result<(), StoreError> {
        self.client()
            .await?
            .batch_execute("vacuum analyze")
            .await
            .map_err(|error| explain(&self.name, &error))
    }

    /// A connection of one's own, for the bare loop.
    pub(crate) async fn client(&self) -> Result<Object, StoreError> {
        connection(&self.beside, &self.name).await
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Outcome, StoreError> {
        let (answer, wait) = oneshot::channel();
        let closed = || StoreError::Other(format!("the database {} was closed", self.name));
        self.commits.send(Commit { batch, answer }).map_err(|_| closed())?;
        wait.await.map_err(|_| closed())?
    }
}

/// Refuses a setting under which the server confirms what it has not written.
fn is_safe(name: &str, setting: &str, value: String) -> Result<(), StoreError> {
    // `local` writes here before it confirms; it waits for no standby, which is the operator's choice.
    if value == "off" {
        return Err(StoreError::Unsafe { database: name.to_owned(), setting: setting.to_owned(), value });
    }
    Ok(())
}

/// A runtime for a writer's own thread: what is sent in one go leaves in one go, because the connection's task cannot
/// start on the first statement while the others are still being queued. Measured: twice as fast as on the shared one.
pub(crate) fn own_runtime() -> Result<tokio::runtime::Runtime, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| StoreError::Other(format!("start the writer: {error}")))
}

/// One statement on a connection of its own.
pub(crate) async fn execute(url: &str, sql: &str) -> Result<(), StoreError> {
    let name = "postgres";
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.map_err(|error| explain(name, &error))?;
    tokio::spawn(connection);
    client.batch_execute(sql).await.map_err(|error| explain(name, &error))
}

async fn connection(pool: &Pool, name: &str) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| {
        let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        StoreError::Unreachable { database: name.to_owned(), reason }
    })
}

/// Where the log stands, held until the commit; and whether the server still writes before it confirms.
const HEAD: &str = "select epoch, origin, vkey, size, at, peaks, current_setting('synchronous_commit') from log_head order by epoch desc limit 1 for update";

/// The one that writes.
struct Writer {
    pool: Pool,
    name: String,
    writing: Writing,
    signer: Option<Signer>,
}

impl Writer {
    async fn run(&mut self, mut inbox: mpsc::UnboundedReceiver<Commit>) {
        let mut group = Vec::with_capacity(GROUP);
        while inbox.recv_many(&mut group, GROUP).await > 0 {
            let batches = std::mem::replace(&mut group, Vec::with_capacity(GROUP));
            let outcomes = match self.writing.failed.get() {
                Some(error) => Err(error.clone()),
                None => self.write_group(&batches).await,
            };
            match outcomes {
                Ok(outcomes) => {
                    for (commit, outcome) in batches.into_iter().zip(outcomes) {
                        let _gone = commit.answer.send(outcome);
                    }
                }
                Err(error) => {
                    if let StoreError::Device(_) = error {
                        self.writing.failed.say(error.clone());
                    }
                    for commit in batches {
                        let _gone = commit.answer.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Writes a group whole and fast; when anything in it is refused, again batch by batch.
    async fn write_group(
        &mut self,
        group: &[Commit],
    ) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let name = self.name.clone();
        let mut client = connection(&self.pool, &name).await?;
        let batches: Vec<&Batch> = group.iter().map(|commit| &commit.batch).collect();
        if self.write_whole(&mut client, &batches).await? {
            return Ok(group.iter().map(|_| Ok(Outcome::Committed)).collect());
        }
        self.write_one_by_one(&mut client, &batches).await
    }

    /// The log as this group finds it, its head held; `None` when nothing of the group is logged.
    async fn log<'k>(
        name: &str,
        writing: &'k Writing,
        transaction: &Transaction<'_>,
        batches: &[&Batch],
    ) -> Result<Option<Group<'k>>, StoreError> {
        let Some(keeper) = writing.keeper_for(name, batches.iter().copied())? else { return Ok(None) };
        let found = rows(transaction, name, HEAD, &[]).await?;
        let head = found.first().ok_or_else(|| StoreError::Corrupt("log_head: no log".to_owned()))?;
        is_safe(name, "synchronous_commit", head.text(6)?.to_owned())?;
        Ok(Some(Group::begin(keeper, Head::read(head)?, batches.iter().copied())?))
    }

    async fn seal(
        name: &str,
        signer: &mut Option<Signer>,
        transaction: &Transaction<'_>,
        log: Option<Group<'_>>,
        idle: bool,
    ) -> Result<(Span, Vec<Write>), StoreError> {
        let Some(log) = log.filter(|log| idle || log.mark() > 0) else {
            return Ok((Span { epoch: 0, first: 0, last: 0 }, Vec::new()));
        };
        let mut read = Vec::new();
        for (sql, params) in log.reads() {
            read.push(rows(transaction, name, sql, &params).await?);
        }
        let span = log.span();
        let signer = log.signer(signer)?;
        Ok((span, log.seal(&read, signer)?))
    }

    /// Everything in one transaction without savepoints: four round trips for a group. `false` when a statement was
    /// refused or touched other rows than it must; then nothing was written.
    async fn write_whole(&mut self, client: &mut Object, batches: &[&Batch]) -> Result<bool, StoreError> {
        let name = self.name.clone();
        let failed = |error: tokio_postgres::Error| explain(&name, &error);
        let transaction = client.transaction().await.map_err(failed)?;
        let mut log = Self::log(&name, &self.writing, &transaction, batches).await?;
        let mut placed = Vec::with_capacity(batches.len());
        for batch in batches {
            placed.push(log.as_mut().map_or_else(|| unlogged(batch), |log| log.place_all(batch)));
        }
        let idle = batches.iter().any(|batch| batch.idle_at.is_some());
        let (span, sealed) = Self::seal(&name, &mut self.signer, &transaction, log, idle).await?;
        let own = batches.iter().zip(&placed).flat_map(|(batch, rows)| batch.writes.iter().chain(rows));
        let writes: Vec<&Write> = own.chain(&sealed).collect();
        if !pipeline(&transaction, &name, &writes).await? {
            transaction.rollback().await.map_err(failed)?;
            return Ok(false);
        }
        self.journal(span, &writes)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Each batch in a savepoint of its own, so that one that is refused does not sink the others.
    async fn write_one_by_one(
        &mut self,
        client: &mut Object,
        batches: &[&Batch],
    ) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let name = self.name.clone();
        let failed = |error: tokio_postgres::Error| explain(&name, &error);
        let mut transaction = client.transaction().await.map_err(failed)?;
        let mut log = Self::log(&name, &self.writing, &transaction, batches).await?;
        let mut outcomes = Vec::with_capacity(batches.len());
        let mut placed = Vec::with_capacity(batches.len());
        let mut idle = false;
        for batch in batches {
            let mark = log.as_ref().map_or(0, Group::mark);
            let rows = log.as_mut().map_or_else(|| unlogged(batch), |log| log.place_all(batch));
            let savepoint = transaction.transaction().await.map_err(failed)?;
            let outcome = write_all(&savepoint, batch.writes.iter().chain(&rows), &name).await;
            let settled = match &outcome {
                Ok(Outcome::Committed) => savepoint.commit().await,
                Ok(Outcome::Conflict) | Err(_) => savepoint.rollback().await,
            };
            settled.map_err(failed)?;
            let committed = matches!(outcome, Ok(Outcome::Committed));
            if committed {
                idle |= batch.idle_at.is_some();
            } else if let Some(log) = &mut log {
                log.back_to(mark);
            }
            placed.push(if committed { rows } else { Vec::new() });
            outcomes.push(outcome);
        }
        let (span, sealed) = Self::seal(&name, &mut self.signer, &transaction, log, idle).await?;
        for write in &sealed {
            let outcome = write_all(&transaction, std::iter::once(write), &name).await?;
            if outcome == Outcome::Conflict {
                return Err(StoreError::Corrupt("log_head: another size than it was read with".to_owned()));
            }
        }
        let mut writes: Vec<&Write> = Vec::new();
        for ((batch, rows), outcome) in batches.iter().zip(&placed).zip(&outcomes) {
            if matches!(outcome, Ok(Outcome::Committed)) {
                writes.extend(batch.writes.iter().chain(rows));
            }
        }
        writes.extend(&sealed);
        self.journal(span, &writes)?;
        transaction.commit().await.map_err(failed)?;
        Ok(outcomes)
    }

    fn journal(&mut self, span: Span, writes: &[&Write]) -> Result<(), StoreError> {
        match &mut self.writing.journal {
            Some(journal) if !writes.is_empty() => journal.append(span, writes),
            Some(_) | None => Ok(()),
        }
    }
}

/// One durable commit of many batches without a log: for the bare loop.
pub(crate) async fn write_bare(
    client: &mut Object,
    name: &str,
    batches: &[Batch],
) -> Result<bool, StoreError> {
    let transaction = client.transaction().await.map_err(|error| explain(name, &error))?;
    let writes: Vec<&Write> = batches.iter().flat_map(|batch| &batch.writes).collect();
    let written = pipeline(&transaction, name, &writes).await?;
    transaction.commit().await.map_err(|error| explain(name, &error))?;
    Ok(written)
}

/// All statements on their way at once. `false` when one was refused or touched other rows than it must.
async fn pipeline(transaction: &Transaction<'_>, name: &str, writes: &[&Write]) -> Result<bool, StoreError> {
    let mut statements = Vec::with_capacity(writes.len());
    let mut fault = false;
    for write in writes {
        fault = fault::strikes();
        if fault {
            break;
        }
        statements.push(transaction.prepare_cached(write.sql).await.map_err(|error| explain(name, &error))?);
    }
    let params: Vec<_> = writes.iter().map(|write| refs(&write.params)).collect();
    let under_way = statements.iter().zip(&params).map(|(sql, params)| transaction.execute(sql, params));
    // Polled in order, so sent in order; answers come back in order too.
    let touched = join_all(under_way).await;
    if fault {
        return Err(StoreError::Other(format!("{name}: injected fault")));
    }
    Ok(writes.iter().zip(&touched).all(|(write, touched)| {
        touched.as_ref().is_ok_and(|touched| write.rows.is_none_or(|wanted| wanted == *touched))
    }))
}

async fn write_all<'w>(
    transaction: &Transaction<'_>,
    writes: impl Iterator<Item = &'w Write>,
    name: &str,
) -> Result<Outcome, StoreError> {
    for write in writes {
        if fault::strikes() {
            return Err(StoreError::Other(format!("{name}: injected fault")));
        }
        let statement = transaction.prepare_cached(write.sql).await.map_err(|error| explain(name, &error))?;
        match transaction.execute(&statement, &refs(&write.params)).await {
            Ok(touched) => {
                if write.rows.is_some_and(|wanted| wanted != touched) {
                    return Ok(Outcome::Conflict);
                }
            }
            // Two nodes in each other's way: the loser decides again, as after any lost race.
            Err(error)
                if [Some(&SqlState::UNIQUE_VIOLATION), Some(&SqlState::T_R_DEADLOCK_DETECTED)]
                    .contains(&error.code()) =>
            {
                return Ok(Outcome::Conflict);
            }
            Err(error) => return Err(explain(name, &error)),
        }
    }
    Ok(Outcome::Committed)
}

/// Rows of a query in the transaction that writes.
async fn rows(
    transaction: &Transaction<'_>,
    name: &str,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let failed = |error: tokio_postgres::Error| explain(name, &error);
    let statement = transaction.prepare_cached(sql).await.map_err(failed)?;
    let found = transaction.query(&statement, &refs(params)).await.map_err(failed)?;
    read_rows(&found).map_err(failed)
}

fn read_rows(found: &[tokio_postgres::Row]) -> Result<Vec<Row>, tokio_postgres::Error> {
    found
        .iter()
        .map(|row| (0..row.len()).map(|column| value(row, column)).collect::<Result<Vec<_>, _>>().map(Row))
        .collect()
}

fn refs(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Integer(number) => number.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value, tokio_postgres::Error> {
    let ty = row.columns().get(column).map(tokio_postgres::Column::type_);
    Ok(match ty {
        Some(&Type::INT8) => row.try_get::<_, Option<i64>>(column)?.into(),
        Some(&Type::INT4) => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
        Some(&Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(column)?.into(),
        Some(_) | None => row.try_get::<_, Option<String>>(column)?.into(),
    })
}

fn explain(name: &str, error: &tokio_postgres::Error) -> StoreError {
    let name = name.to_owned();
    let Some(database) = error.as_db_error() else {
        return StoreError::Unreachable { database: name, reason: error.to_string() };
    };
    let code = database.code();
    if *code == SqlState::DISK_FULL {
        StoreError::Full(name)
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        StoreError::ReadOnly(name)
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        StoreError::Locked(name)
    } else {
        // The server's own words may quote a value; its code never does.
        StoreError::Other(format!("{name}: SQLSTATE {}", code.code()))
    }
}
