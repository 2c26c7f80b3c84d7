//! A letter as a page, and its file.

mod service;

pub(crate) use self::service::proof_of_service;
use super::files::as_download;
use super::page::{self, Page};
use super::trouble::Trouble;
use crate::app::App;
use crate::letter::{Addressee, Copy, Which, deciding, issued_at, printed, sheet, worded};
use askama::Template;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage {
    page: Page,
    back: String,
    /// Where its file lies.
    pdf: String,
    /// Where a copy in the language of the page lies; empty where the file is in it.
    reading: String,
    /// SHA-256 of the file; empty until it is issued.
    digest: String,
    /// By which decision its receipt is taken; only on the petitioner's own page.
    receipt: Option<u64>,
    /// Where its proof of service lies; empty for whoever can do nothing with it.
    proof: String,
    number: String,
    addressee: String,
    letter: notice::Letter,
    unit: String,
    signed_on: Date,
    /// What corrects it: where that lies, and words for it.
    corrections: Vec<(String, String)>,
    posted_on: Option<Date>,
    served_on: Option<Date>,
    /// Whether it goes to the petitioner: what goes between offices is not served.
    to_petitioner: bool,
    /// Where an official asks for the name; empty elsewhere.
    reveal: String,
}

/// Shows a letter as a page. `own`: its address; below it lies its file, and a masked name can be asked for where it is an
/// official who reads.
pub(crate) async fn show(
    app: &App,
    page: Page,
    which: Which<'_>,
    (back, own): (&str, &str),
) -> Result<Response, Trouble> {
    let worded = worded(app, page.locale, which).await?;
    let petition = &which.history.petition;
    let foreign = deciding(app.procedure_of(petition)?) != page.locale;
    let issued = petition.letters.get(which.index).and_then(|letter| letter.issued.as_ref());
    let digest = issued.map(|issue| crate::entropy::hex(&issue.digest.0)).unwrap_or_default();
    let page = page.titled(format!("{} {}", worded.name, worded.number));
    let locale = page.locale;
    Ok(page::html(
        StatusCode::OK,
        &LetterPage {
            page,
            back: back.to_owned(),
            pdf: format!("{own}/pdf"),
            reading: if foreign { format!("{own}/reading") } else { String::new() },
            digest,
            receipt: if own.starts_with("/follow/") { issued_at(which.history, which.index) } else { None },
            // Who reads no name could have nobody sign it: they ask for the name first.
            proof: if own.starts_with("/staff/")
                && worded.to_petitioner
                && (which.who == Addressee::Named || worded.served_on.is_some())
            {
                format!("{own}/service")
            } else {
                String::new()
            },
            number: worded.number,
            addressee: worded.addressee,
            letter: worded.letter,
            unit: worded.unit,
            signed_on: worded.signed_on,
            corrections: worded
                .corrections
                .into_iter()
                .map(|one| {
                    let letters = own.rsplit_once('/').map_or(own, |(letters, _)| letters);
                    let told = [("day", &*locale.date(one.on)), ("number", &*one.number)];
                    (format!("{letters}/{}", one.index), locale.with("letter-corrected-by", &told))
                })
                .collect(),
            posted_on: worded.posted_on,
            served_on: worded.served_on,
            to_petitioner: worded.to_petitioner,
            reveal: if which.who == Addressee::Masked && worded.to_petitioner {
                format!("{back}/identity?field=name&letter={}", which.index)
            } else {
                String::new()
            },
        },
    ))
}

/// A letter's file: as it was issued for whoever sees the name of its addressee, a copy for others. What it is called tells nothing of
/// what it is about.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn pdf(app: &App, page: &Page, which: Which<'_>) -> Result<Response, Trouble> {
    let letter = which.history.petition.letters.get(which.index);
    let has_name = letter.is_some_and(|letter| letter.signed.to_petitioner);
    let as_issued = match which.who {
        Addressee::Named => true,
        Addressee::Masked => !has_name,
        Addressee::Hidden => false,
    };
    if !as_issued {
        return copy(app, page, which).await;
    }
    let file = app.letter_file(which.history, which.index).await?;
    Ok(hand_over(file, &format!("letter-{}.pdf", which.index + 1)))
}

/// A letter for reading, in the language of the page. In the language that decides it is the letter itself: nothing that looks like one
/// and bears no mark is handed out.
///
/// # Errors
/// As [`pdf`].
pub(crate) async fn reading(app: &App, page: &Page, which: Which<'_>) -> Result<Response, Trouble> {
    if deciding(app.procedure_of(&which.history.petition)?) == page.locale {
        return pdf(app, page, which).await;
    }
    copy(app, page, which).await
}

async fn copy(app: &App, page: &Page, which: Which<'_>) -> Result<Response, Trouble> {
    let sheet = sheet(app, page.locale, which, Copy::Reading).await?;
    let file = printed(move || notice::press::press(&sheet)).await?;
    Ok(hand_over(file, &format!("letter-{}-copy.pdf", which.index + 1)))
}

/// Hands a printed file out under that name.
pub(super) fn hand_over(file: Vec<u8>, name: &str) -> Response {
    let size = file.len() as u64;
    as_download(Body::from(file), name, Some(size))
}
