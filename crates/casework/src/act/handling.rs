//! What the unit in charge does: paths, grounds, acceptance, contact, hearing, extension, settlement, opinion.

use crate::ids::{Name, OfficialId, UnitId};
use crate::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 异议: the unit holds that it is not competent (T6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Detailed reasons (Art.23(3)).
    pub reason: Text,
    /// The unit it holds competent.
    pub suggested: Option<UnitId>,
}

/// The sender agrees that the unit is not competent (T7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionAgreement {
    /// Why.
    pub reason: Text,
    /// Decision under Art.24, needed for the third agreement (architecture §10.35).
    pub competence_decision: Option<Text>,
}

/// Telling the petitioner the legal path (T9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRouting {
    /// One of the ways of Art.31 (1)–(5).
    pub way: Name,
    /// The article that opens the path.
    pub article: String,
    /// The body that decides there.
    pub body: Text,
    /// The parallel remedy whose last day is computed (procedure `remedies`), when one fits.
    pub remedy: Option<Name>,
    /// The day that remedy runs from, as the petitioner states it.
    pub knew_on: Option<Date>,
    /// What to file, and where.
    pub advice: Text,
}

/// The number of the procedure that was opened for the petitioner (way `ADM`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathNumber {
    /// As the opened procedure writes it.
    pub number: Text,
}

/// 不予受理 (T10): a ground from the closed list, never about merit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declining {
    /// NA1 … NA5.
    pub ground: Name,
    /// The facts that make out the ground: who handles it, since when, the number of the final opinion …
    pub facts: Text,
    /// What the petitioner can do.
    pub advice: Text,
}

/// 受理 into the petition procedure (T11, T12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The other ways that were examined, by name; `PET` needs all of them (guard of procedure.md §1.6).
    pub ways_examined: Vec<Name>,
    /// Why none of them applies.
    pub ways_reason: Text,
    /// The handler declared that no interest requires recusal (Art.28(3)).
    pub no_conflict: bool,
    /// Who handles it from now on.
    pub handler: OfficialId,
    /// Why it fits the simple procedure: an item of the list in the procedure; `None` for the ordinary one.
    pub simple_ground: Option<Name>,
}

/// How a contact came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// Talked face to face at the office.
    Interview,
    /// Telephone.
    Phone,
    /// At the petitioner's home or the place of the matter, by appointment and consent only.
    Visit,
    /// Written question and answer.
    Writing,
}

/// A contact with the petitioner (T13) and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How.
    pub kind: ContactKind,
    /// The petitioner stated facts and reasons and was heard (Art.31(6)).
    pub heard: bool,
    /// Record, read back.
    pub note: Text,
}

/// Notice of a hearing (T14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HearingNotice {
    /// The day of the hearing.
    pub held_on: Date,
    /// Where and when.
    pub place: Text,
    /// Who chairs; not the investigator.
    pub chair: OfficialId,
    /// Open to the public.
    pub open: bool,
}

/// A hearing that took place (T14, T24). The days count out where the limit says so (Art.36(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HearingRecord {
    /// First day.
    pub began_on: Date,
    /// Last day.
    pub ended_on: Date,
    /// Findings and conclusion.
    pub conclusion: Text,
}

/// 延期 (T15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Calendar days added to the limit.
    pub days: u32,
    /// Why the matter is complex (Art.34), told to the petitioner.
    pub reason: Text,
}

/// One term of a settlement (T16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// What is promised.
    pub promise: Text,
    /// Who performs.
    pub executor: UnitId,
    /// By when.
    pub due_on: Date,
}

/// 调解、和解 (T16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Both sides signed (Art.33).
    pub signed_by_both: bool,
    /// Every term with its date.
    pub terms: Vec<Term>,
}

/// What an opinion says to one request (Art.32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 予以支持
    Supported,
    /// 解释说明
    Explained,
    /// 不予支持
    NotSupported,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which request: its place in the petition's list, from 0.
    pub request: u32,
    /// Exactly one outcome.
    pub outcome: Outcome,
    /// Reasons in plain words.
    pub reason: Text,
    /// Article that carries it.
    pub article: String,
    /// With support: what will be done.
    pub action: Option<Text>,
    /// With support: by whom.
    pub executor: Option<UnitId>,
    /// With support: by when (K16).
    pub due_on: Option<Date>,
}

/// 信访处理意见书 (T17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Facts found.
    pub findings: Text,
    /// One answer to each request.
    pub answers: Vec<Answer>,
    /// Interests were checked again before signing.
    pub no_conflict: bool,
    /// After a remand: in what the opinion differs, decided by a human (architecture §10.4).
    pub differs: Option<Text>,
}
