//! What each act asks for, field by field: one table from which requests are read and forms can be drawn.
//!
//! Names are those of the payloads in `casework::act`.

use casework::Verb;

/// Longest text of a petition, an opinion or a record, in Unicode characters.
pub(crate) const LONG: usize = 20_000;
/// Longest title or remark.
pub(crate) const SHORT: usize = 200;

/// Most officials that a petition can be about, as far as forms go.
pub(crate) const NAMED: usize = 3;

/// One field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Name in forms and JSON.
    pub(crate) name: &'static str,
    /// What may stand in it.
    pub(crate) kind: Kind,
    /// Whether the form insists; guards may insist on more.
    pub(crate) required: bool,
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Several lines, kept as content.
    LongText,
    /// One line, kept as content.
    Line,
    /// A citation: a short string in clear.
    Citation,
    /// A civil date, `2026-11-24`.
    Date,
    /// A whole number.
    Number {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
    },
    /// A box to tick; ticking may be required by a guard.
    Tick,
    /// Yes or no, both meaningful.
    YesNo,
    /// One of a list.
    Choice(Choices),
    /// Any of a list.
    Many(Choices),
    /// A few of a long list.
    Few(Choices, usize),
    /// Another petition, by its number.
    Petition,
    /// Several lines, each kept as content, at most so many.
    Lines(usize),
    /// A group of fields that repeats.
    Rows(&'static [Field], Rows),
}

/// Where the choices of a field come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choices {
    /// Kinds of petition of the procedure.
    Kinds,
    /// Content classes.
    Classes,
    /// Ways of the procedure that lead elsewhere than into it.
    OtherWays,
    /// Grounds for not accepting.
    Grounds,
    /// Items of the simple procedure.
    SimpleGrounds,
    /// Remedies outside the procedure.
    Remedies,
    /// Legal bases on which a file at rest is restricted or erased.
    DisposalBases,
    /// Units that handle matters on the merits.
    Organs,
    /// Towns and streets.
    Townships,
    /// Petition offices.
    PetitionOffices,
    /// Bodies that receive reports against officials.
    IntegrityBodies,
    /// Officials of the unit of whoever fills in the form.
    OwnStaff,
    /// Officials of the unit in charge.
    OwnersStaff,
    /// Every official who works on matters.
    Officials,
    /// Officials of the unit in charge and of that of whoever fills in the form.
    Recusable,
    /// Letters to the petitioner that were not served yet.
    UnservedLetters,
    /// Letters of the own unit to the petitioner that may be corrected.
    OwnLetters,
    /// Recommendations that the own unit has to answer.
    Recommendations,
    /// Units that a recommendation may go to.
    Addressees,
    /// Letters to the petitioner that are neither served nor with the post.
    UnpostedLetters,
    /// Letters that are with the post, and not served.
    PostedLetters,
    /// Letters that were served.
    ServedLetters,
    /// Promises still owed.
    OpenPromises,
    /// Fixed words; their labels are `choice-<set>-<word>`.
    Words(&'static str, &'static [&'static str]),
}

impl Choices {
    /// Whether a choice is sent as a number.
    pub(crate) fn is_index(self) -> bool {
        matches!(
            self,
            Choices::UnservedLetters
                | Choices::OwnLetters
                | Choices::Recommendations
                | Choices::UnpostedLetters
                | Choices::PostedLetters
                | Choices::ServedLetters
                | Choices::OpenPromises
        )
    }
}

const OUTCOMES: Kind = Kind::Choice(Choices::Words("outcome", &["supported", "explained", "not_supported"]));
const CONTACTS: Kind = Kind::Choice(Choices::Words("contact", &["interview", "phone", "visit", "writing"]));
const METHODS: Kind = Kind::Choice(Choices::Words(
    "method",
    &["electronic", "in_person", "post", "left_behind", "behind_code"],
));
const REVIEW_BARS: Kind = Kind::Choice(Choices::Words("bar", &["out_of_time", "not_reviewable"]));
const TRIGGERS: Kind = Kind::Choice(Choices::Words(
    "trigger",
    &["overdue", "shirking", "bounced", "not_executed", "false_report", "no_step", "same_opinion", "other"],
));
const AIMS: Kind = Kind::Choice(Choices::Words("aim", &["improve", "policy", "account"]));
const ADOPTIONS: Kind = Kind::Choice(Choices::Words("adoption", &["adopted", "partly", "not_adopted"]));
const STANDINGS: Kind = Kind::Choice(Choices::Words("standing", &["cosigner", "representative", "agent"]));
const SATISFACTIONS: Kind =
    Kind::Choice(Choices::Words("satisfaction", &["satisfied", "fairly", "dissatisfied"]));

const MEASURES: Kind = Kind::Choice(Choices::Words("measure", &["restrict", "lift", "erase"]));

/// How often a group repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Once for each request of the petition.
    Requests,
    /// As often as the person needs, up to this many.
    UpTo(usize),
}

