//! The print room: what a unit has to serve, printed together for the post and recorded, and its register of a day.

use super::letters::{outspoken, says, words_of};
use super::*;
use casework::access::{IdentityField, Purpose, Seen};
use std::fmt::Write as _;

impl Office {
    /// Printed together: the status, and the file or the page.
    async fn print(&self, session: &str, letters: &[&str], rest: &str) -> (StatusCode, Vec<u8>) {
        let token = crate::web::form_token(&self.app, session);
        let mut fields = format!("token={token}{rest}");
        for letter in letters {
            let _ = write!(fields, "&letter={}", letter.replace('/', "%2F"));
        }
        let request = Request::post("/staff/letters")
            .header("cookie", format!("__Host-huiyin-staff={session}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let (status, headers, body) = self.raw(request.body(Body::from(fields)).unwrap()).await;
        assert_eq!(headers["cache-control"], "no-store");
        (status, body)
    }

    /// A forwarded matter: its id, and how the print room names the notice to its petitioner.
    async fn noticed(&self, new: NewSubmission) -> (PetitionId, String) {
        let id = self.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
        let petition = self.forwarded(id).await;
        let notice = petition.letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
        (id, format!("{}/{notice}", petition.submission.unwrap().case_ref))
    }
}

const POSTED: &str = "&words=%E6%8C%82%E5%8F%B7%E4%BF%A1%E9%82%AE%E5%AF%84";

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_printed_together_for_the_post_and_each_is_recorded() {
    for office in on_both("print-room").await {
        for (login, unit, n) in [("clerk", OFFICE, 0), ("handler", HOUSING, 1)] {
            office.app.set_account(login, official_id(unit, n), "correct horse").await.unwrap();
        }
        let (open, one) = office
            .noticed(NewSubmission { token: Some("open-0123456789".to_owned()), ..outspoken(false) })
            .await;
        let (_, other) = office
            .noticed(NewSubmission { token: Some("kept-0123456789".to_owned()), ..outspoken(true) })
            .await;
        let clerk = office.log_in("clerk").await;
        let (status, page) = office.page("/staff/letters", &clerk).await;
        assert_eq!(status, StatusCode::OK);
        for key in [&one, &other] {
            assert!(page.contains(&format!("value=\"{key}\"")), "{page}");
        }
        assert_eq!(says(&page), [""; 0], "a list names nobody: {page}");
        // What is missing is said, and what was chosen stays chosen.
        let (status, refused) = office.print(&clerk, &[], POSTED).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(String::from_utf8(refused).unwrap().contains("请选择要打印的文书"));
        let (status, refused) = office.print(&clerk, &[&one], "&words=").await;
        let refused = String::from_utf8(refused).unwrap();
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY
                && refused.contains(&format!("value=\"{one}\" checked"))
        );
        let many: Vec<String> = (0..51).map(|n| format!("x{n}/0")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (status, refused) = office.print(&clerk, &many, POSTED).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(String::from_utf8(refused).unwrap().contains("一次最多打印50件"));
        let before = office.app.reads_of(open, None, 50).await.unwrap().0;
        assert!(
            before.iter().all(|kept| !matches!(kept.read.seen, Seen::Identity { .. })),
            "nothing was opened"
        );
        // Two letters, each behind its cover; where nobody else may know, the envelope says not whose letter it is.
        let (status, file) = office.print(&clerk, &[&one, &other], &format!("{POSTED}&covers=yes")).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&file));
        let words = words_of(&file);
        assert_eq!(says(&words).len(), 3, "{words}");
        assert_eq!(words.matches("用平常的话说明要点").count(), 2, "{words}");
        assert_eq!(
            words.matches("核验码").count(),
            2,
            "the letters themselves, as they were issued: {words}"
        );
        assert!(!words.contains("重印件"));
        let first = words.find("青河路7号2单元301室").unwrap();
        let sender = words.find("区信访局").unwrap();
        assert!(sender < first, "above the address: {words}");
        let second = words.rfind("青河路7号2单元301室").unwrap();
        let before_it = words[..second].rsplit('\u{c}').next().unwrap();
        assert!(!before_it.contains("信访局"), "{before_it}");
        // Recorded before it was handed over: both fields for service, and the letter under them.
        let reads = office.app.reads_of(open, None, 50).await.unwrap().0;
        for field in [IdentityField::Name, IdentityField::Address] {
            let opened = reads.iter().filter(|kept| {
                matches!(&kept.read.seen, Seen::Identity { field: known, purpose: Purpose::Serve, .. } if *known == field)
            });
            assert_eq!(opened.count(), 1, "{field:?}");
        }
        assert!(reads.iter().any(|kept| matches!(kept.read.seen, Seen::Letter { grant: Some(_), .. })));
        // Printed again, every page says so.
        office.go_to(date(2026, 3, 3));
        let clerk = office.log_in("clerk").await;
        let (_, again) = office.print(&clerk, &[&one], POSTED).await;
        let again = words_of(&again);
        assert!(
            again.contains("重印件，前次打印日期：2026年3月2日") && !again.contains("用平常的话"),
            "{again}"
        );
        let (_, page) = office.page("/staff/letters", &clerk).await;
        assert!(page.contains("3月3日"), "when it was printed: {page}");
        // Another unit's letters are not there, and cannot be asked for; nor those of whom one may not know who filed it.
        let handler = office.log_in("handler").await;
        let (_, page) = office.page("/staff/letters", &handler).await;
        assert!(!page.contains(&one) && page.contains("没有待送达的文书"), "{page}");
        let kept = office.app.reads_of(open, None, 50).await.unwrap().0.len();
        for letters in [vec![one.as_str()], vec!["nobody/0"], vec!["x"], vec![other.as_str()]] {
            let (status, page) = office.print(&handler, &letters, POSTED).await;
            assert!(
                [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&status),
                "{letters:?}"
            );
            assert_eq!(says(&String::from_utf8(page).unwrap()), [""; 0]);
        }
        let opened = office.app.reads_of(open, None, 50).await.unwrap().0;
        assert!(
            opened
                .iter()
                .take(opened.len() - kept)
                .all(|kept| !matches!(kept.read.seen, Seen::Identity { .. }))
        );
        // Served, it waits no longer; all or none is printed.
        let index = one.rsplit('/').next().unwrap().parse().unwrap();
        office
            .act(actor(OFFICE, 0), open, |contents| {
                let proof = contents.add("挂号信回执").unwrap();
                Act::Serve(Service { letter: index, method: ServiceMethod::Post, proof })
            })
            .await
            .unwrap();
        let clerk = office.log_in("clerk").await;
        assert!(!office.page("/staff/letters", &clerk).await.1.contains(&one));
        assert_eq!(office.print(&clerk, &[&other, &one], POSTED).await.0, StatusCode::CONFLICT);
        // The register of the day has everything that the unit signed on it, letters between units among it, and the log's root.
        let (_, page) = office.page("/staff/letters?day=2026-03-02", &clerk).await;
        for told in ["单位之间", "送达日期：2026年3月3日", "尚未送达", "根值"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert_eq!(page.matches("告〔2026〕").count(), 2, "{page}");
        assert!(office.page("/staff/letters?day=2026-03-01", &clerk).await.1.contains("当日没有签发文书"));
        // The second page begins behind a number, whatever stands in it; an address that is none of ours shows the first.
        let behind = |after: &str| format!("/staff/letters?day=2026-03-02&after={after}");
        let (_, page) = office.page(&behind("%E5%91%8A,2026,1"), &clerk).await;
        assert!(!page.contains("告〔2026〕1号") && page.contains("告〔2026〕2号"), "{page}");
        assert!(
            page.contains("转〔2026〕1号") && page.contains("转〔2026〕2号"),
            "a series behind it: {page}"
        );
        let (_, page) = office.page(&behind("%E5%91%8A,soon"), &clerk).await;
        assert!(page.contains("告〔2026〕1号"), "{page}");
        let (one, two) = (page.find("告〔2026〕1号").unwrap(), page.find("告〔2026〕2号").unwrap());
        assert!(one < two && two < page.find("转〔2026〕1号").unwrap(), "in the order of numbers");
        // A day that is none is said to be, and stays.
        for (lang, told) in [("zh-CN", "日期请写成2026-03-05这样"), ("en", "write the day as 2026-03-05")]
        {
            let cookie = format!("__Host-huiyin-staff={clerk}; __Host-huiyin-lang={lang}");
            let (status, page, _) = office.printed("/staff/letters?day=soon", &cookie).await;
            let page = String::from_utf8(page).unwrap();
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains(told) && page.contains("value=\"soon\""), "{page}");
        }
        assert!(super::faults(&office.app).await.is_empty());
    }
}

