//! The shell of a sealed matter (SEAL-1, SEAL-2): what the program keeps in clear is enough for the timer and for the
//! question who may see it, and says nothing of what the matter says. Chance makes the matters.

use crate::district::{Law, World, petition_id};
use crate::random;
use casework::act::{Act, Channel, Passing, Recalendar};
use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::concern::Concerns;
use casework::disclosure::{is_sealed, sight};
use casework::petition::Petition;
use casework::*;
use proptest::prelude::*;

type Checked = Result<(), TestCaseError>;

/// What the timer would decide on that day, by that calendar.
fn timed(
    world: &World,
    calendar: &Calendar,
    today: jiff::civil::Date,
    petition: &Petition,
    act: Act,
) -> Result<Decision, Refusal> {
    let label = crate::district::label_of(petition.id);
    let related = world.related(label);
    let context = Context { calendar, today, ..world.context(&Actor::System, &related) };
    decide(&context, petition, act.into())
}

/// Every act of the timer, on the days around each deadline, is decided alike on the shell.
fn is_timed_alike(world: &World, petition: &Petition) -> Checked {
    let shell = petition.shell();
    for (index, deadline) in (0u32..).zip(&petition.deadlines) {
        let due_on = deadline.set.due_on;
        for today in [due_on, due_on.tomorrow().unwrap(), world.today] {
            let pass = || Act::Pass(Passing { deadline: index });
            let on_it = timed(world, &world.calendar, today, petition, pass());
            let on_shell = timed(world, &world.calendar, today, &shell, pass());
            prop_assert_eq!(on_it, on_shell, "SEAL-1: {} passes otherwise", deadline.set.limit);
        }
    }
    for calendar in [&*world.calendar, Calendar::weekends_only(), &Calendar::cn().announced_until(2025)] {
        let act = || Act::Recalendar(Recalendar { calendar: "another".to_owned() });
        let on_it = timed(world, calendar, world.today, petition, act());
        prop_assert_eq!(on_it, timed(world, calendar, world.today, &shell, act()));
    }
    Ok(())
}

/// Who may see it, who is kept from it, who would have it, and who is named for what runs.
fn is_seen_alike(world: &World, petition: &Petition) -> Checked {
    let shell = petition.shell();
    let (directory, procedure) = (&*world.directory, &*world.procedure);
    let concerns = |of| Concerns::new(directory, procedure, of);
    let (whole, of_shell) = (concerns(petition), concerns(&shell));
    for official in directory.officials.values() {
        let (id, unit) = (official.id, official.unit);
        let actor = Actor::Official { id, unit, roles: official.roles.clone() };
        let seen = |of| sight(directory, procedure, of, &actor);
        prop_assert_eq!(seen(petition), seen(&shell), "SEAL-2: {} sees it otherwise", official.name);
        prop_assert_eq!(whole.of(id, unit), of_shell.of(id, unit));
        prop_assert_eq!(whole.is_fit(id), of_shell.is_fit(id));
        prop_assert_eq!(whole.decides_on(id), of_shell.decides_on(id));
    }
    for unit in directory.units.keys().copied() {
        prop_assert_eq!(whole.bars(unit), of_shell.bars(unit));
        prop_assert_eq!(whole.first_fit(unit), of_shell.first_fit(unit));
        prop_assert_eq!(whole.can_have(unit), of_shell.can_have(unit));
        prop_assert_eq!(whole.instead_of(unit), of_shell.instead_of(unit));
        prop_assert_eq!(whole.supervisor_of(unit), of_shell.supervisor_of(unit));
        prop_assert_eq!(petition.decides_on_recusal(unit), shell.decides_on_recusal(unit));
    }
    prop_assert!(petition.open_deadlines().eq(shell.open_deadlines()));
    let standing = |of: &Petition| (of.stage.clone(), of.owner, of.version, of.kind.clone());
    prop_assert_eq!(standing(petition), standing(&shell));
    Ok(())
}

/// Nothing in it leads to what somebody wrote, nor tells what it is about.
fn says_nothing(petition: &Petition) -> Checked {
    let shell = petition.shell();
    let submission = shell.submission.as_ref().unwrap();
    let told = (&shell.class, &shell.place, &submission.class, &submission.place);
    prop_assert_eq!(told, (&None, &None, &None, &None));
    prop_assert_eq!((submission.n_people, submission.channel), (1, Channel::Online));
    prop_assert!(submission.confidential || submission.respondent.is_none());
    prop_assert!(shell.parties.is_empty() && submission.parties.is_empty());
    let json = serde_json::to_string(&shell).unwrap();
    let words = serde_json::to_value(casework::text::Text::empty()).unwrap();
    let texts = json.matches(&words["commitment"].to_string()).count();
    prop_assert_eq!(texts, json.matches("\"commitment\"").count(), "SEAL-1: a text in {}", json);
    Ok(())
}

/// All of it, along the course of every matter; how many sealed states there were.
fn has_a_shell(world: &World) -> Result<u32, TestCaseError> {
    let mut n_sealed = 0;
    for (label, matter) in &world.matters {
        let mut petition = Petition::new(petition_id(*label));
        for record in &matter.records {
            for event in &record.events {
                let before = petition.clone();
                petition = petition.apply(event);
                let told = format!("@{label}/{} {:?}", record.seq, event.fact);
                prop_assert_eq!(petition.shell(), before.shell().apply(event).shell(), "SEAL-1: {}", told);
            }
            let shell = petition.shell();
            prop_assert_eq!(&shell, &shell.shell(), "the shell of a shell is itself");
            if !is_sealed(&world.procedure, &petition.kind) {
                continue;
            }
            n_sealed += 1;
            says_nothing(&petition)?;
            is_timed_alike(world, &petition)?;
            is_seen_alike(world, &petition)?;
            let kept = minicbor_serde::to_vec(&shell).unwrap();
            prop_assert_eq!(&minicbor_serde::from_slice::<Petition>(&kept).unwrap(), &shell);
        }
    }
    Ok(n_sealed)
}

#[test]
fn seal_1_seal_2_a_shell_is_enough_for_the_timer_and_for_who_may_see_it() {
    for (law, cases) in [(Law::Cn, 16), (Law::In, 10)] {
        let n_sealed = random::sealed_worlds(law, cases, has_a_shell);
        assert!(n_sealed > cases * 6, "only {n_sealed} sealed states in {cases} courses");
    }
}

#[test]
fn seal_1_a_shell_written_before_a_field_was_added_still_reads() {
    let mut world = World::new(Law::Cn);
    crate::district::given::play(&mut world, 'A', "referred", "kind=report accused=water");
    let shell = world.petition('A').shell();
    let mut written = serde_json::to_value(&shell).unwrap();
    for field in ["hearings", "extension_days", "proposed_named", "supervision", "requests"] {
        assert!(written.as_object_mut().unwrap().remove(field).is_some());
    }
    assert_eq!(serde_json::from_value::<Petition>(written).unwrap(), shell);
}

#[test]
fn seal_1_nothing_that_was_written_or_promised_is_in_a_shell() {
    let mut world = World::new(Law::Cn);
    crate::district::given::play(&mut world, 'A', "in-second-review", "outcome=supported requests=2");
    let petition = world.petition('A');
    assert!(!petition.promises.is_empty() && !petition.answers().is_empty() && !petition.requests.is_empty());
    says_nothing(&petition).unwrap();
    assert_eq!(petition.shell().promises.len(), petition.promises.len());
}
