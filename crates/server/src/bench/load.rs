//! Load over real HTTP: connections that are kept open, each asking again as soon as it is answered.

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A request without a connection yet.
pub(super) type Ask = Request<Full<Bytes>>;

/// One kept connection.
pub(super) struct Connection(SendRequest<Full<Bytes>>);

/// What came back.
pub(super) struct Answer {
    /// Status.
    pub(super) status: u16,
    /// `Set-Cookie` of the answer, up to its first `;`.
    pub(super) cookie: String,
    /// Body.
    pub(super) body: Bytes,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(to: SocketAddr) -> anyhow::Result<Connection> {
        let stream = tokio::net::TcpStream::connect(to).await.with_context(|| format!("connect to {to}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.context("speak HTTP")?;
        tokio::spawn(connection);
        Ok(Connection(sender))
    }

    /// Asks and reads the whole answer.
    pub(super) async fn send(&mut self, request: Ask) -> anyhow::Result<Answer> {
        let answer = self.0.send_request(request).await.context("ask")?;
        let status = answer.status().as_u16();
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).unwrap_or_default().to_owned();
        let body = answer.into_body().collect().await.context("read an answer")?.to_bytes();
        Ok(Answer { status, cookie, body })
    }
}

/// A page, asked for with a cookie.
pub(super) fn get(path: &str, cookie: &str) -> anyhow::Result<Ask> {
    let request = Request::get(path).header(header::HOST, "bench").header(header::COOKIE, cookie);
    request.body(Full::default()).context("a request")
}

/// A form or a JSON document.
pub(super) fn post(path: &str, kind: &str, body: impl Into<Bytes>) -> anyhow::Result<Ask> {
    let request = Request::post(path).header(header::HOST, "bench").header(header::CONTENT_TYPE, kind);
    let request = request.header("sec-fetch-site", "same-origin");
    request.body(Full::new(body.into())).context("a request")
}

/// How long each request took, and how long all of them.
pub(super) struct Took {
    /// Each.
    pub(super) each: Vec<Duration>,
    /// From the first question to the last answer.
    pub(super) whole: Duration,
}

/// Asks over so many connections for so long; `ask` makes the n-th request. Any status but `wanted` is an error.
pub(super) async fn run(
    to: SocketAddr,
    connections: usize,
    length: Duration,
    wanted: u16,
    ask: impl Fn(usize) -> anyhow::Result<Ask> + Send + Sync + 'static,
) -> anyhow::Result<Took> {
    let ask = Arc::new(ask);
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (ask, next) = (Arc::clone(&ask), Arc::clone(&next));
        under_way.spawn(async move {
            let mut connection = Connection::open(to).await?;
            let mut took = Vec::new();
            while begun.elapsed() < length {
                let request = ask(next.fetch_add(1, Ordering::Relaxed))?;
                let asked = Instant::now();
                let answer = connection.send(request).await?;
                took.push(asked.elapsed());
                if answer.status != wanted {
                    bail!("answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
                }
            }
            anyhow::Ok(took)
        });
    }
    let mut each = Vec::new();
    while let Some(done) = under_way.join_next().await {
        each.extend(done.context("a connection's task")??);
    }
    Ok(Took { each, whole: begun.elapsed() })
}
