//! An act on a petition: load, decide, one batch, commit, and again when somebody was faster. The timer's acts are many
//! and share a batch.

use super::{App, Failure, context};
use crate::contents::{Contents, Kept};
use crate::entropy;
use casework::authority::Actor;
use casework::disclosure::is_sealed;
use casework::{Act, Command, Event, Fact, LetterNumbers, Petition, PetitionId, Procedure};
use std::collections::BTreeSet;
use store::attachment;
use store::history::{self, Decision, History};
use store::{Batch, Outcome, Value, Write, content, projection};

/// Tries before giving up against faster writers; each starts from what they wrote.
const TRIES: usize = 8;

/// What decisions write together, and how far letters are numbered by them.
struct Pending {
    batch: Batch,
    /// As the store had them when the first decision was made.
    before: LetterNumbers,
    now: LetterNumbers,
    /// Petitions that a decision of this batch has changed: the next one may not be decided on what it was.
    touched: BTreeSet<PetitionId>,
    /// Petitions in which a letter is signed.
    signed: BTreeSet<PetitionId>,
}

impl Pending {
    fn new(before: LetterNumbers) -> Pending {
        Pending {
            batch: Batch::new(),
            now: before.clone(),
            before,
            touched: BTreeSet::new(),
            signed: BTreeSet::new(),
        }
    }

    /// The batch, with the counters behind gap-free letter numbers, each moved on only from where it was found.
    fn into_batch(mut self) -> Batch {
        for ((unit, mark, year), serial) in self.now {
            let known = self.before.get(&(unit, mark.clone(), year)).copied();
            if known == Some(serial) {
                continue;
            }
            let mut params: Vec<Value> =
                vec![unit.to_string().into(), mark.into(), i64::from(year).into(), i64::from(serial).into()];
            self.batch.push(match known {
                None => Write::new(
                    "insert into letter_number (unit_id, mark, year, last) values ($1, $2, $3, $4)",
                    params,
                ),
                Some(known) => {
                    params.push(i64::from(known).into());
                    Write::new(
                        "update letter_number set last = $4 where unit_id = $1 and mark = $2 and year = $3 and last = $5",
                        params,
                    )
                    .rows(1)
                }
            });
        }
        self.batch
    }
}

/// What an act has come to.
pub(crate) struct Carried {
    /// The petition as it is now.
    pub(crate) after: Petition,
    /// Petitions in which a letter was signed by it.
    pub(crate) signed: BTreeSet<PetitionId>,
}

/// What became of several acts of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Recorded.
    pub(super) done: u64,
    /// Met, or recorded by another node, in the meantime.
    pub(super) overtaken: u64,
    /// Left, because the petition cannot be read or decided; the log names it.
    pub(super) failed: u64,
}

impl Done {
    fn not_done(&mut self, id: PetitionId, failure: &Failure) {
        match failure {
            Failure::Refused(_)
            | Failure::Absent
            | Failure::Changed { .. }
            | Failure::TokenUsed
            | Failure::OnePerson
            | Failure::Sealed
            | Failure::NoRecipients
            | Failure::Unfit(_) => self.overtaken += 1,
            Failure::Broken(error) => {
                tracing::error!(petition.id = %id, "an act of the system failed: {error:#}");
                self.failed += 1;
            }
        }
    }
}

