//! What happened, told to people: one entry for each decision, newest first.
//!
//! Every fact has its sentence here or is told by another; a new fact breaks the build until somebody decides.

use super::locale::Locale;
use crate::app::{App, Failure};
use casework::text::Text;
use casework::{ContentId, Fact, Name, OfficialId, UnitId};
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::history::History;

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
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
    /// An official who sees the matter.
    Official,
}

/// How a fact is told.
struct Told<'a> {
    key: &'static str,
    petitioner: bool,
    /// Words that came with it, and whether the petitioner reads them too.
    text: Option<(&'a Text, bool)>,
    unit: Option<UnitId>,
    official: Option<OfficialId>,
    day: Option<Date>,
    n: Option<u32>,
    limit: Option<u32>,
    name: Option<String>,
}

impl<'a> Told<'a> {
    fn open(key: &'static str) -> Told<'a> {
        Told {
            key,
            petitioner: true,
            text: None,
            unit: None,
            official: None,
            day: None,
            n: None,
            limit: None,
            name: None,
        }
    }

    fn inner(key: &'static str) -> Told<'a> {
        Told { petitioner: false, ..Told::open(key) }
    }

    /// With words that the petitioner reads too.
    fn text(mut self, text: &'a Text) -> Told<'a> {
        self.text = Some((text, true));
        self
    }

    /// With words between officials.
    fn note(mut self, text: &'a Text) -> Told<'a> {
        self.text = Some((text, false));
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
    let mut entries = Vec::new();
    let mut n_letters = 0;
    for record in &history.records {
        let mut entry: Option<Entry> = None;
        let by = record.actor.parse().ok().and_then(|id| directory.official(id));
        let by =
            by.map(|official| format!("{} {}", unit(Some(official.unit)), official.name)).unwrap_or_default();
        for event in &record.events {
            let blank = || Entry {
                on: event.on,
                what: String::new(),
                text: String::new(),
                notes: Vec::new(),
                letters: Vec::new(),
                by: by.clone(),
            };
            if let Fact::LetterSigned(signed) = &event.fact {
                if (signed.to_petitioner || reader == Reader::Official)
                    && let Some(letter) = procedure.letter(&signed.letter)
                {
                    let number = document_number(app, signed, &letter.mark);
                    let title = format!("{} {number}", locale.label(&letter.name));
                    entry.get_or_insert_with(blank).letters.push((title, n_letters));
                }
                n_letters += 1;
                continue;
            }
            let Some(told) =
                told(&event.fact, &|kind| procedure.kind(kind).map(|kind| locale.label(&kind.name)))
            else {
                continue;
            };
            if !told.petitioner && reader == Reader::Petitioner {
                continue;
            }
            let text = told.text.filter(|(_, open)| *open || reader == Reader::Official);
            let text = text.and_then(|(text, _)| words.get(&text.content)).cloned().unwrap_or_default();
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

/// 望住建信受〔2026〕186号: organ, letter mark, year and number.
pub(crate) fn document_number(app: &App, signed: &casework::fact::LetterSigned, mark: &str) -> String {
    let prefix = app.directory().unit(signed.unit).map(|unit| unit.letter_prefix.clone()).unwrap_or_default();
    format!("{prefix}{mark}〔{}〕{}号", signed.year, signed.serial)
}

fn told<'a>(fact: &'a Fact, kind: &dyn Fn(&Name) -> Option<String>) -> Option<Told<'a>> {
    Some(match fact {
        Fact::Submitted(_) => Told::open("story-submitted"),
        Fact::Registered(registered) => {
            Told::open("story-registered").name(kind(&registered.kind).unwrap_or_default())
        }
        Fact::Split(split) => Told::open("story-split").text(&split.reason),
        Fact::Merged(merged) => Told::open("story-merged").text(&merged.reason),
        Fact::Unmerged(reasoned) => Told::open("story-unmerged").text(&reasoned.reason),
        Fact::Forwarded(dispatch) => {
            Told::open("story-forwarded").unit(Some(dispatch.to)).note(&dispatch.note)
        }
        Fact::Relayed(dispatch) => Told::open("story-relayed").unit(Some(dispatch.to)).note(&dispatch.note),
        Fact::Assigned(dispatch) => Told::open("story-assigned").unit(Some(dispatch.to)).note(&dispatch.note),
        Fact::Transferred(dispatch) => {
            Told::open("story-transferred").unit(Some(dispatch.to)).note(&dispatch.note)
        }
        Fact::Objected(objection) => {
            Told::open("story-objected").unit(objection.suggested).note(&objection.reason)
        }
        Fact::ObjectionAgreed(agreement) => Told::open("story-objection-agreed").note(&agreement.reason),
        Fact::ObjectionRefused(reasoned) => Told::open("story-objection-refused").note(&reasoned.reason),
        Fact::TakenUp(handover) => Told::open("story-taken-up").official(Some(handover.official)),
        Fact::RoutedToPath(routing) => Told::open("story-routed-to-path").text(&routing.advice),
        Fact::PathNumberEntered(path) => Told::open("story-path-number-entered").text(&path.number),
        Fact::PerformanceReported(statement) => {
            Told::open("story-performance-reported").text(&statement.text)
        }
        Fact::Declined(declining) => Told::open("story-declined").text(&declining.facts),
        Fact::RefusalObjected(reasoned) => Told::open("story-refusal-objected").text(&reasoned.reason),
        Fact::RefusalReviewed(review) => {
            Told::open(if review.upheld { "story-refusal-upheld" } else { "story-refusal-revoked" })
                .text(&review.reason)
        }
        Fact::Accepted(acceptance) => Told::open("story-accepted").official(Some(acceptance.handler)),
        Fact::AcceptedSimple(acceptance) => {
            Told::open("story-accepted-simple").official(Some(acceptance.handler))
        }
        Fact::Converted(reasoned) => Told::open("story-converted").text(&reasoned.reason),
        Fact::HandedOver(handover) => Told::open("story-handed-over").official(Some(handover.official)),
        Fact::ContactRecorded(contact) => {
            Told::open(if contact.heard { "story-heard" } else { "story-contact-recorded" })
                .text(&contact.note)
        }
        Fact::SupplementRequested(request) => {
            Told::open("story-supplement-requested").text(&request.items).day(request.by)
        }
        Fact::Supplemented(supplement) => Told::open("story-supplemented").text(&supplement.text),
        Fact::HearingNotified(notice) => {
            Told::open("story-hearing-notified").text(&notice.place).day(notice.held_on)
        }
        Fact::HearingHeld(record) => {
            Told::open("story-hearing-held").text(&record.conclusion).day(record.began_on)
        }
        Fact::Extended(extension) => Told::open("story-extended").text(&extension.reason).n(extension.days),
        Fact::Settled(_) => Told::open("story-settled"),
        Fact::OpinionDrafted(_) => Told::inner("story-opinion-drafted"),
        Fact::OpinionIssued(_) => Told::open("story-opinion-issued"),
        Fact::Served(service) => Told::open(match service.method {
            casework::act::ServiceMethod::InPerson => "story-served-in-person",
            casework::act::ServiceMethod::Post => "story-served-post",
            casework::act::ServiceMethod::Electronic => "story-served-electronic",
            casework::act::ServiceMethod::LeftBehind => "story-served-left-behind",
            casework::act::ServiceMethod::BehindCode => "story-served-behind-code",
        })
        .note(&service.proof),
        Fact::ServiceReturned(returned) => Told::open("story-service-returned").text(&returned.reason),
        Fact::ReviewRequested(request) => Told::open("story-review-requested").text(&request.reason),
        Fact::ReviewAdmitted(handover) => {
            Told::open("story-review-admitted").official(Some(handover.official))
        }
        Fact::ReviewRefused(refusal) => Told::open("story-review-refused").text(&refusal.reason),
        Fact::OpinionUpheld(decision) => Told::open("story-opinion-upheld").text(&decision.reason),
        Fact::OpinionChanged(decision) => Told::open("story-opinion-changed").text(&decision.reason),
        Fact::OpinionRemanded(remand) => {
            Told::open("story-opinion-remanded").text(&remand.reason).n(remand.days)
        }
        Fact::WithdrawalAsked(withdrawal) => Told::open("story-withdrawal-asked").text(&withdrawal.reason),
        Fact::WithdrawalRevoked(reasoned) => Told::open("story-withdrawal-revoked").text(&reasoned.reason),
        Fact::ExecutionRecorded(execution) => Told::open("story-execution-recorded").text(&execution.proof),
        Fact::ResultReported(statement) => Told::inner("story-result-reported").text(&statement.text),
        Fact::Supervised(supervision) => Told::open("story-supervised").note(&supervision.reason),
        Fact::SupervisionReplied(reply) => Told::open("story-supervision-replied").note(&reply.reason),
        Fact::SuggestionReplied(reply) => Told::open("story-suggestion-replied").text(&reply.reason),
        Fact::ReportReferred(dispatch) => {
            Told::open("story-report-referred").unit(Some(dispatch.to)).note(&dispatch.note)
        }
        Fact::ReportAccepted(handover) => {
            Told::open("story-report-accepted").official(Some(handover.official))
        }
        Fact::ReportFedBack(statement) => Told::open("story-report-fed-back").text(&statement.text),
        Fact::ReclassificationProposed(proposal) => Told::inner("story-reclassification-proposed")
            .text(&proposal.reason)
            .name(kind(&proposal.kind).unwrap_or_default()),
        Fact::Reclassified(reasoned) => Told::open("story-reclassified").text(&reasoned.reason),
        Fact::MarkedUrgent(reasoned) => Told::open("story-marked-urgent").note(&reasoned.reason),
        Fact::UrgentReviewed(review) => {
            Told::open(if review.urgent { "story-urgent-confirmed" } else { "story-urgent-not-confirmed" })
                .note(&review.note)
        }
        Fact::RecusalAsked(ask) => Told::open("story-recusal-asked").note(&ask.reason).official(ask.official),
        Fact::RecusalDecided(decision) => {
            Told::open(if decision.recused { "story-recused" } else { "story-not-recused" })
                .note(&decision.reason)
                .official(Some(decision.official))
        }
        Fact::PartyAdded(_) => Told::open("story-party-added"),
        Fact::Rated(rating) => Told::open("story-rated").text(&rating.comment),
        Fact::InterimReplied(reply) => {
            Told::open("story-interim-replied").text(&reply.reason).day(reply.expected_on)
        }
        Fact::DatedBack { days, reason } => Told::open("story-dated-back").text(reason).n(*days),
        Fact::DeadlineMoved { deadline, due_on, why, .. } => Told::open(match why {
            casework::fact::MoveReason::Extended => "story-deadline-extended",
            casework::fact::MoveReason::HearingExcluded => "story-deadline-hearing",
            casework::fact::MoveReason::Calendar => "story-deadline-calendar",
            casework::fact::MoveReason::Converted => "story-deadline-converted",
        })
        .limit(*deadline)
        .day(*due_on),
        Fact::DeadlineMissed { deadline } => Told::open("story-deadline-missed").limit(*deadline),
        Fact::WindowClosed { deadline } => Told::open("story-window-closed").limit(*deadline),
        Fact::SupervisionEscalated { step } => Told::open("story-supervision-escalated").n(*step),
        Fact::Withdrawn => Told::open("story-withdrawn"),
        Fact::Joined { .. } => Told::inner("story-joined"),
        Fact::Parted { .. } => Told::inner("story-parted"),
        Fact::SplitFrom { .. } => Told::open("story-split-from"),
        Fact::NewMatterLinked { .. } => Told::inner("story-new-matter-linked"),
        Fact::AnsweredWith { .. } => Told::open("story-answered-with"),
        Fact::Released { .. } => Told::open("story-released"),
        Fact::OwnerSet { unit, official } => {
            Told::inner("story-owner-set").unit(Some(*unit)).official(Some(*official))
        }
        // Told by the deadlines beside the story, or by the fact they follow from.
        Fact::Passed(_)
        | Fact::Recalendared(_)
        | Fact::ProcedureFixed { .. }
        | Fact::Moved { .. }
        | Fact::RoundOpened { .. }
        | Fact::DeadlineSet(_)
        | Fact::DeadlineStopped { .. }
        | Fact::DeadlineCancelled { .. }
        | Fact::LetterSigned(_) => return None,
    })
}
