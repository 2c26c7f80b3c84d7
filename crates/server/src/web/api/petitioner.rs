//! The petitioner's JSON API: submit, follow by code, and the acts that are the petitioner's own.
//!
//! Codes travel in bodies only, never in a URL (architecture §10.6).

use super::accesses::Accesses;
use super::attach::Listed;
use super::disposal::TrackedDisposal;
use super::read;
use super::receipt::LogReceipt;
use super::tracked::{Tracked, TrackedDeadline, TrackedEvent, TrackedLetter};
use crate::app::attach::Holder;
use crate::app::{App, Failure, NewSubmission};
use crate::contents::Contents;
use crate::identity::Identity;
use crate::web::command;
use crate::web::fields::{LONG, SHORT};
use crate::web::intake::{Answer, Filer, Source};
use crate::web::locale::Locale;
use crate::web::problem::{Body, Problem, check_words, fault};
use crate::web::public::own_act::OWN;
use crate::web::story::{self, Entry, Reader};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use casework::act::Channel;
use casework::authority::Actor;
use casework::deadline::Lang;
use casework::disclosure::is_sealed;
use casework::procedure::LimitRole;
use casework::{Act, Name, Petition, PetitionId, UnitId, Verb};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Least length of the token of a sealed petition: 128 bits in base64.
const RANDOM: usize = 22;

/// A petition to be submitted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submit {
    /// A kind of the procedure: `claim`, `suggestion`, `report`.
    kind: String,
    /// The unit that receives it.
    #[schema(value_type = uuid::Uuid)]
    office: UnitId,
    #[schema(max_length = 200)]
    title: String,
    #[schema(max_length = 20_000)]
    body: String,
    /// What is asked for, one by one.
    #[serde(default)]
    #[schema(max_items = 20)]
    requests: Vec<String>,
    /// Name and contact; may be left out.
    #[serde(default)]
    identity: Identity,
    /// The unit complained of, in a claim.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    respondent: Option<UnitId>,
    /// Units reported, in a report against officials: they will not know of it.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    accused: Vec<UnitId>,
    /// Identity is to be kept from the unit complained of.
    #[serde(default)]
    confidential: bool,
    /// Code of an earlier petition of one's own, of which this one brings new facts or reasons (Art.36(3)).
    #[serde(default)]
    earlier_code: Option<String>,
    /// The same token with the same content is one submission, with the same answer; with other content it is refused
    /// (CORE-7).
    #[schema(max_length = 200)]
    token: String,
    /// The answer to a challenge, where one was given (`work_needed`).
    #[serde(default)]
    work: Option<Answer>,
    /// Handles of files that were brought before (`/files`).
    #[serde(default)]
    #[schema(max_items = 20)]
    files: Vec<String>,
}

/// Most units that a report may name.
const MOST_ACCUSED: usize = 50;

/// What the petitioner takes away.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Submitted {
    number: String,
    /// Opens the petition; nobody but the petitioner has it.
    code: String,
    #[schema(format = Date)]
    received_on: String,
    #[schema(format = Date)]
    latest_answer_on: Option<String>,
    /// The holidays of that year are not announced yet.
    latest_answer_provisional: bool,
    receipt: LogReceipt,
}

