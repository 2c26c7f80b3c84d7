//! Walks every state that can be reached, breadth first, so that the first path found is a shortest one.

use super::super::model::{LimitRole, Rest};
use super::machine::{Bits, Machine, Move, State};
use super::{Step, StepKind};
use crate::act::Verb;
use crate::ids::Name;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// States after which an exploration gives up: a file of a sane size stays far below.
const MOST_STATES: usize = 1_000_000;

/// What is looked at in one exploration, beside the plain course of the matter (architecture §10.31: independent
/// flags one at a time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Nothing else; objections and rounds are counted.
    Plain,
    /// What this verb opens beside the matter. A duty that expires stays owed and is ended by the same acts, so
    /// expiry changes nothing here and is left to `Overdue`.
    Beside(Verb),
    /// Duties expire, and a supervision runs as long as one is owed.
    Overdue,
}

/// What led from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Taken(usize),
    Passed(usize),
}

/// All states of one exploration, in the order in which they were reached.
#[derive(Debug)]
pub(super) struct Graph {
    /// The states.
    pub(super) states: Vec<State>,
    /// For each state where it came from; the first states come from nowhere.
    came: Vec<(Option<u32>, Cause)>,
    /// Steps between states: the successors of each.
    pub(super) next: Vec<Vec<u32>>,
    /// For each state the successors by passing days alone.
    pub(super) by_time: Vec<Vec<u32>>,
    /// Transitions that were taken, by place in the file.
    pub(super) taken: Vec<bool>,
    /// Steps tried.
    pub(super) n_steps: u64,
}

/// Explores; `None` when there are more states than can be held.
pub(super) fn explore(machine: &Machine<'_>, view: View) -> Option<Graph> {
    let mut graph = Graph {
        states: Vec::new(),
        came: Vec::new(),
        next: Vec::new(),
        by_time: Vec::new(),
        taken: vec![false; machine.procedure.transitions.len()],
        n_steps: 0,
    };
    let mut known: HashMap<State, u32, BuildHasherDefault<Mixer>> = HashMap::default();
    for (transition, state) in &machine.first {
        graph.mark(*transition);
        graph.enter(&mut known, *state, None, Cause::Taken(*transition));
    }
    let duties = machine.of_role(LimitRole::Duty);
    let mut at = 0usize;
    while let Some(state) = graph.states.get(at).copied() {
        if graph.states.len() > MOST_STATES {
            return None;
        }
        let from = u32::try_from(at).ok()?;
        let (mut next, mut by_time) = (Vec::new(), Vec::new());
        for step in machine.acts(state.stage, state.kind) {
            if step.beside && !shows(view, step.verb) {
                continue;
            }
            graph.n_steps += 1;
            if let Some(after) = follow(machine, view, state, step) {
                graph.mark(step.transition);
                if after != state {
                    next.push(graph.enter(&mut known, after, Some(from), Cause::Taken(step.transition)));
                }
            }
        }
        for (slot, step) in machine.passes(state.stage, state.kind) {
            if state.open & (1 << slot) == 0 {
                continue;
            }
            graph.n_steps += 1;
            let after = match step {
                None => Some(State { open: state.open & !(1 << slot), ..state }),
                Some(step) => follow(machine, view, state, step),
            };
            if let Some(after) = after {
                if let Some(step) = step {
                    graph.mark(step.transition);
                }
                by_time.push(graph.enter(&mut known, after, Some(from), Cause::Passed(*slot)));
            }
        }
        if view == View::Overdue {
            for after in expire(machine, state, duties) {
                graph.n_steps += 1;
                by_time.push(graph.enter(&mut known, after.1, Some(from), Cause::Passed(after.0)));
            }
        }
        next.extend(&by_time);
        graph.next.push(next);
        graph.by_time.push(by_time);
        at += 1;
    }
    Some(graph)
}

fn shows(view: View, verb: Verb) -> bool {
    match view {
        View::Plain => false,
        View::Beside(shown) => shown == verb,
        View::Overdue => verb == Verb::Supervise,
    }
}

/// The state after a step, with what the engine adds: counters, and a supervision while a duty is overdue.
fn follow(machine: &Machine<'_>, view: View, state: State, step: &Move) -> Option<State> {
    let mut after = state.after(step, |stage| machine.rest(stage) == Some(Rest::Merged))?;
    if view == View::Plain {
        if matches!(step.verb, Verb::AgreeToObjection | Verb::Transfer) {
            after.bounces = (after.bounces + 1).min(3);
        }
        if step.opens_round {
            after.rounds = (after.rounds + 1).min(2);
        }
    }
    if after.expired != 0 {
        after.open |= machine.supervision;
    }
    Some(after)
}

/// Each duty whose day may be over. The supervision's own only starts it again, one step up.
fn expire<'a>(
    machine: &'a Machine<'_>,
    state: State,
    duties: Bits,
) -> impl Iterator<Item = (usize, State)> + 'a {
    let running = state.open & duties & !state.expired & !machine.supervision;
    (0..machine.slots.len()).filter(move |slot| running & (1 << slot) != 0).map(move |slot| {
        let mut after = state;
        after.expired |= 1 << slot;
        after.open |= machine.supervision;
        (slot, after)
    })
}

impl Graph {
    fn mark(&mut self, transition: usize) {
        if let Some(taken) = self.taken.get_mut(transition) {
            *taken = true;
        }
    }

    fn enter(
        &mut self,
        known: &mut HashMap<State, u32, BuildHasherDefault<Mixer>>,
        state: State,
        from: Option<u32>,
        cause: Cause,
    ) -> u32 {
        *known.entry(state).or_insert_with(|| {
            let place = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
            self.states.push(state);
            self.came.push((from, cause));
            place
        })
    }

    /// How a petition gets to a state.
    pub(super) fn path(&self, machine: &Machine<'_>, place: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = Some(place);
        while let Some(place) = at
            && let (Some(state), Some((from, cause))) = (self.states.get(place), self.came.get(place))
        {
            let kind = match cause {
                Cause::Taken(transition) => StepKind::Taken(name(
                    machine.procedure.transitions.get(*transition).map(|found| &found.id),
                )),
                Cause::Passed(slot) => {
                    let limit =
                        machine.slots.get(*slot).and_then(|slot| machine.procedure.limits.get(slot.limit));
                    StepKind::Passed(name(limit.map(|limit| &limit.id)))
                }
            };
            let stage = name(machine.procedure.stages.get(usize::from(state.stage)).map(|stage| &stage.id));
            steps.push(Step { kind, stage });
            at = from.map(|from| from as usize);
        }
        steps.reverse();
        steps
    }
}

fn name(found: Option<&Name>) -> Name {
    found.cloned().unwrap_or_else(|| Name::from("?"))
}

/// Mixes the few words of a state: the states are our own, so no protection against chosen keys is needed.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
    fn write_u128(&mut self, word: u128) {
        self.write_u64(word as u64);
        self.write_u64((word >> 64) as u64);
    }
}
