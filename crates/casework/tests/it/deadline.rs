//! The arithmetic of time limits: cases checked by hand, and explanations word for word.

use casework::calendar::Calendar;
use casework::deadline::{
    DeadlineError, Interval, Lang, MAX_LENGTH, Period, Roll, Unit, compute, explain, warnings,
};
use expect_test::{Expect, expect};
use jiff::civil::{Date, date};

fn period(length: u32, unit: Unit) -> Period {
    let roll = match unit {
        Unit::CalendarDays | Unit::Months => Roll::NextWorkingDay,
        Unit::WorkingDays => Roll::None,
        Unit::CalendarDaysBefore => Roll::PreviousWorkingDay,
    };
    Period::new(length, unit, roll)
}

fn days(length: u32) -> Period {
    period(length, Unit::CalendarDays)
}

fn working_days(length: u32) -> Period {
    period(length, Unit::WorkingDays)
}

/// procedure.md §2.5.
#[test]
fn twelve_by_hand() {
    let cn = Calendar::cn();
    let hearing = Interval { first: date(2025, 9, 22), last: date(2025, 9, 26) };
    for (id, calendar, from, period, due_on) in [
        ("V029", cn, date(2022, 8, 2), days(60), date(2022, 10, 8)),
        ("V032", cn, date(2023, 12, 12), days(60), date(2024, 2, 18)),
        ("V036", cn, date(2025, 12, 18), days(60), date(2026, 2, 24)),
        ("V042", cn, date(2023, 11, 18), days(60).extended_by(30), date(2024, 2, 18)),
        ("V013", cn, date(2023, 4, 21), days(15), date(2023, 5, 6)),
        ("V026", cn, date(2026, 2, 12), working_days(5), date(2026, 2, 26)),
        ("V023", cn, date(2024, 9, 12), working_days(5), date(2024, 9, 20)),
        ("V074", cn, date(2024, 9, 26), working_days(10), date(2024, 10, 15)),
        ("V064", cn, date(2025, 9, 1), days(30).excluding([hearing]), date(2025, 10, 9)),
        ("V082", cn, date(2025, 10, 13), period(7, Unit::CalendarDaysBefore), date(2025, 9, 30)),
        ("V101", cn, date(2025, 12, 31), period(2, Unit::Months), date(2026, 2, 28)),
        ("V109", Calendar::weekends_only(), date(2025, 11, 14), days(30), date(2025, 12, 15)),
    ] {
        assert_eq!(compute(calendar, from, &period).unwrap().due_on, due_on, "{id}");
    }
}

#[test]
fn unannounced_years_are_provisional() {
    let cn = Calendar::cn();
    let provisional = |from, period: Period| compute(cn, from, &period).unwrap().provisional;
    assert!(provisional(date(2026, 12, 1), days(60)));
    assert!(provisional(date(2026, 12, 30), working_days(5)));
    assert!(
        !provisional(date(2026, 11, 1), days(60)),
        "31 December 2026 is a working day of an announced year"
    );
    assert!(
        !provisional(date(2026, 12, 1), Period::new(60, Unit::CalendarDays, Roll::None)),
        "no calendar was asked"
    );
    assert!(!compute(Calendar::weekends_only(), date(2040, 1, 1), &days(60)).unwrap().provisional);
}

#[test]
fn excluded_days_are_a_union_inside_the_count() {
    let from = date(2026, 3, 10);
    let interval = |first: i8, last: i8| Interval { first: date(2026, 3, first), last: date(2026, 3, last) };
    let raw = |excluded: &[Interval]| {
        compute(Calendar::cn(), from, &days(10).excluding(excluded.iter().copied())).unwrap().raw_due_on
    };
    assert_eq!(raw(&[]), date(2026, 3, 20));
    assert_eq!(raw(&[interval(16, 18), interval(17, 19)]), date(2026, 3, 24), "four days, not six");
    assert_eq!(raw(&[interval(1, 10)]), date(2026, 3, 20), "the start is not in the count");
    assert_eq!(raw(&[interval(9, 11)]), date(2026, 3, 21), "one day of it is");
    assert_eq!(raw(&[interval(21, 25)]), date(2026, 3, 20), "the period is over");
    assert_eq!(
        raw(&[interval(20, 20), interval(21, 21)]),
        date(2026, 3, 22),
        "the first makes room for the second"
    );
    let backwards = Interval { first: date(2026, 3, 18), last: date(2026, 3, 16) };
    assert_eq!(
        compute(Calendar::cn(), from, &days(10).excluding([backwards])),
        Err(DeadlineError::BackwardInterval { first: backwards.first, last: backwards.last })
    );
    let before = period(7, Unit::CalendarDaysBefore).excluding([interval(17, 18), interval(25, 28)]);
    assert_eq!(compute(Calendar::cn(), date(2026, 3, 25), &before).unwrap().raw_due_on, date(2026, 3, 16));
}

