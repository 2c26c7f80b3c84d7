//! What can go wrong with a database, and what to do about it.

/// A database problem. Never carries personal data, nor a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process holds it.
    #[error("the database {0} is locked by another process; stop that process or wait for it to finish")]
    Locked(String),
    /// It cannot be written.
    #[error(
        "the database {0} is read-only; check the file's owner and permissions and that the disk is mounted for writing"
    )]
    ReadOnly(String),
    /// No room is left.
    #[error(
        "the disk that holds the database {0} is full; nothing confirmed was lost; make room and try again"
    )]
    Full(String),
    /// A newer program wrote it.
    #[error(
        "the database {database} has schema {found}, but this program knows only up to {known}; install the newer version of huiyin"
    )]
    Newer {
        /// Which database.
        database: String,
        /// Its schema number.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// It cannot be reached.
    #[error(
        "the database {database} cannot be reached: {reason}; check the address, the permissions and that the server runs"
    )]
    Unreachable {
        /// Which database.
        database: String,
        /// What the driver says.
        reason: String,
    },
    /// PostgreSQL would confirm before writing.
    #[error(
        "the database {0} has synchronous_commit = off, so confirmed petitions could be lost; set it to on"
    )]
    SynchronousCommitOff(String),
    /// It holds what this program never wrote.
    #[error("the database is damaged: {0}; run `huiyin verify`")]
    Corrupt(String),
    /// The address makes no sense.
    #[error("{0:?} is not a database; write sqlite:PATH or postgres://user:password@host/name")]
    BadAddress(String),
    /// Anything else, with what the driver says.
    #[error("database: {0}")]
    Other(String),
}
