//! `huiyin clock confirm`: two officials say that the machine's clock is right (architecture §10.13).

use super::Done;
use super::office::{Where, block_on};
use crate::app::App;
use crate::clock::Clock;
use anyhow::{Context as _, bail};
use casework::OfficialId;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Confirm the machine's clock after it jumped; both passwords are read from standard input, a line each
    Confirm(Confirm),
}

#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// Logins of two different officials
    #[arg(long = "login", required = true, num_args = 1)]
    logins: Vec<String>,
    #[command(flatten)]
    place: Where,
}

/// Carries out the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    let Command::Confirm(options) = command;
    let [one, other] = options.logins.as_slice() else {
        bail!("write --login twice: two officials confirm the clock");
    };
    let doubt = block_on(async {
        let app = options.place.open().await?;
        let by = [who(&app, one).await?, who(&app, other).await?];
        app.confirm_clock(by).await
    })?;
    let instant =
        |millis| jiff::Timestamp::from_millisecond(millis).map(|at| at.to_string()).unwrap_or_default();
    println!("the clock had said {} instead of {}", instant(doubt.machine), instant(doubt.trusted));
    println!("confirmed as it stands: {}; servers believe it within a minute", Clock::machine());
    Ok(Done::Well)
}

async fn who(app: &App, login: &str) -> anyhow::Result<OfficialId> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).context("read a password from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    match app.official_of_login(login, password).await? {
        Some(official) => Ok(official),
        None => bail!("wrong login or password for {login}"),
    }
}
