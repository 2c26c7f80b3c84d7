//! A file while it arrives: piece by piece, looked at as it comes, let go when anything is wrong with it (ATT-1, ATT-2).

use super::attach::{self, ARRIVING, HOURS, Held, Holder};
use super::{App, Failure};
use crate::entropy;
use crate::files::{self, About, Kind, Reader, Unfit, Verdict, clamd::Scan};
use anyhow::Context as _;
use axum::body::Bytes;
use casework::ContentId;
use futures_util::{Stream, StreamExt as _};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use store::attachment::{self, PIECE};
use store::seal::{self, FileKey, Suite};
use store::{Batch, Write};

/// Pieces after which room is looked for again.
const ROOM: u32 = 16;

/// Outcome of bringing a file: what it is, or why it was not taken.
pub(crate) type Received = Result<Held, Unfit>;

/// A file while it arrives.
struct Arriving {
    id: ContentId,
    name: String,
    kind: &'static Kind,
    place: u32,
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
        if files::kind_of(&name).is_none() {
            return Ok(Err(Unfit::Kind));
        }
        let others = self.held(holder).await?;
        if others.len() >= self.files.most_files {
            return Ok(Err(Unfit::TooMany));
        }
        let before = others.iter().map(|held| held.about.size).sum();
        let place = others.last().map_or(0, |last| last.place + 1);
        self.bring(holder, &name, (place, before), &mut bytes).await
    }

    /// The same at a place of the holder's list, beside so many bytes of others.
    pub(super) async fn bring<E>(
        &self,
        holder: &Holder,
        name: &str,
        (place, before): (u32, u64),
        bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Received, Failure> {
        let Some(kind) = files::kind_of(name) else { return Ok(Err(Unfit::Kind)) };
        if !self.files.has_room() {
            return Ok(Err(Unfit::NoRoom));
        }
        let mut file = Arriving::new(name, kind, place)?;
        let id = file.id;
        let expires_at = self.clock.stamp_in_hours(ARRIVING);
        self.write([attachment::begin(id, &self.holder_mac(holder), &expires_at)]).await?;
        let received = self.arrive(holder, &mut file, before, bytes).await;
        if !matches!(received, Ok(Ok(_))) {
            self.write(attachment::discard(id)).await?;
        }
        received
    }

    async fn arrive<E>(
        &self,
        holder: &Holder,
        file: &mut Arriving,
        before: u64,
        bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Received, Failure> {
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
                    if let Err(unfit) = self.piece(file, &piece, &mut scan).await? {
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
            && let Err(unfit) = self.piece(file, &piece, &mut scan).await?
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
            let key = FileKey::new(self.database.suite()?, file.key);
            let reader = Reader::new(&self.database, &key, file.id, file.size);
            tokio::task::block_in_place(|| files::look(file.kind, file.size, reader))
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let held = file.held(seen, verdict);
        let words = serde_json::to_vec(&held).context("description of an upload")?;
        let (nonce, place) = (entropy::bytes()?, attach::place(file.id));
        let body = seal::seal(self.database.suite()?, &holder.key(), &nonce, &place, &words)?;
        self.write([attachment::finish(file.id, body, &self.clock.stamp_in_hours(HOURS))]).await?;
        Ok(Ok(held))
    }

    async fn piece(
        &self,
        file: &mut Arriving,
        piece: &[u8],
        scan: &mut Option<Scan>,
    ) -> Result<Result<(), Unfit>, Failure> {
        if file.n_pieces == 0 && !file.kind.fits(piece) {
            return Ok(Err(Unfit::Mismatch));
        }
        if file.n_pieces > 0 && file.n_pieces.is_multiple_of(ROOM) && !self.files.has_room() {
            return Ok(Err(Unfit::NoRoom));
        }
        if let Some(scan) = scan {
            scan.feed(piece).await;
        }
        let _turn = self.files.writing.acquire().await.context("writing files")?;
        let write = file.add(self.database.suite()?, piece)?;
        match self.write([write]).await {
            Err(Failure::Broken(error))
                if matches!(error.downcast_ref(), Some(store::StoreError::Full(_))) =>
            {
                Ok(Err(Unfit::NoRoom))
            }
            done => done.map(Ok),
        }
    }

    /// Writes rows that are no decision.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn write(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.extend(writes);
        match self.database.commit(batch).await? {
            store::Outcome::Committed => Ok(()),
            store::Outcome::Conflict => Err(Failure::Unfit(Unfit::Gone)),
        }
    }
}

impl Arriving {
    fn new(name: &str, kind: &'static Kind, place: u32) -> Result<Arriving, Failure> {
        let id = ContentId(uuid::Builder::from_random_bytes(entropy::bytes()?).into_uuid());
        let ckey = entropy::bytes()?;
        let commitment =
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&ckey).context("key of a commitment")?;
        Ok(Arriving {
            id,
            name: name.to_owned(),
            kind,
            place,
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

    fn add(&mut self, suite: Suite, piece: &[u8]) -> Result<Write, Failure> {
        self.whole.update(piece);
        self.commitment.update(piece);
        let key = FileKey::new(suite, self.key);
        let (digest, kept, write) =
            attachment::piece(&key, self.id, self.n_pieces, &entropy::bytes()?, piece)?;
        self.pieces.update(digest);
        self.size += piece.len() as u64;
        self.kept += kept;
        self.n_pieces += 1;
        Ok(write)
    }

    fn held(&mut self, seen: files::Seen, verdict: Verdict) -> Held {
        let mut about = About {
            name: self.name.clone(),
            media: self.kind.media.to_owned(),
            size: self.size,
            sha256: entropy::hex(&self.whole.finalize_reset()),
            file: entropy::hex(self.id.0.as_bytes()),
            found: Vec::new(),
            active: Vec::new(),
            listing: None,
            verdict,
        };
        seen.tell(&mut about);
        Held {
            about,
            place: self.place,
            key: self.key,
            ckey: self.ckey,
            commitment: self.commitment.clone().finalize().into_bytes().into(),
            pieces_digest: self.pieces.finalize_reset().into(),
            kept: self.kept,
        }
    }
}
