//! What chance may say with a verb: mostly what is lawful, sometimes what is not, in the words of a scenario.

use crate::district::args::Args;
use crate::district::{Law, World, outcome, payload};
use casework::act::{Act, Verb};
use casework::directory::UnitKind;
use casework::petition::Petition;
use jiff::Span;
use std::collections::BTreeSet;

/// Verbs that move no matter along.
pub(super) const BESIDE: &[Verb] = &[
    Verb::AddParty,
    Verb::AddSupplement,
    Verb::AskRecusal,
    Verb::DecideDisposal,
    Verb::DecideRecusal,
    Verb::DeclareRecusal,
    Verb::DraftOpinion,
    Verb::HandOver,
    Verb::MarkUrgent,
    Verb::Merge,
    Verb::IssueLetter,
    Verb::Pass,
    Verb::Rate,
    Verb::Recalendar,
    Verb::RecordExecution,
    Verb::Relay,
    Verb::ReplyToSupervision,
    Verb::Recommend,
    Verb::AnswerRecommendation,
    Verb::ReportResult,
    Verb::Split,
    Verb::ProposeDisposal,
    Verb::ProposeReclassification,
    Verb::RequestSupplement,
    Verb::CorrectLetter,
    Verb::PostLetter,
    Verb::ReturnPost,
    Verb::ReturnService,
    Verb::ReviewUrgent,
    Verb::Supervise,
    Verb::Withdraw,
    Verb::RevokeWithdrawal,
];

const POSTS: &[&str] = &["clerk", "handler", "head", "handler2", "supervisor", "clerk2"];

/// Who has to do with a matter: the petitioner, the timer, everybody of its units and of one that is not concerned.
pub(super) fn people(world: &World, label: char) -> Vec<String> {
    let petition = world.petition(label);
    let mut units: BTreeSet<String> =
        petition.units_seen.iter().map(|unit| outcome::unit_name(world, *unit)).collect();
    units.extend(petition.owner.map(|(unit, _)| outcome::unit_name(world, unit)));
    units.insert(if world.law == Law::Cn { "town" } else { "telecom" }.to_owned());
    let staff = units.iter().flat_map(|unit| POSTS.iter().map(move |post| format!("{unit}-{post}")));
    ["petitioner".to_owned(), "system".to_owned()].into_iter().chain(staff).collect()
}

pub(super) fn act(world: &World, petition: &Petition, who: &str, verb: Verb, args: &Args) -> Act {
    // The timer and whoever has no post name somebody all the same.
    let somebody = if who.contains('-') { who } else { POST_OF_NOBODY[usize::from(world.law == Law::In)] };
    payload::act(world.law, petition, somebody, verb, world.today, args)
}

const POST_OF_NOBODY: [&str; 2] = ["town-handler", "telecom-handler"];

fn one<'a>(of: &[&'a str], variant: u16) -> &'a str {
    of[usize::from(variant) % of.len()]
}

fn units(world: &World, wanted: fn(UnitKind) -> bool) -> Vec<&'static str> {
    let units = world.law.units().iter();
    units.filter(|(_, _, kind)| wanted(*kind)).map(|(name, _, _)| *name).collect()
}

