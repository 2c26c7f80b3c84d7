//! A petition as its petitioner sees it: what they must or may do, the next legal day, what happened, their letters.

use super::super::deadlines::{self, DeadlineView};
use super::super::story::{self, Entry, Reader};
use super::own_act::OWN;
use crate::app::{App, Failure, Place};
use crate::web::accesses::{self, Access};
use crate::web::files::FileRow;
use crate::web::locale::Locale;
use crate::web::page::Page;
use askama::Template;
use casework::authority::Actor;
use casework::{Petition, Verb};
use jiff::civil::Date;
use store::history::History;

/// Reads shown on the page; the others have one of their own.
const NEWEST: i64 = 10;

#[derive(Template)]
#[template(path = "public/follow.html")]
pub(super) struct FollowPage {
    pub(super) page: Page,
    pub(super) view: FollowView,
}

/// Something the petitioner may do until a day.
pub(super) struct Todo {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) deadline: DeadlineView,
    pub(super) verb: &'static str,
    pub(super) button: String,
}

/// A promise made to the petitioner.
pub(super) struct PromiseRow {
    pub(super) text: String,
    pub(super) who: String,
    pub(super) due_on: Date,
    pub(super) kept_on: Option<Date>,
}

/// Everything on the page.
pub(super) struct FollowView {
    pub(super) number: String,
    pub(super) title: String,
    /// It is sealed, and the code is a short one: how far it is, and no word of it.
    pub(super) closed: bool,
    pub(super) received_on: Date,
    pub(super) told: String,
    pub(super) rest: bool,
    pub(super) urgent: bool,
    pub(super) latest_answer: Option<casework::deadline::Due>,
    pub(super) todos: Vec<Todo>,
    pub(super) duties: Vec<DeadlineView>,
    pub(super) unit: String,
    pub(super) unit_phone: String,
    pub(super) official: String,
    /// What happened, and where it stands in the log; what has no receipt stands nowhere.
    pub(super) entries: Vec<(Entry, Option<Place>)>,
    pub(super) promises: Vec<PromiseRow>,
    pub(super) acts: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) requests: Vec<String>,
    /// Who read it last, and whether there is more.
    pub(super) reads: Vec<Access>,
    pub(super) more_reads: bool,
    pub(super) files: Vec<FileRow>,
    /// That it was restricted or erased: a heading, and what that means.
    pub(super) disposed: Option<(String, Vec<String>)>,
    pub(super) erased: bool,
}

