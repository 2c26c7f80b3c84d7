//! `huiyin witness` as its own process, over real HTTP: every status of the protocol, kill -9 under load (WIT-1), memory
//! that is lost, and the way by file.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected should stop where it stands")]

use ledger::checkpoint::Checkpoint;
use ledger::note::{Signature, Signer, Verifier};
use ledger::tree::{self, Edge, Node};
use ledger::witness::AddCheckpoint;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

const ORIGIN: &str = "office.example/log/1";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("huiyin-witness-{}-{name}", std::process::id()));
    let _left_over = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A log of a dishonest office: several histories under one key. Histories agree up to where they fork.
struct Log {
    signer: Signer,
    /// Of each history: every complete subtree, and the root at each size.
    histories: Vec<(BTreeMap<Node, tree::Hash>, Vec<tree::Hash>)>,
}

/// Sizes at which the second and the third history leave the first: early, so that whoever forgets takes the other way.
const FORKS: [u64; 3] = [u64::MAX, 2, 9];
const LARGEST: u64 = 600;
/// Logs that the witness of the campaign follows.
const N_LOGS: u64 = 8;

impl Log {
    fn new(origin: &str) -> Log {
        let history = |fork: u64| {
            let (mut nodes, mut edge, mut roots) =
                (BTreeMap::new(), Edge::default(), vec![tree::empty_root()]);
            for index in 0..LARGEST {
                let entry = if index < fork { format!("{index}") } else { format!("{index} from {fork}") };
                let mut hash = tree::leaf_hash(entry.as_bytes());
                edge.push(hash);
                roots.push(edge.root());
                let mut node = Node { level: 0, index };
                nodes.insert(node, hash);
                while node.index % 2 == 1 {
                    let left = nodes[&Node { level: node.level, index: node.index - 1 }];
                    hash = tree::node_hash(&left, &hash);
                    node = Node { level: node.level + 1, index: node.index / 2 };
                    nodes.insert(node, hash);
                }
            }
            (nodes, roots)
        };
        Log { signer: Signer::new(origin, &[5; 32]).unwrap(), histories: FORKS.map(history).into() }
    }

    fn vkey(&self) -> String {
        self.signer.verifier().to_string()
    }

    fn checkpoint(&self, history: usize, size: u64) -> Checkpoint {
        let root = self.histories[history].1[usize::try_from(size).unwrap()];
        Checkpoint { origin: self.signer.name().to_owned(), size, root }
    }

    fn ask(&self, history: usize, old: u64, new: u64) -> AddCheckpoint {
        let nodes = &self.histories[history].0;
        let proof = tree::consistency_proof(old, new, |node| nodes.get(&node).copied()).unwrap_or_default();
        AddCheckpoint { old, proof, checkpoint: self.checkpoint(history, new).signed(&self.signer) }
    }
}

struct Witness {
    key: PathBuf,
    state: PathBuf,
    vkey: Verifier,
}

impl Witness {
    fn new(folder: &Path) -> Witness {
        let key = folder.join("witness.key");
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        let made =
            command.args(["witness", "key", "--name", "w.example/1", "--out"]).arg(&key).output().unwrap();
        assert!(made.status.success(), "{}", words(&made));
        let vkey = Verifier::parse(String::from_utf8(made.stdout).unwrap().trim()).unwrap();
        Witness { key, state: folder.join("state"), vkey }
    }

    fn command(&self, what: &str, logs: &[String], more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        command.args(["witness", what, "--key"]).arg(&self.key).arg("--state").arg(&self.state);
        logs.iter().for_each(|log| {
            command.args(["--log", log]);
        });
        command.args(more);
        command
    }

