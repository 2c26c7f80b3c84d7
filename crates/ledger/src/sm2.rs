//! A second signature under a checkpoint: SM2 with SM3 (GB/T 32918.2, 32918.5), for offices of the suite gm. Software: **no
//! certified module**.
//!
//! C2SP knows no SM2. A note may carry signatures of any kind, and whoever does not know a kind passes over it: so this
//! line stands beside the log's own, never in its place. Its kind is 0xff, the one for kinds without a number, and what
//! follows it says which.

use ::sm2::SecretKey;
use ::sm2::dsa::signature::{Signer as _, Verifier as _};
use ::sm2::dsa::{self, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

use crate::{Malformed, note::Signature, record, text};

/// The kind of a key, as it stands before the key's bytes.
const KIND: &[u8] = b"\xffhuiyin SM2-SM3 1\n";
/// Whose name SM2 mixes into what is signed: the one of GB/T 35276 where none was agreed on.
const IDENTITY: &str = "1234567812345678";
/// Bytes of a signature: r and s.
pub const SIGNATURE: usize = 64;

/// A signing key. Never printed.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// The key named `name` with this secret seed.
    ///
    /// # Errors
    /// The name is empty or has a space, a plus sign or a control character.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Signer, Malformed> {
        if !text::is_key_name(name) {
            return Err(Malformed("a key name is empty or has a space or a plus sign"));
        }
        let key = key(seed).and_then(|secret| SigningKey::new(IDENTITY, &secret).ok());
        Ok(Signer { name: name.to_owned(), key: key.ok_or(Malformed("a seed makes no SM2 key"))? })
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key().clone() }
    }

    /// Signs `text`, which ends with a newline. The same text gets the same signature (RFC 6979 with SM3).
    ///
    /// # Errors
    /// When no signature comes of it, which happens once in 2^250 texts.
    pub fn sign(&self, text: &str) -> Result<[u8; SIGNATURE], Malformed> {
        let signature = self.key.try_sign(text.as_bytes());
        Ok(signature.map_err(|_| Malformed("a text could not be signed by SM2"))?.to_bytes().into())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

/// A public key with its name. `Display` writes what [`Verifier::parse`] reads: `name+id+base64`.
#[derive(Clone, Debug)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads a vkey.
    ///
    /// # Errors
    /// Not a vkey, a key of another kind, or an id that is not the key's.
    pub fn parse(vkey: &str) -> Result<Verifier, Malformed> {
        let parts = vkey.split_once('+').and_then(|(name, rest)| Some((name, rest.split_once('+')?)));
        let (name, (id, key)) = parts.ok_or(Malformed("a public key is not of the form name+id+base64"))?;
        let key = text::unbase64(key).ok_or(Malformed("a public key is not base64"))?;
        let point = key.strip_prefix(KIND).ok_or(Malformed("a public key is none of SM2"))?;
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, point)
            .map_err(|_| Malformed("a public key is no point of the curve"))?;
        let verifier = Verifier { name: name.to_owned(), key };
        if !text::is_key_name(name) || vkey != verifier.to_string() || id != format!("{:08x}", verifier.id())
        {
            return Err(Malformed("the name or the id of a public key does not belong to it"));
        }
        Ok(verifier)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id: the first four bytes of SHA-256 over name, newline, kind and key.
    pub fn id(&self) -> u32 {
        let digest = Sha256::new().chain_update(&self.name).chain_update(b"\n").chain_update(self.bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest.finalize());
        u32::from_be_bytes([a, b, c, d])
    }

    /// Is `signature` by this key, over `text`? Name and id must agree.
    pub fn verify(&self, text: &str, signature: &Signature) -> bool {
        let good = |bytes| {
            dsa::Signature::from_slice(bytes).is_ok_and(|by| self.key.verify(text.as_bytes(), &by).is_ok())
        };
        signature.name == self.name && signature.id == self.id() && good(&signature.bytes)
    }

    /// Kind and uncompressed point.
    fn bytes(&self) -> Vec<u8> {
        [KIND, &self.key.to_sec1_bytes()].concat()
    }
}

/// Writes the vkey.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), text::base64(&self.bytes()))
    }
}

