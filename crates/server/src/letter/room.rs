//! The print room: what a unit has still to serve, its register by day, and letters printed together for the post.
//!
//! Whoever prints sees names and addresses. So each letter is opened like any other identity: for a stated purpose, recorded before
//! the file is handed over (ACC-1, ACC-2); where two must agree (DUAL-1), and for whoever may not see who filed a matter, it is not
//! printed here.

use super::{Addressee, Which, deciding, language, printed, worded};
use crate::app::{App, Failure};
use anyhow::Context as _;
use casework::access::{IdentityField, Purpose, Seen};
use casework::authority::Actor;
use casework::disclosure::{Sight, is_discreet};
use casework::standing::is_overtaken;
use notice::bundle::{Bundle, Cover};
use std::collections::BTreeMap;
use store::Reader;
use store::history::{self, History};
use store::letter::{self, After, Listed, PAGE};

/// Letters that are printed together at most.
pub(crate) const MOST: usize = PAGE;

/// A row of the print room.
pub(crate) struct Row {
    /// The letter.
    pub(crate) listed: Listed,
    /// Its number on paper.
    pub(crate) number: String,
    /// Its petition.
    pub(crate) history: History,
    /// Whether this official may print it with its address.
    pub(crate) printable: bool,
}

/// A page of the print room or of a register.
#[derive(Default)]
pub(crate) struct Page {
    /// Letters.
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins; `None` on the last one.
    pub(crate) after: Option<After>,
    /// How many letters this official may not know of; a register says how many it leaves out.
    pub(crate) unseen: usize,
}

/// Why letters were not printed.
#[derive(Debug)]
pub(crate) enum NotPrinted {
    /// One of them may not be printed by whoever asks, or is no longer to be served.
    Moved,
    /// Something broke.
    Failed(Failure),
}

impl From<Failure> for NotPrinted {
    fn from(failure: Failure) -> Self {
        NotPrinted::Failed(failure)
    }
}

