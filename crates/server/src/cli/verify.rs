//! `huiyin verify`: whether what is kept is what was recorded, without any key; and whether somebody outside knows
//! otherwise (VER-1, VER-2, LOG-9).

use super::Done;
use super::office::{Where, block_on};
use crate::app::{Procedures, calendars, open_sealing_key, procedures};
use crate::clock::Clock;
use crate::config::Config;
use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ledger::checkpoint::Checkpoint;
use ledger::note::Note;
use ledger::policy::Policy;
use std::path::{Path, PathBuf};
use store::Database;
use store::log::{Keeper, proof};
use store::seal::Suite;
use store::sealed::{self, Opener};
use store::verify::{self, Expected, Outside, Progress, Report};
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A checkpoint that somebody outside has kept: a file as /log/checkpoint serves it; may be given several times
    #[arg(long, value_name = "CHECKPOINT")]
    against: Vec<PathBuf>,
    /// Which log and which witnesses to trust (a C2SP tlog-policy); without it the log's own key is believed
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A recipient of sealed matters, by login: what they can open is checked by its rules too. Asks for their sealing
    /// passphrase
    #[arg(long, value_name = "LOGIN")]
    recipient: Option<String>,
    #[command(flatten)]
    place: Where,
}

/// Checks, and prints what is wrong.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    let policy = options.policy.as_deref().map(read_policy).transpose()?;
    let mut evidence = Vec::new();
    for file in &options.against {
        evidence.push((file, read_note(file)?));
    }
    let bar = progress();
    let (report, contradictions, heard) = block_on(async {
        let database = Database::look(&config.database).await?;
        // A program without the office's suite could check half of each signature, and would call the rest forged.
        if let Some(suite) = store::log::suite(&database).await?.and_then(|word| Suite::named(&word)) {
            suite.ready()?;
        }
        let expected = Expected {
            signing: own_keys(&config)?,
            logs: policy.iter().flat_map(Policy::logs).map(|log| log.key.clone()).collect(),
            witnesses: policy.iter().flat_map(Policy::witnesses).map(|witness| witness.key.clone()).collect(),
        };
        let opener = match &options.recipient {
            Some(login) => Some(opener(&database, login).await?),
            None => None,
        };
        let report = sealed::scope(async {
            opener.into_iter().for_each(sealed::bring);
            examine(&config, &database, &expected, &bar).await
        })
        .await?;
        let mut contradictions = report.contradictions.iter().map(ToString::to_string).collect();
        let heard = outside(&database, &evidence, policy.as_ref(), &mut contradictions).await?;
        Ok((report, contradictions, heard))
    })?;
    bar.finish_and_clear();
    Ok(say(&report, &contradictions, heard))
}

/// What a recipient opens, once they show their passphrase.
async fn opener(database: &Database, login: &str) -> anyhow::Result<Opener> {
    let rows = database.query("select official_id from account where login = $1", vec![login.into()]).await?;
    let row = rows.first().with_context(|| format!("there is no account {login}"))?;
    let official = row.text(0)?.parse().context("official of an account")?;
    let key = sealed::sealing_key(database, official).await?;
    let key = key.with_context(|| format!("{login} has set no sealing passphrase"))?;
    let passphrase = rpassword::prompt_password(format!("sealing passphrase of {login}: "));
    let passphrase = Zeroizing::new(passphrase.context("read the passphrase")?);
    let opened = open_sealing_key(&key, &passphrase).await?;
    Ok(Opener::Recipient(official, opened.context("another passphrase")?))
}

/// How far it is.
pub(crate) fn progress() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

/// Looks at everything that is kept.
pub(crate) async fn examine(
    config: &Config,
    database: &Database,
    expected: &Expected,
    bar: &ProgressBar,
) -> anyhow::Result<Report> {
    let clock = Clock::real(&config.time_zone)?;
    let (procedures, calendars) = (procedures()?, calendars(&config.calendar_folder)?);
    let known = Procedures { procedures: &procedures, calendars: &calendars };
    let rules = known.rules(&clock)?;
    let report = verify::verify(database, &rules, expected, |progress| match progress {
        Progress::Entries(done, all) => {
            bar.set_message("entries of the log");
            bar.set_length(all);
            bar.set_position(done);
        }
        Progress::Decisions(done) => {
            bar.set_message("decisions");
            bar.set_length(bar.length().unwrap_or(0).max(done));
            bar.set_position(done);
        }
    });
    Ok(report.await?)
}

