//! PostgreSQL: a pool for reading, and one writer that groups batches into durable commits.
//!
//! A group is sent whole before the first answer is awaited; only when something in it is refused is it written again
//! batch by batch, each in a savepoint.
//!
//! Any number of nodes may write; a conflict is a duplicate key or an unexpected row count, as on SQLite. The row of the
//! log's head is where nodes meet, for the length of one grouped commit. A server that confirms before it writes is
//! refused, at the start and at every commit: a confirmed petition would not survive a power cut (CRASH-5).

pub(crate) mod address;
pub(crate) mod rights;
mod writer;

use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::{StoreError, Writing, fault};
use address::Address;
use deadpool_postgres::{Manager, Object, Pool, Transaction};
use futures_util::future::join_all;
use futures_util::join;
use std::error::Error as _;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use writer::Writer;

/// Who asks, until the transaction ends.
const ACTOR: &str = "select set_config('app.actor', $1, true)";
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
        let Address { mut config, tls, .. } = Address::read(url)?;
        // A server that went away silently is noticed in seconds, not hours; a lock is waited for as long as on SQLite.
        config.connect_timeout(Duration::from_secs(5)).tcp_user_timeout(Duration::from_secs(15));
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} -c lock_timeout=5s");
        config.options(&options);
        // The name in messages never shows the password.
        let name = format!("postgres {}", config.get_dbname().unwrap_or("?"));
        let pool = |size: usize| {
            Pool::builder(Manager::new(config.clone(), tls.clone()))
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
                let mut writer = Writer::new(writer, own_name, writing);
                runtime.block_on(writer.run(inbox));
            })
            .map_err(|error| StoreError::Other(format!("start the writer: {error}")))?;
        Ok(Postgres { name, pool: readers, beside, commits })
    }

    /// Refuses a server that takes no writes, such as a standby.
    pub(crate) async fn takes_writes(&self) -> Result<(), StoreError> {
        let rows = self.query("select current_setting('transaction_read_only')", Vec::new()).await?;
        match rows.first().map(|row| row.text(0)).transpose()? {
            Some("off") => Ok(()),
            Some(_) | None => Err(StoreError::ReadOnly(self.name.clone())),
        }
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

    /// Rows of a query that lets through what an official with these words can reach (`schema/0024_reach.postgres.sql`). The
    /// four statements leave in one go, in the order in which they stand here, so that none of them is left undone when whoever
    /// asks goes away: without the second the third would be the program's.
    pub(crate) async fn query_as(
        &self,
        words: &str,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let client = connection(&self.pool, &self.name).await?;
        let failed = |error: tokio_postgres::Error| explain(&self.name, &error);
        let actor = client.prepare_cached(ACTOR).await.map_err(failed)?;
        let statement = client.prepare_cached(sql).await.map_err(failed)?;
        let (words, params): ([&(dyn ToSql + Sync); 1], _) = ([&words], refs(&params));
        let (begun, known, found, ended) = join!(
            client.batch_execute("begin read only"),
            client.query(&actor, &words),
            client.query(&statement, &params),
            client.batch_execute("commit"),
        );
        begun.map_err(failed)?;
        known.map_err(failed)?;
        let found = found.map_err(failed)?;
        ended.map_err(failed)?;
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
    let (client, connection) = Address::read(url)?.connect().await.map_err(|error| explain(name, &error))?;
    tokio::spawn(connection);
    client.batch_execute(sql).await.map_err(|error| explain(name, &error))
}

async fn connection(pool: &Pool, name: &str) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let said = cause.to_string();
            if !reason.ends_with(&said) {
                reason = format!("{reason}: {said}");
            }
            source = cause.source();
        }
        StoreError::Unreachable { database: name.to_owned(), reason }
    })
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

pub(crate) fn read_rows(found: &[tokio_postgres::Row]) -> Result<Vec<Row>, tokio_postgres::Error> {
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

pub(crate) fn explain(name: &str, error: &tokio_postgres::Error) -> StoreError {
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
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        StoreError::NotAllowed(name)
    } else {
        // The server's own words may quote a value; its code never does.
        StoreError::Other(format!("{name}: SQLSTATE {}", code.code()))
    }
}
