//! An official's own account: the way in, second factors, the password, the open sessions.

pub(crate) mod enter;
pub(crate) mod own;
pub(crate) mod passkey;
pub(crate) mod provider;

use super::Desk;
use crate::app::{Account, App, Failure, LoggedIn, Reach, Session, Shown, Weak};
use crate::qr::Qr;
use crate::web::cookie;
use crate::web::form::{Control, Input, Typed};
use crate::web::page::{self, Page};
use crate::web::problem::Problem;
use crate::web::trouble::Trouble;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use passkey::{Ask, answered};

/// A page that is one form, for people who are logged in.
#[derive(Template)]
#[template(path = "desk/form.html")]
pub(super) struct FormPage {
    pub(super) page: Page,
    pub(super) action: String,
    /// Sentences above the form.
    pub(super) leads: Vec<String>,
    pub(super) controls: Vec<Control>,
    pub(super) others: Vec<String>,
    /// Fields that go along unseen.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) button: String,
    /// Where to without doing anything; empty for nowhere.
    pub(super) back: String,
    pub(super) qr: Option<Qr>,
    /// A secret to be typed where the picture cannot be read.
    pub(super) secret: String,
    /// A form that an authenticator answers, beside the controls or in their place.
    pub(super) ask: Option<Ask>,
    /// Another way to the same end: its address and words.
    pub(super) other: Option<(&'static str, String)>,
}

impl FormPage {
    pub(super) fn new(page: Page, action: impl Into<String>, controls: Vec<Control>) -> FormPage {
        let button = page.say("form-save");
        FormPage {
            page,
            action: action.into(),
            leads: Vec::new(),
            controls,
            others: Vec::new(),
            hidden: Vec::new(),
            button,
            back: String::new(),
            qr: None,
            secret: String::new(),
            ask: None,
            other: None,
        }
    }

