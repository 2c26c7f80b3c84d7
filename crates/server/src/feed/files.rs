//! The public log as plain files that any web server, mirror or memory stick can serve.
//!
//! The newest log stands in the folder itself, an older one, closed by a loss or by a change of its key, in a folder of its number beside. A file
//! that is there is never changed, except for the checkpoint. Writing again does nothing.

use super::{Public, Resource};
use anyhow::{Context as _, bail};
use ledger::checkpoint::Checkpoint;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use store::Database;
use store::log::proof;

/// The name of the checkpoint's file.
const CHECKPOINT: &str = "checkpoint";

/// Writes what is public of every log and is not there yet. `note` is the newest log's checkpoint.
///
/// # Errors
/// When the folder holds another log, or a longer one than the database: then nothing is changed. Otherwise names the
/// file that could not be written.
pub(super) async fn write(
    database: &Database,
    folder: &Path,
    newest: &Public,
    note: &str,
) -> anyhow::Result<()> {
    for head in proof::heads(database).await? {
        if head.epoch == newest.head.epoch {
            continue;
        }
        let own = folder.join(head.epoch.to_string());
        if origin(&folder.join(CHECKPOINT))?.is_some_and(|(origin, _)| origin == head.origin) {
            blocking({
                let (folder, own) = (folder.to_path_buf(), own.clone());
                move || set_aside(&folder, &own)
            })
            .await?;
        }
        let Some(older) = Public::find(database, Some(head.epoch)).await? else { continue };
        let note = older.checkpoint(database).await?;
        // Its end is public a beat later than the log that follows it, and witnesses sign that later still.
        let kept = std::fs::read_to_string(own.join(CHECKPOINT)).unwrap_or_default();
        if kept != note {
            write_log(database, &own, &older, &note).await?;
        }
    }
    write_log(database, folder, newest, note).await
}

async fn write_log(database: &Database, folder: &Path, public: &Public, note: &str) -> anyhow::Result<()> {
    let checkpoint = folder.join(CHECKPOINT);
    if let Some((origin, size)) = origin(&checkpoint)? {
        if origin != public.head.origin {
            bail!("{} belongs to the log {origin}; nothing was written", checkpoint.display());
        }
        if size > public.size {
            bail!(
                "{} has {size} entries, the database only {}: it is older than what was published; nothing was written",
                checkpoint.display(),
                public.size
            );
        }
    }
    for resource in Resource::all(public.size) {
        let path = folder.join(resource.path());
        let known = tokio::fs::metadata(&path).await;
        if known.is_ok_and(|file| file.len() == resource.length()) {
            continue;
        }
        let bytes = resource.bytes(database, public).await?.context("a published tile is missing")?;
        let is_full = resource.is_full();
        blocking(move || {
            put(&path, &bytes)?;
            if is_full {
                forget_parts(&path)?;
            }
            Ok(())
        })
        .await?;
    }
    // Last: whoever reads the checkpoint finds everything that it covers.
    let note = note.as_bytes().to_vec();
    blocking(move || put(&checkpoint, &note)).await
}

async fn blocking(work: impl FnOnce() -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(work).await.context("the task that writes files")?
}

/// Which log, and how many entries, a checkpoint's file speaks of; `None` without a file.
fn origin(file: &Path) -> anyhow::Result<Option<(String, u64)>> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("read {}", file.display()))?,
    };
    let (checkpoint, _) =
        Checkpoint::of_note(&text).with_context(|| format!("{} is no checkpoint", file.display()))?;
    Ok(Some((checkpoint.origin, checkpoint.size)))
}

/// Moves a log that a later one has followed into its own folder; the checkpoint last, so that a move which was
/// interrupted is taken up again.
fn set_aside(folder: &Path, own: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(own).with_context(|| format!("make {}", own.display()))?;
    for name in ["tile", CHECKPOINT] {
        match std::fs::rename(folder.join(name), own.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            moved => moved.with_context(|| format!("move {name} into {}", own.display()))?,
        }
    }
    Ok(())
}

/// Puts a file in place whole: nobody ever reads half of one.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let written = (|| {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        // A tile that is there is believed, also after a power cut.
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    written.with_context(|| format!("write {}", path.display()))
}

/// Shorter forms of a tile that is complete: the specification lets clients fall back on the complete one.
fn forget_parts(path: &Path) -> anyhow::Result<()> {
    let mut parts = path.as_os_str().to_owned();
    parts.push(".p");
    match std::fs::remove_dir_all(&parts) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        gone => gone.with_context(|| format!("remove {}", Path::new(&parts).display())),
    }
}
