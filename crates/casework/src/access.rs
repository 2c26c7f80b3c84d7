//! What officials read of a petition, how it is recorded, and what opens who filed it (ACC-1, ACC-2).
//!
//! A read changes nothing about the matter: it stands in a stream of its own, outside the petition's versions
//! (architecture §10.19). Whoever filed a petition is masked everywhere; an official who states what for sees one field
//! of it for ten minutes. Whether what is recorded keeps to that is checked by [`Reads`] (security.md, I8).

use crate::directory::{Level, Role};
use crate::ids::{ContentId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes within which the same person's reads of the same thing are one read.
pub const COALESCED_MINUTES: i64 = 15;
/// Minutes for which a field that was revealed stays open to whoever asked.
pub const GRANT_MINUTES: i64 = 10;
/// Minutes by which a read may be recorded later than it was allowed: it waits for its commit, and takes the instant of the
/// log, which another node's clock may have set.
const RECORDED_WITHIN: i64 = 1;

/// What may be revealed, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityField {
    /// 姓名.
    Name,
    /// 电话.
    Phone,
    /// 住址.
    Address,
    /// 身份证件号码.
    IdNumber,
}

impl IdentityField {
    /// Every field, in the order in which they are shown.
    pub const ALL: [IdentityField; 4] =
        [IdentityField::Name, IdentityField::Phone, IdentityField::Address, IdentityField::IdNumber];

    /// As requests spell it.
    pub fn word(self) -> &'static str {
        match self {
            IdentityField::Name => "name",
            IdentityField::Phone => "phone",
            IdentityField::Address => "address",
            IdentityField::IdNumber => "id_number",
        }
    }

    /// The field of that word.
    pub fn parse(word: &str) -> Option<IdentityField> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }
}

/// What the law lets an official know a petitioner for (PIPL 6, 34; Regulations Art.18 to 22, 30).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To ask, hear or answer the petitioner.
    Contact,
    /// To serve a letter.
    Serve,
    /// To make sure that whoever comes is who they say.
    Identify,
    /// To examine the facts.
    Examine,
    /// To hand the matter to the organ that the law names.
    Transfer,
    /// To keep somebody from harm.
    Protect,
}

impl Purpose {
    /// Every purpose, in the order in which they are offered.
    pub const ALL: [Purpose; 6] = [
        Purpose::Contact,
        Purpose::Serve,
        Purpose::Identify,
        Purpose::Examine,
        Purpose::Transfer,
        Purpose::Protect,
    ];

    /// As requests spell it.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Contact => "contact",
            Purpose::Serve => "serve",
            Purpose::Identify => "identify",
            Purpose::Examine => "examine",
            Purpose::Transfer => "transfer",
            Purpose::Protect => "protect",
        }
    }

    /// The purpose of that word.
    pub fn parse(word: &str) -> Option<Purpose> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }
}

/// An official's own words, encrypted under the petition's key: they may name somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedWords {
    /// What the ciphertext is bound to, beside the petition.
    pub id: ContentId,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The case: its words, its history, its letters' names.
    Case,
    /// A letter, by its place in the petition's list.
    Letter {
        /// Its place.
        letter: u32,
        /// The read that had opened the addressee's name, when the name was shown.
        grant: Option<u64>,
    },
    /// One field of who filed it; opens that field for [`GRANT_MINUTES`].
    Identity {
        /// Which.
        field: IdentityField,
        /// What for.
        purpose: Purpose,
        /// The same in words.
        words: SealedWords,
    },
    /// A file as it was handed in, not the copy without its metadata, or one that may do harm; the words say what for.
    Original {
        /// Which file.
        file: ContentId,
        /// What for.
        words: SealedWords,
    },
    /// A lost code was replaced; the words say how the person was identified.
    Code {
        /// How.
        words: SealedWords,
    },
}

impl Seen {
    /// The kind, as the row's own column has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Seen::Case => "case",
            Seen::Letter { .. } => "letter",
            Seen::Identity { .. } => "identity",
            Seen::Original { .. } => "original",
            Seen::Code { .. } => "code",
        }
    }

    /// Whether a second one within [`COALESCED_MINUTES`] is the same read. Revealing a field and taking an original
    /// state a purpose, and replacing a code changes something: each stands for itself.
    pub fn is_coalesced(&self) -> bool {
        match self {
            Seen::Case | Seen::Letter { .. } => true,
            Seen::Identity { .. } | Seen::Original { .. } | Seen::Code { .. } => false,
        }
    }

    /// Whether who filed the petition was shown by it.
    pub fn shows_identity(&self) -> bool {
        match self {
            Seen::Identity { .. } | Seen::Letter { grant: Some(_), .. } => true,
            Seen::Case | Seen::Letter { grant: None, .. } | Seen::Original { .. } | Seen::Code { .. } => {
                false
            }
        }
    }
}

