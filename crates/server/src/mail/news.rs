//! What officials are told of by mail: what became of an account or of a unit's rights (IAM-4). Whose account it is, its holder is
//! told, and whoever heads their unit is told by the post; nobody's name and nothing of a case stands in a mail (MAIL-1).

use super::Mail;
use super::send::TOPIC;
use crate::app::{App, Change};
use crate::web::locale::Locale;
use anyhow::Context as _;
use casework::deadline::Lang;
use casework::directory::{Directory, Official, Unit};
use casework::{OfficialId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Batch, outbox};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// Post, unit, roles, or whether they are in office: an administrator's too.
    Rights,
    /// Where they are sent mail; told to the old address too.
    Address,
    /// Who heads a unit, who takes in for it, or which unit is above it.
    Unit,
    /// A one-time code was made, which sets the account up anew.
    CodeGiven,
    /// The code was used: there is a new password.
    Enrolled,
    /// The password was changed.
    Password,
    /// Codes of an authenticator program are a second factor from now on.
    Factor,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey may exist twice.
    PasskeyCopied,
    /// The account was linked to somebody at the identity provider.
    Linked,
    /// The link has ended.
    Unlinked,
    /// The account was closed.
    Closed,
    /// The account was opened again.
    Opened,
}

impl News {
    /// The sentence's key.
    fn key(self) -> &'static str {
        match self {
            News::Rights => "mail-rights",
            News::Address => "mail-address",
            News::Unit => "mail-unit-changed",
            News::CodeGiven => "mail-code-given",
            News::Enrolled => "mail-enrolled",
            News::Password => "mail-password",
            News::Factor => "mail-factor",
            News::PasskeyAdded => "mail-passkey-added",
            News::PasskeyRemoved => "mail-passkey-removed",
            News::PasskeyCopied => "mail-passkey-copied",
            News::Linked => "mail-linked",
            News::Unlinked => "mail-unlinked",
            News::Closed => "mail-closed",
            News::Opened => "mail-opened",
        }
    }

    /// Whether whoever heads the unit is told too. A password that its holder changes is the holder's alone.
    fn is_for_the_head(self) -> bool {
        self != News::Password
    }
}

/// Who or what a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Official(OfficialId),
    Unit(UnitId),
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recipient {
    /// At the address that the directory has when it is sent.
    Official(OfficialId),
    /// An address that an official had until now.
    Former(String),
}

/// A notice to one recipient, as the outbox keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    news: News,
    about: About,
    to: Recipient,
    at: jiff::Timestamp,
}

/// Whoever heads the unit of an official, or for the head the next unit above that somebody else heads.
fn superior(directory: &Directory, official: &Official) -> Option<OfficialId> {
    let mut unit = directory.unit(official.unit);
    for _ in 0..=directory.units.len() {
        let here = unit?;
        if here.head != official.id {
            return Some(here.head);
        }
        unit = here.parent.and_then(|parent| directory.unit(parent));
    }
    None
}

