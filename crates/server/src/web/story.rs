//! What happened, told to people: one entry for each decision, newest first.
//!
//! Every fact has its sentence here or is told by another; a new fact breaks the build until somebody decides.

use super::locale::Locale;
use crate::app::{App, Failure};
use casework::act::{Adoption, Aim, Measure};
use casework::text::Text;
use casework::told::{Telling, telling};
use casework::{ContentId, Fact, Name, OfficialId, UnitId};
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::history::History;

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The decision it tells: number of events before it.
    pub(crate) seq: u64,
    /// Legal day.
    pub(crate) on: Date,
    /// What happened.
    pub(crate) what: String,
    /// In whose words, when there are any.
    pub(crate) text: String,
    /// What followed from it.
    pub(crate) notes: Vec<String>,
    /// Letters signed by it: title with number, and place in the petition's list.
    pub(crate) letters: Vec<(String, usize)>,
    /// Who did it; empty for the petitioner and the timer.
    pub(crate) by: String,
}

/// For whom the story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The petitioner: everything that concerns them, without the officials' inner notes.
    Petitioner,
    /// An official of that unit who sees the matter: without the letters that are kept from it, and the words of those and of answers to
    /// them.
    Official(Option<UnitId>),
}

/// How a fact is told.
struct Told<'a> {
    key: &'static str,
    /// Words that came with it.
    text: Option<&'a Text>,
    unit: Option<UnitId>,
    official: Option<OfficialId>,
    day: Option<Date>,
    n: Option<u32>,
    limit: Option<u32>,
    name: Option<String>,
}

impl<'a> Told<'a> {
    fn say(key: &'static str) -> Told<'a> {
        Told { key, text: None, unit: None, official: None, day: None, n: None, limit: None, name: None }
    }

    fn text(mut self, text: &'a Text) -> Told<'a> {
        self.text = Some(text);
        self
    }

    fn unit(mut self, unit: Option<UnitId>) -> Told<'a> {
        self.unit = unit;
        self
    }

    fn official(mut self, official: Option<OfficialId>) -> Told<'a> {
        self.official = official;
        self
    }

    fn day(mut self, day: Date) -> Told<'a> {
        self.day = Some(day);
        self
    }

    fn n(mut self, n: u32) -> Told<'a> {
        self.n = Some(n);
        self
    }

    fn limit(mut self, deadline: u32) -> Told<'a> {
        self.limit = Some(deadline);
        self
    }

    fn name(mut self, name: String) -> Told<'a> {
        self.name = Some(name);
        self
    }
}

impl Entry {
    /// Without links to letters that cannot be read: their names alone.
    pub(crate) fn without_letters(mut self) -> Entry {
        let letters = std::mem::take(&mut self.letters);
        self.notes.extend(letters.into_iter().map(|(title, _)| title));
        self
    }
}

