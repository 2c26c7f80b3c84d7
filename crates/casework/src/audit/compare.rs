//! What should have followed beside what the record says followed, and the rule that stands behind each difference.

use super::rule::{self, Rule};
use crate::act::Act;
use crate::fact::{Event, Fact};
use crate::petition::Petition;
use crate::procedure::Procedure;
use std::mem::discriminant;

/// Names every fact that is missing, that does not follow, or that is another than it should be.
pub(super) fn compare(
    procedure: &Procedure,
    before: &Petition,
    (expected, recorded): (&[Event], &[Event]),
    found: &mut Vec<(Rule, String)>,
) {
    let mut missing: Vec<&Event> = expected.iter().collect();
    let mut surplus: Vec<&Event> = recorded.iter().collect();
    pair(&mut missing, &mut surplus, |made, stands| made == stands, |_, _| {});
    if missing.is_empty() && surplus.is_empty() {
        if expected != recorded {
            found.push((Rule::Machine, "its facts stand in another order than they follow".to_owned()));
        }
        return;
    }
    pair(
        &mut missing,
        &mut surplus,
        |made, stands| made.fact == stands.fact,
        |made, stands| {
            let what = format!("{} is dated {}, not {}", told(&stands.fact), stands.on, made.on);
            found.push((Rule::Dating, what));
        },
    );
    pair(
        &mut missing,
        &mut surplus,
        |made, stands| {
            discriminant(&made.fact) == discriminant(&stands.fact) && key(&made.fact) == key(&stands.fact)
        },
        |made, stands| {
            let (stands_there, by_the_rules) = (told(&stands.fact), told(&made.fact));
            let what = if stands_there == by_the_rules {
                format!("recorded for another unit or person than the rules make it for: {stands_there}")
            } else {
                format!("recorded: {stands_there}; by the rules: {by_the_rules}")
            };
            found.push((different(procedure, before, &made.fact, &stands.fact), what));
        },
    );
    for event in missing {
        found.push((rule::of_fact(&event.fact), format!("does not stand there: {}", told(&event.fact))));
    }
    for event in surplus {
        let rule = surplus_rule(procedure, before, &event.fact);
        found.push((rule, format!("does not follow: {}", told(&event.fact))));
    }
}

/// A decision without an act that could be asked for again: nothing of what it records follows from anything.
pub(super) fn without_an_act(
    procedure: &Procedure,
    before: &Petition,
    recorded: &[Event],
    found: &mut Vec<(Rule, String)>,
) {
    for event in recorded {
        let rule = surplus_rule(procedure, before, &event.fact);
        if rule != Rule::Machine {
            found.push((rule, format!("does not follow from any act: {}", told(&event.fact))));
        }
    }
}

/// Takes out of both lists what fits together, each once.
fn pair<'e>(
    missing: &mut Vec<&'e Event>,
    surplus: &mut Vec<&'e Event>,
    fits: impl Fn(&Event, &Event) -> bool,
    mut each: impl FnMut(&Event, &Event),
) {
    surplus.retain(|stands| {
        let at = missing.iter().position(|made| fits(made, stands));
        if let Some(at) = at {
            each(missing.remove(at), stands);
        }
        at.is_none()
    });
}

/// A change of stage that does not follow: after the last review nothing moves, and what only service may move was
/// moved without it.
fn surplus_rule(procedure: &Procedure, before: &Petition, fact: &Fact) -> Rule {
    let Fact::Moved { by, .. } = fact else { return rule::of_fact(fact) };
    if super::promises::is_final(procedure, before) {
        return Rule::Final;
    }
    let transition = procedure.transitions.iter().find(|transition| transition.id == *by);
    match transition {
        Some(transition) if transition.verb == crate::Verb::Serve => Rule::Notice,
        Some(_) | None => Rule::Machine,
    }
}

