//! What the machine tells: folders, devices, permissions.

use super::Finding;
use crate::config::Config;
use crate::keyfile::others_can_read;
use crate::recovery::Recipients;
use jiff::Timestamp;
use std::path::Path;

const JOURNAL: &str = "intake journal";
const RECIPIENTS: &str = "recovery";
const KEY: &str = "key file";
const CERTIFICATE: &str = "certificate";
/// Days before its end from which a certificate should have been renewed.
const RENEWED: i64 = 14;

/// Is every confirmed change on a second device?
pub(super) fn journal(config: &Config) -> Finding {
    if config.journal_folder.as_os_str().is_empty() {
        return Finding::red(
            JOURNAL,
            "is off: what was confirmed since the last backup is lost with the database's disk",
            "set journal_folder to a folder on another disk",
        );
    }
    let shown = config.journal_folder.display();
    // A server elsewhere tells nothing of its disks.
    let Some(database) = config.sqlite_file() else { return Finding::ok(JOURNAL, format!("is in {shown}")) };
    let folder = std::path::absolute(database).ok().and_then(|file| device(&file));
    let journal = std::path::absolute(&config.journal_folder).ok().and_then(|folder| device(&folder));
    match (folder, journal) {
        (Some(database), Some(journal)) if database != journal => {
            Finding::ok(JOURNAL, format!("is in {shown}, on another device than the database"))
        }
        (Some(_), Some(_)) => Finding::warning(
            JOURNAL,
            format!("is in {shown}, on the database's own device: one disk takes both with it"),
            "set journal_folder to a folder on another disk",
        ),
        _ => {
            Finding::warning(JOURNAL, format!("is in {shown}, which cannot be looked at"), "check the folder")
        }
    }
}

/// Can people outside this machine bring the office back, and does it not hang on one key? Whether a key is held in shares
/// cannot be seen from here.
pub(super) fn recipients(config: &Config) -> Finding {
    let remedy = "make two keys with `huiyin recovery-key --shares 2-of-3`, each in three sheets for three offices, so that nobody \
                  opens anything alone; name both in recovery_recipients";
    match Recipients::parse(&config.recovery_recipients) {
        Err(error) => Finding::red(RECIPIENTS, format!("{error:#}"), remedy),
        Ok(recipients) if recipients.is_empty() => Finding::red(
            RECIPIENTS,
            "nobody can bring the office back: the journal opens with the key file only, which is lost with this machine",
            remedy,
        ),
        Ok(recipients) if recipients.len() < 2 => Finding::red(
            RECIPIENTS,
            "one recovery key alone can bring the office back: with it everything is lost",
            remedy,
        ),
        Ok(recipients) => {
            Finding::ok(RECIPIENTS, format!("{} recovery keys can bring the office back", recipients.len()))
        }
    }
}

/// Is the key out of reach of who reads the database, and of everybody else?
pub(super) fn key_file(config: &Config) -> Vec<Finding> {
    let file = &config.key_file;
    let shown = file.display();
    let Ok(found) = std::fs::metadata(file) else {
        return vec![Finding::red(
            KEY,
            format!("{shown} is not there: no petitioner's code works, no words can be read"),
            "bring it back from its backup",
        )];
    };
    let mut findings = Vec::new();
    if others_can_read(&found) {
        findings.push(Finding::red(
            KEY,
            format!("{shown} can be read by other accounts of this machine"),
            "chmod 600, and ask who has read it",
        ));
    }
    if crate::keyfile::is_beside_database(config) {
        findings.push(Finding::red(
            KEY,
            format!("{shown} lies in the folder of the database: one copied folder gives both away, and serving is refused"),
            "stop every server, move it into a folder of its own and set key_file; back it up apart from the database",
        ));
    }
    if findings.is_empty() {
        findings
            .push(Finding::ok(KEY, format!("{shown} is apart from the database and this account's alone")));
    }
    findings
}

/// Can the certificate of the listener be shown, and for how long? Nothing without one: a proxy shows its own.
pub(super) fn certificate(config: &Config, now: Timestamp) -> Option<Finding> {
    let file = &config.tls_certificate;
    if file.as_os_str().is_empty() {
        return None;
    }
    let remedy = "renew it: Huiyin shows the new one as soon as both files are there";
    if let Err(error) = crate::tls::Certificate::read(file, &config.tls_key) {
        return Some(Finding::red(CERTIFICATE, format!("{error:#}"), "correct what is named"));
    }
    let Some(end) = end(file) else {
        return Some(Finding::warning(CERTIFICATE, "does not say until when it is valid", remedy));
    };
    let days = (end - now.as_second()).div_euclid(24 * 60 * 60);
    Some(match days {
        ..0 => Finding::red(CERTIFICATE, "has ended: browsers let nobody in", remedy),
        0..RENEWED => Finding::warning(CERTIFICATE, format!("ends in {days} days"), remedy),
        _ => Finding::ok(CERTIFICATE, format!("is valid for {days} days")),
    })
}

/// Until when the first certificate of a file is valid, in seconds since 1970.
fn end(file: &Path) -> Option<i64> {
    let chain = x509_cert::Certificate::load_pem_chain(&std::fs::read(file).ok()?).ok()?;
    let end = chain.first()?.tbs_certificate().validity().not_after.to_unix_duration();
    i64::try_from(end.as_secs()).ok()
}

/// The device of a path, or of the folder in which it would be made.
#[cfg(unix)]
fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    path.ancestors().find_map(|path| std::fs::metadata(path).ok()).map(|found| found.dev())
}

#[cfg(not(unix))]
fn device(_path: &Path) -> Option<u64> {
    None
}
