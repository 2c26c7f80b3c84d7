//! A signed letter becomes a file: printed once, kept under the petition's key, and recorded with its digest (architecture §10.22).
//!
//! It follows the signature at once, by whoever's act signed it, because of a sealed matter nobody else can read the words. What
//! stays behind, signed by the timer or by a program that stopped, is issued by the timer, and of a sealed matter by whoever opens
//! the letter next. Nothing is served before.

use super::{Addressee, Copy, Which, deciding, printed, sheet};
use crate::app::{App, Carried, Failure};
use crate::contents::Contents;
use crate::entropy;
use anyhow::Context as _;
use casework::act::LetterIssue;
use casework::authority::Actor;
use casework::codes::LetterMark;
use casework::text::{Commitment, Digest};
use casework::{Act, ContentId, Event, Fact, Petition, PetitionId, Verb};
use store::attachment;
use store::content::sha256;
use store::history::{self, History};
use store::seal::FileKey;
use store::{StoreError, Value};

/// Petitions looked at in one go.
const PAGE: i64 = 200;
const WAITING: &str = "select distinct petition_id from letter where waits = 1 and petition_id > $1 order by petition_id limit $2";

impl App {
    /// What follows a decision that signed letters. That it cannot be done now undoes nothing: the timer does it again.
    pub(crate) async fn issue_what_was_signed(&self, done: Carried) -> Petition {
        let mut after = done.after;
        for id in done.signed {
            match self.issue_letters(id, None).await {
                Ok(Some(issued)) if id == after.id => after = issued,
                Ok(_) => {}
                Err(failure) => tracing::error!(petition.id = %id, "a letter was not issued: {failure:#}"),
            }
        }
        after
    }

