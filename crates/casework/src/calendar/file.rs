//! Reading calendar files: TOML in, bits out, every fault with its file and field.

use super::{Calendar, Festival, Year, weekday_bit};
use jiff::civil::{Date, Weekday};
use serde::Deserialize;

/// A calendar file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: {problem}")]
pub struct CalendarError {
    /// The file's name as it was given.
    pub file: String,
    /// The field, for instance `off[3].last`, or `line 7` when the file is not TOML of the expected shape.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// One file: a year (`year`, `off`, `working`) or what holds without one (`weekend`, `fixed`, `complete`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Option<i16>,
    issued_at: Option<Date>,
    source: String,
    #[serde(default, rename = "notices")]
    _notices: Vec<String>,
    #[serde(default)]
    off: Vec<Off>,
    #[serde(default)]
    working: Vec<Working>,
    weekend: Option<Vec<String>>,
    #[serde(default)]
    fixed: Vec<Fixed>,
    #[serde(default)]
    complete: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Off {
    first: Date,
    last: Date,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Working {
    on: Date,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    /// `MM-DD`
    on: String,
    zh: String,
    en: String,
}

/// Where in the files we are, for errors.
#[derive(Clone, Copy)]
struct Place<'a>(&'a str);

impl Place<'_> {
    fn error(self, field: impl Into<String>, problem: impl Into<String>) -> CalendarError {
        CalendarError { file: self.0.to_owned(), field: field.into(), problem: problem.into() }
    }
}

pub(super) fn parse(id: &str, files: &[(&str, &str)]) -> Result<Calendar, CalendarError> {
    let mut calendar = Calendar {
        id: id.to_owned(),
        weekend: weekday_bit(Weekday::Saturday) | weekday_bit(Weekday::Sunday),
        complete: false,
        fixed: Vec::new(),
        years: Vec::new(),
        festivals: Vec::new(),
        version: String::new(),
    };
    let mut years = Vec::new();
    for (name, text) in files {
        let place = Place(name);
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            place.error(format!("line {}", before.matches('\n').count() + 1), error.message())
        })?;
        if file.source.trim().is_empty() {
            return Err(place.error("source", "says where the days come from; it is empty"));
        }
        match file.year {
            Some(year) => years.push((place, year, file)),
            None => add_rest(&mut calendar, place, file)?,
        }
    }
    // Years come after the weekend is known, whatever the order of the files.
    for (place, year, file) in years {
        let year = read_year(&mut calendar, place, year, file)?;
        match calendar.years.binary_search_by_key(&year.year, |year| year.year) {
            Ok(at) => {
                calendar.years.remove(at);
                calendar.years.insert(at, year);
            }
            Err(at) => calendar.years.insert(at, year),
        }
    }
    calendar.version = version(&calendar);
    Ok(calendar)
}

/// A file without a year: weekend, statutory days, completeness.
fn add_rest(calendar: &mut Calendar, place: Place<'_>, file: File) -> Result<(), CalendarError> {
    for (field, given) in [
        ("off", !file.off.is_empty()),
        ("working", !file.working.is_empty()),
        ("issued_at", file.issued_at.is_some()),
    ] {
        if given {
            return Err(place.error(field, "belongs to a file with a `year`"));
        }
    }
    if let Some(names) = file.weekend {
        calendar.weekend = 0;
        for (at, name) in names.iter().enumerate() {
            let day = weekday(name).ok_or_else(|| {
                place.error(format!("weekend[{at}]"), format!("`{name}` is no day of the week"))
            })?;
            calendar.weekend |= weekday_bit(day);
        }
        if calendar.weekend == 0b111_1111 {
            return Err(place.error("weekend", "leaves no working day"));
        }
    }
    for (at, fixed) in file.fixed.into_iter().enumerate() {
        let (month, day) = month_and_day(&fixed.on).ok_or_else(|| {
            place.error(format!("fixed[{at}].on"), format!("`{}` is no MM-DD date", fixed.on))
        })?;
        let festival = intern(calendar, Festival { zh: fixed.zh, en: fixed.en });
        calendar.fixed.push((month, day, festival));
    }
    calendar.complete |= file.complete;
    Ok(())
}

