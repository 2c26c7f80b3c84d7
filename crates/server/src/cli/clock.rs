//! `huiyin clock confirm`: two officials say that the machine's clock is right (architecture §10.13).

use super::Done;
use super::office::{Where, block_on};
use crate::app::{App, LoggedIn, Shown};
use crate::clock::Clock;
use anyhow::{Context as _, bail};
use casework::OfficialId;
use clap::{Args, Subcommand};
use std::io::BufRead;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Confirm the machine's clock after it jumped; passwords, and codes where there is a second factor, are read from standard input, a line each
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
        let mut lines = std::io::stdin().lock();
        let by = [who(&app, one, &mut lines).await?, who(&app, other, &mut lines).await?];
        app.confirm_clock(by).await
    })?;
    let instant =
        |millis| jiff::Timestamp::from_millisecond(millis).map(|at| at.to_string()).unwrap_or_default();
    println!("the clock had said {} instead of {}", instant(doubt.machine), instant(doubt.trusted));
    println!("confirmed as it stands: {}; servers believe it within a minute", Clock::machine());
    Ok(Done::Well)
}

/// Who confirms: a login's password, and a code of its authenticator program where it takes two factors; a line each.
///
/// # Errors
/// Says how the try ended.
pub(crate) async fn who(app: &App, login: &str, lines: &mut impl BufRead) -> anyhow::Result<OfficialId> {
    let mut ask = |what: &str| -> anyhow::Result<String> {
        eprintln!("{what} of {login}:");
        let mut line = String::new();
        lines.read_line(&mut line).with_context(|| format!("read a {what} from standard input"))?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    let password = ask("password")?;
    let has_factor = app.account(login).await?.is_some_and(|account| account.has_factor());
    let code = if app.second_factor || has_factor { ask("code")? } else { String::new() };
    match app.official_of_login(login, Shown { password, code }).await? {
        Ok(official) => Ok(official),
        Err(LoggedIn::Wait(seconds)) => bail!("too many wrong tries for {login}: wait {seconds} seconds"),
        Err(LoggedIn::Busy) => bail!("too many people log in at this moment: try again"),
        Err(LoggedIn::Wrong | LoggedIn::In(..)) => bail!(
            "wrong login, password or code for {login}; whose account has a passkey alone sets an authenticator program up first"
        ),
    }
}
