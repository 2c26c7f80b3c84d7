//! A consistent copy of a database that goes on being written, and where its log stood at that instant (BAK-1).
//!
//! SQLite copies itself into a new file; of PostgreSQL a snapshot is held, which `pg_dump` reads. What becomes of the copy
//! is the caller's.

mod postgres;
mod sqlite;

pub use postgres::{Snapshot, clear, environment, is_empty, snapshot};
pub use sqlite::{Interrupt, copy};

use crate::log::proof::Signed;
use crate::log::{HEAD, Head, hashes};
use crate::{Row, StoreError};
use ledger::checkpoint::Checkpoint;

const SCHEMA: &str = "select coalesce(max(number), 0) from schema_version";
const LAST: &str = "select last, root, signature, at, first from log_commit where epoch = (select max(epoch) from log_head) order by first desc limit 1";

/// Every statement of this module, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    vec![SCHEMA, LAST]
}

/// What [`Standing`] is read from.
const QUESTIONS: [&str; 3] = [SCHEMA, HEAD, LAST];

/// Where a copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its schema.
    pub schema: i64,
    /// Its newest log.
    pub head: Head,
    /// That log's last checkpoint; `None` while it has no entries.
    pub signed: Option<Signed>,
}

impl Standing {
    /// From the answers to [`QUESTIONS`].
    fn read(answers: &[Vec<Row>]) -> Result<Standing, StoreError> {
        let missing = || StoreError::Corrupt("log_head: no log".to_owned());
        let [schema, head, last] = answers else { return Err(missing()) };
        let head = Head::read(head.first().ok_or_else(missing)?)?;
        let signed = match last.first() {
            None => None,
            Some(row) => Some(signed(&head, row)?),
        };
        Ok(Standing { schema: schema.first().map_or(Ok(0), |row| row.int(0))?, head, signed })
    }
}

fn signed(head: &Head, row: &Row) -> Result<Signed, StoreError> {
    let damaged = || StoreError::Corrupt("log_commit: the last one is not the head's".to_owned());
    let root = hashes(row.blob(1)?).and_then(|hashes| hashes.first().copied()).ok_or_else(damaged)?;
    let size = u64::try_from(row.int(0)?).unwrap_or(u64::MAX);
    if (size, root) != (head.size(), head.edge.root()) {
        return Err(damaged());
    }
    Ok(Signed {
        checkpoint: Checkpoint { origin: head.origin.clone(), size, root },
        signatures: head.signatures(row.blob(2)?)?,
        at: row.text(3)?.to_owned(),
        first: u64::try_from(row.int(4)?).unwrap_or(0),
    })
}
