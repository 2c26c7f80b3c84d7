//! MAIL-1, MAIL-2, IAM-4: what a real relay receives, and what becomes of mails that it does not take.

use super::identity::{administrator, staffed};
use super::*;
use crate::app::{Change, NotProposed};
use crate::mail::Relay;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The relay of the tests, as a process of its own in a folder of its own.
struct Sink {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

impl Sink {
    async fn start(name: &str, certificate: Option<(&str, &str)>) -> Sink {
        let folder = std::env::temp_dir().join(format!("huiyin-sink-{name}-{}", std::process::id()));
        let _left_over = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("mode"), "take").unwrap();
        if let Some((certificate, key)) = certificate {
            std::fs::write(folder.join("cert.pem"), certificate).unwrap();
            std::fs::write(folder.join("key.pem"), key).unwrap();
        }
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/src/app/tests/mails/sink.py");
        // Debian's own: that is where its package of the sink's library is.
        let mut child = Command::new("/usr/bin/python3")
            .arg(program)
            .arg(&folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("python3 runs the relay of this test (scripts/ensure.sh test)");
        for _ in 0..300 {
            if let Ok(port) = std::fs::read_to_string(folder.join("port")) {
                return Sink { child, folder, port: port.parse().unwrap() };
            }
            let ended = child.try_wait().unwrap();
            assert_eq!(ended, None, "the relay did not start: is python3-aiosmtpd installed?");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the relay does not listen");
    }

    fn behave(&self, mode: &str) {
        std::fs::write(self.folder.join("mode"), mode).unwrap();
    }

    /// What it was given, in turn, as it came over the wire.
    fn given(&self) -> Vec<Value> {
        let read = |n: usize| std::fs::read(self.folder.join(format!("{n}.json"))).ok();
        (1..).map_while(read).map(|mail| serde_json::from_slice(&mail).unwrap()).collect()
    }
}

/// An official's address: their number before the unit's.
fn mail_of(unit: u128, n: u128) -> String {
    format!("o{n}@u{unit}.test")
}

/// An office whose officials have addresses, with its administrators; its mails go to the sink.
async fn with_sink(scratch: Scratch, name: &str, sink: &Sink) -> Office {
    let mut office = staffed(scratch, name, false).await;
    let mut new = (*office.app.directory()).clone();
    for unit in [CITY, GOVERNMENT, OFFICE, HOUSING] {
        for n in 0..3 {
            new.officials.get_mut(&official_id(unit, n)).unwrap().mail = mail_of(unit, n);
        }
    }
    for n in [SYSTEM, SECURITY, AUDIT] {
        new.officials.get_mut(&administrator(n)).unwrap().mail = format!("o{n}@u1.test");
    }
    super::identity::put_in_place(&office.app, &new).await;
    office.config.mail_host = "127.0.0.1".to_owned();
    office.config.mail_port = sink.port;
    let relay = Relay::new(&office.config).unwrap();
    Arc::get_mut(&mut office.app).unwrap().mail = relay;
    office
}

const SYSTEM: u128 = 90;
const SECURITY: u128 = 91;
const AUDIT: u128 = 92;

async fn offices(name: &str) -> [(Office, Sink); 2] {
    let (s, p) = (format!("{name}-s"), format!("{name}-p"));
    let sqlite = store::testing::sqlite(name).await.unwrap();
    let postgres = store::testing::postgres(name).await.unwrap();
    let [ours, theirs] = [Sink::start(&s, None).await, Sink::start(&p, None).await];
    [(with_sink(sqlite, &s, &ours).await, ours), (with_sink(postgres, &p, &theirs).await, theirs)]
}

fn security() -> Actor {
    by(SECURITY, Role::SecurityAdministrator)
}

fn by(n: u128, role: Role) -> Actor {
    Actor::Official { id: administrator(n), unit: unit_id(GOVERNMENT), roles: [role].into() }
}

impl Office {
    /// Proposed by one administrator and approved by another.
    async fn changed(&self, change: Change) -> Result<(), NotProposed> {
        self.app.propose(&security(), change, "因工作需要").await.unwrap()?;
        let id = self.app.open_proposals().await.unwrap()[0].id.clone();
        let system = by(SYSTEM, Role::SystemAdministrator);
        self.app.decide_proposal(&system, &id, true).await.unwrap().map(|_| ())
    }

    fn official(&self, unit: u128, n: u128) -> Official {
        self.app.directory().officials[&official_id(unit, n)].clone()
    }

