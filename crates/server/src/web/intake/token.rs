//! The token of a form of the submission: ours, and since when it is shown.

use crate::app::App;

/// A form older than this is shown again, with all that was typed.
const OLDEST_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a token tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Ours, shown at this instant.
    Since(i64),
    /// Ours, but shown too long ago, or none was sent.
    TooOld,
    /// Not ours.
    Foreign,
}

/// A token for a form that is shown now. `session` is the draft's code; empty before there is a draft.
pub(crate) fn token(app: &App, session: &str) -> String {
    signed(app, session, app.clock.now().as_millisecond())
}

/// What the token of a form that came back tells.
pub(crate) fn age(app: &App, session: &str, given: &str) -> Age {
    if given.is_empty() && session.is_empty() {
        return Age::TooOld;
    }
    let Some(since) = given.split_once('.').and_then(|(since, _)| since.parse().ok()) else {
        return Age::Foreign;
    };
    // Compared as commitments, so that timing tells nothing.
    if app.mac(given) != app.mac(&signed(app, session, since)) {
        return Age::Foreign;
    }
    let age_ms = app.clock.now().as_millisecond().saturating_sub(since);
    if age_ms > OLDEST_MS { Age::TooOld } else { Age::Since(since) }
}

fn signed(app: &App, session: &str, since: i64) -> String {
    format!("{since}.{}", app.mac(&format!("intake form\0{since}\0{session}")))
}
