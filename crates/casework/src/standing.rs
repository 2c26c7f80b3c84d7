//! Whether a letter still stands, or what later decisions made of it (procedure.md §1.9, §1.10).

use crate::fact::{Event, Fact};
use crate::petition::Petition;
use crate::procedure::{LetterKind, Procedure};
use jiff::civil::Date;

/// What has become of a signed letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that was decided later touches it.
    Stands,
    /// A higher organ changed or revoked what it decided, on that day.
    Overturned(Date),
}

/// Whether the letter at that place of the petition's list stands; `None` when there is none.
///
/// A decision on the merits falls when a review changes it or sends it back; a refusal to accept falls when the superior petition
/// office overturns it. Whatever else a letter says was said, and stays so.
pub fn standing(
    procedure: &Procedure,
    petition: &Petition,
    events: &[Event],
    index: usize,
) -> Option<Standing> {
    let letter = petition.letters.get(index)?;
    let kind = procedure.letter(&letter.signed.letter)?.kind;
    let mut now = Petition::new(petition.id);
    for event in events {
        // What is decided while it is signed is its own.
        if now.version > letter.event {
            let level = now.round().map(|round| round.kind);
            #[expect(clippy::wildcard_enum_match_arm, reason = "no other fact undoes what was decided")]
            let overturned = match &event.fact {
                Fact::OpinionChanged(_) | Fact::OpinionRemanded(_) => {
                    kind == LetterKind::Opinion && level > Some(letter.level)
                }
                Fact::RefusalReviewed(review) => kind == LetterKind::Refusal && !review.upheld,
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
