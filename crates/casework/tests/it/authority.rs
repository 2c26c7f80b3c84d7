//! Who may do what and who may see what, whole: a changed right is a visible difference in `tests/snapshots`.
//!
//! `authority.txt` is the table itself, read through `authority::may`; `offers-*.txt` is what is offered at each stage
//! that the scenarios reach; `disclosure.txt` is what is seen.

mod offers;
mod standing;

use crate::district::args::Args;
use crate::district::{Law, World, given, official, payload, roles, unit};
use casework::act::{Act, Supervision, Trigger, Verb};
use casework::authority::{Actor, may};
use casework::disclosure::{Sight, sight};
use casework::petition::Petition;
use casework::reach;
use expect_test::expect_file;

/// Posts by the letter that their role has in the tables.
const ROLES: [(&str, char); 8] = [
    ("clerk", 'r'),
    ("handler", 'h'),
    ("head", 'd'),
    ("supervisor", 's'),
    ("auditor", 'a'),
    ("system", 'y'),
    ("security", 'e'),
    ("audit", 'u'),
];

const LEGEND: &str = "# r registrar, h handler, d head, s supervisor, a auditor, y e u administrators; - nobody\n\
     # In petition offices and integrity bodies r, h and d are recipients too.\n";

/// What a unit or person is to the matter, and who stands for it.
const STANDINGS: [(&str, &str); 9] = [
    ("owner", "city"),
    ("organ", "housing"),
    ("office", "office"),
    ("superior", "city-office"),
    ("issuer", "district"),
    ("executor", "water"),
    ("supervised", "demolition"),
    ("unrelated", "town"),
    ("accused", "integrity"),
];

/// Registrar, handler and head of a petition office or an integrity body are recipients too; nobody else is.
fn staff(of: &str, post: &str) -> Actor {
    let units = Law::Cn.units().iter().chain(Law::In.units());
    let kind = units.into_iter().find(|(known, _, _)| *known == of).map(|(_, _, kind)| *kind);
    Actor::Official { id: official(of, post), unit: unit(of), roles: roles(kind.unwrap(), post) }
}

/// A claim in its final review, so that every standing belongs to somebody else.
fn petition() -> (World, Petition) {
    let mut world = World::new(Law::Cn);
    given::play(&mut world, 'A', "in-second-review", "accused=integrity outcome=supported");
    let supervision = Act::Supervise(Supervision { trigger: Trigger::Other, reason: payload_words() });
    world.act('A', &world.actor("office-supervisor"), supervision).unwrap();
    let mut petition = world.petition('A');
    petition.promises[0].executor = Some(unit("water"));
    let reply = petition.deadlines.iter_mut().rfind(|deadline| deadline.set.limit == *"supervision_reply");
    reply.unwrap().set.unit = Some(unit("demolition"));
    (world, petition)
}

fn payload_words() -> casework::text::Text {
    crate::district::args::words(8)
}

