//! Who opens sealed matters, as the directory says (SEAL-1): a role beside the work, at least two in each unit that
//! receives reports.

use crate::district::{Law, World, official, unit};
use casework::directory::{Directory, Role};
use casework::disclosure::{Sight, opens_sealed, sight_of_owner};
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
