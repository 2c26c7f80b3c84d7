//! What the machine made of an act, in words a lawyer can read. Acts are told by the scenario's own line; here stand
//! their consequences.

use super::{World, label_of};
use casework::fact::{DeadlineSetting, MoveReason, RoundKind};
use casework::procedure::LimitRole;
use casework::*;

/// One line for each consequence; what happens to another petition is marked with its letter.
pub(crate) fn lines(world: &World, label: char, decision: &Decision) -> Vec<String> {
    let mut lines: Vec<String> = told(world, label, &decision.events);
    for (other, events) in &decision.others {
        let other = label_of(*other);
        let told = told(world, other, events);
        lines.extend(told.into_iter().map(|line| format!("@{other} {line}")));
    }
    if lines.is_empty() {
        lines.push("recorded".to_owned());
    }
    lines
}

/// A refusal with everything its sentence may name.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    let mut line = format!("refused: {}", refusal.code());
    if let Refusal::Guard { basis, day, number, .. } = refusal {
        if let Some(day) = day {
            line += &format!(", day {day}");
        }
        if let Some(number) = number {
            line += &format!(", number {number}");
        }
        if !basis.is_empty() {
            line += &format!(" ({basis})");
        }
    }
    line
}

fn told(world: &World, label: char, events: &[Event]) -> Vec<String> {
    events.iter().filter_map(|event| consequence(world, label, &event.fact)).collect()
}

pub(crate) fn unit_name(world: &World, id: UnitId) -> String {
    world.directory.unit(id).map_or_else(|| "?".to_owned(), |unit| unit.name_en.clone())
}

pub(crate) fn official_name(world: &World, id: OfficialId) -> String {
    world.directory.official(id).map_or_else(|| "?".to_owned(), |official| official.name.clone())
}

fn limit_name(world: &World, limit: &Name) -> String {
    match world.procedure.limit(limit).map(|limit| limit.code.as_str()) {
        Some("") | None => limit.to_string(),
        Some(code) => format!("{code} {limit}"),
    }
}

/// A deadline by its name and what it is about.
pub(crate) fn named(world: &World, label: char, set: &DeadlineSetting) -> String {
    let mut name = limit_name(world, &set.limit);
    if let Some(letter) = set.letter {
        let petition = world.petition(label);
        let letter = petition.letters.get(letter as usize).map(|letter| letter.signed.letter.to_string());
        name += &format!(" of {}", letter.unwrap_or_default());
    }
    if let Some(promise) = set.promise {
        name += &format!(" of promise {}", promise + 1);
    }
    name
}

fn set_at(world: &World, label: char, deadline: u32) -> String {
    let petition = world.petition(label);
    petition.deadlines.get(deadline as usize).map_or_else(String::new, |at| named(world, label, &at.set))
}

fn days(raw: jiff::civil::Date, due: jiff::civil::Date, provisional: bool) -> String {
    let raw = if raw == due { String::new() } else { format!(", rolled from {raw}") };
    let provisional = if provisional { ", provisional" } else { "" };
    format!("{due}{raw}{provisional}")
}

fn begun(world: &World, label: char, set: &DeadlineSetting) -> String {
    let role = world.procedure.limit(&set.limit).map(|limit| limit.role);
    let whose = match (role, set.unit) {
        (Some(LimitRole::Duty), Some(unit)) => format!("owed by {}", unit_name(world, unit)),
        (Some(LimitRole::Option), Some(unit)) => format!("open to {}", unit_name(world, unit)),
        (Some(LimitRole::Window), _) => "open to the petitioner".to_owned(),
        (Some(LimitRole::Cooling), _) => "time to reconsider".to_owned(),
        (_, _) => "nobody's".to_owned(),
    };
    let last = days(set.raw_due_on, set.due_on, set.provisional);
    format!("begins: {} until {last}; {whose}", named(world, label, set))
}

fn moved_because(why: MoveReason) -> &'static str {
    match why {
        MoveReason::Extended => "extended",
        MoveReason::HearingExcluded => "hearing days do not count",
        MoveReason::Calendar => "the calendar changed",
        MoveReason::Converted => "left the simple procedure",
    }
}

