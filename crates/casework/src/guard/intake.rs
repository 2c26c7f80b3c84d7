//! Conditions of receipt, registration and dispatch (Art.17–24, 30).

use super::{Asked, Verdict};
use crate::act::{Act, Dispatch};
use crate::decide::Context;
use crate::directory::UnitKind;
use crate::disclosure::{is_sealed, opens_sealed};
use crate::ids::{OfficialId, PetitionId, UnitId};
use crate::petition::Petition;

fn kind_of(asked: &Asked<'_>, unit: Option<UnitId>) -> Option<UnitKind> {
    Some(asked.context.directory.unit(unit?)?.kind)
}

fn dispatch<'a>(asked: &Asked<'a>) -> Option<&'a Dispatch> {
    dispatched(asked.act?)
}

/// Where an act sends the matter, when it sends it.
#[expect(clippy::wildcard_enum_match_arm, reason = "only the acts that dispatch matter here")]
pub(crate) fn dispatched(act: &Act) -> Option<&Dispatch> {
    match act {
        Act::Forward(dispatch)
        | Act::Relay(dispatch)
        | Act::Assign(dispatch)
        | Act::ReferReport(dispatch)
        | Act::Transfer(dispatch) => Some(dispatch),
        _ => None,
    }
}

fn related<'a>(asked: &Asked<'a>, id: PetitionId) -> Option<&'a Petition> {
    asked.context.related.iter().find(|petition| petition.id == id)
}

/// Received by a petition office, which dispatches it (Art.22).
pub(super) fn received_by_petition_office(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::Submit(submission)) => {
            kind_of(asked, Some(submission.office)) == Some(UnitKind::PetitionOffice)
        }
        _ => false,
    }
}

/// Received by the competent organ directly (Art.23(1)).
pub(super) fn received_by_organ(asked: &Asked<'_>) -> bool {
    !received_by_petition_office(asked)
}

/// The office that has it is itself an organ that may handle it.
pub(super) fn office_is_organ(asked: &Asked<'_>) -> bool {
    kind_of(asked, asked.petition.office).is_some_and(|kind| kind != UnitKind::PetitionOffice)
}

/// The kind being registered is a sealed one.
pub(super) fn registering_as_sealed(asked: &Asked<'_>) -> bool {
    match asked.act {
        Some(Act::Register(registration)) => is_sealed(asked.context.procedure, &registration.kind),
        _ => is_sealed(asked.context.procedure, &asked.petition.kind),
    }
}

/// The kind proposed is a sealed one.
pub(super) fn reclassifying_to_sealed(asked: &Asked<'_>) -> bool {
    asked.petition.proposed_kind.as_ref().is_some_and(|kind| is_sealed(asked.context.procedure, kind))
}

/// A matter that refers to an earlier one was compared with it by a human (Art.19(3), 36(3); T28).
pub(super) fn earlier_compared(asked: &Asked<'_>) -> Verdict {
    let refers = asked.petition.submission.as_ref().is_some_and(|submission| submission.earlier.is_some());
    match asked.act {
        Some(Act::Register(registration)) if refers => {
            registration.comparison.as_ref().is_some_and(|text| !text.is_empty()).into()
        }
        _ => Verdict::Holds,
    }
}

/// A split makes two matters or more, each of a known kind.
pub(super) fn portions_at_least_two(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::Split(splitting)) => {
            let known = splitting
                .portions
                .iter()
                .all(|portion| asked.context.procedure.kind(&portion.kind).is_some());
            Verdict::by_number(splitting.portions.len() >= 2 && known, 2)
        }
        _ => Verdict::Holds,
    }
}

/// Sealed matters are neither split nor merged with others.
pub(super) fn not_sealed(asked: &Asked<'_>) -> Verdict {
    (!is_sealed(asked.context.procedure, &asked.petition.kind)).into()
}

/// The matter that would be joined is itself being handled, and nothing hangs on this one.
pub(super) fn lead_is_living(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Merge(merging)) = asked.act else {
        return asked.petition.joined.is_empty().into();
    };
    let living = related(asked, merging.into).is_some_and(|lead| {
        lead.merged_into.is_none()
            && lead
                .stage
                .as_ref()
                .and_then(|stage| asked.context.procedure.stage(stage))
                .is_some_and(|s| s.rest.is_none())
            && lead.rounds.len() == 1
            && lead.answers().is_empty()
    });
    (living && asked.petition.joined.is_empty()).into()
}

/// A matter cannot join itself.
pub(super) fn lead_not_itself(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::Merge(merging)) => (merging.into != asked.petition.id).into(),
        _ => Verdict::Holds,
    }
}

/// Both matters are of one kind and stand under one procedure.
pub(super) fn same_kind(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::Merge(merging)) => related(asked, merging.into)
            .is_some_and(|lead| {
                lead.kind == asked.petition.kind && lead.procedure == asked.petition.procedure
            })
            .into(),
        _ => Verdict::Holds,
    }
}

