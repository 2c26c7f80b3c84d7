//! What the office's key file holds.

use super::{hex, unhex};
use crate::content;
use crate::seal::Suite;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The office's own key, from which codes, the first log's signature, padding and the journal have theirs; the wrapping keys
/// by version; and the keys that sign later logs, by the number of the first log that each signs. The first line of the file
/// is the own key, each other one `wrapping VERSION KEY` or `signing LOG KEY`; keys are 64 hexadecimal digits. The office's
/// suite stands in it too, as `suite NAME`, unless it is `intl`.
#[derive(Clone, PartialEq, Eq)]
pub struct OfficeKey {
    own: Zeroizing<[u8; 32]>,
    wrapping: BTreeMap<u32, Zeroizing<[u8; 32]>>,
    signing: BTreeMap<u32, Zeroizing<[u8; 32]>>,
    suite: Suite,
}

impl std::fmt::Debug for OfficeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfficeKey")
            .field("versions", &self.wrapping.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl OfficeKey {
    /// A new office's, from random bytes.
    pub fn new(suite: Suite, own: [u8; 32], wrapping: [u8; 32]) -> OfficeKey {
        let wrapping = [(1, Zeroizing::new(wrapping))].into();
        OfficeKey { own: Zeroizing::new(own), wrapping, signing: BTreeMap::new(), suite }
    }

    /// That of a file with the own key alone: version 1 of the wrapping key is made from it.
    pub fn of_one(own: [u8; 32]) -> OfficeKey {
        OfficeKey::new(Suite::Intl, own, content::commit(&own, b"huiyin content wrapping"))
    }

    /// Reads the file; `None` when it is none.
    pub fn parse(text: &str) -> Option<OfficeKey> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let own: [u8; 32] = unhex(lines.next()?)?;
        let (mut wrapping, mut signing) = (BTreeMap::new(), BTreeMap::new());
        let mut suite = None;
        for line in lines {
            if let Some(name) = line.strip_prefix("suite ") {
                if suite.replace(Suite::named(name.trim())?).is_some() {
                    return None;
                }
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(what), Some(number), Some(key), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return None;
            };
            let (keys, least) = match what {
                "wrapping" => (&mut wrapping, 1),
                // The first log's is made from the own key.
                "signing" => (&mut signing, 2),
                _ => return None,
            };
            let number: u32 = number.parse().ok().filter(|number| *number >= least)?;
            if keys.insert(number, Zeroizing::new(unhex(key)?)).is_some() {
                return None;
            }
        }
        let suite = suite.unwrap_or_default();
        if wrapping.is_empty() {
            return Some(OfficeKey { suite, signing, ..OfficeKey::of_one(own) });
        }
        Some(OfficeKey { own: Zeroizing::new(own), wrapping, signing, suite })
    }

    /// The file.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = format!("{}\n", hex(self.own.as_slice()));
        for (what, keys) in [("wrapping", &self.wrapping), ("signing", &self.signing)] {
            for (number, key) in keys {
                text.push_str(&format!("{what} {number} {}\n", hex(key.as_slice())));
            }
        }
        if self.suite != Suite::default() {
            text.push_str(&format!("suite {}\n", self.suite.word()));
        }
        Zeroizing::new(text)
    }

    /// What the office encrypts with.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The own key.
    pub fn own(&self) -> &[u8; 32] {
        &self.own
    }

    /// The wrapping keys.
    pub(crate) fn wrapping(&self) -> &BTreeMap<u32, Zeroizing<[u8; 32]>> {
        &self.wrapping
    }

    /// Versions of the wrapping key, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.wrapping.keys().copied()
    }

    /// The newest of them.
    pub fn newest(&self) -> u32 {
        self.versions().next_back().unwrap_or(0)
    }

    /// With another version of the wrapping key.
    #[must_use]
    pub fn with(mut self, version: u32, key: [u8; 32]) -> OfficeKey {
        self.wrapping.insert(version, Zeroizing::new(key));
        self
    }

    /// The keys that sign later logs, by the number of the first log that each signs.
    pub(crate) fn signing(&self) -> &BTreeMap<u32, Zeroizing<[u8; 32]>> {
        &self.signing
    }

    /// Whether it has a key of its own for the log of a number.
    pub fn has_signing(&self, log: u32) -> bool {
        self.signing.contains_key(&log)
    }

    /// The number of the last log for which it has a key of its own; 1 where none was ever changed.
    pub fn last_signing(&self) -> u32 {
        self.signing.keys().next_back().copied().unwrap_or(1)
    }

    /// With a key that signs the log of a number, and those after it.
    #[must_use]
    pub fn with_signing(mut self, log: u32, key: [u8; 32]) -> OfficeKey {
        self.signing.insert(log, Zeroizing::new(key));
        self
    }

    /// Without a version.
    #[must_use]
    pub fn without(mut self, version: u32) -> OfficeKey {
        self.wrapping.remove(&version);
        self
    }

    /// Both files' keys in one; `None` when they are of two offices, or give one number two keys.
    pub fn joined(&self, other: &OfficeKey) -> Option<OfficeKey> {
        type Keys = BTreeMap<u32, Zeroizing<[u8; 32]>>;
        let agree = |ours: &Keys, theirs: &Keys| {
            ours.iter().all(|(number, key)| theirs.get(number).is_none_or(|theirs| theirs == key))
        };
        if self.own != other.own
            || self.suite != other.suite
            || !agree(&self.wrapping, &other.wrapping)
            || !agree(&self.signing, &other.signing)
        {
            return None;
        }
        let mut joined = self.clone();
        joined.wrapping.extend(other.wrapping.clone());
        joined.signing.extend(other.signing.clone());
        Some(joined)
    }
}
