//! What happened to the office itself, for the audit administrator: accounts, rights, the tree of units, the clock.

use super::{App, Failure, Proposal};
use anyhow::Context as _;
use casework::OfficialId;
use jiff::Timestamp;
use serde::Deserialize;
use store::log::office;

/// One entry of the office's own history.
#[derive(Clone, Debug)]
pub(crate) struct OfficeChange {
    /// Its place in that history.
    pub(crate) seq: u64,
    /// When.
    pub(crate) at: Timestamp,
    /// What, as events name it.
    pub(crate) kind: String,
    /// Who brought it about; `None` for the program and its command line.
    pub(crate) by: Option<OfficialId>,
    /// Whom it concerns, where that is one official.
    pub(crate) official: Option<OfficialId>,
    /// Who brought the recovery key, as they were named; for its use alone (KEY-4).
    pub(crate) holders: Vec<String>,
    /// The proposal that it belongs to.
    pub(crate) proposal: Option<Proposal>,
    /// Whoever decided it works under whoever had proposed it: no other administrator could (DUAL-1).
    pub(crate) decided_under: bool,
}

/// What is read of a body; the rest is for `verify`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    official: Option<OfficialId>,
    holders: Vec<String>,
    proposal: Option<String>,
    decided_under: bool,
}

impl App {
    /// At most `n` entries before a place, newest first.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn office_changes(&self, before: u64, n: i64) -> Result<Vec<OfficeChange>, Failure> {
        let mut changes = Vec::new();
        for event in office::page(&self.database, before, n).await? {
            // Bodies of other kinds of events have other shapes; what they do not say is not shown.
            let said: Said = serde_json::from_str(&event.body).unwrap_or_default();
            let proposal = match &said.proposal {
                Some(id) => self.proposal(id).await?,
                None => None,
            };
            changes.push(OfficeChange {
                seq: event.seq,
                at: event.at.parse().context("instant of an event of the office")?,
                kind: event.kind,
                by: event.actor.parse().ok(),
                official: said.official,
                holders: said.holders,
                proposal,
                decided_under: said.decided_under,
            });
        }
        Ok(changes)
    }
}
