//! The law as data: stages, limits, transitions, letters, grounds and remedies of one procedure.
//!
//! A procedure file says *what* the law allows and *how long* it takes, with the article beside each number.
//! It contains no expressions: a condition is the name of a Rust guard (`guard.rs`). A file may be used only after
//! `check` has explored it (`check.rs`).

pub mod check;
mod explain;
mod model;

pub use explain::explain;
pub use model::*;

use crate::act::Verb;
use crate::ids::Name;
use crate::petition::RECOMMENDATION;
use jiff::civil::Date;

/// A procedure file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcedureError {
    /// Not TOML, or a field is unknown, missing or of the wrong type.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file as named by the caller.
        file: String,
        /// What the parser says, with line and column.
        reason: String,
    },
}

/// The text of the procedure 《信访工作条例》(2022), as shipped.
pub const CN_PETITION_2022: &str = include_str!("../../../../procedures/cn-petition-2022.toml");
/// The text of the procedure CPGRAMS (2024), as shipped.
pub const IN_CPGRAMS_2024: &str = include_str!("../../../../procedures/in-cpgrams-2024.toml");

impl Procedure {
    /// Reads a procedure file.
    ///
    /// # Errors
    /// `Unreadable` with line and column. Whether the procedure is *sound* is for [`check::check`] to say.
    pub fn parse(file: &str, text: &str) -> Result<Procedure, ProcedureError> {
        toml::from_str(text)
            .map_err(|error| ProcedureError::Unreadable { file: file.to_owned(), reason: error.to_string() })
    }

    /// The stage of that name.
    pub fn stage(&self, name: &Name) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *name)
    }

    /// The limit of that name.
    pub fn limit(&self, name: &Name) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.id == *name)
    }

    /// The letter of that name.
    pub fn letter(&self, name: &Name) -> Option<&Letter> {
        self.letters.iter().find(|letter| letter.id == *name)
    }

    /// The kind of that name.
    pub fn kind(&self, name: &Name) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == *name)
    }

    /// The way of that name.
    pub fn way(&self, name: &Name) -> Option<&Way> {
        self.ways.iter().find(|way| way.id == *name)
    }

    /// The ground of that name.
    pub fn ground(&self, name: &Name) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.id == *name)
    }

    /// The basis of a disposal of that name.
    pub fn disposal(&self, name: &Name) -> Option<&DisposalBasis> {
        self.disposals.iter().find(|basis| basis.id == *name)
    }

    /// The last day for which the file of a matter that came to rest on a day must be kept: periods are counted from the
    /// first day of the next year.
    pub fn kept_until(&self, rested_on: Date) -> Option<Date> {
        let year = rested_on.year().checked_add(self.retention_years.max(0))?;
        Date::new(year, 12, 31).ok()
    }

    /// The remedy outside this procedure of that name.
    pub fn remedy(&self, name: &Name) -> Option<&Remedy> {
        self.remedies.iter().find(|remedy| remedy.id == *name)
    }

    /// Whether the limit runs on when `cancels = ["*"]` ends what runs. What is past is still to be answered for, or
    /// every withdrawal would silence a supervision (Art.40); and danger is looked at whatever becomes of the paper
    /// (Art.25); nor does a recommendation speak for one petitioner alone (Art.40(4)).
    pub fn outlives(&self, limit: &Name) -> bool {
        *limit == self.supervision || *limit == *"urgent_review" || *limit == *RECOMMENDATION
    }

    /// The transitions by which `verb` may leave `stage`; before submission `stage` is `None`.
    pub fn transitions_from<'a>(
        &'a self,
        stage: Option<&'a Name>,
        verb: Verb,
    ) -> impl Iterator<Item = &'a Transition> + 'a {
        self.transitions
            .iter()
            .filter(move |transition| transition.verb == verb && transition.leaves(stage, self))
    }
}

impl Transition {
    /// Whether the transition starts at `stage` (`*` stands for every stage that is not at rest, `rest` for every one that
    /// is, `any` for all).
    pub fn leaves(&self, stage: Option<&Name>, procedure: &Procedure) -> bool {
        match stage {
            None => self.from.is_empty(),
            Some(stage) => self.from.iter().any(|from| match from.as_str() {
                "any" => true,
                "rest" => procedure.stage(stage).is_some_and(|stage| stage.rest.is_some()),
                "*" => procedure.stage(stage).is_some_and(|stage| stage.rest.is_none()),
                _ => from == stage,
            }),
        }
    }
}
