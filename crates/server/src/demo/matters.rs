//! The matters that come with the project: invented, all of them.

use anyhow::Context as _;
use serde::Deserialize;

const FILE: &str = include_str!("../../../../demo/matters.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    matters: Vec<Matter>,
}

/// One matter, with the words that its story may use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Matter {
    pub(super) kind: String,
    pub(super) channel: String,
    pub(super) class: String,
    pub(super) to: String,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) title: String,
    pub(super) body: String,
    #[serde(default)]
    pub(super) requests: Vec<String>,
    pub(super) respondent: Option<String>,
    pub(super) accused: Option<String>,
    #[serde(default = "one")]
    pub(super) n_people: u32,
    #[serde(default)]
    pub(super) urgent: bool,
    #[serde(default)]
    pub(super) findings: String,
    #[serde(default)]
    pub(super) answer: String,
    #[serde(default)]
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) article: String,
    #[serde(default)]
    pub(super) action: String,
}

fn one() -> u32 {
    1
}

/// Every matter of the file.
pub(super) fn shipped() -> anyhow::Result<Vec<Matter>> {
    let file: File = toml::from_str(FILE).context("demo/matters.toml")?;
    Ok(file.matters)
}
