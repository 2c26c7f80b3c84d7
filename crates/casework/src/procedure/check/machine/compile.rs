//! From the file to the machine.

use super::super::super::model::{LengthSource, LetterKind, LimitRole, Procedure, Transition};
use super::marks::{ASSURE_A_DATE, Meaning, given_by, meaning};
use super::settled::Settled;
use super::{Bits, MOST_SLOTS, Machine, Move, NOWHERE, PROMISE, SERVICE, Slot, State, Target};
use crate::act::Verb;
use crate::ids::Name;

/// Compiles a file whose names hold together; `None` when it has more limits, letters, stages or kinds than fit.
pub(in super::super) fn compile(procedure: &Procedure) -> Option<Machine<'_>> {
    let parts = Parts::of(procedure)?;
    let n_stages = u16::try_from(procedure.stages.len()).ok().filter(|n| *n < NOWHERE)?;
    let n_kinds = u8::try_from(procedure.kinds.len()).ok()?;
    let mut acts = Vec::new();
    let mut passes = Vec::new();
    for stage in 0..n_stages {
        for kind in 0..n_kinds {
            acts.push(parts.acts_at(stage, kind));
            passes.push(parts.passes_at(stage, kind));
        }
    }
    let mut first = Vec::new();
    for kind in 0..n_kinds {
        let nothing = State {
            stage: NOWHERE,
            before: NOWHERE,
            kind,
            bounces: 0,
            rounds: 0,
            marks: 0,
            pending: 0,
            open: 0,
            expired: 0,
        };
        for step in parts.moves(None, kind, Verb::Submit, None) {
            if let Some(state) = nothing.after(&step, |_| false) {
                first.push((step.transition, state));
            }
        }
    }
    let supervision = parts.limit_mask(procedure, &procedure.supervision);
    let beside = parts.beside();
    Some(Machine { procedure, slots: parts.slots, acts, passes, first, beside, supervision })
}

/// The pieces from which moves are made.
struct Parts<'a> {
    procedure: &'a Procedure,
    slots: Vec<Slot>,
    /// Letters whose service or return has transitions of its own: place in the file.
    decisive: Vec<usize>,
    /// For each limit whether one runs for each letter.
    is_service: Vec<bool>,
    /// For each limit whether one runs for each promise.
    is_promise: Vec<bool>,
}

