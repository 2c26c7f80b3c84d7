//! Deadlines as consequences: when a limit begins, how long it is, when it moves.

use super::Context;
use crate::deadline::{Due, Explanation, Period, compute, explain};
use crate::fact::DeadlineSetting;
use crate::guard::handling_hearing_days;
use crate::ids::{Name, UnitId};
use crate::petition::{Deadline, Petition};
use crate::procedure::{LengthSource, Limit, Procedure};
use crate::refusal::Refusal;
use jiff::civil::Date;

/// The period of a limit, with what extends and suspends it in this petition.
pub(super) fn period(limit: &Limit, petition: &Petition, given_days: Option<u32>) -> Period {
    let hearing = limit.excludes.iter().any(|cause| *cause == *"hearing");
    Period {
        length: given_days.unwrap_or(limit.length),
        unit: limit.unit,
        extension_days: if limit.extension_days > 0 { petition.extension_days } else { 0 },
        roll: limit.roll,
        excluded: if hearing { handling_hearing_days(&petition.hearings) } else { Vec::new() },
    }
}

/// Sets a limit from a day.
pub(super) fn set(
    context: &Context<'_>,
    petition: &Petition,
    limit: &Limit,
    from: Date,
    unit: Option<UnitId>,
    given_days: Option<u32>,
) -> Result<DeadlineSetting, Refusal> {
    let due = compute(context.calendar, from, &period(limit, petition, given_days))
        .map_err(|_| Refusal::DateOutOfRange)?;
    Ok(setting(limit.id.clone(), due, unit, given_days))
}

/// Sets a limit whose last day the act itself names: it is kept as named.
pub(super) fn set_by_date(limit: &Limit, from: Date, due_on: Date, unit: Option<UnitId>) -> DeadlineSetting {
    let days = u32::try_from((due_on - from).get_days()).unwrap_or(0);
    let due = Due { from, raw_due_on: due_on, due_on, provisional: false };
    setting(limit.id.clone(), due, unit, Some(days))
}

fn setting(limit: Name, due: Due, unit: Option<UnitId>, given_days: Option<u32>) -> DeadlineSetting {
    DeadlineSetting {
        limit,
        from: due.from,
        raw_due_on: due.raw_due_on,
        due_on: due.due_on,
        provisional: due.provisional,
        given_days,
        letter: None,
        promise: None,
        unit,
        official: None,
    }
}

/// The dates a deadline would have if it were set anew now.
pub(super) fn recompute(
    context: &Context<'_>,
    petition: &Petition,
    limit: &Limit,
    deadline: &Deadline,
) -> Result<Due, Refusal> {
    let period = period(limit, petition, deadline.set.given_days);
    compute(context.calendar, deadline.set.from, &period).map_err(|_| Refusal::DateOutOfRange)
}

/// Why a deadline has the date it has, from the facts it was set by; `None` when an act named the date.
pub fn explain_deadline(
    calendar: &crate::calendar::Calendar,
    limit: &Limit,
    petition: &Petition,
    deadline: &Deadline,
) -> Option<Explanation> {
    if limit.source == LengthSource::Date {
        return None;
    }
    let period = period(limit, petition, deadline.set.given_days);
    // A deadline set before the calendar changed, or by a remedy of another length, is not explained by guesswork.
    explain(calendar, deadline.set.from, &period)
        .ok()
        .filter(|explanation| explanation.due.due_on == deadline.set.due_on)
}

/// One step of the chain to the latest lawful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The limit.
    pub limit: Name,
    /// Its last day, counted from the last day of the step before.
    pub due: Due,
    /// The period as counted, extension included.
    pub period: Period,
}

/// The latest lawful answer: each step from the rolled last day of the one before, an extendable one with its
/// extension (architecture §10.35). The last step's `due_on` is the date on the receipt.
///
/// # Errors
/// `ProcedureLacks` when the procedure has no chain for the kind; `DateOutOfRange`.
pub fn latest_answer(
    procedure: &Procedure,
    calendar: &crate::calendar::Calendar,
    kind: &Name,
    dispatched: bool,
    received_on: Date,
) -> Result<Vec<Step>, Refusal> {
    let lacks = || Refusal::ProcedureLacks { what: format!("latest_answer of {kind}") };
    let chain = procedure
        .latest_answer
        .iter()
        .find(|answer| answer.kind == *kind && answer.dispatched == dispatched)
        .ok_or_else(lacks)?;
    let mut from = received_on;
    let mut steps = Vec::new();
    for name in &chain.chain {
        let limit = procedure.limit(name).ok_or_else(lacks)?;
        let period = Period {
            length: limit.length,
            unit: limit.unit,
            extension_days: limit.extension_days,
            roll: limit.roll,
            excluded: Vec::new(),
        };
        let due = compute(calendar, from, &period).map_err(|_| Refusal::DateOutOfRange)?;
        from = due.due_on;
        steps.push(Step { limit: name.clone(), due, period });
    }
    Ok(steps)
}
