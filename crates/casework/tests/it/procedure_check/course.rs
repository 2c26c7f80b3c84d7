//! Faults that show only in the course of a petition, each with the path that leads there.

use super::broken;
use expect_test::expect;

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
            window_usable: ask_review: "ask_review" is open at "reply_signed" but the petitioner cannot use or end it there
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
fn withdrawal_for_good() {
    broken(
        "withdrawal_for_good",
        &expect![[r#"
        window_usable: cooling: "cooling" is open at "received" but the petitioner cannot use or end it there
            A1 → received
            B1 → received
    "#]],
    );
}
