//! Attached files as they are kept, read piece by piece: never a whole file in memory.

use super::Report;
use crate::sql::{Row, Value};
use crate::{Database, StoreError, attachment};
use casework::ContentId;
use ledger::Hash;
use sha2::{Digest as _, Sha256};

const FILES: &str = "select file_id, petition_id, seq, commitment, digest, size, sealed_key from attachment where petition_id > $1 and petition_id <= $2 order by petition_id, seq, file_id";
const PIECES: &str =
    "select idx, digest, body from attachment_chunk where file_id = $1 and idx > $2 order by idx limit $3";
const STRAYS: &str = "select file_id, idx from attachment_chunk where not exists (select 1 from attachment where attachment.file_id = attachment_chunk.file_id) and not exists (select 1 from upload where upload.file_id = attachment_chunk.file_id) order by file_id, idx limit $1";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[FILES, PIECES, STRAYS];

/// Pieces read in one go: two megabytes.
const PAGE: i64 = 16;

/// A file as its row says and as its pieces are.
pub(super) struct File {
    pub(super) id: String,
    pub(super) petition: String,
    pub(super) seq: i64,
    pub(super) commitment: Hash,
    pub(super) digest: Vec<u8>,
    pub(super) size: u64,
    pub(super) found_digest: Hash,
    pub(super) found_size: u64,
    /// Pieces that are not as they were kept, by their numbers.
    pub(super) faulty_pieces: Vec<(i64, &'static str)>,
}

impl File {
    /// Its id; one spelling, as for petitions.
    pub(super) fn own_id(&self) -> Option<ContentId> {
        self.id.parse::<ContentId>().ok().filter(|id| id.to_string() == self.id)
    }
}

/// Files of the petitions between two keys.
pub(super) async fn read(database: &Database, below: &str, upto: &str) -> Result<Vec<File>, StoreError> {
    let mut files = Vec::new();
    for row in database.query(FILES, vec![below.into(), upto.into()]).await? {
        files.push(file(database, &row).await?);
    }
    Ok(files)
}

async fn file(database: &Database, row: &Row) -> Result<File, StoreError> {
    let sealed_key = row.blob(6)?;
    let mut file = File {
        id: row.text(0)?.to_owned(),
        petition: row.text(1)?.to_owned(),
        seq: row.int(2)?,
        commitment: row.blob(3)?.try_into().unwrap_or([0; 32]),
        digest: row.blob(4)?.to_vec(),
        size: u64::try_from(row.int(5)?).unwrap_or(0),
        found_digest: [0; 32],
        found_size: sealed_key.len() as u64,
        faulty_pieces: Vec::new(),
    };
    let mut digests = Sha256::new();
    let (mut after, mut next) = (-1, 0);
    loop {
        let params = vec![file.id.as_str().into(), Value::Integer(after), PAGE.into()];
        let page = database.query(PIECES, params).await?;
        for piece in &page {
            let (idx, kept) = (piece.int(0)?, piece.blob(2)?);
            let found = crate::content::sha256(kept);
            if found != *piece.blob(1)? {
                file.faulty_pieces.push((idx, "the piece is not as it was kept"));
            }
            // The one that is not where it belongs is named, and not the one that comes in its place.
            if idx != next {
                file.faulty_pieces.push((next, "the piece is missing, or stands in a wrong place"));
            }
            digests.update(found);
            file.found_size += kept.len() as u64;
            (after, next) = (idx, idx.saturating_add(1));
        }
        if i64::try_from(page.len()).unwrap_or(0) < PAGE {
            break;
        }
    }
    file.found_digest = attachment::digest(&digests.finalize().into(), sealed_key);
    Ok(file)
}

/// Names pieces that neither a petition nor somebody who is writing one has.
pub(super) async fn strays(database: &Database, report: &mut Report) -> Result<(), StoreError> {
    let most = i64::try_from(super::MOST).unwrap_or(i64::MAX);
    for row in database.query(STRAYS, vec![most.into()]).await? {
        report.fault(
            "attachment_chunk",
            format!("{}/{}", row.text(0)?, row.int(1)?),
            "no file has this piece",
        );
    }
    Ok(())
}
