//! When the machine's clock is believed (LOG-8 as architecture §10.13 has it). Instants in milliseconds since 1970.
//!
//! Intake never stops for the clock. Beyond 60 seconds back or an hour forward of what the uptime counter makes of the last
//! trusted instant, time goes on from there, and what is recorded says that it is unsure, until two officials confirm the
//! clock. After a restart of the machine there is no counter to compare with: then a clock that is ahead is believed, one
//! that is behind the last commit is not (docs/decisions/0004).

use serde::{Deserialize, Serialize};

/// Steps back that are believed: a minute.
const BACK: i64 = 60_000;
/// Steps forward that are believed: an hour.
const FORWARD: i64 = 3_600_000;

/// A trusted instant beside the machine's uptime counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The trusted instant.
    pub(crate) trusted: i64,
    /// Milliseconds since the machine was started, sleep included.
    pub(crate) uptime: i64,
}

/// Why the clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    /// What the machine's clock said when it was doubted.
    pub(crate) machine: i64,
    /// What it should have said.
    pub(crate) trusted: i64,
}

/// What is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    /// A trusted instant, and how long this program had run then.
    anchor: (i64, i64),
    doubt: Option<Doubt>,
    /// The machine's clock at the start of this program.
    started: i64,
}

impl Trust {
    /// The machine's clock as it stands.
    pub(super) fn new(machine: i64) -> Trust {
        Trust { anchor: (machine, 0), doubt: None, started: machine }
    }

    /// Compares with what is known from before this program was started.
    pub(super) fn begin(&mut self, last: Option<i64>, mark: Option<(&Mark, i64)>, doubted: bool) {
        let machine = self.started;
        // The counter of the same start of the machine, else the last commit: time cannot have gone back.
        let known = match mark {
            Some((mark, uptime)) => Some((mark.trusted + (uptime - mark.uptime).max(0), FORWARD)),
            None => last.map(|last| (last, i64::MAX)),
        };
        let known = match (known, last) {
            (Some((trusted, forward)), Some(last)) if last > trusted => Some((last, forward)),
            (known, _) => known,
        };
        let Some((trusted, forward)) = known else { return };
        let step = machine - trusted;
        if doubted || step < -BACK || step > forward {
            self.anchor = (trusted, 0);
            self.doubt = Some(Doubt { machine, trusted });
        }
    }

    /// The instant to go by, and whether it is sure. `elapsed`: since this program was started.
    pub(super) fn now(&mut self, machine: i64, elapsed: i64) -> (i64, bool) {
        let (at, then) = self.anchor;
        let trusted = at + (elapsed - then);
        let step = machine - trusted;
        if self.doubt.is_none() && !(-BACK..=FORWARD).contains(&step) {
            self.doubt = Some(Doubt { machine, trusted });
        }
        match self.doubt {
            Some(_) => (trusted, false),
            None => (machine, true),
        }
    }

    /// The machine's clock was confirmed.
    pub(super) fn believe(&mut self, machine: i64, elapsed: i64) {
        self.anchor = (machine, elapsed);
        self.doubt = None;
    }

    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }
}

/// Milliseconds since the machine was started, from the kernel and not from a clock that can be set.
pub(super) fn uptime() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<i64>().ok()? * 1000 + hundredths.parse::<i64>().ok()? * 10)
}

/// Which start of the machine this is.
pub(super) fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_772_424_000_000;
    const SECOND: i64 = 1000;
    const HOUR: i64 = 3600 * SECOND;

    #[test]
    fn small_steps_are_believed_and_large_ones_are_not() {
        for (step, believed) in [
            (0, true),
            (-60 * SECOND, true),
            (-61 * SECOND, false),
            (HOUR, true),
            (HOUR + 1, false),
            (-240 * HOUR, false),
        ] {
            let mut trust = Trust::new(NOON);
            let elapsed = 10 * SECOND;
            let (now, sure) = trust.now(NOON + elapsed + step, elapsed);
            assert_eq!(sure, believed, "a step of {step} ms");
            assert_eq!(now, if believed { NOON + elapsed + step } else { NOON + elapsed });
        }
    }

    #[test]
    fn a_doubt_stays_until_the_clock_is_confirmed() {
        let mut trust = Trust::new(NOON);
        assert_eq!(trust.now(NOON + 2 * HOUR, SECOND), (NOON + SECOND, false));
        // The clock coming back by itself settles nothing: somebody must look.
        assert_eq!(trust.now(NOON + 2 * SECOND, 2 * SECOND), (NOON + 2 * SECOND, false));
        trust.believe(NOON + 2 * HOUR, 3 * SECOND);
        assert_eq!(trust.now(NOON + 2 * HOUR + SECOND, 4 * SECOND), (NOON + 2 * HOUR + SECOND, true));
    }

    #[test]
    fn steps_add_up() {
        // Twenty minutes at a time is not a way around an hour.
        let mut trust = Trust::new(NOON);
        let sure: Vec<bool> = (1..=4).map(|n| trust.now(NOON + n * 20 * 60 * SECOND, n * SECOND).1).collect();
        assert_eq!(sure, [true, true, true, false]);
    }

    #[test]
    fn the_start_is_compared_with_the_last_commit_and_with_the_uptime() {
        let mark = Mark { trusted: NOON, uptime: HOUR };
        let later = |hours: i64| Some((&mark, HOUR + hours * HOUR));
        for (what, machine, last, mark, doubted, believed) in [
            ("a new database", NOON, None, None, false, true),
            ("ten days behind the last commit", NOON - 240 * HOUR, Some(NOON), None, false, false),
            ("ten days ahead after the machine was off", NOON + 240 * HOUR, Some(NOON), None, false, true),
            ("ahead as far as the machine ran", NOON + 9 * HOUR, Some(NOON), later(9), false, true),
            (
                "two hours ahead of the machine's own counter",
                NOON + 2 * HOUR,
                Some(NOON),
                later(0),
                false,
                false,
            ),
            ("behind the counter, before the last commit", NOON - HOUR, None, later(0), false, false),
            ("nobody confirmed it before the machine was off", NOON + HOUR, Some(NOON), None, true, false),
            (
                "nobody confirmed it before the program was started again",
                NOON + HOUR,
                None,
                later(1),
                true,
                false,
            ),
        ] {
            let mut trust = Trust::new(machine);
            trust.begin(last, mark, doubted);
            assert_eq!(trust.now(machine, 0).1, believed, "{what}");
        }
    }
}
