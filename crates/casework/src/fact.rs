//! What has happened: facts in the past tense, append-only, without personal data.
//!
//! The first group records acts as they were asked; the second their consequences, read off the procedure.
//! A new fact must break the build wherever it matters: nobody matches with a wildcard.

use crate::act::*;
use crate::ids::{Name, OfficialId, PetitionId, UnitId};
use crate::procedure::Letter;
use crate::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A fact and the civil date on which it legally happened. The instant of recording is kept beside it by the
/// store (two times: architecture §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Legal date in the office's zone.
    pub on: Date,
    /// What happened.
    pub fact: Fact,
}

/// Why a deadline was set at its date or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// 延期 (T15).
    Extended,
    /// Hearing days count out (Art.36(2)).
    HearingExcluded,
    /// The State Council's arrangement for the year was announced or changed.
    Calendar,
    /// The simple procedure was left: counted from the original start (procedure.md §1.13).
    Converted,
}

/// One instance of a time limit, as set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineSetting {
    /// The limit of the procedure.
    pub limit: Name,
    /// Day zero.
    pub from: Date,
    /// Last day before rolling: officials are warned on it.
    pub raw_due_on: Date,
    /// Legal last day: officials are judged on it, petitioners rely on it.
    pub due_on: Date,
    /// Computed in a year whose calendar is not announced yet (procedure.md §2.2 rule 11).
    pub provisional: bool,
    /// Length when the act gave it (a date, a remand term), in calendar days.
    pub given_days: Option<u32>,
    /// The letter it is about, for service limits.
    pub letter: Option<u32>,
    /// The promise it is about, for execution limits.
    pub promise: Option<u32>,
    /// The unit that must act; `None` for the petitioner's windows.
    pub unit: Option<UnitId>,
    /// The official whose recusal was asked for; `None` for other limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official: Option<OfficialId>,
}

/// Where a round of the matter stands (architecture §10.30).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// 办理
    Handling,
    /// 复查
    FirstReview,
    /// 复核
    SecondReview,
}

/// The number of a letter: 机关代字〔年〕n号, gap-free per organ, series and year, given at signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterSigned {
    /// Letter of the procedure.
    pub letter: Name,
    /// Issuing unit.
    pub unit: UnitId,
    /// Who signed; `None` for letters the system sends by law.
    pub signer: Option<OfficialId>,
    /// Year of the number.
    pub year: i16,
    /// The n in the number, from 1.
    pub serial: u32,
    /// Whether the petitioner receives it (otherwise it goes to a unit).
    pub to_petitioner: bool,
    /// Signed in a sealed matter: numbered in a series of its own, so that no gap in the ordinary one tells of it
    /// (architecture §10.15, SEAL-2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

impl LetterSigned {
    /// The type part of its number, which is also the series it is counted in: the letter's mark (受, 转 …), followed by 密
    /// where the matter is sealed.
    pub fn series(&self, letter: &Letter) -> String {
        if self.sealed { format!("{}密", letter.mark) } else { letter.mark.clone() }
    }
}

