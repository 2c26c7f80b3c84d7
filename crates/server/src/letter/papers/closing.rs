//! 结案审查表: whether everything was answered, served, kept in time and carried out, as the record stands (procedure.md §5, document 25).

use super::called;
use super::rows::Filling;
use crate::app::Failure;
use casework::fact::{Fact, RoundKind};
use casework::petition::DeadlineState;
use casework::procedure::LimitRole;
use casework::standing::is_overtaken;

impl Filling<'_> {
    pub(super) fn closing(&mut self) -> Result<(), Failure> {
        let history = self.reading.history;
        let (petition, locale) = (&history.petition, self.reading.locale);
        let procedure = self.app.procedure_of(petition)?;
        let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage));
        self.day("printed", self.app.clock.today());
        self.put("stage", &stage.map(|stage| locale.label(&stage.name)).unwrap_or_default());
        self.put("owner", &self.unit(petition.owner.map(|(unit, _)| unit)));
        // What stands: of a review that decided anew, else of the handling that was begun last, also where it has not answered yet.
        let mut rounds = petition.rounds.iter().rev().filter(|round| !round.refused);
        let standing = rounds.find(|round| round.kind == RoundKind::Handling || !round.answers.is_empty());
        let answers = standing.map(|round| round.answers.as_slice()).unwrap_or_default();
        let requests = petition.requests.iter().zip(0_u32..).map(|(request, n)| {
            let answer = answers.iter().find(|answer| answer.request == n);
            let outcome = answer.map_or_else(
                || locale.say("paper-none"),
                |answer| locale.word("choice-outcome", answer.outcome),
            );
            format!("{}. {}：{outcome}", n + 1, self.said(request))
        });
        let requests: Vec<String> = requests.collect();
        self.put("requests-answered", &requests.join("\n"));
        let served = petition.letters.iter().enumerate().filter(|(_, letter)| letter.signed.to_petitioner);
        let served = served.filter_map(|(index, letter)| {
            let name = called(self.app, letter, procedure, locale)?;
            Some(match letter.served_on {
                Some(day) => format!("■ {name} {}", locale.date(day)),
                // It is never served any more, and owed by nobody.
                None if is_overtaken(procedure, petition, index) => {
                    format!("— {name} {}", locale.say("paper-overtaken"))
                }
                None => format!("□ {name} {}", locale.say("paper-not-served")),
            })
        });
        let served: Vec<String> = served.collect();
        self.put("letters-served", &served.join("\n"));
        let (mut kept, mut late, mut open) = (0_u32, 0_u32, 0_u32);
        for deadline in &petition.deadlines {
            let limit = procedure.limit(&deadline.set.limit);
            if limit.is_some_and(|limit| limit.role == LimitRole::Duty) {
                // Late is late for good, whatever became of it.
                late += u32::from(deadline.missed);
                kept += u32::from(!deadline.missed && matches!(deadline.state, DeadlineState::Met { .. }));
                open += u32::from(deadline.is_open());
            }
        }
        let (kept, late, open) = (kept.to_string(), late.to_string(), open.to_string());
        self.put(
            "limits",
            &locale.with("paper-limits", &[("kept", &kept), ("late", &late), ("open", &open)]),
        );
        let days = |is: fn(&Fact) -> bool| {
            let events = history.records.iter().flat_map(|record| &record.events);
            let mut days: Vec<String> =
                events.filter(|event| is(&event.fact)).map(|event| locale.date(event.on)).collect();
            days.dedup();
            days.join("\n")
        };
        self.put("hearings", &days(|fact| matches!(fact, Fact::HearingHeld(_))));
        for (kind, label) in
            [(RoundKind::FirstReview, "first-review"), (RoundKind::SecondReview, "second-review")]
        {
            let round = petition.rounds.iter().rfind(|round| round.kind == kind && !round.refused);
            let said = round
                .map(|round| format!("{} {}", self.unit(Some(round.unit)), locale.date(round.opened_on)));
            self.put(label, &said.unwrap_or_default());
        }
        let promises = petition.promises.iter().filter(|promise| !promise.replaced).map(|promise| {
            let said = self.said(&promise.text);
            match promise.kept_on {
                Some(day) => format!("■ {said} {}", locale.date(day)),
                None => {
                    format!("□ {said}{}", locale.with("paper-owed", &[("day", &locale.date(promise.due_on))]))
                }
            }
        });
        let promises: Vec<String> = promises.collect();
        self.put("promises", &promises.join("\n"));
        let supervised = days(|fact| matches!(fact, Fact::Supervised(_) | Fact::SupervisionEscalated { .. }));
        self.put("supervision", &supervised);
        self.blank("aid", 1);
        self.blank("opinion", 3);
        self.blank("signature", 1);
        self.blank("head-signature", 2);
        self.note("paper-closing-note");
        Ok(())
    }
}
