//! Who filed a petition, field by field: masked until an official says what for, and again after ten minutes (ACC-1).

use super::Desk;
use super::account::{Confirmed, with_cookie};
use crate::app::{App, Ask, Failure};
use crate::identity::Identity;
use crate::web::accesses::field_key;
use crate::web::form::{Choice, Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::FieldFault;
use crate::web::reveal::{self, Came};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::PetitionId;
use casework::access::{IdentityField, Purpose, Seen};
use casework::disclosure::Sight;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use store::history::History;

/// A field as the case shows it.
pub(super) struct FieldRow {
    pub(super) label: String,
    pub(super) value: String,
    /// The word of the field; empty when it is open already.
    pub(super) ask: &'static str,
    /// What the link says that asks for it.
    pub(super) ask_label: String,
    /// Until when it is open; empty while it is masked.
    pub(super) until: String,
}

/// The fields that were given: masked, but for those that this official has opened.
pub(super) async fn fields(
    app: &App,
    desk: &Desk,
    petition: PetitionId,
    identity: &Identity,
) -> Result<Vec<FieldRow>, Failure> {
    let grants = app.grants(&desk.actor, petition).await?;
    let masked = identity.masked(app.clock.today());
    let page = &desk.page;
    let row = |field: IdentityField| {
        let grant = grants.get(&field);
        let label = page.say(&field_key(field));
        FieldRow {
            value: if grant.is_some() { identity.part(field) } else { masked.part(field) }.to_owned(),
            ask: if grant.is_some() { "" } else { field.word() },
            ask_label: page.say1("identity-reveal", "field", &label),
            until: grant.map(|grant| until(app, page, grant.until)).unwrap_or_default(),
            label,
        }
    };
    Ok(IdentityField::ALL.into_iter().filter(|field| !identity.part(*field).is_empty()).map(row).collect())
}

/// Until when somebody may agree: perhaps tomorrow.
fn ask_until(app: &App, page: &Page, until: Timestamp) -> String {
    let at = app.clock.civil_of(until);
    let time = format!("{} {:02}:{:02}", page.day(&at.date()), at.hour(), at.minute());
    page.say1("identity-ask-until", "time", time)
}

fn until(app: &App, page: &Page, until: Timestamp) -> String {
    let at = app.clock.civil_of(until);
    page.say1("identity-until", "time", format!("{:02}:{:02}", at.hour(), at.minute()))
}

/// Which field, and the letter that it is wanted for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    field: String,
    letter: String,
    /// What another asked, by its place, to be agreed to.
    ask: String,
}

#[derive(Template)]
#[template(path = "desk/identity.html")]
struct IdentityPage {
    page: Page,
    back: String,
    case_ref: String,
    field: &'static str,
    letter: String,
    label: String,
    /// What was asked for; empty while it is not open.
    value: String,
    until: String,
    /// It takes another to agree.
    two: bool,
    /// What was asked already, and waits: until when, who may agree, where.
    waits: Vec<String>,
    controls: Vec<Control>,
    others: Vec<String>,
}

/// What somebody asked, on the page of a case whose reader may agree to it.
pub(super) struct AskRow {
    pub(super) told: String,
    pub(super) words: String,
    pub(super) seq: u64,
}

#[derive(Template)]
#[template(path = "desk/agree.html")]
struct AgreePage {
    page: Page,
    case_ref: String,
    number: String,
    told: String,
    words: String,
    until: String,
    seq: u64,
}

/// What others asked in this matter, as far as this official may agree to it.
pub(super) async fn asks(app: &App, desk: &Desk, history: &History) -> Result<Vec<AskRow>, Failure> {
    let own = desk.actor.official();
    let mut rows = Vec::new();
    for ask in app.asks(history.petition.id).await?.into_iter().filter(|ask| Some(ask.by) != own) {
        let second = app.second_people(&history.petition, ask.by)?;
        if second.iter().any(|official| Some(official.id) == own) {
            rows.push(AskRow { told: told(app, &desk.page, &ask), words: ask.words, seq: ask.seq });
        }
    }
    Ok(rows)
}

