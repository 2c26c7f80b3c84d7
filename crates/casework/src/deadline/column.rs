//! A period from the columns of a table of worked examples (`huiyin deadline check`).

use super::{DeadlineError, Interval, Period, Roll, Unit};

pub(super) fn period(
    unit: &str,
    length: &str,
    extension: &str,
    excluded: &str,
    roll: &str,
) -> Result<Period, DeadlineError> {
    Ok(Period {
        length: number("length", length)?,
        unit: match unit.trim() {
            "cal_day" => Unit::CalendarDays,
            "work_day" => Unit::WorkingDays,
            "month" => Unit::Months,
            "cal_day_before" => Unit::CalendarDaysBefore,
            other => return Err(column("unit", other, "cal_day, work_day, month or cal_day_before")),
        },
        extension_days: if extension.trim().is_empty() { 0 } else { number("extension", extension)? },
        roll: match roll.trim() {
            "" | "none" => Roll::None,
            "next_workday" => Roll::NextWorkingDay,
            "prev_workday" => Roll::PreviousWorkingDay,
            other => return Err(column("roll", other, "none, next_workday or prev_workday")),
        },
        excluded: excluded
            .split(';')
            .map(str::trim)
            .filter(|interval| !interval.is_empty())
            .map(interval)
            .collect::<Result<_, _>>()?,
    })
}

fn number(name: &'static str, value: &str) -> Result<u32, DeadlineError> {
    value.trim().parse().map_err(|_| column(name, value, "a whole number"))
}

/// `a/b`, or `a` for a single day.
fn interval(text: &str) -> Result<Interval, DeadlineError> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let date = |part: &str| {
        part.trim()
            .parse()
            .map_err(|_| column("excluded", text, "a list of intervals YYYY-MM-DD/YYYY-MM-DD;…"))
    };
    Ok(Interval { first: date(first)?, last: date(last)? })
}

fn column(column: &'static str, value: &str, expected: &'static str) -> DeadlineError {
    DeadlineError::Column { column, value: value.to_owned(), expected }
}
