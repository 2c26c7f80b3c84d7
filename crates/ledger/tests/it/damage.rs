//! Whatever is damaged is found: bits of everything that is signed or hashed, forks of the log, rules of the formats.

use ledger::{
    checkpoint::Checkpoint,
    cosign::{Cosigner, cosigned_at},
    note::{Note, Signature, Signer},
    policy::{Policy, Untrusted},
    record::Record,
    tree,
};

use crate::{forest::Forest, random::Random};

/// LOG-5: any two checkpoints of a log that grew are consistent; none is with a tree of which one leaf differs.
#[test]
fn checkpoints_of_one_log_are_consistent_and_forks_are_not_log_5() {
    let mut random = Random(5);
    let (mut leaves, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let more = 16 * (1 + random.below(3));
        leaves.extend((0..more).map(|_| random.array::<32>()));
        sizes.push(leaves.len() as u64);
    }
    let log = Forest::of(leaves.clone());
    let mut edge = tree::Edge::default();
    let mut roots = vec![edge.root()];
    for leaf in &leaves {
        edge.push(*leaf);
        roots.push(edge.root());
    }
    let root = |size: u64| roots[size as usize];
    for n in 0..2_000 {
        let (one, other) = (sizes[random.below(500) as usize], sizes[random.below(500) as usize]);
        let (old, new) = (one.min(other), one.max(other));
        let proof = tree::consistency_proof(old, new, |node| log.get(node)).unwrap();
        assert_eq!(tree::verify_consistency(old, new, &root(old), &root(new), &proof), Ok(()), "{old} {new}");
        if n % 100 == 0 {
            let mut forged: Vec<_> = leaves[..old as usize].to_vec();
            let place = random.below(old) as usize;
            random.flip(&mut forged[place]);
            let forged_root = Forest::of(forged.clone()).edge(old).root();
            let failed = tree::verify_consistency(old, new, &forged_root, &root(new), &proof);
            assert_eq!(failed, Err(tree::ProofError::Root), "{old} {new}");
            // Nor does a proof help that the forger makes from the forged tree.
            forged.extend(&leaves[old as usize..new as usize]);
            let forged = Forest::of(forged);
            let proof = tree::consistency_proof(old, new, |node| forged.get(node)).unwrap();
            assert!(tree::verify_consistency(old, new, &forged_root, &root(new), &proof).is_err());
        }
    }
}

/// Every bit of a signed checkpoint counts.
#[test]
fn every_flipped_bit_of_a_note_is_found() {
    let log = Signer::new("example.org/log/1", &[3; 32]).unwrap();
    let policy = Policy::parse(&format!("log {}\nquorum none\n", log.verifier())).unwrap();
    let note = Checkpoint { origin: log.name().into(), size: 70_000, root: [9; 32] }.signed(&log);
    assert!(policy.check(&Note::parse(&note).unwrap()).is_ok());
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let checked =
            str::from_utf8(&bytes).ok().and_then(|note| policy.check(&Note::parse(note).ok()?).ok());
        assert_eq!(checked, None, "{}", String::from_utf8_lossy(&bytes));
    }
}

/// What decodes, encodes to the same bytes: a record has one spelling, and nothing makes the reader panic.
#[test]
fn damaged_records_decode_to_themselves_or_not_at_all() {
    let mut random = Random(7);
    let record = Record {
        origin: "example.org/log/1",
        stream: random.array(),
        seq: 300,
        prev: random.array(),
        kind: "accepted",
        at: 1_700_000_000_000,
        sure: false,
        actor: "",
        body_digest: random.array(),
        contents: vec![],
    };
    let bytes = record.encode();
    for n in 0..50_000 {
        let mut damaged = bytes.clone();
        (0..1 + n % 3).for_each(|_| random.flip(&mut damaged));
        damaged.truncate(damaged.len() - (random.below(8) / 7 * random.below(9)) as usize);
        if let Ok(record) = Record::decode(&damaged) {
            assert_eq!(record.encode(), damaged);
        }
    }
    // 300 in four bytes, and a length of one in two: longer than need be.
    let at = bytes.windows(3).position(|window| window == [0x19, 1, 44]).unwrap();
    let longer = [&bytes[..at], &[0x1a, 0, 0, 1, 44], &bytes[at + 3..]].concat();
    assert!(Record::decode(&longer).is_err());
    assert!(Record::decode(&[&[0x98, 11], &bytes[1..]].concat()).is_err());
}

const KEYS: [&str; 2] = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "w+00000000+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
];

