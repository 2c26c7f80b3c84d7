//! Where anybody drops a receipt and is told what it proves. Nothing is kept, and no session is asked for.
//!
//! The receipt is checked three times: as it stands, by the keys that this office believes when it is of its own log, and
//! against what this log is today. A receipt that is true in itself and does not fit the log proves that the log was
//! rewritten (security.md §2.5), and the page says so.

use super::proof::moment;
use crate::app::{App, Failure};
use crate::receipt_file::{self, MOST_PACKED, Unreadable};
use crate::web::locale::Locale;
use crate::web::page::{self, Page};
use crate::web::sent::too_much;
use crate::web::trouble::Trouble;
use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::checkpoint::Checkpoint;
use ledger::receipt::{self, Files, Verdict};
use std::sync::Arc;
use store::content::KEY_REF;
use store::verify::{Outside, against};

/// Most that is read of a request, in bytes: whoever drops something too large should be told so, up to a measure.
pub(crate) const MOST_SENT: usize = 8 * MOST_PACKED;

#[derive(Template)]
#[template(path = "public/verify.html")]
struct VerifyPage {
    page: Page,
    error: String,
    found: Option<Found>,
}

/// What a check says.
pub(super) struct Found {
    /// Colour of the frame.
    pub(super) class: &'static str,
    pub(super) title: String,
    /// What it means and what to do.
    pub(super) text: String,
    pub(super) rows: Vec<(String, String)>,
}

/// The page with nothing dropped yet.
pub(crate) async fn show(page: Page) -> Response {
    answer(page, StatusCode::OK, String::new(), None)
}

fn answer(page: Page, status: StatusCode, error: String, found: Option<Found>) -> Response {
    let title = found.as_ref().map_or_else(|| page.say("verify-title"), |found| found.title.clone());
    let mut page = page.titled(title);
    page.here = "/verify".to_owned();
    page::html(status, &VerifyPage { page, error, found })
}

/// Checks what was dropped.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    page: Page,
    sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, Trouble> {
    let wrong = |page: Page, key: &str| {
        let error = page.say(key);
        Ok(answer(page, StatusCode::UNPROCESSABLE_ENTITY, error, None))
    };
    let Ok(sent) = sent else { return wrong(page, "verify-none") };
    let bytes = match dropped(sent).await {
        Ok(bytes) if bytes.is_empty() => return wrong(page, "verify-none"),
        Ok(bytes) => bytes,
        Err(unreadable) => return wrong(page, key_of(unreadable)),
    };
    let files = match receipt_file::unpack(&bytes) {
        Ok(files) => files,
        Err(unreadable) => return wrong(page, key_of(unreadable)),
    };
    let found = judge(&app, page.locale, &files).await?;
    Ok(answer(page, StatusCode::OK, String::new(), Some(found)))
}

fn key_of(unreadable: Unreadable) -> &'static str {
    match unreadable {
        Unreadable::TooLarge => "verify-too-large",
        Unreadable::TooMany => "verify-too-many",
        Unreadable::NoZip => "verify-no-zip",
    }
}

/// The file of the form. The rest of what is too large is read and dropped, so that the browser hears the answer.
async fn dropped(mut sent: Multipart) -> Result<Vec<u8>, Unreadable> {
    let mut file = Vec::new();
    let mut size = 0;
    while let Some(mut field) = sent.next_field().await.map_err(cut_off)? {
        let wanted = field.name() == Some("receipt");
        while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
            if wanted {
                size += chunk.len();
                if size <= MOST_PACKED {
                    file.extend_from_slice(&chunk);
                }
            }
        }
    }
    if size > MOST_PACKED { Err(Unreadable::TooLarge) } else { Ok(file) }
}

fn cut_off(error: MultipartError) -> Unreadable {
    if too_much(&error) { Unreadable::TooLarge } else { Unreadable::NoZip }
}

