//! The only place that reads the clock. Everything else is handed a day or an instant.
//!
//! The machine's clock is believed while it runs as fast as its uptime counter does, within a minute back and an hour
//! forward of it (`trust.rs`; architecture §10.13).

mod trust;

pub(crate) use trust::{Doubt, Mark};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;
use trust::Trust;

/// Tells the time: the machine's, or one that a demo or a test sets.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// Simulated instant in milliseconds since 1970; `i64::MIN` means the machine's own time.
    simulated: AtomicI64,
    trust: Mutex<Trust>,
    begun: Instant,
}

const REAL: i64 = i64::MIN;

impl Clock {
    /// The machine's clock, with civil dates taken in `zone` (IANA name).
    ///
    /// # Errors
    /// When the zone is not known.
    pub(crate) fn real(zone: &str) -> anyhow::Result<Clock> {
        Clock::new(zone, REAL)
    }

    /// A clock that stands where it is set: for the demo's past and for tests.
    ///
    /// # Errors
    /// When the zone is not known.
    #[cfg(test)]
    pub(crate) fn simulated(zone: &str, start: Timestamp) -> anyhow::Result<Clock> {
        Clock::new(zone, start.as_millisecond())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn new(zone: &str, simulated: i64) -> anyhow::Result<Clock> {
        let trust = Trust::new(Timestamp::now().as_millisecond());
        Ok(Clock {
            zone: time_zone(zone)?,
            simulated: AtomicI64::new(simulated),
            trust: Mutex::new(trust),
            begun: Instant::now(),
        })
    }

    /// Sets a simulated clock. On the machine's own clock it begins the simulation.
    pub(crate) fn set(&self, instant: Timestamp) {
        self.simulated.store(instant.as_millisecond(), Ordering::SeqCst);
    }

    /// Ends a simulation: the machine's own time from here on.
    pub(crate) fn release(&self) {
        self.simulated.store(REAL, Ordering::SeqCst);
    }

    /// Sets a simulated clock to a time of day in the office's zone.
    pub(crate) fn set_civil(&self, date: Date, hour: i8, minute: i8) {
        if let Ok(zoned) = date.at(hour, minute, 0, 0).to_zoned_datetime(self.zone.clone()) {
            self.set(zoned.timestamp());
        }
    }

    /// Sets a simulated clock to a time of day, but never ahead of the machine's: what is played must have been.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn set_past(&self, date: Date, hour: i8, minute: i8) {
        self.set_civil(date, hour, minute);
        let now = Timestamp::now();
        if self.now() > now {
            self.set(now);
        }
    }

    /// This instant.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn now(&self) -> Timestamp {
        match self.simulated.load(Ordering::SeqCst) {
            REAL => self.trusted(Timestamp::now()).0,
            millis => Timestamp::from_millisecond(millis).unwrap_or_else(|_| Timestamp::now()),
        }
    }

    /// Today's civil date in the office's zone.
    pub(crate) fn today(&self) -> Date {
        self.date_of(self.now())
    }

    /// The civil date of an instant in the office's zone.
    pub(crate) fn date_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned_datetime(self.zone.clone()).date()
    }

    /// The civil date and time of an instant in the office's zone.
    pub(crate) fn civil_of(&self, instant: Timestamp) -> jiff::civil::DateTime {
        instant.to_zoned_datetime(self.zone.clone()).datetime()
    }

    /// The beginning of a civil day in the office's zone, as the store keeps instants.
    ///
    /// # Errors
    /// When the day lies outside what instants reach.
    pub(crate) fn stamp_of(&self, day: Date) -> anyhow::Result<String> {
        let begins =
            day.to_zoned_datetime(self.zone.clone()).with_context(|| format!("the beginning of {day}"))?;
        Ok(Self::stamp(begins.timestamp()))
    }

    /// An instant in the form the store keeps: UTC, milliseconds, fixed width.
    pub(crate) fn stamp(instant: Timestamp) -> String {
        format!("{instant:.3}")
    }

    /// The instant some hours from now, as the store keeps it.
    pub(crate) fn stamp_in_hours(&self, hours: i64) -> String {
        self.stamp_in_seconds(hours.saturating_mul(3600))
    }

    /// The instant some seconds from now, or before now, as the store keeps it.
    pub(crate) fn stamp_in_seconds(&self, seconds: i64) -> String {
        let now = self.now();
        Self::stamp(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now))
    }

    /// Now, as the record keeps it, and whether the clock is believed.
    pub(crate) fn stamp_now(&self) -> (String, bool) {
        let (at, sure, _) = self.stamp_today();
        (at, sure)
    }

    /// The same with its civil date in the office's zone: one reading, so that they agree at midnight too.
    pub(crate) fn stamp_today(&self) -> (String, bool, Date) {
        let now = self.now();
        (Self::stamp(now), self.doubt().is_none(), self.date_of(now))
    }

    /// Why the machine's clock is not believed; `None` while it is, and for a simulated one.
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        if self.simulated.load(Ordering::SeqCst) != REAL {
            return None;
        }
        self.now();
        self.trust.lock().ok()?.doubt()
    }

    /// Compares the machine's clock with what the record knows, at the start: the instant of the last commit, and the
    /// mark of this machine since it was started. `doubted`: nobody has confirmed the clock since it was doubted last.
    pub(crate) fn begin(&self, last: Option<Timestamp>, mark: Option<&Mark>, doubted: bool) {
        if let Ok(mut trust) = self.trust.lock() {
            let uptime = trust::uptime();
            trust.begin(last.map(Timestamp::as_millisecond), mark.zip(uptime), doubted);
        }
    }

    /// What to compare with after this program was started again; `None` where the machine tells no uptime, and for a
    /// simulated clock.
    pub(crate) fn mark(&self) -> Option<Mark> {
        if self.simulated.load(Ordering::SeqCst) != REAL {
            return None;
        }
        Some(Mark { trusted: self.now().as_millisecond(), uptime: trust::uptime()? })
    }

    /// Which start of which machine this is; `None` where the machine does not tell.
    pub(crate) fn boot() -> Option<String> {
        trust::boot()
    }

    /// Officials have confirmed the machine's clock: it is believed as it stands.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn believe(&self) {
        let elapsed = self.elapsed();
        if let Ok(mut trust) = self.trust.lock() {
            trust.believe(Timestamp::now().as_millisecond(), elapsed);
        }
    }

    /// What the machine's clock says, believed or not.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn machine() -> Timestamp {
        Timestamp::now()
    }

    /// The same, where this clock is not a simulated one.
    pub(crate) fn by_the_machine(&self) -> Timestamp {
        if self.simulated.load(Ordering::SeqCst) == REAL { Clock::machine() } else { self.now() }
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn trusted(&self, machine: Timestamp) -> (Timestamp, bool) {
        let elapsed = self.elapsed();
        let Ok(mut trust) = self.trust.lock() else { return (machine, false) };
        let (now, sure) = trust.now(machine.as_millisecond(), elapsed);
        (Timestamp::from_millisecond(now).unwrap_or(machine), sure)
    }

    /// Now, as the store keeps it.
    pub(crate) fn now_stamp(&self) -> String {
        Self::stamp(self.now())
    }
}

fn time_zone(name: &str) -> anyhow::Result<TimeZone> {
    TimeZone::get(name).map_err(|error| anyhow::anyhow!("time_zone = {name:?}: {error}"))
}
