//! Acts that touch more than one petition: split, merge, answers in common, new facts (architecture §10.5, §10.30).

use super::Context;
use super::consequence::Draft;
use crate::act::{Act, Measure, Proposed, Registration, Splitting, Submission, Verb};
use crate::concern::Concerns;
use crate::disclosure::is_sealed;
use crate::fact::Fact;
use crate::guard;
use crate::ids::{Name, OfficialId, PetitionId, UnitId};
use crate::petition::{DeadlineState, Petition};
use crate::procedure::Transition;
use crate::refusal::Refusal;
use jiff::civil::Date;
use std::borrow::Cow;

/// What only the rules may fill in: who proposes or declares, who takes over, and who receives what names the receiver
/// itself.
#[expect(clippy::wildcard_enum_match_arm, reason = "other acts come whole")]
pub(super) fn complete(context: &Context<'_>, petition: &Petition, mut act: Act) -> Act {
    let (actor, owner) = (context.actor.official(), petition.owner);
    match &mut act {
        Act::ProposeReclassification(proposal) => proposal.by = actor,
        Act::ProposeDisposal(proposal) => {
            proposal.by = actor;
            // What the record says of an office that keeps longer stands.
            proposal.kept_until = context.procedure.kept_until(petition.moved_on).max(proposal.kept_until);
        }
        Act::DecideDisposal(decision) => {
            decision.on = petition.disposal.as_ref().map(Proposed::from);
            if decision.done().is_none_or(|done| done.measure != Measure::Erase) {
                decision.backups_until = None;
            }
        }
        Act::DeclareRecusal(declaration) => {
            declaration.official = actor;
            if let Some((unit, _)) = owner.filter(|(_, owner)| Some(*owner) == actor) {
                let next = declaration.successor.take();
                declaration.successor = next.or_else(|| successor_of(context, petition, actor, unit));
            }
        }
        Act::DecideRecusal(decision) if decision.recused && decision.successor.is_none() => {
            if let Some((unit, _)) = owner.filter(|(_, owner)| *owner == decision.official) {
                decision.successor = successor_of(context, petition, Some(decision.official), unit);
            }
        }
        Act::Submit(submission) => {
            if let Some(office) = unconcerned_office(context, petition.id, submission) {
                submission.office = office;
            }
        }
        _ => {}
    }
    act
}

/// Who of the unit takes over from an official who is kept from the matter; `None` when nobody can.
fn successor_of(
    context: &Context<'_>,
    petition: &Petition,
    recused: Option<OfficialId>,
    unit: UnitId,
) -> Option<OfficialId> {
    let mut after = petition.clone();
    after.recused.extend(recused);
    let concerns = Concerns::new(context.directory, context.procedure, &after);
    concerns.first_fit(unit).filter(|_| concerns.can_have(unit))
}

/// The unit that receives the matter in the place of one that it reports, or whose people it names, or that has no
/// recipient for what is sealed. Nobody may see a report against themselves, and a report that nobody may see would lie
/// still (Art.30(3), 46(5); SEAL-1).
fn unconcerned_office(context: &Context<'_>, id: PetitionId, submission: &Submission) -> Option<UnitId> {
    let sealed = is_sealed(context.procedure, &submission.kind);
    if !sealed && submission.accused.is_empty() && submission.named.is_empty() {
        return None;
    }
    let mut petition = Petition::new(id);
    petition.received_on = context.today;
    petition.kind = submission.kind.clone();
    petition.named.extend(&submission.named);
    petition.submission = Some(Box::new(submission.clone()));
    let concerns = Concerns::new(context.directory, context.procedure, &petition);
    let office = submission.office;
    let fits = if sealed { concerns.can_have(office) } else { !concerns.bars(office) };
    if fits { None } else { concerns.receives_instead_of(office) }
}

