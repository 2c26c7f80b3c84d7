//! Passkeys in pages: the form that a script answers through the authenticator, the way in with one, one's own.
//!
//! There is no request beside the pages: the challenge stands in the form, and the answer is sent with it.

use super::super::{Desk, Half};
use super::enter::EnterPage;
use super::{Confirmed, FormPage, next_page, with_cookie, with_retry};
use crate::app::{Answered, App, Ceremony, LoggedIn, Reach, Set};
use crate::web::cookie;
use crate::web::form::{Control, Input, Typed, mark_missing};
use crate::web::intake::Source;
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// A form that the script answers through an authenticator.
pub(in crate::web::desk) struct Ask {
    /// Where the answer goes.
    pub(super) action: String,
    /// `get` for a passkey that there is, `create` for a new one.
    pub(super) verb: &'static str,
    /// Whether the browser is asked as soon as the page is there.
    pub(super) at_once: bool,
    /// The browser's options, as JSON.
    pub(super) options: String,
    /// Name of the field for the answer.
    pub(super) field: String,
    /// Fields that go along unseen.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) controls: Vec<Control>,
    pub(super) button: String,
    /// What is said when the authenticator gave no answer.
    pub(super) failed: String,
}

impl Ask {
    /// Asks for a passkey that there is; the fields of the answer begin with that prefix.
    pub(super) fn for_one(app: &App, page: &Page, action: &str, prefix: &str, asked: Ceremony) -> Ask {
        let mut hidden = vec![(format!("{prefix}handle"), asked.handle)];
        if !page.token.is_empty() {
            hidden.push(("token".to_owned(), page.token.clone()));
        }
        Ask {
            action: action.to_owned(),
            verb: "get",
            at_once: false,
            options: asked.options,
            field: format!("{prefix}answer"),
            hidden,
            controls: Vec::new(),
            button: page.say("passkey-use"),
            failed: page.say1("passkey-failed", "address", &app.public_address),
        }
    }
}

/// What an authenticator answered, in the fields of that prefix.
pub(super) fn answered(typed: &Typed, prefix: &str) -> Answered {
    Answered { handle: typed.get(&format!("{prefix}handle")), answer: typed.get(&format!("{prefix}answer")) }
}

const ENTER: &str = "/staff/login/passkey";

async fn enter_page(
    app: &App,
    page: &Page,
    status: StatusCode,
    mut others: Vec<String>,
) -> Result<Response, Trouble> {
    let page = page.clone().titled(page.say("passkey-enter"));
    let asked = app.ask_any_passkey().await?;
    let busy = asked.is_none();
    if busy {
        others.push(page.say("login-busy"));
    }
    // Asked at once, unless that went wrong a moment ago.
    let at_once = others.is_empty();
    let ask = asked.map(|asked| Ask { at_once, ..Ask::for_one(app, &page, ENTER, "", asked) });
    let status = if busy { StatusCode::SERVICE_UNAVAILABLE } else { status };
    let response = page::html(
        status,
        &EnterPage {
            ask,
            others,
            help: page.say("passkey-enter-help"),
            other: Some(("/staff/login", page.say("passkey-instead"))),
            ..EnterPage::new(page, ENTER)
        },
    );
    Ok(if busy { with_retry(response, &LoggedIn::Busy) } else { response })
}

/// Nothing is asked of an authenticator by looking.
pub(crate) async fn enter() -> Response {
    page::see_other("/staff/login", [])
}

/// Asks for a passkey, or takes the answer and opens a session.
pub(crate) async fn take_enter(
    State(app): State<Arc<App>>,
    page: Page,
    source: Result<Source, Problem>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let source = source?;
    let answered = answered(&Typed(typed), "");
    // Each answer is a new challenge, and keeps something waiting.
    source.asks(&app)?;
    if answered.answer.is_empty() {
        return enter_page(&app, &page, StatusCode::OK, Vec::new()).await;
    }
    let tried = app.enter_with_passkey(&answered).await?;
    if let LoggedIn::In(token, reach) = &tried {
        return Ok(page::see_other(next_page(*reach), [cookie::set(&app, cookie::STAFF, token)]));
    }
    source.failed(&app);
    enter_page(&app, &page, StatusCode::UNPROCESSABLE_ENTITY, vec![page.say("passkey-wrong")]).await
}

