//! Who comes second: never whoever works under the proposer, while somebody else could (DUAL-1).

use super::*;
use crate::app::{Decided, NotProposed};

fn admin(n: u128, unit: u128, role: Role) -> Actor {
    Actor::Official { id: administrator(n), unit: unit_id(unit), roles: [role].into() }
}

/// The security administrator heads the government in which all three work; the audit administrator works in that unit.
async fn headed_by_the_proposer(office: &Office, audit_in: u128) {
    let mut new = (*office.app.directory()).clone();
    new.units.get_mut(&unit_id(GOVERNMENT)).unwrap().head = administrator(SECURITY);
    new.officials.get_mut(&administrator(AUDIT)).unwrap().unit = unit_id(audit_in);
    // The city has an audit administrator of its own.
    new.officials.get_mut(&official_id(CITY, 3)).unwrap().active = false;
    put_in_place(&office.app, &new).await;
}

async fn proposed(office: &Office, post: &str) -> String {
    let mut official = office.app.directory().official(official_id(HOUSING, 1)).unwrap().clone();
    official.post = post.to_owned();
    let by = admin(SECURITY, GOVERNMENT, Role::SecurityAdministrator);
    office.app.propose(&by, Change::Official(official), "改职务").await.unwrap().unwrap();
    office.app.open_proposals().await.unwrap()[0].id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn dual_1_whoever_works_under_the_proposer_decides_nothing_while_somebody_else_could() {
    for office in staffed_on_both("under", false).await {
        headed_by_the_proposer(&office, CITY).await;
        let id = proposed(&office, "科长").await;
        let mut system = Browser::new(&office);
        system.log_in("system", "correct horse").await;
        let page = system.get("/staff/proposals").await;
        assert!(page.text.contains("请由管"), "who decides instead: {}", page.text);
        assert!(!page.text.contains("value=\"approve\""), "and no button");
        let fields = [("proposal", id.as_str()), ("decision", "approve")];
        let refused = system.post("/staff/proposals", &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("下属不能批准上级提出的事项"), "{}", refused.text);
        let by = admin(SYSTEM, GOVERNMENT, Role::SystemAdministrator);
        let alone = office.app.decide_proposal(&by, &id, false).await.unwrap();
        assert_eq!(alone, Err(NotProposed::Subordinate(administrator(AUDIT))), "nor refuses it");
        // Nor does the proposer, in either of two tabs.
        let mut tabs = [Browser::new(&office), Browser::new(&office)];
        for tab in &mut tabs {
            tab.log_in("security", "correct horse").await;
            assert_eq!(tab.post("/staff/proposals", &fields).await.status, StatusCode::CONFLICT);
        }
        assert_eq!(office.app.open_proposals().await.unwrap().len(), 1, "it waits");
        let above = admin(AUDIT, CITY, Role::AuditAdministrator);
        let done = office.app.decide_proposal(&above, &id, true).await.unwrap();
        assert_eq!(done, Ok(Decided::Approved));
        let newest = &office.app.office_changes(u64::MAX, 1).await.unwrap()[0];
        assert!(newest.kind == "directory" && !newest.decided_under);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dual_1_where_all_administrators_work_under_the_proposer_one_of_them_decides_and_it_is_recorded() {
    for office in staffed_on_both("allunder", false).await {
        headed_by_the_proposer(&office, GOVERNMENT).await;
        let id = proposed(&office, "科长").await;
        let by = admin(SYSTEM, GOVERNMENT, Role::SystemAdministrator);
        assert_eq!(office.app.decide_proposal(&by, &id, true).await.unwrap(), Ok(Decided::Approved));
        let newest = &office.app.office_changes(u64::MAX, 1).await.unwrap()[0];
        assert!(newest.kind == "directory" && newest.decided_under);
        let mut auditor = Browser::new(&office);
        auditor.log_in("audit", "correct horse").await;
        let page = auditor.get("/staff/changes").await;
        assert!(page.text.contains("决定人是提出人的下属"), "{}", page.text);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}
