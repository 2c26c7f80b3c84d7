//! Words, kept outside the events and bound to them by a commitment.
//!
//! The commitment is HMAC-SHA256 of the words under a random key stored beside them, so that the words can later be
//! sealed or erased while the events still verify (architecture §3, §10.21, §10.36).

use crate::sql::{Value, Write};
use crate::{Database, StoreError};
use casework::{ContentId, PetitionId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Texts kept by one statement: a petition comes with several, and one statement is cheaper than four.
const TEXTS: usize = 8;
/// The insert of one text, of two, and so on.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=TEXTS).map(insert).collect());

fn insert(texts: usize) -> String {
    let row = |text: usize| {
        let [id, key, commitment, body] = [2, 3, 4, 5].map(|column| 4 * text + column);
        format!("($1, ${id}, ${key}, ${commitment}, ${body})")
    };
    let rows: Vec<String> = (0..texts).map(row).collect();
    format!("insert into content (petition_id, content_id, key, commitment, body) values {}", rows.join(", "))
}

const OF_PETITION: &str = "select content_id, key, commitment, body from content where petition_id = $1";
const ONE: &str =
    "select content_id, key, commitment, body from content where petition_id = $1 and content_id = $2";

/// Every statement of this file, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    INSERTS.iter().map(String::as_str).chain([OF_PETITION, ONE]).collect()
}

/// Words about to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContent {
    /// Its id.
    pub id: ContentId,
    /// Random key of the commitment.
    pub key: [u8; 32],
    /// What binds the words to the event.
    pub commitment: [u8; 32],
    /// The words, UTF-8.
    pub body: Vec<u8>,
}

/// HMAC-SHA256 of the words under the key.
pub fn commit(key: &[u8; 32], body: &[u8]) -> [u8; 32] {
    // HMAC pads a short key with zeros to the block length; done here, the key's length cannot be wrong.
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The rows that keep words of a petition.
pub fn writes(petition: PetitionId, words: &[NewContent]) -> Vec<Write> {
    let write = |words: &[NewContent]| {
        let sql = INSERTS.get(words.len().checked_sub(1)?)?;
        let mut params = vec![Value::Text(petition.to_string())];
        for words in words {
            params.push(Value::Text(words.id.to_string()));
            params.push(Value::Blob(words.key.to_vec()));
            params.push(Value::Blob(words.commitment.to_vec()));
            params.push(Value::Blob(words.body.clone()));
        }
        Some(Write::new(sql, params))
    };
    words.chunks(TEXTS).filter_map(write).collect()
}

/// All words of a petition, each checked against its commitment.
///
/// # Errors
/// `Corrupt` names the content whose words do not match what was committed to.
pub async fn of_petition(
    database: &Database,
    petition: PetitionId,
) -> Result<BTreeMap<ContentId, String>, StoreError> {
    let rows = database.query(OF_PETITION, vec![Value::Text(petition.to_string())]).await?;
    rows.iter().map(|row| open(petition, row, 0)).collect()
}

/// All words of a petition as they are kept, for a copy of them.
///
/// # Errors
/// Whatever the database reports; nothing is checked.
pub async fn rows(database: &Database, petition: PetitionId) -> Result<Vec<NewContent>, StoreError> {
    let rows = database.query(OF_PETITION, vec![Value::Text(petition.to_string())]).await?;
    let damaged = || StoreError::Corrupt(format!("content of {petition}"));
    rows.iter()
        .map(|row| {
            Ok(NewContent {
                id: row.text(0)?.parse().map_err(|_| damaged())?,
                key: row.blob(1)?.try_into().map_err(|_| damaged())?,
                commitment: row.blob(2)?.try_into().map_err(|_| damaged())?,
                body: row.blob(3)?.to_vec(),
            })
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
    rows.first().map(|row| open(petition, row, 0).map(|(_, words)| words)).transpose()
}

/// Words that a list joined to its rows: id, key, commitment, body from `first`; `None` when nothing was joined.
pub(crate) fn joined(
    petition: PetitionId,
    row: &crate::Row,
    first: usize,
) -> Result<Option<String>, StoreError> {
    match row.opt_text(first)? {
        None => Ok(None),
        Some(_) => open(petition, row, first).map(|(_, words)| Some(words)),
    }
}

fn open(petition: PetitionId, row: &crate::Row, first: usize) -> Result<(ContentId, String), StoreError> {
    let id: ContentId = row.text(first)?.parse().map_err(|_| StoreError::Corrupt("content id".to_owned()))?;
    let damaged = || StoreError::Corrupt(format!("content {petition}/{id} does not match its commitment"));
    let key: [u8; 32] = row.blob(first + 1)?.try_into().map_err(|_| damaged())?;
    let body = row.blob(first + 3)?;
    if commit(&key, body) != *row.blob(first + 2)? {
        return Err(damaged());
    }
    Ok((id, String::from_utf8(body.to_vec()).map_err(|_| damaged())?))
}
