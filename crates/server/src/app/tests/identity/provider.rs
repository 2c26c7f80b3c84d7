//! Whom the identity provider named comes in as far as their factors reach (IAM-2, IAM-5). The provider itself is real in the
//! browser's walk.

use super::*;
use crate::app::{Named, Provider};

async fn with_provider(name: &str, second_factor: bool) -> [Office; 2] {
    let secret = std::env::temp_dir().join(format!("huiyin-{}-{name}.secret", std::process::id()));
    std::fs::write(&secret, "secret").unwrap();
    staffed_on_both(name, second_factor).await.map(|mut office| {
        let config = Config {
            oidc_issuer: "https://id.example.gov".into(),
            oidc_client_id: "huiyin".into(),
            oidc_client_secret_file: secret.clone(),
            ..office.config.clone()
        };
        Arc::get_mut(&mut office.app).unwrap().provider = Provider::new(&config).unwrap();
        office
    })
}

fn named(subject: &str) -> Named {
    Named { subject: subject.to_owned(), name: format!("person {subject}"), two_factors: false }
}

async fn link(office: &Office, login: &str, subject: &str) -> bool {
    let account = office.app.account(login).await.unwrap().unwrap();
    let token = office.app.begin_session(&account, Reach::Whole).await.unwrap();
    let session = office.app.session(&token).await.unwrap().unwrap();
    office.app.link_person(&session, subject).await.unwrap()
}

