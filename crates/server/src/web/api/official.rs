//! The officials' JSON API: log in, see what is due, see a case, give a command.
//!
//! What an official may not know exists is answered as absent (`disclosure`).

use super::attach::Listed;
use super::read;
use crate::app::{App, Failure, LoggedIn, Reach, Shown};
use crate::contents::Contents;
use crate::web::intake::Source;
use crate::web::problem::{Body, Problem, fault};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use casework::Verb;
use casework::authority::Actor;
use casework::disclosure::Sight;
use casework::procedure::Force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use store::history::History;
use store::inbox;

/// A logged-in official. Asking for it *is* the login check.
pub(crate) struct Staff {
    pub(super) actor: Actor,
    token: String,
    fresh: bool,
}

impl Staff {
    /// Whoever showed longer than five minutes ago that it is they logs in again (IAM-6).
    pub(super) fn must_be_fresh(&self) -> Result<(), Problem> {
        if self.fresh { Ok(()) } else { Err(Problem::LogIn) }
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Problem::LogIn)?;
        let session = app.session(token).await?.filter(|session| session.reach == Reach::Whole);
        let session = session.ok_or(Problem::LogIn)?;
        if session.password_is_old {
            return Err(Problem::OldPassword);
        }
        let fresh = session.is_fresh(app);
        Ok(Staff { actor: session.actor, token: token.to_owned(), fresh })
    }
}

/// A login and its password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    login: String,
    password: String,
    /// The code of the second factor, where the office asks for one.
    #[serde(default)]
    code: String,
}

/// A session.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Session {
    /// To be sent as `Authorization: Bearer …`.
    token: String,
}

