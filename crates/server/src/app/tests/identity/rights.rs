//! Rights change by two persons, at the next request; the three administrators see no case (IAM-1, IAM-4, DUAL-1).

use super::*;
use crate::app::{Decided, NotProposed};
use crate::web::routes::{API, Access, PAGES, Route};
use casework::directory::{DirectoryFault, Duty};

fn admin(n: u128, role: Role) -> Actor {
    Actor::Official { id: administrator(n), unit: unit_id(GOVERNMENT), roles: [role].into() }
}

fn system() -> Actor {
    admin(SYSTEM, Role::SystemAdministrator)
}

fn security() -> Actor {
    admin(SECURITY, Role::SecurityAdministrator)
}

fn audit() -> Actor {
    admin(AUDIT, Role::AuditAdministrator)
}

async fn only_proposal(office: &Office) -> String {
    let open = office.app.open_proposals().await.unwrap();
    assert_eq!(open.len(), 1);
    open[0].id.clone()
}

fn changed(office: &Office, id: OfficialId, change: impl FnOnce(&mut Official)) -> Change {
    let mut official = office.app.directory().official(id).unwrap().clone();
    change(&mut official);
    Change::Official(official)
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_4_a_change_of_rights_needs_two_persons_and_holds_at_the_next_request() {
    for office in staffed_on_both("rights", false).await {
        let app = &office.app;
        let mut clerk = Browser::new(&office);
        clerk.log_in("clerk", "correct horse").await;
        assert_eq!(clerk.get("/staff/register").await.status, StatusCode::OK);
        let who = official_id(OFFICE, 0);
        let take = changed(&office, who, |official| official.roles = [Role::Supervisor].into());
        // Not by whoever works there, and not by the administrator of accounts.
        for other in [actor(OFFICE, 2), system(), audit()] {
            assert!(matches!(app.propose(&other, take.clone(), "换岗").await, Err(Failure::Absent)));
        }
        app.propose(&security(), take, "换岗").await.unwrap().unwrap();
        assert_eq!(clerk.get("/staff/register").await.status, StatusCode::OK, "nobody has approved it");
        let clock = Clock::simulated("Asia/Shanghai", app.clock.now()).unwrap();
        let other = App::open(&office.config, clock).await.unwrap();
        let id = only_proposal(&office).await;
        let alone = app.decide_proposal(&security(), &id, true).await.unwrap();
        assert_eq!(alone, Err(NotProposed::OnePerson), "DUAL-1");
        assert!(matches!(app.decide_proposal(&actor(OFFICE, 2), &id, true).await, Err(Failure::Absent)));
        assert_eq!(app.decide_proposal(&system(), &id, true).await.unwrap(), Ok(Decided::Approved));
        assert_eq!(clerk.get("/staff/register").await.status, StatusCode::NOT_FOUND, "the same session");
        assert!(
            matches!(app.decide_proposal(&audit(), &id, true).await, Err(Failure::Absent)),
            "decided twice"
        );
        // Another node, opened before, follows at its next request too.
        let session = other.session(&clerk.cookie).await.unwrap().unwrap();
        assert!(matches!(session.actor, Actor::Official { roles, .. } if roles == [Role::Supervisor].into()));
        // The head, and whoever deadlines reach first, must be succeeded before they leave.
        for (n, duty) in [(0, Duty::Intake), (2, Duty::Head)] {
            let leave = changed(&office, official_id(OFFICE, n), |official| official.active = false);
            let fault = DirectoryFault::Nobody(unit_id(OFFICE), duty);
            let refused = app.propose(&security(), leave, "离岗").await.unwrap();
            assert_eq!(refused, Err(NotProposed::Directory(fault)));
        }
        // What was proposed on something that has changed since is not carried out over it.
        let head = official_id(OFFICE, 2);
        for post in ["局长", "副局长"] {
            let change = changed(&office, head, |official| official.post = post.to_owned());
            app.propose(&security(), change, "改职务").await.unwrap().unwrap();
            office.wait(1);
        }
        let open = app.open_proposals().await.unwrap();
        assert_eq!(app.decide_proposal(&system(), &open[1].id, true).await.unwrap(), Ok(Decided::Approved));
        let late = app.decide_proposal(&system(), &open[0].id, true).await.unwrap();
        assert_eq!(late, Err(NotProposed::Overtaken));
        assert_eq!(app.decide_proposal(&system(), &open[0].id, false).await.unwrap(), Ok(Decided::Refused));
        // Whoever leaves is out at once (IAM-5).
        let mut handler = Browser::new(&office);
        handler.log_in("handler", "correct horse").await;
        let leave = changed(&office, official_id(HOUSING, 1), |official| official.active = false);
        app.propose(&security(), leave, "离岗").await.unwrap().unwrap();
        let id = only_proposal(&office).await;
        assert_eq!(app.decide_proposal(&audit(), &id, true).await.unwrap(), Ok(Decided::Approved));
        assert_eq!(handler.get("/staff").await.location(), "/staff/login");
        assert_eq!(faults(app).await, [""; 0], "verify knows the directory as it is now");
        reads_what_changed(&office).await;
        let mut batch = store::Batch::new();
        let sql = "update official set body = replace(body, '\"supervisor\"', '\"registrar\"') where id = $1";
        batch.push(store::Write::new(sql, vec![who.to_string().into()]));
        app.database.commit(batch).await.unwrap();
        let found = faults(app).await;
        assert!(
            found.iter().any(|fault| fault.contains("official") && fault.contains(&who.to_string())),
            "{found:?}"
        );
    }
}

/// The audit administrator reads what changed, who proposed and who decided it, and what it was before; nobody else does.
async fn reads_what_changed(office: &Office) {
    let mut auditor = Browser::new(office);
    auditor.log_in("audit", "correct horse").await;
    let page = auditor.get("/staff/changes").await;
    assert_eq!(page.status, StatusCode::OK);
    let before = |one: &str, other: &str| {
        let place = |text: &str| page.text.find(text).unwrap_or_else(|| panic!("no {text}: {}", page.text));
        assert!(place(one) < place(other), "{one} after {other}");
    };
    before("离岗", "换岗");
    before("单位和岗位已变更", "变更未获批准");
    let directory = office.app.directory();
    let name = |id: OfficialId| directory.official(id).unwrap().name.clone();
    assert!(page.text.contains(&name(administrator(SECURITY))), "who proposed");
    assert!(page.text.contains("提出</div>"), "that somebody else proposed it");
    assert!(page.text.contains("<del>") && page.text.contains("副局长"), "what it was, and what it became");
    // Every kind of event has its words.
    for row in page.text.split("<tr>").skip(2) {
        let what = row.split("<th scope=\"row\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(!what.is_ascii(), "{what} has no words");
    }
    let mut other = Browser::new(office);
    other.log_in("security", "correct horse").await;
    assert_eq!(other.get("/staff/changes").await.status, StatusCode::NOT_FOUND);
    // Older ones follow on the next page.
    for _ in 0..50 {
        let change = changed(office, official_id(OFFICE, 1), |official| official.name.push('甲'));
        office.app.propose(&security(), change, "改名").await.unwrap().unwrap();
    }
    let newest = auditor.get("/staff/changes").await;
    let next = newest.text.split("href=\"/staff/changes?before=").nth(1).expect("a next page");
    let next = format!("/staff/changes?before={}", next.split('"').next().unwrap());
    let older = auditor.get(&next).await;
    assert!(!newest.text.contains("离岗") && older.text.contains("离岗"));
    assert_eq!(newest.text.matches("<th scope=\"row\">").count(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_1_no_account_holds_two_administrations_and_no_office_loses_its_last() {
    for office in staffed_on_both("separate", false).await {
        let app = &office.app;
        let both = changed(&office, administrator(AUDIT), |official| {
            official.roles = [Role::AuditAdministrator, Role::SystemAdministrator].into();
        });
        let fault = DirectoryFault::NotSeparated(administrator(AUDIT));
        assert_eq!(app.propose(&security(), both, "x").await.unwrap(), Err(NotProposed::Directory(fault)));
        let also = changed(&office, official_id(HOUSING, 1), |official| {
            official.roles.insert(Role::SystemAdministrator);
        });
        assert!(matches!(
            app.propose(&security(), also, "x").await.unwrap(),
            Err(NotProposed::Directory(DirectoryFault::NotSeparated(_)))
        ));
        let last = changed(&office, administrator(SYSTEM), |official| official.active = false);
        assert_eq!(
            app.propose(&security(), last, "x").await.unwrap(),
            Err(NotProposed::NobodyLeft(Role::SystemAdministrator))
        );
        let own = changed(&office, administrator(SECURITY), |official| official.post = "主任".to_owned());
        assert_eq!(app.propose(&security(), own, "x").await.unwrap(), Err(NotProposed::OnePerson));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_1_two_persons_bring_somebody_back_in_and_only_the_holder_knows_the_password() {
    for office in staffed_on_both("recover", false).await {
        let app = &office.app;
        let mut clerk = Browser::new(&office);
        clerk.log_in("clerk", "correct horse").await;
        let change = Change::Account { login: "clerk".to_owned(), official: official_id(OFFICE, 0) };
        let taken = Change::Account { login: "clerk".to_owned(), official: official_id(OFFICE, 1) };
        assert_eq!(app.propose(&system(), taken, "x").await.unwrap(), Err(NotProposed::LoginTaken));
        app.propose(&system(), change, "丢失验证器").await.unwrap().unwrap();
        let id = only_proposal(&office).await;
        let Ok(Decided::Code(code)) = app.decide_proposal(&security(), &id, true).await.unwrap() else {
            panic!("no code")
        };
        assert_eq!(clerk.get("/staff").await.location(), "/staff/login", "sessions end");
        assert_eq!(app.log_in("clerk", with("correct horse")).await.unwrap(), LoggedIn::Wrong);
        // Somebody guesses all day; the holder's way back in is counted apart.
        for _ in 0..100 {
            office.wait(11);
            app.log_in("clerk", with("guess")).await.unwrap();
        }
        let LoggedIn::Wait(seconds) = app.log_in("clerk", with("guess")).await.unwrap() else {
            panic!("guessing goes on")
        };
        assert!(seconds > 3600);
        let enrol = |code: &str, password: &str| {
            [("login", "clerk"), ("code", code), ("new-password", password), ("again", password)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let mut back = Browser::new(&office);
        let mut give = async |code: &str, password: &str| {
            let fields = enrol(code, password);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            back.post("/staff/enrol", &fields).await
        };
        let wrong = give("AAAA-BBBB-CCCC-DDDD", "battery staple 7").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        office.wait(2);
        let weak = give(&code.code, "clerkclerk").await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "and the code still works");
        let done = give(&code.code.to_lowercase().replace('-', " "), "battery staple 7").await;
        assert_eq!(done.location(), "/staff");
        let twice = give(&code.code, "battery staple 8").await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "the code works once");
        // A code that nobody used in time is void.
        app.propose(
            &system(),
            Change::Account { login: "newcomer".to_owned(), official: official_id(HOUSING, 0) },
            "新人",
        )
        .await
        .unwrap()
        .unwrap();
        let id = only_proposal(&office).await;
        let Ok(Decided::Code(code)) = app.decide_proposal(&audit(), &id, true).await.unwrap() else {
            panic!("no code")
        };
        office.wait(73 * 3600);
        let late = app.use_enrolment("newcomer", &code.code, "battery staple 7").await.unwrap();
        assert_eq!(late, Ok(LoggedIn::Wrong));
        assert_eq!(faults(app).await, [""; 0]);
    }
}

/// An address of the route with its parameters filled in: with the case, or with nothing that exists.
fn address(route: &Route, prefix: &str, case_ref: &str) -> String {
    let mut path = format!("{prefix}{}", route.path);
    for (name, value) in [
        ("{case_ref}", case_ref),
        ("{index}", "0"),
        ("{key}", "registration-1"),
        ("{verb}", "register"),
        ("{step}", "kind"),
        ("{name}", "nothing"),
        ("{official}", "new"),
        ("{unit}", "00000000-0000-0000-0000-000000000001"),
    ] {
        path = path.replace(name, value);
    }
    assert!(!path.contains('{'), "{path}: say here what stands for its parameter");
    path
}

/// Whether somebody of these roles is among those whom the route answers.
fn is_for(access: Access, role: Role) -> bool {
    match access {
        Access::Anyone | Access::Half | Access::Official => true,
        Access::Petitioner | Access::Case | Access::Casework | Access::Registrar | Access::Recipient => false,
        Access::System => role == Role::SystemAdministrator,
        Access::Security => role == Role::SecurityAdministrator,
        Access::Accounts => role != Role::AuditAdministrator,
        Access::Audit => role == Role::AuditAdministrator,
        Access::Administrators => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_1_each_administrator_reaches_their_own_pages_and_no_case() {
    for office in staffed_on_both("threeadmins", false).await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("i")).await.unwrap();
        let history = store::history::load(&office.app.database, receipt.petition).await.unwrap().unwrap();
        let case_ref = history.petition.submission.unwrap().case_ref.to_string();
        let mut asked = 0;
        for (login, role) in [
            ("system", Role::SystemAdministrator),
            ("security", Role::SecurityAdministrator),
            ("audit", Role::AuditAdministrator),
        ] {
            let mut browser = Browser::new(&office);
            assert_eq!(browser.log_in(login, "correct horse").await, "/staff");
            let token = office.log_in(login).await;
            for route in PAGES.iter().filter(|route| route.access != Access::Anyone) {
                for method in route.methods {
                    if route.path == "/staff/logout" {
                        continue;
                    }
                    let path = address(route, "", &case_ref);
                    let answer = match *method {
                        "GET" => browser.get(&path).await,
                        // Closing an account that there is, deciding a proposal that there is not.
                        _ => browser.post(&path, &[("login", "handler"), ("set", "open")]).await,
                    };
                    let decides_nothing = route.path == "/staff/proposals" && *method == "POST";
                    let allowed = is_for(route.access, role);
                    let told = answer.status != StatusCode::NOT_FOUND && answer.location() != "/follow";
                    // An inbox that one does not have leads to the pages that one has.
                    let turned = route.path == "/staff" && answer.location().starts_with("/staff/");
                    let left_alone = route.access == Access::Petitioner && !answer.status.is_success();
                    assert!(
                        told == allowed || turned || left_alone || decides_nothing,
                        "{login} {method} {path}: {}",
                        answer.status
                    );
                    assert!(!answer.text.contains("二期停工"), "{login} {method} {path}: a case");
                    asked += 1;
                }
            }
            for route in API.iter().filter(|route| route.access != Access::Anyone) {
                let path = address(route, "/api/v1", &case_ref);
                let status = match route.methods {
                    ["GET"] => office.get(&path, &token).await.0,
                    _ => office.send(&path, &token, json!({ "seen": 1 })).await.0,
                };
                assert_eq!(status, StatusCode::NOT_FOUND, "{login} {path}");
                asked += 1;
            }
        }
        println!("{asked} requests of three administrators");
        assert!(asked > 60);
    }
}
