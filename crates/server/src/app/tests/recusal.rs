//! Recusal and accusation as people meet them: an open session loses the case, somebody else has it at once, who knew is
//! listed (REC-1, REC-3, REC-4).

mod two_people;

use super::*;
use crate::identity::Identity;
use store::history;

pub(super) const INTEGRITY: u128 = 8;
pub(super) const NOWHERE: &str = "0123456789abcdef0123456789abcdef";

/// The office with an integrity body beside it, whose staff are a registrar, a handler and a head.
pub(super) async fn with_integrity(name: &str) -> [Office; 2] {
    with_integrity_of(name, Suite::Intl).await
}

pub(super) async fn with_integrity_of(name: &str, suite: Suite) -> [Office; 2] {
    let offices = on_both_of(name, suite).await;
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
