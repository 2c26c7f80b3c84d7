//! What a letter may say, gathered from the record of the decision that signed it.

use super::Addressee;
use super::known::Known;
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::locale::Locale;
use casework::act::{Answer, Correction, Outcome};
use casework::concern::Concerns;
use casework::deadline::Lang;
use casework::disclosure::is_discreet;
use casework::procedure::{LengthSource, Procedure};
use casework::text::Text;
use casework::{ContentId, Fact, Petition, UnitId};
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::history::History;

/// What a wording may say, gathered from the record.
pub(super) struct Facts<'a> {
    pub(super) app: &'a App,
    pub(super) words: &'a BTreeMap<ContentId, String>,
    pub(super) locale: Locale,
    pub(super) known: Known,
}

impl Facts<'_> {
    fn put(&mut self, name: &'static str, value: impl AsRef<str>) {
        self.known.put(name, value.as_ref());
    }

    fn text(&self, text: &Text) -> String {
        self.words.get(&text.content).cloned().unwrap_or_default()
    }

    fn put_text(&mut self, name: &'static str, text: &Text) {
        let text = self.text(text);
        self.put(name, text);
    }

    fn put_unit(&mut self, name: &'static str, unit: Option<UnitId>) {
        let directory = self.app.directory();
        if let Some(unit) = unit.and_then(|unit| directory.unit(unit)) {
            self.put(name, self.locale.unit(unit));
        }
    }

    fn put_date(&mut self, name: &'static str, date: Date) {
        self.put(name, self.locale.date(date));
    }

    /// A legal date; marked while the holidays of its year are not announced.
    fn put_deadline(&mut self, name: &'static str, date: Date, provisional: bool) {
        let mark = if provisional { self.locale.say("provisional-mark") } else { String::new() };
        self.put(name, format!("{}{mark}", self.locale.date(date)));
    }

    /// What every letter says.
    pub(super) fn common(&mut self, history: &History, index: usize, who: Addressee) -> Result<(), Failure> {
        let petition = &history.petition;
        let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
        let letter = petition.letters.get(index).ok_or(Failure::Absent)?;
        self.put_text("title", &submission.title);
        self.put("number", submission.number.to_string());
        self.put_date("received_on", petition.received_on);
        self.put_date("signed_on", letter.on);
        self.put_unit("unit", Some(letter.signed.unit));
        self.put_unit("office", petition.office);
        let directory = self.app.directory();
        if let Some(unit) = directory.unit(letter.signed.unit) {
            self.put("phone", unit.phone.clone());
        }
        let party = petition.parties.first().and_then(|party| party.identity.as_ref());
        let identity = party.map(|text| Identity::read(&self.text(text))).unwrap_or_default();
        let name = match who {
            Addressee::Named => identity.name,
            Addressee::Masked => identity.masked(self.app.clock.today()).name,
            Addressee::Hidden => String::new(),
        };
        let name = if name.is_empty() { self.locale.say("letter-petitioner") } else { name };
        if letter.signed.to_petitioner {
            self.put("addressee", name);
        }
        Ok(())
    }

    /// What goes with a letter between units: the requests, and the files that were there when it was signed.
    pub(super) async fn enclosed(
        &mut self,
        history: &History,
        index: usize,
        who: Addressee,
    ) -> Result<(), Failure> {
        let petition = &history.petition;
        let numbered = |lines: &[String]| {
            let lines = lines.iter().enumerate().map(|(n, line)| format!("{}. {line}", n + 1));
            lines.collect::<Vec<String>>().join("\n")
        };
        let requests: Vec<String> = petition.requests.iter().map(|request| self.text(request)).collect();
        self.put("requests", numbered(&requests));
        // Whoever sees the matter without who filed it does not see its files either.
        if who == Addressee::Hidden {
            return Ok(());
        }
        let signed_on = petition.letters.get(index).map(|letter| letter.on);
        let files = self.app.attached(history).await?.into_iter().filter(|file| Some(file.on) <= signed_on);
        let names: Vec<String> = files.map(|file| file.about.name).collect();
        // Nor does the unit complained of learn from what they are called who asked not to be known; it gets the letter as it is sent.
        let names = match names.len() {
            n if n > 0 && is_discreet(self.app.procedure_of(petition)?, petition) => {
                self.locale.with("letter-enclosed", &[("n", &n.to_string())])
            }
            _ => numbered(&names),
        };
        self.put("attachments", names);
        Ok(())
    }

    /// What the decision that signed it says.
    pub(super) fn decision(&mut self, history: &History, index: usize) -> Result<(), Failure> {
        let petition = &history.petition;
        let procedure = self.app.procedure_of(petition)?;
        let at = petition.letters.get(index).map_or(0, |letter| letter.event);
        let record = super::signing(history, at).ok_or(Failure::Absent)?;
        let until = |seq: u64| history.records.iter().filter(move |record| record.seq < seq);
        let before = Petition::replay(petition.id, until(record.seq).flat_map(|record| &record.events));
        let after = Petition::replay(petition.id, until(record.seq + 1).flat_map(|record| &record.events));
        let to_petitioner = petition.letters.get(index).is_some_and(|letter| letter.signed.to_petitioner);
        let signed_by = petition.letters.get(index).map(|letter| letter.signed.unit);
        // Who was in charge when it was signed, if it was the unit that signed.
        if let Some((unit, official)) = after.owner
            && Some(unit) == signed_by
            && let Some(official) = self.app.directory().official(official)
        {
            self.put("handler", official.name.clone());
        }
        self.put_unit("to_unit", after.owner.map(|(unit, _)| unit).filter(|unit| Some(*unit) != signed_by));
        let kind = procedure.kind(&before.kind).map(|kind| self.locale.label(&kind.name));
        self.put("old_kind", kind.unwrap_or_default());
        for event in &record.events {
            self.fact(&event.fact, history);
            if let Fact::LetterCorrected(correction) = &event.fact {
                self.corrected(procedure, &before, correction, event.on);
            }
            if let Fact::DeadlineSet(set) = &event.fact
                && let Some(limit) = procedure.limit(&set.limit)
                && limit.role == casework::procedure::LimitRole::Duty
                && set.letter.is_none_or(|at| at as usize == index && !to_petitioner)
                // A decision may set several; the first one is its own, the others run beside it.
                && self.known.get("due_on").is_empty()
            {
                self.put_deadline("due_on", set.due_on, set.provisional);
                let days = self.locale.length(set.given_days.unwrap_or(limit.length), limit.unit);
                self.put("limit", days);
            }
            if let Fact::DeadlineSet(set) = &event.fact
                && set.limit == *"object"
            {
                self.put_deadline("object_by", set.due_on, set.provisional);
            }
            if let Fact::DeadlineMoved { due_on, provisional, .. } = &event.fact {
                self.put_deadline("new_due_on", *due_on, *provisional);
            }
        }
        Ok(())
    }

    /// What is put right in which letter, as that stood when it was: the page of a correction says what its file says.
    fn corrected(&mut self, procedure: &Procedure, before: &Petition, correction: &Correction, on: Date) {
        let index = correction.letter as usize;
        if let Some(letter) = before.letters.get(index)
            && let Some(known) = procedure.letter(&letter.signed.letter)
        {
            self.put("corrected_name", self.locale.label(&known.name));
            self.put("corrected_number", super::number(self.app, &letter.signed, known));
            self.put_date("corrected_on", letter.on);
            if let Some(day) = letter.served_on {
                self.put_date("corrected_served_on", day);
            }
            let window = before.window_of(procedure, index).filter(|window| window.is_open());
            if let Some(window) = window.filter(|window| on <= window.set.due_on) {
                self.put_deadline("corrected_until", window.set.due_on, window.set.provisional);
            }
        }
        self.put_text("wrong", &correction.wrong);
        self.put_text("right", &correction.right);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "facts that no letter speaks of add nothing to one")]
    fn fact(&mut self, fact: &Fact, history: &History) {
        let petition = &history.petition;
        let procedure = self.app.procedure_of(petition).ok();
        match fact {
            Fact::Forwarded(to)
            | Fact::Relayed(to)
            | Fact::Assigned(to)
            | Fact::Transferred(to)
            | Fact::ReportReferred(to) => {
                self.put_unit("to_unit", Some(to.to));
                self.put_text("note", &to.note);
                if let Some(day) = to.report_by {
                    self.put_date("report_by", day);
                }
            }
            Fact::RoutedToPath(routing) => {
                let way =
                    procedure.and_then(|procedure| procedure.ways.iter().find(|way| way.id == routing.way));
                self.put("way", way.map(|way| self.locale.label(&way.name)).unwrap_or_default());
                self.put("article", routing.article.clone());
                self.put_text("path_body", &routing.body);
                self.put_text("advice", &routing.advice);
                let remedy = procedure.zip(routing.remedy.as_ref());
                let remedy = remedy
                    .and_then(|(procedure, id)| procedure.remedies.iter().find(|remedy| remedy.id == *id));
                self.put("remedy", remedy.map(|remedy| self.locale.label(&remedy.name)).unwrap_or_default());
            }
            Fact::Declined(declining) => {
                let ground = procedure.and_then(|procedure| {
                    procedure.grounds.iter().find(|ground| ground.id == declining.ground)
                });
                self.put("ground", ground.map(|ground| self.locale.label(&ground.name)).unwrap_or_default());
                self.put(
                    "article",
                    ground.map(|ground| self.locale.article(&ground.basis)).unwrap_or_default(),
                );
                self.put(
                    "must_say",
                    ground.map(|ground| self.locale.label(&ground.must_say)).unwrap_or_default(),
                );
                self.put_text("facts", &declining.facts);
                self.put_text("advice", &declining.advice);
            }
            Fact::RefusalReviewed(review) => {
                self.put_text("reason", &review.reason);
                self.put(
                    if review.upheld { "upheld" } else { "changed" },
                    self.locale.say(if review.upheld { "letter-upheld" } else { "letter-changed" }),
                );
            }
            Fact::SupplementRequested(request) => {
                self.put_text("items", &request.items);
                self.put_date("by", request.by);
            }
            Fact::Extended(extension) => {
                self.put_text("reason", &extension.reason);
                self.put("days", self.locale.with("length-days", &[("n", &extension.days.to_string())]));
            }
            Fact::HearingNotified(notice) => {
                self.put_date("held_on", notice.held_on);
                self.put_text("place", &notice.place);
                let directory = self.app.directory();
                let chair = directory.official(notice.chair).map(|official| official.name.clone());
                self.put("chair", chair.unwrap_or_default());
                self.put("open", if notice.open { self.locale.say("letter-open") } else { String::new() });
            }
            Fact::Settled(settlement) => {
                let terms = settlement.terms.iter().map(|term| {
                    let directory = self.app.directory();
                    let who =
                        directory.unit(term.executor).map(|unit| self.locale.unit(unit)).unwrap_or_default();
                    let variables = [
                        ("promise", &*self.text(&term.promise)),
                        ("unit", &who),
                        ("day", &self.locale.date(term.due_on)),
                    ];
                    self.locale.with("letter-term", &variables)
                });
                let terms = terms.collect::<Vec<_>>().join("\n");
                self.put("terms", terms);
            }
            Fact::OpinionIssued(opinion) => {
                self.put_text("findings", &opinion.findings);
                if let Some(differs) = &opinion.differs {
                    self.put_text("differs", differs);
                }
                let answers = self.answers(history, &opinion.answers);
                self.put("answers", answers);
                // Said only where something is supported.
                if opinion.answers.iter().any(|answer| answer.outcome == Outcome::Supported) {
                    self.put("supported", self.locale.say("choice-outcome-supported"));
                }
            }
            Fact::OpinionUpheld(decision) | Fact::OpinionChanged(decision) => {
                self.put_text("findings", &decision.findings);
                self.put_text("reason", &decision.reason);
                self.put("article", decision.article.clone());
                let answers = self.answers(history, &decision.answers);
                self.put("answers", answers);
                let changed = matches!(fact, Fact::OpinionChanged(_));
                self.put(
                    if changed { "changed" } else { "upheld" },
                    self.locale.say(if changed { "letter-changed" } else { "letter-upheld" }),
                );
            }
            Fact::OpinionRemanded(remand) => {
                self.put_text("reason", &remand.reason);
                self.put("article", remand.article.clone());
                self.put("days", self.locale.with("length-days", &[("n", &remand.days.to_string())]));
            }
            Fact::ReviewRefused(refusal) => self.put_text("reason", &refusal.reason),
            Fact::ExecutionRecorded(execution) => {
                self.put_text("reason", &execution.proof);
                if let Some(promise) = petition.promises.get(execution.promise as usize) {
                    self.put_text("items", &promise.text);
                    if let Some(day) = promise.kept_on {
                        self.put_date("performed_on", day);
                    }
                }
            }
            Fact::Supervised(supervision) => {
                self.put("trigger", self.locale.word("choice-trigger", supervision.trigger));
                self.put_text("reason", &supervision.reason);
            }
            Fact::Recommended(recommendation) => {
                self.put("aim", self.locale.word("choice-aim", recommendation.aim));
                self.put_unit("to_unit", Some(recommendation.to));
                self.put_text("problem", &recommendation.problem);
                self.put_text("evidence", &recommendation.evidence);
                self.put_text("proposal", &recommendation.proposal);
            }
            Fact::SupervisionEscalated { step } => self.put("step", step.to_string()),
            Fact::SuggestionReplied(reply) => {
                self.put("adoption", self.locale.word("choice-adoption", reply.adoption));
                self.put_text("reason", &reply.reason);
            }
            Fact::ReportFedBack(statement) | Fact::PerformanceReported(statement) => {
                self.put_text("reason", &statement.text);
            }
            Fact::Reclassified(reasoned) | Fact::Converted(reasoned) => {
                self.put_text("reason", &reasoned.reason);
                let kind = procedure.and_then(|procedure| procedure.kind(&petition.kind));
                self.put("kind", kind.map(|kind| self.locale.label(&kind.name)).unwrap_or_default());
            }
            Fact::Merged(merging) => self.put_text("reason", &merging.reason),
            Fact::Split(splitting) => {
                self.put_text("reason", &splitting.reason);
                let parts = splitting
                    .portions
                    .iter()
                    .map(|portion| format!("{} {}", portion.number, self.text(&portion.title)));
                let parts = parts.collect::<Vec<_>>().join("\n");
                self.put("parts", parts);
            }
            Fact::InterimReplied(reply) => {
                self.put_text("reason", &reply.reason);
                self.put_date("expected_on", reply.expected_on);
            }
            _ => {}
        }
    }

    /// One line for each request, with its answer.
    fn answers(&self, history: &History, answers: &[Answer]) -> String {
        let directory = self.app.directory();
        let lines = answers.iter().map(|answer| {
            let request =
                history.petition.requests.get(answer.request as usize).map(|request| self.text(request));
            let outcome = self.locale.say(match answer.outcome {
                Outcome::Supported => "choice-outcome-supported",
                Outcome::Explained => "choice-outcome-explained",
                Outcome::NotSupported => "choice-outcome-not-supported",
            });
            let n = (answer.request + 1).to_string();
            let request = request.unwrap_or_default();
            let mut reason = self.text(&answer.reason);
            if self.locale.lang == Lang::Zh
                && !reason.is_empty()
                && !reason.ends_with(['。', '；', '！', '？'])
            {
                reason.push('。');
            }
            let mut line = self.locale.with(
                "letter-answer",
                &[
                    ("n", &n),
                    ("request", &request),
                    ("outcome", &outcome),
                    ("reason", &reason),
                    ("article", &answer.article),
                ],
            );
            let action = answer.action.as_ref().map(|action| self.text(action)).unwrap_or_default();
            let unit =
                answer.executor.and_then(|unit| directory.unit(unit)).map(|unit| self.locale.unit(unit));
            if let (false, Some(unit), Some(day)) = (action.is_empty(), unit, answer.due_on) {
                let variables = [("action", &*action), ("unit", &unit), ("day", &self.locale.date(day))];
                line.push_str(&self.locale.with("letter-action", &variables));
            }
            line
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The remedy that the letter opens: its length, who decides, and its last day once it was served.
    pub(super) fn remedy(&mut self, history: &History, index: usize) -> Result<(), Failure> {
        let petition = &history.petition;
        let procedure = self.app.procedure_of(petition)?;
        let letter = petition.letters.get(index).ok_or(Failure::Absent)?;
        let known = procedure.letter(&letter.signed.letter).ok_or(Failure::Absent)?;
        if known.last {
            self.put("last", self.locale.say("letter-last"));
        }
        let Some(limit) = known.remedy.as_ref().and_then(|limit| procedure.limit(limit)) else {
            return Ok(());
        };
        // The last day of a remedy outside the procedure depends on the remedy; its length is not the limit's.
        if limit.source != LengthSource::Remedy {
            self.put("remedy_days", self.locale.length(limit.length, limit.unit));
        }
        // Where the rules would send it: not to whom the matter is about (REC-2).
        let directory = self.app.directory();
        let concerns = Concerns::new(&directory, procedure, petition);
        let body = match limit.id.as_str() {
            "object_to_refusal" => petition.office.and_then(|office| concerns.superior_of(office)),
            _ => concerns.reviewer_of(letter.signed.unit),
        };
        self.put_unit("remedy_body", body);
        let windows = petition.deadlines.iter().filter(|deadline| deadline.set.limit == limit.id);
        let by_service = windows.clone().find(|deadline| Some(deadline.set.from) == letter.served_on);
        // A window that already ran when the letter was signed: a path's own limit, a review refused in time.
        let opened =
            by_service.or_else(|| windows.clone().rev().find(|deadline| deadline.set.from <= letter.on));
        if let Some(deadline) = opened {
            self.put_date("remedy_until", deadline.set.due_on);
        }
        Ok(())
    }
}
