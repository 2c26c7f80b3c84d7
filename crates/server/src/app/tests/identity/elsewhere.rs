//! Nothing changes from elsewhere, without the form's token, or by looking (SESS-2).

use super::browser::Answer;
use super::*;
use crate::web::routes::{Access, PAGES};
use casework::codes::ReceiptCode;

#[tokio::test(flavor = "multi_thread")]
async fn sess_2_nothing_changes_from_elsewhere_or_by_looking() {
    for office in staffed_on_both("elsewhere", false).await {
        let count = async || {
            let sql = "select (select count(*) from event) + (select count(*) from office_event)";
            office.app.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
        };
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("e")).await.unwrap();
        let history = store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
        let case_ref = history.petition.submission.unwrap().case_ref.to_string();
        let sessions = [
            ("clerk", official_id(OFFICE, 0)),
            ("system", administrator(SYSTEM)),
            ("security", administrator(SECURITY)),
        ];
        let mut tokens = Vec::new();
        for (login, _) in sessions {
            let mut browser = Browser::new(&office);
            browser.log_in(login, "correct horse").await;
            tokens.push(browser.cookie);
        }
        let before = count().await;
        let mut asked = 0;
        for route in PAGES {
            let path = route
                .path
                .replace("{case_ref}", &case_ref)
                .replace("{verb}", "register")
                .replace("{index}", "0")
                .replace("{key}", "registration-1")
                .replace("{step}", "kind")
                .replace("{name}", "x")
                .replace("{file}", "0")
                .replace("{official}", "new")
                .replace("{unit}", &unit_id(HOUSING).to_string());
            for token in &tokens {
                for method in route.methods {
                    let mut browser = Browser::new(&office);
                    browser.cookie.clone_from(token);
                    if *method == "GET" {
                        browser.get(&path).await;
                    } else {
                        let cross = browser
                            .send(
                                &path,
                                "cross-site",
                                &[("token", &crate::web::form_token(&office.app, token))],
                            )
                            .await;
                        assert_eq!(cross.status, StatusCode::FORBIDDEN, "{path} from another site");
                        let bare = browser.send(&path, "same-origin", &[]).await;
                        // Petitioners' forms are tried below, in sessions of petitioners.
                        let is_open = matches!(route.access, Access::Anyone | Access::Petitioner);
                        assert!(is_open || is_closed(&bare), "{path} without its token: {}", bare.status);
                    }
                    asked += 1;
                }
            }
        }
        asked += of_petitioners(&office).await;
        assert_eq!(count().await, before + 2, "something but two petitions was recorded");
        println!("{asked} requests, nothing recorded");
    }
}

/// Whether nothing happened: refused, or sent to where one comes in.
fn is_closed(answer: &Answer) -> bool {
    let is_entrance = ["/staff/login", "/follow"].contains(&answer.location());
    match answer.status {
        StatusCode::SEE_OTHER => is_entrance,
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => true,
        _ => false,
    }
}

/// The forms of petitioners, in sessions that are real: somebody writes, somebody has just sent, somebody follows. How
/// many were tried; two petitions came of it, and nothing else.
async fn of_petitioners(office: &Office) -> usize {
    let draft = office.begin().await;
    let sent = office.app.submit(&Actor::Petitioner { party: 0 }, submission("sent")).await.unwrap();
    let sent = format!("__Host-huiyin-draft={}", sent.code);
    let followed = office.app.submit(&Actor::Petitioner { party: 0 }, submission("followed")).await.unwrap();
    let follow = office.app.follow(followed.petition, 0).await.unwrap();
    let follows = format!("__Host-huiyin-follow={follow}");
    let post = async |path: &str, cookie: &str, body: &str| {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        crate::web::router(office.app.clone()).oneshot(request).await.unwrap()
    };
    let mut tried = 0;
    let posts = PAGES.iter().filter(|route| route.methods.contains(&"POST"));
    for route in posts.filter(|route| route.path.starts_with("/submit") || route.path.starts_with("/follow/"))
    {
        let cookie = match route.path {
            "/submit/receipt" => &sent,
            path if path.starts_with("/submit") => &draft,
            _ => &follows,
        };
        let path = route.path.replace("{verb}", "withdraw").replace("{step}", "what");
        assert!(!path.contains('{'), "{path}: say here what stands for its parameter");
        for body in ["", "token=", "token=0000", "seq=0&seen=1&reason=x&title=x&do=on"] {
            let refused = post(&path, cookie, body).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} without its token: {body}");
            assert!(refused.headers().get("set-cookie").is_none(), "{path}: a session was ended");
            tried += 1;
        }
    }
    assert!(tried >= 4 * 7, "{tried}");
    // All of them are still there, and leave with the token of their page.
    assert!(office.app.followed(&follow).await.unwrap().is_some(), "following was ended");
    for (path, cookie) in [("/submit/leave", &draft), ("/submit/leave", &sent), ("/follow/leave", &follows)] {
        let (_, session) = cookie.split_once('=').unwrap();
        let code = ReceiptCode::parse(session).ok();
        let session = code.as_ref().map_or(session, ReceiptCode::as_str);
        let token = format!("token={}", crate::web::form_token(&office.app, session));
        let left = post(path, cookie, &token).await;
        assert_eq!(left.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(left.headers().get_all("set-cookie").iter().count() > 1, "{path}");
    }
    assert!(office.app.followed(&follow).await.unwrap().is_none(), "it goes on after leaving");
    tried
}