/// One read, with the reader's post as it was then: the petitioner is told the post, never the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The reader's unit.
    pub unit: UnitId,
    /// At which level of government it stands.
    pub level: Level,
    /// What the reader was entrusted with.
    pub roles: BTreeSet<Role>,
    /// What was read.
    pub seen: Seen,
}

/// The reads of one petition on their way through a check.
#[derive(Debug, Default)]
pub struct Reads {
    /// Fields revealed so far, by the place of their read: by whom, which, when.
    grants: BTreeMap<u64, (String, IdentityField, u64)>,
}

impl Reads {
    /// Takes the next read; what it breaks. `at` is in milliseconds since 1970.
    pub fn follow(&mut self, seq: u64, at: u64, actor: &str, read: &Read) -> Option<&'static str> {
        match &read.seen {
            Seen::Identity { field, words, .. } => {
                self.grants.insert(seq, (actor.to_owned(), *field, at));
                words
                    .sealed
                    .is_empty()
                    .then_some("ACC-1: an identity was revealed, and no words say what for")
            }
            Seen::Letter { grant: Some(grant), .. } => {
                let lies_inside = self.grants.get(grant).is_some_and(|(by, field, from)| {
                    by == actor
                        && *field == IdentityField::Name
                        && (*from..=from + minutes(GRANT_MINUTES + RECORDED_WITHIN)).contains(&at)
                });
                (!lies_inside).then_some("I8: a name was shown outside what its reader had asked for")
            }
            Seen::Code { words } => words
                .sealed
                .is_empty()
                .then_some("ACC-1: a code was replaced, and no words say how the person was identified"),
            Seen::Original { words, .. } => words
                .sealed
                .is_empty()
                .then_some("ACC-1: a file was taken as it came, and no words say what for"),
            Seen::Case | Seen::Letter { grant: None, .. } => None,
        }
    }
}

fn minutes(minutes: i64) -> u64 {
    u64::try_from(minutes).unwrap_or(0) * 60_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seen: Seen) -> Read {
        Read {
            unit: UnitId(uuid::Uuid::nil()),
            level: Level::County,
            roles: BTreeSet::from([Role::Handler]),
            seen,
        }
    }

    fn words(sealed: &[u8]) -> SealedWords {
        SealedWords { id: ContentId(uuid::Uuid::nil()), sealed: sealed.to_vec() }
    }

    fn revealed(field: IdentityField) -> Read {
        read(Seen::Identity { field, purpose: Purpose::Serve, words: words(b"x") })
    }

    fn named(grant: u64) -> Read {
        read(Seen::Letter { letter: 0, grant: Some(grant) })
    }

    #[test]
    fn i8_a_name_is_shown_only_inside_what_its_reader_asked_for() {
        let mut reads = Reads::default();
        assert_eq!(reads.follow(0, 1_000, "a", &revealed(IdentityField::Name)), None);
        assert_eq!(reads.follow(1, 1_000, "a", &revealed(IdentityField::Phone)), None);
        assert_eq!(reads.follow(2, 1_000, "a", &named(0)), None);
        assert_eq!(
            reads.follow(3, 661_000, "a", &named(0)),
            None,
            "the tenth minute, recorded within the next"
        );
        for (at, actor, grant, why) in [
            (661_001, "a", 0, "too late"),
            (999, "a", 0, "before it"),
            (2_000, "b", 0, "another reader's"),
            (2_000, "a", 1, "another field's"),
            (2_000, "a", 9, "none"),
        ] {
            assert!(
                reads.follow(4, at, actor, &named(grant)).is_some_and(|what| what.contains("I8")),
                "{why}"
            );
        }
        assert_eq!(reads.follow(5, 0, "b", &read(Seen::Letter { letter: 0, grant: None })), None);
    }

    #[test]
    fn acc_1_a_purpose_has_words() {
        let silent =
            Seen::Identity { field: IdentityField::Name, purpose: Purpose::Serve, words: words(b"") };
        assert!(Reads::default().follow(0, 0, "a", &read(silent)).is_some());
        assert!(Reads::default().follow(0, 0, "a", &read(Seen::Code { words: words(b"") })).is_some());
        assert_eq!(Reads::default().follow(0, 0, "a", &read(Seen::Code { words: words(b"x") })), None);
    }

    #[test]
    fn words_of_fields_and_purposes_are_read_back() {
        for field in IdentityField::ALL {
            assert_eq!(IdentityField::parse(field.word()), Some(field));
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.word()), Some(purpose));
        }
        assert_eq!(Purpose::parse("curiosity"), None);
    }
}
