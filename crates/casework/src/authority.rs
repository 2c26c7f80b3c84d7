//! Who may ask for what: one table, checked inside `decide`, so that no route can skip it.
//!
//! The whole matrix is a snapshot in `tests/it/authority.rs`: a changed right is a visible diff.

use crate::act::{Act, Verb};
use crate::concern::Concerns;
use crate::directory::{Directory, Role, UnitKind};
use crate::disclosure::{Sight, is_office_above, is_sealed, opens_sealed, sight};
use crate::ids::{OfficialId, UnitId};
use crate::petition::{Petition, RECOMMENDATION};
use crate::procedure::Procedure;
use crate::refusal::Refusal;
use std::collections::BTreeSet;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who proved the petition's own code; `party` is their place in the petition's list.
    Petitioner {
        /// Place in the list of parties.
        party: u32,
    },
    /// An official with a login.
    Official {
        /// Who.
        id: OfficialId,
        /// The unit of their post.
        unit: UnitId,
        /// What they are entrusted with.
        roles: BTreeSet<Role>,
    },
    /// The timer: acts that the law itself triggers.
    System,
}

impl Actor {
    /// The official, when it is one.
    pub fn official(&self) -> Option<OfficialId> {
        match self {
            Actor::Official { id, .. } => Some(*id),
            Actor::Petitioner { .. } | Actor::System => None,
        }
    }

    /// The unit, when it is an official.
    pub fn unit(&self) -> Option<UnitId> {
        match self {
            Actor::Official { unit, .. } => Some(*unit),
            Actor::Petitioner { .. } | Actor::System => None,
        }
    }
}

/// What the official's unit must be to the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The unit that answers for it now.
    Owner,
    /// The office that registered or last dispatched it.
    Office,
    /// The unit to which it was sent.
    Organ,
    /// The unit that receives the submission.
    Receiver,
    /// The unit that signed the letter named in the act.
    Signer,
    /// That unit, or the one that prints, serves and posts the letter in its place.
    Issuer,
    /// The unit that must perform the promise named in the act.
    Executor,
    /// A petition office that registered it or stands above the unit in charge. In sealed matters nobody: the timer
    /// supervises them, and what is sealed no supervisor sees.
    Supervising,
    /// The unit that owes the reply to the supervision in course.
    Supervised,
    /// The unit that owes the answer to the recommendation named in the act.
    Advised,
    /// The unit that owes a decision on a recusal, or would have to decide on that of the head of the unit in charge.
    Deciding,
    /// The unit that owes the decision on a proposed disposal.
    Disposing,
}

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The petitioner, by code.
    Petitioner,
    /// The timer.
    System,
    /// An official with the role, in a unit of that relation to the matter.
    Staff(Role, Place),
    /// Every official who may see the matter.
    Reader,
}

use Place::{
    Advised, Deciding, Disposing, Executor, Issuer, Office, Organ, Owner, Receiver, Signer, Supervised,
    Supervising,
};
use Role::{Handler, Head, Registrar, Supervisor};
use Who::{Petitioner, Reader, Staff, System};

const MERITS: &[Who] = &[Staff(Handler, Owner), Staff(Head, Owner)];
const DESK: &[Who] = &[Staff(Registrar, Owner), Staff(Head, Owner)];
/// The petitioner, or a registrar who records what came on paper.
const OWN_ACT: &[Who] = &[Petitioner, Staff(Registrar, Office), Staff(Registrar, Owner)];

