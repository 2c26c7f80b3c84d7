//! The day after the last day: what the system does when nobody did.

use super::consequence::Draft;
use crate::act::{Passing, Verb};
use crate::fact::Fact;
use crate::ids::{Name, UnitId};
use crate::petition::{DISPOSAL, Deadline, DeadlineState};
use crate::procedure::{Consequence, Transition};
use crate::refusal::Refusal;

/// A deadline's day is over. Done once for each deadline; a second time is refused.
pub(super) fn pass(draft: &mut Draft<'_>, passing: Passing) -> Result<(), Refusal> {
    let context = draft.context;
    let deadline =
        draft.state.deadlines.get(passing.deadline as usize).ok_or(Refusal::Unknown { what: "deadline" })?;
    let due_on = deadline.set.due_on;
    if deadline.state != DeadlineState::Running || context.today <= due_on {
        return Err(Refusal::Guard {
            guard: "deadline_passed",
            basis: String::new(),
            day: Some(due_on),
            number: None,
        });
    }
    let name = deadline.set.limit.clone();
    let limit = context
        .procedure
        .limit(&name)
        .ok_or_else(|| Refusal::ProcedureLacks { what: format!("limit {name}") })?;
    draft.record(Fact::Passed(passing.clone()));
    // The directory may have changed since: whoever may not have it any more owes nothing in it.
    if draft.divert() {
        draft.set_owner(None);
    }
    let unit =
        draft.state.deadlines.get(passing.deadline as usize).and_then(|deadline| answerable(draft, deadline));
    match limit.when_passed {
        Consequence::Supervise => {
            draft.record(Fact::DeadlineMissed { deadline: passing.deadline });
            supervise(draft, &name, unit)
        }
        Consequence::Close => {
            draft.record(Fact::WindowClosed { deadline: passing.deadline });
            match transition_about(draft, &name) {
                Some(transition) => draft.follow(transition, None),
                None => Ok(()),
            }
        }
        Consequence::Withdraw => {
            draft.record(Fact::WindowClosed { deadline: passing.deadline });
            draft.record(Fact::Withdrawn);
            let Some(transition) = transition_about(draft, &name) else { return Ok(()) };
            draft.follow(transition, None)?;
            super::relations::leave_lead(draft)?;
            super::relations::release_joined(draft)
        }
    }
}

/// A missed duty opens a supervision with a deadline of its own; a missed reply takes it a step up. The supervisor's
/// letter goes to the unit, never to the petitioner (procedure.md §1.15).
pub(super) fn supervise(draft: &mut Draft<'_>, missed: &Name, unit: Option<UnitId>) -> Result<(), Refusal> {
    let context = draft.context;
    let reply = &context.procedure.supervision;
    let step = match draft.state.supervision {
        None => 1,
        Some(open) if missed == reply => open.step.saturating_add(1),
        // Already supervised for another cause: that reply is still running against the unit.
        Some(_) => return Ok(()),
    };
    draft.record(Fact::SupervisionEscalated { step });
    let supervised = unit.or(draft.state.owner.map(|(unit, _)| unit));
    let taken_by = supervised.filter(|_| step > 1).and_then(|unit| take_from(draft, unit));
    let unit = taken_by.or(supervised);
    // By law, whoever's act made it due: no unit signs the letter that supervises it.
    let above = taken_by.or_else(|| supervised.and_then(|unit| draft.supervisor_of(unit)));
    let office = draft.state.office.filter(|_| !draft.concerns().is_sealed());
    let above = above.or(office).or(unit);
    let letters = context.procedure.transitions.iter().find(|transition| transition.verb == Verb::Supervise);
    for letter in letters.map_or(&[][..], |transition| transition.letters.as_slice()) {
        let Some(office) = above else { break };
        draft.sign_as(letter, office, None)?;
    }
    let limit = context
        .procedure
        .limit(reply)
        .ok_or_else(|| Refusal::ProcedureLacks { what: format!("limit {reply}") })?;
    let setting = super::limits::set(context, &draft.state, limit, draft.on, unit, None)?;
    draft.record(Fact::DeadlineSet(setting));
    Ok(())
}

/// A sealed matter that is not acted on past its deadline, and of which the supervisor is told nothing either, is taken
/// from the unit and goes up, with everything owed in it (SEAL-5). Every other stays where the law put it. The unit that
/// has it now, if it was taken.
fn take_from(draft: &mut Draft<'_>, unit: UnitId) -> Option<UnitId> {
    let stage = draft.state.stage.as_ref().and_then(|stage| draft.context.procedure.stage(stage));
    if !draft.concerns().is_sealed() || stage.is_none_or(|stage| stage.rest.is_some()) {
        return None;
    }
    let to = draft.escalates_to(unit)?;
    draft.record(Fact::Diverted { from: unit, to });
    draft.set_owner(None);
    Some(to)
}

/// Who is supervised for a missed deadline: whoever is bound by a letter, a promise or a reply; for the matter itself
/// whoever has it now, so that a limit that runs through from receipt is not held against the office that sent the
/// matter on. The organ keeps what it owes while a review is in course.
fn answerable(draft: &Draft<'_>, deadline: &Deadline) -> Option<UnitId> {
    let set = &deadline.set;
    let of_its_own = set.letter.is_some()
        || set.promise.is_some()
        || set.limit == draft.context.procedure.supervision
        || set.limit == *DISPOSAL
        || set.unit == draft.state.organ;
    let owner = draft.state.owner.map(|(unit, _)| unit);
    if of_its_own { set.unit.or(owner) } else { owner.or(set.unit) }
}

fn transition_about<'a>(draft: &Draft<'a>, limit: &Name) -> Option<&'a Transition> {
    let stage = draft.state.stage.as_ref();
    let procedure = draft.context.procedure;
    procedure.transitions.iter().find(|transition| {
        transition.verb == Verb::Pass
            && transition.about.as_ref() == Some(limit)
            && transition.leaves(stage, procedure)
    })
}
