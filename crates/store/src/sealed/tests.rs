//! Who can open a sealed matter and who cannot, below everything that decides it (SEAL-1, ENC-2, ENC-3).

use super::*;
use crate::seal::Suite;
use crate::testing::{self, Scratch};
use crate::{Batch, Outcome, StoreError};
use casework::{OfficialId, UnitId};
use uuid::Uuid;

/// Bytes that look random and are always the same.
struct Fixed(u64);

impl ::hpke::rand_core::TryRng for Fixed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|word| word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl ::hpke::rand_core::TryCryptoRng for Fixed {}

fn petition(n: u128) -> PetitionId {
    PetitionId(Uuid::from_u128(n))
}

fn official(n: u128) -> OfficialId {
    OfficialId(Uuid::from_u128(n))
}

fn suites() -> impl Iterator<Item = Suite> {
    Suite::ALL.into_iter().filter(|suite| suite.ready().is_ok())
}

async fn commit(scratch: &Scratch, writes: impl IntoIterator<Item = Write>) -> Outcome {
    let mut batch = Batch::new();
    batch.extend(writes);
    scratch.database.commit(batch).await.unwrap()
}

async fn number_of(scratch: &Scratch, sql: &'static str) -> i64 {
    scratch.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
}

/// A matter of the sealed kind on the lists, due on a day at a unit.
fn listed(n: u128, unit: u128, due: &str) -> Vec<Write> {
    let id = petition(n).to_string();
    let unit = UnitId(Uuid::from_u128(unit)).to_string();
    let sql = "insert into matter (petition_id, case_ref, number, version, procedure_id, kind, sealed, stage, rest, channel, class, place, office_id, owner_unit, owner_id, received_on, urgent, supervised, withdrawing, joined, n_people, title_content, identity_content) values ($1, $1, $1, 1, 'p', 'report', 1, 's', 0, 'online', '', '', '', $2, '', '', 0, 0, 0, 0, 1, '', '')";
    let deadline = "insert into deadline (petition_id, idx, limit_id, role, state, from_on, raw_due_on, due_on, provisional, unit_id) values ($1, 0, 'l', 'duty', 'running', $2, $2, $2, 0, $3)";
    let due = vec![id.as_str().into(), due.into(), unit.as_str().into()];
    vec![Write::new(sql, vec![id.as_str().into(), unit.as_str().into()]), Write::new(deadline, due)]
}

/// SEAL-1: what is sealed opens with the one secret and for the one place; altered, cut, moved or for another it stays closed.
#[test]
fn an_envelope_opens_with_its_secret_in_its_place() {
    for suite in suites() {
        let (secret, public) = pair(suite, &[1; 32]).unwrap();
        let (other, _) = pair(suite, &[2; 32]).unwrap();
        assert_eq!((pair(suite, &[1; 32]).unwrap().1, secret.public().unwrap()), (public, public));
        assert_eq!(CasePublic::read(public.bytes()), Some(public));
        assert_eq!(public.bytes().len(), if suite == Suite::Intl { 32 } else { 33 });
        assert_eq!(CasePublic::read(&public.bytes()[2..]), None);
        assert_eq!(CasePublic::read(&[0; 33]), None, "no point of the curve");
        assert_eq!(CasePublic::read(&[]), None);
        let sealed = public.seal(b"here", b"words", &mut Fixed(1)).unwrap();
        assert_ne!(
            sealed,
            public.seal(b"here", b"words", &mut Fixed(2)).unwrap(),
            "each has a key of its own"
        );
        assert_eq!(secret.open(b"here", &sealed).as_deref().map(Vec::as_slice), Some(b"words".as_slice()));
        assert!(secret.open(b"there", &sealed).is_none());
        assert!(other.open(b"here", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(secret.open(b"here", &altered).is_none(), "{suite:?} byte {at}");
            assert!(secret.open(b"here", &sealed[..at]).is_none(), "{suite:?} cut to {at}");
        }
        // KEY-5, and the secret as it is kept.
        assert_eq!(format!("{secret:?}"), "Secret");
        let again = Secret::read(&secret.kept()).unwrap();
        assert_eq!(again.public().unwrap(), public);
        assert_eq!(secret.kept().len(), public.bytes().len());
        assert!(Secret::read(&secret.kept()[2..]).is_none() && Secret::read(&[]).is_none());
    }
    assert!(Secret::read(&[9; 33]).is_none(), "a suite that there is not");
}

/// ENC-3: whoever has the key of one suite opens nothing of the other.
#[test]
fn no_suite_opens_what_another_sealed() {
    let all: Vec<Suite> = suites().collect();
    for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (*one, *other))) {
        let sealed = pair(one, &[1; 32]).unwrap().1.seal(b"here", b"words", &mut Fixed(1)).unwrap();
        assert_eq!(pair(other, &[1; 32]).unwrap().0.open(b"here", &sealed).is_some(), one == other);
    }
}

