//! The petitioner's pages: no login, no script needed, nothing typed is lost.

pub(super) mod accesses;
pub(super) mod attach;
pub(super) mod follow;
mod follow_view;
pub(super) mod own_act;
pub(super) mod proof;
pub(super) mod submit;
mod submit_steps;
pub(super) mod verify;
pub(super) mod verify_letter;

pub(crate) use submit_steps::phone_fault;

use super::page::{self, Page};
use super::trouble::Trouble;
use super::{cookie, fields};
use crate::app::App;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "public/start.html")]
struct Start {
    page: Page,
    steps: Vec<LegalStep>,
}

/// A step of the procedure as the start page tells it.
struct LegalStep {
    lead: String,
    more: String,
}

/// The start page.
pub(crate) async fn start(State(app): State<Arc<App>>, page: Page) -> Result<Response, Trouble> {
    let page = page.clone().titled(page.say("start-title"));
    let procedure = app.current_procedure()?;
    // Periods come from the procedure, never from a sentence (ui.md).
    let steps = [
        ("notify_transferred", "start-step-notice"),
        ("handle", "start-step-opinion"),
        ("ask_first_review", "start-step-first-review"),
        ("ask_second_review", "start-step-second-review"),
        ("resolution", "start-step-resolution"),
        ("appeal", "start-step-appeal"),
    ]
    .into_iter()
    .filter_map(|(limit, key)| {
        let limit = procedure.limit(&limit.into())?;
        let (n, more) = (limit.length.to_string(), limit.extension_days.to_string());
        Some(LegalStep {
            lead: page.locale.with(key, &[("n", &n)]),
            more: page.locale.with(&format!("{key}-more"), &[("n", &n), ("extension", &more)]),
        })
    })
    .collect();
    Ok(page::html(StatusCode::OK, &Start { page, steps }))
}

/// Which language, and back to where.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    to: String,
    #[serde(default)]
    back: String,
}

/// Changes the language and goes back to the page it was asked from; only to a page of ours.
pub(crate) async fn language(State(app): State<Arc<App>>, Query(chosen): Query<Chosen>) -> Response {
    let tag = if chosen.to == "en" { "en" } else { "zh-CN" };
    let ours = chosen.back.starts_with('/')
        && !chosen.back.starts_with("//")
        // A browser drops tabs and line breaks, and takes a backslash for a slash.
        && !chosen.back.contains(|c: char| c == '\\' || c.is_control());
    let back = if ours { chosen.back.as_str() } else { "/" };
    page::see_other(back, [cookie::set(&app, cookie::LANGUAGE, tag)])
}

#[derive(Template)]
#[template(path = "public/paths.html")]
struct Paths {
    page: Page,
    remedies: Vec<RemedyRow>,
}

struct RemedyRow {
    name: String,
    body: String,
    from: String,
    length: String,
    basis: String,
}

/// The legal paths beside a petition, with their periods.
pub(crate) async fn paths(State(app): State<Arc<App>>, page: Page) -> Result<Response, Trouble> {
    let procedure = app.current_procedure()?;
    let locale = page.locale;
    let remedies = procedure
        .remedies
        .iter()
        .map(|remedy| RemedyRow {
            name: locale.label(&remedy.name),
            body: locale.label(&remedy.body),
            from: locale.label(&remedy.from),
            length: locale.length(remedy.length, remedy.unit),
            basis: locale.article(&remedy.basis),
        })
        .collect();
    let page = page.clone().titled(page.say("paths-title"));
    Ok(page::html(StatusCode::OK, &Paths { page, remedies }))
}

#[derive(Template)]
#[template(path = "public/text.html")]
struct Words {
    page: Page,
    paragraphs: Vec<String>,
}

/// What happens to what a petitioner tells.
pub(crate) async fn privacy(page: Page) -> Response {
    words(page, "privacy")
}

/// How the pages can be used, and by whom to be told when they cannot.
pub(crate) async fn access(page: Page) -> Response {
    words(page, "access")
}

fn words(page: Page, name: &str) -> Response {
    let page = page.clone().titled(page.say(&format!("{name}-title")));
    let text = page.say(&format!("{name}-text"));
    let paragraphs = text.lines().map(str::to_owned).collect();
    page::html(StatusCode::OK, &Words { page, paragraphs })
}

/// The quick exit: ends what this browser shows of a petition, then leads to a page that says nothing (PRIV-2). A link from
/// elsewhere ends nothing.
pub(crate) async fn exit(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let to = if page.kiosk { "/" } else { app.quick_exit.as_str() };
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if site.is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return Ok(page::see_other(to, []));
    }
    end_sessions(&app, &headers, to).await
}

/// Ends the draft's and the follower's session of this browser.
async fn end_sessions(app: &App, headers: &HeaderMap, to: &str) -> Result<Response, Trouble> {
    if let Some(session) = cookie::read(app, headers, cookie::FOLLOW) {
        app.unfollow(&session).await?;
    }
    Ok(page::see_other(to, [cookie::set(app, cookie::DRAFT, ""), cookie::set(app, cookie::FOLLOW, "")]))
}

/// Longest single line.
const SHORT: usize = fields::SHORT;
