//! Is this office as safe as it says? One line for each promise that depends on how it is set up, with what to do.
//!
//! Looks, and changes nothing: it needs no key and may run beside the server. What is RED breaks a promise made to
//! petitioners.

pub(crate) mod account;
mod disk;
mod record;
mod sealed;

pub(crate) use self::sealed::directory;

pub(crate) use record::LAST_BACKUP;

use crate::clock::Clock;
use crate::config::Config;
use jiff::Timestamp;
use store::{Database, StoreError};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As promised.
    Ok,
    /// Kept so far; a small mishap away from being broken.
    Warning,
    /// A promise is not kept.
    Red,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) level: Level,
    /// What it is about.
    pub(crate) subject: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What to do; empty when nothing is to be done.
    pub(crate) remedy: &'static str,
}

impl Finding {
    fn ok(subject: &'static str, found: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, subject, found: found.into(), remedy: "" }
    }

    fn warning(subject: &'static str, found: impl Into<String>, remedy: &'static str) -> Finding {
        Finding { level: Level::Warning, subject, found: found.into(), remedy }
    }

    fn red(subject: &'static str, found: impl Into<String>, remedy: &'static str) -> Finding {
        Finding { level: Level::Red, subject, found: found.into(), remedy }
    }
}

/// Everything that can be found out.
///
/// # Errors
/// When the database breaks off in the middle; one that cannot be opened is a finding.
pub(crate) async fn examine(config: &Config, clock: &Clock) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![disk::journal(config), disk::recipients(config)];
    findings.extend(disk::key_file(config));
    findings.push(cookies(config));
    findings.extend(disk::certificate(config, clock.now()));
    findings.push(passkeys(config));
    findings.extend(store::travels_in_clear(&config.database).map(|host| {
        Finding::red(
            "way to the database",
            format!("{host} is asked in clear: whoever is on the way reads every word and every hash, and can alter them"),
            "add sslmode=verify-full&sslrootcert=FILE to the address, or lead it through a tunnel that ends on this machine",
        )
    }));
    match Database::look(&config.database).await {
        Ok(database) => {
            findings
                .push(Finding::ok("database", format!("{} answers and is set up safely", database.kind())));
            findings.extend(account::examine(&database).await?);
            findings.extend(record::examine(config, &database, clock).await?);
            findings.extend(sealed::examine(&database).await?);
        }
        Err(error @ StoreError::Unsafe { .. }) => {
            findings.push(Finding::red("database", error.to_string(), "correct the server's configuration"));
        }
        Err(error) => {
            findings.push(Finding::red(
                "database",
                error.to_string(),
                "nothing kept in it could be examined",
            ));
        }
    }
    Ok(findings)
}

fn cookies(config: &Config) -> Finding {
    let remedy = "set secure_cookies = true, and tls_certificate or a proxy with TLS in front";
    match (config.secure_cookies, config.listen.ip().is_loopback()) {
        (true, _) => Finding::ok("cookies", "travel over TLS only"),
        (false, true) => Finding::warning("cookies", "travel without TLS, on this machine alone", remedy),
        (false, false) => Finding::red("cookies", "travel without TLS: sessions can be stolen", remedy),
    }
}

fn passkeys(config: &Config) -> Finding {
    match config.public_address.as_str() {
        "" => Finding::warning(
            "passkeys",
            "none: officials log in with passwords and codes, which can be phished",
            "set public_address to the address under which people reach this office",
        ),
        address => Finding::ok("passkeys", format!("work at {address}")),
    }
}

/// Whole seconds since a stamp; negative when it lies ahead. `None` when it is none.
fn age(now: Timestamp, stamp: &str) -> Option<i64> {
    let at: Timestamp = stamp.parse().ok()?;
    Some(now.as_second() - at.as_second())
}

/// A length of time in words.
fn ago(seconds: i64) -> String {
    match seconds {
        ..0 => "in the future".to_owned(),
        0..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
