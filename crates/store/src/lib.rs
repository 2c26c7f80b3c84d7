//! SQL and what is kept: events, projections, content, the office directory. The rules are `casework`'s.
//!
//! Only `sqlite.rs` and `postgres.rs` know which database runs. Every change is one atomic [`Batch`]; a caller is
//! answered when it is durable.

pub mod attachment;
pub mod backup;
pub mod bare;
pub mod content;
mod error;
mod failed;
pub mod fault;
pub mod history;
pub mod inbox;
pub mod journal;
pub mod keys;
pub mod letter;
pub mod log;
mod migrate;
pub mod outbox;
mod postgres;
pub mod projection;
mod reader;
pub mod reads;
pub mod reminder;
pub mod replay;
pub mod seal;
pub mod sealed;
mod sql;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use error::StoreError;
pub use journal::Journal;
pub use migrate::known as known_schema;
pub use postgres::rights::Account;
pub use reader::{Reader, Reads};
pub use sql::{Batch, Outcome, Row, Value, Write};

use crate::failed::Failed;
use crate::log::Keeper;
use std::path::PathBuf;
use std::sync::Arc;

/// An open database of either kind.
#[derive(Debug)]
pub struct Database {
    driver: Driver,
    keeper: Option<Arc<Keeper>>,
    failed: Arc<Failed>,
}

#[derive(Debug)]
enum Driver {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// What a writer needs beside its connection.
pub(crate) struct Writing {
    keeper: Option<Arc<Keeper>>,
    journal: Option<Journal>,
    failed: Arc<Failed>,
    logged: bool,
}

impl Writing {
    /// The keeper of the log that a group is written to; `None` when nothing of it is logged.
    fn keeper_for<'b>(
        &self,
        name: &str,
        mut batches: impl Iterator<Item = &'b Batch>,
    ) -> Result<Option<&Keeper>, StoreError> {
        if !self.logged || !batches.any(Batch::is_logged) {
            return Ok(None);
        }
        self.keeper.as_deref().map(Some).ok_or_else(|| StoreError::NoKey(name.to_owned()))
    }
}

/// Which database an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Address {
    fn parse(address: &str) -> Result<Address, StoreError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Address::Postgres(address.to_owned()));
        }
        let path = address.strip_prefix("sqlite:").unwrap_or(address);
        if path.is_empty() || path.contains("://") {
            // Only the scheme: what follows may hold a password.
            let scheme = address.split("://").next().unwrap_or_default();
            return Err(StoreError::BadAddress(scheme.to_owned()));
        }
        Ok(Address::Sqlite(PathBuf::from(path)))
    }
}

/// The host to which words would travel in clear on the way to a database: a PostgreSQL server on another machine without
/// TLS. `None` for every other address.
pub fn travels_in_clear(address: &str) -> Option<String> {
    address.contains("://").then(|| postgres::address::in_clear(address)).flatten()
}

impl Database {
    /// Opens `sqlite:PATH`, a bare path or `postgres://…` without the office's key, to look at what needs none. Changes
    /// nothing, its schema neither.
    ///
    /// # Errors
    /// Every [`StoreError`] names the database and the remedy.
    pub async fn look(address: &str) -> Result<Database, StoreError> {
        let database = Database::connect(address, None, None, true).await?;
        migrate::look(&database).await?;
        Ok(database)
    }

    /// Opens a database to serve from, and opens its first log where it has none. What is wrapped from then on is wrapped
    /// under the newest version of the keeper's file, until [`keys::follow`] asks the log. With a journal, every commit stands
    /// in it before its callers are answered (BAK-3).
    ///
    /// # Errors
    /// Every [`StoreError`] names the database and the remedy.
    pub async fn open(
        address: &str,
        keeper: Keeper,
        journal: Option<Journal>,
    ) -> Result<Database, StoreError> {
        keeper.suite().ready()?;
        let keeper = Arc::new(keeper);
        let database = Database::connect(address, Some(Arc::clone(&keeper)), journal, true).await?;
        if let Driver::Postgres(postgres) = &database.driver {
            postgres.takes_writes().await?;
        }
        migrate::run(&database).await?;
        log::open(&database, &keeper).await?;
        Ok(database)
    }

