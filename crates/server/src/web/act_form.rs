//! The form of an act, drawn from the table of fields, and what was typed into it as the object that `command` reads.
//! Pages and API thus ask for the same things under the same names.

use super::choices::{self, About};
use super::fields::{self, Choices, Field, Kind, Rows};
use super::form::{Choice, Control, Input, Typed};
use super::locale::Locale;
use crate::app::{App, Failure};
use casework::authority::Actor;
use casework::procedure::LengthSource;
use casework::{Name, Verb};
use jiff::ToSpan as _;
use serde_json::{Map, Value, json};

/// Fields that only an official fills in.
const OFFICIALS_ONLY: &[&str] = &["posted_on", "signed_form"];

fn fields_of(verb: Verb, actor: &Actor) -> impl Iterator<Item = &'static Field> {
    let petitioner = matches!(actor, Actor::Petitioner { .. });
    fields::of(verb).iter().filter(move |field| !(petitioner && OFFICIALS_ONLY.contains(&field.name)))
}

/// Whether a field has anything to say in this petition: some are needed only once something happened.
fn is_asked(app: &App, about: &About<'_>, field: &Field) -> bool {
    let petition = about.petition;
    match field.name {
        "comparison" => petition.submission.as_ref().is_some_and(|submission| submission.earlier.is_some()),
        "differs" => petition.remands > 0,
        "competence_decision" => {
            app.procedure_of(petition).is_ok_and(|procedure| petition.bounces >= procedure.free_dispatches)
        }
        _ => true,
    }
}

/// The controls of an act, with what was typed or what can be foreseen.
pub(crate) fn controls(
    app: &App,
    about: &About<'_>,
    verb: Verb,
    typed: &Typed,
) -> Result<Vec<Control>, Failure> {
    let mut controls = Vec::new();
    for field in fields_of(verb, about.actor).filter(|field| is_asked(app, about, field)) {
        if let Kind::Few(_, most) = field.kind {
            for n in 0..most {
                let mut control = control(app, about, verb, field, format!("{}.{n}", field.name), typed)?;
                control.label = nth(about.locale, &format!("field-{}", field.name), n);
                if n > 0 {
                    control.hint.clear();
                }
                controls.push(control);
            }
            continue;
        }
        let Kind::Rows(of, rows) = field.kind else {
            controls.push(control(app, about, verb, field, field.name.to_owned(), typed)?);
            continue;
        };
        let n = match rows {
            Rows::Requests => about.petition.requests.len().max(1),
            Rows::UpTo(most) => most,
        };
        for row in 0..n {
            let heading = match rows {
                Rows::Requests => {
                    let request = about.petition.requests.get(row).map(|request| about.text(request));
                    about.locale.with(
                        "form-request",
                        &[("n", &(row + 1).to_string()), ("request", &request.unwrap_or_default())],
                    )
                }
                Rows::UpTo(_) => {
                    about.locale.with(&format!("form-row-{}", field.name), &[("n", &(row + 1).to_string())])
                }
            };
            let first = controls.len();
            for inner in of {
                let name = format!("{}.{row}.{}", field.name, inner.name);
                controls.push(control(app, about, verb, inner, name, typed)?);
            }
            if let Some(control) = controls.get_mut(first) {
                control.heading = heading;
            }
        }
    }
    Ok(controls)
}

/// The label of the n-th field, from 0, of a few that ask for the same and may stay empty.
pub(crate) fn nth(locale: Locale, key: &str, n: usize) -> String {
    let label = locale.say(key);
    let label = match n {
        0 => label,
        n => locale.with("form-nth", &[("label", &label), ("n", &(n + 1).to_string())]),
    };
    locale.with("form-optional", &[("label", &label)])
}

fn control(
    app: &App,
    about: &About<'_>,
    verb: Verb,
    field: &Field,
    name: String,
    typed: &Typed,
) -> Result<Control, Failure> {
    let locale = about.locale;
    let own = format!("field-{}-{}", verb.word(), field.name).replace('_', "-");
    let common = format!("field-{}", field.name).replace('_', "-");
    let key = if locale.find(&own).is_some() { own } else { common };
    let label = locale.say(&key);
    let label = if field.required || matches!(field.kind, Kind::Tick) {
        label
    } else {
        locale.with("form-optional", &[("label", &label)])
    };
    let (input, choices) = match field.kind {
        Kind::LongText => (Input::Text(5), Vec::new()),
        Kind::Lines(_) => (Input::Text(3), Vec::new()),
        Kind::Line | Kind::Citation | Kind::Petition | Kind::Rows(..) => (Input::Line, Vec::new()),
        Kind::Date => (Input::Date, Vec::new()),
        Kind::Number { .. } => (Input::Number, Vec::new()),
        Kind::Tick => (Input::Checkboxes, vec![Choice::new("yes", locale.say(&format!("{key}-tick")))]),
        Kind::YesNo => (
            Input::Radios,
            ["yes", "no"].map(|word| Choice::new(word, locale.say(&format!("{key}-{word}")))).to_vec(),
        ),
        Kind::Choice(source) => {
            let choices = choices::list(app, about, source)?;
            (if choices.len() > 6 { Input::Select } else { Input::Radios }, choices)
        }
        Kind::Many(source) => (Input::Checkboxes, choices::list(app, about, source)?),
        Kind::Few(source, _) => (Input::Select, choices::list(app, about, source)?),
    };
    let mut values = typed.all(&name);
    if values.is_empty() && typed.0.is_empty() {
        values = foreseen(app, about, verb, field)?;
    }
    let hint = locale.find(&format!("{key}-hint")).unwrap_or_default();
    let hint =
        if matches!(field.kind, Kind::Date) && hint.is_empty() { locale.say("form-date-hint") } else { hint };
    Ok(Control::new(name, input, label).hint(hint).values(values).choices(choices))
}