/// SEAL-1, SEAL-2: a sealed body tells outside how many events it is and what must stand beside it; the verb and who acted are
/// inside, for one place in one stream.
#[test]
fn a_body_tells_outside_what_it_must_and_nothing_else() {
    for suite in suites() {
        let (secret, public) = case_pair(&PetitionKey::new(suite, [7; 32])).unwrap();
        let outside = Outside { count: 3, rows: vec![[1; ROW], [2; ROW]], contents: vec![[3; ROW]] };
        let open = OpenBody { kind: "accept".to_owned(), actor: "somebody".to_owned(), body: vec![9, 8, 7] };
        let body = seal_body(&public, ("events", petition(1), 4), &outside, &open, &mut Fixed(1)).unwrap();
        assert!(is_sealed_body(&body) && !is_sealed_body(&[0x81]) && !is_sealed_body(&[]));
        assert_eq!(outside_of(&body), Some(outside));
        assert_eq!(open_body(&secret, ("events", petition(1), 4), &body), Some(open));
        for place in [("reads", petition(1), 4), ("events", petition(2), 4), ("events", petition(1), 5)] {
            assert_eq!(open_body(&secret, place, &body), None);
        }
        let stranger = case_pair(&PetitionKey::new(suite, [8; 32])).unwrap().0;
        assert_eq!(open_body(&stranger, ("events", petition(1), 4), &body), None);
        for n in 0..body.len() {
            assert_eq!(open_body(&secret, ("events", petition(1), 4), &body[..n]), None, "cut to {n}");
        }
        assert_eq!(outside_of(&body[..body.len() - 1]), None);
        let none = seal_body(
            &public,
            ("events", petition(1), 0),
            &Outside::default(),
            &OpenBody { kind: String::new(), actor: String::new(), body: Vec::new() },
            &mut Fixed(1),
        )
        .unwrap();
        assert_eq!(outside_of(&none), Some(Outside::default()));
    }
}

/// Digests tell rows apart by kind, length and order of their values, and are those of their bytes.
#[test]
fn a_row_has_one_digest() {
    let text = |text: &str| Value::from(text);
    let rows = [
        vec![],
        vec![Value::Null],
        vec![text("")],
        vec![text("ab")],
        vec![text("a"), text("b")],
        vec![text("b"), text("a")],
        vec![Value::Blob(b"ab".to_vec())],
        vec![Value::Integer(0)],
        vec![Value::Integer(1)],
        vec![Value::Blob(vec![0; 8])],
    ];
    let digests: std::collections::BTreeSet<_> = rows.iter().map(|row| digest(row)).collect();
    assert_eq!(digests.len(), rows.len());
    let mut bytes = b"t".to_vec();
    bytes.extend(2_u64.to_be_bytes());
    bytes.extend(b"ab");
    assert_eq!(digest(&[text("ab")]), crate::content::sha256(&bytes)[..ROW]);
    let both = digest(&[Value::Blob(vec![1; 16]), Value::Blob(vec![2; 32])]);
    assert_eq!(digest_of(&[1; 16], &[2; 32]), both);
}

/// What stands in the place of the office's wrap names the matter's public key, and nothing else does.
#[test]
fn a_sealed_key_row_is_told_from_an_offices() {
    for suite in suites() {
        let key = PetitionKey::new(suite, [7; 32]);
        assert_eq!(for_recovery(&key), &[7; 32]);
        let public = case_pair(&key).unwrap().1;
        let marked = [MARK.as_slice(), public.bytes()].concat();
        assert_eq!(public_in(&marked), Some(public));
        assert_eq!(public_in(public.bytes()), None);
        assert_eq!(public_in(&[marked.as_slice(), &[0; 9]].concat()), None);
        assert_eq!(public_in(&[]), None);
        let wrapped = PetitionKey::new(Suite::Intl, [7; 32])
            .wrap(&testing::keeper(), petition(1), &[1; NONCE])
            .unwrap();
        assert!(public_in(&wrapped).is_none() && wrapped.len() > marked.len());
    }
}

