//! Databases for tests: a temporary SQLite file, and a database of its own on the PostgreSQL named by
//! `HUIYIN_TEST_POSTGRES`.

use crate::keys::OfficeKey;
use crate::log::Keeper;
use crate::{Database, StoreError};
use std::path::PathBuf;

/// A database for one test, and what it needs to go away.
#[derive(Debug)]
pub struct Scratch {
    /// Open and migrated.
    pub database: Database,
    /// Its address, to open it again.
    pub address: String,
    folder: Option<PathBuf>,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

/// The key file of the tests' office.
pub const KEY_FILE: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// The keeper of the tests' office.
pub fn keeper() -> Keeper {
    Keeper::new(&OfficeKey::of_one([7; 32]), "test.example/log")
}

/// Opens a database with the tests' key and without a journal.
///
/// # Errors
/// Whatever opening reports.
pub async fn open(address: &str) -> Result<Database, StoreError> {
    Database::open(address, keeper(), None).await
}

/// A fresh SQLite database in a temporary folder. `name` must be unique in the process.
///
/// # Errors
/// Whatever opening reports.
pub async fn sqlite(name: &str) -> Result<Scratch, StoreError> {
    let folder = std::env::temp_dir().join(format!("huiyin-test-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::Other(error.to_string()))?;
    let address = format!("sqlite:{}", folder.join("test.sqlite3").display());
    Ok(Scratch { database: open(&address).await?, address, folder: Some(folder) })
}

/// A fresh database on the test PostgreSQL. `name` must be unique in the process.
///
/// # Errors
/// When `HUIYIN_TEST_POSTGRES` is not set: a suite that skips one database is a defect, so it fails and says how to
/// set it.
pub async fn postgres(name: &str) -> Result<Scratch, StoreError> {
    let Some(server) = crate::testing::server() else {
        return Err(StoreError::BadAddress(
            "HUIYIN_TEST_POSTGRES is not set; run `make test`, or scripts/with-postgres.sh COMMAND"
                .to_owned(),
        ));
    };
    let own = format!("t{}_{}", std::process::id(), name.replace('-', "_"));
    let (client, connection) = tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls)
        .await
        .map_err(|error| StoreError::Unreachable { database: server.clone(), reason: error.to_string() })?;
    tokio::spawn(connection);
    client
        .batch_execute(&format!("create database {own}"))
        .await
        .map_err(|error| StoreError::Other(error.to_string()))?;
    let address = format!("{server}/{own}");
    Ok(Scratch { database: open(&address).await?, address, folder: None })
}

#[expect(clippy::disallowed_methods, reason = "tests are told where PostgreSQL runs by the environment")]
fn server() -> Option<String> {
    std::env::var("HUIYIN_TEST_POSTGRES").ok().map(|server| server.trim_end_matches('/').to_owned())
}
