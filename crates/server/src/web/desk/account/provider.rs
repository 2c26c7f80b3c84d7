//! Login through the identity provider, in pages.
//!
//! A form may only be sent to ourselves and the staff cookie travels with nothing that begins elsewhere (WEB-2, SESS-1): the
//! way to the provider and the way back lead over a page of ours that goes on by itself, without scripts.

use super::super::Desk;
use super::{Confirmed, FormPage, next_page, with_cookie};
use crate::app::{App, Away, Back, LoggedIn, Returned};
use crate::web::cookie;
use crate::web::form::Typed;
use crate::web::intake::Source;
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// A page that goes on by itself.
#[derive(Template)]
#[template(path = "desk/onward.html")]
struct OnwardPage {
    page: Page,
    address: String,
    words: String,
}

fn onward(page: &Page, address: &str, title: &str, words: &str) -> Response {
    let page = page.clone().titled(page.say(title));
    page::html(StatusCode::OK, &OnwardPage { words: page.say(words), address: address.to_owned(), page })
}

fn away(app: &App, page: &Page, away: &Away) -> Response {
    let cookie = cookie::set(app, cookie::PROVIDER, &away.handle);
    with_cookie(onward(page, &away.address, "provider-enter", "provider-onward"), Some(cookie))
}

/// Nothing is asked of the provider by looking.
pub(crate) async fn enter() -> Response {
    page::see_other("/staff/login", [])
}

/// Sends the browser to the provider. When it gives no answer, passwords are still the way.
pub(crate) async fn take_enter(
    State(app): State<Arc<App>>,
    page: Page,
    source: Result<Source, Problem>,
) -> Result<Response, Trouble> {
    let source = source?;
    if app.provider.is_none() {
        return Ok(page::see_other("/staff/login", []));
    }
    source.asks(&app)?;
    match app.go_to_provider(None).await? {
        Some(gone) => Ok(away(&app, &page, &gone)),
        None => {
            let words = vec![page.say("provider-silent")];
            Ok(super::enter::login_page(&app, &page, "", StatusCode::SERVICE_UNAVAILABLE, words))
        }
    }
}

/// Takes what the provider sends back with the browser: once, and only from the browser that went there.
pub(crate) async fn back(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    source: Result<Source, Problem>,
    Query(back): Query<Back>,
) -> Result<Response, Trouble> {
    let source = source?;
    if app.provider.is_none() {
        return Ok(page::see_other("/staff/login", []));
    }
    let handle = cookie::read(&app, &headers, cookie::PROVIDER).unwrap_or_default();
    let returned = app.come_from_provider(&handle, &back).await?;
    let gone = cookie::set(&app, cookie::PROVIDER, "");
    let response = match returned {
        Returned::Login(LoggedIn::In(token, reach)) => {
            let staff = cookie::set(&app, cookie::STAFF, &token);
            with_cookie(onward(&page, next_page(reach), "provider-came", "provider-in"), Some(staff))
        }
        Returned::Link(handle) => {
            onward(&page, &format!("{OWN}?link={handle}"), "provider-came", "provider-in")
        }
        // Nothing was tried, and nothing is wrong with the provider.
        Returned::Cancelled => {
            let words = vec![page.say("provider-cancelled")];
            super::enter::login_page(&app, &page, "", StatusCode::OK, words)
        }
        Returned::Unlinked => onward(&page, "/staff/account?done=cancelled", "provider-came", "provider-in"),
        Returned::Login(LoggedIn::Wrong | LoggedIn::Wait(_) | LoggedIn::Busy) => {
            source.failed(&app);
            let words = vec![page.say("provider-wrong")];
            super::enter::login_page(&app, &page, "", StatusCode::UNPROCESSABLE_ENTITY, words)
        }
        Returned::NoAnswer => {
            let words = vec![page.say("provider-silent")];
            super::enter::login_page(&app, &page, "", StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    Ok(with_cookie(response, Some(gone)))
}

const OWN: &str = "/staff/account/provider";

/// What came back with the browser.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    link: String,
}

/// Asks once more whether this login and that account at the provider belong to one person.
pub(crate) async fn own(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    if asked.link.is_empty() || app.provider.is_none() {
        return Ok(page::see_other("/staff/account", []));
    }
    let Some(name) = app.name_to_link(&desk.own, &asked.link).await? else {
        return Ok(page::see_other("/staff/account?done=unlinkable", []));
    };
    let page = desk.page.clone().guarded(&app, &desk.session);
    let page = Page { place: "account", ..page.clone().titled(page.say("provider-link")) };
    let mut form = FormPage::new(page.clone(), OWN, Vec::new());
    let who = [("name", name.as_str()), ("login", desk.own.login.as_str())];
    form.leads = vec![page.locale.with("provider-link-lead", &who)];
    form.hidden = vec![("do".to_owned(), "confirm".to_owned()), ("link".to_owned(), asked.link)];
    form.button = page.say("provider-link");
    form.back = "/staff/account".to_owned();
    Ok(page::html(StatusCode::OK, &form))
}

/// Goes to the provider to link one's own account, confirms it, or ends it (IAM-6).
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    if app.provider.is_none() {
        return Ok(page::see_other("/staff/account", []));
    }
    let (session, cookie) = match desk.confirmed(&app, &typed, OWN).await? {
        Confirmed::Yes(session, cookie) => (session, cookie),
        Confirmed::Ask(page) => return Ok(page),
    };
    let done = match typed.get("do").as_str() {
        "link" => match app.go_to_provider(Some(&session)).await? {
            Some(gone) => return Ok(with_cookie(away(&app, &desk.page, &gone), cookie)),
            None => "silent",
        },
        "confirm" if app.link(&session, &typed.get("link")).await? => "linked",
        "confirm" => "unlinkable",
        _ => {
            app.unlink(&session).await?;
            "unlinked"
        }
    };
    Ok(with_cookie(page::see_other(&format!("/staff/account?done={done}"), []), cookie))
}
