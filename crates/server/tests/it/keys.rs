//! Keys with the real program: a rotation under load that is killed and gone on with, old backups, recovery by shares
//! (KEY-2, KEY-3, KEY-4), and logs that show none of it (KEY-5).

use crate::office::{Kind, Office, Server, huiyin, words};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn keys(arguments: &[&str], config: &str) -> Output {
    huiyin(&[&["keys"], arguments, &["--config", config]].concat())
}

/// KEY-2, scaled: 50 writers are `soak/keys.py`.
fn a_rotation_under_load_is_killed_and_gone_on_with(kind: Kind) {
    let office = Office::new(kind, "rotate");
    let config = office.path("huiyin.toml");
    let server = office.serve();
    server.submit(10, 20, "before");
    assert_eq!(code(&office.backup("before.backup")), 0);
    let old_key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    let mut numbers = std::thread::scope(|scope| {
        let writing = scope.spawn(|| server.submit(8, 5, "during"));
        let mut rotating = Command::new(env!("CARGO_BIN_EXE_huiyin"))
            .args(["keys", "rotate", "--config", &config])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed once some are done, or when it was faster.
        while rotating.try_wait().unwrap().is_none() {
            let status = words(&keys(&["status"], &config));
            if status
                .lines()
                .any(|line| line.starts_with("version 2: ") && !line.starts_with("version 2: 0 "))
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _was_faster = rotating.kill();
        rotating.wait().unwrap();
        writing.join().unwrap()
    });
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "in the middle: {}", words(&verified));
    let more = std::thread::scope(|scope| {
        let writing = scope.spawn(|| server.submit(8, 5, "on"));
        let resumed = keys(&["rewrap"], &config);
        assert!(words(&resumed).contains("wrapped anew: "), "{}", words(&resumed));
        writing.join().unwrap()
    });
    numbers.extend(more);
    assert_eq!(numbers.len(), 80, "no request failed");
    // What the server wrote before it learned of the version.
    let last = keys(&["rewrap"], &config);
    assert_eq!(code(&last), 0, "{}", words(&last));
    assert!(words(&last).contains("version 2: 280 petitions, 0 second factors (in use)"), "{}", words(&last));
    assert!(words(&last).contains("second wraps: 280 of 280"), "{}", words(&last));
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", numbers[0].1));
    assert!(status == 200 && page.contains("during"), "the server reads on: {page}");
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    // The old version goes out of the file, and back in only by an old backup.
    let refused = keys(&["retire", "2"], &config);
    assert!(
        code(&refused) == 1 && words(&refused).contains("not older than the one in use"),
        "{}",
        words(&refused)
    );
    // A server may not know yet what is in use.
    let soon = keys(&["retire", "1"], &config);
    assert!(code(&soon) == 1 && words(&soon).contains("in use since a moment ago"), "{}", words(&soon));
    assert_eq!(code(&keys(&["retire", "1", "--stopped"], &config)), 0);
    let new_key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    assert!(!new_key.contains("wrapping 1 ") && new_key.contains("wrapping 2 "));
    server.kill();
    let server = Server::start(&config);
    server.submit(2, 2, "after");
    let (status, _) = server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", numbers[1].1));
    assert_eq!(status, 200, "after a start without the old version");
    server.kill();
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    // Old backups open with the old key that they carry, and the journal goes on over the rotation with the key file.
    let identity = office.path("second.key");
    let drill = office
        .check(&office.file("before.backup"), &["--identity", &identity, "--journal", &office.journal()]);
    assert_eq!(code(&drill), 0, "{}", words(&drill));
    assert!(
        words(&drill).contains("recovery: 284 of 284 petitions open without any key"),
        "{}",
        words(&drill)
    );
    // With a key file from before the rotation nothing opens, until those who recover wrap everything anew.
    std::fs::write(office.file("keys/office.key"), &old_key).unwrap();
    let lost = keys(&["rewrap"], &config);
    assert!(
        code(&lost) == 1 && words(&lost).contains("version 2 of the office's wrapping key"),
        "{}",
        words(&lost)
    );
    let recovered = keys(&["recover", "--wrap-anew", "--identity", &identity], &config);
    assert_eq!(code(&recovered), 0, "{}", words(&recovered));
    assert!(
        words(&recovered).contains("version 3: 284 petitions, 0 second factors (in use)"),
        "{}",
        words(&recovered)
    );
    let server = Server::start(&config);
    assert_eq!(server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", numbers[1].1)).0, 200);
    server.submit(1, 1, "after the loss");
    server.kill();
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    assert!(used_by(&office.address).contains("keys recover"));
    let into = office.new_database("old");
    let restored = office.restore(
        "before.backup",
        &into,
        "keys/restored.key",
        &["--statement", &office.write("loss.txt", "试")],
    );
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    assert_eq!(std::fs::read_to_string(office.file("keys/restored.key")).unwrap(), old_key);
    let server = Server::start(&office.config_of(&into, "keys/restored.key"));
    server.submit(1, 1, "on the old one");
    server.kill();
}

#[test]
fn key_2_a_rotation_on_sqlite_is_killed_and_gone_on_with() {
    a_rotation_under_load_is_killed_and_gone_on_with(Kind::Sqlite);
}

#[test]
fn key_2_a_rotation_on_postgresql_is_killed_and_gone_on_with() {
    a_rotation_under_load_is_killed_and_gone_on_with(Kind::Postgres);
}

/// KEY-2: another node has the version in its file before it is used, or says what it lacks.
#[test]
fn key_2_a_node_without_the_new_version_says_so_and_reads_once_it_has_it() {
    let office = Office::new(Kind::Postgres, "keynodes");
    let first = office.serve();
    let config = office.path("huiyin.toml");
    std::fs::copy(office.file("keys/office.key"), office.file("keys/node.key")).unwrap();
    let text = std::fs::read_to_string(office.config_of_second_node()).unwrap();
    let node = office.write("node.toml", &text.replace("/office.key", "/node.key"));
    let second = Server::start(&node);
    let (_, query) = first.submit(1, 1, "from the first").remove(0);
    let track = format!("{{\"code\":{query:?}}}");
    assert_eq!(second.post("/api/v1/track", &track).0, 200);
    let prepared = keys(&["rotate", "--prepare"], &config);
    assert!(words(&prepared).contains("copy the file to every node"), "{}", words(&prepared));
    assert!(
        words(&keys(&["status"], &config)).contains("version 2: 0 petitions, 0 second factors (prepared)")
    );
    assert_eq!(code(&keys(&["rotate"], &config)), 0);
    assert_eq!(first.post("/api/v1/track", &track).0, 200, "it reads its own file again");
    assert_eq!(second.post("/api/v1/track", &track).0, 500, "its file lacks the version");
    std::fs::copy(office.file("keys/office.key"), office.file("keys/node.key")).unwrap();
    assert_eq!(second.post("/api/v1/track", &track).0, 200, "without a start");
    second.submit(2, 2, "from the second");
    let status = words(&keys(&["status"], &config));
    assert!(status.contains("version 2: 5 petitions") && !status.contains("version 1: 4"), "{status}");
}

/// KEY-3, KEY-4: an office whose key is held in three shares is brought back by two of them, and by no one alone.
#[test]
fn key_4_two_shares_bring_the_office_back_and_their_holders_are_on_record() {
    let office = Office::new(Kind::Sqlite, "shares");
    for set in ["one", "two"] {
        let made = huiyin(&["recovery-key", "--shares", "2-of-3", "--out", &office.path(set)]);
        assert_eq!(code(&made), 0, "{}", words(&made));
        assert!(!words(&made).contains("AGE-SECRET-KEY"), "{}", words(&made));
        assert!(!office.file(set).exists(), "the whole is written nowhere");
        office.write(&format!("{set}.recipient"), String::from_utf8_lossy(&made.stdout).trim());
        let again = huiyin(&["recovery-key", "--shares", "2-of-3", "--out", &office.path(set)]);
        assert_eq!(code(&again), 1, "nothing is written over");
    }
    let recipients = [office.recipient("one"), office.recipient("two")];
    let config = office.config_with(&format!("recovery_recipients = {recipients:?}\n"));
    let server = Server::of({
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        command.args(["serve", "--config", &config, "--directory", &office.path("office.json")]);
        command
    });
    server.submit(3, 3, "金丝雀canary6021");
    server.kill();
    assert_eq!(code(&office.backup_of(&config, "office.backup")), 0);
    let share = |set: &str, n: u32| office.path(&format!("{set}.{n}"));
    let (first, second, third) = (share("one", 1), share("one", 2), share("one", 3));
    let people = ["--holder", "张某 市档案馆", "--holder", "李某 区纪委"];
    let given = |one: &str, other: &str| -> Vec<String> {
        let shares = ["--share", one, "--share", other];
        shares.iter().chain(&people).map(|word| (*word).to_owned()).collect()
    };
    let recover = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        keys(&[&["recover"], arguments.as_slice()].concat(), &config)
    };
    // The drill without any key of the office.
    let key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    std::fs::remove_file(office.file("keys/office.key")).unwrap();
    for (one, other) in [(&first, &second), (&first, &third), (&third, &second)] {
        let drill = recover(&given(one, other));
        assert_eq!(code(&drill), 0, "{}", words(&drill));
        assert!(words(&drill).contains("recovery: 9 of 9 petitions open"), "{}", words(&drill));
    }
    for (arguments, said) in [
        (
            vec!["--share".to_owned(), first.clone(), "--holder".to_owned(), "张某".to_owned()],
            "one share alone opens nothing",
        ),
        (given(&first, &first), "given twice"),
        (given(&first, &share("two", 2)), "different keys, sets"),
        (given(&first, &second)[..6].to_vec(), "--holder once for each --share"),
        (given(&first, &second)[..4].to_vec(), "--holder"),
        (vec!["--identity".to_owned(), first.clone()], "no age identity"),
    ] {
        let refused = recover(&arguments);
        assert!([1, 2].contains(&code(&refused)) && words(&refused).contains(said), "{}", words(&refused));
    }
    office.write("mistyped", &std::fs::read_to_string(&second).unwrap().replace("\n3: ", "\n3: Z"));
    let refused = recover(&given(&first, &office.path("mistyped")));
    assert!(words(&refused).contains("line 3 of the share is mistyped"), "{}", words(&refused));
    // The office comes back, and says who brought it.
    let into = office.new_database("again");
    let (file, new_key) = (office.path("office.backup"), office.path("keys/again.key"));
    let mut arguments = vec!["restore", &file, "--into", &into, "--key-file", &new_key, "--config", &config];
    let journal = office.journal_of(&config);
    arguments.extend(["--journal", &journal]);
    let shares = given(&second, &third);
    arguments.extend(shares.iter().map(String::as_str));
    let restored = huiyin(&arguments);
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    assert!(words(&restored).contains("RPO: 0 entries"), "{}", words(&restored));
    assert_eq!(std::fs::read_to_string(office.file("keys/again.key")).unwrap(), key);
    let config = office.config_of(&into, "keys/again.key");
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    let used = used_by(&into);
    assert!(
        used.contains("张某 市档案馆") && used.contains("李某 区纪委") && used.contains("restore"),
        "{used}"
    );
}

