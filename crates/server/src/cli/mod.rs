//! The command line: what each command is called, what it takes, what it teaches.

mod backup;
mod bench;
pub(crate) mod clock;
mod deadline;
mod demo;
mod doctor;
mod import;
mod incident;
mod keys;
mod letters;
mod office;
mod opening;
mod procedure;
mod receipt;
mod recovery_key;
mod report;
mod restore;
mod serve;
mod verify;
mod witness;

pub(crate) use backup::progress;
pub(crate) use keys::{missing_versions, second_wraps};
pub(crate) use verify::{examine, progress as verify_progress};

use casework::deadline::Lang;
use clap::{Parser, Subcommand, ValueEnum};
use std::process::ExitCode;

const AFTER: &str = "\
Exit codes: 0 done · 1 something broke · 2 the command line is wrong · 3 a check found faults ·
  20 rows were altered · 21 outside evidence contradicts · 22 against the rules · 30 the server may lose what it confirms.

Examples:
  huiyin demo
  huiyin init --directory office.json
  huiyin serve --config huiyin.toml
  huiyin procedure check procedures/cn-petition-2022.toml
  huiyin procedure explain cn-petition-2022 --lang zh
  huiyin deadline explain handle --from 2026-03-02
  huiyin deadline explain handle --from 2026-03-02 --extend 30 --days
  huiyin deadline check rows.csv
  huiyin letters gallery --out letters";

/// Huiyin 回音: every petition gets an answer, in time, from a named official.
#[derive(Debug, Parser)]
#[command(name = "huiyin", version, about, after_help = AFTER)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an invented district with a login for every post and a few matters
    Demo(demo::Options),
    /// Read a table of messages (CSV) into an office; refused rows are listed with line and reason
    Import(import::Options),
    /// Serve the pages and the API for petitioners and officials, and run the timer
    Serve(serve::Options),
    /// Set an office up: units and officials into an empty database, a one-time code for each administrator
    Init(office::Init),
    /// Bring the database up to this version as the account that owns its tables, and give the program's account its rights
    Migrate(office::Migrate),
    /// Give an official a one-time code for an account, when no two administrators can do it on the pages
    Account(office::Account),
    /// Check everything that is kept, without any key: log, rows, lists, rules; name each row at fault
    Verify(verify::Options),
    /// Check a petitioner's receipt, offline and without any database; ends with 3 when it is not good
    VerifyReceipt(receipt::Options),
    /// Is this office as safe as it says? One line for each promise, with what to do; exit code 3 when one is RED
    Doctor(office::Where),
    /// Run a witness of logs, or bring a witness's signatures to an office and back
    #[command(subcommand)]
    Witness(witness::Command),
    /// Which petitions an account has read, as CSV, for notices after a breach; itself recorded
    Incident(incident::Options),
    /// Make the lists anew from the recorded events
    Rebuild(office::Where),
    /// Confirm the machine's clock after it jumped
    #[command(subcommand)]
    Clock(clock::Command),
    /// Copy the whole office while it works, encrypted to its recovery recipients
    Backup(backup::Options),
    /// Try a backup out, or bring the office back from it and from its journals
    Restore(restore::Options),
    /// Make the secret with which one person can open backups and journals
    RecoveryKey(recovery_key::Options),
    /// The office's wrapping key by version, and who else can open petitions
    #[command(subcommand)]
    Keys(keys::Command),
    /// Look at the letters that offices sign
    #[command(subcommand)]
    Letters(letters::Command),
    /// Report on a year, or on any period, as a PDF
    #[command(subcommand)]
    Report(report::Command),
    /// Measure intake, lists, cases and the timer against a server of its own, beside the bare database
    Bench(bench::Options),
    /// Check or explain the law as a procedure file
    #[command(subcommand)]
    Procedure(procedure::Command),
    /// Explain a legal date, or check a table of dates
    #[command(subcommand)]
    Deadline(deadline::Command),
}

/// How a command ended when nothing broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// As asked.
    Well,
    /// A check found faults, which were printed.
    WithFaults,
    /// `verify`: rows are not what they must be.
    Altered,
    /// `verify`: somebody outside holds proof against what is kept.
    Contradicted,
    /// `verify`: recorded truly, and against the rules.
    AgainstRules,
}

impl Done {
    /// The exit code that scripts see.
    pub(crate) fn code(self) -> ExitCode {
        match self {
            Done::Well => ExitCode::SUCCESS,
            Done::WithFaults => ExitCode::from(3),
            Done::Altered => ExitCode::from(20),
            Done::Contradicted => ExitCode::from(21),
            Done::AgainstRules => ExitCode::from(22),
        }
    }
}

/// The language of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }
}

/// Says what those who recover can open.
fn say_recoverable(found: &crate::app::keys::Recoverable) {
    println!(
        "recovery: {} of {} petitions open without any key of the office, each with all its words",
        found.open, found.petitions
    );
    for petition in &found.shut {
        println!("  {petition} does not open");
    }
}

/// Carries out what was asked.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Done> {
    match arguments.command {
        Command::Demo(options) => demo::run(options),
        Command::Import(options) => import::run(options),
        Command::Serve(options) => serve::run(options),
        Command::Init(options) => office::init(&options),
        Command::Migrate(options) => office::migrate(&options),
        Command::Account(options) => office::account(&options),
        Command::Verify(options) => verify::run(&options),
        Command::VerifyReceipt(options) => receipt::run(&options),
        Command::Doctor(place) => doctor::run(&place),
        Command::Witness(command) => witness::run(command),
        Command::Incident(options) => incident::run(&options),
        Command::Rebuild(options) => office::rebuild(&options),
        Command::Clock(command) => clock::run(&command),
        Command::Backup(options) => backup::run(&options),
        Command::Restore(options) => restore::run(&options),
        Command::RecoveryKey(options) => recovery_key::run(&options),
        Command::Keys(command) => keys::run(&command),
        Command::Letters(command) => letters::run(&command),
        Command::Report(command) => report::run(&command),
        Command::Bench(options) => bench::run(options),
        Command::Procedure(command) => procedure::run(&command),
        Command::Deadline(command) => deadline::run(&command),
    }
}