/// What was tried before the page was shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tried {
    wrong: String,
}

const NEW: &str = "/staff/account/passkeys/new";

async fn new_page(app: &App, half: &Half) -> Result<FormPage, Trouble> {
    let asked = app.new_passkey(&half.own).await?;
    let page = half.page.clone().guarded(app, &half.session);
    let page = Page { place: "account", ..page.clone().titled(page.say("passkey-new")) };
    let mut form = FormPage::new(page.clone(), NEW, Vec::new());
    form.leads =
        vec![page.say("passkey-new-why"), page.say1("passkey-new-where", "address", &app.public_address)];
    match half.own.reach {
        Reach::Whole => form.back = "/staff/account".to_owned(),
        Reach::Second | Reach::Enrol => {
            form.other = Some(("/staff/account/factor", page.say("passkey-codes-instead")));
        }
    }
    match asked {
        None => form.others = vec![page.say("passkey-most")],
        Some(asked) => {
            let name = Control::new("name", Input::Line, page.say("passkey-name"))
                .hint(page.say("passkey-name-hint"));
            form.ask = Some(Ask {
                verb: "create",
                controls: vec![name],
                button: page.say("passkey-new-button"),
                ..Ask::for_one(app, &page, NEW, "", asked)
            });
        }
    }
    Ok(form)
}

/// Shows what a new passkey is called and made with.
pub(crate) async fn new(
    State(app): State<Arc<App>>,
    half: Half,
    Query(tried): Query<Tried>,
) -> Result<Response, Trouble> {
    if half.own.reach == Reach::Second {
        return Ok(page::see_other("/staff/login/code", []));
    }
    let mut form = new_page(&app, &half).await?;
    if !tried.wrong.is_empty() {
        form.others.push(form.page.say("passkey-wrong"));
    }
    Ok(page::html(StatusCode::OK, &form))
}

/// Adds a passkey, for whoever showed shortly that it is they (IAM-6).
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    half: Half,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    half.check(&app, &typed)?;
    let name = typed.get("name");
    if name.is_empty() {
        let mut form = new_page(&app, &half).await?;
        let locale = form.page.locale;
        if let Some(ask) = &mut form.ask {
            mark_missing(&mut ask.controls, &[("name", true)], locale);
        }
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    }
    let (session, cookie) = match half.own.reach {
        Reach::Second => return Ok(page::see_other("/staff/login/code", [])),
        Reach::Enrol => (Box::new(half.own.clone()), None),
        Reach::Whole => match half.desk(&app).confirmed(&app, &typed, NEW).await? {
            Confirmed::Yes(session, cookie) => (session, cookie),
            Confirmed::Ask(page) => return Ok(page),
        },
    };
    match app.add_passkey(&session, &name, &answered(&typed, "")).await? {
        Set::Done if half.own.reach == Reach::Enrol => {
            let token = app.widen(&half.own).await?;
            Ok(page::see_other("/staff", [cookie::set(&app, cookie::STAFF, &token)]))
        }
        Set::Done => Ok(with_cookie(page::see_other("/staff/account?done=passkey", []), cookie)),
        // The page is made anew: its challenge was used, and perhaps the session has another name by now.
        Set::Wrong | Set::TooWeak(_) | Set::LastFactor => {
            Ok(with_cookie(page::see_other(&format!("{NEW}?wrong=1"), []), cookie))
        }
    }
}

const OWN: &str = "/staff/account/passkeys";

/// One's own are listed on the page of the account.
pub(crate) async fn own(_: Desk) -> Response {
    page::see_other("/staff/account", [])
}

/// Removes one of one's own passkeys (IAM-6).
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let (session, cookie) = match desk.confirmed(&app, &typed, OWN).await? {
        Confirmed::Yes(session, cookie) => (session, cookie),
        Confirmed::Ask(page) => return Ok(page),
    };
    let done = match app.remove_passkey(&session, &typed.get("passkey")).await? {
        Set::Done => "removed",
        Set::LastFactor => "last",
        Set::Wrong | Set::TooWeak(_) => "",
    };
    Ok(with_cookie(page::see_other(&format!("/staff/account?done={done}"), []), cookie))
}
