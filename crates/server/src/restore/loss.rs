//! What a restore cannot bring back, and the statement with which a new log begins (BAK-4, security.md §2.6).

use crate::clock::Clock;
use crate::entropy::{self, hex};
use anyhow::Context as _;
use ledger::Hash;
use ledger::checkpoint::Checkpoint;
use ledger::note::Note;
use serde_json::json;
use store::Database;
use store::log::{self, Head, Keeper, office, proof};
use store::replay::Plan;
use store::verify::{self, Outside};

/// A checkpoint of the office's log that is known outside the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Name of the log.
    pub(crate) origin: String,
    /// Its number.
    pub(crate) epoch: i64,
    /// Its entries then.
    pub(crate) size: u64,
    /// Its root then, where that is known.
    pub(crate) root: Option<Hash>,
    /// When, where that is known; empty otherwise.
    pub(crate) at: String,
}

/// What is missing, and why nobody can be sure of more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loss {
    /// In words; empty when nothing is.
    pub(crate) reasons: Vec<String>,
    /// The newest checkpoint that is known and not reached.
    pub(crate) known: Option<Known>,
    /// Somebody outside holds proof against what was brought back.
    pub(crate) contradicted: bool,
    /// The number of a later log of which a checkpoint was shown under a key that is not at hand; 0 for none.
    pub(crate) not_the_key: i64,
}

impl Loss {
    /// What the journals leave open.
    pub(crate) fn of_journals(head: &Head, plan: &Plan, given: usize) -> Loss {
        let mut loss = Loss::default();
        if given == 0 {
            loss.reasons
                .push("no journal was given, so nobody can say what was confirmed after it".to_owned());
        } else if !plan.meets {
            loss.reasons.push(format!("the journals do not reach the {} entries of the backup", head.size()));
        }
        loss.reasons.extend(plan.faults.iter().map(|fault| format!("the journal is damaged: {fault}")));
        if let Some((epoch, size, root, at)) = &plan.beyond {
            let origin = format!("{}/{epoch}", head.base());
            loss.reasons
                .push(format!("the journal knows {size} entries of {origin}, and does not hold them all"));
            loss.known = Some(Known { origin, epoch: *epoch, size: *size, root: *root, at: at.clone() });
        }
        loss
    }

    /// Compares with a checkpoint that somebody outside has kept.
    ///
    /// # Errors
    /// When it is none of this office's, or its log never signed it.
    pub(crate) async fn compare(
        &mut self,
        database: &Database,
        keeper: &Keeper,
        head: &Head,
        shown: &str,
        note: &str,
    ) -> anyhow::Result<()> {
        let note = Note::parse(note).with_context(|| format!("{shown} is no signed checkpoint"))?;
        let checkpoint =
            Checkpoint::parse(&note.text).with_context(|| format!("{shown} is no checkpoint"))?;
        let epoch = checkpoint
            .origin
            .strip_prefix(head.base())
            .and_then(|rest| rest.strip_prefix('/')?.parse::<u32>().ok());
        let epoch: u32 =
            epoch.with_context(|| format!("{shown} is of {}, another log", checkpoint.origin))?;
        let epoch = i64::from(epoch);
        // With the key that the log's own head names, where it came back; with that of the key file otherwise.
        let verifier = match proof::head_of(database, epoch).await? {
            Some(head) => head.verifier()?,
            None => keeper.signer(&checkpoint.origin)?.verifier(),
        };
        let size = checkpoint.size;
        if !note.signatures.iter().any(|signature| verifier.verify(&note.text, signature)) {
            if epoch <= head.epoch {
                anyhow::bail!("{shown} proves nothing: this office's log did not sign it");
            }
            // Of a later log under a key that is not at hand nobody can say more than that it may be ours.
            self.reasons.push(format!(
                "{shown} is of {}, with {size} entries, and no key here can tell whether it is this office's",
                checkpoint.origin
            ));
            self.not_the_key = self.not_the_key.max(epoch);
            return Ok(());
        }
        let reason = match verify::against(database, &checkpoint).await? {
            Outside::Agrees { .. } => return Ok(()),
            Outside::Shorter { now, .. } => {
                format!("{shown} has {size} entries of the log, and {now} are here")
            }
            Outside::NoSuchLog => {
                format!("{shown} is of {}, which the backup does not know", checkpoint.origin)
            }
            Outside::Other { .. } => format!("{shown} has other entries below {size} than are here"),
        };
        self.contradicted = true;
        self.reasons.push(reason);
        let known =
            Known { origin: checkpoint.origin, epoch, size, root: Some(checkpoint.root), at: String::new() };
        if self.known.as_ref().is_none_or(|other| (other.epoch, other.size) < (known.epoch, known.size)) {
            self.known = Some(known);
        }
        Ok(())
    }

    /// Whether something is missing, or may be.
    pub(crate) fn is_any(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// Entries that are missing for certain, as a range of indices; `None` when none are known to be.
    pub(crate) fn missing(&self, head: &Head) -> Option<std::ops::Range<u64>> {
        let known = self.known.as_ref()?;
        let from = if known.epoch == head.epoch { head.size() } else { 0 };
        (from < known.size).then_some(from..known.size)
    }

    /// The key of the newest log is in no key file that is at hand: it was changed after the backup, and went with the machine.
    pub(crate) fn of_key(&mut self, head: &Head) {
        self.reasons.push(format!("the key that signs {} is in no key file here", head.origin));
    }

    /// The number of the log that goes on: of no log that is known of, nor of one of which only the key is left.
    pub(crate) fn next_log(&self, head: &Head, last_signing: u32) -> i64 {
        let known = self.known.as_ref().map_or(head.epoch, |known| known.epoch.max(head.epoch));
        known.max(i64::from(last_signing)).max(self.not_the_key) + 1
    }

    /// Opens the next log with the statement as its entry 0.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn state(
        &self,
        database: &Database,
        clock: &Clock,
        (head, epoch): (&Head, i64),
        statement: &str,
    ) -> anyhow::Result<Head> {
        let (now, sure) = clock.stamp_now();
        // A later log never says an earlier instant.
        let at = now.max(head.at.clone());
        let origin = format!("{}/{epoch}", head.base());
        let known = self.known.as_ref().map(|known| {
            let root = known.root.as_ref().map(|root| hex(root));
            json!({ "origin": known.origin, "size": known.size, "root": root, "at": known.at })
        });
        let body = json!({
            "restored": {
                "origin": head.origin, "size": head.size(), "root": hex(&head.edge.root()), "at": head.at,
            },
            "known": known,
            "missing": { "from": head.size(), "to": self.missing(head).map(|missing| missing.end) },
            "reasons": self.reasons,
            "at": at,
            "statement": statement,
            "statement_sha256": hex(&store::content::sha256(statement.as_bytes())),
        });
        let tip = office::tip(database).await?;
        let event =
            office::event(tip, (&at, sure), "restored", "system", &body.to_string(), entropy::bytes()?);
        Ok(log::open_next(database, epoch, &origin, event).await?)
    }
}
