//! Papers of the file: each says what the record knows, leaves room for what is written by hand, and names nobody to whom the name is not open.

use super::letters::{outspoken, says, words_of};
use super::*;
use casework::act::{
    HearingNotice, HearingRecord, Objection, Reasoned, Supervision, SupervisionReply, Trigger,
};
use casework::disclosure::Sight;

impl Office {
    /// The papers that a case lists, as keys, and each as words.
    async fn papers(&self, case_ref: &str, session: &str, lang: &str) -> Vec<(String, String)> {
        let cookie = format!("__Host-huiyin-staff={session}; __Host-huiyin-lang={lang}");
        let (status, page, _) = self.printed(&format!("/staff/cases/{case_ref}"), &cookie).await;
        assert_eq!(status, StatusCode::OK);
        let page = String::from_utf8(page).unwrap();
        let mut papers = Vec::new();
        for link in page.split(&format!("href=\"/staff/cases/{case_ref}/papers/")).skip(1) {
            let key = link.split('"').next().unwrap();
            let path = format!("/staff/cases/{case_ref}/papers/{key}");
            let (status, pdf, headers) = self.printed(&path, &cookie).await;
            assert!(status == StatusCode::OK && headers["cache-control"] == "no-store", "{key}: {status}");
            let words: String = words_of(&pdf).chars().filter(|c| !c.is_whitespace()).collect();
            papers.push((key.to_owned(), words));
        }
        papers
    }
}

