//! Lists against events: rows of projections, last letter numbers, the directory as it was put in place.

use super::Report;
use crate::projection;
use crate::sealed::{self, ROW};
use crate::sql::{Row, Value};
use crate::{Database, StoreError, content};
use casework::fact::Fact;
use casework::petition::DeadlineState;
use casework::{Event, Name, Petition, Procedure};
use std::collections::{BTreeMap, BTreeSet};

/// The tables that are made from a petition's events, each with the statement that reads it in key order.
const TABLES: [(&str, &str); 6] = [
    ("matter", "select * from matter where petition_id > $1 and petition_id <= $2 order by petition_id"),
    (
        "deadline",
        "select * from deadline where petition_id > $1 and petition_id <= $2 order by petition_id, idx",
    ),
    ("desk", "select * from desk where petition_id > $1 and petition_id <= $2 order by petition_id, unit_id"),
    (
        "matter_unit",
        "select petition_id, unit_id from matter_unit where petition_id > $1 and petition_id <= $2 order by petition_id, unit_id",
    ),
    ("reach", "select * from reach where petition_id > $1 and petition_id <= $2 order by petition_id, word"),
    ("letter", "select * from letter where petition_id > $1 and petition_id <= $2 order by petition_id, idx"),
];
/// Columns of lists.
const OWNER_UNIT: usize = 13;
const DEADLINE_STATE: usize = 4;
const DEADLINE_UNIT: usize = 9;
/// What the mark of a series of sealed letters ends with (architecture §10.15).
const SERIES: char = '密';
const NUMBERS: &str = "select unit_id, mark, year, last from letter_number order by unit_id, mark, year";
const UNITS: &str = "select 'unit', id, sort, body from unit order by id";
const OFFICIALS: &str = "select 'official', id, unit_id, body from official order by id";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    TABLES[0].1,
    TABLES[1].1,
    TABLES[2].1,
    TABLES[3].1,
    TABLES[4].1,
    TABLES[5].1,
    NUMBERS,
    UNITS,
    OFFICIALS,
];

/// Rows of lists between two keys, each with its petition and its table.
pub(super) async fn rows(
    database: &Database,
    after: &str,
    upto: &str,
) -> Result<Vec<(String, usize, Row)>, StoreError> {
    let mut found = Vec::new();
    for (table, (_, sql)) in TABLES.iter().enumerate() {
        for row in database.query(sql, vec![after.into(), upto.into()]).await? {
            found.push((row.text(0)?.to_owned(), table, row));
        }
    }
    Ok(found)
}

/// Rows of lists that one petition has.
#[derive(Default)]
pub(super) struct Kept {
    rows: projection::Lists,
}

impl Kept {
    pub(super) fn add(&mut self, table: usize, row: Row) {
        if let Some(rows) = self.rows.get_mut(table) {
            rows.push(row.values().to_vec());
        }
    }

    /// The procedure that the list of matters says it stands under.
    pub(super) fn procedure(&self) -> Option<Name> {
        let [matter, ..] = &self.rows;
        match matter.first()?.get(4)? {
            Value::Text(name) => Some(Name::from(name.as_str())),
            Value::Integer(_) | Value::Blob(_) | Value::Null => None,
        }
    }

    /// Compares them, and a sealed matter's shell, with what its last decision says of them.
    pub(super) fn compare_digests(
        self,
        id: &str,
        shell: Option<&[u8]>,
        said: &[[u8; ROW]],
        report: &mut Report,
    ) {
        let mut said = said.iter();
        let shell = shell.map(|shell| sealed::digest(&[Value::Blob(shell.to_vec())]));
        if shell.as_ref() != said.next() {
            report.fault("sealed_shell", id, "is not as the last decision left it");
        }
        let [matters, deadlines, desks, seen, reached, letters] = self.rows;
        compare_reach(id, (&matters, &deadlines), reached, report);
        let named = [("matter", matters), ("deadline", deadlines)];
        for (table, row) in
            named.into_iter().flat_map(|(table, rows)| rows.into_iter().map(move |row| (table, row)))
        {
            let key = match row.get(1) {
                Some(Value::Integer(idx)) if table == "deadline" => format!("{id}/{idx}"),
                Some(_) | None => id.to_owned(),
            };
            if said.next() != Some(&sealed::digest(&row)) {
                report.fault(table, key, "is not as the last decision left it");
            }
        }
        if said.next().is_some() {
            report.fault("deadline", id, "one is missing");
        }
        for (table, rows) in [("desk", desks), ("matter_unit", seen), ("letter", letters)] {
            for _ in rows {
                report.fault(table, id, "a sealed matter stands in no list of others");
            }
        }
    }

