//! Where a backup is unpacked and checked before anybody serves from it.

use crate::dump::Program;
use crate::places::{Private, Stop, new_private, rename};
use crate::recovery::Identity;
use crate::{archive, entropy};
use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use store::backup;
use store::log::Head;

/// What is to become of what is unpacked.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// Nothing: a drill. Folder for a file, and a PostgreSQL server beside one of whose databases another may be made.
    Check {
        /// For a file; the database in it is in clear, its words are encrypted.
        folder: PathBuf,
        /// `postgres://…`
        server: Option<String>,
    },
    /// An office serves from it: `sqlite:PATH` or `postgres://…`.
    Into(String),
}

/// The place.
pub(crate) enum Place {
    /// A file in a folder of its own.
    File {
        /// Gone with the place.
        folder: Private,
        /// Where the finished database goes; `None` for a drill.
        target: Option<PathBuf>,
    },
    /// A database that was empty.
    Server {
        /// Its address.
        url: String,
        /// A drill's: the database beside which it was made, and its name.
        made: Option<(String, String)>,
    },
}

impl Place {
    /// Prepares the place for a database of a kind. What holds anything is refused.
    ///
    /// # Errors
    /// Names what stands in the way.
    pub(crate) async fn prepare(goal: &Goal, kind: &str) -> anyhow::Result<Place> {
        match (goal, kind == "postgres") {
            (Goal::Check { folder, .. }, false) => {
                Ok(Place::File { folder: Private::within(folder)?, target: None })
            }
            (Goal::Check { server, .. }, true) => {
                let beside = server.as_ref().context(
                    "the backup is one of PostgreSQL: name a server on which a database may be made for the drill, \
                     --server postgres://user:password@host/postgres",
                )?;
                let name = format!("huiyin_check_{}", entropy::hex(&entropy::bytes::<4>()?));
                let (server, _) = beside.rsplit_once('/').context("the address names no database")?;
                store::bare::create_database(beside, &name).await?;
                Ok(Place::Server { url: format!("{server}/{name}"), made: Some((beside.clone(), name)) })
            }
            (Goal::Into(address), false) => {
                if address.contains("://") {
                    bail!("the backup is one of SQLite: write --into sqlite:PATH");
                }
                let target = PathBuf::from(address.strip_prefix("sqlite:").unwrap_or(address));
                if target.exists() {
                    bail!("{} exists; a restore goes into a new file", target.display());
                }
                Ok(Place::File { folder: Private::beside(&target)?, target: Some(target) })
            }
            (Goal::Into(address), true) => {
                if !address.contains("://") {
                    bail!("the backup is one of PostgreSQL: write --into postgres://…");
                }
                if !backup::is_empty(address).await? {
                    bail!("the database is not empty; a restore goes into an empty one (createdb)");
                }
                Ok(Place::Server { url: address.clone(), made: None })
            }
        }
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        match self {
            Place::File { folder, .. } => format!("sqlite:{}", folder.file("work.sqlite3").display()),
            Place::Server { url, .. } => url.clone(),
        }
    }

    /// Unpacks the backup. Blocks.
    ///
    /// # Errors
    /// When the backup was altered or cut off, or there is no room.
    pub(crate) fn unpack(&self, file: &Path, identity: &Identity, stop: &Stop) -> anyhow::Result<()> {
        let length = std::fs::metadata(file).with_context(|| format!("read {}", file.display()))?.len();
        let bar = crate::cli::progress(Some(length));
        let told = |bytes| {
            bar.set_position(bytes);
            stop.check()
        };
        let from = open(file, identity)?;
        match self {
            Place::File { folder, .. } => {
                let mut into = new_private(&folder.file("work.sqlite3")).context("make the database")?;
                archive::unpack(from, &mut into, told)?;
            }
            Place::Server { url, .. } => {
                let mut program = Program::restore(url)?;
                let mut into = program.child.stdin.take().context("the input of pg_restore")?;
                let unpacked = archive::unpack(from, &mut into, told);
                drop(into);
                match unpacked {
                    Ok(()) => program.end()?,
                    // It went first, so it knows why.
                    Err(error) if is_broken_pipe(&error) => program.end()?,
                    Err(error) => return Err(error),
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Hands the checked database over: a file under its name, or with `.faulty` behind it. Blocks.
    ///
    /// # Errors
    /// When the disk refuses, or the name is taken.
    pub(crate) fn hand_over(&self, head: &Head, faulty: bool) -> anyhow::Result<Option<PathBuf>> {
        let Place::File { folder, target: Some(target) } = self else { return Ok(None) };
        let (work, ready) = (folder.file("work.sqlite3"), folder.file("ready.sqlite3"));
        // A copy of its own making has no write-ahead log beside it that could be left behind.
        let standing = backup::copy(&work, &ready, |_| ())?;
        if standing.head != *head {
            bail!("the database changed while it was checked");
        }
        File::open(&ready).and_then(|ready| ready.sync_all()).context("sync the database")?;
        let mut name = target.as_os_str().to_owned();
        if faulty {
            name.push(".faulty");
        }
        let name = PathBuf::from(name);
        rename(&ready, &name)?;
        Ok(Some(name))
    }

    /// Takes away what a drill or a failed restore leaves.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn leave(self, keep: bool) -> anyhow::Result<()> {
        match self {
            Place::File { folder, .. } => drop(folder),
            Place::Server { made: Some((beside, name)), .. } => {
                store::bare::drop_database(&beside, &name).await?;
            }
            Place::Server { made: None, .. } if keep => {}
            Place::Server { url, made: None } => backup::clear(&url).await?,
        }
        Ok(())
    }
}

/// What a backup says of itself.
///
/// # Errors
/// When the identity does not open it, or it is none.
pub(crate) fn peek(file: &Path, identity: &Identity) -> anyhow::Result<archive::Held> {
    archive::peek(open(file, identity)?)
}

fn open(file: &Path, identity: &Identity) -> anyhow::Result<age::stream::StreamReader<BufReader<File>>> {
    let shown = file.display();
    let open = File::open(file).with_context(|| format!("read {shown}"))?;
    identity.reader(BufReader::new(open)).with_context(|| shown.to_string())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut kinds = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    kinds.any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
