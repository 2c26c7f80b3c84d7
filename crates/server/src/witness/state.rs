//! What a witness remembers: of each log the last checkpoint that it signed, one small file each.
//!
//! The new checkpoint is on the disk before the signature exists, and a signature is made while the log is still held:
//! no two requests at once, no kill and no power cut make a witness sign two trees that do not agree (WIT-1). A witness
//! that has forgotten what it saw can be led into signing a fork, so it does not start without its memory.

use crate::clock::Clock;
use crate::entropy;
use anyhow::{Context as _, bail};
use ledger::checkpoint::Checkpoint;
use ledger::cosign::Cosigner;
use ledger::note::{Kind, Verifier};
use ledger::tree;
use ledger::witness::{AddCheckpoint, Rejection, Seen};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The file that says whose memory this is and which logs it holds.
const INDEX: &str = "witness";
const LOCK: &str = "lock";

/// Whether a witness begins or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It has never signed anything.
    New,
    /// It has its memory.
    Again,
}

/// A witness at work. Only one process can hold its memory.
pub(crate) struct Witness {
    cosigner: Cosigner,
    clock: Clock,
    folder: PathBuf,
    logs: BTreeMap<String, Log>,
    /// Held, and given up by the operating system when the process ends in whatever way.
    _lock: File,
}

struct Log {
    keys: Vec<Verifier>,
    seen: Mutex<Seen>,
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The protocol says no.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// The disk does; nothing was signed, and the process must end.
    #[error("{0:#}")]
    Broken(#[from] anyhow::Error),
}

impl Witness {
    /// Takes a key and the memory that belongs to it, to follow these logs (vkeys).
    ///
    /// # Errors
    /// When the memory is missing, another key's, damaged or in use; says what to do.
    pub(crate) fn open(
        key: &Path,
        folder: &Path,
        logs: &[String],
        begin: Begin,
        clock: Clock,
    ) -> anyhow::Result<Witness> {
        let cosigner = read_key(key)?;
        let shown = folder.display();
        if begin == Begin::New {
            std::fs::create_dir_all(folder).with_context(|| format!("make the folder {shown}"))?;
        }
        let forgot = || {
            format!(
                "{shown} holds no memory of a witness. One that forgot what it has signed can be made to sign a forged \
                 history: bring the folder back from its backup, or make a new key and tell everybody who trusts the \
                 old one. Only a witness that has never signed anything starts with --new"
            )
        };
        let lock = File::create(folder.join(LOCK)).with_context(forgot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another process is at work in {shown}"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {shown}")),
        }
        let own = cosigner.verifier().to_string();
        let index = folder.join(INDEX);
        match (begin, index.exists()) {
            (Begin::New, true) => bail!("{shown} holds the memory of a witness: leave out --new"),
            (Begin::New, false) => put(folder, INDEX, &format!("{own}\n"))?,
            (Begin::Again, false) => bail!(forgot()),
            (Begin::Again, true) => {}
        }
        let text = std::fs::read_to_string(&index).with_context(|| format!("read {}", index.display()))?;
        let mut known: Vec<String> = text.lines().map(str::to_owned).collect();
        if known.first() != Some(&own) {
            bail!("{shown} is the memory of another key than {}", key.display());
        }
        let mut followed: BTreeMap<String, Log> = BTreeMap::new();
        for log in logs {
            let key = Verifier::parse(log).with_context(|| format!("--log {log:?}"))?;
            anyhow::ensure!(key.kind() == Kind::Ed25519, "--log {log:?} is a witness's key, not a log's");
            let origin = key.name().to_owned();
            if let Some(log) = followed.get_mut(&origin) {
                log.keys.push(key);
                continue;
            }
            let file = file_of(&origin);
            if !known.iter().skip(1).any(|known| *known == origin) {
                // Empty first, and then said to be there: whatever is said to be there and is not was lost.
                if !folder.join(&file).exists() {
                    let empty = Checkpoint { origin: origin.clone(), size: 0, root: tree::empty_root() };
                    put(folder, &file, &empty.text())?;
                }
                known.push(origin.clone());
                put(folder, INDEX, &(known.join("\n") + "\n"))?;
            }
            let seen = read_seen(&folder.join(&file), &origin).with_context(|| {
                format!("what was seen of {origin} is lost; bring {shown} back from its backup")
            })?;
            followed.insert(origin, Log { keys: vec![key], seen: Mutex::new(seen) });
        }
        Ok(Witness { cosigner, clock, folder: folder.to_path_buf(), logs: followed, _lock: lock })
    }

    /// Considers a request, as bytes of the protocol; the signature line, once what it says is on the disk.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) fn consider(&self, body: &str) -> Result<String, Refused> {
        let request = AddCheckpoint::parse(body)?;
        let Some(log) = self.logs.get(request.origin()) else {
            // Says whether it is malformed or unknown.
            request.consider(&[], None)?;
            return Err(Rejection::UnknownOrigin.into());
        };
        // One request at a time, from reading what was seen to signing: the signature also says that nothing larger was.
        let mut seen = log.seen.lock().map_err(|_| anyhow::anyhow!("a request before this one broke off"))?;
        let accepted = request.consider(&log.keys, Some(*seen))?;
        if accepted.new != *seen {
            put(&self.folder, &file_of(&accepted.origin), &request.checkpoint)?;
            *seen = accepted.new;
        }
        let seconds = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        Ok(self.cosigner.cosign(&accepted.text, seconds))
    }

    /// Whose signature it is.
    pub(crate) fn vkey(&self) -> String {
        self.cosigner.verifier().to_string()
    }

    /// Which logs are followed, and the size last signed of each.
    pub(crate) fn followed(&self) -> Vec<(String, u64)> {
        let size = |log: &Log| log.seen.lock().map_or(0, |seen| seen.size);
        self.logs.iter().map(|(origin, log)| (origin.clone(), size(log))).collect()
    }
}

