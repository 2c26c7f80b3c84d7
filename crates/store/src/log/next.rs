//! One log after another: the key that signs is changed by opening a log that another key signs, in the commit that the old
//! one ends with, and with a note of the old key that names the new one (KEY-2).
//!
//! Whoever trusts the old key so comes to trust the new one, and nothing that the old key signs from then on counts: the
//! old log has ended.

use super::{Head, office, opening, proof};
use crate::keys::OfficeKey;
use crate::sql::{Batch, Outcome, Row};
use crate::{Database, StoreError};
use ledger::note::Note;
use std::collections::BTreeMap;

/// The first line of the note.
const TITLE: &str = "huiyin log key 1";
/// The office's event that ends a log, and the one that the next begins with.
pub const ENDED: &str = "log_key";
/// What the next log says of the one before it.
pub const CONTINUED: &str = "log_continued";
/// What a log begins with after a loss.
const RESTORED: &str = "restored";
/// What a log says of how the one before it ended.
const END: [&str; 3] = ["origin", "size", "root"];
const EVENTS: &str = "select kind, body, log_epoch, log_index from office_event where kind in ('log_key', 'log_continued', 'restored') order by seq";

const TURNED: &str = "select at from office_event where kind = 'log_key' order by seq desc limit 1";

const LAST: &str = "select epoch, max(first) from log_commit group by epoch";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[EVENTS, TURNED, LAST];

/// A log that a commit opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opens {
    pub(super) epoch: i64,
    pub(super) origin: String,
    pub(super) vkeys: String,
}

/// Ends the newest log and opens the next, which is signed with what `key` has for it. `event` records the note that
/// it is given, as an event of the office of the kind [`ENDED`]. The new log's head; `None` when somebody was faster.
///
/// # Errors
/// When the key file has no key of its own for the next log, and whatever the database reports.
pub async fn turn<F>(
    database: &Database,
    key: &OfficeKey,
    event: impl FnOnce(String) -> F,
) -> Result<Option<Head>, StoreError>
where
    F: Future<Output = Result<super::NewEvent, StoreError>>,
{
    let keeper = database.keeper()?;
    let head =
        super::head(database).await?.ok_or_else(|| StoreError::Corrupt("log_head: no log".to_owned()))?;
    let epoch = head.epoch + 1;
    if !u32::try_from(epoch).is_ok_and(|log| key.has_signing(log)) {
        return Err(StoreError::Other(format!("the key file has no key for the log {epoch}")));
    }
    keeper.learn(key);
    let origin = format!("{}/{epoch}", head.base());
    let vkeys = keeper.signer(&origin)?.vkeys();
    let note = keeper.signer_of(&head)?.note(&head, &text(&head, &origin, &vkeys))?;
    let mut batch = Batch::new();
    batch.record(event(note).await?);
    batch.opens = Some(Opens { epoch, origin, vkeys });
    if database.commit(batch).await? == Outcome::Conflict {
        return Ok(None);
    }
    proof::head_of(database, epoch).await
}