/// Who asks to see what, and what for.
fn told(app: &App, page: &Page, ask: &Ask) -> String {
    let directory = app.directory();
    let who = directory.official(ask.by).map(|official| format!("{}（{}）", official.name, official.post));
    let field = page.say(&field_key(ask.field));
    let purpose = page.say(&format!("purpose-{}", ask.purpose.word()));
    let who = who.unwrap_or_default();
    page.locale.with("identity-asks", &[("who", &who), ("field", &field), ("purpose", &purpose)])
}

/// The question whether to agree.
async fn question(app: &App, desk: Desk, case_ref: String, seq: &str) -> Result<Response, Trouble> {
    let seq = seq.parse().map_err(|_| Failure::Absent)?;
    let (history, ask) = app.asked_of(&desk.actor, &case_ref, seq).await?;
    let page = desk.page.clone().guarded(app, &desk.session);
    let page = page.clone().titled(page.say("identity-agree-title"));
    let number = history.petition.submission.as_ref().map(|submission| submission.number.to_string());
    let told = told(app, &page, &ask);
    let number = number.unwrap_or_default();
    let until = ask_until(app, &page, ask.until);
    Ok(page::html(StatusCode::OK, &AgreePage { page, case_ref, number, told, words: ask.words, until, seq }))
}

/// Agrees, once it is clear who does.
async fn agree(app: &App, mut desk: Desk, case_ref: &str, typed: &Typed) -> Result<Response, Trouble> {
    let seq = typed.get("ask").parse().map_err(|_| Failure::Absent)?;
    let (history, ask) = app.asked_of(&desk.actor, case_ref, seq).await?;
    let action = format!("/staff/cases/{case_ref}/identity");
    let cookie = match desk.confirmed(app, typed, &action).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(response) => return Ok(response),
    };
    app.agree(&desk.actor, &history, &ask).await?;
    // Who agreed for a unit below goes back to their own desk: the case is not theirs to see.
    let sees = app.sight(&desk.actor, &history)? != Sight::Nothing;
    let to = if sees { format!("/staff/cases/{case_ref}") } else { "/staff".to_owned() };
    Ok(with_cookie(page::see_other(&to, []), cookie))
}

/// The field while it is open, and nothing else; before and afterwards the question what for.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    if !asked.ask.is_empty() {
        return question(&app, desk, case_ref, &asked.ask).await;
    }
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let field = IdentityField::parse(&asked.field).filter(|field| !identity.part(*field).is_empty());
    let field = field.ok_or(Failure::Absent)?;
    let granted = app.grants(&desk.actor, history.petition.id).await?.get(&field).copied();
    let two = app.takes_two(&history.petition)?;
    let waits = if two { waits(&app, &desk, &history, field, &case_ref).await? } else { Vec::new() };
    let asking = Asking { case_ref, field, letter: asked.letter, typed: &Typed::default(), two };
    let mut template = asking.page(desk.page, &[]);
    template.waits = waits;
    if let Some(granted) = granted {
        identity.part(field).clone_into(&mut template.value);
        template.until = until(&app, &template.page, granted.until);
    }
    Ok(page::html(StatusCode::OK, &template))
}

/// Opens the field for a purpose. That it was opened is recorded before anything is shown.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path(case_ref): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    if !typed.get("ask").is_empty() {
        return agree(&app, desk, &case_ref, &typed).await;
    }
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let (field, letter) = (typed.get("field"), typed.get("letter"));
    match reveal::read(&field, &typed.get("purpose"), &typed.get("words"), &identity) {
        Ok(asked) => {
            let action = format!("/staff/cases/{case_ref}/identity");
            let cookie = match desk.confirmed(&app, &typed, &action).await? {
                Confirmed::Yes(_, cookie) => cookie,
                Confirmed::Ask(response) => return Ok(response),
            };
            let letter = match asked.grant(&app, &desk.actor, &history).await? {
                Came::Open => letter,
                Came::Waits => String::new(),
            };
            Ok(with_cookie(page::see_other(&after(&case_ref, asked.field, &letter), []), cookie))
        }
        Err(faults) => {
            let field = IdentityField::parse(&field).ok_or(Failure::Absent)?;
            let two = app.takes_two(&history.petition)?;
            let asking = Asking { case_ref, field, letter, typed: &typed, two };
            Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &asking.page(desk.page, &faults)))
        }
    }
}

