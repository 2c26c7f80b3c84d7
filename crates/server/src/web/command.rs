//! An act as a person typed it, read by the table of fields: words become references, everything else is checked.

use super::fields::{self, Field, Kind, LONG, Rows, SHORT};
use super::problem::{FieldFault, Problem, fault};
use crate::app::{App, Failure};
use crate::contents::Contents;
use crate::entropy;
use casework::act::Command;
use casework::authority::Actor;
use casework::{Act, Name, Petition, Verb};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use store::history::History;

/// Reads the act `verb` from its JSON object.
///
/// # Errors
/// `Invalid` names every field that cannot be taken as it is.
pub(crate) async fn read(
    app: &App,
    actor: &Actor,
    history: &History,
    verb: Verb,
    given: Map<String, Value>,
    contents: &mut Contents,
) -> Result<Act, Problem> {
    let petition = &history.petition;
    let mut reader = Reader {
        contents,
        faults: Vec::new(),
        n_requests: petition.requests.len().max(1),
        within: String::new(),
    };
    let typed = |field: &str| given.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let slip = (typed("wrong"), typed("right"));
    let mut payload = reader.object(fields::of(verb), given)?;
    if !reader.faults.is_empty() {
        return Err(Problem::Invalid(reader.faults));
    }
    if verb == Verb::Merge {
        let reference = payload.get("into").and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = match app.by_ref(&reference).await? {
            Some(into) => Some(into),
            None => app.by_number(&reference).await?,
        };
        // What the actor may not know of is answered as absent, here too.
        let into = match named {
            Some(into) if app.known_of(actor, into).await?.is_some() => Some(into),
            Some(_) | None => None,
        };
        let into =
            into.ok_or_else(|| invalid("into", "unknown", "没有这个事项", "there is no such matter"))?;
        payload.insert("into".to_owned(), json!(into));
    }
    if verb == Verb::Split {
        number_portions(app, petition, &mut payload).await?;
    }
    payload.insert("verb".to_owned(), json!(verb.word()));
    let act = serde_json::from_value(Value::Object(payload)).map_err(|error| {
        invalid("body", "unreadable", "有一项内容的格式不对", &format!("a field has the wrong form: {error}"))
    })?;
    if let Act::CorrectLetter(correction) = &act {
        check_slip(app, actor, history, correction.letter as usize, &slip).await?;
    }
    Ok(act)
}

/// Whether what is to be corrected is a slip of the pen: words that whoever signed wrote themselves, as they stand in the letter. What the
/// letter decides, its articles and its days were not written but chosen, and stay. Of others' letters nothing is told: they are refused.
async fn check_slip(
    app: &App,
    actor: &Actor,
    history: &History,
    letter: usize,
    (wrong, right): &(String, String),
) -> Result<(), Problem> {
    let signed = history.petition.letters.get(letter).map(|letter| letter.signed.unit);
    if signed.is_none() || signed != actor.unit() {
        return Ok(());
    }
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    if bare(wrong) == bare(right) {
        return Err(invalid("right", "same", "与原文相同，没有更正", "This is what it says already"));
    }
    let written = crate::letter::written(app, history, letter).await?;
    if !written.iter().any(|text| bare(text).contains(&bare(wrong))) {
        return Err(invalid(
            "wrong",
            "not_in_letter",
            "文书中由签发单位写的文字里没有这一句；结论、条款和日期不能这样更正",
            "Your unit wrote no such words in this letter; what it decides, its articles and its days are not corrected like this",
        ));
    }
    Ok(())
}

/// The act on its legal day, with why it is dated back. For an act of today there is nothing to explain: the words are not kept, because no
/// event would speak of them.
///
/// # Errors
/// When the words cannot be prepared.
pub(crate) fn dated(
    app: &App,
    act: Act,
    on: Option<Date>,
    why: &str,
    contents: &mut Contents,
) -> anyhow::Result<Command> {
    let back = on.is_some_and(|on| on < app.clock.today());
    let reason = if back { Some(contents.add(why)?) } else { None };
    Ok(Command { act, on, dated_back: reason.filter(|reason| !reason.is_empty()) })
}

fn invalid(field: &'static str, code: &'static str, zh: &str, en: &str) -> Problem {
    Problem::Invalid(vec![fault(field, code, zh, en)])
}

