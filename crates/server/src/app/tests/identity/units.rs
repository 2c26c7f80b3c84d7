//! Units that come and units that move, by two persons; and who sees what then (IAM-4, SCOPE-6).

use super::*;
use crate::app::{Decided, NotProposed};
use casework::disclosure::Sight;

const ABOVE: u128 = 20;
const OTHER: u128 = 21;
const BESIDE: u128 = 22;

fn admin(n: u128, role: Role) -> Actor {
    Actor::Official { id: administrator(n), unit: unit_id(GOVERNMENT), roles: [role].into() }
}

async fn decided(office: &Office) -> Result<Decided, NotProposed> {
    let open = office.app.open_proposals().await.unwrap();
    let by = admin(SYSTEM, Role::SystemAdministrator);
    office.app.decide_proposal(&by, &open.last().unwrap().id, true).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_4_a_unit_is_added_by_two_persons_and_never_stands_without_its_head() {
    for office in staffed_on_both("newunit", false).await {
        let app = &office.app;
        let mut security = Browser::new(&office);
        security.log_in("security", "correct horse").await;
        let list = security.get("/staff/directory").await;
        assert!(list.text.contains("href=\"/staff/directory/units/new\""), "{}", list.text);
        let (above, clerk) = (unit_id(GOVERNMENT).to_string(), official_id(HOUSING, 1).to_string());
        let mut fields = vec![
            ("name_zh", "区数据局"),
            ("name_en", "Data Bureau"),
            ("kind", "unit-kind-department"),
            ("parent", above.as_str()),
            ("division", "3499"),
            ("letter_prefix", "望数"),
            ("head", clerk.as_str()),
            ("phone", ""),
            ("address", "人民路20号"),
            ("reason", "机构改革"),
        ];
        let path = "/staff/directory/units/new";
        let wrong = security.post(path, &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("六位数字的行政区划代码"), "{}", wrong.text);
        for kept in ["value=\"区数据局\"", "value=\"3499\"", "value=\"人民路20号\"", "机构改革"] {
            assert!(wrong.text.contains(kept), "{kept} was typed: {}", wrong.text);
        }
        fields[4].1 = "349999";
        // A mark that another unit has, and a unit below which there are none.
        let (mark, below) = {
            let directory = app.directory();
            let found = directory.units.values().find(|unit| unit.kind == UnitKind::PetitionOffice).unwrap();
            (directory.units[&unit_id(HOUSING)].letter_prefix.clone(), found.id.to_string())
        };
        for (at, typed, said) in
            [(5, mark.as_str(), "已有单位使用这个代字"), (3, below.as_str(), "请选择“上级单位”")]
        {
            let mut wrong = fields.clone();
            wrong[at].1 = typed;
            let refused = security.post(path, &wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.text.contains(said), "{said}: {}", refused.text);
        }
        // Who heads another unit is succeeded there first.
        let head = official_id(HOUSING, 2).to_string();
        let mut taken = fields.clone();
        taken[6].1 = &head;
        let refused = security.post(path, &taken).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("区住房和城乡建设局"), "{}", refused.text);
        let done = security.post(path, &fields).await;
        assert_eq!(done.location(), "/staff/proposals?done=proposed", "{}", done.text);
        assert_eq!(app.directory().units.len(), 4, "nobody has approved it");
        let shown = security.get("/staff/proposals").await;
        for said in ["新增单位：区数据局", "工作部门", "349999", "望数", "负责人调自", "区住房和城乡建设局"]
        {
            assert!(shown.text.contains(said), "{said}: {}", shown.text);
        }
        assert!(!shown.text.contains("value=\"approve\""), "not by whoever proposed it");
        assert_eq!(decided(&office).await, Ok(Decided::Approved));
        let directory = app.directory();
        let unit = directory.units.values().find(|unit| unit.name_zh == "区数据局").unwrap();
        let head = directory.official(unit.head).unwrap();
        assert_eq!((unit.intake, head.unit), (official_id(HOUSING, 1), unit.id));
        assert!(head.active && head.roles.contains(&Role::Head) && directory.faults().is_empty());
        assert_eq!((unit.parent, unit.division.as_str()), (Some(unit_id(GOVERNMENT)), "349999"));
        let mut auditor = Browser::new(&office);
        auditor.log_in("audit", "correct horse").await;
        let changes = auditor.get("/staff/changes").await;
        assert!(changes.text.contains("新增单位：区数据局"), "{}", changes.text);
        assert_eq!(auditor.get(path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(faults(app).await, [""; 0]);
    }
}

fn supervisor(unit: u128) -> Actor {
    Actor::Official { id: official_id(unit, 5), unit: unit_id(unit), roles: [Role::Supervisor].into() }
}

/// Petition offices with a supervisor each: of the city, and of a government beside.
async fn with_offices(office: &Office) {
    let mut new = (*office.app.directory()).clone();
    for (n, parent, kind) in [
        (ABOVE, CITY, UnitKind::PetitionOffice),
        (OTHER, CITY, UnitKind::Government),
        (BESIDE, OTHER, UnitKind::PetitionOffice),
    ] {
        let mut unit = new.units[&unit_id(HOUSING)].clone();
        (unit.id, unit.parent, unit.kind) = (unit_id(n), Some(unit_id(parent)), kind);
        (unit.intake, unit.head) = (official_id(n, 5), official_id(n, 5));
        new.units.insert(unit.id, unit);
        let mut person = new.officials[&official_id(HOUSING, 2)].clone();
        (person.id, person.unit, person.roles) =
            (official_id(n, 5), unit_id(n), [Role::Supervisor, Role::Head].into());
        new.officials.insert(person.id, person);
    }
    put_in_place(&office.app, &new).await;
}

/// What of a petition the supervisors above and beside see, by this node.
async fn seen(app: &App, petition: PetitionId) -> [Sight; 2] {
    let history = store::history::load(&app.database, petition).await.unwrap().unwrap();
    [ABOVE, BESIDE].map(|unit| app.sight(&supervisor(unit), &history).unwrap())
}

/// A government is moved under another, by two persons: no old matter is seen by whoever stands above it now, on any node
/// and after a start; a new one is.
#[tokio::test(flavor = "multi_thread")]
async fn scope_6_a_unit_moved_by_two_persons_takes_no_old_matter_along() {
    for office in staffed_on_both("moved", false).await {
        with_offices(&office).await;
        let app = &office.app;
        let filed = async |token: &str| {
            app.submit(&Actor::Petitioner { party: 0 }, submission(token)).await.unwrap().petition
        };
        let old = filed("old").await;
        assert_eq!(seen(app, old).await, [Sight::Matter, Sight::Nothing]);
        office.wait(24 * 3600);
        let mut unit = app.directory().unit(unit_id(GOVERNMENT)).unwrap().clone();
        unit.parent = Some(unit_id(OTHER));
        let by = admin(SECURITY, Role::SecurityAdministrator);
        app.propose(&by, Change::Unit(unit), "区划调整").await.unwrap().unwrap();
        let proposal = app.open_proposals().await.unwrap()[0].id.clone();
        let alone = app.decide_proposal(&by, &proposal, true).await.unwrap();
        assert_eq!(alone, Err(NotProposed::OnePerson));
        assert_eq!(decided(&office).await, Ok(Decided::Approved));
        assert_eq!(app.directory().unit(unit_id(GOVERNMENT)).unwrap().parent, Some(unit_id(OTHER)));
        assert_eq!(seen(app, old).await, [Sight::Matter, Sight::Nothing], "the old one as before");
        office.wait(24 * 3600);
        let new = filed("new").await;
        assert_eq!(seen(app, new).await, [Sight::Matter, Sight::Matter], "the new one as it stands now");
        let clock = Clock::simulated("Asia/Shanghai", app.clock.now()).unwrap();
        let other = App::open(&office.config, clock).await.unwrap();
        assert_eq!(seen(&other, old).await, [Sight::Matter, Sight::Nothing], "after a start");
        assert_eq!(seen(&other, new).await, [Sight::Matter, Sight::Matter]);
        assert_eq!(faults(app).await, [""; 0]);
    }
}
