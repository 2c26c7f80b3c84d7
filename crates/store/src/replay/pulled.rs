//! The second reading of a journal: records as they are wanted, and what they write.

use super::{AT_ONCE, Keyed, changed};
use crate::StoreError;
use crate::journal::{self, Record};
use crate::sql::{Batch, Write};
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, sync_channel};

/// A segment's records, read a second time as they are wanted.
pub(super) struct Pulled {
    records: Receiver<Record>,
    next: u64,
}

impl Pulled {
    pub(super) fn begin(segment: Keyed) -> Pulled {
        let (put, records) = sync_channel(AT_ONCE);
        std::thread::spawn(move || {
            let each = |record| put.send(record).map_err(|_| io::Error::other("enough"));
            // What is wrong with a segment was found by the first reading.
            let _told = journal::read(&segment.file, (segment.suite, &segment.key), each);
        });
        Pulled { records, next: 0 }
    }

    /// A record by its number; they are asked for in order.
    pub(super) fn take(&mut self, number: u64) -> Result<Record, StoreError> {
        if number < self.next {
            return Err(changed());
        }
        loop {
            let record = self.records.recv().map_err(|_| changed())?;
            self.next += 1;
            if self.next > number {
                return Ok(record);
            }
        }
    }
}

/// Statements, kept for as long as the program runs: there are a few hundred different ones.
#[derive(Default)]
pub(super) struct Texts(BTreeMap<String, &'static str>);

impl Texts {
    pub(super) fn batch(&mut self, record: Record) -> Batch {
        let mut batch = Batch::new();
        for (sql, params, rows) in record.writes {
            let sql = match self.0.get(&sql) {
                Some(kept) => *kept,
                None => {
                    let kept: &'static str = String::leak(sql.clone());
                    self.0.insert(sql, kept);
                    kept
                }
            };
            batch.push(Write { sql, params, rows });
        }
        batch
    }
}
