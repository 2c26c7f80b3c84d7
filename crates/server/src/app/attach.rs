//! Files come in piece by piece, wait encrypted under a secret of whoever brings them, and are taken over by the decision
//! that they come with (ATT-1; docs/decisions/0007).
//!
//! Never a whole file in memory: a connection holds one piece, and a few pieces at a time are encrypted and written. A
//! file that is refused leaves nothing behind; one that is never submitted is forgotten with the draft.

use super::{App, Failure};
use crate::contents::Contents;
use crate::entropy;
use crate::files::{self, About, Kind, Part, Reader, Unfit, Verdict, clamd::Scan};
use anyhow::Context as _;
use axum::body::Bytes;
use casework::ContentId;
use casework::text::{Attachment, Commitment};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use futures_util::{Stream, StreamExt as _};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use store::attachment::{self, NewFile, PIECE};
use store::content::sha256;
use store::seal::FileKey;
use store::{Batch, Write};
use tokio::sync::Semaphore;

/// Hours that a finished upload waits for its petition: as long as a draft.
const HOURS: i64 = 30 * 24;
/// Hours that a file may take to arrive.
const ARRIVING: i64 = 6;
/// Length of the nonce before an encrypted description, in bytes.
const NONCE: usize = 24;
/// Pieces that are encrypted and written at once, however many connections bring some.
const AT_ONCE: usize = 8;
/// Files that are looked over at once.
const LOOKS: usize = 2;
/// Pieces after which room is looked for again.
const ROOM: u32 = 16;

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
    clamav: Option<PathBuf>,
    writing: Semaphore,
    looking: Semaphore,
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
            most_bytes: config.file_megabytes * MB,
            most_together: config.petition_megabytes * MB,
            floor: config.disk_floor_megabytes * MB,
            disks: database.into_iter().chain(journal).collect(),
            clamav: Some(config.clamav_socket.clone()).filter(|socket| !socket.as_os_str().is_empty()),
            writing: Semaphore::new(AT_ONCE),
            looking: Semaphore::new(LOOKS),
        }
    }

    /// Whether every disk has room above the floor. One that cannot be asked is not held against anybody.
    fn has_room(&self) -> bool {
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

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&sha256(format!("huiyin upload\0{}", self.secret).as_bytes()).into())
    }
}

/// A file that waits for its petition.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Held {
    /// What it is.
    pub(crate) about: About,
    /// When it was there: the order in which files are shown.
    at: String,
    key: [u8; 32],
    ckey: [u8; 32],
    commitment: [u8; 32],
    pieces_digest: [u8; 32],
    kept: u64,
}

impl Held {
    /// Its id.
    pub(crate) fn id(&self) -> Result<ContentId, Failure> {
        let id = uuid::Uuid::parse_str(&self.about.file).context("id of an upload")?;
        Ok(ContentId(id))
    }

    /// As a decision takes it over: for its fact, and for the store. Its description becomes words like all others.
    pub(crate) fn take(&self, contents: &mut Contents) -> Result<Attachment, Failure> {
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
            key: FileKey::new(self.key),
            ckey: self.ckey,
            commitment: self.commitment,
            pieces_digest: self.pieces_digest,
            kept: self.kept,
            nonce: entropy::bytes()?,
        });
        Ok(attachment)
    }
}

/// Outcome of bringing a file: what it is, or why it was not taken.
pub(crate) type Received = Result<Held, Unfit>;

