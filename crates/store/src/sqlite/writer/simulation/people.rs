//! The units and officials of the simulated office.

use casework::authority::Actor;
use casework::directory::{Official, Role, Unit, UnitKind};
use casework::{Directory, OfficialId, UnitId};

const CITY: u128 = 4;
const GOVERNMENT: u128 = 1;
pub(super) const OFFICE: u128 = 2;
pub(super) const HOUSING: u128 = 3;
pub(super) const DIVISION: &str = "349999";

pub(super) fn unit_id(n: u128) -> UnitId {
    UnitId(uuid::Uuid::from_u128(n))
}

/// Official `n` of a unit: 0 registrar and supervisor, 1 handler, 2 head.
pub(super) fn official_id(unit: u128, n: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(unit * 100 + n))
}

fn roles(n: u128) -> Vec<Role> {
    match n {
        0 => vec![Role::Registrar, Role::Supervisor],
        1 => vec![Role::Handler],
        _ => vec![Role::Head],
    }
}

pub(super) fn actor(unit: u128, n: u128) -> Actor {
    Actor::Official { id: official_id(unit, n), unit: unit_id(unit), roles: roles(n).into_iter().collect() }
}

pub(super) fn word(actor: &Actor) -> String {
    match actor {
        Actor::Petitioner { .. } => "petitioner".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Official { id, .. } => id.to_string(),
    }
}

pub(super) fn directory() -> Directory {
    let mut directory = Directory::default();
    for (n, parent, kind) in [
        (CITY, None, UnitKind::Government),
        (GOVERNMENT, Some(CITY), UnitKind::Government),
        (OFFICE, Some(GOVERNMENT), UnitKind::PetitionOffice),
        (HOUSING, Some(GOVERNMENT), UnitKind::Department),
    ] {
        let unit = Unit {
            id: unit_id(n),
            parent: parent.map(unit_id),
            kind,
            name_zh: format!("{n}号单位"),
            name_en: format!("unit {n}"),
            division: DIVISION.to_owned(),
            letter_prefix: "望".to_owned(),
            reviewed_by: None,
            intake: official_id(n, 0),
            head: official_id(n, 2),
            phone: String::new(),
            address: String::new(),
            sort: 0,
        };
        directory.units.insert(unit.id, unit);
        for official in 0..3 {
            let id = official_id(n, official);
            let (name, post) = (format!("official {official}"), String::new());
            let roles = roles(official).into_iter().collect();
            let official =
                Official { id, unit: unit_id(n), name, post, roles, active: true, mail: String::new() };
            directory.officials.insert(id, official);
        }
    }
    directory
}