/// Pages of the print room follow each other without a gap; an official sees only their own unit's.
#[tokio::test(flavor = "multi_thread")]
async fn the_print_room_has_pages() {
    for office in on_both("print-pages").await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let mut all = std::collections::BTreeSet::new();
        for n in 0..51 {
            all.insert(office.noticed(submission(&format!("page-{n}-0123456789"))).await.1);
        }
        let clerk = office.log_in("clerk").await;
        let (mut path, mut found, mut pages) = ("/staff/letters".to_owned(), Vec::new(), 0);
        loop {
            let (status, page) = office.page(&path, &clerk).await;
            assert_eq!(status, StatusCode::OK);
            pages += 1;
            let keys = page.split("name=\"letter\" type=\"checkbox\" value=\"").skip(1);
            found.extend(keys.map(|rest| rest.split('"').next().unwrap().to_owned()));
            let Some(next) = page.split("href=\"/staff/letters?after=").nth(1) else { break };
            path = format!("/staff/letters?after={}", next.split('"').next().unwrap());
        }
        assert_eq!((pages, found.len()), (2, 51));
        // A mistake on the second page leads back to it, with what was chosen.
        let last = found.last().unwrap().clone();
        let after = path.split("after=").nth(1).unwrap();
        let (status, page) =
            office.print(&clerk, &[&last], &format!("&words=&covers=yes&after={after}")).await;
        let page = String::from_utf8(page).unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains(&format!("value=\"{last}\" checked")), "{page}");
        assert!(page.contains("name=\"covers\" type=\"checkbox\" value=\"yes\" checked"), "{page}");
        assert_eq!(found.into_iter().collect::<std::collections::BTreeSet<_>>(), all);
    }
}