    /// The controls that are filled in by hand, of whichever form.
    fn filled(&self) -> &[Control] {
        match &self.ask {
            Some(ask) if self.controls.is_empty() => &ask.controls,
            _ => &self.controls,
        }
    }
}

/// A field as it was typed, spaces included: passwords.
pub(super) fn verbatim(typed: &Typed, name: &str) -> String {
    typed.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// What somebody showed in the fields of that prefix.
pub(super) fn shown(typed: &Typed, prefix: &str) -> Shown {
    Shown {
        password: verbatim(typed, &format!("{prefix}password")),
        code: typed.get(&format!("{prefix}code")),
    }
}

/// The fields in which a holder shows that it is they; none where only a passkey can show it.
fn proof_controls(page: &Page, account: &Account) -> Vec<Control> {
    let password = Control::new("holder_password", Input::Password, page.say("login-password"))
        .autocomplete("current-password");
    match (account.has_codes(), account.has_passkeys()) {
        (true, _) => vec![password, code_control(page, "holder_code")],
        (false, true) => Vec::new(),
        (false, false) => vec![password],
    }
}

fn code_control(page: &Page, name: &str) -> Control {
    Control::new(name, Input::Number, page.say("factor-code"))
        .hint(page.say("factor-code-hint"))
        .autocomplete("one-time-code")
}

/// The sentence for a way in that did not open, with its status; `None` when it did.
pub(super) fn not_in(page: &Page, tried: &LoggedIn) -> Option<(StatusCode, String)> {
    match tried {
        LoggedIn::In(..) => None,
        LoggedIn::Wrong => Some((StatusCode::UNPROCESSABLE_ENTITY, page.say("login-wrong"))),
        LoggedIn::Wait(seconds) => {
            Some((StatusCode::TOO_MANY_REQUESTS, page.say1("login-wait", "seconds", seconds)))
        }
        LoggedIn::Busy => Some((StatusCode::SERVICE_UNAVAILABLE, page.say("login-busy"))),
    }
}

/// Says when to come back, where the answer is to come back.
pub(super) fn with_retry(mut response: Response, tried: &LoggedIn) -> Response {
    let seconds = match tried {
        LoggedIn::Wait(seconds) => *seconds,
        LoggedIn::Busy => 2,
        LoggedIn::In(..) | LoggedIn::Wrong => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// Where somebody goes who has just come in so far.
fn next_page(reach: Reach) -> &'static str {
    match reach {
        Reach::Whole => "/staff",
        Reach::Second => "/staff/login/code",
        Reach::Enrol => "/staff/account/factor",
    }
}

pub(super) fn weak(page: &Page, weak: Weak) -> String {
    page.say(match weak {
        Weak::Short => "password-short",
        Weak::Long => "password-long",
        Weak::Guessable => "password-guessable",
        Weak::Plain => "password-plain",
        Weak::Same => "password-same",
    })
}

/// Whether the holder showed shortly that it is they (IAM-6).
pub(in crate::web::desk) enum Confirmed {
    /// They did: their session now, and its cookie when it is a new one.
    Yes(Box<Session>, Option<HeaderValue>),
    /// The page that asks them to, and carries what they typed.
    Ask(Response),
}

impl Desk {
    /// Asks for password and second factor, or for a passkey, when they were shown longer than five minutes ago. Whatever was typed goes
    /// along and comes back to the same address (IAM-6). Proving brings another session: forms made from this desk
    /// afterwards carry its token.
    pub(super) async fn confirmed(
        &mut self,
        app: &App,
        typed: &Typed,
        action: &str,
    ) -> Result<Confirmed, Trouble> {
        self.confirmed_knowing(app, typed, action, Vec::new()).await
    }

    /// The same; those sentences are kept in sight while it is asked.
    pub(super) async fn confirmed_knowing(
        &mut self,
        app: &App,
        typed: &Typed,
        action: &str,
        kept: Vec<String>,
    ) -> Result<Confirmed, Trouble> {
        if self.own.is_fresh(app) {
            return Ok(Confirmed::Yes(Box::new(self.own.clone()), None));
        }
        let (shown, answered) = (shown(typed, "holder_"), answered(typed, "holder_"));
        let tried = match () {
            () if !answered.answer.is_empty() => Some(app.prove_with_passkey(&self.own, &answered).await?),
            () if !shown.password.is_empty() => Some(app.confirm_person(&self.own, shown).await?),
            () => None,
        };
        if let Some(LoggedIn::In(token, _)) = &tried {
            let own = app.session(token).await?.ok_or(Problem::LogIn)?;
            self.page = self.page.clone().guarded(app, token);
            self.session.clone_from(token);
            self.own = own.clone();
            return Ok(Confirmed::Yes(Box::new(own), Some(cookie::set(app, cookie::STAFF, token))));
        }
        let page = self.page.clone().guarded(app, &self.session);
        let page = page.clone().titled(page.say("proof-of-person"));
        let account = app.account(&self.own.login).await?.ok_or(Failure::Absent)?;
        let mut form = FormPage::new(page.clone(), action, proof_controls(&page, &account));
        form.leads = vec![page.say("proof-of-person-lead")];
        form.leads.extend(kept);
        form.button = page.say("proof-of-person-button");
        let goes_along = |(name, _): &&(String, String)| name != "token" && !name.starts_with("holder_");
        form.hidden = typed.0.iter().filter(goes_along).cloned().collect();
        if let Some(asked) = app.ask_passkey(&self.own).await? {
            let mut ask = Ask::for_one(app, &page, action, "holder_", asked);
            ask.hidden.extend(form.hidden.iter().cloned());
            form.ask = Some(ask);
        }
        let mut fault = tried.as_ref().and_then(|tried| not_in(&page, tried));
        if let (Some((_, words)), false) = (&mut fault, answered.answer.is_empty()) {
            *words = page.say("passkey-wrong");
        }
        let status = fault.as_ref().map_or(StatusCode::FORBIDDEN, |(status, _)| *status);
        form.others = fault.into_iter().map(|(_, words)| words).collect();
        let response = page::html(status, &form);
        Ok(Confirmed::Ask(match &tried {
            Some(tried) => with_retry(response, tried),
            None => response,
        }))
    }
}

/// The answer with the cookie that proving brought.
pub(super) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
