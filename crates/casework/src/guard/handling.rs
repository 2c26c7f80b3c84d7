//! Conditions of paths, acceptance, hearing, extension, settlement and the written opinion (Art.28–34).

use super::{Asked, Verdict};
use crate::act::{Act, Answer, Outcome};
use crate::deadline::{Period, Roll, Unit, compute};
use crate::ids::{Name, OfficialId};
use jiff::civil::Date;

/// The way in the act is one that the organ itself carries out (Art.31(4)(5)).
pub(super) fn way_is_own_duty(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::RouteToPath(routing)) => {
            asked.context.procedure.way(&routing.way).is_some_and(|way| way.own_duty)
        }
        _ => false,
    }
}

/// The way already notified is one that the organ itself carries out.
pub(super) fn routed_way_is_own_duty(asked: &Asked<'_>) -> bool {
    let way = asked.petition.way.as_ref().and_then(|way| asked.context.procedure.way(way));
    way.is_some_and(|way| way.own_duty)
}

/// A path notice names a way, its article and the body (procedure.md §1.6), and a remedy's start when it names one.
pub(super) fn path_complete(asked: &Asked<'_>) -> Verdict {
    let Some(Act::RouteToPath(routing)) = asked.act else { return Verdict::Holds };
    let procedure = asked.context.procedure;
    let remedy_fits = match (&routing.remedy, routing.knew_on) {
        (None, _) => true,
        (Some(remedy), Some(knew_on)) => {
            procedure.remedy(remedy).is_some_and(|remedy| remedy.ways.contains(&routing.way))
                && knew_on <= asked.on
        }
        (Some(_), None) => false,
    };
    (procedure.way(&routing.way).is_some()
        && names_article(&routing.article)
        && !routing.body.is_empty()
        && remedy_fits)
        .into()
}

/// The petition procedure is entered by acceptance, not by a path notice.
pub(super) fn path_not_petition(asked: &Asked<'_>) -> Verdict {
    let Some(Act::RouteToPath(routing)) = asked.act else { return Verdict::Holds };
    (!asked.context.procedure.way(&routing.way).is_some_and(|way| way.petition)).into()
}

/// A ground from the closed list, its facts and what the petitioner can do (procedure.md §1.10).
pub(super) fn ground_facts_given(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Decline(declining)) = asked.act else { return Verdict::Holds };
    let known = asked.context.procedure.ground(&declining.ground).is_some();
    (known && !declining.facts.is_empty() && !declining.advice.is_empty()).into()
}

/// Refusing for want of remit is not open to the organ that the sender, deciding an objection, held competent
/// (Art.23(3), 44(2)); nor on any ground that the superior petition office held wrong.
pub(super) fn no_refusal_within_remit(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Decline(declining)) = asked.act else { return Verdict::Holds };
    let held_competent = asked.petition.objection_refused && declining.ground == *"NA4";
    (!held_competent && !asked.petition.overturned.contains(&declining.ground)).into()
}

/// Every other way of Art.31 was examined, with reasons, before the petition procedure is chosen.
pub(super) fn other_ways_excluded(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Accept(acceptance) | Act::AcceptSimple(acceptance)) = asked.act else {
        return Verdict::Holds;
    };
    let others = asked.context.procedure.ways.iter().filter(|way| !way.petition);
    let all = others.clone().all(|way| acceptance.ways_examined.contains(&way.id));
    (others.count() == 0 || (all && !acceptance.ways_reason.is_empty())).into()
}

/// It was declared that no interest requires recusal (Art.28(3)).
pub(super) fn recusal_declared(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::Accept(acceptance) | Act::AcceptSimple(acceptance)) => acceptance.no_conflict.into(),
        Some(Act::IssueOpinion(opinion)) => opinion.no_conflict.into(),
        Some(Act::UpholdOpinion(decision) | Act::ChangeOpinion(decision)) => decision.no_conflict.into(),
        Some(Act::RemandOpinion(remand)) => remand.no_conflict.into(),
        _ => Verdict::Holds,
    }
}

/// A first petition, of one person, sent by no superior, that fits an item of the list (国信办发〔2022〕17号).
pub(super) fn simple_fits(asked: &Asked<'_>) -> Verdict {
    let petition = asked.petition;
    let submission = petition.submission.as_ref();
    let first = submission.is_some_and(|submission| submission.earlier.is_none() && submission.n_people <= 1);
    let assigned = petition.latest("assigned_report").is_some();
    let listed = match asked.act {
        Some(Act::AcceptSimple(acceptance)) => acceptance.simple_ground.as_ref().is_some_and(|ground| {
            asked.context.procedure.simple_grounds.iter().any(|known| known.id == *ground)
        }),
        _ => true,
    };
    (first && !assigned && !petition.urgent && petition.remands == 0 && listed).into()
}

