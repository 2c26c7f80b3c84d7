//! The words of a scenario's line, read once. `none` leaves a field empty; a word nobody asks for stops the test.

use super::{official, unit};
use casework::text::{Commitment, Text};
use casework::*;
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Words of a given length; their content is nowhere.
pub(crate) fn words(n_chars: usize) -> Text {
    let n_chars = u32::try_from(n_chars).unwrap();
    if n_chars == 0 {
        return Text::empty();
    }
    Text { content: ContentId(uuid::Uuid::from_u128(9)), commitment: Commitment([1; 32]), n_chars }
}

/// `key=value` and `key="several words"`, as written on a line.
#[derive(Default)]
pub(crate) struct Args {
    values: BTreeMap<String, String>,
    used: RefCell<BTreeSet<String>>,
}

impl Args {
    pub(crate) fn parse(text: &str) -> Args {
        let mut args = Args::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (key, value) = rest.split_once('=').unwrap_or_else(|| panic!("key=value expected: {rest}"));
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or_else(|| panic!("no closing quote: {rest}")),
                None => value.split_once(' ').unwrap_or((value, "")),
            };
            args.values.insert(key.to_owned(), value.to_owned());
            rest = after.trim_start();
        }
        args
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.used.borrow_mut().insert(key.to_owned());
        self.values.get(key).map(String::as_str)
    }

    pub(crate) fn all_understood(&self) {
        let used = self.used.borrow();
        let unknown: Vec<&String> = self.values.keys().filter(|key| !used.contains(*key)).collect();
        assert!(unknown.is_empty(), "not understood: {unknown:?}");
    }

    pub(super) fn or<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        self.get(key).unwrap_or(default)
    }

    pub(super) fn text(&self, key: &str) -> Text {
        match self.get(key) {
            Some("none") => Text::empty(),
            Some(text) => words(text.chars().count()),
            None => words(8),
        }
    }

    /// Something that is left out unless it is written.
    pub(super) fn maybe(&self, key: &str) -> Option<Text> {
        self.get(key).filter(|value| *value != "none").map(|value| words(value.chars().count()))
    }

    pub(crate) fn date(&self, key: &str) -> Option<Date> {
        self.get(key).filter(|value| *value != "none").map(|value| value.parse().unwrap())
    }

    pub(super) fn number(&self, key: &str, default: u32) -> u32 {
        self.get(key).map_or(default, |value| value.parse().unwrap())
    }

    pub(super) fn yes(&self, key: &str, default: bool) -> bool {
        self.get(key).map_or(default, |value| value == "yes")
    }

    pub(super) fn names(&self, key: &str, default: &str) -> Vec<Name> {
        self.or(key, default).split(',').filter(|name| *name != "none").map(Name::from).collect()
    }

    pub(super) fn unit(&self, key: &str) -> Option<UnitId> {
        self.get(key).map(unit)
    }

    pub(super) fn official(&self, key: &str) -> Option<OfficialId> {
        self.get(key).map(person)
    }

    /// `named=housing-head,office-clerk`.
    pub(super) fn people(&self, key: &str) -> Vec<OfficialId> {
        self.get(key).map(|names| names.split(',').map(person).collect()).unwrap_or_default()
    }

    pub(super) fn label(&self, key: &str) -> Option<char> {
        self.get(key).and_then(|value| value.trim_start_matches('@').chars().next())
    }
}

pub(crate) fn person(name: &str) -> OfficialId {
    let (of, post) = name.rsplit_once('-').unwrap_or_else(|| panic!("no official {name}"));
    official(of, post)
}