/// A code's pair hangs on the code alone, and is no other code's.
#[test]
fn a_code_makes_one_pair() {
    for suite in suites() {
        let (secret, public) = pair_of_code(suite, "ABCD").unwrap();
        assert_eq!(pair_of_code(suite, "ABCD").unwrap().1, public);
        assert_ne!(pair_of_code(suite, "ABCE").unwrap().1, public);
        assert_eq!(secret.public().unwrap(), public);
        assert_ne!(pair(suite, &crate::content::sha256(b"ABCD")).unwrap().1, public, "no plain digest of it");
    }
}

/// SEAL-1: each holder opens by what is theirs alone; whoever loses the wrap, or is another, opens nothing.
#[tokio::test]
async fn holders_open_and_nobody_else() {
    let scratch = testing::sqlite("sealed-holders").await.unwrap();
    let database = &scratch.database;
    let key = PetitionKey::new(Suite::Intl, [7; 32]);
    let (id, other) = (petition(1), petition(2));
    let public = case_pair(&key).unwrap().1;
    let (_, row) = kept(id, &key, b"for recovery".to_vec()).unwrap();
    let (mine, theirs) = (pair(Suite::Intl, &[1; 32]).unwrap(), pair(Suite::Intl, &[2; 32]).unwrap());
    let code = pair_of_code(Suite::Intl, "CODE").unwrap();
    let cookie = pair_of_code(Suite::Intl, "COOKIE").unwrap();
    let to = |holder: Holder, public: &CasePublic| give(id, &key, (&holder, public), &mut Fixed(3)).unwrap();
    let given = [
        row,
        to(Holder::Recipient(official(1)), &mine.1),
        to(Holder::Recipient(official(2)), &theirs.1),
        to(Holder::Code(0), &code.1),
        to(Holder::Follower("digest".to_owned()), &cookie.1),
    ];
    assert_eq!(commit(&scratch, given).await, Outcome::Committed);

    assert_eq!(public_of(database, id).await.unwrap(), Some(public));
    assert_eq!(public_of(database, other).await.unwrap(), None);
    let found = kept_key(database, id).await.unwrap();
    assert_eq!(found, KeptKey { public: Some(public), recovery: b"for recovery".to_vec() });
    assert_eq!(kept_key(database, other).await.unwrap(), KeptKey::default());
    let holders = wraps_of(database, id).await.unwrap();
    assert_eq!(
        holders,
        [(official(1), mine.1), (official(2), theirs.1)],
        "codes and cookies are no recipients"
    );
    let bytes = |key: Option<PetitionKey>| key.map(|key| *key.bytes());
    assert_eq!(bytes(open_as(database, id, official(1), &mine.0).await.unwrap()), Some([7; 32]));
    assert_eq!(bytes(open_as(database, id, official(1), &theirs.0).await.unwrap()), None);
    assert_eq!(bytes(open_as(database, id, official(3), &mine.0).await.unwrap()), None);
    assert_eq!(bytes(open_as(database, other, official(1), &mine.0).await.unwrap()), None);

    // What a request brought opens, and nothing outside of it.
    let by = async |opener: Option<Opener>| {
        scope(async {
            if let Some(opener) = opener {
                bring(opener);
            }
            bytes(open(database, id, &public).await.unwrap())
        })
        .await
    };
    assert_eq!(by(None).await, None);
    assert_eq!(by(Some(Opener::Recipient(official(1), mine.0.clone()))).await, Some([7; 32]));
    assert_eq!(by(Some(Opener::Recipient(official(2), mine.0.clone()))).await, None);
    assert_eq!(by(Some(Opener::Code(code.0.clone()))).await, Some([7; 32]));
    assert_eq!(by(Some(Opener::Code(cookie.0.clone()))).await, Some([7; 32]));
    assert_eq!(by(Some(Opener::Code(mine.0.clone()))).await, None);
    bring(Opener::Code(code.0.clone()));
    assert_eq!(bytes(open(database, id, &public).await.unwrap()), None, "outside a request");
    assert_eq!(format!("{:?}", Opener::Code(code.0.clone())), "Opener");
    // Another key in its place is not believed.
    let stranger = case_pair(&PetitionKey::new(Suite::Intl, [9; 32])).unwrap().1;
    let brought = scope(async {
        bring(Opener::Code(code.0.clone()));
        bytes(open(database, id, &stranger).await.unwrap())
    });
    assert_eq!(brought.await, None);

    // Wraps go: one holder's, those of browsers that follow no more.
    assert_eq!(
        commit(&scratch, [drop_holder(id, &Holder::Recipient(official(2)))]).await,
        Outcome::Committed
    );
    assert_eq!(wraps_of(database, id).await.unwrap(), [(official(1), mine.1)]);
    assert_eq!(number_of(&scratch, "select count(*) from sealed_wrap").await, 3);
    commit(&scratch, [forget_followers()]).await;
    assert_eq!(number_of(&scratch, "select count(*) from sealed_wrap").await, 2);
    // Nothing is given any more once the key was destroyed.
    assert_eq!(commit(&scratch, [while_it_stands(id)]).await, Outcome::Committed);
    commit(&scratch, [Write::new("update petition_key set wrapped = x''", Vec::new())]).await;
    assert_eq!(commit(&scratch, [while_it_stands(id)]).await, Outcome::Conflict);
    assert_eq!(commit(&scratch, [while_it_stands(other)]).await, Outcome::Conflict);
}

