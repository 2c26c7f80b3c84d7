//! Reads the properties off the states that can be reached.

use super::super::model::{LengthSource, LimitRole, Procedure, Rest, StageOwner};
use super::explore::{Graph, View, explore};
use super::machine::{Bits, Machine, Move, ORGAN_KNOWN, REVIEWER_KNOWN, State, Target, compile};
use super::{Finding, Property, Statistics, words};
use crate::act::Verb;
use crate::authority::{Who, table};
use crate::ids::Name;
use crate::procedure::Label;
use std::collections::BTreeSet;

/// One bit above all slots: an end can be reached.
const END: Bits = 1 << (super::machine::MOST_SLOTS - 1);

/// Explores the procedure in every view.
pub(super) fn check(procedure: &Procedure) -> (Vec<Finding>, Statistics) {
    let mut proof = Proof { findings: Vec::new(), seen: BTreeSet::new() };
    let mut statistics = Statistics::default();
    let Some(machine) = compile(procedure) else {
        proof.add(
            Property::Explorable,
            &procedure.id,
            words::too_large("more than 127 deadlines side by side"),
            Vec::new(),
        );
        return (proof.findings, statistics);
    };
    let beside =
        machine.beside.iter().filter(|verb| **verb != Verb::Supervise).map(|verb| View::Beside(*verb));
    let views = [View::Plain].into_iter().chain(beside).chain([View::Overdue]);
    let mut taken = vec![false; procedure.transitions.len()];
    let mut reached = vec![false; procedure.stages.len()];
    for view in views {
        let Some(graph) = explore(&machine, view) else {
            proof.add(
                Property::Explorable,
                &procedure.id,
                words::too_large("more than 1,000,000 states"),
                Vec::new(),
            );
            return (proof.findings, statistics);
        };
        statistics.explorations += 1;
        statistics.states += graph.states.len() as u64;
        statistics.steps += graph.n_steps;
        for (all, now) in taken.iter_mut().zip(&graph.taken) {
            *all |= now;
        }
        for state in &graph.states {
            if let Some(reached) = reached.get_mut(usize::from(state.stage)) {
                *reached = true;
            }
        }
        proof.futures(&machine, &graph);
        proof.states(&machine, &graph);
        proof.time(&machine, &graph);
    }
    for (stage, _) in procedure.stages.iter().zip(reached).filter(|(_, reached)| !reached) {
        proof.add(Property::StageReached, &stage.id, words::stage_not_reached(&stage.id), Vec::new());
    }
    for (transition, _) in procedure.transitions.iter().zip(taken).filter(|(_, taken)| !taken) {
        // A `pass` about nothing carries the timer's authority; one about a duty is a fault of its own.
        let role = transition.about.as_ref().and_then(|about| procedure.limit(about)).map(|limit| limit.role);
        if transition.verb != Verb::Pass || matches!(role, Some(LimitRole::Window | LimitRole::Cooling)) {
            proof.add(
                Property::Used,
                &transition.id,
                words::transition_never_taken(&transition.id),
                Vec::new(),
            );
        }
    }
    (proof.findings, statistics)
}

/// The findings so far: one for each property and subject, with the path found first.
struct Proof {
    findings: Vec<Finding>,
    seen: BTreeSet<(Property, Name)>,
}

impl Proof {
    fn add(&mut self, property: Property, subject: &Name, message: Label, path: Vec<super::Step>) {
        if self.seen.insert((property, subject.clone())) {
            self.findings.push(Finding { property, subject: subject.to_string(), message, path });
        }
    }

