//! May it be done, and what follows from it.
//!
//! `decide` asks three things in this order: may this actor ask (`authority`), does the procedure allow it at this
//! stage, do the named guards hold. Then it emits the fact and its consequences, read off the procedure. It has no
//! effect of its own: the shell writes what it returns, or nothing.

mod consequence;
mod limits;
mod offices;
mod relations;
pub(crate) mod replay;
mod running;
mod second;
mod timer;

pub use limits::{Step as AnswerStep, explain_deadline, latest_answer};

use crate::act::{Act, Command, Verb};
use crate::authority::{self, Actor};
use crate::calendar::Calendar;
use crate::directory::Directory;
use crate::fact::{Event, Fact};
use crate::guard::{self, Asked, Verdict};
use crate::ids::{Name, PetitionId, UnitId};
use crate::petition::Petition;
use crate::procedure::{Procedure, Transition};
use crate::refusal::Refusal;
use consequence::Draft;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Everything a decision may look at beside the petition and the request.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The procedure in force when the petition was received.
    pub procedure: &'a Procedure,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Units and officials.
    pub directory: &'a Directory,
    /// Who asks.
    pub actor: &'a Actor,
    /// Today's civil date in the office's zone.
    pub today: Date,
    /// Other petitions the act touches: the lead and the joined ones of a merge, the earlier matter of a new one.
    pub related: &'a [Petition],
    /// Last letter numbers given, by unit, series and year; a missing entry means none yet.
    pub letter_numbers: &'a LetterNumbers,
}

/// Last number given per issuing unit, series ([`crate::fact::LetterSigned::series`]) and year.
pub type LetterNumbers = BTreeMap<(UnitId, String, i16), u32>;

/// What follows from a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Events of the petition itself.
    pub events: Vec<Event>,
    /// Events of other petitions, to be committed in the same batch with every version checked (architecture §10.30).
    pub others: Vec<(PetitionId, Vec<Event>)>,
}

/// Decides a command.
///
/// # Errors
/// A [`Refusal`] with a stable code; then nothing has happened.
pub fn decide(context: &Context<'_>, petition: &Petition, command: Command) -> Result<Decision, Refusal> {
    // Whoever may not ask learns nothing, not even that a date lies before the receipt.
    authority::check(context.directory, context.procedure, petition, context.actor, &command.act)?;
    relations::check_disposed(petition, command.act.verb())?;
    let on = legal_date(context, petition, &command)?;
    let days_back = (context.today - on).get_days();
    let mut draft = Draft::new(context, Cow::Borrowed(petition), on);
    if let Act::Pass(passing) = command.act {
        timer::pass(&mut draft, passing)?;
    } else {
        let act = relations::complete(context, petition, command.act);
        let transition = choose(context, petition, &act, on)?;
        let asked = Asked { context, petition, act: Some(&act), on };
        hold_guards(&asked, transition)?;
        relations::check_kind(context, &act)?;
        relations::check_names(context, petition, &act)?;
        relations::check_concerns(context, petition, &act, &transition.basis)?;
        let first = second::first_people(&asked, transition);
        let under = second::under(&asked, transition, &first)?;
        draft.carry_out(transition, act)?;
        second::record(&mut draft, &first, under);
    }
    if let Some(reason) = command.dated_back
        && days_back > 0
    {
        draft.record(Fact::DatedBack { days: u32::try_from(days_back).unwrap_or(u32::MAX), reason });
    }
    Ok(draft.finish())
}

