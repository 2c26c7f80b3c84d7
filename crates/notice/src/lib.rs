//! Letters with legal effect: their wording in Chinese and English, and how they are printed. Knows neither SQL nor HTTP.
//!
//! Wordings are data: one file for each procedure in `wording/`, named like the procedure. A wording has no conditions
//! but one: a paragraph whose facts are not all known is left out. Which facts a letter has is the caller's to say;
//! nothing here computes a date, a length of time or a remedy, and no wording states a number of days of its own.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub mod bundle;
pub mod paper;
pub mod press;
pub mod report;
pub mod sample;
pub mod sheet;
#[cfg(test)]
mod tests;

/// A language of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// As files name it.
    fn tag(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
        }
    }
}

/// A letter as worded: what stands between the addressee and the signature, and below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The heading.
    pub title: String,
    /// The letter itself, one line of text each.
    pub paragraphs: Vec<String>,
    /// Notes below the rule: how to follow the matter, whom to call.
    pub closing: Vec<String>,
}

/// Every placeholder that a wording may use. Dates and lengths come as words: "2026年3月5日", "30 days".
pub const FACTS: &[&str] = &[
    // The petition.
    "title",
    "number",
    "received_on",
    "office",
    "kind",
    "old_kind",
    "lead_number",
    "parts",
    // The letter: who signed it for whom, and the last legal day it announces.
    "addressee",
    "unit",
    "to_unit",
    "signed_on",
    "due_on",
    "limit",
    "handler",
    "phone",
    // What was decided, and why.
    "reason",
    "findings",
    "answers",
    "supported",
    "differs",
    "article",
    "upheld",
    "changed",
    "ground",
    "must_say",
    "facts",
    "advice",
    "adoption",
    "note",
    "report_by",
    "trigger",
    "step",
    // What goes with a letter between units.
    "requests",
    "attachments",
    "object_by",
    // What is recommended.
    "aim",
    "problem",
    "evidence",
    "proposal",
    // What is put right in which letter.
    "corrected_name",
    "corrected_number",
    "corrected_on",
    "corrected_served_on",
    "corrected_until",
    "wrong",
    "right",
    // What follows for the petitioner.
    "way",
    "path_body",
    "remedy",
    "remedy_until",
    "remedy_days",
    "remedy_body",
    "last",
    // What is asked, announced or promised.
    "items",
    "by",
    "days",
    "new_due_on",
    "held_on",
    "place",
    "chair",
    "open",
    "terms",
    "expected_on",
    "performed_on",
];

/// Words the letter of that template; `None` when there is no such template.
///
/// Procedures share template names but not the law they cite. So a name may say whose wording is meant, as in
/// `in-cpgrams-2024/refusal`; a procedure that has no wording of its own for it, or a bare name, gets the first there is.
pub fn compose(template: &str, language: Language, facts: &BTreeMap<&str, String>) -> Option<Letter> {
    let (book, wording) = find(template)?;
    let lines = |phrase: &Phrase| phrase.lines(language, facts);
    Some(Letter {
        title: wording.title.pick(language).to_owned(),
        paragraphs: wording.paragraphs.iter().flat_map(lines).collect(),
        closing: wording.closing.iter().chain(&book.closing).flat_map(lines).collect(),
    })
}

/// What the page before a posted letter of that procedure says: the same facts in plain words. A procedure without words of its own
/// gets the first there are.
pub fn cover(procedure: &str, language: Language, facts: &BTreeMap<&str, String>) -> Vec<String> {
    let own = books().filter(|book| book.procedure == procedure);
    let book = own.chain(books()).next();
    book.iter().flat_map(|book| &book.cover).flat_map(|phrase| phrase.lines(language, facts)).collect()
}

/// The petitioner's rights and duties under that procedure, as the receipt says them (procedure.md §5, document 2). A procedure without
/// words of its own gets none: another law's would be wrong. The fact that is asked for is `remedy_days`; what is
/// said with it is left out where there is no review.
pub fn rights(procedure: &str, language: Language, facts: &BTreeMap<&str, String>) -> Vec<String> {
    let own = books().filter(|book| book.procedure == procedure);
    own.flat_map(|book| &book.rights).flat_map(|phrase| phrase.lines(language, facts)).collect()
}

/// The name of every template, as procedures spell it.
pub fn templates() -> Vec<&'static str> {
    let names: BTreeSet<&str> =
        books().flat_map(|book| &book.letters).map(|letter| letter.template.as_str()).collect();
    names.into_iter().collect()
}

/// The wordings of one procedure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    /// Id of the procedure.
    procedure: String,
    /// Notes below every letter.
    closing: Vec<Phrase>,
    /// What the page before a posted letter says, in plain words.
    cover: Vec<Phrase>,
    /// The petitioner's rights and duties, as the receipt says them.
    rights: Vec<Phrase>,
    letters: Vec<Wording>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    template: String,
    title: Phrase,
    paragraphs: Vec<Phrase>,
    closing: Vec<Phrase>,
}

/// The same in both languages. An empty text is for what only the other language has to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    zh: String,
    en: String,
}

const CN_PETITION_2022: &str = include_str!("../wording/cn-petition-2022.toml");
const IN_CPGRAMS_2024: &str = include_str!("../wording/in-cpgrams-2024.toml");

/// A test reads the embedded files strictly; here one that cannot be read counts as empty.
static BOOKS: LazyLock<Vec<Book>> = LazyLock::new(|| {
    [CN_PETITION_2022, IN_CPGRAMS_2024].into_iter().filter_map(|text| toml::from_str(text).ok()).collect()
});

fn books() -> impl Iterator<Item = &'static Book> {
    BOOKS.iter()
}

fn find(template: &str) -> Option<(&'static Book, &'static Wording)> {
    let (procedure, name) = template.split_once('/').unwrap_or(("", template));
    let own = books().filter(|book| book.procedure == procedure);
    own.chain(books()).find_map(|book| {
        book.letters.iter().find(|letter| letter.template == name).map(|letter| (book, letter))
    })
}

impl Phrase {
    fn pick(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// The phrase with its facts, a paragraph for each line; nothing when a fact is not known.
    fn lines(&self, language: Language, facts: &BTreeMap<&str, String>) -> Vec<String> {
        let filled = fill(self.pick(language), facts).unwrap_or_default();
        filled.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// Puts each fact in its place. What a person wrote is never read as a placeholder.
fn fill(wording: &str, facts: &BTreeMap<&str, String>) -> Option<String> {
    let mut pieces = wording.split('{');
    let mut filled = pieces.next()?.to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}')?;
        let fact = facts.get(name).map(|fact| fact.trim()).filter(|fact| !fact.is_empty())?;
        filled.push_str(without_double_stop(fact, rest));
        filled.push_str(rest);
    }
    Some(filled)
}

/// People end what they write with a full stop or not; where the wording sets one, one is enough.
fn without_double_stop<'a>(fact: &'a str, rest: &str) -> &'a str {
    match rest.starts_with(['。', '.']) {
        true => fact.trim_end_matches(['。', '.']),
        false => fact,
    }
}
