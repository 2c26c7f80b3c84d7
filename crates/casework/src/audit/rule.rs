//! The rules that a decision can break, by the names they have in the specification.

use crate::fact::Fact;
use crate::refusal::Refusal;
use std::fmt;

/// A rule by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// INV-1: every petition begins with a submission, which has its number.
    Numbered,
    /// I2: no decision is missing between two others.
    Gap,
    /// I3: times of recording do not go back.
    TimeOrder,
    /// I4: deadlines are what the procedure and the calendar compute.
    Deadlines,
    /// I5: no conclusion without notice and delivery.
    Notice,
    /// I6: one extension, within the procedure's days, approved by somebody else than the handler.
    Extension,
    /// I7: nobody acts, or is put in charge, under a recusal in force.
    Recusal,
    /// INV-2: somebody answers for it and a deadline runs, unless it rests.
    Owner,
    /// INV-3: a deadline ends only by a recorded fact.
    Clock,
    /// INV-4: nothing is dated ahead, before receipt, or back by more than a day without a reason.
    Dating,
    /// INV-5: what is late is marked late.
    Lateness,
    /// INV-6: nothing is reopened after the last review.
    Final,
    /// INV-7: nothing goes to, and nothing is done by, a unit that the matter reports.
    Accused,
    /// INV-8: nobody decides on two levels, and a reviewer is another organ than the one reviewed.
    Reviewer,
    /// INV-11: refusals and answers carry ground, reason and article.
    Reasons,
    /// CORE-1: the decision is one that the procedure allows and the machine makes.
    Machine,
    /// CORE-5: matters are joined and parted on both sides, and only while they are alive.
    Joined,
    /// CORE-6: whoever is sent to and fro too often is decided on by somebody above.
    Bounces,
    /// DUAL-1: where two people are required, two acted.
    TwoPeople,
    /// Authority (architecture §10): whoever acted may give such an act at all.
    Authority,
    /// I10: a file is restricted or erased on a basis of the law, in its time, by two people, and nothing is done with it
    /// afterwards.
    Disposal,
    /// Numbers of letters (procedure.md §5): each unit, mark (with 密 or without) and year has one series, always onwards.
    LetterNumbers,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 22] = [
        Rule::Numbered,
        Rule::Gap,
        Rule::TimeOrder,
        Rule::Deadlines,
        Rule::Notice,
        Rule::Extension,
        Rule::Recusal,
        Rule::Owner,
        Rule::Clock,
        Rule::Dating,
        Rule::Lateness,
        Rule::Final,
        Rule::Accused,
        Rule::Reviewer,
        Rule::Reasons,
        Rule::Machine,
        Rule::Joined,
        Rule::Bounces,
        Rule::TwoPeople,
        Rule::Authority,
        Rule::Disposal,
        Rule::LetterNumbers,
    ];

    /// The name: the number it has in security.md §4 or procedure.md §1.20, the requirement it follows, or a word.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Numbered => "INV-1",
            Rule::Gap => "I2",
            Rule::TimeOrder => "I3",
            Rule::Deadlines => "I4",
            Rule::Notice => "I5",
            Rule::Extension => "I6",
            Rule::Recusal => "I7",
            Rule::Owner => "INV-2",
            Rule::Clock => "INV-3",
            Rule::Dating => "INV-4",
            Rule::Lateness => "INV-5",
            Rule::Final => "INV-6",
            Rule::Accused => "INV-7",
            Rule::Reviewer => "INV-8",
            Rule::Reasons => "INV-11",
            Rule::Machine => "CORE-1",
            Rule::Joined => "CORE-5",
            Rule::Bounces => "CORE-6",
            Rule::TwoPeople => "DUAL-1",
            Rule::Authority => "authority",
            Rule::Disposal => "I10",
            Rule::LetterNumbers => "letter-numbers",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rule that a refusal stands for; `final_already` when the matter had been decided for the last time.
