//! Where a scenario begins, when what came before is not its subject: the shortest lawful course to a stage.

use super::args::Args;
use super::{Law, World, outcome, payload};
use casework::act::Verb;

type Course = (&'static str, Option<&'static str>, &'static [&'static str]);

/// Name, the course it continues, and its lines: who, verb, what.
const CN: &[Course] = &[
    ("received", None, &["petitioner submit"]),
    ("registered", Some("received"), &["office-clerk register"]),
    (
        "forwarded",
        Some("registered"),
        &["office-clerk forward to=housing", "office-clerk serve letter=dispatch_notice"],
    ),
    ("notifying", Some("forwarded"), &["housing-handler take_up"]),
    (
        "accepted",
        Some("notifying"),
        &["housing-handler accept", "housing-handler serve letter=acceptance_notice"],
    ),
    ("investigating", Some("accepted"), &["housing-handler record_contact"]),
    (
        "served",
        Some("investigating"),
        &["housing-head issue_opinion", "housing-handler serve letter=opinion"],
    ),
    (
        "in-first-review",
        Some("served"),
        &["petitioner request_review", "district-clerk admit_review official=district-handler"],
    ),
    (
        "first-review-served",
        Some("in-first-review"),
        &["district-head uphold_opinion", "district-handler serve letter=first_review_opinion"],
    ),
    (
        "in-second-review",
        Some("first-review-served"),
        &["petitioner request_review", "city-clerk admit_review official=city-handler"],
    ),
    (
        "declined",
        Some("notifying"),
        &["housing-handler decline", "housing-handler serve letter=refusal_notice"],
    ),
    (
        "studied",
        Some("registered"),
        &["office-clerk forward to=housing", "office-clerk serve letter=dispatch_notice"],
    ),
    ("referred", Some("registered"), &["office-clerk refer_report to=city-integrity"]),
];

const IN: &[Course] = &[
    ("received", None, &["petitioner submit"]),
    ("registered", Some("received"), &["nodal-clerk register"]),
    (
        "assigned",
        Some("registered"),
        &["nodal-clerk forward to=pensions", "nodal-clerk serve letter=dispatch_notice"],
    ),
    ("in-process", Some("assigned"), &["pensions-handler take_up"]),
    (
        "disposed",
        Some("in-process"),
        &["pensions-head issue_opinion", "pensions-handler serve letter=action_taken"],
    ),
    ("appealed", Some("disposed"), &["petitioner request_review"]),
];

/// The lines of a course, from the submission on.
pub(crate) fn course(law: Law, name: &str) -> Vec<&'static str> {
    let known = if law == Law::Cn { CN } else { IN };
    let (_, before, lines) = known
        .iter()
        .find(|(course, _, _)| *course == name)
        .unwrap_or_else(|| panic!("nothing is given as {name}"));
    let mut all = before.map_or_else(Vec::new, |before| course(law, before));
    all.extend_from_slice(lines);
    all
}

/// Every course, with the kind of petition that takes it.
pub(crate) fn names(law: Law) -> Vec<(&'static str, &'static str)> {
    let (known, ordinary) = if law == Law::Cn { (CN, "claim") } else { (IN, "grievance") };
    let kind = |name: &str| match name {
        "studied" => "suggestion",
        "referred" => "report",
        _ => ordinary,
    };
    known.iter().map(|(name, _, _)| (*name, kind(name))).collect()
}

/// The courses that a report against officials takes, with its kind.
pub(crate) fn sealed(law: Law) -> &'static [(&'static str, &'static str)] {
    match law {
        Law::Cn => &[
            ("received", "report"),
            ("registered", "report"),
            ("registered", "retaliation"),
            ("referred", "report"),
            // What turns out to be a report on its way.
            ("investigating", "claim"),
        ],
        Law::In => &[("received", "vigilance"), ("registered", "vigilance"), ("in-process", "grievance")],
    }
}

/// Plays the course on one day. `outcome=` belongs to the opinion, everything else to the submission.
pub(crate) fn play(world: &mut World, label: char, name: &str, extra: &str) {
    let (opinion, submission): (Vec<&str>, Vec<&str>) =
        extra.split_whitespace().partition(|word| word.starts_with("outcome="));
    for line in course(world.law, name) {
        let (who, rest) = line.split_once(' ').unwrap();
        let (verb, args) = rest.split_once(' ').unwrap_or((rest, ""));
        let verb = Verb::parse(verb).unwrap();
        let more = if verb == Verb::Submit {
            submission.join(" ")
        } else if verb == Verb::IssueOpinion {
            opinion.join(" ")
        } else {
            String::new()
        };
        let args = Args::parse(&format!("{args} {more}"));
        let petition = world.petition(label);
        let act = payload::act(world.law, &petition, who, verb, world.today, &args);
        args.all_understood();
        let actor = world.actor(who);
        world.act(label, &actor, act).unwrap_or_else(|refusal| panic!("{name}: {line}: {refusal}"));
    }
}

/// Where the matter stands: stage, owner, what runs.
pub(crate) fn standing(world: &World, label: char) -> Vec<String> {
    let petition = world.petition(label);
    let owner = petition.owner.map(|(_, owner)| outcome::official_name(world, owner)).unwrap_or_default();
    let mut lines = vec![format!("stands at {}; {owner} answers for it", petition.stage.as_ref().unwrap())];
    for (_, deadline) in petition.open_deadlines() {
        let named = outcome::named(world, label, &deadline.set);
        lines.push(format!("runs: {named} until {}", deadline.set.due_on));
    }
    lines
}
