//! One stream of events against the log: each row makes the entry that the log has at its place, and continues the one before.

use super::Report;
use super::log::{Claim, Log};
use super::words::{Words, references};
use crate::log::{NewEvent, Stream, millis};
use crate::sql::Row;
use crate::{StoreError, content};
use ledger::Hash;
use ledger::record::ContentRef;

/// One stream on its way.
pub(super) struct Follow {
    stream: Stream,
    /// The place of the next row.
    pub(super) seq: u64,
    prev: Hash,
}

impl Follow {
    pub(super) fn new(stream: Stream) -> Follow {
        Follow { stream, seq: 0, prev: [0; 32] }
    }

    /// Compares a row with the log; whether nothing was wrong with it.
    pub(super) fn follow(
        &mut self,
        row: &Row,
        table: &'static str,
        words: Words,
        log: &mut Log,
        report: &mut Report,
    ) -> Result<bool, StoreError> {
        let faults = report.n_faults;
        let seq = row.int(1)?;
        let key = match self.stream {
            Stream::Petition(id) | Stream::Reads(id) => format!("{id}/{seq}"),
            Stream::Office | Stream::Keys => seq.to_string(),
        };
        let (epoch, index) = (row.int(10)?, u64::try_from(row.int(11)?).unwrap_or(u64::MAX));
        if u64::try_from(seq) != Ok(self.seq) {
            report.fault(table, &key, format!("expected seq {}; a row is missing or was added", self.seq));
        }
        let kept_entry: Hash = row.blob(9)?.try_into().unwrap_or([0; 32]);
        let (event, ekey) = self.event(row)?;
        if content::sha256(&event.body) != *row.blob(7)? {
            report.fault(table, &key, "the body does not match its digest");
        }
        if !matches!(row.int(3)?, 0 | 1) {
            report.fault(table, &key, "its certainty is impossible");
        }
        let refs = references(self.stream, &event.body, &words, log, report)?;
        let at = millis(&event.at).unwrap_or(0);
        let origin = log.origin(epoch).unwrap_or_default().to_owned();
        let entry = |contents: &[ContentRef]| {
            let event = NewEvent { contents: contents.to_vec(), ..event.clone() };
            event.record(&origin, at, event.sure).entry(&ekey)
        };
        let mut found = entry(&refs.found);
        if found != kept_entry && refs.found != refs.said && entry(&refs.said) == kept_entry {
            // The words alone are at fault, and were named.
            found = kept_entry;
        }
        match log.claim(epoch, index, &found) {
            Claim::Right => {
                if kept_entry != found {
                    report.fault(table, &key, "its entry is not the one that it makes");
                }
                self.prev = found;
            }
            Claim::Wrong => {
                // Words that were named explain it.
                if !refs.faulty {
                    report.fault(table, &key, "the log has another entry in its place, or none");
                }
                self.prev = kept_entry;
            }
            Claim::Unknown => {
                if kept_entry != found {
                    report.fault(table, &key, "its entry is not the one that it makes");
                }
                self.prev = kept_entry;
            }
        }
        if report.n_faults == faults
            && let Some(stamp) = log.stamp(epoch, index)
            && stamp != (event.at.as_str(), event.sure)
        {
            report.fault(table, &key, "its instant is not that of its commit (LOG-7)");
        }
        // A decision's own events say how far it goes; of the others each is one.
        if !matches!(self.stream, Stream::Petition(_)) {
            self.seq = u64::try_from(seq).unwrap_or(0) + 1;
        }
        Ok(report.n_faults == faults)
    }

    fn event(&self, row: &Row) -> Result<(NewEvent, [u8; 32]), StoreError> {
        let ekey = row.blob(8)?.try_into().unwrap_or([0; 32]);
        let event = NewEvent {
            stream: self.stream,
            seq: u64::try_from(row.int(1)?).unwrap_or(u64::MAX),
            prev: self.prev,
            at: row.text(2)?.to_owned(),
            sure: row.int(3)? == 1,
            kind: row.text(4)?.to_owned(),
            actor: row.text(5)?.to_owned(),
            body: row.blob(6)?.to_vec(),
            ekey,
            contents: Vec::new(),
        };
        Ok((event, ekey))
    }
}
