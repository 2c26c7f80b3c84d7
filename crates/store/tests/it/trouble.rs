//! Locked, read-only, full, damaged, gone: each a clear message with a remedy, and nothing half written.

use crate::{both, commit, set, settings};
use rusqlite::Connection;
use std::process::Command;
use store::testing::{open, postgres, sqlite};
use store::{Outcome, StoreError};

fn file(address: &str) -> &str {
    address.strip_prefix("sqlite:").unwrap()
}

/// The address with a setting of the server for every connection made through it.
fn with_setting(address: &str, setting: &str) -> String {
    format!("{address}?options=-c%20{}", setting.replace('=', "%3D"))
}

#[tokio::test(flavor = "multi_thread")]
async fn durability_is_switched_on() {
    let scratch = sqlite("durable").await.unwrap();
    let setting = async |name: &str| {
        scratch.database.query(&format!("pragma {name}"), Vec::new()).await.unwrap()[0].values()[0].clone()
    };
    assert_eq!(setting("journal_mode").await, "wal".into());
    assert_eq!(setting("synchronous").await, 2.into(), "2 is FULL");
    assert_eq!(setting("foreign_keys").await, 1.into());

    let scratch = postgres("durable").await.unwrap();
    let refused = open(&with_setting(&scratch.address, "synchronous_commit=off")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unsafe { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_says_so_and_recovers() {
    let scratch = sqlite("locked").await.unwrap();
    let other = Connection::open(file(&scratch.address)).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let refused = commit(&scratch.database, [set("a", "1")]).await;
    assert!(matches!(refused, Err(StoreError::Locked(_))), "{refused:?}");
    other.execute_batch("rollback").unwrap();
    assert_eq!(commit(&scratch.database, [set("a", "1")]).await, Ok(Outcome::Committed));

    let scratch = postgres("locked").await.unwrap();
    let (other, connection) = tokio_postgres::connect(&scratch.address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let hurried = open(&with_setting(&scratch.address, "lock_timeout=200")).await.unwrap();
    other.batch_execute("begin; insert into setting (name, value) values ('a', '0')").await.unwrap();
    let refused = commit(&hurried, [set("a", "1")]).await;
    assert!(matches!(refused, Err(StoreError::Locked(_))), "{refused:?}");
    other.batch_execute("rollback").await.unwrap();
    assert_eq!(commit(&hurried, [set("a", "1")]).await, Ok(Outcome::Committed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_says_so() {
    let scratch = postgres("standby").await.unwrap();
    let refused = open(&with_setting(&scratch.address, "default_transaction_read_only=on")).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly(_))), "{refused:?}");
}

/// Says on which file the tests below work when they run once more, as another user or on another disk.
const FILE: &str = "HUIYIN_TEST_FILE";

fn file_given() -> Option<String> {
    std::env::var_os(FILE).map(|file| file.into_string().unwrap())
}

/// Runs one test of this binary again, behind a command that prepares the surroundings.
fn run_again(mut before: Command, test: &str, file: &str) {
    let mine = std::env::current_exe().unwrap();
    let output = before.arg(mine).args(["--exact", test, "--nocapture"]).env(FILE, file).output().unwrap();
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_file_says_so() {
    if let Some(file) = file_given() {
        // Reading a finished schema writes nothing, so it is the first write that is refused.
        let refused = match open(&file).await {
            Ok(database) => commit(&database, [set("a", "1")]).await,
            Err(error) => Err(error),
        };
        assert!(matches!(refused, Err(StoreError::ReadOnly(_))), "{refused:?}");
        return;
    }
    let scratch = sqlite("read-only").await.unwrap();
    let folder = std::path::Path::new(file(&scratch.address)).parent().unwrap().to_owned();
    let copy = folder.join("copy.sqlite3").display().to_string();
    drop(open(&copy).await.unwrap());
    let mut rights = std::fs::metadata(&copy).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&copy, rights).unwrap();
    // Rights do not bind root, so the test runs once more as nobody.
    let root =
        String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    let mut before = Command::new(if root { "setpriv" } else { "env" });
    if root {
        before.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    }
    run_again(before, "trouble::a_read_only_file_says_so", &copy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_says_so_and_keeps_what_was_confirmed() {
    if let Some(file) = file_given() {
        let database = open(&file).await.unwrap();
        let much = "满".repeat(20_000);
        let mut confirmed = 0;
        let refused = loop {
            match commit(
                &database,
                [set(&format!("n{confirmed:04}"), "1"), set(&format!("m{confirmed:04}"), &much)],
            )
            .await
            {
                Ok(outcome) => assert_eq!(outcome, Outcome::Committed),
                Err(error) => break error,
            }
            confirmed += 1;
        };
        assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
        assert!(confirmed > 0);
        assert_eq!(settings(&database).await.len(), 2 * confirmed);
        drop(database);
        let check: String = Connection::open(&file)
            .unwrap()
            .query_row("pragma integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
        return;
    }
    let scratch = sqlite("full").await.unwrap();
    let folder = std::path::Path::new(file(&scratch.address)).parent().unwrap().join("small");
    std::fs::create_dir(&folder).unwrap();
    // A disk of its own, seen by this process only.
    let mut before = Command::new("unshare");
    before.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    before.arg("mount -t tmpfs -o size=2m small \"$0\" && exec \"$@\"").arg(&folder);
    run_again(
        before,
        "trouble::a_full_disk_says_so_and_keeps_what_was_confirmed",
        &folder.join("full.sqlite3").display().to_string(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_says_so() {
    let scratch = sqlite("damaged").await.unwrap();
    let path = format!("{}.text", file(&scratch.address));
    std::fs::write(&path, "This is no database. ".repeat(500)).unwrap();
    let refused = open(&path).await;
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_says_so_without_the_password() {
    let missing = open("sqlite:/nowhere/at/all/huiyin.sqlite3").await;
    assert!(matches!(missing, Err(StoreError::Unreachable { .. })), "{missing:?}");
    // Port 9 discards; nothing listens there.
    let silent = open("postgres://huiyin:geheim@127.0.0.1:9/huiyin").await.unwrap_err();
    assert!(matches!(silent, StoreError::Unreachable { .. }), "{silent:?}");
    assert!(!format!("{silent} {silent:?}").contains("geheim"));
    for address in
        ["", "sqlite:", "mysql://huiyin@localhost/huiyin", "postgres://huiyin@localhost:port/huiyin"]
    {
        let refused = open(address).await;
        assert!(matches!(refused, Err(StoreError::BadAddress(_))), "{address}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_replaced() {
    let scratch = postgres("lost").await.unwrap();
    commit(&scratch.database, [set("a", "1")]).await.unwrap();
    let (other, connection) = tokio_postgres::connect(&scratch.address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()";
    other.batch_execute(cut).await.unwrap();
    // Calls that meet a connection cut while idle may fail, as many as the pool holds, and say why; then it recovers.
    let mut refused = Vec::new();
    while let Err(error) = commit(&scratch.database, [set("c", "3")]).await {
        assert!(matches!(error, StoreError::Unreachable { .. } | StoreError::Other(_)), "{error:?}");
        refused.push(error);
        assert!(refused.len() <= 10, "{refused:?}");
    }
    // A read may meet another connection that was cut.
    let kept = "select count(*) from setting where name = 'c' and value = '3'";
    let rows = loop {
        match scratch.database.query(kept, Vec::new()).await {
            Ok(rows) => break rows,
            Err(error) => refused.push(error),
        }
        assert!(refused.len() <= 10, "{refused:?}");
    };
    assert_eq!(rows[0].int(0), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_hold_no_values() {
    for scratch in both("messages").await {
        let secret = "13800001234";
        let broken = store::Write::new(
            "insert into setting (name, value) values ($1, null)",
            vec![crate::text(secret)],
        );
        let refused = commit(&scratch.database, [broken]).await.unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains(secret), "{refused}");
    }
}
