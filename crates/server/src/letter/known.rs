//! What a letter knows, and what it must not say: identity fields of whoever filed a sealed or confidential matter do not
//! reach a letter for anybody else, in whatever text they stand (ACC-5).

use super::Addressee;
use crate::identity::Identity;
use casework::access::IdentityField;
use casework::codes::Phone;
use std::collections::BTreeMap;

/// Facts of a letter by the names that wordings use. Whatever is put in has gone through [`Withheld`].
#[derive(Default)]
pub(super) struct Known {
    facts: BTreeMap<&'static str, String>,
    withheld: Withheld,
}

impl Known {
    /// Knows nothing yet, and will not say what is withheld.
    pub(super) fn new(withheld: Withheld) -> Known {
        Known { facts: BTreeMap::new(), withheld }
    }

    /// Puts a fact in; an empty one is none.
    pub(super) fn put(&mut self, name: &'static str, value: &str) {
        let value = self.withheld.without(value);
        if !value.is_empty() {
            self.facts.insert(name, value);
        }
    }

    /// All facts, for the wording.
    pub(super) fn facts(&self) -> &BTreeMap<&'static str, String> {
        &self.facts
    }

    /// One fact; empty when it is not known.
    pub(super) fn get(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }
}

/// Whether identities are withheld from a letter: from whoever sees the matter without who filed it, from every letter; in
/// a sealed or confidential matter, from each that goes to somebody else than the petitioner.
pub(super) fn withholds(guarded: bool, to_petitioner: bool, who: Addressee) -> bool {
    who == Addressee::Hidden || (guarded && !to_petitioner)
}

/// Identity fields that a letter must not say.
#[derive(Default)]
pub(super) struct Withheld {
    /// Folded: as [`fold`] makes them.
    fields: Vec<Vec<char>>,
    /// What stands in their place.
    mark: String,
}

impl Withheld {
    /// The fields of these people.
    pub(super) fn of(people: &[Identity], mark: &str) -> Withheld {
        let mut fields: Vec<Vec<char>> = people
            .iter()
            .flat_map(|person| IdentityField::ALL.map(|field| (field, person.part(field))))
            .flat_map(|(field, text)| spellings(field, text))
            .filter(|folded| folded.len() > 1)
            .collect();
        fields.sort();
        fields.dedup();
        Withheld { fields, mark: mark.to_owned() }
    }

    /// The text with the mark in the place of every field that stands in it, however it is spaced.
    pub(super) fn without(&self, text: &str) -> String {
        if self.fields.is_empty() {
            return text.to_owned();
        }
        let folded = fold(text);
        let mut hidden = vec![false; folded.len()];
        for field in &self.fields {
            for (at, window) in folded.windows(field.len()).enumerate() {
                if window.iter().map(|(character, _)| character).eq(field) {
                    hidden.iter_mut().skip(at).take(field.len()).for_each(|hidden| *hidden = true);
                }
            }
        }
        let places: BTreeMap<usize, bool> = folded.iter().map(|(_, at)| *at).zip(hidden).collect();
        let mut said = String::new();
        // What separates two hidden characters goes with them.
        let (mut inside, mut between) = (false, String::new());
        for (at, character) in text.char_indices() {
            match places.get(&at) {
                Some(true) => {
                    if !inside {
                        said.push_str(&self.mark);
                    }
                    inside = true;
                    between.clear();
                }
                Some(false) => {
                    said.push_str(&between);
                    between.clear();
                    inside = false;
                    said.push(character);
                }
                None if inside => between.push(character),
                None => said.push(character),
            }
        }
        said.push_str(&between);
        said
    }
}

/// A field as it may be written: a telephone with and without its country.
fn spellings(field: IdentityField, text: &str) -> Vec<Vec<char>> {
    let plain = |text: &str| fold(text).into_iter().map(|(character, _)| character).collect::<Vec<char>>();
    let mut all = vec![plain(text)];
    if field == IdentityField::Phone {
        all.extend(Phone::parse(text).map(|phone| plain(phone.as_str())));
        let own = plain(text);
        all.extend(own.strip_prefix(&['8', '6']).map(<[char]>::to_vec));
    }
    all
}

