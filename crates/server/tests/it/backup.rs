//! Backup and restore, with the real program, on both databases: BAK-1 to BAK-4.

use crate::office::{Kind, Office, Server, huiyin, words};
use std::path::Path;
use store::log::{office, proof};
use store::{Database, Value};

/// What petitioners write, and nobody may find in a backup.
const CANARY: &str = "金丝雀canary7391";

fn code(output: &std::process::Output) -> i32 {
    output.status.code().unwrap()
}

/// A file's bytes hold a text in one of the ways in which it could leak.
fn holds(bytes: &[u8], text: &str) -> bool {
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let mut needles = vec![
        text.as_bytes().to_vec(),
        utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ];
    // In base64 a text has three looks, by where it begins; the edges depend on its neighbours.
    for skip in 0..3 {
        let inner = &text.as_bytes()[skip..skip + (text.len() - skip) / 3 * 3];
        needles.push(base64(inner).into_bytes());
    }
    needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle.as_slice()))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let all = chunk.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[all >> shift & 63]))
    });
    digits.collect()
}

#[test]
fn the_search_for_canaries_finds_them_where_they_are() {
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inside = |before: &str| base64(format!("{before}{CANARY}xyz").as_bytes());
    for hidden in
        [CANARY.as_bytes(), &utf16, inside("").as_bytes(), inside("a").as_bytes(), inside("ab").as_bytes()]
    {
        assert!(holds(&[b"...", hidden, b"..."].concat(), CANARY));
    }
    assert!(!holds(b"nothing of the kind", CANARY));
}

/// BAK-1, BAK-2.
fn a_backup_made_while_fifty_write(kind: Kind) {
    let office = Office::new(kind, "bak1");
    let server = office.serve();
    let (numbers, output) = std::thread::scope(|scope| {
        let backup = scope.spawn(|| office.backup("during.backup"));
        (server.submit(50, 4, CANARY), backup.join().unwrap())
    });
    assert_eq!(code(&output), 0, "{}", words(&output));
    let said = words(&output);
    assert!(said.contains(" log entries, root ") && said.contains(" bytes, "), "{said}");
    assert_eq!(numbers.len(), 200);
    server.kill();
    let file = office.file("during.backup");
    assert!(!holds(&std::fs::read(&file).unwrap(), CANARY), "a canary stands in the backup");
    office.nothing_is_left();
    for holder in ["first.key", "second.key"] {
        let output =
            office.check(&file, &["--identity", &office.path(holder), "--journal", &office.journal()]);
        let said = words(&output);
        assert_eq!(code(&output), 0, "{said}");
        assert!(said.contains("RTO: ") && said.contains("RPO: 0 entries, 0 s"), "{said}");
        assert!(said.contains("200 petitions,") && said.contains(" 0 faults,"), "{said}");
    }
    let alone = office.check(&file, &["--identity", &office.path("first.key")]);
    assert_eq!(code(&alone), 0, "{}", words(&alone));
    assert!(words(&alone).contains("RPO: not known"), "{}", words(&alone));
    let again = office.backup("during.backup");
    assert_eq!(code(&again), 1);
    assert!(words(&again).contains("never written over"), "{}", words(&again));
    office.nothing_is_left();
}

#[test]
fn bak_1_a_backup_made_while_fifty_write_to_sqlite_restores_and_verifies() {
    a_backup_made_while_fifty_write(Kind::Sqlite);
}

#[test]
fn bak_1_a_backup_made_while_fifty_write_to_postgresql_restores_and_verifies() {
    a_backup_made_while_fifty_write(Kind::Postgres);
}

