//! An office in a folder of its own, its server, and its petitioners, for tests with the real program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(crate) const UNIT: &str = "0198a000-0000-7000-8000-000000000001";
const OFFICIAL: &str = "0198a000-0000-7000-8000-000000000002";
const SECOND: &str = "0198a000-0000-7000-8000-000000000003";

/// One of the office's two officials.
pub(crate) fn official(n: u32) -> String {
    (if n == 0 { OFFICIAL } else { SECOND }).to_owned()
}

/// On which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

pub(crate) fn huiyin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huiyin")).args(arguments).output().unwrap()
}

pub(crate) fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Its folder, and its database.
pub(crate) struct Office {
    kind: Kind,
    name: String,
    folder: PathBuf,
    pub(crate) address: String,
}

impl Drop for Office {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

impl Office {
    /// An empty one with two recovery holders: `first.key` and `second.key`.
    pub(crate) fn new(kind: Kind, name: &str) -> Office {
        let office = Office::empty(kind, name);
        for holder in ["first.key", "second.key"] {
            let made = huiyin(&["recovery-key", "--out", &office.path(holder)]);
            let recipient = String::from_utf8_lossy(&made.stdout).into_owned();
            office.write(&format!("{holder}.recipient"), recipient.trim());
        }
        office.configure();
        office
    }

    /// An empty one with another's recovery holders.
    pub(crate) fn with_recipients(kind: Kind, name: &str, other: &Office) -> Office {
        let office = Office::empty(kind, name);
        for holder in ["first.key", "second.key"] {
            office.write(&format!("{holder}.recipient"), &other.recipient(holder));
        }
        office.configure();
        office
    }

    fn empty(kind: Kind, name: &str) -> Office {
        let name = format!("{name}_{kind:?}_{}", std::process::id()).to_lowercase();
        let folder = std::env::temp_dir().join(format!("huiyin-office-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut office = Office { kind, name, folder, address: String::new() };
        office.address = office.new_database("office");
        office
    }

    fn configure(&self) {
        let unit = serde_json::json!({
            "id": UNIT, "parent": null, "kind": "petition_office", "name_zh": "望湖区信访局", "name_en": "Petition office",
            "division": "349901", "letter_prefix": "望信", "reviewed_by": null, "intake": OFFICIAL, "head": OFFICIAL,
            "phone": "0", "address": "望湖路1号", "sort": 1,
        });
        let official = serde_json::json!({
            "id": OFFICIAL, "unit": UNIT, "name": "赵敏", "post": "局长", "roles": ["registrar", "head"], "active": true,
        });
        let second = serde_json::json!({
            "id": SECOND, "unit": UNIT, "name": "钱进", "post": "科员", "roles": ["handler"], "active": true,
        });
        let directory = serde_json::json!({
            "units": { UNIT: unit }, "officials": { OFFICIAL: official, SECOND: second },
        });
        self.write("office.json", &directory.to_string());
        let config = self.config_of(&self.address, "keys/office.key");
        std::fs::copy(config, self.file("huiyin.toml")).unwrap();
    }

    /// The directory with somebody for each administrator's role.
    pub(crate) fn with_administrators(&self) -> String {
        let text = std::fs::read_to_string(self.file("office.json")).unwrap();
        let mut directory: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (n, role) in ["system", "security", "audit"].into_iter().enumerate() {
            let id = format!("0198a000-0000-7000-8000-00000000001{n}");
            directory["officials"][&id] = serde_json::json!({
                "id": id, "unit": UNIT, "name": format!("管理{n}"), "post": "科员",
                "roles": [format!("{role}_administrator")], "active": true,
            });
        }
        // A body outside, and two people in each receiving unit who open what is sealed.
        let outside = "0198a000-0000-7000-8000-000000000020";
        let mut body = directory["units"][UNIT].clone();
        let people = ["0198a000-0000-7000-8000-000000000021", "0198a000-0000-7000-8000-000000000022"];
        body["id"] = outside.into();
        body["kind"] = "integrity_body".into();
        body["parent"] = serde_json::Value::Null;
        (body["intake"], body["head"]) = (people[0].into(), people[1].into());
        directory["units"][outside] = body;
        for (unit, n) in [(UNIT, 3), (UNIT, 4), (outside, 1), (outside, 2)] {
            let id = format!("0198a000-0000-7000-8000-00000000002{n}");
            directory["officials"][&id] = serde_json::json!({
                "id": id, "unit": unit, "name": format!("受理{n}"), "post": "科员",
                "roles": ["head", "handler", "recipient"], "active": true,
            });
        }
        self.write("administrators.json", &directory.to_string())
    }

    /// A configuration for a database and a key file, with a journal named after the key.
    pub(crate) fn config_of(&self, address: &str, key: &str) -> String {
        let journal = self.path(if key == "keys/office.key" { "journal" } else { "journal2" });
        let recipients = [self.recipient("first.key"), self.recipient("second.key")];
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndatabase = {address:?}\nkey_file = {:?}\njournal_folder = {journal:?}\n\
             recovery_recipients = {recipients:?}\nsecond_factor = false\nfilings_burst = 100000\n",
            self.path(key)
        );
        self.write(&format!("{}.toml", key.replace('/', "-")), &text)
    }

    /// The same office on another machine.
    pub(crate) fn config_of_second_node(&self) -> String {
        let text = std::fs::read_to_string(self.file("huiyin.toml")).unwrap();
        self.write("second.toml", &text.replace(&self.journal(), &self.path("journal2")))
    }

    /// The office's configuration with other recipients.
    pub(crate) fn config_with(&self, line: &str) -> String {
        let text = std::fs::read_to_string(self.file("huiyin.toml")).unwrap();
        let kept: String = text
            .lines()
            .filter(|line| !line.starts_with("recovery_recipients"))
            .map(|line| format!("{line}\n"))
            .collect();
        self.write("other.toml", &format!("{kept}{line}"))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.file(name), text).unwrap();
        self.path(name)
    }

