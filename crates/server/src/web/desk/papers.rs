//! Papers of a case: the registration form, records of talks and hearings, what is laid before whoever closes it, each as a file to be
//! printed and signed. A read of the case, recorded as one.

use super::{Desk, identity};
use crate::app::{App, Failure};
use crate::letter::{Reading, paper, papers, printed};
use crate::web::letter::hand_over;
use crate::web::locale::Locale;
use crate::web::reveal;
use crate::web::trouble::Trouble;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::disclosure::Sight;
use jiff::civil::Date;
use std::sync::Arc;
use store::history::History;

/// A paper as the case lists it.
pub(super) struct PaperRow {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) on: Date,
}

/// The papers there are, oldest first.
pub(super) fn rows(app: &App, history: &History, locale: Locale) -> Result<Vec<PaperRow>, Failure> {
    let row = |filed: crate::letter::Filed| PaperRow {
        key: filed.key(),
        name: locale.say(&format!("paper-{}", filed.kind.word())),
        on: filed.on,
    };
    Ok(papers(app, history)?.into_iter().map(row).collect())
}

/// One of them, as a file. Who filed the matter is masked on it, but for what this official has opened.
pub(crate) async fn pdf(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, key)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let locale = desk.page.locale;
    let mut reading = Reading {
        sight,
        identity: Vec::new(),
        masked: true,
        earlier: None,
        files: Vec::new(),
        locale,
        history: &history,
    };
    if sight == Sight::Everything {
        let who = reveal::identity(&app, &history, sight).await?;
        let fields = identity::fields(&app, &desk, history.petition.id, &who).await?;
        reading.masked = fields.iter().any(|field| !field.ask.is_empty());
        reading.identity = fields.into_iter().map(|field| (field.label, field.value)).collect();
        if reading.identity.is_empty() {
            reading.identity.push((locale.say("identity-field-name"), locale.say("paper-anonymous")));
        }
        reading.files = app.attached(&history).await?.into_iter().map(|file| file.about.name).collect();
    }
    let submission = history.petition.submission.as_ref();
    if let Some(earlier) = submission.and_then(|submission| submission.earlier) {
        let known = app.known_of(&desk.actor, earlier).await?;
        let number = known.and_then(|known| known.petition.submission.map(|submission| submission.number));
        reading.earlier = number.map(|number| number.to_string());
    }
    let paper = paper(&app, &reading, &key).await?;
    let file = printed(move || notice::press::press_paper(&paper)).await?;
    Ok(hand_over(file, &format!("{key}.pdf")))
}
