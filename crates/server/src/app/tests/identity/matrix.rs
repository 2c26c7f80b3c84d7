//! Every address as everybody (SCOPE-2, SCOPE-3).
//!
//! Three acts stand for all in the gate; `HUIYIN_MATRIX=full` takes every act there is, as `make soak` does.

use super::browser::Answer;
use super::*;
use crate::app::attach::Holder;
use crate::web::routes::{API, Access, PAGES};
use axum::http::HeaderMap;
use casework::Verb;

const SCHOOLS: u128 = 5;
const REPAIRS: u128 = 6;
const COUNTY: u128 = 7;
const INTEGRITY: u128 = 8;
/// Where somebody stands to the matter that lies with housing, and by which unit.
pub(super) const STANDINGS: [(&str, u128); 6] = [
    ("ancestor", GOVERNMENT),
    ("sibling", SCHOOLS),
    ("descendant", REPAIRS),
    ("other branch", COUNTY),
    ("integrity body", INTEGRITY),
    ("own unit", HOUSING),
];
/// Officials of a standing have numbers from here on, by their role.
pub(super) const FIRST: u128 = 10;

fn unit_of(n: u128, parent: u128, kind: UnitKind) -> Unit {
    let mut unit = directory().units.remove(&unit_id(HOUSING)).unwrap();
    unit.id = unit_id(n);
    unit.parent = Some(unit_id(parent));
    unit.kind = kind;
    unit.name_zh = format!("单位{n}");
    unit.intake = official_id(n, FIRST);
    unit.head = official_id(n, FIRST + 2);
    unit.sort = i64::try_from(n).unwrap();
    unit
}

/// Everybody there can be: every role in a unit of every standing.
pub(super) async fn populated(scratch: Scratch, name: &str) -> Office {
    let office = staffed(scratch, name, false).await;
    let app = &office.app;
    let mut new = (*app.directory()).clone();
    for (n, parent, kind) in [
        (SCHOOLS, GOVERNMENT, UnitKind::Department),
        (REPAIRS, HOUSING, UnitKind::Department),
        (COUNTY, CITY, UnitKind::Government),
        (INTEGRITY, CITY, UnitKind::IntegrityBody),
    ] {
        new.units.insert(unit_id(n), unit_of(n, parent, kind));
    }
    for (_, unit) in STANDINGS {
        for (n, role) in (FIRST..).zip(Role::ALL) {
            let id = official_id(unit, n);
            let person = Official {
                id,
                unit: unit_id(unit),
                name: format!("人{unit}-{n}"),
                post: "职员".to_owned(),
                // At the integrity body reports are opened.
                roles: std::iter::once(role)
                    .chain((unit == INTEGRITY && !role.administers()).then_some(Role::Recipient))
                    .collect(),
                active: true,
                mail: String::new(),
            };
            new.officials.insert(id, person);
        }
    }
    put_in_place(app, &new).await;
    office
}

/// A session of anybody in the directory, without asking for a password.
pub(super) async fn session_of(office: &Office, official: OfficialId) -> String {
    let login = format!("t{}", official.0.simple());
    let mut batch = store::Batch::new();
    batch.push(store::Write::new(
        "insert into account (login, official_id, password_hash, password_at, enrol_digest, enrol_until, totp, totp_step, used_at, disabled) values ($1, $2, '', '', '', '', $3, 0, '', 0) on conflict (login) do nothing",
        vec![login.clone().into(), official.to_string().into(), Vec::new().into()],
    ));
    office.app.database.commit(batch).await.unwrap();
    let account = office.app.account(&login).await.unwrap().unwrap();
    office.app.begin_session(&account, Reach::Whole).await.unwrap()
}

/// A word that stands nowhere else.
fn canary(n: usize) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz";
    let mut state = 0x9e37_79b9_u64.wrapping_mul(n as u64 + 7);
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(letters[usize::try_from((state >> 33) % 26).unwrap()])
    };
    (0..12).map(letter).collect()
}

/// A matter as somebody may get wind of it.
#[derive(Clone)]
pub(super) struct Matter {
    pub(super) case_ref: String,
    /// Stands in every one of its texts and nowhere else.
    word: String,
    /// Its register number, as people write it and as rows hold it.
    numbers: [String; 2],
}