/// BAK-3, scaled from 1,000.
fn the_journal_brings_every_number_back(kind: Kind) {
    let office = Office::new(kind, "bak3");
    let server = office.serve();
    server.submit(4, 3, "earlier");
    // Files that came before the backup: with a petition of before, with one of after.
    let long = format!("{CANARY} 附件 ").repeat(12_000);
    let before = server.submit_with("file before", &[server.bring("a.txt", &long)]);
    let across = server.bring("b.txt", &long);
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    assert!(!holds(&std::fs::read(office.file("earlier.backup")).unwrap(), CANARY), "a canary in the backup");
    let after = server.submit_with("file after", &[across, server.bring("c.txt", &long)]);
    let numbers = server.submit(20, 10, "later");
    assert_eq!(numbers.len(), 200);
    let (number, query) = numbers[7].clone();
    server.kill();
    office.lose_the_database();
    let into = office.new_database("again");
    let output = office.restore("earlier.backup", &into, "keys/new.key", &["--journal", &office.journal()]);
    let said = words(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("RPO: 0 entries, 0 s"), "{said}");
    let kept = petition_numbers(&into);
    assert_eq!(kept.len(), 214);
    for (number, _) in &numbers {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        assert!(kept.contains(&digits), "{number} was confirmed and is gone");
    }
    let config = office.config_of(&into, "keys/new.key");
    let verified = huiyin(&["verify", "--config", &config]);
    assert_eq!(code(&verified), 0, "{}", words(&verified));
    // The key came back too: codes open their petitions, and words can be read.
    let server = Server::start(&config);
    let (status, page) = server.post("/api/v1/track", &format!("{{\"code\":{query:?}}}"));
    assert_eq!(status, 200, "{page}");
    assert!(page.contains(&number), "{page}");
    // Every confirmed file too, bit for bit.
    for (code, index) in [(&before, 0), (&after, 0), (&after, 1)] {
        let (status, bytes) =
            server.post("/api/v1/file", &format!("{{\"code\":{code:?},\"index\":{index}}}"));
        assert_eq!((status, bytes == long), (200, true), "file {index}");
    }
    server.submit(2, 2, "afterwards");
    server.kill();
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    let full = office.restore("earlier.backup", &into, "keys/new.key", &["--journal", &office.journal()]);
    assert_eq!(code(&full), 1, "what holds anything is refused");
}

#[test]
fn bak_3_after_sqlite_is_deleted_every_confirmed_number_comes_back() {
    the_journal_brings_every_number_back(Kind::Sqlite);
}

#[test]
fn bak_3_after_postgresql_is_dropped_every_confirmed_number_comes_back() {
    the_journal_brings_every_number_back(Kind::Postgres);
}

/// BAK-3 with several nodes: each has a journal of its own, and all of them together are whole.
#[test]
fn bak_3_the_journals_of_two_nodes_are_merged_and_one_alone_is_not_enough() {
    let office = Office::new(Kind::Postgres, "nodes");
    let first = office.serve();
    first.submit(2, 2, "earlier");
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    let second = Server::start(&office.config_of_second_node());
    // A file that comes to one node and its petition to the other, so that the journals hold one half each.
    let long = "附件 ".repeat(40_000);
    first.submit_with("across", &[second.bring("a.txt", &long), first.bring("b.txt", &long)]);
    second.submit_with("back", &[first.bring("c.txt", &long)]);
    std::thread::scope(|scope| {
        scope.spawn(|| first.submit(5, 4, "at the first"));
        scope.spawn(|| second.submit(5, 4, "at the second"));
    });
    first.kill();
    second.kill();
    let (own, other, identity) = (office.journal(), office.path("journal2"), office.path("first.key"));
    let file = office.file("earlier.backup");
    let check = |journals: &[&str]| {
        let given: Vec<&str> = journals.iter().flat_map(|journal| ["--journal", *journal]).collect();
        office.check(&file, &[&["--identity", &identity], given.as_slice()].concat())
    };
    let both = check(&[&own, &other]);
    assert_eq!(code(&both), 0, "{}", words(&both));
    assert!(words(&both).contains("46 petitions,"), "{}", words(&both));
    assert!(words(&both).contains("RPO: 0 entries"), "{}", words(&both));
    for one in [own, other] {
        let alone = check(&[&one]);
        // Where the half that is missing holds a file of a petition that came back, that loss is named too.
        let lost = words(&alone).contains("attachment ");
        assert_eq!(code(&alone), if lost { 20 } else { 3 }, "{}", words(&alone));
        assert!(words(&alone).contains("does not hold them all"), "{}", words(&alone));
    }
}

