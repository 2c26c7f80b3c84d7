//! The two suites that words are encrypted with (ENC-3; docs/decisions/0013). An office has one, for good; every
//! ciphertext begins with its number, so that one of the other suite is refused, not tried.

#[cfg(feature = "gm")]
mod gm;

use super::NONCE;
use crate::StoreError;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// What an office encrypts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suite {
    /// XChaCha20-Poly1305.
    #[default]
    Intl,
    /// SM4-GCM under keys made by HMAC-SM3. A program built without the feature `gm` knows its name alone.
    Gm,
}

impl Suite {
    /// Every suite.
    pub const ALL: [Suite; 2] = [Suite::Intl, Suite::Gm];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Suite::Intl => "intl",
            Suite::Gm => "gm",
        }
    }

    /// The suite of a name; `None` for none.
    pub fn named(word: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.word() == word)
    }

    /// The first byte of its ciphertexts.
    pub(crate) fn number(self) -> u8 {
        match self {
            Suite::Intl => 1,
            Suite::Gm => 2,
        }
    }

    /// The suite that a ciphertext says it is of; `None` for bytes that are none.
    pub(crate) fn of(kept: &[u8]) -> Option<Suite> {
        let number = *kept.first()?;
        Suite::ALL.into_iter().find(|suite| suite.number() == number)
    }

    /// Whether this program can use it.
    ///
    /// # Errors
    /// `NoSuite` when it was built without it.
    pub fn ready(self) -> Result<(), StoreError> {
        match self {
            Suite::Intl => Ok(()),
            Suite::Gm if cfg!(feature = "gm") => Ok(()),
            Suite::Gm => Err(StoreError::NoSuite(self.word())),
        }
    }

    /// Number, nonce and ciphertext, bound to a place and to the suite.
    pub(super) fn seal(
        self,
        key: &[u8; 32],
        nonce: &[u8; NONCE],
        place: &[u8],
        words: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let aad = self.bound(place);
        let sealed = match self {
            Suite::Intl => XChaCha20Poly1305::new(&(*key).into())
                .encrypt(&XNonce::from(*nonce), Payload { msg: words, aad: &aad })
                .ok(),
            #[cfg(feature = "gm")]
            Suite::Gm => gm::encrypt(key, nonce, &aad, words),
            #[cfg(not(feature = "gm"))]
            Suite::Gm => return Err(StoreError::NoSuite(self.word())),
        };
        let sealed = sealed.ok_or_else(|| StoreError::Other("words could not be encrypted".to_owned()))?;
        Ok([&[self.number()], nonce.as_slice(), &sealed].concat())
    }

    /// The words; `None` for another key, another place or altered bytes.
    pub(super) fn open(
        self,
        key: &[u8; 32],
        place: &[u8],
        kept: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(found) = Suite::of(kept) else { return Ok(None) };
        if found != self {
            return Err(StoreError::OtherSuite { found: found.word(), own: self.word() });
        }
        let Some((nonce, sealed)) = kept.get(1..).and_then(<[u8]>::split_first_chunk::<NONCE>) else {
            return Ok(None);
        };
        let aad = self.bound(place);
        match self {
            Suite::Intl => Ok(XChaCha20Poly1305::new(&(*key).into())
                .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
                .ok()),
            #[cfg(feature = "gm")]
            Suite::Gm => Ok(gm::decrypt(key, nonce, &aad, sealed)),
            #[cfg(not(feature = "gm"))]
            Suite::Gm => Err(StoreError::NoSuite(self.word())),
        }
    }

    fn bound(self, place: &[u8]) -> Vec<u8> {
        [&[self.number()], place].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ENC-2, ENC-3: words come back with their key, in their place, whole; and no suite tries another's.
    #[test]
    fn a_ciphertext_opens_in_its_place_and_its_suite_alone() {
        for suite in Suite::ALL.into_iter().filter(|suite| suite.ready().is_ok()) {
            let sealed = suite.seal(&[1; 32], &[2; 24], b"here", "话".as_bytes()).unwrap();
            assert_eq!(Suite::of(&sealed), Some(suite));
            assert_eq!(&sealed[1..25], &[2; 24], "the journal finds a record by its nonce");
            let open = |key: [u8; 32], place: &[u8], kept: &[u8]| suite.open(&key, place, kept);
            assert_eq!(open([1; 32], b"here", &sealed), Ok(Some("话".as_bytes().to_vec())));
            assert_eq!(open([3; 32], b"here", &sealed), Ok(None), "another key");
            assert_eq!(open([1; 32], b"there", &sealed), Ok(None), "another place");
            for at in 1..sealed.len() {
                let mut altered = sealed.clone();
                altered[at] ^= 1 << (at % 8);
                assert_eq!(open([1; 32], b"here", &altered), Ok(None), "byte {at}");
                assert_eq!(open([1; 32], b"here", &sealed[..at]), Ok(None), "cut to {at}");
            }
            let another = Suite::ALL.into_iter().find(|other| *other != suite).unwrap();
            let mut renamed = sealed.clone();
            renamed[0] = another.number();
            let refused = StoreError::OtherSuite { found: another.word(), own: suite.word() };
            assert_eq!(open([1; 32], b"here", &renamed), Err(refused));
            for none in [0, 3, 255] {
                renamed[0] = none;
                assert_eq!(open([1; 32], b"here", &renamed), Ok(None), "no suite");
            }
        }
    }

    /// ENC-3: a suite is found by its name, as key files and the table of settings have it, and by no other.
    #[test]
    fn a_suite_has_one_name() {
        assert_eq!(Suite::ALL.map(Suite::word), ["intl", "gm"]);
        assert_eq!(Suite::ALL.map(|suite| Suite::named(suite.word())), Suite::ALL.map(Some));
        assert_eq!([Suite::named(""), Suite::named("GM"), Suite::named("xyzzy")], [None; 3]);
    }

    /// ENC-2, ENC-3: the number of the suite is authenticated with the place, as another implementation would find it.
    #[test]
    fn a_ciphertext_is_bound_to_the_number_of_its_suite() {
        let sealed = Suite::Intl.seal(&[1; 32], &[2; 24], b"here", b"words").unwrap();
        let open = |aad: &[u8]| {
            let payload = Payload { msg: &sealed[25..], aad };
            XChaCha20Poly1305::new(&[1; 32].into()).decrypt(&XNonce::from([2; 24]), payload).ok()
        };
        assert_eq!(open(b"\x01here"), Some(b"words".to_vec()));
        assert_eq!((open(b"here"), open(b"\x02here")), (None, None));
    }

    /// ENC-3: what this program cannot do, it says.
    #[test]
    fn a_suite_that_was_not_built_in_is_refused_by_name() {
        let built = cfg!(feature = "gm");
        assert_eq!(Suite::Gm.ready().is_ok(), built);
        let sealed = Suite::Gm.seal(&[1; 32], &[2; 24], b"", b"");
        let opened = Suite::Gm.open(&[1; 32], b"", &[&[2], [0; 40].as_slice()].concat());
        if !built {
            let said = sealed.unwrap_err().to_string();
            assert!(said.contains("suite gm") && said.contains("feature gm"), "{said}");
            assert!(matches!(opened, Err(StoreError::NoSuite("gm"))), "{opened:?}");
        }
    }
}
