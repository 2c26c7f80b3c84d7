//! As much of the directory of the day as a recorded decision implies: whoever it names had the post that its guards
//! ask for, whichever unit it went to was of the kind that the act needs.
//!
//! What a guard looks up beside the directory (recusals, rounds, who answers for the matter) it looks up in the
//! petition, and that is replayed in full.

use crate::act::{Act, Aim, Answer, Outcome};
use crate::decide::LetterNumbers;
use crate::directory::{Directory, Official, Role, Unit, UnitKind};
use crate::fact::{Event, Fact};
use crate::ids::{OfficialId, UnitId};
use crate::petition::Petition;
use crate::procedure::Procedure;

/// The unit of somebody of whom the record does not tell it.
pub(super) const NO_UNIT: UnitId = UnitId(uuid::Uuid::nil());

/// In the name of which unit the official signed a letter in this decision.
pub(super) fn unit_of_signer(events: &[Event], official: OfficialId) -> Option<UnitId> {
    events.iter().find_map(|event| {
        if let Fact::LetterSigned(letter) = &event.fact
            && letter.signer == Some(official)
        {
            Some(letter.unit)
        } else {
            None
        }
    })
}

/// The numbers before those that the decision gave, so that its letters are numbered as they are.
pub(super) fn letter_numbers(procedure: &Procedure, events: &[Event]) -> LetterNumbers {
    let mut numbers = LetterNumbers::new();
    for event in events {
        if let Fact::LetterSigned(signed) = &event.fact
            && let Some(letter) = procedure.letter(&signed.letter)
        {
            let series = (signed.unit, signed.series(letter), signed.year);
            numbers.entry(series).or_insert(signed.serial.saturating_sub(1));
        }
    }
    numbers
}

/// A directory in which everybody and every unit that the decision names exists and fits; `None` when it names nobody.
pub(super) fn of_the_day(
    procedure: &Procedure,
    petition: &Petition,
    act: Option<&Act>,
    events: &[Event],
) -> Option<Directory> {
    let mut day = Day { directory: Directory::default(), owner: petition.owner.map(|(unit, _)| unit) };
    let office = petition.office;
    #[expect(clippy::wildcard_enum_match_arm, reason = "other acts ask nothing of the directory")]
    match act? {
        Act::Submit(submission) => day.unit(submission.office, received_as(procedure, events)),
        Act::AgreeToObjection(_) | Act::ConfirmReclassification(_) => {
            day.unit(office?, received_as(procedure, events));
        }
        Act::TakeUp(handover) => {
            day.unit(office?, received_as(procedure, events));
            day.official(handover.official);
        }
        Act::Forward(dispatch) | Act::Assign(dispatch) | Act::Transfer(dispatch) => {
            day.unit(dispatch.to, UnitKind::Department);
        }
        Act::Relay(dispatch) => day.unit(dispatch.to, UnitKind::PetitionOffice),
        Act::ReferReport(dispatch) => day.unit(dispatch.to, UnitKind::IntegrityBody),
        Act::HandOver(handover) | Act::AdmitReview(handover) | Act::AcceptReport(handover) => {
            day.official(handover.official);
        }
        Act::Accept(acceptance) | Act::AcceptSimple(acceptance) => day.official(acceptance.handler),
        Act::NotifyHearing(notice) => day.official(notice.chair),
        Act::Register(registration) => registration.named.iter().for_each(|named| day.official(*named)),
        Act::ProposeReclassification(proposal) => {
            proposal.named.iter().for_each(|named| day.official(*named));
        }
        Act::AskRecusal(ask) => ask.official.into_iter().for_each(|official| day.official(official)),
        Act::DecideRecusal(decision) => {
            day.official(decision.official);
            decision.successor.into_iter().for_each(|next| day.official(next));
        }
        Act::Settle(settlement) => {
            settlement.terms.iter().for_each(|term| day.unit(term.executor, UnitKind::Department));
        }
        Act::Recommend(recommendation) => {
            let kind = match recommendation.aim {
                Aim::Policy => UnitKind::Government,
                Aim::Improve | Aim::Account => UnitKind::Department,
            };
            day.unit(recommendation.to, kind);
        }
        Act::IssueOpinion(opinion) => day.executors(&opinion.answers),
        Act::ChangeOpinion(decision) => day.executors(&decision.answers),
        Act::RequestReview(_) => {
            let reviewed = petition.round()?.unit;
            day.unit(reviewed, UnitKind::Department);
            let reviewer = events.iter().find_map(|event| {
                if let Fact::RoundOpened { unit, .. } = &event.fact { Some(*unit) } else { None }
            });
            if let Some(unit) = day.directory.units.get_mut(&reviewed) {
                unit.reviewed_by = reviewer;
            }
        }
        _ => return None,
    }
    Some(day.directory)
}

/// What the receiving unit was when the decision took the transition it took: an organ, where that was a condition.
fn received_as(procedure: &Procedure, events: &[Event]) -> UnitKind {
    let by = events
        .iter()
        .find_map(|event| if let Fact::Moved { by, .. } = &event.fact { Some(by) } else { None });
    let taken = by.and_then(|by| procedure.transitions.iter().find(|transition| transition.id == *by));
    let as_organ = taken.is_some_and(|transition| {
        transition.when.iter().any(|name| matches!(name.as_str(), "office_is_organ" | "received_by_organ"))
    });
    if as_organ { UnitKind::Department } else { UnitKind::PetitionOffice }
}

struct Day {
    directory: Directory,
    owner: Option<UnitId>,
}

impl Day {
    fn unit(&mut self, id: UnitId, kind: UnitKind) {
        let nobody = OfficialId(uuid::Uuid::nil());
        let unit = Unit {
            id,
            parent: None,
            kind,
            name_zh: String::new(),
            name_en: String::new(),
            division: String::new(),
            letter_prefix: String::new(),
            reviewed_by: None,
            intake: nobody,
            head: nobody,
            phone: String::new(),
            address: String::new(),
            sort: 0,
        };
        self.directory.units.insert(id, unit);
    }

    /// Of the unit that answers for the matter: that is what the guards ask of whoever is named.
    fn official(&mut self, id: OfficialId) {
        let official = Official {
            id,
            unit: self.owner.unwrap_or(NO_UNIT),
            name: String::new(),
            post: String::new(),
            // Who was a recipient of what is sealed is not in the record.
            roles: [Role::Handler, Role::Recipient].into(),
            active: true,
            mail: String::new(),
        };
        self.directory.officials.insert(id, official);
    }

    fn executors(&mut self, answers: &[Answer]) {
        for answer in answers.iter().filter(|answer| answer.outcome == Outcome::Supported) {
            answer.executor.into_iter().for_each(|unit| self.unit(unit, UnitKind::Department));
        }
    }
}
