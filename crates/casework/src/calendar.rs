//! Which days an office works: weekends, public holidays, and the weekends made working days (调休上班).
//!
//! A calendar is a set of small files, one per announced year, and one that says what holds before an announcement.
//! A year that nobody has announced is never refused: it has weekends and the fixed statutory days, and whatever is
//! reckoned with it is provisional (procedure.md §2.2 rule 11). Changing a date because of a new file is not done
//! here; `version` and `changed_days` let the shell see that and do it visibly.

mod file;

pub use file::CalendarError;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What one day is to an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "festival")]
pub enum DayKind {
    /// An ordinary working day.
    Working,
    /// A weekend day made a working day to make up for this holiday (调休上班).
    MakeUpWorking(Festival),
    /// An ordinary day of rest.
    Weekend,
    /// A day off by the announced arrangement, weekend or not.
    Holiday(Festival),
    /// A day off by statute in a year whose arrangement is not announced; the announcement may change it.
    ProvisionalHoliday(Festival),
}

impl DayKind {
    /// Whether the office works on such a day.
    pub fn is_working(&self) -> bool {
        match self {
            DayKind::Working | DayKind::MakeUpWorking(_) => true,
            DayKind::Weekend | DayKind::Holiday(_) | DayKind::ProvisionalHoliday(_) => false,
        }
    }
}

/// The name of a holiday.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Festival {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// The working days of one jurisdiction, versioned by year and announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    id: String,
    /// One bit per weekday, Monday lowest.
    weekend: u8,
    /// No year waits for an announcement.
    complete: bool,
    /// Statutory days by month and day, for unannounced years: index into `festivals`.
    fixed: Vec<(i8, i8, usize)>,
    /// Announced years, ascending.
    years: Vec<Year>,
    festivals: Vec<Festival>,
    version: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    year: i16,
    issued_at: Option<Date>,
    /// One bit per day of the year, day 1 lowest: does the office work?
    working: [u64; 6],
    /// Days that differ from their weekday or carry a name: day of the year, index into `festivals`; ascending.
    named: Vec<(i16, usize)>,
}

/// `calendars/cn`, as embedded.
const CN_FILES: &[(&str, &str)] = &[
    ("statutory.toml", include_str!("../../../calendars/cn/statutory.toml")),
    ("2004.toml", include_str!("../../../calendars/cn/2004.toml")),
    ("2005.toml", include_str!("../../../calendars/cn/2005.toml")),
    ("2006.toml", include_str!("../../../calendars/cn/2006.toml")),
    ("2007.toml", include_str!("../../../calendars/cn/2007.toml")),
    ("2008.toml", include_str!("../../../calendars/cn/2008.toml")),
    ("2009.toml", include_str!("../../../calendars/cn/2009.toml")),
    ("2010.toml", include_str!("../../../calendars/cn/2010.toml")),
    ("2011.toml", include_str!("../../../calendars/cn/2011.toml")),
    ("2012.toml", include_str!("../../../calendars/cn/2012.toml")),
    ("2013.toml", include_str!("../../../calendars/cn/2013.toml")),
    ("2014.toml", include_str!("../../../calendars/cn/2014.toml")),
    ("2015.toml", include_str!("../../../calendars/cn/2015.toml")),
    ("2016.toml", include_str!("../../../calendars/cn/2016.toml")),
    ("2017.toml", include_str!("../../../calendars/cn/2017.toml")),
    ("2018.toml", include_str!("../../../calendars/cn/2018.toml")),
    ("2019.toml", include_str!("../../../calendars/cn/2019.toml")),
    ("2020.toml", include_str!("../../../calendars/cn/2020.toml")),
    ("2021.toml", include_str!("../../../calendars/cn/2021.toml")),
    ("2022.toml", include_str!("../../../calendars/cn/2022.toml")),
    ("2023.toml", include_str!("../../../calendars/cn/2023.toml")),
    ("2024.toml", include_str!("../../../calendars/cn/2024.toml")),
    ("2025.toml", include_str!("../../../calendars/cn/2025.toml")),
    ("2026.toml", include_str!("../../../calendars/cn/2026.toml")),
];

/// `calendars/in`, as embedded.
const WEEKENDS_FILES: &[(&str, &str)] =
    &[("weekends.toml", include_str!("../../../calendars/in/weekends.toml"))];

static CN: LazyLock<Calendar> = LazyLock::new(|| embedded("cn", CN_FILES));
static WEEKENDS_ONLY: LazyLock<Calendar> = LazyLock::new(|| embedded("weekends-only", WEEKENDS_FILES));

