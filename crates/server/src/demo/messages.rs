//! Real messages as matters: their own dates, shifted by whole weeks so that the newest one is of yesterday or a few
//! days before, routed by a table of words, answered where the data has an answer (architecture §10.33).
//!
//! Of whoever wrote a message nothing is taken, not even a code; votes on messages are no fields either.

use super::matters::Matter;
use super::script::{Step, Story};
use anyhow::{Context as _, bail};
use casework::Verb;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use std::path::{Path, PathBuf};

const CLASSES: &str = include_str!("../../../../demo/classes.toml");
/// Longest title, in characters.
const TITLE: usize = 200;
/// Longest text, in characters.
const TEXT: usize = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    classes: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    class: String,
    to: String,
    words: Vec<String>,
}

/// A row: only what a petition needs. Other columns are not read.
#[derive(Debug, Deserialize)]
struct Row {
    title: String,
    time: String,
    body: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    answer_time: String,
}

/// Reads files of messages into matters with their stories.
///
/// # Errors
/// Names the file and line that cannot be read.
pub(super) fn read(files: &[PathBuf], today: Date) -> anyhow::Result<Vec<(Story, Matter)>> {
    let classes: Classes = toml::from_str(CLASSES).context("demo/classes.toml")?;
    let mut rows = Vec::new();
    for file in files {
        rows.extend(read_file(file)?);
    }
    let Some(newest) = rows.iter().map(|(on, ..)| *on).max() else { return Ok(Vec::new()) };
    // Whole weeks, so that a Monday stays a Monday.
    let weeks = i64::from((today - newest).get_days() - 1).div_euclid(7);
    rows.into_iter()
        .map(|(on, answered_on, row)| {
            let received = on.checked_add(weeks.weeks()).context("a date too far off")?;
            let after = answered_on.map(|answered_on| i64::from((answered_on - on).get_days()).max(0));
            let matter = matter(&classes, row)?;
            let story = Story {
                kind: matter.kind.clone(),
                received: i64::from((today - received).get_days()),
                steps: steps(after),
            };
            Ok((story, matter))
        })
        .collect()
}

fn read_file(file: &Path) -> anyhow::Result<Vec<(Date, Option<Date>, Row)>> {
    let shown = file.display();
    let mut reader = csv::Reader::from_path(file).with_context(|| format!("open {shown}"))?;
    let header: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    for needed in ["title", "time", "body"] {
        if !header.iter().any(|name| name == needed) {
            bail!("{shown}: there is no column {needed}; it has {}", header.join(", "));
        }
    }
    reader.set_headers(csv::StringRecord::from(header));
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        let row: Row = row.with_context(|| shown.to_string())?;
        let on = day(&row.time).with_context(|| format!("{shown}: time {:?} is no date", row.time))?;
        let answered_on = if row.answer.trim().is_empty() { None } else { day(&row.answer_time) };
        rows.push((on, answered_on, row));
    }
    Ok(rows)
}

fn day(time: &str) -> Option<Date> {
    time.get(..10).and_then(|day| day.replace('/', "-").parse().ok())
}

fn cut(text: &str, most: usize) -> String {
    let clean = text.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    clean.take(most).collect()
}

fn matter(classes: &Classes, row: Row) -> anyhow::Result<Matter> {
    let hits = |class: &&Class| class.words.iter().any(|word| row.title.contains(word.as_str()));
    let in_body = |class: &&Class| class.words.iter().any(|word| row.body.contains(word.as_str()));
    let all = || classes.classes.iter();
    let class = all().find(hits).or_else(|| all().find(in_body)).or_else(|| all().next_back());
    let class = class.context("demo/classes.toml is empty")?;
    Ok(Matter {
        kind: "claim".to_owned(),
        channel: "online".to_owned(),
        class: class.class.clone(),
        to: class.to.clone(),
        title: cut(&row.title, TITLE),
        body: cut(&row.body, TEXT),
        requests: vec!["答复并说明办理情况".to_owned()],
        n_people: 1,
        findings: "办理单位核实的情况见答复。".to_owned(),
        answer: cut(&row.answer, TEXT),
        outcome: "explained".to_owned(),
        article: "《信访工作条例》第三十二条".to_owned(),
        ..Matter::default()
    })
}

/// The usual course, as quickly as the answer needs; without an answer it ends with the contact.
fn steps(answered_after: Option<i64>) -> Vec<Step> {
    let within = |day: i64| answered_after.map_or(day, |last| day.min(last));
    let fields = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let step = |day: i64, who: &str, verb: Verb, given: &[(&str, &str)]| Step {
        day,
        who: who.to_owned(),
        verb,
        fields: fields(given),
        hold: false,
        line: format!("{day} {who} {}", verb.word()),
    };
    let reason = "没有正在进行的诉讼、仲裁或复议，也不属于其他行政程序。";
    let mut steps = vec![
        step(within(1), "office-clerk", Verb::Register, &[("class", "@class")]),
        step(within(2), "office-clerk", Verb::Forward, &[("to", "unit:own")]),
        step(within(4), "unit-clerk", Verb::TakeUp, &[("official", "official:handler")]),
        step(
            within(7),
            "unit-handler",
            Verb::Accept,
            &[
                ("ways_examined", "@ways"),
                ("ways_reason", reason),
                ("handler", "official:handler"),
                ("no_conflict", "yes"),
            ],
        ),
        step(
            within(9),
            "unit-handler",
            Verb::RecordContact,
            &[("kind", "writing"), ("heard", "yes"), ("note", "核对了留言反映的情况。")],
        ),
    ];
    if let Some(day) = answered_after {
        let signed = [("findings", "@findings"), ("answers", "@answers"), ("no_conflict", "yes")];
        steps.push(step(day, "unit-head", Verb::IssueOpinion, &signed));
    }
    steps
}
