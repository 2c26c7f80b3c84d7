//! Commands, their words and their exit codes.

use std::process::{Command, Output};

fn huiyin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huiyin")).args(arguments).output().unwrap()
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn scratch(name: &str, text: &str) -> String {
    let folder = std::env::temp_dir().join(format!("huiyin-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn shipped_procedures_are_sound() {
    let output = huiyin(&["procedure", "check", "cn-petition-2022", "in-cpgrams-2024"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("no petition can lie still"));
}

#[test]
fn a_broken_procedure_is_answered_with_a_path_and_exit_code_3() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../casework/tests/broken/lies_still.toml");
    let output = huiyin(&["procedure", "check", file]);
    assert_eq!(output.status.code(), Some(3));
    assert!(words(&output).contains("never_still"), "{}", words(&output));
}

#[test]
fn a_procedure_with_a_typing_error_is_named_with_its_line() {
    let file = scratch("typo.toml", "id = \"x\"\nvresion = 1\n");
    let output = huiyin(&["procedure", "check", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("vresion") && words(&output).contains("line 2"), "{}", words(&output));
}

#[test]
fn a_deadline_explains_itself() {
    let output = huiyin(&["deadline", "explain", "K4", "--from", "2026-03-02", "--lang", "zh"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(words(&output).contains("到期日2026年5月6日"), "{}", words(&output));
    let output = huiyin(&["deadline", "explain", "K99", "--from", "2026-03-02"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("handle"), "it names the limits there are");
}

#[test]
fn a_table_of_deadlines_is_compared_row_by_row() {
    let worked = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/deadlines.csv");
    let output = huiyin(&["deadline", "check", worked]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let head = "id,start_date,unit,length,extension,excluded,roll,calendar,raw_last_day,expected_due\n";
    let wrong = format!(
        "{head}A,2026-03-02,cal_day,60,0,,next_workday,CN,2026-05-01,2026-05-06\n\
         B,2026-03-02,cal_day,60,0,,next_workday,CN,2026-05-01,2026-05-07\n\
         C,2026-02-30,cal_day,60,0,,next_workday,CN,2026-05-01,2026-05-06\n"
    );
    let output = huiyin(&["deadline", "check", &scratch("wrong.csv", &wrong)]);
    assert_eq!(output.status.code(), Some(3));
    let said = words(&output);
    assert!(
        said.contains(
            "row 3 B: expected last day 2026-05-01, due 2026-05-07; computed 2026-05-01, 2026-05-06"
        )
    );
    assert!(said.contains("row 4 C") && said.trim_end().ends_with("1 of 3 agree"), "{said}");
}

#[test]
fn configuration_fails_at_start_with_the_field_and_the_reason() {
    for (text, word) in [
        ("timer_seconds = 0\n", "timer_seconds"),
        ("time_zone = \"Mars\"\n", "time_zone"),
        ("lisen = \"x\"\n", "lisen"),
        ("listen = \"nowhere\"\n", "listen"),
    ] {
        let output = huiyin(&["serve", "--config", &scratch("bad.toml", text)]);
        assert_eq!(output.status.code(), Some(1));
        assert!(words(&output).contains(word), "{}", words(&output));
    }
}

#[test]
fn the_demo_prepares_itself_and_its_record_verifies() {
    let output = huiyin(&["demo", "--prepare-only"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let said = words(&output);
    assert!(said.contains("petition-clerk") && said.contains("望湖区信访局"), "{said}");
    let config = said.lines().find_map(|line| line.strip_prefix("for commands on it: --config ")).unwrap();
    let output = huiyin(&["verify", "--config", config]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("62 petitions"), "{}", words(&output));
}

#[test]
fn the_demo_takes_real_messages_with_their_dates_and_answers() {
    let table = "id,user,title,time,body,answer,answer_time,likes\n\
                 1,A1,小区物业停车费涨价,2019-03-04 10:00:00,没有征求意见就涨价,,,3\n\
                 2,A2,公司拖欠工资三个月,2019-01-07 09:00:00,\"工资没有发\n电话不接\",已经责令支付。,2019-02-20 09:00:00,0\n";
    let file = scratch("messages.csv", table);
    let output = huiyin(&["demo", "--prepare-only", "--messages", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("62 petitions"), "{}", words(&output));
    let nameless = scratch("messages-nameless.csv", "subject,time,body\nx,2019-03-04,y\n");
    let output = huiyin(&["demo", "--prepare-only", "--messages", &nameless]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("no column title"), "{}", words(&output));
    let dateless = scratch("messages-dateless.csv", "title,time,body\nx,soon,y\n");
    let output = huiyin(&["demo", "--prepare-only", "--messages", &dateless]);
    assert!(words(&output).contains("\"soon\" is no date"), "{}", words(&output));
}

#[test]
fn a_table_of_messages_is_brought_in_once_and_each_refused_row_is_named() {
    let table = "id,title,body,received_on\n\
                 1,路灯不亮,柳溪路路灯坏了半个月,2026-03-02\n\
                 2,没有内容,,2026-03-02\n\
                 3,井盖松动,青石街井盖松动有危险,2026-03-03\n";
    let file = scratch("messages-to-import.csv", table);
    let demo = huiyin(&["demo", "--prepare-only"]);
    let database = words(&demo)
        .lines()
        .find_map(|line| line.strip_prefix("demo database: ").map(str::to_owned))
        .unwrap();
    let key = database.replace("sqlite:", "").replace("demo.sqlite3", "keys/demo.key");
    let config = scratch(
        "import.toml",
        &format!("database = {database:?}\nkey_file = {key:?}\njournal_folder = \"\"\n"),
    );
    let import = || huiyin(&["import", &file, "--office", "望湖区信访局", "--config", &config]);
    let petitions = || -> u64 {
        let said = words(&huiyin(&["verify", "--config", &config]));
        let n = said.lines().find_map(|line| line.split_once(" petitions, ")?.0.parse().ok());
        n.unwrap_or_else(|| panic!("{said}"))
    };
    let before = petitions();
    let first = import();
    assert_eq!(first.status.code(), Some(3), "{}", words(&first));
    let refused = std::fs::read_to_string(format!("{file}.refused.csv")).unwrap();
    assert_eq!(refused.lines().count(), 2, "{refused}");
    assert_eq!(petitions(), before + 2);
    import();
    assert_eq!(petitions(), before + 2, "repeating brings nothing twice");
}

/// A receipt of a log with two entries, of which it proves the first; and a later checkpoint with the way to it.
fn receipt(name: &str) -> std::path::PathBuf {
    use ledger::checkpoint::Checkpoint;
    use ledger::record::{Record, entry_bytes};
    use ledger::tree::{Edge, leaf_hash};
    let folder = std::env::temp_dir().join(format!("huiyin-cli-{}-{name}", std::process::id()));
    std::fs::create_dir_all(folder.join("receipt")).unwrap();
    let log = ledger::note::Signer::new("petitions.example.org/log/1", &[1; 32]).unwrap();
    let record = Record {
        origin: log.name(),
        stream: [2; 16],
        seq: 0,
        prev: [0; 32],
        kind: "submit",
        at: 1_770_000_000_000,
        sure: true,
        actor: "petitioner",
        body_digest: store::content::sha256(b"events"),
        contents: Vec::new(),
    };
    let leaf = leaf_hash(&entry_bytes(&record.entry(&[3; 32])));
    let signed = |leaves: &[[u8; 32]]| {
        let mut edge = Edge::default();
        leaves.iter().for_each(|leaf| edge.push(*leaf));
        let size = leaves.len() as u64;
        Checkpoint { origin: log.name().to_owned(), size, root: edge.root() }.signed(&log)
    };
    let proof = ledger::proof::Proof {
        extra: None,
        index: 0,
        path: vec![[4; 32]],
        checkpoint: signed(&[leaf, [4; 32]]),
    };
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [5; 32]);
    for (name, text) in [
        ("receipt/proof.tlog-proof", proof.to_string().into_bytes()),
        ("receipt/record.cbor", record.encode()),
        ("receipt/events.cbor", b"events".to_vec()),
        ("receipt/keys.txt", format!("ekey {}\n", "03".repeat(32)).into_bytes()),
        ("receipt/policy.txt", format!("log {}\nquorum none\n", log.verifier()).into_bytes()),
        ("newer", signed(&[leaf, [4; 32], [5; 32]]).into_bytes()),
        ("fork", signed(&[leaf, [6; 32], [5; 32]]).into_bytes()),
        ("path", format!("{base64}\n").into_bytes()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_receipt_is_checked_offline_and_the_check_that_fails_is_named() {
    let folder = receipt("receipt");
    let at = |name: &str| folder.join(name).display().to_string();
    let good = huiyin(&["verify-receipt", &at("receipt")]);
    assert_eq!((good.status.code(), words(&good).matches("ok ").count()), (Some(0), 7), "{good:?}");
    assert!(words(&good).contains("entry 0 of 2") && words(&good).contains("by no witness"));
    let grown = huiyin(&["verify-receipt", &at("receipt"), "--newer", &at("newer"), "--proof", &at("path")]);
    assert_eq!(grown.status.code(), Some(0), "{grown:?}");
    assert!(words(&grown).contains("consistent with the checkpoint of 3 entries"));
    let forked = huiyin(&["verify-receipt", &at("receipt"), "--newer", &at("fork"), "--proof", &at("path")]);
    assert_eq!(forked.status.code(), Some(3), "{forked:?}");
    assert!(words(&forked).contains("FAILED  the log has only grown") && words(&forked).contains("[forked]"));
    let stranger = ledger::note::Signer::new("petitions.example.org/log/1", &[9; 32]).unwrap();
    std::fs::write(folder.join("policy"), format!("log {}\nquorum none\n", stranger.verifier())).unwrap();
    let unknown = huiyin(&["verify-receipt", &at("receipt"), "--policy", &at("policy")]);
    assert_eq!(unknown.status.code(), Some(3), "{unknown:?}");
    assert!(words(&unknown).contains("FAILED  the log has signed the root"), "{unknown:?}");
    std::fs::write(folder.join("receipt/events.cbor"), "other").unwrap();
    let altered = huiyin(&["verify-receipt", &at("receipt")]);
    assert_eq!(altered.status.code(), Some(3), "{altered:?}");
    assert!(words(&altered).contains("FAILED  events.cbor"), "{altered:?}");
    let no_zip = huiyin(&["verify-receipt", &at("newer")]);
    assert_eq!(no_zip.status.code(), Some(3), "{no_zip:?}");
    assert_eq!(huiyin(&["verify-receipt", &at("nothing")]).status.code(), Some(1));
    std::fs::remove_dir_all(folder).unwrap();
}
