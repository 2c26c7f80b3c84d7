//! A database as large as a big office's: the demo's courses, played once by the rules, then written many times over
//! with numbers, references and words of their own, through the same events and projections as everything else. Of
//! matters at rest only the first decision and two texts are kept beside their rows in the lists.

use super::Place;
use crate::app::App;
use crate::contents::Contents;
use anyhow::Context as _;
use casework::codes::RegisterNumber;
use casework::{Event, Fact, Name, Petition, PetitionId};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::content::{self, NewContent};
use store::history::Decision;
use store::history::{self, Recorded};
use store::seal::PetitionKey;
use store::{Batch, Outcome, Write, projection};
use tokio::task::JoinSet;

/// Petitions written in one batch, and batches under way at once.
const BATCH: usize = 100;
const UNDER_WAY: usize = 8;

/// Sentences of the shipped matters, put together anew so that no two texts are the same.
pub(super) struct Sentences(Vec<String>);

impl Sentences {
    /// Those that come with the project.
    pub(super) fn shipped() -> anyhow::Result<Sentences> {
        let texts = crate::demo::texts()?;
        let cut = |text: &String| {
            text.split_inclusive(['。', '；', '？', '！'])
                .map(|part| part.trim().to_owned())
                .collect::<Vec<_>>()
        };
        let sentences: Vec<String> =
            texts.iter().flat_map(cut).filter(|text| text.chars().count() > 4).collect();
        anyhow::ensure!(!sentences.is_empty(), "demo/matters.toml holds no sentence");
        Ok(Sentences(sentences))
    }

    fn at(&self, n: usize) -> &str {
        self.0.get(n % self.0.len()).map_or("", String::as_str)
    }

    /// The n-th title.
    pub(super) fn title(&self, n: usize) -> String {
        let spread = n.wrapping_mul(7_919);
        self.at(spread).chars().take(28).collect::<String>().replace(['\n', '。'], "")
    }

    /// The n-th text, of exactly so many characters.
    pub(super) fn text(&self, n: usize, characters: usize) -> String {
        let mut text = format!("第{n}件。");
        let mut step = n.wrapping_mul(104_729);
        while text.chars().count() < characters {
            text.push_str(self.at(step));
            step = step.wrapping_mul(31).wrapping_add(17);
        }
        text.chars().take(characters).collect()
    }
}

/// One course as the demo played it.
pub(super) struct Template {
    pub(super) records: Vec<Recorded>,
    pub(super) words: Vec<(u64, NewContent)>,
    /// As it stands.
    pub(super) petition: Petition,
    /// Whether nothing is owed any more.
    pub(super) rests: bool,
}

/// The demo's courses without those that belong to others (joined, split, followed).
pub(super) async fn templates() -> anyhow::Result<Vec<Template>> {
    let place = Place::new("templates", None)?;
    let app = place.open().await?;
    crate::demo::make(&app, &[]).await?;
    let mut after = (String::new(), -1);
    let mut ids: Vec<PetitionId> = Vec::new();
    loop {
        let page = history::page(&app.database, &after, 1000).await?;
        let Some((id, last)) = page.last() else { break };
        after = (id.to_string(), i64::try_from(last.seq)?);
        ids.extend(page.iter().filter(|(_, recorded)| recorded.seq == 0).map(|(id, _)| *id));
    }
    let mut templates = Vec::new();
    for id in ids {
        let history = history::load(&app.database, id).await?.context("a petition of the demo")?;
        let petition = history.petition;
        let alone = petition.merged_into.is_none()
            && petition.joined.is_empty()
            && petition.split_from.is_none()
            && petition.parts.is_empty()
            && petition.followed_by.is_empty()
            && petition.answered_with.is_none();
        if alone {
            let procedure = app.procedure_of(&petition)?;
            let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage));
            let rests = stage.is_some_and(|stage| stage.rest.is_some())
                && projection::next_duty(procedure, &petition).is_none();
            let words = content::copies(&app.database, id).await?;
            templates.push(Template { records: history.records, words, petition, rests });
        }
    }
    Ok(templates)
}

/// Writes petitions into a database whose district is installed.
pub(super) struct Corpus {
    app: Arc<App>,
    sentences: Sentences,
    serials: BTreeMap<Date, u32>,
    made: usize,
}

/// A petition that was written.
pub(super) struct Made {
    /// Its reference in URLs.
    pub(super) case_ref: String,
}

