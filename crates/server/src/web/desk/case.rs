//! A case at the desk: what runs, what was asked, what happened, and exactly the commands this person may give now.

use super::Desk;
use super::account::{Confirmed, with_cookie};
use super::identity::{self, FieldRow};
use super::inbox::class_label;
use super::{papers, recusals, shell};
use crate::app::{App, Failure};
use crate::identity::Identity;
use crate::web::deadlines::{self, Badge, DeadlineView};
use crate::web::fields::SHORT;
use crate::web::files::FileRow;
use crate::web::form::Typed;
use crate::web::page::{self, Page};
use crate::web::problem::{Problem, check_words};
use crate::web::story::{self, Entry, Reader};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::access::Seen;
use casework::act::{Channel, Standing};
use casework::directory::Role;
use casework::disclosure::{Sight, is_sealed};
use casework::procedure::LimitRole;
use casework::{Petition, PetitionId, Verb};
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;
use store::history::History;

/// Acts that bring a case forward, in the order in which one would look for them: buttons. The others are links.
const MAIN: &[Verb] = &[
    Verb::ReviewUrgent,
    Verb::Register,
    Verb::Forward,
    Verb::Assign,
    Verb::ReferReport,
    Verb::TakeUp,
    Verb::AcceptReport,
    Verb::Accept,
    Verb::AcceptSimple,
    Verb::RouteToPath,
    Verb::Decline,
    Verb::Serve,
    Verb::RecordContact,
    Verb::DraftOpinion,
    Verb::IssueOpinion,
    Verb::AdmitReview,
    Verb::UpholdOpinion,
    Verb::ChangeOpinion,
    Verb::RemandOpinion,
    Verb::ReplyToSuggestion,
    Verb::FeedBackReport,
    Verb::ReplyToSupervision,
    Verb::AnswerRecommendation,
    Verb::RecordExecution,
    Verb::ReportPerformance,
    Verb::EnterPathNumber,
    Verb::ReviewRefusal,
    Verb::AgreeToObjection,
    Verb::RefuseObjection,
    Verb::ConfirmReclassification,
];

struct ActLink {
    verb: &'static str,
    label: String,
}

struct LetterRow {
    index: usize,
    name: String,
    number: String,
    signed_on: Date,
    corrected_on: Option<Date>,
    posted_on: Option<Date>,
    served_on: Option<Date>,
    to_petitioner: bool,
}

struct PromiseRow {
    text: String,
    who: String,
    due_on: Date,
    badge: Option<Badge>,
    kept_on: Option<Date>,
}

/// A matter beside this one.
struct Related {
    case_ref: String,
    number: String,
    relation: String,
}

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage {
    page: Page,
    case_ref: String,
    number: String,
    title: String,
    stage: String,
    resting: bool,
    tags: Vec<(String, &'static str)>,
    channel: String,
    class: String,
    received_on: Date,
    running: Vec<DeadlineView>,
    met: Vec<(String, Badge, Date)>,
    body: String,
    requests: Vec<String>,
    respondent: String,
    entries: Vec<Entry>,
    letters: Vec<LetterRow>,
    papers: Vec<papers::PaperRow>,
    promises: Vec<PromiseRow>,
    files: Vec<FileRow>,
    /// Files there are, also where this person may not see them: they may show who filed the matter.
    n_files: usize,
    main: Vec<ActLink>,
    others: Vec<ActLink>,
    /// Who filed it, field by field; `None` when this official may not know.
    identity: Option<Vec<FieldRow>>,
    /// How the answer is to reach them: a word.
    reply: String,
    /// How the audit administrator knows a sealed matter; empty for others.
    sealed_name: String,
    confidential: bool,
    /// A lost code may be replaced here.
    reissues: bool,
    n_people: u32,
    parties: usize,
    people: Vec<(String, String)>,
    related: Vec<Related>,
    /// What others ask to see of who filed it, for this official to agree to.
    asks: Vec<identity::AskRow>,
    /// Why nothing but the shell is shown; empty for whoever sees more.
    withheld: String,
    /// What is proposed for its words and names.
    proposal: Option<shell::Proposal>,
    /// Who knew of it before they were kept from it is this official's to see.
    recusals: bool,
}

impl CasePage {
    /// Address of the case, before those of its files.
    fn base(&self) -> String {
        format!("/staff/cases/{}", self.case_ref)
    }
}

/// What was just done, from the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Done {
    done: String,
}

/// The case.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.known(&desk.actor, &case_ref).await?;
    let done = Verb::parse(&done.done).map(|verb| {
        let act = desk.page.say(&format!("act-{}", verb.word().replace('_', "-")));
        desk.page.locale.with("case-done", &[("act", &act)])
    });
    render(&app, desk, &history, sight, done.unwrap_or_default()).await
}

