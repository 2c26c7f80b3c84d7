//! Conditions of service, review, withdrawal, execution, supervision, rating, recusal (Art.28, 35–40).

use super::{Asked, Verdict, handling};
use crate::act::{Act, Aim, Standing};
use crate::authority::Actor;
use crate::deadline::is_in_time;
use crate::directory::UnitKind;
use crate::fact::RoundKind;
use crate::ids::{Name, OfficialId, UnitId};
use crate::text::Text;

/// The words the act carries are not empty.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "acts without a word of their own have nothing to show here"
)]
pub(super) fn words_given(asked: &Asked<'_>) -> Verdict {
    let Some(act) = asked.act else { return Verdict::Holds };
    let words: Option<&Text> = match act {
        Act::Object(objection) => Some(&objection.reason),
        Act::AgreeToObjection(agreement) => Some(&agreement.reason),
        Act::RefuseObjection(reasoned)
        | Act::ObjectToRefusal(reasoned)
        | Act::Convert(reasoned)
        | Act::ConfirmReclassification(reasoned)
        | Act::MarkUrgent(reasoned) => Some(&reasoned.reason),
        Act::ReviewRefusal(review) => Some(&review.reason),
        Act::EnterPathNumber(path) => Some(&path.number),
        Act::ReportPerformance(statement) | Act::ReportResult(statement) | Act::FeedBackReport(statement) => {
            Some(&statement.text)
        }
        Act::RecordContact(contact) => Some(&contact.note),
        Act::RequestSupplement(request) => Some(&request.items),
        Act::AddSupplement(supplement) => Some(&supplement.text),
        Act::HoldHearing(record) => Some(&record.conclusion),
        Act::Extend(extension) => Some(&extension.reason),
        Act::DraftOpinion(opinion) => Some(&opinion.findings),
        Act::CorrectLetter(correction) => Some(&correction.wrong),
        Act::PostLetter(posting) => Some(&posting.tracking),
        Act::ReturnService(returned) | Act::ReturnPost(returned) => Some(&returned.reason),
        Act::RequestReview(request) => Some(&request.reason),
        Act::RefuseReview(refusal) => Some(&refusal.reason),
        Act::RemandOpinion(remand) => Some(&remand.reason),
        Act::RecordExecution(execution) => Some(&execution.proof),
        Act::Supervise(supervision) => Some(&supervision.reason),
        Act::ReplyToSupervision(reply) => Some(&reply.reason),
        Act::Recommend(recommendation) => Some(&recommendation.problem),
        Act::AnswerRecommendation(answer) => Some(&answer.reason),
        Act::ReplyToSuggestion(reply) => Some(&reply.reason),
        Act::ProposeReclassification(proposal) => Some(&proposal.reason),
        Act::ReviewUrgent(review) => Some(&review.note),
        Act::AskRecusal(ask) => Some(&ask.reason),
        Act::DecideRecusal(decision) => Some(&decision.reason),
        Act::DeclareRecusal(declaration) => Some(&declaration.reason),
        Act::ProposeDisposal(proposal) => Some(&proposal.reason),
        Act::ReplyInterim(reply) => Some(&reply.reason),
        Act::Transfer(dispatch) => Some(&dispatch.note),
        _ => None,
    };
    words.is_none_or(|words| !words.is_empty()).into()
}

/// The window through which the request in question comes, or came.
fn review_window<'a>(asked: &Asked<'a>) -> Option<&'a crate::petition::Deadline> {
    let petition = asked.petition;
    // Once the first review is decided and served, or the matter lapsed after it, the next request is for the second.
    let decided = petition.is_at("first_review_served") || petition.is_at("lapsed");
    let name = match petition.round().map(|round| round.kind) {
        Some(RoundKind::FirstReview) if decided => "ask_second_review",
        Some(RoundKind::SecondReview) => "ask_second_review",
        Some(RoundKind::Handling | RoundKind::FirstReview) | None => "ask_first_review",
    };
    petition.latest(name)
}

/// No review of the opinion in force was decided.
pub(super) fn not_reviewed_yet(asked: &Asked<'_>) -> bool {
    asked.petition.round().is_some_and(|round| round.kind == RoundKind::Handling)
}

