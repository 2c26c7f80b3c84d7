//! Reads which tags an EXIF block has, and of their values only the few that are needed: whatever a block claims, no more
//! is read than its directories, and never a value of a length that the block names (ATT-1, ATT-5).

use super::Found;
use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

/// Directories of a block at most: a picture, its small preview, place, device; blocks that run in circles end here.
const DIRECTORIES: usize = 16;
/// Entries of a directory at most.
const ENTRIES: u16 = 4096;

/// What a block tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Exif {
    /// What it tells beside the picture.
    pub(super) found: BTreeSet<Found>,
    /// How the picture is to be turned, 1 to 8; 1 when nothing says so.
    pub(super) orientation: u16,
    /// Width and height, where the block is the picture's own (TIFF).
    pub(super) sides: (u64, u64),
}

/// Where a directory stands in the block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Picture,
    Preview,
    Camera,
    Gps,
}

/// Numbers of a block, in its own order of bytes.
#[derive(Clone, Copy)]
struct Order {
    is_big: bool,
}

impl Order {
    fn short(self, bytes: [u8; 2]) -> u16 {
        if self.is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn long(self, bytes: [u8; 4]) -> u32 {
        if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

/// Reads the block that begins at `base`; `None` when none begins there.
pub(super) fn read<R: Read + Seek>(reader: &mut R, base: u64) -> Option<Exif> {
    let mut exif = Exif { orientation: 1, ..Exif::default() };
    reader.seek(SeekFrom::Start(base)).ok()?;
    let order = match array::<4>(reader)? {
        [b'M', b'M', 0, 42] => Order { is_big: true },
        [b'I', b'I', 42, 0] => Order { is_big: false },
        _ => return None,
    };
    let first = order.long(array(reader)?);
    let mut open = vec![(first, Place::Picture)];
    let mut seen: Vec<u32> = Vec::new();
    while let Some((at, place)) = open.pop() {
        if at == 0 || seen.contains(&at) {
            continue;
        }
        if seen.len() == DIRECTORIES
            || directory(reader, order, base, at, place, &mut open, &mut exif).is_none()
        {
            // What cannot be read may still tell something to whoever reads it otherwise.
            exif.found.insert(Found::Other);
        }
        seen.push(at);
    }
    Some(exif)
}

fn directory<R: Read + Seek>(
    reader: &mut R,
    order: Order,
    base: u64,
    at: u32,
    place: Place,
    open: &mut Vec<(u32, Place)>,
    exif: &mut Exif,
) -> Option<()> {
    reader.seek(SeekFrom::Start(base.checked_add(u64::from(at))?)).ok()?;
    let n = order.short(array(reader)?);
    if n > ENTRIES {
        return None;
    }
    for _ in 0..n {
        let [t0, t1, k0, k1, _, _, _, _, v0, v1, v2, v3] = array::<12>(reader)?;
        let (tag, kind) = (order.short([t0, t1]), order.short([k0, k1]));
        // A short number stands at the beginning of its place.
        let short = order.short([v0, v1]);
        let long = order.long([v0, v1, v2, v3]);
        let number = if kind == 3 { u32::from(short) } else { long };
        match (place, tag) {
            (Place::Picture | Place::Camera, 0x8769 | 0xa005) => open.push((long, Place::Camera)),
            (Place::Picture | Place::Camera, 0x8825) => open.push((long, Place::Gps)),
            (Place::Picture, 0x0112) => exif.orientation = short.clamp(1, 8),
            (Place::Picture, 0x0100) => exif.sides.0 = u64::from(number),
            (Place::Picture, 0x0101) => exif.sides.1 = u64::from(number),
            (Place::Gps, _) => _ = exif.found.insert(Found::Place),
            // An older, smaller picture, which may show what was cut off.
            (Place::Preview, _) => _ = exif.found.insert(Found::Other),
            (Place::Picture | Place::Camera, tag) => exif.found.extend(told_by(tag)),
        }
    }
    if place == Place::Picture {
        // A block may end with its directory.
        if let Some(next) = array(reader).map(|next| order.long(next)) {
            open.push((next, Place::Preview));
        }
    }
    Some(())
}

/// What a tag tells; `None` for those that only say how the picture is drawn. Whatever is not known tells something.
fn told_by(tag: u16) -> Option<Found> {
    Some(match tag {
        // Make, model, host computer, lens, serial numbers, the maker's own notes.
        0x010f | 0x0110 | 0x013c | 0x927c | 0xa420 | 0xa431..=0xa435 => Found::Device,
        // Artist, copyright, owner, author of Windows.
        0x013b | 0x8298 | 0xa430 | 0x9c9d => Found::Author,
        0x0132 | 0x9003 | 0x9004 | 0x9010..=0x9012 | 0x9290..=0x9292 => Found::Time,
        0x0131 => Found::Program,
        // Sides, colours, strips and tiles of the picture itself.
        0x00fe..=0x0103 | 0x0106 | 0x010a | 0x0111 | 0x0115..=0x0117 | 0x011a..=0x011c | 0x0128 => {
            return None;
        }
        0x013d..=0x0145 | 0x0152 | 0x0153 | 0x015b | 0x0211..=0x0214 | 0x8773 => return None,
        // Versions and sides of the camera's directory.
        0x9000 | 0x9101 | 0xa000..=0xa003 => return None,
        _ => Found::Other,
    })
}

fn array<const N: usize>(reader: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Where the first block of a file begins that other programs would find in it; for containers whose way in is long.
pub(super) fn find<R: Read + Seek>(reader: &mut R) -> std::io::Result<Option<u64>> {
    const MARK: &[u8] = b"Exif\0\0";
    reader.seek(SeekFrom::Start(0))?;
    let (mut window, mut before) = (Vec::new(), 0_u64);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            return Ok(None);
        }
        window.extend_from_slice(buffer.get(..n).unwrap_or_default());
        let is_block = |part: &[u8]| {
            let rest = part.strip_prefix(MARK);
            rest.is_some_and(|rest| rest.starts_with(b"MM\0\x2a") || rest.starts_with(b"II\x2a\0"))
        };
        if let Some(at) = window.windows(MARK.len() + 4).position(is_block) {
            return Ok(Some(before + (at + MARK.len()) as u64));
        }
        let gone = window.len().saturating_sub(MARK.len() + 3);
        window.drain(..gone);
        before += gone as u64;
    }
}
