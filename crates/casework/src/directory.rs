//! The office directory as the rules see it: a tree of units, and the officials who hold posts in them.
//!
//! Loaded by the shell, passed in by reference; it knows nothing of logins.

use crate::disclosure::opens_sealed;
use crate::ids::{OfficialId, UnitId};
use crate::past::Past;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a unit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// A people's government: the level above its departments and townships.
    Government,
    /// 信访部门: registers, forwards, assigns, supervises; does not decide the merits (Art.14, 22).
    PetitionOffice,
    /// A department of a government.
    Department,
    /// A town or street office.
    Township,
    /// A body that only reviews (复查复核机构).
    ReviewBody,
    /// A discipline or supervision organ: receives reports against officials (Art.22(2), 30).
    IntegrityBody,
}

/// One unit of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// The unit it belongs to; `None` for the root, and for a body outside the tree ([`Unit::is_outside`]).
    pub parent: Option<UnitId>,
    /// What it is for.
    pub kind: UnitKind,
    /// Chinese name, as printed on letters.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Six digits of GB/T 2260: the first part of a register number.
    pub division: String,
    /// 机关代字, the first part of a document number.
    pub letter_prefix: String,
    /// Who decides a first review of this unit's opinions (Art.35: the organ one level above).
    pub reviewed_by: Option<UnitId>,
    /// The official against whom deadlines run as soon as a matter reaches the unit (首接责任人).
    pub intake: OfficialId,
    /// 负责人: approves extensions, signs opinions, decides recusals.
    pub head: OfficialId,
    /// Telephone shown to petitioners (Art.18(1)).
    pub phone: String,
    /// Address and hours shown to petitioners (Art.18(1)).
    pub address: String,
    /// Position in directory order; lists of units use this and never a count.
    pub sort: i64,
}

/// At which level of government a unit stands: what a petitioner is told of whoever read their petition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole country.
    National,
    /// 省级.
    Province,
    /// 市级.
    Prefecture,
    /// 县级.
    County,
    /// 乡级.
    Township,
}

impl Level {
    /// As locales spell it.
    pub fn word(self) -> &'static str {
        match self {
            Level::National => "national",
            Level::Province => "province",
            Level::Prefecture => "prefecture",
            Level::County => "county",
            Level::Township => "township",
        }
    }
}

impl Unit {
    /// Whether it is a body outside: it answers to nobody in the tree, so that a report against whoever heads the root
    /// has somewhere to go (REC-2).
    pub fn is_outside(&self) -> bool {
        self.kind == UnitKind::IntegrityBody && self.parent.is_none()
    }

    /// Its level, by its kind and by the zeros at the end of its division (GB/T 2260).
    pub fn level(&self) -> Level {
        match self.division.trim_end_matches('0').len() {
            _ if self.kind == UnitKind::Township => Level::Township,
            0 => Level::National,
            1 | 2 => Level::Province,
            3 | 4 => Level::Prefecture,
            _ => Level::County,
        }
    }
}

/// What a person may be entrusted with in the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Registers and dispatches.
    Registrar,
    /// Handles a matter on the merits.
    Handler,
    /// Head of the organ (本机关、单位负责人).
    Head,
    /// 督办 of the petition office.
    Supervisor,
    /// 密件受理人: opens reports against officials, beside the work they do; named, at least two in a unit (SEAL-1).
    Recipient,
    /// Reads everything that is not sealed, changes nothing.
    Auditor,
    /// 系统管理员: keeps accounts, configuration and backups; sees no case (IAM-1).
    SystemAdministrator,
    /// 安全管理员: keeps units, posts and roles; sees no case.
    SecurityAdministrator,
    /// 审计管理员: reads who read what and who changed what; sees no case.
    AuditAdministrator,
}

impl Role {
    /// Every role, in the order of the authority matrix.
    pub const ALL: [Role; 9] = [
        Role::Registrar,
        Role::Handler,
        Role::Head,
        Role::Supervisor,
        Role::Recipient,
        Role::Auditor,
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::AuditAdministrator,
    ];

    /// Whether it is one of the three administrators, who are separated from each other and from all casework.
    pub fn administers(self) -> bool {
        match self {
            Role::SystemAdministrator | Role::SecurityAdministrator | Role::AuditAdministrator => true,
            Role::Registrar
            | Role::Handler
            | Role::Head
            | Role::Supervisor
            | Role::Recipient
            | Role::Auditor => false,
        }
    }

