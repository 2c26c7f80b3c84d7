//! Brings an office back: unpacks a backup, replays the journals, compares with what is known outside, and checks
//! everything before anybody serves from it (BAK-2, BAK-3, BAK-4).
//!
//! What may be missing is never passed over: without a statement of the loss nothing is put in place, and with one a new
//! log begins.

mod loss;
mod place;

pub(crate) use loss::Loss;
pub(crate) use place::{Goal, Place, peek};

use crate::app::App;
use crate::app::keys::Recoverable;
use crate::clock::Clock;
use crate::config::Config;
use crate::places::Stop;
use crate::recovery::Identity;
use anyhow::{Context as _, bail};
use ledger::checkpoint::Checkpoint;
use ledger::note::Verifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Database;
use store::keys::OfficeKey;
use store::log::{self, Head, Keeper, office};
use store::replay::{Keyed, Plan};
use store::verify::{Expected, Report};

/// What is brought to a restore.
pub(crate) struct Evidence {
    /// The backup.
    pub(crate) file: PathBuf,
    /// Opens it.
    pub(crate) identity: Identity,
    /// Who brought it, or shares of it; perhaps nobody is named where one identity was brought.
    pub(crate) holders: Vec<String>,
    /// The key file that is there already.
    pub(crate) key: Option<OfficeKey>,
    /// The nodes' journals.
    pub(crate) journals: Vec<PathBuf>,
    /// Checkpoints kept outside, by the name they are shown under.
    pub(crate) against: Vec<(String, String)>,
    /// Who states the loss, and what of it.
    pub(crate) statement: Option<String>,
}

/// What came of it.
pub(crate) struct Restored {
    /// The office's key file.
    pub(crate) key: OfficeKey,
    /// The last commit of the backup.
    pub(crate) backup_at: String,
    /// What the journals brought back.
    pub(crate) plan: Plan,
    /// The log that was restored, after the journals.
    pub(crate) head: Head,
    /// What is missing, or may be.
    pub(crate) loss: Loss,
    /// The new log, where the loss was stated.
    pub(crate) opened: Option<Head>,
    /// Where the newest log stands.
    newest: Head,
    /// What those who recover can open without the office's key.
    pub(crate) recoverable: Recoverable,
    /// What `verify` says.
    pub(crate) report: Report,
}

impl Restored {
    /// Where the newest log stands.
    pub(crate) fn newest(&self) -> &Head {
        &self.newest
    }
}

/// Unpacks, replays, compares, states, verifies. A loss without a statement ends a restore; a drill goes on.
///
/// # Errors
/// Whatever stands in the way; then nothing is to be kept.
pub(crate) async fn run(
    place: &Arc<Place>,
    evidence: &Arc<Evidence>,
    config: &Config,
    drill: bool,
    stop: &Stop,
) -> anyhow::Result<Restored> {
    let (own_place, own, own_stop) = (Arc::clone(place), Arc::clone(evidence), stop.clone());
    let held = blocking(move || {
        let held = peek(&own.file, &own.identity)?;
        own_place.unpack(&own.file, &own.identity, &own_stop)?;
        Ok(held)
    })
    .await?;
    let manifest = &held.manifest;
    if manifest.schema != store::known_schema() {
        bail!(
            "the backup has schema {}, and this program {}: restore it with huiyin {}, which made it",
            manifest.schema,
            store::known_schema(),
            manifest.program
        );
    }
    // A key file that is there may know versions that came into use after the backup.
    let key = match &evidence.key {
        Some(own) => own.joined(&held.key).context("the key file is another office's")?,
        None => held.key.clone(),
    };
    let keeper = Keeper::new(&key, "");
    let mut database = Database::look(&place.address()).await?;
    let head = log::head(&database).await?.context("the backup has no log")?;
    let expected = (head.size(), crate::entropy::hex(&head.edge.root()));
    let signing = keeper.signer(&head.origin)?;
    if expected != (manifest.size, manifest.root.clone())
        || !signing.signs(&head)
        || !is_signed(&held.checkpoint, &head, &signing.verifier())
    {
        bail!("the backup's log is not the one that its manifest, its checkpoint and its key say");
    }
    let (segments, faults) = journals(&evidence.journals, &keeper, &evidence.identity)?;
    let (own_head, own) = (head.clone(), segments.clone());
    let mut plan = blocking(move || Ok(Plan::make(&own_head, &own)?)).await?;
    plan.faults.extend(faults);
    plan.carry_out(&database, &segments, |_| ()).await?;
    store::bare::settle(&database).await?;
    stop.check()?;
    let backup_at = head.at;
    let head = log::head(&database).await?.context("the backup has no log")?;
    if head.edge != plan.edge {
        bail!("after the journals the log is not the one that was signed");
    }
    let mut loss = Loss::of_journals(&head, &plan, evidence.journals.len());
    for (shown, note) in &evidence.against {
        loss.compare(&database, &keeper, &head, shown, note).await?;
    }
    let has_key = keeper.signer(&head.origin)?.signs(&head);
    if !has_key {
        loss.of_key(&head);
    }
    let (mut opened, mut key, mut keeper) = (None, key, keeper);
    if loss.is_any() {
        match &evidence.statement {
            Some(statement) => {
                let epoch = loss.next_log(&head, key.last_signing());
                // Nor does a key that may have signed another log of that number.
                if !has_key || loss.not_the_key > 0 {
                    key = key.with_signing(
                        u32::try_from(epoch).context("the next log")?,
                        crate::entropy::bytes()?,
                    );
                    keeper = Keeper::after_loss(&key);
                }
                drop(database);
                database = Database::open(&place.address(), keeper.clone(), None).await?;
                let clock = Clock::real(&config.time_zone)?;
                opened = Some(loss.state(&database, &clock, (&head, epoch), statement).await?);
                keeper = Keeper::new(&key, "");
            }
            None if drill => {}
            None => bail!(
                "nothing was restored, because something is missing or may be:\n  {}\nBring the journals of every node \
                 (--journal FOLDER) and the newest key file (--key-file, in its place). If there is no more to be had, state the loss: --statement FILE, with who you are and \
                 what happened; a new log then begins with it",
                loss.reasons.join("\n  ")
            ),
        }
    }
    if !drill && !evidence.holders.is_empty() {
        drop(database);
        database = Database::open(&place.address(), keeper, None).await?;
        record_use(&database, &Clock::real(&config.time_zone)?, &evidence.holders).await?;
    }
    let newest = log::head(&database).await?.context("the backup has no log")?;
    let known = crate::recovery::opened(&database, &evidence.identity).await?;
    let recoverable = App::recoverable(&database, &known, |_| ()).await?;
    let bar = crate::cli::verify_progress();
    let expected = Expected { signing: Some(Keeper::new(&key, "")), ..Expected::default() };
    let report = crate::cli::examine(config, &database, &expected, &bar).await?;
    bar.finish_and_clear();
    stop.check()?;
    Ok(Restored { key, backup_at, plan, head, loss, opened, newest, recoverable, report })
}

