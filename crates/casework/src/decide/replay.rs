//! A recorded decision made once more, by the same machinery, on what the record alone knows.
//!
//! Nothing here says no: what stands against the decision is collected, and what should have followed is handed back
//! for comparison. Authority is not asked, because roles and posts are the directory's (see [`crate::audit`]).

use super::consequence::Draft;
use super::{Context, choose, legal_date, relations, second, timer};
use crate::act::{Act, Command, Registration, Submission};
use crate::fact::{Event, Fact};
use crate::guard::{self, Asked, Verdict};
use crate::ids::{PetitionId, UnitId};
use crate::petition::Petition;
use crate::procedure::Transition;
use crate::refusal::Refusal;
use jiff::civil::Date;
use std::borrow::Cow;

/// What the rules make of a recorded decision.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// What stands against it; empty when it was allowed.
    pub(crate) refusals: Vec<Refusal>,
    /// What should have followed, and the petition it makes; `None` when nothing could.
    pub(crate) followed: Option<(Vec<Event>, Petition)>,
}

impl Replayed {
    fn refused(refusal: Refusal) -> Replayed {
        Replayed { refusals: vec![refusal], followed: None }
    }

    fn of(draft: Draft<'_>, result: Result<(), Refusal>) -> Replayed {
        match result {
            Ok(()) => Replayed { refusals: Vec::new(), followed: Some(draft.into_followed()) },
            Err(refusal) => Replayed::refused(refusal),
        }
    }
}

/// An act on the petition itself; `on` is the legal day that stands in the record.
pub(crate) fn act(
    context: &Context<'_>,
    petition: &Petition,
    on: Date,
    command: Command,
    recorded: &[Event],
) -> Replayed {
    let mut refusals: Vec<Refusal> = legal_date(context, petition, &command).err().into_iter().collect();
    refusals.extend(relations::check_disposed(petition, command.act.verb()).err());
    let mut draft = Draft::new(context, Cow::Borrowed(petition), on).replaying(recorded);
    let carried_out = if let Act::Pass(passing) = command.act {
        timer::pass(&mut draft, passing)
    } else {
        let act = relations::complete(context, petition, command.act);
        refusals.extend(relations::check_kind(context, &act).err());
        choose(context, petition, &act, on).and_then(|transition| {
            refusals.extend(against(context, petition, transition, &act, on));
            refusals.extend(relations::check_concerns(context, petition, &act, &transition.basis).err());
            let first = second::first_people(&Asked { context, petition, act: Some(&act), on }, transition);
            draft.carry_out(transition, act)?;
            second::record(&mut draft, &first, None);
            Ok(())
        })
    };
    let days_back = (context.today - on).get_days();
    if let Some(reason) = command.dated_back
        && days_back > 0
    {
        draft.record(Fact::DatedBack { days: u32::try_from(days_back).unwrap_or(u32::MAX), reason });
    }
    let replayed = Replayed::of(draft, carried_out);
    refusals.extend(replayed.refusals);
    Replayed { refusals, followed: replayed.followed }
}

/// Every guard of the transition that does not hold.
fn against(
    context: &Context<'_>,
    petition: &Petition,
    transition: &Transition,
    act: &Act,
    on: Date,
) -> Vec<Refusal> {
    let asked = Asked { context, petition, act: Some(act), on };
    let failing = transition.guards.iter().filter_map(|name| match guard::ask(name.as_str(), &asked) {
        Verdict::Holds => None,
        Verdict::Fails { day, number } => {
            let guard = guard::guard_name(name.as_str()).unwrap_or("unknown_guard");
            Some(Refusal::Guard { guard, basis: transition.basis.clone(), day, number })
        }
    });
    failing.collect()
}

/// The answer of the matter that this petition had joined.
pub(crate) fn answer_in_common(
    context: &Context<'_>,
    petition: &Petition,
    (lead, organ): (PetitionId, UnitId),
    transition: &Transition,
    answer: &Event,
    recorded: &[Event],
) -> Replayed {
    let mut draft = Draft::new(context, Cow::Borrowed(petition), answer.on).replaying(recorded);
    let result = draft.answer_with(lead, organ, transition, answer.fact.clone());
    Replayed::of(draft, result)
}

/// The first decision of a petition that began as a part of another.
pub(crate) fn part(
    context: &Context<'_>,
    petition: &Petition,
    parent: PetitionId,
    (own, received_on): (Box<Submission>, Date),
    registered: (Registration, Date),
    recorded: &[Event],
) -> Replayed {
    let mut draft = Draft::new(context, Cow::Borrowed(petition), received_on).replaying(recorded);
    let received_as = Act::Submit(own.clone());
    let result = relations::begin_part(&mut draft, parent, &received_as, own, registered);
    Replayed::of(draft, result)
}
