//! A petition comes in: number, reference, query code, and a receipt that is true when it is shown.

use super::attach::{Held, Holder};
use super::code::code_of_channel;
use super::{App, Failure, Sealing, context};
use crate::contents::Contents;
use crate::entropy;
use anyhow::Context as _;
use casework::act::{Channel, Party, Standing, Submission};
use casework::authority::Actor;
use casework::codes::{AccessCode, RegisterNumber};
use casework::deadline::Due;
use casework::{Act, AnswerStep, Command, LetterNumbers, Name, OfficialId, Petition, PetitionId, UnitId};
use jiff::civil::Date;
use ledger::record::ContentRef;
use store::history::{Decision, History};
use store::log::NewEvent;
use store::seal::PetitionKey;
use store::sealed::CasePublic;
use store::{Batch, Outcome, Write, attachment, content, history, projection, sealed};

/// A petition as somebody typed it.
#[derive(Clone, Debug)]
pub(crate) struct NewSubmission {
    /// How it came.
    pub(crate) channel: Channel,
    /// Kind, a name of the procedure.
    pub(crate) kind: Name,
    /// The unit that receives it.
    pub(crate) office: UnitId,
    /// Civil date of receipt; `None` is today.
    pub(crate) received_on: Option<Date>,
    /// Why it is entered later than received, when it is.
    pub(crate) dated_back: String,
    /// A few words.
    pub(crate) title: String,
    /// What happened.
    pub(crate) body: String,
    /// What is asked for.
    pub(crate) requests: Vec<String>,
    /// Name and contact; empty for an anonymous petition.
    pub(crate) identity: String,
    /// People who joined.
    pub(crate) n_people: u32,
    /// Unit complained of.
    pub(crate) respondent: Option<UnitId>,
    /// Units reported.
    pub(crate) accused: Vec<UnitId>,
    /// Officials whom it is about.
    pub(crate) named: Vec<OfficialId>,
    /// Identity to be kept from the unit complained of.
    pub(crate) confidential: bool,
    /// An earlier matter of the same petitioner, of which new facts or reasons are brought (Art.36(3); T28).
    pub(crate) earlier: Option<PetitionId>,
    /// Makes a submission sent twice one submission (CORE-7).
    pub(crate) token: Option<String>,
    /// The code under which it was drafted, to become the petition's own; `None` draws one.
    pub(crate) code: Option<AccessCode>,
    /// Who holds the files that come with it.
    pub(crate) files: Vec<Holder>,
}

/// A petition that a new one follows, and to what its events are sealed.
pub(crate) type Related = (Option<CasePublic>, History);

/// What the petitioner takes away.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    /// The petition.
    pub(crate) petition: PetitionId,
    /// Its number.
    pub(crate) number: RegisterNumber,
    /// Shown to whoever submitted, never stored in clear.
    pub(crate) code: AccessCode,
    /// Whether the same submission had been received before.
    pub(crate) again: bool,
    /// Day of receipt.
    pub(crate) received_on: Date,
    /// Latest lawful answer.
    pub(crate) latest_answer: Option<Due>,
    /// The event that received it, as it was put; `None` when it was received before.
    pub(crate) event: Option<NewEvent>,
}

/// Tries at a free number before the division and day are taken for full.
const DRAWS: usize = 64;
/// Tries with five digits; when so many were taken, five run low and six are drawn (architecture §10.32).
const SHORT_DRAWS: usize = 4;

impl App {
    /// Takes in a petition. INV-1: whatever is well formed gets a number; there is no ground to turn it away here.
    ///
    /// # Errors
    /// `Refused` when a named kind or unit does not exist or a date is impossible; `Broken` when nothing was kept.
    pub(crate) async fn submit(&self, actor: &Actor, new: NewSubmission) -> Result<Receipt, Failure> {
        let division = self.division_of(new.office)?;
        self.recovery_key().await?;
        let digest = self.submission_digest(&new);
        let received_on = new.received_on.unwrap_or_else(|| self.clock.today());
        let mut related = Vec::new();
        if let Some(earlier) = new.earlier {
            related.extend(history::load(&self.database, earlier).await?);
        }
        let mut to = Vec::new();
        for history in related {
            to.push((self.sealed_to(&history).await?, history));
        }
        let related = to;
        let sealing = self.sealing_for(&new.kind).await?;
        for draw in 0..DRAWS {
            let number = draw_number(&division, received_on, draw)?;
            match self.before_intake(new.token.as_deref(), number).await? {
                Before::Known(earlier, known) if known == digest => {
                    return self.receipt_again(earlier, self.code_for(&new, &digest)?).await;
                }
                Before::Known(..) => return Err(Failure::TokenUsed),
                Before::Taken => {}
                Before::Free => {
                    let held = self.all_held(&new.files).await?;
                    let (batch, receipt) = self.intake(actor, &new, &held, number, (&related, &sealing))?;
                    // Refused when the number was taken, or the token came on another connection, since.
                    if self.database.commit(batch).await? == Outcome::Committed {
                        self.counted.forget();
                        return Ok(receipt);
                    }
                }
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("no free register number was found for today")))
    }