    fn serve(&self, logs: &[String], new: bool) -> Serving {
        let more: &[&str] =
            if new { &["--listen", "127.0.0.1:0", "--new"] } else { &["--listen", "127.0.0.1:0"] };
        let mut command = self.command("serve", logs, more);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("listening on http://").map(str::to_owned))
            .unwrap();
        Serving { child, address }
    }

    fn cosign(&self, logs: &[String], more: &[&str], request: &str) -> Output {
        let mut command = self.command("cosign", logs, more);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // SIGKILL: nothing is put in order.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

struct Answer {
    status: u16,
    kind: String,
    body: String,
}

/// Asks once; an error when the connection breaks.
fn send(address: &str, method: &str, path: &str, body: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: witness\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let named = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name));
        line.and_then(|line| Some(line.split_once(": ")?.1.to_owned())).unwrap_or_default()
    };
    if named("content-length") != body.len().to_string() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(Answer { status, kind: named("content-type"), body: body.to_owned() })
}

fn add(address: &str, request: &str) -> Answer {
    send(address, "POST", "/add-checkpoint", request.as_bytes()).unwrap()
}

/// Every status that the specification has, over HTTP; refused requests leave what was seen as it was.
#[test]
fn every_status_of_the_protocol_is_answered_over_http() {
    let folder = folder("statuses");
    let (log, other) = (Log::new(ORIGIN), Log::new("other.example/log/1"));
    let witness = Witness::new(&folder);
    let serving = witness.serve(&[log.vkey()], true);
    let at = serving.address.as_str();
    let ok = |request: &AddCheckpoint| {
        let answer = add(at, &request.to_string());
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (200, "text/plain; charset=utf-8"),
            "{}",
            answer.body
        );
        let signature = Signature::parse(answer.body.strip_suffix('\n').unwrap()).unwrap();
        let (checkpoint, _) = Checkpoint::of_note(&request.checkpoint).unwrap();
        assert!(witness.vkey.verify(&checkpoint.text(), &signature));
    };
    let no = |request: &str, status: u16, body: &str| {
        let answer = add(at, request);
        assert_eq!((answer.status, answer.body.contains(body)), (status, true), "{}", answer.body);
        answer
    };
    ok(&log.ask(0, 0, 64));
    ok(&log.ask(0, 64, 64));
    ok(&log.ask(0, 64, 200));
    // Another size than was seen, too small and too large.
    for (old, new) in [(0, 200), (64, 250), (210, 250)] {
        let answer = no(&log.ask(0, old, new).to_string(), 409, "200\n");
        assert_eq!((answer.kind.as_str(), answer.body.as_str()), ("text/x.tlog.size", "200\n"));
    }
    // The same size, another root; a fork that goes on; a proof of nothing.
    assert_eq!(no(&log.ask(1, 200, 200).to_string(), 409, "forked").kind, "text/plain; charset=utf-8");
    no(&log.ask(1, 200, 300).to_string(), 422, "proof");
    no(&AddCheckpoint { proof: Vec::new(), ..log.ask(0, 200, 300) }.to_string(), 422, "proof");
    no(&AddCheckpoint { proof: vec![[1; 32]; 63], ..log.ask(0, 200, 300) }.to_string(), 422, "proof");
    no(&other.ask(0, 0, 64).to_string(), 404, "unknown");
    let unsigned = log.checkpoint(0, 300).signed(&Signer::new(ORIGIN, &[6; 32]).unwrap());
    no(&AddCheckpoint { checkpoint: unsigned, ..log.ask(0, 200, 300) }.to_string(), 403, "no trusted key");
    no(&AddCheckpoint { old: 301, ..log.ask(0, 200, 300) }.to_string(), 400, "old size");
    let good = log.ask(0, 200, 300).to_string();
    for malformed in [
        String::new(),
        good.replace("old 200", "old 0200"),
        good.replace("\n\n", "\n"),
        good.replace('—', "-"),
    ] {
        no(&malformed, 400, "");
    }
    let more_than_63 = AddCheckpoint { proof: vec![[1; 32]; 64], ..log.ask(0, 200, 300) };
    no(&more_than_63.to_string(), 400, "");
    assert_eq!(send(at, "POST", "/add-checkpoint", b"\xff\xfe").unwrap().status, 400);
    assert_eq!(send(at, "GET", "/add-checkpoint", b"").unwrap().status, 405);
    assert_eq!(send(at, "POST", "/elsewhere", b"").unwrap().status, 404);
    assert_eq!(send(at, "POST", "/add-checkpoint", &vec![b'o'; 65 * 1024]).unwrap().status, 413);
    let about = send(at, "GET", "/", b"").unwrap();
    assert_eq!(about.body, format!("{}\n200 {ORIGIN}\n", witness.vkey), "what is refused changes nothing");
    ok(&log.ask(0, 200, 300));
    let _gone = std::fs::remove_dir_all(folder);
}

