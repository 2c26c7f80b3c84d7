//! Lists of a unit's letters: what is still to be served, and what was signed on a day; pages by key. Rows are candidates; the rules
//! say which may be seen.

use crate::sql::{Row, Value, Write};
use crate::{Reader, Reads as _, StoreError};
use casework::{Name, PetitionId, UnitId};
use jiff::civil::Date;

/// Letters on a page of what is to be served.
pub const PAGE: usize = 50;
/// Letters on a page of a day's register: more than one unit signs on most days.
pub const DAY_PAGE: usize = 200;

const TO_SERVE: &str = "select l.petition_id, l.idx, l.letter, l.signed_on, l.served_on, l.to_petitioner, l.mark, p.printed_on, m.case_ref, m.number, l.series, l.year, l.serial, l.waits from letter l join matter m on m.petition_id = l.petition_id left join letter_print p on p.petition_id = l.petition_id and p.idx = l.idx where l.room_id = $1 and l.to_serve = 1 and (l.signed_on, l.petition_id, l.idx) > ($2, $3, $4) order by l.signed_on, l.petition_id, l.idx limit $5";
const OF_DAY: &str = "select l.petition_id, l.idx, l.letter, l.signed_on, l.served_on, l.to_petitioner, l.mark, p.printed_on, m.case_ref, m.number, l.series, l.year, l.serial, l.waits from letter l join matter m on m.petition_id = l.petition_id left join letter_print p on p.petition_id = l.petition_id and p.idx = l.idx where l.unit_id = $1 and l.signed_on = $2 and (l.series, l.year, l.serial) > ($3, $4, $5) order by l.series, l.year, l.serial limit $6";
const PRINTED: &str = "insert into letter_print (petition_id, idx, printed_on) values ($1, $2, $3) on conflict (petition_id, idx) do update set printed_on = excluded.printed_on";

const PRINTED_ON: &str = "select printed_on from letter_print where petition_id = $1 and idx = $2";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[TO_SERVE, OF_DAY, PRINTED, PRINTED_ON];

/// Which letters of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Letters to petitioners that were not served, or came back; the oldest first.
    ToServe,
    /// Whatever was signed on that day, letters between units among it.
    Day(Date),
}

impl Which {
    /// Letters on a page.
    pub fn page(self) -> usize {
        match self {
            Which::ToServe => PAGE,
            Which::Day(_) => DAY_PAGE,
        }
    }
}

/// Behind which letter a page begins: day, petition and place of what is to be served; series, year and number in a register.
pub type After = (String, String, i64);

/// A letter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its petition.
    pub petition: PetitionId,
    /// Its place among the petition's letters.
    pub index: usize,
    /// Which letter of the procedure.
    pub letter: Name,
    /// Signed on.
    pub signed_on: Date,
    /// Served on, if it was.
    pub served_on: Option<Date>,
    /// Whether it goes to the petitioner.
    pub to_petitioner: bool,
    /// Whether it is a file already.
    pub issued: bool,
    /// Printed last on.
    pub printed_on: Option<Date>,
    /// The petition's address.
    pub case_ref: String,
    /// The petition's number, digits alone.
    pub number: String,
    /// It is a file as soon as the timer or whoever opens it comes to it.
    pub waits: bool,
    series: String,
    year: i64,
    serial: i64,
}

impl Listed {
    /// Where the next page begins if this is the last of one.
    pub fn key(&self, which: Which) -> After {
        match which {
            Which::ToServe => {
                let place = i64::try_from(self.index).unwrap_or(i64::MAX);
                (self.signed_on.to_string(), self.petition.to_string(), place)
            }
            Which::Day(_) => (self.series.clone(), self.year.to_string(), self.serial),
        }
    }
}

/// Letters of a unit behind one of them, one more than a page has.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(
    reader: &Reader<'_>,
    unit: UnitId,
    which: Which,
    after: Option<&After>,
) -> Result<Vec<Listed>, StoreError> {
    let (first, second, last) = after.cloned().unwrap_or_else(|| (String::new(), String::new(), -1));
    let most = i64::try_from(which.page() + 1).unwrap_or(i64::MAX);
    let mut params: Vec<Value> = vec![unit.to_string().into()];
    let sql = match which {
        Which::ToServe => {
            params.extend([first.into(), second.into(), last.into()]);
            TO_SERVE
        }
        Which::Day(day) => {
            let year: i64 = second.parse().unwrap_or(0);
            params.extend([day.to_string().into(), first.into(), year.into(), last.into()]);
            OF_DAY
        }
    };
    params.push(most.into());
    reader.rows(sql, params).await?.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<Listed, StoreError> {
    let wrong = |what: &str| StoreError::Corrupt(format!("{what} of a letter"));
    let day = |text: &str| text.parse::<Date>().map_err(|_| wrong("a date"));
    let maybe = |text: Option<&str>| match text.unwrap_or_default() {
        "" => Ok(None),
        text => day(text).map(Some),
    };
    Ok(Listed {
        petition: row.text(0)?.parse().map_err(|_| wrong("the petition"))?,
        index: usize::try_from(row.int(1)?).map_err(|_| wrong("the place"))?,
        letter: Name::from(row.text(2)?),
        signed_on: day(row.text(3)?)?,
        served_on: maybe(Some(row.text(4)?))?,
        to_petitioner: row.int(5)? != 0,
        issued: !row.text(6)?.is_empty(),
        printed_on: maybe(row.opt_text(7)?)?,
        case_ref: row.text(8)?.to_owned(),
        number: row.text(9)?.to_owned(),
        waits: row.int(13)? != 0,
        series: row.text(10)?.to_owned(),
        year: row.int(11)?,
        serial: row.int(12)?,
    })
}

/// When a letter was printed last.
///
/// # Errors
/// Whatever the database reports.
pub async fn printed_on(
    reader: &Reader<'_>,
    petition: PetitionId,
    index: usize,
) -> Result<Option<Date>, StoreError> {
    let place = i64::try_from(index).unwrap_or(i64::MAX);
    let rows = reader.rows(PRINTED_ON, vec![petition.to_string().into(), place.into()]).await?;
    let day =
        |row: &Row| row.text(0)?.parse().map_err(|_| StoreError::Corrupt("letter_print: a date".to_owned()));
    rows.first().map(day).transpose()
}

/// A letter was printed.
pub fn printed(petition: PetitionId, index: usize, on: Date) -> Write {
    let place = i64::try_from(index).unwrap_or(i64::MAX);
    Write::new(PRINTED, vec![petition.to_string().into(), place.into(), on.to_string().into()])
}