/// Columns padded to their widest cell.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|n| width(n).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// The letters of the roles for which something holds.
fn letters(holds: impl Fn(&str) -> bool) -> String {
    let letters: String = ROLES.iter().filter(|(post, _)| holds(post)).map(|(_, letter)| *letter).collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

#[test]
fn who_may_ask_for_what() {
    let (world, petition) = petition();
    let mut recused = petition.clone();
    recused.recused.extend(ROLES.iter().map(|(post, _)| official("city", post)));
    let mut head = vec!["verb".to_owned()];
    head.extend(STANDINGS.iter().map(|(standing, _)| (*standing).to_owned()));
    head.extend(["recused", "petitioner", "system"].map(str::to_owned));
    let mut rows = vec![head];
    for verb in Verb::ALL {
        // A submission is about the unit that receives it; every other right is asked for whatever may be said.
        let args = Args::parse("");
        let submission = payload::act(Law::Cn, &petition, "office-clerk", Verb::Submit, world.today, &args);
        let act = Some(&submission).filter(|_| *verb == Verb::Submit);
        let holds = |petition: &Petition, actor: &Actor| {
            may(&world.directory, &world.procedure, petition, actor, *verb, act)
        };
        let mut row = vec![verb.word().to_owned()];
        for (_, of) in STANDINGS {
            row.push(letters(|post| holds(&petition, &staff(of, post))));
        }
        row.push(letters(|post| holds(&recused, &staff("city", post))));
        for actor in [Actor::Petitioner { party: 0 }, Actor::System] {
            row.push(if holds(&petition, &actor) { "yes" } else { "-" }.to_owned());
        }
        rows.push(row);
    }
    let title = "# A claim in its final review; by what the unit is to it. The accused and the recused may nothing.\n";
    expect_file!["../snapshots/authority.txt"].assert_eq(&format!("{title}{LEGEND}\n{}", table(&rows)));
    for row in rows.iter().skip(1) {
        let nobody = |name: &str| {
            let column = rows[0].iter().position(|head| head == name).unwrap();
            row[column] == "-"
        };
        // An auditor reads what is not sealed, and may say that they should not.
        let unrelated = nobody("unrelated") || row[0] == Verb::DeclareRecusal.word();
        assert!(nobody("accused") && nobody("recused") && unrelated, "{row:?}");
    }
}

#[test]
fn who_sees_what() {
    let mut rows = vec![Vec::from(
        ["matter", "owner", "office", "organ", "superior", "executor", "unrelated", "accused", "recused"]
            .map(str::to_owned),
    )];
    let matters = [
        ("claim registered", "registered", "kind=claim", ["office", "office", "-", "city-office", "-"]),
        ("claim forwarded", "forwarded", "kind=claim", ["housing", "office", "housing", "city-office", "-"]),
        (
            "claim answered with a promise",
            "served",
            "kind=claim outcome=supported executor=water",
            ["housing", "office", "housing", "city-office", "water"],
        ),
        (
            "claim in final review",
            "in-second-review",
            "kind=claim",
            ["city", "office", "housing", "city-office", "-"],
        ),
        ("report registered", "registered", "kind=report", ["office", "office", "-", "city-office", "-"]),
        (
            "report referred",
            "referred",
            "kind=report",
            ["city-integrity", "office", "city-integrity", "city-office", "-"],
        ),
    ];
    for (name, course, words, units) in matters {
        let mut world = World::new(Law::Cn);
        let words = words.replace(" executor=water", "");
        given::play(&mut world, 'A', course, &format!("{words} accused=integrity"));
        let mut petition = world.petition('A');
        for promise in &mut petition.promises {
            promise.executor = Some(unit("water"));
        }
        let mut row = vec![name.to_owned()];
        let cell = |petition: &Petition, of: &str| {
            let seen = |sight_of: Sight, letter: &str| {
                let who = letters(|post| {
                    let actor = staff(of, post);
                    sight(&world.directory, &world.procedure, petition, &actor) == sight_of
                });
                if who == "-" { String::new() } else { format!("{letter}:{who} ") }
            };
            let cell = format!("{}{}", seen(Sight::Everything, "all"), seen(Sight::Matter, "matter"));
            if cell.is_empty() { "-".to_owned() } else { cell.trim_end().to_owned() }
        };
        for of in units.into_iter().chain(["town", "integrity"]) {
            row.push(if of == "-" { "(none)".to_owned() } else { cell(&petition, of) });
        }
        petition.recused.extend(ROLES.iter().map(|(post, _)| official(units[0], post)));
        row.push(cell(&petition, units[0]));
        rows.push(row);
    }
    let title =
        "# all: the matter and who filed it; matter: without who filed it; - not even that it exists.\n";
    let seen = format!("{title}{LEGEND}\n{}", table(&rows));
    expect_file!["../snapshots/disclosure.txt"].assert_eq(&seen);
}

/// SCOPE-7: whoever sees something of a matter reaches it, and of what is not sealed nobody reaches more than that; of a
/// report only recipients of the unit that has it, and no word says whom it accuses.
#[test]
fn scope_7_the_second_wall_stands_close_behind_the_rules() {
    const NAMES: [&str; 8] =
        ["office", "city-office", "housing", "water", "city", "town", "integrity", "city-integrity"];
    let (mut shut, mut let_through) = (0, 0);
    for (course, words) in [
        ("registered", "kind=claim"),
        ("forwarded", "kind=claim"),
        ("served", "kind=claim outcome=supported"),
        ("in-second-review", "kind=claim"),
        ("registered", "kind=report"),
        ("referred", "kind=report"),
    ] {
        let mut world = World::new(Law::Cn);
        given::play(&mut world, 'A', course, &format!("{words} accused=integrity"));
        let mut petition = world.petition('A');
        let sealed = casework::disclosure::is_sealed(&world.procedure, &petition.kind);
        let owner = petition.owner.unwrap().0;
        for recused in [false, true] {
            if recused {
                let name = NAMES.into_iter().find(|name| unit(name) == owner).unwrap();
                petition.recused.extend(ROLES.iter().map(|(post, _)| official(name, post)));
            }
            let found = reach::of_petition(&world.procedure, &petition);
            for name in NAMES {
                for (post, _) in ROLES {
                    let actor = staff(name, post);
                    let sees = sight(&world.directory, &world.procedure, &petition, &actor) != Sight::Nothing;
                    let reaches =
                        reach::lets_through(&found, &reach::of_actor(&world.directory, &actor).unwrap());
                    assert!(
                        reaches || !sees,
                        "{course} {words}: {name} {post} sees it and does not reach it"
                    );
                    assert!(
                        sees || sealed || !reaches,
                        "{course} {words}: {name} {post} reaches it: {found:?}"
                    );
                    shut += usize::from(!reaches);
                    let_through += usize::from(reaches);
                }
            }
        }
    }
    assert!(shut > let_through && let_through > 20, "{shut} {let_through}");
}
