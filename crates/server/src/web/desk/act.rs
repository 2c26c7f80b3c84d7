//! A command at the desk: its own page with every field it needs; what is refused comes back with everything typed.

use super::account::{Confirmed, with_cookie};
use super::{Desk, shell};
use crate::app::{App, Failure};
use crate::contents::Contents;
use crate::web::choices::About;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, Problem, fault};
use crate::web::trouble::{Trouble, sentence, status_of};
use crate::web::{act_form, command};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use casework::disclosure::Sight;
use casework::{Command, Verb};
use jiff::civil::Date;
use std::sync::Arc;
use store::history::History;

#[derive(Template)]
#[template(path = "desk/act.html")]
struct ActPage {
    page: Page,
    case_ref: String,
    number: String,
    matter: String,
    body: String,
    verb: &'static str,
    lead: String,
    seen: u64,
    controls: Vec<Control>,
    dating: Vec<Control>,
    others: Vec<String>,
    /// What is proposed, for whoever decides on it.
    proposal: Option<shell::Proposal>,
}

struct Filled<'a> {
    verb: Verb,
    typed: &'a Typed,
    faults: &'a [FieldFault],
    others: Vec<String>,
}

fn at_desk(verb: &str) -> Result<Verb, Failure> {
    Verb::parse(verb)
        .filter(|verb| !matches!(verb, Verb::Submit | Verb::IssueLetter | Verb::Pass | Verb::Recalendar))
        .ok_or(Failure::Absent)
}

/// The form of a command that this person may give now.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, verb)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let verb = at_desk(&verb)?;
    let (history, sight) = app.known(&desk.actor, &case_ref).await?;
    if !app.permitted(&desk.actor, &history.petition)?.contains(&verb) {
        return Ok(page::see_other(&format!("/staff/cases/{case_ref}"), []));
    }
    let words = app.words_for(&history, sight).await?;
    let about =
        About { petition: &history.petition, words: &words, actor: &desk.actor, locale: desk.page.locale };
    let typed = if matches!(verb, Verb::IssueOpinion | Verb::DraftOpinion) {
        act_form::from_draft(&about)
    } else {
        Typed::default()
    };
    let form = Filled { verb, typed: &typed, faults: &[], others: Vec::new() };
    render(&app, &desk, (&history, sight), form, StatusCode::OK).await
}

async fn render(
    app: &App,
    desk: &Desk,
    (history, sight): (&History, Sight),
    form: Filled<'_>,
    status: StatusCode,
) -> Result<Response, Trouble> {
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let words = app.words_for(history, sight).await?;
    let locale = desk.page.locale;
    let about = About { petition, words: &words, actor: &desk.actor, locale };
    let mut controls = act_form::controls(app, &about, form.verb, form.typed)?;
    let mut dating = vec![
        Control::new("on", Input::Date, locale.say("act-on"))
            .hint(locale.say("act-on-hint"))
            .value(form.typed.get("on")),
        Control::new("dated_back", Input::Line, locale.say("act-dated-back"))
            .hint(locale.say("act-dated-back-hint"))
            .value(form.typed.get("dated_back")),
    ];
    // A key is destroyed when that is decided, and on no earlier day.
    if form.verb == Verb::DecideDisposal {
        dating.clear();
    }
    let (own, about_dates): (Vec<_>, Vec<_>) =
        form.faults.iter().cloned().partition(|fault| fault.field != "on" && fault.field != "dated_back");
    let mut others = mark(&mut controls, &own, locale);
    others.extend(mark(&mut dating, &about_dates, locale));
    others.extend(form.others);
    let text = |text: &casework::text::Text| words.get(&text.content).cloned().unwrap_or_default();
    let proposal =
        if form.verb == Verb::DecideDisposal { shell::proposal(app, petition, locale, text)? } else { None };
    let key = format!("act-{}", form.verb.word().replace('_', "-"));
    let case_ref = submission.case_ref.to_string();
    Ok(page::html(
        status,
        &ActPage {
            page: desk.page.clone().titled(locale.say(&key)),
            number: submission.number.to_string(),
            matter: words.get(&submission.title.content).cloned().unwrap_or_default(),
            body: words.get(&submission.body.content).cloned().unwrap_or_default(),
            case_ref,
            verb: form.verb.word(),
            lead: locale.find(&format!("{key}-lead")).unwrap_or_default(),
            seen: petition.version,
            controls,
            dating,
            others,
            proposal,
        },
    ))
}

