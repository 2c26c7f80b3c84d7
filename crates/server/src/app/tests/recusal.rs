//! Recusal and accusation as people meet them: an open session loses the case, somebody else has it at once, who knew is
//! listed, and what takes two people is not done by one (REC-1, REC-3, REC-4, DUAL-1, IAM-6).

use super::*;
use crate::identity::Identity;
use store::history;

pub(super) const INTEGRITY: u128 = 8;
pub(super) const NOWHERE: &str = "0123456789abcdef0123456789abcdef";

/// The office with an integrity body beside it, whose staff are a registrar, a handler and a head.
pub(super) async fn with_integrity(name: &str) -> [Office; 2] {
    let offices = on_both(name).await;
    for office in &offices {
        let mut new = (*office.app.directory()).clone();
        let mut unit = new.units[&unit_id(HOUSING)].clone();
        unit.id = unit_id(INTEGRITY);
        unit.kind = UnitKind::IntegrityBody;
        unit.name_zh = "区纪委监委".to_owned();
        (unit.intake, unit.head) = (official_id(INTEGRITY, 0), official_id(INTEGRITY, 2));
        new.units.insert(unit.id, unit);
        staff(&mut new, INTEGRITY, "integrity");
        change(office, &new).await;
    }
    offices
}

/// A registrar, a handler and a head of a unit.
fn staff(directory: &mut Directory, unit: u128, name: &str) {
    for n in 0..3 {
        let id = official_id(unit, n);
        let official = Official {
            id,
            unit: unit_id(unit),
            name: format!("{name} {n}"),
            post: "干部".to_owned(),
            roles: roles(n).into_iter().collect(),
            active: true,
            mail: String::new(),
        };
        directory.officials.insert(id, official);
    }
}

pub(super) async fn change(office: &Office, new: &Directory) {
    let by = official_id(CITY, AUDITOR);
    let batch = office.app.change_directory(new, by, serde_json::Map::new()).await.unwrap();
    office.app.database.commit(batch).await.unwrap();
    office.app.read_directory().await.unwrap();
}

pub(super) async fn session(office: &Office, unit: u128, n: u128) -> String {
    let login = format!("u{unit}n{n}");
    office.app.set_account(&login, official_id(unit, n), "correct horse").await.unwrap();
    office.log_in(&login).await
}

/// A petition of somebody with a name and a telephone: its id, its reference, its code.
pub(super) async fn filed(office: &Office, new: NewSubmission) -> (PetitionId, String, String) {
    let identity =
        Identity { name: "林晓芸".to_owned(), phone: "13800004521".to_owned(), ..Identity::default() };
    let new = NewSubmission { identity: identity.words(), ..new };
    let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
    let petition = petition(office, receipt.petition).await;
    (receipt.petition, petition.submission.unwrap().case_ref.to_string(), receipt.code.to_string())
}

pub(super) async fn petition(office: &Office, id: PetitionId) -> Petition {
    history::load(&office.app.database, id).await.unwrap().unwrap().petition
}

/// A report that lies with the integrity body.
async fn referred(office: &Office, token: &str) -> (PetitionId, String, String) {
    let new =
        NewSubmission { kind: Name::from("report"), accused: vec![unit_id(HOUSING)], ..submission(token) };
    let (id, case_ref, code) = filed(office, new).await;
    office.act(actor(OFFICE, 0), id, |_| registration("report")).await.unwrap();
    let refer = |contents: &mut Contents| {
        let note = contents.add("移送").unwrap();
        let to = unit_id(INTEGRITY);
        Act::ReferReport(Dispatch { to, note, report_by: None, competence_decision: None })
    };
    office.act(actor(OFFICE, 0), id, refer).await.unwrap();
    (id, case_ref, code)
}

/// A claim that housing's handler has in hand.
async fn in_hand(office: &Office, token: &str) -> (PetitionId, String, String) {
    let (id, case_ref, code) = filed(office, submission(token)).await;
    office.forwarded(id).await;
    let official = official_id(HOUSING, 1);
    office.act(actor(HOUSING, 1), id, |_| Act::TakeUp(Handover { official })).await.unwrap();
    (id, case_ref, code)
}

