//! Forms: what was typed, and what a page shows for it. One control is one label, its hint, its error and its input.

use super::locale::Locale;
use super::problem::FieldFault;

/// What a browser sent: names and values in order, names may repeat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed(pub(crate) Vec<(String, String)>);

impl Typed {
    /// The first value of a name, trimmed; empty when it was not sent. Line ends are made one character, as counted.
    pub(crate) fn get(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// Every value of a name that is not empty.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.replace("\r\n", "\n").trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect()
    }
}

/// How a control is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// One line.
    Line,
    /// A secret line.
    Password,
    /// Several lines, so many shown.
    Text(u8),
    /// A civil date.
    Date,
    /// A whole number.
    Number,
    /// One of a few.
    Radios,
    /// Any of a few.
    Checkboxes,
    /// One of many.
    Select,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is sent.
    pub(crate) value: String,
    /// What is read.
    pub(crate) label: String,
    /// A sentence that helps to choose; may be empty.
    pub(crate) hint: String,
}

impl Choice {
    /// A choice without a hint.
    pub(crate) fn new(value: impl ToString, label: impl Into<String>) -> Choice {
        Choice { value: value.to_string(), label: label.into(), hint: String::new() }
    }
}

/// A form control with its words.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// Name as sent, and id.
    pub(crate) name: String,
    /// Label or legend.
    pub(crate) label: String,
    /// Hint; may be empty.
    pub(crate) hint: String,
    /// How it is filled in.
    pub(crate) input: Input,
    /// What stands in it; several for checkboxes.
    pub(crate) values: Vec<String>,
    /// What may be chosen.
    pub(crate) choices: Vec<Choice>,
    /// What is wrong; empty when nothing is.
    pub(crate) error: String,
    /// Begins a group of controls under this heading; empty inside a group.
    pub(crate) heading: String,
    /// Value of the `autocomplete` attribute; may be empty.
    pub(crate) autocomplete: &'static str,
    /// Most characters, for the counter under a long text; 0 shows none.
    pub(crate) most: usize,
}

impl Control {
    /// A control with its label.
    pub(crate) fn new(name: impl Into<String>, input: Input, label: impl Into<String>) -> Control {
        Control {
            name: name.into(),
            label: label.into(),
            hint: String::new(),
            input,
            values: Vec::new(),
            choices: Vec::new(),
            error: String::new(),
            heading: String::new(),
            autocomplete: "",
            most: 0,
        }
    }

    /// With a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Control {
        self.hint = hint.into();
        self
    }

    /// With one value.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Control {
        self.values = vec![value.into()];
        self
    }

    /// With several values.
    pub(crate) fn values(mut self, values: Vec<String>) -> Control {
        self.values = values;
        self
    }

    /// With choices.
    pub(crate) fn choices(mut self, choices: Vec<Choice>) -> Control {
        self.choices = choices;
        self
    }

    /// With an `autocomplete` purpose (WCAG 1.3.5).
    pub(crate) fn autocomplete(mut self, purpose: &'static str) -> Control {
        self.autocomplete = purpose;
        self
    }

    /// With a limit that is shown.
    pub(crate) fn most(mut self, most: usize) -> Control {
        self.most = most;
        self
    }

    /// An id without dots, so that a link may name it.
    pub(crate) fn id(&self) -> String {
        self.name.replace('.', "-")
    }

    /// The first value.
    pub(crate) fn text(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// Whether a choice is chosen.
    pub(crate) fn has(&self, value: &str) -> bool {
        self.values.iter().any(|chosen| chosen == value)
    }

    /// Ids that describe the input, for `aria-describedby`; empty when there are none.
    pub(crate) fn described_by(&self) -> String {
        let id = self.id();
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{id}-hint"));
        }
        if !self.error.is_empty() {
            ids.push(format!("{id}-error"));
        }
        ids.join(" ")
    }

    /// The id of the first input, where the error summary leads.
    pub(crate) fn target(&self) -> String {
        match self.input {
            Input::Radios | Input::Checkboxes => format!("{}-0", self.id()),
            Input::Line | Input::Password | Input::Text(_) | Input::Date | Input::Number | Input::Select => {
                self.id()
            }
        }
    }
}

impl Control {
    /// That nothing is there, and what to do about it.
    fn missing(&self, locale: Locale) -> String {
        let words = match self.input {
            Input::Radios | Input::Checkboxes | Input::Select => "field-unchosen",
            Input::Line | Input::Password | Input::Text(_) | Input::Date | Input::Number => "field-missing",
        };
        locale.with(words, &[("label", &self.label)])
    }
}

/// Puts a fault beside the control of that name.
pub(crate) fn fault(controls: &mut [Control], name: &str, words: String) {
    if let Some(control) = controls.iter_mut().find(|control| control.name == name) {
        control.error = words;
    }
}

/// Says of each field that is missing which one it is: the summary stands above, without the labels.
pub(crate) fn mark_missing(controls: &mut [Control], fields: &[(&str, bool)], locale: Locale) {
    for (name, _) in fields.iter().filter(|(_, missing)| *missing) {
        if let Some(control) = controls.iter_mut().find(|control| control.name == *name) {
            control.error = control.missing(locale);
        }
    }
}

/// Whether anything is wrong.
pub(crate) fn has_faults(controls: &[Control], others: &[String]) -> bool {
    !others.is_empty() || controls.iter().any(|control| !control.error.is_empty())
}

/// Whether anything was typed or is wrong, so that a folded part must stand open.
pub(crate) fn is_used(controls: &[Control]) -> bool {
    controls.iter().any(|control| !control.error.is_empty() || !control.text().is_empty())
}

/// Puts faults beside their controls; a fault without one is returned, to stand in the summary alone.
pub(crate) fn mark(controls: &mut [Control], faults: &[FieldFault], locale: Locale) -> Vec<String> {
    let mut rest = Vec::new();
    for fault in faults {
        match controls.iter_mut().find(|control| control.name == fault.field) {
            Some(control) if fault.code == "missing" => {
                control.error = control.missing(locale);
            }
            Some(control) => control.error = fault.words(locale).to_owned(),
            None => rest.push(fault.words(locale).to_owned()),
        }
    }
    rest
}
