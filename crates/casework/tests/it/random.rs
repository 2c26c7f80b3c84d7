//! Chance as a tester: people of every role ask for whatever is offered to them, and for much that is not, while days
//! go by and the timer runs. What must hold of every act is looked at in `district::invariants`; a course that breaks
//! it is printed as a scenario, shortest first.
//!
//! The few cases of an ordinary run are always the same; `HUIYIN_CASES=500` draws so many new ones.

mod variants;

use crate::district::args::{self, Args};
use crate::district::{Law, World, audited, given};
use casework::act::{Act, Command, Verb};
use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::*;
use jiff::Span;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// One step of a course: everything that is drawn.
#[derive(Clone, Copy, Debug)]
struct Draw {
    days: u8,
    petition: u8,
    choice: u16,
    variant: u16,
    /// Most ask for what is offered to them; every eighth asks for anything.
    bold: u8,
}

fn draws(n: usize) -> impl Strategy<Value = Vec<Draw>> {
    let draw = (0u8..60, any::<u8>(), any::<u16>(), any::<u16>(), any::<u8>());
    let draw = draw.prop_map(|(days, petition, choice, variant, bold)| Draw {
        // Acts mostly follow each other closely; now and then weeks go by.
        days: if days < 45 { days % 3 } else { days - 40 },
        petition,
        choice,
        variant,
        bold,
    });
    prop::collection::vec(draw, 5..n)
}

