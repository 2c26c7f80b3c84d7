//! Receipts verify with our code and without it, and each way of falsifying one is found by both (LOG-6).

use std::{fs, path::PathBuf, process::Command};

use ledger::{
    checkpoint::Checkpoint,
    cosign::Cosigner,
    note::Signer,
    policy::Policy,
    proof::Proof,
    receipt::{self, EVENTS, Fault, Files, KEYS, Keys, POLICY, PROOF, RECORD, VERIFY, text_name, verify},
    record::{ContentRef, Record, commit, entry_bytes},
    tree::{self, leaf_hash},
};
use sha2::{Digest, Sha256};

use crate::{forest::Forest, hex, random::Random};

const ORIGIN: &str = "petitions.example.org/log/1";
const AT: u64 = 1_770_000_000_000;

/// A receipt with what its maker knows.
struct Made {
    files: Files,
    log: Signer,
    forest: Forest,
    record: Vec<u8>,
    keys: Keys,
    index: u64,
    size: u64,
    /// A content whose words are carried.
    content: [u8; 16],
}

/// A random receipt. The witnesses have seen it `seen_after_s` seconds after it was recorded.
fn made(seed: u64, seen_after_s: i64) -> Made {
    made_by(seed, seen_after_s, true)
}

fn made_by(seed: u64, seen_after_s: i64, sure: bool) -> Made {
    let mut random = Random(seed);
    let log = Signer::new(ORIGIN, &random.array()).unwrap();
    let ekey: [u8; 32] = random.array();
    let (mut files, mut contents) = (Files::new(), Vec::new());
    let mut keys = Keys { ekey, contents: [].into() };
    for n in 0..1 + random.below(3) {
        let (id, key, words) = (random.array(), random.array(), random.words());
        contents.push(ContentRef {
            id,
            commitment: commit(&key, words.as_bytes()),
            stored_digest: random.array(),
            size: random.below(100_000),
        });
        if n == 0 || random.below(2) == 0 {
            keys.contents.insert(id, key);
            let name = if n == 2 { format!("files/{}.pdf", hex(&id)) } else { text_name(&id) };
            files.insert(name, words.into_bytes());
        }
    }
    let n_events = random.below(300) as usize;
    let events = random.bytes(n_events);
    let record = Record {
        origin: ORIGIN,
        stream: random.array(),
        seq: random.next() >> random.below(64),
        prev: random.array(),
        kind: "registered",
        at: AT,
        sure,
        actor: if random.below(2) == 0 { "" } else { "账户-7" },
        body_digest: Sha256::digest(&events).into(),
        contents,
    };
    let size = 2 + random.below(600);
    let index = random.below(size);
    let mut leaves: Vec<_> = (0..size).map(|_| random.array()).collect();
    leaves[index as usize] = leaf_hash(&entry_bytes(&record.entry(&ekey)));
    let forest = Forest::of(leaves);

    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: forest.edge(size).root() };
    let mut note = checkpoint.signed(&log);
    let n_witnesses = random.below(4);
    let mut policy = format!("# What the office says.\nlog\t{} https://example.org\n", log.verifier());
    for n in 0..n_witnesses {
        let witness = Cosigner::new(&format!("witness.example/{n}"), &random.array()).unwrap();
        policy += &format!("witness w{n} {}\n", witness.verifier());
        if n < 2 {
            note += &witness.cosign(&checkpoint.text(), (AT as i64 / 1000 + seen_after_s) as u64);
        }
    }
    policy += match n_witnesses {
        0 => "quorum none\n",
        1 => "quorum w0\n",
        2 => "group both all w0 w1\nquorum both\n",
        _ => "group some 2 w0 w1 w2\n group all-of-them any some\n\nquorum  all-of-them\n",
    };
    let path = tree::inclusion_proof(index, size, |node| forest.get(node)).unwrap();
    let extra = (random.below(2) == 0).then(|| random.bytes(9));
    files.insert(PROOF.into(), Proof { extra, index, path, checkpoint: note }.to_string().into());
    files.insert(RECORD.into(), record.encode());
    files.insert(EVENTS.into(), events);
    files.insert(KEYS.into(), keys.to_string().into());
    files.insert(POLICY.into(), policy.into());
    files.insert("VERIFY.txt".into(), VERIFY.into());
    let content = record.contents[0].id;
    Made { record: record.encode(), files, log, forest, keys, index, size, content }
}

