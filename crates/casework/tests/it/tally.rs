//! What reports count is what the record says: as many as there are facts, wherever a period is cut.

use crate::district::{Law, World};
use crate::{random, scenarios};
use casework::act::Aim;
use casework::petition::DeadlineState;
use casework::tally::{Kept, Recommended, Span, Step, Tally};
use casework::*;
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn tally(world: &World, from: Date, to: Date) -> Tally {
    let mut tally = Tally::new(Span { from, to });
    for matter in world.matters.values() {
        tally.add(&world.procedure, &matter.events, None);
    }
    tally
}

const FIRST: Date = date(2026, 1, 1);
const LAST: Date = date(2030, 12, 31);

#[test]
fn a_period_cut_in_two_counts_the_same_and_every_fact_once() {
    let checked = random::worlds(Law::Cn, 24, |world| {
        let whole = tally(world, FIRST, LAST);
        let open = world
            .matters
            .values()
            .filter(|matter| !casework::disclosure::is_sealed(&world.procedure, &matter.petition.kind));
        let facts: Vec<&Fact> =
            open.clone().flat_map(|matter| &matter.events).map(|event| &event.fact).collect();
        prop_assert_eq!(whole.received(), open.clone().count() as u64);
        let classed = open.clone().filter(|matter| matter.petition.class.is_some()).count() as u64;
        let without = whole.classes.get(&None).copied().unwrap_or_default();
        prop_assert_eq!(whole.received() - without, classed);
        let duties = open.clone().flat_map(|matter| &matter.petition.deadlines).filter(|deadline| {
            let limit = world.procedure.limit(&deadline.set.limit);
            limit.is_some_and(|limit| limit.role == casework::procedure::LimitRole::Duty)
        });
        let met =
            duties.filter(|deadline| matches!(deadline.state, DeadlineState::Met { .. })).count() as u64;
        let counted: u64 = whole.limits.values().map(|kept| kept.in_time + kept.late).sum();
        prop_assert!(counted >= met, "{} of {} met duties", counted, met);
        let n = |is: fn(&Fact) -> bool| facts.iter().filter(|fact| is(fact)).count() as u64;
        prop_assert_eq!(whole.n(Step::Forwarded), n(|fact| matches!(fact, Fact::Forwarded(_))));
        prop_assert_eq!(whole.n(Step::Answered), n(|fact| matches!(fact, Fact::OpinionIssued(_))));
        prop_assert_eq!(
            whole.n(Step::SupervisedByLaw),
            n(|fact| matches!(fact, Fact::SupervisionEscalated { .. }))
        );
        let made: u64 = whole.recommended.values().map(|of| of.made).sum();
        prop_assert_eq!(made, n(|fact| matches!(fact, Fact::Recommended(_))));
        for cut in [date(2026, 3, 2), date(2026, 3, 20), date(2026, 5, 1)] {
            let (one, other) = (tally(world, FIRST, cut), tally(world, cut.tomorrow().unwrap(), LAST));
            prop_assert_eq!(one.received() + other.received(), whole.received());
            for step in Step::ALL {
                prop_assert_eq!(one.n(step) + other.n(step), whole.n(step), "{:?} cut at {}", step, cut);
            }
            for (limit, kept) in &whole.limits {
                let of = |half: &Tally| half.limits.get(limit).copied().unwrap_or_default();
                let (a, b) = (of(&one), of(&other));
                prop_assert_eq!(
                    (a.in_time + b.in_time, a.late + b.late, a.owed + b.owed),
                    (kept.in_time, kept.late, kept.owed)
                );
            }
        }
        Ok(u32::try_from(facts.len()).unwrap())
    });
    assert!(checked > 500, "{checked} facts");
}

/// What a scenario tells in words, in numbers.
#[test]
fn a_course_is_counted_as_it_is_told() {
    let (name, text) = scenarios::all()
        .into_iter()
        .find(|(name, _)| name.contains("cn-art40-a-recommendation-is-answered-in-writing"))
        .unwrap();
    let mut last = None;
    scenarios::play(&name, &text, &mut Default::default(), |world| last = Some(world.clone()));
    let world = last.unwrap();
    let found = tally(&world, date(2026, 3, 1), date(2026, 4, 30));
    assert_eq!(
        found.recommended,
        [
            (Aim::Improve, Recommended { made: 1, partly: 1, ..Recommended::default() }),
            (Aim::Policy, Recommended { made: 1, adopted: 1, ..Recommended::default() }),
        ]
        .into()
    );
    let reply = found.limits[&Name::new("recommendation_reply")];
    assert_eq!(reply, Kept { in_time: 1, late: 1, owed: 0 });
    assert_eq!(found.limits.get(&Name::new("supervision_reply")), None, "that one runs");
    assert_eq!((found.n(Step::SupervisedByLaw), found.n(Step::Supervised)), (1, 0));
    // Before the answers: both wait, and nothing is late.
    let found = tally(&world, date(2026, 3, 1), date(2026, 3, 5));
    assert_eq!(found.n(Step::SupervisedByLaw), 0);
    // Whoever is no petition office has nothing to report; the office that signed has all of it.
    let of = |unit: UnitId| {
        let mut found = Tally::new(Span { from: date(2026, 3, 1), to: date(2026, 4, 30) });
        let matter = world.matters.values().next().unwrap();
        found.add(&world.procedure, &matter.events, Some(unit));
        found
    };
    let petition = &world.matters.values().next().unwrap().petition;
    let none = of(petition.organ.unwrap());
    assert!(none.received() == 0 && none.steps.is_empty() && none.limits.is_empty(), "{none:?}");
    let own = of(petition.office.unwrap());
    assert_eq!((own.received(), own.recommended.len(), own.n(Step::SupervisedByLaw)), (1, 2, 1));
}

/// Passed on level by level: who passes it on has received it and passed it on, who gets it has received it too.
#[test]
fn each_office_reports_what_it_did_itself() {
    let (name, text) = scenarios::all()
        .into_iter()
        .find(|(name, _)| name.contains("cn-art22-relayed-to-another-petition-office-in-one-working-day"))
        .unwrap();
    let mut last = None;
    scenarios::play(&name, &text, &mut Default::default(), |world| last = Some(world.clone()));
    let world = last.unwrap();
    let matter = world.matters.values().next().unwrap();
    let submission = matter.petition.submission.as_ref().unwrap();
    let of = |unit: UnitId| {
        let mut found = Tally::new(Span { from: FIRST, to: LAST });
        found.add(&world.procedure, &matter.events, Some(unit));
        (found.received(), found.n(Step::Relayed))
    };
    assert_ne!(Some(submission.office), matter.petition.office);
    assert_eq!((of(submission.office), of(matter.petition.office.unwrap())), ((1, 1), (1, 0)));
}

/// SEAL-1, SEAL-2: what is sealed is in no report, not even as a number.
#[test]
fn seal_2_no_report_counts_what_is_sealed() {
    let checked = random::sealed_worlds(Law::Cn, 24, |world| {
        let sealed = |matter: &&crate::district::Matter| {
            casework::disclosure::is_sealed(&world.procedure, &matter.petition.kind)
        };
        let mut without = Tally::new(Span { from: FIRST, to: LAST });
        for matter in world.matters.values().filter(|matter| !sealed(matter)) {
            without.add(&world.procedure, &matter.events, None);
        }
        prop_assert_eq!(tally(world, FIRST, LAST), without);
        Ok(u32::try_from(world.matters.values().filter(sealed).count()).unwrap())
    });
    assert!(checked > 8, "{checked} sealed matters");
}
