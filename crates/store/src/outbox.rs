//! What must happen later, or may fail: a message put in the batch that causes it, done by a task under a lease.
//!
//! A message may be done twice (its holder died after doing it), so doing one must be idempotent; it is never done by
//! two at once while the lease holds, and never lost. Kinds of work do not wait for each other: each topic is taken by itself.

use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError};
use casework::PetitionId;

const PUT: &str = "insert into outbox (petition_id, message_id, topic, body, due_at, tries, leased_until, done_at) values ($1, $2, $3, $4, $5, 0, '', '') on conflict (petition_id, message_id) do nothing";
const WAITING: &str = "select petition_id, message_id, leased_until from outbox where topic = $1 and done_at = '' and due_at <= $2 and leased_until <= $2 order by due_at, petition_id, message_id limit $3";
const TAKEN: &str = "select petition_id, message_id, topic, body, tries from outbox where topic = $1 and done_at = '' and due_at <= $2 and leased_until = $3 order by due_at, petition_id, message_id limit $4";
const LEASE: &str = "update outbox set leased_until = $1, tries = tries + 1 where petition_id = $2 and message_id = $3 and leased_until = $4 and done_at = ''";
const DONE: &str = "update outbox set done_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const SENT: &str = "update outbox set done_at = $1, recipient = $2, leased_until = '' where petition_id = $3 and message_id = $4 and leased_until = $5";
const GIVEN_UP: &str = "update outbox set done_at = $1, given_up = 1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const AGAIN: &str = "update outbox set due_at = $1, leased_until = '' where petition_id = $2 and message_id = $3 and leased_until = $4";
const POSTPONED: &str = "update outbox set due_at = $1, leased_until = '', tries = tries - 1 where petition_id = $2 and message_id = $3 and leased_until = $4";
const SENT_TO: &str = "select done_at from outbox where recipient = $1 and done_at > $2 order by done_at";
const TROUBLE: &str = "select count(case when done_at = '' then 1 end), count(case when given_up = 1 then 1 end) from outbox where topic = $1 and (given_up = 1 or done_at = '' and tries > 0 and leased_until = '')";
const FORGET: &str = "delete from outbox where done_at > '' and done_at < $1";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] =
    &[PUT, WAITING, TAKEN, LEASE, DONE, SENT, GIVEN_UP, AGAIN, POSTPONED, SENT_TO, TROUBLE, FORGET];

/// The place of the petition in messages that are about none.
const OFFICE: &str = "";

/// A message that its taker holds until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The petition it is about; `None` for what is the office's own.
    pub petition: Option<PetitionId>,
    /// What it is about, within the petition or the office.
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

/// The write that puts a message about no petition.
pub fn put_for_office(id: &str, topic: &str, body: &str, due_at: &str) -> Write {
    Write::new(PUT, vec![OFFICE.into(), id.into(), topic.into(), body.into(), due_at.into()])
}

/// Takes messages of one topic that are due, under a lease until the instant named. `taker` makes the lease this taker's own.
/// Instants are UTC in fixed width.
///
/// # Errors
/// Whatever the database reports.
pub async fn take(
    database: &Database,
    topic: &str,
    now: &str,
    until: &str,
    taker: &str,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    // Sorts as the instant does, and is nobody else's.
    let lease = format!("{until} {taker}");
    let mut batch = Batch::new();
    for row in database.query(WAITING, vec![topic.into(), now.into(), limit.into()]).await? {
        let key = [lease.as_str(), row.text(0)?, row.text(1)?, row.text(2)?];
        // Touches nothing when somebody was faster: theirs.
        batch.push(Write::new(LEASE, key.map(Value::from).to_vec()));
    }
    if batch.writes.is_empty() || database.commit(batch).await? == Outcome::Conflict {
        return Ok(Vec::new());
    }
    let asked = vec![topic.into(), now.into(), lease.as_str().into(), limit.into()];
    let rows = database.query(TAKEN, asked).await?;
    rows.iter()
        .map(|row| {
            Ok(Message {
                petition: match row.text(0)? {
                    OFFICE => None,
                    id => Some(
                        id.parse().map_err(|_| StoreError::Corrupt("petition id of a message".to_owned()))?,
                    ),
                },
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

    /// The same for what was sent to somebody, of whom a keyed hash is kept, so that what they are sent can be counted.
    pub fn sent(&self, at: &str, recipient: &str) -> Write {
        Write::new(SENT, [vec![at.into(), recipient.into()], self.key()].concat()).rows(1)
    }

    /// The write that puts it away undone, for good.
    pub fn given_up(&self, at: &str) -> Write {
        self.write(GIVEN_UP, at)
    }

    /// The write that gives it back, to be done again from the instant named.
    pub fn again(&self, due_at: &str) -> Write {
        self.write(AGAIN, due_at)
    }

    /// The write that gives it back untried.
    pub fn postponed(&self, due_at: &str) -> Write {
        self.write(POSTPONED, due_at)
    }

    fn write(&self, sql: &'static str, at: &str) -> Write {
        Write::new(sql, [vec![at.into()], self.key()].concat()).rows(1)
    }

    fn key(&self) -> Vec<Value> {
        let petition = self.petition.map_or(OFFICE.to_owned(), |petition| petition.to_string());
        vec![petition.into(), self.id.as_str().into(), self.lease.as_str().into()]
    }
}

/// When something was sent to a recipient after an instant, oldest first.
///
/// # Errors
/// Whatever the database reports.
pub async fn sent_to(database: &Database, recipient: &str, after: &str) -> Result<Vec<String>, StoreError> {
    let rows = database.query(SENT_TO, vec![recipient.into(), after.into()]).await?;
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// How many messages of a topic were tried in vain and wait, and how many were given up in what is remembered.
///
/// # Errors
/// Whatever the database reports.
pub async fn trouble(database: &Database, topic: &str) -> Result<(i64, i64), StoreError> {
    let rows = database.query(TROUBLE, vec![topic.into()]).await?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// The write that forgets what was done before an instant.
pub fn forget(before: &str) -> Write {
    Write::new(FORGET, vec![before.into()])
}
