//! Makes the lists anew from the events.

use super::{Report, Rules};
use crate::history::{self, History, Recorded};
use crate::sql::{Batch, Outcome, Write};
use crate::{Database, StoreError, projection, sealed};
use casework::{Petition, PetitionId};
use std::collections::BTreeSet;

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    "delete from matter",
    "delete from matter_unit",
    "delete from deadline",
    "delete from desk",
    "delete from reach",
    "delete from letter",
];

/// Decisions read in one go.
const PAGE: i64 = 1000;

/// Makes the lists anew; says how many decisions were replayed with `progress`.
///
/// # Errors
/// Whatever the database reports; a body that does not match its digest is `Corrupt` and named. Interrupted, it is simply
/// run again.
pub async fn rebuild(
    database: &Database,
    rules: &dyn Rules,
    mut progress: impl FnMut(u64),
) -> Result<Report, StoreError> {
    let mut clear = Batch::new();
    clear.extend(STATEMENTS.iter().map(|sql| Write::new(sql, Vec::new())));
    database.commit(clear).await?;
    let mut report = Report::default();
    let mut after = (String::new(), -1_i64);
    let mut open: Option<Petition> = None;
    let mut closed = BTreeSet::new();
    loop {
        let page = history::page(database, &after, PAGE).await?;
        let n = page.len();
        for (id, recorded) in page {
            after = (id.to_string(), i64::try_from(recorded.seq).unwrap_or(i64::MAX));
            if open.as_ref().is_some_and(|petition| petition.id != id)
                && let Some(done) = open.take()
            {
                lay_out_open(database, rules, done, &closed, &mut report).await?;
            }
            let petition = open.take().unwrap_or_else(|| Petition::new(id));
            open = Some(follow(petition, &recorded));
            if recorded.kind == sealed::SEALED {
                closed.insert(id);
            }
            report.decisions += 1;
        }
        progress(report.decisions);
        if i64::try_from(n).unwrap_or(0) < PAGE {
            break;
        }
    }
    if let Some(done) = open {
        lay_out_open(database, rules, done, &closed, &mut report).await?;
    }
    let mut done = Batch::new();
    done.push(projection::made_anew());
    database.commit(done).await?;
    Ok(report)
}

fn follow(petition: Petition, recorded: &Recorded) -> Petition {
    recorded.events.iter().fold(petition, Petition::apply)
}

/// Lays out a petition as its events make it; where they are sealed, as its shell has it.
async fn lay_out_open(
    database: &Database,
    rules: &dyn Rules,
    petition: Petition,
    closed: &BTreeSet<PetitionId>,
    report: &mut Report,
) -> Result<(), StoreError> {
    if !closed.contains(&petition.id) {
        return lay_out(database, rules, &petition, report).await;
    }
    report.closed += 1;
    match sealed::shell(database, petition.id).await? {
        Some(shell) => lay_out(database, rules, &shell, report).await,
        // An ordinary matter again, which the office's key opens; else its shell is lost.
        None => match history::load(database, petition.id).await {
            Ok(Some(History { petition, closed: false, .. })) => {
                report.closed = report.closed.saturating_sub(1);
                lay_out(database, rules, &petition, report).await
            }
            Ok(_) | Err(StoreError::Corrupt(_)) => {
                report.fault("sealed_shell", petition.id, "is missing: bring it back from a backup");
                Ok(())
            }
            Err(error) => Err(error),
        },
    }
}

async fn lay_out(
    database: &Database,
    rules: &dyn Rules,
    petition: &Petition,
    report: &mut Report,
) -> Result<(), StoreError> {
    report.petitions += 1;
    let known = petition.procedure.as_ref().and_then(|(name, _)| rules.rules(name));
    let Some(rules) = known else {
        report.fault("event", format!("{}/0", petition.id), "its procedure is not installed");
        return Ok(());
    };
    let mut batch = Batch::new();
    batch.extend(projection::writes(rules.procedure(), None, petition));
    if database.commit(batch).await? == Outcome::Conflict {
        report.fault("matter", petition.id, "its number or reference is taken");
    }
    Ok(())
}
