//! SQL and what is kept: events, projections, content, the office directory. The rules are `casework`'s.
//!
//! Only `sqlite.rs` and `postgres.rs` know which database runs. Every change is one atomic [`Batch`]; a caller is
//! answered when it is durable.

pub mod bare;
pub mod content;
mod error;
pub mod fault;
pub mod history;
pub mod inbox;
mod migrate;
pub mod outbox;
mod postgres;
pub mod projection;
pub mod reminder;
mod sql;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use error::StoreError;
pub use sql::{Batch, Outcome, Row, Value, Write};

use std::path::PathBuf;

/// An open database of either kind.
#[derive(Debug)]
pub struct Database {
    driver: Driver,
}

#[derive(Debug)]
enum Driver {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
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

impl Database {
    /// Opens `sqlite:PATH`, a bare path or `postgres://…`, and brings its schema up to date.
    ///
    /// # Errors
    /// Every [`StoreError`] names the database and the remedy.
    pub async fn open(address: &str) -> Result<Database, StoreError> {
        let driver = match Address::parse(address)? {
            Address::Sqlite(path) => Driver::Sqlite(sqlite::Sqlite::open(&path)?),
            Address::Postgres(url) => Driver::Postgres(postgres::Postgres::open(&url).await?),
        };
        let database = Database { driver };
        migrate::run(&database).await?;
        Ok(database)
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

    /// Runs a schema script in one transaction.
    async fn script(&self, script: &str) -> Result<(), StoreError> {
        match &self.driver {
            Driver::Sqlite(sqlite) => sqlite.script(script),
            Driver::Postgres(postgres) => postgres.script(script).await,
        }
    }
}