/// ACC-5: what the unit complained of signs in a confidential matter is printed for the post by the petition office, which may know the
/// address; never by that unit.
#[tokio::test(flavor = "multi_thread")]
async fn acc_5_letters_of_the_unit_complained_of_go_through_the_petition_offices_print_room() {
    for office in on_both("print-kept").await {
        for (login, unit, n) in [("clerk", OFFICE, 0), ("handler", HOUSING, 1)] {
            office.app.set_account(login, official_id(unit, n), "correct horse").await.unwrap();
        }
        let new = NewSubmission { token: Some("kept-0123456789".to_owned()), ..outspoken(true) };
        let (id, notice) = office.noticed(new).await;
        let case_ref = notice.split('/').next().unwrap().to_owned();
        let official = official_id(HOUSING, 1);
        office.act(actor(HOUSING, 1), id, |_| Act::TakeUp(Handover { official })).await.unwrap();
        let accepted =
            office.act(actor(HOUSING, 1), id, |contents| accept(contents, official)).await.unwrap();
        let letter = accepted.letters.iter().rposition(|letter| letter.signed.to_petitioner).unwrap();
        assert_eq!(accepted.letters[letter].signed.unit, unit_id(HOUSING));
        let key = format!("{case_ref}/{letter}");
        let handler = office.log_in("handler").await;
        assert!(!office.page("/staff/letters", &handler).await.1.contains(&key));
        assert_eq!(office.print(&handler, &[&key], POSTED).await.0, StatusCode::CONFLICT);
        let clerk = office.log_in("clerk").await;
        assert!(office.page("/staff/letters", &clerk).await.1.contains(&format!("value=\"{key}\"")));
        let (status, file) = office.print(&clerk, &[&key], &format!("{POSTED}&covers=yes")).await;
        assert_eq!(status, StatusCode::OK);
        let words = words_of(&file);
        assert!(words.contains("欧阳雪梅") && words.contains("青河路7号2单元301室"), "{words}");
        // In the register it stands where it was signed.
        let on = office.app.clock.today();
        let register = office.page(&format!("/staff/letters?day={on}"), &handler).await.1;
        assert!(register.contains("按文号排列"), "{register}");
        assert!(super::faults(&office.app).await.is_empty());
    }
}

