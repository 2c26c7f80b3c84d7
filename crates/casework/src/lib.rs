//! The rules of petition work as a pure machine: no I/O, no async, no clock, no randomness.
//!
//! `decide` may say no and looks at everything; `apply` cannot say no and looks at nothing else.
//! The law itself is data (`procedures/*.toml`), its conditions are named guards.

pub mod calendar;
pub mod codes;
pub mod deadline;
