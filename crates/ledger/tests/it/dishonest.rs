//! What an office that holds all its own keys could still try: receipts that are signed, and prove nothing all the same.
//! Both programs must refuse them.

use std::fs;

use ledger::{
    Hash,
    checkpoint::Checkpoint,
    cosign::Cosigner,
    note::{Note, Signer},
    policy::Policy,
    proof::Proof,
    receipt::{EVENTS, Files, KEYS, Keys, POLICY, PROOF, RECORD, VERIFY, verify},
    record::{Record, commit, entry_bytes},
    tree::{empty_root, leaf_hash, node_hash},
};

use crate::{
    hex,
    receipts::{DRIVER, Folder},
};

const ORIGIN: &str = "petitions.example.org/log/1";
const EKEY: [u8; 32] = [5; 32];
const AT_S: u64 = 1_770_000_000;

fn log(origin: &str) -> Signer {
    Signer::new(origin, &[1; 32]).unwrap()
}

fn record() -> Vec<u8> {
    record_at(AT_S * 1000)
}

fn record_at(at: u64) -> Vec<u8> {
    Record {
        origin: ORIGIN,
        stream: [2; 16],
        seq: 7,
        prev: [3; 32],
        kind: "registered",
        at,
        sure: true,
        actor: "",
        body_digest: empty_root(), // The SHA-256 of no events.
        contents: vec![],
    }
    .encode()
}

fn leaf(record: &[u8]) -> Hash {
    leaf_hash(&entry_bytes(&commit(&EKEY, record)))
}

/// A receipt for the only entry of a log, as honest as its arguments.
struct Claim {
    record: Vec<u8>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: Checkpoint,
    /// The checkpoint's signatures, from its text.
    lines: Box<dyn Fn(&str) -> String>,
    policy: String,
}

impl Claim {
    fn new(record: Vec<u8>) -> Claim {
        Claim {
            index: 0,
            path: vec![],
            checkpoint: Checkpoint { origin: ORIGIN.into(), size: 1, root: leaf(&record) },
            lines: Box::new(|text| log(ORIGIN).sign(text)),
            policy: format!("log {}\nquorum none\n", log(ORIGIN).verifier()),
            record,
        }
    }

    fn files(self) -> Files {
        let text = self.checkpoint.text();
        let checkpoint = format!("{text}\n{}", (self.lines)(&text));
        let proof = Proof { extra: None, index: self.index, path: self.path, checkpoint };
        let keys = Keys { ekey: EKEY, contents: [].into() };
        Files::from([
            (PROOF.into(), proof.to_string().into()),
            (RECORD.into(), self.record),
            (EVENTS.into(), vec![]),
            (KEYS.into(), keys.to_string().into()),
            (POLICY.into(), self.policy.into()),
        ])
    }
}

#[test]
fn signed_receipts_that_prove_nothing_are_refused() {
    let honest = || Claim::new(record());
    let head = honest().checkpoint;
    let cases: Vec<(&str, Claim)> = vec![
        ("good", honest()),
        // A size that the path does not fit.
        ("inclusion", Claim { checkpoint: Checkpoint { size: 2, ..head.clone() }, ..honest() }),
        ("inclusion", Claim { index: 1, ..honest() }),
        (
            "inclusion",
            Claim {
                path: vec![[9; 32]],
                checkpoint: Checkpoint { root: node_hash(&[9; 32], &head.root), ..head.clone() },
                ..honest()
            },
        ),
        // Two spellings of one record: a number longer than need be, and bytes behind the end.
        ("malformed", Claim::new(respelt())),
        ("malformed", Claim::new([record(), vec![0]].concat())),
        // A record of one log in another log of the same office.
        (
            "other-log",
            Claim {
                checkpoint: Checkpoint { origin: "petitions.example.org/log/2".into(), ..head.clone() },
                lines: Box::new(|text| log("petitions.example.org/log/2").sign(text)),
                policy: format!("log {}\nquorum none\n", log("petitions.example.org/log/2").verifier()),
                ..honest()
            },
        ),
        // A second spelling of a signature, and a key of small order, which signs everything.
        ("log-signature", Claim { lines: Box::new(|text| malleated(&log(ORIGIN).sign(text))), ..honest() }),
        (
            "log-signature",
            Claim {
                lines: Box::new(|_| note_line(weak().1, &[&weak_point(), [0; 32].as_slice()].concat())),
                policy: format!("log {}\nquorum none\n", weak().0),
                ..honest()
            },
        ),
        // A witness that cosigned before and after the time of the record: the earlier cosignature counts.
        ("time", Claim { lines: cosigned([AT_S - 61, AT_S + 5]), policy: witnessed(), ..honest() }),
        ("time", Claim { lines: cosigned([AT_S + 5, AT_S - 61]), policy: witnessed(), ..honest() }),
        (
            "time",
            Claim {
                lines: cosigned([AT_S + 5, AT_S - 60]),
                policy: witnessed(),
                ..Claim::new(record_at(AT_S * 1000 + 1))
            },
        ),
        ("good", Claim { lines: cosigned([AT_S + 5, AT_S - 60]), policy: witnessed(), ..honest() }),
        // Base64 with bits that mean nothing.
        ("malformed", Claim { lines: Box::new(|text| respelt_base64(&log(ORIGIN).sign(text))), ..honest() }),
    ];
    let folder = Folder::new("dishonest");
    fs::write(folder.0.join("VERIFY.txt"), VERIFY).unwrap();
    let n_cases = cases.len();
    for (n, (code, claim)) in cases.into_iter().enumerate() {
        let files = claim.files();
        let found = verify(&files, None, None);
        assert_eq!(found.map_or_else(|fault| fault.code(), |_| "good"), code, "case {n}");
        folder.write(&format!("{n}-{code}"), &files, None);
    }
    // The same hash of a proof, written with bits that mean nothing.
    let proof = Proof { extra: None, index: 0, path: vec![[0; 32]], checkpoint: String::new() }.to_string();
    assert!(Proof::parse(&proof).is_ok() && Proof::parse(&proof.replace("A=", "B=")).is_err());

    let output = folder.python(&["-c", DRIVER, "."]);
    assert_eq!(output.lines().count(), n_cases, "{output}");
    for line in output.lines() {
        assert_eq!(line.contains("-good"), line.ends_with(" GOOD"), "{line}");
    }
}

