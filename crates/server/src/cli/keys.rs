//! `huiyin keys`: the office's wrapping key by version, and the second wraps of petitions' keys (KEY-2, KEY-3).

use super::Done;
use super::office::{Where, block_on};
use super::opening::Opening;
use crate::app::App;
use crate::app::keys::{By, MadeAnew};
use crate::app::reseal::held;
use crate::clock::Clock;
use crate::config::Config;
use crate::recovery::Recipients;
use crate::{entropy, keyfile, recovery};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use store::Database;
use store::keys::{self, Holding};
use store::log;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How petitions' keys are held: by which version of the office's key, by which recovery recipients
    Status(Where),
    /// A new version of the office's wrapping key, and everything wrapped anew under it while the office works
    Rotate(Rotate),
    /// A new key to sign the log with: the log ends, and the next one goes on under the new key
    RotateLog(Rotate),
    /// Make anew what an interrupted rotation left, and second wraps that are missing or for other recipients
    Rewrap(Where),
    /// Take a version out of the key file that nothing is under any more
    Retire(Retire),
    /// What those who recover can open without the office's key; with --wrap-anew: go on after it was lost
    Recover(Recover),
    /// Give sealed matters to the recipients who are to have them and cannot open them; by two people
    Reseal(Reseal),
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Only put the new key into the key file, to be copied to the other nodes first
    #[arg(long)]
    prepare: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Retire {
    /// The version
    version: u32,
    /// No server of this office runs: do not wait until all of them know the version in use
    #[arg(long)]
    stopped: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Recover {
    #[command(flatten)]
    opening: Opening,
    /// Wrap everything anew from its second wraps, under a new version in the key file (one from a backup)
    #[arg(long)]
    wrap_anew: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Reseal {
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    place: Where,
}

/// Carries out the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    match command {
        Command::Status(place) => block_on(async {
            let config = place.config()?;
            status(&config, &Database::look(&config.database).await?).await
        }),
        Command::Rotate(options) => rotate(options),
        Command::RotateLog(options) => rotate_log(options),
        Command::Rewrap(place) => block_on(async {
            let config = place.config()?;
            let app = open(&config).await?;
            rewrap(&app, &By::Office).await?;
            status(&config, &app.database).await
        }),
        Command::Retire(options) => retire(options),
        Command::Recover(options) => recover(options),
        Command::Reseal(options) => reseal(options),
    }
}

async fn open(config: &Config) -> anyhow::Result<App> {
    keyfile::refuse_exposed(config)?;
    App::open(config, Clock::real(&config.time_zone)?).await
}

/// Says how everything is held; whether all is as it is to be.
async fn status(config: &Config, database: &Database) -> anyhow::Result<Done> {
    let holdings = keys::holdings(database).await?;
    let secrets = App::secrets_by_version(database).await?;
    let recorded = keys::recorded_version(database).await?;
    let in_file: Vec<u32> = if config.key_file.exists() {
        keyfile::read(&config.key_file)?.versions().collect()
    } else {
        println!("there is no key file {} (field `key_file`)", config.key_file.display());
        Vec::new()
    };
    let current = recorded.or_else(|| in_file.first().copied()).unwrap_or(0);
    let mut versions: Vec<u32> = holdings.iter().map(|holding| holding.version).collect();
    versions.extend(secrets.keys().chain(&in_file).chain([&current]));
    versions.sort_unstable();
    versions.dedup();
    let mut well = true;
    for version in versions {
        let petitions = petitions_under(&holdings, version);
        let secrets = secrets.get(&version).copied().unwrap_or(0);
        let mark = match (version == current, in_file.contains(&version), petitions + secrets) {
            (true, true, _) => "in use",
            (true, false, _) => "in use, and NOT in the key file",
            (false, false, 1..) => "NOT in the key file: what is under it cannot be read",
            (false, true, 1..) => "older: huiyin keys rewrap",
            (false, true, 0) if version < current => "nothing is under it: huiyin keys retire takes it out",
            (false, true, 0) => "prepared",
            (false, false, 0) => continue,
        };
        well &= matches!(mark, "in use" | "prepared") || petitions + secrets == 0;
        println!("version {version}: {petitions} petitions, {secrets} second factors ({mark})");
    }
    let recipients = Recipients::parse(&config.recovery_recipients)?;
    let second = second_wraps(database, &holdings, &recipients).await?;
    println!(
        "second wraps: {} of {} petitions, for the {} recovery recipients that are configured",
        second.held,
        second.petitions,
        recipients.len()
    );
    well &= second.held == second.petitions;
    Ok(if well { Done::Well } else { Done::WithFaults })
}

