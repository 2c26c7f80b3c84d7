//! One office on one disk: the program runs, its callers call, the disk fails, the program starts again.
//!
//! A step is one caller's act, one operation on the disk (a write, a sync, a truncation, a deletion), or one tick of the
//! clock.

use super::check::{Broken, Known, Told, look, wrong};
use super::clock::Clock;
use super::disk::{Disk, Weather};
use super::office::{Marks, Office, View};
use super::random::Random;
use super::tally::Tally;
use super::vfs::{self, Shared, lock};
use crate::log::Head;
use crate::sql::{Outcome, Row, Value};
use crate::sqlite::{Commit, GROUP, SETTINGS, renew, rows};
use crate::{StoreError, Writing};
use casework::PetitionId;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, MutexGuard};
use tokio::sync::oneshot;

const FILE: &str = "huiyin.sqlite3";
const WAL: &str = "huiyin.sqlite3-wal";

/// In what the program differs from the real one, for controls that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// The real one.
    Real,
    /// `synchronous=normal`: does not wait for the disk.
    SyncsSeldom,
    /// Answers before the commit.
    AnswersEarly,
    /// Starts on what memory shows of the write-ahead log, whether or not the disk has it.
    TrustsMemory,
}

/// A world on its way.
pub(super) struct World<'o> {
    pub(super) office: &'o Office,
    pub(super) program: Program,
    pub(super) random: Random,
    pub(super) clock: Clock,
    weather: Weather,
    number: u64,
    disk: Shared,
    writer: Option<super::super::Writer>,
    known: Known,
    pub(super) keys: BTreeMap<PetitionId, [u8; 32]>,
    pub(super) petitions: Vec<PetitionId>,
    pub(super) tokens: Vec<String>,
    /// What callers saw some time ago.
    pub(super) stale: Vec<View>,
    pub(super) tally: Tally,
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        self.disk().kill();
        self.writer = None;
        vfs::unplug(self.number);
    }
}

/// How bad it gets in a world: calm days, failing disks, or both; for a control, what it must be caught by.
fn climate(program: Program, random: &mut Random) -> Weather {
    let bad = [1, 5, 12, 40][random.below(4)];
    match program {
        Program::Real | Program::AnswersEarly => Weather {
            write_fails: random.below(1 + bad),
            sync_fails: random.below(1 + 6 * bad),
            full: random.below(1 + bad),
            kill: random.below(2 + bad / 2),
            power_cut: random.below(2 + bad / 2),
        },
        Program::SyncsSeldom => Weather { power_cut: 10, ..Weather::default() },
        Program::TrustsMemory => Weather { sync_fails: 500, power_cut: 4, ..Weather::default() },
    }
}

