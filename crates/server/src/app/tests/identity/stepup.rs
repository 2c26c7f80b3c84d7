//! Every grave step asks whoever showed longer than five minutes ago that it is they, and nobody else (IAM-6).

use super::super::recusal::{INTEGRITY, filed};
use super::super::sealed::{PASSPHRASE, RECIPIENTS, as_recipient, recipient, referred, with_recipients};
use super::browser::Answer;
use super::*;
use crate::app::Provider;
use casework::access::{IdentityField, Purpose};
use std::path::Path;

/// Places in the pages that ask. Whoever adds one adds a row below; a number that falls is a step that asks no more.
const PLACES: usize = 18;

/// A step: who takes it, where, with which fields, and what whoever is fresh gets.
struct Step {
    who: &'static str,
    path: String,
    fields: Vec<(&'static str, String)>,
    /// Begins the address it leads to; or the status of a page.
    done: Result<&'static str, StatusCode>,
    /// Of which the version is `seen`.
    petition: Option<PetitionId>,
}

fn step(
    who: &'static str,
    path: impl Into<String>,
    fields: &[(&'static str, &str)],
    to: &'static str,
) -> Step {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Step { who, path: path.into(), fields, done: Ok(to), petition: None }
}

impl Step {
    fn page(mut self, status: StatusCode) -> Step {
        self.done = Err(status);
        self
    }

    fn of(mut self, petition: PetitionId) -> Step {
        self.petition = Some(petition);
        self
    }

    /// What is only known when it is taken.
    async fn filled(&self, office: &Office) -> Vec<(&'static str, String)> {
        let mut fields = self.fields.clone();
        if let Some(id) = self.petition {
            fields.push(("seen", office.petition(id).await.version.to_string()));
        }
        for (name, value) in &mut fields {
            match *name {
                "proposal" => value.clone_from(&office.app.open_proposals().await.unwrap()[0].id),
                "code" => *value = code_of(office, &self.fields[0].1),
                _ => {}
            }
        }
        fields
    }

    async fn take(&self, office: &Office, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
        let filled = self.filled(office).await;
        let fields: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&self.path, &[&fields[..], more].concat()).await
    }
}

/// Somebody who has just come in; recipients of the integrity body have shown their passphrase.
async fn enter<'a>(office: &'a Office, who: &str) -> Browser<'a> {
    let mut browser = Browser::new(office);
    browser.log_in(who, "correct horse").await;
    if who.starts_with("integrity") {
        let open = browser.post("/staff/sealed", &[("passphrase", PASSPHRASE)]).await;
        assert_eq!(open.location(), "/staff/sealed", "{who}");
    }
    browser
}

fn asks(answer: &Answer) -> bool {
    answer.text.contains("name=\"holder_password\"")
}

async fn recorded(office: &Office) -> i64 {
    let sql = "select (select count(*) from event) + (select count(*) from office_event) + (select count(*) from read_event) + (select count(*) from sealed_wrap)";
    office.app.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
}

