//! Sealed matters from the command line: those who hold shares of the recovery key give them to recipients who lost theirs,
//! or two people with a whole key; and a recipient has checked what nobody else can look into (SEAL-1, SEAL-5, KEY-4).

use crate::office::{Kind, Office, huiyin, words};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use store::{Batch, Database, Write};

const PASSPHRASE: &str = "three herons over the lake";

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The program at a terminal where somebody types a line.
fn typed(line: &str, arguments: &[&str]) -> Output {
    let program = [&[env!("CARGO_BIN_EXE_huiyin")], arguments].concat();
    let mut command = Command::new("script");
    command.args(["-qec", &program.join(" "), "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.as_mut().unwrap(), "{line}").unwrap();
    child.wait_with_output().unwrap()
}

/// The demo district with recovery recipients: what is needed to run commands on it.
fn demo(office: &Office) -> String {
    let shares = huiyin(&["recovery-key", "--shares", "2-of-3", "--out", &office.path("county")]);
    let recipients =
        [String::from_utf8_lossy(&shares.stdout).trim().to_owned(), office.recipient("first.key")];
    let made = Command::new(env!("CARGO_BIN_EXE_huiyin"))
        .args(["demo", "--prepare-only", "--database", &office.address])
        .env("TMPDIR", office.folder())
        .env("HUIYIN_RECOVERY_RECIPIENTS", recipients.join(","))
        .output()
        .unwrap();
    let said = words(&made);
    assert_eq!(code(&made), 0, "{said}");
    let config = said.lines().find_map(|line| line.strip_prefix("for commands on it: --config ")).unwrap();
    let text = std::fs::read_to_string(config).unwrap();
    office.write("demo.toml", &format!("recovery_recipients = {recipients:?}\n{text}"))
}

/// Recipients' wraps are gone, as if all had new passphrases and none knew an old one.
fn lose_every_wrap(address: &str) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let database = Database::look(address).await.unwrap();
        let mut batch = Batch::new();
        batch.push(Write::new("delete from sealed_wrap where holder not like '%:%'", Vec::new()));
        database.commit(batch).await.unwrap();
    });
}

/// What the record says of uses of the recovery key, the oldest first.
fn recovered_by(address: &str) -> Vec<String> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let database = Database::look(address).await.unwrap();
        let events = store::log::office::all(&database).await.unwrap();
        events.into_iter().filter(|event| event.kind == "recovery_used").map(|event| event.body).collect()
    })
}

fn opened_by_shares_and_checked_by_a_recipient(kind: Kind) {
    let office = Office::new(kind, "sealed");
    let config = demo(&office);
    let on = |arguments: &[&str]| huiyin(&[arguments, &["--config", &config]].concat());
    let doctor = |word: &str| {
        let said = words(&on(&["doctor"]));
        assert!(said.contains(word), "{word}: {said}");
    };
    doctor("sealed matters: 6; each opens for two recipients and the recovery key");

    crate::report::counts_what_the_lists_hold(&office, &config);

    // Whoever has no passphrase of their own, or no terminal to type it at, has nothing opened.
    let check = |line: &str, login: &str| {
        let output = typed(line, &["verify", "--config", &config, "--recipient", login]);
        (code(&output), words(&output))
    };
    let (ended, said) = check(PASSPHRASE, "discipline-head");
    assert!(ended == 0 && said.contains("2 of the petitions are sealed"), "four of six are theirs: {said}");
    let (ended, said) = check("three herons over the sea", "discipline-head");
    assert!(ended == 1 && said.contains("another passphrase"), "{said}");
    let (ended, said) = check(PASSPHRASE, "housing-head");
    assert!(ended == 1 && said.contains("has set no sealing passphrase"), "{said}");
    let (ended, said) = check(PASSPHRASE, "nobody");
    assert!(ended == 1 && said.contains("there is no account nobody"), "{said}");

    lose_every_wrap(&office.address);
    doctor("sealed matters: 6 of 6 open for fewer than two recipients");
    let (ended, said) = check(PASSPHRASE, "discipline-head");
    assert!(ended == 0 && said.contains("6 of the petitions are sealed"), "{said}");
    let (first, third) = (office.path("county.1"), office.path("county.3"));
    let reseal = |shares: &[&str]| {
        let holders = ["赵, notary", "钱, congress"];
        let given =
            shares.iter().zip(holders).flat_map(|(share, holder)| ["--share", share, "--holder", holder]);
        let output = on(&["keys", "reseal"].into_iter().chain(given).collect::<Vec<_>>());
        (code(&output), words(&output))
    };
    let (ended, said) = reseal(&[&first]);
    assert!(ended == 1 && said.contains("one share alone opens nothing"), "{said}");
    let (ended, said) = reseal(&[&first, &first]);
    assert!(ended == 1 && said.contains("the same share was given twice"), "{said}");
    doctor("sealed matters: 6 of 6 open for fewer than two recipients");
    // A whole key is no one person's either, and nothing is begun or recorded for one (KEY-4, DUAL-1).
    let by = |key: &str, holders: &[&str]| {
        let key = office.path(key);
        let named = holders.iter().flat_map(|holder| ["--holder", holder]);
        let output = on(&["keys", "reseal", "--identity", &key].into_iter().chain(named).collect::<Vec<_>>());
        (code(&output), words(&output))
    };
    for holders in [&[] as &[&str], &["孙, notary"], &["孙, notary", " 孙, notary "], &["孙, notary", " "]]
    {
        let (ended, said) = by("first.key", holders);
        assert!(ended == 1 && said.contains("no one person opens sealed matters"), "{holders:?}: {said}");
    }
    assert_eq!(recovered_by(&office.address), [""; 0]);
    doctor("sealed matters: 6 of 6 open for fewer than two recipients");
    // Another office's key opens none.
    let (ended, said) = by("second.key", &["孙, notary", "李, congress"]);
    assert!(ended == 3 && said.contains("6 do not open with this key"), "{said}");
    let (ended, said) = by("first.key", &["孙, notary", "李, congress"]);
    assert!(ended == 0 && said.contains("given to recipients who could not open them: 6"), "{said}");
    lose_every_wrap(&office.address);
    let (ended, said) = reseal(&[&first, &third]);
    assert!(ended == 0 && said.contains("given to recipients who could not open them: 6"), "{said}");
    let named = recovered_by(&office.address);
    let pairs =
        [["孙, notary", "李, congress"], ["孙, notary", "李, congress"], ["赵, notary", "钱, congress"]];
    assert_eq!(named.len(), pairs.len(), "{named:?}");
    for (said, pair) in named.iter().zip(pairs) {
        assert!(said.contains("keys reseal") && pair.iter().all(|name| said.contains(name)), "{said}");
    }
    doctor("sealed matters: 6; each opens for two recipients and the recovery key");
    let (ended, said) = check(PASSPHRASE, "discipline-head");
    assert!(ended == 0 && said.contains("2 of the petitions are sealed"), "{said}");
}

#[test]
fn seal_5_shares_give_and_a_recipient_checks_on_sqlite() {
    opened_by_shares_and_checked_by_a_recipient(Kind::Sqlite);
}

#[test]
fn seal_5_shares_give_and_a_recipient_checks_on_postgres() {
    opened_by_shares_and_checked_by_a_recipient(Kind::Postgres);
}
