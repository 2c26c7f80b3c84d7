//! What happened in a world, counted.

use super::disk::Counts;

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) steps: u64,
    pub(super) calls: u64,
    pub(super) acknowledged: u64,
    pub(super) conflicts: u64,
    pub(super) unanswered: u64,
    pub(super) devices_failed: u64,
    pub(super) starts: u64,
    pub(super) doubted: u64,
    pub(super) petitions: u64,
    pub(super) events: u64,
    pub(super) commits: u64,
    pub(super) disk: Counts,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Tally) {
        let Tally { steps, calls, acknowledged, conflicts, unanswered, devices_failed, .. } = other;
        self.steps += steps;
        self.calls += calls;
        self.acknowledged += acknowledged;
        self.conflicts += conflicts;
        self.unanswered += unanswered;
        self.devices_failed += devices_failed;
        self.starts += other.starts;
        self.doubted += other.doubted;
        self.petitions += other.petitions;
        self.events += other.events;
        self.commits += other.commits;
        let (all, disk) = (&mut self.disk, &other.disk);
        all.operations += disk.operations;
        all.syncs += disk.syncs;
        all.failed_writes += disk.failed_writes;
        all.failed_syncs += disk.failed_syncs;
        all.full += disk.full;
        all.kills += disk.kills;
        all.power_cuts += disk.power_cuts;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { steps, calls, acknowledged, conflicts, unanswered, .. } = self;
        let Counts { operations, syncs, failed_writes, failed_syncs, full, kills, power_cuts } = self.disk;
        write!(
            f,
            "{steps} steps: {calls} batches ({acknowledged} acknowledged, {conflicts} conflicts, {unanswered} unanswered), "
        )?;
        write!(
            f,
            "{operations} disk operations ({syncs} syncs; {failed_writes} writes and {failed_syncs} syncs failed, {full} found no room), "
        )?;
        write!(
            f,
            "{kills} kills, {power_cuts} power cuts, {} devices failed, {} starts, ",
            self.devices_failed, self.starts
        )?;
        write!(f, "{} decisions by a doubted clock; ", self.doubted)?;
        write!(f, "kept: {} petitions, {} events, {} commits", self.petitions, self.events, self.commits)
    }
}
