//! Who gets in, how far, for how long, and who may change that: passwords, second factors, sessions, two persons.

mod browser;
mod elsewhere;
mod headers;
mod matrix;
mod passkeys;
mod profile;
mod provider;
mod rights;
mod second;
mod stepup;
mod units;
mod wall;

use super::*;
use crate::app::{Change, LoggedIn, Reach, Shown};
use browser::Browser;
use totp_rs::{Algorithm, Builder, Secret};

const SYSTEM: u128 = 90;
const SECURITY: u128 = 91;
const AUDIT: u128 = 92;

/// An administrator: an official of the district government with one role and nothing else.
pub(super) fn administrator(n: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(n))
}

pub(super) async fn put_in_place(app: &App, new: &Directory) {
    let batch = app.change_directory(new, administrator(SECURITY), serde_json::Map::new()).await.unwrap();
    app.database.commit(batch).await.unwrap();
    app.read_directory().await.unwrap();
}

/// An office with the three administrators, everybody with the password `correct horse`; with a second factor or not.
pub(super) async fn staffed(scratch: Scratch, name: &str, second_factor: bool) -> Office {
    let mut office = office(scratch, name).await;
    let app = Arc::get_mut(&mut office.app).unwrap();
    app.second_factor = second_factor;
    app.session_idle_minutes = 15;
    administered(app).await;
    for (login, id) in [("clerk", official_id(OFFICE, 0)), ("handler", official_id(HOUSING, 1))] {
        app.set_account(login, id, "correct horse").await.unwrap();
    }
    office
}

/// Three administrators come to an office, each with an account.
async fn administered(app: &App) {
    let mut new = (*app.directory()).clone();
    for (n, role) in [
        (SYSTEM, Role::SystemAdministrator),
        (SECURITY, Role::SecurityAdministrator),
        (AUDIT, Role::AuditAdministrator),
    ] {
        let (id, unit) = (administrator(n), unit_id(GOVERNMENT));
        let person = Official {
            id,
            unit,
            name: format!("管{n}"),
            post: "管理员".into(),
            roles: [role].into(),
            active: true,
            mail: String::new(),
        };
        new.officials.insert(id, person);
    }
    put_in_place(app, &new).await;
    for (login, id) in [
        ("system", administrator(SYSTEM)),
        ("security", administrator(SECURITY)),
        ("audit", administrator(AUDIT)),
    ] {
        app.set_account(login, id, "correct horse").await.unwrap();
    }
}

async fn staffed_on_both(name: &str, second_factor: bool) -> [Office; 2] {
    let sqlite = store::testing::sqlite(name).await.unwrap();
    let postgres = store::testing::postgres(name).await.unwrap();
    [
        staffed(sqlite, &format!("{name}-s"), second_factor).await,
        staffed(postgres, &format!("{name}-p"), second_factor).await,
    ]
}

/// What an authenticator shows for a secret now.
pub(super) fn code_of(office: &Office, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name("x")
        .with_issuer(Some("x"))
        .build()
        .unwrap();
    totp.generate(u64::try_from(office.app.clock.now().as_second()).unwrap()).to_string()
}

