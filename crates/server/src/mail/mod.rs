//! Outgoing mail: that there is news, never what (MAIL-1), through the office's own relay.
//!
//! News is put into the outbox in the batch that causes it (`news`) and sent by a task of its own under a lease
//! (`send`); how it looks and how it reaches the relay stands here. Each mail has one recipient, says that a program wrote it and
//! can come back to nobody (MAIL-2). No mail is taken in, so nothing can answer one of ours and be answered.

mod news;
mod send;

pub(crate) use news::News;
pub(crate) use send::{TOPIC, run};

use crate::config::Config;
use anyhow::{Context as _, bail, ensure};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::time::Duration;

/// How long one mail may take, from the connection to the relay's last word; less than its lease.
const PATIENCE: Duration = Duration::from_secs(60);
/// What tells programs that a program wrote it and that it wants no answer (RFC 3834; Exchange; mailing lists).
const WRITTEN_BY_A_PROGRAM: [(&str, &str); 3] =
    [("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"), ("X-Auto-Response-Suppress", "All")];

/// The relay that takes the office's mail.
pub(crate) struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// How long one mail may take.
    pub(crate) patience: Duration,
}

/// One mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The same however often it is sent, so that a second copy is known as one.
    pub(crate) id: String,
    /// The one recipient.
    pub(crate) to: Address,
    /// What lists show.
    pub(crate) subject: String,
    /// The words.
    pub(crate) words: String,
    /// When what it tells of happened.
    pub(crate) at: jiff::Timestamp,
}

/// Why a mail was not taken, without the relay's own words: they may repeat an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The relay answered with this code, such as 450 or 550.
    Refused(u16),
    /// No relay, or none that could be believed: what else waits would fare no better.
    Unreached(&'static str),
}

impl std::fmt::Display for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotTaken::Refused(code) => write!(f, "the relay refused it with {code}"),
            NotTaken::Unreached(why) => write!(f, "the relay was not reached: {why}"),
        }
    }
}

impl From<Error> for NotTaken {
    fn from(error: Error) -> NotTaken {
        match error.status() {
            Some(code) => NotTaken::Refused(code.into()),
            None if error.is_timeout() => NotTaken::Unreached("it took too long"),
            None if error.is_tls() => NotTaken::Unreached("TLS was not agreed on"),
            None if error.is_client() => NotTaken::Unreached("it does not offer what is configured"),
            None => NotTaken::Unreached("the connection failed"),
        }
    }
}

impl Relay {
    /// The relay of a configuration; `None` when none is configured. Nothing is asked of it yet.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Option<Relay>> {
        let host = config.mail_host.as_str();
        if host.is_empty() {
            return Ok(None);
        }
        let from: Address = config.mail_from.parse().with_context(|| {
            format!("configuration: `mail_from` is {:?}, but must be an address", config.mail_from)
        })?;
        let name = ClientId::Domain(from.domain().to_owned());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(config.mail_port)
            .hello_name(name)
            .timeout(Some(PATIENCE));
        transport = match config.mail_tls.as_str() {
            "starttls" => transport.tls(Tls::Required(tls(config)?)),
            "tls" => transport.tls(Tls::Wrapper(tls(config)?)),
            "none" => {
                ensure!(
                    matches!(host, "localhost" | "127.0.0.1" | "::1"),
                    "configuration: `mail_tls` is \"none\", which is for a relay on this machine alone"
                );
                ensure!(
                    config.mail_user.is_empty(),
                    "configuration: `mail_user` needs `mail_tls`: a password does not travel in clear"
                );
                transport.tls(Tls::None)
            }
            other => bail!("configuration: `mail_tls` is {other:?}; write \"starttls\", \"tls\" or \"none\""),
        };
        if !config.mail_user.is_empty() {
            let file = &config.mail_password_file;
            let password = std::fs::read_to_string(file)
                .with_context(|| format!("configuration: `mail_password_file`: read {}", file.display()))?;
            let password = password.trim_end_matches(['\r', '\n']);
            ensure!(!password.is_empty(), "configuration: {} holds no password", file.display());
            transport =
                transport.credentials(Credentials::new(config.mail_user.clone(), password.to_owned()));
        }
        Ok(Some(Relay { transport: transport.build(), from: Mailbox::new(None, from), patience: PATIENCE }))
    }

    /// Hands one mail over. That it was taken is the relay's word; where the connection ends before that word it may have
    /// been taken all the same.
    ///
    /// # Errors
    /// The outer for a mail that cannot be made, the inner when the relay did not take it.
    pub(crate) async fn hand_over(&self, mail: &Mail) -> anyhow::Result<Result<(), NotTaken>> {
        let message = self.message(mail)?;
        let (envelope, bytes) = (message.envelope().clone(), message.formatted());
        Ok(match tokio::time::timeout(self.patience, self.transport.send_raw(&envelope, &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(NotTaken::Unreached("it took too long")),
        })
    }

    fn message(&self, mail: &Mail) -> anyhow::Result<Message> {
        // From nobody: what cannot be delivered comes back to nobody, and starts no loop.
        let envelope = Envelope::new(None, vec![mail.to.clone()]).context("the recipient of a mail")?;
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.to.clone()))
            .subject(mail.subject.clone())
            .date(mail.at.try_into().context("the date of a mail")?)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .envelope(envelope);
        for (name, value) in WRITTEN_BY_A_PROGRAM {
            let name = HeaderName::new_from_ascii(name.to_owned()).context("a header")?;
            message = message.raw_header(HeaderValue::new(name, value.to_owned()));
        }
        message.body(mail.words.clone()).context("a mail")
    }
}

