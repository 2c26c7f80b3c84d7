//! How long `huiyin verify` takes, and how much memory: a process of its own over a record that is true to its last row.
//!
//! The demo's courses are written many times over, in the order of time, as different petitions.

use super::copies::Copies;
use super::corpus::templates;
use super::{Figure, Options, Place, own_database};
use anyhow::{Context as _, ensure};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Measures over so many decisions as `petitions` asks for.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new("verify", own_database(options, "verify").await?.as_deref())?;
    let app = place.open().await?;
    let templates = templates().await?;
    let decisions = Copies::new(&app, &templates).await?.write(options.petitions).await?;
    store::bare::settle(&app.database).await?;
    let kind = app.database.kind();
    drop(app);
    let program = std::env::current_exe().context("where this program is")?;
    let begun = Instant::now();
    let mut child = tokio::process::Command::new(program)
        .args(["verify", "--config"])
        .arg(&place.config_file)
        .stdout(Stdio::inherit())
        .spawn()
        .context("start huiyin verify")?;
    let mut peak = 0;
    let status = loop {
        if let Some(now) = child.id().and_then(super::server::peak_megabytes_of) {
            peak = peak.max(now);
        }
        if let Ok(status) = tokio::time::timeout(Duration::from_millis(100), child.wait()).await {
            break status.context("wait for huiyin verify")?;
        }
    };
    let whole = begun.elapsed();
    ensure!(status.success(), "huiyin verify ended with {status}");
    eprintln!("verify: {decisions} decisions in {:.1} s, peak memory {peak} MB", whole.as_secs_f64());
    let rate = decisions as f64 / whole.as_secs_f64();
    Ok(vec![Figure {
        name: format!("verify {kind}"),
        rate,
        p50_ms: whole.as_secs_f64() * 1000.0,
        p99_ms: whole.as_secs_f64() * 1000.0,
        baseline: 0.0,
        ratio: 0.0,
    }])
}
