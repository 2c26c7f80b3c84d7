//! `huiyin report annual|briefing`: what the record of a period amounts to, as a petition office reports it upward (Art.41; procedure.md
//! §1.19). It reads and writes nothing but its own file.

use super::Done;
use super::office::{Where, block_on};
use super::verify::progress;
use crate::app::procedures;
use crate::clock::Clock;
use crate::doctor::directory;
use crate::letter::language;
use crate::web::locale::Locale;
use anyhow::{Context as _, ensure};
use casework::act::Aim;
use casework::deadline::Lang;
use casework::directory::{Unit, UnitKind};
use casework::procedure::{LimitRole, Procedure};
use casework::tally::{Span, Step, Tally};
use casework::{Directory, Event, Fact, Name, PetitionId};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use jiff::civil::{Date, date};
use notice::press::press_report;
use notice::report::{Head, Report, Section, Table};
use notice::sheet::Day;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use store::history;
use store::sealed::SEALED;
use store::{Database, Value};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The annual report: matters and their subjects, forwarding, assignment and supervision, time limits, reviews, recommendations
    Annual {
        /// Which year
        #[arg(long)]
        year: i16,
        #[command(flatten)]
        options: Options,
    },
    /// The same of any period, as a briefing
    Briefing {
        /// The first day
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// The last day
        #[arg(long, value_name = "DATE")]
        to: Date,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where it goes: a PDF that is not there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which petition office reports, by its name; needed where there are several
    #[arg(long, value_name = "NAME")]
    office: Option<String>,
    /// In which language: zh or en
    #[arg(long, default_value = "zh", value_parser = lang)]
    language: Lang,
    #[command(flatten)]
    place: Where,
}

/// Whether a matter is one of that office's that came between two days, and not sealed.
const ORDINARY: &str = "select petition_id from matter where petition_id = $1 and office_id = $2 and sealed = 0 and received_on >= $3 and received_on <= $4";
/// Decisions read at once.
const PAGE: i64 = 500;

fn lang(word: &str) -> Result<Lang, String> {
    match word {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        _ => Err("zh or en".to_owned()),
    }
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    let (span, options, year) = match command {
        Command::Annual { year, options } => {
            ensure!((1..=9999).contains(year), "{year} is no year");
            (Span { from: date(*year, 1, 1), to: date(*year, 12, 31) }, options, Some(*year))
        }
        Command::Briefing { from, to, options } => {
            ensure!(from <= to, "the last day, {to}, is before the first, {from}");
            (Span { from: *from, to: *to }, options, None)
        }
    };
    let config = options.place.config()?;
    let today = Clock::real(&config.time_zone)?.today();
    ensure!(span.from <= today, "{} has not come yet", span.from);
    let locale = Locale { lang: options.language };
    let bar = progress();
    let report = block_on(async {
        let database = Database::look(&config.database).await?;
        let directory = directory(&database).await?;
        let office = office(&directory, options.office.as_deref())?;
        let Counted { tally, used, unread } = count(&database, span, office, &bar).await?;
        let written = Written { locale, directory: &directory, tally: &tally, used: &used, unread };
        Ok(written.report(office, year, today))
    })?;
    bar.finish_and_clear();
    let file = press_report(&report)?;
    let shown = options.out.display();
    let mut out = std::fs::File::create_new(&options.out).with_context(|| format!("make {shown}"))?;
    out.write_all(&file).with_context(|| format!("write {shown}"))?;
    println!("{shown}");
    Ok(Done::Well)
}

/// The office of that name, or the only one there is.
fn office<'d>(directory: &'d Directory, name: Option<&str>) -> anyhow::Result<&'d Unit> {
    let all = directory.in_order().into_iter().filter(|unit| unit.kind == UnitKind::PetitionOffice);
    let all: Vec<&Unit> = all.collect();
    let names = || all.iter().map(|unit| unit.name_zh.as_str()).collect::<Vec<&str>>().join(", ");
    match name {
        Some(name) => all
            .iter()
            .find(|unit| unit.name_zh == name || unit.name_en == name)
            .copied()
            .with_context(|| format!("there is no petition office {name}; there are: {}", names())),
        None => match all.as_slice() {
            [one] => Ok(one),
            [] => anyhow::bail!("the directory has no petition office"),
            _ => anyhow::bail!("name one with --office: {}", names()),
        },
    }
}

/// What was counted.
struct Counted {
    tally: Tally,
    /// The procedures that were used.
    used: Vec<Procedure>,
    /// Matters of the office that were sealed once and are not any more.
    unread: usize,
}

