//! What `huiyin verify` says to scripts, a start that is interrupted, a server that may lose what it confirms, and a clock
//! that jumps: with the real program.

use crate::office::{Kind, Office, Server, huiyin, words};
use std::process::{Command, Output, Stdio};
use store::{Batch, Database, Write};

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

/// Everything that a SQLite database consists of, under another name.
fn copy(office: &Office, from: &str, to: &str) {
    for ending in ["", "-wal", "-shm"] {
        let (from, to) = (format!("{}{ending}", office.path(from)), format!("{}{ending}", office.path(to)));
        let _gone = std::fs::remove_file(&to);
        if std::path::Path::new(&from).exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// The file of the office's database, by its name in the office's folder.
fn database(office: &Office) -> String {
    let file = office.address.strip_prefix("sqlite:").unwrap();
    std::path::Path::new(file).file_name().unwrap().to_str().unwrap().to_owned()
}

/// LOG-9, VER-1: 0 without evidence says so; an older copy put in place contradicts the checkpoint that a petitioner has (21);
/// an altered row is named (20).
#[test]
fn verify_ends_with_what_it_found() {
    let office = Office::new(Kind::Sqlite, "verify-codes");
    let config = office.path("huiyin.toml");
    let verify = |more: &[&str]| huiyin(&[&["verify", "--config", &config], more].concat());
    let server = office.serve();
    server.submit(2, 2, "前");
    server.kill();
    let file = database(&office);
    copy(&office, &file, "before");
    let server = Server::start(&config);
    let body = serde_json::json!({
        "kind": "claim", "office": crate::office::UNIT, "title": "后", "body": "后", "requests": ["后"],
        "identity": { "name": "赵有贵", "phone": "13800002211" }, "token": "later",
    });
    let (status, answer) = server.post("/api/v1/petitions", &body.to_string());
    assert_eq!(status, 201, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let checkpoint = office.write("checkpoint", answer["receipt"]["checkpoint"].as_str().unwrap());
    server.kill();

    let alone = verify(&[]);
    assert_eq!(code(&alone), 0, "{}", words(&alone));
    assert!(words(&alone).contains("no outside evidence"), "{}", words(&alone));
    let held = verify(&["--against", &checkpoint]);
    assert_eq!(code(&held), 0, "{}", words(&held));
    assert!(!words(&held).contains("no outside evidence"), "{}", words(&held));

    copy(&office, &file, "now");
    copy(&office, "before", &file);
    let alone = verify(&[]);
    assert_eq!(code(&alone), 0, "in itself nothing is wrong: {}", words(&alone));
    let rolled_back = verify(&["--against", &checkpoint]);
    assert_eq!(code(&rolled_back), 21, "{}", words(&rolled_back));
    assert!(words(&rolled_back).contains("contradicted"), "{}", words(&rolled_back));

    copy(&office, "now", &file);
    blocking(async {
        let database = Database::look(&office.address).await.unwrap();
        let mut batch = Batch::new();
        batch.push(Write::new("update matter set stage = 'final'", Vec::new()));
        database.commit(batch).await.unwrap();
    });
    let altered = verify(&[]);
    assert_eq!(code(&altered), 20, "{}", words(&altered));
    assert!(words(&altered).contains("matter "), "{}", words(&altered));
}

/// UPG-1: a start that brings the schema up and is killed at any moment leaves a database that the next start completes.
#[test]
fn upg_1_an_interrupted_start_is_completed_by_the_next() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let office = Office::new(kind, "upgrade");
        let config = office.path("huiyin.toml");
        for n in 0..12_u64 {
            let mut child = Command::new(env!("CARGO_BIN_EXE_huiyin"))
                .args(["serve", "--config", &config])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Later each time: from before the first table to after the last.
            let end = std::time::Instant::now() + std::time::Duration::from_millis(3 + n * 7);
            while std::time::Instant::now() < end && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let server = office.serve();
        server.submit(2, 1, "后");
        server.kill();
        let output = huiyin(&["verify", "--config", &config]);
        assert_eq!(code(&output), 0, "{}", words(&output));
    }
}

/// CRASH-5: a PostgreSQL that confirms before it writes is refused, with an exit code of its own.
#[test]
fn crash_5_a_server_that_may_lose_what_it_confirms_is_refused() {
    let office = Office::new(Kind::Postgres, "unsafe");
    let config = office.path("huiyin.toml");
    let address = format!("{}?options=-c%20synchronous_commit%3Doff", office.address);
    let output = huiyin(&["serve", "--config", &config, "--database", &address]);
    assert_eq!(code(&output), 30, "{}", words(&output));
    assert!(words(&output).contains("synchronous_commit = off"), "{}", words(&output));
}

/// Whether the clock was believed at the newest decision.
fn is_sure(office: &Office) -> bool {
    blocking(async {
        let database = Database::look(&office.address).await.unwrap();
        let sql = "select sure from event order by log_index desc limit 1";
        database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap() == 1
    })
}

/// Petitions received on an earlier day than the one before them.
fn unsure_since_the_confirmation(office: &Office) -> i64 {
    blocking(async {
        let database = Database::look(&office.address).await.unwrap();
        let sql = "select count(*) from matter m where m.received_on < (select max(received_on) from matter)";
        database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
    })
}

/// This program under a clock that is wrong by so much. Not by the program `faketime`, which would start it as a child that
/// outlives it when it is killed.
fn shifted(by: &str, arguments: &[&str]) -> Command {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let mut libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let library = libraries.find(|library| library.exists()).expect("faketime is installed");
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
    command.args(arguments).env("LD_PRELOAD", library).env("FAKETIME", by);
    // Only the time of day is wrong, as with a real clock. With the monotonic clock shifted too, a wait of the kernel's until
    // an instant of that clock lasts two hours longer.
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command
}

/// LOG-8 as architecture §10.13 has it: intake goes on under a clock that jumped, what is recorded says that it is unsure,
/// the doctor is red, one official alone cannot end it, two can.
#[test]
fn log_8_a_clock_that_jumped_is_not_believed_until_two_officials_confirm_it() {
    for by in ["+2h", "-10d"] {
        let office = Office::new(Kind::Sqlite, &format!("clock{}", by.len()));
        let config = office.config_with("timer_seconds = 1");
        let server = office.serve();
        server.submit(1, 1, "早");
        server.kill();
        assert!(is_sure(&office));
        let official = |n: u32| crate::office::official(n);
        let mut codes = Vec::new();
        for (n, login) in [(0, "one"), (1, "two")] {
            let official = official(n);
            let arguments = ["account", login, "--official", official.as_str(), "--config", config.as_str()];
            let output = shifted(by, &arguments).output().unwrap();
            assert_eq!(code(&output), 0, "{}", words(&output));
            codes.push((login, words(&output).split('\t').nth(1).unwrap().to_owned()));
        }
        let server = Server::of({
            let mut command = shifted(by, &["serve", "--config", &config]);
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            command
        });
        for (login, code) in codes {
            server.enrol(login, &code, "correct horse");
        }
        server.submit(8, 8, "中");
        assert!(!is_sure(&office), "{by}: believed");
        let doctor = huiyin(&["doctor", "--config", &config]);
        assert_eq!(code(&doctor), 3);
        assert!(
            words(&doctor).lines().any(|line| line.contains("RED") && line.contains("clock")),
            "{}",
            words(&doctor)
        );

        let confirm = ["clock", "confirm", "--config", config.as_str(), "--login", "one", "--login"];
        let alone = with_input(
            &mut shifted(by, &[&confirm[..], &["one"]].concat()),
            "correct horse\ncorrect horse\n",
        );
        assert_eq!(code(&alone), 1, "{}", words(&alone));
        let wrong =
            with_input(&mut shifted(by, &[&confirm[..], &["two"]].concat()), "correct horse\nwrong\n");
        assert_eq!(code(&wrong), 1, "{}", words(&wrong));
        // A wrong try makes the next wait, as on the pages.
        let mut confirmed = (0..200).map(|_| {
            with_input(&mut shifted(by, &[&confirm[..], &["two"]].concat()), "correct horse\ncorrect horse\n")
        });
        let both = confirmed.find(|output| !words(output).contains("too many wrong tries")).unwrap();
        assert_eq!(code(&both), 0, "{}", words(&both));
        if by == "+2h" {
            // Within a run or two of the timer the server believes it too.
            let believed = (0..500).any(|n| {
                server.submit(1, 1, &format!("晚{n}"));
                is_sure(&office)
            });
            assert!(believed, "the server still doubts the clock");
        } else {
            // Confirmed ten days back: what is received now is stamped with the log's last instant, and says so. Its day is
            // the confirmed one, which is no breach of the rules.
            let mut n = 0;
            while unsure_since_the_confirmation(&office) == 0 {
                server.submit(1, 1, &format!("晚{n}"));
                n += 1;
                assert!(n < 500, "the server still doubts the clock");
            }
            assert!(!is_sure(&office));
        }
        server.kill();
        let output = huiyin(&["verify", "--config", &config]);
        assert_eq!(code(&output), 0, "{}", words(&output));
    }
}

fn with_input(command: &mut Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}
