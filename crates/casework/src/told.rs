//! What of a record the petitioner is told: which facts, and which of the words that came with them.
//!
//! One table for the story on their page, for the receipts they take away and for what goes with these. Every fact
//! stands in it; a new one breaks the build until somebody decides.

use crate::act::Answer;
use crate::fact::{Event, Fact};
use crate::text::{Attachment, Text};

/// How a fact stands towards the petitioner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Has a sentence in their story.
    Told,
    /// Has none, because another fact, a date or a letter tells it; may be shown to them as a reference.
    Beside,
    /// Stays between officials, with everything that was decided in the same breath.
    Inner,
}

/// How a fact stands towards the petitioner.
pub fn telling(fact: &Fact) -> Telling {
    match fact {
        Fact::Submitted(_)
        | Fact::Registered(_)
        | Fact::Split(_)
        | Fact::Merged(_)
        | Fact::Unmerged(_)
        | Fact::Forwarded(_)
        | Fact::Relayed(_)
        | Fact::Assigned(_)
        | Fact::Transferred(_)
        | Fact::Objected(_)
        | Fact::ObjectionAgreed(_)
        | Fact::ObjectionRefused(_)
        | Fact::TakenUp(_)
        | Fact::RoutedToPath(_)
        | Fact::PathNumberEntered(_)
        | Fact::PerformanceReported(_)
        | Fact::Declined(_)
        | Fact::RefusalObjected(_)
        | Fact::RefusalReviewed(_)
        | Fact::Accepted(_)
        | Fact::AcceptedSimple(_)
        | Fact::Converted(_)
        | Fact::HandedOver(_)
        | Fact::ContactRecorded(_)
        | Fact::SupplementRequested(_)
        | Fact::Supplemented(_)
        | Fact::HearingNotified(_)
        | Fact::HearingHeld(_)
        | Fact::Extended(_)
        | Fact::Settled(_)
        | Fact::OpinionIssued(_)
        | Fact::Served(_)
        | Fact::LetterCorrected(_)
        | Fact::LetterPosted(_)
        | Fact::PostReturned(_)
        | Fact::ServiceReturned(_)
        | Fact::ReviewRequested(_)
        | Fact::ReviewAdmitted(_)
        | Fact::ReviewRefused(_)
        | Fact::OpinionUpheld(_)
        | Fact::OpinionChanged(_)
        | Fact::OpinionRemanded(_)
        | Fact::WithdrawalAsked(_)
        | Fact::WithdrawalRevoked(_)
        | Fact::ExecutionRecorded(_)
        | Fact::Supervised(_)
        | Fact::SupervisionReplied(_)
        | Fact::Recommended(_)
        | Fact::RecommendationAnswered(_)
        | Fact::SuggestionReplied(_)
        | Fact::ReportReferred(_)
        | Fact::ReportAccepted(_)
        | Fact::ReportFedBack(_)
        | Fact::Reclassified(_)
        | Fact::MarkedUrgent(_)
        | Fact::UrgentReviewed(_)
        | Fact::RecusalAsked(_)
        | Fact::RecusalDecided(_)
        | Fact::RecusalDeclared(_)
        | Fact::DisposalProposed(_)
        | Fact::DisposalDecided(_)
        | Fact::PartyAdded(_)
        | Fact::Rated(_)
        | Fact::InterimReplied(_)
        | Fact::DatedBack { .. }
        | Fact::DeadlineMoved { .. }
        | Fact::DeadlineMissed { .. }
        | Fact::WindowClosed { .. }
        | Fact::SupervisionEscalated { .. }
        | Fact::Withdrawn
        | Fact::SplitFrom { .. }
        | Fact::AnsweredWith { .. }
        | Fact::Diverted { .. }
        | Fact::Released { .. } => Telling::Told,
        Fact::Passed(_)
        | Fact::Recalendared(_)
        | Fact::LetterIssued(_)
        | Fact::DecidedUnder { .. }
        | Fact::ProcedureFixed { .. }
        | Fact::Moved { .. }
        | Fact::OwnerSet { .. }
        | Fact::RoundOpened { .. }
        | Fact::DeadlineSet(_)
        | Fact::DeadlineStopped { .. }
        | Fact::DeadlineCancelled { .. }
        | Fact::LetterSigned(_)
        // Only that another matter came or went; nothing of it but its id.
        | Fact::Joined { .. }
        | Fact::Parted { .. }
        | Fact::NewMatterLinked { .. } => Telling::Beside,
        Fact::OpinionDrafted(_) | Fact::ResultReported(_) | Fact::ReclassificationProposed(_) => {
            Telling::Inner
        }
    }
}

