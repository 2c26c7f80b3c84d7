//! Who read a petition, for its petitioner: by post, unit, level and day, the newest first (ACC-3).

use super::follow::Following;
use crate::app::App;
use crate::web::accesses::{self, Access, PAGE};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "public/reads.html")]
struct ReadsPage {
    page: Page,
    number: String,
    reads: Vec<Access>,
    first: bool,
    next: Option<u64>,
}

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    before: Option<u64>,
}

/// The whole list, a page at a time.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let history = following.history(&app).await?;
    let (found, next) = app.reads_of(following.id, asked.before, PAGE).await?;
    let reads = accesses::told(&app, &history.petition, &found, page.locale).await?;
    let number = history.petition.submission.as_ref().map(|submission| submission.number.to_string());
    let mut page = page.guarded(&app, &following.session);
    let first = asked.before.is_none();
    page.title = page.say("follow-reads");
    let template = ReadsPage { page, number: number.unwrap_or_default(), reads, first, next };
    Ok(page::html(StatusCode::OK, &template))
}
