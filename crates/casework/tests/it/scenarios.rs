//! Scenarios: one file of text for each rule of law, named after its article. The machine writes the indented lines.
//!
//! A line is `<day> <who> [@<petition>] <verb> <what>`; what stands after `#` is for readers. Days go by between the
//! lines, and the timer runs on each of them before anybody acts. `given <course>` begins where an ordinary course
//! leads (`district/given.rs`); `wait` lets time pass until the day; `timer off`
//! stops the timer (an outage), `timer on` lets it run again; `post <official> to <unit>` gives somebody a new post;
//! `no recipient: <unit or official>` takes the sealed matters from them, and
//! `recipient: <official>` gives them to somebody. `UPDATE_EXPECT=1` writes the outcomes anew.

mod coverage;

use crate::district::args::{Args, words};
use crate::district::{Law, World, audited, given, outcome, payload};
use casework::Refusal;
use casework::act::{Act, Command, Verb};
use casework::calendar::Calendar;
use casework::text::Text;
use expect_test::expect_file;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a scenario showed.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) done: BTreeSet<(&'static str, Verb)>,
    pub(crate) refused: BTreeSet<&'static str>,
    pub(crate) transitions: BTreeSet<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"))
}

/// Every scenario, by name and text.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Plays a scenario and writes it anew, line by line. `each` sees the world after every act.
pub(crate) fn play(name: &str, text: &str, shown: &mut Shown, mut each: impl FnMut(&World)) -> String {
    let law = match name.split_once('-') {
        Some(("cn", _)) => Law::Cn,
        Some(("in", _)) => Law::In,
        _ => panic!("{name}: the name begins with cn- or in-"),
    };
    let mut world = World::new(law);
    let mut timer = true;
    let mut written = String::new();
    for line in text.lines().filter(|line| !line.starts_with(' ')) {
        let Some(step) = Step::parse(line) else {
            match line {
                "timer off" => timer = false,
                "timer on" => timer = true,
                _ if line.starts_with("post ") => world.new_post(&line["post ".len()..]),
                _ if line.starts_with("no recipient: ") => {
                    world.set_recipients(&line["no recipient: ".len()..], false);
                }
                _ if line.starts_with("recipient: ") => {
                    world.set_recipients(&line["recipient: ".len()..], true);
                }
                _ => assert!(line.is_empty() || line.starts_with('#'), "{name}: {line}"),
            }
            written += &format!("{line}\n");
            continue;
        };
        if timer {
            for (day, label, decision) in world.pass_days(step.day) {
                let more_than_one = world.matters.len() > 1;
                let marked = if more_than_one { format!(" @{label}") } else { String::new() };
                for told in outcome::lines(&world, label, &decision) {
                    written += &format!("  {day}{marked} {told}\n");
                }
                seen(shown, law, Verb::Pass, &decision);
                each(&world);
            }
        } else {
            world.today = step.day;
        }
        written += &format!("{line}\n");
        match &step.what {
            What::Wait => continue,
            What::Given(course) if course == "no_press" => {
                world.press = false;
                continue;
            }
            What::Given(course) => {
                given::play(&mut world, step.label, course, &step.args);
                for told in given::standing(&world, step.label) {
                    written += &format!("  {told}\n");
                }
                each(&world);
                continue;
            }
            What::Act(..) => {}
        }
        match step.carry_out(&mut world) {
            Ok(decision) => {
                for told in outcome::lines(&world, step.label, &decision) {
                    written += &format!("  {told}\n");
                }
                seen(shown, law, step.verb(), &decision);
                each(&world);
            }
            Err(refusal) => {
                written += &format!("  {}\n", outcome::refusal(&refusal));
                shown.refused.insert(refusal.code());
            }
        }
    }
    // VER-2: what the rules decided is no breach of them.
    audited::is_clean(&world);
    written
}

fn seen(shown: &mut Shown, law: Law, verb: Verb, decision: &casework::Decision) {
    let law = if law == Law::Cn { "cn" } else { "in" };
    shown.done.insert((law, verb));
    for event in &decision.events {
        if let casework::Fact::Moved { by, .. } = &event.fact {
            shown.transitions.insert(format!("{law} {by}"));
        }
    }
}