/// Versions that something is wrapped under, or that are in use, and that the key file lacks.
///
/// # Errors
/// Whatever the database reports.
pub(crate) async fn missing_versions(
    database: &Database,
    key: &keys::OfficeKey,
    holdings: &[Holding],
) -> anyhow::Result<Vec<u32>> {
    let recorded = keys::recorded_version(database).await?;
    let mut needed: Vec<u32> =
        holdings.iter().filter(|holding| holding.petitions > 0).map(|holding| holding.version).collect();
    needed.extend(recorded);
    needed.sort_unstable();
    needed.dedup();
    needed.retain(|version| !key.versions().any(|known| known == *version));
    Ok(needed)
}

fn petitions_under(holdings: &[Holding], version: u32) -> u64 {
    holdings.iter().filter(|holding| holding.version == version).map(|holding| holding.petitions).sum()
}

/// How many petitions' keys have a second holder.
pub(crate) struct Second {
    /// All that are kept.
    pub(crate) petitions: u64,
    /// Those that the recipients who are configured can open.
    pub(crate) held: u64,
}

/// Counts second wraps that exactly these recipients can open.
pub(crate) async fn second_wraps(
    database: &Database,
    holdings: &[Holding],
    recipients: &Recipients,
) -> anyhow::Result<Second> {
    let names = recipients.names();
    let known = keys::recovery_keys(database).await?;
    let good = |holding: &&Holding| {
        !recipients.is_empty()
            && known.iter().any(|key| key.recipients == names && Some(&key.id) == holding.recovery.as_ref())
    };
    let petitions = |holding: &Holding| holding.petitions;
    Ok(Second {
        petitions: holdings.iter().map(petitions).sum(),
        held: holdings.iter().filter(good).map(petitions).sum(),
    })
}

fn rotate(options: &Rotate) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    block_on(async {
        let version = prepare(&config, false).await?;
        if options.prepare {
            println!(
                "version {version} is in {}: copy the file to every node, then `huiyin keys rotate` on one of them",
                config.key_file.display()
            );
            return Ok(Done::Well);
        }
        let app = open(&config).await?;
        app.begin_version(version).await?;
        println!("version {version} is in use; make a backup when all is wrapped anew");
        rewrap(&app, &By::Office).await?;
        status(&config, &app.database).await
    })
}

fn rotate_log(options: &Rotate) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    block_on(async {
        let head = log::head(&Database::look(&config.database).await?).await?;
        let next =
            u32::try_from(head.context("the database has no log")?.epoch + 1).context("the next log")?;
        let mut key = keyfile::read(&config.key_file)?;
        // On disk before anything is signed with it.
        if !key.has_signing(next) {
            key = key.with_signing(next, entropy::bytes()?);
            keyfile::replace(&config.key_file, &key)?;
        }
        if options.prepare {
            println!(
                "the key of log {next} is in {}: copy the file to every node, then `huiyin keys rotate-log` on one of them",
                config.key_file.display()
            );
            return Ok(Done::Well);
        }
        let app = open(&config).await?;
        let (old, new) = app.turn_log(&key).await?;
        println!("{} has ended with {} entries; {} goes on", old.origin, old.size(), new.origin);
        println!("log {}", new.vkeys().replace('\n', "\n# SM2 "));
        println!(
            "Make a backup. Give the line to every witness, to be served beside the one before, and put it where people \
             compare it (docs/manual/keys.md)."
        );
        Ok(Done::Well)
    })
}

/// The next version of the wrapping key: one that was prepared, else a new one, on disk before anything is under it.
async fn prepare(config: &Config, anew: bool) -> anyhow::Result<u32> {
    let key = keyfile::read(&config.key_file)?;
    let recorded = keys::recorded_version(&Database::look(&config.database).await?).await?;
    let current = recorded.or_else(|| key.versions().next()).unwrap_or(0);
    if key.newest() > current && !anew {
        return Ok(key.newest());
    }
    let version = key.newest().max(current) + 1;
    keyfile::replace(&config.key_file, &key.with(version, entropy::bytes()?))?;
    Ok(version)
}

async fn rewrap(app: &App, by: &By<'_>) -> anyhow::Result<MadeAnew> {
    let all = keys::holdings(&app.database).await?.iter().map(|holding| holding.petitions).sum();
    let bar = bar(all);
    let made = app.wrap_anew(by, |looked_at| bar.inc(looked_at)).await?;
    bar.finish_and_clear();
    println!("wrapped anew: {} petitions, {} second factors", made.petitions, made.secrets);
    if made.unopened > 0 {
        println!("{} petitions did not open and are as they were", made.unopened);
    }
    Ok(made)
}