    /// Compares them with what the events make of the petition; without one, no row may be.
    pub(super) fn compare(self, id: &str, made_of: Option<(&Procedure, &Petition)>, report: &mut Report) {
        let rows = made_of.map(|(procedure, petition)| projection::rows(procedure, petition));
        let expected = rows.unwrap_or_default();
        for (((table, _), found), wanted) in TABLES.iter().zip(self.rows).zip(expected) {
            let key = |row: &[Value]| match (*table, row.get(1)) {
                ("deadline" | "desk" | "letter" | "matter_unit" | "reach", Some(Value::Integer(idx))) => {
                    format!("{id}/{idx}")
                }
                ("deadline" | "desk" | "letter" | "matter_unit" | "reach", Some(Value::Text(unit))) => {
                    format!("{id}/{unit}")
                }
                _ => id.to_owned(),
            };
            for row in found.iter().filter(|row| !wanted.contains(row)) {
                report.fault(table, key(row), "differs from its events");
            }
            for row in &wanted {
                let there = found.iter().any(|found| key(found) == key(row));
                if !there {
                    report.fault(table, key(row), "is missing");
                }
            }
        }
    }
}

/// Who can reach a sealed matter follows from its other rows: who owns it, and who owes something in it.
fn compare_reach(
    id: &str,
    (matters, deadlines): (&[Vec<Value>], &[Vec<Value>]),
    reached: Vec<Vec<Value>>,
    report: &mut Report,
) {
    let is_open = |row: &&Vec<Value>| {
        let open = [DeadlineState::Running, DeadlineState::Missed].map(projection::state_word);
        matches!(row.get(DEADLINE_STATE), Some(Value::Text(state)) if open.contains(&state.as_str()))
    };
    let owners = matters.iter().filter_map(|row| row.get(OWNER_UNIT));
    let owing = deadlines.iter().filter(is_open).filter_map(|row| row.get(DEADLINE_UNIT));
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for unit in owners.chain(owing) {
        if let Value::Text(unit) = unit
            && !unit.is_empty()
        {
            wanted.insert(casework::reach::opens(unit));
        }
    }
    for row in reached {
        match row.as_slice() {
            [_, Value::Text(word), Value::Integer(0)] if wanted.remove(word) => {}
            [_, Value::Text(word), ..] => {
                report.fault("reach", format!("{id}/{word}"), "differs from its events")
            }
            _ => report.fault("reach", id, "differs from its events"),
        }
    }
    for word in wanted {
        report.fault("reach", format!("{id}/{word}"), "is missing");
    }
}

/// Last numbers of letters, by unit, mark and year, counted from the letters themselves.
#[derive(Default)]
pub(super) struct Numbers {
    /// There are sealed matters that nobody opened: of their letters, which have a series of their own, nothing is known.
    pub(super) closed: bool,
    last: BTreeMap<(String, String, i64), i64>,
}

impl Numbers {
    pub(super) fn add(&mut self, procedure: &Procedure, events: &[Event]) {
        for event in events {
            if let Fact::LetterSigned(signed) = &event.fact
                && let Some(letter) = procedure.letter(&signed.letter)
            {
                let key = (signed.unit.to_string(), signed.series(letter), i64::from(signed.year));
                let last = self.last.entry(key).or_default();
                *last = (*last).max(i64::from(signed.serial));
            }
        }
    }

    /// A counter that is not at the last letter's number would give one twice, or leave a gap.
    pub(super) async fn compare(
        mut self,
        database: &Database,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        for row in database.query(NUMBERS, Vec::new()).await? {
            let (unit, mark, year, last) = (row.text(0)?, row.text(1)?, row.int(2)?, row.int(3)?);
            let counted = self.last.remove(&(unit.to_owned(), mark.to_owned(), year));
            if counted != Some(last) && !(self.closed && mark.ends_with(SERIES)) {
                report.fault("letter_number", format!("{unit}/{mark}/{year}"), "differs from the letters");
            }
        }
        for (unit, mark, year) in self.last.into_keys() {
            report.fault("letter_number", format!("{unit}/{mark}/{year}"), "is missing");
        }
        Ok(())
    }
}

/// What the office's event says of its directory: a digest for each row, by table and id.
pub fn directory_digest(table: &str, id: &str, third: &str, body: &str) -> String {
    let text = [table, id, third, body].join("\u{1f}");
    content::sha256(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Compares units and officials with the event that put them in place last.
pub(super) async fn directory(
    database: &Database,
    event: Option<&[u8]>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let body: Option<serde_json::Value> = event.and_then(|body| serde_json::from_slice(body).ok());
    let rows = body.and_then(|body| body.get("rows").cloned());
    let said: BTreeMap<String, String> =
        rows.and_then(|rows| serde_json::from_value(rows).ok()).unwrap_or_default();
    let mut found = BTreeSet::new();
    for sql in [UNITS, OFFICIALS] {
        for row in database.query(sql, Vec::new()).await? {
            let table = if row.text(0)? == "unit" { "unit" } else { "official" };
            let id = row.text(1)?;
            let third = match row.values().get(2) {
                Some(Value::Integer(sort)) => sort.to_string(),
                Some(Value::Text(unit)) => unit.clone(),
                Some(Value::Null | Value::Blob(_)) | None => String::new(),
            };
            let key = format!("{table}/{id}");
            if said.get(&key) != Some(&directory_digest(table, id, &third, row.text(3)?)) {
                report.fault(table, id, "is not as it was put in place");
            }
            found.insert(key);
        }
    }
    for key in said.keys().filter(|key| !found.contains(*key)) {
        let (table, id) = key.split_once('/').unwrap_or(("unit", key));
        report.fault(if table == "unit" { "unit" } else { "official" }, id, "is missing");
    }
    Ok(())
}
