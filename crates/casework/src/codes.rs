//! Numbers with a form of their own: parsed at the edge, kept normalised, never a bare string inside.
//!
//! Identity numbers and secret codes never show themselves in `Debug` output and are not serialised; whoever needs
//! the characters asks for them by name.

mod identity;
mod phone;
mod register;
mod secret;

pub use identity::{CreditCode, IdNumber, OrganisationCode, province_exists};
pub use phone::Phone;
pub use register::RegisterNumber;
pub use secret::{AccessCode, LetterMark, QueryCode, ReceiptCode};

/// Why a code was not accepted. Positions count from 1, in the code without spaces and dashes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Too short or too long.
    #[error("should have {expected} characters, has {found}")]
    Length {
        /// What the code should have.
        expected: &'static str,
        /// What was given.
        found: usize,
    },
    /// A character that the code never contains.
    #[error("character {position} cannot stand there")]
    Character {
        /// Which one.
        position: usize,
    },
    /// The part that should be a date is none, or lies after today.
    #[error("the date in it does not exist or lies ahead")]
    Date,
    /// The check character does not fit: something is mistyped.
    #[error("the check character does not fit")]
    Check,
    /// Not the form of any number of this kind.
    #[error("not of a known form")]
    Form,
    /// A serial beyond six digits.
    #[error("the serial {serial} has more than six digits")]
    Serial {
        /// The serial.
        serial: u32,
    },
}

/// What was typed, without spaces and dashes, full-width letters and digits made plain, in capitals.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            _ => c,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The values of a code's characters in an alphabet, or the first character outside it.
fn values(code: &str, alphabet: &str) -> Result<Vec<u32>, CodeError> {
    code.chars()
        .zip(1..)
        .map(|(c, position)| {
            let value = alphabet.chars().position(|known| known == c);
            value.and_then(|value| u32::try_from(value).ok()).ok_or(CodeError::Character { position })
        })
        .collect()
}

/// Demands an exact number of characters.
fn length(code: &str, n: usize, expected: &'static str) -> Result<(), CodeError> {
    match code.chars().count() {
        found if found == n => Ok(()),
        found => Err(CodeError::Length { expected, found }),
    }
}