/// Who may give a command. Everybody not named may not.
pub fn table(verb: Verb) -> &'static [Who] {
    match verb {
        Verb::Submit => &[Petitioner, Staff(Registrar, Receiver)],
        Verb::Register => &[Staff(Registrar, Owner)],
        Verb::Split | Verb::Merge | Verb::Unmerge => &[Staff(Registrar, Office), Staff(Handler, Owner)],
        Verb::Forward | Verb::Relay | Verb::Assign | Verb::ReferReport => DESK,
        Verb::AgreeToObjection | Verb::RefuseObjection => DESK,
        Verb::TakeUp => &[Staff(Registrar, Owner), Staff(Handler, Owner), Staff(Head, Owner)],
        Verb::Object
        | Verb::RouteToPath
        | Verb::EnterPathNumber
        | Verb::ReportPerformance
        | Verb::Decline
        | Verb::Accept
        | Verb::AcceptSimple
        | Verb::Convert
        | Verb::RequestSupplement
        | Verb::NotifyHearing
        | Verb::HoldHearing
        | Verb::Settle
        | Verb::DraftOpinion
        | Verb::ReplyToSuggestion
        | Verb::AcceptReport
        | Verb::FeedBackReport
        | Verb::ReplyInterim => MERITS,
        Verb::ReviewRefusal => &[Staff(Registrar, Owner), Staff(Head, Owner), Staff(Supervisor, Owner)],
        Verb::HandOver => &[Staff(Registrar, Owner), Staff(Head, Owner)],
        Verb::RecordContact => &[Staff(Handler, Owner), Staff(Head, Owner), Staff(Registrar, Owner)],
        Verb::Transfer => &[Staff(Registrar, Owner), Staff(Handler, Owner), Staff(Head, Owner)],
        Verb::AddSupplement
        | Verb::ObjectToRefusal
        | Verb::RequestReview
        | Verb::Withdraw
        | Verb::RevokeWithdrawal => OWN_ACT,
        // Only the head of the organ extends (Art.34; architecture §10.35) and signs opinions (procedure.md T17).
        Verb::Extend
        | Verb::IssueOpinion
        | Verb::UpholdOpinion
        | Verb::ChangeOpinion
        | Verb::RemandOpinion => &[Staff(Head, Owner)],
        Verb::CorrectLetter => &[Staff(Head, Signer)],
        Verb::Serve | Verb::PostLetter | Verb::ReturnPost | Verb::ReturnService => {
            &[Staff(Handler, Issuer), Staff(Registrar, Issuer), Staff(Head, Issuer), Staff(Handler, Owner)]
        }
        Verb::AdmitReview | Verb::RefuseReview => {
            &[Staff(Registrar, Owner), Staff(Handler, Owner), Staff(Head, Owner)]
        }
        Verb::RecordExecution => {
            &[Staff(Handler, Owner), Staff(Head, Owner), Staff(Handler, Executor), Staff(Head, Executor)]
        }
        Verb::ReportResult => &[Staff(Handler, Organ), Staff(Head, Organ)],
        Verb::Supervise => &[Staff(Supervisor, Supervising)],
        // Whoever is supervised answers, also when the matter has gone on to somebody else (Art.40).
        Verb::ReplyToSupervision => {
            &[Staff(Handler, Supervised), Staff(Head, Supervised), Staff(Registrar, Supervised)]
        }
        Verb::Recommend => &[Staff(Supervisor, Supervising)],
        Verb::AnswerRecommendation => {
            &[Staff(Handler, Advised), Staff(Head, Advised), Staff(Registrar, Advised)]
        }
        Verb::ProposeReclassification => &[Staff(Registrar, Office), Staff(Handler, Owner)],
        Verb::ConfirmReclassification => &[Staff(Registrar, Office), Staff(Head, Office), Staff(Head, Owner)],
        Verb::MarkUrgent => {
            &[Petitioner, Staff(Registrar, Office), Staff(Registrar, Owner), Staff(Handler, Owner)]
        }
        Verb::ReviewUrgent => &[
            Staff(Registrar, Office),
            Staff(Head, Office),
            Staff(Supervisor, Office),
            Staff(Head, Owner),
            Staff(Registrar, Owner),
        ],
        Verb::AskRecusal => &[Petitioner, Staff(Handler, Owner), Staff(Head, Owner)],
        // The head of the unit; about a head, of the unit above (上海24, 山东17).
        Verb::DecideRecusal => &[Staff(Head, Owner), Staff(Head, Office), Staff(Head, Deciding)],
        Verb::DeclareRecusal => &[Reader],
        // The head of the unit that has the matter; another unit's head decides (PIPL Art.47; docs/decisions/0012).
        Verb::ProposeDisposal => &[Staff(Head, Owner)],
        Verb::DecideDisposal => &[Staff(Head, Disposing)],
        Verb::AddParty => &[Staff(Registrar, Office), Staff(Registrar, Owner), Staff(Handler, Owner)],
        // No clerk twin (architecture §10.18).
        Verb::Rate => &[Petitioner],
        Verb::IssueLetter | Verb::Pass | Verb::Recalendar => &[System],
    }
}

/// Whether the actor may ask for the act.
///
/// # Errors
/// `NotForYou`, also for everybody who was recused (Art.28(3)), and in a sealed matter for whoever is no recipient.
pub fn check(
    directory: &Directory,
    procedure: &Procedure,
    petition: &Petition,
    actor: &Actor,
    act: &Act,
) -> Result<(), Refusal> {
    if may(directory, procedure, petition, actor, act.verb(), Some(act)) {
        Ok(())
    } else {
        Err(Refusal::NotForYou { verb: act.verb() })
    }
}