/// What LOG-6 lists, and what each mutation must be found by.
const MUTATIONS: [(&str, &[&str]); 12] = [
    ("text", &["content"]),
    ("index", &["inclusion"]),
    ("sibling", &["inclusion"]),
    ("size", &["inclusion", "log-signature"]),
    ("root", &["inclusion"]),
    ("origin", &["other-log"]),
    ("sig", &["log-signature"]),
    ("ekey", &["inclusion"]),
    ("ckey", &["content"]),
    ("file", &["events"]),
    ("time", &["inclusion"]),
    ("key", &["unknown-log"]),
];

/// The receipt with one thing changed, and the policy to verify it by.
fn mutated(made: &Made, mutation: &str, random: &mut Random) -> (Files, Option<String>) {
    let mut files = made.files.clone();
    let mut proof = Proof::parse(str::from_utf8(&files[PROOF]).unwrap()).unwrap();
    let (mut head, mut note) = Checkpoint::of_note(&proof.checkpoint).unwrap();
    let mut keys = made.keys.clone();
    let mut policy = None;
    match mutation {
        "text" => {
            let words = files.get_mut(&text_name(&made.content)).unwrap();
            if words.is_empty() { words.push(b'x') } else { random.flip(words) }
        }
        "index" => proof.index = (made.index + 1 + random.below(made.size - 1)) % made.size,
        "sibling" => {
            let place = random.below(proof.path.len() as u64) as usize;
            random.flip(&mut proof.path[place]);
        }
        "size" => head.size += 1 + random.below(3),
        "root" => random.flip(&mut head.root),
        "origin" => head.origin = "petitions.example.org/log/2".into(),
        "sig" => random.flip(&mut note.signatures[0].bytes),
        "ekey" => random.flip(&mut keys.ekey),
        "ckey" => random.flip(keys.contents.get_mut(&made.content).unwrap()),
        "file" => files.get_mut(EVENTS).unwrap().push(0),
        "time" => {
            let mut record = Record::decode(&made.record).unwrap();
            record.at -= 1 + random.below(86_400_000);
            files.insert(RECORD.into(), record.encode());
        }
        "key" => {
            let other = Signer::new(ORIGIN, &random.array()).unwrap();
            policy = Some(format!("log {}\nquorum none\n", other.verifier()));
        }
        other => unreachable!("{other}"),
    }
    note.text = head.text();
    proof.checkpoint = note.to_string();
    files.insert(PROOF.into(), proof.to_string().into());
    files.insert(KEYS.into(), keys.to_string().into());
    (files, policy)
}

#[test]
fn two_hundred_receipts_verify_and_every_mutation_fails_log_6() {
    let folder = Folder::new("receipts");
    fs::write(folder.0.join("VERIFY.txt"), VERIFY).unwrap();
    for seed in 0..200 {
        let mut random = Random(seed);
        let made = made(seed, 5);
        let verdict = verify(&made.files, None, None).unwrap();
        assert_eq!((verdict.index, verdict.size, verdict.at), (made.index, made.size, AT), "{seed}");
        assert!(verdict.checked.contains(&made.content) && verdict.own_policy, "{seed}");
        assert_eq!(verdict.witnessed, !verdict.witnesses.is_empty(), "{seed}");
        folder.write(&format!("{seed}-good"), &made.files, None);
        for (mutation, codes) in MUTATIONS {
            let (files, policy) = mutated(&made, mutation, &mut random);
            let own = policy.as_deref().map(|policy| Policy::parse(policy).unwrap());
            let fault = verify(&files, own.as_ref(), None).unwrap_err();
            assert!(codes.contains(&fault.code()), "{seed} {mutation}: {fault}");
            if seed < 10 {
                folder.write(&format!("{seed}-{mutation}"), &files, policy.as_deref());
            }
        }
    }
    let output = folder.python(&["-c", DRIVER, "."]);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 200 + 10 * 12, "{output}");
    for line in lines {
        assert_eq!(line.contains("-good"), line.ends_with(" GOOD"), "{line}");
        assert!(line.ends_with(" GOOD") || line.contains(" BAD"), "{line}");
    }
}

