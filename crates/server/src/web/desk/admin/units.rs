//! A unit of the directory, as it is to be, or one that comes with its head: for the security administrator, and a second one
//! who decides (IAM-4, SCOPE-6).

use super::super::Desk;
use super::super::account::FormPage;
use super::accounts::{propose_change, reason_control};
use super::directory::{BACK, pair, proposal_form};
use super::who;
use crate::app::{App, Change, Failure};
use crate::web::form::{Choice, Control, Input, Typed, fault, has_faults, mark_missing};
use crate::web::page;
use crate::web::trouble::Trouble;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::{Role, Unit, UnitKind};
use casework::{OfficialId, UnitId};
use std::sync::Arc;

/// The kinds of units that are added on the page: the root and bodies outside are named at set-up.
const KINDS: [UnitKind; 6] = [
    UnitKind::Government,
    UnitKind::PetitionOffice,
    UnitKind::Department,
    UnitKind::Township,
    UnitKind::ReviewBody,
    UnitKind::IntegrityBody,
];

/// The sentence key of a kind of units.
pub(super) fn unit_kind_key(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Government => "unit-kind-government",
        UnitKind::PetitionOffice => "unit-kind-petition-office",
        UnitKind::Department => "unit-kind-department",
        UnitKind::Township => "unit-kind-township",
        UnitKind::ReviewBody => "unit-kind-review-body",
        UnitKind::IntegrityBody => "unit-kind-integrity-body",
    }
}

/// Whether units may be put below it: offices and bodies have none, nor has what stands outside.
fn takes_units(unit: &Unit) -> bool {
    let has = matches!(unit.kind, UnitKind::Government | UnitKind::Department | UnitKind::Township);
    has && !unit.is_outside()
}

/// The form of a unit that comes.
fn new_unit_form(app: &App, desk: &Desk, typed: &Typed) -> FormPage {
    let page = desk.titled(app, "directory", "directory-unit-new");
    let directory = app.directory();
    let above = directory.in_order().into_iter().filter(|unit| takes_units(unit));
    let above = above.map(|unit| Choice::new(unit.id, page.locale.unit(unit))).collect();
    let posts = directory
        .officials
        .values()
        .filter(|official| official.active && !official.roles.iter().any(|role| role.administers()))
        .map(|official| Choice::new(official.id, who(page.locale, &directory, official.id)))
        .collect();
    let kinds = KINDS.iter().map(|kind| Choice::new(unit_kind_key(*kind), page.say(unit_kind_key(*kind))));
    let line = |name: &str, key: &str| Control::new(name, Input::Line, page.say(key)).value(typed.get(name));
    let choose = |name: &str, key: &str, choices: Vec<Choice>| {
        Control::new(name, Input::Select, page.say(key)).choices(choices).value(typed.get(name))
    };
    let controls = vec![
        line("name_zh", "unit-name-zh"),
        line("name_en", "unit-name-en"),
        choose("kind", "unit-kind", kinds.collect()),
        choose("parent", "unit-parent", above),
        line("division", "unit-division").hint(page.say("unit-division-hint")),
        line("letter_prefix", "unit-letter-prefix").hint(page.say("unit-letter-prefix-hint")),
        choose("head", "unit-head", posts).hint(page.say("unit-head-new-hint")),
        line("phone", "unit-phone"),
        line("address", "unit-address"),
        reason_control(&page, typed),
    ];
    proposal_form(page, &format!("{BACK}/units/new"), controls)
}

/// A unit that comes.
pub(crate) async fn new_unit(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    Ok(page::html(StatusCode::OK, &new_unit_form(&app, &desk, &Typed::default())))
}

