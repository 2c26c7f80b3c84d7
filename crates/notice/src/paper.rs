//! A paper that is filled in and signed by hand, like the proof of service: a table of what is known and of what is still to be
//! written.

use crate::Language;
use crate::sheet::{Day, printable};
use serde::Serialize;

/// Everything that is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// `zh` or `en`.
    language: &'static str,
    /// Whose paper it is.
    organ: String,
    title: String,
    /// What it belongs to, beside the table's head.
    number: String,
    dated: Day,
    rows: Vec<Row>,
    /// Below the table.
    notes: Vec<String>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    label: String,
    value: String,
    /// How many lines of room it has at least, for what is written by hand.
    room: u8,
}

impl Row {
    /// What is known. Choices are lines of their own.
    pub fn known(label: &str, value: &str) -> Row {
        Row { label: printable(label), value: lines(value), room: 1 }
    }

    /// Room for what is written by hand, so many lines.
    pub fn blank(label: &str, room: u8) -> Row {
        Row { label: printable(label), value: String::new(), room }
    }
}

/// Each line as it can be printed.
fn lines(value: &str) -> String {
    value.lines().map(printable).collect::<Vec<String>>().join("\n")
}

/// What stands around the table.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Of labels and notes.
    pub language: Language,
    /// Whose paper it is.
    pub organ: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// What it belongs to.
    pub number: &'a str,
    /// The day of what it belongs to; the file's date.
    pub dated: Day,
}

impl Paper {
    /// A paper of these rows, with notes below.
    pub fn new(head: &Head<'_>, rows: Vec<Row>, notes: &[String]) -> Paper {
        Paper {
            language: head.language.tag(),
            organ: printable(head.organ),
            title: printable(head.title),
            number: printable(head.number),
            dated: head.dated,
            rows,
            notes: notes.iter().map(|note| printable(note)).collect(),
        }
    }
}