/// When the log's key was last changed; `None` when it never was.
///
/// # Errors
/// Whatever the database reports.
pub async fn turned_at(database: &Database) -> Result<Option<String>, StoreError> {
    let rows = database.query(TURNED, Vec::new()).await?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

fn text(old: &Head, origin: &str, vkeys: &str) -> String {
    format!("{TITLE}\n{}\n{origin}\n{vkeys}\n", old.origin)
}

/// Whether a note is the old log's word that the new one is signed with the keys that its head names.
fn names(old: &Head, new: &Head, note: &str) -> bool {
    let Ok(note) = Note::parse(note) else { return false };
    let kept: Vec<u8> = note.signatures.iter().flat_map(|signature| signature.bytes.clone()).collect();
    note.text == text(old, &new.origin, &new.vkeys())
        && old.signatures(&kept).is_ok_and(|signatures| signatures == note.signatures)
        && old.is_signed(&note.text, &kept)
}

/// What an office recorded of where one log ends and the next begins.
#[derive(Debug)]
pub(crate) struct Turns {
    events: Vec<Turn>,
    /// By log: where its last commit begins.
    last: BTreeMap<i64, i64>,
}

#[derive(Debug)]
struct Turn {
    kind: String,
    body: serde_json::Value,
    epoch: i64,
    index: i64,
}

impl Turns {
    /// Reads it.
    pub(crate) async fn read(database: &Database) -> Result<Turns, StoreError> {
        let event = |row: &Row| {
            let body = serde_json::from_slice(row.blob(1)?).unwrap_or_default();
            Ok(Turn { kind: row.text(0)?.to_owned(), body, epoch: row.int(2)?, index: row.int(3)? })
        };
        let events = database.query(EVENTS, Vec::new()).await?.iter().map(event).collect::<Result<_, _>>()?;
        let last = |row: &Row| Ok((row.int(0)?, row.int(1)?));
        let last = database.query(LAST, Vec::new()).await?.iter().map(last).collect::<Result<_, _>>()?;
        Ok(Turns { events, last })
    }

    fn of<'t>(&'t self, kind: &'static str, epoch: i64) -> impl Iterator<Item = &'t Turn> + Clone {
        self.events.iter().filter(move |turn| turn.kind == kind && turn.epoch == epoch)
    }

    /// What a log that was begun after a loss says of the one before it.
    fn restored(&self, epoch: i64) -> Option<&serde_json::Value> {
        self.of(RESTORED, epoch).find(|turn| turn.index == 0).map(|turn| &turn.body)
    }

    /// Whether the key of a log may have been lost: a later one was begun after a loss, and its own was not made from the
    /// office's own key.
    pub(crate) fn may_lack(&self, epoch: i64) -> bool {
        epoch > 1
            && self.events.iter().any(|turn| turn.kind == RESTORED && turn.index == 0 && turn.epoch > epoch)
    }

    /// What is wrong with how a log ended and the next began; empty when nothing is.
    pub(crate) fn faults(&self, old: &Head, new: Option<&Head>, after: Option<&Head>) -> Vec<&'static str> {
        let mut faults = Vec::new();
        let named = self.of(ENDED, old.epoch);
        // Behind the note nothing may stand but what came in the same commit.
        let last = self.last.get(&old.epoch).copied().unwrap_or(0);
        if named.clone().any(|turn| turn.index < last) {
            faults.push("it goes on behind the note that ended it (KEY-2)");
        }
        let Some(new) = new else {
            if named.count() > 0 {
                faults.push("the log that its note names is gone (KEY-2)");
            }
            return faults;
        };
        // After a loss the statement stands for the note, which may be among what was lost.
        if let Some(body) = self.restored(new.epoch) {
            let said = body.get("restored").map(|said| END.map(|name| said.get(name)));
            let end = continued(old);
            if said != Some(END.map(|name| end.get(name))) {
                faults.push("it did not end as the statement after it says");
            }
            return faults;
        }
        let note = |turn: &Turn| turn.body.get("note").and_then(|note| note.as_str()).map(str::to_owned);
        if !named.filter_map(note).any(|note| names(old, new, &note)) {
            faults.push("it does not name the key of the log after it (KEY-2)");
        }
        // One that was opened a moment ago says nothing yet; it does before another key is taken.
        let is_over = after.is_some_and(|after| self.restored(after.epoch).is_none());
        if is_over && self.of(CONTINUED, new.epoch).next().is_none() {
            faults.push("the log after it does not say how it ended (KEY-2)");
        }
        if self.of(CONTINUED, new.epoch).any(|turn| turn.body != continued(old)) {
            faults.push("it did not end as the log after it says (KEY-2)");
        }
        faults
    }
}

/// Whether a log was begun by changing the key, and says nothing yet of where the one before it ended.
///
/// # Errors
/// Whatever the database reports.
pub async fn is_silent(database: &Database, head: &Head) -> Result<bool, StoreError> {
    let turns = Turns::read(database).await?;
    Ok(turns.of(ENDED, head.epoch - 1).next().is_some() && turns.of(CONTINUED, head.epoch).next().is_none())
}

/// Whether a log was ended by changing the key.
///
/// # Errors
/// Whatever the database reports.
pub async fn is_ended(database: &Database, head: &Head) -> Result<bool, StoreError> {
    Ok(Turns::read(database).await?.of(ENDED, head.epoch).next().is_some())
}

/// What a log says of the one that it continues.
pub fn continued(old: &Head) -> serde_json::Value {
    let root: String = old.edge.root().iter().map(|byte| format!("{byte:02x}")).collect();
    serde_json::json!({ "origin": old.origin, "size": old.size(), "root": root })
}

/// The row that opens it, at the instant of the commit that ends the one before.
pub(super) fn row(opens: &Opens, at: &str) -> crate::sql::Write {
    opening(opens.epoch, &opens.origin, &opens.vkeys, at).rows(1)
}

/// The next event of the office's own history, for those who end and begin logs.
///
/// # Errors
/// Whatever the database reports.
pub async fn event(
    database: &Database,
    at: (&str, bool),
    kind: &str,
    body: &serde_json::Value,
    ekey: [u8; 32],
) -> Result<super::NewEvent, StoreError> {
    Ok(office::event(office::tip(database).await?, at, kind, "system", &body.to_string(), ekey))
}