/// The serving process, replaced by another whenever it is killed.
struct Replaced<'a> {
    witness: &'a Witness,
    logs: Vec<String>,
    now: Mutex<(u64, Option<Serving>)>,
    back: Condvar,
}

impl Replaced<'_> {
    /// Which process it is, and its address; waits while there is none.
    fn address(&self) -> (u64, String) {
        let mut now = self.now.lock().unwrap();
        loop {
            if let (number, Some(serving)) = &*now {
                return (*number, serving.address.clone());
            }
            now = self.back.wait(now).unwrap();
        }
    }

    /// Kills the process of that number while others' requests are under way, and starts the next.
    fn kill(&self, number: u64) {
        let killed = {
            let mut now = self.now.lock().unwrap();
            if now.0 != number { None } else { now.1.take() }
        };
        if killed.is_some() {
            drop(killed);
            let next = self.witness.serve(&self.logs, false);
            *self.now.lock().unwrap() = (number + 1, Some(next));
            self.back.notify_all();
        }
    }
}

/// A small generator, so that a run can be repeated from its seed.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// WIT-1: many clients of a dishonest log with three histories, the process killed again and again while requests are
/// under way; whatever was signed, any two of it agree. `HUIYIN_WITNESS_REQUESTS=10000` is the full campaign.
#[test]
fn wit_1_a_witness_that_is_killed_at_random_never_signs_two_histories() {
    #[expect(clippy::disallowed_methods, reason = "a campaign's size is told by the environment")]
    let told = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let n_requests = told("HUIYIN_WITNESS_REQUESTS").unwrap_or(300);
    let seed = told("HUIYIN_SEED").unwrap_or(1);
    let n_clients = if n_requests > 1000 { 64 } else { 16 };
    let between_kills = (n_requests / 6).min(100);
    let folder = folder("killed");
    let logs: Vec<Log> = (0..N_LOGS).map(|n| Log::new(&format!("{n}.example/log/1"))).collect();
    let witness = Witness::new(&folder);
    let vkeys: Vec<String> = logs.iter().map(Log::vkey).collect();
    let first = witness.serve(&vkeys, true);
    let replaced =
        Replaced { witness: &witness, logs: vkeys, now: Mutex::new((0, Some(first))), back: Condvar::new() };
    let (answered, statuses) = (AtomicU64::new(0), Mutex::new(BTreeMap::<u16, u64>::new()));
    let signed = Mutex::new(Vec::<(usize, Checkpoint)>::new());
    std::thread::scope(|scope| {
        for client in 0..n_clients {
            let (logs, replaced, answered, statuses, signed, witness) =
                (&logs, &replaced, &answered, &statuses, &signed, &witness);
            scope.spawn(move || {
                let mut state = seed.wrapping_mul(1000).wrapping_add(client);
                // What this client believes the witness to have seen of each log.
                let mut seen = vec![0_u64; logs.len()];
                loop {
                    if answered.load(Ordering::SeqCst) >= n_requests {
                        return;
                    }
                    let which = usize::try_from(draw(&mut state, N_LOGS)).unwrap();
                    let history = [0, 0, 0, 1, 2][usize::try_from(draw(&mut state, 5)).unwrap()];
                    let old = if draw(&mut state, 8) == 0 { draw(&mut state, LARGEST) } else { seen[which] };
                    let new = (old + draw(&mut state, 9)).min(LARGEST);
                    let mut request = logs[which].ask(history, old, new);
                    if draw(&mut state, 20) == 0 {
                        request.proof.push([7; 32]);
                    }
                    let (process, address) = replaced.address();
                    let answer = send(&address, "POST", "/add-checkpoint", request.to_string().as_bytes());
                    let Ok(answer) = answer else { continue };
                    // All others have requests under way to the process that this one kills.
                    if answered.fetch_add(1, Ordering::SeqCst) % between_kills == between_kills - 1 {
                        replaced.kill(process);
                    }
                    *statuses.lock().unwrap().entry(answer.status).or_default() += 1;
                    match answer.status {
                        200 => {
                            let line = Signature::parse(answer.body.trim_end()).unwrap();
                            let checkpoint = logs[which].checkpoint(history, new);
                            assert!(witness.vkey.verify(&checkpoint.text(), &line));
                            signed.lock().unwrap().push((which, checkpoint));
                            seen[which] = new;
                        }
                        409 if answer.kind == "text/x.tlog.size" => {
                            seen[which] = answer.body.trim().parse().unwrap()
                        }
                        409 | 422 => {}
                        other => panic!("{other}: {}", answer.body),
                    }
                }
            });
        }
    });
    let killed = replaced.now.lock().unwrap().0;
    assert!(killed >= 5, "killed {killed} times");
    let statuses = statuses.into_inner().unwrap();
    assert!([200, 409, 422].iter().all(|status| statuses.contains_key(status)), "{statuses:?}");
    let signed = signed.into_inner().unwrap();
    let n_pairs = agree(&logs, &signed).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    println!(
        "{n_requests} requests, {killed} kills, {} signed, {n_pairs} pairs agree, {statuses:?}",
        signed.len()
    );
    // The control: one signature more, under another history of the largest tree signed, would have been noticed.
    let (which, largest) = signed.iter().max_by_key(|(_, checkpoint)| checkpoint.size).unwrap().clone();
    let forged = (0..3).map(|history| logs[which].checkpoint(history, LARGEST)).find(|other| {
        let mut with = signed.clone();
        with.push((which, other.clone()));
        agree(&logs, &with).is_err()
    });
    assert!(forged.is_some() || largest.size < FORKS[1], "the check notices a fork");
    let _gone = std::fs::remove_dir_all(folder);
}