/// The words for a verb. The low bits of `variant` choose a fault, the others a place.
pub(super) fn words(world: &World, label: char, verb: Verb, variant: u16) -> String {
    let petition = world.petition(label);
    let high = variant >> 4;
    let faulty = variant.is_multiple_of(16);
    let owner = petition.owner.map(|(unit, _)| outcome::unit_name(world, unit)).unwrap_or_default();
    let organs =
        units(world, |kind| matches!(kind, UnitKind::Department | UnitKind::Township | UnitKind::Government));
    let day = |days: u16| world.today.saturating_add(Span::new().days(i64::from(days)));
    let staff =
        |post: &str| if owner.is_empty() { "town-handler".to_owned() } else { format!("{owner}-{post}") };
    match verb {
        Verb::Submit => submission(world, variant),
        Verb::Register => format!("comparison=new{}", named(world, variant)),
        Verb::AskRecusal if high.is_multiple_of(2) => {
            format!("official={}", staff(one(&["handler", "clerk", "head"], high / 2)))
        }
        Verb::AskRecusal => String::new(),
        Verb::Split => splitting(world, high),
        Verb::Merge => format!("into={}", if label == 'A' { 'B' } else { 'A' }),
        Verb::Forward | Verb::Transfer | Verb::Assign => {
            let to = one(&organs, high);
            let decision = if variant.is_multiple_of(2) { " decision=somebody" } else { "" };
            let by = if verb == Verb::Assign && !faulty {
                format!(" report-by={}", day(10 + high % 40))
            } else {
                String::new()
            };
            format!("to={to}{decision}{by}")
        }
        Verb::Relay => format!("to={}", one(&units(world, |kind| kind == UnitKind::PetitionOffice), high)),
        Verb::ReferReport => {
            format!("to={}", one(&units(world, |kind| kind == UnitKind::IntegrityBody), high))
        }
        Verb::AgreeToObjection if variant.is_multiple_of(2) => "decision=somebody".to_owned(),
        Verb::TakeUp | Verb::HandOver | Verb::AdmitReview | Verb::AcceptReport => {
            format!("official={}", staff(one(&["handler", "handler2", "clerk", "head"], high)))
        }
        Verb::Accept | Verb::AcceptSimple if faulty => "examined=JUD".to_owned(),
        Verb::Accept | Verb::AcceptSimple => {
            format!("handler={}", staff(one(&["handler", "handler2"], high)))
        }
        Verb::RouteToPath => match high % 4 {
            0 => "way=DUTY".to_owned(),
            1 => "way=ADM".to_owned(),
            2 => format!("way=JUD remedy=reconsideration knew={}", world.today),
            _ => "way=JUD".to_owned(),
        },
        Verb::Decline if world.law == Law::Cn => {
            format!("ground={}", one(&["NA1", "NA2", "NA3", "NA4", "NA5", "NA9"], high))
        }
        Verb::ReviewRefusal => format!("upheld={}", if high.is_multiple_of(2) { "yes" } else { "no" }),
        Verb::RecordContact => format!("heard={}", if faulty { "no" } else { "yes" }),
        Verb::NotifyHearing => {
            let chair = staff(one(&["head2", "handler2", "handler"], high));
            format!("held={} chair={chair}", day(8 + high % 20))
        }
        Verb::HoldHearing => format!("began={}", petition.hearing_on.unwrap_or(world.today)),
        Verb::Extend => format!("days={}", 1 + high % 32),
        Verb::RemandOpinion => format!("days={}", 1 + high % 25),
        Verb::Settle => {
            format!("terms={}:{},{}:{}", organs[0], day(5), one(&organs, high), day(9 + high % 30))
        }
        Verb::IssueOpinion | Verb::DraftOpinion | Verb::ChangeOpinion => {
            let outcome = one(&["supported", "explained", "not-supported"], high);
            let differs = if verb != Verb::ChangeOpinion && !faulty { " differs=much" } else { "" };
            format!(
                "outcome={outcome} executor={} due={}{differs}",
                one(&organs, high / 3),
                day(3 + high % 60)
            )
        }
        Verb::RequestReview if variant.is_multiple_of(3) => "cause=illness".to_owned(),
        Verb::Withdraw if variant.is_multiple_of(2) => "form=signed".to_owned(),
        Verb::RecordExecution => {
            format!("promise={}", 1 + usize::from(high) % petition.promises.len().max(1))
        }
        Verb::ProposeReclassification => {
            let kinds: Vec<&str> = world.procedure.kinds.iter().map(|kind| kind.id.as_str()).collect();
            format!("kind={}{}", one(&kinds, high), named(world, variant))
        }
        Verb::ReviewUrgent => format!("urgent={}", if high.is_multiple_of(2) { "yes" } else { "no" }),
        Verb::DecideRecusal => {
            let of = staff(one(&["handler", "handler2", "clerk", "head", "head2"], high));
            let next = staff(one(&["head2", "clerk2", "handler2"], high / 3));
            let recused = if variant.is_multiple_of(3) { "no" } else { "yes" };
            let successor =
                if variant.is_multiple_of(2) { format!(" successor={next}") } else { String::new() };
            format!("official={of} recused={recused}{successor}")
        }
        Verb::ProposeDisposal => {
            let bases: Vec<&str> = world.procedure.disposals.iter().map(|basis| basis.id.as_str()).collect();
            let measure = one(&["erase", "restrict", "lift"], high / 7);
            format!("measure={measure} basis={}", one(&bases, high))
        }
        Verb::DecideDisposal => format!("approved={}", if faulty { "no" } else { "yes" }),
        Verb::AddParty => format!("standing={}", one(&["representative", "agent", "cosigner"], high)),
        Verb::Serve | Verb::CorrectLetter | Verb::PostLetter | Verb::ReturnPost | Verb::ReturnService => {
            let served = verb == Verb::ReturnService;
            let any = verb == Verb::CorrectLetter;
            let fits: BTreeSet<&str> = petition
                .letters
                .iter()
                .filter(|letter| letter.signed.to_petitioner)
                .filter(|letter| any || letter.served_on.is_some() == served)
                .map(|letter| letter.signed.letter.as_str())
                .collect();
            let fits: Vec<&str> = fits.into_iter().collect();
            if fits.is_empty() { String::new() } else { format!("letter={}", one(&fits, high)) }
        }
        Verb::AgreeToObjection
        | Verb::Decline
        | Verb::RequestReview
        | Verb::Withdraw
        | Verb::Unmerge
        | Verb::Object
        | Verb::RefuseObjection
        | Verb::EnterPathNumber
        | Verb::ReportPerformance
        | Verb::ObjectToRefusal
        | Verb::Convert
        | Verb::RequestSupplement
        | Verb::AddSupplement
        | Verb::RefuseReview
        | Verb::UpholdOpinion
        | Verb::RevokeWithdrawal
        | Verb::ReportResult
        | Verb::Supervise
        | Verb::ReplyToSupervision
        | Verb::Recommend
        | Verb::AnswerRecommendation
        | Verb::ReplyToSuggestion
        | Verb::FeedBackReport
        | Verb::ConfirmReclassification
        | Verb::MarkUrgent
        | Verb::DeclareRecusal
        | Verb::Rate
        | Verb::ReplyInterim
        | Verb::IssueLetter
        | Verb::Pass
        | Verb::Recalendar => String::new(),
    }
}

