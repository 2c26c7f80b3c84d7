//! How often a source may ask: one number for each source, in a bounded map.
//!
//! The number is the instant until which the source has used up its rate (the generic cell rate algorithm). A full map
//! gives the place of the source that owes least to a newcomer, who takes over what that one owed (as Space-Saving does),
//! but for one request: who floods is never forgotten for others' coming, and nobody who comes is turned away unheard.

use std::collections::{BTreeSet, HashMap};

/// A source as it is known today.
pub(super) type Key = [u8; 16];

/// Most sources remembered: some megabytes.
const SOURCES: usize = 100_000;
/// A debt is never longer than so many bursts: after a flood its source is soon as free as any.
const LONGEST: i64 = 4;

/// So many at once, then one each while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    every_ms: i64,
    burst: i64,
}

impl Rate {
    /// `n` in `within_ms`, and `burst` at once.
    pub(super) fn new(n: u32, within_ms: i64, burst: u32) -> Rate {
        Rate { every_ms: (within_ms / i64::from(n.max(1))).max(1), burst: i64::from(burst.max(1)) }
    }

    /// How many requests make a burst.
    pub(super) fn burst(self) -> u32 {
        u32::try_from(self.burst).unwrap_or(u32::MAX)
    }
}

/// Sources with what they used up.
#[derive(Debug)]
pub(super) struct Buckets {
    most: usize,
    until: HashMap<Key, i64>,
    order: BTreeSet<(i64, Key)>,
}

impl Default for Buckets {
    fn default() -> Self {
        Buckets { most: SOURCES, until: HashMap::new(), order: BTreeSet::new() }
    }
}

impl Buckets {
    /// How far the next request of a source is above its rate; 0 is within.
    pub(super) fn over(&self, source: Key, now_ms: i64, rate: Rate) -> u32 {
        let n_used = (self.debt(source, now_ms, rate) + rate.every_ms - 1) / rate.every_ms;
        u32::try_from((n_used + 1 - rate.burst).max(0)).unwrap_or(u32::MAX)
    }

    /// Seconds until the source is within its rate again, at least one.
    pub(super) fn after_s(&self, source: Key, now_ms: i64, rate: Rate) -> u64 {
        let ms = self.debt(source, now_ms, rate) - (rate.burst - 1) * rate.every_ms;
        u64::try_from((ms + 999) / 1_000).unwrap_or(0).max(1)
    }

    /// Counts a request.
    pub(super) fn charge(&mut self, source: Key, now_ms: i64, rate: Rate) {
        let longest = now_ms + LONGEST * rate.burst * rate.every_ms;
        let before = match self.until.get(&source).copied() {
            Some(until) => {
                self.order.remove(&(until, source));
                until
            }
            None if self.until.len() < self.most => now_ms,
            None => self.order.pop_first().map_or(now_ms, |(least, gone)| {
                self.until.remove(&gone);
                least.min(now_ms + (rate.burst - 1) * rate.every_ms)
            }),
        };
        let until = before.max(now_ms).saturating_add(rate.every_ms).min(longest);
        self.until.insert(source, until);
        self.order.insert((until, source));
    }

    fn debt(&self, source: Key, now_ms: i64, rate: Rate) -> i64 {
        let until = self.until.get(&source).copied().unwrap_or(now_ms);
        // A clock that was put back must lock nobody out.
        (until - now_ms).clamp(0, LONGEST * rate.burst * rate.every_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: fn() -> Rate = || Rate::new(3, 600_000, 5);

    fn key(n: u32) -> Key {
        let mut key = [0; 16];
        key[..4].copy_from_slice(&n.to_be_bytes());
        key
    }

    #[test]
    fn spam_1_five_at_once_then_three_in_ten_minutes() {
        let (mut buckets, rate, one) = (Buckets::default(), RATE(), key(1));
        for n in 0..5 {
            assert_eq!(buckets.over(one, n, rate), 0, "the {n}th is free");
            buckets.charge(one, n, rate);
        }
        assert_eq!(buckets.over(one, 5, rate), 1);
        assert_eq!(buckets.after_s(one, 0, rate), 200);
        assert_eq!(buckets.over(key(2), 5, rate), 0, "others are not touched");
        assert_eq!(buckets.over(one, 200_000, rate), 0, "a third of ten minutes later there is room for one");
        buckets.charge(one, 200_000, rate);
        assert_eq!(buckets.over(one, 200_001, rate), 1);
        for _ in 0..1_000 {
            buckets.charge(one, 200_001, rate);
        }
        assert_eq!(buckets.over(one, 200_001, rate), 16, "a debt has its end");
        assert_eq!(buckets.over(one, 200_001 + 20 * 200_000, rate), 0, "and is over after it");
        assert_eq!(buckets.over(one, -900_000_000, rate), 16, "also when the clock was put back");
    }

    #[test]
    fn spam_2_a_full_map_forgets_who_owes_least_and_never_the_flooder() {
        let (mut buckets, rate) = (Buckets { most: 100, ..Buckets::default() }, RATE());
        let flooder = key(u32::MAX);
        for _ in 0..50 {
            buckets.charge(flooder, 0, rate);
        }
        for n in 0..10_000 {
            assert_eq!(buckets.over(key(n), 1, rate), 0, "whoever comes is heard: {n}");
            buckets.charge(key(n), 1, rate);
            assert!(buckets.until.len() <= 100 && buckets.order.len() == buckets.until.len());
        }
        assert_eq!(buckets.over(flooder, 1, rate), 16, "washed out by nobody");
        // Two sources that push each other out pay what the one before owed: no free filings without end.
        let mut free = 0;
        for n in 0..1_000 {
            let source = key(20_000 + n % 2);
            free += u32::from(buckets.over(source, 2, rate) == 0);
            buckets.charge(source, 2, rate);
        }
        assert!(free <= 100, "{free} of a thousand were free");
    }
}
