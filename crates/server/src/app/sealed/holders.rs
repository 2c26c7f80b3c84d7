//! Who can open a sealed matter, and how that follows who should: in the same commit as what changes it (SEAL-1, SEAL-5).

use super::{LEAST, Sealing};
use crate::app::{App, Failure};
use crate::entropy;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::concern::Concerns;
use casework::directory::Role;
use casework::disclosure::is_sealed;
use casework::{OfficialId, Petition, PetitionId, UnitId};
use std::collections::{BTreeMap, BTreeSet};
use store::history::{self, History};
use store::keys;
use store::seal::PetitionKey;
use store::sealed::{self, CasePublic, Holder};
use store::{Batch, Outcome, StoreError, Value, Write, content};

/// Tries before giving up against others who do the same.
const TRIES: usize = 8;
/// Matters looked at in one go.
const PAGE: i64 = 100;
/// Bytes of what says to whom a key was sealed for recovery, which stand before it.
const RECIPIENTS: usize = 16;

/// A colleague who could open more of the unit's sealed matters, if somebody gave them.
pub(crate) struct Waiting {
    /// Who.
    pub(crate) official: OfficialId,
    /// When they made the key that would open them, as the store keeps instants.
    pub(crate) key_made_at: String,
    /// How many matters.
    pub(crate) matters: u64,
}

/// To whom a key is given beside those whom what happened makes its holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Give {
    Nobody,
    /// A recipient says so (a new colleague, one who made another key).
    To(OfficialId),
}

/// The key, of one sealed for recovery.
pub(in crate::app) fn for_recovery_of(kept: &[u8]) -> &[u8] {
    kept.get(RECIPIENTS..).unwrap_or_default()
}

