//! Simulated disks under SQLite: one virtual file system, in which `N/huiyin.sqlite3` is that file on disk N.

use super::disk::Disk;
use sqlite_vfs::{DatabaseHandle, LockKind, OpenOptions, Vfs, WalDisabled};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The name under which SQLite knows it.
pub(super) const NAME: &str = "huiyin-simulation";

/// Disks by number; a test takes its own away again.
static DISKS: LazyLock<Mutex<BTreeMap<u64, Shared>>> = LazyLock::new(|| {
    sqlite_vfs::register(NAME, Disks, false).unwrap();
    Mutex::default()
});

/// A disk that SQLite and the simulation hold.
pub(super) type Shared = Arc<Mutex<Disk>>;

/// Puts a disk in; its number.
pub(super) fn plug(disk: Disk) -> (u64, Shared) {
    let mut disks = lock(&DISKS);
    let number = disks.last_key_value().map_or(0, |(last, _)| last + 1);
    let disk = Arc::new(Mutex::new(disk));
    disks.insert(number, Arc::clone(&disk));
    (number, disk)
}

pub(super) fn unplug(number: u64) {
    lock(&DISKS).remove(&number);
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Disks;

impl Disks {
    fn find<'n>(&self, path: &'n str) -> Result<(Shared, &'n str)> {
        let found = path.split_once('/').and_then(|(number, name)| {
            let disk = lock(&DISKS).get(&number.parse().ok()?).cloned()?;
            Some((disk, name))
        });
        found.ok_or_else(|| Error::other(format!("{path} is on no disk")))
    }
}

impl Vfs for Disks {
    type Handle = Handle;

    fn open(&self, path: &str, _options: OpenOptions) -> Result<Handle> {
        let (disk, name) = self.find(path)?;
        let run = lock(&disk).run();
        lock(&disk).create(run, name)?;
        Ok(Handle { disk, name: name.to_owned(), run, lock: LockKind::None })
    }

    fn delete(&self, path: &str) -> Result<()> {
        let (disk, name) = self.find(path)?;
        let mut disk = lock(&disk);
        let run = disk.run();
        disk.delete(run, name)
    }

    fn exists(&self, path: &str) -> Result<bool> {
        let (disk, name) = self.find(path)?;
        let exists = lock(&disk).exists(name);
        Ok(exists)
    }

    /// None: what is temporary stays in memory.
    fn temporary_name(&self) -> String {
        String::new()
    }

    /// Never asked: SQLite draws from its own file system.
    fn random(&self, buffer: &mut [i8]) {
        buffer.fill(0);
    }

    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }
}

/// An open file of one run of the program.
struct Handle {
    disk: Shared,
    name: String,
    run: u64,
    lock: LockKind,
}

fn place(offset: u64) -> Result<usize> {
    usize::try_from(offset).map_err(Error::other)
}

impl DatabaseHandle for Handle {
    type WalIndex = WalDisabled;

    fn size(&self) -> Result<u64> {
        Ok(lock(&self.disk).length(self.run, &self.name)? as u64)
    }

    fn read_exact_at(&mut self, bytes: &mut [u8], offset: u64) -> Result<()> {
        let read = lock(&self.disk).read(self.run, &self.name, place(offset)?, bytes)?;
        if read < bytes.len() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> Result<()> {
        lock(&self.disk).write(self.run, &self.name, place(offset)?, bytes)
    }

    fn sync(&mut self, _data_only: bool) -> Result<()> {
        lock(&self.disk).sync(self.run, &self.name)
    }

    fn set_len(&mut self, length: u64) -> Result<()> {
        lock(&self.disk).truncate(self.run, &self.name, place(length)?)
    }

    /// One connection at a time: it always gets the lock.
    fn lock(&mut self, lock: LockKind) -> Result<bool> {
        self.lock = lock;
        Ok(true)
    }

    fn reserved(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn current_lock(&self) -> Result<LockKind> {
        Ok(self.lock)
    }

    fn wal_index(&self, _readonly: bool) -> Result<WalDisabled> {
        Ok(WalDisabled)
    }
}

/// A file of the disk as the program itself opens it, beside SQLite; `None` where there is none.
pub(super) fn open(disk: &Shared, name: &str) -> Option<File> {
    let run = lock(disk).run();
    let exists = lock(disk).exists(name);
    exists.then(|| File { disk: Arc::clone(disk), name: name.to_owned(), run, at: 0 })
}

pub(super) struct File {
    disk: Shared,
    name: String,
    run: u64,
    at: usize,
}

impl File {
    pub(super) fn sync(&mut self) -> Result<()> {
        lock(&self.disk).sync(self.run, &self.name)
    }
}

impl Read for File {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let read = lock(&self.disk).read(self.run, &self.name, self.at, bytes)?;
        self.at += read;
        Ok(read)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        lock(&self.disk).write(self.run, &self.name, self.at, bytes)?;
        self.at += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(ErrorKind::Unsupported.into()) };
        self.at = place(at)?;
        Ok(at)
    }
}
