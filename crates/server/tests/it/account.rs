//! An office whose program has an account that owns nothing (SCOPE-7, LOG-2), with the real program on PostgreSQL.

use crate::office::{Kind, Office, Server, huiyin, words};
use std::process::{Command, Output};
use store::testing::{account_of, accounts};
use store::{Batch, Database, Outcome, StoreError, Write};

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn as_owner(owner: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huiyin")).args(arguments).env("HUIYIN_DATABASE", owner).output().unwrap()
}

async fn said(database: &Database, sql: &'static str) -> Result<Outcome, StoreError> {
    let mut batch = Batch::new();
    batch.push(Write::new(sql, Vec::new()));
    database.commit(batch).await
}

/// What somebody who has taken the program over would try.
const ATTEMPTS: [&str; 14] = [
    "alter table event disable trigger all",
    "drop trigger event_is_final on event",
    "create or replace function event_is_final() returns trigger language plpgsql as $$ begin return null; end $$",
    "drop function event_is_final() cascade",
    "set session_replication_role = replica",
    "update event set actor = 'somebody else'",
    "delete from event",
    "truncate event",
    "update read_event set actor = 'somebody else'",
    "update content set seq = 7",
    "update log_commit set at = ''",
    "delete from log_commit",
    "drop table matter",
    "create table own (n integer)",
];

#[test]
fn scope_7_the_program_serves_under_an_account_that_owns_nothing_and_switches_nothing_off() {
    let office = Office::new(Kind::Postgres, "account");
    let [owner, program] = blocking(accounts("account")).unwrap();
    let account = account_of(&program);
    let config = office.config_of(&program, "keys/office.key");
    let directory = office.with_administrators();
    let init = ["init", "--directory", directory.as_str(), "--config", config.as_str()];

    let early = huiyin(&init);
    assert!(!early.status.success() && words(&early).contains("huiyin migrate"), "{}", words(&early));
    let absent = as_owner(&owner, &["migrate", "--grant-to", "nobody_of_that_name", "--config", &config]);
    assert!(!absent.status.success() && words(&absent).contains("no account"), "{}", words(&absent));
    let itself = as_owner(&owner, &["migrate", "--grant-to", account_of(&owner), "--config", &config]);
    assert!(!itself.status.success() && words(&itself).contains("as the owner"), "{}", words(&itself));
    let migrated = as_owner(&owner, &["migrate", "--grant-to", account, "--config", &config]);
    assert!(migrated.status.success(), "{}", words(&migrated));

    // Everything that the program does.
    let begun = huiyin(&init);
    assert!(begun.status.success(), "{}", words(&begun));
    let server = Server::start(&config);
    server.submit(3, 2, "前");
    server.kill();
    for command in ["verify", "rebuild", "verify"] {
        let done = huiyin(&[command, "--config", &config]);
        assert!(done.status.success(), "{command}: {}", words(&done));
    }
    let backup = office.backup_of(&config, "office.backup");
    assert!(backup.status.success(), "{}", words(&backup));

    // And what it cannot.
    blocking(async {
        let database = Database::look(&program).await.unwrap();
        for sql in ATTEMPTS {
            assert_eq!(said(&database, sql).await, Err(StoreError::NotAllowed(name_of(&program))), "{sql}");
        }
    });
    let doctor = huiyin(&["doctor", "--config", &config]);
    assert!(words(&doctor).contains(&format!("{account} owns nothing")), "{}", words(&doctor));
    let of_owner = as_owner(&owner, &["doctor", "--config", &config]);
    assert!(words(&of_owner).contains("warning  database account"), "{}", words(&of_owner));
    let of_superuser = huiyin(&["doctor", "--config", &config, "--database", &office.address]);
    assert!(
        words(&of_superuser).contains("nothing kept in it could be examined"),
        "{}",
        words(&of_superuser)
    );

    // The owner can, which the doctor sees; what is too much is taken away again.
    blocking(async {
        let database = Database::look(&owner).await.unwrap();
        said(&database, "alter table event disable trigger event_is_final").await.unwrap();
    });
    let doctor = huiyin(&["doctor", "--config", &config]);
    assert!(words(&doctor).contains("RED      final rows"), "{}", words(&doctor));
    let again = format!("grant update on event to {account}");
    blocking(async {
        let database = Database::look(&owner).await.unwrap();
        said(&database, "alter table event enable trigger event_is_final").await.unwrap();
        said(&database, again.leak()).await.unwrap();
    });
    let doctor = huiyin(&["doctor", "--config", &config]);
    assert!(!words(&doctor).contains("final rows"), "{}", words(&doctor));
    assert!(words(&doctor).contains("may alter events"), "{}", words(&doctor));
    let migrated = as_owner(&owner, &["migrate", "--grant-to", account, "--config", &config]);
    assert!(migrated.status.success(), "{}", words(&migrated));
    let doctor = huiyin(&["doctor", "--config", &config]);
    assert!(words(&doctor).contains(&format!("{account} owns nothing")), "{}", words(&doctor));

    // A backup goes into a database of the owner's; then the program serves from it.
    let [new_owner, new_program] = blocking(accounts("account_back")).unwrap();
    let [file, key, into] =
        [office.path("office.backup"), office.path("first.key"), office.path("keys/back.key")];
    let (journal, config) = (office.journal(), config.as_str());
    let restored = huiyin(
        &[
            &["restore", &file, "--into", &new_owner, "--identity", &key, "--key-file", &into][..],
            &["--journal", &journal, "--config", config],
        ]
        .concat(),
    );
    assert!(restored.status.success(), "{}", words(&restored));
    let account = account_of(&new_program);
    let migrated = as_owner(&new_owner, &["migrate", "--grant-to", account, "--config", config]);
    assert!(migrated.status.success(), "{}", words(&migrated));
    let config = office.config_of(&new_program, "keys/back.key");
    let server = Server::start(&config);
    server.submit(1, 1, "后");
    server.kill();
    let verified = huiyin(&["verify", "--config", &config]);
    assert!(verified.status.success(), "{}", words(&verified));
}

fn name_of(address: &str) -> String {
    format!("postgres {}", address.rsplit('/').next().unwrap())
}

/// Officials of an office whose petitions are older than one of the lists would see nothing there: it is not served like that.
#[test]
fn scope_7_an_office_of_before_is_told_to_rebuild_once() {
    for (kind, name) in [(Kind::Sqlite, "older_s"), (Kind::Postgres, "older_p")] {
        let office = Office::new(kind, name);
        let config = office.path("huiyin.toml");
        let server = office.serve();
        server.submit(1, 1, "前");
        server.kill();
        blocking(async {
            let database = Database::look(&office.address).await.unwrap();
            let before = [
                "delete from schema_version where number >= 25",
                "drop table letter",
                "drop table letter_print",
            ];
            for sql in before {
                said(&database, sql).await.unwrap();
            }
        });
        let refused = huiyin(&["serve", "--config", &config]);
        assert!(!refused.status.success(), "served all the same");
        assert!(words(&refused).contains("run `huiyin rebuild` once"), "{}", words(&refused));
        let rebuilt = huiyin(&["rebuild", "--config", &config]);
        assert!(rebuilt.status.success(), "{}", words(&rebuilt));
        Server::start(&config).kill();
    }
}
