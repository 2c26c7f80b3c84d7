//! The six steps of a submission: what each asks, what it takes, and when it is complete.

use super::SHORT;
use super::submit::MOST;
use crate::app::{App, Draft, Failure};
use crate::web::form::{Choice, Control, Input, Typed};
use crate::web::locale::Locale;
use crate::web::problem::{FieldFault, check_words, fault};
use casework::codes::{CodeError, Phone};
use casework::disclosure::is_sealed;
use casework::{Name, UnitId};

/// Most people a petition may name as joining it.
const MOST_PEOPLE: u32 = 100_000;
/// Most requests.
const MOST_REQUESTS: usize = 20;

/// One short page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Which kind of petition.
    Kind,
    /// What happened and what is asked.
    What,
    /// Whom it is about, and how many people.
    Whom,
    /// Who files it.
    Contact,
    /// Files that belong to it.
    Files,
    /// Read it again and send.
    Check,
}

impl Step {
    /// In order.
    pub(super) const ALL: [Step; 6] =
        [Step::Kind, Step::What, Step::Whom, Step::Contact, Step::Files, Step::Check];

    /// As it stands in URLs and sentence keys.
    pub(super) fn word(self) -> &'static str {
        match self {
            Step::Kind => "kind",
            Step::What => "what",
            Step::Whom => "whom",
            Step::Contact => "contact",
            Step::Files => "files",
            Step::Check => "check",
        }
    }

    /// Reads it from a URL.
    pub(super) fn parse(word: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.word() == word)
    }

    /// Its number, from 1.
    pub(super) fn n(self) -> usize {
        Step::ALL.iter().position(|step| *step == self).map_or(1, |at| at + 1)
    }

    /// The step after it.
    pub(super) fn next(self) -> Option<Step> {
        Step::ALL.get(self.n()).copied()
    }

    /// The step before it.
    pub(super) fn previous(self) -> Option<Step> {
        self.n().checked_sub(2).and_then(|at| Step::ALL.get(at)).copied()
    }

    /// Its address.
    pub(super) fn path(self) -> String {
        format!("/submit/{}", self.word())
    }

    /// A sentence key of the step.
    pub(super) fn key(self, part: &str) -> String {
        format!("submit-{}-{part}", self.word())
    }

    /// The first step that still asks something, or in which something cannot stand.
    pub(super) fn first_open(app: &App, draft: &Draft) -> Result<Step, Failure> {
        for step in Step::ALL {
            let is_unasked = step == Step::Contact && !draft.contact_given;
            if is_unasked || !faults_of(app, step, draft)?.is_empty() {
                return Ok(step);
            }
        }
        Ok(Step::Check)
    }
}

