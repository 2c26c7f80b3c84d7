//! What opens backups and second wraps: one identity, or two shares of one; and who brought the shares (KEY-4).

use crate::recovery::Identity;
use crate::shares::{self, Share};
use anyhow::{Context as _, bail};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[group(id = "opening")]
pub(crate) struct Opening {
    /// What opens it: a file made by `huiyin recovery-key`
    #[arg(long, value_name = "FILE", required_unless_present = "share", conflicts_with = "share")]
    identity: Option<PathBuf>,
    /// Or two shares of it, typed into a file each (`huiyin recovery-key --shares 2-of-3`)
    #[arg(long, value_name = "FILE", requires = "holder")]
    share: Vec<PathBuf>,
    /// Who brought a share, by name and post; once for each share. It is recorded where the office goes on
    #[arg(long, value_name = "NAME", requires = "share")]
    holder: Vec<String>,
}

impl Opening {
    /// The identity.
    ///
    /// # Errors
    /// Names the file, and what is wrong with it; never what it holds.
    pub(crate) fn identity(&self) -> anyhow::Result<Identity> {
        if let Some(file) = &self.identity {
            return Identity::parse(&read(file)?).with_context(|| file.display().to_string());
        }
        let mut holders: Vec<&str> = self.holder.iter().map(|holder| holder.trim()).collect();
        holders.sort_unstable();
        holders.dedup();
        if holders.len() != self.share.len() || holders.iter().any(|holder| holder.is_empty()) {
            bail!("write --holder once for each --share: {} people, each with their own", self.share.len());
        }
        let mut shares = Vec::new();
        for file in &self.share {
            shares.push(Share::parse(&read(file)?).with_context(|| file.display().to_string())?);
        }
        shares::join(&shares)
    }

    /// Who brought shares, as they were named; empty where one identity was brought.
    pub(crate) fn holders(&self) -> Vec<String> {
        self.holder.iter().map(|holder| holder.trim().to_owned()).collect()
    }
}

fn read(file: &Path) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    Ok(zeroize::Zeroizing::new(text))
}
