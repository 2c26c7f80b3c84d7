//! Cookies, and the proof that a form was ours (SESS-1, SESS-2).
//!
//! A change needs `Sec-Fetch-Site: same-origin` (or an `Origin` that is our host, for browsers that do not send the
//! former) and, where there is a session, a token that only our page could know.

use crate::app::App;
use axum::http::{HeaderMap, HeaderValue, header};

/// Chosen language.
pub(crate) const LANGUAGE: &str = "lang";
/// Session of an official.
pub(crate) const STAFF: &str = "staff";
/// Somebody who is at the identity provider.
pub(crate) const PROVIDER: &str = "provider";
/// A draft that is being written, or the receipt of what was just submitted.
pub(crate) const DRAFT: &str = "draft";
/// A petition that is being followed.
pub(crate) const FOLLOW: &str = "follow";

/// The value of a cookie of ours. Over TLS only under its `__Host-` name, which no other host of the domain and no page
/// without TLS can set.
pub(crate) fn read(app: &App, headers: &HeaderMap, name: &str) -> Option<String> {
    named(headers, &format!("{}huiyin-{name}", prefix(app)))
}

/// The chosen language, which whoever sets it may set.
pub(crate) fn language(headers: &HeaderMap) -> Option<String> {
    ["__Host-", ""].iter().find_map(|prefix| named(headers, &format!("{prefix}huiyin-{LANGUAGE}")))
}

fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
        .filter(|value| !value.is_empty())
}

/// A `Set-Cookie` value that lasts as long as the browser stays open. An empty value ends the cookie.
pub(crate) fn set(app: &App, name: &str, value: &str) -> HeaderValue {
    let (prefix, secure) = (prefix(app), if app.secure_cookies { "; Secure" } else { "" });
    let site = if name == STAFF { "Strict" } else { "Lax" };
    let age = match (value.is_empty(), name == LANGUAGE) {
        (true, _) => "; Max-Age=0",
        (false, true) => "; Max-Age=31536000",
        (false, false) => "",
    };
    let text = format!("{prefix}huiyin-{name}={value}; Path=/; HttpOnly; SameSite={site}{secure}{age}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("huiyin-none="))
}

fn prefix(app: &App) -> &'static str {
    if app.secure_cookies { "__Host-" } else { "" }
}

/// Whether a request that changes something comes from a page of ours.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => {
            let host = text("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
    }
}

/// The form token of a session: only who has the cookie can be shown it.
pub(crate) fn form_token(app: &App, session: &str) -> String {
    app.mac(&format!("form\0{session}"))
}

/// Whether a form carries the token of its session. Compared as commitments, so that timing tells nothing.
pub(crate) fn is_ours(app: &App, session: &str, given: &str) -> bool {
    app.mac(given) == app.mac(&form_token(app, session))
}
