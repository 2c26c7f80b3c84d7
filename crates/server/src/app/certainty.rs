//! Whether the clock is believed, across starts of the program: what was trusted last is kept, a doubt is kept, and two
//! officials end it (architecture §10.13, LOG-8).

use super::App;
use crate::clock::{Clock, Doubt, Mark};
use anyhow::{Context as _, bail};
use casework::OfficialId;
use store::{Batch, Outcome};

/// The setting that says since when nobody confirmed the clock; empty when it is believed.
pub(crate) const UNSURE: &str = "clock_unsure";
/// The setting that counts confirmations, so that every node sees one that came after its doubt.
const CONFIRMED: &str = "clock_confirmed";

impl App {
    /// Compares the machine's clock with what the record and this machine's mark know.
    pub(super) async fn begin_clock(&self) -> anyhow::Result<()> {
        let head = store::log::head(&self.database).await?;
        let last = head.filter(|head| !head.at.is_empty()).map(|head| head.at.parse()).transpose()?;
        let mark: Option<Mark> = match Self::mark_name() {
            Some(name) => self.setting(&name).await?.and_then(|mark| serde_json::from_str(&mark).ok()),
            None => None,
        };
        let doubted = self.setting(UNSURE).await?.is_some_and(|doubt| !doubt.is_empty());
        self.clock.begin(last, mark.as_ref(), doubted);
        self.keep_clock().await
    }

    /// Keeps what is trusted, or that it is doubted; and believes the clock again once officials have confirmed it.
    pub(super) async fn keep_clock(&self) -> anyhow::Result<()> {
        let confirmed = self.setting(CONFIRMED).await?.unwrap_or_default();
        if let Some(doubt) = self.clock.doubt() {
            let known = self.confirmed.lock().await.replace(confirmed.clone());
            if known.is_some_and(|known| known != confirmed) && is_ours(&confirmed) {
                self.clock.believe();
                tracing::warn!("the clock was confirmed and is believed again");
            } else {
                self.set_setting(UNSURE, &serde_json::to_string(&doubt)?).await?;
                tracing::error!(
                    machine = doubt.machine,
                    trusted = doubt.trusted,
                    "the machine's clock is not believed; deadlines are held until two officials run `huiyin clock confirm`"
                );
            }
        } else {
            *self.confirmed.lock().await = Some(confirmed);
        }
        self.keep_mark().await
    }

    async fn keep_mark(&self) -> anyhow::Result<()> {
        if let (Some(name), Some(mark)) = (Self::mark_name(), self.clock.mark()) {
            self.set_setting(&name, &serde_json::to_string(&mark)?).await?;
        }
        Ok(())
    }

    /// Two officials say that the machine's clock is right. What they confirm is recorded.
    ///
    /// # Errors
    /// When both are one, when nothing is in doubt, or the database fails.
    pub(crate) async fn confirm_clock(&self, by: [OfficialId; 2]) -> anyhow::Result<Doubt> {
        let [one, other] = by;
        if one == other {
            bail!("two different officials must confirm the clock");
        }
        let doubt = self.setting(UNSURE).await?.filter(|doubt| !doubt.is_empty());
        let Some(doubt) = doubt else { bail!("the clock is believed; there is nothing to confirm") };
        let doubt: Doubt = serde_json::from_str(&doubt).context("what is kept of the doubt")?;
        let machine = Clock::machine().as_millisecond();
        let body = serde_json::json!({
            "machine": machine, "doubted": doubt.machine, "trusted": doubt.trusted, "by": [one, other],
        });
        let mut batch = Batch::new();
        batch.record(self.office_event("clock_corrected", &one.to_string(), &body.to_string()).await?);
        if self.database.commit(batch).await? == Outcome::Conflict {
            bail!("something else happened to the office at the same moment; try again");
        }
        self.set_setting(UNSURE, "").await?;
        self.set_setting(CONFIRMED, &format!("{machine} {}", crate::entropy::token()?)).await?;
        self.clock.believe();
        self.keep_mark().await?;
        Ok(doubt)
    }

    /// The setting that keeps this machine's mark since it was started.
    fn mark_name() -> Option<String> {
        Clock::boot().map(|boot| format!("clock_mark-{boot}"))
    }
}

/// Milliseconds within which another node's clock must agree with the one that was confirmed, for itself to be believed.
const AGREES: i64 = 300_000;

/// Whether what officials confirmed is what this machine's clock says too: they looked at one machine, not at all.
fn is_ours(confirmed: &str) -> bool {
    let machine: Option<i64> = confirmed.split_once(' ').and_then(|(machine, _)| machine.parse().ok());
    machine.is_some_and(|machine| (Clock::machine().as_millisecond() - machine).abs() <= AGREES)
}