/// Runs the functions of VERIFY.txt over many folders, which saves starting Python as many times.
pub(crate) const DRIVER: &str = r#"
import os, runpy, sys
program = runpy.run_path("VERIFY.txt")
for case in sorted(case for case in os.listdir(sys.argv[1]) if os.path.isdir(case)):
    policy = case + ".policy"
    own = open(policy).read() if os.path.exists(policy) else None
    try:
        sentences = list(program["verify"](program["read"](case), own))
        print(case, "GOOD" if len(sentences) >= 4 else "TOO FEW")
    except program["Bad"] as bad:
        print(case, "BAD", bad)
"#;

/// Every bit of the record, of what happened, of the proof and of the keys counts: all of them to our code, some drawn by
/// chance to the carried program.
#[test]
fn every_flipped_bit_of_a_receipt_is_found() {
    let mut made = made(witnessed(), 5);
    // What no signature covers is left out: extra data, the key of a text that is not carried, a witness nobody needs.
    let mut proof = Proof::parse(str::from_utf8(&made.files[PROOF]).unwrap()).unwrap();
    proof.extra = None;
    made.files.insert(PROOF.into(), proof.to_string().into());
    made.keys.contents.retain(|id, _| *id == made.content);
    let carried = text_name(&made.content);
    made.files
        .retain(|name, _| !name.starts_with("texts/") && !name.starts_with("files/") || *name == carried);
    made.files.insert(KEYS.into(), made.keys.to_string().into());
    let policy = str::from_utf8(&made.files[POLICY]).unwrap();
    let policy = policy.replace("group some 2 w0 w1 w2", "group some 2 w0 w1");
    made.files.insert(POLICY.into(), policy.into());
    assert_eq!(verify(&made.files, None, None).unwrap().witnesses.len(), 2);
    for name in [PROOF, RECORD, EVENTS, KEYS, &carried] {
        for bit in 0..made.files[name].len() * 8 {
            let mut files = made.files.clone();
            files.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&files, None, None).is_err(), "{name}: bit {bit}");
        }
    }
    let folder = Folder::new("bits");
    fs::write(folder.0.join("VERIFY.txt"), VERIFY).unwrap();
    folder.write("good", &made.files, None);
    assert_eq!(folder.python(&["-c", FLIPPER, PROOF, RECORD, EVENTS, KEYS, &carried]), "found 300\n");
}

const FLIPPER: &str = r#"
import random, runpy, sys
program, draw, found = runpy.run_path("VERIFY.txt"), random.Random(1), 0
files = program["read"]("good")
assert len(list(program["verify"](files))) >= 4
for n in range(300):
    name = draw.choice([name for name in sys.argv[1:] if files[name]])
    bytes = bytearray(files[name])
    bytes[draw.randrange(len(bytes))] ^= 1 << draw.randrange(8)
    try:
        list(program["verify"]({**files, name: type(files[name])(bytes)}))
        print(name, bytes)
    except program["Bad"]:
        found += 1
print("found", found)
"#;

