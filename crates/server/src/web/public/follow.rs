//! Following a petition: the code is typed once, then every page of the petition is an ordinary address.

use super::follow_view::{FollowPage, own_key, view};
use super::own_act::OWN;
use crate::app::attached::Copy;
use crate::app::{App, Failure};
use crate::letter::{Addressee, Which};
use crate::web::cookie;
use crate::web::form::{Control, Input, Typed, mark};
use crate::web::intake::Source;
use crate::web::letter;
use crate::web::page::{self, Page};
use crate::web::problem::{Problem, fault};
use crate::web::trouble::Trouble;
use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use casework::codes::ReceiptCode;
use casework::{PetitionId, Verb};
use serde::Deserialize;
use std::sync::Arc;
use store::history::History;

/// A petition that this browser follows. Asking for it *is* the check of the code.
pub(crate) struct Following {
    /// The petition.
    pub(crate) id: PetitionId,
    /// Whose code it was.
    pub(crate) party: u32,
    /// The session behind the cookie.
    pub(crate) session: String,
}

impl FromRequestParts<Arc<App>> for Following {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Trouble> {
        let session = cookie::read(app, &parts.headers, cookie::FOLLOW).ok_or(Problem::LogIn)?;
        let (id, party) = app.followed(&session).await?.ok_or(Problem::LogIn)?;
        Ok(Following { id, party, session })
    }
}

impl Following {
    /// The petition with its decisions.
    ///
    /// # Errors
    /// `Sealed` for a sealed one that a short code does not open.
    pub(crate) async fn history(&self, app: &App) -> Result<History, Failure> {
        let history = self.open_or_closed(app).await?;
        if history.closed { Err(Failure::Sealed) } else { Ok(history) }
    }

    /// The same; of a sealed one that the code does not open, how far it is.
    async fn open_or_closed(&self, app: &App) -> Result<History, Failure> {
        app.own(self.id).await
    }

    /// The same for what needs its words: refused once nobody can read them any more.
    async fn readable(&self, app: &App) -> Result<History, Failure> {
        let history = self.history(app).await?;
        match history.petition.erased {
            Some(_) => Err(history.petition.withheld().err().map_or(Failure::Absent, Failure::from)),
            None => Ok(history),
        }
    }
}

#[derive(Template)]
#[template(path = "public/code.html")]
struct CodePage {
    page: Page,
    controls: Vec<Control>,
}

/// The petition, or the question for its code.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    following: Result<Following, Trouble>,
    Query(done): Query<Done>,
) -> Result<Response, Trouble> {
    let done = Verb::parse(&done.done).filter(|verb| OWN.contains(verb)).map(|verb| {
        let act = page.say(&own_key(verb));
        page.locale.with("follow-done", &[("act", &act)])
    });
    match following {
        Ok(following) => petition_page(&app, page, &following, &done.unwrap_or_default()).await,
        Err(_) => Ok(ask(page, StatusCode::OK, "", None)),
    }
}

/// What was just done, from the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Done {
    done: String,
}

/// The petition's page, with a line above it when something was just done.
async fn petition_page(
    app: &App,
    page: Page,
    following: &Following,
    done: &str,
) -> Result<Response, Trouble> {
    let history = following.open_or_closed(app).await?;
    let mut page = page.guarded(app, &following.session);
    page.done = done.to_owned();
    page.here = "/follow".to_owned();
    let view = view(app, &history, following.party, page.locale).await?;
    // What the matter is about stays out of the browser's history (PRIV-2).
    let page = page.clone().titled(page.say("follow-title"));
    Ok(page::html(StatusCode::OK, &FollowPage { page, view }))
}

