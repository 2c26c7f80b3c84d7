//! The way in: login and password, then the second factor; a passkey alone (`passkey`); or a one-time code, then a password of one's own.

use super::super::{Desk, Half};
use super::passkey::{Ask, answered};
use super::{code_control, next_page, not_in, verbatim, weak, with_retry};
use crate::app::{App, Failure, LoggedIn, Reach, Shown};
use crate::config::Profile;
use crate::web::cookie;
use crate::web::form::{Control, Input, Typed, fault};
use crate::web::intake::Source;
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A page that is one form, for people who are not in yet.
#[derive(Template)]
#[template(path = "desk/login.html")]
pub(super) struct EnterPage {
    pub(super) page: Page,
    pub(super) action: &'static str,
    pub(super) controls: Vec<Control>,
    pub(super) others: Vec<String>,
    pub(super) button: String,
    pub(super) help: String,
    /// A form that an authenticator answers, beside the controls or in their place.
    pub(super) ask: Option<Ask>,
    /// Ways in beside the form, each a button: address and words.
    pub(super) ways: Vec<(&'static str, String)>,
    /// Another page: its address and words.
    pub(super) other: Option<(&'static str, String)>,
}

impl EnterPage {
    pub(super) fn new(page: Page, action: &'static str) -> EnterPage {
        EnterPage {
            button: page.say("login-button"),
            page,
            action,
            controls: Vec::new(),
            others: Vec::new(),
            help: String::new(),
            ask: None,
            ways: Vec::new(),
            other: None,
        }
    }
}

pub(super) fn login_page(
    app: &App,
    page: &Page,
    login: &str,
    status: StatusCode,
    others: Vec<String>,
) -> Response {
    let page = page.clone().titled(page.say("login-title"));
    let controls = vec![
        Control::new("login", Input::Line, page.say("login-name")).value(login).autocomplete("username"),
        Control::new("password", Input::Password, page.say("login-password"))
            .autocomplete("current-password"),
    ];
    let mut ways = Vec::new();
    if app.relying_party.is_some() {
        ways.push(("/staff/login/passkey", page.say("passkey-enter")));
    }
    if app.provider.is_some() {
        ways.push(("/staff/login/provider", page.say("provider-enter")));
    }
    let help = page.say("login-help");
    let other = Some(("/staff/enrol", page.say("enrol-title")));
    page::html(
        status,
        &EnterPage { controls, others, help, ways, other, ..EnterPage::new(page, "/staff/login") },
    )
}

/// The login page.
pub(crate) async fn login(State(app): State<Arc<App>>, page: Page) -> Response {
    login_page(&app, &page, "", StatusCode::OK, Vec::new())
}

/// Opens a session, or the half of one.
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
    let shown = Shown { password: verbatim(&typed, "password"), code: String::new() };
    let tried = app.log_in(&login, shown).await?;
    if let LoggedIn::In(token, reach) = &tried {
        return Ok(page::see_other(next_page(*reach), [cookie::set(&app, cookie::STAFF, token)]));
    }
    if tried == LoggedIn::Wrong {
        source.failed(&app);
    }
    let (status, words) = not_in(&page, &tried).unwrap_or_default();
    Ok(with_retry(login_page(&app, &page, &login, status, vec![words]), &tried))
}

async fn code_page(
    app: &App,
    half: &Half,
    status: StatusCode,
    others: Vec<String>,
) -> Result<Response, Trouble> {
    const HERE: &str = "/staff/login/code";
    let page = half.page.clone().guarded(app, &half.session);
    let page = page.clone().titled(page.say("factor-title"));
    let account = app.account(&half.own.login).await?.ok_or(Failure::Absent)?;
    let asked = app.ask_passkey(&half.own).await?;
    let mut form = EnterPage {
        others,
        other: Some(("/staff/login", page.say("login-again"))),
        ask: asked.map(|asked| Ask::for_one(app, &page, HERE, "", asked)),
        ..EnterPage::new(page.clone(), HERE)
    };
    if account.has_codes() {
        form.controls = vec![code_control(&page, "code")];
        form.help = page.say("factor-help");
    } else if form.ask.is_none() {
        form.help = page.say("passkey-unavailable");
    }
    Ok(page::html(status, &form))
}

/// Asks for the second factor.
pub(crate) async fn code(State(app): State<Arc<App>>, half: Half) -> Result<Response, Trouble> {
    match half.own.reach {
        Reach::Second => code_page(&app, &half, StatusCode::OK, Vec::new()).await,
        reach @ (Reach::Whole | Reach::Enrol) => Ok(page::see_other(next_page(reach), [])),
    }
}

/// Takes the second factor.
pub(crate) async fn take_code(
    State(app): State<Arc<App>>,
    half: Half,
    source: Result<Source, Problem>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let source = source?;
    let typed = Typed(typed);
    half.check(&app, &typed)?;
    let answered = answered(&typed, "");
    let with_passkey = !answered.answer.is_empty();
    let tried = match with_passkey {
        true => app.prove_with_passkey(&half.own, &answered).await?,
        false => app.second(&half.own, &typed.get("code")).await?,
    };
    if let LoggedIn::In(token, reach) = &tried {
        return Ok(page::see_other(next_page(*reach), [cookie::set(&app, cookie::STAFF, token)]));
    }
    if tried == LoggedIn::Wrong {
        source.failed(&app);
    }
    let (status, mut words) = not_in(&half.page, &tried).unwrap_or_default();
    if tried == LoggedIn::Wrong {
        words = half.page.say(if with_passkey { "passkey-wrong" } else { "factor-wrong" });
    }
    Ok(with_retry(code_page(&app, &half, status, vec![words]).await?, &tried))
}

/// The fields of a new password.
pub(super) fn new_password_controls(app: &App, page: &Page) -> [Control; 2] {
    let hint = match app.profile {
        Profile::Asvs => "password-hint",
        Profile::Mlps3 => "password-hint-mlps3",
    };
    [
        Control::new("new-password", Input::Password, page.say("password-new"))
            .hint(page.say(hint))
            .autocomplete("new-password"),
        Control::new("again", Input::Password, page.say("password-again")).autocomplete("new-password"),
    ]
}

/// The new password when it was typed twice alike, else what is wrong beside the field.
pub(in crate::web::desk) fn typed_twice(
    page: &Page,
    typed: &Typed,
    controls: &mut [Control],
) -> Option<String> {
    let (one, other) = (verbatim(typed, "new-password"), verbatim(typed, "again"));
    if one == other {
        return Some(one);
    }
    fault(controls, "again", page.say("password-differs"));
    None
}

fn enrol_controls(app: &App, page: &Page, login: &str, code: &str) -> Vec<Control> {
    let mut controls = vec![
        Control::new("login", Input::Line, page.say("login-name")).value(login).autocomplete("username"),
        Control::new("code", Input::Line, page.say("enrol-code"))
            .value(code)
            .hint(page.say("enrol-code-hint")),
    ];
    controls.extend(new_password_controls(app, page));
    controls
}

fn enrol_page(page: &Page, status: StatusCode, controls: Vec<Control>, others: Vec<String>) -> Response {
    let page = page.clone().titled(page.say("enrol-title"));
    let (button, help) = (page.say("enrol-button"), page.say("enrol-help"));
    let other = Some(("/staff/login", page.say("login-title")));
    page::html(
        status,
        &EnterPage { controls, others, button, help, other, ..EnterPage::new(page, "/staff/enrol") },
    )
}

/// Sets an account up.
pub(crate) async fn enrol(State(app): State<Arc<App>>, page: Page) -> Response {
    let controls = enrol_controls(&app, &page, "", "");
    enrol_page(&page, StatusCode::OK, controls, Vec::new())
}

/// Takes the one-time code and the password that its holder chose.
pub(crate) async fn use_enrolment(
    State(app): State<Arc<App>>,
    page: Page,
    source: Result<Source, Problem>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let source = source?;
    let typed = Typed(typed);
    let (login, code) = (typed.get("login"), typed.get("code"));
    let mut controls = enrol_controls(&app, &page, &login, &code);
    let Some(password) = typed_twice(&page, &typed, &mut controls) else {
        return Ok(enrol_page(&page, StatusCode::UNPROCESSABLE_ENTITY, controls, Vec::new()));
    };
    let tried = match app.use_enrolment(&login, &code, &password).await? {
        Ok(tried) => tried,
        Err(too_weak) => {
            fault(&mut controls, "new-password", weak(&page, too_weak));
            return Ok(enrol_page(&page, StatusCode::UNPROCESSABLE_ENTITY, controls, Vec::new()));
        }
    };
    if let LoggedIn::In(token, reach) = &tried {
        return Ok(page::see_other(next_page(*reach), [cookie::set(&app, cookie::STAFF, token)]));
    }
    if tried == LoggedIn::Wrong {
        source.failed(&app);
    }
    let (status, mut words) = not_in(&page, &tried).unwrap_or_default();
    if tried == LoggedIn::Wrong {
        words = page.say("enrol-wrong");
    }
    Ok(with_retry(enrol_page(&page, status, controls, vec![words]), &tried))
}

/// Ends the session.
pub(crate) async fn log_out(
    State(app): State<Arc<App>>,
    desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    desk.check(&app, &Typed(typed))?;
    app.log_out(&desk.session).await?;
    let mut response = page::see_other("/staff/login", [cookie::set(&app, cookie::STAFF, "")]);
    // What the browser kept of the desk goes too (WEB-3).
    let everything = axum::http::HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", everything);
    Ok(response)
}
