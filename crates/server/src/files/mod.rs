//! Files that people attach, as files: which are taken, what is found in them, what a copy without metadata is.
//!
//! Nothing is unpacked, decoded or run. A file is read by its headers and in pieces, whatever it says of itself; what it
//! holds may be hostile (ATT-2). Where it is kept is `app::attach`'s.

pub(crate) mod clamd;
mod exif;
mod kinds;
mod listing;
mod look;
mod metadata;
mod reader;
#[cfg(test)]
pub(crate) mod samples;
mod strip;
#[cfg(test)]
mod tests;

pub(crate) use kinds::{Kind, accepted, clean_name, kind_of};
pub(crate) use look::{Seen, look};
pub(crate) use reader::Reader;
pub(crate) use strip::{Part, plan};

use serde::{Deserialize, Serialize};

/// What a file tells beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    /// Where a photograph was taken.
    Place,
    /// Camera or telephone, and its number.
    Device,
    /// A person's name.
    Author,
    /// When it was made.
    Time,
    /// With which program.
    Program,
    /// Notes, a caption, an older picture in small, other additions.
    Other,
}

/// What a file would do when a program opened it trustingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Active {
    /// Macros of an office document.
    Macros,
    /// A script in a PDF.
    Script,
    /// A PDF that starts a program.
    Launch,
    /// A PDF with files in it.
    Embedded,
    /// It unpacks to a hundred times its size, or more.
    Bomb,
}

/// What a virus scanner said. A label: the file is evidence, and stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// No scanner is set up.
    #[default]
    NotScanned,
    /// Nothing was found.
    Clean,
    /// Its name, as the scanner has it.
    Malware(String),
    /// The scanner did not answer.
    Failed,
}

/// What is in an archive, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// Files.
    pub(crate) n_files: u32,
    /// Bytes they would take unpacked.
    pub(crate) unpacked: u64,
}

/// A file in words: kept as content, encrypted and bound as all words are, and carried in receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// As it was named, without what a name may not hold.
    pub(crate) name: String,
    /// What it is.
    pub(crate) media: String,
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// Its id in hexadecimal: under `files/` and this name a receipt carries it.
    pub(crate) file: String,
    /// What it tells beside its content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) found: Vec<Found>,
    /// What it would do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) active: Vec<Active>,
    /// What is in it, for an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listing: Option<Listing>,
    /// What a virus scanner said when it came.
    pub(crate) verdict: Verdict,
}

impl About {
    /// Whether opening it may do harm, so that whoever takes it must say why.
    pub(crate) fn is_dangerous(&self) -> bool {
        !self.active.is_empty() || matches!(self.verdict, Verdict::Malware(_))
    }

    /// Whether whoever takes it must say why: it may do harm, or tells something that no copy leaves out (ATT-5).
    pub(crate) fn needs_purpose(&self) -> bool {
        self.is_dangerous() || (!self.found.is_empty() && !self.can_be_stripped())
    }

    /// Whether a copy without what it tells can be made.
    pub(crate) fn can_be_stripped(&self) -> bool {
        !self.found.is_empty() && matches!(self.media.as_str(), "image/jpeg" | "image/png" | "image/webp")
    }
}

/// Why a file is not taken. Each has its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No bytes.
    Empty,
    /// More bytes than one file may have.
    TooLarge,
    /// More files than a petition may have.
    TooMany,
    /// More bytes than all files of a petition may have.
    TooMuch,
    /// A kind that is not on the list.
    Kind,
    /// Not what its name says.
    Mismatch,
    /// A picture that would take too much memory to show.
    Pixels,
    /// A header that cannot be read.
    Damaged,
    /// It did not arrive whole.
    CutOff,
    /// There is too little room; petitions without files are still taken.
    NoRoom,
    /// Its source brought as much as one may in a day; petitions without files are still taken.
    Source,
    /// It waited too long, or was let go.
    Gone,
}

impl Unfit {
    /// All of them, for the test of their sentences.
    #[cfg(test)]
    pub(crate) const ALL: [Unfit; 12] = [
        Unfit::Empty,
        Unfit::TooLarge,
        Unfit::TooMany,
        Unfit::TooMuch,
        Unfit::Kind,
        Unfit::Mismatch,
        Unfit::Pixels,
        Unfit::Damaged,
        Unfit::CutOff,
        Unfit::NoRoom,
        Unfit::Source,
        Unfit::Gone,
    ];

    /// A name that does not change; also the end of its sentence's key.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Unfit::Empty => "empty",
            Unfit::TooLarge => "too_large",
            Unfit::TooMany => "too_many",
            Unfit::TooMuch => "too_much",
            Unfit::Kind => "kind",
            Unfit::Mismatch => "mismatch",
            Unfit::Pixels => "pixels",
            Unfit::Damaged => "damaged",
            Unfit::CutOff => "cut_off",
            Unfit::NoRoom => "no_room",
            Unfit::Source => "source",
            Unfit::Gone => "gone",
        }
    }
}
