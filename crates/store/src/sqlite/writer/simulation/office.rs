//! Who calls: the petitioners and officials of a small office, whose acts are decided by the real rules and become
//! batches as the server makes them.

use super::acts::propose;
use super::people::{DIVISION, OFFICE, actor, directory, unit_id, word};
use super::random::Random;
use crate::content::{self, NewContent};
use crate::history::{self, Decision};
use crate::keys::OfficeKey;
use crate::log::Keeper;
use crate::projection;
use crate::seal::PetitionKey;
use crate::sql::{Batch, Value, Write};
use casework::act::*;
use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::codes::RegisterNumber;
use casework::decide::Context;
use casework::text::{Commitment, Text};
use casework::{
    Act, Command, ContentId, Directory, Event, Fact, LetterNumbers, Name, Petition, PetitionId, Procedure,
};
use jiff::civil::Date;
use ledger::Hash;

/// A petition as a caller saw it.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) petition: Petition,
    /// The entry that the next decision continues.
    pub(super) tip: Hash,
    pub(super) key: [u8; 32],
}

/// What a batch leaves behind once it is committed: how it is found again.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// Petition, seq and the random key of each event.
    pub(super) events: Vec<(PetitionId, u64, [u8; 32])>,
    pub(super) contents: Vec<ContentId>,
    /// A submission's token, and whose it is.
    pub(super) token: Option<(String, PetitionId)>,
    /// A setting, for a batch without events.
    pub(super) setting: Option<(String, String)>,
    /// The key of a petition that begins with it.
    pub(super) key: Option<(PetitionId, [u8; 32])>,
}

/// When a caller decides.
#[derive(Clone, Debug)]
pub(super) struct Now {
    pub(super) at: String,
    pub(super) sure: bool,
    pub(super) today: Date,
}

/// The law and the people.
pub(super) struct Office {
    pub(super) procedure: Procedure,
    calendar: &'static Calendar,
    directory: Directory,
    pub(super) keeper: Keeper,
}

/// Words on their way to being kept.
#[derive(Default)]
pub(super) struct Words(Vec<NewContent>);

impl Words {
    pub(super) fn add(&mut self, random: &mut Random, words: &str) -> Text {
        let id = ContentId(uuid::Builder::from_random_bytes(random.bytes()).into_uuid());
        let key = random.bytes();
        let commitment = content::commit(&key, words.as_bytes());
        self.0.push(NewContent {
            id,
            key,
            nonce: random.bytes(),
            commitment,
            body: words.as_bytes().to_vec(),
        });
        let n_chars = u32::try_from(words.chars().count()).unwrap();
        Text { content: id, commitment: Commitment(commitment), n_chars }
    }
}

impl Office {
    pub(super) fn new() -> Office {
        let procedure = Procedure::parse("cn", casework::procedure::CN_PETITION_2022).unwrap();
        let calendar = Calendar::named(&procedure.calendar).unwrap();
        let keeper = Keeper::new(&OfficeKey::of_one([7; 32]), "test.example/log");
        Office { procedure, calendar, directory: directory(), keeper }
    }

