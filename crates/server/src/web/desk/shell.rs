//! What is left to see of a matter whose words are withheld, and what is proposed for it (RET-1; PIPL Art.47).

use crate::app::{App, Failure};
use crate::web::locale::Locale;
use casework::act::Measure;
use casework::petition::Disposed;
use casework::text::Text;
use casework::{Name, Petition};
use jiff::civil::Date;

/// A proposal that waits for its decision.
pub(super) struct Proposal {
    /// What, and on which basis.
    pub(super) what: String,
    /// Why.
    pub(super) reason: String,
    /// Who proposes it.
    pub(super) by: String,
    /// The last day for which the file must be kept.
    pub(super) kept_until: Option<Date>,
}

/// What is proposed for the matter; `None` while nothing is.
pub(super) fn proposal(
    app: &App,
    petition: &Petition,
    locale: Locale,
    text: impl Fn(&Text) -> String,
) -> Result<Option<Proposal>, Failure> {
    let Some(proposal) = &petition.disposal else { return Ok(None) };
    let key = match proposal.measure {
        Measure::Restrict => "story-restriction-proposed",
        Measure::Lift => "story-lifting-proposed",
        Measure::Erase => "story-erasure-proposed",
    };
    let directory = app.directory();
    let by = proposal.by.and_then(|by| directory.official(by)).map(|official| {
        let unit = directory.unit(official.unit).map(|unit| locale.unit(unit)).unwrap_or_default();
        format!("{unit} {}", official.name)
    });
    Ok(Some(Proposal {
        what: locale.with(key, &[("name", &basis(app, petition, &proposal.basis, locale)?)]),
        reason: text(&proposal.reason),
        by: by.unwrap_or_default(),
        kept_until: proposal.kept_until,
    }))
}

/// Why nothing more is shown, for whoever sees the shell alone.
pub(super) fn reason(app: &App, petition: &Petition, locale: Locale) -> Result<String, Failure> {
    let said = |key: &str, disposed: &Disposed| {
        let name = basis(app, petition, &disposed.basis, locale)?;
        Ok(locale.with(key, &[("day", &locale.date(disposed.on)), ("name", &name)]))
    };
    match (&petition.erased, &petition.restricted) {
        (Some(erased), _) => said("shell-erased", erased),
        (None, Some(restricted)) => said("shell-restricted", restricted),
        (None, None) => Ok(locale.say("shell-decides")),
    }
}

fn basis(app: &App, petition: &Petition, name: &Name, locale: Locale) -> Result<String, Failure> {
    Ok(app.procedure_of(petition)?.disposal(name).map(|basis| locale.basis(basis)).unwrap_or_default())
}
