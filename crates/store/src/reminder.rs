//! Warnings for officials before and after the last day (procedure.md §2.2 rule 10): found in the table of deadlines,
//! kept one for each deadline, gone when the deadline is met.

use crate::sql::{Row, Value, Write};
use crate::{Database, Reader, Reads, StoreError};
use casework::{Name, OfficialId, PetitionId, UnitId};
use jiff::civil::Date;

/// Reminders on a page.
pub const PAGE: i64 = 25;

const OWED: &str = "select d.due_on, d.petition_id, d.idx, d.from_on, d.raw_due_on, d.state, d.unit_id, m.owner_unit, m.owner_id, m.procedure_id, coalesce(k.kept, '') from deadline d join matter m on m.petition_id = d.petition_id left join desk k on k.petition_id = d.petition_id and k.unit_id = d.unit_id where m.sealed = 0 and d.role = 'duty' and d.state = $1 and (d.due_on, d.petition_id, d.idx) > ($2, $3, $4) order by d.due_on, d.petition_id, d.idx limit $5";
const REMIND: &str = "insert into reminder (petition_id, idx, official_id, warned_on, seen_on) values ($1, $2, $3, $4, '') on conflict (petition_id, idx) do update set official_id = excluded.official_id, warned_on = excluded.warned_on, seen_on = '' where reminder.warned_on < excluded.warned_on";
const LIST: &str = "select r.petition_id, r.idx, r.warned_on, d.limit_id, d.from_on, d.due_on from reminder r join deadline d on d.petition_id = r.petition_id and d.idx = r.idx where r.official_id = $1 and r.seen_on = '' and d.state in ('running', 'missed') and (r.warned_on, r.petition_id, r.idx) < ($2, $3, $4) order by r.warned_on desc, r.petition_id desc, r.idx desc limit $5";
const COUNT: &str = "select count(*) from reminder r join deadline d on d.petition_id = r.petition_id and d.idx = r.idx where r.official_id = $1 and r.seen_on = '' and d.state in ('running', 'missed')";
const SEEN: &str = "update reminder set seen_on = $1 where official_id = $2 and petition_id = $3 and idx = $4 and warned_on = $5";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[OWED, REMIND, LIST, COUNT, SEEN];

/// A duty that is still owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The petition.
    pub petition: PetitionId,
    /// Which of its deadlines.
    pub idx: i64,
    /// Where it starts.
    pub from: Date,
    /// Last day before it was rolled: officials are warned on it.
    pub raw_due_on: Date,
    /// Legal last day.
    pub due_on: Date,
    /// Whether that day is over and was recorded as missed.
    pub missed: bool,
    /// The unit that must act.
    pub unit: Option<UnitId>,
    /// The unit and the official who answer for the petition.
    pub owner: (UnitId, OfficialId),
    /// The procedure, whose calendar counts.
    pub procedure: Name,
    /// Officials who are kept from the petition, as the desk has them.
    pub kept: String,
}

/// Where the next page of duties begins.
pub type After = (String, String, i64);

/// Duties in one state (`running` or `missed`), in the order of their last day, `limit` at a time.
///
/// # Errors
/// Whatever the database reports.
pub async fn owed(
    database: &Database,
    state: &str,
    after: &After,
    limit: i64,
) -> Result<Vec<(After, Owed)>, StoreError> {
    let params: Vec<Value> =
        vec![state.into(), after.0.as_str().into(), after.1.as_str().into(), after.2.into(), limit.into()];
    database.query(OWED, params).await?.iter().map(one).collect()
}

fn one(row: &Row) -> Result<(After, Owed), StoreError> {
    let wrong = || StoreError::Corrupt("a row of the table of deadlines".to_owned());
    let date = |column| row.text(column)?.parse::<Date>().map_err(|_| wrong());
    let after = (row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?);
    let owed = Owed {
        petition: row.text(1)?.parse().map_err(|_| wrong())?,
        idx: row.int(2)?,
        from: date(3)?,
        raw_due_on: date(4)?,
        due_on: date(0)?,
        missed: row.text(5)? == "missed",
        unit: row.text(6)?.parse().ok(),
        owner: (row.text(7)?.parse().map_err(|_| wrong())?, row.text(8)?.parse().map_err(|_| wrong())?),
        procedure: Name::from(row.text(9)?),
        kept: row.text(10)?.to_owned(),
    };
    Ok((after, owed))
}

/// The write that reminds an official of a deadline; an older warning never takes the place of a newer one.
pub fn remind(petition: PetitionId, idx: i64, official: OfficialId, on: Date) -> Write {
    Write::new(
        REMIND,
        vec![petition.to_string().into(), idx.into(), official.to_string().into(), on.to_string().into()],
    )
}

/// A reminder that was not put away, of a deadline that is still owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The petition.
    pub petition: PetitionId,
    /// Which of its deadlines.
    pub idx: i64,
    /// Day of the warning.
    pub warned_on: Date,
    /// The limit.
    pub limit: Name,
    /// Where the deadline starts.
    pub from: Date,
    /// Its legal last day.
    pub due_on: Date,
}

/// An official's reminders, the newest first, a page at a time after the key of the last one.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(
    reader: &Reader<'_>,
    official: OfficialId,
    after: Option<&After>,
) -> Result<Vec<Reminder>, StoreError> {
    // Above every date and id.
    let first = ("9".to_owned(), "z".to_owned(), i64::MAX);
    let after = after.unwrap_or(&first);
    let params: Vec<Value> = vec![
        official.to_string().into(),
        after.0.as_str().into(),
        after.1.as_str().into(),
        after.2.into(),
        PAGE.into(),
    ];
    let wrong = || StoreError::Corrupt("a reminder".to_owned());
    let rows = reader.rows(LIST, params).await?;
    rows.iter()
        .map(|row| {
            let date = |column| row.text(column)?.parse::<Date>().map_err(|_| wrong());
            Ok(Reminder {
                petition: row.text(0)?.parse().map_err(|_| wrong())?,
                idx: row.int(1)?,
                warned_on: date(2)?,
                limit: Name::from(row.text(3)?),
                from: date(4)?,
                due_on: date(5)?,
            })
        })
        .collect()
}

/// How many reminders an official has not put away.
///
/// # Errors
/// Whatever the database reports.
pub async fn count(reader: &Reader<'_>, official: OfficialId) -> Result<i64, StoreError> {
    let rows = reader.rows(COUNT, vec![official.to_string().into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// The write that puts away one reminder of an official, as of the warning they saw.
pub fn seen(official: OfficialId, petition: PetitionId, idx: i64, warned_on: Date, on: Date) -> Write {
    Write::new(
        SEEN,
        vec![
            on.to_string().into(),
            official.to_string().into(),
            petition.to_string().into(),
            idx.into(),
            warned_on.to_string().into(),
        ],
    )
}
