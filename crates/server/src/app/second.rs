//! In a sealed matter it takes two to see who filed it: one asks and says what for, another of the same body agrees
//! (DUAL-1). Where the body has nobody else, it is the head of the unit above (architecture §10.9).

use super::{App, Failure};
use anyhow::Context as _;
use casework::access::{ASKED_HOURS, GRANT_MINUTES, IdentityField, Purpose, Seen};
use casework::authority::Actor;
use casework::concern::Concerns;
use casework::directory::{Official, Role};
use casework::disclosure::{Sight, is_sealed, opens_sealed};
use casework::{OfficialId, Petition, PetitionId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use store::history::History;
use store::reads::{self, Kept};

/// What somebody asked to see and nobody has agreed to yet.
pub(crate) struct Ask {
    /// Its place among the petition's reads.
    pub(crate) seq: u64,
    /// Who asked.
    pub(crate) by: OfficialId,
    /// Until when somebody may agree.
    pub(crate) until: Timestamp,
    /// Which field.
    pub(crate) field: IdentityField,
    /// What for.
    pub(crate) purpose: Purpose,
    /// The same in words.
    pub(crate) words: String,
}

impl App {
    /// Whether it takes two to see who filed the petition.
    pub(crate) fn takes_two(&self, petition: &Petition) -> Result<bool, Failure> {
        Ok(is_sealed(self.procedure_of(petition)?, &petition.kind))
    }

    /// Asks to see one field; nothing is shown until another agrees.
    pub(crate) async fn ask_to_reveal(
        &self,
        actor: &Actor,
        petition: PetitionId,
        field: IdentityField,
        (purpose, words): (Purpose, &str),
    ) -> Result<(), Failure> {
        let words = self.seal_words(petition, words).await?;
        self.record_read(actor, petition, Seen::Asked { field, purpose, words }).await?;
        Ok(())
    }

    /// What was asked within the time in which it may be agreed to, and what was agreed to, the newest first.
    async fn of_two(&self, petition: PetitionId) -> Result<Vec<Kept>, Failure> {
        let since = self.clock.stamp_in_seconds(-60 * (60 * ASKED_HOURS + GRANT_MINUTES));
        Ok(reads::of_two(&self.database, petition, &since).await?)
    }

    /// Whether somebody has agreed to what was asked at that place.
    pub(super) async fn is_agreed(&self, petition: PetitionId, ask: u64) -> Result<bool, Failure> {
        Ok(self.of_two(petition).await?.iter().any(|kept| agrees(kept, ask)))
    }

    /// What waits for somebody to agree.
    pub(crate) async fn asks(&self, petition: PetitionId) -> Result<Vec<Ask>, Failure> {
        let found = self.of_two(petition).await?;
        let agreed = |seq: u64| found.iter().any(|kept| agrees(kept, seq));
        let words = self.words_of_reads(petition, &found).await?;
        let mut asks = Vec::new();
        for kept in found.iter().filter(|kept| !agreed(kept.seq)) {
            let Seen::Asked { field, purpose, words: said } = &kept.read.seen else { continue };
            let at: Timestamp = kept.at.parse().context("instant of a read")?;
            let until = at.checked_add(SignedDuration::from_hours(ASKED_HOURS)).unwrap_or(at);
            if self.clock.now() <= until {
                asks.push(Ask {
                    seq: kept.seq,
                    by: kept.actor.parse().context("who asked")?,
                    until,
                    field: *field,
                    purpose: *purpose,
                    words: words.get(&said.id).cloned().unwrap_or_default(),
                });
            }
        }
        Ok(asks)
    }

    /// Fields that others have opened to this official, with the read that did and when, the newest first.
    pub(super) async fn opened_by_others(
        &self,
        official: OfficialId,
        petition: PetitionId,
    ) -> Result<Vec<(IdentityField, u64, Timestamp)>, Failure> {
        let found = self.of_two(petition).await?;
        let asked: BTreeMap<u64, &str> = found
            .iter()
            .filter(|kept| matches!(kept.read.seen, Seen::Asked { .. }))
            .map(|kept| (kept.seq, kept.actor.as_str()))
            .collect();
        let mut opened = Vec::new();
        for kept in &found {
            let Seen::Agreed { ask, field, .. } = kept.read.seen else { continue };
            if asked.get(&ask).is_some_and(|by| *by == official.to_string()) {
                opened.push((field, kept.seq, kept.at.parse().context("instant of a read")?));
            }
        }
        Ok(opened)
    }

    /// Who may agree to what an official asked: others of the body that has the matter who do not work under whoever asked,
    /// those first who are nobody's head; where there is nobody else, the heads of the unit that would have it instead; and
    /// where nobody above could either, those of the body who do work under them (DUAL-1).
    pub(crate) fn second_people(
        &self,
        petition: &Petition,
        asker: OfficialId,
    ) -> Result<Vec<Official>, Failure> {
        let directory = self.directory();
        let procedure = self.procedure_of(petition)?;
        let Some((unit, _)) = petition.owner else { return Ok(Vec::new()) };
        let concerns = Concerns::new(&directory, procedure, petition);
        let free =
            |official: &&Official| official.id != asker && concerns.of(official.id, official.unit).is_none();
        let sees = |official: &&Official| {
            let actor = actor_of(official);
            casework::disclosure::sight(&directory, procedure, petition, &actor) == Sight::Everything
        };
        let beside = directory.staff_of(unit).into_iter().filter(free).filter(sees).cloned();
        let (under, mut second): (Vec<Official>, Vec<Official>) =
            beside.partition(|official| directory.is_subordinate_of(official.id, asker));
        second.sort_by_key(|official| official.roles.contains(&Role::Head));
        if second.is_empty() {
            let above = concerns.instead_of(unit);
            let staff = above.map(|above| directory.staff_of(above)).unwrap_or_default().into_iter();
            // What is sealed, not even that it exists, is known to recipients alone (SEAL-1).
            let opens = |official: &&Official| !concerns.is_sealed() || opens_sealed(&official.roles);
            let heads = staff.filter(|official| official.roles.contains(&Role::Head)).filter(opens);
            let heads = heads.filter(|official| !directory.is_subordinate_of(official.id, asker));
            second.extend(heads.filter(free).cloned());
        }
        Ok(if second.is_empty() { under } else { second })
    }

    /// What an official is asked to agree to, in a petition that they may otherwise not know of. Absent to everybody who
    /// is not asked; whoever asked themselves is told that it takes another.
    pub(crate) async fn asked_of(
        &self,
        actor: &Actor,
        case_ref: &str,
        seq: u64,
    ) -> Result<(History, Ask), Failure> {
        super::look::in_step(Box::pin(self.find_asked(actor, case_ref, seq))).await
    }

    async fn find_asked(&self, actor: &Actor, case_ref: &str, seq: u64) -> Result<(History, Ask), Failure> {
        let id = self.by_ref(case_ref).await?.ok_or(Failure::Absent)?;
        let history = store::history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
        let ask = self.asks(id).await?.into_iter().find(|ask| ask.seq == seq).ok_or(Failure::Absent)?;
        let own = actor.official();
        if own == Some(ask.by) && self.sight(actor, &history)? == Sight::Everything {
            return Err(Failure::OnePerson);
        }
        let second = self.second_people(&history.petition, ask.by)?;
        if !second.iter().any(|official| Some(official.id) == own) {
            return Err(Failure::Absent);
        }
        history.petition.withheld()?;
        Ok((history, ask))
    }

    /// Opens to whoever asked what they asked for, once; until when. Absent when somebody else has agreed meanwhile.
    pub(crate) async fn agree(
        &self,
        actor: &Actor,
        history: &History,
        ask: &Ask,
    ) -> Result<Timestamp, Failure> {
        // Who asked may have been recused or have left since.
        let directory = self.directory();
        let asker = directory.official(ask.by).filter(|asker| asker.active).ok_or(Failure::Absent)?;
        if self.sight(&actor_of(asker), history)? != Sight::Everything {
            return Err(Failure::Absent);
        }
        let under = actor.official().is_some_and(|second| directory.is_subordinate_of(second, ask.by));
        let seen = Seen::Agreed { ask: ask.seq, field: ask.field, under };
        self.record_read(actor, history.petition.id, seen).await?;
        let opened = self.opened_by_others(ask.by, history.petition.id).await?;
        let at = opened.iter().find(|(field, ..)| *field == ask.field).map(|(.., at)| *at);
        let at = at.context("what was just agreed to")?;
        Ok(at.checked_add(SignedDuration::from_mins(GRANT_MINUTES)).unwrap_or(at))
    }
}

fn agrees(kept: &Kept, seq: u64) -> bool {
    matches!(kept.read.seen, Seen::Agreed { ask, .. } if ask == seq)
}

/// An official as an actor, by the directory.
fn actor_of(official: &Official) -> Actor {
    Actor::Official { id: official.id, unit: official.unit, roles: official.roles.clone() }
}
