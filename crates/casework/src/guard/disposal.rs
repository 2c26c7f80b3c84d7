//! Conditions of restriction and erasure (PIPL Art.47; RET-1; docs/decisions/0012): at rest with nothing running, on a
//! basis of the law's list, after the time for which the file must be kept, by two persons.

use super::{Asked, Verdict};
use crate::act::{Act, Measure, Proposed};
use crate::ids::OfficialId;
use crate::petition::{DISPOSAL, RECOMMENDATION};
use jiff::civil::Date;

/// What is asked about: what is proposed, or what was proposed and is decided on now.
fn proposed(asked: &Asked<'_>) -> Option<Proposed> {
    if let Some(Act::ProposeDisposal(proposal)) = asked.act {
        return Some(proposal.into());
    }
    asked.petition.disposal.as_ref().map(Proposed::from)
}

/// Whether what is asked would be done: a refusal needs nothing of what the measure needs, so that it is always possible.
fn would_be_done(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::DecideDisposal(decision)) => decision.approved,
        Some(_) => true,
        None => asked.petition.disposal.is_none(),
    }
}

/// The last day for which the file must be kept: as the record says, and never before what the procedure computes.
fn kept_until(asked: &Asked<'_>, proposed: &Proposed) -> Option<Date> {
    asked.context.procedure.kept_until(asked.petition.moved_on).max(proposed.kept_until)
}

/// No deadline runs but that of the decision itself, and the matter is not handled together with another one. A
/// supervision or recommendation can be answered under a restriction, after the key was destroyed it cannot.
pub(super) fn nothing_runs(asked: &Asked<'_>) -> Verdict {
    let petition = asked.petition;
    let erases = proposed(asked).is_some_and(|proposed| proposed.measure == Measure::Erase);
    let answerable = [asked.context.procedure.supervision.as_str(), RECOMMENDATION];
    let mut running = petition.open_deadlines().filter(|(_, deadline)| {
        let limit = &deadline.set.limit;
        *limit != *DISPOSAL && (erases || !answerable.contains(&limit.as_str()))
    });
    let rests = running.next().is_none() && petition.merged_into.is_none() && !petition.withdrawing;
    (rests || !would_be_done(asked)).into()
}

/// One proposal at a time, and something to decide on.
pub(super) fn no_disposal_waits(asked: &Asked<'_>) -> Verdict {
    asked.petition.disposal.is_none().into()
}

/// Something was proposed.
pub(super) fn disposal_waits(asked: &Asked<'_>) -> Verdict {
    asked.petition.disposal.is_some().into()
}

/// The basis is one of the procedure's list, and one on which this may be done.
pub(super) fn disposal_based(asked: &Asked<'_>) -> Verdict {
    let Some(proposed) = proposed(asked) else { return Verdict::Holds };
    let basis = asked.context.procedure.disposal(&proposed.basis);
    basis.is_some_and(|basis| basis.measures.contains(&proposed.measure)).into()
}

/// Whether it is restricted on a basis that holds it: a court that wants it kept.
fn held(asked: &Asked<'_>) -> bool {
    let restricted = asked.petition.restricted.as_ref();
    let basis = restricted.and_then(|restricted| asked.context.procedure.disposal(&restricted.basis));
    basis.is_some_and(|basis| basis.holds)
}

/// What is not restricted is not freed, nothing is restricted twice, and what is held is freed before it is erased.
pub(super) fn disposal_in_turn(asked: &Asked<'_>) -> Verdict {
    let Some(proposed) = proposed(asked).filter(|_| would_be_done(asked)) else { return Verdict::Holds };
    let restricted = asked.petition.restricted.is_some();
    match proposed.measure {
        Measure::Restrict => !restricted,
        Measure::Lift => restricted,
        Measure::Erase => !held(asked),
    }
    .into()
}

/// Nothing is erased while it must be kept, unless the basis goes before that duty; nothing is only restricted that may be
/// erased (PIPL Art.47(2)).
pub(super) fn retention_over(asked: &Asked<'_>) -> Verdict {
    let Some(proposed) = proposed(asked).filter(|_| would_be_done(asked)) else { return Verdict::Holds };
    let kept_until = kept_until(asked, &proposed);
    let over = kept_until.is_some_and(|last| asked.on > last);
    let basis = asked.context.procedure.disposal(&proposed.basis);
    let holds = match proposed.measure {
        Measure::Erase => over || basis.is_some_and(|basis| basis.overrides),
        Measure::Restrict => !over || basis.is_some_and(|basis| basis.holds),
        Measure::Lift => true,
    };
    Verdict::by_day(holds, kept_until)
}

/// What shows words of this matter too goes first: the parts of a letter that was split, and whoever was answered with it.
pub(super) fn dependants_disposed(asked: &Asked<'_>) -> Verdict {
    let Some(proposed) = proposed(asked).filter(|_| would_be_done(asked)) else { return Verdict::Holds };
    if asked.act.is_none() {
        return Verdict::Holds;
    }
    let petition = asked.petition;
    let answered = petition.answered_too.iter().filter(|_| proposed.measure == Measure::Erase);
    let left = petition.parts.iter().chain(answered).filter(|id| {
        let known = asked.context.related.iter().find(|other| other.id == **id);
        known.is_none_or(|other| !other.is_disposed(proposed.measure))
    });
    let left = u32::try_from(left.count()).unwrap_or(u32::MAX);
    Verdict::by_number(left == 0, left)
}

/// A part shows words of the letter it was split from: it is freed after that.
pub(super) fn whole_freed_first(asked: &Asked<'_>) -> Verdict {
    let frees = proposed(asked)
        .filter(|proposed| proposed.measure == Measure::Lift && asked.act.is_some() && would_be_done(asked));
    let Some(whole) = asked.petition.split_from.filter(|_| frees.is_some()) else { return Verdict::Holds };
    let known = asked.context.related.iter().find(|other| other.id == whole);
    known.is_some_and(|whole| !whole.is_withheld()).into()
}

/// What the petitioner is told of backups counts from the day of the destruction: it cannot be dated back.
pub(super) fn disposal_decided_today(asked: &Asked<'_>) -> Verdict {
    (asked.act.is_none() || asked.on == asked.context.today).into()
}

/// Somebody decides: the head of a unit other than whoever proposes.
pub(super) fn disposal_decider_exists(asked: &Asked<'_>) -> Verdict {
    let Some(proposer) = asked.context.actor.official() else { return false.into() };
    // A replay knows no units; then the record is believed.
    let knows = asked.context.actor.unit().is_some_and(|unit| asked.context.directory.unit(unit).is_some());
    (!knows || asked.concerns().decides_on_disposal(Some(proposer)).is_some()).into()
}

/// DUAL-1, I10: nobody decides on what they proposed.
pub(super) fn disposal_by_another(asked: &Asked<'_>) -> Verdict {
    let first = proposers(asked);
    (!first.is_empty() && asked.by_another_than(&first)).into()
}

/// Whoever proposed it.
pub(super) fn proposers(asked: &Asked<'_>) -> Vec<OfficialId> {
    asked.petition.disposal.as_ref().and_then(|proposal| proposal.by).into_iter().collect()
}

/// Whoever refuses says why.
pub(super) fn disposal_refusal_explained(asked: &Asked<'_>) -> Verdict {
    let Some(Act::DecideDisposal(decision)) = asked.act else { return Verdict::Holds };
    (decision.approved || !decision.reason.is_empty()).into()
}
