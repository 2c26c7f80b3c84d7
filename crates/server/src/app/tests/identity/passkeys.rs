//! Passkeys over HTTP, with an authenticator of our own that can also lie (IAM-2, IAM-6).

use super::browser::Answer;
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use store::content::sha256;

const NEW: &str = "/staff/account/passkeys/new";
const OWN: &str = "/staff/account/passkeys";
const ENTER: &str = "/staff/login/passkey";
const CODE: &str = "/staff/login/code";
/// The holder verified themselves, and is present.
const VERIFIED: u8 = 0b101;
const PRESENT: u8 = 0b001;

/// A security key with one credential, and what it tells.
#[derive(Clone)]
struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    user: Vec<u8>,
    /// The last one told; `None` for an authenticator that counts nothing.
    counter: Option<u32>,
    flags: u8,
    origin: String,
    relying_party: String,
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    fn new(n: u8) -> Authenticator {
        Authenticator {
            key: SigningKey::from_slice(&[n; 32]).unwrap(),
            id: vec![n; 20],
            user: Vec::new(),
            counter: Some(1),
            flags: VERIFIED,
            origin: "https://petitions.test".into(),
            relying_party: "petitions.test".into(),
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        [&sha256(self.relying_party.as_bytes())[..], &[flags], &self.counter.unwrap_or(0).to_be_bytes()]
            .concat()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn whole(&self, response: Value) -> String {
        json!({ "id": b64(&self.id), "rawId": b64(&self.id), "type": "public-key", "response": response })
            .to_string()
    }

    /// What `navigator.credentials.create` gives.
    fn create(&mut self, options: &Value) -> String {
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let point = self.key.verifying_key().to_sec1_point(false);
        let key = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            point.x().unwrap(),
            &[0x22, 0x58, 0x20],
            point.y().unwrap(),
        ]
        .concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        // With the credential attached.
        let data = [&self.data(self.flags | 0x40)[..], &[0; 16], &length, &self.id, &key].concat();
        let object = [
            &b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..],
            &[u8::try_from(data.len()).unwrap()],
            &data,
        ]
        .concat();
        let client = self.client("webauthn.create", options);
        self.whole(json!({ "attestationObject": b64(&object), "clientDataJSON": b64(&client) }))
    }

    /// What `navigator.credentials.get` gives.
    fn get(&mut self, options: &Value) -> String {
        self.counter = self.counter.map(|counter| counter + 1);
        let data = self.data(self.flags);
        let client = self.client("webauthn.get", options);
        let signature: Signature = self.key.sign(&[&data[..], &sha256(&client)].concat());
        self.whole(json!({
            "authenticatorData": b64(&data),
            "clientDataJSON": b64(&client),
            "signature": b64(signature.to_der().as_bytes()),
            "userHandle": b64(&self.user),
        }))
    }
}

impl Answer {
    /// What the page asks the authenticator.
    fn options(&self) -> Value {
        let (_, rest) =
            self.text.split_once("data-options=\"").unwrap_or_else(|| panic!("asks nothing: {}", self.text));
        let text = rest.split('"').next().unwrap().replace("&#34;", "\"").replace("&#38;", "&");
        serde_json::from_str(&text).unwrap()
    }
}

/// Adds a passkey in a session that may.
async fn add(browser: &mut Browser<'_>, authenticator: &mut Authenticator, name: &str) -> Answer {
    let page = browser.get(NEW).await;
    let answer = authenticator.create(&page.options());
    let fields = [("name", name), ("handle", &page.field("handle")), ("answer", &answer)];
    browser.post(NEW, &fields).await
}

/// Comes in with a passkey alone.
async fn enter(browser: &mut Browser<'_>, authenticator: &mut Authenticator) -> Answer {
    let page = browser.post(ENTER, &[]).await;
    let answer = authenticator.get(&page.options());
    browser.post(ENTER, &[("handle", &page.field("handle")), ("answer", &answer)]).await
}

