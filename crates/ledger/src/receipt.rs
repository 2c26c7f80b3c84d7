//! What a petitioner holds: a handful of files that prove, offline and without anybody's help, that something was
//! recorded at a certain time and has not been altered since.
//!
//! `VERIFY.txt`, carried in every receipt, makes the same checks in plain Python, so that nobody need trust this code.
//! Both make them in the same order: the files themselves, what happened, the contents, the place in the log, the log's
//! signature, the witnesses, the time, and, given a newer checkpoint, that the log has only grown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use sha2::{Digest, Sha256};

use crate::{
    Hash, Malformed,
    checkpoint::Checkpoint,
    policy::{Policy, Untrusted},
    proof::Proof,
    record::{Record, commit, entry_bytes},
    text,
    tree::{ProofError, leaf_hash, verify_consistency, verify_inclusion},
};

/// The program that verifies a receipt without our code; it goes into every receipt under this name.
pub const VERIFY: &str = include_str!("../VERIFY.txt");
/// The inclusion proof with the signed checkpoint.
pub const PROOF: &str = "proof.tlog-proof";
/// The encoded [`Record`].
pub const RECORD: &str = "record.cbor";
/// What happened, in full; opaque here.
pub const EVENTS: &str = "events.cbor";
/// The [`Keys`].
pub const KEYS: &str = "keys.txt";
/// Whose signatures to believe, as the office says. While no witness has cosigned yet it says `quorum none`.
pub const POLICY: &str = "policy.txt";
const PROGRAM: &str = "VERIFY.txt";

/// By how much the clocks of office and witness may differ, in milliseconds.
const SKEW_MS: u64 = 60_000;

/// The files of a receipt by their names, with `/` between folders.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The keys that open an entry and its contents. `Display` writes what [`Keys::parse`] reads.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The entry's key.
    pub ekey: [u8; 32],
    /// The keys of contents, by id.
    pub contents: BTreeMap<[u8; 16], [u8; 32]>,
}

/// What a good receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The log.
    pub origin: String,
    /// Which entry of the log, from 0.
    pub index: u64,
    /// The size of the log when it signed.
    pub size: u64,
    /// The root that the log signed.
    pub root: Hash,
    /// The stream of the record; zero for the office's own.
    pub stream: [u8; 16],
    /// The place in the stream, from 0.
    pub seq: u64,
    /// What kind of thing happened.
    pub kind: String,
    /// Who did it, by reference.
    pub actor: String,
    /// When, in UTC milliseconds since 1970, as the office says.
    pub at: u64,
    /// Did the office believe its clock?
    pub sure: bool,
    /// Contents that were carried and are what was recorded.
    pub checked: BTreeSet<[u8; 16]>,
    /// Contents of the record that the receipt does not carry.
    pub omitted: BTreeSet<[u8; 16]>,
    /// Witnesses that have cosigned: policy name, POSIX time in seconds.
    pub witnesses: Vec<(String, u64)>,
    /// Has a witness that the policy knows cosigned, and the policy's quorum been reached?
    pub witnessed: bool,
    /// Was the policy the receipt's own word, and not the verifier's?
    pub own_policy: bool,
    /// The size of the newer checkpoint that the log has grown to, if one was given.
    pub grown_to: Option<u64>,
}

/// Why a receipt proves nothing. The first check that fails is named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A file of unknown name.
    #[error("the receipt has a file that does not belong into it: {file}")]
    Unexpected {
        /// The file.
        file: String,
    },
    /// A file is not there.
    #[error("the receipt lacks {file}")]
    Missing {
        /// The file.
        file: &'static str,
    },
    /// A file does not follow its format.
    #[error("{file} is malformed: {why}")]
    Malformed {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The digest of the events is not the record's.
    #[error("events.cbor is not what the record says has happened")]
    Events,
    /// A text, a file or a key whose id is not in the record.
    #[error("the record knows nothing of content {id}")]
    Foreign {
        /// The content's id in hexadecimal.
        id: String,
    },
    /// A text or file without its key.
    #[error("keys.txt has no key for content {id}")]
    NoKey {
        /// The content's id in hexadecimal.
        id: String,
    },
    /// A text or file that was not recorded so.
    #[error("content {id} is not what was recorded, or its key is wrong")]
    Content {
        /// The content's id in hexadecimal.
        id: String,
    },
    /// The proof does not lead from the record to the root.
    #[error("the record, under this key, is not at this place in the log: {0}")]
    Inclusion(ProofError),
    /// Record and checkpoint name different logs.
    #[error("the record is of another log than the checkpoint")]
    OtherLog,
    /// The checkpoint's signatures are not good.
    #[error("{0}")]
    Untrusted(Untrusted),
    /// Too few witnesses.
    #[error("too few of the policy's witnesses have cosigned the checkpoint")]
    Quorum,
    /// The record says that it was made after a witness had already seen it.
    #[error("the time of the record is later than the time at which {witness} had already seen it")]
    Time {
        /// The witness.
        witness: String,
    },
    /// The newer checkpoint is worth nothing.
    #[error("the newer checkpoint: {0}")]
    Newer(Untrusted),
    /// Both checkpoints are signed, and cannot both be true.
    #[error("the log has signed two checkpoints that contradict each other: it was forked or rolled back")]
    Forked,
}

