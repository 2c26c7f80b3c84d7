//! The same picture without what it tells beside what it shows (ATT-5), as a list of parts of the original: nothing is
//! decoded, and nothing is held in memory.
//!
//! What is kept is listed, not what is dropped: whatever a program adds tomorrow stays out. How a photograph is to be
//! turned is kept, or it would lie on its side.

use super::kinds::Family;
use super::{Found, Unfit, exif};
use std::collections::BTreeSet;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

/// A part of a stripped copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// So many bytes of the original from a place.
    Copy(u64, u64),
    /// Bytes of our own.
    Bytes(Vec<u8>),
}

impl Part {
    /// Bytes of the copy.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Part::Copy(_, length) => *length,
            Part::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// A picture taken apart.
pub(crate) struct Plan {
    /// The parts of a copy without metadata.
    pub(crate) parts: Vec<Part>,
    /// What the original tells beside.
    pub(super) found: BTreeSet<Found>,
    /// Width and height.
    pub(super) pixels: (u64, u64),
}

/// Most parts of one picture.
const MOST: usize = 100_000;
/// Longest block of metadata that is read.
const BLOCK: u64 = 1 << 20;

/// Takes a picture apart; `None` for a family of which no copy can be made.
///
/// # Errors
/// `Damaged` when it does not follow its format.
pub(crate) fn plan<R: Read + Seek>(family: Family, size: u64, reader: R) -> Result<Option<Plan>, Unfit> {
    let mut reader = BufReader::with_capacity(64 * 1024, reader);
    let plan = match family {
        Family::Jpeg => jpeg(&mut reader, size),
        Family::Png => png(&mut reader, size),
        Family::Webp => webp(&mut reader, size),
        Family::Gif
        | Family::Bmp
        | Family::Tiff
        | Family::Heif
        | Family::Pdf
        | Family::ZipDocument
        | Family::Zip
        | Family::Ole
        | Family::Text
        | Family::Other => return Ok(None),
    };
    plan.filter(|plan| plan.parts.len() < MOST).map(Some).ok_or(Unfit::Damaged)
}

/// Adds a stretch of the original, joined to the one before where they touch.
fn keep(parts: &mut Vec<Part>, at: u64, length: u64) {
    if let Some(Part::Copy(before, known)) = parts.last_mut()
        && *before + *known == at
    {
        *known += length;
    } else {
        parts.push(Part::Copy(at, length));
    }
}

fn byte(reader: &mut impl Read) -> Option<u8> {
    let mut one = [0];
    reader.read_exact(&mut one).ok()?;
    let [byte] = one;
    Some(byte)
}

fn jpeg<R: Read + Seek>(reader: &mut BufReader<R>, size: u64) -> Option<Plan> {
    let mut plan = Plan { parts: vec![Part::Copy(0, 2)], found: BTreeSet::new(), pixels: (0, 0) };
    reader.seek(SeekFrom::Start(2)).ok()?;
    let (mut at, mut scanned) = (2_u64, false);
    loop {
        if byte(reader)? != 0xff {
            return None;
        }
        let mut marker = byte(reader)?;
        let mut fill = 0;
        while marker == 0xff {
            fill += 1;
            marker = byte(reader)?;
        }
        at += fill;
        if marker == 0xd9 {
            keep(&mut plan.parts, at, 2);
            at += 2;
            break;
        }
        let mut length = [0; 2];
        reader.read_exact(&mut length).ok()?;
        let length = u64::from(u16::from_be_bytes(length));
        let mut block = vec![0; usize::try_from(length.checked_sub(2)?).ok()?];
        reader.read_exact(&mut block).ok()?;
        let kept = match marker {
            // Frames: height and width.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let side =
                    |at: usize| Some(u64::from(u16::from_be_bytes(block.get(at..at + 2)?.try_into().ok()?)));
                plan.pixels = (side(3)?, side(1)?);
                true
            }
            // JFIF without a small preview, Adobe's colours, colour profiles, tables, restarts.
            0xe0 => block.starts_with(b"JFIF\0") && block.len() == JFIF,
            0xee => block.starts_with(b"Adobe"),
            0xe2 => block.starts_with(b"ICC_PROFILE\0"),
            0xc4 | 0xcc | 0xda..=0xdd => true,
            _ => false,
        };
        if kept {
            keep(&mut plan.parts, at, length + 2);
        } else if marker == 0xe0
            && let Some(start) = block.get(..JFIF - 2).filter(|start| start.starts_with(b"JFIF\0"))
        {
            plan.found.insert(Found::Other);
            let length = u16::try_from(JFIF + 2).unwrap_or(u16::MAX).to_be_bytes();
            plan.parts.push(Part::Bytes([&[0xff, 0xe0], length.as_slice(), start, &[0, 0]].concat()));
        } else if let Some(raw) = block.strip_prefix(b"Exif\0\0") {
            if let Some(exif) = exif::read(&mut Cursor::new(raw), 0) {
                plan.found.extend(exif.found);
                if exif.orientation != 1 {
                    plan.parts.push(Part::Bytes(turned_by(exif.orientation)));
                }
            } else {
                plan.found.insert(Found::Other);
            }
        } else {
            plan.found.insert(Found::Other);
        }
        at += length + 2;
        if marker == 0xda {
            // What is drawn: until a marker that is neither a stuffed byte nor a restart.
            scanned = true;
            let from = at;
            loop {
                if byte(reader)? != 0xff {
                    at += 1;
                    continue;
                }
                match byte(reader)? {
                    0 | 0xd0..=0xd7 => at += 2,
                    _ => break,
                }
            }
            keep(&mut plan.parts, from, at - from);
            reader.seek(SeekFrom::Start(at)).ok()?;
        }
    }
    // What stands behind the end: another picture, a film, notes.
    if at < size {
        plan.found.insert(Found::Other);
    }
    (scanned && plan.pixels != (0, 0)).then_some(plan)
}

