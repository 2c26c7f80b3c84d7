//! The server that is measured: this program, started as an office starts it.

use super::Place;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server of our own.
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// From starting the process to its first answer.
    pub(super) started_in: Duration,
}

impl Server {
    /// Starts `huiyin serve` and waits for its first answer.
    pub(super) async fn start(place: &Place) -> anyhow::Result<Server> {
        let program = std::env::current_exe().context("where this program is")?;
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--config"])
            .arg(&place.config_file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start huiyin serve")?;
        let output = child.stdout.take().context("the server's output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let line = lines.next_line().await?.context("the server ended before it listened")?;
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.parse().context("the server's address")?;
            }
        };
        let mut connection = super::load::Connection::open(address).await?;
        connection.send(super::load::get("/healthz", "")?).await?;
        Ok(Server { child, address, started_in: begun.elapsed() })
    }

    /// Memory that the process has used at most, in MB (`VmHWM` of Linux).
    pub(super) fn peak_megabytes(&self) -> Option<u64> {
        peak_megabytes_of(self.child.id()?)
    }

    /// Ends it.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("end the server")
    }
}

/// Memory that a process has used at most, in MB (`VmHWM` of Linux).
pub(super) fn peak_megabytes_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
}
