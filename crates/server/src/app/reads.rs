//! Reads by officials: recorded, durably, before anything is shown (ACC-2), and what opens who filed a petition (ACC-1).
//!
//! Whoever shows something of a case to staff asks [`App::visible`], which records the case itself; what goes beyond it
//! (a letter, a file, a field of the identity) is recorded by [`App::record_read`]. A read that cannot be written is
//! not shown.

use super::{App, Failure};
use crate::identity::Identity;
use anyhow::Context as _;
use casework::access::{COALESCED_MINUTES, GRANT_MINUTES, IdentityField, Purpose, Read, SealedWords, Seen};
use casework::act::Standing;
use casework::authority::Actor;
use casework::{ContentId, OfficialId, Petition, PetitionId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use store::reads::{self, Before, Kept, NewRead};
use store::{Batch, Outcome, content, sealed};

/// Tries before giving up against others who read the same case.
const TRIES: usize = 8;

/// Fields that an official may see now, with the read that opened each and when it closes again.
pub(crate) type Grants = BTreeMap<IdentityField, Grant>;

/// What opened a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The read's place in the petition's reads.
    pub(crate) seq: u64,
    /// Until when.
    pub(crate) until: Timestamp,
}

impl App {
    /// The petitioner's name and contact.
    pub(crate) async fn identity(&self, petition: &Petition) -> Result<Identity, Failure> {
        let words = self.words(petition).await?;
        let party = petition.parties.iter().find(|party| party.standing == Standing::Petitioner);
        let text = party.and_then(|party| party.identity.as_ref());
        Ok(text
            .and_then(|text| words.get(&text.content))
            .map(|words| Identity::read(words))
            .unwrap_or_default())
    }

