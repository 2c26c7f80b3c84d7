//! Where a decision turns on the directory of its day: who reviews, who supervises, who is put in charge.
//!
//! The directory is no part of the record. A decision that is replayed therefore takes these answers from the record
//! itself, as far as the directory could have given them; whatever it could never have said is answered as nobody,
//! and the replay differs from the record in that place.

use super::consequence::Draft;
use crate::fact::Fact;
use crate::ids::{OfficialId, UnitId};

impl Draft<'_> {
    /// The organ that reviews the unit's opinions.
    pub(super) fn reviewer_of(&self, unit: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.context.directory.reviewer_of(unit);
        }
        match self.next_recorded() {
            Some(Fact::RoundOpened { unit: reviewer, .. }) => Some(*reviewer),
            Some(_) | None => None,
        }
    }

    /// The petition office above this one.
    pub(super) fn superior_of(&self, office: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.context.directory.superior_petition_office(office);
        }
        let owner = self.state.owner.map(|(unit, _)| unit);
        match self.next_recorded() {
            // Never the organ itself, whose refusal is reviewed.
            Some(Fact::OwnerSet { unit, .. }) => Some(*unit).filter(|unit| self.state.organ != Some(*unit)),
            // Whoever has it at this stage keeps it.
            Some(_) | None => owner.filter(|_| self.before.stage == self.state.stage),
        }
    }

    /// The petition office that supervises the unit.
    pub(super) fn supervisor_of(&self, unit: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.context.directory.supervising_office(unit);
        }
        match self.next_recorded() {
            Some(Fact::LetterSigned(letter)) => Some(letter.unit).filter(|office| *office != unit),
            Some(_) | None => None,
        }
    }

    /// Whom the unit puts in charge when nobody is named: its first addressee, else its head, else somebody of it who
    /// is not recused.
    pub(super) fn first_of(&self, unit: UnitId) -> Option<OfficialId> {
        if !self.is_replay() {
            let directory = self.context.directory;
            let unit = directory.unit(unit)?;
            let others = directory.staff_of(unit.id).into_iter().map(|official| official.id);
            let fit = |official: &OfficialId| !self.state.recused.contains(official);
            return [unit.intake, unit.head].into_iter().chain(others).find(fit).or(Some(unit.head));
        }
        let stays = self.state.owner.filter(|(owner, _)| *owner == unit).map(|(_, official)| official);
        match self.next_recorded() {
            Some(Fact::OwnerSet { unit: of, official }) if *of == unit => Some(*official),
            // Nobody: that is never what the directory says.
            Some(_) | None => stays.or(Some(OfficialId(uuid::Uuid::nil()))),
        }
    }
}
