//! Who can reach a petition at all, in words that a database can compare: a second wall behind [`sight`], coarser than it and
//! never narrower (SCOPE-7).
//!
//! A petition has words that let in and words that keep out; an official has words of their own. Whoever has one that lets in
//! and none that keeps out is let through. A petition's words hang on its events alone, so they stand beside it as rows; an
//! official's hang on the directory as it is now, so they are made when they ask. Of a sealed matter no word names anybody:
//! recipients of the units that have to do with it are let in, and its words are encrypted to fewer.
//!
//! [`sight`]: crate::disclosure::sight

use crate::authority::Actor;
use crate::directory::{Directory, Role, UnitKind};
use crate::disclosure::{is_sealed, opens_sealed, works};
use crate::ids::UnitId;
use crate::petition::Petition;
use crate::procedure::Procedure;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What every auditor has, and every matter that is not sealed.
const AUDIT: &str = "audit";

/// The words of a petition; whether each keeps out.
pub fn of_petition(procedure: &Procedure, petition: &Petition) -> BTreeMap<String, bool> {
    let mut words = BTreeMap::new();
    let owner = petition.owner.map(|(unit, _)| unit);
    let owing = petition.open_deadlines().filter_map(|(_, deadline)| deadline.set.unit);
    let concerned = owner.into_iter().chain(owing);
    if is_sealed(procedure, &petition.kind) {
        words.extend(concerned.map(|unit| (opens(unit), false)));
        return words;
    }
    let executing = petition.promises.iter().filter_map(|promise| promise.executor);
    let concerned = concerned.chain(petition.units_seen.iter().copied()).chain(executing);
    words.extend(concerned.map(|unit| (format!("works:{unit}"), false)));
    words.extend(petition.office.map(|office| (above(office), false)));
    // A supervision may have been sent in the name of an office that stands elsewhere by now.
    words.extend(petition.letters.iter().map(|letter| (signed(letter.signed.unit), false)));
    words.insert(AUDIT.to_owned(), false);
    let kept = petition.named.union(&petition.recused);
    words.extend(kept.map(|official| (format!("not:{official}"), true)));
    words.extend(petition.accused().iter().map(|unit| (format!("not:{unit}"), true)));
    words
}

/// The words of an official; `None` for whoever is none: the rules alone say what they see.
pub fn of_actor(directory: &Directory, actor: &Actor) -> Option<BTreeSet<String>> {
    let Actor::Official { id, unit, roles } = actor else { return None };
    let above_it = directory.above(*unit);
    let mut words = BTreeSet::from([format!("not:{id}"), format!("not:{unit}")]);
    words.extend(above_it.iter().map(|unit| format!("not:{unit}")));
    if works(roles) {
        // An auditor of the unit in charge sees what every auditor does.
        words.insert(format!("works:{unit}"));
    }
    if opens_sealed(roles) {
        words.insert(opens(*unit));
    }
    if roles.contains(&Role::Auditor) {
        words.insert(AUDIT.to_owned());
    }
    let is_office = directory.unit(*unit).is_some_and(|own| own.kind == UnitKind::PetitionOffice);
    if roles.contains(&Role::Supervisor) && is_office {
        words.insert(signed(*unit));
        // Which day counts is a matter of the matter: whatever ever lay below is reached (SCOPE-6).
        let governments = directory.parents_ever(*unit);
        let ever_below = |unit: UnitId| {
            governments.iter().any(|government| directory.was_within(unit, *government, Date::MIN))
        };
        words.extend(directory.units.keys().filter(|unit| ever_below(**unit)).map(|unit| above(*unit)));
    }
    Some(words)
}

/// Whether whoever has these words is let through. The database decides the same (`schema/0024_reach.postgres.sql`).
pub fn lets_through(petition: &BTreeMap<String, bool>, actor: &BTreeSet<String>) -> bool {
    let mut common = petition.iter().filter(|(word, _)| actor.contains(*word)).peekable();
    common.peek().is_some() && common.all(|(_, keeps_out)| !keeps_out)
}

/// The word of those who open sealed matters in a unit.
pub fn opens(unit: impl std::fmt::Display) -> String {
    format!("opens:{unit}")
}

/// Of supervisors in a petition office that signed a letter of the matter.
fn signed(office: UnitId) -> String {
    format!("signed:{office}")
}

/// Of supervisors in a petition office that stands, or ever stood, above the one that received the matter.
fn above(office: UnitId) -> String {
    format!("above:{office}")
}
