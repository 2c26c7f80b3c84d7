//! Submitting in six short steps. What was typed is kept, encrypted, from step to step; the draft's code becomes the
//! petition's code, so that a lost answer loses nothing: sending again gives the same number and the same code.

use super::proof::ProofView;
use super::submit_steps::{Step, controls, faults_of, fill, summary};
use crate::app::{App, Draft, Failure, NewSubmission};
use crate::qr::Qr;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::intake::{self, Age, Answer, Challenge, Filer, Filled, Passed};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, Problem, fault};
use crate::web::trouble::Trouble;
use crate::web::{cookie, fields};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use casework::Name;
use casework::act::Channel;
use casework::authority::Actor;
use casework::codes::{AccessCode, ReceiptCode};
use jiff::civil::Date;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "public/step.html")]
struct StepPage {
    page: Page,
    step: Step,
    lead: String,
    controls: Vec<Control>,
    others: Vec<String>,
    summary: Vec<(String, String, Step)>,
    /// Above the normal rate: what this machine may do while its owner reads.
    work: Option<Challenge>,
    /// It was pressed already: the work is done and the form sent at once.
    sending: bool,
}

impl StepPage {
    fn has_faults(&self) -> bool {
        crate::web::form::has_faults(&self.controls, &self.others)
    }

    /// Width of the progress bar, of 400.
    fn bar(&self) -> usize {
        self.step.n() * 400 / Step::ALL.len()
    }
}

/// The draft that a browser's cookie stands for.
pub(super) struct Writing {
    pub(super) code: ReceiptCode,
    pub(super) draft: Draft,
}

pub(super) async fn writing(app: &App, headers: &HeaderMap) -> Result<Option<Writing>, Failure> {
    let Some(code) = cookie::read(app, headers, cookie::DRAFT) else { return Ok(None) };
    let Ok(code) = ReceiptCode::parse(&code) else { return Ok(None) };
    Ok(app.draft(&code).await?.map(|draft| Writing { code, draft }))
}

/// Where the cookie leads: to the receipt, to the first open step, or to a new beginning.
pub(crate) async fn begin(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let to = match writing(&app, &headers).await? {
        Some(writing) => Step::first_open(&app, &writing.draft)?.path(),
        None => Step::Kind.path(),
    };
    Ok(page::see_other(&to, []))
}

/// A step's page.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    filer: Filer,
    Path(step): Path<String>,
) -> Result<Response, Trouble> {
    let step = Step::parse(&step).ok_or(Failure::Absent)?;
    let (page, draft, files, work) = match writing(&app, &headers).await? {
        Some(Writing { code, draft }) => {
            let is_check = step == Step::Check;
            let files = if is_check { super::attach::names(&app, &code).await? } else { Vec::new() };
            let work = if is_check { app.intake.expected(&app, filer, code.as_str()) } else { None };
            (page.timed(&app, code.as_str()), draft, files, work)
        }
        None if step == Step::Kind => (page.timed(&app, ""), Draft::default(), Vec::new(), None),
        None => return Ok(page::see_other(&Step::Kind.path(), [])),
    };
    Ok(render(&app, page, step, (&draft, &files), StatusCode::OK, &[], work)?)
}

fn render(
    app: &App,
    page: Page,
    step: Step,
    (draft, files): (&Draft, &[String]),
    status: StatusCode,
    faults: &[FieldFault],
    work: Option<Challenge>,
) -> Result<Response, Failure> {
    let page = page.clone().titled(page.say(&step.key("title")));
    let mut controls = controls(app, step, draft, page.locale)?;
    let others = mark(&mut controls, faults, page.locale);
    let lead = page.locale.find(&step.key("lead")).unwrap_or_default();
    let sending = status == StatusCode::PRECONDITION_REQUIRED;
    let summary = if step == Step::Check { summary(app, draft, files, page.locale)? } else { Vec::new() };
    Ok(page::html(status, &StepPage { page, step, lead, controls, others, summary, work, sending }))
}

