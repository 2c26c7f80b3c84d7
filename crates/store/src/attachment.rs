//! Files that people attach: pieces of a fixed length, each encrypted for its place, never a whole file in memory
//! (ATT-1, ENC-1, ENC-2; docs/decisions/0007).
//!
//! A file has a key of its own. Until it belongs to a petition an `upload` row keeps that key under a secret of whoever
//! brings it; the decision that takes the file over wraps the key under the petition's and leaves the pieces where they
//! are. The record speaks of a file as it does of words: a commitment of the bytes, and a digest of what is kept.

use crate::content::{self, sha256};
use crate::seal::{FileKey, NONCE, PetitionKey};
use crate::sql::{Row, Value, Write};
use crate::{Database, StoreError};
use casework::{ContentId, PetitionId};
use ledger::record::ContentRef;
use sha2::{Digest, Sha256};

/// Bytes of a piece; the last one may be shorter.
pub const PIECE: usize = 128 * 1024;

const BEGIN: &str = "insert into upload (file_id, holder_mac, body, expires_at) values ($1, $2, $3, $4)";
const FINISH: &str = "update upload set body = $1, expires_at = $2 where file_id = $3";
const ADD: &str = "insert into attachment_chunk (file_id, idx, digest, body) values ($1, $2, $3, $4)";
const HELD: &str =
    "select file_id, body from upload where holder_mac = $1 and expires_at > $2 order by file_id";
const LET_GO: &str = "update upload set expires_at = $1 where file_id = $2";
const RENEW: &str = "update upload set expires_at = $1 where holder_mac = $2 and expires_at > $3";
const LEAVE: &str = "delete from upload where file_id = $1";
const DROP: &str = "delete from attachment_chunk where file_id = $1 and not exists (select 1 from attachment where attachment.file_id = $1)";
const DROP_EXPIRED: &str = "delete from attachment_chunk where file_id in (select file_id from upload where expires_at <= $1) and not exists (select 1 from attachment where attachment.file_id = attachment_chunk.file_id)";
const LEAVE_EXPIRED: &str = "delete from upload where expires_at <= $1";
const KEEP: &str = "insert into attachment (file_id, petition_id, seq, commitment, digest, size, sealed_key) values ($1, $2, $3, $4, $5, $6, $7)";
const OF_PETITION: &str = "select file_id, seq, commitment, sealed_key from attachment where petition_id = $1 order by seq, file_id";
const REFS: &str = "select file_id, commitment, digest, size from attachment where petition_id = $1 and seq = $2 order by file_id";
// None once the key of the petition that has the file was destroyed: a download in course ends there (RET-1).
const PIECE_OF: &str = "select body from attachment_chunk c where file_id = $1 and idx = $2 and not exists (select 1 from attachment a join petition_key k on k.petition_id = a.petition_id where a.file_id = c.file_id and length(k.wrapped) = 0)";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[
    BEGIN,
    FINISH,
    ADD,
    HELD,
    LET_GO,
    RENEW,
    LEAVE,
    DROP,
    DROP_EXPIRED,
    LEAVE_EXPIRED,
    KEEP,
    OF_PETITION,
    REFS,
    PIECE_OF,
];

/// A file that a decision is about to take over.
#[derive(Clone)]
pub struct NewFile {
    /// Its id.
    pub id: ContentId,
    /// Opens its pieces.
    pub key: FileKey,
    /// Random key of the commitment.
    pub ckey: [u8; 32],
    /// HMAC-SHA256 of the bytes under it.
    pub commitment: [u8; 32],
    /// SHA-256 of the digests of the pieces, in order.
    pub pieces_digest: [u8; 32],
    /// Bytes of all pieces as they are kept.
    pub kept: u64,
    /// Random nonce for the wrapped key.
    pub nonce: [u8; NONCE],
}

impl std::fmt::Debug for NewFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the keys.
        f.debug_struct("NewFile").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A file of a petition, opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its id.
    pub id: ContentId,
    /// The decision that brought it.
    pub seq: u64,
    /// Opens its pieces.
    pub key: FileKey,
    /// Key of the commitment.
    pub ckey: [u8; 32],
    /// What the record commits to.
    pub commitment: [u8; 32],
}

