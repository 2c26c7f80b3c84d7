//! Looks a file over once it is there: how large a picture would be, what it tells beside, what it would do (ATT-2, ATT-5).

use super::kinds::{Family, Kind};
use super::{About, Active, Found, Listing, Unfit, exif, listing, metadata, strip};
use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Most pixels of a picture.
const PIXELS: u64 = 100_000_000;
/// What unpacks to more than so many times its size is called a bomb.
const BOMB: u64 = 100;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    found: BTreeSet<Found>,
    active: BTreeSet<Active>,
    listing: Option<Listing>,
}

impl Seen {
    /// Puts it into the file's description.
    pub(crate) fn tell(self, about: &mut About) {
        about.found = self.found.into_iter().collect();
        about.active = self.active.into_iter().collect();
        about.listing = self.listing;
    }
}

/// Looks a file of this kind over.
///
/// # Errors
/// When its header cannot be read, or it is a picture of too many pixels.
pub(crate) fn look<R: Read + Seek>(kind: &Kind, size: u64, mut reader: R) -> Result<Seen, Unfit> {
    let mut seen = Seen::default();
    match kind.family {
        Family::Jpeg | Family::Png | Family::Webp => {
            let plan = strip::plan(kind.family, size, reader)?.ok_or(Unfit::Damaged)?;
            small_enough(plan.pixels)?;
            seen.found = plan.found;
        }
        Family::Gif => {
            let head = head(&mut reader, 10)?;
            small_enough((le(&head, 6, 2)?, le(&head, 8, 2)?))?;
        }
        Family::Bmp => {
            let head = head(&mut reader, 26)?;
            let side =
                |at| le(&head, at, 4).map(|side| u64::from((side as u32).cast_signed().unsigned_abs()));
            small_enough((side(18)?, side(22)?))?;
        }
        Family::Tiff => {
            let exif = exif::read(&mut BufReader::new(reader), 0).ok_or(Unfit::Damaged)?;
            if exif.sides.0 == 0 || exif.sides.1 == 0 {
                return Err(Unfit::Damaged);
            }
            small_enough(exif.sides)?;
            seen.found = exif.found;
        }
        Family::Heif => {
            for sides in heif_sides(&head(&mut reader, 64 * 1024)?) {
                small_enough(sides)?;
            }
            let at = exif::find(&mut reader).map_err(|_| Unfit::Damaged)?;
            if let Some(exif) = at.and_then(|at| exif::read(&mut BufReader::new(reader), at)) {
                seen.found = exif.found;
            }
        }
        Family::Pdf => {
            metadata::pdf_names(reader, |name| match name {
                b"JavaScript" | b"JS" => _ = seen.active.insert(Active::Script),
                b"Launch" => _ = seen.active.insert(Active::Launch),
                b"EmbeddedFile" | b"RichMedia" => _ = seen.active.insert(Active::Embedded),
                b"Author" => _ = seen.found.insert(Found::Author),
                b"Creator" | b"Producer" => _ = seen.found.insert(Found::Program),
                b"CreationDate" | b"ModDate" => _ = seen.found.insert(Found::Time),
                _ => {}
            })
            .map_err(|_| Unfit::Damaged)?;
        }
        Family::ZipDocument | Family::Zip => {
            let read = listing::read(&mut reader, size)?;
            if read.macros {
                seen.active.insert(Active::Macros);
            }
            if read.listing.unpacked / BOMB > size {
                seen.active.insert(Active::Bomb);
            }
            if kind.family == Family::Zip {
                seen.listing = Some(read.listing);
            } else if read.properties {
                seen.found.extend([Found::Author, Found::Time, Found::Program]);
            }
        }
        Family::Ole => {
            let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
            let (macros, summary) = (wide("_VBA_PROJECT"), wide("SummaryInformation"));
            let held = metadata::holds(reader, &[&macros, &summary]).map_err(|_| Unfit::Damaged)?;
            if held.first() == Some(&true) {
                seen.active.insert(Active::Macros);
            }
            if held.last() == Some(&true) {
                seen.found.extend([Found::Author, Found::Time, Found::Program]);
            }
        }
        Family::Text | Family::Other => {}
    }
    Ok(seen)
}

fn small_enough((width, height): (u64, u64)) -> Result<(), Unfit> {
    if width.saturating_mul(height) > PIXELS { Err(Unfit::Pixels) } else { Ok(()) }
}

fn head<R: Read + Seek>(reader: &mut R, most: u64) -> Result<Vec<u8>, Unfit> {
    let mut head = Vec::new();
    let read = reader.seek(SeekFrom::Start(0)).and_then(|_| reader.take(most).read_to_end(&mut head));
    read.map(|_| head).map_err(|_| Unfit::Damaged)
}

fn le(bytes: &[u8], at: usize, n: usize) -> Result<u64, Unfit> {
    let bytes = bytes.get(at..at + n).ok_or(Unfit::Damaged)?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Sides of the pictures that a HEIF file names in its `ispe` boxes.
fn heif_sides(head: &[u8]) -> Vec<(u64, u64)> {
    let side = |box_: &[u8], at: usize| {
        let bytes: Option<[u8; 4]> = box_.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, |bytes| u64::from(u32::from_be_bytes(bytes)))
    };
    let boxes = head.windows(16).filter(|box_| box_.starts_with(b"ispe"));
    boxes.map(|box_| (side(box_, 8), side(box_, 12))).collect()
}
