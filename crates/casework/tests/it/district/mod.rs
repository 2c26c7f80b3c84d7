//! An invented district (and an Indian ministry) in which scenarios, matrices and random sequences take place.
//!
//! [`World`] is the thinnest shell there can be: it keeps events, numbers letters and lets the timer run. Every act
//! goes through it, so that what must hold of every act (`invariants`) is looked at on every act, whoever tests.

pub(crate) mod args;
pub(crate) mod audited;
pub(crate) mod given;
pub(crate) mod invariants;
pub(crate) mod outcome;
pub(crate) mod payload;

use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::petition::{DeadlineState, Petition};
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure};
use casework::*;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Which of the two shipped procedures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Cn,
    In,
}

type UnitRow = (&'static str, Option<&'static str>, UnitKind);

const CN_UNITS: &[UnitRow] = &[
    ("city", None, UnitKind::Government),
    ("city-office", Some("city"), UnitKind::PetitionOffice),
    ("city-integrity", Some("city"), UnitKind::IntegrityBody),
    ("district", Some("city"), UnitKind::Government),
    ("office", Some("district"), UnitKind::PetitionOffice),
    ("housing", Some("district"), UnitKind::Department),
    ("water", Some("district"), UnitKind::Department),
    ("town", Some("district"), UnitKind::Township),
    ("integrity", Some("district"), UnitKind::IntegrityBody),
    ("demolition", Some("housing"), UnitKind::Department),
    ("outside", None, UnitKind::IntegrityBody),
];

const IN_UNITS: &[UnitRow] = &[
    ("ministry", None, UnitKind::Government),
    ("nodal", Some("ministry"), UnitKind::PetitionOffice),
    ("pensions", Some("ministry"), UnitKind::Department),
    ("posts", Some("ministry"), UnitKind::Department),
    ("railways", Some("ministry"), UnitKind::Department),
    ("telecom", Some("ministry"), UnitKind::Department),
    ("vigilance", Some("ministry"), UnitKind::IntegrityBody),
    ("commission", None, UnitKind::IntegrityBody),
];

/// The posts of every unit. The first is the intake, the third the head.
const POSTS: &[(&str, Role)] = &[
    ("clerk", Role::Registrar),
    ("handler", Role::Handler),
    ("head", Role::Head),
    ("handler2", Role::Handler),
    ("supervisor", Role::Supervisor),
    ("auditor", Role::Auditor),
    ("system", Role::SystemAdministrator),
    ("clerk2", Role::Registrar),
    ("head2", Role::Head),
    ("security", Role::SecurityAdministrator),
    ("audit", Role::AuditAdministrator),
];

/// Who of a petition office or an integrity body opens sealed matters: the intake, a handler and the head.
const RECIPIENTS: &[&str] = &["clerk", "handler", "head"];

/// What somebody of that post is entrusted with.
pub(crate) fn roles(kind: UnitKind, post: &str) -> BTreeSet<Role> {
    let role = POSTS.iter().find(|(known, _)| *known == post).map(|(_, role)| *role);
    let opens =
        matches!(kind, UnitKind::PetitionOffice | UnitKind::IntegrityBody) && RECIPIENTS.contains(&post);
    role.into_iter().chain(Some(Role::Recipient).filter(|_| opens)).collect()
}

impl Law {
    pub(crate) fn units(self) -> &'static [UnitRow] {
        match self {
            Law::Cn => CN_UNITS,
            Law::In => IN_UNITS,
        }
    }

    /// The petition office that receives what nobody names another receiver for.
    pub(crate) fn office(self) -> UnitId {
        unit(match self {
            Law::Cn => "office",
            Law::In => "nodal",
        })
    }

    pub(crate) fn procedure(self) -> Procedure {
        match self {
            Law::Cn => Procedure::parse("cn", CN_PETITION_2022).unwrap(),
            Law::In => Procedure::parse("in", IN_CPGRAMS_2024).unwrap(),
        }
    }

    pub(crate) fn directory(self) -> Directory {
        let mut directory = Directory::default();
        for (n, (name, parent, kind)) in self.units().iter().enumerate() {
            directory.units.insert(
                unit(name),
                Unit {
                    id: unit(name),
                    parent: parent.map(unit),
                    kind: *kind,
                    name_zh: (*name).to_owned(),
                    name_en: (*name).to_owned(),
                    division: "349999".to_owned(),
                    letter_prefix: "望".to_owned(),
                    reviewed_by: None,
                    intake: official(name, "clerk"),
                    head: official(name, "head"),
                    phone: String::new(),
                    address: String::new(),
                    sort: i64::try_from(n).unwrap(),
                },
            );
            for (post, _) in POSTS {
                let person = Official {
                    id: official(name, post),
                    unit: unit(name),
                    name: format!("{name}-{post}"),
                    post: (*post).to_owned(),
                    roles: roles(*kind, post),
                    active: true,
                    mail: String::new(),
                };
                directory.officials.insert(person.id, person);
            }
        }
        directory
    }
}

