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

const INSERT: &str =
    "insert into content (petition_id, content_id, key, commitment, body) values ($1, $2, $3, $4, $5)";
const OF_PETITION: &str = "select content_id, key, commitment, body from content where petition_id = $1";
const ONE: &str =
    "select content_id, key, commitment, body from content where petition_id = $1 and content_id = $2";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[INSERT, OF_PETITION, ONE];

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

impl NewContent {
    /// The row that keeps it.
    pub fn write(self, petition: PetitionId) -> Write {
        Write::new(
            INSERT,
            vec![
                Value::Text(petition.to_string()),
                Value::Text(self.id.to_string()),
                Value::Blob(self.key.to_vec()),
                Value::Blob(self.commitment.to_vec()),
                Value::Blob(self.body),
            ],
        )
    }
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
    rows.iter().map(|row| open(petition, row)).collect()
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
    rows.first().map(|row| open(petition, row).map(|(_, words)| words)).transpose()
}

fn open(petition: PetitionId, row: &crate::Row) -> Result<(ContentId, String), StoreError> {
    let id: ContentId = row.text(0)?.parse().map_err(|_| StoreError::Corrupt("content id".to_owned()))?;
    let damaged = || StoreError::Corrupt(format!("content {petition}/{id} does not match its commitment"));
    let key: [u8; 32] = row.blob(1)?.try_into().map_err(|_| damaged())?;
    let body = row.blob(3)?;
    if commit(&key, body) != *row.blob(2)? {
        return Err(damaged());
    }
    Ok((id, String::from_utf8(body.to_vec()).map_err(|_| damaged())?))
}
