//! What waits for the official's unit, the first due first.

use super::Desk;
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::choices::CLASSES;
use crate::web::deadlines::{Badge, badge};
use crate::web::form::Choice;
use crate::web::page::{self, Page};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::Name;
use casework::act::Channel;
use casework::codes::RegisterNumber;
use jiff::ToSpan as _;
use serde::Deserialize;
use std::sync::Arc;
use store::inbox::{Counts, Filter, Matter};

/// Days ahead that count as soon.
const SOON: i64 = 3;

/// Which part of the inbox.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// `all`, `overdue`, `soon` or `mine`; anything else is `all`.
    view: String,
    channel: String,
    class: String,
    stage: String,
    after: String,
}

struct Chip {
    label: String,
    n: i64,
    view: &'static str,
    class: &'static str,
}

struct Row {
    badge: Option<Badge>,
    limit: String,
    number: String,
    channel: String,
    case_ref: String,
    title: String,
    tags: Vec<(String, &'static str)>,
    who: String,
    class: String,
    place: String,
    official: String,
    stage: String,
    received_on: String,
}

#[derive(Template)]
#[template(path = "desk/inbox.html")]
struct InboxPage {
    page: Page,
    weekday: &'static str,
    chips: Vec<Chip>,
    asked: Asked,
    channels: Vec<Choice>,
    classes: Vec<Choice>,
    stages: Vec<Choice>,
    rows: Vec<Row>,
    next: String,
    /// Reminders that were not put away.
    reminders: i64,
}

impl InboxPage {
    /// The address of this list with another view, without paging.
    fn with_view(&self, view: &str) -> String {
        query(&Asked { view: view.to_owned(), after: String::new(), ..self.asked.clone() })
    }

    fn next_page(&self) -> String {
        query(&Asked { after: self.next.clone(), ..self.asked.clone() })
    }