/// Within three working days of receipt by the organ (K12).
pub(super) fn simple_in_time(asked: &Asked<'_>) -> Verdict {
    let last = asked.petition.latest("simple_accept").map(|deadline| deadline.set.due_on);
    let open = asked.petition.open("simple_accept").any(|(_, deadline)| asked.on <= deadline.set.due_on);
    Verdict::by_day(open, last)
}

/// Only a matter under the simple procedure is converted.
pub(super) fn is_simple(asked: &Asked<'_>) -> Verdict {
    asked.petition.simple.into()
}

/// The first contact is made by somebody of the unit in charge: a record of nobody counts for nothing.
pub(super) fn contact_by_handler(asked: &Asked<'_>) -> Verdict {
    asked.context.actor.official().is_some().into()
}

/// The petitioner stated facts and reasons in this round (Art.31(6)).
pub(super) fn petitioner_heard(asked: &Asked<'_>) -> Verdict {
    asked.petition.heard.into()
}

/// Notice at least seven days before the hearing, rolled to the working day before (procedure.md §2.2 rule 5).
pub(super) fn hearing_notice_in_time(asked: &Asked<'_>) -> Verdict {
    let Some(Act::NotifyHearing(notice)) = asked.act else { return Verdict::Holds };
    let period = Period {
        length: 7,
        unit: Unit::CalendarDaysBefore,
        extension_days: 0,
        roll: Roll::PreviousWorkingDay,
        excluded: Vec::new(),
    };
    let latest = compute(asked.context.calendar, notice.held_on, &period).ok().map(|due| due.due_on);
    Verdict::by_day(latest.is_some_and(|latest| asked.on <= latest), latest)
}

/// The chair is an official who does not investigate the matter.
pub(super) fn chair_not_investigator(asked: &Asked<'_>) -> Verdict {
    let Some(Act::NotifyHearing(notice)) = asked.act else { return Verdict::Holds };
    let exists = asked.context.directory.official(notice.chair).is_some_and(|official| official.active);
    let owner = asked.petition.owner.map(|(_, official)| official);
    let investigates = asked.petition.round().is_some_and(|round| round.took_part.contains(&notice.chair));
    (exists && owner != Some(notice.chair) && !investigates).into()
}

/// A hearing is held on notice.
pub(super) fn hearing_was_notified(asked: &Asked<'_>) -> Verdict {
    asked.petition.hearing_on.is_some().into()
}

/// The days of a hearing are in order, not before the day notified and not in the future.
pub(super) fn hearing_days_in_order(asked: &Asked<'_>) -> Verdict {
    let Some(Act::HoldHearing(record)) = asked.act else { return Verdict::Holds };
    let notified = asked.petition.hearing_on;
    let in_order = record.began_on <= record.ended_on
        && record.ended_on <= asked.context.today
        && notified.is_none_or(|day| record.began_on >= day);
    Verdict::by_day(in_order, notified)
}

/// One extension only (Art.34).
pub(super) fn extension_once(asked: &Asked<'_>) -> Verdict {
    (asked.petition.extension_days == 0 && asked.petition.open("handle").next().is_some()).into()
}

/// Approved and notified before the limit ends (procedure.md §2.2 rule 7).
pub(super) fn extension_in_time(asked: &Asked<'_>) -> Verdict {
    let last = asked.petition.open("handle").next().map(|(_, deadline)| deadline.set.due_on);
    Verdict::by_day(last.is_some_and(|last| asked.on <= last), last)
}

/// Whoever approves is not whoever handles or handled it: one's own delay is extended by somebody else, also after it was
/// handed on (Art.34; CORE-4, DUAL-1).
pub(super) fn approver_not_handler(asked: &Asked<'_>) -> Verdict {
    asked.by_another_than(&handlers(asked)).into()
}

/// Whoever handles it, and whoever did in this round.
pub(super) fn handlers(asked: &Asked<'_>) -> Vec<OfficialId> {
    let petition = asked.petition;
    let before = petition.round().into_iter().flat_map(|round| round.took_part.iter().copied());
    petition.owner.map(|(_, handler)| handler).into_iter().chain(before).collect()
}

