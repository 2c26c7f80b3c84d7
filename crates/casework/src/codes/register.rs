//! 信访件编号: the number a petition is known by. It reveals division and date and nothing else.

use super::{CodeError, identity::date, length, plain, values};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Division (6), date received (8), serial (5, or 6 when five run low), check digit (ISO 7064 MOD 11,10).
///
/// Shown `349999-20260301-00017-6`. The serial is random within division and date, so it tells nothing about kind,
/// organ or number of petitions (architecture §10.15, §10.32); drawing it and checking for collisions is the
/// shell's work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterNumber {
    division: u32,
    received_on: Date,
    serial: u32,
}

impl RegisterNumber {
    /// The largest serial of five digits. A serial above it gives a number of 21 digits.
    pub const FIVE_DIGITS: u32 = 99_999;
    /// The largest serial there is.
    pub const SIX_DIGITS: u32 = 999_999;

    /// Builds a number; `division` has six digits.
    pub fn new(division: &str, received_on: Date, serial: u32) -> Result<RegisterNumber, CodeError> {
        length(division, 6, "6")?;
        values(division, "0123456789")?;
        if serial > RegisterNumber::SIX_DIGITS {
            return Err(CodeError::Serial { serial });
        }
        if !(1..=9999).contains(&received_on.year()) {
            return Err(CodeError::Date);
        }
        let division = division.parse().map_err(|_| CodeError::Form)?;
        Ok(RegisterNumber { division, received_on, serial })
    }

    /// Reads a number, grouped or not. The date must exist and the check digit fit.
    pub fn parse(text: &str) -> Result<RegisterNumber, CodeError> {
        let digits = plain(text);
        let found = digits.chars().count();
        values(&digits, "0123456789")?;
        if !(20..=21).contains(&found) {
            return Err(CodeError::Length { expected: "20", found });
        }
        let (body, check) = digits.split_at_checked(found - 1).ok_or(CodeError::Form)?;
        if check.parse() != Ok(check_digit(body)) {
            return Err(CodeError::Check);
        }
        let received_on = date(body, 6).ok_or(CodeError::Date)?;
        let serial = body.get(14..).and_then(|serial| serial.parse().ok()).ok_or(CodeError::Form)?;
        if found == 21 && serial <= RegisterNumber::FIVE_DIGITS {
            return Err(CodeError::Form); // One petition, one number: no padding to six digits.
        }
        RegisterNumber::new(body.get(..6).unwrap_or_default(), received_on, serial)
    }

    /// The six digits of the division.
    pub fn division(self) -> String {
        format!("{:06}", self.division)
    }

    /// The date received.
    pub fn received_on(self) -> Date {
        self.received_on
    }

    /// The serial within division and date.
    pub fn serial(self) -> u32 {
        self.serial
    }

    /// The digits without dashes, as stored and exchanged.
    pub fn digits(self) -> String {
        let body = self.body();
        format!("{body}{}", check_digit(&body))
    }

    fn body(self) -> String {
        let on = self.received_on;
        format!("{:06}{:04}{:02}{:02}{:05}", self.division, on.year(), on.month(), on.day(), self.serial)
    }
}

impl fmt::Display for RegisterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.received_on;
        write!(
            f,
            "{:06}-{:04}{:02}{:02}-{:05}-{}",
            self.division,
            on.year(),
            on.month(),
            on.day(),
            self.serial,
            check_digit(&self.body())
        )
    }
}

impl fmt::Debug for RegisterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisterNumber({self})")
    }
}

impl FromStr for RegisterNumber {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        RegisterNumber::parse(text)
    }
}

impl Serialize for RegisterNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digits())
    }
}

impl<'de> Deserialize<'de> for RegisterNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        RegisterNumber::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// ISO 7064 MOD 11,10: finds every single wrong digit and every swap of neighbours but a few.
fn check_digit(digits: &str) -> u32 {
    let product = digits.chars().filter_map(|c| c.to_digit(10)).fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum } * 2) % 11
    });
    (11 - product) % 10
}
