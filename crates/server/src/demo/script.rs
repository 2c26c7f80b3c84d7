//! Stories as text: who does what on which day after receipt. `demo/stories.toml` teaches the language.

use anyhow::{Context as _, bail};
use casework::Verb;
use serde::Deserialize;

/// The stories that come with the project.
pub(super) const STORIES: &str = include_str!("../../../../demo/stories.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stories: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    kind: String,
    received: i64,
    steps: String,
}

/// What becomes of one matter.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// Kind of matter it fits.
    pub(super) kind: String,
    /// Days before today on which it was received.
    pub(super) received: i64,
    /// Steps in order.
    pub(super) steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Days after receipt.
    pub(super) day: i64,
    /// `office-clerk`, `petitioner` …
    pub(super) who: String,
    /// What they do.
    pub(super) verb: Verb,
    /// Fields as written.
    pub(super) fields: Vec<(String, String)>,
    /// Whether the letters of this step stay unserved.
    pub(super) hold: bool,
    /// As written, for messages.
    pub(super) line: String,
}

/// Reads stories.
pub(super) fn read(text: &str) -> anyhow::Result<Vec<Story>> {
    let file: File = toml::from_str(text)?;
    file.stories
        .into_iter()
        .map(|raw| {
            let steps = raw.steps.lines().filter(|line| !line.trim().is_empty());
            let steps = steps.map(|line| step(line).with_context(|| line.to_owned()));
            Ok(Story { kind: raw.kind, received: raw.received, steps: steps.collect::<anyhow::Result<_>>()? })
        })
        .collect()
}

fn step(line: &str) -> anyhow::Result<Step> {
    let mut words = line.trim().splitn(4, ' ');
    let mut next = |what: &str| words.next().with_context(|| format!("{what} is missing"));
    let day = next("the day")?.parse().context("the day is no number")?;
    let who = next("who")?.to_owned();
    let verb = next("the verb")?;
    let verb = Verb::parse(verb).with_context(|| format!("there is no verb {verb:?}"))?;
    let mut hold = false;
    let mut fields = Vec::new();
    for field in words.next().unwrap_or_default().split(';').map(str::trim).filter(|field| !field.is_empty())
    {
        match field.split_once('=') {
            Some((name, value)) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
            None if field == "hold" => hold = true,
            None => bail!("write name=value, not {field:?}"),
        }
    }
    Ok(Step { day, who, verb, fields, hold, line: line.to_owned() })
}
