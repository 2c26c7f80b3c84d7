//! Who filed a petition, field by field: masked until an official says what for, and again after ten minutes (ACC-1).

use super::Desk;
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::accesses::field_key;
use crate::web::form::{Choice, Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::FieldFault;
use crate::web::reveal;
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
    controls: Vec<Control>,
    others: Vec<String>,
}

/// The field while it is open, and nothing else; before and afterwards the question what for.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let field = IdentityField::parse(&asked.field).filter(|field| !identity.part(*field).is_empty());
    let field = field.ok_or(Failure::Absent)?;
    let granted = app.grants(&desk.actor, history.petition.id).await?.get(&field).copied();
    let asking = Asking { case_ref, field, letter: asked.letter, typed: &Typed::default() };
    let mut template = asking.page(desk.page, &[]);
    if let Some(granted) = granted {
        identity.part(field).clone_into(&mut template.value);
        template.until = until(&app, &template.page, granted.until);
    }
    Ok(page::html(StatusCode::OK, &template))
}

/// Opens the field for a purpose. That it was opened is recorded before anything is shown.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let identity = reveal::identity(&app, &history, sight).await?;
    let (field, letter) = (typed.get("field"), typed.get("letter"));
    match reveal::read(&field, &typed.get("purpose"), &typed.get("words"), &identity) {
        Ok(asked) => {
            asked.grant(&app, &desk.actor, &history).await?;
            Ok(page::see_other(&after(&case_ref, asked.field, &letter), []))
        }
        Err(faults) => {
            let field = IdentityField::parse(&field).ok_or(Failure::Absent)?;
            let asking = Asking { case_ref, field, letter, typed: &typed };
            Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &asking.page(desk.page, &faults)))
        }
    }
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
