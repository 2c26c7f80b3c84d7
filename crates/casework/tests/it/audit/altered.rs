//! Chance as a forger: no fact can be taken out of a decision, and no date, stage or number altered, unnoticed.

use super::*;
use crate::district::petition_id;
use crate::random;
use casework::audit::{Audit, Rule};
use proptest::prelude::*;

/// What can be done to one fact. `None` when the fact has nothing of the kind, or when only the directory of the day
/// could say that it is wrong.
#[expect(clippy::wildcard_enum_match_arm, reason = "other facts have nothing to alter here")]
fn altered(fact: &Fact) -> Option<Fact> {
    let mut fact = fact.clone();
    match &mut fact {
        Fact::DeadlineSet(set) => set.due_on = set.due_on.tomorrow().unwrap(),
        Fact::DeadlineMoved { due_on, .. } => *due_on = due_on.tomorrow().unwrap(),
        Fact::DeadlineStopped { days_late, .. } => *days_late += 1,
        Fact::DeadlineCancelled { deadline }
        | Fact::DeadlineMissed { deadline }
        | Fact::WindowClosed { deadline } => *deadline += 1,
        Fact::Moved { to, .. } => *to = Name::from("elsewhere"),
        Fact::OwnerSet { unit, .. } => *unit = UnitId(uuid::Uuid::from_u128(77)),
        Fact::SupervisionEscalated { step } => *step += 1,
        Fact::DatedBack { days, .. } => *days += 1,
        Fact::DecidedUnder { first } => *first = OfficialId(uuid::Uuid::from_u128(77)),
        Fact::ProcedureFixed { version, .. } => *version += 1,
        Fact::LetterSigned(signed) => match (signed.serial % 3, signed.signer) {
            (0, _) => signed.to_petitioner = !signed.to_petitioner,
            (2, Some(_)) => signed.sealed = !signed.sealed,
            (1, Some(_)) => signed.unit = UnitId(uuid::Uuid::from_u128(77)),
            _ => signed.signer = Some(OfficialId(uuid::Uuid::from_u128(77))),
        },
        Fact::Parted { petition, .. } | Fact::Released { lead: petition } => {
            *petition = petition_id('?');
        }
        _ => return None,
    }
    Some(fact)
}

/// The decision with one fact taken out, and with one altered, for every fact of it.
fn forgeries<'r>(world: &World, before: &Petition, record: &'r Record) -> Vec<(Record, &'r Event)> {
    let after = record.events.iter().fold(before.clone(), Petition::apply);
    let sealed = casework::disclosure::is_sealed(&world.procedure, &after.kind);
    let mut forgeries = Vec::new();
    for (place, touched) in record.events.iter().enumerate() {
        // That a unit had to give the matter up is the directory's to say too.
        // So is who worked under whom.
        let mut gave_up = matches!(touched.fact, Fact::Diverted { .. } | Fact::DecidedUnder { .. });
        // So is who of a unit is a recipient, and cannot answer for what is sealed any more.
        if let Fact::OwnerSet { unit, .. } = &touched.fact {
            gave_up = sealed && before.owner.is_some_and(|(owner, _)| owner == *unit);
        }
        if record.events.len() > 1 && !gave_up {
            let mut without = record.clone();
            without.events.remove(place);
            forgeries.push((without, touched));
        }
        // In whose name a supervisor signs is the directory's to say.
        let supervises = matches!(record.verb.as_str(), "supervise" | "recommend");
        let by_directory = supervises && matches!(touched.fact, Fact::LetterSigned(_));
        if let Some(fact) = altered(&touched.fact).filter(|_| !by_directory) {
            let mut other = record.clone();
            other.events[place].fact = fact;
            forgeries.push((other, touched));
        }
    }
    forgeries
}

fn is_noticed(world: &World) -> Result<u32, TestCaseError> {
    let rules = audited::rules(world);
    let mut n_forged = 0;
    for (label, matter) in &world.matters {
        let mut honest = Audit::new(&rules, petition_id(*label));
        for record in &matter.records {
            for (forged, touched) in forgeries(world, honest.petition(), record) {
                let mut audit = honest.clone();
                audit.follow(&audited::recorded(&forged));
                let breaches = audit.finish().1;
                let told = || format!("@{label}/{} {} forged at {touched:?}", record.seq, record.verb);
                prop_assert!(!breaches.is_empty(), "unnoticed: {}", told());
                n_forged += 1;
            }
            honest.follow(&audited::recorded(record));
        }
    }
    Ok(n_forged)
}

#[test]
fn ver_2_no_fact_is_taken_out_or_altered_unnoticed() {
    for (law, cases) in [(crate::district::Law::Cn, 12), (crate::district::Law::In, 8)] {
        let n_forged = random::worlds(law, cases, is_noticed) + random::sealed_worlds(law, cases, is_noticed);
        assert!(n_forged > cases * 60, "only {n_forged} forgeries in {cases} courses");
    }
}

#[test]
fn ver_2_every_rule_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