/// Counts what the office has, matter by matter.
async fn count(database: &Database, span: Span, office: &Unit, bar: &ProgressBar) -> anyhow::Result<Counted> {
    let procedures = procedures()?;
    let (mut tally, mut used) = (Tally::new(span), BTreeSet::new());
    let mut add = |events: &[Event]| {
        let fixed = events.iter().find_map(|event| {
            if let Fact::ProcedureFixed { procedure, .. } = &event.fact { Some(procedure) } else { None }
        });
        if let Some(procedure) = procedures.iter().find(|procedure| Some(&procedure.id) == fixed) {
            tally.add(procedure, events, Some(office.id));
            used.insert(procedure.id.clone());
        }
    };
    bar.set_message("decisions");
    let mut after = (String::new(), 0);
    let mut matter: Option<(PetitionId, Vec<Event>)> = None;
    let mut closed = BTreeSet::new();
    loop {
        let page = history::page(database, &after, PAGE).await?;
        let Some((id, record)) = page.last() else { break };
        after = (id.to_string(), i64::try_from(record.seq).context("a decision's place")?);
        bar.inc(page.len() as u64);
        for (id, record) in page {
            if record.kind == SEALED {
                closed.insert(id);
            }
            match &mut matter {
                Some((known, events)) if *known == id => events.extend(record.events),
                _ => {
                    if let Some((id, events)) = matter.replace((id, record.events))
                        && !closed.contains(&id)
                    {
                        add(&events);
                    }
                }
            }
        }
    }
    if let Some((id, events)) = matter
        && !closed.contains(&id)
    {
        add(&events);
    }
    // What is sealed now is nobody's to count.
    let mut unread = 0;
    for id in closed {
        let which = [id.to_string(), office.id.to_string(), span.from.to_string(), span.to.to_string()];
        let listed = database.query(ORDINARY, which.into_iter().map(Value::Text).collect()).await?;
        unread += listed.len();
    }
    let used = procedures.into_iter().filter(|procedure| used.contains(&procedure.id)).collect();
    Ok(Counted { tally, used, unread })
}

/// Numbers on their way into sentences and tables.
struct Written<'a> {
    locale: Locale,
    directory: &'a Directory,
    tally: &'a Tally,
    used: &'a [Procedure],
    /// Matters that were sealed once, and whose record this cannot read.
    unread: usize,
}

