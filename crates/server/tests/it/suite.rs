//! ENC-3: an office of the suite gm, from `huiyin init` to the page, through a rotation, a loss and a restore; and what is
//! refused. What the cipher itself does is tested in `store/src/seal/suite/`.
#![cfg(feature = "gm")]

use crate::office::{Kind, Office, Server, huiyin, words};
use std::process::Output;
use store::{Database, Value};

const TEXT: &str = "楼道灯坏了三个月";
/// The first byte of every ciphertext of gm.
const GM: u8 = 2;

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn well(output: &Output) -> String {
    assert_eq!(code(output), 0, "{}", words(output));
    words(output)
}

/// First bytes of what is kept encrypted, behind whatever stands before each.
fn first_bytes(address: &str) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let mut found = Vec::new();
        for sql in [
            "select body from content",
            "select sealed_key from attachment",
            "select body from attachment_chunk",
            "select substr(wrapped, 5) from petition_key",
            "select substr(recovery, 17) from petition_key",
        ] {
            let rows = database.query(sql, Vec::new()).await.unwrap();
            assert!(!rows.is_empty(), "{sql}");
            found.extend(rows.iter().map(|row| row.blob(0).unwrap()[0]));
        }
        found
    })
}

fn an_office_of_gm(kind: Kind) {
    let office = Office::new(kind, "gm");
    let config = office.path("huiyin.toml");
    let directory = office.with_administrators();
    let made = well(&huiyin(&["init", "--suite", "gm", "--directory", &directory, "--config", &config]));
    assert!(made.contains("suite gm") && made.contains("UNCERTIFIED"), "{made}");
    let server = Server::start(&config);
    let handle = server.bring("照片说明.txt", TEXT);
    let query_code = server.submit_with(TEXT, &[handle]);
    server.submit(2, 2, "before");
    well(&huiyin(&["keys", "rotate", "--config", &config]));
    well(&office.backup("good.backup"));
    server.submit(2, 2, "after");
    assert!(first_bytes(&office.address).iter().all(|first| *first == GM));
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
    let told = words(&huiyin(&["doctor", "--config", &config]));
    assert!(told.contains("warning  suite: gm, UNCERTIFIED"), "{told}");
    signed_twice(&office.address);
    server.kill();
    // Whoever alters the second signature is named by a program that has the suite.
    alter_a_signature(&office.address, 100);
    let found = huiyin(&["verify", "--config", &config]);
    assert!(
        code(&found) == 20 && words(&found).contains("the signature is not the log's"),
        "{}",
        words(&found)
    );
    alter_a_signature(&office.address, 100);
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    // So is one who takes the second signatures away, with the key that made them.
    let whole = strip_the_second(&office.address);
    let found = huiyin(&["verify", "--config", &config]);
    assert!(
        code(&found) == 20 && words(&found).contains("vkey is not that of the office's key file"),
        "{}",
        words(&found)
    );
    put_back(&office.address, whole);
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);

    // The machine is lost; what was written since the backup comes back from the journal.
    office.lose_the_database();
    let into = office.new_database("again");
    let drill = office.check(&office.file("good.backup"), &["--identity", &office.path("first.key")]);
    assert!(well(&drill).contains("5 of 5 petitions open without any key"), "{}", words(&drill));
    well(&office.restore("good.backup", &into, "keys/new.key", &["--journal", &office.journal()]));
    assert!(std::fs::read_to_string(office.file("keys/new.key")).unwrap().contains("suite gm"));
    let config = office.config_of(&into, "keys/new.key");
    let server = Server::start(&config);
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{query_code:?}}}"));
    assert!(status == 200 && page.contains(TEXT), "{page}");
    assert!(first_bytes(&into).iter().all(|first| *first == GM));
    server.kill();

    // One suite for good: another cannot be asked for, and a key file that says another opens nothing.
    let asked = huiyin(&["init", "--suite", "intl", "--directory", &directory, "--config", &config]);
    assert!(code(&asked) == 1 && words(&asked).contains("keeps its suite for good"), "{}", words(&asked));
    let key = std::fs::read_to_string(office.file("keys/new.key")).unwrap();
    office.write("keys/new.key", &key.replace("suite gm\n", ""));
    for refused in [huiyin(&["serve", "--config", &config]), huiyin(&["keys", "rewrap", "--config", &config])]
    {
        let said = words(&refused);
        assert!(code(&refused) == 1 && said.contains("was set up with the suite gm"), "{said}");
    }
    // And a text that says it is of the other suite is named, not tried.
    office.write("keys/new.key", &key);
    alter_the_texts(&into);
    let server = Server::start(&config);
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{query_code:?}}}"));
    assert!(status == 500 && !page.contains(TEXT), "{page}");
    server.kill();
}

