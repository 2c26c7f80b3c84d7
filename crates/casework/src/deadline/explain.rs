//! Why a date is what it is: every day between the start and the last day, and the same in a few steps.
//!
//! Data only, so that a command line and a page can print it; the sentences are in `words.rs`. The last step always
//! agrees with `compute`, because it is taken from it.

use super::{Due, Period, Unit, compute, union};
use crate::calendar::{Calendar, DayKind};
use crate::deadline::DeadlineError;
use jiff::civil::Date;
use serde::Serialize;

/// A deadline with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule.
    pub period: Period,
    /// The result, as [`compute`] gives it.
    pub due: Due,
    /// Which calendar, in which version.
    pub calendar: String,
    /// Every day from the start to the last day (backwards for a backward period), in walking order.
    pub days: Vec<CountedDay>,
    /// The same, run together.
    pub steps: Vec<Step>,
}

/// One day and what it did to the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountedDay {
    /// The day.
    pub on: Date,
    /// What it is to the office.
    pub day: DayKind,
    /// What it is to the period.
    pub role: Role,
}

/// What a day is to a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The day of the start event: not counted.
    Start,
    /// Day n of the period.
    Counted(u32),
    /// Inside a period of months, which has no day numbers.
    Inside,
    /// No working day, in a period of working days.
    Skipped,
    /// Excluded by the rule (a hearing).
    Excluded,
    /// Passed over by rolling.
    Rolled,
    /// The day rolled to.
    RolledTo,
}

/// One step of the reasoning, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// The start event; the day is not counted.
    Start {
        /// The day.
        on: Date,
        /// What it is.
        day: DayKind,
    },
    /// How long the period is when it was extended: one period, counted once.
    Extension {
        /// Length by the rule.
        length: u32,
        /// Days added.
        extension_days: u32,
        /// What they count.
        unit: Unit,
    },
    /// Months are not counted in days.
    Months {
        /// Number of months.
        months: u32,
        /// The corresponding day, or the month's last.
        to: Date,
        /// There is no corresponding day, so the month's last day stands in (民法典 202).
        month_end: bool,
    },
    /// Days that count.
    Counted {
        /// First of them in counting order.
        first: Date,
        /// Last of them.
        last: Date,
        /// Number of the first.
        from_n: u32,
        /// Number of the last.
        to_n: u32,
    },
    /// A weekend day that counts because it was made a working day (调休上班).
    MadeUp {
        /// The day.
        on: Date,
        /// What it is.
        day: DayKind,
        /// Its number.
        n: u32,
    },
    /// Days left out of a count of working days.
    Skipped {
        /// First of them in counting order.
        first: Date,
        /// Last of them.
        last: Date,
        /// What they are.
        day: DayKind,
    },
    /// Days that the rule leaves out (中止).
    Suspension {
        /// First of them in counting order.
        first: Date,
        /// Last of them.
        last: Date,
    },
    /// The last day counted, before rolling.
    RawLastDay {
        /// The day.
        on: Date,
        /// What it is.
        day: DayKind,
    },
    /// Days passed over because the last day is no working day.
    Roll {
        /// First of them in rolling order.
        first: Date,
        /// Last of them.
        last: Date,
        /// What they are.
        day: DayKind,
    },
    /// The last lawful day.
    Due {
        /// The day.
        on: Date,
        /// What it is.
        day: DayKind,
        /// It may move when its year's arrangement is announced.
        provisional: bool,
    },
}

/// Explains the deadline that [`compute`] gives for the same arguments, with the same errors.
pub fn explain(calendar: &Calendar, from: Date, period: &Period) -> Result<Explanation, DeadlineError> {
    let due = compute(calendar, from, period)?;
    let days = days(calendar, period, due)?;
    let steps = steps(calendar, period, due, &days);
    Ok(Explanation { period: period.clone(), due, calendar: calendar.version(), days, steps })
}

