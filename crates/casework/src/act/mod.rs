//! What people may ask for: one imperative per act, with everything the act needs.
//!
//! The payloads are shared with the facts (`fact.rs`): an act that is carried out is recorded as it was asked.
//! Texts are references (`Text`); no payload holds personal data.

mod after;
mod disposal;
mod handling;
mod intake;

pub use after::*;
pub use disposal::*;
pub use handling::*;
pub use intake::*;

use crate::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

macro_rules! acts {
    ($( $(#[$doc:meta])* $name:ident ( $payload:ty ) = $verb:literal => $fact:ident ),* $(,)?) => {
        /// Everything somebody may ask for.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "verb", rename_all = "snake_case")]
        pub enum Act {
            $( $(#[$doc])* $name($payload), )*
        }

        /// An act without its payload: what procedures, authority and forms speak of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb {
            $( $(#[$doc])* $name, )*
        }

        impl Verb {
            /// Every verb, in the order of the procedure.
            pub const ALL: &'static [Verb] = &[$(Verb::$name),*];

            /// The word used in procedure files, URLs, JSON and locale keys.
            pub fn word(self) -> &'static str {
                match self { $(Verb::$name => $verb,)* }
            }

            /// Reads a verb as spelt in URLs and procedure files.
            pub fn parse(word: &str) -> Option<Verb> {
                match word { $($verb => Some(Verb::$name),)* _ => None }
            }
        }

        impl Act {
            /// Which act this is.
            pub fn verb(&self) -> Verb {
                match self { $(Act::$name(_) => Verb::$name,)* }
            }

            /// The act as a recorded fact.
            pub(crate) fn into_fact(self) -> crate::fact::Fact {
                match self { $(Act::$name(payload) => crate::fact::Fact::$fact(payload),)* }
            }

            /// The act that was recorded as this fact; `None` for a consequence.
            pub(crate) fn recorded_as(fact: &crate::fact::Fact) -> Option<Act> {
                match fact {
                    $(crate::fact::Fact::$fact(payload) => Some(Act::$name(payload.clone())),)*
                    _ => None,
                }
            }
        }
    };
}

acts! {
    /// T1
    Submit(Box<Submission>) = "submit" => Submitted,
    /// T2
    Register(Registration) = "register" => Registered,
    /// T3
    Split(Splitting) = "split" => Split,
    /// T3
    Merge(Merging) = "merge" => Merged,
    /// T3, undone
    Unmerge(Reasoned) = "unmerge" => Unmerged,
    /// T4
    Forward(Dispatch) = "forward" => Forwarded,
    /// T4 to a lower petition office (K14)
    Relay(Dispatch) = "relay" => Relayed,
    /// T5
    Assign(Dispatch) = "assign" => Assigned,
    /// T6
    Object(Objection) = "object" => Objected,
    /// T7, the sender agrees
    AgreeToObjection(ObjectionAgreement) = "agree_to_objection" => ObjectionAgreed,
    /// T7, the sender refuses
    RefuseObjection(Reasoned) = "refuse_objection" => ObjectionRefused,
    /// T8
    TakeUp(Handover) = "take_up" => TakenUp,
    /// T9
    RouteToPath(PathRouting) = "route_to_path" => RoutedToPath,
    /// Way ADM: the opened procedure's number
    EnterPathNumber(PathNumber) = "enter_path_number" => PathNumberEntered,
    /// Way DUTY: performed or answered
    ReportPerformance(Statement) = "report_performance" => PerformanceReported,
    /// T10
    Decline(Declining) = "decline" => Declined,
    /// After T10, to the superior petition office
    ObjectToRefusal(Reasoned) = "object_to_refusal" => RefusalObjected,
    /// The superior petition office's answer
    ReviewRefusal(RefusalReview) = "review_refusal" => RefusalReviewed,
    /// T11
    Accept(Acceptance) = "accept" => Accepted,
    /// T12
    AcceptSimple(Acceptance) = "accept_simple" => AcceptedSimple,
    /// From simple to ordinary
    Convert(Reasoned) = "convert" => Converted,
    /// Naming the handler
    HandOver(Handover) = "hand_over" => HandedOver,
    /// T13
    RecordContact(Contact) = "record_contact" => ContactRecorded,
    /// Document 10
    RequestSupplement(SupplementRequest) = "request_supplement" => SupplementRequested,
    /// The petitioner adds something
    AddSupplement(Supplement) = "add_supplement" => Supplemented,
    /// T14, notice
    NotifyHearing(HearingNotice) = "notify_hearing" => HearingNotified,
    /// T14, T24, held
    HoldHearing(HearingRecord) = "hold_hearing" => HearingHeld,
    /// T15
    Extend(Extension) = "extend" => Extended,
    /// T16
    Settle(Settlement) = "settle" => Settled,
    /// T17, the handler drafts
    DraftOpinion(Opinion) = "draft_opinion" => OpinionDrafted,
    /// T17
    IssueOpinion(Opinion) = "issue_opinion" => OpinionIssued,
    /// T18
    Serve(Service) = "serve" => Served,
    /// A slip of the pen in a letter, put right by another
    CorrectLetter(Correction) = "correct_letter" => LetterCorrected,
    /// Handed to the post, to be served
    PostLetter(Posting) = "post_letter" => LetterPosted,
    /// Came back from the post without being served
    ReturnPost(ReturnedService) = "return_post" => PostReturned,
    /// A served letter came back
    ReturnService(ReturnedService) = "return_service" => ServiceReturned,
    /// T19, T23
    RequestReview(ReviewRequest) = "request_review" => ReviewRequested,
    /// T20
    AdmitReview(Handover) = "admit_review" => ReviewAdmitted,
    /// T20
    RefuseReview(ReviewRefusal) = "refuse_review" => ReviewRefused,
    /// T21, T25
    UpholdOpinion(ReviewDecision) = "uphold_opinion" => OpinionUpheld,
    /// T21, T25
    ChangeOpinion(ReviewDecision) = "change_opinion" => OpinionChanged,
    /// T22, T26
    RemandOpinion(Remand) = "remand_opinion" => OpinionRemanded,
    /// T29
    Withdraw(Withdrawal) = "withdraw" => WithdrawalAsked,
    /// T29, taken back within the cooling period
    RevokeWithdrawal(Reasoned) = "revoke_withdrawal" => WithdrawalRevoked,
    /// T30
    RecordExecution(Execution) = "record_execution" => ExecutionRecorded,
    /// K10
    ReportResult(Statement) = "report_result" => ResultReported,
    /// T31
    Supervise(Supervision) = "supervise" => Supervised,
    /// K11 answered
    ReplyToSupervision(SupervisionReply) = "reply_to_supervision" => SupervisionReplied,
    /// One of the three recommendations of the petition office
    Recommend(Recommendation) = "recommend" => Recommended,
    /// The written answer to it
    AnswerRecommendation(RecommendationAnswer) = "answer_recommendation" => RecommendationAnswered,
    /// T32
    ReplyToSuggestion(SuggestionReply) = "reply_to_suggestion" => SuggestionReplied,
    /// T33
    ReferReport(Dispatch) = "refer_report" => ReportReferred,
    /// T33
    AcceptReport(Handover) = "accept_report" => ReportAccepted,
    /// T33
    FeedBackReport(Statement) = "feed_back_report" => ReportFedBack,
    /// T34, first person
    ProposeReclassification(Reclassification) = "propose_reclassification" => ReclassificationProposed,
    /// T34, second person
    ConfirmReclassification(Reasoned) = "confirm_reclassification" => Reclassified,
    /// K18
    MarkUrgent(Reasoned) = "mark_urgent" => MarkedUrgent,
    /// K18
    ReviewUrgent(UrgentReview) = "review_urgent" => UrgentReviewed,
    /// Art.28(3)
    AskRecusal(RecusalAsk) = "ask_recusal" => RecusalAsked,
    /// Art.28(3)
    DecideRecusal(RecusalDecision) = "decide_recusal" => RecusalDecided,
    /// Art.28(3), by whom it concerns
    DeclareRecusal(RecusalDeclaration) = "declare_recusal" => RecusalDeclared,
    /// PIPL Art.47, first person
    ProposeDisposal(DisposalProposal) = "propose_disposal" => DisposalProposed,
    /// PIPL Art.47, second person
    DecideDisposal(DisposalDecision) = "decide_disposal" => DisposalDecided,
    /// Joint petitions, representatives, agents
    AddParty(Party) = "add_party" => PartyAdded,
    /// procedure.md §3.2
    Rate(Rating) = "rate" => Rated,
    /// India OM §5.1
    ReplyInterim(InterimReply) = "reply_interim" => InterimReplied,
    /// India OM §7.1: horizontal transfer
    Transfer(Dispatch) = "transfer" => Transferred,
    /// A signed letter became a file
    IssueLetter(LetterIssue) = "issue_letter" => LetterIssued,
    /// The timer: a deadline's day is over
    Pass(Passing) = "pass" => Passed,
    /// The timer: a calendar was announced or changed
    Recalendar(Recalendar) = "recalendar" => Recalendared,
}

/// A request: an act, and when it legally happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is asked.
    pub act: Act,
    /// The civil date on which it legally happened; `None` means today.
    pub on: Option<Date>,
    /// Why it is dated back by more than a day (INV-4); shown.
    pub dated_back: Option<Text>,
}

impl From<Act> for Command {
    fn from(act: Act) -> Self {
        Command { act, on: None, dated_back: None }
    }
}
