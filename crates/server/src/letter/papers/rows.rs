//! The lines of each paper: what the record knew when it was made, in the order of the form, and room for what is written by hand.

use super::{Kind, Reading, called};
use crate::app::{App, Failure};
use crate::letter::known::Withheld;
use crate::web::accesses::field_key;
use casework::directory::Official;
use casework::disclosure::Sight;
use casework::fact::{Fact, RoundKind};
use casework::procedure::LetterKind;
use casework::text::Text;
use casework::{ContentId, Petition, UnitId};
use jiff::civil::Date;
use notice::paper::Row;
use std::collections::BTreeMap;
use store::history::Recorded;

/// A paper while it is filled.
pub(super) struct Filling<'a> {
    pub(super) app: &'a App,
    pub(super) reading: &'a Reading<'a>,
    words: BTreeMap<ContentId, String>,
    withheld: Withheld,
    /// The decision that it is about, and the matter as it was before.
    record: Option<&'a Recorded>,
    before: Petition,
    /// A copy, because something is masked: nothing is written or signed on it.
    copy: bool,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        app: &'a App,
        reading: &'a Reading<'a>,
        words: BTreeMap<ContentId, String>,
        withheld: Withheld,
        seq: u64,
    ) -> Filling<'a> {
        let record = reading.history.records.iter().find(|record| record.seq == seq);
        let mut filling = Filling {
            app,
            reading,
            words,
            withheld,
            record,
            before: Petition::new(reading.history.petition.id),
            copy: false,
            rows: Vec::new(),
            notes: Vec::new(),
        };
        filling.before = filling.as_of(seq);
        filling
    }

    pub(super) fn filled(self) -> (Vec<Row>, Vec<String>) {
        (self.rows, self.notes)
    }

    /// The matter before the decision that begins there.
    fn as_of(&self, seq: u64) -> Petition {
        let history = self.reading.history;
        let until = history.records.iter().filter(|record| record.seq < seq);
        Petition::replay(history.petition.id, until.flat_map(|record| &record.events))
    }

    /// Fills it, and tells whose paper it is.
    pub(super) fn fill(&mut self, kind: Kind) -> Result<String, Failure> {
        let petition = &self.reading.history.petition;
        let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
        self.text("matter", &submission.title);
        // Whoever may not see who filed it has nobody sign it, either.
        self.copy = kind.names() && (self.reading.masked || self.reading.sight != Sight::Everything);
        let mut organ = self.before.owner.map(|(unit, _)| unit).or(petition.office);
        if kind == Kind::Closing {
            organ = petition.owner.map(|(unit, _)| unit).or(petition.office);
            self.closing()?;
        }
        for event in self.record.map(|record| record.events.as_slice()).unwrap_or_default() {
            if kind != Kind::Closing && Kind::of(&event.fact) == Some(kind) {
                organ = self.fact(&event.fact, event.on)?.or(organ);
            }
        }
        if self.copy {
            self.note("paper-copy");
        }
        Ok(self.unit(organ))
    }

    /// Whose paper it is, where that is not whoever was in charge.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only facts that have a paper are asked for")]
    fn fact(&mut self, fact: &Fact, on: Date) -> Result<Option<UnitId>, Failure> {
        let petition = &self.reading.history.petition;
        match fact {
            Fact::Registered(registered) => {
                self.registration(registered, on)?;
                return Ok(petition.office);
            }
            Fact::Objected(objection) => {
                let sender = self.as_of(self.after_this()).owner.map(|(unit, _)| unit);
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
                self.petitioner();
                self.put("how", &self.reading.locale.word("choice-contact", contact.kind));
                self.day("on", on);
                self.blank("time", 1);
                self.blank("where", 1);
                self.blank("present", 2);
                self.text("said", &contact.note);
                self.put("heard", &self.yes_or_no(contact.heard));
                self.blank("questions", 4);
                self.who_signs("recorder", &["read-back"]);
                self.note("paper-contact-note");
            }
            Fact::HearingHeld(record) => {
                if let Some((_, Fact::HearingNotified(notice))) =
                    self.last(|fact| matches!(fact, Fact::HearingNotified(_)))
                {
                    let chair = self.app.directory().official(notice.chair).map(|chair| chair.name.clone());
                    self.text("where", &notice.place);
                    self.put("chair", &chair.unwrap_or_default());
                    self.put("open", &self.yes_or_no(notice.open));
                }
                self.day("began", record.began_on);
                self.day("ended", record.ended_on);
                self.blank("members", 1);
                self.blank("present", 2);
                self.blank("statements", 6);
                self.text("conclusion", &record.conclusion);
                self.blank("votes", 2);
                self.who_signs("recorder", &["hearing-signatures"]);
            }
            Fact::ReviewRequested(request) => return Ok(self.review(request, on)),
            Fact::SupervisionReplied(reply) => {
                let unit = self.supervised();
                self.put("adoption", &self.reading.locale.word("choice-adoption", reply.adoption));
                self.text("done", &reply.reason);
                self.day("on", on);
                self.who_signs("handler", &["head-signature"]);
                return Ok(unit);
            }
            _ => {}
        }
        Ok(None)
    }

    fn registration(&mut self, registered: &casework::act::Registration, on: Date) -> Result<(), Failure> {
        let locale = self.reading.locale;
        let after = self.as_of(self.after_this());
        let submission = after.submission.as_ref().ok_or(Failure::Absent)?;
        let procedure = self.app.procedure_of(&self.reading.history.petition)?;
        let kind = procedure.kind(&registered.kind).map(|kind| locale.label(&kind.name));
        let class = locale.find(&format!("class-{}", registered.class)).unwrap_or_default();
        self.put("channel", &locale.say(&format!("channel-{}", submission.channel.word())));
        self.day("received", after.received_on);
        self.day("registered", on);
        self.petitioner();
        self.put("people", &submission.n_people.to_string());
        let spoken_for = submission
            .parties
            .iter()
            .filter(|party| party.standing == casework::act::Standing::Representative);
        let n_spoken_for = spoken_for.count();
        if n_spoken_for > 0 {
            self.put("representatives", &n_spoken_for.to_string());
        }
        self.put("kind", &kind.unwrap_or_default());
        self.put("class", &format!("{} {class}", registered.class));
        self.put(
            "place",
            &registered.place.as_ref().map(|place| self.place(place.as_str())).unwrap_or_default(),
        );
        let about: Vec<String> = submission
            .respondent
            .iter()
            .chain(&submission.accused)
            .map(|unit| self.unit(Some(*unit)))
            .collect();
        self.put("respondent", &locale.join(&about));
        let directory = self.app.directory();
        let named = after.named.iter().filter_map(|id| directory.official(*id));
        let named: Vec<String> =
            named.map(|official| format!("{}（{}）", official.name, official.post)).collect();
        if !named.is_empty() {
            self.put("named", &locale.join(&named));
        }
        let requests =
            after.requests.iter().zip(1..).map(|(request, n)| format!("{n}. {}", self.said(request)));
        let requests: Vec<String> = requests.collect();
        self.put("requests", &requests.join("\n"));
        self.text("facts", &submission.body);
        // Those that came with it; what was added later is not of the registration.
        let came: Vec<ContentId> = submission.files.iter().map(|file| file.content).collect();
        let files =
            self.reading.files.iter().filter(|(id, _)| came.contains(id)).map(|(_, name)| name.clone());
        let files: Vec<String> = files.collect();
        if self.reading.sight == Sight::Everything {
            self.put("files", &files.join("\n"));
        } else {
            self.put("files", &locale.with("paper-files", &[("n", &came.len().to_string())]));
        }
        // That there was an earlier matter is told to whoever may know of it, and so is what it was compared with.
        if submission.earlier.is_none() {
            self.put("earlier", &locale.say("paper-no"));
        } else if let Some(number) = &self.reading.earlier {
            self.put("earlier", number);
            if let Some(comparison) = &registered.comparison {
                self.text("comparison", comparison);
            }
        }
        self.put("confidential", &self.yes_or_no(submission.confidential));
        self.blank("publicity", 1);
        self.blank("access", 1);
        self.who_signs("registrar", &[]);
        Ok(())
    }

    fn answered_objection(&mut self, key: &str, reason: &Text, on: Date) {
        let objected = self.last(|fact| matches!(fact, Fact::Objected(_)));
        if let Some((record, Fact::Objected(objection))) = objected {
            let from = self.as_of(record.seq).owner.map(|(unit, _)| unit);
            self.put("to", &self.unit(from));
            self.text("objection-reason", &objection.reason);
        }
        self.put("decided", &self.reading.locale.say(key));
        self.text("reason", reason);
        self.day("on", on);
    }

    /// The request for a review, and below it what the petitioner may expect: the receipt, which is the reviewing body's.
    fn review(&mut self, request: &casework::act::ReviewRequest, on: Date) -> Option<UnitId> {
        let locale = self.reading.locale;
        let events = self.record.map(|record| record.events.as_slice()).unwrap_or_default();
        let opened = events.iter().find_map(|event| {
            if let Fact::RoundOpened { kind, unit } = &event.fact { Some((*kind, *unit)) } else { None }
        });
        self.petitioner();
        if let Some((kind, _)) = opened {
            let key = if kind == RoundKind::SecondReview { "second-review" } else { "first-review" };
            self.put("level", &locale.say(&format!("paper-row-{key}")));
        }
        // What they object to is the last decision on the merits that had been served.
        let procedure = self.app.procedure_of(&self.reading.history.petition).ok();
        let contested = self.before.letters.iter().rfind(|letter| {
            let known = procedure.and_then(|procedure| procedure.letter(&letter.signed.letter));
            letter.served_on.is_some()
                && known.is_some_and(|known| known.kind == LetterKind::Opinion && known.remedy.is_some())
        });
        if let Some((letter, procedure)) = contested.zip(procedure) {
            let (name, served) = (called(self.app, letter, procedure, locale), letter.served_on);
            self.put("contested", &name.unwrap_or_default());
            if let Some(served) = served {
                self.day("contested-served", served);
            }
        }
        self.text("review-reason", &request.reason);
        if let Some(posted) = request.posted_on {
            self.day("posted", posted);
        }
        if let Some(cause) = request.late_cause.as_ref().filter(|cause| !cause.is_empty()) {
            self.text("late-cause", cause);
        }
        self.blank("materials", 1);
        self.blank("applicant-signature", 1);
        self.day("receipt-on", on);
        self.put("receipt-by", &self.unit(opened.map(|(_, unit)| unit)));
        for event in events {
            if let Fact::DeadlineSet(set) = &event.fact
                && set.letter.is_none()
                && set.unit.is_some()
                && let Some(limit) = procedure.and_then(|procedure| procedure.limit(&set.limit))
            {
                let label = locale.with("paper-receipt-due", &[("limit", &locale.label(&limit.name))]);
                let mark = if set.provisional { locale.say("provisional-mark") } else { String::new() };
                self.rows.push(Row::known(&label, &format!("{}{mark}", locale.date(set.due_on))));
            }
        }
        self.blank("receipt-signature", 1);
        opened.map(|(_, unit)| unit)
    }

    /// What is replied to: who supervised, why, until when; the unit that was to reply.
    fn supervised(&mut self) -> Option<UnitId> {
        let locale = self.reading.locale;
        let procedure = self.app.procedure_of(&self.reading.history.petition).ok();
        let supervised =
            self.last(|fact| matches!(fact, Fact::Supervised(_) | Fact::SupervisionEscalated { .. }));
        if let Some((record, _)) = supervised {
            let letter = self
                .before
                .letters
                .iter()
                .rfind(|letter| letter.event > record.seq && !letter.signed.to_petitioner);
            let letter = letter.map(|letter| {
                (
                    letter.signed.unit,
                    procedure.and_then(|procedure| called(self.app, letter, procedure, locale)),
                )
            });
            if let Some((unit, name)) = letter {
                self.put("supervisor", &self.unit(Some(unit)));
                self.put("supervision-letter", &name.unwrap_or_default());
            }
            let stated = record.events.iter().find_map(|event| {
                if let Fact::Supervised(supervision) = &event.fact { Some(supervision) } else { None }
            });
            match stated {
                Some(supervision) => {
                    self.put("trigger", &self.reading.locale.word("choice-trigger", supervision.trigger));
                    self.text("supervised-for", &supervision.reason);
                }
                None => self.put("trigger", &locale.say("choice-trigger-overdue")),
            }
        }
        let due = self
            .before
            .open("supervision_reply")
            .last()
            .map(|(_, deadline)| (deadline.set.due_on, deadline.set.unit));
        if let Some((due, _)) = due {
            self.day("reply-due", due);
        }
        due.and_then(|(_, unit)| unit)
    }

    /// Who filed it, as far as the reader may see it.
    fn petitioner(&mut self) {
        let reading = self.reading;
        if reading.sight == Sight::Everything && reading.identity.is_empty() {
            let label = reading.locale.say("identity-field-name");
            self.rows.push(Row::known(&label, &reading.locale.say("paper-anonymous")));
        }
        for (field, value) in &reading.identity {
            self.rows.push(Row::known(&reading.locale.say(&field_key(*field)), value));
        }
    }

    /// Where the decision after this one begins.
    fn after_this(&self) -> u64 {
        self.record.map_or(u64::MAX, |record| record.seq + 1)
    }

    /// The last decision before this one that says so, with what it says.
    fn last(&self, is: impl Fn(&Fact) -> bool) -> Option<(&'a Recorded, &'a Fact)> {
        let seq = self.record.map_or(u64::MAX, |record| record.seq);
        let earlier = self.reading.history.records.iter().filter(|record| record.seq < seq);
        let facts = earlier.flat_map(|record| record.events.iter().map(move |event| (record, &event.fact)));
        facts.filter(|(_, fact)| is(fact)).last()
    }

    /// Who did it by name, with room for their signature and for those of others.
    fn who_signs(&mut self, role: &str, others: &[&str]) {
        let directory = self.app.directory();
        let by = self.record.and_then(|record| directory.official(record.actor.parse().ok()?));
        if let Some(name) = by.map(|Official { name, post, .. }| format!("{name}（{post}）")) {
            self.put(role, &name);
        }
        self.blank("signature", 1);
        for other in others {
            self.blank(other, 2);
        }
    }

    /// A township by its name, as the directory has it, or what was entered.
    fn place(&self, place: &str) -> String {
        let unit = place.parse().map(|id: UnitId| self.unit(Some(id))).unwrap_or_default();
        if unit.is_empty() { place.to_owned() } else { unit }
    }

    pub(super) fn unit(&self, unit: Option<UnitId>) -> String {
        let directory = self.app.directory();
        unit.and_then(|unit| directory.unit(unit))
            .map(|unit| self.reading.locale.unit(unit))
            .unwrap_or_default()
    }

    fn yes_or_no(&self, yes: bool) -> String {
        self.reading.locale.say(if yes { "paper-yes" } else { "paper-no" })
    }

    pub(super) fn said(&self, text: &Text) -> String {
        self.withheld.without(self.words.get(&text.content).map_or("", String::as_str))
    }

    fn text(&mut self, label: &str, text: &Text) {
        let said = self.said(text);
        self.put(label, &said);
    }

    pub(super) fn day(&mut self, label: &str, day: Date) {
        self.put(label, &self.reading.locale.date(day));
    }

    /// A line; that nothing is known is said, so that nobody writes it in later.
    pub(super) fn put(&mut self, label: &str, value: &str) {
        let locale = self.reading.locale;
        let label = locale.say(&format!("paper-row-{label}"));
        let none = locale.say("paper-none");
        self.rows.push(Row::known(&label, if value.trim().is_empty() { &none } else { value }));
    }

    /// Room to write; on a copy nobody writes.
    pub(super) fn blank(&mut self, label: &str, room: u8) {
        if !self.copy {
            self.rows.push(Row::blank(&self.reading.locale.say(&format!("paper-row-{label}")), room));
        }
    }

    pub(super) fn note(&mut self, key: &str) {
        self.notes.push(self.reading.locale.say(key));
    }
}