impl Matter {
    fn of(petition: &Petition, word: String) -> Matter {
        let submission = petition.submission.as_ref().unwrap();
        let numbers = [submission.number.to_string(), submission.number.digits()];
        Matter { case_ref: submission.case_ref.to_string(), word, numbers }
    }

    /// What of it must stand nowhere.
    fn traces(&self) -> [&str; 4] {
        let [written, digits] = &self.numbers;
        [&self.word, &self.case_ref, written, digits]
    }
}

/// An ordinary matter with housing, and a report that lies sealed with the petition office; each came with a file.
pub(super) async fn matters(office: &Office) -> Vec<Matter> {
    let mut made = Vec::new();
    for (n, kind) in ["claim", "report"].into_iter().enumerate() {
        let word = canary(n);
        let mut new = submission(kind);
        new.kind = Name::from(kind);
        new.title = format!("标题 {word}");
        new.body = format!("正文 {word}");
        new.requests = vec![format!("请求 {word}")];
        new.identity = format!("{word}，13800138000");
        let photo = office.handle("a.jpg", &crate::files::samples::photograph()).await;
        new.files = vec![Holder::handle(&photo)];
        if kind == "report" {
            new.accused = vec![unit_id(HOUSING)];
        }
        let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
        if kind == "claim" {
            office.registered(id).await;
            // What is written on the way is a canary too.
            let forward = |contents: &mut Contents| {
                let note = contents.add(&format!("转送 {word}")).unwrap();
                Act::Forward(Dispatch {
                    to: unit_id(HOUSING),
                    note,
                    report_by: None,
                    competence_decision: None,
                })
            };
            office.act(actor(OFFICE, 0), id, forward).await.unwrap();
        }
        let petition = store::history::load(&office.app.database, id).await.unwrap().unwrap().petition;
        made.push(Matter::of(&petition, word));
    }
    made
}

/// Whether somebody of that role in that unit may know of the matter: the claim is housing's, and auditors look at all
/// that is not sealed; of the report nobody here may know (Art.30(3)).
pub(super) fn may_know(sealed: bool, unit: u128, role: Role) -> bool {
    let works = matches!(role, Role::Registrar | Role::Handler | Role::Head | Role::Supervisor);
    !sealed && ((works && unit == HOUSING) || role == Role::Auditor)
}

fn verbs() -> Vec<Verb> {
    let all = Verb::ALL.iter().copied();
    if crate::config::variable("HUIYIN_MATRIX").is_some() { all.collect() } else { all.step_by(17).collect() }
}

/// Addresses of all routes that name a case, with what stands for their other parameters.
fn addresses(case_ref: &str) -> Vec<(&'static str, bool, String)> {
    let mut made = Vec::new();
    let tables = [("", PAGES, false), ("/api/v1", API, true)];
    for (prefix, table, api) in tables {
        for route in table {
            // Whoever is to see a case decides the case, whatever else its address says.
            let names_case = route.path.contains("{case_ref}");
            assert_eq!(
                names_case,
                route.access == Access::Case,
                "{prefix}{}: declare Access::Case",
                route.path
            );
            if !names_case {
                continue;
            }
            for verb in verbs() {
                let path = format!("{prefix}{}", route.path)
                    .replace("{case_ref}", case_ref)
                    .replace("{verb}", verb.word())
                    .replace("{index}", "0")
                    .replace("{key}", "registration-1")
                    .replace("{file}", "0");
                assert!(!path.contains('{'), "{path}: say here what stands for its parameter");
                made.extend(route.methods.iter().map(|method| (*method, api, path.clone())));
                if !route.path.contains("{verb}") {
                    break;
                }
            }
        }
    }
    made
}

