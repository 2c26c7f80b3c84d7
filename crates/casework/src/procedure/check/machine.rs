//! A procedure file as a machine small enough to be explored whole.
//!
//! What is kept of a petition: its stage, its kind, which deadlines are open and which of them expired, which
//! decisive letters wait for service, and four marks. A guard may always hold or refuse, so it is not kept. A
//! predicate may always hold or not, except that predicates which speak of one lasting fact agree with each other
//! (`marks`): otherwise the checker would report courses that cannot happen. What the engine does beyond the file
//! is repeated here and nowhere else: one service deadline for each letter, one execution deadline for each promise,
//! a kind that registration may correct.

mod compile;
mod marks;
mod settled;

pub(super) use compile::compile;
pub(super) use marks::{ORGAN_KNOWN, REVIEWER_KNOWN};

use super::super::model::{LimitRole, Procedure, Rest};
use crate::act::Verb;

/// A set of deadlines, one bit for each slot.
pub(super) type Bits = u128;

/// Slots that fit into [`Bits`], with one bit left over.
pub(super) const MOST_SLOTS: usize = 128;

/// The limit of which one runs for each letter to the petitioner.
pub(super) const SERVICE: &str = "serve";

/// The limit of which one runs for each promise.
pub(super) const PROMISE: &str = "execution";

/// No stage: before a merge was made.
pub(super) const NOWHERE: u16 = u16::MAX;

/// One deadline that can be open: a limit, and for service limits the letter (`None`: any letter whose service moves
/// nothing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Place of the limit in the file.
    pub(super) limit: usize,
    /// Place of the letter in the file.
    pub(super) letter: Option<usize>,
    /// What the limit is.
    pub(super) role: LimitRole,
}

/// A petition, abstracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// Place of the stage in the file.
    pub(super) stage: u16,
    /// The stage it was merged from, else [`NOWHERE`].
    pub(super) before: u16,
    /// Place of the kind in the file.
    pub(super) kind: u8,
    /// Agreed objections and transfers, 0 to 3 and more.
    pub(super) bounces: u8,
    /// Rounds after the first, 0, 1, 2 and more.
    pub(super) rounds: u8,
    /// Lasting facts (`marks`).
    pub(super) marks: u8,
    /// Decisive letters signed and not served.
    pub(super) pending: u64,
    /// Deadlines that are open.
    pub(super) open: Bits,
    /// Open deadlines whose day is over; always a part of `open`.
    pub(super) expired: Bits,
}

/// Where a move leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nowhere else.
    Stay,
    /// To this stage.
    Stage(u16),
    /// To where it was before it was merged.
    Previous,
}

/// A transition with everything decided that the abstraction leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// Place of the transition in the file.
    pub(super) transition: usize,
    /// Its verb.
    pub(super) verb: Verb,
    /// Only when this slot is open.
    pub(super) needs_open: Bits,
    /// Only when this letter waits for service.
    pub(super) needs_pending: u64,
    /// Only when these marks have these values.
    pub(super) needs_marks: (u8, u8),
    /// Marks that it settles, and their values.
    pub(super) gives_marks: (u8, u8),
    /// Where it leads.
    pub(super) to: Target,
    /// The kind afterwards, when it changes.
    pub(super) kind: Option<u8>,
    /// Deadlines met or ended.
    pub(super) ends: Bits,
    /// Deadlines begun.
    pub(super) begins: Bits,
    /// Decisive letters signed.
    pub(super) signs: u64,
    /// Decisive letters served.
    pub(super) serves: u64,
    /// It opens a round.
    pub(super) opens_round: bool,
    /// It only opens something that runs beside the matter.
    pub(super) beside: bool,
}

/// The whole machine.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    /// The file.
    pub(super) procedure: &'a Procedure,
    /// Deadlines that can be open.
    pub(super) slots: Vec<Slot>,
    /// Moves by stage and kind; see [`Machine::moves`].
    acts: Vec<Vec<Move>>,
    /// For each stage and kind: a slot whose day is over, and the move its passing makes; `None` when it just closes.
    passes: Vec<Vec<(usize, Option<Move>)>>,
    /// First states with the transition that makes them.
    pub(super) first: Vec<(usize, State)>,
    /// Verbs by which something is opened that runs beside the matter: explored one at a time.
    pub(super) beside: Vec<Verb>,
    /// Slot of the supervision.
    pub(super) supervision: Bits,
}

impl Machine<'_> {
    /// What may be done at a stage with a petition of a kind.
    pub(super) fn acts(&self, stage: u16, kind: u8) -> &[Move] {
        self.acts.get(self.cell(stage, kind)).map_or(&[], Vec::as_slice)
    }

    /// What passing days do at a stage with a petition of a kind. A duty is not among them: it only expires.
    pub(super) fn passes(&self, stage: u16, kind: u8) -> &[(usize, Option<Move>)] {
        self.passes.get(self.cell(stage, kind)).map_or(&[], Vec::as_slice)
    }

    fn cell(&self, stage: u16, kind: u8) -> usize {
        usize::from(stage) * self.procedure.kinds.len() + usize::from(kind)
    }

    /// Why a stage may lie still, if it may.
    pub(super) fn rest(&self, stage: u16) -> Option<Rest> {
        self.procedure.stages.get(usize::from(stage)).and_then(|stage| stage.rest)
    }

    /// The slots of a role.
    pub(super) fn of_role(&self, role: LimitRole) -> Bits {
        (0..).zip(&self.slots).filter(|(_, slot)| slot.role == role).map(|(bit, _): (u32, _)| 1 << bit).sum()
    }
}

impl State {
    /// The state after a move; `None` when the move is not open from here.
    pub(super) fn after(mut self, step: &Move, is_merged: impl Fn(u16) -> bool) -> Option<State> {
        let (mask, value) = step.needs_marks;
        let open = step.needs_open == 0 || self.open & step.needs_open != 0;
        let pending = step.needs_pending == 0 || self.pending & step.needs_pending != 0;
        if !open || !pending || self.marks & mask != value {
            return None;
        }
        let (mask, value) = step.gives_marks;
        self.marks = (self.marks & !mask) | value;
        self.open = (self.open & !step.ends) | step.begins;
        self.expired &= !(step.ends | step.begins);
        self.pending = (self.pending & !step.serves) | step.signs;
        if let Some(kind) = step.kind {
            self.kind = kind;
        }
        let from = self.stage;
        match step.to {
            Target::Stay => {}
            Target::Stage(stage) => self.stage = stage,
            Target::Previous if self.before == NOWHERE => return None,
            Target::Previous => self.stage = self.before,
        }
        if self.stage != from {
            self.before = if is_merged(self.stage) { from } else { NOWHERE };
        }
        Some(self)
    }
}
