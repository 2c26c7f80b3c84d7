//! The one that writes to PostgreSQL: takes the head of the log, gives events their places, sends a group whole, writes
//! the journal, commits, answers.

use super::{Commit, connection, explain, is_safe, pipeline, rows, write_all};
use crate::journal::Span;
use crate::log::{Group, Head, Signing, unlogged};
use crate::sql::{Batch, Outcome, Write};
use crate::sqlite::GROUP;
use crate::{StoreError, Writing};
use deadpool_postgres::{Object, Pool, Transaction};
use tokio::sync::mpsc;

/// How often a group looks again for the newest log.
const TRIES: u32 = 3;
/// Where the log stands, held until the commit; and whether the server still writes before it confirms.
const HEAD: &str = "select epoch, origin, vkey, size, at, peaks, current_setting('synchronous_commit') from log_head order by epoch desc limit 1 for update";

/// The one that writes.
pub(super) struct Writer {
    pool: Pool,
    name: String,
    writing: Writing,
    signer: Option<Signing>,
}

impl Writer {
    pub(super) fn new(pool: Pool, name: String, writing: Writing) -> Writer {
        Writer { pool, name, writing, signer: None }
    }

    /// Writes what comes until nobody can send any more.
    pub(super) async fn run(&mut self, mut inbox: mpsc::UnboundedReceiver<Commit>) {
        let mut group = Vec::with_capacity(GROUP);
        while inbox.recv_many(&mut group, GROUP).await > 0 {
            let batches = std::mem::replace(&mut group, Vec::with_capacity(GROUP));
            let outcomes = match self.writing.failed.get() {
                Some(error) => Err(error.clone()),
                None => self.write_group(&batches).await,
            };
            match outcomes {
                Ok(outcomes) => {
                    for (commit, outcome) in batches.into_iter().zip(outcomes) {
                        let _gone = commit.answer.send(outcome);
                    }
                }
                Err(error) => {
                    if let StoreError::Device(_) = error {
                        self.writing.failed.say(error.clone());
                    }
                    for commit in batches {
                        let _gone = commit.answer.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Writes a group whole and fast; when anything in it is refused, again batch by batch.
    async fn write_group(
        &mut self,
        group: &[Commit],
    ) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let name = self.name.clone();
        let mut client = connection(&self.pool, &name).await?;
        let batches: Vec<&Batch> = group.iter().map(|commit| &commit.batch).collect();
        if self.write_whole(&mut client, &batches).await? {
            return Ok(group.iter().map(|_| Ok(Outcome::Committed)).collect());
        }
        for _ in 0..TRIES {
            if let Some(outcomes) = self.write_one_by_one(&mut client, &batches).await? {
                return Ok(outcomes);
            }
        }
        Err(StoreError::Corrupt("log_head: another size than it was read with".to_owned()))
    }

    /// The log as this group finds it, its head held; `None` when nothing of the group is logged.
    async fn log<'k>(
        name: &str,
        writing: &'k Writing,
        transaction: &Transaction<'_>,
        batches: &[&Batch],
    ) -> Result<Option<Group<'k>>, StoreError> {
        let Some(keeper) = writing.keeper_for(name, batches.iter().copied())? else { return Ok(None) };
        let found = rows(transaction, name, HEAD, &[]).await?;
        let head = found.first().ok_or_else(|| StoreError::Corrupt("log_head: no log".to_owned()))?;
        is_safe(name, "synchronous_commit", head.text(6)?.to_owned())?;
        Ok(Some(Group::begin(keeper, Head::read(head)?, batches.iter().copied())?))
    }

    async fn seal(
        name: &str,
        signer: &mut Option<Signing>,
        transaction: &Transaction<'_>,
        log: Option<Group<'_>>,
        idle: bool,
    ) -> Result<(Span, Vec<Write>), StoreError> {
        let Some(log) = log.filter(|log| idle || log.mark() > 0) else {
            return Ok((Span { epoch: 0, first: 0, last: 0 }, Vec::new()));
        };
        let mut read = Vec::new();
        for (sql, params) in log.reads() {
            read.push(rows(transaction, name, sql, &params).await?);
        }
        let span = log.span();
        let signer = log.signer(signer)?;
        Ok((span, log.seal(&read, signer)?))
    }

    /// Everything in one transaction without savepoints: four round trips for a group. `false` when a statement was
    /// refused or touched other rows than it must; then nothing was written.
    async fn write_whole(&mut self, client: &mut Object, batches: &[&Batch]) -> Result<bool, StoreError> {
        let name = self.name.clone();
        let failed = |error: tokio_postgres::Error| explain(&name, &error);
        let transaction = client.transaction().await.map_err(failed)?;
        let mut log = Self::log(&name, &self.writing, &transaction, batches).await?;
        let mut placed = Vec::with_capacity(batches.len());
        for batch in batches {
            placed.push(log.as_mut().map_or_else(|| unlogged(batch), |log| log.place_all(batch)));
        }
        let idle = batches.iter().any(|batch| batch.idle_at.is_some());
        let (span, sealed) = Self::seal(&name, &mut self.signer, &transaction, log, idle).await?;
        let own = batches.iter().zip(&placed).flat_map(|(batch, rows)| batch.writes.iter().chain(rows));
        let writes: Vec<&Write> = own.chain(&sealed).collect();
        if !pipeline(&transaction, &name, &writes).await? {
            transaction.rollback().await.map_err(failed)?;
            return Ok(false);
        }
        self.journal(span, &writes)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Each batch in a savepoint of its own, so that one that is refused does not sink the others. `None`, and nothing is
    /// written, when another log was opened while this group waited for the head of the one before.
    async fn write_one_by_one(
        &mut self,
        client: &mut Object,
        batches: &[&Batch],
    ) -> Result<Option<Vec<Result<Outcome, StoreError>>>, StoreError> {
        let name = self.name.clone();
        let failed = |error: tokio_postgres::Error| explain(&name, &error);
        let mut transaction = client.transaction().await.map_err(failed)?;
        let mut log = Self::log(&name, &self.writing, &transaction, batches).await?;
        let mut outcomes = Vec::with_capacity(batches.len());
        let mut placed = Vec::with_capacity(batches.len());
        let mut idle = false;
        for batch in batches {
            let mark = log.as_ref().map_or(0, Group::mark);
            let rows = log.as_mut().map_or_else(|| unlogged(batch), |log| log.place_all(batch));
            let savepoint = transaction.transaction().await.map_err(failed)?;
            let outcome = write_all(&savepoint, batch.writes.iter().chain(&rows), &name).await;
            let settled = match &outcome {
                Ok(Outcome::Committed) => savepoint.commit().await,
                Ok(Outcome::Conflict) | Err(_) => savepoint.rollback().await,
            };
            settled.map_err(failed)?;
            let committed = matches!(outcome, Ok(Outcome::Committed));
            if committed {
                idle |= batch.idle_at.is_some();
            } else if let Some(log) = &mut log {
                log.back_to(mark);
            }
            placed.push(if committed { rows } else { Vec::new() });
            outcomes.push(outcome);
        }
        let (span, sealed) = Self::seal(&name, &mut self.signer, &transaction, log, idle).await?;
        for write in &sealed {
            let outcome = write_all(&transaction, std::iter::once(write), &name).await?;
            if outcome == Outcome::Conflict {
                transaction.rollback().await.map_err(failed)?;
                return Ok(None);
            }
        }
        let mut writes: Vec<&Write> = Vec::new();
        for ((batch, rows), outcome) in batches.iter().zip(&placed).zip(&outcomes) {
            if matches!(outcome, Ok(Outcome::Committed)) {
                writes.extend(batch.writes.iter().chain(rows));
            }
        }
        writes.extend(&sealed);
        self.journal(span, &writes)?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(outcomes))
    }

    fn journal(&mut self, span: Span, writes: &[&Write]) -> Result<(), StoreError> {
        match &mut self.writing.journal {
            Some(journal) if !writes.is_empty() => journal.append(span, writes),
            Some(_) | None => Ok(()),
        }
    }
}