fn ask(page: Page, status: StatusCode, typed: &str, wrong: Option<(&str, &str)>) -> Response {
    let page = page.clone().titled(page.say("code-title"));
    let mut controls = vec![
        Control::new("code", Input::Line, page.say("code-label")).hint(page.say("code-hint")).value(typed),
    ];
    if let Some((zh, en)) = wrong {
        mark(&mut controls, &[fault("code", "wrong", zh, en)], page.locale);
    }
    page::html(status, &CodePage { page, controls })
}

/// Opens the petition behind a code, or the draft.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    page: Page,
    source: Result<Source, Problem>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let code = Typed(typed).get("code");
    let source = match source {
        Ok(source) => source,
        // What was typed stays in its field (SPAM-4).
        Err(problem @ Problem::TooManyTries { .. }) => {
            let after_s = problem.after_s();
            let words = crate::web::trouble::tries(&page, after_s.unwrap_or(1));
            let answer = ask(page, problem.status(), &code, Some((&words, &words)));
            return Ok(crate::web::problem::retry_after(answer, after_s));
        }
        Err(problem) => return Err(problem.into()),
    };
    if let Some((id, party)) = app.by_code(&code).await? {
        let session = app.follow(id, party).await?;
        return Ok(page::see_other("/follow", [cookie::set(&app, cookie::FOLLOW, &session)]));
    }
    if let Ok(draft) = ReceiptCode::parse(&code)
        && app.draft(&draft).await?.is_some()
    {
        return Ok(page::see_other("/submit", [cookie::set(&app, cookie::DRAFT, draft.as_str())]));
    }
    source.failed(&app);
    let wrong = (
        "没有找到这个查询码对应的事项，请对照回执逐位核对；码中没有数字0、1和字母I、L、O、U",
        "no petition has this code; compare it with the receipt sign by sign; it never contains 0, 1, I, L, O or U",
    );
    Ok(ask(page, StatusCode::UNPROCESSABLE_ENTITY, &code, Some(wrong)))
}

/// Ends following.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    following: Following,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    if !cookie::is_ours(&app, &following.session, &Typed(typed).get("token")) {
        return Err(Problem::Elsewhere.into());
    }
    app.unfollow(&following.session).await?;
    Ok(page::see_other("/", [cookie::set(&app, cookie::FOLLOW, ""), cookie::set(&app, cookie::DRAFT, "")]))
}

/// A letter to the petitioner.
pub(crate) async fn letter(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Path(index): Path<usize>,
) -> Result<Response, Trouble> {
    let history = following.readable(&app).await?;
    let which = own_letter(&history, index)?;
    let page = page.guarded(&app, &following.session);
    letter::show(&app, page, which, ("/follow", &format!("/follow/letters/{index}"))).await
}

/// The same as a file.
pub(crate) async fn letter_pdf(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Path(index): Path<usize>,
) -> Result<Response, Trouble> {
    let history = following.readable(&app).await?;
    letter::pdf(&app, &page, own_letter(&history, index)?).await
}

/// The same in the language of the page, where the letter is in another.
pub(crate) async fn letter_reading(
    State(app): State<Arc<App>>,
    page: Page,
    following: Following,
    Path(index): Path<usize>,
) -> Result<Response, Trouble> {
    let history = following.readable(&app).await?;
    letter::reading(&app, &page, own_letter(&history, index)?).await
}

/// What goes between offices is none of the petitioner's.
fn own_letter(history: &History, index: usize) -> Result<Which<'_>, Failure> {
    let known = history.petition.letters.get(index).filter(|letter| letter.signed.to_petitioner);
    known.ok_or(Failure::Absent)?;
    Ok(Which { history, index, who: Addressee::Named })
}

/// A file of one's own, bit for bit.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    following: Following,
    Path(index): Path<String>,
) -> Result<Response, Trouble> {
    let history = following.readable(&app).await?;
    let files = app.attached(&history).await?;
    let file = files.iter().find(|file| file.index.to_string() == index).ok_or(Failure::Absent)?;
    Ok(crate::web::files::hand_over(&app, file, Copy::Original).await?)
}
