//! Other implementations say the same: `ct-merkle` of every tree and proof, `signed_note` of every note (LOG-6).
//! A third opinion on the trees is asked by `scripts/second-opinion.py`.

use std::{fmt::Write, fs};

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::{
    note::{Note, Signer, Verifier},
    tree::{self, leaf_hash},
};
use sha2::Sha256;
use signed_note::{Signer as _, StandardSigner, StandardVerifier, VerifierList};

use crate::{forest::Forest, hex, random::Random};

/// How many trees, and where to write them down for others to read.
#[expect(clippy::disallowed_methods, reason = "how long chance may try is for whoever runs the tests to say")]
fn asked() -> (u64, u64, Option<String>) {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse().ok());
    (
        number("HUIYIN_TREES").unwrap_or(10_000),
        number("HUIYIN_SEED").unwrap_or(0),
        std::env::var("HUIYIN_TREES_TO").ok(),
    )
}

#[test]
fn ten_thousand_random_trees_are_those_of_ct_merkle_log_6() {
    let (n_trees, seed, written_to) = asked();
    let (mut random, mut written) = (Random(seed), String::new());
    for n in 0..n_trees {
        let size = 1 + random.below(if n % 100 == 0 { 1_500 } else { 40 });
        let entries: Vec<[u8; 33]> = (0..size).map(|_| random.array()).collect();
        let (index, old) = (random.below(size), 1 + random.below(size));

        let ours = Forest::of(entries.iter().map(|entry| leaf_hash(entry)).collect());
        let root = ours.edge(size).root();
        let inclusion = tree::inclusion_proof(index, size, |node| ours.get(node)).unwrap();
        let consistency = tree::consistency_proof(old, size, |node| ours.get(node)).unwrap();

        let mut theirs = MemoryBackedTree::<Sha256, [u8; 33]>::new();
        entries.iter().for_each(|entry| theirs.push(*entry));
        assert_eq!(theirs.root().as_bytes().as_slice(), root, "tree {n}");
        assert_eq!(theirs.prove_inclusion(index as usize).as_bytes(), inclusion.concat(), "tree {n}");
        let their_consistency = theirs.prove_consistency((size - old) as usize);
        // RFC 6962 §2.1.2: nothing needs proving between a tree and itself.
        if old < size {
            assert_eq!(their_consistency.as_bytes(), consistency.concat(), "tree {n}");
        } else {
            assert!(consistency.is_empty());
        }
        if written_to.is_some() {
            let all = |hashes: &[[u8; 32]]| hashes.iter().map(|hash| hex(hash)).collect::<Vec<_>>().join(" ");
            let entries: Vec<_> = entries.iter().map(|entry| hex(entry)).collect();
            writeln!(
                written,
                r#"{{"entries":"{}","root":"{}","index":{index},"inclusion":"{}","old":{old},"old_root":"{}","consistency":"{}"}}"#,
                entries.join(" "),
                hex(&root),
                all(&inclusion),
                hex(&ours.edge(old).root()),
                all(&consistency),
            )
            .unwrap();
        }
    }
    if let Some(path) = written_to {
        fs::write(path, written).unwrap();
    }
}

#[test]
fn notes_are_those_of_signed_note_both_ways() {
    let mut random = Random(1);
    for n in 0..100 {
        let name = format!("{}.example/日志/{n}", random.below(1_000));
        let seed: [u8; 32] = random.array();
        let text = format!("{}\n\n{}\n", random.words(), random.words());
        let ours = Signer::new(&name, &seed).unwrap();
        let vkey = ours.verifier().to_string();
        assert_eq!(Verifier::parse(&vkey).unwrap(), ours.verifier());

        // Signed by us, read by them.
        let note = format!("{text}\n{}", ours.sign(&text));
        let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        let known = VerifierList::new(vec![Box::new(StandardVerifier::new(&vkey).unwrap())]);
        assert_eq!(theirs.verify(&known).unwrap().0.len(), 1, "{n}");
        assert_eq!(theirs.to_bytes(), note.as_bytes(), "{n}");

        // Signed by them, read by us.
        let key = [&[1], seed.as_slice()].concat();
        let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key);
        let signer =
            StandardSigner::new(&format!("PRIVATE+KEY+{name}+{:08x}+{key}", ours.verifier().id())).unwrap();
        let mut theirs = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        assert_eq!(signer.key_id(), ours.verifier().id());
        assert_eq!(theirs.to_bytes(), note.as_bytes(), "{n}");
        let read = Note::parse(&note).unwrap();
        assert!(ours.verifier().verify(&read.text, &read.signatures[0]), "{n}");

        // Damaged by chance: both read it, or neither does.
        for _ in 0..50 {
            let mut bytes = note.clone().into_bytes();
            for _ in 0..1 + random.below(2) {
                match random.below(3) {
                    0 => random.flip(&mut bytes),
                    1 => drop(bytes.remove(random.below(bytes.len() as u64) as usize)),
                    _ => bytes.insert(
                        random.below(bytes.len() as u64) as usize,
                        b"\n \xe2+=A"[random.below(6) as usize],
                    ),
                }
            }
            let theirs = signed_note::Note::from_bytes(&bytes).ok();
            let read = str::from_utf8(&bytes).ok().and_then(|note| Note::parse(note).ok());
            let theirs = theirs.map(|note| note.to_bytes());
            assert_eq!(
                read.map(|note| note.to_string().into_bytes()),
                theirs,
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}
