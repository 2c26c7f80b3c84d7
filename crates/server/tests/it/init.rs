//! IAM-1: `huiyin init` sets an office up with three separated administrators, each of whom comes in with a code that works
//! once; an office that would lack one, or those who open what is sealed, is not set up.

use crate::office::{Kind, Office, Server, huiyin, words};
use serde_json::{Value, json};
use std::process::Output;

const ADMINISTRATORS: [&str; 3] = ["system", "security", "audit"];

fn init(office: &Office, directory: &str) -> Output {
    huiyin(&["init", "--directory", directory, "--config", &office.path("huiyin.toml")])
}

/// The official in the directory who has that role; the first of several.
fn holder(directory: &Value, role: &str) -> String {
    let officials = directory["officials"].as_object().unwrap();
    let holds = |official: &Value| official["roles"].as_array().unwrap().contains(&json!(role));
    officials.iter().find(|(_, official)| holds(official)).unwrap().0.clone()
}

/// Changed so, it is refused in these words, and nothing is made.
fn is_refused(office: &Office, directory: &Value, said: &str) {
    let output = init(office, &office.write("changed.json", &directory.to_string()));
    assert_eq!(output.status.code(), Some(1), "{said}: {}", words(&output));
    assert!(words(&output).contains(said), "{said}: {}", words(&output));
    assert!(!words(&output).contains("/staff/enrol"), "{said}: a code was given all the same");
    assert!(!office.file("keys/office.key").exists(), "{said}: a key was made all the same");
}

fn an_office_is_set_up_whole_or_not(kind: Kind) {
    let office = Office::new(kind, "init");
    let file = office.with_administrators();
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for name in ADMINISTRATORS {
        let role = format!("{name}_administrator");
        let id = holder(&whole, &role);
        let nobody = format!("nobody in office has the role {role}");
        let mut without = whole.clone();
        without["officials"].as_object_mut().unwrap().remove(&id);
        is_refused(&office, &without, &nobody);
        let mut left = whole.clone();
        left["officials"][&id]["active"] = json!(false);
        is_refused(&office, &left, &nobody);
        let mut two_in_one = whole.clone();
        two_in_one["officials"][&id]["roles"].as_array_mut().unwrap().push(json!("handler"));
        is_refused(&office, &two_in_one, "1 faults in all");
    }
    let recipient = holder(&whole, "recipient");
    let mut without = whole.clone();
    without["officials"][&recipient]["roles"] = json!(["head", "handler"]);
    is_refused(&office, &without, "needs two officials in office with the role recipient");

    let made = init(&office, &file);
    assert_eq!(made.status.code(), Some(0), "{}", words(&made));
    let said = words(&made);
    let codes: Vec<(&str, &str)> = said
        .lines()
        .filter(|line| line.contains("/staff/enrol"))
        .map(|line| {
            let mut parts = line.trim().split('\t');
            (parts.next().unwrap(), parts.next().unwrap())
        })
        .collect();
    let mut logins: Vec<&str> = codes.iter().map(|(login, _)| *login).collect();
    logins.sort_unstable();
    assert_eq!(logins, ["audit", "security", "system"], "{said}");
    let again = init(&office, &file);
    assert!(again.status.code() == Some(1) && !words(&again).contains("/staff/enrol"), "{}", words(&again));

    let server = Server::start(&office.path("huiyin.toml"));
    let comes_in = |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password }).to_string();
        server.post("/api/v1/session", &body).0
    };
    for (login, code) in codes {
        let (own, other) = (format!("{login} herons at 7"), format!("{login} cranes at 8"));
        server.enrol(login, code, &own);
        let (status, page) = server.try_to_enrol(login, code, &other);
        assert_eq!(status, 422, "{login}: the code works twice: {page}");
        assert_eq!(comes_in(login, &own), 201, "{login}");
        assert_eq!(comes_in(login, &other), 401, "{login}: whoever came second chose the password");
    }
}

#[test]
fn iam_1_init_on_sqlite_gives_three_codes_that_work_once() {
    an_office_is_set_up_whole_or_not(Kind::Sqlite);
}

#[test]
fn iam_1_init_on_postgres_gives_three_codes_that_work_once() {
    an_office_is_set_up_whole_or_not(Kind::Postgres);
}
