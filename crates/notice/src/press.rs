//! Prints a sheet as PDF: PDF/A-2a and PDF/UA-1 in one, tagged, in the layout of GB/T 9704-2012 (`typ/letter.typ`), or as a table to
//! be filled in (`typ/paper.typ`), a report (`typ/report.typ`), or several letters for a printer (`typ/bundle.typ`).
//!
//! Typst runs as a library. It sees the template, the sheet and three faces, and nothing else: no disk, no network, no clock. So
//! the same sheet gives the same bytes, wherever and whenever it is printed.

use crate::bundle::{self, Bundle};
use crate::paper::Paper;
use crate::report::Report;
use crate::sheet::Sheet;
use serde::Serialize;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use typst_render::RenderOptions;

const LETTER: &str = include_str!("../typ/letter.typ");
const PAPER: &str = include_str!("../typ/paper.typ");
const REPORT: &str = include_str!("../typ/report.typ");
const BUNDLE: &str = include_str!("../typ/bundle.typ");
/// Subsets of Noto Serif CJK SC and Noto Sans CJK SC (SIL Open Font License 1.1), made by `scripts/fonts.sh`.
const FACES: [&[u8]; 3] = [
    include_bytes!("../fonts/body.otf"),
    include_bytes!("../fonts/title.otf"),
    include_bytes!("../fonts/black.otf"),
];

#[cfg(test)]
mod tests;

static PRESS: LazyLock<Press> = LazyLock::new(Press::new);

/// Why a sheet could not be printed: at which step, and with how many complaints. What the printer complains of may hold words of
/// the letter, so it is not told.
#[derive(Debug, thiserror::Error)]
#[error("a letter could not be printed: {step}, {complaints} complaints")]
pub struct Unprintable {
    step: &'static str,
    complaints: usize,
}

/// Forgets what was laid out, which holds words of a letter, also where printing ended otherwise than it should.
struct Forget;

impl Drop for Forget {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}

/// Whether the body's face has a character.
pub(crate) fn has(c: char) -> bool {
    PRESS.faces.first().is_some_and(|face| face.info().coverage.contains(u32::from(c)))
}

/// Prints a sheet. The same sheet gives the same bytes.
///
/// # Errors
/// Says where it stopped; no word of a letter causes it.
pub fn press(sheet: &Sheet) -> Result<Vec<u8>, Unprintable> {
    let _forget = Forget;
    Job::new(PRESS.letter.as_ref(), sheet)?.print()
}

/// The same with the number of its pages.
///
/// # Errors
/// As [`press`].
pub fn press_counted(sheet: &Sheet) -> Result<(Vec<u8>, usize), Unprintable> {
    let _forget = Forget;
    let job = Job::new(PRESS.letter.as_ref(), sheet)?;
    let laid_out = job.lay_out()?;
    Ok((archived(&laid_out)?, laid_out.pages().len()))
}

/// Puts letters into one file for a printer, each on a sheet of its own where both sides are printed, with its cover before it.
/// The pages are those of the letters' own files, untouched but for a mark in the margin.
///
/// # Errors
/// As [`press`]; when a file is none that this press has made.
pub fn press_bundle(bundle: &Bundle) -> Result<Vec<u8>, Unprintable> {
    let _forget = Forget;
    let mut job = Job::new(PRESS.bundle.as_ref(), bundle)?;
    for (n, file) in bundle.files().enumerate() {
        let place = place(&bundle::name(n)).ok_or_else(|| failed("place a file"))?;
        job.files.push((place, Bytes::new(file.to_vec())));
    }
    let laid_out = job.lay_out()?;
    // What is printed from once and thrown away need not be readable in fifty years.
    let options = PdfOptions { tagged: false, ..PdfOptions::default() };
    typst_pdf::pdf(&laid_out, &options).map_err(why("write the file"))
}

/// Prints a paper that is filled in by hand. The same paper gives the same bytes.
///
/// # Errors
/// As [`press`].
pub fn press_paper(paper: &Paper) -> Result<Vec<u8>, Unprintable> {
    let _forget = Forget;
    Job::new(PRESS.paper.as_ref(), paper)?.print()
}

/// Prints a report. The same report gives the same bytes.
///
/// # Errors
/// As [`press`].
pub fn press_report(report: &Report) -> Result<Vec<u8>, Unprintable> {
    let _forget = Forget;
    Job::new(PRESS.report.as_ref(), report)?.print()
}

