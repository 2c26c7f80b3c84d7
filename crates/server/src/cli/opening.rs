//! What opens backups and second wraps: one identity, or two shares of one; and who brought the shares (KEY-4).

use crate::recovery::Identity;
use crate::shares::{self, Share};
use anyhow::{Context as _, bail};
use clap::Args;
use std::collections::BTreeSet;
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
    /// Who brought a share, by name and post; once for each share. With a whole key: who is present, twice where it
    /// opens sealed matters. Recorded where the office goes on
    #[arg(long, value_name = "NAME")]
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
        if self.people().len() != self.share.len() {
            bail!("write --holder once for each --share: {} people, each with their own", self.share.len());
        }
        let mut shares = Vec::new();
        for file in &self.share {
            shares.push(Share::parse(&read(file)?).with_context(|| file.display().to_string())?);
        }
        shares::join(&shares)
    }

    /// The same for what opens sealed matters, which nobody does alone (KEY-4, DUAL-1): two people at least, whatever they
    /// bring.
    ///
    /// # Errors
    /// As [`Opening::identity`]; and why, where fewer than two people are named.
    pub(crate) fn identity_of_two(&self) -> anyhow::Result<Identity> {
        let identity = self.identity()?;
        if self.people().len() < 2 {
            bail!(
                "no one person opens sealed matters: write --holder twice, with the names and posts of two people who are \
                 present; both are recorded. A key that nobody can use alone is made with `huiyin recovery-key --shares 2-of-3`"
            );
        }
        Ok(identity)
    }

    /// The different people who are named.
    fn people(&self) -> BTreeSet<&str> {
        self.holder.iter().map(|holder| holder.trim()).filter(|holder| !holder.is_empty()).collect()
    }

    /// Who brought it, as they were named; perhaps nobody where one identity was brought.
    pub(crate) fn holders(&self) -> Vec<String> {
        self.holder.iter().map(|holder| holder.trim().to_owned()).collect()
    }
}

fn read(file: &Path) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    Ok(zeroize::Zeroizing::new(text))
}