    /// The rules that a record of this office is replayed by.
    pub(super) fn rules(&self) -> casework::audit::Rules<'_> {
        casework::audit::Rules::new(&self.procedure, &[self.calendar])
    }

    fn context<'a>(&'a self, actor: &'a Actor, today: Date, numbers: &'a LetterNumbers) -> Context<'a> {
        Context {
            procedure: &self.procedure,
            calendar: self.calendar,
            directory: &self.directory,
            actor,
            today,
            related: &[],
            letter_numbers: numbers,
        }
    }

    /// A new petition under a token.
    pub(super) fn submit(&self, random: &mut Random, now: &Now, token: String) -> (Batch, Marks) {
        let id = PetitionId(uuid::Builder::from_random_bytes(random.bytes()).into_uuid());
        let mut words = Words::default();
        let identity = random.coin().then(|| words.add(random, "林某，13800138000"));
        let title = words.add(random, "二期停工九个月");
        let body = "合同约定1月交房，至今停工。".repeat(1 + random.below(40));
        let body = words.add(random, &body);
        let requests = (0..1 + random.below(2)).map(|_| words.add(random, "明确复工和交房时间")).collect();
        let serial = 1 + u32::try_from(random.below(99_999)).unwrap();
        let submission = Submission {
            number: RegisterNumber::new(DIVISION, now.today, serial).unwrap(),
            case_ref: Name::new(format!("{:016x}", random.draw())),
            channel: [Channel::Online, Channel::Visit, Channel::Letter][random.below(3)],
            kind: Name::from("claim"),
            office: unit_id(OFFICE),
            title,
            body,
            requests,
            parties: vec![Party { standing: Standing::Petitioner, identity }],
            n_people: 1,
            place: None,
            class: None,
            respondent: None,
            accused: Vec::new(),
            named: Vec::new(),
            confidential: random.below(8) == 0,
            earlier: None,
            files: Vec::new(),
        };
        let who = match submission.channel {
            Channel::Online => Actor::Petitioner { party: 0 },
            Channel::Letter | Channel::Visit | Channel::Phone | Channel::Fax | Channel::Transfer => {
                actor(OFFICE, 0)
            }
        };
        let key: [u8; 32] = random.bytes();
        let view = View { petition: Petition::new(id), tip: [0; 32], key };
        let act = Act::Submit(Box::new(submission));
        let mut numbers = LetterNumbers::new();
        let (mut batch, mut marks) =
            self.decide(random, now, &view, &who, act, words, &mut numbers).expect("intake is never refused");
        let owner = vec![token.as_str().into(), id.to_string().into(), "".into(), now.at.as_str().into()];
        batch.push(Write::new(
            "insert into submission_token (token, petition_id, digest, at) values ($1, $2, $3, $4)",
            owner,
        ));
        marks.token = Some((token, id));
        marks.key = Some((id, key));
        (batch, marks)
    }

    /// Something that somebody may do now, found by trying; `None` when nothing was found.
    pub(super) fn act(
        &self,
        random: &mut Random,
        now: &Now,
        view: &View,
        numbers: &LetterNumbers,
    ) -> Option<(Batch, Marks)> {
        for _ in 0..12 {
            let mut words = Words::default();
            let Some((who, act)) = propose(random, now, &view.petition, &mut words) else { continue };
            let mut after = numbers.clone();
            if let Some((mut batch, marks)) = self.decide(random, now, view, &who, act, words, &mut after) {
                batch.extend(counters(numbers, &after));
                return Some((batch, marks));
            }
        }
        None
    }

    /// The timer: deadlines of several petitions whose day is over, in one batch.
    pub(super) fn pass(
        &self,
        random: &mut Random,
        now: &Now,
        due: &[(View, u32)],
        numbers: &LetterNumbers,
    ) -> Option<(Batch, Marks)> {
        let (mut batch, mut marks, mut after) = (Batch::new(), Marks::default(), numbers.clone());
        for (view, deadline) in due {
            if marks.events.iter().any(|(id, ..)| *id == view.petition.id) {
                continue;
            }
            let act = Act::Pass(Passing { deadline: *deadline });
            let words = Words::default();
            let passed = self.decide(random, now, view, &Actor::System, act, words, &mut after);
            if let Some((part, its)) = passed {
                batch.extend(part.writes);
                batch.events.extend(part.events);
                marks.events.extend(its.events);
            }
        }
        batch.extend(counters(numbers, &after));
        (!batch.events.is_empty()).then_some((batch, marks))
    }

    #[expect(clippy::too_many_arguments, reason = "what a decision is made of")]
    fn decide(
        &self,
        random: &mut Random,
        now: &Now,
        view: &View,
        who: &Actor,
        act: Act,
        words: Words,
        numbers: &mut LetterNumbers,
    ) -> Option<(Batch, Marks)> {
        let petition = &view.petition;
        let verb = act.verb().word();
        let command = Command::from(act);
        let decision =
            casework::decide::decide(&self.context(who, now.today, numbers), petition, command).ok()?;
        assert!(decision.others.is_empty(), "no act of this office touches another petition");
        self.number(&decision.events, numbers);
        let id = petition.id;
        let mut batch = Batch::new();
        let mut marks = Marks::default();
        let mut refs = Vec::new();
        let key = PetitionKey::new(self.keeper.suite(), view.key);
        let begun = petition.version > 0;
        if !begun {
            let wrapped = key.wrap(&self.keeper, id, &random.bytes()).unwrap();
            let (said, row) = content::kept_key(id, wrapped, Vec::new());
            refs.push(said);
            batch.push(row);
        }
        if !words.0.is_empty() {
            let (said, writes) = content::writes(&key, id, petition.version, &words.0).unwrap();
            batch.extend(writes);
            refs.extend(said);
        }
        marks.contents.extend(words.0.iter().map(|words| words.id));
        let ekey = random.bytes();
        marks.events.push((id, petition.version, ekey));
        batch.record(
            history::append(Decision {
                petition: id,
                seq: petition.version,
                prev: view.tip,
                at: (&now.at, now.sure),
                kind: verb,
                actor: &word(who),
                events: &decision.events,
                contents: refs,
                ekey,
            })
            .unwrap(),
        );
        let after = decision.events.iter().fold(petition.clone(), Petition::apply);
        batch.extend(projection::writes(&self.procedure, begun.then_some(petition), &after));
        Some((batch, marks))
    }

    fn number(&self, events: &[Event], numbers: &mut LetterNumbers) {
        for event in events {
            if let Fact::LetterSigned(signed) = &event.fact
                && let Some(letter) = self.procedure.letter(&signed.letter)
            {
                let last = numbers.entry((signed.unit, signed.series(letter), signed.year)).or_insert(0);
                *last = (*last).max(signed.serial);
            }
        }
    }
}

/// The rows that move counters of letters on, each only from where it was found.
fn counters(before: &LetterNumbers, after: &LetterNumbers) -> Vec<Write> {
    let moved = after.iter().filter(|(key, serial)| before.get(key) != Some(serial));
    moved
        .map(|((unit, mark, year), serial)| {
            let known = before.get(&(*unit, mark.clone(), *year));
            let mut row: Vec<Value> = vec![unit.to_string().into(), mark.as_str().into()];
            row.extend([i64::from(*year).into(), i64::from(*serial).into()]);
            match known {
                None => {
                    Write::new("insert into letter_number (unit_id, mark, year, last) values ($1, $2, $3, $4)", row)
                }
                Some(known) => {
                    row.push(i64::from(*known).into());
                    Write::new("update letter_number set last = $4 where unit_id = $1 and mark = $2 and year = $3 and last = $5", row).rows(1)
                }
            }
        })
        .collect()
}
