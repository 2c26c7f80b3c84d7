//! The only place that reads the clock. Everything else is handed a day or an instant.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time: the machine's, or one that a demo or a test sets.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// Simulated instant in milliseconds since 1970; `i64::MIN` means the machine's own time.
    simulated: AtomicI64,
}

const REAL: i64 = i64::MIN;

impl Clock {
    /// The machine's clock, with civil dates taken in `zone` (IANA name).
    ///
    /// # Errors
    /// When the zone is not known.
    pub(crate) fn real(zone: &str) -> anyhow::Result<Clock> {
        Ok(Clock { zone: time_zone(zone)?, simulated: AtomicI64::new(REAL) })
    }

    /// A clock that stands where it is set: for the demo's past and for tests.
    ///
    /// # Errors
    /// When the zone is not known.
    #[cfg(test)]
    pub(crate) fn simulated(zone: &str, start: Timestamp) -> anyhow::Result<Clock> {
        Ok(Clock { zone: time_zone(zone)?, simulated: AtomicI64::new(start.as_millisecond()) })
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

    /// This instant.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn now(&self) -> Timestamp {
        match self.simulated.load(Ordering::SeqCst) {
            REAL => Timestamp::now(),
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
        (self.now_stamp(), true)
    }

    /// Now, as the store keeps it.
    pub(crate) fn now_stamp(&self) -> String {
        Self::stamp(self.now())
    }
}

fn time_zone(name: &str) -> anyhow::Result<TimeZone> {
    TimeZone::get(name).map_err(|error| anyhow::anyhow!("time_zone = {name:?}: {error}"))
}
