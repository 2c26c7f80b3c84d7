//! Letters of a case as an official reads them: a page, and the file that is printed; each a read that is recorded.

use super::{Desk, identity};
use crate::app::{App, Failure};
use crate::letter::{Addressee, Which, is_kept};
use crate::web::letter;
use crate::web::trouble::Trouble;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::disclosure::Sight;
use std::sync::Arc;
use store::history::History;

/// A letter of the case, its addressee masked unless this official has just opened the name.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, index)): Path<(String, usize)>,
) -> Result<Response, Trouble> {
    let (history, who) = read(&app, &desk, &case_ref, index).await?;
    let page = desk.page.guarded(&app, &desk.session);
    let back = format!("/staff/cases/{case_ref}");
    let which = Which { history: &history, index, who };
    letter::show(&app, page, which, (&back, &format!("{back}/letters/{index}"))).await
}

/// The same as a file; it is a read like the page.
pub(crate) async fn pdf(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, index)): Path<(String, usize)>,
) -> Result<Response, Trouble> {
    let (history, who) = read(&app, &desk, &case_ref, index).await?;
    letter::pdf(&app, &desk.page, Which { history: &history, index, who }).await
}

/// The same in the language of the page, where the letter is in another.
pub(crate) async fn reading(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, index)): Path<(String, usize)>,
) -> Result<Response, Trouble> {
    let (history, who) = read(&app, &desk, &case_ref, index).await?;
    letter::reading(&app, &desk.page, Which { history: &history, index, who }).await
}

/// The proof of service of a letter, to be signed or as it was; it is a read like the page.
pub(crate) async fn service(
    State(app): State<Arc<App>>,
    desk: Desk,
    Path((case_ref, index)): Path<(String, usize)>,
) -> Result<Response, Trouble> {
    let (history, who) = read(&app, &desk, &case_ref, index).await?;
    letter::proof_of_service(&app, desk.page.locale, Which { history: &history, index, who }).await
}

/// Opens the case and records that this official reads the letter; how much of its addressee they see.
async fn read(app: &App, desk: &Desk, case_ref: &str, index: usize) -> Result<(History, Addressee), Failure> {
    let (history, sight) = app.visible(&desk.actor, case_ref).await?;
    if is_kept(&history, index, desk.actor.unit()) {
        return Err(Failure::Absent);
    }
    let is_named = identity::read_letter(app, desk, &history, sight, index).await?;
    let who = match sight {
        Sight::Everything if is_named => Addressee::Named,
        Sight::Everything => Addressee::Masked,
        Sight::Nothing | Sight::Shell | Sight::Matter => Addressee::Hidden,
    };
    Ok((history, who))
}
