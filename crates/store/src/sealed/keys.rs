//! Recipients' key pairs: the secret half is kept under a key made from a passphrase, which the caller derives.

use super::envelope::{CasePublic, Secret};
use crate::seal::{self, NONCE};
use crate::sealed::digest;
use crate::sql::{Row, Value, Write};
use crate::{Database, StoreError};
use casework::OfficialId;

const KEEP: &str = "insert into sealing_key (official_id, public, salt, wrapped, made_at, mac) values ($1, $2, $3, $4, $5, $6) on conflict (official_id) do update set public = excluded.public, salt = excluded.salt, wrapped = excluded.wrapped, made_at = excluded.made_at, mac = excluded.mac";
const ONE: &str =
    "select official_id, public, salt, wrapped, made_at, mac from sealing_key where official_id = $1";
const ALL: &str =
    "select official_id, public, salt, wrapped, made_at, mac from sealing_key order by official_id";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[KEEP, ONE, ALL];

/// Bytes of the salt of a passphrase.
pub const SALT: usize = 16;

/// A recipient's key pair, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKey {
    /// Whose.
    pub official: OfficialId,
    /// To which is sealed.
    pub public: CasePublic,
    /// Salt of the passphrase.
    pub salt: Vec<u8>,
    wrapped: Vec<u8>,
    /// When it was made, as the store keeps instants.
    pub made_at: String,
    /// What the office's own key makes of it: whoever can write the database alone cannot name a key of theirs.
    pub mac: String,
}

/// A key pair about to be kept.
pub struct Made<'a> {
    /// Whose.
    pub official: OfficialId,
    /// The secret half.
    pub secret: Secret,
    /// Salt of the passphrase.
    pub salt: &'a [u8; SALT],
    /// What the passphrase and the salt give (Argon2id).
    pub under: &'a [u8; 32],
    /// A random nonce.
    pub nonce: &'a [u8; NONCE],
    /// When, as the store keeps instants.
    pub at: &'a str,
    /// What the office's own key makes of whose it is and its public half.
    pub mac: &'a (dyn Fn(&CasePublic) -> String + Send + Sync),
}

/// The row that keeps it, its secret half, and what an event of the office is to say of it.
///
/// # Errors
/// When it cannot be encrypted, which no input causes.
pub fn keep_sealing_key(made: &Made<'_>) -> Result<(Write, Secret, serde_json::Value), StoreError> {
    let public = made.secret.public()?;
    let secret = made.secret.clone();
    let wrapped = seal::seal(public.suite(), made.under, made.nonce, &place(made.official), &secret.kept())?;
    let row: Vec<Value> = vec![
        made.official.to_string().into(),
        public.bytes().to_vec().into(),
        made.salt.to_vec().into(),
        wrapped.into(),
        made.at.into(),
        (made.mac)(&public).into(),
    ];
    let said = serde_json::json!({
        "official": made.official,
        "public": hex(public.bytes()),
        "digest": hex(&digest(&row)),
    });
    Ok((Write::new(KEEP, row), secret, said))
}

/// The secret half; `None` when the passphrase is another.
pub fn unlock(key: &SealingKey, under: &[u8; 32]) -> Option<Secret> {
    let opened = seal::open(key.public.suite(), under, &place(key.official), &key.wrapped);
    let bytes = zeroize::Zeroizing::new(opened.ok().flatten()?);
    Secret::read(&bytes)
}

/// An official's; `None` when they have none.
///
/// # Errors
/// Whatever the database reports.
pub async fn sealing_key(
    database: &Database,
    official: OfficialId,
) -> Result<Option<SealingKey>, StoreError> {
    let rows = database.query(ONE, vec![official.to_string().into()]).await?;
    rows.first().map(read).transpose()
}

/// Everybody's.
///
/// # Errors
/// Whatever the database reports.
pub async fn sealing_keys(database: &Database) -> Result<Vec<SealingKey>, StoreError> {
    database.query(ALL, Vec::new()).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<SealingKey, StoreError> {
    let damaged = || StoreError::Corrupt("sealing_key".to_owned());
    Ok(SealingKey {
        official: row.text(0)?.parse().map_err(|_| damaged())?,
        public: CasePublic::read(row.blob(1)?).ok_or_else(damaged)?,
        salt: row.blob(2)?.to_vec(),
        wrapped: row.blob(3)?.to_vec(),
        made_at: row.text(4)?.to_owned(),
        mac: row.text(5)?.to_owned(),
    })
}

/// An official's key as an event of the office says it is kept: whose, and the digest of its row.
pub(crate) fn said(body: &[u8]) -> Option<(String, String)> {
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| said.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    Some((text("official")?, text("digest")?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows as they are, each by its official, with its digest.
///
/// # Errors
/// Whatever the database reports.
pub(crate) async fn kept(database: &Database) -> Result<Vec<(String, String)>, StoreError> {
    let rows = database.query(ALL, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), hex(&digest(row.values()))))).collect()
}

fn place(official: OfficialId) -> Vec<u8> {
    [b"huiyin sealing key 1".as_slice(), official.0.as_bytes()].concat()
}