fn round(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Handling => "handling",
        RoundKind::FirstReview => "first review",
        RoundKind::SecondReview => "second review",
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "acts are told by the scenario's own line")]
fn consequence(world: &World, label: char, fact: &Fact) -> Option<String> {
    let line = match fact {
        Fact::Submitted(submission) => format!("number {}", submission.number),
        Fact::DatedBack { days, .. } => format!("dated back by {days} days, shown for good"),
        Fact::DecidedUnder { first } => {
            format!("decided by somebody who works under {}: nobody else could", official_name(world, *first))
        }
        Fact::Moved { to, by } => format!("stage: {to} ({by})"),
        Fact::Diverted { from, to } => {
            format!("not {} any more: {} instead", unit_name(world, *from), unit_name(world, *to))
        }
        Fact::OwnerSet { unit, official } => {
            format!("answers for it: {}, {}", unit_name(world, *unit), official_name(world, *official))
        }
        Fact::RoundOpened { kind, unit } => format!("round: {} by {}", round(*kind), unit_name(world, *unit)),
        Fact::DeadlineSet(set) => begun(world, label, set),
        Fact::DeadlineStopped { deadline, days_late: 0 } => {
            format!("met: {}", set_at(world, label, *deadline))
        }
        Fact::DeadlineStopped { deadline, days_late } => {
            format!("met {days_late} days late, for good: {}", set_at(world, label, *deadline))
        }
        Fact::DeadlineCancelled { deadline } => format!("ends: {}", set_at(world, label, *deadline)),
        Fact::DeadlineMoved { deadline, raw_due_on, due_on, provisional, why } => format!(
            "moved: {} to {}; {}",
            set_at(world, label, *deadline),
            days(*raw_due_on, *due_on, *provisional),
            moved_because(*why)
        ),
        Fact::DeadlineMissed { deadline } => format!("missed: {}", set_at(world, label, *deadline)),
        Fact::WindowClosed { deadline } => format!("closed: {}", set_at(world, label, *deadline)),
        Fact::SupervisionEscalated { step } => format!("supervised: step {step}"),
        Fact::LetterCorrected(correction) => format!("corrected: letter {}", correction.letter + 1),
        Fact::LetterPosted(posting) => format!("posted: letter {}", posting.letter + 1),
        Fact::PostReturned(returned) => format!("back from the post: letter {}", returned.letter + 1),
        Fact::LetterIssued(issue) => format!("issued: letter {}", issue.letter + 1),
        Fact::LetterSigned(signed) => {
            let mark = world
                .procedure
                .letter(&signed.letter)
                .map_or_else(String::new, |letter| signed.series(letter));
            let signer =
                signed.signer.map_or_else(|| "the system".to_owned(), |signer| official_name(world, signer));
            let to = if signed.to_petitioner { "to the petitioner" } else { "between units" };
            let unit = unit_name(world, signed.unit);
            let number = format!("{mark}〔{}〕{}号", signed.year, signed.serial);
            format!("letter: {} {number} of {unit}, signed by {signer}, {to}", signed.letter)
        }
        Fact::Withdrawn => "withdrawn".to_owned(),
        Fact::Joined { petition } => format!("handled together with @{}", label_of(*petition)),
        Fact::Parted { petition, answered: false } => format!("@{} leaves", label_of(*petition)),
        Fact::Parted { petition, answered: true } => format!("@{} leaves, answered", label_of(*petition)),
        Fact::SplitFrom { parent } => format!("part of @{}", label_of(*parent)),
        Fact::NewMatterLinked { petition } => format!("followed by @{}", label_of(*petition)),
        Fact::AnsweredWith { petition, organ } => {
            format!("answered with @{} by {}", label_of(*petition), unit_name(world, *organ))
        }
        Fact::Released { lead } => format!("goes its own way again, without @{}", label_of(*lead)),
        _ => return None,
    };
    Some(line)
}
