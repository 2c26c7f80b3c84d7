//! Telephone numbers in China: mobile, landline, short service number; kept as digits.

use super::{CodeError, identity::masked, plain};
use std::fmt;

/// A telephone number, as digits without the country code.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a number with or without +86, spaces, dashes, brackets.
    ///
    /// Mobile `1[3-9]` and 9 digits; landline 0, area, 7 or 8 digits; short number 1 and 1 to 4 digits.
    pub fn parse(text: &str) -> Result<Phone, CodeError> {
        let typed: String = plain(text).chars().filter(|c| !matches!(c, '(' | ')')).collect();
        let abroad = typed.strip_prefix('+').or_else(|| typed.strip_prefix("00"));
        let digits = match abroad {
            Some(number) => number.strip_prefix("86").ok_or(CodeError::Form)?,
            None => &typed,
        };
        if let Some(at) = digits.chars().position(|c| !c.is_ascii_digit()) {
            return Err(CodeError::Character { position: at + 1 });
        }
        if is_mobile(digits) || is_landline(digits) || (abroad.is_none() && is_short(digits)) {
            return Ok(Phone(digits.to_owned()));
        }
        // From abroad the area loses its 0.
        let with_zero = format!("0{digits}");
        if abroad.is_some() && is_landline(&with_zero) {
            return Ok(Phone(with_zero));
        }
        if digits.starts_with('1') && digits.len() != 11 {
            return Err(CodeError::Length { expected: "11", found: digits.len() });
        }
        Err(CodeError::Form)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a screen: `138****4521`; a landline keeps its area and its last two digits. Short numbers are public.
    pub fn masked(&self) -> String {
        match self.0.len() {
            ..=5 => self.0.clone(),
            _ if is_mobile(&self.0) => masked(&self.0, 3, 4),
            _ => masked(&self.0, 3, 2),
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

fn is_landline(digits: &str) -> bool {
    (10..=12).contains(&digits.len()) && matches!(digits.as_bytes(), [b'0', b'1'..=b'9', ..])
}

fn is_short(digits: &str) -> bool {
    (2..=5).contains(&digits.len()) && digits.starts_with('1')
}
