//! A reference to words that are kept outside the events.
//!
//! Events hold no personal data: whatever a person wrote is content, named here by its id and bound by a
//! commitment, so that it can be sealed or erased while the record still verifies (architecture §3, §10.36).

use crate::ids::ContentId;
use serde::{Deserialize, Serialize};

/// HMAC-SHA256 of the words under a random key that is stored beside them.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(pub [u8; 32]);

impl std::fmt::Debug for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, ..] = self.0;
        write!(f, "{a:02x}{b:02x}…")
    }
}

/// SHA-256 of something that is kept elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Commitment(self.0).fmt(f)
    }
}

/// A text that somebody wrote, without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Where the words are kept.
    pub content: ContentId,
    /// What binds the words to this event.
    pub commitment: Commitment,
    /// Length in Unicode characters, after trimming: guards need it, and it is all they need.
    pub n_chars: u32,
}

impl Text {
    /// A field left empty: nothing is kept for it.
    pub fn empty() -> Text {
        Text { content: ContentId(uuid::Uuid::nil()), commitment: Commitment([0; 32]), n_chars: 0 }
    }

    /// Whether the person left the field empty.
    pub fn is_empty(&self) -> bool {
        self.n_chars == 0
    }
}

/// A file that somebody attached, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where the bytes are kept.
    pub content: ContentId,
    /// What binds the bytes to this event: HMAC-SHA256 of the file under a random key that is kept beside it.
    pub commitment: Commitment,
    /// Length in bytes.
    pub size: u64,
    /// What it is called and what was found in it, as words.
    pub about: Text,
}
