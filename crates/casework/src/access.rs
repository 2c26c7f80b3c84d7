//! What officials read of a petition, how it is recorded, and what opens who filed it (ACC-1, ACC-2).
//!
//! A read changes nothing about the matter: it stands in a stream of its own, outside the petition's versions
//! (architecture §10.19). Whoever filed a petition is masked everywhere; an official who states what for sees one field
//! of it for ten minutes. Whether what is recorded keeps to that is checked by [`Reads`] (security.md, I8).

use crate::directory::{Level, Role};
use crate::disclosure::is_sealed;
use crate::ids::{ContentId, Name, OfficialId, UnitId};
use crate::petition::Petition;
use crate::procedure::Procedure;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes within which the same person's reads of the same thing are one read.
pub const COALESCED_MINUTES: i64 = 15;
/// Minutes for which a field that was revealed stays open to whoever asked.
pub const GRANT_MINUTES: i64 = 10;
/// Hours within which a second person may agree to what somebody asked to see of a sealed matter.
pub const ASKED_HOURS: i64 = 24;
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
    /// Number, dates and stages of a case whose words are withheld from everybody; whatever else was asked for was refused
    /// (PIPL Art.47; RET-1).
    Shell,
    /// A letter, by its place in the petition's list.
    Letter {
        /// Its place.
        letter: u32,
        /// The read that had opened the addressee's name, when the name was shown.
        grant: Option<u64>,
    },
    /// A paper of the file.
    Paper {
        /// Its key: `contact-2`.
        paper: Name,
        /// The reads that had opened what it shows of who filed the matter.
        grants: BTreeSet<u64>,
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
    /// In a sealed matter, somebody asked to see one field of who filed it; nothing was shown (DUAL-1).
    Asked {
        /// Which.
        field: IdentityField,
        /// What for.
        purpose: Purpose,
        /// The same in words.
        words: SealedWords,
    },
    /// Another agreed: opens the field for [`GRANT_MINUTES`] to whoever had asked (DUAL-1).
    Agreed {
        /// The place of the read that asked.
        ask: u64,
        /// Which field.
        field: IdentityField,
        /// Whoever agreed works under whoever asked: nobody else could (DUAL-1).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        under: bool,
    },
    /// A file as it was handed in, not the copy without its metadata, or one that may do harm; the words say what for.
    Original {
        /// Which file.
        file: ContentId,
        /// What for.
        words: SealedWords,
    },
    /// All files at once, in one encrypted archive; the words say what for.
    AllFiles {
        /// How many.
        files: u32,
        /// As they were handed in; else copies without metadata, where such can be made.
        originals: bool,
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
            Seen::Shell => "shell",
            Seen::Letter { .. } => "letter",
            Seen::Paper { .. } => "paper",
            Seen::Identity { .. } => "identity",
            Seen::Asked { .. } => "asked",
            Seen::Agreed { .. } => "agreed",
            Seen::Original { .. } => "original",
            Seen::AllFiles { .. } => "all_files",
            Seen::Code { .. } => "code",
        }
    }

    /// Whether a second one within [`COALESCED_MINUTES`] is the same read. Revealing a field and taking an original or
    /// all files state a purpose, and replacing a code changes something: each stands for itself.
    pub fn is_coalesced(&self) -> bool {
        match self {
            Seen::Case | Seen::Shell | Seen::Letter { .. } | Seen::Paper { .. } => true,
            Seen::Identity { .. }
            | Seen::Asked { .. }
            | Seen::Agreed { .. }
            | Seen::Original { .. }
            | Seen::AllFiles { .. }
            | Seen::Code { .. } => false,
        }
    }

    /// The words that stand sealed in it.
    pub fn words(&self) -> Option<&SealedWords> {
        match self {
            Seen::Identity { words, .. }
            | Seen::Asked { words, .. }
            | Seen::Original { words, .. }
            | Seen::AllFiles { words, .. }
            | Seen::Code { words } => Some(words),
            Seen::Case | Seen::Shell | Seen::Letter { .. } | Seen::Paper { .. } | Seen::Agreed { .. } => None,
        }
    }

    /// Whether who filed the petition was shown by it.
    pub fn shows_identity(&self) -> bool {
        match self {
            Seen::Identity { .. } | Seen::Agreed { .. } | Seen::Letter { grant: Some(_), .. } => true,
            Seen::Paper { grants, .. } => !grants.is_empty(),
            Seen::Case
            | Seen::Shell
            | Seen::Asked { .. }
            | Seen::Letter { grant: None, .. }
            | Seen::Original { .. }
            | Seen::AllFiles { .. }
            | Seen::Code { .. } => false,
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

/// What of a petition's course its reads are checked against: since when it is sealed or withheld, and since when somebody is kept
/// from it. Instants are in milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    sealed: Vec<(u64, bool)>,
    withheld: Vec<(u64, bool)>,
    kept: BTreeMap<OfficialId, u64>,
}

impl Timeline {
    /// Takes the petition as the decision of that instant made it.
    pub fn follow(&mut self, at: u64, procedure: &Procedure, petition: &Petition) {
        let sealed = is_sealed(procedure, &petition.kind);
        for (course, now) in [(&mut self.sealed, sealed), (&mut self.withheld, petition.is_withheld())] {
            if course.last().is_none_or(|(_, last)| *last != now) {
                course.push((at, now));
            }
        }
        for official in petition.named.union(&petition.recused) {
            self.kept.entry(*official).or_insert(at);
        }
    }

    fn is_sealed(&self, at: u64) -> bool {
        was(&self.sealed, at)
    }

    /// Whether nobody was to see any words then, nor a moment before.
    fn is_withheld(&self, at: u64) -> bool {
        was(&self.withheld, at) && was(&self.withheld, at.saturating_sub(minutes(RECORDED_WITHIN)))
    }

    fn is_kept(&self, actor: &str, at: u64) -> bool {
        let since = actor.parse().ok().and_then(|official: OfficialId| self.kept.get(&official));
        since.is_some_and(|since| at > since.saturating_add(minutes(RECORDED_WITHIN)))
    }
}

fn was(course: &[(u64, bool)], at: u64) -> bool {
    course.iter().rev().find(|(since, _)| *since <= at).is_some_and(|(_, then)| *then)
}

/// The reads of one petition on their way through a check.
#[derive(Debug, Default)]
pub struct Reads {
    timeline: Timeline,
    /// What was asked for in a sealed matter, by the place of its read.
    asked: BTreeMap<u64, (String, IdentityField, u64)>,
    /// Which of it was agreed to.
    agreed: BTreeSet<u64>,
    /// Fields revealed so far, by the place of their read: by whom, which, when.
    grants: BTreeMap<u64, (String, IdentityField, u64)>,
}

impl Reads {
    /// Reads of a petition that took this course.
    pub fn of(timeline: Timeline) -> Reads {
        Reads { timeline, ..Reads::default() }
    }

    /// Takes the next read; what it breaks. `at` is in milliseconds since 1970.
    pub fn follow(&mut self, seq: u64, at: u64, actor: &str, read: &Read) -> Option<&'static str> {
        if self.timeline.is_kept(actor, at) {
            return Some("I7: somebody read it who had been recused, or whom it is about");
        }
        if self.timeline.is_withheld(at) && read.seen != Seen::Shell {
            return Some("RET-1: somebody was shown what is withheld from everybody");
        }
        match &read.seen {
            Seen::Asked { field, words, .. } => {
                self.asked.insert(seq, (actor.to_owned(), *field, at));
                words
                    .sealed
                    .is_empty()
                    .then_some("ACC-1: an identity was asked for, and no words say what for")
            }
            Seen::Agreed { ask, field, .. } => {
                let asked = self.asked.get(ask).filter(|(by, asked, since)| {
                    by != actor
                        && asked == field
                        && (*since..=since + minutes(60 * ASKED_HOURS + RECORDED_WITHIN)).contains(&at)
                });
                let Some((by, ..)) = asked else {
                    return Some("DUAL-1: nobody else had asked for what was agreed to");
                };
                self.grants.insert(seq, (by.clone(), *field, at));
                (!self.agreed.insert(*ask)).then_some("DUAL-1: what was asked once was agreed to twice")
            }
            Seen::Identity { field, words, .. } => {
                self.grants.insert(seq, (actor.to_owned(), *field, at));
                let before = at.saturating_sub(minutes(RECORDED_WITHIN));
                if self.timeline.is_sealed(at) && self.timeline.is_sealed(before) {
                    return Some("DUAL-1: an identity was revealed in a sealed matter by one person");
                }
                words
                    .sealed
                    .is_empty()
                    .then_some("ACC-1: an identity was revealed, and no words say what for")
            }
            Seen::Letter { grant: Some(grant), .. } => {
                (!self.opened(*grant, actor, at, Some(IdentityField::Name)))
                    .then_some("I8: a name was shown outside what its reader had asked for")
            }
            Seen::Paper { grants, .. } => (!grants.iter().all(|grant| self.opened(*grant, actor, at, None)))
                .then_some("I8: a paper shows who filed it outside what its reader had asked for"),
            Seen::Code { words } => words
                .sealed
                .is_empty()
                .then_some("ACC-1: a code was replaced, and no words say how the person was identified"),
            Seen::Original { words, .. } | Seen::AllFiles { words, .. } => words
                .sealed
                .is_empty()
                .then_some("ACC-1: a file was taken as it came, or all at once, and no words say what for"),
            Seen::Case | Seen::Shell | Seen::Letter { grant: None, .. } => None,
        }
    }

    /// Whether that read had opened a field, of those asked for, to whoever reads now.
    fn opened(&self, grant: u64, actor: &str, at: u64, which: Option<IdentityField>) -> bool {
        self.grants.get(&grant).is_some_and(|(by, field, from)| {
            by == actor
                && which.is_none_or(|which| *field == which)
                && (*from..=from + minutes(GRANT_MINUTES + RECORDED_WITHIN)).contains(&at)
        })
    }
}

fn minutes(minutes: i64) -> u64 {
    u64::try_from(minutes).unwrap_or(0) * 60_000
}

#[cfg(test)]
mod tests;