/// SEAL-4: a key goes from the office's hands to recipients' and back, each time only from what was read; and reads of a matter
/// whose key is gone stand where nobody reads them.
#[tokio::test]
async fn a_key_changes_hands_and_the_record_is_told() {
    let scratch = testing::sqlite("sealed-hands").await.unwrap();
    let database = &scratch.database;
    let (id, key) = (petition(1), PetitionKey::new(Suite::Intl, [7; 32]));
    let public = case_pair(&key).unwrap().1;
    let (_, row) = crate::content::keep_key(database, id, &key, [&[1; NONCE], &[2; NONCE]], None).unwrap();
    commit(&scratch, [vec![row], listed(1, 5, "2026-04-01")].concat()).await;
    assert_eq!(unsealed(database, "", 10).await.unwrap(), [id]);
    assert_eq!(unsealed(database, &id.to_string(), 10).await.unwrap(), []);
    assert_eq!(reads_to(database, id, &mut Fixed(1)).await.unwrap(), None, "recorded in clear");

    let (fact, write) = seal_up(database, id, &key, b"recovery".to_vec()).await.unwrap();
    let stale = seal_up(database, id, &key, b"another".to_vec()).await.unwrap().1;
    assert!(
        matches!(&fact, crate::keys::Fact::Rewrap(all) if all.len() == 1 && all[0].petition == id && all[0].first != all[0].now)
    );
    assert_eq!(commit(&scratch, [write]).await, Outcome::Committed);
    assert_eq!(commit(&scratch, [stale]).await, Outcome::Conflict, "somebody was faster");
    assert_eq!(
        kept_key(database, id).await.unwrap(),
        KeptKey { public: Some(public), recovery: b"recovery".to_vec() }
    );
    assert_eq!(unsealed(database, "", 10).await.unwrap(), []);
    assert_eq!(reads_to(database, id, &mut Fixed(1)).await.unwrap(), Some(public));
    let all = page(database, "", 10).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].petition, all[0].public, all[0].recovery.as_slice()),
        (id, Some(public), b"recovery".as_slice())
    );
    assert_eq!(all[0].unit, UnitId(Uuid::from_u128(5)));
    assert!(page(database, &id.to_string(), 10).await.unwrap().is_empty());

    let holder = Holder::Recipient(official(1));
    let mine = pair(Suite::Intl, &[1; 32]).unwrap();
    let shell = Write::new(
        "insert into sealed_shell (petition_id, shell) values ($1, x'00')",
        vec![id.to_string().into()],
    );
    commit(&scratch, [give(id, &key, (&holder, &mine.1), &mut Fixed(3)).unwrap(), shell]).await;
    let (_, writes) = unseal(database, id, &key, [&[3; NONCE], &[4; NONCE]], None).await.unwrap();
    assert_eq!(commit(&scratch, writes).await, Outcome::Committed);
    assert_eq!(
        number_of(
            &scratch,
            "select (select count(*) from sealed_wrap) + (select count(*) from sealed_shell)"
        )
        .await,
        0
    );
    assert_eq!(kept_key(database, id).await.unwrap(), KeptKey::default());
    assert_eq!(*crate::content::key_of(database, id).await.unwrap().bytes(), [7; 32]);
    assert!(matches!(seal_up(database, petition(9), &key, Vec::new()).await, Err(StoreError::Corrupt(_))));

    commit(&scratch, [Write::new("update petition_key set wrapped = x''", Vec::new())]).await;
    let one = reads_to(database, id, &mut Fixed(1)).await.unwrap().unwrap();
    let two = reads_to(database, id, &mut Fixed(2)).await.unwrap().unwrap();
    assert!(one != two && one != public, "a key that nobody has");
}

