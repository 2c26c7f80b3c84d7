//! `/log/`: the public log over HTTP, as the files of `log_folder` have it (C2SP tlog-tiles). Older logs of the same
//! database, closed by a loss or a change of the key, stand at `/log/<number>/`.

use crate::app::App;
use crate::feed::{Public, Resource};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use store::StoreError;

const TEXT: &str = "text/plain; charset=utf-8";
/// Tiles of one log never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Under the address of the newest log another log's tiles may stand tomorrow, after a loss or a change of the key.
const A_BEAT: &str = "public, max-age=600";
/// Checkpoints change on the beat.
const BRIEFLY: &str = "public, max-age=5";

type Answer = Result<Response, Trouble>;

/// Every address below `/log`.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/checkpoint", get(async |State(app): State<Arc<App>>| checkpoint(&app, None).await))
        .route("/witnessed", get(async |State(app): State<Arc<App>>| witnessed(&app, None).await))
        .route("/policy", get(async |State(app): State<Arc<App>>| policy(&app, None).await))
        .route(
            "/tile/{*path}",
            get(async |State(app): State<Arc<App>>, Path(path): Path<String>| tile(&app, None, &path).await),
        )
        .route(
            "/{epoch}/checkpoint",
            get(async |State(app): State<Arc<App>>, Path(n): Path<i64>| checkpoint(&app, Some(n)).await),
        )
        .route(
            "/{epoch}/witnessed",
            get(async |State(app): State<Arc<App>>, Path(n): Path<i64>| witnessed(&app, Some(n)).await),
        )
        .route(
            "/{epoch}/policy",
            get(async |State(app): State<Arc<App>>, Path(n): Path<i64>| policy(&app, Some(n)).await),
        )
        .route(
            "/{epoch}/tile/{*path}",
            get(async |State(app): State<Arc<App>>, Path((n, path)): Path<(i64, String)>| {
                tile(&app, Some(n), &path).await
            }),
        )
        .fallback(async || Trouble::Absent)
}

async fn checkpoint(app: &App, epoch: Option<i64>) -> Answer {
    let public = public(app, epoch).await?;
    Ok(text(public.checkpoint(&app.database).await?))
}

async fn witnessed(app: &App, epoch: Option<i64>) -> Answer {
    let note = public(app, epoch).await?.witnessed(&app.database).await?;
    Ok(text(note.ok_or(Trouble::Absent)?))
}

async fn policy(app: &App, epoch: Option<i64>) -> Answer {
    Ok(text(public(app, epoch).await?.policy(&app.feed.witnesses)))
}

async fn tile(app: &App, epoch: Option<i64>, path: &str) -> Answer {
    let resource = Resource::parse(path).ok_or(Trouble::Absent)?;
    let public = public(app, epoch).await?;
    let bytes = resource.bytes(&app.database, &public).await?.ok_or(Trouble::Absent)?;
    let kept = if epoch.is_some() { FOR_EVER } else { A_BEAT };
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, kept)];
    Ok((headers, bytes).into_response())
}

async fn public(app: &App, epoch: Option<i64>) -> Result<Public, Trouble> {
    Public::find(&app.database, epoch).await?.ok_or(Trouble::Absent)
}

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, BRIEFLY)], text).into_response()
}

/// Why there is no file.
enum Trouble {
    /// Not there, or not public yet: the same answer.
    Absent,
    /// Something broke; the cause is logged.
    Broken,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        tracing::error!("the public log could not be read: {error}");
        Trouble::Broken
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Trouble::Absent => (StatusCode::NOT_FOUND, "not found\n").into_response(),
            Trouble::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "something broke\n").into_response(),
        }
    }
}
