//! `huiyin recovery-key`: an age identity for one of those who can bring the office back; whole, or in shares (KEY-4).

use super::Done;
use crate::places::new_private;
use crate::recovery::Identity;
use crate::shares;
use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the identity is kept: a file that must not exist, for its owner alone
    #[arg(long, value_name = "FILE", default_value = "huiyin-recovery.key")]
    out: PathBuf,
    /// Split it at once: three sheets, FILE.1 to FILE.3, any two of which open; the whole is written nowhere
    #[arg(long, value_name = "2-of-3")]
    shares: Option<Split>,
}

/// Into how many it is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Split {
    /// Three shares, of which two are needed
    #[value(name = "2-of-3")]
    TwoOfThree,
}

/// Makes it, and prints what the office may know of it.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    let identity = Identity::generate();
    if options.shares.is_some() {
        return write_shares(&options.out, &identity);
    }
    let shown = options.out.display();
    let mut file = new_private(&options.out)
        .with_context(|| format!("make {shown} (it must not exist: an identity is never written over)"))?;
    file.write_all(identity.file().as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("write {shown}"))?;
    println!("{}", identity.recipient());
    eprintln!(
        "{shown} opens backups and journals: keep it outside the office's machine, and a copy on paper. \
         The line above goes into `recovery_recipients`. Whoever has the file can use it alone; a key that takes two people \
         is made with --shares 2-of-3."
    );
    Ok(Done::Well)
}

/// Three sheets. None of them is written over anything; when one cannot be written, none is left.
fn write_shares(out: &Path, identity: &Identity) -> anyhow::Result<Done> {
    let recipient = identity.recipient();
    let mut written: Vec<PathBuf> = Vec::new();
    for share in shares::split(identity)? {
        let mut name = out.as_os_str().to_owned();
        name.push(format!(".{}", share.number()));
        let path = PathBuf::from(name);
        let made = new_private(&path).and_then(|mut file| {
            written.push(path.clone());
            file.write_all(share.sheet(&recipient).as_bytes()).and_then(|()| file.sync_all())
        });
        if let Err(error) = made {
            for path in &written {
                let _gone = std::fs::remove_file(path);
            }
            return Err(error).with_context(|| format!("make {} (it must not exist)", path.display()));
        }
    }
    println!("{recipient}");
    for path in written {
        eprintln!("{}: print it, give it to its holder, delete the file", path.display());
    }
    eprintln!(
        "Any two of the three sheets open backups; the whole key was written nowhere. The line above goes into \
         `recovery_recipients`."
    );
    Ok(Done::Well)
}