/// A file while it arrives.
struct Arriving {
    id: ContentId,
    key: [u8; 32],
    ckey: [u8; 32],
    n_pieces: u32,
    size: u64,
    kept: u64,
    whole: Sha256,
    commitment: Hmac<Sha256>,
    pieces: Sha256,
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
            let (nonce, sealed) = sealed.split_at_checked(NONCE).context("an upload is too short")?;
            let nonce = XNonce::try_from(nonce).context("nonce of an upload")?;
            let place = Payload { msg: sealed, aad: id.0.as_bytes() };
            let words = holder.cipher().decrypt(&nonce, place);
            let words = words.map_err(|_| anyhow::anyhow!("an upload does not open for its holder"))?;
            held.push(serde_json::from_slice::<Held>(&words).context("description of an upload")?);
        }
        held.sort_by(|left, right| left.at.cmp(&right.at));
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
            all.extend(held);
        }
        if all.len() > self.files.most_files {
            return Err(Failure::Unfit(Unfit::TooMany));
        }
        if all.iter().map(|held| held.about.size).sum::<u64>() > self.files.most_together {
            return Err(Failure::Unfit(Unfit::TooMuch));
        }
        Ok(all)
    }

    /// Takes a file in, as it arrives. What is refused leaves nothing behind.
    ///
    /// # Errors
    /// When the database fails. Why a file is not taken is in the answer.
    pub(crate) async fn receive<E>(
        &self,
        holder: &Holder,
        name: &str,
        mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Received, Failure> {
        let name = files::clean_name(name);
        let Some(kind) = files::kind_of(&name) else { return Ok(Err(Unfit::Kind)) };
        let others = self.held(holder).await?;
        if others.len() >= self.files.most_files {
            return Ok(Err(Unfit::TooMany));
        }
        let before: u64 = others.iter().map(|held| held.about.size).sum();
        if !self.files.has_room() {
            return Ok(Err(Unfit::NoRoom));
        }
        let id = ContentId(uuid::Builder::from_random_bytes(entropy::bytes()?).into_uuid());
        let expires_at = self.clock.stamp_in_hours(ARRIVING);
        self.write([attachment::begin(id, &self.holder_mac(holder), &expires_at)]).await?;
        let received = self.arrive(holder, (id, name, kind), before, &mut bytes).await;
        if !matches!(received, Ok(Ok(_))) {
            self.discard(id).await?;
        }
        received
    }

    async fn arrive<E>(
        &self,
        holder: &Holder,
        (id, name, kind): (ContentId, String, &'static Kind),
        before: u64,
        bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Received, Failure> {
        let mut file = Arriving::new(id)?;
        let mut scan = match &self.files.clamav {
            Some(socket) => Some(Scan::begin(socket).await),
            None => None,
        };
        let mut piece = Vec::with_capacity(PIECE);
        while let Some(next) = bytes.next().await {
            let Ok(next) = next else { return Ok(Err(Unfit::CutOff)) };
            let size = file.size + (piece.len() + next.len()) as u64;
            if size > self.files.most_bytes {
                return Ok(Err(Unfit::TooLarge));
            }
            if before + size > self.files.most_together {
                return Ok(Err(Unfit::TooMuch));
            }
            let mut rest = next.as_ref();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(PIECE - piece.len()));
                piece.extend_from_slice(now);
                rest = later;
                if piece.len() == PIECE {
                    if let Err(unfit) = self.piece(&mut file, kind, &piece, &mut scan).await? {
                        return Ok(Err(unfit));
                    }
                    piece.clear();
                }
            }
        }
        if file.size == 0 && piece.is_empty() {
            return Ok(Err(Unfit::Empty));
        }
        if !piece.is_empty()
            && let Err(unfit) = self.piece(&mut file, kind, &piece, &mut scan).await?
        {
            return Ok(Err(unfit));
        }
        drop(piece);
        let verdict = match scan {
            Some(scan) => scan.end().await,
            None => Verdict::NotScanned,
        };
        let seen = {
            let _turn = self.files.looking.acquire().await.context("looking files over")?;
            let key = FileKey::new(file.key);
            let reader = Reader::new(&self.database, &key, id, file.size);
            tokio::task::block_in_place(|| files::look(kind, file.size, reader))
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let held = file.held(self.clock.now_stamp(), name, kind, (seen, verdict));
        let words = serde_json::to_vec(&held).context("description of an upload")?;
        let nonce = entropy::bytes::<NONCE>()?;
        let place = Payload { msg: &words, aad: id.0.as_bytes() };
        let sealed = holder.cipher().encrypt(&XNonce::from(nonce), place);
        let sealed = sealed.map_err(|_| anyhow::anyhow!("an upload cannot be encrypted"))?;
        let body = [nonce.as_slice(), &sealed].concat();
        self.write([attachment::finish(id, body, &self.clock.stamp_in_hours(HOURS))]).await?;
        Ok(Ok(held))
    }

    async fn piece(
        &self,
        file: &mut Arriving,
        kind: &Kind,
        piece: &[u8],
        scan: &mut Option<Scan>,
    ) -> Result<Result<(), Unfit>, Failure> {
        if file.n_pieces == 0 && !kind.fits(piece) {
            return Ok(Err(Unfit::Mismatch));
        }
        if file.n_pieces > 0 && file.n_pieces.is_multiple_of(ROOM) && !self.files.has_room() {
            return Ok(Err(Unfit::NoRoom));
        }
        if let Some(scan) = scan {
            scan.feed(piece).await;
        }
        let _turn = self.files.writing.acquire().await.context("writing files")?;
        let write = file.add(piece)?;
        match self.write([write]).await {
            Err(Failure::Broken(error))
                if matches!(error.downcast_ref(), Some(store::StoreError::Full(_))) =>
            {
                Ok(Err(Unfit::NoRoom))
            }
            done => done.map(Ok),
        }
    }

    /// Lets go of a file that somebody holds. Nothing happens when it is gone.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn let_go(&self, holder: &Holder, file: &str) -> Result<(), Failure> {
        for held in self.held(holder).await?.iter().filter(|held| held.about.file == file) {
            self.discard(held.id()?).await?;
        }
        Ok(())
    }

    /// Puts a copy without metadata in the place of a file that somebody holds (ATT-5): what they never sent, nobody has.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn strip(&self, holder: &Holder, file: &str) -> Result<(), Failure> {
        let all = self.held(holder).await?;
        let Some(held) = all.iter().find(|held| held.about.file == file) else { return Ok(()) };
        let (id, key) = (held.id()?, FileKey::new(held.key));
        let Some(parts) = self.stripped(&held.about, (id, &key)).await? else { return Ok(()) };
        // The copy must fit beside the original for a moment; it is smaller, so together they may pass the limits.
        let copy = std::pin::pin!(pieces(&self.database, &key, id, parts));
        self.discard_after(holder, &held.about.name, id, copy).await
    }

    async fn discard_after<E>(
        &self,
        holder: &Holder,
        name: &str,
        id: ContentId,
        mut copy: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(), Failure> {
        let name = files::clean_name(name);
        let kind = files::kind_of(&name).context("kind of a stripped copy")?;
        let new = ContentId(uuid::Builder::from_random_bytes(entropy::bytes()?).into_uuid());
        let expires_at = self.clock.stamp_in_hours(ARRIVING);
        self.write([attachment::begin(new, &self.holder_mac(holder), &expires_at)]).await?;
        match self.arrive(holder, (new, name, kind), 0, &mut copy).await {
            Ok(Ok(_)) => self.discard(id).await,
            failed => {
                self.discard(new).await?;
                failed.map(|_| ())
            }
        }
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
        Ok(plan.ok().flatten().map(|plan| plan.parts))
    }

    async fn discard(&self, id: ContentId) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.extend(attachment::discard(id));
        // A conflict: somebody let it go, or a petition took it over.
        self.database.commit(batch).await?;
        Ok(())
    }

    async fn write(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.extend(writes);
        match self.database.commit(batch).await? {
            store::Outcome::Committed => Ok(()),
            store::Outcome::Conflict => Err(Failure::Unfit(Unfit::Gone)),
        }
    }
}