/// Ids are numbers from the place in the list, so that they stay the same from run to run.
pub(crate) fn unit(name: &str) -> UnitId {
    let at = |units: &[UnitRow]| units.iter().position(|(known, _, _)| *known == name);
    let n = at(CN_UNITS).or_else(|| at(IN_UNITS).map(|n| n + 50));
    let n = n.unwrap_or_else(|| panic!("no unit {name}")) + 1;
    UnitId(uuid::Uuid::from_u128(u128::try_from(n).unwrap()))
}

pub(crate) fn official(of: &str, post: &str) -> OfficialId {
    let n = POSTS.iter().position(|(known, _)| *known == post);
    let n = u128::try_from(n.unwrap_or_else(|| panic!("no post {post}"))).unwrap();
    OfficialId(uuid::Uuid::from_u128(unit(of).0.as_u128() * 100 + n))
}

/// The unit in an official's name.
fn unit_of(official: &str) -> &str {
    official.rsplit_once('-').map_or(official, |(unit, _)| unit)
}

/// One petition and everything that happened to it.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    pub(crate) petition: Petition,
    pub(crate) events: Vec<Event>,
    pub(crate) records: Vec<Record>,
}

/// One decision as the record holds it: one row.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) at_day: Date,
    pub(crate) actor: String,
    pub(crate) verb: String,
    pub(crate) events: Vec<Event>,
}

/// Petitions by the letter a scenario calls them, under one law.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) law: Law,
    pub(crate) procedure: Rc<Procedure>,
    pub(crate) calendar: Rc<Calendar>,
    /// Calendars that were in force before.
    pub(crate) earlier: Vec<Rc<Calendar>>,
    pub(crate) directory: Rc<Directory>,
    pub(crate) today: Date,
    pub(crate) matters: BTreeMap<char, Matter>,
    pub(crate) numbers: LetterNumbers,
    /// Signed letters become files by themselves, as in the program; a scenario can stop it.
    pub(crate) press: bool,
}

pub(crate) fn petition_id(label: char) -> PetitionId {
    PetitionId(uuid::Uuid::from_u128(u128::from(u32::from(label))))
}

pub(crate) fn label_of(id: PetitionId) -> char {
    u32::try_from(id.0.as_u128()).ok().and_then(char::from_u32).unwrap_or('?')
}

impl World {
    pub(crate) fn new(law: Law) -> World {
        let procedure = law.procedure();
        let calendar = Rc::new(Calendar::named(&procedure.calendar).unwrap().clone());
        World {
            law,
            procedure: Rc::new(procedure),
            calendar,
            earlier: Vec::new(),
            directory: Rc::new(law.directory()),
            today: date(2026, 3, 2),
            matters: BTreeMap::new(),
            numbers: LetterNumbers::new(),
            press: true,
        }
    }

    /// `petitioner`, `system`, or the unit and the post, as the directory has them now: `housing-head`,
    /// `city-office-clerk`.
    pub(crate) fn actor(&self, name: &str) -> Actor {
        match name {
            "petitioner" => Actor::Petitioner { party: 0 },
            "cosigner" => Actor::Petitioner { party: 1 },
            "system" => Actor::System,
            _ => {
                let known = &self.directory.officials[&args::person(name)];
                Actor::Official { id: known.id, unit: known.unit, roles: known.roles.clone() }
            }
        }
    }

    /// `office` or `city-office-clerk`: whoever it is opens sealed matters from now on, or does not.
    pub(crate) fn set_recipients(&mut self, whose: &str, opens: bool) {
        let of = |official: &Official| unit_of(&official.name) == whose || official.name == whose;
        let officials = Rc::make_mut(&mut self.directory).officials.values_mut();
        for official in officials.filter(|official| of(official)) {
            if opens {
                official.roles.insert(Role::Recipient);
            } else {
                official.roles.remove(&Role::Recipient);
            }
        }
    }

    /// `housing-head to district`: the same person in another unit.
    pub(crate) fn new_post(&mut self, words: &str) {
        let (who, to) = words.split_once(" to ").unwrap();
        let id = args::person(who);
        Rc::make_mut(&mut self.directory).officials.get_mut(&id).unwrap().unit = unit(to);
    }

    pub(crate) fn petition(&self, label: char) -> Petition {
        let matter = self.matters.get(&label);
        matter.map_or_else(|| Petition::new(petition_id(label)), |matter| matter.petition.clone())
    }

