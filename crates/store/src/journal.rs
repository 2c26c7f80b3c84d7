//! The intake journal (BAK-3): every commit, appended to a file on another device and synced there before the database
//! commits and before anybody is answered. With yesterday's backup it brings everything back that was ever confirmed.
//!
//! A segment begins with a header that says how its own key is opened; each record is a length and a ciphertext whose
//! number is bound to it. A record says where the log stood before and after it. One that the database then did not take
//! is followed by another from the same place, which replaces it. What tears at the end was never confirmed.

use crate::StoreError;
use crate::log::Keeper;
use crate::seal::{self, NONCE, Suite};
use crate::sql::{Value, Write};
use minicbor::{Decoder, Encoder};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"huiyin journal 1\n";
/// Bytes after which a new segment begins.
const SEGMENT: u64 = 64 << 20;

/// A segment about to be begun: its file's name, its key, and a header from which only its readers get the key back.
#[derive(Clone)]
pub struct Segment {
    /// Name of the file in the journal's folder; must not exist.
    pub name: String,
    /// What its records are encrypted with: the office's.
    pub suite: Suite,
    /// Key of its records.
    pub key: [u8; 32],
    /// How its readers get the key.
    pub header: Vec<u8>,
}

/// Begins segments: draws keys, names files.
pub type NewSegment = Box<dyn Fn() -> Result<Segment, String> + Send>;

/// An open journal.
pub struct Journal {
    folder: PathBuf,
    new_segment: NewSegment,
    open: Option<Open>,
}

struct Open {
    file: File,
    suite: Suite,
    key: [u8; 32],
    length: u64,
    n_records: u64,
    /// Statements that stand in the segment already, by their text.
    known: BTreeMap<&'static str, u32>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Where the log stood around a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which log; 0 when the commit held nothing for the log.
    pub epoch: i64,
    /// Entries before.
    pub first: u64,
    /// Entries after.
    pub last: u64,
}

/// One commit, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the log stood.
    pub span: Span,
    /// Everything that was written, in order.
    pub writes: Vec<(String, Vec<Value>, Option<u64>)>,
}

impl Journal {
    /// A journal in a folder, which is made when it does not exist. Its first segment begins with the first commit.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: &Path, new_segment: NewSegment) -> io::Result<Journal> {
        let new: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        std::fs::create_dir_all(folder)?;
        // The folders' own names must survive a power cut too, as a file's must (see `begin`).
        for made in new {
            let parent = made.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Ok(Journal { folder: folder.to_path_buf(), new_segment, open: None })
    }

    /// Appends a commit and syncs it.
    ///
    /// # Errors
    /// `Full` when the device is full: nothing was appended, the next try may do. `Device` when it failed: what it holds
    /// is not known, and no further try is made.
    pub(crate) fn append(&mut self, span: Span, writes: &[&Write]) -> Result<(), StoreError> {
        let name = format!("intake journal {}", self.folder.display());
        let explain = |error: io::Error| {
            if [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&error.kind()) {
                StoreError::Full(name.clone())
            } else {
                StoreError::Device(format!("{name} ({error})"))
            }
        };
        let mut open = match self.open.take() {
            Some(open) if open.length < SEGMENT => open,
            Some(_) | None => self.begin().map_err(&explain)?,
        };
        let (plain, new) = encode(span, writes, &open.known);
        let sealed = seal::seal(open.suite, &open.key, &nonce(open.n_records), MAGIC, &plain)?;
        let length =
            u32::try_from(sealed.len()).map_err(|_| StoreError::Other("a commit of gigabytes".to_owned()))?;
        let bytes = [length.to_be_bytes().as_slice(), &sealed].concat();
        if let Err(error) = open.file.write_all(&bytes) {
            let error = explain(error);
            // Whatever part of it is there is taken off again, or the next record would stand behind it.
            let undone = open
                .file
                .set_len(open.length)
                .and_then(|()| io::Seek::seek(&mut open.file, io::SeekFrom::Start(open.length)).map(|_| ()));
            undone.map_err(|error| StoreError::Device(format!("{name} ({error})")))?;
            // The next record goes into another segment: no key meets a nonce twice, not in blocks that were freed either.
            return Err(error);
        }
        // Some file systems find out here that there is no room. A sync that failed is not tried again, whatever it says.
        open.file.sync_data().map_err(|error| StoreError::Device(format!("{name} ({error})")))?;
        open.length += bytes.len() as u64;
        open.n_records += 1;
        open.known.extend(new);
        self.open = Some(open);
        Ok(())
    }