/// A secret key from a seed: the first of its digests that is one.
fn key(seed: &[u8; 32]) -> Option<SecretKey> {
    (0..=u8::MAX)
        .find_map(|n| SecretKey::from_slice(&record::commit(seed, &[b"sm2".as_slice(), &[n]].concat())).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::note::{self, Note};
    use crate::policy::Policy;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// ENC-3: the key and the signature of GB/T 32918.5-2017, annex A.
    #[test]
    fn a_signature_of_the_standard_is_good() {
        let point = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020
                     ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
        let signature = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3
                         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, &bytes(point)).unwrap();
        let signature = dsa::Signature::from_slice(&bytes(signature)).unwrap();
        assert!(key.verify(b"message digest", &signature).is_ok());
        assert!(key.verify(b"message digesu", &signature).is_err());
    }

    /// ENC-3: what `scripts/gm-vectors.py` signs with another implementation (PyPI `gmssl` 3.2.2).
    #[test]
    fn another_implementation_signs_under_our_keys() {
        let mut n = 0;
        for line in include_str!("sm2_vectors.txt").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<Vec<u8>> = line.split(' ').map(bytes).collect();
            let [secret, point, words, signature] = fields.as_slice() else { panic!("{line}") };
            let own = SigningKey::from_slice(IDENTITY, secret).unwrap();
            assert_eq!(own.verifying_key().to_sec1_bytes().to_vec(), *point);
            let signature = dsa::Signature::from_slice(signature).unwrap();
            assert!(own.verifying_key().verify(words, &signature).is_ok(), "{line}");
            n += 1;
        }
        assert_eq!(n, 8);
    }

    /// ENC-3: whoever knows no SM2 finds the log's own signature beside it; whoever does finds both, and no bit of it can be
    /// altered.
    #[test]
    fn the_second_line_stands_beside_the_first_and_never_for_it() {
        let (log, second) = (
            note::Signer::new("a.example/log/1", &[7; 32]).unwrap(),
            Signer::new("a.example/log/1", &[7; 32]).unwrap(),
        );
        let checkpoint = Checkpoint { origin: "a.example/log/1".to_owned(), size: 3, root: [5; 32] };
        let text = checkpoint.text();
        let verifier = Verifier::parse(&second.verifier().to_string()).unwrap();
        let bytes = second.sign(&text).unwrap().to_vec();
        assert_eq!(bytes, second.sign(&text).unwrap(), "the same text, the same signature");
        let line = Signature { name: "a.example/log/1".to_owned(), id: verifier.id(), bytes };
        let note = format!("{}{line}\n", checkpoint.signed(&log));
        let policy =
            Policy::parse(&format!("log {}\n# SM2 {verifier}\nquorum none\n", log.verifier())).unwrap();
        let read = Note::parse(&note).unwrap();
        assert!(policy.check(&read).is_ok());
        assert!(verifier.verify(&read.text, &read.signatures[1]));
        assert!(!verifier.verify(&read.text, &read.signatures[0]), "the log's own is another key's");
        let alone = Note { text: read.text.clone(), signatures: vec![read.signatures[1].clone()] };
        assert!(policy.check(&alone).is_err(), "it never stands for the log's own");
        for bit in 0..SIGNATURE * 8 {
            let mut altered = line.clone();
            altered.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifier.verify(&text, &altered), "bit {bit}");
        }
        let renamed = Signature { name: "b.example/log/1".to_owned(), ..line.clone() };
        assert!(!verifier.verify(&text, &renamed) && !verifier.verify("another\n", &line));
    }

    /// A vkey is read as it is written, and in no other way.
    #[test]
    fn a_key_that_does_not_belong_to_its_name_is_refused() {
        let vkey = Signer::new("a.example/log/1", &[7; 32]).unwrap().verifier().to_string();
        assert_eq!(Verifier::parse(&vkey).unwrap().to_string(), vkey);
        let (name, rest) = vkey.split_once('+').unwrap();
        assert!(Verifier::parse(&format!("b{name}+{rest}")).is_err());
        assert!(Verifier::parse(&vkey[..vkey.len() - 4]).is_err());
        assert!(Verifier::parse(&note::Signer::new(name, &[7; 32]).unwrap().verifier().to_string()).is_err());
        assert!(Signer::new("with space", &[7; 32]).is_err());
    }
}
