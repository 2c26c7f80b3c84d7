//! Faults that stand in the file itself.

use super::broken;
use expect_test::expect;

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
fn opinion_without_remedy() {
    broken(
        "opinion_without_remedy",
        &expect![[r#"
        remedy: opinion: names no remedy and does not say that none is left
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
fn letter_nobody_must_serve() {
    broken(
        "letter_nobody_must_serve",
        &expect![[r#"
            service_owed: B3: signs a letter to the petitioner without starting a limit to serve it
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

#[test]
fn promise_without_a_day() {
    broken(
        "promise_without_a_day",
        &expect![[r#"
        promise_due: A3: may promise something, but neither it nor the service of its letter starts `execution`
        used: execution: no transition starts it
    "#]],
    );
}

#[test]
fn returned_letter_forgotten() {
    broken(
        "returned_letter_forgotten",
        &expect![[r#"
        service_owed: B7: a letter that came back must be served again: start the limit `serve`
    "#]],
    );
}

#[test]
fn supervision_without_a_day() {
    broken(
        "supervision_without_a_day",
        &expect![[r#"
        consequence: X1: a supervision must start the limit of `supervision`
    "#]],
    );
}