/// Takes in a petition from its petitioner.
#[utoipa::path(post, path = "/api/v1/petitions", tag = "petitioner", request_body = Submit, responses(
    (status = 201, body = Submitted),
    (status = 409, description = "another petition came under this token", body = Body, content_type = "application/problem+json"),
    (status = 413, description = "more than 512 KB", body = Body, content_type = "application/problem+json"),
    (status = 422, body = Body, content_type = "application/problem+json"),
    (status = 428, description = "the source files above the normal rate: send it again with the work of the challenge, or later", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    filer: Filer,
    source: Result<Source, Problem>,
    body: Result<Json<Submit>, JsonRejection>,
) -> Result<(StatusCode, Json<Submitted>), Problem> {
    let new = read(body)?;
    let mut faults = Vec::new();
    check_words(&mut faults, "title", &new.title, SHORT, true);
    check_words(&mut faults, "body", &new.body, LONG, true);
    check_words(&mut faults, "identity", &new.identity.words(), LONG, false);
    check_words(&mut faults, "token", &new.token, SHORT, true);
    // The code of a sealed petition follows from its token: who has the office's key must not find it by trying.
    let kind = Name::from(new.kind.as_str());
    if is_sealed(app.current_procedure()?, &kind) && new.token.chars().count() < RANDOM {
        faults.push(fault(
            "token",
            "too_short",
            "密件的token至少22个字符，请用随机生成的（如UUID）",
            "a sealed petition needs a random token of at least 22 characters, such as a UUID",
        ));
    }
    for request in &new.requests {
        check_words(&mut faults, "requests", request, LONG, false);
    }
    if new.requests.len() > 20 {
        faults.push(fault("requests", "too_many", "最多20条，请合并", "at most 20; join some of them"));
    }
    check_words(&mut faults, "kind", &new.kind, SHORT, true);
    if new.accused.len() > MOST_ACCUSED {
        faults.push(fault("accused", "too_many", "最多50个单位", "at most 50 units"));
    }
    let mut earlier = None;
    if let Some(code) = &new.earlier_code {
        match source {
            Ok(source) => {
                earlier = app.by_code(code).await?.map(|(id, _)| id);
                if earlier.is_none() {
                    source.failed(&app);
                    faults.push(fault("earlier_code", "unknown", "没有这个查询码", "no petition has this code"));
                }
            }
            // Trying codes is limited; filing never is for it.
            Err(_) => faults.push(fault(
                "earlier_code",
                "too_many_tries",
                "输错次数过多，现在不能核对查询码；请先不填这一项提交，登记时可以关联",
                "too many wrong codes came from this source, so this one cannot be looked up now; file without it: the office can link it when it registers",
            )),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    // Last, so that what cannot be taken anyway costs no work and is not counted.
    app.intake
        .api(&app, filer, &new.token, new.work.as_ref())
        .map_err(|(challenge, after_s)| Problem::Work { challenge, after_s })?;
    let receipt = app
        .submit(
            &Actor::Petitioner { party: 0 },
            NewSubmission {
                channel: Channel::Online,
                kind: Name::new(new.kind),
                office: new.office,
                received_on: None,
                dated_back: String::new(),
                title: new.title,
                body: new.body,
                requests: new.requests,
                identity: new.identity.words(),
                n_people: 1,
                respondent: new.respondent,
                accused: new.accused,
                named: Vec::new(),
                confidential: new.confidential,
                earlier,
                token: Some(new.token),
                code: None,
                files: new.files.iter().map(|handle| Holder::handle(handle)).collect(),
            },
        )
        .await?;
    // Which one is not said: beside the hour it would tell when somebody reported (PRIV-1).
    tracing::info!("petition received");
    let proved = match &receipt.event {
        Some(event) => app.prove_new(event).await?,
        None => app.prove(receipt.petition, 0).await?,
    };
    Ok((
        StatusCode::CREATED,
        Json(Submitted {
            number: receipt.number.to_string(),
            code: receipt.code.to_string(),
            received_on: receipt.received_on.to_string(),
            latest_answer_on: receipt.latest_answer.map(|due| due.due_on.to_string()),
            latest_answer_provisional: receipt.latest_answer.is_some_and(|due| due.provisional),
            receipt: proved.into(),
        }),
    ))
}

/// A code.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    code: String,
    /// Reads before this one: `next` of `accesses` in the answer before; the newest when left out.
    #[serde(default)]
    accesses_before: Option<u64>,
}

/// Shows the petition behind a code.
#[utoipa::path(post, path = "/api/v1/track", tag = "petitioner", request_body = Code, responses(
    (status = 200, body = Tracked),
    (status = 404, description = "no petition has this code", body = Body, content_type = "application/problem+json"),
    (status = 422, description = "not what is described here", body = Body, content_type = "application/problem+json"),
    (status = 429, description = "too many wrong codes from this source", body = Body, content_type = "application/problem+json"),
))]
pub(crate) async fn track(
    State(app): State<Arc<App>>,
    source: Source,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<Json<Tracked>, Problem> {
    let code = read(body)?;
    let (id, party) = opened(&app, &source, &code.code).await?;
    Ok(Json(tracked(&app, id, party, code.accesses_before).await?))
}

/// The petition a code opens; a wrong code is counted against its source.
pub(super) async fn opened(app: &App, source: &Source, code: &str) -> Result<(PetitionId, u32), Problem> {
    match app.by_code(code).await? {
        Some(found) => Ok(found),
        None => {
            source.failed(app);
            Err(Failure::Absent.into())
        }
    }
}

async fn tracked(
    app: &App,
    id: PetitionId,
    party: u32,
    accesses_before: Option<u64>,
) -> Result<Tracked, Problem> {
    let history = app.own(id).await?;
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage)).ok_or(Failure::Absent)?;
    let mut words = app.words(petition).await?;
    let places = app.places(&history).await?;
    let tell = |lang| story::tell(app, &history, &words, Locale { lang }, Reader::Petitioner);
    let story = tell(Lang::Zh)?.into_iter().zip(tell(Lang::En)?).map(|(zh, en)| {
        let place = places.get(&zh.seq);
        let what = |entry: Entry| {
            let letters = entry.letters.into_iter().map(|(title, _)| title);
            if entry.what.is_empty() { letters.collect::<Vec<_>>().join("; ") } else { entry.what }
        };
        TrackedEvent {
            seq: zh.seq,
            on: zh.on.to_string(),
            index: place.map(|place| place.index),
            witnessed: place.is_some_and(|place| place.witnessed),
            zh: what(zh),
            en: what(en),
        }
    });
    let story = story.collect();
    let title = words.remove(&submission.title.content).unwrap_or_default();
    let directory = app.directory();
    let unit = petition.owner.and_then(|(unit, _)| directory.unit(unit));
    let today = app.clock.today();
    let deadlines = petition
        .open_deadlines()
        .filter_map(|(_, deadline)| {
            let limit = procedure.limit(&deadline.set.limit)?;
            Some(TrackedDeadline {
                limit: limit.id.to_string(),
                name_zh: limit.name.zh.clone(),
                name_en: limit.name.en.clone(),
                yours: limit.role == LimitRole::Window,
                from: deadline.set.from.to_string(),
                due_on: deadline.set.due_on.to_string(),
                provisional: deadline.set.provisional,
                overdue: deadline.set.due_on < today,
                law: limit.force == casework::procedure::Force::Law,
                basis: limit.basis.clone(),
            })
        })
        .collect();
    let letters = petition
        .letters
        .iter()
        .filter(|letter| letter.signed.to_petitioner && !history.closed)
        .filter_map(|letter| {
            let name = &procedure.letter(&letter.signed.letter)?.name;
            Some(TrackedLetter {
                name_zh: name.zh.clone(),
                name_en: name.en.clone(),
                signed_on: letter.on.to_string(),
                served_on: letter.served_on.map(|day| day.to_string()),
            })
        })
        .collect();
    let latest = app.latest_answer(petition)?;
    Ok(Tracked {
        number: submission.number.to_string(),
        version: petition.version,
        title,
        stage: stage.id.to_string(),
        told_zh: stage.told.zh.clone(),
        told_en: stage.told.en.clone(),
        received_on: petition.received_on.to_string(),
        latest_answer_on: latest.map(|due| due.due_on.to_string()),
        latest_answer_provisional: latest.is_some_and(|due| due.provisional),
        unit_zh: unit.map(|unit| unit.name_zh.clone()),
        unit_en: unit.map(|unit| unit.name_en.clone()),
        deadlines,
        letters,
        story,
        accesses: Accesses::before(app, petition, accesses_before).await?,
        files: app.attached(&history).await?.into_iter().map(Listed::from).collect(),
        disposal: TrackedDisposal::of(app, petition)?,
        closed: history.closed && petition.erased.is_none(),
        may: if history.closed { Vec::new() } else { own_verbs(app, petition, party)? },
    })
}