    /// Opens a benchmark's own database whose events get no entries, to show what the log costs. Nothing serves from it:
    /// `verify` names every row of it.
    ///
    /// # Errors
    /// Every [`StoreError`] names the database and the remedy.
    pub async fn open_without_log(address: &str, keeper: Keeper) -> Result<Database, StoreError> {
        let database = Database::connect(address, Some(Arc::new(keeper)), None, false).await?;
        migrate::run(&database).await?;
        Ok(database)
    }

    /// Brings the schema up to date, for an account that may: with two accounts, the one that owns the tables. `grant_to`: the
    /// account of the program, which gets what it needs and keeps nothing else (SCOPE-7).
    ///
    /// # Errors
    /// Every [`StoreError`] names the database and the remedy; rights are given on PostgreSQL alone.
    pub async fn migrate(address: &str, grant_to: Option<&str>) -> Result<(), StoreError> {
        let database = Database::connect(address, None, None, true).await?;
        if let (Driver::Sqlite(_), Some(_)) = (&database.driver, grant_to) {
            let said = "a SQLite file has no accounts: its owner is who can open it";
            return Err(StoreError::Other(said.to_owned()));
        }
        migrate::run(&database).await?;
        match (&database.driver, grant_to) {
            (Driver::Postgres(postgres), Some(account)) => postgres.grant(account).await,
            (Driver::Postgres(_) | Driver::Sqlite(_), _) => Ok(()),
        }
    }

    /// How the account that asks stands to what is kept; `None` where a database has none.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub async fn account(&self) -> Result<Option<Account>, StoreError> {
        match &self.driver {
            Driver::Sqlite(_) => Ok(None),
            Driver::Postgres(postgres) => postgres.account().await.map(Some),
        }
    }

    async fn connect(
        address: &str,
        keeper: Option<Arc<Keeper>>,
        journal: Option<Journal>,
        logged: bool,
    ) -> Result<Database, StoreError> {
        let failed = Arc::new(Failed::default());
        let writing = Writing { keeper: keeper.clone(), journal, failed: Arc::clone(&failed), logged };
        let driver = match Address::parse(address)? {
            Address::Sqlite(path) => Driver::Sqlite(sqlite::Sqlite::open(&path, writing)?),
            Address::Postgres(url) => Driver::Postgres(postgres::Postgres::open(&url, writing).await?),
        };
        Ok(Database { driver, keeper, failed })
    }

    /// Waits until a device failed under the writer: what it holds is not known any more, so the program must end
    /// (CRASH-3). The error names the device.
    pub async fn failed(&self) -> StoreError {
        self.failed.wait().await
    }

    /// What the office's key opens.
    pub(crate) fn keeper(&self) -> Result<&Keeper, StoreError> {
        self.keeper.as_deref().ok_or_else(|| StoreError::NoKey(self.kind().to_owned()))
    }

    /// What the office encrypts with.
    ///
    /// # Errors
    /// When the database was opened without the office's key.
    pub fn suite(&self) -> Result<seal::Suite, StoreError> {
        self.keeper().map(Keeper::suite)
    }

    /// Which kind it is: `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.driver {
            Driver::Sqlite(_) => "sqlite",
            Driver::Postgres(_) => "postgres",
        }
    }

    /// Rows of a query.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.driver {
            Driver::Sqlite(sqlite) => sqlite.query(sql, params).await,
            Driver::Postgres(postgres) => postgres.query(sql, params).await,
        }
    }

    /// Commits a batch, wholly or not at all, durably.
    ///
    /// # Errors
    /// Whatever the database reports; then nothing of the batch was written.
    pub async fn commit(&self, batch: Batch) -> Result<Outcome, StoreError> {
        match &self.driver {
            Driver::Sqlite(sqlite) => sqlite.commit(batch).await,
            Driver::Postgres(postgres) => postgres.commit(batch).await,
        }
    }

    /// Takes what was overwritten out of the files as far as the database lets: SQLite's write-ahead log, which still has
    /// pages as they were, is emptied, the file itself keeps nothing that was freed. PostgreSQL keeps dead rows until
    /// their space is used again; docs/manual/erasure.md says what to do about that.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        match &self.driver {
            Driver::Sqlite(sqlite) => sqlite.empty_log().await,
            Driver::Postgres(_) => Ok(()),
        }
    }

    /// Runs a schema script in one transaction.
    async fn script(&self, script: &str) -> Result<(), StoreError> {
        match &self.driver {
            Driver::Sqlite(sqlite) => sqlite.script(script),
            Driver::Postgres(postgres) => postgres.script(script).await,
        }
    }
}
