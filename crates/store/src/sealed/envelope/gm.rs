//! A digital envelope as GB/T 35276 has it: a key of its own for each message, encrypted by SM2 (GB/T 32918.4, 32918.5, in the
//! order C1C3C2), and the message under that key by SM4-GCM, bound to its place. Software: **no certified module**.

use super::{CryptoRng, INFO, POINT};
use crate::StoreError;
use crate::content::commit;
use crate::seal::{self, NONCE, Suite};
use sm2::elliptic_curve::sec1::ToSec1Point as _;
use sm2::pke::{DecryptingKey, EncryptingKey};
use sm2::{PublicKey, SecretKey};
use zeroize::Zeroizing;

/// Bytes of an encrypted key: the point (65), the digest (32), the key (32).
const ENCRYPTED: usize = 65 + 32 + 32;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

/// A secret, the same for the same bytes: the first of their digests that is one.
pub(super) fn secret(random: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let made = |n: u8| Zeroizing::new(commit(random, &[b"huiyin sm2 1".as_slice(), &[n]].concat()));
    (0..=u8::MAX).map(made).find(|bytes| public(bytes).is_some())
}

/// The public half; `None` for bytes that are no secret.
pub(super) fn public(secret: &[u8; 32]) -> Option<[u8; POINT]> {
    let secret = SecretKey::from_slice(secret).ok()?;
    secret.public_key().to_sec1_point(true).as_bytes().try_into().ok()
}

/// Whether bytes are a public key.
pub(super) fn is_public(bytes: &[u8]) -> bool {
    PublicKey::from_sec1_bytes(bytes).is_ok()
}

pub(super) fn seal(
    to: &[u8],
    place: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, StoreError> {
    let failed = |_| StoreError::Other("something could not be sealed by SM2".to_owned());
    let mut key = Zeroizing::new([0; 32]);
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut *key);
    rng.fill_bytes(&mut nonce);
    let encrypted =
        EncryptingKey::from_sec1_bytes(to).map_err(failed)?.encrypt(rng, &*key).map_err(failed)?;
    let sealed = seal::seal(Suite::Gm, &key, &nonce, &bound(place), plain)?;
    Ok([encrypted, sealed].concat())
}

pub(super) fn open(secret: &[u8; 32], place: &[u8], kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (encrypted, sealed) = kept.split_at_checked(ENCRYPTED)?;
    if encrypted.first() != Some(&UNCOMPRESSED) {
        return None;
    }
    let key = DecryptingKey::from_slice(secret).ok()?.decrypt(encrypted).ok()?;
    let key = Zeroizing::new(<[u8; 32]>::try_from(Zeroizing::new(key).as_slice()).ok()?);
    seal::open(Suite::Gm, &key, &bound(place), sealed).ok()?.map(Zeroizing::new)
}

fn bound(place: &[u8]) -> Vec<u8> {
    [INFO, place].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// ENC-3: the key of GB/T 32918.5-2017, annex A, and its example of encryption (annex C).
    #[test]
    fn sm2_decrypts_what_the_standard_encrypts() {
        let secret: [u8; 32] =
            bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8").try_into().unwrap();
        let expected = bytes("0209f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020");
        let public = public(&secret).unwrap();
        assert!(public[1..] == expected[1..], "{public:02x?}");
        let encrypted = bytes(
            "04 04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73
             e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0
             59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766
             21886ca989ca9c7d58087307ca93092d651efa",
        );
        let decrypted = DecryptingKey::from_slice(&secret).unwrap().decrypt(&encrypted).unwrap();
        assert_eq!(String::from_utf8(decrypted).unwrap(), "encryption standard");
    }

    /// ENC-3: what `scripts/gm-vectors.py` encrypts with another implementation (PyPI `gmssl` 3.2.2).
    #[test]
    fn another_implementation_encrypts_to_our_keys() {
        let mut n = 0;
        for line in include_str!("gm_vectors.txt").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<Vec<u8>> = line.split(' ').map(bytes).collect();
            let [secret, words, encrypted] = fields.as_slice() else { panic!("{line}") };
            assert_eq!(&DecryptingKey::from_slice(secret).unwrap().decrypt(encrypted).unwrap(), words);
            n += 1;
        }
        assert_eq!(n, 8);
    }
}