/// LOG-9: a newer checkpoint of another log says nothing, even of a log that the verifier trusts.
#[test]
fn a_newer_checkpoint_of_another_log_says_nothing() {
    let both = ["petitions.example.org/log/1", "petitions.example.org/log/2"];
    let [ours, other] = [Signer::new(both[0], &[1; 32]).unwrap(), Signer::new(both[1], &[2; 32]).unwrap()];
    let policy = format!("log {}\nlog {}\nquorum none\n", ours.verifier(), other.verifier());
    let policy = Policy::parse(&policy).unwrap();
    let files = Claim::new(record()).files();
    let root = leaf(&record());
    let newer = |log: &Signer| Checkpoint { origin: log.name().into(), size: 1, root }.signed(log);
    assert!(verify(&files, Some(&policy), Some((&newer(&ours), &[]))).is_ok());
    let fault = verify(&files, Some(&policy), Some((&newer(&other), &[]))).unwrap_err();
    assert_eq!(fault.code(), "newer");
    // A receipt verified by another's policy does not rest on its own word.
    assert!(!verify(&files, Some(&policy), None).unwrap().own_policy);
    assert!(!verify(&files, Some(&policy), None).unwrap().witnessed);
}

/// The record with its sequence number in two bytes instead of one.
fn respelt() -> Vec<u8> {
    let record = record();
    let at = record.windows(3).position(|window| window == [2, 7, 0x58]).unwrap() + 1;
    [&record[..at], &[0x18, 7], &record[at + 1..]].concat()
}

/// The line with another last letter, of which only the bits that mean nothing differ.
fn respelt_base64(line: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (rest, last) = line.strip_suffix("=\n").unwrap().split_at(line.len() - 3);
    let next = alphabet.find(last).unwrap() + 1;
    format!("{rest}{}=\n", &alphabet[next..=next])
}

fn witnessed() -> String {
    let witness = Cosigner::new("w.example", &[8; 32]).unwrap();
    format!("log {}\nwitness w {}\nquorum w\n", log(ORIGIN).verifier(), witness.verifier())
}

fn cosigned(times: [u64; 2]) -> Box<dyn Fn(&str) -> String> {
    let witness = Cosigner::new("w.example", &[8; 32]).unwrap();
    Box::new(move |text| {
        format!("{}{}", log(ORIGIN).sign(text), times.map(|at| witness.cosign(text, at)).concat())
    })
}

/// The same signature with the order of the group added to its scalar: RFC 8032 §5.1.7 refuses it.
fn malleated(line: &str) -> String {
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let note = Note::parse(&format!("x\n\n{line}")).unwrap();
    let mut bytes = note.signatures[0].bytes.clone();
    let mut carry = 0;
    for (place, digits) in order.as_bytes().chunks(2).enumerate() {
        let add = u16::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
        let sum = u16::from(bytes[32 + place]) + add + carry;
        (bytes[32 + place], carry) = (sum as u8, sum >> 8);
    }
    note_line(note.signatures[0].id, &bytes)
}

fn note_line(id: u32, bytes: &[u8]) -> String {
    format!("{}\n", ledger::note::Signature { name: ORIGIN.into(), id, bytes: bytes.into() })
}

/// The neutral element of the curve.
fn weak_point() -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = 1;
    point
}

/// The public key that is the neutral element, and its id: with it, R = neutral and S = 0 "sign" every text.
fn weak() -> (String, u32) {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let key = [&[1], weak_point().as_slice()].concat();
    let digest = Sha256::digest([ORIGIN.as_bytes(), b"\n", &key].concat());
    let key = base64::engine::general_purpose::STANDARD.encode(key);
    let id = u32::from_be_bytes(digest[..4].try_into().unwrap());
    (format!("{ORIGIN}+{}+{key}", hex(&digest[..4])), id)
}
