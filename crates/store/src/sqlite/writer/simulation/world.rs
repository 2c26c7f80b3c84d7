//! One office on one disk: the program runs, its callers call, the disk fails, the program starts again.
//!
//! A step is one caller's act, one operation on the disk (a write, a sync, a truncation, a deletion), or one tick of the
//! clock.

use super::check::{Broken, Known, Told, look, wrong};
use super::clock::{Clock, day};
use super::disk::{Disk, Weather};
use super::office::{Marks, Now, Office, View};
use super::random::Random;
use super::tally::Tally;
use super::vfs::{self, Shared, lock};
use crate::log::Head;
use crate::sql::{Batch, Outcome, Row, Value, Write};
use crate::sqlite::{Commit, GROUP, SETTINGS, renew, rows};
use crate::{StoreError, Writing};
use casework::{LetterNumbers, Petition, PetitionId};
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
    office: &'o Office,
    program: Program,
    random: Random,
    clock: Clock,
    weather: Weather,
    number: u64,
    disk: Shared,
    writer: Option<super::super::Writer>,
    known: Known,
    keys: BTreeMap<PetitionId, [u8; 32]>,
    petitions: Vec<PetitionId>,
    tokens: Vec<String>,
    /// What callers saw some time ago.
    stale: Vec<View>,
    tally: Tally,
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        self.disk().kill();
        self.writer = None;
        vfs::unplug(self.number);
    }
}

/// How bad it gets in a world: calm days, failing disks, or both.
fn climate(random: &mut Random) -> Weather {
    let bad = [2, 8, 20, 60][random.below(4)];
    Weather {
        write_fails: random.below(1 + bad),
        sync_fails: random.below(1 + 6 * bad),
        full: random.below(1 + bad),
        kill: random.below(2 + bad / 2),
        power_cut: random.below(2 + bad / 2),
    }
}

impl<'o> World<'o> {
    pub(super) fn new(office: &'o Office, program: Program, seed: u64, image: &[u8]) -> World<'o> {
        let mut random = Random::new(seed);
        let weather = climate(&mut random);
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
            if failed {
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
    fn read(&self, sql: &str, params: &[Value]) -> Vec<Row> {
        let writer = self.writer.as_ref().unwrap();
        rows(&writer.connection, sql, params).unwrap_or_default()
    }

    fn head(&self) -> Option<Head> {
        Head::read(self.read(crate::log::HEAD, &[]).first()?).ok()
    }

    /// The instant of the last commit of the log.
    fn last(&self) -> Option<i64> {
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

    fn now(&mut self) -> Now {
        let (at, sure, today) = self.clock.stamp();
        self.tally.doubted += u64::from(!sure);
        // A clock that was put back over midnight: the day is that of the record, which does not go back.
        let today = today.max(self.last().map_or(today, day));
        Now { at, sure, today }
    }

    /// What one caller asks for, if anything.
    fn call(&mut self) -> Option<(Batch, Marks)> {
        let now = self.now();
        let fresh = self.program == Program::AnswersEarly;
        match self.random.below(100) {
            _ if fresh => Some(self.submit(&now)),
            0..22 => Some(self.submit(&now)),
            22..27 if !self.tokens.is_empty() => {
                // Sent once more, because the answer did not come.
                let token = self.tokens[self.random.below(self.tokens.len())].clone();
                Some(self.office.submit(&mut self.random, &now, token))
            }
            27..33 => {
                let mut batch = Batch::new();
                let (name, value) = (self.random.below(500).to_string(), self.random.draw().to_string());
                let row = vec![name.as_str().into(), value.as_str().into()];
                batch.push(Write::new("insert into setting (name, value) values ($1, $2)", row));
                Some((batch, Marks { setting: Some((name, value)), ..Marks::default() }))
            }
            33..36 => Some((Batch { idle_at: Some(now.at), ..Batch::new() }, Marks::default())),
            _ => {
                let view = if self.random.below(8) == 0 && !self.stale.is_empty() {
                    self.stale[self.random.below(self.stale.len())].clone()
                } else {
                    let place = self.random.below(self.petitions.len().max(1));
                    self.view(*self.petitions.get(place)?)?
                };
                if self.random.below(6) == 0 {
                    let place = self.random.below(16);
                    self.stale.insert(place.min(self.stale.len()), view.clone());
                    self.stale.truncate(16);
                }
                let numbers = self.numbers();
                self.office.act(&mut self.random, &now, &view, &numbers)
            }
        }
    }

    fn submit(&mut self, now: &Now) -> (Batch, Marks) {
        let token = format!("{:032x}", self.random.draw());
        self.tokens.push(token.clone());
        self.office.submit(&mut self.random, now, token)
    }

    /// Deadlines whose day is over; never by a clock that is not believed.
    fn timer(&mut self) -> Option<(Batch, Marks)> {
        let now = self.now();
        if !now.sure || self.program == Program::AnswersEarly {
            return None;
        }
        let due = "select petition_id, idx from deadline where state = 'running' and due_on < $1 order by due_on, petition_id, idx limit 24";
        let due: Vec<(View, u32)> = self
            .read(due, &[now.today.to_string().into()])
            .iter()
            .filter_map(|row| Some((self.view(id(row))?, u32::try_from(row.int(1).unwrap()).unwrap())))
            .collect();
        let numbers = self.numbers();
        self.office.pass(&mut self.random, &now, &due, &numbers)
    }

    /// A petition as the database has it.
    fn view(&self, id: PetitionId) -> Option<View> {
        let sql = "select body, entry from event where petition_id = $1 order by seq";
        let rows = self.read(sql, &[id.to_string().into()]);
        let tip = rows.last()?.blob(1).ok()?.try_into().ok()?;
        let events = rows.iter().flat_map(|row| crate::history::decode(row.blob(0).unwrap()).unwrap());
        let petition = events.fold(Petition::new(id), |petition, event| petition.apply(&event));
        Some(View { petition, tip, key: *self.keys.get(&id)? })
    }

    fn numbers(&self) -> LetterNumbers {
        let rows = self.read("select unit_id, mark, year, last from letter_number", &[]);
        let number = |row: &Row| {
            let year = i16::try_from(row.int(2).unwrap()).unwrap();
            let last = u32::try_from(row.int(3).unwrap()).unwrap();
            ((row.text(0).unwrap().parse().unwrap(), row.text(1).unwrap().to_owned(), year), last)
        };
        rows.iter().map(number).collect()
    }
}

fn id(row: &Row) -> PetitionId {
    row.text(0).unwrap().parse().unwrap()
}