impl Corpus {
    /// Into this application's database.
    pub(super) fn new(app: &Arc<App>) -> anyhow::Result<Corpus> {
        let sentences = Sentences::shipped()?;
        Ok(Corpus { app: Arc::clone(app), sentences, serials: BTreeMap::new(), made: 0 })
    }

    /// Writes one petition for each template named, in order; says which references they got.
    pub(super) async fn write(
        &mut self,
        which: impl ExactSizeIterator<Item = &Template>,
    ) -> anyhow::Result<Vec<Made>> {
        let bar = ProgressBar::new(which.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message("writing petitions");
        let mut made = Vec::with_capacity(which.len());
        let mut under_way = JoinSet::new();
        let mut batch = Batch::new();
        let mut inside = 0;
        let mut which = which.peekable();
        while let Some(template) = which.next() {
            made.push(self.petition(template, &mut batch)?);
            inside += 1;
            if inside == BATCH || which.peek().is_none() {
                let (app, batch) = (Arc::clone(&self.app), std::mem::take(&mut batch));
                inside = 0;
                under_way.spawn(async move { app.database.commit(batch).await });
                bar.set_position(made.len() as u64);
            }
            if under_way.len() >= UNDER_WAY
                && let Some(done) = under_way.join_next().await
                && done?? == Outcome::Conflict
            {
                anyhow::bail!("a number or reference was drawn twice");
            }
        }
        while let Some(done) = under_way.join_next().await {
            anyhow::ensure!(done?? == Outcome::Committed, "a number or reference was drawn twice");
        }
        bar.finish_and_clear();
        Ok(made)
    }

    fn petition(&mut self, template: &Template, batch: &mut Batch) -> anyhow::Result<Made> {
        let n = self.made;
        self.made += 1;
        let id = PetitionId(crate::entropy::id(self.app.clock.now())?);
        let received_on = template.petition.received_on;
        let serial = self.serials.entry(received_on).or_insert(0);
        *serial += 1;
        let submission = template.petition.submission.as_ref().context("a submission")?;
        let number = RegisterNumber::new(&submission.number.division(), received_on, *serial)?;
        // In order, not random: a million random keys written one after the other cost more than all the rest, and are
        // found as fast.
        let case_ref = format!("{n:032x}");
        let mut contents = Contents::new();
        let title = contents.add(&self.sentences.title(n))?;
        let body = contents.add(&self.sentences.text(n, 200))?;
        let replaced = [submission.title.content, submission.body.content];
        let mut petition = Petition::new(id);
        let key = PetitionKey::new(self.app.database.suite()?, crate::entropy::bytes()?);
        let nonces = [&crate::entropy::bytes()?, &crate::entropy::bytes()?];
        let (key_ref, keep_key) = content::keep_key(&self.app.database, id, &key, nonces, None)?;
        batch.push(keep_key);
        let mut own = contents.into_kept().words;
        for (at, record) in template.records.iter().enumerate() {
            let mut events = record.events.clone();
            if at == 0 {
                for event in &mut events {
                    if let Event { fact: Fact::Submitted(submission), .. } = event {
                        submission.number = number;
                        submission.case_ref = Name::new(case_ref.clone());
                        submission.title = title.clone();
                        submission.body = body.clone();
                    }
                }
            }
            // What rests is read by nobody here: its first decision stands for its past, to save hours and gigabytes.
            if at == 0 || !template.rests {
                let kept = |(seq, words): &&(u64, NewContent)| {
                    *seq == record.seq && !template.rests && !replaced.contains(&words.id)
                };
                let words = template.words.iter().filter(kept).map(|(_, words)| words.clone());
                let words: Vec<NewContent> = words.chain(std::mem::take(&mut own)).collect();
                let (mut refs, writes) = content::writes(&key, id, record.seq, &words)?;
                batch.extend(writes);
                if at == 0 {
                    refs.insert(0, key_ref.clone());
                }
                // The writer links the decisions of one batch.
                batch.record(history::append(Decision {
                    petition: id,
                    seq: record.seq,
                    prev: [0; 32],
                    at: (&record.at, true),
                    kind: &record.kind,
                    actor: &record.actor,
                    events: &events,
                    contents: refs,
                    ekey: crate::entropy::bytes()?,
                })?);
            }
            petition = events.iter().fold(petition, Petition::apply);
        }
        let procedure = self.app.procedure_of(&petition)?;
        batch.extend(projection::writes(procedure, None, &petition));
        batch.push(Write::new(
            "insert into access_code (code_mac, petition_id, party) values ($1, $2, $3)",
            vec![case_ref.as_str().into(), id.to_string().into(), 0.into()],
        ));
        Ok(Made { case_ref })
    }
}