/// Whether a decision concerns the petitioner as a whole: something of it is told, and nothing of it is inner.
pub fn is_theirs(events: &[Event]) -> bool {
    let told = events.iter().any(|event| {
        let letter = matches!(&event.fact, Fact::LetterSigned(signed) if signed.to_petitioner);
        letter || telling(&event.fact) == Telling::Told
    });
    told && events.iter().all(|event| telling(&event.fact) != Telling::Inner)
}

/// The words of a fact that the petitioner reads on their page or in a letter. Never who somebody is: that is not on
/// their page either, so that a code which fell into other hands does not tell it.
pub fn words(fact: &Fact) -> Vec<&Text> {
    let mut words = Vec::new();
    match fact {
        Fact::Submitted(submission) => {
            words.extend([&submission.title, &submission.body]);
            words.extend(&submission.requests);
            words.extend(submission.files.iter().map(|file| &file.about));
        }
        Fact::Registered(registration) => words.extend(&registration.requests),
        Fact::Split(splitting) => {
            words.push(&splitting.reason);
            words.extend(splitting.portions.iter().flat_map(|portion| [&portion.title, &portion.request]));
        }
        Fact::Merged(merging) => words.push(&merging.reason),
        Fact::RoutedToPath(routing) => words.extend([&routing.body, &routing.advice]),
        Fact::PathNumberEntered(path) => words.push(&path.number),
        Fact::PerformanceReported(statement) | Fact::ReportFedBack(statement) => words.push(&statement.text),
        Fact::Declined(declining) => words.extend([&declining.facts, &declining.advice]),
        Fact::RefusalReviewed(review) => words.push(&review.reason),
        Fact::ContactRecorded(contact) => words.push(&contact.note),
        Fact::SupplementRequested(request) => words.push(&request.items),
        Fact::Supplemented(supplement) => {
            words.push(&supplement.text);
            words.extend(supplement.files.iter().map(|file| &file.about));
        }
        Fact::HearingNotified(notice) => words.push(&notice.place),
        Fact::HearingHeld(record) => words.push(&record.conclusion),
        Fact::Extended(extension) => words.push(&extension.reason),
        Fact::Settled(settlement) => words.extend(settlement.terms.iter().map(|term| &term.promise)),
        Fact::OpinionIssued(opinion) => {
            words.push(&opinion.findings);
            words.extend(&opinion.differs);
            words.extend(of_answers(&opinion.answers));
        }
        Fact::LetterCorrected(correction) => words.extend([&correction.wrong, &correction.right]),
        Fact::LetterPosted(posting) => words.push(&posting.tracking),
        Fact::ServiceReturned(returned) | Fact::PostReturned(returned) => words.push(&returned.reason),
        Fact::ReviewRequested(request) => {
            words.push(&request.reason);
            words.extend(&request.late_cause);
        }
        Fact::ReviewRefused(refusal) => words.push(&refusal.reason),
        Fact::OpinionUpheld(decision) | Fact::OpinionChanged(decision) => {
            words.extend([&decision.findings, &decision.reason]);
            words.extend(of_answers(&decision.answers));
        }
        Fact::OpinionRemanded(remand) => words.push(&remand.reason),
        Fact::WithdrawalAsked(withdrawal) => words.push(&withdrawal.reason),
        Fact::ExecutionRecorded(execution) => words.push(&execution.proof),
        Fact::SuggestionReplied(reply) => words.push(&reply.reason),
        Fact::Unmerged(reasoned)
        | Fact::RefusalObjected(reasoned)
        | Fact::Converted(reasoned)
        | Fact::WithdrawalRevoked(reasoned)
        | Fact::Reclassified(reasoned) => words.push(&reasoned.reason),
        Fact::Rated(rating) => words.push(&rating.comment),
        Fact::InterimReplied(reply) => words.push(&reply.reason),
        Fact::DatedBack { reason, .. } => words.push(reason),
        // Notes between officials, and words of which a letter or a date says what matters.
        Fact::Forwarded(_)
        | Fact::Relayed(_)
        | Fact::Assigned(_)
        | Fact::Transferred(_)
        | Fact::ReportReferred(_)
        | Fact::Objected(_)
        | Fact::ObjectionAgreed(_)
        | Fact::ObjectionRefused(_)
        | Fact::Accepted(_)
        | Fact::AcceptedSimple(_)
        | Fact::Served(_)
        | Fact::Supervised(_)
        | Fact::SupervisionReplied(_)
        | Fact::Recommended(_)
        | Fact::RecommendationAnswered(_)
        | Fact::MarkedUrgent(_)
        | Fact::UrgentReviewed(_)
        | Fact::RecusalAsked(_)
        | Fact::RecusalDecided(_)
        | Fact::RecusalDeclared(_)
        | Fact::DisposalProposed(_)
        | Fact::DisposalDecided(_)
        | Fact::PartyAdded(_)
        | Fact::OpinionDrafted(_)
        | Fact::ResultReported(_)
        | Fact::ReclassificationProposed(_)
        // No words.
        | Fact::TakenUp(_)
        | Fact::HandedOver(_)
        | Fact::ReviewAdmitted(_)
        | Fact::ReportAccepted(_)
        | Fact::Passed(_)
        | Fact::Recalendared(_)
        | Fact::LetterIssued(_)
        | Fact::ProcedureFixed { .. }
        | Fact::Moved { .. }
        | Fact::OwnerSet { .. }
        | Fact::Diverted { .. }
        | Fact::RoundOpened { .. }
        | Fact::DeadlineSet(_)
        | Fact::DeadlineStopped { .. }
        | Fact::DeadlineCancelled { .. }
        | Fact::DeadlineMoved { .. }
        | Fact::DeadlineMissed { .. }
        | Fact::WindowClosed { .. }
        | Fact::SupervisionEscalated { .. }
        | Fact::LetterSigned(_)
        | Fact::Withdrawn
        | Fact::Joined { .. }
        | Fact::Parted { .. }
        | Fact::SplitFrom { .. }
        | Fact::NewMatterLinked { .. }
        | Fact::AnsweredWith { .. }
        | Fact::Released { .. }
        | Fact::DecidedUnder { .. } => {}
    }
    words.retain(|text| !text.is_empty());
    words
}

