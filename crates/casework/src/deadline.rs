//! From a rule and a day to the last day: the arithmetic of time limits, and why a date is what it is.
//!
//! Rules of procedure.md §2.2, after 民法典 Art.200–204. The day of the start event is never counted; an extension
//! makes one longer period from the same start, rolled once; what a period excludes is skipped day by day. Two dates
//! come out: officials are warned on the raw one and judged on the rolled one. Nothing here knows whose limit it is.

mod column;
mod explain;
mod words;

pub use explain::{CountedDay, Explanation, Role, Step, explain};
pub use words::Lang;

use crate::calendar::Calendar;
use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a period is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 日: every day counts.
    CalendarDays,
    /// 工作日: the n-th working day strictly after the start.
    WorkingDays,
    /// 月: the same day of a later month, else that month's last day (民法典 202).
    Months,
    /// Backwards from an event: notice at least n days before it.
    CalendarDaysBefore,
}

/// What happens to a last day that is no working day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// It stays.
    #[default]
    None,
    /// 顺延: the next working day (民法典 203).
    NextWorkingDay,
    /// The working day before, for periods counted backwards.
    PreviousWorkingDay,
}

/// Days from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// First day.
    pub first: Date,
    /// Last day, not before `first`.
    pub last: Date,
}

impl Interval {
    /// Whether the day lies inside.
    pub fn contains(self, date: Date) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// How long, in what, and what is left out: everything about a deadline except its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Number of units. With its extension at most [`MAX_LENGTH`].
    pub length: u32,
    /// What `length` counts.
    pub unit: Unit,
    /// 延期: more of the same unit (days where the unit is months), counted as one period with `length`.
    #[serde(default)]
    pub extension_days: u32,
    /// What happens to a last day that is no working day.
    #[serde(default)]
    pub roll: Roll,
    /// 中止: days that do not count, as a union; only those inside the count matter (Art.36(2)).
    #[serde(default)]
    pub excluded: Vec<Interval>,
}

/// The longest period computed, in its own unit: more than a century of days is a typing error.
pub const MAX_LENGTH: u32 = 36_525;

/// The last day of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Due {
    /// The day of the start event; day 0.
    pub from: Date,
    /// The last day counted, before rolling: officials are warned by it.
    pub raw_due_on: Date,
    /// The last lawful day: officials are judged by it, petitioners are told it.
    pub due_on: Date,
    /// The date rests on a year whose arrangement is not announced yet and may move.
    pub provisional: bool,
}

/// A period that has no last day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineError {
    /// Length and extension exceed [`MAX_LENGTH`].
    #[error("a period of {length} is longer than {MAX_LENGTH}")]
    TooLong {
        /// Length with extension, in the period's unit.
        length: u64,
    },
    /// An excluded interval ends before it starts.
    #[error("excluded interval {first}/{last} ends before it starts")]
    BackwardInterval {
        /// Its first day.
        first: Date,
        /// Its last day.
        last: Date,
    },
    /// The last day lies outside the years -9999 to 9999.
    #[error("the last day lies outside the calendar")]
    OutOfRange,
    /// A column of a table of periods does not hold what it should.
    #[error("{column}: `{value}` is not {expected}")]
    Column {
        /// Name of the column.
        column: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
}

impl Period {
    /// A period without extension or excluded days.
    pub fn new(length: u32, unit: Unit, roll: Roll) -> Period {
        Period { length, unit, extension_days: 0, roll, excluded: Vec::new() }
    }

    /// The same period, extended (Art.34: once, and counted as one period from the same start).
    #[must_use]
    pub fn extended_by(mut self, days: u32) -> Period {
        self.extension_days = days;
        self
    }

    /// The same period with these days left out of the count.
    #[must_use]
    pub fn excluding(mut self, intervals: impl IntoIterator<Item = Interval>) -> Period {
        self.excluded.extend(intervals);
        self
    }

    /// Reads a period from the columns of a table, in the words of `deadlines.csv`: unit `cal_day`, `work_day`,
    /// `month`, `cal_day_before`; roll `none`, `next_workday`, `prev_workday`; excluded `a/b;a/b`. An empty
    /// extension is 0, an empty roll is `none`.
    pub fn from_columns(
        unit: &str,
        length: &str,
        extension: &str,
        excluded: &str,
        roll: &str,
    ) -> Result<Period, DeadlineError> {
        column::period(unit, length, extension, excluded, roll)
    }
}