/// The list of a unit's sealed matters: by day, a page at a time, its own and those in which it owes something.
#[tokio::test]
async fn a_units_sealed_matters_come_in_the_order_of_their_days() {
    let scratch = testing::sqlite("sealed-list").await.unwrap();
    let all = [(1, 5, "2026-04-03"), (2, 5, "2026-04-01"), (3, 6, "2026-04-02"), (4, 5, "2026-04-01")];
    for (n, unit, due) in all {
        commit(&scratch, listed(n, unit, due)).await;
    }
    let reader = scratch.database.as_official(&std::collections::BTreeSet::new());
    let unit = UnitId(Uuid::from_u128(5));
    let found = sealed_of_unit(&reader, unit, ("", ""), 10).await.unwrap();
    let expected = [("2026-04-01", 2), ("2026-04-01", 4), ("2026-04-03", 1)]
        .map(|(due, n)| (due.to_owned(), petition(n)));
    assert_eq!(found, expected);
    let rest = sealed_of_unit(&reader, unit, ("2026-04-01", &petition(2).to_string()), 10).await.unwrap();
    assert_eq!(rest, expected[1..]);
    assert_eq!(sealed_of_unit(&reader, unit, ("", ""), 1).await.unwrap(), expected[..1]);
}

/// SEAL-1: a recipient's secret opens with their passphrase's key, theirs alone; the row's digest is what the office says.
#[tokio::test]
async fn a_recipients_pair_opens_under_their_passphrase() {
    for suite in suites() {
        let scratch = testing::sqlite_of(&format!("sealed-pair-{}", suite.word()), suite).await.unwrap();
        let secret = pair(suite, &[1; 32]).unwrap().0;
        let public = secret.public().unwrap();
        let made = Made {
            official: official(1),
            secret: secret.clone(),
            salt: &[4; SALT],
            under: &[5; 32],
            nonce: &[6; NONCE],
            at: "2026-03-02T02:00:00.000Z",
            mac: &|public| format!("mac of {}", public.bytes().len()),
        };
        let (write, again, said) = keep_sealing_key(&made).unwrap();
        assert_eq!(again.public().unwrap(), public);
        commit(&scratch, [write]).await;
        let key = sealing_key(&scratch.database, official(1)).await.unwrap().unwrap();
        assert_eq!(
            (key.official, key.public, key.salt.as_slice()),
            (official(1), public, [4; SALT].as_slice())
        );
        assert_eq!(
            (key.made_at.as_str(), key.mac),
            ("2026-03-02T02:00:00.000Z", format!("mac of {}", public.bytes().len()))
        );
        assert!(sealing_key(&scratch.database, official(2)).await.unwrap().is_none());
        let all = sealing_keys(&scratch.database).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(unlock(&all[0], &[5; 32]).unwrap().public().unwrap(), public);
        assert!(unlock(&all[0], &[9; 32]).is_none(), "another passphrase");
        let mut moved = all[0].clone();
        moved.official = official(2);
        assert!(unlock(&moved, &[5; 32]).is_none(), "another official's");
        // What the record says is what is kept.
        let kept = kept_sealing_keys(&scratch.database).await.unwrap();
        assert_eq!(said_of_sealing_key(said.to_string().as_bytes()), kept.first().cloned());
        assert_eq!(said_of_sealing_key(b"{}"), None);
        let hex: String = public.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (said["official"].as_str(), said["public"].as_str()),
            (Some(official(1).to_string().as_str()), Some(hex.as_str()))
        );
    }
}