fn bar(all: u64) -> ProgressBar {
    let bar = ProgressBar::new(all);
    if let Ok(style) = ProgressStyle::with_template("petitions {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn retire(options: &Retire) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    let version = options.version;
    block_on(async {
        let key = keyfile::read(&config.key_file)?;
        let database = Database::look(&config.database).await?;
        let recorded = keys::recorded_version(&database).await?;
        let current = recorded.or_else(|| key.versions().next()).unwrap_or(0);
        if !key.versions().any(|known| known == version) {
            bail!("the key file has no version {version}");
        }
        if version >= current {
            bail!("version {version} is not older than the one in use, {current}: rotate first");
        }
        let petitions = petitions_under(&keys::holdings(&database).await?, version);
        let secrets = App::secrets_by_version(&database).await?.get(&version).copied().unwrap_or(0);
        if petitions + secrets > 0 {
            bail!(
                "{petitions} petitions and {secrets} second factors are still under version {version}: huiyin keys rewrap"
            );
        }
        // Servers learn of a version by their timer; until then they wrap under the one before.
        let since = keys::version_since(&database).await?;
        let wait = config.timer_seconds.saturating_mul(10).max(60);
        let age = since
            .and_then(|at| at.parse::<jiff::Timestamp>().ok())
            .map(|at| Clock::machine().duration_since(at));
        if !options.stopped && age.is_some_and(|age| age.as_secs() < i64::try_from(wait).unwrap_or(i64::MAX))
        {
            bail!(
                "version {current} is in use since a moment ago, and a server may still write under {version}: wait {wait} \
                 seconds, then huiyin keys rewrap and huiyin keys retire again (or stop every server and add --stopped)"
            );
        }
        keyfile::replace(&config.key_file, &key.without(version))?;
        println!("version {version} is out of {}; backups made before carry it", config.key_file.display());
        Ok(Done::Well)
    })
}

fn reseal(options: &Reseal) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    let identity = options.opening.identity_of_two()?;
    block_on(async {
        let app = open(&config).await?;
        app.record_recovery("keys reseal", &options.opening.holders())
            .await
            .context("record who gives them")?;
        let done = app.reseal(&identity).await?;
        println!(
            "sealed matters: {}; given to recipients who could not open them: {}",
            done.matters, done.given
        );
        if done.shut > 0 {
            println!("{} do not open with this key, or lack their shell", done.shut);
        }
        if done.nobody > 0 {
            println!("{} have no recipient who has set a sealing passphrase", done.nobody);
        }
        Ok(if done.shut + done.nobody == 0 { Done::Well } else { Done::WithFaults })
    })
}

fn recover(options: &Recover) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    let identity = options.opening.identity()?;
    block_on(async {
        let database = Database::look(&config.database).await?;
        let known = recovery::opened(&database, &identity).await?;
        let all = keys::holdings(&database).await?.iter().map(|holding| holding.petitions).sum();
        let bar = bar(all);
        let found = App::recoverable(&database, &known, |looked_at| bar.inc(looked_at)).await?;
        bar.finish_and_clear();
        super::say_recoverable(&found);
        let (sealed, open) = held(&database, &identity).await?;
        println!("sealed matters: {open} of {sealed} open");
        drop(database);
        if options.wrap_anew {
            if found.open == 0 {
                bail!(
                    "nothing opens with this key, so nothing was changed: it is another office's, or not a recipient's any more"
                );
            }
            go_on(&config, &known, &options.opening).await?;
        }
        Ok(if found.is_whole() && open == sealed { Done::Well } else { Done::WithFaults })
    })
}

/// The office goes on under a new version of the wrapping key; that it was recovered, and by whom, is recorded.
async fn go_on(
    config: &Config,
    known: &BTreeMap<String, keys::RecoveryKey>,
    opening: &Opening,
) -> anyhow::Result<()> {
    if !config.key_file.exists() {
        bail!(
            "there is no key file {}: take office.key out of a backup first (docs/manual/keys.md)",
            config.key_file.display()
        );
    }
    let version = prepare(config, true).await?;
    let app = open(config).await?;
    app.record_recovery("keys recover", &opening.holders()).await.context("record who recovered")?;
    app.begin_version(version).await?;
    rewrap(&app, &By::Recovery(known)).await?;
    status(config, &app.database).await?;
    Ok(())
}