/// Everything that can have happened to a petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    // Acts, as carried out.
    /// T1
    Submitted(Box<Submission>),
    /// T2
    Registered(Registration),
    /// T3
    Split(Splitting),
    /// T3
    Merged(Merging),
    /// T3
    Unmerged(Reasoned),
    /// T4
    Forwarded(Dispatch),
    /// T4
    Relayed(Dispatch),
    /// T5
    Assigned(Dispatch),
    /// T6
    Objected(Objection),
    /// T7
    ObjectionAgreed(ObjectionAgreement),
    /// T7
    ObjectionRefused(Reasoned),
    /// T8
    TakenUp(Handover),
    /// T9
    RoutedToPath(PathRouting),
    /// T9
    PathNumberEntered(PathNumber),
    /// T9
    PerformanceReported(Statement),
    /// T10
    Declined(Declining),
    /// after T10
    RefusalObjected(Reasoned),
    /// after T10
    RefusalReviewed(RefusalReview),
    /// T11
    Accepted(Acceptance),
    /// T12
    AcceptedSimple(Acceptance),
    /// §1.13
    Converted(Reasoned),
    /// §1.14
    HandedOver(Handover),
    /// T13
    ContactRecorded(Contact),
    /// document 10
    SupplementRequested(SupplementRequest),
    /// document 10
    Supplemented(Supplement),
    /// T14
    HearingNotified(HearingNotice),
    /// T14, T24
    HearingHeld(HearingRecord),
    /// T15
    Extended(Extension),
    /// T16
    Settled(Settlement),
    /// T17, drafted for signature
    OpinionDrafted(Opinion),
    /// T17
    OpinionIssued(Opinion),
    /// T18
    Served(Service),
    /// Document 26
    LetterCorrected(Correction),
    /// §2.6
    LetterPosted(Posting),
    /// §2.6
    PostReturned(ReturnedService),
    /// T18
    ServiceReturned(ReturnedService),
    /// T19, T23
    ReviewRequested(ReviewRequest),
    /// T20
    ReviewAdmitted(Handover),
    /// T20
    ReviewRefused(ReviewRefusal),
    /// T21, T25
    OpinionUpheld(ReviewDecision),
    /// T21, T25
    OpinionChanged(ReviewDecision),
    /// T22, T26
    OpinionRemanded(Remand),
    /// T29
    WithdrawalAsked(Withdrawal),
    /// T29
    WithdrawalRevoked(Reasoned),
    /// T30
    ExecutionRecorded(Execution),
    /// K10
    ResultReported(Statement),
    /// T31
    Supervised(Supervision),
    /// K11
    SupervisionReplied(SupervisionReply),
    /// Art.40
    Recommended(Recommendation),
    /// Art.40(4)
    RecommendationAnswered(RecommendationAnswer),
    /// T32
    SuggestionReplied(SuggestionReply),
    /// T33
    ReportReferred(Dispatch),
    /// T33
    ReportAccepted(Handover),
    /// T33
    ReportFedBack(Statement),
    /// T34
    ReclassificationProposed(Reclassification),
    /// T34
    Reclassified(Reasoned),
    /// K18
    MarkedUrgent(Reasoned),
    /// K18
    UrgentReviewed(UrgentReview),
    /// Art.28(3)
    RecusalAsked(RecusalAsk),
    /// Art.28(3)
    RecusalDecided(RecusalDecision),
    /// Art.28(3)
    RecusalDeclared(RecusalDeclaration),
    /// PIPL Art.47
    DisposalProposed(DisposalProposal),
    /// PIPL Art.47
    DisposalDecided(DisposalDecision),
    /// §1.11
    PartyAdded(Party),
    /// §3.2
    Rated(Rating),
    /// India §5.1
    InterimReplied(InterimReply),
    /// India §7.1
    Transferred(Dispatch),
    /// A signed letter became a file: it can be served now.
    LetterIssued(LetterIssue),
    /// The timer noticed that a deadline's day is over.
    Passed(Passing),
    /// Dates were recomputed on another calendar.
    Recalendared(Recalendar),

    // Consequences.
    /// The petition comes under a procedure version, for good.
    ProcedureFixed {
        /// Id of the procedure.
        procedure: Name,
        /// Its version.
        version: u32,
    },
    /// The act was dated back by more than a day.
    DatedBack {
        /// How many days.
        days: u32,
        /// Why.
        reason: Text,
    },
    /// It took two people, and whoever came second works under whoever came first: nobody else could (DUAL-1).
    DecidedUnder {
        /// Whoever came first.
        first: OfficialId,
    },
    /// The stage changed.
    Moved {
        /// The transition of the procedure.
        by: Name,
        /// The new stage.
        to: Name,
    },
    /// Somebody else answers for it now.
    OwnerSet {
        /// The unit.
        unit: UnitId,
        /// The person.
        official: OfficialId,
    },
    /// A unit may have nothing to do with the matter, or has nobody left who may: whatever it had or owed is another's
    /// from now on (Art.28(3), 30(3)).
    Diverted {
        /// The unit that had it.
        from: UnitId,
        /// The unit that has it instead.
        to: UnitId,
    },
    /// A round began.
    RoundOpened {
        /// What kind.
        kind: RoundKind,
        /// The organ that decides it.
        unit: UnitId,
    },
    /// A deadline began to run.
    DeadlineSet(DeadlineSetting),
    /// A deadline stopped by this event's act.
    DeadlineStopped {
        /// Index of the deadline.
        deadline: u32,
        /// Days after its due day; 0 when in time.
        days_late: u32,
    },
    /// A deadline ended without effect because the matter took another course.
    DeadlineCancelled {
        /// Index of the deadline.
        deadline: u32,
    },
    /// A deadline changed its date, visibly.
    DeadlineMoved {
        /// Index of the deadline.
        deadline: u32,
        /// New raw last day.
        raw_due_on: Date,
        /// New legal last day.
        due_on: Date,
        /// Still provisional.
        provisional: bool,
        /// Why.
        why: MoveReason,
    },
    /// An official deadline was missed. Recorded once, for good.
    DeadlineMissed {
        /// Index of the deadline.
        deadline: u32,
    },
    /// A petitioner's window, or an official's option, closed unused.
    WindowClosed {
        /// Index of the deadline.
        deadline: u32,
    },
    /// The supervision went up a step: reminder, letter, interview, notice, listed (Art.39(3)).
    SupervisionEscalated {
        /// 1 for the first letter.
        step: u32,
    },
    /// A letter was signed and numbered.
    LetterSigned(LetterSigned),
    /// The withdrawal took effect.
    Withdrawn,
    /// Another petition's handling joined this one.
    Joined {
        /// The petition that joined.
        petition: PetitionId,
    },
    /// Its handling left again.
    Parted {
        /// The petition that left.
        petition: PetitionId,
        /// The answer given here is its answer too, and stands here alone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        answered: bool,
    },
    /// This petition began as a part of another.
    SplitFrom {
        /// The petition that was split.
        parent: PetitionId,
    },
    /// A later petition says that new facts or reasons have come up (T28).
    NewMatterLinked {
        /// The later petition.
        petition: PetitionId,
    },
    /// The matter this one's handling joined was answered; the answer is this petition's too.
    AnsweredWith {
        /// The petition that was answered.
        petition: PetitionId,
        /// The unit whose answer it is: in charge of this petition too from now on.
        organ: UnitId,
    },
    /// The matter whose handling it joined took another course: it goes its own way again.
    Released {
        /// The petition it had joined.
        lead: PetitionId,
    },
}
