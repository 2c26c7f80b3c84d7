//! Files for a petition that is being written: a step of its own, or beside a supplement. Nothing typed is lost when a
//! file is refused, and what was taken stays, with a button to take it back.

use super::submit::{Writing, filed, writing};
use super::submit_steps::Step;
use crate::app::attach::Holder;
use crate::app::{App, Failure};
use crate::web::files::FileRow;
use crate::web::intake::Filer;
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use crate::web::{cookie, sent};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use casework::codes::ReceiptCode;
use std::sync::Arc;

/// Whose files a draft's are: its code's.
pub(crate) fn holder(code: &ReceiptCode) -> Holder {
    Holder::of("draft", code.as_str())
}

/// Names and sizes of a draft's files.
pub(super) async fn names(app: &App, code: &ReceiptCode) -> Result<Vec<String>, Failure> {
    let held = app.held(&holder(code)).await?;
    let line =
        |about: &crate::files::About| format!("{} ({})", about.name, crate::web::files::bytes(about.size));
    Ok(held.iter().map(|held| line(&held.about)).collect())
}

#[derive(Template)]
#[template(path = "public/files.html")]
struct FilesPage {
    page: Page,
    step: Step,
    files: Vec<FileRow>,
    faults: Vec<String>,
    most: (usize, u64, u64),
    accepted: String,
}

impl FilesPage {
    /// Width of the progress bar, of 400.
    fn bar(&self) -> usize {
        self.step.n() * 400 / Step::ALL.len()
    }
}

/// The step.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let Some(Writing { code, .. }) = writing(&app, &headers).await? else {
        return Ok(page::see_other(&Step::Kind.path(), []));
    };
    let page = page.guarded(&app, code.as_str());
    Ok(render(&app, page, &code, StatusCode::OK, Vec::new()).await?)
}

async fn render(
    app: &App,
    page: Page,
    code: &ReceiptCode,
    status: StatusCode,
    faults: Vec<String>,
) -> Result<Response, Failure> {
    let step = Step::Files;
    let files = app.held(&holder(code)).await?;
    let page = page.clone().titled(page.say(&step.key("title")));
    let locale = page.locale;
    let files = files.iter().map(|held| FileRow::held(held, locale)).collect();
    let limits = &app.files;
    let most = (limits.most_files, limits.most_bytes >> 20, limits.most_together >> 20);
    let accepted = crate::files::accepted();
    Ok(page::html(status, &FilesPage { page, step, files, faults, most, accepted }))
}

/// Takes files in, lets them go, goes on.
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    page: Page,
    filer: Filer,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Trouble> {
    // What was sent is a petition already: a file would come to none.
    if filed(&app, &headers).await?.is_some() {
        return Ok(page::see_other("/submit/received", []));
    }
    let Some(Writing { code, .. }) = writing(&app, &headers).await? else {
        return Ok(page::see_other(&Step::Kind.path(), []));
    };
    let own = holder(&code);
    let mut sent = sent::read_any(&app, request, Some(filer), |typed| {
        let ours = cookie::is_ours(&app, code.as_str(), &typed.get("token"));
        if ours { Ok(own.clone()) } else { Err(Problem::Elsewhere) }
    })
    .await?;
    sent.change(&app, &own).await?;
    if !sent.refused.is_empty() {
        let faults = sent.faults(&app, page.locale);
        let page = page.guarded(&app, code.as_str());
        return Ok(render(&app, page, &code, sent.status(), faults).await?);
    }
    let to = match sent.typed.get("do").as_str() {
        "on" => Step::Files.next().unwrap_or(Step::Files).path(),
        "save" => "/submit/saved".to_owned(),
        _ => Step::Files.path(),
    };
    Ok(page::see_other(&to, [cookie::set(&app, cookie::DRAFT, code.as_str())]))
}
