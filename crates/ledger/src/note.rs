//! C2SP signed-note: text signed by one or more keys.

use std::fmt;

use ed25519_dalek::{SigningKey, VerifyingKey, ed25519::signature::Signer as _};
use sha2::{Digest, Sha256};

use crate::{Malformed, cosign, text};

/// What a key signs; its number is part of the key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ed25519 over the text of a note (0x01): how a log signs.
    Ed25519 = 1,
    /// Ed25519 over a time and the text of a checkpoint (0x04): how a witness signs. See [`cosign`].
    Cosignature = 4,
}

/// One signature, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: u32,
    /// What the key made of the text.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Reads a signature line without its newline.
    ///
    /// # Errors
    /// The line does not follow signed-note.
    pub fn parse(line: &str) -> Result<Signature, Malformed> {
        let parts = line.strip_prefix("— ").and_then(|rest| rest.split_once(' '));
        let (name, blob) =
            parts.ok_or(Malformed("a signature line is not of the form: dash, name, base64"))?;
        let blob = text::unbase64(blob).ok_or(Malformed("a signature is not base64"))?;
        match blob.split_first_chunk::<4>() {
            Some((id, bytes)) if text::is_key_name(name) && !bytes.is_empty() => {
                Ok(Signature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
            }
            Some(_) | None => Err(Malformed("a signature has no key name or no bytes")),
        }
    }
}

/// Writes the signature line, without a newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.id.to_be_bytes(), self.bytes.as_slice()].concat();
        write!(f, "— {} {}", self.name, text::base64(&blob))
    }
}

/// A text with its signatures. `Display` writes what [`Note::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its final newline.
    pub text: String,
    /// At least one signature, not verified by parsing.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note: text, empty line, signature lines.
    ///
    /// # Errors
    /// The note does not follow signed-note, or has more than 64 signatures.
    pub fn parse(note: &str) -> Result<Note, Malformed> {
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(Malformed("a note has a control character"));
        }
        let middle = note.rfind("\n\n").ok_or(Malformed("a note has no empty line before its signatures"))?;
        let (text, signatures) = (note.get(..=middle), note.get(middle + 2..).unwrap_or_default());
        let lines = signatures.strip_suffix('\n').ok_or(Malformed("a note does not end with a newline"))?;
        if lines.split('\n').count() > 64 {
            return Err(Malformed("a note has more than 64 signatures"));
        }
        let signatures = lines.split('\n').map(Signature::parse).collect::<Result<_, _>>()?;
        Ok(Note { text: text.unwrap_or_default().to_owned(), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// A log's signing key. Never printed.
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
        Ok(Signer { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The key's name, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        self.verifier_of(Kind::Ed25519)
    }

    /// Signs `text`, which ends with a newline; answers one signature line with its newline.
    pub fn sign(&self, text: &str) -> String {
        self.line(Kind::Ed25519, self.raw(text.as_bytes()).to_vec())
    }

    pub(crate) fn verifier_of(&self, kind: Kind) -> Verifier {
        Verifier { name: self.name.clone(), kind, key: self.key.verifying_key() }
    }

    pub(crate) fn raw(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    pub(crate) fn line(&self, kind: Kind, bytes: Vec<u8>) -> String {
        format!("{}\n", Signature { name: self.name.clone(), id: self.verifier_of(kind).id(), bytes })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

/// A public key with its name, as a vkey is written: `name+id+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads a vkey.
    ///
    /// # Errors
    /// Not a vkey, a key of another kind than [`Kind`] knows, or an id that is not the key's.
    pub fn parse(vkey: &str) -> Result<Verifier, Malformed> {
        let parts = vkey.split_once('+').and_then(|(name, rest)| Some((name, rest.split_once('+')?)));
        let (name, (id, key)) = parts.ok_or(Malformed("a public key is not of the form name+id+base64"))?;
        let key = text::unbase64(key).ok_or(Malformed("a public key is not base64"))?;
        let (kind, key) = match key.split_first() {
            Some((1, key)) => (Kind::Ed25519, key),
            Some((4, key)) => (Kind::Cosignature, key),
            Some(_) | None => return Err(Malformed("a public key is neither Ed25519 nor a cosigner's")),
        };
        let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok());
        let key = key.ok_or(Malformed("a public key is no point of the curve"))?;
        let verifier = Verifier { name: name.to_owned(), kind, key };
        if !text::is_key_name(name) || id != format!("{:08x}", verifier.id()) {
            return Err(Malformed("the name or the id of a public key does not belong to it"));
        }
        Ok(verifier)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The public key itself.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The key's id: the first four bytes of SHA-256 over name, newline, kind and key.
    pub fn id(&self) -> u32 {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind as u8])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Does `signature` say that it is by this key? Name and id must both agree.
    pub fn claims(&self, signature: &Signature) -> bool {
        signature.name == self.name && signature.id == self.id()
    }

    /// Is `signature` by this key, over `text`? Strict: one signature has one spelling, and weak keys are refused.
    pub fn verify(&self, text: &str, signature: &Signature) -> bool {
        let (message, bytes) = match self.kind {
            Kind::Ed25519 => (text.to_owned(), Some(signature.bytes.as_slice())),
            Kind::Cosignature => match cosign::split(signature) {
                Some((seconds, bytes)) => (cosign::message(seconds, text), Some(bytes)),
                None => (String::new(), None),
            },
        };
        let bytes = bytes.and_then(|bytes| ed25519_dalek::Signature::from_slice(bytes).ok());
        self.claims(signature)
            && bytes.is_some_and(|bytes| self.key.verify_strict(message.as_bytes(), &bytes).is_ok())
    }
}

/// Writes the vkey.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind as u8], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id(), text::base64(&key))
    }
}