/// Whatever the procedure's guards are: nothing goes to a unit that is barred from the matter, nobody kept from it is put
/// in charge, presides or carries out, and it joins no matter of theirs (REC-2); what is sealed gets into nobody's hands
/// but a recipient's (SEAL-1).
#[expect(clippy::wildcard_enum_match_arm, reason = "other acts choose nobody")]
pub(super) fn check_concerns(
    context: &Context<'_>,
    petition: &Petition,
    act: &Act,
    basis: &str,
) -> Result<(), Refusal> {
    let joined = context.related.iter().filter(|other| other.merged_into == Some(petition.id));
    let matters: Vec<Concerns<'_>> = std::iter::once(petition)
        .chain(joined)
        .map(|matter| Concerns::new(context.directory, context.procedure, matter))
        .collect();
    let refused = |guard| Refusal::Guard { guard, basis: basis.to_owned(), day: None, number: None };
    let unit = |unit: UnitId| {
        let barred = matters.iter().any(|concerns| concerns.bars(unit));
        if barred { Err(refused("target_not_accused")) } else { Ok(()) }
    };
    let person = |official: OfficialId| {
        let of = context.directory.official(official).map_or(UnitId(uuid::Uuid::nil()), |known| known.unit);
        let kept = matters.iter().any(|concerns| concerns.of(official, of).is_some());
        if kept {
            return Err(refused("not_recused"));
        }
        if guard::is_for(context, petition, official) { Ok(()) } else { Err(refused("handler_is_recipient")) }
    };
    if let Some(dispatch) = guard::dispatched(act) {
        unit(dispatch.to)?;
    }
    if let Some(official) = guard::named_handler(act) {
        person(official)?;
    }
    let answers = match act {
        Act::NotifyHearing(notice) => return person(notice.chair),
        Act::DecideRecusal(decision) => return decision.successor.map_or(Ok(()), person),
        Act::Recommend(recommendation) => return unit(recommendation.to),
        Act::Settle(settlement) => return settlement.terms.iter().try_for_each(|term| unit(term.executor)),
        Act::Merge(merging) => {
            let lead = find(context, merging.into).and_then(|lead| lead.owner);
            return lead.map_or(Ok(()), |(of, official)| unit(of).and_then(|()| person(official)));
        }
        Act::IssueOpinion(opinion) => &opinion.answers,
        Act::ChangeOpinion(decision) => &decision.answers,
        _ => return Ok(()),
    };
    answers.iter().filter_map(|answer| answer.executor).try_for_each(unit)
}

/// What stands against an act whatever the procedure says: nothing is done with a matter under restriction but what ends
/// that, and nothing at all once its key was destroyed (PIPL Art.47; RET-1).
pub(super) fn check_disposed(petition: &Petition, verb: Verb) -> Result<(), Refusal> {
    if petition.lets(verb) { Ok(()) } else { petition.withheld() }
}

/// Whether the kind that the act names is one of the procedure.
#[expect(clippy::wildcard_enum_match_arm, reason = "other acts name no kind, or have a guard for it")]
pub(super) fn check_kind(context: &Context<'_>, act: &Act) -> Result<(), Refusal> {
    let kind = match act {
        Act::Submit(submission) => &submission.kind,
        Act::Register(registration) => &registration.kind,
        _ => return Ok(()),
    };
    context.procedure.kind(kind).map(|_| ()).ok_or(Refusal::Unknown { what: "kind" })
}

