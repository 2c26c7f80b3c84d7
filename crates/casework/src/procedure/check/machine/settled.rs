//! What the engine's choice of one transition says about the predicates it asked.

use super::super::super::model::Transition;
use super::marks::{Meaning, meaning};

/// What is known when a transition is the one taken.
#[derive(Default)]
pub(super) struct Settled {
    /// Marks and the values they must have.
    needs: Vec<(u8, bool)>,
    /// Marks and the values they get.
    pub(super) gives: (u8, u8),
    /// Whether the kind afterwards is sealed, when a predicate says so.
    pub(super) sealed_after: Option<bool>,
    /// Whether the promise is the last one, when a predicate says so.
    pub(super) last_promise: Option<bool>,
}

impl Settled {
    pub(super) fn of(transition: &Transition, passed_over: &[Meaning]) -> Settled {
        let mut settled = Settled::default();
        let held = transition.when.iter().map(|name| (meaning(name), true));
        let failed = passed_over.iter().map(|meaning| (*meaning, false));
        for (meaning, holds) in failed.chain(held) {
            match meaning {
                Meaning::Free => {}
                Meaning::Settles(mark, value) => {
                    settled.gives.0 |= mark;
                    settled.gives.1 = (settled.gives.1 & !mark) | if value == holds { mark } else { 0 };
                }
                Meaning::Reads(mark, value) => settled.needs.push((mark, value == holds)),
                Meaning::SealedAfter => settled.sealed_after = Some(holds),
                Meaning::LastPromise => settled.last_promise = Some(holds),
            }
        }
        settled
    }

    /// The marks it needs as mask and value; `None` when they contradict each other.
    pub(super) fn needs_marks(&self) -> Option<(u8, u8)> {
        let (mut mask, mut value) = (0, 0);
        for (mark, set) in &self.needs {
            let wanted = if *set { *mark } else { 0 };
            if mask & mark != 0 && value & mark != wanted {
                return None;
            }
            mask |= mark;
            value |= wanted;
        }
        Some((mask, value))
    }
}
