//! A receipt as one file. The same receipt is always the same bytes: no times, no names of machines, one order.
//!
//! Whoever unpacks trusts nothing that the file says of itself: how many files, how large, and under which names.

use ledger::receipt::Files;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Largest receipt that is looked at, packed, in bytes.
pub(crate) const MOST_PACKED: usize = 1024 * 1024;
/// Largest receipt that is looked at, unpacked, in bytes.
const MOST_UNPACKED: u64 = 4 * 1024 * 1024;
/// Most files in one.
const MOST_FILES: usize = 64;

/// Why a file is not taken for a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// More than [`MOST_PACKED`], or more than it may unpack to.
    #[error("it is larger than a receipt can be")]
    TooLarge,
    /// More than [`MOST_FILES`].
    #[error("it holds more files than a receipt can have")]
    TooMany,
    /// No zip, or a damaged one.
    #[error("it is not a zip file, or it is damaged")]
    NoZip,
}

/// Packs a receipt.
///
/// # Errors
/// When it cannot be packed, which no receipt causes.
pub(crate) fn pack(files: &Files) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::DEFAULT)
        .unix_permissions(0o644);
    for (name, bytes) in files {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Unpacks one. A folder that everything stands in, as a file manager makes it, is taken off the names.
///
/// # Errors
/// When it cannot be a receipt.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Files, Unreadable> {
    if bytes.len() > MOST_PACKED {
        return Err(Unreadable::TooLarge);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::NoZip)?;
    if zip.len() > MOST_FILES {
        return Err(Unreadable::TooMany);
    }
    let mut files = Files::new();
    let mut left = MOST_UNPACKED;
    for n in 0..zip.len() {
        let file = zip.by_index(n).map_err(|_| Unreadable::NoZip)?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|_| Unreadable::NoZip)?.into_owned();
        let mut bytes = Vec::new();
        // One byte more than is left shows that there is more, whatever the file says of its size.
        file.take(left + 1).read_to_end(&mut bytes).map_err(|_| Unreadable::NoZip)?;
        left = left.checked_sub(bytes.len() as u64).ok_or(Unreadable::TooLarge)?;
        if files.insert(name, bytes).is_some() {
            return Err(Unreadable::NoZip);
        }
    }
    Ok(without_folder(files))
}

/// Takes off the folder that all names begin with.
fn without_folder(files: Files) -> Files {
    let folder = files.keys().next().and_then(|name| Some(format!("{}/", name.split_once('/')?.0)));
    let Some(folder) = folder.filter(|folder| files.keys().all(|name| name.starts_with(folder.as_str())))
    else {
        return files;
    };
    let short = |name: String| name.strip_prefix(folder.as_str()).map_or(name.clone(), str::to_owned);
    files.into_iter().map(|(name, bytes)| (short(name), bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &[u8])]) -> Files {
        of.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
    }

    #[test]
    fn a_receipt_is_always_the_same_bytes_and_comes_out_as_it_went_in() {
        let receipt = files(&[("a.txt", b"one"), ("texts/b.txt", b"two")]);
        let packed = pack(&receipt).unwrap();
        assert_eq!(packed, pack(&receipt).unwrap());
        assert_eq!(unpack(&packed).unwrap(), receipt);
        let deeper = files(&[("my receipt/a.txt", b"one"), ("my receipt/texts/b.txt", b"two")]);
        assert_eq!(unpack(&pack(&deeper).unwrap()).unwrap(), receipt, "packed again with its folder");
    }

    #[test]
    fn what_cannot_be_a_receipt_is_refused_before_it_costs_anything() {
        assert_eq!(unpack(b"no zip"), Err(Unreadable::NoZip));
        assert_eq!(unpack(&[]), Err(Unreadable::NoZip));
        assert_eq!(unpack(&vec![0; MOST_PACKED + 1]), Err(Unreadable::TooLarge));
        let bomb = pack(&files(&[("a", &vec![0; 3 << 20]), ("b", &vec![0; 3 << 20])])).unwrap();
        assert!(bomb.len() < 64 * 1024, "{}", bomb.len());
        assert_eq!(unpack(&bomb), Err(Unreadable::TooLarge));
        let many: Files = (0..=MOST_FILES).map(|n| (n.to_string(), Vec::new())).collect();
        assert_eq!(unpack(&pack(&many).unwrap()), Err(Unreadable::TooMany));
        let mut cut = pack(&files(&[("a", &[7; 1000])])).unwrap();
        cut.truncate(cut.len() / 2);
        assert_eq!(unpack(&cut), Err(Unreadable::NoZip));
    }
}
