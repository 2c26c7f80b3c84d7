//! Petitions in key order against the log: every event row makes the entry that the log has, its words are as they were
//! kept, the lists show what the events say, and the rules hold.
//!
//! Reading and looking go on side by side: rows of the next petitions are fetched while these are looked at.

use super::files::{self, File};
use super::lists::{self, Numbers};
use super::log::Log;
use super::stream::Follow;
use super::words::Words;
use super::{Report, Rules, reads};
use crate::log::{Stream, millis};
use crate::sealed::{self, Secret};
use crate::sql::{Row, Value};
use crate::{Database, StoreError, content, history};
use casework::access::Timeline;
use casework::act::Measure;
use casework::audit::{Audit, Recorded};
use casework::{Event, Fact, Name, OfficialId, Petition, PetitionId};
use std::collections::BTreeMap;

const EVENTS: &str = "select petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index from event where (petition_id, seq) > ($1, $2) order by petition_id, seq limit $3";
const CONTENT: &str = "select petition_id, seq, content_id, commitment, digest, length(body), body from content where petition_id > $1 and petition_id <= $2 order by petition_id, seq, content_id";
const KEYS: &str = "select petition_id, digest, wrapped, recovery from petition_key where petition_id > $1 and petition_id <= $2 order by petition_id";

const SHELLS: &str = "select petition_id, shell from sealed_shell where petition_id > $1 and petition_id <= $2 order by petition_id";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[EVENTS, CONTENT, KEYS, SHELLS];

/// Events read in one go.
const PAGE: i64 = 1000;
/// After every key.
pub(super) const END: &str = "~";

/// Rows of one petition, as they are kept.
#[derive(Default)]
struct Kept {
    events: Vec<Row>,
    contents: Vec<Row>,
    keys: Vec<Row>,
    reads: Vec<Row>,
    files: Vec<File>,
    lists: lists::Kept,
    /// Opens its sealed events, for whoever brought what opens them.
    opens: Option<Secret>,
    /// Its shell, as it is kept.
    shell: Option<Vec<u8>>,
}

/// Looks at every petition.
pub(super) async fn petitions(
    database: &Database,
    rules: &dyn Rules,
    mut log: Log,
    report: &mut Report,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Log, StoreError> {
    let mut numbers = Numbers::default();
    let mut pages = Pages::default();
    let mut next = pages.next(database).await?;
    while let Some(page) = next {
        // What was read is looked at on a thread of its own while the next rows come.
        let (log_back, numbers_back, part, fetched) = {
            let (log, numbers) = (log, std::mem::take(&mut numbers));
            std::thread::scope(|scope| {
                let looked = scope.spawn(move || look(page, rules, log, numbers));
                let fetched = tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current().block_on(pages.next(database))
                });
                let ended = || StoreError::Other("looking at petitions ended early".to_owned());
                looked.join().map_err(|_| ended()).map(|(log, numbers, part)| (log, numbers, part, fetched))
            })?
        };
        log = log_back;
        numbers = numbers_back;
        report.join(part?);
        progress(report.decisions);
        next = fetched?;
    }
    numbers.compare(database, report).await?;
    files::strays(database, report).await?;
    Ok(log)
}

type Looked = (Log, Numbers, Result<Report, StoreError>);

fn look(page: Vec<(String, Kept)>, rules: &dyn Rules, mut log: Log, mut numbers: Numbers) -> Looked {
    let mut report = Report::default();
    for (id, kept) in page {
        if let Err(error) = petition(&id, kept, rules, &mut log, &mut numbers, &mut report) {
            return (log, numbers, Err(error));
        }
    }
    (log, numbers, Ok(report))
}

/// Pages of whole petitions: the last one of a page waits for the next page.
#[derive(Default)]
struct Pages {
    after: (String, i64),
    /// The last key below which everything was read.
    below: String,
    waiting: Vec<Row>,
    begun: bool,
    ended: bool,
}