fn own_verbs(app: &App, petition: &Petition, party: u32) -> Result<Vec<&'static str>, Problem> {
    let verbs = app.permitted(&Actor::Petitioner { party }, petition)?;
    Ok(verbs.into_iter().filter(|verb| OWN.contains(verb)).map(Verb::word).collect())
}

/// An act of the petitioner's own: code, version seen, and the fields of the act.
#[derive(Debug, Deserialize)]
pub(crate) struct OwnAct {
    code: String,
    /// The version the petitioner was looking at.
    seen: u64,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Carries out an act of the petitioner's own and shows what has become of the petition. Documented act by act
/// (`document.rs`).
pub(crate) async fn own_act(
    State(app): State<Arc<App>>,
    source: Source,
    Path(verb): Path<String>,
    body: Result<Json<OwnAct>, JsonRejection>,
) -> Result<Json<Tracked>, Problem> {
    let verb = Verb::parse(&verb).filter(|verb| OWN.contains(verb)).ok_or(Failure::Absent)?;
    let mut asked = read(body)?;
    let (id, party) = opened(&app, &source, &asked.code).await?;
    let history = app.own(id).await?;
    if history.closed {
        return Err(Failure::Sealed.into());
    }
    let mut contents = Contents::new();
    let handles = if verb == Verb::AddSupplement { asked.fields.remove("files") } else { None };
    let handles: Vec<String> = handles.map(handles_of).transpose()?.unwrap_or_default();
    let mut act =
        command::read(&app, &Actor::Petitioner { party }, &history, verb, asked.fields, &mut contents)
            .await?;
    if let Act::AddSupplement(supplement) = &mut act {
        let suite = app.database.suite()?;
        let holders: Vec<Holder> = handles.iter().map(|handle| Holder::handle(handle)).collect();
        for held in app.all_held(&holders).await? {
            supplement.files.push(held.take(suite, &mut contents)?);
        }
    }
    app.carry_out(&Actor::Petitioner { party }, id, Some(asked.seen), act.into(), contents).await?;
    Ok(Json(tracked(&app, id, party, None).await?))
}

fn handles_of(files: Value) -> Result<Vec<String>, Problem> {
    let wrong =
        |_| Problem::Invalid(vec![fault("files", "wrong_form", "格式不对", "a list of handles is expected")]);
    serde_json::from_value(files).map_err(wrong)
}
