//! Who read what, for the audit administrator alone: by matter or by official, with names. Shows nothing of any case,
//! not even its title; a sealed matter only as a reference that leads nowhere (architecture §10.19).

use super::Desk;
use super::account::{Confirmed, with_cookie};
use crate::app::incident::{Named, rows};
use crate::app::{App, Failure};
use crate::sheet;
use crate::web::accesses::{purpose, what};
use crate::web::form::{Choice, Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, fault};
use crate::web::trouble::Trouble;
use anyhow::Context as _;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use casework::directory::Role;
use casework::{OfficialId, PetitionId};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::reads::{Before, Kept};

/// Reads on one page.
const PAGE: i64 = 50;

/// What is asked for: a matter, or an official and some days.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    number: String,
    /// Absent while the form was not sent.
    official: Option<String>,
    from: String,
    to: String,
    /// Where the page begins.
    before: String,
}

struct Row {
    at: String,
    who: String,
    unit: String,
    what: String,
    purpose: String,
    matter: String,
    sealed: bool,
}

#[derive(Template)]
#[template(path = "desk/reads.html")]
struct ReadsPage {
    page: Page,
    by_matter: Vec<Control>,
    by_official: Vec<Control>,
    others: Vec<String>,
    /// `None` while nothing is asked for.
    rows: Option<Vec<Row>>,
    /// Address of the next page; empty on the last one.
    next: String,
    /// Official and days of the rows, to be taken along; empty where the rows are a matter's.
    official: String,
    from: String,
    to: String,
}

/// What an official read on some days.
struct Period {
    official: OfficialId,
    from: Date,
    to: Date,
}

fn auditor(desk: &Desk) -> Result<(), Failure> {
    if desk.has(Role::AuditAdministrator) { Ok(()) } else { Err(Failure::Absent) }
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    auditor(&desk)?;
    if !asked.number.trim().is_empty() {
        let before = asked.before.parse().ok();
        let (found, next) = match plain(&app, &asked.number).await? {
            Some(petition) => app.reads_of(petition, before, PAGE).await?,
            None => (Vec::new(), None),
        };
        let rows = listed(&app, &desk.page, &found).await?;
        // Only digits of what was typed: the address needs no escapes.
        let digits: String = asked.number.chars().filter(char::is_ascii_digit).collect();
        let next = next.map(|seq| format!("/staff/reads?number={digits}&before={seq}"));
        return render(&app, desk.page, &asked, StatusCode::OK, &[], Some((rows, next)));
    }
    let Some(official) = &asked.official else {
        return render(&app, desk.page, &asked, StatusCode::OK, &[], None);
    };
    match period(&app, official, &asked.from, &asked.to) {
        Ok(period) => {
            let (start, end) = app.span(period.from, period.to)?;
            let before = place(&asked.before);
            let (found, next) = app.reads_by(period.official, (&start, &end), before.as_ref(), PAGE).await?;
            let rows = listed(&app, &desk.page, &found).await?;
            let Period { official, from, to } = period;
            let next = next.map(|(at, petition, seq)| {
                format!("/staff/reads?official={official}&from={from}&to={to}&before={at},{petition},{seq}")
            });
            render(&app, desk.page, &asked, StatusCode::OK, &[], Some((rows, next)))
        }
        Err(faults) => render(&app, desk.page, &asked, StatusCode::UNPROCESSABLE_ENTITY, &faults, None),
    }
}

/// The petitions that an official read on some days, as a table to be kept; that it was asked for is recorded
/// (ACC-6), and whoever asks showed just now who they are (IAM-6).
pub(crate) async fn incident(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    auditor(&desk)?;
    desk.check(&app, &typed)?;
    let asked = Asked {
        official: Some(typed.get("official")),
        from: typed.get("from"),
        to: typed.get("to"),
        ..Asked::default()
    };
    let period = match period(&app, &typed.get("official"), &asked.from, &asked.to) {
        Ok(period) => period,
        Err(faults) => {
            return render(&app, desk.page, &asked, StatusCode::UNPROCESSABLE_ENTITY, &faults, None);
        }
    };
    let cookie = match desk.confirmed(&app, &typed, "/staff/reads/incident").await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let by = desk.actor.official().ok_or(Failure::Absent)?.to_string();
    let affected = app.incident(&by, period.official, (period.from, period.to)).await?;
    let name = format!("attachment; filename=\"incident-{}-{}.csv\"", period.from, period.to);
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok(with_cookie((headers, sheet::csv(&rows(&affected))?).into_response(), cookie))
}

