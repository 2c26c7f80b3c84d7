//! What holds for every period from every date.

use casework::calendar::Calendar;
use casework::deadline::{Due, Interval, Lang, Period, Roll, Step, Unit, compute, explain, warnings};
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn any_interval() -> impl Strategy<Value = Interval> {
    (any_date(), 0..12_i32).prop_map(|(first, days)| Interval { first, last: plus(first, days) })
}

fn any_period() -> impl Strategy<Value = Period> {
    let unit = prop_oneof![
        Just(Unit::CalendarDays),
        Just(Unit::WorkingDays),
        Just(Unit::Months),
        Just(Unit::CalendarDaysBefore)
    ];
    let roll = prop_oneof![Just(Roll::None), Just(Roll::NextWorkingDay), Just(Roll::PreviousWorkingDay)];
    (0..100_u32, unit, 0..40_u32, roll, proptest::collection::vec(any_interval(), 0..4)).prop_map(
        |(length, unit, extension_days, roll, excluded)| Period {
            length,
            unit,
            extension_days,
            roll,
            excluded,
        },
    )
}

/// Close together, so that excluded days and holidays are often met; beyond 2026 too.
fn any_date() -> impl Strategy<Value = Date> {
    (0..900_i32).prop_map(|days| plus(date(2025, 1, 1), days))
}

fn plus(on: Date, days: i32) -> Date {
    on.saturating_add(jiff::Span::new().days(days))
}

fn due(from: Date, period: &Period) -> Due {
    compute(Calendar::cn(), from, period).unwrap()
}

/// Day by day, as a clerk with a wall calendar would do it.
fn by_hand(from: Date, period: &Period) -> Date {
    let step = if period.unit == Unit::CalendarDaysBefore { -1 } else { 1 };
    let mut left = period.length + period.extension_days;
    let mut on = from;
    while left > 0 {
        on = plus(on, step);
        let excluded = period.excluded.iter().any(|interval| interval.first <= on && on <= interval.last);
        let works = period.unit != Unit::WorkingDays || Calendar::cn().is_working_day(on);
        left -= u32::from(works && !excluded);
    }
    on
}

proptest! {
    #[test]
    fn agrees_with_counting_by_hand(from in any_date(), period in any_period()) {
        if period.unit != Unit::Months {
            prop_assert_eq!(due(from, &period).raw_due_on, by_hand(from, &period));
        }
    }

    #[test]
    fn rolling_goes_one_way_and_ends_on_a_working_day(from in any_date(), period in any_period()) {
        let due = due(from, &period);
        match period.roll {
            Roll::None => prop_assert_eq!(due.due_on, due.raw_due_on),
            Roll::NextWorkingDay => {
                prop_assert!(due.due_on >= due.raw_due_on);
                prop_assert!(Calendar::cn().is_working_day(due.due_on));
            }
            Roll::PreviousWorkingDay => {
                prop_assert!(due.due_on <= due.raw_due_on);
                prop_assert!(Calendar::cn().is_working_day(due.due_on));
            }
        }
    }

    #[test]
    fn longer_is_never_earlier(from in any_date(), period in any_period(), more in 1..30_u32) {
        let later = |short: Date, long: Date| {
            if period.unit == Unit::CalendarDaysBefore { long <= short } else { long >= short }
        };
        let base = due(from, &period);
        let longer = due(from, &Period { length: period.length + more, ..period.clone() });
        let extended = due(from, &period.clone().extended_by(period.extension_days + more));
        for other in [longer, extended] {
            prop_assert!(later(base.raw_due_on, other.raw_due_on) && later(base.due_on, other.due_on));
        }
    }

    #[test]
    fn extending_equals_one_longer_period(from in any_date(), period in any_period()) {
        if period.unit != Unit::Months {
            let length = period.length + period.extension_days;
            let one = Period { length, extension_days: 0, ..period.clone() };
            prop_assert_eq!(due(from, &period), due(from, &one));
        }
    }

    #[test]
    fn an_explanation_ends_where_the_deadline_does(from in any_date(), period in any_period()) {
        let due = due(from, &period);
        let explanation = explain(Calendar::cn(), from, &period).unwrap();
        prop_assert_eq!(explanation.due, due);
        prop_assert_eq!(explanation.days.last().unwrap().on, due.due_on);
        let ends = matches!(explanation.steps.last(), Some(Step::Due { on, .. }) if *on == due.due_on);
        prop_assert!(ends);
        let raw = explanation.steps.iter().any(|step| matches!(step, Step::RawLastDay { on, .. } if *on == due.raw_due_on));
        prop_assert!(raw);
        prop_assert_eq!(explanation.lines(Lang::Zh).len(), explanation.lines(Lang::En).len());
    }

    #[test]
    fn warnings_are_in_order_and_in_time(from in any_date(), days in 0..200_i32) {
        let due = plus(from, days);
        let warnings = warnings(Calendar::cn(), from, due);
        prop_assert!(warnings.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(warnings.iter().all(|on| *on > from && *on <= due));
        prop_assert_eq!(warnings.last().copied(), (days > 0).then_some(due));
    }
}
