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

/// The first schema that can be brought up to date; those before it had another record.
const FIRST: i64 = 5;
/// Keys of petitions that were kept before this one cannot be brought up to date: records said something else of them, and
/// no ciphertext named its suite.
const KEYS: i64 = 22;

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: FIRST,
        common: include_str!("schema/0005_record.sql"),
        sqlite: include_str!("schema/0005_record.sqlite.sql"),
        postgres: include_str!("schema/0005_record.postgres.sql"),
    },
    Migration { number: 6, common: include_str!("schema/0006_projections.sql"), sqlite: "", postgres: "" },
    Migration { number: 7, common: include_str!("schema/0007_pages.sql"), sqlite: "", postgres: "" },
    Migration { number: 8, common: include_str!("schema/0008_outbox.sql"), sqlite: "", postgres: "" },
    Migration { number: 9, common: include_str!("schema/0009_log.sql"), sqlite: "", postgres: "" },
    Migration { number: 10, common: include_str!("schema/0010_accounts.sql"), sqlite: "", postgres: "" },
    Migration {
        number: 13,
        common: include_str!("schema/0013_attachments.sql"),
        sqlite: "",
        postgres: include_str!("schema/0013_attachments.postgres.sql"),
    },
    Migration {
        number: 14,
        common: include_str!("schema/0014_reads.sql"),
        sqlite: include_str!("schema/0014_reads.sqlite.sql"),
        postgres: include_str!("schema/0014_reads.postgres.sql"),
    },
    Migration { number: 15, common: include_str!("schema/0015_passkeys.sql"), sqlite: "", postgres: "" },
    Migration { number: 16, common: include_str!("schema/0016_provider.sql"), sqlite: "", postgres: "" },
    Migration {
        number: 17,
        common: include_str!("schema/0017_keys.sql"),
        sqlite: include_str!("schema/0017_keys.sqlite.sql"),
        postgres: include_str!("schema/0017_keys.postgres.sql"),
    },
    Migration { number: 18, common: include_str!("schema/0018_recusal.sql"), sqlite: "", postgres: "" },
    Migration { number: 20, common: include_str!("schema/0020_sealed.sql"), sqlite: "", postgres: "" },
    Migration { number: KEYS, common: include_str!("schema/0022_suite.sql"), sqlite: "", postgres: "" },
    Migration { number: 23, common: include_str!("schema/0023_mails.sql"), sqlite: "", postgres: "" },
    Migration {
        number: 24,
        common: include_str!("schema/0024_reach.sql"),
        sqlite: "",
        postgres: include_str!("schema/0024_reach.postgres.sql"),
    },
    Migration {
        number: 25,
        common: include_str!("schema/0025_letters.sql"),
        sqlite: "",
        postgres: include_str!("schema/0025_letters.postgres.sql"),
    },
];

const CREATE: &str =
    "create table if not exists schema_version (number integer not null primary key) strict;";

/// The newest schema this program knows.
pub fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.number).max().unwrap_or(0)
}

/// Refuses a schema that this program does not know, and changes nothing.
pub(crate) async fn look(database: &Database) -> Result<(), StoreError> {
    let name = || database.kind().to_owned();
    match found(database).await? {
        found if found > known() => Err(StoreError::Newer { database: name(), found, known: known() }),
        found if found < known() => Err(StoreError::Older { database: name(), found }),
        _ => Ok(()),
    }
}

async fn found(database: &Database) -> Result<i64, StoreError> {
    let rows = database.query("select coalesce(max(number), 0) from schema_version", Vec::new()).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

pub(crate) async fn run(database: &Database) -> Result<(), StoreError> {
    let found = match self::found(database).await {
        // Whoever serves need not be allowed to make a table (SCOPE-7).
        Ok(found) => found,
        Err(_) => {
            database.script(&dialect(database, CREATE)).await?;
            self::found(database).await?
        }
    };
    if found > known() {
        return Err(StoreError::Newer { database: database.kind().to_owned(), found, known: known() });
    }
    let has_keys = async || -> Result<bool, StoreError> {
        let rows = database.query("select count(*) from petition_key", Vec::new()).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.int(0))? > 0)
    };
    // A first start that was interrupted has none, and is gone on with.
    if found > 0 && (found < FIRST || found < KEYS && has_keys().await?) {
        return Err(StoreError::Older { database: database.kind().to_owned(), found });
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