/// The very text, as a petitioner would run it: exit status, a folder, an archive, a policy of one's own.
#[test]
fn the_carried_program_runs_by_itself() {
    let folder = Folder::new("program");
    fs::write(folder.0.join("VERIFY.txt"), VERIFY).unwrap();
    for banned in ["socket", "urllib", "http.client", "subprocess", "eval(", "exec("] {
        assert!(!VERIFY.contains(banned), "{banned}");
    }
    let made = made(3, 5);
    folder.write("good", &made.files, None);
    assert!(folder.status(&["VERIFY.txt", "good"]).0);
    assert!(folder.status(&["good/VERIFY.txt", "good", "good/policy.txt"]).0);
    folder.python(&["-c", "import shutil; shutil.make_archive('good', 'zip', 'good')"]);
    assert!(folder.status(&["VERIFY.txt", "good.zip"]).0);

    let (files, _) = mutated(&made, "time", &mut Random(1));
    folder.write("bad", &files, None);
    let (good, said) = folder.status(&["VERIFY.txt", "bad"]);
    assert!(!good && said.starts_with("BAD: the record, under this ekey, is not at this place"), "{said}");
    let (_, policy) = mutated(&made, "key", &mut Random(1));
    fs::write(folder.0.join("other.txt"), policy.unwrap()).unwrap();
    let (good, said) = folder.status(&["VERIFY.txt", "good", "other.txt"]);
    assert!(!good && said.starts_with("BAD: no log that the policy knows"), "{said}");
    let (good, said) = folder.status(&["VERIFY.txt", "nowhere.zip"]);
    assert!(!good && said.starts_with("BAD: the receipt cannot be read"), "{said}");
}

/// What the twelve mutations do not show: each remaining fault, by both programs.
#[test]
fn every_fault_has_a_receipt_that_shows_it() {
    let folder = Folder::new("faults");
    fs::write(folder.0.join("VERIFY.txt"), VERIFY).unwrap();
    let made = made(witnessed(), 5);
    let id = hex(&made.content);
    let with = |name: &str, bytes: &[u8]| {
        let mut files = made.files.clone();
        files.insert(name.into(), bytes.into());
        files
    };
    let without = |name: &str| {
        let mut files = made.files.clone();
        files.remove(name);
        files
    };
    let other = hex(&[7; 16]);
    let ekey_only = Keys { ekey: made.keys.ekey, contents: [].into() }.to_string();
    let policy = str::from_utf8(&made.files[POLICY]).unwrap();
    let proof = String::from_utf8(made.files[PROOF].clone()).unwrap();
    let last = proof.trim_end().rsplit('\n').next().unwrap();
    let forged = last.replace(&last[last.len() - 12..last.len() - 2], "AAAAAAAAAA");
    let cases = [
        ("unexpected-file", with("../evil.txt", b"")),
        ("unexpected-file", with("texts/readme.txt", b"")),
        ("missing-file", without(RECORD)),
        ("missing-file", without(POLICY)),
        ("malformed", with(RECORD, &[made.record.as_slice(), b"\0"].concat())),
        ("malformed", with(KEYS, b"ekey 00\n")),
        (
            "malformed",
            with(KEYS, format!("{0}text {id} {1}\ntext {id} {1}\n", ekey_only, hex(&[7; 32])).as_bytes()),
        ),
        ("malformed", with(POLICY, policy.replace("/0+", "/0+f").as_bytes())),
        ("unexpected-file", with(&format!("files/{id}."), b"")),
        ("malformed", with(POLICY, b"quorum nobody\n")),
        ("malformed", with(PROOF, proof.replace("index ", "index 0").as_bytes())),
        ("foreign-content", with(&format!("texts/{other}.txt"), b"")),
        ("foreign-content", with(KEYS, format!("{}text {other} {}\n", made.keys, hex(&[7; 32])).as_bytes())),
        ("no-key", with(KEYS, ekey_only.as_bytes())),
        ("quorum", with(POLICY, policy.replace("group some 2", "group some all").as_bytes())),
        ("witness-signature", with(PROOF, proof.replace(last, &forged).as_bytes())),
        ("time", made_late().files),
    ];
    for (n, (code, files)) in cases.iter().enumerate() {
        assert_eq!(verify(files, None, None).unwrap_err().code(), *code, "case {n}");
        if !files.contains_key("../evil.txt") {
            folder.write(&format!("{n}-bad"), files, None);
        }
    }
    // Without the words the receipt is as good; it only proves less.
    let omitted = verify(&without(&format!("texts/{id}.txt")), None, None).unwrap();
    assert!(omitted.omitted.contains(&made.content));
    folder.write("omitted-good", &without(&format!("texts/{id}.txt")), None);
    // A clock that the office itself did not believe is shown, and spoils nothing.
    let unsure = made_by(witnessed(), -120, false).files;
    assert!(!verify(&unsure, None, None).unwrap().sure);
    folder.write("unsure-good", &unsure, None);
    let output = folder.python(&["-c", DRIVER, "."]);
    assert_eq!(output.lines().count(), cases.len() - 1 + 2, "{output}");
    for line in output.lines() {
        assert_eq!(line.contains("-good"), line.ends_with(" GOOD"), "{line}");
    }
}

