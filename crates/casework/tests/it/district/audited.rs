//! The record of a district, audited as `verify` does: from the rows alone.

use super::{Record, World, petition_id};
use casework::audit::{Audit, Breach, Recorded, Rules};

/// The rules that the world was under.
pub(crate) fn rules(world: &World) -> Rules<'_> {
    let mut calendars = vec![&*world.calendar];
    calendars.extend(world.earlier.iter().map(|calendar| &**calendar));
    Rules::new(&world.procedure, &calendars)
}

/// Every breach in the decisions of one petition.
pub(crate) fn audit(rules: &Rules<'_>, label: char, records: &[Record]) -> Vec<Breach> {
    let mut audit = Audit::new(rules, petition_id(label));
    for record in records {
        audit.follow(&recorded(record));
    }
    audit.finish().1
}

pub(crate) fn recorded(record: &Record) -> Recorded<'_> {
    Recorded {
        seq: record.seq,
        at_day: record.at_day,
        sure: true,
        actor: &record.actor,
        verb: &record.verb,
        events: &record.events,
    }
}

/// Nothing the rules themselves decided is ever called a breach.
pub(crate) fn is_clean(world: &World) {
    let rules = rules(world);
    for (label, matter) in &world.matters {
        let breaches = audit(&rules, *label, &matter.records);
        let told: Vec<String> = breaches
            .iter()
            .map(|breach| {
                let record = matter.records.iter().find(|record| record.seq == breach.seq).unwrap();
                format!(
                    "@{label}/{} {} {} by {}: {}: {}\n  {:?}",
                    breach.seq,
                    record.at_day,
                    record.verb,
                    record.actor,
                    breach.rule,
                    breach.what,
                    record.events
                )
            })
            .collect();
        assert!(told.is_empty(), "a lawful course is called a breach:\n{}", told.join("\n"));
    }
}
