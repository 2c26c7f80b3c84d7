//! The language of a page: its sentences, its dates, and the labels that procedures and directories carry themselves.

use super::cookie;
use casework::deadline::Lang;
use casework::directory::Unit;
use casework::procedure::Label;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _};
use jiff::civil::{Date, Weekday};
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::LazyLock;

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

    fn id(&self) -> &'static LanguageIdentifier {
        match self.lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    /// The sentence of that key. A test holds every key that is used against both languages.
    pub(crate) fn say(&self, key: &str) -> String {
        SENTENCES.lookup(self.id(), key)
    }

    /// The sentence of that key when there is one.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        SENTENCES.try_lookup(self.id(), key)
    }

    /// The sentence of that key with its variables.
    pub(crate) fn with(&self, key: &str, variables: &[(&'static str, &str)]) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'_>> =
            variables.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        SENTENCES.lookup_with_args(self.id(), key, &variables)
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

    /// Joins a list.
    pub(crate) fn join(&self, parts: &[String]) -> String {
        match self.lang {
            Lang::Zh => parts.join("、"),
            Lang::En => parts.join(", "),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let chosen = cookie::read(&parts.headers, cookie::LANGUAGE);
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = match (chosen.as_deref(), accepted) {
            (Some("en"), _) => Lang::En,
            (None, Some(accepted)) if accepted.trim_start().to_ascii_lowercase().starts_with("en") => Lang::En,
            (Some(_) | None, _) => Lang::Zh,
        };
        Ok(Locale { lang })
    }
}
