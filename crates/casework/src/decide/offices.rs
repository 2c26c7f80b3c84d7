//! Where a decision turns on the directory of its day: who reviews, who supervises, who is put in charge.
//!
//! The directory is no part of the record. A decision that is replayed therefore takes these answers from the record
//! itself, as far as the directory could have given them; whatever it could never have said is answered as nobody,
//! and the replay differs from the record in that place.

use super::consequence::Draft;
use crate::concern::Concerns;
use crate::fact::Fact;
use crate::ids::{OfficialId, UnitId};
use crate::petition::DISPOSAL;
use std::collections::BTreeSet;

impl Draft<'_> {
    /// The organ that reviews the unit's opinions.
    pub(super) fn reviewer_of(&self, unit: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.concerns().reviewer_of(unit);
        }
        match self.next_recorded() {
            Some(Fact::RoundOpened { unit: reviewer, .. }) => Some(*reviewer),
            Some(_) | None => None,
        }
    }

    /// The petition office above this one.
    pub(super) fn superior_of(&self, office: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.concerns().superior_of(office);
        }
        let owner = self.state.owner.map(|(unit, _)| unit);
        match self.next_recorded() {
            // Never the organ itself, whose refusal is reviewed.
            Some(Fact::OwnerSet { unit, .. }) => Some(*unit).filter(|unit| self.state.organ != Some(*unit)),
            // Whoever has it at this stage keeps it.
            Some(_) | None => owner.filter(|_| self.before.stage == self.state.stage),
        }
    }

    /// Who takes a sealed matter over from a unit that does not act: the integrity body above. Nobody where none stands
    /// above.
    pub(super) fn escalates_to(&self, unit: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.concerns().body_above(unit);
        }
        match self.next_recorded() {
            Some(Fact::Diverted { from, to }) => {
                Some(*to).filter(|to| *from == unit && *to != unit && !self.state.accused().contains(to))
            }
            Some(_) | None => None,
        }
    }

    /// The petition office that supervises the unit.
    pub(super) fn supervisor_of(&self, unit: UnitId) -> Option<UnitId> {
        if !self.is_replay() {
            return self.concerns().supervisor_of(unit);
        }
        match self.next_recorded() {
            Some(Fact::LetterSigned(letter)) => Some(letter.unit).filter(|office| *office != unit),
            Some(_) | None => None,
        }
    }

    /// Whom the unit puts in charge when nobody is named: its first addressee, else its head, else somebody of it who
    /// is not kept from the matter.
    pub(super) fn first_of(&self, unit: UnitId) -> Option<OfficialId> {
        if !self.is_replay() {
            let directory = self.context.directory;
            let head = directory.unit(unit)?.head;
            let unkept = || {
                let staff = directory.staff_of(unit).into_iter().map(|official| official.id);
                staff.into_iter().find(|official| !self.is_kept(*official))
            };
            // Never nobody, also where no directory of its day names anybody who could have it.
            return self.concerns().first_fit(unit).or_else(unkept).or(Some(head));
        }
        let stays = self.state.owner.filter(|(owner, _)| *owner == unit).map(|(_, official)| official);
        match self.next_recorded() {
            Some(Fact::OwnerSet { unit: of, official }) if *of == unit => Some(*official),
            // Nobody: that is never what the directory says.
            Some(_) | None => stays.or(Some(OfficialId(uuid::Uuid::nil()))),
        }
    }

    /// The unit whose head decides on a recusal: of the official named, else of whoever is in charge.
    pub(super) fn decider_on(&self, official: Option<OfficialId>) -> Option<UnitId> {
        if !self.is_replay() {
            let official = official.or(self.state.owner.map(|(_, official)| official))?;
            return self.concerns().decides_on(official);
        }
        match self.next_recorded() {
            Some(Fact::DeadlineSet(set)) => set.unit,
            Some(_) | None => None,
        }
    }

    /// The unit whose head decides on a disposal.
    pub(super) fn decider_on_disposal(&self) -> Option<UnitId> {
        if !self.is_replay() {
            return self.concerns().decides_on_disposal(self.context.actor.official());
        }
        match self.next_recorded() {
            // Never the unit that has the matter, whose own people propose it.
            Some(Fact::DeadlineSet(set)) => {
                set.unit.filter(|unit| self.state.owner.is_none_or(|(owner, _)| owner != *unit))
            }
            Some(_) | None => None,
        }
    }

    /// Takes the matter, and what is owed in it, from every unit that is barred from it, and from one in charge that has
    /// nobody left who could be (REC-2, INV-2). Whether it was taken from any.
    pub(super) fn divert(&mut self) -> bool {
        let before = self.state.version;
        if self.is_replay() {
            while let Some(fact @ Fact::Diverted { from, to }) = self.next_recorded() {
                if from == to || !self.bound().contains(from) || self.state.accused().contains(to) {
                    break;
                }
                self.record(fact.clone());
            }
            return self.state.version > before;
        }
        let owner = self.owning_unit();
        // Whoever is in charge goes first: in a sealed matter the others give what they owe to whoever is then.
        let mut bound: Vec<UnitId> = self.bound().into_iter().collect();
        bound.sort_by_key(|unit| Some(*unit) != owner);
        for from in bound {
            let concerns = self.concerns();
            let (in_charge, sealed) = (owner == Some(from), concerns.is_sealed());
            let fits = match (in_charge, sealed) {
                (true, _) => concerns.can_have(from),
                (false, false) => !concerns.bars(from),
                // Whoever is not in charge of what is sealed sees nothing of it, and could do nothing that they owe.
                (false, true) => concerns.can_have(from) && !self.owes(from),
            };
            if fits {
                continue;
            }
            // Whoever received it hands it to another that receives; an organ to one above it.
            let receives = self.state.office == Some(from) && self.state.organ != Some(from);
            let instead =
                || if receives { concerns.receives_instead_of(from) } else { concerns.instead_of(from) };
            let to = self.owning_unit().filter(|to| sealed && !in_charge && concerns.can_have(*to));
            if let Some(to) = to.or_else(instead) {
                self.record(Fact::Diverted { from, to });
            }
        }
        self.state.version > before
    }

    /// Whether the unit owes something that only whoever sees the matter can do. Whoever decides on a recusal or a disposal
    /// sees what for ([`crate::disclosure::sight`]).
    fn owes(&self, unit: UnitId) -> bool {
        let mut open = self.state.open_deadlines().map(|(_, deadline)| &deadline.set);
        open.any(|set| set.unit == Some(unit) && set.limit != *"recusal" && set.limit != *DISPOSAL)
    }

    /// Every unit that has the matter or owes something in it.
    fn bound(&self) -> BTreeSet<UnitId> {
        let state = &self.state;
        let owed = state.open_deadlines().filter_map(|(_, deadline)| deadline.set.unit);
        let round = state.round().map(|round| round.unit);
        [state.office, state.organ, round].into_iter().flatten().chain(owed).collect()
    }

    pub(super) fn concerns(&self) -> Concerns<'_> {
        Concerns::new(self.context.directory, self.context.procedure, &self.state)
    }

    /// Whether the official of that unit may be in charge, or stay so: not kept from it, and in a sealed matter a
    /// recipient where the unit has one. Who is one is the directory's to say, so a replay believes it.
    pub(super) fn may_be_in_charge(&self, unit: UnitId, official: OfficialId) -> bool {
        let concerns = self.concerns();
        if self.is_kept(official) || !concerns.is_sealed() {
            return !self.is_kept(official);
        }
        match self.next_recorded() {
            Some(Fact::OwnerSet { unit: of, official: recorded }) if *of == unit => *recorded == official,
            Some(_) => true,
            None if self.is_replay() => true,
            None => concerns.is_fit(official) || concerns.first_fit(unit).is_none(),
        }
    }

    /// Whether the record itself keeps the official from the matter.
    pub(super) fn is_kept(&self, official: OfficialId) -> bool {
        self.state.recused.contains(&official) || self.state.named.contains(&official)
    }
}
