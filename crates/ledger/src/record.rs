//! What an entry of the log commits to, and how.
//!
//! The log itself shows 33 bytes per entry that look random: a version byte and an HMAC of the record. Whoever holds the
//! entry's key and the record can show that the record is in the log; nobody else learns kind, time or content. Content
//! stands in the record twice: as a commitment under a key of its own, which the people concerned can open, and as the
//! digest of the bytes as stored, which an auditor can check without any key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    Hash, Malformed,
    cbor::{Reader, Writer},
};

/// The first byte of every entry, and the first item of every record.
pub const ENTRY_VERSION: u8 = 1;

/// One piece of content that a record commits to: a text, a letter, a file, a person's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRef {
    /// Names the content; random.
    pub id: [u8; 16],
    /// [`commit`] of the content in clear, under the content's own key.
    pub commitment: Hash,
    /// SHA-256 of the bytes as stored.
    pub stored_digest: Hash,
    /// The number of bytes as stored.
    pub size: u64,
}

/// One thing that happened, as the log commits to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The log's origin.
    pub origin: &'a str,
    /// The stream that the record belongs to; zero for the office's own.
    pub stream: [u8; 16],
    /// The place in the stream, from 0.
    pub seq: u64,
    /// The HMAC of the entry before it in the stream; zero for the first.
    pub prev: Hash,
    /// What kind of thing happened.
    pub kind: &'a str,
    /// When, in UTC milliseconds since 1970.
    pub at: u64,
    /// Was the clock believed?
    pub sure: bool,
    /// Who did it, by reference.
    pub actor: &'a str,
    /// SHA-256 of what happened, in full.
    pub body_digest: Hash,
    /// The content that came with it.
    pub contents: Vec<ContentRef>,
}

impl<'a> Record<'a> {
    /// Deterministic CBOR: `[1, origin, stream, seq, prev, kind, at, sure, actor, body_digest, [[id, commitment,
    /// stored_digest, size] …]]`.
    pub fn encode(&self) -> Vec<u8> {
        let mut cbor = Writer::default();
        cbor.array(11).uint(u64::from(ENTRY_VERSION)).text(self.origin).bytes(&self.stream).uint(self.seq);
        cbor.bytes(&self.prev).text(self.kind).uint(self.at).truth(self.sure).text(self.actor);
        cbor.bytes(&self.body_digest).array(self.contents.len());
        for content in &self.contents {
            cbor.array(4).bytes(&content.id).bytes(&content.commitment).bytes(&content.stored_digest);
            cbor.uint(content.size);
        }
        cbor.0
    }

    /// Reads what [`Record::encode`] writes; texts are borrowed from `bytes`.
    ///
    /// # Errors
    /// Anything that [`Record::encode`] does not write: each record has exactly one encoding.
    pub fn decode(bytes: &'a [u8]) -> Result<Record<'a>, Malformed> {
        let mut cbor = Reader(bytes);
        let record = read(&mut cbor).filter(|_| cbor.0.is_empty());
        record.ok_or(Malformed("a record is not the deterministic CBOR of a record"))
    }

    /// The HMAC that the log commits to, under the entry's own key.
    pub fn entry(&self, ekey: &[u8; 32]) -> Hash {
        commit(ekey, &self.encode())
    }
}

/// The entry as it stands in the log: 0x01 and the HMAC of the record.
pub fn entry_bytes(mac: &Hash) -> [u8; 33] {
    let mut entry = [ENTRY_VERSION; 33];
    if let Some((_, rest)) = entry.split_first_mut() {
        rest.copy_from_slice(mac);
    }
    entry
}

/// A commitment that hides `bytes` as long as the key is unknown: HMAC-SHA256.
pub fn commit(key: &[u8; 32], bytes: &[u8]) -> Hash {
    // HMAC fills a key up with zeroes to the block of its hash; doing so here leaves nothing that could fail.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::<Sha256>::new(&block.into()).chain_update(bytes).finalize().into_bytes().into()
}

/// The HMAC of an entry that only fills the log up: it looks like any other, and can be shown to be padding by revealing
/// the seed. It is [`commit`] of the CBOR `["pad", index]`.
pub fn padding(seed: &[u8; 32], index: u64) -> Hash {
    let mut cbor = Writer::default();
    cbor.array(2).text("pad").uint(index);
    commit(seed, &cbor.0)
}

fn read<'a>(cbor: &mut Reader<'a>) -> Option<Record<'a>> {
    if cbor.array()? != 11 || cbor.uint()? != u64::from(ENTRY_VERSION) {
        return None;
    }
    Some(Record {
        origin: cbor.text()?,
        stream: cbor.fixed()?,
        seq: cbor.uint()?,
        prev: cbor.fixed()?,
        kind: cbor.text()?,
        at: cbor.uint()?,
        sure: cbor.truth()?,
        actor: cbor.text()?,
        body_digest: cbor.fixed()?,
        contents: (0..cbor.array()?).map(|_| content(cbor)).collect::<Option<_>>()?,
    })
}

fn content(cbor: &mut Reader<'_>) -> Option<ContentRef> {
    if cbor.array()? != 4 {
        return None;
    }
    Some(ContentRef {
        id: cbor.fixed()?,
        commitment: cbor.fixed()?,
        stored_digest: cbor.fixed()?,
        size: cbor.uint()?,
    })
}
