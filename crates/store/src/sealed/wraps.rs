//! Who can open the key of a sealed matter.

use super::envelope::{CasePublic, CryptoRng, Secret, pair};
use super::openers::{self, Opener};
use super::{MARK, case_pair};
use crate::content::{commit, key_digest};
use crate::keys::{Fact, RecoveryKey, Rewrapped};
use crate::seal::{NONCE, PetitionKey, Suite};
use crate::sql::{Row, Value, Write};
use crate::{Database, Reader, Reads, StoreError, content};
use casework::{OfficialId, PetitionId, UnitId};
use ledger::Hash;
use ledger::record::ContentRef;

const OF: &str = "select holder, public, wrapped from sealed_wrap where petition_id = $1 order by holder";
const ONE: &str = "select wrapped from sealed_wrap where petition_id = $1 and holder = $2";
const BY_CODE: &str = "select holder, wrapped from sealed_wrap where petition_id = $1 and holder like '%:%'";
const GIVE: &str = "insert into sealed_wrap (petition_id, holder, public, wrapped) values ($1, $2, $3, $4) on conflict (petition_id, holder) do update set public = excluded.public, wrapped = excluded.wrapped";
const STANDS: &str =
    "update petition_key set wrapped = wrapped where petition_id = $1 and length(wrapped) > 0";
const ERASED: &str = "select 1 from petition_key k join matter m on m.petition_id = k.petition_id where k.petition_id = $1 and m.sealed = 1 and length(k.wrapped) = 0";
const DROP: &str = "delete from sealed_wrap where petition_id = $1 and holder = $2";
const DROP_ALL: &str = "delete from sealed_wrap where petition_id = $1";
const DROP_SHELL: &str = "delete from sealed_shell where petition_id = $1";
const FORGET: &str = "delete from sealed_wrap where holder like 'follow:%' and not exists (select 1 from follow_session f where 'follow:' || f.token_digest = sealed_wrap.holder)";
const KEY: &str = "select digest, wrapped, recovery from petition_key where petition_id = $1";
const REWRAP: &str = "update petition_key set wrapped = $1, recovery = $2 where petition_id = $3 and wrapped = $4 and recovery = $5";
const PAGE: &str = "select k.petition_id, k.wrapped, k.recovery, m.owner_unit from petition_key k join matter m on m.petition_id = k.petition_id where m.sealed = 1 and length(k.wrapped) > 0 and k.petition_id > $1 order by k.petition_id limit $2";
const UNSEALED: &str = "select m.petition_id from matter m join petition_key k on k.petition_id = m.petition_id where m.sealed = 1 and length(k.wrapped) > 37 and m.petition_id > $1 order by m.petition_id limit $2";
const UNIT: &str = "select petition_id, due from (select m.petition_id, coalesce((select min(d.due_on) from deadline d where d.petition_id = m.petition_id and d.role = 'duty' and d.state in ('running', 'missed')), '9999-12-31') as due from matter m where m.sealed = 1 and (m.owner_unit = $1 or exists (select 1 from deadline d where d.petition_id = m.petition_id and d.unit_id = $1 and d.role = 'duty' and d.state in ('running', 'missed')))) w where (due, petition_id) > ($2, $3) order by due, petition_id limit $4";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    OF, ONE, BY_CODE, GIVE, STANDS, ERASED, DROP, DROP_ALL, DROP_SHELL, FORGET, KEY, REWRAP, PAGE, UNSEALED,
    UNIT,
];

/// Who holds a wrap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A recipient.
    Recipient(OfficialId),
    /// Whoever has the code of that party.
    Code(u32),
    /// A browser that follows it, by the digest of its cookie.
    Follower(String),
}

impl Holder {
    fn word(&self) -> String {
        match self {
            Holder::Recipient(official) => official.to_string(),
            Holder::Code(party) => format!("code:{party}"),
            Holder::Follower(digest) => format!("follow:{digest}"),
        }
    }
}

