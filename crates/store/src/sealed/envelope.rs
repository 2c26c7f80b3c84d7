//! HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305: what is sealed to a public key is opened by its
//! secret alone, and only for the place it was sealed for.

use crate::StoreError;
use ::hpke::aead::ChaCha20Poly1305;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::X25519HkdfSha256;
pub use ::hpke::rand_core::CryptoRng;
use ::hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use zeroize::Zeroizing;

type Suite = X25519HkdfSha256;
type PublicKey = <Suite as Kem>::PublicKey;
type Encapped = <Suite as Kem>::EncappedKey;

/// Bytes of a public key, and of what stands before each ciphertext.
pub(crate) const PUBLIC: usize = 32;
const INFO: &[u8] = b"huiyin sealed 1";

/// A public key: whoever has it can seal, and not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePublic([u8; PUBLIC]);

/// The secret half. Never shown, not even when debugging (KEY-5).
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A key pair from random bytes: the same for the same bytes.
pub fn pair(random: &[u8; 32]) -> (Secret, CasePublic) {
    let (secret, public) = Suite::derive_keypair(random);
    let bytes = Zeroizing::new(<[u8; 32]>::from(secret.to_bytes()));
    (Secret(bytes), CasePublic(public.to_bytes().into()))
}

impl CasePublic {
    /// From its bytes; `None` for bytes that are none.
    pub fn read(bytes: &[u8]) -> Option<CasePublic> {
        PublicKey::from_bytes(bytes).ok()?;
        Some(CasePublic(bytes.try_into().ok()?))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; PUBLIC] {
        &self.0
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
        let failed = |_| StoreError::Other("something could not be sealed".to_owned());
        let to = PublicKey::from_bytes(&self.0).map_err(failed)?;
        let (encapped, sealed) = ::hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
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
    /// From its bytes.
    pub(crate) fn read(bytes: &[u8]) -> Option<Secret> {
        Some(Secret(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its public half.
    ///
    /// # Errors
    /// For bytes that are no key, which nothing that this program makes is.
    pub(crate) fn public(&self) -> Result<CasePublic, StoreError> {
        let secret = <Suite as Kem>::PrivateKey::from_bytes(&*self.0)
            .map_err(|_| StoreError::Other("a sealing key is none".to_owned()))?;
        Ok(CasePublic(Suite::sk_to_pk(&secret).to_bytes().into()))
    }

    /// Opens; `None` when it was altered, is for another place, or is sealed to another key.
    pub(crate) fn open(&self, place: &[u8], kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapped, sealed) = kept.split_first_chunk::<PUBLIC>()?;
        let secret = <Suite as Kem>::PrivateKey::from_bytes(&*self.0).ok()?;
        let encapped = Encapped::from_bytes(encapped).ok()?;
        ::hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
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
