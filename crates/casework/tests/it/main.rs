//! The integration tests of `casework`, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should stop where it stands"
)]

mod audit;
mod authority;
mod calendar;
mod codes;
mod course;
mod deadline;
mod deadline_properties;
mod district;
mod golden;
mod levels;
mod past;
mod procedure_check;
mod procedure_text;
mod random;
mod recipients;
mod recusal;
mod scenarios;
mod shell;
mod standing;
mod tally;
mod vectors;
