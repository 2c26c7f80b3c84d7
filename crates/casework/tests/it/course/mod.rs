//! The course of a petition through `decide`: what must hold whatever the order of events.

mod beside;
mod kinds;

use casework::act::*;
use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::codes::RegisterNumber;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::petition::Petition;
use casework::procedure::{CN_PETITION_2022, Procedure};
use casework::text::{Commitment, Text};
use casework::*;
use jiff::civil::{Date, date};

const OFFICE: u128 = 2;
const HOUSING: u128 = 3;
/// Where a test sets up a body that receives reports.
const INTEGRITY: u128 = 5;

fn unit(n: u128) -> UnitId {
    UnitId(uuid::Uuid::from_u128(n))
}

fn official(unit: u128, n: u128) -> OfficialId {
    OfficialId(uuid::Uuid::from_u128(unit * 100 + n))
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (n, parent, kind) in [
        (0_u128, None, UnitKind::Government),
        (1, Some(0), UnitKind::Government),
        (OFFICE, Some(1), UnitKind::PetitionOffice),
        (HOUSING, Some(1), UnitKind::Department),
    ] {
        directory.units.insert(
            unit(n),
            Unit {
                id: unit(n),
                parent: parent.map(unit),
                kind,
                name_zh: n.to_string(),
                name_en: n.to_string(),
                division: "349999".to_owned(),
                letter_prefix: "望".to_owned(),
                reviewed_by: None,
                intake: official(n, 0),
                head: official(n, 2),
                phone: String::new(),
                address: String::new(),
                sort: 0,
            },
        );
        for (i, role) in [(0, Role::Registrar), (1, Role::Handler), (2, Role::Head)] {
            directory.officials.insert(
                official(n, i),
                Official {
                    id: official(n, i),
                    unit: unit(n),
                    name: String::new(),
                    post: String::new(),
                    roles: if n == OFFICE { [role, Role::Recipient].into() } else { [role].into() },
                    active: true,
                    mail: String::new(),
                },
            );
        }
    }
    directory
}

fn staff(of: u128, n: u128) -> Actor {
    let role = match n {
        0 => Role::Registrar,
        1 => Role::Handler,
        _ => Role::Head,
    };
    let roles = if of == OFFICE || of == INTEGRITY { [role, Role::Recipient].into() } else { [role].into() };
    Actor::Official { id: official(of, n), unit: unit(of), roles }
}

fn words() -> Text {
    Text { content: ContentId(uuid::Uuid::from_u128(9)), commitment: Commitment([1; 32]), n_chars: 8 }
}

struct Course {
    procedure: Procedure,
    directory: Directory,
    petition: Petition,
    today: Date,
    numbers: LetterNumbers,
}

impl Course {
    fn new(kind: &str) -> Course {
        let mut course = Course {
            procedure: Procedure::parse("cn", CN_PETITION_2022).unwrap(),
            directory: directory(),
            petition: Petition::new(PetitionId(uuid::Uuid::from_u128(7))),
            today: date(2026, 3, 2),
            numbers: LetterNumbers::new(),
        };
        let submission = Submission {
            number: RegisterNumber::new("349999", course.today, 17).unwrap(),
            case_ref: Name::from("r"),
            channel: Channel::Online,
            kind: Name::from(kind),
            office: unit(OFFICE),
            title: words(),
            body: words(),
            requests: vec![words()],
            parties: Vec::new(),
            n_people: 1,
            place: None,
            class: None,
            respondent: None,
            named: Vec::new(),
            accused: if kind == "report" { vec![unit(HOUSING)] } else { Vec::new() },
            confidential: false,
            earlier: None,
            files: Vec::new(),
        };
        course.must(Actor::Petitioner { party: 0 }, Act::Submit(Box::new(submission)));
        let registration = Registration {
            kind: Name::from(kind),
            class: Name::from("04"),
            place: None,
            requests: Vec::new(),
            comparison: None,
            named: Vec::new(),
        };
        course.must(staff(OFFICE, 0), Act::Register(registration));
        course
    }

