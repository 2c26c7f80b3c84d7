//! Lists of matters for officials: a filter, and pages by key. Rows are candidates; the rules say which may be seen.

use crate::projection::NO_DUE;
use crate::sql::{Row, Value};
use crate::{Database, StoreError};
use casework::{OfficialId, PetitionId, UnitId};
use jiff::civil::Date;

/// Rows on a page.
pub const PAGE: i64 = 25;

const LIST: &str = "select petition_id, case_ref, number, kind, stage, channel, class, received_on, due_on, due_limit, urgent, supervised from matter where owner_unit = $1 and rest = 0 and (due_on, case_ref) > ($2, $3) and due_on < $4 and due_on >= $5 and ($6 = '' or owner_id = $6) and ($7 = '' or channel = $7) and ($8 = '' or class = $8) and ($9 = '' or stage = $9) order by due_on, case_ref limit $10";

const COUNT: &str = "select count(*), coalesce(sum(case when due_on < $1 then 1 else 0 end), 0), coalesce(sum(case when due_on >= $2 and due_on < $3 then 1 else 0 end), 0), coalesce(sum(case when owner_id = $4 then 1 else 0 end), 0) from matter where owner_unit = $5 and rest = 0";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[LIST, COUNT];

/// How many matters of a unit are not at rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: i64,
    /// Past the legal last day.
    pub overdue: i64,
    /// Due before the day asked for, and not overdue.
    pub soon: i64,
    /// Owned by the official in person.
    pub mine: i64,
}

/// Counts what a unit answers for.
///
/// # Errors
/// Whatever the database reports.
pub async fn counts(
    database: &Database,
    unit: UnitId,
    owner: OfficialId,
    today: Date,
    soon: Date,
) -> Result<Counts, StoreError> {
    let params = vec![
        today.to_string().into(),
        today.to_string().into(),
        soon.to_string().into(),
        owner.to_string().into(),
        unit.to_string().into(),
    ];
    let rows = database.query(COUNT, params).await?;
    let Some(row) = rows.first() else { return Ok(Counts::default()) };
    Ok(Counts { all: row.int(0)?, overdue: row.int(1)?, soon: row.int(2)?, mine: row.int(3)? })
}

/// Which rows; an empty filter is everything not at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Owned by this official in person.
    pub owner: Option<OfficialId>,
    /// Came by this channel.
    pub channel: Option<String>,
    /// Of this content class.
    pub class: Option<String>,
    /// At this stage.
    pub stage: Option<String>,
    /// Due on this day or later.
    pub due_from: Option<Date>,
    /// Due before this day.
    pub due_before: Option<Date>,
    /// `due_on` and `case_ref` of the last row of the page before.
    pub after: Option<(String, String)>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The petition.
    pub petition: PetitionId,
    /// Its reference in URLs.
    pub case_ref: String,
    /// Its number, digits only.
    pub number: String,
    /// Its kind.
    pub kind: String,
    /// Its stage.
    pub stage: String,
    /// How it came.
    pub channel: String,
    /// Content class; empty before registration.
    pub class: String,
    /// Received on.
    pub received_on: String,
    /// Earliest legal last day of an official; `None` when only the petitioner may act.
    pub due_on: Option<String>,
    /// The limit it belongs to.
    pub due_limit: String,
    /// Reported as urgent.
    pub urgent: bool,
    /// Under supervision.
    pub supervised: bool,
}

/// A page of what a unit answers for, earliest legal date first.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(database: &Database, unit: UnitId, filter: &Filter) -> Result<Vec<Matter>, StoreError> {
    let (due_on, case_ref) = filter.after.clone().unwrap_or_default();
    let before = filter.due_before.map_or_else(|| "9999-12-32".to_owned(), |day| day.to_string());
    let params: Vec<Value> = vec![
        unit.to_string().into(),
        due_on.into(),
        case_ref.into(),
        before.into(),
        filter.due_from.map(|day| day.to_string()).unwrap_or_default().into(),
        filter.owner.map(|owner| owner.to_string()).unwrap_or_default().into(),
        filter.channel.clone().unwrap_or_default().into(),
        filter.class.clone().unwrap_or_default().into(),
        filter.stage.clone().unwrap_or_default().into(),
        PAGE.into(),
    ];
    database.query(LIST, params).await?.iter().map(matter).collect()
}

fn matter(row: &Row) -> Result<Matter, StoreError> {
    let text = |column| row.text(column).map(str::to_owned);
    let due_on = text(8)?;
    Ok(Matter {
        petition: row
            .text(0)?
            .parse()
            .map_err(|_| StoreError::Corrupt("petition id of a matter".to_owned()))?,
        case_ref: text(1)?,
        number: text(2)?,
        kind: text(3)?,
        stage: text(4)?,
        channel: text(5)?,
        class: text(6)?,
        received_on: text(7)?,
        due_on: (due_on != NO_DUE).then_some(due_on),
        due_limit: text(9)?,
        urgent: row.int(10)? != 0,
        supervised: row.int(11)? != 0,
    })
}
