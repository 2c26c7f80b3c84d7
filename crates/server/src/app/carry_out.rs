//! An act on a petition: load, decide, one batch, commit, and again when somebody was faster.

use super::{App, Failure, context};
use crate::contents::Contents;
use casework::authority::Actor;
use casework::{Act, Command, Event, Fact, LetterNumbers, Petition, PetitionId, Procedure};
use std::collections::BTreeMap;
use store::history::{self, History};
use store::{Batch, Outcome, Write, content, projection};

/// Tries before giving up against faster writers; each starts from what they wrote.
const TRIES: usize = 8;

impl App {
    /// Carries out an act. `seen` is the version the person was looking at; when the case moved on since, nothing
    /// happens. Without it (the timer) the act is decided anew on what the case has become.
    ///
    /// # Errors
    /// `Refused` by the rules, `Absent`, `Changed`, or `Broken`; then nothing was written.
    pub(crate) async fn carry_out(
        &self,
        actor: &Actor,
        id: PetitionId,
        seen: Option<u64>,
        command: Command,
        contents: Contents,
    ) -> Result<Petition, Failure> {
        let kept = contents.into_kept();
        for _ in 0..TRIES {
            let history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
            let now = history.petition.version;
            if seen.is_some_and(|seen| seen != now) {
                return Err(Failure::Changed { now });
            }
            let (mut batch, after) = self.decided(actor, &history, command.clone()).await?;
            batch.extend(content::writes(id, &kept));
            if self.database.commit(batch).await? == Outcome::Committed {
                self.counted.forget();
                return Ok(after);
            }
        }
        Err(Failure::Broken(anyhow::anyhow!(
            "the case is being changed by too many people at once; try again"
        )))
    }

    async fn decided(
        &self,
        actor: &Actor,
        history: &History,
        command: Command,
    ) -> Result<(Batch, Petition), Failure> {
        let petition = &history.petition;
        let procedure = self.procedure_of(petition)?;
        let related = self.related(petition, &command.act).await?;
        let directory = self.directory();
        let today = self.clock.today();
        let numbers = self.letter_numbers(today.year()).await?;
        let verb = command.act.verb().word();
        let decision = casework::decide(
            &context((procedure, self.calendar(procedure)?, &directory), actor, today, &related, &numbers),
            petition,
            command,
        )?;
        let at = self.clock.now_stamp();
        let who = actor_word(actor);
        let mut batch = Batch::new();
        let mut after = petition.clone();
        let own = std::iter::once((petition.id, decision.events.as_slice()));
        let others = decision.others.iter().map(|(id, events)| (*id, events.as_slice()));
        let mut signed: Vec<&Event> = Vec::new();
        for (id, events) in own.chain(others).filter(|(_, events)| !events.is_empty()) {
            let before =
                if id == petition.id { Some(petition) } else { related.iter().find(|other| other.id == id) };
            let seq = before.map_or(0, |before| before.version);
            let next =
                events.iter().fold(before.cloned().unwrap_or_else(|| Petition::new(id)), Petition::apply);
            batch.push(history::append(id, seq, &at, verb, &who, events)?);
            batch.extend(projection::writes(procedure, before, &next));
            signed.extend(events);
            if id == petition.id {
                after = next;
            }
        }
        batch.extend(letter_number_writes(procedure, &numbers, signed));
        Ok((batch, after))
    }

    /// The procedure a petition stands under, for good.
    pub(crate) fn procedure_of(&self, petition: &Petition) -> Result<&Procedure, Failure> {
        let (name, _) = petition.procedure.as_ref().ok_or(Failure::Absent)?;
        Ok(self.procedure(name)?)
    }

    /// Other petitions the act touches: what joined this one, and what it names.
    async fn related(&self, petition: &Petition, act: &Act) -> Result<Vec<Petition>, Failure> {
        let mut ids: Vec<PetitionId> = petition.joined.iter().copied().collect();
        ids.extend(petition.merged_into);
        if let Act::Merge(merging) = act {
            ids.push(merging.into);
        }
        let mut related = Vec::new();
        for id in ids {
            if let Some(history) = history::load(&self.database, id).await? {
                related.push(history.petition);
            }
        }
        Ok(related)
    }

    /// Last letter numbers given this year.
    async fn letter_numbers(&self, year: i16) -> Result<LetterNumbers, Failure> {
        let rows = self
            .database
            .query(
                "select unit_id, mark, last from letter_number where year = $1",
                vec![i64::from(year).into()],
            )
            .await?;
        let mut numbers = LetterNumbers::new();
        for row in rows {
            let unit = row.text(0)?.parse().map_err(|_| anyhow::anyhow!("unit of a letter number"))?;
            numbers.insert((unit, row.text(1)?.to_owned(), year), u32::try_from(row.int(2)?).unwrap_or(0));
        }
        Ok(numbers)
    }
}

/// How the store names an actor.
pub(super) fn actor_word(actor: &Actor) -> String {
    match actor {
        Actor::Petitioner { .. } => "petitioner".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Official { id, .. } => id.to_string(),
    }
}

/// The counters behind gap-free letter numbers, each moved on only from where the decision found it.
fn letter_number_writes<'a>(
    procedure: &Procedure,
    before: &LetterNumbers,
    events: impl IntoIterator<Item = &'a Event>,
) -> Vec<Write> {
    let mut last: BTreeMap<(String, String, i16), u32> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for event in events {
        if let Fact::LetterSigned(signed) = &event.fact
            && let Some(letter) = procedure.letter(&signed.letter)
        {
            let key = (signed.unit.to_string(), letter.mark.clone(), signed.year);
            found.insert(key.clone(), before.get(&(signed.unit, letter.mark.clone(), signed.year)).copied());
            let highest = last.entry(key).or_insert(0);
            *highest = (*highest).max(signed.serial);
        }
    }
    last.into_iter()
        .map(|((unit, mark, year), serial)| {
            let known = found.get(&(unit.clone(), mark.clone(), year)).copied().flatten();
            let key = [unit.into(), mark.into(), i64::from(year).into(), i64::from(serial).into()];
            match known {
                None => Write::new(
                    "insert into letter_number (unit_id, mark, year, last) values ($1, $2, $3, $4)",
                    key.to_vec(),
                ),
                Some(known) => {
                    let mut params = key.to_vec();
                    params.push(i64::from(known).into());
                    Write::new(
                        "update letter_number set last = $4 where unit_id = $1 and mark = $2 and year = $3 and last = $5",
                        params,
                    )
                    .rows(1)
                }
            }
        })
        .collect()
}
