//! Those who can bring an office back: people outside its machine, each with an age key of their own (BAK-1, KEY-3).
//!
//! The office encrypts to them and cannot read what it encrypted.

use age::secrecy::ExposeSecret as _;
use age::x25519;
use anyhow::{Context as _, bail, ensure};
use bech32::{Bech32, Hrp};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use store::Database;
use store::keys::{self, RecoveryKey};
use zeroize::Zeroizing;

/// What an age identity begins with, and bytes of its secret.
const HRP: &str = "AGE-SECRET-KEY-";
const SECRET: usize = 32;

/// The recipients of backups and journals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipients(Vec<x25519::Recipient>);

impl Recipients {
    /// Reads recipients as `huiyin recovery-key` prints them.
    ///
    /// # Errors
    /// Names the one that is none.
    pub(crate) fn parse(recipients: &[String]) -> anyhow::Result<Recipients> {
        let mut parsed: Vec<x25519::Recipient> = Vec::new();
        for text in recipients {
            let recipient = text.trim().parse().map_err(|error| {
                anyhow::anyhow!(
                    "configuration: `recovery_recipients` has {text:?}, which is no age recipient: {error}"
                )
            })?;
            parsed.push(recipient);
        }
        let mut different: Vec<String> = parsed.iter().map(ToString::to_string).collect();
        different.sort();
        different.dedup();
        if different.len() < parsed.len() {
            bail!("configuration: `recovery_recipients` names one recipient twice");
        }
        Ok(Recipients(parsed))
    }

    /// Nobody.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many can open what is encrypted.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, in order, a space between.
    pub(crate) fn names(&self) -> String {
        let mut names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        names.sort();
        names.join(" ")
    }

    /// A writer that encrypts to every recipient; it must be finished.
    ///
    /// # Errors
    /// When there is nobody, or nothing can be written.
    pub(crate) fn writer<W: Write>(&self, into: W) -> anyhow::Result<age::stream::StreamWriter<W>> {
        let recipients = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("encrypt to the recovery recipients")?;
        encryptor.wrap_output(into).context("encrypt to the recovery recipients")
    }

    /// A few bytes, encrypted.
    ///
    /// # Errors
    /// As [`Recipients::writer`].
    pub(crate) fn encrypt(&self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut sealed = Vec::new();
        let mut writer = self.writer(&mut sealed)?;
        writer.write_all(bytes)?;
        writer.finish()?;
        Ok(sealed)
    }
}

/// The secret half: what a recipient brings to a restore.
pub(crate) struct Identity(x25519::Identity);

impl Identity {
    /// A new one.
    pub(crate) fn generate() -> Identity {
        Identity(x25519::Identity::generate())
    }

    /// One from its 32 secret bytes.
    ///
    /// # Errors
    /// When they are fewer or more.
    pub(crate) fn from_bytes(bytes: &[u8]) -> anyhow::Result<Identity> {
        ensure!(bytes.len() == SECRET, "an age identity has {SECRET} bytes");
        let hrp = Hrp::parse(HRP).context("an age identity")?;
        let text = Zeroizing::new(bech32::encode_upper::<Bech32>(hrp, bytes).context("an age identity")?);
        Identity::parse(&text)
    }

    /// Its 32 secret bytes.
    ///
    /// # Errors
    /// When it is written in another way than we know.
    pub(crate) fn bytes(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let secret = self.0.to_string();
        let (hrp, bytes) = bech32::decode(secret.expose_secret())
            .map_err(|_| anyhow::anyhow!("the age identity cannot be taken apart"))?;
        let bytes = Zeroizing::new(bytes);
        ensure!(
            hrp.as_str().eq_ignore_ascii_case(HRP) && bytes.len() == SECRET,
            "another kind of age identity"
        );
        Ok(bytes)
    }

    /// Reads an identity file: the line that begins `AGE-SECRET-KEY-1`.
    ///
    /// # Errors
    /// When it holds none. What it holds is never repeated.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Identity> {
        let line = text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-1"));
        let line = line.context("this file holds no age identity (a line that begins AGE-SECRET-KEY-1)")?;
        let identity =
            line.parse().map_err(|error| anyhow::anyhow!("the age identity cannot be read: {error}"))?;
        Ok(Identity(identity))
    }

    /// The half that the office may know.
    pub(crate) fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// The identity file.
    pub(crate) fn file(&self) -> String {
        let secret = self.0.to_string();
        format!("# recipient: {}\n{}\n", self.recipient(), secret.expose_secret())
    }

    /// A reader of what was encrypted to it.
    ///
    /// # Errors
    /// When it was encrypted to others, or is no age file.
    pub(crate) fn reader<R: Read>(&self, from: R) -> anyhow::Result<age::stream::StreamReader<R>> {
        let decryptor = age::Decryptor::new(from).context("read an age file")?;
        let identity: &dyn age::Identity = &self.0;
        decryptor.decrypt(std::iter::once(identity)).context("this identity does not open it")
    }

    /// A few bytes back.
    ///
    /// # Errors
    /// As [`Identity::reader`].
    pub(crate) fn decrypt(&self, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader(sealed)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The recovery keys of a database that this identity opens, by their ids: those of second wraps made while its holder was
/// a recipient. Needs no key of the office.
///
/// # Errors
/// Whatever the database reports.
pub(crate) async fn opened(
    database: &Database,
    identity: &Identity,
) -> anyhow::Result<BTreeMap<String, RecoveryKey>> {
    let mut known = BTreeMap::new();
    for kept in keys::recovery_keys(database).await? {
        let Ok(bytes) = identity.decrypt(&kept.sealed).map(Zeroizing::new) else { continue };
        if let Some(key) = kept.opened(&bytes) {
            known.insert(kept.id.clone(), key);
        }
    }
    Ok(known)
}
