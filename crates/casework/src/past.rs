//! How the tree stood before: who sees an old matter follows the tree as it was, not what was made of it since (SCOPE-6).
//!
//! Every change of a unit's place or head, and of an official's post, leaves behind how it was until then. What gives
//! sight must have been so all through the day on which the matter was assigned; what takes it away holds when it was so
//! at any time since the matter was received. So nobody comes to see an old matter because a unit moved, in either
//! direction: that takes an act on the matter.

use crate::directory::{Directory, Official, Role, Unit};
use crate::ids::{OfficialId, UnitId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a unit stood until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// The day on which it changed, in the office's zone.
    pub until: Date,
    /// The unit above it; for what did not exist yet nothing.
    pub parent: Option<UnitId>,
    /// Its head.
    pub head: OfficialId,
}

/// Where an official worked until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worked {
    /// The day on which it changed, in the office's zone.
    pub until: Date,
    /// The unit of the post.
    pub unit: UnitId,
    /// Whether they were entrusted with it as a head.
    pub head: bool,
}

/// What a directory remembers, in the order in which it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Of units.
    pub units: BTreeMap<UnitId, Vec<Stood>>,
    /// Of officials.
    pub officials: BTreeMap<OfficialId, Vec<Worked>>,
}

impl Past {
    /// Whether nothing ever changed.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.officials.is_empty()
    }
}

impl Directory {
    /// Puts a unit in its place, new or changed, and remembers how it stood until today.
    pub fn put_unit(&mut self, unit: Unit, today: Date) {
        let stood = match self.unit(unit.id) {
            Some(old) if old.parent == unit.parent && old.head == unit.head => None,
            Some(old) => Some(Stood { until: today, parent: old.parent, head: old.head }),
            // Before today it stood nowhere.
            None => Some(Stood { until: today, parent: None, head: unit.head }),
        };
        if let Some(stood) = stood {
            self.past.units.entry(unit.id).or_default().push(stood);
        }
        self.units.insert(unit.id, unit);
    }

    /// Puts an official in their post, new or changed, and remembers where they worked until today.
    pub fn put_official(&mut self, official: Official, today: Date) {
        let head = |official: &Official| official.roles.contains(&Role::Head);
        let worked = self
            .official(official.id)
            .filter(|old| old.unit != official.unit || head(old) != head(&official))
            .map(|old| Worked { until: today, unit: old.unit, head: head(old) });
        if let Some(worked) = worked {
            self.past.officials.entry(official.id).or_default().push(worked);
        }
        self.officials.insert(official.id, official);
    }

    /// Whether `inner` was `outer`, or lay below it, at any time since that day. Moves of different days count together,
    /// so that it is never too little.
    pub fn was_within(&self, inner: UnitId, outer: UnitId, since: Date) -> bool {
        let mut seen = BTreeSet::from([inner]);
        let mut next = vec![inner];
        while let Some(at) = next.pop() {
            if at == outer {
                return true;
            }
            let before = self.stood(at).iter().filter(|stood| stood.until >= since).map(|stood| stood.parent);
            let now = self.unit(at).map(|unit| unit.parent);
            next.extend(before.chain(now).flatten().filter(|parent| seen.insert(*parent)));
        }
        false
    }

    /// Whether `inner` was `outer`, or lay below it, all through that day.
    pub fn lay_within(&self, inner: UnitId, outer: UnitId, on: Date) -> bool {
        let mut settled = BTreeMap::new();
        self.lies(inner, outer, on, &mut settled)
    }

    /// `settled` holds what was found of each unit so far; one that is come to again from below itself lies nowhere.
    fn lies(&self, inner: UnitId, outer: UnitId, on: Date, settled: &mut BTreeMap<UnitId, bool>) -> bool {
        if inner == outer {
            return true;
        }
        if let Some(known) = settled.get(&inner) {
            return *known;
        }
        settled.insert(inner, false);
        let parents = self.parents_on(inner, on);
        let lies =
            parents.into_iter().all(|parent| parent.is_some_and(|at| self.lies(at, outer, on, settled)));
        settled.insert(inner, lies);
        lies
    }

    /// Every unit above it on that day; more than one on a day on which it moved, never none.
    pub fn parents_on(&self, unit: UnitId, on: Date) -> Vec<Option<UnitId>> {
        let mut from: Option<Date> = None;
        let mut parents = Vec::new();
        for stood in self.stood(unit) {
            if stood.until >= on && from.is_none_or(|from| from <= on) {
                parents.push(stood.parent);
            }
            from = Some(stood.until);
        }
        if from.is_none_or(|from| from <= on) {
            parents.push(self.unit(unit).and_then(|unit| unit.parent));
        }
        parents
    }

    /// Every unit that stands above it directly, or ever did.
    pub fn parents_ever(&self, unit: UnitId) -> BTreeSet<UnitId> {
        let before = self.stood(unit).iter().map(|stood| stood.parent);
        before.chain(self.unit(unit).map(|unit| unit.parent)).flatten().collect()
    }

    /// Units that the official has headed at any time since that day: by name, or as one of those entrusted with it.
    pub fn headed_since(&self, official: OfficialId, since: Date) -> BTreeSet<UnitId> {
        let by_name = self.units.values().filter(|unit| {
            let mut stood = self.stood(unit.id).iter();
            unit.head == official || stood.any(|stood| stood.until >= since && stood.head == official)
        });
        let known = self.official(official).filter(|known| known.roles.contains(&Role::Head));
        let worked = self.worked(official).iter().filter(|worked| worked.until >= since && worked.head);
        by_name
            .map(|unit| unit.id)
            .chain(known.map(|known| known.unit))
            .chain(worked.map(|worked| worked.unit))
            .collect()
    }

    /// Units in which the official has worked at any time since that day.
    pub fn units_since(&self, official: OfficialId, since: Date) -> BTreeSet<UnitId> {
        let worked = self.worked(official).iter().filter(|worked| worked.until >= since);
        let now = self.official(official).map(|official| official.unit);
        worked.map(|worked| worked.unit).chain(now).collect()
    }

    fn stood(&self, unit: UnitId) -> &[Stood] {
        self.past.units.get(&unit).map_or(&[], Vec::as_slice)
    }

    fn worked(&self, official: OfficialId) -> &[Worked] {
        self.past.officials.get(&official).map_or(&[], Vec::as_slice)
    }
}