impl App {
    /// A page of the letters of an official's unit that they may know of, and where the next begins.
    ///
    /// # Errors
    /// `Absent` for whoever is no official, and whatever the database reports.
    pub(crate) async fn unit_letters(
        &self,
        actor: &Actor,
        which: letter::Which,
        after: Option<After>,
    ) -> Result<Page, Failure> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        let reader = self.reader(actor)?;
        let (mut page, mut full) = (Page { after, ..Page::default() }, true);
        // What may not be seen takes no place on a page.
        while full && page.rows.len() < which.page() {
            let found = letter::page(&reader, unit, which, page.after.as_ref()).await?;
            full = found.len() > which.page();
            for listed in found {
                if page.rows.len() >= which.page() {
                    full = true;
                    break;
                }
                page.after = Some(listed.key(which));
                match self.row(actor, &reader, listed).await? {
                    Some(row) => page.rows.push(row),
                    None => page.unseen += 1,
                }
            }
        }
        page.after = page.after.filter(|_| full);
        Ok(page)
    }

    async fn row(&self, actor: &Actor, reader: &Reader<'_>, listed: Listed) -> Result<Option<Row>, Failure> {
        let Some(history) = history::load(reader, listed.petition).await? else { return Ok(None) };
        let sight = self.sight(actor, &history)?;
        if sight == Sight::Nothing {
            return Ok(None);
        }
        let procedure = self.procedure_of(&history.petition)?;
        let signed = history.petition.letters.get(listed.index).map(|letter| &letter.signed);
        let number = signed
            .zip(procedure.letter(&listed.letter))
            .map(|(signed, known)| super::number(self, signed, known))
            .unwrap_or_default();
        let printable = listed.issued && sight == Sight::Everything && !self.takes_two(&history.petition)?;
        Ok(Some(Row { listed, number, history, printable }))
    }

    /// Prints letters of the official's unit together: each with a cover for the post, or without. Everything of it is recorded
    /// before the file is handed over, and all are printed or none.
    ///
    /// # Errors
    /// `Moved` when one may not be printed by them; whatever the database or the press reports.
    pub(crate) async fn print_letters(
        &self,
        actor: &Actor,
        asked: &[(String, usize)],
        covers: bool,
        words: &str,
    ) -> Result<Vec<u8>, NotPrinted> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        let reader = self.reader(actor)?;
        let mut histories: BTreeMap<&str, History> = BTreeMap::new();
        for (case_ref, index) in asked {
            if !histories.contains_key(case_ref.as_str()) {
                let (history, sight) = match self.visible(actor, case_ref).await {
                    Ok(seen) => seen,
                    Err(Failure::Absent | Failure::Sealed | Failure::Refused(_)) => {
                        return Err(NotPrinted::Moved);
                    }
                    Err(failure) => return Err(failure.into()),
                };
                if sight != Sight::Everything || self.takes_two(&history.petition)? {
                    return Err(NotPrinted::Moved);
                }
                histories.insert(case_ref, history);
            }
            let is_ours = histories.get(case_ref.as_str()).is_some_and(|history| {
                let petition = &history.petition;
                petition.letters.get(*index).is_some_and(|letter| {
                    petition.print_room(letter.signed.unit) == unit
                        && letter.signed.to_petitioner
                        && letter.issued.is_some()
                        && letter.served_on.is_none()
                        && self.procedure_of(petition).is_ok_and(|of| !is_overtaken(of, petition, *index))
                })
            });
            if !is_ours {
                return Err(NotPrinted::Moved);
            }
        }
        let today = self.clock.today();
        let mut bundle = None;
        for (case_ref, index) in asked {
            let Some(history) = histories.get(case_ref.as_str()) else { return Err(NotPrinted::Moved) };
            let locale = deciding(self.procedure_of(&history.petition)?);
            let bundle = bundle.get_or_insert_with(|| Bundle::new(language(locale)));
            self.read_for_print(actor, history, *index, words).await?;
            let which = Which { history, index: *index, who: Addressee::Named };
            let cover = if covers { Some(self.cover(which).await?) } else { None };
            let before =
                letter::printed_on(&reader, history.petition.id, *index).await.map_err(Failure::from)?;
            let mark = match before {
                Some(day) => locale.with("print-again", &[("day", &locale.date(day))]),
                None => String::new(),
            };
            let issued = history.petition.letters.get(*index).and_then(|letter| letter.issued.as_ref());
            let pages = issued.map_or(0, |issue| issue.pages as usize);
            bundle.add(self.letter_file(history, *index).await?, pages, cover, &mark);
        }
        let Some(bundle) = bundle else { return Err(NotPrinted::Moved) };
        let file = printed(move || notice::press::press_bundle(&bundle)).await?;
        let marks = asked.iter().filter_map(|(case_ref, index)| {
            let history = histories.get(case_ref.as_str())?;
            Some(letter::printed(history.petition.id, *index, today))
        });
        self.write(marks).await?;
        Ok(file)
    }

    /// Opens name and address for service, and records that the letter is read under them.
    async fn read_for_print(
        &self,
        actor: &Actor,
        history: &History,
        index: usize,
        words: &str,
    ) -> Result<(), Failure> {
        let id = history.petition.id;
        for field in [IdentityField::Name, IdentityField::Address] {
            self.reveal(actor, id, field, (Purpose::Serve, words)).await?;
        }
        let grant = self.grants(actor, id).await?.get(&IdentityField::Name).map(|grant| grant.seq);
        let letter = u32::try_from(index).context("place of a letter").map_err(Failure::Broken)?;
        self.record_read(actor, id, Seen::Letter { letter, grant }).await?;
        Ok(())
    }

    /// The page before a letter: to whom it goes, and what matters in it. Where nobody else is to learn who filed the matter, the
    /// envelope says not from whom it comes (architecture §10.24).
    async fn cover(&self, which: Which<'_>) -> Result<Cover, Failure> {
        let petition = &which.history.petition;
        let procedure = self.procedure_of(petition)?;
        let locale = deciding(procedure);
        let letter = worded(self, locale, which).await?;
        let identity = self.identity(petition).await?;
        let address = match identity.address.is_empty() {
            // Whoever folds it must see that it cannot be posted.
            true => locale.say("print-no-address"),
            false => identity.address.clone(),
        };
        let to = [address, letter.addressee.clone()];
        let sender = if is_discreet(procedure, petition) { "" } else { letter.unit.as_str() };
        Ok(Cover::new(sender, &to, &letter.name, &letter.number, &letter.plain))
    }
}
