//! The pieces that every text format of C2SP shares: decimal numbers, base64 hashes, key names. Each value has exactly
//! one spelling, so that what was signed can be written again from what was parsed.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::Hash;

/// A decimal number without leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// Base64 of RFC 4648 §4, padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of padded base64; bits that mean nothing must be zero.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// One hash in base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    unbase64(text)?.try_into().ok()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of lower-case hexadecimal, exactly `N` of them.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Vec<u8> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<_>>()?;
    if rest.is_empty() { bytes.try_into().ok() } else { None }
}

/// May `name` name a key? Not empty, no Unicode space, no plus sign, no control character.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

/// Takes the next line off the front of `rest`, without its newline; none when no newline is left.
pub(crate) fn line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (line, after) = rest.split_once('\n')?;
    *rest = after;
    Some(line)
}

/// Takes lines of hashes off the front of `rest`, up to and including the empty line behind them. A tree of fewer than
/// 2^64 leaves never needs more than 63.
pub(crate) fn hashes(rest: &mut &str) -> Option<Vec<Hash>> {
    let mut hashes = Vec::new();
    loop {
        match line(rest)? {
            "" => return Some(hashes),
            _ if hashes.len() == 63 => return None,
            text => hashes.push(hash(text)?),
        }
    }
}
