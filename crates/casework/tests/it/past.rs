//! SCOPE-6: whatever becomes of the tree and of who heads its units, nobody comes to see a matter without an act on it.

use crate::district::{Law, World, given, official, unit};
use casework::act::Verb;
use casework::authority::{Actor, may};
use casework::directory::{Directory, Official, Role};
use casework::disclosure::{Sight, sight};
use casework::petition::Petition;
use casework::reach;
use casework::{OfficialId, UnitId};
use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

/// One edit: which unit, under which or headed by whom, how many days later.
type Edit = (u8, u8, bool, u8);

fn world() -> World {
    let mut world = World::new(Law::Cn);
    world.set_recipients("city-integrity-supervisor", true);
    world.set_recipients("demolition-handler", true);
    given::play(&mut world, 'A', "registered", "kind=report accused=housing named=water-head");
    given::play(&mut world, 'B', "referred", "kind=report accused=housing named=town-head");
    given::play(&mut world, 'C', "investigating", "respondent=demolition");
    given::play(&mut world, 'D', "registered", "named=water-handler");
    given::play(&mut world, 'E', "in-first-review", "");
    given::play(&mut world, 'F', "received", "kind=report accused=housing");
    world
}

/// The matters. In one of them the petitioner asked that those complained of, who had it once, should not know them; one is
/// with a unit below the reported one, as where nobody else could have it.
fn matters(world: &World) -> Vec<(char, Petition)> {
    let of = |label: &char| {
        let mut petition = world.petition(*label);
        if *label == 'C' {
            petition.submission.as_mut().unwrap().confidential = true;
            petition.units_seen.insert(unit("demolition"));
        }
        if *label == 'F' {
            petition.owner = Some((unit("demolition"), official("demolition", "handler")));
        }
        (*label, petition)
    };
    world.matters.keys().map(of).collect()
}

fn actor(known: &Official) -> Actor {
    Actor::Official { id: known.id, unit: known.unit, roles: known.roles.clone() }
}

fn sights(world: &World, directory: &Directory, petition: &Petition) -> BTreeMap<OfficialId, Sight> {
    let of = |known: &Official| (known.id, sight(directory, &world.procedure, petition, &actor(known)));
    directory.officials.values().map(of).collect()
}

fn edited(directory: &mut Directory, (which, to, heads, _): Edit, on: jiff::civil::Date) {
    let units: Vec<UnitId> = directory.units.keys().copied().collect();
    let mut unit = directory.units[&units[usize::from(which) % units.len()]].clone();
    if heads {
        let officials: Vec<OfficialId> = directory.officials.keys().copied().collect();
        unit.head = officials[usize::from(to) % officials.len()];
    } else {
        unit.parent = Some(units[usize::from(to) % units.len()]);
    }
    directory.put_unit(unit, on);
}

#[test]
fn scope_6_nobody_gains_sight_of_a_matter_by_an_edit_of_the_tree() {
    let world = world();
    let matters = matters(&world);
    let at_first: Vec<_> =
        matters.iter().map(|(_, matter)| sights(&world, &world.directory, matter)).collect();
    let edits = prop::collection::vec((any::<u8>(), any::<u8>(), any::<bool>(), 0_u8..3), 1..8);
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    let holds = |edits: Vec<Edit>| {
        let mut directory = (*world.directory).clone();
        let mut before = at_first.clone();
        let mut on = world.today;
        for edit in edits {
            on = on.saturating_add(jiff::Span::new().days(i64::from(edit.3)));
            edited(&mut directory, edit, on);
            for ((label, matter), before) in matters.iter().zip(&mut before) {
                let now = sights(&world, &directory, matter);
                let found = reach::of_petition(&world.procedure, matter);
                for (who, seen) in &now {
                    let name = &directory.officials[who].name;
                    let words = reach::of_actor(&directory, &actor(&directory.officials[who])).unwrap();
                    let reaches = reach::lets_through(&found, &words);
                    prop_assert!(
                        reaches || *seen == Sight::Nothing,
                        "{name} does not reach @{label} (SCOPE-7)"
                    );
                    prop_assert!(*seen <= before[who], "{name} gains @{label} by {edit:?} on {on}");
                }
                *before = now;
            }
        }
        Ok(())
    };
    TestRunner::new(config).run(&edits, holds).unwrap();
    let sees = |seen: &BTreeMap<OfficialId, Sight>| seen.values().any(|sight| *sight != Sight::Nothing);
    assert_eq!(
        at_first.iter().filter(|seen| sees(seen)).count(),
        matters.len() - 1,
        "all but one have readers"
    );
}

