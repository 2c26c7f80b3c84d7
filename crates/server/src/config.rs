//! Configuration: one struct, one commented default file, environment overrides.
//!
//! `huiyin.toml` is read from the working directory or from `--config`; `HUIYIN_<FIELD>` overrides a field. Whatever
//! is wrong is said at start, with the field and the reason.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The commented default file, also printed by `huiyin serve --print-config`.
pub(crate) const DEFAULT: &str = include_str!("../../../huiyin.default.toml");

/// Most minutes without use under the profile `mlps3`.
const LONGEST_IDLE: i64 = 30;

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// File of the certificate that the listener shows, PEM; empty for none: a reverse proxy stands in front.
    pub(crate) tls_certificate: PathBuf,
    /// File of its private key, PEM.
    pub(crate) tls_key: PathBuf,
    /// The address under which people reach this office, such as `https://petition.example.gov`; empty when none is given.
    pub(crate) public_address: String,
    /// Issuer of the identity provider through which officials may log in; empty for none.
    pub(crate) oidc_issuer: String,
    /// The name under which the provider knows this office.
    pub(crate) oidc_client_id: String,
    /// File with the secret shared with the provider.
    pub(crate) oidc_client_secret_file: PathBuf,
    /// The claim by which people are recognised.
    pub(crate) oidc_claim: String,
    /// Values of `acr` or `amr` that stand for two factors.
    pub(crate) oidc_two_factors: Vec<String>,
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) database: String,
    /// Folder of the key that turns query codes into what is stored; outside the database on purpose.
    pub(crate) key_file: PathBuf,
    /// Name of the transparency log in checkpoints, given at the first start; empty makes one from the key.
    pub(crate) log_origin: String,
    /// Folder into which the public log is written as plain files; empty for none.
    pub(crate) log_folder: PathBuf,
    /// Minutes between two public checkpoints.
    pub(crate) log_beat_minutes: u64,
    /// Witnesses asked on the beat: `URL VKEY`, or `offline VKEY`, one in each.
    pub(crate) witnesses: Vec<String>,
    /// Folder of the intake journal; empty for none.
    pub(crate) journal_folder: PathBuf,
    /// Who can open journals and backups: age recipients.
    pub(crate) recovery_recipients: Vec<String>,
    /// Folder with years of the calendar of China that the office adds; empty for those that are shipped.
    pub(crate) calendar_folder: PathBuf,
    /// IANA time zone in which civil dates are taken.
    pub(crate) time_zone: String,
    /// Chinese name of the unit whose pages these are; empty for the first petition office of the directory.
    pub(crate) front_office: String,
    /// Send cookies only over TLS; off only for trying things out on one machine.
    pub(crate) secure_cookies: bool,
    /// Procedure under which new petitions are received.
    pub(crate) procedure: String,
    /// Years for which a file is kept after its matter came to rest; 0 for what the procedure says.
    pub(crate) retention_years: i16,
    /// Days after which a backup is destroyed.
    pub(crate) backup_days: i64,
    /// Which standard's rules hold for passwords, where two contradict each other.
    pub(crate) profile: Profile,
    /// Hours after which a staff session ends.
    pub(crate) session_hours: i64,
    /// Minutes without use after which a staff session ends.
    pub(crate) session_idle_minutes: i64,
    /// Whether every official needs a second factor to log in.
    pub(crate) second_factor: bool,
    /// Addresses of reverse proxies whose `X-Forwarded-For` says where a request comes from.
    pub(crate) trusted_proxies: Vec<std::net::IpAddr>,
    /// Wrong codes and passwords allowed from one source in fifteen minutes.
    pub(crate) code_tries: u32,
    /// Filings of one source in ten minutes above which work or patience is asked for.
    pub(crate) filings_per_10_minutes: u32,
    /// Filings of one source at once before that.
    pub(crate) filings_burst: u32,
    /// Where the quick exit of the public pages leads.
    pub(crate) quick_exit: String,
    /// Addresses of devices that the office put up for visitors.
    pub(crate) kiosks: Vec<std::net::IpAddr>,
    /// Most files of a petition or supplement.
    pub(crate) files_per_petition: usize,
    /// Most megabytes of one file.
    pub(crate) file_megabytes: u64,
    /// Most megabytes of all files of a petition or supplement.
    pub(crate) petition_megabytes: u64,
    /// Most megabytes of files that one source may bring in a day.
    pub(crate) source_megabytes: u32,
    /// Megabytes that must stay free on the disks of database and journal, or files are refused.
    pub(crate) disk_floor_megabytes: u64,
    /// Socket of the virus scanner clamd; empty for none.
    pub(crate) clamav_socket: PathBuf,
    /// The relay that takes the office's mail; empty for none.
    pub(crate) mail_host: String,
    /// Its port.
    pub(crate) mail_port: u16,
    /// `starttls`, `tls`, or `none` for a relay on this machine.
    pub(crate) mail_tls: String,
    /// The address that mails are from.
    pub(crate) mail_from: String,
    /// The name under which the relay knows this office; empty when it asks for none.
    pub(crate) mail_user: String,
    /// File with the password to it.
    pub(crate) mail_password_file: PathBuf,
    /// File with the certificate of the authority that the relay's is checked against, PEM; empty for what this machine trusts.
    pub(crate) mail_authority: PathBuf,
    /// Seconds between two runs of the timer.
    pub(crate) timer_seconds: u64,
}