/// Takes a step.
pub(crate) async fn take_step(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    filer: Filer,
    Path(step): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let step = Step::parse(&step).ok_or(Failure::Absent)?;
    let typed = Typed(typed);
    let found = writing(&app, &headers).await?;
    let found_code = found.as_ref().map(|writing| writing.code.as_str().to_owned());
    let age = intake::age(&app, found_code.as_deref().unwrap_or_default(), &typed.get("token"));
    let Writing { code, mut draft } = match (found, age) {
        (Some(_), Age::Foreign) => return Err(Problem::Elsewhere.into()),
        (Some(writing), Age::Since(_) | Age::TooOld) => writing,
        (None, Age::Since(begun_ms)) if step == Step::Kind => {
            Writing { code: app.new_code()?, draft: Draft { begun_ms, ..Draft::default() } }
        }
        // Shown too long ago, or under a draft that is gone: the choice stays, nothing is kept yet.
        (None, Age::TooOld | Age::Foreign) if step == Step::Kind => {
            let mut draft = Draft::default();
            fill(&app, step, &mut draft, &typed);
            let mut faults = faults_of(&app, step, &draft)?;
            faults.push(too_old());
            let page = page.timed(&app, "");
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(render(&app, page, step, (&draft, &[]), status, &faults, None)?);
        }
        // Pressed twice: what was sent is a petition already, and its receipt is what is wanted.
        (None, _) if filed(&app, &headers).await?.is_some() => {
            return Ok(page::see_other("/submit/received", []));
        }
        // The browser has lost its draft, the words have come all the same: they begin a new one.
        (None, _) => {
            let begun_ms = app.clock.now().as_millisecond();
            Writing { code: app.new_code()?, draft: Draft { begun_ms, ..Draft::default() } }
        }
    };
    fill(&app, step, &mut draft, &typed);
    let mut faults = faults_of(&app, step, &draft)?;
    draft.trapped |= !typed.get(TRAP).is_empty();
    // Only the last page is sent without writing anything down: there it would keep others waiting for the disk.
    let is_kept = step == Step::Check || app.save_draft(&code, &draft).await?;
    if !is_kept {
        // Longer than any draft may be: shown again as it was typed, and not kept.
        let page = page.timed(&app, found_code.as_deref().unwrap_or_default());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(render(&app, page, step, (&draft, &[]), status, &faults, None)?);
    }
    let kept = cookie::set(&app, cookie::DRAFT, code.as_str());
    if typed.get("do") == "save" {
        return Ok(page::see_other("/submit/saved", [kept]));
    }
    if age == Age::TooOld {
        faults.push(too_old());
    }
    if !faults.is_empty() {
        let page = page.timed(&app, code.as_str());
        let mut answer =
            render(&app, page, step, (&draft, &[]), StatusCode::UNPROCESSABLE_ENTITY, &faults, None)?;
        // The form that is shown belongs to this draft: the browser must be able to name it.
        answer.headers_mut().append(header::SET_COOKIE, kept);
        return Ok(answer);
    }
    match step.next() {
        Some(next) => Ok(page::see_other(&next.path(), [kept])),
        None => {
            // Something before is missing: there, with the missing field marked.
            let open = Step::first_open(&app, &draft)?;
            if open != Step::Check {
                return Ok(page::see_other(&open.path(), [kept]));
            }
            let answer = Answer { puzzle: typed.get("puzzle"), numbers: typed.get("numbers") };
            let can_work = !typed.get("scripts").is_empty();
            let files = super::attach::names(&app, &code).await?;
            let filled = Filled { begun_ms: draft.begun_ms, trapped: draft.trapped };
            // Who waits, waits without their words: many may.
            drop((typed, draft));
            let passed = app.intake.page(&app, filer, code.as_str(), &answer, filled, can_work).await;
            // What was written in another window meanwhile goes too.
            let Some(draft) = app.draft(&code).await? else {
                return Ok(page::see_other("/submit/received", [kept]));
            };
            match passed {
                Passed::In => {
                    let open = Step::first_open(&app, &draft)?;
                    if open != Step::Check {
                        return Ok(page::see_other(&open.path(), [kept]));
                    }
                    send(&app, &code, &draft).await?;
                    Ok(page::see_other("/submit/received", [kept]))
                }
                Passed::Work(work) => {
                    let page = page.timed(&app, code.as_str());
                    let status = StatusCode::PRECONDITION_REQUIRED;
                    Ok(render(&app, page, step, (&draft, &files), status, &[], Some(work))?)
                }
                Passed::Crowded => {
                    let work = app.intake.expected(&app, filer, code.as_str());
                    let page = page.timed(&app, code.as_str());
                    Ok(render(&app, page, step, (&draft, &files), StatusCode::CONFLICT, &[crowded()], work)?)
                }
            }
        }
    }
}