impl Pages {
    async fn next(&mut self, database: &Database) -> Result<Option<Vec<(String, Kept)>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        if !self.begun {
            self.after = (String::new(), -1);
            self.begun = true;
        }
        let mut rows = std::mem::take(&mut self.waiting);
        let upto = loop {
            let (id, seq) = &self.after;
            let key = vec![id.as_str().into(), Value::Integer(*seq), PAGE.into()];
            let page = database.query(EVENTS, key).await?;
            let full = i64::try_from(page.len()).unwrap_or(0) == PAGE;
            if let Some(last) = page.last() {
                self.after = (last.text(0)?.to_owned(), last.int(1)?);
            }
            rows.extend(page);
            if !full {
                self.ended = true;
                break END.to_owned();
            }
            let last = self.after.0.as_str();
            let whole = rows.iter().position(|row| row.text(0) == Ok(last)).unwrap_or(0);
            if whole > 0 {
                self.waiting = rows.split_off(whole);
                break rows.last().map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))?;
            }
        };
        let mut petitions: BTreeMap<String, Kept> = BTreeMap::new();
        for row in rows {
            petitions.entry(row.text(0)?.to_owned()).or_default().events.push(row);
        }
        let range = || vec![Value::Text(self.below.clone()), Value::Text(upto.clone())];
        for row in database.query(CONTENT, range()).await? {
            petitions.entry(row.text(0)?.to_owned()).or_default().contents.push(row);
        }
        for row in database.query(KEYS, range()).await? {
            let kept = petitions.entry(row.text(0)?.to_owned()).or_default();
            let mut has_sealed = false;
            for event in &kept.events {
                has_sealed |= sealed::is_sealed_body(event.blob(6)?);
            }
            if has_sealed
                && let Ok(id) = row.text(0)?.parse()
                && let Ok(key) = content::key_of(database, id).await
            {
                kept.opens = Some(sealed::case_pair(&key)?.0);
            }
            kept.keys.push(row);
        }
        for row in database.query(SHELLS, range()).await? {
            petitions.entry(row.text(0)?.to_owned()).or_default().shell = Some(row.blob(1)?.to_vec());
        }
        for row in database.query(reads::READS, range()).await? {
            petitions.entry(row.text(0)?.to_owned()).or_default().reads.push(row);
        }
        for file in files::read(database, &self.below, &upto).await? {
            petitions.entry(file.petition.clone()).or_default().files.push(file);
        }
        for (id, table, row) in lists::rows(database, &self.below, &upto).await? {
            petitions.entry(id).or_default().lists.add(table, row);
        }
        self.below = upto;
        Ok(Some(petitions.into_iter().collect()))
    }
}

fn petition(
    id: &str,
    mut kept: Kept,
    rules: &dyn Rules,
    log: &mut Log,
    numbers: &mut Numbers,
    report: &mut Report,
) -> Result<(), StoreError> {
    // Another spelling of the same id would be another row for the database and the same for us.
    let Some(own) = id.parse::<PetitionId>().ok().filter(|own| own.to_string() == id) else {
        return strangers(id, kept, report);
    };
    let mut stream = Follow::new(Stream::Petition(own));
    let mut audit: Option<Audit<'_>> = None;
    let mut procedure = None;
    let mut contents: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in std::mem::take(&mut kept.contents) {
        contents.entry(row.int(1)?).or_default().push(row);
    }
    let mut course = (!kept.events.is_empty()).then(Timeline::default);
    let mut files: BTreeMap<i64, Vec<File>> = BTreeMap::new();
    for file in std::mem::take(&mut kept.files) {
        files.entry(file.seq).or_default().push(file);
    }
    let mut key = (!kept.keys.is_empty()).then(|| kept.keys.remove(0));
    let mut readable = true;
    let mut erasure = None;
    let mut closed = false;
    let mut closed_at = None;
    let mut outside = None;
    for row in std::mem::take(&mut kept.events) {
        let seq = row.int(1)?;
        let words = Words {
            key: if stream.seq == 0 { key.take() } else { None },
            keyed: stream.seq == 0,
            rows: contents.remove(&seq).unwrap_or_default(),
            files: files.remove(&seq).unwrap_or_default(),
        };
        let sound = stream.follow(&row, "event", words, log, report)?;
        report.decisions += 1;
        let number = u64::try_from(seq).unwrap_or(0);
        let (mut verb, mut actor) = (row.text(4)?.to_owned(), row.text(5)?.to_owned());
        let mut body = row.blob(6)?.to_vec();
        outside = sealed::outside_of(&body);
        if let Some(outside) = &outside {
            stream.seq = number + u64::from(outside.count);
            let Some(secret) = &kept.opens else {
                closed = true;
                closed_at = Some(row.text(2)?.to_owned());
                continue;
            };
            let Some(open) = history::open_body(secret, own, number, &body) else {
                report.fault("event", format!("{id}/{seq}"), "what is sealed in it does not open");
                readable = false;
                continue;
            };
            (verb, actor, body) = (open.kind, open.actor, open.body);
        }
        let Ok(events) = history::decode(&body) else {
            if sound {
                report.fault("event", format!("{id}/{seq}"), "its body cannot be read");
            }
            readable = false;
            continue;
        };
        stream.seq = number + events.len() as u64;
        closed_at = None;
        erasure = erasure_in(&actor, &events).or(erasure);
        if closed {
            // An ordinary matter again, after what stays sealed: its letters are seen, its rules are not.
            let known = kept.lists.procedure().and_then(|name| rules.rules(&name));
            if let Some(rules) = known {
                numbers.add(rules.procedure(), &events);
            }
            continue;
        }
        // Which rules hold is said by the first decision.
        if audit.is_none() {
            let first = events.iter().fold(Petition::new(own), Petition::apply);
            let known = first.procedure.as_ref().and_then(|(name, _)| rules.rules(name));
            audit = known.map(|rules| Audit::new(rules, own));
            procedure = known.map(casework::audit::Rules::procedure);
        }
        if let Some(procedure) = procedure {
            numbers.add(procedure, &events);
        }
        match (&mut audit, millis(row.text(2)?).ok().and_then(|at| rules.day(at))) {
            (Some(audit), Some(at_day)) => {
                audit.follow(&Recorded {
                    seq: number,
                    at_day,
                    sure: row.int(3)? == 1,
                    actor: &actor,
                    verb: &verb,
                    events: &events,
                });
                if let (Some(course), Some(procedure)) = (&mut course, procedure) {
                    course.follow(millis(row.text(2)?).unwrap_or(0), procedure, audit.petition());
                }
            }
            (_, None) => {
                report.fault("event", format!("{id}/{seq}"), "its instant is none");
                readable = false;
            }
            (None, _) => {
                report.fault("event", format!("{id}/{seq}"), "its procedure is not installed");
                readable = false;
            }
        }
    }
    reads::of_petition(own, &kept.reads, (course, kept.opens.as_ref()), log, report)?;
    for row in contents.into_values().flatten() {
        report.fault("content", format!("{id}/{}", row.text(2)?), "no decision kept these words");
    }
    for file in files.into_values().flatten() {
        report.fault("attachment", &file.id, "no decision brought this file");
    }
    if key.is_some() {
        report.fault("petition_key", id, "no petition has this key");
    }
    erased(own, (erasure, closed_at.as_deref()), readable, log, report);
    if closed {
        // What breaks a rule, and whether the lists say what the events say, is seen only by a recipient. That they are as
        // the last decision left them is seen by everybody.
        report.petitions += 1;
        report.closed += 1;
        numbers.closed = true;
        if let Some(outside) = outside {
            kept.lists.compare_digests(id, kept.shell.as_deref(), &outside.rows, report);
        }
        return Ok(());
    }
    let Some(audit) = audit else {
        kept.lists.compare(id, None, report);
        return Ok(());
    };
    report.petitions += 1;
    let (petition, breaches) = audit.finish();
    let is_erased = |id: &PetitionId| log.wraps.get(id).is_some_and(|wraps| wraps.erased.is_some());
    let lent = [petition.split_from, petition.answered_with].into_iter().flatten();
    if !is_erased(&own) && lent.into_iter().any(|other| is_erased(&other)) {
        report.breach(
            "petition_key",
            own,
            "I10: its words stood in another matter, which was erased before it",
        );
    }
    for breach in breaches {
        report.breach("event", format!("{id}/{}", breach.seq), format!("{}: {}", breach.rule, breach.what));
    }
    if readable {
        kept.lists.compare(id, procedure.map(|procedure| (procedure, &petition)), report);
    }
    Ok(())
}