    /// The word in files, forms and events.
    pub fn word(self) -> &'static str {
        match self {
            Role::Registrar => "registrar",
            Role::Handler => "handler",
            Role::Head => "head",
            Role::Supervisor => "supervisor",
            Role::Recipient => "recipient",
            Role::Auditor => "auditor",
            Role::SystemAdministrator => "system_administrator",
            Role::SecurityAdministrator => "security_administrator",
            Role::AuditAdministrator => "audit_administrator",
        }
    }

    /// The role of a word.
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// A person in a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Their id.
    pub id: OfficialId,
    /// The unit of the post.
    pub unit: UnitId,
    /// Name as officials see it.
    pub name: String,
    /// The post, as letters and petitioners see it.
    pub post: String,
    /// What they are entrusted with.
    pub roles: BTreeSet<Role>,
    /// False once they have left the post.
    pub active: bool,
    /// Where they are told of what becomes of their account (IAM-4); empty for nowhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mail: String,
}

/// A person whom every unit needs, because deadlines run against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// 首接责任人.
    Intake,
    /// 负责人.
    Head,
}

/// Why a directory cannot be put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryFault {
    /// There must be one unit without a parent, beside bodies outside; there are so many.
    Roots(usize),
    /// The unit's parents do not lead to the root.
    NotUnderTheRoot(UnitId),
    /// No active official of the unit is its intake or its head.
    Nobody(UnitId, Duty),
    /// The official's unit does not exist.
    NoUnit(OfficialId),
    /// An administrator who holds a second role (IAM-1, I9).
    NotSeparated(OfficialId),
}

impl std::fmt::Display for DirectoryFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DirectoryFault::Roots(n) => write!(f, "one unit must have no parent, {n} have none"),
            DirectoryFault::NotUnderTheRoot(unit) => {
                write!(f, "the parents of unit {unit} do not lead to the root")
            }
            DirectoryFault::Nobody(unit, Duty::Intake) => {
                write!(f, "the intake of unit {unit} is no active official of it")
            }
            DirectoryFault::Nobody(unit, Duty::Head) => {
                write!(f, "the head of unit {unit} is no active official of it")
            }
            DirectoryFault::NoUnit(official) => write!(f, "the unit of official {official} does not exist"),
            DirectoryFault::NotSeparated(official) => {
                write!(f, "official {official} is an administrator and holds another role too")
            }
        }
    }
}

/// All units and officials of one installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Units by id.
    pub units: BTreeMap<UnitId, Unit>,
    /// Officials by id.
    pub officials: BTreeMap<OfficialId, Official>,
    /// How it was before; an office begins without.
    #[serde(default, skip_serializing_if = "Past::is_empty")]
    pub past: Past,
}

impl Directory {
    /// The unit, when it exists.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    /// The official, when they exist.
    pub fn official(&self, id: OfficialId) -> Option<&Official> {
        self.officials.get(&id)
    }

    /// The chain of units above `id`, nearest first. Stops at a cycle instead of hanging.
    pub fn above(&self, id: UnitId) -> Vec<UnitId> {
        let mut chain: Vec<UnitId> = Vec::new();
        let mut at = self.unit(id).and_then(|unit| unit.parent);
        while let Some(unit) = at {
            if unit == id || chain.contains(&unit) {
                break;
            }
            chain.push(unit);
            at = self.unit(unit).and_then(|unit| unit.parent);
        }
        chain
    }

    /// Whether `inner` is `outer` or lies below it.
    pub fn is_within(&self, inner: UnitId, outer: UnitId) -> bool {
        inner == outer || self.above(inner).contains(&outer)
    }

    /// Whether `one` works under `other`: in a unit that the other heads by name, or in one below it; or in a unit, or below
    /// one, of which the other has the role of head, unless there they are a head too. Whoever works under somebody is no
    /// second person beside them (DUAL-1). Nobody works under themselves, or under somebody who has left.
    pub fn is_subordinate_of(&self, one: OfficialId, other: OfficialId) -> bool {
        let (Some(one), Some(other)) = (self.official(one), self.official(other)) else { return false };
        if one.id == other.id || !other.active {
            return false;
        }
        let mut by_name = self.units.values().filter(|unit| unit.head == other.id);
        if by_name.any(|unit| self.is_within(one.unit, unit.id)) {
            return true;
        }
        let heads_too =
            || one.roles.contains(&Role::Head) || self.unit(one.unit).is_some_and(|unit| unit.head == one.id);
        other.roles.contains(&Role::Head)
            && self.is_within(one.unit, other.unit)
            && (one.unit != other.unit || !heads_too())
    }

