//! The public log: checkpoints on a fixed beat, tiles and entries as plain files, what witnesses signed (C2SP tlog-tiles).
//!
//! Slow on purpose (security.md §2.4). At each beat the log is published as it stood at that instant of the wall clock,
//! also when nothing happened, so that whoever watches it learns no time finer than the beat (LOG-4). Nothing here hands
//! out an entry that was not published yet; every path leads through [`Public`].

mod beat;
mod files;
mod resource;

pub(crate) use beat::run;
pub(crate) use resource::Resource;

use crate::config::Config;
use crate::witness::{Known, known};
use std::path::PathBuf;
use store::Database;
use store::StoreError;
use store::log::{Head, feed, proof};

/// How and where the log is made public.
pub(crate) struct Feed {
    /// Folder of the plain files; empty for none.
    folder: PathBuf,
    /// Seconds between two beats.
    beat: i64,
    /// Who is asked to sign.
    pub(crate) witnesses: Vec<Known>,
    /// What the files last were.
    written: tokio::sync::Mutex<String>,
}

impl Feed {
    /// As configured.
    ///
    /// # Errors
    /// Names the witness that cannot be read.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Feed> {
        Ok(Feed {
            folder: config.log_folder.clone(),
            beat: i64::try_from(config.log_beat_minutes).unwrap_or(i64::MAX / 60).saturating_mul(60),
            witnesses: known(&config.witnesses)?,
            written: tokio::sync::Mutex::default(),
        })
    }
}

/// One log as far as it is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Public {
    /// Which log.
    pub(crate) head: Head,
    /// Entries that are public.
    pub(crate) size: u64,
    /// The beat on which they were published last.
    pub(crate) at: String,
}

impl Public {
    /// The newest log of which something is public, or the one of a number; `None` while nothing of it is.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn find(database: &Database, epoch: Option<i64>) -> Result<Option<Public>, StoreError> {
        let heads = match epoch {
            Some(epoch) => proof::head_of(database, epoch).await?.into_iter().collect(),
            // Until the beat after the key was changed, the log before is the newest that is public.
            None => proof::heads(database).await?,
        };
        for head in heads.into_iter().rev() {
            if let Some((size, at)) = feed::published(database, &head).await? {
                return Ok(Some(Public { head, size, at }));
            }
        }
        Ok(None)
    }

    /// The newest checkpoint that was published, with what witnesses signed of it so far.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn checkpoint(&self, database: &Database) -> Result<String, StoreError> {
        feed::checkpoint(database, &self.head, self.size).await
    }

    /// The newest public checkpoint that a witness has signed; `None` when there is none.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn witnessed(&self, database: &Database) -> Result<Option<String>, StoreError> {
        let sizes = feed::witnessed(database, &self.head).await?;
        match sizes.into_iter().map(|(_, size)| size).max() {
            Some(size) => feed::checkpoint(database, &self.head, size).await.map(Some),
            None => Ok(None),
        }
    }

    /// The log's key, and the witnesses that the office asks, as a C2SP tlog-policy.
    pub(crate) fn policy(&self, witnesses: &[Known]) -> String {
        let mut policy = format!(
            "# Whose signatures this office asks you to believe. Compare the keys with what stands on paper receipts,\n\
             # and with what each witness says of itself: this page comes from the office you may want to check.\n\
             log {}\n",
            self.head.vkey
        );
        if let Some(second) = &self.head.second {
            // tlog-policy knows no SM2: whoever wants it reads the line, everybody else passes over it.
            policy.push_str(&format!("# SM2 {second}\n"));
        }
        let mut names = String::new();
        for (number, witness) in (1..).zip(witnesses) {
            policy.push_str(&format!("witness w{number} {}\n", witness.key));
            names.push_str(&format!(" w{number}"));
        }
        if names.is_empty() {
            policy.push_str("quorum none\n");
        } else {
            policy.push_str(&format!("group witnesses any{names}\nquorum witnesses\n"));
        }
        policy
    }
}