    /// Properties of single states.
    fn states(&mut self, machine: &Machine<'_>, graph: &Graph) {
        let duties = machine.of_role(LimitRole::Duty);
        let windows = machine.of_role(LimitRole::Window);
        let coolings = machine.of_role(LimitRole::Cooling);
        let usable = Usable::of(machine);
        for (place, state) in (0usize..).zip(&graph.states) {
            let Some(stage) = machine.procedure.stages.get(usize::from(state.stage)) else { continue };
            if stage.rest.is_none() {
                if state.open & (duties | windows) == 0 {
                    self.add(
                        Property::NeverStill,
                        &stage.id,
                        words::never_still(&stage.id),
                        graph.path(machine, place),
                    );
                }
                let unknown = match stage.owner {
                    StageOwner::Organ if state.marks & ORGAN_KNOWN == 0 => {
                        Some(("单位", "the unit in charge"))
                    }
                    StageOwner::Reviewer if state.marks & REVIEWER_KNOWN == 0 => {
                        Some(("复查复核机关", "the reviewing organ"))
                    }
                    StageOwner::Organ
                    | StageOwner::Reviewer
                    | StageOwner::Office
                    | StageOwner::SuperiorOffice => None,
                };
                if let Some((zh, en)) = unknown {
                    self.add(
                        Property::Owned,
                        &stage.id,
                        words::not_owned(&stage.id, zh, en),
                        graph.path(machine, place),
                    );
                }
            }
            let (stoppable, by_petitioner) = usable.at(state);
            for (slot, limit) in open_limits(machine, state.open) {
                let bit = 1 << slot;
                if bit & (windows | coolings) & !usable.outside & !by_petitioner != 0 {
                    let message = words::window_not_usable(limit, &stage.id);
                    self.add(Property::WindowUsable, limit, message, graph.path(machine, place));
                }
                if bit & coolings & !usable.carried_out(state) != 0 {
                    let message = words::cooling_leads_nowhere(limit, &stage.id);
                    self.add(Property::Consequence, limit, message, graph.path(machine, place));
                }
                // A merged petition's deadlines run on until the matter it joined is answered.
                let at_rest = stage.rest.is_some_and(|rest| rest != Rest::Merged);
                let known = self.seen.contains(&(Property::DutyStoppable, limit.clone()));
                if at_rest && !known && bit & duties & !stoppable != 0 {
                    let message = words::rest_not_quiet(limit, &stage.id);
                    self.add(Property::RestQuiet, limit, message, graph.path(machine, place));
                }
            }
        }
    }

    /// When nobody acts, days pass: that leads to an end or to a missed duty, never round in a circle.
    fn time(&mut self, machine: &Machine<'_>, graph: &Graph) {
        let duties = machine.of_role(LimitRole::Duty);
        let mut settled: Vec<bool> = graph
            .states
            .iter()
            .map(|state| machine.rest(state.stage).is_some() || state.open & duties != 0)
            .collect();
        let mut changed = true;
        while changed {
            changed = false;
            for place in (0..graph.states.len()).rev() {
                let next = graph.by_time.get(place).map_or(&[][..], Vec::as_slice);
                let leads_on =
                    !next.is_empty() && next.iter().all(|next| settled.get(*next as usize) == Some(&true));
                if leads_on && let Some(settled) = settled.get_mut(place).filter(|settled| !**settled) {
                    *settled = true;
                    changed = true;
                }
            }
        }
        for (place, _) in (0usize..).zip(&settled).filter(|(_, settled)| !**settled) {
            let stuck = graph.by_time.get(place).is_none_or(Vec::is_empty);
            let stage = graph
                .states
                .get(place)
                .and_then(|state| machine.procedure.stages.get(usize::from(state.stage)));
            // A state without any passing day is `NeverStill` already, and so is what only leads there.
            if let Some(stage) = stage.filter(|_| !stuck && self.goes_round(graph, &settled, place)) {
                let message = words::time_goes_round(&stage.id);
                self.add(Property::TimeLeadsOn, &stage.id, message, graph.path(machine, place));
            }
        }
    }

