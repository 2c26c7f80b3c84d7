//! What audits share: the procedure, the calendars that may have been in force, and what is the same for all.

use crate::calendar::Calendar;
use crate::directory::{Directory, Role};
use crate::procedure::Procedure;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The procedure under which a petition stands, and the calendars by which its deadlines may have been counted.
///
/// A deadline set before a year was announced is right by the calendar of its day, not by today's. Each calendar given
/// here is therefore also tried as it was before its later years were announced; an arrangement that was *changed* late
/// cannot be guessed, so whoever audits hands in every calendar that was ever in force.
#[derive(Debug)]
pub struct Rules<'a> {
    pub(super) procedure: &'a Procedure,
    calendars: Vec<Known<'a>>,
    /// Every role: roles are not in the record.
    pub(super) every_role: BTreeSet<Role>,
    /// A directory that knows nobody, for acts that ask for nobody.
    pub(super) nobody: Directory,
}

#[derive(Debug)]
struct Known<'a> {
    calendar: Cow<'a, Calendar>,
    /// The last year announced in it, when later ones are left out.
    until: Option<i16>,
}

impl<'a> Rules<'a> {
    /// The rules of a procedure. `calendars`: the one in force first, then any that was in force before.
    pub fn new(procedure: &'a Procedure, calendars: &[&'a Calendar]) -> Rules<'a> {
        let mut known: Vec<Known<'a>> = calendars
            .iter()
            .map(|calendar| Known { calendar: Cow::Borrowed(*calendar), until: None })
            .collect();
        let first = procedure.valid_from.year() - 1;
        for calendar in calendars {
            let Some(last) = calendar.last_announced() else { continue };
            known.extend((first..last).rev().map(|year| Known {
                calendar: Cow::Owned(calendar.announced_until(year)),
                until: Some(year),
            }));
        }
        Rules {
            procedure,
            calendars: known,
            every_role: Role::ALL.into_iter().collect(),
            nobody: Directory::default(),
        }
    }

    /// The procedure.
    pub fn procedure(&self) -> &'a Procedure {
        self.procedure
    }

    /// The calendars that may have been in force on the day, the likeliest first: nobody works without the calendar of
    /// the year before.
    pub(super) fn calendars_on(&self, day: Date) -> impl Iterator<Item = &Calendar> {
        let known = self.calendars.iter();
        known
            .filter(move |known| known.until.is_none_or(|year| year >= day.year() - 1))
            .map(|known| known.calendar.as_ref())
    }
}
