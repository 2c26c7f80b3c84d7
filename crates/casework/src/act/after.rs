//! What follows an opinion or runs beside it: service, review, withdrawal, execution, supervision, rating, recusal.

use super::handling::Answer;
use crate::ids::{ContentId, Name, OfficialId, UnitId};
use crate::text::{Attachment, Commitment, Digest, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How a letter reached the petitioner (procedure.md §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceMethod {
    /// Handed over and signed for.
    InPerson,
    /// Registered mail, date of the return card.
    Post,
    /// The petitioner's own page, with their consent.
    Electronic,
    /// Refused: left behind with witnesses or photographs.
    LeftBehind,
    /// Name or address unclear: published behind the query code (Art.23(2)).
    BehindCode,
}

/// 送达 (T18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Which letter of this petition, by its place in the list, from 0.
    pub letter: u32,
    /// How.
    pub method: ServiceMethod,
    /// Who received it, or the proof.
    pub proof: Text,
}

/// A slip of the pen in a letter to the petitioner, put right by a letter of its own; what was decided, served and begun stays as it is
/// (procedure.md §5, document 26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Index into the petition's letters.
    pub letter: u32,
    /// What stands there.
    pub wrong: Text,
    /// What is to be read instead.
    pub right: Text,
}

/// A letter handed to the post (procedure.md §2.6). Posting serves nothing: what counts is the day on the return card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Index into the petition's letters.
    pub letter: u32,
    /// The number by which the post traces it, and by whom it goes.
    pub tracking: Text,
}

/// A letter that came back; service starts again, the limit before it does not (procedure.md §1.20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedService {
    /// Which letter.
    pub letter: u32,
    /// Why it came back.
    pub reason: Text,
}

/// 复查、复核 asked for (T19, T23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRequest {
    /// What is asked and why.
    pub reason: Text,
    /// Posted on, when it came by letter: counts as in time (procedure.md §2.1).
    pub posted_on: Option<Date>,
    /// Why it is late, when it is.
    pub late_cause: Option<Text>,
}

/// Why a review is not admitted (T20): a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewBar {
    /// Filed after the last day without cause.
    OutOfTime,
    /// Not a matter of Art.31(6).
    NotReviewable,
}

/// A review that is not admitted (T20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRefusal {
    /// Which bar.
    pub ground: ReviewBar,
    /// Facts and what remains open.
    pub reason: Text,
}

/// A decided review that ends the round (T21, T25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewDecision {
    /// Facts found.
    pub findings: Text,
    /// Opinion in words.
    pub reason: Text,
    /// Article that carries it.
    pub article: String,
    /// New answers, when the opinion is changed.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Interests were checked.
    pub no_conflict: bool,
}

/// Revoking and sending back (T22, T26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remand {
    /// What was wrong.
    pub reason: Text,
    /// Article that carries it.
    pub article: String,
    /// Calendar days for the new opinion, at most what the procedure allows.
    pub days: u32,
    /// Interests were checked.
    pub no_conflict: bool,
}

/// 撤回 (T29): by the petitioner, or on a signed form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Reason, if the petitioner gives one; may be empty.
    pub reason: Text,
    /// Signed form, when recorded by an official other than the handler.
    pub signed_form: Option<Text>,
}

/// 执行情况 (T30), also of settlement terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Which promise of the petition, by its place in the list, from 0.
    pub promise: u32,
    /// Proof that it was done.
    pub proof: Text,
}

/// What a supervision is about (procedure.md §1.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An official deadline passed.
    Overdue,
    /// 推诿、敷衍、拖延
    Shirking,
    /// Two objections or more.
    Bounced,
    /// A supporting opinion is not carried out.
    NotExecuted,
    /// Reported as done, not done.
    FalseReport,
    /// No step for fifteen days.
    NoStep,
    /// The same opinion after a remand.
    SameOpinion,
    /// Something else that Art.40(1) covers.
    Other,
}

/// 督办函 (T31).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// What it is about.
    pub trigger: Trigger,
    /// Facts and request.
    pub reason: Text,
}

/// How far a supervised unit follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adoption {
    /// 采纳
    Adopted,
    /// 部分采纳
    Partly,
    /// 不采纳
    NotAdopted,
}

/// Which of the three recommendations (Art.40; procedure.md §1.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// 改进工作, to a unit.
    Improve,
    /// 完善政策, to the government of the own level.
    Policy,
    /// 追究责任, to whoever decides on officials.
    Account,
}

