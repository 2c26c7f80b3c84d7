//! What the build enforces: which crate may know which, that every dependency has its reason, what must not exist.

mod claims;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifest(name: &str) -> toml::Table {
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    toml::from_str(&text).unwrap()
}

fn dependencies(of: &str) -> Vec<String> {
    let table = manifest(&format!("crates/{of}/Cargo.toml"));
    table
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .map(|t| t.keys().cloned().collect())
        .unwrap_or_default()
}

fn files(under: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn dependencies_point_only_downwards() {
    let ours = ["casework", "ledger", "store", "notice", "huiyin"];
    for (of, may) in [
        ("casework", &[][..]),
        ("ledger", &[]),
        ("notice", &["casework"]),
        ("store", &["casework", "ledger"]),
    ] {
        let known: Vec<String> =
            dependencies(of).into_iter().filter(|name| ours.contains(&name.as_str())).collect();
        assert!(known.iter().all(|name| may.contains(&name.as_str())), "{of} knows {known:?}");
    }
    for banned in ["tokio", "rusqlite", "axum", "getrandom"] {
        assert!(!dependencies("casework").iter().any(|name| name == banned), "casework has no I/O: {banned}");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let reasons = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let workspace = manifest("Cargo.toml");
    let all = workspace
        .get("workspace")
        .and_then(|w| w.get("dependencies"))
        .and_then(toml::Value::as_table)
        .unwrap();
    for name in all.keys().filter(|name| !["casework", "ledger", "store", "notice"].contains(&name.as_str()))
    {
        assert!(reasons.contains(&format!("# {name}: ")), "deny.toml says nothing of {name}");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_silences_no_lint() {
    for file in files("crates", ".rs").into_iter().filter(|file| !file.to_string_lossy().contains("/target/"))
    {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} begins without a module comment", file.display());
        let silenced = concat!("#[al", "low(");
        assert!(!text.contains(silenced), "{} silences a lint", file.display());
        let n_lines = text.lines().count();
        let most = if !file.to_string_lossy().contains("tests") { 450 } else { 700 };
        assert!(n_lines <= most, "{} has {n_lines} lines: where is the second idea?", file.display());
    }
}

/// procedure.md §7: what must not exist, as it would be spelt in a schema, an act, a procedure or a field.
const ABSENT: &[&str] = &[
    "latitude",
    "longitude",
    "whereabouts",
    "hotel",
    "ticket",
    "face_id",
    "phone_trace",
    "risk_score",
    "blacklist",
    "watch_list",
    "ethnicity",
    "quota",
    "重点人员",
    "老户",
    "非访",
    "扬言",
    "缠访",
    "稳控",
    "劝返",
    "息诉罢访",
];

/// What is never known of a person. Not looked for in procedure files: a *matter* may be one of religion (OM Annex 2.1).
const ABSENT_OF_PERSONS: &[&str] = &["political_status", "ethnicity", "religion"];

fn forbidden(text: &str, words: &[&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|word| text.to_lowercase().contains(word))
}

#[test]
fn nothing_tracks_scores_or_ranks_people() {
    let planted = "create table person (risk_score integer, ethnicity text)";
    assert_eq!(forbidden(planted, ABSENT), Some("risk_score"), "the control");
    assert_eq!(forbidden(planted, ABSENT_OF_PERSONS), Some("ethnicity"), "the control");
    let kept = [
        ("crates/store/src/schema", ".sql"),
        ("crates/casework/src/act", ".rs"),
        ("crates/server/src", ".rs"),
        ("templates", ".html"),
        ("locales", ".ftl"),
        ("crates/notice/wording", ".toml"),
    ];
    for file in kept.iter().flat_map(|(under, ending)| files(under, ending)) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(
            forbidden(&text, ABSENT).or(forbidden(&text, ABSENT_OF_PERSONS)),
            None,
            "{}",
            file.display()
        );
    }
    for file in files("procedures", ".toml") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(forbidden(&text, ABSENT), None, "{}", file.display());
    }
}

/// What a test or a campaign leaves behind must never come into the history: it cannot be taken out of it again.
#[test]
fn nothing_large_and_nothing_made_is_tracked() {
    let listed =
        std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut n = 0;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        n += 1;
        let Ok(found) = std::fs::metadata(root().join(name)) else { continue };
        assert!(found.len() <= 400_000, "{name} has {} bytes", found.len());
        for ending in [".journal", ".sqlite3", ".whl", ".age", ".log", ".zip", ".key"] {
            assert!(!name.ends_with(ending), "{name} was made by a run");
        }
    }
    assert!(n > 100, "git lists {n} files");
}

