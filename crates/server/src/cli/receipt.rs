//! `huiyin verify-receipt`: checks a receipt offline, one line for each check.

use super::Done;
use super::verify::read_policy;
use crate::receipt_file;
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::Args;
use ledger::Hash;
use ledger::receipt::{self, Fault, Files, Keys, Verdict};
use ledger::record::{ContentRef, Record, commit};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// receipt.zip, or the folder into which it was unpacked
    receipt: PathBuf,
    /// Whom to believe (a C2SP tlog-policy from a witness, a newspaper, another office); without it the receipt's own
    /// word is taken
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A file that came with the petition, to be checked against the receipt; may be given several times
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Another checkpoint of the same log, newer or older: has it only grown?
    #[arg(long, value_name = "CHECKPOINT")]
    newer: Option<PathBuf>,
    /// The consistency proof between the two: one hash in base64 on each line; needed unless both are of one size
    #[arg(long, value_name = "FILE", requires = "newer")]
    proof: Option<PathBuf>,
}

/// The checks in the order in which they are made; the first that fails ends it.
const CHECKS: [&str; 8] = [
    "files are those of a receipt",
    "events.cbor is what the record says has happened",
    "texts and files are what was recorded",
    "the record is in the log, at its place",
    "the log has signed the root",
    "enough witnesses have cosigned",
    "the time is not later than a witness saw it",
    "the log has only grown between both checkpoints",
];

/// Checks and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let files = read(&options.receipt)?;
    let mut files = match files {
        Ok(files) => files,
        Err(reason) => {
            println!("FAILED  files are those of a receipt: {reason}");
            return Ok(Done::WithFaults);
        }
    };
    for file in &options.file {
        let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
        let Some(name) = place_of(&files, &bytes) else {
            println!("FAILED  {}: no file of this receipt", file.display());
            println!("the receipt does not prove this file");
            return Ok(Done::WithFaults);
        };
        println!("file    {} is the one recorded as {name}", file.display());
        files.insert(name, bytes);
    }
    let policy = options.policy.as_deref().map(read_policy).transpose()?;
    let newer = options.newer.as_deref().map(text).transpose()?;
    let path = options.proof.as_deref().map(hashes).transpose()?.unwrap_or_default();
    let newer = newer.as_deref().map(|note| (note, path.as_slice()));
    let n_checks = if newer.is_some() { CHECKS.len() } else { CHECKS.len() - 1 };
    match receipt::verify(&files, policy.as_ref(), newer) {
        Ok(verdict) => {
            for check in CHECKS.iter().take(n_checks) {
                println!("ok      {check}");
            }
            say(&verdict);
            Ok(Done::Well)
        }
        Err(fault) => {
            let failed = check_of(&fault);
            for check in CHECKS.iter().take(failed) {
                println!("ok      {check}");
            }
            println!("FAILED  {}: {fault} [{}]", CHECKS.get(failed).unwrap_or(&""), fault.code());
            println!("this receipt proves nothing");
            Ok(Done::WithFaults)
        }
    }
}

/// The name under which a file belongs into a receipt: that of the content whose key and commitment fit it.
fn place_of(files: &Files, bytes: &[u8]) -> Option<String> {
    let record = Record::decode(files.get(receipt::RECORD)?).ok()?;
    let keys = Keys::parse(str::from_utf8(files.get(receipt::KEYS)?).ok()?).ok()?;
    let fits = |content: &&ContentRef| {
        let key = keys.contents.get(&content.id);
        key.is_some_and(|key| commit(key, bytes) == content.commitment)
    };
    let content = record.contents.iter().find(fits)?;
    Some(format!("files/{}", crate::entropy::hex(&content.id)))
}

/// Which check a fault belongs to.
fn check_of(fault: &Fault) -> usize {
    use ledger::policy::Untrusted;
    match fault {
        Fault::Unexpected { .. } | Fault::Missing { .. } | Fault::Malformed { .. } => 0,
        Fault::Untrusted(Untrusted::Malformed(_)) => 0,
        Fault::Events => 1,
        Fault::Foreign { .. } | Fault::NoKey { .. } | Fault::Content { .. } => 2,
        Fault::Inclusion(_) | Fault::OtherLog => 3,
        Fault::Untrusted(Untrusted::UnknownLog | Untrusted::LogSignature) => 4,
        Fault::Untrusted(Untrusted::WitnessSignature) | Fault::Quorum => 5,
        Fault::Time { .. } => 6,
        Fault::Newer(_) | Fault::Forked => 7,
    }
}

fn say(verdict: &Verdict) {
    let moment = |millis: u64| {
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
    };
    println!("log     {}, entry {} of {}", verdict.origin, verdict.index, verdict.size);
    println!(
        "what    {}, decision {} of {}",
        verdict.kind,
        verdict.seq,
        crate::entropy::hex(&verdict.stream)
    );
    let unsure = if verdict.sure { "" } else { " (the office did not believe its clock)" };
    println!("when    {}{unsure}", moment(verdict.at));
    let omitted = verdict.omitted.iter().filter(|id| **id != store::content::KEY_REF).count();
    println!("words   {} checked, {omitted} left out", verdict.checked.len());
    for (name, seconds) in &verdict.witnesses {
        println!("seen    by {name} at {}", moment(seconds.saturating_mul(1000)));
    }
    if !verdict.witnessed {
        println!("seen    by no witness: the office could still replace its log as a whole");
    }
    if verdict.own_policy {
        println!(
            "keys    as the receipt itself names them: compare policy.txt with one from elsewhere (--policy)"
        );
    }
    if let Some(size) = verdict.grown_to {
        println!("grown   consistent with the checkpoint of {size} entries");
    }
}

/// The files of a receipt; the reason inside when there are some that cannot be one.
fn read(place: &Path) -> anyhow::Result<Result<Files, receipt_file::Unreadable>> {
    let shown = place.display();
    if !place.is_dir() {
        let bytes = std::fs::read(place).with_context(|| format!("read {shown}"))?;
        return Ok(receipt_file::unpack(&bytes));
    }
    let mut files = Files::new();
    let mut folders = vec![(place.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let entry = entry.with_context(|| format!("read {}", folder.display()))?;
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if path.is_dir() {
                folders.push((path, format!("{name}/")));
            } else {
                let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
                files.insert(name, bytes);
            }
        }
    }
    Ok(Ok(files))
}

fn text(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

fn hashes(file: &Path) -> anyhow::Result<Vec<Hash>> {
    let mut hashes = Vec::new();
    for (n, line) in text(file)?.lines().enumerate() {
        match BASE64.decode(line.trim()).ok().and_then(|bytes| bytes.try_into().ok()) {
            Some(hash) => hashes.push(hash),
            None => bail!("{}, line {}: not the base64 of a hash", file.display(), n + 1),
        }
    }
    Ok(hashes)
}
