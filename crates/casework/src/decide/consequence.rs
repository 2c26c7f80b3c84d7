//! What follows from an act that was allowed, in one fixed order.
//!
//! Fact, deadlines met, deadlines cancelled, letters, stage, round, owner, deadlines begun, other petitions. Each
//! step sees what the steps before it have made of the petition.

use super::{Context, Decision, relations};
use crate::act::Act;
use crate::disclosure;
use crate::fact::{Event, Fact, LetterSigned, RoundKind};
use crate::ids::{Name, OfficialId, PetitionId, UnitId};
use crate::petition::{DeadlineState, Petition};
use crate::procedure::{LetterKind, StageOwner, Transition};
use crate::refusal::Refusal;
use jiff::civil::Date;
use std::borrow::Cow;

/// Events in the making, and the petition as they make it.
pub(super) struct Draft<'a> {
    pub(super) context: &'a Context<'a>,
    /// The petition before the act.
    pub(super) before: Cow<'a, Petition>,
    /// The petition as the events so far make it.
    pub(super) state: Petition,
    pub(super) on: Date,
    events: Vec<Event>,
    pub(super) others: Vec<(PetitionId, Vec<Event>)>,
    /// Numbers given within this decision, so that two letters of one mark do not collide.
    numbered: super::LetterNumbers,
    /// The decision as it stands in the record, when it is replayed: it answers for the directory of its day.
    recorded: Option<&'a [Event]>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(context: &'a Context<'a>, petition: Cow<'a, Petition>, on: Date) -> Draft<'a> {
        Draft {
            context,
            state: petition.clone().into_owned(),
            before: petition,
            on,
            events: Vec::new(),
            others: Vec::new(),
            numbered: context.letter_numbers.clone(),
            recorded: None,
        }
    }

    /// The same, replaying what is recorded.
    pub(super) fn replaying(self, recorded: &'a [Event]) -> Draft<'a> {
        Draft { recorded: Some(recorded), ..self }
    }

    /// A draft for another petition of the same decision; it goes on with the numbers given so far.
    pub(super) fn beside(&self, petition: &'a Petition) -> Draft<'a> {
        let mut draft = Draft::new(self.context, Cow::Borrowed(petition), self.on);
        draft.numbered = self.numbered.clone();
        draft
    }

    /// Goes on with another act of the same petition on another day: it sees everything before as done.
    pub(super) fn next_on(&mut self, on: Date) {
        self.before = Cow::Owned(self.state.clone());
        self.on = on;
    }

    /// Takes over what a draft beside this one decided.
    pub(super) fn take(&mut self, other: Draft<'a>) {
        self.numbered = other.numbered;
        self.others.push((other.state.id, other.events));
        self.others.extend(other.others);
    }

    pub(super) fn finish(self) -> Decision {
        Decision { events: self.events, others: self.others }
    }

    /// What has followed so far, and what it has made of the petition.
    pub(super) fn into_followed(self) -> (Vec<Event>, Petition) {
        (self.events, self.state)
    }

    pub(super) fn is_replay(&self) -> bool {
        self.recorded.is_some()
    }

    /// On a replay, the fact that the record has where the next one is made.
    pub(super) fn next_recorded(&self) -> Option<&'a Fact> {
        self.recorded?.get(self.events.len()).map(|event| &event.fact)
    }

    /// Adds one fact and lets the petition follow it.
    pub(super) fn record(&mut self, fact: Fact) {
        let event = Event { on: self.on, fact };
        self.state.follow(&event);
        self.events.push(event);
    }

    /// The act and everything its transition says.
    pub(super) fn carry_out(&mut self, transition: &Transition, act: Act) -> Result<(), Refusal> {
        self.record(act.clone().into_fact());
        if matches!(act, Act::Submit(_)) {
            let procedure = self.context.procedure;
            self.record(Fact::ProcedureFixed { procedure: procedure.id.clone(), version: procedure.version });
        }
        self.follow(transition, Some(&act))?;
        if matches!(act, Act::ReplyToSupervision(_)) {
            self.supervise_what_is_owed()?;
        }
        relations::carry_over(self, transition, &act)
    }

    /// A reply does not pay a debt: while a missed duty is still owed, the next supervision begins with the reply to
    /// the last, so that a deadline keeps running against the unit.
    fn supervise_what_is_owed(&mut self) -> Result<(), Refusal> {
        let owed = self
            .state
            .open_deadlines()
            .find(|(_, deadline)| deadline.state == DeadlineState::Missed)
            .map(|(_, deadline)| (deadline.set.limit.clone(), deadline.set.unit));
        match owed {
            Some((limit, unit)) => super::timer::supervise(self, &limit, unit),
            None => Ok(()),
        }
    }

    /// Everything a transition says apart from the fact itself.
    pub(super) fn follow(&mut self, transition: &Transition, act: Option<&Act>) -> Result<(), Refusal> {
        self.stop(transition, act);
        self.cancel(transition);
        for letter in &transition.letters {
            self.sign(letter)?;
        }
        self.enter(transition);
        if let Some(kind) = transition.opens {
            self.open_round(kind)?;
        }
        self.divert();
        self.set_owner(act);
        for limit in &transition.starts {
            self.start(limit, act)?;
        }
        // A letter that a barred unit signed is served by whoever has the matter now.
        self.divert();
        self.move_deadlines(act)
    }

    /// Deadlines that the act meets. Service, execution and the like end only for what the act names.
    fn stop(&mut self, transition: &Transition, act: Option<&Act>) {
        let met: Vec<(u32, u32)> = self
            .before
            .open_deadlines()
            .filter(|(_, deadline)| transition.stops.contains(&deadline.set.limit))
            .filter(|(_, deadline)| match act {
                Some(Act::Serve(service)) => deadline.set.letter == Some(service.letter),
                Some(Act::AnswerRecommendation(answer)) => deadline.set.letter == Some(answer.letter),
                Some(Act::RecordExecution(execution)) => deadline.set.promise == Some(execution.promise),
                // A decision about one answers nothing that was asked about another.
                Some(Act::DecideRecusal(decision)) => {
                    deadline.set.official.is_none_or(|about| about == decision.official)
                }
                Some(_) | None => true,
            })
            .map(|(index, deadline)| {
                // What was posted in time is in time whenever it arrives (民诉法 85, by analogy).
                let posted_on = match act {
                    Some(Act::RequestReview(request)) => request.posted_on,
                    Some(_) | None => None,
                };
                let done_on = posted_on.map_or(self.on, |posted_on| posted_on.min(self.on));
                let late = (done_on - deadline.set.due_on).get_days();
                (index, u32::try_from(late).unwrap_or(0))
            })
            .collect();
        for (deadline, days_late) in met {
            self.record(Fact::DeadlineStopped { deadline, days_late });
        }
    }

    fn cancel(&mut self, transition: &Transition) {
        let all = transition.cancels.iter().any(|name| *name == *"*");
        let cancelled: Vec<u32> = self
            .state
            .open_deadlines()
            .filter(|(_, deadline)| {
                let limit = &deadline.set.limit;
                transition.cancels.contains(limit) || (all && !self.context.procedure.outlives(limit))
            })
            .map(|(index, _)| index)
            .collect();
        for deadline in cancelled {
            self.record(Fact::DeadlineCancelled { deadline });
        }
        // A promise whose opinion was replaced is no longer owed under it.
        let replaced: Vec<u32> = self
            .state
            .open("execution")
            .filter(|(_, deadline)| {
                let promise =
                    deadline.set.promise.and_then(|promise| self.state.promises.get(promise as usize));
                promise.is_some_and(|promise| promise.replaced)
            })
            .map(|(index, _)| index)
            .collect();
        for deadline in replaced {
            self.record(Fact::DeadlineCancelled { deadline });
        }
    }

    /// Signs a letter in the name of the unit that acts, and numbers it.
    pub(super) fn sign(&mut self, name: &Name) -> Result<(), Refusal> {
        // For what the system sends, the petition office, else the owner.
        let owner = self.state.owner.map(|(unit, _)| unit);
        let unit = self.context.actor.unit().or(self.state.office).or(owner);
        self.sign_as(name, unit.unwrap_or(UnitId(uuid::Uuid::nil())), self.context.actor.official())
    }

    /// Signs a letter in the name of the unit; without a signer it is sent by law.
    pub(super) fn sign_as(
        &mut self,
        name: &Name,
        unit: UnitId,
        signer: Option<OfficialId>,
    ) -> Result<(), Refusal> {
        let letter = self
            .context
            .procedure
            .letter(name)
            .ok_or_else(|| Refusal::ProcedureLacks { what: format!("letter {name}") })?;
        // What makes a matter sealed, or opens it, is told in an ordinary letter.
        let is_sealed = |petition: &Petition| disclosure::is_sealed(self.context.procedure, &petition.kind);
        let sealed = is_sealed(&self.state) && (self.before.stage.is_none() || is_sealed(&self.before));
        let to_petitioner = letter.kind != LetterKind::Internal;
        let year = self.on.year();
        let mut signed =
            LetterSigned { letter: name.clone(), unit, signer, year, serial: 0, to_petitioner, sealed };
        let last = self.numbered.entry((unit, signed.series(letter), year)).or_insert(0);
        *last += 1;
        signed.serial = *last;
        self.record(Fact::LetterSigned(signed));
        Ok(())
    }

    fn enter(&mut self, transition: &Transition) {
        let Some(to) = &transition.to else { return };
        let to = if *to == *"previous" { self.before.before_merge.clone() } else { Some(to.clone()) };
        if let Some(to) = to {
            self.record(Fact::Moved { by: transition.id.clone(), to });
        }
    }

    fn open_round(&mut self, kind: RoundKind) -> Result<(), Refusal> {
        let lacks = || Refusal::Unknown { what: "reviewing organ" };
        let unit = match kind {
            RoundKind::Handling => self.state.organ.ok_or_else(lacks)?,
            RoundKind::FirstReview | RoundKind::SecondReview => {
                let reviewed = self.state.round().map(|round| round.unit).ok_or_else(lacks)?;
                self.reviewer_of(reviewed).ok_or_else(lacks)?
            }
        };
        self.record(Fact::RoundOpened { kind, unit });
        Ok(())
    }

    /// The owner as the stage says; the official named by the act, else the one already in charge, else the unit's
    /// first addressee. Never nobody (INV-2).
    pub(super) fn set_owner(&mut self, act: Option<&Act>) {
        let Some(unit) = self.owning_unit() else { return };
        let directory = self.context.directory;
        let named = act.and_then(|act| named_official(act, &self.before));
        let named =
            named.filter(|named| directory.official(*named).is_some_and(|official| official.unit == unit));
        let stays = self.state.owner.filter(|(owner, _)| *owner == unit).map(|(_, official)| official);
        let fit = |official: &OfficialId| self.may_be_in_charge(unit, *official);
        let official = named.filter(fit).or(stays.filter(fit)).or_else(|| self.first_of(unit));
        if let Some(official) = official
            && self.state.owner != Some((unit, official))
        {
            self.record(Fact::OwnerSet { unit, official });
        }
    }

    pub(super) fn owning_unit(&self) -> Option<UnitId> {
        let stage = self.context.procedure.stage(self.state.stage.as_ref()?)?;
        let office = self.state.office;
        match stage.owner {
            StageOwner::Office => office,
            StageOwner::Organ => self.state.organ.or(office),
            StageOwner::Reviewer => self.state.round().map(|round| round.unit),
            StageOwner::SuperiorOffice => office.and_then(|office| self.superior_of(office)).or(office),
        }
    }

    /// Answers this petition, which had joined the lead, with the lead's answer.
    pub(super) fn answer_with(
        &mut self,
        lead: PetitionId,
        organ: UnitId,
        transition: &Transition,
        answer: Fact,
    ) -> Result<(), Refusal> {
        self.record(Fact::AnsweredWith { petition: lead, organ });
        self.record(answer);
        let overtaken: Vec<u32> = self
            .state
            .open_deadlines()
            .filter(|(_, deadline)| {
                !transition.stops.contains(&deadline.set.limit) && self.led_to_an_answer(&deadline.set.limit)
            })
            .map(|(index, _)| index)
            .collect();
        for deadline in overtaken {
            self.record(Fact::DeadlineCancelled { deadline });
        }
        self.follow(transition, None)
    }

    /// Whether a limit belongs to the way to the answer: it can be met only at particular stages, which an answer in
    /// common leaves behind. What runs beside the matter can be met anywhere and runs on.
    fn led_to_an_answer(&self, limit: &Name) -> bool {
        let procedure = self.context.procedure;
        !procedure.transitions.iter().any(|transition| {
            transition.stops.contains(limit)
                && transition.from.iter().any(|from| ["any", "*"].contains(&from.as_str()))
        })
    }
}

/// The official an act puts in charge.
#[expect(clippy::wildcard_enum_match_arm, reason = "only the acts that put somebody in charge matter here")]
fn named_official(act: &Act, before: &Petition) -> Option<OfficialId> {
    match act {
        Act::TakeUp(handover)
        | Act::HandOver(handover)
        | Act::AdmitReview(handover)
        | Act::AcceptReport(handover) => Some(handover.official),
        Act::Accept(acceptance) | Act::AcceptSimple(acceptance) => Some(acceptance.handler),
        Act::DeclareRecusal(declaration) => declaration.successor,
        Act::DecideRecusal(decision) if decision.recused => {
            decision.successor.filter(|_| before.owner.is_some_and(|(_, owner)| owner == decision.official))
        }
        _ => None,
    }
}