/// What a line is about.
enum What {
    Wait,
    Given(String),
    Act(String, Verb),
}

/// One line.
struct Step {
    day: Date,
    label: char,
    what: What,
    args: String,
}

impl Step {
    fn parse(line: &str) -> Option<Step> {
        let line = line.split(" # ").next().unwrap_or(line).trim_end();
        let (day, rest) = line.split_once(' ')?;
        let day: Date = day.parse().ok()?;
        let step = |label, what, args: &str| Some(Step { day, label, what, args: args.to_owned() });
        if rest == "wait" {
            return step('A', What::Wait, "");
        }
        let (who, rest) = rest.split_once(' ').unwrap_or_else(|| panic!("who does what? {line}"));
        let (label, rest) = match rest.strip_prefix('@') {
            Some(rest) => (rest.chars().next().unwrap(), rest[1..].trim_start()),
            None => ('A', rest),
        };
        let (verb, args) = rest.split_once(' ').unwrap_or((rest, ""));
        if who == "given" {
            return step(label, What::Given(verb.to_owned()), args);
        }
        let verb = Verb::parse(verb).unwrap_or_else(|| panic!("no verb {verb}: {line}"));
        step(label, What::Act(who.to_owned(), verb), args)
    }

    fn verb(&self) -> Verb {
        match self.what {
            What::Act(_, verb) => verb,
            What::Wait | What::Given(_) => panic!("no act"),
        }
    }

    fn carry_out(&self, world: &mut World) -> Result<casework::Decision, Refusal> {
        let args = Args::parse(&self.args);
        let petition = world.petition(self.label);
        let What::Act(who, verb) = &self.what else { panic!("no act") };
        let on = args.date("on");
        let dated_back: Option<Text> = args.get("because").map(|why| words(why.chars().count()));
        let mut act = payload::act(world.law, &petition, who, *verb, on.unwrap_or(world.today), &args);
        if let Some(limit) = args.get("limit") {
            let index = petition.deadlines.iter().rposition(|deadline| deadline.set.limit == *limit).unwrap();
            act = Act::Pass(casework::act::Passing { deadline: u32::try_from(index).unwrap() });
        }
        if *verb == Verb::Recalendar {
            world.announce(announced(args.get("year").unwrap(), args.get("off"), args.get("working")));
        }
        args.all_understood();
        let actor = world.actor(who);
        world.act(self.label, &actor, Command { act, on, dated_back })
    }
}

/// The calendar after the State Council has announced one more year; `off=2027-01-01..2027-01-03`.
fn announced(year: &str, off: Option<&str>, working: Option<&str>) -> Calendar {
    let span = |span: &str| {
        let (first, last) = span.split_once("..").unwrap();
        format!("{{ first = \"{first}\", last = \"{last}\", zh = \"x\", en = \"x\" }}")
    };
    let off: Vec<String> = off.into_iter().flat_map(|off| off.split(',')).map(span).collect();
    let working: Vec<String> = working
        .into_iter()
        .flat_map(|days| days.split(','))
        .map(|day| format!("{{ on = \"{day}\", zh = \"x\", en = \"x\" }}"))
        .collect();
    let text = format!(
        "year = {year}\nissued_at = \"2026-11-04\"\nsource = \"invented\"\nnotices = []\noff = [{}]\nworking = [{}]\n",
        off.join(", "),
        working.join(", ")
    );
    let name = format!("{year}.toml");
    let mut files = Calendar::cn_files().to_vec();
    files.push((&name, &text));
    Calendar::parse("cn", &files).unwrap()
}

#[test]
fn every_scenario_ends_as_written() {
    let mut differs = Vec::new();
    for (name, text) in all() {
        let known = name.clone();
        let path = folder().join(format!("{name}.txt"));
        let compared = std::panic::catch_unwind(move || {
            expect_file![&path].assert_eq(&play(&name, &text, &mut Shown::default(), |_| {}));
        });
        if compared.is_err() {
            differs.push(known);
        }
    }
    assert!(differs.is_empty(), "{differs:?}");
}

#[test]
fn every_scenario_says_in_its_first_line_which_rule_it_shows() {
    for (name, text) in all() {
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("# ") && first.contains(". "), "{name}: {first}");
    }
}
