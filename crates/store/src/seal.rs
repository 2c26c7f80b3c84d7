//! The one place that encrypts what is kept, with the office's suite, each ciphertext bound to its place (ENC-1, ENC-2,
//! ENC-3).
//!
//! A petition's words are under a key of the petition's own, which is wrapped by the office's. Destroying the wrapped key
//! destroys the words and leaves every proof valid: records speak of the row as it is kept, and of a commitment.

mod suite;
#[cfg(test)]
mod tests;

pub use suite::Suite;

use crate::log::Keeper;
use crate::{StoreError, keys, sealed};
use casework::{ContentId, PetitionId};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a nonce; drawn at random, it does not repeat.
pub const NONCE: usize = 24;

/// Opens one petition's words. Never shown, not even when debugging (KEY-5).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PetitionKey {
    #[zeroize(skip)]
    suite: Suite,
    key: [u8; 32],
}

impl std::fmt::Debug for PetitionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PetitionKey")
    }
}

impl PetitionKey {
    /// A key from random bytes, for an office of that suite.
    pub fn new(suite: Suite, random: [u8; 32]) -> PetitionKey {
        PetitionKey { suite, key: random }
    }

    pub(crate) fn suite(&self) -> Suite {
        self.suite
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    /// The key wrapped by the office's, as it is kept: under the version of the wrapping key that is in use.
    ///
    /// # Errors
    /// When it cannot be encrypted, which no input causes.
    pub fn wrap(
        &self,
        keeper: &Keeper,
        petition: PetitionId,
        nonce: &[u8; NONCE],
    ) -> Result<Vec<u8>, StoreError> {
        keys::seal_under(keeper, nonce, &key_place(petition), &self.key)
    }

    /// The key behind what is kept; `None` when it was destroyed.
    ///
    /// # Errors
    /// `Corrupt` when it is another office's, or altered; `NoVersion` when the key file lacks the version it is under.
    pub fn unwrap(
        keeper: &Keeper,
        petition: PetitionId,
        wrapped: &[u8],
    ) -> Result<Option<PetitionKey>, StoreError> {
        if wrapped.is_empty() {
            return Ok(None);
        }
        if sealed::public_in(wrapped).is_some() {
            return Err(StoreError::Sealed(petition.to_string()));
        }
        let damaged =
            || StoreError::Corrupt(format!("petition_key {petition}: the key file does not open it"));
        let key = keys::open_under(keeper, &key_place(petition), wrapped)?.ok_or_else(damaged)?;
        let key = Zeroizing::new(key);
        Ok(Some(PetitionKey::new(keeper.suite(), key.as_slice().try_into().map_err(|_| damaged())?)))
    }

    /// Words encrypted for their place.
    ///
    /// # Errors
    /// When they cannot be encrypted, which no input causes.
    pub fn seal(
        &self,
        petition: PetitionId,
        content: ContentId,
        nonce: &[u8; NONCE],
        words: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        seal(self.suite, &self.key, nonce, &content_place(petition, content), words)
    }

    /// Words back; `None` when the row was altered or belongs elsewhere.
    ///
    /// # Errors
    /// `OtherSuite` when they are of another suite.
    pub fn open(
        &self,
        petition: PetitionId,
        content: ContentId,
        kept: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        open(self.suite, &self.key, &content_place(petition, content), kept)
    }
}

impl PetitionKey {
    /// A file's own key, wrapped under its petition's, with the key of its commitment.
    ///
    /// # Errors
    /// When it cannot be encrypted, which no input causes.
    pub(crate) fn wrap_file(
        &self,
        petition: PetitionId,
        file: ContentId,
        nonce: &[u8; NONCE],
        (key, ckey): (&FileKey, &[u8; 32]),
    ) -> Result<Vec<u8>, StoreError> {
        let both = [key.key.as_slice(), ckey].concat();
        seal(self.suite, &self.key, nonce, &file_key_place(petition, file), &both)
    }

    /// Both back; `None` when the row was altered or belongs elsewhere.
    pub(crate) fn unwrap_file(
        &self,
        petition: PetitionId,
        file: ContentId,
        wrapped: &[u8],
    ) -> Result<Option<(FileKey, [u8; 32])>, StoreError> {
        let both = open(self.suite, &self.key, &file_key_place(petition, file), wrapped)?;
        let both = both.as_deref().and_then(<[u8]>::split_first_chunk::<32>);
        let read =
            |(key, ckey): (&[u8; 32], &[u8])| Some((FileKey::new(self.suite, *key), ckey.try_into().ok()?));
        Ok(both.and_then(read))
    }
}

/// Opens one file's pieces. Never shown, not even when debugging (KEY-5).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct FileKey {
    #[zeroize(skip)]
    suite: Suite,
    key: [u8; 32],
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey")
    }
}

impl FileKey {
    /// A key from random bytes, for an office of that suite.
    pub fn new(suite: Suite, random: [u8; 32]) -> FileKey {
        FileKey { suite, key: random }
    }

    /// Its bytes, to be kept encrypted with an upload until a petition takes the file over.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    /// A piece encrypted for its place in its file.
    pub(crate) fn seal(
        &self,
        file: ContentId,
        idx: u32,
        nonce: &[u8; NONCE],
        piece: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        seal(self.suite, &self.key, nonce, &piece_place(file, idx), piece)
    }

    /// A piece back; `None` when the row was altered or belongs elsewhere.
    pub(crate) fn open(&self, file: ContentId, idx: u32, kept: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        open(self.suite, &self.key, &piece_place(file, idx), kept)
    }
}

fn file_key_place(petition: PetitionId, file: ContentId) -> Vec<u8> {
    [b"huiyin file_key 1".as_slice(), petition.0.as_bytes(), file.0.as_bytes()].concat()
}

fn piece_place(file: ContentId, idx: u32) -> Vec<u8> {
    [b"huiyin attachment_chunk 1".as_slice(), file.0.as_bytes(), &idx.to_be_bytes()].concat()
}

fn key_place(petition: PetitionId) -> Vec<u8> {
    [b"huiyin petition_key 1".as_slice(), petition.0.as_bytes()].concat()
}

fn content_place(petition: PetitionId, content: ContentId) -> Vec<u8> {
    [b"huiyin content 1".as_slice(), petition.0.as_bytes(), content.0.as_bytes()].concat()
}

/// The suite's number, nonce and ciphertext, bound to a place.
///
/// # Errors
/// When the cipher refuses, which only a message of many gigabytes makes it do; `NoSuite` when this program lacks it.
pub fn seal(
    suite: Suite,
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    place: &[u8],
    words: &[u8],
) -> Result<Vec<u8>, StoreError> {
    suite.seal(key, nonce, place, words)
}

/// The words; `None` for another key, another place or altered bytes.
///
/// # Errors
/// `OtherSuite` for a ciphertext of another suite, which is not tried (ENC-3).
pub fn open(suite: Suite, key: &[u8; 32], place: &[u8], kept: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    suite.open(key, place, kept)
}
