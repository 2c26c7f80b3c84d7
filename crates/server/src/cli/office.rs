//! `huiyin account|rebuild`: keeping an office's database.

use super::Done;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::Context as _;
use casework::OfficialId;
use clap::Args;
use indicatif::ProgressBar;
use std::path::PathBuf;

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// Configuration file (default: huiyin.toml in the working directory, when there is one)
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where everything is kept: sqlite:PATH or postgres://…
    #[arg(long)]
    database: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The login
    login: String,
    /// The official in the directory who logs in with it
    #[arg(long)]
    official: OfficialId,
    #[command(flatten)]
    place: Where,
}

impl Where {
    /// The configuration, with the database named on the command line.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(database) = &self.database {
            config.database.clone_from(database);
        }
        // Only `serve`, `demo` and `import` may make a database; looking at one must not.
        if let Some(path) = config.sqlite_file()
            && !path.exists()
        {
            anyhow::bail!("there is no database {}; name it with --database", path.display());
        }
        Ok(config)
    }

    /// The office, to be changed.
    pub(super) async fn open(&self) -> anyhow::Result<App> {
        let config = self.config()?;
        App::open(&config, Clock::real(&config.time_zone)?).await
    }
}

/// Gives an official a login.
pub(crate) fn account(options: Account) -> anyhow::Result<Done> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).context("read the password from standard input")?;
    block_on(async {
        let app = options.place.open().await?;
        app.set_account(&options.login, options.official, password.trim_end_matches(['\r', '\n'])).await
    })?;
    println!("{} may log in", options.login);
    Ok(Done::Well)
}

/// Makes the lists anew from the events.
pub(crate) fn rebuild(options: &Where) -> anyhow::Result<Done> {
    let bar = ProgressBar::new_spinner().with_message("decisions");
    let report = block_on(async {
        let app = options.open().await?;
        let rules = app.rules()?;
        let progress = |decisions| bar.set_position(decisions);
        Ok(store::verify::rebuild(&app.database, &rules, progress).await?)
    })?;
    bar.finish_and_clear();
    for fault in &report.faults {
        println!("{fault}");
    }
    println!("{} petitions, {} decisions, {} faults", report.petitions, report.decisions, report.n_faults);
    Ok(if report.n_faults == 0 { Done::Well } else { Done::WithFaults })
}

/// Runs work to its end.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(work)
}