/// The timeline, newest first.
pub(crate) fn tell(
    app: &App,
    history: &History,
    words: &BTreeMap<ContentId, String>,
    locale: Locale,
    reader: Reader,
) -> Result<Vec<Entry>, Failure> {
    let petition = &history.petition;
    let procedure = app.procedure_of(petition)?;
    let directory = app.directory();
    let unit = |id: Option<UnitId>| {
        id.and_then(|id| directory.unit(id)).map(|unit| locale.unit(unit)).unwrap_or_default()
    };
    let official = |id: Option<OfficialId>| {
        id.and_then(|id| directory.official(id)).map(|official| official.name.clone()).unwrap_or_default()
    };
    let limit = |index: u32| {
        let set = petition.deadlines.get(index as usize).map(|deadline| &deadline.set.limit);
        set.and_then(|limit| procedure.limit(limit))
            .map(|limit| locale.label(&limit.name))
            .unwrap_or_default()
    };
    let sentence = |told: &Told<'_>| {
        locale.with(
            told.key,
            &[
                ("unit", &unit(told.unit)),
                ("official", &official(told.official)),
                ("day", &told.day.map(|day| locale.date(day)).unwrap_or_default()),
                ("n", &told.n.map(|n| n.to_string()).unwrap_or_default()),
                ("limit", &told.limit.map(limit).unwrap_or_default()),
                ("name", told.name.as_deref().unwrap_or_default()),
            ],
        )
    };
    let kind = |kind: &Name| procedure.kind(kind).map(|kind| locale.label(&kind.name));
    let basis = |name: &Name| procedure.disposal(name).map(|basis| locale.basis(basis)).unwrap_or_default();
    let letter = |index: u32| {
        let signed = petition.letters.get(index as usize);
        let known =
            signed.and_then(|letter| procedure.letter(&letter.signed.letter).map(|known| (letter, known)));
        let titled = known.map(|(letter, known)| {
            format!("{} {}", locale.label(&known.name), crate::letter::number(app, &letter.signed, known))
        });
        titled.unwrap_or_default()
    };
    let kept = |index: usize| match reader {
        Reader::Petitioner => false,
        Reader::Official(unit) => crate::letter::is_kept(history, index, unit),
    };
    let mut entries = Vec::new();
    let mut n_letters = 0;
    // Of a closed one nothing is told.
    for record in history.records.iter().filter(|_| !history.closed) {
        let mut entry: Option<Entry> = None;
        let by = record.actor.parse().ok().and_then(|id| directory.official(id));
        let by =
            by.map(|official| format!("{} {}", unit(Some(official.unit)), official.name)).unwrap_or_default();
        for event in &record.events {
            let blank = || Entry {
                seq: record.seq,
                on: event.on,
                what: String::new(),
                text: String::new(),
                notes: Vec::new(),
                letters: Vec::new(),
                by: by.clone(),
            };
            if let Fact::LetterSigned(signed) = &event.fact {
                if (signed.to_petitioner || reader != Reader::Petitioner)
                    && !kept(n_letters)
                    && let Some(letter) = procedure.letter(&signed.letter)
                {
                    let number = crate::letter::number(app, signed, letter);
                    let title = format!("{} {number}", locale.label(&letter.name));
                    entry.get_or_insert_with(blank).letters.push((title, n_letters));
                }
                n_letters += 1;
                continue;
            }
            let Some(told) = told(&event.fact, &kind, &basis, &letter) else {
                continue;
            };
            // What stays between officials, and which of their words, is one table: `casework::told`.
            if telling(&event.fact) != Telling::Told && reader == Reader::Petitioner {
                continue;
            }
            let shown = |text: &&Text| match reader {
                Reader::Petitioner => casework::told::words(&event.fact).contains(text),
                Reader::Official(_) => !about(&event.fact, n_letters).is_some_and(kept),
            };
            let text = told.text.filter(shown);
            let text = text.and_then(|text| words.get(&text.content)).cloned().unwrap_or_default();
            match &mut entry {
                Some(entry) if !entry.what.is_empty() => {
                    entry.notes.push(sentence(&told));
                    if !text.is_empty() {
                        entry.notes.push(text);
                    }
                }
                Some(entry) => (entry.what, entry.text) = (sentence(&told), text),
                None => entry = Some(Entry { what: sentence(&told), text, ..blank() }),
            }
        }
        entries.extend(entry);
    }
    entries.reverse();
    Ok(entries)
}

/// The letter whose words a fact speaks of, when it may be kept from somebody; `next`: the place of the next letter.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of every other fact whoever sees the matter reads the words"
)]
fn about(fact: &Fact, next: usize) -> Option<usize> {
    match fact {
        Fact::Recommended(_) => Some(next),
        Fact::RecommendationAnswered(answer) => Some(answer.letter as usize),
        _ => None,
    }
}

