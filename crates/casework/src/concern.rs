//! Who may have nothing to do with a matter, and which unit has it instead (Art.28(3), 30(3), 46(5); REC-1 to REC-3).
//!
//! Whoever is named in a report against officials is *accused*: blind to it, and with them everybody of a unit that they
//! head and everybody below it. Whoever is named in any other matter, and whoever was recused, is kept from it alone.
//! Nothing is ever sent to an accused person's own unit, or to one below it. Where nobody inside may have the matter, the
//! body outside has it. A sealed matter is for recipients alone (SEAL-1): whoever is none is not fit for it, and a unit
//! without one cannot have it, while any unit has one that may.

use crate::directory::{Directory, Role, UnitKind};
use crate::disclosure::{is_sealed, opens_sealed, works};
use crate::fact::RoundKind;
use crate::ids::{Name, OfficialId, UnitId};
use crate::petition::Petition;
use crate::procedure::{LetterKind, Procedure};
use std::iter::successors;

/// Why somebody is kept from a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// The matter is about them.
    Named,
    /// They were recused, or declared it themselves.
    Recused,
    /// Their unit, or one above it, is reported.
    Unit,
    /// Their unit, or one above it, is headed by somebody accused.
    Below,
}

/// The concerns of one petition, as the directory is now and was since it was received.
#[derive(Clone, Copy)]
pub struct Concerns<'a> {
    directory: &'a Directory,
    procedure: &'a Procedure,
    petition: &'a Petition,
}

