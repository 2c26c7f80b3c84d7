//! The office's side: every witness is asked to sign what was published, and what it answers is kept. A witness that
//! cannot be reached holds nothing up; one that has seen more than the office has is the loudest alarm there is.

use super::Known;
use crate::app::App;
use crate::feed::Public;
use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use ledger::cosign::cosigned_at;
use ledger::note::Signature;
use ledger::witness::AddCheckpoint;
use std::time::Duration;
use store::Database;
use store::log::{Head, feed, proof};

/// Settings that say what is the matter with a witness; its name follows. Empty when nothing is.
pub(crate) const TROUBLE: &str = "witness_trouble/";
/// What a contradiction begins with there: not a witness out of reach but one that knows better.
const ALARM: &str = "ALARM: ";

/// How long a witness may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;

impl App {
    /// Asks every witness within reach for its signature under what is public. What goes wrong is logged, and kept for
    /// `huiyin doctor`.
    pub(crate) async fn ask_witnesses(&self, public: &Public) {
        let asked = self.feed.witnesses.iter().filter_map(|witness| {
            let url = witness.url.as_ref()?;
            Some(async move {
                let name = witness.key.name();
                let trouble = match self.ask_one(witness, url, public).await {
                    Ok(()) => String::new(),
                    Err(error) => {
                        tracing::error!(witness = name, "no signature by this witness: {error:#}");
                        format!("{error:#}")
                    }
                };
                if let Err(error) = self.note_trouble(name, public, &trouble).await {
                    tracing::error!("what a witness said was not kept: {error:#}");
                }
            })
        });
        futures_util::future::join_all(asked).await;
    }

    async fn note_trouble(&self, witness: &str, public: &Public, trouble: &str) -> anyhow::Result<()> {
        // Of a log that has ended it is kept apart: what is well with the next does not make it good.
        let ended = proof::heads(&self.database).await?.iter().any(|head| head.epoch > public.head.epoch);
        let of = if ended { format!("{witness} {}", public.head.origin) } else { witness.to_owned() };
        let name = format!("{TROUBLE}{of}");
        if self.setting(&name).await?.unwrap_or_default() != trouble {
            self.set_setting(&name, trouble).await?;
        }
        Ok(())
    }

    async fn ask_one(&self, witness: &Known, url: &Uri, public: &Public) -> anyhow::Result<()> {
        let size = public.size;
        let mut old = seen_by(&self.database, &public.head, witness.key.name()).await?.min(size);
        // Once more when it remembers another size than we do.
        for _ in 0..2 {
            let body = request(&self.database, &public.head, old, size).await?.to_string();
            let asked = tokio::time::timeout(PATIENCE, post(url, body)).await;
            let answer = asked.context("it does not answer in time")??;
            match answer.status {
                200 => {
                    let kept =
                        keep(&self.database, std::slice::from_ref(witness), public, &answer.body).await?;
                    anyhow::ensure!(!kept.is_empty(), "{ALARM}what it answers is not signed by its key");
                    return Ok(());
                }
                409 if answer.kind == "text/x.tlog.size" => {
                    let seen: u64 = answer.body.trim().parse().context("it answers with no size")?;
                    anyhow::ensure!(
                        seen <= size,
                        "{ALARM}it has signed {seen} entries of this log, which has {size}: entries were dropped, or an \
                         older copy of the database was put in place"
                    );
                    anyhow::ensure!(seen != old, "it contradicts itself");
                    old = seen;
                }
                409 | 422 => anyhow::bail!(
                    "{ALARM}it has signed another history of this log ({}): {}",
                    answer.status,
                    answer.body.trim()
                ),
                status => anyhow::bail!("it answers {status}: {}", answer.body.trim()),
            }
        }
        anyhow::bail!("it remembers another size each time")
    }
}

/// Whether what is the matter with a witness is more than that it was not reached.
pub(crate) fn is_alarm(trouble: &str) -> bool {
    trouble.starts_with(ALARM)
}