pub(super) fn of_refusal(refusal: &Refusal, final_already: bool) -> (Rule, String) {
    let rule = match refusal {
        Refusal::NotForYou { .. } => Rule::Authority,
        Refusal::NotAtThisStage { .. } if final_already => Rule::Final,
        Refusal::NotAtThisStage { .. } | Refusal::Unknown { .. } | Refusal::ProcedureLacks { .. } => {
            Rule::Machine
        }
        Refusal::Guard { guard, .. } => of_guard(guard),
        Refusal::InTheFuture { .. }
        | Refusal::DatedBackWithoutReason { .. }
        | Refusal::BeforeTheLastStep { .. } => Rule::Dating,
        Refusal::Subordinate { .. } => Rule::TwoPeople,
        Refusal::DateOutOfRange => Rule::Deadlines,
    };
    (rule, refusal.to_string())
}

fn of_guard(guard: &str) -> Rule {
    match guard {
        "deadline_passed" | "calendar_moves_nothing" => Rule::Deadlines,
        "approver_not_handler" | "extension_in_time" | "extension_once" | "extension_within_limit" => {
            Rule::Extension
        }
        "decider_not_concerned"
        | "not_recused"
        | "recusal_declared"
        | "signer_not_concerned"
        | "successor_fit" => Rule::Recusal,
        "corrected_is_served"
        | "letter_can_be_corrected"
        | "letter_can_be_posted"
        | "letter_is_issued"
        | "letter_is_posted"
        | "letter_is_not_issued"
        | "letter_was_served"
        | "service_proved" => Rule::Notice,
        "reviewer_exists" | "reviewer_took_no_part" | "chair_not_investigator" => Rule::Reviewer,
        "target_not_accused" => Rule::Accused,
        "joined" | "lead_is_living" | "lead_not_itself" | "same_kind" => Rule::Joined,
        "agreement_allowed" | "dispatch_allowed" => Rule::Bounces,
        "second_person" | "second_recipient" | "withdrawal_own_or_by_other" => Rule::TwoPeople,
        "dependants_disposed"
        | "disposal_based"
        | "disposal_by_another"
        | "disposal_decided_today"
        | "disposal_decider_exists"
        | "disposal_in_turn"
        | "disposal_waits"
        | "no_disposal_waits"
        | "not_erased"
        | "not_restricted"
        | "nothing_runs"
        | "retention_over"
        | "whole_freed_first" => Rule::Disposal,
        "answers_complete"
        | "article_given"
        | "disposal_refusal_explained"
        | "ground_facts_given"
        | "no_refusal_within_remit"
        | "not_the_same_opinion"
        | "note_given"
        | "number_given"
        | "opinion_complete"
        | "other_ways_excluded"
        | "path_complete"
        | "proof_given"
        | "reason_given"
        | "review_complete"
        | "text_given" => Rule::Reasons,
        _ => Rule::Machine,
    }
}

/// The rule that a fact breaks which does not follow, or is missing where it should.
pub(super) fn of_fact(fact: &Fact) -> Rule {
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other fact is the machine's alone")]
    match fact {
        Fact::DeadlineSet(_) | Fact::DeadlineMoved { .. } => Rule::Deadlines,
        Fact::DeadlineStopped { .. } | Fact::DeadlineCancelled { .. } | Fact::WindowClosed { .. } => {
            Rule::Clock
        }
        Fact::DeadlineMissed { .. } => Rule::Lateness,
        Fact::LetterSigned(_)
        | Fact::LetterIssued(_)
        | Fact::LetterCorrected(_)
        | Fact::LetterPosted(_)
        | Fact::PostReturned(_)
        | Fact::Served(_) => Rule::Notice,
        Fact::Extended(_) => Rule::Extension,
        Fact::RecusalDecided(_) | Fact::RecusalDeclared(_) => Rule::Recusal,
        Fact::Diverted { .. } => Rule::Accused,
        Fact::OwnerSet { .. } => Rule::Owner,
        Fact::RoundOpened { .. } => Rule::Reviewer,
        Fact::DisposalProposed(_) | Fact::DisposalDecided(_) => Rule::Disposal,
        Fact::DatedBack { .. } => Rule::Dating,
        Fact::Reclassified(_) | Fact::ReclassificationProposed(_) | Fact::DecidedUnder { .. } => {
            Rule::TwoPeople
        }
        Fact::Joined { .. }
        | Fact::Parted { .. }
        | Fact::AnsweredWith { .. }
        | Fact::Released { .. }
        | Fact::Merged(_)
        | Fact::Unmerged(_) => Rule::Joined,
        _ => Rule::Machine,
    }
}
