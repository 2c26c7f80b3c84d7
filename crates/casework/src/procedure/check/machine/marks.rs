//! Lasting facts on which several predicates must agree, and what other predicates and guards settle.

use crate::act::Verb;
use crate::fact::RoundKind;
use crate::ids::Name;

/// The competent organ received it directly (Art.23(1)).
pub(super) const BY_ORGAN: u8 = 1;
/// The legal path chosen is one that the organ carries out itself (Art.31(4)(5)).
pub(super) const OWN_DUTY: u8 = 2;
/// The unit in charge is known.
pub(crate) const ORGAN_KNOWN: u8 = 4;
/// The organ that decides the current review is known.
pub(crate) const REVIEWER_KNOWN: u8 = 8;

/// What a predicate says, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Anything: it may hold or not each time.
    Free,
    /// It settles the mark.
    Settles(u8, bool),
    /// It reads the mark.
    Reads(u8, bool),
    /// The kind afterwards is a sealed one.
    SealedAfter,
    /// No other promise is open.
    LastPromise,
}

/// What a predicate means. One that is not named here is free, which is the careful side.
pub(super) fn meaning(predicate: &Name) -> Meaning {
    match predicate.as_str() {
        "received_by_organ" => Meaning::Settles(BY_ORGAN, true),
        "received_by_petition_office" => Meaning::Settles(BY_ORGAN, false),
        "office_is_organ" => Meaning::Reads(BY_ORGAN, true),
        "way_is_own_duty" => Meaning::Settles(OWN_DUTY, true),
        "routed_way_is_own_duty" => Meaning::Reads(OWN_DUTY, true),
        "registering_as_sealed" | "reclassifying_to_sealed" => Meaning::SealedAfter,
        "last_promise" => Meaning::LastPromise,
        _ => Meaning::Free,
    }
}

/// Guards without which the act could leave out the date or the number of days that a limit needs.
pub(super) const ASSURE_A_DATE: [&str; 5] = [
    "expected_date_ahead",
    "remand_days_within_limit",
    "report_date_given",
    "supplement_date_ahead",
    "terms_dated",
];

/// Marks settled by the act itself: who is in charge.
pub(super) fn given_by(verb: Verb, opens: Option<RoundKind>) -> (u8, u8) {
    let mut mask = 0;
    let mut value = 0;
    if [Verb::Forward, Verb::Assign, Verb::ReferReport, Verb::Transfer, Verb::TakeUp].contains(&verb) {
        mask |= ORGAN_KNOWN;
        value |= ORGAN_KNOWN;
    } else if verb == Verb::AgreeToObjection {
        mask |= ORGAN_KNOWN;
    } else if verb == Verb::Relay {
        // It now lies with a petition office.
        mask |= BY_ORGAN;
    }
    match opens {
        Some(RoundKind::FirstReview | RoundKind::SecondReview) => {
            mask |= REVIEWER_KNOWN;
            value |= REVIEWER_KNOWN;
        }
        Some(RoundKind::Handling) => mask |= REVIEWER_KNOWN,
        None => {}
    }
    (mask, value)
}
