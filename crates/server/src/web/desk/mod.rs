//! The officials' pages. Whoever reaches one is logged in; what they may see and do, the rules say.

pub(super) mod act;
pub(super) mod case;
pub(super) mod inbox;
pub(super) mod register;
pub(super) mod reminders;

use super::cookie;
use super::form::{Control, Input, Typed};
use super::intake::Source;
use super::page::{self, Page};
use super::problem::Problem;
use super::trouble::Trouble;
use crate::app::App;
use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use casework::authority::Actor;
use casework::directory::Role;
use std::sync::Arc;

/// A logged-in official at a browser. Asking for it *is* the login check.
pub(crate) struct Desk {
    /// Who.
    pub(crate) actor: Actor,
    /// Their session.
    pub(crate) session: String,
    /// The frame of the page, with their name.
    pub(crate) page: Page,
}

impl FromRequestParts<Arc<App>> for Desk {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Trouble> {
        let session = cookie::read(&parts.headers, cookie::STAFF).ok_or(Problem::LogIn)?;
        let actor = app.session(&session).await?.ok_or(Problem::LogIn)?;
        let page = match Page::from_request_parts(parts, app).await {
            Ok(page) => page,
            Err(never) => match never {},
        };
        let mut page = page.guarded(app, &session);
        let directory = app.directory();
        let official = actor.official().and_then(|id| directory.official(id));
        let unit = actor.unit().and_then(|unit| directory.unit(unit));
        page.official =
            [official.map(|official| official.name.clone()), unit.map(|unit| page.locale.unit(unit))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ");
        page.registers = official.is_some_and(|official| official.roles.contains(&Role::Registrar));
        page.office = unit.map(|unit| page.locale.unit(unit)).unwrap_or_default();
        Ok(Desk { actor, session, page })
    }
}

impl Desk {
    /// Refuses a form that is not ours.
    pub(crate) fn check(&self, app: &App, typed: &Typed) -> Result<(), Trouble> {
        if cookie::is_ours(app, &self.session, &typed.get("token")) {
            Ok(())
        } else {
            Err(Problem::Elsewhere.into())
        }
    }

    /// Whether the official works on matters, and so sees those of their unit.
    pub(crate) fn works(&self) -> bool {
        use casework::disclosure::{Sight, sight_of_owner};
        match &self.actor {
            Actor::Official { roles, .. } => sight_of_owner(false, roles) != Sight::Nothing,
            Actor::Petitioner { .. } | Actor::System => false,
        }
    }

    /// Whether the official is entrusted with a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        match &self.actor {
            Actor::Official { roles, .. } => roles.contains(&role),
            Actor::Petitioner { .. } | Actor::System => false,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/login.html")]
struct LoginPage {
    page: Page,
    controls: Vec<Control>,
    others: Vec<String>,
}

fn login_page(page: Page, login: &str, status: StatusCode, fault: Option<&str>) -> Response {
    let page = page.clone().titled(page.say("login-title"));
    let controls = vec![
        Control::new("login", Input::Line, page.say("login-name")).value(login).autocomplete("username"),
        Control::new("password", Input::Password, page.say("login-password"))
            .autocomplete("current-password"),
    ];
    let others = fault.map(|key| page.say(key)).into_iter().collect();
    page::html(status, &LoginPage { page, controls, others })
}

/// The login page.
pub(crate) async fn login(page: Page) -> Response {
    login_page(page, "", StatusCode::OK, None)
}

/// Opens a session.
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    page: Page,
    source: Result<Source, Problem>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let source = source?;
    let typed = Typed(typed);
    let login = typed.get("login");
    // A password is taken as typed, spaces included.
    let password = typed.0.iter().find(|(name, _)| name == "password").map(|(_, value)| value.clone());
    match app.log_in(&login, password.unwrap_or_default()).await? {
        Some(token) => Ok(page::see_other("/staff", [cookie::set(&app, cookie::STAFF, &token)])),
        None => {
            source.failed(&app);
            Ok(login_page(page, &login, StatusCode::UNPROCESSABLE_ENTITY, Some("login-wrong")))
        }
    }
}

/// Ends the session.
pub(crate) async fn log_out(
    State(app): State<Arc<App>>,
    desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.check(&app, &Typed(typed))?;
    app.log_out(&desk.session).await?;
    Ok(page::see_other("/staff/login", [cookie::set(&app, cookie::STAFF, "")]))
}
