//! SUP-2: what `packaging/huiyin.service` lets the server do is little, and enough.

use crate::office::{Kind, Office, Server};
use std::collections::BTreeSet;
use std::process::Command;

fn unit() -> String {
    format!("{}/../../packaging/huiyin.service", env!("CARGO_MANIFEST_DIR"))
}

/// System calls of a group as systemd knows them, with those of the groups in it.
fn group(name: &str) -> BTreeSet<String> {
    let output =
        Command::new("systemd-analyze").args(["syscall-filter", "--no-pager", name]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("    ")).map(str::trim);
    let mut calls = BTreeSet::new();
    for name in names.filter(|name| !name.starts_with('#')) {
        if name.starts_with('@') {
            calls.extend(group(name));
        } else {
            calls.insert(name.to_owned());
        }
    }
    assert!(!calls.is_empty(), "systemd knows no group {name}");
    calls
}

/// Values of a setting, in the order in which they stand.
fn settings(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(unit()).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix(&format!("{name}=")));
    lines.map(str::to_owned).collect()
}

/// What `SystemCallFilter` lets through: groups of the first line without those that a line beginning with `~` takes out.
fn permitted() -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for line in settings("SystemCallFilter") {
        let (out, names) = line.strip_prefix('~').map_or((false, line.as_str()), |names| (true, names));
        for name in names.split(' ') {
            for call in group(name) {
                if out {
                    calls.remove(&call)
                } else {
                    calls.insert(call)
                };
            }
        }
    }
    calls
}

/// SUP-2: systemd itself finds less than 2.0 of 10 exposed.
#[test]
fn sup_2_the_service_exposes_little() {
    let output = Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=true", "--threshold=19", &unit()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Overall exposure level"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", said.lines().last().unwrap_or_default());
    for (name, value) in [
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("MemoryDenyWriteExecute", "yes"),
        ("CapabilityBoundingSet", ""),
        ("IPAddressDeny", "any"),
        ("User", "huiyin"),
    ] {
        assert_eq!(settings(name), [value], "{name}");
    }
}

/// SUP-2: a server that starts, takes a petition with a file, answers and ends needs no system call that the service
/// forbids, and no memory that is both written and executed.
#[test]
fn sup_2_the_server_needs_nothing_that_the_service_forbids() {
    let office = Office::new(Kind::Sqlite, "service");
    let trace = office.path("trace");
    let (config, directory) = (office.path("huiyin.toml"), office.path("office.json"));
    let server = Server::of({
        let mut command = Command::new("strace");
        // The tracer as a grandchild: the child is the server.
        command.args(["-D", "-f", "-o", &trace, env!("CARGO_BIN_EXE_huiyin"), "serve"]);
        command.args(["--config", &config, "--directory", &directory]);
        command
    });
    let handle = server.bring("路灯.txt", "灯坏了");
    server.submit_with("灯坏了", &[handle]);
    server.submit(2, 2, "灯");
    let (status, _) = server.ask("GET", "/", "nobody", "");
    assert_eq!(status, 200);
    server.interrupt();

    let read = || std::fs::read_to_string(&trace).unwrap();
    let is_whole = |trace: &str| trace.trim_end().ends_with("+++ exited with 0 +++");
    while !is_whole(&read()) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let (permitted, trace) = (permitted(), read());
    let mut called = BTreeSet::new();
    for line in trace.lines() {
        // `PID call(arguments) = result`; what goes on after an interruption was named before.
        let Some((name, arguments)) = line.split_once(' ').and_then(|(_, call)| call.trim().split_once('('))
        else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        called.insert(name.to_owned());
        if name == "mmap" || name == "mprotect" {
            assert!(!(arguments.contains("PROT_WRITE") && arguments.contains("PROT_EXEC")), "{line}");
        }
    }
    for needed in ["accept4", "fdatasync", "futex", "openat", "pwrite64"] {
        assert!(called.contains(needed), "{needed} not seen: {called:?}");
    }
    // SQLite gives new files to their folder's owner when root runs it, which the service's account is not.
    let forbidden: Vec<&String> = called.difference(&permitted).filter(|name| *name != "fchown").collect();
    assert!(forbidden.is_empty(), "{forbidden:?}");
}