/// What this official asked for and nobody has agreed to yet: until when, by whom, and where.
async fn waits(
    app: &App,
    desk: &Desk,
    history: &History,
    field: IdentityField,
    case_ref: &str,
) -> Result<Vec<String>, Failure> {
    let Some(own) = desk.actor.official() else { return Ok(Vec::new()) };
    let asks = app.asks(history.petition.id).await?;
    let Some(ask) = asks.into_iter().find(|ask| ask.by == own && ask.field == field) else {
        return Ok(Vec::new());
    };
    let page = &desk.page;
    let second = app.second_people(&history.petition, own)?;
    let names: Vec<String> =
        second.iter().map(|official| format!("{}（{}）", official.name, official.post)).collect();
    let who = match names.is_empty() {
        true => page.say("identity-nobody-second"),
        false => page.say1("identity-second", "who", names.join(&page.say("list-comma"))),
    };
    let place = format!("/staff/cases/{case_ref}/identity?ask={}", ask.seq);
    Ok(vec![ask_until(app, page, ask.until), who, page.say1("identity-ask-place", "place", place)])
}

/// Where an official goes who opened a field: to the letter that it was wanted for, or to the field.
fn after(case_ref: &str, field: IdentityField, letter: &str) -> String {
    match letter.parse::<u32>() {
        Ok(letter) => format!("/staff/cases/{case_ref}/letters/{letter}"),
        Err(_) => format!("/staff/cases/{case_ref}/identity?field={}", field.word()),
    }
}

/// The question, with what was typed.
struct Asking<'a> {
    case_ref: String,
    field: IdentityField,
    letter: String,
    typed: &'a Typed,
    two: bool,
}

impl Asking<'_> {
    fn page(self, page: Page, faults: &[FieldFault]) -> IdentityPage {
        let purposes = Purpose::ALL
            .iter()
            .map(|purpose| Choice::new(purpose.word(), page.say(&format!("purpose-{}", purpose.word()))));
        let mut controls = vec![
            Control::new("purpose", Input::Radios, page.say("identity-purpose"))
                .choices(purposes.collect())
                .values(self.typed.all("purpose")),
            Control::new("words", Input::Line, page.say("identity-words"))
                .hint(page.say("identity-words-hint"))
                .value(self.typed.get("words")),
        ];
        let others = mark(&mut controls, faults, page.locale);
        let label = page.say(&field_key(self.field));
        let title = page.say1("identity-reveal", "field", &label);
        let letter = self.letter.parse::<u32>().map(|letter| letter.to_string()).unwrap_or_default();
        let case = format!("/staff/cases/{}", self.case_ref);
        IdentityPage {
            page: page.titled(title),
            back: if letter.is_empty() { case } else { format!("{case}/letters/{letter}") },
            case_ref: self.case_ref,
            field: self.field.word(),
            letter,
            label,
            value: String::new(),
            until: String::new(),
            two: self.two,
            waits: Vec::new(),
            controls,
            others,
        }
    }
}

/// Records that an official reads a letter; whether its addressee may be named to them now.
pub(super) async fn read_letter(
    app: &App,
    desk: &Desk,
    history: &History,
    sight: Sight,
    letter: usize,
) -> Result<bool, Failure> {
    let known = history.petition.letters.get(letter).ok_or(Failure::Absent)?;
    let grants = app.grants(&desk.actor, history.petition.id).await?;
    let open = grants.get(&IdentityField::Name).filter(|_| sight == Sight::Everything);
    let grant = open.filter(|_| known.signed.to_petitioner).map(|grant| grant.seq);
    let letter = u32::try_from(letter).map_err(|_| Failure::Absent)?;
    app.record_read(&desk.actor, history.petition.id, Seen::Letter { letter, grant }).await?;
    Ok(grant.is_some())
}