/// The letters and digits of a text with their places in it: half-width, small, nothing between them.
fn fold(text: &str) -> Vec<(char, usize)> {
    let mut folded = Vec::new();
    for (at, character) in text.char_indices() {
        let half = match u32::from(character) {
            wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(character),
            _ => character,
        };
        if half.is_alphanumeric() {
            folded.extend(half.to_lowercase().map(|small| (small, at)));
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use notice::{FACTS, Language, compose, templates};
    use proptest::prelude::*;

    fn person(name: &str, phone: &str, address: &str, id_number: &str) -> Identity {
        let [name, phone, address, id_number] = [name, phone, address, id_number].map(str::to_owned);
        Identity { name, phone, address, id_number, reply: String::new() }
    }

    fn said(people: &[Identity], text: &str) -> String {
        Withheld::of(people, "某").without(text)
    }

    #[test]
    fn fields_are_found_however_they_are_written() {
        let people = [
            person("欧阳雪", "+86 138 0013 8000", "青河路7号2单元301室", "11010519491231002X"),
            person("Ada Lovelace", "", "", ""),
        ];
        for (text, expected) in [
            ("欧阳雪反映：停工", "某反映：停工"),
            // Side by side they are one.
            ("联系欧 阳 雪，138-0013-8000。", "联系某。"),
            ("１３８００１３８０００", "某"),
            ("+86 13800138000 或 ada lovelace", "+某 或 某"),
            ("住青河路7号2单元301室，证11010519491231002x", "住某，证某"),
            ("青河路8号", "青河路8号"),
            ("", ""),
        ] {
            assert_eq!(said(&people, text), expected);
        }
        assert_eq!(said(&[person("", "", "", "")], "什么也不少"), "什么也不少");
        assert_eq!(
            said(&[person("王", "", "", "")], "王府井"),
            "王府井",
            "one character is no name to look for"
        );
    }

    #[test]
    fn whose_letters_say_who_filed_is_decided_by_matter_and_reader() {
        use Addressee::{Hidden, Masked, Named};
        for (guarded, to_petitioner, who, expected) in [
            (true, false, Named, true),
            (true, false, Masked, true),
            (true, true, Named, false),
            (true, true, Masked, false),
            (false, false, Masked, false),
            (false, true, Hidden, true),
            (false, false, Hidden, true),
        ] {
            assert_eq!(withholds(guarded, to_petitioner, who), expected, "{guarded} {to_petitioner} {who:?}");
        }
    }

    /// Somebody with all fields, and what a text may hold of them: each field whole, spaced, or full-width.
    fn somebody() -> impl Strategy<Value = Identity> {
        (
            // Of characters that no wording has: a name that is a word of the letter would be found in it.
            "[\u{3400}-\u{3480}]{2,4}",
            "1[3-9][0-9]{9}",
            "[\u{5000}-\u{5080}]{4,9}[1-9]号",
            "[1-9][0-9]{16}[0-9X]",
        )
            .prop_map(|(name, phone, address, id_number)| person(&name, &phone, &address, &id_number))
    }

    fn wide(text: &str) -> String {
        let wide = |character: char| match u32::from(character) {
            narrow @ 0x21..=0x7e => char::from_u32(narrow + 0xfee0).unwrap(),
            _ => character,
        };
        text.chars().map(wide).collect()
    }

    fn spaced(text: &str) -> String {
        text.chars().map(|character| format!("{character} ")).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        /// ACC-5: no letter, whatever its wording and its facts, says an identity field that is withheld.
        #[test]
        fn acc_5_no_letter_for_another_says_who_filed(
            people in prop::collection::vec(somebody(), 1..4),
            drawn in prop::collection::vec((0..4_usize, 0..4_usize, 0..3_u8, "[a-z，。{}\n]{0,6}"), FACTS.len()),
        ) {
            let mut known = Known::new(Withheld::of(&people, "某"));
            for (fact, (who, field, how, around)) in FACTS.iter().zip(&drawn) {
                let text = people[who % people.len()].part(IdentityField::ALL[*field]);
                let text = match how {
                    0 => text.to_owned(),
                    1 => spaced(text),
                    _ => wide(text),
                };
                known.put(fact, &format!("{around}{text}{around}"));
                prop_assert!(!known.get(fact).is_empty(), "a letter with a gap is no letter: {fact}");
            }
            for (procedure, template) in
                ["cn-petition-2022", "in-cpgrams-2024"].into_iter().flat_map(|one| templates().into_iter().map(move |of| (one, of)))
            {
                for language in [Language::Zh, Language::En] {
                    let Some(letter) = compose(&format!("{procedure}/{template}"), language, known.facts()) else {
                        continue;
                    };
                    let all = [vec![letter.title], letter.paragraphs, letter.closing].concat().join("\n");
                    let folded: String = fold(&all).into_iter().map(|(character, _)| character).collect();
                    for person in &people {
                        for field in IdentityField::ALL {
                            let canary: String =
                                fold(person.part(field)).into_iter().map(|(character, _)| character).collect();
                            prop_assert!(!folded.contains(&canary), "{template}: {canary} in {all}");
                        }
                    }
                }
            }
        }
    }
}
