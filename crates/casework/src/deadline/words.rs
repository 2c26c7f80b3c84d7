//! The sentences of an explanation, in Chinese and English.
//!
//! They stand here and not in `locales/` because the command line prints them without the server's word tables.
//! Petitioners and officials read the same lines.

use super::explain::{Explanation, Role, Step};
use super::{Roll, Unit};
use crate::calendar::DayKind;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// A language of the sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Explanation {
    /// The reasoning in a few lines.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        self.steps
            .iter()
            .map(|step| match lang {
                Lang::Zh => step_zh(step, self.period.unit, self.period.roll),
                Lang::En => step_en(step, self.period.unit, self.period.roll),
            })
            .collect()
    }

    /// The reasoning day by day: one line for every day from the start to the last day.
    pub fn day_lines(&self, lang: Lang) -> Vec<String> {
        self.days
            .iter()
            .map(|day| match lang {
                Lang::Zh => {
                    format!(
                        "{}（{}）：{}",
                        day.on,
                        day_zh(day.on, &day.day),
                        role_zh(day.role, self.period.unit)
                    )
                }
                Lang::En => {
                    format!(
                        "{} ({}): {}",
                        day.on,
                        day_en(day.on, &day.day),
                        role_en(day.role, self.period.unit)
                    )
                }
            })
            .collect()
    }
}

fn step_zh(step: &Step, unit: Unit, roll: Roll) -> String {
    match step {
        Step::Start { on, day } if unit == Unit::CalendarDaysBefore => {
            format!("起算日{}，当日不计入，自前一日往前计算", full_zh(*on, day))
        }
        Step::Start { on, day } => format!("起算日{}，当日不计入，自次日起计算", full_zh(*on, day)),
        Step::Extension { length, extension_days, unit } => {
            let (unit, added) = (unit_zh(*unit), if *unit == Unit::Months { "日" } else { unit_zh(*unit) });
            match unit == added {
                true => format!(
                    "期限{length}{unit}，延长{extension_days}{added}，合并为{}{unit}，自起算日一次计算",
                    u64::from(*length) + u64::from(*extension_days)
                ),
                false => format!("期限{length}{unit}，延长{extension_days}{added}，自起算日一次计算"),
            }
        }
        Step::Months { months, to, month_end: false } => format!("满{months}个月，对应日为{}", date_zh(*to)),
        Step::Months { months, to, month_end: true } => {
            format!("满{months}个月，该月没有对应日，以月末日{}为准", date_zh(*to))
        }
        Step::Counted { first, last, from_n, to_n } => {
            format!("{}：{}", range_zh(*first, *last), numbers_zh(unit, *from_n, *to_n))
        }
        Step::MadeUp { on, day, n } => format!("{}：计入，{}", full_zh(*on, day), numbers_zh(unit, *n, *n)),
        Step::Skipped { first, last, day } => {
            format!("{}：{}，不计入", range_zh(*first, *last), kind_zh(day))
        }
        Step::Suspension { first, last } => format!("{}：依规定不计入期限", range_zh(*first, *last)),
        Step::RawLastDay { on, day } => format!("期限末日{}", full_zh(*on, day)),
        Step::Roll { first, last, day } => {
            let direction = if roll == Roll::PreviousWorkingDay { "提前" } else { "顺延" };
            format!("{}：{}，{direction}", range_zh(*first, *last), kind_zh(day))
        }
        Step::Due { on, day, provisional: false } => format!("到期日{}", full_zh(*on, day)),
        Step::Due { on, day, provisional: true } => {
            format!("到期日{}，暂定：放假安排尚未公布，公布后重新计算", full_zh(*on, day))
        }
    }
}

fn step_en(step: &Step, unit: Unit, roll: Roll) -> String {
    match step {
        Step::Start { on, day } if unit == Unit::CalendarDaysBefore => {
            format!("Starts on {}; counting goes back from the day before", full_en(*on, day))
        }
        Step::Start { on, day } => format!("Starts on {}; counting begins the next day", full_en(*on, day)),
        Step::Extension { length, extension_days, unit } => match unit {
            Unit::Months => {
                format!(
                    "{length} months and an extension of {extension_days} days, counted once from the start"
                )
            }
            Unit::CalendarDays | Unit::WorkingDays | Unit::CalendarDaysBefore => format!(
                "{length} {unit} and an extension of {extension_days}: {} {unit}, counted once from the start",
                u64::from(*length) + u64::from(*extension_days),
                unit = unit_en(*unit),
            ),
        },
        Step::Months { months, to, month_end: false } => {
            format!("{months} months later, the same day: {}", date_en(*to))
        }
        Step::Months { months, to, month_end: true } => {
            format!("{months} months later there is no such day; the month ends on {}", date_en(*to))
        }
        Step::Counted { first, last, from_n, to_n } => {
            format!("{}: {}", range_en(*first, *last), numbers_en(unit, *from_n, *to_n))
        }
        Step::MadeUp { on, day, n } => format!("{}: counts, {}", full_en(*on, day), numbers_en(unit, *n, *n)),
        Step::Skipped { first, last, day } => {
            format!("{}: {}, not counted", range_en(*first, *last), kind_en(day))
        }
        Step::Suspension { first, last } => {
            format!("{}: not counted, as the rule says", range_en(*first, *last))
        }
        Step::RawLastDay { on, day } => format!("Last day counted: {}", full_en(*on, day)),
        Step::Roll { first, last, day } => {
            let direction = if roll == Roll::PreviousWorkingDay { "back" } else { "on" };
            format!("{}: {}, moves {direction}", range_en(*first, *last), kind_en(day))
        }
        Step::Due { on, day, provisional: false } => format!("Due on {}", full_en(*on, day)),
        Step::Due { on, day, provisional: true } => format!(
            "Due on {}; provisional: the holidays are not announced yet, and the date will be reckoned again",
            full_en(*on, day)
        ),
    }
}