impl Written<'_> {
    fn say(&self, key: &str) -> String {
        self.locale.say(&format!("report-{key}"))
    }

    /// A table; where there is nothing to count it says so.
    fn table(&self, caption: &str, head: &[String], mut rows: Vec<Vec<String>>) -> Table {
        if rows.is_empty() {
            let blank = head.iter().skip(1).map(|_| "—".to_owned());
            rows.push(std::iter::once(self.say("none")).chain(blank).collect());
        }
        Table::new(caption, head, rows)
    }

    fn report(&self, office: &Unit, year: Option<i16>, made_on: Date) -> Report {
        let Span { from, to } = self.tally.span;
        let to_now = self.locale.date(to.min(made_on));
        let days = [("from", &*self.locale.date(from)), ("to", &*self.locale.date(to)), ("now", &*to_now)];
        let title = match year {
            Some(year) => self.locale.with("report-annual", &[("year", &year.to_string())]),
            None => self.say("briefing"),
        };
        let head = Head {
            language: language(self.locale),
            organ: &self.locale.unit(office),
            title: &title,
            period: &self.locale.with(if to > made_on { "report-so-far" } else { "report-period" }, &days),
            closing: &self.say("internal"),
            date: &self.locale.date(made_on),
            dated: Day { year: made_on.year(), month: made_on.month(), day: made_on.day() },
        };
        Report::new(
            &head,
            vec![
                self.received(year.is_some()),
                self.handled(),
                self.limits(),
                self.answers(),
                self.recommended(),
            ],
        )
    }

    fn received(&self, annual: bool) -> Section {
        let n = self.tally.received().to_string();
        let mut paragraphs = vec![self.locale.with("report-received", &[("n", &n)]), self.say("no-ranking")];
        if self.unread > 0 {
            paragraphs.push(self.locale.with("report-unread", &[("n", &self.unread.to_string())]));
        }
        // The article asks for the annual report.
        let cn = self.used.iter().any(|procedure| procedure.id == *"cn-petition-2022");
        if cn && annual {
            paragraphs.push(self.say("law"));
        }
        let count = self.say("count");
        let kinds = self.used.iter().flat_map(|procedure| &procedure.kinds);
        let mut seen = BTreeSet::new();
        let kinds = kinds.filter_map(|kind| {
            let n = self.tally.kinds.get(&kind.id).filter(|_| seen.insert(&kind.id))?;
            Some((self.locale.label(&kind.name), *n))
        });
        // Without a subject last.
        let (none, some): (Vec<_>, Vec<_>) =
            self.tally.classes.iter().partition(|(class, _)| class.is_none());
        let classes = some.into_iter().chain(none).map(|(class, n)| {
            let name = class.as_ref().map(|class| self.locale.say(&format!("class-{class}")));
            (name.unwrap_or_else(|| self.say("no-class")), *n)
        });
        // As the directory has them, not by how many.
        let units = self.directory.in_order().into_iter();
        let units = units.filter_map(|unit| Some((self.locale.unit(unit), *self.tally.units.get(&unit.id)?)));
        let table = |key: &str, rows: Vec<(String, u64)>| {
            let rows = rows.into_iter().map(|(name, n)| vec![name, n.to_string()]).collect();
            self.table(&self.say(&format!("by-{key}")), &[self.say(key), count.clone()], rows)
        };
        let tables = vec![
            table("kind", kinds.collect()),
            table("class", classes.collect()),
            table("unit", units.collect()),
        ];
        Section::new(&self.say("section-received"), &paragraphs, tables)
    }

    fn steps(&self, key: &str, steps: &[Step]) -> Section {
        let rows = steps.iter().map(|step| {
            let name = match step {
                Step::Forwarded => "forwarded",
                Step::Assigned => "assigned",
                Step::Relayed => "relayed",
                Step::Transferred => "transferred",
                Step::SupervisedByLaw => "supervised-by-law",
                Step::Supervised => "supervised",
                Step::Answered => "answered",
                Step::Upheld => "upheld",
                Step::Changed => "changed",
                Step::Remanded => "remanded",
            };
            vec![self.say(&format!("step-{name}")), self.tally.n(*step).to_string()]
        });
        let heading = self.say(&format!("section-{key}"));
        let caption = self.say(&format!("by-{key}"));
        let table = self.table(&caption, &[self.say("step"), self.say("times")], rows.collect());
        Section::new(&heading, &[], vec![table])
    }

    fn handled(&self) -> Section {
        let (handled, _) = Step::ALL.split_at(6);
        self.steps("handled", handled)
    }

    fn answers(&self) -> Section {
        let (_, answers) = Step::ALL.split_at(6);
        self.steps("answers", answers)
    }

    fn limits(&self) -> Section {
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        let limits = self.used.iter().flat_map(|procedure| &procedure.limits);
        let rows = limits.filter(|limit| limit.role == LimitRole::Duty).filter_map(|limit| {
            let kept = self.tally.limits.get(&limit.id).filter(|_| seen.insert(&limit.id))?;
            let (met, all) = (kept.in_time, kept.in_time + kept.late + kept.owed);
            let numbers = [kept.in_time, kept.late, kept.owed].map(|n| n.to_string());
            Some([vec![self.locale.label(&limit.name)], numbers.to_vec(), vec![share(met, all)]].concat())
        });
        let head = ["limit", "in-time", "late", "owed", "share"].map(|key| self.say(key));
        let table = self.table(&self.say("by-limit"), &head, rows.collect());
        Section::new(&self.say("section-limits"), &[self.say("limits-counted")], vec![table])
    }

    fn recommended(&self) -> Section {
        let rows = [Aim::Improve, Aim::Policy, Aim::Account].map(|aim| {
            let of = self.tally.recommended.get(&aim).copied().unwrap_or_default();
            let numbers = [of.made, of.adopted, of.partly, of.not_adopted, of.waiting()];
            let name = self.locale.word("choice-aim", aim);
            [vec![name], numbers.map(|n| n.to_string()).to_vec()].concat()
        });
        let head = ["recommendation", "made", "adopted", "partly", "not-adopted", "waiting"];
        let table = self.table(&self.say("by-aim"), &head.map(|key| self.say(key)), rows.to_vec());
        Section::new(&self.say("section-recommended"), &[], vec![table])
    }
}

/// A share of all in per cent, half up to two places; a dash where there is nothing to have a share of (procedure.md §3.1).
fn share(part: u64, all: u64) -> String {
    if all == 0 {
        return "—".to_owned();
    }
    let hundredths = (part * 20_000 + all) / (2 * all);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_rounded_half_up_and_nothing_is_no_hundred_per_cent() {
        for (part, all, told) in [
            (0, 0, "—"),
            (0, 3, "0.00%"),
            (3, 3, "100.00%"),
            (1, 3, "33.33%"),
            (2, 3, "66.67%"),
            (1, 80_000, "0.00%"),
            (1, 20_000, "0.01%"),
        ] {
            assert_eq!(share(part, all), told, "{part} of {all}");
        }
    }
}
