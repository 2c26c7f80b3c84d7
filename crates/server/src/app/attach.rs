//! Files come in piece by piece, wait encrypted under a secret of whoever brings them, and are taken over by the decision
//! that they come with (ATT-1; docs/decisions/0007).
//!
//! Never a whole file in memory: a connection holds one piece, and a few pieces at a time are encrypted and written. A
//! file that is refused leaves nothing behind; one that is never submitted is forgotten with the draft.

use super::{App, Failure};
use crate::contents::Contents;
use crate::entropy;
use crate::files::{self, About, Part, Reader, Unfit};
use anyhow::Context as _;
use axum::body::Bytes;
use casework::ContentId;
use casework::text::{Attachment, Commitment};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::attachment::{self, NewFile, PIECE};
use store::content::sha256;
use store::seal::{self, FileKey, Suite};
use tokio::sync::Semaphore;

/// Hours that a finished upload waits for its petition: as long as a draft.
pub(super) const HOURS: i64 = 30 * 24;
/// Hours that a file may take to arrive.
pub(super) const ARRIVING: i64 = 6;
/// Pieces that are encrypted and written at once, however many connections bring some.
const AT_ONCE: usize = 8;
/// Files that are looked over at once.
const LOOKS: usize = 2;

/// What of files is set up, and how many are under way.
#[derive(Debug)]
pub(crate) struct Intake {
    /// Most files of a petition.
    pub(crate) most_files: usize,
    /// Most bytes of one.
    pub(crate) most_bytes: u64,
    /// Most bytes of all files of a petition.
    pub(crate) most_together: u64,
    /// Bytes that must stay free; below, files are refused and petitions are not.
    floor: u64,
    /// Folders whose disks fill up with files.
    disks: Vec<PathBuf>,
    /// The virus scanner's socket.
    pub(super) clamav: Option<PathBuf>,
    pub(super) writing: Semaphore,
    pub(super) looking: Semaphore,
}

const MB: u64 = 1 << 20;

impl Intake {
    /// As the configuration says.
    pub(crate) fn new(config: &crate::config::Config) -> Intake {
        let database = config.sqlite_file().and_then(|file| std::path::absolute(file).ok());
        let database = database.and_then(|file| file.parent().map(Path::to_path_buf));
        let journal = Some(config.journal_folder.clone()).filter(|folder| !folder.as_os_str().is_empty());
        Intake {
            most_files: config.files_per_petition,
            most_bytes: config.file_megabytes.saturating_mul(MB),
            most_together: config.petition_megabytes.saturating_mul(MB),
            floor: config.disk_floor_megabytes.saturating_mul(MB),
            disks: database.into_iter().chain(journal).collect(),
            clamav: Some(config.clamav_socket.clone()).filter(|socket| !socket.as_os_str().is_empty()),
            writing: Semaphore::new(AT_ONCE),
            looking: Semaphore::new(LOOKS),
        }
    }

    /// Whether every disk has room above the floor. One that cannot be asked is not held against anybody.
    pub(super) fn has_room(&self) -> bool {
        self.disks.iter().all(|disk| {
            let known = disk.ancestors().find(|folder| folder.exists());
            let stat = known.and_then(|folder| rustix::fs::statvfs(folder).ok());
            stat.is_none_or(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) >= self.floor)
        })
    }
}

/// Whoever brings files, by a secret that the database does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    secret: String,
    /// The secret is of one file, which must be there.
    one: bool,
}

impl Holder {
    /// Files beside a draft, a form or a session: `what` keeps their secrets apart.
    pub(crate) fn of(what: &str, secret: &str) -> Holder {
        Holder { secret: format!("{what}\0{secret}"), one: false }
    }

    /// One file by its own handle.
    pub(crate) fn handle(handle: &str) -> Holder {
        Holder { secret: format!("handle\0{handle}"), one: true }
    }

    /// The key of what is kept about their files.
    pub(super) fn key(&self) -> [u8; 32] {
        sha256(format!("huiyin upload\0{}", self.secret).as_bytes())
    }
}

/// Where what is kept about an upload is at home.
pub(super) fn place(file: ContentId) -> Vec<u8> {
    [b"huiyin upload 1".as_slice(), file.0.as_bytes()].concat()
}

/// A file that waits for its petition.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Held {
    /// What it is.
    pub(crate) about: About,
    /// Its place in the order in which files are shown.
    pub(super) place: u32,
    pub(super) key: [u8; 32],
    pub(super) ckey: [u8; 32],
    pub(super) commitment: [u8; 32],
    pub(super) pieces_digest: [u8; 32],
    pub(super) kept: u64,
}

impl Held {
    /// Its id.
    pub(crate) fn id(&self) -> Result<ContentId, Failure> {
        let id = uuid::Uuid::parse_str(&self.about.file).context("id of an upload")?;
        Ok(ContentId(id))
    }

    /// As a decision takes it over: for its fact, and for the store. Its description becomes words like all others.
    pub(crate) fn take(&self, suite: Suite, contents: &mut Contents) -> Result<Attachment, Failure> {
        let id = self.id()?;
        let words = serde_json::to_string_pretty(&self.about).context("description of a file")?;
        let attachment = Attachment {
            content: id,
            commitment: Commitment(self.commitment),
            size: self.about.size,
            about: contents.add(&words)?,
        };
        contents.attach(NewFile {
            id,
            key: FileKey::new(suite, self.key),
            ckey: self.ckey,
            commitment: self.commitment,
            pieces_digest: self.pieces_digest,
            kept: self.kept,
            nonce: entropy::bytes()?,
        });
        Ok(attachment)
    }
}

impl App {
    /// What a holder is known by in the database.
    pub(super) fn holder_mac(&self, holder: &Holder) -> String {
        self.mac(&format!("upload\0{}", holder.secret))
    }

