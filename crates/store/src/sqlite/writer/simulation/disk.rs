//! A disk that fails when chance says so. For every file it knows what programs see (the page cache) and what it keeps
//! through a power cut; between the two stand sectors that were written and not synced.
//!
//! A sync that fails loses what it should have written, as Linux does it: those sectors count as clean, a later sync
//! says that all is well, and whoever reads may still see them or may not.

use super::random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Result};

/// Bytes that a power cut leaves old or new, seldom torn.
const SECTOR: usize = 512;

/// How often something fails, in ten thousand operations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    pub(super) write_fails: usize,
    pub(super) sync_fails: usize,
    pub(super) full: usize,
    pub(super) kill: usize,
    pub(super) power_cut: usize,
}

/// What was done to the disk, and what it did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) operations: u64,
    pub(super) syncs: u64,
    pub(super) failed_writes: u64,
    pub(super) failed_syncs: u64,
    pub(super) full: u64,
    pub(super) kills: u64,
    pub(super) power_cuts: u64,
}

#[derive(Debug, Default)]
struct File {
    /// What is read.
    seen: Vec<u8>,
    /// What is there after a power cut.
    kept: Vec<u8>,
    /// Sectors that a sync will write.
    dirty: BTreeSet<usize>,
    /// Whether its name survives a power cut.
    named: bool,
}

impl File {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.dirty.extend(self.seen.len() / SECTOR..end.div_ceil(SECTOR));
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        self.dirty.extend(offset / SECTOR..end.div_ceil(SECTOR));
    }

    fn truncate(&mut self, length: usize) {
        self.seen.resize(length, 0);
        self.dirty.retain(|sector| sector * SECTOR < length);
    }

    /// Brings a sector to the disk, or its first bytes.
    fn bring(&mut self, sector: usize, bytes: usize) {
        let start = sector * SECTOR;
        let end = (start + bytes).min(self.seen.len());
        if start < end {
            if self.kept.len() < end {
                self.kept.resize(end, 0);
            }
            self.kept[start..end].copy_from_slice(&self.seen[start..end]);
        }
    }

    fn sync(&mut self) {
        for sector in std::mem::take(&mut self.dirty) {
            self.bring(sector, SECTOR);
        }
        self.kept.resize(self.seen.len(), 0);
        self.named = true;
    }

    /// A sync that failed: some sectors arrived, the others count as clean.
    fn fail_to_sync(&mut self, random: &mut Random) {
        let forgotten = random.coin();
        for sector in std::mem::take(&mut self.dirty) {
            if random.coin() {
                self.bring(sector, SECTOR);
            } else if forgotten {
                // The page was taken out of memory since: what is read is what is there.
                let start = sector * SECTOR;
                let end = (start + SECTOR).min(self.seen.len());
                for at in start..end {
                    self.seen[at] = self.kept.get(at).copied().unwrap_or(0);
                }
            }
        }
    }

    /// Writes back some of what waits, as a kernel does when it likes.
    fn write_back(&mut self, random: &mut Random) {
        let some: Vec<usize> = self.dirty.iter().copied().filter(|_| random.coin()).collect();
        for sector in some {
            self.bring(sector, SECTOR);
            self.dirty.remove(&sector);
        }
    }

    fn power_cut(&mut self, random: &mut Random) {
        for sector in std::mem::take(&mut self.dirty) {
            match random.below(16) {
                0..7 => self.bring(sector, SECTOR),
                7 => self.bring(sector, random.below(SECTOR)),
                _ => {}
            }
        }
        if self.kept.len() > self.seen.len() && random.coin() {
            self.kept.truncate(self.seen.len());
        }
        self.seen.clone_from(&self.kept);
    }
}

/// A disk, and the machine that it is in.
#[derive(Debug)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
    /// Files that were deleted, as a power cut may bring them back.
    deleted: BTreeMap<String, Vec<u8>>,
    random: Random,
    weather: Weather,
    /// Writes for which there is no room.
    full_for: usize,
    /// Whether the program has ended: whatever it still tries happens no more.
    ended: bool,
    /// Which run of the program this is.
    run: u64,
    pub(super) counts: Counts,
}

/// What strikes during an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Fails,
    Full,
    Kill,
    PowerCut,
}

fn broken() -> Error {
    Error::other("the disk failed")
}

impl Disk {
    /// A disk that holds one file, safely.
    pub(super) fn new(seed: u64, name: &str, bytes: Vec<u8>) -> Disk {
        let file = File { kept: bytes.clone(), seen: bytes, dirty: BTreeSet::new(), named: true };
        Disk {
            files: BTreeMap::from([(name.to_owned(), file)]),
            deleted: BTreeMap::new(),
            random: Random::new(seed),
            weather: Weather::default(),
            full_for: 0,
            ended: false,
            run: 0,
            counts: Counts::default(),
        }
    }

    pub(super) fn weather(&mut self, weather: Weather) {
        self.weather = weather;
        self.full_for = 0;
    }

