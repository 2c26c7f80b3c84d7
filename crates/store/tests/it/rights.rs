//! The program's account on PostgreSQL has the rights that its statements need, and no other (SCOPE-7).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::testing::{account_of, open, postgres_of_two};

/// What follows each occurrence of words, up to the end of a name, with the rest of its line.
fn named<'t>(text: &'t str, words: &str) -> Vec<(&'t str, &'t str)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let parts =
        lines.flat_map(|line| line.match_indices(words).map(move |(at, _)| &line[at + words.len()..]));
    parts
        .map(|rest| {
            rest.split_at(rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len()))
        })
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // The schema is the owner's.
        let is_left_out =
            ["test", "simulation", "bench", "migrate"].iter().any(|word| name.starts_with(word));
        if path.is_dir() && !is_left_out {
            sources(&path, found);
        } else if name.ends_with(".rs") && !is_left_out {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The verbs that the programs' own statements use on each table.
fn needed(tables: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<&'static str>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut texts = Vec::new();
    for own in ["store", "server"] {
        sources(&crates.join(own).join("src"), &mut texts);
    }
    let mut needed: BTreeMap<String, BTreeSet<&'static str>> =
        tables.iter().map(|table| (table.clone(), BTreeSet::new())).collect();
    let mut needs = |table: &str, verb| {
        if let Some(verbs) = needed.get_mut(table) {
            verbs.insert(verb);
        }
    };
    for text in &texts {
        for (table, rest) in named(text, "insert into ") {
            needs(table, "insert");
            if rest.contains("do update set") {
                needs(table, "update");
            }
        }
        for (table, rest) in named(text, "update ") {
            if rest.starts_with(" set ") {
                needs(table, "update");
            }
        }
        for (table, _) in named(text, "delete from ") {
            needs(table, "delete");
        }
    }
    needed
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_7_each_table_has_the_rights_that_statements_need_and_no_other() {
    let scratch = postgres_of_two("rights").await.unwrap();
    let owner = open(scratch.owner.as_ref().unwrap()).await.unwrap();
    let sql = "select tablename::text, verb from pg_tables, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) verb where schemaname = current_schema() and has_table_privilege($1::text, quote_ident(tablename), verb)";
    let mut had: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in owner.query(sql, vec![account_of(&scratch.address).into()]).await.unwrap() {
        had.entry(row.text(0).unwrap().to_owned()).or_default().insert(row.text(1).unwrap().to_owned());
    }
    let all = "select tablename::text from pg_tables where schemaname = current_schema()";
    let tables = owner.query(all, Vec::new()).await.unwrap();
    let tables: BTreeSet<String> = tables.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
    assert!(tables.len() > 30, "{tables:?}");
    for (table, mut verbs) in needed(&tables) {
        verbs.insert("select");
        let has = had.remove(&table).unwrap_or_default();
        assert_eq!(has, verbs.iter().map(|verb| (*verb).to_owned()).collect(), "{table}: has, and needs");
    }
}
