//! What officials read of a petition, in words: to its petitioner by post, never by name (ACC-3).

use super::locale::Locale;
use crate::app::{App, Failure};
use anyhow::Context as _;
use casework::Petition;
use casework::access::{IdentityField, Read, Seen};
use jiff::civil::Date;
use store::reads::Kept;

/// Reads on one page.
pub(crate) const PAGE: i64 = 20;

/// One read as its petitioner is told of it.
pub(crate) struct Access {
    /// Its place among the petition's reads.
    pub(crate) seq: u64,
    /// On which day.
    pub(crate) on: Date,
    /// The reader's unit.
    pub(crate) unit: String,
    /// Its level of government.
    pub(crate) level: String,
    /// What the reader was entrusted with.
    pub(crate) role: String,
    /// What was read.
    pub(crate) what: String,
    /// What for, where that had to be said.
    pub(crate) purpose: String,
    /// The same in the official's words; empty where there are none.
    pub(crate) words: String,
    /// Something of who filed the petition was shown.
    pub(crate) identity: bool,
}

/// Tells the petitioner of reads.
pub(crate) async fn told(
    app: &App,
    petition: &Petition,
    reads: &[Kept],
    locale: Locale,
) -> Result<Vec<Access>, Failure> {
    let words = app.words_of_reads(petition.id, reads).await?;
    let directory = app.directory();
    let tell = |kept: &Kept| -> Result<Access, Failure> {
        let read = &kept.read;
        let at: jiff::Timestamp = kept.at.parse().context("instant of a read")?;
        let said = read.seen.words().map(|words| words.id);
        let letter = letter(app, petition, read, locale)?;
        let what = what(read, locale);
        Ok(Access {
            seq: kept.seq,
            on: app.clock.date_of(at),
            unit: directory.unit(read.unit).map(|unit| locale.unit(unit)).unwrap_or_default(),
            level: locale.say(&format!("level-{}", read.level.word())),
            role: roles(read, locale),
            what: if letter.is_empty() { what } else { format!("{what}{letter}") },
            purpose: purpose(read, locale),
            words: said.and_then(|id| words.get(&id).cloned()).unwrap_or_default(),
            identity: read.seen.shows_identity(),
        })
    };
    reads.iter().map(tell).collect()
}

/// What was read, without anything of the case.
pub(crate) fn what(read: &Read, locale: Locale) -> String {
    let of =
        |key: &str, field: &IdentityField| locale.with(key, &[("field", &locale.say(&field_key(*field)))]);
    match &read.seen {
        Seen::Identity { field, .. } => of("read-identity", field),
        Seen::Asked { field, .. } => of("read-asked", field),
        Seen::Agreed { field, under: false, .. } => of("read-agreed", field),
        Seen::Agreed { field, under: true, .. } => of("read-agreed-under", field),
        Seen::Letter { grant: Some(_), .. } => locale.say("read-letter-named"),
        Seen::Letter { grant: None, .. } => locale.say("read-letter"),
        Seen::Paper { paper, grants } => {
            let kind = paper.as_str().rsplit_once('-').map_or("", |(kind, _)| kind);
            let name = locale.find(&format!("paper-{kind}")).unwrap_or_default();
            locale.with(if grants.is_empty() { "read-paper" } else { "read-paper-named" }, &[("name", &name)])
        }
        Seen::Case => locale.say("read-case"),
        Seen::Shell => locale.say("read-shell"),
        Seen::Original { .. } => locale.say("read-original"),
        Seen::AllFiles { originals: true, .. } => locale.say("read-all-originals"),
        Seen::AllFiles { originals: false, .. } => locale.say("read-all-files"),
        Seen::Code { .. } => locale.say("read-code"),
    }
}

/// What for; empty where nothing had to be said.
pub(crate) fn purpose(read: &Read, locale: Locale) -> String {
    match &read.seen {
        Seen::Identity { purpose, .. } | Seen::Asked { purpose, .. } => {
            locale.say(&format!("purpose-{}", purpose.word()))
        }
        Seen::Case
        | Seen::Shell
        | Seen::Agreed { .. }
        | Seen::Letter { .. }
        | Seen::Paper { .. }
        | Seen::Original { .. }
        | Seen::AllFiles { .. }
        | Seen::Code { .. } => String::new(),
    }
}

/// What the reader was entrusted with.
pub(crate) fn roles(read: &Read, locale: Locale) -> String {
    let roles = read.roles.iter().map(|role| locale.say(&format!("role-{}", role.word().replace('_', "-"))));
    roles.collect::<Vec<_>>().join(&locale.say("list-comma"))
}

/// The sentence key of a field's name.
pub(crate) fn field_key(field: IdentityField) -> String {
    format!("identity-field-{}", field.word().replace('_', "-"))
}

/// Which letter it was, when it went to the petitioner; what offices wrote each other stays unnamed.
fn letter(app: &App, petition: &Petition, read: &Read, locale: Locale) -> Result<String, Failure> {
    let Seen::Letter { letter, .. } = read.seen else { return Ok(String::new()) };
    let known = usize::try_from(letter).ok().and_then(|place| petition.letters.get(place));
    let Some(known) = known.filter(|letter| letter.signed.to_petitioner) else { return Ok(String::new()) };
    let name =
        app.procedure_of(petition)?.letter(&known.signed.letter).map(|letter| locale.label(&letter.name));
    Ok(name.map(|name| locale.with("read-which", &[("name", &name)])).unwrap_or_default())
}
