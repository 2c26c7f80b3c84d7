//! Receipts: complete when the petitioner is answered, verified without our code and without a network, true of every
//! step that concerns them, and of nothing else (LOG-6, CORE-2).

use super::*;
use crate::receipt_file::{pack, unpack};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ledger::checkpoint::Checkpoint;
use ledger::cosign::Cosigner;
use ledger::note::Signer;
use ledger::proof::Proof;
use ledger::receipt::{EVENTS, Files, KEYS, Keys, POLICY, PROOF, RECORD, VERIFY, text_name, verify};
use ledger::record::{Record, commit, entry_bytes};
use ledger::tree::{Edge, leaf_hash};
use std::path::PathBuf;
use std::process::Command;
use store::log::{Keeper, feed, proof};

/// A folder in which the carried program runs as a petitioner would run it, on a machine without a network.
pub(super) struct Desk(PathBuf);

impl Desk {
    pub(super) fn new(office: &Office) -> Desk {
        let folder = office.config.key_file.with_extension("receipts");
        std::fs::create_dir_all(&folder).unwrap();
        Desk(folder)
    }

    /// Runs the very text of `VERIFY.txt` that lies in the receipt; what it says and whether it is content.
    pub(super) fn ask(&self, files: &Files) -> (bool, String) {
        std::fs::write(self.0.join("receipt.zip"), pack(files).unwrap()).unwrap();
        std::fs::write(self.0.join("VERIFY.txt"), &files["VERIFY.txt"]).unwrap();
        let output = Command::new("unshare")
            .args(["-rn", "python3", "VERIFY.txt", "receipt.zip"])
            .current_dir(&self.0)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("GOOD") || said.starts_with("BAD"), "{output:?}");
        (output.status.success(), said)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

impl Office {
    pub(super) async fn raw(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    pub(super) async fn take(&self, asked: Value) -> Result<Files, StatusCode> {
        let request = Request::post("/api/v1/receipt").header("content-type", "application/json");
        let (status, headers, zip) = self.raw(request.body(Body::from(asked.to_string())).unwrap()).await;
        if status != StatusCode::OK {
            return Err(status);
        }
        assert_eq!(headers["content-type"], "application/zip");
        assert_eq!(headers["cache-control"], "no-store");
        Ok(unpack(&zip).unwrap())
    }

    /// What the page at `/verify` says of a file.
    pub(super) async fn dropped(&self, zip: &[u8]) -> (StatusCode, String) {
        let head = "--x\r\ncontent-disposition: form-data; name=\"receipt\"; filename=\"receipt.zip\"\r\ncontent-type: application/zip\r\n\r\n";
        let body = [head.as_bytes(), zip, b"\r\n--x--\r\n"].concat();
        let request = Request::post("/verify")
            .header("content-type", "multipart/form-data; boundary=x")
            .header("sec-fetch-site", "same-origin");
        let (status, _, page) = self.raw(request.body(Body::from(body)).unwrap()).await;
        (status, String::from_utf8(page).unwrap())
    }

    async fn code_of(&self, token: &str) -> (String, Value) {
        let body = json!({
            "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "楼道堆物", "body": "三号楼的楼道堵住了。",
            "identity": { "name": "林某", "phone": "13800138000" }, "token": token,
        });
        let (status, answer) = self.post("/api/v1/petitions", body).await;
        assert_eq!(status, StatusCode::CREATED);
        (answer["code"].as_str().unwrap().to_owned(), answer["receipt"].clone())
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// Puts a receipt together from nothing but the answer.
fn assembled(receipt: &Value) -> Files {
    let bytes = |name: &str| BASE64.decode(text(receipt, name)).unwrap();
    [
        (PROOF, text(receipt, "proof").as_bytes().to_vec()),
        (RECORD, bytes("record")),
        (EVENTS, bytes("events")),
        (KEYS, format!("ekey {}\n", text(receipt, "ekey")).into_bytes()),
        (POLICY, text(receipt, "policy").as_bytes().to_vec()),
        ("VERIFY.txt", VERIFY.as_bytes().to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn log_6_the_answer_to_a_submission_holds_everything_that_proves_it() {
    for office in on_both("receipt-201").await {
        let desk = Desk::new(&office);
        // Several at once share a commit and differ in their place.
        let mut all =
            tokio::join!(office.code_of("a"), office.code_of("b"), office.code_of("c"), office.code_of("a"));
        all.3.1["index"] = json!(u64::MAX);
        let mut indexes = std::collections::BTreeSet::new();
        for (_, receipt) in [&all.0, &all.1, &all.2] {
            let files = assembled(receipt);
            let verdict = verify(&files, None, None).unwrap();
            assert_eq!(
                (verdict.index, verdict.kind.as_str()),
                (receipt["index"].as_u64().unwrap(), "submit")
            );
            assert_eq!(verdict.origin, text(receipt, "origin"));
            assert!(!verdict.witnessed && verdict.sure);
            assert!(text(receipt, "proof").ends_with(text(receipt, "checkpoint")));
            indexes.insert(verdict.index);
            let (good, said) = desk.ask(&files);
            assert!(good && said.contains("submit"), "{said}");
        }
        assert_eq!(indexes.len(), 3);
        // Whoever lost the answer gets it again, as good.
        let again = office.code_of("a").await.1;
        assert_eq!(again["index"], all.0.1["index"]);
        assert_eq!(verify(&assembled(&again), None, None).unwrap().index, all.0.1["index"].as_u64().unwrap());
        assert_eq!(record::faults(&office.app).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_6_each_of_twelve_changes_to_the_file_is_found_with_our_code_and_without() {
    for office in on_both("receipt-12").await {
        let desk = Desk::new(&office);
        let (code, _) = office.code_of("m").await;
        let files = office.take(json!({ "code": code, "words": true })).await.unwrap();
        let verdict = verify(&files, None, None).unwrap();
        assert_eq!(verdict.checked.len(), 2, "title and text, not who filed it");
        assert!(desk.ask(&files).0);

        let other = Signer::new(&verdict.origin, &[7; 32]).unwrap();
        let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let mut files = files.clone();
            change(files.get_mut(name).unwrap());
            files
        };
        let proof = |change: &dyn Fn(&mut Proof)| {
            changed(PROOF, &|bytes| {
                let mut proof = Proof::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
                change(&mut proof);
                *bytes = proof.to_string().into_bytes();
            })
        };
        let checkpoint = |change: &dyn Fn(&mut Checkpoint)| {
            proof(&|proof| {
                let (mut checkpoint, mut note) = Checkpoint::of_note(&proof.checkpoint).unwrap();
                change(&mut checkpoint);
                note.text = checkpoint.text();
                proof.checkpoint = note.to_string();
            })
        };
        let keys = |change: &dyn Fn(&mut Keys)| {
            changed(KEYS, &|bytes| {
                let mut keys = Keys::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
                change(&mut keys);
                *bytes = keys.to_string().into_bytes();
            })
        };
        let words = files.keys().find(|name| name.starts_with("texts/")).unwrap().clone();
        let mutations: [(&str, Files); 12] = [
            ("text", changed(&words, &|text| text.extend_from_slice("。".as_bytes()))),
            ("index", proof(&|proof| proof.index ^= 1)),
            ("sibling", proof(&|proof| proof.path[0][0] ^= 1)),
            ("size", checkpoint(&|checkpoint| checkpoint.size += 16)),
            ("root", checkpoint(&|checkpoint| checkpoint.root[31] ^= 1)),
            ("origin", checkpoint(&|checkpoint| checkpoint.origin.push('x'))),
            (
                "signature",
                proof(&|proof| {
                    let (_, mut note) = Checkpoint::of_note(&proof.checkpoint).unwrap();
                    note.signatures[0].bytes[9] ^= 1;
                    proof.checkpoint = note.to_string();
                }),
            ),
            ("ekey", keys(&|keys| keys.ekey[0] ^= 1)),
            ("ckey", keys(&|keys| keys.contents.values_mut().next().unwrap()[0] ^= 1)),
            ("file", changed(EVENTS, &|events| events[10] ^= 1)),
            (
                "time",
                changed(RECORD, &|bytes| {
                    let original = bytes.clone();
                    let mut record = Record::decode(&original).unwrap();
                    record.at -= 86_400_000;
                    *bytes = record.encode();
                }),
            ),
            (
                "key of another log",
                changed(POLICY, &|policy| {
                    *policy = format!("log {}\nquorum none\n", other.verifier()).into_bytes()
                }),
            ),
        ];
        for (name, forged) in mutations {
            let forged = unpack(&pack(&forged).unwrap()).unwrap();
            assert!(verify(&forged, None, None).is_err(), "{name}: our code");
            let (good, said) = desk.ask(&forged);
            assert!(!good && said.starts_with("BAD"), "{name}: the carried program says {said}");
            let (status, page) = office.dropped(&pack(&forged).unwrap()).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains("凭证无效") && page.contains("card--bad"), "{name}: the page");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn core_2_every_step_that_the_petitioner_sees_has_a_receipt_and_no_other() {
    for office in on_both("receipt-story").await {
        let desk = Desk::new(&office);
        let (id, code) = office.answered().await;
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let rated = json!({ "code": code, "seen": seen["version"], "unit": "fairly", "office": "satisfied" });
        assert_eq!(office.post("/api/v1/track/rate", rated).await.0, StatusCode::OK);
        office.go_to(date(2026, 4, 2));
        office.app.tick().await.unwrap();
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(seen["stage"], "lapsed");
        let story = seen["story"].as_array().unwrap();
        assert!(story.len() >= 9, "{story:?}");
        let mut kinds = Vec::new();
        for event in story {
            let files = office.take(json!({ "code": code, "seq": event["seq"] })).await.unwrap();
            let verdict = verify(&files, None, None).unwrap();
            assert_eq!(
                (verdict.seq, verdict.index),
                (event["seq"].as_u64().unwrap(), event["index"].as_u64().unwrap())
            );
            assert!(!files.keys().any(|name| name.starts_with("texts/")), "no words unless asked for");
            let said = desk.ask(&files);
            assert!(said.0, "{}", said.1);
            assert!(office.dropped(&pack(&files).unwrap()).await.1.contains("凭证有效"), "{}", verdict.kind);
            kinds.push(verdict.kind);
        }
        for kind in ["submit", "register", "forward", "accept", "issue_opinion", "serve", "rate", "pass"] {
            assert!(kinds.iter().any(|known| known == kind), "{kind} is not among {kinds:?}");
        }
        // What is not told has none, and neither has what does not exist: here that another petition refers to it.
        let later = json!({
            "kind": "claim", "office": unit_id(OFFICE).to_string(), "title": "新的证据", "body": "新的合同。",
            "token": "later", "earlier_code": code,
        });
        assert_eq!(office.post("/api/v1/petitions", later).await.0, StatusCode::CREATED);
        let told: Vec<u64> = story.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        // Beside the story each letter became a file: those to the petitioner have a receipt, those between units have none.
        let letters = &history.petition.letters;
        assert_eq!(history.records.len(), told.len() + 1 + letters.len());
        let own = letters.iter().enumerate().filter(|(_, letter)| letter.signed.to_petitioner);
        let own: Vec<u64> = own.filter_map(|(n, _)| crate::letter::issued_at(&history, n)).collect();
        assert!(own.len() >= 3 && own.len() < letters.len(), "{letters:?}");
        for seq in &own {
            let files = office.take(json!({ "code": code, "seq": seq })).await.unwrap();
            assert_eq!(verify(&files, None, None).unwrap().kind, "issue_letter");
        }
        let seqs = history.records.iter().map(|record| record.seq).chain([1, 999]);
        for seq in seqs.filter(|seq| !told.contains(seq) && !own.contains(seq)) {
            let refused = office.take(json!({ "code": code, "seq": seq })).await;
            assert_eq!(refused.err(), Some(StatusCode::NOT_FOUND), "{seq}");
        }
        assert_eq!(record::faults(&office.app).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_go_along_only_when_asked_for_and_never_those_of_officials_or_who_somebody_is() {
    for office in on_both("receipt-words").await {
        let (_, code) = office.answered().await;
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let mut carried = String::new();
        for event in seen["story"].as_array().unwrap() {
            let asked = json!({ "code": code, "seq": event["seq"], "words": true });
            let files = office.take(asked).await.unwrap();
            let verdict = verify(&files, None, None).unwrap();
            let texts: Vec<_> = files.iter().filter(|(name, _)| name.starts_with("texts/")).collect();
            assert_eq!(verdict.checked.len(), texts.len());
            texts.iter().for_each(|(_, text)| carried.push_str(std::str::from_utf8(text).unwrap()));
            let keys = Keys::parse(std::str::from_utf8(&files[KEYS]).unwrap()).unwrap();
            assert!(
                keys.contents.keys().all(|id| files.contains_key(&text_name(id))),
                "no key without its words"
            );
        }
        for words in ["二期停工九个月", "明确复工和交房时间", "听取了陈述", "停工属实", "督促复工"]
        {
            assert!(carried.contains(words), "{words}");
        }
        for words in ["林某", "13800138000", "请依法办理", "均不适用", "本人签收"] {
            assert!(!carried.contains(words), "{words}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_witnessed_once_a_published_checkpoint_was_cosigned() {
    for office in on_both("receipt-witness").await {
        let desk = Desk::new(&office);
        let witness = Cosigner::new("witness.example/w", &[3; 32]).unwrap();
        let stranger = Cosigner::new("stranger.example/s", &[4; 32]).unwrap();
        let mut config = office.config.clone();
        config.witnesses = vec![format!("http://witness.example/ {}", witness.verifier())];
        let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
        let app = Arc::new(App::open(&config, clock).await.unwrap());
        let office = Office { app, config, scratch: office.scratch };
        let (code, _) = office.code_of("w").await;
        let asked = json!({ "code": code });
        let before = verify(&office.take(asked.clone()).await.unwrap(), None, None).unwrap();
        assert!(!before.witnessed);

        // A stranger's word counts for nothing; the office's own witness comes later.
        let database = &office.app.database;
        let keep = async |cosigner: &Cosigner| {
            let head = store::log::head(database).await.unwrap().unwrap();
            let signed = proof::signed(database, &head, head.size() - 1).await.unwrap();
            feed::publish(database, &head, head.size(), "2026-03-02T02:10:00.000Z").await.unwrap();
            let line = cosigner.cosign(&signed.checkpoint.text(), 1_772_417_400);
            let name = cosigner.name();
            feed::keep_cosignature(database, &head, head.size(), name, line.trim_end()).await.unwrap();
        };
        keep(&stranger).await;
        assert!(!verify(&office.take(asked.clone()).await.unwrap(), None, None).unwrap().witnessed);
        let later = office.code_of("later").await.0;
        keep(&witness).await;
        let files = office.take(asked.clone()).await.unwrap();
        let verdict = verify(&files, None, None).unwrap();
        assert_eq!(verdict.witnesses, [("witness.example/w".to_owned(), 1_772_417_400)]);
        assert!(verdict.witnessed && verdict.index == before.index && verdict.size > before.size);
        let (good, said) = desk.ask(&files);
        assert!(good && said.contains("witness.example/w"), "{said}");
        let (_, seen) = office.post("/api/v1/track", asked).await;
        assert_eq!(seen["story"][0]["witnessed"], true);
        let page = office.dropped(&pack(&files).unwrap()).await.1;
        assert!(page.contains("witness.example/w，2026年3月2日 10:10已看到"), "{page}");
        assert!(verify(&office.take(json!({ "code": later })).await.unwrap(), None, None).unwrap().witnessed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_petitioners_session_takes_no_receipt_of_another_petition() {
    for office in on_both("receipt-session").await {
        let (id, _) = office.answered().await;
        let own =
            office.app.submit(&Actor::Petitioner { party: 0 }, submission("own")).await.unwrap().petition;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let seq = history.records.iter().find(|record| record.kind == "register").unwrap().seq;
        let session = async |id| {
            let cookie = format!("__Host-huiyin-follow={}", office.app.follow(id, 0).await.unwrap());
            let request = Request::get("/follow").header("cookie", &cookie).body(Body::empty()).unwrap();
            let page = String::from_utf8(office.raw(request).await.2).unwrap();
            let token =
                page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            (cookie, token)
        };
        let take = async |cookie: &str, token: &str, seq: u64| {
            let request = Request::post("/follow/receipt")
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded");
            let body = Body::from(format!("token={token}&seq={seq}"));
            office.raw(request.body(body).unwrap()).await
        };
        let (theirs, own) = (session(id).await, session(own).await);
        let (status, _, zip) = take(&theirs.0, &theirs.1, seq).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(verify(&unpack(&zip).unwrap(), None, None).unwrap().kind, "register");
        assert_eq!(take(&own.0, &own.1, seq).await.0, StatusCode::NOT_FOUND);
        let (_, _, zip) = take(&own.0, &own.1, 0).await;
        assert_eq!(
            verify(&unpack(&zip).unwrap(), None, None).unwrap().stream,
            *office.app.followed(own.0.split('=').nth(1).unwrap()).await.unwrap().unwrap().0.0.as_bytes()
        );
        assert_eq!(take(&own.0, &theirs.1, 0).await.0, StatusCode::FORBIDDEN, "a form of somebody else");
        assert_eq!(take("none=1", &own.1, 0).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_a_receipt_is_worth_and_keeps_nothing() {
    for office in on_both("receipt-page").await {
        let (code, _) = office.code_of("p").await;
        let files = office.take(json!({ "code": code, "words": true })).await.unwrap();
        let zip = pack(&files).unwrap();
        let (status, page) = office.dropped(&zip).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("凭证有效") && page.contains("收到反映的问题") && page.contains("附上2段"),
            "{page}"
        );
        assert!(!page.contains("楼道"), "the words themselves are not shown");

        // Signed by a key that calls itself our log.
        let origin = verify(&files, None, None).unwrap().origin;
        let forge = |signer: &Signer| {
            let record_bytes = &files[RECORD];
            let keys = Keys::parse(std::str::from_utf8(&files[KEYS]).unwrap()).unwrap();
            let mut edge = Edge::default();
            edge.push(leaf_hash(&entry_bytes(&commit(&keys.ekey, record_bytes))));
            let checkpoint = Checkpoint { origin: origin.clone(), size: 1, root: edge.root() };
            let proof =
                Proof { extra: None, index: 0, path: Vec::new(), checkpoint: checkpoint.signed(signer) };
            let mut forged = files.clone();
            forged.insert(PROOF.to_owned(), proof.to_string().into_bytes());
            let policy = format!("log {}\nquorum none\n", signer.verifier());
            forged.insert(POLICY.to_owned(), policy.into_bytes());
            assert!(verify(&forged, None, None).is_ok(), "it holds together");
            pack(&forged).unwrap()
        };
        let forged = forge(&Signer::new(&origin, &[9; 32]).unwrap());
        assert!(office.dropped(&forged).await.1.contains("是伪造的"));
        // Signed by our own key, of a history that is not the log's: somebody has rewritten it.
        let key = crate::keyfile::read(&office.config.key_file).unwrap();
        let keeper = Keeper::new(&key, &office.config.log_origin);
        let page = office.dropped(&forge(keeper.signer(&origin).unwrap().log())).await.1;
        assert!(page.contains("日志却对不上") && page.contains("card--bad"), "{page}");

        for size in [(1 << 20) + 1, 3 << 20] {
            let (status, page) = office.dropped(&vec![0; size]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains("超过1 MB"), "{page}");
        }
        for (sent, said) in [(&b""[..], "请先选择"), (b"no zip at all", "打不开")] {
            let (status, page) = office.dropped(sent).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains(said), "{page}");
        }
    }
}
