//! Accounts, for the system administrator: who has one, in what state; opening and closing; asking for a new one, or for
//! a way back into one, which a second administrator decides.

use super::super::Desk;
use super::super::account::{Confirmed, FormPage, with_cookie};
use super::{sentence, who};
use crate::app::{AccountRow, App, Change, Failure, State as AccountState};
use crate::web::form::{Choice, Control, Input, Typed, fault};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::directory::Role;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a reason at most.
pub(super) const REASON: usize = 500;

struct Row {
    account: AccountRow,
    who: String,
    state: String,
    used: String,
    closed: bool,
    /// An administrator, whom one person alone does not close out.
    administers: bool,
}

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct AccountsPage {
    page: Page,
    rows: Vec<Row>,
    first: bool,
    next: String,
    others: Vec<String>,
}

/// Where the list begins, and what was done before.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
    done: String,
    official: String,
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SystemAdministrator)?;
    let mut list = list(&app, &desk, &asked, Vec::new()).await?;
    if ["closed", "opened"].contains(&asked.done.as_str()) {
        list.page.done = list.page.say(&format!("accounts-done-{}", asked.done));
    }
    Ok(page::html(StatusCode::OK, &list))
}

async fn list(app: &App, desk: &Desk, asked: &Asked, others: Vec<String>) -> Result<AccountsPage, Trouble> {
    let page = desk.titled(app, "accounts", "accounts-title");
    let directory = app.directory();
    let (accounts, next) = app.accounts(&asked.after).await?;
    let rows = accounts.into_iter().map(|account| Row {
        who: who(page.locale, &directory, account.official),
        state: page.say(match account.state {
            AccountState::Open => "account-state-open",
            AccountState::Waiting => "account-state-waiting",
            AccountState::NoFactor => "account-state-no-factor",
            AccountState::Closed => "account-state-closed",
            AccountState::Unused => "account-state-unused",
        }),
        used: app.clock.date_of(account.used).to_string(),
        closed: matches!(account.state, AccountState::Closed | AccountState::Unused),
        administers: directory
            .official(account.official)
            .is_some_and(|official| official.roles.iter().any(|role| role.administers())),
        account,
    });
    let rows = rows.collect();
    let first = asked.after.is_empty();
    Ok(AccountsPage { page, rows, first, next: next.unwrap_or_default(), others })
}

const OPEN: &str = "/staff/accounts";

/// Opens or closes an account.
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.must_be(Role::SystemAdministrator)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let cookie = match desk.confirmed(&app, &typed, OPEN).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let by = desk.actor.official().ok_or(Failure::Absent)?;
    let close = typed.get("set") == "closed";
    let response = match app.set_disabled(&typed.get("login"), by, close).await? {
        Ok(()) => page::see_other(&format!("{OPEN}?done={}", if close { "closed" } else { "opened" }), []),
        Err(not) => {
            let words = sentence(&desk.page, &app.directory(), &not);
            page::html(StatusCode::CONFLICT, &list(&app, &desk, &Asked::default(), vec![words]).await?)
        }
    };
    Ok(with_cookie(response, cookie))
}

const NEW: &str = "/staff/accounts/new";

fn form(app: &App, desk: &Desk, typed: &Typed) -> FormPage {
    let page = desk.titled(app, "accounts", "accounts-new");
    let directory = app.directory();
    let active = directory.officials.values().filter(|official| official.active);
    let choices = active.map(|official| Choice::new(official.id, who(page.locale, &directory, official.id)));
    let controls = vec![
        Control::new("official", Input::Select, page.say("accounts-official"))
            .choices(choices.collect())
            .value(typed.get("official")),
        Control::new("login", Input::Line, page.say("login-name"))
            .hint(page.say("accounts-login-hint"))
            .value(typed.get("login")),
        reason_control(&page, typed),
    ];
    let mut form = FormPage::new(page, NEW, controls);
    form.leads = vec![form.page.say("accounts-new-lead")];
    form.button = form.page.say("propose-button");
    form.back = if desk.has(Role::SystemAdministrator) { OPEN } else { "/staff/directory" }.to_owned();
    form
}

pub(super) fn reason_control(page: &Page, typed: &Typed) -> Control {
    Control::new("reason", Input::Text(3), page.say("propose-reason")).most(REASON).value(typed.get("reason"))
}

fn must_keep_accounts(desk: &Desk) -> Result<(), Failure> {
    let keeps = desk.has(Role::SystemAdministrator) || desk.has(Role::SecurityAdministrator);
    if keeps { Ok(()) } else { Err(Failure::Absent) }
}

/// Asks whose account it is to be.
pub(crate) async fn new(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    must_keep_accounts(&desk)?;
    let mut typed = Typed::default();
    if let Ok(official) = asked.official.parse() {
        typed.0.push(("official".to_owned(), asked.official));
        if let Some(login) = app.login_of(official).await? {
            typed.0.push(("login".to_owned(), login));
        }
    }
    Ok(page::html(StatusCode::OK, &form(&app, &desk, &typed)))
}

/// Proposes the account.
pub(crate) async fn propose(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    must_keep_accounts(&desk)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let mut form = form(&app, &desk, &typed);
    let Ok(official) = typed.get("official").parse() else {
        fault(&mut form.controls, "official", form.page.say("accounts-official-missing"));
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let change = Change::Account { login: typed.get("login"), official };
    propose_change(&app, &mut desk, &typed, change, form).await
}

/// Proposes a change, or shows the form again with what is wrong.
pub(super) async fn propose_change(
    app: &App,
    desk: &mut Desk,
    typed: &Typed,
    change: Change,
    mut form: FormPage,
) -> Result<Response, Trouble> {
    let reason = typed.get("reason");
    let missing = match reason.chars().count() {
        0 => Some("propose-reason-missing"),
        n if n > REASON => Some("propose-reason-long"),
        _ => None,
    };
    if let Some(key) = missing {
        let words = form.page.say(key);
        fault(&mut form.controls, "reason", words);
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    }
    let cookie = match desk.confirmed(app, typed, &form.action).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let response = match app.propose(&desk.actor, change, &reason).await? {
        Ok(()) => page::see_other("/staff/proposals?done=proposed", []),
        Err(not) => {
            form.others = vec![sentence(&form.page, &app.directory(), &not)];
            form.page.token.clone_from(&desk.page.token);
            page::html(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    };
    Ok(with_cookie(response, cookie))
}
