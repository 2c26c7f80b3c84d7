//! What one administrator proposed and another decides (DUAL-1).

use super::super::Desk;
use super::super::account::own::role_key;
use super::super::account::{Confirmed, with_cookie};
use super::units::unit_kind_key;
use super::{sentence, who};
use crate::app::{App, Change, Decided, Enrolment, Proposal};
use crate::web::form::Typed;
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::{Directory, Official, Unit};
use serde::Deserialize;
use std::sync::Arc;

/// One line of what would be different: what, as it is, as it would be.
pub(super) type Difference = (String, String, String);

struct Row {
    proposal: Proposal,
    title: String,
    differences: Vec<Difference>,
    by: String,
    on: String,
    until: String,
    /// Why whoever looks may not decide it; empty when they may.
    not_you: String,
}

#[derive(Template)]
#[template(path = "desk/proposals.html")]
struct ProposalsPage {
    page: Page,
    rows: Vec<Row>,
    others: Vec<String>,
    /// A code that was just brought about: shown once.
    code: Option<Enrolment>,
}

/// What was done before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

async fn list(
    app: &App,
    desk: &Desk,
    others: Vec<String>,
    code: Option<Enrolment>,
) -> Result<ProposalsPage, Trouble> {
    let page = desk.titled(app, "proposals", "proposals-title");
    let directory = app.directory();
    let rows = app.open_proposals().await?.into_iter().map(|proposal| Row {
        title: title(&page, &directory, &proposal),
        differences: differences(&page, &directory, &proposal),
        by: who(page.locale, &directory, proposal.by),
        on: app.clock.date_of(proposal.at).to_string(),
        until: app.clock.date_of(proposal.until).to_string(),
        not_you: desk
            .actor
            .official()
            .and_then(|id| proposal.kept_from(&directory, id))
            .map(|not| sentence(&page, &directory, &not))
            .unwrap_or_default(),
        proposal,
    });
    Ok(ProposalsPage { rows: rows.collect(), others, code, page })
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_administer()?;
    let mut list = list(&app, &desk, Vec::new(), None).await?;
    if ["proposed", "approved", "refused"].contains(&asked.done.as_str()) {
        list.page.done = list.page.say(&format!("proposals-done-{}", asked.done));
    }
    Ok(page::html(StatusCode::OK, &list))
}

const HERE: &str = "/staff/proposals";

/// Approves or refuses one.
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.must_administer()?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let cookie = match desk.confirmed(&app, &typed, HERE).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let approve = typed.get("decision") == "approve";
    let response = match app.decide_proposal(&desk.actor, &typed.get("proposal"), approve).await? {
        Ok(Decided::Approved) => page::see_other("/staff/proposals?done=approved", []),
        Ok(Decided::Refused) => page::see_other("/staff/proposals?done=refused", []),
        Ok(Decided::Code(code)) => {
            page::html(StatusCode::OK, &list(&app, &desk, Vec::new(), Some(code)).await?)
        }
        Err(not) => {
            let words = sentence(&desk.page, &app.directory(), &not);
            page::html(StatusCode::CONFLICT, &list(&app, &desk, vec![words], None).await?)
        }
    };
    Ok(with_cookie(response, cookie))
}

/// What a proposal is about, in a few words.
pub(super) fn title(page: &Page, directory: &Directory, proposal: &Proposal) -> String {
    match &proposal.change {
        Change::Account { login, official } => page
            .locale
            .with("proposal-account", &[("login", login), ("who", &who(page.locale, directory, *official))]),
        Change::Official(official) if proposal.was.is_empty() => {
            page.say1("proposal-official-new", "who", &official.name)
        }
        Change::Official(official) => {
            page.say1("proposal-official", "who", who(page.locale, directory, official.id))
        }
        Change::NewUnit(unit) => page.say1("proposal-unit-new", "unit", page.locale.unit(unit)),
        Change::Unit(unit) => page.say1("proposal-unit", "unit", page.locale.unit(unit)),
    }
}

/// What is different in it from what was before, so that whoever decides need not compare.
pub(super) fn differences(page: &Page, directory: &Directory, proposal: &Proposal) -> Vec<Difference> {
    let [old, new] = match &proposal.change {
        Change::Account { .. } => [Vec::new(), Vec::new()],
        Change::Official(new) => {
            let old: Option<Official> = serde_json::from_str(&proposal.was).ok();
            [old.as_ref(), Some(new)].map(|official| official_lines(page, directory, official))
        }
        Change::NewUnit(new) => {
            // Whoever heads it is posted there: that is decided with it.
            let from: Option<Official> = serde_json::from_str(&proposal.was).ok();
            let from = from.and_then(|head| directory.unit(head.unit).map(|unit| page.locale.unit(unit)));
            let mut lines = unit_lines(page, directory, Some(new));
            lines.push(("unit-head-from", from.unwrap_or_default()));
            [unit_lines(page, directory, None).into_iter().chain([("", String::new())]).collect(), lines]
        }
        Change::Unit(new) => {
            let old: Option<Unit> = serde_json::from_str(&proposal.was).ok();
            [old.as_ref(), Some(new)].map(|unit| unit_lines(page, directory, unit))
        }
    };
    let pairs = old.into_iter().zip(new).map(|((_, old), (key, new))| (key, old, new));
    let differs = |(_, old, new): &(&str, String, String)| old != new;
    pairs.filter(differs).map(|(key, old, new)| (page.say(key), old, new)).collect()
}

fn official_lines(
    page: &Page,
    directory: &Directory,
    official: Option<&Official>,
) -> Vec<(&'static str, String)> {
    let unit = official.and_then(|official| directory.unit(official.unit));
    let roles: Vec<String> = official
        .map(|official| official.roles.iter().map(|role| page.say(&role_key(*role))).collect())
        .unwrap_or_default();
    let active =
        official.map(|official| page.say(if official.active { "official-active" } else { "official-left" }));
    vec![
        ("official-name", official.map(|official| official.name.clone()).unwrap_or_default()),
        ("official-post", official.map(|official| official.post.clone()).unwrap_or_default()),
        ("official-unit", unit.map(|unit| page.locale.unit(unit)).unwrap_or_default()),
        ("account-roles", roles.join(&page.say("list-comma"))),
        ("official-state", active.unwrap_or_default()),
        ("official-mail", official.map(|official| official.mail.clone()).unwrap_or_default()),
    ]
}

fn unit_lines(page: &Page, directory: &Directory, unit: Option<&Unit>) -> Vec<(&'static str, String)> {
    let parent = unit.and_then(|unit| unit.parent).and_then(|parent| directory.unit(parent));
    let person =
        |id: Option<casework::OfficialId>| id.map(|id| who(page.locale, directory, id)).unwrap_or_default();
    let text = |of: fn(&Unit) -> &String| unit.map(|unit| of(unit).clone()).unwrap_or_default();
    vec![
        ("unit-name-zh", text(|unit| &unit.name_zh)),
        ("unit-name-en", text(|unit| &unit.name_en)),
        ("unit-kind", unit.map(|unit| page.say(unit_kind_key(unit.kind))).unwrap_or_default()),
        ("unit-division", text(|unit| &unit.division)),
        ("unit-letter-prefix", text(|unit| &unit.letter_prefix)),
        ("unit-parent", parent.map(|parent| page.locale.unit(parent)).unwrap_or_default()),
        ("unit-intake", person(unit.map(|unit| unit.intake))),
        ("unit-head", person(unit.map(|unit| unit.head))),
        ("unit-phone", text(|unit| &unit.phone)),
        ("unit-address", text(|unit| &unit.address)),
    ]
}
