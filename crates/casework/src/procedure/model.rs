//! The shape of a procedure file. Field by field what `docs/manual/procedures.md` teaches.

use crate::act::{Measure, Verb};
use crate::deadline::{Lang, Roll, Unit as LengthUnit};
use crate::ids::Name;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A label in every language of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Whether a rule is law or the office's own, shown wherever its number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// The text cited fixes it.
    Law,
    /// Office target, not law.
    Policy,
}

fn chinese() -> Lang {
    Lang::Zh
}

/// One law's procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Unique name, part of every petition's record.
    pub id: Name,
    /// Version of this text; a petition stays under the version in force when it was received.
    pub version: u32,
    /// ISO country code, with a subdivision where a local rule differs.
    pub jurisdiction: String,
    /// First day in force.
    pub valid_from: Date,
    /// IANA time zone in which civil dates are taken.
    pub time_zone: String,
    /// Calendar of working days: the name of a folder of `calendars/`.
    pub calendar: String,
    /// The language in which its letters have effect.
    #[serde(default = "chinese")]
    pub language: Lang,
    /// What the procedure is called.
    pub name: Label,
    /// How often a matter may be handed back before a decision on competence is needed.
    pub free_dispatches: u32,
    /// The limit for replies to a supervision, begun whenever an official deadline is missed.
    pub supervision: Name,
    /// People who may represent a joint petition.
    pub max_representatives: u32,
    /// Kinds of petition.
    pub kinds: Vec<Kind>,
    /// Ways a claim may take.
    #[serde(default)]
    pub ways: Vec<Way>,
    /// Items of the simple procedure's list.
    #[serde(default)]
    pub simple_grounds: Vec<Ground>,
    /// Stages.
    pub stages: Vec<Stage>,
    /// Time limits.
    pub limits: Vec<Limit>,
    /// What may happen at which stage.
    pub transitions: Vec<Transition>,
    /// Letters.
    pub letters: Vec<Letter>,
    /// Grounds for not accepting: a closed list.
    #[serde(default)]
    pub grounds: Vec<Ground>,
    /// Remedies outside this procedure whose last day is computed.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// Whole years for which a file must be kept, counted from the end of the year in which the matter came to rest. An office
    /// may keep longer, never shorter (RET-2).
    #[serde(default)]
    pub retention_years: i16,
    /// Where that is said.
    #[serde(default)]
    pub retention_basis: String,
    /// On which bases a file at rest may be restricted or erased: a closed list.
    #[serde(default)]
    pub disposals: Vec<DisposalBasis>,
    /// For each kind the limits that chain up to the latest lawful answer (architecture §10.35).
    pub latest_answer: Vec<LatestAnswer>,
}

/// 建议, 检举控告, 申诉求决 …
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Name.
    pub id: Name,
    /// Label.
    pub name: Label,
    /// One sentence that helps a petitioner to choose.
    pub hint: Label,
    /// Article.
    pub basis: String,
    /// Sealed at once from the units reported and everybody not needed (Art.30(3)).
    #[serde(default)]
    pub sealed: bool,
}

/// One of the six ways of Art.31.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Name.
    pub id: Name,
    /// Label.
    pub name: Label,
    /// Article.
    pub basis: String,
    /// The petition procedure itself, to be chosen only when every other way is excluded.
    #[serde(default)]
    pub petition: bool,
    /// The organ carries the path out itself, so the matter stays with it after the notice is served.
    #[serde(default)]
    pub own_duty: bool,
}

/// A legal basis on which a file at rest may be restricted or erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalBasis {
    /// Name.
    pub id: Name,
    /// What it says.
    pub name: Label,
    /// Article.
    pub basis: String,
    /// What may be done on it.
    pub measures: Vec<Measure>,
    /// It goes before the duty to keep the file: erasure does not wait for the end of that period.
    #[serde(default)]
    pub overrides: bool,
    /// A restriction on it holds the file: possible also after that period, and nothing is erased before it is lifted.
    #[serde(default)]
    pub holds: bool,
}

/// Who answers for a matter at a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageOwner {
    /// The office that registered or dispatched it.
    Office,
    /// The unit it was sent to.
    Organ,
    /// The organ that decides the current review round.
    Reviewer,
    /// The petition office above the registering one.
    SuperiorOffice,
}

/// Why a matter may lie still (architecture §10.2): a closed list, each with its remedy on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// Answered, every window closed.
    Concluded,
    /// Not accepted, window closed or objection answered.
    NotAccepted,
    /// Told the legal path.
    LegalPath,
    /// Settled and carried out.
    Settled,
    /// Withdrawn by the petitioner.
    Withdrawn,
    /// The review window passed unused.
    Lapsed,
    /// After the last review.
    Final,
    /// Suggestion replied to.
    SuggestionReplied,
    /// Report fed back.
    ReportFedBack,
    /// Handled with another, living matter.
    Merged,
    /// Handled as its parts.
    Split,
}

/// A place where a matter can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Name.
    pub id: Name,
    /// What officials read.
    pub name: Label,
    /// What petitioners read.
    pub told: Label,
    /// Who answers for it here.
    pub owner: StageOwner,
    /// Allowed to lie still, and why.
    #[serde(default)]
    pub rest: Option<Rest>,
}

/// Whom a limit binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitRole {
    /// An official must act; a missed one has a consequence.
    Duty,
    /// An official may act until then (an objection, the simple procedure); closes without blame.
    Option,
    /// The petitioner may act until then.
    Window,
    /// A period set for the petitioner's benefit, at whose end the system acts (cooling).
    Cooling,
}

