//! Asking for a field of who filed a petition, in the officials' JSON API (ACC-1).

use super::official::Staff;
use super::read;
use crate::app::App;
use crate::web::problem::{Body, Problem};
use crate::web::reveal;
use anyhow::Context as _;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which field of who filed the petition, and what for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reveal {
    /// `name`, `phone`, `address` or `id_number`.
    field: String,
    /// `contact`, `serve`, `identify`, `examine`, `transfer` or `protect`. The petitioner reads it.
    purpose: String,
    /// The same in words. The petitioner reads them.
    #[schema(max_length = 200)]
    words: String,
}

/// The field that was asked for, and nothing else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Revealed {
    field: &'static str,
    value: String,
    /// Until when it stays open to this official on the pages of the case.
    #[schema(format = DateTime)]
    until: String,
}

/// Shows one field of who filed the petition, for a purpose that is recorded and told to the petitioner.
#[utoipa::path(post, path = "/api/v1/cases/{case_ref}/identity", tag = "officials", security(("session" = [])),
    params(("case_ref" = String, Path, description = "reference from the inbox")), request_body = Reveal, responses(
    (status = 200, body = Revealed),
    (status = 401, body = Body, content_type = "application/problem+json"),
    (status = 404, description = "absent, or this official may not know who filed it", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "no lawful purpose, no words, or a field that was not given", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn identity(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(case_ref): Path<String>,
    body: Result<Json<Reveal>, JsonRejection>,
) -> Result<Json<Revealed>, Problem> {
    let (history, sight) = app.visible(&staff.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let given = read(body)?;
    let asked =
        reveal::read(&given.field, &given.purpose, &given.words, &identity).map_err(Problem::Invalid)?;
    asked.grant(&app, &staff.actor, &history).await?;
    let grants = app.grants(&staff.actor, history.petition.id).await?;
    let grant = grants.get(&asked.field).context("the field that was just opened")?;
    Ok(Json(Revealed {
        field: asked.field.word(),
        value: identity.part(asked.field).to_owned(),
        until: grant.until.to_string(),
    }))
}
