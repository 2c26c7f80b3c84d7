//! Sealed matters at the office: who can open them, and how it comes that always two can (SEAL-1, SEAL-5;
//! architecture §10.14; docs/decisions/0011).
//!
//! A recipient makes a key pair under a passphrase of their own. The secret half is in this program's memory only while
//! the session that showed the passphrase lasts, and is used only for requests of that session. Who holds a matter's key
//! changes in the commit of the act that changes who should; within a unit a colleague gives it (`holders`).

mod holders;

pub(in crate::app) use holders::for_recovery_of;

use super::account::{Passwords, Session, Set, Weak};
use super::{App, Failure};
use crate::entropy;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::directory::Role;
use casework::disclosure::is_sealed;
use casework::{OfficialId, Petition, PetitionId, Procedure};
use ledger::record::ContentRef;
use std::collections::BTreeMap;
use std::sync::Mutex;
use store::history::{self, Decision, History};
use store::log::NewEvent;
use store::seal::PetitionKey;
use store::sealed::{self, CasePublic, Holder, Made, Opener, SealingKey, Secret};
use store::{Batch, Outcome, content};

/// How many must be able to open a sealed matter.
pub(crate) const LEAST: usize = 2;
/// Tries before giving up against others who do the same.
const TRIES: usize = 8;

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

    /// Forgets an official's, whatever the session.
    fn forget_all_of(&self, official: OfficialId) {
        if let Ok(mut known) = self.0.lock() {
            known.retain(|_, (whose, _)| *whose != official);
        }
    }

    /// Another session in the place of one.
    pub(super) fn carry_over(&self, from: &str, to: &str) {
        if let Ok(mut known) = self.0.lock()
            && let Some(secret) = known.remove(from)
        {
            known.insert(to.to_owned(), secret);
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
    pub(super) keys: Vec<SealingKey>,
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

    /// Sets the passphrase of an official's key pair. While their matters are open the pair stays as it is; otherwise there
    /// is a new one, and what was sealed to the one before opens again once a colleague or the recovery recipients give it.
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
        // Whoever shows that they can open it keeps their pair under the new passphrase; who cannot gets another.
        let known = self.unlocked.get(&session.digest).map(|(_, secret)| secret);
        let secret = self.keep_pair(*id, passphrase, known.as_ref()).await?;
        self.unlocked.forget_all_of(*id);
        self.unlocked.put(&session.digest, *id, secret);
        Ok(Set::Done)
    }

    /// A new key pair of an official, kept with an event of the office that names its public half.
    pub(crate) async fn keep_sealing_key(
        &self,
        official: OfficialId,
        passphrase: &str,
    ) -> Result<Secret, Failure> {
        self.keep_pair(official, passphrase, None).await
    }

    async fn keep_pair(
        &self,
        official: OfficialId,
        passphrase: &str,
        known: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let salt = entropy::bytes()?;
        let under = self.passwords.derive(passphrase, salt).await?;
        let made = Made {
            official,
            secret: match known {
                Some(secret) => secret.clone(),
                None => sealed::pair(self.database.suite()?, &entropy::bytes()?)?.0,
            },
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
        // A moment later there is room again.
        let Some(_turn) = self.passwords.turn(&tried).await else { return Ok(Unlock::Wait(1)) };
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
        let sql = "select body from office_event where kind = 'sealing_key' order by seq";
        let mut said: BTreeMap<OfficialId, String> = BTreeMap::new();
        for row in self.database.query(sql, Vec::new()).await? {
            let body: serde_json::Value =
                serde_json::from_slice(row.blob(0)?).context("an event of the office")?;
            let text = |name: &str| body.get(name).and_then(|value| value.as_str());
            if let Some((official, public)) =
                text("official").and_then(|id| id.parse().ok()).zip(text("public"))
            {
                said.insert(official, public.to_owned());
            }
        }
        keys.retain(|key| {
            // Nor one that was ours once: the last that the record names.
            let ours = key.mac == self.mac_of_key(key.official, &key.public)
                && said.get(&key.official) == Some(&entropy::hex(key.public.bytes()));
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

    /// The key of a new sealed matter, given to its recipients, to whoever has the code, and to the recovery recipients;
    /// `None` when fewer than two recipients have keys: then it is kept as an ordinary one until they do, because no
    /// petition may become unreadable, and `doctor` is loud about it.
    pub(super) fn new_sealed_key(
        &self,
        batch: &mut Batch,
        petition: &Petition,
        (sealing, codes): (&Sealing, &[(u32, CasePublic)]),
    ) -> Result<Option<(PetitionKey, ContentRef, CasePublic)>, Failure> {
        let Some((unit, _)) = petition.owner else { return Ok(None) };
        let recipients = self.recipients(sealing, petition, unit)?;
        if recipients.len() < LEAST {
            return Ok(None);
        }
        let key = PetitionKey::new(self.database.suite()?, entropy::bytes()?);
        let (reference, write) = content::keep_sealed_key(petition.id, &key, self.for_recovery(&key)?)?;
        batch.push(write);
        for (official, public) in recipients {
            let to = (&Holder::Recipient(official), &public);
            batch.push(sealed::give(petition.id, &key, to, &mut entropy::generator())?);
        }
        for (party, public) in codes {
            let to = (&Holder::Code(*party), public);
            batch.push(sealed::give(petition.id, &key, to, &mut entropy::generator())?);
        }
        let public = sealed::case_pair(&key)?.1;
        Ok(Some((key, reference, public)))
    }

    /// The key of a petition that another begins: sealed where its kind is, to whoever has a long code of the other too.
    pub(super) async fn begin_key(
        &self,
        batch: &mut Batch,
        from: PetitionId,
        petition: &Petition,
    ) -> Result<(Vec<ContentRef>, Option<CasePublic>), Failure> {
        if is_sealed(self.procedure_of(petition)?, &petition.kind) {
            let codes = self.code_keys(from).await?;
            let sealing = self.sealing().await?;
            if let Some((_, reference, public)) = self.new_sealed_key(batch, petition, (&sealing, &codes))? {
                return Ok((vec![reference], Some(public)));
            }
        }
        self.recovery_key().await?;
        Ok((self.new_key(batch, petition.id)?.1, None))
    }

    /// The event of a decision, sealed to that key where one is given: then the shell goes with it into the batch.
    pub(super) fn event_of(
        &self,
        batch: &mut Batch,
        decision: Decision<'_>,
        to: Option<&CasePublic>,
        (procedure, after): (&Procedure, &Petition),
    ) -> Result<NewEvent, Failure> {
        let Some(public) = to else { return Ok(history::append(decision)?) };
        let (write, rows) = sealed::keep_shell(&self.database, (procedure, after), &entropy::bytes()?)?;
        batch.push(write);
        Ok(history::append_sealed(decision, (public, rows), &mut entropy::generator())?)
    }

    /// To what the events of a petition are sealed; `None` for one that is not.
    pub(super) async fn sealed_to(&self, history: &History) -> Result<Option<CasePublic>, Failure> {
        let kind = &history.petition.kind;
        if !history.closed && !is_sealed(self.procedure_of(&history.petition)?, kind) {
            return Ok(None);
        }
        Ok(sealed::public_of(&self.database, history.petition.id).await?)
    }
}

impl App {
    async fn weak_passphrase(&self, login: &str, passphrase: &str) -> Result<Option<Weak>, Failure> {
        let account = self.account(login).await?.ok_or(Failure::Absent)?;
        // A sentence needs no kinds of characters, whatever the profile.
        if let Some(weak) =
            self.weakness(login, account.official, passphrase).filter(|weak| *weak != Weak::Plain)
        {
            return Ok(Some(weak));
        }
        // The password is seen by this program at every login; what it opens must not hang on that.
        let same = self.passwords.verify(Some(account.password_hash()), passphrase.to_owned()).await?;
        Ok((same == Some(true)).then_some(Weak::Guessable))
    }
}
