//! A petition as its petitioner's program is told of it.

use super::accesses::Accesses;
use super::attach::Listed;
use super::disposal::TrackedDisposal;
use serde::Serialize;

/// What the petitioner sees.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Tracked {
    pub(super) number: String,
    pub(super) version: u64,
    pub(super) title: String,
    pub(super) stage: String,
    pub(super) told_zh: String,
    pub(super) told_en: String,
    pub(super) received_on: String,
    pub(super) latest_answer_on: Option<String>,
    /// The holidays of that year are not announced yet.
    pub(super) latest_answer_provisional: bool,
    pub(super) unit_zh: Option<String>,
    pub(super) unit_en: Option<String>,
    pub(super) deadlines: Vec<TrackedDeadline>,
    pub(super) letters: Vec<TrackedLetter>,
    /// What happened, newest first; each with its receipt (`/receipt`).
    pub(super) story: Vec<TrackedEvent>,
    /// Which officials read it, newest first.
    pub(super) accesses: Accesses,
    /// Files that came with it (`/file`).
    pub(super) files: Vec<Listed>,
    /// It is sealed and the code is a short one: title, letters, story, accesses and files are not shown.
    pub(super) closed: bool,
    /// That its words and names were restricted or erased; absent for every other.
    pub(super) disposal: Option<TrackedDisposal>,
    pub(super) may: Vec<&'static str>,
}

/// Something that happened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrackedEvent {
    /// Names the decision when its receipt is asked for.
    pub(super) seq: u64,
    pub(super) on: String,
    pub(super) zh: String,
    pub(super) en: String,
    /// Which entry of the log; absent where something stays between officials, and so no receipt.
    pub(super) index: Option<u64>,
    /// Whether a witness has cosigned it.
    pub(super) witnessed: bool,
}

/// A date the petitioner may rely on or must watch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrackedDeadline {
    pub(super) limit: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) yours: bool,
    pub(super) from: String,
    pub(super) due_on: String,
    pub(super) provisional: bool,
    pub(super) overdue: bool,
    pub(super) law: bool,
    pub(super) basis: String,
}

/// A letter to the petitioner.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrackedLetter {
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) signed_on: String,
    pub(super) served_on: Option<String>,
}