/// The size last signed by a witness, as far as the office knows; 0 for none.
pub(crate) async fn seen_by(database: &Database, head: &Head, witness: &str) -> anyhow::Result<u64> {
    let witnessed = feed::witnessed(database, head).await?;
    Ok(witnessed.into_iter().find(|(name, _)| name == witness).map_or(0, |(_, size)| size))
}

/// What a witness that has seen `old` entries is asked about the checkpoint of `size`.
///
/// # Errors
/// When the log has fewer entries than that, or its rows are missing.
pub(crate) async fn request(
    database: &Database,
    head: &Head,
    old: u64,
    size: u64,
) -> anyhow::Result<AddCheckpoint> {
    anyhow::ensure!(old <= size, "the witness has seen {old} entries, and only {size} are public");
    let proof = proof::consistency(database, head, old, size).await?;
    // The log's own signature alone: what other witnesses signed is none of this one's business.
    let signed = proof::signed(database, head, size.saturating_sub(1)).await?;
    Ok(AddCheckpoint { old, proof, checkpoint: signed.note().to_string() })
}

/// A signature that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// By whom.
    pub(crate) witness: String,
    /// Under the checkpoint of so many entries.
    pub(crate) size: u64,
}

/// Keeps every signature line of `text` that is by a witness the office knows, under whichever public checkpoint of this
/// log it was made. Other lines count for nothing.
///
/// # Errors
/// Whatever the database reports.
pub(crate) async fn keep(
    database: &Database,
    witnesses: &[Known],
    public: &Public,
    text: &str,
) -> anyhow::Result<Vec<Kept>> {
    /// How far back a signature brought by hand may lie, in public checkpoints.
    const FAR: u32 = 5_000;
    let lines: Vec<Signature> = text.lines().filter_map(|line| Signature::parse(line).ok()).collect();
    let mut open: Vec<(&Known, Signature)> = Vec::new();
    for signature in lines {
        let by = witnesses.iter().find(|witness| witness.key.claims(&signature));
        open.extend(by.map(|witness| (witness, signature)));
    }
    let mut kept = Vec::new();
    for size in feed::sizes(database, &public.head, FAR).await? {
        if open.is_empty() {
            break;
        }
        let signed = proof::signed(database, &public.head, size.saturating_sub(1)).await?;
        let text = signed.checkpoint.text();
        let (good, rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(witness, signature)| witness.key.verify(&text, signature));
        let lines = feed::cosignatures(database, &public.head, size).await?;
        let known: Vec<Signature> = lines.iter().filter_map(|line| Signature::parse(line).ok()).collect();
        for (witness, signature) in good {
            let name = witness.key.name();
            kept.push(Kept { witness: name.to_owned(), size });
            // An older one that comes late says less than the one that is there.
            let is_newer =
                |known: &Signature| known.name == name && cosigned_at(known) > cosigned_at(&signature);
            if known.iter().any(is_newer) {
                continue;
            }
            feed::keep_cosignature(database, &public.head, size, name, &signature.to_string()).await?;
        }
        open = rest;
    }
    Ok(kept)
}

struct Answer {
    status: u16,
    kind: String,
    body: String,
}

/// Asks over plain HTTP: what travels is public, and signed on both ways.
async fn post(url: &Uri, body: String) -> anyhow::Result<Answer> {
    let host = url.host().context("the address names no host")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = tokio::net::TcpStream::connect((bare, url.port_u16().unwrap_or(80)))
        .await
        .with_context(|| format!("it cannot be reached at {url}"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.context("speak HTTP")?;
    let connection = tokio::spawn(connection);
    let path = format!("{}/add-checkpoint", url.path().trim_end_matches('/'));
    let named = url.authority().map_or(host, |authority| authority.as_str());
    let request = Request::post(path)
        .header(header::HOST, named)
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::from(body)))
        .context("a request")?;
    let answer = sender.send_request(request).await.context("ask it")?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = Limited::new(answer.into_body(), LONGEST).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("read its answer: {error}"))?.to_bytes();
    connection.abort();
    Ok(Answer { status, kind, body: String::from_utf8_lossy(&body).into_owned() })
}
