//! Reading for officials: the projection finds, the rules say what may be seen.

use super::{App, Failure};
use anyhow::Context as _;
use casework::access::Seen;
use casework::authority::Actor;
use casework::disclosure::{Sight, sight, sight_of_owner};
use casework::{Petition, PetitionId, reach};
use std::time::Duration;
use store::history::{self, History};
use store::inbox::{self, Filter, Matter};
use store::{Reader, sealed};
use tokio::time::Instant;

/// No test of the code measures time, and some ask thousands of times.
const STEP: Duration = if cfg!(test) { Duration::from_micros(1) } else { Duration::from_millis(10) };

/// Whoever may not know of a petition is answered at the end of a step, as about one that does not exist: to find it, load it
/// and look at it takes longer than to find nothing, and shorter than a step (SCOPE-4, `soak/timing.py`).
pub(super) async fn in_step<T>(look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let began = Instant::now();
    let seen = look.await;
    if let Err(Failure::Absent) = &seen {
        let steps = began.elapsed().as_micros() / STEP.as_micros() + 1;
        tokio::time::sleep_until(began + STEP * u32::try_from(steps).unwrap_or(u32::MAX)).await;
    }
    seen
}

impl App {
    /// What an official reads from: on PostgreSQL nothing comes through that they cannot reach (SCOPE-7). Absent for whoever is
    /// no official.
    pub(crate) fn reader(&self, actor: &Actor) -> Result<Reader<'_>, Failure> {
        let words = reach::of_actor(&self.directory(), actor).ok_or(Failure::Absent)?;
        Ok(self.database.as_official(&words))
    }

    /// The petition behind a reference, for an actor who may see its words; what they may not know of is absent, and what
    /// is withheld from everybody is refused. That they read it, or asked for it, is recorded before it is given (ACC-2).
    pub(crate) async fn visible(&self, actor: &Actor, case_ref: &str) -> Result<(History, Sight), Failure> {
        let (history, seen) = self.known(actor, case_ref).await?;
        history.petition.withheld()?;
        // Who decides on a disposal in another unit's matter sees no more of it than that.
        if seen == Sight::Shell { Err(Failure::Absent) } else { Ok((history, seen)) }
    }

    /// The same for an actor who may know of it, also where nothing but its shell may be shown.
    pub(crate) async fn known(&self, actor: &Actor, case_ref: &str) -> Result<(History, Sight), Failure> {
        in_step(Box::pin(self.seen(actor, case_ref))).await
    }

    async fn seen(&self, actor: &Actor, case_ref: &str) -> Result<(History, Sight), Failure> {
        let reader = self.reader(actor)?;
        let (id, is_it) = self.nearest(case_ref).await?.ok_or(Failure::Absent)?;
        let history = history::load(&reader, id).await;
        if !is_it {
            // Looked at like the one that was asked for, and nothing told of it: the same work takes the same time.
            if let Ok(Some(history)) = history {
                let _as_long = self.sight(actor, &history);
            }
            return Err(Failure::Absent);
        }
        let history = history?.ok_or(Failure::Absent)?;
        match self.sight(actor, &history)? {
            Sight::Nothing => Err(Failure::Absent),
            // Who may know of it is told that it is closed; whoever may not learns nothing. What was erased opens no more.
            Sight::Shell | Sight::Matter | Sight::Everything
                if history.closed && history.petition.erased.is_none() =>
            {
                Err(Failure::Sealed)
            }
            Sight::Shell => {
                self.record_read(actor, id, Seen::Shell).await?;
                Ok((history, Sight::Shell))
            }
            seen @ (Sight::Matter | Sight::Everything) => {
                self.record_read(actor, id, Seen::Case).await?;
                Ok((history, seen))
            }
        }
    }

    /// The petition of a reference, or else the one whose reference comes next; whether it is the one that was asked for.
    /// References are random, and so is which comes next.
    async fn nearest(&self, case_ref: &str) -> Result<Option<(PetitionId, bool)>, Failure> {
        let sql = "select petition_id, case_ref from matter where case_ref >= $1 order by case_ref limit 1";
        let rows = self.database.query(sql, vec![case_ref.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id = row.text(0)?.parse().context("petition id of a reference")?;
        Ok(Some((id, row.text(1)? == case_ref)))
    }

    /// A petition for whoever has shown that it is theirs: by a code, by the cookie that stands for one, or by filing it.
    pub(crate) async fn own(&self, id: PetitionId) -> Result<History, Failure> {
        history::load(&self.database, id).await?.ok_or(Failure::Absent)
    }

    /// A petition that another one leads to, for an actor who may know that it exists; nothing of it is shown but that.
    pub(crate) async fn known_of(&self, actor: &Actor, id: PetitionId) -> Result<Option<History>, Failure> {
        let Ok(reader) = self.reader(actor) else { return Ok(None) };
        let Some(history) = history::load(&reader, id).await? else { return Ok(None) };
        Ok((self.sight(actor, &history)? != Sight::Nothing).then_some(history))
    }

    /// How much of a petition an actor sees.
    pub(crate) fn sight(&self, actor: &Actor, history: &History) -> Result<Sight, Failure> {
        #[cfg(test)]
        if self.blind_to_nothing {
            return Ok(Sight::Everything);
        }
        let procedure = self.procedure_of(&history.petition)?;
        Ok(sight(&self.directory(), procedure, &history.petition, actor))
    }

    /// A page of what waits for the actor's unit, without what they may not see; and whether there are more.
    pub(crate) async fn inbox(&self, actor: &Actor, filter: &Filter) -> Result<InboxPage, Failure> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        let reader = self.reader(actor)?;
        let most = usize::try_from(inbox::PAGE).unwrap_or(usize::MAX);
        let key = |matter: &Matter| {
            let due_on = matter.due.as_ref().map(|due| due.on.to_string());
            (due_on.unwrap_or_else(|| store::projection::NO_DUE.to_owned()), matter.case_ref.clone())
        };
        let mut filter = filter.clone();
        let mut rows = Vec::new();
        let mut full = true;
        // What may not be seen takes no place on a page, and no address is made of it.
        while full && rows.len() < most {
            let found = inbox::page(&reader, unit, &filter).await?;
            full = found.len() >= most;
            filter.after = found.last().map(key);
            for mut row in found {
                let (seen, title) = match actor {
                    // Nobody is kept from it and the words are its own: the row says everything.
                    Actor::Official { roles, .. } if !row.guarded && row.title.is_some() => {
                        (sight_of_owner(row.sealed, roles), row.title.clone().unwrap_or_default())
                    }
                    Actor::Official { .. } | Actor::Petitioner { .. } | Actor::System => {
                        // Out of reach since the list was read: recused, or gone to another unit.
                        let Some(history) = history::load(&reader, row.petition).await? else { continue };
                        let submission = history.petition.submission.as_ref().ok_or(Failure::Absent)?;
                        let mut words = self.words(&history.petition).await?;
                        // A part of a split letter shares its parent's words.
                        let party =
                            history.petition.parties.first().and_then(|party| party.identity.as_ref());
                        row.identity = party.and_then(|identity| words.get(&identity.content).cloned());
                        let title = words.remove(&submission.title.content).unwrap_or_default();
                        (self.sight(actor, &history)?, title)
                    }
                };
                match seen {
                    Sight::Nothing => continue,
                    Sight::Shell => {
                        row.identity = None;
                        rows.push((row, String::new()));
                        continue;
                    }
                    Sight::Matter => row.identity = None,
                    Sight::Everything => {}
                }
                rows.push((row, title));
            }
        }
        full |= rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| full).map(|(last, _)| key(last));
        Ok(InboxPage { rows, next })
    }
}

