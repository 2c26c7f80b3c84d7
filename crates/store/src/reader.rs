//! Reading as an official: on PostgreSQL the database itself lets nothing through but what the official can reach (SCOPE-7,
//! docs/decisions/0014).
//!
//! Lists for officials take a [`Reader`] and nothing else, so that nobody can forget whose it is. What the program does by itself
//! reads through the [`Database`].

use crate::sql::{Row, Value};
use crate::{Database, Driver, StoreError};
use std::collections::BTreeSet;

/// Something to read from.
pub trait Reads: Sync {
    /// Rows of a query.
    ///
    /// # Errors
    /// Whatever the database reports.
    fn rows(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// The database, for what it holds beside rows: its keys.
    fn of(&self) -> &Database;
}

impl Reads for Database {
    async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.query(sql, params).await
    }

    fn of(&self) -> &Database {
        self
    }
}

/// The database as one official reads it.
#[derive(Debug)]
pub struct Reader<'d> {
    database: &'d Database,
    /// Words of the official, with a space between each two.
    words: String,
}

impl Database {
    /// The database as an official with these words ([`casework::reach::of_actor`]) reads it.
    pub fn as_official(&self, words: &BTreeSet<String>) -> Reader<'_> {
        // Nobody is taken for the program because they have no word: this one every official has, and no petition.
        let words = words.iter().fold("official".to_owned(), |all, word| all + " " + word);
        Reader { database: self, words }
    }
}

impl Reads for Reader<'_> {
    async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.database.driver {
            // A file has no accounts and no policies: whoever opens it has all of it.
            Driver::Sqlite(sqlite) => sqlite.query(sql, params).await,
            Driver::Postgres(postgres) => postgres.query_as(&self.words, sql, params).await,
        }
    }

    fn of(&self) -> &Database {
        self.database
    }
}
