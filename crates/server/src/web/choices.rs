//! What may be chosen in a field, in the reader's language and in directory or file order, never by a count.

use super::fields::Choices;
use super::form::Choice;
use super::locale::Locale;
use crate::app::{App, Failure};
use casework::authority::Actor;
use casework::directory::UnitKind;
use casework::petition::SignedLetter;
use casework::text::Text;
use casework::{ContentId, Petition, UnitId};
use std::collections::BTreeMap;

/// Content classes of procedure.md §4.1, first level; their labels are `class-<code>`.
pub(crate) const CLASSES: [&str; 19] = [
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17",
    "18", "99",
];

/// Who fills in a form about which petition.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// The petition.
    pub(crate) petition: &'a Petition,
    /// Its words.
    pub(crate) words: &'a BTreeMap<ContentId, String>,
    /// Who fills it in.
    pub(crate) actor: &'a Actor,
    /// In which language.
    pub(crate) locale: Locale,
}

impl About<'_> {
    /// Whoever fills in the form, when it is an official.
    fn own(&self) -> Option<String> {
        self.actor.official().map(|official| official.to_string())
    }

    /// The words behind a reference.
    pub(crate) fn text(&self, text: &Text) -> String {
        self.words.get(&text.content).cloned().unwrap_or_default()
    }
}

/// Everybody who works on matters, unit by unit in directory order.
pub(crate) fn officials(app: &App, locale: Locale) -> Vec<Choice> {
    let directory = app.directory();
    let mut choices = Vec::new();
    for unit in directory.in_order() {
        let working = directory.staff_of(unit.id).into_iter();
        choices.extend(working.filter(|official| official.roles.iter().any(|role| !role.administers())).map(
            |official| {
                let told = format!("{} {}（{}）", locale.unit(unit), official.name, official.post);
                Choice::new(official.id, told)
            },
        ));
    }
    choices
}

/// The choices of a field now.
pub(crate) fn list(app: &App, about: &About<'_>, choices: Choices) -> Result<Vec<Choice>, Failure> {
    let (locale, petition) = (about.locale, about.petition);
    let procedure = app.procedure_of(petition)?;
    let directory = app.directory();
    let units = |fits: &dyn Fn(UnitKind) -> bool| {
        let units = directory.in_order();
        units
            .into_iter()
            .filter(|unit| fits(unit.kind))
            .map(|unit| Choice::new(unit.id, locale.unit(unit)))
            .collect()
    };
    let staff = |unit: Option<UnitId>| {
        let staff = unit.map(|unit| directory.staff_of(unit)).unwrap_or_default();
        staff
            .into_iter()
            .map(|official| Choice::new(official.id, format!("{}（{}）", official.name, official.post)))
            .collect()
    };
    let letters = |fits: &dyn Fn(usize, &SignedLetter) -> bool| {
        petition
            .letters
            .iter()
            .enumerate()
            .filter(|(index, letter)| letter.signed.to_petitioner && fits(*index, letter))
            .filter_map(|(index, letter)| {
                let known = procedure.letter(&letter.signed.letter)?;
                let number = crate::letter::number(app, &letter.signed, known);
                Some(Choice::new(index, format!("{} {number}", locale.label(&known.name))))
            })
            .collect()
    };
    Ok(match choices {
        Choices::Kinds => {
            procedure.kinds.iter().map(|kind| Choice::new(&kind.id, locale.label(&kind.name))).collect()
        }
        Choices::Classes => {
            CLASSES.iter().map(|code| Choice::new(code, locale.say(&format!("class-{code}")))).collect()
        }
        Choices::OtherWays => procedure
            .ways
            .iter()
            .filter(|way| !way.petition)
            .map(|way| {
                Choice::new(&way.id, format!("{}（{}）", locale.label(&way.name), locale.article(&way.basis)))
            })
            .collect(),
        Choices::Grounds => procedure
            .grounds
            .iter()
            .map(|ground| Choice::new(&ground.id, locale.label(&ground.name)))
            .collect(),
        Choices::SimpleGrounds => {
            let grounds = procedure.simple_grounds.iter();
            grounds.map(|ground| Choice::new(&ground.id, locale.label(&ground.name))).collect()
        }
        Choices::DisposalBases => {
            procedure.disposals.iter().map(|basis| Choice::new(&basis.id, locale.basis(basis))).collect()
        }
        Choices::Remedies => procedure
            .remedies
            .iter()
            .map(|remedy| Choice::new(&remedy.id, locale.label(&remedy.name)))
            .collect(),
        Choices::Organs => units(&|kind| match kind {
            UnitKind::Government | UnitKind::Department | UnitKind::Township => true,
            UnitKind::PetitionOffice | UnitKind::ReviewBody | UnitKind::IntegrityBody => false,
        }),
        Choices::Addressees => units(&|kind| match kind {
            UnitKind::Government | UnitKind::Department | UnitKind::Township | UnitKind::IntegrityBody => {
                true
            }
            UnitKind::PetitionOffice | UnitKind::ReviewBody => false,
        }),
        Choices::Townships => units(&|kind| kind == UnitKind::Township),
        Choices::PetitionOffices => units(&|kind| kind == UnitKind::PetitionOffice),
        Choices::IntegrityBodies => units(&|kind| kind == UnitKind::IntegrityBody),
        Choices::OwnStaff => staff(about.actor.unit()),
        Choices::OwnersStaff => staff(petition.owner.map(|(unit, _)| unit)),
        Choices::Officials => officials(app, locale),
        Choices::Recusable => {
            let mut choices: Vec<Choice> = staff(petition.owner.map(|(unit, _)| unit));
            let own: Vec<Choice> = staff(about.actor.unit());
            choices.extend(own.into_iter().filter(|own| Some(&own.value) != about.own().as_ref()));
            let mut seen = std::collections::BTreeSet::new();
            choices.retain(|choice| seen.insert(choice.value.clone()));
            choices
        }
        Choices::UnservedLetters => letters(&|_, letter| letter.served_on.is_none()),
        Choices::OwnLetters => letters(&|index, letter| {
            Some(letter.signed.unit) == about.actor.unit()
                && petition.is_correctable(procedure, index, app.clock.today())
        }),
        Choices::UnpostedLetters => {
            letters(&|_, letter| letter.served_on.is_none() && letter.posted_on.is_none())
        }
        Choices::PostedLetters => {
            letters(&|_, letter| letter.served_on.is_none() && letter.posted_on.is_some())
        }
        Choices::ServedLetters => letters(&|_, letter| letter.served_on.is_some()),
        Choices::Recommendations => petition
            .open("recommendation_reply")
            .filter(|(_, deadline)| deadline.set.unit == about.actor.unit())
            .filter_map(|(_, deadline)| {
                let index = deadline.set.letter? as usize;
                let signed = &petition.letters.get(index)?.signed;
                let known = procedure.letter(&signed.letter)?;
                let number = crate::letter::number(app, signed, known);
                Some(Choice::new(index, format!("{} {number}", locale.label(&known.name))))
            })
            .collect(),
        Choices::OpenPromises => petition
            .promises
            .iter()
            .enumerate()
            .filter(|(_, promise)| promise.is_open())
            .map(|(index, promise)| {
                let by = locale.date(promise.due_on);
                Choice::new(
                    index,
                    locale.with("choice-promise", &[("promise", &about.text(&promise.text)), ("day", &by)]),
                )
            })
            .collect(),
        Choices::Words(set, words) => words
            .iter()
            .map(|word| Choice::new(word, locale.say(&format!("choice-{set}-{}", word.replace('_', "-")))))
            .collect(),
    })
}
