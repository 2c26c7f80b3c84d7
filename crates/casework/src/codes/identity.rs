//! Identity numbers of persons and organisations: GB 11643, GB 32100, GB 11714.
//!
//! Optional everywhere, encrypted where kept, and never a search key across matters (procedure.md §1.3).

use super::{CodeError, length, plain, values};
use jiff::civil::Date;
use std::fmt;

const DIGITS: &str = "0123456789";
/// GB 11714 counts letters on from 9.
const DIGITS_AND_LETTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// GB 32100 leaves out I, O, S, V, Z.
const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 公民身份号码, GB 11643: 6 division, 8 birth date, 3 sequence, 1 check.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber {
    digits: String,
    born_on: Date,
}

impl IdNumber {
    /// Reads a number; a small x becomes X. The birth date must exist and not lie after `today`. The division may be
    /// historic and is not checked here: see [`IdNumber::division`] and [`province_exists`].
    pub fn parse(text: &str, today: Date) -> Result<IdNumber, CodeError> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let code = plain(text);
        length(&code, 18, "18")?;
        let (body, check) = code.split_at_checked(17).ok_or(CodeError::Character { position: 18 })?;
        let values = values(body, DIGITS)?;
        let born_on = date(&code, 6).filter(|born_on| *born_on <= today).ok_or(CodeError::Date)?;
        let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        let expected = "10X98765432".chars().nth((sum % 11) as usize);
        match check.chars().next() {
            Some(given) if !given.is_ascii_digit() && given != 'X' => {
                Err(CodeError::Character { position: 18 })
            }
            given if given == expected => Ok(IdNumber { digits: code, born_on }),
            _ => Err(CodeError::Check),
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The birth date in it.
    pub fn born_on(&self) -> Date {
        self.born_on
    }

    /// The six digits of its division. A division that no list knows is a reason to ask, not to refuse.
    pub fn division(&self) -> &str {
        self.digits.get(..6).unwrap_or_default()
    }

    /// For a screen: `9901**********0028`.
    pub fn masked(&self) -> String {
        masked(&self.digits, 4, 4)
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(…)")
    }
}

/// 统一社会信用代码, GB 32100: 18 characters, the ninth to seventeenth an organisation code.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Reads a code; small letters become capitals.
    pub fn parse(text: &str) -> Result<CreditCode, CodeError> {
        const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
        let code = plain(text);
        length(&code, 18, "18")?;
        let values = values(&code, CREDIT_ALPHABET)?;
        let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        if values.last() == Some(&((31 - sum % 31) % 31)) {
            Ok(CreditCode(code))
        } else {
            Err(CodeError::Check)
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The organisation code inside, when its own check fits; in some codes of early years it does not.
    pub fn organisation(&self) -> Option<OrganisationCode> {
        OrganisationCode::parse(self.0.get(8..17)?).ok()
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CreditCode(…)")
    }
}

/// 组织机构代码, GB 11714: 8 characters and a check character.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OrganisationCode(String);

impl OrganisationCode {
    /// Reads a code, with or without the dash before its check character.
    pub fn parse(text: &str) -> Result<OrganisationCode, CodeError> {
        const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
        let code = plain(text);
        length(&code, 9, "9")?;
        let values = values(&code, DIGITS_AND_LETTERS)?;
        let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        let expected = "0X987654321".chars().nth((sum % 11) as usize);
        if code.chars().last() == expected { Ok(OrganisationCode(code)) } else { Err(CodeError::Check) }
    }

    /// The 9 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganisationCode(…)")
    }
}

/// Whether a division code begins with a province of GB/T 2260 (83: residence permits for people from Taiwan). For a
/// warning beside a field, never for a refusal.
pub fn province_exists(division: &str) -> bool {
    const PROVINCES: [&str; 35] = [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
        "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
        "83",
    ];
    division.get(..2).is_some_and(|province| PROVINCES.contains(&province))
}

/// `YYYYMMDD` at a byte offset.
pub(super) fn date(digits: &str, at: usize) -> Option<Date> {
    let year = digits.get(at..at + 4)?.parse().ok()?;
    let month = digits.get(at + 4..at + 6)?.parse().ok()?;
    let day = digits.get(at + 6..at + 8)?.parse().ok()?;
    Date::new(year, month, day).ok()
}

/// Stars between the first `head` and the last `tail` characters.
pub(super) fn masked(code: &str, head: usize, tail: usize) -> String {
    let n = code.chars().count();
    code.chars().enumerate().map(|(at, c)| if at < head || at + tail >= n { c } else { '*' }).collect()
}
