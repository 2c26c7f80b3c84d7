//! The procedures that are shipped, with their calendars: what decisions are made by and replayed by.

use crate::clock::Clock;
use anyhow::Context as _;
use casework::calendar::Calendar;
use casework::{Name, Procedure};

/// Shipped procedures, and the calendars that the office added to.
pub(crate) struct Procedures<'a> {
    /// Shipped.
    pub(crate) procedures: &'a [Procedure],
    /// Those with years of the office's own.
    pub(crate) calendars: &'a [Calendar],
}

impl<'a> Procedures<'a> {
    pub(super) fn calendar(&self, procedure: &Procedure) -> anyhow::Result<&'a Calendar> {
        let embedded = || Calendar::named(&procedure.calendar);
        self.calendars
            .iter()
            .find(|calendar| calendar.id() == procedure.calendar)
            .or_else(embedded)
            .with_context(|| format!("the calendar {} is not installed", procedure.calendar))
    }

    /// The rules that a record is replayed by. A deadline that was set before the office added a year is right by the
    /// shipped calendar.
    pub(crate) fn rules(&self, clock: &'a Clock) -> anyhow::Result<Rules<'a>> {
        let mut rules = Vec::new();
        for procedure in self.procedures {
            let own = self.calendar(procedure)?;
            let shipped = Calendar::named(&procedure.calendar).filter(|shipped| !std::ptr::eq(*shipped, own));
            let calendars: Vec<&Calendar> = std::iter::once(own).chain(shipped).collect();
            rules.push(casework::audit::Rules::new(procedure, &calendars));
        }
        Ok(Rules { clock, rules })
    }
}

/// The procedures that are shipped.
///
/// # Errors
/// When one cannot be read, which its test excludes.
pub(crate) fn procedures() -> anyhow::Result<Vec<Procedure>> {
    let shipped = [
        ("cn-petition-2022.toml", casework::procedure::CN_PETITION_2022),
        ("in-cpgrams-2024.toml", casework::procedure::IN_CPGRAMS_2024),
    ];
    let parsed = shipped.into_iter().map(|(file, text)| Procedure::parse(file, text));
    Ok(parsed.collect::<Result<Vec<_>, _>>()?)
}

/// Procedures with their calendars, and the office's days.
pub(crate) struct Rules<'a> {
    clock: &'a Clock,
    rules: Vec<casework::audit::Rules<'a>>,
}

impl store::verify::Rules for Rules<'_> {
    fn rules(&self, name: &Name) -> Option<&casework::audit::Rules<'_>> {
        self.rules.iter().find(|rules| rules.procedure().id == *name)
    }

    fn day(&self, at: u64) -> Option<jiff::civil::Date> {
        let instant = jiff::Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
        Some(self.clock.date_of(instant))
    }
}
