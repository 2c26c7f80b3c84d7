//! Letters with legal effect: the wording of `notice`, filled with what the signed decision says, and how they become files that
//! are served, printed and checked (architecture §10.22).

mod check;
mod facts;
mod issue;
mod known;
mod papers;
mod press;
mod room;

pub(crate) use self::check::{Issued, Shown};
use self::facts::Facts;
pub(crate) use self::issue::issued_at;
use self::known::{Known, Withheld, withholds};
pub(crate) use self::papers::{Filed, ON_PAPER, Reading, files, paper, papers};
pub(crate) use self::press::{Copy, imprint, mark_on_paper, printed, sheet};
pub(crate) use self::room::{MOST, NotPrinted, Row};
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::locale::Locale;
use casework::act::Aim;
use casework::deadline::Lang;
use casework::disclosure::{beyond_the_matter, is_discreet};
use casework::fact::LetterSigned;
use casework::procedure::{Letter, Procedure};
use casework::{ContentId, Fact, Petition, UnitId};
use jiff::civil::Date;
use notice::Language;
use std::collections::{BTreeMap, BTreeSet};
use store::history::{History, Recorded};

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
pub(crate) struct Worded {
    /// Title, text and notes.
    pub(crate) letter: notice::Letter,
    /// Its number, as on paper.
    pub(crate) number: String,
    /// What kind of document it is.
    pub(crate) name: String,
    /// To whom; a unit, where it passes between units.
    pub(crate) addressee: String,
    /// Whose letter it is.
    pub(crate) unit: String,
    /// When it was signed.
    pub(crate) signed_on: Date,
    /// What corrects it.
    pub(crate) corrections: Vec<Correcting>,
    /// With the post since, or brought by it.
    pub(crate) posted_on: Option<Date>,
    /// When it was served, if it was.
    pub(crate) served_on: Option<Date>,
    /// Whether it goes to the petitioner.
    pub(crate) to_petitioner: bool,
    /// What matters in it, in plain words.
    pub(crate) plain: Vec<String>,
}

/// A letter that puts a slip of the pen in another right.
pub(crate) struct Correcting {
    /// Its place in the petition's list.
    pub(crate) index: usize,
    /// Its number.
    pub(crate) number: String,
    /// When it was signed.
    pub(crate) on: Date,
}

impl Correcting {
    /// What corrects the letter at that place.
    pub(crate) fn of(app: &App, petition: &Petition, index: usize) -> Vec<Correcting> {
        let Ok(procedure) = app.procedure_of(petition) else { return Vec::new() };
        let correcting = petition.corrections(index).filter_map(|(index, letter)| {
            let known = procedure.letter(&letter.signed.letter)?;
            Some(Correcting { index, number: number(app, &letter.signed, known), on: letter.on })
        });
        correcting.collect()
    }
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

/// Words a letter for a reader in their language.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn worded(app: &App, locale: Locale, which: Which<'_>) -> Result<Worded, Failure> {
    let Which { history, index, who } = which;
    let petition = &history.petition;
    let letter = petition.letters.get(index).ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let known = procedure.letter(&letter.signed.letter).ok_or(Failure::Absent)?;
    let mut words = app.words(petition).await?;
    if who == Addressee::Hidden {
        let events = history.records.iter().flat_map(|record| &record.events);
        for text in events.flat_map(|event| beyond_the_matter(&event.fact)) {
            words.insert(text.content, locale.say("letter-withheld"));
        }
    }
    let withheld = if withholds(is_discreet(procedure, petition), letter.signed.to_petitioner, who) {
        self::withheld(petition, &words, &locale.say("letter-withheld"))
    } else {
        Withheld::default()
    };
    let mut facts = Facts { app, words: &words, locale, known: Known::new(withheld) };
    facts.common(history, index, who)?;
    facts.decision(history, index)?;
    facts.remedy(history, index)?;
    if !letter.signed.to_petitioner {
        facts.enclosed(history, index, who).await?;
    }
    let template = format!("{}/{}", procedure.id, known.template);
    let wording = notice::compose(&template, language(locale), facts.known.facts()).ok_or(Failure::Absent)?;
    Ok(Worded {
        letter: wording,
        number: number(app, &letter.signed, known),
        name: locale.label(&known.name),
        // Between units it goes to the one that is to act.
        addressee: match letter.signed.to_petitioner {
            true => facts.known.get("addressee").to_owned(),
            false => facts.known.get("to_unit").to_owned(),
        },
        unit: facts.known.get("unit").to_owned(),
        signed_on: letter.on,
        corrections: Correcting::of(app, petition, index),
        posted_on: letter.posted_on,
        served_on: letter.served_on,
        to_petitioner: letter.signed.to_petitioner,
        plain: notice::cover(procedure.id.as_str(), language(locale), facts.known.facts()),
    })
}

