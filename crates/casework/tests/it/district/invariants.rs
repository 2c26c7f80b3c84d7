//! What must hold after every act, whoever asked and whatever was asked (procedure.md §1.20, INV-1 to INV-8).
//!
//! INV-9 concerns lists and INV-11 sentences, which are other crates'; INV-10 is tested by moving whole histories
//! (`random`). What a scenario does and what chance does pass through here alike.

use super::{Matter, World, label_of, petition_id};
use casework::authority::{self, Actor};
use casework::concern::Concerns;
use casework::disclosure::{Sight, is_sealed, sight};
use casework::fact::RoundKind;
use casework::petition::{DeadlineState, Petition};
use casework::procedure::{LetterKind, LimitRole};
use casework::*;

pub(crate) fn after_a_step(
    before: &World,
    after: &World,
    label: char,
    actor: &Actor,
    command: &Command,
    decision: &Decision,
) {
    let verb = command.act.verb();
    let was = before.petition(label);
    let concerned = std::iter::once(label).chain(decision.others.iter().map(|(id, _)| label_of(*id)));
    for label in concerned {
        let earlier = before.petition(label);
        let matter = &after.matters[&label];
        is_what_its_events_say(label, matter, &earlier);
        has_an_owner_and_a_deadline(after, matter, verb);
        is_blind_to_the_accused(after, &matter.petition);
        is_seen_by_its_owner(after, &matter.petition);
        is_shut_to_all_but_recipients(after, &matter.petition);
        is_within_reach_of_whoever_sees_it(after, &matter.petition);
        owes_what_it_promised(after, &matter.petition);
        is_answered_in_time_or_marked(after, matter);
    }
    if let Actor::Official { id, unit, .. } = actor {
        let concern = concerns(after, &was).of(*id, *unit);
        assert_eq!(concern, None, "I7, REC-1: somebody who is kept from it acted: {verb:?}");
    }
    stays_final(&was, &after.petition(label), verb);
    reviewer_is_above_and_new(before, after, label, actor, &command.act);
    was_offered(before, label, actor, command);
    if let Act::CorrectLetter(slip) = &command.act {
        adds_a_letter_and_nothing_else(&was, &after.petition(label), slip.letter);
    }
}

/// Document 26: a correction is one more letter that is to be served; what was decided, and every day that runs, is as before.
fn adds_a_letter_and_nothing_else(before: &Petition, after: &Petition, corrected: u32) {
    let mut rest = after.clone();
    (rest.version, rest.last_on) = (before.version, before.last_on);
    let letter = rest.letters.pop().unwrap().signed;
    assert!(letter.to_petitioner && letter.letter == *"letter_correction", "{letter:?}");
    let corrections = &mut rest.letters[corrected as usize].corrections;
    assert_eq!(corrections.pop(), Some(u32::try_from(before.letters.len()).unwrap()));
    let serve = rest.deadlines.pop().unwrap().set;
    assert!(serve.limit == *"serve" && serve.letter == Some(u32::try_from(before.letters.len()).unwrap()));
    rest.units_seen.clone_from(&before.units_seen);
    assert_eq!(rest, *before);
}

