//! An office for tests, on both databases: its people, its petitions, requests to it.

mod attachments;
mod corrected;
mod desk;
mod doctor;
mod erasure;
mod feed;
mod feed_witnesses;
mod flood;
mod identity;
mod intake;
mod issued;
mod joined;
mod keys;
mod letters;
mod log_key;
mod mails;
mod papers;
mod print_room;
mod reads;
mod receipts;
mod received;
mod recommended;
mod record;
mod recusal;
mod scanner;
mod sealed;
mod timer;
mod whole;

pub(crate) use record::faults;

use super::{App, Failure, NewSubmission};
use crate::clock::Clock;
use crate::config::Config;
use crate::contents::Contents;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use casework::act::*;
use casework::authority::Actor;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::petition::Petition;
use casework::{Act, Name, OfficialId, PetitionId, UnitId};
use http_body_util::BodyExt as _;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::sync::Arc;
use store::seal::Suite;
use store::testing::Scratch;
use tower::ServiceExt as _;

const GOVERNMENT: u128 = 1;
const OFFICE: u128 = 2;
const HOUSING: u128 = 3;
const CITY: u128 = 4;
/// The audit administrator's place among the city's officials.
const AUDITOR: u128 = 3;

fn unit_id(n: u128) -> UnitId {
    UnitId(uuid::Uuid::from_u128(n))
}

/// Official `n` of unit `unit`: 0 registrar and supervisor, 1 handler, 2 head, all of them recipients; of the city also 3, the auditor.
fn official_id(unit: u128, n: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(unit * 100 + n))
}

fn roles(n: u128) -> Vec<Role> {
    match n {
        0 => vec![Role::Registrar, Role::Supervisor, Role::Recipient],
        1 => vec![Role::Handler, Role::Recipient],
        AUDITOR => vec![Role::AuditAdministrator],
        _ => vec![Role::Head, Role::Recipient],
    }
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (n, parent, kind, name) in [
        (CITY, None, UnitKind::Government, "明川市人民政府"),
        (GOVERNMENT, Some(CITY), UnitKind::Government, "望湖区人民政府"),
        (OFFICE, Some(GOVERNMENT), UnitKind::PetitionOffice, "望湖区信访局"),
        (HOUSING, Some(GOVERNMENT), UnitKind::Department, "区住房和城乡建设局"),
    ] {
        directory.units.insert(
            unit_id(n),
            Unit {
                id: unit_id(n),
                parent: parent.map(unit_id),
                kind,
                name_zh: name.to_owned(),
                name_en: format!("unit {n}"),
                division: "349999".to_owned(),
                letter_prefix: "望".to_owned(),
                reviewed_by: None,
                intake: official_id(n, 0),
                head: official_id(n, 2),
                phone: "0500-55510000".to_owned(),
                address: "人民路18号".to_owned(),
                sort: i64::try_from(n).unwrap(),
            },
        );
        for official in 0..if n == CITY { 4 } else { 3 } {
            let id = official_id(n, official);
            directory.officials.insert(
                id,
                Official {
                    id,
                    unit: unit_id(n),
                    name: format!("official {official}"),
                    post: "科员".to_owned(),
                    roles: roles(official).into_iter().collect(),
                    active: true,
                    mail: String::new(),
                },
            );
        }
    }
    directory
}

fn actor(unit: u128, n: u128) -> Actor {
    Actor::Official { id: official_id(unit, n), unit: unit_id(unit), roles: roles(n).into_iter().collect() }
}

