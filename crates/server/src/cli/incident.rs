//! `huiyin incident`: which petitions an account has read, for whoever must tell the people concerned (ACC-6, PIPL 57).

use super::Done;
use super::office::{Where, block_on};
use crate::app::{Failure, incident};
use anyhow::{Context as _, bail};
use casework::OfficialId;
use clap::Args;
use jiff::civil::Date;
use std::io::Write as _;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The official whose account it is about
    #[arg(long)]
    official: OfficialId,
    /// First day, such as 2026-11-01
    #[arg(long)]
    from: Date,
    /// Last day, included
    #[arg(long)]
    to: Date,
    #[command(flatten)]
    place: Where,
}

/// Prints the petitions, as CSV. That they were asked for is recorded before they are printed.
pub(crate) fn run(options: &Options) -> anyhow::Result<Done> {
    if options.to < options.from {
        bail!("--to is before --from");
    }
    let affected = block_on(async {
        let app = options.place.open().await?;
        match app.incident("system", options.official, (options.from, options.to)).await {
            Err(Failure::Absent) => bail!("there is no official {} in the directory", options.official),
            affected => Ok(affected?),
        }
    })?;
    let table = crate::sheet::csv(&incident::rows(&affected))?;
    std::io::stdout().write_all(&table).context("write to standard output")?;
    eprintln!("{} petitions; that this was asked is recorded", affected.len());
    Ok(Done::Well)
}
