//! The rules replayed over the record (VER-2): an insider with SQL and the signing key can log a decision that breaks
//! the rules and hashes perfectly. It is named here.
//!
//! Acts and facts share payloads (docs/decisions/0001), so a recorded decision is asked for once more: the act it
//! records goes through the very code that decides ([`crate::decide`]), and what should have followed is compared with
//! what the record says followed. The rules are written once. Beside that, a few promises are looked at on the petition
//! itself, whatever the decision was: an owner and a deadline that runs (INV-2), no rest before something was delivered
//! (I5), nothing reopened after the end (INV-6), numbers of letters that only grow.
//!
//! What the record does not hold is not replayed, and no breach is ever claimed from it:
//! * the directory of the day: roles and posts, what kind a unit is, which unit stands above which, who is the first
//!   addressee of a unit. Where a decision turned on it the record is believed, as far as the directory could have said
//!   so (`decide/offices.rs`, `audit/directory.rs`). An actor's unit is known only when they signed a letter;
//! * the other petitions of a decision: that the matter joined was alive and of the same kind is seen from the lead's
//!   side only; that a `Joined` here has its `Merged` there is not looked at;
//! * words: whether a text is there is known, what it says is not;
//! * the calendar of the day, apart from those that [`Rules`] knows: see there.
//!
//! Hashes, signatures and instants are for the ledger (I1, I2's links, LOG-7); grants and keys are not here (I8–I10).

mod compare;
mod directory;
mod promises;
mod rule;
mod rules;
mod shape;

pub use rule::Rule;
pub use rules::Rules;

use crate::authority::Actor;
use crate::decide::Context;
use crate::decide::replay::Replayed;
use crate::fact::Event;
use crate::ids::PetitionId;
use crate::petition::Petition;
use crate::{OfficialId, Verb};
use jiff::civil::Date;
use shape::Shape;

/// One decision as it stands in the record.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Number of the petition's events before it.
    pub seq: u64,
    /// The civil day of its recording, in the office's zone: the day that was today when it was decided, where the clock
    /// was believed.
    pub at_day: Date,
    /// Whether the clock was believed. Where it was not, the record's instant may lie ahead of the decision's own day (the
    /// log's last instant, kept after a clock was set back), and the day on which its facts count is taken for that.
    pub sure: bool,
    /// `petitioner`, `system`, or the official's id.
    pub actor: &'a str,
    /// The verb.
    pub verb: &'a str,
    /// What it made happen.
    pub events: &'a [Event],
}

impl Recorded<'_> {
    /// The day that was today when it was decided.
    fn today(&self) -> Date {
        let latest = self.events.iter().map(|event| event.on).max();
        if self.sure { self.at_day } else { latest.unwrap_or(self.at_day) }
    }
}

/// A rule that a decision of the record breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// The decision, by the number of events before it.
    pub seq: u64,
    /// What is wrong, in English, without personal data.
    pub what: String,
}

/// The audit of one petition: its decisions go in one by one, in order; only the petition as they make it is kept.
#[derive(Clone, Debug)]
pub struct Audit<'a> {
    rules: &'a Rules<'a>,
    petition: Petition,
    /// Day of recording of the decision before.
    last_day: Option<Date>,
    /// The number that the next decision should have; one gap is told once.
    next_seq: u64,
    promises: promises::Promises,
    breaches: Vec<Breach>,
}