impl<'a> Concerns<'a> {
    /// The concerns of the petition.
    pub fn new(directory: &'a Directory, procedure: &'a Procedure, petition: &'a Petition) -> Concerns<'a> {
        Concerns { directory, procedure, petition }
    }

    /// Why an official of that unit is kept from the matter; `None` when nothing keeps them.
    pub fn of(&self, official: OfficialId, unit: UnitId) -> Option<Concern> {
        if self.petition.named.contains(&official) {
            return Some(Concern::Named);
        }
        if self.petition.recused.contains(&official) {
            return Some(Concern::Recused);
        }
        let mut units = self.directory.units_since(official, self.petition.received_on);
        units.insert(unit);
        if units.iter().any(|unit| self.is_reported(*unit)) {
            return Some(Concern::Unit);
        }
        let below = self.accused().any(|accused| {
            let headed = self.directory.headed_since(accused, self.petition.received_on);
            units.iter().any(|unit| headed.iter().any(|headed| self.was_within(*unit, *headed)))
        });
        below.then_some(Concern::Below)
    }

    /// Whether nothing of the matter may go to the unit: it is reported or below a reported one, or it is an accused
    /// person's own unit or below that (REC-2).
    pub fn bars(&self, unit: UnitId) -> bool {
        self.is_reported(unit)
            || self.accused().any(|accused| {
                let since = self.petition.received_on;
                let own = self.directory.units_since(accused, since);
                let mut barred = own.into_iter().chain(self.directory.headed_since(accused, since));
                barred.any(|barred| self.was_within(unit, barred))
            })
    }

    /// Whether the matter is sealed.
    pub fn is_sealed(&self) -> bool {
        is_sealed(self.procedure, &self.petition.kind)
    }

    /// Whether the official may be put in charge now.
    pub fn is_fit(&self, official: OfficialId) -> bool {
        self.is_fit_as(official, self.is_for_recipients())
    }

    fn is_fit_as(&self, official: OfficialId, as_recipient: bool) -> bool {
        self.directory.official(official).is_some_and(|known| {
            let entrusted = if as_recipient { opens_sealed(&known.roles) } else { works(&known.roles) };
            known.active
                && entrusted
                && self.of(official, known.unit).is_none()
                && !self.took_part_elsewhere(official)
        })
    }

    /// Whether only recipients are fit: the matter is sealed, and some unit that may have it has one. Where none has, no
    /// report is refused and none is without an owner (INV-1, INV-2): it waits for somebody to be named.
    fn is_for_recipients(&self) -> bool {
        let known = || self.directory.officials.values();
        self.is_sealed()
            && known().any(|official| self.is_fit_as(official.id, true) && !self.bars(official.unit))
    }

    /// Whom the unit puts in charge when nobody is named: its first addressee, else its head, else somebody else who is
    /// fit.
    pub fn first_fit(&self, unit: UnitId) -> Option<OfficialId> {
        let as_recipient = self.is_for_recipients();
        self.directory.addressee(unit, |official| self.is_fit_as(official, as_recipient))
    }

    /// A fit head of the unit, other than `but`.
    pub fn fit_head(&self, unit: UnitId, but: Option<OfficialId>) -> Option<OfficialId> {
        let staff = self.directory.staff_of(unit).into_iter();
        staff
            .filter(|official| official.roles.contains(&Role::Head))
            .map(|official| official.id)
            .find(|official| Some(*official) != but && self.is_fit(*official))
    }

    /// Whether the unit can have the matter: it is not barred, somebody of it is fit to be in charge, and where answers are
    /// signed by a head, a head is fit to sign.
    pub fn can_have(&self, unit: UnitId) -> bool {
        let signs = self.directory.unit(unit).is_some_and(|unit| match unit.kind {
            UnitKind::Government | UnitKind::Department | UnitKind::Township | UnitKind::ReviewBody => true,
            UnitKind::PetitionOffice | UnitKind::IntegrityBody => false,
        });
        !self.bars(unit) && self.first_fit(unit).is_some() && (!signs || self.fit_head(unit, None).is_some())
    }

    /// Which unit has the matter in the place of one that cannot: the nearest above that does the same work, for a petition
    /// office that lacks one an integrity body; where none inside can, the body outside; what is sealed, before nobody
    /// opens it, any integrity body or petition office that can. `None` where there is none.
    pub fn instead_of(&self, unit: UnitId) -> Option<UnitId> {
        match self.directory.unit(unit)?.kind {
            UnitKind::PetitionOffice => self.receives_instead_of(unit),
            UnitKind::IntegrityBody => {
                let above = self.beside(unit, UnitKind::IntegrityBody);
                above.or_else(|| self.outside(unit)).or_else(|| self.anywhere(unit))
            }
            UnitKind::Government | UnitKind::Department | UnitKind::Township | UnitKind::ReviewBody => {
                let above = self.directory.above(unit).into_iter().find(|above| self.can_have(*above));
                above.or_else(|| self.outside(unit)).or_else(|| self.anywhere(unit))
            }
        }
    }

    /// Which unit receives and dispatches the matter in the place of one that may not: the nearest petition office above,
    /// where there is none an integrity body, else the body outside.
    pub fn receives_instead_of(&self, unit: UnitId) -> Option<UnitId> {
        self.beside(unit, UnitKind::PetitionOffice)
            .or_else(|| self.beside(unit, UnitKind::IntegrityBody))
            .or_else(|| self.outside(unit))
            .or_else(|| self.anywhere(unit))
    }

    /// The organ that reviews the unit's opinions, or the one in its place (Art.35, 36). One that only lacks people keeps
    /// what no other has.
    pub fn reviewer_of(&self, unit: UnitId) -> Option<UnitId> {
        let reviewer = self.directory.reviewer_of(unit)?;
        if self.can_have(reviewer) {
            return Some(reviewer);
        }
        self.instead_of(reviewer).or(Some(reviewer).filter(|reviewer| !self.bars(*reviewer)))
    }

    /// The petition office above this one, or the nearest above that one which can have the matter.
    pub fn superior_of(&self, office: UnitId) -> Option<UnitId> {
        self.office_from(self.directory.superior_petition_office(office)?)
    }

    /// The petition office that supervises the unit, or the nearest above that one which can have the matter. What is
    /// sealed no petition office learns for that: the integrity body above supervises (SEAL-5).
    pub fn supervisor_of(&self, unit: UnitId) -> Option<UnitId> {
        if self.is_sealed() {
            return self.body_above(unit);
        }
        self.office_from(self.directory.supervising_office(unit)?)
    }

    /// The nearest integrity body that stands above the unit and can have the matter, else the body outside: never one
    /// beside another, so that what goes up comes to an end.
    pub fn body_above(&self, unit: UnitId) -> Option<UnitId> {
        let known = self.directory.unit(unit).filter(|known| !known.is_outside())?;
        let beside = usize::from(known.kind == UnitKind::IntegrityBody);
        let above = self.directory.above(unit);
        let above = above.get(beside..).unwrap_or_default();
        self.below_one_of(above, unit, UnitKind::IntegrityBody).or_else(|| self.outside(unit))
    }

    /// The unit whose head decides whether the official is recused: their own; about its only head, the unit that would
    /// have the matter in its place, the first upwards that has a head who may (Art.28(3); 上海24, 山东17).
    pub fn decides_on(&self, official: OfficialId) -> Option<UnitId> {
        let unit = self.directory.official(official)?.unit;
        let decides = |unit: &UnitId| self.fit_head(*unit, Some(official)).is_some();
        if decides(&unit) {
            return Some(unit);
        }
        let instead = self.instead_of(unit);
        let mut upwards = successors(instead, |at| self.instead_of(*at)).take(self.directory.units.len());
        upwards.find(decides).or(instead).or(Some(unit))
    }

    /// The unit whose head decides on a disposal that somebody of the unit in charge proposed: the petition office that
    /// received the matter, unless it is sealed or that office itself has it; else the unit that would have the matter in
    /// the place of the one that has it; those first in which a head does not work under whoever proposed (DUAL-1). `None`
    /// where no head is free to decide.
    pub fn decides_on_disposal(&self, proposer: Option<OfficialId>) -> Option<UnitId> {
        let (owner, _) = self.petition.owner?;
        let office = self.petition.office.filter(|_| !self.is_sealed());
        let above = [Some(owner), office].map(|unit| unit.and_then(|unit| self.instead_of(unit)));
        let candidates = [office].into_iter().chain(above).flatten().filter(|unit| *unit != owner);
        let under = |head: OfficialId| proposer.is_some_and(|by| self.directory.is_subordinate_of(head, by));
        candidates
            .clone()
            .find(|unit| self.has_free_head(*unit, |head| Some(head) != proposer && !under(head)))
            .or_else(|| {
                candidates.clone().find(|unit| self.has_free_head(*unit, |head| Some(head) != proposer))
            })
    }

    fn has_free_head(&self, unit: UnitId, may: impl Fn(OfficialId) -> bool) -> bool {
        !self.bars(unit)
            && self.directory.staff_of(unit).into_iter().any(|official| {
                official.active
                    && official.roles.contains(&Role::Head)
                    && (!self.is_sealed() || opens_sealed(&official.roles))
                    && may(official.id)
                    && self.of(official.id, official.unit).is_none()
            })
    }

    /// Whether the official handled or decided the matter on another level than the one in course (INV-8).
    pub fn took_part_elsewhere(&self, official: OfficialId) -> bool {
        let petition = self.petition;
        let Some(level): Option<RoundKind> = petition.round().map(|round| round.kind) else { return false };
        let decides = |name: &Name| {
            self.procedure.letter(name).is_some_and(|letter| letter.kind == LetterKind::Opinion)
        };
        let handled =
            petition.rounds.iter().any(|round| round.kind != level && round.took_part.contains(&official));
        let signed = petition.letters.iter().any(|letter| {
            letter.level != level && letter.signed.signer == Some(official) && decides(&letter.signed.letter)
        });
        handled || signed
    }

    fn office_from(&self, office: UnitId) -> Option<UnitId> {
        if self.can_have(office) { Some(office) } else { self.beside(office, UnitKind::PetitionOffice) }
    }

    /// The nearest unit of a kind that stands directly below one of the units above, and can have the matter.
    fn beside(&self, unit: UnitId, kind: UnitKind) -> Option<UnitId> {
        self.below_one_of(&self.directory.above(unit), unit, kind)
    }

    fn below_one_of(&self, governments: &[UnitId], unit: UnitId, kind: UnitKind) -> Option<UnitId> {
        governments.iter().find_map(|government| {
            let mut units = self.directory.units.values().filter(|other| other.parent == Some(*government));
            units
                .find(|other| other.kind == kind && other.id != unit && self.can_have(other.id))
                .map(|other| other.id)
        })
    }

    fn outside(&self, unit: UnitId) -> Option<UnitId> {
        let mut outside = self.directory.in_order().into_iter().filter(|other| other.is_outside());
        outside.find(|other| other.id != unit && self.can_have(other.id)).map(|other| other.id)
    }

    /// Wherever what is sealed can still be opened.
    fn anywhere(&self, unit: UnitId) -> Option<UnitId> {
        let units = self.directory.in_order();
        let of = |kind| units.iter().filter(move |other| other.kind == kind).map(|other| other.id);
        let receiving = of(UnitKind::IntegrityBody).chain(of(UnitKind::PetitionOffice));
        let mut receiving = receiving.filter(|_| self.is_for_recipients());
        receiving.find(|other| *other != unit && self.can_have(*other))
    }

    fn is_reported(&self, unit: UnitId) -> bool {
        self.petition.accused().iter().any(|accused| self.was_within(unit, *accused))
    }

    /// Whether the unit is the other, or below it, or was since the matter was received: whoever was blind stays blind
    /// wherever units and people go (SCOPE-6).
    fn was_within(&self, unit: UnitId, other: UnitId) -> bool {
        self.directory.was_within(unit, other, self.petition.received_on)
    }

    /// Whoever is named in a matter that reports officials.
    fn accused(&self) -> impl Iterator<Item = OfficialId> {
        let reports = is_sealed(self.procedure, &self.petition.kind);
        self.petition.named.iter().copied().filter(move |_| reports)
    }
}
