//! `huiyin bench`: how fast this machine serves an office, measured against a server of its own over real HTTP, beside
//! what the bare database does in the same run.
//!
//! Nothing here passes or fails: a figure is printed with its baseline, because machines differ and are noisy.

mod copies;
mod corpus;
mod intake;
mod letters;
mod lists;
mod load;
mod log;
mod server;
mod sweep;
mod verify;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::Context as _;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is measured, and how hard.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// A PostgreSQL server, named by any of its databases; `None` makes SQLite files in the temporary folder.
    pub(crate) database: Option<String>,
    /// Petitions in the corpus of the lists.
    pub(crate) petitions: usize,
    /// Length of one measurement.
    pub(crate) seconds: u64,
}

/// One of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Bench {
    /// Durable submissions through the JSON API: 600 characters, 64 connections
    Intake,
    /// A unit's inbox with filters, 32 connections
    Inbox,
    /// A case at the desk, 32 connections
    Case,
    /// The timer over 100,000 running deadlines, 1,000 of them missed
    Sweep,
    /// What the log and the journal cost an intake, beside the same intake without them
    Log,
    /// 1,000 letters issued, and the intake beside them
    Letters,
    /// `huiyin verify` over as many decisions as --petitions names, and its memory
    Verify,
}

/// One line of the result (keys as in architecture §10.39).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// So many a second.
    pub(crate) rate: f64,
    /// Half of them took no longer, in milliseconds.
    pub(crate) p50_ms: f64,
    /// All but one in a hundred took no longer, in milliseconds.
    pub(crate) p99_ms: f64,
    /// What the bare database did a second in the same run, with the same rows; 0 where nothing compares.
    pub(crate) baseline: f64,
    /// `rate` by `baseline`.
    pub(crate) ratio: f64,
}

impl Figure {
    /// A figure from how long each took, and how long all of them.
    fn new(name: impl Into<String>, took: &mut [Duration], whole: Duration, baseline: f64) -> Figure {
        took.sort_unstable();
        let at = |share: f64| -> f64 {
            let last = took.len().saturating_sub(1);
            // Shares of a few thousand measurements: far from what a float cannot hold.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ share ≤ 1")]
            let index = (last as f64 * share).round() as usize;
            took.get(index).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
        };
        let rate = took.len() as f64 / whole.as_secs_f64();
        let ratio = if baseline > 0.0 { rate / baseline } else { 0.0 };
        Figure { name: name.into(), rate, p50_ms: at(0.5), p99_ms: at(0.99), baseline, ratio }
    }
}

/// Where a measurement happens: a folder, a database in it or beside it, a configuration.
pub(crate) struct Place {
    folder: PathBuf,
    config: Config,
    config_file: PathBuf,
}

impl Place {
    /// A new folder with a configuration; the database is the one given, or a file in the folder.
    fn new(name: &str, database: Option<&str>) -> anyhow::Result<Place> {
        let folder = std::env::temp_dir().join(format!("huiyin-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        let file = folder.join("bench.sqlite3");
        let mut table = toml::Table::new();
        let database = database.map_or_else(|| format!("sqlite:{}", file.display()), str::to_owned);
        table.insert("database".to_owned(), database.into());
        table.insert("key_file".to_owned(), folder.join("bench.key").display().to_string().into());
        table.insert("journal_folder".to_owned(), folder.join("journal").display().to_string().into());
        table.insert("listen".to_owned(), "127.0.0.1:0".into());
        table.insert("secure_cookies".to_owned(), false.into());
        table.insert("front_office".to_owned(), "望湖区信访局".into());
        table.insert("second_factor".to_owned(), false.into());
        // The timer would be measured along.
        table.insert("timer_seconds".to_owned(), 86_400.into());
        let config_file = folder.join("huiyin.toml");
        std::fs::write(&config_file, table.to_string())
            .with_context(|| format!("write {}", config_file.display()))?;
        Ok(Place { config: Config::load(Some(&config_file))?, config_file, folder })
    }

    async fn open(&self) -> anyhow::Result<Arc<App>> {
        Ok(Arc::new(App::open(&self.config, Clock::real(&self.config.time_zone)?).await?))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

/// Measures what is asked, one after the other; `say` is called with each figure as it is known.
///
/// # Errors
/// When a database is not empty, or something breaks; figures already said stay true.
pub(crate) async fn run(
    benches: &[Bench],
    options: &Options,
    mut say: impl FnMut(&Figure),
) -> anyhow::Result<()> {
    let asked = |bench: Bench| benches.is_empty() || benches.contains(&bench);
    if asked(Bench::Intake) {
        let measured = intake::measure(options).await;
        drop_own(options, "intake").await?;
        measured?.iter().for_each(&mut say);
    }
    if asked(Bench::Sweep) {
        let measured = sweep::measure(options).await;
        drop_own(options, "sweep").await?;
        measured?.iter().for_each(&mut say);
    }
    if asked(Bench::Log) {
        let measured = log::measure(options).await;
        for name in log::WAYS {
            drop_own(options, name).await?;
        }
        measured?.iter().for_each(&mut say);
    }
    if asked(Bench::Letters) {
        let measured = letters::measure(options).await;
        drop_own(options, "letters").await?;
        measured?.iter().for_each(&mut say);
    }
    if asked(Bench::Verify) {
        let measured = verify::measure(options).await;
        drop_own(options, "verify").await?;
        measured?.iter().for_each(&mut say);
    }
    if asked(Bench::Inbox) || asked(Bench::Case) {
        let measured = lists::measure(options, asked(Bench::Inbox), asked(Bench::Case)).await;
        drop_own(options, "lists").await?;
        measured?.iter().for_each(&mut say);
    }
    Ok(())
}

/// Drops the database of a measurement, also after one that failed.
async fn drop_own(options: &Options, name: &str) -> anyhow::Result<()> {
    if let Some(given) = &options.database {
        store::bare::drop_database(given, &own_name(name)).await?;
    }
    Ok(())
}

fn own_name(name: &str) -> String {
    format!("huiyin_bench_{}_{name}", std::process::id())
}

/// The database of one measurement: on PostgreSQL a new one beside the one named, in the same server.
async fn own_database(options: &Options, name: &str) -> anyhow::Result<Option<String>> {
    let Some(given) = &options.database else { return Ok(None) };
    if !given.starts_with("postgres") {
        anyhow::bail!("bench makes its own SQLite files; give --database postgres://… or nothing");
    }
    let own = own_name(name);
    store::bare::create_database(given, &own).await?;
    let (server, _) = given.rsplit_once('/').context("the address names no database")?;
    Ok(Some(format!("{server}/{own}")))
}