/// Opens a session.
#[utoipa::path(post, path = "/api/v1/session", tag = "officials", request_body = Login, responses(
    (status = 201, body = Session), (status = "4XX", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    source: Source,
    body: Result<Json<Login>, JsonRejection>,
) -> Result<(StatusCode, Json<Session>), Problem> {
    let login = read(body)?;
    let shown = Shown { password: login.password, code: login.code };
    match app.log_in(&login.login, shown).await? {
        LoggedIn::In(token, Reach::Whole) => Ok((StatusCode::CREATED, Json(Session { token }))),
        LoggedIn::In(token, Reach::Second | Reach::Enrol) => {
            app.log_out(&token).await?;
            Err(Problem::SecondFactor)
        }
        LoggedIn::Wrong => {
            source.failed(&app);
            Err(Problem::LogIn)
        }
        LoggedIn::Wait(seconds) => Err(Problem::Later(seconds)),
        LoggedIn::Busy => Err(Problem::Busy),
    }
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/v1/session", tag = "officials", security(("session" = [])), responses(
    (status = 204, description = "ended"), (status = 401, body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn log_out(State(app): State<Arc<App>>, staff: Staff) -> Result<StatusCode, Problem> {
    app.log_out(&staff.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which part of the inbox.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Only what the official owns in person.
    #[serde(default)]
    mine: bool,
    /// How it came: `online`, `visit`, `letter`, `phone`, `fax`, `transfer`.
    #[serde(default)]
    channel: Option<String>,
    /// Content class.
    #[serde(default)]
    class: Option<String>,
    /// Stage of the procedure.
    #[serde(default)]
    stage: Option<String>,
    /// Only what is past its legal last day.
    #[serde(default)]
    overdue: bool,
    /// `due_on` and `case_ref` of the last row seen, joined by a comma.
    #[serde(default)]
    after: Option<String>,
}

/// A page of the inbox.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Inbox {
    /// The first due first.
    rows: Vec<InboxRow>,
    /// Most rows on a page.
    page_size: i64,
    /// `after` of the next page; null on the last one.
    next: Option<String>,
}

/// A matter that waits.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InboxRow {
    case_ref: String,
    /// Register number, digits only.
    number: String,
    title: String,
    stage: String,
    kind: String,
    channel: String,
    /// Content class; empty before registration.
    class: String,
    #[schema(format = Date)]
    received_on: String,
    /// Earliest legal last day of an official; null when only the petitioner may act.
    #[schema(format = Date)]
    due_on: Option<String>,
    /// The limit that day belongs to.
    limit: Option<String>,
    /// Whether that day is over.
    overdue: bool,
    urgent: bool,
    supervised: bool,
}

/// What waits for the official's unit, earliest legal date first, a page at a time.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "officials", params(Asked), security(("session" = [])), responses(
    (status = 200, body = Inbox), (status = 422, body = Body, content_type = "application/problem+json"),
    (status = 401, body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    staff: Staff,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Inbox>, Problem> {
    let Actor::Official { roles, .. } = &staff.actor else { return Err(Failure::Absent.into()) };
    if roles.iter().all(|role| role.administers()) {
        return Err(Failure::Absent.into());
    }
    let Query(asked) = asked.map_err(|rejection| {
        Problem::Invalid(vec![fault("query", "unreadable", "查询条件无法识别", &rejection.body_text())])
    })?;
    let today = app.clock.today();
    let after = asked.after.as_deref().and_then(|after| after.split_once(','));
    let filter = inbox::Filter {
        is_addressee: staff
            .actor
            .unit()
            .zip(staff.actor.official())
            .is_some_and(|(unit, own)| app.is_addressee(unit, own)),
        owner: staff.actor.official().filter(|_| asked.mine),
        channel: asked.channel,
        class: asked.class,
        stage: asked.stage,
        due_from: None,
        due_before: asked.overdue.then_some(today),
        after: after.map(|(due_on, case_ref)| (due_on.to_owned(), case_ref.to_owned())),
    };
    let page = app.inbox(&staff.actor, &filter).await?;
    let rows = page
        .rows
        .into_iter()
        .map(|(row, title)| InboxRow {
            title,
            due_on: row.due.as_ref().map(|due| due.on.to_string()),
            limit: row.due.as_ref().map(|due| due.limit.to_string()),
            overdue: row.due.as_ref().is_some_and(|due| due.on < today),
            case_ref: row.case_ref,
            number: row.number,
            stage: row.stage.to_string(),
            kind: row.kind.to_string(),
            channel: row.channel,
            class: row.class,
            received_on: row.received_on.to_string(),
            urgent: row.urgent,
            supervised: row.supervised,
        })
        .collect();
    let next = page.next.map(|(due_on, case_ref)| format!("{due_on},{case_ref}"));
    Ok(Json(Inbox { rows, page_size: inbox::PAGE, next }))
}

/// A case as an official sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Case {
    case_ref: String,
    number: String,
    /// To be sent as `seen` with every command.
    version: u64,
    stage: String,
    kind: String,
    title: String,
    body: String,
    requests: Vec<String>,
    #[schema(format = Date)]
    received_on: String,
    owner_unit: Option<String>,
    owner: Option<String>,
    /// Those that run, and those that were missed and are still owed.
    deadlines: Vec<CaseDeadline>,
    letters: Vec<CaseLetter>,
    /// Files that came with it, for whoever may see who filed it: a photograph may show it.
    files: Vec<Listed>,
    /// Exactly the commands this official may give now.
    acts: Vec<&'static str>,
    history: Vec<CaseAct>,
}

/// A deadline of a case.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CaseDeadline {
    limit: String,
    /// `duty` of an official, `window` of the petitioner, `option` or `cooling`.
    role: Option<&'static str>,
    #[schema(format = Date)]
    from: String,
    /// Before it was rolled over a day off: officials are warned on it.
    #[schema(format = Date)]
    raw_due_on: String,
    /// The legal last day.
    #[schema(format = Date)]
    due_on: String,
    /// The holidays of that year are not announced yet.
    provisional: bool,
    overdue: bool,
    /// The article it rests on.
    basis: Option<String>,
    /// Law, or an office's own target.
    law: bool,
    /// The official it runs against.
    official: Option<String>,
}

/// A letter of a case.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CaseLetter {
    /// Its place in the list, as `letter` in `serve` and `return_service`.
    letter: u32,
    name: String,
    unit: String,
    year: i16,
    serial: u32,
    #[schema(format = Date)]
    signed_on: String,
    #[schema(format = Date)]
    served_on: Option<String>,
    to_petitioner: bool,
}

/// A step of the history.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CaseAct {
    /// When it was recorded, UTC.
    #[schema(format = DateTime)]
    at: String,
    act: String,
}

