//! The machine's clock, which runs slow, steps back and steps forward, and what the office makes of it: the rule of the
//! server's clock (architecture §10.13) in a few lines.

use super::random::Random;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2 March 2026, ten in the morning in the office's zone.
const BEGIN: i64 = 1_772_416_800_000;

/// All in milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// What an honest clock would say.
    honest: i64,
    /// What the machine's says beyond that.
    error: i64,
    /// The last trusted instant, and what an honest clock said then.
    anchor: (i64, i64),
    doubted: bool,
}

impl Clock {
    pub(super) fn new() -> Clock {
        Clock { honest: BEGIN, error: 0, anchor: (BEGIN, BEGIN), doubted: false }
    }

    /// Lets time go by, and sometimes puts the clock wrong, or right and confirmed.
    pub(super) fn tick(&mut self, random: &mut Random) {
        let passed = match random.below(20) {
            0..10 => random.below(5_000) as i64,
            10..15 => random.below(600_000) as i64,
            15..18 => random.below(6) as i64 * HOUR,
            _ => DAY + random.below(4) as i64 * DAY,
        };
        self.honest += passed;
        match random.below(400) {
            // Slow: it loses a hundredth.
            0..8 => self.error -= passed / 100,
            8..12 => self.error -= random.below(60) as i64 * SECOND,
            12..14 => self.error -= random.below(40) as i64 * DAY,
            14..18 => self.error += random.below(60) as i64 * MINUTE,
            18..20 => self.error += random.below(40) as i64 * DAY,
            20..80 => self.confirm(),
            _ => {}
        }
        // Looked at all the time, as a server does: a doubt does not wait for the next decision.
        self.now();
    }

    /// Two officials put the clock right and say so.
    fn confirm(&mut self) {
        self.error = 0;
        self.anchor = (self.honest, self.honest);
        self.doubted = false;
    }

    /// The program starts after the machine was off: a clock behind the last commit is not believed.
    pub(super) fn begin(&mut self, last: Option<i64>) {
        let machine = self.honest + self.error;
        self.anchor = (machine, self.honest);
        if let Some(last) = last
            && machine < last - MINUTE
        {
            self.anchor = (last, self.honest);
            self.doubted = true;
        } else if let (true, Some(last)) = (self.doubted, last) {
            self.anchor = (last, self.honest);
        }
    }

    fn now(&mut self) -> (i64, bool) {
        let machine = self.honest + self.error;
        let trusted = self.anchor.0 + (self.honest - self.anchor.1);
        let step = machine - trusted;
        self.doubted |= !(-MINUTE..=HOUR).contains(&step);
        if self.doubted { (trusted, false) } else { (machine, true) }
    }

    /// Now, as the record keeps it, whether the clock is believed, and the day.
    pub(super) fn stamp(&mut self) -> (String, bool, Date) {
        let (now, sure) = self.now();
        let instant = Timestamp::from_millisecond(now).unwrap();
        (format!("{instant:.3}"), sure, day(now))
    }

    /// Milliseconds between one caller and the next.
    pub(super) fn moment(&mut self, random: &mut Random) {
        self.honest += random.below(3) as i64;
    }
}

/// The civil day of an instant in the office's zone.
pub(super) fn day(at: i64) -> Date {
    let zone = TimeZone::fixed(Offset::constant(8));
    Timestamp::from_millisecond(at).unwrap().to_zoned_datetime(zone).date()
}