    /// Whom the unit is addressed through: its intake, else its head, else somebody else of it who is fit.
    pub fn addressee(&self, unit: UnitId, is_fit: impl Fn(OfficialId) -> bool) -> Option<OfficialId> {
        let known = self.unit(unit)?;
        let others = self.staff_of(unit).into_iter().map(|official| official.id);
        [known.intake, known.head].into_iter().chain(others).find(|official| is_fit(*official))
    }

    /// The organ that reviews `unit`'s opinions: the one named for it, else the unit above (Art.35, 36).
    pub fn reviewer_of(&self, unit: UnitId) -> Option<UnitId> {
        let unit = self.unit(unit)?;
        unit.reviewed_by.or(unit.parent)
    }

    /// The petition office one level above `office`: hears objections to a refusal to accept.
    pub fn superior_petition_office(&self, office: UnitId) -> Option<UnitId> {
        let above = self.above(office);
        above.iter().skip(1).chain(above.first()).find_map(|government| {
            self.units
                .values()
                .find(|unit| {
                    unit.kind == UnitKind::PetitionOffice
                        && unit.parent == Some(*government)
                        && unit.id != office
                })
                .map(|unit| unit.id)
        })
    }

    /// The nearest petition office whose government stands above the unit: it supervises the unit (Art.14, 40). Never
    /// the unit itself.
    pub fn supervising_office(&self, unit: UnitId) -> Option<UnitId> {
        self.above(unit).iter().find_map(|government| {
            self.units
                .values()
                .find(|office| {
                    office.kind == UnitKind::PetitionOffice
                        && office.parent == Some(*government)
                        && office.id != unit
                })
                .map(|office| office.id)
        })
    }

    /// Units in directory order.
    pub fn in_order(&self) -> Vec<&Unit> {
        let mut units: Vec<&Unit> = self.units.values().collect();
        units.sort_by_key(|unit| (unit.sort, unit.id));
        units
    }

    /// What makes it no directory that an office can work with, one entry each: a unit without its people, two roots, a
    /// tree that runs in a circle, an administrator who also does something else (IAM-1).
    pub fn faults(&self) -> Vec<DirectoryFault> {
        let mut faults = Vec::new();
        let roots = self.units.values().filter(|unit| unit.parent.is_none() && !unit.is_outside()).count();
        if roots != 1 {
            faults.push(DirectoryFault::Roots(roots));
        }
        for unit in self.units.values() {
            let chain = self.above(unit.id);
            let top = chain.last().copied().unwrap_or(unit.id);
            if self.unit(top).is_none_or(|top| top.parent.is_some()) {
                faults.push(DirectoryFault::NotUnderTheRoot(unit.id));
            }
            for (who, official) in [(Duty::Intake, unit.intake), (Duty::Head, unit.head)] {
                let there = self.official(official);
                if there.is_none_or(|official| !official.active || official.unit != unit.id) {
                    faults.push(DirectoryFault::Nobody(unit.id, who));
                }
            }
        }
        for official in self.officials.values() {
            if self.unit(official.unit).is_none() {
                faults.push(DirectoryFault::NoUnit(official.id));
            }
            if official.roles.len() > 1 && official.roles.iter().any(|role| role.administers()) {
                faults.push(DirectoryFault::NotSeparated(official.id));
            }
        }
        faults
    }

    /// Who of the unit opens sealed matters: in post, a recipient, and entrusted with work on matters (SEAL-1).
    pub fn recipients_of(&self, unit: UnitId) -> Vec<OfficialId> {
        let staff = self.staff_of(unit).into_iter();
        staff.filter(|official| opens_sealed(&official.roles)).map(|official| official.id).collect()
    }

    /// Petition offices and integrity bodies with fewer than two recipients, in directory order. What such a unit should
    /// receive sealed goes to another, or hangs on one person.
    pub fn without_recipients(&self) -> Vec<UnitId> {
        let receives = |unit: &&Unit| match unit.kind {
            UnitKind::PetitionOffice | UnitKind::IntegrityBody => true,
            UnitKind::Government | UnitKind::Department | UnitKind::Township | UnitKind::ReviewBody => false,
        };
        let units = self.in_order().into_iter().filter(receives);
        units.filter(|unit| self.recipients_of(unit.id).len() < 2).map(|unit| unit.id).collect()
    }

    /// Whether a body outside is named, which set-up asks for (architecture §10.27, REC-2).
    pub fn has_body_outside(&self) -> bool {
        self.units.values().any(Unit::is_outside)
    }

    /// Active officials of one unit, by name of post.
    pub fn staff_of(&self, unit: UnitId) -> Vec<&Official> {
        self.officials.values().filter(|official| official.unit == unit && official.active).collect()
    }
}
