//! The crate stays small and pure enough for an outside auditor to read in an hour.

use std::{fs, path::Path};

#[test]
fn the_crate_is_short_and_touches_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut n_lines = 0;
    for file in fs::read_dir(root.join("src")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        // What tests a file beside it is no code that somebody must trust.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        n_lines += code.lines().filter(is_code).count();
        for banned in
            ["std::fs", "std::net", "std::env", "std::time", "std::process", "std::thread", "rand::"]
        {
            assert!(!text.contains(banned), "a pure crate has no {banned}");
        }
    }
    assert!((1_000..1_500).contains(&n_lines), "{n_lines} lines of code");

    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let after = manifest.split("[dependencies]").nth(1).unwrap();
    let names: Vec<_> = after.trim().lines().take_while(|line| !line.is_empty()).collect();
    let allowed = ["base64", "ed25519-dalek", "hmac", "sha2", "thiserror"];
    let mut expected = allowed.map(|name| format!("{name}.workspace = true")).to_vec();
    // The suite gm alone brings one more.
    expected.insert(4, "sm2 = { workspace = true, optional = true }".to_owned());
    assert_eq!(names, expected);
}