/// What most people would choose, offered in an empty form: never a reason, a fact or a decision.
fn foreseen(app: &App, about: &About<'_>, verb: Verb, field: &Field) -> Result<Vec<String>, Failure> {
    let petition = about.petition;
    let procedure = app.procedure_of(petition)?;
    Ok(match (verb, field.name) {
        (Verb::Register, "kind") => vec![petition.kind.to_string()],
        (Verb::Assign, "report_by") => {
            let days = procedure
                .limits
                .iter()
                .find(|limit| limit.source == LengthSource::Date && limit.id == *"assigned_report")
                .map_or(60, |limit| limit.length);
            app.clock
                .today()
                .checked_add(i64::from(days).days())
                .map(|day| day.to_string())
                .into_iter()
                .collect()
        }
        (Verb::Extend, "days") => procedure
            .limits
            .iter()
            .find(|limit| limit.extension_days > 0)
            .map(|limit| limit.extension_days.to_string())
            .into_iter()
            .collect(),
        (
            Verb::TakeUp | Verb::HandOver | Verb::Accept | Verb::AcceptSimple | Verb::AdmitReview,
            "official" | "handler",
        ) => about.actor.official().map(|official| official.to_string()).into_iter().collect(),
        _ => Vec::new(),
    })
}

/// The handler's draft as what the head would type, to be signed or changed.
pub(crate) fn from_draft(about: &About<'_>) -> Typed {
    let mut typed = Vec::new();
    if let Some(draft) = &about.petition.draft {
        let mut add = |name: String, value: String| typed.push((name, value));
        add("findings".to_owned(), about.text(&draft.findings));
        if let Some(differs) = &draft.differs {
            add("differs".to_owned(), about.text(differs));
        }
        for answer in &draft.answers {
            let at = |name: &str| format!("answers.{}.{name}", answer.request);
            let outcome = json!(answer.outcome);
            add(at("outcome"), outcome.as_str().unwrap_or_default().to_owned());
            add(at("reason"), about.text(&answer.reason));
            add(at("article"), answer.article.clone());
            add(at("action"), answer.action.as_ref().map(|action| about.text(action)).unwrap_or_default());
            add(at("executor"), answer.executor.map(|unit| unit.to_string()).unwrap_or_default());
            add(at("due_on"), answer.due_on.map(|day| day.to_string()).unwrap_or_default());
        }
    }
    Typed(typed)
}

/// What was typed, as the JSON object of the act.
pub(crate) fn object(about: &About<'_>, verb: Verb, typed: &Typed) -> Map<String, Value> {
    let mut object = Map::new();
    for field in fields_of(verb, about.actor) {
        if let Some(value) = value(about, field, field.name, typed) {
            object.insert(field.name.to_owned(), value);
        }
    }
    object
}

fn value(about: &About<'_>, field: &Field, name: &str, typed: &Typed) -> Option<Value> {
    let text = typed.get(name);
    let some = |value: Value| (!text.is_empty()).then_some(value);
    match field.kind {
        Kind::LongText | Kind::Line | Kind::Citation | Kind::Date | Kind::Petition => some(json!(text)),
        Kind::Choice(source) => choice(source, &text),
        Kind::Number { .. } => some(text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number))),
        Kind::Tick => Some(json!(text == "yes")),
        Kind::YesNo => some(json!(text == "yes")),
        Kind::Many(_) => {
            let chosen = typed.all(name);
            (!chosen.is_empty()).then(|| json!(chosen))
        }
        Kind::Few(_, most) => {
            let chosen: Vec<String> = (0..most)
                .map(|n| typed.get(&format!("{name}.{n}")))
                .filter(|chosen| !chosen.is_empty())
                .collect();
            (!chosen.is_empty()).then(|| json!(chosen))
        }
        Kind::Lines(_) => {
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            some(json!(lines))
        }
        Kind::Rows(of, rows) => {
            let n = match rows {
                Rows::Requests => about.petition.requests.len().max(1),
                Rows::UpTo(most) => most,
            };
            let mut kept = Vec::new();
            for row in 0..n {
                let mut object = Map::new();
                let mut filled = false;
                for inner in of {
                    let name = format!("{name}.{row}.{}", inner.name);
                    filled |= !typed.get(&name).is_empty();
                    if let Some(value) = value(about, inner, &name, typed) {
                        object.insert(inner.name.to_owned(), value);
                    }
                }
                // A group that nobody touched is no group; a request needs its answer all the same.
                if filled || rows == Rows::Requests {
                    kept.push(Value::Object(object));
                }
            }
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
    }
}

fn choice(source: Choices, text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    match text.parse::<u64>() {
        Ok(index) if source.is_index() => Some(json!(index)),
        Ok(_) | Err(_) => Some(json!(Name::new(text.to_owned()))),
    }
}