/// Draws number, id and reference for each part of a split.
async fn number_portions(
    app: &App,
    petition: &Petition,
    payload: &mut Map<String, Value>,
) -> Result<(), Problem> {
    let directory = app.directory();
    let division = petition
        .office
        .and_then(|office| directory.unit(office))
        .map(|unit| unit.division.clone())
        .ok_or(Failure::Absent)?;
    let portions = payload.get_mut("portions").and_then(Value::as_array_mut);
    for portion in portions.into_iter().flatten().filter_map(Value::as_object_mut) {
        let number = app.free_number(&division, petition.received_on).await?;
        portion.insert("petition".to_owned(), json!(entropy::id(app.clock.now())?));
        portion.insert("number".to_owned(), json!(number));
        portion.insert("case_ref".to_owned(), json!(Name::new(entropy::token()?)));
    }
    Ok(())
}

struct Reader<'a> {
    contents: &'a mut Contents,
    faults: Vec<FieldFault>,
    n_requests: usize,
    /// The group being read, before the names of its fields: `answers.0.`.
    within: String,
}

impl Reader<'_> {
    fn object(
        &mut self,
        fields: &[Field],
        mut given: Map<String, Value>,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut payload = Map::new();
        for field in fields {
            let value = given.remove(field.name).filter(|value| !value.is_null());
            if let Some(value) = self.field(field, value)? {
                payload.insert(field.name.to_owned(), value);
            }
        }
        if !given.is_empty() {
            let names: Vec<&str> = given.keys().map(String::as_str).collect();
            self.fault(
                "body",
                "unknown_field",
                "含有不认识的字段",
                &format!("unknown: {}", names.join(", ")),
            );
        }
        Ok(payload)
    }

    fn fault(&mut self, field: &'static str, code: &'static str, zh: &str, en: &str) {
        self.faults.push(fault(format!("{}{field}", self.within), code, zh, en));
    }

    fn field(&mut self, field: &Field, value: Option<Value>) -> anyhow::Result<Option<Value>> {
        let name = field.name;
        let empty =
            value.as_ref().is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
        if empty && field.required {
            self.fault(name, "missing", "请填写这一项", "this is needed");
            return Ok(None);
        }
        let Some(value) = value.filter(|_| !empty) else {
            return Ok(match field.kind {
                Kind::LongText | Kind::Line => Some(json!(self.contents.add("")?)),
                Kind::Tick => Some(json!(false)),
                Kind::Lines(_) => Some(json!([])),
                Kind::Citation
                | Kind::Date
                | Kind::Number { .. }
                | Kind::YesNo
                | Kind::Choice(_)
                | Kind::Many(_)
                | Kind::Few(..)
                | Kind::Petition
                | Kind::Rows(..) => None,
            });
        };
        Ok(match (field.kind, value) {
            (Kind::LongText, Value::String(text)) => self.words(name, &text, LONG)?,
            (Kind::Line, Value::String(text)) => self.words(name, &text, SHORT)?,
            (Kind::Citation, Value::String(text)) if text.chars().count() <= SHORT => {
                Some(json!(text.trim()))
            }
            (Kind::Date, Value::String(text)) => match text.trim().parse::<Date>() {
                Ok(date) => Some(json!(date)),
                Err(_) => {
                    self.fault(
                        name,
                        "not_a_date",
                        "请写成2026-11-24这样的日期",
                        "write a date such as 2026-11-24",
                    );
                    None
                }
            },
            (Kind::Number { min, max }, Value::Number(number)) => {
                if number.as_u64().is_some_and(|number| (u64::from(min)..=u64::from(max)).contains(&number)) {
                    Some(json!(number))
                } else {
                    self.fault(
                        name,
                        "out_of_range",
                        &format!("应在{min}到{max}之间"),
                        &format!("from {min} to {max}"),
                    );
                    None
                }
            }
            (Kind::Tick | Kind::YesNo, Value::Bool(yes)) => Some(json!(yes)),
            (Kind::Choice(_), choice @ (Value::String(_) | Value::Number(_))) => Some(choice),
            (Kind::Petition, Value::String(reference)) => Some(json!(reference)),
            (Kind::Many(_), Value::Array(choices)) => Some(Value::Array(choices)),
            (Kind::Few(_, most), Value::Array(choices)) if choices.len() <= most => {
                Some(Value::Array(choices))
            }
            (Kind::Lines(most), Value::Array(lines)) if lines.len() <= most => {
                let mut kept = Vec::new();
                for line in lines {
                    kept.extend(self.words(name, line.as_str().unwrap_or_default(), LONG)?);
                }
                Some(Value::Array(kept))
            }
            (Kind::Rows(of, rows), Value::Array(given)) => self.rows(name, of, rows, given)?,
            _ => {
                self.fault(name, "wrong_form", "格式不对", "this has the wrong form");
                None
            }
        })
    }

    fn rows(
        &mut self,
        name: &'static str,
        of: &[Field],
        rows: Rows,
        given: Vec<Value>,
    ) -> anyhow::Result<Option<Value>> {
        let most = match rows {
            Rows::Requests => self.n_requests,
            Rows::UpTo(most) => most,
        };
        if given.len() > most {
            self.fault(name, "too_many", &format!("最多{most}项"), &format!("at most {most}"));
            return Ok(None);
        }
        let mut kept = Vec::new();
        for (index, row) in given.into_iter().enumerate() {
            let Value::Object(row) = row else {
                self.fault(name, "wrong_form", "格式不对", "each row is an object");
                return Ok(None);
            };
            self.within = format!("{name}.{index}.");
            let row = self.object(of, row);
            self.within.clear();
            let mut row = row?;
            if rows == Rows::Requests {
                row.insert("request".to_owned(), json!(index));
            }
            kept.push(Value::Object(row));
        }
        Ok(Some(Value::Array(kept)))
    }

    fn words(&mut self, name: &'static str, text: &str, most: usize) -> anyhow::Result<Option<Value>> {
        let before = self.faults.len();
        super::problem::check_words(&mut self.faults, &format!("{}{name}", self.within), text, most, false);
        Ok(if self.faults.len() == before { Some(json!(self.contents.add(text)?)) } else { None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::fields::Choices;

    /// A value that the field takes, in the form that its payload keeps.
    fn filled(field: &Field) -> Value {
        match field.kind {
            Kind::LongText | Kind::Line | Kind::Citation => json!("字"),
            Kind::Date => json!("2026-11-24"),
            Kind::Number { min, .. } => json!(min),
            Kind::Tick | Kind::YesNo => json!(true),
            Kind::Choice(Choices::Words(_, words)) => json!(words[0]),
            Kind::Choice(source) if source.is_index() => json!(0),
            Kind::Choice(_) | Kind::Petition => json!(uuid::Uuid::from_u128(1)),
            Kind::Many(_) => json!(["JUD"]),
            Kind::Few(..) => json!([uuid::Uuid::from_u128(1)]),
            Kind::Lines(_) => json!(["一", "二"]),
            Kind::Rows(of, _) => {
                json!([of.iter().map(|field| (field.name.to_owned(), filled(field))).collect::<Map<_, _>>()])
            }
        }
    }

    fn act_of(verb: Verb, given: Map<String, Value>) -> Act {
        let mut contents = Contents::new();
        let mut reader =
            Reader { contents: &mut contents, faults: Vec::new(), n_requests: 1, within: String::new() };
        let mut payload = reader.object(fields::of(verb), given).unwrap();
        assert_eq!(reader.faults, Vec::new(), "{}", verb.word());
        // What the server adds.
        for portion in payload.get_mut("portions").and_then(Value::as_array_mut).into_iter().flatten() {
            let portion = portion.as_object_mut().unwrap();
            portion.insert("petition".to_owned(), json!(uuid::Uuid::from_u128(2)));
            portion.insert("case_ref".to_owned(), json!("ref"));
            let number =
                casework::codes::RegisterNumber::new("349999", jiff::civil::date(2026, 3, 1), 17).unwrap();
            portion.insert("number".to_owned(), json!(number));
        }
        payload.insert("verb".to_owned(), json!(verb.word()));
        serde_json::from_value(Value::Object(payload))
            .unwrap_or_else(|error| panic!("{}: {error}", verb.word()))
    }

    #[test]
    fn every_act_can_be_read_from_its_fields_with_and_without_the_optional_ones() {
        for verb in Verb::ALL.iter().copied().filter(|verb| !fields::of(*verb).is_empty()) {
            let all = fields::of(verb).iter().map(|field| (field.name.to_owned(), filled(field))).collect();
            assert_eq!(act_of(verb, all).verb(), verb);
            let required = fields::of(verb).iter().filter(|field| field.required);
            let required = required.map(|field| (field.name.to_owned(), filled(field))).collect();
            assert_eq!(act_of(verb, required).verb(), verb);
        }
    }
}