struct Office {
    app: Arc<App>,
    scratch: Scratch,
    config: Config,
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Everything that this thread logs, as long as the guard lives.
fn listen() -> (Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let writer = lines.clone();
    let logged = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    (lines, tracing::subscriber::set_default(logged))
}

async fn office(scratch: Scratch, name: &str) -> Office {
    office_of(scratch, name, Suite::Intl).await
}

async fn office_of(scratch: Scratch, name: &str, suite: Suite) -> Office {
    let key_file = std::env::temp_dir().join(format!("huiyin-{}-{name}.key", std::process::id()));
    std::fs::write(&key_file, store::testing::key_file(suite)).unwrap();
    let config = Config {
        public_address: "https://petitions.test".into(),
        oidc_issuer: String::new(),
        oidc_client_id: String::new(),
        oidc_client_secret_file: std::path::PathBuf::new(),
        oidc_claim: "sub".to_owned(),
        oidc_two_factors: Vec::new(),
        listen: "127.0.0.1:0".parse().unwrap(),
        tls_certificate: std::path::PathBuf::new(),
        tls_key: std::path::PathBuf::new(),
        database: scratch.address.clone(),
        key_file,
        time_zone: "Asia/Shanghai".to_owned(),
        procedure: "cn-petition-2022".to_owned(),
        timer_seconds: 60,
        calendar_folder: std::path::PathBuf::new(),
        log_origin: "test.example/log".to_owned(),
        log_folder: std::path::PathBuf::new(),
        log_beat_minutes: 10,
        witnesses: Vec::new(),
        journal_folder: std::path::PathBuf::new(),
        recovery_recipients: Vec::new(),
        retention_years: 0,
        backup_days: 400,
        profile: crate::config::Profile::Asvs,
        session_hours: 12,
        session_idle_minutes: 24 * 60,
        second_factor: false,
        // The tests' own requests come from this machine, and say for whom.
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        code_tries: 10,
        filings_per_10_minutes: 3,
        filings_burst: 5,
        quick_exit: "https://weather.example/".to_owned(),
        kiosks: vec!["198.51.100.7".parse().unwrap()],
        files_per_petition: 20,
        file_megabytes: 25,
        petition_megabytes: 100,
        source_megabytes: 2_000,
        disk_floor_megabytes: 1,
        clamav_socket: std::path::PathBuf::new(),
        mail_host: String::new(),
        mail_port: 25,
        mail_tls: "none".to_owned(),
        mail_from: "huiyin@petitions.test".to_owned(),
        mail_user: String::new(),
        mail_password_file: std::path::PathBuf::new(),
        mail_authority: std::path::PathBuf::new(),
        front_office: String::new(),
        secure_cookies: true,
    };
    let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
    let app = App::open(&config, clock).await.unwrap();
    app.install_directory(&directory()).await.unwrap();
    Office { app: Arc::new(app), scratch, config }
}

/// Both, with the key under which the scratch databases opened their logs: what they sign then verifies.
async fn on_both_signed(name: &str) -> [Office; 2] {
    for kind in ["s", "p"] {
        let file = format!("huiyin-{}-{name}-{kind}.key", std::process::id());
        let file = std::env::temp_dir().join(file);
        std::fs::write(&file, "07".repeat(32)).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let sqlite = store::testing::sqlite(name).await.unwrap();
    // As an office is to have it: the program owns nothing.
    let postgres = store::testing::postgres_of_two(name).await.unwrap();
    [office(sqlite, &format!("{name}-s")).await, office(postgres, &format!("{name}-p")).await]
}

async fn on_both(name: &str) -> [Office; 2] {
    on_both_of(name, Suite::Intl).await
}

async fn on_both_of(name: &str, suite: Suite) -> [Office; 2] {
    let sqlite = store::testing::sqlite_of(name, suite).await.unwrap();
    let postgres = store::testing::postgres_of(name, suite).await.unwrap();
    [
        office_of(sqlite, &format!("{name}-s"), suite).await,
        office_of(postgres, &format!("{name}-p"), suite).await,
    ]
}

fn submission(token: &str) -> NewSubmission {
    NewSubmission {
        channel: Channel::Online,
        kind: Name::from("claim"),
        office: unit_id(OFFICE),
        received_on: None,
        dated_back: String::new(),
        title: "二期停工九个月，逾期不交房".to_owned(),
        body: "合同约定2026年1月交房，至今停工。".to_owned(),
        requests: vec!["明确复工和交房时间".to_owned()],
        identity: "林某，13800138000".to_owned(),
        n_people: 1,
        respondent: None,
        accused: Vec::new(),
        named: Vec::new(),
        confidential: false,
        earlier: None,
        token: Some(token.to_owned()),
        code: None,
        files: Vec::new(),
    }
}

fn registration(kind: &str) -> Act {
    Act::Register(Registration {
        kind: Name::from(kind),
        class: Name::from("04"),
        place: None,
        requests: Vec::new(),
        comparison: None,
        named: Vec::new(),
    })
}

/// Taken into the procedure: no other way applies.
fn accept(contents: &mut Contents, handler: OfficialId) -> Act {
    Act::Accept(Acceptance {
        ways_examined: ["JUD", "ARB", "PTY", "ADM", "DUTY"].map(Name::from).to_vec(),
        ways_reason: contents.add("均不适用").unwrap(),
        no_conflict: true,
        handler,
        simple_ground: None,
    })
}

/// A review asked for in time.
fn ask_for_review(contents: &mut Contents) -> Act {
    let reason = contents.add("理由不足，请求撤销").unwrap();
    Act::RequestReview(ReviewRequest { reason, posted_on: None, late_cause: None })
}

fn forward(contents: &mut Contents) -> Act {
    let note = contents.add("请办理").unwrap();
    Act::Forward(Dispatch { to: unit_id(HOUSING), note, report_by: None, competence_decision: None })
}

impl Office {
    async fn act(
        &self,
        who: Actor,
        id: PetitionId,
        make: impl FnOnce(&mut Contents) -> Act,
    ) -> Result<Petition, Failure> {
        let mut contents = Contents::new();
        let act = make(&mut contents);
        self.app.carry_out(&who, id, None, act.into(), contents).await
    }

    fn go_to(&self, day: Date) {
        self.app.clock.set_civil(day, 10, 0);
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.post_raw(path, body.to_string().into_bytes()).await
    }

    async fn post_raw(&self, path: &str, body: Vec<u8>) -> (StatusCode, Value) {
        let request =
            Request::post(path).header("content-type", "application/json").body(Body::from(body)).unwrap();
        self.ask(request).await
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn send(&self, path: &str, token: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        self.ask(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A page as an official's browser gets it.
    async fn page(&self, path: &str, session: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("cookie", format!("__Host-huiyin-staff={session}"));
        let response =
            crate::web::router(self.app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// A form as an official's browser sends it: status, where it leads, the page.
    async fn form(&self, path: &str, session: &str, fields: &str) -> (StatusCode, String, String) {
        let token = crate::web::form_token(&self.app, session);
        let request = Request::post(path)
            .header("cookie", format!("__Host-huiyin-staff={session}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(format!("token={token}&{fields}"))).unwrap();
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, to.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn log_in(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": "correct horse" });
        self.post("/api/v1/session", body).await.1["token"].as_str().unwrap().to_owned()
    }

    /// Registered as a claim.
    async fn registered(&self, id: PetitionId) -> Petition {
        self.act(actor(OFFICE, 0), id, |_| registration("claim")).await.unwrap()
    }

    /// Registered and forwarded to housing.
    async fn forwarded(&self, id: PetitionId) -> Petition {
        self.registered(id).await;
        self.act(actor(OFFICE, 0), id, forward).await.unwrap()
    }

    /// From receipt to a served opinion.
    async fn answered(&self) -> (PetitionId, String) {
        self.answered_to(submission("t")).await
    }

    /// The same of another petition.
    async fn answered_to(&self, new: NewSubmission) -> (PetitionId, String) {
        let receipt = self.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
        let id = receipt.petition;
        let code = receipt.code.to_string();
        self.forwarded(id).await;
        let handler = official_id(HOUSING, 1);
        self.act(actor(HOUSING, 1), id, |_| Act::TakeUp(Handover { official: handler })).await.unwrap();
        self.act(actor(HOUSING, 1), id, |contents| accept(contents, handler)).await.unwrap();
        self.act(actor(HOUSING, 1), id, |contents| {
            Act::RecordContact(Contact {
                kind: ContactKind::Phone,
                heard: true,
                note: contents.add("听取了陈述").unwrap(),
            })
        })
        .await
        .unwrap();
        let issued = self
            .act(actor(HOUSING, 2), id, |contents| {
                Act::IssueOpinion(Opinion {
                    findings: contents.add("停工属实").unwrap(),
                    answers: vec![Answer {
                        request: 0,
                        outcome: Outcome::Supported,
                        reason: contents.add("开发企业应当按期交房").unwrap(),
                        article: "城市房地产开发经营管理条例第17条".to_owned(),
                        action: Some(contents.add("督促复工").unwrap()),
                        executor: Some(unit_id(HOUSING)),
                        due_on: Some(date(2026, 4, 30)),
                    }],
                    no_conflict: true,
                    differs: None,
                })
            })
            .await
            .unwrap();
        let letter = issued.letters.iter().position(|letter| letter.signed.letter == *"opinion").unwrap();
        self.act(actor(HOUSING, 1), id, |contents| {
            Act::Serve(Service {
                letter: u32::try_from(letter).unwrap(),
                method: ServiceMethod::InPerson,
                proof: contents.add("本人签收").unwrap(),
            })
        })
        .await
        .unwrap();
        (id, code)
    }
}
