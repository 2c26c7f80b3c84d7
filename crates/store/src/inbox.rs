//! Lists of matters for officials: a filter, and pages by key. Rows are candidates; the rules say which may be seen.

use crate::projection::NO_DUE;
use crate::seal::PetitionKey;
use crate::sql::{Row, Value};
use crate::{Database, Reader, Reads, StoreError, content};
use casework::{Name, OfficialId, PetitionId, UnitId};
use jiff::civil::Date;
use std::sync::LazyLock;

/// Rows on a page.
pub const PAGE: i64 = 25;

/// The keys come from an index alone; only the rows of the page are looked up, with the words they show.
const LIST: [&str; 2] = [
    "select m.petition_id, m.case_ref, m.number, m.procedure_id, m.kind, m.sealed, m.stage, m.channel, m.class, m.place, m.owner_id, m.received_on, k.due_on, k.due_from, k.due_limit, m.urgent, m.supervised, m.withdrawing, m.joined, k.guarded, m.n_people, t.content_id, t.commitment, t.body, i.content_id, i.commitment, i.body, p.wrapped from (select petition_id, unit_id, due_on, case_ref from desk where unit_id = $1 and (due_on, case_ref) > ($2, $3) and due_on < $4 and due_on >= $5 ",
    " order by due_on, case_ref limit $11) w join desk k on k.petition_id = w.petition_id and k.unit_id = w.unit_id join matter m on m.petition_id = w.petition_id left join content t on t.petition_id = m.petition_id and t.content_id = m.title_content left join content i on i.petition_id = m.petition_id and i.content_id = m.identity_content left join petition_key p on p.petition_id = m.petition_id order by w.due_on, w.case_ref",
];
/// Each filter: open, where an empty value means any; and held, where an index of its own leads to it.
const OFFICIAL: [&str; 2] =
    ["($6 = '' or official_id = $6 or official_id = $7)", "(official_id = $6 and $7 <> '')"];
const CHANNEL: [&str; 2] = ["($8 = '' or channel = $8)", "channel = $8"];
const CLASS: [&str; 2] = ["($9 = '' or class = $9)", "class = $9"];
const STAGE: [&str; 2] = ["($10 = '' or stage = $10)", "stage = $10"];

/// The list with no filter held, with the official, the channel, the class or the stage held.
static LISTS: LazyLock<[String; 5]> = LazyLock::new(|| {
    std::array::from_fn(|held| {
        let filters = [OFFICIAL, CHANNEL, CLASS, STAGE];
        let conditions: Vec<&str> =
            filters.iter().zip(1..).map(|([open, own], n)| if n == held { *own } else { *open }).collect();
        let [before, after] = LIST;
        format!("{before}and {}{after}", conditions.join(" and "))
    })
});

const COUNT: &str = "select count(*), coalesce(sum(case when due_on < $1 then 1 else 0 end), 0), coalesce(sum(case when due_on >= $2 and due_on < $3 then 1 else 0 end), 0), coalesce(sum(case when official_id = $4 or official_id = $5 then 1 else 0 end), 0) from desk where unit_id = $6 and guarded = 0";
/// The same of those of which somebody may be kept, without those of which this official is.
const COUNT_GUARDED: &str = "select count(*), coalesce(sum(case when due_on < $1 then 1 else 0 end), 0), coalesce(sum(case when due_on >= $2 and due_on < $3 then 1 else 0 end), 0), coalesce(sum(case when official_id = $4 or official_id = $5 then 1 else 0 end), 0) from desk where unit_id = $6 and guarded = 1 and kept not like $7";

/// Every statement of this file, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    LISTS.iter().map(String::as_str).chain([COUNT, COUNT_GUARDED]).collect()
}

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
    /// Reminders that the official has not put away.
    pub reminders: i64,
}

/// The official id of desk rows that run against the unit's first addressee, or one that no row has.
fn nobody(is_addressee: bool) -> &'static str {
    if is_addressee { "" } else { "-" }
}

/// Counts what lies on a unit's desk. `is_addressee`: the official is the unit's first addressee, against whom runs
/// what nobody of the unit owns.
///
/// # Errors
/// Whatever the database reports.
pub async fn counts(
    reader: &Reader<'_>,
    unit: UnitId,
    owner: OfficialId,
    is_addressee: bool,
    today: Date,
    soon: Date,
) -> Result<Counts, StoreError> {
    let params: Vec<Value> = vec![
        today.to_string().into(),
        today.to_string().into(),
        soon.to_string().into(),
        owner.to_string().into(),
        nobody(is_addressee).into(),
        unit.to_string().into(),
    ];
    let mut guarded = params.clone();
    guarded.push(format!("% {owner}%").into());
    let mut counts = Counts { reminders: crate::reminder::count(reader, owner).await?, ..Counts::default() };
    for (sql, params) in [(COUNT, params), (COUNT_GUARDED, guarded)] {
        let rows = reader.rows(sql, params).await?;
        let Some(row) = rows.first() else { continue };
        counts.all += row.int(0)?;
        counts.overdue += row.int(1)?;
        counts.soon += row.int(2)?;
        counts.mine += row.int(3)?;
    }
    Ok(counts)
}