impl Office {
    /// Time goes by.
    pub(super) fn wait(&self, seconds: i64) {
        let now = self.app.clock.now();
        self.app.clock.set(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
    }
}

fn with(password: &str) -> Shown {
    Shown { password: password.to_owned(), code: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_a_password_alone_reaches_only_the_page_that_sets_the_second_factor_up() {
    for office in staffed_on_both("factor", true).await {
        let mut clerk = Browser::new(&office);
        assert_eq!(clerk.log_in("clerk", "correct horse").await, "/staff/account/factor");
        for path in
            ["/staff", "/staff/reminders", "/staff/account", "/staff/register", "/staff/account/password"]
        {
            assert_eq!(clerk.get(path).await.location(), "/staff/login", "{path}");
        }
        let (status, _) =
            office.post("/api/v1/session", json!({ "login": "clerk", "password": "correct horse" })).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let page = clerk.get("/staff/account/factor").await;
        let secret = page.field("secret");
        // A wrong code keeps the secret that was scanned.
        let wrong = clerk.post("/staff/account/factor", &[("secret", &secret), ("code", "000000")]).await;
        assert_eq!((wrong.status, wrong.field("secret")), (StatusCode::UNPROCESSABLE_ENTITY, secret.clone()));
        // Somebody else who knows the password has come as far, before the holder is through.
        let mut thief = Browser::new(&office);
        thief.log_in("clerk", "correct horse").await;
        let theirs = thief.get("/staff/account/factor").await.field("secret");
        let half = office.app.session(&thief.cookie).await.unwrap().unwrap();
        let code = code_of(&office, &secret);
        let set = clerk.post("/staff/account/factor", &[("secret", &secret), ("code", &code)]).await;
        assert_eq!(set.location(), "/staff");
        assert_eq!(clerk.get("/staff").await.status, StatusCode::OK);
        let stolen = code_of(&office, &theirs);
        let fields = [("secret", theirs.as_str()), ("code", &stolen)];
        assert_eq!(thief.post("/staff/account/factor", &fields).await.location(), "/staff/login");
        let late = office.app.set_factor(&half, &theirs, &stolen).await;
        assert!(matches!(late, Err(Failure::Absent)), "a first factor replaces none");
        // The next login asks for a code, and none that was used before (ASVS V6.5.1).
        let mut again = Browser::new(&office);
        assert_eq!(again.log_in("clerk", "correct horse").await, "/staff/login/code");
        assert_eq!(again.get("/staff").await.location(), "/staff/login");
        let used = again.post("/staff/login/code", &[("code", &code)]).await;
        assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY, "a code works once");
        office.wait(31);
        let fresh = code_of(&office, &secret);
        let half = again.cookie.clone();
        assert_eq!(again.post("/staff/login/code", &[("code", &fresh)]).await.location(), "/staff");
        assert_ne!(again.cookie, half, "a session that can do more has a name of its own (SESS-1)");
        office.wait(31);
        let code = code_of(&office, &secret);
        let whole = json!({ "login": "clerk", "password": "correct horse", "code": code });
        assert_eq!(office.post("/api/v1/session", whole).await.0, StatusCode::CREATED);
        // What is kept of the secret is encrypted.
        let rows =
            office.app.database.query("select totp from account where login = 'clerk'", Vec::new()).await;
        let kept = rows.unwrap()[0].blob(0).unwrap().to_vec();
        let bytes = Secret::try_from_base32(&secret).unwrap().as_ref().to_vec();
        assert!(kept.windows(bytes.len()).all(|window| window != bytes), "the secret lies open (KEY-5)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_3b_a_login_waits_after_wrong_tries_whether_it_exists_or_not() {
    for office in staffed_on_both("softlock", false).await {
        for login in ["clerk", "nobody"] {
            let app = &office.app;
            assert_eq!(app.log_in(login, with("wrong")).await.unwrap(), LoggedIn::Wrong);
            assert_eq!(app.log_in(login, with("correct horse")).await.unwrap(), LoggedIn::Wait(1), "{login}");
            for n in 2..100 {
                office.wait(11);
                assert_eq!(app.log_in(login, with("wrong")).await.unwrap(), LoggedIn::Wrong, "{login} {n}");
            }
            office.wait(11);
            assert_eq!(app.log_in(login, with("wrong")).await.unwrap(), LoggedIn::Wrong);
            let LoggedIn::Wait(seconds) = app.log_in(login, with("correct horse")).await.unwrap() else {
                panic!("{login} may go on")
            };
            assert!(seconds > 3600, "until midnight, not {seconds} s");
        }
        // Waited for, never locked out for good.
        office.go_to(date(2026, 3, 3));
        let back = office.app.log_in("clerk", with("correct horse")).await.unwrap();
        assert!(matches!(back, LoggedIn::In(_, Reach::Whole)), "{back:?}");
        assert_eq!(office.app.log_in("nobody", with("correct horse")).await.unwrap(), LoggedIn::Wrong);
        let mut late = Browser::new(&office);
        late.post("/staff/login", &[("login", "handler"), ("password", "wrong")]).await;
        let told = late.post("/staff/login", &[("login", "handler"), ("password", "correct horse")]).await;
        assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(told.headers["retry-after"], "1");
        assert!(told.text.contains("value=\"handler\""), "what was typed is kept");
    }
}

/// ASVS V16.3.1: who came in and every wrong try stand in the log, by the official and never by what was typed.
#[tokio::test]
async fn log_ins_and_wrong_tries_stand_in_the_log() {
    let (lines, _guard) = listen();
    let office = staffed(store::testing::sqlite("logins").await.unwrap(), "logins", false).await;
    let clerk = official_id(OFFICE, 0);
    let about = |words: &str| {
        let official = format!("official={clerk}");
        let matches = |line: &&str| line.contains(" login: ") && line.contains(words);
        lines.text().lines().filter(matches).filter(|line| line.contains(&official)).count()
    };
    let told = lines.text().matches("a wrong try").count();
    let before = about("came in");
    let mut browser = Browser::new(&office);
    browser.log_in("clerk", "correct horse").await;
    assert_eq!(about("came in"), before + 1);
    browser.post("/staff/login", &[("login", "clerk"), ("password", "wrong-canary")]).await;
    assert_eq!(about("a wrong try"), 1);
    browser.post("/staff/login", &[("login", "login-canary"), ("password", "wrong-canary")]).await;
    assert_eq!(lines.text().matches("a wrong try").count(), told + 2);
    assert!(lines.text().contains("nobody's"));
    browser.post("/staff/login", &[("login", "clerk"), ("password", "wrong-canary")]).await;
    assert_eq!(lines.text().matches("a try before its time").count(), 1);
    assert!(!lines.text().contains("canary"), "what was typed stands in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn sess_1_sessions_end_and_their_cookies_are_closed() {
    for office in staffed_on_both("sessions", false).await {
        let mut clerk = Browser::new(&office);
        let came = clerk.post("/staff/login", &[("login", "clerk"), ("password", "correct horse")]).await;
        let cookie = came.headers["set-cookie"].to_str().unwrap().to_owned();
        for part in ["__Host-huiyin-staff=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        let token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
        assert_eq!(token.len(), 64, "256 bits");
        let kept = office.app.database.query("select token_digest from session", Vec::new()).await.unwrap();
        assert!(kept.iter().all(|row| row.text(0).unwrap() != token), "the token itself is kept");
        // Over TLS a cookie of the plain name is another host's, or came without TLS.
        for (name, status) in
            [("__Host-huiyin-staff", StatusCode::OK), ("huiyin-staff", StatusCode::SEE_OTHER)]
        {
            let request = Request::get("/staff").header("cookie", format!("{name}={token}"));
            let router = crate::web::router(office.app.clone());
            let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{name}");
        }
        // A login that no text of a database can hold is a wrong one like any other.
        let odd = clerk.post("/staff/login", &[("login", "cle\0rk"), ("password", "correct horse")]).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        // A session that somebody planted is not taken over.
        let mut planted = Browser::new(&office);
        planted.cookie = "f".repeat(64);
        planted.log_in("clerk", "correct horse").await;
        assert_ne!(planted.cookie, "f".repeat(64));
        // Used every ten minutes it lives; fifteen minutes of nothing end it; a working day ends it in any case.
        for _ in 0..3 {
            office.wait(600);
            assert_eq!(clerk.get("/staff").await.status, StatusCode::OK);
        }
        office.wait(901);
        assert_eq!(clerk.get("/staff").await.location(), "/staff/login", "idle");
        clerk.log_in("clerk", "correct horse").await;
        for _ in 0..(12 * 6) {
            office.wait(600);
            clerk.get("/staff").await;
        }
        assert_eq!(clerk.get("/staff").await.location(), "/staff/login", "twelve hours");
        // One's own sessions, and nobody else's.
        let (mut one, mut two) = (Browser::new(&office), Browser::new(&office));
        one.log_in("clerk", "correct horse").await;
        two.log_in("clerk", "correct horse").await;
        let mut other = Browser::new(&office);
        other.log_in("handler", "correct horse").await;
        let digest = |token: &str| crate::entropy::hex(&store::content::sha256(token.as_bytes()));
        let foreign = digest(&other.cookie);
        assert_eq!(
            one.post("/staff/account/sessions", &[("session", &foreign)]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(other.get("/staff").await.status, StatusCode::OK, "ended by somebody else");
        let page = one.get("/staff/account").await;
        assert!(page.text.contains(&digest(&two.cookie)), "not listed");
        assert!(!page.text.contains(&foreign), "somebody else's is listed");
        one.post("/staff/account/sessions", &[("session", &digest(&two.cookie))]).await;
        assert_eq!(two.get("/staff").await.location(), "/staff/login");
        // What was ended is not taken again.
        let old = one.cookie.clone();
        let left = one.post("/staff/logout", &[]).await;
        assert!(left.headers["clear-site-data"].to_str().unwrap().contains("cache"));
        one.cookie = old;
        assert_eq!(one.get("/staff").await.location(), "/staff/login", "replayed after logging out");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_6_a_grave_step_asks_again_and_keeps_what_was_typed() {
    for office in staffed_on_both("stepup", false).await {
        let mut clerk = Browser::new(&office);
        clerk.log_in("clerk", "correct horse").await;
        office.wait(301);
        let new = [("new-password", "battery staple 7"), ("again", "battery staple 7")];
        let asked = clerk.post("/staff/account/password", &new).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN);
        assert_eq!(
            (asked.field("new-password"), asked.field("again")),
            (new[0].1.to_owned(), new[1].1.to_owned())
        );
        let still = office.app.log_in("clerk", with("correct horse")).await.unwrap();
        assert!(matches!(still, LoggedIn::In(..)), "it was done without asking");
        let before = clerk.cookie.clone();
        let wrong = [&new[..], &[("holder_password", "wrong horse")]].concat();
        assert_eq!(
            clerk.post("/staff/account/password", &wrong).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        office.wait(2);
        let right = [&new[..], &[("holder_password", "correct horse")]].concat();
        let done = clerk.post("/staff/account/password", &right).await;
        assert_eq!(done.location(), "/staff/account?done=password");
        assert_ne!(clerk.cookie, before, "a new name (SESS-1)");
        assert_eq!(clerk.get("/staff").await.status, StatusCode::OK);
        assert_eq!(office.app.log_in("clerk", with("correct horse")).await.unwrap(), LoggedIn::Wrong);
        office.wait(2);
        let changed = office.app.log_in("clerk", with("battery staple 7")).await.unwrap();
        assert!(matches!(changed, LoggedIn::In(..)));
        // A weak one is refused with a reason, beside its field.
        let weak =
            clerk.post("/staff/account/password", &[("new-password", "clerk"), ("again", "clerk")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.text.contains("至少要10个字符"), "{}", weak.text);
    }
}

/// LOG-8: on the office's own machine too it takes what it takes on the pages.
#[tokio::test(flavor = "multi_thread")]
async fn iam_2_who_confirms_the_clock_shows_two_factors() {
    for office in staffed_on_both("confirms", false).await {
        let app = &office.app;
        let who = async |lines: &str| crate::cli::clock::who(app, "clerk", &mut lines.as_bytes()).await;
        assert_eq!(
            who("correct horse\n").await.unwrap(),
            official_id(OFFICE, 0),
            "no factor, none asked for"
        );
        let account = app.account("clerk").await.unwrap().unwrap();
        let token = app.begin_session(&account, Reach::Whole).await.unwrap();
        let session = app.session(&token).await.unwrap().unwrap();
        let secret = app.new_secret("clerk").unwrap().words;
        app.set_factor(&session, &secret, &code_of(&office, &secret)).await.unwrap();
        office.wait(30);
        let refused = who("correct horse\n").await.unwrap_err().to_string();
        assert!(refused.contains("wrong login, password or code"), "the password alone: {refused}");
        let refused = who("correct horse\n").await.unwrap_err().to_string();
        assert!(refused.contains("wait 1 seconds"), "a wrong try counts: {refused}");
        office.wait(30);
        let both = format!("correct horse\n{}\n", code_of(&office, &secret));
        assert_eq!(who(&both).await.unwrap(), official_id(OFFICE, 0));
        assert!(who(&both).await.is_err(), "a code works once");
        office.wait(30);
        let wrong = format!("wrong horse\n{}\n", code_of(&office, &secret));
        assert!(who(&wrong).await.is_err(), "the code alone");
    }
    // Where the office asks everybody for two factors, an account that has none yet confirms nothing.
    for office in staffed_on_both("confirms-two", true).await {
        assert!(
            crate::cli::clock::who(&office.app, "clerk", &mut "correct horse\n".as_bytes()).await.is_err()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_5_accounts_that_nobody_uses_and_people_who_left_stay_out() {
    for office in staffed_on_both("leavers", false).await {
        let app = &office.app;
        let mut clerk = Browser::new(&office);
        clerk.log_in("clerk", "correct horse").await;
        app.set_disabled("clerk", administrator(SYSTEM), true).await.unwrap().unwrap();
        assert_eq!(
            clerk.get("/staff").await.location(),
            "/staff/login",
            "a closed account ends its sessions"
        );
        assert_eq!(app.log_in("clerk", with("correct horse")).await.unwrap(), LoggedIn::Wrong);
        app.set_disabled("clerk", administrator(SYSTEM), false).await.unwrap().unwrap();
        // One administrator does not shut the others out (architecture §10.9).
        let mut system = Browser::new(&office);
        system.log_in("system", "correct horse").await;
        let refused = system.post("/staff/accounts", &[("login", "audit"), ("set", "closed")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("要由另一名管理员办"), "{}", refused.text);
        assert!(matches!(app.log_in("audit", with("correct horse")).await.unwrap(), LoggedIn::In(..)));
        office.wait(2);
        assert!(matches!(app.log_in("clerk", with("correct horse")).await.unwrap(), LoggedIn::In(..)));
        office.wait(181 * 86_400);
        assert_eq!(
            app.log_in("clerk", with("correct horse")).await.unwrap(),
            LoggedIn::Wrong,
            "unused for 181 days"
        );
        assert_eq!(faults(app).await, [""; 0]);
    }
}
