//! Letters on pages: what they say of whoever filed a matter, to whom (ACC-5), and where they say a remedy goes (REC-2).

use super::*;

pub(super) const NAME: &str = "欧阳雪梅";
const PHONE: &str = "13800138000";
const ADDRESS: &str = "青河路7号2单元301室";

/// A claim whose texts name the petitioner wherever people write.
pub(super) fn outspoken(confidential: bool) -> NewSubmission {
    NewSubmission {
        title: format!("{NAME}反映二期停工，电话138 0013 8000"),
        requests: vec![format!("请联系{NAME}（{ADDRESS}），明确交房时间")],
        identity: json!({ "name": NAME, "phone": PHONE, "address": ADDRESS }).to_string(),
        respondent: Some(unit_id(HOUSING)),
        confidential,
        ..submission("outspoken")
    }
}

pub(super) fn says(page: &str) -> Vec<&'static str> {
    let told: String = page.chars().filter(|character| !character.is_whitespace()).collect();
    [NAME, PHONE, ADDRESS].into_iter().filter(|field| told.contains(field)).collect()
}

/// The words of a file, in the order in which they are read; what stands outside of them, as its title, with them.
pub(super) fn words_of(pdf: &[u8]) -> String {
    use std::io::Write as _;
    let run = |program: &str, arguments: &[&str]| {
        let mut child = std::process::Command::new(program)
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; scripts/ensure.sh test installs it"));
        child.stdin.take().unwrap().write_all(pdf).unwrap();
        String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
    };
    (run("pdftotext", &["-raw", "-", "-"]) + &run("pdfinfo", &["-"])).replace('\u{200b}', "")
}

impl Office {
    pub(super) async fn printed(
        &self,
        path: &str,
        cookie: &str,
    ) -> (StatusCode, Vec<u8>, axum::http::HeaderMap) {
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec(), headers)
    }
}

/// ACC-5: in a confidential matter, letters between offices and whatever the unit complained of reads say nothing of who
/// filed it, though the petitioner's own words do; the petitioner's own letters do.
#[tokio::test(flavor = "multi_thread")]
async fn acc_5_letters_of_a_confidential_matter_do_not_say_who_filed_it() {
    for office in on_both("acc5").await {
        let (id, code) = office.answered_to(outspoken(true)).await;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let case_ref = history.petition.submission.as_ref().unwrap().case_ref.clone();
        let mut sessions = Vec::new();
        for (unit, n) in [(HOUSING, 1), (HOUSING, 2), (OFFICE, 0)] {
            let login = format!("u{unit}n{n}");
            office.app.set_account(&login, official_id(unit, n), "correct horse").await.unwrap();
            sessions.push((unit, office.log_in(&login).await));
        }
        let (mut internal, mut own) = (0, 0);
        for (index, letter) in history.petition.letters.iter().enumerate() {
            for (unit, session) in &sessions {
                let path = format!("/staff/cases/{case_ref}/letters/{index}");
                let (status, page) = office.page(&path, session).await;
                assert_eq!(status, StatusCode::OK, "{page}");
                let to_petitioner = letter.signed.to_petitioner;
                if *unit == HOUSING || !to_petitioner {
                    assert_eq!(says(&page), [""; 0], "{} to {unit}: {page}", letter.signed.letter);
                    assert!(page.contains("二期停工"), "the matter itself is said: {page}");
                    // Nor does the file that is printed from it, in its words or its title.
                    let (status, pdf, headers) = office
                        .printed(&format!("{path}/pdf"), &format!("__Host-huiyin-staff={session}"))
                        .await;
                    assert!(status == StatusCode::OK && pdf.starts_with(b"%PDF-"), "{status}");
                    assert_eq!(headers["cache-control"], "no-store");
                    let words = words_of(&pdf);
                    assert_eq!(says(&words), [""; 0], "{} to {unit}: {words}", letter.signed.letter);
                    assert!(words.replace('\n', "").contains("二期停工"), "{words}");
                    internal += 1;
                }
            }
            own += usize::from(letter.signed.to_petitioner);
        }
        assert!(internal >= 5 && own >= 2, "{internal} {own}");
        // To the petitioner the letter says everything: it is theirs.
        let request = Request::post("/follow")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(format!("code={code}"))).unwrap();
        let response = crate::web::router(office.app.clone()).oneshot(request).await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let opinion =
            history.petition.letters.iter().position(|letter| letter.signed.letter == *"opinion").unwrap();
        let (status, pdf, headers) = office.printed(&format!("/follow/letters/{opinion}/pdf"), &cookie).await;
        assert_eq!(status, StatusCode::OK);
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.contains(&format!("letter-{}.pdf", opinion + 1)), "{disposition}");
        let told = words_of(&pdf);
        assert_eq!(says(&told), [NAME, PHONE, ADDRESS], "{told}");
        assert_eq!(office.printed("/follow/letters/99/pdf", &cookie).await.0, StatusCode::NOT_FOUND);
        let between =
            history.petition.letters.iter().position(|letter| !letter.signed.to_petitioner).unwrap();
        let address = format!("/follow/letters/{between}/pdf");
        assert_eq!(
            office.printed(&address, &cookie).await.0,
            StatusCode::NOT_FOUND,
            "none of the petitioner's"
        );
        let request = Request::get(format!("/follow/letters/{opinion}")).header("cookie", cookie);
        let response = crate::web::router(office.app.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(says(&page), [NAME, PHONE, ADDRESS], "{page}");
    }
}

