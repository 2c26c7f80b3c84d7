//! What the office's key file holds.

use super::{hex, unhex};
use crate::content;
use crate::seal::Suite;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The office's own key, from which codes, signatures, padding and the journal have theirs, and the wrapping keys by
/// version. The first line of the file is the own key, each other one `wrapping VERSION KEY`; keys are 64 hexadecimal
/// digits. The office's suite stands in it too, as `suite NAME`, unless it is `intl`.
#[derive(Clone, PartialEq, Eq)]
pub struct OfficeKey {
    own: Zeroizing<[u8; 32]>,
    wrapping: BTreeMap<u32, Zeroizing<[u8; 32]>>,
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
        OfficeKey { own: Zeroizing::new(own), wrapping: [(1, Zeroizing::new(wrapping))].into(), suite }
    }

    /// That of a file with the own key alone: version 1 of the wrapping key is made from it.
    pub fn of_one(own: [u8; 32]) -> OfficeKey {
        OfficeKey::new(Suite::Intl, own, content::commit(&own, b"huiyin content wrapping"))
    }

    /// Reads the file; `None` when it is none.
    pub fn parse(text: &str) -> Option<OfficeKey> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let own: [u8; 32] = unhex(lines.next()?)?;
        let mut wrapping = BTreeMap::new();
        let mut suite = None;
        for line in lines {
            if let Some(name) = line.strip_prefix("suite ") {
                if suite.replace(Suite::named(name.trim())?).is_some() {
                    return None;
                }
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some("wrapping"), Some(version), Some(key), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return None;
            };
            let version: u32 = version.parse().ok().filter(|version| *version > 0)?;
            if wrapping.insert(version, Zeroizing::new(unhex(key)?)).is_some() {
                return None;
            }
        }
        let suite = suite.unwrap_or_default();
        if wrapping.is_empty() {
            return Some(OfficeKey { suite, ..OfficeKey::of_one(own) });
        }
        Some(OfficeKey { own: Zeroizing::new(own), wrapping, suite })
    }

    /// The file.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = format!("{}\n", hex(self.own.as_slice()));
        for (version, key) in &self.wrapping {
            text.push_str(&format!("wrapping {version} {}\n", hex(key.as_slice())));
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

    /// Without a version.
    #[must_use]
    pub fn without(mut self, version: u32) -> OfficeKey {
        self.wrapping.remove(&version);
        self
    }

    /// Both files' versions in one; `None` when they are of two offices, or give one version two keys.
    pub fn joined(&self, other: &OfficeKey) -> Option<OfficeKey> {
        let agree = |(version, key): (&u32, &Zeroizing<[u8; 32]>)| {
            other.wrapping.get(version).is_none_or(|theirs| theirs == key)
        };
        if self.own != other.own || self.suite != other.suite || !self.wrapping.iter().all(agree) {
            return None;
        }
        let mut joined = self.clone();
        joined.wrapping.extend(other.wrapping.clone());
        Some(joined)
    }
}
