//! 送达回证, the proof that a letter reached the petitioner (procedure.md §5, document 17): what the record knows is printed, what
//! is written by hand has room.

use super::hand_over;
use crate::app::{App, Failure};
use crate::letter::{Addressee, Which, language, printed, worded};
use crate::web::locale::Locale;
use crate::web::trouble::Trouble;
use axum::response::Response;
use casework::Fact;
use casework::act::{Service, ServiceMethod};
use casework::disclosure::is_discreet;
use notice::paper::{Head, Paper, Row};
use notice::sheet::Day;
use store::history::History;

/// Every way, as the forms have them.
const METHODS: [(ServiceMethod, &str); 5] = [
    (ServiceMethod::InPerson, "in-person"),
    (ServiceMethod::Post, "post"),
    (ServiceMethod::Electronic, "electronic"),
    (ServiceMethod::LeftBehind, "left-behind"),
    (ServiceMethod::BehindCode, "behind-code"),
];

/// How a letter was served last, while it counts as served.
fn served(history: &History, index: usize) -> Option<&Service> {
    history.petition.letters.get(index)?.served_on?;
    let events = history.records.iter().flat_map(|record| &record.events);
    let mut services =
        events.filter_map(|event| if let Fact::Served(service) = &event.fact { Some(service) } else { None });
    services.rfind(|service| service.letter as usize == index)
}

/// The proof of service of a letter to the petitioner: to be signed by whoever receives it, or, once it is recorded as served, how
/// it went. Only who reads the name can have it signed: to others it is a copy without room for signatures.
///
/// # Errors
/// `Absent` for a letter that there is not, and for one that goes to a unit.
pub(crate) async fn proof_of_service(
    app: &App,
    locale: Locale,
    which: Which<'_>,
) -> Result<Response, Trouble> {
    let letter = worded(app, locale, which).await?;
    if !letter.to_petitioner {
        return Err(Failure::Absent.into());
    }
    let history = which.history;
    let petition = &history.petition;
    let submission = petition.submission.as_ref().ok_or(Failure::Absent)?;
    let discreet = is_discreet(app.procedure_of(petition)?, petition);
    let (service, named) = (served(history, which.index), which.who == Addressee::Named);
    let say = |key: &str| locale.say(key);
    let ways = METHODS.iter().filter_map(|(method, word)| {
        let went_so = service.is_some_and(|service| service.method == *method);
        let offered = !(discreet && *method == ServiceMethod::LeftBehind);
        let mark = if went_so { "■" } else { "□" };
        (went_so || offered).then(|| format!("{mark} {}", say(&format!("choice-method-{word}"))))
    });
    let ways = ways.collect::<Vec<String>>().join("\n");
    let mut rows = vec![
        Row::known(&say("service-document"), &letter.name),
        Row::known(&say("service-number"), &letter.number),
        Row::known(&say("service-receiver"), &letter.addressee),
        Row::known(&say("service-method"), &ways),
    ];
    let mut notes = Vec::new();
    if let Some((service, on)) = service.zip(letter.served_on) {
        rows.push(Row::known(&say("service-on"), &locale.date(on)));
        // The case's story tells it too; a file goes further, and it may say where somebody lives.
        if named {
            let words = app.words(petition).await?;
            let proof = words.get(&service.proof.content).map(String::as_str).unwrap_or_default();
            rows.push(Row::known(&say("service-proof"), proof));
        }
        notes.push(say("service-as-recorded"));
    } else if named {
        rows.push(Row::blank(&say("service-on"), 1));
        rows.push(Row::blank(&say("service-place"), 2));
        rows.push(Row::blank(&say("service-signed"), 2));
        if !discreet {
            let others = ["service-for", "service-refused", "service-witnesses"];
            rows.extend(others.iter().map(|key| Row::blank(&say(key), 2)));
        }
        rows.push(Row::blank(&say("service-server"), 2));
        notes.push(say(if discreet { "service-note-discreet" } else { "service-note" }));
    }
    if !named {
        notes.push(say("letter-copy"));
    }
    let day = letter.signed_on;
    let paper = Paper::new(
        &Head {
            language: language(locale),
            organ: &letter.unit,
            title: &say("service-title"),
            number: &submission.number.to_string(),
            dated: Day { year: day.year(), month: day.month(), day: day.day() },
        },
        rows,
        &notes,
    );
    let file = printed(move || notice::press::press_paper(&paper)).await?;
    Ok(hand_over(file, &format!("service-{}.pdf", which.index + 1)))
}
