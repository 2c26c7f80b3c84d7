//! Whether letters stand, told from the courses of the scenarios.

use crate::scenarios::{Shown, all, play};
use casework::standing::{Standing, standing};

/// Every letter at the end of a scenario, with what became of it.
fn letters_after(scenario: &str) -> Vec<(String, Standing)> {
    let scenarios = all();
    let (name, text) = scenarios.iter().find(|(name, _)| name.contains(scenario)).unwrap();
    let mut last = Vec::new();
    play(name, text, &mut Shown::default(), |world| {
        let matter = &world.matters[&'A'];
        let letters = matter.petition.letters.iter().enumerate();
        last = letters
            .map(|(index, letter)| {
                let found = standing(&world.procedure, &matter.petition, &matter.events, index);
                (letter.signed.letter.to_string(), found.unwrap())
            })
            .collect();
        let beyond = matter.petition.letters.len();
        assert_eq!(standing(&world.procedure, &matter.petition, &matter.events, beyond), None);
    });
    last.into_iter().filter(|(_, standing)| *standing != Standing::Stands).collect()
}

#[test]
fn a_decision_falls_by_a_review_and_by_nothing_else() {
    let fallen = |scenario| {
        letters_after(scenario)
            .into_iter()
            .map(|(letter, standing)| format!("{letter} {standing:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(fallen("art35-first-review-changes-the-opinion"), ["opinion Overturned(2026-03-30)"]);
    // The one that was made anew, and upheld, stands.
    assert_eq!(fallen("art35-remanded-and-answered-anew"), ["opinion Overturned(2026-03-20)"]);
    let both = ["opinion Overturned(2026-03-25)", "first_review_opinion Overturned(2026-03-25)"];
    assert_eq!(fallen("art36-second-review-changes-the-opinion"), both);
    assert_eq!(fallen("art36-second-review-remanded"), both);
    assert_eq!(fallen("art43-objection-to-a-refusal-succeeds"), ["refusal_notice Overturned(2026-03-30)"]);
    assert_eq!(fallen("art43-objection-to-a-refusal-upheld"), [""; 0]);
    // A review that was not admitted decided nothing that the next one could change.
    assert_eq!(fallen("art35-review-refused-the-window-still-runs"), [""; 0]);
    // The second procedure, in which whoever is not taken up appeals like everybody else.
    assert_eq!(fallen("in-om6-sent-back"), ["action_taken Overturned(2026-03-20)"]);
    assert_eq!(fallen("in-om6-not-taken-up"), ["not_taken_up Overturned(2026-03-23)"]);
    assert_eq!(fallen("art32-served-with-proof-returned-and-served-again"), [""; 0]);
}
