//! C2SP tlog-witness: what a witness decides when a log asks it to cosign a checkpoint.
//!
//! The caller serves HTTP and stores [`Seen`]. Reading it, [`AddCheckpoint::consider`], and storing the new one must be
//! one atomic step, finished before the cosignature is made; otherwise two requests at once can roll the log back.

use std::fmt;

use crate::{
    Hash, Malformed,
    checkpoint::Checkpoint,
    note::{Note, Verifier},
    text,
    tree::{self, verify_consistency},
};

/// A request to cosign a checkpoint. `Display` writes what [`AddCheckpoint::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness to have seen; zero for none.
    pub old: u64,
    /// The consistency proof from `old`.
    pub proof: Vec<Hash>,
    /// The checkpoint: a whole signed note.
    pub checkpoint: String,
}

/// The last tree of a log that a witness has cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of leaves.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// A checkpoint to cosign, once `new` is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which log.
    pub origin: String,
    /// What the witness has now seen of it.
    pub new: Seen,
    /// The text to cosign.
    pub text: String,
}

/// Why a witness refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not a request, or an old size above that of the checkpoint.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// None of the keys trusted for this origin has signed.
    #[error("no trusted key has signed the checkpoint")]
    NoValidSignature,
    /// The witness does not follow this log.
    #[error("the origin of the checkpoint is unknown")]
    UnknownOrigin,
    /// The witness has seen a tree of another size: the log must prove from that one.
    #[error("the latest checkpoint cosigned has size {size}")]
    Stale {
        /// What the witness has seen.
        size: u64,
    },
    /// The witness has seen another tree of this very size: the log has forked.
    #[error("another checkpoint of size {size} was cosigned: the log has forked")]
    Forked {
        /// What the witness has seen.
        size: u64,
    },
    /// The consistency proof proves nothing.
    #[error("the consistency proof is wrong")]
    Inconsistent,
}

impl Rejection {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Rejection::Malformed(_) => 400,
            Rejection::NoValidSignature => 403,
            Rejection::UnknownOrigin => 404,
            Rejection::Stale { .. } | Rejection::Forked { .. } => 409,
            Rejection::Inconsistent => 422,
        }
    }

    /// The content type of the answer.
    pub fn content_type(&self) -> &'static str {
        match self {
            Rejection::Stale { .. } => "text/x.tlog.size",
            Rejection::Malformed(_)
            | Rejection::NoValidSignature
            | Rejection::UnknownOrigin
            | Rejection::Forked { .. }
            | Rejection::Inconsistent => "text/plain; charset=utf-8",
        }
    }

    /// The body of the answer: the size seen, or a sentence.
    pub fn body(&self) -> String {
        match self {
            Rejection::Stale { size } => format!("{size}\n"),
            Rejection::Malformed(_)
            | Rejection::NoValidSignature
            | Rejection::UnknownOrigin
            | Rejection::Forked { .. }
            | Rejection::Inconsistent => format!("{self}\n"),
        }
    }
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// The body does not follow tlog-witness, or what it carries is no checkpoint.
    pub fn parse(request: &str) -> Result<AddCheckpoint, Rejection> {
        let mut rest = request;
        let old = text::line(&mut rest).and_then(|line| line.strip_prefix("old ")).and_then(text::decimal);
        let old = old.ok_or(Malformed("the first line is no old size"))?;
        let proof = text::hashes(&mut rest).ok_or(Malformed("a hash of a consistency proof is not one"))?;
        Checkpoint::of_note(rest)?;
        Ok(AddCheckpoint { old, proof, checkpoint: rest.to_owned() })
    }

    /// Which log asks: look up its keys and what was last seen of it, then [`AddCheckpoint::consider`].
    pub fn origin(&self) -> &str {
        self.checkpoint.split('\n').next().unwrap_or_default()
    }

    /// Decides. `keys` are those trusted for this origin, none when the log is not followed; `seen` is what was last
    /// cosigned of it.
    ///
    /// # Errors
    /// The reason to refuse, with its HTTP status.
    pub fn consider(&self, keys: &[Verifier], seen: Option<Seen>) -> Result<Accepted, Rejection> {
        let (checkpoint, note) = Checkpoint::of_note(&self.checkpoint)?;
        if keys.is_empty() {
            return Err(Rejection::UnknownOrigin);
        }
        if !is_signed(&note, keys) {
            return Err(Rejection::NoValidSignature);
        }
        let seen = seen.unwrap_or(Seen { size: 0, root: tree::empty_root() });
        let new = Seen { size: checkpoint.size, root: checkpoint.root };
        if self.old > new.size {
            return Err(Malformed("the old size is above the size of the checkpoint").into());
        }
        if self.old != seen.size {
            return Err(Rejection::Stale { size: seen.size });
        }
        if new.size == seen.size && new.root != seen.root {
            return Err(Rejection::Forked { size: seen.size });
        }
        verify_consistency(seen.size, new.size, &seen.root, &new.root, &self.proof)
            .map_err(|_| Rejection::Inconsistent)?;
        Ok(Accepted { origin: checkpoint.origin, new, text: note.text })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", text::base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// At least one signature by a trusted key, and none in a trusted key's name that is not its own.
fn is_signed(note: &Note, keys: &[Verifier]) -> bool {
    let mut claimed =
        keys.iter().flat_map(|key| note.signatures.iter().map(move |signature| (key, signature)));
    let good = claimed.clone().any(|(key, signature)| key.verify(&note.text, signature));
    good && claimed.all(|(key, signature)| !key.claims(signature) || key.verify(&note.text, signature))
}
