//! The timer's work: what is over and has not been recorded as over. Running it twice does nothing the second time.

use super::{App, Failure};
use casework::act::Passing;
use casework::{Act, PetitionId};
use store::Value;

/// What one run of the timer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TickReport {
    /// Deadlines whose passing was recorded.
    pub(crate) passed: u64,
    /// Deadlines that somebody met, or another node recorded, in the meantime.
    pub(crate) overtaken: u64,
    /// Duties that officials are warned of today, on the first run of the day.
    pub(crate) warned: u64,
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
        let mut report = self.sweep().await?;
        report.warned = self.warn().await?;
        report.delivered = self.deliver().await?;
        self.forget_expired().await?;
        Ok(report)
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
                match self.carry_out_all(acts).await {
                    Ok((passed, overtaken)) => {
                        report.passed += passed;
                        report.overtaken += overtaken;
                    }
                    Err(Failure::Broken(error)) => return Err(error),
                    Err(failure) => return Err(anyhow::anyhow!("{failure}")),
                }
            }
            if i64::try_from(due.len()).unwrap_or(0) < PAGE {
                return Ok(report);
            }
        }
    }
}