impl<'a> Audit<'a> {
    /// An audit that begins with the petition's first decision.
    pub fn new(rules: &'a Rules<'a>, id: PetitionId) -> Audit<'a> {
        Audit {
            rules,
            petition: Petition::new(id),
            last_day: None,
            next_seq: 0,
            promises: promises::Promises::default(),
            breaches: Vec::new(),
        }
    }

    /// The petition as the decisions so far have made it, by the record and not by the rules.
    pub fn petition(&self) -> &Petition {
        &self.petition
    }

    /// Takes the next decision.
    pub fn follow(&mut self, recorded: &Recorded<'_>) {
        let mut found: Vec<(Rule, String)> = Vec::new();
        self.in_order(recorded, &mut found);
        let after = match self.replay(recorded, &mut found) {
            Some(after) => after,
            None => recorded.events.iter().fold(self.petition.clone(), Petition::apply),
        };
        self.promises.look(self.rules.procedure, (&self.petition, &after), recorded.events, &mut found);
        self.petition = after;
        for (rule, what) in found {
            let breach = Breach { rule, seq: recorded.seq, what };
            if !self.breaches.contains(&breach) {
                self.breaches.push(breach);
            }
        }
    }

    /// The petition as the record made it, and every breach, in the order of the decisions.
    pub fn finish(self) -> (Petition, Vec<Breach>) {
        (self.petition, self.breaches)
    }

    /// I2, I3, I1: no decision is missing, none is recorded before the one before it, the first is the submission.
    fn in_order(&mut self, recorded: &Recorded<'_>, found: &mut Vec<(Rule, String)>) {
        if recorded.seq != self.next_seq {
            let what = format!("it counts {} events before it, not {}", recorded.seq, self.next_seq);
            found.push((Rule::Gap, what));
        }
        self.next_seq = recorded.seq.saturating_add(recorded.events.len() as u64);
        if let Some(last) = self.last_day.filter(|last| recorded.at_day < *last) {
            found.push((Rule::TimeOrder, format!("recorded on {}, after one of {last}", recorded.at_day)));
        }
        self.last_day = self.last_day.max(Some(recorded.at_day));
        if self.petition.version == 0 && !shape::begins_with_a_submission(recorded.events) {
            found.push((Rule::Numbered, "the first decision is no submission".to_owned()));
        }
    }

    /// Decides the decision once more. The petition it makes, when it is the one the record makes.
    fn replay(&self, recorded: &Recorded<'_>, found: &mut Vec<(Rule, String)>) -> Option<Petition> {
        let Some(verb) = Verb::parse(recorded.verb) else {
            found.push((Rule::Machine, "its verb is none that the rules know".to_owned()));
            compare::without_an_act(self.rules.procedure, &self.petition, recorded.events, found);
            return None;
        };
        let Some(shape) = Shape::of(verb, recorded.events) else {
            let what = format!("no fact of it is what {} records", verb.word());
            found.push((Rule::Machine, what));
            compare::without_an_act(self.rules.procedure, &self.petition, recorded.events, found);
            return None;
        };
        let Some(actor) = self.actor(recorded) else {
            found.push((Rule::Authority, "its actor is nobody the rules know".to_owned()));
            return None;
        };
        shape.by_whom(self.rules, &self.petition, &actor, recorded.events, found);
        // One calendar was in force on the day; the record does not say which, when several are known.
        let mut first: Option<Replayed> = None;
        for calendar in self.rules.calendars_on(recorded.today()) {
            let replayed = self.replay_by(calendar, &shape, &actor, recorded);
            let Replayed { refusals, followed } = &replayed;
            if refusals.is_empty() && followed.as_ref().is_some_and(|(events, _)| events == recorded.events) {
                return replayed.followed.map(|(_, after)| after);
            }
            first = first.or(Some(replayed));
        }
        let Replayed { refusals, followed } = first?;
        let final_already = promises::is_final(self.rules.procedure, &self.petition);
        found.extend(refusals.iter().map(|refusal| rule::of_refusal(refusal, final_already)));
        if let Some((events, _)) = followed {
            compare::compare(self.rules.procedure, &self.petition, (&events, recorded.events), found);
        }
        None
    }

    fn replay_by(
        &self,
        calendar: &crate::calendar::Calendar,
        shape: &Shape<'_>,
        actor: &Actor,
        recorded: &Recorded<'_>,
    ) -> Replayed {
        let procedure = self.rules.procedure;
        let directory = directory::of_the_day(procedure, &self.petition, shape.act(), recorded.events);
        let related = shape.related(&self.petition);
        let letter_numbers = directory::letter_numbers(procedure, recorded.events);
        let context = Context {
            procedure,
            calendar,
            directory: directory.as_ref().unwrap_or(&self.rules.nobody),
            actor,
            today: recorded.today(),
            related: &related,
            letter_numbers: &letter_numbers,
        };
        shape.replay(&context, &self.petition, recorded.events)
    }

    /// Who acted. With every role: the record does not hold them.
    fn actor(&self, recorded: &Recorded<'_>) -> Option<Actor> {
        match recorded.actor {
            "petitioner" => Some(Actor::Petitioner { party: 0 }),
            "system" => Some(Actor::System),
            id => {
                let id: OfficialId = id.parse().ok()?;
                let unit = directory::unit_of_signer(recorded.events, id).unwrap_or(directory::NO_UNIT);
                Some(Actor::Official { id, unit, roles: self.rules.every_role.clone() })
            }
        }
    }
}
