//! How each fact changes a petition. One arm for each fact; a new one does not compile until it has its own.

use super::{Deadline, DeadlineState, Disposed, OpenSupervision, Petition, Promise, Round, SignedLetter};
use crate::act::{Answer, Measure, Outcome};
use crate::fact::{Event, Fact, RoundKind};
use crate::ids::{OfficialId, UnitId};
use jiff::civil::Date;

impl Petition {
    /// Carries on from one event. Cannot say no.
    #[must_use]
    pub fn apply(mut self, event: &Event) -> Petition {
        self.follow(event);
        self
    }

    /// The same in place: a petition is large to move about.
    pub(crate) fn follow(&mut self, event: &Event) {
        self.version += 1;
        if event.on > self.last_on {
            self.last_on = event.on;
        }
        self.apply_act(event);
    }

    /// The acts: what was recorded as asked.
    fn apply_act(&mut self, event: &Event) {
        let on = event.on;
        match &event.fact {
            Fact::Submitted(submission) => {
                self.received_on = on;
                self.kind = submission.kind.clone();
                self.class = submission.class.clone();
                self.place = submission.place.clone();
                self.requests = submission.requests.clone();
                self.parties = submission.parties.clone();
                self.named.extend(&submission.named);
                self.set_office(submission.office, on);
                self.submission = Some(submission.clone());
                self.rounds.push(Round::begun(RoundKind::Handling, submission.office, on));
            }
            Fact::Registered(registration) => {
                self.kind = registration.kind.clone();
                self.class = Some(registration.class.clone());
                self.named.extend(&registration.named);
                self.place = registration.place.clone().or(self.place.take());
                self.requests.extend(registration.requests.iter().cloned());
            }
            Fact::Split(splitting) => {
                self.parts = splitting.portions.iter().map(|portion| portion.petition).collect()
            }
            Fact::Merged(merging) => {
                self.before_merge = self.stage.clone();
                self.merged_into = Some(merging.into);
            }
            Fact::Unmerged(_) => self.merged_into = None,
            Fact::Forwarded(dispatch) | Fact::Assigned(dispatch) | Fact::ReportReferred(dispatch) => {
                self.set_organ(dispatch.to);
            }
            Fact::Transferred(dispatch) => {
                self.bounces += 1;
                self.set_organ(dispatch.to);
            }
            Fact::Relayed(dispatch) => {
                self.set_office(dispatch.to, on);
            }
            Fact::ObjectionAgreed(_) => {
                self.bounces += 1;
                self.objection_refused = false;
                self.organ = None;
            }
            Fact::ObjectionRefused(_) => self.objection_refused = true,
            Fact::TakenUp(handover) => {
                if self.organ.is_none()
                    && let Some(office) = self.office
                {
                    self.set_organ(office);
                }
                self.take_part(handover.official);
            }
            Fact::HandedOver(handover) | Fact::ReviewAdmitted(handover) | Fact::ReportAccepted(handover) => {
                self.take_part(handover.official);
            }
            Fact::Declined(declining) => self.declined = Some(declining.ground.clone()),
            Fact::RefusalReviewed(review) => {
                if !review.upheld {
                    self.overturned.extend(self.declined.take());
                }
            }
            Fact::RoutedToPath(routing) => self.way = Some(routing.way.clone()),
            Fact::Accepted(acceptance) => {
                self.accepted_on = Some(on);
                // It is the organ that accepted the matter that hears the petitioner (Art.31(6)).
                self.heard = false;
                self.take_part(acceptance.handler);
            }
            Fact::AcceptedSimple(acceptance) => {
                self.accepted_on = Some(on);
                self.heard = false;
                self.simple = true;
                self.take_part(acceptance.handler);
            }
            Fact::Converted(_) => self.simple = false,
            Fact::ContactRecorded(contact) => {
                self.contacted_on = self.contacted_on.or(Some(on));
                self.heard |= contact.heard;
            }
            Fact::HearingNotified(notice) => self.hearing_on = Some(notice.held_on),
            Fact::HearingHeld(record) => {
                self.hearing_on = None;
                self.heard = true;
                self.hearings.push((record.began_on, record.ended_on));
            }
            Fact::Extended(extension) => self.extension_days = extension.days,
            Fact::Settled(settlement) => {
                let terms = settlement.terms.iter().map(|term| Promise {
                    text: term.promise.clone(),
                    executor: Some(term.executor),
                    due_on: term.due_on,
                    kept_on: None,
                    replaced: false,
                });
                self.promises.extend(terms);
            }
            Fact::OpinionDrafted(opinion) => self.draft = Some(opinion.clone()),
            Fact::OpinionIssued(opinion) => {
                self.draft = None;
                // Each answer has a window to be rated in, so each may be rated.
                self.rated = false;
                self.set_answers(&opinion.answers);
            }
            Fact::OpinionChanged(decision) => self.set_answers(&decision.answers),
            Fact::OpinionUpheld(_) => {}
            Fact::OpinionRemanded(_) => {
                self.remands += 1;
                self.heard = false;
                // Revoked, the opinion promises nothing any more; what was carried out stays carried out.
                self.replace_promises();
            }
            Fact::ReviewRefused(_) => {
                if let Some(round) = self.round_mut() {
                    round.refused = true;
                }
            }
            Fact::Served(service) => self.letter(service.letter, |letter| letter.served_on = Some(on)),
            Fact::ServiceReturned(returned) => self.letter(returned.letter, |letter| {
                letter.served_on = None;
                letter.posted_on = None;
            }),
            Fact::LetterCorrected(slip) => self.correct(slip.letter),
            Fact::LetterPosted(posting) => self.letter(posting.letter, |letter| letter.posted_on = Some(on)),
            Fact::PostReturned(returned) => self.letter(returned.letter, |letter| letter.posted_on = None),
            Fact::LetterIssued(issue) => {
                self.letter(issue.letter, |letter| {
                    (letter.issued, letter.issued_on) = (Some(issue.clone()), Some(on));
                });
            }
            Fact::WithdrawalAsked(_) => self.withdrawing = true,
            Fact::WithdrawalRevoked(_) => self.withdrawing = false,
            Fact::ExecutionRecorded(execution) => {
                if let Some(promise) = self.promises.get_mut(execution.promise as usize) {
                    promise.kept_on = Some(on);
                }
            }
            Fact::Supervised(_) => self.supervision = Some(OpenSupervision { step: 1 }),
            Fact::SupervisionReplied(_) => self.supervision = None,
            Fact::Recommended(_) | Fact::RecommendationAnswered(_) => {}
            Fact::ReclassificationProposed(proposal) => {
                self.proposed_kind = Some(proposal.kind.clone());
                self.proposed_by = proposal.by;
                self.proposed_named.clone_from(&proposal.named);
            }
            Fact::Reclassified(_) => {
                if let Some(kind) = self.proposed_kind.take() {
                    self.kind = kind;
                    self.named.extend(std::mem::take(&mut self.proposed_named));
                }
                self.begin_anew();
            }
            Fact::MarkedUrgent(_) => self.urgent = true,
            Fact::UrgentReviewed(review) => self.urgent = review.urgent,
            Fact::RecusalDecided(decision) => {
                if decision.recused {
                    self.recuse(decision.official, decision.successor);
                }
            }
            Fact::RecusalDeclared(declaration) => {
                if let Some(official) = declaration.official {
                    self.recuse(official, declaration.successor);
                }
            }
            Fact::DisposalProposed(proposal) => self.disposal = Some(proposal.clone()),
            Fact::DisposalDecided(decision) => {
                self.disposal = None;
                if let Some(done) = decision.done() {
                    let disposed = || {
                        Some(Disposed {
                            on,
                            basis: done.basis.clone(),
                            backups_until: decision.backups_until,
                        })
                    };
                    match done.measure {
                        Measure::Restrict => self.restricted = disposed(),
                        Measure::Lift => self.restricted = None,
                        Measure::Erase => self.erased = disposed(),
                    }
                }
            }
            Fact::PartyAdded(party) => self.parties.push(party.clone()),
            Fact::Rated(_) => self.rated = true,
            Fact::Objected(_)
            | Fact::PathNumberEntered(_)
            | Fact::PerformanceReported(_)
            | Fact::RefusalObjected(_)
            | Fact::SupplementRequested(_)
            | Fact::Supplemented(_)
            | Fact::ReviewRequested(_)
            | Fact::ResultReported(_)
            | Fact::SuggestionReplied(_)
            | Fact::ReportFedBack(_)
            | Fact::RecusalAsked(_)
            | Fact::InterimReplied(_)
            | Fact::Passed(_)
            | Fact::Recalendared(_) => {}
            Fact::ProcedureFixed { .. }
            | Fact::DatedBack { .. }
            | Fact::DecidedUnder { .. }
            | Fact::Moved { .. }
            | Fact::OwnerSet { .. }
            | Fact::Diverted { .. }
            | Fact::RoundOpened { .. }
            | Fact::DeadlineSet(_)
            | Fact::DeadlineStopped { .. }
            | Fact::DeadlineCancelled { .. }
            | Fact::DeadlineMoved { .. }
            | Fact::DeadlineMissed { .. }
            | Fact::WindowClosed { .. }
            | Fact::SupervisionEscalated { .. }
            | Fact::LetterSigned(_)
            | Fact::Withdrawn
            | Fact::Joined { .. }
            | Fact::Parted { .. }
            | Fact::SplitFrom { .. }
            | Fact::NewMatterLinked { .. }
            | Fact::AnsweredWith { .. }
            | Fact::Released { .. } => self.apply_consequence(event),
        }
    }