/// KEY-2, BAK-2: a backup of before a rotation brings the office back with its journal, though the key file in it lacks the
/// version that came after; then what is under that is opened by second wraps. A stranger's key changes nothing.
#[test]
fn key_2_a_backup_of_before_a_rotation_is_restored_and_gone_on_with() {
    let office = Office::new(Kind::Sqlite, "older");
    let config = office.path("huiyin.toml");
    let server = office.serve();
    server.submit(2, 1, "早");
    server.kill();
    assert_eq!(code(&office.backup("old.backup")), 0);
    let rotated = keys(&["rotate"], &config);
    assert_eq!(code(&rotated), 0, "{}", words(&rotated));
    let server = Server::start(&config);
    let after = server.submit(1, 1, "晚");
    server.kill();
    office.lose_the_database();

    let into = office.new_database("again");
    let restored = office.restore("old.backup", &into, "keys/again.key", &["--journal", &office.journal()]);
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    let config = office.config_of(&into, "keys/again.key");
    let refused = huiyin(&["serve", "--config", &config]);
    assert!(words(&refused).contains("version 2"), "{}", words(&refused));
    let doctor = words(&huiyin(&["doctor", "--config", &config]));
    let line = doctor.lines().find(|line| line.contains("petition keys")).unwrap_or_default();
    assert!(line.contains("RED") && line.contains("lacks versions [2]"), "{doctor}");

    let stranger = office.path("stranger.key");
    assert_eq!(code(&huiyin(&["recovery-key", "--out", &stranger])), 0);
    let before = std::fs::read_to_string(office.file("keys/again.key")).unwrap();
    let nothing = keys(&["recover", "--wrap-anew", "--identity", &stranger], &config);
    assert_eq!(code(&nothing), 1, "{}", words(&nothing));
    assert!(words(&nothing).contains("nothing was changed"), "{}", words(&nothing));
    assert_eq!(std::fs::read_to_string(office.file("keys/again.key")).unwrap(), before);

    let recovered = keys(&["recover", "--wrap-anew", "--identity", &office.path("first.key")], &config);
    assert_eq!(code(&recovered), 0, "{}", words(&recovered));
    let server = Server::start(&config);
    let (status, _) = server.post("/api/v1/track", &serde_json::json!({ "code": after[0].1 }).to_string());
    assert_eq!(status, 200, "what came after the backup is read");
    server.kill();
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
}

