//! A petition as its events have made it.
//!
//! `apply` is total: what was once written can always be replayed, and it looks at nothing but the event.
//! The state holds no personal data; projections are made from it (architecture §3), and of a sealed matter its shell is
//! stored ([`Petition::shell`]).

mod apply;
mod letter;
mod shell;

pub use self::letter::SignedLetter;
use crate::act::{Answer, DisposalProposal, Measure, Opinion, Party, Submission, Verb};
use crate::fact::{DeadlineSetting, Event, MoveReason, RoundKind};
use crate::ids::{Name, OfficialId, PetitionId, UnitId};
use crate::refusal::Refusal;
use crate::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The limit in which a proposed disposal is decided on.
pub(crate) const DISPOSAL: &str = "disposal";
/// The limit in which a recommendation is answered.
pub(crate) const RECOMMENDATION: &str = "recommendation_reply";

/// How a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineState {
    /// Its day is not over, as far as the record knows.
    Running,
    /// Missed and still owed: the act may still be done and is marked late for good.
    Missed,
    /// Met on that day; days late, 0 when in time.
    Met {
        /// The day.
        on: Date,
        /// Days after the due day.
        days_late: u32,
    },
    /// The matter took another course.
    Cancelled,
    /// A window or option that closed unused.
    Closed,
}

/// An instance of a time limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// As set, with the dates it has now.
    pub set: DeadlineSetting,
    /// How it stands.
    pub state: DeadlineState,
    /// Whether and why the dates moved.
    pub moved: Option<MoveReason>,
    /// Whether it was ever missed: late for good, even once met.
    pub missed: bool,
}

impl Deadline {
    /// Whether somebody still has to, or still may, act on it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, DeadlineState::Running | DeadlineState::Missed)
    }
}

/// A round of handling or review, with its own organ and number suffix (architecture §10.30).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// What kind.
    pub kind: RoundKind,
    /// The organ that decides it.
    pub unit: UnitId,
    /// When it began.
    pub opened_on: Date,
    /// Officials who acted on the merits in it: they may not decide the next one (INV-8).
    pub took_part: BTreeSet<OfficialId>,
    /// Answers given in it.
    pub answers: Vec<Answer>,
    /// A review that was not admitted: it decided nothing, and the round before it is in course again.
    pub refused: bool,
}

impl Round {
    /// A round that begins now.
    pub(crate) fn begun(kind: RoundKind, unit: UnitId, opened_on: Date) -> Round {
        let (took_part, answers) = (BTreeSet::new(), Vec::new());
        Round { kind, unit, opened_on, took_part, answers, refused: false }
    }
}

/// Something an answer or a settlement promised (不打欠条).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// What.
    pub text: Text,
    /// Who performs.
    pub executor: Option<UnitId>,
    /// By when.
    pub due_on: Date,
    /// Carried out on.
    pub kept_on: Option<Date>,
    /// A later opinion took its place before it was kept, or its own was revoked.
    pub replaced: bool,
}

impl Promise {
    /// Whether it is still owed.
    pub fn is_open(&self) -> bool {
        self.kept_on.is_none() && !self.replaced
    }
}

/// When and on which basis a measure was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposed {
    /// The day.
    pub on: Date,
    /// The basis, a name of the procedure's list.
    pub basis: Name,
    /// Until when an older backup may still open what was erased, as it was said then (RET-3).
    pub backups_until: Option<Date>,
}

/// A supervision that waits for its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSupervision {
    /// How far it went up: 1 letter, 2 reminder, 3 interview, 4 notice, 5 listed (Art.39(3)).
    pub step: u32,
}