/// Whether something can be written to as an address.
pub(crate) fn is_address(text: &str) -> bool {
    text.is_ascii() && text.parse::<Address>().is_ok()
}

fn tls(config: &Config) -> anyhow::Result<TlsParameters> {
    let mut tls = TlsParameters::builder(config.mail_host.clone());
    let file = &config.mail_authority;
    if !file.as_os_str().is_empty() {
        let pem = std::fs::read(file)
            .with_context(|| format!("configuration: `mail_authority`: read {}", file.display()))?;
        let authority = Certificate::from_pem(&pem)
            .with_context(|| format!("configuration: `mail_authority`: {}", file.display()))?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    tls.build_rustls().context("TLS to the relay of `mail_host`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Config {
        let mut config: Config = toml::from_str(crate::config::DEFAULT).unwrap();
        config.mail_host = "relay.example.gov".into();
        config.mail_from = "huiyin@petition.example.gov".into();
        config
    }

    #[test]
    fn a_relay_is_configured_whole_and_safely_or_refused() {
        let secret = std::env::temp_dir().join(format!("huiyin-mail-{}", std::process::id()));
        std::fs::write(&secret, "").unwrap();
        assert!(Relay::new(&toml::from_str(crate::config::DEFAULT).unwrap()).unwrap().is_none());
        assert!(Relay::new(&whole()).unwrap().is_some());
        type Spoil = fn(&mut Config);
        let spoilt: [(&str, Spoil); 6] = [
            ("mail_from", |config| config.mail_from = "Huiyin".into()),
            ("mail_tls", |config| config.mail_tls = "maybe".into()),
            ("mail_tls", |config| config.mail_tls = "none".into()),
            ("mail_authority", |config| config.mail_authority = "/nowhere".into()),
            ("mail_password_file", |config| config.mail_user = "huiyin".into()),
            ("mail_user", |config| {
                (config.mail_host, config.mail_tls) = ("127.0.0.1".into(), "none".into());
                config.mail_user = "huiyin".into();
            }),
        ];
        for (field, spoil) in spoilt {
            let mut config = whole();
            spoil(&mut config);
            let refused = format!("{:#}", Relay::new(&config).err().unwrap());
            assert!(refused.contains(field), "{field}: {refused}");
        }
        let mut config = whole();
        (config.mail_user, config.mail_password_file) = ("huiyin".into(), secret.clone());
        let refused = format!("{:#}", Relay::new(&config).err().unwrap());
        assert!(refused.contains("no password"), "{refused}");
        let _gone = std::fs::remove_file(&secret);
    }
}