/// Carries the command out; a grave one for whoever showed just now who they are (IAM-6).
pub(crate) async fn carry_out(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path((case_ref, verb)): Path<(String, String)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let verb = at_desk(&verb)?;
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let (history, sight) = app.known(&desk.actor, &case_ref).await?;
    let filled = |faults, others| Filled { verb, typed: &typed, faults, others };
    let (command, contents) = match read(&app, &desk, (&history, sight), verb, &typed).await {
        Ok(read) => read,
        Err(Problem::Invalid(faults)) => {
            let form = filled(&faults, Vec::new());
            return render(&app, &desk, (&history, sight), form, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(problem) => return Err(problem.into()),
    };
    let mut cookie = None;
    if app.is_grave(&history.petition, verb)? {
        let action = format!("/staff/cases/{case_ref}/acts/{}", verb.word());
        match desk.confirmed(&app, &typed, &action).await? {
            Confirmed::Yes(_, new) => cookie = new,
            Confirmed::Ask(page) => return Ok(page),
        }
    }
    let seen = typed.get("seen").parse().unwrap_or(0);
    let response = match app.carry_out(&desk.actor, history.petition.id, Some(seen), command, contents).await
    {
        // Whoever joins follows the matter with a code of their own (procedure.md §1.11).
        Ok(after) if verb == Verb::AddParty => {
            let party = u32::try_from(after.parties.len().saturating_sub(1)).unwrap_or(0);
            let code = app.issue_code(after.id, party).await?;
            super::case::code_page(desk.page, &case_ref, &after, &code.to_string())
        }
        Ok(_) => {
            // The act may have sent the case out of this official's sight.
            let to = match app.known(&desk.actor, &case_ref).await {
                Ok(_) => format!("/staff/cases/{case_ref}?done={}", verb.word()),
                Err(_) => "/staff".to_owned(),
            };
            page::see_other(&to, [])
        }
        Err(failure @ (Failure::Refused(_) | Failure::Changed { .. })) => {
            let sentence = sentence(desk.page.locale, &failure);
            let (history, sight) = app.known(&desk.actor, &case_ref).await?;
            render(&app, &desk, (&history, sight), filled(&[], vec![sentence]), status_of(&failure)).await?
        }
        Err(failure) => Trouble::from(failure).into_response(),
    };
    Ok(with_cookie(response, cookie))
}

async fn read(
    app: &App,
    desk: &Desk,
    (history, sight): (&History, Sight),
    verb: Verb,
    typed: &Typed,
) -> Result<(Command, Contents), Problem> {
    let words = app.words_for(history, sight).await?;
    let about =
        About { petition: &history.petition, words: &words, actor: &desk.actor, locale: desk.page.locale };
    let object = act_form::object(&about, verb, typed);
    let mut contents = Contents::new();
    let act = command::read(app, &desk.actor, history, verb, object, &mut contents).await?;
    let on = match typed.get("on") {
        on if on.is_empty() => None,
        on => Some(on.parse::<Date>().map_err(|_| {
            let (zh, en) = ("请写成2026-11-24这样的日期", "write a date such as 2026-11-24");
            Problem::Invalid(vec![fault("on", "not_a_date", zh, en)])
        })?),
    };
    let command = command::dated(app, act, on, &typed.get("dated_back"), &mut contents)?;
    Ok((command, contents))
}