/// What became of one act on its way into a batch.
enum Next {
    Decided,
    /// The batch changed the petition already: the next batch begins with it.
    InTheWay,
}

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
        // What was not issued yet, because nobody could open the matter, is issued before it is served.
        let seen = match service(&command.act) {
            Some(letter) => Box::pin(self.issue_first(id, letter, seen)).await?,
            None => seen,
        };
        // Boxed, as whatever nearly every request awaits: each caller would carry its state on the stack.
        let done = Box::pin(self.commit_act(actor, id, seen, command, contents)).await?;
        Ok(Box::pin(self.issue_what_was_signed(done)).await)
    }

    /// The same without what follows from it.
    ///
    /// # Errors
    /// As for [`App::carry_out`].
    pub(crate) async fn commit_act(
        &self,
        actor: &Actor,
        id: PetitionId,
        seen: Option<u64>,
        command: Command,
        contents: Contents,
    ) -> Result<Carried, Failure> {
        let kept = contents.into_kept();
        // Whoever lost a race waits for their turn: many at one office sign letters with neighbouring numbers.
        let mut turn = None;
        for _ in 0..TRIES {
            let history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
            let now = history.petition.version;
            // The timer alone decides on what it cannot read; it looks at no more than a shell holds.
            if history.closed && !matches!(actor, Actor::System) {
                return Err(Failure::Sealed);
            }
            if seen.is_some_and(|seen| seen != now) {
                return Err(Failure::Changed { now });
            }
            let mut pending = Pending::new(self.letter_numbers().await?);
            let decided = self.decide(&mut pending, actor, &history, command.clone(), &kept).await?;
            // The first decision of a batch is in nobody's way.
            let after = decided.ok_or_else(|| anyhow::anyhow!("a batch of one decision"))?;
            let signed = std::mem::take(&mut pending.signed);
            if self.database.commit(pending.into_batch()).await? == Outcome::Committed {
                self.counted.forget();
                if after.erased.is_some() {
                    self.scrub().await;
                }
                return Ok(Carried { after, signed });
            }
            if turn.is_none() {
                turn = Some(self.turns.lock().await);
            }
        }
        Err(Failure::Broken(anyhow::anyhow!(
            "the case is being changed by too many people at once; try again"
        )))
    }

    /// Carries out acts of the system in as few commits as possible. A petition that cannot be read or decided is
    /// logged and left, so that it holds up no other.
    ///
    /// # Errors
    /// When the database fails; what was committed before stays.
    pub(super) async fn carry_out_all(&self, acts: &[(PetitionId, Act)]) -> Result<Done, Failure> {
        let mut all = Done::default();
        let mut rest = acts;
        while !rest.is_empty() {
            let mut pending = Pending::new(self.letter_numbers().await?);
            let mut now = Done::default();
            let mut taken = 0;
            for (id, act) in rest {
                match self.decide_next(&mut pending, *id, act).await {
                    Ok(Next::Decided) => now.done += 1,
                    Ok(Next::InTheWay) => break,
                    Err(failure) => now.not_done(*id, &failure),
                }
                taken += 1;
            }
            let (these, later) = rest.split_at(taken);
            rest = later;
            if now.done > 0 && self.database.commit(pending.into_batch()).await? == Outcome::Conflict {
                // Somebody was faster with one of them: each on its own.
                now = Done::default();
                for (id, act) in these {
                    match self
                        .commit_act(&Actor::System, *id, None, act.clone().into(), Contents::new())
                        .await
                    {
                        Ok(_) => now.done += 1,
                        Err(failure) => now.not_done(*id, &failure),
                    }
                }
            }
            all.done += now.done;
            all.overtaken += now.overtaken;
            all.failed += now.failed;
            self.counted.forget();
        }
        Ok(all)
    }

    async fn decide_next(&self, pending: &mut Pending, id: PetitionId, act: &Act) -> Result<Next, Failure> {
        if pending.touched.contains(&id) {
            return Ok(Next::InTheWay);
        }
        let history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
        let decided =
            self.decide(pending, &Actor::System, &history, act.clone().into(), &Kept::default()).await?;
        Ok(if decided.is_some() { Next::Decided } else { Next::InTheWay })
    }

    /// Decides one command and adds what it writes; `None`, and nothing is added, when it would change a petition that
    /// the batch has changed already.
    async fn decide(
        &self,
        pending: &mut Pending,
        actor: &Actor,
        history: &History,
        mut command: Command,
        kept: &Kept,
    ) -> Result<Option<Petition>, Failure> {
        let petition = &history.petition;
        let procedure = self.procedure_of(petition)?;
        let histories = self.related(petition, &command.act).await?;
        let related: Vec<Petition> = histories.iter().map(|history| history.petition.clone()).collect();
        let directory = self.directory();
        let (at, sure, today) = self.clock.stamp_today();
        // Never before what was recorded last, also after a clock that was ahead was set back (architecture §10.13).
        let last = history.records.last().and_then(|last| last.at.parse().ok());
        let today = today.max(last.map_or(today, |last| self.clock.date_of(last)));
        if let Act::DecideDisposal(decision) = &mut command.act {
            decision.backups_until = Some(self.backups_until(today));
        }
        let verb = command.act.verb().word();
        let decision = casework::decide(
            &context(
                (procedure, self.calendar(procedure)?, &directory),
                actor,
                today,
                &related,
                &pending.now,
            ),
            petition,
            command,
        )?;
        let own = std::iter::once((petition.id, decision.events.as_slice()));
        let others = decision.others.iter().map(|(id, events)| (*id, events.as_slice()));
        let changed: Vec<(PetitionId, &[Event])> =
            own.chain(others).filter(|(_, events)| !events.is_empty()).collect();
        if changed.iter().any(|(id, _)| pending.touched.contains(id)) {
            return Ok(None);
        }
        let who = actor_word(actor);
        let mut after = petition.clone();
        for (id, events) in changed {
            let known = if id == petition.id {
                Some(history)
            } else {
                histories.iter().find(|other| other.petition.id == id)
            };
            let before = known.map(|history| &history.petition);
            let seq = before.map_or(0, |before| before.version);
            let next =
                events.iter().fold(before.cloned().unwrap_or_else(|| Petition::new(id)), Petition::apply);
            let (mut contents, to) = match known {
                None => self.begin_key(&mut pending.batch, petition.id, &next).await?,
                // What makes it an ordinary matter is told in clear, as everything after it.
                Some(_) if !is_sealed(procedure, &next.kind) => (Vec::new(), None),
                Some(history) => (Vec::new(), self.sealed_to(history).await?),
            };
            if let Some(history) = known {
                if to.is_some() {
                    self.must_have_recipients(actor, &history.petition, &next).await?;
                }
                // Whose key is destroyed now is given to nobody any more.
                if next.erased.is_none() {
                    self.hold(&mut pending.batch, history, &next).await?;
                }
            }
            if id == petition.id && !kept.is_empty() {
                let key = content::key_of(&self.database, id).await?;
                pending.batch.extend(kept.pieces.iter().cloned());
                let of_words = content::writes(&key, id, seq, &kept.words)?;
                let of_files = attachment::take_over(&key, id, seq, &kept.files)?;
                for (refs, writes) in [of_words, of_files] {
                    pending.batch.extend(writes);
                    contents.extend(refs);
                }
            }
            let recorded = Decision {
                petition: id,
                seq,
                prev: known.map_or([0; 32], History::tip),
                at: (&at, sure),
                kind: verb,
                actor: &who,
                events,
                contents,
                ekey: entropy::bytes()?,
            };
            let event = self.event_of(&mut pending.batch, recorded, to.as_ref(), (procedure, &next))?;
            pending.batch.record(event);
            self.destroy_key(&mut pending.batch, id, (&at, sure), actor.official(), events).await?;
            pending.batch.extend(projection::writes(procedure, before, &next));
            pending.touched.insert(id);
            for event in events {
                if let Fact::LetterSigned(signed) = &event.fact
                    && let Some(letter) = procedure.letter(&signed.letter)
                {
                    let last =
                        pending.now.entry((signed.unit, signed.series(letter), signed.year)).or_insert(0);
                    *last = (*last).max(signed.serial);
                    pending.signed.insert(id);
                }
            }
            if id == petition.id {
                after = next;
            }
        }
        Ok(Some(after))
    }

    /// The procedure a petition stands under, for good.
    pub(crate) fn procedure_of(&self, petition: &Petition) -> Result<&Procedure, Failure> {
        let (name, _) = petition.procedure.as_ref().ok_or(Failure::Absent)?;
        Ok(self.procedure(name)?)
    }

    /// Other petitions the act touches: what joined this one, and what it names.
    async fn related(&self, petition: &Petition, act: &Act) -> Result<Vec<History>, Failure> {
        let mut ids: Vec<PetitionId> = petition.joined.iter().copied().collect();
        ids.extend(petition.merged_into);
        if matches!(act, Act::ProposeDisposal(_) | Act::DecideDisposal(_)) {
            ids.extend(petition.parts.iter().chain(&petition.answered_too).copied());
            ids.extend(petition.split_from);
        }
        if let Act::Merge(merging) = act {
            ids.push(merging.into);
        }
        let mut related = Vec::new();
        for id in ids {
            if let Some(history) = history::load(&self.database, id).await? {
                related.push(history);
            }
        }
        Ok(related)
    }

    /// Last letter numbers given, of every year: what is dated back over New Year is numbered in the old one.
    async fn letter_numbers(&self) -> Result<LetterNumbers, Failure> {
        let rows =
            self.database.query("select unit_id, mark, last, year from letter_number", Vec::new()).await?;
        let mut numbers = LetterNumbers::new();
        for row in rows {
            let unit = row.text(0)?.parse().map_err(|_| anyhow::anyhow!("unit of a letter number"))?;
            let year = i16::try_from(row.int(3)?).unwrap_or(0);
            numbers.insert((unit, row.text(1)?.to_owned(), year), u32::try_from(row.int(2)?).unwrap_or(0));
        }
        Ok(numbers)
    }
}

/// The letter that an act serves.
fn service(act: &Act) -> Option<u32> {
    if let Act::Serve(service) = act { Some(service.letter) } else { None }
}

/// How the store names an actor.
pub(super) fn actor_word(actor: &Actor) -> String {
    match actor {
        Actor::Petitioner { .. } => "petitioner".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Official { id, .. } => id.to_string(),
    }
}
