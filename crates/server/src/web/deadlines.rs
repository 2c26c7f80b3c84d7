//! Running deadlines as pages show them: badge, last day, whose it is, and why it is that day.

use super::locale::Locale;
use crate::app::{App, Failure};
use casework::Petition;
use casework::petition::{Deadline, DeadlineState};
use casework::procedure::{Force, Limit, LimitRole, Procedure};
use jiff::civil::Date;

/// Days before the last one from which a long and a short deadline are shown in amber (ui.md §4).
const LONG_WARNING: i32 = 7;
const SHORT_WARNING: i32 = 3;
/// Length from which a deadline is long, in days.
const LONG: i32 = 60;

/// Shape, words and colour of a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Class beside `due`: empty, `due--amber`, `due--red`, `due--done`.
    pub(crate) class: &'static str,
    /// 还剩25天, 超期4天, 今天到期.
    pub(crate) words: String,
}

/// A deadline on a page.
#[derive(Clone, Debug)]
pub(crate) struct DeadlineView {
    /// What has to be done.
    pub(crate) name: String,
    /// How it stands.
    pub(crate) badge: Badge,
    /// Its legal last day.
    pub(crate) due_on: Date,
    /// Article, and whether it is law or the office's own target.
    pub(crate) basis: String,
    /// Who must act.
    pub(crate) who: String,
    /// It is the petitioner's own window.
    pub(crate) yours: bool,
    /// An official must act.
    pub(crate) duty: bool,
    /// The year's holidays are not announced.
    pub(crate) provisional: bool,
    /// The limit, as the procedure names it.
    pub(crate) limit: String,
    /// The reasoning, step by step; empty when an act named the date.
    pub(crate) lines: Vec<String>,
    /// Filled part of the bar, of 400.
    pub(crate) filled: i32,
    /// Class of the filled part.
    pub(crate) fill: &'static str,
}

/// The open deadlines, the first due first.
pub(crate) fn open(app: &App, petition: &Petition, locale: Locale) -> Result<Vec<DeadlineView>, Failure> {
    let procedure = app.procedure_of(petition)?;
    let mut views: Vec<DeadlineView> = petition
        .open_deadlines()
        .filter_map(|(_, deadline)| view(app, procedure, petition, deadline, locale))
        .collect();
    views.sort_by_key(|view| view.due_on);
    Ok(views)
}

fn view(
    app: &App,
    procedure: &Procedure,
    petition: &Petition,
    deadline: &Deadline,
    locale: Locale,
) -> Option<DeadlineView> {
    let limit = procedure.limit(&deadline.set.limit)?;
    let today = app.clock.today();
    let calendar = app.calendar(procedure).ok()?;
    let explanation = casework::explain_deadline(calendar, limit, petition, deadline);
    let directory = app.directory();
    let official = store::projection::named_official(&directory, procedure, petition, deadline)
        .and_then(|official| directory.official(official));
    let yours = limit.role == LimitRole::Window;
    let who = match (deadline.set.unit.and_then(|unit| directory.unit(unit)), official) {
        (Some(unit), Some(official)) => format!("{} {}", locale.unit(unit), official.name),
        (Some(unit), None) => locale.unit(unit),
        (None, _) => locale.say("deadline-petitioner"),
    };
    let all = (deadline.set.due_on - deadline.set.from).get_days().max(1);
    let used = (today - deadline.set.from).get_days().clamp(0, all);
    let badge = badge(locale, deadline.set.from, deadline.set.due_on, today);
    let fill = match badge.class {
        "due--red" => "fr",
        "due--amber" => "fa",
        _ => "fg",
    };
    Some(DeadlineView {
        name: name(procedure, petition, deadline, locale),
        due_on: deadline.set.due_on,
        basis: basis(locale, limit),
        who,
        yours,
        duty: limit.role == LimitRole::Duty,
        provisional: deadline.set.provisional,
        limit: limit.id.to_string(),
        lines: explanation.map(|explanation| explanation.lines(locale.lang)).unwrap_or_default(),
        filled: used * 400 / all,
        fill,
        badge,
    })
}

/// The limit's name, with the letter it is about.
pub(crate) fn name(
    procedure: &Procedure,
    petition: &Petition,
    deadline: &Deadline,
    locale: Locale,
) -> String {
    let limit =
        procedure.limit(&deadline.set.limit).map(|limit| locale.label(&limit.name)).unwrap_or_default();
    let letter = deadline.set.letter.and_then(|letter| petition.letters.get(letter as usize));
    match letter.and_then(|letter| procedure.letter(&letter.signed.letter)) {
        Some(letter) => {
            locale.with("deadline-about", &[("limit", &limit), ("about", &locale.label(&letter.name))])
        }
        None => limit,
    }
}

/// The badge of an open deadline.
pub(crate) fn badge(locale: Locale, from: Date, due_on: Date, today: Date) -> Badge {
    let left = (due_on - today).get_days();
    let warning = if (due_on - from).get_days() >= LONG { LONG_WARNING } else { SHORT_WARNING };
    let (class, words) = match left {
        ..=-1 => ("due--red", locale.with("due-over", &[("n", &(-left).to_string())])),
        0 => ("due--amber", locale.say("due-today")),
        1 => ("due--amber", locale.say("due-tomorrow")),
        _ => {
            let class = if left <= warning { "due--amber" } else { "" };
            (class, locale.with("due-left", &[("n", &left.to_string())]))
        }
    };
    Badge { class, words }
}

/// The badge of a deadline that was met.
pub(crate) fn met_badge(locale: Locale, deadline: &Deadline) -> Option<Badge> {
    let DeadlineState::Met { on, days_late } = deadline.state else { return None };
    let early = (deadline.set.due_on - on).get_days();
    Some(if days_late > 0 {
        Badge { class: "due--red", words: locale.with("due-late", &[("n", &days_late.to_string())]) }
    } else if early > 0 {
        Badge { class: "due--done", words: locale.with("due-early", &[("n", &early.to_string())]) }
    } else {
        Badge { class: "due--done", words: locale.say("due-in-time") }
    })
}

/// The article of a limit with its length, and whether it is law or the office's own target (architecture §10.2).
pub(crate) fn basis(locale: Locale, limit: &Limit) -> String {
    let length = locale.length(limit.length, limit.unit);
    let key = match limit.force {
        Force::Law => "basis-law",
        Force::Policy => "basis-policy",
    };
    locale.with(key, &[("length", &length), ("basis", &locale.article(&limit.basis))])
}