/// The case is to this session as one that does not exist, page and API, and in no list or count of theirs, which has
/// `n_others`.
async fn is_gone(office: &Office, case_ref: &str, session: &str, n_others: u32) {
    for path in ["/staff/cases/REF", "/staff/cases/REF/recusals", "/staff/cases/REF/acts/record_contact"] {
        let (status, page) = office.page(&path.replace("REF", case_ref), session).await;
        let absent = office.page(&path.replace("REF", NOWHERE), session).await;
        assert_eq!((status, page.replace(case_ref, NOWHERE)), absent, "{path}");
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let api = office.get(&format!("/api/v1/cases/{case_ref}"), session).await;
    assert_eq!(api, office.get(&format!("/api/v1/cases/{NOWHERE}"), session).await);
    let (_, inbox) = office.page("/staff", session).await;
    assert!(!inbox.contains(case_ref), "{inbox}");
    let chips = inbox.split("<ul class=\"seg\"").nth(1).unwrap().split("</ul>").next().unwrap();
    let counts: Vec<&str> =
        chips.split("<b>").skip(1).map(|chip| chip.split("</b>").next().unwrap()).collect();
    assert_eq!(counts.len(), 5, "all, overdue, soon, mine, reminders");
    assert_eq!(counts[0], n_others.to_string(), "REC-1: the count tells of it: {chips}");
}

async fn form(
    office: &Office,
    case_ref: &str,
    verb: &str,
    session: &str,
    seen: u64,
    rest: &str,
) -> StatusCode {
    let path = format!("/staff/cases/{case_ref}/acts/{verb}");
    office.form(&path, session, &format!("seen={seen}&{rest}")).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn rec_3_whoever_declares_an_interest_loses_the_case_at_their_next_request() {
    for office in on_both("declared").await {
        let (id, case_ref, code) = in_hand(&office, "declared").await;
        let handler = session(&office, HOUSING, 1).await;
        let clerk = session(&office, HOUSING, 0).await;
        let case = format!("/staff/cases/{case_ref}");
        let (_, page) = office.page(&case, &handler).await;
        assert!(page.contains("acts/declare_recusal"));
        // One who does not handle it, first; then the handler. Without a reason nothing happens.
        let seen = petition(&office, id).await.version;
        let silent = form(&office, &case_ref, "declare_recusal", &clerk, seen, "reason=").await;
        assert_eq!(silent, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(office.page(&case, &clerk).await.0, StatusCode::OK);
        let done = form(&office, &case_ref, "declare_recusal", &clerk, seen, "reason=kin").await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        is_gone(&office, &case_ref, &clerk, 0).await;
        assert_eq!(petition(&office, id).await.owner.unwrap().1, official_id(HOUSING, 1));
        let seen = petition(&office, id).await.version;
        let done = form(&office, &case_ref, "declare_recusal", &handler, seen, "reason=kin").await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        is_gone(&office, &case_ref, &handler, 0).await;
        // INV-2: it lies with somebody else of the unit at once, and the deadlines run on.
        let after = petition(&office, id).await;
        assert_eq!(after.owner.unwrap(), (unit_id(HOUSING), official_id(HOUSING, 2)));
        assert!(after.open_deadlines().next().is_some());
        // The history is kept, and the petitioner is told that somebody was recused.
        let head = session(&office, HOUSING, 2).await;
        let (_, page) = office.page(&case, &head).await;
        assert!(page.contains("自行回避"), "{page}");
        let (_, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert!(told.to_string().contains("自行回避"));
        // The last of the unit who could have it: it goes to the organ above, not to nobody.
        let seen = petition(&office, id).await.version;
        let done = form(&office, &case_ref, "declare_recusal", &head, seen, "reason=kin").await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        is_gone(&office, &case_ref, &head, 0).await;
        assert_eq!(petition(&office, id).await.owner.unwrap().0, unit_id(GOVERNMENT));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rec_3_what_the_petitioner_asks_the_head_decides_and_about_the_head_the_organ_above() {
    for office in on_both("asked").await {
        let (id, case_ref, _) = in_hand(&office, "asked").await;
        let handler = session(&office, HOUSING, 1).await;
        let head = session(&office, HOUSING, 2).await;
        let above = session(&office, GOVERNMENT, 2).await;
        let ask = |official: OfficialId| {
            move |contents: &mut Contents| {
                let reason = contents.add("亲属").unwrap();
                Act::AskRecusal(RecusalAsk { official: Some(official), reason })
            }
        };
        let petitioner = || Actor::Petitioner { party: 0 };
        // About somebody who has nothing to do with it: whoever decides would see it for being asked.
        for stranger in [official_id(OFFICE, 1), official_id(INTEGRITY, 0)] {
            let asked = office.act(petitioner(), id, ask(stranger)).await;
            assert!(
                matches!(asked, Err(Failure::Refused(casework::Refusal::Unknown { what: "official" }))),
                "{asked:?}"
            );
        }
        office.act(petitioner(), id, ask(official_id(HOUSING, 1))).await.unwrap();
        let decide = format!("official={}&recused=yes&reason=kin", official_id(HOUSING, 1));
        let seen = petition(&office, id).await.version;
        // Not by themselves.
        let own = form(&office, &case_ref, "decide_recusal", &handler, seen, &decide).await;
        assert_eq!(own, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(office.page(&format!("/staff/cases/{case_ref}"), &handler).await.0, StatusCode::OK);
        let done = form(&office, &case_ref, "decide_recusal", &head, seen, &decide).await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        is_gone(&office, &case_ref, &handler, 0).await;
        assert_eq!(petition(&office, id).await.owner.unwrap().1, official_id(HOUSING, 0));
        // About the head: the organ above, which sees the matter while it owes the decision, and not who filed it.
        let decide = format!("official={}&recused=yes&reason=kin", official_id(HOUSING, 2));
        let case = format!("/staff/cases/{case_ref}");
        assert_eq!(office.page(&case, &above).await.0, StatusCode::NOT_FOUND, "the control");
        office.act(petitioner(), id, ask(official_id(HOUSING, 2))).await.unwrap();
        let seen = petition(&office, id).await.version;
        let own = form(&office, &case_ref, "decide_recusal", &head, seen, &decide).await;
        assert_eq!(own, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, page) = office.page(&case, &above).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("林*芸") && !page.contains("138****4521"));
        assert!(office.page("/staff", &above).await.1.contains(&case_ref), "its own duty, with a day");
        // Whoever it is about ends it by no decision about somebody else.
        let other = format!("official={}&recused=no&reason=none", official_id(HOUSING, 0));
        let done = form(&office, &case_ref, "decide_recusal", &head, seen, &other).await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        assert_eq!(
            office.page(&case, &above).await.0,
            StatusCode::OK,
            "what was asked about the head is open"
        );
        let seen = petition(&office, id).await.version;
        let done = form(&office, &case_ref, "decide_recusal", &above, seen, &decide).await;
        assert_eq!(done, StatusCode::SEE_OTHER);
        is_gone(&office, &case_ref, &head, 0).await;
        // Housing has no head left for it: the organ above has it.
        assert_eq!(petition(&office, id).await.owner.unwrap().0, unit_id(GOVERNMENT));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rec_1_whom_the_registrar_finds_in_the_directory_sees_nothing_of_it() {
    for office in on_both("named").await {
        let clerk = session(&office, OFFICE, 0).await;
        let chief = session(&office, OFFICE, 2).await;
        let head = session(&office, HOUSING, 2).await;
        let handler = session(&office, HOUSING, 1).await;
        // A claim about housing's head, found at registration: housing has it, without them.
        let (id, case_ref, _) = filed(&office, submission("named")).await;
        let (_, page) = office.page(&format!("/staff/cases/{case_ref}/acts/register"), &clerk).await;
        assert!(page.contains("named.0") && page.contains(&official_id(HOUSING, 2).to_string()));
        let named = format!("kind=claim&class=04&named.0={}", official_id(HOUSING, 1));
        let seen = petition(&office, id).await.version;
        assert_eq!(form(&office, &case_ref, "register", &clerk, seen, &named).await, StatusCode::SEE_OTHER);
        office.act(actor(OFFICE, 0), id, forward).await.unwrap();
        assert_eq!(petition(&office, id).await.named, [official_id(HOUSING, 1)].into());
        is_gone(&office, &case_ref, &handler, 0).await;
        let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), &head).await;
        assert_eq!(status, StatusCode::OK, "others of the unit");
        assert!(page.contains("反映的人员"));
        // A report about the office's own head, entered at the counter: nobody of the office has it any more.
        let new = NewSubmission {
            kind: Name::from("report"),
            office: unit_id(OFFICE),
            named: vec![official_id(OFFICE, 2)],
            ..submission("own")
        };
        let mut directory = (*office.app.directory()).clone();
        let mut outside = directory.units[&unit_id(HOUSING)].clone();
        (outside.id, outside.parent, outside.kind) = (unit_id(9), None, UnitKind::IntegrityBody);
        (outside.intake, outside.head) = (official_id(9, 0), official_id(9, 2));
        directory.units.insert(unit_id(9), outside);
        staff(&mut directory, 9, "outside");
        change(&office, &directory).await;
        let (id, case_ref, _) = filed(&office, new).await;
        assert_eq!(petition(&office, id).await.owner.unwrap().0, unit_id(9), "REC-2: the body outside");
        for session in [&clerk, &chief] {
            is_gone(&office, &case_ref, session, 1).await;
        }
        let outside = session(&office, 9, 0).await;
        assert_eq!(office.page(&format!("/staff/cases/{case_ref}"), &outside).await.0, StatusCode::OK);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rec_4_who_knew_before_they_were_kept_from_it_is_listed_to_whoever_decides() {
    for office in with_integrity("knew").await {
        let (id, case_ref, _) = in_hand(&office, "knew").await;
        let handler = session(&office, HOUSING, 1).await;
        let clerk = session(&office, HOUSING, 0).await;
        let head = session(&office, HOUSING, 2).await;
        let case = format!("/staff/cases/{case_ref}");
        let list = format!("{case}/recusals");
        for reader in [&handler, &clerk] {
            assert_eq!(office.page(&case, reader).await.0, StatusCode::OK);
        }
        let (status, page) = office.page(&list, &head).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("不得经办的人员都没有看过") && !page.contains("official 1"));
        let seen = petition(&office, id).await.version;
        form(&office, &case_ref, "declare_recusal", &handler, seen, "reason=kin").await;
        let (_, page) = office.page(&list, &head).await;
        let row = page.split("<tbody>").nth(1).unwrap();
        assert!(row.contains("official 1") && row.contains("已经回避") && row.contains("共1次"), "{row}");
        assert!(row.contains("自行回避"), "what they did: {row}");
        assert!(!row.contains("official 0"), "no other reader is named: {row}");
        assert!(office.page(&case, &head).await.1.contains(&list));
        // Nobody else of the unit, though they see the case.
        assert_eq!(office.page(&case, &clerk).await.0, StatusCode::OK);
        assert_eq!(office.page(&list, &clerk).await.0, StatusCode::NOT_FOUND);
        assert!(!office.page(&case, &clerk).await.1.contains(&list));
        // A report: to the integrity body. It was a claim that housing had read, before it turned out what it is.
        let (id, case_ref, _) = in_hand(&office, "turned").await;
        let case = format!("/staff/cases/{case_ref}");
        assert_eq!(office.page(&case, &clerk).await.0, StatusCode::OK);
        let propose = |contents: &mut Contents| {
            let reason = contents.add("实为检举").unwrap();
            let named = vec![official_id(HOUSING, 2)];
            Act::ProposeReclassification(Reclassification {
                kind: Name::from("report"),
                by: None,
                reason,
                named,
            })
        };
        office.act(actor(OFFICE, 0), id, propose).await.unwrap();
        let confirm = |contents: &mut Contents| {
            Act::ConfirmReclassification(Reasoned { reason: contents.add("属实").unwrap() })
        };
        office.act(actor(OFFICE, 2), id, confirm).await.unwrap();
        is_gone(&office, &case_ref, &clerk, 1).await;
        let refer = |contents: &mut Contents| {
            let note = contents.add("移送").unwrap();
            let to = unit_id(INTEGRITY);
            Act::ReferReport(Dispatch { to, note, report_by: None, competence_decision: None })
        };
        office.act(actor(OFFICE, 0), id, refer).await.unwrap();
        let body = session(&office, INTEGRITY, 1).await;
        let (status, page) = office.page(&format!("{case}/recusals"), &body).await;
        assert_eq!(status, StatusCode::OK);
        let row = page.split("<tbody>").nth(1).unwrap();
        assert!(row.contains("official 0") && row.contains("由被检举人负责"), "{row}");
        // Who moves to another unit knew of it all the same.
        let mut new = (*office.app.directory()).clone();
        new.units.get_mut(&unit_id(HOUSING)).unwrap().intake = official_id(HOUSING, 1);
        new.officials.get_mut(&official_id(HOUSING, 0)).unwrap().unit = unit_id(OFFICE);
        change(&office, &new).await;
        let (_, page) = office.page(&format!("{case}/recusals"), &body).await;
        let row = page.split("<tbody>").nth(1).unwrap();
        assert!(row.contains("official 0") && row.contains("由被检举人负责"), "moved: {row}");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

const PURPOSE: &str = "field=phone&purpose=contact&words=talk";

#[tokio::test(flavor = "multi_thread")]
async fn dual_1_in_a_sealed_matter_one_asks_and_another_agrees() {
    for office in with_integrity("two").await {
        let (id, case_ref, code) = referred(&office, "two").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let other = session(&office, INTEGRITY, 0).await;
        let stranger = session(&office, HOUSING, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let field = format!("{path}?field=phone");
        let hidden = async || !office.page(&field, &asker).await.1.contains("13800004521");
        let (status, to, _) = office.form(&path, &asker, PURPOSE).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, field.as_str()));
        let (_, page) = office.page(&field, &asker).await;
        assert!(page.contains("integrity 0") && page.contains("ask="), "who may agree, and where: {page}");
        assert!(hidden().await, "nobody has agreed");
        let seq = page.split("identity?ask=").nth(1).unwrap();
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        let agree = format!("ask={seq}");
        // One person with two tabs.
        assert_eq!(office.form(&path, &asker, &agree).await.0, StatusCode::CONFLICT);
        let api = format!("/api/v1/cases/{case_ref}/identity");
        let (status, _) = office.send(&api, &asker, json!({ "agree": seq.parse::<u64>().unwrap() })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(hidden().await);
        // Whoever may not know of it is told nothing of the question either; nor is anything else agreed to.
        let asked = format!("{path}?{agree}");
        assert_eq!(office.page(&asked, &stranger).await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.form(&path, &stranger, &agree).await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.form(&path, &other, "ask=77").await.0, StatusCode::NOT_FOUND);
        assert!(office.page(&format!("/staff/cases/{case_ref}"), &other).await.1.contains(&agree));
        let (_, page) = office.page(&asked, &other).await;
        assert!(page.contains("integrity 1") && page.contains("talk") && !page.contains("13800004521"));
        assert_eq!(office.form(&path, &other, &agree).await.0, StatusCode::SEE_OTHER);
        // Open to whoever asked, to nobody else, for ten minutes.
        assert!(!hidden().await);
        let (_, theirs) = office.page(&field, &other).await;
        assert!(!theirs.contains("13800004521"));
        assert_eq!(office.form(&path, &other, &agree).await.0, StatusCode::NOT_FOUND, "agreed to once");
        let kinds = async || {
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().rev().map(|kept| kept.read.seen.kind()).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds().await.iter().filter(|kind| **kind != "case").collect::<Vec<_>>(),
            [&"asked", &"agreed"]
        );
        let later = office.app.clock.now() + jiff::SignedDuration::from_mins(11);
        office.app.clock.set(later);
        assert!(hidden().await, "ten minutes");
        let (_, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        let told = told["accesses"].to_string();
        assert!(told.contains("\"asked\"") && told.contains("\"agreed\"") && !told.contains("integrity 0"));
        // Asked a day ago: it is too late.
        let asker = session(&office, INTEGRITY, 1).await;
        let (status, given) = office
            .send(&api, &asker, json!({ "field": "name", "purpose": "contact", "words": "talk" }))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert!(given["value"].is_null());
        let after =
            |minutes: i64| (office.app.clock.now() + jiff::SignedDuration::from_mins(minutes)).to_string();
        assert_eq!(given["until"], after(24 * 60), "somebody may agree for a day");
        let others = [session(&office, INTEGRITY, 0).await, session(&office, INTEGRITY, 2).await];
        let agreeing =
            others.each_ref().map(|other| office.send(&api, other, json!({ "agree": given["asked"] })));
        let mut answers = futures_util::future::join_all(agreeing).await;
        answers.sort_by_key(|(status, _)| *status);
        assert_eq!(answers[0].0, StatusCode::ACCEPTED);
        assert_eq!(answers[0].1["until"], after(10), "and it stays open for ten minutes");
        assert_eq!(answers[1].0, StatusCode::NOT_FOUND, "agreed to twice");
        assert_eq!(kinds().await.iter().filter(|kind| **kind == "agreed").count(), 2, "of two questions");
        let (_, given) = office
            .send(&api, &asker, json!({ "field": "phone", "purpose": "contact", "words": "talk" }))
            .await;
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_hours(25));
        let other = session(&office, INTEGRITY, 0).await;
        let late = office.send(&api, &other, json!({ "agree": given["asked"] })).await;
        assert_eq!(late.0, StatusCode::NOT_FOUND);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// Architecture §10.9: where the body has one person, the head of the unit above is the second, and sees nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_the_second_person_of_a_body_of_one_is_the_head_above() {
    for office in with_integrity("alone").await {
        let mut new = (*office.app.directory()).clone();
        for n in [0, 2] {
            new.officials.get_mut(&official_id(INTEGRITY, n)).unwrap().active = false;
        }
        let unit = new.units.get_mut(&unit_id(INTEGRITY)).unwrap();
        (unit.intake, unit.head) = (official_id(INTEGRITY, 1), official_id(INTEGRITY, 1));
        // The integrity body of the city.
        let mut city = new.units[&unit_id(INTEGRITY)].clone();
        (city.id, city.parent) = (unit_id(9), Some(unit_id(CITY)));
        (city.intake, city.head) = (official_id(9, 0), official_id(9, 2));
        new.units.insert(city.id, city);
        staff(&mut new, 9, "city");
        change(&office, &new).await;
        let (_, case_ref, _) = referred(&office, "alone").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let head = session(&office, 9, 2).await;
        let clerk = session(&office, 9, 0).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        office.form(&path, &asker, PURPOSE).await;
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        let seq = page.split("identity?ask=").nth(1).unwrap_or_else(|| panic!("{page}"));
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        let asked = format!("{path}?ask={seq}");
        assert_eq!(office.page(&asked, &clerk).await.0, StatusCode::NOT_FOUND, "the head alone");
        let (status, page) = office.page(&asked, &head).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("停工") && !page.contains("13800004521"), "nothing of the matter: {page}");
        assert_eq!(office.page(&format!("/staff/cases/{case_ref}"), &head).await.0, StatusCode::NOT_FOUND);
        let (status, to, _) = office.form(&path, &head, &format!("ask={seq}")).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/staff"));
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        assert!(page.contains("13800004521"));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// What the head of a body asks, nobody agrees to who works under them, while the head above can; where nobody above is,
/// one of the body agrees, and the read says so.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_whoever_works_under_the_asker_agrees_only_where_nobody_else_could() {
    for office in with_integrity("asker").await {
        let (_, case_ref, _) = referred(&office, "asker").await;
        let head = session(&office, INTEGRITY, 2).await;
        let below = session(&office, INTEGRITY, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let ask = async || {
            office.form(&path, &head, PURPOSE).await;
            let (_, page) = office.page(&format!("{path}?field=phone"), &head).await;
            let seq = page.split("identity?ask=").nth(1).unwrap_or_else(|| panic!("{page}"));
            (seq.chars().take_while(char::is_ascii_digit).collect::<String>(), page)
        };
        let mut new = (*office.app.directory()).clone();
        let mut city = new.units[&unit_id(INTEGRITY)].clone();
        (city.id, city.parent) = (unit_id(9), Some(unit_id(CITY)));
        (city.intake, city.head) = (official_id(9, 0), official_id(9, 2));
        new.units.insert(city.id, city);
        staff(&mut new, 9, "city");
        let without = (*office.app.directory()).clone();
        change(&office, &new).await;
        let (seq, page) = ask().await;
        assert!(page.contains("city 2") && !page.contains("integrity 1"), "who may agree: {page}");
        assert_eq!(office.form(&path, &below, &format!("ask={seq}")).await.0, StatusCode::NOT_FOUND);
        // One person with two tabs.
        assert_eq!(office.form(&path, &head, &format!("ask={seq}")).await.0, StatusCode::CONFLICT);
        let agreed = async || {
            let id = office.app.by_ref(&case_ref).await.unwrap().unwrap();
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().find_map(|kept| {
                if let casework::access::Seen::Agreed { under, .. } = kept.read.seen {
                    Some(under)
                } else {
                    None
                }
            })
        };
        assert_eq!(agreed().await, None);
        // Nobody above any more.
        let mut gone = without;
        for official in new.officials.values().filter(|official| official.unit == unit_id(9)) {
            let mut left = official.clone();
            left.active = false;
            gone.officials.insert(left.id, left);
        }
        gone.units.insert(unit_id(9), new.units[&unit_id(9)].clone());
        // Nor at the petition office, which would have the report instead.
        gone.officials.get_mut(&official_id(OFFICE, 2)).unwrap().roles.remove(&Role::Head);
        change(&office, &gone).await;
        assert_eq!(office.form(&path, &below, &format!("ask={seq}")).await.0, StatusCode::SEE_OTHER);
        assert_eq!(agreed().await, Some(true), "and the record says so");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_6_whoever_showed_longer_ago_that_it_is_they_shows_it_again_before_a_name() {
    for office in with_integrity("fresh").await {
        let (id, case_ref, _) = in_hand(&office, "fresh").await;
        let handler = session(&office, HOUSING, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let six = office.app.clock.now() + jiff::SignedDuration::from_mins(6);
        office.app.clock.set(six);
        let shown = async || {
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().filter(|kept| kept.read.seen.kind() == "identity").count()
        };
        let (status, _, page) = office.form(&path, &handler, PURPOSE).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(page.contains("holder_password") && page.contains("value=\"talk\""), "{page}");
        let api = format!("/api/v1/cases/{case_ref}/identity");
        let asked = json!({ "field": "phone", "purpose": "contact", "words": "talk" });
        assert_eq!(office.send(&api, &handler, asked).await.0, StatusCode::UNAUTHORIZED);
        let wrong = format!("{PURPOSE}&holder_password=wrong");
        assert_eq!(office.form(&path, &handler, &wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(shown().await, 0, "nothing was opened");
        let right = format!("{PURPOSE}&holder_password=correct%20horse");
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(1));
        assert_eq!(office.form(&path, &handler, &right).await.0, StatusCode::SEE_OTHER);
        assert_eq!(shown().await, 1);
        // Agreeing asks for it too.
        let (_, case_ref, _) = referred(&office, "fresh-two").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let other = session(&office, INTEGRITY, 0).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        office.form(&path, &asker, PURPOSE).await;
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        let seq = page.split("identity?ask=").nth(1).unwrap();
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(6));
        assert_eq!(office.form(&path, &other, &format!("ask={seq}")).await.0, StatusCode::FORBIDDEN);
        assert!(!office.page(&format!("{path}?field=phone"), &asker).await.1.contains("13800004521"));
    }
}

/// I6: whoever handles or handled it extends nothing, in one tab or in two.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_nobody_extends_their_own_matter_with_two_tabs() {
    for office in on_both("extend").await {
        let (id, case_ref, _) = in_hand(&office, "extend").await;
        let head = session(&office, HOUSING, 2).await;
        let handler = official_id(HOUSING, 2);
        office
            .act(actor(HOUSING, 1), id, |contents| {
                Act::Accept(Acceptance {
                    ways_examined: ["JUD", "ARB", "PTY", "ADM", "DUTY"].map(Name::from).to_vec(),
                    ways_reason: contents.add("均不适用").unwrap(),
                    no_conflict: true,
                    handler,
                    simple_ground: None,
                })
            })
            .await
            .unwrap();
        let case = format!("/staff/cases/{case_ref}");
        assert!(!office.page(&case, &head).await.1.contains("acts/extend"), "not offered to the handler");
        let seen = petition(&office, id).await.version;
        let extend = "days=10&reason=more";
        let own = form(&office, &case_ref, "extend", &head, seen, extend).await;
        assert_eq!(own, StatusCode::CONFLICT);
        // Handed on in one tab, extended in the other: the case changed; and looked at again, it is still their own delay.
        let hand_over = format!("official={}", official_id(HOUSING, 1));
        assert_eq!(
            form(&office, &case_ref, "hand_over", &head, seen, &hand_over).await,
            StatusCode::SEE_OTHER
        );
        assert_eq!(form(&office, &case_ref, "extend", &head, seen, extend).await, StatusCode::CONFLICT);
        let seen = petition(&office, id).await.version;
        assert_eq!(form(&office, &case_ref, "extend", &head, seen, extend).await, StatusCode::CONFLICT);
        assert_eq!(petition(&office, id).await.extension_days, 0);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// A matter that may not be known takes no place on a page of the inbox, and no address names it.
#[tokio::test(flavor = "multi_thread")]
async fn rec_1_no_page_of_the_inbox_ends_at_a_matter_that_is_kept_from_its_reader() {
    let office = office(store::testing::sqlite("pages").await.unwrap(), "pages").await;
    let mut all = Vec::new();
    for n in 0..27 {
        let (id, case_ref, _) = filed(&office, submission(&format!("page-{n}"))).await;
        office.forwarded(id).await;
        all.push((case_ref, id));
    }
    all.sort();
    let clerk = official_id(HOUSING, 0);
    let (hidden, id) = all[24].clone();
    let recuse = move |contents: &mut Contents| {
        let reason = contents.add("亲属").unwrap();
        Act::DecideRecusal(RecusalDecision { official: clerk, recused: true, reason, successor: None })
    };
    office.act(actor(HOUSING, 2), id, recuse).await.unwrap();
    let session = session(&office, HOUSING, 0).await;
    let (status, first) = office.page("/staff", &session).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(first.matches("class=\"ttl\"").count(), 25);
    assert!(!first.contains(&hidden), "its reference stands on the page");
    let link = first.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = link.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let (_, second) = office.page(&next, &session).await;
    assert_eq!(second.matches("class=\"ttl\"").count(), 1, "{next}");
    assert!(!second.contains("rel=\"next\""));
}
