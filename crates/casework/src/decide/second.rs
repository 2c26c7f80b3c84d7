//! Whoever comes second in what takes two people does not work under whoever came first (DUAL-1): a superior could tell
//! them what to decide. Where nobody else could come second it is allowed, and the record says so.
//!
//! Which acts these are is said by the guards that ask for another person ([`crate::guard::first_people`]).

use super::consequence::Draft;
use super::{Context, hold_guards};
use crate::act::{Act, Verb};
use crate::authority::{self, Actor};
use crate::concern::Concerns;
use crate::directory::Official;
use crate::fact::Fact;
use crate::guard::{self, Asked};
use crate::ids::OfficialId;
use crate::procedure::Transition;
use crate::refusal::Refusal;

/// Whoever came first in what takes two people; nobody where it takes one.
pub(super) fn first_people(asked: &Asked<'_>, transition: &Transition) -> Vec<OfficialId> {
    transition.guards.iter().flat_map(|name| guard::first_people(name.as_str(), asked)).collect()
}

/// Under which of those who came first the actor would decide; `None` where there is nobody.
///
/// # Errors
/// `subordinate`, when somebody else could decide who works under none of them.
pub(super) fn under(
    asked: &Asked<'_>,
    transition: &Transition,
    first: &[OfficialId],
) -> Result<Option<OfficialId>, Refusal> {
    let directory = asked.context.directory;
    let above = |official: OfficialId| {
        first.iter().copied().find(|first| directory.is_subordinate_of(official, *first))
    };
    let Some(superior) = asked.context.actor.official().and_then(above) else { return Ok(None) };
    let could =
        |official: &&Official| above(official.id).is_none() && could_decide(asked, transition, official);
    match directory.officials.values().filter(|official| official.active).find(could) {
        Some(other) => Err(Refusal::Subordinate {
            instead: format!("{} {}", other.name, other.post),
            basis: transition.basis.clone(),
        }),
        None => Ok(Some(superior)),
    }
}

/// Whether the official could decide the same now.
fn could_decide(asked: &Asked<'_>, transition: &Transition, official: &Official) -> bool {
    let actor = Actor::Official { id: official.id, unit: official.unit, roles: official.roles.clone() };
    let context = Context { actor: &actor, ..*asked.context };
    let Asked { petition, act, on, .. } = *asked;
    let verb: Verb = act.map_or(transition.verb, Act::verb);
    // Whoever the act would keep from the matter is nobody to decide it: a report must not wait for whom it accuses.
    let mut after = petition.clone();
    after.kind = after.proposed_kind.clone().unwrap_or(after.kind);
    after.named.extend(after.proposed_named.iter().copied());
    Concerns::new(context.directory, context.procedure, &after).of(official.id, official.unit).is_none()
        && authority::may(context.directory, context.procedure, petition, &actor, verb, act)
        && hold_guards(&Asked { context: &context, petition, act, on }, transition).is_ok()
}

/// Says in the record under whom it was decided. Who worked under whom is the directory's to say, so a replay believes
/// the record where it names somebody who came first.
pub(super) fn record(draft: &mut Draft<'_>, first: &[OfficialId], under: Option<OfficialId>) {
    let recorded = match draft.next_recorded() {
        Some(Fact::DecidedUnder { first: said }) => Some(*said).filter(|said| first.contains(said)),
        Some(_) | None => None,
    };
    if let Some(first) = recorded.or(under) {
        draft.record(Fact::DecidedUnder { first });
    }
}
