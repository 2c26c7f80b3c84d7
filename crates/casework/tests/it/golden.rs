//! The shape of what is recorded, for good: one event of each kind as it was first written, in JSON and in the
//! deterministic CBOR of the record. A change that would no longer read, or no longer write, an old event fails here.
//!
//! A new fact does not compile until it has a name below, and has no peace until it has a file: `UPDATE_EXPECT=1`
//! writes the files that are missing from what the scenarios record, and touches none that is there.

use crate::scenarios::{Shown, all, play};
use casework::{Event, Fact};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One match and one list from the same rows.
macro_rules! facts {
    ($($pattern:pat => $name:literal,)*) => {
        fn name(fact: &Fact) -> &'static str {
            match fact { $($pattern => $name,)* }
        }
        const NAMES: &[&str] = &[$($name),*];
    };
}

facts! {
    Fact::Submitted(_) => "submitted",
    Fact::Registered(_) => "registered",
    Fact::Split(_) => "split",
    Fact::Merged(_) => "merged",
    Fact::Unmerged(_) => "unmerged",
    Fact::Forwarded(_) => "forwarded",
    Fact::Relayed(_) => "relayed",
    Fact::Assigned(_) => "assigned",
    Fact::Objected(_) => "objected",
    Fact::ObjectionAgreed(_) => "objection_agreed",
    Fact::ObjectionRefused(_) => "objection_refused",
    Fact::TakenUp(_) => "taken_up",
    Fact::RoutedToPath(_) => "routed_to_path",
    Fact::PathNumberEntered(_) => "path_number_entered",
    Fact::PerformanceReported(_) => "performance_reported",
    Fact::Declined(_) => "declined",
    Fact::RefusalObjected(_) => "refusal_objected",
    Fact::RefusalReviewed(_) => "refusal_reviewed",
    Fact::Accepted(_) => "accepted",
    Fact::AcceptedSimple(_) => "accepted_simple",
    Fact::Converted(_) => "converted",
    Fact::HandedOver(_) => "handed_over",
    Fact::ContactRecorded(_) => "contact_recorded",
    Fact::SupplementRequested(_) => "supplement_requested",
    Fact::Supplemented(_) => "supplemented",
    Fact::HearingNotified(_) => "hearing_notified",
    Fact::HearingHeld(_) => "hearing_held",
    Fact::Extended(_) => "extended",
    Fact::Settled(_) => "settled",
    Fact::OpinionDrafted(_) => "opinion_drafted",
    Fact::OpinionIssued(_) => "opinion_issued",
    Fact::Served(_) => "served",
    Fact::ServiceReturned(_) => "service_returned",
    Fact::ReviewRequested(_) => "review_requested",
    Fact::ReviewAdmitted(_) => "review_admitted",
    Fact::ReviewRefused(_) => "review_refused",
    Fact::OpinionUpheld(_) => "opinion_upheld",
    Fact::OpinionChanged(_) => "opinion_changed",
    Fact::OpinionRemanded(_) => "opinion_remanded",
    Fact::WithdrawalAsked(_) => "withdrawal_asked",
    Fact::WithdrawalRevoked(_) => "withdrawal_revoked",
    Fact::ExecutionRecorded(_) => "execution_recorded",
    Fact::ResultReported(_) => "result_reported",
    Fact::Supervised(_) => "supervised",
    Fact::SupervisionReplied(_) => "supervision_replied",
    Fact::Recommended(_) => "recommended",
    Fact::RecommendationAnswered(_) => "recommendation_answered",
    Fact::SuggestionReplied(_) => "suggestion_replied",
    Fact::ReportReferred(_) => "report_referred",
    Fact::ReportAccepted(_) => "report_accepted",
    Fact::ReportFedBack(_) => "report_fed_back",
    Fact::ReclassificationProposed(_) => "reclassification_proposed",
    Fact::Reclassified(_) => "reclassified",
    Fact::MarkedUrgent(_) => "marked_urgent",
    Fact::UrgentReviewed(_) => "urgent_reviewed",
    Fact::RecusalAsked(_) => "recusal_asked",
    Fact::RecusalDecided(_) => "recusal_decided",
    Fact::RecusalDeclared(_) => "recusal_declared",
    Fact::DisposalProposed(_) => "disposal_proposed",
    Fact::DisposalDecided(_) => "disposal_decided",
    Fact::PartyAdded(_) => "party_added",
    Fact::Rated(_) => "rated",
    Fact::InterimReplied(_) => "interim_replied",
    Fact::Transferred(_) => "transferred",
    Fact::Passed(_) => "passed",
    Fact::Recalendared(_) => "recalendared",
    Fact::LetterCorrected(_) => "letter_corrected",
    Fact::LetterPosted(_) => "letter_posted",
    Fact::PostReturned(_) => "post_returned",
    Fact::LetterIssued(_) => "letter_issued",
    Fact::ProcedureFixed { .. } => "procedure_fixed",
    Fact::DatedBack { .. } => "dated_back",
    Fact::DecidedUnder { .. } => "decided_under",
    Fact::Moved { .. } => "moved",
    Fact::OwnerSet { .. } => "owner_set",
    Fact::Diverted { .. } => "diverted",
    Fact::RoundOpened { .. } => "round_opened",
    Fact::DeadlineSet(_) => "deadline_set",
    Fact::DeadlineStopped { .. } => "deadline_stopped",
    Fact::DeadlineCancelled { .. } => "deadline_cancelled",
    Fact::DeadlineMoved { .. } => "deadline_moved",
    Fact::DeadlineMissed { .. } => "deadline_missed",
    Fact::WindowClosed { .. } => "window_closed",
    Fact::SupervisionEscalated { .. } => "supervision_escalated",
    Fact::LetterSigned(_) => "letter_signed",
    Fact::Withdrawn => "withdrawn",
    Fact::Joined { .. } => "joined",
    Fact::Parted { .. } => "parted",
    Fact::SplitFrom { .. } => "split_from",
    Fact::NewMatterLinked { .. } => "new_matter_linked",
    Fact::AnsweredWith { .. } => "answered_with",
    Fact::Released { .. } => "released",
}