/// The rule behind one fact that is there and is not what it should be.
fn different(procedure: &Procedure, before: &Petition, made: &Fact, stands: &Fact) -> Rule {
    match (made, stands) {
        (Fact::DeadlineStopped { .. }, Fact::DeadlineStopped { .. }) => Rule::Lateness,
        (Fact::LetterSigned(made), Fact::LetterSigned(stands)) if made.serial != stands.serial => {
            Rule::LetterNumbers
        }
        (Fact::LetterSigned(_), Fact::LetterSigned(_)) => Rule::Authority,
        (Fact::Moved { .. }, Fact::Moved { .. }) => surplus_rule(procedure, before, stands),
        _ => rule::of_fact(stands),
    }
}

/// What makes two facts of one kind the same one: the deadline, the limit, the letter they are about.
#[expect(clippy::wildcard_enum_match_arm, reason = "of other facts a decision has at most one")]
fn key(fact: &Fact) -> Option<(&str, u32)> {
    match fact {
        Fact::DeadlineSet(set) => {
            Some((set.limit.as_str(), set.letter.or(set.promise).map_or(0, |index| index.saturating_add(1))))
        }
        Fact::DeadlineStopped { deadline, .. }
        | Fact::DeadlineCancelled { deadline }
        | Fact::DeadlineMoved { deadline, .. }
        | Fact::DeadlineMissed { deadline }
        | Fact::WindowClosed { deadline } => Some(("", *deadline)),
        Fact::LetterSigned(signed) => Some((signed.letter.as_str(), 0)),
        _ => None,
    }
}

/// A fact in a few words, without whom it concerns. Deadlines are counted from 1.
#[expect(clippy::wildcard_enum_match_arm, reason = "acts are told by their verb")]
fn told(fact: &Fact) -> String {
    let nth = |deadline: &u32| deadline.saturating_add(1);
    match fact {
        Fact::DeadlineSet(set) => {
            let provisional = if set.provisional { ", provisional" } else { "" };
            format!(
                "{} from {} to {} ({} before rolling{provisional})",
                set.limit, set.from, set.due_on, set.raw_due_on
            )
        }
        Fact::DeadlineMoved { deadline, raw_due_on, due_on, .. } => {
            format!("deadline {} moved to {due_on} ({raw_due_on} before rolling)", nth(deadline))
        }
        Fact::DeadlineStopped { deadline, days_late } => {
            format!("deadline {} met {days_late} days late", nth(deadline))
        }
        Fact::DeadlineCancelled { deadline } => format!("deadline {} ended without effect", nth(deadline)),
        Fact::DeadlineMissed { deadline } => format!("deadline {} missed", nth(deadline)),
        Fact::WindowClosed { deadline } => format!("deadline {} closed unused", nth(deadline)),
        Fact::Moved { by, to } => format!("stage {to} by {by}"),
        Fact::OwnerSet { .. } => "who answers for it".to_owned(),
        Fact::RoundOpened { .. } => "a round and the organ that decides it".to_owned(),
        Fact::LetterSigned(signed) => {
            format!("letter {} number {}/{}", signed.letter, signed.year, signed.serial)
        }
        Fact::DecidedUnder { .. } => "decided under whoever came first".to_owned(),
        Fact::DatedBack { days, .. } => format!("dated back by {days} days"),
        Fact::ProcedureFixed { procedure, version } => format!("procedure {procedure} version {version}"),
        Fact::SupervisionEscalated { step } => format!("supervision, step {step}"),
        Fact::Withdrawn => "the withdrawal took effect".to_owned(),
        Fact::Joined { .. } => "another petition joined it".to_owned(),
        Fact::Parted { .. } => "what had joined it left it".to_owned(),
        Fact::SplitFrom { .. } => "it began as a part of another".to_owned(),
        Fact::NewMatterLinked { .. } => "a later petition refers to it".to_owned(),
        Fact::AnsweredWith { .. } => "it was answered with another".to_owned(),
        Fact::Released { .. } => "it goes its own way again".to_owned(),
        act => Act::recorded_as(act).map_or_else(|| "a fact".to_owned(), |act| act.verb().word().to_owned()),
    }
}