impl<'a> Parts<'a> {
    fn of(procedure: &'a Procedure) -> Option<Parts<'a>> {
        let is_service: Vec<bool> = procedure.limits.iter().map(|limit| limit.id == *SERVICE).collect();
        let is_promise = procedure.limits.iter().map(|limit| limit.id == *PROMISE).collect();
        let decisive: Vec<usize> = (0..)
            .zip(&procedure.letters)
            .filter(|(_, letter)| {
                procedure.transitions.iter().any(|transition| {
                    matches!(transition.verb, Verb::Serve | Verb::ReturnService)
                        && transition.about.as_ref() == Some(&letter.id)
                })
            })
            .map(|(place, _)| place)
            .collect();
        let mut slots = Vec::new();
        for ((place, limit), service) in (0..).zip(&procedure.limits).zip(&is_service) {
            slots.push(Slot { limit: place, letter: None, role: limit.role });
            if *service {
                slots.extend(decisive.iter().map(|letter| Slot {
                    limit: place,
                    letter: Some(*letter),
                    role: limit.role,
                }));
            }
        }
        (slots.len() < MOST_SLOTS && decisive.len() <= 64).then_some(Parts {
            procedure,
            slots,
            decisive,
            is_service,
            is_promise,
        })
    }

    /// Verbs of the transitions that open something beside the matter.
    fn beside(&self) -> Vec<Verb> {
        let transitions = self.procedure.transitions.iter();
        let mut verbs: Vec<Verb> = transitions
            .filter(|transition| self.is_beside(transition))
            .map(|transition| transition.verb)
            .collect();
        verbs.sort();
        verbs.dedup();
        verbs
    }

    /// Whether it moves nothing and opens a limit that only such transitions open.
    fn is_beside(&self, transition: &Transition) -> bool {
        let only_so = |limit: &Name| {
            let mut starters = self.procedure.transitions.iter().filter(|other| other.starts.contains(limit));
            starters.all(|other| other.to.is_none())
        };
        transition.to.is_none() && transition.verb != Verb::Pass && transition.starts.iter().any(only_so)
    }

    fn acts_at(&self, stage: u16, kind: u8) -> Vec<Move> {
        let mut moves = Vec::new();
        for verb in Verb::ALL.iter().copied().filter(|verb| ![Verb::Submit, Verb::Pass].contains(verb)) {
            if matches!(verb, Verb::Serve | Verb::ReturnService) {
                let letters = self.decisive.iter().map(|letter| Some(*letter)).chain([None]);
                for letter in letters {
                    moves.extend(self.moves(Some(stage), kind, verb, letter));
                }
            } else {
                moves.extend(self.moves(Some(stage), kind, verb, None));
            }
        }
        moves
    }

    /// Duties are left out: they only expire.
    fn passes_at(&self, stage: u16, kind: u8) -> Vec<(usize, Option<Move>)> {
        let mut passes = Vec::new();
        for (place, slot) in (0usize..).zip(&self.slots).filter(|(_, slot)| slot.role != LimitRole::Duty) {
            let steps = self.moves(Some(stage), kind, Verb::Pass, Some(slot.limit));
            if steps.is_empty() {
                passes.push((place, None));
            }
            passes.extend(steps.into_iter().map(|mut step| {
                step.needs_open = 1 << place;
                step.ends |= step.needs_open;
                (place, Some(step))
            }));
        }
        passes
    }

    /// Every way in which a verb can be carried out at a stage: the engine's choice with what is open in it
    /// multiplied out. `subject` is the letter of a service, or the limit of a passing.
    fn moves(&self, stage: Option<u16>, kind: u8, verb: Verb, subject: Option<usize>) -> Vec<Move> {
        let stage_name =
            stage.and_then(|stage| self.procedure.stages.get(usize::from(stage))).map(|stage| &stage.id);
        let kind_name = self.procedure.kinds.get(usize::from(kind)).map(|kind| &kind.id);
        let subject_name = subject.and_then(|place| {
            if verb == Verb::Pass {
                self.procedure.limits.get(place).map(|limit| &limit.id)
            } else {
                self.procedure.letters.get(place).map(|letter| &letter.id)
            }
        });
        let candidates = (0usize..).zip(&self.procedure.transitions).filter(|(_, transition)| {
            transition.verb == verb
                && transition.leaves(stage_name, self.procedure)
                && (transition.kinds.is_empty()
                    || kind_name.is_some_and(|kind| transition.kinds.contains(kind)))
                && match &transition.about {
                    Some(about) => Some(about) == subject_name,
                    // A decisive letter that comes back where nothing hangs on it is served again like any other; and
                    // the timer follows only what is about its limit.
                    None => !matches!(verb, Verb::ReturnService | Verb::Pass) || subject.is_none(),
                }
        });
        let mut passed_over: Vec<Meaning> = Vec::new();
        let mut moves = Vec::new();
        for (place, transition) in candidates {
            let settled = Settled::of(transition, &passed_over);
            self.multiply_out(place, transition, kind, subject, &settled, &mut moves);
            match transition.when.as_slice() {
                [] => break,
                [only] => passed_over.push(meaning(only)),
                // One of several failed, and nobody knows which.
                [_, _, ..] => {}
            }
        }
        moves
    }

    fn multiply_out(
        &self,
        place: usize,
        transition: &Transition,
        kind: u8,
        subject: Option<usize>,
        settled: &Settled,
        moves: &mut Vec<Move>,
    ) {
        let Some(needs_marks) = settled.needs_marks() else { return };
        let (mask, value) = given_by(transition.verb, transition.opens);
        let service = matches!(transition.verb, Verb::Serve | Verb::ReturnService);
        let letter_bit = subject.filter(|_| service).map_or(0, |letter| self.letter_bit(letter));
        let (begins, perhaps) = self.begins(transition, subject);
        let (ends, perhaps_ends) = self.ends(transition, subject, settled);
        let base = Move {
            transition: place,
            verb: transition.verb,
            needs_open: if transition.verb == Verb::Serve && letter_bit == 0 {
                self.other_services()
            } else {
                0
            },
            needs_pending: if transition.verb == Verb::Serve { letter_bit } else { 0 },
            needs_marks,
            gives_marks: (mask | settled.gives.0, value | settled.gives.1),
            to: self.target(transition),
            kind: None,
            ends,
            begins,
            signs: self.signs(transition)
                | if transition.verb == Verb::ReturnService { letter_bit } else { 0 },
            serves: if transition.verb == Verb::Serve { letter_bit } else { 0 },
            opens_round: transition.opens.is_some(),
            beside: self.is_beside(transition),
        };
        for kind in self.kinds_after(transition.verb, kind, settled) {
            for begun in [0, perhaps] {
                for ended in [0, perhaps_ends] {
                    let step =
                        Move { kind, begins: base.begins | begun, ends: base.ends | ended, ..base.clone() };
                    if !moves.contains(&step) {
                        moves.push(step);
                    }
                }
            }
        }
    }

    fn target(&self, transition: &Transition) -> Target {
        match &transition.to {
            None => Target::Stay,
            Some(to) if *to == *"previous" => Target::Previous,
            Some(to) => (0..)
                .zip(&self.procedure.stages)
                .find(|(_, stage)| stage.id == *to)
                .map_or(Target::Stay, |(place, _)| Target::Stage(place)),
        }
    }

    /// The kinds a petition may have afterwards: registration and reclassification may correct it.
    fn kinds_after(&self, verb: Verb, now: u8, settled: &Settled) -> Vec<Option<u8>> {
        if ![Verb::Register, Verb::ConfirmReclassification].contains(&verb) {
            return vec![None];
        }
        (0..)
            .zip(&self.procedure.kinds)
            .filter(|(place, kind)| {
                settled.sealed_after.is_none_or(|sealed| kind.sealed == sealed)
                    && (verb == Verb::Register || *place != now)
            })
            .map(|(place, _)| Some(place))
            .collect()
    }

    /// Slots begun for certain, and slots begun only when the act names a date.
    fn begins(&self, transition: &Transition, subject: Option<usize>) -> (Bits, Bits) {
        let assured = transition.guards.iter().any(|guard| ASSURE_A_DATE.contains(&guard.as_str()));
        let (mut certain, mut perhaps) = (0, 0);
        for (place, limit) in
            (0..).zip(&self.procedure.limits).filter(|(_, limit)| transition.starts.contains(&limit.id))
        {
            let slots = if self.is_service.get(place).copied().unwrap_or(false) {
                self.services_begun(place, transition, subject)
            } else {
                self.slot(place, None)
            };
            match limit.source {
                LengthSource::Fixed => certain |= slots,
                LengthSource::Date | LengthSource::Days if assured => certain |= slots,
                LengthSource::Date | LengthSource::Days | LengthSource::Remedy => perhaps |= slots,
            }
        }
        (certain, perhaps)
    }

    /// Service begins for each letter to the petitioner, and again for one that came back.
    fn services_begun(&self, limit: usize, transition: &Transition, subject: Option<usize>) -> Bits {
        if transition.verb == Verb::ReturnService {
            return self.slot(limit, subject);
        }
        (0..)
            .zip(&self.procedure.letters)
            .filter(|(_, letter)| {
                letter.kind != LetterKind::Internal && transition.letters.contains(&letter.id)
            })
            .map(|(place, _)| self.slot(limit, Some(place).filter(|place| self.decisive.contains(place))))
            .fold(0, |slots, slot| slots | slot)
    }

    /// Slots ended for certain, and slots that may go on because another promise is still open.
    fn ends(&self, transition: &Transition, subject: Option<usize>, settled: &Settled) -> (Bits, Bits) {
        if transition.cancels.iter().any(|name| *name == *"*") {
            let runs_on = (0usize..)
                .zip(&self.procedure.limits)
                .filter(|(_, limit)| self.procedure.outlives(&limit.id))
                .fold(0, |slots, (place, _)| slots | self.limit_slots(place));
            return (Bits::MAX & !runs_on, 0);
        }
        let (mut certain, mut perhaps) = (0, 0);
        for (place, limit) in (0usize..).zip(&self.procedure.limits) {
            let stops = transition.stops.contains(&limit.id);
            let cancels = transition.cancels.contains(&limit.id);
            if cancels {
                certain |= self.limit_slots(place);
            } else if stops
                && transition.verb == Verb::Serve
                && self.is_service.get(place).copied().unwrap_or(false)
            {
                certain |= self.slot(place, subject);
            } else if stops
                && transition.verb == Verb::RecordExecution
                && self.is_promise.get(place).copied().unwrap_or(false)
            {
                match settled.last_promise {
                    Some(true) => certain |= self.limit_slots(place),
                    Some(false) => {}
                    None => perhaps |= self.limit_slots(place),
                }
            } else if stops {
                certain |= self.limit_slots(place);
            }
        }
        (certain, perhaps)
    }

    fn signs(&self, transition: &Transition) -> u64 {
        self.decisive
            .iter()
            .filter(|place| {
                self.procedure
                    .letters
                    .get(**place)
                    .is_some_and(|letter| transition.letters.contains(&letter.id))
            })
            .map(|place| self.letter_bit(*place))
            .sum()
    }

    fn letter_bit(&self, letter: usize) -> u64 {
        self.decisive.iter().position(|known| *known == letter).map_or(0, |bit| 1 << bit)
    }

    fn slot(&self, limit: usize, letter: Option<usize>) -> Bits {
        self.slots
            .iter()
            .position(|slot| slot.limit == limit && slot.letter == letter)
            .map_or(0, |bit| 1 << bit)
    }

    fn limit_slots(&self, limit: usize) -> Bits {
        (0u32..).zip(&self.slots).filter(|(_, slot)| slot.limit == limit).map(|(bit, _)| 1 << bit).sum()
    }

    fn limit_mask(&self, procedure: &Procedure, name: &Name) -> Bits {
        procedure.limits.iter().position(|limit| limit.id == *name).map_or(0, |place| self.limit_slots(place))
    }

    /// Slots of letters whose service moves nothing.
    fn other_services(&self) -> Bits {
        (0usize..)
            .zip(&self.is_service)
            .filter(|(_, service)| **service)
            .map(|(place, _)| self.slot(place, None))
            .fold(0, |slots, slot| slots | slot)
    }
}
