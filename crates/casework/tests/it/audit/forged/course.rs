//! The course a matter takes: I1, I2, I5, INV-6, INV-11, CORE-1, CORE-5, CORE-6, numbers of letters.

use super::*;

#[test]
fn i1_inv_1_the_record_begins_with_a_submission() {
    is_named(Rule::Numbered, SERVED, |records| {
        records.remove(0);
        renumber(records);
    });
}

#[test]
fn i2_a_decision_taken_out_leaves_a_gap() {
    is_named(Rule::Gap, SERVED, |records| {
        records.remove(5);
    });
}

#[test]
fn i5_no_conclusion_without_notice() {
    for (verb, lines) in [
        (Verb::IssueOpinion, SERVED),
        (Verb::Decline, "2026-03-02 given declined"),
        (Verb::UpholdOpinion, FINAL),
        (Verb::Accept, SERVED),
    ] {
        is_named(Rule::Notice, lines, |records| drop_facts(records, verb, signed));
    }
}

#[test]
fn i5_no_conclusion_without_delivery() {
    // Concluded by a bare change of stage.
    is_named(Rule::Notice, FINAL, |records| {
        drop_facts(records, Verb::Serve, |fact| matches!(fact, Fact::Served(_)));
    });
    // Nothing was ever served, and the matter is closed as if the petitioner had let the window pass.
    is_named(Rule::Notice, SERVED, |records| {
        records.retain(|record| record.verb != "serve");
        let on = date(2026, 3, 2);
        let fact = Fact::Moved { by: Name::from("T27a"), to: Name::from("lapsed") };
        records.push(Record {
            seq: 0,
            at_day: on,
            actor: "system".to_owned(),
            verb: "pass".to_owned(),
            events: vec![Event { on, fact }],
        });
        renumber(records);
    });
    // Served without proof.
    is_named(Rule::Notice, SERVED, |records| {
        edit_facts(records, Verb::Serve, |fact| {
            if let Fact::Served(service) = fact {
                service.proof = Text::empty();
            }
        });
    });
}

#[test]
fn inv_6_after_the_last_review_nothing_is_decided() {
    let after = |verb: Verb| {
        move |records: &mut Vec<Record>| {
            let mut again = last(records, verb).clone();
            again.at_day = date(2026, 3, 7);
            again.events.iter_mut().for_each(|event| event.on = date(2026, 3, 7));
            records.push(again);
            renumber(records);
        }
    };
    for verb in [Verb::RequestReview, Verb::IssueOpinion, Verb::Accept, Verb::Forward] {
        is_named(Rule::Final, FINAL, after(verb));
    }
    let supplemented = format!("{FINAL}\n2026-03-09 petitioner add_supplement");
    is_named(Rule::Final, &supplemented, |records| {
        let fact = Fact::Moved { by: Name::from("T22"), to: Name::from("investigating") };
        add_fact(records, Verb::AddSupplement, fact);
    });
}

#[test]
fn inv_11_refusals_and_answers_carry_ground_reason_and_article() {
    is_named(Rule::Reasons, "2026-03-02 given declined", |records| {
        edit_facts(records, Verb::Decline, |fact| {
            if let Fact::Declined(declining) = fact {
                declining.facts = Text::empty();
            }
        });
    });
    is_named(Rule::Reasons, "2026-03-02 given declined", |records| {
        edit_facts(records, Verb::Decline, |fact| {
            if let Fact::Declined(declining) = fact {
                declining.ground = Name::from("troublesome");
            }
        });
    });
    is_named(Rule::Reasons, SERVED, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| {
            if let Fact::OpinionIssued(opinion) = fact {
                opinion.answers.clear();
            }
        });
    });
    is_named(Rule::Reasons, SERVED, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| {
            if let Fact::OpinionIssued(opinion) = fact {
                opinion.answers[0].outcome = Outcome::Supported;
            }
        });
    });
    is_named(Rule::Reasons, EXTENDED, |records| {
        edit_facts(records, Verb::Extend, |fact| {
            if let Fact::Extended(extension) = fact {
                extension.reason = Text::empty();
            }
        });
    });
}

