//! What is sealed to a public key is opened by its secret alone, and only for the place it was sealed for: HPKE (RFC 9180)
//! with X25519, HKDF-SHA256 and ChaCha20-Poly1305, and in an office of the suite gm an envelope of SM2 and SM4 (ENC-3).

#[cfg(feature = "gm")]
mod gm;

use crate::StoreError;
use crate::seal::Suite;
use ::hpke::aead::ChaCha20Poly1305;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::X25519HkdfSha256;
pub use ::hpke::rand_core::CryptoRng;
use ::hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use zeroize::Zeroizing;

type X25519 = X25519HkdfSha256;
type PublicKey = <X25519 as Kem>::PublicKey;
type Encapped = <X25519 as Kem>::EncappedKey;

/// Bytes of a public key of X25519, and of what stands before each ciphertext.
const PUBLIC: usize = 32;
/// Bytes of the compressed point of SM2.
const POINT: usize = 33;
const INFO: &[u8] = b"huiyin sealed 1";

/// A public key: whoever has it can seal, and not open. Its length tells the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePublic(Public);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Public {
    Intl([u8; PUBLIC]),
    /// A program without the suite seals nothing to it.
    Gm([u8; POINT]),
}

/// The secret half. Never shown, not even when debugging (KEY-5).
#[derive(Clone)]
pub struct Secret {
    suite: Suite,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A key pair of a suite from random bytes: the same for the same bytes.
///
/// # Errors
/// `NoSuite` when this program was built without the suite.
pub fn pair(suite: Suite, random: &[u8; 32]) -> Result<(Secret, CasePublic), StoreError> {
    let secret = match suite {
        Suite::Intl => Zeroizing::new(<[u8; 32]>::from(X25519::derive_keypair(random).0.to_bytes())),
        #[cfg(feature = "gm")]
        Suite::Gm => gm::secret(random).ok_or_else(no_key)?,
        #[cfg(not(feature = "gm"))]
        Suite::Gm => return Err(StoreError::NoSuite(suite.word())),
    };
    let secret = Secret { suite, bytes: secret };
    let public = secret.public()?;
    Ok((secret, public))
}

fn no_key() -> StoreError {
    StoreError::Other("a sealing key is none".to_owned())
}

impl CasePublic {
    /// From its bytes; `None` for bytes that are none.
    pub fn read(bytes: &[u8]) -> Option<CasePublic> {
        if bytes.len() == PUBLIC {
            PublicKey::from_bytes(bytes).ok()?;
            return Some(CasePublic(Public::Intl(bytes.try_into().ok()?)));
        }
        #[cfg(feature = "gm")]
        if !gm::is_public(bytes) {
            return None;
        }
        Some(CasePublic(Public::Gm(bytes.try_into().ok()?)))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Public::Intl(bytes) => bytes,
            Public::Gm(bytes) => bytes,
        }
    }

    /// Which suite it is of.
    pub(crate) fn suite(&self) -> Suite {
        match self.0 {
            Public::Intl(_) => Suite::Intl,
            Public::Gm(_) => Suite::Gm,
        }
    }

    /// Seals for a place.
    ///
    /// # Errors
    /// When it cannot be encrypted, which no input causes.
    pub(crate) fn seal(
        &self,
        place: &[u8],
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, StoreError> {
        let to = match &self.0 {
            Public::Intl(bytes) => bytes,
            #[cfg(feature = "gm")]
            Public::Gm(point) => return gm::seal(point, place, plain, rng),
            #[cfg(not(feature = "gm"))]
            Public::Gm(_) => return Err(StoreError::NoSuite(self.suite().word())),
        };
        let failed = |_| StoreError::Other("something could not be sealed".to_owned());
        let to = PublicKey::from_bytes(to).map_err(failed)?;
        let (encapped, sealed) = ::hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519>(
            &OpModeS::Base,
            &to,
            INFO,
            plain,
            place,
            rng,
        )
        .map_err(failed)?;
        Ok([encapped.to_bytes().as_slice(), &sealed].concat())
    }
}

impl Secret {
    /// As [`Secret::kept`] gives it.
    pub(crate) fn read(kept: &[u8]) -> Option<Secret> {
        let (suite, bytes) = match kept.len() {
            PUBLIC => (Suite::Intl, kept),
            POINT => (Suite::of(kept)?, kept.get(1..)?),
            _ => return None,
        };
        Some(Secret { suite, bytes: Zeroizing::new(bytes.try_into().ok()?) })
    }

    /// Its bytes as they are kept, encrypted: with the number of the suite before them unless it is `intl`.
    pub(crate) fn kept(&self) -> Zeroizing<Vec<u8>> {
        let number: &[u8] = match self.suite {
            Suite::Intl => &[],
            Suite::Gm => &[self.suite.number()],
        };
        Zeroizing::new([number, self.bytes.as_slice()].concat())
    }

    /// Its public half.
    ///
    /// # Errors
    /// For bytes that are no key, which nothing that this program makes is.
    pub(crate) fn public(&self) -> Result<CasePublic, StoreError> {
        let public = match self.suite {
            Suite::Intl => {
                let secret = <X25519 as Kem>::PrivateKey::from_bytes(&*self.bytes).map_err(|_| no_key())?;
                Public::Intl(X25519::sk_to_pk(&secret).to_bytes().into())
            }
            #[cfg(feature = "gm")]
            Suite::Gm => Public::Gm(gm::public(&self.bytes).ok_or_else(no_key)?),
            #[cfg(not(feature = "gm"))]
            Suite::Gm => return Err(StoreError::NoSuite(self.suite.word())),
        };
        Ok(CasePublic(public))
    }

    /// Opens; `None` when it was altered, is for another place, or is sealed to another key.
    pub(crate) fn open(&self, place: &[u8], kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self.suite {
            Suite::Intl => self.open_hpke(place, kept),
            #[cfg(feature = "gm")]
            Suite::Gm => gm::open(&self.bytes, place, kept),
            #[cfg(not(feature = "gm"))]
            Suite::Gm => None,
        }
    }

    fn open_hpke(&self, place: &[u8], kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapped, sealed) = kept.split_first_chunk::<PUBLIC>()?;
        let secret = <X25519 as Kem>::PrivateKey::from_bytes(&*self.bytes).ok()?;
        let encapped = Encapped::from_bytes(encapped).ok()?;
        ::hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519>(
            &OpModeR::Base,
            &secret,
            &encapped,
            INFO,
            sealed,
            place,
        )
        .ok()
        .map(Zeroizing::new)
    }
}