/// An office in which every grave step can be taken, and the steps, in an order in which each can.
async fn steps(office: &Office) -> Vec<Step> {
    let app = &office.app;
    for (login, unit, n) in [
        ("clerk", OFFICE, 0),
        ("spare", OFFICE, 1),
        ("chief", OFFICE, 2),
        ("handler", HOUSING, 1),
        ("integrity-clerk", INTEGRITY, 0),
        ("integrity-handler", INTEGRITY, 1),
        ("integrity-head", INTEGRITY, 2),
    ] {
        app.set_account(login, official_id(unit, n), "correct horse").await.unwrap();
    }
    let (old, _) = office.rested().await;
    office.propose(old, Measure::Erase, "order").await.unwrap();
    let case = |case_ref: &str, rest: &str| format!("/staff/cases/{case_ref}/{rest}");
    let erasure = case(&office.case_ref(old).await, "acts/decide_disposal");

    let photo = office.handle("a.jpg", &crate::files::samples::photograph()).await;
    let (_, made) = office.with_files("stepup", "claim", &[photo.as_str()]).await;
    let with_file = office.history(made["code"].as_str().unwrap()).await.petition.id;
    let files = office.case_ref(with_file).await;
    let counter = NewSubmission { channel: Channel::Visit, ..submission("counter") };
    let counter = app.submit(&actor(OFFICE, 0), counter).await.unwrap().petition;
    let counter = office.case_ref(counter).await;
    let (_, named, _) = filed(office, submission("named")).await;
    let (posted, posted_ref, _) = filed(office, submission("posted")).await;
    let letters = office.forwarded(posted).await.letters;
    let letter = letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
    let letter = format!("{posted_ref}/{letter}");

    let (report, sealed, _) = referred(office, "stepup-sealed").await;
    let (handler, head) = ((INTEGRITY, 1), (INTEGRITY, 2));
    let seq = as_recipient(office, handler, async {
        let official = official_id(INTEGRITY, 1);
        let by = recipient(INTEGRITY, 1);
        office.act(by.clone(), report, |_| Act::AcceptReport(Handover { official })).await.unwrap();
        app.ask_to_reveal(&by, report, IdentityField::Name, (Purpose::Contact, "核对")).await.unwrap();
        app.asks(report).await.unwrap()[0].seq.to_string()
    })
    .await;
    assert!(app.has_sealing_key(official_id(head.0, head.1)).await.unwrap());
    // A colleague waits to be given what they cannot open.
    app.keep_sealing_key(official_id(INTEGRITY, 0), PASSPHRASE).await.unwrap();
    let waiting = official_id(INTEGRITY, 0).to_string();

    let secret = app.new_secret("spare").unwrap().words;
    let housing = app.directory().unit(unit_id(HOUSING)).unwrap().clone();
    let (head_of, intake) = (housing.head.to_string(), housing.intake.to_string());
    let (here, above) = (unit_id(HOUSING).to_string(), unit_id(GOVERNMENT).to_string());
    let (newcomer, looked_into) = (official_id(HOUSING, 2).to_string(), official_id(HOUSING, 1).to_string());
    let (proposed, own) = ("/staff/proposals?done=proposed", "/staff/account?done=");
    let sentence = [("new-password", "a heron under the bridge 7"), ("again", "a heron under the bridge 7")];
    let purpose = [("purpose", "核对")];
    vec![
        step("clerk", case(&files, "files/0"), &purpose, "").page(StatusCode::OK),
        step("clerk", case(&files, "zip"), &[("seed", "s"), ("purpose", "核对"), ("originals", "on")], "")
            .page(StatusCode::OK),
        step("clerk", case(&counter, "code"), &purpose, "").page(StatusCode::OK),
        step(
            "clerk",
            case(&named, "identity"),
            &[("field", "name"), ("purpose", "contact"), ("words", "核对")],
            "/staff/cases/",
        ),
        step("clerk", "/staff/letters", &[("letter", &letter), ("words", "挂号信邮寄")], "")
            .page(StatusCode::OK),
        step("integrity-head", case(&sealed, "identity"), &[("ask", &seq)], "/staff/cases/"),
        step(
            "integrity-handler",
            "/staff/sealed",
            &[("do", "give"), ("official", &waiting)],
            "/staff/sealed",
        ),
        step(
            "integrity-handler",
            case(&sealed, "acts/feed_back_report"),
            &[("text", "已核查")],
            "/staff/cases/",
        )
        .of(report),
        step(
            "integrity-head",
            case(&sealed, "acts/serve"),
            &[("letter", "0"), ("method", "in_person"), ("proof", "本人签收")],
            "/staff/cases/",
        )
        .of(report),
        step("chief", erasure, &[("approved", "yes"), ("reason", "")], "/staff/cases/").of(old),
        step(
            "audit",
            "/staff/reads/incident",
            &[("official", &looked_into), ("from", "2026-03-01"), ("to", "2026-07-01")],
            "",
        )
        .page(StatusCode::OK),
        step(
            "system",
            "/staff/accounts/new",
            &[("official", &newcomer), ("login", "newcomer"), ("reason", "新到岗")],
            proposed,
        ),
        step("security", "/staff/proposals", &[("proposal", ""), ("decision", "approve")], "")
            .page(StatusCode::OK),
        step(
            "security",
            format!("/staff/directory/officials/{looked_into}"),
            &[
                ("name", "改名"),
                ("post", "科员"),
                ("unit", &here),
                ("role", "handler"),
                ("active", "yes"),
                ("reason", "改名"),
            ],
            proposed,
        ),
        step(
            "security",
            format!("/staff/directory/units/{here}"),
            &[
                ("name_zh", "住建局"),
                ("name_en", "Housing"),
                ("parent", &above),
                ("intake", &intake),
                ("head", &head_of),
                ("phone", "1"),
                ("address", "x"),
                ("reason", "改名"),
            ],
            proposed,
        ),
        step(
            "system",
            "/staff/accounts",
            &[("login", "handler"), ("set", "closed")],
            "/staff/accounts?done=closed",
        ),
        step("spare", "/staff/account/provider", &[("do", "end")], "/staff/account?done=unlinked"),
        step("spare", "/staff/account/passkeys", &[("passkey", "none")], own),
        step(
            "spare",
            "/staff/account/passkeys/new",
            &[("name", "钥匙")],
            "/staff/account/passkeys/new?wrong=1",
        ),
        step("integrity-head", "/staff/sealed/key", &sentence, "/staff/sealed"),
        step("clerk", "/staff/account/password", &sentence, "/staff/account?done=password"),
        // Last of its account: from then on a code is asked for.
        step(
            "spare",
            "/staff/account/factor",
            &[("secret", &secret), ("code", "")],
            "/staff/account?done=factor",
        ),
    ]
}

