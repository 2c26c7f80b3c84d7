//! An invented district, its matters and what becomes of them, all through the commands that people give.
//!
//! The clock is simulated while the past is played and let go at the end; the database must be empty.

mod district;
mod matters;
mod messages;
mod play;
mod script;
#[cfg(test)]
mod tests;

pub(crate) use district::{PASSPHRASE, PASSWORD};

use crate::app::App;
use anyhow::Context as _;
use district::District;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use store::sealed;

/// The district alone, with its logins, in an empty database: for benchmarks.
///
/// # Errors
/// When the database already holds an office.
pub(crate) async fn install(app: &App) -> anyhow::Result<()> {
    District::install(app).await?.open_accounts(app).await
}

/// First part of the logins of a unit of the district.
///
/// # Errors
/// When the unit is none of the district's.
pub(crate) fn login(app: &App, unit: casework::UnitId) -> anyhow::Result<String> {
    let directory = app.directory();
    let name = &directory.unit(unit).context("a unit of the district")?.name_zh;
    District::login_of(name)
}

/// Texts of the invented matters that come with the project.
///
/// # Errors
/// When the shipped file cannot be read.
pub(crate) fn texts() -> anyhow::Result<Vec<String>> {
    Ok(matters::shipped()?.into_iter().map(|matter| format!("{}。{}", matter.title, matter.body)).collect())
}

/// The day on which the district is set up, before every message there may be.
const BEFORE: jiff::civil::Date = jiff::civil::date(2000, 1, 3);

/// What was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Logins' first parts and their units.
    pub(crate) units: Vec<(String, String)>,
    /// Petitions.
    pub(crate) petitions: usize,
    /// Steps taken.
    pub(crate) steps: usize,
}

/// Fills an empty database; real messages come beside the invented matters.
///
/// # Errors
/// Names the story and step that the rules refused, or what broke.
pub(crate) async fn make(app: &Arc<App>, files: &[PathBuf]) -> anyhow::Result<Made> {
    // Before everything that is played: what is recorded goes on in time only.
    app.clock.set_civil(BEFORE, 9, 0);
    let installed = District::install(app).await;
    let openers = match &installed {
        Ok(district) => district.set_passphrases(app).await,
        Err(_) => Ok(Vec::new()),
    };
    // Accounts are as of today: one that nobody used for long is closed.
    app.clock.release();
    let (district, openers) = (installed?, openers?);
    district.open_accounts(app).await?;
    let matters = matters::shipped()?;
    let stories = script::read(script::STORIES).context("demo/stories.toml")?;
    let real = messages::read(files, app.clock.today())?;
    let plays = play::cast(app, &district, stories, matters, real)?;
    let bar = ProgressBar::new(plays.days());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message("playing the demo's past, day by day");
    let petitions = plays.len();
    // Whoever plays a recipient has shown their passphrase.
    let steps = sealed::scope(async {
        openers.into_iter().for_each(sealed::bring);
        plays.run(app, &district, |day| bar.set_position(day)).await
    })
    .await?;
    bar.finish_and_clear();
    app.clock.release();
    Ok(Made { units: district.logins(), petitions, steps })
}
