//! The directory, for the security administrator: the tree of units, who holds which post, who is entrusted with what.
//! Every change waits for a second administrator (IAM-4).

use super::super::Desk;
use super::super::account::FormPage;
use super::super::account::own::role_key;
use super::accounts::{propose_change, reason_control};
use crate::app::{App, Change, Failure};
use crate::mail::is_address;
use crate::web::form::{Choice, Control, Input, Typed, fault, mark_missing};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::{Official, Role};
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

pub(super) const BACK: &str = "/staff/directory";

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

/// The form of a change that waits for a second administrator.
pub(super) fn proposal_form(page: Page, address: &str, controls: Vec<Control>) -> FormPage {
    let mut form = FormPage::new(page, address, controls);
    form.leads = vec![form.page.say("propose-lead")];
    form.button = form.page.say("propose-button");
    form.back = BACK.to_owned();
    form
}

pub(super) fn pair(name: &str, value: impl ToString) -> (String, String) {
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
    let missing = [
        ("name", typed.get("name").is_empty()),
        ("post", typed.get("post").is_empty()),
        ("unit", unit.is_none()),
    ];
    mark_missing(&mut form.controls, &missing, form.page.locale);
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
