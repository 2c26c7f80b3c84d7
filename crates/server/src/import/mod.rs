//! `huiyin import`: a table of messages becomes petitions. Repeating it brings nothing twice; every refused row is
//! listed with its line and reason.

mod columns;
mod row;

use crate::app::{App, Failure, NewSubmission};
use anyhow::Context as _;
use casework::authority::Actor;
use casework::{Name, UnitId};
use columns::Columns;
use indicatif::{ProgressBar, ProgressStyle};
use row::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Rows under way together; the store groups their commits.
const BATCH: usize = 64;

/// What to import, and where to.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The table, CSV in UTF-8.
    pub(crate) file: PathBuf,
    /// `field=header,…` where headers do not speak for themselves.
    pub(crate) map: Option<String>,
    /// The office that receives the petitions.
    pub(crate) office: UnitId,
    /// Their kind, a name of the procedure.
    pub(crate) kind: Name,
}

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Petitions made.
    pub(crate) taken: u64,
    /// Rows that an earlier run had brought.
    pub(crate) known: u64,
    /// Rows refused.
    pub(crate) refused: u64,
    /// Whether it was interrupted before the end.
    pub(crate) interrupted: bool,
}

/// The list of refused rows that belongs to a file.
pub(crate) fn refused_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".refused.csv");
    PathBuf::from(name)
}

/// Imports a file. An interrupt ends it after the rows under way.
///
/// # Errors
/// When the file, its header or the database fails; rows taken before stay taken and are known the next time.
pub(crate) async fn run(app: &Arc<App>, options: &Options) -> anyhow::Result<Summary> {
    let shown = options.file.display();
    let file = std::fs::File::open(&options.file).with_context(|| format!("open {shown}"))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(std::io::BufReader::new(file));
    let header: Vec<String> = reader
        .headers()
        .with_context(|| {
            format!("{shown}: header line; if the file is GB18030, convert it: iconv -f GB18030 -t UTF-8")
        })?
        .iter()
        .map(str::to_owned)
        .collect();
    let columns = Columns::of(&header, options.map.as_deref()).with_context(|| shown.to_string())?;
    let source = options.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let actor = intake(app, options.office)?;
    let mut refused = Refused::new(&options.file);
    let bar = bar(length);
    let mut summary = Summary::default();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut cells = csv::ByteRecord::new();
    let mut more = true;
    while more && !summary.interrupted {
        let mut under_way = JoinSet::new();
        while more && under_way.len() < BATCH {
            let at = reader.position().line();
            let entry = match reader.read_byte_record(&mut cells) {
                Ok(false) => {
                    more = false;
                    break;
                }
                Ok(true) => row::read(&cells, &columns, &source, app.clock.today()),
                Err(error) => return Err(error).with_context(|| format!("{shown}: line {at}")),
            };
            let line = cells.position().map_or(at, csv::Position::line);
            match entry {
                Ok(entry) => {
                    let (app, actor) = (Arc::clone(app), actor.clone());
                    let new = submission(entry, options);
                    under_way.spawn(async move { (line, app.submit(&actor, new).await) });
                }
                Err(reason) => {
                    summary.refused += 1;
                    refused.add(line, &reason)?;
                }
            }
        }
        while let Some(done) = under_way.join_next().await {
            match done.context("a row's task")? {
                (_, Ok(receipt)) if receipt.again => summary.known += 1,
                (_, Ok(_)) => summary.taken += 1,
                (line, Err(Failure::Refused(reason))) => {
                    summary.refused += 1;
                    refused.add(line, &reason.to_string())?;
                }
                (line, Err(Failure::TokenUsed)) => {
                    summary.refused += 1;
                    refused.add(line, "id: another row with this id came in before, with other words")?;
                }
                (line, Err(error)) => return Err(error).with_context(|| format!("{shown}: line {line}")),
            }
        }
        bar.set_position(reader.position().byte());
        bar.set_message(format!("{} taken, {} refused", summary.taken, summary.refused));
        // The interrupt is only looked at between batches, so that no row is left half known.
        summary.interrupted = more
            && tokio::select! {
                biased;
                _ = &mut interrupt => true,
                () = std::future::ready(()) => false,
            };
    }
    refused.finish()?;
    bar.finish_and_clear();
    Ok(summary)
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// The office's intake official: petitions that come in bulk are registered in their name.
fn intake(app: &App, office: UnitId) -> anyhow::Result<Actor> {
    let directory = app.directory();
    let unit = directory.unit(office).with_context(|| format!("there is no unit {office}"))?;
    let official = directory
        .official(unit.intake)
        .filter(|official| official.active)
        .with_context(|| format!("{} has no active intake official", unit.name_en))?;
    Ok(Actor::Official { id: official.id, unit: official.unit, roles: official.roles.clone() })
}

fn submission(entry: Entry, options: &Options) -> NewSubmission {
    NewSubmission {
        channel: entry.channel,
        kind: options.kind.clone(),
        office: options.office,
        received_on: entry.received_on,
        dated_back: "批量导入".to_owned(),
        title: entry.title,
        body: entry.body,
        requests: Vec::new(),
        identity: String::new(),
        n_people: 1,
        respondent: None,
        accused: Vec::new(),
        named: Vec::new(),
        confidential: false,
        earlier: None,
        token: Some(entry.token),
        code: None,
        files: Vec::new(),
    }
}

/// The list of refused rows, begun with the first of them. A list of an earlier run is replaced.
struct Refused {
    file: PathBuf,
    writer: Option<csv::Writer<std::fs::File>>,
}

impl Refused {
    fn new(table: &Path) -> Refused {
        Refused { file: refused_file(table), writer: None }
    }

    fn add(&mut self, line: u64, reason: &str) -> anyhow::Result<()> {
        let shown = self.file.display();
        if self.writer.is_none() {
            let mut writer = csv::Writer::from_path(&self.file).with_context(|| format!("write {shown}"))?;
            writer.write_record(["line", "reason"])?;
            self.writer = Some(writer);
        }
        if let Some(writer) = &mut self.writer {
            writer.write_record([line.to_string().as_str(), reason])?;
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.writer {
            Some(mut writer) => writer.flush().with_context(|| format!("write {}", self.file.display())),
            // Nothing was refused: a list of an earlier run would be a lie.
            None => match std::fs::remove_file(&self.file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(error).with_context(|| format!("remove {}", self.file.display()))
                }
                Ok(()) | Err(_) => Ok(()),
            },
        }
    }
}