/// The rules of tlog-policy, each broken once.
#[test]
fn policies_follow_the_rules_of_their_format() {
    let cosigner = |n: u8| Cosigner::new("w.example", &[n; 32]).unwrap().verifier();
    let witnesses = format!(
        "witness a {}\nwitness b {}\n  witness\tc {} https://c\n",
        cosigner(1),
        cosigner(2),
        cosigner(3)
    );
    let good = [
        "quorum none",
        "# 注释\n\n \t \n  # another\nquorum none\n",
        "quorum b",
        "group g 2 a b c\nquorum g",
        "group g any a b\ngroup h all g c\nquorum h",
        "quorum a\ngroup g 1 b c",
    ];
    for text in good {
        assert!(Policy::parse(&format!("{witnesses}{text}")).is_ok(), "{text}");
    }
    let again = format!("witness d {}\nquorum none", cosigner(1));
    let bad = [
        "",
        "quorum d",
        "quorum none\nquorum none",
        "quorum none none",
        "group g 0 a b\nquorum g",
        "group g 3 a b\nquorum g",
        "group g 02 a b\nquorum g",
        "group g any\nquorum none",
        "group g any none\nquorum none",
        "group g any a a\nquorum g",
        "group g any a\ngroup h any a b\nquorum h",
        "group g any g\nquorum g",
        "group a any b\nquorum none",
        "group none any b\nquorum none",
        "quorum g\ngroup g any a",
        "witness a x\nquorum none",
        "log x\nquorum none",
        "quorum none\r\n",
        "quorum\u{a0}none",
        "else\nquorum none",
        &again,
        &format!("witness d {}\nquorum none", KEYS[0]),
        &format!("witness d {}\nquorum none", KEYS[1]),
        &format!("log {}\nquorum none", cosigner(9)),
        &format!("log {} u v\nquorum none", KEYS[0]),
        &format!("log {0}\nlog {0}\nquorum none", KEYS[0]),
    ];
    for text in bad {
        assert!(Policy::parse(&format!("{witnesses}{text}")).is_err(), "{text}");
    }
}

/// Signatures of strangers count for nothing, a wrong one in a known name spoils the note.
#[test]
fn strangers_do_not_count_and_impostors_spoil() {
    let sign = |seed: u8| Signer::new("example.org/log/1", &[seed; 32]).unwrap();
    let (log, stranger) = (sign(1), sign(2));
    let policy = Policy::parse(&format!("log {}\nquorum none\n", log.verifier())).unwrap();
    let head = Checkpoint { origin: log.name().into(), size: 7, root: [1; 32] };
    let check = |note: &str| policy.check(&Note::parse(note).unwrap()).map(|verdict| verdict.checkpoint);
    let signed = head.signed(&log);
    assert_eq!(check(&format!("{signed}{}", stranger.sign(&head.text()))), Ok(head.clone()));
    assert_eq!(check(&head.signed(&stranger)), Err(Untrusted::UnknownLog));
    assert_eq!(check(&format!("{signed}{}", log.sign("else\n"))), Err(Untrusted::LogSignature));
    // A good signature under another name is nobody's.
    let mut renamed = Note::parse(&signed).unwrap();
    renamed.signatures[0].name = "example.org/log/2".into();
    assert!(!log.verifier().verify(&renamed.text, &renamed.signatures[0]));
    // The log's key under another origin is not that log.
    let elsewhere = Checkpoint { origin: "example.org/log/2".into(), ..head };
    assert_eq!(check(&elsewhere.signed(&log)), Err(Untrusted::UnknownLog));
}

/// The limits that the formats set.
#[test]
fn notes_and_checkpoints_follow_the_rules_of_their_formats() {
    let log = Signer::new("example.org/log/1", &[1; 32]).unwrap();
    let head = Checkpoint { origin: log.name().into(), size: 7, root: [1; 32] };
    let line = log.sign(&head.text());
    let signed = |n_lines| Note::parse(&format!("{}\n{}", head.text(), line.repeat(n_lines)));
    assert!(signed(0).is_err() && signed(1).is_ok() && signed(64).is_ok() && signed(65).is_err());

    let root = head.text().lines().nth(2).unwrap().to_owned();
    let parse = |text: String| Checkpoint::parse(&text).is_ok();
    assert!(parse(format!("o\n0\n{root}\n")) && parse(format!("o\n7\n{root}\nan extension\n")));
    for bad in [
        format!("\n7\n{root}\n"),
        format!("o\n07\n{root}\n"),
        format!("o\n+7\n{root}\n"),
        format!("o\n18446744073709551616\n{root}\n"),
        format!("o\n7\n{root}"),
        format!("o\n7\n{root}\n\nx\n"),
        format!("o\n7\n{}\n", &root[1..]),
        "o\n7\n".to_owned(),
    ] {
        assert!(!parse(bad.clone()), "{bad}");
    }
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb"] {
        assert!(Signer::new(name, &[1; 32]).is_err(), "{name}");
    }

    // Times of 2^63 and later are not allowed.
    let cosigner = Cosigner::new("w", &[1; 32]).unwrap();
    let at = |seconds| {
        let signature = Signature::parse(cosigner.cosign(&head.text(), seconds).trim_end()).unwrap();
        assert_eq!(cosigner.verifier().verify(&head.text(), &signature), cosigned_at(&signature).is_some());
        cosigned_at(&signature)
    };
    assert_eq!((at(0), at(u64::MAX / 2), at(u64::MAX / 2 + 1)), (Some(0), Some(u64::MAX / 2), None));
}
