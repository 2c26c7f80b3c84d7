//! The three recommendations: who is asked, who answers, and who reads them (Art.40; procedure.md §1.15, §5, document 23).

use super::letters::{NAME, outspoken, says, words_of};
use super::*;

/// Art.40(4), document 23: whoever is addressed in a recommendation finds it on the desk, learns nothing of who filed the matter, and
/// answers in writing; the petitioner reads that it was made and answered.
#[tokio::test(flavor = "multi_thread")]
async fn acc_5_a_recommendation_is_answered_by_whom_it_asks_and_names_nobody() {
    for office in on_both("advised").await {
        let (id, code) = office.answered_to(outspoken(true)).await;
        let head = actor(GOVERNMENT, 2);
        let waits = async || {
            let rows = office.app.inbox(&head, &store::inbox::Filter::default()).await.unwrap().rows;
            rows.iter().map(|(row, _)| row.due.as_ref().map(|due| due.limit.to_string())).collect::<Vec<_>>()
        };
        assert!(waits().await.is_empty() && office.app.known_of(&head, id).await.unwrap().is_none());
        let recommend = |contents: &mut Contents| {
            Act::Recommend(casework::act::Recommendation {
                aim: casework::act::Aim::Policy,
                to: unit_id(GOVERNMENT),
                problem: contents.add(&format!("预售资金没有监管，{NAME}等住户无从查询")).unwrap(),
                evidence: contents.add("三件来信").unwrap(),
                proposal: contents.add(&format!("公开监管账户的余额，并告知{NAME}")).unwrap(),
            })
        };
        let after = office.act(actor(OFFICE, 0), id, recommend).await.unwrap();
        assert_eq!(waits().await, [Some("recommendation_reply".to_owned())]);
        let letter = after.letters.len() - 1;
        let case_ref = after.submission.as_ref().unwrap().case_ref.clone();
        office.app.set_account("city", official_id(GOVERNMENT, 2), "correct horse").await.unwrap();
        let session = office.log_in("city").await;
        let cookie = format!("__Host-huiyin-staff={session}");
        let at = format!("/staff/cases/{case_ref}/letters/{letter}/pdf");
        let (status, pdf, _) = office.printed(&at, &cookie).await;
        assert_eq!(status, StatusCode::OK);
        let words: String = words_of(&pdf).chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(says(&words), [""; 0], "{words}");
        for said in [
            "信访工作建议书",
            "完善政策",
            "预售资金没有监管",
            "三件来信",
            "公开监管账户的余额",
            "2026年4月1日",
        ] {
            assert!(words.contains(said), "{said}: {words}");
        }
        // Nor does the case's page, of the unit complained of or of whoever is asked, though the office wrote the name.
        office.app.set_account("complained", official_id(HOUSING, 1), "correct horse").await.unwrap();
        for session in [&session, &office.log_in("complained").await] {
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), session).await;
            assert!(status == StatusCode::OK && page.contains("公开监管账户的余额"), "{page}");
            assert_eq!(says(&page), [""; 0], "{page}");
        }
        // Its form offers that one recommendation, and nobody else's.
        let (status, form) =
            office.page(&format!("/staff/cases/{case_ref}/acts/answer_recommendation"), &session).await;
        assert!(status == StatusCode::OK && form.contains("信访工作建议书"), "{status}: {form}");
        let answer = |contents: &mut Contents| {
            Act::AnswerRecommendation(casework::act::RecommendationAnswer {
                letter: u32::try_from(letter).unwrap(),
                adoption: casework::act::Adoption::Adopted,
                reason: contents.add("自六月起按月公开").unwrap(),
            })
        };
        let refused = office.act(actor(HOUSING, 2), id, answer).await.unwrap_err();
        assert!(
            matches!(&refused, Failure::Refused(refusal) if refusal.code() == "not_for_you"),
            "{refused:?}"
        );
        office.act(head.clone(), id, answer).await.unwrap();
        assert!(waits().await.is_empty());
        // Whoever asked reads the answer, with its words.
        office.app.set_account("asked", official_id(OFFICE, 0), "correct horse").await.unwrap();
        let (_, page) = office.page(&format!("/staff/cases/{case_ref}"), &office.log_in("asked").await).await;
        for told in ["建议已采纳：信访工作建议书", "自六月起按月公开"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        let (status, page, _) = office.printed("/follow", &office.following(&code).await).await;
        let page = String::from_utf8(page).unwrap();
        assert_eq!(status, StatusCode::OK);
        // That it was made and answered; what officials write to each other about officials stays between them.
        for told in ["信访部门提出建议：完善政策", "建议已采纳"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!page.contains("公开监管账户的余额") && !page.contains("自六月起按月公开"), "{page}");
        assert!(super::faults(&office.app).await.is_empty());
    }
}

/// Art.40: what asks to hold officials to account is read by whoever asks and whoever decides, not by the unit it is about.
#[tokio::test(flavor = "multi_thread")]
async fn the_unit_it_is_about_does_not_read_a_recommendation_to_hold_to_account() {
    for office in on_both("account").await {
        let (id, _) = office.answered_to(submission("account")).await;
        let recommend = |contents: &mut Contents| {
            Act::Recommend(casework::act::Recommendation {
                aim: casework::act::Aim::Account,
                to: unit_id(GOVERNMENT),
                problem: contents.add("拖延九个月").unwrap(),
                evidence: contents.add("两次督办").unwrap(),
                proposal: contents.add("追究负责人的责任").unwrap(),
            })
        };
        let after = office.act(actor(OFFICE, 0), id, recommend).await.unwrap();
        let letter = after.letters.len() - 1;
        let case_ref = after.submission.as_ref().unwrap().case_ref.clone();
        let answer = |contents: &mut Contents| {
            Act::AnswerRecommendation(casework::act::RecommendationAnswer {
                letter: u32::try_from(letter).unwrap(),
                adoption: casework::act::Adoption::Partly,
                reason: contents.add("已约谈负责人").unwrap(),
            })
        };
        // The government reads it while it is to answer, the office and nobody of the unit afterwards too.
        for (unit, n, reads) in [(HOUSING, 1, false), (GOVERNMENT, 2, true), (OFFICE, 0, true)] {
            if unit == OFFICE {
                office.act(actor(GOVERNMENT, 2), id, answer).await.unwrap();
            }
            let login = format!("a{unit}n{n}");
            office.app.set_account(&login, official_id(unit, n), "correct horse").await.unwrap();
            let session = office.log_in(&login).await;
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), &session).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            assert!(
                page.contains("追究负责人") == reads && page.contains("建议：追究责任"),
                "{unit}: {page}"
            );
            assert_eq!(page.contains("已约谈负责人"), reads && unit == OFFICE, "{unit}: {page}");
            let row =
                page.contains(&format!("href=\"/staff/cases/{case_ref}/letters/{letter}\">信访工作建议书"));
            assert_eq!(row, reads, "{unit}: {page}");
            for end in ["", "/pdf", "/reading"] {
                let at = format!("/staff/cases/{case_ref}/letters/{letter}{end}");
                let expected = if reads { StatusCode::OK } else { StatusCode::NOT_FOUND };
                let (status, ..) = office.printed(&at, &format!("__Host-huiyin-staff={session}")).await;
                assert_eq!(status, expected, "{unit} {end}");
            }
        }
    }
}
