//! What runs beside the straight course: settlement, hearing, simple procedure, reclassification, recusal, urgency.

use super::*;

fn ways() -> Acceptance {
    acceptance(&["JUD", "ARB", "PTY", "ADM", "DUTY"])
}

fn forwarded() -> Course {
    let mut course = Course::new("claim");
    course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
    course.must(staff(HOUSING, 1), Act::TakeUp(Handover { official: official(HOUSING, 1) }));
    course
}

#[test]
fn art33_a_settlement_rests_only_when_every_term_is_carried_out() {
    let mut course = Course::accepted();
    let term = |day| Term { promise: words(), executor: unit(HOUSING), due_on: date(2026, 4, day) };
    let settle = |terms, signed_by_both| Act::Settle(Settlement { signed_by_both, terms });
    assert_eq!(course.refused(staff(HOUSING, 1), settle(vec![term(1)], false)), "signed_by_both");
    assert_eq!(course.refused(staff(HOUSING, 1), settle(Vec::new(), true)), "terms_dated");
    course.must(staff(HOUSING, 1), settle(vec![term(1), term(10)], true));
    assert_eq!(course.petition.open("execution").count(), 2);
    assert_eq!(course.petition.open("handle").count(), 0);
    let keep = |promise| Act::RecordExecution(Execution { promise, proof: words() });
    course.must(staff(HOUSING, 1), keep(1));
    assert!(course.petition.is_at("settled"));
    assert_eq!(course.due("execution"), date(2026, 4, 1), "the other term is still owed");
    assert_eq!(course.refused(staff(HOUSING, 1), keep(1)), "promise_open");
    course.must(staff(HOUSING, 1), keep(0));
    assert!(course.petition.is_at("settled_done"));
}

#[test]
fn simple_is_accepted_within_three_working_days_and_counts_from_acceptance_when_converted() {
    let simple = || Acceptance { simple_ground: Some(Name::from("clear")), ..ways() };
    let mut course = forwarded();
    course.must(staff(HOUSING, 1), Act::AcceptSimple(simple()));
    assert_eq!(course.due("simple_opinion"), date(2026, 3, 16));
    course.on(date(2026, 3, 10));
    course.must(staff(HOUSING, 1), Act::Convert(Reasoned { reason: words() }));
    assert_eq!(course.due("handle"), date(2026, 5, 6), "60 days from 2 March, not from the conversion");
    assert!(!course.petition.simple);

    let mut late = forwarded();
    late.on(date(2026, 3, 6));
    assert_eq!(late.refused(staff(HOUSING, 1), Act::AcceptSimple(simple())), "simple_in_time");
    let mut unlisted = forwarded();
    let act = Act::AcceptSimple(Acceptance { simple_ground: None, ..ways() });
    assert_eq!(unlisted.refused(staff(HOUSING, 1), act), "simple_fits");
}

#[test]
fn art36_hearing_days_do_not_count_in_a_second_review_and_need_notice() {
    let mut course = Course::accepted();
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::NotSupported)));
    course.serve(staff(HOUSING, 1), "opinion");
    let request = || Act::RequestReview(ReviewRequest { reason: words(), posted_on: None, late_cause: None });
    course.must(Actor::Petitioner { party: 0 }, request());
    course.must(staff(1, 0), Act::AdmitReview(Handover { official: official(1, 1) }));
    let decision = || ReviewDecision {
        findings: words(),
        reason: words(),
        article: "Art.35".to_owned(),
        answers: Vec::new(),
        no_conflict: true,
    };
    course.must(staff(1, 2), Act::UpholdOpinion(decision()));
    course.serve(staff(1, 1), "first_review_opinion");
    course.must(Actor::Petitioner { party: 0 }, request());
    assert_eq!(course.petition.owner.unwrap().0, unit(0), "strictly above the reviewing organ (INV-8)");
    course.must(staff(0, 0), Act::AdmitReview(Handover { official: official(0, 1) }));
    assert_eq!(course.due("decide_second_review"), date(2026, 4, 1));
    let hearing =
        |held_on, chair| Act::NotifyHearing(HearingNotice { held_on, place: words(), chair, open: true });
    let soon = course.refused(staff(0, 2), hearing(date(2026, 3, 6), official(0, 2)));
    assert_eq!(soon, "hearing_notice_in_time");
    let chaired = course.refused(staff(0, 2), hearing(date(2026, 3, 18), official(0, 1)));
    assert_eq!(chaired, "chair_not_investigator");
    course.must(staff(0, 2), hearing(date(2026, 3, 18), official(0, 2)));
    course.on(date(2026, 3, 23));
    let held = |ended_on| {
        Act::HoldHearing(HearingRecord { began_on: date(2026, 3, 18), ended_on, conclusion: words() })
    };
    assert_eq!(course.refused(staff(0, 2), held(date(2026, 3, 24))), "hearing_days_in_order");
    course.must(staff(0, 2), held(date(2026, 3, 20)));
    // Three days count out: 1 April becomes 4 April, inside the Qingming holiday, and rolls to the 7th.
    assert_eq!(course.due("decide_second_review"), date(2026, 4, 7));
    course.must(staff(0, 2), Act::UpholdOpinion(decision()));
    course.serve(staff(0, 1), "second_review_opinion");
    assert!(course.petition.is_at("final"));
    assert_eq!(course.refused(Actor::Petitioner { party: 0 }, request()), "not_at_this_stage");
}

