//! The directory, for the security administrator: the tree of units, who holds which post, who is entrusted with what.
//! Every change waits for a second administrator (IAM-4, SCOPE-6).

use super::super::Desk;
use super::super::account::FormPage;
use super::super::account::own::role_key;
use super::accounts::{propose_change, reason_control};
use super::who;
use crate::app::{App, Change, Failure};
use crate::mail::is_address;
use crate::web::form::{Choice, Control, Input, Typed, fault};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::{Official, Role, Unit, UnitKind};
use casework::{OfficialId, UnitId};
use serde::Deserialize;
use std::sync::Arc;

/// Units on one page.
const PAGE: usize = 20;

struct Person {
    id: OfficialId,
    name: String,
    post: String,
    roles: String,
    active: bool,
}

struct Row {
    id: UnitId,
    name: String,
    above: String,
    people: Vec<Person>,
}

#[derive(Template)]
#[template(path = "desk/directory.html")]
struct DirectoryPage {
    page: Page,
    rows: Vec<Row>,
    first: bool,
    next: Option<usize>,
    total: usize,
}

/// Where the list begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: usize,
}

/// The tree, in directory order.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let page = desk.titled(&app, "directory", "directory-title");
    let directory = app.directory();
    let units = directory.in_order();
    let rows = units.iter().skip(asked.from).take(PAGE).map(|unit| {
        let people =
            directory.officials.values().filter(|official| official.unit == unit.id).map(|official| Person {
                id: official.id,
                name: official.name.clone(),
                post: official.post.clone(),
                roles: roles(&page, official),
                active: official.active,
            });
        let above = unit.parent.and_then(|above| directory.unit(above));
        Row {
            id: unit.id,
            name: page.locale.unit(unit),
            above: above.map(|above| page.locale.unit(above)).unwrap_or_default(),
            people: people.collect(),
        }
    });
    let rows: Vec<Row> = rows.collect();
    let next = Some(asked.from.saturating_add(PAGE)).filter(|next| *next < units.len());
    let (first, total) = (asked.from == 0, units.len());
    Ok(page::html(StatusCode::OK, &DirectoryPage { page, rows, first, next, total }))
}

fn roles(page: &Page, official: &Official) -> String {
    let names: Vec<String> = official.roles.iter().map(|role| page.say(&role_key(*role))).collect();
    names.join(&page.say("list-comma"))
}

const BACK: &str = "/staff/directory";

fn official_form(app: &App, desk: &Desk, address: &str, typed: &Typed) -> FormPage {
    let page = desk.titled(app, "directory", "directory-official");
    let directory = app.directory();
    let units = directory.in_order();
    let units = units.iter().map(|unit| Choice::new(unit.id, page.locale.unit(unit)));
    let role_choices = Role::ALL.iter().map(|role| Choice::new(role.word(), page.say(&role_key(*role))));
    let controls = vec![
        Control::new("name", Input::Line, page.say("official-name")).value(typed.get("name")),
        Control::new("post", Input::Line, page.say("official-post")).value(typed.get("post")),
        Control::new("unit", Input::Select, page.say("official-unit"))
            .choices(units.collect())
            .value(typed.get("unit")),
        Control::new("role", Input::Checkboxes, page.say("account-roles"))
            .hint(page.say("directory-roles-hint"))
            .choices(role_choices.collect())
            .values(typed.all("role")),
        Control::new("active", Input::Radios, page.say("official-state"))
            .choices(vec![
                Choice::new("yes", page.say("official-active")),
                Choice::new("no", page.say("official-left")),
            ])
            .value(typed.get("active")),
        Control::new("mail", Input::Line, page.say("official-mail"))
            .hint(page.say("official-mail-hint"))
            .value(typed.get("mail")),
        reason_control(&page, typed),
    ];
    proposal_form(page, address, controls)
}

fn proposal_form(page: Page, address: &str, controls: Vec<Control>) -> FormPage {
    let mut form = FormPage::new(page, address, controls);
    form.leads = vec![form.page.say("propose-lead")];
    form.button = form.page.say("propose-button");
    form.back = BACK.to_owned();
    form
}

