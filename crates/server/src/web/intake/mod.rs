//! What stands before public intake, and that a flood cannot close the door (SPAM-1 to SPAM-6).
//!
//! In order: size and shape of what is sent; a form token that tells when the form was shown (`token`); a field that only
//! a machine fills in, which then waits; a rate for each source (`rate`); above it a proof of work (`work`), or without a script some
//! patience in a waiting room (`room`). Whoever comes through is received like everybody else.
//!
//! Nothing here counts petitions of the office as a whole, looks at who somebody is, or refuses a filing for its source.
//! Sources are known by a hash under a key that lives in memory and dies at midnight (`source`).

mod rate;
mod room;
mod source;
mod token;
mod work;

pub(crate) use source::{Filer, Peer, Source, is_kiosk};
pub(crate) use token::{Age, age, token};
#[cfg(test)]
pub(crate) use work::solve;
pub(crate) use work::{Answer, Challenge};

use crate::app::App;
use crate::config::Config;
use rate::Rate;
use room::{Room, Waited};
use source::Sources;
use std::time::Duration;

/// Quickest filling in of the forms that nobody is asked to wait for, in milliseconds.
const QUICKEST_MS: i64 = 3_000;
/// Longest wait is four times this: with the time of the request itself it stays below a minute (architecture §10.25).
const SHORTEST_WAIT_S: u32 = 14;
/// Levels above the normal rate: each doubles the work and the wait.
const LEVELS: u32 = 3;
/// Length of a window of wrong tries, in milliseconds.
const TRIES_MS: i64 = 15 * 60 * 1_000;
/// What filings are counted over, in milliseconds.
const FILINGS_MS: i64 = 10 * 60 * 1_000;
/// What the bytes of files are counted over, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a second of waiting is: tests have no patience.
const SECOND: Duration = if cfg!(test) { Duration::from_millis(1) } else { Duration::from_secs(1) };

/// Sources and the waiting room of a server.
#[derive(Debug)]
pub(crate) struct Intake {
    sources: Sources,
    room: Room,
}

/// What a filing owes before it is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owed {
    /// Nothing: it was counted and is taken in.
    Nothing,
    /// Its source is above the normal rate, by so many levels from 0.
    Level(u32),
}

/// How a page's forms were filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filled {
    /// When the first of them was shown, in milliseconds since 1970.
    pub(crate) begun_ms: i64,
    /// Something stands in the field that no person sees.
    pub(crate) trapped: bool,
}

/// What came of a filing at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It is to be received.
    In,
    /// The source came above the rate while its page was read: a browser that can work does so now.
    Work(Challenge),
    /// The waiting room is full and most who wait there come from the same source: press again.
    Crowded,
}

/// Challenges of passkeys and ways to the identity provider that one source may ask for before it says who it is, in the time
/// for which they wait: a whole office may stand behind one address.
const CHALLENGES: u32 = 200;
const CHALLENGES_MS: i64 = 300_000;

impl Intake {
    /// Rates as configured.
    pub(crate) fn new(config: &Config) -> Intake {
        Intake {
            sources: Sources::new(
                Rate::new(config.filings_per_10_minutes, FILINGS_MS, config.filings_burst),
                Rate::new(config.code_tries, TRIES_MS, config.code_tries),
                Rate::new(config.source_megabytes, DAY_MS, config.source_megabytes),
                Rate::new(CHALLENGES, CHALLENGES_MS, CHALLENGES),
            ),
            room: Room::default(),
        }
    }

    /// Forgets yesterday's sources and the key they were known by, also when nobody comes (SPAM-3).
    pub(crate) fn turn(&self, today: jiff::civil::Date) {
        self.sources.turn(today);
    }

    /// The work that the next filing of a source will be asked for, to be begun while the petitioner still reads.
    pub(crate) fn expected(&self, app: &App, filer: Filer, subject: &str) -> Option<Challenge> {
        match self.sources.filing(app, filer, false) {
            Owed::Nothing => None,
            Owed::Level(level) => Some(Challenge::new(app, subject, level)),
        }
    }

    /// Whether a source brought as many bytes of files as one may in a day (ATT-1).
    pub(crate) fn has_brought_enough(&self, app: &App, filer: Filer) -> bool {
        self.sources.has_brought_enough(app, filer)
    }

    /// Counts a file that was taken.
    pub(crate) fn charge_bytes(&self, app: &App, filer: Filer, bytes: u64) {
        self.sources.charge_bytes(app, filer, bytes);
    }

    /// Who files from an address, for tests.
    #[cfg(test)]
    pub(crate) fn filer(&self, app: &App, address: std::net::IpAddr) -> Filer {
        Filer { key: self.sources.key(app, address) }
    }

    /// Counts a filing of an address, for tests.
    #[cfg(test)]
    pub(crate) fn charge(&self, app: &App, address: std::net::IpAddr) {
        self.sources.charge_filing(app, self.filer(app, address));
    }

    /// Counts a filing over the API. A source above the rate owes work; `subject` binds it to this one submission.
    ///
    /// # Errors
    /// The work to be done, and the seconds after which it would be taken in without.
    pub(crate) fn api(
        &self,
        app: &App,
        filer: Filer,
        subject: &str,
        answer: Option<&Answer>,
    ) -> Result<(), (Challenge, u64)> {
        let worked = answer.is_some_and(|answer| self.is_enough(app, filer, subject, answer));
        match self.sources.count_filing(app, filer, worked) {
            Owed::Nothing => Ok(()),
            Owed::Level(level) => {
                Err((Challenge::new(app, subject, level), self.sources.filing_after(app, filer)))
            }
        }
    }

    /// Whether the work was done that the source owes now. Work that was begun one level lower counts: the source may have
    /// come higher since.
    fn is_enough(&self, app: &App, filer: Filer, subject: &str, answer: &Answer) -> bool {
        match self.sources.filing(app, filer, false) {
            Owed::Nothing => false,
            Owed::Level(level) => answer.is_right(app, subject, level.saturating_sub(1)),
        }
    }

    /// Counts a filing from a page: taken in at once within the rate or for work, else after a wait. Forms filled in
    /// quicker than a person can are waited for as well, never refused.
    pub(crate) async fn page(
        &self,
        app: &App,
        filer: Filer,
        subject: &str,
        answer: &Answer,
        filled: Filled,
        can_work: bool,
    ) -> Passed {
        let worked = self.is_enough(app, filer, subject, answer);
        let patience = match self.sources.count_filing(app, filer, worked) {
            Owed::Level(level) if can_work => return Passed::Work(Challenge::new(app, subject, level)),
            Owed::Level(level) => {
                self.sources.charge_filing(app, filer);
                SHORTEST_WAIT_S << level.min(LEVELS - 1)
            }
            // Something filled in what no person sees. It is received like any other, only not as fast as it is sent.
            Owed::Nothing if filled.trapped => SHORTEST_WAIT_S,
            Owed::Nothing => 0,
        };
        let filled_ms = app.clock.now().as_millisecond().saturating_sub(filled.begun_ms);
        let early_ms = u32::try_from(QUICKEST_MS.saturating_sub(filled_ms.max(0)).max(0)).unwrap_or(0);
        let wait = (SECOND * patience).max(SECOND * early_ms / 1_000);
        if wait.is_zero() {
            return Passed::In;
        }
        match self.room.wait(filer, wait).await {
            Waited::Through => Passed::In,
            Waited::SentBack => Passed::Crowded,
        }
    }
}
