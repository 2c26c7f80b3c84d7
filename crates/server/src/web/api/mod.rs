//! The JSON API: the same commands as the pages, with the same refusals.

mod accesses;
pub(super) mod attach;
pub(super) mod document;
pub(super) mod official;
pub(super) mod petitioner;
pub(super) mod receipt;
pub(super) mod reveal;