fn days(calendar: &Calendar, period: &Period, due: Due) -> Result<Vec<CountedDay>, DeadlineError> {
    let excluded = union(&period.excluded)?;
    let mut days = vec![CountedDay { on: due.from, day: calendar.day(due.from), role: Role::Start }];
    let mut n = 0;
    walk(due.from, due.raw_due_on, |on| {
        let day = calendar.day(on);
        let role = if excluded.iter().any(|interval| interval.contains(on)) {
            Role::Excluded
        } else {
            match period.unit {
                Unit::Months => Role::Inside,
                Unit::WorkingDays if !day.is_working() => Role::Skipped,
                Unit::WorkingDays | Unit::CalendarDays | Unit::CalendarDaysBefore => {
                    n += 1;
                    Role::Counted(n)
                }
            }
        };
        days.push(CountedDay { on, day, role });
    });
    walk(due.raw_due_on, due.due_on, |on| {
        let role = if on == due.due_on { Role::RolledTo } else { Role::Rolled };
        days.push(CountedDay { on, day: calendar.day(on), role });
    });
    Ok(days)
}

fn steps(calendar: &Calendar, period: &Period, due: Due, days: &[CountedDay]) -> Vec<Step> {
    let mut steps = vec![Step::Start { on: due.from, day: calendar.day(due.from) }];
    if period.extension_days > 0 {
        steps.push(Step::Extension {
            length: period.length,
            extension_days: period.extension_days,
            unit: period.unit,
        });
    }
    if period.unit == Unit::Months {
        let to = due.from.saturating_add(jiff::Span::new().months(i64::from(period.length)));
        steps.push(Step::Months { months: period.length, to, month_end: to.day() != due.from.day() });
    }
    for day in days.iter().filter(|day| !matches!(day.role, Role::Rolled | Role::RolledTo)) {
        add(&mut steps, period.unit, day);
    }
    let raw = calendar.day(due.raw_due_on);
    steps.push(Step::RawLastDay { on: due.raw_due_on, day: raw.clone() });
    if due.due_on != due.raw_due_on {
        steps.push(Step::Roll { first: due.raw_due_on, last: due.raw_due_on, day: raw });
        for day in days.iter().filter(|day| day.role == Role::Rolled) {
            add(&mut steps, period.unit, day);
        }
    }
    let day = calendar.day(due.due_on);
    steps.push(Step::Due { on: due.due_on, day, provisional: due.provisional });
    steps
}

/// Adds a day to the last step when it continues it, else as a step of its own.
fn add(steps: &mut Vec<Step>, unit: Unit, counted: &CountedDay) {
    let CountedDay { on, day, role } = counted;
    let made_up = unit == Unit::WorkingDays && matches!(day, DayKind::MakeUpWorking(_));
    match (role, steps.last_mut()) {
        (Role::Start | Role::Inside | Role::RolledTo, _) => {}
        (Role::Counted(n), Some(Step::Counted { last, to_n, .. })) if !made_up => {
            *last = *on;
            *to_n = *n;
        }
        (Role::Skipped, Some(Step::Skipped { last, day: kind, .. }))
        | (Role::Rolled, Some(Step::Roll { last, day: kind, .. }))
            if kind == day =>
        {
            *last = *on;
        }
        (Role::Excluded, Some(Step::Suspension { last, .. })) => *last = *on,
        (Role::Counted(n), _) => steps.push(if made_up {
            Step::MadeUp { on: *on, day: day.clone(), n: *n }
        } else {
            Step::Counted { first: *on, last: *on, from_n: *n, to_n: *n }
        }),
        (Role::Skipped, _) => steps.push(Step::Skipped { first: *on, last: *on, day: day.clone() }),
        (Role::Excluded, _) => steps.push(Step::Suspension { first: *on, last: *on }),
        (Role::Rolled, _) => steps.push(Step::Roll { first: *on, last: *on, day: day.clone() }),
    }
}

/// Visits the days after `from` up to and including `to`, in whichever direction `to` lies.
fn walk(from: Date, to: Date, mut visit: impl FnMut(Date)) {
    let mut at = from;
    while at != to {
        let next = if to > from { at.tomorrow() } else { at.yesterday() };
        let Ok(next) = next else { return };
        at = next;
        visit(at);
    }
}
