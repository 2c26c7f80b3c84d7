//! `huiyin procedure check|explain`: whether a procedure file may be used, and what it says.

use super::{Done, Language};
use anyhow::Context as _;
use casework::Procedure;
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, check, explain};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explore every reachable state and prove that no petition can lie still; exit 3 with a path when one can
    Check {
        /// Procedure files, or names of shipped procedures
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Language of the findings
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
    },
    /// Say in words what a procedure allows, how long it gives and on which article
    Explain {
        /// A procedure file, or the name of a shipped procedure
        file: PathBuf,
        /// Language of the description
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
    },
}

/// Carries out the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    match command {
        Command::Check { files, lang } => {
            let mut done = Done::Well;
            for file in files {
                let report = check::check(&read(file)?);
                println!("{}", file.display());
                for line in report.lines((*lang).into()) {
                    println!("  {line}");
                }
                if !report.is_sound() {
                    done = Done::WithFaults;
                }
            }
            Ok(done)
        }
        Command::Explain { file, lang } => {
            println!("{}", explain(&read(file)?, (*lang).into()));
            Ok(Done::Well)
        }
    }
}

/// A procedure from a file, or a shipped one by name.
///
/// # Errors
/// Names the file, and line and column of what cannot be read.
pub(crate) fn read(file: &std::path::Path) -> anyhow::Result<Procedure> {
    let name = file.display().to_string();
    let text = match name.as_str() {
        "cn-petition-2022" => CN_PETITION_2022.to_owned(),
        "in-cpgrams-2024" => IN_CPGRAMS_2024.to_owned(),
        _ => std::fs::read_to_string(file).with_context(|| {
            format!("read procedure {name} (shipped ones are cn-petition-2022 and in-cpgrams-2024)")
        })?,
    };
    Ok(Procedure::parse(&name, &text)?)
}
