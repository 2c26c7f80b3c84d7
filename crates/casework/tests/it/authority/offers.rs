//! What is offered at each stage, as the scenarios come to it: by role and by what the unit is to the matter.

use super::{LEGEND, ROLES, staff};
use crate::district::{Law, World, outcome};
use crate::scenarios::{Shown, all, play};
use casework::authority::Actor;
use casework::{Petition, Verb};
use expect_test::expect_file;
use std::collections::{BTreeMap, BTreeSet};

/// Visits to a stage that are looked at: the first ones differ, the later ones repeat.
const VISITS: u32 = 12;

type Offers = BTreeMap<(usize, String), BTreeMap<Verb, BTreeSet<String>>>;

/// Units that have to do with the petition, by the nearest thing they are to it.
fn standings(world: &World, petition: &Petition) -> Vec<(&'static str, String)> {
    let owner = petition.owner.map(|(unit, _)| unit);
    let superior = petition.office.and_then(|office| world.directory.superior_petition_office(office));
    let named =
        [("owner", owner), ("office", petition.office), ("organ", petition.organ), ("superior", superior)];
    let mut seen = BTreeSet::new();
    named
        .into_iter()
        .filter_map(|(name, unit)| Some((name, unit?)))
        .filter(|(_, unit)| seen.insert(*unit))
        .map(|(name, unit)| (name, outcome::unit_name(world, unit)))
        .collect()
}

fn look(world: &World, offers: &mut Offers, visits: &mut BTreeMap<String, u32>) {
    for (label, matter) in &world.matters {
        let petition = &matter.petition;
        let stage = petition.stage.clone().unwrap();
        let visited = visits.entry(stage.to_string()).or_default();
        *visited += 1;
        if *visited > VISITS {
            continue;
        }
        let place = world.procedure.stages.iter().position(|known| known.id == stage).unwrap();
        let mut offer = |actor: &Actor, who: String| {
            let at = offers.entry((place, stage.to_string())).or_default();
            for verb in world.permitted(*label, actor) {
                at.entry(verb).or_default().insert(who.clone());
            }
        };
        offer(&Actor::Petitioner { party: 0 }, "petitioner".to_owned());
        for (standing, of) in standings(world, petition) {
            for (post, letter) in ROLES {
                offer(&staff(&of, post), format!("{standing}:{letter}"));
            }
        }
    }
}

/// `owner:h owner:d` as `owner:hd`.
fn joined(who: &BTreeSet<String>) -> String {
    let mut by_standing: BTreeMap<&str, String> = BTreeMap::new();
    for who in who {
        let (standing, letter) = who.split_once(':').unwrap_or((who, ""));
        *by_standing.entry(standing).or_default() += letter;
    }
    let cells = by_standing.into_iter().map(|(standing, letters)| {
        if letters.is_empty() { standing.to_owned() } else { format!("{standing}:{letters}") }
    });
    cells.collect::<Vec<String>>().join(" ")
}

fn offered(law: Law, prefix: &str) -> String {
    let mut offers = Offers::new();
    let mut visits = BTreeMap::new();
    for (name, text) in all().into_iter().filter(|(name, _)| name.starts_with(prefix)) {
        play(&name, &text, &mut Shown::default(), |world| look(world, &mut offers, &mut visits));
    }
    let procedure = law.procedure();
    let unseen: Vec<&str> = procedure
        .stages
        .iter()
        .map(|stage| stage.id.as_str())
        .filter(|stage| !visits.contains_key(*stage))
        .collect();
    assert!(unseen.is_empty(), "no scenario comes to {unseen:?}");
    let mut text = format!(
        "# What is offered at each stage. A unit that is several things to a matter is named by the first:\n# owner, office, organ, superior office.\n{LEGEND}"
    );
    for ((_, stage), verbs) in offers {
        text += &format!("\n{stage}\n");
        for (verb, who) in verbs {
            text += &format!("  {:<26}{}\n", verb.word(), joined(&who));
        }
    }
    text
}

#[test]
fn what_is_offered_in_china() {
    expect_file!["../../snapshots/offers-cn.txt"].assert_eq(&offered(Law::Cn, "cn-"));
}

#[test]
fn what_is_offered_in_india() {
    expect_file!["../../snapshots/offers-in.txt"].assert_eq(&offered(Law::In, "in-"));
}
