//! Recusal and accusation over chance trees: wherever a report goes, it is neither at nor below whom it accuses (REC-2).
//! A thousand trees in an ordinary run; `HUIYIN_CASES=10000` draws so many new ones.
//!
//! What a course of acts keeps is looked at in `district::invariants`; here it is the tree that chance makes.

use crate::district::args::words;
use crate::district::{Law, World, given};
use casework::act::{Act, Channel, Dispatch, Party, Registration, Standing, Submission};
use casework::authority::Actor;
use casework::codes::RegisterNumber;
use casework::concern::Concerns;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::disclosure::{Sight, sight};
use casework::*;
use proptest::prelude::*;
use std::rc::Rc;

const OUTSIDE: u128 = 900;
const KINDS: [UnitKind; 6] = [
    UnitKind::Government,
    UnitKind::PetitionOffice,
    UnitKind::Department,
    UnitKind::Township,
    UnitKind::IntegrityBody,
    UnitKind::PetitionOffice,
];

/// A tree: of every unit the place of its parent among those before it, and its kind. The accused: up to three posts, and
/// perhaps a unit.
#[derive(Clone, Debug)]
struct Drawn {
    units: Vec<(u8, u8)>,
    accused: Vec<(u8, u8)>,
    reported: Option<u8>,
    office: u8,
    at_registration: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let units = prop::collection::vec((any::<u8>(), any::<u8>()), 0..14);
    let accused = prop::collection::vec((any::<u8>(), any::<u8>()), 1..4);
    (units, accused, prop::option::of(any::<u8>()), any::<u8>(), any::<bool>()).prop_map(
        |(units, accused, reported, office, at_registration)| Drawn {
            units,
            accused,
            reported: reported.filter(|reported| reported.is_multiple_of(4)),
            office,
            at_registration,
        },
    )
}

fn unit(n: usize) -> UnitId {
    UnitId(uuid::Uuid::from_u128(u128::try_from(n).unwrap() + 1))
}

fn person(unit: UnitId, post: u8) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(unit.0.as_u128() * 10 + u128::from(post)))
}

/// Every unit has a registrar, a handler and a head; in two of three they open sealed matters.
fn tree(drawn: &Drawn) -> Directory {
    let mut directory = Directory::default();
    let mut add = |id: UnitId, parent: Option<UnitId>, kind: UnitKind, opens: bool| {
        let name = String::new;
        let made = Unit {
            id,
            parent,
            kind,
            name_zh: name(),
            name_en: name(),
            division: "349999".to_owned(),
            letter_prefix: name(),
            reviewed_by: None,
            intake: person(id, 0),
            head: person(id, 2),
            phone: name(),
            address: name(),
            sort: 0,
        };
        directory.units.insert(id, made);
        for (post, role) in (0..).zip([Role::Registrar, Role::Handler, Role::Head]) {
            let id_of = person(id, post);
            let roles = [role].into_iter().chain(Some(Role::Recipient).filter(|_| opens)).collect();
            let made = Official {
                id: id_of,
                unit: id,
                name: name(),
                post: name(),
                roles,
                active: true,
                mail: String::new(),
            };
            directory.officials.insert(id_of, made);
        }
    };
    add(unit(0), None, UnitKind::Government, false);
    for (n, (parent, kind)) in drawn.units.iter().enumerate() {
        let parent = unit(usize::from(*parent) % (n + 1));
        let opens = !(kind / 16).is_multiple_of(3);
        add(unit(n + 1), Some(parent), KINDS[usize::from(*kind) % KINDS.len()], opens);
    }
    add(UnitId(uuid::Uuid::from_u128(OUTSIDE)), None, UnitKind::IntegrityBody, true);
    directory
}

