//! Sealed matters at the office: who can open them, and how it comes that always two can (SEAL-1, SEAL-5;
//! architecture §10.14; docs/decisions/0011).
//!
//! A recipient makes a key pair under a passphrase of their own. The secret half is in this program's memory only while
//! the session that showed the passphrase lasts, and is used only for requests of that session. Whenever a sealed matter
//! is opened, its key is given to everybody who should have it and taken from everybody who should not.

use super::account::{Passwords, Session, Set, Weak};
use super::{App, Failure};
use crate::entropy;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::concern::Concerns;
use casework::directory::Role;
use casework::disclosure::is_sealed;
use casework::{OfficialId, Petition, PetitionId, UnitId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use store::history::{self, History};
use store::keys;
use store::seal::PetitionKey;
use store::sealed::{self, CasePublic, Holder, Made, Opener, SealingKey, Secret};
use store::{Batch, Outcome, StoreError, content};

/// How many must be able to open a sealed matter.
pub(crate) const LEAST: usize = 2;
/// Tries before giving up against others who do the same.
const TRIES: usize = 8;
/// Matters looked at in one go.
const PAGE: i64 = 100;

/// Secrets of recipients whose sessions showed their passphrase, by the digest of the session's token.
#[derive(Default)]
pub(crate) struct Unlocked(Mutex<BTreeMap<String, (OfficialId, Secret)>>);

impl Unlocked {
    fn put(&self, session: &str, official: OfficialId, secret: Secret) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(session.to_owned(), (official, secret));
        }
    }

    fn get(&self, session: &str) -> Option<(OfficialId, Secret)> {
        self.0.lock().ok()?.get(session).cloned()
    }

    /// Forgets the secret of a session.
    pub(super) fn forget(&self, session: &str) {
        if let Ok(mut known) = self.0.lock() {
            known.remove(session);
        }
    }

    fn sessions(&self) -> Vec<String> {
        self.0.lock().map(|known| known.keys().cloned().collect()).unwrap_or_default()
    }
}

/// How a try to unlock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unlock {
    /// This session opens sealed matters from now on.
    Open,
    /// Another passphrase.
    Wrong,
    /// There is no key yet.
    NoKey,
    /// Too many wrong tries; so many seconds must pass.
    Wait(i64),
}

/// Those to whom a new sealed matter's key is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sealing {
    keys: Vec<SealingKey>,
}

/// The secret half of a key pair; `None` for another passphrase. For commands, which have no queue of logins.
///
/// # Errors
/// When it cannot be derived.
pub(crate) async fn open_sealing_key(key: &SealingKey, passphrase: &str) -> anyhow::Result<Option<Secret>> {
    let salt = key.salt.as_slice().try_into().context("salt of a sealing key")?;
    let under = Passwords::new().derive(passphrase, salt).await?;
    Ok(sealed::unlock(key, &under))
}

impl App {
    /// Whether an official has a key for sealed matters.
    pub(crate) async fn has_sealing_key(&self, official: OfficialId) -> Result<bool, Failure> {
        Ok(sealed::sealing_key(&self.database, official).await?.is_some())
    }

    /// Makes an official's key pair, in the place of one they had: its secret opens with the passphrase alone. What was
    /// sealed to an earlier one, another recipient's next visit seals to the new one.
    ///
    /// # Errors
    /// `Absent` for whoever is no recipient.
    pub(crate) async fn make_sealing_key(&self, session: &Session, passphrase: &str) -> Result<Set, Failure> {
        let Actor::Official { id, roles, .. } = &session.actor else { return Err(Failure::Absent) };
        if !roles.contains(&Role::Recipient) {
            return Err(Failure::Absent);
        }
        if let Some(weak) = self.weak_passphrase(&session.login, passphrase).await? {
            return Ok(Set::TooWeak(weak));
        }
        let secret = self.keep_sealing_key(*id, passphrase).await?;
        self.unlocked.put(&session.digest, *id, secret);
        Ok(Set::Done)
    }