/// The event that says who used the recovery key.
fn used_by(address: &str) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = store::Database::look(address).await.unwrap();
        let events = store::log::office::all(&database).await.unwrap();
        events.into_iter().find(|event| event.kind == "recovery_used").unwrap().body
    })
}

/// KEY-5: at TRACE, through submission, following, login, rotation, restore and what goes wrong, no log says a word of a
/// person, and no key.
#[test]
fn key_5_no_log_shows_words_or_keys() {
    const CANARY: &str = "金丝雀canary4417";
    let office = Office::new(Kind::Postgres, "trace");
    let config = office.path("huiyin.toml");
    let log = std::fs::File::create(office.file("serve.log")).unwrap();
    let server =
        Server::logged(&["serve", "--config", &config, "--directory", &office.path("office.json")], log);
    let given = server.submit(2, 2, CANARY);
    let file = server.bring(&format!("{CANARY}.txt"), &CANARY.repeat(500));
    let with_file = server.submit_with(CANARY, &[file]);
    let mut said = String::new();
    // What the drivers say of their statements is part of it.
    let mut run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        let output =
            command.args(arguments).args(["--config", &config]).env("RUST_LOG", "trace").output().unwrap();
        said.push_str(&words(&output));
        (code(&output), words(&output))
    };
    let (_, account) = run(&["account", "zhao", "--official", &crate::office::official(0)]);
    let one_time = account.split('\t').nth(1).unwrap().to_owned();
    server.enrol("zhao", &one_time, "correct horse battery 4417");
    let login = "{\"login\":\"zhao\",\"password\":\"correct horse battery 4417\"}";
    let (status, answer) = server.post("/api/v1/session", login);
    assert_eq!(status, 201, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let session = answer["token"].as_str().unwrap().to_owned();
    let (status, cases) = server.ask("GET", "/api/v1/inbox", &session, "");
    assert!(status == 200 && cases.contains(CANARY), "{status} {cases}");
    let cases: serde_json::Value = serde_json::from_str(&cases).unwrap();
    let case = format!("/api/v1/cases/{}", cases["rows"][0]["case_ref"].as_str().unwrap());
    let (status, shown) = server.ask("GET", &case, &session, "");
    assert!(status == 200 && shown.contains(CANARY), "{status} {shown}");
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let act = serde_json::json!({ "seen": shown["version"], "kind": "claim", "class": "04" });
    let acted = server.ask("POST", &format!("{case}/register"), &session, &act.to_string());
    assert_eq!(acted.0, 200, "{}", acted.1);
    let wrong = server.post("/api/v1/session", "{\"login\":\"zhao\",\"password\":\"wrong horse 4417 4417\"}");
    assert_eq!(wrong.0, 401, "{}", wrong.1);
    assert_eq!(server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", given[0].1)).0, 200);
    assert_eq!(run(&["keys", "rotate"]).0, 0);
    assert_eq!(run(&["keys", "recover", "--identity", &office.path("first.key")]).0, 0);
    assert_eq!(run(&["backup", "--to", &office.path("a.backup")]).0, 0);
    // And what goes wrong: a key file without the version that is in use.
    let key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    let shortened: Vec<&str> = key.lines().filter(|line| !line.starts_with("wrapping 2")).collect();
    std::fs::write(office.file("keys/office.key"), shortened.join("\n")).unwrap();
    let (failed, why) = run(&["keys", "rewrap"]);
    assert!(failed == 1 && why.contains("NoVersion") | why.contains("version 2"), "{why}");
    server.kill();
    let log = std::fs::read_to_string(office.file("serve.log")).unwrap();
    assert!(log.lines().count() > 8 && log.contains("TRACE"), "the log is at TRACE: {log}");
    let all = [log, said].concat();
    let identity = std::fs::read_to_string(office.file("first.key")).unwrap();
    let secret = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY")).unwrap();
    let mut hidden =
        vec![CANARY.to_owned(), "13800002211".to_owned(), "horse battery".to_owned(), secret.to_owned()];
    hidden.extend([session, with_file].into_iter().chain(given.into_iter().map(|(_, code)| code)));
    // The office's key, and every key that is made from it or was drawn: in hexadecimal, base64, and as Rust prints bytes.
    for word in key.split_whitespace().filter(|word| word.len() == 64) {
        let bytes: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&word[2 * at..2 * at + 2], 16).unwrap()).collect();
        for purpose in ["", "huiyin log signing", "huiyin log padding", "huiyin intake journal"] {
            let bytes = if purpose.is_empty() {
                bytes.clone()
            } else {
                store::content::commit(&bytes.clone().try_into().unwrap(), purpose.as_bytes()).to_vec()
            };
            hidden.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
            hidden.push(crate::backup::base64(&bytes)[..40].to_owned());
            hidden.push(format!("{:?}", &bytes[..12]).trim_end_matches(']').to_owned());
        }
    }
    for hidden in &hidden {
        let found = all.lines().find(|line| line.to_lowercase().contains(&hidden.to_lowercase()));
        assert_eq!(found, None, "{hidden}");
    }
}

