//! What the record of a period amounts to, for the reports of a petition office (Art.41; procedure.md §1.19): how many matters came in
//! on what, how they were sent on, what was supervised, recommended and reviewed, and how the time limits were kept.
//!
//! Everything is counted from the events alone, by their legal day, so that whoever replays the record gets the same numbers. Counts are
//! demand and service; nobody is ranked by them, and there is no target for any (procedure.md §3.3). What is sealed is left out.

use crate::act::{Adoption, Aim};
use crate::disclosure::is_sealed;
use crate::fact::{Event, Fact};
use crate::ids::{Name, PetitionId, UnitId};
use crate::petition::Petition;
use crate::procedure::{LimitRole, Procedure};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Span {
    fn has(self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// How often a time limit was kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Met in the span, in time.
    pub in_time: u64,
    /// Met in the span, late.
    pub late: u64,
    /// Missed in the span, and not met since.
    pub owed: u64,
}

/// What became of recommendations made in the span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recommended {
    /// Made.
    pub made: u64,
    /// Followed.
    pub adopted: u64,
    /// Followed in part.
    pub partly: u64,
    /// Not followed.
    pub not_adopted: u64,
}

impl Recommended {
    fn answer(&mut self, adoption: Adoption) {
        match adoption {
            Adoption::Adopted => self.adopted += 1,
            Adoption::Partly => self.partly += 1,
            Adoption::NotAdopted => self.not_adopted += 1,
        }
    }

    /// Without an answer yet.
    pub fn waiting(&self) -> u64 {
        self.made.saturating_sub(self.adopted + self.partly + self.not_adopted)
    }
}

/// What was done in the span, each time it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// 转送
    Forwarded,
    /// 交办
    Assigned,
    /// 逐级转送
    Relayed,
    /// Sent on from unit to unit
    Transferred,
    /// 督办, because a time limit was missed
    SupervisedByLaw,
    /// 督办, by hand
    Supervised,
    /// 处理意见
    Answered,
    /// 维持
    Upheld,
    /// 变更
    Changed,
    /// 撤销重办
    Remanded,
}

impl Step {
    /// All of them, in the order in which reports have them.
    pub const ALL: [Step; 10] = [
        Step::Forwarded,
        Step::Assigned,
        Step::Relayed,
        Step::Transferred,
        Step::SupervisedByLaw,
        Step::Supervised,
        Step::Answered,
        Step::Upheld,
        Step::Changed,
        Step::Remanded,
    ];

    #[expect(clippy::wildcard_enum_match_arm, reason = "reports have rows for these alone")]
    fn of(fact: &Fact) -> Option<Step> {
        match fact {
            Fact::Forwarded(_) => Some(Step::Forwarded),
            Fact::Assigned(_) => Some(Step::Assigned),
            Fact::Relayed(_) => Some(Step::Relayed),
            Fact::Transferred(_) => Some(Step::Transferred),
            Fact::SupervisionEscalated { .. } => Some(Step::SupervisedByLaw),
            Fact::Supervised(_) => Some(Step::Supervised),
            Fact::OpinionIssued(_) => Some(Step::Answered),
            Fact::OpinionUpheld(_) => Some(Step::Upheld),
            Fact::OpinionChanged(_) => Some(Step::Changed),
            Fact::OpinionRemanded(_) => Some(Step::Remanded),
            _ => None,
        }
    }
}

/// The numbers of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which days are counted.
    pub span: Span,
    /// Matters received in the span, by kind.
    pub kinds: BTreeMap<Name, u64>,
    /// The same by class; `None` where nobody has registered one.
    pub classes: BTreeMap<Option<Name>, u64>,
    /// The same by the unit complained of, where one was named.
    pub units: BTreeMap<UnitId, u64>,
    /// What was done in the span.
    pub steps: BTreeMap<Step, u64>,
    /// Official time limits, by name.
    pub limits: BTreeMap<Name, Kept>,
    /// The three recommendations.
    pub recommended: BTreeMap<Aim, Recommended>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(span: Span) -> Tally {
        Tally {
            span,
            kinds: BTreeMap::new(),
            classes: BTreeMap::new(),
            units: BTreeMap::new(),
            steps: BTreeMap::new(),
            limits: BTreeMap::new(),
            recommended: BTreeMap::new(),
        }
    }

    /// Matters received in the span.
    pub fn received(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// How often a step was taken.
    pub fn n(&self, step: Step) -> u64 {
        self.steps.get(&step).copied().unwrap_or(0)
    }

    /// Counts a matter, if it is not sealed. What happened counts on its legal day; kind, class, office and what is still owed are as
    /// they stand at the last event. `office`: only what that petition office has; `None` counts what every office has.
    pub fn add(&mut self, procedure: &Procedure, events: &[Event], office: Option<UnitId>) {
        let mut end = Petition::new(PetitionId(uuid::Uuid::nil()));
        for event in events {
            end.follow(event);
        }
        let Some(submission) = &end.submission else { return };
        if is_sealed(procedure, &end.kind) || office.is_some_and(|office| end.office != Some(office)) {
            return;
        }
        if self.span.has(end.received_on) {
            *self.kinds.entry(end.kind.clone()).or_default() += 1;
            *self.classes.entry(end.class.clone()).or_default() += 1;
            if let Some(unit) = submission.respondent {
                *self.units.entry(unit).or_default() += 1;
            }
        }
        let (mut letters, mut recommended) = (0, BTreeMap::new());
        for event in events {
            let counts = self.span.has(event.on);
            if counts {
                self.count(procedure, &end, &event.fact);
            }
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "other facts are counted above, or not at all"
            )]
            match &event.fact {
                Fact::Recommended(recommendation) if counts => {
                    self.recommended.entry(recommendation.aim).or_default().made += 1;
                    recommended.insert(letters, recommendation.aim);
                }
                Fact::RecommendationAnswered(answer) => {
                    let aim = recommended.get(&answer.letter);
                    let answered = aim.and_then(|aim| self.recommended.get_mut(aim));
                    answered.into_iter().for_each(|answered| answered.answer(answer.adoption));
                }
                Fact::LetterSigned(_) => letters += 1,
                _ => {}
            }
        }
    }

    /// `end`: the matter at its last event.
    fn count(&mut self, procedure: &Procedure, end: &Petition, fact: &Fact) {
        if let Some(step) = Step::of(fact) {
            *self.steps.entry(step).or_default() += 1;
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other fact says how a time limit was kept")]
        let (deadline, late) = match fact {
            Fact::DeadlineStopped { deadline, days_late } => (*deadline, Some(*days_late > 0)),
            Fact::DeadlineMissed { deadline } => (*deadline, None),
            _ => return,
        };
        let Some(deadline) = end.deadlines.get(deadline as usize) else { return };
        let limit = &deadline.set.limit;
        if procedure.limit(limit).is_none_or(|limit| limit.role != LimitRole::Duty) {
            return;
        }
        let kept = self.limits.entry(limit.clone()).or_default();
        match late {
            Some(false) => kept.in_time += 1,
            Some(true) => kept.late += 1,
            None if deadline.is_open() => kept.owed += 1,
            None => {}
        }
    }
}
