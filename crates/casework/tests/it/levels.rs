//! Two levels of one matter are decided by different organs and different people (INV-8), also when posts change hands.

use crate::district::args::Args;
use crate::district::{Law, World, actor, given, official, payload, unit};
use casework::authority::Actor;
use casework::{Refusal, Verb};

fn asked(world: &mut World, who: &str, verb: Verb) -> Result<(), Refusal> {
    let actor = actor(who);
    by(world, &actor, who, verb)
}

fn by(world: &mut World, actor: &Actor, who: &str, verb: Verb) -> Result<(), Refusal> {
    let act = payload::act(world.law, &world.petition('A'), who, verb, world.today, &Args::parse(""));
    world.act('A', actor, act).map(|_| ())
}

#[test]
fn a_head_who_signed_the_opinion_does_not_decide_its_review_from_a_new_post() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "in-first-review", "");
    let head = official("housing", "head");
    world.directory.officials.get_mut(&head).unwrap().unit = unit("district");
    let moved =
        Actor::Official { id: head, unit: unit("district"), roles: [casework::directory::Role::Head].into() };
    for verb in [Verb::UpholdOpinion, Verb::ChangeOpinion, Verb::RemandOpinion] {
        let refused = by(&mut world, &moved, "district-head", verb).unwrap_err();
        assert_eq!(refused.code(), "reviewer_took_no_part", "{verb:?}");
    }
    asked(&mut world, "district-head", Verb::UpholdOpinion).unwrap();
}

#[test]
fn no_organ_reviews_itself_by_a_circle_in_the_directory() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "first-review-served", "");
    world.directory.units.get_mut(&unit("district")).unwrap().reviewed_by = Some(unit("housing"));
    let refused = asked(&mut world, "petitioner", Verb::RequestReview).unwrap_err();
    assert_eq!(refused.code(), "reviewer_exists");
    world.directory.units.get_mut(&unit("district")).unwrap().reviewed_by = Some(unit("city"));
    asked(&mut world, "petitioner", Verb::RequestReview).unwrap();
}