/// A case as this official sees it, with exactly the commands they may give now.
#[utoipa::path(get, path = "/api/v1/cases/{case_ref}", tag = "officials", security(("session" = [])),
    params(("case_ref" = String, Path, description = "reference from the inbox")), responses(
    (status = 200, body = Case),
    (status = 401, body = Body, content_type = "application/problem+json"),
    (status = 404, description = "absent, or not to be known of", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn case(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(case_ref): Path<String>,
) -> Result<Json<Case>, Problem> {
    let seen = app.known(&staff.actor, &case_ref).await?;
    Ok(Json(shown(&app, &staff.actor, &seen).await?))
}

async fn shown(app: &App, actor: &Actor, (history, sight): &(History, Sight)) -> Result<Case, Problem> {
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let words = app.words_for(history, *sight).await?;
    let text = |text: &casework::text::Text| words.get(&text.content).cloned().unwrap_or_default();
    let today = app.clock.today();
    let directory = app.directory();
    let deadlines = petition.open_deadlines().map(|(_, deadline)| {
        let limit = procedure.limit(&deadline.set.limit);
        let official = store::projection::named_official(&directory, procedure, petition, deadline);
        CaseDeadline {
            limit: deadline.set.limit.to_string(),
            role: limit.map(|limit| limit.role.word()),
            from: deadline.set.from.to_string(),
            raw_due_on: deadline.set.raw_due_on.to_string(),
            due_on: deadline.set.due_on.to_string(),
            provisional: deadline.set.provisional,
            overdue: deadline.set.due_on < today,
            basis: limit.map(|limit| limit.basis.clone()),
            law: limit.is_some_and(|limit| limit.force == Force::Law),
            official: official.map(|official| official.to_string()),
        }
    });
    let open = (0_u32..).zip(&petition.letters);
    let open = open.filter(|(index, _)| !crate::letter::is_kept(history, *index as usize, actor.unit()));
    let letters = open.map(|(index, letter)| CaseLetter {
        letter: index,
        name: letter.signed.letter.to_string(),
        unit: letter.signed.unit.to_string(),
        year: letter.signed.year,
        serial: letter.signed.serial,
        signed_on: letter.on.to_string(),
        served_on: letter.served_on.map(|day| day.to_string()),
        to_petitioner: letter.signed.to_petitioner,
    });
    let files = match sight {
        Sight::Everything => app.attached(history).await?.into_iter().map(Listed::from).collect(),
        Sight::Nothing | Sight::Shell | Sight::Matter => Vec::new(),
    };
    Ok(Case {
        files,
        case_ref: submission.case_ref.to_string(),
        number: submission.number.to_string(),
        version: petition.version,
        stage: petition.stage.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind: petition.kind.to_string(),
        title: text(&submission.title),
        body: text(&submission.body),
        requests: petition.requests.iter().map(text).collect(),
        received_on: petition.received_on.to_string(),
        owner_unit: petition.owner.map(|(unit, _)| unit.to_string()),
        owner: petition.owner.map(|(_, official)| official.to_string()),
        deadlines: deadlines.collect(),
        letters: letters.collect(),
        acts: app.permitted(actor, petition)?.into_iter().map(Verb::word).collect(),
        history: history
            .records
            .iter()
            .map(|record| CaseAct { at: record.at.clone(), act: record.kind.clone() })
            .collect(),
    })
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

/// What has become of the case; null when the command sent it out of this official's sight.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Done {
    case: Option<Case>,
}

/// Acts that no official gives through this door: submitting has its own, rating is the petitioner's alone (architecture
/// §10.18), the rest are the timer's.
pub(super) const NOT_GIVEN: &[Verb] =
    &[Verb::Submit, Verb::Rate, Verb::IssueLetter, Verb::Pass, Verb::Recalendar];

/// Carries out a command and shows what has become of the case. Documented act by act (`document.rs`).
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path((case_ref, verb)): Path<(String, String)>,
    body: Result<Json<Given>, JsonRejection>,
) -> Result<Json<Done>, Problem> {
    let (history, _) = app.known(&staff.actor, &case_ref).await?;
    let verb = Verb::parse(&verb).filter(|verb| !NOT_GIVEN.contains(verb)).ok_or(Failure::Absent)?;
    let given = read(body)?;
    let mut contents = Contents::new();
    let act =
        crate::web::command::read(&app, &staff.actor, &history, verb, given.fields, &mut contents).await?;
    if app.is_grave(&history.petition, verb)? {
        staff.must_be_fresh()?;
    }
    let command = crate::web::command::dated(&app, act, given.on, &given.dated_back, &mut contents)?;
    app.carry_out(&staff.actor, history.petition.id, Some(given.seen), command, contents).await?;
    let case = match app.known(&staff.actor, &case_ref).await {
        Ok(seen) => Some(shown(&app, &staff.actor, &seen).await?),
        Err(Failure::Absent) => None,
        Err(failure) => return Err(failure.into()),
    };
    Ok(Json(Done { case }))
}
