//! Typed words on their way to being kept: a reference for the event, the words for the same batch.

use crate::entropy;
use casework::ContentId;
use casework::text::{Commitment, Text};
use store::Write;
use store::attachment::NewFile;
use store::content::{self, NewContent};

/// Words typed and files brought for one act, kept in the batch that records it.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    kept: Kept,
}

/// The same, for the batch.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Words.
    pub(crate) words: Vec<NewContent>,
    /// Files.
    pub(crate) files: Vec<NewFile>,
    /// Pieces of those files that are not in the database yet.
    pub(crate) pieces: Vec<Write>,
}

impl Kept {
    /// Whether nothing is to be kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.files.is_empty()
    }
}

impl Contents {
    /// None yet.
    pub(crate) fn new() -> Contents {
        Contents::default()
    }

    /// Takes what a person wrote, trimmed, and gives back its reference. Nothing is kept for an empty field.
    ///
    /// # Errors
    /// When no randomness can be drawn.
    pub(crate) fn add(&mut self, words: &str) -> anyhow::Result<Text> {
        let words = words.trim();
        if words.is_empty() {
            return Ok(Text::empty());
        }
        let id = ContentId(uuid::Builder::from_random_bytes(entropy::bytes()?).into_uuid());
        let key = entropy::bytes::<32>()?;
        let commitment = content::commit(&key, words.as_bytes());
        let nonce = entropy::bytes()?;
        self.kept.words.push(NewContent { id, key, nonce, commitment, body: words.as_bytes().to_vec() });
        let n_chars = u32::try_from(words.chars().count()).unwrap_or(u32::MAX);
        Ok(Text { content: id, commitment: Commitment(commitment), n_chars })
    }

    /// A file that the act takes over.
    pub(crate) fn attach(&mut self, file: NewFile) {
        self.kept.files.push(file);
    }

    /// A file that the program has just made, with the rows of its pieces.
    pub(crate) fn attach_made(&mut self, (file, pieces): (NewFile, Vec<Write>)) {
        self.kept.files.push(file);
        self.kept.pieces.extend(pieces);
    }

    /// Everything, for the batch.
    pub(crate) fn into_kept(self) -> Kept {
        self.kept
    }
}
