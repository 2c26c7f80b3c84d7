//! Nothing in the procedures is untried: every act succeeds in some scenario, every move of stage is taken, and every
//! guard refuses somewhere.

use super::{Shown, all, play};
use crate::district::Law;
use casework::act::Verb;
use casework::guard;

/// Guards that no scenario can make refuse, each with its reason.
const NEVER_REFUSING: &[(&str, &str)] = &[
    (
        "contact_by_handler",
        "authority lets only officials of the owner record a contact; the guard is the second lock",
    ),
    ("disposal_waits", "authority knows only the unit that owes the decision; the guard is the second lock"),
    (
        "not_sealed",
        "no sealed kind can be at a stage from which one splits or merges; the guard is the second lock",
    ),
    ("supervision_open", "authority knows only the unit that owes the reply; the guard is the second lock"),
    ("signer_not_concerned", "authority refuses every recused official first; the guard is the second lock"),
];

/// Acts that no scenario can show, each with its reason.
const NEVER_DONE: &[(&str, &str)] = &[(
    "in recalendar",
    "its calendar knows weekends only and never changes; the act is refused, see the scenario",
)];

#[test]
fn every_verb_of_a_procedure_is_carried_out_and_every_guard_refuses_somewhere() {
    let scenarios = all();
    let mut shown = Shown::default();
    for (name, text) in &scenarios {
        play(name, text, &mut shown, |_| {});
    }
    assert!(scenarios.len() >= 60, "only {} scenarios", scenarios.len());
    let mut missing = Vec::new();
    for (law, procedure) in [("cn", Law::Cn.procedure()), ("in", Law::In.procedure())] {
        for verb in Verb::ALL {
            let used = procedure.transitions.iter().any(|transition| transition.verb == *verb);
            if used && !shown.done.contains(&(law, *verb)) {
                missing.push(format!("{law} {}", verb.word()));
            }
        }
        let moving = procedure.transitions.iter().filter(|transition| transition.to.is_some());
        missing.extend(
            moving
                .map(|transition| format!("{law} {}", transition.id))
                .filter(|id| !shown.transitions.contains(id)),
        );
    }
    let excused: Vec<&str> = NEVER_DONE.iter().map(|(act, _)| *act).collect();
    assert_eq!(missing, excused, "nobody ever does");
    let silent: Vec<&str> = guard::guard_names()
        .filter(|guard| !shown.refused.contains(guard))
        .filter(|guard| !NEVER_REFUSING.iter().any(|(name, _)| name == guard))
        .collect();
    assert!(silent.is_empty(), "refuse nowhere: {silent:?}");
    for (guard, _) in NEVER_REFUSING {
        assert!(!shown.refused.contains(guard), "{guard} is excused in vain");
    }
}
