//! Sealed matters: reports that the office's own program cannot read (SEAL-1; architecture §10.8, §10.14).
//!
//! The key of such a petition is kept by nobody but its *holders*: recipients, each with a key pair whose secret half
//! opens with a passphrase of theirs; the petitioner, by their code; and those who bring the office back. Events are
//! sealed to a public key made from it, so that the timer can add what time brings about without being able to read
//! (docs/decisions/0011). Beside them stands the matter's *shell*, which is all that timers and lists need.

mod envelope;
mod keys;
mod openers;
#[cfg(test)]
mod tests;
mod wraps;

pub use envelope::{CasePublic, CryptoRng, Secret, pair};
pub use keys::{Made, SALT, SealingKey, keep_sealing_key, sealing_key, sealing_keys, unlock};
pub(crate) use keys::{kept as kept_sealing_keys, said as said_of_sealing_key};
pub use openers::{Opener, bring, scope};
pub use wraps::{
    Holder, KeptKey, SealedRow, drop_holder, forget_followers, give, kept_key, open_as, page, pair_of_code,
    public_of, reads_to, seal_up, sealed_of_unit, unseal, unsealed, while_it_stands, wraps_of,
};
pub(crate) use wraps::{kept, open, public_in};

use crate::log::Keeper;
use crate::projection::Lists;
use crate::seal::{self, NONCE, PetitionKey};
use crate::sql::{Value, Write};
use crate::{Database, Reads, StoreError};
use casework::{Petition, PetitionId, Procedure};

const SHELL: &str = "select shell from sealed_shell where petition_id = $1";
const KEEP_SHELL: &str = "insert into sealed_shell (petition_id, shell) values ($1, $2) on conflict (petition_id) do update set shell = excluded.shell";

/// Every statement of this module, for the test that prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    [&[SHELL, KEEP_SHELL][..], keys::STATEMENTS, wraps::STATEMENTS].concat()
}

/// What stands in the columns of a sealed event that tell the verb and who acted: both are in its body.
pub const SEALED: &str = "sealed";

/// What stands before the public key in the place of the office's wrap.
pub(crate) const MARK: [u8; 4] = [0xff; 4];
/// What a sealed body begins with: a CBOR byte string of at most 4 GB. The bodies of other events are arrays.
const STRING: u8 = 0x5a;
/// Bytes of the number of events, which stands before what is sealed.
const COUNT: usize = 4;

/// Whether the body of an event is sealed.
pub fn is_sealed_body(body: &[u8]) -> bool {
    body.first() == Some(&STRING)
}

/// What a sealed event says once it is open: how many events it is, the verb, who acted, and the events' own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBody {
    /// The verb.
    pub kind: String,
    /// `petitioner`, `system`, or the official's id.
    pub actor: String,
    /// Canonical bytes.
    pub body: Vec<u8>,
}

/// What a sealed body says in clear, so that whoever has no key can check what is kept beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// How many events it is: the place of the next one hangs on it.
    pub count: u32,
    /// Digests of the rows that lists and timers read once it is recorded, in the order of [`rows_of`]; none for a read.
    pub rows: Vec<[u8; ROW]>,
    /// Digests of which words and files it speaks of, and what binds them ([`digest_of`]).
    pub contents: Vec<[u8; ROW]>,
}

/// Bytes of the digest of a row.
pub const ROW: usize = 16;

/// Digests of what is kept of a matter outside its record: its shell as it is kept, its row in the list of matters, and its
/// deadlines in their order.
pub(crate) fn rows_of(shell: &[u8], lists: &Lists) -> Vec<[u8; ROW]> {
    let [matters, deadlines, ..] = lists;
    let shell = digest(&[Value::Blob(shell.to_vec())]);
    std::iter::once(shell).chain(matters.iter().chain(deadlines).map(|row| digest(row))).collect()
}

/// The digest of a content and of what binds it to its decision.
pub(crate) fn digest_of(id: &[u8; 16], commitment: &[u8; 32]) -> [u8; ROW] {
    digest(&[Value::Blob(id.to_vec()), Value::Blob(commitment.to_vec())])
}

