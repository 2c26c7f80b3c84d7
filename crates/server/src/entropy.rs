//! The only place that draws randomness.

use anyhow::Context as _;
use uuid::Uuid;

/// Fills an array with random bytes from the operating system.
///
/// # Errors
/// When the operating system has none to give.
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub(crate) fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}")).context("draw randomness")?;
    Ok(bytes)
}

/// The same source for libraries that draw by themselves.
pub(crate) fn generator() -> impl getrandom::rand_core::CryptoRng {
    // Without randomness nothing may be made, and such a library has no other way to say so.
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}

/// A UUIDv7 for the given instant: ids made later sort later.
///
/// # Errors
/// When no randomness can be drawn.
pub(crate) fn id(now: jiff::Timestamp) -> anyhow::Result<Uuid> {
    let random = bytes::<10>()?;
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// A random token of 128 bits, 32 hexadecimal digits: sessions, references in URLs, form tokens.
///
/// # Errors
/// When no randomness can be drawn.
pub(crate) fn token() -> anyhow::Result<String> {
    Ok(hex(&bytes::<16>()?))
}

/// A whole number below `bound`, evenly drawn.
///
/// # Errors
/// When no randomness can be drawn.
pub(crate) fn below(bound: u32) -> anyhow::Result<u32> {
    // 64 bits against at most 32: the bias is below 2^-32.
    let wide = u64::from_be_bytes(bytes::<8>()?);
    Ok(u32::try_from(wide % u64::from(bound.max(1))).unwrap_or(0))
}

/// A random wait whose mean is `mean`: exponential, so that nothing about the last event tells when the next comes.
///
/// # Errors
/// When no randomness can be drawn.
pub(crate) fn wait(mean: std::time::Duration) -> anyhow::Result<std::time::Duration> {
    const STEPS: u32 = 1 << 30;
    let share = (f64::from(below(STEPS)?) + 1.0) / f64::from(STEPS);
    Ok(mean.mul_f64(-share.ln()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal digits; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect()
}
