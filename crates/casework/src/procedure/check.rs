//! Proves that no petition can lie still under a procedure file, or shows a path on which one can.
//!
//! Two parts. `form` reads the file as it stands: names that exist, citations, lengths, remedies, consequences.
//! `explore` walks every state that a petition can reach, in the abstraction of architecture §10.31: a limit is
//! off, running or expired; a guard may hold or refuse; a predicate may or may not choose its transition, except
//! where two predicates speak of the same fact (`machine`). `prove` reads the properties off the states it found.
//! Nothing here looks at dates: whatever holds, holds for every calendar and every order of events.

mod explore;
mod form;
mod machine;
mod prove;
mod words;

use super::model::{Label, Procedure};
use crate::deadline::Lang;
use crate::ids::Name;
use std::fmt;

/// What a sound procedure file keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// Every name that is used is defined, and means what its place asks for.
    NamesExist,
    /// Nothing is defined twice, and no reserved word is a name.
    NamesUnique,
    /// Everything a person may read has words in Chinese and English.
    Labelled,
    /// Every rule cites its article.
    Cited,
    /// Every length is above zero and counts forward; a petitioner's last day rolls off a day of rest.
    Lengths,
    /// Every letter names its wording.
    Worded,
    /// Every limit has the consequence of its role.
    Consequence,
    /// Every refusal, path notice and opinion opens a remedy, or says that none is left.
    Remedy,
    /// Every letter to the petitioner is owed service.
    ServiceOwed,
    /// Whatever an answer or a settlement promises gets its own last day.
    PromiseDue,
    /// The latest lawful answer is known for every kind, however it was received.
    LatestAnswer,
    /// An act that chooses from a list has a list to choose from.
    ListsFilled,
    /// Merging and splitting end in a stage that says so, and a merge can be undone.
    MergeDeclared,
    /// Every stage can be reached.
    StageReached,
    /// Every transition can be taken, every limit begun, every letter signed.
    Used,
    /// Nothing that is not at rest is without a running official deadline or an open window of the petitioner.
    NeverStill,
    /// Whoever answers for a stage is known when it is reached.
    Owned,
    /// Time alone leads on to an end or to a supervision, even when every guard refuses.
    TimeLeadsOn,
    /// From everywhere an end can be reached.
    EndReached,
    /// A running duty can be met or ended.
    DutyStoppable,
    /// A petitioner's open window can be used, and a cooling period ended, by the petitioner, where it is open.
    WindowUsable,
    /// At rest nothing is owed that cannot be done there.
    RestQuiet,
    /// The file is small enough to be explored whole.
    Explorable,
}

impl Property {
    /// Every property, in the order in which findings are listed.
    pub const ALL: [Property; 23] = [
        Property::NamesExist,
        Property::NamesUnique,
        Property::Labelled,
        Property::Cited,
        Property::Lengths,
        Property::Worded,
        Property::Consequence,
        Property::Remedy,
        Property::ServiceOwed,
        Property::PromiseDue,
        Property::LatestAnswer,
        Property::ListsFilled,
        Property::MergeDeclared,
        Property::StageReached,
        Property::Used,
        Property::NeverStill,
        Property::Owned,
        Property::TimeLeadsOn,
        Property::EndReached,
        Property::DutyStoppable,
        Property::WindowUsable,
        Property::RestQuiet,
        Property::Explorable,
    ];

    /// A stable word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Property::NamesExist => "names_exist",
            Property::NamesUnique => "names_unique",
            Property::Labelled => "labelled",
            Property::Cited => "cited",
            Property::Lengths => "lengths",
            Property::Worded => "worded",
            Property::Consequence => "consequence",
            Property::Remedy => "remedy",
            Property::ServiceOwed => "service_owed",
            Property::PromiseDue => "promise_due",
            Property::LatestAnswer => "latest_answer",
            Property::ListsFilled => "lists_filled",
            Property::MergeDeclared => "merge_declared",
            Property::StageReached => "stage_reached",
            Property::Used => "used",
            Property::NeverStill => "never_still",
            Property::Owned => "owned",
            Property::TimeLeadsOn => "time_leads_on",
            Property::EndReached => "end_reached",
            Property::DutyStoppable => "duty_stoppable",
            Property::WindowUsable => "window_usable",
            Property::RestQuiet => "rest_quiet",
            Property::Explorable => "explorable",
        }
    }
}

/// What happens in one step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A transition of the procedure, by its id.
    Taken(Name),
    /// The last day of this limit passed and nobody had acted.
    Passed(Name),
}

/// One step of a counter-example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub kind: StepKind,
    /// The stage afterwards.
    pub stage: Name,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StepKind::Taken(transition) => write!(f, "{transition} → {}", self.stage),
            StepKind::Passed(limit) => write!(f, "({limit} passes) → {}", self.stage),
        }
    }
}

/// One way in which the file breaks a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which property.
    pub property: Property,
    /// What it is about: the id of a stage, limit, transition, letter …
    pub subject: String,
    /// What is wrong, in both languages.
    pub message: Label,
    /// How a petition gets there from its submission; empty when the fault stands in the file itself.
    pub path: Vec<Step>,
}

/// How much was explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Explorations: the plain course, the overdue one, and one for each thing that may run beside it.
    pub explorations: u32,
    /// States visited, over all explorations. Zero when the names do not hold together.
    pub states: u64,
    /// Steps tried from them.
    pub steps: u64,
}

/// What the checker has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Everything that is wrong, in the order of [`Property::ALL`]; empty when the file may be used.
    pub findings: Vec<Finding>,
    /// How much was explored to say so.
    pub explored: Statistics,
}

impl Report {
    /// Whether the procedure may be used.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// The findings in words, one line each and one for every step of a path; the last line sums up.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let mut lines = Vec::new();
        for finding in &self.findings {
            let message = match lang {
                Lang::Zh => &finding.message.zh,
                Lang::En => &finding.message.en,
            };
            lines.push(format!("{}: {}: {message}", finding.property.word(), finding.subject));
            lines.extend(finding.path.iter().map(|step| format!("    {step}")));
        }
        lines.push(words::summary(self, lang));
        lines
    }
}

/// Checks a procedure file for every property.
///
/// The exploration is left out when names do not hold together: the findings then say which.
pub fn check(procedure: &Procedure) -> Report {
    let mut findings = form::check(procedure);
    let mut explored = Statistics::default();
    let holds_together = !findings
        .iter()
        .any(|finding| matches!(finding.property, Property::NamesExist | Property::NamesUnique));
    if holds_together {
        let (found, statistics) = prove::check(procedure);
        findings.extend(found);
        explored = statistics;
    }
    findings.sort_by_key(|finding| finding.property);
    Report { findings, explored }
}

/// The letters whose wording is not among the known ones: a separate question, because wordings live in `notice`.
pub fn check_templates(procedure: &Procedure, known: &[&str]) -> Vec<Finding> {
    procedure
        .letters
        .iter()
        .filter(|letter| !known.contains(&letter.template.as_str()))
        .map(|letter| Finding {
            property: Property::Worded,
            subject: letter.id.to_string(),
            message: words::template_unknown(&letter.template),
            path: Vec::new(),
        })
        .collect()
}
