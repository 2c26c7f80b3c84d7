//! The officials' JSON API: log in, see what is due, see a case, give a command.
//!
//! What an official may not know exists is answered as absent (`disclosure`).

use crate::app::{App, Failure};
use crate::contents::Contents;
use crate::web::problem::Problem;
use crate::web::tries::Source;
use axum::Json;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use casework::authority::Actor;
use casework::{Command, Verb};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::history::History;
use store::inbox;

/// A logged-in official. Asking for it *is* the login check.
pub(crate) struct Staff {
    actor: Actor,
    token: String,
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Problem::LogIn)?;
        let actor = app.session(token).await?.ok_or(Problem::LogIn)?;
        Ok(Staff { actor, token: token.to_owned() })
    }
}

/// A login and its password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    login: String,
    password: String,
}

/// Opens a session.
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    source: Source,
    Json(login): Json<Login>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    match app.log_in(&login.login, login.password).await? {
        Some(token) => Ok((StatusCode::CREATED, Json(json!({ "token": token })))),
        None => {
            source.failed(&app);
            Err(Problem::LogIn)
        }
    }
}

/// Ends the session.
pub(crate) async fn log_out(State(app): State<Arc<App>>, staff: Staff) -> Result<StatusCode, Problem> {
    app.log_out(&staff.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which part of the inbox.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Only what the official owns in person.
    #[serde(default)]
    mine: bool,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    stage: Option<String>,
    /// Only what is past its legal last day.
    #[serde(default)]
    overdue: bool,
    /// `due_on` and `case_ref` of the last row seen, joined by a comma.
    #[serde(default)]
    after: Option<String>,
}

/// What waits for the official's unit, earliest legal date first, a page at a time.
pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    let today = app.clock.today();
    let after = asked.after.as_deref().and_then(|after| after.split_once(','));
    let filter = inbox::Filter {
        owner: staff.actor.official().filter(|_| asked.mine),
        channel: asked.channel,
        class: asked.class,
        stage: asked.stage,
        due_from: None,
        due_before: asked.overdue.then_some(today),
        after: after.map(|(due_on, case_ref)| (due_on.to_owned(), case_ref.to_owned())),
    };
    let page = app.inbox(&staff.actor, &filter).await?;
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|(row, title)| {
            let due = row.due.as_ref();
            json!({
                "case_ref": row.case_ref, "number": row.number, "title": title, "stage": row.stage,
                "kind": row.kind, "channel": row.channel, "class": row.class, "received_on": row.received_on,
                "due_on": due.map(|due| due.on), "limit": due.map(|due| &due.limit),
                "overdue": due.is_some_and(|due| due.on < today),
                "urgent": row.urgent, "supervised": row.supervised,
            })
        })
        .collect();
    let next = page.next.map(|(due_on, case_ref)| format!("{due_on},{case_ref}"));
    Ok(Json(json!({ "rows": rows, "page_size": inbox::PAGE, "next": next })))
}

/// A case as this official sees it, with exactly the commands they may give now.
pub(crate) async fn case(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(case_ref): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (history, _) = app.visible(&staff.actor, &case_ref).await?;
    Ok(Json(shown(&app, &staff.actor, &history).await?))
}

async fn shown(app: &App, actor: &Actor, history: &History) -> Result<Value, Problem> {
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let words = app.words(petition).await?;
    let text = |text: &casework::text::Text| words.get(&text.content).cloned().unwrap_or_default();
    let today = app.clock.today();
    let deadlines: Vec<Value> = petition
        .open_deadlines()
        .map(|(_, deadline)| {
            let limit = procedure.limit(&deadline.set.limit);
            json!({
                "limit": deadline.set.limit, "from": deadline.set.from, "raw_due_on": deadline.set.raw_due_on,
                "due_on": deadline.set.due_on, "provisional": deadline.set.provisional,
                "overdue": deadline.set.due_on < today,
                "basis": limit.map(|limit| &limit.basis), "force": limit.map(|limit| limit.force),
                "role": limit.map(|limit| limit.role),
                "official": store::projection::named_official(&app.directory(), petition, deadline),
            })
        })
        .collect();
    let letters: Vec<Value> = (0_u32..)
        .zip(&petition.letters)
        .map(|(index, letter)| {
            json!({
                "letter": index, "name": letter.signed.letter, "unit": letter.signed.unit,
                "year": letter.signed.year, "serial": letter.signed.serial, "signed_on": letter.on,
                "served_on": letter.served_on, "to_petitioner": letter.signed.to_petitioner,
            })
        })
        .collect();
    let acts: Vec<&str> = app.permitted(actor, petition)?.into_iter().map(Verb::word).collect();
    Ok(json!({
        "case_ref": submission.case_ref, "number": submission.number.to_string(), "version": petition.version,
        "stage": petition.stage, "kind": petition.kind, "title": text(&submission.title),
        "body": text(&submission.body),
        "requests": petition.requests.iter().map(text).collect::<Vec<_>>(),
        "received_on": petition.received_on, "owner": petition.owner, "deadlines": deadlines,
        "letters": letters, "acts": acts,
        "history": history.records.iter().map(|record| json!({ "at": record.at, "act": record.kind })).collect::<Vec<_>>(),
    }))
}

/// A command: the version seen, the legal date, and the fields of the act.
#[derive(Deserialize)]
pub(crate) struct Given {
    seen: u64,
    #[serde(default)]
    on: Option<Date>,
    #[serde(default)]
    dated_back: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Carries out a command and shows what has become of the case.
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path((case_ref, verb)): Path<(String, String)>,
    Json(given): Json<Given>,
) -> Result<Json<Value>, Problem> {
    let (history, _) = app.visible(&staff.actor, &case_ref).await?;
    let verb = Verb::parse(&verb).ok_or(Failure::Absent)?;
    if matches!(verb, Verb::Submit | Verb::Pass | Verb::Recalendar) {
        return Err(Failure::Absent.into());
    }
    let mut contents = Contents::new();
    let act = crate::web::command::read(&app, &history.petition, verb, given.fields, &mut contents).await?;
    let reason = contents.add(&given.dated_back)?;
    let command = Command { act, on: given.on, dated_back: (!reason.is_empty()).then_some(reason) };
    app.carry_out(&staff.actor, history.petition.id, Some(given.seen), command, contents).await?;
    // The act may have sent the case out of this official's sight; then that is the answer.
    match app.visible(&staff.actor, &case_ref).await {
        Ok((history, _)) => Ok(Json(shown(&app, &staff.actor, &history).await?)),
        Err(_) => Ok(Json(json!({ "case_ref": case_ref, "stage": Value::Null }))),
    }
}
