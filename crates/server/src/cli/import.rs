//! `huiyin import`: reads a table of messages into an office.

use super::Done;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::import;
use anyhow::{Context as _, bail};
use casework::{Directory, Name, UnitId};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// CSV in UTF-8 with a header line
    file: PathBuf,
    /// The office that receives the petitions: its Chinese name or its id
    #[arg(long)]
    office: String,
    /// Which column is which, for headers that are not known: title=标题,body=内容,received_on=日期
    #[arg(long)]
    map: Option<String>,
    /// Kind of the petitions, a name of the procedure
    #[arg(long, default_value = "claim")]
    kind: String,
    /// Configuration file (default: huiyin.toml in the working directory, when there is one)
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where everything is kept: sqlite:PATH or postgres://…
    #[arg(long)]
    database: Option<String>,
}

/// Imports, and prints what became of the rows.
pub(crate) fn run(options: Options) -> anyhow::Result<Done> {
    let mut config = Config::load(options.config.as_deref())?;
    if let Some(database) = options.database {
        config.database = database;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let list = import::refused_file(&options.file);
    let summary = runtime.block_on(async {
        let app = Arc::new(App::open(&config, Clock::real(&config.time_zone)?).await?);
        let office = office(&app.directory(), &options.office)?;
        let (file, map) = (options.file, options.map);
        import::run(&app, &import::Options { file, map, office, kind: Name::new(options.kind) }).await
    })?;
    println!("{} taken, {} known before, {} refused", summary.taken, summary.known, summary.refused);
    if summary.refused > 0 {
        println!("refused rows with line and reason: {}", list.display());
    }
    if summary.interrupted {
        bail!("interrupted; run the same command again to go on, nothing comes in twice");
    }
    Ok(if summary.refused > 0 { Done::WithFaults } else { Done::Well })
}

fn office(directory: &Directory, asked: &str) -> anyhow::Result<UnitId> {
    let unit =
        directory.in_order().into_iter().find(|unit| unit.name_zh == asked || unit.id.to_string() == asked);
    unit.map(|unit| unit.id).with_context(|| format!("--office: the directory has no unit {asked:?}"))
}
