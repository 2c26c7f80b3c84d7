//! SQLite's own copy of itself: one reading transaction, while others write.

use super::{QUESTIONS, Standing};
use crate::StoreError;
use crate::sqlite::{connect, explain, rows};
use rusqlite::{Connection, InterruptHandle, OpenFlags};
use std::path::Path;

/// Breaks a copy off.
pub struct Interrupt(InterruptHandle);

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupt")
    }
}

impl Interrupt {
    /// The copy ends with an error as soon as it can.
    pub fn now(&self) {
        self.0.interrupt();
    }
}

/// Copies the database as it stands now into a file that must not exist; where that stands. Blocks.
///
/// # Errors
/// Whatever the database reports; what is there of the new file is the caller's to remove.
pub fn copy(from: &Path, into: &Path, begun: impl FnOnce(Interrupt)) -> Result<Standing, StoreError> {
    let name = from.display().to_string();
    let connection = connect(from, false)?;
    begun(Interrupt(connection.get_interrupt_handle()));
    let path =
        into.to_str().ok_or_else(|| StoreError::Other(format!("the path {} is no UTF-8", into.display())))?;
    connection.execute("vacuum into ?1", [path]).map_err(|error| explain(&name, &error))?;
    drop(connection);
    let read = || -> rusqlite::Result<Vec<Vec<crate::Row>>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let copy = Connection::open_with_flags(into, flags)?;
        QUESTIONS.iter().map(|sql| rows(&copy, sql, &[])).collect()
    };
    Standing::read(&read().map_err(|error| explain(&name, &error))?)
}