/// A file: the event as serde writes it, and as the record keeps it.
#[derive(Serialize, Deserialize)]
struct Golden {
    event: Event,
    cbor: String,
}

impl Golden {
    fn of(event: Event) -> Golden {
        let cbor = minicbor_serde::to_vec([&event]).unwrap();
        Golden { event, cbor: cbor.iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/events"))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect()
}

/// The fullest event of each kind that the scenarios record.
fn recorded() -> BTreeMap<&'static str, Event> {
    let mut fullest: BTreeMap<&'static str, Event> = BTreeMap::new();
    let length = |event: &Event| serde_json::to_string(event).unwrap().len();
    for (scenario, text) in all() {
        let mut events = Vec::new();
        play(&scenario, &text, &mut Shown::default(), |world| {
            events = world.matters.values().flat_map(|matter| matter.events.clone()).collect();
        });
        for event in events {
            let known = fullest.get(name(&event.fact)).map_or(0, length);
            if length(&event) > known {
                fullest.insert(name(&event.fact), event);
            }
        }
    }
    fullest
}

#[expect(clippy::disallowed_methods, reason = "the switch by which snapshots are written anew")]
fn is_updating() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok()
}

#[test]
fn every_event_ever_written_reads_and_is_written_the_same() {
    let files = || -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect()
    };
    let file = |name: &str| format!("{name}.json");
    if is_updating() && NAMES.iter().any(|name| !files().contains(&file(name))) {
        for (name, event) in recorded() {
            if !files().contains(&file(name)) {
                std::fs::write(folder().join(file(name)), Golden::of(event).text()).unwrap();
            }
        }
    }
    let expected: BTreeSet<String> = NAMES.iter().map(|name| file(name)).collect();
    assert_eq!(files(), expected, "one file for each kind of event");
    for name in NAMES {
        let text = std::fs::read_to_string(folder().join(file(name))).unwrap();
        let golden: Golden = serde_json::from_str(&text).unwrap();
        assert_eq!(self::name(&golden.event.fact), *name);
        let decoded: Vec<Event> = minicbor_serde::from_slice(&bytes(&golden.cbor)).unwrap();
        assert_eq!(decoded, std::slice::from_ref(&golden.event), "{name}: both forms say the same");
        assert_eq!(Golden::of(golden.event).text(), text, "{name}: written otherwise than before");
    }
}
