//! One's own account: open sessions, the password, second factors.

use super::super::{Desk, Half};
use super::enter::{new_password_controls, typed_twice};
use super::{Confirmed, FormPage, code_control, weak, with_cookie};
use crate::app::{App, Failure, OwnSession, Reach, Set};
use crate::qr::Qr;
use crate::web::cookie;
use crate::web::form::{Typed, fault};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

struct Row {
    session: OwnSession,
    began: String,
    seen: String,
}

struct KeyRow {
    id: String,
    name: String,
    added: String,
    used: String,
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    page: Page,
    login: String,
    roles: Vec<String>,
    has_codes: bool,
    passkeys: Vec<KeyRow>,
    /// Where passkeys work; empty where the office takes none.
    public_address: String,
    /// Whether the identity provider opens it; `None` where there is none.
    linked: Option<bool>,
    others: Vec<String>,
    rows: Vec<Row>,
    hours: i64,
    idle: i64,
}

/// What was done before the page was shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

/// One's own account.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let account = app.account(&desk.own.login).await?.ok_or(Failure::Absent)?;
    let page = desk.page.guarded(&app, &desk.session);
    let mut page = Page { place: "account", ..page.clone().titled(page.say("account-title")) };
    let mut others = Vec::new();
    match asked.done.as_str() {
        "last" => others.push(page.say("passkey-last")),
        "cancelled" => others.push(page.say("provider-cancelled")),
        "silent" => others.push(page.say("provider-silent")),
        "unlinkable" => others.push(page.say("provider-unlinkable")),
        _ => {}
    }
    if ["password", "factor", "ended", "passkey", "removed", "linked", "unlinked"]
        .contains(&asked.done.as_str())
    {
        page.done = page.say(&format!("account-done-{}", asked.done));
    }
    let time = |instant| app.clock.civil_of(instant).strftime("%Y-%m-%d %H:%M").to_string();
    let rows = app.own_sessions(&desk.own).await?;
    let rows =
        rows.into_iter().map(|session| Row { began: time(session.began), seen: time(session.seen), session });
    let passkeys = app.own_passkeys(&desk.own).await?.into_iter().map(|passkey| KeyRow {
        id: passkey.id,
        name: passkey.name,
        added: time(passkey.added),
        used: passkey.used.map_or_else(|| page.say("passkey-unused"), time),
    });
    let directory = app.directory();
    let official = desk.actor.official().and_then(|id| directory.official(id));
    let roles =
        official.map(|official| official.roles.iter().map(|role| page.say(&role_key(*role))).collect());
    let template = AccountPage {
        login: account.login.clone(),
        roles: roles.unwrap_or_default(),
        has_codes: account.has_codes(),
        passkeys: passkeys.collect(),
        public_address: app.public_address.clone(),
        linked: match app.provider {
            Some(_) => Some(app.is_linked(&desk.own).await?),
            None => None,
        },
        others,
        rows: rows.collect(),
        hours: app.session_hours(),
        idle: app.session_idle_minutes(),
        page,
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// The key of a role's name.
pub(in crate::web::desk) fn role_key(role: casework::directory::Role) -> String {
    format!("role-{}", role.word().replace('_', "-"))
}

/// Ends one of one's own sessions.
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    app.end_own_session(&desk.own, &typed.get("session")).await?;
    Ok(page::see_other("/staff/account?done=ended", []))
}

/// Where one's own password is changed.
pub(in crate::web) const PASSWORD: &str = "/staff/account/password";

fn password_page(app: &App, desk: &Desk) -> FormPage {
    let page = desk.page.clone().guarded(app, &desk.session);
    let page = Page { place: "account", ..page.clone().titled(page.say("password-title")) };
    let controls = new_password_controls(app, &page).into();
    let mut form = FormPage::new(page, PASSWORD, controls);
    if desk.own.password_is_old {
        form.leads = vec![form.page.say("password-old")];
    } else {
        form.back = "/staff/account".to_owned();
    }
    form
}