    /// Whether passing days lead from a state back to itself.
    fn goes_round(&self, graph: &Graph, settled: &[bool], start: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            for next in graph.by_time.get(place).into_iter().flatten().map(|next| *next as usize) {
                if next == start {
                    return true;
                }
                if settled.get(next) == Some(&false) && seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }

    /// What can still come: an end, and for every duty the day on which it is met or ended.
    fn futures(&mut self, machine: &Machine<'_>, graph: &Graph) {
        let duties = machine.of_role(LimitRole::Duty);
        let mut possible: Vec<Bits> = graph
            .states
            .iter()
            .map(|state| (!state.open & !END) | if machine.rest(state.stage).is_some() { END } else { 0 })
            .collect();
        let mut changed = true;
        while changed {
            changed = false;
            for place in (0..graph.states.len()).rev() {
                let later = graph.next.get(place).into_iter().flatten();
                let later =
                    later.filter_map(|next| possible.get(*next as usize)).fold(0, |all, one| all | one);
                if let Some(now) = possible.get_mut(place)
                    && *now | later != *now
                {
                    *now |= later;
                    changed = true;
                }
            }
        }
        for ((place, state), possible) in (0usize..).zip(&graph.states).zip(&possible) {
            let Some(stage) = machine.procedure.stages.get(usize::from(state.stage)) else { continue };
            if possible & END == 0 {
                let message = words::end_not_reached(&stage.id);
                self.add(Property::EndReached, &stage.id, message, graph.path(machine, place));
            }
            // A supervision goes on as long as a missed duty does: the duty is the fault.
            let stuck = state.open & duties & !possible;
            let stuck = if stuck & !machine.supervision != 0 { stuck & !machine.supervision } else { stuck };
            for (_, limit) in open_limits(machine, stuck) {
                let message = words::duty_not_stoppable(limit, &stage.id);
                self.add(Property::DutyStoppable, limit, message, graph.path(machine, place));
            }
        }
    }
}

fn open_limits<'a>(machine: &'a Machine<'_>, open: Bits) -> impl Iterator<Item = (u32, &'a Name)> + 'a {
    (0u32..)
        .zip(&machine.slots)
        .filter(move |(bit, _)| open & (1 << bit) != 0)
        .filter_map(|(bit, slot)| machine.procedure.limits.get(slot.limit).map(|limit| (bit, &limit.id)))
}

/// What can be done about a deadline without leaving the stage, and what the petitioner can do at all.
struct Usable {
    cells: Vec<(Bits, Bits, Bits)>,
    n_kinds: usize,
    /// Windows of remedies outside the procedure: used elsewhere.
    outside: Bits,
}

impl Usable {
    fn of(machine: &Machine<'_>) -> Usable {
        let n_kinds = machine.procedure.kinds.len();
        let mut cells = Vec::new();
        for (stage, _) in (0u16..).zip(&machine.procedure.stages) {
            for (kind, _) in (0u8..).zip(&machine.procedure.kinds) {
                let acts = machine.acts(stage, kind);
                let here = acts.iter().filter(|step| step.to == Target::Stay);
                let own = acts.iter().filter(|step| table(step.verb).contains(&Who::Petitioner));
                let moves = |step: &Move| step.to != Target::Stay;
                let withdrawn =
                    machine.passes(stage, kind).iter().filter(|(_, step)| step.as_ref().is_some_and(moves));
                cells.push((
                    here.fold(0, |ends, step| ends | step.ends),
                    own.fold(0, |ends, step| ends | step.ends),
                    withdrawn.fold(0, |ends, (slot, _)| ends | (1 << slot)),
                ));
            }
        }
        let outside = open_limits(machine, Bits::MAX)
            .filter(|(_, id)| {
                machine.procedure.limit(id).is_some_and(|limit| limit.source == LengthSource::Remedy)
            })
            .fold(0, |bits, (bit, _)| bits | (1 << bit));
        Usable { cells, n_kinds, outside }
    }

    fn cell(&self, state: &State) -> (Bits, Bits, Bits) {
        self.cells
            .get(usize::from(state.stage) * self.n_kinds + usize::from(state.kind))
            .copied()
            .unwrap_or((0, 0, 0))
    }

    /// Deadlines that an act can end here, and those that the petitioner can.
    fn at(&self, state: &State) -> (Bits, Bits) {
        let (here, own, _) = self.cell(state);
        (here, own)
    }

    /// Deadlines whose passing moves the matter.
    fn carried_out(&self, state: &State) -> Bits {
        self.cell(state).2
    }
}
