//! What is kept encrypted opens under its own key, in its own place, and nowhere else; and no key shows itself (ENC-1, ENC-2,
//! KEY-5).

use super::*;
use crate::testing;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;

const NONCE_OF: [u8; NONCE] = [3; NONCE];

fn petition(n: u128) -> PetitionId {
    PetitionId(Uuid::from_u128(n))
}

fn content(n: u128) -> ContentId {
    ContentId(Uuid::from_u128(n))
}

fn suites() -> impl Iterator<Item = Suite> {
    Suite::ALL.into_iter().filter(|suite| suite.ready().is_ok())
}

/// Opens what is kept in the suite intl as another program would, which knows key and place.
fn opened_outside(key: &[u8; 32], place: &[&[u8]], kept: &[u8]) -> Option<Vec<u8>> {
    let aad = [&[b"\x01".as_slice()], place].concat().concat();
    let payload = Payload { msg: kept.get(25..)?, aad: &aad };
    XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(NONCE_OF), payload).ok()
}

/// ENC-2: words are bound to petition and content by the bytes that docs/decisions/0008 names, so that rows cannot be moved.
#[test]
fn words_open_in_their_place_alone() {
    for suite in suites() {
        let key = PetitionKey::new(suite, [7; 32]);
        let kept = key.seal(petition(1), content(2), &NONCE_OF, b"words").unwrap();
        assert_eq!(key.open(petition(1), content(2), &kept), Ok(Some(b"words".to_vec())));
        assert_eq!(key.open(petition(9), content(2), &kept), Ok(None));
        assert_eq!(key.open(petition(1), content(9), &kept), Ok(None));
        let other = PetitionKey::new(suite, [8; 32]);
        assert_eq!(other.open(petition(1), content(2), &kept), Ok(None));
        assert_eq!((key.suite(), key.bytes()), (suite, &[7; 32]));
    }
    let kept =
        PetitionKey::new(Suite::Intl, [7; 32]).seal(petition(1), content(2), &NONCE_OF, b"words").unwrap();
    let (one, two) = (petition(1), content(2));
    let place: [&[u8]; 3] = [b"huiyin content 1", one.0.as_bytes(), two.0.as_bytes()];
    assert_eq!(opened_outside(&[7; 32], &place, &kept), Some(b"words".to_vec()));
}

/// ENC-2: a file's key is wrapped for its petition and its file; its pieces are bound to their number.
#[test]
fn files_open_in_their_place_alone() {
    for suite in suites() {
        let key = PetitionKey::new(suite, [7; 32]);
        let file = FileKey::new(suite, [5; 32]);
        assert_eq!(file.bytes(), &[5; 32]);
        let wrapped = key.wrap_file(petition(1), content(2), &NONCE_OF, (&file, &[6; 32])).unwrap();
        let (again, commitment) = key.unwrap_file(petition(1), content(2), &wrapped).unwrap().unwrap();
        assert_eq!((again.bytes(), commitment, again.suite), (&[5; 32], [6; 32], suite));
        assert!(key.unwrap_file(petition(9), content(2), &wrapped).unwrap().is_none());
        assert!(key.unwrap_file(petition(1), content(9), &wrapped).unwrap().is_none());
        assert!(
            PetitionKey::new(suite, [8; 32])
                .unwrap_file(petition(1), content(2), &wrapped)
                .unwrap()
                .is_none()
        );
        let piece = file.seal(content(2), 4, &NONCE_OF, b"piece").unwrap();
        assert_eq!(file.open(content(2), 4, &piece), Ok(Some(b"piece".to_vec())));
        assert_eq!(file.open(content(2), 5, &piece), Ok(None), "another number");
        assert_eq!(file.open(content(9), 4, &piece), Ok(None), "another file");
        assert_eq!(FileKey::new(suite, [4; 32]).open(content(2), 4, &piece), Ok(None), "another key");
    }
    let (one, two) = (petition(1), content(2));
    let file = FileKey::new(Suite::Intl, [5; 32]);
    let wrapped =
        PetitionKey::new(Suite::Intl, [7; 32]).wrap_file(one, two, &NONCE_OF, (&file, &[6; 32])).unwrap();
    let place: [&[u8]; 3] = [b"huiyin file_key 1", one.0.as_bytes(), two.0.as_bytes()];
    assert_eq!(opened_outside(&[7; 32], &place, &wrapped), Some([[5; 32], [6; 32]].concat()));
    let piece = file.seal(two, 4, &NONCE_OF, b"piece").unwrap();
    let place: [&[u8]; 3] = [b"huiyin attachment_chunk 1", two.0.as_bytes(), &[0, 0, 0, 4]];
    assert_eq!(opened_outside(&[5; 32], &place, &piece), Some(b"piece".to_vec()));
}

/// KEY-2, SEAL-1: a petition's key comes back from the office's wrap, from no other petition's, and from none that is gone.
#[test]
fn a_petitions_key_is_wrapped_for_its_petition() {
    let keeper = testing::keeper();
    let key = PetitionKey::new(Suite::Intl, [7; 32]);
    let wrapped = key.wrap(&keeper, petition(1), &NONCE_OF).unwrap();
    let again = PetitionKey::unwrap(&keeper, petition(1), &wrapped).unwrap().unwrap();
    assert_eq!((again.bytes(), again.suite()), (&[7; 32], Suite::Intl));
    assert!(matches!(PetitionKey::unwrap(&keeper, petition(9), &wrapped), Err(StoreError::Corrupt(_))));
    assert!(PetitionKey::unwrap(&keeper, petition(1), b"").unwrap().is_none(), "destroyed");
    let version: [u8; 4] = wrapped[..4].try_into().unwrap();
    assert_eq!(version, [0, 0, 0, 1]);
    let office = crate::content::commit(&[7; 32], b"huiyin content wrapping");
    let one = petition(1);
    let place: [&[u8]; 2] = [b"huiyin petition_key 1", one.0.as_bytes()];
    assert_eq!(opened_outside(&office, &place, &wrapped[4..]), Some(vec![7; 32]));
    // Where it is sealed the office has nothing to open it with.
    let public = sealed::case_pair(&key).unwrap().1;
    let marked = [[0xff; 4].as_slice(), public.bytes()].concat();
    assert!(matches!(PetitionKey::unwrap(&keeper, petition(1), &marked), Err(StoreError::Sealed(_))));
}

/// KEY-5: whoever logs a key learns its name.
#[test]
fn keys_do_not_show_themselves() {
    let (petition, file) = (PetitionKey::new(Suite::Intl, [7; 32]), FileKey::new(Suite::Intl, [7; 32]));
    assert_eq!(format!("{petition:?} {file:?}"), "PetitionKey FileKey");
}
