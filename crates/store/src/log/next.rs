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

/// The first line of the note.
const TITLE: &str = "huiyin log key 1";
/// The office's event that ends a log, and the one that the next begins with.
pub const ENDED: &str = "log_key";
/// What the next log says of the one before it.
pub const CONTINUED: &str = "log_continued";
const EVENTS: &str = "select kind, body, log_epoch, log_index from office_event where kind in ('log_key', 'log_continued', 'restored') order by seq";

const TURNED: &str = "select at from office_event where kind = 'log_key' order by seq desc limit 1";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[EVENTS, TURNED];

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
pub(crate) struct Turns(Vec<(String, serde_json::Value, i64, i64)>);

impl Turns {
    /// Reads it.
    pub(crate) async fn read(database: &Database) -> Result<Turns, StoreError> {
        let read = |row: &Row| {
            let body = serde_json::from_slice(row.blob(1)?).unwrap_or_default();
            Ok((row.text(0)?.to_owned(), body, row.int(2)?, row.int(3)?))
        };
        Ok(Turns(database.query(EVENTS, Vec::new()).await?.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Whether a log was begun after a loss, which may be that of the key of the one before it.
    pub(crate) fn is_restored(&self, epoch: i64) -> bool {
        let begun =
            |(kind, _, of, index): &(String, _, i64, i64)| kind == "restored" && (*of, *index) == (epoch, 0);
        self.0.iter().any(begun)
    }

    /// What is wrong with how a log follows the one before it; `None` when nothing is.
    pub(crate) fn fault(&self, old: &Head, new: &Head) -> Option<&'static str> {
        let same_key = || Some((old.verifier().ok()?.public_key(), new.verifier().ok()?.public_key()));
        // After a loss the statement stands for the note, which may be among what was lost.
        if self.is_restored(new.epoch) || same_key().is_none_or(|(old, new)| old == new) {
            return None;
        }
        let is_named = self.0.iter().any(|(kind, body, epoch, _)| {
            let note = body.get("note").and_then(|note| note.as_str());
            kind == ENDED && *epoch == old.epoch && note.is_some_and(|note| names(old, new, note))
        });
        if !is_named {
            return Some("its key is not named by the log before it (KEY-2)");
        }
        // One that was opened a moment ago says nothing yet.
        let said = self.0.iter().find(|(kind, _, epoch, _)| kind == CONTINUED && *epoch == new.epoch);
        let holds = said.is_none_or(|(_, body, ..)| *body == continued(old));
        (!holds).then_some("the log before it did not end as it says (KEY-2)")
    }
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