    pub(crate) fn recipient(&self, holder: &str) -> String {
        std::fs::read_to_string(self.file(&format!("{holder}.recipient"))).unwrap()
    }

    pub(crate) fn journal(&self) -> String {
        self.path("journal")
    }

    /// The journal that a configuration names.
    pub(crate) fn journal_of(&self, config: &str) -> String {
        let table: toml::Table = toml::from_str(&std::fs::read_to_string(config).unwrap()).unwrap();
        table["journal_folder"].as_str().unwrap().to_owned()
    }

    pub(crate) fn last_segment(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.journal()).unwrap();
        entries.map(|entry| entry.unwrap().path()).max().unwrap()
    }

    /// The address of a database that does not exist yet, or is empty.
    pub(crate) fn new_database(&self, name: &str) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite:{}", self.path(&format!("{name}.sqlite3"))),
            Kind::Postgres => {
                let (server, name) = (postgres(), format!("{name}_{}", self.name));
                let beside = format!("{server}/postgres");
                blocking(store::bare::create_database(&beside, &name));
                format!("{server}/{name}")
            }
        }
    }

    /// The disk of the database burns.
    pub(crate) fn lose_the_database(&self) {
        match self.kind {
            Kind::Sqlite => {
                for ending in ["", "-wal", "-shm"] {
                    let _gone = std::fs::remove_file(self.file(&format!("office.sqlite3{ending}")));
                }
                std::fs::remove_file(self.file("keys/office.key")).unwrap();
            }
            Kind::Postgres => {
                let name = format!("office_{}", self.name);
                blocking(store::bare::drop_database(&format!("{}/postgres", postgres()), &name));
            }
        }
    }

    pub(crate) fn backup(&self, name: &str) -> Output {
        self.backup_of(&self.path("huiyin.toml"), name)
    }

    pub(crate) fn backup_of(&self, config: &str, name: &str) -> Output {
        huiyin(&["backup", "--to", &self.path(name), "--config", config])
    }

    /// A drill.
    pub(crate) fn check(&self, file: &Path, more: &[&str]) -> Output {
        let (file, folder, config) = (file.display().to_string(), self.path(""), self.path("huiyin.toml"));
        let mut arguments = vec!["restore", "--check", &file, "--config", &config];
        let server;
        match self.kind {
            Kind::Sqlite => arguments.extend(["--folder", &folder]),
            Kind::Postgres => {
                server = format!("{}/postgres", postgres());
                arguments.extend(["--server", &server]);
            }
        }
        arguments.extend(more);
        huiyin(&arguments)
    }

    pub(crate) fn restore(&self, file: &str, into: &str, key: &str, more: &[&str]) -> Output {
        let (file, key, identity, config) =
            (self.path(file), self.path(key), self.path("first.key"), self.path("huiyin.toml"));
        let mut arguments = vec!["restore", &file, "--into", into, "--key-file", &key];
        arguments.extend(["--identity", &identity, "--config", &config]);
        arguments.extend(more);
        huiyin(&arguments)
    }

    /// No half file, and nothing in clear.
    pub(crate) fn nothing_is_left(&self) {
        for entry in std::fs::read_dir(&self.folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.starts_with(".huiyin-") && !name.ends_with(".tmp"), "{name} was left behind");
        }
    }

    /// Its server.
    pub(crate) fn serve(&self) -> Server {
        let config = self.path("huiyin.toml");
        Server::with(&["serve", "--config", &config, "--directory", &self.path("office.json")])
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start(config: &str) -> Server {
        Server::with(&["serve", "--config", config])
    }

    fn with(arguments: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        command.args(arguments);
        Server::of(command)
    }

    /// One that writes everything there is to say into a log.
    pub(crate) fn logged(arguments: &[&str], log: std::fs::File) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyin"));
        Server::telling(command.args(arguments).env("RUST_LOG", "trace"), log.into())
    }

    /// Whatever starts a server.
    pub(crate) fn of(mut command: Command) -> Server {
        Server::telling(&mut command, Stdio::null())
    }

    fn telling(command: &mut Command, told: Stdio) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(told).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| {
            let line = line.unwrap();
            let address = line.strip_prefix("listening on ")?;
            address.split_once("://").map(|(_, address)| address.to_owned())
        });
        Server { child, address: line.expect("the server listens") }
    }

    /// Address and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator does.
    pub(crate) fn interrupt(mut self) {
        let interrupted = Command::new("sh").args(["-c", &format!("kill -INT {}", self.child.id())]).status();
        assert!(interrupted.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    /// So many petitioners at once, each so often; numbers and query codes of what was confirmed.
    pub(crate) fn submit(&self, petitioners: usize, each: usize, text: &str) -> Vec<(String, String)> {
        std::thread::scope(|scope| {
            let ask = |who: usize| {
                scope.spawn(move || (0..each).map(|n| self.submit_one(who, n, text)).collect::<Vec<_>>())
            };
            let under_way: Vec<_> = (0..petitioners).map(ask).collect();
            under_way.into_iter().flat_map(|asked| asked.join().unwrap()).collect()
        })
    }

    fn submit_one(&self, who: usize, n: usize, text: &str) -> (String, String) {
        let body = serde_json::json!({
            "kind": "claim", "office": UNIT, "title": format!("路灯 {text}"), "body": format!("{text} {who}-{n}"),
            "requests": [text], "identity": { "name": text, "phone": "13800002211" },
            "token": format!("{text}-{who}-{n}"),
        });
        let (status, answer) = self.post("/api/v1/petitions", &body.to_string());
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        (text("number"), text("code"))
    }

    /// Brings a text as a file; its handle.
    pub(crate) fn bring(&self, name: &str, text: &str) -> String {
        let body = format!(
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n--x--\r\n"
        );
        let (status, answer) =
            self.send("POST", "/api/v1/files", "nobody", "multipart/form-data; boundary=x", &body);
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["handle"].as_str().unwrap().to_owned()
    }

    /// A petition with files: its code.
    pub(crate) fn submit_with(&self, text: &str, handles: &[String]) -> String {
        let body = serde_json::json!({
            "kind": "claim", "office": UNIT, "title": text, "body": text, "token": text, "files": handles,
        });
        let (status, answer) = self.post("/api/v1/petitions", &body.to_string());
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["code"].as_str().unwrap().to_owned()
    }

    /// An official uses their one-time code and chooses a password.
    pub(crate) fn enrol(&self, login: &str, code: &str, password: &str) {
        let (status, answer) = self.try_to_enrol(login, code, password);
        assert_eq!(status, 303, "{answer}");
    }

    /// What becomes of whoever comes with a one-time code.
    pub(crate) fn try_to_enrol(&self, login: &str, code: &str, password: &str) -> (u16, String) {
        let form =
            format!("login={login}&code={code}&new-password={password}&again={password}").replace(' ', "+");
        self.send("POST", "/staff/enrol", "nobody", "application/x-www-form-urlencoded", &form)
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, String) {
        self.send("POST", path, "nobody", "application/json", body)
    }

    /// A request of whoever has that session.
    pub(crate) fn ask(&self, method: &str, path: &str, session: &str, body: &str) -> (u16, String) {
        self.send(method, path, session, "application/json", body)
    }

    fn send(&self, method: &str, path: &str, session: &str, kind: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {kind}\r\nsec-fetch-site: same-origin\r\n\
             authorization: Bearer {session}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told where PostgreSQL runs by the environment")]
fn postgres() -> String {
    let server = std::env::var("HUIYIN_TEST_POSTGRES")
        .expect("HUIYIN_TEST_POSTGRES is not set; run `make test`, or scripts/with-postgres.sh COMMAND");
    server.trim_end_matches('/').to_owned()
}

/// What the tests' server of PostgreSQL answers to a statement.
pub(crate) fn psql(sql: &str) -> String {
    let output =
        Command::new("psql").args(["-qAtX", &format!("{}/postgres", postgres()), "-c", sql]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", words(&output));
    words(&output)
}

fn blocking(work: impl Future<Output = Result<(), store::StoreError>>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work).unwrap();
}
