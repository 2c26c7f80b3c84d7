//! Who signs a log: its own key (Ed25519, C2SP), and in an office of the suite gm one of SM2 beside it (ENC-3).
//!
//! Signatures are kept one behind the other, 64 bytes each, in the order in which the head names the keys.

use super::Head;
use crate::StoreError;
use crate::keys::OfficeKey;
use crate::seal::Suite;
use ledger::Malformed;
use ledger::note::{Note, Signature, Signer, Verifier};
use std::collections::BTreeMap;
use std::sync::RwLock;
use zeroize::Zeroizing;

/// Bytes of a signature of either kind.
const BYTES: usize = 64;

/// The secrets that logs are signed with, by the number of the first log that each signs: the first is made from the office's
/// own key, the others are drawn when the key is changed (KEY-2).
pub(super) struct Seeds(RwLock<BTreeMap<u32, Zeroizing<[u8; 32]>>>);

impl Seeds {
    pub(super) fn new(first: Zeroizing<[u8; 32]>, key: &OfficeKey) -> Seeds {
        let mut seeds = key.signing().clone();
        seeds.insert(1, first);
        Seeds(RwLock::new(seeds))
    }

    /// Takes over what the key file has by now.
    pub(super) fn learn(&self, key: &OfficeKey) {
        if let Ok(mut seeds) = self.0.write() {
            seeds.extend(key.signing().clone());
        }
    }

    /// The one for the log of that origin.
    pub(super) fn of(&self, origin: &str) -> Zeroizing<[u8; 32]> {
        let number = origin.rsplit_once('/').and_then(|(_, number)| number.parse().ok()).unwrap_or(1);
        let newest = |seeds: &BTreeMap<u32, Zeroizing<[u8; 32]>>| {
            seeds.range(..=number).next_back().map(|(_, seed)| seed.clone())
        };
        // The first is always there, and what panicked while writing was nobody's.
        let seeds = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        newest(&seeds).unwrap_or_default()
    }
}

/// What signs the checkpoints of one log. Never printed.
#[derive(Debug)]
pub struct Signing {
    log: Signer,
    #[cfg(feature = "gm")]
    second: Option<ledger::sm2::Signer>,
}

impl Signing {
    /// The keys of the log of that origin, from the secret that an office has for it.
    pub(super) fn new(suite: Suite, origin: &str, seed: &[u8; 32]) -> Result<Signing, StoreError> {
        suite.ready()?;
        let refused = |error: Malformed| StoreError::Other(format!("the log's origin {origin:?}: {error}"));
        Ok(Signing {
            log: Signer::new(origin, seed).map_err(refused)?,
            #[cfg(feature = "gm")]
            second: match suite {
                Suite::Intl => None,
                Suite::Gm => Some(ledger::sm2::Signer::new(origin, seed).map_err(refused)?),
            },
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        self.log.name()
    }

    /// The log's own key.
    pub fn log(&self) -> &Signer {
        &self.log
    }

    /// Its public half.
    pub fn verifier(&self) -> Verifier {
        self.log.verifier()
    }

    /// The public half of the key beside it, as a vkey; `None` in an office that has none.
    pub fn second(&self) -> Option<String> {
        #[cfg(feature = "gm")]
        return self.second.as_ref().map(|signer| signer.verifier().to_string());
        #[cfg(not(feature = "gm"))]
        None
    }

    /// All of them, a line each.
    pub fn vkeys(&self) -> String {
        let lines: Vec<String> = std::iter::once(self.verifier().to_string()).chain(self.second()).collect();
        lines.join("\n")
    }

    /// A text with the signatures of the keys that the head names.
    pub(super) fn note(&self, head: &Head, text: &str) -> Result<String, StoreError> {
        let signatures = head.signatures(&self.sign(head, text)?)?;
        Ok(Note { text: text.to_owned(), signatures }.to_string())
    }

    /// Whether these are the keys that a log's head names: no more, and no fewer.
    pub fn signs(&self, head: &Head) -> bool {
        self.verifier().to_string() == head.vkey && head.second == self.second()
    }

    /// A text's signatures by the keys that the head names, as they are kept.
    pub(super) fn sign(&self, head: &Head, text: &str) -> Result<Vec<u8>, StoreError> {
        let failed = |_| StoreError::Other("the checkpoint could not be signed".to_owned());
        #[cfg_attr(
            not(feature = "gm"),
            expect(unused_mut, reason = "without the suite gm there is one signature")
        )]
        let mut kept = Signature::parse(self.log.sign(text).trim_end()).map_err(failed)?.bytes;
        #[cfg(feature = "gm")]
        if head.second.is_some()
            && let Some(second) = &self.second
        {
            kept.extend(second.sign(text).map_err(failed)?);
        }
        #[cfg(not(feature = "gm"))]
        let _ = head;
        Ok(kept)
    }
}

impl Head {
    /// Signatures as they are kept, each with the key that made it, for a note.
    ///
    /// # Errors
    /// `Corrupt` when the head names no key, or another number of keys.
    pub fn signatures(&self, kept: &[u8]) -> Result<Vec<Signature>, StoreError> {
        let damaged = || StoreError::Corrupt(format!("log_head {}: vkey and signatures", self.epoch));
        let mut ids = vec![self.verifier()?.id()];
        if let Some(second) = &self.second {
            // The id stands in the key's own text, so that a program without its suite can pass the line on.
            let id = second.split('+').nth(1).and_then(|id| u32::from_str_radix(id, 16).ok());
            ids.push(id.ok_or_else(damaged)?);
        }
        if kept.len() != ids.len() * BYTES {
            return Err(damaged());
        }
        let each = ids.into_iter().zip(kept.chunks_exact(BYTES));
        Ok(each
            .map(|(id, bytes)| Signature { name: self.origin.clone(), id, bytes: bytes.to_vec() })
            .collect())
    }

    /// Whether what is kept are the signatures of all keys of this log over a text.
    pub fn is_signed(&self, text: &str, kept: &[u8]) -> bool {
        let Ok(signatures) = self.signatures(kept) else { return false };
        let Ok(verifier) = self.verifier() else { return false };
        match signatures.as_slice() {
            [one] => verifier.verify(text, one),
            [one, two] => verifier.verify(text, one) && self.is_second(text, two),
            _ => false,
        }
    }

    #[cfg(feature = "gm")]
    fn is_second(&self, text: &str, signature: &Signature) -> bool {
        let second = self.second.as_deref().and_then(|vkey| ledger::sm2::Verifier::parse(vkey).ok());
        second.is_some_and(|verifier| verifier.name() == self.origin && verifier.verify(text, signature))
    }

    /// A program without the suite opens no office that has it.
    #[cfg(not(feature = "gm"))]
    fn is_second(&self, _text: &str, _signature: &Signature) -> bool {
        false
    }
}