/// Whether a unit is one of the accused's own or below it, by its parents alone.
fn is_in_the_chain(directory: &Directory, drawn: &Drawn, of: UnitId) -> bool {
    let n_units = drawn.units.len() + 1;
    let barred: Vec<UnitId> = drawn
        .accused
        .iter()
        .map(|(of, _)| unit(usize::from(*of) % n_units))
        .chain(drawn.reported.map(|reported| unit(usize::from(reported) % n_units)))
        .collect();
    let mut at = Some(of);
    while let Some(id) = at {
        if barred.contains(&id) {
            return true;
        }
        at = directory.units[&id].parent;
    }
    false
}

fn submission(drawn: &Drawn, named: Vec<OfficialId>) -> Submission {
    let n_units = drawn.units.len() + 1;
    Submission {
        number: RegisterNumber::new("349999", jiff::civil::date(2026, 3, 2), 7).unwrap(),
        case_ref: Name::from("r7"),
        channel: Channel::Online,
        kind: Name::from("report"),
        office: unit(usize::from(drawn.office) % n_units),
        title: words(8),
        body: words(8),
        requests: vec![words(8)],
        parties: vec![Party { standing: Standing::Petitioner, identity: None }],
        n_people: 1,
        place: None,
        class: None,
        respondent: None,
        accused: drawn.reported.map(|of| unit(usize::from(of) % n_units)).into_iter().collect(),
        named,
        confidential: false,
        earlier: None,
        files: Vec::new(),
    }
}

fn actor(directory: &Directory, id: OfficialId) -> Actor {
    let known = &directory.officials[&id];
    Actor::Official { id, unit: known.unit, roles: known.roles.clone() }
}

/// One petition, decided and kept; nothing else.
#[derive(Clone)]
struct Shell<'a> {
    procedure: &'a Procedure,
    directory: &'a Directory,
    petition: Petition,
}

impl Shell<'_> {
    fn ask(&mut self, actor: &Actor, act: Act) -> Result<(), Refusal> {
        let context = Context {
            procedure: self.procedure,
            calendar: casework::calendar::Calendar::weekends_only(),
            directory: self.directory,
            actor,
            today: jiff::civil::date(2026, 3, 2),
            related: &[],
            letter_numbers: &LetterNumbers::new(),
        };
        let decision = decide(&context, &self.petition, act.into())?;
        self.petition = decision.events.iter().fold(self.petition.clone(), Petition::apply);
        Ok(())
    }

    fn owner(&self) -> (UnitId, OfficialId) {
        self.petition.owner.unwrap()
    }
}