/// WIT-1: the race that the specification spells out. Requests for different histories meet at the same instant, each
/// right by itself; the witness signs one history.
#[test]
fn wit_1_of_histories_that_arrive_at_once_one_is_signed() {
    let folder = folder("at-once");
    let logs: Vec<Log> = (0..16).map(|n| Log::new(&format!("{n}.example/log/1"))).collect();
    let vkeys: Vec<String> = logs.iter().map(Log::vkey).collect();
    let serving = Witness::new(&folder).serve(&vkeys, true);
    for log in &logs {
        let together = std::sync::Barrier::new(FORKS.len());
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let (together, serving) = (&together, &serving);
            let ask = move |history: usize| {
                let request = log.ask(history, 0, 20).to_string();
                together.wait();
                add(&serving.address, &request).status
            };
            let asked: Vec<_> = (0..FORKS.len()).map(|history| scope.spawn(move || ask(history))).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 2, "{statuses:?}");
    }
    let _gone = std::fs::remove_dir_all(folder);
}

/// Any two checkpoints of one log agree: the same root at the same size, a proof between any two sizes.
fn agree(logs: &[Log], signed: &[(usize, Checkpoint)]) -> Result<u64, String> {
    let mut n_pairs = 0;
    for (which, log) in logs.iter().enumerate() {
        let mut own: Vec<&Checkpoint> =
            signed.iter().filter(|(of, _)| *of == which).map(|(_, c)| c).collect();
        own.sort_by_key(|checkpoint| (checkpoint.size, checkpoint.root));
        own.dedup();
        for (at, old) in own.iter().enumerate() {
            for new in &own[at + 1..] {
                n_pairs += 1;
                let proves = (0..FORKS.len()).any(|history| {
                    let proof = log.ask(history, old.size, new.size).proof;
                    old.size < new.size
                        && tree::verify_consistency(old.size, new.size, &old.root, &new.root, &proof).is_ok()
                });
                if !proves {
                    return Err(format!("{} and {} of {} do not agree", old.size, new.size, old.origin));
                }
            }
        }
    }
    Ok(n_pairs)
}