    fn accepted() -> Course {
        let mut course = Course::new("claim");
        course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
        let handler = official(HOUSING, 1);
        course.must(staff(HOUSING, 1), Act::TakeUp(Handover { official: handler }));
        course.must(staff(HOUSING, 1), Act::Accept(acceptance(&["JUD", "ARB", "PTY", "ADM", "DUTY"])));
        let contact = Contact { kind: ContactKind::Phone, heard: true, note: words() };
        course.must(staff(HOUSING, 1), Act::RecordContact(contact));
        course
    }

    fn ask(&mut self, actor: Actor, act: Act) -> Result<(), Refusal> {
        let context = Context {
            procedure: &self.procedure,
            calendar: Calendar::cn(),
            directory: &self.directory,
            actor: &actor,
            today: self.today,
            related: &[],
            letter_numbers: &self.numbers,
        };
        let decision = decide(&context, &self.petition, act.into())?;
        for event in &decision.events {
            if let Fact::LetterSigned(signed) = &event.fact {
                let mark = signed.series(self.procedure.letter(&signed.letter).unwrap());
                self.numbers.insert((signed.unit, mark, signed.year), signed.serial);
            }
            self.petition = self.petition.clone().apply(event);
        }
        self.issue_letters();
        assert!(self.petition.owner.is_some(), "INV-2: never without an owner");
        Ok(())
    }

    /// What was signed becomes a file at once, as in the program.
    fn issue_letters(&mut self) {
        if !self.petition.lets(Verb::IssueLetter) {
            return;
        }
        let unissued = (0u32..).zip(&self.petition.letters).find(|(_, letter)| letter.issued.is_none());
        if let Some((letter, _)) = unissued {
            self.must(Actor::System, crate::district::payload::issue(letter));
        }
    }

    fn must(&mut self, actor: Actor, act: Act) {
        self.ask(actor, act).unwrap();
    }

    fn refused(&mut self, actor: Actor, act: Act) -> &'static str {
        let before = self.petition.clone();
        let code = self.ask(actor, act).unwrap_err().code();
        assert_eq!(before, self.petition);
        code
    }

    /// Lets the timer run on the day.
    fn on(&mut self, day: Date) {
        self.today = day;
        loop {
            let due = self.petition.open_deadlines().find(|(_, deadline)| {
                deadline.state == casework::petition::DeadlineState::Running && deadline.set.due_on < day
            });
            let Some((deadline, _)) = due else { break };
            self.must(Actor::System, Act::Pass(Passing { deadline }));
        }
    }

    fn due(&self, limit: &str) -> Date {
        self.petition.open(limit).next().unwrap().1.set.due_on
    }

    fn letter(&self, name: &str) -> u32 {
        let at = self.petition.letters.iter().rposition(|letter| letter.signed.letter == *name).unwrap();
        u32::try_from(at).unwrap()
    }

    fn serve(&mut self, by: Actor, name: &str) {
        let letter = self.letter(name);
        self.must(by, Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof: words() }));
    }
}

fn dispatch(to: u128) -> Dispatch {
    Dispatch { to: unit(to), note: words(), report_by: None, competence_decision: None }
}

fn acceptance(ways: &[&str]) -> Acceptance {
    Acceptance {
        ways_examined: ways.iter().map(|way| Name::from(*way)).collect(),
        ways_reason: words(),
        no_conflict: true,
        handler: official(HOUSING, 1),
        simple_ground: None,
    }
}

fn opinion(outcome: Outcome) -> Opinion {
    let supported = outcome == Outcome::Supported;
    Opinion {
        findings: words(),
        answers: vec![Answer {
            request: 0,
            outcome,
            reason: words(),
            article: "Art.1".to_owned(),
            action: supported.then(words),
            executor: supported.then(|| unit(HOUSING)),
            due_on: supported.then(|| date(2026, 12, 1)),
        }],
        no_conflict: true,
        differs: None,
    }
}

fn extension(days: u32) -> Act {
    Act::Extend(Extension { days, reason: words() })
}

