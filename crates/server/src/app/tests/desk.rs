//! What lies on whose desk, and what is not seen there.

use super::*;
use crate::app::look::InboxPage;
use casework::Verb;
use serde_json::Map;
use store::inbox::Filter;

async fn registered(office: &Office, new: NewSubmission) -> PetitionId {
    let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
    office.registered(id).await;
    id
}

async fn forwarded(office: &Office, new: NewSubmission) -> PetitionId {
    let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
    office.forwarded(id).await;
    id
}

async fn inbox(office: &Office, who: &Actor) -> InboxPage {
    office.app.inbox(who, &Filter::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_lies_on_the_desk_of_the_unit_that_owes_it() {
    for office in on_both("owes").await {
        let id = forwarded(&office, submission("o")).await;
        let limits = async |who: &Actor| -> Vec<String> {
            let rows = inbox(&office, who).await.rows;
            rows.iter()
                .map(|(row, _)| row.due.as_ref().map_or_else(String::new, |due| due.limit.to_string()))
                .collect()
        };
        let (clerk, unit) = (actor(OFFICE, 0), actor(HOUSING, 0));
        assert_eq!(limits(&clerk).await, ["serve"], "the office still has its notice to serve");
        assert_eq!(limits(&unit).await.len(), 1);
        assert_ne!(limits(&unit).await, ["serve"], "which is none of the unit's");
        let petition = store::history::load(&office.app.database, id).await.unwrap().unwrap().petition;
        for (letter, signed) in (0_u32..).zip(&petition.letters) {
            if signed.signed.to_petitioner {
                office
                    .act(clerk.clone(), id, |contents| {
                        let proof = contents.add("本人签收").unwrap();
                        Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof })
                    })
                    .await
                    .unwrap();
            }
        }
        assert!(limits(&clerk).await.is_empty(), "served: gone from the office's desk");
        assert_eq!(limits(&unit).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_shows_who_filed_a_matter_only_to_whoever_may_know() {
    for office in on_both("known").await {
        let plain = submission("plain");
        let kept = NewSubmission {
            confidential: true,
            respondent: Some(unit_id(HOUSING)),
            title: "请对其保密".to_owned(),
            ..submission("kept")
        };
        forwarded(&office, plain).await;
        forwarded(&office, kept).await;
        let seen = async |who: &Actor| -> Vec<(bool, bool)> {
            let rows = inbox(&office, who).await.rows;
            let mut seen: Vec<_> =
                rows.iter().map(|(row, title)| (title == "请对其保密", row.identity.is_some())).collect();
            seen.sort_unstable();
            seen
        };
        assert_eq!(seen(&actor(HOUSING, 0)).await, [(false, true), (true, false)]);
        assert_eq!(seen(&actor(OFFICE, 0)).await, [(false, true), (true, true)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_matter_and_one_not_to_be_known_are_refused_alike() {
    for office in on_both("alike").await {
        let own = forwarded(&office, submission("own")).await;
        let hidden = registered(&office, submission("hidden")).await;
        let load = async |id| store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let number = load(hidden).await.petition.submission.unwrap().number.to_string();
        let history = load(own).await;
        let merge = async |who: &Actor, into: &str| {
            let given =
                Map::from_iter([("into".to_owned(), json!(into)), ("reason".to_owned(), json!("同一件事"))]);
            let mut contents = Contents::new();
            let read =
                crate::web::read_act(&office.app, who, &history, Verb::Merge, given, &mut contents).await;
            read.map_err(|problem| format!("{problem:?}"))
        };
        let absent = merge(&actor(HOUSING, 1), "349999-20200101-00001-0").await.unwrap_err();
        assert_eq!(merge(&actor(HOUSING, 1), &number).await.unwrap_err(), absent);
        assert!(merge(&actor(OFFICE, 0), &number).await.is_ok(), "the control: the office knows both");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_a_gap_and_filters_hold_across_them() {
    for office in on_both("pages").await {
        for n in 0..30 {
            registered(&office, submission(&format!("p{n}"))).await;
        }
        let clerk = actor(OFFICE, 0);
        let online = Some("online".to_owned());
        let filters = [
            Filter::default(),
            Filter { channel: online.clone(), ..Filter::default() },
            Filter { class: Some("04".to_owned()), channel: online, ..Filter::default() },
            Filter { stage: Some("registered".to_owned()), ..Filter::default() },
            Filter { owner: Some(official_id(OFFICE, 0)), ..Filter::default() },
        ];
        for filter in filters {
            let first = office.app.inbox(&clerk, &filter).await.unwrap();
            let second = office
                .app
                .inbox(&clerk, &Filter { after: first.next.clone(), ..filter.clone() })
                .await
                .unwrap();
            assert_eq!(
                (first.rows.len(), second.rows.len(), second.next.is_none()),
                (25, 5, true),
                "{filter:?}"
            );
            let all: std::collections::BTreeSet<&str> =
                first.rows.iter().chain(&second.rows).map(|(row, _)| row.case_ref.as_str()).collect();
            assert_eq!(all.len(), 30, "{filter:?}");
        }
        for filter in [
            Filter { class: Some("05".to_owned()), ..Filter::default() },
            Filter { channel: Some("fax".to_owned()), ..Filter::default() },
            Filter { owner: Some(official_id(OFFICE, 1)), ..Filter::default() },
        ] {
            assert!(office.app.inbox(&clerk, &filter).await.unwrap().rows.is_empty(), "{filter:?}");
        }
    }
}
