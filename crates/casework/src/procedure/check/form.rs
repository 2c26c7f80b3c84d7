//! The properties that stand in the file itself, without exploring it.

mod letters;
mod names;
mod rules;

use super::super::model::{Label, Procedure};
use super::{Finding, Property};
use std::fmt::Display;

/// Everything that is wrong with the file as written.
pub(super) fn check(procedure: &Procedure) -> Vec<Finding> {
    let mut faults = Faults::default();
    names::check(procedure, &mut faults);
    rules::check(procedure, &mut faults);
    letters::check(procedure, &mut faults);
    faults.found
}

/// What was found so far.
#[derive(Default)]
struct Faults {
    found: Vec<Finding>,
}

impl Faults {
    fn add(&mut self, property: Property, subject: &impl Display, message: Label) {
        self.found.push(Finding { property, subject: subject.to_string(), message, path: Vec::new() });
    }
}
