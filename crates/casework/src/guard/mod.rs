//! The named conditions of procedure files. Law is data; whatever needs an `if` is here.
//!
//! A *predicate* chooses between transitions of one verb (`when`); a *guard* must hold, else the act is refused with
//! the guard's name as its code. Both look at the petition, the context and the act. Without an act (the case page
//! asks what is possible now) whatever depends on the act is taken to hold.

pub(crate) use handling::hearing_days as handling_hearing_days;
pub(crate) use intake::{dispatched, is_for};

mod after;
mod disposal;
mod handling;
mod intake;
mod letters;

use crate::act::Act;
use crate::concern::Concerns;
use crate::decide::Context;
use crate::ids::{OfficialId, UnitId};
use crate::petition::Petition;
use jiff::civil::Date;

/// What a guard looks at.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Procedure, calendar, directory, actor, today.
    pub context: &'a Context<'a>,
    /// The petition as it stands.
    pub petition: &'a Petition,
    /// The act; `None` when only the possibility is asked.
    pub act: Option<&'a Act>,
    /// The legal date of the act.
    pub on: Date,
}

/// Whether a guard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not; the sentence may name a day or a number.
    Fails {
        /// The last or first day that would have been right.
        day: Option<Date>,
        /// The number that would have been right, or the item that is wrong, counted from 1.
        number: Option<u32>,
    },
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Verdict::Holds } else { Verdict::Fails { day: None, number: None } }
    }
}

impl Verdict {
    /// Holds, or fails and names the day.
    fn by_day(holds: bool, day: Option<Date>) -> Self {
        if holds { Verdict::Holds } else { Verdict::Fails { day, number: None } }
    }

    /// Holds, or fails and names the number.
    fn by_number(holds: bool, number: u32) -> Self {
        if holds { Verdict::Holds } else { Verdict::Fails { day: None, number: Some(number) } }
    }
}

