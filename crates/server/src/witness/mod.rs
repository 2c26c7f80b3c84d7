//! Outside witnesses (C2SP tlog-witness): who they are, how an office asks them, and how one is run.
//!
//! A witness signs that a log has only grown since it last looked. Whoever holds the office's machine can rewrite its
//! history; it cannot rewrite what a witness has signed of it (security.md §2.7).

mod ask;
mod serve;
mod state;

pub(crate) use ask::{TROUBLE, is_alarm, keep, request, seen_by};
#[cfg(test)]
pub(crate) use serve::router;
pub(crate) use serve::serve;
pub(crate) use state::{Begin, Refused, Witness, new_key};

use anyhow::Context as _;
use hyper::Uri;
use ledger::note::{Kind, Verifier};

/// The word that stands in place of an address for a witness that is reached by file only.
const OFFLINE: &str = "offline";

/// A witness that the office knows.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Where it is asked; `None` for one across an air gap.
    pub(crate) url: Option<Uri>,
    /// Whose signature counts.
    pub(crate) key: Verifier,
}

/// Reads the field `witnesses`.
///
/// # Errors
/// Names the witness that cannot be read, and why.
pub(crate) fn known(witnesses: &[String]) -> anyhow::Result<Vec<Known>> {
    let mut read: Vec<Known> = Vec::new();
    for text in witnesses {
        let known = one(text).with_context(|| format!("configuration: `witnesses` has {text:?}"))?;
        if read.iter().any(|other| other.key.name() == known.key.name()) {
            anyhow::bail!("configuration: `witnesses` names {} twice", known.key.name());
        }
        read.push(known);
    }
    Ok(read)
}

fn one(text: &str) -> anyhow::Result<Known> {
    let (url, key) = text.trim().split_once(' ').context("write \"URL VKEY\", or \"offline VKEY\"")?;
    let key = Verifier::parse(key.trim())?;
    anyhow::ensure!(key.kind() == Kind::Cosignature, "this is a log's key, not a witness's");
    if url == OFFLINE {
        return Ok(Known { url: None, key });
    }
    let url: Uri = url.parse().with_context(|| format!("{url:?} is no address"))?;
    // What travels is public and signed, so nobody on the way can forge it; who wants TLS puts a proxy or a VPN there.
    anyhow::ensure!(
        url.scheme_str() == Some("http") && url.host().is_some(),
        "an address begins http://; TLS is for a proxy or a VPN between the two machines"
    );
    Ok(Known { url: Some(url), key })
}
