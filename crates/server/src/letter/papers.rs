//! Papers of a matter's file that are no letters (procedure.md §5, documents 1, 6, 12, 14, 18, 22 and 25): what the record knows is
//! printed, what is written by hand has room. Each belongs to the decision that it is about; the closing review to the matter as it stands.

mod closing;
mod rows;

use self::rows::Filling;
use super::known::Withheld;
use super::{language, number};
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::accesses::field_key;
use crate::web::locale::Locale;
use casework::access::IdentityField;
use casework::disclosure::Sight;
use casework::fact::Fact;
use jiff::civil::Date;
use notice::paper::{Head, Paper};
use notice::sheet::Day;
use store::history::{History, Recorded};

/// Which paper it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 信访登记表
    Registration,
    /// 异议书
    Objection,
    /// 异议答复
    ObjectionAnswer,
    /// 接谈笔录
    Contact,
    /// 听证笔录
    Hearing,
    /// 复查、复核申请书, with its receipt
    ReviewRequest,
    /// 督办反馈单
    SupervisionReply,
    /// 结案审查表
    Closing,
}

impl Kind {
    /// As addresses and sentences spell it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Registration => "registration",
            Kind::Objection => "objection",
            Kind::ObjectionAnswer => "objection-answer",
            Kind::Contact => "contact",
            Kind::Hearing => "hearing",
            Kind::ReviewRequest => "review-request",
            Kind::SupervisionReply => "supervision-reply",
            Kind::Closing => "closing",
        }
    }

    /// The paper that a fact belongs on.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most of what happens is told by letters, or by none")]
    fn of(fact: &Fact) -> Option<Kind> {
        match fact {
            Fact::Registered(_) => Some(Kind::Registration),
            Fact::Objected(_) => Some(Kind::Objection),
            Fact::ObjectionAgreed(_) | Fact::ObjectionRefused(_) => Some(Kind::ObjectionAnswer),
            Fact::ContactRecorded(_) => Some(Kind::Contact),
            Fact::HearingHeld(_) => Some(Kind::Hearing),
            Fact::ReviewRequested(_) => Some(Kind::ReviewRequest),
            Fact::SupervisionReplied(_) => Some(Kind::SupervisionReply),
            _ => None,
        }
    }
}

/// A paper of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) kind: Kind,
    /// The decision it is about; of the closing review the last one.
    seq: u64,
    /// The day of what it is about.
    pub(crate) on: Date,
}

impl Filed {
    /// Its place under the case's address: `contact-7`.
    pub(crate) fn key(&self) -> String {
        let word = self.kind.word();
        if self.kind == Kind::Closing { word.to_owned() } else { format!("{word}-{}", self.seq) }
    }
}

/// The papers of a matter, oldest first. The closing review is there from the first answer on, or when the matter rests.
pub(crate) fn papers(app: &App, history: &History) -> Result<Vec<Filed>, Failure> {
    let petition = &history.petition;
    if history.closed {
        return Ok(Vec::new());
    }
    let of_record = |record: &Recorded| {
        let seq = record.seq;
        let filed = |(kind, on)| Filed { kind, seq, on };
        let of_event = |event: &casework::Event| Kind::of(&event.fact).map(|kind| (kind, event.on));
        record.events.iter().filter_map(of_event).map(filed).collect::<Vec<Filed>>()
    };
    let mut filed: Vec<Filed> = history.records.iter().flat_map(of_record).collect();
    let procedure = app.procedure_of(petition)?;
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage));
    let answered = petition.rounds.iter().any(|round| !round.answers.is_empty());
    if answered || stage.is_some_and(|stage| stage.rest.is_some()) {
        filed.push(Filed { kind: Kind::Closing, seq: petition.version, on: petition.last_on });
    }
    Ok(filed)
}

/// Who asks for a paper, and what they may read on it.
pub(crate) struct Reading<'a> {
    /// How much of the matter.
    pub(crate) sight: Sight,
    /// Who filed it, label and value, as far as it is open to whoever reads.
    pub(crate) identity: Vec<(String, String)>,
    /// Whether anything of that is masked.
    pub(crate) masked: bool,
    /// The number of the earlier matter that was named, where the reader may know it.
    pub(crate) earlier: Option<String>,
    /// Names of files, where the reader may see them.
    pub(crate) files: Vec<String>,
    /// In which language.
    pub(crate) locale: Locale,
    /// Whose matter.
    pub(crate) history: &'a History,
}

impl<'a> Reading<'a> {
    /// With who filed it, as they gave it: for pictures of an invented district alone.
    pub(crate) async fn whole(
        app: &App,
        history: &'a History,
        locale: Locale,
    ) -> Result<Reading<'a>, Failure> {
        let words = app.words(&history.petition).await?;
        let kept =
            history.petition.parties.first().and_then(|party| words.get(&party.identity.as_ref()?.content));
        let who = kept.map(|kept| Identity::read(kept)).unwrap_or_default();
        let identity =
            IdentityField::ALL.map(|field| (locale.say(&field_key(field)), who.part(field).to_owned()));
        Ok(Reading {
            sight: Sight::Everything,
            identity: identity.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            masked: false,
            earlier: None,
            files: app.attached(history).await?.into_iter().map(|file| file.about.name).collect(),
            locale,
            history,
        })
    }
}

/// The paper of that key.
///
/// # Errors
/// `Absent` when the matter has none of that key.
pub(crate) async fn paper(app: &App, reading: &Reading<'_>, key: &str) -> Result<Paper, Failure> {
    let (history, locale) = (reading.history, reading.locale);
    let petition = &history.petition;
    let filed = papers(app, history)?.into_iter().find(|filed| filed.key() == key).ok_or(Failure::Absent)?;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let words = app.words_for(petition, reading.sight).await?;
    let withheld = match reading.sight {
        Sight::Everything => Withheld::default(),
        // Who sees the matter without who filed it finds no name in its words either.
        Sight::Matter | Sight::Shell | Sight::Nothing => {
            let parties = petition.parties.iter();
            let kept = parties.filter_map(|party| words.get(&party.identity.as_ref()?.content));
            let people: Vec<Identity> = kept.map(|kept| Identity::read(kept)).collect();
            Withheld::of(&people, &locale.say("letter-withheld"))
        }
    };
    let record = history.records.iter().find(|record| record.seq == filed.seq);
    let directory = app.directory();
    let by =
        record.and_then(|record| record.actor.parse().ok()).and_then(|id| directory.official(id).cloned());
    let mut filling =
        Filling { app, reading, words, withheld, by, seq: filed.seq, rows: Vec::new(), notes: Vec::new() };
    let organ = filling.fill(filed.kind, record)?;
    let Filling { rows, notes, .. } = filling;
    let head = Head {
        language: language(locale),
        organ: &organ,
        title: &locale.say(&format!("paper-{}", filed.kind.word())),
        number: &submission.number.to_string(),
        dated: Day { year: filed.on.year(), month: filed.on.month(), day: filed.on.day() },
    };
    Ok(Paper::new(&head, rows, &notes))
}

/// What a letter is called, with its number.
fn called(app: &App, history: &History, index: usize, locale: Locale) -> Option<String> {
    let letter = history.petition.letters.get(index)?;
    let procedure = app.procedure_of(&history.petition).ok()?;
    let known = procedure.letter(&letter.signed.letter)?;
    Some(format!("{} {}", locale.label(&known.name), number(app, &letter.signed, known)))
}
