//! What of a sealed matter the program itself may know: enough to watch its deadlines, and nothing of what it says.
//!
//! The record of a sealed matter is encrypted to named recipients (SEAL-1); the timer runs when none of them is logged
//! in. Beside the record therefore lies a *shell*: the petition with everything left out that neither the timer nor the
//! question who may see it looks at. It follows the events as the petition does, so that whoever has it needs no other:
//! `petition.apply(event).shell() == petition.shell().apply(event).shell()`.

use super::{Petition, Promise, Round, SignedLetter};
use crate::act::{Channel, DisposalProposal, Submission};
use crate::fact::LetterSigned;
use crate::ids::{Name, OfficialId, UnitId};
use crate::text::Text;
use jiff::civil::Date;

impl Petition {
    /// The petition without its words, requests, parties, answers, class, place and ties to other petitions (SEAL-1,
    /// SEAL-2).
    ///
    /// Left are the number, where it is, who answers for it, every time limit, and who is kept from it: without the last
    /// a matter could come to whom it accuses while nobody is there to look. The unit complained of stays only where the
    /// petitioner asked that it should not know them, for the same reason. The shell of a shell is itself.
    ///
    /// Meant for sealed matters: in others `merge` and `split` depend on what is left out here.
    pub fn shell(&self) -> Petition {
        Petition {
            version: self.version,
            procedure: self.procedure.clone(),
            submission: self.submission.as_deref().map(|submission| Box::new(shell_of(submission))),
            received_on: self.received_on,
            stage: self.stage.clone(),
            kind: self.kind.clone(),
            office: self.office,
            office_on: self.office_on,
            organ: self.organ,
            owner: self.owner,
            deadlines: self.deadlines.clone(),
            rounds: self.rounds.iter().map(Round::shell).collect(),
            letters: self.letters.iter().map(SignedLetter::shell).collect(),
            promises: self.promises.iter().map(Promise::shell).collect(),
            extension_days: self.extension_days,
            hearings: self.hearings.clone(),
            // Danger to somebody is looked at first, also in a list that nobody has opened (Art.25).
            urgent: self.urgent,
            withdrawing: self.withdrawing,
            // By these a confirmed proposal makes it another kind.
            proposed_kind: self.proposed_kind.clone(),
            proposed_named: self.proposed_named.clone(),
            supervision: self.supervision,
            recused: self.recused.clone(),
            named: self.named.clone(),
            // What is withheld from everybody is withheld from whoever reads the shell alone.
            disposal: self
                .disposal
                .as_ref()
                .map(|proposal| DisposalProposal { reason: Text::empty(), ..proposal.clone() }),
            restricted: self.restricted.clone(),
            erased: self.erased.clone(),
            moved_on: self.moved_on,
            last_on: self.last_on,
            ..Petition::new(self.id)
        }
    }
}

impl Round {
    fn shell(&self) -> Round {
        Round {
            kind: self.kind,
            unit: self.unit,
            opened_on: self.opened_on,
            took_part: self.took_part.clone(),
            answers: Vec::new(),
            refused: self.refused,
        }
    }
}

impl SignedLetter {
    /// Its place in the list, its name, and who decided by it on which level (INV-8).
    fn shell(&self) -> SignedLetter {
        let signed = &self.signed;
        SignedLetter {
            signed: LetterSigned {
                letter: signed.letter.clone(),
                unit: UnitId(uuid::Uuid::nil()),
                signer: signed.signer,
                year: 0,
                serial: 0,
                to_petitioner: signed.to_petitioner,
                sealed: false,
            },
            on: Date::ZERO,
            level: self.level,
            round: 0,
            event: 0,
            issued: None,
            issued_on: None,
            corrections: Vec::new(),
            posted_on: None,
            served_on: None,
        }
    }
}

impl Promise {
    fn shell(&self) -> Promise {
        Promise {
            text: Text::empty(),
            executor: self.executor,
            due_on: self.due_on,
            kept_on: self.kept_on,
            replaced: self.replaced,
        }
    }
}

fn shell_of(submission: &Submission) -> Submission {
    Submission {
        number: submission.number,
        case_ref: submission.case_ref.clone(),
        channel: Channel::Online,
        kind: Name::new(""),
        office: UnitId(uuid::Uuid::nil()),
        title: Text::empty(),
        body: Text::empty(),
        requests: Vec::new(),
        parties: Vec::new(),
        n_people: 1,
        place: None,
        class: None,
        respondent: submission.respondent.filter(|_| submission.confidential),
        accused: submission.accused.clone(),
        named: Vec::<OfficialId>::new(),
        confidential: submission.confidential && submission.respondent.is_some(),
        earlier: None,
        files: Vec::new(),
    }
}