/// BAK-4.
fn a_loss_is_stated_or_nothing_is_restored(kind: Kind) {
    let office = Office::new(kind, "bak4");
    let server = office.serve();
    server.submit(4, 3, "earlier");
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    server.submit(4, 3, "later");
    server.kill();
    let (size, note) = last_checkpoint(&office.address);
    let kept = office.write("kept.checkpoint", &note);
    let statement = office
        .write("statement.txt", "Zhao Min, registrar: the disk of the database and of the journal burned.");
    let into = office.new_database("again");

    let refused = office.restore("earlier.backup", &into, "keys/new.key", &[]);
    assert_eq!(code(&refused), 1);
    assert!(words(&refused).contains("no journal was given"), "{}", words(&refused));
    assert!(words(&refused).contains("--statement FILE"), "{}", words(&refused));
    assert!(!Path::new(&office.path("keys/new.key")).exists());
    office.nothing_is_left();
    let drill = office.check(
        &office.file("earlier.backup"),
        &["--identity", &office.path("first.key"), "--against", &kept],
    );
    assert_eq!(code(&drill), 21, "{}", words(&drill));
    assert!(words(&drill).contains(" entries are missing, "), "{}", words(&drill));

    let stated = ["--statement", statement.as_str(), "--against", kept.as_str()];
    let output = office.restore("earlier.backup", &into, "keys/new.key", &stated);
    assert_eq!(code(&output), 0, "{}", words(&output));
    assert!(words(&output).contains("/log/2"), "{}", words(&output));
    let config = office.config_of(&into, "keys/new.key");
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    let old = restored_statement(&into, size);
    assert_eq!(petition_numbers(&into).len(), 12);

    // The office works on in the new log, and its next backup has its own history.
    let server = Server::start(&config);
    server.submit(4, 3, "in the new log");
    assert_eq!(code(&office.backup_of(&config, "second.backup")), 0);
    server.submit(2, 2, "after that");
    server.kill();
    assert_eq!(code(&huiyin(&["verify", "--config", &config])), 0);
    let journal = office.journal_of(&config);
    let check = |file: &str| {
        let identity = office.path("first.key");
        office.check(&office.file(file), &["--identity", &identity, "--journal", &journal])
    };
    let good = check("second.backup");
    assert_eq!(code(&good), 0, "{}", words(&good));
    assert!(words(&good).contains("RPO: 0 entries, 0 s"), "{}", words(&good));
    let before = check("earlier.backup");
    assert_eq!(code(&before), 3, "{}", words(&before));
    assert!(words(&before).contains(&old), "{}", words(&before));
}

#[test]
fn bak_4_without_sqlites_journal_a_new_log_begins_with_the_statement() {
    a_loss_is_stated_or_nothing_is_restored(Kind::Sqlite);
}

#[test]
fn bak_4_without_postgresqls_journal_a_new_log_begins_with_the_statement() {
    a_loss_is_stated_or_nothing_is_restored(Kind::Postgres);
}

/// What tore at the end was never confirmed; what was altered is refused (BAK-3).
#[test]
fn a_torn_record_is_let_go_and_an_altered_one_is_refused() {
    let office = Office::new(Kind::Sqlite, "torn");
    let server = office.serve();
    server.submit(2, 2, "earlier");
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    server.submit(4, 3, "later");
    server.kill();
    let segment = office.last_segment();
    let whole = std::fs::read(&segment).unwrap();
    let file = office.file("earlier.backup");
    let identity = office.path("first.key");
    let check = || office.check(&file, &["--identity", &identity, "--journal", &office.journal()]);

    let records = records(&whole);
    let [.., before_last, last] = records.as_slice() else { panic!("{records:?}") };
    std::fs::write(&segment, &whole[..last.start + 9]).unwrap();
    let torn = check();
    assert_eq!(code(&torn), 0, "{}", words(&torn));
    std::fs::write(&segment, [whole.as_slice(), &[0, 0]].concat()).unwrap();
    assert_eq!(code(&check()), 0);

    let without = [&whole[..before_last.start], &whole[last.start..]].concat();
    let mut altered = whole.clone();
    altered[before_last.end - 40] ^= 1;
    for wrong in [without, altered] {
        std::fs::write(&segment, &wrong).unwrap();
        let drill = check();
        assert_eq!(code(&drill), 3, "{}", words(&drill));
        assert!(words(&drill).contains("was altered"), "{}", words(&drill));
    }
    let into = office.new_database("again");
    let refused = office.restore("earlier.backup", &into, "keys/new.key", &["--journal", &office.journal()]);
    assert_eq!(code(&refused), 1);
    assert!(words(&refused).contains("nothing was restored"), "{}", words(&refused));
    office.nothing_is_left();

    std::fs::write(&segment, &whole).unwrap();
    assert_eq!(code(&check()), 0, "the control");
}

