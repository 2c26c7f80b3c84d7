//! Receipts on the petitioner's pages: what the log says of a decision, and the file to take away (CORE-2).

use super::follow::Following;
use super::submit::filed;
use crate::app::{App, Failure, Proved, Words};
use crate::receipt_file;
use crate::web::cookie;
use crate::web::form::Typed;
use crate::web::locale::Locale;
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use casework::PetitionId;
use ledger::receipt::Files;
use std::sync::Arc;

/// Hexadecimal digits of a root that people compare.
const SHOWN: usize = 16;

/// What a receipt says, for a page or for paper.
pub(super) struct ProofView {
    /// When the decision was recorded.
    pub(super) at: String,
    /// Which entry of the log.
    pub(super) index: u64,
    /// The log.
    pub(super) origin: String,
    /// The beginning of the root.
    pub(super) root: String,
    /// Whose signature the log carries: the line that an auditor compares (docs/manual/auditing.md).
    pub(super) key: String,
    /// When the checkpoint was signed.
    pub(super) signed_at: String,
    /// Who cosigned it; empty when nobody has yet.
    pub(super) witnesses: String,
}

impl ProofView {
    pub(super) fn new(app: &App, locale: Locale, proved: &Proved) -> ProofView {
        let root = crate::entropy::hex(&proved.checkpoint.root);
        ProofView {
            at: moment(app, locale, &proved.at),
            index: proved.proof.index,
            origin: proved.checkpoint.origin.clone(),
            root: root.get(..SHOWN).unwrap_or_default().to_owned(),
            key: key_of(&proved.policy),
            signed_at: moment(app, locale, &proved.signed_at),
            witnesses: locale.join(&proved.witnesses),
        }
    }
}

/// The log's key, as the policy of a receipt names it.
fn key_of(policy: &str) -> String {
    let line = policy.lines().find_map(|line| line.strip_prefix("log "));
    line.and_then(|line| line.split_whitespace().next()).unwrap_or_default().to_owned()
}

/// An instant of the record in the office's zone; as it is kept when it is none.
pub(super) fn moment(app: &App, locale: Locale, at: &str) -> String {
    match at.parse() {
        Ok(instant) => locale.moment(app.clock.civil_of(instant)),
        Err(_) => at.to_owned(),
    }
}

/// The receipt of the petition that this browser has just submitted.
pub(crate) async fn of_submission(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    if page.kiosk {
        return Ok(page::see_other("/submit/received", []));
    }
    let (code, id) = filed(&app, &headers).await?.ok_or(Problem::LogIn)?;
    hand_over(&app, id, code.as_str(), &Typed(typed)).await
}

/// The receipt of a decision of the petition that this browser follows.
pub(crate) async fn of_followed(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    if page.kiosk {
        return Ok(page::see_other("/follow", []));
    }
    hand_over(&app, following.id, &following.session, &Typed(typed)).await
}

async fn hand_over(app: &App, id: PetitionId, session: &str, typed: &Typed) -> Result<Response, Trouble> {
    if !cookie::is_ours(app, session, &typed.get("token")) {
        return Err(Problem::Elsewhere.into());
    }
    let seq = typed.get("seq").parse().map_err(|_| Failure::Absent)?;
    let words = if typed.get("words").is_empty() { Words::LeftOut } else { Words::Carried };
    let history = app.own(id).await?;
    Ok(download(&app.receipt(&history, seq, words).await?, seq)?)
}

/// A receipt as a file to be kept. Its name says nothing about what it is of.
pub(crate) fn download(files: &Files, seq: u64) -> Result<Response, Failure> {
    let zip = receipt_file::pack(files)?;
    let name = if seq == 0 { "receipt.zip".to_owned() } else { format!("receipt-{seq}.zip") };
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, zip).into_response())
}