/// INV-1, INV-4: numbered; events only added, none before receipt or after today; nothing forgotten or reopened.
fn is_what_its_events_say(label: char, matter: &Matter, earlier: &Petition) {
    let petition = &matter.petition;
    assert!(petition.submission.is_some(), "INV-1: @{label} has no number");
    assert_eq!(*petition, Petition::replay(petition_id(label), &matter.events), "replay is the state");
    assert_eq!(petition.version, matter.events.len() as u64);
    assert!(petition.version > earlier.version, "INV-4: versions only grow");
    let early = matter.events.iter().find(|event| event.on < petition.received_on);
    assert!(early.is_none(), "INV-4: before receipt: {early:?}");
    assert!(earlier.letters.len() <= petition.letters.len() && earlier.rounds.len() <= petition.rounds.len());
    assert!(earlier.promises.len() <= petition.promises.len());
    for (index, old) in earlier.deadlines.iter().enumerate() {
        let new = &petition.deadlines[index];
        assert_eq!((&old.set.limit, old.set.from), (&new.set.limit, new.set.from));
        assert!(!old.missed || new.missed, "late for good: {}", old.set.limit);
        assert!(old.is_open() || old.state == new.state, "INV-3: {} changed after its end", old.set.limit);
        assert!(old.state == DeadlineState::Running || new.state != DeadlineState::Running);
        if old.is_open() && !new.is_open() {
            let added = &matter.events[usize::try_from(earlier.version).unwrap()..];
            let ended = added.iter().any(|event| ends(&event.fact, index));
            assert!(ended, "INV-3: {} ended without a fact", old.set.limit);
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only three facts end a deadline")]
fn ends(fact: &Fact, index: usize) -> bool {
    match fact {
        Fact::DeadlineStopped { deadline, .. }
        | Fact::DeadlineCancelled { deadline }
        | Fact::WindowClosed { deadline } => *deadline as usize == index,
        _ => false,
    }
}

/// INV-2: a unit, a person of it, and a running duty or an open window of the petitioner, unless at rest.
fn has_an_owner_and_a_deadline(world: &World, matter: &Matter, verb: Verb) {
    let petition = &matter.petition;
    let (unit, person) = petition.owner.expect("INV-2: nobody answers for it");
    let official = world.directory.official(person).expect("INV-2: the owner exists");
    assert_eq!(official.unit, unit, "INV-2: the person belongs to the unit");
    let stage = world.procedure.stage(petition.stage.as_ref().unwrap()).unwrap();
    if stage.rest.is_some() {
        return;
    }
    let runs = petition.deadlines.iter().any(|deadline| {
        let role = world.procedure.limit(&deadline.set.limit).map(|limit| limit.role);
        let counts = matches!(role, Some(LimitRole::Duty | LimitRole::Window));
        counts && deadline.state == DeadlineState::Running
    });
    assert!(runs, "INV-2: nothing runs at {} after {verb:?}", stage.id);
}

fn concerns<'a>(world: &'a World, petition: &'a Petition) -> Concerns<'a> {
    Concerns::new(&world.directory, &world.procedure, petition)
}

/// INV-7, REC-1: nobody sees anything who is named or recused, whose unit is reported or headed by somebody accused, or
/// lies below such a unit.
fn is_blind_to_the_accused(world: &World, petition: &Petition) {
    let directory = &world.directory;
    let reports = world.procedure.kind(&petition.kind).is_some_and(|kind| kind.sealed);
    for official in directory.officials.values() {
        let heads = |named: &OfficialId| {
            directory.units.values().any(|unit| {
                let is_head =
                    *named == official_of_post(unit.id, 2) || *named == official_of_post(unit.id, 8);
                is_head && directory.is_within(official.unit, unit.id)
            })
        };
        let reported = petition.accused().iter().any(|accused| directory.is_within(official.unit, *accused));
        let kept = petition.recused.contains(&official.id) || petition.named.contains(&official.id);
        if !(reported || kept || (reports && petition.named.iter().any(heads))) {
            continue;
        }
        let actor = Actor::Official { id: official.id, unit: official.unit, roles: official.roles.clone() };
        let sight = sight(directory, &world.procedure, petition, &actor);
        assert_eq!(sight, Sight::Nothing, "INV-7: {} sees a matter that they are kept from", official.name);
    }
}

/// Posts have numbers in the order of the district's list: 2 and 8 are heads.
fn official_of_post(unit: UnitId, post: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(unit.0.as_u128() * 100 + post))
}

/// A matter that only blind eyes could see would lie still: whoever answers for it may see it, and nothing of it is owed
/// by a unit that is barred from it (REC-2).
fn is_seen_by_its_owner(world: &World, petition: &Petition) {
    let (unit, official) = petition.owner.unwrap();
    let concerns = concerns(world, petition);
    assert!(!concerns.bars(unit), "REC-2: a unit that is barred from it answers for it");
    assert_eq!(concerns.of(official, unit), None, "I7: whoever answers for it is kept from it");
    for (_, deadline) in petition.open_deadlines() {
        let barred = deadline.set.unit.is_some_and(|unit| concerns.bars(unit));
        assert!(!barred, "REC-2: a barred unit owes {}", deadline.set.limit);
    }
}

/// SEAL-1: of a sealed matter nobody sees anything, and nobody may do anything, who is no recipient of the unit in charge
/// or of one that owes something in it; whoever answers for it is one. Nobody owes what nobody of them could do.
fn is_shut_to_all_but_recipients(world: &World, petition: &Petition) {
    let (directory, procedure) = (&world.directory, &world.procedure);
    if !procedure.kind(&petition.kind).is_some_and(|kind| kind.sealed) {
        return;
    }
    for official in directory.officials.values() {
        let (id, unit, roles) = (official.id, official.unit, official.roles.clone());
        let opens = roles.contains(&directory::Role::Recipient);
        let actor = Actor::Official { id, unit, roles };
        let sees = sight(directory, procedure, petition, &actor) != Sight::Nothing;
        assert!(opens || !sees, "SEAL-1: {} sees it", official.name);
        for verb in Verb::ALL {
            let may = authority::may(directory, procedure, petition, &actor, *verb, None);
            assert!(opens || !may, "SEAL-1: {} may {verb:?}", official.name);
        }
    }
    // Where everybody who opens reports is kept from it, it waits for somebody to be named.
    let opens = |unit: &UnitId| {
        let concerns = concerns(world, petition);
        !concerns.bars(*unit)
            && directory.recipients_of(*unit).iter().any(|official| concerns.is_fit(*official))
    };
    if !directory.units.keys().any(opens) {
        return;
    }
    let (unit, official) = petition.owner.unwrap();
    let owed = petition.open_deadlines().filter_map(|(_, deadline)| deadline.set.unit);
    for unit in owed.chain([unit]) {
        let name = &directory.units[&unit].name_en;
        assert!(
            !directory.recipients_of(unit).is_empty(),
            "SEAL-1: {name} has to do something and no recipient"
        );
    }
    assert!(directory.recipients_of(unit).contains(&official), "SEAL-1: no recipient answers for it");
}

/// SCOPE-7: the second wall is never narrower than the rules: whoever sees something of it reaches it, and of its shell too.
fn is_within_reach_of_whoever_sees_it(world: &World, petition: &Petition) {
    let (directory, procedure) = (&*world.directory, &*world.procedure);
    let words = reach::of_petition(procedure, petition);
    if is_sealed(procedure, &petition.kind) {
        assert_eq!(words, reach::of_petition(procedure, &petition.shell()), "SCOPE-7: of its shell");
        assert!(!words.values().any(|bars| *bars), "SEAL-1: a word that names somebody: {words:?}");
    }
    for official in directory.officials.values() {
        let actor = Actor::Official { id: official.id, unit: official.unit, roles: official.roles.clone() };
        let seen = sight(directory, procedure, petition, &actor);
        if seen > Sight::Nothing {
            let own = reach::of_actor(directory, &actor).unwrap();
            assert!(
                reach::lets_through(&words, &own),
                "SCOPE-7: {} sees {seen:?} and does not reach it: {words:?}, {own:?}",
                official.name
            );
        }
    }
}

/// 不打欠条: whatever a served answer promises has its last day, also at rest.
fn owes_what_it_promised(world: &World, petition: &Petition) {
    let stage = world.procedure.stage(petition.stage.as_ref().unwrap()).unwrap();
    if stage.rest.is_none() {
        return;
    }
    for (index, promise) in (0u32..).zip(&petition.promises) {
        let owed = petition.open("execution").any(|(_, deadline)| deadline.set.promise == Some(index));
        assert!(!promise.is_open() || owed, "promise {index} rests without a last day at {}", stage.id);
    }
}

/// INV-5: the first answer comes by the latest lawful day, or a missed deadline says for good that it did not.
fn is_answered_in_time_or_marked(world: &World, matter: &Matter) {
    let petition = &matter.petition;
    let first =
        matter.events.iter().find(|event| matches!(event.fact, Fact::OpinionIssued(_) | Fact::Declined(_)));
    let Some(opinion) = first else { return };
    let again = matter.events.iter().any(|event| {
        matches!(
            event.fact,
            Fact::ObjectionAgreed(_)
                | Fact::RefusalReviewed(_)
                | Fact::Reclassified(_)
                | Fact::Merged(_)
                | Fact::SplitFrom { .. }
        )
    });
    let submission = petition.submission.as_ref().unwrap();
    let kind = world.directory.unit(submission.office).map(|unit| unit.kind);
    let dispatched = kind == Some(directory::UnitKind::PetitionOffice);
    let steps =
        latest_answer(&world.procedure, &world.calendar, &petition.kind, dispatched, petition.received_on);
    let Some(latest) = steps.ok().and_then(|steps| steps.last().map(|step| step.due.due_on)) else { return };
    let marked = petition.deadlines.iter().any(|deadline| deadline.missed);
    let interim = matter.events.iter().any(|event| matches!(event.fact, Fact::InterimReplied(_)));
    let late = opinion.on > latest && !again && !interim;
    assert!(!late || marked, "INV-5: answered on {}, latest {latest}, and nothing was missed", opinion.on);
}

/// INV-6: the procedure is over; what remains is carrying out, supervising, serving and what was begun before.
fn stays_final(before: &Petition, after: &Petition, verb: Verb) {
    if !before.is_at("final") && !before.is_at("appeal_closed") {
        return;
    }
    assert_eq!(before.stage, after.stage, "INV-6: {verb:?} reopened a final matter");
    assert_eq!((&before.rounds.len(), before.answers()), (&after.rounds.len(), after.answers()));
    let decides = matches!(
        verb,
        Verb::Accept
            | Verb::Decline
            | Verb::RouteToPath
            | Verb::IssueOpinion
            | Verb::RequestReview
            | Verb::UpholdOpinion
            | Verb::ChangeOpinion
            | Verb::RemandOpinion
            | Verb::Withdraw
            | Verb::Settle
            | Verb::Extend
            | Verb::Forward
            | Verb::Assign
    );
    assert!(!decides, "INV-6: {verb:?} after the end");
}

/// INV-8: the reviewing organ stands strictly above the one reviewed; nobody decides on two levels.
#[expect(clippy::wildcard_enum_match_arm, reason = "only decisions on a review matter")]
fn reviewer_is_above_and_new(before: &World, after: &World, label: char, actor: &Actor, act: &Act) {
    match act {
        Act::UpholdOpinion(_) | Act::ChangeOpinion(_) | Act::RemandOpinion(_) => {}
        _ => return,
    }
    let petition = before.petition(label);
    let round = petition.round().unwrap().clone();
    let organ = petition.organ.or(petition.office).unwrap();
    let above = before.directory.above(organ);
    let outside = before.directory.unit(round.unit).is_some_and(|unit| unit.parent.is_none());
    assert!(above.contains(&round.unit) || outside, "INV-8: the reviewer is not above");
    let first = before.directory.reviewer_of(organ);
    let competent = match round.kind {
        RoundKind::Handling => None,
        RoundKind::FirstReview => first,
        RoundKind::SecondReview => first.and_then(|first| before.directory.reviewer_of(first)),
    };
    let diverted =
        before.matters[&label].events.iter().any(|event| matches!(event.fact, Fact::Diverted { .. }));
    let kept = !petition.recused.is_empty() || !petition.named.is_empty() || !petition.accused().is_empty();
    assert!(
        Some(round.unit) == competent || (diverted || kept),
        "Art.35, 36: one level above, and one above that"
    );
    let me = actor.official().unwrap();
    let elsewhere = petition.rounds.iter().filter(|other| other.kind != round.kind);
    assert!(!elsewhere.clone().any(|other| other.took_part.contains(&me)), "INV-8: took part before");
    let signed = opinions_signed_by(after, label, me);
    assert!(signed.iter().all(|kind| *kind == round.kind), "INV-8: {me:?} signed at {signed:?}");
}

/// On which levels the official signed a decision: read off the events alone, round by round.
#[expect(clippy::wildcard_enum_match_arm, reason = "only rounds and signatures matter")]
fn opinions_signed_by(world: &World, label: char, official: OfficialId) -> Vec<RoundKind> {
    let mut level = RoundKind::Handling;
    let mut signed = Vec::new();
    for event in &world.matters[&label].events {
        match &event.fact {
            Fact::RoundOpened { kind, .. } => level = *kind,
            Fact::LetterSigned(letter) if letter.signer == Some(official) => {
                let kind = world.procedure.letter(&letter.letter).map(|letter| letter.kind);
                if kind == Some(LetterKind::Opinion) {
                    signed.push(level);
                }
            }
            _ => {}
        }
    }
    signed
}

/// What is carried out was offered, and nothing is offered that authority refuses.
fn was_offered(before: &World, label: char, actor: &Actor, command: &Command) {
    let petition = before.petition(label);
    let verb = command.act.verb();
    let offered = before.permitted(label, actor);
    for verb in &offered {
        assert!(
            authority::may(&before.directory, &before.procedure, &petition, actor, *verb, None),
            "{verb:?} offered in vain"
        );
    }
    let by_people = !matches!(verb, Verb::Submit | Verb::IssueLetter | Verb::Pass | Verb::Recalendar);
    if by_people && command.on.is_none() {
        assert!(offered.contains(&verb), "{verb:?} was possible and not offered");
    }
}