    pub(crate) fn related(&self, label: char) -> Vec<Petition> {
        let others = self.matters.iter().filter(|(other, _)| **other != label);
        others.map(|(_, matter)| matter.petition.clone()).collect()
    }

    pub(crate) fn permitted(&self, label: char, actor: &Actor) -> Vec<Verb> {
        let related = self.related(label);
        permitted(&self.context(actor, &related), &self.petition(label))
    }

    pub(crate) fn context<'a>(&'a self, actor: &'a Actor, related: &'a [Petition]) -> Context<'a> {
        Context {
            procedure: &self.procedure,
            calendar: &self.calendar,
            directory: &self.directory,
            actor,
            today: self.today,
            related,
            letter_numbers: &self.numbers,
        }
    }

    /// Carries out an act and keeps what follows from it; a refusal keeps nothing.
    pub(crate) fn act(
        &mut self,
        label: char,
        actor: &Actor,
        command: impl Into<Command>,
    ) -> Result<Decision, Refusal> {
        let command = command.into();
        let petition = self.petition(label);
        let related = self.related(label);
        let context = self.context(actor, &related);
        let decided = decide(&context, &petition, command.clone());
        assert_eq!(
            decided,
            decide(&context, &petition, command.clone()),
            "decide is a function of its arguments"
        );
        let decision = decided?;
        let before = self.clone();
        let own = std::iter::once((label, &decision.events));
        let others = decision.others.iter().map(|(other, events)| (label_of(*other), events));
        for (label, events) in own.chain(others) {
            self.keep(label, actor, command.act.verb(), events);
        }
        invariants::after_a_step(&before, self, label, actor, &command, &decision);
        self.issue_letters();
        Ok(decision)
    }

    /// What was signed becomes a file at once, as in the program.
    fn issue_letters(&mut self) {
        if !self.press {
            return;
        }
        let living = self.matters.iter().filter(|(_, matter)| matter.petition.lets(Verb::IssueLetter));
        let unissued = living.filter_map(|(label, matter)| {
            let mut letters = (0u32..).zip(&matter.petition.letters);
            letters.find(|(_, letter)| letter.issued.is_none()).map(|(letter, _)| (*label, letter))
        });
        let unissued = unissued.min();
        if let Some((label, letter)) = unissued {
            self.act(label, &Actor::System, payload::issue(letter)).unwrap();
        }
    }

    /// Another calendar is in force from now on.
    pub(crate) fn announce(&mut self, calendar: Calendar) {
        self.earlier.insert(0, std::mem::replace(&mut self.calendar, Rc::new(calendar)));
    }

    fn keep(&mut self, label: char, actor: &Actor, verb: Verb, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        let matter = self.matters.entry(label).or_insert_with(|| Matter {
            petition: Petition::new(petition_id(label)),
            events: Vec::new(),
            records: Vec::new(),
        });
        matter.records.push(Record {
            seq: matter.petition.version,
            at_day: self.today,
            actor: match actor {
                Actor::Petitioner { .. } => "petitioner".to_owned(),
                Actor::System => "system".to_owned(),
                Actor::Official { id, .. } => id.to_string(),
            },
            verb: verb.word().to_owned(),
            events: events.to_vec(),
        });
        for event in events {
            if let Fact::LetterSigned(signed) = &event.fact {
                let mark = signed.series(self.procedure.letter(&signed.letter).unwrap());
                let last = self.numbers.insert((signed.unit, mark, signed.year), signed.serial).unwrap_or(0);
                assert_eq!(signed.serial, last + 1, "letter numbers have no gap");
            }
            matter.petition = matter.petition.clone().apply(event);
            matter.events.push(event.clone());
        }
    }

    /// Lets days go by until `to`. The timer runs on each day before anybody acts; what it did is handed back.
    pub(crate) fn pass_days(&mut self, to: Date) -> Vec<(Date, char, Decision)> {
        let mut done = Vec::new();
        while let Some((due_on, label, deadline)) = self.next_due().filter(|(due_on, _, _)| *due_on < to) {
            self.today = self.today.max(due_on.tomorrow().unwrap());
            let pass = Act::Pass(act::Passing { deadline });
            let decision = self.act(label, &Actor::System, pass).unwrap();
            done.push((self.today, label, decision));
        }
        self.today = self.today.max(to);
        done
    }

    fn next_due(&self) -> Option<(Date, char, u32)> {
        let running = self.matters.iter().flat_map(|(label, matter)| {
            let open = matter.petition.open_deadlines();
            open.filter(|(_, deadline)| deadline.state == DeadlineState::Running)
                .map(|(index, deadline)| (deadline.set.due_on, *label, index))
        });
        running.min()
    }
}