/// The digest of a row.
pub(crate) fn digest(row: &[Value]) -> [u8; ROW] {
    let mut bytes = Vec::new();
    for value in row {
        let (kind, part) = match value {
            Value::Text(text) => (b't', text.as_bytes().to_vec()),
            Value::Blob(blob) => (b'b', blob.clone()),
            Value::Integer(number) => (b'i', number.to_be_bytes().to_vec()),
            Value::Null => (b'n', Vec::new()),
        };
        bytes.push(kind);
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    let [digest @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = crate::content::sha256(&bytes);
    digest
}

/// What a sealed body says in clear; `None` for another body.
pub fn outside_of(body: &[u8]) -> Option<Outside> {
    Some(parts(body)?.0)
}

fn parts(body: &[u8]) -> Option<(Outside, &[u8])> {
    let (count, rest) = string(body)?.split_first_chunk::<COUNT>()?;
    let (rows, rest) = digests(rest)?;
    let (contents, sealed) = digests(rest)?;
    Some((Outside { count: u32::from_be_bytes(*count), rows, contents }, sealed))
}

/// A number of digests and so many of them, and what follows.
fn digests(bytes: &[u8]) -> Option<(Vec<[u8; ROW]>, &[u8])> {
    let (n, rest) = bytes.split_first_chunk::<2>()?;
    let (digests, rest) = rest.split_at_checked(ROW * usize::from(u16::from_be_bytes(*n)))?;
    Some((digests.chunks_exact(ROW).filter_map(|one| one.try_into().ok()).collect(), rest))
}

/// The body of a decision or a read, sealed for its place.
///
/// # Errors
/// When it cannot be encrypted, which no input causes.
pub fn seal_body(
    public: &CasePublic,
    (stream, petition, seq): (&str, PetitionId, u64),
    outside: &Outside,
    open: &OpenBody,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, StoreError> {
    let damaged = |_| StoreError::Other("an event is too long to be sealed".to_owned());
    let mut encoder = minicbor::Encoder::new(Vec::new());
    let encoded = encoder
        .array(3)
        .and_then(|encoder| encoder.str(&open.kind))
        .and_then(|encoder| encoder.str(&open.actor))
        .and_then(|encoder| encoder.bytes(&open.body).map(|_| ()));
    encoded.map_err(|error| StoreError::Corrupt(format!("encode a sealed event: {error}")))?;
    let plain = encoder.into_writer();
    let sealed = public.seal(&body_place(stream, petition, seq), &plain, rng)?;
    let mut inner = outside.count.to_be_bytes().to_vec();
    for digests in [&outside.rows, &outside.contents] {
        inner.extend(u16::try_from(digests.len()).map_err(damaged)?.to_be_bytes());
        inner.extend(digests.concat());
    }
    inner.extend(&sealed);
    let length = u32::try_from(inner.len()).map_err(damaged)?;
    Ok([&[STRING][..], &length.to_be_bytes(), &inner].concat())
}

/// It back; `None` when it was altered, belongs elsewhere, or is another matter's.
pub fn open_body(
    secret: &Secret,
    (stream, petition, seq): (&str, PetitionId, u64),
    body: &[u8],
) -> Option<OpenBody> {
    let (_, sealed) = parts(body)?;
    let plain = secret.open(&body_place(stream, petition, seq), sealed)?;
    let mut decoder = minicbor::Decoder::new(&plain);
    decoder.array().ok().filter(|parts| *parts == Some(3))?;
    let kind = decoder.str().ok()?.to_owned();
    let actor = decoder.str().ok()?.to_owned();
    Some(OpenBody { kind, actor, body: decoder.bytes().ok()?.to_vec() })
}

fn string(body: &[u8]) -> Option<&[u8]> {
    let (length, rest) = body.strip_prefix(&[STRING])?.split_first_chunk::<4>()?;
    (u32::from_be_bytes(*length) as usize == rest.len()).then_some(rest)
}

fn body_place(stream: &str, petition: PetitionId, seq: u64) -> Vec<u8> {
    [b"huiyin sealed event 1 ".as_slice(), stream.as_bytes(), petition.0.as_bytes(), &seq.to_be_bytes()]
        .concat()
}

/// The row that keeps a matter's shell as it stands after a decision, and what the decision's body says of it and of the
/// lists.
///
/// # Errors
/// When the database was opened without the office's key.
pub fn keep_shell(
    database: &Database,
    (procedure, petition): (&Procedure, &Petition),
    nonce: &[u8; NONCE],
) -> Result<(Write, Vec<[u8; ROW]>), StoreError> {
    let plain = minicbor_serde::to_vec(petition.shell())
        .map_err(|error| StoreError::Corrupt(format!("encode a shell: {error}")))?;
    let kept = seal::seal(
        database.keeper()?.suite(),
        shell_key(database.keeper()?),
        nonce,
        &shell_place(petition.id),
        &plain,
    )?;
    let rows = rows_of(&kept, &crate::projection::rows(procedure, petition));
    Ok((Write::new(KEEP_SHELL, vec![petition.id.to_string().into(), kept.into()]), rows))
}

/// A matter's shell; `None` for a petition that has none.
///
/// # Errors
/// `Corrupt` when it does not open, and whatever the database reports.
pub async fn shell(from: &impl Reads, petition: PetitionId) -> Result<Option<Petition>, StoreError> {
    let rows = from.rows(SHELL, vec![Value::Text(petition.to_string())]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let damaged = || StoreError::Corrupt(format!("sealed_shell {petition}"));
    let keeper = from.of().keeper()?;
    let opened = seal::open(keeper.suite(), shell_key(keeper), &shell_place(petition), row.blob(0)?);
    let plain = opened.map_err(|_| damaged())?.ok_or_else(damaged)?;
    minicbor_serde::from_slice(&plain).map(Some).map_err(|_| damaged())
}

fn shell_key(keeper: &Keeper) -> &[u8; 32] {
    keeper.shell()
}

fn shell_place(petition: PetitionId) -> Vec<u8> {
    [b"huiyin sealed shell 1".as_slice(), petition.0.as_bytes()].concat()
}

/// A key's bytes, to be sealed to those who bring the office back.
pub fn for_recovery(key: &PetitionKey) -> &[u8; 32] {
    key.bytes()
}

/// The public key of a petition's key, and the secret that opens what is sealed to it.
///
/// # Errors
/// `NoSuite` when this program was built without the suite.
pub fn case_pair(key: &PetitionKey) -> Result<(Secret, CasePublic), StoreError> {
    pair(key.suite(), &crate::content::commit(key.bytes(), b"huiyin sealed case"))
}
