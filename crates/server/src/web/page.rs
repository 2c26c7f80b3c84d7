//! What every page has: language, title, whose pages these are, the proof that its forms are ours.

use super::assets::Assets;
use super::locale::Locale;
use super::{cookie, intake};
use crate::app::App;
use askama::Template;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::civil::Date;
use std::convert::Infallible;
use std::sync::Arc;

/// The frame of a page, handed to every template.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Its language.
    pub(crate) locale: Locale,
    /// Its title, before the name of the office.
    pub(crate) title: String,
    /// Path and query of this page, for the way back after the language was changed.
    pub(crate) here: String,
    /// Today in the office's zone.
    pub(crate) today: Date,
    /// Whose pages these are.
    pub(crate) office: String,
    /// Telephone of the office.
    pub(crate) phone: String,
    /// Address and hours of the office.
    pub(crate) address: String,
    /// Shows that a form is ours; empty where there is no session to protect.
    pub(crate) token: String,
    /// Name and unit of the official; empty on public pages.
    pub(crate) official: String,
    /// What the official is entrusted with: the navigation leads there and nowhere else.
    pub(crate) roles: std::collections::BTreeSet<casework::directory::Role>,
    /// The entry of the navigation that this page belongs to.
    pub(crate) place: &'static str,
    /// Words above the page after something was done; empty most of the time.
    pub(crate) done: String,
    /// Whether it is shown on a device that the office put up for visitors: nothing is left behind there.
    pub(crate) kiosk: bool,
}

impl Page {
    /// Whether the official is entrusted with the role of that word.
    pub(crate) fn has(&self, role: &str) -> bool {
        casework::directory::Role::parse(role).is_some_and(|role| self.roles.contains(&role))
    }

    /// Whether the official is one of the three administrators.
    pub(crate) fn administers(&self) -> bool {
        self.roles.iter().any(|role| role.administers())
    }

    /// Whether the official works on matters, or looks at them, and so has an inbox.
    pub(crate) fn has_inbox(&self) -> bool {
        self.roles.iter().any(|role| !role.administers())
    }

    /// A sentence.
    pub(crate) fn say(&self, key: &str) -> String {
        self.locale.say(key)
    }

    /// A sentence with one variable.
    pub(crate) fn say1(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        self.locale.with(key, &[(name, &value.to_string())])
    }

    /// A date in full.
    pub(crate) fn date(&self, date: &Date) -> String {
        self.locale.date(*date)
    }

    /// A date without the year when it is this one.
    pub(crate) fn day(&self, date: &Date) -> String {
        self.locale.day(*date, self.today)
    }

    /// 11-24, or 2027-03-01 in another year: for narrow columns at the desk.
    pub(crate) fn short(&self, date: &Date) -> String {
        let full = date.to_string();
        match full.split_once('-') {
            Some((_, short)) if date.year() == self.today.year() => short.to_owned(),
            _ => full,
        }
    }

    /// The embedded files.
    pub(crate) fn assets(&self) -> &'static Assets {
        Assets::get()
    }

    /// The same page with a title.
    pub(crate) fn titled(mut self, title: String) -> Page {
        self.title = title;
        self
    }

    /// The same page with the token of a session's forms.
    pub(crate) fn guarded(mut self, app: &App, session: &str) -> Page {
        self.token = cookie::form_token(app, session);
        self
    }

    /// The same page with a token that tells since when its form is shown.
    pub(crate) fn timed(mut self, app: &App, session: &str) -> Page {
        self.token = intake::token(app, session);
        self
    }
}

impl FromRequestParts<Arc<App>> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let locale = Locale::from_request_parts(parts, app).await?;
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, app).await?;
        let office = app.front_office();
        Ok(Page {
            locale,
            title: String::new(),
            here: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            today: app.clock.today(),
            office: office.as_ref().map(|office| locale.unit(office)).unwrap_or_default(),
            phone: office.as_ref().map(|office| office.phone.clone()).unwrap_or_default(),
            address: office.map(|office| office.address).unwrap_or_default(),
            token: String::new(),
            official: String::new(),
            roles: std::collections::BTreeSet::new(),
            place: "",
            done: String::new(),
            kiosk: intake::is_kiosk(parts, app),
        })
    }
}

/// A template as an answer.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!("render a page: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the browser on after a change (303), with cookies to set.
pub(crate) fn see_other(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, to.to_owned())]).into_response();
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
