//! The ledger from outside, checked against the published examples of the specifications and other implementations.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should stop where it stands"
)]

mod examples;
mod forest;
mod random;
mod receipts;
