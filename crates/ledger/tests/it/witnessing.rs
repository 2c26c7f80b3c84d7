//! A witness answers with every status that tlog-witness names, and never agrees to two trees that contradict each other.

use ledger::{
    checkpoint::Checkpoint,
    note::Signer,
    tree,
    witness::{AddCheckpoint, Rejection, Seen},
};

use crate::{forest::Forest, random::Random};

const ORIGIN: &str = "example.org/log/1";

fn request(forest: &Forest, log: &Signer, old: u64, size: u64) -> AddCheckpoint {
    AddCheckpoint {
        old,
        proof: tree::consistency_proof(old.min(size), size, |node| forest.get(node)).unwrap(),
        checkpoint: head(forest, size).signed(log),
    }
}

fn head(forest: &Forest, size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size, root: forest.edge(size).root() }
}

#[test]
fn every_status_has_its_request_wit_1() {
    let log = Signer::new(ORIGIN, &[1; 32]).unwrap();
    let keys = [log.verifier()];
    let (forest, fork) = (Forest::new(40), Forest::of((0..40).map(|n| [n; 32]).collect()));
    let seen = |size| Some(Seen { size, root: forest.edge(size).root() });
    let answer = |request: AddCheckpoint, seen| {
        let request = AddCheckpoint::parse(&request.to_string())?;
        request.consider(if request.origin() == ORIGIN { &keys } else { &[] }, seen)
    };

    let accepted = answer(request(&forest, &log, 10, 33), seen(10)).unwrap();
    assert_eq!((accepted.origin.as_str(), Some(accepted.new)), (ORIGIN, seen(33)));
    assert_eq!(accepted.text, head(&forest, 33).text());
    assert!(answer(request(&forest, &log, 33, 33), seen(33)).is_ok(), "the same again is cosigned again");
    assert!(answer(request(&forest, &log, 0, 1), None).is_ok());
    assert!(answer(request(&forest, &log, 0, 0), None).is_ok());

    let refusal = |request, seen| answer(request, seen).unwrap_err();
    // 400: the old size is above the new one; more than 63 hashes; not a request at all.
    assert_eq!(refusal(request(&forest, &log, 34, 33), seen(34)).status(), 400);
    let long = AddCheckpoint { proof: vec![[0; 32]; 64], ..request(&forest, &log, 0, 33) };
    assert_eq!(refusal(long, None).status(), 400);
    let good = request(&forest, &log, 10, 33).to_string();
    for (from, to) in
        [("old 10", "old 010"), ("old 10", "old"), ("old 10", "old -1"), ("\n\n", "\n"), ("33\n", "33\r\n")]
    {
        assert_eq!(AddCheckpoint::parse(&good.replacen(from, to, 1)).unwrap_err().status(), 400, "{to}");
    }
    // 403: signed by nobody whom the witness trusts.
    let stranger = Signer::new(ORIGIN, &[2; 32]).unwrap();
    assert_eq!(refusal(request(&forest, &stranger, 10, 33), seen(10)), Rejection::NoValidSignature);
    assert_eq!(Rejection::NoValidSignature.status(), 403);
    let mut impostor = request(&forest, &log, 10, 33);
    impostor.checkpoint += &log.sign("else\n");
    assert_eq!(refusal(impostor, seen(10)).status(), 403);
    // 404: a log that the witness does not follow.
    let mut other = request(&forest, &log, 10, 33);
    other.checkpoint = Checkpoint { origin: "example.org/log/2".into(), ..head(&forest, 33) }.signed(&log);
    assert_eq!(refusal(other, seen(10)).status(), 404);
    // 409 with the size seen: the log proves from another size.
    let stale = refusal(request(&forest, &log, 10, 33), seen(20));
    assert_eq!(
        (stale.status(), stale.content_type(), stale.body().as_str()),
        (409, "text/x.tlog.size", "20\n")
    );
    assert_eq!(refusal(request(&forest, &log, 10, 33), None).body(), "0\n");
    // 409: another tree of the same size.
    assert_eq!(refusal(request(&fork, &log, 33, 33), seen(33)), Rejection::Forked { size: 33 });
    assert_eq!(Rejection::Forked { size: 33 }.status(), 409);
    // 422: the proof proves nothing, or there is one where none is due.
    assert_eq!(refusal(request(&fork, &log, 10, 33), seen(10)), Rejection::Inconsistent);
    assert_eq!(Rejection::Inconsistent.status(), 422);
    let needless = AddCheckpoint { proof: vec![[0; 32]], ..request(&forest, &log, 0, 33) };
    assert_eq!(refusal(needless, None).status(), 422);
}

/// Two forks of one log compete for a witness: what it has cosigned is one growing tree.
#[test]
fn what_was_cosigned_is_consistent_wit_1() {
    let log = Signer::new(ORIGIN, &[1; 32]).unwrap();
    for seed in 0..20 {
        let mut random = Random(seed);
        let leaves: Vec<[u8; 32]> = (0..200).map(|_| random.array()).collect();
        let mut forked = leaves.clone();
        let place = random.below(60) as usize;
        random.flip(&mut forked[place]);
        let forests = [Forest::of(leaves), Forest::of(forked)];
        let (mut seen, mut cosigned) = (None::<Seen>, Vec::new());
        for _ in 0..60 {
            let forest = &forests[random.below(2) as usize];
            let known = seen.map_or(0, |seen| seen.size);
            let old = if random.below(4) == 0 { random.below(200) } else { known };
            let size = (old + random.below(12)).min(200);
            if let Ok(accepted) = request(forest, &log, old, size).consider(&[log.verifier()], seen) {
                seen = Some(accepted.new);
                cosigned.push(accepted.new);
            }
        }
        assert!(cosigned.len() > 5, "{seed}");
        assert!(cosigned.is_sorted_by_key(|seen| seen.size));
        let on = |forest: &Forest| cosigned.iter().all(|seen| forest.edge(seen.size).root() == seen.root);
        assert!(on(&forests[0]) || on(&forests[1]), "{seed}: the witness cosigned a fork");
    }
}
