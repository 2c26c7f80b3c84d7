//! The officials' pages. Whoever reaches one is logged in; what they may see and do, the rules say.

pub(super) mod account;
pub(super) mod act;
pub(super) mod admin;
pub(super) mod case;
pub(in crate::web) mod files;
pub(super) mod identity;
pub(super) mod inbox;
pub(super) mod letters;
pub(super) mod papers;
pub(super) mod print_room;
pub(super) mod reads;
pub(super) mod recusals;
pub(super) mod register;
pub(super) mod reminders;
pub(super) mod sealed;
mod shell;
pub(super) mod zipped;

use super::cookie;
use super::form::Typed;
use super::page::Page;
use super::problem::Problem;
use super::trouble::Trouble;
use crate::app::{App, Failure, Reach, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use casework::authority::Actor;
use casework::directory::Role;
use std::sync::Arc;

/// What can be done with a password that must be changed first: changing it, and leaving (IAM-7).
const AT_ANY_AGE: [&str; 2] = [account::own::PASSWORD, "/staff/logout"];

/// A logged-in official at a browser. Asking for it *is* the login check.
pub(crate) struct Desk {
    /// Who.
    pub(crate) actor: Actor,
    /// Their session.
    pub(crate) own: Session,
    /// Its token.
    pub(crate) session: String,
    /// The frame of the page, with their name.
    pub(crate) page: Page,
}

/// Somebody who has come in, perhaps only half: for the pages on which the other half is done.
pub(crate) struct Half {
    /// What was opened.
    pub(crate) own: Session,
    /// Its token.
    pub(crate) session: String,
    /// The frame of the page.
    pub(crate) page: Page,
}

impl FromRequestParts<Arc<App>> for Half {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Trouble> {
        let session = cookie::read(app, &parts.headers, cookie::STAFF).ok_or(Problem::LogIn)?;
        let own = app.session(&session).await?.ok_or(Problem::LogIn)?;
        let page = match Page::from_request_parts(parts, app).await {
            Ok(page) => page,
            Err(never) => match never {},
        };
        Ok(Half { own, session, page })
    }
}

impl Half {
    /// Refuses a form that is not ours.
    pub(crate) fn check(&self, app: &App, typed: &Typed) -> Result<(), Trouble> {
        check(app, &self.session, typed)
    }

    /// The desk that a whole session opens.
    fn desk(&self, app: &App) -> Desk {
        let mut page = self.page.clone().guarded(app, &self.session);
        let actor = self.own.actor.clone();
        let directory = app.directory();
        let official = actor.official().and_then(|id| directory.official(id));
        let unit = actor.unit().and_then(|unit| directory.unit(unit));
        page.official =
            [official.map(|official| official.name.clone()), unit.map(|unit| page.locale.unit(unit))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ");
        page.roles = official.map(|official| official.roles.clone()).unwrap_or_default();
        page.office = unit.map(|unit| page.locale.unit(unit)).unwrap_or_default();
        Desk { actor, own: self.own.clone(), session: self.session.clone(), page }
    }
}

impl FromRequestParts<Arc<App>> for Desk {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Trouble> {
        let half = Half::from_request_parts(parts, app).await?;
        if half.own.password_is_old && !AT_ANY_AGE.contains(&parts.uri.path()) {
            return Err(Problem::OldPassword.into());
        }
        match half.own.reach {
            Reach::Whole => Ok(half.desk(app)),
            // Half a login opens no desk (IAM-2).
            Reach::Second | Reach::Enrol => Err(Problem::LogIn.into()),
        }
    }
}

fn check(app: &App, session: &str, typed: &Typed) -> Result<(), Trouble> {
    if cookie::is_ours(app, session, &typed.get("token")) { Ok(()) } else { Err(Problem::Elsewhere.into()) }
}

impl Desk {
    /// Refuses a form that is not ours.
    pub(crate) fn check(&self, app: &App, typed: &Typed) -> Result<(), Trouble> {
        check(app, &self.session, typed)
    }

    /// Where an official begins who has no inbox.
    fn first_page(&self) -> &'static str {
        match () {
            () if self.has(Role::SystemAdministrator) => "/staff/accounts",
            () if self.has(Role::SecurityAdministrator) => "/staff/directory",
            () if self.has(Role::AuditAdministrator) => "/staff/reads",
            () => "/staff/account",
        }
    }

    /// Whoever has no inbox is answered as if there were no such page (IAM-1).
    fn must_have_inbox(&self) -> Result<(), Trouble> {
        if self.page.has_inbox() { Ok(()) } else { Err(Failure::Absent.into()) }
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