/// The key pair of a secret that is typed or kept at a browser: a petitioner's code, the cookie of one who follows. It has
/// some 130 bits. Digests of it that the database holds tell nothing of the pair.
///
/// # Errors
/// `NoSuite` when this program was built without the office's suite.
pub fn pair_of_code(suite: Suite, code: &str) -> Result<(Secret, CasePublic), StoreError> {
    pair(suite, &commit(&[0; 32], &[b"huiyin sealed code 1 ", code.as_bytes()].concat()))
}

/// The row that lets somebody open a matter's key.
///
/// # Errors
/// When it cannot be encrypted, which no input causes.
pub fn give(
    petition: PetitionId,
    key: &PetitionKey,
    (holder, public): (&Holder, &CasePublic),
    rng: &mut impl CryptoRng,
) -> Result<Write, StoreError> {
    let wrapped = public.seal(&place(petition, holder), key.bytes(), rng)?;
    let row = vec![
        petition.to_string().into(),
        holder.word().into(),
        public.bytes().to_vec().into(),
        wrapped.into(),
    ];
    Ok(Write::new(GIVE, row))
}

/// What is written beside a wrap that is given outside of a decision: nothing comes of it once the key was destroyed (RET-1).
pub fn while_it_stands(petition: PetitionId) -> Write {
    Write::new(STANDS, vec![petition.to_string().into()]).rows(1)
}

/// Takes a wrap away.
pub fn drop_holder(petition: PetitionId, holder: &Holder) -> Write {
    Write::new(DROP, vec![petition.to_string().into(), holder.word().into()])
}

/// Takes away those of browsers that follow no more.
pub fn forget_followers() -> Write {
    Write::new(FORGET, Vec::new())
}

/// Recipients who can open a matter, with the keys that it was sealed to.
///
/// # Errors
/// Whatever the database reports.
pub async fn wraps_of(
    database: &Database,
    petition: PetitionId,
) -> Result<Vec<(OfficialId, CasePublic)>, StoreError> {
    let rows = database.query(OF, vec![Value::Text(petition.to_string())]).await?;
    let recipient = |row: &Row| Some((row.text(0).ok()?.parse().ok()?, CasePublic::read(row.blob(1).ok()?)?));
    Ok(rows.iter().filter_map(recipient).collect())
}