/// At most thirty days (Art.34).
pub(super) fn extension_within_limit(asked: &Asked<'_>) -> Verdict {
    let most = asked.context.procedure.limit(&Name::from("handle")).map_or(0, |limit| limit.extension_days);
    match asked.act {
        Some(Act::Extend(extension)) => Verdict::by_number((1..=most).contains(&extension.days), most),
        _ => Verdict::Holds,
    }
}

/// Both sides signed (Art.33).
pub(super) fn signed_by_both(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Settle(settlement)) = asked.act else { return Verdict::Holds };
    settlement.signed_by_both.into()
}

/// Every term has words, a performer and a day to come (architecture §10.29).
pub(super) fn terms_dated(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Settle(settlement)) = asked.act else { return Verdict::Holds };
    let complete = settlement.terms.iter().all(|term| {
        !term.promise.is_empty()
            && term.due_on >= asked.on
            && asked.context.directory.unit(term.executor).is_some()
    });
    (!settlement.terms.is_empty() && complete).into()
}

/// The items asked for have a day to come.
pub(super) fn supplement_date_ahead(asked: &Asked<'_>) -> Verdict {
    let Some(Act::RequestSupplement(request)) = asked.act else { return Verdict::Holds };
    (request.by > asked.on).into()
}

/// An interim reply names a day to come.
pub(super) fn expected_date_ahead(asked: &Asked<'_>) -> Verdict {
    let Some(Act::ReplyInterim(reply)) = asked.act else { return Verdict::Holds };
    (reply.expected_on > asked.on).into()
}

/// The opinion validator (procedure.md §1.7): findings, and exactly one complete answer to every request.
pub(super) fn opinion_complete(asked: &Asked<'_>) -> Verdict {
    let Some(Act::IssueOpinion(opinion)) = asked.act else { return Verdict::Holds };
    if opinion.findings.is_empty() {
        return Verdict::Fails { day: None, number: Some(0) };
    }
    answers(asked, &opinion.answers)
}

/// Names the first request, from 1, that has no answer or an incomplete one.
pub(super) fn answers(asked: &Asked<'_>, answers: &[Answer]) -> Verdict {
    let n_requests = u32::try_from(asked.petition.requests.len()).unwrap_or(u32::MAX).max(1);
    let faulty = (0..n_requests).find(|request| {
        let mut of_request = answers.iter().filter(|answer| answer.request == *request);
        match (of_request.next(), of_request.next()) {
            (Some(answer), None) => !is_complete(asked, answer),
            (None, _) | (Some(_), Some(_)) => true,
        }
    });
    let beyond = answers.iter().find(|answer| answer.request >= n_requests).map(|answer| answer.request);
    match faulty.or(beyond) {
        None => Verdict::Holds,
        Some(request) => Verdict::Fails { day: None, number: Some(request.saturating_add(1)) },
    }
}

fn is_complete(asked: &Asked<'_>, answer: &Answer) -> bool {
    let reasoned = !answer.reason.is_empty() && names_article(&answer.article);
    match answer.outcome {
        Outcome::Supported => {
            let executor = answer.executor.is_some_and(|unit| asked.context.directory.unit(unit).is_some());
            let action = answer.action.as_ref().is_some_and(|action| !action.is_empty());
            reasoned && executor && action && answer.due_on.is_some_and(|due_on| due_on >= asked.on)
        }
        Outcome::Explained | Outcome::NotSupported => reasoned,
    }
}

/// A citation has words; what it says is for the reader to judge.
pub(super) fn names_article(article: &str) -> bool {
    article.trim().chars().count() >= 2
}

/// The signer is neither recused nor of the unit reported, and someone other than whom the matter names.
pub(super) fn signer_not_concerned(asked: &Asked<'_>) -> Verdict {
    let official = asked.context.actor.official();
    let petition = asked.petition;
    official
        .is_some_and(|official| !petition.recused.contains(&official) && !petition.named.contains(&official))
        .into()
}

/// After a remand a human says in what the opinion differs (Art.35, 36; architecture §10.4).
pub(super) fn not_the_same_opinion(asked: &Asked<'_>) -> Verdict {
    let Some(Act::IssueOpinion(opinion)) = asked.act else { return Verdict::Holds };
    (asked.petition.remands == 0 || opinion.differs.as_ref().is_some_and(|text| !text.is_empty())).into()
}

/// The days on which hearings were held, clipped to what matters for a limit.
pub(crate) fn hearing_days(hearings: &[(Date, Date)]) -> Vec<crate::deadline::Interval> {
    hearings.iter().map(|(first, last)| crate::deadline::Interval { first: *first, last: *last }).collect()
}
