//! A letter as a page: the wording of `notice`, filled with what the signed decision says.

mod facts;
mod known;
mod service;

use self::facts::Facts;
use self::known::{Known, Withheld, withholds};
pub(crate) use self::service::proof_of_service;
use super::files::as_download;
use super::locale::Locale;
use super::page::{self, Page};
use super::story::document_number;
use super::trouble::Trouble;
use crate::app::{App, Failure};
use crate::identity::Identity;
use anyhow::Context as _;
use askama::Template;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use casework::deadline::Lang;
use casework::disclosure::is_discreet;
use jiff::civil::Date;
use notice::Language;
use notice::press::Unprintable;
use notice::sheet::{Day, Form, Frame, Sheet};
use store::history::History;
use tokio::sync::Semaphore;

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage {
    page: Page,
    back: String,
    /// Where its file lies.
    pdf: String,
    /// Where its proof of service lies; empty for whoever can do nothing with it.
    proof: String,
    number: String,
    addressee: String,
    letter: notice::Letter,
    unit: String,
    signed_on: Date,
    served_on: Option<Date>,
    /// Whether it goes to the petitioner: what goes between offices is not served.
    to_petitioner: bool,
    /// Where an official asks for the name; empty elsewhere.
    reveal: String,
}

/// How much of the addressee a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressee {
    /// The name: the petitioner's own page, or an official who said what for.
    Named,
    /// 欧*青: everybody who sees who filed the matter.
    Masked,
    /// No name: who sees the matter without who filed it.
    Hidden,
}

/// A letter in words, as far as its reader may see it.
struct Worded {
    letter: notice::Letter,
    number: String,
    name: String,
    addressee: String,
    unit: String,
    signed_on: Date,
    served_on: Option<Date>,
    to_petitioner: bool,
}

/// Which letter of a petition, and how its addressee reads.
#[derive(Clone, Copy)]
pub(crate) struct Which<'h> {
    /// The petition.
    pub(crate) history: &'h History,
    /// Its place in the petition's list.
    pub(crate) index: usize,
    /// How much of the addressee its reader sees.
    pub(crate) who: Addressee,
}

async fn worded(app: &App, locale: Locale, which: Which<'_>) -> Result<Worded, Failure> {
    let Which { history, index, who } = which;
    let petition = &history.petition;
    let letter = petition.letters.get(index).ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let known = procedure.letter(&letter.signed.letter).ok_or(Failure::Absent)?;
    let words = app.words(petition).await?;
    let withheld = if withholds(is_discreet(procedure, petition), letter.signed.to_petitioner, who) {
        let people: Vec<Identity> = petition
            .parties
            .iter()
            .filter_map(|party| words.get(&party.identity.as_ref()?.content))
            .map(|words| Identity::read(words))
            .collect();
        Withheld::of(&people, &locale.say("letter-withheld"))
    } else {
        Withheld::default()
    };
    let mut facts = Facts { app, words: &words, locale, known: Known::new(withheld) };
    facts.common(history, index, who)?;
    facts.decision(history, index)?;
    facts.remedy(history, index)?;
    let template = format!("{}/{}", procedure.id, known.template);
    let wording = notice::compose(&template, language(locale), facts.known.facts()).ok_or(Failure::Absent)?;
    Ok(Worded {
        letter: wording,
        number: document_number(app, &letter.signed, known),
        name: locale.label(&known.name),
        // Between units it goes to the one that is to act.
        addressee: match letter.signed.to_petitioner {
            true => facts.known.get("addressee").to_owned(),
            false => facts.known.get("to_unit").to_owned(),
        },
        unit: facts.known.get("unit").to_owned(),
        signed_on: letter.on,
        served_on: letter.served_on,
        to_petitioner: letter.signed.to_petitioner,
    })
}

/// The language of a letter for whoever reads in that one.
pub(crate) fn language(locale: Locale) -> Language {
    match locale.lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    }
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
    let page = page.titled(format!("{} {}", worded.name, worded.number));
    Ok(page::html(
        StatusCode::OK,
        &LetterPage {
            page,
            back: back.to_owned(),
            pdf: format!("{own}/pdf"),
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

/// One letter is printed at a time: whoever files meanwhile has the other core.
static PRESS: Semaphore = Semaphore::const_new(1);

/// Everything that a letter's file will show its reader: what passes between units in the form of a letter.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn sheet(app: &App, locale: Locale, which: Which<'_>) -> Result<Sheet, Failure> {
    let mut worded = worded(app, locale, which).await?;
    if worded.to_petitioner {
        worded.letter.closing.push(match worded.served_on {
            Some(served) => locale.with("letter-served", &[("day", &locale.date(served))]),
            None => locale.say("letter-not-served"),
        });
        if which.who != Addressee::Named {
            worded.letter.closing.push(locale.say("letter-copy"));
        }
    }
    let day = worded.signed_on;
    Ok(Sheet::new(
        &worded.letter,
        &Frame {
            form: if worded.to_petitioner { Form::General } else { Form::Letter },
            language: language(locale),
            organ: &worded.unit,
            number: &worded.number,
            addressee: &worded.addressee,
            date: &locale.date(day),
            dated: Day { year: day.year(), month: day.month(), day: day.day() },
        },
    ))
}

/// A letter as a file to be printed, in the layout of GB/T 9704-2012. Its name tells nothing of what it is about.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn pdf(app: &App, locale: Locale, which: Which<'_>) -> Result<Response, Trouble> {
    let sheet = sheet(app, locale, which).await?;
    printed(move || notice::press::press(&sheet), &format!("letter-{}.pdf", which.index + 1)).await
}

/// Prints something when its turn comes, and hands it out under that name.
async fn printed(
    print: impl FnOnce() -> Result<Vec<u8>, Unprintable> + Send + 'static,
    name: &str,
) -> Result<Response, Trouble> {
    let turn = PRESS.acquire().await.context("the press is closed").map_err(Failure::Broken)?;
    let printed = tokio::task::spawn_blocking(move || {
        // Held until it is printed, also where nobody waits for it any more.
        let _turn = turn;
        print()
    })
    .await;
    let file =
        printed.context("the press stopped").and_then(|printed| Ok(printed?)).map_err(Failure::Broken)?;
    let size = file.len() as u64;
    Ok(as_download(Body::from(file), name, Some(size)))
}
