//! Papers of a case: the registration form, records of talks and hearings, what is laid before whoever closes it, each as a file to be
//! printed and signed.

use super::Desk;
use crate::app::{App, Failure};
use crate::letter::{ON_PAPER, Reading, files, paper, papers, printed};
use crate::web::letter::hand_over;
use crate::web::locale::Locale;
use crate::web::reveal;
use crate::web::trouble::Trouble;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::Name;
use casework::access::Seen;
use casework::disclosure::{Sight, is_sealed};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
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

/// One of them, as a file. Who filed the matter is masked on it, but for what this official has opened; that it was taken, and with what
/// of it, is recorded first (ACC-2).
pub(crate) async fn pdf(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, key)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let (history, sight) = app.visible(&desk.actor, &case_ref).await?;
    let filed =
        papers(&app, &history)?.into_iter().find(|filed| filed.key() == key).ok_or(Failure::Absent)?;
    let (id, locale) = (history.petition.id, desk.page.locale);
    let mut reading = Reading {
        sight,
        identity: BTreeMap::new(),
        masked: false,
        earlier: None,
        files: Vec::new(),
        locale,
        history: &history,
    };
    let mut shown = BTreeSet::new();
    if sight == Sight::Everything {
        let who = reveal::identity(&app, &history, sight).await?;
        let masked = who.masked(app.clock.today());
        let grants = app.grants(&desk.actor, id).await?;
        for field in ON_PAPER.into_iter().filter(|field| filed.kind.names() && !who.part(*field).is_empty()) {
            let grant = grants.get(&field);
            let value = if grant.is_some() { who.part(field) } else { masked.part(field) };
            reading.masked |= grant.is_none();
            reading.identity.insert(field, value.to_owned());
            shown.extend(grant.map(|grant| grant.seq));
        }
        reading.files = files(&app, &history).await?;
    }
    let submission = history.petition.submission.as_ref();
    if let Some(earlier) = submission.and_then(|submission| submission.earlier)
        && let Some(known) = app.known_of(&desk.actor, earlier).await?
        // Paper goes further than whoever prints it: of a sealed matter it bears no trace.
        && !is_sealed(app.procedure_of(&known.petition)?, &known.petition.kind)
    {
        reading.earlier = known.petition.submission.map(|submission| submission.number.to_string());
    }
    let read = Seen::Paper { paper: Name::from(key.as_str()), grants: shown };
    app.record_read(&desk.actor, id, read).await?;
    let paper = paper(&app, &reading, &filed).await?;
    let file = printed(move || notice::press::press_paper(&paper)).await?;
    Ok(hand_over(file, &format!("{key}.pdf")))
}
