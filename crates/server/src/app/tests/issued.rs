//! Letters as files: issued once when they are signed, served only then, kept as they are, and checked by whoever holds one
//! (architecture §10.22).

use super::letters::{outspoken, says, words_of};
use super::*;
use crate::doctor::{Level, examine};
use crate::receipt_file::unpack;
use casework::codes::LetterMark;
use ledger::receipt::verify;
use std::io::Write as _;
use store::content::sha256;
use store::history;

impl Office {
    /// What `/verify/letter` says of a mark, a file, or both.
    pub(super) async fn checked(&self, mark: &str, file: &[u8], lang: &str) -> (StatusCode, String) {
        let part = |name: &str, more: &str| {
            format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        };
        let body = [
            part("mark", "").as_bytes(),
            mark.as_bytes(),
            b"\r\n",
            part("file", "; filename=\"letter.pdf\"\r\ncontent-type: application/pdf").as_bytes(),
            file,
            b"\r\n--x--\r\n",
        ]
        .concat();
        let request = Request::post("/verify/letter")
            .header("content-type", "multipart/form-data; boundary=x")
            .header("cookie", format!("__Host-huiyin-lang={lang}"))
            .header("sec-fetch-site", "same-origin");
        // In pieces, as it comes over a network.
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            body.chunks(64 * 1024).map(|piece| Ok(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let (status, headers, page) = self.raw(request.body(body).unwrap()).await;
        assert_eq!(headers["cache-control"], "no-store");
        (status, String::from_utf8(page).unwrap())
    }

    /// The cookie of whoever follows a petition.
    pub(super) async fn following(&self, code: &str) -> String {
        let request = Request::post("/follow")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(format!("code={code}"))).unwrap();
        let (_, headers, _) = self.raw(request).await;
        headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

/// The QR code on the last page of a file, read off the picture as a camera would.
fn scanned(pdf: &[u8]) -> Option<String> {
    let mut child = std::process::Command::new("pdftoppm")
        .args(["-r", "200", "-gray", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("pdftoppm: {error}; scripts/ensure.sh test installs it"));
    let (mut input, pdf) = (child.stdin.take().unwrap(), pdf.to_vec());
    let feeding = std::thread::spawn(move || input.write_all(&pdf));
    let pages = child.wait_with_output().unwrap().stdout;
    feeding.join().unwrap().unwrap();
    // PGM: "P5 width height 255", one byte for each dot, one page after the other.
    let (mut rest, mut read) = (pages.as_slice(), None);
    while !rest.is_empty() {
        let mut numbers = [0; 3];
        let mut words = rest.splitn(5, |byte| byte.is_ascii_whitespace());
        assert_eq!(words.next(), Some(b"P5".as_slice()));
        for number in &mut numbers {
            *number = std::str::from_utf8(words.next().unwrap()).unwrap().parse().unwrap();
        }
        let [width, height, 255] = numbers else { panic!("{numbers:?}") };
        let dots = words.next().unwrap();
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| dots[y * width + x]);
        for grid in picture.detect_grids() {
            read = grid.decode().ok().map(|(_, text)| text).or(read);
        }
        rest = &dots[width * height..];
    }
    read
}

/// The place of a letter in a petition's list.
pub(super) fn place(petition: &Petition, name: &str) -> usize {
    petition.letters.iter().position(|letter| letter.signed.letter == *name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_letter_is_one_file_for_good_and_whoever_holds_it_can_check_it() {
    for office in on_both("issued").await {
        let (id, code) = office.answered_to(outspoken(false)).await;
        let petition = history::load(&office.app.database, id).await.unwrap().unwrap().petition;
        assert!(petition.letters.len() >= 4);
        assert!(petition.letters.iter().all(|letter| letter.issued.is_some()), "{:?}", petition.letters);
        let opinion = place(&petition, "opinion");
        let issue = petition.letters[opinion].issued.clone().unwrap();
        let cookie = office.following(&code).await;
        let path = format!("/follow/letters/{opinion}");
        let (status, pdf, _) = office.printed(&format!("{path}/pdf"), &cookie).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!((sha256(&pdf), pdf.len() as u64), (issue.digest.0, issue.size));
        // Whatever language it is asked for in, the file is the one that was issued.
        let english = format!("{cookie}; __Host-huiyin-lang=en");
        assert_eq!(office.printed(&format!("{path}/pdf"), &english).await.1, pdf);
        let (_, copy, headers) = office.printed(&format!("{path}/reading"), &english).await;
        assert!(headers["content-disposition"].to_str().unwrap().contains("-copy.pdf"));
        assert!(
            words_of(&copy).replace('\n', " ").contains("in Chinese, decides") && scanned(&copy).is_none()
        );
        // Its mark stands on it, for the eye and for a camera.
        let mark = scanned(&pdf).expect("a code on the letter");
        let words = words_of(&pdf).replace('\n', "");
        let mark = LetterMark::parse(&mark).unwrap();
        assert_eq!(sha256(mark.as_str().as_bytes()), issue.mark.0);
        assert!(words.contains(&format!("核验码：{mark}")), "{words}");
        // Both are known to nobody but who holds the letter: the record has digests.
        for (what, kept) in super::sealed::everything_kept(&office).await {
            for secret in [mark.as_str(), &mark.to_string()] {
                assert!(!super::sealed::holds(&kept, secret.as_bytes()), "the mark stands in {what}");
            }
        }
        // An official who has not opened the name gets a copy without it and without the mark; whoever has, the file itself (ACC-1).
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let clerk = office.log_in("clerk").await;
        let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
        let (own, staff) =
            (format!("/staff/cases/{case_ref}/letters/{opinion}"), format!("__Host-huiyin-staff={clerk}"));
        let (status, masked, headers) = office.printed(&format!("{own}/pdf"), &staff).await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers["content-disposition"].to_str().unwrap().contains("-copy.pdf"));
        assert!(
            scanned(&masked).is_none() && !words_of(&masked).contains("核验码"),
            "no copy bears the mark"
        );
        let name = says(&words_of(&masked));
        assert!(!words_of(&masked).replace('\n', "").contains(&format!("{}：", "欧阳雪梅")), "{name:?}");
        let fields =
            format!("field=name&letter={opinion}&purpose=serve&words=%E9%80%81%E8%BE%BE%E6%96%87%E4%B9%A6");
        assert_eq!(office.form(&format!("/staff/cases/{case_ref}/identity"), &clerk, &fields).await.1, own);
        assert_eq!(office.printed(&format!("{own}/pdf"), &staff).await.1, pdf);
        // Whoever shows the mark, the file, or both.
        let mut altered = pdf.clone();
        let last = altered.len() - 20;
        altered[last] ^= 1;
        for (typed, file, lang, expected) in [
            (mark.to_string(), b"".as_slice(), "zh-CN", "仍然有效"),
            (mark.as_str().to_lowercase(), b"", "en", "and it stands"),
            (mark.to_string(), pdf.as_slice(), "zh-CN", "一字未改"),
            (String::new(), pdf.as_slice(), "zh-CN", "一字未改"),
            (mark.to_string(), altered.as_slice(), "zh-CN", "与制发的不一致"),
            (mark.to_string(), altered.as_slice(), "en", "not the one that was issued"),
            (String::new(), altered.as_slice(), "zh-CN", "没有查到"),
            (LetterMark::from_random(&[7; 32]).to_string(), b"", "zh-CN", "没有查到"),
            (LetterMark::from_random(&[7; 32]).to_string(), pdf.as_slice(), "en", "Nothing found"),
        ] {
            let (status, page) = office.checked(&typed, file, lang).await;
            assert!(status == StatusCode::OK && page.contains(expected), "{typed} {expected}: {page}");
            assert_eq!(says(&page), [""; 0], "a check tells nothing of whom it went to: {page}");
            assert!(!page.contains("二期停工"), "nor of what: {page}");
            let tells = page.contains(&crate::entropy::hex(&issue.digest.0));
            assert_eq!(tells, !["没有查到", "Nothing found"].contains(&expected), "{page}");
        }
        // What is mistyped is said to be so, and stays.
        let mistyped = format!("{}2", mark.as_str().get(..23).unwrap());
        let mistyped = if mistyped == mark.as_str() { format!("{}3", &mistyped[..23]) } else { mistyped };
        for (typed, lang, expected) in [
            ("", "zh-CN", "请填写核验码"),
            ("K7QM-4R2X", "zh-CN", "您填写的是 8 位"),
            (&mistyped, "zh-CN", "有一位写错了"),
            (&mistyped, "en", "One character"),
            ("O7QM-4R2X-9TDW-K7QM-4R2X-9TDW", "en", "no mark has such a character"),
        ] {
            let (status, page) = office.checked(typed, b"", lang).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            let page = page.to_lowercase();
            assert!(page.contains(&expected.to_lowercase()), "{typed}: {page}");
            assert!(page.contains(&format!("value=\"{}\"", typed.to_lowercase())), "{page}");
        }
        // A file larger than any letter is named as such, and what was typed stays; what is larger still is not read at all.
        for megabytes in [2, 9] {
            let large = vec![7; megabytes << 20];
            let (status, page) = office.checked(&mark.to_string(), &large, "en").await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                page.contains("too large to be a letter") && page.contains("id=\"file-error\""),
                "{page}"
            );
            assert!(page.contains(&format!("value=\"{mark}\"")) || megabytes == 9, "{page}");
        }
        // The petitioner takes it with its proof, which any computer checks; of an altered letter it proves nothing.
        let (_, page, _) = office.printed(&path, &cookie).await;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(&crate::entropy::hex(&issue.digest.0)), "{page}");
        let field = |name: &str| {
            let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            at.split('"').next().unwrap().to_owned()
        };
        let fields = format!("token={}&seq={}&words=1", field("token"), field("seq"));
        let request = Request::post("/follow/receipt")
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let (status, _, zip) = office.raw(request.body(Body::from(fields)).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        let mut files = unpack(&zip).unwrap();
        let verdict = verify(&files, None, None).unwrap();
        assert_eq!((verdict.kind.as_str(), verdict.checked.len()), ("issue_letter", 1));
        let name = files.keys().find(|name| name.starts_with("files/")).unwrap().clone();
        assert_eq!(files[&name], pdf);
        let desk = super::receipts::Desk::new(&office);
        let said = desk.ask(&files);
        assert!(said.0, "{}", said.1);
        assert!(office.dropped(&zip).await.1.contains("凭证有效"));
        files.insert(name, altered);
        assert_eq!(verify(&files, None, None).unwrap_err().code(), "content");
        assert!(!desk.ask(&files).0, "an altered letter");
        assert!(super::faults(&office.app).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_review_changed_is_said_to_stand_no_more() {
    for office in on_both("fallen").await {
        let (id, _) = office.answered_to(submission("fallen")).await;
        let asked = office.act(Actor::Petitioner { party: 0 }, id, ask_for_review).await.unwrap();
        let (unit, _) = asked.owner.unwrap();
        let digest = |petition: &Petition| {
            petition.letters[place(petition, "opinion")].issued.as_ref().unwrap().digest.0
        };
        let before = crate::letter::Shown::File(&digest(&asked));
        let standing = async |shown| office.app.issued_letter(shown).await.unwrap().unwrap().standing;
        assert_eq!(standing(before).await, casework::standing::Standing::Stands);
        let who = |n: u128| {
            let directory = office.app.directory();
            let known = directory
                .officials
                .values()
                .find(|known| known.unit == unit && known.id.0.as_u128() % 100 == n);
            let known = known.unwrap();
            Actor::Official { id: known.id, unit, roles: known.roles.clone() }
        };
        let handler = who(1);
        let Actor::Official { id: handler_id, .. } = handler.clone() else { panic!() };
        office.act(who(0), id, |_| Act::AdmitReview(Handover { official: handler_id })).await.unwrap();
        let change = |contents: &mut Contents| {
            let answers = (0_u32..).zip(&asked.requests).map(|(request, _)| Answer {
                request,
                outcome: Outcome::Explained,
                reason: contents.add("改为支持").unwrap(),
                action: None,
                executor: None,
                due_on: None,
                ..asked.answers()[0].clone()
            });
            let answers = answers.collect();
            Act::ChangeOpinion(ReviewDecision {
                findings: contents.add("经复查").unwrap(),
                reason: contents.add("原意见不当").unwrap(),
                article: "第三十五条".to_owned(),
                answers,
                no_conflict: true,
            })
        };
        let changed = office.act(who(2), id, change).await.unwrap();
        let on = casework::standing::Standing::Overturned(office.app.clock.today());
        assert_eq!(standing(crate::letter::Shown::File(&digest(&changed))).await, on);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_and_not_issued_is_issued_before_it_is_served_and_by_the_timer() {
    for office in on_both("unissued").await {
        let sign = async |token: &str| {
            let id =
                office.app.submit(&Actor::Petitioner { party: 0 }, submission(token)).await.unwrap().petition;
            office.registered(id).await;
            // As where the program stops between the two commits.
            let mut contents = Contents::new();
            let act = forward(&mut contents);
            let done =
                office.app.commit_act(&actor(OFFICE, 0), id, None, act.into(), contents).await.unwrap();
            assert!(done.after.letters.iter().all(|letter| letter.issued.is_none()));
            done.after
        };
        let waiting = async || {
            let found = examine(&office.config, &office.app.clock).await.unwrap();
            let found = found.into_iter().find(|finding| finding.subject == "letters").unwrap();
            (found.level, found.found)
        };
        let (one, other, third) = (sign("one").await, sign("other").await, sign("third").await);
        office.go_to(date(2026, 3, 3));
        assert_eq!(waiting().await, (Level::Red, "6 signed before today and not issued".to_owned()));
        // Served by whoever saw the version before: it is issued first, and nothing of what they saw has changed.
        let letter = u32::try_from(place(&one, "dispatch_notice")).unwrap();
        let mut contents = Contents::new();
        let proof = contents.add("本人签收").unwrap();
        let serve = Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof });
        let seen = Some(one.version);
        let clerk = actor(OFFICE, 0);
        let served =
            office.app.carry_out(&clerk, one.id, seen, serve.clone().into(), contents).await.unwrap();
        assert!(served.letters[letter as usize].served_on.is_some());
        let left = served.letters.iter().filter(|letter| letter.issued.is_none()).count();
        assert_eq!(left, 1, "no other letter holds up the one that is served");
        // The rule itself refuses what was not issued.
        let refused = office.app.commit_act(&clerk, other.id, None, serve.into(), Contents::new()).await;
        assert!(refused.err().unwrap().to_string().contains("letter_is_issued"));
        // The timer alone issues what waits; and two at once issue each letter once.
        office.app.tick().await.unwrap();
        let timed = history::load(&office.app.database, third.id).await.unwrap().unwrap();
        assert!(timed.petition.letters.iter().all(|letter| letter.issued.is_some()));
        let other = sign("again").await;
        let (a, b) = tokio::join!(office.app.issue_letters(other.id, None), office.app.tick());
        assert!(a.is_ok() && b.is_ok());
        let history = history::load(&office.app.database, other.id).await.unwrap().unwrap();
        let issues = history.records.iter().filter(|record| record.kind == "issue_letter").count();
        assert_eq!(issues, other.letters.len());
        // Whoever opens a letter that waits is given it: it is issued then.
        let late = office.app.submit(&Actor::Petitioner { party: 0 }, submission("late")).await.unwrap();
        office.registered(late.petition).await;
        let mut contents = Contents::new();
        let act = forward(&mut contents).into();
        let done =
            office.app.commit_act(&actor(OFFICE, 0), late.petition, None, act, contents).await.unwrap();
        let notice = place(&done.after, "dispatch_notice");
        let cookie = office.following(&late.code.to_string()).await;
        let (status, pdf, _) = office.printed(&format!("/follow/letters/{notice}/pdf"), &cookie).await;
        assert_eq!(status, StatusCode::OK);
        let now = history::load(&office.app.database, late.petition).await.unwrap().unwrap().petition;
        assert_eq!(now.letters[notice].issued.as_ref().unwrap().digest.0, sha256(&pdf));
        office.app.tick().await.unwrap();
        assert_eq!(waiting().await.0, Level::Ok);
        assert!(super::faults(&office.app).await.is_empty());
    }
}

/// SEAL-2, §10.22: a sealed matter's letter is issued under its key, read by who can open it, and answered to nobody who asks in
/// public, as if there were none.
#[tokio::test(flavor = "multi_thread")]
async fn seal_2_a_sealed_letter_is_issued_and_answers_nobody_in_public() {
    for office in super::sealed::with_recipients("sealed-letter", &super::sealed::RECIPIENTS).await {
        let (id, _, code) = super::sealed::closed(&office, "sealed-letter").await;
        let opened = super::sealed::as_recipient(
            &office,
            (super::recusal::INTEGRITY, 1),
            history::load(&office.app.database, id),
        );
        let petition = opened.await.unwrap().unwrap().petition;
        let letter = petition.letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
        let issue = petition.letters[letter].issued.clone().expect("issued when it was signed");
        let cookie = office.following(&code).await;
        let (status, pdf, _) = office.printed(&format!("/follow/letters/{letter}/pdf"), &cookie).await;
        assert_eq!((status, sha256(&pdf)), (StatusCode::OK, issue.digest.0));
        let mark = scanned(&pdf).expect("a code on the letter");
        let unknown = LetterMark::from_random(&[9; 32]).to_string();
        let mut answers = Vec::new();
        for (typed, file) in [(&mark, b"".as_slice()), (&mark, &pdf), (&unknown, b""), (&unknown, &pdf)] {
            let (status, page) = office.checked(typed, file, "zh-CN").await;
            answers.push((status, page.replace(typed.as_str(), "MARK")));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "one answer differs: {answers:?}");
        assert!(answers[0].1.contains("没有查到"));
        assert!(office.checked("", &pdf, "zh-CN").await.1.contains("没有查到"));
        let rows = office.app.database.query("select * from letter", Vec::new()).await.unwrap();
        assert!(rows.is_empty(), "no list tells of it");
    }
}

/// SEAL-2: a matter that turns out to be a report leaves the lists of letters, also with what was printed before.
#[tokio::test(flavor = "multi_thread")]
async fn seal_2_a_matter_that_becomes_sealed_leaves_the_lists_of_letters() {
    for office in super::sealed::with_recipients("sealed-later", &super::sealed::RECIPIENTS).await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let id = office
            .app
            .submit(&Actor::Petitioner { party: 0 }, submission("later-0123456789"))
            .await
            .unwrap()
            .petition;
        let petition = office.forwarded(id).await;
        let letter = u32::try_from(petition.letters.len() - 1).unwrap();
        let on = office.app.clock.today();
        office.app.write([store::letter::printed(id, letter as usize, on)]).await.unwrap();
        let rows = async |table: &str| {
            let sql = format!("select * from {table}");
            office.app.database.query(&sql, Vec::new()).await.unwrap().len()
        };
        assert_eq!((rows("letter").await, rows("letter_print").await), (2, 1));
        let propose = |contents: &mut Contents| {
            let (kind, reason) = (Name::from("report"), contents.add("经核实").unwrap());
            Act::ProposeReclassification(Reclassification { kind, reason, by: None, named: Vec::new() })
        };
        let confirm = |contents: &mut Contents| {
            Act::ConfirmReclassification(Reasoned { reason: contents.add("同意").unwrap() })
        };
        let recipient = super::sealed::recipient;
        office.act(recipient(OFFICE, 0), id, propose).await.unwrap();
        office.act(recipient(OFFICE, 2), id, confirm).await.unwrap();
        assert_eq!((rows("letter").await, rows("letter_print").await), (0, 0));
        let clerk = office.log_in("clerk").await;
        assert!(office.page("/staff/letters", &clerk).await.1.contains("没有待送达的文书"));
        assert!(super::faults(&office.app).await.is_empty());
    }
}
