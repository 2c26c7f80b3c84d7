//! The rules of petition work as a pure machine: no I/O, no async, no clock, no randomness.
//!
//! [`decide()`] may say no and looks at everything; [`Petition::apply`] cannot say no and looks at nothing else.
//! The law itself is data ([`procedure`]), its conditions are named guards ([`guard`]).

pub mod access;
pub mod act;
pub mod audit;
pub mod authority;
pub mod calendar;
pub mod codes;
pub mod concern;
pub mod deadline;
pub mod decide;
pub mod directory;
pub mod disclosure;
pub mod fact;
pub mod guard;
pub mod ids;
pub mod past;
pub mod petition;
pub mod procedure;
pub mod reach;
pub mod refusal;
pub mod standing;
pub mod tally;
pub mod text;
pub mod told;

pub use act::{Act, Command, Verb};
pub use decide::{
    AnswerStep, Context, Decision, LetterNumbers, decide, explain_deadline, latest_answer, permitted,
};
pub use directory::Directory;
pub use fact::{Event, Fact};
pub use ids::{ContentId, Name, OfficialId, PetitionId, UnitId};
pub use petition::Petition;
pub use procedure::Procedure;
pub use refusal::Refusal;
