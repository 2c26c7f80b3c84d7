//! What a backup is inside its encryption: a tar file, so that in need `age` and `tar` take it apart.
//!
//! `manifest.json`, `checkpoint`, `office.key`, and the database in numbered pieces, because nobody knows its length before
//! it is written. The encryption finds out whatever is cut off or altered.

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use store::keys::OfficeKey;
use tar::{Builder, Header};

/// Bytes of one piece of the database.
const PIECE: usize = 4 << 20;
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const CHECKPOINT: &str = "checkpoint";
const KEY: &str = "office.key";
const DATABASE: &str = "database/";

/// What is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Of this container.
    format: u32,
    /// Version of the program that made it.
    pub(crate) program: String,
    /// `sqlite`: the file; `postgres`: what `pg_dump --format=custom` wrote.
    pub(crate) database: String,
    /// Schema of the database.
    pub(crate) schema: i64,
    /// Name of the newest log.
    pub(crate) origin: String,
    /// Its number.
    pub(crate) epoch: i64,
    /// Its entries.
    pub(crate) size: u64,
    /// Its root, hexadecimal.
    pub(crate) root: String,
    /// Its last commit: UTC.
    pub(crate) last_at: String,
    /// When the backup was made: UTC.
    pub(crate) made_at: String,
}

impl Manifest {
    /// The manifest of a copy.
    pub(crate) fn new(kind: &str, standing: &store::backup::Standing, made_at: String) -> Manifest {
        let head = &standing.head;
        Manifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            database: kind.to_owned(),
            schema: standing.schema,
            origin: head.origin.clone(),
            epoch: head.epoch,
            size: head.size(),
            root: crate::entropy::hex(&head.edge.root()),
            last_at: head.at.clone(),
            made_at,
        }
    }
}

/// Writes one.
pub(crate) struct Writer<W: Write>(Builder<W>);

impl<W: Write> Writer<W> {
    /// Begins with everything but the database.
    pub(crate) fn begin(
        into: W,
        manifest: &Manifest,
        checkpoint: &str,
        key: &OfficeKey,
    ) -> anyhow::Result<Writer<W>> {
        let mut writer = Writer(Builder::new(into));
        writer.put(MANIFEST, serde_json::to_string_pretty(manifest)?.as_bytes())?;
        writer.put(CHECKPOINT, checkpoint.as_bytes())?;
        writer.put(KEY, key.text().as_bytes())?;
        Ok(writer)
    }

    /// The database, to its end; `told` hears of every piece, and may refuse to go on.
    pub(crate) fn database(
        &mut self,
        from: &mut impl Read,
        mut told: impl FnMut(u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let mut all = 0;
        for number in 0_u64.. {
            let mut piece = Vec::with_capacity(PIECE);
            let n = from.take(PIECE as u64).read_to_end(&mut piece).context("read the database's copy")?;
            if n == 0 {
                break;
            }
            self.put(&format!("{DATABASE}{number:08}"), &piece)?;
            all += n as u64;
            told(all)?;
        }
        Ok(all)
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        self.0.append_data(&mut header, name, bytes).context("write the backup")
    }

    /// Ends it; what it was written into.
    pub(crate) fn finish(self) -> anyhow::Result<W> {
        self.0.into_inner().context("write the backup")
    }
}

/// What was read of one, beside the database.
#[derive(Clone)]
pub(crate) struct Held {
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// The log's last signed checkpoint; empty when there was none.
    pub(crate) checkpoint: String,
    /// The office's key file, all its versions of the wrapping key with it.
    pub(crate) key: OfficeKey,
}

/// What a backup says of itself, without its database.
///
/// # Errors
/// When it is none, or was altered.
pub(crate) fn peek(from: impl Read) -> anyhow::Result<Held> {
    head(&mut tar::Archive::new(from).entries().context("read the backup")?)
}

fn head<R: Read>(entries: &mut tar::Entries<'_, R>) -> anyhow::Result<Held> {
    let mut next = |wanted: &str| -> anyhow::Result<String> {
        let entry = entries.next().with_context(|| format!("the backup has no {wanted}"))?;
        let mut entry = entry.with_context(|| format!("read {wanted} of the backup"))?;
        if entry.path()?.to_str() != Some(wanted) {
            bail!("the backup has no {wanted} where it belongs");
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).with_context(|| format!("read {wanted} of the backup"))?;
        Ok(text)
    };
    let manifest: Manifest = serde_json::from_str(&next(MANIFEST)?).context("the backup's manifest")?;
    if manifest.format != FORMAT {
        bail!("the backup has format {}; install a newer version of huiyin", manifest.format);
    }
    let checkpoint = next(CHECKPOINT)?;
    let key = OfficeKey::parse(&next(KEY)?).context("the backup's office.key")?;
    Ok(Held { manifest, checkpoint, key })
}

/// Writes its database into `into`, and reads it to its end; `told` hears of the bytes, and may refuse to go on.
///
/// # Errors
/// When it is none, was altered or cut off, or cannot be written.
pub(crate) fn unpack(
    from: impl Read,
    into: &mut impl Write,
    mut told: impl FnMut(u64) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(from);
    let mut entries = archive.entries().context("read the backup")?;
    head(&mut entries)?;
    let mut all = 0;
    for (number, entry) in (0_u64..).zip(entries) {
        let mut entry = entry.context("read the backup")?;
        if entry.path()?.to_str() != Some(format!("{DATABASE}{number:08}").as_str()) {
            bail!("piece {number} of the backup's database is not where it belongs");
        }
        all += std::io::copy(&mut entry, into).context("unpack the backup's database")?;
        told(all)?;
    }
    // To the very end: only there does the encryption know that nothing was cut off.
    std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).context("read the backup to its end")?;
    into.flush().context("unpack the backup's database")
}