impl LimitRole {
    /// The word used in JSON and in the table of deadlines.
    pub fn word(self) -> &'static str {
        match self {
            LimitRole::Duty => "duty",
            LimitRole::Option => "option",
            LimitRole::Window => "window",
            LimitRole::Cooling => "cooling",
        }
    }
}

/// What happens on the day after the last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Recorded as missed; a supervision with a deadline of its own begins or goes up a step.
    Supervise,
    /// The window closes; a `pass` transition may move the stage.
    Close,
    /// The withdrawal takes effect.
    Withdraw,
}

/// Where the length of a deadline comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthSource {
    /// `length` of the limit.
    #[default]
    Fixed,
    /// The act names the date (assignment, settlement, supporting opinion).
    Date,
    /// The remedy named by the act (procedure `remedies`), from the day the petitioner knew.
    Remedy,
    /// The act names the number of days, at most `length` (remand).
    Days,
}

/// A time limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Name.
    pub id: Name,
    /// K1 … K18 of the specification, where it has one.
    #[serde(default)]
    pub code: String,
    /// Label.
    pub name: Label,
    /// Whom it binds.
    pub role: LimitRole,
    /// How long, in `unit`; with `source = "date"` the default offered, with `"days"` the maximum.
    pub length: u32,
    /// Counted in what.
    pub unit: LengthUnit,
    /// Rolled off a day of rest.
    pub roll: Roll,
    /// Where the length comes from.
    #[serde(default)]
    pub source: LengthSource,
    /// Days by which it may be extended, once.
    #[serde(default)]
    pub extension_days: u32,
    /// Facts whose days do not count: only `hearing` exists (Art.36(2)).
    #[serde(default)]
    pub excludes: Vec<Name>,
    /// What follows when it passes.
    pub when_passed: Consequence,
    /// Law or policy.
    pub force: Force,
    /// Article.
    pub basis: String,
}

/// What a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Tells the petitioner something.
    Notice,
    /// Refuses to accept: must name a remedy.
    Refusal,
    /// Tells the legal path: must name the body and the last day.
    Path,
    /// Decides on the merits: must name a remedy or be final.
    Opinion,
    /// Between units.
    Internal,
}

/// A letter of the procedure (procedure.md §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Name.
    pub id: Name,
    /// Number in procedure.md §5.
    pub document: u32,
    /// Title.
    pub name: Label,
    /// What it is.
    pub kind: LetterKind,
    /// Name of the wording in `notice`.
    pub template: String,
    /// 受, 转, 办 …: the type part of the document number.
    pub mark: String,
    /// The limit that opens the petitioner's remedy when it is served.
    #[serde(default)]
    pub remedy: Option<Name>,
    /// No remedy is left in this procedure, and the letter says so.
    #[serde(default)]
    pub last: bool,
    /// Law or policy.
    pub force: Force,
    /// Article.
    pub basis: String,
}

/// A ground of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Name.
    pub id: Name,
    /// Label.
    pub name: Label,
    /// What the notice must say.
    pub must_say: Label,
    /// Law or policy.
    pub force: Force,
    /// Article.
    pub basis: String,
}

/// A remedy outside the procedure (K17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Name.
    pub id: Name,
    /// Label.
    pub name: Label,
    /// Which body decides.
    pub body: Label,
    /// From when it runs, in words.
    pub from: Label,
    /// How long.
    pub length: u32,
    /// Counted in what.
    pub unit: LengthUnit,
    /// Ways it belongs to.
    pub ways: Vec<Name>,
    /// Article.
    pub basis: String,
}

/// The chain of limits from receipt to the latest lawful answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatestAnswer {
    /// Kind of petition.
    pub kind: Name,
    /// Received by a petition office (`true`) or directly by the competent organ.
    pub dispatched: bool,
    /// Limits in order; an extendable one counts with its extension.
    pub chain: Vec<Name>,
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// T1 … T34 of the specification, with a letter where a row has several.
    pub id: Name,
    /// The act.
    pub verb: Verb,
    /// Stages it leaves; empty for the first; `*` for every one not at rest; `any` for all.
    #[serde(default)]
    pub from: Vec<Name>,
    /// Stage it enters; none means it stays.
    #[serde(default)]
    pub to: Option<Name>,
    /// Only for these kinds; empty means all.
    #[serde(default)]
    pub kinds: Vec<Name>,
    /// Only when these predicates hold: they choose between transitions of one verb.
    #[serde(default)]
    pub when: Vec<Name>,
    /// For `serve`: the letter that is served; for `pass`: the limit that passed.
    #[serde(default)]
    pub about: Option<Name>,
    /// Conditions that must hold, else the act is refused.
    #[serde(default)]
    pub guards: Vec<Name>,
    /// Limits that begin.
    #[serde(default)]
    pub starts: Vec<Name>,
    /// Limits that are met by the act.
    #[serde(default)]
    pub stops: Vec<Name>,
    /// Limits that end because the matter takes another course; `*` for all that run.
    #[serde(default)]
    pub cancels: Vec<Name>,
    /// Letters signed with the act.
    #[serde(default)]
    pub letters: Vec<Name>,
    /// A round that begins.
    #[serde(default)]
    pub opens: Option<crate::fact::RoundKind>,
    /// Law or policy.
    pub force: Force,
    /// Article.
    pub basis: String,
}