/// The last day of `period` when its start event happened on `from`.
pub fn compute(calendar: &Calendar, from: Date, period: &Period) -> Result<Due, DeadlineError> {
    let raw_due_on = raw_last_day(calendar, from, period)?;
    let due_on = match period.roll {
        Roll::None => raw_due_on,
        Roll::NextWorkingDay => calendar.next_working_day(raw_due_on),
        Roll::PreviousWorkingDay => calendar.previous_working_day(raw_due_on),
    };
    // Provisional only if an unannounced year was asked: a period of calendar days that does not roll asks none.
    let asked = match (period.unit, period.roll) {
        (Unit::WorkingDays, _) => Some((from, due_on.max(raw_due_on))),
        (Unit::CalendarDays | Unit::Months | Unit::CalendarDaysBefore, Roll::None) => None,
        (Unit::CalendarDays | Unit::Months | Unit::CalendarDaysBefore, _) => {
            Some((raw_due_on.min(due_on), raw_due_on.max(due_on)))
        }
    };
    let provisional = asked
        .is_some_and(|(first, last)| (first.year()..=last.year()).any(|year| !calendar.is_announced(year)));
    Ok(Due { from, raw_due_on, due_on, provisional })
}

/// Whether an act was in time. A period ends at 24:00 of its last day; what was posted by then is in time whenever
/// it arrives (民诉法 85, by analogy).
pub fn is_in_time(due_on: Date, act_on: Date, posted_on: Option<Date>) -> bool {
    act_on <= due_on || posted_on.is_some_and(|posted_on| posted_on <= due_on)
}

/// The days on which whoever must act is warned: half and four fifths of the time gone, three working days before
/// the last day, and the last day. Ascending, without repeats, none before the day after `from`. Officials are
/// warned by the raw last day, petitioners by the rolled one: the caller passes the one that applies.
pub fn warnings(calendar: &Calendar, from: Date, due: Date) -> Vec<Date> {
    let days = (due - from).get_days();
    let mut before = due;
    let mut left = 3;
    while left > 0 && before > from {
        let Ok(previous) = before.yesterday() else { break };
        before = previous;
        left -= u32::from(calendar.is_working_day(before));
    }
    let mut warnings: Vec<Date> = [add(from, days / 2), add(from, days * 4 / 5), Ok(before), Ok(due)]
        .into_iter()
        .flatten()
        .filter(|date| *date > from)
        .collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

fn raw_last_day(calendar: &Calendar, from: Date, period: &Period) -> Result<Date, DeadlineError> {
    let total = u64::from(period.length) + u64::from(period.extension_days);
    let days = i32::try_from(total).ok().filter(|_| total <= u64::from(MAX_LENGTH));
    let days = days.ok_or(DeadlineError::TooLong { length: total })?;
    let excluded = union(&period.excluded)?;
    match period.unit {
        Unit::CalendarDays => later(from, add(from, days)?, &excluded),
        Unit::CalendarDaysBefore => {
            let mut last = add(from, -days)?;
            let day_one = add(from, -1)?;
            for interval in excluded.iter().rev().filter(|interval| interval.first <= day_one) {
                let nearest = interval.last.min(day_one);
                if nearest < last {
                    break;
                }
                last = add(last, -n_days(interval.first, nearest))?;
            }
            Ok(last)
        }
        Unit::Months => {
            let months = from
                .checked_add(Span::new().months(i64::from(period.length)))
                .map_err(|_| DeadlineError::OutOfRange)?;
            let extension = i32::try_from(period.extension_days).map_err(|_| DeadlineError::OutOfRange)?;
            later(from, add(months, extension)?, &excluded)
        }
        Unit::WorkingDays => {
            let mut at = from;
            let mut left = days;
            while left > 0 {
                at = at.tomorrow().map_err(|_| DeadlineError::OutOfRange)?;
                let counts =
                    calendar.is_working_day(at) && !excluded.iter().any(|interval| interval.contains(at));
                left -= i32::from(counts);
            }
            Ok(at)
        }
    }
}

/// Moves `last` by one day for every excluded day strictly after `from` and inside the count as it grows.
fn later(from: Date, mut last: Date, excluded: &[Interval]) -> Result<Date, DeadlineError> {
    let day_one = add(from, 1)?;
    for interval in excluded.iter().filter(|interval| interval.last >= day_one) {
        let first = interval.first.max(day_one);
        if first > last {
            break;
        }
        last = add(last, n_days(first, interval.last))?;
    }
    Ok(last)
}

/// The intervals sorted and merged, so that no day is in two of them.
fn union(intervals: &[Interval]) -> Result<Vec<Interval>, DeadlineError> {
    if let Some(interval) = intervals.iter().find(|interval| interval.last < interval.first) {
        return Err(DeadlineError::BackwardInterval { first: interval.first, last: interval.last });
    }
    let mut sorted = intervals.to_vec();
    sorted.sort();
    let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
    for interval in sorted {
        match merged.last_mut() {
            Some(last) if interval.first <= last.last => last.last = last.last.max(interval.last),
            _ => merged.push(interval),
        }
    }
    Ok(merged)
}

fn add(date: Date, days: i32) -> Result<Date, DeadlineError> {
    date.checked_add(Span::new().days(days)).map_err(|_| DeadlineError::OutOfRange)
}

/// Days from `first` to `last`, both included.
fn n_days(first: Date, last: Date) -> i32 {
    (last - first).get_days() + 1
}
