//! Receipts in the JSON API: whole in the answer to a submission, and as a zip for any step.

use super::petitioner::opened;
use super::read;
use crate::app::{App, Proved, Words};
use crate::web::intake::Source;
use crate::web::problem::{Body, Problem};
use crate::web::public::proof;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What proves that the petition was received. Complete when it is answered: nothing is fetched later (LOG-6).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LogReceipt {
    /// Which log of the office.
    epoch: i64,
    /// Its name.
    origin: String,
    /// Which entry, from 0.
    index: u64,
    /// When it was recorded.
    #[schema(format = DateTime)]
    at: String,
    /// Whether the office believed its clock then.
    sure: bool,
    /// The signed checkpoint (C2SP signed-note).
    checkpoint: String,
    /// `proof.tlog-proof` of a receipt (C2SP tlog-proof).
    proof: String,
    /// `record.cbor`.
    #[schema(format = Byte)]
    record: String,
    /// `events.cbor`.
    #[schema(format = Byte)]
    events: String,
    /// Opens the entry; for `keys.txt`.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    ekey: String,
    /// `policy.txt` (C2SP tlog-policy).
    policy: String,
}

impl From<Proved> for LogReceipt {
    fn from(proved: Proved) -> LogReceipt {
        LogReceipt {
            epoch: proved.epoch,
            origin: proved.checkpoint.origin.clone(),
            index: proved.proof.index,
            at: proved.at.clone(),
            sure: proved.sure,
            proof: proved.proof.to_string(),
            checkpoint: proved.proof.checkpoint,
            record: BASE64.encode(&proved.record),
            events: BASE64.encode(&proved.events),
            ekey: crate::entropy::hex(&proved.ekey),
            policy: proved.policy,
        }
    }
}

/// Which receipt.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptAsked {
    code: String,
    /// The decision, as `story` names it; 0 is the receipt of the petition itself.
    #[serde(default)]
    seq: u64,
    /// With the words that came with it. Left out, nobody who finds the file learns what it is about.
    #[serde(default)]
    words: bool,
}

/// The receipt of a decision: a zip that proves it offline, with the program that checks it (`VERIFY.txt`).
#[utoipa::path(post, path = "/api/v1/receipt", tag = "petitioner", request_body = ReceiptAsked, responses(
    (status = 200, body = Vec<u8>, content_type = "application/zip"),
    (status = 404, description = "no petition has this code, or no such decision of it concerns the petitioner", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "not what is described here", body = Body, content_type = "application/problem+json"),
    (status = 429, description = "too many wrong codes from this source", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn receipt(
    State(app): State<Arc<App>>,
    source: Source,
    body: Result<Json<ReceiptAsked>, JsonRejection>,
) -> Result<Response, Problem> {
    let asked = read(body)?;
    let (id, _) = opened(&app, &source, &asked.code).await?;
    let history = app.own(id).await?;
    let words = if asked.words { Words::Carried } else { Words::LeftOut };
    Ok(proof::download(&app.receipt(&history, asked.seq, words).await?, asked.seq)?)
}
