//! Working days, announced and not, and what is wrong with a calendar file.

use casework::calendar::{Calendar, DayKind};
use expect_test::{Expect, expect};
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn kind(on: Date) -> String {
    match Calendar::cn().day(on) {
        DayKind::Working => "working".to_owned(),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::MakeUpWorking(festival) => format!("made up for {}", festival.en),
        DayKind::Holiday(festival) => festival.zh,
        DayKind::ProvisionalHoliday(festival) => format!("{}?", festival.zh),
    }
}

#[test]
fn days_of_note() {
    for (on, expected) in [
        (date(2024, 2, 9), "working"), // 除夕 was no holiday before the amendment of 2024.
        (date(2025, 1, 28), "春节"),
        (date(2020, 1, 31), "春节"), // The late extension.
        (date(2015, 9, 3), "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"),
        (date(2026, 2, 28), "made up for Spring Festival"),
        (date(2023, 12, 30), "weekend"), // Where the two packages differ.
        (date(2026, 3, 7), "weekend"),
        (date(2027, 10, 1), "国庆节?"),
        (date(2027, 10, 4), "working"),
        (date(2027, 2, 6), "weekend"), // 春节 follows the moon: nothing is known about it before the notice.
        (date(1999, 5, 1), "劳动节?"),
    ] {
        assert_eq!(kind(on), expected, "{on}");
    }
}

#[test]
fn announced_years_and_version() {
    let cn = Calendar::cn();
    let years: Vec<i16> = cn.announced_years().map(|(year, _)| year).collect();
    assert_eq!(years, (2004..=2026).collect::<Vec<_>>());
    assert!(cn.is_announced(2026) && !cn.is_announced(2027) && !cn.is_announced(2003));
    assert!(Calendar::weekends_only().is_announced(2199));
    // A changed version means that some legal date may have changed: look before updating it.
    expect!["cn:2026@2025-11-04#09d6f5ca0af5417f"].assert_eq(&cn.version());
    expect!["weekends-only#089f4707b547d35a"].assert_eq(&Calendar::weekends_only().version());
}

#[test]
fn a_new_year_shows_what_it_changes() {
    let year_2027 = r#"
        year = 2027
        issued_at = "2026-11-20"
        source = "invented"
        off = [{ first = "2027-10-01", last = "2027-10-05", zh = "国庆节", en = "National Day" }]
        working = [{ on = "2027-10-09", zh = "国庆节", en = "National Day" }]
    "#;
    let mut files = Calendar::cn_files().to_vec();
    files.push(("2027.toml", year_2027));
    let with = Calendar::parse("cn", &files).unwrap();
    let changed = Calendar::cn().changed_days(&with, date(2026, 1, 1), date(2027, 12, 31));
    let changed: Vec<String> = changed.iter().map(|(on, ..)| on.to_string()).collect();
    expect![
        "2027-01-01 2027-05-01 2027-05-02 2027-10-01 2027-10-02 2027-10-03 2027-10-04 2027-10-05 2027-10-09"
    ]
    .assert_eq(&changed.join(" "));
    assert_ne!(with.version(), Calendar::cn().version());

    files.push(("2027-late.toml", "year = 2027\nsource = \"a later notice\""));
    let later = Calendar::parse("cn", &files).unwrap();
    assert_eq!(later.day(date(2027, 10, 1)), DayKind::Working, "of two files for a year the later one holds");
}

#[test]
fn faults_name_file_and_field() {
    check("year = 2027\nissued_at = \"2026-11-20\"", expect!["2027.toml: line 1: missing field `source`"]);
    check(
        "year = 2027\nsource = \"x\"\nof = []",
        expect![
            "2027.toml: line 3: unknown field `of`, expected one of `year`, `issued_at`, `source`, `notices`, `off`, `working`, `weekend`, `fixed`, `complete`"
        ],
    );
    check(
        "year = 2027\nsource = \" \"",
        expect!["2027.toml: source: says where the days come from; it is empty"],
    );
    check(
        "source = \"x\"\nweekend = [\"saturday\", \"funday\"]",
        expect!["2027.toml: weekend[1]: `funday` is no day of the week"],
    );
    check(
        "source = \"x\"\nweekend = [\"monday\",\"tuesday\",\"wednesday\",\"thursday\",\"friday\",\"saturday\",\"sunday\"]",
        expect!["2027.toml: weekend: leaves no working day"],
    );
    check(
        "source = \"x\"\nfixed = [{ on = \"13-01\", zh = \"a\", en = \"a\" }]",
        expect!["2027.toml: fixed[0].on: `13-01` is no MM-DD date"],
    );
    check(
        &year("off = [{ first = \"2026-12-31\", last = \"2027-01-03\", zh = \"a\", en = \"a\" }]"),
        expect!["2027.toml: off[0].first: 2026-12-31 is not in 2027"],
    );
    check(
        &year("off = [{ first = \"2027-01-03\", last = \"2027-01-01\", zh = \"a\", en = \"a\" }]"),
        expect!["2027.toml: off[0].last: 2027-01-01 is before 2027-01-03"],
    );
    check(
        &year("off = [{ first = \"2027-02-30\", last = \"2027-03-01\", zh = \"a\", en = \"a\" }]"),
        expect![
            "2027.toml: line 3: parsed date is not valid: parameter 'day' for `2027-02` is invalid, must be in range `1..=28`"
        ],
    );
    check(
        &year(
            "off = [{ first = \"2027-01-01\", last = \"2027-01-03\", zh = \"a\", en = \"a\" }]\n\
             working = [{ on = \"2027-01-03\", zh = \"a\", en = \"a\" }]",
        ),
        expect!["2027.toml: working[0].on: 2027-01-03 is named twice"],
    );
    check(
        &year("working = [{ on = \"2027-01-04\", zh = \"a\", en = \"a\" }]"),
        expect!["2027.toml: working[0].on: 2027-01-04 is no weekend day, so it needs no making up"],
    );
    check(&year("complete = true"), expect!["2027.toml: complete: belongs to a file without a `year`"]);
}

fn year(rest: &str) -> String {
    format!("year = 2027\nsource = \"x\"\n{rest}")
}

fn check(text: &str, expected: Expect) {
    let error = Calendar::parse("xx", &[("2027.toml", text)]).expect_err("the file has a fault");
    expected.assert_eq(&error.to_string());
}

#[test]
fn the_ends_of_the_calendar_hold() {
    let cn = Calendar::cn();
    let last = cn.next_working_day(Date::MAX);
    let first = cn.previous_working_day(Date::MIN);
    assert!(last <= Date::MAX && first >= Date::MIN);
    assert_eq!(cn.working_days_between(Date::MAX, Date::MAX), 0);
}

proptest! {
    #[test]
    fn next_and_previous_enclose(days in 0..109_000_i32) {
        let on = date(1900, 1, 1).saturating_add(jiff::Span::new().days(days));
        for calendar in [Calendar::cn(), Calendar::weekends_only()] {
            let (previous, next) = (calendar.previous_working_day(on), calendar.next_working_day(on));
            prop_assert!(previous <= on && on <= next);
            prop_assert!(calendar.is_working_day(previous) && calendar.is_working_day(next));
            prop_assert_eq!(calendar.day(on).is_working(), calendar.is_working_day(on));
            prop_assert_eq!(calendar.is_working_day(on), previous == next);
            prop_assert!(calendar.working_days_between(previous, next) <= 1);
        }
    }
}