/// The target handles matters on the merits: neither a petition office nor an integrity body (Art.22(1)).
pub(super) fn target_is_competent_organ(asked: &Asked<'_>) -> Verdict {
    let Some(dispatch) = dispatch(asked) else { return Verdict::Holds };
    kind_of(asked, Some(dispatch.to))
        .is_some_and(|kind| !matches!(kind, UnitKind::PetitionOffice | UnitKind::IntegrityBody))
        .into()
}

/// The target is another petition office (Art.22(1), passing on level by level).
pub(super) fn target_is_petition_office(asked: &Asked<'_>) -> Verdict {
    let Some(dispatch) = dispatch(asked) else { return Verdict::Holds };
    (kind_of(asked, Some(dispatch.to)) == Some(UnitKind::PetitionOffice)
        && Some(dispatch.to) != asked.petition.office)
        .into()
}

/// The target receives reports against officials (Art.22(2), 30).
pub(super) fn target_is_integrity_body(asked: &Asked<'_>) -> Verdict {
    let Some(dispatch) = dispatch(asked) else { return Verdict::Holds };
    (kind_of(asked, Some(dispatch.to)) == Some(UnitKind::IntegrityBody)).into()
}

/// Nothing goes to a reported unit or person, or into their chain (Art.30(3); REC-2).
pub(super) fn target_not_accused(asked: &Asked<'_>) -> Verdict {
    let Some(dispatch) = dispatch(asked) else { return Verdict::Holds };
    (!asked.concerns().bars(dispatch.to)).into()
}

/// After two agreed objections a decision on competence under Art.24 is needed (procedure.md §1.4).
pub(super) fn dispatch_allowed(asked: &Asked<'_>) -> Verdict {
    let free = asked.context.procedure.free_dispatches;
    let Some(dispatch) = dispatch(asked) else { return Verdict::Holds };
    let decided = dispatch.competence_decision.as_ref().is_some_and(|text| !text.is_empty());
    Verdict::by_number(asked.petition.bounces < free || decided, free)
}

/// The third agreement needs a decision under Art.24 (architecture §10.35).
pub(super) fn agreement_allowed(asked: &Asked<'_>) -> Verdict {
    let free = asked.context.procedure.free_dispatches;
    let decided = match asked.act {
        Some(Act::AgreeToObjection(agreement)) => {
            agreement.competence_decision.as_ref().is_some_and(|text| !text.is_empty())
        }
        _ => true,
    };
    Verdict::by_number(asked.petition.bounces < free || decided, free)
}

/// An assignment names the day of the report (Art.22(1)三).
pub(super) fn report_date_given(asked: &Asked<'_>) -> Verdict {
    match dispatch(asked) {
        Some(dispatch) => dispatch.report_by.is_some_and(|by| by > asked.on).into(),
        None => Verdict::Holds,
    }
}

/// Within five working days of receipt (Art.23(3)); afterwards the organ must admit or route it itself.
pub(super) fn objection_in_time(asked: &Asked<'_>) -> Verdict {
    let window = asked.petition.open("object").next();
    let last = asked.petition.latest("object").map(|deadline| deadline.set.due_on);
    Verdict::by_day(window.is_some_and(|(_, deadline)| asked.on <= deadline.set.due_on), last)
}

/// Whoever is put in charge belongs to the unit that answers for the matter.
pub(super) fn handler_of_owner(asked: &Asked<'_>) -> Verdict {
    let Some(handler) = asked.named_handler() else { return Verdict::Holds };
    let official = asked.context.directory.official(handler);
    official.is_some_and(|official| official.active && Some(official.unit) == asked.owner_unit()).into()
}

/// In a sealed matter whoever is put in charge is a recipient (SEAL-1).
pub(super) fn handler_is_recipient(asked: &Asked<'_>) -> Verdict {
    asked.named_handler().is_none_or(|handler| is_for(asked.context, asked.petition, handler)).into()
}

/// Whether the matter may be in the official's hands: what is sealed only in a recipient's.
pub(crate) fn is_for(context: &Context<'_>, petition: &Petition, official: OfficialId) -> bool {
    let known = context.directory.official(official);
    !is_sealed(context.procedure, &petition.kind) || known.is_some_and(|known| opens_sealed(&known.roles))
}

/// Whoever is put in charge was neither recused nor named (Art.28(3)).
pub(super) fn not_recused(asked: &Asked<'_>) -> Verdict {
    let Some(handler) = asked.named_handler() else { return Verdict::Holds };
    (!asked.petition.recused.contains(&handler) && !asked.petition.named.contains(&handler)).into()
}

/// A reclassification names another kind that exists.
pub(super) fn kind_differs(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::ProposeReclassification(proposal)) => (proposal.kind != asked.petition.kind
            && asked.context.procedure.kind(&proposal.kind).is_some())
        .into(),
        _ => Verdict::Holds,
    }
}
