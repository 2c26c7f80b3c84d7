//! The shipped procedures are sound; every kind of fault is found, with the path that leads to it.
//!
//! `tests/broken/sound.toml` is a tiny sound procedure; each file beside it is the same text with one fault, named
//! after it. Try one by hand: `huiyin procedure check crates/casework/tests/broken/lies_still.toml`.

use casework::deadline::Lang;
use casework::procedure::check::{Property, Report, check};
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure};
use expect_test::{Expect, expect};
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
    let tested = include_str!("procedure_check.rs");
    for name in names.iter().filter(|name| *name != "sound") {
        assert!(tested.contains(&format!("broken(\"{name}\"")), "{name}.toml has no test");
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

#[test]
fn lies_still() {
    broken(
        "lies_still",
        &expect![[r#"
        never_still: in_hand: a petition can be at "in_hand" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
    "#]],
    );
}

#[test]
fn window_closes_on_nothing() {
    broken(
        "window_closes_on_nothing",
        &expect![[r#"
        never_still: replied: a petition can be at "replied" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
            (ask_review passes) → replied
    "#]],
    );
}

#[test]
fn missed_duty_without_consequence() {
    broken(
        "missed_duty_without_consequence",
        &expect![[r#"
        consequence: handle: a missed duty must lead to a supervision (`supervise`)
    "#]],
    );
}

#[test]
fn missed_duty_moves_the_matter() {
    broken(
        "missed_duty_moves_the_matter",
        &expect![[r#"
        consequence: X1: "handle" binds officials: its passing cannot move the matter
    "#]],
    );
}

#[test]
fn cooling_leads_nowhere() {
    broken(
        "cooling_leads_nowhere",
        &expect![[r#"
        consequence: cooling: the cooling period "cooling" can end at "in_hand" where no `pass` transition carries it out
            A1 → received
            A2 → in_hand
            B1 → in_hand
    "#]],
    );
}

#[test]
fn opinion_without_remedy() {
    broken(
        "opinion_without_remedy",
        &expect![[r#"
        remedy: opinion: names no remedy and does not say that none is left
    "#]],
    );
}

#[test]
fn remedy_never_opened() {
    broken(
        "remedy_never_opened",
        &expect![[r#"
        remedy: opinion: signed by "A3", but neither that nor its service starts the remedy "ask_review"
        stage_reached: lapsed: the stage "lapsed" cannot be reached
        used: ask_review: no transition starts it
        used: A8: "A8" can never be taken: its stage is never reached, or one before it always goes first
        never_still: replied: a petition can be at "replied" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
    "#]],
    );
}

#[test]
fn refusal_without_grounds() {
    broken(
        "refusal_without_grounds",
        &expect![[r#"
        lists_filled: X1: `decline` chooses from `grounds`, which is empty
    "#]],
    );
}

#[test]
fn general_rule_first() {
    broken(
        "general_rule_first",
        &expect![[r#"
        stage_reached: replied: the stage "replied" cannot be reached
        stage_reached: in_review: the stage "in_review" cannot be reached
        stage_reached: review_signed: the stage "review_signed" cannot be reached
        stage_reached: final: the stage "final" cannot be reached
        stage_reached: lapsed: the stage "lapsed" cannot be reached
        used: A4: "A4" can never be taken: its stage is never reached, or one before it always goes first
        used: A5: "A5" can never be taken: its stage is never reached, or one before it always goes first
        used: A6: "A6" can never be taken: its stage is never reached, or one before it always goes first
        used: A7: "A7" can never be taken: its stage is never reached, or one before it always goes first
        used: A8: "A8" can never be taken: its stage is never reached, or one before it always goes first
        never_still: reply_signed: a petition can be at "reply_signed" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            B4 → reply_signed
        end_reached: received: from "received" no end can be reached any more
            A1 → received
        end_reached: in_hand: from "in_hand" no end can be reached any more
            A1 → received
            A2 → in_hand
        end_reached: reply_signed: from "reply_signed" no end can be reached any more
            A1 → received
            A2 → in_hand
            A3 → reply_signed
    "#]],
    );
}

#[test]
fn letter_nobody_must_serve() {
    broken(
        "letter_nobody_must_serve",
        &expect![[r#"
        service_owed: B3: signs a letter to the petitioner without starting a limit to serve it
        used: B4: "B4" can never be taken: its stage is never reached, or one before it always goes first
    "#]],
    );
}

#[test]
fn window_the_petitioner_cannot_use() {
    broken(
        "window_the_petitioner_cannot_use",
        &expect![[r#"
        never_still: replied: a petition can be at "replied" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            (ask_review passes) → reply_signed
            A4 → replied
        window_usable: ask_review: the petitioner's window "ask_review" is open at "reply_signed" but the petitioner cannot use it there
            A1 → received
            A2 → in_hand
            A3 → reply_signed
    "#]],
    );
}

#[test]
fn duty_nobody_can_end() {
    broken(
        "duty_nobody_can_end",
        &expect![[r#"
        duty_stoppable: admission: "admission" runs at "in_review" and nothing can meet or end it any more
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
            A5 → in_review
    "#]],
    );
}

#[test]
fn debt_at_rest() {
    broken(
        "debt_at_rest",
        &expect![[r#"
        rest_quiet: contact: at rest at "lapsed" the duty "contact" still runs and cannot be done there
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
            (ask_review passes) → lapsed
    "#]],
    );
}

#[test]
fn no_way_out() {
    broken(
        "no_way_out",
        &expect![[r#"
        end_reached: parked: from "parked" no end can be reached any more
            A1 → received
            A2 → in_hand
            X1 → parked
        duty_stoppable: handle: "handle" runs at "parked" and nothing can meet or end it any more
            A1 → received
            A2 → in_hand
            X1 → parked
    "#]],
    );
}

#[test]
fn time_goes_round() {
    broken(
        "time_goes_round",
        &expect![[r#"
        time_leads_on: replied: when nobody acts at "replied", passing days only lead round in a circle without any official duty
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
        time_leads_on: waiting: when nobody acts at "waiting", passing days only lead round in a circle without any official duty
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
            (ask_review passes) → waiting
    "#]],
    );
}

#[test]
fn nobody_in_charge() {
    broken(
        "nobody_in_charge",
        &expect![[r#"
        owned: in_hand: a petition can reach "in_hand" before the reviewing organ is known
            A1 → received
            A2 → in_hand
    "#]],
    );
}

#[test]
fn remand_without_a_term() {
    broken(
        "remand_without_a_term",
        &expect![[r#"
        never_still: in_hand: a petition can be at "in_hand" with no official deadline and no open window of the petitioner
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            A4 → replied
            A5 → in_review
            X1 → in_hand
    "#]],
    );
}

#[test]
fn forgotten_beside_the_matter() {
    broken(
        "forgotten_beside_the_matter",
        &expect![[r#"
        duty_stoppable: recusal: "recusal" runs at "reply_signed" and nothing can meet or end it any more
            A1 → received
            A2 → in_hand
            A3 → reply_signed
            X1 → reply_signed
    "#]],
    );
}

#[test]
fn supervision_nobody_can_answer() {
    broken(
        "supervision_nobody_can_answer",
        &expect![[r#"
        duty_stoppable: supervision_reply: "supervision_reply" runs at "received" and nothing can meet or end it any more
            A1 → received
            (handle passes) → received
    "#]],
    );
}

#[test]
fn unreachable_stage() {
    broken(
        "unreachable_stage",
        &expect![[r#"
        stage_reached: elsewhere: the stage "elsewhere" cannot be reached
    "#]],
    );
}

#[test]
fn shadowed_transition() {
    broken(
        "shadowed_transition",
        &expect![[r#"
        used: X1: "X1" can never be taken: its stage is never reached, or one before it always goes first
    "#]],
    );
}

#[test]
fn unknown_guard() {
    broken(
        "unknown_guard",
        &expect![[r#"
        names_exist: A2: `guards` names the guard "handler_is_kind", which does not exist
    "#]],
    );
}

#[test]
fn unknown_limit() {
    broken(
        "unknown_limit",
        &expect![[r#"
        names_exist: A1: `starts` names the limit "handel", which does not exist
        used: handle: no transition starts it
    "#]],
    );
}

#[test]
fn defined_twice() {
    broken(
        "defined_twice",
        &expect![[r#"
        names_exist: A5: `starts` names the limit "review", which does not exist
        names_exist: A6: `stops` names the limit "review", which does not exist
        names_unique: handle: defined twice in `limits`
    "#]],
    );
}

#[test]
fn merge_without_return() {
    broken(
        "merge_without_return",
        &expect![[r#"
        merge_declared: X1: must end in a stage that says so (`rest = "merged"` or `"split"`)
    "#]],
    );
}

#[test]
fn rule_without_article() {
    broken(
        "rule_without_article",
        &expect![[r#"
        cited: handle: cites nothing in `basis`
    "#]],
    );
}

#[test]
fn words_in_one_language() {
    broken(
        "words_in_one_language",
        &expect![[r#"
        labelled: in_hand: `told.en` is empty
    "#]],
    );
}

#[test]
fn limit_of_no_days() {
    broken(
        "limit_of_no_days",
        &expect![[r#"
        lengths: review: its length is zero
    "#]],
    );
}

#[test]
fn window_ends_on_a_holiday() {
    broken(
        "window_ends_on_a_holiday",
        &expect![[r#"
        lengths: ask_review: a petitioner's last day must roll off a day of rest (`roll = "next_working_day"`)
    "#]],
    );
}

#[test]
fn letter_without_wording() {
    broken(
        "letter_without_wording",
        &expect![[r#"
        worded: opinion: `template` is empty
    "#]],
    );
}

#[test]
fn no_latest_answer() {
    broken(
        "no_latest_answer",
        &expect![[r#"
        latest_answer: claim: no chain of limits to the latest answer (`dispatched = false`)
    "#]],
    );
}
