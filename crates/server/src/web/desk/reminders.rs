//! Reminders of an official: which last days come near or are over, the newest warning first.

use super::Desk;
use crate::app::{App, Failure};
use crate::web::deadlines::{Badge, badge};
use crate::web::form::Typed;
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
}

struct Row {
    badge: Badge,
    limit: String,
    due_on: Date,
    case_ref: String,
    title: String,
    warned_on: Date,
    /// Names the reminder when it is put away.
    key: String,
}

#[derive(Template)]
#[template(path = "desk/reminders.html")]
struct RemindersPage {
    page: Page,
    rows: Vec<Row>,
    first: bool,
    next: String,
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_have_inbox()?;
    let official = desk.actor.official().ok_or(Failure::Absent)?;
    let after = key(&asked.after);
    let (reminded, next) = app.reminders(&desk.actor, official, after.as_ref()).await?;
    let (locale, today) = (desk.page.locale, app.clock.today());
    let rows = reminded
        .into_iter()
        .map(|one| Row {
            badge: badge(locale, one.reminder.from, one.reminder.due_on, today),
            limit: locale.label(&one.limit),
            due_on: one.reminder.due_on,
            case_ref: one.case_ref,
            title: if one.title.is_empty() { desk.page.say("shell-title") } else { one.title },
            warned_on: one.reminder.warned_on,
            key: format!("{},{},{}", one.reminder.petition, one.reminder.idx, one.reminder.warned_on),
        })
        .collect();
    let page = desk.page.guarded(&app, &desk.session);
    let page = Page { place: "reminders", ..page.clone().titled(page.say("reminders-title")) };
    let next = next.map(|(on, petition, idx)| format!("{on},{petition},{idx}")).unwrap_or_default();
    Ok(page::html(StatusCode::OK, &RemindersPage { page, rows, first: after.is_none(), next }))
}

/// Puts away what the page showed, and nothing else.
pub(crate) async fn put_away(
    State(app): State<Arc<App>>,
    desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.must_have_inbox()?;
    desk.check(&app, &typed)?;
    let official = desk.actor.official().ok_or(Failure::Absent)?;
    let shown: Vec<String> =
        typed.0.iter().filter(|(name, _)| name == "shown").map(|(_, key)| key.clone()).collect();
    app.put_away(official, &shown).await?;
    Ok(page::see_other("/staff/reminders", []))
}

/// The key of a page, as its link carries it.
fn key(text: &str) -> Option<store::reminder::After> {
    let mut parts = text.split(',');
    let (on, petition, idx) = (parts.next()?, parts.next()?, parts.next()?);
    Some((
        on.parse::<Date>().ok()?.to_string(),
        petition.parse::<casework::PetitionId>().ok()?.to_string(),
        idx.parse().ok()?,
    ))
}