/// KEY-2: the log's key is changed under load; a backup of before, its journal and the key file bring everything back.
fn the_logs_key_is_changed_under_load(kind: Kind) {
    let office = Office::new(kind, "rotatelog");
    let config = office.path("huiyin.toml");
    let server = office.serve();
    server.submit(5, 4, "before");
    assert_eq!(code(&office.backup("before.backup")), 0);
    let prepared = keys(&["rotate-log", "--prepare"], &config);
    assert!(words(&prepared).contains("copy the file to every node"), "{}", words(&prepared));
    let key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    assert!(key.contains("signing 2 "), "{key}");
    let filed = std::thread::scope(|scope| {
        let writing = scope.spawn(|| server.submit(10, 10, "during"));
        std::thread::sleep(Duration::from_millis(200));
        let turned = keys(&["rotate-log"], &config);
        assert_eq!(code(&turned), 0, "{}", words(&turned));
        assert!(words(&turned).contains("/log/2 goes on"), "{}", words(&turned));
        writing.join().unwrap()
    });
    assert_eq!(filed.len(), 100, "no request failed");
    assert_eq!(
        std::fs::read_to_string(office.file("keys/office.key")).unwrap(),
        key,
        "the key that was prepared"
    );
    // And once more, without a backup between: both keys are in the key file alone.
    assert_eq!(code(&keys(&["rotate-log"], &config)), 0);
    let key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    server.submit(1, 1, "after");
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
    server.kill();
    office.lose_the_database();
    let into = office.new_database("again");
    let (journal, statement) = (office.journal(), office.write("loss.txt", "机器与密钥文件同时烧毁。"));
    // The key went with the machine: everything comes back, and a log under another key goes on, by a statement.
    let _gone = std::fs::remove_file(office.file("keys/office.key"));
    let refused = office.restore("before.backup", &into, "keys/other.key", &["--journal", &journal]);
    let said = words(&refused);
    assert!(code(&refused) == 1 && said.contains("/log/3 is in no key file here"), "{said}");
    let elsewhere = office.new_database("elsewhere");
    let stated = ["--journal", &journal, "--statement", &statement];
    let restored = office.restore("before.backup", &elsewhere, "keys/other.key", &stated);
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    let other = office.config_of(&elsewhere, "keys/other.key");
    let server = Server::start(&other);
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", filed[99].1));
    assert!(status == 200 && page.contains("during"), "{page}");
    server.submit(1, 1, "on");
    server.kill();
    let verified = huiyin(&["verify", "--config", &other]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
    let made = std::fs::read_to_string(office.file("keys/other.key")).unwrap();
    assert!(made.contains("signing 4 ") && !made.contains("signing 2 "), "{made}");
    // With the key file at hand nothing is missing.
    let key_file = office.write("keys/office.key", &key);
    #[cfg(unix)]
    std::fs::set_permissions(key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let restored = office.restore("before.backup", &into, "keys/office.key", &["--journal", &journal]);
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    let again = office.config_of(&into, "keys/office.key");
    let server = Server::start(&again);
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{:?}}}", filed[99].1));
    assert!(status == 200 && page.contains("during"), "{page}");
    server.submit(1, 1, "on");
    server.kill();
    let verified = huiyin(&["verify", "--config", &again]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
}

#[test]
fn key_2_the_logs_key_is_changed_under_load_on_sqlite() {
    the_logs_key_is_changed_under_load(Kind::Sqlite);
}

#[test]
fn key_2_the_logs_key_is_changed_under_load_on_postgresql() {
    the_logs_key_is_changed_under_load(Kind::Postgres);
}

/// KEY-2, BAK-3: a change of the key that a journal holds and no commit followed is passed over when the office is brought back.
#[test]
fn key_2_a_change_that_was_never_committed_is_not_replayed() {
    let office = Office::new(Kind::Sqlite, "phantom");
    let config = office.path("huiyin.toml");
    let server = office.serve();
    server.submit(2, 2, "before");
    assert_eq!(code(&office.backup("before.backup")), 0);
    server.kill();
    // The journal gets the change, and the database does not: it is made in a copy, which is thrown away.
    let whole = std::fs::read_to_string(&config).unwrap();
    for ending in ["", "-wal"] {
        let name = |of: &str| office.file(&format!("{of}.sqlite3{ending}"));
        std::fs::copy(name("office"), name("copy")).unwrap();
    }
    let copy = office.write("copy.toml", &whole.replace("office.sqlite3", "copy.sqlite3"));
    let turned = keys(&["rotate-log"], &copy);
    assert_eq!(code(&turned), 0, "{}", words(&turned));
    std::fs::remove_file(office.file("copy.sqlite3")).unwrap();
    let server = Server::start(&config);
    let filed = server.submit(2, 3, "after the change that was not");
    assert_eq!(code(&keys(&["rotate-log"], &config)), 0);
    server.submit(1, 3, "in the next log");
    server.kill();
    let key = std::fs::read_to_string(office.file("keys/office.key")).unwrap();
    office.lose_the_database();
    let key_file = office.write("keys/office.key", &key);
    #[cfg(unix)]
    std::fs::set_permissions(key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let into = office.new_database("again");
    let restored =
        office.restore("before.backup", &into, "keys/office.key", &["--journal", &office.journal()]);
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    let again = office.config_of(&into, "keys/office.key");
    let server = Server::start(&again);
    for (_, query) in &filed {
        let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{query:?}}}"));
        assert!(status == 200 && page.contains("the change that was not"), "{page}");
    }
    server.kill();
    let verified = huiyin(&["verify", "--config", &again]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
}