/// The petition of a number, unless it is sealed: that is answered like a number that nobody has.
async fn plain(app: &App, number: &str) -> Result<Option<PetitionId>, Failure> {
    let Some(petition) = app.by_number(number).await? else { return Ok(None) };
    Ok(match app.named(petition).await? {
        Named::Number(_) => Some(petition),
        Named::Sealed(_) => None,
    })
}

/// Reads with names, for the audit administrator's eyes.
async fn listed(app: &App, page: &Page, found: &[Kept]) -> Result<Vec<Row>, Failure> {
    let directory = app.directory();
    let mut names: BTreeMap<PetitionId, Named> = BTreeMap::new();
    let mut listed = Vec::with_capacity(found.len());
    for kept in found {
        let named = match names.entry(kept.petition) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(app.named(kept.petition).await?),
        };
        let at: jiff::Timestamp = kept.at.parse().context("instant of a read")?;
        let id: OfficialId = kept.actor.parse().context("official of a read")?;
        let unit = directory.unit(kept.read.unit);
        listed.push(Row {
            at: page.locale.moment(app.clock.civil_of(at)),
            who: directory.official(id).map_or_else(|| kept.actor.clone(), |official| official.name.clone()),
            unit: unit.map(|unit| page.locale.unit(unit)).unwrap_or_default(),
            what: what(&kept.read, page.locale),
            purpose: purpose(&kept.read, page.locale),
            matter: named.text().to_owned(),
            sealed: matches!(named, Named::Sealed(_)),
        });
    }
    Ok(listed)
}

fn period(app: &App, official: &str, from: &str, to: &str) -> Result<Period, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let known = official.parse::<OfficialId>().ok();
    let known = known.filter(|official| app.directory().official(*official).is_some());
    if known.is_none() {
        faults.push(fault("official", "missing", "请选择一名工作人员", "choose an official"));
    }
    let mut day = |field: &'static str, text: &str| {
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            let (zh, en) = ("请写成2026-11-24这样的日期", "write a date such as 2026-11-24");
            faults.push(fault(field, "not_a_date", zh, en));
        }
        day
    };
    let (from, to) = (day("from", from), day("to", to));
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        faults.push(fault("to", "before_from", "结束日期早于开始日期", "the last day is before the first"));
    }
    match (known, from, to) {
        (Some(official), Some(from), Some(to)) if faults.is_empty() => Ok(Period { official, from, to }),
        (_, _, _) => Err(faults),
    }
}

fn render(
    app: &App,
    page: Page,
    asked: &Asked,
    status: StatusCode,
    faults: &[FieldFault],
    found: Option<(Vec<Row>, Option<String>)>,
) -> Result<Response, Trouble> {
    let directory = app.directory();
    let mut officials: Vec<(i64, Choice)> = directory
        .officials
        .values()
        .map(|official| {
            let unit = directory.unit(official.unit);
            let name = unit.map(|unit| page.locale.unit(unit)).unwrap_or_default();
            let sort = unit.map_or(i64::MAX, |unit| unit.sort);
            (sort, Choice::new(official.id, format!("{name} · {}", official.name)))
        })
        .collect();
    officials.sort_by_key(|(sort, _)| *sort);
    let officials = officials.into_iter().map(|(_, choice)| choice).collect();
    let chosen = asked.official.clone().unwrap_or_default();
    let by_matter =
        vec![Control::new("number", Input::Line, page.say("inbox-number")).value(asked.number.clone())];
    let mut by_official = vec![
        Control::new("official", Input::Select, page.say("reads-who"))
            .choices(officials)
            .value(chosen.clone()),
        Control::new("from", Input::Date, page.say("reads-from")).value(asked.from.clone()),
        Control::new("to", Input::Date, page.say("reads-to")).value(asked.to.clone()),
    ];
    let others = mark(&mut by_official, faults, page.locale);
    let is_period = found.is_some() && asked.number.trim().is_empty();
    let (rows, next) = found.map_or((None, None), |(rows, next)| (Some(rows), next));
    let kept = |value: &String| if is_period { value.clone() } else { String::new() };
    let (official, from, to) = (kept(&chosen), kept(&asked.from), kept(&asked.to));
    let page = Page { place: "reads", ..page.clone().titled(page.say("reads-title")) };
    let next = next.unwrap_or_default();
    let template = ReadsPage { page, by_matter, by_official, others, rows, next, official, from, to };
    Ok(page::html(status, &template))
}

/// The place that a page begins at, as its link carries it.
fn place(text: &str) -> Option<Before> {
    let mut parts = text.split(',');
    let (at, petition, seq) = (parts.next()?, parts.next()?, parts.next()?);
    let at = at.parse::<jiff::Timestamp>().ok().map(crate::clock::Clock::stamp)?;
    Some((at, petition.parse::<PetitionId>().ok()?.to_string(), seq.parse().ok()?))
}
