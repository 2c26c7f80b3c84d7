//! Letters: worded, owed service, and never a refusal without a remedy.

use super::super::super::model::{Letter, LetterKind, LimitRole, Procedure, Transition};
use super::super::Property::{PromiseDue, Remedy, ServiceOwed, Used, Worded};
use super::super::machine::{PROMISE, SERVICE};
use super::super::words::say;
use super::Faults;
use crate::act::Verb;
use crate::ids::Name;

pub(super) fn check(procedure: &Procedure, faults: &mut Faults) {
    for letter in &procedure.letters {
        if letter.template.trim().is_empty() {
            faults.add(Worded, &letter.id, say("没有写明措辞（template）", "`template` is empty"));
        }
        if letter.mark.trim().is_empty() {
            faults.add(Worded, &letter.id, say("没有文号类型字（mark）", "`mark` is empty"));
        }
        let signers: Vec<&Transition> = procedure
            .transitions
            .iter()
            .filter(|transition| transition.letters.contains(&letter.id))
            .collect();
        if signers.is_empty() {
            faults.add(Used, &letter.id, say("没有任何转换签发它", "no transition signs it"));
        }
        remedy(procedure, letter, &signers, faults);
    }
    for limit in &procedure.limits {
        let begun = procedure.transitions.iter().any(|transition| transition.starts.contains(&limit.id));
        if !begun && limit.id != procedure.supervision {
            faults.add(Used, &limit.id, say("没有任何转换开始它", "no transition starts it"));
        }
    }
    for transition in &procedure.transitions {
        owed(procedure, transition, faults);
        promised(procedure, transition, faults);
    }
}

fn owed(procedure: &Procedure, transition: &Transition, faults: &mut Faults) {
    let to_petitioner = transition
        .letters
        .iter()
        .any(|name| procedure.letter(name).is_some_and(|letter| letter.kind != LetterKind::Internal));
    let owes = transition.starts.iter().any(|name| *name == *SERVICE);
    if to_petitioner && !owes {
        let message = say(
            "签发了给信访人的文书，却没有开始送达期限",
            "signs a letter to the petitioner without starting a limit to serve it",
        );
        faults.add(ServiceOwed, &transition.id, message);
    }
    if transition.verb == Verb::ReturnService && !owes {
        let message = say(
            "退回的文书没有重新开始送达期限",
            "a letter that came back must be served again: start the limit `serve`",
        );
        faults.add(ServiceOwed, &transition.id, message);
    }
    if owes && !to_petitioner && transition.verb != Verb::ReturnService {
        let message = say(
            "开始了送达期限，却没有要送达的文书",
            "starts a limit to serve a letter but signs none for the petitioner",
        );
        faults.add(ServiceOwed, &transition.id, message);
    }
}

/// An answer that supports, and a settlement, promise something: 不打欠条.
fn promised(procedure: &Procedure, transition: &Transition, faults: &mut Faults) {
    if !matches!(transition.verb, Verb::IssueOpinion | Verb::ChangeOpinion | Verb::Settle) {
        return;
    }
    let execution = Name::from(PROMISE);
    let begins = transition.starts.contains(&execution)
        || transition.letters.iter().any(|letter| opens(procedure, transition, letter, &execution));
    if !begins {
        let message = say(
            format!("可能作出承诺，但签发和送达都不开始履行期限“{PROMISE}”"),
            format!("may promise something, but neither it nor the service of its letter starts `{PROMISE}`"),
        );
        faults.add(PromiseDue, &transition.id, message);
    }
}

fn remedy(procedure: &Procedure, letter: &Letter, signers: &[&Transition], faults: &mut Faults) {
    if letter.last && letter.remedy.is_some() {
        faults.add(
            Remedy,
            &letter.id,
            say("既写明救济又标为最终", "names a remedy and says that none is left"),
        );
    }
    let decides = match letter.kind {
        LetterKind::Refusal | LetterKind::Path | LetterKind::Opinion => true,
        LetterKind::Notice | LetterKind::Internal => false,
    };
    if !decides || letter.last {
        return;
    }
    let Some(remedy) = &letter.remedy else {
        let message =
            say("没有写明救济，也没有标为最终", "names no remedy and does not say that none is left");
        faults.add(Remedy, &letter.id, message);
        return;
    };
    let Some(limit) = procedure.limit(remedy) else { return };
    if !matches!(limit.role, LimitRole::Window | LimitRole::Duty) {
        let message = say(
            format!("“{remedy}”既不是信访人的期限，也不是官方义务"),
            format!("its remedy \"{remedy}\" is neither a window of the petitioner nor a duty"),
        );
        faults.add(Remedy, &letter.id, message);
    }
    for signer in signers.iter().filter(|signer| !opens(procedure, signer, &letter.id, remedy)) {
        let message = say(
            format!("由“{}”签发，但签发和送达都不开始“{remedy}”", signer.id),
            format!(
                "signed by \"{}\", but neither that nor its service starts the remedy \"{remedy}\"",
                signer.id
            ),
        );
        faults.add(Remedy, &letter.id, message);
    }
}

/// Whether the remedy begins with the signature or with every service that follows it.
fn opens(procedure: &Procedure, signer: &Transition, letter: &Name, remedy: &Name) -> bool {
    if signer.starts.contains(remedy) {
        return true;
    }
    let after: Vec<&Name> = match &signer.to {
        Some(to) => vec![to],
        None => procedure
            .stages
            .iter()
            .map(|stage| &stage.id)
            .filter(|stage| signer.leaves(Some(stage), procedure))
            .collect(),
    };
    !after.is_empty()
        && after.iter().all(|stage| {
            let mut services = procedure
                .transitions_from(Some(stage), Verb::Serve)
                .filter(|transition| transition.about.as_ref() == Some(letter))
                .peekable();
            services.peek().is_some() && services.all(|service| service.starts.contains(remedy))
        })
}