    async fn outbox(&self) -> Vec<String> {
        let sql = "select message_id || ' ' || topic || ' ' || body || ' ' || recipient from outbox order by message_id";
        let rows = self.app.database.query(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    }

    /// One mail, to the head of the petition office alone, waits.
    async fn one_waits(&self) {
        let mut batch = store::Batch::new();
        self.app.tell(&mut batch, crate::mail::News::Password, official_id(OFFICE, 2)).unwrap();
        self.app.database.commit(batch).await.unwrap();
    }
}

/// The recipients of what was received since, sorted.
fn recipients(mails: &[Value]) -> Vec<String> {
    let mut to: Vec<String> = mails
        .iter()
        .map(|mail| {
            let to = mail["to"].as_array().unwrap();
            assert_eq!(to.len(), 1, "one envelope, one recipient");
            to[0].as_str().unwrap().to_owned()
        })
        .collect();
    to.sort();
    to
}

fn header(mail: &Value, name: &str) -> String {
    let data = mail["data"].as_str().unwrap();
    let (head, _) = data.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    let found: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
    assert_eq!(found.len(), 1, "{name} in {head}");
    found[0].to_owned()
}

/// The words of a mail, decoded.
fn words(mail: &Value) -> String {
    let (_, body) = mail["data"].as_str().unwrap().split_once("\r\n\r\n").unwrap();
    assert_eq!(header(mail, "Content-Transfer-Encoding"), "base64");
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace("\r\n", "")).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_4_holder_and_head_are_told_of_what_becomes_of_an_account() {
    for (office, sink) in offices("mails-told").await {
        let app = &office.app;
        let mut seen = 0;
        let told = async |seen: &mut usize| {
            app.send_mails().await.unwrap();
            let given = sink.given();
            let new = given[*seen..].to_vec();
            *seen = given.len();
            new
        };
        let clerk = || office.official(OFFICE, 0);
        let to = |of: &[(u128, u128)]| -> Vec<String> {
            let mut to: Vec<String> = of.iter().map(|(unit, n)| mail_of(*unit, *n)).collect();
            to.sort();
            to
        };

        // A role is granted.
        let mut granted = clerk();
        granted.roles.insert(Role::Handler);
        office.changed(Change::Official(granted)).await.unwrap();
        let new = told(&mut seen).await;
        assert_eq!(recipients(&new), to(&[(OFFICE, 0), (OFFICE, 2)]));
        for mail in &new {
            let to_holder = mail["to"][0] == mail_of(OFFICE, 0);
            let words = words(mail);
            assert_eq!(words.contains("您的账号：职务、所在单位、角色"), to_holder, "{words}");
            assert_eq!(words.contains("望湖区信访局“科员”的账号"), !to_holder, "{words}");
            assert!(words.contains("2026年3月2日 10:00") && words.contains("post, unit, roles"), "{words}");
        }

        // To another unit: both heads are told.
        let mut moved = clerk();
        moved.unit = unit_id(HOUSING);
        assert!(office.changed(Change::Official(moved)).await.is_err(), "the unit's intake stays");
        let mut moved = office.official(OFFICE, 1);
        moved.unit = unit_id(HOUSING);
        office.changed(Change::Official(moved)).await.unwrap();
        assert_eq!(recipients(&told(&mut seen).await), to(&[(OFFICE, 1), (OFFICE, 2), (HOUSING, 2)]));

        // Another address: the one before is told too. Nothing else changed, so of nothing else.
        let mut readdressed = clerk();
        readdressed.mail = "new@u2.test".to_owned();
        office.changed(Change::Official(readdressed)).await.unwrap();
        let new = told(&mut seen).await;
        assert_eq!(recipients(&new), ["new@u2.test", "o0@u2.test", "o2@u2.test"]);
        assert!(new.iter().all(|mail| words(mail).contains("接收通知的电子邮箱已变更")));

        // The head of a unit is told about by whoever heads the unit above.
        let mut head = office.official(OFFICE, 2);
        head.post = "局长".to_owned();
        office.changed(Change::Official(head)).await.unwrap();
        assert_eq!(recipients(&told(&mut seen).await), to(&[(OFFICE, 2), (GOVERNMENT, 2)]));

        // A unit moves: its head and intake, and the heads above it before and after. Its telephone tells nobody.
        let mut unit = app.directory().units[&unit_id(HOUSING)].clone();
        unit.phone = "1".to_owned();
        office.changed(Change::Unit(unit.clone())).await.unwrap();
        assert_eq!(recipients(&told(&mut seen).await), [""; 0]);
        unit.parent = Some(unit_id(CITY));
        office.changed(Change::Unit(unit)).await.unwrap();
        let new = told(&mut seen).await;
        assert_eq!(recipients(&new), to(&[(HOUSING, 0), (HOUSING, 2), (GOVERNMENT, 2), (CITY, 2)]));
        assert!(words(&new[0]).contains("区住房和城乡建设局：负责人"), "{}", words(&new[0]));

        // A way back into an account, and its use.
        let change = Change::Account { login: "handler".into(), official: official_id(HOUSING, 1) };
        office.changed(change).await.unwrap();
        assert_eq!(recipients(&told(&mut seen).await), to(&[(HOUSING, 1), (HOUSING, 2)]));
        let code = app.give_code("handler", official_id(HOUSING, 1), "host").await.unwrap();
        assert_eq!(told(&mut seen).await.len(), 2);
        app.use_enrolment("handler", &code.code, "长江黄河珠江淮河海河水").await.unwrap().unwrap_or_else(
            |weak| {
                panic!("{weak:?}");
            },
        );
        let new = told(&mut seen).await;
        assert_eq!(recipients(&new), to(&[(HOUSING, 1), (HOUSING, 2)]));
        assert!(words(&new[0]).contains("新密码"), "{}", words(&new[0]));

        // Second factors, links and passwords of one's own; a password is its holder's alone.
        let account = app.account("handler").await.unwrap().unwrap();
        let token = app.begin_session(&account, crate::app::Reach::Whole).await.unwrap();
        let session = app.session(&token).await.unwrap().unwrap();
        let secret = app.new_secret("handler").unwrap().words;
        let shown = super::identity::code_of(&office, &secret);
        assert_eq!(app.set_factor(&session, &secret, &shown).await.unwrap(), crate::app::Set::Done);
        assert_eq!(recipients(&told(&mut seen).await), to(&[(HOUSING, 1), (HOUSING, 2)]));
        app.change_password(&session, "长江黄河珠江淮河海河人").await.unwrap();
        assert_eq!(recipients(&told(&mut seen).await), to(&[(HOUSING, 1)]));
        app.set_disabled("handler", administrator(SYSTEM), true).await.unwrap().unwrap();
        let new = told(&mut seen).await;
        assert_eq!(recipients(&new), to(&[(HOUSING, 1), (HOUSING, 2)]));
        assert!(words(&new[0]).contains("已停用"), "{}", words(&new[0]));

        // What was refused, or only proposed, tells nobody.
        app.propose(&security(), Change::Official(office.official(HOUSING, 0)), "")
            .await
            .unwrap()
            .unwrap_err();
        let mut left = office.official(HOUSING, 1);
        left.post = "副局长".to_owned();
        app.propose(&security(), Change::Official(left), "因").await.unwrap().unwrap();
        assert_eq!(told(&mut seen).await.len(), 0);
        assert_eq!(faults(app).await, [""; 0]);
    }
}

/// Whoever reads the wire, the relay or the outbox learns nothing of a case and nobody's name.
#[tokio::test(flavor = "multi_thread")]
async fn mail_1_and_2_a_mail_says_nothing_and_starts_no_answer() {
    for (office, sink) in offices("mails-canary").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("canary")).await.unwrap();
        let petition = office.registered(receipt.petition).await;
        let case_ref = petition.submission.as_ref().unwrap().case_ref.to_string();
        let mut granted = office.official(OFFICE, 0);
        granted.roles.insert(Role::Handler);
        office.changed(Change::Official(granted)).await.unwrap();
        office.app.set_disabled("clerk", administrator(SYSTEM), true).await.unwrap().unwrap();
        let waiting = office.outbox().await;
        assert_eq!(office.app.send_mails().await.unwrap(), 4);
        let given = sink.given();
        let said: Vec<String> = given.iter().map(|mail| format!("{mail}{}", words(mail))).collect();
        let said = [said, waiting, office.outbox().await].concat().join("\n");
        assert!(said.contains("o0@u2.test"), "the canaries are looked for where nothing is");
        let number = receipt.number.to_string();
        let code = receipt.code.to_string();
        for canary in [
            "二期停工",
            "逾期不交房",
            "合同约定",
            "明确复工",
            "林某",
            "13800138000",
            &case_ref,
            &number,
            &code,
            "official 0",
            "official 2",
            "管9",
            "clerk",
            "correct horse",
            "因工作需要",
        ] {
            assert!(!canary.is_empty() && !said.contains(canary), "{canary} in {said}");
        }
        for mail in &given {
            assert_eq!(mail["from"], "<>", "MAIL FROM:<>: what bounces comes back to nobody");
            assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
            assert_eq!(header(mail, "Precedence"), "bulk");
            assert_eq!(header(mail, "X-Auto-Response-Suppress"), "All");
            assert_eq!(header(mail, "From"), "huiyin@petitions.test");
            assert_eq!(header(mail, "To"), mail["to"][0].as_str().unwrap());
            assert!(header(mail, "Message-ID").ends_with("@petitions.test>"));
            assert_eq!(header(mail, "Date"), "Mon, 02 Mar 2026 02:00:00 +0000");
            assert_eq!(mail["hello"], "petitions.test", "not the machine's own name");
            let data = mail["data"].as_str().unwrap();
            assert!(!data.contains("Cc:") && !data.contains("Reply-To:") && !data.contains("Return-Path:"));
            assert!(!words(mail).contains("http"), "a mail with a link teaches people to follow links");
        }
        let mut subjects: Vec<String> = given.iter().map(|mail| header(mail, "Subject")).collect();
        subjects.dedup();
        assert_eq!(subjects.len(), 1, "the subject tells what happened");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// What the relay does not take is sent again until it is taken, and then no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_refuses_hangs_or_is_down_loses_no_mail() {
    for (mut office, sink) in offices("mails-retry").await {
        for (n, mode) in ["450", "550", "hang"].into_iter().enumerate() {
            // Less than the relay's hour of silence, and enough for its answers.
            let patience = Duration::from_millis(if mode == "hang" { 500 } else { 60_000 });
            Arc::get_mut(&mut office.app).unwrap().mail.as_mut().unwrap().patience = patience;
            office.one_waits().await;
            sink.behave(mode);
            assert_eq!(office.app.send_mails().await.unwrap(), 0, "{mode}");
            let trouble = async || store::outbox::trouble(&office.app.database, "mail").await.unwrap();
            assert_eq!(trouble().await, (1, 0), "{mode}");
            sink.behave("take");
            assert_eq!(office.app.send_mails().await.unwrap(), 0, "{mode}: before its time");
            Arc::get_mut(&mut office.app).unwrap().mail.as_mut().unwrap().patience = Duration::from_secs(60);
            office.wait(60);
            assert_eq!(office.app.send_mails().await.unwrap(), 1, "{mode}");
            office.wait(86_400);
            assert_eq!(office.app.send_mails().await.unwrap(), 0, "{mode}: sent twice");
            assert_eq!(sink.given().len(), n + 1, "{mode}");
            assert_eq!(store::outbox::trouble(&office.app.database, "mail").await.unwrap(), (0, 0), "{mode}");
        }
        let app = &office.app;
        // It took the mail and went without a word: sent again, and known as the same.
        office.one_waits().await;
        sink.behave("cut");
        assert_eq!(app.send_mails().await.unwrap(), 0);
        sink.behave("take");
        office.wait(60);
        assert_eq!(app.send_mails().await.unwrap(), 1);
        let given = sink.given();
        let [.., first, second] = &given[..] else { panic!("{given:?}") };
        assert_eq!(header(first, "Message-ID"), header(second, "Message-ID"));
        assert_eq!(header(first, "Date"), header(second, "Date"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_down_is_tried_for_days_and_others_mails_wait_with_it() {
    for (office, sink) in offices("mails-down").await {
        drop(sink);
        office.one_waits().await;
        office.one_waits().await;
        let (lines, _guard) = listen();
        assert_eq!(office.app.send_mails().await.unwrap(), 0);
        let tries = async || {
            let rows = office.app.database.query("select tries from outbox", Vec::new()).await.unwrap();
            rows.iter().map(|row| row.int(0).unwrap()).sum::<i64>()
        };
        assert_eq!(tries().await, 1, "a relay that is down is asked once in a round");
        for _ in 0..100 {
            office.wait(4 * 3600);
            office.app.send_mails().await.unwrap();
            office.app.send_mails().await.unwrap();
        }
        assert_eq!(store::outbox::trouble(&office.app.database, "mail").await.unwrap(), (0, 2));
        assert_eq!(tries().await, 74, "37 each, and no more");
        assert!(lines.text().contains("given up after 37 tries"), "{}", lines.text());
        assert!(!lines.text().contains("o2@u2.test"), "an address in the log");
    }
}

/// A node that died with a mail in its hands loses it when its lease ends; of two at once, one sends.
#[tokio::test(flavor = "multi_thread")]
async fn no_mail_is_sent_twice_within_a_lease() {
    for (office, sink) in offices("mails-lease").await {
        let app = &office.app;
        for _ in 0..8 {
            office.one_waits().await;
        }
        let now = app.clock.now_stamp();
        let until = app.clock.stamp_in_seconds(300);
        let dead = store::outbox::take(&app.database, "mail", &now, &until, "dead", 1).await.unwrap();
        assert_eq!(dead.len(), 1);
        let (a, b, c) = tokio::join!(app.send_mails(), app.send_mails(), app.send_mails());
        assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 7);
        assert_eq!(sink.given().len(), 7);
        office.wait(301);
        assert_eq!(app.send_mails().await.unwrap(), 1);
        let mut ids: Vec<String> = sink.given().iter().map(|mail| header(mail, "Message-ID")).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 8, "one twice and another never");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_2_one_recipient_is_sent_ten_in_ten_minutes_and_the_rest_later() {
    for (office, sink) in offices("mails-caps").await {
        let app = &office.app;
        for _ in 0..12 {
            office.one_waits().await;
        }
        assert_eq!(app.send_mails().await.unwrap(), 10);
        // Somebody else's does not wait behind them.
        let mut batch = store::Batch::new();
        app.tell(&mut batch, crate::mail::News::Password, official_id(HOUSING, 2)).unwrap();
        app.database.commit(batch).await.unwrap();
        office.wait(599);
        assert_eq!(app.send_mails().await.unwrap(), 1);
        assert_eq!(recipients(&sink.given()[10..]), [mail_of(HOUSING, 2)]);
        office.wait(1);
        assert_eq!(app.send_mails().await.unwrap(), 2);
        assert_eq!(store::outbox::trouble(&app.database, "mail").await.unwrap(), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_relay_or_an_address_no_mail_waits() {
    for (mut office, _sink) in offices("mails-none").await {
        let app = Arc::get_mut(&mut office.app).unwrap();
        let relay = app.mail.take();
        office.one_waits().await;
        assert_eq!(office.outbox().await, [""; 0]);
        assert_eq!(office.app.send_mails().await.unwrap(), 0);
        Arc::get_mut(&mut office.app).unwrap().mail = relay;
        let mut new = (*office.app.directory()).clone();
        new.officials.get_mut(&official_id(OFFICE, 2)).unwrap().mail = String::new();
        super::identity::put_in_place(&office.app, &new).await;
        office.one_waits().await;
        assert_eq!(office.outbox().await, [""; 0]);
    }
}

/// The relay's certificate is checked, the password goes to nobody else, and what offers no TLS is given nothing.
#[tokio::test(flavor = "multi_thread")]
async fn mails_travel_over_tls_to_the_relay_that_is_meant() {
    let certified = |name: &str| {
        let certified = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        (certified.cert.pem(), certified.signing_key.serialize_pem())
    };
    let (certificate, key) = certified("localhost");
    let sink = Sink::start("mails-tls", Some((&certificate, &key))).await;
    let plain = Sink::start("mails-plain", None).await;
    let mut office = with_sink(store::testing::sqlite("mails-tls").await.unwrap(), "mails-tls", &sink).await;
    office.one_waits().await;
    let own = sink.folder.join("authority.pem");
    let password = sink.folder.join("password");
    std::fs::write(&password, "s3cret\n").unwrap();
    let mut config = office.config.clone();
    (config.mail_host, config.mail_tls) = ("localhost".to_owned(), "starttls".to_owned());
    (config.mail_user, config.mail_password_file) = ("huiyin".to_owned(), password.clone());
    config.mail_authority = own.clone();
    for (why, host, authority, port, secret, n) in [
        ("another's certificate", "localhost", &certified("localhost").0, sink.port, "s3cret", 0),
        ("another name", "127.0.0.1", &certificate, sink.port, "s3cret", 0),
        ("no TLS", "localhost", &certificate, plain.port, "s3cret", 0),
        ("a wrong password", "localhost", &certificate, sink.port, "secret", 0),
        ("as it should be", "localhost", &certificate, sink.port, "s3cret", 1),
    ] {
        std::fs::write(&own, authority).unwrap();
        std::fs::write(&password, secret).unwrap();
        (config.mail_host, config.mail_port) = (host.to_owned(), port);
        let mut relay = Relay::new(&config).unwrap().unwrap();
        if n == 0 {
            // Some relays say nothing more once they are not believed.
            relay.patience = Duration::from_secs(5);
        }
        Arc::get_mut(&mut office.app).unwrap().mail = Some(relay);
        office.wait(4 * 3600);
        assert_eq!(office.app.send_mails().await.unwrap(), n, "{why}");
        assert_eq!(sink.given().len(), usize::try_from(n).unwrap(), "{why}");
    }
    assert_eq!(sink.given()[0]["tls"], true);
    assert_eq!(sink.given()[0]["user"], true);
    assert_eq!(plain.given().len(), 0);
}