/// IAM-6: six minutes after somebody showed that it is they, each of these steps asks, keeps everything that was typed and
/// does nothing; to whoever has just come in it is done. The API has the same acts, and sends to the log-in.
#[tokio::test(flavor = "multi_thread")]
async fn iam_6_every_grave_step_asks_who_came_in_six_minutes_ago_and_nobody_else() {
    for mut office in with_recipients("stepup-all", &RECIPIENTS).await {
        let secret = std::env::temp_dir().join(format!("huiyin-{}-stepup.secret", std::process::id()));
        std::fs::write(&secret, "secret").unwrap();
        let config = Config {
            oidc_issuer: "https://id.example.gov".into(),
            oidc_client_id: "huiyin".into(),
            oidc_client_secret_file: secret,
            ..office.config.clone()
        };
        Arc::get_mut(&mut office.app).unwrap().provider = Provider::new(&config).unwrap();
        administered(&office.app).await;
        for step in steps(&office).await {
            let what = format!("{} {}", step.who, step.path);
            let mut aged = enter(&office, step.who).await;
            office.wait(360);
            // Looking at a case is a read of its own, and one of several within a quarter of an hour.
            if step.path.starts_with("/staff/cases/") {
                let case: Vec<&str> = step.path.split('/').take(4).collect();
                assert_eq!(aged.get(&case.join("/")).await.status, StatusCode::OK, "{what}");
            }
            let before = recorded(&office).await;
            let asked = step.take(&office, &mut aged, &[]).await;
            assert!(
                asked.status == StatusCode::FORBIDDEN && asks(&asked),
                "{what}: {} {}",
                asked.status,
                asked.text
            );
            for (name, value) in step.filled(&office).await {
                assert_eq!(asked.field(name), value, "{what}: what was typed is lost");
            }
            assert!(asked.text.contains(&format!("action=\"{}\"", step.path)), "{what}: it leads elsewhere");
            assert_eq!(recorded(&office).await, before, "{what}: done without asking");
            over_the_api(&office, &step, &aged.cookie).await;
            let mut fresh = enter(&office, step.who).await;
            let done = step.take(&office, &mut fresh, &[]).await;
            assert!(!asks(&done), "{what}: asked although fresh");
            match step.done {
                Ok(to) => assert!(
                    done.location().starts_with(to) && !to.is_empty(),
                    "{what}: {} {}",
                    done.status,
                    done.text
                ),
                Err(status) => assert_eq!(done.status, status, "{what}: {}", done.text),
            }
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// The same act over the API, in the same aged session.
async fn over_the_api(office: &Office, step: &Step, token: &str) {
    let Some(id) = step.petition else { return };
    let mut body = serde_json::Map::new();
    for (name, value) in step.filled(office).await {
        let value = match name {
            "seen" | "letter" => json!(value.parse::<u64>().unwrap()),
            "approved" => json!(value == "yes"),
            _ => json!(value),
        };
        body.insert(name.to_owned(), value);
    }
    let path = format!("/api/v1{}", step.path.strip_prefix("/staff").unwrap().replace("/acts/", "/"));
    let version = office.petition(id).await.version;
    let (status, told) = office.send(&path, token, Value::Object(body)).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("log_in")), "{path} {told}");
    assert_eq!(office.petition(id).await.version, version, "{path}: done without asking");
}

/// IAM-6, ATT-6: whoever proves it gets what they asked for, with the passphrase that the page before showed; what is then
/// refused comes back with everything typed and in a form that can be sent again.
#[tokio::test(flavor = "multi_thread")]
async fn iam_6_whoever_proves_it_goes_on_where_they_were() {
    for office in with_recipients("stepup-on", &RECIPIENTS).await {
        administered(&office.app).await;
        let steps = steps(&office).await;
        let of = |end: &str| steps.iter().find(|step| step.path.ends_with(end)).unwrap();
        let proof = ("holder_password", "correct horse");

        let zip = of("/zip");
        let mut clerk = enter(&office, "clerk").await;
        let shown = clerk.get(&zip.path).await;
        let (_, rest) = shown.text.split_once("<dd class=\"mono strong\">").unwrap();
        let passphrase = rest.split('<').next().unwrap().to_owned();
        office.wait(360);
        let seed = shown.field("seed");
        let fields = [("seed", seed.as_str()), ("purpose", "核对")];
        let asked = clerk.post(&zip.path, &fields).await;
        assert!(asks(&asked) && asked.text.contains(&passphrase), "the passphrase is gone: {}", asked.text);
        let before = clerk.cookie.clone();
        let zip = clerk.post(&zip.path, &[&fields[..], &[proof]].concat()).await;
        assert_eq!(
            zip.headers["content-disposition"].to_str().unwrap().split(';').next(),
            Some("attachment")
        );
        assert_ne!(clerk.cookie, before, "a new name (SESS-1)");

        // Somebody else was quicker: what is shown again can be sent again.
        let erasure = of("/decide_disposal");
        let mut chief = enter(&office, "chief").await;
        office.wait(360);
        let stale = [("approved", "no"), ("reason", "鉴定没有完成"), ("seen", "0"), proof];
        let late = chief.post(&erasure.path, &stale).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
        assert!(late.text.contains("鉴定没有完成"), "{}", late.text);
        let (token, seen) = (late.field("token"), late.field("seen"));
        let again =
            [("token", token.as_str()), ("approved", "no"), ("reason", "鉴定没有完成"), ("seen", &seen)];
        let done = chief.send(&erasure.path, "same-origin", &again).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);

        // What cannot be done after all: the session that took the place of the one before is theirs all the same.
        let mut handler = enter(&office, "integrity-handler").await;
        office.wait(360);
        let stranger = official_id(OFFICE, 0).to_string();
        let gone = handler.post("/staff/sealed", &[("do", "give"), ("official", &stranger), proof]).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
        assert_eq!(handler.get("/staff").await.status, StatusCode::OK, "whoever proved it was logged out");

        // A password that is too weak, noticed after the proof.
        let mut clerk = enter(&office, "clerk").await;
        office.wait(360);
        let weak = clerk
            .post("/staff/account/password", &[("new-password", "clerk"), ("again", "clerk"), proof])
            .await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", weak.text);
        assert_eq!(weak.field("token"), crate::web::form_token(&office.app, &clerk.cookie));
    }
}

/// Nobody adds a step that asks, or takes one away, without this table.
#[test]
fn iam_6_the_table_has_every_place_that_asks() {
    fn count(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of = |path: std::path::PathBuf| {
            if path.is_dir() {
                return count(&path);
            }
            let text = std::fs::read_to_string(path).unwrap();
            text.matches("desk.confirmed").count() + text.matches(".desk(&app).confirmed").count()
        };
        entries.map(of).sum()
    }
    assert_eq!(count(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")), PLACES);
}
