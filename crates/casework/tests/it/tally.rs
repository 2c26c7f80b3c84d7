//! What reports count is what the record says: as many as there are facts, wherever a period is cut.

use crate::district::{Law, World};
use crate::{random, scenarios};
use casework::act::Aim;
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
        prop_assert_eq!(whole.received(), open.count() as u64);
        prop_assert_eq!(whole.classes.values().sum::<u64>(), whole.received());
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
            (Aim::Improve, Recommended { made: 1, adopted: 1, ..Recommended::default() }),
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
    // Whoever else has the matter has nothing to report.
    let mut other = Tally::new(found.span);
    let matter = world.matters.values().next().unwrap();
    other.add(&world.procedure, &matter.events, matter.petition.organ);
    assert_eq!(other.received(), 0);
}

/// SEAL-1, SEAL-2: what is sealed is in no report, not even as a number.
#[test]
fn seal_2_no_report_counts_what_is_sealed() {
    let checked = random::sealed_worlds(Law::Cn, 24, |world| {
        let found = tally(world, FIRST, LAST);
        let sealed = |name: &Name| casework::disclosure::is_sealed(&world.procedure, name);
        prop_assert!(!found.kinds.keys().any(sealed), "{:?}", found.kinds);
        let matters = world.matters.values();
        Ok(u32::try_from(matters.filter(|matter| sealed(&matter.petition.kind)).count()).unwrap())
    });
    assert!(checked > 8, "{checked} sealed matters");
}