/// The state of one matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default = "Petition::unborn")]
pub struct Petition {
    /// Its id.
    pub id: PetitionId,
    /// How many events made it: the version a user looks at.
    pub version: u64,
    /// Procedure and version, fixed at receipt.
    pub procedure: Option<(Name, u32)>,
    /// The submission, once there is one.
    pub submission: Option<Box<Submission>>,
    /// Legal day of receipt.
    pub received_on: Date,
    /// Where it is; `None` before submission.
    pub stage: Option<Name>,
    /// Kind as now classified.
    pub kind: Name,
    /// Class as now registered.
    pub class: Option<Name>,
    /// Place as now registered.
    pub place: Option<Name>,
    /// Requests, in order.
    pub requests: Vec<Text>,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// The office that registered or last dispatched it.
    pub office: Option<UnitId>,
    /// Legal day on which that office got it: who stood above it then supervises it (SCOPE-6).
    pub office_on: Date,
    /// The unit in charge, once dispatched.
    pub organ: Option<UnitId>,
    /// Who answers for it now: never empty once submitted (INV-2).
    pub owner: Option<(UnitId, OfficialId)>,
    /// Every deadline ever set, in order.
    pub deadlines: Vec<Deadline>,
    /// Rounds, the first one opened at submission.
    pub rounds: Vec<Round>,
    /// Letters, in order.
    pub letters: Vec<SignedLetter>,
    /// Promises of opinions and settlements.
    pub promises: Vec<Promise>,
    /// Agreed objections, and horizontal transfers, so far.
    pub bounces: u32,
    /// An objection was refused: the organ was held competent.
    pub objection_refused: bool,
    /// The ground on which it was last declined.
    pub declined: Option<Name>,
    /// Grounds that the superior petition office held wrong: closed to the organ (Art.14, 44(2)).
    pub overturned: BTreeSet<Name>,
    /// The way chosen, when a path notice was given.
    pub way: Option<Name>,
    /// Accepted on.
    pub accepted_on: Option<Date>,
    /// By the simple procedure.
    pub simple: bool,
    /// Calendar days by which the handling limit was extended; 0 when it was not.
    pub extension_days: u32,
    /// The petitioner was heard in this round.
    pub heard: bool,
    /// First contact made.
    pub contacted_on: Option<Date>,
    /// Day of the hearing notified and not yet held.
    pub hearing_on: Option<Date>,
    /// Days of hearings held, inclusive.
    pub hearings: Vec<(Date, Date)>,
    /// Reported as urgent.
    pub urgent: bool,
    /// Waiting for the withdrawal to take effect.
    pub withdrawing: bool,
    /// A proposal to change the kind.
    pub proposed_kind: Option<Name>,
    /// Who proposed it: somebody else must confirm.
    pub proposed_by: Option<OfficialId>,
    /// The handler's draft of the opinion, for the head to sign.
    pub draft: Option<Opinion>,
    /// Number of times an opinion was revoked and sent back.
    pub remands: u32,
    /// Supervision in course.
    pub supervision: Option<OpenSupervision>,
    /// Officials who may not act on it.
    pub recused: BTreeSet<OfficialId>,
    /// Officials whom it is about: accused in a report, else kept from it for themselves ([`crate::concern`]).
    pub named: BTreeSet<OfficialId>,
    /// Whom a proposal to change the kind names.
    pub proposed_named: Vec<OfficialId>,
    /// Rated already.
    pub rated: bool,
    /// The matter whose handling it joined.
    pub merged_into: Option<PetitionId>,
    /// The matter whose answer became this one's too.
    pub answered_with: Option<PetitionId>,
    /// Stage before it joined.
    pub before_merge: Option<Name>,
    /// Matters whose handling joined this one.
    pub joined: BTreeSet<PetitionId>,
    /// Matters that were answered with this one: their answer stands here alone.
    pub answered_too: BTreeSet<PetitionId>,
    /// The matter it was split from.
    pub split_from: Option<PetitionId>,
    /// The parts it was split into.
    pub parts: Vec<PetitionId>,
    /// Later matters with new facts.
    pub followed_by: Vec<PetitionId>,
    /// What was proposed for its words and names, and nobody has decided on yet.
    pub disposal: Option<DisposalProposal>,
    /// Nothing is done with it but keeping and protecting (PIPL Art.47(2)).
    pub restricted: Option<Disposed>,
    /// The key of its words, names and files was destroyed (RET-1).
    pub erased: Option<Disposed>,
    /// Legal day on which it came to the stage it is at.
    pub moved_on: Date,
    /// Legal day of the latest event.
    pub last_on: Date,
    /// Every unit that ever held it: may look back.
    pub units_seen: BTreeSet<UnitId>,
}

impl Petition {
    /// A petition to which nothing has happened yet.
    pub fn new(id: PetitionId) -> Petition {
        Petition {
            id,
            version: 0,
            procedure: None,
            submission: None,
            received_on: Date::ZERO,
            stage: None,
            kind: Name::new(""),
            class: None,
            place: None,
            requests: Vec::new(),
            parties: Vec::new(),
            office: None,
            office_on: Date::ZERO,
            organ: None,
            owner: None,
            deadlines: Vec::new(),
            rounds: Vec::new(),
            letters: Vec::new(),
            promises: Vec::new(),
            bounces: 0,
            objection_refused: false,
            declined: None,
            overturned: BTreeSet::new(),
            way: None,
            accepted_on: None,
            simple: false,
            extension_days: 0,
            heard: false,
            contacted_on: None,
            hearing_on: None,
            hearings: Vec::new(),
            urgent: false,
            withdrawing: false,
            proposed_kind: None,
            proposed_by: None,
            draft: None,
            remands: 0,
            supervision: None,
            recused: BTreeSet::new(),
            named: BTreeSet::new(),
            proposed_named: Vec::new(),
            rated: false,
            merged_into: None,
            answered_with: None,
            before_merge: None,
            joined: BTreeSet::new(),
            answered_too: BTreeSet::new(),
            split_from: None,
            parts: Vec::new(),
            followed_by: Vec::new(),
            disposal: None,
            restricted: None,
            erased: None,
            moved_on: Date::ZERO,
            last_on: Date::ZERO,
            units_seen: BTreeSet::new(),
        }
    }