/// Reads a petition for its petitioner.
pub(super) async fn view(
    app: &App,
    history: &History,
    party: u32,
    locale: Locale,
) -> Result<FollowView, Failure> {
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage)).ok_or(Failure::Absent)?;
    let words = app.words(petition).await?;
    let text = |text: &casework::text::Text| words.get(&text.content).cloned().unwrap_or_default();
    let directory = app.directory();
    let owner = petition.owner.and_then(|(unit, _)| directory.unit(unit));
    let official = petition.owner.and_then(|(_, official)| directory.official(official));
    let permitted = match history.closed {
        false => app.permitted(&Actor::Petitioner { party }, petition)?,
        true => Vec::new(),
    };
    let may = |verb: Verb| permitted.contains(&verb);
    let deadlines = deadlines::open(app, petition, locale)?;
    let todos = deadlines
        .iter()
        .filter_map(|deadline| {
            let verb = verb_of(&deadline.limit).filter(|verb| may(*verb));
            (deadline.yours || verb.is_some()).then(|| Todo {
                title: deadline.name.clone(),
                text: locale.find(&format!("todo-{}", deadline.limit.replace('_', "-"))).unwrap_or_default(),
                deadline: deadline.clone(),
                verb: verb.map(Verb::word).unwrap_or_default(),
                button: verb.map(|verb| locale.say(&own_key(verb))).unwrap_or_default(),
            })
        })
        .collect();
    let acts = OWN
        .iter()
        .filter(|verb| may(**verb))
        .map(|verb| (verb.word(), locale.say(&own_key(*verb))))
        .collect();
    let promises = petition
        .promises
        .iter()
        .filter(|promise| !promise.replaced)
        .map(|promise| PromiseRow {
            text: text(&promise.text),
            who: promise
                .executor
                .and_then(|unit| directory.unit(unit))
                .map(|unit| locale.unit(unit))
                .unwrap_or_default(),
            due_on: promise.due_on,
            kept_on: promise.kept_on,
        })
        .collect();
    let (found, more) = app.reads_of(petition.id, None, NEWEST).await?;
    let reads = accesses::told(app, petition, &found, locale).await?;
    let files = app.attached(history).await?;
    let places = app.places(history).await?;
    let entries = story::tell(app, history, &words, locale, Reader::Petitioner)?;
    let erased = petition.erased.is_some();
    let entries = entries.into_iter().map(|entry| {
        let entry = if erased { entry.without_letters() } else { entry };
        let place = places.get(&entry.seq).copied();
        (entry, place)
    });
    Ok(FollowView {
        number: submission.number.to_string(),
        title: match (erased, history.closed) {
            (true, _) => locale.say("tag-erased"),
            (false, true) => locale.say("follow-closed-title"),
            (false, false) => text(&submission.title),
        },
        closed: history.closed,
        received_on: petition.received_on,
        told: locale.label(&stage.told),
        rest: stage.rest.is_some(),
        urgent: petition.urgent,
        latest_answer: app.latest_answer(petition)?.filter(|_| petition.answers().is_empty()),
        todos,
        duties: deadlines.into_iter().filter(|deadline| deadline.duty).collect(),
        unit: owner.map(|unit| locale.unit(unit)).unwrap_or_default(),
        unit_phone: owner.map(|unit| unit.phone.clone()).unwrap_or_default(),
        official: official.map(|official| official.name.clone()).unwrap_or_default(),
        entries: entries.collect(),
        promises: if erased { Vec::new() } else { promises },
        acts,
        body: text(&submission.body),
        requests: petition.requests.iter().map(text).collect(),
        reads,
        more_reads: more.is_some(),
        files: files.iter().map(|file| FileRow::attached(file, locale)).collect(),
        disposed: disposed(app, petition, locale)?,
        erased,
    })
}

/// What a petitioner is told of a restriction or an erasure (PIPL 47; RET-3).
fn disposed(
    app: &App,
    petition: &Petition,
    locale: Locale,
) -> Result<Option<(String, Vec<String>)>, Failure> {
    let Some(disposal) = app.disposal(petition)? else { return Ok(None) };
    let basis = locale.basis(&disposal.basis);
    let say = |key: &str, day: Date| locale.with(key, &[("day", &locale.date(day)), ("name", &basis)]);
    if !disposal.erased {
        let title = say("follow-restricted-title", disposal.on);
        return Ok(Some((title, vec![say("follow-restricted", disposal.on)])));
    }
    let mut lines = vec![say("follow-erased", disposal.on)];
    lines.extend(disposal.backups_until.map(|day| say("follow-erased-backups", day)));
    lines.push(locale.say("follow-erased-left"));
    Ok(Some((say("follow-erased-title", disposal.on), lines)))
}

/// The act that a window of the petitioner is open for.
fn verb_of(limit: &str) -> Option<Verb> {
    match limit {
        "ask_first_review" | "ask_second_review" | "appeal" | "ask_appeal" => Some(Verb::RequestReview),
        "object_to_refusal" => Some(Verb::ObjectToRefusal),
        "evaluation" => Some(Verb::Rate),
        "supplement" => Some(Verb::AddSupplement),
        "withdrawal_cooling" => Some(Verb::RevokeWithdrawal),
        _ => None,
    }
}

/// The sentence key of an act of the petitioner's own.
pub(super) fn own_key(verb: Verb) -> String {
    format!("own-{}", verb.word().replace('_', "-"))
}
