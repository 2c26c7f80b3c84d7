//! The timer over 100,000 running deadlines, night after night.

use super::corpus::{Corpus, Template, templates};
use super::{Figure, Options, Place, own_database};
use anyhow::Context as _;
use casework::petition::DeadlineState;
use jiff::ToSpan as _;
use std::time::{Duration, Instant};

/// Deadlines that run.
const RUNNING: usize = 100_000;
/// Of them missed in one night.
const MISSED: usize = 1_000;
/// Nights.
const NIGHTS: usize = 5;

/// Measures nights on which 1,000 of 100,000 deadlines were missed, and the warnings of one morning.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new("sweep", own_database(options, "sweep").await?.as_deref())?;
    let app = place.open().await?;
    crate::demo::install(&app).await?;
    let templates = templates().await?;
    let today = app.clock.today();
    let night = today.checked_add(1.day())?;
    let running = |template: &Template, before: Option<jiff::civil::Date>| -> usize {
        let is_running = |deadline: &casework::petition::Deadline| {
            deadline.state == DeadlineState::Running && before.is_none_or(|day| deadline.set.due_on < day)
        };
        template.petition.deadlines.iter().filter(|deadline| is_running(deadline)).count()
    };
    let quiet: Vec<&Template> = templates
        .iter()
        .filter(|template| running(template, None) > 0 && running(template, Some(night)) == 0)
        .collect();
    let due: Vec<&Template> =
        templates.iter().filter(|template| running(template, Some(night)) == 1).collect();
    anyhow::ensure!(!quiet.is_empty() && !due.is_empty(), "the demo has both kinds of matter every day");

    let mut corpus = Corpus::new(&app)?;
    let mut chosen: Vec<&Template> = Vec::new();
    let mut sum = 0;
    for template in quiet.iter().cycle() {
        if sum >= RUNNING {
            break;
        }
        sum += running(template, None);
        chosen.push(template);
    }
    corpus.write(chosen.into_iter()).await?;
    store::bare::settle(&app.database).await?;

    let mut swept = Vec::new();
    for _ in 0..NIGHTS {
        app.clock.release();
        let tonight: Vec<&Template> = due.iter().copied().cycle().take(MISSED).collect();
        corpus.write(tonight.into_iter()).await?;
        app.clock.set_civil(night, 0, 10);
        let begun = Instant::now();
        let report = app.sweep().await?;
        swept.push(begun.elapsed());
        anyhow::ensure!(report.passed == MISSED as u64, "{} were recorded", report.passed);
    }
    // The first run of a day also warns.
    let begun = Instant::now();
    let warned = app.warn().await?;
    app.deliver().await?;
    let mut warn = [begun.elapsed()];
    eprintln!("{warned} of {RUNNING} duties were warned of in one night");
    let read = bare(&app).await?;
    let kind = app.database.kind();
    let each = |nights: &[Duration]| nights.iter().sum::<Duration>();
    let figure = |name: &str, nights: &mut [Duration]| {
        let whole = each(nights);
        let mut figure = Figure::new(format!("{name} {kind}"), nights, whole, 0.0);
        // What was swept is deadlines, not nights.
        figure.rate *= RUNNING as f64;
        figure.baseline = read;
        figure.ratio = figure.rate / read;
        figure
    };
    Ok(vec![figure("sweep", &mut swept), figure("warn", &mut warn)])
}

/// Running deadlines read a second when all of them are read and nothing is done.
async fn bare(app: &crate::app::App) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let rows = app
        .database
        .query("select petition_id, idx, due_on from deadline where state = 'running'", Vec::new())
        .await?;
    let read = rows.len() as f64 / begun.elapsed().as_secs_f64();
    rows.first().context("a running deadline")?;
    Ok(read)
}
