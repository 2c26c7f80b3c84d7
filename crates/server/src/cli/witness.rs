//! `huiyin witness …`: running a witness, also across an air gap, and the office's side of one that is.

use super::Done;
use super::office::{Where, block_on};
use crate::clock::Clock;
use crate::feed::Public;
use crate::witness::{self, Begin, Refused, Witness};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use ledger::checkpoint::Checkpoint;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use store::Database;
use store::log::proof;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The witness: make its key, print what others need to trust it
    Key {
        /// Name in every signature: an address of your own without a scheme, such as audit.example.gov/witness
        #[arg(long)]
        name: String,
        /// Where the key is written, for its owner alone
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The witness: answer logs over HTTP
    Serve {
        #[command(flatten)]
        own: Own,
        /// Address and port to listen on
        #[arg(long)]
        listen: std::net::SocketAddr,
    },
    /// The witness, across an air gap: sign the request in a file
    Cosign {
        #[command(flatten)]
        own: Own,
        /// What `huiyin witness request` wrote (default: standard input)
        request: Option<PathBuf>,
    },
    /// The office: write the request that a witness across an air gap needs
    Request {
        /// Entries that the witness has signed before (default: what the office has of its signatures)
        #[arg(long, value_name = "SIZE")]
        from: Option<u64>,
        /// Name of the witness, where the office knows several
        #[arg(long, value_name = "NAME")]
        witness: Option<String>,
        /// Number of an earlier log, one whose end is to be signed after its key was changed (default: the newest)
        #[arg(long, value_name = "NUMBER")]
        log: Option<i64>,
        #[command(flatten)]
        place: Where,
    },
    /// The office: take in signatures that came as files
    Add {
        /// Files with signature lines
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: Where,
    },
    /// The office: print the public checkpoint for a gazette or a notice board
    Print {
        #[command(flatten)]
        place: Where,
    },
}

/// A witness's own things.
#[derive(Debug, Args)]
pub(crate) struct Own {
    /// The key that `huiyin witness key` made
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Folder of what was signed before; losing it ends this key's use
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// The key of a log to follow (vkey, as its /log/policy and its receipts print it); may be given several times
    #[arg(long = "log", value_name = "VKEY", required = true)]
    logs: Vec<String>,
    /// This witness has never signed anything: begin its memory
    #[arg(long)]
    new: bool,
}

impl Own {
    fn open(&self) -> anyhow::Result<Witness> {
        let begin = if self.new { Begin::New } else { Begin::Again };
        // Instants alone are signed; no civil date is taken.
        Witness::open(&self.key, &self.state, &self.logs, begin, Clock::real("UTC")?)
    }
}

/// Carries out what was asked.
pub(crate) fn run(command: Command) -> anyhow::Result<Done> {
    match command {
        Command::Key { name, out } => println!("{}", witness::new_key(&name, &out)?),
        Command::Serve { own, listen } => {
            tracing_subscriber::fmt().with_writer(std::io::stderr).init();
            let witness = own.open()?;
            block_on(witness::serve(witness, listen))?;
        }
        Command::Cosign { own, request } => return cosign(&own, request.as_deref()),
        Command::Request { from, witness, log, place } => request(from, witness, log, &place)?,
        Command::Add { files, place } => return add(&files, &place),
        Command::Print { place } => print(&place)?,
    }
    Ok(Done::Well)
}

fn cosign(own: &Own, request: Option<&Path>) -> anyhow::Result<Done> {
    let body = match request {
        Some(file) => read(file)?,
        None => {
            let mut body = String::new();
            std::io::stdin().read_to_string(&mut body).context("read the request from standard input")?;
            body
        }
    };
    match own.open()?.consider(&body) {
        Ok(line) => {
            print!("{line}");
            Ok(Done::Well)
        }
        Err(Refused::Rejected(why)) => {
            eprintln!("refused ({}): {why}", why.status());
            Ok(Done::WithFaults)
        }
        Err(Refused::Broken(error)) => Err(error),
    }
}

