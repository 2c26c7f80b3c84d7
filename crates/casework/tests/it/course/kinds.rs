//! Kinds other than a claim, and the law of another country on the same code.

use super::*;

#[test]
fn art29_a_suggestion_is_studied_replied_to_and_rests() {
    let mut course = Course::new("suggestion");
    course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
    assert!(course.petition.is_at("sugg_study"));
    assert_eq!(course.due("suggestion"), date(2026, 5, 6));
    let reply = |reason| Act::ReplyToSuggestion(SuggestionReply { adoption: Adoption::Partly, reason });
    assert_eq!(course.refused(staff(HOUSING, 1), reply(Text::empty())), "reason_given");
    course.must(staff(HOUSING, 1), reply(words()));
    course.serve(staff(HOUSING, 1), "suggestion_reply");
    assert!(course.petition.is_at("sugg_replied"));
}

#[test]
fn art30_a_report_goes_only_to_a_body_that_is_not_reported_and_is_fed_back() {
    let mut course = Course::new("report");
    let integrity = INTEGRITY;
    let mut body = course.directory.units.get(&unit(0)).unwrap().clone();
    body.id = unit(integrity);
    body.kind = UnitKind::IntegrityBody;
    body.parent = Some(unit(0));
    body.intake = official(integrity, 0);
    body.head = official(integrity, 2);
    course.directory.units.insert(body.id, body);
    for n in 0..3 {
        let mut person = course.directory.officials.get(&official(0, n)).unwrap().clone();
        person.id = official(integrity, n);
        person.unit = unit(integrity);
        person.roles.insert(Role::Recipient);
        course.directory.officials.insert(person.id, person);
    }
    course.must(staff(OFFICE, 0), Act::ReferReport(dispatch(integrity)));
    let sight = |course: &Course, of, n| {
        disclosure::sight(&course.directory, &course.procedure, &course.petition, &staff(of, n))
    };
    assert_eq!(sight(&course, OFFICE, 0), disclosure::Sight::Nothing, "once referred, only the body sees it");
    assert_eq!(sight(&course, integrity, 1), disclosure::Sight::Everything);
    assert_eq!(sight(&course, HOUSING, 2), disclosure::Sight::Nothing);
    course.must(staff(integrity, 1), Act::AcceptReport(Handover { official: official(integrity, 1) }));
    course.must(staff(integrity, 1), Act::FeedBackReport(Statement { text: words() }));
    course.serve(staff(integrity, 2), "report_reply");
    assert!(course.petition.is_at("report_closed"));
}

#[test]
fn art32_a_promise_not_kept_is_missed_supervised_and_may_still_be_kept() {
    let mut course = Course::accepted();
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::Supported)));
    course.serve(staff(HOUSING, 1), "opinion");
    course.on(date(2026, 12, 2));
    assert!(course.petition.is_at("lapsed"));
    assert!(course.petition.latest("execution").unwrap().missed);
    assert!(course.petition.supervision.is_some(), "a matter at rest with a debt is supervised");
    let early = course.petition.deadlines.len();
    course.must(staff(HOUSING, 1), Act::RecordExecution(Execution { promise: 0, proof: words() }));
    assert!(course.petition.promises[0].kept_on.is_some() && course.petition.deadlines.len() > early);
    let execution = course.petition.latest("execution").unwrap();
    assert!(execution.missed && !execution.is_open(), "late for good");
}

#[test]
fn a_late_review_needs_a_cause_and_a_posted_one_counts_from_its_posting() {
    let served = || {
        let mut course = Course::accepted();
        course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::NotSupported)));
        course.serve(staff(HOUSING, 1), "opinion");
        assert_eq!(course.due("ask_first_review"), date(2026, 4, 1));
        course.today = date(2026, 4, 3);
        course
    };
    let ask =
        |posted_on, late_cause| Act::RequestReview(ReviewRequest { reason: words(), posted_on, late_cause });
    let petitioner = || Actor::Petitioner { party: 0 };
    assert_eq!(served().refused(petitioner(), ask(None, None)), "review_in_time");
    served().must(petitioner(), ask(Some(date(2026, 4, 1)), None));
    served().must(petitioner(), ask(None, Some(words())));
}