impl<'o> World<'o> {
    pub(super) fn new(office: &'o Office, program: Program, seed: u64, image: &[u8]) -> World<'o> {
        let mut random = Random::new(seed);
        let weather = climate(program, &mut random);
        let (number, disk) = vfs::plug(Disk::new(random.draw(), FILE, image.to_vec()));
        World {
            office,
            program,
            random,
            clock: Clock::new(),
            weather,
            number,
            disk,
            writer: None,
            known: Known::default(),
            keys: BTreeMap::new(),
            petitions: Vec::new(),
            tokens: Vec::new(),
            stale: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Lets so many steps happen; what happened, and the database as it stands at the end.
    pub(super) fn run(mut self, steps: u64) -> Result<(Tally, Vec<u8>), Broken> {
        self.start()?;
        while self.steps() < steps {
            self.clock.tick(&mut self.random);
            self.tally.steps += 1;
            self.group()?;
            let failed = self.writer().writing.failed.get().is_some();
            if failed && !self.disk().has_ended() {
                self.tally.devices_failed += 1;
                if self.random.coin() {
                    self.group()?;
                }
                // The program ends where it stands: nothing is closed.
                self.disk().kill();
            }
            let ended = self.disk().has_ended();
            match self.random.below(200) {
                _ if ended => self.start()?,
                0..3 => {
                    self.disk().cut_power();
                    self.start()?;
                }
                3..6 => {
                    let mut disk = self.disk();
                    disk.counts.kills += 1;
                    disk.kill();
                    drop(disk);
                    self.start()?;
                }
                // Stopped in good order, as far as the disk lets it.
                6..9 => {
                    self.writer = None;
                    self.start()?;
                }
                9..14 => self.look()?,
                _ => {}
            }
        }
        self.disk().cut_power();
        self.start()?;
        self.disk().weather(Weather::default());
        self.writer = None;
        self.tally.steps = self.steps();
        let counts = self.disk().counts;
        self.tally.disk = counts;
        let disk = self.disk();
        if disk.contents(WAL).is_some_and(|wal| !wal.is_empty()) {
            return wrong("closed in good order, the write-ahead log stays");
        }
        let bytes = disk.contents(FILE).unwrap_or_default().to_vec();
        drop(disk);
        Ok((self.tally, bytes))
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    fn writer(&mut self) -> &mut super::super::Writer {
        self.writer.as_mut().unwrap()
    }

    fn steps(&self) -> u64 {
        self.tally.steps + self.disk().counts.operations
    }

    /// Starts the program, again and again until the disk lets it, and looks at what is there.
    fn start(&mut self) -> Result<(), Broken> {
        self.disk().weather(self.weather);
        for _ in 0..100 {
            self.writer = None;
            self.disk().start();
            self.tally.starts += 1;
            match self.open() {
                Ok(connection) => {
                    let keeper = Some(Arc::new(self.office.keeper.clone()));
                    let writing = Writing { keeper, journal: None, failed: Arc::default(), logged: true };
                    self.writer = Some(super::super::Writer::new(connection, FILE.to_owned(), writing));
                    self.look()?;
                    let last = self.last();
                    self.clock.begin(last);
                    return Ok(());
                }
                Err(error) => {
                    if let StoreError::Corrupt(what) = error {
                        return wrong(format!("does not start: {what}"));
                    }
                }
            }
        }
        wrong("does not start, however often it is tried")
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let explain = |error: rusqlite::Error| super::super::explain_write(FILE, &error);
        if self.program != Program::TrustsMemory
            && let Some(mut wal) = vfs::open(&self.disk, WAL)
        {
            renew(&mut wal, vfs::File::sync).map_err(|error| StoreError::Device(error.to_string()))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = format!("{}/{FILE}", self.number);
        let connection = Connection::open_with_flags_and_vfs(path, flags, vfs::NAME).map_err(explain)?;
        let settings = match self.program {
            Program::SyncsSeldom => SETTINGS.replace("synchronous=full", "synchronous=normal"),
            Program::Real | Program::AnswersEarly | Program::TrustsMemory => SETTINGS.to_owned(),
        };
        // One connection, so that no memory is shared.
        connection.execute_batch(&format!("pragma locking_mode=exclusive; {settings}")).map_err(explain)?;
        connection.set_prepared_statement_cache_capacity(256);
        Ok(connection)
    }

    /// Looks at everything, on a disk that is quiet meanwhile.
    fn look(&mut self) -> Result<(), Broken> {
        let weather = std::mem::take(&mut self.weather);
        self.disk().weather(Weather::default());
        let World { writer, office, known, .. } = self;
        let connection = &writer.as_ref().unwrap().connection;
        look(connection, office, known)?;
        self.petitions =
            self.read("select petition_id from matter order by petition_id", &[]).iter().map(id).collect();
        let count = |world: &World<'_>, sql: &str| world.read(sql, &[])[0].int(0).unwrap() as u64;
        self.tally.petitions = self.petitions.len() as u64;
        self.tally.events = count(self, "select count(*) from event");
        self.tally.commits = count(self, "select count(*) from log_commit");
        self.weather = weather;
        self.disk().weather(weather);
        Ok(())
    }

    /// Rows; none once the program has ended.
    pub(super) fn read(&self, sql: &str, params: &[Value]) -> Vec<Row> {
        let writer = self.writer.as_ref().unwrap();
        rows(&writer.connection, sql, params).unwrap_or_default()
    }

    fn head(&self) -> Option<Head> {
        Head::read(self.read(crate::log::HEAD, &[]).first()?).ok()
    }

    /// The instant of the last commit of the log.
    pub(super) fn last(&self) -> Option<i64> {
        let head = self.head().filter(|head| !head.at.is_empty())?;
        Some(crate::log::millis(&head.at).unwrap() as i64)
    }

    /// Several callers at once, and what they are told.
    fn group(&mut self) -> Result<(), Broken> {
        let most = [1, 4, 16, GROUP][self.random.below(4)];
        let calls = 1 + self.random.below(most);
        let mut asked = Vec::new();
        for _ in 0..calls {
            self.clock.moment(&mut self.random);
            self.tally.steps += 1;
            asked.extend(self.call());
        }
        if asked.len() < GROUP {
            asked.extend(self.timer());
        }
        self.tally.calls += asked.len() as u64;
        let failed = self.writer().writing.failed.get().is_some();
        if self.random.below(16) == 0 {
            // As though much had been written since.
            self.writer().grown = super::super::WAL_PAGES;
        }
        let (send, inbox) = channel();
        let mut waiting = Vec::new();
        for (batch, marks) in asked {
            let (answer, wait) = oneshot::channel();
            send.send(Commit { batch, answer }).unwrap();
            waiting.push((marks, wait));
        }
        drop(send);
        self.writer().run(&inbox);
        let told: Vec<(Marks, Told)> = waiting
            .into_iter()
            .map(|(marks, mut wait)| {
                let told = match wait.try_recv() {
                    _ if self.program == Program::AnswersEarly => Told::Yes,
                    Ok(Ok(Outcome::Committed)) => Told::Yes,
                    Ok(Ok(Outcome::Conflict)) => Told::No,
                    Ok(Err(_)) | Err(_) => Told::Nothing { present: false },
                };
                (marks, told)
            })
            .collect();
        if failed && told.iter().any(|(_, told)| !matches!(told, Told::Nothing { .. })) {
            return wrong("a caller was answered after the disk had failed");
        }
        self.hear(told)
    }

    /// What the callers make of it.
    fn hear(&mut self, told: Vec<(Marks, Told)>) -> Result<(), Broken> {
        if told.iter().any(|(_, told)| *told == Told::Yes) {
            self.known.settle();
            if let Some(head) = self.head().filter(|head| head.size() > 0) {
                self.known.signed.insert(head.size(), head.edge.root());
            }
        }
        for (marks, told) in told {
            match told {
                Told::Yes => self.tally.acknowledged += 1,
                Told::No => self.tally.conflicts += 1,
                Told::Nothing { .. } => self.tally.unanswered += 1,
            }
            if let Some((id, key)) = marks.key {
                self.keys.insert(id, key);
                if told == Told::Yes {
                    self.petitions.push(id);
                }
            }
            self.known.batches.push((marks, told));
        }
        Ok(())
    }
}

pub(super) fn id(row: &Row) -> PetitionId {
    row.text(0).unwrap().parse().unwrap()
}