/// Asks for a new password.
pub(crate) async fn password(State(app): State<Arc<App>>, desk: Desk) -> Response {
    page::html(StatusCode::OK, &password_page(&app, &desk))
}

/// Changes the password.
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let mut form = password_page(&app, &desk);
    let Some(new) = typed_twice(&form.page.clone(), &typed, &mut form.controls) else {
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let (session, cookie) = match desk.confirmed(&app, &typed, PASSWORD).await? {
        Confirmed::Yes(session, cookie) => (session, cookie),
        Confirmed::Ask(page) => return Ok(page),
    };
    match app.change_password(&session, &new).await? {
        Set::TooWeak(too_weak) => {
            let words = weak(&form.page, too_weak);
            fault(&mut form.controls, "new-password", words);
            form.page.token = desk.page.token;
            Ok(with_cookie(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form), cookie))
        }
        Set::Done | Set::Wrong | Set::LastFactor => {
            Ok(with_cookie(page::see_other("/staff/account?done=password", []), cookie))
        }
    }
}

const FACTOR: &str = "/staff/account/factor";

fn factor_page(app: &App, half: &Half, words: &str) -> Result<FormPage, Trouble> {
    let login = &half.own.login;
    let secret = match app.same_secret(login, words)? {
        Some(secret) => secret,
        None => app.new_secret(login)?,
    };
    let page = half.page.clone().guarded(app, &half.session);
    let page = Page { place: "account", ..page.clone().titled(page.say("factor-set-title")) };
    let mut form = FormPage::new(page.clone(), FACTOR, vec![code_control(&page, "code")]);
    form.leads = vec![page.say("factor-set-why"), page.say("factor-set-how")];
    form.qr = Qr::new(&secret.address);
    form.hidden = vec![("secret".to_owned(), secret.words.clone())];
    form.secret = secret.words;
    match half.own.reach {
        Reach::Whole => form.back = "/staff/account".to_owned(),
        Reach::Second | Reach::Enrol if app.relying_party.is_some() => {
            form.other = Some(("/staff/account/passkeys/new", page.say("passkey-set-instead")));
        }
        Reach::Second | Reach::Enrol => {}
    }
    Ok(form)
}

/// Shows a secret to be put into an authenticator program.
pub(crate) async fn factor(State(app): State<Arc<App>>, half: Half) -> Result<Response, Trouble> {
    if half.own.reach == Reach::Second {
        return Ok(page::see_other("/staff/login/code", []));
    }
    Ok(page::html(StatusCode::OK, &factor_page(&app, &half, "")?))
}

/// Sets the second factor up once the authenticator shows its codes. Replacing one needs the one before (IAM-6).
pub(crate) async fn set_factor(
    State(app): State<Arc<App>>,
    half: Half,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    half.check(&app, &typed)?;
    let mut desk = half.desk(&app);
    let (session, cookie) = match half.own.reach {
        Reach::Second => return Ok(page::see_other("/staff/login/code", [])),
        Reach::Enrol => (Box::new(half.own.clone()), None),
        Reach::Whole => match desk.confirmed(&app, &typed, FACTOR).await? {
            Confirmed::Yes(session, cookie) => (session, cookie),
            Confirmed::Ask(page) => return Ok(page),
        },
    };
    let secret = typed.get("secret");
    match app.set_factor(&session, &secret, &typed.get("code")).await? {
        Set::Done if half.own.reach == Reach::Enrol => {
            let token = app.widen(&half.own).await?;
            Ok(page::see_other("/staff", [cookie::set(&app, cookie::STAFF, &token)]))
        }
        Set::Done => Ok(with_cookie(page::see_other("/staff/account?done=factor", []), cookie)),
        Set::Wrong | Set::TooWeak(_) | Set::LastFactor => {
            let mut form = factor_page(&app, &half, &secret)?;
            let words = form.page.say("factor-wrong");
            fault(&mut form.controls, "code", words);
            form.page.token = desk.page.token;
            Ok(with_cookie(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form), cookie))
        }
    }
}
