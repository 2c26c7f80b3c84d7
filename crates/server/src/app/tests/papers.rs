//! Papers of the file: each says what the record knows, leaves room for what is written by hand, and names nobody to whom the name is not open.

use super::letters::{outspoken, says, words_of};
use super::*;
use crate::app::attach::Holder;
use crate::web::locale::Locale;
use casework::act::{
    HearingNotice, HearingRecord, Objection, Reasoned, Supervision, SupervisionReply, Trigger,
};
use casework::deadline::Lang;
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

/// A claim through registration, objection, talk, supervision and hearing.
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
    office.act(handler.clone(), id, |contents| accept(contents, who)).await.unwrap();
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
            conclusion: contents.add("停工属实，应当限期复工，并告知欧阳雪梅").unwrap(),
        })
    };
    office.act(handler, id, hold).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_2_every_paper_of_the_file_says_what_the_record_knows_and_that_it_was_taken_is_recorded() {
    for office in on_both("papers").await {
        let photo = office.handle("工地照片.jpg", &crate::files::samples::photograph()).await;
        let identity = json!({
            "name": "林晓芸", "phone": "13800138000", "address": "青河路7号", "id_number": "11010519491231002X",
        });
        let new = NewSubmission {
            identity: identity.to_string(),
            files: vec![Holder::handle(&photo)],
            respondent: Some(unit_id(HOUSING)),
            ..submission("papers")
        };
        let id = Box::pin(eventful(&office, new)).await;
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        let submission = history.petition.submission.as_ref().unwrap();
        let (case_ref, number) = (submission.case_ref.clone(), submission.number.to_string());
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let clerk = office.log_in("clerk").await;
        let papers = office.papers(case_ref.as_str(), &clerk, "zh-CN").await;
        let keys: Vec<&str> = papers.iter().map(|(key, _)| key.as_str()).collect();
        let expected =
            ["registration", "objection", "objection-answer", "contact", "supervision-reply", "hearing"];
        assert_eq!(keys, expected.map(|kind| format!("{kind}-1")));
        let says_all = |papers: &[(String, String)], n: usize, expected: &[&str]| {
            for words in expected {
                assert!(papers[n].1.contains(words), "{}: {words}: {}", papers[n].0, papers[n].1);
            }
        };
        let head = [
            "望湖区信访局信访登记表",
            &number,
            "网上",
            "2026年3月2日",
            "1.明确复工和交房时间",
            "合同约定2026年1月交房",
            "工地照片.jpg",
        ];
        says_all(&papers, 0, &head);
        says_all(
            &papers,
            1,
            &[
                "区住房和城乡建设局异议书",
                "主送单位望湖区信访局",
                "不属本局职责",
                "望湖区人民政府",
                "official1",
                "负责人签名",
            ],
        );
        says_all(
            &papers,
            2,
            &[
                "望湖区信访局异议答复书",
                "主送单位区住房和城乡建设局",
                "异议不成立",
                "三定规定列明",
                "official0",
            ],
        );
        says_all(&papers, 3, &["接谈笔录", "面谈", "陈述了逾期交房的经过"]);
        says_all(
            &papers,
            4,
            &[
                "区住房和城乡建设局督办反馈单",
                "督办单位望湖区信访局",
                "督办函",
                "反馈期限2026年4月1日",
                "推诿",
                "请于十日内书面反馈",
                "部分采纳",
                "已约谈",
            ],
        );
        says_all(
            &papers,
            5,
            &[
                "听证笔录",
                "区政务中心三楼",
                "official2",
                "2026年3月16日",
                "应当限期复工",
                "表决情况",
                "参加人签名",
            ],
        );
        // While the name is masked it is a copy: nobody signs it. No number of a document stands anywhere.
        for n in [0, 3] {
            says_all(&papers, n, &["林*芸", "138****8000", "查看件"]);
            assert!(
                !papers[n].1.contains("签名、日期") && !papers[n].1.contains("林晓芸"),
                "{}",
                papers[n].1
            );
            assert!(!papers[n].1.contains("青河路7号") && !papers[n].1.contains("证件"), "{}", papers[n].1);
        }
        let path = format!("/staff/cases/{case_ref}/identity");
        for field in ["name", "address", "phone"] {
            let fields = format!("field={field}&purpose=serve&words=%E9%80%81%E8%BE%BE");
            let opened = office.form(&path, &clerk, &fields).await;
            assert_eq!(opened.0, StatusCode::SEE_OTHER, "{}", opened.2);
        }
        let open = office.papers(case_ref.as_str(), &clerk, "en").await;
        says_all(
            &open,
            0,
            &[
                "Registrationform",
                "林晓芸",
                "青河路7号",
                "13800138000",
                "Signature,day",
                "Willingtobepublished",
            ],
        );
        says_all(&open, 3, &["林晓芸", "Readback"]);
        assert!(
            !open[0].1.contains("11010519491231002X") && !open[0].1.contains("Acopytoread"),
            "{}",
            open[0].1
        );
        // Each is recorded, with what it showed of who filed the matter, and the petitioner reads it.
        let (reads, _) = office.app.reads_of(id, None, 100).await.unwrap();
        let taken = |named: bool| {
            let papers = reads.iter().filter(|kept| kept.read.seen.kind() == "paper");
            papers.filter(|kept| kept.read.seen.shows_identity() == named).count()
        };
        assert_eq!((taken(false), taken(true)), (6, 2));
        let told: Vec<String> = reads
            .iter()
            .map(|kept| crate::web::accesses::what(&kept.read, Locale { lang: Lang::Zh }))
            .collect();
        assert!(told.iter().any(|what| what == "打印了写有您的信息的案卷表单（信访登记表）"), "{told:?}");
        // What there is none of is absent.
        for key in ["contact-2", "closing-1", "x"] {
            let path = format!("/staff/cases/{case_ref}/papers/{key}");
            let cookie = format!("__Host-huiyin-staff={clerk}");
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
        for (login, unit, n) in [("handler", HOUSING, 1), ("clerk", OFFICE, 0)] {
            office.app.set_account(login, official_id(unit, n), "correct horse").await.unwrap();
        }
        let handler = office.log_in("handler").await;
        let papers = office.papers(case_ref.as_str(), &handler, "zh-CN").await;
        assert_eq!(papers.len(), 6);
        for (key, words) in &papers {
            assert_eq!(says(words), [""; 0], "{key}: {words}");
            assert!(!words.contains("欧*梅"), "{key}: {words}");
        }
        assert!(papers[1].1.contains("不属本局职责"), "{}", papers[1].1);
        // And nobody has a copy without a name signed by whom it does not name; what the unit signs itself it signs.
        for (n, signed) in [(0, false), (3, false), (1, true), (4, true), (5, true)] {
            assert_eq!(papers[n].1.contains("签名、日期"), signed, "{}: {}", papers[n].0, papers[n].1);
        }
        // Nor do those that the petition office prints and sends there, though it sees the name.
        let clerk = office.log_in("clerk").await;
        let papers = office.papers(case_ref.as_str(), &clerk, "zh-CN").await;
        for n in [1, 2, 4, 5] {
            assert_eq!(says(&papers[n].1), [""; 0], "{}: {}", papers[n].0, papers[n].1);
        }
        assert_eq!(
            says(&papers[0].1),
            ["欧阳雪梅", "13800138000", "青河路7号2单元301室"],
            "the petitioner's own words stay"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_review_has_its_receipt_and_the_closing_review_counts_what_is_left() {
    for office in on_both("papers-review").await {
        let (id, _) = office.answered_to(submission("papers-review")).await;
        let asked = office.act(Actor::Petitioner { party: 0 }, id, ask_for_review).await.unwrap();
        let case_ref = asked.submission.as_ref().unwrap().case_ref.clone();
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let clerk = office.log_in("clerk").await;
        let papers = office.papers(case_ref.as_str(), &clerk, "zh-CN").await;
        let words = |kind: &str| {
            &papers.iter().find(|(key, _)| key.starts_with(kind)).unwrap_or_else(|| panic!("{kind}")).1
        };
        let request = words("review-request");
        for expected in [
            "望湖区人民政府复查（复核）申请书",
            "申请事项复查",
            "信访处理意见书",
            "理由不足，请求撤销",
            "回执：收到申请的日期2026年3月2日",
            "林*",
        ] {
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
            "打印日期2026年3月2日",
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

/// Whoever may not know of an earlier matter does not learn from the registration form that there was one, nor what it was compared with.
#[tokio::test(flavor = "multi_thread")]
async fn seal_2_the_registration_form_betrays_no_earlier_matter() {
    for office in on_both("papers-earlier").await {
        office.app.set_account("clerk", official_id(OFFICE, 0), "correct horse").await.unwrap();
        office.app.set_account("handler", official_id(HOUSING, 1), "correct horse").await.unwrap();
        let (clerk, handler) = (office.log_in("clerk").await, office.log_in("handler").await);
        for (kind, known) in [("claim", true), ("report", false)] {
            let mut first = submission(&format!("{kind}-first"));
            first.kind = Name::from(kind);
            if kind == "report" {
                first.accused = vec![unit_id(HOUSING)];
            }
            let first = office.app.submit(&Actor::Petitioner { party: 0 }, first).await.unwrap().petition;
            let numbered = store::history::load(&office.app.database, first).await.unwrap().unwrap();
            let number = numbered.petition.submission.as_ref().unwrap().number.to_string();
            let second = NewSubmission { earlier: Some(first), ..submission(&format!("{kind}-second")) };
            let id = office.app.submit(&Actor::Petitioner { party: 0 }, second).await.unwrap().petition;
            let compared = |contents: &mut Contents| {
                let Act::Register(registration) = registration("claim") else { panic!() };
                let comparison = Some(contents.add("前件是停工，本件是逾期").unwrap());
                Act::Register(casework::act::Registration { comparison, ..registration })
            };
            let petition = office.act(actor(OFFICE, 0), id, compared).await.unwrap();
            let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
            let words = office.papers(case_ref.as_str(), &clerk, "zh-CN").await.remove(0).1;
            for told in [number.as_str(), "曾就同一事项信访", "前件是停工"] {
                assert_eq!(words.contains(told), known, "{kind}: {told}: {words}");
            }
            // The unit that got the second one alone learns of neither.
            office.act(actor(OFFICE, 0), id, forward).await.unwrap();
            let words = office.papers(case_ref.as_str(), &handler, "zh-CN").await.remove(0).1;
            for told in [number.as_str(), "曾就同一事项信访", "前件是停工"] {
                assert!(!words.contains(told), "{kind}: {told}: {words}");
            }
        }
        // Of one that named none it says so.
        let id =
            office.app.submit(&Actor::Petitioner { party: 0 }, submission("none")).await.unwrap().petition;
        let petition = office.registered(id).await;
        let case_ref = petition.submission.as_ref().unwrap().case_ref.clone();
        let words = office.papers(case_ref.as_str(), &clerk, "zh-CN").await.remove(0).1;
        assert!(words.contains("曾就同一事项信访否"), "{words}");
    }
}