/// Who proposed and who decided that a key be destroyed, and on which basis.
type Destroyed = (Option<OfficialId>, Option<OfficialId>, Name);

/// What was decided so; `None` for every other decision.
fn erasure_in(actor: &str, events: &[Event]) -> Option<Destroyed> {
    events.iter().find_map(|event| {
        let Fact::DisposalDecided(decision) = &event.fact else { return None };
        let done = decision.done().filter(|done| done.measure == Measure::Erase)?;
        Some((done.by, actor.parse().ok(), done.basis.clone()))
    })
}

/// I10: a key is destroyed by the decision of two people that stands in the petition's own record, and by nothing else. Where
/// the last decision is sealed and opens no more, all that can be said is that it was recorded at that very instant.
fn erased(
    own: PetitionId,
    (decided, closed_at): (Option<Destroyed>, Option<&str>),
    readable: bool,
    log: &Log,
    report: &mut Report,
) {
    let destroyed = log.wraps.get(&own).and_then(|wraps| wraps.erased.as_ref());
    report.erased += u64::from(destroyed.is_some());
    let at = destroyed.map(|(_, at)| at.as_str());
    let destroyed = destroyed
        .map(|(erased, _)| (Some(erased.proposed_by), Some(erased.decided_by), erased.basis.clone()));
    if destroyed.as_ref().is_some_and(|(proposed, decided, _)| proposed == decided) {
        report.breach("petition_key", own, "I10: one person alone destroyed the key");
    }
    let agrees = if decided.is_none() && closed_at.is_some() {
        at.is_none() || at == closed_at
    } else {
        destroyed == decided
    };
    if readable && !agrees {
        report.breach("petition_key", own, "I10: what the log says of its erasure is not what was decided");
    }
}

/// Names every row under an id that is no petition's.
fn strangers(id: &str, kept: Kept, report: &mut Report) -> Result<(), StoreError> {
    let what = "this is no petition's id";
    for row in &kept.events {
        report.fault("event", format!("{id}/{}", row.int(1)?), what);
    }
    for row in &kept.contents {
        report.fault("content", format!("{id}/{}", row.text(2)?), what);
    }
    for row in &kept.reads {
        report.fault("read_event", format!("{id}/{}", row.int(1)?), what);
    }
    for file in &kept.files {
        report.fault("attachment", &file.id, what);
    }
    if !kept.keys.is_empty() {
        report.fault("petition_key", id, what);
    }
    kept.lists.compare(id, None, report);
    Ok(())
}
