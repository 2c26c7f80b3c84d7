//! Entering a petition that came by letter, visit, telephone, fax or from another body; the slip for its petitioner.

use super::Desk;
use crate::app::attach::Holder;
use crate::app::{App, Failure, NewSubmission};
use crate::identity::Identity;
use crate::web::act_form::nth;
use crate::web::choices;
use crate::web::fields;
use crate::web::files::FileRow;
use crate::web::form::{Choice, Control, Input, Typed, mark};
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, Problem, check_words, fault};
use crate::web::public::phone_fault;
use crate::web::public::submit::receipt;
use crate::web::sent;
use crate::web::trouble::{Trouble, sentence, status_of};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::act::Channel;
use casework::codes::{AccessCode, QueryCode};
use casework::directory::Role;
use casework::{Name, UnitId};
use jiff::civil::Date;
use std::sync::Arc;

/// How a petition reaches a counter. Online ones come in by themselves.
const CHANNELS: [Channel; 5] =
    [Channel::Visit, Channel::Letter, Channel::Phone, Channel::Fax, Channel::Transfer];

#[derive(Template)]
#[template(path = "desk/register.html")]
struct RegisterPage {
    page: Page,
    once: String,
    controls: Vec<Control>,
    others: Vec<String>,
    files: Vec<FileRow>,
    most: (usize, u64, u64),
    accepted: String,
}

/// Whose files a form's are: its own.
fn holder(typed: &Typed) -> Holder {
    Holder::of("register", &typed.get("once"))
}

/// The empty form.
pub(crate) async fn show(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Trouble> {
    if !desk.has(Role::Registrar) {
        return Err(Failure::Absent.into());
    }
    let typed = Typed(vec![
        ("channel".to_owned(), Channel::Visit.word().to_owned()),
        ("received_on".to_owned(), app.clock.today().to_string()),
        ("n_people".to_owned(), "1".to_owned()),
        ("once".to_owned(), crate::entropy::token()?),
    ]);
    render(&app, &desk, &typed, StatusCode::OK, &[], Vec::new()).await
}

fn controls(app: &App, desk: &Desk, typed: &Typed) -> Result<Vec<Control>, Failure> {
    let locale = desk.page.locale;
    let say = |key: &str| locale.say(key);
    let filled =
        |name: &str, input: Input, key: &str| Control::new(name, input, say(key)).values(typed.all(name));
    let units: Vec<Choice> =
        app.directory().in_order().into_iter().map(|unit| Choice::new(unit.id, locale.unit(unit))).collect();
    let kinds = app.current_procedure()?.kinds.iter();
    let kinds = kinds.map(|kind| Choice::new(&kind.id, locale.label(&kind.name))).collect();
    let channels = CHANNELS
        .iter()
        .map(|channel| Choice::new(channel.word(), say(&format!("channel-{}", channel.word()))))
        .collect();
    let optional = |key: &str| locale.with("form-optional", &[("label", &say(key))]);
    let mut controls = vec![
        filled("channel", Input::Radios, "register-channel").choices(channels),
        filled("received_on", Input::Date, "register-received-on").hint(say("register-received-on-hint")),
        Control::new("dated_back", Input::Line, optional("act-dated-back"))
            .hint(say("act-dated-back-hint"))
            .values(typed.all("dated_back")),
        filled("kind", Input::Radios, "field-kind").choices(kinds),
        filled("title", Input::Line, "submit-title-label").hint(say("register-title-hint")),
        filled("body", Input::Text(7), "submit-body-label")
            .hint(say("register-body-hint"))
            .most(fields::LONG),
        Control::new("wants", Input::Text(3), optional("submit-wants-label"))
            .hint(say("submit-wants-hint"))
            .values(typed.all("wants")),
        Control::new("respondent", Input::Select, optional("submit-respondent-label"))
            .hint(say("register-respondent-hint"))
            .choices(units.clone())
            .values(typed.all("respondent")),
        Control::new("accused", Input::Select, optional("register-accused"))
            .hint(say("register-accused-hint"))
            .choices(units)
            .values(typed.all("accused")),
        filled("n_people", Input::Number, "submit-people-label"),
        Control::new("name", Input::Line, optional("submit-name-label"))
            .hint(say("register-name-hint"))
            .values(typed.all("name")),
        Control::new("phone", Input::Line, optional("submit-phone-label")).values(typed.all("phone")),
        Control::new("address", Input::Line, optional("submit-address-label")).values(typed.all("address")),
        filled("confidential", Input::Checkboxes, "submit-confidential-label")
            .choices(vec![Choice::new("yes", say("submit-confidential-yes"))]),
    ];
    let place = controls.iter().position(|control| control.name == "n_people").unwrap_or(controls.len());
    let officials = choices::officials(app, locale);
    for n in 0..fields::NAMED {
        let control = Control::new(format!("named.{n}"), Input::Select, nth(locale, "field-named", n))
            .hint(if n == 0 { say("field-named-hint") } else { String::new() })
            .choices(officials.clone())
            .values(typed.all(&format!("named.{n}")));
        controls.insert(place + n, control);
    }
    for (name, heading) in
        [("channel", "register-about"), ("kind", "register-matter"), ("name", "register-who")]
    {
        if let Some(control) = controls.iter_mut().find(|control| control.name == name) {
            control.heading = say(heading);
        }
    }
    Ok(controls)
}

async fn render(
    app: &App,
    desk: &Desk,
    typed: &Typed,
    status: StatusCode,
    faults: &[FieldFault],
    mut others: Vec<String>,
) -> Result<Response, Trouble> {
    let mut controls = controls(app, desk, typed)?;
    others.extend(mark(&mut controls, faults, desk.page.locale));
    let page = Page { place: "register", ..desk.page.clone().titled(desk.page.say("register-title")) };
    let held = app.held(&holder(typed)).await?;
    let files = held.iter().map(|held| FileRow::held(held, page.locale)).collect();
    let limits = &app.files;
    let most = (limits.most_files, limits.most_bytes >> 20, limits.most_together >> 20);
    let (once, accepted) = (typed.get("once"), crate::files::accepted());
    Ok(page::html(status, &RegisterPage { page, once, controls, others, files, most, accepted }))
}

/// Enters the petition and shows its slip. Sent twice, it shows the same slip: number and code follow from the form.
pub(crate) async fn enter(
    State(app): State<Arc<App>>,
    desk: Desk,
    request: Request,
) -> Result<Response, Trouble> {
    if !desk.has(Role::Registrar) {
        return Err(Failure::Absent.into());
    }
    let mut sent = sent::read_any(&app, request, None, |typed| {
        desk.check(&app, typed).map_err(|trouble| trouble.0)?;
        if typed.get("once").is_empty() { Err(Problem::Elsewhere) } else { Ok(holder(typed)) }
    })
    .await?;
    let own = holder(&sent.typed);
    sent.change(&app, &own).await?;
    let typed = &sent.typed;
    if sent.is_about_files() {
        let faults = sent.faults(&app, desk.page.locale);
        return render(&app, &desk, typed, sent.status(), &[], faults).await;
    }
    let (new, code) = match read(&app, &desk, typed) {
        Ok(read) => read,
        Err(faults) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return render(&app, &desk, typed, status, &faults, Vec::new()).await;
        }
    };
    match app.submit(&desk.actor, new).await {
        Ok(entered) => {
            let mut page = desk.page;
            page.here = "/staff".to_owned();
            receipt(&app, page, entered.petition, &code.to_string(), true).await
        }
        Err(failure @ (Failure::Refused(_) | Failure::Unfit(_))) => {
            let sentence = sentence(desk.page.locale, &failure);
            render(&app, &desk, typed, status_of(&failure), &[], vec![sentence]).await
        }
        Err(failure) => Err(failure.into()),
    }
}