/// A segment that says nothing but how to turn the picture.
fn turned_by(turned: u16) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend(turned.to_be_bytes());
    tiff.extend([0; 6]);
    let length = u16::try_from(tiff.len() + 2).unwrap_or(u16::MAX);
    [[0xff, 0xe1].as_slice(), &length.to_be_bytes(), &tiff].concat()
}

/// Bytes of a JFIF segment without a small preview.
const JFIF: usize = 14;

/// Chunks of a PNG that make the picture.
const PNG: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD",
    b"pHYs", b"sPLT", b"hIST", b"cICP", b"acTL", b"fcTL", b"fdAT",
];

fn png<R: Read + Seek>(reader: &mut BufReader<R>, size: u64) -> Option<Plan> {
    let mut plan = Plan { parts: vec![Part::Copy(0, 8)], found: BTreeSet::new(), pixels: (0, 0) };
    let mut at = 8_u64;
    reader.seek(SeekFrom::Start(at)).ok()?;
    loop {
        let mut head = [0; 8];
        reader.read_exact(&mut head).ok()?;
        let (length, name) = head.split_first_chunk::<4>()?;
        let length = u64::from(u32::from_be_bytes(*length));
        let next = at + 12 + length;
        if next > size {
            return None;
        }
        match name {
            b"IHDR" => {
                let mut sides = [0; 8];
                reader.read_exact(&mut sides).ok()?;
                let (width, height) = sides.split_first_chunk::<4>()?;
                let height: [u8; 4] = height.try_into().ok()?;
                plan.pixels = (u64::from(u32::from_be_bytes(*width)), u64::from(u32::from_be_bytes(height)));
            }
            b"eXIf" if length <= BLOCK => note_exif(reader, length, &mut plan.found)?,
            b"tIME" => _ = plan.found.insert(Found::Time),
            _ if !PNG.iter().any(|known| known.as_slice() == name) => _ = plan.found.insert(Found::Other),
            _ => {}
        }
        if PNG.iter().any(|known| known.as_slice() == name) {
            keep(&mut plan.parts, at, 12 + length);
        }
        let ends = name == b"IEND";
        at = next;
        if ends {
            break;
        }
        reader.seek(SeekFrom::Start(at)).ok()?;
    }
    if at < size {
        plan.found.insert(Found::Other);
    }
    (plan.pixels != (0, 0)).then_some(plan)
}

fn note_exif<R: Read>(reader: &mut R, length: u64, found: &mut BTreeSet<Found>) -> Option<()> {
    let mut block = Vec::new();
    reader.take(length).read_to_end(&mut block).ok()?;
    let raw = block.strip_prefix(b"Exif\0\0").unwrap_or(&block);
    match exif::read(&mut Cursor::new(raw), 0) {
        Some(exif) => found.extend(exif.found),
        None => _ = found.insert(Found::Other),
    }
    Some(())
}

fn webp<R: Read + Seek>(reader: &mut BufReader<R>, size: u64) -> Option<Plan> {
    let mut plan = Plan { parts: Vec::new(), found: BTreeSet::new(), pixels: (0, 0) };
    let mut at = 12_u64;
    let mut body = 4_u64;
    while at + 8 <= size {
        reader.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 8];
        reader.read_exact(&mut head).ok()?;
        let (name, length) = head.split_first_chunk::<4>()?;
        let length = u64::from(u32::from_le_bytes(length.try_into().ok()?));
        // Chunks begin at even places.
        let whole = 8 + length + length % 2;
        if at + 8 + length > size {
            return None;
        }
        let mut start = Vec::new();
        reader.by_ref().take(length.min(10)).read_to_end(&mut start).ok()?;
        match name {
            b"VP8X" => {
                let side = |at: usize| {
                    Some(
                        u64::from(u32::from_le_bytes([
                            *start.get(at)?,
                            *start.get(at + 1)?,
                            *start.get(at + 2)?,
                            0,
                        ])) + 1,
                    )
                };
                plan.pixels = (side(4)?, side(7)?);
                // The bits that say EXIF and XMP follow.
                let mut patched = [head.as_slice(), &start].concat();
                if let Some(flags) = patched.get_mut(8) {
                    *flags &= !0x0c;
                }
                plan.parts.push(Part::Bytes(patched));
                body += whole;
            }
            b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF" | b"ALPH" | b"ICCP" => {
                if plan.pixels == (0, 0) {
                    plan.pixels = simple_webp(name, &start)?;
                }
                keep(&mut plan.parts, at, whole.min(size - at));
                body += whole;
            }
            b"EXIF" if length <= BLOCK => {
                reader.seek(SeekFrom::Start(at + 8)).ok()?;
                note_exif(reader, length, &mut plan.found)?;
            }
            _ => _ = plan.found.insert(Found::Other),
        }
        at += whole;
    }
    let length = u32::try_from(body).ok()?;
    plan.parts.insert(0, Part::Bytes([b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP"].concat()));
    (plan.pixels != (0, 0)).then_some(plan)
}

/// Width and height of a picture without a canvas of its own.
fn simple_webp(name: &[u8; 4], start: &[u8]) -> Option<(u64, u64)> {
    let short = |at: usize| Some(u64::from(u16::from_le_bytes([*start.get(at)?, *start.get(at + 1)?])));
    if name == b"VP8L" {
        let bits = u32::from_le_bytes(start.get(1..5)?.try_into().ok()?);
        return Some((u64::from(bits & 0x3fff) + 1, u64::from(bits >> 14 & 0x3fff) + 1));
    }
    Some((short(6)? & 0x3fff, short(8)? & 0x3fff))
}