#[test]
fn art34_an_extension_counts_once_from_acceptance() {
    let mut course = Course::accepted();
    assert_eq!(course.due("handle"), date(2026, 5, 6), "60 days end on Labour Day and roll");
    assert_eq!(course.refused(staff(HOUSING, 1), extension(30)), "not_for_you");
    assert_eq!(course.refused(staff(HOUSING, 2), extension(31)), "extension_within_limit");
    course.must(staff(HOUSING, 2), extension(30));
    // 90 days from 2 March is 31 May, a Sunday: one period, rolled once.
    assert_eq!(course.due("handle"), date(2026, 6, 1));
    assert_eq!(course.refused(staff(HOUSING, 2), extension(5)), "extension_once");
}

#[test]
fn art34_an_extension_after_the_last_day_is_refused_and_the_late_answer_stays_late() {
    let mut course = Course::accepted();
    course.on(date(2026, 5, 7));
    assert_eq!(course.refused(staff(HOUSING, 2), extension(30)), "extension_in_time");
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::Explained)));
    let handle = course.petition.latest("handle").unwrap();
    assert!(handle.missed && !handle.is_open());
}

#[test]
fn art31_the_petition_procedure_is_chosen_only_when_every_other_way_was_examined() {
    let mut course = Course::new("claim");
    course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
    course.must(staff(HOUSING, 1), Act::TakeUp(Handover { official: official(HOUSING, 1) }));
    let code = course.refused(staff(HOUSING, 1), Act::Accept(acceptance(&["JUD"])));
    assert_eq!(code, "other_ways_excluded");
}

#[test]
fn art32_an_opinion_answers_every_request_and_only_the_head_signs_it() {
    let mut course = Course::accepted();
    assert_eq!(
        course.refused(staff(HOUSING, 1), Act::IssueOpinion(opinion(Outcome::Explained))),
        "not_for_you"
    );
    let empty = Opinion { answers: Vec::new(), ..opinion(Outcome::Explained) };
    assert_eq!(course.refused(staff(HOUSING, 2), Act::IssueOpinion(empty)), "opinion_complete");
    let mut undated = opinion(Outcome::Supported);
    undated.answers[0].due_on = None;
    assert_eq!(course.refused(staff(HOUSING, 2), Act::IssueOpinion(undated)), "opinion_complete");
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::Supported)));
    course.serve(staff(HOUSING, 1), "opinion");
    assert_eq!(course.due("execution"), date(2026, 12, 1));
}

#[test]
fn art35_after_a_remand_the_same_opinion_is_refused_and_nobody_reviews_twice() {
    let mut course = Course::accepted();
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::NotSupported)));
    course.serve(staff(HOUSING, 1), "opinion");
    let request = ReviewRequest { reason: words(), posted_on: None, late_cause: None };
    course.must(Actor::Petitioner { party: 0 }, Act::RequestReview(request));
    assert_eq!(course.petition.owner.unwrap().0, unit(1), "the organ above decides");
    course.must(staff(1, 0), Act::AdmitReview(Handover { official: official(1, 1) }));
    let remand = |days| {
        Act::RemandOpinion(Remand { reason: words(), article: "Art.35".to_owned(), days, no_conflict: true })
    };
    assert_eq!(course.refused(staff(1, 2), remand(61)), "remand_days_within_limit");
    course.must(staff(1, 2), remand(30));
    assert!(course.petition.is_at("investigating"));
    assert_eq!(course.petition.owner.unwrap().0, unit(HOUSING));
    assert_eq!(
        course.refused(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::NotSupported))),
        "petitioner_heard"
    );
    let contact = Contact { kind: ContactKind::Phone, heard: true, note: words() };
    course.must(staff(HOUSING, 1), Act::RecordContact(contact));
    let same = course.refused(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::NotSupported)));
    assert_eq!(same, "not_the_same_opinion");
    let differs = Opinion { differs: Some(words()), ..opinion(Outcome::Explained) };
    course.must(staff(HOUSING, 2), Act::IssueOpinion(differs));
    assert_eq!(course.petition.open("remand_handle").count(), 0);
}