fn told<'a>(
    fact: &'a Fact,
    kind: &dyn Fn(&Name) -> Option<String>,
    basis: &dyn Fn(&Name) -> String,
    letter: &dyn Fn(u32) -> String,
) -> Option<Told<'a>> {
    Some(match fact {
        Fact::Submitted(_) => Told::say("story-submitted"),
        Fact::Registered(registered) => {
            Told::say("story-registered").name(kind(&registered.kind).unwrap_or_default())
        }
        Fact::Split(split) => Told::say("story-split").text(&split.reason),
        Fact::Merged(merged) => Told::say("story-merged").text(&merged.reason),
        Fact::Unmerged(reasoned) => Told::say("story-unmerged").text(&reasoned.reason),
        Fact::Forwarded(dispatch) => {
            Told::say("story-forwarded").unit(Some(dispatch.to)).text(&dispatch.note)
        }
        Fact::Relayed(dispatch) => Told::say("story-relayed").unit(Some(dispatch.to)).text(&dispatch.note),
        Fact::Assigned(dispatch) => Told::say("story-assigned").unit(Some(dispatch.to)).text(&dispatch.note),
        Fact::Transferred(dispatch) => {
            Told::say("story-transferred").unit(Some(dispatch.to)).text(&dispatch.note)
        }
        Fact::Objected(objection) => {
            Told::say("story-objected").unit(objection.suggested).text(&objection.reason)
        }
        Fact::ObjectionAgreed(agreement) => Told::say("story-objection-agreed").text(&agreement.reason),
        Fact::ObjectionRefused(reasoned) => Told::say("story-objection-refused").text(&reasoned.reason),
        Fact::TakenUp(handover) => Told::say("story-taken-up").official(Some(handover.official)),
        Fact::RoutedToPath(routing) => Told::say("story-routed-to-path").text(&routing.advice),
        Fact::PathNumberEntered(path) => Told::say("story-path-number-entered").text(&path.number),
        Fact::PerformanceReported(statement) => Told::say("story-performance-reported").text(&statement.text),
        Fact::Declined(declining) => Told::say("story-declined").text(&declining.facts),
        Fact::RefusalObjected(reasoned) => Told::say("story-refusal-objected").text(&reasoned.reason),
        Fact::RefusalReviewed(review) => {
            Told::say(if review.upheld { "story-refusal-upheld" } else { "story-refusal-revoked" })
                .text(&review.reason)
        }
        Fact::Accepted(acceptance) => Told::say("story-accepted").official(Some(acceptance.handler)),
        Fact::AcceptedSimple(acceptance) => {
            Told::say("story-accepted-simple").official(Some(acceptance.handler))
        }
        Fact::Converted(reasoned) => Told::say("story-converted").text(&reasoned.reason),
        Fact::HandedOver(handover) => Told::say("story-handed-over").official(Some(handover.official)),
        Fact::ContactRecorded(contact) => {
            Told::say(if contact.heard { "story-heard" } else { "story-contact-recorded" })
                .text(&contact.note)
        }
        Fact::SupplementRequested(request) => {
            Told::say("story-supplement-requested").text(&request.items).day(request.by)
        }
        Fact::Supplemented(supplement) => Told::say("story-supplemented").text(&supplement.text),
        Fact::HearingNotified(notice) => {
            Told::say("story-hearing-notified").text(&notice.place).day(notice.held_on)
        }
        Fact::HearingHeld(record) => {
            Told::say("story-hearing-held").text(&record.conclusion).day(record.began_on)
        }
        Fact::Extended(extension) => Told::say("story-extended").text(&extension.reason).n(extension.days),
        Fact::Settled(_) => Told::say("story-settled"),
        Fact::OpinionDrafted(_) => Told::say("story-opinion-drafted"),
        Fact::OpinionIssued(_) => Told::say("story-opinion-issued"),
        Fact::Served(service) => Told::say(match service.method {
            casework::act::ServiceMethod::InPerson => "story-served-in-person",
            casework::act::ServiceMethod::Post => "story-served-post",
            casework::act::ServiceMethod::Electronic => "story-served-electronic",
            casework::act::ServiceMethod::LeftBehind => "story-served-left-behind",
            casework::act::ServiceMethod::BehindCode => "story-served-behind-code",
        })
        .text(&service.proof),
        Fact::LetterCorrected(correction) => {
            Told::say("story-letter-corrected").name(letter(correction.letter))
        }
        Fact::LetterPosted(posting) => {
            Told::say("story-letter-posted").name(letter(posting.letter)).text(&posting.tracking)
        }
        Fact::PostReturned(returned) => {
            Told::say("story-post-returned").name(letter(returned.letter)).text(&returned.reason)
        }
        Fact::ServiceReturned(returned) => Told::say("story-service-returned").text(&returned.reason),
        Fact::ReviewRequested(request) => Told::say("story-review-requested").text(&request.reason),
        Fact::ReviewAdmitted(handover) => {
            Told::say("story-review-admitted").official(Some(handover.official))
        }
        Fact::ReviewRefused(refusal) => Told::say("story-review-refused").text(&refusal.reason),
        Fact::OpinionUpheld(decision) => Told::say("story-opinion-upheld").text(&decision.reason),
        Fact::OpinionChanged(decision) => Told::say("story-opinion-changed").text(&decision.reason),
        Fact::OpinionRemanded(remand) => {
            Told::say("story-opinion-remanded").text(&remand.reason).n(remand.days)
        }
        Fact::WithdrawalAsked(withdrawal) => Told::say("story-withdrawal-asked").text(&withdrawal.reason),
        Fact::WithdrawalRevoked(reasoned) => Told::say("story-withdrawal-revoked").text(&reasoned.reason),
        Fact::ExecutionRecorded(execution) => Told::say("story-execution-recorded").text(&execution.proof),
        Fact::ResultReported(statement) => Told::say("story-result-reported").text(&statement.text),
        Fact::Supervised(supervision) => Told::say("story-supervised").text(&supervision.reason),
        Fact::SupervisionReplied(reply) => Told::say("story-supervision-replied").text(&reply.reason),
        Fact::Recommended(recommendation) => Told::say(match recommendation.aim {
            Aim::Improve => "story-recommended-improve",
            Aim::Policy => "story-recommended-policy",
            Aim::Account => "story-recommended-account",
        })
        .text(&recommendation.proposal),
        Fact::RecommendationAnswered(answer) => Told::say(match answer.adoption {
            Adoption::Adopted => "story-recommendation-adopted",
            Adoption::Partly => "story-recommendation-partly",
            Adoption::NotAdopted => "story-recommendation-not-adopted",
        })
        .name(letter(answer.letter))
        .text(&answer.reason),
        Fact::SuggestionReplied(reply) => Told::say("story-suggestion-replied").text(&reply.reason),
        Fact::ReportReferred(dispatch) => {
            Told::say("story-report-referred").unit(Some(dispatch.to)).text(&dispatch.note)
        }
        Fact::ReportAccepted(handover) => {
            Told::say("story-report-accepted").official(Some(handover.official))
        }
        Fact::ReportFedBack(statement) => Told::say("story-report-fed-back").text(&statement.text),
        Fact::ReclassificationProposed(proposal) => Told::say("story-reclassification-proposed")
            .text(&proposal.reason)
            .name(kind(&proposal.kind).unwrap_or_default()),
        Fact::Reclassified(reasoned) => Told::say("story-reclassified").text(&reasoned.reason),
        Fact::MarkedUrgent(reasoned) => Told::say("story-marked-urgent").text(&reasoned.reason),
        Fact::UrgentReviewed(review) => {
            Told::say(if review.urgent { "story-urgent-confirmed" } else { "story-urgent-not-confirmed" })
                .text(&review.note)
        }
        Fact::RecusalAsked(ask) => Told::say("story-recusal-asked").text(&ask.reason).official(ask.official),
        Fact::RecusalDecided(decision) => {
            Told::say(if decision.recused { "story-recused" } else { "story-not-recused" })
                .text(&decision.reason)
                .official(Some(decision.official))
        }
        Fact::RecusalDeclared(declared) => {
            Told::say("story-recusal-declared").text(&declared.reason).official(declared.official)
        }
        Fact::DisposalProposed(proposal) => Told::say(match proposal.measure {
            Measure::Restrict => "story-restriction-proposed",
            Measure::Lift => "story-lifting-proposed",
            Measure::Erase => "story-erasure-proposed",
        })
        .text(&proposal.reason)
        .name(basis(&proposal.basis)),
        Fact::DisposalDecided(decision) => match decision.done() {
            None => Told::say("story-disposal-refused").text(&decision.reason),
            Some(done) => Told::say(match done.measure {
                Measure::Restrict => "story-restricted",
                Measure::Lift => "story-lifted",
                Measure::Erase => "story-erased",
            })
            .name(basis(&done.basis)),
        },
        Fact::Diverted { to, .. } => Told::say("story-diverted").unit(Some(*to)),
        Fact::PartyAdded(_) => Told::say("story-party-added"),
        Fact::Rated(rating) => Told::say("story-rated").text(&rating.comment),
        Fact::InterimReplied(reply) => {
            Told::say("story-interim-replied").text(&reply.reason).day(reply.expected_on)
        }
        Fact::DecidedUnder { first } => Told::say("story-decided-under").official(Some(*first)),
        Fact::DatedBack { days, reason } => Told::say("story-dated-back").text(reason).n(*days),
        Fact::DeadlineMoved { deadline, due_on, why, .. } => Told::say(match why {
            casework::fact::MoveReason::Extended => "story-deadline-extended",
            casework::fact::MoveReason::HearingExcluded => "story-deadline-hearing",
            casework::fact::MoveReason::Calendar => "story-deadline-calendar",
            casework::fact::MoveReason::Converted => "story-deadline-converted",
        })
        .limit(*deadline)
        .day(*due_on),
        Fact::DeadlineMissed { deadline } => Told::say("story-deadline-missed").limit(*deadline),
        Fact::WindowClosed { deadline } => Told::say("story-window-closed").limit(*deadline),
        Fact::SupervisionEscalated { step } => Told::say("story-supervision-escalated").n(*step),
        Fact::Withdrawn => Told::say("story-withdrawn"),
        Fact::Joined { .. } => Told::say("story-joined"),
        Fact::Parted { .. } => Told::say("story-parted"),
        Fact::SplitFrom { .. } => Told::say("story-split-from"),
        Fact::NewMatterLinked { .. } => Told::say("story-new-matter-linked"),
        Fact::AnsweredWith { .. } => Told::say("story-answered-with"),
        Fact::Released { .. } => Told::say("story-released"),
        Fact::OwnerSet { unit, official } => {
            Told::say("story-owner-set").unit(Some(*unit)).official(Some(*official))
        }
        // Told by the deadlines beside the story, or by the fact they follow from.
        Fact::Passed(_)
        | Fact::Recalendared(_)
        | Fact::LetterIssued(_)
        | Fact::ProcedureFixed { .. }
        | Fact::Moved { .. }
        | Fact::RoundOpened { .. }
        | Fact::DeadlineSet(_)
        | Fact::DeadlineStopped { .. }
        | Fact::DeadlineCancelled { .. }
        | Fact::LetterSigned(_) => return None,
    })
}
