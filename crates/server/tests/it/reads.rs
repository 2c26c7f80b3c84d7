//! Reads by officials with the real program, on both databases: they come back from the journal, and `huiyin incident`
//! names the petitions (ACC-2, ACC-6, BAK-3).

use crate::office::{Kind, Office, Server, huiyin, official, words};
use store::Database;

fn code(output: &std::process::Output) -> i32 {
    output.status.code().unwrap()
}

fn account(office: &Office, server: &Server, login: &str, official: &str) {
    let output = huiyin(&["account", login, "--official", official, "--config", &office.path("huiyin.toml")]);
    assert_eq!(code(&output), 0, "{}", words(&output));
    server.enrol(login, words(&output).split('\t').nth(1).unwrap(), "correct horse");
}

fn log_in(server: &Server, login: &str) -> String {
    let body = format!("{{\"login\":{login:?},\"password\":\"correct horse\"}}");
    let (status, answer) = server.post("/api/v1/session", &body);
    assert_eq!(status, 201, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

fn office_events(address: &str) -> Vec<store::log::office::OfficeEvent> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::look(address).await.unwrap();
        store::log::office::all(&database).await.unwrap()
    })
}

fn reads_outlive_the_database(kind: Kind) {
    let office = Office::new(kind, "reads");
    let server = office.serve();
    account(&office, &server, "chief", &official(0));
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    let numbers = server.submit(1, 1, "reads");
    let session = log_in(&server, "chief");
    let (_, inbox) = server.ask("GET", "/api/v1/inbox", &session, "");
    let inbox: serde_json::Value = serde_json::from_str(&inbox).unwrap();
    let case = format!("/api/v1/cases/{}", inbox["rows"][0]["case_ref"].as_str().unwrap());
    assert_eq!(server.ask("GET", &case, &session, "").0, 200);
    let asked = "{\"field\":\"phone\",\"purpose\":\"contact\",\"words\":\"约定面谈\"}";
    let (status, shown) = server.ask("POST", &format!("{case}/identity"), &session, asked);
    assert_eq!(status, 200, "{shown}");
    assert!(shown.contains("13800002211"), "{shown}");
    server.kill();
    office.lose_the_database();
    let into = office.new_database("again");
    let output = office.restore("earlier.backup", &into, "keys/new.key", &["--journal", &office.journal()]);
    assert_eq!(code(&output), 0, "{}", words(&output));
    let config = office.config_of(&into, "keys/new.key");
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
    assert!(words(&verified).contains(" 2 reads,"), "{}", words(&verified));
    let rebuilt = huiyin(&["rebuild", "--config", &config]);
    assert_eq!(code(&rebuilt), 0, "{}", words(&rebuilt));

    let ask = |who: &str, from: &str, to: &str| {
        huiyin(&["incident", "--official", who, "--from", from, "--to", to, "--config", &config])
    };
    let before = office_events(&into).len();
    let found = ask(&official(0), "2020-01-01", "2100-01-01");
    assert_eq!(code(&found), 0, "{}", words(&found));
    let table = String::from_utf8(found.stdout).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[1].starts_with(&format!("{},no,", numbers[0].0)), "{table}");
    assert!(lines[1].ends_with(",case 1; identity 1,phone"), "{table}");
    let nothing = ask(&official(1), "2020-01-01", "2100-01-01");
    assert_eq!(
        String::from_utf8(nothing.stdout).unwrap().lines().count(),
        1,
        "what others read is not listed"
    );
    assert_eq!(
        String::from_utf8(ask(&official(0), "2020-01-01", "2020-01-02").stdout).unwrap().lines().count(),
        1
    );
    let events = office_events(&into);
    assert_eq!(events.len(), before + 3, "each question is recorded");
    assert!(events.iter().rev().take(3).all(|event| event.kind == "incident" && event.actor == "system"));
    let stranger = ask("0198a000-0000-7000-8000-00000000ffff", "2020-01-01", "2020-01-02");
    assert_eq!(code(&stranger), 1);
    assert!(words(&stranger).contains("there is no official"), "{}", words(&stranger));
    assert_eq!(code(&ask(&official(0), "2020-01-02", "2020-01-01")), 1);
    assert_eq!(office_events(&into).len(), before + 3, "what is refused is not");
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
}

#[test]
fn acc_6_reads_come_back_from_the_journal_of_sqlite_and_name_the_petitions() {
    reads_outlive_the_database(Kind::Sqlite);
}

#[test]
fn acc_6_reads_come_back_from_the_journal_of_postgresql_and_name_the_petitions() {
    reads_outlive_the_database(Kind::Postgres);
}