/// The same without the act's payload: an entry that depends on the payload counts when any payload could satisfy it.
pub fn may(
    directory: &Directory,
    procedure: &Procedure,
    petition: &Petition,
    actor: &Actor,
    verb: Verb,
    act: Option<&Act>,
) -> bool {
    let concerns = Concerns::new(directory, procedure, petition);
    if let Actor::Official { id, unit, roles } = actor {
        // Before it is filed nothing is sealed: any registrar takes a report at the counter (Art.30(3)).
        let shut = is_sealed(procedure, &petition.kind) && !opens_sealed(roles);
        if shut || concerns.of(*id, *unit).is_some() {
            return false;
        }
    }
    table(verb).iter().any(|who| match (who, actor) {
        (Petitioner, Actor::Petitioner { .. }) | (System, Actor::System) => true,
        (Staff(role, place), Actor::Official { unit, roles, .. }) => {
            roles.contains(role) && stands(&concerns, directory, petition, *unit, *place, act)
        }
        (Reader, Actor::Official { .. }) => sight(directory, procedure, petition, actor) != Sight::Nothing,
        (Petitioner | System | Staff(..) | Reader, _) => false,
    })
}

fn stands(
    concerns: &Concerns<'_>,
    directory: &Directory,
    petition: &Petition,
    unit: UnitId,
    place: Place,
    act: Option<&Act>,
) -> bool {
    match place {
        Owner => petition.owner.is_some_and(|(owner, _)| owner == unit),
        Office => petition.office == Some(unit),
        Organ => petition.organ == Some(unit),
        Supervised => petition.open("supervision_reply").any(|(_, deadline)| deadline.set.unit == Some(unit)),
        Advised => {
            let letter = match act {
                Some(Act::AnswerRecommendation(answer)) => Some(answer.letter),
                _ => None,
            };
            petition.open(RECOMMENDATION).any(|(_, deadline)| {
                deadline.set.unit == Some(unit) && (letter.is_none() || deadline.set.letter == letter)
            })
        }
        Deciding => {
            let above = |owner: UnitId| concerns.instead_of(owner) == Some(unit);
            petition.decides_on_recusal(unit) || petition.owner.is_some_and(|(owner, _)| above(owner))
        }
        Disposing => petition.decides_on_disposal(unit),
        Receiver => match act {
            Some(Act::Submit(submission)) => submission.office == unit,
            _ => true,
        },
        Signer => {
            let letters = match act {
                Some(Act::CorrectLetter(correction)) => {
                    petition.letters.get(correction.letter as usize..=correction.letter as usize)
                }
                _ => Some(petition.letters.as_slice()),
            };
            letters.is_some_and(|letters| letters.iter().any(|letter| letter.signed.unit == unit))
        }
        Issuer => {
            // Also whoever prints its letters, because it may not know the address itself.
            let serves = |signer: UnitId| signer == unit || petition.print_room(signer) == unit;
            let letter = match act {
                Some(Act::Serve(service)) => petition.letters.get(service.letter as usize),
                Some(Act::PostLetter(posting)) => petition.letters.get(posting.letter as usize),
                Some(Act::ReturnService(returned) | Act::ReturnPost(returned)) => {
                    petition.letters.get(returned.letter as usize)
                }
                _ => return petition.letters.iter().any(|letter| serves(letter.signed.unit)),
            };
            letter.is_some_and(|letter| serves(letter.signed.unit))
        }
        Executor => {
            let promise = match act {
                Some(Act::RecordExecution(execution)) => petition.promises.get(execution.promise as usize),
                _ => {
                    return petition
                        .promises
                        .iter()
                        .any(|promise| promise.executor == Some(unit) && promise.is_open());
                }
            };
            promise.is_some_and(|promise| promise.executor == Some(unit))
        }
        Supervising => {
            let is_office = directory.unit(unit).is_some_and(|unit| unit.kind == UnitKind::PetitionOffice);
            // Whoever stood above when the office got the matter goes on supervising it, wherever either was moved (SCOPE-6).
            let above = || {
                let owner_was_below = petition.owner.is_some_and(|(owner, _)| {
                    let mut governments = directory.parents_ever(unit).into_iter();
                    governments
                        .any(|government| directory.was_within(owner, government, petition.received_on))
                });
                owner_was_below && is_office_above(directory, petition, unit)
            };
            is_office && !concerns.is_sealed() && (petition.office == Some(unit) || above())
        }
    }
}