/// REC-2: the organ that a letter names for the review is the one to which a review would go: not the one above, when only
/// somebody whom the matter is about could decide there.
#[tokio::test(flavor = "multi_thread")]
async fn rec_2_a_letter_sends_nobody_to_whom_the_matter_is_about() {
    for office in on_both("rec2-letter").await {
        for (named, expected, other) in [
            (Vec::new(), "望湖区人民政府", "明川市人民政府"),
            (vec![official_id(GOVERNMENT, 2)], "明川市人民政府", "望湖区人民政府"),
        ] {
            let new = NewSubmission { named: named.clone(), ..submission(&format!("r{}", named.len())) };
            let (id, _) = office.answered_to(new).await;
            let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
            let case_ref = history.petition.submission.as_ref().unwrap().case_ref.clone();
            office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
            let session = office.log_in("clerk").await;
            let opinion = history
                .petition
                .letters
                .iter()
                .position(|letter| letter.signed.letter == *"opinion")
                .unwrap();
            let (_, page) =
                office.page(&format!("/staff/cases/{case_ref}/letters/{opinion}"), &session).await;
            assert!(page.contains(expected) && !page.contains(other), "{named:?}: {page}");
        }
    }
}

/// The proof of service (procedure.md §5, 17) as three read it: who handles a matter without the name, who has opened the name,
/// and who comes back once the letter is served; in an ordinary matter and in one that is to stay confidential. ACC-5.
#[tokio::test(flavor = "multi_thread")]
async fn acc_5_a_proof_of_service_can_be_signed_by_whom_it_names_and_shows_no_other_who_that_is() {
    for office in on_both("proof").await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        for confidential in [false, true] {
            let clerk = office.log_in("clerk").await;
            let cookie = format!("__Host-huiyin-staff={clerk}");
            let new = NewSubmission {
                token: Some(format!("proof-{confidential}-0123456789")),
                ..outspoken(confidential)
            };
            let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
            let petition = office.forwarded(id).await;
            let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
            let letter = petition.letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
            let path = format!("/staff/cases/{case_ref}/letters/{letter}");
            let proof = format!("{path}/service");
            let told = async || {
                let (status, pdf, headers) = office.printed(&proof, &cookie).await;
                assert_eq!(status, StatusCode::OK);
                assert_eq!(headers["cache-control"], "no-store");
                let words = words_of(&pdf);
                let one_page = words.lines().any(|line| line.starts_with("Pages:") && line.ends_with(" 1"));
                assert!(words.contains("送达回证") && one_page, "{words}");
                words
            };
            // Without the name nobody could have it signed: a copy, which no page offers.
            let words = told().await;
            assert_eq!(says(&words), [""; 0], "{words}");
            assert!(words.contains("不予显示") && !words.contains("签名"), "{words}");
            assert!(!office.page(&path, &clerk).await.1.contains(&proof));
            // With the name it is a form; where nobody else may know, nobody else takes or witnesses it.
            let fields = format!(
                "field=name&letter={letter}&purpose=serve&words=%E9%80%81%E8%BE%BE%E6%96%87%E4%B9%A6"
            );
            let identity = format!("/staff/cases/{case_ref}/identity");
            assert_eq!(office.form(&identity, &clerk, &fields).await.1, path);
            assert!(office.page(&path, &clerk).await.1.contains(&proof));
            let words = told().await;
            assert_eq!(says(&words), [NAME], "{words}");
            assert!(
                words.contains("受送达人签名") && words.contains("□ 当面送达") && !words.contains('■'),
                "{words}"
            );
            for others in ["留置送达", "代收人签名", "见证人签名", "拒收"] {
                assert_eq!(words.contains(others), !confidential, "{others}: {words}");
            }
            let (_, english, _) = office.printed(&proof, &format!("{cookie}; __Host-huiyin-lang=en")).await;
            assert!(words_of(&english).contains("Proof of service"));
            // What passes between units is served on nobody, and a letter that is not there has no proof.
            let internal = petition.letters.iter().position(|letter| !letter.signed.to_petitioner).unwrap();
            for absent in [internal, 99] {
                let path = format!("/staff/cases/{case_ref}/letters/{absent}/service");
                assert_eq!(office.printed(&path, &cookie).await.0, StatusCode::NOT_FOUND, "{absent}");
            }
            // Served: how it went, as it was recorded, and nothing to sign.
            office
                .act(actor(OFFICE, 0), id, |contents| {
                    Act::Serve(Service {
                        letter: u32::try_from(letter).unwrap(),
                        method: ServiceMethod::InPerson,
                        proof: contents.add("本人签收").unwrap(),
                    })
                })
                .await
                .unwrap();
            let words = told().await;
            assert!(words.contains("■ 当面送达") && words.contains("不是签收原件"), "{words}");
            assert!(!words.contains("签名"), "{words}");
            office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(11));
            let words = told().await;
            assert_eq!(says(&words), [""; 0], "{words}");
            assert!(words.contains("■ 当面送达") && office.page(&path, &clerk).await.1.contains(&proof));
        }
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// Documents 3 and 4: the unit reads in the letter what is asked for, what comes with it, and until when it may object.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_between_units_says_what_is_asked_and_encloses_what_came() {
    for (office, confidential) in on_both("enclosed")
        .await
        .into_iter()
        .zip([false, false])
        .chain(on_both("enclosed2").await.into_iter().zip([true, true]))
    {
        let photo = office.handle("工地照片.jpg", &crate::files::samples::photograph()).await;
        let files = vec![crate::app::attach::Holder::handle(&photo)];
        let new = NewSubmission { files, ..outspoken(confidential) };
        let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
        let petition = office.forwarded(id).await;
        let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
        let forward = |letter: &casework::petition::SignedLetter| letter.signed.letter == *"forward_letter";
        let index = petition.letters.iter().position(forward).unwrap();
        office.app.set_account("clerk2", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let session = office.log_in("clerk2").await;
        let path = format!("/staff/cases/{case_ref}/letters/{index}/pdf");
        let (status, pdf, _) = office.printed(&path, &format!("__Host-huiyin-staff={session}")).await;
        assert_eq!(status, StatusCode::OK);
        let words: String = words_of(&pdf).chars().filter(|c| !c.is_whitespace()).collect();
        for said in ["信访人的请求：1.", "不迟于2026年3月9日向"] {
            assert!(words.contains(said), "{said}: {words}");
        }
        // What a file is called may tell whose it is: the unit complained of, which gets this very letter, reads how many there are.
        let enclosed =
            if confidential { "附件：1个文件，名称不列" } else { "附件：1.工地照片.jpg" };
        assert!(words.contains(enclosed) && words.contains("工地照片") != confidential, "{words}");
    }
}
