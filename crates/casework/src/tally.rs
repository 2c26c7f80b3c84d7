//! What the record of a period amounts to, for the reports of a petition office (Art.41; procedure.md §1.19): how many matters came in
//! on what, how they were sent on, what was supervised, recommended and reviewed, and how the time limits were kept.
//!
//! Everything is counted from the events alone, by their legal day, so that whoever replays the record gets the same numbers. Counts are
//! demand and service; nobody is ranked by them, and there is no target for any (procedure.md §3.3). What is sealed is left out.

use crate::act::{Adoption, Aim};
use crate::disclosure::is_sealed;
use crate::fact::{Event, Fact};
use crate::ids::{Name, PetitionId, UnitId};
use crate::petition::{Deadline, DeadlineState, Petition};
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

/// What became of time limits whose last day is in the span (procedure.md §3.1). What still runs is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Met in time.
    pub in_time: u64,
    /// Met late, or overtaken after it was missed.
    pub late: u64,
    /// Missed, and not met since.
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
    /// Matters that came to the office in the span, from the petitioner or from another office, by kind.
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

    /// Matters that came in the span.
    pub fn received(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// How often a step was taken.
    pub fn n(&self, step: Step) -> u64 {
        self.steps.get(&step).copied().unwrap_or(0)
    }

    /// Counts a matter, if it is not sealed. What happened counts on its legal day, and for the office that had the matter then; of a
    /// supervision or recommendation, for the office that signed it. Kind, class, and whether a time limit was met, are as they stand at
    /// the last event. `office`: only what is that petition office's; `None` counts what is of any.
    pub fn add(&mut self, procedure: &Procedure, events: &[Event], office: Option<UnitId>) {
        let mut end = Petition::new(PetitionId(uuid::Uuid::nil()));
        for event in events {
            end.follow(event);
        }
        let Some(submission) = end.submission.as_deref().filter(|_| !is_sealed(procedure, &end.kind)) else {
            return;
        };
        let is_ours = |unit: Option<UnitId>| office.is_none() || unit == office;
        let mut came_on = is_ours(Some(submission.office)).then_some(end.received_on);
        let (mut now, mut letters, mut recommended) = (Petition::new(end.id), 0, BTreeMap::new());
        for (place, event) in events.iter().enumerate() {
            // In whose name: the letter that follows tells.
            let signer = || {
                let mut after = events.iter().skip(place);
                after.find_map(|event| {
                    if let Fact::LetterSigned(letter) = &event.fact { Some(letter.unit) } else { None }
                })
            };
            let step = Step::of(&event.fact);
            let signed = matches!(event.fact, Fact::Recommended(_))
                || matches!(step, Some(Step::Supervised | Step::SupervisedByLaw));
            let counts = self.span.has(event.on) && is_ours(if signed { signer() } else { now.office });
            if let Some(step) = step.filter(|_| counts) {
                *self.steps.entry(step).or_default() += 1;
            }
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the other facts are steps, or count for nothing"
            )]
            match &event.fact {
                Fact::Relayed(dispatch) if is_ours(Some(dispatch.to)) => {
                    came_on = came_on.or(Some(event.on));
                }
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
                Fact::DeadlineSet(_) if is_ours(now.office.or(Some(submission.office))) => {
                    self.judge(procedure, end.deadlines.get(now.deadlines.len()));
                }
                _ => {}
            }
            now.follow(event);
        }
        if came_on.is_some_and(|day| self.span.has(day)) {
            *self.kinds.entry(end.kind.clone()).or_default() += 1;
            *self.classes.entry(end.class.clone()).or_default() += 1;
            if let Some(unit) = submission.respondent {
                *self.units.entry(unit).or_default() += 1;
            }
        }
    }

    /// What became of a time limit that binds an official, when its last day is in the span.
    fn judge(&mut self, procedure: &Procedure, deadline: Option<&Deadline>) {
        let Some(deadline) = deadline.filter(|deadline| self.span.has(deadline.set.due_on)) else { return };
        let limit = &deadline.set.limit;
        if procedure.limit(limit).is_none_or(|limit| limit.role != LimitRole::Duty) {
            return;
        }
        let kept = self.limits.entry(limit.clone()).or_default();
        match deadline.state {
            DeadlineState::Met { days_late: 0, .. } => kept.in_time += 1,
            DeadlineState::Met { .. } => kept.late += 1,
            DeadlineState::Missed => kept.owed += 1,
            DeadlineState::Cancelled | DeadlineState::Closed if deadline.missed => kept.late += 1,
            DeadlineState::Running | DeadlineState::Cancelled | DeadlineState::Closed => {}
        }
    }
}