/// The key of a sealed matter, by what whoever asks brought; `None` when nothing of it opens the key.
pub(crate) async fn open(
    database: &Database,
    petition: PetitionId,
    public: &CasePublic,
) -> Result<Option<PetitionKey>, StoreError> {
    for opener in openers::brought() {
        let found = match &opener {
            Opener::Recipient(official, secret) => open_as(database, petition, *official, secret).await?,
            Opener::Code(secret) => by_code(database, petition, secret).await?,
        };
        // Nobody can put another key in its place: the public half is in the record.
        if let Some(key) = found.filter(|key| case_pair(key).is_ok_and(|(_, own)| own == *public)) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// The key, by one recipient's secret.
///
/// # Errors
/// Whatever the database reports.
pub async fn open_as(
    database: &Database,
    petition: PetitionId,
    official: OfficialId,
    secret: &Secret,
) -> Result<Option<PetitionKey>, StoreError> {
    let holder = Holder::Recipient(official);
    let rows = database.query(ONE, vec![petition.to_string().into(), holder.word().into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let suite = suite(database).await?;
    Ok(secret.open(&place(petition, &holder), row.blob(0)?).and_then(|bytes| key(suite, &bytes)))
}

async fn by_code(
    database: &Database,
    petition: PetitionId,
    secret: &Secret,
) -> Result<Option<PetitionKey>, StoreError> {
    for row in database.query(BY_CODE, vec![Value::Text(petition.to_string())]).await? {
        if let Some(bytes) = secret.open(&place_of(petition, row.text(0)?), row.blob(1)?) {
            return Ok(key(suite(database).await?, &bytes));
        }
    }
    Ok(None)
}

fn key(suite: Suite, bytes: &[u8]) -> Option<PetitionKey> {
    Some(PetitionKey::new(suite, bytes.try_into().ok()?))
}

/// What the office encrypts with, also for whoever has no key of it.
async fn suite(database: &Database) -> Result<Suite, StoreError> {
    if let Ok(keeper) = database.keeper() {
        return Ok(keeper.suite());
    }
    let word = crate::log::suite(database).await?;
    Ok(word.and_then(|word| Suite::named(&word)).unwrap_or_default())
}

/// The row of a sealed matter's key as it is first kept, and how the record speaks of it: the public half, and the key
/// for the recovery recipients.
///
/// # Errors
/// `NoSuite` when this program was built without the office's suite.
pub(crate) fn kept(
    petition: PetitionId,
    key: &PetitionKey,
    recovery: Vec<u8>,
) -> Result<(ContentRef, Write), StoreError> {
    Ok(content::kept_key(petition, marked(&case_pair(key)?.1), recovery))
}

/// What stands in the place of the office's wrap.
fn marked(public: &CasePublic) -> Vec<u8> {
    [MARK.as_slice(), public.bytes()].concat()
}

/// The public key in the place of the office's wrap; `None` where there is such a wrap.
pub(crate) fn public_in(wrapped: &[u8]) -> Option<CasePublic> {
    wrapped.strip_prefix(&MARK).and_then(CasePublic::read)
}

/// The public key of a petition, when it is sealed.
///
/// # Errors
/// Whatever the database reports.
pub async fn public_of(database: &Database, petition: PetitionId) -> Result<Option<CasePublic>, StoreError> {
    let rows = database.query(KEY, vec![Value::Text(petition.to_string())]).await?;
    rows.first().map_or(Ok(None), |row| Ok(public_in(row.blob(1)?)))
}

/// The key to which a read is sealed; `None` where it is recorded in clear. Of a sealed matter whose key was destroyed it is
/// one that nobody has: who still looked at what is left of it stands where nobody reads it (SEAL-2, RET-1).
///
/// # Errors
/// Whatever the database reports.
pub async fn reads_to(
    database: &Database,
    petition: PetitionId,
    rng: &mut impl CryptoRng,
) -> Result<Option<CasePublic>, StoreError> {
    if let Some(public) = public_of(database, petition).await? {
        return Ok(Some(public));
    }
    let erased = database.query(ERASED, vec![Value::Text(petition.to_string())]).await?;
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    if erased.is_empty() {
        return Ok(None);
    }
    Ok(Some(pair(suite(database).await?, &seed)?.1))
}

/// What stands in a petition's key row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptKey {
    /// The matter's public key; `None` where the office has a wrap.
    pub public: Option<CasePublic>,
    /// What those have who bring the office back.
    pub recovery: Vec<u8>,
}

/// What stands in a petition's key row; nothing for a petition that has none.
///
/// # Errors
/// Whatever the database reports.
pub async fn kept_key(database: &Database, petition: PetitionId) -> Result<KeptKey, StoreError> {
    let rows = database.query(KEY, vec![Value::Text(petition.to_string())]).await?;
    let Some(row) = rows.first() else { return Ok(KeptKey::default()) };
    Ok(KeptKey { public: public_in(row.blob(1)?), recovery: row.blob(2)?.to_vec() })
}

/// Matters of a sealed kind whose key the office still has: the next after one, in key order; from the beginning for an
/// empty one.
///
/// # Errors
/// Whatever the database reports.
pub async fn unsealed(database: &Database, after: &str, most: i64) -> Result<Vec<PetitionId>, StoreError> {
    let damaged = |_| StoreError::Corrupt("petition id of a sealed matter".to_owned());
    let rows = database.query(UNSEALED, vec![after.into(), Value::Integer(most)]).await?;
    rows.iter().map(|row| row.text(0)?.parse().map_err(damaged)).collect()
}

/// Takes a petition's key out of the office's hands: the row without the office's wrap, and what the log is to say of
/// it. `recovery`: the key sealed to the recovery recipients.
///
/// # Errors
/// `Corrupt` when the petition has no key, and whatever the database reports.
pub async fn seal_up(
    database: &Database,
    petition: PetitionId,
    key: &PetitionKey,
    recovery: Vec<u8>,
) -> Result<(Fact, Write), StoreError> {
    rewrapped(database, petition, marked(&case_pair(key)?.1), recovery).await
}

/// Other wraps in a petition's key row, only while those are there that were read.
async fn rewrapped(
    database: &Database,
    petition: PetitionId,
    wrapped: Vec<u8>,
    recovery: Vec<u8>,
) -> Result<(Fact, Write), StoreError> {
    let damaged = || StoreError::Corrupt(format!("petition_key {petition}"));
    let rows = database.query(KEY, vec![Value::Text(petition.to_string())]).await?;
    let row = rows.first().ok_or_else(damaged)?;
    let first: Hash = row.blob(0)?.try_into().map_err(|_| damaged())?;
    let now = key_digest(&wrapped, &recovery);
    let params = vec![
        wrapped.into(),
        recovery.into(),
        petition.to_string().into(),
        row.blob(1)?.to_vec().into(),
        row.blob(2)?.to_vec().into(),
    ];
    Ok((Fact::Rewrap(vec![Rewrapped { petition, first, now }]), Write::new(REWRAP, params).rows(1)))
}

/// Gives a petition's key back to the office, because the matter is of an ordinary kind after all: the rows, and what the
/// log is to say of it.
///
/// # Errors
/// `Corrupt` when the petition has no key, and whatever the database reports.
pub async fn unseal(
    database: &Database,
    petition: PetitionId,
    key: &PetitionKey,
    nonces: [&[u8; NONCE]; 2],
    recovery: Option<&RecoveryKey>,
) -> Result<(Fact, Vec<Write>), StoreError> {
    let [own, second] = nonces;
    let wrapped = key.wrap(database.keeper()?, petition, own)?;
    let again = match recovery {
        Some(recovery) => recovery.wrap(petition, key, second)?,
        None => Vec::new(),
    };
    let (fact, write) = rewrapped(database, petition, wrapped, again).await?;
    let id = || vec![Value::Text(petition.to_string())];
    Ok((fact, vec![write, Write::new(DROP_ALL, id()), Write::new(DROP_SHELL, id())]))
}

/// A sealed matter as those see it who bring the office back.
#[derive(Clone, Debug)]
pub struct SealedRow {
    /// Which.
    pub petition: PetitionId,
    /// Its public key; `None` while its key is still under the office's.
    pub public: Option<CasePublic>,
    /// Its key, sealed to the recovery recipients; empty where there were none.
    pub recovery: Vec<u8>,
    /// The unit that answers for it.
    pub unit: UnitId,
}

/// The next sealed matters after one, in key order; from the beginning for an empty one.
///
/// # Errors
/// Whatever the database reports.
pub async fn page(database: &Database, after: &str, most: i64) -> Result<Vec<SealedRow>, StoreError> {
    let rows = database.query(PAGE, vec![after.into(), Value::Integer(most)]).await?;
    rows.iter()
        .map(|row| {
            let damaged = || StoreError::Corrupt("petition_key of a sealed matter".to_owned());
            Ok(SealedRow {
                petition: row.text(0)?.parse().map_err(|_| damaged())?,
                public: public_in(row.blob(1)?),
                recovery: row.blob(2)?.to_vec(),
                unit: row.text(3)?.parse().map_err(|_| damaged())?,
            })
        })
        .collect()
}

/// Sealed matters that a unit answers for or owes something in, with the day that something is due first, in that order;
/// the next after a day and a matter.
///
/// # Errors
/// Whatever the database reports.
pub async fn sealed_of_unit(
    reader: &Reader<'_>,
    unit: UnitId,
    (due_on, petition): (&str, &str),
    most: i64,
) -> Result<Vec<(String, PetitionId)>, StoreError> {
    let key = vec![unit.to_string().into(), due_on.into(), petition.into(), Value::Integer(most)];
    let damaged = |_| StoreError::Corrupt("petition id of a sealed matter".to_owned());
    let rows = reader.rows(UNIT, key).await?;
    rows.iter().map(|row| Ok((row.text(1)?.to_owned(), row.text(0)?.parse().map_err(damaged)?))).collect()
}

fn place(petition: PetitionId, holder: &Holder) -> Vec<u8> {
    place_of(petition, &holder.word())
}

fn place_of(petition: PetitionId, holder: &str) -> Vec<u8> {
    [b"huiyin sealed wrap 1".as_slice(), petition.0.as_bytes(), holder.as_bytes()].concat()
}
