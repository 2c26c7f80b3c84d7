//! `huiyin init|migrate|account|rebuild`: setting an office up, and keeping its database.

use super::Done;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::Context as _;
use casework::directory::{Official, Role};
use casework::{Directory, OfficialId};
use clap::Args;
use indicatif::ProgressBar;
use std::path::PathBuf;
use store::seal::Suite;

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
pub(crate) struct Init {
    /// Units and officials as JSON; among them a system, a security and an audit administrator
    #[arg(long)]
    directory: PathBuf,
    /// What everything is encrypted with, for good: intl (XChaCha20-Poly1305), or gm (SM4-GCM, SM3; uncertified)
    #[arg(long, default_value = "intl", value_parser = suite)]
    suite: Suite,
    /// Configuration file (default: huiyin.toml in the working directory, when there is one)
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The account under which the program serves: it gets what it needs of the tables, and loses what else it had there
    #[arg(long, value_name = "ACCOUNT")]
    grant_to: Option<String>,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The login: 3 to 40 small letters, digits, dots, hyphens or underscores
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

/// Brings the schema up to date and gives the program's account its rights (SCOPE-7). Asks as whoever the address names,
/// which with two accounts is the owner.
pub(crate) fn migrate(options: &Migrate) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    block_on(async { Ok(store::Database::migrate(&config.database, options.grant_to.as_deref()).await?) })?;
    println!("the database is of schema {}", store::known_schema());
    if let Some(account) = &options.grant_to {
        println!(
            "{account} has what the program needs; `huiyin doctor`, asked with it, tells what else it may do"
        );
    }
    Ok(Done::Well)
}

/// Puts the directory into an empty database, and gives each administrator a one-time code (IAM-1).
pub(crate) fn init(options: &Init) -> anyhow::Result<Done> {
    let config = Config::load(options.config.as_deref())?;
    let shown = options.directory.display();
    let text = std::fs::read_to_string(&options.directory).with_context(|| format!("read {shown}"))?;
    let directory: Directory =
        serde_json::from_str(&text).with_context(|| format!("the directory {shown}"))?;
    let faults = directory.faults();
    if let Some(fault) = faults.first() {
        anyhow::bail!("the directory {shown}: {fault}; {} faults in all", faults.len());
    }
    let administrators: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| role.administers())
        .map(|role| {
            let holds = |official: &&Official| official.active && official.roles.contains(&role);
            (role, directory.officials.values().filter(holds).collect::<Vec<_>>())
        })
        .collect();
    if let Some((role, _)) = administrators.iter().find(|(_, holders)| holders.is_empty()) {
        anyhow::bail!("the directory {shown}: nobody in office has the role {}; name one", role.word());
    }
    if !directory.has_body_outside() {
        anyhow::bail!(
            "the directory {shown}: no integrity body stands outside (one without a parent); a report against the head of the top unit would have nowhere to go"
        );
    }
    if let Some(unit) = directory.without_recipients().first().and_then(|unit| directory.unit(*unit)) {
        anyhow::bail!(
            "the directory {shown}: {} needs two officials in office with the role {} beside the one they work in: reports are sealed to them",
            unit.name_zh,
            Role::Recipient.word()
        );
    }
    crate::keyfile::refuse_exposed(&config)?;
    crate::keyfile::settle(&config.key_file, options.suite)?;
    let codes = block_on(async {
        let app = App::open(&config, Clock::real(&config.time_zone)?).await?;
        app.install_directory(&directory).await?;
        let mut codes = Vec::new();
        for (role, holders) in &administrators {
            let name = role.word().trim_end_matches("_administrator");
            for (n, official) in holders.iter().enumerate() {
                let login = if n == 0 { name.to_owned() } else { format!("{name}{}", n + 1) };
                codes.push((app.give_code(&login, official.id, "init").await?, official.name.clone()));
            }
        }
        Ok(codes)
    })?;
    println!(
        "the office is set up: {} units, {} officials",
        directory.units.len(),
        directory.officials.len()
    );
    println!("{}", said(options.suite));
    println!("before the first petition: who holds the keys (docs/manual/keys.md), then `huiyin doctor`");
    println!("hand each code to its holder in person; it is shown this once:");
    for (code, name) in codes {
        println!("  {}\t{}\t{name}\t(works {} hours, at /staff/enrol)", code.login, code.code, code.hours);
    }
    Ok(Done::Well)
}

fn suite(word: &str) -> Result<Suite, String> {
    Suite::named(word).ok_or_else(|| format!("there is no suite {word:?}: write intl or gm"))
}

/// What is to be known of a suite by whoever answers for the office (ENC-3).
pub(crate) fn said(suite: Suite) -> &'static str {
    match suite {
        Suite::Intl => "suite intl: XChaCha20-Poly1305; the program is no certified cryptographic module",
        Suite::Gm => {
            "suite gm: SM4-GCM and SM3, UNCERTIFIED: no certified cryptographic module (密码产品认证), so it does not by itself \
             pass 密评; the log stays SHA-256 and Ed25519, backups age"
        }
    }
}

/// Gives an official a one-time code for an account, on the office's own machine: when no two administrators are left who
/// could do it on the pages. Recorded.
pub(crate) fn account(options: &Account) -> anyhow::Result<Done> {
    let code = block_on(async {
        let app = options.place.open().await?;
        app.give_code(&options.login, options.official, "host").await
    })?;
    println!("{}\t{}\t(works {} hours, at /staff/enrol)", code.login, code.code, code.hours);
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