#[expect(clippy::disallowed_methods, reason = "how long chance may try is for whoever runs the tests to say")]
pub(crate) fn runner(cases: u32) -> TestRunner {
    let asked = std::env::var("HUIYIN_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    }
}

/// A course in the making, and the scenario it is.
struct Course {
    world: World,
    told: String,
    n_done: u32,
    /// What comes in is of a sealed kind.
    sealed: bool,
}

impl Course {
    fn begin(law: Law, calendar: Option<&Calendar>, on: Date) -> Course {
        let mut world = World::new(law);
        world.today = on;
        if let Some(calendar) = calendar {
            world.calendar = Rc::new(calendar.clone());
        }
        Course { world, told: String::new(), n_done: 0, sealed: false }
    }

    fn step(&mut self, draw: Draw) {
        let to = self.world.today.saturating_add(Span::new().days(i64::from(draw.days)));
        self.world.pass_days(to);
        let labels: Vec<char> = self.world.matters.keys().copied().collect();
        // Two petitions may be filed; what is split makes more.
        if labels.is_empty() && !draw.bold.is_multiple_of(3) {
            self.begin_somewhere(draw);
            return;
        }
        if labels.is_empty() || (labels.len() == 1 && draw.petition < 12) {
            let label = if labels.is_empty() { 'A' } else { 'B' };
            self.ask("petitioner", label, Verb::Submit, draw.variant);
            return;
        }
        let label = labels[usize::from(draw.petition) % labels.len()];
        let people = variants::people(&self.world, label);
        if draw.bold.is_multiple_of(8) {
            let who = people[usize::from(draw.choice) % people.len()].clone();
            let verb = Verb::ALL[usize::from(draw.variant) % Verb::ALL.len()];
            self.ask(&who, label, verb, draw.choice);
            return;
        }
        let mut offered: Vec<(String, Verb)> = Vec::new();
        for who in people {
            let actor = self.world.actor(&who);
            let verbs = self.world.permitted(label, &actor);
            offered.extend(verbs.into_iter().map(|verb| (who.clone(), verb)));
        }
        // What moves a matter is asked for more often than what stands beside it.
        let moving = |verb: &Verb| !variants::BESIDE.contains(verb);
        if draw.bold % 8 < 6 && offered.iter().any(|(_, verb)| moving(verb)) {
            offered.retain(|(_, verb)| moving(verb));
        }
        if offered.is_empty() {
            return;
        }
        let (who, verb) = offered.swap_remove(usize::from(draw.choice) % offered.len());
        self.ask(&who, label, verb, draw.variant);
    }

    /// Most courses begin where an ordinary one has come to, or chance would seldom see the end of the procedure.
    fn begin_somewhere(&mut self, draw: Draw) {
        let courses =
            if self.sealed { given::sealed(self.world.law).to_vec() } else { given::names(self.world.law) };
        let (course, kind) = courses[usize::from(draw.choice) % courses.len()];
        let accused = match (kind, self.world.law) {
            ("report" | "retaliation", _) => {
                [" accused=water", " named=water-head"][usize::from(draw.variant / 2 % 2)]
            }
            ("vigilance", _) => [" accused=posts", " named=posts-head"][usize::from(draw.variant / 2 % 2)],
            _ => "",
        };
        let words = format!("kind={kind} requests={} outcome=supported{accused}", 1 + draw.variant % 2);
        self.told += &format!("{} given {course} {words}\n", self.world.today);
        given::play(&mut self.world, 'A', course, &words);
    }

    fn ask(&mut self, who: &str, label: char, verb: Verb, variant: u16) {
        let petition = self.world.petition(label);
        let actor = self.world.actor(who);
        let words = variants::words(&self.world, label, verb, variant);
        self.told += &format!("{} {who} @{label} {} {words}\n", self.world.today, verb.word());
        let act = variants::act(&self.world, &petition, who, verb, &Args::parse(&words));
        // Now and then something is recorded days after it happened, with or without a reason.
        let back = if variant % 11 == 10 { Some(i64::from(variant / 11 % 9)) } else { None };
        let on = back.map(|days| self.world.today.saturating_sub(Span::new().days(days)));
        let dated_back = on.filter(|_| !variant.is_multiple_of(5)).map(|_| args::words(8));
        if let Some(on) = on {
            self.told += &format!("  (on={on})\n");
        }
        let command = Command { act, on, dated_back };
        let before = self.world.matters.get(&label).map(|matter| matter.events.len());
        match self.world.act(label, &actor, command.clone()) {
            Ok(_) => self.n_done += 1,
            Err(refusal) => {
                let after = self.world.matters.get(&label).map(|matter| matter.events.len());
                assert_eq!(before, after, "a refusal leaves no trace");
                self.told += &format!("  refused: {}\n", refusal.code());
                self.refusal_agrees_with_authority(label, &actor, &command.act, &refusal);
            }
        }
    }

    /// Whoever is refused for want of a right was offered nothing, and the other way round.
    fn refusal_agrees_with_authority(&self, label: char, actor: &Actor, act: &Act, refusal: &Refusal) {
        let petition = self.world.petition(label);
        let may = authority::may(
            &self.world.directory,
            &self.world.procedure,
            &petition,
            actor,
            act.verb(),
            Some(act),
        );
        assert_eq!(may, refusal.class() != refusal::RefusalClass::Authority, "{refusal:?}");
    }
}

fn play(law: Law, calendar: Option<&Calendar>, on: Date, draws: &[Draw]) -> Result<Course, TestCaseError> {
    goes_on(Course::begin(law, calendar, on), draws)
}

fn goes_on(mut course: Course, draws: &[Draw]) -> Result<Course, TestCaseError> {
    for draw in draws {
        let stepped = catch_unwind(AssertUnwindSafe(|| course.step(*draw)));
        if let Err(panic) = stepped {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
            return Err(TestCaseError::fail(format!("{}\n{}", said.unwrap_or_default(), course.told)));
        }
    }
    // VER-2: what the rules decided is no breach of them.
    let audited = catch_unwind(AssertUnwindSafe(|| audited::is_clean(&course.world)));
    if let Err(panic) = audited {
        let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        return Err(TestCaseError::fail(format!("{said}\n{}", course.told)));
    }
    Ok(course)
}

/// The districts that chance makes, for whoever wants to look at more than the courses themselves; the sum of what
/// `each` counts.
pub(crate) fn worlds(law: Law, cases: u32, each: impl Fn(&World) -> Result<u32, TestCaseError>) -> u32 {
    let counted = Cell::new(0);
    runner(cases)
        .run(&draws(60), |draws| {
            counted.set(counted.get() + each(&play(law, None, date(2026, 3, 2), &draws)?.world)?);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    counted.get()
}

/// The same where mostly reports against officials come in.
pub(crate) fn sealed_worlds(
    law: Law,
    cases: u32,
    each: impl Fn(&World) -> Result<u32, TestCaseError>,
) -> u32 {
    let counted = Cell::new(0);
    runner(cases)
        .run(&draws(60), |draws| {
            let course = Course { sealed: true, ..Course::begin(law, None, date(2026, 3, 2)) };
            counted.set(counted.get() + each(&goes_on(course, &draws)?.world)?);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    counted.get()
}

fn keeps_its_promises(law: Law, cases: u32) {
    let done = Cell::new(0);
    runner(cases)
        .run(&draws(60), |draws| {
            done.set(done.get() + play(law, None, date(2026, 3, 2), &draws)?.n_done);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(done.get() > cases * 8, "chance got nowhere: {} acts in {cases} courses", done.get());
}

#[test]
fn whatever_people_ask_for_the_chinese_procedure_keeps_its_promises() {
    keeps_its_promises(Law::Cn, 40);
}

#[test]
fn whatever_people_ask_for_the_indian_procedure_keeps_its_promises() {
    keeps_its_promises(Law::In, 30);
}

/// INV-10: no day is special but for working-day arithmetic.
#[test]
fn a_course_moved_by_whole_weeks_is_the_same_course() {
    let strategy = (draws(40), 1i64..300, any::<bool>());
    let weekends = Calendar::weekends_only();
    runner(16)
        .run(&strategy, |(draws, weeks, indian)| {
            let law = if indian { Law::In } else { Law::Cn };
            let start = date(2026, 3, 2);
            let here = play(law, Some(weekends), start, &draws)?;
            let moved = start.saturating_add(Span::new().weeks(weeks));
            let there = play(law, Some(weekends), moved, &draws)?;
            prop_assert_eq!(here.world.matters.len(), there.world.matters.len());
            for (label, matter) in &here.world.matters {
                let other = &there.world.matters[label];
                let here: Vec<_> = matter.events.iter().map(|event| shifted(event, 7 * weeks)).collect();
                let there: Vec<_> = other.events.iter().map(|event| shifted(event, 0)).collect();
                prop_assert_eq!(here, there);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// An event with every date moved; numbers that name the year are left out.
fn shifted(event: &Event, days: i64) -> serde_json::Value {
    let mut value = serde_json::to_value(event).unwrap();
    shift(&mut value, days);
    value
}

fn shift(value: &mut serde_json::Value, days: i64) {
    match value {
        serde_json::Value::String(text) => {
            if let Ok(on) = text.parse::<Date>() {
                *text = on.saturating_add(Span::new().days(days)).to_string();
            }
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| shift(value, days)),
        serde_json::Value::Object(fields) => {
            // A number bears its year, and a file is kept until the end of one.
            for name in ["year", "serial", "number", "kept_until"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(|value| shift(value, days));
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}