/// A recommendation of the petition office out of a matter, to be answered in writing (Art.40; document 23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Which of the three.
    pub aim: Aim,
    /// Who answers.
    pub to: UnitId,
    /// What is wrong.
    pub problem: Text,
    /// What shows it.
    pub evidence: Text,
    /// What should be done.
    pub proposal: Text,
}

/// The written answer to a recommendation (Art.40(4)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecommendationAnswer {
    /// Index into the petition's letters: the one that recommends.
    pub letter: u32,
    /// How far it is followed.
    pub adoption: Adoption,
    /// What is done, or why not.
    pub reason: Text,
}

/// The unit's written reply to a supervision (Art.40).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisionReply {
    /// How far it follows.
    pub adoption: Adoption,
    /// What was done, or why not.
    pub reason: Text,
}

/// 满意度评价: one value for each of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// 满意
    Satisfied,
    /// 基本满意
    Fairly,
    /// 不满意
    Dissatisfied,
}

/// The petitioner's own rating: of the unit and of the petition office, separately (procedure.md §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The unit that handled the matter.
    pub unit: Satisfaction,
    /// The petition office.
    pub office: Satisfaction,
    /// In own words; may be empty.
    pub comment: Text,
}

/// Something the petitioner adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// What.
    pub text: Text,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
}

/// 补充材料通知 (document 10): all items at once; no limit stops for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementRequest {
    /// What is missing.
    pub items: Text,
    /// By when it is asked for.
    pub by: Date,
}

/// A reply to a suggestion (Art.29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionReply {
    /// Adopted, partly or not.
    pub adoption: Adoption,
    /// Reasons.
    pub reason: Text,
}

/// A plain report or feedback in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The words.
    pub text: Text,
}

/// 更正: proposing another kind (T34).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reclassification {
    /// The kind it should have.
    pub kind: Name,
    /// Who proposes; set by the rules, never by the caller.
    #[serde(default)]
    pub by: Option<OfficialId>,
    /// Why, told to the petitioner.
    pub reason: Text,
    /// Officials whom it is about, once it is of that kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<OfficialId>,
}

/// Naming who handles the matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The official of the owning unit.
    pub official: OfficialId,
}

/// 回避: asked for by the petitioner or declared by the official (Art.28(3)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecusalAsk {
    /// Whose; `None` means whoever handles it.
    pub official: Option<OfficialId>,
    /// Why.
    pub reason: Text,
}

/// The head's decision on a recusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecusalDecision {
    /// The official concerned.
    pub official: OfficialId,
    /// Whether they are recused.
    pub recused: bool,
    /// Why.
    pub reason: Text,
    /// Who takes over, when the recused person was the owner; left out, the rules choose.
    pub successor: Option<OfficialId>,
}

/// An official's own declaration that an interest keeps them from the matter: it needs nobody's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecusalDeclaration {
    /// Who declares; set by the rules, never by the caller.
    #[serde(default)]
    pub official: Option<OfficialId>,
    /// Why.
    pub reason: Text,
    /// Who takes over, when they were the owner; set by the rules.
    #[serde(default)]
    pub successor: Option<OfficialId>,
}

/// What a human found about an urgent matter (K18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgentReview {
    /// Whether it is urgent indeed.
    pub urgent: bool,
    /// What was done; with danger, to whom it was reported (Art.25).
    pub note: Text,
}

/// A superior petition office's answer to an objection against a refusal to accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalReview {
    /// Whether the refusal stands.
    pub upheld: bool,
    /// Why.
    pub reason: Text,
}

/// An interim reply with the day by which the answer is expected (India OM §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterimReply {
    /// Why not yet.
    pub reason: Text,
    /// Expected on.
    pub expected_on: Date,
}

/// A signed letter as the file that is served, printed and checked (architecture §10.22).
///
/// Nothing here helps to guess what the file says, also after its words were erased: it holds a random mark that the record
/// knows by its digest alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterIssue {
    /// Index into the petition's letters, from 0.
    pub letter: u32,
    /// SHA-256 of the mark that is printed on it.
    pub mark: Digest,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Where the file is kept.
    pub file: ContentId,
    /// What binds the file, as content, to this event.
    pub commitment: Commitment,
    /// Its length in bytes.
    pub size: u64,
    /// How many pages it has.
    pub pages: u32,
}

/// Deadlines recomputed on a new calendar: the shell asks, the rules decide which move and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalendar {
    /// Version of the calendar now in force.
    pub calendar: String,
}

/// A deadline whose day is over, named by its place in the petition's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passing {
    /// Index into the petition's deadlines, from 0.
    pub deadline: u32,
}
