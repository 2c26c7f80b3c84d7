//! From a scenario's words to an act. Everything left out has a value with which the act is lawful; `none` leaves a
//! field empty. A word that no act understands stops the test.

use super::args::{Args, person, words};
use super::{Law, petition_id, unit};
use casework::act::*;
use casework::codes::RegisterNumber;
use casework::petition::Petition;
use casework::text::{Commitment, Digest, Text};
use casework::*;
use jiff::civil::Date;

/// The act a line asks for. `who` is the line's actor: whoever takes something up names themselves.
pub(crate) fn act(law: Law, petition: &Petition, who: &str, verb: Verb, today: Date, args: &Args) -> Act {
    let reasoned = || Reasoned { reason: args.text("reason") };
    let statement = || Statement { text: args.text("text") };
    let handover = || Handover { official: person(args.or("official", who)) };
    match verb {
        Verb::Submit => Act::Submit(Box::new(submission(law, petition, today, args))),
        Verb::Register => Act::Register(Registration {
            kind: args.get("kind").map_or_else(|| petition.kind.clone(), Name::from),
            class: Name::from(args.or("class", "04")),
            place: None,
            requests: (0..args.number("requests", 0)).map(|_| words(8)).collect(),
            comparison: args.maybe("comparison"),
            named: args.people("named"),
        }),
        Verb::Split => Act::Split(splitting(petition, today, args)),
        Verb::Merge => {
            let into = args.label("into").map_or(petition.id, petition_id);
            Act::Merge(Merging { into, reason: args.text("reason") })
        }
        Verb::Unmerge => Act::Unmerge(reasoned()),
        Verb::Forward => Act::Forward(dispatch(law, args)),
        Verb::Relay => Act::Relay(dispatch(law, args)),
        Verb::Assign => Act::Assign(dispatch(law, args)),
        Verb::ReferReport => Act::ReferReport(dispatch(law, args)),
        Verb::Transfer => Act::Transfer(dispatch(law, args)),
        Verb::Object => {
            Act::Object(Objection { reason: args.text("reason"), suggested: args.unit("suggested") })
        }
        Verb::AgreeToObjection => Act::AgreeToObjection(ObjectionAgreement {
            reason: args.text("reason"),
            competence_decision: args.maybe("decision"),
        }),
        Verb::RefuseObjection => Act::RefuseObjection(reasoned()),
        Verb::TakeUp => Act::TakeUp(handover()),
        Verb::HandOver => Act::HandOver(handover()),
        Verb::AdmitReview => Act::AdmitReview(handover()),
        Verb::AcceptReport => Act::AcceptReport(handover()),
        Verb::RouteToPath => Act::RouteToPath(PathRouting {
            way: Name::from(args.or("way", "JUD")),
            article: article(args, "Art.31(1)"),
            body: args.text("body"),
            remedy: args.get("remedy").map(Name::from),
            knew_on: args.date("knew"),
            advice: args.text("advice"),
        }),
        Verb::EnterPathNumber => Act::EnterPathNumber(PathNumber { number: args.text("number") }),
        Verb::ReportPerformance => Act::ReportPerformance(statement()),
        Verb::Decline => Act::Decline(Declining {
            ground: Name::from(args.or("ground", if law == Law::Cn { "NA1" } else { "SUB_JUDICE" })),
            facts: args.text("facts"),
            advice: args.text("advice"),
        }),
        Verb::ObjectToRefusal => Act::ObjectToRefusal(reasoned()),
        Verb::ReviewRefusal => Act::ReviewRefusal(RefusalReview {
            upheld: args.yes("upheld", true),
            reason: args.text("reason"),
        }),
        Verb::Accept => Act::Accept(acceptance(who, args, None)),
        Verb::AcceptSimple => Act::AcceptSimple(acceptance(who, args, Some("clear"))),
        Verb::Convert => Act::Convert(reasoned()),
        Verb::RecordContact => Act::RecordContact(Contact {
            kind: ContactKind::Phone,
            heard: args.yes("heard", true),
            note: args.text("note"),
        }),
        Verb::RequestSupplement => {
            let by = args.date("by").unwrap_or_else(|| today.saturating_add(jiff::Span::new().days(10)));
            Act::RequestSupplement(SupplementRequest { items: args.text("items"), by })
        }
        Verb::AddSupplement => Act::AddSupplement(Supplement { text: args.text("text"), files: Vec::new() }),
        Verb::NotifyHearing => Act::NotifyHearing(HearingNotice {
            held_on: args.date("held").unwrap_or_else(|| today.saturating_add(jiff::Span::new().days(20))),
            place: words(8),
            chair: args.official("chair").unwrap_or_else(|| person(who)),
            open: true,
        }),
        Verb::HoldHearing => {
            let began_on = args.date("began").unwrap_or(today);
            let ended_on = args.date("ended").unwrap_or(began_on);
            Act::HoldHearing(HearingRecord { began_on, ended_on, conclusion: args.text("conclusion") })
        }
        Verb::Extend => Act::Extend(Extension { days: args.number("days", 30), reason: args.text("reason") }),
        Verb::Settle => Act::Settle(settlement(petition, today, args)),
        Verb::DraftOpinion => Act::DraftOpinion(opinion(petition, today, args)),
        Verb::IssueOpinion => Act::IssueOpinion(opinion(petition, today, args)),
        Verb::Serve => Act::Serve(Service {
            letter: letter(petition, args, false),
            method: if args.get("method") == Some("left_behind") {
                ServiceMethod::LeftBehind
            } else {
                ServiceMethod::InPerson
            },
            proof: args.text("proof"),
        }),
        Verb::ReturnService => Act::ReturnService(ReturnedService {
            letter: letter(petition, args, true),
            reason: args.text("reason"),
        }),
        Verb::RequestReview => Act::RequestReview(ReviewRequest {
            reason: args.text("reason"),
            posted_on: args.date("posted"),
            late_cause: args.maybe("cause"),
        }),
        Verb::RefuseReview => {
            Act::RefuseReview(ReviewRefusal { ground: ReviewBar::OutOfTime, reason: args.text("reason") })
        }
        Verb::UpholdOpinion => Act::UpholdOpinion(decision(petition, today, args, false)),
        Verb::ChangeOpinion => Act::ChangeOpinion(decision(petition, today, args, true)),
        Verb::RemandOpinion => Act::RemandOpinion(Remand {
            reason: args.text("reason"),
            article: article(args, "Art.35"),
            days: args.number("days", 20),
            no_conflict: !args.yes("conflict", false),
        }),
        Verb::Withdraw => {
            Act::Withdraw(Withdrawal { reason: args.text("reason"), signed_form: args.maybe("form") })
        }
        Verb::RevokeWithdrawal => Act::RevokeWithdrawal(reasoned()),
        Verb::RecordExecution => Act::RecordExecution(Execution {
            promise: args.number("promise", 1).saturating_sub(1),
            proof: args.text("proof"),
        }),
        Verb::ReportResult => Act::ReportResult(statement()),
        Verb::Supervise => {
            Act::Supervise(Supervision { trigger: Trigger::Shirking, reason: args.text("reason") })
        }
        Verb::Recommend => Act::Recommend(Recommendation {
            aim: match args.or("aim", "improve") {
                "improve" => Aim::Improve,
                "policy" => Aim::Policy,
                "account" => Aim::Account,
                other => panic!("no such aim: {other}"),
            },
            to: unit(args.get("to").unwrap_or("housing")),
            problem: args.text("problem"),
            evidence: args.text("evidence"),
            proposal: args.text("proposal"),
        }),
        Verb::AnswerRecommendation => {
            let mut open = petition.open("recommendation_reply");
            let first = open.next().and_then(|(_, deadline)| deadline.set.letter).unwrap_or(99);
            let named = args.get("letter").map(|_| letter(petition, args, false));
            Act::AnswerRecommendation(RecommendationAnswer {
                letter: named.unwrap_or(first),
                adoption: match args.or("adoption", "adopted") {
                    "adopted" => Adoption::Adopted,
                    "partly" => Adoption::Partly,
                    "not" => Adoption::NotAdopted,
                    other => panic!("no such adoption: {other}"),
                },
                reason: args.text("reason"),
            })
        }
        Verb::ReplyToSupervision => Act::ReplyToSupervision(SupervisionReply {
            adoption: Adoption::Partly,
            reason: args.text("reason"),
        }),
        Verb::ReplyToSuggestion => Act::ReplyToSuggestion(SuggestionReply {
            adoption: Adoption::Partly,
            reason: args.text("reason"),
        }),
        Verb::FeedBackReport => Act::FeedBackReport(statement()),
        Verb::ProposeReclassification => Act::ProposeReclassification(Reclassification {
            kind: Name::from(args.or("kind", if law == Law::Cn { "suggestion" } else { "vigilance" })),
            by: None,
            reason: args.text("reason"),
            named: args.people("named"),
        }),
        Verb::ConfirmReclassification => Act::ConfirmReclassification(reasoned()),
        Verb::MarkUrgent => Act::MarkUrgent(reasoned()),
        Verb::ReviewUrgent => {
            Act::ReviewUrgent(UrgentReview { urgent: args.yes("urgent", true), note: args.text("note") })
        }
        Verb::AskRecusal => {
            Act::AskRecusal(RecusalAsk { official: args.official("official"), reason: args.text("reason") })
        }
        Verb::DeclareRecusal => Act::DeclareRecusal(RecusalDeclaration {
            official: None,
            reason: args.text("reason"),
            successor: None,
        }),
        Verb::DecideRecusal => {
            let owner = petition.owner.map(|(_, owner)| owner);
            let named = args.official("official").or(owner).unwrap_or_else(|| person(who));
            Act::DecideRecusal(RecusalDecision {
                official: named,
                recused: args.yes("recused", true),
                reason: args.text("reason"),
                successor: args.official("successor"),
            })
        }
        Verb::ProposeDisposal => Act::ProposeDisposal(DisposalProposal {
            measure: match args.or("measure", "erase") {
                "restrict" => Measure::Restrict,
                "lift" => Measure::Lift,
                _ => Measure::Erase,
            },
            basis: Name::from(args.or("basis", "retention_over")),
            reason: args.text("reason"),
            by: None,
            kept_until: None,
        }),
        Verb::DecideDisposal => Act::DecideDisposal(DisposalDecision {
            approved: args.yes("approved", true),
            reason: args.text("reason"),
            on: None,
            backups_until: None,
        }),
        Verb::AddParty => Act::AddParty(Party {
            standing: match args.or("standing", "representative") {
                "agent" => Standing::Agent,
                "cosigner" => Standing::Cosigner,
                _ => Standing::Representative,
            },
            identity: Some(words(8)),
        }),
        Verb::Rate => Act::Rate(Rating {
            unit: Satisfaction::Fairly,
            office: Satisfaction::Satisfied,
            comment: Text::empty(),
        }),
        Verb::ReplyInterim => {
            let soon = || today.saturating_add(jiff::Span::new().days(14));
            let expected_on = args.date("expected").unwrap_or_else(soon);
            Act::ReplyInterim(InterimReply { reason: args.text("reason"), expected_on })
        }
        Verb::CorrectLetter => Act::CorrectLetter(Correction {
            letter: letter(petition, args, args.get("served").is_some()),
            wrong: args.text("wrong"),
            right: args.text("right"),
        }),
        Verb::PostLetter => Act::PostLetter(Posting {
            letter: letter(petition, args, false),
            tracking: args.text("tracking"),
        }),
        Verb::ReturnPost => Act::ReturnPost(ReturnedService {
            letter: letter(petition, args, false),
            reason: args.text("reason"),
        }),
        Verb::IssueLetter => issue(letter(petition, args, false)),
        Verb::Pass => Act::Pass(Passing { deadline: args.number("deadline", 1).saturating_sub(1) }),
        Verb::Recalendar => Act::Recalendar(Recalendar { calendar: args.or("calendar", "cn").to_owned() }),
    }
}

