//! An official takes all files of a case at once, as an encrypted ZIP under a passphrase that is shown once (ATT-6).

use super::Desk;
use super::account::{Confirmed, with_cookie};
use crate::app::attached::{Attached, Copy};
use crate::app::zipped::Entry;
use crate::app::{App, Failure};
use crate::web::fields::SHORT;
use crate::web::files::{FileRow, as_download, bytes};
use crate::web::form::{Choice, Control, Input, Typed, mark};
use crate::web::locale::Locale;
use crate::web::page::{self, Page};
use crate::web::problem::{FieldFault, check_words};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::OfficialId;
use casework::authority::Actor;
use casework::disclosure::Sight;
use std::fmt::Write as _;
use std::sync::Arc;
use store::history::History;

#[derive(Template)]
#[template(path = "desk/zipped.html")]
struct ZipPage {
    page: Page,
    back: String,
    case_ref: String,
    /// How many files, and how much.
    what: String,
    passphrase: String,
    /// What the passphrase is made from again.
    seed: String,
    controls: Vec<Control>,
    others: Vec<String>,
}

/// The files, for whoever may take each of them; where there are none, there is nothing to take.
async fn visible(
    app: &App,
    actor: &Actor,
    case_ref: &str,
) -> Result<(History, OfficialId, Vec<Attached>), Failure> {
    let (history, sight) = app.visible(actor, case_ref).await?;
    let official = actor.official().filter(|_| sight == Sight::Everything).ok_or(Failure::Absent)?;
    let files = app.attached(&history).await?;
    if files.is_empty() {
        return Err(Failure::Absent);
    }
    Ok((history, official, files))
}

/// The question which copies and what for, with a new passphrase.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path(case_ref): Path<String>,
) -> Result<Response, Trouble> {
    let (history, official, files) = visible(&app, &desk.actor, &case_ref).await?;
    let seed = crate::entropy::token()?;
    let passphrase = app.zip_passphrase(official, history.petition.id, &seed);
    let page = desk.page.guarded(&app, &desk.session);
    let asked = Asked { case_ref, files: &files, passphrase, seed, typed: &Typed::default() };
    Ok(page::html(StatusCode::OK, &asked.page(page, &[])))
}

/// The ZIP, to whoever showed just now who they are (IAM-6). That it was taken is recorded before its first byte is handed
/// over.
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path(case_ref): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let (history, official, files) = visible(&app, &desk.actor, &case_ref).await?;
    let (petition, purpose) = (history.petition.id, typed.get("purpose"));
    let mut faults = Vec::new();
    check_words(&mut faults, "purpose", &purpose, SHORT, true);
    // Without its seed nobody was shown a passphrase.
    let seed = Some(typed.get("seed")).filter(|seed| !seed.is_empty());
    let passphrase = seed.as_ref().map(|seed| app.zip_passphrase(official, petition, seed));
    let (Some(passphrase), true) = (passphrase, faults.is_empty()) else {
        let seed = seed.map_or_else(crate::entropy::token, Ok)?;
        let passphrase = app.zip_passphrase(official, petition, &seed);
        let page = desk.page.guarded(&app, &desk.session);
        let asked = Asked { case_ref, files: &files, passphrase, seed, typed: &typed };
        return Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &asked.page(page, &faults)));
    };
    let copy = if typed.get("originals").is_empty() { Copy::Stripped } else { Copy::Original };
    // The page that asks takes the place of the one that showed the passphrase.
    let kept = desk.page.say1("zip-passphrase-kept", "passphrase", &passphrase);
    let action = format!("/staff/cases/{case_ref}/zip");
    let cookie = match desk.confirmed_knowing(&app, &typed, &action, vec![kept]).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    app.take_all(&desk.actor, petition, files.len(), copy, &purpose).await?;
    let locale = desk.page.locale;
    let body = app.zip_body(files, copy, passphrase, move |entries| index(entries, copy, locale));
    Ok(with_cookie(as_download(body, "files.zip", None), cookie))
}

/// What stands in the ZIP under which name: a text that is read with any program.
fn index(entries: &[Entry], copy: Copy, locale: Locale) -> String {
    let mut text = format!("\u{feff}{}\r\n", locale.say("zip-index"));
    for Entry { name, file, sha256 } in entries {
        let row = FileRow::attached(file, locale);
        let here = match sha256 {
            Ok(sha256) => sha256.clone(),
            Err(unfit) => {
                let code = unfit.code().replace('_', "-");
                locale.with("zip-left-out", &[("why", &locale.say(&format!("trouble-file-{code}")))])
            }
        };
        let kind = match copy {
            Copy::Stripped if row.strips => locale.say("zip-copy"),
            Copy::Stripped | Copy::Original => locale.say("zip-original"),
        };
        let _ = write!(text, "\r\n{name}\r\n");
        for (key, value) in [
            ("zip-name", row.name.as_str()),
            ("zip-kind", &row.size),
            ("zip-on", &row.on),
            ("zip-which", &kind),
            ("zip-sha256-here", &here),
            ("zip-sha256-sent", &row.sha256),
            ("zip-verdict", &row.verdict),
            ("zip-warning", &row.warning),
            ("zip-tells", &row.found),
        ] {
            if !value.is_empty() {
                let _ = write!(text, "  {}: {value}\r\n", locale.say(key));
            }
        }
    }
    text
}

/// The question, with what was typed.
struct Asked<'a> {
    case_ref: String,
    files: &'a [Attached],
    passphrase: String,
    seed: String,
    typed: &'a Typed,
}

impl Asked<'_> {
    fn page(self, page: Page, faults: &[FieldFault]) -> ZipPage {
        let mut controls = vec![
            Control::new("originals", Input::Checkboxes, page.say("zip-which"))
                .hint(page.say("zip-originals-hint"))
                .choices(vec![Choice::new("on", page.say("zip-originals"))])
                .values(self.typed.all("originals")),
            Control::new("purpose", Input::Line, page.say("file-purpose"))
                .hint(page.say("file-purpose-kept"))
                .value(self.typed.get("purpose")),
        ];
        let others = mark(&mut controls, faults, page.locale);
        let size = self.files.iter().map(|file| file.about.size).sum();
        let n = self.files.len().to_string();
        let what = page.locale.with("zip-what", &[("n", &n), ("size", &bytes(size))]);
        ZipPage {
            back: format!("/staff/cases/{}#files", self.case_ref),
            page: page.clone().titled(page.say("zip-title")),
            case_ref: self.case_ref,
            what,
            passphrase: self.passphrase,
            seed: self.seed,
            controls,
            others,
        }
    }
}
