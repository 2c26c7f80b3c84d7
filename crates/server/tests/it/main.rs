//! The program as its user starts it, and what the project believes about itself.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected should stop where it stands"
)]

mod account;
mod backup;
mod cli;
mod init;
mod keys;
mod letters;
mod office;
mod reads;
mod report;
mod sealed;
mod service;
mod suite;
mod tidy;
mod tls;
mod verify;
mod witness;