/// Procedure §2.6: posting serves nothing, the petitioner reads by which number it goes, and what the post brings back is posted anew while
/// the day by which it must be served stays.
#[tokio::test(flavor = "multi_thread")]
async fn posting_serves_nothing_and_what_comes_back_is_posted_anew() {
    for office in on_both("posted").await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let new = submission("posted-0123456789");
        let filed = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
        let petition = office.forwarded(filed.petition).await;
        let letter = petition.letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
        let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
        let due = |petition: &Petition| {
            let mut open = petition.open_deadlines();
            open.find(|(_, deadline)| deadline.set.letter.is_some()).map(|(_, deadline)| deadline.set.due_on)
        };
        let asked = due(&petition).expect("it is to be served");
        let clerk = office.log_in("clerk").await;
        let act = async |verb: &str, fields: &str| {
            let seen = history(&office, filed.petition).await.version;
            let path = format!("/staff/cases/{case_ref}/acts/{verb}");
            office.form(&path, &clerk, &format!("seen={seen}&letter={letter}&{fields}")).await
        };
        let (status, _, page) = act("post_letter", "tracking=").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        assert_eq!(act("post_letter", "tracking=EMS%20102030405CN").await.0, StatusCode::SEE_OTHER);
        let posted = history(&office, filed.petition).await;
        assert_eq!((due(&posted), posted.letters[letter].served_on), (Some(asked), None));
        let (_, page) = office.page("/staff/letters", &clerk).await;
        assert!(page.contains("已交邮"), "{page}");
        let (_, seen) = office.post("/api/v1/track", json!({ "code": filed.code.to_string() })).await;
        let story = seen["story"].to_string();
        assert!(story.contains("文书已交邮：转送告知书"), "{story}");
        let cookie = office.following(&filed.code.to_string()).await;
        let (_, page, _) = office.printed("/follow", &cookie).await;
        assert!(String::from_utf8(page).unwrap().contains("EMS 102030405CN"));
        let (_, page) = office.page("/staff/letters?day=2026-03-02", &clerk).await;
        assert!(page.contains("3月2日已交邮") || page.contains("2026年3月2日已交邮"), "{page}");
        // What is with the post is no choice any more; nor does the core take it.
        assert_eq!(act("post_letter", "tracking=again").await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let mut contents = Contents::new();
        let again =
            Act::PostLetter(Posting { letter: letter as u32, tracking: contents.add("again").unwrap() });
        let refused =
            office.app.carry_out(&actor(OFFICE, 0), filed.petition, None, again.into(), contents).await;
        assert!(
            matches!(refused, Err(Failure::Refused(refusal)) if refusal.code() == "letter_can_be_posted")
        );
        assert_eq!(
            act("return_post", "reason=%E6%9F%A5%E6%97%A0%E6%AD%A4%E4%BA%BA").await.0,
            StatusCode::SEE_OTHER
        );
        let back = history(&office, filed.petition).await;
        assert_eq!((due(&back), back.letters[letter].posted_on), (Some(asked), None));
        // Why it is dated back is told of yesterday; of today there is nothing to tell, and nothing is kept.
        let why = "dated_back=%E6%98%A8%E5%A4%A9%E5%AF%84%E7%9A%84";
        office.app.clock.set_civil(date(2026, 3, 3), 10, 0);
        let clerk = office.log_in("clerk").await;
        let act = async |verb: &str, fields: &str| {
            let seen = history(&office, filed.petition).await.version;
            let path = format!("/staff/cases/{case_ref}/acts/{verb}");
            office.form(&path, &clerk, &format!("seen={seen}&letter={letter}&{fields}")).await
        };
        let again = format!("tracking=EMS%20102030406CN&on=2026-03-02&{why}");
        assert_eq!(act("post_letter", &again).await.0, StatusCode::SEE_OTHER);
        let (_, page) = office.page(&format!("/staff/cases/{case_ref}"), &clerk).await;
        assert!(page.contains("昨天寄的"), "{page}");
        assert_eq!(
            act("serve", &format!("method=post&proof=%E5%9B%9E%E6%89%A7&on=2026-03-03&{why}")).await.0,
            StatusCode::SEE_OTHER
        );
        let served = history(&office, filed.petition).await;
        assert!(served.letters[letter].served_on.is_some() && due(&served).is_none());
        assert!(super::faults(&office.app).await.is_empty());
    }
}