/// Where the program reads petitions, and under what: who asks was looked at, or nobody asks.
const READS_CASES: &[(&str, &str)] = &[
    ("app/attach.rs", "pieces of a file that `attached` found"),
    ("app/attached.rs", "files of a petition that was opened for whoever asks"),
    ("app/carry_out.rs", "decided by `casework::decide`, which asks for authority first"),
    ("app/erase.rs", "the reason of a proposal, for whoever decides on it"),
    ("app/follow.rs", "a code's own petition"),
    ("app/look.rs", "the door: sight first, and the read recorded"),
    ("app/mod.rs", "words of a petition that was opened for whoever asks"),
    ("app/reads.rs", "the log of reads"),
    ("app/receipt.rs", "files of a petition whose code was shown"),
    ("app/sealed/holders.rs", "keys of sealed matters, for their recipients"),
    ("app/second.rs", "what one is asked to agree to, after a look at who asks"),
    ("app/submit.rs", "the earlier matter of a new one, and a receipt given again"),
    ("app/warn.rs", "titles of reminders, after a look at their official"),
    ("cli/letters.rs", "the invented district alone, which it has just made"),
    ("demo/play.rs", "the invented district, while it is made"),
    ("letter/check.rs", "what stands on a letter, for whoever holds it; none of a sealed matter"),
    ("letter/issue.rs", "letters of a petition that was opened for whoever asks, or that the timer prints"),
    ("letter/room.rs", "letters of a unit, after a look at who asks"),
    ("files/reader.rs", "pieces of a file that is looked over for its metadata"),
];

/// SCOPE-1: pages and API take petitions from the application alone, which looks at who asks; it reads them in few places,
/// and no statement of the server names a table that holds words.
#[test]
fn scope_1_petitions_are_read_in_few_places_and_never_by_pages() {
    let reads = [
        "history::load(",
        "content::of_petition(",
        "content::one(",
        "content::key_of(",
        "attachment::of_petition(",
        "attachment::read(",
        "inbox::page(",
        "reads::of_",
    ];
    let worded = ["content", "attachment", "attachment_chunk", "read_event", "desk", "sealed_shell"];
    let base = root().join("crates/server/src");
    let mut found = std::collections::BTreeSet::new();
    for path in files("crates/server/src", ".rs") {
        let name = path.strip_prefix(&base).unwrap().to_string_lossy().into_owned();
        if name.contains("tests") || name.starts_with("bench") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for table in worded {
            for before in ["from", "join", "update", "into"] {
                let named = format!("{before} {table} ");
                assert!(!text.contains(&named), "{name} names the table {table} in a statement");
            }
        }
        if reads.iter().any(|read| text.contains(read)) {
            assert!(!name.starts_with("web"), "SCOPE-1: {name} reads petitions past the application");
            found.insert(name.clone());
        }
        assert!(!name.starts_with("web") || !text.contains(".database.query("), "{name} asks the database");
    }
    let known = READS_CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known, "a new place that reads petitions needs its reason here");
}

/// What the page of changes shows is words, whatever happened.
#[test]
fn every_event_of_the_office_is_worded_in_every_language() {
    let mut kinds = BTreeSet::new();
    for file in files("crates/server/src", ".rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for call in ["office_event(", "record_of_office("] {
            let said = text.split(call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            kinds.extend(said.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(kinds.len() > 15, "{kinds:?}");
    for language in ["zh-CN", "en"] {
        let words: String = files(&format!("locales/{language}"), ".ftl")
            .iter()
            .map(|file| std::fs::read_to_string(file).unwrap())
            .collect();
        for kind in &kinds {
            assert!(words.contains(&format!("\nchanges-{kind} = ")), "{language}: changes-{kind}");
        }
    }
}