/// A form that was shown more than a day ago comes back with a new token.
fn too_old() -> FieldFault {
    fault(
        "token",
        "too_old",
        "这一页打开已超过一天。您写的内容都在，请核对后再按一次",
        "this page was open for more than a day; everything you wrote is here: check it and press again",
    )
}

/// The waiting room is full of others from the same source.
fn crowded() -> FieldFault {
    fault(
        "token",
        "crowded",
        "您所在的网络同时有很多人在提交，这次还没有收下。您写的内容都在，请过一会儿再按一次",
        "many people file from your network at the same moment and this was not taken in yet; everything you wrote is here: press again in a while",
    )
}

/// The code in the browser, when it is a petition's, and the petition.
pub(super) async fn filed(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(ReceiptCode, casework::PetitionId)>, Failure> {
    let code = cookie::read(app, headers, cookie::DRAFT).and_then(|code| ReceiptCode::parse(&code).ok());
    let Some(code) = code else { return Ok(None) };
    Ok(app.by_code(code.as_str()).await?.map(|(id, _)| (code, id)))
}

/// Submits the draft under its code; the draft is forgotten in the same commit.
async fn send(app: &App, code: &ReceiptCode, draft: &Draft) -> Result<(), Trouble> {
    let office =
        app.front_office().ok_or_else(|| anyhow::anyhow!("no office is set up to receive petitions"))?;
    let requests = draft.wants.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    app.submit(
        &Actor::Petitioner { party: 0 },
        NewSubmission {
            channel: Channel::Online,
            kind: Name::new(draft.kind.clone()),
            office: office.id,
            received_on: None,
            dated_back: String::new(),
            title: draft.title.clone(),
            body: draft.body.clone(),
            requests: requests.collect(),
            identity: draft.identity.words(),
            n_people: draft.n_people.parse().unwrap_or(1),
            respondent: draft.respondent,
            accused: draft.accused.clone(),
            named: Vec::new(),
            confidential: draft.confidential,
            earlier: None,
            token: Some(format!("draft-{}", app.mac(&format!("token\0{}", code.as_str())))),
            code: Some(AccessCode::Receipt(code.clone())),
            files: vec![super::attach::holder(code)],
        },
    )
    .await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "public/saved.html")]
struct Saved {
    page: Page,
    code: String,
}

/// The draft's own code, to go on another time or on another machine.
pub(crate) async fn saved(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let Some(writing) = writing(&app, &headers).await? else {
        return Ok(page::see_other(&Step::Kind.path(), []));
    };
    let page = page.clone().titled(page.say("saved-title")).guarded(&app, writing.code.as_str());
    Ok(page::html(StatusCode::OK, &Saved { page, code: writing.code.to_string() }))
}

/// A step to come, with its last day.
pub(super) struct Coming {
    /// What will have happened.
    pub(super) what: String,
    /// By when at the latest.
    pub(super) day: Date,
    /// The holidays of that year are not announced yet.
    pub(super) provisional: bool,
    /// Article, and whether it is law or the office's own target.
    pub(super) basis: String,
}

#[derive(Template)]
#[template(path = "public/received.html")]
struct Received {
    page: Page,
    code: String,
    number: String,
    title: String,
    received_on: Date,
    latest_answer: Option<casework::deadline::Due>,
    coming: Vec<Coming>,
    /// Rights and duties.
    rights: Vec<String>,
    proof: ProofView,
    qr: Option<Qr>,
    slip: bool,
}

