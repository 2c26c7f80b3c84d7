//! What must happen later, or may fail: a message put in the batch that causes it, done by a task under a lease.
//!
//! A message may be done twice (its holder died after doing it), so doing one must be idempotent; it is never done by
//! two at once while the lease holds, and never lost.

use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError};
use casework::PetitionId;

const PUT: &str = "insert into outbox (petition_id, message_id, topic, body, due_at, tries, leased_until, done_at) values ($1, $2, $3, $4, $5, 0, '', '') on conflict (petition_id, message_id) do nothing";
const WAITING: &str = "select petition_id, message_id, topic, body, tries, leased_until from outbox where done_at = '' and due_at <= $1 and leased_until <= $1 order by due_at, petition_id, message_id limit $2";
const LEASE: &str = "update outbox set leased_until = $1, tries = tries + 1 where petition_id = $2 and message_id = $3 and leased_until = $4 and done_at = ''";
const DONE: &str = "update outbox set done_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const AGAIN: &str = "update outbox set due_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const FORGET: &str = "delete from outbox where done_at <> '' and done_at < $1";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[PUT, WAITING, LEASE, DONE, AGAIN, FORGET];

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

/// Takes messages that are due, each under a lease until the instant named. Instants are UTC in fixed width.
///
/// # Errors
/// Whatever the database reports.
pub async fn take(
    database: &Database,
    now: &str,
    until: &str,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let mut taken = Vec::new();
    for row in database.query(WAITING, vec![now.into(), limit.into()]).await? {
        let (petition, id) = (row.text(0)?, row.text(1)?);
        let mut batch = Batch::new();
        let key = vec![until.into(), petition.into(), id.into(), row.text(5)?.into()];
        batch.push(Write::new(LEASE, key).rows(1));
        // Somebody was faster: theirs.
        if database.commit(batch).await? == Outcome::Committed {
            taken.push(Message {
                petition: petition
                    .parse()
                    .map_err(|_| StoreError::Corrupt("petition id of a message".to_owned()))?,
                id: id.to_owned(),
                topic: row.text(2)?.to_owned(),
                body: row.text(3)?.to_owned(),
                tries: row.int(4)? + 1,
                lease: until.to_owned(),
            });
        }
    }
    Ok(taken)
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
