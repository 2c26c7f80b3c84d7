//! Deterministic simulation (CRASH-6): the real writer on a real SQLite, over a disk and a clock that fail as a seed
//! says, under callers that the real rules decide for. One thread; the same seed is the same run.
//!
//! `HUIYIN_SEED` and `HUIYIN_STEPS` choose the run; a seed that fails is printed with the command that repeats it, and
//! belongs into [`ONCE`] from then on. What is not in it: the journal, which is no file of SQLite's (crash campaigns pull
//! its plug), PostgreSQL, and threads.

mod acts;
mod calls;
mod check;
mod clock;
mod disk;
mod office;
mod people;
mod random;
mod tally;
mod vfs;
mod world;

use crate::Database;
use crate::verify::{Expected, Rules};
use casework::Name;
use check::Broken;
use jiff::civil::Date;
use office::Office;
use random::Random;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tally::Tally;
use world::{Program, World};

/// Steps of one world; what is asked for beyond is done in further worlds, from seeds that follow.
const WORLD: u64 = 4000;
/// Steps of the gate.
const STEPS: u64 = 12_000;
/// Seeds that once failed, and after how many steps at most.
const ONCE: &[(u64, u64)] = &[(2, 6000), (6024, 6000)];

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("huiyin-simulation-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// The rules that the record of a world is replayed by.
struct Law<'o>(casework::audit::Rules<'o>);

impl Rules for Law<'_> {
    fn rules(&self, name: &Name) -> Option<&casework::audit::Rules<'_>> {
        (self.0.procedure().id == *name).then_some(&self.0)
    }

    fn day(&self, at: u64) -> Option<Date> {
        Some(clock::day(i64::try_from(at).ok()?))
    }
}

/// Everything that worlds have in common.
struct Ground {
    office: Office,
    image: Vec<u8>,
    folder: Folder,
    runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn new(name: &str) -> Ground {
        let (office, folder) = (Office::new(), Folder::new(name));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let path = folder.0.join("empty.sqlite3");
        let address = format!("sqlite:{}", path.display());
        drop(runtime.block_on(Database::open(&address, office.keeper.clone(), None)).unwrap());
        Connection::open(&path).unwrap().execute_batch("pragma wal_checkpoint(truncate)").unwrap();
        Ground { image: std::fs::read(&path).unwrap(), office, folder, runtime }
    }

    /// One world to its end, and `huiyin verify` over what it left.
    fn world(&self, program: Program, seed: u64, steps: u64) -> Result<Tally, Broken> {
        let world = World::new(&self.office, program, seed, &self.image);
        let (tally, bytes) = world.run(steps)?;
        let path = self.folder.0.join(format!("{seed}.sqlite3"));
        std::fs::write(&path, bytes).unwrap();
        let verified = self.verify(&path);
        std::fs::remove_file(&path).unwrap();
        verified.map(|()| tally)
    }

    fn verify(&self, path: &Path) -> Result<(), Broken> {
        let law = Law(self.office.rules());
        let looked = async {
            let database = Database::look(&format!("sqlite:{}", path.display())).await?;
            crate::verify::verify(&database, &law, &Expected::default(), |_| ()).await
        };
        match self.runtime.block_on(looked) {
            Ok(report) if report.n_faults == 0 && report.n_breaches == 0 => Ok(()),
            Ok(report) => check::wrong(format!("verify: {:?} {:?}", report.faults, report.breaches)),
            Err(error) => check::wrong(format!("verify: {error}")),
        }
    }

    /// So many steps in as many worlds as they need; panics with the command that repeats what failed.
    fn worlds(&self, seed: u64, steps: u64) -> Tally {
        let mut all = Tally::default();
        let mut number = seed;
        while all.steps < steps {
            let part = WORLD.min(steps - all.steps);
            match self.world(Program::Real, number, part) {
                Ok(tally) => all.add(&tally),
                Err(broken) => panic!(
                    "{broken}\nrepeat it with: HUIYIN_SEED={number} HUIYIN_STEPS={part} cargo nextest run -p store --lib --all-features nothing_acknowledged"
                ),
            }
            number = number.wrapping_add(1);
        }
        all
    }
}

#[expect(clippy::disallowed_methods, reason = "a soak chooses its seed and its length in the environment")]
fn wanted(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("a whole number"))
}

/// CRASH-6: nothing acknowledged is ever lost or doubled, nothing is there by half, the log and the lists are right,
/// after every failure that the seed brings.
#[test]
fn nothing_acknowledged_is_lost_whatever_the_disk_and_the_clock_do() {
    let ground = Ground::new("gate");
    let (seed, steps) = (wanted("HUIYIN_SEED", 1), wanted("HUIYIN_STEPS", STEPS));
    let tally = ground.worlds(seed, steps);
    println!("seed {seed}: {tally}");
    assert!(tally.acknowledged > 0 || steps < STEPS);
}

#[test]
fn seeds_that_once_failed() {
    let ground = Ground::new("once");
    for (seed, steps) in ONCE {
        ground.world(Program::Real, *seed, *steps).unwrap();
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let ground = Ground::new("same");
    let run = |seed| format!("{:?}", ground.world(Program::Real, seed, 1500).unwrap());
    let first = run(5);
    assert_eq!(run(5), first);
    assert_ne!(run(6), first);
}

/// The first of several worlds in which a program that is not the real one loses something.
fn caught(program: Program, name: &str) -> Broken {
    let ground = Ground::new(name);
    let mut seeds = Random::new(1);
    let lost = (0..60).find_map(|_| ground.world(program, seeds.draw(), 3000).err());
    lost.expect("this program must be caught, or the simulation is blind")
}

/// Negative control: a program that does not wait for the disk loses what it acknowledged.
#[test]
fn a_program_that_syncs_seldom_is_caught() {
    let broken = caught(Program::SyncsSeldom, "seldom");
    assert!(matches!(broken, Broken::Lost(_)), "{broken}");
}

/// Negative control: a writer that answers before it commits.
#[test]
fn a_program_that_answers_early_is_caught() {
    let broken = caught(Program::AnswersEarly, "early");
    assert!(matches!(broken, Broken::Lost(_)), "{broken}");
}

/// Negative control: after a sync that failed, memory shows what the disk does not have. Whoever goes on from there
/// builds on it, and loses it with the power.
#[test]
fn a_program_that_trusts_memory_is_caught() {
    let broken = caught(Program::TrustsMemory, "memory");
    assert!(matches!(broken, Broken::Lost(_)), "{broken}");
}