#[test]
fn only_those_who_may_open_a_backup_and_only_its_own_journal_counts() {
    let office = Office::new(Kind::Sqlite, "own");
    let server = office.serve();
    server.submit(2, 2, "earlier");
    assert_eq!(code(&office.backup("earlier.backup")), 0);
    server.submit(2, 2, "later");
    server.kill();
    let file = office.file("earlier.backup");
    let stranger = office.path("stranger.key");
    assert_eq!(code(&huiyin(&["recovery-key", "--out", &stranger])), 0);
    let again = huiyin(&["recovery-key", "--out", &stranger]);
    assert_eq!(code(&again), 1, "an identity is never written over");
    let closed = office.check(&file, &["--identity", &stranger, "--journal", &office.journal()]);
    assert_eq!(code(&closed), 1);
    assert!(words(&closed).contains("this identity does not open it"), "{}", words(&closed));

    // Another office with the same recovery holders: its journal opens, and is not this one's.
    let other = Office::with_recipients(Kind::Sqlite, "other", &office);
    let server = other.serve();
    server.submit(2, 4, "of another office");
    server.kill();
    let identity = office.path("first.key");
    let mixed = office.check(&file, &["--identity", &identity, "--journal", &other.journal()]);
    assert_eq!(code(&mixed), 3, "{}", words(&mixed));
    assert!(words(&mixed).contains("another office's"), "{}", words(&mixed));

    let alone = office.config_with(&format!("recovery_recipients = [{:?}]\n", office.recipient("first.key")));
    let refused = office.backup_of(&alone, "alone.backup");
    assert_eq!(code(&refused), 1);
    assert!(words(&refused).contains("two are needed"), "{}", words(&refused));

    let mut cut = std::fs::read(&file).unwrap();
    cut.truncate(cut.len() - 1);
    std::fs::write(&file, &cut).unwrap();
    let short = office.check(&file, &["--identity", &identity, "--journal", &office.journal()]);
    assert_eq!(code(&short), 1, "{}", words(&short));
}

/// The limit on a file's size stands for a disk that is full.
#[test]
fn a_full_disk_leaves_nothing_of_a_backup_or_a_restore() {
    let office = Office::new(Kind::Sqlite, "full");
    let server = office.serve();
    server.submit(4, 3, "text");
    let limited = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_huiyin");
        let line = format!("trap '' XFSZ; ulimit -f 100; exec {program} {arguments}");
        std::process::Command::new("sh").args(["-c", &line]).current_dir(office.folder()).output().unwrap()
    };
    let output = limited("backup --to full.backup --config huiyin.toml");
    assert_eq!(code(&output), 1, "{}", words(&output));
    office.nothing_is_left();
    assert!(!Path::new(&office.path("full.backup")).exists());
    server.submit(2, 2, "the server goes on");
    assert_eq!(code(&office.backup("good.backup")), 0);
    server.kill();
    let output = limited(
        "restore good.backup --into again.sqlite3 --key-file new.key --identity first.key --journal journal --config huiyin.toml",
    );
    assert_eq!(code(&output), 1, "{}", words(&output));
    office.nothing_is_left();
    assert!(
        !Path::new(&office.path("again.sqlite3")).exists()
            && !Path::new(&office.path("keys/new.key")).exists()
    );
}

/// Where each record of a segment stands, with its length before it.
fn records(segment: &[u8]) -> Vec<std::ops::Range<usize>> {
    let length = |at: usize| u32::from_be_bytes(segment[at..at + 4].try_into().unwrap()) as usize;
    let line = segment.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut at = line + 4 + length(line);
    let mut records = Vec::new();
    while at < segment.len() {
        let end = at + 4 + length(at);
        records.push(at..end);
        at = end;
    }
    records
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn petition_numbers(address: &str) -> Vec<String> {
    run(async {
        let database = Database::look(address).await.unwrap();
        let rows = database.query("select number from matter", Vec::<Value>::new()).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    })
}

fn last_checkpoint(address: &str) -> (u64, String) {
    run(async {
        let database = Database::look(address).await.unwrap();
        let head = proof::heads(&database).await.unwrap().pop().unwrap();
        let signed = proof::signed(&database, &head, head.size() - 1).await.unwrap();
        (head.size(), signed.note().to_string())
    })
}

/// Entry 0 of the second log is the statement; the name of that log.
fn restored_statement(address: &str, known: u64) -> String {
    run(async {
        let database = Database::look(address).await.unwrap();
        let heads = proof::heads(&database).await.unwrap();
        let [old, new] = heads.as_slice() else { panic!("{heads:?}") };
        assert!(old.origin.ends_with("/log/1") && new.origin.ends_with("/log/2"));
        let event = office::all(&database).await.unwrap().pop().unwrap();
        assert_eq!(event.kind, "restored");
        let placed = proof::placed(&database, store::log::Stream::Office, event.seq).await.unwrap().unwrap();
        assert_eq!((placed.epoch, placed.index), (2, 0));
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        assert_eq!(body["restored"]["origin"], old.origin.as_str());
        assert_eq!(body["restored"]["size"], old.size());
        assert_eq!(body["known"]["size"], known);
        assert_eq!(body["missing"]["from"], old.size());
        assert_eq!(body["missing"]["to"], known);
        assert!(body["statement"].as_str().unwrap().starts_with("Zhao Min"));
        assert_eq!(body["statement_sha256"].as_str().unwrap().len(), 64);
        new.origin.clone()
    })
}
