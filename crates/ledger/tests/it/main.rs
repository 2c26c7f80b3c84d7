//! The ledger from outside, checked against the published examples of the specifications and other implementations.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should stop where it stands"
)]

mod damage;
mod dishonest;
mod examples;
mod forest;
mod random;
mod receipts;
mod second_opinion;
mod small;
mod witnessing;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
