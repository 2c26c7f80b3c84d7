//! Two levels of one matter are decided by different organs and different people (INV-8), also when posts change hands.

use crate::district::args::Args;
use crate::district::{Law, World, given, payload, unit};
use casework::{Refusal, Verb};
use std::rc::Rc;

fn asked(world: &mut World, who: &str, words: &str) -> Result<(), Refusal> {
    let actor = world.actor(who);
    let (verb, args) = words.split_once(' ').unwrap_or((words, ""));
    let verb = Verb::parse(verb).unwrap();
    let act = payload::act(world.law, &world.petition('A'), who, verb, world.today, &Args::parse(args));
    world.act('A', &actor, act).map(|_| ())
}

#[test]
fn a_head_who_signed_the_opinion_does_not_decide_its_review_from_a_new_post() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "in-first-review", "");
    world.new_post("housing-head to district");
    for verb in ["uphold_opinion", "change_opinion", "remand_opinion"] {
        let refused = asked(&mut world, "housing-head", verb).unwrap_err();
        assert_eq!(refused.code(), "reviewer_took_no_part", "{verb}");
    }
    asked(&mut world, "district-head", "uphold_opinion").unwrap();
}

fn reviewed_by(world: &mut World, reviewer: &str) {
    let directory = Rc::make_mut(&mut world.directory);
    directory.units.get_mut(&unit("district")).unwrap().reviewed_by = Some(unit(reviewer));
}

#[test]
fn no_organ_reviews_itself_by_a_circle_in_the_directory() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "first-review-served", "");
    reviewed_by(&mut world, "housing");
    let refused = asked(&mut world, "petitioner", "request_review").unwrap_err();
    assert_eq!(refused.code(), "reviewer_exists");
    reviewed_by(&mut world, "city");
    asked(&mut world, "petitioner", "request_review").unwrap();
}

#[test]
fn whoever_took_over_from_a_recused_handler_takes_part_too() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "investigating", "");
    asked(&mut world, "petitioner", "ask_recusal").unwrap();
    asked(&mut world, "housing-head", "decide_recusal successor=housing-handler2").unwrap();
    asked(&mut world, "housing-head", "issue_opinion").unwrap();
    asked(&mut world, "housing-handler2", "serve letter=opinion").unwrap();
    asked(&mut world, "petitioner", "request_review").unwrap();
    world.new_post("housing-handler2 to district");
    let refused = asked(&mut world, "district-clerk", "admit_review official=housing-handler2").unwrap_err();
    assert_eq!(refused.code(), "reviewer_took_no_part");
}
