//! Files from the browser to the record and back, on both databases (ATT-1 to ATT-5, LOG-3, SCOPE-2).

mod bounds;
mod together;

use super::*;
use crate::app::attach::Holder;
use crate::files::samples::{eicar, large_photograph, pdf, photograph};
use crate::files::{Unfit, Verdict};
use axum::http::HeaderMap;
use ledger::receipt::{Files, verify};

/// What a request brought back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The form token of the page.
    fn token(&self) -> String {
        let page = self.text();
        let at = page.find("name=\"token\" value=\"").expect("a form of ours") + 20;
        page[at..].split('"').next().unwrap().to_owned()
    }

    fn cookie(&self) -> String {
        let set = self.headers["set-cookie"].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }
}

/// A form as a browser sends it: words, then files.
fn form(field: &str, words: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in words {
        body.extend(
            format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for (name, bytes) in files {
        let name = name.replace('"', "%22");
        let head = format!(
            "--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: text/html\r\n\r\n"
        );
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--x--\r\n");
    body
}

impl Office {
    async fn go(&self, request: axum::http::request::Builder, body: Vec<u8>) -> Answer {
        let request = request.header("sec-fetch-site", "same-origin").body(Body::from(body)).unwrap();
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Answer { status, headers, bytes }
    }

    async fn shown(&self, path: &str, cookie: &str) -> Answer {
        self.go(Request::get(path).header("cookie", cookie), Vec::new()).await
    }

    async fn fill(&self, path: &str, cookie: &str, words: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        self.go(request, words.as_bytes().to_vec()).await
    }

    /// Originals that officials took, as the log has them.
    async fn originals(&self) -> i64 {
        let sql = "select count(*) from read_event where kind = 'original'";
        self.app.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
    }

    /// Begins to write a petition; the cookie of its draft.
    pub(super) async fn begin(&self) -> String {
        let token = self.shown("/submit/kind", "").await.token();
        self.fill("/submit/kind", "", &format!("token={token}&kind=claim&do=on")).await.cookie()
    }

    async fn bring_to(
        &self,
        path: &str,
        cookie: &str,
        words: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("content-type", "multipart/form-data; boundary=x");
        let field = if path == "/api/v1/files" { "file" } else { "files" };
        self.go(request, form(field, words, files)).await
    }

    /// Brings a file over the API.
    async fn bring(&self, name: &str, bytes: &[u8]) -> Answer {
        self.bring_to("/api/v1/files", "", &[], &[(name, bytes)]).await
    }

    pub(super) async fn handle(&self, name: &str, bytes: &[u8]) -> String {
        let answer = self.bring(name, bytes).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["handle"].as_str().unwrap().to_owned()
    }

    /// A petition with files over the API: its code.
    pub(super) async fn with_files(&self, token: &str, kind: &str, handles: &[&str]) -> (StatusCode, Value) {
        let accused = if kind == "report" { vec![unit_id(HOUSING).to_string()] } else { Vec::new() };
        let body = json!({
            "kind": kind, "office": unit_id(OFFICE).to_string(), "title": "楼道堆物", "body": "三号楼的楼道堵住了。",
            "identity": { "name": "林某" }, "token": format!("{token}-0123456789abcdef0123456789"), "files": handles, "accused": accused,
        });
        self.post("/api/v1/petitions", body).await
    }

    async fn staff(&self, unit: u128, n: u128) -> String {
        let login = format!("u{unit}n{n}");
        self.app.set_account(&login, official_id(unit, n), "correct horse").await.unwrap();
        self.log_in(&login).await
    }

    async fn count(&self, table: &str) -> i64 {
        let rows =
            self.app.database.query(&format!("select count(*) from {table}"), Vec::new()).await.unwrap();
        rows[0].int(0).unwrap()
    }

    pub(super) async fn history(&self, code: &str) -> store::history::History {
        let (id, _) = self.app.by_code(code).await.unwrap().unwrap();
        store::history::load(&self.app.database, id).await.unwrap().unwrap()
    }
}

/// ATT-3: what every answer with a file says to a browser.
fn is_inert(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert!(
        header("content-disposition").starts_with("attachment; filename=\"file."),
        "{:?}",
        answer.headers
    );
    assert!(header("content-disposition").contains("filename*=UTF-8''"));
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
}

/// ATT-1, ATT-2, ATT-3, ATT-5: the step of the form, without a script; what was typed and what was taken stay when a
/// file is refused; the petitioner takes back what they sent, bit for bit; officials get a copy that tells nothing.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_files_go_with_a_petition_from_the_page_to_the_desk() {
    for office in on_both("att1").await {
        let cookie = office.begin().await;
        let token = office.shown("/submit/what", &cookie).await.token();
        for (step, words) in
            [("what", "title=a&body=b&wants=c"), ("whom", "n_people=1"), ("contact", "name=Lin&reply=online")]
        {
            let words = format!("token={token}&do=on&{words}");
            let done = office.fill(&format!("/submit/{step}"), &cookie, &words).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        }
        let page = office.shown("/submit/files", &cookie).await;
        assert!(page.text().contains("multipart/form-data") && page.text().contains("type=\"file\""));
        let token = page.token();
        // A form that is not ours brings nothing, whatever stands first in it.
        let photo = photograph();
        let strange = office.bring_to("/submit/files", &cookie, &[("do", "add")], &[("a.jpg", &photo)]).await;
        assert_eq!((strange.status, office.count("upload").await), (StatusCode::FORBIDDEN, 0));
        let own = [("token", token.as_str()), ("do", "on")];
        let large = large_photograph(300_000);
        let files: [(&str, &[u8]); 3] = [
            ("现场.jpg", &photo),
            ("x.svg", b"<svg onload=alert(1)>"),
            ("../../large\u{202e}gpj.jpg", &large),
        ];
        let refused = office.bring_to("/submit/files", &cookie, &own, &files).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text();
        assert!(text.contains("x.svg：这种文件不收") && text.contains("现场.jpg"), "{text}");
        assert!(text.contains("largegpj.jpg") && !text.contains('\u{202e}') && text.contains("拍摄地点"));
        let held = office.app.held(&Holder::of("draft", "")).await.unwrap();
        assert!(held.is_empty(), "another secret opens nothing");
        // A second copy, from which the petitioner takes out what it tells, and one that they take back.
        let more: [(&str, &[u8]); 2] = [("second.jpg", &photo), ("third.pdf", &pdf("/S/Launch"))];
        office.bring_to("/submit/files", &cookie, &own, &more).await;
        let page = office.shown("/submit/files", &cookie).await.text();
        let button = |name: &str, file: &str| {
            let row = page.split("<li class=\"pad\">").find(|row| row.contains(file)).unwrap();
            let at = row.find(&format!("name=\"{name}\" value=\"")).unwrap();
            row[at..].split('"').nth(3).unwrap().to_owned()
        };
        let (strip, remove) = (button("strip", "second.jpg"), button("remove", "third.pdf"));
        office.bring_to("/submit/files", &cookie, &[("token", &token), ("strip", &strip)], &[]).await;
        office.bring_to("/submit/files", &cookie, &[("token", &token), ("remove", &remove)], &[]).await;
        let check = office.shown("/submit/check", &cookie).await;
        let (check, sending) = (check.text(), check.token());
        assert!(check.contains("现场.jpg (") && !check.contains("third.pdf"), "{check}");
        let sent = office.fill("/submit/check", &cookie, &format!("token={sending}&do=on")).await;
        assert_eq!(sent.headers["location"], "/submit/received");
        // What was let go of waits an hour for whoever might be taking it over just now, and for nobody else.
        assert_eq!((office.count("upload").await, office.count("attachment").await), (2, 3));
        let code = cookie.split('=').nth(1).unwrap();
        // A file that comes after the petition was sent is not swallowed: the receipt is shown.
        let late = office.bring_to("/submit/files", &cookie, &own, &[("late.jpg", &photo)]).await;
        assert_eq!(
            (&late.headers["location"], office.count("upload").await),
            (&"/submit/received".parse().unwrap(), 2)
        );

        let follow = office.fill("/follow", "", &format!("code={code}")).await.cookie();
        let page = office.shown("/follow", &follow).await.text();
        assert!(page.contains("href=\"/follow/files/0\"") && page.contains("SHA-256"), "{page}");
        for (index, bytes) in [(0, &photo), (1, &large)] {
            let answer = office.shown(&format!("/follow/files/{index}"), &follow).await;
            is_inert(&answer);
            assert_eq!(&answer.bytes, bytes);
        }
        let name = office.shown("/follow/files/0", &follow).await.headers["content-disposition"].clone();
        assert!(name.to_str().unwrap().ends_with("filename*=UTF-8''%E7%8E%B0%E5%9C%BA.jpg"), "{name:?}");
        let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        let second = office.shown("/follow/files/2", &follow).await;
        assert!(
            !holds(&second.bytes, "canary") && holds(&second.bytes, "drawn"),
            "what was taken out was never sent"
        );
        assert_eq!(office.shown("/follow/files/3", &follow).await.status, StatusCode::NOT_FOUND);

        let staff = office.staff(OFFICE, 0).await;
        let desk = format!("__Host-huiyin-staff={staff}");
        let case_ref = office.history(code).await.petition.submission.unwrap().case_ref;
        let base = format!("/staff/cases/{case_ref}");
        let case = office.shown(&base, &desk).await;
        assert!(case.text().contains(&format!("{base}/files/0")), "{}", case.text());
        let copy = office.shown(&format!("{base}/files/0"), &desk).await;
        is_inert(&copy);
        assert!(!holds(&copy.bytes, "canary") && holds(&copy.bytes, "drawn"));
        // The original: a separate act with a purpose, kept.
        let words = format!("token={}", case.token());
        let nothing = office.fill(&format!("{base}/files/0"), &desk, &words).await;
        assert_eq!((nothing.status, office.originals().await), (StatusCode::UNPROCESSABLE_ENTITY, 0));
        let whole =
            office.fill(&format!("{base}/files/0"), &desk, &format!("{words}&purpose=evidence")).await;
        is_inert(&whole);
        assert_eq!((&whole.bytes, office.originals().await), (&photo, 1));
        // Longer than five minutes after somebody showed who they are it is asked again, and what for is kept (IAM-6).
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(6));
        let asked = format!("{words}&purpose=evidence");
        let again = office.fill(&format!("{base}/files/0"), &desk, &asked).await;
        assert_eq!((again.status, office.originals().await), (StatusCode::FORBIDDEN, 1));
        assert!(again.text().contains("holder_password") && again.text().contains("value=\"evidence\""));
        let request = Request::post(format!("/api/v1/cases/{case_ref}/files/0"))
            .header("authorization", format!("Bearer {staff}"))
            .header("content-type", "application/json");
        let api = office.go(request, b"{\"original\":true,\"purpose\":\"x\"}".to_vec()).await;
        assert_eq!((api.status, office.originals().await), (StatusCode::UNAUTHORIZED, 1));
        let proved = format!("{asked}&holder_password=correct%20horse");
        let whole = office.fill(&format!("{base}/files/0"), &desk, &proved).await;
        assert_eq!((&whole.bytes, office.originals().await), (&photo, 2));
        let kept = office.count("attachment_chunk").await;
        office.go_to(date(2026, 3, 3));
        office.app.forget_expired().await.unwrap();
        assert_eq!((office.count("upload").await, office.count("attachment_chunk").await), (0, kept - 2));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// ATT-1 at the counter: scans of a letter, with a form that comes back with its files; a supplement brings more.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_scans_come_with_a_letter_and_files_with_a_supplement() {
    for office in on_both("att1-counter").await {
        let desk = format!("__Host-huiyin-staff={}", office.staff(OFFICE, 0).await);
        let page = office.shown("/staff/register", &desk).await;
        let (token, text) = (page.token(), page.text());
        let at = text.find("name=\"once\" value=\"").unwrap() + 19;
        let once = text[at..].split('"').next().unwrap().to_owned();
        let mut words = vec![("token", token.as_str()), ("once", once.as_str()), ("channel", "letter")];
        words.extend([("received_on", "2026-03-02"), ("kind", "claim"), ("body", "b"), ("n_people", "1")]);
        let scan = large_photograph(200_000);
        // Without a title the form comes back, with the scan.
        let back = office.bring_to("/staff/register", &desk, &words, &[("scan.jpg", &scan)]).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(back.text().contains("scan.jpg"), "{}", back.text());
        words.push(("title", "来信"));
        let slip = office.bring_to("/staff/register", &desk, &words, &[]).await;
        assert_eq!((slip.status, office.count("attachment").await), (StatusCode::OK, 1), "{}", slip.text());
        // Sent twice it is one, and the files are no reason to take it for another.
        let again = office.bring_to("/staff/register", &desk, &words, &[]).await;
        assert_eq!((again.status, office.count("attachment").await), (StatusCode::OK, 1));

        let (_, made) = office.with_files("s", "claim", &[]).await;
        let code = made["code"].as_str().unwrap();
        let follow = office.fill("/follow", "", &format!("code={code}")).await.cookie();
        let path = "/follow/acts/add_supplement";
        let form = office.shown(path, &follow).await;
        let seen =
            form.text().split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let token = form.token();
        let own = [("token", token.as_str()), ("seen", seen.as_str())];
        let back = office.bring_to(path, &follow, &own, &[("b.jpg", &scan)]).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "what it is must be said");
        assert!(back.text().contains("b.jpg"));
        let own = [&own[..], &[("text", "新的照片")]].concat();
        let done = office.bring_to(path, &follow, &own, &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(office.shown("/follow/files/0", &follow).await.bytes, scan);
        // And over the API.
        let handle = office.handle("c.jpg", &scan).await;
        let version = office.post("/api/v1/track", json!({ "code": code })).await.1["version"].clone();
        let more = json!({ "code": code, "seen": version, "text": "又一张", "files": [handle] });
        let (status, now) = office.post("/api/v1/track/add_supplement", more).await;
        assert_eq!((status, now["files"].as_array().unwrap().len()), (StatusCode::OK, 2), "{now}");
        let wrong = json!({ "code": code, "seen": now["version"], "text": "又一张", "files": [handle] });
        let (status, refused) = office.post("/api/v1/track/add_supplement", wrong).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file_gone")));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// LOG-6 for files: the receipt proves the file that is put beside it, and no other; with our code and without.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_proves_a_file() {
    for office in on_both("att-receipt").await {
        let photo = photograph();
        let handle = office.handle("a.jpg", &photo).await;
        let (status, made) = office.with_files("r", "claim", &[&handle]).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        // Sent again after a lost answer: the same petition, though the file is not waiting any more.
        let (status, again) = office.with_files("r", "claim", &[&handle]).await;
        assert_eq!((status, &again["number"]), (StatusCode::CREATED, &made["number"]));
        let (status, other) = office.with_files("r", "claim", &[]).await;
        assert_eq!((status, &other["code"]), (StatusCode::CONFLICT, &json!("token_used")));
        let asked = json!({ "code": made["code"], "seq": 0, "words": true });
        let request = Request::post("/api/v1/receipt").header("content-type", "application/json");
        let zip = office.go(request, asked.to_string().into_bytes()).await.bytes;
        let mut files: Files = crate::receipt_file::unpack(&zip).unwrap();
        let plain = verify(&files, None, None).unwrap();
        let about = files.iter().find_map(|(name, bytes)| {
            let words = std::str::from_utf8(bytes).ok().filter(|_| name.starts_with("texts/"))?;
            serde_json::from_str::<crate::files::About>(words).ok()
        });
        let about = about.expect("the receipt names the file, its size and its digest");
        assert_eq!(about.sha256, crate::entropy::hex(&store::content::sha256(&photo)));
        let place = format!("files/{}.jpg", about.file);
        files.insert(place.clone(), photo.clone());
        let proved = verify(&files, None, None).unwrap();
        assert_eq!(proved.checked.len(), plain.checked.len() + 1);
        let folder = office.config.key_file.with_extension("file-receipt");
        std::fs::create_dir_all(&folder).unwrap();
        let ask = |files: &Files| {
            std::fs::write(folder.join("receipt.zip"), crate::receipt_file::pack(files).unwrap()).unwrap();
            std::fs::write(folder.join("VERIFY.txt"), &files["VERIFY.txt"]).unwrap();
            let mut python = std::process::Command::new("python3");
            let output = python.args(["VERIFY.txt", "receipt.zip"]).current_dir(&folder).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        assert!(ask(&files).starts_with("GOOD."), "{}", ask(&files));
        files.get_mut(&place).unwrap()[100] ^= 1;
        assert_eq!(verify(&files, None, None).unwrap_err().code(), "content");
        assert!(ask(&files).starts_with("BAD:"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// ATT-1: the limits, and what is refused leaves nothing behind; what is never submitted is forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_limits_hold_and_refusals_leave_nothing() {
    for mut office in on_both("att1-limits").await {
        office.config.files_per_petition = 2;
        office.config.file_megabytes = 1;
        office.config.petition_megabytes = 2;
        let app = App::open(
            &office.config,
            Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap(),
        );
        office.app = Arc::new(app.await.unwrap());
        let mb = 1 << 20;
        for (name, bytes, status, code) in [
            ("a.jpg", Vec::new(), 422, "file_empty"),
            ("a.jpg", large_photograph(mb + 1), 413, "file_too_large"),
            ("a.exe", b"MZ".to_vec(), 415, "file_kind"),
            ("a.png", photograph(), 415, "file_mismatch"),
            ("a.jpg", photograph()[..200].to_vec(), 422, "file_damaged"),
        ] {
            let answer = office.bring(name, &bytes).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)));
        }
        let nothing = (office.count("upload").await, office.count("attachment_chunk").await);
        assert_eq!(nothing, (0, 0), "{}", office.app.database.kind());
        // A body that breaks off.
        let whole = form("file", &[], &[("a.jpg", &photograph())]);
        let request =
            Request::post("/api/v1/files").header("content-type", "multipart/form-data; boundary=x");
        let cut = office.go(request, whole[..whole.len() - 30].to_vec()).await;
        assert_eq!(cut.json()["code"], "file_cut_off");
        assert_eq!((office.count("upload").await, office.count("attachment_chunk").await), (0, 0));
        let big = large_photograph(mb);
        let (one, two) = (office.handle("a.jpg", &big).await, office.handle("b.jpg", &big).await);
        let three = office.handle("c.jpg", &photograph()).await;
        let (status, refused) = office.with_files("m", "claim", &[&one, &two, &three]).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file_too_many")));
        let holder = Holder::of("test", "x");
        let receive = async |bytes: Vec<u8>| {
            let stream = futures_util::stream::iter([Ok::<_, ()>(axum::body::Bytes::from(bytes))]);
            office.app.receive(&holder, "a.jpg", stream).await.unwrap().map(|_| ())
        };
        assert_eq!(receive(big.clone()).await, Ok(()));
        assert_eq!(receive(photograph()).await, Ok(()));
        assert_eq!(receive(photograph()).await, Err(Unfit::TooMany));
        let other = Holder::of("test", "y");
        for n in 0..2 {
            let stream =
                futures_util::stream::iter([Ok::<_, ()>(axum::body::Bytes::from(big[..mb - n].to_vec()))]);
            let expected = if n == 0 { Ok(()) } else { Err(Unfit::Damaged) };
            assert_eq!(office.app.receive(&other, "a.jpg", stream).await.unwrap().map(|_| ()), expected);
        }
        assert_eq!(office.with_files("n", "claim", &[&one]).await.0, StatusCode::CREATED);
        assert!(office.count("attachment_chunk").await > 8);
        assert_eq!(faults(&office.app).await, [""; 0], "what waits is nobody's fault");
        office.go_to(date(2026, 4, 2));
        office.app.forget_expired().await.unwrap();
        assert_eq!(office.count("upload").await, 0);
        assert_eq!(office.count("attachment_chunk").await, 8, "the petition's own stay");
        let (status, gone) = office.with_files("o", "claim", &[&two]).await;
        assert_eq!((status, &gone["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file_gone")));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// ATT-1: below the floor files are refused with a sentence, petitions are not.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_without_room_files_are_refused_and_petitions_are_not() {
    let mut office = office(store::testing::sqlite("att1-room").await.unwrap(), "att1-room").await;
    office.config.disk_floor_megabytes = u64::MAX >> 20;
    let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
    office.app = Arc::new(App::open(&office.config, clock).await.unwrap());
    let answer = office.bring("a.jpg", &photograph()).await;
    assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(answer.text().contains("文字信访照常受理") && answer.text().contains("file_no_room"));
    assert_eq!(office.with_files("p", "claim", &[]).await.0, StatusCode::CREATED);
    let cookie = office.begin().await;
    let token = office.shown("/submit/files", &cookie).await.token();
    let page =
        office.bring_to("/submit/files", &cookie, &[("token", &token)], &[("a.jpg", &photograph())]).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(page.text().contains("文字信访照常受理"));
}

/// ATT-4: what a scanner says is a label. What may do harm is taken for a stated purpose, its bytes unaltered.
#[tokio::test(flavor = "multi_thread")]
async fn att_4_a_label_is_never_a_deletion() {
    for mut office in on_both("att4").await {
        let socket = office.config.key_file.with_extension("clamd");
        let _old = std::fs::remove_file(&socket);
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        tokio::spawn(answer_as_clamd(listener));
        office.config.clamav_socket = socket.clone();
        let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
        office.app = Arc::new(App::open(&office.config, clock).await.unwrap());
        let virus = eicar();
        let handle = office.handle("letter.txt", &virus).await;
        let clean = office.bring("a.jpg", &large_photograph(300_000)).await.json();
        assert_eq!(clean["file"]["verdict"], "clean");
        let (_, made) = office.with_files("v", "claim", &[&handle, clean["handle"].as_str().unwrap()]).await;
        let code = made["code"].as_str().unwrap();
        let files = office.app.attached(&office.history(code).await).await.unwrap();
        let name = "Eicar-Test-Signature".to_owned();
        assert_eq!(files[0].about.verdict, Verdict::Malware(name));
        let desk = format!("__Host-huiyin-staff={}", office.staff(OFFICE, 0).await);
        let case_ref = office.history(code).await.petition.submission.unwrap().case_ref;
        let base = format!("/staff/cases/{case_ref}");
        let case = office.shown(&base, &desk).await;
        assert!(case.text().contains("查出恶意程序：Eicar-Test-Signature"));
        let path = format!("{base}/files/0");
        let asked = office.shown(&path, &desk).await;
        assert_eq!((asked.status, office.originals().await), (StatusCode::SEE_OTHER, 0));
        let words = format!("token={}", case.token());
        assert_eq!(office.fill(&path, &desk, &words).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let taken = office.fill(&path, &desk, &format!("{words}&purpose=analysis")).await;
        is_inert(&taken);
        assert_eq!((&taken.bytes, office.originals().await), (&virus, 1));
        // A scanner that is gone keeps nobody from petitioning.
        std::fs::remove_file(&socket).unwrap();
        assert_eq!(office.bring("a.jpg", &photograph()).await.json()["file"]["verdict"], "failed");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// Speaks clamd's `INSTREAM`: finds EICAR, and nothing else.
async fn answer_as_clamd(listener: tokio::net::UnixListener) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut command = [0; 10];
        stream.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"zINSTREAM\0");
        let mut whole = Vec::new();
        loop {
            let length = stream.read_u32().await.unwrap() as usize;
            if length == 0 {
                break;
            }
            let mut bytes = vec![0; length];
            stream.read_exact(&mut bytes).await.unwrap();
            whole.extend(bytes);
        }
        let virus = eicar();
        let found = whole.windows(virus.len()).any(|part| part == virus);
        let said = if found { "stream: Eicar-Test-Signature FOUND\0" } else { "stream: OK\0" };
        stream.write_all(said.as_bytes()).await.unwrap();
    }
}

/// SCOPE-2 for files: whoever may not know of a matter is answered as if neither it nor its files were there, byte for
/// byte; whoever may know it without who filed it learns how many files there are, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn scope_2_files_follow_the_sight_of_their_matter() {
    for office in on_both("att-scope").await {
        let handle = office.handle("a.jpg", &photograph()).await;
        let (_, made) = office.with_files("sealed", "report", &[&handle]).await;
        let case_ref =
            office.history(made["code"].as_str().unwrap()).await.petition.submission.unwrap().case_ref;
        let take = async |case_ref: &str, index: &str, session: &str| {
            let request = Request::post(format!("/api/v1/cases/{case_ref}/files/{index}"))
                .header("authorization", format!("Bearer {session}"))
                .header("content-type", "application/json");
            let api = office.go(request, b"{\"original\":true,\"purpose\":\"x\"}".to_vec()).await;
            let path = format!("/staff/cases/{case_ref}/files/{index}");
            let page = office.shown(&path, &format!("__Host-huiyin-staff={session}")).await;
            (api, page)
        };
        let owner = office.staff(OFFICE, 0).await;
        let (api, page) = take(case_ref.as_str(), "0", &owner).await;
        is_inert(&api);
        is_inert(&page);
        // The reported unit, a foreign unit; and the office itself about what is not there.
        for (unit, n) in [(HOUSING, 1), (HOUSING, 2), (CITY, 1), (GOVERNMENT, 2)] {
            let session = office.staff(unit, n).await;
            let (api, page) = take(case_ref.as_str(), "0", &session).await;
            // As long as a true one: a page that names its own address is then as long too.
            let nowhere = "0".repeat(case_ref.as_str().len());
            for (other_ref, index) in
                [(nowhere.as_str(), "0"), (case_ref.as_str(), "7"), (case_ref.as_str(), "x")]
            {
                let (other_api, other_page) = take(other_ref, index, &session).await;
                assert_eq!((api.status, page.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
                assert_eq!(
                    (api.status, &api.headers, &api.bytes),
                    (other_api.status, &other_api.headers, &other_api.bytes)
                );
                assert_eq!(page.headers, other_page.headers);
                let neutral = |page: &Answer, reference: &str, index: &str| {
                    page.text().replace(reference, "R").replace(&format!("files%2F{index}"), "F")
                };
                assert_eq!(
                    neutral(&page, case_ref.as_str(), "0"),
                    neutral(&other_page, other_ref, index),
                    "the page names its own address, and nothing else"
                );
            }
        }
        let (known, absent) =
            (take(case_ref.as_str(), "7", &owner).await, take("0123456789abcdef", "7", &owner).await);
        assert_eq!(known.0.bytes, absent.0.bytes, "what is not there is not there");

        // A recused official of the office that sees it, in an ordinary matter.
        let handle = office.handle("b.jpg", &photograph()).await;
        let (_, made) = office.with_files("ordinary", "claim", &[&handle]).await;
        let history = office.history(made["code"].as_str().unwrap()).await;
        let case_ref = history.petition.submission.as_ref().unwrap().case_ref.clone();
        let handler = office.staff(OFFICE, 1).await;
        is_inert(&take(case_ref.as_str(), "0", &handler).await.0);
        office
            .act(Actor::Petitioner { party: 0 }, history.petition.id, |contents| {
                Act::AskRecusal(RecusalAsk {
                    official: Some(official_id(OFFICE, 1)),
                    reason: contents.add("亲属").unwrap(),
                })
            })
            .await
            .unwrap();
        office
            .act(actor(OFFICE, 2), history.petition.id, |contents| {
                Act::DecideRecusal(RecusalDecision {
                    official: official_id(OFFICE, 1),
                    recused: true,
                    successor: None,
                    reason: contents.add("属实").unwrap(),
                })
            })
            .await
            .unwrap();
        let (api, page) = take(case_ref.as_str(), "0", &handler).await;
        let absent = take("0123456789abcdef", "0", &handler).await;
        assert_eq!((api.status, page.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!((&api.headers, &api.bytes), (&absent.0.headers, &absent.0.bytes));
    }
}

/// ENC-1, ENC-2: nothing of a file, its name or what it tells stands in the database in clear; a piece that is put in
/// another's place opens nowhere; and where the petition's key was destroyed, the file is gone and its proof stays.
#[tokio::test(flavor = "multi_thread")]
async fn enc_1_files_are_encrypted_in_their_place() {
    for office in on_both("att-enc").await {
        let (first, second) = (large_photograph(150_000), photograph());
        let one = office.handle("canary-name.jpg", &first).await;
        let two = office.handle("b.jpg", &second).await;
        let (_, made) = office.with_files("e", "claim", &[&one, &two]).await;
        let code = made["code"].as_str().unwrap();
        for table in ["attachment", "attachment_chunk", "upload", "content", "event"] {
            let rows =
                office.app.database.query(&format!("select * from {table}"), Vec::new()).await.unwrap();
            let all = format!("{rows:?}");
            let blobs: Vec<u8> = rows
                .iter()
                .flat_map(|row| row.values())
                .flat_map(|value| match value {
                    store::Value::Blob(bytes) => bytes.clone(),
                    store::Value::Text(text) => text.clone().into_bytes(),
                    store::Value::Null | store::Value::Integer(_) => Vec::new(),
                })
                .collect();
            for canary in ["canary", "drawn here", "image/jpeg"] {
                let held = blobs.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!held && !all.contains(canary), "{table} holds {canary}");
            }
        }
        let follow = office.fill("/follow", "", &format!("code={code}")).await.cookie();
        assert_eq!(office.shown("/follow/files/0", &follow).await.bytes, first);
        // The first pieces of both change places.
        let rows = office
            .app
            .database
            .query("select file_id from attachment_chunk where idx = 0 order by file_id", Vec::new())
            .await
            .unwrap();
        let ids: Vec<String> = rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
        let set = async |from: &str, to: &str| {
            let mut batch = store::Batch::new();
            let sql = "update attachment_chunk set file_id = $1 where file_id = $2 and idx = 0";
            batch.push(store::Write::new(sql, vec![to.into(), from.into()]));
            office.app.database.commit(batch).await.unwrap();
        };
        for (from, to) in [(&ids[0], "x"), (&ids[1], ids[0].as_str()), (&"x".to_owned(), ids[1].as_str())] {
            set(from, to).await;
        }
        let request =
            Request::get("/follow/files/1").header("cookie", &follow).header("sec-fetch-site", "same-origin");
        let response = crate::web::router(office.app.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert!(response.into_body().collect().await.is_err(), "the answer breaks off: never other bytes");
        let found = faults(&office.app).await;
        assert_eq!(found.iter().filter(|line| line.starts_with("attachment ")).count(), 2, "{found:?}");
        for (from, to) in [(&ids[0], "x"), (&ids[1], ids[0].as_str()), (&"x".to_owned(), ids[1].as_str())] {
            set(from, to).await;
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
        let mut batch = store::Batch::new();
        batch.push(store::Write::new("update petition_key set wrapped = $1", vec![Vec::new().into()]));
        office.app.database.commit(batch).await.unwrap();
        assert_eq!(office.shown("/follow/files/0", &follow).await.status, StatusCode::NOT_FOUND);
        let found = faults(&office.app).await;
        assert!(
            found.len() == 1 && found[0].starts_with("petition_key "),
            "the files' proofs stay: {found:?}"
        );
    }
}
