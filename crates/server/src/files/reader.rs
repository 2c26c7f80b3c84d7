//! A kept file as something that is read and sought in: one piece in memory at a time.

use casework::ContentId;
use std::io::{self, Read, Seek, SeekFrom};
use store::attachment::PIECE;
use store::seal::FileKey;
use store::{Database, attachment};
use tokio::runtime::Handle;

/// Reads a file of so many bytes. Blocks: for `block_in_place`.
pub(crate) struct Reader<'a> {
    database: &'a Database,
    key: &'a FileKey,
    file: ContentId,
    size: u64,
    at: u64,
    piece: Option<(u32, Vec<u8>)>,
}

impl<'a> Reader<'a> {
    /// From its first byte.
    pub(crate) fn new(database: &'a Database, key: &'a FileKey, file: ContentId, size: u64) -> Reader<'a> {
        Reader { database, key, file, size, at: 0, piece: None }
    }

    fn piece(&mut self, idx: u32) -> io::Result<&[u8]> {
        if self.piece.as_ref().is_none_or(|(known, _)| *known != idx) {
            let read = attachment::read(self.database, self.key, self.file, idx);
            let bytes = Handle::current().block_on(read).map_err(io::Error::other)?;
            self.piece = Some((idx, bytes.ok_or(io::ErrorKind::UnexpectedEof)?));
        }
        Ok(self.piece.as_ref().map_or(&[], |(_, bytes)| bytes))
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let (idx, within) = (self.at / PIECE as u64, usize::try_from(self.at % PIECE as u64));
        let idx = u32::try_from(idx).map_err(io::Error::other)?;
        let piece = self.piece(idx)?;
        let rest = piece.get(within.unwrap_or(0)..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