impl Fault {
    /// A name for the check that failed, which will not change.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Unexpected { .. } => "unexpected-file",
            Fault::Missing { .. } => "missing-file",
            Fault::Malformed { .. } | Fault::Untrusted(Untrusted::Malformed(_)) => "malformed",
            Fault::Events => "events",
            Fault::Foreign { .. } => "foreign-content",
            Fault::NoKey { .. } => "no-key",
            Fault::Content { .. } => "content",
            Fault::Inclusion(_) => "inclusion",
            Fault::OtherLog => "other-log",
            Fault::Untrusted(Untrusted::UnknownLog) => "unknown-log",
            Fault::Untrusted(Untrusted::LogSignature) => "log-signature",
            Fault::Untrusted(Untrusted::WitnessSignature) => "witness-signature",
            Fault::Quorum => "quorum",
            Fault::Time { .. } => "time",
            Fault::Newer(_) => "newer",
            Fault::Forked => "forked",
        }
    }
}

/// Verifies a receipt. The verifier's own `policy` wins over the one carried, which is only the office's word. `newer`
/// is another checkpoint of the log, from wherever, with the consistency proof between the two.
///
/// # Errors
/// The first check that fails.
pub fn verify(
    files: &Files,
    policy: Option<&Policy>,
    newer: Option<(&str, &[Hash])>,
) -> Result<Verdict, Fault> {
    if let Some(file) = files.keys().find(|name| !is_known(name)) {
        return Err(Fault::Unexpected { file: file.clone() });
    }
    let proof = parsed(PROOF, Proof::parse(words(files, PROOF)?))?;
    let record_bytes = bytes(files, RECORD)?;
    let record = parsed(RECORD, Record::decode(record_bytes))?;
    let keys = parsed(KEYS, Keys::parse(words(files, KEYS)?))?;
    let carried = parsed(POLICY, Policy::parse(words(files, POLICY)?))?;
    let (checkpoint, note) = parsed(PROOF, Checkpoint::of_note(&proof.checkpoint))?;

    if <Hash>::from(Sha256::digest(bytes(files, EVENTS)?)) != record.body_digest {
        return Err(Fault::Events);
    }
    let checked = contents(files, &record, &keys)?;

    let leaf = leaf_hash(&entry_bytes(&commit(&keys.ekey, record_bytes)));
    verify_inclusion(proof.index, checkpoint.size, &leaf, &proof.path, &checkpoint.root)
        .map_err(Fault::Inclusion)?;
    if record.origin != checkpoint.origin {
        return Err(Fault::OtherLog);
    }

    let believed = policy.unwrap_or(&carried);
    let trusted = believed.check(&note).map_err(Fault::Untrusted)?;
    if !trusted.quorum {
        return Err(Fault::Quorum);
    }
    // A clock that the office itself did not believe is shown as such; it does not spoil the petitioner's proof.
    let late = |seconds: u64| record.at > seconds.saturating_mul(1000).saturating_add(SKEW_MS);
    if let Some((witness, _)) = trusted.witnesses.iter().find(|(_, seconds)| record.sure && late(*seconds)) {
        return Err(Fault::Time { witness: witness.clone() });
    }
    let grown_to = newer.map(|(note, proof)| grown(believed, &checkpoint, note, proof)).transpose()?;

    let all: BTreeSet<_> = record.contents.iter().map(|content| content.id).collect();
    Ok(Verdict {
        origin: checkpoint.origin,
        index: proof.index,
        size: checkpoint.size,
        root: checkpoint.root,
        stream: record.stream,
        seq: record.seq,
        kind: record.kind.to_owned(),
        actor: record.actor.to_owned(),
        at: record.at,
        sure: record.sure,
        omitted: all.difference(&checked).copied().collect(),
        checked,
        witnessed: !trusted.witnesses.is_empty(),
        witnesses: trusted.witnesses,
        own_policy: policy.is_none(),
        grown_to,
    })
}

