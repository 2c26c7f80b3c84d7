//! Forgeries, rule by rule: what an insider might write, and the name that comes out.

mod course;
mod people;
mod time;

use super::*;
use crate::district::{official, petition_id, unit};
use casework::act::{Outcome, Passing};
use casework::audit::Rule;
use casework::fact::MoveReason;
use casework::text::Text;
use jiff::ToSpan;
use jiff::civil::date;

const INVESTIGATING: &str = "2026-03-02 given investigating";
const SERVED: &str = "2026-03-02 given served";
const EXTENDED: &str = "2026-03-02 given investigating\n2026-04-20 housing-head extend days=20";
const FINAL: &str = "2026-03-02 given first-review-served
2026-03-03 petitioner request_review
2026-03-04 city-clerk admit_review official=city-handler
2026-03-05 city-head uphold_opinion
2026-03-06 city-handler serve letter=second_review_opinion";
const RECUSED: &str = "2026-03-02 given investigating
2026-03-03 petitioner ask_recusal official=housing-handler
2026-03-04 housing-head decide_recusal official=housing-handler successor=housing-handler2
2026-03-05 housing-handler2 draft_opinion
2026-03-05 housing-head hand_over official=housing-clerk";

/// The forgery is named by the rule; without it the course is clean, which `course` itself asserts.
fn is_named(rule: Rule, lines: &str, forge: impl FnOnce(&mut Vec<Record>)) {
    let names = broken(lines, forge);
    assert!(names.contains(rule.name()), "{} expected, {names:?} found", rule.name());
}

fn signed(fact: &Fact) -> bool {
    matches!(fact, Fact::LetterSigned(_))
}
