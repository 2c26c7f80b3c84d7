//! A report of a petition office: headings, sentences and tables of numbers (procedure.md §1.19; document 27).

use crate::Language;
use crate::sheet::{Day, printable};
use serde::Serialize;

/// Everything that is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `zh` or `en`.
    language: &'static str,
    organ: String,
    title: String,
    /// Which days it is about.
    period: String,
    /// The day on which it was made, in words.
    date: String,
    dated: Day,
    sections: Vec<Section>,
    /// Above the signature; never a page with that alone.
    closing: String,
}

/// What stands around the sections.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Of everything.
    pub language: Language,
    /// Who reports.
    pub organ: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// Which days it is about, in words.
    pub period: &'a str,
    /// What is said last.
    pub closing: &'a str,
    /// The day on which it was made, in words.
    pub date: &'a str,
    /// The same day.
    pub dated: Day,
}

/// A heading with what stands under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    heading: String,
    paragraphs: Vec<String>,
    tables: Vec<Table>,
}

/// Numbers, each row with what they are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    caption: String,
    /// What stands over each column, the first one among them.
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Report {
    /// A report of these sections.
    pub fn new(head: &Head<'_>, sections: Vec<Section>) -> Report {
        Report {
            language: head.language.tag(),
            organ: printable(head.organ),
            title: printable(head.title),
            period: printable(head.period),
            date: printable(head.date),
            dated: head.dated,
            sections,
            closing: printable(head.closing),
        }
    }
}

impl Section {
    /// A section of paragraphs and, below them, tables.
    pub fn new(heading: &str, paragraphs: &[String], tables: Vec<Table>) -> Section {
        let paragraphs = paragraphs.iter().map(|paragraph| printable(paragraph)).collect();
        Section { heading: printable(heading), paragraphs, tables }
    }
}

impl Table {
    /// A table: each row says first what it is of, and has as many cells as the head.
    pub fn new(caption: &str, head: &[String], rows: Vec<Vec<String>>) -> Table {
        let line = |cells: &[String]| cells.iter().map(|cell| printable(cell)).collect::<Vec<String>>();
        Table {
            caption: printable(caption),
            head: line(head),
            rows: rows.iter().map(|row| line(row)).collect(),
        }
    }
}