fn article(args: &Args, default: &str) -> String {
    args.get("article").filter(|article| *article != "none").map_or_else(
        || if args.get("article").is_some() { String::new() } else { default.to_owned() },
        str::to_owned,
    )
}

fn submission(law: Law, petition: &Petition, today: Date, args: &Args) -> Submission {
    let serial = u32::try_from(petition.id.0.as_u128() % 100_000).unwrap();
    let parties = Party { standing: Standing::Petitioner, identity: Some(words(8)) };
    Submission {
        number: RegisterNumber::new("349999", today, serial).unwrap(),
        case_ref: Name::new(format!("r{serial}")),
        channel: Channel::Online,
        kind: Name::from(args.or("kind", if law == Law::Cn { "claim" } else { "grievance" })),
        office: args.unit("office").unwrap_or_else(|| law.office()),
        title: words(8),
        body: words(80),
        requests: (0..args.number("requests", 1)).map(|_| words(8)).collect(),
        parties: vec![parties],
        n_people: args.number("people", 1),
        place: None,
        class: None,
        respondent: args.unit("respondent"),
        accused: args.unit("accused").into_iter().collect(),
        named: args.people("named"),
        confidential: args.get("confidential") == Some("yes"),
        earlier: args.label("earlier").map(petition_id),
        files: Vec::new(),
    }
}