/// Prints everything, worst last; outside evidence weighs most.
pub(super) fn say(report: &Report, contradictions: &[String], heard: u64) -> Done {
    for fault in &report.faults {
        println!("{fault}");
    }
    for breach in &report.breaches {
        println!("against the rules: {breach}");
    }
    for contradiction in contradictions {
        println!("contradicted: {contradiction}");
    }
    let shown = (report.faults.len() + report.breaches.len()) as u64;
    let all = report.n_faults + report.n_breaches;
    if all > shown {
        println!("and {} more", all - shown);
    }
    println!(
        "{} petitions, {} decisions, {} reads, {} log entries, {} faults, {} against the rules",
        report.petitions, report.decisions, report.reads, report.entries, report.n_faults, report.n_breaches
    );
    if report.erased > 0 {
        println!("{} petitions erased, as the record of keys says", report.erased);
    }
    if report.closed > 0 {
        println!(
            "{} of the petitions are sealed: their entries and words were checked, and that lists are as the last decision \
             left them; whether the rules hold sees only a recipient (--recipient LOGIN)",
            report.closed
        );
    }
    match heard {
        0 => println!(
            "no outside evidence: rows agree with each other, but whoever holds the signing key could have made them all. \
             Compare with a checkpoint from a witness, a mirror or a receipt: --against FILE"
        ),
        n => println!("{n} outside checkpoints compared"),
    }
    if !contradictions.is_empty() {
        Done::Contradicted
    } else if report.n_faults > 0 {
        Done::Altered
    } else if report.n_breaches > 0 {
        Done::AgainstRules
    } else {
        Done::Well
    }
}

/// What the office has its logs signed with, when its key file is at hand: another key in the database is then named.
fn own_keys(config: &Config) -> anyhow::Result<Option<Keeper>> {
    if !config.key_file.exists() {
        return Ok(None);
    }
    Ok(Some(Keeper::new(&crate::keyfile::read(&config.key_file)?, &config.log_origin)))
}

/// Compares with every outside checkpoint; how many there were.
async fn outside(
    database: &Database,
    evidence: &[(&PathBuf, String)],
    policy: Option<&Policy>,
    contradictions: &mut Vec<String>,
) -> anyhow::Result<u64> {
    for (file, text) in evidence {
        let shown = file.display();
        let note = Note::parse(text).with_context(|| format!("{shown} is no signed checkpoint"))?;
        let checkpoint =
            Checkpoint::parse(&note.text).with_context(|| format!("{shown} is no checkpoint"))?;
        let signed = match policy {
            Some(policy) => policy.check(&note).map(|_| ()).map_err(|error| error.to_string()),
            None => own_signature(database, &checkpoint, &note).await?,
        };
        if let Err(reason) = signed {
            bail!("{shown} proves nothing: {reason}");
        }
        let size = checkpoint.size;
        match verify::against(database, &checkpoint).await? {
            Outside::Agrees { now, .. } => {
                println!("{shown}: the log of {now} entries begins with the {size} of this checkpoint");
            }
            Outside::NoSuchLog => {
                contradictions.push(format!("{shown}: there is no log {}", checkpoint.origin));
            }
            Outside::Shorter { now, .. } => contradictions.push(format!(
                "{shown}: the log had {size} entries and has {now}: entries were dropped or an older copy put in place"
            )),
            Outside::Other { .. } => contradictions
                .push(format!("{shown}: the log has other entries below {size}: history was rewritten")),
        }
    }
    Ok(evidence.len() as u64)
}

/// Without a policy the log's own key must have signed it.
async fn own_signature(
    database: &Database,
    checkpoint: &Checkpoint,
    note: &Note,
) -> anyhow::Result<Result<(), String>> {
    let heads = proof::heads(database).await?;
    let Some(head) = heads.iter().find(|head| head.origin == checkpoint.origin) else {
        return Ok(Err(format!(
            "this database has no log {}; name the key you trust with --policy",
            checkpoint.origin
        )));
    };
    let verifier = head.verifier()?;
    let signed = note.signatures.iter().any(|signature| verifier.verify(&note.text, signature));
    Ok(if signed {
        Ok(())
    } else {
        Err("this database's log did not sign it; name the key you trust with --policy".to_owned())
    })
}

pub(super) fn read_note(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

/// Reads a policy.
pub(super) fn read_policy(file: &Path) -> anyhow::Result<Policy> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    Policy::parse(&text).with_context(|| format!("{} is no policy", file.display()))
}