// Macros, not functions: a literal lives for ever, what a function returns does not.
macro_rules! must {
    ($name:literal, $kind:expr $(,)?) => {
        Field { name: $name, kind: $kind, required: true }
    };
}

macro_rules! may {
    ($name:literal, $kind:expr $(,)?) => {
        Field { name: $name, kind: $kind, required: false }
    };
}

const REASON: &[Field] = &[must!("reason", Kind::LongText)];
const TEXT: &[Field] = &[must!("text", Kind::LongText)];
const OWN_OFFICIAL: &[Field] = &[must!("official", Kind::Choice(Choices::OwnStaff))];

const ANSWER: &[Field] = &[
    must!("outcome", OUTCOMES),
    must!("reason", Kind::LongText),
    must!("article", Kind::Citation),
    may!("action", Kind::Line),
    may!("executor", Kind::Choice(Choices::Organs)),
    may!("due_on", Kind::Date),
];

const OPINION: &[Field] = &[
    must!("findings", Kind::LongText),
    must!("answers", Kind::Rows(ANSWER, Rows::Requests)),
    may!("differs", Kind::LongText),
    may!("no_conflict", Kind::Tick),
];

/// The fields of an act. `submit` has pages of its own, `pass` and `recalendar` are the timer's.
pub(crate) fn of(verb: Verb) -> &'static [Field] {
    match verb {
        Verb::Submit | Verb::IssueLetter | Verb::Pass | Verb::Recalendar => &[],
        Verb::Register => &[
            must!("kind", Kind::Choice(Choices::Kinds)),
            must!("class", Kind::Choice(Choices::Classes)),
            may!("place", Kind::Choice(Choices::Townships)),
            may!("requests", Kind::Lines(5)),
            may!("comparison", Kind::LongText),
            may!("named", Kind::Few(Choices::Officials, NAMED)),
        ],
        Verb::Split => &[
            must!(
                "portions",
                Kind::Rows(
                    &[
                        may!("kind", Kind::Choice(Choices::Kinds)),
                        may!("title", Kind::Line),
                        may!("request", Kind::LongText)
                    ],
                    Rows::UpTo(4),
                ),
            ),
            must!("reason", Kind::LongText),
        ],
        Verb::Merge => &[must!("into", Kind::Petition), must!("reason", Kind::LongText)],
        Verb::Unmerge
        | Verb::RefuseObjection
        | Verb::ObjectToRefusal
        | Verb::Convert
        | Verb::RevokeWithdrawal
        | Verb::ConfirmReclassification
        | Verb::DeclareRecusal
        | Verb::MarkUrgent => REASON,
        Verb::Forward => &[
            must!("to", Kind::Choice(Choices::Organs)),
            may!("note", Kind::LongText),
            may!("competence_decision", Kind::LongText),
        ],
        Verb::Assign => &[
            must!("to", Kind::Choice(Choices::Organs)),
            must!("report_by", Kind::Date),
            may!("note", Kind::LongText),
            may!("competence_decision", Kind::LongText),
        ],
        Verb::Transfer => &[must!("to", Kind::Choice(Choices::Organs)), must!("note", Kind::LongText)],
        Verb::Relay => &[must!("to", Kind::Choice(Choices::PetitionOffices)), may!("note", Kind::LongText)],
        Verb::ReferReport => {
            &[must!("to", Kind::Choice(Choices::IntegrityBodies)), may!("note", Kind::LongText)]
        }
        Verb::Object => &[must!("reason", Kind::LongText), may!("suggested", Kind::Choice(Choices::Organs))],
        Verb::AgreeToObjection => {
            &[must!("reason", Kind::LongText), may!("competence_decision", Kind::LongText)]
        }
        Verb::TakeUp | Verb::HandOver | Verb::AdmitReview | Verb::AcceptReport => OWN_OFFICIAL,
        Verb::RouteToPath => &[
            must!("way", Kind::Choice(Choices::OtherWays)),
            must!("article", Kind::Citation),
            must!("body", Kind::Line),
            may!("remedy", Kind::Choice(Choices::Remedies)),
            may!("knew_on", Kind::Date),
            may!("advice", Kind::LongText),
        ],
        Verb::EnterPathNumber => &[must!("number", Kind::Line)],
        Verb::ReportPerformance | Verb::ReportResult | Verb::FeedBackReport | Verb::AddSupplement => TEXT,
        Verb::Decline => &[
            must!("ground", Kind::Choice(Choices::Grounds)),
            must!("facts", Kind::LongText),
            must!("advice", Kind::LongText),
        ],
        Verb::ReviewRefusal => &[must!("upheld", Kind::YesNo), must!("reason", Kind::LongText)],
        Verb::Accept => &[
            must!("ways_examined", Kind::Many(Choices::OtherWays)),
            must!("ways_reason", Kind::LongText),
            must!("handler", Kind::Choice(Choices::OwnStaff)),
            may!("no_conflict", Kind::Tick),
        ],
        Verb::AcceptSimple => &[
            must!("simple_ground", Kind::Choice(Choices::SimpleGrounds)),
            must!("ways_examined", Kind::Many(Choices::OtherWays)),
            must!("ways_reason", Kind::LongText),
            must!("handler", Kind::Choice(Choices::OwnStaff)),
            may!("no_conflict", Kind::Tick),
        ],
        Verb::RecordContact => {
            &[must!("kind", CONTACTS), may!("heard", Kind::Tick), must!("note", Kind::LongText)]
        }
        Verb::RequestSupplement => &[must!("items", Kind::LongText), must!("by", Kind::Date)],
        Verb::NotifyHearing => &[
            must!("held_on", Kind::Date),
            must!("place", Kind::Line),
            must!("chair", Kind::Choice(Choices::OwnStaff)),
            may!("open", Kind::Tick),
        ],
        Verb::HoldHearing => &[
            must!("began_on", Kind::Date),
            must!("ended_on", Kind::Date),
            must!("conclusion", Kind::LongText),
        ],
        Verb::Extend => &[must!("days", Kind::Number { min: 1, max: 366 }), must!("reason", Kind::LongText)],
        Verb::Settle => &[
            must!(
                "terms",
                Kind::Rows(
                    &[
                        may!("promise", Kind::Line),
                        may!("executor", Kind::Choice(Choices::Organs)),
                        may!("due_on", Kind::Date)
                    ],
                    Rows::UpTo(5),
                ),
            ),
            may!("signed_by_both", Kind::Tick),
        ],
        Verb::DraftOpinion | Verb::IssueOpinion => OPINION,
        Verb::Serve => &[
            must!("letter", Kind::Choice(Choices::UnservedLetters)),
            must!("method", METHODS),
            must!("proof", Kind::Line),
        ],
        Verb::CorrectLetter => &[
            must!("letter", Kind::Choice(Choices::OwnLetters)),
            must!("wrong", Kind::LongText),
            must!("right", Kind::LongText),
        ],
        Verb::PostLetter => {
            &[must!("letter", Kind::Choice(Choices::UnpostedLetters)), must!("tracking", Kind::Line)]
        }
        Verb::ReturnPost => {
            &[must!("letter", Kind::Choice(Choices::PostedLetters)), must!("reason", Kind::LongText)]
        }
        Verb::ReturnService => {
            &[must!("letter", Kind::Choice(Choices::ServedLetters)), must!("reason", Kind::LongText)]
        }
        Verb::RequestReview => &[
            must!("reason", Kind::LongText),
            may!("posted_on", Kind::Date),
            may!("late_cause", Kind::LongText),
        ],
        Verb::RefuseReview => &[must!("ground", REVIEW_BARS), must!("reason", Kind::LongText)],
        Verb::UpholdOpinion => &[
            must!("findings", Kind::LongText),
            must!("reason", Kind::LongText),
            must!("article", Kind::Citation),
            may!("no_conflict", Kind::Tick),
        ],
        Verb::ChangeOpinion => &[
            must!("findings", Kind::LongText),
            must!("reason", Kind::LongText),
            must!("article", Kind::Citation),
            must!("answers", Kind::Rows(ANSWER, Rows::Requests)),
            may!("no_conflict", Kind::Tick),
        ],
        Verb::RemandOpinion => &[
            must!("reason", Kind::LongText),
            must!("article", Kind::Citation),
            must!("days", Kind::Number { min: 1, max: 366 }),
            may!("no_conflict", Kind::Tick),
        ],
        Verb::Withdraw => &[may!("reason", Kind::LongText), may!("signed_form", Kind::Line)],
        Verb::RecordExecution => {
            &[must!("promise", Kind::Choice(Choices::OpenPromises)), must!("proof", Kind::LongText)]
        }
        Verb::Supervise => &[must!("trigger", TRIGGERS), must!("reason", Kind::LongText)],
        Verb::Recommend => &[
            must!("aim", AIMS),
            must!("to", Kind::Choice(Choices::Addressees)),
            must!("problem", Kind::LongText),
            must!("evidence", Kind::LongText),
            must!("proposal", Kind::LongText),
        ],
        Verb::AnswerRecommendation => &[
            must!("letter", Kind::Choice(Choices::Recommendations)),
            must!("adoption", ADOPTIONS),
            must!("reason", Kind::LongText),
        ],
        Verb::ReplyToSupervision | Verb::ReplyToSuggestion => {
            &[must!("adoption", ADOPTIONS), must!("reason", Kind::LongText)]
        }
        Verb::ProposeReclassification => &[
            must!("kind", Kind::Choice(Choices::Kinds)),
            may!("named", Kind::Few(Choices::Officials, NAMED)),
            must!("reason", Kind::LongText),
        ],
        Verb::ReviewUrgent => &[must!("urgent", Kind::YesNo), must!("note", Kind::LongText)],
        Verb::AskRecusal => {
            &[may!("official", Kind::Choice(Choices::OwnersStaff)), must!("reason", Kind::LongText)]
        }
        Verb::DecideRecusal => &[
            must!("official", Kind::Choice(Choices::Recusable)),
            must!("recused", Kind::YesNo),
            must!("reason", Kind::LongText),
            may!("successor", Kind::Choice(Choices::OwnersStaff)),
        ],
        Verb::ProposeDisposal => &[
            must!("measure", MEASURES),
            must!("basis", Kind::Choice(Choices::DisposalBases)),
            must!("reason", Kind::LongText),
        ],
        Verb::DecideDisposal => &[must!("approved", Kind::YesNo), may!("reason", Kind::LongText)],
        Verb::AddParty => &[must!("standing", STANDINGS), must!("identity", Kind::Line)],
        Verb::Rate => {
            &[must!("unit", SATISFACTIONS), must!("office", SATISFACTIONS), may!("comment", Kind::LongText)]
        }
        Verb::ReplyInterim => &[must!("reason", Kind::LongText), must!("expected_on", Kind::Date)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many petitions a request may name in these fields; a group that repeats may name any number.
    fn n_petitions(fields: &[Field]) -> usize {
        let of_one = |field: &Field| {
            if let Kind::Rows(inner, _) = field.kind {
                return if n_petitions(inner) > 0 { usize::MAX } else { 0 };
            }
            usize::from(matches!(field.kind, Kind::Petition))
        };
        fields.iter().map(of_one).fold(0, usize::saturating_add)
    }

    #[test]
    fn spam_6_no_act_takes_more_than_the_one_case_of_its_address() {
        const SEVERAL: &[Field] =
            &[must!("cases", Kind::Rows(&[must!("case", Kind::Petition)], Rows::UpTo(9)))];
        assert!(n_petitions(SEVERAL) > 1, "the control");
        for verb in Verb::ALL {
            // Only merging names another one, which goes on and answers for both.
            assert_eq!(n_petitions(of(*verb)), usize::from(*verb == Verb::Merge), "{}", verb.word());
        }
    }

    #[test]
    fn spam_6_every_route_of_an_act_names_one_case_in_its_path() {
        use crate::web::routes::{API, PAGES};
        let changing = PAGES.iter().chain(API).filter(|route| route.methods.contains(&"POST"));
        let paths: Vec<&str> = changing.map(|route| route.path).collect();
        assert!(paths.len() > 15, "{paths:?}");
        let acts: Vec<&&str> = paths.iter().filter(|path| path.ends_with("/{verb}")).collect();
        for path in &acts {
            let one_case = path.matches("{case_ref}").count() == 1;
            // The petitioner's own acts are on the one petition that the code or the session opens.
            assert!(one_case || path.starts_with("/track/") || path.starts_with("/follow/"), "{path}");
        }
        assert_eq!(acts.len(), 4, "{acts:?}");
        // Whatever else changes something at the desk is listed here, so that a way around is seen.
        let desk: Vec<&&str> =
            paths.iter().filter(|path| path.starts_with("/staff") && !acts.contains(path)).collect();
        assert!(desk.iter().all(|path| !path.contains("bulk") && path.matches('{').count() <= 2), "{desk:?}");
    }
}