    /// A register number that nobody has.
    ///
    /// # Errors
    /// When none is found, or the database fails.
    pub(crate) async fn free_number(&self, division: &str, on: Date) -> Result<RegisterNumber, Failure> {
        for draw in 0..DRAWS {
            let number = draw_number(division, on, draw)?;
            if matches!(self.before_intake(None, number).await?, Before::Free) {
                return Ok(number);
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("no free register number was found for {on}")))
    }

    /// Six digits of the division that an office registers in.
    fn division_of(&self, office: UnitId) -> Result<String, Failure> {
        let directory = self.directory();
        let office = directory.unit(office).ok_or(casework::Refusal::Unknown { what: "unit" })?;
        Ok(office.division.clone())
    }

    /// Whether the same submission is known already (CORE-7), or the number taken: one question to the database.
    async fn before_intake(&self, token: Option<&str>, number: RegisterNumber) -> Result<Before, Failure> {
        let rows = self
            .database
            .query(
                "select 'token', petition_id, digest from submission_token where token = $1 union all select 'number', petition_id, '' from matter where number = $2",
                vec![token.map(kept_token).unwrap_or_default().into(), number.digits().into()],
            )
            .await?;
        let mut before = Before::Free;
        for row in &rows {
            if row.text(0)? == "token" {
                let id = row.text(1)?.parse().context("petition id of a token")?;
                return Ok(Before::Known(id, row.text(2)?.to_owned()));
            }
            before = Before::Taken;
        }
        Ok(before)
    }

    /// The code of a submission: the one it was drafted under; with a token one that follows from the token and what was
    /// sent, so that a second try after a lost answer shows it; else drawn. The token itself is kept nowhere: whoever has the
    /// key and the database cannot work the code out.
    fn code_for(&self, new: &NewSubmission, digest: &str) -> anyhow::Result<AccessCode> {
        match (&new.code, &new.token) {
            (Some(code), _) => Ok(code.clone()),
            (None, Some(token)) => {
                let bytes = content::commit(&self.code_key, format!("code\0{token}\0{digest}").as_bytes());
                Ok(code_of_channel(new.channel, &bytes))
            }
            (None, None) => Ok(code_of_channel(new.channel, &entropy::bytes::<32>()?)),
        }
    }

    /// A keyed digest of everything that is submitted, its token included: whoever can name it wrote it.
    fn submission_digest(&self, new: &NewSubmission) -> String {
        let accused: Vec<String> = new.accused.iter().map(ToString::to_string).collect();
        let named: Vec<String> = new.named.iter().map(ToString::to_string).collect();
        let parts = [
            new.token.clone().unwrap_or_default(),
            new.channel.word().to_owned(),
            new.kind.to_string(),
            new.office.to_string(),
            new.received_on.map(|day| day.to_string()).unwrap_or_default(),
            new.title.clone(),
            new.body.clone(),
            new.requests.join("\u{1f}"),
            new.identity.clone(),
            new.n_people.to_string(),
            new.respondent.map(|unit| unit.to_string()).unwrap_or_default(),
            accused.join("\u{1f}"),
            named.join("\u{1f}"),
            new.confidential.to_string(),
            new.files.iter().map(|holder| self.holder_mac(holder)).collect::<Vec<_>>().join("\u{1f}"),
        ];
        self.mac(&format!("submission\0{}", parts.join("\u{1e}")))
    }