    /// The consequences: what the procedure made of the acts.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply_act` names every fact and sends only consequences here"
    )]
    fn apply_consequence(&mut self, event: &Event) {
        let on = event.on;
        match &event.fact {
            Fact::ProcedureFixed { procedure, version } => {
                self.procedure = Some((procedure.clone(), *version))
            }
            Fact::Moved { to, .. } => {
                self.stage = Some(to.clone());
                self.moved_on = on;
            }
            Fact::OwnerSet { unit, official } => {
                self.owner = Some((*unit, *official));
                self.units_seen.insert(*unit);
            }
            Fact::Diverted { from, to } => self.divert((*from, *to), on),
            Fact::RoundOpened { kind, unit } => {
                self.units_seen.insert(*unit);
                // Notice was given of a hearing on the level before; the organ that decides now gives its own.
                self.hearing_on = None;
                self.rounds.push(Round::begun(*kind, *unit, on));
            }
            Fact::DeadlineSet(set) => self.deadlines.push(Deadline {
                set: set.clone(),
                state: DeadlineState::Running,
                moved: None,
                missed: false,
            }),
            Fact::DeadlineStopped { deadline, days_late } => {
                self.at(*deadline, |deadline| {
                    deadline.state = DeadlineState::Met { on, days_late: *days_late }
                });
            }
            Fact::DeadlineCancelled { deadline } => {
                self.at(*deadline, |deadline| deadline.state = DeadlineState::Cancelled);
                // Another act ended the time to reconsider: the withdrawal no longer waits.
                let cooling = self.deadlines.get(*deadline as usize);
                if cooling.is_some_and(|cooling| cooling.set.limit == *"withdrawal_cooling") {
                    self.withdrawing = false;
                }
            }
            Fact::DeadlineMoved { deadline, raw_due_on, due_on, provisional, why } => {
                self.at(*deadline, |deadline| {
                    deadline.set.raw_due_on = *raw_due_on;
                    deadline.set.due_on = *due_on;
                    deadline.set.provisional = *provisional;
                    deadline.moved = Some(*why);
                })
            }
            Fact::DeadlineMissed { deadline } => self.at(*deadline, |deadline| {
                deadline.state = DeadlineState::Missed;
                deadline.missed = true;
            }),
            Fact::WindowClosed { deadline } => {
                self.at(*deadline, |deadline| deadline.state = DeadlineState::Closed)
            }
            Fact::SupervisionEscalated { step } => self.supervision = Some(OpenSupervision { step: *step }),
            Fact::LetterSigned(signed) => {
                let letter = self.letter_signed(signed.clone(), on);
                self.letters.push(letter);
            }
            Fact::Withdrawn => {
                self.withdrawing = false;
                self.merged_into = None;
            }
            Fact::Joined { petition } => {
                self.joined.insert(*petition);
            }
            Fact::Parted { petition, answered } => {
                self.joined.remove(petition);
                if *answered {
                    self.answered_too.insert(*petition);
                }
            }
            Fact::SplitFrom { parent } => self.split_from = Some(*parent),
            Fact::NewMatterLinked { petition } => self.followed_by.push(*petition),
            Fact::AnsweredWith { petition, organ } => {
                self.answered_with = Some(*petition);
                self.merged_into = None;
                self.set_organ(*organ);
            }
            Fact::Released { .. } => self.merged_into = None,
            Fact::DatedBack { .. } | Fact::DecidedUnder { .. } => {}
            _ => {}
        }
    }

    /// A corrected kind goes back to routing: of its handling so far nothing is left that a later acceptance could
    /// inherit, neither an extension nor the simple procedure.
    fn begin_anew(&mut self) {
        self.organ = None;
        self.withdrawing = false;
        self.objection_refused = false;
        self.declined = None;
        self.overturned.clear();
        self.way = None;
        self.accepted_on = None;
        self.simple = false;
        self.extension_days = 0;
        self.heard = false;
        self.hearing_on = None;
        self.draft = None;
    }

    fn recuse(&mut self, official: OfficialId, successor: Option<OfficialId>) {
        self.recused.insert(official);
        let owner = self.owner.map(|(_, owner)| owner);
        if let Some(successor) = successor.filter(|_| owner == Some(official)) {
            self.take_part(successor);
        }
    }

    /// Whatever the one unit had or owed is the other's; what it signed and decided stays its own.
    fn divert(&mut self, (from, to): (UnitId, UnitId), on: Date) {
        if self.office == Some(from) {
            self.set_office(to, on);
        }
        if self.organ == Some(from) {
            self.organ = Some(to);
        }
        if let Some(round) = self.round_mut().filter(|round| round.unit == from) {
            round.unit = to;
        }
        let owed = self.deadlines.iter_mut().filter(|deadline| deadline.is_open());
        for deadline in owed.filter(|deadline| deadline.set.unit == Some(from)) {
            deadline.set.unit = Some(to);
        }
        self.units_seen.insert(to);
    }

    pub(super) fn letter(&mut self, letter: u32, change: impl FnOnce(&mut SignedLetter)) {
        if let Some(letter) = self.letters.get_mut(letter as usize) {
            change(letter);
        }
    }

    fn at(&mut self, deadline: u32, change: impl FnOnce(&mut Deadline)) {
        if let Some(deadline) = self.deadlines.get_mut(deadline as usize) {
            change(deadline);
        }
    }

    fn set_office(&mut self, unit: UnitId, on: Date) {
        self.office = Some(unit);
        self.office_on = on;
        self.units_seen.insert(unit);
    }

    fn set_organ(&mut self, unit: UnitId) {
        self.organ = Some(unit);
        self.units_seen.insert(unit);
        if let Some(round) = self.round_mut()
            && round.kind == RoundKind::Handling
        {
            round.unit = unit;
        }
    }

    fn take_part(&mut self, official: OfficialId) {
        if let Some(round) = self.round_mut() {
            round.took_part.insert(official);
        }
    }

    /// A new answer, or none, takes the place of what an earlier one promised and has not yet kept.
    fn replace_promises(&mut self) {
        for promise in self.promises.iter_mut().filter(|promise| promise.is_open()) {
            promise.replaced = true;
        }
    }

    fn set_answers(&mut self, answers: &[Answer]) {
        if let Some(round) = self.round_mut() {
            round.answers = answers.to_vec();
        }
        self.replace_promises();
        for answer in answers.iter().filter(|answer| answer.outcome == Outcome::Supported) {
            if let (Some(action), Some(due_on)) = (&answer.action, answer.due_on) {
                self.promises.push(Promise {
                    text: action.clone(),
                    executor: answer.executor,
                    due_on,
                    kept_on: None,
                    replaced: false,
                });
            }
        }
    }
}
