//! The petitioner's own acts: a page for each, with what will follow from it.

use super::follow::Following;
use super::follow_view::own_key;
use crate::app::attach::Holder;
use crate::app::{App, Failure};
use crate::contents::Contents;
use crate::web::choices::About;
use crate::web::files::FileRow;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::intake::Filer;
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, Problem};
use crate::web::trouble::{Trouble, sentence, status_of};
use crate::web::{act_form, command, cookie, sent};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::authority::Actor;
use casework::{Act, Verb};
use std::sync::Arc;
use store::history::History;

/// The petitioner's own acts, in the order shown.
pub(crate) const OWN: &[Verb] = &[
    Verb::AddSupplement,
    Verb::RequestReview,
    Verb::ObjectToRefusal,
    Verb::Rate,
    Verb::AskRecusal,
    Verb::MarkUrgent,
    Verb::RevokeWithdrawal,
    Verb::Withdraw,
];

#[derive(Template)]
#[template(path = "public/own_act.html")]
struct OwnActPage {
    page: Page,
    verb: &'static str,
    lead: String,
    seen: u64,
    controls: Vec<Control>,
    others: Vec<String>,
    /// Files may come with it: those that are there, and what may be brought.
    files: Option<Vec<FileRow>>,
    most: (usize, u64, u64),
    accepted: String,
}

/// The form of an act.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Path(verb): Path<String>,
) -> Result<Response, Trouble> {
    let verb = own(&verb)?;
    let history = following.history(&app).await?;
    let actor = Actor::Petitioner { party: following.party };
    if !app.permitted(&actor, &history.petition)?.contains(&verb) {
        return Ok(page::see_other("/follow", []));
    }
    let form = Filled { verb, typed: &Typed::default(), faults: &[], others: Vec::new() };
    let page = page.guarded(&app, &following.session);
    render(&app, page, (&actor, &holder(&following)), &history, form, StatusCode::OK).await
}

/// Whose files a supplement's are, until it is sent.
fn holder(following: &Following) -> Holder {
    Holder::of("supplement", &following.session)
}

/// The form of a supplement, whose route takes files.
pub(crate) async fn supplement_form(
    app: State<Arc<App>>,
    page: Page,
    following: Following,
) -> Result<Response, Trouble> {
    show(app, page, following, Path(Verb::AddSupplement.word().to_owned())).await
}

struct Filled<'a> {
    verb: Verb,
    typed: &'a Typed,
    faults: &'a [FieldFault],
    others: Vec<String>,
}

async fn render(
    app: &App,
    page: Page,
    (actor, holder): (&Actor, &Holder),
    history: &History,
    form: Filled<'_>,
    status: StatusCode,
) -> Result<Response, Trouble> {
    let words = app.words(&history.petition).await?;
    let locale = page.locale;
    let about = About { petition: &history.petition, words: &words, actor, locale };
    let mut controls = act_form::controls(app, &about, form.verb, form.typed)?;
    let mut others = mark(&mut controls, form.faults, locale);
    others.extend(form.others);
    let key = own_key(form.verb);
    let page = page.titled(locale.say(&key));
    let lead = locale.find(&format!("{key}-lead")).unwrap_or_default();
    let seen = history.petition.version;
    let files = if form.verb == Verb::AddSupplement {
        let held = app.held(holder).await?;
        Some(held.iter().map(|held| FileRow::held(held, locale)).collect())
    } else {
        None
    };
    let limits = &app.files;
    let most = (limits.most_files, limits.most_bytes >> 20, limits.most_together >> 20);
    let (verb, accepted) = (form.verb.word(), crate::files::accepted());
    Ok(page::html(status, &OwnActPage { page, verb, lead, seen, controls, others, files, most, accepted }))
}

/// Carries it out.
pub(crate) async fn carry_out(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    filer: Filer,
    Path(verb): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    give(app, page, (following, filer), own(&verb)?, request).await
}

/// Adds to the petition, with files.
pub(crate) async fn supplement(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    filer: Filer,
    request: Request,
) -> Result<Response, Trouble> {
    give(app, page, (following, filer), Verb::AddSupplement, request).await
}

async fn give(
    app: Arc<App>,
    page: Page,
    (following, filer): (Following, Filer),
    verb: Verb,
    request: Request,
) -> Result<Response, Trouble> {
    let holder = holder(&following);
    let mut sent = sent::read_any(&app, request, Some(filer), |typed| {
        let ours = cookie::is_ours(&app, &following.session, &typed.get("token"));
        if ours { Ok(holder.clone()) } else { Err(Problem::Elsewhere) }
    })
    .await?;
    let page = page.guarded(&app, &following.session);
    let actor = Actor::Petitioner { party: following.party };
    let who = (&actor, &holder);
    let history = following.history(&app).await?;
    sent.change(&app, &holder).await?;
    let typed = &sent.typed;
    let filled = |faults, others| Filled { verb, typed, faults, others };
    if sent.is_about_files() {
        let form = filled(&[], sent.faults(&app, page.locale));
        return render(&app, page, who, &history, form, sent.status()).await;
    }
    let words = app.words(&history.petition).await?;
    let about = About { petition: &history.petition, words: &words, actor: &actor, locale: page.locale };
    let object = act_form::object(&about, verb, typed);
    let mut contents = Contents::new();
    let mut act = match command::read(&app, &actor, &history, verb, object, &mut contents).await {
        Ok(act) => act,
        Err(Problem::Invalid(faults)) => {
            let form = filled(&faults, Vec::new());
            return render(&app, page, who, &history, form, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(problem) => return Err(problem.into()),
    };
    if let Act::AddSupplement(supplement) = &mut act {
        let suite = app.database.suite()?;
        for held in app.all_held(std::slice::from_ref(&holder)).await? {
            supplement.files.push(held.take(suite, &mut contents)?);
        }
    }
    let seen = typed.get("seen").parse().ok();
    match app.carry_out(&actor, following.id, Some(seen.unwrap_or(0)), act.into(), contents).await {
        Ok(_) => Ok(page::see_other(&format!("/follow?done={}", verb.word()), [])),
        Err(failure @ (Failure::Refused(_) | Failure::Changed { .. } | Failure::Unfit(_))) => {
            let sentence = sentence(page.locale, &failure);
            let status = status_of(&failure);
            let history = following.history(&app).await?;
            render(&app, page, who, &history, filled(&[], vec![sentence]), status).await
        }
        Err(failure) => Err(failure.into()),
    }
}

fn own(verb: &str) -> Result<Verb, Failure> {
    Verb::parse(verb).filter(|verb| OWN.contains(verb)).ok_or(Failure::Absent)
}