impl Arriving {
    fn new(id: ContentId) -> Result<Arriving, Failure> {
        let ckey = entropy::bytes()?;
        let commitment =
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&ckey).context("key of a commitment")?;
        Ok(Arriving {
            id,
            key: entropy::bytes()?,
            ckey,
            n_pieces: 0,
            size: 0,
            kept: 0,
            whole: Sha256::new(),
            commitment,
            pieces: Sha256::new(),
        })
    }

    fn add(&mut self, piece: &[u8]) -> Result<Write, Failure> {
        self.whole.update(piece);
        self.commitment.update(piece);
        let key = FileKey::new(self.key);
        let (digest, kept, write) =
            attachment::piece(&key, self.id, self.n_pieces, &entropy::bytes()?, piece)?;
        self.pieces.update(digest);
        self.size += piece.len() as u64;
        self.kept += kept;
        self.n_pieces += 1;
        Ok(write)
    }

    fn held(self, at: String, name: String, kind: &Kind, (seen, verdict): (files::Seen, Verdict)) -> Held {
        let mut about = About {
            name,
            media: kind.media.to_owned(),
            size: self.size,
            sha256: entropy::hex(&self.whole.finalize()),
            file: entropy::hex(self.id.0.as_bytes()),
            found: Vec::new(),
            active: Vec::new(),
            listing: None,
            verdict,
        };
        seen.tell(&mut about);
        Held {
            about,
            at,
            key: self.key,
            ckey: self.ckey,
            commitment: self.commitment.finalize().into_bytes().into(),
            pieces_digest: self.pieces.finalize().into(),
            kept: self.kept,
        }
    }
}

/// A file, or parts of it, piece by piece.
pub(crate) fn pieces<'a>(
    database: impl std::ops::Deref<Target = store::Database> + Send + 'a,
    key: &FileKey,
    file: ContentId,
    parts: Vec<Part>,
) -> impl Stream<Item = Result<Bytes, store::StoreError>> + Send + 'a {
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