#[test]
fn limits_of_the_arithmetic() {
    let cn = Calendar::cn();
    assert_eq!(
        compute(cn, date(2026, 1, 1), &days(MAX_LENGTH).extended_by(u32::MAX)),
        Err(DeadlineError::TooLong { length: u64::from(MAX_LENGTH) + u64::from(u32::MAX) })
    );
    assert_eq!(compute(cn, Date::MAX, &days(1)), Err(DeadlineError::OutOfRange));
    assert_eq!(compute(cn, Date::MAX, &working_days(1)), Err(DeadlineError::OutOfRange));
    assert_eq!(compute(cn, Date::MIN, &period(1, Unit::CalendarDaysBefore)), Err(DeadlineError::OutOfRange));
    let ever = Interval { first: Date::MIN, last: Date::MAX };
    assert_eq!(compute(cn, date(2026, 1, 1), &days(1).excluding([ever])), Err(DeadlineError::OutOfRange));
    assert_eq!(
        compute(cn, date(2026, 1, 1), &working_days(1).excluding([ever])),
        Err(DeadlineError::OutOfRange)
    );
}

#[test]
fn columns() {
    let read = Period::from_columns("cal_day", "30", "", "2026-03-18/2026-03-20; 2026-04-01", "next_workday");
    let single = date(2026, 4, 1);
    assert_eq!(
        read.unwrap(),
        days(30).excluding([
            Interval { first: date(2026, 3, 18), last: date(2026, 3, 20) },
            Interval { first: single, last: single },
        ])
    );
    let error = |unit, length, extension, excluded, roll| {
        Period::from_columns(unit, length, extension, excluded, roll).unwrap_err().to_string()
    };
    expect!["unit: `week` is not cal_day, work_day, month or cal_day_before"]
        .assert_eq(&error("week", "1", "", "", ""));
    expect!["length: `-1` is not a whole number"].assert_eq(&error("month", "-1", "", "", ""));
    expect!["extension: `x` is not a whole number"].assert_eq(&error("month", "1", "x", "", ""));
    expect!["excluded: `2026-02-30` is not a list of intervals YYYY-MM-DD/YYYY-MM-DD;…"].assert_eq(&error(
        "month",
        "1",
        "",
        "2026-02-30",
        "",
    ));
    expect!["roll: `up` is not none, next_workday or prev_workday"]
        .assert_eq(&error("month", "1", "", "", "up"));
}

