//! `huiyin backup`: a copy of the database as of one instant, while it is written to, for its recipients' eyes only (BAK-1).

use super::Done;
use super::office::{Where, block_on};
use crate::archive::{Manifest, Writer};
use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::LAST_BACKUP;
use crate::dump::Program;
use crate::places::{Partial, Private, Stop};
use crate::recovery::Recipients;
use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::backup::{self, Standing};
use store::keys::OfficeKey;
use store::log::Keeper;
use store::{Batch, Database, Write};

/// Fewer could lose the office with one person (architecture §10.23).
const FEWEST: usize = 2;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The backup: a file that must not exist, best on another machine's disk
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    place: Where,
}

/// Makes it.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let config = options.place.config()?;
    let recipients = Recipients::parse(&config.recovery_recipients)?;
    if recipients.len() < FEWEST {
        bail!(
            "`recovery_recipients` names {} who could open the backup, and two are needed: let two people run \
             `huiyin recovery-key --out FILE`, each on a machine of their own, and put both lines that it prints into \
             `recovery_recipients`",
            recipients.len()
        );
    }
    if !config.key_file.exists() {
        bail!("there is no key file {} (field `key_file`)", config.key_file.display());
    }
    let begun = Instant::now();
    let key = crate::keyfile::read(&config.key_file)?;
    let to = options.to.clone();
    let standing = block_on(async {
        let stop = Stop::listen();
        let made = make(&config, recipients, &to, &stop).await;
        // Whatever broke off, Ctrl-C did it; what was done by then is done.
        if made.is_err() {
            stop.check()?;
        }
        let standing = made?;
        if crate::keyfile::read(&config.key_file)? != key {
            bail!(
                "the key file changed while the backup was made, which holds the one before: make it again"
            );
        }
        remember(&config).await?;
        Ok(standing)
    })?;
    let head = &standing.head;
    let root = crate::entropy::hex(&head.edge.root());
    println!(
        "{}: {} bytes, {} log entries, root {}, {:.1} s",
        to.display(),
        std::fs::metadata(&to).with_context(|| format!("look at {}", to.display()))?.len(),
        head.size(),
        root.get(..16).unwrap_or(&root),
        begun.elapsed().as_secs_f64()
    );
    Ok(Done::Well)
}

async fn make(config: &Config, recipients: Recipients, to: &Path, stop: &Stop) -> anyhow::Result<Standing> {
    let key = crate::keyfile::read(&config.key_file)?;
    let database = store::Database::look(&config.database).await?;
    let holdings = store::keys::holdings(&database).await?;
    let missing = super::missing_versions(&database, &key, &holdings).await?;
    if !missing.is_empty() {
        bail!(
            "the key file lacks versions {missing:?} of the wrapping key, so the backup could not be read: bring the newest key file \
             here first (docs/manual/keys.md)"
        );
    }
    drop(database);
    let made_at = Clock::real(&config.time_zone)?.now_stamp();
    let (partial, file) = Partial::create(to)?;
    let writing = Writing { file, recipients, key, made_at, stop: stop.clone() };
    let to = to.to_path_buf();
    match config.sqlite_file() {
        Some(path) => {
            let path = path.to_path_buf();
            let work = move || {
                // In clear, on the disk where the database is in clear anyway, and without a name once it is open.
                let folder = Private::beside(&path)?;
                let copy = folder.file("copy.sqlite3");
                let interrupt = |interrupt: backup::Interrupt| writing.stop.also(move || interrupt.now());
                let standing = backup::copy(&path, &copy, interrupt)?;
                let mut from = File::open(&copy).context("open the database's copy")?;
                drop(folder);
                let length = from.metadata().context("look at the database's copy")?.len();
                let file = writing.write("sqlite", &standing, &mut from, Some(length))?;
                partial.keep(&file, &to)?;
                Ok(standing)
            };
            tokio::task::spawn_blocking(work).await.context("the backup ended")?
        }
        None => {
            let snapshot = backup::snapshot(&config.database).await?;
            let mut dump = Program::dump(&config.database, &snapshot.id)?;
            let standing = snapshot.standing.clone();
            let work = move || {
                let mut from = dump.child.stdout.take().context("the output of pg_dump")?;
                let file = writing.write("postgres", &standing, &mut from, None);
                // What it says of its failure explains ours.
                if file.is_ok() {
                    dump.end()?;
                }
                partial.keep(&file?, &to)?;
                Ok(standing)
            };
            let standing = tokio::task::spawn_blocking(work).await.context("the backup ended")?;
            drop(snapshot);
            standing
        }
    }
}

/// Keeps the instant, for `huiyin doctor`.
async fn remember(config: &Config) -> anyhow::Result<()> {
    let database = Database::look(&config.database).await?;
    let mut batch = Batch::new();
    batch.push(Write::new(
        "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
        vec![LAST_BACKUP.into(), Clock::real(&config.time_zone)?.now_stamp().into()],
    ));
    database.commit(batch).await.context("keep when the backup was made")?;
    Ok(())
}

/// A backup on its way.
struct Writing {
    file: File,
    recipients: Recipients,
    key: OfficeKey,
    made_at: String,
    stop: Stop,
}

impl Writing {
    fn write(
        self,
        kind: &str,
        standing: &Standing,
        from: &mut impl Read,
        length: Option<u64>,
    ) -> anyhow::Result<File> {
        fits(&self.key, standing)?;
        let bar = progress(length);
        let checkpoint = standing.signed.as_ref().map(|signed| signed.note().to_string());
        let manifest = Manifest::new(kind, standing, self.made_at);
        let sealed = self.recipients.writer(BufWriter::new(self.file))?;
        let mut writer = Writer::begin(sealed, &manifest, &checkpoint.unwrap_or_default(), &self.key)?;
        writer.database(from, |bytes| {
            bar.set_position(bytes);
            self.stop.check()
        })?;
        let sealed = writer.finish()?;
        let mut buffered = sealed.finish().context("write the backup")?;
        buffered.flush().context("write the backup")?;
        bar.finish_and_clear();
        buffered.into_inner().map_err(|error| error.into_error()).context("write the backup")
    }
}

/// The key file must be this database's: a backup with another could not be brought back.
fn fits(key: &OfficeKey, standing: &Standing) -> anyhow::Result<()> {
    let head = &standing.head;
    if !Keeper::new(key, "").signer(&head.origin)?.signs(head) {
        bail!(
            "the key file is not the one of this database, or lacks the key that signs {} (field `key_file`)",
            head.origin
        );
    }
    Ok(())
}

/// Bytes done, of how many when that is known.
pub(crate) fn progress(length: Option<u64>) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = if length.is_some() { "{wide_bar} {bytes}/{total_bytes}" } else { "{spinner} {bytes}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
