//! Papers of a matter's file that are no letters (procedure.md §5, documents 1, 6, 12, 14, 18, 22 and 25): what the record knows is
//! printed, what is written by hand has room. Each belongs to the decision that it is about; the closing review to the matter as it stands.

mod closing;
mod rows;

use self::rows::Filling;
use super::known::Withheld;
use super::{language, number};
use crate::app::{App, Failure};
use crate::web::locale::Locale;
use casework::ContentId;
use casework::access::IdentityField;
use casework::act::ContactKind;
use casework::disclosure::{Sight, is_discreet};
use casework::fact::Fact;
use casework::petition::SignedLetter;
use casework::procedure::Procedure;
use jiff::civil::Date;
use notice::paper::{Head, Paper};
use notice::sheet::Day;
use std::collections::BTreeMap;
use store::history::History;

/// Which paper it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 信访登记表
    Registration,
    /// 异议书
    Objection,
    /// 异议答复
    ObjectionAnswer,
    /// 接谈笔录, of a talk face to face
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

    /// Whether units read it that may not know who filed a confidential matter: then, as in a letter to them, nobody is named in it
    /// (ACC-5).
    fn passes(self) -> bool {
        matches!(self, Kind::Objection | Kind::ObjectionAnswer | Kind::SupervisionReply | Kind::Hearing)
    }

    /// Whether it says who filed the matter.
    pub(crate) fn names(self) -> bool {
        matches!(self, Kind::Registration | Kind::Contact | Kind::ReviewRequest)
    }

    /// The paper that a fact belongs on.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most of what happens is told by letters, or by none")]
    fn of(fact: &Fact) -> Option<Kind> {
        match fact {
            Fact::Registered(_) => Some(Kind::Registration),
            Fact::Objected(_) => Some(Kind::Objection),
            Fact::ObjectionAgreed(_) | Fact::ObjectionRefused(_) => Some(Kind::ObjectionAnswer),
            Fact::ContactRecorded(contact) => match contact.kind {
                ContactKind::Interview | ContactKind::Visit => Some(Kind::Contact),
                // There is nobody to read it back to who could sign it.
                ContactKind::Phone | ContactKind::Writing => None,
            },
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
    /// Which of its kind, from 1.
    n: u32,
    /// The decision it is about; of the closing review the last one.
    seq: u64,
    /// The day of what it is about.
    pub(crate) on: Date,
}

impl Filed {
    /// Its place under the case's address: `contact-2`.
    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.kind.word(), self.n)
    }
}

/// The papers of a matter, oldest first. The closing review is there from the first answer on, or when the matter rests.
pub(crate) fn papers(app: &App, history: &History) -> Result<Vec<Filed>, Failure> {
    let petition = &history.petition;
    if history.closed {
        return Ok(Vec::new());
    }
    let mut filed: Vec<Filed> = Vec::new();
    let mut add = |kind: Kind, seq: u64, on: Date| {
        let n = filed.iter().map(|earlier| u32::from(earlier.kind == kind)).sum::<u32>() + 1;
        filed.push(Filed { kind, n, seq, on });
    };
    for record in &history.records {
        for event in &record.events {
            if let Some(kind) = Kind::of(&event.fact) {
                add(kind, record.seq, event.on);
            }
        }
    }
    let procedure = app.procedure_of(petition)?;
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage));
    let answered = petition.rounds.iter().any(|round| !round.answers.is_empty());
    if answered || stage.is_some_and(|stage| stage.rest.is_some()) {
        add(Kind::Closing, petition.version, petition.last_on);
    }
    Ok(filed)
}

/// Who asks for a paper, and what they may read on it.
pub(crate) struct Reading<'a> {
    /// How much of the matter.
    pub(crate) sight: Sight,
    /// Who filed it, as far as it is open to whoever reads; no number of a document stands on any paper (procedure.md §5).
    pub(crate) identity: BTreeMap<IdentityField, String>,
    /// Whether any of that is masked: then it is a copy, and nothing is signed on it.
    pub(crate) masked: bool,
    /// The number of the earlier matter that was named, where the reader may know it and it is not sealed.
    pub(crate) earlier: Option<String>,
    /// Files, where the reader may see them: id and name.
    pub(crate) files: Vec<(ContentId, String)>,
    /// In which language.
    pub(crate) locale: Locale,
    /// Whose matter.
    pub(crate) history: &'a History,
}

/// What of an identity stands on papers.
pub(crate) const ON_PAPER: [IdentityField; 3] =
    [IdentityField::Name, IdentityField::Phone, IdentityField::Address];

impl<'a> Reading<'a> {
    /// With who filed it, as they gave it: for pictures of an invented district alone.
    pub(crate) async fn whole(
        app: &App,
        history: &'a History,
        locale: Locale,
    ) -> Result<Reading<'a>, Failure> {
        let who = app.identity(&history.petition).await?;
        Ok(Reading {
            sight: Sight::Everything,
            identity: ON_PAPER
                .into_iter()
                .filter(|field| !who.part(*field).is_empty())
                .map(|field| (field, who.part(field).to_owned()))
                .collect(),
            masked: false,
            earlier: None,
            files: files(app, history).await?,
            locale,
            history,
        })
    }
}

/// Files of a matter: id and name.
pub(crate) async fn files(app: &App, history: &History) -> Result<Vec<(ContentId, String)>, Failure> {
    let files = app.attached(history).await?.into_iter();
    Ok(files.map(|file| (file.id, file.about.name)).collect())
}

/// A paper, filled for its reader.
///
/// # Errors
/// Whatever the database reports, and `Absent` for a matter that was never submitted.
pub(crate) async fn paper(app: &App, reading: &Reading<'_>, filed: &Filed) -> Result<Paper, Failure> {
    let (history, locale) = (reading.history, reading.locale);
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let words = app.words_for(history, reading.sight).await?;
    let kept = filed.kind.passes() && is_discreet(app.procedure_of(petition)?, petition);
    let withheld = if kept || reading.sight != Sight::Everything {
        super::withheld(petition, &words, &locale.say("letter-withheld"))
    } else {
        Withheld::default()
    };
    let mut filling = Filling::new(app, reading, words, withheld, filed.seq);
    let organ = filling.fill(filed.kind)?;
    let (rows, notes) = filling.filled();
    let on = if filed.kind == Kind::Closing { app.clock.today() } else { filed.on };
    let head = Head {
        language: language(locale),
        organ: &organ,
        title: &locale.say(&format!("paper-{}", filed.kind.word())),
        number: &submission.number.to_string(),
        dated: Day { year: on.year(), month: on.month(), day: on.day() },
    };
    Ok(Paper::new(&head, rows, &notes))
}

/// What a letter is called, with its number.
fn called(app: &App, letter: &SignedLetter, procedure: &Procedure, locale: Locale) -> Option<String> {
    let known = procedure.letter(&letter.signed.letter)?;
    Some(format!("{} {}", locale.label(&known.name), number(app, &letter.signed, known)))
}