/// Whether what the act names exists: units, officials, petitions.
#[expect(clippy::wildcard_enum_match_arm, reason = "acts whose names the guards check need nothing here")]
pub(super) fn check_names(context: &Context<'_>, petition: &Petition, act: &Act) -> Result<(), Refusal> {
    let known =
        |exists: bool, what: &'static str| if exists { Ok(()) } else { Err(Refusal::Unknown { what }) };
    let all_known =
        |named: &[OfficialId]| named.iter().all(|official| context.directory.official(*official).is_some());
    match act {
        Act::Register(registration) => known(all_known(&registration.named), "official"),
        Act::ProposeReclassification(proposal) => known(all_known(&proposal.named), "official"),
        Act::Submit(submission) => {
            known(context.directory.unit(submission.office).is_some(), "unit")?;
            known(submission.respondent.is_none_or(|unit| context.directory.unit(unit).is_some()), "unit")?;
            known(submission.accused.iter().all(|unit| context.directory.unit(*unit).is_some()), "unit")?;
            known(all_known(&submission.named), "official")?;
            known(submission.earlier.is_none_or(|earlier| find(context, earlier).is_some()), "petition")
        }
        Act::Forward(dispatch) | Act::Relay(dispatch) | Act::Assign(dispatch) | Act::Transfer(dispatch) => {
            known(context.directory.unit(dispatch.to).is_some(), "unit")
        }
        Act::Object(objection) => {
            known(objection.suggested.is_none_or(|unit| context.directory.unit(unit).is_some()), "unit")
        }
        // Of whoever has the matter: who decides about somebody else would see it for being asked.
        Act::AskRecusal(ask) => {
            let unit = petition.owner.map(|(unit, _)| unit);
            let has_it =
                |official| context.directory.official(official).map(|official| official.unit) == unit;
            known(ask.official.is_none_or(has_it), "official")
        }
        Act::DecideRecusal(decision) => {
            known(context.directory.official(decision.official).is_some(), "official")
        }
        _ => Ok(()),
    }
}

/// What an act means for other petitions.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other acts touch only their own petition, or release what joined it"
)]
pub(super) fn carry_over(draft: &mut Draft<'_>, transition: &Transition, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Submit(submission) => {
            // What was erased is told nothing any more: nobody could read it.
            let earlier = submission.earlier.and_then(|earlier| find(draft.context, earlier));
            if let Some(earlier) = earlier.filter(|earlier| earlier.erased.is_none()) {
                let petition = draft.state.id;
                beside(draft, earlier, |other| {
                    other.record(Fact::NewMatterLinked { petition });
                    Ok(())
                })?;
            }
            Ok(())
        }
        // A lead that is split answers nothing in common any more.
        Act::Split(splitting) => {
            split(draft, splitting)?;
            release_joined(draft)
        }
        Act::Merge(merging) => {
            let petition = draft.state.id;
            let lead = find(draft.context, merging.into).ok_or(Refusal::Unknown { what: "petition" })?;
            beside(draft, lead, |other| {
                other.record(Fact::Joined { petition });
                Ok(())
            })
        }
        Act::Unmerge(_) => leave_lead(draft),
        Act::IssueOpinion(_) | Act::ReplyToSuggestion(_) => answer_joined(draft, transition, act),
        // The lead leaves the path on which it could answer in common: whoever joined goes their own way again.
        Act::Decline(_)
        | Act::RouteToPath(_)
        | Act::Settle(_)
        | Act::AgreeToObjection(_)
        | Act::ConfirmReclassification(_) => release_joined(draft),
        _ => Ok(()),
    }
}

/// Gives the answer to every petition that joined this one. Whoever asked for more than is answered here goes their
/// own way again: an answer answers every request (Art.32).
fn answer_joined(draft: &mut Draft<'_>, transition: &Transition, act: &Act) -> Result<(), Refusal> {
    let lead = draft.state.id;
    let n_answered = draft.state.requests.len();
    let Some(organ) = draft.state.organ.or(draft.state.office) else { return Ok(()) };
    for joined in joined(draft) {
        // A replay knows the others by name alone: whether they were answered too stands in their own records.
        let said = matches!(draft.next_recorded(), Some(Fact::Parted { answered: true, .. }));
        if draft.is_replay() && said {
            part(draft, joined, true);
        } else if joined.requests.len() > n_answered {
            release(draft, joined)?;
        } else {
            let answer = act.clone().into_fact();
            beside(draft, joined, |other| other.answer_with(lead, organ, transition, answer))?;
            part(draft, joined, true);
        }
    }
    Ok(())
}

fn part(draft: &mut Draft<'_>, joined: &Petition, answered: bool) {
    draft.record(Fact::Parted { petition: joined.id, answered });
}

/// Lets every petition that joined this one go its own way, as it would stand now.
pub(super) fn release_joined(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    for joined in joined(draft) {
        release(draft, joined)?;
    }
    Ok(())
}