/// Status, headers and body, with the reference that was asked for taken out of the body: the asker brought it along.
async fn told(
    office: &Office,
    token: &str,
    method: &str,
    api: bool,
    path: &str,
    case_ref: &str,
) -> (StatusCode, HeaderMap, String) {
    let answer = if api {
        let request = match method {
            "GET" => Request::get(path),
            _ => Request::post(path),
        };
        let request = request
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let router = crate::web::router(office.app.clone());
        let response = router.oneshot(request.body(Body::from("{\"seen\":1}")).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    } else {
        let mut browser = Browser::new(office);
        browser.cookie = token.to_owned();
        match method {
            "GET" => browser.get(path).await,
            _ => {
                browser
                    .post(path, &[("seen", "1"), ("purpose", "x"), ("field", "name"), ("reason", "x")])
                    .await
            }
        }
    };
    (answer.status, answer.headers, answer.text.replace(case_ref, "REF"))
}

const NOWHERE: &str = "0123456789abcdef0123456789abcdef";

/// What is derived from matters, and whoever may look at it finds no other's there (SCOPE-3).
const DERIVED: [&str; 13] = [
    "/staff",
    "/staff?view=overdue",
    "/staff?view=mine",
    "/staff?channel=online",
    "/staff/reminders",
    "/staff/register",
    "/staff/account",
    "/staff/directory",
    "/staff/proposals",
    "/staff/accounts",
    "/staff/reads",
    "/staff/changes",
    "/staff/sealed",
];

/// A case is to this session as one that does not exist, at every address and in every list. How often it was asked.
pub(super) async fn is_blind(office: &Office, token: &str, who: &str, matter: &Matter) -> (usize, usize) {
    let case_ref = matter.case_ref.as_str();
    let (mut foreign, mut crawled) = (0, 0);
    for ((method, api, path), (.., nowhere)) in addresses(case_ref).into_iter().zip(addresses(NOWHERE)) {
        let found = told(office, token, method, api, &path, case_ref).await;
        assert_eq!(found.0, StatusCode::NOT_FOUND, "{who}: {method} {path}");
        let absent = told(office, token, method, api, &nowhere, NOWHERE).await;
        assert_eq!(found, absent, "{who}: {method} {path}");
        foreign += 1;
    }
    for (path, api) in DERIVED.map(|path| (path, false)).into_iter().chain([("/api/v1/inbox", true)]) {
        let (_, _, text) = told(office, token, "GET", api, path, NOWHERE).await;
        for trace in matter.traces() {
            assert!(!text.contains(trace), "{who}: {path} tells of {trace}");
        }
        crawled += 1;
    }
    (foreign, crawled)
}

/// Whoever is not let in learns nothing of what there is: every address sends them to the log-in, whether the case exists
/// or not. How often it was asked.
async fn is_shut(office: &Office, token: &str, who: &str, Matter { case_ref, .. }: &Matter) -> usize {
    let mut asked = 0;
    for ((method, api, path), (.., nowhere)) in addresses(case_ref).into_iter().zip(addresses(NOWHERE)) {
        let found = told(office, token, method, api, &path, case_ref).await;
        let is_sent_away = match api {
            true => found.0 == StatusCode::UNAUTHORIZED,
            false => found.0 == StatusCode::SEE_OTHER && found.1["location"] == "/staff/login",
        };
        assert!(is_sent_away, "{who}: {method} {path}: {}", found.0);
        assert_eq!(
            found,
            told(office, token, method, api, &nowhere, NOWHERE).await,
            "{who}: {method} {path}"
        );
        asked += 1;
    }
    asked
}

/// The control: whoever has the matter in hand gets its files, one by one and all at once.
async fn has_files(office: &Office, token: &str, who: &str, Matter { case_ref, .. }: &Matter) {
    let mut browser = Browser::new(office);
    browser.cookie = token.to_owned();
    let (one, all) = (format!("/staff/cases/{case_ref}/files/0"), format!("/staff/cases/{case_ref}/zip"));
    let given = [
        browser.get(&one).await,
        browser.post(&one, &[("purpose", "核对")]).await,
        browser.get(&all).await,
        browser.post(&all, &[("seed", "s"), ("purpose", "核对")]).await,
    ];
    for (n, answer) in given.iter().enumerate() {
        assert_eq!(answer.status, StatusCode::OK, "{who}: {n} of the files: {}", answer.text);
    }
    let path = format!("/api/v1/cases/{case_ref}/files/0");
    let (status, _) = office.send(&path, token, json!({ "original": true, "purpose": "核对" })).await;
    assert_eq!(status, StatusCode::OK, "{who}: {path}");
}

/// A matter of that kind about somebody, registered.
async fn about(office: &Office, n: usize, kind: &str, named: OfficialId) -> (PetitionId, Matter) {
    let word = canary(n);
    let mut new = submission(&format!("about {n}"));
    new.kind = Name::from(kind);
    new.title = format!("标题 {word}");
    new.identity = format!("{word}，13800138000");
    new.named = vec![named];
    let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
    let after = office.act(actor(OFFICE, 0), id, |_| registration(kind)).await.unwrap();
    (id, Matter::of(&after, word))
}

async fn sent(office: &Office, by: Actor, id: PetitionId, to: u128, refer: bool) {
    let dispatch = |note| Dispatch { to: unit_id(to), note, report_by: None, competence_decision: None };
    let send = |contents: &mut Contents| {
        let dispatch = dispatch(contents.add("转送").unwrap());
        if refer { Act::ReferReport(dispatch) } else { Act::Forward(dispatch) }
    };
    office.act(by, id, send).await.unwrap();
}

/// Whoever is kept from a matter that lies with their own unit, each with the matter (REC-1, REC-3): named or recused in a
/// claim; accused in a report, and below whoever is.
pub(super) async fn kept_from(office: &Office) -> Vec<(&'static str, OfficialId, Matter)> {
    let post = |unit: u128, n: u128| official_id(unit, FIRST + n);
    let sees = async |official: OfficialId, matter: &Matter| {
        let token = session_of(office, official).await;
        knows(office, &token, matter).await
    };
    let (claim, of_claim) = about(office, 2, "claim", post(HOUSING, 1)).await;
    sent(office, actor(OFFICE, 0), claim, HOUSING, false).await;
    assert!(sees(post(HOUSING, 0), &of_claim).await, "the control: not yet recused");
    let recuse = |contents: &mut Contents| {
        let reason = contents.add("亲属").unwrap();
        let official = post(HOUSING, 0);
        Act::DecideRecusal(RecusalDecision { official, recused: true, reason, successor: None })
    };
    office.act(actor(HOUSING, 2), claim, recuse).await.unwrap();
    // A report lies with the integrity body; then whom it accuses comes to head that body.
    let accused = post(SCHOOLS, 1);
    let (report, of_report) = about(office, 3, "report", accused).await;
    sent(office, actor(OFFICE, 0), report, INTEGRITY, true).await;
    let mut new = (*office.app.directory()).clone();
    let body = new.units.get_mut(&unit_id(INTEGRITY)).unwrap();
    let clerk = post(INTEGRITY, 0);
    assert!(sees(post(INTEGRITY, 3), &of_report).await, "the control: not yet below the accused");
    body.head = accused;
    new.officials.get_mut(&accused).unwrap().unit = unit_id(INTEGRITY);
    put_in_place(&office.app, &new).await;
    vec![
        ("named in a claim", post(HOUSING, 1), of_claim.clone()),
        ("recused", post(HOUSING, 0), of_claim),
        ("accused person", accused, of_report.clone()),
        ("subordinate of the accused person", clerk, of_report),
    ]
}

pub(super) async fn knows(office: &Office, token: &str, Matter { case_ref, .. }: &Matter) -> bool {
    let path = format!("/api/v1/cases/{case_ref}");
    told(office, token, "GET", true, &path, case_ref).await.0 == StatusCode::OK
}

/// Whoever could see the claim this morning and cannot now, in the session of this morning: moved to another unit; their
/// account closed; logged out. How often it was asked, and how many lists were looked at.
pub(super) async fn no_more(office: &Office, claim: &Matter) -> (usize, usize) {
    let member = official_id(HOUSING, FIRST + 1);
    let token = session_of(office, member).await;
    assert!(knows(office, &token, claim).await, "the control: still a member");
    let mut new = (*office.app.directory()).clone();
    new.officials.get_mut(&member).unwrap().unit = unit_id(SCHOOLS);
    put_in_place(&office.app, &new).await;
    let (mut asked, crawled) = is_blind(office, &token, "ex-member", claim).await;

    let clerk = official_id(HOUSING, FIRST);
    let token = session_of(office, clerk).await;
    assert!(knows(office, &token, claim).await, "the control: the account is open");
    let login = office.app.login_of(clerk).await.unwrap().unwrap();
    office.app.set_disabled(&login, administrator(SYSTEM), true).await.unwrap().unwrap();
    asked += is_shut(office, &token, "account closed", claim).await;
    asked += is_shut(office, "", "nobody", claim).await;
    asked += is_shut(office, &"f".repeat(64), "a session of nobody", claim).await;
    (asked, crawled)
}

/// Bodies that name what is another's are answered as if they named nothing; nor does the list of sealed matters, open,
/// tell a recipient of another unit's.
async fn bodies_tell_nothing(office: &Office, matters: &[Matter]) {
    let nobody = official_id(99, 99).to_string();
    // Who gives sealed matters to an official of another unit.
    let giver = official_id(INTEGRITY, FIRST + 1);
    office.app.keep_sealing_key(giver, "three herons over the lake").await.unwrap();
    let mut browser = Browser::new(office);
    browser.cookie = session_of(office, giver).await;
    let open = browser.post("/staff/sealed", &[("passphrase", "three herons over the lake")]).await;
    assert_eq!(open.location(), "/staff/sealed");
    let list = browser.get("/staff/sealed").await;
    assert!(list.status == StatusCode::OK && !list.text.contains("name=\"passphrase\""), "{}", list.text);
    for trace in matters.iter().flat_map(Matter::traces) {
        assert!(!list.text.contains(trace), "/staff/sealed tells of {trace}");
    }
    let mut give = async |to: &str| {
        let answer = browser.post("/staff/sealed", &[("do", "give"), ("official", to)]).await;
        (answer.status, answer.headers, answer.text)
    };
    let nothing = give(&nobody).await;
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);
    for unit in [HOUSING, SCHOOLS, COUNTY] {
        assert_eq!(
            give(&official_id(unit, FIRST + 2).to_string()).await,
            nothing,
            "an official of unit {unit}"
        );
    }
    // Who decides on a proposal, and is no administrator.
    let by = Actor::Official {
        id: administrator(SYSTEM),
        unit: unit_id(GOVERNMENT),
        roles: [Role::SystemAdministrator].into(),
    };
    let change = Change::Account { login: "newcomer".to_owned(), official: official_id(HOUSING, 2) };
    office.app.propose(&by, change, "新到岗").await.unwrap().unwrap();
    let proposal = office.app.open_proposals().await.unwrap()[0].id.clone();
    for (n, role) in (FIRST..).zip(Role::ALL).filter(|(_, role)| !role.administers()) {
        let mut browser = Browser::new(office);
        browser.cookie = session_of(office, official_id(HOUSING, n)).await;
        let mut decide = async |proposal: &str| {
            let answer =
                browser.post("/staff/proposals", &[("proposal", proposal), ("decision", "approve")]).await;
            (answer.status, answer.headers, answer.text)
        };
        let nothing = decide(&nobody).await;
        assert_eq!(nothing.0, StatusCode::NOT_FOUND, "{}", role.word());
        assert_eq!(decide(&proposal).await, nothing, "{}", role.word());
    }
    assert_eq!(office.app.open_proposals().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_2_a_foreign_case_is_answered_as_one_that_does_not_exist() {
    let sqlite = store::testing::sqlite("matrix").await.unwrap();
    let postgres = store::testing::postgres_of_two("matrix").await.unwrap();
    for (scratch, name) in [(sqlite, "matrix-s"), (postgres, "matrix-p")] {
        let office = populated(scratch, name).await;
        let matters = matters(&office).await;
        let (mut foreign, mut known, mut crawled) = (0, 0, 0);
        for (standing, unit) in STANDINGS {
            for (n, role) in (FIRST..).zip(Role::ALL) {
                let token = session_of(&office, official_id(unit, n)).await;
                for (sealed, matter) in [false, true].into_iter().zip(&matters) {
                    let who = format!("{standing} {} sealed {sealed}", role.word());
                    if may_know(sealed, unit, role) {
                        assert!(knows(&office, &token, matter).await, "{who}: may know, and is told nothing");
                        // Who looks at all matters does not see who filed them, and a file may show it.
                        if role != Role::Auditor {
                            has_files(&office, &token, &who, matter).await;
                        }
                        known += 1;
                        continue;
                    }
                    let (asked, looked) = is_blind(&office, &token, &who, matter).await;
                    foreign += asked;
                    crawled += looked;
                }
            }
        }
        for (who, official, matter) in kept_from(&office).await {
            let token = session_of(&office, official).await;
            let (asked, looked) = is_blind(&office, &token, who, &matter).await;
            foreign += asked;
            crawled += looked;
        }
        bodies_tell_nothing(&office, &matters).await;
        let (asked, looked) = no_more(&office, &matters[0]).await;
        foreign += asked;
        crawled += looked;
        let routes = PAGES.len() + API.len();
        println!(
            "{routes} routes, {foreign} foreign requests twice, {known} known, {crawled} lists without a canary"
        );
        assert!(foreign > 500 && known > 5, "{foreign} {known}");
    }
}
