//! What the project says of its own security is compared with what is there: the table of OWASP ASVS 5.0.0, its summary,
//! the inventory of cryptography, and whatever other pages about security name.

use super::{files, root};
use std::collections::BTreeSet;

const TABLE: &str = "docs/security/asvs.csv";
const SUMMARY: &str = "docs/security/asvs.md";
const INVENTORY: &str = "docs/security/inventory.md";

/// Requirements that we hold ourselves to: of the 345 of the standard all but 55 for techniques that are not used, 10 that
/// only the place of operation can meet, and 7 put off.
const TARGETED: usize = 273;

const VERDICTS: [&str; 4] = ["met", "partly", "not met", "operator"];

/// Libraries that encrypt, hash, sign or draw randomness, as code spells them.
const CRYPTOGRAPHY: &[&str] = &[
    "hpke",
    "aes_gcm",
    "age",
    "argon2",
    "chacha20poly1305",
    "ed25519_dalek",
    "getrandom",
    "hmac",
    "lettre",
    "openidconnect",
    "rustls",
    "sha2",
    "sm2",
    "sm3",
    "sm4",
    "totp_rs",
    "vsss_rs",
    "webauthn_rs",
];

/// One requirement.
#[derive(Debug, serde::Deserialize)]
struct Row {
    id: String,
    level: u8,
    /// What it asks, in our words.
    asks: String,
    verdict: String,
    /// Functions that prove it, separated by spaces.
    tests: String,
    /// Files and pages that meet it, separated by spaces.
    files: String,
    /// What is missing, or what the operator must do.
    note: String,
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

fn table() -> Vec<Row> {
    let text = read(TABLE);
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Names of the functions of a source that run as tests.
fn tests_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(after) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")
            && marked
        {
            found.push(after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
            marked = false;
        }
    }
    found
}

/// Names of all tests of all crates.
fn all_tests() -> BTreeSet<String> {
    files("crates", ".rs")
        .into_iter()
        .filter(|file| !file.to_string_lossy().contains("/target/"))
        .flat_map(|file| tests_in(&std::fs::read_to_string(file).unwrap()))
        .collect()
}

/// What stands under a heading, up to the next of its rank.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let after = text.split_once(&format!("\n## {heading}\n")).map(|(_, after)| after);
    after.unwrap_or_else(|| panic!("no section {heading:?}")).split("\n## ").next().unwrap()
}

#[test]
fn the_asvs_table_names_what_is_there() {
    let planted = "#[test]\nfn proves() {\nfn helps() {\n#[tokio::test(x)]\nasync fn waits() {";
    assert_eq!(tests_in(planted), ["proves", "waits"], "the control");
    let (tests, rows) = (all_tests(), table());
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!((ids.len(), rows.len()), (TARGETED, TARGETED), "each requirement once");
    for row in &rows {
        let id = &row.id;
        let numbers = id.strip_prefix('V').unwrap_or_default().split('.').map(str::parse::<u8>);
        assert_eq!(numbers.filter(Result::is_ok).count(), 3, "{id} is no requirement");
        assert!((1..=3).contains(&row.level) && !row.asks.is_empty(), "{id}: level, and what it asks");
        assert!(VERDICTS.contains(&row.verdict.as_str()), "{id}: {:?} is no verdict", row.verdict);
        for test in row.tests.split_whitespace() {
            assert!(tests.contains(test), "{id}: there is no test {test}");
        }
        for file in row.files.split_whitespace() {
            assert!(root().join(file).is_file(), "{id}: there is no file {file}");
        }
        let has_evidence = !row.tests.is_empty() || !row.files.is_empty();
        assert!(has_evidence || row.verdict == "not met", "{id} is {} by nothing", row.verdict);
        assert!(!row.note.is_empty() || row.verdict == "met", "{id}: say what is missing or left to do");
    }
}

#[test]
fn the_asvs_summary_says_what_the_table_says() {
    let (summary, rows) = (read(SUMMARY), table());
    for verdict in VERDICTS {
        let of = |level: u8| rows.iter().filter(|row| row.verdict == verdict && row.level == level).count();
        let [one, two, three] = [1, 2, 3].map(of);
        let line = format!("| {verdict} | {one} | {two} | {three} | {} |", one + two + three);
        assert!(summary.contains(&line), "{SUMMARY} should say {line}");
    }
    let listed: BTreeSet<&str> = section(&summary, "Not met, the gravest first")
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.starts_with('V') && word.contains('.'))
        .collect();
    let not_met: BTreeSet<&str> =
        rows.iter().filter(|row| row.verdict == "not met").map(|row| row.id.as_str()).collect();
    assert_eq!(listed, not_met);
}

/// Whether a source speaks of a library, and not of something whose name only ends like it.
fn uses(text: &str, library: &str) -> bool {
    text.match_indices(&format!("{library}::"))
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn every_use_of_cryptography_is_in_the_inventory() {
    assert!(uses("use age::x25519;", "age") && !uses("use super::page::html;", "age"), "the control");
    let ours: BTreeSet<String> = files("crates", ".rs")
        .into_iter()
        .map(|file| (file.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), file))
        .filter(|(name, _)| name.contains("/src/") && !name.contains("/tests"))
        .filter(|(_, file)| {
            let text = std::fs::read_to_string(file).unwrap();
            CRYPTOGRAPHY.iter().any(|library| uses(&text, library))
        })
        .map(|(name, _)| name)
        .collect();
    let inventory = read(INVENTORY);
    let listed: BTreeSet<String> = section(&inventory, "Where cryptography is used")
        .split('`')
        .filter(|word| word.starts_with("crates/") && word.ends_with(".rs"))
        .map(str::to_owned)
        .collect();
    assert_eq!(ours, listed, "left: what the code uses; right: what {INVENTORY} lists");
}

#[test]
fn pages_about_security_name_what_is_there() {
    let tests = all_tests();
    let mut n_tests = 0;
    for file in files("docs/security", ".md") {
        let (text, page) = (std::fs::read_to_string(&file).unwrap(), file.display());
        for word in text.split('`').skip(1).step_by(2) {
            // No setting, table or module has a name of so many words.
            let is_name = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if is_name && word.matches('_').count() >= 4 {
                assert!(tests.contains(word), "{page}: there is no test {word}");
                n_tests += 1;
            }
            if ["crates/", "soak/"].iter().any(|folder| word.starts_with(folder)) {
                assert!(root().join(word).exists(), "{page}: there is no {word}");
            }
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let to = link.split('#').next().unwrap_or_default();
            let is_ours = !to.is_empty() && !to.contains("://");
            assert!(!is_ours || file.parent().unwrap().join(to).exists(), "{page}: {link} leads nowhere");
        }
    }
    assert!(n_tests > 30, "only {n_tests} tests are named");
}
