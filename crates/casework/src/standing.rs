//! Whether a letter still stands, or what later decisions made of it (procedure.md §1.9, §1.10).

use crate::act::{Act, Verb};
use crate::fact::{Event, Fact};
use crate::ids::Name;
use crate::petition::Petition;
use crate::procedure::{Letter, Procedure};
use jiff::civil::Date;

/// What has become of a signed letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that was decided later touches it.
    Stands,
    /// A higher organ changed or revoked what it decided, on that day.
    Overturned(Date),
}

/// Limits by which a decision goes to a higher organ.
const REVIEWS: [&str; 2] = ["ask_first_review", "ask_second_review"];
/// The limit by which a refusal to accept goes to the superior petition office.
const OBJECTION: &str = "object_to_refusal";

/// The window in which whoever disagrees takes what the letter says to somebody above; `None` for a letter against which there is none.
/// What a letter names beside, as the time in which the unit will answer, is none.
pub fn contest_of(letter: &Letter) -> Option<&Name> {
    let limit = letter.remedy.as_ref()?;
    (REVIEWS.contains(&limit.as_str()) || *limit == *OBJECTION).then_some(limit)
}

/// Whether the letter at that place of the petition's list stands; `None` when there is none.
///
/// What can be taken to a review falls when the review changes the decision or sends it back; a refusal to accept also when the
/// superior petition office overturns it. A review that was not admitted decided nothing that could fall. Whatever else a letter says was
/// said, and stays so.
pub fn standing(
    procedure: &Procedure,
    petition: &Petition,
    events: &[Event],
    index: usize,
) -> Option<Standing> {
    let letter = petition.letters.get(index)?;
    let known = procedure.letter(&letter.signed.letter)?;
    let signed_at = usize::try_from(letter.event).unwrap_or(usize::MAX);
    let act = events.iter().take(signed_at).rev().find_map(|event| Act::recorded_as(&event.fact))?.verb();
    // What corrects a letter says nothing without it.
    if let Some(corrected) = petition.corrected_by(index).filter(|corrected| *corrected < index) {
        return standing(procedure, petition, events, corrected);
    }
    let reviewable = known.remedy.as_ref().is_some_and(|limit| REVIEWS.contains(&limit.as_str()))
        && act != Verb::RefuseReview;
    let mut now = Petition::new(petition.id);
    for event in events {
        // What is decided while it is signed is its own.
        if now.version > letter.event {
            let level = now.round().map(|round| round.kind);
            #[expect(clippy::wildcard_enum_match_arm, reason = "no other fact undoes what was decided")]
            let overturned = match &event.fact {
                Fact::OpinionChanged(_) | Fact::OpinionRemanded(_) => {
                    reviewable && level > Some(letter.level)
                }
                Fact::RefusalReviewed(review) => act == Verb::Decline && !review.upheld,
                _ => false,
            };
            if overturned {
                return Some(Standing::Overturned(event.on));
            }
        }
        now.follow(event);
    }
    Some(Standing::Stands)
}

/// Whether a newer letter of its name has taken the place of one whose service moves the matter: then the older moves nothing, and is
/// served no more.
pub fn is_overtaken(procedure: &Procedure, petition: &Petition, index: usize) -> bool {
    let Some(letter) = petition.letters.get(index) else { return false };
    let name = &letter.signed.letter;
    let newest = petition.letters.iter().rposition(|other| other.signed.letter == *name);
    let decisive = procedure.transitions.iter().any(|transition| transition.about.as_ref() == Some(name));
    decisive && newest != Some(index)
}
