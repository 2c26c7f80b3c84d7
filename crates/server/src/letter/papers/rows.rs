//! The lines of each paper: what the record knows, in the order of the form, and room for what is written by hand.

use super::{Kind, Reading, called};
use crate::app::{App, Failure};
use crate::letter::known::Withheld;
use casework::directory::Official;
use casework::fact::Fact;
use casework::text::Text;
use casework::{ContentId, UnitId};
use jiff::civil::Date;
use notice::paper::Row;
use serde::Serialize;
use std::collections::BTreeMap;
use store::history::Recorded;

/// A paper while it is filled.
pub(super) struct Filling<'a> {
    pub(super) app: &'a App,
    pub(super) reading: &'a Reading<'a>,
    pub(super) words: BTreeMap<ContentId, String>,
    pub(super) withheld: Withheld,
    /// Who took the decision that it is about; nobody for the petitioner and the timer.
    pub(super) by: Option<Official>,
    /// That decision.
    pub(super) seq: u64,
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<String>,
}

impl<'a> Filling<'a> {
    /// Fills it, and tells whose paper it is.
    pub(super) fn fill(&mut self, kind: Kind, record: Option<&Recorded>) -> Result<String, Failure> {
        let petition = &self.reading.history.petition;
        let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
        self.text("matter", &submission.title);
        if kind == Kind::Closing {
            self.closing()?;
            return Ok(self.unit(petition.owner.map(|(unit, _)| unit).or(petition.office)));
        }
        for event in record.map(|record| record.events.as_slice()).unwrap_or_default() {
            self.fact(&event.fact, event.on)?;
        }
        let own = self.by.as_ref().map(|official| official.unit);
        Ok(self.unit(own.or(petition.office)))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "only facts that have a paper are asked for")]
    fn fact(&mut self, fact: &Fact, on: Date) -> Result<(), Failure> {
        let history = self.reading.history;
        match fact {
            Fact::Registered(registered) => {
                let procedure = self.app.procedure_of(&history.petition)?;
                let kind = procedure.kind(&registered.kind).map(|kind| self.reading.locale.label(&kind.name));
                let class = self.reading.locale.find(&format!("class-{}", registered.class));
                let place = registered.place.as_ref().map(|place| self.place(place.as_str()));
                self.registration(on)?;
                self.put("kind", &kind.unwrap_or_default());
                self.put("class", &format!("{} {}", registered.class, class.unwrap_or_default()));
                self.put("place", &place.unwrap_or_default());
                if let Some(comparison) = &registered.comparison {
                    self.text("comparison", comparison);
                }
                self.who_signs("registrar", &[]);
                self.note("paper-registration-note");
                if self.reading.masked {
                    self.note("letter-copy");
                }
            }
            Fact::Objected(objection) => {
                let sender = self.before(|fact| {
                    matches!(
                        fact,
                        Fact::Forwarded(_) | Fact::Relayed(_) | Fact::Assigned(_) | Fact::Transferred(_)
                    )
                });
                let sender =
                    sender.and_then(|(record, _)| self.official(record)).map(|official| official.unit);
                self.put("to", &self.unit(sender));
                self.day("on", on);
                self.text("reason", &objection.reason);
                self.put("suggested", &self.unit(objection.suggested));
                self.who_signs("handler", &["head-signature"]);
            }
            Fact::ObjectionAgreed(agreement) => {
                self.answered_objection("paper-objection-agreed", &agreement.reason, on);
                if let Some(decision) = &agreement.competence_decision {
                    self.text("competence", decision);
                }
                self.who_signs("handler", &["head-signature"]);
            }
            Fact::ObjectionRefused(reasoned) => {
                self.answered_objection("paper-objection-refused", &reasoned.reason, on);
                self.who_signs("handler", &["head-signature"]);
            }
            Fact::ContactRecorded(contact) => {
                self.put("how", &self.choice("contact", contact.kind));
                self.day("on", on);
                self.blank("where", 1);
                self.blank("present", 2);
                self.petitioner();
                self.text("said", &contact.note);
                self.put(
                    "heard",
                    &self.reading.locale.say(if contact.heard { "paper-yes" } else { "paper-no" }),
                );
                self.who_signs("recorder", &["read-back"]);
                self.note("paper-contact-note");
            }
            Fact::HearingHeld(record) => {
                let notified = self.before(|fact| matches!(fact, Fact::HearingNotified(_)));
                if let Some((_, Fact::HearingNotified(notice))) = notified {
                    let chair = self.app.directory().official(notice.chair).map(|chair| chair.name.clone());
                    self.text("where", &notice.place);
                    self.put("chair", &chair.unwrap_or_default());
                    self.put(
                        "open",
                        &self.reading.locale.say(if notice.open { "paper-yes" } else { "paper-no" }),
                    );
                }
                self.day("began", record.began_on);
                self.day("ended", record.ended_on);
                self.blank("present", 3);
                self.blank("statements", 6);
                self.text("conclusion", &record.conclusion);
                self.who_signs("recorder", &["hearing-signatures"]);
            }
            Fact::ReviewRequested(request) => {
                self.review(request, on);
            }
            Fact::SupervisionReplied(reply) => {
                let supervised = self.before(|fact| matches!(fact, Fact::Supervised(_)));
                if let Some((record, Fact::Supervised(supervision))) = supervised {
                    let by = self.official(record).map(|official| official.unit);
                    self.put("supervisor", &self.unit(by));
                    self.put("trigger", &self.choice("trigger", supervision.trigger));
                    self.text("supervised-for", &supervision.reason);
                }
                self.put("adoption", &self.choice("adoption", reply.adoption));
                self.text("done", &reply.reason);
                self.day("on", on);
                self.who_signs("handler", &["head-signature"]);
            }
            _ => {}
        }
        Ok(())
    }

    fn registration(&mut self, on: Date) -> Result<(), Failure> {
        let locale = self.reading.locale;
        let petition = &self.reading.history.petition;
        let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
        self.put("channel", &locale.say(&format!("channel-{}", submission.channel.word())));
        self.day("received", petition.received_on);
        self.day("registered", on);
        self.petitioner();
        self.put("people", &submission.n_people.to_string());
        let spoken_for = submission
            .parties
            .iter()
            .filter(|party| party.standing == casework::act::Standing::Representative);
        let n = spoken_for.count();
        if n > 0 {
            self.put("representatives", &n.to_string());
        }
        self.put("respondent", &self.unit(submission.respondent));
        let requests: Vec<String> = petition
            .requests
            .iter()
            .zip(1..)
            .map(|(request, n)| format!("{n}. {}", self.said(request)))
            .collect();
        self.put("requests", &requests.join("\n"));
        self.text("facts", &submission.body);
        self.put(
            "files",
            &if self.reading.files.is_empty() { String::new() } else { self.reading.files.join("\n") },
        );
        let earlier = match (&submission.earlier, &self.reading.earlier) {
            (Some(_), Some(number)) => number.clone(),
            (Some(_), None) => locale.say("paper-yes"),
            (None, _) => locale.say("paper-no"),
        };
        self.put("earlier", &earlier);
        self.put("confidential", &locale.say(if submission.confidential { "paper-yes" } else { "paper-no" }));
        Ok(())
    }

    fn answered_objection(&mut self, key: &str, reason: &Text, on: Date) {
        let objected = self.before(|fact| matches!(fact, Fact::Objected(_)));
        if let Some((record, Fact::Objected(objection))) = objected {
            let from = self.official(record).map(|official| official.unit);
            self.put("to", &self.unit(from));
            self.text("objection-reason", &objection.reason);
        }
        self.put("decided", &self.reading.locale.say(key));
        self.text("reason", reason);
        self.day("on", on);
    }

    /// The request for a review, and below it what the petitioner may expect: the receipt.
    fn review(&mut self, request: &casework::act::ReviewRequest, on: Date) {
        let history = self.reading.history;
        let locale = self.reading.locale;
        self.petitioner();
        // What they object to is the last decision that was served and had a remedy.
        let procedure = self.app.procedure_of(&history.petition).ok();
        let mut contested = history.petition.letters.iter().enumerate().filter(|(_, letter)| {
            let known = procedure.and_then(|procedure| procedure.letter(&letter.signed.letter));
            letter.event < self.seq && known.is_some_and(|known| known.remedy.is_some())
        });
        if let Some((index, letter)) = contested.next_back() {
            self.put("contested", &called(self.app, history, index, locale).unwrap_or_default());
            if let Some(served) = letter.served_on {
                self.day("contested-served", served);
            }
        }
        self.text("review-reason", &request.reason);
        if let Some(posted) = request.posted_on {
            self.day("posted", posted);
        }
        if let Some(cause) = &request.late_cause {
            self.text("late-cause", cause);
        }
        self.put("files", &self.reading.files.join("\n"));
        self.blank("applicant-signature", 1);
        self.day("receipt-on", on);
        let record = history.records.iter().find(|record| record.seq == self.seq);
        for event in record.map(|record| record.events.as_slice()).unwrap_or_default() {
            if let Fact::RoundOpened { unit, .. } = &event.fact {
                self.put("receipt-by", &self.unit(Some(*unit)));
            }
            if let Fact::DeadlineSet(set) = &event.fact
                && set.letter.is_none()
                && set.unit.is_some()
                && let Some(limit) = procedure.and_then(|procedure| procedure.limit(&set.limit))
            {
                let label = locale.with("paper-receipt-due", &[("limit", &locale.label(&limit.name))]);
                self.rows.push(Row::known(&label, &locale.date(set.due_on)));
            }
        }
        self.blank("receipt-signature", 1);
    }

    /// Who filed it, as far as the reader may see it.
    pub(super) fn petitioner(&mut self) {
        let reading = self.reading;
        for (label, value) in &reading.identity {
            self.rows.push(Row::known(label, value));
        }
    }

    /// The last decision before this one that says so, with what it says.
    fn before(&self, is: impl Fn(&Fact) -> bool) -> Option<(&'a Recorded, &'a Fact)> {
        let history = self.reading.history;
        let earlier = history.records.iter().filter(|record| record.seq < self.seq);
        let facts = earlier.flat_map(|record| record.events.iter().map(move |event| (record, &event.fact)));
        facts.filter(|(_, fact)| is(fact)).last()
    }

    fn official(&self, record: &Recorded) -> Option<Official> {
        self.app.directory().official(record.actor.parse().ok()?).cloned()
    }

    /// Who did it by name, with room for their signature and for those of others.
    fn who_signs(&mut self, role: &str, others: &[&str]) {
        if let Some(name) = self.by.as_ref().map(|official| format!("{}（{}）", official.name, official.post))
        {
            self.put(role, &name);
        }
        self.blank("signature", 1);
        for other in others {
            self.blank(other, 2);
        }
    }

    /// A township by its name, as the directory has it, or what was entered.
    fn place(&self, place: &str) -> String {
        let directory = self.app.directory();
        let unit = place
            .parse()
            .ok()
            .and_then(|id: UnitId| directory.unit(id).map(|unit| self.reading.locale.unit(unit)));
        unit.unwrap_or_else(|| place.to_owned())
    }

    pub(super) fn unit(&self, unit: Option<UnitId>) -> String {
        let directory = self.app.directory();
        unit.and_then(|unit| directory.unit(unit))
            .map(|unit| self.reading.locale.unit(unit))
            .unwrap_or_default()
    }

    /// A word of a closed list, as the forms have it.
    pub(super) fn choice(&self, set: &str, word: impl Serialize) -> String {
        let word = serde_json::json!(word);
        let word = word.as_str().unwrap_or_default().replace('_', "-");
        self.reading.locale.say(&format!("choice-{set}-{word}"))
    }

    pub(super) fn said(&self, text: &Text) -> String {
        self.withheld.without(self.words.get(&text.content).map_or("", String::as_str))
    }

    pub(super) fn text(&mut self, label: &str, text: &Text) {
        let said = self.said(text);
        self.put(label, &said);
    }

    pub(super) fn day(&mut self, label: &str, day: Date) {
        self.put(label, &self.reading.locale.date(day));
    }

    /// A line; nothing known is said as such, so that nobody writes it in later.
    pub(super) fn put(&mut self, label: &str, value: &str) {
        let locale = self.reading.locale;
        let none = if value.trim().is_empty() { locale.say("paper-none") } else { String::new() };
        self.rows.push(Row::known(
            &locale.say(&format!("paper-row-{label}")),
            if none.is_empty() { value } else { &none },
        ));
    }

    pub(super) fn blank(&mut self, label: &str, room: u8) {
        self.rows.push(Row::blank(&self.reading.locale.say(&format!("paper-row-{label}")), room));
    }

    pub(super) fn note(&mut self, key: &str) {
        self.notes.push(self.reading.locale.say(key));
    }
}
