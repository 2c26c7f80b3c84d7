//! `huiyin`: one program for offices that must answer the public.
//!
//! Parses the command line and hands over; every command lives in its own file under `cli/`.
//!
//! Exit codes: 0 done; 1 something broke (the message says what); 2 the command line is wrong; 3 a check found faults;
//! 20 `verify` found rows altered, 21 contradicted by outside evidence, 22 against the rules; 30 the database server could
//! lose what it confirms (CRASH-5).

mod app;
mod archive;
mod bench;
mod cli;
mod clock;
mod config;
mod contents;
mod demo;
mod doctor;
mod dump;
mod entropy;
mod feed;
mod files;
mod identity;
mod import;
mod journal;
mod keyfile;
mod letter;
mod mail;
mod narrow;
mod places;
mod qr;
mod receipt_file;
mod recovery;
mod restore;
mod shares;
mod sheet;
mod tls;
mod web;
mod witness;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(done) => done.code(),
        Err(error) => {
            eprintln!("huiyin: {error:#}");
            let is_unsafe = error
                .chain()
                .any(|cause| matches!(cause.downcast_ref(), Some(store::StoreError::Unsafe { .. })));
            ExitCode::from(if is_unsafe { 30 } else { 1 })
        }
    }
}
