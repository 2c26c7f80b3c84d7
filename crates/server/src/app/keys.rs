//! Keys while the office works: second wraps for those who recover (KEY-3), and every wrap made anew after a rotation, a
//! change of recipients, or for petitions of before (KEY-2). docs/decisions/0008.

use super::{App, Failure};
use crate::entropy;
use anyhow::Context as _;
use casework::PetitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::keys::{self, Anew, Fact, KeyRow, OfficeKey, RecoveryKey};
use store::log::{self, Head, next, office, proof};
use store::{Batch, Outcome, StoreError, Write};

/// Wraps looked at in one go.
const PAGE: i64 = 256;
/// Wraps made anew in one commit.
const TOGETHER: usize = 64;
/// A rest after each commit, so that whoever serves meanwhile gets its turn.
const REST: Duration = Duration::from_millis(10);

/// By whose key wraps are opened that are to be made anew.
pub(crate) enum By<'a> {
    /// The office's.
    Office,
    /// Those who recover: the office's wrapping key is lost. By id.
    Recovery(&'a BTreeMap<String, RecoveryKey>),
}

/// What was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MadeAnew {
    /// Petitions' keys.
    pub(crate) petitions: u64,
    /// Secrets of second factors.
    pub(crate) secrets: u64,
    /// Petitions whose key did not open.
    pub(crate) unopened: u64,
}

impl App {
    /// The key under which petitions' keys are wrapped a second time: drawn once in a program's life, kept sealed to the
    /// recipients before anything is wrapped under it. `None` where no recipients are named.
    pub(crate) async fn recovery_key(&self) -> Result<Option<&RecoveryKey>, Failure> {
        if self.recipients.is_empty() {
            return Ok(None);
        }
        self.recovery.get_or_try_init(|| self.keep_recovery_key()).await.map(Some)
    }

    async fn keep_recovery_key(&self) -> Result<RecoveryKey, Failure> {
        let key = RecoveryKey::new(entropy::bytes()?, entropy::bytes()?);
        let sealed = self.recipients.encrypt(key.bytes())?;
        let (fact, write) = key.keep(&self.recipients.names(), sealed);
        let version = keys::current(&self.database)?;
        self.record_of_keys(version, &fact, Some(write)).await?;
        Ok(key)
    }