impl App {
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
                && (petition.decides_on_recusal(official.unit) || petition.decides_on_disposal(official.unit))
        });
        let all = own.chain(deciding.map(|official| (official.id, official.unit)));
        let fit = all.filter(|(official, unit)| concerns.of(*official, *unit).is_none());
        Ok(fit
            .map(|(official, _)| official)
            .filter_map(|official| Some((official, *keys.get(&official)?)))
            .collect())
    }

    /// A key sealed to those who bring the office back, after what says who they are; empty where none are named.
    pub(super) fn for_recovery(&self, key: &PetitionKey) -> Result<Vec<u8>, Failure> {
        if self.recipients.is_empty() {
            return Ok(Vec::new());
        }
        let sealed = self.recipients.encrypt(sealed::for_recovery(key))?;
        Ok([self.recovery_mark().as_slice(), &sealed].concat())
    }

    /// Says to whom something is sealed for recovery.
    fn recovery_mark(&self) -> Vec<u8> {
        content::sha256(self.recipients.names().as_bytes()).into_iter().take(RECIPIENTS).collect()
    }

    /// Whether a key is sealed to those who are to bring the office back now.
    pub(crate) fn is_for_recovery(&self, kept: &[u8]) -> bool {
        self.recipients.is_empty() || kept.starts_with(&self.recovery_mark())
    }

    /// Refuses to send a sealed matter where fewer than two could open it (architecture §10.14). The timer is never
    /// refused: what it sends on waits there for those who bring the office back (SEAL-5).
    pub(in crate::app) async fn must_have_recipients(
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
        let sealing = self.sealing().await?;
        if self.recipients(&sealing, after, to)?.len() < LEAST { Err(Failure::NoRecipients) } else { Ok(()) }
    }

    /// Who holds a matter's key from a decision on, in the commit of that decision; nothing for a matter that is not open
    /// or that no kind seals.
    pub(in crate::app) async fn hold(
        &self,
        batch: &mut Batch,
        before: &History,
        after: &Petition,
    ) -> Result<(), Failure> {
        if before.closed {
            return Ok(());
        }
        let procedure = self.procedure_of(after)?;
        if [&before.petition, after].iter().all(|petition| !is_sealed(procedure, &petition.kind)) {
            return Ok(());
        }
        let unit = |petition: &Petition| petition.owner.map(|(unit, _)| unit);
        let moved = unit(&before.petition) != unit(after);
        self.hold_as(batch, after, moved, Give::Nobody).await
    }

    async fn hold_as(
        &self,
        batch: &mut Batch,
        petition: &Petition,
        moved: bool,
        also: Give,
    ) -> Result<(), Failure> {
        let id = petition.id;
        let Some((unit, _)) = petition.owner else { return Ok(()) };
        let kept = sealed::kept_key(&self.database, id).await?;
        let key = match content::key_of(&self.database, id).await {
            Err(StoreError::Sealed(_) | StoreError::Destroyed(_)) => return Ok(()),
            key => key?,
        };
        if !is_sealed(self.procedure_of(petition)?, &petition.kind) {
            if kept.public.is_some() {
                self.unseal(batch, id, &key).await?;
            }
            return Ok(());
        }
        let sealing = self.sealing().await?;
        let wanted: BTreeMap<OfficialId, CasePublic> =
            self.recipients(&sealing, petition, unit)?.into_iter().collect();
        let anew = kept.public.is_none();
        if anew && wanted.len() < LEAST {
            return Ok(());
        }
        if anew || !self.is_for_recovery(&kept.recovery) {
            self.seal_up(batch, petition, &key, anew).await?;
        }
        let known: BTreeMap<OfficialId, CasePublic> =
            sealed::wraps_of(&self.database, id).await?.into_iter().collect();
        let directory = self.directory();
        // Within a unit nobody is given a matter by a program: a key may have been made by somebody who got hold of an
        // account. A colleague who knows them gives it.
        let elsewhere =
            |official: &OfficialId| directory.official(*official).is_some_and(|known| known.unit != unit);
        let lacking = wanted.iter().filter(|(official, public)| known.get(*official) != Some(public));
        for (official, public) in lacking
            .filter(|(official, _)| anew || moved || also == Give::To(**official) || elsewhere(official))
        {
            let to = (&Holder::Recipient(*official), public);
            batch.push(sealed::give(id, &key, to, &mut entropy::generator())?);
        }
        let concerns = Concerns::new(&directory, self.procedure_of(petition)?, petition);
        let is_kept_from = |official: &OfficialId| {
            directory.official(*official).is_none_or(|known| concerns.of(*official, known.unit).is_some())
        };
        let others = !self.recipients.is_empty() || !wanted.is_empty();
        let holders: BTreeSet<OfficialId> = wanted.keys().copied().collect();
        for official in known.keys().filter(|official| !holders.contains(official)) {
            // Never fewer than two, but for those whom it is about or who were recused: they lose it at once.
            if holders.len() >= LEAST || (others && is_kept_from(official)) {
                batch.push(sealed::drop_holder(id, &Holder::Recipient(*official)));
            }
        }
        Ok(())
    }

    /// Makes right who can open a matter, now that it is open: sealed once two can open it, sealed anew for those who bring
    /// the office back. What fails here has changed nothing and is done at the next occasion.
    pub(in crate::app) async fn settle(&self, id: PetitionId) {
        if let Err(error) = self.settled(id, Give::Nobody).await {
            tracing::error!("a sealed matter's key was not given on: {error:#}");
        }
    }

    async fn settled(&self, id: PetitionId, also: Give) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let Some(history) = history::load(&self.database, id).await? else { return Ok(()) };
            if history.closed {
                return Ok(());
            }
            let petition = &history.petition;
            let mut batch = Batch::new();
            self.hold_as(&mut batch, petition, false, also).await?;
            if batch.writes.is_empty() {
                return Ok(());
            }
            // Only while it is as it was when it was decided who should have it.
            let version = i64::try_from(petition.version).unwrap_or(i64::MAX);
            let same = "update matter set version = $1 where petition_id = $2 and version = $3";
            let params: Vec<Value> = vec![version.into(), id.to_string().into(), version.into()];
            batch.push(Write::new(same, params).rows(1));
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("too many people change a sealed matter at once; try again")))
    }

    /// Colleagues who could open more of the unit's sealed matters than they do, for whoever may give them.
    ///
    /// # Errors
    /// `Absent` for whoever is no official, and whatever the database reports.
    pub(crate) async fn waiting_recipients(&self, actor: &Actor) -> Result<Vec<Waiting>, Failure> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        let sealing = self.sealing().await?;
        let mut waiting: BTreeMap<OfficialId, u64> = BTreeMap::new();
        for id in self.sealed_of(actor, unit).await? {
            let Some(shell) = sealed::shell(&self.database, id).await? else { continue };
            if shell.erased.is_some() || shell.owner.is_none_or(|(owner, _)| owner != unit) {
                continue;
            }
            let known = sealed::wraps_of(&self.database, id).await?;
            for one in self.recipients(&sealing, &shell, unit)? {
                if !known.contains(&one) && actor.official() != Some(one.0) {
                    *waiting.entry(one.0).or_default() += 1;
                }
            }
        }
        let made_at = |official: OfficialId| {
            sealing.keys.iter().find(|key| key.official == official).map(|key| key.made_at.clone())
        };
        Ok(waiting
            .into_iter()
            .filter_map(|(official, matters)| {
                Some(Waiting { official, key_made_at: made_at(official)?, matters })
            })
            .collect())
    }

    /// Gives a colleague what whoever asks can open of the unit's sealed matters.
    ///
    /// # Errors
    /// `Absent` when the colleague is not of the unit; and whatever the database reports.
    pub(crate) async fn give_sealed(&self, actor: &Actor, official: OfficialId) -> Result<(), Failure> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        if !self.directory().recipients_of(unit).contains(&official) {
            return Err(Failure::Absent);
        }
        for id in self.sealed_of(actor, unit).await? {
            self.settled(id, Give::To(official)).await?;
        }
        Ok(())
    }

    /// All sealed matters of a unit.
    async fn sealed_of(&self, actor: &Actor, unit: UnitId) -> Result<Vec<PetitionId>, Failure> {
        let reader = self.reader(actor)?;
        let mut all = Vec::new();
        let mut after = (String::new(), String::new());
        loop {
            let page = sealed::sealed_of_unit(&reader, unit, (&after.0, &after.1), PAGE).await?;
            let Some((due_on, id)) = page.last() else { return Ok(all) };
            after = (due_on.clone(), id.to_string());
            all.extend(page.into_iter().map(|(_, id)| id));
        }
    }

    /// Takes the key of a matter out of the office's hands, or renews what those have who bring the office back. What was
    /// recorded before stays readable to the record's readers; its words do not.
    async fn seal_up(
        &self,
        batch: &mut Batch,
        petition: &Petition,
        key: &PetitionKey,
        anew: bool,
    ) -> Result<(), Failure> {
        let recovery = self.for_recovery(key)?;
        let (fact, write) = sealed::seal_up(&self.database, petition.id, key, recovery).await?;
        batch.push(write);
        if anew {
            for (party, public) in self.code_keys(petition.id).await? {
                let to = (&Holder::Code(party), &public);
                batch.push(sealed::give(petition.id, key, to, &mut entropy::generator())?);
            }
            let procedure = self.procedure_of(petition)?;
            batch.push(sealed::keep_shell(&self.database, (procedure, petition), &entropy::bytes()?)?.0);
        }
        self.record_wraps(batch, &fact).await
    }

    /// Gives a matter that is of an ordinary kind after all back to the office.
    async fn unseal(&self, batch: &mut Batch, id: PetitionId, key: &PetitionKey) -> Result<(), Failure> {
        let nonces = [&entropy::bytes()?, &entropy::bytes()?];
        let recovery = self.recovery_key().await?;
        let (fact, writes) = sealed::unseal(&self.database, id, key, nonces, recovery).await?;
        batch.extend(writes);
        self.record_wraps(batch, &fact).await
    }

    async fn record_wraps(&self, batch: &mut Batch, fact: &keys::Fact) -> Result<(), Failure> {
        let (at, sure) = self.clock.stamp_now();
        let tip = keys::tip(&self.database).await?;
        let version = keys::current(&self.database)?;
        batch.record(keys::event(&tip, (&at, sure), version, fact, entropy::bytes()?));
        Ok(())
    }

    /// To what is sealed for those who have long codes of a petition.
    pub(in crate::app) async fn code_keys(&self, id: PetitionId) -> Result<Vec<(u32, CasePublic)>, Failure> {
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
    pub(in crate::app) async fn seal_what_waits(&self) -> Result<(), Failure> {
        if sealed::sealing_keys(&self.database).await?.len() < LEAST {
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let waits = sealed::unsealed(&self.database, &after, PAGE).await?;
            let Some(last) = waits.last() else { return Ok(()) };
            after = last.to_string();
            for id in waits {
                self.settle(id).await;
            }
        }
    }
}
