//! Asks a virus scanner over its socket (clamd, `INSTREAM`). What it says is a label; a scanner that does not answer
//! keeps nobody from petitioning (ATT-4).

use super::Verdict;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// Longest wait for the scanner's word.
const WAIT: Duration = Duration::from_secs(60);
/// Longest answer.
const ANSWER: u64 = 4096;

/// A file on its way to the scanner.
pub(crate) struct Scan {
    stream: Option<UnixStream>,
}

impl Scan {
    /// Begins; whatever goes wrong is told at the end.
    pub(crate) async fn begin(socket: &Path) -> Scan {
        let stream = async {
            let mut stream = UnixStream::connect(socket).await?;
            stream.write_all(b"zINSTREAM\0").await?;
            Ok::<_, std::io::Error>(stream)
        };
        Scan { stream: told(stream.await) }
    }

    /// The next bytes.
    pub(crate) async fn feed(&mut self, bytes: &[u8]) {
        let Some(stream) = &mut self.stream else { return };
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let fed = async {
            stream.write_all(&length.to_be_bytes()).await?;
            stream.write_all(bytes).await
        };
        if told(within(fed).await).is_none() {
            self.stream = None;
        }
    }

    /// What the scanner says of all of it.
    pub(crate) async fn end(mut self) -> Verdict {
        let Some(stream) = &mut self.stream else { return Verdict::Failed };
        let asked = async {
            stream.write_all(&[0; 4]).await?;
            let mut answer = Vec::new();
            stream.take(ANSWER).read_to_end(&mut answer).await?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        told(within(asked).await).map_or(Verdict::Failed, |answer| read(&answer))
    }
}

/// Reads `stream: OK`, `stream: Name FOUND`, and takes everything else for a failure.
fn read(answer: &str) -> Verdict {
    let answer = answer.trim_end_matches(['\0', '\n']);
    let said = answer.strip_prefix("stream: ").unwrap_or_default();
    match said.strip_suffix(" FOUND") {
        Some(name) => Verdict::Malware(name.chars().filter(|c| !c.is_control()).take(120).collect()),
        None if said == "OK" => Verdict::Clean,
        None => {
            tracing::warn!("clamd: no verdict: {answer:?}");
            Verdict::Failed
        }
    }
}

async fn within<T>(work: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    tokio::time::timeout(WAIT, work).await.unwrap_or(Err(std::io::ErrorKind::TimedOut.into()))
}

fn told<T>(done: std::io::Result<T>) -> Option<T> {
    done.inspect_err(|error| tracing::warn!("clamd: {error}")).ok()
}