/// `into=B:claim,C:suggestion`: the letters of the parts and their kinds.
fn splitting(petition: &Petition, today: Date, args: &Args) -> Splitting {
    let parts = args.or("into", "B:claim,C:suggestion").split(',');
    let portions = parts.enumerate().map(|(n, part)| {
        let (label, kind) = part.split_once(':').unwrap();
        let n = u32::try_from(n).unwrap();
        let serial = u32::try_from(petition.id.0.as_u128() % 1_000).unwrap() * 10 + n;
        Portion {
            petition: petition_id(label.chars().next().unwrap()),
            number: RegisterNumber::new("349999", today, serial).unwrap(),
            case_ref: Name::new(format!("p{serial}")),
            kind: Name::from(kind),
            title: words(8),
            request: words(8),
        }
    });
    Splitting { portions: portions.collect(), reason: args.text("reason") }
}

fn dispatch(law: Law, args: &Args) -> Dispatch {
    let default = if law == Law::Cn { "housing" } else { "pensions" };
    Dispatch {
        to: unit(args.or("to", default)),
        note: args.text("note"),
        report_by: args.date("report-by"),
        competence_decision: args.maybe("decision"),
    }
}

fn acceptance(who: &str, args: &Args, simple: Option<&str>) -> Acceptance {
    Acceptance {
        ways_examined: args.names("examined", "JUD,ARB,PTY,ADM,DUTY"),
        ways_reason: args.text("ways-reason"),
        no_conflict: !args.yes("conflict", false),
        handler: person(args.or("handler", who)),
        simple_ground: args.get("ground").or(simple).filter(|ground| *ground != "none").map(Name::from),
    }
}

