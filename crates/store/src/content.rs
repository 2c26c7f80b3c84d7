//! Words, kept outside the events, bound to them by a commitment, and encrypted under their petition's key.
//!
//! The commitment is HMAC-SHA256 of the words under a random key that is encrypted with them, so that the words can later
//! be sealed or erased while the events still verify (architecture §3, §10.21, §10.36). `digest` is of the row as it is
//! kept: with it a record is checked without any key.

use crate::keys::RecoveryKey;
use crate::seal::{NONCE, PetitionKey};
use crate::sql::{Row, Value, Write};
use crate::{Database, Reads, StoreError, sealed};
use casework::{ContentId, PetitionId};
use ledger::record::ContentRef;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Texts kept by one statement: a petition comes with several, and one statement is cheaper than four.
const TEXTS: usize = 8;
/// The insert of one text, of two, and so on.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=TEXTS).map(insert).collect());

fn insert(texts: usize) -> String {
    let row = |text: usize| {
        let [id, commitment, digest, body] = [3, 4, 5, 6].map(|column| 4 * text + column);
        format!("($1, $2, ${id}, ${commitment}, ${digest}, ${body})")
    };
    let rows: Vec<String> = (0..texts).map(row).collect();
    format!(
        "insert into content (petition_id, seq, content_id, commitment, digest, body) values {}",
        rows.join(", ")
    )
}

const OF_PETITION: &str = "select content_id, commitment, body from content where petition_id = $1";
const COPIES: &str = "select content_id, commitment, body, seq from content where petition_id = $1";
const ONE: &str =
    "select content_id, commitment, body from content where petition_id = $1 and content_id = $2";
const REFS: &str = "select content_id, commitment, digest, length(body) from content where petition_id = $1 and seq = $2 order by content_id";
const KEY: &str = "select wrapped, digest from petition_key where petition_id = $1";
const KEEP_KEY: &str =
    "insert into petition_key (petition_id, digest, wrapped, recovery) values ($1, $2, $3, $4)";

/// Every statement of this file, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    INSERTS.iter().map(String::as_str).chain([OF_PETITION, COPIES, ONE, REFS, KEY, KEEP_KEY]).collect()
}

/// The id under which a record speaks of the petition's key itself.
pub const KEY_REF: [u8; 16] = [0; 16];
/// Bytes of a wrapped key.
pub(crate) const WRAPPED: u64 = 4 + 1 + 24 + 32 + 16;
/// Bytes of a commitment's key, which stand before the words they commit to.
const CKEY: usize = 32;

/// Words about to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewContent {
    /// Its id.
    pub id: ContentId,
    /// Random key of the commitment.
    pub key: [u8; CKEY],
    /// Random nonce of the encryption.
    pub nonce: [u8; NONCE],
    /// What binds the words to the event.
    pub commitment: [u8; 32],
    /// The words, UTF-8.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for NewContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the words, never the key.
        f.debug_struct("NewContent").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Words with the key that proves them.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Key of the commitment.
    pub ckey: [u8; CKEY],
    /// The words.
    pub words: String,
}