    /// The receipt of a submission that was sent before.
    async fn receipt_again(&self, id: PetitionId, code: AccessCode) -> Result<Receipt, Failure> {
        let history = history::load(&self.database, id).await?.ok_or(Failure::Absent)?;
        let submission = history.petition.submission.as_ref().ok_or(Failure::Absent)?;
        Ok(Receipt {
            petition: id,
            number: submission.number,
            code,
            again: true,
            received_on: history.petition.received_on,
            latest_answer: self.latest_answer(&history.petition)?,
            event: None,
        })
    }

    /// The latest lawful answer of a petition, from its day of receipt.
    pub(crate) fn latest_answer(&self, petition: &Petition) -> Result<Option<Due>, Failure> {
        Ok(self.answer_steps(petition)?.last().map(|step| step.due))
    }

    /// The steps to the latest lawful answer, each from the last day of the one before; none when the procedure has
    /// no chain for the kind.
    pub(crate) fn answer_steps(&self, petition: &Petition) -> Result<Vec<AnswerStep>, Failure> {
        let Some((name, _)) = &petition.procedure else { return Ok(Vec::new()) };
        let procedure = self.procedure(name)?;
        let calendar = self.calendar(procedure)?;
        let by_office = petition.latest("dispatch").is_some();
        Ok(casework::latest_answer(procedure, calendar, &petition.kind, by_office, petition.received_on)
            .unwrap_or_default())
    }

    /// Everything that one petition writes when it comes in, and the receipt that is true once it is written.
    pub(crate) fn intake(
        &self,
        actor: &Actor,
        new: &NewSubmission,
        held: &[Held],
        number: RegisterNumber,
        (related, sealing): (&[Related], &Sealing),
    ) -> Result<(Batch, Receipt), Failure> {
        let (at, sure, today) = self.clock.stamp_today();
        let directory = self.directory();
        let id = PetitionId(entropy::id(self.clock.now())?);
        let mut contents = Contents::new();
        let mut requests = Vec::new();
        for request in new.requests.iter().filter(|request| !request.trim().is_empty()) {
            requests.push(contents.add(request)?);
        }
        let suite = self.database.suite()?;
        let mut files = Vec::new();
        for held in held {
            files.push(held.take(suite, &mut contents)?);
        }
        let identity = contents.add(&new.identity)?;
        let identity = (!identity.is_empty()).then_some(identity);
        let submission = Submission {
            number,
            case_ref: Name::new(entropy::token()?),
            channel: new.channel,
            kind: new.kind.clone(),
            office: new.office,
            title: contents.add(&new.title)?,
            body: contents.add(&new.body)?,
            requests,
            parties: vec![Party { standing: Standing::Petitioner, identity }],
            n_people: new.n_people.max(1),
            place: None,
            class: None,
            respondent: new.respondent,
            accused: new.accused.clone(),
            named: new.named.clone(),
            confidential: new.confidential,
            earlier: new.earlier,
            files,
        };
        let dated_back = contents.add(&new.dated_back)?;
        let command = Command {
            act: Act::Submit(Box::new(submission)),
            on: new.received_on,
            dated_back: (!dated_back.is_empty()).then_some(dated_back),
        };
        let procedure = self.current_procedure()?;
        let numbers = LetterNumbers::new();
        let earlier: Vec<Petition> = related.iter().map(|(_, history)| history.petition.clone()).collect();
        let decision = casework::decide(
            &context((procedure, self.calendar(procedure)?, &directory), actor, today, &earlier, &numbers),
            &Petition::new(id),
            command,
        )?;
        let petition = Petition::replay(id, &decision.events);
        let digest = self.submission_digest(new);
        let code = self.code_for(new, &digest)?;

        let mut batch = Batch::new();
        let who = super::carry_out::actor_word(actor);
        let code_public = match &code {
            AccessCode::Receipt(_) => Some(sealed::pair_of_code(self.database.suite()?, code.as_str())?.1),
            AccessCode::Query(_) => None,
        };
        let codes: Vec<(u32, CasePublic)> = code_public.into_iter().map(|public| (0, public)).collect();
        let sealed_key = self.new_sealed_key(&mut batch, &petition, (sealing, &codes))?;
        let (key, mut contents_kept, sealed_to) = match sealed_key {
            Some((key, reference, public)) => (key, vec![reference], Some(public)),
            None => {
                let (key, contents) = self.new_key(&mut batch, id)?;
                (key, contents, None)
            }
        };
        let kept = contents.into_kept();
        let of_words = content::writes(&key, id, 0, &kept.words)?;
        let of_files = attachment::take_over(&key, id, 0, &kept.files)?;
        for (refs, writes) in [of_words, of_files] {
            batch.extend(writes);
            contents_kept.extend(refs);
        }
        let recorded = Decision {
            petition: id,
            seq: 0,
            prev: [0; 32],
            at: (&at, sure),
            kind: "submit",
            actor: &who,
            events: &decision.events,
            contents: contents_kept,
            ekey: entropy::bytes()?,
        };
        let event = self.event_of(&mut batch, recorded, sealed_to.as_ref(), (procedure, &petition))?;
        batch.record(event.clone());
        // An earlier matter is told that a new one follows it.
        for (other, events) in &decision.others {
            let known = related.iter().find(|(_, before)| before.petition.id == *other);
            let Some((to, history)) = known else { continue };
            let before = &history.petition;
            let after = events.iter().fold(before.clone(), Petition::apply);
            let recorded = Decision {
                petition: *other,
                seq: before.version,
                prev: history.tip(),
                at: (&at, sure),
                kind: "submit",
                actor: &who,
                events,
                contents: Vec::new(),
                ekey: entropy::bytes()?,
            };
            let own = self.procedure_of(before)?;
            let event = self.event_of(&mut batch, recorded, to.as_ref(), (own, &after))?;
            batch.record(event);
            batch.extend(projection::writes(own, Some(before), &after));
        }
        batch.extend(projection::writes(procedure, None, &petition));
        batch.push(Write::new(
            "insert into access_code (code_mac, petition_id, party, public) values ($1, $2, $3, $4)",
            vec![
                self.code_mac(code.as_str()).into(),
                id.to_string().into(),
                0.into(),
                code_public.map(|public| entropy::hex(public.bytes())).unwrap_or_default().into(),
            ],
        ));
        if new.code.is_some() {
            batch.push(self.without_draft(code.as_str()));
        }
        if let Some(token) = &new.token {
            batch.push(Write::new(
                "insert into submission_token (token, petition_id, digest, at) values ($1, $2, $3, $4)",
                vec![kept_token(token).into(), id.to_string().into(), digest.into(), at.into()],
            ));
        }
        let receipt = Receipt {
            petition: id,
            number,
            code,
            again: false,
            received_on: petition.received_on,
            latest_answer: self.latest_answer(&petition)?,
            event: Some(event),
        };
        Ok((batch, receipt))
    }
}

