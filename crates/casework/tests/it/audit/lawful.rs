//! What the record cannot know is no breach: another directory, another calendar, a decision at midnight's edge.

use super::*;
use crate::district::Law;
use casework::audit::{Rule, Rules};
use casework::calendar::Calendar;
use jiff::civil::date;

#[test]
fn ver_2_a_deadline_counted_before_the_year_was_announced_is_right_by_the_calendar_of_its_day() {
    // Counted in 2025, when nobody knew the arrangement of 2026.
    let mut world = World::new(Law::Cn);
    world.today = date(2025, 11, 3);
    world.calendar = std::rc::Rc::new(Calendar::cn().announced_until(2025));
    crate::district::given::play(&mut world, 'A', "investigating", "");
    let records = &world.matters[&'A'].records;
    let handle = world.petition('A').latest("handle").unwrap().set.clone();
    assert!(handle.provisional);
    let cn = Calendar::cn();
    assert_eq!(audited::audit(&Rules::new(&world.procedure, &[cn]), 'A', records), []);
    // By hand, the same deadline is no day of any calendar.
    let mut records = records.clone();
    edit_facts(&mut records, Verb::Accept, |fact| {
        if let Fact::DeadlineSet(set) = fact
            && set.limit == *"handle"
        {
            set.due_on = set.due_on.tomorrow().unwrap();
        }
    });
    let breaches = audited::audit(&Rules::new(&world.procedure, &[cn]), 'A', &records);
    assert_eq!(breaches.iter().map(|breach| breach.rule).collect::<Vec<_>>(), [Rule::Deadlines]);
}

#[test]
fn ver_2_an_arrangement_changed_late_is_known_to_whoever_has_both_calendars() {
    let name = "cn-rule12-a-year-changed-late-moves-what-runs";
    let (_, text) = scenarios::all().into_iter().find(|(known, _)| known == name).unwrap();
    let mut last = None;
    scenarios::play(name, &text, &mut scenarios::Shown::default(), |world| last = Some(world.clone()));
    let world = last.unwrap();
    let records = &world.matters[&'A'].records;
    assert_eq!(audited::audit(&audited::rules(&world), 'A', records), []);
    let only_the_new = Rules::new(&world.procedure, &[&*world.calendar]);
    let breaches = audited::audit(&only_the_new, 'A', records);
    assert!(!breaches.is_empty(), "the days of the old arrangement are not those of the new one");
}

#[test]
fn ver_2_the_breaches_are_told_without_personal_data() {
    let breaches = breaches("2026-03-02 given served", |records| {
        drop_facts(records, Verb::Forward, |fact| matches!(fact, Fact::OwnerSet { .. }));
        add_fact(
            records,
            Verb::Serve,
            Fact::Parted { petition: crate::district::petition_id('B'), answered: false },
        );
    });
    assert!(breaches.len() >= 2);
    for breach in breaches {
        let id_like = breach.what.split_whitespace().any(|word| word.len() == 36 && word.contains('-'));
        assert!(!id_like, "{}", breach.what);
    }
}
