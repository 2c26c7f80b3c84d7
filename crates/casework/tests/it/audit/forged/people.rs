//! Who acted and who answers for it: I6, I7, INV-2, INV-7, INV-8, DUAL-1, authority.

use super::*;

#[test]
fn i6_one_extension_within_the_days_by_somebody_else_than_the_handler() {
    is_named(Rule::Extension, EXTENDED, |records| {
        let again = last(records, Verb::Extend).clone();
        records.push(again);
        renumber(records);
    });
    is_named(Rule::Extension, EXTENDED, |records| {
        edit_facts(records, Verb::Extend, |fact| {
            if let Fact::Extended(extension) = fact {
                extension.days = 31;
            }
        });
    });
    // The handler approves, and signs the notice themselves.
    is_named(Rule::Extension, EXTENDED, |records| {
        let handler = official("housing", "handler");
        let record = last(records, Verb::Extend);
        record.actor = handler.to_string();
        record.events.iter_mut().for_each(|event| {
            if let Fact::LetterSigned(signed) = &mut event.fact {
                signed.signer = Some(handler);
            }
        });
    });
    // After the last day.
    is_named(Rule::Extension, EXTENDED, |records| {
        let record = last(records, Verb::Extend);
        record.at_day = date(2026, 5, 20);
        record.events.iter_mut().for_each(|event| event.on = date(2026, 5, 20));
    });
    // Hidden in another act.
    is_named(Rule::Extension, INVESTIGATING, |records| {
        let extension = casework::act::Extension { days: 30, reason: crate::district::args::words(8) };
        add_fact(records, Verb::RecordContact, Fact::Extended(extension));
    });
}

#[test]
fn i7_nobody_acts_or_is_put_in_charge_under_a_recusal() {
    let recused = official("housing", "handler");
    is_named(Rule::Recusal, RECUSED, |records| {
        last(records, Verb::DraftOpinion).actor = recused.to_string();
    });
    is_named(Rule::Recusal, RECUSED, |records| {
        edit_facts(records, Verb::HandOver, |fact| match fact {
            Fact::HandedOver(handover) => handover.official = recused,
            Fact::OwnerSet { official, .. } => *official = recused,
            _ => {}
        });
    });
    // Nobody decides on their own recusal.
    is_named(Rule::Recusal, RECUSED, |records| {
        last(records, Verb::DecideRecusal).actor = recused.to_string();
    });
    // No interest was declared.
    is_named(Rule::Recusal, SERVED, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| {
            if let Fact::OpinionIssued(opinion) = fact {
                opinion.no_conflict = false;
            }
        });
    });
}

#[test]
fn i7_nobody_acts_or_is_put_in_charge_whom_it_is_about() {
    let named = official("housing", "handler");
    let naming = |records: &mut Vec<Record>| {
        edit_facts(records, Verb::Register, |fact| {
            if let Fact::Registered(registration) = fact {
                registration.named = vec![named];
            }
        });
    };
    // The handler of an ordinary course turns out to have been named when it was registered.
    is_named(Rule::Recusal, INVESTIGATING, naming);
    is_named(
        Rule::Recusal,
        "2026-03-02 given registered\n2026-03-03 office-clerk forward to=housing",
        |records| {
            naming(records);
            edit_facts(records, Verb::Forward, |fact| {
                if let Fact::OwnerSet { official, .. } = fact {
                    *official = named;
                }
            });
        },
    );
}

#[test]
fn i7_nobody_declares_for_another_and_goes_on_after_they_did() {
    const DECLARED: &str = "2026-03-02 given investigating
2026-03-03 housing-handler declare_recusal
2026-03-04 housing-clerk record_contact";
    is_named(Rule::Recusal, DECLARED, |records| {
        last(records, Verb::DeclareRecusal).actor = official("housing", "head").to_string();
    });
    is_named(Rule::Recusal, DECLARED, |records| {
        last(records, Verb::RecordContact).actor = official("housing", "handler").to_string();
    });
}

#[test]
fn inv_7_a_matter_is_not_diverted_to_the_reported_unit() {
    const DIVERTED: &str = "2026-03-02 petitioner submit kind=report accused=city-integrity
2026-03-03 office-clerk register kind=report named=office-head";
    is_named(Rule::Accused, DIVERTED, |records| {
        edit_facts(records, Verb::Register, |fact| {
            if let Fact::Diverted { to, .. } = fact {
                *to = unit("city-integrity");
            }
        });
    });
}

#[test]
fn i6_nobody_extends_what_they_handled() {
    const HANDED_ON: &str = "2026-03-02 given investigating
2026-03-03 housing-head hand_over official=housing-head
2026-03-04 housing-head hand_over official=housing-handler
2026-03-05 housing-head2 extend days=10";
    is_named(Rule::Extension, HANDED_ON, |records| {
        let head = official("housing", "head");
        last(records, Verb::Extend).actor = head.to_string();
        edit_facts(records, Verb::Extend, |fact| {
            if let Fact::LetterSigned(letter) = fact {
                letter.signer = Some(head);
            }
        });
    });
}