/// What makes an authenticator lie.
type Lie = fn(&mut Authenticator);

/// A clerk whose only second factor is a passkey.
async fn with_passkey<'a>(office: &'a Office) -> (Browser<'a>, Authenticator) {
    let (mut clerk, mut key) = (Browser::new(office), Authenticator::new(7));
    assert_eq!(clerk.log_in("clerk", "correct horse").await, "/staff/account/factor");
    assert_eq!(add(&mut clerk, &mut key, "办公手机").await.location(), "/staff");
    (clerk, key)
}

async fn events(office: &Office, kind: &str) -> i64 {
    let sql = "select count(*) from office_event where kind = $1";
    office.app.database.query(sql, vec![kind.into()]).await.unwrap()[0].int(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_a_passkey_is_a_second_factor_a_whole_login_and_a_proof() {
    for office in staffed_on_both("passkeys", true).await {
        let (mut clerk, mut key) = with_passkey(&office).await;
        assert_eq!(clerk.get("/staff").await.status, StatusCode::OK);
        let own = clerk.get("/staff/account").await;
        assert!(own.text.contains("办公手机") && own.text.contains("还没有用过"), "{}", own.text);
        // After the password.
        let mut again = Browser::new(&office);
        assert_eq!(again.log_in("clerk", "correct horse").await, CODE);
        assert_eq!(again.get("/staff").await.location(), "/staff/login", "half a login opens no desk");
        let page = again.get(CODE).await;
        assert!(!page.text.contains("name=\"code\""), "asks for a code that nothing makes");
        assert_eq!(page.options()["allowCredentials"][0]["id"], b64(&key.id));
        assert_eq!(page.options()["userVerification"], "required");
        let half = again.cookie.clone();
        let answer = key.get(&page.options());
        let handle = page.field("handle");
        let fields = [("handle", handle.as_str()), ("answer", answer.as_str())];
        assert_eq!(again.post(CODE, &fields).await.location(), "/staff");
        assert_ne!(again.cookie, half, "a session that can do more has a name of its own (SESS-1)");
        assert!(!again.get("/staff/account").await.text.contains("还没有用过"), "the last use is not shown");
        // Alone; guessing somebody's password keeps nobody with a passkey out.
        office.app.log_in("clerk", with("wrong")).await.unwrap();
        let mut third = Browser::new(&office);
        let asked = third.post(ENTER, &[]).await.options();
        assert_eq!(asked["allowCredentials"], json!([]), "tells nobody who has a passkey");
        assert_eq!(enter(&mut third, &mut key).await.location(), "/staff");
        assert_eq!(third.get("/staff").await.status, StatusCode::OK);
        // For a grave step; what was typed goes along.
        office.wait(301);
        let new = [("new-password", "battery staple 7"), ("again", "battery staple 7")];
        let asked = third.post("/staff/account/password", &new).await;
        assert_eq!((asked.status, asked.field("again")), (StatusCode::FORBIDDEN, new[1].1.to_owned()));
        assert!(!asked.text.contains("holder_password"), "asks for a password that would not do");
        let answer = key.get(&asked.options());
        let proof = [("holder_handle", asked.field("holder_handle")), ("holder_answer", answer)];
        let proof: Vec<(&str, &str)> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let fields = [&new[..], &proof].concat();
        let done = third.post("/staff/account/password", &fields).await;
        assert_eq!(done.location(), "/staff/account?done=password");
        // The same proof again is none (replay).
        office.wait(301);
        let again = third.post("/staff/account/password", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.text);
        // The API takes no password for whom a second factor protects.
        let (status, _) = office
            .post(
                "/api/v1/session",
                json!({ "login": "clerk", "password": "battery staple 7", "code": "000000" }),
            )
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            (events(&office, "passkey_added").await, events(&office, "passkey_perhaps_copied").await),
            (1, 0)
        );
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_what_an_authenticator_may_not_say_is_refused() {
    for office in staffed_on_both("passkey-lies", true).await {
        let (_, key) = with_passkey(&office).await;
        let lies: [(&str, Lie); 6] = [
            ("another origin", |key| key.origin = "https://petitions.test.example".into()),
            ("another port", |key| key.origin = "https://petitions.test:8443".into()),
            ("another relying party", |key| key.relying_party = "example".into()),
            ("a holder who is not verified", |key| key.flags = PRESENT),
            ("another key", |key| key.key = SigningKey::from_slice(&[9; 32]).unwrap()),
            ("somebody else's account", |key| key.user = official_id(HOUSING, 1).0.as_bytes().to_vec()),
        ];
        for (what, lie) in lies {
            let mut liar = key.clone();
            lie(&mut liar);
            let mut browser = Browser::new(&office);
            let tried = enter(&mut browser, &mut liar).await;
            assert_eq!(tried.status, StatusCode::UNPROCESSABLE_ENTITY, "{what} came in");
            assert_eq!(browser.cookie, "", "{what} has a session");
            // Nor is such a key taken in the first place, where that shows.
            if ["another key", "somebody else's account"].contains(&what) {
                continue;
            }
            let mut handler = Browser::new(&office);
            handler.log_in("handler", "correct horse").await;
            let mut new = Authenticator::new(8);
            lie(&mut new);
            assert_eq!(add(&mut handler, &mut new, "x").await.location(), format!("{NEW}?wrong=1"), "{what}");
            assert_eq!(handler.get("/staff").await.location(), "/staff/login", "{what}");
            // Wrong answers of one source are counted (PRIV-3); that is another test's matter.
            office.wait(901);
        }
        // An authenticator that another account has already.
        let mut handler = Browser::new(&office);
        handler.log_in("handler", "correct horse").await;
        let taken = add(&mut handler, &mut key.clone(), "x").await;
        assert_eq!(taken.location(), format!("{NEW}?wrong=1"), "one key for two accounts");
        assert_eq!(events(&office, "passkey_added").await, 1);
        // A right signature with a counter that went back: perhaps a copy. It is refused and recorded.
        let (mut one, mut copy) = (key.clone(), key.clone());
        assert_eq!(enter(&mut Browser::new(&office), &mut one).await.location(), "/staff");
        assert_eq!(
            enter(&mut Browser::new(&office), &mut copy).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(events(&office, "passkey_perhaps_copied").await, 1);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_a_challenge_is_answered_once_in_minutes_and_for_what_it_was_made() {
    for office in staffed_on_both("passkey-challenges", true).await {
        let (_, mut key) = with_passkey(&office).await;
        let wrong = StatusCode::UNPROCESSABLE_ENTITY;
        let send = async |page: &Answer, path: &str, browser: &mut Browser<'_>, key: &mut Authenticator| {
            let answer = key.get(&page.options());
            browser.post(path, &[("handle", &page.field("handle")), ("answer", &answer)]).await
        };
        // Replayed, as it went over the wire, by somebody else.
        let mut clerk = Browser::new(&office);
        let page = clerk.post(ENTER, &[]).await;
        let (handle, answer) = (page.field("handle"), key.get(&page.options()));
        let fields = [("handle", handle.as_str()), ("answer", answer.as_str())];
        assert_eq!(clerk.post(ENTER, &fields).await.location(), "/staff");
        assert_eq!(Browser::new(&office).post(ENTER, &fields).await.status, wrong, "replayed");
        // A counterless authenticator, whose answers only the challenge tells apart.
        let mut plain = Authenticator { counter: None, ..Authenticator::new(5) };
        let mut handler = Browser::new(&office);
        handler.log_in("handler", "correct horse").await;
        assert_eq!(add(&mut handler, &mut plain, "x").await.location(), "/staff");
        let page = handler.post(ENTER, &[]).await;
        let answer = plain.get(&page.options());
        let handle = page.field("handle");
        let fields = [("handle", handle.as_str()), ("answer", answer.as_str())];
        assert_eq!(Browser::new(&office).post(ENTER, &fields).await.location(), "/staff");
        assert_eq!(
            Browser::new(&office).post(ENTER, &fields).await.status,
            wrong,
            "replayed without a counter"
        );
        // Wrong once, it is not tried again.
        let page = Browser::new(&office).post(ENTER, &[]).await;
        let mut liar = Authenticator { flags: PRESENT, ..key.clone() };
        assert_eq!(send(&page, ENTER, &mut Browser::new(&office), &mut liar).await.status, wrong);
        assert_eq!(
            send(&page, ENTER, &mut Browser::new(&office), &mut key).await.status,
            wrong,
            "a second try"
        );
        // Too late.
        office.wait(901);
        let page = Browser::new(&office).post(ENTER, &[]).await;
        office.wait(301);
        assert_eq!(send(&page, ENTER, &mut Browser::new(&office), &mut key).await.status, wrong, "too late");
        // Made for coming in, shown as a second factor; made for one login, shown by another.
        let mut half = Browser::new(&office);
        half.log_in("clerk", "correct horse").await;
        let page = half.post(ENTER, &[]).await;
        assert_eq!(send(&page, CODE, &mut half, &mut key).await.status, wrong, "of another purpose");
        let page = half.get(CODE).await;
        assert_eq!(
            send(&page, ENTER, &mut Browser::new(&office), &mut key).await.status,
            wrong,
            "of another purpose"
        );
        let mut other = Browser::new(&office);
        other.log_in("handler", "correct horse").await;
        assert_eq!(send(&page, CODE, &mut other, &mut key).await.status, wrong, "of another login");
        let page = other.get(CODE).await;
        assert_eq!(send(&page, CODE, &mut other, &mut key).await.status, wrong, "another's key");
        assert_eq!(other.get("/staff").await.location(), "/staff/login");
        // What nobody answered is forgotten.
        office.wait(901);
        Browser::new(&office).post(ENTER, &[]).await;
        let rows = office.app.database.query("select count(*) from ceremony", Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 1, "challenges pile up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_5_a_removed_passkey_and_one_of_a_closed_account_open_nothing() {
    for office in staffed_on_both("passkey-removed", true).await {
        let app = &office.app;
        let (mut clerk, mut key) = with_passkey(&office).await;
        let wrong = StatusCode::UNPROCESSABLE_ENTITY;
        let id = crate::entropy::hex(&sha256(&key.id));
        // The only second factor stays, as one can only be replaced.
        let last = clerk.post(OWN, &[("passkey", &id)]).await;
        assert_eq!(last.location(), "/staff/account?done=last");
        assert!(clerk.get(last.location()).await.text.contains("唯一的第二步验证方式"));
        let mut second = Authenticator::new(3);
        assert_eq!(add(&mut clerk, &mut second, "备用").await.location(), "/staff/account?done=passkey");
        // Somebody else's is not removed.
        let mut handler = Browser::new(&office);
        handler.log_in("handler", "correct horse").await;
        assert_eq!(add(&mut handler, &mut Authenticator::new(4), "x").await.location(), "/staff");
        handler.post(OWN, &[("passkey", &id)]).await;
        // An old session asks first, and the one that the thief may have opened ends.
        let mut thief = Browser::new(&office);
        assert_eq!(enter(&mut thief, &mut key).await.location(), "/staff");
        office.wait(301);
        let asked = clerk.post(OWN, &[("passkey", &id)]).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN);
        let answer = second.get(&asked.options());
        let fields = [
            ("passkey", id.as_str()),
            ("holder_handle", &asked.field("holder_handle")),
            ("holder_answer", &answer),
        ];
        assert_eq!(clerk.post(OWN, &fields).await.location(), "/staff/account?done=removed");
        assert_eq!(thief.get("/staff").await.location(), "/staff/login", "its sessions go on");
        assert_eq!(enter(&mut Browser::new(&office), &mut key).await.status, wrong, "a removed key");
        assert_eq!(enter(&mut Browser::new(&office), &mut second).await.location(), "/staff");
        // Closed, and left (IAM-5).
        app.set_disabled("clerk", administrator(SYSTEM), true).await.unwrap().unwrap();
        assert_eq!(enter(&mut Browser::new(&office), &mut second).await.status, wrong, "a closed account");
        app.set_disabled("clerk", administrator(SYSTEM), false).await.unwrap().unwrap();
        let mut new = (*app.directory()).clone();
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().active = false;
        put_in_place(app, &new).await;
        assert_eq!(enter(&mut Browser::new(&office), &mut second).await.status, wrong, "somebody who left");
        new.officials.get_mut(&official_id(OFFICE, 0)).unwrap().active = true;
        put_in_place(app, &new).await;
        office.wait(901);
        assert_eq!(enter(&mut Browser::new(&office), &mut second).await.location(), "/staff");
        office.wait(181 * 86_400);
        assert_eq!(enter(&mut Browser::new(&office), &mut second).await.status, wrong, "unused for 181 days");
        // A way back in forgets every passkey.
        app.give_code("clerk", official_id(OFFICE, 0), "host").await.unwrap();
        let rows = app.database.query("select count(*) from passkey where login = 'clerk'", Vec::new()).await;
        assert_eq!(rows.unwrap()[0].int(0).unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_2_a_first_passkey_adds_to_no_factor_and_a_row_of_ones_own_making_opens_nothing() {
    for office in staffed_on_both("passkey-planted", true).await {
        // Somebody else who knows the password has come as far as the holder.
        let mut thief = Browser::new(&office);
        thief.log_in("clerk", "correct horse").await;
        let half = office.app.session(&thief.cookie).await.unwrap().unwrap();
        let ceremony = office.app.new_passkey(&half).await.unwrap().unwrap();
        let theirs = Authenticator::new(6).create(&serde_json::from_str(&ceremony.options).unwrap());
        let (_, key) = with_passkey(&office).await;
        let late = crate::app::Answered { handle: ceremony.handle, answer: theirs };
        assert!(matches!(office.app.add_passkey(&half, "x", &late).await, Err(Failure::Absent)));
        // Whoever can write the database moves a passkey of theirs to somebody else's login.
        let mut handler = Browser::new(&office);
        handler.log_in("handler", "correct horse").await;
        let mut own = Authenticator::new(2);
        assert_eq!(add(&mut handler, &mut own, "x").await.location(), "/staff");
        let mut batch = store::Batch::new();
        let sql = "update passkey set login = 'clerk' where passkey_id = $1";
        batch.push(store::Write::new(sql, vec![crate::entropy::hex(&sha256(&own.id)).into()]).rows(1));
        office.app.database.commit(batch).await.unwrap();
        own.user.clone_from(&key.user);
        let mut browser = Browser::new(&office);
        let tried = enter(&mut browser, &mut own).await;
        assert_eq!((tried.status, browser.cookie.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_address_there_are_no_passkeys_and_codes_stay_the_way() {
    let mut office = staffed(store::testing::sqlite("nokeys").await.unwrap(), "nokeys", false).await;
    let app = Arc::get_mut(&mut office.app).unwrap();
    (app.relying_party, app.public_address) = (None, String::new());
    let mut clerk = Browser::new(&office);
    assert!(!clerk.get("/staff/login").await.text.contains(ENTER));
    assert_eq!(clerk.post(ENTER, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(clerk.log_in("clerk", "correct horse").await, "/staff");
    assert!(clerk.get("/staff/account").await.text.contains("不能使用通行密钥"));
    assert_eq!(clerk.get(NEW).await.status, StatusCode::NOT_FOUND);
}
