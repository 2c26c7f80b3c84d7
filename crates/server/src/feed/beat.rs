//! What happens beside the timer: the log is published on the beat, grows now and then though nothing happened, and is
//! shown to witnesses (architecture §10.16).

use super::{Public, files};
use crate::app::App;
use crate::clock::Clock;
use crate::entropy;
use crate::witness::Known;
use anyhow::Context as _;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::log::{Head, feed, next, proof};
use store::{Batch, Outcome};

/// The setting that says which beat was served last.
const BEAT: &str = "log_beat";
/// A served beat so many seconds ahead was served while the clock was wrong; nodes never differ so much.
const WRONG: i64 = 2 * 3600;
/// Longest pause between two looks: an answer that a witness sent by file reaches the files within it.
const LONGEST: Duration = Duration::from_secs(15);

/// Keeps the public log until the program ends.
///
/// # Errors
/// When no randomness can be drawn. Everything else is logged and tried again.
pub(crate) async fn run(app: Arc<App>) -> anyhow::Result<std::convert::Infallible> {
    let mean = Duration::from_secs(u64::try_from(app.feed.beat).unwrap_or(600));
    let mut idle_at = Instant::now() + entropy::wait(mean)?;
    loop {
        match app.publish().await {
            Ok(published) => {
                for public in published {
                    tracing::info!(
                        log = public.head.origin,
                        size = public.size,
                        at = public.at,
                        "the log was published"
                    );
                    app.write_public_files().await;
                    app.ask_witnesses(&public).await;
                }
            }
            Err(error) => {
                tracing::error!("the log was not published and will be at the next beat: {error:#}")
            }
        }
        if idle_at <= Instant::now() {
            if let Err(error) = app.grow_idly().await {
                tracing::error!("an idle commit failed: {error:#}");
            }
            idle_at = Instant::now() + entropy::wait(mean)?;
        }
        app.write_public_files().await;
        let until_idle = idle_at.saturating_duration_since(Instant::now());
        tokio::time::sleep(app.until_beat().min(until_idle).min(LONGEST)).await;
    }
}

impl App {
    /// Publishes the log as it stood at the last beat, and the end of one that has ended. Nothing when that was done already,
    /// by this node or another, or when the log did not exist yet. An ended one is shown to witnesses until one has signed
    /// its end.
    ///
    /// # Errors
    /// Whatever the database reports; the next beat tries again.
    pub(crate) async fn publish(&self) -> anyhow::Result<Vec<Public>> {
        let now = self.clock.now().as_second();
        let (beat, ahead) = (self.beat_before(now)?, self.beat_before(now.saturating_add(WRONG))?);
        let served = self.setting(BEAT).await?;
        if served.as_deref().is_some_and(|served| served >= beat.as_str() && served <= ahead.as_str()) {
            return Ok(Vec::new());
        }
        if !feed::take_turn(&self.database, BEAT, served.as_deref(), &beat).await? {
            return Ok(Vec::new());
        }
        self.say_continued().await?;
        let mut heads = proof::heads(&self.database).await?;
        let newest = heads.pop().context("the database has no log")?;
        let mut published = Vec::new();
        for head in heads {
            published.extend(self.publish_the_end(head, &beat).await?);
        }
        if newest.size() == 0 {
            // The first beat of a new office is an empty one: its first entries are published on the next.
            self.grow_idly().await?;
            return Ok(published);
        }
        if let Some(size) = feed::as_of(&self.database, &newest, &beat).await? {
            feed::publish(&self.database, &newest, size, &beat).await?;
            published.push(Public { head: newest, size, at: beat });
        }
        Ok(published)
    }

    /// The end of a log, once it lies before the beat; `None` once it is public and every witness that is asked has signed it.
    async fn publish_the_end(&self, head: Head, beat: &str) -> anyhow::Result<Option<Public>> {
        let size = head.size();
        // One that a loss closed stays as far as it was public: who saw more of it holds the better end.
        if size == 0 || head.at.as_str() > beat || !next::is_ended(&self.database, &head).await? {
            return Ok(None);
        }
        let known = feed::published(&self.database, &head).await?.filter(|(public, _)| *public == size);
        let signed = feed::witnessed(&self.database, &head).await?;
        let by = |witness: &Known| signed.iter().any(|(name, at)| name == witness.key.name() && *at == size);
        // Whoever is asked by hand answers when they do.
        if known.is_some() && self.feed.witnesses.iter().filter(|witness| witness.url.is_some()).all(by) {
            return Ok(None);
        }
        if known.is_none() {
            feed::publish(&self.database, &head, size, beat).await?;
        }
        let at = known.map_or_else(|| beat.to_owned(), |(_, at)| at);
        Ok(Some(Public { head, size, at }))
    }

    /// Lets the log grow by padding alone, so that growth says little about what happened.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn grow_idly(&self) -> anyhow::Result<()> {
        let (at, _) = self.clock.stamp_now();
        let outcome = self.database.commit(Batch { idle_at: Some(at), ..Batch::new() }).await?;
        anyhow::ensure!(outcome == Outcome::Committed, "another node was faster");
        Ok(())
    }

    /// Brings the plain files up to what is public; logs what stands in the way.
    pub(crate) async fn write_public_files(&self) {
        if let Err(error) = self.bring_files_up().await {
            tracing::error!("the public log could not be written as files (field `log_folder`): {error:#}");
        }
    }

    async fn bring_files_up(&self) -> anyhow::Result<()> {
        if self.feed.folder.as_os_str().is_empty() {
            return Ok(());
        }
        let Some(public) = Public::find(&self.database, None).await? else { return Ok(()) };
        let note = public.checkpoint(&self.database).await?;
        let mut written = self.feed.written.lock().await;
        if *written != note {
            files::write(&self.database, &self.feed.folder, &public, &note).await?;
            *written = note;
        }
        Ok(())
    }

    /// The last beat at an instant in seconds since 1970: a multiple of the beat.
    fn beat_before(&self, seconds: i64) -> anyhow::Result<String> {
        let beat = seconds.div_euclid(self.feed.beat).saturating_mul(self.feed.beat);
        Ok(Clock::stamp(Timestamp::from_second(beat).context("a beat")?))
    }

    fn until_beat(&self) -> Duration {
        let into = self.clock.now().as_second().rem_euclid(self.feed.beat);
        Duration::from_secs(u64::try_from(self.feed.beat - into).unwrap_or(1))
    }
}
