//! Who opens sealed matters, as the directory says (SEAL-1): a role beside the work, at least two in each unit that
//! receives reports.

use crate::district::{Law, World, official, unit};
use crate::scenarios;
use casework::LetterNumbers;
use casework::directory::{Directory, Role};
use casework::disclosure::{Sight, opens_sealed, sight, sight_of_owner};
use std::collections::BTreeSet;

#[test]
fn seal_1_a_recipient_opens_what_is_sealed_only_beside_work_on_matters() {
    let roles = |roles: &[Role]| roles.iter().copied().collect::<BTreeSet<Role>>();
    for working in [Role::Registrar, Role::Handler, Role::Head, Role::Supervisor] {
        assert!(opens_sealed(&roles(&[working, Role::Recipient])));
        assert_eq!(sight_of_owner(true, &roles(&[working, Role::Recipient])), Sight::Everything);
        assert_eq!(sight_of_owner(true, &roles(&[working])), Sight::Nothing);
        assert_eq!(sight_of_owner(false, &roles(&[working])), Sight::Everything);
    }
    for other in [Role::Recipient, Role::Auditor, Role::SystemAdministrator, Role::AuditAdministrator] {
        assert!(!opens_sealed(&roles(&[other, Role::Recipient])), "{other:?}");
        assert_eq!(sight_of_owner(true, &roles(&[other, Role::Recipient])), Sight::Nothing);
    }
    assert_eq!(sight_of_owner(false, &roles(&[Role::Recipient])), Sight::Nothing, "no work, no matters");
    assert_eq!(Role::parse("recipient"), Some(Role::Recipient));
    assert!(Role::ALL.contains(&Role::Recipient) && !Role::Recipient.administers());
}

#[test]
fn seal_1_units_that_receive_reports_and_hang_on_one_person_are_named() {
    let mut world = World::new(Law::Cn);
    assert_eq!(world.directory.without_recipients(), [], "no department is asked for any");
    assert_eq!(
        world.directory.recipients_of(unit("integrity")),
        ["clerk", "handler", "head"].map(|post| official("integrity", post))
    );
    world.set_recipients("integrity-clerk", false);
    assert_eq!(world.directory.without_recipients(), [], "two are left");
    world.set_recipients("integrity-head", false);
    world.set_recipients("office", false);
    assert_eq!(world.directory.without_recipients(), [unit("office"), unit("integrity")]);
    // Whoever left the post, or only administers, opens nothing.
    let mut directory: Directory = (*world.directory).clone();
    directory.officials.get_mut(&official("integrity", "handler")).unwrap().active = false;
    assert_eq!(directory.recipients_of(unit("integrity")), []);
    world.set_recipients("integrity-system", true);
    assert_eq!(world.directory.recipients_of(unit("integrity")), [official("integrity", "handler")]);
}

#[test]
fn rec_2_a_directory_says_whether_a_body_outside_is_named() {
    let mut directory = Law::Cn.directory();
    assert!(directory.has_body_outside());
    directory.units.get_mut(&unit("outside")).unwrap().parent = Some(unit("city"));
    assert!(!directory.has_body_outside());
}

/// Every number that the letters of these courses got.
fn numbers(law: &str, lines: &str) -> LetterNumbers {
    let mut last = None;
    scenarios::play(&format!("{law}-course"), lines, &mut scenarios::Shown::default(), |world| {
        last = Some(world.numbers.clone());
    });
    last.unwrap()
}

#[test]
fn seal_2_letters_of_a_sealed_matter_leave_no_gap_in_any_ordinary_series() {
    let cn = "2026-03-02 given @B registered kind=report accused=housing
2026-03-02 office-clerk @B refer_report to=integrity
2026-03-03 integrity-handler @B accept_report official=integrity-handler
2026-03-03 integrity-handler @B feed_back_report
2026-03-04 integrity-head @B serve letter=report_reply";
    let india = "2026-03-02 given @B registered kind=vigilance accused=posts
2026-03-02 nodal-clerk @B refer_report to=vigilance";
    for (law, ordinary, sealed) in [("cn", "served", cn), ("in", "disposed", india)] {
        let alone = numbers(law, &format!("2026-03-02 given @A {ordinary}"));
        let mut beside = numbers(law, &format!("{sealed}\n2026-03-09 given @A {ordinary}"));
        beside.retain(|(_, series, _), _| !series.ends_with('密'));
        assert_eq!(beside, alone);
        assert!(!numbers(law, sealed).is_empty(), "{law}: no sealed letter was signed");
    }
}

#[test]
fn seal_2_what_makes_a_matter_sealed_or_opens_it_is_told_in_an_ordinary_letter() {
    let becomes = "2026-03-02 given forwarded
2026-03-03 office-clerk propose_reclassification kind=report
2026-03-03 office-head confirm_reclassification";
    let opened = format!(
        "{becomes}
2026-03-03 office-clerk propose_reclassification kind=claim
2026-03-03 office-head confirm_reclassification"
    );
    for (lines, last) in [(becomes, 1), (opened.as_str(), 2)] {
        let numbers = numbers("cn", lines);
        assert_eq!(numbers.get(&(unit("office"), "更".to_owned(), 2026)), Some(&last));
        assert!(numbers.keys().all(|(_, series, _)| !series.ends_with('密')));
    }
}

#[test]
fn seal_1_who_must_decide_on_a_recusal_sees_the_matter_only_as_a_recipient() {
    let lines = "2026-03-02 given referred kind=report accused=water
2026-03-03 petitioner ask_recusal official=city-integrity-head";
    let mut last = None;
    scenarios::play("cn-course", lines, &mut scenarios::Shown::default(), |world| last = Some(world.clone()));
    let mut world = last.unwrap();
    let seen = |world: &World, who: &str| {
        sight(&world.directory, &world.procedure, &world.petition('A'), &world.actor(who))
    };
    // The only other head of the body is no recipient: the body outside decides.
    assert!(world.petition('A').decides_on_recusal(unit("outside")));
    assert_eq!(seen(&world, "outside-head"), Sight::Matter);
    for blind in ["outside-head2", "outside-clerk", "city-integrity-head2"] {
        assert_eq!(seen(&world, blind), Sight::Nothing, "{blind}");
    }
    let decide = |world: &mut World, who: &str| {
        let decision = casework::act::RecusalDecision {
            official: official("city-integrity", "head"),
            recused: true,
            reason: crate::district::args::words(8),
            successor: None,
        };
        let actor = world.actor(who);
        world.act('A', &actor, casework::Act::DecideRecusal(decision)).map(|_| ())
    };
    assert_eq!(decide(&mut world, "outside-head2").unwrap_err().code(), "not_for_you");
    decide(&mut world, "outside-head").unwrap();
    assert_eq!(seen(&world, "city-integrity-head"), Sight::Nothing);
    assert_eq!(seen(&world, "outside-head"), Sight::Nothing, "decided");
}

#[test]
fn seal_1_a_recusal_is_decided_where_a_head_opens_reports() {
    for (shut, decides) in [("nobody-else", "city-office"), ("city-office-head", "city-integrity")] {
        let lines = format!(
            "2026-03-02 given registered kind=report accused=water
no recipient: {shut}
2026-03-03 petitioner ask_recusal official=office-head"
        );
        let mut last = None;
        scenarios::play("cn-course", &lines, &mut scenarios::Shown::default(), |world| {
            last = Some(world.petition('A'));
        });
        assert!(last.unwrap().decides_on_recusal(unit(decides)), "{decides}");
    }
}