fn role_zh(role: Role, unit: Unit) -> String {
    match role {
        Role::Start => "起算日，不计入".to_owned(),
        Role::Counted(n) => numbers_zh(unit, n, n),
        Role::Inside => "期限之内".to_owned(),
        Role::Skipped => "不计入".to_owned(),
        Role::Excluded => "依规定不计入期限".to_owned(),
        Role::Rolled => "末日不是工作日，继续移动".to_owned(),
        Role::RolledTo => "到期日".to_owned(),
    }
}

fn role_en(role: Role, unit: Unit) -> String {
    match role {
        Role::Start => "start, not counted".to_owned(),
        Role::Counted(n) => numbers_en(unit, n, n),
        Role::Inside => "inside the period".to_owned(),
        Role::Skipped => "not counted".to_owned(),
        Role::Excluded => "not counted, as the rule says".to_owned(),
        Role::Rolled => "no working day, moves on".to_owned(),
        Role::RolledTo => "due".to_owned(),
    }
}

fn kind_zh(day: &DayKind) -> String {
    match day {
        DayKind::Working => "工作日".to_owned(),
        DayKind::MakeUpWorking(_) => "调休上班".to_owned(),
        DayKind::Weekend => "周末".to_owned(),
        DayKind::Holiday(festival) => format!("{}放假", festival.zh),
        DayKind::ProvisionalHoliday(festival) => format!("{}，法定休假日", festival.zh),
    }
}

fn kind_en(day: &DayKind) -> String {
    match day {
        DayKind::Working => "working day".to_owned(),
        DayKind::MakeUpWorking(festival) => format!("made a working day, {}", festival.en),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::Holiday(festival) => format!("{} holiday", festival.en),
        DayKind::ProvisionalHoliday(festival) => format!("{}, statutory holiday", festival.en),
    }
}

fn unit_zh(unit: Unit) -> &'static str {
    match unit {
        Unit::CalendarDays | Unit::CalendarDaysBefore => "日",
        Unit::WorkingDays => "个工作日",
        Unit::Months => "个月",
    }
}

fn unit_en(unit: Unit) -> &'static str {
    match unit {
        Unit::CalendarDays | Unit::CalendarDaysBefore => "days",
        Unit::WorkingDays => "working days",
        Unit::Months => "months",
    }
}

fn numbers_zh(unit: Unit, from: u32, to: u32) -> String {
    let before = if unit == Unit::CalendarDaysBefore { "往前" } else { "" };
    let unit = unit_zh(unit);
    if from == to { format!("{before}第{from}{unit}") } else { format!("{before}第{from}–{to}{unit}") }
}

fn numbers_en(unit: Unit, from: u32, to: u32) -> String {
    let (day, days) = match unit {
        Unit::WorkingDays => ("working day", "working days"),
        Unit::CalendarDays | Unit::CalendarDaysBefore | Unit::Months => ("day", "days"),
    };
    let before = if unit == Unit::CalendarDaysBefore { " before" } else { "" };
    if from == to { format!("{day} {from}{before}") } else { format!("{days} {from} to {to}{before}") }
}

fn full_zh(on: Date, day: &DayKind) -> String {
    format!("{}（{}）", date_zh(on), day_zh(on, day))
}

fn full_en(on: Date, day: &DayKind) -> String {
    format!("{} ({})", date_en(on), day_en(on, day))
}

fn day_zh(on: Date, day: &DayKind) -> String {
    let weekday = match on.weekday() {
        Weekday::Monday => "周一",
        Weekday::Tuesday => "周二",
        Weekday::Wednesday => "周三",
        Weekday::Thursday => "周四",
        Weekday::Friday => "周五",
        Weekday::Saturday => "周六",
        Weekday::Sunday => "周日",
    };
    if *day == DayKind::Weekend { weekday.to_owned() } else { format!("{weekday}，{}", kind_zh(day)) }
}

fn day_en(on: Date, day: &DayKind) -> String {
    let weekday = match on.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    if *day == DayKind::Weekend { weekday.to_owned() } else { format!("{weekday}, {}", kind_en(day)) }
}

fn date_zh(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

fn date_en(date: Date) -> String {
    let month = match date.month() {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    };
    format!("{} {month} {}", date.day(), date.year())
}

fn range_zh(first: Date, last: Date) -> String {
    match (first == last, first.year() == last.year()) {
        (true, _) => date_zh(first),
        (false, true) => format!("{}–{}月{}日", date_zh(first), last.month(), last.day()),
        (false, false) => format!("{}–{}", date_zh(first), date_zh(last)),
    }
}

fn range_en(first: Date, last: Date) -> String {
    if first == last { date_en(first) } else { format!("{} to {}", date_en(first), date_en(last)) }
}
