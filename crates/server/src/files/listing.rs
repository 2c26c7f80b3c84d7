//! What a zip says that it holds, from its directory at the end. Nothing is unpacked, and a directory that would take
//! much memory is not read.

use super::{Listing, Unfit};
use std::io::{Read, Seek, SeekFrom};

/// Most entries; what people send has fewer.
const MOST: u32 = 10_000;
/// The end record, and the longest comment behind it.
const END: u64 = 22;
const COMMENT: u64 = 65_535;
/// Fixed part of an entry of the directory.
const ENTRY: usize = 46;

/// What was read, and whether an entry has one of the wanted names.
pub(super) struct Seen {
    pub(super) listing: Listing,
    pub(super) macros: bool,
    pub(super) properties: bool,
}

/// Reads the directory. `wanted` of its names are those of macros and of properties in office documents.
pub(super) fn read<R: Read + Seek>(reader: &mut R, size: u64) -> Result<Seen, Unfit> {
    let damaged = |_| Unfit::Damaged;
    let window = size.min(END + COMMENT);
    let mut tail = Vec::new();
    reader.seek(SeekFrom::Start(size - window)).map_err(damaged)?;
    reader.take(window).read_to_end(&mut tail).map_err(damaged)?;
    let at = tail.windows(4).rposition(|mark| mark == b"PK\x05\x06").ok_or(Unfit::Damaged)?;
    let end = tail.get(at..).unwrap_or_default();
    let (n, length, offset) = (short(end, 10), long(end, 12), long(end, 16));
    let (Some(n), Some(length), Some(offset)) = (n, length, offset) else { return Err(Unfit::Damaged) };
    // Larger ones use another directory, which nothing of this size needs.
    if n > MOST || u64::from(offset) + u64::from(length) > size {
        return Err(Unfit::Damaged);
    }
    reader.seek(SeekFrom::Start(u64::from(offset))).map_err(damaged)?;
    let mut seen = Seen { listing: Listing { n_files: n, unpacked: 0 }, macros: false, properties: false };
    for _ in 0..n {
        let mut fixed = [0; ENTRY];
        reader.read_exact(&mut fixed).map_err(damaged)?;
        if !fixed.starts_with(b"PK\x01\x02") {
            return Err(Unfit::Damaged);
        }
        let field = |at| short(&fixed, at).unwrap_or(0);
        let (name, extra, comment) = (field(28), field(30), field(32));
        seen.listing.unpacked += u64::from(long(&fixed, 24).unwrap_or(0));
        let mut bytes = vec![0; name as usize];
        reader.read_exact(&mut bytes).map_err(damaged)?;
        let bytes = bytes.to_ascii_lowercase();
        seen.macros |= bytes.ends_with(b"vbaproject.bin") || bytes.starts_with(b"basic/");
        seen.properties |= bytes == b"docprops/core.xml" || bytes == b"meta.xml";
        reader.seek(SeekFrom::Current(i64::from(extra + comment))).map_err(damaged)?;
    }
    Ok(seen)
}

fn short(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u32::from(u16::from_le_bytes(bytes)))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
