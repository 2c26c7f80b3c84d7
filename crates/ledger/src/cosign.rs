//! C2SP tlog-cosignature, version 1: a witness says that at this time this was the largest tree it had seen of the log,
//! and that it grew out of every tree it had seen before.

use crate::{
    Malformed,
    note::{Kind, Signature, Signer, Verifier},
};

/// A witness's signing key. Never printed.
#[derive(Debug)]
pub struct Cosigner(Signer);

impl Cosigner {
    /// The key named `name` with this secret seed. The seed must be used for nothing else.
    ///
    /// # Errors
    /// The name is empty or has a space, a plus sign or a control character.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Cosigner, Malformed> {
        Signer::new(name, seed).map(Cosigner)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        self.0.verifier_of(Kind::Cosignature)
    }

    /// Cosigns the text of a checkpoint at a POSIX time in seconds; answers one signature line with its newline.
    pub fn cosign(&self, checkpoint_text: &str, seconds: u64) -> String {
        let signature = self.0.raw(message(seconds, checkpoint_text).as_bytes());
        self.0.line(Kind::Cosignature, [seconds.to_be_bytes().as_slice(), &signature].concat())
    }
}

/// The POSIX time in seconds that a cosignature states; `None` when it is no cosignature. Verify it first.
pub fn cosigned_at(signature: &Signature) -> Option<u64> {
    split(signature).map(|(seconds, _)| seconds)
}

/// Time and Ed25519 signature of a cosignature. Times of 2^63 and later are not allowed.
pub(crate) fn split(signature: &Signature) -> Option<(u64, &[u8])> {
    let (seconds, bytes) = signature.bytes.split_first_chunk::<8>()?;
    let seconds = u64::from_be_bytes(*seconds);
    (bytes.len() == 64 && seconds >> 63 == 0).then_some((seconds, bytes))
}

pub(crate) fn message(seconds: u64, checkpoint_text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{checkpoint_text}")
}