/// Proposes a unit that comes, with whoever is posted there to head it.
pub(crate) async fn propose_new_unit(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let mut form = new_unit_form(&app, &desk, &typed);
    let directory = app.directory();
    let kind = KINDS.into_iter().find(|kind| unit_kind_key(*kind) == typed.get("kind"));
    let parent = typed
        .get("parent")
        .parse::<UnitId>()
        .ok()
        .filter(|parent| directory.unit(*parent).is_some_and(takes_units));
    let head = typed.get("head").parse::<OfficialId>().ok();
    let head = head.filter(|head| directory.official(*head).is_some_and(|official| official.active));
    let division = typed.get("division");
    let is_division = division.len() == 6 && division.bytes().all(|digit| digit.is_ascii_digit());
    let missing = [
        ("name_zh", typed.get("name_zh").is_empty()),
        ("name_en", typed.get("name_en").is_empty()),
        ("kind", kind.is_none()),
        ("parent", parent.is_none()),
        ("letter_prefix", typed.get("letter_prefix").is_empty()),
        ("head", head.is_none()),
    ];
    mark_missing(&mut form.controls, &missing, form.page.locale);
    if !is_division {
        let words = form.page.say("unit-division-wrong");
        fault(&mut form.controls, "division", words);
    }
    // Two units with one mark would give one number to two letters.
    let mark = typed.get("letter_prefix");
    if !mark.is_empty() && directory.units.values().any(|unit| unit.letter_prefix == mark) {
        let words = form.page.say("unit-letter-prefix-used");
        fault(&mut form.controls, "letter_prefix", words);
    }
    let (Some(kind), Some(head), false) = (kind, head, has_faults(&form.controls, &form.others)) else {
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let last = directory.units.values().map(|unit| unit.sort).max().unwrap_or_default();
    let unit = Unit {
        id: UnitId(crate::entropy::id(app.clock.now())?),
        parent,
        kind,
        name_zh: typed.get("name_zh"),
        name_en: typed.get("name_en"),
        division,
        letter_prefix: mark,
        reviewed_by: None,
        intake: head,
        head,
        phone: typed.get("phone"),
        address: typed.get("address"),
        sort: last.saturating_add(1),
    };
    propose_change(&app, &mut desk, &typed, Change::NewUnit(unit), form).await
}

fn unit_form(app: &App, desk: &Desk, unit: &Unit, typed: &Typed) -> FormPage {
    let page = desk.titled(app, "directory", "directory-unit");
    let directory = app.directory();
    let others = directory.in_order();
    let others = others.iter().filter(|other| other.id != unit.id);
    let above = others.map(|other| Choice::new(other.id, page.locale.unit(other)));
    let staff = directory.staff_of(unit.id);
    let staff = || {
        staff
            .iter()
            .map(|official| Choice::new(official.id, who(page.locale, &directory, official.id)))
            .collect()
    };
    let line = |name: &str, key: &str| Control::new(name, Input::Line, page.say(key)).value(typed.get(name));
    let mut controls = vec![line("name_zh", "unit-name-zh"), line("name_en", "unit-name-en")];
    if unit.parent.is_some() {
        controls.push(
            Control::new("parent", Input::Select, page.say("unit-parent"))
                .choices(above.collect())
                .value(typed.get("parent")),
        );
    }
    for (name, key) in [("intake", "unit-intake"), ("head", "unit-head")] {
        controls
            .push(Control::new(name, Input::Select, page.say(key)).choices(staff()).value(typed.get(name)));
    }
    controls.extend([
        line("phone", "unit-phone"),
        line("address", "unit-address"),
        reason_control(&page, typed),
    ]);
    proposal_form(page, &format!("{BACK}/units/{}", unit.id), controls)
}

/// A unit, to be changed.
pub(crate) async fn unit(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(id): Path<UnitId>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let unit = app.directory().unit(id).cloned().ok_or(Failure::Absent)?;
    let mut fields = vec![
        pair("name_zh", &unit.name_zh),
        pair("name_en", &unit.name_en),
        pair("intake", unit.intake),
        pair("head", unit.head),
        pair("phone", &unit.phone),
        pair("address", &unit.address),
    ];
    fields.extend(unit.parent.map(|parent| pair("parent", parent)));
    Ok(page::html(StatusCode::OK, &unit_form(&app, &desk, &unit, &Typed(fields))))
}

/// Proposes the unit as it is to be.
pub(crate) async fn propose_unit(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path(id): Path<UnitId>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let old = app.directory().unit(id).cloned().ok_or(Failure::Absent)?;
    let mut form = unit_form(&app, &desk, &old, &typed);
    let person = |name: &str| typed.get(name).parse::<OfficialId>().ok();
    let parent = typed.get("parent").parse::<UnitId>().ok();
    let missing = [
        ("name_zh", typed.get("name_zh").is_empty()),
        ("name_en", typed.get("name_en").is_empty()),
        ("parent", old.parent.is_some() && parent.is_none()),
        ("intake", person("intake").is_none()),
        ("head", person("head").is_none()),
    ];
    mark_missing(&mut form.controls, &missing, form.page.locale);
    let (Some(intake), Some(head), false) =
        (person("intake"), person("head"), has_faults(&form.controls, &form.others))
    else {
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let unit = Unit {
        name_zh: typed.get("name_zh"),
        name_en: typed.get("name_en"),
        parent: old.parent.and(parent),
        intake,
        head,
        phone: typed.get("phone"),
        address: typed.get("address"),
        ..old
    };
    propose_change(&app, &mut desk, &typed, Change::Unit(unit), form).await
}