/// HMAC-SHA256 of the words under the key.
pub fn commit(key: &[u8; 32], body: &[u8]) -> [u8; 32] {
    ledger::record::commit(key, body)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What a record says of a petition's key: of both its wraps as they are kept. The first has a fixed length.
pub fn key_digest(wrapped: &[u8], recovery: &[u8]) -> [u8; 32] {
    sha256(&[wrapped, recovery].concat())
}

/// A petition's new key: the row that keeps it wrapped by the office's, and a second time for those who recover where a
/// recovery key is given (KEY-3); and how the record speaks of it. Nonces are random, one for each wrap.
///
/// # Errors
/// When the database was opened without the office's key.
pub fn keep_key(
    database: &Database,
    petition: PetitionId,
    key: &PetitionKey,
    nonces: [&[u8; NONCE]; 2],
    recovery: Option<&RecoveryKey>,
) -> Result<(ContentRef, Write), StoreError> {
    let [own, second] = nonces;
    let wrapped = key.wrap(database.keeper()?, petition, own)?;
    let again = match recovery {
        Some(recovery) => recovery.wrap(petition, key, second)?,
        None => Vec::new(),
    };
    Ok(kept_key(petition, wrapped, again))
}

/// The same for a petition that is sealed from the beginning: the office has no wrap of it. `recovery`: the key, sealed to
/// the recovery recipients.
///
/// # Errors
/// `NoSuite` when this program was built without the office's suite.
pub fn keep_sealed_key(
    petition: PetitionId,
    key: &PetitionKey,
    recovery: Vec<u8>,
) -> Result<(ContentRef, Write), StoreError> {
    sealed::kept(petition, key, recovery)
}

/// The row of a petition's wraps, and how the record speaks of it.
pub(crate) fn kept_key(petition: PetitionId, wrapped: Vec<u8>, recovery: Vec<u8>) -> (ContentRef, Write) {
    let digest = key_digest(&wrapped, &recovery);
    let found = ContentRef { id: KEY_REF, commitment: [0; 32], stored_digest: digest, size: WRAPPED };
    let row = vec![petition.to_string().into(), digest.to_vec().into(), wrapped.into(), recovery.into()];
    (found, Write::new(KEEP_KEY, row))
}

/// A petition's key.
///
/// # Errors
/// `Corrupt` when there is none, or the office's key does not open it; [`StoreError::Destroyed`] when it was destroyed;
/// [`StoreError::Sealed`] when it is sealed and whoever asks brought nothing that opens it.
pub async fn key_of(from: &impl Reads, petition: PetitionId) -> Result<PetitionKey, StoreError> {
    let rows = from.rows(KEY, vec![Value::Text(petition.to_string())]).await?;
    let none = || StoreError::Corrupt(format!("petition_key {petition}: missing"));
    let wrapped = rows.first().ok_or_else(none)?.blob(0)?;
    if let Some(public) = sealed::public_in(wrapped) {
        let opened = sealed::open(from.of(), petition, &public).await?;
        return opened.ok_or_else(|| StoreError::Sealed(petition.to_string()));
    }
    PetitionKey::unwrap(from.of().keeper()?, petition, wrapped)?
        .ok_or_else(|| StoreError::Destroyed(petition.to_string()))
}

/// A text as its row has it: id, commitment, digest, ciphertext.
type Kept = (ContentId, [u8; 32], [u8; 32], Vec<u8>);

/// How a record speaks of a row.
fn reference(id: [u8; 16], commitment: [u8; 32], kept: &[u8]) -> ContentRef {
    ContentRef { id, commitment, stored_digest: sha256(kept), size: kept.len() as u64 }
}

/// Words of the decision at `seq`, encrypted: the rows that keep them, and how the record speaks of them, by id.
///
/// # Errors
/// When they cannot be encrypted, which no input causes.
pub fn writes(
    key: &PetitionKey,
    petition: PetitionId,
    seq: u64,
    words: &[NewContent],
) -> Result<(Vec<ContentRef>, Vec<Write>), StoreError> {
    let mut refs = Vec::with_capacity(words.len());
    let mut rows = Vec::with_capacity(words.len());
    for words in words {
        let kept =
            key.seal(petition, words.id, &words.nonce, &[words.key.as_slice(), &words.body].concat())?;
        let found = reference(*words.id.0.as_bytes(), words.commitment, &kept);
        rows.push((words.id, found.commitment, found.stored_digest, kept));
        refs.push(found);
    }
    refs.sort_by_key(|found| found.id);
    let write = |rows: &[Kept]| {
        let sql = INSERTS.get(rows.len().checked_sub(1)?)?;
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let mut params = vec![Value::Text(petition.to_string()), Value::Integer(seq)];
        for (id, commitment, digest, kept) in rows {
            params.push(Value::Text(id.to_string()));
            params.push(Value::Blob(commitment.to_vec()));
            params.push(Value::Blob(digest.to_vec()));
            params.push(Value::Blob(kept.clone()));
        }
        Some(Write::new(sql, params))
    };
    Ok((refs, rows.chunks(TEXTS).filter_map(write).collect()))
}

/// How the record of the decision at `seq` speaks of the words and files kept with it, its petition's key among them for
/// the first.
pub(crate) async fn refs(
    database: &Database,
    petition: PetitionId,
    seq: i64,
) -> Result<Vec<ContentRef>, StoreError> {
    let id = || Value::Text(petition.to_string());
    let mut refs = Vec::new();
    if seq == 0 {
        for row in database.query(KEY, vec![id()]).await? {
            // Of what was kept: it may have been destroyed since.
            let digest =
                row.blob(1)?.try_into().map_err(|_| StoreError::Corrupt("petition_key".to_owned()))?;
            refs.push(ContentRef { id: KEY_REF, commitment: [0; 32], stored_digest: digest, size: WRAPPED });
        }
    }
    for row in database.query(REFS, vec![id(), seq.into()]).await? {
        refs.push(reference_of(&row, 0)?);
    }
    refs.extend(crate::attachment::refs(database, petition, seq).await?);
    Ok(refs)
}

/// Id, commitment, digest and length from four columns.
pub(crate) fn reference_of(row: &Row, first: usize) -> Result<ContentRef, StoreError> {
    let damaged = || StoreError::Corrupt("content: id, commitment or digest".to_owned());
    let id: ContentId = row.text(first)?.parse().map_err(|_| damaged())?;
    Ok(ContentRef {
        id: *id.0.as_bytes(),
        commitment: row.blob(first + 1)?.try_into().map_err(|_| damaged())?,
        stored_digest: row.blob(first + 2)?.try_into().map_err(|_| damaged())?,
        size: u64::try_from(row.int(first + 3)?).unwrap_or(0),
    })
}

/// All words of a petition, each checked against its commitment; none where their key was destroyed, and none of a sealed
/// one for whoever brought nothing that opens it.
///
/// # Errors
/// `Corrupt` names the content whose words do not match what was committed to.
pub async fn of_petition(
    from: &impl Reads,
    petition: PetitionId,
) -> Result<BTreeMap<ContentId, String>, StoreError> {
    let opened = opened(from, petition).await?;
    Ok(opened.into_iter().map(|(id, opened)| (id, opened.words)).collect())
}

/// The same with the keys that prove them.
///
/// # Errors
/// As for [`of_petition`].
pub async fn opened(
    from: &impl Reads,
    petition: PetitionId,
) -> Result<BTreeMap<ContentId, Opened>, StoreError> {
    let rows = from.rows(OF_PETITION, vec![Value::Text(petition.to_string())]).await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let key = match key_of(from, petition).await {
        Err(StoreError::Destroyed(_) | StoreError::Sealed(_)) => return Ok(BTreeMap::new()),
        key => key?,
    };
    rows.iter().map(|row| open(&key, petition, row, 0)).collect()
}

/// All words of a petition with the decisions they were kept with, for a copy of them.
///
/// # Errors
/// As for [`of_petition`].
pub async fn copies(database: &Database, petition: PetitionId) -> Result<Vec<(u64, NewContent)>, StoreError> {
    let rows = database.query(COPIES, vec![Value::Text(petition.to_string())]).await?;
    let key = key_of(database, petition).await?;
    rows.iter()
        .map(|row| {
            let (id, opened) = open(&key, petition, row, 0)?;
            let damaged = || StoreError::Corrupt(format!("content {petition}/{id}"));
            let words = NewContent {
                id,
                key: opened.ckey,
                // A copy is under another key, so that the nonce may be the same.
                nonce: row.blob(2)?.first_chunk().copied().ok_or_else(damaged)?,
                commitment: row.blob(1)?.try_into().map_err(|_| damaged())?,
                body: opened.words.into_bytes(),
            };
            Ok((u64::try_from(row.int(3)?).unwrap_or(0), words))
        })
        .collect()
}

/// One text of a petition.
///
/// # Errors
/// As for [`of_petition`].
pub async fn one(
    database: &Database,
    petition: PetitionId,
    content: ContentId,
) -> Result<Option<String>, StoreError> {
    let params = vec![Value::Text(petition.to_string()), Value::Text(content.to_string())];
    let rows = database.query(ONE, params).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    match key_of(database, petition).await {
        Err(StoreError::Destroyed(_) | StoreError::Sealed(_)) => Ok(None),
        key => Ok(Some(open(&key?, petition, row, 0)?.1.words)),
    }
}

/// Whether a key opens every text of a petition, each as it was committed to: for a drill of those who recover.
///
/// # Errors
/// Whatever the database reports.
pub async fn opens(database: &Database, petition: PetitionId, key: &PetitionKey) -> Result<bool, StoreError> {
    let rows = database.query(OF_PETITION, vec![Value::Text(petition.to_string())]).await?;
    Ok(rows.iter().all(|row| open(key, petition, row, 0).is_ok()))
}

/// Words that a list joined to its rows: id, commitment, body from `first`; `None` when nothing was joined.
pub(crate) fn joined(
    key: Option<&PetitionKey>,
    petition: PetitionId,
    row: &Row,
    first: usize,
) -> Result<Option<String>, StoreError> {
    match (row.opt_text(first)?, key) {
        (None, _) | (_, None) => Ok(None),
        (Some(_), Some(key)) => open(key, petition, row, first).map(|(_, opened)| Some(opened.words)),
    }
}

fn open(
    key: &PetitionKey,
    petition: PetitionId,
    row: &Row,
    first: usize,
) -> Result<(ContentId, Opened), StoreError> {
    let id: ContentId = row.text(first)?.parse().map_err(|_| StoreError::Corrupt("content id".to_owned()))?;
    let damaged = || StoreError::Corrupt(format!("content {petition}/{id} does not match its commitment"));
    let opened = key.open(petition, id, row.blob(first + 2)?)?.ok_or_else(damaged)?;
    let (ckey, words) = opened.split_first_chunk::<CKEY>().ok_or_else(damaged)?;
    if commit(ckey, words) != *row.blob(first + 1)? {
        return Err(damaged());
    }
    let words = String::from_utf8(words.to_vec()).map_err(|_| damaged())?;
    Ok((id, Opened { ckey: *ckey, words }))
}
