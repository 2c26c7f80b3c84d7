//! How many matters wait, for the chips above an inbox: counted by the database, remembered for a moment.
//!
//! Counting ten thousand rows costs more than the page that shows the number. Whatever this node writes makes it count
//! again; what another node writes shows within [`SECONDS`].

use super::{App, Failure};
use casework::authority::Actor;
use casework::{OfficialId, UnitId};
use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use store::inbox::{Counts, counts};

/// Longest time a count is remembered.
const SECONDS: i64 = 2;

/// Whose inbox, and up to when it was looked ahead.
type Key = (UnitId, OfficialId, Date, Date);

/// Counts by inbox, each with the number of writes it knows of and its second.
#[derive(Debug, Default)]
pub(super) struct Counted {
    writes: AtomicU64,
    counting: tokio::sync::Mutex<()>,
    known: Mutex<HashMap<Key, (u64, i64, Counts)>>,
}

impl Counted {
    /// Something was written: every count is old.
    pub(super) fn forget(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self, key: &Key, now: i64) -> Option<Counts> {
        let writes = self.writes.load(Ordering::SeqCst);
        let known = self.known.lock().ok()?;
        let (at_write, at, counts) = known.get(key)?;
        (*at_write == writes && (0..SECONDS).contains(&(now - at))).then_some(*counts)
    }

    fn put(&self, key: Key, at_write: u64, now: i64, counts: Counts) {
        if let Ok(mut known) = self.known.lock() {
            known.retain(|_, (_, at, _)| (0..SECONDS).contains(&(now - *at)));
            known.insert(key, (at_write, now, counts));
        }
    }
}

impl App {
    /// What waits for an official and their unit.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn counts(&self, actor: &Actor, today: Date, soon: Date) -> Result<Counts, Failure> {
        let (unit, official) = actor.unit().zip(actor.official()).ok_or(Failure::Absent)?;
        let key = (unit, official, today, soon);
        let now = self.clock.now().as_second();
        if let Some(known) = self.counted.get(&key, now) {
            return Ok(known);
        }
        // One counts, the others of the same moment wait for it.
        let _turn = self.counted.counting.lock().await;
        if let Some(known) = self.counted.get(&key, now) {
            return Ok(known);
        }
        // Read before counting: a write in between makes this count old, never the other way round.
        let at_write = self.counted.writes.load(Ordering::SeqCst);
        let counts =
            counts(&self.reader(actor)?, unit, official, self.is_addressee(unit, official), today, soon)
                .await?;
        self.counted.put(key, at_write, now, counts);
        Ok(counts)
    }

    /// Whether what nobody of the unit owns runs against this official.
    pub(crate) fn is_addressee(&self, unit: UnitId, official: OfficialId) -> bool {
        self.directory().unit(unit).is_some_and(|unit| unit.intake == official)
    }
}
