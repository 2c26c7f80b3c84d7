//! The codes that open a petition to its petitioner. Randomness is passed in; only the shell draws it.
//!
//! Alphabet: Crockford's base32 without 0 and 1. Crockford already leaves out I, L, O and U; people still read and
//! write 0 for O and 1 for I, so none of the five is ever generated and none is ever accepted. Thirty characters
//! give 4.9 bits each: 58.9 bits in a query code, 127.6 in a receipt code.

use super::{CodeError, length, plain, values};
use std::fmt;

const ALPHABET: &str = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE: u32 = 30;
/// The largest prime that two characters can hold: finds every wrong character and every swap of neighbours.
const CHECK_MODULUS: u32 = 887;

/// 查询码 of petitions taken at the counter, by telephone or letter: 12 characters, `K7QM-4R2X-9TDW`.
///
/// Short enough to copy by hand, so tries are limited and it opens no sealed content (architecture §10.6).
#[derive(Clone, PartialEq, Eq)]
pub struct QueryCode(String);

impl QueryCode {
    /// Makes a code of 16 random bytes.
    pub fn from_random(bytes: &[u8; 16]) -> QueryCode {
        QueryCode(draw(*bytes, 12))
    }

    /// Reads a code as people type it: small letters, spaces, dashes and full-width characters are forgiven.
    pub fn parse(text: &str) -> Result<QueryCode, CodeError> {
        let code = plain(text);
        length(&code, 12, "12")?;
        values(&code, ALPHABET)?;
        Ok(QueryCode(code))
    }

    /// The 12 characters without dashes: what is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 回执码 of petitions filed online: 26 random characters and 2 check characters, in seven groups (RCPT-1).
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptCode(String);

impl ReceiptCode {
    /// Makes a code of 32 random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> ReceiptCode {
        ReceiptCode(checked(*bytes, 26))
    }

    /// Reads a code as people type it; a mistyped character is found by the check characters.
    pub fn parse(text: &str) -> Result<ReceiptCode, CodeError> {
        parse_checked(text, 26, "28").map(ReceiptCode)
    }

    /// The 28 characters without dashes: what keys are derived from.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 核验码, the mark that stands on a letter: 22 random characters and 2 check characters, in six groups. It opens nothing; whoever
/// holds the letter learns by it whether the letter was issued (architecture §10.22).
#[derive(Clone, PartialEq, Eq)]
pub struct LetterMark(String);

impl LetterMark {
    /// Makes a mark of 32 random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> LetterMark {
        LetterMark(checked(*bytes, 22))
    }

    /// Reads a mark as people type it; a mistyped character is found by the check characters.
    pub fn parse(text: &str) -> Result<LetterMark, CodeError> {
        parse_checked(text, 22, "24").map(LetterMark)
    }

    /// The 24 characters without dashes: what is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LetterMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(&self.0, f)
    }
}

impl fmt::Debug for LetterMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LetterMark(…)")
    }
}

/// Either code, told apart by its length: one field on the page takes both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessCode {
    /// 12 characters.
    Query(QueryCode),
    /// 28 characters.
    Receipt(ReceiptCode),
}

impl AccessCode {
    /// Reads either code.
    pub fn parse(text: &str) -> Result<AccessCode, CodeError> {
        match plain(text).chars().count() {
            12 => QueryCode::parse(text).map(AccessCode::Query),
            28 => ReceiptCode::parse(text).map(AccessCode::Receipt),
            found => Err(CodeError::Length { expected: "12 or 28", found }),
        }
    }

    /// The characters without dashes.
    pub fn as_str(&self) -> &str {
        match self {
            AccessCode::Query(code) => code.as_str(),
            AccessCode::Receipt(code) => code.as_str(),
        }
    }
}

impl fmt::Display for QueryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(&self.0, f)
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(&self.0, f)
    }
}

impl fmt::Display for AccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(self.as_str(), f)
    }
}

impl fmt::Debug for QueryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueryCode(…)")
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptCode(…)")
    }
}

/// Groups of four with dashes between.
fn grouped(code: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, c) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            f.write_str("-")?;
        }
        write!(f, "{c}")?;
    }
    Ok(())
}

/// `n` random characters and two that check them.
fn checked<const N: usize>(bytes: [u8; N], n: usize) -> String {
    let mut code = draw(bytes, n);
    let check = remainder(&code);
    code.extend([check / BASE, check % BASE].map(symbol));
    code
}

/// Reads `n` characters and the two that check them, `expected` in all.
fn parse_checked(text: &str, n: usize, expected: &'static str) -> Result<String, CodeError> {
    let code = plain(text);
    length(&code, n + 2, expected)?;
    let values = values(&code, ALPHABET)?;
    match (code.get(..n), values.get(n..)) {
        (Some(body), Some([high, low])) if high * BASE + low == remainder(body) => Ok(code),
        _ => Err(CodeError::Check),
    }
}

/// `n` characters from random bytes, read as one number and divided again and again. The bytes hold far more than
/// the characters need (128 of 59 bits, 256 of 128), so no character is likelier than another by 2^-64.
fn draw<const N: usize>(mut number: [u8; N], n: usize) -> String {
    let mut code = String::with_capacity(n + 2);
    for _ in 0..n {
        let mut rest = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / BASE).unwrap_or(u8::MAX); // Never saturates: rest < BASE.
            rest = value % BASE;
        }
        code.push(symbol(rest));
    }
    code
}

fn symbol(value: u32) -> char {
    ALPHABET.chars().nth(value as usize).unwrap_or('Z') // Every caller passes a value below BASE.
}

fn remainder(code: &str) -> u32 {
    code.chars()
        .filter_map(|c| ALPHABET.chars().position(|known| known == c))
        .fold(0, |rest, value| (rest * BASE + value as u32) % CHECK_MODULUS)
}
