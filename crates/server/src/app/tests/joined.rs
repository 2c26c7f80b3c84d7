//! Acts that touch several petitions at once: one batch, every version checked, on both databases.

use super::*;
use casework::Fact;
use casework::codes::RegisterNumber;

async fn registered(office: &Office, token: &str) -> PetitionId {
    let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission(token)).await.unwrap();
    let registration = Registration {
        kind: Name::from("claim"),
        class: Name::from("04"),
        place: None,
        requests: Vec::new(),
        comparison: None,
        named: Vec::new(),
    };
    office.act(actor(OFFICE, 0), receipt.petition, |_| Act::Register(registration)).await.unwrap();
    receipt.petition
}

async fn load(office: &Office, id: PetitionId) -> Petition {
    store::history::load(&office.app.database, id).await.unwrap().unwrap().petition
}

async fn merge(office: &Office, id: PetitionId, into: PetitionId) -> Result<Petition, Failure> {
    office
        .act(actor(OFFICE, 0), id, |contents| {
            Act::Merge(Merging { into, reason: contents.add("同一小区同一问题").unwrap() })
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_joins_the_handling_and_each_petitioner_keeps_letters_deadlines_and_review() {
    for office in on_both("merge").await {
        let (lead, joined) = (registered(&office, "a").await, registered(&office, "b").await);
        assert!(matches!(merge(&office, lead, lead).await, Err(Failure::Refused(_))));
        let merged = merge(&office, joined, lead).await.unwrap();
        assert!(
            merged.is_at("merged") && merged.open("dispatch").next().is_some(),
            "its own deadline runs on"
        );
        assert!(load(&office, lead).await.joined.contains(&joined));
        assert!(matches!(merge(&office, lead, joined).await, Err(Failure::Refused(_))), "no chains");

        let handler = official_id(HOUSING, 1);
        office
            .act(actor(OFFICE, 0), lead, |_| {
                Act::Forward(Dispatch {
                    to: unit_id(HOUSING),
                    note: casework::text::Text::empty(),
                    report_by: None,
                    competence_decision: None,
                })
            })
            .await
            .unwrap();
        office.act(actor(HOUSING, 1), lead, |_| Act::TakeUp(Handover { official: handler })).await.unwrap();
        office.act(actor(HOUSING, 1), lead, |contents| accept(contents, handler)).await.unwrap();
        office
            .act(actor(HOUSING, 1), lead, |contents| {
                Act::RecordContact(Contact {
                    kind: ContactKind::Phone,
                    heard: true,
                    note: contents.add("听取了陈述").unwrap(),
                })
            })
            .await
            .unwrap();
        office
            .act(actor(HOUSING, 2), lead, |contents| {
                Act::IssueOpinion(Opinion {
                    findings: contents.add("查明").unwrap(),
                    answers: vec![Answer {
                        request: 0,
                        outcome: Outcome::Explained,
                        reason: contents.add("说明").unwrap(),
                        article: "第32条".to_owned(),
                        action: None,
                        executor: None,
                        due_on: None,
                    }],
                    no_conflict: true,
                    differs: None,
                })
            })
            .await
            .unwrap();
        let answered = load(&office, joined).await;
        assert!(answered.is_at("opinion_dispatched") && answered.answered_with == Some(lead));
        let opinion = |petition: &Petition| {
            let at = petition.letters.iter().position(|letter| letter.signed.letter == *"opinion").unwrap();
            (u32::try_from(at).unwrap(), petition.letters.get(at).unwrap().signed.serial)
        };
        assert_ne!(
            opinion(&answered).1,
            opinion(&load(&office, lead).await).1,
            "a letter and number of its own"
        );
        let letter = opinion(&answered).0;
        // I10: whoever destroys the lead's key past the rules takes the answer of the other with it, and is named.
        assert!(load(&office, lead).await.answered_too.contains(&joined));
        let database = &office.app.database;
        let two = (official_id(HOUSING, 2), official_id(OFFICE, 2));
        let (fact, writes) = store::keys::erase(database, lead, &Name::from("order"), two).await.unwrap();
        let tip = store::keys::tip(database).await.unwrap();
        let (at, sure) = office.app.clock.stamp_now();
        let mut event = store::keys::event(&tip, (&at, sure), 1, &fact, [7; 32]);
        event.actor = two.1.to_string();
        let mut batch = store::Batch::new();
        batch.extend(writes);
        batch.record(event);
        assert_eq!(database.commit(batch).await.unwrap(), store::Outcome::Committed);
        let found = super::faults(&office.app).await;
        assert!(
            found
                .iter()
                .any(|fault| fault.contains(&joined.to_string()) && fault.contains("erased before it")),
            "{found:?}"
        );
        let served = office
            .act(actor(HOUSING, 1), joined, |contents| {
                Act::Serve(Service {
                    letter,
                    method: ServiceMethod::Post,
                    proof: contents.add("回执").unwrap(),
                })
            })
            .await
            .unwrap();
        assert!(served.is_at("served") && served.open("ask_first_review").next().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_undone_restores_the_petition_as_it_would_stand_now() {
    for office in on_both("unmerge").await {
        let (lead, joined) = (registered(&office, "a").await, registered(&office, "b").await);
        merge(&office, joined, lead).await.unwrap();
        let undone = office
            .act(actor(OFFICE, 0), joined, |contents| {
                Act::Unmerge(Reasoned { reason: contents.add("不是同一事项").unwrap() })
            })
            .await
            .unwrap();
        assert!(undone.is_at("registered") && undone.merged_into.is_none());
        assert!(load(&office, lead).await.joined.is_empty());
        // A lead that goes another way lets the joined go their own.
        merge(&office, joined, lead).await.unwrap();
        office
            .act(actor(OFFICE, 0), lead, |contents| {
                Act::ProposeReclassification(Reclassification {
                    kind: Name::from("suggestion"),
                    by: None,
                    reason: contents.add("是建议").unwrap(),
                    named: Vec::new(),
                })
            })
            .await
            .unwrap();
        office
            .act(actor(OFFICE, 2), lead, |contents| {
                Act::ConfirmReclassification(Reasoned { reason: contents.add("同意").unwrap() })
            })
            .await
            .unwrap();
        assert!(load(&office, joined).await.is_at("registered"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_makes_matters_that_keep_the_day_of_receipt() {
    for office in on_both("split").await {
        let parent = registered(&office, "p").await;
        office.go_to(date(2026, 3, 9));
        let parts: Vec<PetitionId> = [11, 12].map(|n| PetitionId(uuid::Uuid::from_u128(n))).to_vec();
        office
            .act(actor(OFFICE, 0), parent, |contents| {
                let portions = (1_u32..).zip(&parts).map(|(n, part)| Portion {
                    petition: *part,
                    number: RegisterNumber::new("349999", date(2026, 3, 2), n).unwrap(),
                    case_ref: Name::new(format!("part{n}")),
                    kind: Name::from(if n == 1 { "claim" } else { "suggestion" }),
                    title: contents.add("一部分").unwrap(),
                    request: contents.add("请答复").unwrap(),
                });
                let portions = portions.collect();
                Act::Split(Splitting { portions, reason: contents.add("两件事").unwrap() })
            })
            .await
            .unwrap();
        assert!(load(&office, parent).await.is_at("split"));
        for part in parts {
            let part = load(&office, part).await;
            assert!(part.is_at("registered") && part.split_from == Some(parent) && part.owner.is_some());
            let words = office.app.words(&part).await.unwrap();
            let submission = part.submission.as_ref().unwrap();
            assert!(
                words.contains_key(&submission.title.content) && words.contains_key(&submission.body.content)
            );
            assert_eq!(part.received_on, date(2026, 3, 2));
            assert_eq!(part.open("dispatch").next().unwrap().1.set.due_on, date(2026, 3, 17));
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
        let events = store::history::load(&office.app.database, parent).await.unwrap().unwrap();
        let split = events.records.iter().flat_map(|record| &record.events);
        assert_eq!(split.filter(|event| matches!(event.fact, Fact::Split(_))).count(), 1);
    }
}