fn release<'a>(draft: &mut Draft<'a>, joined: &'a Petition) -> Result<(), Refusal> {
    let lead = draft.state.id;
    beside(draft, joined, |other| {
        other.record(Fact::Released { lead });
        if let Some(to) = other.state.before_merge.clone() {
            other.record(Fact::Moved { by: Name::from("released"), to });
        }
        Ok(())
    })?;
    part(draft, joined, false);
    Ok(())
}

/// Tells the lead that this petition, which had joined it, is handled with it no longer.
pub(super) fn leave_lead(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let petition = draft.state.id;
    let lead = draft.before.merged_into.and_then(|lead| find(draft.context, lead));
    match lead {
        Some(lead) => beside(draft, lead, |other| {
            other.record(Fact::Parted { petition, answered: false });
            Ok(())
        }),
        None => Ok(()),
    }
}

fn find<'a>(context: &Context<'a>, id: PetitionId) -> Option<&'a Petition> {
    context.related.iter().find(|petition| petition.id == id)
}

fn joined<'a>(draft: &Draft<'a>) -> Vec<&'a Petition> {
    let lead = draft.before.id;
    draft.context.related.iter().filter(|other| other.merged_into == Some(lead)).collect()
}

fn beside<'a>(
    draft: &mut Draft<'a>,
    other: &'a Petition,
    change: impl FnOnce(&mut Draft<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut second = draft.beside(other);
    change(&mut second)?;
    draft.take(second);
    Ok(())
}

/// Makes the parts: each a petition of its own with the parent's receipt date, office and parties, registered.
fn split(draft: &mut Draft<'_>, splitting: &Splitting) -> Result<(), Refusal> {
    let parent = draft.before.clone().into_owned();
    let Some(submission) = parent.submission.clone() else {
        return Err(Refusal::Unknown { what: "petition" });
    };
    // The letter was registered once; its parts are not registered late because it was split later.
    let registered_on = match parent.latest("registration").map(|registration| registration.state) {
        Some(DeadlineState::Met { on, .. }) => on,
        Some(
            DeadlineState::Running | DeadlineState::Missed | DeadlineState::Cancelled | DeadlineState::Closed,
        )
        | None => draft.on,
    };
    for portion in &splitting.portions {
        let own = Submission {
            number: portion.number,
            case_ref: portion.case_ref.clone(),
            kind: portion.kind.clone(),
            title: portion.title.clone(),
            requests: vec![portion.request.clone()],
            office: parent.office.unwrap_or(submission.office),
            parties: parent.parties.clone(),
            named: parent.named.iter().copied().collect(),
            earlier: None,
            ..(*submission).clone()
        };
        let registration = Registration {
            kind: portion.kind.clone(),
            class: parent.class.clone().unwrap_or_else(|| Name::from("99")),
            place: parent.place.clone(),
            requests: Vec::new(),
            comparison: None,
            named: Vec::new(),
        };
        let received_as = Act::Submit(submission.clone());
        let mut part =
            Draft::new(draft.context, Cow::Owned(Petition::new(portion.petition)), parent.received_on);
        begin_part(&mut part, parent.id, &received_as, Box::new(own), (registration, registered_on))?;
        draft.take(part);
    }
    Ok(())
}

/// Begins a part as its parent began, and registers it by its own kind: a part that is a report is sealed at once
/// (Art.30(3)).
pub(super) fn begin_part(
    part: &mut Draft<'_>,
    parent: PetitionId,
    received_as: &Act,
    own: Box<Submission>,
    (registration, registered_on): (Registration, Date),
) -> Result<(), Refusal> {
    let submit = super::choose(part.context, &part.before, received_as, part.on)?;
    part.carry_out(submit, Act::Submit(own))?;
    part.record(Fact::SplitFrom { parent });
    part.next_on(registered_on);
    let register = Act::Register(registration);
    let transition = super::choose(part.context, &part.state, &register, registered_on)?;
    part.carry_out(transition, register)
}