/// The words of the letter at that place that were written by hand when it was signed, each as it was written and as far as the letter
/// says it; without those that say what was decided.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn written(app: &App, history: &History, index: usize) -> Result<Vec<String>, Failure> {
    let locale = deciding(app.procedure_of(&history.petition)?);
    let said = worded(app, locale, Which { history, index, who: Addressee::Named }).await?;
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let said: String = said.letter.paragraphs.iter().map(|paragraph| bare(paragraph)).collect();
    let words = app.words(&history.petition).await?;
    let signed_at = history.petition.letters.get(index).map_or(0, |letter| letter.event);
    let record = signing(history, signed_at).ok_or(Failure::Absent)?;
    let decided = record.events.iter().flat_map(|event| casework::told::decided(&event.fact));
    let decided: BTreeSet<ContentId> = decided.map(|text| text.content).collect();
    let written = record.events.iter().flat_map(|event| casework::told::words(&event.fact));
    let written = written.filter(|text| !decided.contains(&text.content));
    let written = written.filter_map(|text| words.get(&text.content));
    Ok(written.filter(|text| said.contains(&bare(text))).cloned().collect())
}

/// Whether a letter is kept from a unit that sees its matter: what asks to hold officials to account is for whoever asks and whoever
/// decides on it.
pub(crate) fn is_kept(history: &History, index: usize, unit: Option<UnitId>) -> bool {
    let Some(letter) = history.petition.letters.get(index) else { return false };
    let events = signing(history, letter.event).map_or(&[][..], |record| record.events.as_slice());
    let asked = events
        .iter()
        .find_map(|event| if let Fact::Recommended(asked) = &event.fact { Some(asked) } else { None });
    asked.is_some_and(|asked| {
        asked.aim == Aim::Account && ![Some(letter.signed.unit), Some(asked.to)].contains(&unit)
    })
}

/// Whom a matter's texts may not name before whoever may not know who filed it, with what stands in the place of their names.
fn withheld(petition: &Petition, words: &BTreeMap<ContentId, String>, mark: &str) -> Withheld {
    let parties = petition.parties.iter();
    let known = parties.filter_map(|party| words.get(&party.identity.as_ref()?.content));
    let people: Vec<Identity> = known.map(|words| Identity::read(words)).collect();
    Withheld::of(&people, mark)
}

/// The texts of a matter without who filed it: in the place of each identity field, however it is written, stands the mark. The
/// identities themselves, which no page shows to whoever reads this, are left.
pub(crate) fn mask(petition: &Petition, words: &mut BTreeMap<ContentId, String>, mark: &str) {
    let withheld = withheld(petition, words, mark);
    let identities: BTreeSet<ContentId> =
        petition.parties.iter().filter_map(|party| Some(party.identity.as_ref()?.content)).collect();
    for (_, text) in words.iter_mut().filter(|(id, _)| !identities.contains(id)) {
        *text = withheld.without(text);
    }
}

/// The decision that made the event at that place of the petition's stream.
fn signing(history: &History, event: u64) -> Option<&Recorded> {
    history
        .records
        .iter()
        .find(|record| (record.seq..=record.seq + record.events.len() as u64).contains(&event))
}

/// The language of a letter for whoever reads in that one.
pub(crate) fn language(locale: Locale) -> Language {
    match locale.lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    }
}

/// 望住建信受〔2026〕186号: organ, letter mark, year and number.
pub(crate) fn number(app: &App, signed: &LetterSigned, letter: &Letter) -> String {
    let prefix = app.directory().unit(signed.unit).map(|unit| unit.letter_prefix.clone()).unwrap_or_default();
    format!("{prefix}{}〔{}〕{}号", signed.series(letter), signed.year, signed.serial)
}

/// The language in which a procedure's letters have effect; in others they are there to be read.
pub(crate) fn deciding(procedure: &Procedure) -> Locale {
    Locale { lang: procedure.language }
}
