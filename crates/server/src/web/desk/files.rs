//! An official takes a file of a case: the copy without metadata at once; the original, or what may do harm, for a stated
//! purpose that is kept (ATT-4, ATT-5).

use super::Desk;
use super::account::{Confirmed, with_cookie};
use crate::app::attached::{Attached, Copy};
use crate::app::{App, Failure};
use crate::web::fields::SHORT;
use crate::web::files::hand_over;
use crate::web::form::Typed;
use crate::web::page;
use crate::web::problem::{Problem, check_words};
use crate::web::trouble::Trouble;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::authority::Actor;
use casework::disclosure::Sight;
use std::sync::Arc;
use store::history::History;

/// A file of a case, for an official who sees who filed it: a scan or a photograph may show it. For all others there is
/// none.
///
/// # Errors
/// `Absent`, in the same words whatever the reason.
pub(crate) async fn visible(
    app: &App,
    actor: &Actor,
    case_ref: &str,
    index: &str,
) -> Result<(History, Attached), Failure> {
    let (history, sight) = app.visible(actor, case_ref).await?;
    if sight != Sight::Everything {
        return Err(Failure::Absent);
    }
    let files = app.attached(&history).await?;
    let file = files.into_iter().find(|file| file.index.to_string() == index).ok_or(Failure::Absent)?;
    Ok((history, file))
}

/// The copy without metadata. What may do harm leads back to the list, where it is asked for with a reason.
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, index)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let (_, file) = visible(&app, &desk.actor, &case_ref, &index).await?;
    if file.about.needs_purpose() {
        return Ok(page::see_other(&format!("/staff/cases/{case_ref}#files"), []));
    }
    Ok(hand_over(&app, &file, Copy::Stripped).await?)
}

/// The file as it came, and what may do harm, with what for, to whoever showed just now who they are (IAM-6).
pub(crate) async fn take_original(
    State(app): State<Arc<App>>,
    mut desk: Desk,
    Path((case_ref, index)): Path<(String, String)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let typed = Typed(typed);
    desk.check(&app, &typed)?;
    let (history, file) = visible(&app, &desk.actor, &case_ref, &index).await?;
    let purpose = typed.get("purpose");
    let mut faults = Vec::new();
    check_words(&mut faults, "purpose", &purpose, SHORT, true);
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults).into());
    }
    let action = format!("/staff/cases/{case_ref}/files/{index}");
    let cookie = match desk.confirmed(&app, &typed, &action).await? {
        Confirmed::Yes(_, cookie) => cookie,
        Confirmed::Ask(page) => return Ok(page),
    };
    app.take_original(&desk.actor, history.petition.id, &file, &purpose).await?;
    Ok(with_cookie(hand_over(&app, &file, Copy::Original).await?, cookie))
}
