//! Restriction and erasure at the edge: how long files are kept, what of a withheld matter may be shown, and the destruction
//! of a key in the commit that decides it (RET-1 to RET-3; docs/decisions/0012). The rules are in `casework`.

use super::{App, Failure};
use crate::config::Config;
use anyhow::Context as _;
use casework::act::Measure;
use casework::disclosure::Sight;
use casework::procedure::DisposalBasis;
use casework::{ContentId, Event, Fact, OfficialId, Petition, PetitionId, Procedure};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::history::History;
use store::{Batch, content, keys};

/// Procedures with the office's own number of years for which files are kept.
///
/// # Errors
/// When it is fewer than the law of the configured procedure asks for (RET-2).
pub(super) fn keeping(mut procedures: Vec<Procedure>, config: &Config) -> anyhow::Result<Vec<Procedure>> {
    let years = config.retention_years;
    if years == 0 {
        return Ok(procedures);
    }
    for procedure in &mut procedures {
        if procedure.id == *config.procedure && years < procedure.retention_years {
            anyhow::bail!(
                "configuration: `retention_years` is {years}, but {} keeps files for at least {} years ({})",
                procedure.id,
                procedure.retention_years,
                procedure.retention_basis
            );
        }
        procedure.retention_years = procedure.retention_years.max(years);
    }
    Ok(procedures)
}

/// What became of a matter's words and names, as its petitioner is told.
#[derive(Clone, Debug)]
pub(crate) struct Disposal {
    /// The key is destroyed; else the matter is restricted.
    pub(crate) erased: bool,
    /// Since when.
    pub(crate) on: Date,
    /// On which basis.
    pub(crate) basis: DisposalBasis,
    /// Until when an older backup may still open what was erased (RET-3).
    pub(crate) backups_until: Option<Date>,
}

impl App {
    /// Whether a matter is restricted or erased, since when and on which basis.
    pub(crate) fn disposal(&self, petition: &Petition) -> Result<Option<Disposal>, Failure> {
        let (erased, disposed) = match (&petition.erased, &petition.restricted) {
            (Some(erased), _) => (true, erased),
            (None, Some(restricted)) => (false, restricted),
            (None, None) => return Ok(None),
        };
        let procedure = self.procedure_of(petition)?;
        let basis = procedure.disposal(&disposed.basis).cloned();
        let basis = basis.with_context(|| format!("{} knows no basis {}", procedure.id, disposed.basis))?;
        let backups_until = disposed.backups_until;
        Ok(Some(Disposal { erased, on: disposed.on, basis, backups_until }))
    }

    /// Words that an official may see of a matter: of one that is withheld nothing but the reason of a proposal that
    /// somebody must decide on; to whoever may not know who filed it nothing by which the post is asked where a letter went, and no
    /// text that names them.
    pub(crate) async fn words_for(
        &self,
        history: &History,
        sight: Sight,
    ) -> Result<BTreeMap<ContentId, String>, Failure> {
        let petition = &history.petition;
        match sight {
            Sight::Nothing => Ok(BTreeMap::new()),
            Sight::Everything => self.words(petition).await,
            Sight::Matter => {
                let mut words = self.words(petition).await?;
                for event in history.records.iter().flat_map(|record| &record.events) {
                    for text in casework::disclosure::beyond_the_matter(&event.fact) {
                        words.remove(&text.content);
                    }
                }
                let mark = crate::letter::deciding(self.procedure_of(petition)?).say("letter-withheld");
                crate::letter::mask(petition, &mut words, &mark);
                Ok(words)
            }
            Sight::Shell => {
                let mut words = BTreeMap::new();
                if let Some(proposal) = &petition.disposal
                    && let Some(reason) =
                        content::one(&self.database, petition.id, proposal.reason.content).await?
                {
                    words.insert(proposal.reason.content, reason);
                }
                Ok(words)
            }
        }
    }

    /// The last day on which a backup may still open what was erased on a day (RET-3).
    pub(super) fn backups_until(&self, erased_on: Date) -> Date {
        erased_on.checked_add(self.backup_days.days()).unwrap_or(erased_on)
    }

    /// After a key was destroyed: what was overwritten leaves the files too. The key is gone from the rows already; what
    /// fails here is tried again by the timer.
    pub(super) async fn scrub(&self) {
        let failed = self.database.scrub().await.err();
        self.scrub_again.store(failed.is_some(), Ordering::SeqCst);
        if let Some(error) = failed {
            tracing::warn!(
                "a destroyed key still stands in the write-ahead log: {error}; the timer tries again"
            );
        }
    }

    /// Destroys the petition's key where that was decided: in the same batch as the decision, with what the log says of
    /// it.
    pub(super) async fn destroy_key(
        &self,
        batch: &mut Batch,
        petition: PetitionId,
        (at, sure): (&str, bool),
        decided_by: Option<OfficialId>,
        events: &[Event],
    ) -> Result<(), Failure> {
        let decided = events.iter().find_map(|event| {
            let Fact::DisposalDecided(decision) = &event.fact else { return None };
            decision.done().filter(|done| done.measure == Measure::Erase)
        });
        let Some(done) = decided else { return Ok(()) };
        let two = done.by.zip(decided_by).context("an erasure is decided by two people")?;
        let (fact, writes) = keys::erase(&self.database, petition, &done.basis, two).await?;
        let tip = keys::tip(&self.database).await?;
        let version = keys::current(&self.database)?;
        let mut event = keys::event(&tip, (at, sure), version, &fact, crate::entropy::bytes()?);
        event.actor = two.1.to_string();
        batch.extend(writes);
        batch.record(event);
        Ok(())
    }
}
