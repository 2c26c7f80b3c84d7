//! What must hold of a petition whatever the decision was (security.md §4, procedure.md §1.20).

use super::rule::Rule;
use crate::fact::{Event, Fact};
use crate::ids::{Name, UnitId};
use crate::petition::{DeadlineState, Petition};
use crate::procedure::{LimitRole, Procedure, Rest};

/// What is remembered of the decisions so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Promises {
    /// A letter whose service moves the matter reached the petitioner, even if it came back later.
    delivered: bool,
    /// The last number of each series.
    numbers: Vec<Series>,
}

#[derive(Clone, Debug)]
struct Series {
    unit: UnitId,
    mark: String,
    year: i16,
    last: u32,
}

/// Whether the last review is over.
pub(super) fn is_final(procedure: &Procedure, petition: &Petition) -> bool {
    rest_of(procedure, petition) == Some(Rest::Final)
}

fn rest_of(procedure: &Procedure, petition: &Petition) -> Option<Rest> {
    procedure.stage(petition.stage.as_ref()?)?.rest
}

impl Promises {
    pub(super) fn look(
        &mut self,
        procedure: &Procedure,
        (before, after): (&Petition, &Petition),
        events: &[Event],
        found: &mut Vec<(Rule, String)>,
    ) {
        for event in events {
            self.remember(procedure, after, &event.fact, found);
        }
        owned_and_running(procedure, after, found);
        if before.stage != after.stage {
            self.rests_on_delivery(procedure, after, found);
        }
        if is_final(procedure, before) {
            let same = before.stage == after.stage
                && before.rounds.len() == after.rounds.len()
                && before.answers() == after.answers();
            if !same {
                found.push((Rule::Final, "it was reopened after the last review".to_owned()));
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "only letters and their service are remembered")]
    fn remember(
        &mut self,
        procedure: &Procedure,
        after: &Petition,
        fact: &Fact,
        found: &mut Vec<(Rule, String)>,
    ) {
        match fact {
            Fact::Served(service) => {
                let letter = after.letters.get(service.letter as usize);
                self.delivered |= letter.is_some_and(|letter| moves(procedure, &letter.signed.letter));
            }
            Fact::LetterSigned(signed) => {
                let Some(letter) = procedure.letter(&signed.letter) else { return };
                let mark = signed.series(letter);
                let known = self.numbers.iter_mut().find(|series| {
                    series.unit == signed.unit && series.mark == mark && series.year == signed.year
                });
                match known {
                    Some(series) => {
                        if signed.serial <= series.last {
                            let what = format!(
                                "letter {} is number {} of a series that was at {}",
                                signed.letter, signed.serial, series.last
                            );
                            found.push((Rule::LetterNumbers, what));
                        }
                        series.last = series.last.max(signed.serial);
                    }
                    None => self.numbers.push(Series {
                        unit: signed.unit,
                        mark,
                        year: signed.year,
                        last: signed.serial,
                    }),
                }
            }
            _ => {}
        }
    }

    /// I5: a matter that comes to rest by an answer rests on one that was delivered; every other was told in a letter.
    fn rests_on_delivery(&self, procedure: &Procedure, after: &Petition, found: &mut Vec<(Rule, String)>) {
        let Some(rest) = rest_of(procedure, after) else { return };
        let held = match rest {
            Rest::Concluded
            | Rest::NotAccepted
            | Rest::LegalPath
            | Rest::Lapsed
            | Rest::Final
            | Rest::SuggestionReplied
            | Rest::ReportFedBack => self.delivered,
            Rest::Settled | Rest::Withdrawn | Rest::Merged | Rest::Split => {
                after.letters.iter().any(|letter| letter.signed.to_petitioner)
            }
        };
        if !held {
            let stage = after.stage.as_ref().map(Name::as_str).unwrap_or_default();
            found.push((Rule::Notice, format!("it rests at {stage} and nothing was delivered that says so")));
        }
    }
}

/// Whether service of the letter moves the matter.
fn moves(procedure: &Procedure, letter: &Name) -> bool {
    procedure.transitions.iter().any(|transition| transition.about.as_ref() == Some(letter))
}

/// INV-2: a unit and a person answer for it, and a duty runs or a window of the petitioner's is open, unless it rests.
fn owned_and_running(procedure: &Procedure, after: &Petition, found: &mut Vec<(Rule, String)>) {
    let Some(stage) = &after.stage else {
        found.push((Rule::Owner, "it stands nowhere".to_owned()));
        return;
    };
    if let Some((unit, official)) = after.owner {
        if after.recused.contains(&official) || after.named.contains(&official) {
            found.push((Rule::Recusal, format!("somebody answers for it at {stage} who is kept from it")));
        }
        if after.accused().contains(&unit) {
            found.push((Rule::Accused, format!("a unit that it reports answers for it at {stage}")));
        }
    }
    if after.owner.is_none() {
        found.push((Rule::Owner, format!("nobody answers for it at {stage}")));
    }
    if rest_of(procedure, after).is_some() {
        return;
    }
    let runs = after.deadlines.iter().rev().any(|deadline| {
        deadline.state == DeadlineState::Running
            && procedure
                .limit(&deadline.set.limit)
                .is_some_and(|limit| matches!(limit.role, LimitRole::Duty | LimitRole::Window))
    });
    if !runs {
        found.push((Rule::Owner, format!("nothing runs at {stage}")));
    }
}