fn submission(world: &World, variant: u16) -> String {
    let kinds: Vec<&str> = world.procedure.kinds.iter().map(|kind| kind.id.as_str()).collect();
    // Claims and grievances stand first and are most of what comes in.
    let kind = if variant.is_multiple_of(3) { one(&kinds, variant / 3) } else { kinds[0] };
    let high = variant >> 6;
    let office = match (high % 4, world.law) {
        (0, Law::Cn) => " office=housing",
        (1, Law::Cn) => " office=city-office",
        _ => "",
    };
    let accused = match (variant % 7, world.law) {
        (0, Law::Cn) => " accused=water",
        (1, Law::Cn) => " accused=integrity",
        (2, Law::Cn) => " accused=city-office",
        (0, Law::In) => " accused=posts",
        _ => "",
    };
    let named = if accused.is_empty() { named(world, variant / 7) } else { "" };
    format!("kind={kind} requests={}{office}{accused}{named}", 1 + high % 2)
}

/// Now and then somebody is named: from a clerk of the office to whoever heads everything.
fn named(world: &World, variant: u16) -> &'static str {
    match (variant % 9, world.law) {
        (0, Law::Cn) => " named=office-head",
        (1, Law::Cn) => " named=office-clerk,housing-handler",
        (2, Law::Cn) => " named=district-head",
        (3, Law::Cn) => " named=city-head",
        (4, Law::Cn) => " named=integrity-head2,town-head",
        (0, Law::In) => " named=nodal-clerk",
        (1, Law::In) => " named=posts-head",
        (2, Law::In) => " named=ministry-head,vigilance-handler",
        _ => "",
    }
}

fn splitting(world: &World, high: u16) -> String {
    let free: Vec<char> = ('C'..='H').filter(|label| !world.matters.contains_key(label)).take(2).collect();
    let kinds: Vec<&str> = world.procedure.kinds.iter().map(|kind| kind.id.as_str()).collect();
    match free.as_slice() {
        [one_part, other] => {
            format!("into={one_part}:{},{other}:{}", one(&kinds, high), one(&kinds, high / 3))
        }
        _ => "into=Z:none".to_owned(),
    }
}
