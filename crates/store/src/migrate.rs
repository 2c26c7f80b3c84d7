//! Brings a schema up to date: numbered files, forward only, each in one transaction.
//!
//! The text is SQLite's STRICT dialect; for PostgreSQL three words are rewritten. What the two cannot say alike
//! (triggers) stands in a file for each.

use crate::{Database, StoreError};

struct Migration {
    number: i64,
    common: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        common: include_str!("schema/0001_record.sql"),
        sqlite: include_str!("schema/0001_record.sqlite.sql"),
        postgres: include_str!("schema/0001_record.postgres.sql"),
    },
    Migration { number: 2, common: include_str!("schema/0002_projections.sql"), sqlite: "", postgres: "" },
    Migration { number: 3, common: include_str!("schema/0003_pages.sql"), sqlite: "", postgres: "" },
    Migration { number: 4, common: include_str!("schema/0004_outbox.sql"), sqlite: "", postgres: "" },
];

const CREATE: &str =
    "create table if not exists schema_version (number integer not null primary key) strict;";

/// The newest schema this program knows.
pub(crate) fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.number).max().unwrap_or(0)
}

pub(crate) async fn run(database: &Database) -> Result<(), StoreError> {
    database.script(&dialect(database, CREATE)).await?;
    let rows = database.query("select coalesce(max(number), 0) from schema_version", Vec::new()).await?;
    let found = rows.first().map_or(Ok(0), |row| row.int(0))?;
    if found > known() {
        return Err(StoreError::Newer { database: database.kind().to_owned(), found, known: known() });
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        let own = if database.kind() == "sqlite" { migration.sqlite } else { migration.postgres };
        let script = format!(
            "{}\n{own}\ninsert into schema_version (number) values ({});",
            dialect(database, migration.common),
            migration.number
        );
        database.script(&script).await?;
    }
    Ok(())
}

/// The three words that differ.
fn dialect(database: &Database, sql: &str) -> String {
    if database.kind() == "sqlite" {
        return sql.to_owned();
    }
    sql.replace(") strict;", ");").replace(" integer ", " bigint ").replace(" blob ", " bytea ")
}