/// A claim through everything that has a paper: registration, objection, talk, hearing, supervision, answer, review.
async fn eventful(office: &Office, new: NewSubmission) -> PetitionId {
    let filed = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
    let id = filed.petition;
    office.forwarded(id).await;
    let (clerk, handler) = (actor(OFFICE, 0), actor(HOUSING, 1));
    let object = |contents: &mut Contents| {
        Act::Object(Objection {
            reason: contents.add("不属本局职责，欧阳雪梅所述是物业纠纷").unwrap(),
            suggested: Some(unit_id(GOVERNMENT)),
        })
    };
    office.act(handler.clone(), id, object).await.unwrap();
    let refuse = |contents: &mut Contents| {
        Act::RefuseObjection(Reasoned { reason: contents.add("三定规定列明由你局负责").unwrap() })
    };
    office.act(clerk.clone(), id, refuse).await.unwrap();
    let who = official_id(HOUSING, 1);
    let accept = |contents: &mut Contents| {
        Act::Accept(Acceptance {
            ways_examined: ["JUD", "ARB", "PTY", "ADM", "DUTY"].map(Name::from).to_vec(),
            ways_reason: contents.add("均不适用").unwrap(),
            no_conflict: true,
            handler: who,
            simple_ground: None,
        })
    };
    office.act(handler.clone(), id, accept).await.unwrap();
    let talk = |contents: &mut Contents| {
        Act::RecordContact(Contact {
            kind: ContactKind::Interview,
            heard: true,
            note: contents.add("陈述了逾期交房的经过").unwrap(),
        })
    };
    office.act(handler.clone(), id, talk).await.unwrap();
    let supervise = |contents: &mut Contents| {
        Act::Supervise(Supervision {
            trigger: Trigger::Shirking,
            reason: contents.add("请于十日内书面反馈").unwrap(),
        })
    };
    office.act(clerk, id, supervise).await.unwrap();
    let reply = |contents: &mut Contents| {
        Act::ReplyToSupervision(SupervisionReply {
            adoption: casework::act::Adoption::Partly,
            reason: contents.add("已约谈开发企业").unwrap(),
        })
    };
    office.act(handler.clone(), id, reply).await.unwrap();
    let notify = |contents: &mut Contents| {
        Act::NotifyHearing(HearingNotice {
            held_on: date(2026, 3, 16),
            place: contents.add("区政务中心三楼").unwrap(),
            chair: official_id(HOUSING, 2),
            open: true,
        })
    };
    office.act(handler.clone(), id, notify).await.unwrap();
    office.app.clock.set_civil(date(2026, 3, 16), 15, 0);
    let hold = |contents: &mut Contents| {
        let day = date(2026, 3, 16);
        Act::HoldHearing(HearingRecord {
            began_on: day,
            ended_on: day,
            conclusion: contents.add("停工属实，应当限期复工").unwrap(),
        })
    };
    office.act(handler, id, hold).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_paper_of_the_file_says_what_the_record_knows_and_names_nobody() {
    for office in on_both("papers").await {
        let id = Box::pin(eventful(&office, outspoken(false))).await;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let case_ref = history.petition.submission.as_ref().unwrap().case_ref.clone();
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let clerk = office.log_in("clerk").await;
        let papers = office.papers(case_ref.as_str(), &clerk, "zh-CN").await;
        let kinds: Vec<&str> = papers.iter().map(|(key, _)| key.rsplit_once('-').unwrap().0).collect();
        assert_eq!(
            kinds,
            ["registration", "objection", "objection-answer", "contact", "supervision-reply", "hearing"]
        );
        let says_all = |n: usize, expected: &[&str]| {
            for words in expected {
                assert!(papers[n].1.contains(words), "{}: {words}: {}", papers[n].0, papers[n].1);
            }
        };
        let number = history.petition.submission.as_ref().unwrap().number.to_string();
        says_all(
            0,
            &[
                "信访登记表",
                &number,
                "网上",
                "2026年3月2日",
                "1.请联系",
                "合同约定2026年1月交房",
                "区住房和城乡建设局",
                "official0",
            ],
        );
        says_all(1, &["异议书", "望湖区信访局", "不属本局职责", "望湖区人民政府", "official1", "负责人签名"]);
        says_all(2, &["异议答复书", "区住房和城乡建设局", "异议不成立", "三定规定列明"]);
        says_all(3, &["接谈笔录", "面谈", "陈述了逾期交房的经过", "阅后意见"]);
        says_all(4, &["督办反馈单", "望湖区信访局", "推诿", "请于十日内书面反馈", "部分采纳", "已约谈"]);
        says_all(
            5,
            &["听证笔录", "区政务中心三楼", "official2", "2026年3月16日", "应当限期复工", "参加人签名"],
        );
        // The name is masked, with the other fields, until this official opens it; the registration form says that it is a copy.
        assert!(papers[0].1.contains("欧*梅") || papers[0].1.contains("欧**梅"), "{}", papers[0].1);
        assert!(papers[0].1.contains("****"), "{}", papers[0].1);
        let path = format!("/staff/cases/{case_ref}/identity");
        let opened = office.form(&path, &clerk, "field=address&purpose=serve&words=%E9%80%81%E8%BE%BE").await;
        assert_eq!(opened.0, StatusCode::SEE_OTHER, "{}", opened.2);
        let open = office.papers(case_ref.as_str(), &clerk, "en").await;
        assert!(
            open[0].1.contains("青河路7号2单元301室") && open[0].1.contains("Registrationform"),
            "{}",
            open[0].1
        );
        // What there is none of is absent, and so is everything to whoever may not know of the matter.
        for (key, session) in [("contact-1", clerk.as_str()), ("closing", &clerk), ("x", &clerk)] {
            let cookie = format!("__Host-huiyin-staff={session}");
            let path = format!("/staff/cases/{case_ref}/papers/{key}");
            assert_eq!(office.printed(&path, &cookie).await.0, StatusCode::NOT_FOUND, "{key}");
        }
        assert!(super::faults(&office.app).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_5_papers_of_a_confidential_matter_do_not_say_who_filed_it_to_the_unit() {
    for office in on_both("papers5").await {
        let id = Box::pin(eventful(&office, outspoken(true))).await;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let case_ref = history.petition.submission.as_ref().unwrap().case_ref.clone();
        assert_eq!(office.app.sight(&actor(HOUSING, 1), &history).unwrap(), Sight::Matter);
        office.app.set_account("handler", official_id(HOUSING, 1), "correct horse").await.unwrap();
        let handler = office.log_in("handler").await;
        let papers = office.papers(case_ref.as_str(), &handler, "zh-CN").await;
        assert_eq!(papers.len(), 6);
        for (key, words) in &papers {
            assert_eq!(says(words), [""; 0], "{key}: {words}");
            assert!(!words.contains("欧*梅"), "{key}: {words}");
        }
        assert!(papers[1].1.contains("不属本局职责"), "{}", papers[1].1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_review_has_its_receipt_and_the_closing_review_counts_what_is_left() {
    for office in on_both("papers-review").await {
        let (id, _) = office.answered_to(submission("papers-review")).await;
        let review = |contents: &mut Contents| {
            Act::RequestReview(ReviewRequest {
                reason: contents.add("理由不足，请求撤销").unwrap(),
                posted_on: None,
                late_cause: None,
            })
        };
        let asked = office.act(Actor::Petitioner { party: 0 }, id, review).await.unwrap();
        let case_ref = asked.submission.as_ref().unwrap().case_ref.clone();
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let clerk = office.log_in("clerk").await;
        let papers = office.papers(case_ref.as_str(), &clerk, "zh-CN").await;
        let words = |kind: &str| {
            &papers.iter().find(|(key, _)| key.starts_with(kind)).unwrap_or_else(|| panic!("{kind}")).1
        };
        let request = words("review-request");
        for expected in ["信访处理意见书", "理由不足，请求撤销", "回执：收到申请的日期2026年3月2日", "林*"]
        {
            assert!(request.contains(expected), "{expected}: {request}");
        }
        let due = asked
            .open_deadlines()
            .find(|(_, deadline)| deadline.set.limit.as_str().contains("review"))
            .unwrap()
            .1
            .set
            .due_on;
        let due = format!("{}年{}月{}日", due.year(), due.month(), due.day());
        assert!(request.contains(&due), "{due}: {request}");
        let closing = words("closing");
        for expected in [
            "1.明确复工和交房时间：予以支持",
            "■信访处理意见书",
            "□转送告知书",
            "□督促复工（2026年4月30日前应当完成）",
            "审查意见",
        ] {
            assert!(closing.contains(expected), "{expected}: {closing}");
        }
        assert!(super::faults(&office.app).await.is_empty());
    }
}