    /// Records what an official is about to be shown, unless the same was recorded for them a moment ago. The place of
    /// the read among the petition's. Petitioners and the timer read nothing here: `None`.
    ///
    /// # Errors
    /// When it could not be made durable; then it must not be shown.
    pub(crate) async fn record_read(
        &self,
        actor: &Actor,
        petition: PetitionId,
        seen: Seen,
    ) -> Result<Option<u64>, Failure> {
        let Actor::Official { id, unit, roles } = actor else { return Ok(None) };
        let who = id.to_string();
        let directory = self.directory();
        let level = directory.unit(*unit).context("the unit of whoever reads")?.level();
        let read = Read { unit: *unit, level, roles: roles.clone(), seen };
        let mut turn = None;
        for _ in 0..TRIES {
            if read.seen.is_coalesced() {
                let since = self.clock.stamp_in_seconds(-60 * COALESCED_MINUTES);
                let known = reads::recent(&self.database, &who, &since, petition).await?;
                if let Some(same) = known.iter().find(|kept| kept.read.seen == read.seen) {
                    return Ok(Some(same.seq));
                }
            }
            let tip = reads::tip(&self.database, petition).await?;
            // After the tip: of two who agree at once, the second loses the race, looks again and finds the first.
            if let Seen::Agreed { ask, .. } = read.seen
                && self.is_agreed(petition, ask).await?
            {
                return Err(Failure::Absent);
            }
            let (at, sure) = self.clock.stamp_now();
            let ekey = crate::entropy::bytes()?;
            let mut batch = Batch::new();
            let new = NewRead { petition, tip, at: (&at, sure), actor: &who, read: &read, ekey };
            let mut rng = crate::entropy::generator();
            batch.record(match sealed::reads_to(&self.database, petition, &mut rng).await? {
                Some(public) => reads::append_sealed(new, &public, &mut rng)?,
                None => reads::append(new)?,
            });
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(Some(tip.0));
            }
            // Whoever lost a race waits for their turn.
            if turn.is_none() {
                turn = Some(self.turns.lock().await);
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("too many people open this case at once; try again")))
    }

    /// Reveals one field of who filed the petition, for a stated purpose; it stays open to this official for ten
    /// minutes. Whether they may know it at all was asked before.
    pub(crate) async fn reveal(
        &self,
        actor: &Actor,
        petition: PetitionId,
        field: IdentityField,
        (purpose, words): (Purpose, &str),
    ) -> Result<(), Failure> {
        let words = self.seal_words(petition, words).await?;
        self.record_read(actor, petition, Seen::Identity { field, purpose, words }).await?;
        Ok(())
    }

    /// Which fields this official has opened and may still see.
    pub(crate) async fn grants(&self, actor: &Actor, petition: PetitionId) -> Result<Grants, Failure> {
        let Some(official) = actor.official() else { return Ok(Grants::new()) };
        let since = self.clock.stamp_in_seconds(-60 * GRANT_MINUTES);
        let mut grants = Grants::new();
        for kept in reads::recent(&self.database, &official.to_string(), &since, petition).await? {
            if let Seen::Identity { field, .. } = kept.read.seen {
                let at: Timestamp = kept.at.parse().context("instant of a read")?;
                let until = at.checked_add(SignedDuration::from_mins(GRANT_MINUTES)).unwrap_or(at);
                grants.entry(field).or_insert(Grant { seq: kept.seq, until });
            }
        }
        for (field, seq, at) in self.opened_by_others(official, petition).await? {
            let until = at.checked_add(SignedDuration::from_mins(GRANT_MINUTES)).unwrap_or(at);
            if self.clock.now() <= until {
                grants.entry(field).or_insert(Grant { seq, until });
            }
        }
        Ok(grants)
    }

    /// An official's own words, under the petition's key.
    pub(crate) async fn seal_words(&self, petition: PetitionId, words: &str) -> Result<SealedWords, Failure> {
        let key = content::key_of(&self.database, petition).await?;
        let id = ContentId(uuid::Builder::from_random_bytes(crate::entropy::bytes()?).into_uuid());
        let sealed = key.seal(petition, id, &crate::entropy::bytes()?, words.as_bytes())?;
        Ok(SealedWords { id, sealed })
    }

    /// A page of a petition's reads, the newest first, and where the next page begins.
    pub(crate) async fn reads_of(
        &self,
        petition: PetitionId,
        before: Option<u64>,
        most: i64,
    ) -> Result<(Vec<Kept>, Option<u64>), Failure> {
        let mut found = reads::of_petition(&self.database, petition, before, most + 1).await?;
        let next = cut(&mut found, most);
        Ok((found, next.map(|last| last.seq)))
    }

    /// A page of what an official read from one instant to before another, the newest first, and where the next begins.
    pub(crate) async fn reads_by(
        &self,
        official: OfficialId,
        span: (&str, &str),
        before: Option<&Before>,
        most: i64,
    ) -> Result<(Vec<Kept>, Option<Before>), Failure> {
        let who = official.to_string();
        let mut found = reads::of_official(&self.database, &who, span, before, most + 1).await?;
        let next = cut(&mut found, most);
        Ok((found, next.map(|last| (last.at, last.petition.to_string(), last.seq))))
    }

    /// The words that stand sealed in reads of a petition, by their ids; none once the petition's key was destroyed.
    pub(crate) async fn words_of_reads(
        &self,
        petition: PetitionId,
        reads: &[Kept],
    ) -> Result<BTreeMap<ContentId, String>, Failure> {
        let sealed: Vec<&SealedWords> = reads.iter().filter_map(|kept| kept.read.seen.words()).collect();
        if sealed.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = match content::key_of(&self.database, petition).await {
            Err(store::StoreError::Destroyed(_) | store::StoreError::Sealed(_)) => {
                return Ok(BTreeMap::new());
            }
            key => key?,
        };
        let mut words = BTreeMap::new();
        for one in sealed {
            let opened = key.open(petition, one.id, &one.sealed)?.context("the words of a read")?;
            words.insert(one.id, String::from_utf8(opened).context("the words of a read")?);
        }
        Ok(words)
    }
}

/// Cuts a page to its length; its last row, when there is more.
fn cut(found: &mut Vec<Kept>, most: i64) -> Option<Kept> {
    let most = usize::try_from(most).unwrap_or(0);
    if found.len() <= most {
        return None;
    }
    found.truncate(most);
    found.last().cloned()
}
