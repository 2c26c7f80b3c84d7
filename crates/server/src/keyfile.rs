//! The office's key file: made at the first start, read again when a rotation changed it, never written over (KEY-1).

use crate::config::Config;
use crate::entropy;
use crate::places::{folder_of, new_private};
use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::keys::{OfficeKey, Reread};
use store::seal::Suite;

/// Reads the key file, or makes one at the first start.
///
/// # Errors
/// Names the file and what to do.
pub(crate) fn read_or_make(file: &Path) -> anyhow::Result<OfficeKey> {
    if file.exists() {
        return read(file);
    }
    make_new(file, Suite::default())
}

/// Makes the key file of an office that is being set up, for a suite; or finds that it is of that suite already (ENC-3).
///
/// # Errors
/// When this program lacks the suite, or the file is there and of the other one: an office keeps its suite for good.
pub(crate) fn settle(file: &Path, suite: Suite) -> anyhow::Result<()> {
    suite.ready()?;
    if !file.exists() {
        make_new(file, suite)?;
        return Ok(());
    }
    let found = read(file)?.suite();
    if found != suite {
        bail!(
            "the key file {} is of the suite {}, and an office keeps its suite for good: set a new one up with another \
             key_file",
            file.display(),
            found.word()
        );
    }
    Ok(())
}

fn make_new(file: &Path, suite: Suite) -> anyhow::Result<OfficeKey> {
    let key = OfficeKey::new(suite, entropy::bytes()?, entropy::bytes()?);
    // On disk before anything is made under it: no code may outlive its key (CRASH-2).
    make(file, &key)?;
    tracing::info!(key_file = %file.display(), "made a new key file; back it up apart from the database");
    Ok(key)
}

/// Reads it.
///
/// # Errors
/// When it is not there or holds no key. What it holds is never repeated.
pub(crate) fn read(file: &Path) -> anyhow::Result<OfficeKey> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("read the key file {shown}"))?;
    OfficeKey::parse(&zeroize::Zeroizing::new(text)).with_context(|| {
        format!(
            "the key file {shown} must hold 64 hexadecimal digits, lines `wrapping VERSION KEY` and `signing LOG KEY`, and `suite gm` where the office was set up so; restore it from its backup"
        )
    })
}

/// Makes a new one, for its owner alone, and the folder that is for it when there is none. It is there whole or not at all:
/// a start that is killed leaves no file with half a key, which no later start could read.
///
/// # Errors
/// When it exists, or the disk refuses.
pub(crate) fn make(file: &Path, key: &OfficeKey) -> anyhow::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}", entropy::hex(&entropy::bytes::<8>()?)));
    let unnamed = PathBuf::from(name);
    let text = key.text();
    let made = own_folder(folder_of(file))
        .and_then(|()| new_private(&unnamed))
        .and_then(|mut open| open.write_all(text.as_bytes()).and_then(|()| open.sync_all()))
        // Unlike a renaming it is refused where another start was faster.
        .and_then(|()| std::fs::hard_link(&unnamed, file));
    let _gone = std::fs::remove_file(&unnamed);
    made.and_then(|()| File::open(folder_of(file))?.sync_all())
        .with_context(|| format!("write the key file {}", file.display()))
}

/// A folder that its owner alone can enter; one that is there stays as it is.
fn own_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Puts another in its place, wholly or not at all; its permissions stay.
///
/// # Errors
/// When the disk refuses; then the old one is there.
pub(crate) fn replace(file: &Path, key: &OfficeKey) -> anyhow::Result<()> {
    let shown = file.display();
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    // Left over from a replacing that broke off: the old file is still in force.
    let _left_over = std::fs::remove_file(&new);
    make(&new, key)?;
    std::fs::metadata(file)
        .and_then(|found| {
            // The service's account must still be able to read it when another one rotates.
            own_as(&new, &found)?;
            std::fs::set_permissions(&new, found.permissions())
        })
        .and_then(|()| std::fs::rename(&new, file))
        .and_then(|()| File::open(folder_of(file))?.sync_all())
        .with_context(|| format!("put the new key file in the place of {shown}"))
}

#[cfg(unix)]
fn own_as(file: &Path, other: &std::fs::Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    std::os::unix::fs::chown(file, Some(other.uid()), Some(other.gid()))
}

#[cfg(not(unix))]
fn own_as(_file: &Path, _other: &std::fs::Metadata) -> std::io::Result<()> {
    Ok(())
}

/// How a program that runs gets to see a file that was changed.
pub(crate) fn rereader(file: &Path) -> Reread {
    let file = file.to_path_buf();
    Box::new(move || read(&file).inspect_err(|error| tracing::error!("{error:#}")).ok())
}

/// Refuses a key file that others can read, that lies in the folder of the database, or where copies of what is kept go:
/// journals and the public log are carried elsewhere whole (KEY-1).
///
/// # Errors
/// Says which, and what to do.
pub(crate) fn refuse_exposed(config: &Config) -> anyhow::Result<()> {
    let file = &config.key_file;
    let shown = file.display();
    if is_beside_database(config) {
        bail!(
            "the key file {shown} lies in the folder of the database: one copied folder gives both away; stop every server, \
             move the key file into a folder of its own and set `key_file`"
        );
    }
    let Ok(found) = std::fs::metadata(file) else { return Ok(()) };
    if others_can_read(&found) {
        bail!(
            "the key file {shown} can be read by other accounts of this machine; nothing is served under it: chmod 600, ask \
             who has read it, and rotate (huiyin keys rotate)"
        );
    }
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    let Some(own) = whole(file) else { return Ok(()) };
    for (folder, field) in [(&config.journal_folder, "journal_folder"), (&config.log_folder, "log_folder")] {
        let given = !folder.as_os_str().is_empty();
        if given && whole(folder).is_some_and(|folder| own.starts_with(folder)) {
            bail!(
                "the key file {shown} lies in the folder {} (field `{field}`), which is copied elsewhere; move it and set \
                 `key_file`",
                folder.display()
            );
        }
    }
    Ok(())
}

/// Whether the key file lies in the folder of the database file, or would be made there.
pub(crate) fn is_beside_database(config: &Config) -> bool {
    let folder = |path: &Path| {
        let given = folder_of(path);
        std::fs::canonicalize(given).or_else(|_| std::path::absolute(given)).ok()
    };
    config.sqlite_file().is_some_and(|database| folder(database) == folder(&config.key_file))
}

/// Whether accounts other than its owner can read it.
#[cfg(unix)]
pub(crate) fn others_can_read(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0
}

/// Whether accounts other than its owner can read it.
#[cfg(not(unix))]
pub(crate) fn others_can_read(_found: &std::fs::Metadata) -> bool {
    false
}
