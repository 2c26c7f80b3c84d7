//! Sealed matters: the passphrase that opens them, and the list of those who may (SEAL-1, SEAL-2).

use super::Desk;
use super::account::enter::typed_twice;
use super::account::{Confirmed, FormPage, verbatim, weak, with_cookie};
use crate::app::{App, Failure, SealedMatter, Set, Unlock};
use crate::web::deadlines::{Badge, badge};
use crate::web::form::{Control, Input, Typed, fault};
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use casework::directory::Role;
use serde::Deserialize;
use std::sync::Arc;

const LIST: &str = "/staff/sealed";
const KEY: &str = "/staff/sealed/key";

/// What was asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The page that was closed.
    to: String,
    /// Key of the last row of the page before.
    after: String,
}

struct Row {
    badge: Option<Badge>,
    limit: String,
    number: String,
    case_ref: String,
    title: String,
    received_on: String,
    official: String,
    stage: String,
    urgent: bool,
    closed: bool,
}

#[derive(Template)]
#[template(path = "desk/sealed.html")]
struct SealedPage {
    page: Page,
    rows: Vec<Row>,
    waiting: Vec<Colleague>,
    first: bool,
    next: String,
}

/// A colleague to whom matters may be given.
struct Colleague {
    id: String,
    name: String,
    made: String,
    n: u64,
}

impl Desk {
    /// Whoever opens no sealed matters is answered as if there were no such page (SEAL-2).
    fn must_be_recipient(&self) -> Result<(), Trouble> {
        if self.has(Role::Recipient) { Ok(()) } else { Err(Failure::Absent.into()) }
    }
}

fn titled(app: &App, desk: &Desk, title: &str) -> Page {
    let page = desk.page.clone().guarded(app, &desk.session);
    Page { place: "sealed", ..page.clone().titled(page.say(title)) }
}

/// The list, or the question for the passphrase.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_be_recipient()?;
    let official = desk.actor.official().ok_or(Failure::Absent)?;
    if !app.has_sealing_key(official).await? {
        return Ok(page::see_other(KEY, []));
    }
    if !app.is_unlocked(&desk.own) {
        return Ok(page::html(StatusCode::OK, &ask(&app, &desk, &asked.to)));
    }
    let after = asked.after.split_once(',').map(|(due_on, id)| (due_on.to_owned(), id.to_owned()));
    let (found, next) = app.sealed_matters(&desk.actor, after.as_ref()).await?;
    let rows = found.iter().map(|matter| row(&app, &desk, matter)).collect::<Result<Vec<Row>, Failure>>()?;
    let page = titled(&app, &desk, "sealed-title");
    let next = next.map(|(due_on, id)| format!("{due_on},{id}")).unwrap_or_default();
    let directory = app.directory();
    let waiting = app.waiting_recipients(&desk.actor).await?.into_iter().map(|one| Colleague {
        id: one.official.to_string(),
        name: directory.official(one.official).map(|official| official.name.clone()).unwrap_or_default(),
        made: time(&app, &one.key_made_at),
        n: one.matters,
    });
    let waiting = waiting.collect();
    Ok(page::html(StatusCode::OK, &SealedPage { page, rows, waiting, first: after.is_none(), next }))
}

/// An instant of the store as people write it.
fn time(app: &App, stamp: &str) -> String {
    let at = stamp.parse().map(|at| app.clock.civil_of(at).strftime("%Y-%m-%d %H:%M").to_string());
    at.unwrap_or_else(|_| stamp.to_owned())
}

fn row(app: &App, desk: &Desk, matter: &SealedMatter) -> Result<Row, Failure> {
    let (locale, today) = (desk.page.locale, app.clock.today());
    let petition = &matter.petition;
    let procedure = app.procedure_of(petition)?;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let due = store::projection::next_duty(procedure, petition).map(|(_, deadline)| &deadline.set);
    let directory = app.directory();
    let official = petition.owner.and_then(|(_, official)| directory.official(official));
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage));
    let limit = due.and_then(|set| procedure.limit(&set.limit));
    Ok(Row {
        badge: due.map(|set| badge(locale, set.from, set.due_on, today)),
        limit: limit.map(|limit| locale.label(&limit.name)).unwrap_or_default(),
        number: submission.number.to_string(),
        case_ref: submission.case_ref.to_string(),
        title: if matter.title.is_empty() { desk.page.say("shell-title") } else { matter.title.clone() },
        received_on: locale.day(petition.received_on, today),
        official: official.map(|official| official.name.clone()).unwrap_or_default(),
        stage: stage.map(|stage| locale.label(&stage.name)).unwrap_or_default(),
        urgent: petition.urgent,
        closed: matter.closed,
    })
}