/// A witness that forgot can be led into a fork: it does not start, and says what to do.
#[test]
fn a_witness_without_its_memory_does_not_start() {
    let folder = folder("memory");
    let log = Log::new(ORIGIN);
    let (witness, logs) = (Witness::new(&folder), [log.vkey()]);
    let refused = |witness: &Witness, logs: &[String], more: &[&str], word: &str| {
        let output = witness.cosign(logs, more, &log.ask(0, 0, 10).to_string());
        assert_eq!(output.status.code(), Some(1), "{}", words(&output));
        assert!(words(&output).contains(word), "{}", words(&output));
    };
    refused(&witness, &logs, &[], "--new");
    let first = witness.cosign(&logs, &["--new"], &log.ask(0, 0, 10).to_string());
    assert!(first.status.success(), "{}", words(&first));
    refused(&witness, &logs, &["--new"], "leave out --new");
    // While one process holds the memory, no other does.
    let serving = witness.serve(&logs, false);
    refused(&witness, &logs, &[], "another process");
    drop(serving);
    // The memory of one log is gone, or is not what was written.
    let file = std::fs::read_dir(&witness.state).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "seen")).unwrap();
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    refused(&witness, &logs, &[], "is lost");
    std::fs::write(&file, "").unwrap();
    refused(&witness, &logs, &[], "is lost");
    std::fs::write(&file, &kept).unwrap();
    // Another key has another memory.
    let stranger = Witness { state: witness.state.clone(), ..Witness::new(&self::folder("memory-other")) };
    refused(&stranger, &logs, &[], "another key");
    std::fs::remove_dir_all(&witness.state).unwrap();
    refused(&witness, &logs, &[], "holds no memory");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&witness.key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&witness.key, std::fs::Permissions::from_mode(0o644)).unwrap();
        refused(&witness, &logs, &["--new"], "chmod 600");
    }
    let _gone = std::fs::remove_dir_all(folder);
}

/// By file and over HTTP it is one memory: what was signed here is not signed otherwise there.
#[test]
fn requests_by_file_and_over_http_share_one_memory() {
    let folder = folder("by-file");
    let log = Log::new(ORIGIN);
    let (witness, logs) = (Witness::new(&folder), [log.vkey()]);
    let serving = witness.serve(&logs, true);
    assert_eq!(add(&serving.address, &log.ask(0, 0, 80).to_string()).status, 200);
    drop(serving);
    let forked = witness.cosign(&logs, &[], &log.ask(1, 80, 90).to_string());
    assert_eq!(forked.status.code(), Some(3), "{}", words(&forked));
    assert!(words(&forked).contains("refused (422)"), "{}", words(&forked));
    let file = folder.join("request");
    std::fs::write(&file, log.ask(0, 80, 90).to_string()).unwrap();
    let signed = witness.cosign(&logs, &[file.to_str().unwrap()], "");
    assert!(signed.status.success() && words(&signed).starts_with("— w.example/1 "), "{}", words(&signed));
    let stale = witness.cosign(&logs, &[], &log.ask(0, 80, 90).to_string());
    assert!(
        words(&stale).contains("refused (409): the latest checkpoint cosigned has size 90"),
        "{}",
        words(&stale)
    );
    let _gone = std::fs::remove_dir_all(folder);
}

