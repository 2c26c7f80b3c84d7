//! All files of a petition in one encrypted ZIP with inert names, written while it is sent (ATT-6).
//!
//! Never a whole file in memory, and nothing on a disk: piece by piece is taken out of the database, encrypted and handed
//! to whoever reads. A reader who pauses holds up this one ZIP alone; one who leaves ends it.

use super::attached::{Attached, Copy};
use super::{App, Failure};
use crate::entropy::hex;
use crate::files::Unfit;
use axum::body::{Body, Bytes};
use casework::access::Seen;
use casework::authority::Actor;
use casework::{OfficialId, PetitionId};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipWriter};

/// Where the real names stand.
const INDEX: &str = "index.txt";
/// Pieces that are encrypted before their reader takes them.
const AHEAD: usize = 2;
/// Characters of a passphrase: 125 bits. The format stretches it hardly at all, so that it must not be guessable.
const CHARACTERS: usize = 25;
/// None that is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A file as it stands in the ZIP.
pub(crate) struct Entry {
    /// Its name there.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: Attached,
    /// SHA-256 of what is there, in hexadecimal; or why nothing is.
    pub(crate) sha256: Result<String, Unfit>,
}

impl App {
    /// The passphrase that belongs to a random seed for this official and this petition: so the page that shows it keeps
    /// nothing, and the form that it sends does not hold it.
    pub(crate) fn zip_passphrase(&self, official: OfficialId, petition: PetitionId, seed: &str) -> String {
        let mac = store::content::commit(
            &self.code_key,
            format!("zip passphrase\0{official}\0{petition}\0{seed}").as_bytes(),
        );
        let characters = mac.iter().take(CHARACTERS).filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
        let mut passphrase = String::new();
        for (n, character) in characters.enumerate() {
            if n > 0 && n % 5 == 0 {
                passphrase.push('-');
            }
            passphrase.push(char::from(*character));
        }
        passphrase
    }

    /// Records that an official takes all files at once, which copies, and what for, before the first byte is handed over.
    ///
    /// # Errors
    /// When it could not be made durable; then nothing must be handed over.
    pub(crate) async fn take_all(
        &self,
        actor: &Actor,
        petition: PetitionId,
        n_files: usize,
        copy: Copy,
        purpose: &str,
    ) -> Result<(), Failure> {
        let words = self.seal_words(petition, purpose).await?;
        let files = u32::try_from(n_files).unwrap_or(u32::MAX);
        let originals = copy == Copy::Original;
        self.record_read(actor, petition, Seen::AllFiles { files, originals, words }).await?;
        Ok(())
    }

    /// The ZIP, as a body that is made while it is read. `index` says what stands in it.
    pub(crate) fn zip_body(
        self: &Arc<Self>,
        files: Vec<Attached>,
        copy: Copy,
        passphrase: String,
        index: impl FnOnce(&[Entry]) -> String + Send + 'static,
    ) -> Body {
        let (out, taken) = mpsc::channel(AHEAD);
        let app = Arc::clone(self);
        tokio::spawn(async move {
            let sink = Sink::default();
            let writing = Writing { zip: ZipWriter::new_stream(sink.clone()), sink, out };
            if let Err(error) = writing.all(&app, files, copy, &passphrase, index).await {
                tracing::error!("a ZIP of files broke off: {error:#}");
            }
        });
        let next = |mut taken: mpsc::Receiver<io::Result<Bytes>>| async move {
            taken.recv().await.map(|piece| (piece, taken))
        };
        Body::from_stream(futures_util::stream::unfold(taken, next))
    }
}

/// What was encrypted and not taken yet.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Writing {
    zip: ZipWriter<zip::write::StreamWriter<Sink>>,
    sink: Sink,
    out: mpsc::Sender<io::Result<Bytes>>,
}

/// The reader left.
struct Left;

impl Writing {
    async fn all(
        mut self,
        app: &Arc<App>,
        files: Vec<Attached>,
        copy: Copy,
        passphrase: &str,
        index: impl FnOnce(&[Entry]) -> String,
    ) -> anyhow::Result<()> {
        match self.write(app, files, copy, passphrase, index).await {
            Ok(Ok(())) => {
                self.zip.finish()?;
                let rest = self.sink.take();
                let _left = self.out.send(Ok(rest.into())).await;
                Ok(())
            }
            Ok(Err(Left)) => Ok(()),
            Err(error) => {
                // A ZIP without its end is taken for broken, not for whole.
                let _left = self.out.send(Err(io::Error::other("broken off"))).await;
                Err(error)
            }
        }
    }

    async fn write(
        &mut self,
        app: &Arc<App>,
        files: Vec<Attached>,
        copy: Copy,
        passphrase: &str,
        index: impl FnOnce(&[Entry]) -> String,
    ) -> anyhow::Result<Result<(), Left>> {
        // Nothing of it is compressed: what was packed together would tell by its length.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .with_aes_encryption(AesMode::Aes256, passphrase);
        let mut entries = Vec::new();
        for (n, file) in files.into_iter().enumerate() {
            let name = format!("{:03}.bin", n + 1);
            let mut bytes = match app.file_bytes(&file, copy).await {
                Ok((bytes, _)) => Box::pin(bytes),
                // Never the original in the place of a copy that could not be made.
                Err(Failure::Unfit(unfit)) => {
                    entries.push(Entry { name, file, sha256: Err(unfit) });
                    continue;
                }
                Err(other) => return Err(other.into()),
            };
            self.zip.start_file(&name, options)?;
            let mut digest = Sha256::new();
            while let Some(piece) = bytes.next().await {
                let piece = piece?;
                digest.update(&piece);
                self.zip.write_all(&piece)?;
                if self.hand_over().await.is_err() {
                    return Ok(Err(Left));
                }
            }
            drop(bytes);
            entries.push(Entry { name, file, sha256: Ok(hex(&digest.finalize())) });
        }
        self.zip.start_file(INDEX, options)?;
        self.zip.write_all(index(&entries).as_bytes())?;
        Ok(self.hand_over().await)
    }

    async fn hand_over(&self) -> Result<(), Left> {
        let bytes = self.sink.take();
        self.out.send(Ok(bytes.into())).await.map_err(|_| Left)
    }
}