    fn is_view(&self, view: &str) -> bool {
        self.asked.view == view
    }
}

fn query(asked: &Asked) -> String {
    // Only words of our own lists and keys come this far; none needs escaping but the comma of a key.
    let pairs = [
        ("view", &asked.view),
        ("channel", &asked.channel),
        ("class", &asked.class),
        ("stage", &asked.stage),
        ("after", &asked.after),
    ];
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if pairs.is_empty() { "/staff".to_owned() } else { format!("/staff?{}", pairs.join("&")) }
}

/// The inbox.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    if !desk.page.has_inbox() {
        return Ok(page::see_other(desk.first_page(), []));
    }
    let locale = desk.page.locale;
    let today = app.clock.today();
    let soon = today.checked_add((SOON + 1).days()).unwrap_or(today);
    let procedure = app.current_procedure()?;
    let asked = Asked {
        view: ["overdue", "soon", "mine"]
            .into_iter()
            .find(|view| *view == asked.view)
            .unwrap_or("all")
            .to_owned(),
        channel: Channel::ALL
            .iter()
            .map(|channel| channel.word())
            .find(|word| *word == asked.channel)
            .unwrap_or_default()
            .to_owned(),
        class: CLASSES.iter().find(|class| **class == asked.class).copied().unwrap_or_default().to_owned(),
        stage: procedure.stage(&Name::new(asked.stage)).map(|stage| stage.id.to_string()).unwrap_or_default(),
        after: asked.after,
    };
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let after = asked.after.split_once(',').filter(|(due_on, case_ref)| {
        due_on.parse::<jiff::civil::Date>().is_ok() && case_ref.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let filter = Filter {
        is_addressee: desk
            .actor
            .unit()
            .zip(desk.actor.official())
            .is_some_and(|(unit, own)| app.is_addressee(unit, own)),
        owner: desk.actor.official().filter(|_| asked.view == "mine"),
        channel: given(&asked.channel),
        class: given(&asked.class),
        stage: given(&asked.stage),
        due_from: (asked.view == "soon").then_some(today),
        due_before: match asked.view.as_str() {
            "overdue" => Some(today),
            "soon" => Some(soon),
            _ => None,
        },
        after: after.map(|(due_on, case_ref)| (due_on.to_owned(), case_ref.to_owned())),
    };
    let found = app.inbox(&desk.actor, &filter).await?;
    let mut rows = Vec::new();
    for (matter, title) in &found.rows {
        rows.push(row(&app, &desk, matter, title)?);
    }
    // Who sees no matter of the unit is told no number of them either.
    let n = if desk.works() { app.counts(&desk.actor, today, soon).await? } else { Counts::default() };
    let chip = |view, n, class| Chip { label: locale.say(&format!("inbox-{view}")), n, view, class };
    let page = desk.page.clone().titled(locale.say("inbox-title"));
    let page = Page { place: "inbox", ..page };
    Ok(page::html(
        StatusCode::OK,
        &InboxPage {
            weekday: locale.weekday(today),
            chips: vec![
                chip("all", n.all, ""),
                chip("overdue", n.overdue, if n.overdue > 0 { "is-red" } else { "" }),
                chip("soon", n.soon, if n.soon > 0 { "is-amber" } else { "" }),
                chip("mine", n.mine, ""),
            ],
            channels: Channel::ALL
                .iter()
                .map(|channel| {
                    Choice::new(channel.word(), locale.say(&format!("channel-{}", channel.word())))
                })
                .collect(),
            classes: CLASSES
                .iter()
                .map(|class| Choice::new(class, locale.say(&format!("class-{class}"))))
                .collect(),
            stages: procedure
                .stages
                .iter()
                .filter(|stage| stage.rest.is_none())
                .map(|stage| Choice::new(&stage.id, locale.label(&stage.name)))
                .collect(),
            rows,
            reminders: n.reminders,
            next: found.next.map(|(due_on, case_ref)| format!("{due_on},{case_ref}")).unwrap_or_default(),
            asked,
            page,
        },
    ))
}

fn row(app: &App, desk: &Desk, matter: &Matter, title: &str) -> Result<Row, Failure> {
    let locale = desk.page.locale;
    let procedure = app.procedure(&matter.procedure)?;
    let directory = app.directory();
    let today = app.clock.today();
    let due = matter.due.as_ref();
    let mut tags = Vec::new();
    let mut tag = |when: bool, key: &str, class| {
        if when {
            tags.push((locale.say(key), class));
        }
    };
    tag(matter.urgent, "tag-urgent", "tag--red");
    tag(matter.supervised, "tag-supervised", "tag--red");
    tag(matter.withdrawing, "tag-withdrawing", "");
    tag(matter.joined, "tag-joined", "tag--amber");
    if matter.n_people > 1 {
        tags.push((locale.with("tag-people", &[("n", &matter.n_people.to_string())]), "tag--blue"));
    }
    let who = matter.identity.as_ref().map(|words| Identity::read(words).masked(today).name);
    let number = RegisterNumber::parse(&matter.number);
    Ok(Row {
        badge: due.map(|due| badge(locale, due.from, due.on, today)),
        limit: due
            .and_then(|due| procedure.limit(&due.limit))
            .map(|limit| locale.label(&limit.name))
            .unwrap_or_default(),
        number: number.map_or_else(|_| matter.number.clone(), |number| number.to_string()),
        channel: locale.say(&format!("channel-{}", matter.channel)),
        case_ref: matter.case_ref.clone(),
        title: if title.is_empty() { desk.page.say("shell-title") } else { title.to_owned() },
        tags,
        who: who.filter(|who| !who.is_empty()).unwrap_or_else(|| locale.say("identity-none")),
        class: if matter.class.is_empty() {
            String::new()
        } else {
            class_label(locale, &Name::from(matter.class.as_str()))
        },
        place: matter
            .place
            .parse()
            .ok()
            .and_then(|unit| directory.unit(unit))
            .map(|unit| locale.unit(unit))
            .unwrap_or_default(),
        official: directory.official(matter.owner).map(|official| official.name.clone()).unwrap_or_default(),
        stage: procedure.stage(&matter.stage).map(|stage| locale.label(&stage.name)).unwrap_or_default(),
        received_on: locale.day(matter.received_on, today),
    })
}

/// The label of a class; a class of another list is shown as it is.
pub(super) fn class_label(locale: crate::web::locale::Locale, class: &Name) -> String {
    locale.find(&format!("class-{class}")).unwrap_or_else(|| class.to_string())
}
