//! `huiyin bench`: figures of this machine, printed beside what the bare database does.

use super::Done;
use crate::bench::{self, Bench, Figure};
use anyhow::Context as _;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure (default: everything)
    #[arg(value_enum)]
    benches: Vec<Bench>,
    /// A PostgreSQL server to measure on, postgres://…/any-database: databases of the bench's own are made beside it
    /// and dropped (default: SQLite files in the temporary folder)
    #[arg(long)]
    database: Option<String>,
    /// Petitions in the database whose inbox and cases are measured
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    petitions: u32,
    /// Seconds of load for each figure
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// One JSON object a line: name, rate, p50_ms, p99_ms, baseline, ratio
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
pub(crate) fn run(options: Options) -> anyhow::Result<Done> {
    let asked = bench::Options {
        database: options.database,
        petitions: usize::try_from(options.petitions)?,
        seconds: options.seconds,
    };
    if !options.json {
        println!(
            "{:<18} {:>12} {:>9} {:>9} {:>12} {:>7}",
            "name", "rate/s", "p50 ms", "p99 ms", "baseline/s", "ratio"
        );
    }
    let say = |figure: &Figure| match serde_json::to_string(figure) {
        Ok(line) if options.json => println!("{line}"),
        _ => println!(
            "{:<18} {:>12.0} {:>9.2} {:>9.2} {:>12.0} {:>7.3}",
            figure.name, figure.rate, figure.p50_ms, figure.p99_ms, figure.baseline, figure.ratio
        ),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(bench::run(&options.benches, &asked, say))?;
    Ok(Done::Well)
}