fn read_year(
    calendar: &mut Calendar,
    place: Place<'_>,
    number: i16,
    file: File,
) -> Result<Year, CalendarError> {
    for (field, given) in
        [("weekend", file.weekend.is_some()), ("fixed", !file.fixed.is_empty()), ("complete", file.complete)]
    {
        if given {
            return Err(place.error(field, "belongs to a file without a `year`"));
        }
    }
    let first = Date::new(number, 1, 1).map_err(|_| place.error("year", format!("{number} is no year")))?;
    let mut year = Year { year: number, issued_at: file.issued_at, working: [0; 6], named: Vec::new() };
    for date in first.series(jiff::Span::new().days(1)).take_while(|date| date.year() == number) {
        year.set_working(date.day_of_year(), !calendar.is_weekend(date));
    }
    for (at, off) in file.off.into_iter().enumerate() {
        for (field, date) in [("first", off.first), ("last", off.last)] {
            if date.year() != number {
                return Err(place.error(format!("off[{at}].{field}"), format!("{date} is not in {number}")));
            }
        }
        if off.last < off.first {
            return Err(
                place.error(format!("off[{at}].last"), format!("{} is before {}", off.last, off.first))
            );
        }
        let festival = intern(calendar, Festival { zh: off.zh, en: off.en });
        for date in off.first.series(jiff::Span::new().days(1)).take_while(|date| *date <= off.last) {
            name(&mut year, date, festival).map_err(|problem| place.error(format!("off[{at}]"), problem))?;
            year.set_working(date.day_of_year(), false);
        }
    }
    for (at, working) in file.working.into_iter().enumerate() {
        let on = working.on;
        let fault = if on.year() != number {
            Some(format!("{on} is not in {number}"))
        } else if calendar.is_weekend(on) {
            None
        } else {
            Some(format!("{on} is no weekend day, so it needs no making up"))
        };
        if let Some(problem) = fault {
            return Err(place.error(format!("working[{at}].on"), problem));
        }
        let festival = intern(calendar, Festival { zh: working.zh, en: working.en });
        name(&mut year, on, festival).map_err(|problem| place.error(format!("working[{at}].on"), problem))?;
        year.set_working(on.day_of_year(), true);
    }
    Ok(year)
}

/// Names a day once; a second name is a contradiction.
fn name(year: &mut Year, date: Date, festival: usize) -> Result<(), String> {
    let day = date.day_of_year();
    match year.named.binary_search_by_key(&day, |(day, _)| *day) {
        Ok(_) => Err(format!("{date} is named twice")),
        Err(at) => {
            year.named.insert(at, (day, festival));
            Ok(())
        }
    }
}

fn intern(calendar: &mut Calendar, festival: Festival) -> usize {
    calendar.festivals.iter().position(|known| *known == festival).unwrap_or_else(|| {
        calendar.festivals.push(festival);
        calendar.festivals.len() - 1
    })
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let date = Date::new(2024, month.parse().ok()?, day.parse().ok()?).ok()?; // A leap year: 02-29 is a day.
    Some((date.month(), date.day()))
}

/// The version of the whole: FNV-1a over every day's meaning. It detects change; it does not authenticate.
pub(super) fn version(calendar: &Calendar) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&[calendar.weekend, u8::from(calendar.complete)]);
    for (month, day, festival) in &calendar.fixed {
        add(&month.to_be_bytes());
        add(&day.to_be_bytes());
        add(calendar.festivals.get(*festival).map(|festival| festival.zh.as_bytes()).unwrap_or_default());
    }
    for year in &calendar.years {
        add(&year.year.to_be_bytes());
        year.working.iter().for_each(|word| add(&word.to_be_bytes()));
        for (day, festival) in &year.named {
            add(&day.to_be_bytes());
            add(calendar.festivals.get(*festival).map(|festival| festival.zh.as_bytes()).unwrap_or_default());
        }
    }
    let last = match calendar.years.last() {
        Some(Year { year, issued_at: Some(issued_at), .. }) => format!(":{year}@{issued_at}"),
        Some(Year { year, issued_at: None, .. }) => format!(":{year}"),
        None => String::new(),
    };
    format!("{}{last}#{hash:016x}", calendar.id)
}