/// In time, in time by posting, or with the cause of the delay shown (T19).
pub(super) fn review_in_time(asked: &Asked<'_>) -> Verdict {
    let due_on = review_window(asked).map(|deadline| deadline.set.due_on);
    let Some(Act::RequestReview(request)) = asked.act else { return Verdict::Holds };
    let in_time = due_on.is_none_or(|due_on| is_in_time(due_on, asked.on, request.posted_on));
    let cause = request.late_cause.as_ref().is_some_and(|cause| !cause.is_empty());
    Verdict::by_day(in_time || cause, due_on)
}

/// The window for asking still runs, had no review been asked for (architecture §10.29).
pub(super) fn review_window_runs(asked: &Asked<'_>) -> bool {
    review_window(asked).is_some_and(|deadline| asked.on <= deadline.set.due_on)
}

/// There is an organ that reviews, neither the unit reviewed nor below it, and not the one that handled (INV-8).
pub(super) fn reviewer_exists(asked: &Asked<'_>) -> Verdict {
    let directory = asked.context.directory;
    let reviewed = asked.petition.round().map(|round| round.unit);
    let reviewer =
        reviewed.and_then(|unit| asked.concerns().reviewer_of(unit).map(|reviewer| (unit, reviewer)));
    reviewer
        .is_some_and(|(unit, reviewer)| {
            !directory.is_within(reviewer, unit) && asked.petition.organ != Some(reviewer)
        })
        .into()
}

/// Nobody takes part in two levels of one matter (INV-8), neither by handling nor by signing the decision. Whoever
/// decided a review may decide on the same level again after a remand.
pub(super) fn reviewer_took_no_part(asked: &Asked<'_>) -> Verdict {
    let actor = asked.context.actor.official();
    let named = asked.named_handler();
    let concerned = |official: OfficialId| asked.concerns().took_part_elsewhere(official);
    (!actor.is_some_and(concerned) && !named.is_some_and(concerned)).into()
}

/// A review opinion has facts, an opinion and its article (上海2018 Art.39).
pub(super) fn review_complete(asked: &Asked<'_>) -> Verdict {
    let Some(Act::UpholdOpinion(decision) | Act::ChangeOpinion(decision)) = asked.act else {
        return Verdict::Holds;
    };
    let complete = !decision.findings.is_empty() && !decision.reason.is_empty();
    (complete && handling::names_article(&decision.article)).into()
}

/// A changed opinion answers every request anew.
pub(super) fn answers_complete(asked: &Asked<'_>) -> Verdict {
    let Some(Act::ChangeOpinion(decision)) = asked.act else { return Verdict::Holds };
    handling::answers(asked, &decision.answers)
}

/// A remand cites its article.
pub(super) fn article_given(asked: &Asked<'_>) -> Verdict {
    let Some(Act::RemandOpinion(remand)) = asked.act else { return Verdict::Holds };
    handling::names_article(&remand.article).into()
}

/// The reviewing organ sets the term, at most what the procedure allows (architecture §10.4).
pub(super) fn remand_days_within_limit(asked: &Asked<'_>) -> Verdict {
    let most = asked.context.procedure.limit(&Name::from("remand_handle")).map_or(0, |limit| limit.length);
    let Some(Act::RemandOpinion(remand)) = asked.act else { return Verdict::Holds };
    Verdict::by_number((1..=most).contains(&remand.days), most)
}

/// The petitioner's own act, or a signed form taken by someone other than the handler (architecture §10.18). One who signed with others
/// does not end the matter of all of them: each keeps their own rights.
pub(super) fn withdrawal_own_or_by_other(asked: &Asked<'_>) -> Verdict {
    match asked.context.actor {
        Actor::Petitioner { party } => {
            let party = asked.petition.parties.get(*party as usize);
            party.is_none_or(|party| party.standing != Standing::Cosigner).into()
        }
        Actor::System => Verdict::from(false),
        Actor::Official { id, .. } => {
            let Some(Act::Withdraw(withdrawal)) = asked.act else { return Verdict::Holds };
            let form = withdrawal.signed_form.as_ref().is_some_and(|form| !form.is_empty());
            let handles = asked.petition.owner.is_some_and(|(_, owner)| owner == *id)
                || asked.petition.rounds.iter().any(|round| round.took_part.contains(id));
            (form && !handles).into()
        }
    }
}