async fn write(office: &Office, sql: &'static str, params: Vec<store::Value>) {
    let mut batch = store::Batch::new();
    batch.push(store::Write::new(sql, params).rows(1));
    assert_eq!(office.app.database.commit(batch).await.unwrap(), store::Outcome::Committed);
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_a_named_person_comes_in_as_far_as_their_factors_reach() {
    for office in with_provider("named", true).await {
        let app = &office.app;
        let reach = async |named: &Named| match app.enter_as(named).await.unwrap() {
            LoggedIn::In(_, reach) => Some(reach),
            LoggedIn::Wrong | LoggedIn::Wait(_) | LoggedIn::Busy => None,
        };
        assert_eq!(reach(&named("clerk")).await, None, "a login is no link");
        assert!(link(&office, "clerk", "7").await);
        assert!(!link(&office, "handler", "7").await, "one person, two logins");
        assert!(!link(&office, "clerk", "8").await, "one login, two people");
        assert_eq!(reach(&named("7")).await, Some(Reach::Enrol), "one factor opened a desk");
        let twice = Named { two_factors: true, ..named("7") };
        assert_eq!(reach(&twice).await, Some(Reach::Whole));
        let LoggedIn::In(token, _) = app.enter_as(&twice).await.unwrap() else { panic!("shut") };
        assert!(!app.session(&token).await.unwrap().unwrap().is_fresh(app), "IAM-6: proved to nobody here");
        let kept = vec![vec![1_u8].into()];
        write(&office, "update account set totp = $1 where login = 'clerk'", kept).await;
        assert_eq!(reach(&named("7")).await, Some(Reach::Second), "the second factor is not asked for");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_5_nobody_is_named_into_an_account_that_is_shut_or_that_they_did_not_link() {
    for office in with_provider("unnamed", false).await {
        let app = &office.app;
        let enters = async || matches!(app.enter_as(&named("7")).await.unwrap(), LoggedIn::In(..));
        assert!(link(&office, "clerk", "7").await);
        assert!(enters().await);
        app.set_disabled("clerk", administrator(SYSTEM), true).await.unwrap().unwrap();
        assert!(!enters().await, "closed");
        app.set_disabled("clerk", administrator(SYSTEM), false).await.unwrap().unwrap();
        let mut new = (*app.directory()).clone();
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().active = false;
        put_in_place(app, &new).await;
        assert!(!enters().await, "left");
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().active = true;
        put_in_place(app, &new).await;
        assert!(enters().await);
        // Whoever can write the database gives the link to a login of their choice.
        write(&office, "update provider_link set login = 'system'", Vec::new()).await;
        assert!(!enters().await, "a link moved by hand");
        write(&office, "update provider_link set login = 'clerk'", Vec::new()).await;
        assert!(enters().await);
        office.wait(181 * 86_400);
        assert!(!enters().await, "unused for 181 days");
        app.give_code("clerk", official_id(OFFICE, 0), "host").await.unwrap();
        let rows = app.database.query("select count(*) from provider_link", Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 0, "a way back in keeps the link");
        assert_eq!(faults(app).await, [""; 0]);
    }
}

/// IAM-3b: whoever asks for challenges and answers none shuts the login to nobody but themselves.
#[tokio::test(flavor = "multi_thread")]
async fn iam_3b_challenges_of_one_source_shut_nobody_else_out() {
    for office in with_provider("challenges", false).await {
        let ask = async |address: &str| {
            let request = Request::post("/staff/login/passkey")
                .header("x-forwarded-for", address)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded");
            let request = request.body(Body::from("")).unwrap();
            crate::web::router(office.app.clone()).oneshot(request).await.unwrap().status()
        };
        for n in 0..200 {
            assert_eq!(ask("203.0.113.9").await, StatusCode::OK, "{n}");
        }
        assert_eq!(ask("203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(ask("203.0.113.10").await, StatusCode::OK, "somebody else");
        let sql = "select count(*) from ceremony";
        let rows = office.app.database.query(sql, Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 201, "what was refused waits for nothing");
        office.wait(300);
        assert_eq!(ask("203.0.113.9").await, StatusCode::OK, "five minutes later");
    }
}

/// Whoever turns back at the provider is told that, and not that somebody failed.
#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_at_the_provider_is_told_so() {
    use crate::app::{Back, Returned};
    for office in with_provider("cancel", false).await {
        let app = &office.app;
        let back = |error: &str, state: &str| Back {
            error: error.to_owned(),
            state: state.to_owned(),
            ..Back::default()
        };
        let come = async |login: &str, back: Back| {
            let handle = app.gone_to_provider("s", login).await.unwrap();
            app.come_from_provider(&handle, &back).await.unwrap()
        };
        assert!(matches!(come("", back("access_denied", "s")).await, Returned::Cancelled));
        assert!(matches!(come("clerk", back("access_denied", "s")).await, Returned::Unlinked));
        assert!(matches!(come("", back("server_error", "s")).await, Returned::NoAnswer));
        for odd in [back("access_denied", "other"), back("", "s"), back("", "other")] {
            assert!(matches!(come("", odd).await, Returned::Login(LoggedIn::Wrong)));
        }
        let handle = app.gone_to_provider("s", "").await.unwrap();
        let request = Request::get("/staff/login/provider/back?error=access_denied&state=s")
            .header("cookie", format!("__Host-huiyin-provider={handle}"));
        let request = request.body(Body::empty()).unwrap();
        let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(page.contains("没有在统一身份认证完成操作") && !page.contains("被拒绝"), "{page}");
    }
}

/// A link is confirmed under the name that the provider gave, by whoever began it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_by_name_before_it_is_made() {
    for office in with_provider("shown", false).await {
        let app = &office.app;
        let session = async |login: &str| {
            let account = app.account(login).await.unwrap().unwrap();
            app.begin_session(&account, Reach::Whole).await.unwrap()
        };
        let (clerk, handler) = (session("clerk").await, session("handler").await);
        let handle = app.linkable("clerk", &named("7")).await.unwrap();
        let path = format!("/staff/account/provider?link={handle}");
        let (status, page) = office.page(&path, &clerk).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("person 7") && page.contains("clerk"), "{page}");
        assert_eq!(office.page(&path, &handler).await.0, StatusCode::SEE_OTHER, "another's");
        // Looking used nothing up.
        let done = office.form("/staff/account/provider", &clerk, &format!("do=confirm&link={handle}")).await;
        assert_eq!((done.0, done.1.as_str()), (StatusCode::SEE_OTHER, "/staff/account?done=linked"));
        assert_eq!(office.page(&path, &clerk).await.0, StatusCode::SEE_OTHER, "once");
    }
}