fn ask(app: &App, desk: &Desk, to: &str) -> FormPage {
    let page = titled(app, desk, "sealed-unlock-title");
    let control = Control::new("passphrase", Input::Password, page.say("sealed-passphrase"))
        .hint(page.say("sealed-passphrase-hint"))
        .autocomplete("off");
    let mut form = FormPage::new(page.clone(), LIST, vec![control]);
    form.leads = vec![page.say("sealed-unlock-lead")];
    form.button = page.say("sealed-unlock");
    form.hidden = vec![("to".to_owned(), own_page(to).unwrap_or_default().to_owned())];
    form.other = Some((KEY, page.say("sealed-key-forgotten")));
    form
}

/// An address of ours that was closed; nothing else is gone to.
fn own_page(to: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    (to.starts_with("/staff/cases/") && to.chars().all(plain)).then_some(to)
}

/// Opens sealed matters for this session, or closes them; or gives a colleague the keys that wait for them, by whoever
/// showed just now who they are (IAM-6).
pub(crate) async fn unlock(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.must_be_recipient()?;
    desk.check(&app, &typed)?;
    if typed.get("do") == "lock" {
        app.lock(&desk.own);
        return Ok(page::see_other(LIST, []));
    }
    if typed.get("do") == "give" {
        if !app.is_unlocked(&desk.own) {
            return Err(Failure::Sealed.into());
        }
        let official = typed.get("official").parse().map_err(|_| Failure::Absent)?;
        let cookie = match desk.confirmed(&app, &typed, LIST).await? {
            Confirmed::Yes(_, cookie) => cookie,
            Confirmed::Ask(page) => return Ok(page),
        };
        let given = app.give_sealed(&desk.actor, official).await;
        let response = given
            .map_or_else(|failure| Trouble::from(failure).into_response(), |()| page::see_other(LIST, []));
        return Ok(with_cookie(response, cookie));
    }
    let mut form = ask(&app, &desk, &typed.get("to"));
    let (status, words) = match app.unlock(&desk.own, &verbatim(&typed, "passphrase")).await? {
        Unlock::Open => return Ok(page::see_other(own_page(&typed.get("to")).unwrap_or(LIST), [])),
        Unlock::NoKey => return Ok(page::see_other(KEY, [])),
        Unlock::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, form.page.say("sealed-passphrase-wrong")),
        Unlock::Wait(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, form.page.say1("login-wait", "seconds", seconds))
        }
    };
    fault(&mut form.controls, "passphrase", words);
    Ok(page::html(status, &form))
}

async fn key_page(app: &App, desk: &Desk) -> Result<FormPage, Trouble> {
    let official = desk.actor.official().ok_or(Failure::Absent)?;
    let page = titled(app, desk, "sealed-key-title");
    let again = app.has_sealing_key(official).await?;
    let controls = ["new-password", "again"].map(|name| {
        let label = page.say(if name == "new-password" {
            "sealed-passphrase-new"
        } else {
            "sealed-passphrase-again"
        });
        let control = Control::new(name, Input::Password, label).autocomplete("off");
        if name == "new-password" { control.hint(page.say("sealed-passphrase-rule")) } else { control }
    });
    let mut form = FormPage::new(page.clone(), KEY, controls.into());
    form.leads = vec![page.say("sealed-key-lead"), page.say("sealed-key-paper")];
    if again {
        form.leads.push(page.say("sealed-key-again"));
        form.back = LIST.to_owned();
    }
    Ok(form)
}

/// Asks for a new passphrase.
pub(crate) async fn key(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Trouble> {
    desk.must_be_recipient()?;
    Ok(page::html(StatusCode::OK, &key_page(&app, &desk).await?))
}

/// Makes the key pair under the passphrase.
pub(crate) async fn make_key(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.must_be_recipient()?;
    desk.check(&app, &typed)?;
    let mut form = key_page(&app, &desk).await?;
    let Some(new) = typed_twice(&form.page.clone(), &typed, &mut form.controls) else {
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let (session, cookie) = match desk.confirmed(&app, &typed, KEY).await? {
        Confirmed::Yes(session, cookie) => (session, cookie),
        Confirmed::Ask(page) => return Ok(page),
    };
    match app.make_sealing_key(&session, &new).await? {
        Set::TooWeak(too_weak) => {
            let words = weak(&form.page, too_weak);
            fault(&mut form.controls, "new-password", words);
            form.page.token = desk.page.token;
            Ok(with_cookie(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form), cookie))
        }
        Set::Done | Set::Wrong | Set::LastFactor => Ok(with_cookie(page::see_other(LIST, []), cookie)),
    }
}
