//! Databases for tests: a temporary SQLite file, and a database of its own on the PostgreSQL named by
//! `HUIYIN_TEST_POSTGRES`.

use crate::keys::OfficeKey;
use crate::log::Keeper;
use crate::seal::Suite;
use crate::{Database, StoreError};
use std::path::PathBuf;

/// A database for one test, and what it needs to go away.
#[derive(Debug)]
pub struct Scratch {
    /// Open and migrated.
    pub database: Database,
    /// Its address, to open it again.
    pub address: String,
    /// The address of whoever owns its tables, where that is another account.
    pub owner: Option<String>,
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

/// The key file of the tests' office where it is one of a suite.
pub fn key_file(suite: Suite) -> String {
    match suite {
        Suite::Intl => KEY_FILE.to_owned(),
        Suite::Gm => format!("{KEY_FILE}\nsuite {}\n", suite.word()),
    }
}

/// The keeper of the tests' office.
pub fn keeper() -> Keeper {
    keeper_of(Suite::Intl)
}

fn keeper_of(suite: Suite) -> Keeper {
    let key = OfficeKey::parse(&key_file(suite)).unwrap_or_else(|| OfficeKey::of_one([7; 32]));
    Keeper::new(&key, "test.example/log")
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
    sqlite_of(name, Suite::Intl).await
}

/// The same, of an office of a suite.
///
/// # Errors
/// Whatever opening reports.
pub async fn sqlite_of(name: &str, suite: Suite) -> Result<Scratch, StoreError> {
    let folder = std::env::temp_dir().join(format!("huiyin-test-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::Other(error.to_string()))?;
    let address = format!("sqlite:{}", folder.join("test.sqlite3").display());
    let database = Database::open(&address, keeper_of(suite), None).await?;
    Ok(Scratch { database, address, owner: None, folder: Some(folder) })
}

/// A fresh database on the test PostgreSQL. `name` must be unique in the process.
///
/// # Errors
/// When `HUIYIN_TEST_POSTGRES` is not set: a suite that skips one database is a defect, so it fails and says how to
/// set it.
pub async fn postgres(name: &str) -> Result<Scratch, StoreError> {
    postgres_of(name, Suite::Intl).await
}

/// The same, of an office of a suite.
///
/// # Errors
/// As [`postgres`].
pub async fn postgres_of(name: &str, suite: Suite) -> Result<Scratch, StoreError> {
    let server = known_server()?;
    let own = format!("t{}_{}", std::process::id(), name.replace('-', "_"));
    ask(&server, &format!("create database {own}")).await?;
    let address = format!("{server}/{own}");
    let database = Database::open(&address, keeper_of(suite), None).await?;
    Ok(Scratch { database, address, owner: None, folder: None })
}

/// A fresh database on the test PostgreSQL as an office is to have it: one account owns the tables, and the one that opens
/// it owns nothing (SCOPE-7). `name` must be unique in the process.
///
/// # Errors
/// As [`postgres`].
pub async fn postgres_of_two(name: &str) -> Result<Scratch, StoreError> {
    let [owner, address] = accounts(name).await?;
    let program = account_of(&address);
    Database::migrate(&owner, Some(program)).await?;
    Ok(Scratch { database: open(&address).await?, address, owner: Some(owner), folder: None })
}

/// An empty database with two accounts: the addresses of its owner and of an account without any right.
///
/// # Errors
/// As [`postgres`].
pub async fn accounts(name: &str) -> Result<[String; 2], StoreError> {
    let server = known_server()?;
    let own = format!("t{}_{}", std::process::id(), name.replace('-', "_"));
    let accounts = [format!("{own}_owner"), format!("{own}_program")];
    for account in &accounts {
        ask(&server, &format!("create role {account} login")).await?;
    }
    let [owner, _] = &accounts;
    ask(&server, &format!("create database {own} owner {owner}")).await?;
    let (scheme, rest) = server.split_once("://").unwrap_or(("postgres", &server));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    Ok(accounts.map(|account| format!("{scheme}://{account}@{host}/{own}")))
}

/// The account that an address of these tests names.
pub fn account_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split_once('@').map_or("", |(account, _)| account)
}

async fn ask(server: &str, sql: &str) -> Result<(), StoreError> {
    let (client, connection) =
        tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls).await.map_err(
            |error| StoreError::Unreachable { database: server.to_owned(), reason: error.to_string() },
        )?;
    tokio::spawn(connection);
    client.batch_execute(sql).await.map_err(|error| StoreError::Other(error.to_string()))
}

fn known_server() -> Result<String, StoreError> {
    let missing = "HUIYIN_TEST_POSTGRES is not set; run `make test`, or scripts/with-postgres.sh COMMAND";
    server().ok_or_else(|| StoreError::BadAddress(missing.to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "tests are told where PostgreSQL runs by the environment")]
fn server() -> Option<String> {
    std::env::var("HUIYIN_TEST_POSTGRES").ok().map(|server| server.trim_end_matches('/').to_owned())
}
