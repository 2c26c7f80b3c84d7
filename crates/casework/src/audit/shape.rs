//! What kind of decision a record holds: an act on the petition itself, or what another petition's act made of it.

use super::directory::NO_UNIT;
use super::rule::Rule;
use super::rules::Rules;
use crate::act::{Act, Command, Registration, Submission, Verb};
use crate::authority::{self, Actor, Who};
use crate::decide::Context;
use crate::decide::replay::{self, Replayed};
use crate::fact::{Event, Fact, RoundKind};
use crate::ids::{Name, PetitionId, UnitId};
use crate::petition::{Disposed, Petition, Round};
use crate::refusal::Refusal;
use crate::text::Text;
use jiff::civil::Date;

/// Acts by which the matter that others had joined leaves them to themselves.
const RELEASING: &[Verb] = &[
    Verb::AgreeToObjection,
    Verb::ConfirmReclassification,
    Verb::Decline,
    Verb::IssueOpinion,
    Verb::Pass,
    Verb::ReplyToSuggestion,
    Verb::RouteToPath,
    Verb::Settle,
    Verb::Split,
];

/// A recorded decision, sorted by what it begins with.
pub(super) enum Shape<'e> {
    /// An act on the petition, on its legal day.
    Own(Act, Date),
    /// The petition began as a part of another.
    Part {
        /// Its submission, as an act.
        submitted: Act,
        own: &'e Submission,
        received_on: Date,
        parent: PetitionId,
        registered: (&'e Registration, Date),
    },
    /// The matter that it had joined was answered.
    Answered { verb: Verb, lead: PetitionId, organ: UnitId, answer: &'e Event },
    /// Another petition joined it, left it, or refers to it; or the one it had joined left it to itself.
    Beside(&'e Event),
}

pub(super) fn begins_with_a_submission(events: &[Event]) -> bool {
    events.first().is_some_and(|event| matches!(event.fact, Fact::Submitted(_)))
}

impl<'e> Shape<'e> {
    /// `None` when the verb records nothing that begins like this.
    pub(super) fn of(verb: Verb, events: &'e [Event]) -> Option<Shape<'e>> {
        let (first, rest) = events.split_first()?;
        if let Some(act) = Act::recorded_as(&first.fact) {
            if let Fact::Submitted(own) = &first.fact
                && verb == Verb::Split
            {
                return Shape::part(own, first.on, act, rest);
            }
            return (act.verb() == verb).then_some(Shape::Own(act, first.on));
        }
        match (&first.fact, rest.first()) {
            (Fact::AnsweredWith { petition, organ }, Some(answer))
                if Act::recorded_as(&answer.fact).is_some_and(|act| act.verb() == verb)
                    && matches!(verb, Verb::IssueOpinion | Verb::ReplyToSuggestion) =>
            {
                Some(Shape::Answered { verb, lead: *petition, organ: *organ, answer })
            }
            (Fact::NewMatterLinked { .. }, None) if verb == Verb::Submit => Some(Shape::Beside(first)),
            (Fact::Joined { .. }, None) if verb == Verb::Merge => Some(Shape::Beside(first)),
            (Fact::Parted { .. }, None) if matches!(verb, Verb::Unmerge | Verb::Pass) => {
                Some(Shape::Beside(first))
            }
            (Fact::Released { .. }, _) if RELEASING.contains(&verb) => Some(Shape::Beside(first)),
            _ => None,
        }
    }

    fn part(own: &'e Submission, received_on: Date, submitted: Act, rest: &'e [Event]) -> Option<Shape<'e>> {
        let parent = rest.iter().find_map(|event| {
            if let Fact::SplitFrom { parent } = &event.fact { Some(*parent) } else { None }
        })?;
        let registered = rest.iter().find_map(|event| {
            if let Fact::Registered(registration) = &event.fact {
                Some((registration, event.on))
            } else {
                None
            }
        })?;
        Some(Shape::Part { submitted, own, received_on, parent, registered })
    }

    /// The act whose guards may ask the directory.
    pub(super) fn act(&self) -> Option<&Act> {
        match self {
            Shape::Own(act, _) | Shape::Part { submitted: act, .. } => Some(act),
            Shape::Answered { .. } | Shape::Beside(_) => None,
        }
    }

    /// I7, INV-7, authority: as far as the record knows who acted. Whoever acts on another petition is looked at there.
    pub(super) fn by_whom(
        &self,
        rules: &Rules<'_>,
        petition: &Petition,
        actor: &Actor,
        events: &[Event],
        found: &mut Vec<(Rule, String)>,
    ) {
        let Shape::Own(act, _) = self else { return };
        let verb = act.verb();
        let may = match actor {
            Actor::Petitioner { .. } => authority::table(verb).contains(&Who::Petitioner),
            Actor::System => authority::table(verb).contains(&Who::System),
            Actor::Official { id, unit, .. } => {
                if petition.recused.contains(id) || petition.named.contains(id) {
                    let what = format!("{} by an official who was recused or whom it is about", verb.word());
                    found.push((Rule::Recusal, what));
                    return;
                }
                if petition.accused().contains(unit) {
                    found.push((Rule::Accused, format!("{} in the name of a reported unit", verb.word())));
                    return;
                }
                // Who supervises whom is the directory's; of whom no letter is there, the unit is not known.
                if *unit == NO_UNIT || matches!(verb, Verb::Supervise | Verb::Recommend) {
                    authority::table(verb).iter().any(|who| matches!(who, Who::Staff(..) | Who::Reader))
                } else {
                    authority::may(&rules.nobody, rules.procedure, petition, actor, verb, Some(act))
                }
            }
        };
        if !may {
            let signed = if events.iter().any(|event| matches!(event.fact, Fact::LetterSigned(_))) {
                ", or not for the unit in whose name they signed"
            } else {
                ""
            };
            found.push((Rule::Authority, format!("{} is not for whoever did it{signed}", verb.word())));
        }
    }

    /// Stand-ins for the other petitions that the act looks at: alive, of the same kind, as the guards ask.
    pub(super) fn related(&self, petition: &Petition) -> Vec<Petition> {
        let Shape::Own(act, _) = self else { return Vec::new() };
        // What joined it goes its own way: whether it was answered too stands in its own record.
        let mut related: Vec<Petition> = petition
            .joined
            .iter()
            .map(|id| Petition {
                merged_into: Some(petition.id),
                requests: vec![Text::empty(); petition.requests.len() + 1],
                ..Petition::new(*id)
            })
            .collect();
        // Whether a part was disposed of before stands in its own record.
        if matches!(act, Act::ProposeDisposal(_) | Act::DecideDisposal(_)) {
            let (on, basis) = (petition.last_on, Name::new(""));
            let erased = Some(Disposed { on, basis, backups_until: None });
            let ids = petition.parts.iter().chain(&petition.answered_too);
            related = ids.map(|id| Petition { erased: erased.clone(), ..Petition::new(*id) }).collect();
            related.extend(petition.split_from.map(Petition::new));
        }
        if let Act::Merge(merging) = act {
            let round = Round::begun(RoundKind::Handling, NO_UNIT, petition.received_on);
            related.push(Petition {
                stage: petition.stage.clone(),
                kind: petition.kind.clone(),
                procedure: petition.procedure.clone(),
                rounds: vec![round],
                ..Petition::new(merging.into)
            });
        }
        related
    }

    /// What stands against the decision, and what should have followed.
    pub(super) fn replay(&self, context: &Context<'_>, petition: &Petition, events: &[Event]) -> Replayed {
        match self {
            Shape::Own(act, on) => {
                let dated_back = events.iter().rev().find_map(|event| {
                    if let Fact::DatedBack { reason, .. } = &event.fact { Some(reason.clone()) } else { None }
                });
                let command = Command { act: act.clone(), on: Some(*on), dated_back };
                replay::act(context, petition, *on, command, events)
            }
            Shape::Part { own, received_on, parent, registered: (registration, registered_on), .. } => {
                let own = Box::new((*own).clone());
                let registered = ((*registration).clone(), *registered_on);
                let mut replayed =
                    replay::part(context, petition, *parent, (own, *received_on), registered, events);
                replayed.refusals.extend(not_ahead(context, *received_on.max(registered_on)));
                if registered_on < received_on {
                    let refusal = Refusal::BeforeTheLastStep { on: *registered_on, since: *received_on };
                    replayed.refusals.push(refusal);
                }
                if petition.version > 0 {
                    replayed.refusals.push(not_joined("it had begun already"));
                }
                replayed
            }
            Shape::Answered { verb, lead, organ, answer } => {
                let by = events
                    .iter()
                    .find_map(|event| if let Fact::Moved { by, .. } = &event.fact { Some(by) } else { None });
                let transition = context.procedure.transitions.iter().find(|transition| {
                    transition.verb == *verb
                        && Some(&transition.id) == by
                        && (transition.kinds.is_empty() || transition.kinds.contains(&petition.kind))
                });
                let Some(transition) = transition else {
                    let stage = petition.stage.clone().unwrap_or_else(|| Name::from("none"));
                    let refusal = Refusal::NotAtThisStage { verb: *verb, stage };
                    return Replayed { refusals: vec![refusal], followed: None };
                };
                let of = (*lead, *organ);
                let mut replayed =
                    replay::answer_in_common(context, petition, of, transition, answer, events);
                replayed.refusals.extend(not_ahead(context, answer.on));
                if petition.merged_into != Some(*lead) {
                    replayed.refusals.push(not_joined("it had not joined the matter whose answer it got"));
                }
                replayed
            }
            Shape::Beside(event) => beside(context, petition, event),
        }
    }
}

/// What another petition's act is on this one: a single fact, or the way back to where it stood.
#[expect(clippy::wildcard_enum_match_arm, reason = "`Shape::of` sends only these facts here")]
fn beside(context: &Context<'_>, petition: &Petition, event: &Event) -> Replayed {
    let mut refusals: Vec<Refusal> = not_ahead(context, event.on).into_iter().collect();
    let mut events = vec![event.clone()];
    match &event.fact {
        Fact::Joined { .. } => {
            let stage = petition.stage.as_ref().and_then(|stage| context.procedure.stage(stage));
            let living = petition.merged_into.is_none()
                && stage.is_some_and(|stage| stage.rest.is_none())
                && petition.rounds.len() == 1
                && petition.answers().is_empty();
            if !living {
                refusals.push(not_joined("it was not being handled"));
            }
        }
        Fact::Parted { petition: other, .. } if !petition.joined.contains(other) => {
            refusals.push(not_joined("what leaves it had not joined it"));
        }
        Fact::Released { lead } => {
            if petition.merged_into != Some(*lead) {
                refusals.push(not_joined("it had not joined the matter that releases it"));
            }
            let back = petition.before_merge.clone();
            events.extend(
                back.map(|to| Event { on: event.on, fact: Fact::Moved { by: Name::from("released"), to } }),
            );
        }
        _ => {}
    }
    let after = events.iter().fold(petition.clone(), Petition::apply);
    Replayed { refusals, followed: Some((events, after)) }
}

fn not_ahead(context: &Context<'_>, on: Date) -> Option<Refusal> {
    (on > context.today).then_some(Refusal::InTheFuture { on })
}

fn not_joined(why: &str) -> Refusal {
    Refusal::Guard { guard: "joined", basis: why.to_owned(), day: None, number: None }
}