/// Makes a key, readable by its owner alone; what others need to trust it.
///
/// # Errors
/// When the name cannot name a key, or the file exists already or cannot be written.
pub(crate) fn new_key(name: &str, file: &Path) -> anyhow::Result<String> {
    let seed = entropy::bytes::<32>()?;
    let cosigner = Cosigner::new(name, &seed).with_context(|| format!("--name {name:?}"))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut open| {
        open.write_all(format!("{name}\n{}\n", entropy::hex(&seed)).as_bytes())?;
        open.sync_all()?;
        sync_folder(file.parent().unwrap_or(Path::new(".")))
    });
    written.with_context(|| format!("write the key file {}", file.display()))?;
    Ok(cosigner.verifier().to_string())
}

fn read_key(file: &Path) -> anyhow::Result<Cosigner> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("read the key file {shown}"))?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file)?.permissions());
        anyhow::ensure!(mode & 0o077 == 0, "others can read the key file {shown}: chmod 600 {shown}");
    }
    let mut lines = text.lines();
    let (name, seed) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let digits = seed.as_bytes().as_chunks::<2>().0;
    let bytes: Option<Vec<u8>> =
        digits.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let seed: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let seed = seed.filter(|_| text.lines().nth(1).is_some_and(|line| line.len() == 64));
    let seed =
        seed.with_context(|| format!("the key file {shown} must hold a name and 64 hexadecimal digits"))?;
    Ok(Cosigner::new(name, &seed)?)
}

fn file_of(origin: &str) -> String {
    let digest = entropy::hex(&store::content::sha256(origin.as_bytes()));
    format!("{}.seen", digest.get(..16).unwrap_or_default())
}

/// The last checkpoint signed, with its signatures; or, before the first, its text alone.
fn read_seen(file: &Path, origin: &str) -> anyhow::Result<Seen> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let checkpoint = match Checkpoint::of_note(&text) {
        Ok((checkpoint, _)) => checkpoint,
        Err(_) => Checkpoint::parse(&text).with_context(|| file.display().to_string())?,
    };
    anyhow::ensure!(checkpoint.origin == origin, "{} is of {}", file.display(), checkpoint.origin);
    Ok(Seen { size: checkpoint.size, root: checkpoint.root })
}

/// Puts a file in place, whole and for good.
fn put(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, folder.join(name))?;
        sync_folder(folder)
    })();
    written.with_context(|| format!("write {name} in {}", folder.display()))
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}