/// What a step asks, with what was written so far.
pub(super) fn controls(
    app: &App,
    step: Step,
    draft: &Draft,
    locale: Locale,
) -> Result<Vec<Control>, Failure> {
    let say = |key: &str| locale.say(key);
    Ok(match step {
        Step::Kind => {
            let kinds = app.current_procedure()?.kinds.iter().map(|kind| Choice {
                value: kind.id.to_string(),
                label: locale.label(&kind.name),
                hint: locale.label(&kind.hint),
            });
            vec![
                Control::new("kind", Input::Radios, say("submit-kind-question"))
                    .choices(kinds.collect())
                    .value(draft.kind.as_str()),
            ]
        }
        Step::What => vec![
            Control::new("title", Input::Line, say("submit-title-label"))
                .hint(say("submit-title-hint"))
                .value(draft.title.as_str()),
            Control::new("body", Input::Text(9), say("submit-body-label"))
                .hint(say("submit-body-hint"))
                .value(draft.body.as_str())
                .most(MOST),
            Control::new("wants", Input::Text(4), say("submit-wants-label"))
                .hint(say("submit-wants-hint"))
                .value(draft.wants.as_str()),
        ],
        Step::Whom => {
            let sealed = is_sealed(app.current_procedure()?, &Name::new(draft.kind.clone()));
            let units: Vec<Choice> = app
                .directory()
                .in_order()
                .into_iter()
                .map(|unit| Choice::new(unit.id, locale.unit(unit)))
                .collect();
            let whom = if sealed {
                Control::new("accused", Input::Checkboxes, say("submit-accused-label"))
                    .hint(say("submit-accused-hint"))
                    .choices(units)
                    .values(draft.accused.iter().map(ToString::to_string).collect())
            } else {
                Control::new("respondent", Input::Select, say("submit-respondent-label"))
                    .hint(say("submit-respondent-hint"))
                    .choices(units)
                    .values(draft.respondent.iter().map(ToString::to_string).collect())
            };
            let n_people = if draft.n_people.is_empty() { "1" } else { draft.n_people.as_str() };
            vec![
                whom,
                Control::new("n_people", Input::Number, say("submit-people-label"))
                    .hint(say("submit-people-hint"))
                    .value(n_people),
            ]
        }
        Step::Contact => {
            let replies = ["online", "post", "counter"].map(|reply| Choice {
                value: reply.to_owned(),
                label: say(&format!("submit-reply-{reply}")),
                hint: say(&format!("submit-reply-{reply}-hint")),
            });
            let reply =
                if draft.identity.reply.is_empty() { "online" } else { draft.identity.reply.as_str() };
            let confidential = if draft.confidential { vec!["yes".to_owned()] } else { Vec::new() };
            vec![
                Control::new("name", Input::Line, say("submit-name-label"))
                    .hint(say("submit-name-hint"))
                    .value(draft.identity.name.as_str())
                    .autocomplete("name"),
                Control::new("phone", Input::Line, say("submit-phone-label"))
                    .hint(say("submit-phone-hint"))
                    .value(draft.identity.phone.as_str())
                    .autocomplete("tel"),
                Control::new("reply", Input::Radios, say("submit-reply-label"))
                    .choices(replies.to_vec())
                    .value(reply),
                Control::new("address", Input::Line, say("submit-address-label"))
                    .hint(say("submit-address-hint"))
                    .value(draft.identity.address.as_str())
                    .autocomplete("street-address"),
                Control::new("confidential", Input::Checkboxes, say("submit-confidential-label"))
                    .choices(vec![Choice::new("yes", say("submit-confidential-yes"))])
                    .values(confidential),
            ]
        }
        Step::Files | Step::Check => Vec::new(),
    })
}

/// Takes what was typed into the draft, also where it cannot stand.
pub(super) fn fill(app: &App, step: Step, draft: &mut Draft, typed: &Typed) {
    match step {
        Step::Kind => draft.kind = typed.get("kind"),
        Step::What => {
            (draft.title, draft.body, draft.wants) =
                (typed.get("title"), typed.get("body"), typed.get("wants"));
        }
        Step::Whom => {
            let directory = app.directory();
            let known = |name: &str| -> Vec<UnitId> {
                // Each once, however often it was sent.
                let sent: Vec<UnitId> = typed.all(name).iter().filter_map(|text| text.parse().ok()).collect();
                directory
                    .in_order()
                    .into_iter()
                    .map(|unit| unit.id)
                    .filter(|unit| sent.contains(unit))
                    .collect()
            };
            draft.respondent = known("respondent").first().copied();
            draft.accused = known("accused");
            draft.n_people = typed.get("n_people");
        }
        Step::Contact => {
            draft.identity.name = typed.get("name");
            draft.identity.phone = typed.get("phone");
            draft.identity.address = typed.get("address");
            draft.identity.reply = typed.get("reply");
            draft.confidential = !typed.get("confidential").is_empty();
            draft.contact_given = true;
        }
        Step::Files | Step::Check => {}
    }
}