/// The pages of a sheet as pictures (PNG), one for each page, with so many dots to a point (1/72 inch): to be looked at, not to be
/// printed.
///
/// # Errors
/// As [`press`].
pub fn pictures(sheet: &Sheet, dots: f64) -> Result<Vec<Vec<u8>>, Unprintable> {
    let _forget = Forget;
    drawn(&Job::new(PRESS.letter.as_ref(), sheet)?, dots)
}

/// The same of a paper.
///
/// # Errors
/// As [`press`].
pub fn pictures_of_paper(paper: &Paper, dots: f64) -> Result<Vec<Vec<u8>>, Unprintable> {
    let _forget = Forget;
    drawn(&Job::new(PRESS.paper.as_ref(), paper)?, dots)
}

fn drawn(job: &Job<'_>, dots: f64) -> Result<Vec<Vec<u8>>, Unprintable> {
    let laid_out = job.lay_out()?;
    let options = RenderOptions { pixel_per_pt: dots.into(), ..RenderOptions::default() };
    let picture = |page| typst_render::render(page, &options).encode_png().map_err(|_| failed("draw it"));
    laid_out.pages().iter().map(picture).collect()
}

fn failed(step: &'static str) -> Unprintable {
    Unprintable { step, complaints: 1 }
}

/// What all letters are printed with.
struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    faces: Vec<Font>,
    letter: Option<Source>,
    paper: Option<Source>,
    report: Option<Source>,
    bundle: Option<Source>,
    sheet: Option<FileId>,
}

impl Press {
    fn new() -> Press {
        // Header cells of rows, which typst has not settled yet.
        let features = [Feature::A11yExtras].into_iter().collect();
        let faces: Vec<Font> = FACES.iter().flat_map(|face| Font::iter(Bytes::new(*face))).collect();
        Press {
            library: LazyHash::new(Library::builder().with_features(features).build()),
            book: LazyHash::new(FontBook::from_fonts(&faces)),
            faces,
            letter: place("/letter.typ").map(|id| Source::new(id, LETTER.to_owned())),
            paper: place("/paper.typ").map(|id| Source::new(id, PAPER.to_owned())),
            report: place("/report.typ").map(|id| Source::new(id, REPORT.to_owned())),
            bundle: place("/bundle.typ").map(|id| Source::new(id, BUNDLE.to_owned())),
            sheet: place("/sheet.json"),
        }
    }
}

fn place(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// One sheet under the press.
struct Job<'p> {
    press: &'p Press,
    template: &'p Source,
    sheet: (FileId, Bytes),
    /// Files that it takes pages from.
    files: Vec<(FileId, Bytes)>,
}

fn why(step: &'static str) -> impl Fn(EcoVec<SourceDiagnostic>) -> Unprintable {
    move |all| Unprintable { step, complaints: all.len() }
}

impl Job<'static> {
    fn new(template: Option<&'static Source>, sheet: &impl Serialize) -> Result<Job<'static>, Unprintable> {
        let data = serde_json::to_vec(sheet).map_err(|_| failed("write the sheet"))?;
        let (Some(template), Some(place)) = (template, PRESS.sheet) else {
            return Err(failed("place the template"));
        };
        Ok(Job { press: &PRESS, template, sheet: (place, Bytes::new(data)), files: Vec::new() })
    }
}

impl Job<'_> {
    fn lay_out(&self) -> Result<PagedDocument, Unprintable> {
        typst::compile::<PagedDocument>(self).output.map_err(why("lay it out"))
    }

    fn print(&self) -> Result<Vec<u8>, Unprintable> {
        archived(&self.lay_out()?)
    }
}

/// Writes a file that is to be read as long as it is kept, and by everybody.
fn archived(laid_out: &PagedDocument) -> Result<Vec<u8>, Unprintable> {
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|_| failed("choose the standards"))?;
    let options =
        PdfOptions { creator: Smart::Custom(Some("Huiyin".to_owned())), standards, ..PdfOptions::default() };
    typst_pdf::pdf(laid_out, &options).map_err(why("write the file"))
}

impl World for Job<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if self.template.id() == id { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let known = std::iter::once(&self.sheet).chain(&self.files).find(|(place, _)| *place == id);
        known.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.faces.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
