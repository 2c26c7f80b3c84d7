//! A letter as a page: the wording of `notice`, filled with what the signed decision says.

mod facts;
mod known;

use self::facts::Facts;
use self::known::{Known, Withheld, withholds};
use super::page::{self, Page};
use super::story::document_number;
use super::trouble::Trouble;
use crate::app::{App, Failure};
use crate::identity::Identity;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use casework::deadline::Lang;
use casework::disclosure::is_sealed;
use jiff::civil::Date;
use notice::Language;
use store::history::History;

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage {
    page: Page,
    back: String,
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

/// Shows the letter at that place of the petition's list, its addressee as far as `who` reads it. A masked name can be asked
/// for below the letter.
pub(crate) async fn show(
    app: &App,
    page: Page,
    history: &History,
    index: usize,
    back: &str,
    who: Addressee,
) -> Result<Response, Trouble> {
    let petition = &history.petition;
    let letter = petition.letters.get(index).ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let known = procedure.letter(&letter.signed.letter).ok_or(Failure::Absent)?;
    let words = app.words(petition).await?;
    let locale = page.locale;
    let confidential = petition.submission.as_ref().is_some_and(|submission| submission.confidential);
    let guarded = confidential || is_sealed(procedure, &petition.kind);
    let withheld = if withholds(guarded, letter.signed.to_petitioner, who) {
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
    let language = match locale.lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    };
    let wording =
        notice::compose(&format!("{}/{}", procedure.id, known.template), language, facts.known.facts())
            .ok_or(Failure::Absent)?;
    let addressee = facts.known.get("addressee").to_owned();
    let unit = facts.known.get("unit").to_owned();
    let number = document_number(app, &letter.signed, known);
    let page = page.titled(format!("{} {number}", locale.label(&known.name)));
    Ok(page::html(
        StatusCode::OK,
        &LetterPage {
            page,
            back: back.to_owned(),
            number,
            addressee,
            letter: wording,
            unit,
            signed_on: letter.on,
            served_on: letter.served_on,
            to_petitioner: letter.signed.to_petitioner,
            reveal: if who == Addressee::Masked && letter.signed.to_petitioner {
                format!("{back}/identity?field=name&letter={index}")
            } else {
                String::new()
            },
        },
    ))
}
