//! The transparency log's mathematics, receipts and their offline verification.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness, and no knowledge of
//! petitions. Keys come in as seeds, times as numbers. The formats are those of C2SP, to the byte, so that any other
//! implementation can read and check what Huiyin writes.
//!
//! For the auditor, in reading order: `tree` (RFC 6962), `record` (what an entry commits to), `note`, `checkpoint`,
//! `cosign` and `policy` (who signs, and who must be believed), `proof` and `receipt` (what a petitioner holds),
//! `witness` (what an outside witness agrees to), `tile` (how the log is published), `sm2` (what offices of the suite gm sign beside).

pub mod checkpoint;
pub mod cosign;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod record;
#[cfg(feature = "gm")]
pub mod sm2;
pub mod tile;
pub mod tree;
pub mod witness;

mod cbor;
mod text;

pub use tree::Hash;

/// Bytes that do not follow their format, with what is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub &'static str);