/// The whole way by commands: an office publishes, its request is carried out, the signature back, and the sheet printed.
#[test]
fn an_office_is_witnessed_by_files_alone() {
    let folder = folder("office");
    let mut prepared = Command::new(env!("CARGO_BIN_EXE_huiyin"));
    let prepared = words(&prepared.args(["demo", "--prepare-only"]).output().unwrap());
    let database = prepared.lines().find_map(|line| line.strip_prefix("demo database: ")).unwrap();
    let key = database.replace("sqlite:", "").replace("demo.sqlite3", "keys/demo.key");
    let witness = Witness::new(&folder);
    let config = folder.join("huiyin.toml");
    let text = format!(
        "database = {database:?}\nkey_file = {key:?}\nlisten = \"127.0.0.1:0\"\njournal_folder = \"\"\nlog_beat_minutes = 1440\nwitnesses = [\"offline {}\"]\n",
        witness.vkey
    );
    std::fs::write(&config, text).unwrap();
    let office = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        command.args(arguments).arg("--config").arg(&config).output().unwrap()
    };
    let early = office(&["witness", "request"]);
    assert!(words(&early).contains("nothing of this log is public yet"), "{}", words(&early));

    // The next beat is far off: it is served here, by the store.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = store::Database::look(database).await.unwrap();
        let head = store::log::head(&database).await.unwrap().unwrap();
        let at = &format!("{}T00:00:00.000Z", &head.at[..10]);
        store::log::feed::publish(&database, &head, head.size(), at).await.unwrap();
    });

    let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
    let mut child = command.args(["serve", "--config"]).arg(&config).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address =
        lines.find_map(|line| line.unwrap().strip_prefix("listening on http://").map(str::to_owned));
    let serving = Serving { child, address: address.unwrap() };
    let page = |path: &str| {
        let answer = send(&serving.address, "GET", path, b"").unwrap();
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    };
    let checkpoint = page("/log/checkpoint");
    let vkey =
        page("/log/policy").lines().find_map(|line| line.strip_prefix("log ").map(str::to_owned)).unwrap();

    let request = office(&["witness", "request"]);
    let request = String::from_utf8(request.stdout).unwrap();
    assert!(request.starts_with("old 0\n\n") && request.ends_with(&checkpoint), "{request}");
    let signed = witness.cosign(&[vkey], &["--new"], &request);
    let file = folder.join("signature");
    std::fs::write(&file, &signed.stdout).unwrap();
    let red = office(&["doctor"]);
    assert_eq!(red.status.code(), Some(3));
    assert!(words(&red).contains("RED      witnesses: none of 1 has signed yet"), "{}", words(&red));
    let added = office(&["witness", "add", file.to_str().unwrap()]);
    assert!(added.status.success() && words(&added).contains("w.example/1 has signed"), "{}", words(&added));
    assert_eq!(page("/log/witnessed"), format!("{checkpoint}{}", String::from_utf8(signed.stdout).unwrap()));
    let green = words(&office(&["doctor"]));
    assert!(green.contains("ok       witnesses: 1 named, w.example/1 signed 0 minutes ago"), "{green}");
    let nothing = office(&["witness", "add", config.to_str().unwrap()]);
    assert_eq!(nothing.status.code(), Some(3), "{}", words(&nothing));

    let sheet = words(&office(&["witness", "print"]));
    let note = sheet.split_once("删除。\n\n").unwrap().1;
    let gazette = folder.join("gazette");
    std::fs::write(&gazette, note).unwrap();
    let (printed, _) = Checkpoint::of_note(note).unwrap();
    let digits: String = printed.root.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(sheet.replace([' ', '\n'], "").contains(&format!("root{digits}")), "{sheet}");
    let policy = folder.join("policy");
    std::fs::write(&policy, page("/log/policy")).unwrap();
    drop(serving);
    let verified =
        office(&["verify", "--against", gazette.to_str().unwrap(), "--policy", policy.to_str().unwrap()]);
    assert_ne!(verified.status.code(), Some(21), "{}", words(&verified));
    assert!(words(&verified).contains("1 outside checkpoints compared"), "{}", words(&verified));
    let _gone = std::fs::remove_dir_all(folder);
}