#[test]
fn inv_2_somebody_answers_for_it_and_something_runs() {
    let owner = |fact: &Fact| matches!(fact, Fact::OwnerSet { .. });
    is_named(Rule::Owner, SERVED, |records| drop_facts(records, Verb::Submit, owner));
    is_named(Rule::Owner, SERVED, |records| drop_facts(records, Verb::Forward, owner));
    is_named(Rule::Owner, RECUSED, |records| drop_facts(records, Verb::DecideRecusal, owner));
    is_named(Rule::Owner, INVESTIGATING, |records| {
        let stranger = Fact::OwnerSet { unit: unit("water"), official: official("water", "head") };
        add_fact(records, Verb::RecordContact, stranger);
    });
    is_named(Rule::Owner, "2026-03-02 given registered", |records| {
        drop_facts(records, Verb::Submit, |fact| matches!(fact, Fact::DeadlineSet(_)));
        drop_facts(records, Verb::Register, |fact| matches!(fact, Fact::DeadlineStopped { .. }));
    });
}

#[test]
fn inv_7_nothing_goes_to_the_reported_unit_or_is_done_by_it() {
    is_named(
        Rule::Accused,
        "2026-03-02 given registered\n2026-03-03 office-clerk forward to=town",
        |records| {
            edit_facts(records, Verb::Submit, |fact| {
                if let Fact::Submitted(submission) = fact {
                    submission.accused = vec![unit("town")];
                }
            });
        },
    );
    is_named(Rule::Accused, SERVED, |records| {
        edit_facts(records, Verb::Submit, |fact| {
            if let Fact::Submitted(submission) = fact {
                submission.accused = vec![unit("housing")];
            }
        });
    });
}

#[test]
fn inv_8_nobody_decides_on_two_levels_and_no_organ_reviews_itself() {
    is_named(Rule::Reviewer, FINAL, |records| {
        edit_facts(records, Verb::RequestReview, |fact| match fact {
            Fact::RoundOpened { unit: reviewer, .. } => *reviewer = unit("district"),
            Fact::OwnerSet { unit: owner, .. } => *owner = unit("district"),
            _ => {}
        });
    });
    is_named(Rule::Reviewer, FINAL, |records| {
        last(records, Verb::AdmitReview).actor = official("housing", "handler").to_string();
    });
    is_named(Rule::Reviewer, FINAL, |records| {
        edit_facts(records, Verb::AdmitReview, |fact| match fact {
            Fact::ReviewAdmitted(handover) => handover.official = official("housing", "handler"),
            Fact::OwnerSet { official: owner, .. } => *owner = official("housing", "handler"),
            _ => {}
        });
    });
    is_named(Rule::Reviewer, FINAL, |records| {
        drop_facts(records, Verb::RequestReview, |fact| matches!(fact, Fact::RoundOpened { .. }));
    });
}

#[test]
fn dual_1_where_two_people_are_required_two_acted() {
    let corrected = "2026-03-02 given registered
2026-03-03 office-clerk propose_reclassification kind=suggestion
2026-03-04 office-head confirm_reclassification";
    let proposer = official("office", "clerk");
    is_named(Rule::TwoPeople, corrected, |records| {
        let record = last(records, Verb::ConfirmReclassification);
        record.actor = proposer.to_string();
        record.events.iter_mut().for_each(|event| {
            if let Fact::LetterSigned(signed) = &mut event.fact {
                signed.signer = Some(proposer);
            }
        });
    });
    // The proposal is put into somebody else's name, so that the proposer may confirm it.
    is_named(Rule::TwoPeople, corrected, |records| {
        edit_facts(records, Verb::ProposeReclassification, |fact| {
            if let Fact::ReclassificationProposed(proposal) = fact {
                proposal.by = Some(official("office", "head"));
            }
        });
    });
    // The handler takes the withdrawal form themselves.
    let withdrawn = "2026-03-02 given investigating\n2026-03-03 office-clerk withdraw form=signed";
    is_named(Rule::TwoPeople, withdrawn, |records| {
        last(records, Verb::Withdraw).actor = official("housing", "handler").to_string();
    });
}

#[test]
fn authority_acts_are_done_by_whoever_may_do_such_an_act() {
    for actor in ["petitioner", "system", "nobody"] {
        is_named(Rule::Authority, SERVED, |records| last(records, Verb::Accept).actor = actor.to_owned());
    }
    let rated = format!("{SERVED}\n2026-03-03 petitioner rate");
    is_named(Rule::Authority, &rated, |records| {
        last(records, Verb::Rate).actor = official("housing", "handler").to_string();
    });
    // Somebody of a unit that has nothing to do with it signs the opinion.
    is_named(Rule::Authority, SERVED, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| match fact {
            Fact::LetterSigned(signed) => signed.unit = unit("water"),
            Fact::DeadlineSet(set) if set.limit == *"serve" => set.unit = Some(unit("water")),
            _ => {}
        });
    });
    // Signed by another than whoever acted.
    let names = broken(SERVED, |records| {
        edit_facts(records, Verb::IssueOpinion, |fact| {
            if let Fact::LetterSigned(signed) = fact {
                signed.signer = Some(official("water", "head"));
            }
        });
    });
    assert!(names.contains("authority"), "{names:?}");
}

#[test]
fn seal_5_a_report_closed_by_whoever_fed_it_back_is_named() {
    let closed = "2026-03-02 given referred kind=report accused=housing
2026-03-03 city-integrity-handler accept_report official=city-integrity-handler
2026-03-04 city-integrity-handler feed_back_report
2026-03-05 city-integrity-head serve letter=report_reply";
    is_named(Rule::TwoPeople, closed, |records| {
        last(records, Verb::Serve).actor = official("city-integrity", "handler").to_string();
    });
}