fn read(app: &App, desk: &Desk, typed: &Typed) -> Result<(NewSubmission, QueryCode), Vec<FieldFault>> {
    let mut faults = Vec::new();
    let channel = CHANNELS.into_iter().find(|channel| channel.word() == typed.get("channel"));
    if channel.is_none() {
        faults.push(fault("channel", "missing", "请选择渠道", "choose how it came"));
    }
    let received_on = typed.get("received_on").parse::<Date>().ok();
    if received_on.is_none() {
        let (zh, en) = ("请写成2026-11-24这样的日期", "write a date such as 2026-11-24");
        faults.push(fault("received_on", "not_a_date", zh, en));
    }
    let kind = Name::new(typed.get("kind"));
    if !app.current_procedure().is_ok_and(|procedure| procedure.kind(&kind).is_some()) {
        faults.push(fault("kind", "missing", "请选择一类", "choose one"));
    }
    for (name, most, required) in [
        ("title", fields::SHORT, true),
        ("body", fields::LONG, true),
        ("wants", fields::LONG, false),
        ("name", fields::SHORT, false),
        ("address", fields::SHORT, false),
        ("dated_back", fields::SHORT, false),
        ("once", fields::SHORT, true),
    ] {
        check_words(&mut faults, name, &typed.get(name), most, required);
    }
    faults.extend(phone_fault("phone", &typed.get("phone")));
    let n_people = typed.get("n_people").parse::<u32>().ok().filter(|n| *n > 0);
    if n_people.is_none() {
        faults.push(fault("n_people", "not_a_number", "请写人数，例如1", "write how many people, such as 1"));
    }
    let unit = |name: &str| typed.get(name).parse::<UnitId>().ok();
    let (Some(channel), Some(office), true) = (channel, desk.actor.unit(), faults.is_empty()) else {
        return Err(faults);
    };
    let identity = Identity {
        name: typed.get("name"),
        phone: typed.get("phone"),
        address: typed.get("address"),
        ..Identity::default()
    };
    let once = app.mac(&format!("register\0{}", typed.get("once")));
    let code = code_of(&once);
    let wants = typed.get("wants");
    let requests = wants.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let new = NewSubmission {
        channel,
        kind,
        office,
        received_on,
        dated_back: typed.get("dated_back"),
        title: typed.get("title"),
        body: typed.get("body"),
        requests,
        identity: identity.words(),
        n_people: n_people.unwrap_or(1),
        respondent: unit("respondent"),
        accused: unit("accused").into_iter().collect(),
        named: (0..fields::NAMED).filter_map(|n| typed.get(&format!("named.{n}")).parse().ok()).collect(),
        confidential: !typed.get("confidential").is_empty(),
        earlier: None,
        token: Some(format!("register-{once}")),
        code: Some(AccessCode::Query(code.clone())),
        files: vec![holder(typed)],
    };
    Ok((new, code))
}

/// The code that belongs to a form: the same form sent again shows the same one.
fn code_of(once: &str) -> QueryCode {
    let digest = store::content::sha256(once.as_bytes());
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    QueryCode::from_random(&bytes)
}