/// No withdrawal waits already.
pub(super) fn not_withdrawing(asked: &Asked<'_>) -> Verdict {
    (!asked.petition.withdrawing).into()
}

/// A withdrawal waits.
pub(super) fn withdrawing(asked: &Asked<'_>) -> Verdict {
    asked.petition.withdrawing.into()
}

/// The promise exists and is still owed.
pub(super) fn promise_open(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::RecordExecution(execution)) => {
            let promise = asked.petition.promises.get(execution.promise as usize);
            promise.is_some_and(crate::petition::Promise::is_open).into()
        }
        _ => asked.petition.promises.iter().any(crate::petition::Promise::is_open).into(),
    }
}

/// This is the last promise still owed.
pub(super) fn last_promise(asked: &Asked<'_>) -> bool {
    asked.petition.promises.iter().filter(|promise| promise.is_open()).count() <= 1
}

/// No supervision waits for a reply.
pub(super) fn supervision_not_open(asked: &Asked<'_>) -> Verdict {
    asked.petition.supervision.is_none().into()
}

/// A supervision waits for a reply.
pub(super) fn supervision_open(asked: &Asked<'_>) -> Verdict {
    asked.petition.supervision.is_some().into()
}

/// It says what shows the problem and what should be done, and goes to a unit that does other work than recommending or reviewing; what
/// concerns policy goes to the government of the own level, what concerns officials to nobody who handles the matter (Art.40).
pub(super) fn recommendation_fits(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Recommend(recommendation)) = asked.act else { return Verdict::Holds };
    let (directory, petition, to) = (asked.context.directory, asked.petition, recommendation.to);
    let kind = directory.unit(to).map(|unit| unit.kind);
    let works = kind.is_some_and(|kind| kind != UnitKind::PetitionOffice && kind != UnitKind::ReviewBody);
    let fits = match recommendation.aim {
        Aim::Improve => works,
        // Of the own level: where the record alone is looked at, nobody knows whose that is.
        Aim::Policy => {
            let own = asked.context.actor.unit().filter(|unit| directory.unit(*unit).is_some());
            let governs =
                |unit: &UnitId| directory.unit(*unit).is_some_and(|unit| unit.kind == UnitKind::Government);
            governs(&to) && own.is_none_or(|own| directory.above(own).into_iter().find(governs) == Some(to))
        }
        // Nobody holds themselves to account, nor is held to account by whom they head.
        Aim::Account => {
            let respondent = petition.submission.as_ref().and_then(|submission| submission.respondent);
            let concerned = [petition.owner.map(|(unit, _)| unit), petition.organ, respondent];
            let within = |unit: UnitId| unit == to || directory.above(to).contains(&unit);
            works && !concerned.into_iter().flatten().any(within)
        }
    };
    let complete = !recommendation.evidence.is_empty() && !recommendation.proposal.is_empty();
    (fits && complete).into()
}

/// The superior office holds that the refusal to accept stands.
pub(super) fn refusal_upheld(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::ReviewRefusal(review)) => review.upheld,
        _ => true,
    }
}

/// The window to object to a refusal is open.
pub(super) fn refusal_window_open(asked: &Asked<'_>) -> Verdict {
    let last = asked.petition.latest("object_to_refusal").map(|deadline| deadline.set.due_on);
    Verdict::by_day(last.is_some_and(|last| asked.on <= last), last)
}

/// Rated once, within the window (procedure.md §3.2).
pub(super) fn rating_open(asked: &Asked<'_>) -> Verdict {
    let last = asked.petition.latest("evaluation").map(|deadline| deadline.set.due_on);
    let open = asked.petition.open("evaluation").any(|(_, deadline)| asked.on <= deadline.set.due_on);
    Verdict::by_day(open && !asked.petition.rated, last)
}

/// Whoever confirms is neither whoever proposed nor whoever would be named (T34).
pub(super) fn second_person(asked: &Asked<'_>) -> Verdict {
    let petition = asked.petition;
    // Nor does anybody decide whether the matter is a report about themselves.
    let kept = [proposers(asked), petition.proposed_named.clone()].concat();
    (petition.proposed_kind.is_some() && asked.by_another_than(&kept)).into()
}

