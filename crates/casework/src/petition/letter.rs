//! The letters of a petition, and which of them corrects which.

use super::{Deadline, DeadlineState, Petition};
use crate::act::LetterIssue;
use crate::fact::{LetterSigned, RoundKind};
use crate::procedure::Procedure;
use crate::standing::{contest_of, is_overtaken};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A letter of the petition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedLetter {
    /// As signed.
    pub signed: LetterSigned,
    /// Signed on.
    pub on: Date,
    /// The level on which it was signed: whoever signs a decision takes part on that level (INV-8).
    pub level: RoundKind,
    /// Place of the round in which it was signed, from 0.
    #[serde(default)]
    pub round: u32,
    /// Sequence number (in the petition's stream) of the event that signed it: its words are found there.
    pub event: u64,
    /// As a file, once it was issued: nothing is served before (architecture §10.22).
    pub issued: Option<LetterIssue>,
    /// Became that file on.
    pub issued_on: Option<Date>,
    /// Places of the letters that correct it, in order.
    #[serde(default)]
    pub corrections: Vec<u32>,
    /// Handed to the post on, while it is under way or arrived.
    pub posted_on: Option<Date>,
    /// Served on, when it was.
    pub served_on: Option<Date>,
}

impl Petition {
    /// A letter that is signed now.
    pub(super) fn letter_signed(&self, signed: LetterSigned, on: Date) -> SignedLetter {
        SignedLetter {
            signed,
            on,
            level: self.round().map_or(RoundKind::Handling, |round| round.kind),
            round: self.round_at(),
            event: self.version,
            issued: None,
            issued_on: None,
            corrections: Vec::new(),
            posted_on: None,
            served_on: None,
        }
    }

    /// The next letter corrects the one at that place.
    pub(super) fn correct(&mut self, letter: u32) {
        let next = u32::try_from(self.letters.len()).unwrap_or(u32::MAX);
        self.letter(letter, |letter| letter.corrections.push(next));
    }

    /// Place, in the list of rounds, of the one in course.
    pub(super) fn round_at(&self) -> u32 {
        let at = self.rounds.iter().rposition(|round| !round.refused);
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
    }

    /// Place of the letter that the one at that place corrects.
    pub fn corrected_by(&self, index: usize) -> Option<usize> {
        self.letters.iter().position(|letter| letter.corrections.iter().any(|at| *at as usize == index))
    }

    /// The letters that correct the one at that place, each with its own place.
    pub fn corrections(&self, index: usize) -> impl Iterator<Item = (usize, &SignedLetter)> {
        let places = self.letters.get(index).map_or(&[][..], |letter| letter.corrections.as_slice());
        places.iter().filter_map(|at| Some((*at as usize, self.letters.get(*at as usize)?)))
    }

    /// The window for contesting the letter at that place that its service opened, as it was set last.
    pub fn window_of(&self, procedure: &Procedure, index: usize) -> Option<&Deadline> {
        let letter = self.letters.get(index)?;
        let limit = contest_of(procedure.letter(&letter.signed.letter)?)?;
        let mut windows = self.deadlines.iter().rev();
        windows.find(|window| window.set.limit == *limit && Some(window.set.from) == letter.served_on)
    }

    /// Whether a slip of the pen in the letter at that place may be put right by a letter on that day: it went to the petitioner, is
    /// issued, no newer one took its place, and what it says was not taken to a higher organ, which then decides on it as it stands.
    pub fn is_correctable(&self, procedure: &Procedure, index: usize, on: Date) -> bool {
        let Some(letter) = self.letters.get(index) else { return false };
        let window = self.window_of(procedure, index);
        let contested = window.is_some_and(|window| matches!(window.state, DeadlineState::Met { .. }));
        letter.signed.to_petitioner
            && letter.issued_on.is_some_and(|issued| on >= issued)
            && letter.round == self.round_at()
            && !contested
            && !is_overtaken(procedure, self, index)
    }
}
