//! The print room of a unit: letters still to be served, printed together for the post, and the register of a day (台账).

use super::Desk;
use super::account::{Confirmed, with_cookie};
use crate::app::{App, Failure};
use crate::letter::{MOST, NotPrinted, Row};
use crate::web::deadlines::{Badge, badge};
use crate::web::fields::SHORT;
use crate::web::files::as_download;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, check_words, fault};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use casework::codes::RegisterNumber;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;
use store::letter::{After, Which};

/// Which list, and where its page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The day of the register; without one it is what is still to be served.
    day: String,
    after: String,
}

/// A letter as the list shows it.
struct Line {
    /// Names it in the form; empty where it cannot be printed here.
    key: String,
    /// Why it cannot.
    why_not: String,
    number: String,
    name: String,
    /// Where it is read.
    path: String,
    matter: String,
    signed_on: Date,
    /// When its service is due; none in the register.
    due: Option<Badge>,
    printed_on: Option<Date>,
    /// With the post since.
    posted_on: Option<Date>,
    /// What has become of it, in the register.
    state: String,
    checked: bool,
}

#[derive(Template)]
#[template(path = "desk/print_room.html")]
struct PrintRoom {
    page: Page,
    lines: Vec<Line>,
    /// The day of the register; empty for what is still to be served.
    day: String,
    /// The day of a register, and what is asked before printing.
    controls: Vec<Control>,
    others: Vec<String>,
    first: bool,
    next: String,
    most: usize,
    any: bool,
    /// Where this page begins.
    after: String,
    /// Whether covers were asked for.
    covers: bool,
    /// Below a register that is printed: whose it is, whether it is whole, the log as it is now.
    below: Vec<String>,
}

/// The list.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    desk.must_have_inbox()?;
    let mut faults = Vec::new();
    if !asked.day.is_empty() && asked.day.parse::<Date>().is_err() {
        let (zh, en) = ("日期请写成2026-03-05这样", "write the day as 2026-03-05");
        faults.push(fault("day", "not_a_date", zh, en));
    }
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render(&app, &desk, &asked, &Typed::default(), status, &faults, Vec::new()).await
}

/// Letters printed together, for whoever showed just now who they are (IAM-6).
pub(crate) async fn print(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.must_have_inbox()?;
    desk.check(&app, &typed)?;
    let mut faults = Vec::new();
    let mut asked: Vec<(String, usize)> = Vec::new();
    for one in typed.all("letter").iter().map(|key| place(key)) {
        if !asked.contains(&one) {
            asked.push(one);
        }
    }
    if asked.is_empty() {
        faults.push(fault("letter", "missing", "请选择要打印的文书", "choose the letters to print"));
    }
    if asked.len() > MOST {
        let (zh, en) = (format!("一次最多打印{MOST}件"), format!("print at most {MOST} letters at once"));
        faults.push(fault("letter", "too_many", &zh, &en));
    }
    let words = typed.get("words");
    check_words(&mut faults, "words", &words, SHORT, true);
    let list = Asked { day: String::new(), after: typed.get("after") };
    if !faults.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&app, &desk, &list, &typed, status, &faults, Vec::new()).await;
    }
    let cookie = match desk.confirmed(&app, &typed, "/staff/letters").await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let covers = !typed.get("covers").is_empty();
    match app.print_letters(&desk.actor, &asked, covers, &words).await {
        Ok(file) => {
            let size = file.len() as u64;
            Ok(with_cookie(as_download(Body::from(file), "letters.pdf", Some(size)), cookie))
        }
        Err(NotPrinted::Moved) => {
            let others = vec![desk.page.say("print-moved")];
            let page = render(&app, &desk, &list, &typed, StatusCode::CONFLICT, &[], others).await;
            Ok(with_cookie(page.unwrap_or_else(IntoResponse::into_response), cookie))
        }
        // Whoever proved who they are stays logged in.
        Err(NotPrinted::Failed(failure)) => Ok(with_cookie(Trouble::from(failure).into_response(), cookie)),
    }
}

/// Reference and place of a letter, as the form names it; what no form of ours names is a letter that there is not.
fn place(key: &str) -> (String, usize) {
    let (case_ref, index) = key.split_once('/').unwrap_or((key, ""));
    (case_ref.to_owned(), index.parse().unwrap_or(usize::MAX))
}