impl Keys {
    /// Reads the key file: `ekey KEY`, then lines `text ID KEY`, in lower-case hexadecimal.
    ///
    /// # Errors
    /// A line of another form, or an id that stands there twice.
    pub fn parse(keys: &str) -> Result<Keys, Malformed> {
        let mut rest = keys;
        let ekey = text::line(&mut rest).and_then(|line| line.strip_prefix("ekey ")).and_then(text::unhex);
        let mut keys =
            Keys { ekey: ekey.ok_or(Malformed("the first line has no ekey"))?, contents: BTreeMap::new() };
        while !rest.is_empty() {
            let pair = text::line(&mut rest).and_then(|line| line.strip_prefix("text ")?.split_once(' '));
            let pair = pair.and_then(|(id, key)| Some((text::unhex(id)?, text::unhex(key)?)));
            let (id, key) = pair.ok_or(Malformed("a line is not of the form: text, id, key"))?;
            if keys.contents.insert(id, key).is_some() {
                return Err(Malformed("a content has two keys"));
            }
        }
        Ok(keys)
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ekey {}", text::hex(&self.ekey))?;
        let mut contents = self.contents.iter();
        contents.try_for_each(|(id, key)| writeln!(f, "text {} {}", text::hex(id), text::hex(key)))
    }
}

/// The name of a text in a receipt.
pub fn text_name(id: &[u8; 16]) -> String {
    format!("texts/{}.txt", text::hex(id))
}

/// The content that a file of a receipt holds: `texts/ID.txt`, `files/ID` or `files/ID.ending`.
fn content_id(name: &str) -> Option<[u8; 16]> {
    let text = || name.strip_prefix("texts/")?.strip_suffix(".txt");
    let file = || {
        let name = name.strip_prefix("files/")?;
        let (id, ending) = name.split_once('.').unwrap_or((name, "none"));
        (!ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(id)
    };
    text::unhex(text().or_else(file)?)
}

fn is_known(name: &str) -> bool {
    [PROOF, RECORD, EVENTS, KEYS, POLICY, PROGRAM].contains(&name) || content_id(name).is_some()
}

fn bytes<'a>(files: &'a Files, file: &'static str) -> Result<&'a [u8], Fault> {
    files.get(file).map(Vec::as_slice).ok_or(Fault::Missing { file })
}

fn words<'a>(files: &'a Files, file: &'static str) -> Result<&'a str, Fault> {
    str::from_utf8(bytes(files, file)?).map_err(|_| Fault::Malformed { file, why: "it is not UTF-8" })
}

fn parsed<T>(file: &'static str, parsed: Result<T, Malformed>) -> Result<T, Fault> {
    parsed.map_err(|Malformed(why)| Fault::Malformed { file, why })
}

/// Checks every key and every carried content against the record; answers which contents were carried.
fn contents(files: &Files, record: &Record<'_>, keys: &Keys) -> Result<BTreeSet<[u8; 16]>, Fault> {
    let carried = || files.iter().filter_map(|(name, bytes)| Some((content_id(name)?, bytes)));
    let recorded = |id: &[u8; 16]| record.contents.iter().any(|content| content.id == *id);
    if let Some(id) =
        keys.contents.keys().copied().chain(carried().map(|(id, _)| id)).find(|id| !recorded(id))
    {
        return Err(Fault::Foreign { id: text::hex(&id) });
    }
    for (id, bytes) in carried() {
        let key = keys.contents.get(&id).ok_or_else(|| Fault::NoKey { id: text::hex(&id) })?;
        let commitment = commit(key, bytes);
        if !record.contents.iter().any(|content| content.id == id && content.commitment == commitment) {
            return Err(Fault::Content { id: text::hex(&id) });
        }
    }
    Ok(carried().map(|(id, _)| id).collect())
}

/// Checks that of the receipt's checkpoint and another one the larger grew out of the smaller; answers the other's size.
fn grown(policy: &Policy, ours: &Checkpoint, note: &str, proof: &[Hash]) -> Result<u64, Fault> {
    let (_, note) = Checkpoint::of_note(note).map_err(|malformed| Fault::Newer(malformed.into()))?;
    let other = policy.check(&note).map_err(Fault::Newer)?.checkpoint;
    if other.origin != ours.origin {
        return Err(Fault::Newer(Untrusted::UnknownLog));
    }
    let (old, new) = if ours.size <= other.size { (ours, &other) } else { (&other, ours) };
    verify_consistency(old.size, new.size, &old.root, &new.root, proof).map_err(|_| Fault::Forked)?;
    Ok(other.size)
}
