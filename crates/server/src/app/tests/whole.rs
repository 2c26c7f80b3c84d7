//! A petition's whole way through the one door, on both databases.

use super::sealed::{everything_kept, holds, spellings};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_petition_goes_from_submission_to_final_answer() {
    for office in on_both("whole").await {
        let (id, code) = office.answered().await;
        let (status, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(seen["stage"], "served");
        assert!(seen["may"].as_array().unwrap().contains(&json!("request_review")));
        let window =
            seen["deadlines"].as_array().unwrap().iter().find(|d| d["limit"] == "ask_first_review").unwrap();
        assert_eq!((&window["due_on"], &window["yours"]), (&json!("2026-04-01"), &json!(true)));

        // The petitioner rates, then lets the window pass; the promise stays owed.
        let rated = json!({ "code": code, "seen": seen["version"], "unit": "fairly", "office": "satisfied" });
        assert_eq!(office.post("/api/v1/track/rate", rated).await.0, StatusCode::OK);
        office.go_to(date(2026, 4, 2));
        office.app.tick().await.unwrap();
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        assert!(history.petition.is_at("lapsed"));
        assert!(history.petition.open("execution").next().is_some());
        assert_eq!(office.app.tick().await.unwrap().passed, 0, "a second run does nothing");

        // What was recorded is there when the program starts again.
        let again = App::open(&office.config, Clock::real("Asia/Shanghai").unwrap()).await.unwrap();
        let (found, _) = again.by_code(&code).await.unwrap().unwrap();
        assert_eq!(found, id);
        drop(office.scratch);
    }
}

/// ENC-1: of an ordinary petition that went all the way, too, no word stands in the database in clear: not what was filed, not
/// who filed it, not what officials wrote.
#[tokio::test(flavor = "multi_thread")]
async fn enc_1_no_word_of_an_ordinary_petition_is_kept_in_clear() {
    for office in on_both("enc-words").await {
        let (id, code) = office.answered().await;
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let asked = json!({ "code": code, "seen": seen["version"], "reason": "没有说明复工日期" });
        office.post("/api/v1/track/request_review", asked).await;
        let words: Vec<String> =
            store::content::of_petition(&office.app.database, id).await.unwrap().into_values().collect();
        assert!(words.iter().any(|text| text.contains("没有说明复工日期")), "the reason is among them");
        assert!(words.iter().any(|text| text.contains("13800138000")), "and who filed it");
        let kept = everything_kept(&office).await;
        // The control: what is kept in clear is found.
        assert!(kept.iter().any(|(_, value)| holds(value, b"online")));
        let said = words.iter().map(String::as_str).chain([code.as_str(), "13800138000", "逾期不交房"]);
        for word in said.filter(|word| word.chars().count() > 3) {
            for spelling in spellings(word) {
                let found = kept.iter().find(|(_, value)| holds(value, &spelling));
                assert!(found.is_none(), "{}: {word} is kept in clear", found.unwrap().0);
            }
        }
        // Nor in the bytes of the file, where a database of files is.
        if let Some(file) = office.config.sqlite_file() {
            let mut bytes = std::fs::read(file).unwrap();
            let mut log = file.as_os_str().to_owned();
            log.push("-wal");
            bytes.extend(std::fs::read(log).unwrap_or_default());
            assert!(holds(&bytes, b"online"));
            for spelling in ["13800138000", "逾期不交房", "没有说明复工日期"].into_iter().flat_map(spellings)
            {
                assert!(!holds(&bytes, &spelling), "a word lies in the file");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_asked_for_by_code_runs_against_the_organ_above() {
    for office in on_both("review").await {
        let (id, code) = office.answered().await;
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let asked = json!({ "code": code, "seen": seen["version"], "reason": "没有说明复工日期" });
        let (status, now) = office.post("/api/v1/track/request_review", asked.clone()).await;
        assert_eq!((status, &now["stage"]), (StatusCode::OK, &json!("first_review_requested")));
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        assert_eq!(history.petition.owner.unwrap().0, unit_id(GOVERNMENT));
        let (status, problem) = office.post("/api/v1/track/request_review", asked).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("changed")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_deadline_is_recorded_once_and_supervised() {
    for office in on_both("missed").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("m")).await.unwrap();
        // Registration is due on 3 March, dispatch on 17 March; a whole year of days goes by.
        for month in 3..=12 {
            office.go_to(date(2026, month, 28));
            office.app.tick().await.unwrap();
            let history =
                store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
            let petition = history.petition;
            assert!(petition.owner.is_some());
            assert!(petition.open_deadlines().next().is_some(), "never without a deadline");
        }
        let history = store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
        let missed = history.petition.deadlines.iter().filter(|deadline| deadline.set.limit == *"dispatch");
        assert_eq!(missed.filter(|deadline| deadline.missed).count(), 1);
        assert!(
            history.petition.supervision.unwrap().step > 5,
            "the supervision went up with each missed reply"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_act_leaves_no_trace() {
    for office in on_both("refused").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("r")).await.unwrap();
        let before = store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
        let refused = office
            .act(actor(HOUSING, 2), receipt.petition, |contents| {
                Act::Extend(Extension { days: 30, reason: contents.add("复杂").unwrap() })
            })
            .await;
        assert!(matches!(refused, Err(Failure::Refused(refusal)) if refusal.code() == "not_for_you"));
        let after = store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
        assert_eq!(before.petition, after.petition);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_logs_in_sees_what_is_due_and_gives_exactly_the_commands_shown() {
    for office in on_both("staff").await {
        office.app.submit(&Actor::Petitioner { party: 0 }, submission("s")).await.unwrap();
        for (login, id) in [("clerk", official_id(OFFICE, 0)), ("handler", official_id(HOUSING, 1))] {
            office.app.set_account(login, id, "correct horse").await.unwrap();
        }
        let wrong = office.post("/api/v1/session", json!({ "login": "clerk", "password": "wrong" })).await;
        let nobody = office.post("/api/v1/session", json!({ "login": "nobody", "password": "wrong" })).await;
        assert_eq!((wrong.0, &wrong), (StatusCode::UNAUTHORIZED, &nobody));
        office.app.clock.set("2026-03-02T02:00:02Z".parse().unwrap());
        assert_eq!(office.get("/api/v1/inbox", "no such token").await.0, StatusCode::UNAUTHORIZED);
        let clerk = office.log_in("clerk").await;
        let (_, inbox) = office.get("/api/v1/inbox", &clerk).await;
        let row = &inbox["rows"][0];
        assert_eq!((&row["limit"], &row["due_on"]), (&json!("registration"), &json!("2026-03-03")));
        let path = format!("/api/v1/cases/{}", row["case_ref"].as_str().unwrap());

        // Another unit may not know that it exists: the answer is that of a reference that names nothing.
        let handler = office.log_in("handler").await;
        let hidden = office.get(&path, &handler).await;
        assert_eq!(hidden, office.get("/api/v1/cases/0123456789abcdef", &handler).await);
        assert_eq!(hidden.0, StatusCode::NOT_FOUND);

        let (_, case) = office.get(&path, &clerk).await;
        assert_eq!(case["body"], "合同约定2026年1月交房，至今停工。");
        let acts: Vec<&str> = case["acts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(acts.contains(&"register") && !acts.contains(&"forward"), "{acts:?}");
        let seen = &case["version"];
        let bad = json!({ "seen": seen, "kind": "claim", "nonsense": 1 });
        let (status, problem) = office.send(&format!("{path}/register"), &clerk, bad).await;
        let faults: Vec<&str> =
            problem["fields"].as_array().unwrap().iter().filter_map(|fault| fault["code"].as_str()).collect();
        assert_eq!((status, faults), (StatusCode::UNPROCESSABLE_ENTITY, vec!["missing", "unknown_field"]));
        let registration = json!({ "seen": seen, "kind": "claim", "class": "04" });
        let (status, done) = office.send(&format!("{path}/register"), &clerk, registration.clone()).await;
        let case = &done["case"];
        assert_eq!((status, &case["stage"]), (StatusCode::OK, &json!("registered")));
        let (status, problem) = office.send(&format!("{path}/register"), &clerk, registration).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("changed")));
        let forward =
            json!({ "seen": case["version"], "to": unit_id(HOUSING).to_string(), "note": "请办理" });
        assert_eq!(office.send(&format!("{path}/forward"), &clerk, forward).await.0, StatusCode::OK);
        let (_, case) = office.get(&path, &handler).await;
        assert_eq!(case["stage"], "dispatched");
        let acts: Vec<&str> = case["acts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(acts.contains(&"object") && acts.contains(&"take_up"), "{acts:?}");
        let (_, problem) = office
            .send(
                &format!("{path}/extend"),
                &handler,
                json!({ "seen": case["version"], "days": 5, "reason": "x" }),
            )
            .await;
        assert_eq!(problem["code"], "not_for_you");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_are_what_the_events_say_and_can_be_made_anew() {
    for office in on_both("verify").await {
        office.answered().await;
        assert_eq!(faults(&office.app).await, [""; 0]);
        let mut batch = store::Batch::new();
        batch.push(store::Write::new("update matter set stage = 'final'", Vec::new()));
        office.app.database.commit(batch).await.unwrap();
        let found = faults(&office.app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let rebuilt =
            store::verify::rebuild(&office.app.database, &office.app.rules().unwrap(), |_| ()).await;
        assert_eq!(rebuilt.unwrap().n_faults, 0);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}