#[test]
fn art23_an_objection_after_five_working_days_is_refused() {
    let mut course = Course::new("claim");
    course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
    assert_eq!(course.due("object"), date(2026, 3, 9));
    course.on(date(2026, 3, 10));
    let objection = Act::Object(Objection { reason: words(), suggested: None });
    assert_eq!(course.refused(staff(HOUSING, 1), objection), "objection_in_time");
}

#[test]
fn art24_the_third_dispatch_needs_a_decision_on_competence() {
    let mut course = Course::new("claim");
    for _ in 0..2 {
        course.must(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING)));
        course.must(staff(HOUSING, 1), Act::Object(Objection { reason: words(), suggested: None }));
        let agreement = ObjectionAgreement { reason: words(), competence_decision: None };
        course.must(staff(OFFICE, 0), Act::AgreeToObjection(agreement));
    }
    assert_eq!(course.refused(staff(OFFICE, 0), Act::Forward(dispatch(HOUSING))), "dispatch_allowed");
    let decided = Dispatch { competence_decision: Some(words()), ..dispatch(HOUSING) };
    course.must(staff(OFFICE, 0), Act::Forward(decided));
}

#[test]
fn art30_a_report_is_sealed_from_the_reported_unit() {
    let mut course = Course::new("report");
    assert!(course.petition.is_at("report_sealed"));
    let sight =
        |actor: &Actor| disclosure::sight(&course.directory, &course.procedure, &course.petition, actor);
    assert_eq!(sight(&staff(HOUSING, 2)), disclosure::Sight::Nothing);
    assert_eq!(sight(&staff(OFFICE, 0)), disclosure::Sight::Everything);
    assert_eq!(
        course.refused(staff(OFFICE, 0), Act::ReferReport(dispatch(HOUSING))),
        "target_is_integrity_body"
    );
}

#[test]
fn a_reply_to_a_supervision_does_not_silence_a_debt() {
    let mut course = Course::accepted();
    course.on(date(2026, 5, 7));
    assert_eq!(course.petition.supervision.unwrap().step, 1);
    let reply = SupervisionReply { adoption: Adoption::NotAdopted, reason: words() };
    // The office never served its notice of dispatch and was supervised first; nobody else answers for it.
    assert_eq!(course.refused(staff(HOUSING, 2), Act::ReplyToSupervision(reply.clone())), "not_for_you");
    course.must(staff(OFFICE, 2), Act::ReplyToSupervision(reply));
    assert!(course.petition.supervision.is_some(), "the opinion is still owed");
    let running = course.petition.open("supervision_reply").next().unwrap().1;
    assert!(running.set.due_on > course.today);
}

#[test]
fn a_withdrawal_takes_effect_after_three_working_days_and_an_opinion_ends_the_waiting() {
    let withdraw = || Act::Withdraw(Withdrawal { reason: Text::empty(), signed_form: None });
    let mut course = Course::accepted();
    course.must(Actor::Petitioner { party: 0 }, withdraw());
    course.must(staff(HOUSING, 2), Act::IssueOpinion(opinion(Outcome::Explained)));
    assert!(!course.petition.withdrawing);

    let mut course = Course::accepted();
    course.must(Actor::Petitioner { party: 0 }, withdraw());
    course.on(date(2026, 3, 5));
    assert!(!course.petition.is_at("withdrawn"));
    course.on(date(2026, 3, 6));
    assert!(course.petition.is_at("withdrawn"));
    let form = Withdrawal { reason: Text::empty(), signed_form: Some(words()) };
    let mut course = Course::accepted();
    assert_eq!(course.refused(staff(HOUSING, 1), Act::Withdraw(form)), "not_for_you", "never the handler");
}

#[test]
fn whatever_happens_not_at_all_a_deadline_keeps_running() {
    for kind in ["claim", "suggestion", "report"] {
        let mut course = Course::new(kind);
        let mut day = course.today;
        for _ in 0..400 {
            day = day.tomorrow().unwrap();
            course.on(day);
            let waiting = course.petition.open_deadlines().any(|(_, deadline)| deadline.set.due_on >= day);
            assert!(waiting, "{kind}: nothing runs on {day}");
        }
    }
}
