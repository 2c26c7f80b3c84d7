//! Streams beside petitions' own: what happened to the office, and what officials read.

use super::stream::Follow;
use super::words::Words;
use super::{Report, lists, log::Log};
use crate::log::{Stream, millis};
use crate::sealed::{self, Secret};
use crate::sql::Row;
use crate::{Database, StoreError, reads};
use casework::access::{Reads, Timeline};
use casework::{OfficialId, PetitionId};
use std::collections::BTreeMap;

const OFFICE: &str = "select '', seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index from office_event order by seq";
/// Reads of some petitions.
pub(super) const READS: &str = "select petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index from read_event where petition_id > $1 and petition_id <= $2 order by petition_id, seq";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[OFFICE, READS];

/// Looks at the office's own events, and at the directory that they name.
pub(super) async fn office(
    database: &Database,
    log: &mut Log,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut stream = Follow::new(Stream::Office);
    let mut directory = None;
    let mut sealing: BTreeMap<String, String> = BTreeMap::new();
    for row in database.query(OFFICE, Vec::new()).await? {
        stream.follow(&row, "office_event", Words::default(), log, report)?;
        match row.text(4)? {
            "directory" => directory = Some(row.blob(6)?.to_vec()),
            "sealing_key" => sealing.extend(sealed::said_of_sealing_key(row.blob(6)?)),
            _ => {}
        }
    }
    for (official, digest) in sealed::kept_sealing_keys(database).await? {
        if sealing.remove(&official) != Some(digest) {
            report.fault("sealing_key", &official, "is not as it was made");
        }
    }
    for official in sealing.into_keys() {
        report.fault("sealing_key", official, "is missing");
    }
    lists::directory(database, directory.as_deref(), report).await
}

/// Looks at what was read of a petition: the rows, and whether every identity was shown as the rules have it (I8).
pub(super) fn of_petition(
    own: PetitionId,
    rows: &[Row],
    (course, opens): (Option<Timeline>, Option<&Secret>),
    log: &mut Log,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut stream = Follow::new(Stream::Reads(own));
    let exists = course.is_some();
    let mut rules = Reads::of(course.unwrap_or_default());
    for row in rows {
        let key = format!("{own}/{}", row.int(1)?);
        report.reads += 1;
        if !stream.follow(row, "read_event", Words::default(), log, report)? {
            continue;
        }
        if !exists {
            report.fault("read_event", &key, "there is no such petition");
        }
        let (mut kind, mut actor) = (row.text(4)?.to_owned(), row.text(5)?.to_owned());
        let mut body = row.blob(6)?.to_vec();
        if sealed::is_sealed_body(&body) {
            let Some(secret) = opens else { continue };
            let number = u64::try_from(row.int(1)?).unwrap_or(0);
            let Some(open) = reads::open_body(secret, own, number, &body) else {
                report.fault("read_event", &key, "what is sealed in it does not open");
                continue;
            };
            (kind, actor, body) = (open.kind, open.actor, open.body);
        }
        let Ok(read) = reads::decode(&body) else {
            report.fault("read_event", &key, "its body cannot be read");
            continue;
        };
        if read.seen.kind() != kind || actor.parse::<OfficialId>().is_err() {
            report.breach("read_event", &key, "it names another kind than its body, or no official");
        }
        let (seq, at) = (u64::try_from(row.int(1)?).unwrap_or(0), millis(row.text(2)?).unwrap_or(0));
        if let Some(what) = rules.follow(seq, at, &actor, &read) {
            report.breach("read_event", &key, what);
        }
    }
    Ok(())
}
