//! A form with files, read as it arrives: words into memory up to a measure, files straight to where they are kept.

use super::form::Typed;
use super::intake::Filer;
use super::locale::Locale;
use super::problem::Problem;
use crate::app::attach::{Held, Holder};
use crate::app::{App, Failure};
use crate::files::Unfit;
use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use futures_util::{Stream, StreamExt as _};
use http_body_util::{LengthLimitError, Limited};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Room for the words of a form beside its files, in bytes.
pub(crate) const WORDS: usize = 1024 * 1024;

/// Bytes that a part costs beside its name.
const PART: usize = 64;
/// Most bytes of a body between two things that are understood of it: whatever frames a part is held in memory until it
/// ends (ATT-1).
const UNHEARD: usize = 1024 * 1024;

/// How much of a body has come since something of it was understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound(Arc<AtomicUsize>);

impl Bound {
    /// Something was understood.
    pub(crate) fn heard(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The parts of a request with files, whose framing cannot fill the memory.
///
/// # Errors
/// When it is no such request.
pub(crate) async fn parts_of(request: Request) -> Result<(Multipart, Bound), Problem> {
    let bound = Bound::default();
    let counting = bound.clone();
    let request = request.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |next| {
            let next = next?;
            // One frame is in memory already, however large; what it adds to is not.
            let before = counting.0.fetch_add(next.len(), Ordering::Relaxed);
            if before > UNHEARD { Err(axum::Error::new("a part without an end")) } else { Ok(next) }
        }))
    });
    let form = Multipart::from_request(request, &()).await;
    Ok((form.map_err(|_| Problem::Unreadable(StatusCode::BAD_REQUEST))?, bound))
}

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The words.
    pub(crate) typed: Typed,
    /// How many files were taken.
    pub(crate) n_taken: usize,
    /// Files that were not taken, by their names.
    pub(crate) refused: Vec<(String, Unfit)>,
}

impl Sent {
    /// A sentence for each file that was not taken.
    pub(crate) fn faults(&self, app: &App, locale: Locale) -> Vec<String> {
        self.refused.iter().map(|(name, unfit)| refusal(app, locale, name, *unfit)).collect()
    }

    /// Whether somebody works on the list of files, and does not send the form off yet.
    pub(crate) fn is_about_files(&self) -> bool {
        let named = |name: &str| !self.typed.all(name).is_empty();
        !self.refused.is_empty() || named("remove") || named("strip") || self.typed.get("do") == "add"
    }