/// Which rows; an empty filter is the whole desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Owned by this official in person.
    pub owner: Option<OfficialId>,
    /// That official is the unit's first addressee.
    pub is_addressee: bool,
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
    /// The procedure it stands under.
    pub procedure: Name,
    /// Its kind.
    pub kind: Name,
    /// Whether its kind is sealed.
    pub sealed: bool,
    /// Its stage.
    pub stage: Name,
    /// How it came.
    pub channel: String,
    /// Content class; empty before registration.
    pub class: String,
    /// Town or street; empty when not known.
    pub place: String,
    /// Who answers for it.
    pub owner: OfficialId,
    /// Received on.
    pub received_on: Date,
    /// The duty of the unit that is due first; `None` when only others may act.
    pub due: Option<Due>,
    /// Reported as urgent.
    pub urgent: bool,
    /// Under supervision.
    pub supervised: bool,
    /// Withdrawn, and the cooling period runs.
    pub withdrawing: bool,
    /// Others are answered with it.
    pub joined: bool,
    /// Somebody is kept from it, or another unit answers for it: the rules must be asked who may see it.
    pub guarded: bool,
    /// People who joined.
    pub n_people: i64,
    /// Its title; `None` when the words are those of the matter it was split from.
    pub title: Option<String>,
    /// Who filed it, as kept; `None` for an anonymous petition.
    pub identity: Option<String>,
}

/// An official deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Where it starts.
    pub from: Date,
    /// Its legal last day.
    pub on: Date,
    /// The limit it belongs to.
    pub limit: Name,
}

/// A page of what lies on a unit's desk, earliest legal date first.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(reader: &Reader<'_>, unit: UnitId, filter: &Filter) -> Result<Vec<Matter>, StoreError> {
    let (due_on, case_ref) = filter.after.clone().unwrap_or_default();
    let before = filter.due_before.map_or_else(|| "9999-12-32".to_owned(), |day| day.to_string());
    let params: Vec<Value> = vec![
        unit.to_string().into(),
        due_on.into(),
        case_ref.into(),
        before.into(),
        filter.due_from.map(|day| day.to_string()).unwrap_or_default().into(),
        filter.owner.map(|owner| owner.to_string()).unwrap_or_default().into(),
        nobody(filter.is_addressee).into(),
        filter.channel.clone().unwrap_or_default().into(),
        filter.class.clone().unwrap_or_default().into(),
        filter.stage.clone().unwrap_or_default().into(),
        PAGE.into(),
    ];
    // The filter that leaves the least is held; what an official owns as first addressee too is found along the desk.
    let held = match filter {
        Filter { owner: Some(_), is_addressee: false, .. } => 1,
        Filter { class: Some(_), .. } => 3,
        Filter { stage: Some(_), .. } => 4,
        Filter { channel: Some(_), .. } => 2,
        Filter { .. } => 0,
    };
    let [any, ..] = &*LISTS;
    let sql = LISTS.get(held).unwrap_or(any);
    reader.rows(sql, params).await?.iter().map(|row| matter(reader.of(), row)).collect()
}

fn matter(database: &Database, row: &Row) -> Result<Matter, StoreError> {
    let text = |column| row.text(column).map(str::to_owned);
    let name = |column| row.text(column).map(Name::from);
    let flag = |column| row.int(column).map(|number| number != 0);
    let wrong = |what: &str| StoreError::Corrupt(format!("{what} of a matter"));
    let date = |column| row.text(column)?.parse::<Date>().map_err(|_| wrong("a date"));
    let petition = row.text(0)?.parse().map_err(|_| wrong("the id"))?;
    let key = match row.opt_blob(27)? {
        Some(wrapped) => PetitionKey::unwrap(database.keeper()?, petition, wrapped)?,
        None => None,
    };
    let due = match row.text(12)? {
        NO_DUE => None,
        _ => Some(Due { from: date(13)?, on: date(12)?, limit: name(14)? }),
    };
    Ok(Matter {
        petition,
        case_ref: text(1)?,
        number: text(2)?,
        procedure: name(3)?,
        kind: name(4)?,
        sealed: flag(5)?,
        stage: name(6)?,
        channel: text(7)?,
        class: text(8)?,
        place: text(9)?,
        owner: row.text(10)?.parse().map_err(|_| wrong("the owner"))?,
        received_on: date(11)?,
        due,
        urgent: flag(15)?,
        supervised: flag(16)?,
        withdrawing: flag(17)?,
        joined: flag(18)?,
        guarded: flag(19)?,
        n_people: row.int(20)?,
        title: content::joined(key.as_ref(), petition, row, 21)?,
        identity: content::joined(key.as_ref(), petition, row, 24)?,
    })
}
