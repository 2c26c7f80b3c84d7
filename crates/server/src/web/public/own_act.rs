//! The petitioner's own acts: a page for each, with what will follow from it.

use super::follow::Following;
use super::follow_view::own_key;
use crate::app::{App, Failure};
use crate::contents::Contents;
use crate::web::choices::About;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, Problem};
use crate::web::trouble::{Trouble, sentence, status_of};
use crate::web::{act_form, command, cookie};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::Verb;
use casework::authority::Actor;
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
    render(&app, page.guarded(&app, &following.session), &actor, &history, form, StatusCode::OK).await
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
    actor: &Actor,
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
    Ok(page::html(status, &OwnActPage { page, verb: form.verb.word(), lead, seen, controls, others }))
}

/// Carries it out.
pub(crate) async fn carry_out(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Path(verb): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let verb = own(&verb)?;
    let typed = Typed(typed);
    if !cookie::is_ours(&app, &following.session, &typed.get("token")) {
        return Err(Problem::Elsewhere.into());
    }
    let page = page.guarded(&app, &following.session);
    let actor = Actor::Petitioner { party: following.party };
    let history = following.history(&app).await?;
    let words = app.words(&history.petition).await?;
    let about = About { petition: &history.petition, words: &words, actor: &actor, locale: page.locale };
    let object = act_form::object(&about, verb, &typed);
    let mut contents = Contents::new();
    let filled = |faults, others| Filled { verb, typed: &typed, faults, others };
    let act = match command::read(&app, &actor, &history.petition, verb, object, &mut contents).await {
        Ok(act) => act,
        Err(Problem::Invalid(faults)) => {
            let form = filled(&faults, Vec::new());
            return render(&app, page, &actor, &history, form, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(problem) => return Err(problem.into()),
    };
    let seen = typed.get("seen").parse().ok();
    match app.carry_out(&actor, following.id, Some(seen.unwrap_or(0)), act.into(), contents).await {
        Ok(_) => Ok(page::see_other(&format!("/follow?done={}", verb.word()), [])),
        Err(failure @ (Failure::Refused(_) | Failure::Changed { .. })) => {
            let sentence = sentence(page.locale, &failure);
            let status = status_of(&failure);
            let history = following.history(&app).await?;
            render(&app, page, &actor, &history, filled(&[], vec![sentence]), status).await
        }
        Err(failure) => Err(failure.into()),
    }
}

fn own(verb: &str) -> Result<Verb, Failure> {
    Verb::parse(verb).filter(|verb| OWN.contains(verb)).ok_or(Failure::Absent)
}
