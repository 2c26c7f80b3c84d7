//! Whole courses, written many times over in the order of time: a record that `verify` finds true.

use super::corpus::Template;
use crate::app::App;
use anyhow::{Context as _, ensure};
use casework::codes::RegisterNumber;
use casework::{Event, Fact, Name, Petition, PetitionId};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::content;
use store::history::{self, Decision};
use store::log::millis;
use store::seal::PetitionKey;
use store::{Batch, Outcome, Write, projection};

/// Decisions in one commit.
const TOGETHER: usize = 256;

/// A copy of one course on its way.
struct Copy {
    id: PetitionId,
    key: PetitionKey,
    tip: [u8; 32],
    events: Vec<Event>,
}

/// Writes copies of courses.
pub(super) struct Copies<'a> {
    app: &'a Arc<App>,
    templates: &'a [Template],
    origin: String,
    serials: BTreeMap<String, u32>,
}

impl<'a> Copies<'a> {
    /// Into an empty database.
    pub(super) async fn new(app: &'a Arc<App>, templates: &'a [Template]) -> anyhow::Result<Copies<'a>> {
        let head = store::log::head(&app.database).await?.context("the database has no log")?;
        Ok(Copies { app, templates, origin: head.origin, serials: BTreeMap::new() })
    }

    /// Writes at least so many decisions; how many there are.
    pub(super) async fn write(mut self, wanted: usize) -> anyhow::Result<u64> {
        let in_all: usize = self.templates.iter().map(|template| template.records.len()).sum();
        let times = wanted.div_ceil(in_all.max(1));
        let bar = ProgressBar::new((times * in_all) as u64);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message("writing decisions");
        let mut steps: Vec<(&str, usize, usize)> = Vec::new();
        for (template, course) in self.templates.iter().enumerate() {
            for (at, record) in course.records.iter().enumerate() {
                steps.push((&record.at, template, at));
            }
        }
        steps.sort_unstable();
        let mut copies: Vec<Vec<Copy>> = self.templates.iter().map(|_| Vec::new()).collect();
        for (_, template, at) in steps {
            let own = copies.get_mut(template).context("a course")?;
            if at == 0 {
                for _ in 0..times {
                    own.push(Copy {
                        id: PetitionId(crate::entropy::id(self.app.clock.now())?),
                        key: PetitionKey::new(self.app.database.suite()?, crate::entropy::bytes()?),
                        tip: [0; 32],
                        events: Vec::new(),
                    });
                }
            }
            for some in own.chunks_mut(TOGETHER) {
                let mut batch = Batch::new();
                for copy in some.iter_mut() {
                    self.step(template, at, copy, &mut batch)?;
                }
                ensure!(self.app.database.commit(batch).await? == Outcome::Committed, "a copy was refused");
                bar.inc(some.len() as u64);
            }
            if self.templates.get(template).is_some_and(|course| at + 1 == course.records.len()) {
                own.clear();
                own.shrink_to_fit();
            }
        }
        self.numbers().await?;
        bar.finish_and_clear();
        Ok((times * in_all) as u64)
    }

    fn step(&mut self, template: usize, at: usize, copy: &mut Copy, batch: &mut Batch) -> anyhow::Result<()> {
        let course = self.templates.get(template).context("a course")?;
        let record = course.records.get(at).context("a record")?;
        let mut events = record.events.clone();
        let mut refs = Vec::new();
        if at == 0 {
            let nonces = [&crate::entropy::bytes()?, &crate::entropy::bytes()?];
            let (key_ref, keep_key) =
                content::keep_key(&self.app.database, copy.id, &copy.key, nonces, None)?;
            batch.push(keep_key);
            refs.push(key_ref);
            for event in &mut events {
                if let Event { fact: Fact::Submitted(submission), .. } = event {
                    let day = course.petition.received_on;
                    let serial = self.serials.entry(day.to_string()).or_insert(0);
                    *serial += 1;
                    submission.number = RegisterNumber::new(&submission.number.division(), day, *serial)?;
                    submission.case_ref = Name::new(crate::entropy::token()?);
                }
            }
        }
        let words = course.words.iter().filter(|(seq, _)| *seq == record.seq);
        let words: Vec<_> = words.map(|(_, words)| words.clone()).collect();
        let (own, writes) = content::writes(&copy.key, copy.id, record.seq, &words)?;
        refs.extend(own);
        batch.extend(writes);
        let event = history::append(Decision {
            petition: copy.id,
            seq: record.seq,
            prev: copy.tip,
            at: (&record.at, true),
            kind: &record.kind,
            actor: &record.actor,
            events: &events,
            contents: refs,
            ekey: crate::entropy::bytes()?,
        })?;
        copy.tip = event.record(&self.origin, millis(&record.at)?, true).entry(&event.ekey);
        batch.record(event);
        copy.events.extend(events);
        if at + 1 == course.records.len() {
            let petition = Petition::replay(copy.id, &copy.events);
            let procedure = self.app.procedure_of(&petition)?;
            batch.extend(projection::writes(procedure, None, &petition));
        }
        Ok(())
    }

    /// The counters of letters: every copy has the numbers of its course.
    async fn numbers(&self) -> anyhow::Result<()> {
        let mut last: BTreeMap<(String, String, i16), u32> = BTreeMap::new();
        for course in self.templates {
            let procedure = self.app.procedure_of(&course.petition)?;
            for event in course.records.iter().flat_map(|record| &record.events) {
                if let Fact::LetterSigned(signed) = &event.fact
                    && let Some(letter) = procedure.letter(&signed.letter)
                {
                    let key = (signed.unit.to_string(), signed.series(letter), signed.year);
                    let serial = last.entry(key).or_insert(0);
                    *serial = (*serial).max(signed.serial);
                }
            }
        }
        let mut batch = Batch::new();
        for ((unit, mark, year), serial) in last {
            batch.push(Write::new(
                "insert into letter_number (unit_id, mark, year, last) values ($1, $2, $3, $4)",
                vec![unit.into(), mark.into(), i64::from(year).into(), i64::from(serial).into()],
            ));
        }
        self.app.database.commit(batch).await?;
        Ok(())
    }
}
