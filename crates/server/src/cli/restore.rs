//! `huiyin restore`: a drill, or an office brought back; says how long it took (RTO) and what it did not bring back (RPO).

use super::Done;
use super::office::block_on;
use super::opening::Opening;
use super::verify::{read_note, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::keyfile;
use crate::places::Stop;
use crate::restore::{self, Evidence, Goal, Place, Restored};
use anyhow::{Context as _, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::keys::OfficeKey;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The backup
    file: PathBuf,
    /// A drill: try it out in a temporary place and change nothing
    #[arg(long, conflicts_with = "into", required_unless_present = "into")]
    check: bool,
    /// Where the office is brought back: sqlite:PATH of a new file, or postgres://… of an empty database
    #[arg(long, value_name = "DATABASE", requires = "key_file")]
    into: Option<String>,
    /// Where the office's key goes: a new file, or the key file that is there already
    #[arg(long, value_name = "FILE", requires = "into")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    opening: Opening,
    /// A node's intake journal; given once for each node
    #[arg(long, value_name = "FOLDER")]
    journal: Vec<PathBuf>,
    /// A checkpoint that somebody outside has kept; may be given several times
    #[arg(long, value_name = "CHECKPOINT")]
    against: Vec<PathBuf>,
    /// Who states the loss and what happened, as text: where something is missing a new log begins with it
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
    /// For the drill of a PostgreSQL backup: a server on which a database may be made (default: the configured one)
    #[arg(long, value_name = "postgres://…")]
    server: Option<String>,
    /// For the drill of a SQLite backup: where the database stands meanwhile (default: the temporary folder)
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Configuration file (default: huiyin.toml in the working directory, when there is one)
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Restores, and says what came of it.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let begun = Instant::now();
    let config = Config::load(options.config.as_deref())?;
    let evidence = Arc::new(evidence(options)?);
    let goal = match &options.into {
        Some(address) => Goal::Into(address.clone()),
        None => Goal::Check {
            folder: options.folder.clone().unwrap_or_else(std::env::temp_dir),
            server: options
                .server
                .clone()
                .or_else(|| config.database.starts_with("postgres").then(|| config.database.clone())),
        },
    };
    let kind = restore::peek(&evidence.file, &evidence.identity)?;
    if let (Some(file), Some(own)) = (&options.key_file, &evidence.key)
        && own.joined(&kind.key).is_none()
    {
        bail!("{} holds another key; name a new file", file.display());
    }
    block_on(async {
        let stop = Stop::listen();
        let place = Arc::new(Place::prepare(&goal, &kind.manifest.database).await?);
        let restored = restore::run(&place, &evidence, &config, options.check, &stop).await;
        let finished = match restored {
            Ok(restored) => finish(options, &config, &place, restored, begun),
            Err(error) => Err(error),
        };
        if let Some(place) = Arc::into_inner(place) {
            place.leave(finished.is_ok()).await?;
        }
        if finished.is_err() {
            stop.check()?;
        }
        finished
    })
}

fn evidence(options: &Options) -> anyhow::Result<Evidence> {
    let read =
        |file: &Path| std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()));
    let statement = options.statement.as_deref().map(read).transpose()?;
    if statement.as_ref().is_some_and(|text| text.trim().is_empty()) {
        bail!("the statement is empty; say who you are and what happened");
    }
    let mut against = Vec::new();
    for file in &options.against {
        against.push((file.display().to_string(), read_note(file)?));
    }
    Ok(Evidence {
        file: options.file.clone(),
        identity: options.opening.identity()?,
        holders: options.opening.holders(),
        key: options.key_file.as_deref().filter(|file| file.exists()).map(keyfile::read).transpose()?,
        journals: options.journal.clone(),
        against,
        statement,
    })
}

/// Says what came of it, and puts it in place.
fn finish(
    options: &Options,
    config: &Config,
    place: &Place,
    restored: Restored,
    begun: Instant,
) -> anyhow::Result<Done> {
    let verified = say(&restored.report, &[], options.against.len() as u64);
    println!("RTO: {:.1} s from the backup to a verified database", begun.elapsed().as_secs_f64());
    super::say_recoverable(&restored.recoverable);
    say_loss(&restored, &Clock::real(&config.time_zone)?, !options.against.is_empty())?;
    if let (Some(into), Some(key_file)) = (&options.into, &options.key_file) {
        let faulty = verified == Done::Altered;
        let name = place.hand_over(restored.newest(), faulty)?;
        write_key(key_file, &restored.key)?;
        let shown = name.map_or_else(|| shown(into), |name| name.display().to_string());
        if faulty {
            println!("NOT done: rows are at fault, as named above; the database is {shown}");
        } else {
            println!("restored into {shown}; make a backup now (docs/manual/backup.md)");
        }
    }
    Ok(match verified {
        Done::Well if restored.opened.is_none() && restored.loss.contradicted => Done::Contradicted,
        // A drill without a journal says nothing about the journal.
        Done::Well if restored.opened.is_none() && restored.loss.is_any() && !options.journal.is_empty() => {
            Done::WithFaults
        }
        // What only the office's key opens is lost with it (KEY-3).
        Done::Well if options.check && !restored.recoverable.is_whole() => Done::WithFaults,
        Done::Well | Done::WithFaults | Done::Altered | Done::Contradicted | Done::AgainstRules => verified,
    })
}

fn say_loss(restored: &Restored, clock: &Clock, compared: bool) -> anyhow::Result<()> {
    let (plan, head, loss) = (&restored.plan, &restored.head, &restored.loss);
    println!(
        "the backup ends at {}; the journal brought back {} commits of the log and {} other changes; the log has {} \
         entries, the last of {}",
        stamp(&restored.backup_at),
        plan.commits,
        plan.others,
        head.size(),
        stamp(&head.at)
    );
    if !loss.is_any() {
        println!("RPO: 0 entries, 0 s: nothing that these journals know of is missing");
        if !compared {
            println!(
                "  by the journals alone, which do not know of an end that was cut off: compare with a checkpoint from a \
                 witness, a mirror or a receipt, --against FILE"
            );
        }
        return Ok(());
    }
    let until = loss.known.as_ref().map(|known| known.at.as_str()).filter(|at| !at.is_empty());
    let until =
        until.map_or_else(|| Ok(clock.now()), |at| at.parse().context("an instant of the journal"))?;
    let since = head.at.parse().map_or(0, |at: jiff::Timestamp| until.duration_since(at).as_secs());
    match loss.missing(head) {
        Some(missing) => println!(
            "RPO: {} entries are missing, {} to {} of {}: up to {since} s",
            missing.end - missing.start,
            missing.start,
            missing.end - 1,
            loss.known.as_ref().map_or(head.origin.as_str(), |known| known.origin.as_str())
        ),
        None => println!("RPO: not known: what was confirmed in the last {since} s may be missing"),
    }
    for reason in &loss.reasons {
        println!("  {reason}");
    }
    match &restored.opened {
        Some(opened) => println!("the loss is stated in entry 0 of the new log {}", opened.origin),
        None => {
            println!("a restore will refuse this without the journals of every node, or --statement FILE")
        }
    }
    Ok(())
}

fn stamp(at: &str) -> &str {
    if at.is_empty() { "no commit yet" } else { at }
}

/// An address without a password.
fn shown(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        (Some(_) | None, _) => address.to_owned(),
    }
}

/// The key goes into a new file; one that is there must be the same office's, and gets what it lacks.
fn write_key(file: &Path, key: &OfficeKey) -> anyhow::Result<()> {
    if file.exists() { keyfile::replace(file, key) } else { keyfile::make(file, key) }
}