impl App {
    /// A page of the sealed matters that a recipient may see, the first due first, and the key of the next page. What the
    /// recipient can open is settled on the way.
    ///
    /// # Errors
    /// `Absent` for whoever is no official, and whatever the database reports.
    pub(crate) async fn sealed_matters(
        &self,
        actor: &Actor,
        after: Option<&(String, String)>,
    ) -> Result<(Vec<SealedMatter>, Option<(String, String)>), Failure> {
        let unit = actor.unit().ok_or(Failure::Absent)?;
        let most = usize::try_from(inbox::PAGE).unwrap_or(usize::MAX);
        let reader = self.reader(actor)?;
        let (due_on, id) = after.map(|(due_on, id)| (due_on.as_str(), id.as_str())).unwrap_or_default();
        let mut after = (due_on.to_owned(), id.to_owned());
        let mut matters = Vec::new();
        let mut full = true;
        // What may not be seen takes no place on a page; what cannot be read keeps no other from being seen.
        while full && matters.len() < most {
            let key = (after.0.as_str(), after.1.as_str());
            let found = sealed::sealed_of_unit(&reader, unit, key, inbox::PAGE).await?;
            full = found.len() >= most;
            for (due_on, id) in found {
                if matters.len() >= most {
                    full = true;
                    break;
                }
                after = (due_on, id.to_string());
                match self.sealed_matter(actor, id).await {
                    Ok(matter) => matters.extend(matter),
                    Err(error) => tracing::error!("a sealed matter cannot be listed: {error:#}"),
                }
            }
        }
        let next = full.then_some(after);
        Ok((matters, next))
    }
}

impl App {
    async fn sealed_matter(&self, actor: &Actor, id: PetitionId) -> Result<Option<SealedMatter>, Failure> {
        let Some(history) = history::load(&self.reader(actor)?, id).await? else { return Ok(None) };
        let sight = self.sight(actor, &history)?;
        if sight == Sight::Nothing {
            return Ok(None);
        }
        if !history.closed {
            self.settle(id).await;
        }
        let mut words = self.words_for(&history, sight).await?;
        let title = history.petition.submission.as_ref().map(|submission| submission.title.content);
        let title = title.and_then(|title| words.remove(&title)).unwrap_or_default();
        // Nobody can be given what was erased.
        let closed = history.closed && history.petition.erased.is_none();
        Ok(Some(SealedMatter { title, closed, petition: history.petition }))
    }
}

/// A row of the list of sealed matters.
pub(crate) struct SealedMatter {
    /// The matter; its shell where it is closed.
    pub(crate) petition: Petition,
    /// Its title; empty where it is closed, and where its words are withheld.
    pub(crate) title: String,
    /// Whether its key was not given to the recipient yet.
    pub(crate) closed: bool,
}

/// A page of the inbox.
pub(crate) struct InboxPage {
    /// Rows with their titles, the first due first; who filed one only where the actor may see it.
    pub(crate) rows: Vec<(Matter, String)>,
    /// Key of the next page; `None` on the last one.
    pub(crate) next: Option<(String, String)>,
}
