//! Files in the JSON API: brought before the petition or supplement that they belong to, taken by whoever may see them.

use super::official::Staff;
use super::petitioner::opened;
use super::read;
use crate::app::attach::Holder;
use crate::app::attached::{Attached, Copy};
use crate::app::{App, Failure};
use crate::entropy;
use crate::files::{About, Unfit};
use crate::web::desk::files::visible;
use crate::web::fields::SHORT;
use crate::web::files::hand_over;
use crate::web::intake::{Filer, Source};
use crate::web::problem::{Body, Problem, check_words};
use crate::web::sent::{parts_of, receive};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A file that was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Brought {
    /// Names the file in `files` of the petition or supplement. Secret: whoever has it can submit the file.
    handle: String,
    /// What it is.
    #[schema(value_type = Object)]
    file: About,
}

/// A file to be brought.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "says what the form holds; it is read as it arrives")]
pub(crate) struct Bring {
    #[schema(format = Binary)]
    file: String,
}

/// Takes one file in, as it arrives. It waits 30 days for its petition.
#[utoipa::path(post, path = "/api/v1/files", tag = "petitioner",
    request_body(content = Bring, content_type = "multipart/form-data"), responses(
    (status = 201, body = Brought),
    (status = 400, description = "no form with one file and nothing else", body = Body, content_type = "application/problem+json"),
    (status = 413, description = "more than a file or petition may have", body = Body, content_type = "application/problem+json"),
    (status = 415, description = "a kind that is not taken, or not what its name says", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "empty, damaged, cut off, or too many pixels", body = Body, content_type = "application/problem+json"),
    (status = 429, description = "the source brought as much as one may in a day; petitions without files are taken", body = Body, content_type = "application/problem+json"),
    (status = 507, description = "no room for files; petitions without files are taken", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn bring(
    State(app): State<Arc<App>>,
    filer: Filer,
    request: Request,
) -> Result<(StatusCode, Json<Brought>), Problem> {
    let unreadable = |_| Problem::Unreadable(StatusCode::BAD_REQUEST);
    let (mut form, bound) = parts_of(request).await?;
    let Some(mut field) = form.next_field().await.map_err(unreadable)? else {
        return Err(Failure::Unfit(Unfit::Empty).into());
    };
    bound.heard();
    let name = field.file_name().map(str::to_owned).filter(|_| field.name() == Some("file"));
    let name = name.ok_or(Problem::Unreadable(StatusCode::BAD_REQUEST))?;
    let handle = entropy::hex(&entropy::bytes::<32>()?);
    let holder = Holder::handle(&handle);
    let mut bytes = field.by_ref().inspect(|_| bound.heard());
    let held = receive(&app, Some(filer), &holder, &name, &mut bytes).await?;
    // The rest of what is refused is read and dropped, so that the answer is heard.
    while let Ok(Some(_)) = field.chunk().await {
        bound.heard();
    }
    drop(field);
    let file = held.map_err(Failure::Unfit)?.about;
    // One file, as the document says: what else was sent would be lost unseen.
    if form.next_field().await.map_or(true, |more| more.is_some()) {
        app.let_go(&holder, &file.file).await?;
        return Err(Problem::Unreadable(StatusCode::BAD_REQUEST));
    }
    Ok((StatusCode::CREATED, Json(Brought { handle, file })))
}

/// A file of a petition, with the place by which it is taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Listed {
    /// Its place in the petition's list, which does not change.
    index: usize,
    /// What it is.
    #[schema(value_type = Object)]
    #[serde(flatten)]
    about: About,
}

impl From<Attached> for Listed {
    fn from(file: Attached) -> Self {
        Listed { index: file.index, about: file.about }
    }
}

/// Which file of one's own petition.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnFile {
    code: String,
    /// Its place in the petition's list.
    index: usize,
}

/// A file of one's own petition, bit for bit.
#[utoipa::path(post, path = "/api/v1/file", tag = "petitioner", request_body = OwnFile, responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, description = "no petition has this code, or it has no such file", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "not what is described here", body = Body, content_type = "application/problem+json"),
    (status = 429, description = "too many wrong codes from this source", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn own(
    State(app): State<Arc<App>>,
    source: Source,
    body: Result<Json<OwnFile>, JsonRejection>,
) -> Result<Response, Problem> {
    let asked = read(body)?;
    let (id, _) = opened(&app, &source, &asked.code).await?;
    let history = app.own(id).await?;
    let files = app.attached(&history).await?;
    let file = files.iter().find(|file| file.index == asked.index).ok_or(Failure::Absent)?;
    Ok(hand_over(&app, file, Copy::Original).await?)
}

/// How a file of a case is taken.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taken {
    /// With its metadata, as it came; without, a copy that lacks them.
    #[serde(default)]
    original: bool,
    /// What for; needed for an original, and for what may do harm.
    #[serde(default)]
    purpose: String,
}

/// A file of a case.
#[utoipa::path(post, path = "/api/v1/cases/{case_ref}/files/{index}", tag = "officials",
    params(("case_ref" = String, Path), ("index" = String, Path)),
    request_body = Taken, security(("session" = [])), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 401, description = "no session; for an original, none of the last five minutes: log in again", body = Body, content_type = "application/problem+json"),
    (status = 404, description = "absent, or not to be known of", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "a purpose is needed", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn of_case(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path((case_ref, index)): Path<(String, String)>,
    body: Result<Json<Taken>, JsonRejection>,
) -> Result<Response, Problem> {
    let (history, file) = visible(&app, &staff.actor, &case_ref, &index).await?;
    let taken = read(body)?;
    if !taken.original && !file.about.needs_purpose() {
        return Ok(hand_over(&app, &file, Copy::Stripped).await?);
    }
    let mut faults = Vec::new();
    check_words(&mut faults, "purpose", &taken.purpose, SHORT, true);
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    staff.must_be_fresh()?;
    app.take_original(&staff.actor, history.petition.id, &file, &taken.purpose).await?;
    Ok(hand_over(&app, &file, Copy::Original).await?)
}
