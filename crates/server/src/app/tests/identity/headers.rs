//! The headers of every class of answers, exactly (WEB-2, WEB-3).

use super::browser::Answer;
use super::*;
use crate::app::attach::Holder;
use std::collections::BTreeMap;

/// The headers of an answer, one a line. What a cookie holds is nobody's business, and differs each time; that it is set,
/// under which name and how, is not.
fn lines(answer: &Answer) -> String {
    let shown = answer.headers.iter().filter(|(name, _)| *name != "content-length");
    let mut lines: Vec<String> = shown
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            match (name.as_str(), value.split_once('=').zip(value.split_once(';'))) {
                ("set-cookie", Some(((cookie, _), (pair, how)))) => {
                    let held = if pair.ends_with('=') { "" } else { "…" };
                    format!("{name}: {cookie}={held};{how}")
                }
                _ => format!("{name}: {value}"),
            }
        })
        .collect();
    lines.sort();
    format!("{}\n  {}\n", answer.status, lines.join("\n  "))
}

#[tokio::test(flavor = "multi_thread")]
async fn web_3_headers_of_each_class_of_pages() {
    let office = staffed(store::testing::sqlite("headers").await.unwrap(), "headers", false).await;
    let photo = office.handle("现场.jpg", &crate::files::samples::photograph()).await;
    let new = NewSubmission { files: vec![Holder::handle(&photo)], ..submission("headers") };
    let (id, _) = office.answered_to(new).await;
    let case = format!("/staff/cases/{}", office.case_ref(id).await);
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut note = |name: &'static str, answer: &Answer| {
        assert!(seen.insert(name, lines(answer)).is_none(), "{name} twice");
    };
    let mut clerk = Browser::new(&office);
    note("public page", &clerk.get("/").await);
    note("absent page", &clerk.get("/nothing").await);
    note("redirect to the log-in", &clerk.get("/staff").await);
    note("log-in page", &clerk.get("/staff/login").await);
    let (login, password) = (("login", "handler"), ("password", "correct horse"));
    note("wrong log-in", &clerk.post("/staff/login", &[login, ("password", "wrong horse")]).await);
    office.wait(2);
    note("log-in", &clerk.post("/staff/login", &[login, password]).await);
    note("staff page", &clerk.get("/staff").await);
    note("log", &clerk.get("/log/nothing").await);
    note("health", &clerk.get("/healthz").await);
    note("api without a session", &clerk.get("/api/v1/inbox").await);
    note("script", &clerk.get(&crate::web::Assets::get().script()).await);
    note("case", &clerk.get(&case).await);
    note("absent case", &clerk.get("/staff/cases/0123456789abcdef0123456789abcdef").await);
    note("letter", &clerk.get(&format!("{case}/letters/0")).await);
    note("file, copy", &clerk.get(&format!("{case}/files/0")).await);
    note("file, original", &clerk.post(&format!("{case}/files/0"), &[("purpose", "核对")]).await);
    note("files as a ZIP", &clerk.post(&format!("{case}/zip"), &[("seed", "s"), ("purpose", "核对")]).await);
    office.wait(360);
    let again = [("purpose", "核对"), ("holder_password", "correct horse")];
    note("file, after proof of person", &clerk.post(&format!("{case}/files/0"), &again).await);
    note("form from elsewhere", &clerk.send("/staff/logout", "cross-site", &[]).await);
    note("log-out", &clerk.post("/staff/logout", &[]).await);

    let follow = office.app.follow(id, 0).await.unwrap();
    let token = crate::web::form_token(&office.app, &follow);
    let mut petitioner = Browser::new(&office);
    // Beside the empty one of an official.
    petitioner.cookie = format!("; __Host-huiyin-follow={follow}");
    note("petition", &petitioner.get("/follow").await);
    let letters = office.petition(id).await.letters;
    let letter = letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
    note("petitioner's letter", &petitioner.get(&format!("/follow/letters/{letter}")).await);
    note("petitioner's file", &petitioner.get("/follow/files/0").await);
    let receipt = [("token", token.as_str()), ("seq", "0")];
    note("receipt.zip", &petitioner.send("/follow/receipt", "same-origin", &receipt).await);
    let leave = [("token", token.as_str())];
    note("leaving", &petitioner.send("/follow/leave", "same-origin", &leave).await);
    let text: String = seen.iter().map(|(name, lines)| format!("{name}: {lines}")).collect();
    expect_test::expect_file!["headers.txt"].assert_eq(&text);
}
