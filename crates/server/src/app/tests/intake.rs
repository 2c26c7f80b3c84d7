//! What comes in over the API: sent twice, with new facts, malformed, with wrong codes.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn core_7_a_submission_sent_twice_is_one_petition() {
    for office in on_both("twice").await {
        let body = json!({
            "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "噪声扰民", "body": "夜间施工。",
            "token": "same"
        });
        let (first, second) = tokio::join!(
            office.post("/api/v1/petitions", body.clone()),
            office.post("/api/v1/petitions", body.clone())
        );
        assert_eq!((first.0, second.0), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.1["number"], second.1["number"]);
        assert_eq!(first.1["code"], second.1["code"], "who lost the first answer is not locked out");
        let (status, _) = office.post("/api/v1/track", json!({ "code": first.1["code"] })).await;
        assert_eq!(status, StatusCode::OK);
        // RCPT-1: whoever has the key and what is kept cannot work the code out: the token is not there.
        let rows = office.app.database.query("select token, digest from submission_token", Vec::new()).await;
        let row = rows.unwrap().remove(0);
        assert_ne!(row.text(0).unwrap(), "same");
        for kept in [row.text(0).unwrap(), row.text(1).unwrap()] {
            let bytes = store::content::commit(&office.app.code_key, format!("code\0{kept}").as_bytes());
            let worked_out = crate::app::code::code_of_channel(casework::act::Channel::Online, &bytes);
            assert_ne!(json!(worked_out.as_str()), first.1["code"]);
        }
        let mut other = body.clone();
        other["body"] = json!("另一件事。");
        let (status, problem) = office.post("/api/v1/petitions", other).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("token_used")),
            "nothing is swallowed"
        );
        let rows = office.app.database.query("select count(*) from matter", Vec::new()).await.unwrap();
        assert_eq!(rows.first().unwrap().int(0).unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_new_facts_come_as_a_matter_of_their_own_linked_by_the_earlier_code() {
    for office in on_both("earlier").await {
        let (earlier, code) = office.answered().await;
        let body = |code: &str, token: &str| {
            json!({
                "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "新的证据", "body": "新的合同。",
                "token": token, "earlier_code": code,
            })
        };
        let (status, problem) = office.post("/api/v1/petitions", body("K7QM-4R2X-9TDW", "e0")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["fields"][0]["field"], "earlier_code");
        let (status, _) = office.post("/api/v1/petitions", body(&code, "e1")).await;
        assert_eq!(status, StatusCode::CREATED);
        let before = store::history::load(&office.app.database, earlier).await.unwrap().unwrap().petition;
        let [new] = before.followed_by.to_vec()[..] else { panic!("one follows it") };
        let after = store::history::load(&office.app.database, new).await.unwrap().unwrap().petition;
        assert_eq!(after.submission.unwrap().earlier, Some(earlier));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_named_field_by_field_and_nothing_is_kept() {
    for office in on_both("bad").await {
        let own = unit_id(OFFICE).to_string();
        let cases = [
            (json!({ "title": "", "body": "x" }), "title", "missing"),
            (json!({ "title": "x", "body": "   " }), "body", "missing"),
            (json!({ "title": "长".repeat(201), "body": "x" }), "title", "too_long"),
            (json!({ "title": "x", "body": "a\u{7}b" }), "body", "control_characters"),
            (json!({ "title": "x", "body": "\u{fffd}\u{fffd}" }), "body", "wrong_encoding"),
        ];
        for (mut body, field, code) in cases {
            body["kind"] = json!("claim");
            body["office"] = json!(own);
            body["token"] = json!("t");
            let (status, problem) = office.post("/api/v1/petitions", body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(
                (&problem["fields"][0]["field"], &problem["fields"][0]["code"]),
                (&json!(field), &json!(code))
            );
        }
        let unknown = json!({ "kind": "nonsense", "office": own, "title": "x", "body": "y", "token": "t" });
        assert_eq!(office.post("/api/v1/petitions", unknown).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let huge = json!({ "kind": "claim", "office": own, "title": "x", "body": "长".repeat(200_000), "token": "t" });
        let (status, problem) = office.post("/api/v1/petitions", huge).await;
        assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
        let (status, problem) = office.get("/api/v1/petitions", "none").await;
        assert_eq!((status, &problem["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("unreadable")));
        let latin = b"{\"title\": \"\xd6\xd0\"}".to_vec();
        assert_eq!(office.post_raw("/api/v1/petitions", latin).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _) = office.post("/api/v1/track", json!({ "code": "K7QM-4R2X-9TDW" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(office.post("/api/v1/track/supervise", json!({})).await.0, StatusCode::NOT_FOUND);
        for table in ["event", "content", "matter", "access_code"] {
            let sql = format!("select count(*) from {table}");
            let rows = office.app.database.query(&sql, Vec::new()).await.unwrap();
            assert_eq!(rows.first().unwrap().int(0).unwrap(), 0, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rcpt_1_wrong_codes_are_slowed_down_per_source_and_filing_never_is() {
    for office in on_both("tries").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("a")).await.unwrap();
        let right = json!({ "code": receipt.code.to_string() });
        for _ in 0..10 {
            let (status, _) = office.post("/api/v1/track", json!({ "code": "K7QM-4R2X-9TDW" })).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        assert_eq!(office.post("/api/v1/track", right.clone()).await.0, StatusCode::TOO_MANY_REQUESTS);
        let body = json!({
            "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "x", "body": "y", "token": "b"
        });
        assert_eq!(office.post("/api/v1/petitions", body).await.0, StatusCode::CREATED);
        office.go_to(date(2026, 3, 3));
        assert_eq!(office.post("/api/v1/track", right).await.0, StatusCode::OK);
    }
}