/// Whoever stood above the office when it got the matter goes on supervising it; the new office above does not, until the
/// matter is brought there; and what comes in after the move is seen by the new one.
#[test]
fn scope_6_an_old_matter_is_supervised_by_whoever_stood_above_then_and_a_new_one_by_whoever_stands_there_now()
{
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "registered", "");
    // Another city with an office of its own takes the district over.
    let mut directory = (*world.directory).clone();
    for (new, old, parent) in [("railways", "city", None), ("telecom", "city-office", Some("railways"))] {
        let mut copy = directory.units[&unit(old)].clone();
        copy.id = unit(new);
        copy.parent = parent.map(unit).or(Some(unit("outside")));
        directory.put_unit(copy, date(2026, 1, 5));
    }
    let mut supervisor = directory.officials[&official("city-office", "supervisor")].clone();
    (supervisor.id, supervisor.unit) = (official("telecom", "supervisor"), unit("telecom"));
    directory.put_official(supervisor, date(2026, 1, 5));
    let mut moved = directory.units[&unit("district")].clone();
    moved.parent = Some(unit("railways"));
    directory.put_unit(moved, date(2026, 4, 1));
    let supervises = |petition: &Petition, of: &str| {
        let actor = Actor::Official {
            id: official(of, "supervisor"),
            unit: unit(of),
            roles: [Role::Supervisor].into(),
        };
        let seen = sight(&directory, &world.procedure, petition, &actor);
        let may = may(&directory, &world.procedure, petition, &actor, Verb::Supervise, None);
        assert_eq!(may, seen != Sight::Nothing, "{of} supervises what it sees");
        seen
    };
    let mut matter = world.petition('A');
    assert_eq!(supervises(&matter, "city-office"), Sight::Matter);
    assert_eq!(supervises(&matter, "telecom"), Sight::Nothing);
    // The database lets both through: which day counts, the rules say (SCOPE-7).
    let found = reach::of_petition(&world.procedure, &matter);
    for of in ["city-office", "telecom"] {
        let words = reach::of_actor(&directory, &actor(&directory.officials[&official(of, "supervisor")]));
        assert!(reach::lets_through(&found, &words.unwrap()), "{of}");
    }
    matter.office_on = date(2026, 4, 1);
    assert_eq!(supervises(&matter, "city-office"), Sight::Nothing, "on the day of the move neither");
    assert_eq!(supervises(&matter, "telecom"), Sight::Nothing);
    matter.office_on = date(2026, 4, 2);
    assert_eq!(supervises(&matter, "city-office"), Sight::Nothing);
    assert_eq!(supervises(&matter, "telecom"), Sight::Matter);
}

/// A unit that is taken out from under whom a report accuses stays blind to it, and so does whoever is posted elsewhere.
#[test]
fn scope_6_whoever_was_blind_to_a_report_stays_blind_wherever_units_and_people_go() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "referred", "kind=report accused=housing named=housing-head");
    let petition = world.petition('A');
    let mut directory = (*world.directory).clone();
    let mut moved = directory.units[&unit("demolition")].clone();
    moved.parent = Some(unit("water"));
    directory.put_unit(moved, date(2026, 4, 1));
    let mut succeeded = directory.units[&unit("housing")].clone();
    succeeded.head = official("housing", "head2");
    directory.put_unit(succeeded, date(2026, 4, 1));
    let mut posted = directory.officials[&official("demolition", "clerk")].clone();
    posted.unit = unit("city-integrity");
    posted.roles.insert(Role::Recipient);
    directory.put_official(posted.clone(), date(2026, 4, 2));
    let concerns = casework::concern::Concerns::new(&directory, &world.procedure, &petition);
    for of in ["demolition", "housing"] {
        assert!(concerns.bars(unit(of)), "{of}");
    }
    assert!(!concerns.bars(unit("water")));
    let actor = Actor::Official { id: posted.id, unit: posted.unit, roles: posted.roles };
    assert_eq!(sight(&directory, &world.procedure, &petition, &actor), Sight::Nothing);
    // A report that comes after that is another matter.
    let mut later = petition.clone();
    later.received_on = date(2026, 4, 3);
    assert_ne!(sight(&directory, &world.procedure, &later, &actor), Sight::Nothing);
}
