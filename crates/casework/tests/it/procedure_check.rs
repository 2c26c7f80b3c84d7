//! The shipped procedures are sound; every kind of fault is found, with the path that leads to it.
//!
//! `tests/broken/sound.toml` is a tiny sound procedure; each file beside it is the same text with one fault, named
//! after it. Try one by hand: `huiyin procedure check crates/casework/tests/broken/lies_still.toml`.

mod course;
mod form;

use casework::deadline::Lang;
use casework::procedure::check::{Property, Report, check};
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure};
use expect_test::Expect;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken"))
}

fn sample(name: &str) -> Report {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    check(&Procedure::parse(name, &text).unwrap())
}

/// Findings with their paths, without the last line, which sums up.
fn broken(name: &str, expected: &Expect) {
    let report = sample(name);
    assert!(!report.is_sound());
    for finding in &report.findings {
        assert!(!finding.message.zh.is_empty(), "{finding:?}");
    }
    let mut lines = report.lines(Lang::En);
    lines.pop();
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn the_shipped_procedures_are_sound() {
    for (file, text) in [("cn-petition-2022", CN_PETITION_2022), ("in-cpgrams-2024", IN_CPGRAMS_2024)] {
        let report = check(&Procedure::parse(file, text).unwrap());
        assert!(report.is_sound(), "{file}\n{}", report.lines(Lang::En).join("\n"));
        assert!(report.explored.states > 1_000, "{file}: {:?}", report.explored);
    }
}

#[test]
fn the_sample_that_the_others_break_is_sound() {
    let report = sample("sound");
    assert!(report.is_sound(), "{}", report.lines(Lang::En).join("\n"));
}

#[test]
fn every_property_has_a_sample_that_breaks_it() {
    let mut names = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        broken.extend(sample(&name).findings.iter().map(|finding| finding.property));
        names.insert(name);
    }
    let tested =
        [include_str!("procedure_check/course.rs"), include_str!("procedure_check/form.rs")].concat();
    for name in names.iter().filter(|name| *name != "sound") {
        assert!(tested.contains(&format!("fn {name}()")), "{name}.toml has no test");
    }
    let unbroken: Vec<Property> =
        Property::ALL.into_iter().filter(|property| !broken.contains(property)).collect();
    // `Explorable` asks for a file of more than a hundred limits; see the test after this one.
    assert_eq!(unbroken, [Property::Explorable]);
}

#[test]
fn a_file_too_large_is_refused_and_does_not_hang() {
    let mut procedure =
        Procedure::parse("sound", &std::fs::read_to_string(folder().join("sound.toml")).unwrap()).unwrap();
    let (limit, start) = (procedure.limits[0].clone(), procedure.transitions[0].clone());
    for n in 0..130 {
        let name = casework::Name::new(format!("more_{n}"));
        procedure.limits.push(casework::procedure::Limit { id: name.clone(), ..limit.clone() });
        procedure.transitions[0] = casework::procedure::Transition {
            starts: [procedure.transitions[0].starts.clone(), vec![name]].concat(),
            ..start.clone()
        };
    }
    let report = check(&procedure);
    assert!(report.findings.iter().any(|finding| finding.property == Property::Explorable));
}
