//! Whether what lists read is what the events say; and making it so again.

use crate::history::{self, Recorded};
use crate::sql::{Batch, Outcome, Value, Write};
use crate::{Database, StoreError, projection};
use casework::{Event, Name, Petition, Procedure};

const CLEAR: &[&str] =
    &["delete from matter", "delete from matter_unit", "delete from deadline", "delete from desk"];
const MATTER: &str = "select * from matter where petition_id = $1";
const DESK: &str = "select * from desk where petition_id = $1 order by unit_id";
const DEADLINES: &str = "select * from deadline where petition_id = $1 order by idx";

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] = &[
    "delete from matter",
    "delete from matter_unit",
    "delete from deadline",
    "delete from desk",
    MATTER,
    DEADLINES,
    DESK,
];

/// Decisions read in one go.
const PAGE: i64 = 1000;

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Petitions replayed.
    pub petitions: u64,
    /// Decisions replayed.
    pub decisions: u64,
    /// One line for each fault, naming the row.
    pub faults: Vec<String>,
}

/// Replays every petition and calls `each` with it, in key order; says how far it is with `progress`.
async fn replay<F>(
    database: &Database,
    report: &mut Report,
    mut progress: impl FnMut(u64),
    mut each: F,
) -> Result<(), StoreError>
where
    F: AsyncFnMut(&mut Report, &Petition) -> Result<(), StoreError>,
{
    let mut after = (String::new(), -1_i64);
    let mut open: Option<Petition> = None;
    loop {
        let page = history::page(database, &after, PAGE).await?;
        let n = page.len();
        for (id, recorded) in page {
            after = (id.to_string(), i64::try_from(recorded.seq).unwrap_or(i64::MAX));
            if open.as_ref().is_none_or(|petition| petition.id != id) {
                if let Some(done) = open.take() {
                    each(report, &done).await?;
                    report.petitions += 1;
                }
                open = Some(Petition::new(id));
            }
            let petition = open.take().unwrap_or_else(|| Petition::new(id));
            open = Some(follow(report, petition, &recorded));
            report.decisions += 1;
        }
        progress(report.decisions);
        if i64::try_from(n).unwrap_or(0) < PAGE {
            break;
        }
    }
    if let Some(done) = open {
        each(report, &done).await?;
        report.petitions += 1;
    }
    Ok(())
}

fn follow(report: &mut Report, petition: Petition, recorded: &Recorded) -> Petition {
    if recorded.seq != petition.version {
        report.faults.push(format!(
            "event {}/{}: expected seq {}; a row is missing or was added",
            petition.id, recorded.seq, petition.version
        ));
    }
    recorded.events.iter().fold(petition, |petition, event: &Event| petition.apply(event))
}

/// Compares the projections with the events.
///
/// # Errors
/// Whatever the database reports; a body that does not match its digest is `Corrupt` and named.
pub async fn verify(
    database: &Database,
    procedures: impl Fn(&Name) -> Option<Procedure>,
    progress: impl FnMut(u64),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    replay(database, &mut report, progress, async |report, petition| {
        let Some(procedure) = petition.procedure.as_ref().and_then(|(name, _)| procedures(name)) else {
            report.faults.push(format!("petition {}: its procedure is not installed", petition.id));
            return Ok(());
        };
        let expected = projection::writes(&procedure, None, petition);
        let id = || vec![Value::Text(petition.id.to_string())];
        let matter = database.query(MATTER, id()).await?;
        let deadlines = database.query(DEADLINES, id()).await?;
        let desk = database.query(DESK, id()).await?;
        let found = matter.iter().chain(&deadlines).chain(&desk).map(|row| row.values().to_vec());
        let wanted =
            expected.iter().filter(|write| !projection::is_seen(write)).map(|write| write.params.clone());
        if !found.eq(wanted) {
            report.faults.push(format!("projection of petition {}: differs from its events", petition.id));
        }
        Ok(())
    })
    .await?;
    Ok(report)
}

/// Makes the projections anew from the events.
///
/// # Errors
/// Whatever the database reports. Interrupted, it is simply run again.
pub async fn rebuild(
    database: &Database,
    procedures: impl Fn(&Name) -> Option<Procedure>,
    progress: impl FnMut(u64),
) -> Result<Report, StoreError> {
    let mut clear = Batch::new();
    clear.extend(CLEAR.iter().map(|sql| Write::new(sql, Vec::new())));
    database.commit(clear).await?;
    let mut report = Report::default();
    replay(database, &mut report, progress, async |report, petition| {
        let Some(procedure) = petition.procedure.as_ref().and_then(|(name, _)| procedures(name)) else {
            report.faults.push(format!("petition {}: its procedure is not installed", petition.id));
            return Ok(());
        };
        let mut batch = Batch::new();
        batch.extend(projection::writes(&procedure, None, petition));
        if database.commit(batch).await? == Outcome::Conflict {
            report
                .faults
                .push(format!("projection of petition {}: number or reference is taken", petition.id));
        }
        Ok(())
    })
    .await?;
    Ok(report)
}
