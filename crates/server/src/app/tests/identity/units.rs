//! Units that move, by two persons, and who sees what then (SCOPE-6).

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