#[test]
fn core_1_a_verb_records_its_own_facts_and_takes_its_own_way() {
    is_named(Rule::Machine, SERVED, |records| last(records, Verb::RecordContact).verb = "forget".to_owned());
    is_named(Rule::Machine, SERVED, |records| last(records, Verb::RecordContact).verb = "rate".to_owned());
    is_named(Rule::Machine, SERVED, |records| {
        let issued = last(records, Verb::IssueOpinion).events[0].fact.clone();
        add_fact(records, Verb::RecordContact, issued);
    });
    // A stage is jumped: the opinion is issued before anything was accepted.
    is_named(Rule::Machine, SERVED, |records| {
        records.retain(|record| !["accept", "record_contact"].contains(&record.verb.as_str()));
        renumber(records);
    });
    is_named(Rule::Machine, INVESTIGATING, |records| {
        edit_facts(records, Verb::RecordContact, |fact| {
            if let Fact::Moved { to, .. } = fact {
                *to = Name::from("settled_done");
            }
        });
    });
    is_named(Rule::Machine, INVESTIGATING, |records| last(records, Verb::Accept).events.swap(1, 2));
    is_named(Rule::Machine, SERVED, |records| {
        edit_facts(records, Verb::Submit, |fact| {
            if let Fact::ProcedureFixed { version, .. } = fact {
                *version = 9;
            }
        });
    });
    is_named(Rule::Machine, SERVED, |records| last(records, Verb::Register).events.clear());
}

const JOINED: &str = "2026-03-02 given notifying
2026-03-02 given @B notifying
2026-03-03 office-clerk @B merge into=@A
2026-03-04 housing-handler accept
2026-03-05 housing-handler record_contact
2026-03-06 housing-head issue_opinion";

#[test]
fn core_5_matters_are_joined_and_parted_on_both_sides() {
    is_named(Rule::Joined, JOINED, |records| {
        drop_facts(records, Verb::IssueOpinion, |fact| matches!(fact, Fact::Parted { .. }));
    });
    is_named(Rule::Joined, JOINED, |records| {
        records.retain(|record| record.verb != "merge");
        renumber(records);
    });
    // Joined by another matter when it had long been answered.
    is_named(Rule::Joined, JOINED, |records| {
        let mut merge = last(records, Verb::Merge).clone();
        merge.at_day = date(2026, 3, 9);
        merge.events[0] = Event { on: merge.at_day, fact: Fact::Joined { petition: petition_id('C') } };
        records.push(merge);
        renumber(records);
    });
    // The petition that joined was answered by a matter it had not joined.
    let world = course(JOINED);
    let mut records = world.matters[&'B'].records.clone();
    edit_facts(&mut records, Verb::IssueOpinion, |fact| {
        if let Fact::AnsweredWith { petition, .. } = fact {
            *petition = petition_id('C');
        }
    });
    let names: Vec<&str> = audited::audit(&audited::rules(&world), 'B', &records)
        .iter()
        .map(|breach| breach.rule.name())
        .collect();
    assert!(names.contains(&"CORE-5"), "{names:?}");
}

#[test]
fn core_6_the_third_dispatch_needs_a_decision_on_competence() {
    let bounced = "2026-03-02 given registered
2026-03-02 office-clerk forward to=housing
2026-03-02 housing-handler object
2026-03-02 office-clerk agree_to_objection
2026-03-02 office-clerk forward to=water
2026-03-02 water-handler object
2026-03-02 office-clerk agree_to_objection
2026-03-02 office-clerk forward to=town decision=somebody";
    is_named(Rule::Bounces, bounced, |records| {
        edit_facts(records, Verb::Forward, |fact| {
            if let Fact::Forwarded(dispatch) = fact {
                dispatch.competence_decision = None;
            }
        });
    });
}

#[test]
fn letter_numbers_only_grow() {
    let two = format!(
        "{SERVED}\n2026-03-03 petitioner request_review
2026-03-03 district-clerk admit_review official=district-handler
2026-03-04 district-head remand_opinion
2026-03-05 housing-handler record_contact
2026-03-06 housing-head issue_opinion differs=much"
    );
    for serial in [0, 1] {
        is_named(Rule::LetterNumbers, &two, |records| {
            edit_facts(records, Verb::IssueOpinion, |fact| {
                if let Fact::LetterSigned(signed) = fact {
                    signed.serial = serial;
                }
            });
        });
    }
}
