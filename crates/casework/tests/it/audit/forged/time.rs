//! Days and deadlines: I3, I4, INV-3, INV-4, INV-5.

use super::*;

#[test]
fn i3_no_decision_is_recorded_before_the_one_before_it() {
    is_named(Rule::TimeOrder, EXTENDED, |records| {
        last(records, Verb::RecordContact).at_day = date(2026, 3, 1);
    });
}

#[test]
fn i4_deadlines_are_what_procedure_and_calendar_compute() {
    let handle = |edit: fn(&mut casework::fact::DeadlineSetting)| {
        move |records: &mut Vec<Record>| {
            edit_facts(records, Verb::Accept, |fact| {
                if let Fact::DeadlineSet(set) = fact
                    && set.limit == *"handle"
                {
                    edit(set);
                }
            });
        }
    };
    is_named(Rule::Deadlines, SERVED, handle(|set| set.due_on = set.due_on.saturating_add(30.days())));
    is_named(Rule::Deadlines, SERVED, handle(|set| set.raw_due_on = set.due_on));
    is_named(Rule::Deadlines, SERVED, handle(|set| set.from = date(2026, 3, 1)));
    is_named(Rule::Deadlines, SERVED, handle(|set| set.provisional = true));
    is_named(Rule::Deadlines, SERVED, handle(|set| set.unit = Some(unit("water"))));
    is_named(Rule::Deadlines, SERVED, |records| {
        drop_facts(
            records,
            Verb::Serve,
            |fact| matches!(fact, Fact::DeadlineSet(set) if set.limit == *"ask_first_review"),
        );
    });
}

#[test]
fn i4_no_deadline_is_moved_by_hand() {
    let by_hand = |why| Fact::DeadlineMoved {
        deadline: 6,
        raw_due_on: date(2026, 6, 1),
        due_on: date(2026, 6, 1),
        provisional: false,
        why,
    };
    for why in [MoveReason::Extended, MoveReason::HearingExcluded, MoveReason::Converted] {
        is_named(Rule::Deadlines, INVESTIGATING, |records| {
            add_fact(records, Verb::RecordContact, by_hand(why));
        });
    }
    // Not by a calendar that nobody announced either.
    is_named(Rule::Deadlines, INVESTIGATING, |records| {
        let on = date(2026, 3, 3);
        let told = Fact::Recalendared(casework::act::Recalendar { calendar: "cn:2027".to_owned() });
        records.push(Record {
            seq: 0,
            at_day: on,
            actor: "system".to_owned(),
            verb: "recalendar".to_owned(),
            events: [told, by_hand(MoveReason::Calendar)].map(|fact| Event { on, fact }).to_vec(),
        });
        renumber(records);
    });
}

#[test]
fn i4_inv_5_what_is_missed_was_past_and_what_is_past_is_marked() {
    let missed = "2026-03-02 given investigating\n2026-05-07 wait";
    is_named(Rule::Deadlines, missed, |records| {
        let pass = last(records, Verb::Pass);
        pass.at_day = date(2026, 5, 6);
        pass.events.iter_mut().for_each(|event| event.on = date(2026, 5, 6));
    });
    is_named(Rule::Lateness, missed, |records| {
        drop_facts(records, Verb::Pass, |fact| matches!(fact, Fact::DeadlineMissed { .. }));
    });
    is_named(Rule::Deadlines, missed, |records| {
        edit_facts(records, Verb::Pass, |fact| {
            if let Fact::Passed(Passing { deadline }) = fact {
                *deadline = 0;
            }
        });
    });
    let late = "2026-03-02 given investigating\n2026-05-08 housing-head issue_opinion";
    is_named(Rule::Lateness, late, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| {
            if let Fact::DeadlineStopped { days_late, .. } = fact {
                *days_late = 0;
            }
        });
    });
}

#[test]
fn inv_3_a_deadline_ends_only_by_an_act_that_ends_it() {
    is_named(Rule::Clock, INVESTIGATING, |records| {
        add_fact(records, Verb::RecordContact, Fact::DeadlineStopped { deadline: 6, days_late: 0 });
    });
    is_named(Rule::Clock, INVESTIGATING, |records| {
        let on = date(2026, 3, 3);
        records.push(Record {
            seq: 0,
            at_day: on,
            actor: official("housing", "handler").to_string(),
            verb: "draft_opinion".to_owned(),
            events: vec![Event { on, fact: Fact::DeadlineCancelled { deadline: 6 } }],
        });
        renumber(records);
    });
    is_named(Rule::Clock, SERVED, |records| {
        drop_facts(records, Verb::IssueOpinion, |fact| matches!(fact, Fact::DeadlineStopped { .. }));
    });
}

#[test]
fn inv_4_nothing_is_dated_ahead_before_receipt_or_back_without_a_reason() {
    let back = "2026-03-02 given accepted
2026-03-10 housing-handler record_contact on=2026-03-06 because=illness";
    is_named(Rule::Dating, back, |records| {
        drop_facts(records, Verb::RecordContact, |fact| matches!(fact, Fact::DatedBack { .. }));
    });
    is_named(Rule::Dating, back, |records| {
        edit_facts(records, Verb::RecordContact, |fact| {
            if let Fact::DatedBack { days, .. } = fact {
                *days = 1;
            }
        });
    });
    is_named(Rule::Dating, back, |records| {
        edit_facts(records, Verb::RecordContact, |fact| {
            if let Fact::DatedBack { reason, .. } = fact {
                *reason = Text::empty();
            }
        });
    });
    for on in [date(2026, 3, 11), date(2026, 3, 7), date(2026, 2, 27)] {
        is_named(Rule::Dating, back, |records| {
            last(records, Verb::RecordContact).events.iter_mut().for_each(|event| event.on = on);
        });
    }
    // One fact of several is dated otherwise.
    is_named(Rule::Dating, SERVED, |records| {
        let events = &mut last(records, Verb::IssueOpinion).events;
        let stage = events.iter_mut().find(|event| matches!(event.fact, Fact::Moved { .. }));
        stage.unwrap().on = date(2026, 3, 1);
    });
}
