//! Where anybody who holds a letter is told whether it was issued here, as it is, and whether it still stands. Nothing is kept, and
//! no session is asked for; whoever does not hold it learns nothing.

use super::verify::Found;
use crate::app::{App, Failure};
use crate::letter::{Issued, Shown};
use crate::web::locale::Locale;
use crate::web::page::{self, Page};
use crate::web::sent::too_much;
use crate::web::trouble::Trouble;
use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::StatusCode;
use axum::response::Response;
use casework::codes::{CodeError, LetterMark};
use casework::standing::Standing;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Most bytes of a file that can be a letter: far more than any has.
const MOST_BYTES: usize = 1 << 20;
/// Most that is read of a request, in bytes: whoever drops something too large should be told so, up to a measure.
pub(crate) const MOST_SENT: usize = 8 * MOST_BYTES;
/// Most characters that are taken for a mark.
const MOST_TYPED: usize = 200;
/// The two fields.
const MARK: &str = "mark";
const FILE: &str = "file";

#[derive(Template)]
#[template(path = "public/verify_letter.html")]
struct VerifyLetter {
    page: Page,
    error: String,
    /// Which field it is about.
    at: &'static str,
    /// What was typed.
    mark: String,
    found: Option<Found>,
}

/// What was sent.
#[derive(Default)]
struct Sent {
    mark: String,
    /// SHA-256 of the file, if there was one.
    file: Option<[u8; 32]>,
}

/// The form.
pub(crate) async fn show(page: Page) -> Response {
    answer(page, StatusCode::OK, (String::new(), MARK), String::new(), None)
}

fn answer(
    page: Page,
    status: StatusCode,
    (error, at): (String, &'static str),
    mark: String,
    found: Option<Found>,
) -> Response {
    let title = found.as_ref().map_or_else(|| page.say("verify-letter-title"), |found| found.title.clone());
    let mut page = page.titled(title);
    page.here = "/verify/letter".to_owned();
    page::html(status, &VerifyLetter { page, error, at, mark, found })
}

/// Checks what was shown.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    page: Page,
    sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, Trouble> {
    let (sent, broken) = match sent {
        Ok(sent) => read(sent).await,
        Err(_) => (Sent::default(), None),
    };
    let wrong = |page: Page, mark: String, error: String, at| {
        Ok(answer(page, StatusCode::UNPROCESSABLE_ENTITY, (error, at), mark, None))
    };
    if let Some(key) = broken {
        let error = page.say(key);
        return wrong(page, sent.mark, error, FILE);
    }
    if sent.mark.is_empty() && sent.file.is_none() {
        let error = page.say("verify-letter-none");
        return wrong(page, sent.mark, error, MARK);
    }
    let mark = match LetterMark::parse(&sent.mark) {
        _ if sent.mark.is_empty() => None,
        Ok(mark) => Some(mark),
        Err(fault) => {
            let error = mistyped(page.locale, fault);
            return wrong(page, sent.mark, error, MARK);
        }
    };
    let found = judge(&app, page.locale, mark.as_ref(), sent.file.as_ref()).await?;
    Ok(answer(page, StatusCode::OK, (String::new(), MARK), sent.mark, Some(found)))
}

/// What is wrong with a mark, for whoever typed it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other faults are of other codes")]
fn mistyped(locale: Locale, fault: CodeError) -> String {
    match fault {
        CodeError::Length { found, .. } => {
            locale.with("verify-letter-length", &[("found", &found.to_string())])
        }
        CodeError::Check => locale.say("verify-letter-mistyped"),
        // The one other thing that can be wrong with a mark.
        _ => locale.say("verify-letter-character"),
    }
}

/// The fields of the form, and the sentence about its file where that did not arrive as one. It is never kept, not even in memory.
async fn read(mut sent: Multipart) -> (Sent, Option<&'static str>) {
    let mut read = Sent::default();
    loop {
        let mut field = match sent.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return (read, None),
            Err(error) => return (read, Some(broken(&error))),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let (mut typed, mut digest, mut size) = (Vec::new(), Sha256::new(), 0);
        loop {
            match field.chunk().await {
                Ok(Some(chunk)) => {
                    size += chunk.len();
                    digest.update(&chunk);
                    if typed.len() < 4 * MOST_TYPED {
                        typed.extend_from_slice(&chunk);
                    }
                }
                Ok(None) => break,
                Err(error) => return (read, Some(broken(&error))),
            }
        }
        if size > MOST_BYTES {
            return (read, Some("verify-letter-too-large"));
        }
        match name.as_str() {
            "mark" => {
                let typed = String::from_utf8_lossy(&typed);
                read.mark = typed.trim().chars().take(MOST_TYPED).collect();
            }
            // A form that has no file to send sends an empty one.
            "file" => read.file = (size > 0).then(|| digest.finalize().into()),
            _ => {}
        }
    }
}

/// What is said of a file that did not arrive: beyond [`MOST_SENT`] nothing does.
fn broken(error: &MultipartError) -> &'static str {
    if too_much(error) { "verify-letter-too-large" } else { "verify-letter-broken" }
}

