//! `huiyin recovery-key`: an age identity for one of those who can bring the office back.

use super::Done;
use crate::places::new_private;
use crate::recovery::Identity;
use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the identity is kept: a file that must not exist, for its owner alone
    #[arg(long, value_name = "FILE", default_value = "huiyin-recovery.key")]
    out: PathBuf,
}

/// Makes it, and prints what the office may know of it.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let identity = Identity::generate();
    let shown = options.out.display();
    let mut file = new_private(&options.out)
        .with_context(|| format!("make {shown} (it must not exist: an identity is never written over)"))?;
    file.write_all(identity.file().as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("write {shown}"))?;
    println!("{}", identity.recipient());
    eprintln!(
        "{shown} opens backups and journals: keep it outside the office's machine, and a copy on paper. \
         The line above goes into `recovery_recipients`."
    );
    Ok(Done::Well)
}