/// A file begins to come in. Until it is finished it lasts no longer than `expires_at`.
pub fn begin(file: ContentId, holder_mac: &str, expires_at: &str) -> Write {
    let body = Value::Blob(Vec::new());
    Write::new(BEGIN, vec![file.to_string().into(), holder_mac.into(), body, expires_at.into()])
}

/// A piece, encrypted: its digest, its length as kept, and the row.
///
/// # Errors
/// When it cannot be encrypted, which no input causes.
pub fn piece(
    key: &FileKey,
    file: ContentId,
    idx: u32,
    nonce: &[u8; NONCE],
    bytes: &[u8],
) -> Result<([u8; 32], u64, Write), StoreError> {
    let kept = key.seal(file, idx, nonce, bytes)?;
    let (digest, length) = (sha256(&kept), kept.len() as u64);
    let params =
        vec![file.to_string().into(), i64::from(idx).into(), Value::Blob(digest.to_vec()), Value::Blob(kept)];
    Ok((digest, length, Write::new(ADD, params)))
}

/// A file whose bytes are at hand, made by the program itself: what a decision takes over, and the rows of its pieces, which go
/// into the same batch. `random` gives the nonces.
///
/// # Errors
/// When it cannot be encrypted, which no input causes, or there is no randomness.
pub fn whole<E: From<StoreError>>(
    (id, key, ckey): (ContentId, FileKey, [u8; 32]),
    bytes: &[u8],
    mut random: impl FnMut() -> Result<[u8; NONCE], E>,
) -> Result<(NewFile, Vec<Write>), E> {
    let (mut digests, mut kept, mut rows) = (Sha256::new(), 0, Vec::new());
    for (idx, part) in (0_u32..).zip(bytes.chunks(PIECE)) {
        let (digest, length, row) = piece(&key, id, idx, &random()?, part)?;
        digests.update(digest);
        kept += length;
        rows.push(row);
    }
    let file = NewFile {
        id,
        key,
        ckey,
        commitment: content::commit(&ckey, bytes),
        pieces_digest: digests.finalize().into(),
        kept,
        nonce: random()?,
    };
    Ok((file, rows))
}

/// The last piece is there. `body` is what its holder needs to know of it, encrypted.
pub fn finish(file: ContentId, body: Vec<u8>, expires_at: &str) -> Write {
    Write::new(FINISH, vec![body.into(), expires_at.into(), file.to_string().into()]).rows(1)
}

/// Drops a file that did not arrive. Nobody could have taken it over: it was never finished.
pub fn discard(file: ContentId) -> [Write; 2] {
    let id = || vec![file.to_string().into()];
    [Write::new(LEAVE, id()), Write::new(DROP, id())]
}

/// Keeps everything that a holder still has until another instant.
pub fn renew(holder_mac: &str, expires_at: &str, now: &str) -> Write {
    Write::new(RENEW, vec![expires_at.into(), holder_mac.into(), now.into()])
}

/// Lets go of a file: nobody holds it any more. Its pieces go later ([`discard_expired`]), because a decision that is
/// under way in this very moment may take them over.
pub fn let_go(file: ContentId, now: &str) -> Write {
    Write::new(LET_GO, vec![now.into(), file.to_string().into()])
}

/// Drops what nobody has held since `before`, and no decision took over.
pub fn discard_expired(before: &str) -> [Write; 2] {
    [Write::new(DROP_EXPIRED, vec![before.into()]), Write::new(LEAVE_EXPIRED, vec![before.into()])]
}

/// Files that somebody holds, with what [`finish`] kept of each; empty for those that are still coming in.
///
/// # Errors
/// Whatever the database reports.
pub async fn held(
    database: &Database,
    holder_mac: &str,
    now: &str,
) -> Result<Vec<(ContentId, Vec<u8>)>, StoreError> {
    let rows = database.query(HELD, vec![holder_mac.into(), now.into()]).await?;
    rows.iter().map(|row| Ok((id_of(row, 0)?, row.blob(1)?.to_vec()))).collect()
}