fn request(from: Option<u64>, name: Option<String>, log: Option<i64>, place: &Where) -> anyhow::Result<()> {
    let config = place.config()?;
    let known = witness::known(&config.witnesses)?;
    let name = match (name, known.as_slice()) {
        (Some(name), _) => Some(name),
        (None, [one]) => Some(one.key.name().to_owned()),
        (None, _) => None,
    };
    let request = block_on(async {
        let database = Database::look(&config.database).await?;
        let public = match log {
            Some(_) => Public::find(&database, log).await?.context("nothing of that log is public")?,
            None => newest(&database).await?,
        };
        let old = match (from, name) {
            (Some(from), _) => from,
            (None, Some(name)) => witness::seen_by(&database, &public.head, &name).await?,
            (None, None) => anyhow::bail!("name the witness with --witness, or what it has seen with --from"),
        };
        witness::request(&database, &public.head, old, public.size).await
    })?;
    print!("{request}");
    Ok(())
}

fn add(files: &[PathBuf], place: &Where) -> anyhow::Result<Done> {
    let config = place.config()?;
    let known = witness::known(&config.witnesses)?;
    anyhow::ensure!(
        !known.is_empty(),
        "no witness is named in `witnesses`: whose signature should be believed?"
    );
    block_on(async {
        let app = place.open().await?;
        newest(&app.database).await?;
        let mut done = Done::Well;
        for file in files {
            let text = read(file)?;
            let mut kept = Vec::new();
            // A signature asked for before the key was changed is of the log that has ended.
            for head in proof::heads(&app.database).await? {
                if let Some(public) = Public::find(&app.database, Some(head.epoch)).await? {
                    kept.extend(witness::keep(&app.database, &known, &public, &text).await?);
                }
            }
            for kept in &kept {
                println!("{}: {} has signed {} entries", file.display(), kept.witness, kept.size);
            }
            if kept.is_empty() {
                eprintln!(
                    "{}: no signature by a known witness under a public checkpoint of this office's logs",
                    file.display()
                );
                done = Done::WithFaults;
            }
        }
        Ok(done)
    })
}

fn print(place: &Where) -> anyhow::Result<()> {
    let config = place.config()?;
    let (public, note) = block_on(async {
        let database = Database::look(&config.database).await?;
        let public = newest(&database).await?;
        let note = public.checkpoint(&database).await?;
        Ok((public, note))
    })?;
    print!("{}", sheet(&public.at, &note)?);
    Ok(())
}

/// A checkpoint for people: to be read aloud, typed, and compared digit by digit.
fn sheet(at: &str, note: &str) -> anyhow::Result<String> {
    let (checkpoint, _) = Checkpoint::of_note(note)?;
    let digits = crate::entropy::hex(&checkpoint.root);
    let groups: Vec<String> =
        digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let mut sheet = format!(
        "Checkpoint of a public record · 公开记录校验点\n\n  log     {}\n  until   {at}\n  entries {}\n",
        checkpoint.origin, checkpoint.size
    );
    for (row, groups) in groups.chunks(4).enumerate() {
        sheet.push_str(if row == 0 { "  root    " } else { "          " });
        sheet.push_str(&groups.join(" "));
        sheet.push('\n');
    }
    sheet.push_str(
        "\nWhoever keeps this sheet can prove later that nothing of the record before it was changed or dropped:\n\
         the lines below, saved as a file, are what `huiyin verify --against FILE` compares.\n\
         保存此页者，日后可凭以核验此前记录未被改动或删除。\n\n",
    );
    sheet.push_str(note);
    Ok(sheet)
}

async fn newest(database: &Database) -> anyhow::Result<Public> {
    Public::find(database, None)
        .await?
        .context("nothing of this log is public yet: `huiyin serve` publishes it on the beat")
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}
