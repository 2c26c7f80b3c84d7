//! Rights that depend on what an act is about: a letter is served by who signed it, a promise kept by who gave it.

use super::{petition, staff};
use crate::district::args::words;
use crate::district::{World, unit};
use casework::act::{Act, Execution, ReturnedService, Service, ServiceMethod};
use casework::authority::{Actor, may};
use casework::petition::Petition;

const UNITS: [&str; 7] = ["office", "housing", "district", "city", "water", "town", "city-office"];

fn allows(world: &World, petition: &Petition, actor: &Actor, act: &Act) -> bool {
    may(&world.directory, &world.procedure, petition, actor, act.verb(), Some(act))
}

#[test]
fn a_letter_is_served_by_the_unit_that_signed_it_and_by_its_owner() {
    let (world, petition) = petition();
    let signers: Vec<&str> = UNITS
        .into_iter()
        .filter(|of| petition.letters.iter().any(|letter| letter.signed.unit == unit(of)))
        .collect();
    assert!(signers.len() > 1, "several units signed: {signers:?}");
    for at in 0..=petition.letters.len() {
        let letter = u32::try_from(at).unwrap();
        let serve = Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof: words(8) });
        let back = Act::ReturnService(ReturnedService { letter, reason: words(8) });
        for of in UNITS {
            let signed = petition.letters.get(at).is_some_and(|letter| letter.signed.unit == unit(of));
            for (post, may) in [("clerk", signed), ("head", signed), ("handler", signed || of == "city")] {
                for act in [&serve, &back] {
                    let allowed = allows(&world, &petition, &staff(of, post), act);
                    assert_eq!(allowed, may, "{of} {post}: {} of letter {at}", act.verb().word());
                }
            }
        }
    }
}

#[test]
fn a_promise_is_recorded_as_kept_by_who_gave_it_and_by_the_owner() {
    let (world, mut petition) = petition();
    let mut other = petition.promises[0].clone();
    other.executor = Some(unit("town"));
    petition.promises.push(other);
    for (at, executor) in [Some("water"), Some("town"), None].into_iter().enumerate() {
        let promise = u32::try_from(at).unwrap();
        let act = Act::RecordExecution(Execution { promise, proof: words(8) });
        for of in UNITS {
            let allowed = allows(&world, &petition, &staff(of, "head"), &act);
            assert_eq!(allowed, of == "city" || Some(of) == executor, "{of}: promise {at}");
        }
    }
}

/// 上海24, 山东17: about the head of a unit somebody above decides, whether that unit owes the decision or stands above.
#[test]
fn art28_a_recusal_is_decided_by_who_owes_the_decision_or_stands_above() {
    use casework::act::Verb::DecideRecusal;
    use casework::concern::Concerns;
    let (world, mut petition) = petition();
    petition.owner = petition.owner.map(|(_, official)| (unit("housing"), official));
    let above = Concerns::new(&world.directory, &world.procedure, &petition).instead_of(unit("housing"));
    assert_eq!(above, Some(unit("district")));
    let decides = |petition: &Petition, of: &str| {
        may(&world.directory, &world.procedure, petition, &staff(of, "head"), DecideRecusal, None)
    };
    assert!(decides(&petition, "district"), "the unit above");
    assert!(!decides(&petition, "water"), "a unit beside");
    let reply = petition.deadlines.iter_mut().rfind(|deadline| deadline.set.limit == *"supervision_reply");
    let owed = &mut reply.unwrap().set;
    (owed.limit, owed.unit) = ("recusal".into(), Some(unit("water")));
    assert!(decides(&petition, "water"), "the unit that owes the decision");
}

/// DUAL-1, SEAL-1: whoever decides on an erasure opens sealed matters where the matter is one, and only there.
#[test]
fn an_erasure_is_decided_by_a_head_who_opens_sealed_matters_only_where_it_is_one() {
    use casework::concern::Concerns;
    use casework::directory::Role;
    let (world, mut petition) = petition();
    let mut directory = (*world.directory).clone();
    for official in directory.officials.values_mut() {
        official.roles.remove(&Role::Recipient);
    }
    let decides =
        |petition: &Petition| Concerns::new(&directory, &world.procedure, petition).decides_on_disposal(None);
    assert_eq!(decides(&petition), Some(unit("office")));
    petition.kind = "report".into();
    assert_eq!(decides(&petition), None, "nobody opens it");
}