    /// Issues what a petition has signed and not issued, or one letter of it, if it can be read; the petition as it is then. A letter
    /// that cannot be printed holds up none behind it.
    ///
    /// # Errors
    /// The first reason why one could not be printed or kept.
    pub(crate) async fn issue_letters(
        &self,
        id: PetitionId,
        only: Option<usize>,
    ) -> Result<Option<Petition>, Failure> {
        let Some(mut history) = history::load(&self.database, id).await? else { return Ok(None) };
        let mut failed = None;
        // Each letter is tried once: whoever else issues it meanwhile makes this one superfluous.
        for index in 0..history.petition.letters.len() {
            let letter = history.petition.letters.get(index);
            let waits = letter.is_some_and(|letter| letter.issued.is_none() && letter.served_on.is_none());
            let asked = waits && only.is_none_or(|only| only == index);
            if !asked || history.closed || !history.petition.lets(Verb::IssueLetter) {
                continue;
            }
            match self.issue(&history, index).await {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) if refusal.code() == "letter_is_not_issued" => {}
                Err(failure) => failed = failed.or(Some(failure)),
            }
            history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
        }
        match failed {
            Some(failure) => Err(failure),
            None => Ok(Some(history.petition)),
        }
    }

    async fn issue(&self, history: &History, index: usize) -> Result<(), Failure> {
        let petition = &history.petition;
        let locale = deciding(self.procedure_of(petition)?);
        let mark = LetterMark::from_random(&entropy::bytes()?);
        let which = Which { history, index, who: Addressee::Named };
        let sheet = sheet(self, locale, which, Copy::Issued(&mark)).await?;
        let (file, pages) = printed(move || notice::press::press_counted(&sheet)).await?;
        let id = ContentId(uuid::Builder::from_random_bytes(entropy::bytes()?).into_uuid());
        let key = FileKey::new(self.database.suite()?, entropy::bytes()?);
        let made = attachment::whole((id, key, entropy::bytes()?), &file, || {
            entropy::bytes().map_err(Failure::Broken)
        })?;
        let issue = LetterIssue {
            letter: u32::try_from(index).context("place of a letter").map_err(Failure::Broken)?,
            mark: Digest(sha256(mark.as_str().as_bytes())),
            digest: Digest(sha256(&file)),
            file: id,
            commitment: Commitment(made.0.commitment),
            size: file.len() as u64,
            pages: u32::try_from(pages).context("pages of a letter").map_err(Failure::Broken)?,
        };
        let mut contents = Contents::new();
        contents.attach_made(made);
        let act = Act::IssueLetter(issue);
        self.commit_act(&Actor::System, petition.id, None, act.into(), contents).await?;
        Ok(())
    }

    /// Issues a letter before it is served, where it waits; the version that whoever serves it has seen then: letters became files, and
    /// nothing else happened since.
    ///
    /// # Errors
    /// When it cannot be printed or kept.
    pub(crate) async fn issue_first(
        &self,
        id: PetitionId,
        letter: u32,
        seen: Option<u64>,
    ) -> Result<Option<u64>, Failure> {
        let Some(history) = history::load(&self.database, id).await? else { return Ok(seen) };
        let index = letter as usize;
        let waits = history.petition.letters.get(index).is_some_and(|letter| letter.issued.is_none());
        if !waits || history.closed {
            return Ok(seen);
        }
        self.issue_letters(id, Some(index)).await?;
        let (Some(seen), Some(history)) = (seen, history::load(&self.database, id).await?) else {
            return Ok(seen);
        };
        let issued = Verb::IssueLetter.word();
        let only_issued = history.records.iter().all(|record| record.seq < seen || record.kind == issued);
        Ok(Some(if only_issued { history.petition.version } else { seen }))
    }

    /// The timer's part: whatever ordinary matters have signed and not issued. How many petitions could not be helped is logged,
    /// petition by petition, and none holds up another.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn issue_what_waits(&self) -> anyhow::Result<()> {
        let mut after = String::new();
        loop {
            let rows =
                self.database.query(WAITING, vec![after.as_str().into(), Value::Integer(PAGE)]).await?;
            for row in &rows {
                after = row.text(0)?.to_owned();
                let id = after.parse().map_err(|_| anyhow::anyhow!("petition id of a letter"))?;
                if let Err(failure) = self.issue_letters(id, None).await {
                    tracing::error!(petition.id = %id, "a letter was not issued: {failure:#}");
                }
            }
            if i64::try_from(rows.len()).unwrap_or(0) < PAGE {
                return Ok(());
            }
        }
    }

    /// An issued letter's file, bit for bit; issued now where it waits and whoever asks can read the matter.
    ///
    /// # Errors
    /// `Absent` when there is no such letter, it cannot be issued, or its key was destroyed; `Broken` when the file is not the one
    /// that was issued.
    pub(crate) async fn letter_file(&self, history: &History, index: usize) -> Result<Vec<u8>, Failure> {
        let issued =
            |petition: &Petition| petition.letters.get(index).and_then(|letter| letter.issued.clone());
        let issue = match issued(&history.petition) {
            Some(issue) => issue,
            None => {
                let petition = self.issue_letters(history.petition.id, Some(index)).await?;
                petition.as_ref().and_then(issued).ok_or(Failure::Absent)?
            }
        };
        let files = attachment::of_petition(&self.database, history.petition.id).await?;
        let kept = files.iter().find(|kept| kept.id == issue.file).ok_or(Failure::Absent)?;
        let mut file = Vec::new();
        for idx in 0.. {
            let Some(piece) = attachment::read(&self.database, &kept.key, kept.id, idx).await? else { break };
            file.extend(piece);
        }
        if sha256(&file) != issue.digest.0 {
            let what = format!("attachment {}: it is not the letter that was issued", kept.id);
            return Err(StoreError::Corrupt(what).into());
        }
        Ok(file)
    }
}

/// The decision by which a letter became a file.
pub(crate) fn issued_at(history: &History, index: usize) -> Option<u64> {
    let issues =
        |event: &Event| matches!(&event.fact, Fact::LetterIssued(issue) if issue.letter as usize == index);
    history.records.iter().find(|record| record.events.iter().any(issues)).map(|record| record.seq)
}
