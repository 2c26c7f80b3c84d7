//! Letters on their way to the post: several in one file for a printer that prints both sides, each behind a cover whose address
//! stands in the window of an envelope, and which says in plain words what the letter is and what can be done.

use crate::Language;
use crate::sheet::printable;
use serde::Serialize;

/// Letters to be printed together.
#[derive(Clone, Debug, Serialize)]
pub struct Bundle {
    language: &'static str,
    pieces: Vec<Piece>,
}

/// One letter of a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Piece {
    cover: Option<Cover>,
    /// How many pages its file has.
    pages: usize,
    /// Where the template finds it.
    file: String,
    /// In the margin of each of its pages: that it was printed before.
    mark: String,
    #[serde(skip)]
    bytes: Vec<u8>,
}

/// The page before a letter.
#[derive(Clone, Debug, Serialize)]
pub struct Cover {
    /// Above the address, small; empty where the envelope is to tell nobody whose letter it is.
    sender: String,
    /// The window: name and address, one line each.
    to: Vec<String>,
    /// What the letter is.
    title: String,
    /// Its number.
    number: String,
    /// What it means, in plain words.
    paragraphs: Vec<String>,
}

impl Cover {
    /// A cover. Nothing of it but the sender and the address can be seen through a window.
    pub fn new(sender: &str, to: &[String], title: &str, number: &str, paragraphs: &[String]) -> Cover {
        let lines = |lines: &[String]| lines.iter().map(|line| printable(line)).collect();
        Cover {
            sender: printable(sender),
            to: lines(to),
            title: printable(title),
            number: printable(number),
            paragraphs: lines(paragraphs),
        }
    }
}

impl Bundle {
    /// An empty one, whose covers are in that language.
    pub fn new(language: Language) -> Bundle {
        Bundle { language: language.tag(), pieces: Vec::new() }
    }

    /// Adds a letter: its file, how many pages that has, its cover if it is to be posted, and what stands in the margin if it was
    /// printed before.
    pub fn add(&mut self, file: Vec<u8>, pages: usize, cover: Option<Cover>, mark: &str) {
        let file_name = name(self.pieces.len());
        self.pieces.push(Piece { cover, pages, file: file_name, mark: printable(mark), bytes: file });
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The letters' own files, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(|piece| piece.bytes.as_slice())
    }
}

/// Where the template finds the file of the letter at that place.
pub(crate) fn name(n: usize) -> String {
    format!("/letter-{n}.pdf")
}