    /// Does what the buttons of the list say.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn change(&mut self, app: &App, holder: &Holder) -> Result<(), Failure> {
        for file in self.typed.all("remove") {
            app.let_go(holder, &file).await?;
        }
        for file in self.typed.all("strip") {
            self.refused.extend(app.strip(holder, &file).await?.err());
        }
        Ok(())
    }

    /// How the page is answered: without room for files it says so to whoever reads statuses too.
    pub(crate) fn status(&self) -> StatusCode {
        if self.refused.is_empty() {
            return StatusCode::OK;
        }
        let is = |one: Unfit| self.refused.iter().any(|(_, unfit)| *unfit == one);
        match () {
            () if is(Unfit::NoRoom) => StatusCode::INSUFFICIENT_STORAGE,
            () if is(Unfit::Source) => StatusCode::TOO_MANY_REQUESTS,
            () => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// Why a file is not taken, and what to do.
pub(crate) fn refusal(app: &App, locale: Locale, name: &str, unfit: Unfit) -> String {
    let name = crate::files::clean_name(name);
    let key = format!("file-refused-{}", unfit.code().replace('_', "-"));
    let megabytes = |bytes: u64| (bytes >> 20).to_string();
    let variables = [
        ("name", name.as_str()),
        ("files", &app.files.most_files.to_string()),
        ("each", &megabytes(app.files.most_bytes)),
        ("together", &megabytes(app.files.most_together)),
    ];
    locale.with(&key, &variables)
}

/// Takes a file in, unless its source has brought as much as one may in a day.
///
/// # Errors
/// When the database fails. Why a file is not taken is in the answer.
pub(crate) async fn receive<E>(
    app: &App,
    filer: Option<Filer>,
    holder: &Holder,
    name: &str,
    bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<Result<Held, Unfit>, Failure> {
    let enough = || filer.is_some_and(|filer| app.intake.has_brought_enough(app, filer));
    if enough() {
        return Ok(Err(Unfit::Source));
    }
    // Counted as it comes: many at once bring no more together than one after the other.
    let (mut size, mut counted, mut stopped) = (0_u64, 0, false);
    let mut bytes = bytes.map(|next| {
        let next = next.map_err(|_| ())?;
        size += next.len() as u64;
        if let (Some(filer), true) = (filer, size >> 20 > counted) {
            app.intake.charge_bytes(app, filer, ((size >> 20) - counted) << 20);
            counted = size >> 20;
            stopped = enough();
        }
        if stopped { Err(()) } else { Ok(next) }
    });
    let received = app.receive(holder, name, &mut bytes).await?;
    match (received, filer) {
        (Err(_), _) if stopped => Ok(Err(Unfit::Source)),
        (Ok(held), Some(filer)) => {
            // The megabyte that it only began.
            app.intake.charge_bytes(app, filer, held.about.size.saturating_sub(counted << 20));
            Ok(Ok(held))
        }
        (received, _) => Ok(received),
    }
}

/// Reads a form. Its words before the first file must show that it is ours, and whose the files are: `admit` says. What a
/// petitioner's source brings is counted.
///
/// # Errors
/// When it is none of ours, holds too many words, or the database fails.
async fn read(
    app: &App,
    (mut form, bound): (Multipart, Bound),
    filer: Option<Filer>,
    admit: impl Fn(&Typed) -> Result<Holder, Problem>,
) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    let mut room = WORDS;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        bound.heard();
        let name = field.name().unwrap_or_default().to_owned();
        room = room.checked_sub(name.len() + PART).ok_or(Problem::TooLarge)?;
        let Some(file) = field.file_name().map(str::to_owned) else {
            let mut bytes = Vec::new();
            while let Some(more) = field.chunk().await.map_err(broken)? {
                bound.heard();
                room = room.checked_sub(more.len()).ok_or(Problem::TooLarge)?;
                bytes.extend_from_slice(&more);
            }
            sent.typed.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            continue;
        };
        let holder = admit(&sent.typed)?;
        // A browser sends an empty field for no file.
        if file.is_empty() {
            continue;
        }
        // Twice as many as may be taken were refused: nobody reads that many sentences.
        if sent.refused.len() > 2 * app.files.most_files {
            return Err(Failure::Unfit(Unfit::TooMany).into());
        }
        let mut bytes = field.inspect(|_| bound.heard());
        match receive(app, filer, &holder, &file, &mut bytes).await? {
            Ok(_) => sent.n_taken += 1,
            Err(unfit) => sent.refused.push((file, unfit)),
        }
    }
    admit(&sent.typed)?;
    Ok(sent)
}

/// The same for a form that may come with or without files, as its browser sends it.
///
/// # Errors
/// As for [`read`].
pub(crate) async fn read_any(
    app: &App,
    request: Request,
    filer: Option<Filer>,
    admit: impl Fn(&Typed) -> Result<Holder, Problem>,
) -> Result<Sent, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
        return read(app, parts_of(request).await?, filer, admit).await;
    }
    let request = request.map(|body| Body::new(Limited::new(body, WORDS)));
    let Form(typed) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|rejection| Problem::Unreadable(rejection.into_response().status()))?;
    let typed = Typed(typed);
    admit(&typed)?;
    Ok(Sent { typed, ..Sent::default() })
}

/// Whether a form was cut off because it is longer than its route reads.
pub(crate) fn too_much(error: &MultipartError) -> bool {
    // The framework looks one level deep for it, which is not enough where its body was wrapped twice.
    error.status() == StatusCode::PAYLOAD_TOO_LARGE
        || anyhow::Chain::new(error).any(|cause| cause.is::<LengthLimitError>())
}

fn broken(error: MultipartError) -> Problem {
    if too_much(&error) {
        Problem::Failure(Failure::Unfit(Unfit::TooMuch))
    } else {
        Problem::Unreadable(error.status())
    }
}
