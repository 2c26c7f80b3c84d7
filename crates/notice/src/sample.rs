//! An invented matter for each procedure (`wording/sample.toml`): what every letter looks like before a record holds one.

use crate::sheet::Day;
use crate::{FACTS, Language, Phrase};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const SAMPLE: &str = include_str!("../wording/sample.toml");

/// A test reads it strictly; here a file that cannot be read counts as empty.
static SAMPLES: LazyLock<Samples> = LazyLock::new(|| toml::from_str(SAMPLE).unwrap_or_default());

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    books: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    procedure: String,
    /// By template: facts that it does not know, because they would contradict the others.
    absent: BTreeMap<String, Vec<String>>,
    /// By template: facts that it says in words of its own.
    own: BTreeMap<String, BTreeMap<String, Phrase>>,
    facts: BTreeMap<String, Phrase>,
}

/// What a letter of an invented matter says; empty for a procedure without one.
pub fn facts(procedure: &str, template: &str, language: Language) -> BTreeMap<&'static str, String> {
    let Some(book) = SAMPLES.books.iter().find(|book| book.procedure == procedure) else {
        return BTreeMap::new();
    };
    let absent = book.absent.get(template).map_or(&[][..], Vec::as_slice);
    let known = FACTS.iter().filter(|fact| !absent.iter().any(|name| name == *fact));
    let own = book.own.get(template);
    let said = |fact: &str| own.and_then(|own| own.get(fact)).or_else(|| book.facts.get(fact));
    known.filter_map(|fact| Some((*fact, said(fact)?.pick(language).to_owned()))).collect()
}

/// The day on which that letter is signed; the first day of the calendar for one that the samples do not know.
pub fn signed_on(procedure: &str, template: &str) -> Day {
    let facts = facts(procedure, template, Language::Zh);
    let mut numbers = facts
        .get("signed_on")
        .into_iter()
        .flat_map(|day| day.split(|c: char| !c.is_ascii_digit()))
        .filter(|number| !number.is_empty());
    let mut next = || numbers.next().unwrap_or("1");
    Day {
        year: next().parse().unwrap_or(1),
        month: next().parse().unwrap_or(1),
        day: next().parse().unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Letter, books, compose};
    use std::fmt::Write as _;

    #[test]
    fn the_samples_can_be_read_and_know_every_fact() {
        let samples: Samples = toml::from_str(SAMPLE).unwrap();
        assert_eq!(samples.books.len(), books().count());
        for (sample, book) in samples.books.iter().zip(books()) {
            assert_eq!(sample.procedure, book.procedure);
            let known: Vec<&str> = sample.facts.keys().map(String::as_str).collect();
            let mut all = FACTS.to_vec();
            all.sort_unstable();
            assert_eq!(known, all, "{}", sample.procedure);
            for (template, absent) in &sample.absent {
                assert!(book.letters.iter().any(|letter| letter.template == *template), "{template}");
                assert!(absent.iter().all(|name| FACTS.contains(&name.as_str())), "{template}: {absent:?}");
            }
            for (template, own) in &sample.own {
                assert!(book.letters.iter().any(|letter| letter.template == *template), "{template}");
                assert!(own.keys().all(|name| FACTS.contains(&name.as_str())), "{template}: {own:?}");
            }
        }
    }

    /// A letter is signed on the day it says, in both languages, and asks or promises nothing that is over by then.
    #[test]
    fn no_letter_asks_for_what_is_over() {
        for (procedure, letter) in
            books().flat_map(|book| book.letters.iter().map(move |letter| (book.procedure.as_str(), letter)))
        {
            let signed = signed_on(procedure, &letter.template);
            let facts = facts(procedure, &letter.template, Language::Zh);
            let worded = compose(&format!("{procedure}/{}", letter.template), Language::Zh, &facts)
                .unwrap()
                .paragraphs;
            for line in worded.iter().filter(|line| line.contains("不迟于")) {
                let day = line.split_once("不迟于").unwrap().1;
                let numbers: Vec<i16> = day
                    .split(|c: char| !c.is_ascii_digit())
                    .filter(|number| !number.is_empty())
                    .take(3)
                    .map(|number| number.parse().unwrap())
                    .collect();
                // A supervision is about a day that is over.
                if letter.template != "supervision" && numbers.first() == Some(&2026) {
                    let signed = [signed.year, i16::from(signed.month), i16::from(signed.day)];
                    assert!(
                        numbers.as_slice() > signed.as_slice(),
                        "{procedure}/{}: {line}",
                        letter.template
                    );
                }
            }
        }
        assert_eq!(signed_on("cn-petition-2022", "opinion"), Day { year: 2026, month: 3, day: 20 });
        assert_eq!(signed_on("none", "none"), Day { year: 1, month: 1, day: 1 });
    }

    fn told(letter: &Letter) -> String {
        let mut text = format!("# {}\n", letter.title);
        for paragraph in &letter.paragraphs {
            writeln!(text, "{paragraph}").unwrap();
        }
        for note in &letter.closing {
            writeln!(text, "— {note}").unwrap();
        }
        text
    }

    /// Every letter as its reader reads it, so that a change of a wording is seen in the words themselves.
    #[test]
    fn every_letter_reads_as_before() {
        let of = |procedure: &str, language: Language| {
            let own = books().filter(|book| book.procedure == procedure);
            let letters = own.flat_map(|book| &book.letters).map(|letter| {
                let facts = facts(procedure, &letter.template, language);
                told(&compose(&format!("{procedure}/{}", letter.template), language, &facts).unwrap())
            });
            letters.collect::<Vec<String>>().join("\n")
        };
        expect_test::expect_file!["../snapshots/cn-petition-2022.zh.txt"]
            .assert_eq(&of("cn-petition-2022", Language::Zh));
        expect_test::expect_file!["../snapshots/cn-petition-2022.en.txt"]
            .assert_eq(&of("cn-petition-2022", Language::En));
        expect_test::expect_file!["../snapshots/in-cpgrams-2024.zh.txt"]
            .assert_eq(&of("in-cpgrams-2024", Language::Zh));
        expect_test::expect_file!["../snapshots/in-cpgrams-2024.en.txt"]
            .assert_eq(&of("in-cpgrams-2024", Language::En));
    }
}