fn pair(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// The official behind an address; `None` for `new`, absent for anybody else.
fn known(app: &App, id: &str) -> Result<Option<Official>, Failure> {
    if id == "new" {
        return Ok(None);
    }
    let id: OfficialId = id.parse().map_err(|_| Failure::Absent)?;
    app.directory().official(id).cloned().map(Some).ok_or(Failure::Absent)
}

/// An official, to be changed; `new` for one who comes.
pub(crate) async fn official(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let mut fields = vec![pair("active", "yes")];
    if let Some(official) = known(&app, &id)? {
        fields = vec![
            pair("name", &official.name),
            pair("post", &official.post),
            pair("unit", official.unit),
            pair("active", if official.active { "yes" } else { "no" }),
            pair("mail", &official.mail),
        ];
        fields.extend(official.roles.iter().map(|role| pair("role", role.word())));
    }
    let form = official_form(&app, &desk, &format!("{BACK}/officials/{id}"), &Typed(fields));
    Ok(page::html(StatusCode::OK, &form))
}

/// Proposes the official as they are to be.
pub(crate) async fn propose_official(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path(id): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SecurityAdministrator)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let known = known(&app, &id)?;
    let mut form = official_form(&app, &desk, &format!("{BACK}/officials/{id}"), &typed);
    let unit = typed.get("unit").parse::<UnitId>().ok();
    for (name, missing) in [
        ("name", typed.get("name").is_empty()),
        ("post", typed.get("post").is_empty()),
        ("unit", unit.is_none()),
    ] {
        if missing {
            let words = form.page.say("field-missing");
            fault(&mut form.controls, name, words);
        }
    }
    if !typed.get("mail").is_empty() && !is_address(&typed.get("mail")) {
        let words = form.page.say("official-mail-wrong");
        fault(&mut form.controls, "mail", words);
    }
    let (Some(unit), false) = (unit, crate::web::form::has_faults(&form.controls, &form.others)) else {
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let new_id = match &known {
        Some(official) => official.id,
        None => OfficialId(crate::entropy::id(app.clock.now())?),
    };
    let official = Official {
        id: new_id,
        unit,
        name: typed.get("name"),
        post: typed.get("post"),
        roles: typed.all("role").iter().filter_map(|word| Role::parse(word)).collect(),
        active: typed.get("active") == "yes",
        mail: typed.get("mail"),
    };
    propose_change(&app, &mut desk, &typed, Change::Official(official), form).await
}

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
    // Two units with one mark would give one number to two letters.
    let is_used = directory.units.values().any(|unit| unit.letter_prefix == typed.get("letter_prefix"));
    for (name, wrong, key) in [
        ("name_zh", typed.get("name_zh").is_empty(), "field-missing"),
        ("name_en", typed.get("name_en").is_empty(), "field-missing"),
        ("kind", kind.is_none(), "field-missing"),
        ("parent", parent.is_none(), "field-missing"),
        ("division", !is_division, "unit-division-wrong"),
        ("letter_prefix", typed.get("letter_prefix").is_empty(), "field-missing"),
        ("letter_prefix", is_used, "unit-letter-prefix-used"),
        ("head", head.is_none(), "field-missing"),
    ] {
        if wrong {
            let words = form.page.say(key);
            fault(&mut form.controls, name, words);
        }
    }
    let (Some(kind), Some(head), false) =
        (kind, head, crate::web::form::has_faults(&form.controls, &form.others))
    else {
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
        letter_prefix: typed.get("letter_prefix"),
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
    for (name, missing) in [
        ("name_zh", typed.get("name_zh").is_empty()),
        ("name_en", typed.get("name_en").is_empty()),
        ("parent", old.parent.is_some() && parent.is_none()),
        ("intake", person("intake").is_none()),
        ("head", person("head").is_none()),
    ] {
        if missing {
            let words = form.page.say("field-missing");
            fault(&mut form.controls, name, words);
        }
    }
    let (Some(intake), Some(head), false) =
        (person("intake"), person("head"), crate::web::form::has_faults(&form.controls, &form.others))
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
