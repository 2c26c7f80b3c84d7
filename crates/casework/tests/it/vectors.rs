//! The worked examples that stand outside the project, row by row. Absent files are a failure, not a skip.

use casework::calendar::{Calendar, DayKind};
use casework::codes::{
    AccessCode, CodeError, CreditCode, IdNumber, OrganisationCode, Phone, RegisterNumber, province_exists,
};
use casework::deadline::{Period, compute, explain, is_in_time};
use jiff::civil::{Date, date};
use std::collections::BTreeMap;

/// The rows of a table as column → value.
fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/{}"), name);
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{path}: {error}"))).collect()
}

fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn deadlines() {
    let rows = rows("deadlines.csv");
    assert!(rows.len() >= 55, "only {} rows", rows.len());
    for row in rows {
        let id = &row["id"];
        let calendar = Calendar::named(&row["calendar"]).unwrap();
        let period = Period::from_columns(
            &row["unit"],
            &row["length"],
            &row["extension"],
            &row["excluded"],
            &row["roll"],
        )
        .unwrap_or_else(|error| panic!("{id}: {error}"));
        let from = day(&row["start_date"]);
        let due = compute(calendar, from, &period).unwrap();
        assert_eq!(due.raw_due_on, day(&row["raw_last_day"]), "{id} raw");
        assert_eq!(due.due_on, day(&row["expected_due"]), "{id} due");
        assert_eq!(format!("{:?}", due.due_on.weekday())[..3], row["due_weekday"], "{id} weekday");
        assert!(!due.provisional, "{id} provisional");
        assert_eq!(explain(calendar, from, &period).unwrap().due, due, "{id} explanation");
    }
}

#[test]
fn timeliness() {
    for row in rows("timeliness.csv") {
        let due_on = day(&row["expected_due"]);
        let acted_on = day(row["act_at"].split_once('T').unwrap().0); // The table writes local time, +08:00.
        let posted_on = Some(row["posted_at"].as_str()).filter(|at| !at.is_empty()).map(day);
        assert_eq!(is_in_time(due_on, acted_on, posted_on), row["expected_timely"] == "true", "{row:?}");
    }
}

#[test]
fn codes() {
    let today = date(2026, 3, 1);
    for row in rows("codes.csv") {
        let value = &row["value"];
        let outcome: Result<(), CodeError> = match row["kind"].as_str() {
            "gb11643" => IdNumber::parse(value, today).map(|number| {
                assert!(province_exists(number.division()));
                assert_eq!(number.as_str(), value.to_uppercase());
            }),
            "gb11643_checkonly" => IdNumber::parse(value, today).map(|number| {
                assert!(!province_exists(number.division()), "{value}: the division must be unknown");
            }),
            "gb32100" => CreditCode::parse(value).map(|code| {
                assert!(code.organisation().is_some(), "{value}");
            }),
            "gb11714" => OrganisationCode::parse(value).map(drop),
            "phone_cn" => Phone::parse(value).map(|phone| {
                let digits: String = value.trim_start_matches("+86").replace('-', "");
                assert_eq!(phone.as_str(), digits);
            }),
            "petition_no" => RegisterNumber::parse(value).map(|number| assert_eq!(&number.digits(), value)),
            other => panic!("unknown kind {other}"),
        };
        assert_eq!(outcome.is_ok(), row["valid"] == "True", "{row:?}: {outcome:?}");
        assert!(AccessCode::parse(value).is_err(), "{value} is no access code");
    }
}

#[test]
fn holidays() {
    let cn = Calendar::cn();
    let listed: BTreeMap<Date, (String, String)> = rows("cn_holidays_2022_2026.csv")
        .into_iter()
        .map(|row| (day(&row["date"]), (row["kind"].clone(), row["festival"].clone())))
        .collect();
    let every_day = date(2022, 1, 1).series(jiff::Span::new().days(1)).take_while(|on| on.year() <= 2026);
    for on in every_day {
        let ours = match cn.day(on) {
            DayKind::Working | DayKind::Weekend => None,
            DayKind::Holiday(festival) => Some(("off".to_owned(), festival.en)),
            DayKind::MakeUpWorking(festival) => Some(("work".to_owned(), festival.en)),
            DayKind::ProvisionalHoliday(_) => panic!("{on} is provisional"),
        };
        match (ours, listed.get(&on)) {
            (None, None) => {}
            (Some((kind, _)), Some((listed, _))) => assert_eq!(&kind, listed, "{on}"),
            // The one place where the sources differ: a weekend either way (scripts/calendars.py).
            (None, Some((kind, _))) => assert!(kind == "off" && !cn.is_working_day(on), "{on} {kind}"),
            (Some(ours), None) => panic!("{on} {ours:?} is not listed"),
        }
    }
}
