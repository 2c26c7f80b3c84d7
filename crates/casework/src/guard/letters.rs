//! Conditions of letters: issued, posted, served, corrected (procedure.md §2.6, §5; architecture §10.22).

use super::{Asked, Verdict};
use crate::act::{Act, ServiceMethod};
use crate::disclosure::is_discreet;
use crate::standing::is_overtaken;

/// The letter exists, was not served before, and was served on or after the day it was issued; with proof. Where nobody else
/// may learn who filed the matter it is not left behind (architecture §10.24).
pub(super) fn service_proved(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Serve(service)) = asked.act else {
        return asked
            .petition
            .letters
            .iter()
            .any(|letter| letter.signed.to_petitioner && letter.served_on.is_none())
            .into();
    };
    let Some(letter) = asked.petition.letters.get(service.letter as usize) else { return false.into() };
    let open = letter.signed.to_petitioner
        && letter.served_on.is_none()
        && !service.proof.is_empty()
        && (service.method != ServiceMethod::LeftBehind
            || !is_discreet(asked.context.procedure, asked.petition))
        && !overtaken(asked, service.letter);
    // What the post brings was with it before; what is handed over was a file before.
    let posted = letter.posted_on.filter(|_| service.method == ServiceMethod::Post);
    let issued = letter.issued_on.unwrap_or(letter.on);
    let earliest = posted.map_or(issued, |posted| posted.max(issued));
    Verdict::by_day(open && asked.on >= earliest, Some(earliest))
}

/// A letter of the own unit that may be corrected ([`crate::Petition::is_correctable`]), and what is to be read instead is said.
pub(super) fn letter_can_be_corrected(asked: &Asked<'_>) -> Verdict {
    let petition = asked.petition;
    let own = |index: usize| {
        let signed = petition.letters.get(index).map(|letter| letter.signed.unit);
        asked.context.actor.official().is_none() || signed == asked.context.actor.unit()
    };
    let can = |index: usize| own(index) && petition.is_correctable(asked.context.procedure, index, asked.on);
    match asked.act {
        Some(Act::CorrectLetter(slip)) => (!slip.right.is_empty() && can(slip.letter as usize)).into(),
        _ => (0..petition.letters.len()).any(can).into(),
    }
}

/// What corrects a letter is not served before that letter, while it is still to be served.
pub(super) fn corrected_is_served(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Serve(service)) = asked.act else { return Verdict::Holds };
    let Some(corrected) = asked.petition.corrected_by(service.letter as usize) else { return Verdict::Holds };
    let letter = asked.petition.letters.get(corrected);
    let served_on = letter.and_then(|letter| letter.served_on);
    let overtaken = is_overtaken(asked.context.procedure, asked.petition, corrected);
    Verdict::by_day(overtaken || served_on.is_some_and(|served| asked.on >= served), served_on)
}

/// A letter to the petitioner that is issued, not served, not overtaken and not with the post already, and not before it was signed.
pub(super) fn letter_can_be_posted(asked: &Asked<'_>) -> Verdict {
    let can = |index: usize| {
        let letter = asked.petition.letters.get(index);
        letter.is_some_and(|letter| {
            letter.signed.to_petitioner
                && letter.issued.is_some()
                && letter.served_on.is_none()
                && letter.posted_on.is_none()
                && asked.on >= letter.on
                && !is_overtaken(asked.context.procedure, asked.petition, index)
        })
    };
    match asked.act {
        Some(Act::PostLetter(posting)) => can(posting.letter as usize).into(),
        _ => (0..asked.petition.letters.len()).any(can).into(),
    }
}

/// The letter is with the post, and was not served: only then it comes back from there.
pub(super) fn letter_is_posted(asked: &Asked<'_>) -> Verdict {
    let is = |index: usize| {
        let letter = asked.petition.letters.get(index);
        letter.is_some_and(|letter| {
            letter.posted_on.is_some_and(|on| asked.on >= on) && letter.served_on.is_none()
        })
    };
    match asked.act {
        Some(Act::ReturnPost(returned)) => is(returned.letter as usize).into(),
        _ => (0..asked.petition.letters.len()).any(is).into(),
    }
}

/// Nothing is served before it is a file that anybody can check (architecture §10.22).
pub(super) fn letter_is_issued(asked: &Asked<'_>) -> Verdict {
    let Some(Act::Serve(service)) = asked.act else { return Verdict::Holds };
    let letter = asked.petition.letters.get(service.letter as usize);
    letter.is_some_and(|letter| letter.issued.is_some()).into()
}

/// The letter exists, and was not issued before: it is issued once.
pub(super) fn letter_is_not_issued(asked: &Asked<'_>) -> Verdict {
    let Some(Act::IssueLetter(issue)) = asked.act else { return Verdict::Holds };
    let letter = asked.petition.letters.get(issue.letter as usize);
    letter.is_some_and(|letter| letter.issued.is_none()).into()
}

/// Only a served letter comes back, and not one that a newer letter has overtaken.
pub(super) fn letter_was_served(asked: &Asked<'_>) -> Verdict {
    match asked.act {
        Some(Act::ReturnService(returned)) => {
            let letter = asked.petition.letters.get(returned.letter as usize);
            let served =
                letter.is_some_and(|letter| letter.signed.to_petitioner && letter.served_on.is_some());
            (served && !overtaken(asked, returned.letter)).into()
        }
        _ => asked.petition.letters.iter().any(|letter| letter.served_on.is_some()).into(),
    }
}

fn overtaken(asked: &Asked<'_>, letter: u32) -> bool {
    is_overtaken(asked.context.procedure, asked.petition, letter as usize)
}
