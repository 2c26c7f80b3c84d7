//! What the one who asks brings to open sealed matters with: for the time of one request, and for no other.
//!
//! A passphrase was shown, or a code was typed: whoever checked it [`bring`]s what it opens. Nothing outside the request
//! can use it, nothing is passed by hand through functions that need not know, and what nobody brought stays closed.

use super::envelope::Secret;
use casework::OfficialId;
use std::sync::Mutex;

/// What opens a sealed matter's key.
#[derive(Clone)]
pub enum Opener {
    /// A recipient's secret.
    Recipient(OfficialId, Secret),
    /// What a petitioner's code, or the cookie of a browser that follows, opens with.
    Code(Secret),
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

tokio::task_local! {
    static OPENERS: Mutex<Vec<Opener>>;
}

/// Runs what one request does; what is brought within it ends with it.
pub fn scope<F: Future>(request: F) -> impl Future<Output = F::Output> {
    // A whole request is large, and would lie on the stack once for each of the two that wrap it.
    OPENERS.scope(Mutex::new(Vec::new()), Box::pin(request))
}

/// Opens with this too, from now on to the end of the request. Outside a request it opens nothing.
pub fn bring(opener: Opener) {
    // Outside a request there is nobody who could use it.
    let _ = OPENERS.try_with(|openers| {
        if let Ok(mut openers) = openers.lock() {
            openers.push(opener);
        }
    });
}

/// What was brought so far.
pub(super) fn brought() -> Vec<Opener> {
    let copy =
        |openers: &Mutex<Vec<Opener>>| openers.lock().map(|openers| openers.clone()).unwrap_or_default();
    OPENERS.try_with(copy).unwrap_or_default()
}
