//! `huiyin deadline explain|check`: any limit from any date, day by day; a table of worked dates against the engine.

use super::{Done, Language, procedure};
use anyhow::{Context as _, bail};
use casework::Name;
use casework::calendar::Calendar;
use casework::deadline::{Interval, Period, compute, explain};
use clap::Subcommand;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain the last day of a limit: start, days skipped or made up, extension, suspension, roll
    Explain {
        /// The limit as the procedure names it (handle, dispatch …) or codes it (K4)
        limit: String,
        /// The day of the start event, 2026-03-02
        #[arg(long)]
        from: Date,
        /// Days of extension, counted as one period with the limit
        #[arg(long, default_value_t = 0)]
        extend: u32,
        /// Days that do not count, FIRST/LAST; may be repeated
        #[arg(long = "exclude", value_name = "FIRST/LAST")]
        excluded: Vec<String>,
        /// The procedure: a file, or the name of a shipped one
        #[arg(long, default_value = "cn-petition-2022")]
        procedure: PathBuf,
        /// Print every day instead of ranges
        #[arg(long)]
        days: bool,
        /// Language of the explanation
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
    },
    /// Compare a CSV of worked deadlines with the engine; exit 0 only when all agree
    ///
    /// Columns: id, start_date, unit, length, extension, excluded, roll, calendar, raw_last_day, expected_due.
    Check {
        /// The table
        file: PathBuf,
    },
}

/// Carries out the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    match command {
        Command::Explain { limit, from, extend, excluded, procedure, days, lang } => {
            let procedure = procedure::read(procedure)?;
            let name = Name::from(limit.as_str());
            let Some(limit) = procedure.limit(&name).or_else(|| {
                procedure
                    .limits
                    .iter()
                    .find(|known| !known.code.is_empty() && known.code.eq_ignore_ascii_case(limit))
            }) else {
                let known: Vec<&str> = procedure.limits.iter().map(|limit| limit.id.as_str()).collect();
                bail!("{} has no limit {limit:?}; it has {}", procedure.id, known.join(", "));
            };
            let calendar = Calendar::named(&procedure.calendar)
                .with_context(|| format!("there is no calendar {:?}", procedure.calendar))?;
            if *extend > limit.extension_days {
                match limit.extension_days {
                    0 => bail!("{} cannot be extended ({})", limit.id, limit.basis),
                    most => bail!("{} can be extended by at most {most} days ({})", limit.id, limit.basis),
                }
            }
            if !excluded.is_empty() && limit.excludes.is_empty() {
                bail!("no days are left out of {} ({})", limit.id, limit.basis);
            }
            let excluded = excluded.iter().map(|text| interval(text)).collect::<anyhow::Result<Vec<_>>>()?;
            let period =
                Period::new(limit.length, limit.unit, limit.roll).extended_by(*extend).excluding(excluded);
            let explanation = explain(calendar, *from, &period)?;
            let lang = (*lang).into();
            let label = match lang {
                casework::deadline::Lang::Zh => &limit.name.zh,
                casework::deadline::Lang::En => &limit.name.en,
            };
            println!("{} {label} ({})", limit.id, limit.basis);
            let lines = if *days { explanation.day_lines(lang) } else { explanation.lines(lang) };
            for line in lines {
                println!("{line}");
            }
            Ok(Done::Well)
        }
        Command::Check { file } => check(file),
    }
}

fn interval(text: &str) -> anyhow::Result<Interval> {
    let (first, last) =
        text.split_once('/').with_context(|| format!("{text:?} is no interval; write FIRST/LAST"))?;
    let interval = Interval {
        first: first.parse().with_context(|| format!("{first:?} is no date"))?,
        last: last.parse().with_context(|| format!("{last:?} is no date"))?,
    };
    if interval.last < interval.first {
        bail!("{text:?} ends before it begins");
    }
    Ok(interval)
}

/// Prints each mismatch, and how many agree.
fn check(file: &Path) -> anyhow::Result<Done> {
    let mut reader = csv::Reader::from_path(file).with_context(|| format!("read {}", file.display()))?;
    let headers = reader.headers().with_context(|| format!("read the header of {}", file.display()))?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .with_context(|| format!("{} has no column {name}", file.display()))
    };
    let columns = [
        column("id")?,
        column("start_date")?,
        column("unit")?,
        column("length")?,
        column("extension")?,
        column("excluded")?,
        column("roll")?,
        column("calendar")?,
        column("raw_last_day")?,
        column("expected_due")?,
    ];
    let (mut agree, mut all) = (0_u64, 0_u64);
    for (index, record) in reader.records().enumerate() {
        let line = index + 2;
        let record = record.with_context(|| format!("{} row {line}", file.display()))?;
        let [id, from, unit, length, extension, excluded, roll, calendar, raw, due] =
            columns.map(|column| record.get(column).unwrap_or_default().trim());
        all += 1;
        let computed = (|| -> anyhow::Result<_> {
            let period = Period::from_columns(unit, length, extension, excluded, roll)?;
            let from: Date = from.parse().with_context(|| format!("start_date {from:?}"))?;
            let calendar = Calendar::named(calendar).with_context(|| format!("no calendar {calendar:?}"))?;
            Ok(compute(calendar, from, &period)?)
        })();
        match computed {
            Ok(found) if found.raw_due_on.to_string() == raw && found.due_on.to_string() == due => agree += 1,
            Ok(found) => println!(
                "row {line} {id}: expected last day {raw}, due {due}; computed {}, {}",
                found.raw_due_on, found.due_on
            ),
            Err(error) => println!("row {line} {id}: {error:#}"),
        }
    }
    println!("{agree} of {all} agree");
    Ok(if agree == all { Done::Well } else { Done::WithFaults })
}
