//! Correction letters: what may be put right in a letter, what stays, and who reads it (procedure.md §5, document 26).

use super::issued::place;
use super::letters::words_of;
use super::*;
use store::content::sha256;
use store::history;

/// A slip of the pen in a served opinion is put right by a letter of its own: the opinion stays the file that it was and stands, its window does
/// not move, and whoever checks it is told to read both.
#[tokio::test(flavor = "multi_thread")]
async fn a_slip_is_corrected_by_a_letter_and_the_letter_stays_what_it_was() {
    for office in on_both("corrected").await {
        let (id, code) = office.answered_to(submission("corrected")).await;
        let before = history::load(&office.app.database, id).await.unwrap().unwrap().petition;
        let opinion = place(&before, "opinion");
        let correct = |contents: &mut Contents| {
            Act::CorrectLetter(casework::act::Correction {
                letter: u32::try_from(opinion).unwrap(),
                wrong: contents.add("开发企业应当按期交房").unwrap(),
                right: contents.add("开发企业应当如期交房").unwrap(),
            })
        };
        // Only what the unit wrote itself can be wrong by a slip: not what it chose, nor what the record reckoned.
        let history = history::load(&office.app.database, id).await.unwrap().unwrap();
        let read = async |who: &Actor, wrong: &str, right: &str| {
            let given = serde_json::json!({ "letter": opinion, "wrong": wrong, "right": right });
            let given = given.as_object().unwrap().clone();
            let mut contents = Contents::new();
            match crate::web::read_act(&office.app, who, &history, Verb::CorrectLetter, given, &mut contents)
                .await
            {
                Ok(_) => "read".to_owned(),
                Err(refused) => format!("{refused:?}"),
            }
        };
        let head = actor(HOUSING, 2);
        assert_eq!(read(&head, "开发企业应当\n按期交房", "开发企业应当如期交房").await, "read");
        for chosen in ["没有这样的话", "予以支持", "2026年3月2日", "第三十二条", "期房逾期交付", "督促复工"]
        {
            let refused = read(&head, chosen, "别的").await;
            assert!(refused.contains("not_in_letter"), "{chosen}: {refused}");
        }
        assert!(read(&head, "按期交房", "按期 交房").await.contains("\"same\""));
        // Whoever may not correct it is not told what stands in it.
        assert_eq!(read(&actor(OFFICE, 2), "没有这样的话", "别的").await, "read");
        let refused = office.act(actor(HOUSING, 1), id, correct).await.unwrap_err();
        assert!(
            matches!(&refused, Failure::Refused(refusal) if refusal.code() == "not_for_you"),
            "{refused:?}"
        );
        let after = office.act(actor(HOUSING, 2), id, correct).await.unwrap();
        let correction = place(&after, "letter_correction");
        assert!(after.letters[correction].issued.is_some() && after.letters[correction].signed.to_petitioner);
        assert_eq!(after.letters[opinion].issued, before.letters[opinion].issued);
        let window = |petition: &Petition| {
            let mut open = petition.open_deadlines();
            open.find(|(_, deadline)| deadline.set.limit == *"ask_first_review")
                .map(|(_, deadline)| deadline.set.clone())
        };
        assert!(window(&after).is_some());
        assert_eq!(window(&after), window(&before));
        // Whoever checks the opinion is told that it stands, and that there is a correction.
        let digest = before.letters[opinion].issued.as_ref().unwrap().digest.0;
        let issued = office.app.issued_letter(crate::letter::Shown::File(&digest)).await.unwrap().unwrap();
        assert_eq!(issued.standing, casework::standing::Standing::Stands);
        let corrections: Vec<_> = issued.corrections.iter().map(|one| (one.index, one.on)).collect();
        assert_eq!(corrections, [(correction, date(2026, 3, 2))]);
        let cookie = office.following(&code).await;
        let (status, pdf, _) = office.printed(&format!("/follow/letters/{opinion}/pdf"), &cookie).await;
        assert_eq!((status, sha256(&pdf)), (StatusCode::OK, digest));
        let (_, page) = office.checked("", &pdf, "zh-CN").await;
        let number = &issued.corrections[0].number;
        assert!(page.contains("仍然有效") && page.contains("2026年3月2日出具了更正通知书"), "{page}");
        assert!(page.contains(&**number), "{number}: {page}");
        let (_, page, _) = office.printed(&format!("/follow/letters/{opinion}"), &cookie).await;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(&format!("2026年3月2日已更正：{number}")), "{page}");
        assert!(page.contains(&format!("href=\"/follow/letters/{correction}\"")), "{page}");
        let (status, pdf, _) = office.printed(&format!("/follow/letters/{correction}/pdf"), &cookie).await;
        assert_eq!(status, StatusCode::OK);
        let words: String = words_of(&pdf).chars().filter(|c| !c.is_whitespace()).collect();
        for expected in [
            "文书更正通知书",
            "2026年3月2日出具的信访处理意见书",
            "原文：开发企业应当按期交房",
            "应为：开发企业应当如期交房",
            "原文书已于2026年3月2日送达",
            "期限仍到2026年4月1日为止",
        ] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
        // What a letter names beside a remedy is none: the day by which the unit answers is not the petitioner's.
        let accepted = place(&after, "acceptance_notice");
        let procedure = office.app.procedure_of(&after).unwrap();
        assert!(procedure.letter(&after.letters[accepted].signed.letter).unwrap().remedy.is_some());
        assert_eq!(after.window_of(procedure, accepted), None);
        assert!(after.window_of(procedure, opinion).is_some());
        // A slip may be in a name: whoever does not see who filed it reads neither what stood there nor what should.
        let history = history::load(&office.app.database, id).await.unwrap().unwrap();
        let words = office.app.words_for(&history, casework::disclosure::Sight::Matter).await.unwrap();
        assert!(!words.values().any(|text| text.contains("如期")), "{words:?}");
        let which = crate::letter::Which {
            history: &history,
            index: correction,
            who: crate::letter::Addressee::Hidden,
        };
        let hidden = crate::letter::worded(
            &office.app,
            crate::web::locale::Locale { lang: casework::deadline::Lang::Zh },
            which,
        )
        .await
        .unwrap();
        let hidden = hidden.letter.paragraphs.join("\n");
        assert!(hidden.contains("原文：") && !hidden.contains("应当"), "{hidden}");
        assert!(super::faults(&office.app).await.is_empty());
    }
}
