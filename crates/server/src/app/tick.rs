//! The timer's work: what is over and has not been recorded as over. Running it twice does nothing the second time.

use super::{App, Failure};
use casework::act::{Passing, Recalendar};
use casework::{Act, PetitionId};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use store::Value;

/// What one run of the timer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TickReport {
    /// Deadlines whose passing was recorded.
    pub(crate) passed: u64,
    /// Deadlines that somebody met, or another node recorded, in the meantime.
    pub(crate) overtaken: u64,
    /// Deadlines of petitions that cannot be read or decided; the log names them.
    pub(crate) failed: u64,
    /// Duties that officials are warned of today, on the first run of the day.
    pub(crate) warned: u64,
    /// Petitions whose deadlines another calendar moved.
    pub(crate) moved: u64,
    /// Messages delivered from the outbox.
    pub(crate) delivered: u64,
}

/// Deadlines looked at in one go.
const PAGE: i64 = 500;
/// Decisions in one commit.
const TOGETHER: usize = 64;

impl App {
    /// Everything that time brings about: missed deadlines, warnings, what waits in the outbox, what has expired.
    ///
    /// # Errors
    /// Whatever the database reports; what was recorded before stays recorded.
    pub(crate) async fn tick(&self) -> anyhow::Result<TickReport> {
        self.keep_clock().await?;
        self.forget_secrets().await.map_err(broken)?;
        // Another program may have begun a version of the wrapping key. Without it this one goes on under its own.
        if let Err(error) = store::keys::follow(&self.database).await {
            tracing::error!("{error}");
        }
        if self.scrub_again.load(Ordering::SeqCst) {
            self.scrub().await;
        }
        self.intake.turn(self.clock.today());
        if self.clock.doubt().is_some() {
            // No deadline is missed and nobody is warned by a clock that nobody trusts.
            let delivered = self.deliver().await?;
            return Ok(TickReport { delivered, ..TickReport::default() });
        }
        // One part that fails keeps none of the others from being done.
        let moved = self.recalendar().await;
        let swept = self.sweep().await;
        let warned = self.warn().await;
        let delivered = self.deliver().await;
        let forgotten = self.forget_expired().await;
        let issued = self.issue_what_waits().await;
        self.seal_what_waits().await.map_err(broken)?;
        issued?;
        forgotten?;
        let swept = swept?;
        Ok(TickReport { moved: moved?, warned: warned?, delivered: delivered?, ..swept })
    }

    /// When a calendar is another one than the last time (a year was announced, or changed late), deadlines that run
    /// are computed anew; those that move do so visibly (procedure.md §2.2 rules 11 and 12).
    async fn recalendar(&self) -> anyhow::Result<u64> {
        let mut moved = 0;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for procedure in &self.procedures {
            if !seen.insert(&procedure.calendar) {
                continue;
            }
            let name = format!("calendar-{}", procedure.calendar);
            let version = self.calendar(procedure)?.version();
            let known = self.setting(&name).await?;
            if known.as_deref() == Some(&version) {
                continue;
            }
            if known.is_some() {
                moved += self.recount(&procedure.calendar, &version).await?;
            }
            self.set_setting(&name, &version).await?;
        }
        Ok(moved)
    }

    async fn recount(&self, calendar: &str, version: &str) -> anyhow::Result<u64> {
        let mut moved = 0;
        let mut after = String::new();
        loop {
            let rows = self
                .database
                .query(
                    "select m.petition_id, m.procedure_id from matter m where m.petition_id > $1 and exists (select 1 from deadline d where d.petition_id = m.petition_id and d.state = 'running') order by m.petition_id limit $2",
                    vec![after.as_str().into(), Value::Integer(PAGE)],
                )
                .await?;
            let mut acts = Vec::new();
            for row in &rows {
                after = row.text(0)?.to_owned();
                if self.procedure(&casework::Name::from(row.text(1)?))?.calendar == calendar {
                    let id = after.parse().map_err(|_| anyhow::anyhow!("petition id of a matter"))?;
                    acts.push((id, Act::Recalendar(Recalendar { calendar: version.to_owned() })));
                }
            }
            for acts in acts.chunks(TOGETHER) {
                moved += self.carry_out_all(acts).await.map_err(broken)?.done;
            }
            if i64::try_from(rows.len()).unwrap_or(0) < PAGE {
                return Ok(moved);
            }
        }
    }

    /// Records every deadline whose last civil day is over in the office's zone, with its consequence.
    ///
    /// # Errors
    /// Whatever the database reports; what was recorded before stays recorded.
    pub(crate) async fn sweep(&self) -> anyhow::Result<TickReport> {
        let mut report = TickReport::default();
        let today = self.clock.today().to_string();
        let mut after = (String::new(), String::new(), -1_i64);
        loop {
            let due = self
                .database
                .query(
                    "select due_on, petition_id, idx from deadline where state = 'running' and due_on < $1 and (due_on, petition_id, idx) > ($2, $3, $4) order by due_on, petition_id, idx limit $5",
                    vec![
                        today.as_str().into(),
                        after.0.as_str().into(),
                        after.1.as_str().into(),
                        Value::Integer(after.2),
                        Value::Integer(PAGE),
                    ],
                )
                .await?;
            let mut acts = Vec::with_capacity(due.len());
            for row in &due {
                after = (row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?);
                let id: PetitionId =
                    after.1.parse().map_err(|_| anyhow::anyhow!("petition id of a deadline"))?;
                let deadline = u32::try_from(after.2).unwrap_or(u32::MAX);
                acts.push((id, Act::Pass(Passing { deadline })));
            }
            for acts in acts.chunks(TOGETHER) {
                let done = self.carry_out_all(acts).await.map_err(broken)?;
                report.passed += done.done;
                report.overtaken += done.overtaken;
                report.failed += done.failed;
            }
            if i64::try_from(due.len()).unwrap_or(0) < PAGE {
                return Ok(report);
            }
        }
    }
}

fn broken(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(_)
        | Failure::Absent
        | Failure::Changed { .. }
        | Failure::TokenUsed
        | Failure::OnePerson
        | Failure::Sealed
        | Failure::NoRecipients
        | Failure::Unfit(_) => {
            anyhow::anyhow!("{failure}")
        }
    }
}