/// ACC-5: what the unit complained of signs in a confidential matter is served and posted by the petition office, which knows the address; by
/// the number of the letter in the post the unit cannot ask where it went.
#[tokio::test(flavor = "multi_thread")]
async fn acc_5_the_petition_office_posts_what_a_unit_may_not_know_the_address_of() {
    for office in on_both("posted5").await {
        let (id, _) = office.answered_to(outspoken(true)).await;
        let petition = history(&office, id).await;
        let acceptance =
            petition.letters.iter().position(|letter| letter.signed.letter == *"acceptance_notice");
        let letter = u32::try_from(acceptance.unwrap()).unwrap();
        assert_eq!(petition.letters[letter as usize].signed.unit, unit_id(HOUSING));
        let post = |contents: &mut Contents| {
            Act::PostLetter(Posting { letter, tracking: contents.add("EMS 102030405CN").unwrap() })
        };
        office.app.clock.set_civil(date(2026, 3, 4), 10, 0);
        office.act(actor(OFFICE, 0), id, post).await.unwrap();
        let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
        for (login, unit, n) in [("handler", HOUSING, 1), ("clerk", OFFICE, 0)] {
            office.app.set_account(login, official_id(unit, n), "correct horse").await.unwrap();
            let session = office.log_in(login).await;
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), &session).await;
            assert!(status == StatusCode::OK && page.contains("文书已交邮"), "{page}");
            assert_eq!(page.contains("102030405"), unit == OFFICE, "{login}: {page}");
        }
        let serve = async |on| {
            let mut contents = Contents::new();
            let proof = contents.add("回执").unwrap();
            let act = Act::Serve(Service { letter, method: ServiceMethod::Post, proof });
            let command = Command { act, on: Some(on), dated_back: None };
            office.app.carry_out(&actor(OFFICE, 0), id, None, command, contents).await
        };
        // The post brings nothing before it had it.
        let early = serve(date(2026, 3, 3)).await;
        assert!(matches!(early, Err(Failure::Refused(_))), "{early:?}");
        let served = serve(date(2026, 3, 4)).await.unwrap();
        assert!(served.letters[letter as usize].served_on.is_some());
        assert_eq!(super::faults(&office.app).await, [""; 0]);
    }
}

async fn history(office: &Office, id: PetitionId) -> Petition {
    store::history::load(&office.app.database, id).await.unwrap().unwrap().petition
}
