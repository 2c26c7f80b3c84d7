//! The bare grouped insert loop that benchmarks are compared with: what the database can do without us.
//!
//! One caller, prepared statements, a durable commit for every group, nothing looked at in between. Not used to serve.

use crate::sql::Batch;
use crate::sqlite::GROUP;
use crate::{Database, Driver, StoreError};

/// Writes the batches in groups, as fast as the database takes them.
///
/// # Errors
/// Whatever the database reports. A refused batch is an error here: the caller writes what cannot collide.
pub async fn insert(database: &Database, mut batches: Vec<Batch>) -> Result<(), StoreError> {
    for batch in &mut batches {
        let rows = crate::log::unlogged(batch);
        batch.writes.extend(rows);
        batch.events.clear();
    }
    match &database.driver {
        Driver::Sqlite(sqlite) => {
            let path = sqlite.path().to_owned();
            let done = tokio::task::spawn_blocking(move || {
                let connection = crate::sqlite::connect(&path, false)?;
                for group in batches.chunks(GROUP) {
                    crate::sqlite::write_bare(&connection, group)?;
                }
                Ok(())
            });
            done.await.map_err(|error| StoreError::Other(format!("the bare loop ended: {error}")))?
        }
        // On a runtime of its own, as the writer is: the loop is to be as fast as it can be.
        Driver::Postgres(postgres) => std::thread::scope(|scope| {
            let write = scope.spawn(|| {
                let runtime = crate::postgres::own_runtime()?;
                runtime.block_on(async {
                    let mut client = postgres.client().await?;
                    for group in batches.chunks(GROUP) {
                        if !crate::postgres::write_bare(&mut client, "bare loop", group).await? {
                            return Err(StoreError::Other("the bare loop was refused a batch".to_owned()));
                        }
                    }
                    Ok(())
                })
            });
            write.join().unwrap_or_else(|_| Err(StoreError::Other("the bare loop ended".to_owned())))
        }),
    }
}

/// Lets the database take its statistics after much was written at once.
///
/// # Errors
/// Whatever the database reports.
pub async fn settle(database: &Database) -> Result<(), StoreError> {
    match &database.driver {
        Driver::Sqlite(sqlite) => sqlite.analyze(),
        Driver::Postgres(postgres) => postgres.analyze().await,
    }
}

/// Creates a database beside the one that a PostgreSQL address names.
///
/// # Errors
/// When the server refuses, or the address is none of PostgreSQL.
pub async fn create_database(beside: &str, name: &str) -> Result<(), StoreError> {
    crate::postgres::execute(beside, &format!("create database {name}")).await
}

/// Drops a database that [`create_database`] made.
///
/// # Errors
/// When the server refuses.
pub async fn drop_database(beside: &str, name: &str) -> Result<(), StoreError> {
    crate::postgres::execute(beside, &format!("drop database if exists {name} with (force)")).await
}
