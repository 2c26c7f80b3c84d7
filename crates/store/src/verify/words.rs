//! Words and files as they are kept, against what the record of their decision says of them.

use super::Report;
use super::files::File;
use super::log::Log;
use crate::log::Stream;
use crate::sql::Row;
use crate::{StoreError, content, sealed};
use casework::ContentId;
use casework::text::Commitment;
use ledger::Hash;
use ledger::record::ContentRef;

/// Words, files and the key kept with a decision.
#[derive(Default)]
pub(super) struct Words {
    /// The row of the petition's key.
    pub(super) key: Option<Row>,
    /// Whether the decision must have one.
    pub(super) keyed: bool,
    /// Rows of `content`.
    pub(super) rows: Vec<Row>,
    /// Files.
    pub(super) files: Vec<File>,
}

/// How a record speaks of the words: as they are found, and as their rows say.
#[derive(Default)]
pub(super) struct References {
    pub(super) found: Vec<ContentRef>,
    pub(super) said: Vec<ContentRef>,
    /// A row among them was named.
    pub(super) faulty: bool,
}

/// Compares what is kept with a decision with how its record speaks of it.
pub(super) fn references(
    stream: Stream,
    body: &[u8],
    words: &Words,
    log: &Log,
    report: &mut Report,
) -> Result<References, StoreError> {
    let Stream::Petition(petition) = stream else { return Ok(References::default()) };
    let mut refs = References::default();
    let said = |id: [u8; 16], commitment: Hash, digest: &[u8], size: u64| ContentRef {
        id,
        commitment,
        stored_digest: digest.try_into().unwrap_or([0; 32]),
        size,
    };
    match &words.key {
        Some(row) => {
            let (digest, wrapped, recovery) = (row.blob(1)?, row.blob(2)?, row.blob(3)?);
            let says = said(content::KEY_REF, [0; 32], digest, content::WRAPPED);
            let mut finds = says.clone();
            let now = content::key_digest(wrapped, recovery);
            let anew = log.wraps.get(&petition);
            let erased = anew.is_some_and(|anew| anew.erased.is_some());
            if erased && !(wrapped.is_empty() && recovery.is_empty()) {
                report.fault("petition_key", petition, "the key stands here, and its erasure is on record");
                refs.faulty = true;
                finds.stored_digest = anew.map_or(now, |anew| anew.first);
            } else if wrapped.is_empty() && !erased {
                report.fault("petition_key", petition, "the key was destroyed, and no erasure is on record");
            } else if now != anew.map_or(says.stored_digest, |anew| anew.now) {
                report.fault("petition_key", petition, "the key is not the one that was kept");
                refs.faulty = true;
                finds.stored_digest = anew.map_or(now, |anew| anew.first);
            } else if let Some(anew) = anew.filter(|anew| anew.first != says.stored_digest) {
                report.fault(
                    "petition_key",
                    petition,
                    "it says something else of its first wraps than the log",
                );
                refs.faulty = true;
                finds.stored_digest = anew.first;
            }
            refs.found.push(finds);
            refs.said.push(says);
        }
        None if words.keyed => report.fault("petition_key", petition, "there is none"),
        None => {}
    }
    for row in &words.rows {
        let key = format!("{petition}/{}", row.text(2)?);
        // As for petitions: one spelling.
        let own = row.text(2)?.parse::<casework::ContentId>().ok();
        let Some(id) = own.filter(|id| row.text(2).is_ok_and(|text| id.to_string() == text)) else {
            report.fault("content", key, "this is no content's id");
            continue;
        };
        let commitment: Hash = row.blob(3)?.try_into().unwrap_or([0; 32]);
        let size = u64::try_from(row.int(5)?).unwrap_or(0);
        let says = said(*id.0.as_bytes(), commitment, row.blob(4)?, size);
        let finds = ContentRef { stored_digest: content::sha256(row.blob(6)?), ..says.clone() };
        let spoken = speaks_of(body, id, commitment);
        refs.faulty |= finds != says || !spoken;
        if finds != says {
            report.fault("content", key, "the words are not as they were kept");
        } else if !spoken {
            report.fault("content", key, "its decision speaks of other words");
        }
        refs.found.push(finds);
        refs.said.push(says);
    }
    for file in &words.files {
        let Some(id) = file.own_id() else {
            report.fault("attachment", &file.id, "this is no file's id");
            continue;
        };
        let says = said(*id.0.as_bytes(), file.commitment, &file.digest, file.size);
        let finds = ContentRef { stored_digest: file.found_digest, size: file.found_size, ..says.clone() };
        let spoken = speaks_of(body, id, file.commitment);
        refs.faulty |= finds != says || !spoken || !file.faulty_pieces.is_empty();
        for (idx, what) in &file.faulty_pieces {
            report.fault("attachment_chunk", format!("{id}/{idx}"), *what);
        }
        if finds != says && file.faulty_pieces.is_empty() {
            report.fault("attachment", id, "the file is not as it was kept");
        } else if !spoken {
            report.fault("attachment", id, "its decision speaks of other files");
        }
        refs.found.push(finds);
        refs.said.push(says);
    }
    Ok(refs)
}

/// Whether a decision names a content and what binds it; a sealed one says it beside what is sealed.
fn speaks_of(body: &[u8], id: ContentId, commitment: Hash) -> bool {
    if let Some(outside) = sealed::outside_of(body) {
        return outside.contents.contains(&sealed::digest_of(id.0.as_bytes(), &commitment));
    }
    let speaks = |bytes: Result<Vec<u8>, _>| {
        bytes.is_ok_and(|bytes: Vec<u8>| body.windows(bytes.len().max(1)).any(|part| part == bytes))
    };
    speaks(minicbor_serde::to_vec(id).map_err(|_| ()))
        && speaks(minicbor_serde::to_vec(Commitment(commitment)).map_err(|_| ()))
}
