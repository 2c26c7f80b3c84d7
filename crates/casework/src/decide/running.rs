//! How deadlines begin to run and how they move: one instance or several of each limit a transition starts.

use super::consequence::Draft;
use super::limits;
use crate::act::Act;
use crate::fact::{DeadlineSetting, Fact, MoveReason};
use crate::ids::{Name, UnitId};
use crate::petition::{DISPOSAL, DeadlineState, RECOMMENDATION};
use crate::procedure::{LengthSource, Limit, LimitRole};
use crate::refusal::Refusal;
use jiff::civil::Date;

impl Draft<'_> {
    /// Begins a limit, by the source of its length.
    pub(super) fn start(&mut self, name: &Name, act: Option<&Act>) -> Result<(), Refusal> {
        let limit = self
            .context
            .procedure
            .limit(name)
            .ok_or_else(|| Refusal::ProcedureLacks { what: format!("limit {name}") })?;
        for setting in self.settings(limit, act)? {
            self.record(Fact::DeadlineSet(setting));
        }
        Ok(())
    }

    /// The deadlines a limit gives rise to: usually one; one for each letter served, one for each promise made.
    fn settings(&self, limit: &Limit, act: Option<&Act>) -> Result<Vec<DeadlineSetting>, Refusal> {
        let unit = match limit.role {
            LimitRole::Window | LimitRole::Cooling => None,
            LimitRole::Duty | LimitRole::Option => self.state.owner.map(|(unit, _)| unit),
        };
        match limit.id.as_str() {
            "serve" => self.service_settings(limit, act),
            "execution" => Ok(self.execution_settings(limit)),
            "recusal" => {
                let about = match act {
                    Some(Act::AskRecusal(ask)) => ask.official,
                    Some(_) | None => None,
                };
                let unit = self.decider_on(about).or(unit);
                // Who names nobody means whoever has the matter.
                let official = about.or(self.state.owner.map(|(_, official)| official));
                let of = |setting| DeadlineSetting { official, ..setting };
                self.setting(limit, unit, act).map(|setting| setting.into_iter().map(of).collect())
            }
            RECOMMENDATION => {
                let to = match act {
                    Some(Act::Recommend(recommendation)) => Some(recommendation.to),
                    Some(_) | None => None,
                };
                // It is answered one by one: by which letter it was made.
                let letter = self.state.letters.len().checked_sub(1).and_then(|at| u32::try_from(at).ok());
                let of = |setting| DeadlineSetting { letter, ..setting };
                self.setting(limit, to.or(unit), act).map(|setting| setting.into_iter().map(of).collect())
            }
            DISPOSAL => {
                let unit = self.decider_on_disposal().or(unit);
                self.setting(limit, unit, act).map(|setting| setting.into_iter().collect())
            }
            _ => self.setting(limit, unit, act).map(|setting| setting.into_iter().collect()),
        }
    }

    fn setting(
        &self,
        limit: &Limit,
        unit: Option<UnitId>,
        act: Option<&Act>,
    ) -> Result<Option<DeadlineSetting>, Refusal> {
        let context = self.context;
        let from = match act {
            // Left the simple procedure: counted from the original acceptance (procedure.md §1.13).
            Some(Act::Convert(_)) => self.state.accepted_on.unwrap_or(self.on),
            // Taken up by the organ that received it: what begins now is counted from that receipt, as the receipt slip
            // said (architecture §10.29, §10.35).
            Some(Act::TakeUp(_)) => self.state.received_on,
            // A refused review: the window runs on from where it began, never shortened (architecture §10.29).
            Some(Act::RefuseReview(_)) => {
                self.state.latest(limit.id.as_str()).map_or(self.on, |deadline| deadline.set.from)
            }
            _ => self.on,
        };
        let by_date =
            |due_on: Option<Date>| due_on.map(|due_on| limits::set_by_date(limit, from, due_on, unit));
        match (limit.source, act) {
            (LengthSource::Fixed, _) => limits::set(context, &self.state, limit, from, unit, None).map(Some),
            (LengthSource::Date, Some(Act::Assign(dispatch) | Act::Forward(dispatch))) => {
                Ok(by_date(dispatch.report_by))
            }
            (LengthSource::Date, Some(Act::RequestSupplement(request))) => Ok(by_date(Some(request.by))),
            (LengthSource::Date, Some(Act::ReplyInterim(reply))) => Ok(by_date(Some(reply.expected_on))),
            (LengthSource::Days, Some(Act::RemandOpinion(remand))) => {
                limits::set(context, &self.state, limit, from, unit, Some(remand.days)).map(Some)
            }
            (LengthSource::Remedy, Some(Act::RouteToPath(routing))) => {
                let remedy = routing.remedy.as_ref().and_then(|remedy| context.procedure.remedy(remedy));
                let Some((remedy, knew_on)) = remedy.zip(routing.knew_on) else { return Ok(None) };
                let own = Limit { length: remedy.length, unit: remedy.unit, ..limit.clone() };
                limits::set(context, &self.state, &own, knew_on, unit, None).map(Some)
            }
            (LengthSource::Date | LengthSource::Days | LengthSource::Remedy, _) => Ok(None),
        }
    }

    /// One service limit for each letter to the petitioner that has none running; it binds the unit that signed.
    fn service_settings(&self, limit: &Limit, act: Option<&Act>) -> Result<Vec<DeadlineSetting>, Refusal> {
        let returned = match act {
            Some(Act::ReturnService(returned)) => Some(returned.letter),
            Some(_) | None => None,
        };
        let new = |index: u32| index as usize >= self.before.letters.len() || returned == Some(index);
        (0u32..)
            .zip(&self.state.letters)
            .filter(|(index, letter)| letter.signed.to_petitioner && new(*index))
            .map(|(index, letter)| {
                let setting =
                    limits::set(self.context, &self.state, limit, self.on, Some(letter.signed.unit), None)?;
                Ok(DeadlineSetting { letter: Some(index), ..setting })
            })
            .collect()
    }

    /// One limit for each promise that is owed and has none yet.
    fn execution_settings(&self, limit: &Limit) -> Vec<DeadlineSetting> {
        (0u32..)
            .zip(&self.state.promises)
            .filter(|(_, promise)| promise.is_open())
            .filter(|(index, _)| {
                !self.state.open("execution").any(|(_, deadline)| deadline.set.promise == Some(*index))
            })
            .map(|(index, promise)| {
                let unit = promise.executor.or(self.state.owner.map(|(unit, _)| unit));
                let setting = limits::set_by_date(limit, self.on, promise.due_on, unit);
                DeadlineSetting { promise: Some(index), ..setting }
            })
            .collect()
    }

    /// Deadlines that move, visibly: extension, hearing days, another calendar.
    pub(super) fn move_deadlines(&mut self, act: Option<&Act>) -> Result<(), Refusal> {
        let why = match act {
            Some(Act::Extend(_)) => MoveReason::Extended,
            Some(Act::HoldHearing(_)) => MoveReason::HearingExcluded,
            Some(Act::Recalendar(_)) => MoveReason::Calendar,
            Some(_) | None => return Ok(()),
        };
        let mut moves = Vec::new();
        for (index, deadline) in self.state.open_deadlines() {
            let Some(limit) = self.context.procedure.limit(&deadline.set.limit) else { continue };
            let concerned = match why {
                MoveReason::Extended => limit.extension_days > 0,
                MoveReason::HearingExcluded => limit.excludes.iter().any(|cause| *cause == *"hearing"),
                // Also a year already announced can change late, as the Spring Festival of 2020 did (rule 12); what was
                // missed by then stays as it was.
                MoveReason::Calendar => {
                    let runs = deadline.state == DeadlineState::Running;
                    (deadline.set.provisional || runs) && limit.source != LengthSource::Date
                }
                MoveReason::Converted => false,
            };
            if !concerned || limit.source == LengthSource::Remedy {
                continue;
            }
            let due = limits::recompute(self.context, &self.state, limit, deadline)?;
            // A petitioner's window is never shortened once printed (architecture §10.3, §10.34).
            let due_on = match limit.role {
                LimitRole::Window | LimitRole::Cooling => due.due_on.max(deadline.set.due_on),
                LimitRole::Duty | LimitRole::Option => due.due_on,
            };
            let same = due.raw_due_on == deadline.set.raw_due_on
                && due_on == deadline.set.due_on
                && due.provisional == deadline.set.provisional;
            if !same {
                moves.push(Fact::DeadlineMoved {
                    deadline: index,
                    raw_due_on: due.raw_due_on,
                    due_on,
                    provisional: due.provisional,
                    why,
                });
            }
        }
        // A new calendar says nothing about most petitions: nothing is recorded of them.
        if why == MoveReason::Calendar && moves.is_empty() {
            return Err(Refusal::Guard {
                guard: "calendar_moves_nothing",
                basis: String::new(),
                day: None,
                number: None,
            });
        }
        for fact in moves {
            self.record(fact);
        }
        Ok(())
    }
}
