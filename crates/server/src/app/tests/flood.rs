//! Intake under attack: nobody is refused for where a filing comes from, and nothing of where is kept.

mod pages;

use super::*;
use crate::web::solve_work;
use axum::http::{HeaderMap, header};

const FLOODER: &str = "203.0.113.77";
const HONEST: &str = "203.0.113.78";
const KIOSK: &str = "198.51.100.7";

fn claim(token: &str) -> Value {
    json!({ "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "噪声", "body": "夜间施工。", "token": token })
}

impl Office {
    /// Posts JSON for an address; the answer with its headers.
    async fn from(&self, address: &str, path: &str, body: &Value) -> (StatusCode, HeaderMap, Value) {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-forwarded-for", address)
            .header("user-agent", "canary-agent")
            .header("referer", "https://canary.example/referer");
        let response = crate::web::router(self.app.clone())
            .oneshot(request.body(Body::from(body.to_string())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn file(&self, address: &str, token: &str) -> (StatusCode, Value) {
        let (status, _, body) = self.from(address, "/api/v1/petitions", &claim(token)).await;
        (status, body)
    }

    async fn n_matters(&self) -> i64 {
        let rows = self.app.database.query("select count(*) from matter", Vec::new()).await.unwrap();
        rows.first().unwrap().int(0).unwrap()
    }
}

/// The challenge of a problem, answered.
fn worked(problem: &Value) -> Value {
    let challenge = &problem["challenge"];
    let n = |name: &str| u32::try_from(challenge[name].as_u64().unwrap()).unwrap();
    let puzzle = challenge["puzzle"].as_str().unwrap();
    json!({ "puzzle": puzzle, "numbers": solve_work(puzzle, n("pieces"), n("bits")) })
}

/// A browser with its cookie.
pub(super) struct Visitor<'a> {
    office: &'a Office,
    address: &'a str,
    cookie: String,
}

impl Visitor<'_> {
    async fn ask(
        &mut self,
        request: axum::http::request::Builder,
        body: String,
    ) -> (StatusCode, HeaderMap, String) {
        let request = request
            .header("x-forwarded-for", self.address)
            .header("user-agent", "canary-agent")
            .header("referer", "https://canary.example/referer")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        let app = crate::web::router(self.office.app.clone());
        let response = app.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            if pair.contains("draft") {
                self.cookie = pair;
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) async fn get(&mut self, path: &str) -> (StatusCode, HeaderMap, String) {
        self.ask(Request::get(path), String::new()).await
    }

    /// Fills in a step as its page shows it.
    pub(super) async fn step(
        &mut self,
        step: &str,
        more: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let (_, _, page) = self.get(&format!("/submit/{step}")).await;
        let token = between(&page, "name=\"token\" value=\"", "\"");
        self.post(step, &token, more).await
    }

    async fn post(
        &mut self,
        step: &str,
        token: &str,
        more: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let pairs = [("token", token), ("do", "on")];
        let pairs: Vec<String> =
            pairs.iter().chain(more).map(|(name, value)| format!("{name}={value}")).collect();
        self.ask(Request::post(format!("/submit/{step}")), pairs.join("&")).await
    }

    /// Writes a draft that only waits to be sent.
    async fn write(&mut self) {
        self.write_as("claim").await;
    }

    pub(super) async fn write_as(&mut self, kind: &str) {
        for (step, fields) in [
            ("kind", &[("kind", kind)][..]),
            ("what", &[("title", "canary-title"), ("body", "canary-body")]),
            ("whom", &[("n_people", "1")]),
            ("contact", &[("name", "canary-name"), ("reply", "online")]),
        ] {
            assert_eq!(self.step(step, fields).await.0, StatusCode::SEE_OTHER, "{step}");
        }
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}")).1;
    rest.split_once(after).unwrap().0.to_owned()
}

pub(super) fn visitor<'a>(office: &'a Office, address: &'a str) -> Visitor<'a> {
    Visitor { office, address, cookie: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_1_above_the_normal_rate_the_api_asks_for_work_that_is_good_for_one_petition() {
    for office in on_both("work").await {
        for n in 0..5 {
            assert_eq!(office.file(FLOODER, &format!("w{n}")).await.0, StatusCode::CREATED);
        }
        let (status, headers, problem) = office.from(FLOODER, "/api/v1/petitions", &claim("w5")).await;
        assert_eq!((status, &problem["code"]), (StatusCode::PRECONDITION_REQUIRED, &json!("work_needed")));
        assert_eq!(headers[header::RETRY_AFTER], "200", "and when it would be taken without");
        assert_eq!(
            (&problem["challenge"]["pieces"], &problem["challenge"]["bits"]),
            (&json!(16), &json!(14))
        );
        assert_eq!(office.n_matters().await, 5);
        // Another source is not touched by it, however near its address is.
        assert_eq!(office.file(HONEST, "h0").await.0, StatusCode::CREATED);

        let work = worked(&problem);
        let with = |token: &str, work: &Value| {
            let mut body = claim(token);
            body["work"] = work.clone();
            body
        };
        let other = office.from(FLOODER, "/api/v1/petitions", &with("w6", &work)).await;
        assert_eq!(other.0, StatusCode::PRECONDITION_REQUIRED, "the work is bound to its submission");
        for spoil in [json!("0"), json!("1,2,3"), json!(vec!["0"; 16].join(",")), json!("x".repeat(4_000))] {
            let mut wrong = work.clone();
            wrong["numbers"] = spoil;
            let answer = office.from(FLOODER, "/api/v1/petitions", &with("w5", &wrong)).await;
            assert_eq!(answer.0, StatusCode::PRECONDITION_REQUIRED);
        }
        let mut cheap = work.clone();
        cheap["puzzle"] = json!(work["puzzle"].as_str().unwrap().replacen("14.", "1.", 1));
        let answer = office.from(FLOODER, "/api/v1/petitions", &with("w5", &cheap)).await;
        assert_eq!(answer.0, StatusCode::PRECONDITION_REQUIRED, "nobody makes it easier for themselves");
        assert_eq!(office.n_matters().await, 6);
        let answer = office.from(FLOODER, "/api/v1/petitions", &with("w5", &work)).await;
        assert_eq!(answer.0, StatusCode::CREATED, "{}", answer.2);

        // The more above, the more work, up to four times; it doubles after each burst.
        let mut bits = Vec::new();
        for n in 0..12 {
            let (_, problem) = office.file(FLOODER, &format!("d{n}")).await;
            bits.push(problem["challenge"]["bits"].as_u64().unwrap());
            office.app.intake.charge(&office.app, FLOODER.parse().unwrap());
        }
        assert_eq!(
            bits,
            [14, 14, 14, 14, 15, 15, 15, 15, 15, 16, 16, 16],
            "2^18 to 2^20 hashes in 16 pieces"
        );

        // A challenge gets old, and a day later everybody is new.
        let (_, problem) = office.file(FLOODER, "late").await;
        let late = with("late", &worked(&problem));
        office.app.clock.set_civil(date(2026, 3, 2), 11, 1);
        for _ in 0..6 {
            office.app.intake.charge(&office.app, FLOODER.parse().unwrap());
        }
        assert_eq!(
            office.from(FLOODER, "/api/v1/petitions", &late).await.0,
            StatusCode::PRECONDITION_REQUIRED
        );
        office.go_to(date(2026, 3, 3));
        assert_eq!(office.file(FLOODER, "new day").await.0, StatusCode::CREATED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_1_a_page_above_the_normal_rate_is_sent_after_work_or_a_wait_and_never_refused() {
    for office in on_both("pages").await {
        for n in 0..5 {
            assert_eq!(office.file(HONEST, &format!("p{n}")).await.0, StatusCode::CREATED);
        }
        let mut plain = visitor(&office, HONEST);
        plain.write().await;
        let (_, _, page) = plain.get("/submit/check").await;
        assert!(
            page.contains("data-puzzle=\"14.") && page.contains("最多等待一分钟"),
            "it says what will happen"
        );
        let (status, headers, _) = plain.step("check", &[]).await;
        assert_eq!(
            (status, &headers[header::LOCATION].to_str().unwrap()),
            (StatusCode::SEE_OTHER, &"/submit/received")
        );
        assert_eq!(office.n_matters().await, 6, "without a script it is taken in after a wait");

        let mut scripted = visitor(&office, HONEST);
        scripted.write().await;
        let (_, _, page) = scripted.get("/submit/check").await;
        let puzzle = between(&page, "data-puzzle=\"", "\"");
        let numbers = solve_work(&puzzle, 16, 14);
        let (status, headers, _) =
            scripted.step("check", &[("puzzle", &puzzle), ("numbers", &numbers)]).await;
        assert_eq!(
            (status, &headers[header::LOCATION].to_str().unwrap()),
            (StatusCode::SEE_OTHER, &"/submit/received")
        );
        let (_, _, receipt) = scripted.get("/submit/received").await;
        assert!(receipt.contains("您的权利和义务") && receipt.contains("30日内申请复查"), "{receipt}");
        assert!(receipt.contains("canary-title"));
        assert_eq!(office.n_matters().await, 7);

        // Above the rate only since the page was read: who can work is asked to, and keeps everything.
        let mut late = visitor(&office, "203.0.113.98");
        late.write().await;
        let (_, _, page) = late.get("/submit/check").await;
        assert!(!page.contains("data-puzzle"));
        for n in 0..5 {
            office.file("203.0.113.98", &format!("late{n}")).await;
        }
        let token = between(&page, "name=\"token\" value=\"", "\"");
        let (status, _, page) = late.post("check", &token, &[("scripts", "1")]).await;
        assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
        assert!(page.contains("data-sending") && page.contains("canary-body"));
        let puzzle = between(&page, "data-puzzle=\"", "\"");
        let fields =
            [("scripts", "1"), ("puzzle", puzzle.as_str()), ("numbers", &solve_work(&puzzle, 16, 14))];
        assert_eq!(late.post("check", &token, &fields).await.0, StatusCode::SEE_OTHER);
        assert_eq!(office.n_matters().await, 13);

        let mut elsewhere = visitor(&office, "203.0.113.99");
        elsewhere.write().await;
        let (_, _, page) = elsewhere.get("/submit/check").await;
        assert!(!page.contains("data-puzzle"), "within the rate nobody is asked for anything");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_1_a_form_that_is_too_old_comes_back_with_all_that_was_typed() {
    for office in on_both("old").await {
        let mut who = visitor(&office, HONEST);
        let (_, _, page) = who.get("/submit/kind").await;
        let first = between(&page, "name=\"token\" value=\"", "\"");
        office.app.clock.set_civil(date(2026, 3, 3), 10, 1);
        for token in [first.as_str(), "", "1.abc"] {
            let (status, _, page) = who.post("kind", token, &[("kind", "claim")]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains("超过一天") && page.contains("value=\"claim\" checked"), "{page}");
            assert_eq!(who.cookie, "", "nothing is kept yet");
        }
        assert_eq!(who.step("kind", &[("kind", "claim")]).await.0, StatusCode::SEE_OTHER);
        let (_, _, page) = who.get("/submit/what").await;
        let token = between(&page, "name=\"token\" value=\"", "\"");
        office.app.clock.set_civil(date(2026, 3, 4), 10, 2);
        let typed = [("title", "canary-title"), ("body", "canary-body")];
        let (status, _, page) = who.post("what", &token, &typed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("超过一天") && page.contains("canary-title") && page.contains("canary-body"));
        let (_, _, page) = who.get("/submit/what").await;
        assert!(page.contains("canary-body"), "the draft lives on");
        assert_eq!(who.step("what", &typed).await.0, StatusCode::SEE_OTHER, "under a new token");
        // A form that is nobody's of ours changes nothing.
        let foreign = crate::web::form_token_for_tests(&office.app, "another draft");
        assert_eq!(
            who.post("what", &foreign, &[("title", "x"), ("body", "y")]).await.0,
            StatusCode::FORBIDDEN
        );
        assert!(who.get("/submit/what").await.2.contains("canary-title"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_5_what_looks_like_junk_is_received_with_a_real_receipt_or_refused_in_words() {
    for office in on_both("junk").await {
        // Filled in within no time by the clock of the office, and with the field that no person sees.
        let mut machine = visitor(&office, FLOODER);
        machine.write().await;
        assert_eq!(
            machine.step("what", &[("title", "canary-title"), ("body", "BUY"), ("homepage", "spam")]).await.0,
            StatusCode::SEE_OTHER
        );
        let (status, headers, _) = machine.step("check", &[("homepage", "https://spam.example")]).await;
        assert_eq!(
            (status, &headers[header::LOCATION].to_str().unwrap()),
            (StatusCode::SEE_OTHER, &"/submit/received")
        );
        let (_, _, receipt) = machine.get("/submit/received").await;
        let code = between(&receipt, "class=\"v v--long\">", "<");
        let (status, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(status, StatusCode::OK, "{receipt}");
        assert_eq!(seen["title"], "canary-title");
        assert!(!seen["deadlines"].as_array().unwrap().is_empty(), "its deadline runs like any other's");
        assert_eq!(office.n_matters().await, 1);
        // Whatever is not taken in says so: nothing is answered as received that was not.
        for (body, why) in [
            (json!({ "kind": "claim" }), "invalid"),
            (
                {
                    let mut body = claim("j1");
                    body["accused"] = json!(vec![unit_id(HOUSING).to_string(); 51]);
                    body
                },
                "invalid",
            ),
            (
                {
                    let mut body = claim("j2");
                    body["work"] = json!({ "puzzle": "x" });
                    body
                },
                "invalid",
            ),
        ] {
            let (status, _, problem) = office.from(FLOODER, "/api/v1/petitions", &body).await;
            assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(why)));
        }
        assert_eq!(office.n_matters().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_2_no_number_of_filings_closes_the_door_to_others() {
    for office in on_both("door").await {
        let addresses: Vec<String> = (0..40).map(|n| format!("198.18.{n}.1")).collect();
        for address in &addresses {
            for n in 0..8 {
                let (status, _) = office.file(address, &format!("{address}-{n}")).await;
                assert_eq!(status == StatusCode::CREATED, n < 5, "{n}");
            }
        }
        assert_eq!(office.n_matters().await, 200, "nothing is counted for the office as a whole");
        assert_eq!(office.file(HONEST, "honest").await.0, StatusCode::CREATED);
        // An IPv6 line is one source, whatever addresses it takes; its neighbour is another.
        for n in 0..5 {
            assert_eq!(
                office.file(&format!("2001:db8:0:7700::{n:x}"), &format!("six-{n}")).await.0,
                StatusCode::CREATED
            );
        }
        assert_eq!(office.file("2001:db8:0:77ff::9", "six-5").await.0, StatusCode::PRECONDITION_REQUIRED);
        assert_eq!(office.file("2001:db8:0:7600::9", "six-6").await.0, StatusCode::CREATED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_4_a_refused_source_is_told_when_how_else_and_keeps_what_it_typed() {
    for office in on_both("loud").await {
        let wrong = json!({ "code": "K7QM-4R2X-9TDW" });
        for _ in 0..10 {
            assert_eq!(office.from(FLOODER, "/api/v1/track", &wrong).await.0, StatusCode::NOT_FOUND);
        }
        let (status, headers, problem) = office.from(FLOODER, "/api/v1/track", &wrong).await;
        assert_eq!(
            (status, &headers[header::RETRY_AFTER].to_str().unwrap()),
            (StatusCode::TOO_MANY_REQUESTS, &"90")
        );
        let title = problem["title"].as_str().unwrap();
        assert!(title.contains("人民路18号") && title.contains("0500-55510000"), "{title}");
        let login = json!({ "login": "office", "password": "wrong horse" });
        assert_eq!(office.from(FLOODER, "/api/v1/session", &login).await.0, StatusCode::TOO_MANY_REQUESTS);
        // As a page: the code stays in its field.
        let mut who = visitor(&office, FLOODER);
        let (status, headers, page) =
            who.ask(Request::post("/follow"), "code=K7QM-4R2X-9TDW".to_owned()).await;
        assert_eq!(
            (status, &headers[header::RETRY_AFTER].to_str().unwrap()),
            (StatusCode::TOO_MANY_REQUESTS, &"90")
        );
        assert!(
            page.contains("value=\"K7QM-4R2X-9TDW\"")
                && page.contains("人民路18号")
                && page.contains("0500-55510000")
        );
        let (status, headers, page) =
            who.ask(Request::post("/staff/login"), "login=a&password=b".to_owned()).await;
        assert_eq!(
            (status, headers.contains_key(header::RETRY_AFTER)),
            (StatusCode::TOO_MANY_REQUESTS, true)
        );
        assert!(page.contains("人民路18号") && page.contains("0500-55510000"));
        // Filing is not refused for it; only the code that cannot be looked up is named.
        let mut body = claim("with code");
        body["earlier_code"] = json!("K7QM-4R2X-9TDW");
        let (status, _, problem) = office.from(FLOODER, "/api/v1/petitions", &body).await;
        assert_eq!(
            (status, &problem["fields"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("too_many_tries"))
        );
        assert_eq!(office.file(FLOODER, "without code").await.0, StatusCode::CREATED);
        assert_eq!(
            office.from(HONEST, "/api/v1/track", &wrong).await.0,
            StatusCode::NOT_FOUND,
            "others are not touched"
        );
        office.app.clock.set_civil(date(2026, 3, 2), 10, 2);
        assert_eq!(
            office.from(FLOODER, "/api/v1/track", &wrong).await.0,
            StatusCode::NOT_FOUND,
            "after the time that was said"
        );
    }
}

#[tokio::test]
async fn spam_3_priv_1_no_address_agent_or_referer_is_kept_or_logged() {
    let (lines, _guard) = listen();
    for office in on_both("canary").await {
        for n in 0..7 {
            office.file(FLOODER, &format!("c{n}")).await;
        }
        let wrong = json!({ "code": "K7QM-4R2X-9TDW" });
        for _ in 0..12 {
            office.from(FLOODER, "/api/v1/track", &wrong).await;
        }
        let mut who = visitor(&office, FLOODER);
        who.write().await;
        who.step("check", &[]).await;
        // Something that breaks is logged as well.
        let mut batch = store::Batch::new();
        batch.push(store::Write::new("alter table draft rename to gone", Vec::new()));
        office.app.database.commit(batch).await.unwrap();
        let (status, _, page) = visitor(&office, FLOODER).step("kind", &[("kind", "claim")]).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!page.contains(FLOODER));
        let mut n_looked = 0;
        let sqlite = !office.config.database.contains("://");
        let tables = if sqlite {
            "select name from sqlite_master where type = 'table'"
        } else {
            "select table_name::text from information_schema.tables where table_schema = 'public'"
        };
        for row in office.app.database.query(tables, Vec::new()).await.unwrap() {
            let table = row.text(0).unwrap().to_owned();
            let kept = if sqlite {
                let columns = format!("select name from pragma_table_info('{table}')");
                let columns = office.app.database.query(&columns, Vec::new()).await.unwrap();
                let columns: Vec<&str> = columns.iter().map(|row| row.text(0).unwrap()).collect();
                let all: Vec<String> =
                    columns.iter().map(|name| format!("coalesce(cast({name} as text), '')")).collect();
                format!("select {} from {table}", all.join(" || ' ' || "))
            } else {
                format!("select t::text from {table} t")
            };
            for row in office.app.database.query(&kept, Vec::new()).await.unwrap() {
                n_looked += 1;
                let text = row.text(0).unwrap_or_default().to_lowercase();
                for canary in [FLOODER, "canary-agent", "canary.example"] {
                    assert!(!text.contains(canary), "{table} keeps {canary}");
                    let hex = crate::entropy::hex(canary.as_bytes());
                    assert!(!text.contains(&hex), "{table} keeps {canary} in its bytes");
                }
            }
        }
        assert!(n_looked > 50, "{n_looked} rows");
    }
    let text = lines.text();
    assert!(text.contains("petition received") && text.contains("request failed"), "the control");
    for canary in [FLOODER, "203.0.113", "canary-agent", "canary.example", "K7QM"] {
        assert!(!text.contains(canary), "the log tells {canary}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_3_the_key_of_the_day_dies_at_midnight_also_when_nobody_comes() {
    for office in on_both("midnight").await {
        for n in 0..6 {
            office.file(FLOODER, &format!("m{n}")).await;
        }
        assert!(format!("{:?}", office.app.intake).contains("2026-03-02"));
        office.go_to(date(2026, 3, 3));
        office.app.tick().await.unwrap();
        let kept = format!("{:?}", office.app.intake);
        assert!(kept.contains("None") && !kept.contains("2026-03"), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn priv_2_the_quick_exit_ends_what_the_browser_shows_and_a_kiosk_leaves_nothing_behind() {
    for office in on_both("exit").await {
        let mut who = visitor(&office, HONEST);
        who.write().await;
        for path in ["/", "/submit/what", "/follow", "/paths", "/verify", "/no/such/page"] {
            let (_, _, page) = who.get(path).await;
            assert!(page.contains("href=\"/exit\" rel=\"noreferrer\""), "{path} has the exit");
        }
        let cross =
            Request::get("/exit").header("sec-fetch-site", "cross-site").header("cookie", &who.cookie);
        let app = crate::web::router(office.app.clone());
        let answer = app.oneshot(cross.body(Body::empty()).unwrap()).await.unwrap();
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "a link from elsewhere ends nothing");
        let (status, headers, _) = who.get("/exit").await;
        assert_eq!(
            (status, headers[header::LOCATION].to_str().unwrap()),
            (StatusCode::SEE_OTHER, "https://weather.example/")
        );
        let ended: Vec<&str> =
            headers.get_all(header::SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
        assert!(
            ended.len() == 2 && ended.iter().all(|set| set.contains("=; ") && set.contains("Max-Age=0")),
            "{ended:?}"
        );
        let (status, headers, _) = who.get("/submit/what").await;
        assert_eq!(
            (status, headers[header::LOCATION].to_str().unwrap()),
            (StatusCode::SEE_OTHER, "/submit/kind")
        );

        let mut kiosk = visitor(&office, KIOSK);
        kiosk.write().await;
        let (_, _, contact) = kiosk.get("/submit/contact").await;
        assert!(
            !contact.contains("autocomplete=\"name\"") && contact.contains("novalidate autocomplete=\"off\"")
        );
        kiosk.step("check", &[]).await;
        let (_, _, receipt) = kiosk.get("/submit/received").await;
        assert!(
            receipt.contains("公用设备") && !receipt.contains("action=\"/submit/receipt\""),
            "no download is offered"
        );
        let token = between(&receipt, "name=\"token\" value=\"", "\"");
        let taken = kiosk.ask(Request::post("/submit/receipt"), format!("token={token}&seq=0")).await;
        assert_eq!(
            (taken.0, taken.1.contains_key(header::CONTENT_DISPOSITION)),
            (StatusCode::SEE_OTHER, false)
        );
        let (_, headers, _) = kiosk.get("/exit").await;
        assert_eq!(headers[header::LOCATION].to_str().unwrap(), "/", "it stays with the office's pages");
        let mut home = visitor(&office, HONEST);
        home.write().await;
        home.step("check", &[]).await;
        assert!(home.get("/submit/received").await.2.contains("action=\"/submit/receipt\""), "the control");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_6_a_closing_act_on_several_cases_at_once_closes_none() {
    for office in on_both("bulk").await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let session = office.log_in("clerk").await;
        let mut refs = Vec::new();
        for n in 0..2 {
            let new = submission(&format!("bulk{n}"));
            let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
            let rows = "select case_ref from matter where petition_id = $1";
            let rows = office.app.database.query(rows, vec![id.to_string().into()]).await.unwrap();
            refs.push((id, rows.first().unwrap().text(0).unwrap().to_owned()));
        }
        let path = format!("/api/v1/cases/{}", refs[0].1);
        let (_, case) = office.get(&path, &session).await;
        let mut n_refused = 0;
        let all = json!(refs.iter().map(|(_, case_ref)| case_ref).collect::<Vec<_>>());
        for verb in casework::Verb::ALL.iter().map(|verb| verb.word()) {
            for name in ["cases", "case_refs", "petitions", "case_ref"] {
                let body = json!({ "seen": case["version"], name: all });
                let (status, problem) = office.send(&format!("{path}/{verb}"), &session, body).await;
                let refused = problem["fields"].to_string().contains("unknown_field");
                assert!(refused || status == StatusCode::NOT_FOUND, "{verb} with {name}: {status} {problem}");
                n_refused += u32::from(refused);
            }
            let both = format!("/api/v1/cases/{},{}/{verb}", refs[0].1, refs[1].1);
            assert_eq!(office.send(&both, &session, json!({ "seen": 1 })).await.0, StatusCode::NOT_FOUND);
        }
        assert!(n_refused > 100, "{n_refused} were refused by their fields");
        let kinds = "select count(*) from event where kind <> 'submit'";
        let rows = office.app.database.query(kinds, Vec::new()).await.unwrap();
        assert_eq!(rows.first().unwrap().int(0).unwrap(), 0, "nothing happened to either");
    }
}
