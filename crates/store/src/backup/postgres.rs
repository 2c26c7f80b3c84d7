//! PostgreSQL's side of a backup: a snapshot that `pg_dump` shares, and the address as its programs take it.

use super::{QUESTIONS, Standing};
use crate::StoreError;
use crate::postgres::address::Address;
use crate::postgres::{execute, explain, read_rows};
use tokio_postgres::Client;
use tokio_postgres::config::Host;

const NAME: &str = "postgres";
const IS_EMPTY: &str = "select not exists (select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%')";

/// One instant of a database, for as long as this lives.
pub struct Snapshot {
    /// Its name, for `pg_dump --snapshot`.
    pub id: String,
    /// Where the log stood.
    pub standing: Standing,
    _client: Client,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Takes a snapshot; others go on writing.
///
/// # Errors
/// Whatever the server reports.
pub async fn snapshot(url: &str) -> Result<Snapshot, StoreError> {
    let client = client(url).await?;
    let failed = |error: tokio_postgres::Error| explain(NAME, &error);
    client.batch_execute("begin isolation level repeatable read, read only").await.map_err(failed)?;
    let id: String = client
        .query_one("select pg_export_snapshot()", &[])
        .await
        .map_err(failed)?
        .try_get(0)
        .map_err(failed)?;
    let mut answers = Vec::new();
    for sql in QUESTIONS {
        let found = client.query(sql, &[]).await.map_err(failed)?;
        answers.push(read_rows(&found).map_err(failed)?);
    }
    Ok(Snapshot { id, standing: Standing::read(&answers)?, _client: client })
}

/// Whether a database holds no table yet.
///
/// # Errors
/// Whatever the server reports.
pub async fn is_empty(url: &str) -> Result<bool, StoreError> {
    let failed = |error: tokio_postgres::Error| explain(NAME, &error);
    let client = client(url).await?;
    client.query_one(IS_EMPTY, &[]).await.map_err(failed)?.try_get(0).map_err(failed)
}

/// Empties a database that was empty before a restore that failed.
///
/// # Errors
/// Whatever the server reports.
pub async fn clear(url: &str) -> Result<(), StoreError> {
    execute(url, "drop schema public cascade; create schema public").await
}

/// An address as variables of libpq, so that no password stands on a command line.
///
/// # Errors
/// When the address cannot be read.
pub fn environment(url: &str) -> Result<Vec<(&'static str, String)>, StoreError> {
    let Address { config, authority, .. } = Address::read(url)?;
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    let variables = [
        ("PGHOST", Some(hosts.join(","))),
        ("PGPORT", Some(ports.join(","))),
        ("PGUSER", config.get_user().map(str::to_owned)),
        ("PGDATABASE", config.get_dbname().map(str::to_owned)),
        ("PGPASSWORD", password),
        ("PGSSLMODE", authority.as_ref().map(|_| "verify-full".to_owned())),
        ("PGSSLROOTCERT", authority.map(|file| file.display().to_string())),
    ];
    let given = variables.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Ok(given.filter(|(_, value)| !value.is_empty()).collect())
}

async fn client(url: &str) -> Result<Client, StoreError> {
    let (client, connection) = Address::read(url)?.connect().await.map_err(|error| explain(NAME, &error))?;
    tokio::spawn(connection);
    Ok(client)
}