/// The report goes its way: received, registered, referred. Wherever it comes to, it is outside the chain, and whoever
/// answers for it may see it.
fn goes_its_way(procedure: &Procedure, drawn: &Drawn) -> Result<(), TestCaseError> {
    let directory = tree(drawn);
    let n_units = drawn.units.len() + 1;
    let people: Vec<OfficialId> =
        drawn.accused.iter().map(|(of, post)| person(unit(usize::from(*of) % n_units), post % 3)).collect();
    let mut shell =
        Shell { procedure, directory: &directory, petition: Petition::new(PetitionId(uuid::Uuid::nil())) };
    let first = if drawn.at_registration { Vec::new() } else { people.clone() };
    let submit = Act::Submit(Box::new(submission(drawn, first)));
    shell.ask(&Actor::Petitioner { party: 0 }, submit).unwrap();
    let (_, owner) = shell.owner();
    let register = Act::Register(Registration {
        kind: Name::from("report"),
        class: Name::from("04"),
        place: None,
        requests: Vec::new(),
        comparison: None,
        named: people.clone(),
    });
    // Only a registrar or a head registers; whoever names themselves sees it no more.
    let registered = shell.ask(&actor(&directory, owner), register).is_ok();
    if registered || !drawn.at_registration {
        let (at, by) = shell.owner();
        prop_assert!(!is_in_the_chain(&directory, drawn, at), "REC-2: it lies in the chain of the accused");
        prop_assert!(!people.contains(&by));
    }
    prop_assert!(registered || directory.officials[&owner].roles.contains(&Role::Handler));
    let petition = &shell.petition;
    if !registered && drawn.at_registration {
        return Ok(());
    }
    let concerns = Concerns::new(&directory, procedure, petition);
    for id in directory.units.keys() {
        prop_assert_eq!(concerns.bars(*id), is_in_the_chain(&directory, drawn, *id));
        for chosen in [
            concerns.instead_of(*id),
            concerns.receives_instead_of(*id),
            concerns.reviewer_of(*id),
            concerns.superior_of(*id),
            concerns.supervisor_of(*id),
        ] {
            let fits = chosen.is_none_or(|chosen| !is_in_the_chain(&directory, drawn, chosen));
            prop_assert!(fits, "REC-2: {id} is replaced by {chosen:?}");
        }
        // SEAL-5: what goes up stays away from them, and comes to an end.
        let upwards: Vec<UnitId> =
            std::iter::successors(concerns.body_above(*id), |at| concerns.body_above(*at)).take(20).collect();
        prop_assert!(upwards.len() < 20, "SEAL-5: it goes round: {upwards:?}");
        for body in upwards {
            prop_assert!(!is_in_the_chain(&directory, drawn, body));
            prop_assert_eq!(directory.units[&body].kind, UnitKind::IntegrityBody);
            prop_assert!(!directory.recipients_of(body).is_empty(), "SEAL-1: nobody there opens it");
        }
        prop_assert!(concerns.instead_of(*id).is_some() || id.0.as_u128() == OUTSIDE, "REC-2: nowhere to go");
    }
    for official in directory.officials.values() {
        let heads = |accused: &OfficialId| {
            let of = directory.officials[accused].unit;
            *accused == person(of, 2) && directory.is_within(official.unit, of)
        };
        let blind = petition.named.contains(&official.id) || petition.named.iter().any(heads);
        if blind {
            let seen = sight(&directory, procedure, petition, &actor(&directory, official.id));
            prop_assert_eq!(seen, Sight::Nothing, "REC-1: an accused or somebody below them sees it");
        }
    }
    // Sent on: every unit is tried.
    let (_, by) = shell.owner();
    for id in directory.units.keys() {
        let refer = Act::ReferReport(Dispatch {
            to: *id,
            note: words(4),
            report_by: None,
            competence_decision: None,
        });
        let mut tried = shell.clone();
        if tried.ask(&actor(&directory, by), refer).is_ok() {
            prop_assert!(!is_in_the_chain(&directory, drawn, *id), "REC-2: referred into the chain");
            prop_assert!(!is_in_the_chain(&directory, drawn, tried.owner().0));
        }
    }
    Ok(())
}

#[test]
fn rec_2_whatever_the_tree_a_report_never_comes_to_whom_it_accuses() {
    let mut runner = crate::random::runner(1_000);
    let procedure = Law::Cn.procedure();
    runner
        .run(&drawn(), |drawn| goes_its_way(&procedure, &drawn))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// REC-2, INV-2: whoever comes to head the unit that has the matter takes it with them into the dark; the next day that
/// passes brings it on.
#[test]
fn rec_2_a_matter_that_the_directory_darkens_goes_on_with_the_next_deadline() {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "referred", "kind=report named=water-head");
    let (had, _) = world.petition('A').owner.unwrap();
    let mut changed = (*world.directory).clone();
    let accused = crate::district::official("water", "head");
    changed.officials.get_mut(&accused).unwrap().unit = had;
    changed.units.get_mut(&had).unwrap().head = accused;
    world.directory = Rc::new(changed);
    let handler = world.directory.staff_of(had)[1].id;
    let seen = |world: &World, id: OfficialId| {
        sight(&world.directory, &world.procedure, &world.petition('A'), &actor(&world.directory, id))
    };
    assert_eq!(seen(&world, handler), Sight::Nothing);
    let after = world.today.saturating_add(jiff::Span::new().days(60));
    world.pass_days(after);
    let (has, by) = world.petition('A').owner.unwrap();
    assert_ne!(has, had);
    assert_eq!(seen(&world, by), Sight::Everything);
}