    /// The key pair of an official, kept with an event of the office that names its public half.
    pub(crate) async fn keep_sealing_key(
        &self,
        official: OfficialId,
        passphrase: &str,
    ) -> Result<Secret, Failure> {
        let salt = entropy::bytes()?;
        let under = self.passwords.derive(passphrase, salt).await?;
        let made = Made {
            official,
            random: &entropy::bytes()?,
            salt: &salt,
            under: &under,
            nonce: &entropy::bytes()?,
            at: &self.clock.now_stamp(),
            mac: &|public| self.mac_of_key(official, public),
        };
        let (write, secret, said) = sealed::keep_sealing_key(&made)?;
        let body = said.to_string();
        for _ in 0..TRIES {
            let mut batch = Batch::new();
            batch.push(write.clone());
            batch.record(self.office_event("sealing_key", &official.to_string(), &body).await?);
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(secret);
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("too much happens to the office at once; try again")))
    }

    /// Opens sealed matters for a session whose official shows their passphrase.
    pub(crate) async fn unlock(&self, session: &Session, passphrase: &str) -> Result<Unlock, Failure> {
        let official = session.actor.official().ok_or(Failure::Absent)?;
        let tried = format!("sealing\0{}", session.login);
        if let Some(seconds) = self.must_wait(&tried).await? {
            return Ok(Unlock::Wait(seconds));
        }
        let Some(key) = sealed::sealing_key(&self.database, official).await? else {
            return Ok(Unlock::NoKey);
        };
        let salt = key.salt.as_slice().try_into().context("salt of a sealing key")?;
        let under = self.passwords.derive(passphrase, salt).await?;
        let Some(secret) = sealed::unlock(&key, &under) else {
            self.failed(&tried).await?;
            return Ok(Unlock::Wrong);
        };
        self.forget_tries(&tried).await?;
        self.unlocked.put(&session.digest, official, secret);
        Ok(Unlock::Open)
    }

    /// Closes sealed matters for a session.
    pub(crate) fn lock(&self, session: &Session) {
        self.unlocked.forget(&session.digest);
    }

    /// Whether a session has shown its passphrase here.
    pub(crate) fn is_unlocked(&self, session: &Session) -> bool {
        self.unlocked.get(&session.digest).is_some()
    }

    /// What the session of this request opens, it opens from here on. A recipient's secret outlives neither the session
    /// nor the trust.
    pub(super) fn bring_secret(&self, digest: &str, official: OfficialId, is_recipient: bool) {
        if let Some((whose, secret)) = self.unlocked.get(digest) {
            if is_recipient && whose == official {
                sealed::bring(Opener::Recipient(official, secret));
            } else {
                self.unlocked.forget(digest);
            }
        }
    }

    /// Forgets secrets of sessions that are over.
    pub(super) async fn forget_secrets(&self) -> Result<(), Failure> {
        for digest in self.unlocked.sessions() {
            let idle = self.clock.stamp_in_seconds(-self.session_idle_minutes.saturating_mul(60));
            let sql = "select 1 from session where token_digest = $1 and expires_at > $2 and seen_at > $3";
            let asked = vec![digest.as_str().into(), self.clock.now_stamp().into(), idle.into()];
            if self.database.query(sql, asked).await?.is_empty() {
                self.unlocked.forget(&digest);
            }
        }
        Ok(())
    }

    /// Everybody's key that this office made. A row that somebody wrote past the program is left out and named.
    pub(super) async fn sealing(&self) -> Result<Sealing, Failure> {
        let mut keys = sealed::sealing_keys(&self.database).await?;
        keys.retain(|key| {
            let ours = key.mac == self.mac_of_key(key.official, &key.public);
            if !ours {
                tracing::error!(official = %key.official, "a sealing key was not made by this office; run huiyin verify");
            }
            ours
        });
        Ok(Sealing { keys })
    }

    fn mac_of_key(&self, official: OfficialId, public: &CasePublic) -> String {
        self.mac(&format!("sealing key\0{official}\0{}", entropy::hex(public.bytes())))
    }

    /// To whom a petition of this kind can be sealed: nobody for an ordinary one.
    pub(crate) async fn sealing_for(&self, kind: &casework::Name) -> Result<Sealing, Failure> {
        if !is_sealed(self.current_procedure()?, kind) {
            return Ok(Sealing::default());
        }
        self.sealing().await
    }

    /// Recipients who may have a matter, with the keys that it is sealed to: those of the unit that answers for it whom
    /// nothing keeps from it, and whoever elsewhere must decide on a recusal in it.
    pub(crate) fn recipients(
        &self,
        sealing: &Sealing,
        petition: &Petition,
        unit: UnitId,
    ) -> Result<Vec<(OfficialId, CasePublic)>, Failure> {
        let directory = self.directory();
        let concerns = Concerns::new(&directory, self.procedure_of(petition)?, petition);
        let keys: BTreeMap<OfficialId, CasePublic> =
            sealing.keys.iter().map(|key| (key.official, key.public)).collect();
        let own = directory.recipients_of(unit).into_iter().map(|official| (official, unit));
        let deciding = directory.officials.values().filter(|official| {
            official.active
                && official.unit != unit
                && [Role::Recipient, Role::Head].iter().all(|role| official.roles.contains(role))
                && petition.decides_on_recusal(official.unit)
        });
        let all = own.chain(deciding.map(|official| (official.id, official.unit)));
        let fit = all.filter(|(official, unit)| concerns.of(*official, *unit).is_none());
        Ok(fit
            .map(|(official, _)| official)
            .filter_map(|official| Some((official, *keys.get(&official)?)))
            .collect())
    }

    /// The key of a new sealed matter, given to its recipients, to whoever has the code, and to the recovery recipients;
    /// `None` when fewer than two recipients have keys: then it is kept as an ordinary one until they do, because no
    /// petition may become unreadable, and `doctor` is loud about it.
    pub(super) fn new_sealed_key(
        &self,
        batch: &mut Batch,
        petition: &Petition,
        (sealing, code): (&Sealing, Option<&CasePublic>),
    ) -> Result<Option<(PetitionKey, ledger::record::ContentRef, CasePublic)>, Failure> {
        let Some((unit, _)) = petition.owner else { return Ok(None) };
        let recipients = self.recipients(sealing, petition, unit)?;
        if recipients.len() < LEAST {
            return Ok(None);
        }
        let key = PetitionKey::new(entropy::bytes()?);
        let (reference, write) = content::keep_sealed_key(petition.id, &key, self.for_recovery(&key)?);
        batch.push(write);
        for (official, public) in recipients {
            let to = (&Holder::Recipient(official), &public);
            batch.push(sealed::give(petition.id, &key, to, &mut entropy::generator())?);
        }
        if let Some(public) = code {
            batch.push(sealed::give(
                petition.id,
                &key,
                (&Holder::Code(0), public),
                &mut entropy::generator(),
            )?);
        }
        let public = sealed::case_pair(&key).1;
        Ok(Some((key, reference, public)))
    }

    /// A key sealed to those who bring the office back; empty where none are named.
    fn for_recovery(&self, key: &PetitionKey) -> Result<Vec<u8>, Failure> {
        if self.recipients.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.recipients.encrypt(sealed::for_recovery(key))?)
    }

    /// To what the events of a petition are sealed; `None` for one that is not.
    pub(super) async fn sealed_to(&self, history: &History) -> Result<Option<CasePublic>, Failure> {
        let kind = &history.petition.kind;
        if !history.closed && !is_sealed(self.procedure_of(&history.petition)?, kind) {
            return Ok(None);
        }
        Ok(sealed::public_of(&self.database, history.petition.id).await?)
    }

    /// Refuses to send a sealed matter where fewer than two could open it (architecture §10.14). The timer is never
    /// refused: what it sends on waits there for those who bring the office back (SEAL-5).
    pub(super) async fn must_have_recipients(
        &self,
        actor: &Actor,
        before: &Petition,
        after: &Petition,
    ) -> Result<(), Failure> {
        let (Actor::Official { .. }, Some((from, _)), Some((to, _))) = (actor, before.owner, after.owner)
        else {
            return Ok(());
        };
        if from == to || !is_sealed(self.procedure_of(after)?, &after.kind) {
            return Ok(());
        }
        let sealing = self.sealing_for(&after.kind).await?;
        if self.recipients(&sealing, after, to)?.len() < LEAST { Err(Failure::NoRecipients) } else { Ok(()) }
    }

    /// Makes right who can open a matter, now that it is open: sealed once two can open it, given to those who should
    /// have it, taken from those who should not, and an ordinary matter again once it is of an ordinary kind. What fails
    /// here has changed nothing and is done at the next occasion.
    pub(crate) async fn settle(&self, id: PetitionId) {
        for _ in 0..TRIES {
            match self.settle_once(id).await {
                Ok(Outcome::Committed) => return,
                Ok(Outcome::Conflict) => {}
                Err(error) => {
                    return tracing::error!(petition.id = %id, "a sealed matter's key was not given on: {error:#}");
                }
            }
        }
    }

    async fn settle_once(&self, id: PetitionId) -> Result<Outcome, Failure> {
        let Some(history) = history::load(&self.database, id).await? else { return Ok(Outcome::Committed) };
        let petition = &history.petition;
        let Some((unit, _)) = petition.owner else { return Ok(Outcome::Committed) };
        let is_sealed = is_sealed(self.procedure_of(petition)?, &petition.kind);
        let public = sealed::public_of(&self.database, id).await?;
        if history.closed || (!is_sealed && public.is_none()) {
            return Ok(Outcome::Committed);
        }
        let key = match content::key_of(&self.database, id).await {
            Err(StoreError::Sealed(_) | StoreError::Destroyed(_)) => return Ok(Outcome::Committed),
            key => key?,
        };
        let mut batch = Batch::new();
        if !is_sealed {
            return self.unseal(batch, id, &key).await;
        }
        let sealing = self.sealing().await?;
        let wanted: BTreeMap<OfficialId, CasePublic> =
            self.recipients(&sealing, petition, unit)?.into_iter().collect();
        if public.is_none() {
            if wanted.len() < LEAST {
                return Ok(Outcome::Committed);
            }
            self.seal_up(&mut batch, petition, &key).await?;
        }
        let known: BTreeMap<OfficialId, CasePublic> =
            sealed::wraps_of(&self.database, id).await?.into_iter().collect();
        for (official, public) in
            wanted.iter().filter(|(official, public)| known.get(*official) != Some(public))
        {
            let to = (&Holder::Recipient(*official), public);
            batch.push(sealed::give(id, &key, to, &mut entropy::generator())?);
        }
        // Never fewer than two: whoever had it keeps it until two others have.
        let gone = known.keys().filter(|official| !wanted.contains_key(official));
        let left: BTreeSet<OfficialId> = wanted.keys().copied().collect();
        for official in gone.filter(|_| left.len() >= LEAST) {
            batch.push(sealed::drop_holder(id, &Holder::Recipient(*official)));
        }
        if batch.writes.is_empty() {
            return Ok(Outcome::Committed);
        }
        Ok(self.database.commit(batch).await?)
    }

    /// Takes the key of a matter that became sealed out of the office's hands. What was recorded before stays readable to
    /// the record's readers; its words do not.
    async fn seal_up(
        &self,
        batch: &mut Batch,
        petition: &Petition,
        key: &PetitionKey,
    ) -> Result<(), Failure> {
        let recovery = self.for_recovery(key)?;
        let (fact, write, _) = sealed::seal_up(&self.database, petition.id, key, recovery).await?;
        batch.push(write);
        for (party, public) in self.code_keys(petition.id).await? {
            batch.push(sealed::give(
                petition.id,
                key,
                (&Holder::Code(party), &public),
                &mut entropy::generator(),
            )?);
        }
        let procedure = self.procedure_of(petition)?;
        batch.push(sealed::keep_shell(&self.database, (procedure, petition), &entropy::bytes()?)?.0);
        self.record_wraps(batch, &fact).await
    }

    /// Gives a matter that is of an ordinary kind after all back to the office.
    async fn unseal(&self, mut batch: Batch, id: PetitionId, key: &PetitionKey) -> Result<Outcome, Failure> {
        let nonces = [&entropy::bytes()?, &entropy::bytes()?];
        let recovery = self.recovery_key().await?;
        let (fact, writes) = sealed::unseal(&self.database, id, key, nonces, recovery).await?;
        batch.extend(writes);
        self.record_wraps(&mut batch, &fact).await?;
        Ok(self.database.commit(batch).await?)
    }

    async fn record_wraps(&self, batch: &mut Batch, fact: &keys::Fact) -> Result<(), Failure> {
        let (at, sure) = self.clock.stamp_now();
        let tip = keys::tip(&self.database).await?;
        let version = keys::current(&self.database)?;
        batch.record(keys::event(&tip, (&at, sure), version, fact, entropy::bytes()?));
        Ok(())
    }

    /// To what is sealed for those who have long codes of a petition.
    async fn code_keys(&self, id: PetitionId) -> Result<Vec<(u32, CasePublic)>, Failure> {
        let sql = "select party, public from access_code where petition_id = $1 and public <> ''";
        let rows = self.database.query(sql, vec![id.to_string().into()]).await?;
        let mut keys = Vec::new();
        for row in &rows {
            let bytes = entropy::unhex(row.text(1)?).context("public key of a code")?;
            let public = CasePublic::read(&bytes).context("public key of a code")?;
            keys.push((u32::try_from(row.int(0)?).unwrap_or(0), public));
        }
        Ok(keys)
    }

    /// Seals what waits for a second recipient's key. Part of the timer's work.
    pub(super) async fn seal_what_waits(&self) -> Result<(), Failure> {
        if sealed::sealing_keys(&self.database).await?.len() < LEAST {
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let page = sealed::page(&self.database, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.petition.to_string();
            for row in page.iter().filter(|row| row.public.is_none()) {
                self.settle(row.petition).await;
            }
        }
    }
}

impl App {
    async fn weak_passphrase(&self, login: &str, passphrase: &str) -> Result<Option<Weak>, Failure> {
        if let Some(weak) = super::account::weakness(login, passphrase) {
            return Ok(Some(weak));
        }
        // The password is seen by this program at every login; what it opens must not hang on that.
        let account = self.account(login).await?.ok_or(Failure::Absent)?;
        let same = self.passwords.verify(Some(account.password_hash()), passphrase.to_owned()).await?;
        Ok((same == Some(true)).then_some(Weak::Guessable))
    }
}
