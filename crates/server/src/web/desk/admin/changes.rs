//! Who changed what in the office, for the audit administrator alone: accounts, rights, units, the clock. Nothing of any
//! case (IAM-1).

use super::super::Desk;
use super::proposals::{Difference, differences, title};
use super::who;
use crate::app::{App, OfficeChange};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::Role;
use serde::Deserialize;
use std::sync::Arc;

/// Entries on one page.
const PAGE: i64 = 50;

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    before: Option<u64>,
}

struct Row {
    at: String,
    what: String,
    /// Whom or what it concerns; empty where nobody.
    about: String,
    by: String,
    reason: String,
    /// Who proposed it, where another decided.
    proposed_by: String,
    /// Whether whoever decided works under them.
    decided_under: bool,
    differences: Vec<Difference>,
}

#[derive(Template)]
#[template(path = "desk/changes.html")]
struct ChangesPage {
    page: Page,
    rows: Vec<Row>,
    /// Address of the next page; empty on the last one.
    next: String,
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::AuditAdministrator)?;
    let page = desk.titled(&app, "changes", "changes-title");
    let mut found = app.office_changes(asked.before.unwrap_or(u64::MAX), PAGE + 1).await?;
    let shown = usize::try_from(PAGE).unwrap_or_default();
    let is_last = found.len() <= shown;
    found.truncate(shown);
    let next = found.last().filter(|_| !is_last).map(|last| format!("/staff/changes?before={}", last.seq));
    let rows = found.iter().map(|change| row(&app, &page, change)).collect();
    Ok(page::html(StatusCode::OK, &ChangesPage { rows, next: next.unwrap_or_default(), page }))
}

fn row(app: &App, page: &Page, change: &OfficeChange) -> Row {
    let directory = app.directory();
    let name = |id| who(page.locale, &directory, id);
    // A proposal says whom it concerns; what followed from one tells what was different, and who had proposed it.
    let proposal = change.proposal.as_ref();
    let about = proposal.map(|proposal| title(page, &directory, proposal));
    Row {
        at: page.locale.moment(app.clock.civil_of(change.at)),
        what: page.locale.find(&format!("changes-{}", change.kind)).unwrap_or_else(|| change.kind.clone()),
        about: about
            .or_else(|| change.official.map(name))
            .unwrap_or_else(|| change.holders.join(&page.say("list-comma"))),
        by: change.by.map_or_else(|| page.say("changes-by-system"), name),
        reason: proposal.map(|proposal| proposal.reason.clone()).unwrap_or_default(),
        proposed_by: proposal
            .filter(|proposal| Some(proposal.by) != change.by)
            .map(|proposal| name(proposal.by))
            .unwrap_or_default(),
        decided_under: change.decided_under,
        differences: proposal.map(|proposal| differences(page, &directory, proposal)).unwrap_or_default(),
    }
}