async fn judge(
    app: &App,
    locale: Locale,
    mark: Option<&LetterMark>,
    file: Option<&[u8; 32]>,
) -> Result<Found, Failure> {
    let shown = match (mark, file) {
        (Some(mark), _) => Shown::Mark(mark),
        (None, Some(file)) => Shown::File(file),
        (None, None) => return Err(Failure::Absent),
    };
    let said = |class, title: &str, text: &str| Found {
        class,
        title: locale.say(title),
        text: locale.say(text),
        rows: Vec::new(),
    };
    let Some(issued) = app.issued_letter(shown).await? else {
        let text = if mark.is_some() { "verify-letter-unknown-mark" } else { "verify-letter-unknown-file" };
        return Ok(said("card--bad", "verify-letter-unknown", text));
    };
    let mut found = match (issued.standing, file) {
        (_, Some(file)) if *file != issued.digest => {
            said("card--bad", "verify-letter-altered", "verify-letter-altered-text")
        }
        (Standing::Stands, Some(_)) => said("card--good", "verify-letter-good", "verify-letter-good-file"),
        (Standing::Stands, None) => said("card--good", "verify-letter-good", "verify-letter-good-mark"),
        (Standing::Overturned(_), _) => {
            said("card--todo", "verify-letter-fallen", "verify-letter-overturned")
        }
    };
    found.rows = rows(app, locale, &issued);
    Ok(found)
}

/// What stands on the letter, to be compared with the paper, and what became of it.
fn rows(app: &App, locale: Locale, issued: &Issued) -> Vec<(String, String)> {
    let unit = app.directory().unit(issued.unit).map(|unit| locale.unit(unit)).unwrap_or_default();
    let stands = match issued.standing {
        Standing::Stands => locale.say("verify-letter-stands"),
        Standing::Overturned(on) => locale.with("verify-letter-stood-until", &[("day", &locale.date(on))]),
    };
    let row = |key: &str, value: String| (locale.say(key), value);
    let mut rows = vec![
        row("verify-letter-name", locale.label(&issued.name)),
        row("verify-letter-number", issued.number.clone()),
        row("verify-letter-unit", unit),
        row("verify-letter-signed", locale.date(issued.signed_on)),
        row("verify-letter-issued", locale.date(issued.issued_on)),
        row("verify-letter-standing", stands),
        row("verify-letter-digest", crate::entropy::hex(&issued.digest)),
    ];
    for correcting in &issued.corrections {
        let told = [("day", &*locale.date(correcting.on)), ("number", &*correcting.number)];
        let corrected = locale.with("verify-letter-corrected-on", &told);
        rows.insert(rows.len() - 1, row("verify-letter-corrected", corrected));
    }
    rows
}