/// `terms=housing:2026-04-01,water:2026-04-10`.
fn settlement(petition: &Petition, today: Date, args: &Args) -> Settlement {
    let soon = today.saturating_add(jiff::Span::new().days(30));
    let organ = petition.organ.or(petition.office).unwrap_or_else(|| unit("housing"));
    let terms = match args.get("terms") {
        None => vec![Term { promise: words(8), executor: organ, due_on: soon }],
        Some("none") => Vec::new(),
        Some(terms) => terms
            .split(',')
            .map(|term| {
                let (executor, due_on) = term.split_once(':').unwrap();
                Term { promise: words(8), executor: unit(executor), due_on: due_on.parse().unwrap() }
            })
            .collect(),
    };
    Settlement { signed_by_both: args.yes("signed-by-both", true), terms }
}

/// `outcome=supported` for every request, or one for each: `outcome=supported,explained`.
fn answers(petition: &Petition, today: Date, args: &Args) -> Vec<Answer> {
    let outcomes: Vec<Outcome> = args
        .or("outcome", "explained")
        .split(',')
        .map(|outcome| match outcome {
            "supported" => Outcome::Supported,
            "not-supported" => Outcome::NotSupported,
            _ => Outcome::Explained,
        })
        .collect();
    let n_answers = args.number("answers", u32::try_from(petition.requests.len().max(1)).unwrap());
    let organ = petition.organ.or(petition.office);
    let soon = today.saturating_add(jiff::Span::new().days(40));
    (0..n_answers)
        .map(|request| {
            let outcome = outcomes.get(request as usize).or(outcomes.last()).copied().unwrap();
            let supported = outcome == Outcome::Supported;
            let due_on = if args.get("due").is_some() { args.date("due") } else { Some(soon) };
            Answer {
                request,
                outcome,
                reason: args.text("reason"),
                article: article(args, "Art.32"),
                action: Some(args.text("action")).filter(|action| supported && !action.is_empty()),
                executor: args.unit("executor").or(organ).filter(|_| supported),
                due_on: due_on.filter(|_| supported),
            }
        })
        .collect()
}

fn opinion(petition: &Petition, today: Date, args: &Args) -> Opinion {
    Opinion {
        findings: args.text("findings"),
        answers: answers(petition, today, args),
        no_conflict: !args.yes("conflict", false),
        differs: args.maybe("differs"),
    }
}

fn decision(petition: &Petition, today: Date, args: &Args, changed: bool) -> ReviewDecision {
    ReviewDecision {
        findings: args.text("findings"),
        reason: args.text("reason"),
        article: article(args, "Art.35"),
        answers: if changed { answers(petition, today, args) } else { Vec::new() },
        no_conflict: !args.yes("conflict", false),
    }
}

/// The last letter of the name, or `name#1` for the first; unnamed, the last one still to be served (or already served).
fn letter(petition: &Petition, args: &Args, served: bool) -> u32 {
    let named = |name: &str| {
        let (name, nth) = name.split_once('#').unwrap_or((name, ""));
        let mut places: Vec<usize> = (0..petition.letters.len()).collect();
        places.retain(|place| petition.letters[*place].signed.letter == *name);
        let nth: usize = nth.parse().unwrap_or(places.len());
        nth.checked_sub(1).and_then(|nth| places.get(nth).copied())
    };
    let at = match args.get("letter") {
        Some(name) => named(name),
        None => petition
            .letters
            .iter()
            .rposition(|letter| letter.signed.to_petitioner && letter.served_on.is_some() == served),
    };
    at.map_or(99, |at| u32::try_from(at).unwrap())
}

/// A letter as a file, as far as the rules look at it.
pub(crate) fn issue(letter: u32) -> Act {
    Act::IssueLetter(LetterIssue {
        letter,
        mark: Digest([1; 32]),
        digest: Digest([2; 32]),
        file: ContentId(uuid::Uuid::from_u128(3)),
        commitment: Commitment([4; 32]),
        size: 40_000,
        pages: 2,
    })
}
