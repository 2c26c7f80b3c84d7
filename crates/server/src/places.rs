//! Files and folders that exist only while something is under way, and what ends it early.

use anyhow::{Context as _, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A folder that nobody else can enter, gone with everything in it when let go.
pub(crate) struct Private(PathBuf);

impl Private {
    /// Makes one in a folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn within(folder: &Path) -> anyhow::Result<Private> {
        let name = format!(".huiyin-{}", crate::entropy::hex(&crate::entropy::bytes::<8>()?));
        let path = folder.join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).with_context(|| format!("make a folder in {}", folder.display()))?;
        Ok(Private(path))
    }

    /// Makes one on the disk of a file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn beside(file: &Path) -> anyhow::Result<Private> {
        Private::within(folder_of(file))
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// A file under another name until it is whole; gone when let go before.
pub(crate) struct Partial {
    path: PathBuf,
    kept: bool,
}

impl Partial {
    /// Makes `FILE.tmp`, for its owner alone. Neither it nor the file may exist.
    ///
    /// # Errors
    /// When one of them exists, or it cannot be made.
    pub(crate) fn create(file: &Path) -> anyhow::Result<(Partial, File)> {
        if file.exists() {
            bail!("{} exists; a backup is never written over anything: name another file", file.display());
        }
        let mut path = file.as_os_str().to_owned();
        path.push(".tmp");
        let path = PathBuf::from(path);
        let open = new_private(&path).with_context(|| format!("make {}", path.display()))?;
        Ok((Partial { path, kept: false }, open))
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// When it cannot be synced or renamed.
    pub(crate) fn keep(mut self, open: &File, file: &Path) -> anyhow::Result<()> {
        open.sync_all().with_context(|| format!("sync {}", self.path.display()))?;
        rename(&self.path, file)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            let _gone = std::fs::remove_file(&self.path);
        }
    }
}

/// A new file that its owner alone may read.
///
/// # Errors
/// When it exists or cannot be made.
pub(crate) fn new_private(file: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Renames to a name that does not exist, durably.
///
/// # Errors
/// When it exists, or the disk refuses.
pub(crate) fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    let shown = to.display();
    if to.exists() {
        bail!("{shown} exists by now; nothing was written over it");
    }
    std::fs::rename(from, to).with_context(|| format!("name it {shown}"))?;
    File::open(folder_of(to)).and_then(|folder| folder.sync_all()).with_context(|| format!("sync {shown}"))
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether somebody pressed Ctrl-C, and what then has to be broken off.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    breaks: Arc<Mutex<Vec<Break>>>,
}

type Break = Box<dyn Fn() + Send>;

impl Stop {
    /// Listens for Ctrl-C and for the system's wish to end the program.
    pub(crate) fn listen() -> Stop {
        let stop = Stop::default();
        let own = stop.clone();
        tokio::spawn(async move {
            interrupted().await;
            own.asked.store(true, Ordering::SeqCst);
            if let Ok(breaks) = own.breaks.lock() {
                breaks.iter().for_each(|end| end());
            }
        });
        stop
    }

    /// Something that can be broken off.
    pub(crate) fn also(&self, end: impl Fn() + Send + 'static) {
        if let Ok(mut breaks) = self.breaks.lock() {
            breaks.push(Box::new(end));
        }
    }

    /// # Errors
    /// When it was asked for.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.asked.load(Ordering::SeqCst) {
            bail!("interrupted; nothing was left behind");
        }
        Ok(())
    }
}

/// Waits for Ctrl-C, or for whoever ends services.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended.recv() => {}
        }
        return;
    }
    let _interrupted = tokio::signal::ctrl_c().await;
}