async fn render(
    app: &App,
    desk: Desk,
    history: &History,
    sight: Sight,
    done: String,
) -> Result<Response, Trouble> {
    let locale = desk.page.locale;
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let procedure = app.procedure_of(petition)?;
    let stage = petition.stage.as_ref().and_then(|stage| procedure.stage(stage)).ok_or(Failure::Absent)?;
    let words = app.words_for(history, sight).await?;
    let text = |text: &casework::text::Text| words.get(&text.content).cloned().unwrap_or_default();
    let directory = app.directory();
    let unit_name =
        |id: Option<casework::UnitId>| id.and_then(|id| directory.unit(id)).map(|unit| locale.unit(unit));
    let today = app.clock.today();
    let withheld = if sight == Sight::Shell { shell::reason(app, petition, locale)? } else { String::new() };
    let title = if sight == Sight::Shell { locale.say("shell-title") } else { text(&submission.title) };
    let permitted = app.permitted(&desk.actor, petition)?;
    let link = |verb: &Verb| ActLink {
        verb: verb.word(),
        label: locale.say(&format!("act-{}", verb.word().replace('_', "-"))),
    };
    let mut tags = Vec::new();
    let mut tag = |when: bool, key: &str, class| {
        if when {
            tags.push((locale.say(key), class));
        }
    };
    tag(is_sealed(procedure, &petition.kind), "tag-sealed", "tag--red");
    tag(petition.urgent, "tag-urgent", "tag--red");
    tag(petition.supervision.is_some(), "tag-supervised", "tag--red");
    tag(petition.simple, "tag-simple", "");
    tag(petition.withdrawing, "tag-withdrawing", "");
    tag(petition.remands > 0, "tag-remanded", "tag--amber");
    tag(petition.proposed_kind.is_some(), "tag-reclassifying", "tag--amber");
    tag(petition.draft.is_some(), "tag-draft", "tag--blue");
    tag(petition.disposal.is_some(), "tag-disposal", "tag--amber");
    tag(petition.restricted.is_some() && petition.erased.is_none(), "tag-restricted", "tag--amber");
    tag(petition.erased.is_some(), "tag-erased", "tag--red");
    let kind = procedure.kind(&petition.kind).map(|kind| locale.label(&kind.name)).unwrap_or_default();
    tags.push((kind, "tag--blue"));
    let met = petition
        .deadlines
        .iter()
        .rev()
        .filter_map(|deadline| {
            let duty = procedure.limit(&deadline.set.limit)?.role == LimitRole::Duty;
            let badge = deadlines::met_badge(locale, deadline).filter(|_| duty)?;
            Some((deadlines::name(procedure, petition, deadline, locale), badge, deadline.set.due_on))
        })
        .collect();
    let letters = petition
        .letters
        .iter()
        .enumerate()
        .filter(|(index, _)| !crate::letter::is_kept(history, *index, desk.actor.unit()))
        .filter_map(|(index, letter)| {
            let known = procedure.letter(&letter.signed.letter)?;
            Some(LetterRow {
                index,
                name: locale.label(&known.name),
                number: crate::letter::number(app, &letter.signed, known),
                signed_on: letter.on,
                corrected_on: petition.corrections(index).last().map(|(_, letter)| letter.on),
                posted_on: letter.posted_on,
                served_on: letter.served_on,
                to_petitioner: letter.signed.to_petitioner,
            })
        })
        .collect();
    let promises = petition
        .promises
        .iter()
        .filter(|promise| !promise.replaced)
        .map(|promise| PromiseRow {
            text: text(&promise.text),
            who: unit_name(promise.executor).unwrap_or_default(),
            due_on: promise.due_on,
            badge: promise
                .is_open()
                .then(|| deadlines::badge(locale, petition.last_on, promise.due_on, today)),
            kept_on: promise.kept_on,
        })
        .collect();
    let official =
        |id: Option<casework::OfficialId>| id.and_then(|id| directory.official(id)).map(|o| o.name.clone());
    let mut people = Vec::new();
    let mut person = |key: &str, unit: Option<String>, name: Option<String>| {
        let words = [unit, name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            people.push((locale.say(key), words));
        }
    };
    person(
        "case-owner",
        unit_name(petition.owner.map(|(unit, _)| unit)),
        official(petition.owner.map(|(_, official)| official)),
    );
    person("case-office", unit_name(petition.office), None);
    person("case-organ", unit_name(petition.organ), None);
    let named: Vec<String> = petition.named.iter().filter_map(|named| official(Some(*named))).collect();
    if withheld.is_empty() {
        person("case-named", None, Some(named.join(&locale.say("list-comma"))));
    }
    let (identity, reply) = match sight {
        Sight::Everything => {
            let party = petition.parties.iter().find(|party| party.standing == Standing::Petitioner);
            let kept = party.and_then(|party| party.identity.as_ref()).map(&text);
            let kept = kept.map(|kept| Identity::read(&kept)).unwrap_or_default();
            (Some(identity::fields(app, &desk, petition.id, &kept).await?), kept.reply)
        }
        Sight::Nothing | Sight::Shell | Sight::Matter => (None, String::new()),
    };
    let entries = story::tell(app, history, &words, locale, Reader::Official(desk.actor.unit()))?;
    let sealed = is_sealed(procedure, &petition.kind);
    let files = app.attached(history).await?;
    let case_ref = submission.case_ref.to_string();
    let mut page = desk.page.clone().titled(format!("{} {title}", submission.number));
    page.done = done;
    page.here = format!("/staff/cases/{case_ref}");
    let template = CasePage {
        withheld,
        proposal: shell::proposal(app, petition, locale, text)?,
        case_ref,
        number: submission.number.to_string(),
        title,
        stage: locale.label(&stage.name),
        resting: stage.rest.is_some(),
        tags,
        channel: locale.say(&format!("channel-{}", submission.channel.word())),
        class: petition.class.as_ref().map(|class| class_label(locale, class)).unwrap_or_default(),
        received_on: petition.received_on,
        running: deadlines::open(app, petition, locale)?,
        met,
        body: text(&submission.body),
        requests: petition.requests.iter().map(text).collect(),
        respondent: unit_name(submission.respondent).unwrap_or_default(),
        entries: if sight == Sight::Shell {
            entries.into_iter().map(Entry::without_letters).collect()
        } else {
            entries
        },
        letters,
        papers: papers::rows(app, history, locale)?,
        promises,
        n_files: files.len(),
        files: if sight == Sight::Everything {
            files.iter().map(|file| FileRow::attached(file, locale)).collect()
        } else {
            Vec::new()
        },
        main: MAIN.iter().filter(|verb| permitted.contains(verb)).map(link).collect(),
        others: permitted.iter().filter(|verb| !MAIN.contains(verb)).map(link).collect(),
        identity,
        reply,
        sealed_name: if sealed { app.sealed_name(petition.id) } else { String::new() },
        confidential: submission.confidential,
        reissues: may_reissue(&desk, petition, sight),
        n_people: submission.n_people,
        parties: petition.parties.len(),
        people,
        related: related(app, &desk, petition).await?,
        asks: if sealed && sight > Sight::Shell {
            identity::asks(app, &desk, history).await?
        } else {
            Vec::new()
        },
        recusals: recusals::may_see(app, &desk, history, sight)?,
        page,
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// Matters that belong to this one, as far as this person may see them.
async fn related(app: &App, desk: &Desk, petition: &Petition) -> Result<Vec<Related>, Failure> {
    let mut ids: Vec<(PetitionId, &str)> = Vec::new();
    ids.extend(petition.merged_into.map(|id| (id, "related-merged-into")));
    ids.extend(petition.joined.iter().map(|id| (*id, "related-joined")));
    ids.extend(petition.split_from.map(|id| (id, "related-split-from")));
    ids.extend(petition.parts.iter().map(|id| (*id, "related-part")));
    ids.extend(petition.followed_by.iter().map(|id| (*id, "related-followed-by")));
    let earlier = petition.submission.as_ref().and_then(|submission| submission.earlier);
    ids.extend(earlier.map(|id| (id, "related-earlier")));
    let mut related = Vec::new();
    for (id, key) in ids {
        let Some(history) = app.known_of(&desk.actor, id).await? else { continue };
        if let Some(submission) = &history.petition.submission {
            related.push(Related {
                case_ref: submission.case_ref.to_string(),
                number: submission.number.to_string(),
                relation: desk.page.say(key),
            });
        }
    }
    Ok(related)
}

#[derive(Template)]
#[template(path = "desk/code.html")]
struct CodePage {
    page: Page,
    case_ref: String,
    number: String,
    code: String,
}

/// A code, shown once, for the official at the counter to hand over.
pub(super) fn code_page(page: Page, case_ref: &str, petition: &Petition, code: &str) -> Response {
    let number = petition.submission.as_ref().map(|submission| submission.number.to_string());
    let page = page.clone().titled(page.say("code-issued-title"));
    let (case_ref, code) = (case_ref.to_owned(), code.to_owned());
    page::html(StatusCode::OK, &CodePage { page, case_ref, number: number.unwrap_or_default(), code })
}

/// Whether this official may give the petitioner a new code: the counter that entered the petition, never for one
/// submitted online, whose code is its only key (architecture §10.6).
fn may_reissue(desk: &Desk, petition: &Petition, sight: Sight) -> bool {
    let online = petition.submission.as_ref().is_none_or(|submission| submission.channel == Channel::Online);
    !online && sight == Sight::Everything && desk.has(Role::Registrar) && desk.actor.unit() == petition.office
}

/// Gives the petitioner a new code in place of a lost one. Recorded with how they were identified, and told to them;
/// whoever gives it showed just now who they are (IAM-6).
pub(crate) async fn reissue(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path(case_ref): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    if !may_reissue(&desk, &history.petition, sight) {
        return Err(Failure::Absent.into());
    }
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let how = typed.get("purpose");
    let mut faults = Vec::new();
    check_words(&mut faults, "purpose", &how, SHORT, true);
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults).into());
    }
    let action = format!("/staff/cases/{case_ref}/code");
    let cookie = match desk.confirmed(&app, &typed, &action).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    let words = app.seal_words(history.petition.id, &how).await?;
    app.record_read(&desk.actor, history.petition.id, Seen::Code { words }).await?;
    let code = app.issue_code(history.petition.id, 0).await?;
    Ok(with_cookie(code_page(desk.page, &case_ref, &history.petition, &code.to_string()), cookie))
}