/// Words of a fact that say what was decided, and not why: who shall do what, or where the petitioner is to turn. They are no matter of
/// style: what stands in the record under them is owed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other facts decide by what is chosen in them, not by words"
)]
pub fn decided(fact: &Fact) -> Vec<&Text> {
    match fact {
        Fact::OpinionIssued(opinion) => {
            opinion.answers.iter().filter_map(|answer| answer.action.as_ref()).collect()
        }
        Fact::OpinionChanged(decision) => {
            decision.answers.iter().filter_map(|answer| answer.action.as_ref()).collect()
        }
        Fact::Settled(settlement) => settlement.terms.iter().map(|term| &term.promise).collect(),
        Fact::RoutedToPath(routing) => vec![&routing.body],
        _ => Vec::new(),
    }
}

/// The files that came with a fact. Only petitioners and the counter bring files, and what they brought is told.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other fact brings files")]
pub fn files(fact: &Fact) -> &[Attachment] {
    match fact {
        Fact::Submitted(submission) => &submission.files,
        Fact::Supplemented(supplement) => &supplement.files,
        _ => &[],
    }
}

fn of_answers(answers: &[Answer]) -> impl Iterator<Item = &Text> {
    answers.iter().flat_map(|answer| std::iter::once(&answer.reason).chain(&answer.action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Statement;
    use crate::ids::{Name, UnitId};
    use jiff::civil::date;

    fn theirs(facts: Vec<Fact>) -> bool {
        let events: Vec<Event> = facts.into_iter().map(|fact| Event { on: date(2026, 3, 2), fact }).collect();
        is_theirs(&events)
    }

    #[test]
    fn a_decision_is_theirs_when_something_is_told_and_nothing_stays_inside() {
        let moved = || Fact::Moved { by: Name::from("accept"), to: Name::from("accepted") };
        let inner = || Fact::ResultReported(Statement { text: Text::empty() });
        let letter = |to_petitioner| {
            Fact::LetterSigned(crate::fact::LetterSigned {
                letter: Name::from("opinion"),
                unit: UnitId(uuid::Uuid::nil()),
                signer: None,
                year: 2026,
                serial: 1,
                to_petitioner,
                sealed: false,
            })
        };
        assert!(theirs(vec![Fact::Withdrawn, moved()]));
        assert!(theirs(vec![moved(), letter(true)]), "a letter tells it");
        assert!(!theirs(vec![moved(), letter(false)]), "a letter between units");
        assert!(!theirs(vec![moved()]) && !theirs(Vec::new()));
        assert!(!theirs(vec![Fact::Withdrawn, inner()]), "all or nothing");
    }
}
