//! The language of a page: its sentences, its dates, and the labels that procedures and directories carry themselves.

use super::cookie;
use casework::deadline::{Lang, Unit as Length};
use casework::directory::Unit;
use casework::procedure::Label;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _};
use jiff::civil::{Date, Weekday};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{LazyLock, RwLock};

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};

fluent_templates::static_loader! {
    static SENTENCES = {
        locales: "../../locales",
        fallback_language: "zh-CN",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ZH: LazyLock<LanguageIdentifier> = LazyLock::new(|| "zh-CN".parse().unwrap_or_default());
static EN: LazyLock<LanguageIdentifier> = LazyLock::new(|| "en".parse().unwrap_or_default());

/// Sentences without variables that were said before, by language: a page says hundreds, and putting one together
/// anew costs as much as everything else about it. Keys come from code and procedures, so there is an end to them.
static SAID: [LazyLock<RwLock<HashMap<String, String>>>; 2] =
    [LazyLock::new(RwLock::default), LazyLock::new(RwLock::default)];

/// A language to answer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locale {
    /// Which one.
    pub(crate) lang: Lang,
}

impl Locale {
    /// The value of the `lang` attribute.
    pub(crate) fn tag(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The other language.
    pub(crate) fn other(&self) -> Locale {
        match self.lang {
            Lang::Zh => Locale { lang: Lang::En },
            Lang::En => Locale { lang: Lang::Zh },
        }
    }

    /// A length in words: 60日, 15个工作日, 60 days.
    pub(crate) fn length(&self, n: u32, unit: Length) -> String {
        let key = match unit {
            Length::CalendarDays | Length::CalendarDaysBefore => "length-days",
            Length::WorkingDays => "length-working-days",
            Length::Months => "length-months",
        };
        self.with(key, &[("n", &n.to_string())])
    }

    fn id(&self) -> &'static LanguageIdentifier {
        match self.lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    /// The sentence of that key. A test holds every key that is used against both languages.
    pub(crate) fn say(&self, key: &str) -> String {
        let said = match self.lang {
            Lang::Zh => &SAID[0],
            Lang::En => &SAID[1],
        };
        if let Some(sentence) = said.read().ok().and_then(|said| said.get(key).cloned()) {
            return sentence;
        }
        let sentence = SENTENCES.lookup(self.id(), key);
        if let Ok(mut said) = said.write() {
            said.insert(key.to_owned(), sentence.clone());
        }
        sentence
    }

    /// The sentence of that key when there is one.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        SENTENCES.try_lookup(self.id(), key)
    }

    /// The sentence of that key with its variables.
    pub(crate) fn with(&self, key: &str, variables: &[(&'static str, &str)]) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'_>> =
            variables.iter().map(|(name, value)| (Cow::Borrowed(*name), counted(name, value))).collect();
        SENTENCES.lookup_with_args(self.id(), key, &variables)
    }

    /// A word of a closed list, as events and files have it: `choice-trigger` with `NotExecuted` is `choice-trigger-not-executed`.
    pub(crate) fn word(&self, list: &str, word: impl Serialize) -> String {
        let word = serde_json::json!(word);
        self.say(&format!("{list}-{}", word.as_str().unwrap_or_default().replace('_', "-")))
    }

    /// A label of a procedure.
    pub(crate) fn label(&self, label: &Label) -> String {
        match self.lang {
            Lang::Zh => label.zh.clone(),
            Lang::En => label.en.clone(),
        }
    }

    /// The name of a unit.
    pub(crate) fn unit(&self, unit: &Unit) -> String {
        match self.lang {
            Lang::Zh => unit.name_zh.clone(),
            Lang::En => unit.name_en.clone(),
        }
    }

    /// 2026年12月18日, 18 December 2026.
    pub(crate) fn date(&self, date: Date) -> String {
        match self.lang {
            Lang::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Lang::En => date.strftime("%-d %B %Y").to_string(),
        }
    }

    /// 2026年12月18日 20:14, 18 December 2026, 20:14.
    pub(crate) fn moment(&self, at: jiff::civil::DateTime) -> String {
        let separator = match self.lang {
            Lang::Zh => " ",
            Lang::En => ", ",
        };
        format!("{}{separator}{:02}:{:02}", self.date(at.date()), at.hour(), at.minute())
    }

    /// 12月18日, 18 December: in the year that everybody knows.
    pub(crate) fn day(&self, date: Date, today: Date) -> String {
        if date.year() != today.year() {
            return self.date(date);
        }
        match self.lang {
            Lang::Zh => format!("{}月{}日", date.month(), date.day()),
            Lang::En => date.strftime("%-d %B").to_string(),
        }
    }

    /// 星期一, Monday.
    pub(crate) fn weekday(&self, date: Date) -> &'static str {
        let (zh, en) = match date.weekday() {
            Weekday::Monday => ("星期一", "Monday"),
            Weekday::Tuesday => ("星期二", "Tuesday"),
            Weekday::Wednesday => ("星期三", "Wednesday"),
            Weekday::Thursday => ("星期四", "Thursday"),
            Weekday::Friday => ("星期五", "Friday"),
            Weekday::Saturday => ("星期六", "Saturday"),
            Weekday::Sunday => ("星期日", "Sunday"),
        };
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// An article as cited in procedures (`Art.22(1), 23; 山东2015 Art.59`) in the reader's language.
    pub(crate) fn article(&self, basis: &str) -> String {
        if self.lang == Lang::En {
            return basis.to_owned();
        }
        let parts = basis.split(';').map(|part| match part.trim().split_once("Art.") {
            Some((law, articles)) => {
                let law = if law.trim().is_empty() { "《信访工作条例》" } else { law.trim() };
                format!("{law}第{}条", articles.trim().replace(", ", "、"))
            }
            None => part.trim().to_owned(),
        });
        parts.collect::<Vec<_>>().join("；")
    }

    /// A legal basis of a disposal, with its article.
    pub(crate) fn basis(&self, basis: &casework::procedure::DisposalBasis) -> String {
        let (name, article) = (self.label(&basis.name), self.article(&basis.basis));
        if self.lang == Lang::En { format!("{name} ({article})") } else { format!("{name}（{article}）") }
    }

    /// Joins a list.
    pub(crate) fn join(&self, parts: &[String]) -> String {
        match self.lang {
            Lang::Zh => parts.join("、"),
            Lang::En => parts.join(", "),
        }
    }
}

/// A count is handed over as a number, so that a language can choose its plural; everything else as it is written.
fn counted<'a>(name: &str, value: &'a str) -> FluentValue<'a> {
    if name == "n" { FluentValue::try_number(value) } else { FluentValue::from(value) }
}

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let chosen = cookie::language(&parts.headers);
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = match (chosen.as_deref(), accepted) {
            (Some("en"), _) => Lang::En,
            (None, Some(accepted)) if accepted.trim_start().to_ascii_lowercase().starts_with("en") => {
                Lang::En
            }
            (Some(_) | None, _) => Lang::Zh,
        };
        Ok(Locale { lang })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::choices::CLASSES;
    use crate::web::fields::{self, Choices, Field, Kind};
    use crate::web::public::own_act::OWN;
    use casework::Verb;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    const BOTH: [Locale; 2] = [Locale { lang: Lang::Zh }, Locale { lang: Lang::En }];

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn texts(under: &str, ending: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![root().join(under)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        found
    }

    fn keys_of(language: &str) -> BTreeSet<String> {
        let lines = texts(&format!("locales/{language}"), ".ftl");
        let keys = lines.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with([' ', '#']));
        keys.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
    }

    fn needs(key: &str) {
        for language in ["zh-CN", "en"] {
            assert!(keys_of(language).contains(key), "{key} has no sentence in {language}");
        }
    }

    /// Literal keys: what stands between quotes after a call that says a sentence.
    fn called(text: &str) -> Vec<String> {
        ["say(\"", "say1(\"", "with(\"", "find(\""]
            .iter()
            .flat_map(|call| text.split(call).skip(1))
            .filter_map(|rest| rest.split_once('"'))
            .map(|(key, _)| key.to_owned())
            .filter(|key| key.contains('-') || !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase()))
            .filter(|key| !key.contains(['{', '/', ' ', '.', ':']))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_sentences() {
        assert_eq!(keys_of("zh-CN"), keys_of("en"));
    }

    #[test]
    fn every_sentence_that_a_page_says_exists() {
        let mut n = 0;
        for text in texts("templates", ".html").iter().chain(&texts("crates/server/src/web", ".rs")) {
            let text = text.split("#[cfg(test)]").next().unwrap();
            for key in called(text).iter().filter(|key| key.contains('-') || *key == "product") {
                needs(key);
                n += 1;
            }
        }
        assert!(n > 200, "only {n} found: the search is broken");
    }

    #[test]
    fn every_act_field_and_choice_has_its_words() {
        for verb in Verb::ALL.iter().filter(|verb| !fields::of(**verb).is_empty()) {
            needs(&format!("act-{}", verb.word().replace('_', "-")));
            for field in fields::of(*verb) {
                field_has_words(*verb, field);
            }
        }
        for verb in OWN {
            needs(&format!("own-{}", verb.word().replace('_', "-")));
        }
        for class in CLASSES {
            needs(&format!("class-{class}"));
        }
    }

    fn field_has_words(verb: Verb, field: &Field) {
        let name = field.name.replace('_', "-");
        let own = format!("field-{}-{name}", verb.word().replace('_', "-"));
        let key = if keys_of("en").contains(&own) { own } else { format!("field-{name}") };
        match field.kind {
            Kind::Rows(of, _) => of.iter().for_each(|inner| field_has_words(verb, inner)),
            Kind::Tick => needs(&format!("{key}-tick")),
            Kind::YesNo => ["yes", "no"].iter().for_each(|word| needs(&format!("{key}-{word}"))),
            Kind::Choice(Choices::Words(set, words)) => {
                needs(&key);
                words.iter().for_each(|word| needs(&format!("choice-{set}-{}", word.replace('_', "-"))));
            }
            Kind::LongText
            | Kind::Line
            | Kind::Citation
            | Kind::Date
            | Kind::Number { .. }
            | Kind::Choice(_)
            | Kind::Many(_)
            | Kind::Few(..)
            | Kind::Petition
            | Kind::Lines(_) => needs(&key),
        }
    }

    #[test]
    fn every_refusal_has_its_sentence() {
        let codes = [
            "not_for_you",
            "not_at_this_stage",
            "subordinate",
            "in_the_future",
            "dated_back_without_reason",
            "before_the_last_step",
            "unknown",
            "date_out_of_range",
            "procedure_lacks",
        ];
        for code in codes.into_iter().chain(casework::guard::guard_names()) {
            needs(&format!("refusal-{}", code.replace('_', "-")));
        }
    }

    #[test]
    fn counts_choose_their_plural_and_other_digits_stay_as_written() {
        let en = Locale { lang: Lang::En };
        assert_eq!(en.with("due-left", &[("n", "1")]), "1 day left");
        assert_eq!(en.with("due-left", &[("n", "25")]), "25 days left");
        assert_eq!(en.with("due-over", &[("n", "1200")]), "1200 days overdue");
        assert_eq!(en.with("story-registered", &[("name", "007")]), "Registered as: 007");
    }

    #[test]
    fn an_article_reads_as_the_reader_cites_it() {
        let [zh, en] = BOTH;
        assert_eq!(zh.article("Art.22, 23(1)"), "《信访工作条例》第22、23(1)条");
        assert_eq!(zh.article("Art.40; 山东2015 Art.59"), "《信访工作条例》第40条；山东2015第59条");
        assert_eq!(zh.article("国信办发〔2022〕17号"), "国信办发〔2022〕17号");
        assert_eq!(en.article("Art.22"), "Art.22");
    }
}
