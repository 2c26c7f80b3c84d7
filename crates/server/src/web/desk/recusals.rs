//! Who knew of a matter before they were kept from it (REC-4): for the integrity body that has a report, in other matters
//! for whoever decides on recusals. Names nobody else who read it (architecture §10.19).

use super::Desk;
use crate::app::{App, Failure};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use anyhow::Context as _;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::concern::{Concern, Concerns};
use casework::directory::UnitKind;
use casework::disclosure::{Sight, is_sealed};
use casework::{OfficialId, UnitId, Verb};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::history::History;

/// Reads looked at in one go.
const PAGE: i64 = 500;

/// What somebody had to do with the matter.
#[derive(Default)]
struct Traces {
    /// Days of the first and the last read.
    read: Option<(Date, Date)>,
    n_reads: usize,
    /// The units in which they were when they read it.
    units: BTreeSet<UnitId>,
    acts: Vec<(Date, String)>,
}

struct Row {
    name: String,
    post: String,
    unit: String,
    why: String,
    read: Option<(Date, Date)>,
    n_reads: usize,
    acts: Vec<(Date, String)>,
}

#[derive(Template)]
#[template(path = "desk/recusals.html")]
struct RecusalsPage {
    page: Page,
    case_ref: String,
    number: String,
    rows: Vec<Row>,
}

/// Whether the list is this official's to see: a report's is the integrity body's, others' are whoever's who decides on
/// recusals.
pub(super) fn may_see(app: &App, desk: &Desk, history: &History, sight: Sight) -> Result<bool, Failure> {
    let petition = &history.petition;
    if is_sealed(app.procedure_of(petition)?, &petition.kind) {
        let directory = app.directory();
        let body = petition.owner.and_then(|(unit, _)| directory.unit(unit));
        let integrity = body.is_some_and(|body| body.kind == UnitKind::IntegrityBody);
        return Ok(integrity && sight == Sight::Everything);
    }
    Ok(app.permitted(&desk.actor, petition)?.contains(&Verb::DecideRecusal))
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    if !may_see(&app, &desk, &history, sight)? {
        return Err(Failure::Absent.into());
    }
    let rows = rows(&app, &desk, &history).await?;
    let number = history.petition.submission.as_ref().map(|submission| submission.number.to_string());
    let page = desk.page.clone().titled(desk.page.say("recusals-title"));
    let template = RecusalsPage { page, case_ref, number: number.unwrap_or_default(), rows };
    Ok(page::html(StatusCode::OK, &template))
}

async fn rows(app: &App, desk: &Desk, history: &History) -> Result<Vec<Row>, Failure> {
    let locale = desk.page.locale;
    let directory = app.directory();
    let petition = &history.petition;
    let concerns = Concerns::new(&directory, app.procedure_of(petition)?, petition);
    let mut rows = Vec::new();
    for (id, traces) in traces(app, desk, history).await? {
        let Some(official) = directory.official(id) else { continue };
        // Where they are, or where they were when they read it: moving takes nobody off the list.
        let units = traces.units.iter().chain([&official.unit]);
        let Some(concern) = units.filter_map(|unit| concerns.of(id, *unit)).min() else { continue };
        let why = match concern {
            Concern::Named => "recusals-named",
            Concern::Recused => "recusals-recused",
            Concern::Unit => "recusals-unit",
            Concern::Below => "recusals-below",
        };
        let unit = directory.unit(official.unit);
        rows.push(Row {
            name: official.name.clone(),
            post: official.post.clone(),
            unit: unit.map(|unit| locale.unit(unit)).unwrap_or_default(),
            why: locale.say(why),
            read: traces.read,
            n_reads: traces.n_reads,
            acts: traces.acts,
        });
    }
    Ok(rows)
}

/// Who read the matter, and who did something in it, by official.
async fn traces(app: &App, desk: &Desk, history: &History) -> Result<BTreeMap<OfficialId, Traces>, Failure> {
    let day = |at: &str| -> Result<Date, Failure> {
        let at: Timestamp = at.parse().context("an instant of the record")?;
        Ok(app.clock.date_of(at))
    };
    let mut found: BTreeMap<OfficialId, Traces> = BTreeMap::new();
    let mut before = None;
    loop {
        let (reads, next) = app.reads_of(history.petition.id, before, PAGE).await?;
        for kept in reads {
            let Ok(id) = kept.actor.parse() else { continue };
            let on = day(&kept.at)?;
            let traces = found.entry(id).or_default();
            traces.n_reads += 1;
            traces.units.insert(kept.read.unit);
            traces.read = Some(traces.read.map_or((on, on), |(first, last)| (first.min(on), last.max(on))));
        }
        before = next;
        if before.is_none() {
            break;
        }
    }
    for record in &history.records {
        let Ok(id) = record.actor.parse() else { continue };
        // A petition that an official entered has no act of that name at the desk.
        let act = desk.page.locale.find(&format!("act-{}", record.kind.replace('_', "-")));
        let act = act.unwrap_or_else(|| desk.page.say("story-submitted"));
        found.entry(id).or_default().acts.push((day(&record.at)?, act));
    }
    Ok(found)
}
