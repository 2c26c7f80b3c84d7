//! Whether a letter that somebody holds was issued here, as it is, and still stands (procedure.md §5; architecture §10.22).
//!
//! Who asks shows the mark on the paper, or the file. Whoever holds neither learns nothing, and of a sealed matter nobody learns
//! that there is a letter: none of its letters is in the list that is asked.

use super::Correcting;
use crate::app::{App, Failure};
use crate::entropy::hex;
use casework::codes::LetterMark;
use casework::procedure::Label;
use casework::standing::{Standing, standing};
use casework::{Event, PetitionId, UnitId};
use jiff::civil::Date;
use store::Value;
use store::content::sha256;
use store::history;

const BY_MARK: &str = "select petition_id, idx from letter where mark = $1";
const BY_DIGEST: &str = "select petition_id, idx from letter where digest = $1";

/// What somebody shows of a letter.
pub(crate) enum Shown<'s> {
    /// The mark that is printed on it.
    Mark(&'s LetterMark),
    /// SHA-256 of its file.
    File(&'s [u8; 32]),
}

/// A letter that was issued: what whoever holds it may be told, which is what stands on it and what became of it.
pub(crate) struct Issued {
    /// What kind of document it is.
    pub(crate) name: Label,
    /// Its number.
    pub(crate) number: String,
    /// Whose letter it is.
    pub(crate) unit: UnitId,
    /// When it was signed.
    pub(crate) signed_on: Date,
    /// When it became a file.
    pub(crate) issued_on: Date,
    /// SHA-256 of that file.
    pub(crate) digest: [u8; 32],
    /// What corrects it.
    pub(crate) corrections: Vec<Correcting>,
    /// Whether it stands.
    pub(crate) standing: Standing,
}

impl App {
    /// The issued letter that somebody shows; `None` when none was, or its matter is sealed.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn issued_letter(&self, shown: Shown<'_>) -> Result<Option<Issued>, Failure> {
        let (sql, key) = match shown {
            Shown::Mark(mark) => (BY_MARK, hex(&sha256(mark.as_str().as_bytes()))),
            Shown::File(digest) => (BY_DIGEST, hex(digest)),
        };
        let rows = self.database.query(sql, vec![Value::Text(key)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id: PetitionId = row.text(0)?.parse().map_err(|_| anyhow::anyhow!("petition id of a letter"))?;
        let index = usize::try_from(row.int(1)?).unwrap_or(usize::MAX);
        let history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
        let petition = &history.petition;
        let procedure = self.procedure_of(petition)?;
        let events: Vec<Event> = history.records.iter().flat_map(|record| record.events.clone()).collect();
        let (Some(letter), Some(standing)) =
            (petition.letters.get(index), standing(procedure, petition, &events, index))
        else {
            return Ok(None);
        };
        let known = procedure.letter(&letter.signed.letter).ok_or(Failure::Absent)?;
        let (Some(issue), Some(issued_on)) = (&letter.issued, letter.issued_on) else { return Ok(None) };
        Ok(Some(Issued {
            name: known.name.clone(),
            number: super::number(self, &letter.signed, known),
            unit: letter.signed.unit,
            signed_on: letter.on,
            issued_on,
            digest: issue.digest.0,
            corrections: Correcting::of(self, petition, index),
            standing,
        }))
    }
}