    pub(super) fn run(&self) -> u64 {
        self.run
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Ends the program where it stands.
    pub(super) fn kill(&mut self) {
        self.ended = true;
    }

    /// Takes the power away.
    pub(super) fn cut_power(&mut self) {
        self.counts.power_cuts += 1;
        let Disk { files, deleted, random, .. } = self;
        files.retain(|_, file| {
            file.power_cut(random);
            file.named || random.coin()
        });
        for (name, bytes) in std::mem::take(deleted) {
            if random.coin() && !files.contains_key(&name) {
                files.insert(name, File { kept: bytes.clone(), seen: bytes, ..File::default() });
            }
        }
        for file in files.values_mut() {
            file.named = true;
        }
        self.ended = true;
    }

    /// Starts the program anew, on what there is.
    pub(super) fn start(&mut self) {
        self.run += 1;
        self.ended = false;
        self.full_for = 0;
    }

    /// What a file shows.
    pub(super) fn contents(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(|file| file.seen.as_slice())
    }

    pub(super) fn create(&mut self, run: u64, name: &str) -> Result<()> {
        self.alive(run)?;
        self.files.entry(name.to_owned()).or_default();
        Ok(())
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(super) fn delete(&mut self, run: u64, name: &str) -> Result<()> {
        self.alive(run)?;
        self.counts.operations += 1;
        let file = self.files.remove(name).ok_or(ErrorKind::NotFound)?;
        if file.named {
            self.deleted.insert(name.to_owned(), file.kept);
        }
        Ok(())
    }

    pub(super) fn length(&mut self, run: u64, name: &str) -> Result<usize> {
        self.alive(run)?;
        Ok(self.file(name)?.seen.len())
    }

    /// Reads as much as there is; how much.
    pub(super) fn read(&mut self, run: u64, name: &str, offset: usize, bytes: &mut [u8]) -> Result<usize> {
        self.alive(run)?;
        let seen = &self.file(name)?.seen;
        let there = seen.get(offset..).unwrap_or_default();
        let n = there.len().min(bytes.len());
        bytes[..n].copy_from_slice(&there[..n]);
        bytes[n..].fill(0);
        Ok(n)
    }

    pub(super) fn write(&mut self, run: u64, name: &str, offset: usize, bytes: &[u8]) -> Result<()> {
        self.alive(run)?;
        let fails = self.weather.write_fails;
        let blow = self.strikes(fails, 1);
        let part = if blow.is_some() { self.random.below(bytes.len() + 1) } else { bytes.len() };
        if blow != Some(Blow::Full) || self.random.coin() {
            self.file(name)?.write(offset, &bytes[..part]);
        }
        match blow {
            None => Ok(()),
            Some(Blow::Full) => Err(ErrorKind::WriteZero.into()),
            Some(blow) => {
                self.counts.failed_writes += u64::from(blow == Blow::Fails);
                self.ends(blow);
                Err(broken())
            }
        }
    }

    pub(super) fn truncate(&mut self, run: u64, name: &str, length: usize) -> Result<()> {
        self.alive(run)?;
        let fails = self.weather.write_fails;
        match self.strikes(fails, 1) {
            None | Some(Blow::Full) => {
                self.file(name)?.truncate(length);
                Ok(())
            }
            Some(blow) => {
                self.counts.failed_writes += u64::from(blow == Blow::Fails);
                self.ends(blow);
                Err(broken())
            }
        }
    }

    pub(super) fn sync(&mut self, run: u64, name: &str) -> Result<()> {
        self.alive(run)?;
        self.counts.syncs += 1;
        let fails = self.weather.sync_fails;
        let blow = self.strikes(fails, 8);
        let done = match blow {
            None | Some(Blow::Full) => true,
            Some(Blow::Kill | Blow::PowerCut) => self.random.coin(),
            Some(Blow::Fails) => false,
        };
        if done {
            self.file(name)?.sync();
            self.deleted.remove(name);
        }
        let Some(blow) = blow.filter(|blow| *blow != Blow::Full) else { return Ok(()) };
        if blow == Blow::Fails {
            self.counts.failed_syncs += 1;
            let file = self.files.get_mut(name).ok_or(ErrorKind::NotFound)?;
            file.fail_to_sync(&mut self.random);
        }
        self.ends(blow);
        Err(broken())
    }

    fn file(&mut self, name: &str) -> Result<&mut File> {
        self.files.get_mut(name).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Refuses whatever a program that has ended still tries.
    fn alive(&self, run: u64) -> Result<()> {
        if self.ended || run != self.run { Err(broken()) } else { Ok(()) }
    }

    /// What strikes now. `weight`: how much likelier than at another operation the program ends here.
    fn strikes(&mut self, fails: usize, weight: usize) -> Option<Blow> {
        self.counts.operations += 1;
        if self.random.chance(100) {
            let Disk { files, random, .. } = self;
            for file in files.values_mut() {
                file.write_back(random);
            }
        }
        let weather = self.weather;
        if self.random.chance(fails) {
            return Some(Blow::Fails);
        }
        if self.random.chance(weather.kill * weight) {
            return Some(Blow::Kill);
        }
        if self.random.chance(weather.power_cut * weight) {
            return Some(Blow::PowerCut);
        }
        if self.full_for == 0 && self.random.chance(weather.full) {
            self.full_for = 1 + self.random.below(40);
        }
        if self.full_for > 0 {
            self.full_for -= 1;
            self.counts.full += 1;
            return Some(Blow::Full);
        }
        None
    }

    fn ends(&mut self, blow: Blow) {
        match blow {
            Blow::Kill => {
                self.counts.kills += 1;
                self.ended = true;
            }
            Blow::PowerCut => self.cut_power(),
            Blow::Fails | Blow::Full => {}
        }
    }
}