    fn begin(&self) -> io::Result<Open> {
        let segment = (self.new_segment)().map_err(io::Error::other)?;
        let path = self.folder.join(&segment.name);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let length = u32::try_from(segment.header.len()).map_err(io::Error::other)?;
        let head = [MAGIC, &length.to_be_bytes(), &segment.header].concat();
        let written = file.write_all(&head).and_then(|()| file.sync_all());
        // The name itself must survive too.
        let written = written.and_then(|()| File::open(&self.folder)?.sync_all());
        if let Err(error) = written {
            let _gone = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(Open {
            file,
            suite: segment.suite,
            key: segment.key,
            length: head.len() as u64,
            n_records: 0,
            known: BTreeMap::new(),
        })
    }
}

/// A header that the office's own key opens: for an office that has named no recipients.
///
/// # Errors
/// When it cannot be encrypted, which no input causes.
pub fn own_header(keeper: &Keeper, key: &[u8; 32], nonce: &[u8; NONCE]) -> Result<Vec<u8>, StoreError> {
    seal::seal(keeper.suite(), keeper.journal(), nonce, MAGIC, key)
}

/// The key behind [`own_header`]; `None` when it is another office's.
///
/// # Errors
/// When it is of another suite.
pub fn open_own_header(keeper: &Keeper, header: &[u8]) -> Result<Option<[u8; 32]>, StoreError> {
    let key = seal::open(keeper.suite(), keeper.journal(), MAGIC, header)?;
    Ok(key.and_then(|key| key.try_into().ok()))
}

/// Binds a segment's key and how others get it to the office: whoever knows the recipients alone cannot make a journal.
pub fn bind(keeper: &Keeper, key: &[u8; 32], sealed: &[u8]) -> [u8; 32] {
    crate::content::commit(keeper.journal(), &[MAGIC, key, sealed].concat())
}

/// The header of a segment.
///
/// # Errors
/// When the file cannot be read or is no segment.
pub fn header(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(file)?;
    read_header(&mut file)
}

fn read_header(file: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no segment of an intake journal"));
    }
    match read_block(file)? {
        Block::Whole(header) => Ok(header),
        Block::CutOff(_) | Block::End => {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the header is cut off"))
        }
    }
}

/// What stands at a place of a segment.
enum Block {
    /// As many bytes as its length says.
    Whole(Vec<u8>),
    /// Fewer: what there is.
    CutOff(Vec<u8>),
    /// The file ends.
    End,
}

fn read_block(file: &mut impl io::Read) -> io::Result<Block> {
    let mut length = Vec::new();
    file.take(4).read_to_end(&mut length)?;
    let Ok(length) = <[u8; 4]>::try_from(length.as_slice()) else {
        return Ok(if length.is_empty() { Block::End } else { Block::CutOff(Vec::new()) });
    };
    let length = u32::from_be_bytes(length) as usize;
    let mut block = Vec::new();
    file.take(length as u64).read_to_end(&mut block)?;
    Ok(if block.len() == length { Block::Whole(block) } else { Block::CutOff(block) })
}

/// Reads a segment and calls `each` with every record in order; the number of them. A record that tore at the end was
/// never confirmed and is left out.
///
/// # Errors
/// When the file cannot be read, `each` fails, or a record was altered.
pub fn read(
    file: &Path,
    (suite, key): (Suite, &[u8; 32]),
    mut each: impl FnMut(Record) -> io::Result<()>,
) -> io::Result<u64> {
    let open = |kept: &[u8]| {
        seal::open(suite, key, MAGIC, kept).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    };
    let mut reader = io::BufReader::new(File::open(file)?);
    let mut place = (MAGIC.len() + 4 + read_header(&mut reader)?.len()) as u64;
    let mut known = Vec::new();
    let mut n = 0;
    loop {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("record {n} was altered"));
        let sealed = match read_block(&mut reader)? {
            Block::End => return Ok(n),
            Block::CutOff(rest) => {
                // A length that was altered would hide what follows: the record itself, or the next one.
                let hides = open(&rest)?.is_some() || rest.windows(NONCE).any(|part| part == nonce(n + 1));
                return if hides { Err(damaged()) } else { Ok(n) };
            }
            Block::Whole(sealed) => sealed,
        };
        let opened =
            open(&sealed)?.filter(|_| sealed.get(1..).is_some_and(|rest| rest.starts_with(&nonce(n))));
        let Some(plain) = opened else {
            let mut rest = [0; 1];
            let is_last = reader.read(&mut rest)? == 0;
            return if is_last && is_torn(place + 4, &sealed) { Ok(n) } else { Err(damaged()) };
        };
        each(decode(&plain, &mut known).ok_or_else(damaged)?)?;
        place += 4 + sealed.len() as u64;
        n += 1;
    }
}

