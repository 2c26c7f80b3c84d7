//! Examples that the specifications print, and values that can be computed with other tools.

use ledger::{
    checkpoint::Checkpoint,
    cosign::{Cosigner, cosigned_at},
    note::{Note, Signature, Signer, Verifier},
    policy::Policy,
    proof::Proof,
    record::{ContentRef, Record, commit, entry_bytes, padding},
    tile::{self, Tile},
    tree::{self, Edge, Node, ProofError, leaf_hash},
    witness::{AddCheckpoint, Rejection, Seen},
};

use crate::{forest::Forest, hex};

#[test]
fn every_small_tree_proves_itself_and_no_other() {
    let forest = Forest::new(70);
    for size in 0..=70_u64 {
        let edge = forest.edge(size);
        assert_eq!(Edge::new(size, edge.peaks().to_vec()), Some(edge.clone()));
        for index in 0..size {
            let proof = tree::inclusion_proof(index, size, |node| forest.get(node)).unwrap();
            let leaf = forest.leaf(index);
            assert_eq!(tree::verify_inclusion(index, size, &leaf, &proof, &edge.root()), Ok(()));
            assert!(tree::verify_inclusion(index + 1, size, &leaf, &proof, &edge.root()).is_err());
            let longer = [proof.as_slice(), &[leaf]].concat();
            let failed = tree::verify_inclusion(index, size, &leaf, &longer, &edge.root());
            assert_eq!(failed, Err(ProofError::Length));
        }
        for old in 0..=size {
            let was = forest.edge(old).root();
            let proof = tree::consistency_proof(old, size, |node| forest.get(node)).unwrap();
            assert_eq!(tree::verify_consistency(old, size, &was, &edge.root(), &proof), Ok(()));
            assert!(tree::verify_consistency(old, size, &[7; 32], &edge.root(), &proof).is_err());
            assert!(
                tree::verify_consistency(old, size, &was, &[7; 32], &proof).is_err() || old == 0 && size > 0
            );
            let longer = [proof.as_slice(), &[was]].concat();
            let failed = tree::verify_consistency(old, size, &was, &edge.root(), &longer);
            assert_eq!(failed, Err(ProofError::Length));
        }
    }
    assert_eq!(hex(&tree::empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

/// Does the node reach to the end of the last tile of its level?
fn node_is_last(node: Node, size: u64) -> bool {
    let tile = Tile::of(node);
    let end = (node.index + 1) << (node.level % 8);
    end == tile.index * 256 + u64::from(tile.width(size))
}

/// The numbers are those of tlog-tiles' own examples.
#[test]
fn tiles_are_named_and_filled_as_the_specification_says() {
    assert_eq!(Tile { level: 0, index: 1_234_067 }.path(256), "tile/0/x001/x234/067");
    assert_eq!(Tile { level: 2, index: 0 }.path(1), "tile/2/000.p/1");
    assert_eq!(Tile::entries_path(273, 112), "tile/entries/273.p/112");
    let widths = |level, index| Tile { level, index }.width(70_000);
    assert_eq!((widths(0, 272), widths(0, 273), widths(0, 274)), (256, 112, 0));
    assert_eq!((widths(1, 0), widths(1, 1), widths(2, 0), widths(3, 0)), (256, 17, 1, 0));

    let forest = Forest::new(600);
    for size in [1_u64, 255, 256, 257, 511, 512, 600] {
        for index in [0, size / 2, size - 1] {
            for node in tree::inclusion_nodes(index, size) {
                let tile = Tile::of(node);
                let start = tile.index * 256;
                let hashes: Vec<_> = (start..start + u64::from(tile.width(size)))
                    .map(|index| forest.get(Node { level: tile.level * 8, index }).unwrap())
                    .collect();
                assert_eq!(tile.node(&hashes, node), forest.get(node), "{node:?} of {size}");
                let beside = Tile { index: tile.index + 1, ..tile };
                assert_eq!(beside.node(&hashes, node), None, "{node:?} of {size}");
                assert!(
                    tile.node(&hashes[..hashes.len() - 1], node) == forest.get(node)
                        || node_is_last(node, size)
                );
            }
        }
    }
    let entries = [vec![1_u8; 33], vec![], vec![2; 300]];
    let bundle = tile::bundle(&entries).unwrap();
    assert_eq!(tile::parse_bundle(&bundle).unwrap(), entries);
    assert_eq!(tile::parse_bundle(&bundle[..bundle.len() - 1]), None);
}

/// The request printed in tlog-witness, whose log key is printed in the tests of its reference implementation.
const REQUEST: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

#[test]
fn the_example_request_is_read_and_written() {
    let request = AddCheckpoint::parse(REQUEST).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.origin(), "example.com/behind-the-sofa");
    assert_eq!(request.to_string(), REQUEST);
    assert_eq!(request.consider(&[], None), Err(Rejection::UnknownOrigin));
    let (checkpoint, note) = Checkpoint::of_note(&request.checkpoint).unwrap();
    assert_eq!(checkpoint.text(), note.text);
    assert_eq!(note.to_string(), request.checkpoint);
    // The witness's line in tlog-cosignature says when.
    let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    assert_eq!(cosigned_at(&Signature::parse(line).unwrap()), Some(1_679_315_147));
}

/// The key that signed-note's reference implementation prints in its documentation.
#[test]
fn a_published_note_verifies() {
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let key = Verifier::parse(key).unwrap();
    let note = Note::parse(&format!("{text}\n{line}\n")).unwrap();
    assert!(key.verify(&note.text, &note.signatures[0]));
    assert!(!key.verify(&note.text.replace("you", "they"), &note.signatures[0]));
}

#[test]
fn log_witness_and_policy_work_together() {
    let log = Signer::new("example.org/log/1", &[1; 32]).unwrap();
    let witness = Cosigner::new("witness.example/1", &[2; 32]).unwrap();
    let forest = Forest::new(9);
    let head = |size| Checkpoint { origin: log.name().to_owned(), size, root: forest.edge(size).root() };
    let policy = format!("log {}\nwitness w {}\nquorum w\n", log.verifier(), witness.verifier());
    let policy = Policy::parse(&policy).unwrap();

    let ask = |old, size| {
        let proof = tree::consistency_proof(old, size, |node| forest.get(node)).unwrap();
        AddCheckpoint::parse(&AddCheckpoint { old, proof, checkpoint: head(size).signed(&log) }.to_string())
            .unwrap()
    };
    let first = ask(0, 4).consider(&[log.verifier()], None).unwrap();
    assert_eq!(first.new, Seen { size: 4, root: head(4).root });
    let next = ask(4, 9).consider(&[log.verifier()], Some(first.new)).unwrap();
    assert_eq!(ask(0, 9).consider(&[log.verifier()], Some(next.new)), Err(Rejection::Stale { size: 9 }));

    let signed = head(9).signed(&log);
    let verdict = policy.check(&Note::parse(&signed).unwrap()).unwrap();
    assert!(!verdict.quorum);
    let cosigned = format!("{signed}{}", witness.cosign(&next.text, 1_700_000_000));
    let verdict = policy.check(&Note::parse(&cosigned).unwrap()).unwrap();
    assert!(verdict.quorum);
    assert_eq!(verdict.witnesses, [("w".to_owned(), 1_700_000_000)]);

    let proof = Proof { extra: Some(b"x".to_vec()), index: 3, path: vec![[4; 32]], checkpoint: cosigned };
    assert_eq!(Proof::parse(&proof.to_string()).unwrap(), proof);
}

#[test]
fn records_have_one_encoding() {
    let record = Record {
        origin: "example.org/log/1",
        stream: [3; 16],
        seq: 70_000,
        prev: [4; 32],
        kind: "accepted",
        at: 1_700_000_000_000,
        sure: true,
        actor: "staff_1",
        body_digest: [5; 32],
        contents: vec![ContentRef { id: [6; 16], commitment: [7; 32], stored_digest: [8; 32], size: 300 }],
    };
    let bytes = record.encode();
    assert_eq!(Record::decode(&bytes), Ok(record.clone()));
    assert!(Record::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(Record::decode(&[bytes.as_slice(), &[0]].concat()).is_err());

    let mut other = minicbor::Encoder::new(Vec::new());
    other.array(11).unwrap().u8(1).unwrap().str(record.origin).unwrap().bytes(&record.stream).unwrap();
    other
        .u64(record.seq)
        .unwrap()
        .bytes(&record.prev)
        .unwrap()
        .str(record.kind)
        .unwrap()
        .u64(record.at)
        .unwrap();
    other.bool(true).unwrap().str(record.actor).unwrap().bytes(&record.body_digest).unwrap();
    other.array(1).unwrap().array(4).unwrap().bytes(&[6; 16]).unwrap().bytes(&[7; 32]).unwrap();
    other.bytes(&[8; 32]).unwrap().u64(300).unwrap();
    assert_eq!(bytes, other.into_writer());

    assert_eq!(record.entry(&[9; 32]), commit(&[9; 32], &bytes));
    assert_eq!(entry_bytes(&[7; 32])[..2], [1, 7]);
    assert_eq!(padding(&[9; 32], 5), commit(&[9; 32], b"\x82\x63pad\x05"));
    // RFC 4231 has no key of 32 bytes; this value is that of Python's hmac module.
    assert_eq!(
        hex(&commit(&[0x0b; 32], b"Hi There")),
        "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"
    );
}
