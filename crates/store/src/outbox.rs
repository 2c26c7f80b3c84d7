//! What must happen later, or may fail: a message put in the batch that causes it, done by a task under a lease.
//!
//! A message may be done twice (its holder died after doing it), so doing one must be idempotent; it is never done by
//! two at once while the lease holds, and never lost.

use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError};
use casework::PetitionId;

const PUT: &str = "insert into outbox (petition_id, message_id, topic, body, due_at, tries, leased_until, done_at) values ($1, $2, $3, $4, $5, 0, '', '') on conflict (petition_id, message_id) do nothing";
const WAITING: &str = "select petition_id, message_id, leased_until from outbox where done_at = '' and due_at <= $1 and leased_until <= $1 order by due_at, petition_id, message_id limit $2";
const TAKEN: &str = "select petition_id, message_id, topic, body, tries from outbox where done_at = '' and due_at <= $1 and leased_until = $2 order by due_at, petition_id, message_id limit $3";
const LEASE: &str = "update outbox set leased_until = $1, tries = tries + 1 where petition_id = $2 and message_id = $3 and leased_until = $4 and done_at = ''";
const DONE: &str = "update outbox set done_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const AGAIN: &str = "update outbox set due_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const FORGET: &str = "delete from outbox where done_at > '' and done_at < $1";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[PUT, WAITING, TAKEN, LEASE, DONE, AGAIN, FORGET];

/// A message that its taker holds until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The petition it is about.
    pub petition: PetitionId,
    /// What it is about, within the petition.
    pub id: String,
    /// Which kind of work.
    pub topic: String,
    /// What the work needs; never personal data.
    pub body: String,
    /// How often it was taken, this time included.
    pub tries: i64,
    lease: String,
}

/// The write that puts a message; one that is there already stays as it is.
pub fn put(petition: PetitionId, id: &str, topic: &str, body: &str, due_at: &str) -> Write {
    Write::new(PUT, vec![petition.to_string().into(), id.into(), topic.into(), body.into(), due_at.into()])
}

/// Takes messages that are due, under a lease until the instant named. `taker` makes the lease this taker's own.
/// Instants are UTC in fixed width.
///
/// # Errors
/// Whatever the database reports.
pub async fn take(
    database: &Database,
    now: &str,
    until: &str,
    taker: &str,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    // Sorts as the instant does, and is nobody else's.
    let lease = format!("{until} {taker}");
    let mut batch = Batch::new();
    for row in database.query(WAITING, vec![now.into(), limit.into()]).await? {
        let key = [lease.as_str(), row.text(0)?, row.text(1)?, row.text(2)?];
        // Touches nothing when somebody was faster: theirs.
        batch.push(Write::new(LEASE, key.map(Value::from).to_vec()));
    }
    if batch.writes.is_empty() || database.commit(batch).await? == Outcome::Conflict {
        return Ok(Vec::new());
    }
    let rows = database.query(TAKEN, vec![now.into(), lease.as_str().into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Message {
                petition: row
                    .text(0)?
                    .parse()
                    .map_err(|_| StoreError::Corrupt("petition id of a message".to_owned()))?,
                id: row.text(1)?.to_owned(),
                topic: row.text(2)?.to_owned(),
                body: row.text(3)?.to_owned(),
                tries: row.int(4)?,
                lease: lease.clone(),
            })
        })
        .collect()
}

impl Message {
    /// The write that says it is done, for the batch that does it. A conflict when the lease was lost.
    pub fn done(&self, at: &str) -> Write {
        self.write(DONE, at)
    }

    /// The write that gives it back, to be done again from the instant named.
    pub fn again(&self, due_at: &str) -> Write {
        self.write(AGAIN, due_at)
    }

    fn write(&self, sql: &'static str, at: &str) -> Write {
        let key: Vec<Value> = vec![
            at.into(),
            self.petition.to_string().into(),
            self.id.as_str().into(),
            self.lease.as_str().into(),
        ];
        Write::new(sql, key).rows(1)
    }
}

/// The write that forgets what was done before an instant.
pub fn forget(before: &str) -> Write {
    Write::new(FORGET, vec![before.into()])
}