/// The verbs this actor may give now, in the order of the procedure: what the case page shows.
///
/// Guards that depend on the words of the act are left for the act itself.
pub fn permitted(context: &Context<'_>, petition: &Petition) -> Vec<Verb> {
    let asked = Asked { context, petition, act: None, on: context.today };
    let nobody_better = |transition: &Transition| {
        second::under(&asked, transition, &second::first_people(&asked, transition)).is_ok()
    };
    Verb::ALL
        .iter()
        .copied()
        .filter(|verb| {
            *verb != Verb::Submit
                && petition.lets(*verb)
                && authority::may(context.directory, context.procedure, petition, context.actor, *verb, None)
        })
        .filter(|verb| {
            context
                .procedure
                .transitions_from(petition.stage.as_ref(), *verb)
                .filter(|transition| is_of_kind(transition, petition))
                .any(|transition| {
                    let about_fits = match (*verb == Verb::Serve, *verb == Verb::ReturnService) {
                        (true, _) => has_letter(petition, transition, false),
                        (_, true) => has_letter(petition, transition, true),
                        (false, false) => true,
                    };
                    about_fits && hold_guards(&asked, transition).is_ok() && nobody_better(transition)
                })
        })
        .collect()
}

fn has_letter(petition: &Petition, transition: &Transition, served: bool) -> bool {
    petition.letters.iter().any(|letter| {
        letter.signed.to_petitioner
            && letter.served_on.is_some() == served
            && transition.about.as_ref().is_none_or(|about| *about == letter.signed.letter)
    })
}

/// The civil date on which the act legally happened.
fn legal_date(context: &Context<'_>, petition: &Petition, command: &Command) -> Result<Date, Refusal> {
    let Some(on) = command.on else { return Ok(context.today) };
    if on > context.today {
        return Err(Refusal::InTheFuture { on });
    }
    if petition.stage.is_some() && on < petition.received_on {
        return Err(Refusal::BeforeTheLastStep { on, since: petition.received_on });
    }
    let reason = command.dated_back.as_ref().is_some_and(|reason| !reason.is_empty());
    if (context.today - on).get_days() > 1 && !reason {
        return Err(Refusal::DatedBackWithoutReason { on });
    }
    Ok(on)
}

/// The transition an act takes: the first whose kind, subject and predicates fit (docs/manual/procedures.md).
fn choose<'a>(
    context: &Context<'a>,
    petition: &Petition,
    act: &Act,
    on: Date,
) -> Result<&'a Transition, Refusal> {
    let verb = act.verb();
    let about = subject(petition, act);
    let asked = Asked { context, petition, act: Some(act), on };
    let stage = petition.stage.as_ref();
    let candidates: Vec<&'a Transition> = context
        .procedure
        .transitions
        .iter()
        .filter(|transition| transition.verb == verb && transition.leaves(stage, context.procedure))
        .filter(|transition| is_of_kind(transition, petition))
        .collect();
    candidates
        .into_iter()
        .filter(|transition| transition.about.is_none() || transition.about == about)
        .find(|transition| transition.when.iter().all(|name| guard::is(name.as_str(), &asked)))
        .ok_or_else(|| Refusal::NotAtThisStage {
            verb,
            stage: stage.cloned().unwrap_or_else(|| Name::from("none")),
        })
}

/// What a `serve` or `return_service` is about: the letter it names.
#[expect(clippy::wildcard_enum_match_arm, reason = "only service is about a letter")]
fn subject(petition: &Petition, act: &Act) -> Option<Name> {
    let letter = match act {
        Act::Serve(service) => service.letter,
        Act::ReturnService(returned) => returned.letter,
        _ => return None,
    };
    petition.letters.get(letter as usize).map(|letter| letter.signed.letter.clone())
}

fn is_of_kind(transition: &Transition, petition: &Petition) -> bool {
    transition.kinds.is_empty() || transition.kinds.contains(&petition.kind)
}

fn hold_guards(asked: &Asked<'_>, transition: &Transition) -> Result<(), Refusal> {
    for name in &transition.guards {
        if let Verdict::Fails { day, number } = guard::ask(name.as_str(), asked) {
            let guard = guard::guard_name(name.as_str()).unwrap_or("unknown_guard");
            return Err(Refusal::Guard { guard, basis: transition.basis.clone(), day, number });
        }
    }
    Ok(())
}