/// The decision at `seq` takes files over: how its record speaks of them, and the rows.
///
/// # Errors
/// When a key cannot be encrypted, which no input causes.
pub fn take_over(
    key: &PetitionKey,
    petition: PetitionId,
    seq: u64,
    files: &[NewFile],
) -> Result<(Vec<ContentRef>, Vec<Write>), StoreError> {
    let mut refs = Vec::with_capacity(files.len());
    let mut writes = Vec::with_capacity(2 * files.len());
    for file in files {
        let sealed = key.wrap_file(petition, file.id, &file.nonce, (&file.key, &file.ckey))?;
        let digest = digest(&file.pieces_digest, &sealed);
        let size = file.kept + sealed.len() as u64;
        let id = *file.id.0.as_bytes();
        refs.push(ContentRef { id, commitment: file.commitment, stored_digest: digest, size });
        // No count of rows: a journal is replayed node by node, and the upload's own row may come back after this one.
        writes.push(Write::new(LEAVE, vec![file.id.to_string().into()]));
        writes.push(Write::new(
            KEEP,
            vec![
                file.id.to_string().into(),
                petition.to_string().into(),
                i64::try_from(seq).unwrap_or(i64::MAX).into(),
                Value::Blob(file.commitment.to_vec()),
                Value::Blob(digest.to_vec()),
                i64::try_from(size).unwrap_or(i64::MAX).into(),
                Value::Blob(sealed),
            ],
        ));
    }
    refs.sort_by_key(|found| found.id);
    Ok((refs, writes))
}

/// What a record says of a file as it is kept.
pub(crate) fn digest(pieces_digest: &[u8; 32], sealed_key: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(pieces_digest).chain_update(sealed_key).finalize().into()
}

/// How the record of the decision at `seq` speaks of the files that came with it.
pub(crate) async fn refs(
    database: &Database,
    petition: PetitionId,
    seq: i64,
) -> Result<Vec<ContentRef>, StoreError> {
    let rows = database.query(REFS, vec![petition.to_string().into(), seq.into()]).await?;
    rows.iter().map(|row| content::reference_of(row, 0)).collect()
}

/// The files of a petition, in the order in which they came; none where its key was destroyed, or is sealed to
/// whoever asks.
///
/// # Errors
/// `Corrupt` names a file whose key does not open.
pub async fn of_petition(database: &Database, petition: PetitionId) -> Result<Vec<Opened>, StoreError> {
    let rows = database.query(OF_PETITION, vec![petition.to_string().into()]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = match content::key_of(database, petition).await {
        Err(StoreError::Destroyed(_) | StoreError::Sealed(_)) => return Ok(Vec::new()),
        key => key?,
    };
    rows.iter()
        .map(|row| {
            let id = id_of(row, 0)?;
            let damaged = || StoreError::Corrupt(format!("attachment {id}: its key does not open"));
            let (own, ckey) = key.unwrap_file(petition, id, row.blob(3)?)?.ok_or_else(damaged)?;
            Ok(Opened {
                id,
                seq: u64::try_from(row.int(1)?).unwrap_or(0),
                key: own,
                ckey,
                commitment: row.blob(2)?.try_into().map_err(|_| damaged())?,
            })
        })
        .collect()
}

/// One piece of a file in clear; `None` behind the last.
///
/// # Errors
/// `Corrupt` names a piece that was altered.
pub async fn read(
    database: &Database,
    key: &FileKey,
    file: ContentId,
    idx: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let rows = database.query(PIECE_OF, vec![file.to_string().into(), i64::from(idx).into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let damaged = || StoreError::Corrupt(format!("attachment_chunk {file}/{idx} does not open"));
    key.open(file, idx, row.blob(0)?)?.map(Some).ok_or_else(damaged)
}

fn id_of(row: &Row, column: usize) -> Result<ContentId, StoreError> {
    row.text(column)?.parse().map_err(|_| StoreError::Corrupt("attachment: id of a file".to_owned()))
}