    /// What a field that an older shell lacks is read as.
    fn unborn() -> Petition {
        Petition::new(PetitionId(uuid::Uuid::nil()))
    }

    /// Whose print room has a unit's letters: its own, unless it is the unit complained of and may not know who complains. Then it is
    /// that of the petition office, which knows the address (architecture §10.24); that office serves and posts them.
    pub fn print_room(&self, unit: UnitId) -> UnitId {
        let submission = self.submission.as_ref();
        let kept = submission.is_some_and(|filed| filed.confidential && filed.respondent == Some(unit));
        self.office.filter(|_| kept).unwrap_or(unit)
    }

    /// What a list of events has made of it.
    pub fn replay<'a>(id: PetitionId, events: impl IntoIterator<Item = &'a Event>) -> Petition {
        events.into_iter().fold(Petition::new(id), Petition::apply)
    }

    /// The open deadlines of a limit, with their index.
    pub fn open<'a>(&'a self, limit: &'a str) -> impl Iterator<Item = (u32, &'a Deadline)> + 'a {
        self.open_deadlines().filter(move |(_, deadline)| deadline.set.limit == *limit)
    }

    /// Every open deadline, with its index.
    pub fn open_deadlines(&self) -> impl Iterator<Item = (u32, &Deadline)> {
        (0u32..).zip(&self.deadlines).filter(|(_, deadline)| deadline.is_open())
    }

    /// The last deadline ever set under a limit.
    pub fn latest(&self, limit: &str) -> Option<&Deadline> {
        self.deadlines.iter().rev().find(|deadline| deadline.set.limit == *limit)
    }

    /// The round in course: the last one that was not refused admission.
    pub fn round(&self) -> Option<&Round> {
        self.rounds.iter().rev().find(|round| !round.refused)
    }

    fn round_mut(&mut self) -> Option<&mut Round> {
        self.rounds.iter_mut().rev().find(|round| !round.refused)
    }

    /// The answers in force: of the last round that gave any.
    pub fn answers(&self) -> &[Answer] {
        self.rounds
            .iter()
            .rev()
            .map(|round| round.answers.as_slice())
            .find(|answers| !answers.is_empty())
            .unwrap_or(&[])
    }

    /// Whether the stage is the one named.
    pub fn is_at(&self, stage: &str) -> bool {
        self.stage.as_ref().is_some_and(|name| name == stage)
    }

    /// Whether the unit owes a decision on a recusal.
    pub fn decides_on_recusal(&self, unit: UnitId) -> bool {
        self.owes("recusal", unit)
    }

    /// Whether the unit owes a decision on a disposal.
    pub fn decides_on_disposal(&self, unit: UnitId) -> bool {
        self.disposal.is_some() && self.owes(DISPOSAL, unit)
    }

    /// Whether the unit owes what that limit is set for.
    pub fn owes(&self, limit: &str, unit: UnitId) -> bool {
        self.open(limit).any(|(_, deadline)| deadline.set.unit == Some(unit))
    }

    /// Whether nobody of the office may see its words, names and files any more.
    pub fn is_withheld(&self) -> bool {
        self.restricted.is_some() || self.erased.is_some()
    }

    /// Whether its words may be shown to the office.
    ///
    /// # Errors
    /// `not_erased` or `not_restricted`, with the day since when they may not.
    pub fn withheld(&self) -> Result<(), Refusal> {
        let refused = |guard, disposed: &Disposed| {
            Err(Refusal::Guard { guard, basis: String::new(), day: Some(disposed.on), number: None })
        };
        match (&self.erased, &self.restricted) {
            (Some(erased), _) => refused("not_erased", erased),
            (None, Some(restricted)) => refused("not_restricted", restricted),
            (None, None) => Ok(()),
        }
    }

    /// Whether an act is possible under a restriction, or after the key was destroyed: what ends the restriction, what the
    /// timer must do, and the answer to a supervision or recommendation.
    pub fn lets(&self, verb: Verb) -> bool {
        let beside = matches!(
            verb,
            Verb::ProposeDisposal
                | Verb::DecideDisposal
                | Verb::ReplyToSupervision
                | Verb::AnswerRecommendation
                | Verb::Pass
                | Verb::Recalendar
        );
        self.erased.is_none() && (self.restricted.is_none() || beside)
    }

    /// Whether it was disposed of as far as this measure goes, or farther.
    pub fn is_disposed(&self, measure: Measure) -> bool {
        match measure {
            Measure::Restrict => self.is_withheld(),
            Measure::Lift => true,
            Measure::Erase => self.erased.is_some(),
        }
    }

    /// The units reported in a report against officials.
    pub fn accused(&self) -> &[UnitId] {
        self.submission.as_ref().map_or(&[], |submission| &submission.accused)
    }
}
