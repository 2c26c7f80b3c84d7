//! PostgreSQL's own programs, `pg_dump` and `pg_restore`, as children. Passwords reach them by their environment alone.

use anyhow::{Context as _, bail};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running child, ended when it is let go.
pub(crate) struct Program {
    name: &'static str,
    /// Its pipes are the caller's.
    pub(crate) child: Child,
    said: Option<std::thread::JoinHandle<String>>,
}

impl Program {
    /// Writes a database as of a snapshot to its standard output.
    ///
    /// # Errors
    /// When there is no `pg_dump`, or it does not start.
    pub(crate) fn dump(url: &str, snapshot: &str) -> anyhow::Result<Program> {
        let mut command = command("pg_dump", url)?;
        command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-unlogged-table-data"]);
        // The policies let the program have everything (docs/decisions/0014); without the word pg_dump would refuse them.
        command.arg("--enable-row-security");
        command.arg(format!("--snapshot={snapshot}"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Program::start("pg_dump", command)
    }

    /// Reads what `pg_dump` wrote from its standard input into an empty database.
    ///
    /// # Errors
    /// When there is no `pg_restore`, or it does not start.
    pub(crate) fn restore(url: &str) -> anyhow::Result<Program> {
        let mut command = command("pg_restore", url)?;
        command.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]);
        let variables = store::backup::environment(url)?;
        let database = variables.iter().find(|(name, _)| *name == "PGDATABASE");
        let (_, database) = database.context("the address names no database")?;
        command.arg(format!("--dbname={database}"));
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        Program::start("pg_restore", command)
    }

    fn start(name: &'static str, mut command: Command) -> anyhow::Result<Program> {
        let mut child = command.stderr(Stdio::piped()).spawn().with_context(|| format!("start {name}"))?;
        let said = child.stderr.take().map(|stderr| std::thread::spawn(move || first_words(stderr)));
        Ok(Program { name, child, said })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// What it said, when it failed.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait().with_context(|| format!("wait for {}", self.name))?;
        if status.success() {
            return Ok(());
        }
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        bail!("{} failed: {}", self.name, said.trim())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn first_words(mut from: ChildStderr) -> String {
    let mut said = Vec::new();
    let _read = from.by_ref().take(2000).read_to_end(&mut said);
    // The rest is read too, or the child would wait for ever.
    let _rest = std::io::copy(&mut from, &mut std::io::sink());
    String::from_utf8_lossy(&said).into_owned()
}

fn command(name: &str, url: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(find(name)?);
    command.envs(store::backup::environment(url)?);
    Ok(command)
}

/// On the path, or where Debian keeps the newest.
fn find(name: &str) -> anyhow::Result<PathBuf> {
    let path = crate::config::variable("PATH").unwrap_or_default();
    let mut found =
        path.split(':').map(|folder| PathBuf::from(folder).join(name)).filter(|file| file.is_file());
    if let Some(file) = found.next() {
        return Ok(file);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, folder)| (version, folder.join("bin").join(name)))
        .filter(|(_, file)| file.is_file())
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, file)| file);
    newest.with_context(|| {
        format!(
            "there is no {name}: install PostgreSQL's client programs of the server's version, or a later one"
        )
    })
}
