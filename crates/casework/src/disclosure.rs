//! Who may see what. What one may not know exists is answered as absent.

use crate::authority::Actor;
use crate::concern::Concerns;
use crate::directory::{Directory, Role, UnitKind};
use crate::fact::Fact;
use crate::ids::{Name, UnitId};
use crate::petition::{Petition, RECOMMENDATION};
use crate::procedure::Procedure;
use crate::text::Text;
use std::collections::BTreeSet;

/// How much of a petition an actor sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing, not even that it exists.
    Nothing,
    /// Its number, dates and stages, and that it was restricted or erased: no words, no names, no files.
    Shell,
    /// The matter without who filed it.
    Matter,
    /// The matter and, masked until revealed for a purpose, who filed it.
    Everything,
}

/// What the actor may see of the petition.
///
/// A sealed matter (a report against officials) is seen only by recipients of the office that received it, until it is
/// referred, and of the body that owns it; never by a reported unit or one below it, by whoever it names, by whom they
/// head ([`Concerns`]), and not by auditors (Art.30(3), 46(5); SEAL-1).
///
/// Of a matter under restriction, or one whose key was destroyed, nobody of the office sees more than the shell; nor does
/// whoever decides on that from another unit (PIPL Art.47).
pub fn sight(directory: &Directory, procedure: &Procedure, petition: &Petition, actor: &Actor) -> Sight {
    let Actor::Official { id, unit, roles } = actor else { return Sight::Everything };
    let seen = sight_of_words(directory, procedure, petition, actor);
    let decides = roles.contains(&Role::Head) && petition.decides_on_disposal(*unit);
    // Whoever let that decision wait has to say why, also once it is made.
    let asked = [procedure.supervision.as_str(), RECOMMENDATION];
    let is_supervised = works(roles) && asked.iter().any(|reply| petition.owes(reply, *unit));
    let may = (decides || is_supervised)
        && (opens_sealed(roles) || !is_sealed(procedure, &petition.kind))
        && Concerns::new(directory, procedure, petition).of(*id, *unit).is_none();
    let seen = if may { seen.max(Sight::Shell) } else { seen };
    if petition.is_withheld() { seen.min(Sight::Shell) } else { seen }
}

/// The same while nothing is withheld.
fn sight_of_words(directory: &Directory, procedure: &Procedure, petition: &Petition, actor: &Actor) -> Sight {
    match actor {
        Actor::System => Sight::Everything,
        Actor::Petitioner { .. } => Sight::Everything,
        Actor::Official { id, unit, roles } => {
            if Concerns::new(directory, procedure, petition).of(*id, *unit).is_some() {
                return Sight::Nothing;
            }
            // Who asked that the unit complained of should not know them is not known to it.
            let at_most = |seen: Sight| {
                if is_kept_from(directory, petition, *unit) { seen.min(Sight::Matter) } else { seen }
            };
            let works = works(roles);
            let sealed = is_sealed(procedure, &petition.kind);
            if sealed && !opens_sealed(roles) {
                return Sight::Nothing;
            }
            if petition.owner.is_some_and(|(owner, _)| owner == *unit) {
                return at_most(sight_of_owner(sealed, roles));
            }
            // Whoever must decide on a recusal of another unit's head knows what about, and not who filed it.
            if roles.contains(&Role::Head) && petition.decides_on_recusal(*unit) {
                return Sight::Matter;
            }
            if sealed {
                return Sight::Nothing;
            }
            let took_part = petition.units_seen.contains(unit);
            if works && took_part {
                return at_most(Sight::Everything);
            }
            let executes = petition.promises.iter().any(|promise| promise.executor == Some(*unit));
            // To answer; afterwards there is nothing more to know.
            let advised = petition.owes(RECOMMENDATION, *unit);
            let supervises = roles.contains(&Role::Supervisor) && is_office_above(directory, petition, *unit);
            let audits = roles.contains(&Role::Auditor);
            if (works && (executes || advised)) || supervises || audits {
                Sight::Matter
            } else {
                Sight::Nothing
            }
        }
    }
}

/// Whether the unit is a petition office that supervises the matter: it stood above the office that has it, or received it,
/// on the day on which that office got it, wherever either was moved since (SCOPE-6); or a letter of the matter, such as a
/// supervision, was sent in its name.
pub(crate) fn is_office_above(directory: &Directory, petition: &Petition, unit: UnitId) -> bool {
    let is_office = directory.unit(unit).is_some_and(|unit| unit.kind == UnitKind::PetitionOffice);
    let on = petition.office_on;
    let stood_above = |office: UnitId| {
        let mut governments = directory.parents_on(unit, on).into_iter();
        governments.all(|government| {
            government.is_some_and(|government| directory.lay_within(office, government, on))
        })
    };
    let supervised = || petition.letters.iter().any(|letter| letter.signed.unit == unit);
    is_office && (petition.office.is_some_and(stood_above) || supervised())
}

/// Whether the petitioner asked that this unit, complained of or below the unit complained of, should not know them.
fn is_kept_from(directory: &Directory, petition: &Petition, unit: UnitId) -> bool {
    let submission = petition.submission.as_ref().filter(|submission| submission.confidential);
    let respondent = submission.and_then(|submission| submission.respondent);
    respondent.is_some_and(|respondent| directory.was_within(unit, respondent, petition.received_on))
}

/// What people of the unit that answers for a matter see of it, when nobody is kept from it. For lists, which read
/// many matters without replaying them.
pub fn sight_of_owner(sealed: bool, roles: &BTreeSet<Role>) -> Sight {
    match (works(roles), sealed) {
        (true, false) => Sight::Everything,
        (true, true) if opens_sealed(roles) => Sight::Everything,
        (false, false) if roles.contains(&Role::Auditor) => Sight::Matter,
        (_, true) | (false, false) => Sight::Nothing,
    }
}

/// Whether somebody may open sealed matters: a recipient who is entrusted with work on matters beside.
pub fn opens_sealed(roles: &BTreeSet<Role>) -> bool {
    works(roles) && roles.contains(&Role::Recipient)
}

/// Whether somebody is entrusted with work on matters, not only with looking or with accounts.
pub(crate) fn works(roles: &BTreeSet<Role>) -> bool {
    roles.iter().any(|role| match role {
        Role::Registrar | Role::Handler | Role::Head | Role::Supervisor => true,
        Role::Recipient
        | Role::Auditor
        | Role::SystemAdministrator
        | Role::SecurityAdministrator
        | Role::AuditAdministrator => false,
    })
}

/// Whether a kind is sealed under this procedure.
pub fn is_sealed(procedure: &Procedure, kind: &Name) -> bool {
    procedure.kind(kind).is_some_and(|kind| kind.sealed)
}

/// Whether nobody but the petitioner may learn from its letters who filed it: sealed, or asked for (architecture §10.24).
pub fn is_discreet(procedure: &Procedure, petition: &Petition) -> bool {
    let asked = petition.submission.as_ref().is_some_and(|submission| submission.confidential);
    asked || is_sealed(procedure, &petition.kind)
}

/// Words of a fact that may lead to who filed the matter: by the number of a letter in the post whoever carries it can be asked where it
/// went, and what is corrected in a letter may be a name. Not for whoever sees the matter alone.
pub fn beyond_the_matter(fact: &Fact) -> Vec<&Text> {
    if let Fact::LetterPosted(posting) = fact {
        return vec![&posting.tracking];
    }
    if let Fact::LetterCorrected(slip) = fact {
        return vec![&slip.wrong, &slip.right];
    }
    if let Fact::PostReturned(returned) = fact { vec![&returned.reason] } else { Vec::new() }
}