#[test]
fn a_period_is_data() {
    let period: Period =
        serde_json::from_str(r#"{"length":60,"unit":"calendar_days","roll":"next_working_day"}"#).unwrap();
    assert_eq!(period, days(60));
    assert!(serde_json::from_str::<Period>(r#"{"length":60,"unit":"calendar_days","days":1}"#).is_err());
}

#[test]
fn warnings_come_before_it_is_late() {
    let show = |from, due| {
        warnings(Calendar::cn(), from, due).iter().map(Date::to_string).collect::<Vec<_>>().join(" ")
    };
    expect!["2026-04-03 2026-04-23 2026-04-28 2026-05-06"]
        .assert_eq(&show(date(2026, 3, 2), date(2026, 5, 6)));
    expect!["2026-03-03"].assert_eq(&show(date(2026, 3, 2), date(2026, 3, 3)));
    expect![[r#""#]].assert_eq(&show(date(2026, 3, 2), date(2026, 3, 2)));
}

fn check(from: Date, period: Period, zh: Expect, en: Expect) {
    let explanation = explain(Calendar::cn(), from, &period).unwrap();
    zh.assert_eq(&explanation.lines(Lang::Zh).join("\n"));
    en.assert_eq(&explanation.lines(Lang::En).join("\n"));
}

#[test]
fn explains_a_roll_over_national_day() {
    check(
        date(2022, 8, 2),
        days(60),
        expect![[r#"
        起算日2022年8月2日（周二，工作日），当日不计入，自次日起计算
        2022年8月3日–10月1日：第1–60日
        期限末日2022年10月1日（周六，国庆节放假）
        2022年10月1日–10月7日：国庆节放假，顺延
        到期日2022年10月8日（周六，调休上班）"#]],
        expect![[r#"
        Starts on 2 August 2022 (Tuesday, working day); counting begins the next day
        3 August 2022 to 1 October 2022: days 1 to 60
        Last day counted: 1 October 2022 (Saturday, National Day holiday)
        1 October 2022 to 7 October 2022: National Day holiday, moves on
        Due on 8 October 2022 (Saturday, made a working day, National Day)"#]],
    );
}

#[test]
fn explains_an_extension() {
    check(
        date(2023, 7, 31),
        days(60).extended_by(30),
        expect![[r#"
        起算日2023年7月31日（周一，工作日），当日不计入，自次日起计算
        期限60日，延长30日，合并为90日，自起算日一次计算
        2023年8月1日–10月29日：第1–90日
        期限末日2023年10月29日（周日）
        2023年10月29日：周末，顺延
        到期日2023年10月30日（周一，工作日）"#]],
        expect![[r#"
        Starts on 31 July 2023 (Monday, working day); counting begins the next day
        60 days and an extension of 30: 90 days, counted once from the start
        1 August 2023 to 29 October 2023: days 1 to 90
        Last day counted: 29 October 2023 (Sunday)
        29 October 2023: weekend, moves on
        Due on 30 October 2023 (Monday, working day)"#]],
    );
}

#[test]
fn explains_working_days_around_spring_festival() {
    check(
        date(2026, 2, 12),
        working_days(5),
        expect![[r#"
        起算日2026年2月12日（周四，工作日），当日不计入，自次日起计算
        2026年2月13日：第1个工作日
        2026年2月14日（周六，调休上班）：计入，第2个工作日
        2026年2月15日–2月23日：春节放假，不计入
        2026年2月24日–2月26日：第3–5个工作日
        期限末日2026年2月26日（周四，工作日）
        到期日2026年2月26日（周四，工作日）"#]],
        expect![[r#"
        Starts on 12 February 2026 (Thursday, working day); counting begins the next day
        13 February 2026: working day 1
        14 February 2026 (Saturday, made a working day, Spring Festival): counts, working day 2
        15 February 2026 to 23 February 2026: Spring Festival holiday, not counted
        24 February 2026 to 26 February 2026: working days 3 to 5
        Last day counted: 26 February 2026 (Thursday, working day)
        Due on 26 February 2026 (Thursday, working day)"#]],
    );
}

#[test]
fn explains_a_hearing_inside_the_second_review() {
    let hearing = Interval { first: date(2026, 4, 9), last: date(2026, 4, 10) };
    check(
        date(2026, 3, 10),
        days(30).excluding([hearing]),
        expect![[r#"
        起算日2026年3月10日（周二，工作日），当日不计入，自次日起计算
        2026年3月11日–4月8日：第1–29日
        2026年4月9日–4月10日：依规定不计入期限
        2026年4月11日：第30日
        期限末日2026年4月11日（周六）
        2026年4月11日–4月12日：周末，顺延
        到期日2026年4月13日（周一，工作日）"#]],
        expect![[r#"
        Starts on 10 March 2026 (Tuesday, working day); counting begins the next day
        11 March 2026 to 8 April 2026: days 1 to 29
        9 April 2026 to 10 April 2026: not counted, as the rule says
        11 April 2026: day 30
        Last day counted: 11 April 2026 (Saturday)
        11 April 2026 to 12 April 2026: weekend, moves on
        Due on 13 April 2026 (Monday, working day)"#]],
    );
}

#[test]
fn explains_a_month_without_that_day() {
    check(
        date(2025, 12, 31),
        period(2, Unit::Months),
        expect![[r#"
        起算日2025年12月31日（周三，工作日），当日不计入，自次日起计算
        满2个月，该月没有对应日，以月末日2026年2月28日为准
        期限末日2026年2月28日（周六，调休上班）
        到期日2026年2月28日（周六，调休上班）"#]],
        expect![[r#"
        Starts on 31 December 2025 (Wednesday, working day); counting begins the next day
        2 months later there is no such day; the month ends on 28 February 2026
        Last day counted: 28 February 2026 (Saturday, made a working day, Spring Festival)
        Due on 28 February 2026 (Saturday, made a working day, Spring Festival)"#]],
    );
}

#[test]
fn explains_notice_before_a_hearing() {
    check(
        date(2025, 10, 13),
        period(7, Unit::CalendarDaysBefore),
        expect![[r#"
        起算日2025年10月13日（周一，工作日），当日不计入，自前一日往前计算
        2025年10月12日–10月6日：往前第1–7日
        期限末日2025年10月6日（周一，中秋节放假）
        2025年10月6日：中秋节放假，提前
        2025年10月5日–10月1日：国庆节放假，提前
        到期日2025年9月30日（周二，工作日）"#]],
        expect![[r#"
            Starts on 13 October 2025 (Monday, working day); counting goes back from the day before
            12 October 2025 to 6 October 2025: days 1 to 7 before
            Last day counted: 6 October 2025 (Monday, Mid-autumn Festival holiday)
            6 October 2025: Mid-autumn Festival holiday, moves back
            5 October 2025 to 1 October 2025: National Day holiday, moves back
            Due on 30 September 2025 (Tuesday, working day)"#]],
    );
}

#[test]
fn explains_a_provisional_date() {
    check(
        date(2027, 8, 2),
        days(60),
        expect![[r#"
        起算日2027年8月2日（周一，工作日），当日不计入，自次日起计算
        2027年8月3日–10月1日：第1–60日
        期限末日2027年10月1日（周五，国庆节，法定休假日）
        2027年10月1日–10月3日：国庆节，法定休假日，顺延
        到期日2027年10月4日（周一，工作日），暂定：放假安排尚未公布，公布后重新计算"#]],
        expect![[r#"
        Starts on 2 August 2027 (Monday, working day); counting begins the next day
        3 August 2027 to 1 October 2027: days 1 to 60
        Last day counted: 1 October 2027 (Friday, National Day, statutory holiday)
        1 October 2027 to 3 October 2027: National Day, statutory holiday, moves on
        Due on 4 October 2027 (Monday, working day); provisional: the holidays are not announced yet, and the date will be reckoned again"#]],
    );
}

#[test]
fn explains_day_by_day() {
    let explanation = explain(Calendar::cn(), date(2026, 2, 12), &working_days(2)).unwrap();
    expect![[r#"
        2026-02-12（周四，工作日）：起算日，不计入
        2026-02-13（周五，工作日）：第1个工作日
        2026-02-14（周六，调休上班）：第2个工作日"#]]
    .assert_eq(&explanation.day_lines(Lang::Zh).join("\n"));
    let explanation = explain(Calendar::cn(), date(2026, 4, 30), &days(2)).unwrap();
    expect![[r#"
        2026-04-30 (Thursday, working day): start, not counted
        2026-05-01 (Friday, Labour Day holiday): day 1
        2026-05-02 (Saturday, Labour Day holiday): day 2
        2026-05-03 (Sunday, Labour Day holiday): no working day, moves on
        2026-05-04 (Monday, Labour Day holiday): no working day, moves on
        2026-05-05 (Tuesday, Labour Day holiday): no working day, moves on
        2026-05-06 (Wednesday, working day): due"#]]
    .assert_eq(&explanation.day_lines(Lang::En).join("\n"));
}