/// What is wrong with a step of the draft (SPAM-1: size and shape of every field).
pub(super) fn faults_of(app: &App, step: Step, draft: &Draft) -> Result<Vec<FieldFault>, Failure> {
    let mut faults = Vec::new();
    match step {
        Step::Kind => {
            if app.current_procedure()?.kind(&Name::new(draft.kind.clone())).is_none() {
                faults.push(fault("kind", "missing", "请选择一类", "choose one"));
            }
        }
        Step::What => {
            check_words(&mut faults, "title", &draft.title, SHORT, true);
            check_words(&mut faults, "body", &draft.body, MOST, true);
            check_words(&mut faults, "wants", &draft.wants, MOST, false);
            if draft.wants.lines().filter(|line| !line.trim().is_empty()).count() > MOST_REQUESTS {
                faults.push(fault(
                    "wants",
                    "too_many",
                    "最多20条要求，每行一条；请合并相近的",
                    "at most 20 requests, one on a line; join those that belong together",
                ));
            }
        }
        Step::Whom => {
            let n = draft.n_people.parse::<u32>().ok().filter(|n| (1..=MOST_PEOPLE).contains(n));
            if n.is_none() {
                faults.push(fault(
                    "n_people",
                    "not_a_number",
                    "请写人数，例如1；最多100000",
                    "write how many people, such as 1; at most 100000",
                ));
            }
        }
        Step::Contact => check_identity(&mut faults, draft),
        Step::Files | Step::Check => {}
    }
    Ok(faults)
}

fn check_identity(faults: &mut Vec<FieldFault>, draft: &Draft) {
    let identity = &draft.identity;
    check_words(faults, "name", &identity.name, SHORT, false);
    check_words(faults, "address", &identity.address, SHORT, false);
    faults.extend(phone_fault("phone", &identity.phone));
    if identity.reply == "post" && identity.address.is_empty() {
        faults.push(fault("address", "missing", "选择邮寄时请填写地址", "a letter needs an address"));
    }
}

/// What is wrong with a telephone number; nothing when it is empty.
pub(crate) fn phone_fault(field: &str, phone: &str) -> Option<FieldFault> {
    if phone.is_empty() {
        return None;
    }
    let (zh, en) = match Phone::parse(phone) {
        Ok(_) => return None,
        Err(CodeError::Length { expected, found }) => (
            format!("手机号应是{expected}位数字，您填了{found}位"),
            format!("a mobile number has {expected} digits; you wrote {found}"),
        ),
        Err(_) => (
            "电话应是11位手机号，或带区号的座机，例如0500-55512345".to_owned(),
            "write a mobile number of 11 digits, or a landline with its area code, such as 0500-55512345"
                .to_owned(),
        ),
    };
    Some(fault(field, "phone", &zh, &en))
}

/// What will be sent, line by line, each with the step that changes it.
pub(super) fn summary(
    app: &App,
    draft: &Draft,
    files: &[String],
    locale: Locale,
) -> Result<Vec<(String, String, Step)>, Failure> {
    let say = |key: &str| locale.say(key);
    let kind =
        app.current_procedure()?.kind(&Name::new(draft.kind.clone())).map(|kind| locale.label(&kind.name));
    let directory = app.directory();
    let name = |unit: &UnitId| directory.unit(*unit).map(|unit| locale.unit(unit));
    let units: Vec<String> = draft.respondent.iter().chain(&draft.accused).filter_map(name).collect();
    let identity = &draft.identity;
    let reply = if identity.reply.is_empty() {
        String::new()
    } else {
        say(&format!("submit-reply-{}", identity.reply))
    };
    let none = say("submit-none");
    let or_none = |text: &str| if text.is_empty() { none.clone() } else { text.to_owned() };
    Ok(vec![
        (say("submit-kind-question"), kind.unwrap_or_default(), Step::Kind),
        (say("submit-title-label"), draft.title.clone(), Step::What),
        (say("submit-body-label"), draft.body.clone(), Step::What),
        (say("submit-wants-label"), or_none(&draft.wants), Step::What),
        (say("submit-unit-label"), or_none(&locale.join(&units)), Step::Whom),
        (say("submit-people-label"), draft.n_people.clone(), Step::Whom),
        (say("submit-name-label"), or_none(&identity.name), Step::Contact),
        (say("submit-phone-label"), or_none(&identity.phone), Step::Contact),
        (say("submit-reply-label"), reply, Step::Contact),
        (say("submit-address-label"), or_none(&identity.address), Step::Contact),
        (say("submit-files-label"), or_none(&files.join("\n")), Step::Files),
        (
            say("submit-confidential-label"),
            say(if draft.confidential { "submit-confidential-yes" } else { "submit-confidential-no" }),
            Step::Contact,
        ),
    ])
}