/// The newest checkpoint carries the log's own signature, and beside it one of SM2 by the key that the policy names.
fn signed_twice(address: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let head = store::log::head(&database).await.unwrap().unwrap();
        let note = store::log::proof::signed(&database, &head, head.size() - 1).await.unwrap().note();
        let second = ledger::sm2::Verifier::parse(head.second.as_deref().unwrap()).unwrap();
        assert_eq!(note.signatures.len(), 2);
        assert!(head.verifier().unwrap().verify(&note.text, &note.signatures[0]));
        assert!(second.verify(&note.text, &note.signatures[1]));
        assert!(!second.verify(&note.text.replace('1', "2"), &note.signatures[1]));
    });
}

/// Alters a byte of the newest commit's signatures, or takes that back.
fn alter_a_signature(address: &str, place: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let newest = "select first, signature from log_commit order by first desc limit 1";
        let rows = database.query(newest, Vec::new()).await.unwrap();
        let mut signatures = rows[0].blob(1).unwrap().to_vec();
        signatures[place] ^= 1;
        let mut batch = store::Batch::new();
        let values = vec![Value::Blob(signatures), Value::Integer(rows[0].int(0).unwrap())];
        batch
            .push(store::Write::new("update log_commit set signature = $1 where first = $2", values).rows(1));
        assert_eq!(database.commit(batch).await, Ok(store::Outcome::Committed));
    });
}

type Stripped = (Value, Vec<(Value, Value)>);

/// Takes the key of SM2 out of the head and its signature from every commit; what stood there.
fn strip_the_second(address: &str) -> Stripped {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let heads = database.query("select vkey from log_head", Vec::new()).await.unwrap();
        let vkey = heads[0].text(0).unwrap().to_owned();
        let rows = database.query("select first, signature from log_commit", Vec::new()).await.unwrap();
        let mut batch = store::Batch::new();
        let first = vkey.split('\n').next().unwrap();
        batch.push(store::Write::new("update log_head set vkey = $1", vec![first.into()]).rows(1));
        let mut whole = Vec::new();
        for row in rows {
            let (place, kept) = (Value::Integer(row.int(0).unwrap()), row.blob(1).unwrap().to_vec());
            let cut = vec![Value::Blob(kept[..64].to_vec()), place.clone()];
            batch.push(store::Write::new(SIGN, cut).rows(1));
            whole.push((Value::Blob(kept), place));
        }
        assert_eq!(database.commit(batch).await, Ok(store::Outcome::Committed));
        (vkey.as_str().into(), whole)
    })
}

const SIGN: &str = "update log_commit set signature = $1 where first = $2";

fn put_back(address: &str, (vkey, whole): Stripped) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let mut batch = store::Batch::new();
        batch.push(store::Write::new("update log_head set vkey = $1", vec![vkey]).rows(1));
        batch.extend(
            whole.into_iter().map(|(kept, place)| store::Write::new(SIGN, vec![kept, place]).rows(1)),
        );
        assert_eq!(database.commit(batch).await, Ok(store::Outcome::Committed));
    });
}

/// Every text says that it is of the suite intl.
fn alter_the_texts(address: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        let rows = database.query("select content_id, body from content", Vec::new()).await.unwrap();
        let mut batch = store::Batch::new();
        for row in rows {
            let altered = [&[1], &row.blob(1).unwrap()[1..]].concat();
            let values = vec![Value::Blob(altered), row.text(0).unwrap().into()];
            batch.push(
                store::Write::new("update content set body = $1 where content_id = $2", values).rows(1),
            );
        }
        assert_eq!(database.commit(batch).await, Ok(store::Outcome::Committed));
    });
}

#[test]
fn enc_3_an_office_of_gm_lives_on_sqlite() {
    an_office_of_gm(Kind::Sqlite);
}

#[test]
fn enc_3_an_office_of_gm_lives_on_postgresql() {
    an_office_of_gm(Kind::Postgres);
}