impl App {
    /// Puts the mails about an account into the batch that changes it: to its holder and to whoever heads their unit. None where
    /// no relay is configured, and to nobody who has no address.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub(crate) fn tell(&self, batch: &mut Batch, news: News, official: OfficialId) -> anyhow::Result<()> {
        let directory = self.directory();
        let mut to = BTreeSet::from([Recipient::Official(official)]);
        if let Some(person) = directory.official(official).filter(|_| news.is_for_the_head()) {
            to.extend(superior(&directory, person).map(Recipient::Official));
        }
        self.put_mails(batch, news, About::Official(official), &to, &directory)
    }

    /// Puts the mails about a change of the directory into the batch that carries it out: those before and those after it
    /// are told.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub(crate) fn tell_of_change(
        &self,
        batch: &mut Batch,
        change: &Change,
        new: &Directory,
    ) -> anyhow::Result<()> {
        let old = self.directory();
        match change {
            // Told of by `enrol`.
            Change::Account { .. } => Ok(()),
            Change::Official(official) => {
                let before = old.official(official.id);
                let heads = before.and_then(|before| superior(&old, before)).into_iter();
                let heads = heads.chain(superior(new, official)).map(Recipient::Official);
                let mut to: BTreeSet<Recipient> = heads.collect();
                to.insert(Recipient::Official(official.id));
                let about = About::Official(official.id);
                let former = before.map(|before| before.mail.clone()).unwrap_or_default();
                let same = Official { mail: former.clone(), ..official.clone() };
                if before != Some(&same) {
                    self.put_mails(batch, News::Rights, about, &to, new)?;
                }
                if former != official.mail {
                    to.insert(Recipient::Former(former));
                    self.put_mails(batch, News::Address, about, &to, new)?;
                }
                Ok(())
            }
            Change::NewUnit(unit) => {
                if let Some(head) = new.official(unit.head) {
                    self.tell_of_change(batch, &Change::Official(head.clone()), new)?;
                }
                self.tell_of_change(batch, &Change::Unit(unit.clone()), new)
            }
            Change::Unit(unit) => {
                let before = old.unit(unit.id);
                let is_told = |before: &Unit| {
                    before.parent != unit.parent || before.head != unit.head || before.intake != unit.intake
                };
                if !before.is_none_or(is_told) {
                    return Ok(());
                }
                let above = |directory: &Directory, unit: &Unit| {
                    unit.parent.and_then(|parent| directory.unit(parent)).map(|parent| parent.head)
                };
                let then = before.into_iter().flat_map(|unit| {
                    [Some(unit.head), Some(unit.intake), above(&old, unit)].into_iter().flatten()
                });
                let now = [Some(unit.head), Some(unit.intake), above(new, unit)].into_iter().flatten();
                let to = then.chain(now).map(Recipient::Official).collect();
                self.put_mails(batch, News::Unit, About::Unit(unit.id), &to, new)
            }
        }
    }

    fn put_mails(
        &self,
        batch: &mut Batch,
        news: News,
        about: About,
        to: &BTreeSet<Recipient>,
        directory: &Directory,
    ) -> anyhow::Result<()> {
        if self.mail.is_none() {
            return Ok(());
        }
        for to in to.iter().filter(|to| address(directory, to).is_some()) {
            let kept = Kept { news, about, to: to.clone(), at: self.clock.now() };
            let body = serde_json::to_string(&kept).context("a notice")?;
            let (id, now) = (crate::entropy::token()?, self.clock.now_stamp());
            batch.push(outbox::put_for_office(&id, TOPIC, &body, &now));
        }
        Ok(())
    }

    /// The mail of a notice; `None` when its recipient has no address any more.
    pub(super) fn mail_of(&self, kept: &Kept, id: &str) -> anyhow::Result<Option<Mail>> {
        let directory = self.directory();
        let Some(to) = address(&directory, &kept.to) else { return Ok(None) };
        let to = to.parse().ok().context("the directory has an address that is none")?;
        let both = [Lang::Zh, Lang::En].map(|lang| Locale { lang });
        let subject = both.map(|locale| locale.say("mail-subject")).join(" / ");
        let words = both.map(|locale| self.words_of(kept, &directory, locale)).join("\n\n");
        // As random as the message's own name, and tells nothing of it.
        let id = self.mac(&format!("mail\0{id}")).chars().take(32).collect();
        Ok(Some(Mail { id, to, subject, words: words + "\n", at: kept.at }))
    }

    fn words_of(&self, kept: &Kept, directory: &Directory, locale: Locale) -> String {
        let unit = |id: UnitId| directory.unit(id).map(|unit| locale.unit(unit)).unwrap_or_default();
        let whose = match (&kept.about, &kept.to) {
            (About::Unit(id), _) => unit(*id),
            (About::Official(about), Recipient::Official(to)) if to != about => {
                let about = directory.official(*about);
                let post = about.map(|official| official.post.as_str()).unwrap_or_default();
                let unit = about.map(|official| unit(official.unit)).unwrap_or_default();
                locale.with("mail-theirs", &[("unit", unit.as_str()), ("post", post)])
            }
            (About::Official(_), Recipient::Official(_) | Recipient::Former(_)) => locale.say("mail-yours"),
        };
        let when = locale.moment(self.clock.civil_of(kept.at));
        let what = locale.say(kept.news.key());
        let line =
            locale.with("mail-line", &[("when", when.as_str()), ("whose", whose.as_str()), ("what", &what)]);
        let rest = ["mail-mind", "mail-where", "mail-automatic"].map(|key| locale.say(key));
        [vec![line], rest.to_vec()].concat().join("\n")
    }
}

/// Where a recipient is reached, when they are.
fn address(directory: &Directory, to: &Recipient) -> Option<String> {
    let address = match to {
        Recipient::Official(id) => directory.official(*id)?.mail.clone(),
        Recipient::Former(address) => address.clone(),
    };
    Some(address).filter(|address| !address.is_empty())
}