impl Calendar {
    /// China by the State Council's yearly arrangements, 2004 to 2026.
    pub fn cn() -> &'static Calendar {
        &CN
    }

    /// Saturdays and Sundays and nothing else; nothing about it is provisional.
    pub fn weekends_only() -> &'static Calendar {
        &WEEKENDS_ONLY
    }

    /// The embedded files behind [`Calendar::cn`], for an office that adds a year: later files win over earlier ones.
    pub fn cn_files() -> &'static [(&'static str, &'static str)] {
        CN_FILES
    }

    /// The embedded calendar that a procedure file or a column of a table names: `cn`, `weekends-only`.
    pub fn named(id: &str) -> Option<&'static Calendar> {
        match id.to_ascii_lowercase().as_str() {
            "cn" => Some(Calendar::cn()),
            "weekends-only" | "in" => Some(Calendar::weekends_only()),
            _ => None,
        }
    }

    /// Reads a calendar from its files, given as (name, TOML). Of two files for one year the later one holds.
    ///
    /// Fails with the file and the field when a file is malformed or contradicts itself.
    pub fn parse(id: &str, files: &[(&str, &str)]) -> Result<Calendar, CalendarError> {
        file::parse(id, files)
    }

    /// What the calendar is called, for instance `cn`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Id, last announced year, its announcement, and a fingerprint of every day: `cn:2026@2025-11-04#0f3a…`.
    ///
    /// Two calendars that differ on any day differ here.
    pub fn version(&self) -> String {
        self.version.clone()
    }

    /// Whether the arrangement of this year is known, so that dates in it are final.
    pub fn is_announced(&self, year: i16) -> bool {
        self.complete || self.year(year).is_some()
    }

    /// The announced years, ascending, each with the day of its last announcement where known.
    pub fn announced_years(&self) -> impl Iterator<Item = (i16, Option<Date>)> + '_ {
        self.years.iter().map(|year| (year.year, year.issued_at))
    }

    /// What the day is.
    pub fn day(&self, date: Date) -> DayKind {
        let Some(year) = self.year(date.year()) else {
            return match self.fixed_on(date).and_then(|index| self.festivals.get(index)) {
                Some(festival) => DayKind::ProvisionalHoliday(festival.clone()),
                None if self.is_weekend(date) => DayKind::Weekend,
                None => DayKind::Working,
            };
        };
        let day = date.day_of_year();
        let festival = year
            .named
            .binary_search_by_key(&day, |(day, _)| *day)
            .ok()
            .and_then(|at| year.named.get(at))
            .and_then(|(_, index)| self.festivals.get(*index));
        match (year.works_on(day), festival) {
            (true, Some(festival)) => DayKind::MakeUpWorking(festival.clone()),
            (true, None) => DayKind::Working,
            (false, Some(festival)) => DayKind::Holiday(festival.clone()),
            (false, None) => DayKind::Weekend,
        }
    }

    /// Whether the office works that day.
    pub fn is_working_day(&self, date: Date) -> bool {
        match self.year(date.year()) {
            Some(year) => year.works_on(date.day_of_year()),
            None => !self.is_weekend(date) && self.fixed_on(date).is_none(),
        }
    }

    /// The last year whose arrangement is announced; `None` for a calendar of weekends only.
    pub fn last_announced(&self) -> Option<i16> {
        self.years.last().map(|year| year.year)
    }

    /// The calendar as it was when nothing after that year had been announced.
    #[must_use]
    pub fn announced_until(&self, year: i16) -> Calendar {
        let mut earlier = self.clone();
        earlier.years.retain(|announced| announced.year <= year);
        earlier.version = file::version(&earlier);
        earlier
    }

    /// The date itself when it is a working day, else the next one. Stays at the end of the calendar (year 9999).
    pub fn next_working_day(&self, date: Date) -> Date {
        let mut at = date;
        while !self.is_working_day(at) {
            match at.tomorrow() {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        at
    }

    /// The date itself when it is a working day, else the one before. Stays at the start of the calendar.
    pub fn previous_working_day(&self, date: Date) -> Date {
        let mut at = date;
        while !self.is_working_day(at) {
            match at.yesterday() {
                Ok(previous) => at = previous,
                Err(_) => break,
            }
        }
        at
    }

    /// Working days strictly after `from`, up to and including `to`; none when `to` is not later.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut n = 0;
        let mut at = from;
        while at < to {
            match at.tomorrow() {
                Ok(next) => at = next,
                Err(_) => break,
            }
            n += u32::from(self.is_working_day(at));
        }
        n
    }

    /// The days from `first` to `last` whose kind differs in `other`: what a new announcement would change.
    pub fn changed_days(&self, other: &Calendar, first: Date, last: Date) -> Vec<(Date, DayKind, DayKind)> {
        first
            .series(jiff::Span::new().days(1))
            .take_while(|date| *date <= last)
            .map(|date| (date, self.day(date), other.day(date)))
            .filter(|(_, ours, theirs)| ours != theirs)
            .collect()
    }

    fn year(&self, year: i16) -> Option<&Year> {
        let at = self.years.binary_search_by_key(&year, |year| year.year).ok()?;
        self.years.get(at)
    }

    fn is_weekend(&self, date: Date) -> bool {
        self.weekend & weekday_bit(date.weekday()) != 0
    }

    fn fixed_on(&self, date: Date) -> Option<usize> {
        self.fixed
            .iter()
            .find(|(month, day, _)| (*month, *day) == (date.month(), date.day()))
            .map(|(.., index)| *index)
    }
}

impl Year {
    fn works_on(&self, day_of_year: i16) -> bool {
        let (word, bit) = position(day_of_year);
        self.working.get(word).is_some_and(|word| word & bit != 0)
    }

    fn set_working(&mut self, day_of_year: i16, works: bool) {
        let (word, bit) = position(day_of_year);
        if let Some(word) = self.working.get_mut(word) {
            if works {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }
}

fn position(day_of_year: i16) -> (usize, u64) {
    let index = usize::from(day_of_year.unsigned_abs().saturating_sub(1));
    (index / 64, 1 << (index % 64))
}

fn weekday_bit(weekday: Weekday) -> u8 {
    1 << weekday.to_monday_zero_offset()
}

/// The embedded files are part of the program and read by a test; a fault in them is a fault of the build.
#[expect(clippy::panic, reason = "a wrong embedded calendar must stop the program, not shift legal dates")]
fn embedded(id: &str, files: &[(&str, &str)]) -> Calendar {
    match Calendar::parse(id, files) {
        Ok(calendar) => calendar,
        Err(error) => panic!("embedded calendar: {error}"),
    }
}
