//! Proof of work: some seconds of a machine's time, asked only of sources above the normal rate.
//!
//! A challenge holds no state here: it is signed, and bound to one submission (a draft's code, or the token of the API),
//! so that work done once is good for one petition. It is cut into pieces, because the time for many small pieces varies
//! much less than that for one large one.

use super::LEVELS;
use crate::app::App;
use serde::{Deserialize, Serialize};
use store::content::sha256;

/// Pieces of a challenge, a power of two.
const PIECES: u32 = 16;
/// Bits that the number of pieces stands for.
const PIECES_BITS: u32 = PIECES.ilog2();
/// Hashes of the lowest level on the average: 2^18. The highest is 2^20 (architecture §10.25).
const FEWEST_BITS: u32 = 18;
/// How long a challenge is good for.
const OLDEST_MS: i64 = 60 * 60 * 1_000;
/// Longest answer, in bytes.
const LONGEST: usize = 400;

/// Work to be done: for each piece i from 0 find a number n such that the SHA-256 of `<seed>:<i>:<n>` begins with `bits`
/// zero bits, where `<seed>` is what follows the last dot of the puzzle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Challenge {
    /// To be sent back as it is.
    pub(crate) puzzle: String,
    /// How many numbers are to be found.
    pub(crate) pieces: u32,
    /// Zero bits that each hash begins with.
    pub(crate) bits: u32,
}

/// Work that was done.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The puzzle as it was given.
    #[schema(max_length = 100)]
    pub(crate) puzzle: String,
    /// The numbers in their order, joined by commas.
    #[schema(max_length = 400)]
    pub(crate) numbers: String,
}

impl Challenge {
    /// A new one for one submission; each level doubles it.
    pub(super) fn new(app: &App, subject: &str, level: u32) -> Challenge {
        let bits = bits_of(level);
        let puzzle = signed(app, subject, bits, app.clock.now().as_millisecond());
        Challenge { puzzle, pieces: PIECES, bits }
    }
}

impl Answer {
    /// Whether work of that level or a higher one was done, and for this submission.
    pub(super) fn is_right(&self, app: &App, subject: &str, level: u32) -> bool {
        let mut parts = self.puzzle.splitn(3, '.');
        let (Some(bits), Some(at), Some(seed)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let (Ok(bits), Ok(at)) = (bits.parse(), at.parse()) else { return false };
        if self.numbers.len() > LONGEST
            || bits < bits_of(level)
            || app.mac(&self.puzzle) != app.mac(&signed(app, subject, bits, at))
            || app.clock.now().as_millisecond().saturating_sub(at) > OLDEST_MS
        {
            return false;
        }
        let numbers: Vec<&str> = self.numbers.split(',').collect();
        numbers.len() == PIECES as usize
            && (0..PIECES).zip(numbers).all(|(piece, number)| is_solved(seed, piece, number, bits))
    }
}

/// Zero bits of each piece; each level doubles the work.
fn bits_of(level: u32) -> u32 {
    FEWEST_BITS + level.min(LEVELS - 1) - PIECES_BITS
}

fn signed(app: &App, subject: &str, bits: u32, at: i64) -> String {
    let mac = app.mac(&format!("work\0{bits}\0{at}\0{subject}"));
    // Short enough that seed, piece and number are one block of SHA-256.
    format!("{bits}.{at}.{}", mac.get(..32).unwrap_or_default())
}

fn is_solved(seed: &str, piece: u32, number: &str, bits: u32) -> bool {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let hash = sha256(format!("{seed}:{piece}:{number}").as_bytes());
    let zeros: u32 = match hash.iter().position(|byte| *byte != 0) {
        Some(at) => u32::try_from(at * 8).unwrap_or(0) + hash.get(at).map_or(0, |byte| byte.leading_zeros()),
        None => 256,
    };
    zeros >= bits
}

/// Does the work, as a petitioner's machine would.
#[cfg(test)]
pub(crate) fn solve(puzzle: &str, pieces: u32, bits: u32) -> String {
    let seed = puzzle.rsplit('.').next().unwrap();
    let piece = |piece| (0_u64..).map(|n| n.to_string()).find(|n| is_solved(seed, piece, n, bits)).unwrap();
    (0..pieces).map(piece).collect::<Vec<_>>().join(",")
}