#[test]
fn a_reclassification_takes_two_persons_and_keeps_the_day_of_receipt() {
    let mut course = forwarded();
    let propose = || {
        Act::ProposeReclassification(Reclassification {
            kind: Name::from("suggestion"),
            by: None,
            reason: words(),
            named: Vec::new(),
        })
    };
    let confirm = || Act::ConfirmReclassification(Reasoned { reason: words() });
    course.must(staff(OFFICE, 0), propose());
    assert_eq!(course.refused(staff(OFFICE, 0), confirm()), "second_person");
    let received_on = course.petition.received_on;
    course.must(staff(OFFICE, 2), confirm());
    assert_eq!(
        (&course.petition.kind, course.petition.received_on),
        (&Name::from("suggestion"), received_on)
    );
    assert!(course.petition.is_at("registered"));
    assert_eq!(course.petition.owner.unwrap().0, unit(OFFICE));
    assert!(course.petition.open("redispatch").next().is_some());
}

#[test]
fn art28_a_recused_official_hands_over_and_may_act_no_more() {
    let mut course = Course::accepted();
    course.must(
        Actor::Petitioner { party: 0 },
        Act::AskRecusal(RecusalAsk { official: None, reason: words() }),
    );
    let decide = |successor| {
        Act::DecideRecusal(RecusalDecision {
            official: official(HOUSING, 1),
            recused: true,
            reason: words(),
            successor,
        })
    };
    assert_eq!(course.refused(staff(HOUSING, 2), decide(Some(official(HOUSING, 1)))), "successor_fit");
    course.must(staff(HOUSING, 2), decide(Some(official(HOUSING, 0))));
    assert_eq!(course.petition.owner.unwrap().1, official(HOUSING, 0));
    assert_eq!(course.petition.open("recusal").count(), 0);
    let contact = Contact { kind: ContactKind::Phone, heard: true, note: words() };
    assert_eq!(course.refused(staff(HOUSING, 1), Act::RecordContact(contact)), "not_for_you");
    let sight = disclosure::sight(&course.directory, &course.procedure, &course.petition, &staff(HOUSING, 1));
    assert_eq!(sight, disclosure::Sight::Nothing);
}

#[test]
fn art25_an_urgent_matter_is_seen_by_a_human_within_a_day() {
    let mut course = Course::new("claim");
    course.must(Actor::Petitioner { party: 0 }, Act::MarkUrgent(Reasoned { reason: words() }));
    assert_eq!(course.due("urgent_review"), date(2026, 3, 3));
    course.on(date(2026, 3, 4));
    assert!(course.petition.latest("urgent_review").unwrap().missed && course.petition.supervision.is_some());
    course.must(staff(OFFICE, 0), Act::ReviewUrgent(UrgentReview { urgent: false, note: words() }));
    assert!(!course.petition.urgent);
}

#[test]
fn art44_a_refusal_names_a_ground_and_can_be_objected_to() {
    let decline = |ground: &str| {
        Act::Decline(Declining { ground: Name::from(ground), facts: words(), advice: words() })
    };
    let mut course = forwarded();
    assert_eq!(course.refused(staff(HOUSING, 1), decline("TOO_OFTEN")), "ground_facts_given");
    course.must(staff(HOUSING, 1), decline("NA1"));
    course.serve(staff(HOUSING, 1), "refusal_notice");
    assert_eq!(course.due("object_to_refusal"), date(2026, 4, 1));
    course.must(Actor::Petitioner { party: 0 }, Act::ObjectToRefusal(Reasoned { reason: words() }));
    assert!(course.petition.open("refusal_review").next().is_some());
    course.must(staff(OFFICE, 0), Act::ReviewRefusal(RefusalReview { upheld: false, reason: words() }));
    assert!(course.petition.is_at("notifying"));
    assert_eq!(course.petition.owner.unwrap().0, unit(HOUSING));
}

#[test]
fn art31_a_path_of_the_organs_own_duty_stays_with_it_until_performed() {
    let route = |way: &str| {
        Act::RouteToPath(PathRouting {
            way: Name::from(way),
            article: "Art.31(5)".to_owned(),
            body: words(),
            remedy: None,
            knew_on: None,
            advice: words(),
        })
    };
    let mut course = forwarded();
    assert_eq!(course.refused(staff(HOUSING, 1), route("PET")), "path_not_petition");
    course.must(staff(HOUSING, 1), route("DUTY"));
    course.serve(staff(HOUSING, 1), "path_notice");
    assert!(course.petition.is_at("path_underway"));
    course.must(staff(HOUSING, 1), Act::ReportPerformance(Statement { text: words() }));
    assert!(course.petition.is_at("routed_legal"));

    let mut course = forwarded();
    course.must(staff(HOUSING, 1), route("JUD"));
    course.serve(staff(HOUSING, 1), "path_notice");
    assert!(course.petition.is_at("routed_legal"));
}