async fn judge(app: &App, locale: Locale, files: &Files) -> Result<Found, Failure> {
    let failed = |code: &str| Found {
        class: "card--bad",
        title: locale.say("verify-bad"),
        text: locale.say(&format!("verify-fault-{code}")),
        rows: vec![(locale.say("verify-next"), locale.say(advice(code)))],
    };
    let verdict = match receipt::verify(files, None, None) {
        Ok(verdict) => verdict,
        Err(fault) => return Ok(failed(fault.code())),
    };
    let mut rows = told(app, locale, &verdict);
    let Some(own) = app.own_policy(&verdict.origin).await? else {
        rows.push((locale.say("verify-log-today"), locale.say("verify-other-office")));
        let text = locale.say("verify-other-office-text");
        return Ok(Found { class: "card--todo", title: locale.say("verify-good-elsewhere"), text, rows });
    };
    // It names a log of ours: then our key must have signed it, whatever keys it brings along.
    if let Err(fault) = receipt::verify(files, Some(&own), None) {
        return Ok(failed(if fault.code() == "unknown-log" { "not-our-key" } else { fault.code() }));
    }
    let checkpoint = Checkpoint { origin: verdict.origin.clone(), size: verdict.size, root: verdict.root };
    let outside = against(&app.database, &checkpoint).await?;
    let (today, fits) = match outside {
        Outside::Agrees { size, now } => {
            let variables = [("size", &*size.to_string()), ("now", &now.to_string())];
            (locale.with("verify-agrees", &variables), true)
        }
        Outside::Shorter { size, now } => {
            let variables = [("size", &*size.to_string()), ("now", &now.to_string())];
            (locale.with("verify-shorter", &variables), false)
        }
        Outside::Other { size } => (locale.with("verify-rewritten", &[("size", &size.to_string())]), false),
        Outside::NoSuchLog => (locale.say("verify-other-office"), false),
    };
    rows.push((locale.say("verify-log-today"), today));
    Ok(if fits {
        let text = locale.say(if verdict.witnessed { "verify-good-witnessed" } else { "verify-good-signed" });
        Found { class: "card--good", title: locale.say("verify-good"), text, rows }
    } else {
        let text = locale.say("verify-forked-text");
        Found { class: "card--bad", title: locale.say("verify-forked"), text, rows }
    })
}

/// Whether it may have been damaged on its way, or is a forgery.
fn advice(code: &str) -> &'static str {
    match code {
        "unexpected-file" | "missing-file" | "malformed" | "no-key" => "verify-advice-damaged",
        _ => "verify-advice-altered",
    }
}

/// What a good receipt says.
fn told(app: &App, locale: Locale, verdict: &Verdict) -> Vec<(String, String)> {
    let kind = verdict.kind.replace('_', "-");
    let what = locale.find(&format!("proof-kind-{kind}")).or_else(|| locale.find(&format!("act-{kind}")));
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(verdict.at).unwrap_or(i64::MAX));
    let mut at = instant.map_or_else(|_| verdict.at.to_string(), |at| moment(app, locale, &at.to_string()));
    if !verdict.sure {
        at.push_str(&locale.say("verify-unsure"));
    }
    let place = [
        ("origin", verdict.origin.as_str()),
        ("index", &verdict.index.to_string()),
        ("size", &verdict.size.to_string()),
    ];
    let omitted = verdict.omitted.iter().filter(|id| **id != KEY_REF).count();
    let words = match (verdict.checked.len(), omitted) {
        (0, 0) => locale.say("verify-words-none"),
        (0, n) => locale.with("verify-words-left-out", &[("n", &n.to_string())]),
        (n, 0) => locale.with("verify-words-checked", &[("n", &n.to_string())]),
        (n, omitted) => {
            locale.with("verify-words-some", &[("n", &n.to_string()), ("omitted", &omitted.to_string())])
        }
    };
    let seen = verdict.witnesses.iter().map(|(name, seconds)| {
        let instant = jiff::Timestamp::from_second(i64::try_from(*seconds).unwrap_or(i64::MAX));
        let at = instant.map_or_else(|_| seconds.to_string(), |at| moment(app, locale, &at.to_string()));
        locale.with("verify-witness", &[("name", name), ("at", &at)])
    });
    let seen: Vec<String> = seen.collect();
    let seen = if seen.is_empty() { locale.say("verify-no-witness") } else { seen.join("\n") };
    vec![
        (locale.say("verify-what"), what.unwrap_or_else(|| verdict.kind.clone())),
        (locale.say("verify-at"), at),
        (locale.say("verify-place"), locale.with("verify-place-is", &place)),
        (locale.say("verify-words"), words),
        (locale.say("verify-witnesses"), seen),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use casework::deadline::Lang;

    #[test]
    fn every_fault_has_its_sentence_in_both_languages() {
        let codes = [
            "unexpected-file",
            "missing-file",
            "malformed",
            "events",
            "foreign-content",
            "no-key",
            "content",
            "inclusion",
            "other-log",
            "unknown-log",
            "log-signature",
            "witness-signature",
            "quorum",
            "time",
            "not-our-key",
        ];
        for lang in [Lang::Zh, Lang::En] {
            for code in codes {
                let key = format!("verify-fault-{code}");
                assert!(Locale { lang }.find(&key).is_some(), "{key}");
            }
            for code in codes {
                assert!(Locale { lang }.find(advice(code)).is_some());
            }
        }
        // Whatever the ledger may find must be among them; it can neither find a newer checkpoint here nor a fork.
        let ledger = include_str!("../../../../ledger/src/receipt.rs");
        let known = ledger.split("fn code(").nth(1).unwrap().split("\n    }\n").next().unwrap();
        for code in known.split('"').skip(1).step_by(2) {
            assert!(codes.contains(&code) || ["newer", "forked"].contains(&code), "{code}");
        }
    }
}