async fn render(
    app: &App,
    desk: &Desk,
    asked: &Asked,
    typed: &Typed,
    status: StatusCode,
    faults: &[FieldFault],
    mut others: Vec<String>,
) -> Result<Response, Trouble> {
    let page = desk.page.clone().guarded(app, &desk.session);
    let today = app.clock.today();
    let day = asked.day.parse::<Date>().ok();
    let which = day.map_or(Which::ToServe, Which::Day);
    let after = key(which, &asked.after);
    let listed = app.unit_letters(&desk.actor, which, after.clone()).await?;
    let chosen = typed.all("letter");
    let mut lines = Vec::new();
    for row in &listed.rows {
        lines.push(line(app, &page, row, &chosen, today)?);
    }
    let shown_day = if asked.day.is_empty() { today.to_string() } else { asked.day.clone() };
    let mut controls = vec![
        Control::new("day", Input::Date, page.say("print-day")).value(shown_day),
        Control::new("words", Input::Line, page.say("print-words"))
            .hint(page.say("print-words-hint"))
            .value(typed.get("words")),
    ];
    others.extend(mark(&mut controls, faults, page.locale));
    let title = match day {
        Some(day) => page.say1("print-register", "day", page.date(&day)),
        None => page.say("print-title"),
    };
    let mut below = Vec::new();
    if day.is_some() {
        below.push(
            page.locale
                .with("print-register-count", &[("unit", &page.office), ("n", &lines.len().to_string())]),
        );
        if listed.unseen > 0 {
            below.push(page.say1("print-register-unseen", "n", listed.unseen));
        }
        if listed.after.is_some() {
            below.push(page.say("print-register-goes-on"));
        }
        below.push(checkpoint(app, &page).await?);
    }
    let next =
        listed.after.map(|(first, second, last)| format!("{first},{second},{last}")).unwrap_or_default();
    let page = Page { place: "letters", ..page.clone().titled(title) };
    Ok(page::html(
        status,
        &PrintRoom {
            any: lines.iter().any(|line| !line.key.is_empty()),
            page,
            lines,
            day: day.map(|day| day.to_string()).unwrap_or_default(),
            controls,
            others,
            first: after.is_none(),
            next,
            most: MOST,
            after: asked.after.clone(),
            covers: !typed.get("covers").is_empty(),
            below,
        },
    ))
}

fn line(app: &App, page: &Page, row: &Row, chosen: &[String], today: Date) -> Result<Line, Failure> {
    let listed = &row.listed;
    let procedure = app.procedure_of(&row.history.petition)?;
    let name = procedure.letter(&listed.letter).map(|letter| page.locale.label(&letter.name));
    let mut running = row.history.petition.open_deadlines();
    let serve =
        running.find(|(_, deadline)| deadline.set.letter.map(|letter| letter as usize) == Some(listed.index));
    let key = format!("{}/{}", listed.case_ref, listed.index);
    let posted_on = row.history.petition.letters.get(listed.index).and_then(|letter| letter.posted_on);
    let state = match (listed.to_petitioner, listed.served_on) {
        (false, _) => page.say("print-between"),
        (true, Some(day)) => page.say1("letter-served", "day", page.date(&day)),
        (true, None) if listed.issued => match posted_on {
            Some(day) => page.say1("letter-posted", "day", page.date(&day)),
            None => page.say("letter-not-served"),
        },
        (true, None) => page.say("print-not-issued"),
    };
    Ok(Line {
        checked: chosen.contains(&key),
        why_not: page.say(if listed.waits { "print-not-issued" } else { "print-not-here" }),
        key: if row.printable { key } else { String::new() },
        number: row.number.clone(),
        name: name.unwrap_or_default(),
        path: format!("/staff/cases/{}/letters/{}", listed.case_ref, listed.index),
        matter: RegisterNumber::parse(&listed.number)
            .map_or_else(|_| listed.number.clone(), |number| number.to_string()),
        signed_on: listed.signed_on,
        due: serve.map(|(_, deadline)| badge(page.locale, deadline.set.from, deadline.set.due_on, today)),
        printed_on: listed.printed_on,
        posted_on,
        state,
    })
}

/// What binds a printed register to the log: how many entries it has now, and its root.
async fn checkpoint(app: &App, page: &Page) -> Result<String, Failure> {
    let heads = store::log::proof::heads(&app.database).await?;
    let Some(head) = heads.iter().max_by_key(|head| head.epoch) else { return Ok(String::new()) };
    let root = crate::entropy::hex(&head.edge.root());
    let at =
        head.at.parse().map_or_else(|_| head.at.clone(), |at| page.locale.moment(app.clock.civil_of(at)));
    let size = head.edge.size().to_string();
    let told = [("origin", head.origin.as_str()), ("at", &at), ("size", &size), ("root", &root)];
    Ok(page.locale.with("print-checkpoint", &told))
}

/// Where a page begins, from its address; `None` for the first, and for an address that is none of ours.
fn key(which: Which, after: &str) -> Option<After> {
    let mut parts = after.split(',');
    let (first, second, last) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
    let ours = match which {
        Which::ToServe => first.parse::<Date>().is_ok() && second.parse::<casework::PetitionId>().is_ok(),
        Which::Day(_) => second.parse::<i16>().is_ok(),
    };
    ours.then(|| (first.to_owned(), second.to_owned(), last))
}