type Guard = fn(&Asked<'_>) -> Verdict;
type First = fn(&Asked<'_>) -> Vec<OfficialId>;
type Predicate = fn(&Asked<'_>) -> bool;

/// Guards, by the name used in procedure files.
const GUARDS: &[(&str, Guard)] = &[
    ("agreement_allowed", intake::agreement_allowed),
    ("answers_complete", after::answers_complete),
    ("approver_not_handler", handling::approver_not_handler),
    ("article_given", after::article_given),
    ("assigned_report_runs", after::assigned_report_runs),
    ("chair_not_investigator", handling::chair_not_investigator),
    ("contact_by_handler", handling::contact_by_handler),
    ("corrected_is_served", letters::corrected_is_served),
    ("decider_not_concerned", after::decider_not_concerned),
    ("dependants_disposed", disposal::dependants_disposed),
    ("dispatch_allowed", intake::dispatch_allowed),
    ("disposal_based", disposal::disposal_based),
    ("disposal_by_another", disposal::disposal_by_another),
    ("disposal_decided_today", disposal::disposal_decided_today),
    ("disposal_decider_exists", disposal::disposal_decider_exists),
    ("disposal_in_turn", disposal::disposal_in_turn),
    ("disposal_refusal_explained", disposal::disposal_refusal_explained),
    ("disposal_waits", disposal::disposal_waits),
    ("earlier_compared", intake::earlier_compared),
    ("expected_date_ahead", handling::expected_date_ahead),
    ("extension_in_time", handling::extension_in_time),
    ("extension_once", handling::extension_once),
    ("extension_within_limit", handling::extension_within_limit),
    ("ground_facts_given", handling::ground_facts_given),
    ("handler_is_recipient", intake::handler_is_recipient),
    ("handler_of_owner", intake::handler_of_owner),
    ("hearing_days_in_order", handling::hearing_days_in_order),
    ("hearing_notice_in_time", handling::hearing_notice_in_time),
    ("hearing_was_notified", handling::hearing_was_notified),
    ("is_simple", handling::is_simple),
    ("kind_differs", intake::kind_differs),
    ("lead_is_living", intake::lead_is_living),
    ("lead_not_itself", intake::lead_not_itself),
    ("letter_can_be_corrected", letters::letter_can_be_corrected),
    ("letter_can_be_posted", letters::letter_can_be_posted),
    ("letter_is_issued", letters::letter_is_issued),
    ("letter_is_not_issued", letters::letter_is_not_issued),
    ("letter_is_posted", letters::letter_is_posted),
    ("letter_was_served", letters::letter_was_served),
    ("no_disposal_waits", disposal::no_disposal_waits),
    ("no_refusal_within_remit", handling::no_refusal_within_remit),
    ("not_recused", intake::not_recused),
    ("not_sealed", intake::not_sealed),
    ("not_the_same_opinion", handling::not_the_same_opinion),
    ("not_urgent_yet", after::not_urgent_yet),
    ("not_withdrawing", after::not_withdrawing),
    ("note_given", after::words_given),
    ("nothing_runs", disposal::nothing_runs),
    ("number_given", after::words_given),
    ("objection_in_time", intake::objection_in_time),
    ("opinion_complete", handling::opinion_complete),
    ("other_ways_excluded", handling::other_ways_excluded),
    ("path_complete", handling::path_complete),
    ("path_not_petition", handling::path_not_petition),
    ("petitioner_heard", handling::petitioner_heard),
    ("portions_at_least_two", intake::portions_at_least_two),
    ("promise_open", after::promise_open),
    ("proof_given", after::words_given),
    ("rating_open", after::rating_open),
    ("reason_given", after::words_given),
    ("recommendation_fits", after::recommendation_fits),
    ("recusal_declared", handling::recusal_declared),
    ("remand_days_within_limit", after::remand_days_within_limit),
    ("report_date_given", intake::report_date_given),
    ("representatives_within_limit", after::representatives_within_limit),
    ("retention_over", disposal::retention_over),
    ("review_complete", after::review_complete),
    ("review_in_time", after::review_in_time),
    ("reviewer_exists", after::reviewer_exists),
    ("reviewer_took_no_part", after::reviewer_took_no_part),
    ("same_kind", intake::same_kind),
    ("second_person", after::second_person),
    ("second_recipient", after::second_recipient),
    ("service_proved", letters::service_proved),
    ("signed_by_both", handling::signed_by_both),
    ("signer_not_concerned", handling::signer_not_concerned),
    ("simple_fits", handling::simple_fits),
    ("simple_in_time", handling::simple_in_time),
    ("successor_fit", after::successor_fit),
    ("supervision_not_open", after::supervision_not_open),
    ("supervision_open", after::supervision_open),
    ("supplement_date_ahead", handling::supplement_date_ahead),
    ("target_is_competent_organ", intake::target_is_competent_organ),
    ("target_is_integrity_body", intake::target_is_integrity_body),
    ("target_is_petition_office", intake::target_is_petition_office),
    ("target_not_accused", intake::target_not_accused),
    ("terms_dated", handling::terms_dated),
    ("text_given", after::words_given),
    ("urgent_review_runs", after::urgent_review_runs),
    ("whole_freed_first", disposal::whole_freed_first),
    ("window_open", after::refusal_window_open),
    ("withdrawal_own_or_by_other", after::withdrawal_own_or_by_other),
    ("withdrawing", after::withdrawing),
];

/// Predicates, by the name used in procedure files.
const PREDICATES: &[(&str, Predicate)] = &[
    ("found_urgent", after::found_urgent),
    ("last_promise", after::last_promise),
    ("not_reviewed_yet", after::not_reviewed_yet),
    ("office_is_organ", intake::office_is_organ),
    ("received_by_organ", intake::received_by_organ),
    ("received_by_petition_office", intake::received_by_petition_office),
    ("reclassifying_to_sealed", intake::reclassifying_to_sealed),
    ("refusal_upheld", after::refusal_upheld),
    ("registering_as_sealed", intake::registering_as_sealed),
    ("review_window_runs", after::review_window_runs),
    ("routed_way_is_own_duty", handling::routed_way_is_own_duty),
    ("way_is_own_duty", handling::way_is_own_duty),
];

/// Whoever came first in what takes two people, by the guard that asks for another to come second (DUAL-1).
const FIRST: &[(&str, First)] = &[
    ("approver_not_handler", handling::handlers),
    ("disposal_by_another", disposal::proposers),
    ("second_person", after::proposers),
    ("second_recipient", after::signers),
];

/// Whoever came first, where the guard asks that another comes second; nobody for other guards.
pub(crate) fn first_people(name: &str, asked: &Asked<'_>) -> Vec<OfficialId> {
    let first = FIRST.iter().find(|(known, _)| *known == name);
    first.map(|(_, people)| people(asked)).unwrap_or_default()
}

/// The guard's own spelling of its name, when it exists.
pub fn guard_name(name: &str) -> Option<&'static str> {
    GUARDS.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// Every guard a procedure file may name.
pub fn guard_names() -> impl Iterator<Item = &'static str> {
    GUARDS.iter().map(|(name, _)| *name)
}

/// Every predicate a procedure file may name.
pub fn predicate_names() -> impl Iterator<Item = &'static str> {
    PREDICATES.iter().map(|(name, _)| *name)
}

/// Asks a guard. One that does not exist fails: a procedure that names it does not pass the checker.
pub fn ask(name: &str, asked: &Asked<'_>) -> Verdict {
    GUARDS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(Verdict::Fails { day: None, number: None }, |(_, guard)| guard(asked))
}

/// Asks a predicate. One that does not exist does not hold.
pub fn is(name: &str, asked: &Asked<'_>) -> bool {
    PREDICATES.iter().find(|(known, _)| *known == name).is_some_and(|(_, predicate)| predicate(asked))
}

impl Asked<'_> {
    /// Who is kept from the petition.
    fn concerns(&self) -> Concerns<'_> {
        Concerns::new(self.context.directory, self.context.procedure, self.petition)
    }

    /// Whether whoever acts is an official and none of those who came first.
    fn by_another_than(&self, first: &[OfficialId]) -> bool {
        self.context.actor.official().is_some_and(|second| !first.contains(&second))
    }

    /// The unit that answers for the petition now.
    fn owner_unit(&self) -> Option<UnitId> {
        self.petition.owner.map(|(unit, _)| unit)
    }

    /// The official the act puts in charge, when it names one.
    fn named_handler(&self) -> Option<OfficialId> {
        self.act.and_then(named_handler)
    }
}

/// The official an act puts in charge, when it names one.
#[expect(clippy::wildcard_enum_match_arm, reason = "only the acts that name a handler matter here")]
pub(crate) fn named_handler(act: &Act) -> Option<OfficialId> {
    match act {
        Act::TakeUp(handover)
        | Act::HandOver(handover)
        | Act::AdmitReview(handover)
        | Act::AcceptReport(handover) => Some(handover.official),
        Act::Accept(acceptance) | Act::AcceptSimple(acceptance) => Some(acceptance.handler),
        _ => None,
    }
}