/// A seed whose policy knows three witnesses, of whom two have cosigned.
fn witnessed() -> u64 {
    let three = |seed: &u64| made(*seed, 5).files[POLICY].windows(3).any(|word| word == b"w2\n");
    (0..).find(three).unwrap()
}

/// LOG-7: recorded two minutes after a witness had already seen it.
fn made_late() -> Made {
    let late = made(witnessed(), -120);
    assert!(verify(&made(witnessed(), -59).files, None, None).is_ok(), "clocks may differ by a minute");
    late
}

/// LOG-9: a newer checkpoint that does not contain the receipt's proves that the log was forked or rolled back.
#[test]
fn a_newer_checkpoint_must_have_grown_out_of_the_receipts() {
    let made = made(11, 5);
    let mut random = Random(11);
    let mut leaves: Vec<_> = (0..made.size).map(|index| made.forest.leaf(index)).collect();
    leaves.extend((0..40).map(|_| random.array::<32>()));
    let grown = Forest::of(leaves.clone());
    leaves[made.index as usize] = random.array();
    let forked = Forest::of(leaves);
    let head = |forest: &Forest, size| {
        Checkpoint { origin: ORIGIN.into(), size, root: forest.edge(size).root() }.signed(&made.log)
    };
    let proof =
        |forest: &Forest, old, new| tree::consistency_proof(old, new, |node| forest.get(node)).unwrap();
    let (size, new) = (made.size, made.size + 40);

    let verdict = verify(&made.files, None, Some((&head(&grown, new), &proof(&grown, size, new)))).unwrap();
    assert_eq!(verdict.grown_to, Some(new));
    let older = size - 1;
    assert!(verify(&made.files, None, Some((&head(&grown, older), &proof(&grown, older, size)))).is_ok());
    let fault = verify(&made.files, None, Some((&head(&forked, new), &proof(&forked, size, new))));
    assert_eq!(fault.unwrap_err(), Fault::Forked);
    let stranger = Signer::new(ORIGIN, &[9; 32]).unwrap();
    let unsigned =
        Checkpoint { origin: ORIGIN.into(), size: new, root: grown.edge(new).root() }.signed(&stranger);
    let fault = verify(&made.files, None, Some((&unsigned, &proof(&grown, size, new)))).unwrap_err();
    assert_eq!(fault.code(), "newer");
}

/// A folder of this run's own, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("ledger-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub(crate) fn write(&self, case: &str, files: &receipt::Files, policy: Option<&str>) {
        for (name, bytes) in files {
            let path = self.0.join(case).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        if let Some(policy) = policy {
            fs::write(self.0.join(format!("{case}.policy")), policy).unwrap();
        }
    }

    pub(crate) fn python(&self, arguments: &[&str]) -> String {
        let output = Command::new("python3").args(arguments).current_dir(&self.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn status(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("python3").args(arguments).current_dir(&self.0).output().unwrap();
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        (code == Some(0), String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
