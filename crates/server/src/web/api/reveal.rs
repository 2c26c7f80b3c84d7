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
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which field of who filed the petition, and what for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reveal {
    /// `name`, `phone`, `address` or `id_number`.
    #[serde(default)]
    field: String,
    /// `contact`, `serve`, `identify`, `examine`, `transfer` or `protect`. The petitioner reads it.
    #[serde(default)]
    purpose: String,
    /// The same in words. The petitioner reads them.
    #[schema(max_length = 200)]
    #[serde(default)]
    words: String,
    /// Instead of the rest: agrees to what another asked in a sealed matter, by its place.
    #[serde(default)]
    agree: Option<u64>,
}

/// The field that was asked for, and nothing else.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Revealed {
    field: &'static str,
    /// Absent while it waits for another, and for whoever agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Until when it stays open on the pages of the case: to this official, or to whoever had asked where this official
    /// agreed; while it waits, until when another may agree.
    #[schema(format = DateTime)]
    until: String,
    /// In a sealed matter: the place of what was asked, for another to agree to.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<u64>,
}

/// Shows one field of who filed the petition, for a purpose that is recorded and told to the petitioner. In a sealed matter
/// another of the body agrees first (DUAL-1). The session must be five minutes old at most (IAM-6).
#[utoipa::path(post, path = "/api/v1/cases/{case_ref}/identity", tag = "officials", security(("session" = [])),
    params(("case_ref" = String, Path, description = "reference from the inbox")), request_body = Reveal, responses(
    (status = 200, body = Revealed),
    (status = 202, description = "asked; or agreed to what another asked", body = Revealed),
    (status = 401, description = "no session, or none of the last five minutes: log in again", body = Body, content_type = "application/problem+json"),
    (status = 404, description = "absent, or this official may not know who filed it", body = Body, content_type = "application/problem+json"),
    (status = 409, description = "whoever asked cannot agree", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "no lawful purpose, no words, or a field that was not given", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn identity(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(case_ref): Path<String>,
    body: Result<Json<Reveal>, JsonRejection>,
) -> Result<(StatusCode, Json<Revealed>), Problem> {
    let given = read(body);
    if let Ok(Reveal { agree: Some(seq), .. }) = &given {
        let (history, ask) = app.asked_of(&staff.actor, &case_ref, *seq).await?;
        staff.must_be_fresh()?;
        let until = app.agree(&staff.actor, &history, &ask).await?;
        return Ok(answered(ask.field.word(), until.to_string(), Some(ask.seq)));
    }
    let (history, sight) = app.visible(&staff.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let given = given?;
    let asked =
        reveal::read(&given.field, &given.purpose, &given.words, &identity).map_err(Problem::Invalid)?;
    staff.must_be_fresh()?;
    let id = history.petition.id;
    if asked.grant(&app, &staff.actor, &history).await? == reveal::Came::Waits {
        let asks = app.asks(id).await?;
        let own = asks.iter().find(|ask| Some(ask.by) == staff.actor.official());
        let own = own.context("what was just asked")?;
        return Ok(answered(asked.field.word(), own.until.to_string(), Some(own.seq)));
    }
    let grants = app.grants(&staff.actor, id).await?;
    let grant = grants.get(&asked.field).context("the field that was just opened")?;
    let value = Some(identity.part(asked.field).to_owned());
    let (field, until) = (asked.field.word(), grant.until.to_string());
    Ok((StatusCode::OK, Json(Revealed { field, value, until, asked: None })))
}

fn answered(field: &'static str, until: String, asked: Option<u64>) -> (StatusCode, Json<Revealed>) {
    (StatusCode::ACCEPTED, Json(Revealed { field, value: None, until, asked }))
}