/// Whoever proposed to correct the kind.
pub(super) fn proposers(asked: &Asked<'_>) -> Vec<OfficialId> {
    asked.petition.proposed_by.into_iter().collect()
}

/// Whoever serves the feedback on a report, and so closes it, is not whoever signed it: two recipients have seen it to its
/// end (SEAL-5).
pub(super) fn second_recipient(asked: &Asked<'_>) -> Verdict {
    let first = signers(asked);
    (first.is_empty() || asked.by_another_than(&first)).into()
}

/// Whoever signed the letter that is served.
pub(super) fn signers(asked: &Asked<'_>) -> Vec<OfficialId> {
    let letters = &asked.petition.letters;
    let letter = match asked.act {
        Some(Act::Serve(service)) => letters.get(service.letter as usize),
        Some(_) | None => letters.iter().rfind(|letter| letter.signed.to_petitioner),
    };
    letter.and_then(|letter| letter.signed.signer).into_iter().collect()
}

/// Not yet reported as urgent.
pub(super) fn not_urgent_yet(asked: &Asked<'_>) -> Verdict {
    asked.petition.open("urgent_review").next().is_none().into()
}

/// The human who looked found it urgent indeed.
pub(super) fn found_urgent(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::ReviewUrgent(review)) => review.urgent,
        _ => true,
    }
}

/// An urgent matter waits for a human.
pub(super) fn urgent_review_runs(asked: &Asked<'_>) -> Verdict {
    asked.petition.open("urgent_review").next().is_some().into()
}

/// An assignment waits for its report.
pub(super) fn assigned_report_runs(asked: &Asked<'_>) -> Verdict {
    asked.petition.open("assigned_report").next().is_some().into()
}

/// The one who decides on a recusal is not the one concerned, and stands above them: nobody keeps those away who look
/// after them from outside.
pub(super) fn decider_not_concerned(asked: &Asked<'_>) -> Verdict {
    let Some(Act::DecideRecusal(decision)) = asked.act else { return Verdict::Holds };
    let directory = asked.context.directory;
    let concerned = directory.official(decision.official).map(|official| official.unit);
    // A replay knows no units; then the record is believed.
    let deciding = asked.context.actor.unit().filter(|unit| directory.unit(*unit).is_some());
    let above = deciding.is_none_or(|deciding| {
        let instead = || asked.owner_unit().and_then(|owner| asked.concerns().instead_of(owner));
        concerned.is_some_and(|concerned| directory.is_within(concerned, deciding))
            || (asked.petition.decides_on_recusal(deciding)
                && asked.concerns().decides_on(decision.official) == Some(deciding))
            || (concerned == asked.owner_unit() && instead() == Some(deciding))
    });
    (asked.context.actor.official() != Some(decision.official) && above).into()
}

/// Whoever takes over from a recused owner is of the unit and may have the matter; nobody named is chosen by the rules.
pub(super) fn successor_fit(asked: &Asked<'_>) -> Verdict {
    let Some(Act::DecideRecusal(decision)) = asked.act else { return Verdict::Holds };
    let Some((unit, owner)) = asked.petition.owner else { return Verdict::Holds };
    let Some(successor) = decision.successor.filter(|_| decision.recused && decision.official == owner)
    else {
        return Verdict::Holds;
    };
    let petition = asked.petition;
    let kept = petition.recused.contains(&successor) || petition.named.contains(&successor);
    let known = asked.context.directory.official(successor);
    (successor != decision.official
        && !kept
        && !asked.concerns().took_part_elsewhere(successor)
        && known.is_some_and(|official| official.active && official.unit == unit))
    .into()
}

/// At most five representatives (Art.20(3)).
pub(super) fn representatives_within_limit(asked: &Asked<'_>) -> Verdict {
    let most = asked.context.procedure.max_representatives;
    let Some(Act::AddParty(party)) = asked.act else { return Verdict::Holds };
    let now =
        asked.petition.parties.iter().filter(|party| party.standing == Standing::Representative).count();
    let within = party.standing != Standing::Representative || (now as u64) < u64::from(most);
    Verdict::by_number(within, most)
}
