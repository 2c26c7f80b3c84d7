//! A witness over HTTP: `POST /add-checkpoint` of C2SP tlog-witness, and a page that says whom it follows.

use super::{Refused, Witness};
use anyhow::Context as _;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Longest request, in bytes: 63 hashes and 64 signatures need a fifth of it.
const LONGEST: usize = 64 * 1024;
const TEXT: &str = "text/plain; charset=utf-8";

/// A witness, and where a failed disk is reported.
#[derive(Clone)]
struct Shared {
    witness: Arc<Witness>,
    broken: mpsc::UnboundedSender<anyhow::Error>,
}

/// Serves until interrupted.
///
/// # Errors
/// When the address is taken, or the disk failed under the memory: what it holds is not known any more.
pub(crate) async fn serve(witness: Witness, listen: SocketAddr) -> anyhow::Result<()> {
    let listener =
        tokio::net::TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    println!("witness {}", witness.vkey());
    println!("listening on http://{}", listener.local_addr()?);
    let (router, mut broken) = router(Arc::new(witness));
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _interrupted = tokio::signal::ctrl_c().await;
    });
    tokio::select! {
        served = async { server.await } => served.context("serve"),
        Some(error) = broken.recv() => Err(error),
    }
}

/// The routes, and where it is said that the disk failed.
pub(crate) fn router(witness: Arc<Witness>) -> (Router, mpsc::UnboundedReceiver<anyhow::Error>) {
    let (broken, heard) = mpsc::unbounded_channel();
    let router = Router::new()
        .route("/", get(about))
        .route("/add-checkpoint", post(add))
        .layer(DefaultBodyLimit::max(LONGEST))
        .with_state(Shared { witness, broken });
    (router, heard)
}

async fn about(State(shared): State<Shared>) -> Response {
    let mut page = format!("{}\n", shared.witness.vkey());
    for (origin, size) in shared.witness.followed() {
        page.push_str(&format!("{size} {origin}\n"));
    }
    ([(header::CONTENT_TYPE, TEXT)], page).into_response()
}

async fn add(State(shared): State<Shared>, body: String) -> Response {
    let witness = Arc::clone(&shared.witness);
    // It waits for the disk.
    let answer = tokio::task::spawn_blocking(move || witness.consider(&body)).await;
    match answer {
        Ok(Ok(line)) => ([(header::CONTENT_TYPE, TEXT)], line).into_response(),
        Ok(Err(Refused::Rejected(why))) => {
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, [(header::CONTENT_TYPE, why.content_type())], why.body()).into_response()
        }
        Ok(Err(Refused::Broken(error))) => broke(&shared, error),
        Err(error) => broke(&shared, error.into()),
    }
}

fn broke(shared: &Shared, error: anyhow::Error) -> Response {
    let _ending = shared.broken.send(error);
    (StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot keep what it sees and ends\n").into_response()
}
