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
    /// The account lacks a right (SCOPE-7).
    #[error(
        "the account of {0} may not do that: after a new version, and to bring a backup back, its owner runs `huiyin migrate` (docs/manual/running.md)"
    )]
    NotAllowed(String),
    /// Rights are to be given to an account that there is not.
    #[error("the server has no account {0:?}: make it first (docs/manual/running.md)")]
    NoAccount(String),
    /// Rights are to be given to whoever gives them.
    #[error("{0:?} is the account that asks: name the one that the program is to have, and ask as the owner")]
    OwnAccount(String),
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
    /// PostgreSQL would confirm before writing (CRASH-5).
    #[error(
        "the database {database} has {setting} = {value}, so confirmed petitions could be lost; set it to on"
    )]
    Unsafe {
        /// Which database.
        database: String,
        /// Which of its settings.
        setting: String,
        /// What it is set to.
        value: String,
    },
    /// Something must be recorded, but the office's key is not at hand.
    #[error(
        "the database {0} was opened without the office's key file; nothing can be recorded or read in clear"
    )]
    NoKey(String),
    /// The log of the database is signed by another key.
    #[error("the key file is not the one of the database {0}; restore it from its backup (field `key_file`)")]
    OtherKey(String),
    /// The key file lacks the key that signs the newest log.
    #[error(
        "the log {0} is signed with a key that the key file lacks: copy the newest key file to this machine, or bring it back from a later backup (docs/manual/keys.md)"
    )]
    NoSigning(String),
    /// The key file lacks a version of the wrapping key.
    #[error(
        "something is wrapped under version {0} of the office's wrapping key, which the key file lacks: copy the newest key file to this machine, or bring it back from a later backup (docs/manual/keys.md)"
    )]
    NoVersion(u32),
    /// The key file has another key under the number of a version than the log says.
    #[error(
        "the key file has another key under version {0} of the office's wrapping key than the one that came into use: copy the key file of the node that began it to this machine (docs/manual/keys.md)"
    )]
    OtherVersion(u32),
    /// This program was built without the office's suite (ENC-3).
    #[error(
        "this office encrypts with the suite {0}, which this program was built without: install a huiyin that was built with the feature {0} (docs/manual/keys.md)"
    )]
    NoSuite(&'static str),
    /// A ciphertext of a suite that is not the office's (ENC-3).
    #[error(
        "something is encrypted with the suite {found}, and this office's is {own}: it was altered or is another office's, and is not opened; run `huiyin verify`"
    )]
    OtherSuite {
        /// What it says it is of.
        found: &'static str,
        /// The office's.
        own: &'static str,
    },
    /// The key file names another suite than the database.
    #[error(
        "the database {database} was set up with the suite {kept}, and the key file says {own}: bring the key file back from its backup (field `key_file`)"
    )]
    SuiteOfKey {
        /// Which database.
        database: String,
        /// What it was set up with.
        kept: String,
        /// What the key file says.
        own: &'static str,
    },
    /// The words are gone for good.
    #[error("the words of petition {0} were destroyed with their key")]
    Destroyed(String),
    /// Nobody who can open the petition has shown that they can.
    #[error("petition {0} is sealed, and whoever asks has brought nothing that opens it")]
    Sealed(String),
    /// The schema is from before the record had its form.
    #[error(
        "the database {database} has schema {found}: one from before the first release cannot be brought up to date, a later one is by `huiyin serve`"
    )]
    Older {
        /// Which database.
        database: String,
        /// Its schema number.
        found: i64,
    },
    /// A write or a sync failed on the device: what it holds is not known any more (CRASH-3).
    #[error(
        "the device under {0} failed while writing; nothing was confirmed and nothing more is written: check the disk, then start again"
    )]
    Device(String),
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
