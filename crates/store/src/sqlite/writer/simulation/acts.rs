//! What callers ask for. Most of it the rules refuse: a petition is seldom where it fits.

use super::office::{Now, Words};
use super::people::{HOUSING, OFFICE, actor, official_id, unit_id};
use super::random::Random;
use casework::act::*;
use casework::authority::Actor;
use casework::text::{Commitment, Digest};
use casework::{Act, ContentId, Name, Petition};

/// Somebody and what they might ask for.
pub(super) fn propose(
    random: &mut Random,
    now: &Now,
    petition: &Petition,
    words: &mut Words,
) -> Option<(Actor, Act)> {
    let petitioner = Actor::Petitioner { party: 0 };
    let clerk = || actor(OFFICE, 0);
    let handler = || actor(HOUSING, 1);
    let head = || actor(HOUSING, 2);
    let official = official_id(HOUSING, 1);
    let unserved = || {
        let place = petition.letters.iter().position(|letter| letter.served_on.is_none())?;
        u32::try_from(place).ok()
    };
    Some(match random.below(18) {
        0 | 1 => (
            clerk(),
            Act::Register(Registration {
                kind: Name::from("claim"),
                class: Name::from("04"),
                place: None,
                requests: Vec::new(),
                comparison: None,
                named: Vec::new(),
            }),
        ),
        2 | 3 => {
            let note = words.add(random, "请依法办理");
            let (report_by, competence_decision) = (None, None);
            (clerk(), Act::Forward(Dispatch { to: unit_id(HOUSING), note, report_by, competence_decision }))
        }
        4 | 5 => (handler(), Act::TakeUp(Handover { official })),
        6 | 7 => {
            let ways_examined = ["JUD", "ARB", "PTY", "ADM", "DUTY"].map(Name::from).to_vec();
            let ways_reason = words.add(random, "均不适用");
            let (no_conflict, simple_ground) = (true, None);
            (
                handler(),
                Act::Accept(Acceptance {
                    ways_examined,
                    ways_reason,
                    no_conflict,
                    handler: official,
                    simple_ground,
                }),
            )
        }
        8 => {
            let note = words.add(random, "听取了陈述");
            (handler(), Act::RecordContact(Contact { kind: ContactKind::Phone, heard: true, note }))
        }
        9 | 10 => {
            let findings = words.add(random, "停工属实");
            let answers = (0..petition.requests.len()).map(|request| answer(random, now, words, request));
            let answers = answers.collect();
            (head(), Act::IssueOpinion(Opinion { findings, answers, no_conflict: true, differs: None }))
        }
        11 | 12 => {
            let letter = unserved()?;
            let issued = petition.letters.get(letter as usize).and_then(|letter| letter.issued.as_ref());
            if issued.is_none() {
                let (mark, digest) = (Digest(random.bytes()), Digest(random.bytes()));
                let file = ContentId(uuid::Builder::from_random_bytes(random.bytes()).into_uuid());
                let commitment = Commitment(random.bytes());
                let issue = LetterIssue { letter, mark, digest, file, commitment, size: 40_000, pages: 2 };
                return Some((Actor::System, Act::IssueLetter(issue)));
            }
            let proof = words.add(random, "本人签收");
            (handler(), Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof }))
        }
        13 | 14 => {
            let text = words.add(random, "补充一份合同复印件");
            (petitioner, Act::AddSupplement(Supplement { text, files: Vec::new() }))
        }
        15 if random.below(4) == 0 => {
            let reason = words.add(random, "已经解决");
            (petitioner, Act::Withdraw(Withdrawal { reason, signed_form: None }))
        }
        16 => {
            let reason = words.add(random, "没有说明复工日期");
            if random.coin() {
                (petitioner, Act::RevokeWithdrawal(Reasoned { reason }))
            } else {
                let (posted_on, late_cause) = (None, None);
                (petitioner, Act::RequestReview(ReviewRequest { reason, posted_on, late_cause }))
            }
        }
        17 => {
            let reason = words.add(random, "案情复杂");
            (head(), Act::Extend(Extension { days: 30, reason }))
        }
        _ => return None,
    })
}

fn answer(random: &mut Random, now: &Now, words: &mut Words, request: usize) -> Answer {
    let supported = random.coin();
    Answer {
        request: u32::try_from(request).unwrap(),
        outcome: if supported { Outcome::Supported } else { Outcome::Explained },
        reason: words.add(random, "开发企业应当按期交房"),
        article: "城市房地产开发经营管理条例第17条".to_owned(),
        action: supported.then(|| words.add(random, "督促复工")),
        executor: supported.then(|| unit_id(HOUSING)),
        due_on: supported.then(|| now.today.saturating_add(jiff::Span::new().days(40))),
    }
}