    /// Records something of keys, after whatever others record at the same time.
    async fn record_of_keys(&self, version: u32, fact: &Fact, write: Option<Write>) -> Result<(), Failure> {
        loop {
            let (at, sure) = self.clock.stamp_now();
            let tip = keys::tip(&self.database).await?;
            let mut batch = Batch::new();
            batch.extend(write.clone());
            batch.record(keys::event(&tip, (&at, sure), version, fact, entropy::bytes()?));
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    /// Records that those who recover used their key, and who brought it or its shares (KEY-4, DUAL-1).
    pub(crate) async fn record_recovery(&self, what: &str, holders: &[String]) -> Result<(), Failure> {
        loop {
            let body = serde_json::json!({ "what": what, "holders": holders }).to_string();
            let mut batch = Batch::new();
            batch.record(self.office_event("recovery_used", "system", &body).await?);
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    /// New wraps are made under that version of the wrapping key from now on, here at once, and by every other program as
    /// soon as it meets one or its timer runs.
    pub(crate) async fn begin_version(&self, version: u32) -> Result<(), Failure> {
        loop {
            let fact = keys::beginning(&self.database, version).await?;
            let (at, sure) = self.clock.stamp_now();
            let tip = keys::tip(&self.database).await?;
            let mut batch = Batch::new();
            batch.record(keys::event(&tip, (&at, sure), version, &fact, entropy::bytes()?));
            // Whoever lost looks again: another node may have begun the same number with a key of its own.
            if self.database.commit(batch).await? == Outcome::Committed {
                break;
            }
        }
        Ok(keys::follow(&self.database).await?)
    }

    /// Ends the log, and opens the next under the key that the key file has for it (KEY-2): what is recorded from here on
    /// stands there. The new log says where the old one ended. The old log's head, and the new one's.
    pub(crate) async fn turn_log(&self, key: &OfficeKey) -> Result<(Head, Head), Failure> {
        // One that was left silent speaks before it ends.
        self.say_continued().await?;
        let opened = loop {
            let (at, sure) = self.clock.stamp_now();
            let ekey = entropy::bytes()?;
            let event = async |note: String| {
                let body = serde_json::json!({ "note": note });
                next::event(&self.database, (&at, sure), next::ENDED, &body, ekey).await
            };
            // Whoever lost records after whatever others recorded meanwhile.
            if let Some(opened) = next::turn(&self.database, key, event).await? {
                break opened;
            }
        };
        self.say_continued().await?;
        let old = proof::head_of(&self.database, opened.epoch - 1).await?.context("the log that ended")?;
        Ok((old, opened))
    }

    /// Lets the newest log say where the one before it ended, unless it has, or there is none that ended so: a program that was
    /// killed between ending one and beginning the next leaves that to the next beat.
    pub(crate) async fn say_continued(&self) -> Result<(), Failure> {
        loop {
            // Where the office's history stands first: whoever turns the log meanwhile collides with what follows here.
            let tip = office::tip(&self.database).await?;
            let Some(newest) = log::head(&self.database).await? else { return Ok(()) };
            if !next::is_silent(&self.database, &newest).await? {
                return Ok(());
            }
            let Some(old) = proof::head_of(&self.database, newest.epoch - 1).await? else { return Ok(()) };
            let (at, sure) = self.clock.stamp_now();
            let (body, ekey) = (next::continued(&old).to_string(), entropy::bytes()?);
            let mut batch = Batch::new();
            batch.record(office::event(tip, (&at, sure), next::CONTINUED, "system", &body, ekey));
            self.database.commit(batch).await?;
        }
    }

    /// Recovery keys that are sealed to exactly the recipients that are configured.
    async fn good_recovery_keys(&self) -> Result<BTreeSet<String>, Failure> {
        let names = self.recipients.names();
        let known = keys::recovery_keys(&self.database).await?;
        Ok(known.into_iter().filter(|key| key.recipients == names).map(|key| key.id).collect())
    }

    /// Makes every wrap anew that is under an older version, or that those who are to recover cannot open. May be stopped
    /// at any time and begun again; `told` hears how many petitions were looked at.
    pub(crate) async fn wrap_anew(
        &self,
        by: &By<'_>,
        mut told: impl FnMut(u64) + Send,
    ) -> Result<MadeAnew, Failure> {
        keys::follow(&self.database).await?;
        let recovery = self.recovery_key().await?.cloned();
        let good = self.good_recovery_keys().await?;
        let lacks_second =
            |row: &KeyRow| recovery.is_some() && row.recovery_id().is_none_or(|id| !good.contains(&id));
        let mut made = MadeAnew::default();
        let mut after = String::new();
        loop {
            let page = keys::page(&self.database, &after, PAGE).await?;
            let Some(last) = page.last().map(|row| row.petition) else { break };
            let n_page = page.len() as u64;
            let current = keys::current(&self.database)?;
            let (mut stale, mut unopened) = (Vec::new(), 0);
            for row in page.into_iter().filter(|row| row.version() != current || lacks_second(row)) {
                match self.to_be_anew(row, by)? {
                    Some(anew) => stale.push(anew),
                    None => unopened += 1,
                }
            }
            let mut changed = false;
            for some in stale.chunks(TOGETHER) {
                let (at, sure) = self.clock.stamp_now();
                let ekey = entropy::bytes()?;
                let recovery = recovery.as_ref();
                match keys::write_anew(&self.database, some, recovery, (&at, sure), ekey).await? {
                    Outcome::Committed => made.petitions += some.len() as u64,
                    // A key was destroyed meanwhile, or another program does the same: look at the page again.
                    Outcome::Conflict => changed = true,
                }
                tokio::time::sleep(REST).await;
            }
            if changed {
                continue;
            }
            made.unopened += unopened;
            told(n_page);
            after = last.to_string();
        }
        made.secrets = self.secrets_anew().await?;
        Ok(made)
    }

    fn to_be_anew(&self, row: KeyRow, by: &By<'_>) -> Result<Option<Anew>, Failure> {
        let key = match by {
            // One row that does not open stops no other: it stays as it is, and is named.
            By::Office => match row.open(&self.database) {
                Err(error @ (StoreError::Corrupt(_) | StoreError::NoVersion(_))) => {
                    tracing::error!("{error}");
                    None
                }
                opened => opened?,
            },
            By::Recovery(known) => {
                let key = row.recovery_id().and_then(|id| known.get(&id));
                key.map(|key| row.recover(key)).transpose()?.flatten()
            }
        };
        let nonces = [entropy::bytes()?, entropy::bytes()?];
        Ok(key.map(|key| Anew { row, key, nonces }))
    }

    /// How many of the petitions those who hold these recovery keys can open without any key of the office: each key must
    /// open every text that was kept under it.
    pub(crate) async fn recoverable(
        database: &store::Database,
        known: &BTreeMap<String, RecoveryKey>,
        mut told: impl FnMut(u64) + Send,
    ) -> anyhow::Result<Recoverable> {
        let mut found = Recoverable::default();
        let mut after = String::new();
        loop {
            let page = keys::page(database, &after, PAGE).await?;
            let Some(last) = page.last().map(|row| row.petition) else { break };
            for row in &page {
                found.petitions += 1;
                let key = row.recovery_id().and_then(|id| known.get(&id));
                let key = key.map(|key| row.recover(key)).transpose()?.flatten();
                let opens = match key {
                    Some(key) => store::content::opens(database, row.petition, &key)
                        .await
                        .with_context(|| format!("read the words of {}", row.petition))?,
                    None => false,
                };
                if opens {
                    found.open += 1;
                } else if found.shut.len() < SHOWN {
                    found.shut.push(row.petition);
                }
            }
            told(page.len() as u64);
            after = last.to_string();
        }
        Ok(found)
    }
}

/// Petitions that are named when they do not open.
const SHOWN: usize = 20;

/// What those who recover can open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recoverable {
    /// Petitions whose keys are kept.
    pub(crate) petitions: u64,
    /// Of them those that open, with every text.
    pub(crate) open: u64,
    /// The first of those that do not.
    pub(crate) shut: Vec<PetitionId>,
}

impl Recoverable {
    /// Whether all of them open.
    pub(crate) fn is_whole(&self) -> bool {
        self.open == self.petitions
    }
}
