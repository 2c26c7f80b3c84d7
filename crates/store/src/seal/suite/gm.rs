//! SM4-GCM (GB/T 32907, RFC 8998) under a key for each nonce, made by HMAC-SM3 (GB/T 32905). Software: **no certified
//! module**.
//!
//! GCM's own nonces of twelve bytes are too short to be drawn at random for every row of an office: the first twelve of
//! our twenty-four bytes make the key with which the other twelve are used.

use super::NONCE;
use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, KeyInit as _, Nonce};
use hmac::{Hmac, Mac as _};
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

/// The library's GCM is one over any cipher with blocks of sixteen bytes; `rfc_8998` below holds it to SM4's.
type Sm4Gcm = AesGcm<Sm4, aes_gcm::aead::consts::U12>;

/// Bytes of a nonce that make the key.
const HALF: usize = NONCE / 2;
const PURPOSE: &[u8] = b"huiyin sm4-gcm 1";

pub(super) fn encrypt(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], words: &[u8]) -> Option<Vec<u8>> {
    let (cipher, nonce) = cipher(key, nonce)?;
    cipher.encrypt(&nonce, Payload { msg: words, aad }).ok()
}

pub(super) fn decrypt(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (cipher, nonce) = cipher(key, nonce)?;
    cipher.decrypt(&nonce, Payload { msg: sealed, aad }).ok()
}

/// The cipher of a nonce, and what is left of the nonce for it.
fn cipher(key: &[u8; 32], nonce: &[u8; NONCE]) -> Option<(Sm4Gcm, Nonce<aes_gcm::aead::consts::U12>)> {
    let (first, rest) = nonce.split_first_chunk::<HALF>()?;
    let mut mac = <Hmac<Sm3> as hmac::KeyInit>::new_from_slice(key).ok()?;
    mac.update(PURPOSE);
    mac.update(first);
    let made = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
    let own = made.first_chunk::<16>()?;
    Some((Sm4Gcm::new(&(*own).into()), <[u8; HALF]>::try_from(rest).ok()?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sm3::Digest as _;
    use sm4::cipher::BlockCipherEncrypt as _;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// ENC-3: both examples of GB/T 32907-2016, annex A; the second encrypts a million times.
    #[test]
    fn sm4_is_that_of_the_standard() {
        let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let cipher = <Sm4 as aes_gcm::KeyInit>::new(&key.into());
        let mut block = key.into();
        cipher.encrypt_block(&mut block);
        assert_eq!(hex(&block), "681edf34d206965e86b3e94f536e4246");
        for _ in 1..1_000_000 {
            cipher.encrypt_block(&mut block);
        }
        assert_eq!(hex(&block), "595298c7c6fd271f0402f804c33d3f66");
    }

    /// ENC-3: both examples of GB/T 32905-2016, annex A.
    #[test]
    fn sm3_is_that_of_the_standard() {
        let digest = |words: &[u8]| hex(&Sm3::digest(words));
        assert_eq!(digest(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(
            digest(&b"abcd".repeat(16)),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    /// ENC-3: the example of RFC 8998, A.1.
    #[test]
    fn sm4_gcm_is_that_of_rfc_8998() {
        let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let words = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let payload = Payload { msg: words.as_slice(), aad: aad.as_slice() };
        let sealed = Sm4Gcm::new(&key.into()).encrypt(&nonce.into(), payload).unwrap();
        let expected = bytes(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
             83de3541e4c2b58177e065a9bf7b62ec",
        );
        assert_eq!(hex(&sealed), hex(&expected));
    }

    /// ENC-3: what `scripts/gm-vectors.py` makes with another implementation (PyPI `gmssl` 3.2.2).
    #[test]
    fn another_implementation_encrypts_alike() {
        let vectors = include_str!("gm_vectors.txt");
        let mut n = 0;
        for line in vectors.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<Vec<u8>> = line.split(' ').map(|field| bytes(field.trim_matches('-'))).collect();
            let [key, nonce, aad, words, sealed] = fields.as_slice() else { panic!("{line}") };
            let (key, nonce) = (&key[..].try_into().unwrap(), &nonce[..].try_into().unwrap());
            assert_eq!(hex(&encrypt(key, nonce, aad, words).unwrap()), hex(sealed));
            assert_eq!(decrypt(key, nonce, aad, sealed).as_ref(), Some(words));
            n += 1;
        }
        assert_eq!(n, 12);
    }
}