    /// Files that somebody holds, in the order in which they came.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn held(&self, holder: &Holder) -> Result<Vec<Held>, Failure> {
        let now = self.clock.now_stamp();
        let rows = attachment::held(&self.database, &self.holder_mac(holder), &now).await?;
        let mut held = Vec::new();
        for (id, sealed) in rows.iter().filter(|(_, sealed)| !sealed.is_empty()) {
            let words = seal::open(self.database.suite()?, &holder.key(), &place(*id), sealed)?
                .context("an upload does not open for its holder")?;
            held.push(serde_json::from_slice::<Held>(&words).context("description of an upload")?);
        }
        held.sort_by_key(|held| held.place);
        Ok(held)
    }

    /// All files that a petition is to take over, within its limits.
    ///
    /// # Errors
    /// `Unfit` when there are too many, or one is gone.
    pub(crate) async fn all_held(&self, holders: &[Holder]) -> Result<Vec<Held>, Failure> {
        let mut all = Vec::new();
        for holder in holders {
            let held = self.held(holder).await?;
            if holder.one && held.is_empty() {
                return Err(Failure::Unfit(Unfit::Gone));
            }
            // A handle that is named twice is one file.
            let new = held.into_iter().filter(|held| all.iter().all(|known: &Held| known.key != held.key));
            all.extend(new.collect::<Vec<_>>());
        }
        if all.len() > self.files.most_files {
            return Err(Failure::Unfit(Unfit::TooMany));
        }
        if all.iter().map(|held| held.about.size).sum::<u64>() > self.files.most_together {
            return Err(Failure::Unfit(Unfit::TooMuch));
        }
        Ok(all)
    }

    /// Lets go of a file that somebody holds. Nothing happens when it is gone.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn let_go(&self, holder: &Holder, file: &str) -> Result<(), Failure> {
        for held in self.held(holder).await?.iter().filter(|held| held.about.file == file) {
            self.write([attachment::let_go(held.id()?, &self.clock.now_stamp())]).await?;
        }
        Ok(())
    }

    /// Puts a copy without metadata in the place of a file that somebody holds (ATT-5): what was never
    /// submitted, no official sees. Why it was not done is in the answer.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn strip(
        &self,
        holder: &Holder,
        file: &str,
    ) -> Result<Result<(), (String, Unfit)>, Failure> {
        let all = self.held(holder).await?;
        let Some(held) = all.iter().find(|held| held.about.file == file) else { return Ok(Ok(())) };
        let (id, key) = (held.id()?, FileKey::new(self.database.suite()?, held.key));
        let Some(parts) = self.stripped(&held.about, (id, &key)).await? else { return Ok(Ok(())) };
        let mut copy = std::pin::pin!(pieces(&self.database, &key, id, parts));
        // It takes the original's place, and counts for nothing beside it.
        if let Err(unfit) = self.bring(holder, &held.about.name, (held.place, 0), &mut copy).await? {
            return Ok(Err((held.about.name.clone(), unfit)));
        }
        self.write([attachment::let_go(id, &self.clock.now_stamp())]).await?;
        Ok(Ok(()))
    }

    /// The parts of a copy without metadata; `None` when none can be made.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn stripped(
        &self,
        about: &About,
        (id, key): (ContentId, &FileKey),
    ) -> Result<Option<Vec<Part>>, Failure> {
        let Some(kind) = files::kind_of(&about.name).filter(|_| about.can_be_stripped()) else {
            return Ok(None);
        };
        let _turn = self.files.looking.acquire().await.context("looking files over")?;
        let reader = Reader::new(&self.database, key, id, about.size);
        let plan = tokio::task::block_in_place(|| files::plan(kind.family, about.size, reader));
        // Never the original in the place of a copy that could not be made.
        let plan = plan.map_err(Failure::Unfit)?.ok_or(Failure::Unfit(files::Unfit::Damaged))?;
        Ok(Some(plan.parts))
    }
}

/// A file, or parts of it, piece by piece.
pub(crate) fn pieces<D: std::ops::Deref<Target = store::Database> + Send>(
    database: D,
    key: &FileKey,
    file: ContentId,
    parts: Vec<Part>,
) -> impl Stream<Item = Result<Bytes, store::StoreError>> + Send + use<D> {
    let parts: std::collections::VecDeque<Part> = parts.into();
    let state = (database, key.clone(), parts, None::<(u32, Bytes)>);
    futures_util::stream::try_unfold(state, move |(database, key, mut parts, mut known)| async move {
        loop {
            let Some(part) = parts.pop_front() else { return Ok(None) };
            let (at, length) = match part {
                Part::Bytes(bytes) => return Ok(Some((bytes.into(), (database, key, parts, known)))),
                Part::Copy(_, 0) => continue,
                Part::Copy(at, length) => (at, length),
            };
            let missing = || store::StoreError::Corrupt(format!("attachment {file}: a piece is missing"));
            let idx = u32::try_from(at / PIECE as u64).map_err(|_| missing())?;
            let piece = match known.take() {
                Some((same, piece)) if same == idx => piece,
                Some(_) | None => {
                    attachment::read(&database, &key, file, idx).await?.ok_or_else(missing)?.into()
                }
            };
            let from = usize::try_from(at % PIECE as u64).unwrap_or(usize::MAX).min(piece.len());
            let until = from.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).min(piece.len());
            let bytes = piece.slice(from..until);
            if bytes.is_empty() {
                return Err(missing());
            }
            let n = bytes.len() as u64;
            parts.push_front(Part::Copy(at + n, length - n));
            known = Some((idx, piece));
            return Ok(Some((bytes, (database, key, parts, known))));
        }
    })
}