/// Whether a sector of a record never reached the disk: a file that grew before a power cut is empty there.
fn is_torn(place: u64, sealed: &[u8]) -> bool {
    const SECTOR: u64 = 512;
    let first = usize::try_from(SECTOR - place % SECTOR).unwrap_or(0).min(sealed.len());
    let (begin, rest) = sealed.split_at(first);
    // A few zeros are chance; a record's begin holds its own.
    let sectors = std::iter::once(begin).chain(rest.chunks(SECTOR as usize));
    sectors.filter(|sector| sector.len() > 32).any(|sector| sector.iter().all(|byte| *byte == 0))
}

fn nonce(n: u64) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    for (to, from) in nonce.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    nonce
}

/// A commit's bytes, and the statements that are new in the segment. CBOR: [epoch, first, last, [new sql…],
/// [[number of sql, rows or null, [value…]]…]].
fn encode(
    span: Span,
    writes: &[&Write],
    known: &BTreeMap<&'static str, u32>,
) -> (Vec<u8>, BTreeMap<&'static str, u32>) {
    let mut new: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut texts = Vec::new();
    for write in writes {
        if !known.contains_key(write.sql) && !new.contains_key(write.sql) {
            new.insert(write.sql, u32::try_from(known.len() + texts.len()).unwrap_or(u32::MAX));
            texts.push(write.sql);
        }
    }
    let number = |sql: &str| known.get(sql).or_else(|| new.get(sql)).copied().unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    // Writing to memory cannot fail.
    let written = (|| -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        encoder.array(5)?.i64(span.epoch)?.u64(span.first)?.u64(span.last)?;
        encoder.array(texts.len() as u64)?;
        for text in &texts {
            encoder.str(text)?;
        }
        encoder.array(writes.len() as u64)?;
        for write in writes {
            encoder.array(3)?.u32(number(write.sql))?;
            match write.rows {
                Some(rows) => encoder.u64(rows)?,
                None => encoder.null()?,
            };
            encoder.array(write.params.len() as u64)?;
            for value in &write.params {
                match value {
                    Value::Null => encoder.null()?,
                    Value::Integer(number) => encoder.i64(*number)?,
                    Value::Text(text) => encoder.str(text)?,
                    Value::Blob(bytes) => encoder.bytes(bytes)?,
                };
            }
        }
        Ok(())
    })();
    debug_assert!(written.is_ok());
    (bytes, new)
}

fn decode(bytes: &[u8], known: &mut Vec<String>) -> Option<Record> {
    use minicbor::data::Type;
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    let span = Span { epoch: decoder.i64().ok()?, first: decoder.u64().ok()?, last: decoder.u64().ok()? };
    for _ in 0..decoder.array().ok()?? {
        known.push(decoder.str().ok()?.to_owned());
    }
    let mut writes = Vec::new();
    for _ in 0..decoder.array().ok()?? {
        decoder.array().ok()?;
        let sql = known.get(decoder.u32().ok()? as usize)?.clone();
        let rows = if decoder.datatype().ok()? == Type::Null {
            decoder.skip().ok()?;
            None
        } else {
            Some(decoder.u64().ok()?)
        };
        let mut params = Vec::new();
        for _ in 0..decoder.array().ok()?? {
            let found = decoder.datatype().ok()?;
            params.push(if found == Type::Null {
                decoder.skip().ok()?;
                Value::Null
            } else if found == Type::String {
                Value::Text(decoder.str().ok()?.to_owned())
            } else if found == Type::Bytes {
                Value::Blob(decoder.bytes().ok()?.to_vec())
            } else {
                Value::Integer(decoder.i64().ok()?)
            });
        }
        writes.push((sql, params, rows));
    }
    Some(Record { span, writes })
}