/// The receipt, as long as the browser keeps the cookie.
pub(crate) async fn received(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let Some((code, id)) = filed(&app, &headers).await? else {
        let drafted = writing(&app, &headers).await?.is_some();
        return Ok(page::see_other(if drafted { "/submit" } else { "/follow" }, []));
    };
    let page = page.guarded(&app, code.as_str());
    receipt(&app, page, id, &code.to_string(), false).await
}

/// The receipt of a petition, for the browser of its petitioner or for printing at the counter.
pub(crate) async fn receipt(
    app: &App,
    page: Page,
    id: casework::PetitionId,
    code: &str,
    slip: bool,
) -> Result<Response, Trouble> {
    let history = app.own(id).await?;
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let title = app.words(petition).await?.remove(&submission.title.content).unwrap_or_default();
    let locale = page.locale;
    let page = page.clone().titled(page.say("received-title"));
    Ok(page::html(
        StatusCode::OK,
        &Received {
            code: code.to_owned(),
            number: submission.number.to_string(),
            title,
            received_on: petition.received_on,
            latest_answer: app.latest_answer(petition)?,
            coming: coming(app, petition, locale)?,
            rights: rights(app, petition, locale)?,
            proof: ProofView::new(app, locale, &app.prove(id, 0).await?),
            qr: Qr::new(code),
            page,
            slip,
        },
    ))
}

/// Rights and duties under the procedure of the petition, with the time that it gives for a review.
fn rights(
    app: &App,
    petition: &casework::Petition,
    locale: crate::web::locale::Locale,
) -> Result<Vec<String>, Failure> {
    let procedure = app.procedure_of(petition)?;
    // What is not handled and answered, as a suggestion, is not reviewed either.
    let answered = app.answer_steps(petition)?.iter().any(|step| step.limit == *"handle");
    let review = procedure.limit(&Name::new("ask_first_review")).filter(|_| answered);
    let days = review.map(|limit| locale.length(limit.length, limit.unit)).unwrap_or_default();
    let facts = std::collections::BTreeMap::from([("remedy_days", days)]);
    Ok(notice::rights(procedure.id.as_str(), crate::letter::language(locale), &facts))
}

/// The chain of legal days from receipt to the answer.
fn coming(
    app: &App,
    petition: &casework::Petition,
    locale: crate::web::locale::Locale,
) -> Result<Vec<Coming>, Failure> {
    let procedure = app.procedure_of(petition)?;
    let steps = app.answer_steps(petition)?;
    Ok(steps
        .into_iter()
        .filter_map(|step| {
            let limit = procedure.limit(&step.limit)?;
            Some(Coming {
                what: locale.label(&limit.name),
                day: step.due.due_on,
                provisional: step.due.provisional,
                basis: match step.period.extension_days {
                    0 => crate::web::deadlines::basis(locale, limit),
                    n => locale.with(
                        "received-with-extension",
                        &[("basis", &crate::web::deadlines::basis(locale, limit)), ("n", &n.to_string())],
                    ),
                },
            })
        })
        .collect())
}

/// Ends the session of a draft or receipt: on a shared machine nobody after should read it.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let code = cookie::read(&app, &headers, cookie::DRAFT).and_then(|code| ReceiptCode::parse(&code).ok());
    match code {
        Some(code) if cookie::is_ours(&app, code.as_str(), &Typed(typed).get("token")) => {
            super::end_sessions(&app, &headers, "/").await
        }
        Some(_) => Err(Problem::Elsewhere.into()),
        // Left already, in another tab.
        None => Ok(page::see_other("/", [cookie::set(&app, cookie::DRAFT, "")])),
    }
}

/// The field that no person sees: what fills it in is a machine.
pub(super) const TRAP: &str = "homepage";

/// The longest text of a petition.
pub(super) const MOST: usize = fields::LONG;