/// Records that the key of those who recover was used, and who brought its shares (KEY-4).
async fn record_use(database: &Database, clock: &Clock, holders: &[String]) -> anyhow::Result<()> {
    let (now, sure) = clock.stamp_now();
    let body = serde_json::json!({ "what": "restore", "holders": holders }).to_string();
    let tip = office::tip(database).await?;
    let mut batch = store::Batch::new();
    let ekey = crate::entropy::bytes()?;
    batch.record(office::event(tip, (&now, sure), "recovery_used", "system", &body, ekey));
    database.commit(batch).await.context("record who recovered")?;
    Ok(())
}

/// Whether a note is the log's own checkpoint of where it stands.
fn is_signed(note: &str, head: &Head, verifier: &Verifier) -> bool {
    let Ok((checkpoint, note)) = Checkpoint::of_note(note) else { return head.size() == 0 };
    (checkpoint.size, checkpoint.root) == (head.size(), head.edge.root())
        && note.signatures.iter().any(|signature| verifier.verify(&note.text, signature))
}

/// Runs work that blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("the restore ended")?
}

/// The segments of every node's journal with their keys, in the order in which they were begun, and what is wrong with
/// the others.
fn journals(
    folders: &[PathBuf],
    keeper: &Keeper,
    identity: &Identity,
) -> anyhow::Result<(Vec<Keyed>, Vec<String>)> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (node, folder) in folders.iter().enumerate() {
        for file in segments(folder)? {
            let shown = file.display();
            match crate::journal::key_of(&file, keeper, Some(identity)) {
                Ok(Some(key)) => found.push(Keyed { file, node, suite: keeper.suite(), key }),
                Ok(None) => faults.push(format!("{shown}: another office's, or for others to open")),
                // Begun in the instant of a crash: nothing was confirmed by it.
                Err(error) if is_cut_off(&error) => {}
                Err(error) => faults.push(format!("{error:#}")),
            }
        }
    }
    // Their names begin with the instant of their beginning.
    found.sort_by(|one, other| one.file.file_name().cmp(&other.file.file_name()));
    Ok((found, faults))
}

/// The files of a journal, oldest first.
fn segments(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let shown = folder.display();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("read the journal {shown}"))? {
        let path = entry.with_context(|| format!("read the journal {shown}"))?.path();
        if path.extension().is_some_and(|ending| ending == "journal") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_cut_off(error: &anyhow::Error) -> bool {
    let mut kinds = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    kinds.any(|error| error.kind() == std::io::ErrorKind::UnexpectedEof)
}
