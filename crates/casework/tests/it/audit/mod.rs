//! VER-2: a decision that breaks a rule, written into the record in the right shape, is named (security.md §4,
//! procedure.md §1.20); and whatever the rules decided is not.
//!
//! A forger here is somebody with the database and the keys: decisions are edited after the fact and renumbered, as the
//! hashes would be made anew.

mod altered;
#[expect(clippy::wildcard_enum_match_arm, reason = "a forger touches a few facts and leaves all others")]
mod forged;
mod lawful;

use crate::district::{Record, World, audited};
use crate::scenarios;
use casework::act::Verb;
use casework::audit::Breach;
use casework::*;
use std::collections::BTreeSet;

/// The decisions of a lawful course, told as a scenario; `given` and dates as there.
fn course(lines: &str) -> World {
    let mut last = None;
    let written = scenarios::play("cn-course", lines, &mut scenarios::Shown::default(), |world| {
        last = Some(world.clone());
    });
    assert!(!written.contains("refused"), "the course is not lawful:\n{written}");
    last.unwrap()
}

/// What the audit says of petition A once its record was forged.
fn breaches(lines: &str, forge: impl FnOnce(&mut Vec<Record>)) -> Vec<Breach> {
    let world = course(lines);
    let mut records = world.matters[&'A'].records.clone();
    forge(&mut records);
    audited::audit(&audited::rules(&world), 'A', &records)
}

/// The rules broken, by name.
fn broken(lines: &str, forge: impl FnOnce(&mut Vec<Record>)) -> BTreeSet<&'static str> {
    breaches(lines, forge).iter().map(|breach| breach.rule.name()).collect()
}

/// Whoever edits rows counts the events anew.
fn renumber(records: &mut [Record]) {
    let mut seq = 0;
    for record in records {
        record.seq = seq;
        seq += record.events.len() as u64;
    }
}

/// The last decision of the verb.
fn last(records: &mut [Record], verb: Verb) -> &mut Record {
    records.iter_mut().rfind(|record| record.verb == verb.word()).unwrap_or_else(|| panic!("no {verb:?}"))
}

/// Takes the facts out of the last decision of the verb.
fn drop_facts(records: &mut [Record], verb: Verb, which: impl Fn(&Fact) -> bool) {
    let record = last(records, verb);
    let before = record.events.len();
    record.events.retain(|event| !which(&event.fact));
    assert!(record.events.len() < before, "nothing to drop");
    renumber(records);
}

/// Edits every fact of the last decision of the verb.
fn edit_facts(records: &mut [Record], verb: Verb, edit: impl Fn(&mut Fact)) {
    let record = last(records, verb);
    let before = record.events.clone();
    record.events.iter_mut().for_each(|event| edit(&mut event.fact));
    assert_ne!(before, record.events, "nothing was edited");
}

/// Adds a fact to the last decision of the verb.
fn add_fact(records: &mut [Record], verb: Verb, fact: Fact) {
    let record = last(records, verb);
    let on = record.events[0].on;
    record.events.push(Event { on, fact });
    renumber(records);
}
