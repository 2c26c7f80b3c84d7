//! Why the rules say no: one variant per reason, each with a stable code and the article it follows.
//!
//! A refusal leaves no trace in the record. Its sentence lives in `locales/*/refusal.ftl` under `refusal-<code>`.

use crate::act::Verb;
use crate::ids::Name;
use jiff::civil::Date;

/// How a refusal is answered over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalClass {
    /// This actor may not do it (403).
    Authority,
    /// Not now: the stage or another person's act stands against it (409).
    State,
    /// The request itself lacks something the law asks for (422).
    Content,
}

/// The rules say no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The actor's role or unit may not do this here.
    #[error("{} is not for this person", verb.word())]
    NotForYou {
        /// What was asked.
        verb: Verb,
    },
    /// The procedure does not allow the act at this stage.
    #[error("{} is not possible at stage {stage}", verb.word())]
    NotAtThisStage {
        /// What was asked.
        verb: Verb,
        /// Where the petition is.
        stage: Name,
    },
    /// A guard of the procedure does not hold.
    #[error("{guard} does not hold ({basis})")]
    Guard {
        /// The guard, whose sentence says what is missing and what to do.
        guard: &'static str,
        /// Article of the transition.
        basis: String,
        /// A day the sentence may name: the last day, the earliest day.
        day: Option<Date>,
        /// A number the sentence may name: the maximum, the missing request.
        number: Option<u32>,
    },
    /// It takes two people, and this one works under whoever came first, while somebody else could (DUAL-1).
    #[error("whoever decides works under whoever came first, while somebody else could ({basis})")]
    Subordinate {
        /// Somebody who may, by name and post.
        instead: String,
        /// Article of the transition.
        basis: String,
    },
    /// The date lies in the future.
    #[error("the date {on} has not come yet")]
    InTheFuture {
        /// The date given.
        on: Date,
    },
    /// Dated back by more than a day without a reason (INV-4).
    #[error("dated back to {on} without a reason")]
    DatedBackWithoutReason {
        /// The date given.
        on: Date,
    },
    /// The date lies before the last recorded step or before receipt.
    #[error("the date {on} lies before {since}")]
    BeforeTheLastStep {
        /// The date given.
        on: Date,
        /// The date it may not precede.
        since: Date,
    },
    /// Something the act names does not exist: a unit, an official, a kind, a way.
    #[error("{what} does not exist")]
    Unknown {
        /// What was named.
        what: &'static str,
    },
    /// A date lies outside what the calendar can compute.
    #[error("the date cannot be computed")]
    DateOutOfRange,
    /// The procedure of the petition lacks something the act relies on; the checker should have found it.
    #[error("the procedure lacks {what}")]
    ProcedureLacks {
        /// What.
        what: String,
    },
}

impl Refusal {
    /// Stable code: part of the API, of locale keys and of tests.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotForYou { .. } => "not_for_you",
            Refusal::NotAtThisStage { .. } => "not_at_this_stage",
            Refusal::Guard { guard, .. } => guard,
            Refusal::Subordinate { .. } => "subordinate",
            Refusal::InTheFuture { .. } => "in_the_future",
            Refusal::DatedBackWithoutReason { .. } => "dated_back_without_reason",
            Refusal::BeforeTheLastStep { .. } => "before_the_last_step",
            Refusal::Unknown { .. } => "unknown",
            Refusal::DateOutOfRange => "date_out_of_range",
            Refusal::ProcedureLacks { .. } => "procedure_lacks",
        }
    }

    /// How to answer it.
    pub fn class(&self) -> RefusalClass {
        match self {
            Refusal::NotForYou { .. } => RefusalClass::Authority,
            Refusal::NotAtThisStage { .. }
            | Refusal::Subordinate { .. }
            | Refusal::Guard { guard: "not_restricted" | "not_erased", .. }
            // It takes another person (DUAL-1): nothing in what was typed is wrong.
            | Refusal::Guard {
                guard: "approver_not_handler" | "disposal_by_another" | "second_person" | "second_recipient",
                ..
            } => RefusalClass::State,
            Refusal::Guard { .. }
            | Refusal::InTheFuture { .. }
            | Refusal::DatedBackWithoutReason { .. }
            | Refusal::BeforeTheLastStep { .. }
            | Refusal::Unknown { .. }
            | Refusal::DateOutOfRange
            | Refusal::ProcedureLacks { .. } => RefusalClass::Content,
        }
    }
}
