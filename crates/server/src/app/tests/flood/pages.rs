//! What pages take in: size and shape of every field, work of the level that is owed, words that outlive their draft.

use super::*;

/// SPAM-1: what a step refuses is not sent by leaving the step out.
#[tokio::test(flavor = "multi_thread")]
async fn spam_1_a_step_that_was_refused_cannot_be_walked_around() {
    for office in on_both("around").await {
        for (n, (step, fields)) in [
            ("what", [("title", "t"), ("body", &*"long".repeat(5_001))]),
            ("what", [("title", &*"t".repeat(500)), ("body", "b")]),
            ("whom", [("n_people", "abc"), ("accused", "")]),
            ("contact", [("phone", "1370000771"), ("reply", "online")]),
        ]
        .into_iter()
        .enumerate()
        {
            let address = format!("203.0.113.{n}");
            let mut who = visitor(&office, &address);
            who.write().await;
            assert_eq!(who.step(step, &fields).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{step}");
            let (status, headers, _) = who.step("check", &[]).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            assert_eq!(headers["location"], format!("/submit/{step}"), "back to where it is wrong");
        }
        // More than any petition may hold is shown back and kept nowhere.
        let mut who = visitor(&office, "203.0.113.90");
        who.write().await;
        let before =
            office.app.database.query("select body from draft order by code_mac", Vec::new()).await.unwrap();
        let huge = "x".repeat(300_000);
        let (status, _, page) = who.step("what", &[("title", "t"), ("body", &huge)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains(&huge), "what was typed is lost");
        let after =
            office.app.database.query("select body from draft order by code_mac", Vec::new()).await.unwrap();
        assert_eq!(before, after, "and kept");
        assert_eq!(office.n_matters().await, 0);
    }
}

/// SPAM-4: a browser that lost its draft sends words that find a new one.
#[tokio::test(flavor = "multi_thread")]
async fn spam_4_words_outlive_the_draft_they_were_written_for() {
    for office in on_both("outlive").await {
        let mut who = visitor(&office, HONEST);
        who.step("kind", &[("kind", "claim")]).await;
        let (_, _, page) = who.get("/submit/what").await;
        let token = between(&page, "name=\"token\" value=\"", "\"");
        who.cookie = String::new();
        let (status, headers, _) = who.post("what", &token, &[("title", "t"), ("body", "canary-long")]).await;
        assert_eq!((status, &headers["location"]), (StatusCode::SEE_OTHER, &"/submit/whom".parse().unwrap()));
        let (_, _, page) = who.get("/submit/what").await;
        assert!(page.contains("canary-long"), "the words are gone");
        // What the new draft lacks is asked for before it is sent.
        let (_, headers, _) = who.step("check", &[]).await;
        assert_eq!(headers["location"], "/submit/kind");
    }
}

/// SPAM-1: work is that of the level that is owed; one level less, begun before, is still good, two are not.
#[tokio::test(flavor = "multi_thread")]
async fn spam_1_work_of_a_low_level_is_not_saved_up_for_a_high_one() {
    for office in on_both("saved-up").await {
        let address = FLOODER.parse().unwrap();
        let filer = || office.app.intake.filer(&office.app, address);
        // Above the rate by one: the lowest level.
        for _ in 0..office.config.filings_burst {
            office.app.intake.charge(&office.app, address);
        }
        let low = office.app.intake.expected(&office.app, filer(), "saved").unwrap();
        for _ in 0..office.config.filings_burst {
            office.app.intake.charge(&office.app, address);
        }
        let middle = office.app.intake.expected(&office.app, filer(), "saved").unwrap();
        for _ in 0..office.config.filings_burst {
            office.app.intake.charge(&office.app, address);
        }
        let high = office.app.intake.expected(&office.app, filer(), "saved").unwrap();
        let bits =
            |challenge: &crate::web::Challenge| serde_json::to_value(challenge).unwrap()["bits"].as_u64();
        assert!(bits(&low) < bits(&middle) && bits(&middle) < bits(&high), "the levels differ");
        let takes = |challenge: &crate::web::Challenge| {
            let told = serde_json::to_value(challenge).unwrap();
            let answer = worked(&json!({ "challenge": told }));
            let answer = serde_json::from_value(answer).unwrap();
            office.app.intake.api(&office.app, filer(), "saved", Some(&answer)).is_ok()
        };
        assert!(!takes(&low), "work of the lowest level at the highest");
        assert!(takes(&middle) && takes(&high));
    }
}