impl App {
    /// A new petition's key: wrapped in the batch, and as the petition's first record speaks of it. Wrapped twice once
    /// [`App::recovery_key`] was asked for.
    pub(super) fn new_key(
        &self,
        batch: &mut Batch,
        id: PetitionId,
    ) -> Result<(PetitionKey, Vec<ContentRef>), Failure> {
        let key = PetitionKey::new(self.database.suite()?, entropy::bytes()?);
        let nonces = [&entropy::bytes()?, &entropy::bytes()?];
        let (reference, write) = content::keep_key(&self.database, id, &key, nonces, self.recovery.get())?;
        batch.push(write);
        Ok((key, vec![reference]))
    }
}

/// What the database knows before a petition comes in.
enum Before {
    /// The token, of this petition and of what was submitted then.
    Known(PetitionId, String),
    /// The number, of another petition.
    Taken,
    /// Nothing.
    Free,
}

/// Architecture §10.15: a random serial, so that a number tells nothing about its neighbours; of five digits, or of six
/// after so many were taken (§10.32).
fn draw_number(division: &str, on: Date, draw: usize) -> anyhow::Result<RegisterNumber> {
    let serial = if draw < SHORT_DRAWS {
        entropy::below(RegisterNumber::FIVE_DIGITS)?.saturating_add(1)
    } else {
        let more = RegisterNumber::SIX_DIGITS - RegisterNumber::FIVE_DIGITS;
        entropy::below(more)?.saturating_add(RegisterNumber::FIVE_DIGITS + 1)
    };
    RegisterNumber::new(division, on, serial)
        .map_err(|error| anyhow::anyhow!("register number of the division {division}: {error}"))
}

/// How a token is kept: enough to know it again.
fn kept_token(token: &str) -> String {
    entropy::hex(&content::sha256(format!("token\0{token}").as_bytes()))
}
