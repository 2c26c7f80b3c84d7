//! Letters with legal effect: their wording. Knows neither SQL nor HTTP, and nothing of what it is about but the facts
//! it is handed.
//!
//! Wordings are data (`wording.toml`): a title and paragraphs with `{facts}` in them, in Chinese and English; the
//! Chinese text decides. The only condition there is: a paragraph is left out when one of its facts is missing.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FILE: &str = include_str!("../wording.toml");

/// Every fact that a wording may speak of.
pub const FACTS: &[&str] = &[
    "title", "number", "received_on", "addressee", "unit", "to_unit", "office", "signed_on", "due_on", "limit",
    "reason", "facts", "advice", "ground", "must_say", "article", "way", "path_body", "remedy", "remedy_until",
    "remedy_days", "remedy_body", "last", "items", "by", "days", "new_due_on", "held_on", "place", "chair", "open",
    "findings", "answers", "differs", "terms", "trigger", "step", "adoption", "kind", "parts", "handler", "phone",
    "report_by", "note", "upheld", "changed", "expected_on", "performed_on",
];

/// In which language a letter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese, the one with legal effect.
    Zh,
    /// English, for reading along.
    En,
}

/// A letter in words, without number, addressee and signature, which the layout adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its title.
    pub title: String,
    /// What it says, paragraph by paragraph.
    pub paragraphs: Vec<String>,
    /// Notes below the rule.
    pub closing: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    zh: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    title: Line,
    paragraphs: Vec<Line>,
    #[serde(default)]
    closing: Vec<Line>,
}

// A test parses the file; a letter without wording is absent, never half written.
static WORDINGS: LazyLock<BTreeMap<String, Wording>> =
    LazyLock::new(|| toml::from_str(FILE).unwrap_or_default());

/// The letter of a template with its facts; `None` when there is no such template.
pub fn compose(template: &str, language: Language, facts: &BTreeMap<&str, String>) -> Option<Letter> {
    let wording = WORDINGS.get(template)?;
    let paragraphs = |lines: &[Line]| lines.iter().flat_map(|line| fill(line.in_language(language), facts)).collect();
    Some(Letter {
        title: wording.title.in_language(language).to_owned(),
        paragraphs: paragraphs(&wording.paragraphs),
        closing: paragraphs(&wording.closing),
    })
}

/// The name of every template.
pub fn templates() -> Vec<&'static str> {
    WORDINGS.keys().map(String::as_str).collect()
}

impl Line {
    fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// A paragraph with its facts, split where a fact has several lines; nothing when a fact is missing.
fn fill(line: &str, facts: &BTreeMap<&str, String>) -> Vec<String> {
    let mut filled = String::with_capacity(line.len());
    for (at, part) in line.split('{').enumerate() {
        match (at, part.split_once('}')) {
            (0, _) | (_, None) => filled.push_str(part),
            (_, Some((name, rest))) => {
                let Some(value) = facts.get(name).filter(|value| !value.trim().is_empty()) else {
                    return Vec::new();
                };
                filled.push_str(value);
                filled.push_str(rest);
            }
        }
    }
    filled.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(line: &str) -> BTreeSet<&str> {
        line.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    fn procedures() -> Vec<toml::Table> {
        ["cn-petition-2022", "in-cpgrams-2024"]
            .map(|name| {
                let file = format!("{}/../../procedures/{name}.toml", env!("CARGO_MANIFEST_DIR"));
                toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
            })
            .to_vec()
    }

    fn letters() -> Vec<toml::Table> {
        let letters = |procedure: toml::Table| procedure["letters"].as_array().unwrap().clone();
        procedures().into_iter().flat_map(letters).map(|letter| letter.as_table().unwrap().clone()).collect()
    }

    #[test]
    fn the_file_parses() {
        let wordings: Result<BTreeMap<String, Wording>, _> = toml::from_str(FILE);
        assert!(wordings.unwrap().len() > 20);
    }

    #[test]
    fn every_letter_of_every_procedure_has_its_wording_and_no_wording_is_dead() {
        let named: BTreeSet<String> =
            letters().iter().map(|letter| letter["template"].as_str().unwrap().to_owned()).collect();
        let known: BTreeSet<String> = templates().into_iter().map(str::to_owned).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn both_languages_say_the_same_facts_and_only_known_ones() {
        for (name, wording) in WORDINGS.iter() {
            for line in wording.paragraphs.iter().chain(&wording.closing) {
                assert_eq!(placeholders(&line.zh), placeholders(&line.en), "{name}: {}", line.zh);
                for fact in placeholders(&line.zh) {
                    assert!(FACTS.contains(&fact), "{name} speaks of {fact}");
                }
                for evasion in ["请耐心等待", "有关部门", "已阅"] {
                    assert!(!line.zh.contains(evasion), "{name} evades: {evasion}");
                }
            }
        }
    }

    #[test]
    fn with_every_fact_nothing_is_left_open_and_without_any_no_hole_is_shown() {
        let all: BTreeMap<&str, String> = FACTS.iter().map(|fact| (*fact, format!("<{fact}>"))).collect();
        for template in templates() {
            for language in [Language::Zh, Language::En] {
                let full = compose(template, language, &all).unwrap();
                assert!(!full.paragraphs.concat().contains('{'), "{template}");
                let bare = compose(template, language, &BTreeMap::new()).unwrap();
                assert!(bare.paragraphs.iter().all(|line| !line.contains(['{', '}'])), "{template}");
                assert!(bare.paragraphs.len() < full.paragraphs.len(), "{template} has no facts at all");
            }
        }
        assert_eq!(compose("nonsense", Language::Zh, &all), None);
    }

    #[test]
    fn refusals_and_opinions_name_their_remedy_or_say_that_none_is_left() {
        for letter in letters() {
            let kind = letter["kind"].as_str().unwrap();
            if !matches!(kind, "refusal" | "opinion") {
                continue;
            }
            let template = letter["template"].as_str().unwrap();
            let mut facts = BTreeMap::new();
            match letter.get("remedy") {
                Some(_) => {
                    facts.insert("remedy_body", "B".to_owned());
                    facts.insert("remedy_days", "D".to_owned());
                }
                None if letter.get("last").is_some() => {
                    facts.insert("last", "L".to_owned());
                }
                None => continue,
            }
            let text = compose(template, Language::Zh, &facts).unwrap().paragraphs.concat();
            assert!(text.contains('D') || text.contains('L'), "{template} of {} names no remedy", letter["id"]);
        }
    }

    #[test]
    fn lines_of_a_fact_become_paragraphs() {
        let facts = BTreeMap::from([("answers", "1. 甲\n2. 乙".to_owned())]);
        let letter = compose("opinion", Language::Zh, &facts).unwrap();
        assert!(letter.paragraphs.iter().any(|line| line == "2. 乙"));
    }
}
