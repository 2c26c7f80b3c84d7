//! The log against what somebody outside has kept of it: a checkpoint, with or without witnesses (LOG-9).

use crate::log::proof;
use crate::{Database, StoreError};
use ledger::checkpoint::Checkpoint;
use ledger::tree;

/// What an outside checkpoint says of the log in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// The log holds everything that the checkpoint holds.
    Agrees {
        /// Entries at the checkpoint.
        size: u64,
        /// Entries now.
        now: u64,
    },
    /// The database has no log of that name.
    NoSuchLog,
    /// The log is shorter than it was: entries were dropped, or an older copy was put in place.
    Shorter {
        /// Entries at the checkpoint.
        size: u64,
        /// Entries now.
        now: u64,
    },
    /// At the checkpoint's size the log has another root: history was rewritten.
    Other {
        /// Entries at the checkpoint.
        size: u64,
    },
}

impl Outside {
    /// Whether the database contradicts the checkpoint.
    pub fn contradicts(&self) -> bool {
        match self {
            Outside::Agrees { .. } => false,
            Outside::NoSuchLog | Outside::Shorter { .. } | Outside::Other { .. } => true,
        }
    }
}

/// Compares the log with a checkpoint whose signatures were checked.
///
/// # Errors
/// Whatever the database reports.
pub async fn against(database: &Database, checkpoint: &Checkpoint) -> Result<Outside, StoreError> {
    let heads = proof::heads(database).await?;
    let Some(head) = heads.iter().find(|head| head.origin == checkpoint.origin) else {
        return Ok(Outside::NoSuchLog);
    };
    let (size, now) = (checkpoint.size, head.size());
    if size > now {
        return Ok(Outside::Shorter { size, now });
    }
    let proof = match proof::consistency(database, head, size, now).await {
        Ok(proof) => proof,
        // Rows that prove it are missing or altered; the reading of the log names them.
        Err(StoreError::Corrupt(_)) => return Ok(Outside::Other { size }),
        Err(error) => return Err(error),
    };
    let root = head.edge.root();
    Ok(match tree::verify_consistency(size, now, &checkpoint.root, &root, &proof) {
        Ok(()) => Outside::Agrees { size, now },
        Err(_) => Outside::Other { size },
    })
}