/// Rules for passwords on which standards contradict each other (IAM-7).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// OWASP ASVS V6.2.5, V6.2.10: no rules on kinds of characters, no forced change.
    Asvs,
    /// GB/T 22239-2019 level 3, 8.1.4.1 a: passwords are composed of several kinds and changed regularly.
    Mlps3,
}

impl Config {
    /// Reads the default, then the file, then the environment.
    ///
    /// # Errors
    /// Names the file or variable, the field and the reason.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Config> {
        let mut table: toml::Table = toml::from_str(DEFAULT).context("the built-in default configuration")?;
        let path = file.map(Path::to_path_buf).or_else(|| {
            let here = PathBuf::from("huiyin.toml");
            here.exists().then_some(here)
        });
        if let Some(path) = path {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("read configuration {}", path.display()))?;
            let given: toml::Table =
                toml::from_str(&text).with_context(|| format!("configuration {}", path.display()))?;
            for (field, value) in given {
                if !table.contains_key(&field) {
                    bail!(
                        "configuration {}: there is no field `{field}`; the fields are those of huiyin.default.toml",
                        path.display()
                    );
                }
                table.insert(field, value);
            }
        }
        for field in table.keys().cloned().collect::<Vec<_>>() {
            let name = format!("HUIYIN_{}", field.to_uppercase());
            if let Some(text) = variable(&name) {
                let value = parse_like(table.get(&field), &text)
                    .with_context(|| format!("environment variable {name} for field `{field}`"))?;
                table.insert(field, value);
            }
        }
        let config: Config = toml::Value::Table(table).try_into().context("configuration")?;
        config.validate()?;
        Ok(config)
    }

    /// The file of a SQLite database.
    pub(crate) fn sqlite_file(&self) -> Option<&Path> {
        let is_server = self.database.contains("://");
        (!is_server).then(|| Path::new(self.database.strip_prefix("sqlite:").unwrap_or(&self.database)))
    }

    fn validate(&self) -> anyhow::Result<()> {
        let at_least = |field: &str, value: i64, least: i64| {
            if value < least {
                Err(anyhow::anyhow!("configuration: `{field}` is {value}, but must be at least {least}"))
            } else {
                Ok(())
            }
        };
        at_least("retention_years", i64::from(self.retention_years), 0)?;
        at_least("backup_days", self.backup_days, 1)?;
        // RET-3: 400 at most, and what the petitioner was told holds.
        if self.backup_days > 400 {
            anyhow::bail!("configuration: `backup_days` is {}, but must be at most 400", self.backup_days);
        }
        at_least("session_hours", self.session_hours, 1)?;
        at_least("session_idle_minutes", self.session_idle_minutes, 1)?;
        at_least("code_tries", i64::from(self.code_tries), 1)?;
        at_least("filings_per_10_minutes", i64::from(self.filings_per_10_minutes), 1)?;
        at_least("source_megabytes", i64::from(self.source_megabytes), 1)?;
        at_least("filings_burst", i64::from(self.filings_burst), 1)?;
        if !["https://", "http://", "/"].iter().any(|start| self.quick_exit.starts_with(start)) {
            bail!(
                "configuration: `quick_exit` is {:?}, but must be an address such as https://…",
                self.quick_exit
            );
        }
        at_least("log_beat_minutes", i64::try_from(self.log_beat_minutes).unwrap_or(i64::MAX), 1)?;
        at_least("timer_seconds", i64::try_from(self.timer_seconds).unwrap_or(i64::MAX), 1)?;
        if self.profile == Profile::Mlps3 {
            // What 8.1.4.1 b and d ask for besides cannot be switched off under its name.
            for (field, holds) in [
                ("second_factor", self.second_factor),
                ("secure_cookies", self.secure_cookies),
                ("session_idle_minutes", self.session_idle_minutes <= LONGEST_IDLE),
            ] {
                if !holds {
                    bail!(
                        "configuration: `profile` is \"mlps3\", under which `second_factor` and `secure_cookies` are on and \
                         `session_idle_minutes` is {LONGEST_IDLE} at most; `{field}` is not so"
                    );
                }
            }
        }
        crate::app::relying_party(&self.public_address)?;
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            bail!(
                "configuration: `time_zone` is {:?}, which is not an IANA time zone such as Asia/Shanghai",
                self.time_zone
            );
        }
        if self.tls_certificate.as_os_str().is_empty() != self.tls_key.as_os_str().is_empty() {
            bail!(
                "configuration: `tls_certificate` and `tls_key` belong together; set both, or none and put a proxy with TLS in front"
            );
        }
        if self.database.trim().is_empty() {
            bail!("configuration: `database` is empty; write sqlite:PATH or postgres://…");
        }
        Ok(())
    }
}

/// An environment variable. The only place that reads the environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn parse_like(like: Option<&toml::Value>, text: &str) -> anyhow::Result<toml::Value> {
    Ok(match like {
        Some(toml::Value::Integer(_)) => {
            toml::Value::Integer(text.parse().with_context(|| format!("{text:?} is not a whole number"))?)
        }
        Some(toml::Value::Boolean(_)) => {
            toml::Value::Boolean(text.parse().with_context(|| format!("{text:?} is neither true nor false"))?)
        }
        Some(toml::Value::Array(_)) => {
            toml::Value::Array(text.split(',').map(|part| part.trim().to_owned().into()).collect())
        }
        _ => toml::Value::String(text.to_owned()),
    })
}
