//! Letters on their way to paper: what stands on a sheet, and the press that one after the other waits for.

use super::{Addressee, Which, deciding, language, worded};
use crate::app::{App, Failure};
use crate::qr::Qr;
use crate::web::locale::Locale;
use anyhow::Context as _;
use casework::codes::LetterMark;
use notice::press::Unprintable;
use notice::sheet::{Check, Day, Form, Frame, Sheet};
use tokio::sync::Semaphore;

/// One letter is printed at a time: whoever files meanwhile has the other core.
static PRESS: Semaphore = Semaphore::const_new(1);

/// What a sheet is printed for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Copy<'m> {
    /// The letter itself, under its mark.
    Issued(&'m LetterMark),
    /// To be read: in another language, or by officials who do not see the name.
    Reading,
}

/// Everything that a letter's file will show its reader: what passes between units in the form of a letter.
///
/// # Errors
/// `Absent` for a letter that there is not.
pub(crate) async fn sheet(
    app: &App,
    locale: Locale,
    which: Which<'_>,
    copy: Copy<'_>,
) -> Result<Sheet, Failure> {
    let mut worded = worded(app, locale, which).await?;
    let check = match copy {
        Copy::Issued(mark) => Some(mark_on_paper(app, locale, mark)?),
        Copy::Reading => {
            if deciding(app.procedure_of(&which.history.petition)?) != locale {
                worded.letter.closing.push(locale.say("letter-translation"));
            }
            if worded.to_petitioner && which.who != Addressee::Named {
                worded.letter.closing.push(locale.say("letter-copy"));
            }
            None
        }
    };
    let day = worded.signed_on;
    Ok(Sheet::new(
        &worded.letter,
        &Frame {
            form: if worded.to_petitioner { Form::General } else { Form::Letter },
            language: language(locale),
            organ: &worded.unit,
            number: &worded.number,
            addressee: &worded.addressee,
            date: &locale.date(day),
            dated: Day { year: day.year(), month: day.month(), day: day.day() },
            check,
        },
    ))
}

/// The mark as it stands on paper. The code holds the bare mark, never an address (architecture §10.24).
///
/// # Errors
/// Never: a mark fits into a code.
pub(crate) fn mark_on_paper(app: &App, locale: Locale, mark: &LetterMark) -> Result<Check, Failure> {
    let qr = Qr::new(mark.as_str()).context("a mark too long for a code").map_err(Failure::Broken)?;
    // In words, inside an envelope: whoever doubts a letter must not be led by it to a site of somebody else's.
    let host = app.public_address.split_once("://").map_or("", |(_, host)| host);
    let site = match host {
        "" => locale.say("letter-site"),
        host => locale.with("letter-site-at", &[("host", host)]),
    };
    let words = vec![
        locale.with("letter-mark", &[("mark", &mark.to_string())]),
        locale.with("letter-check", &[("site", &site)]),
    ];
    Ok(Check { words, alt: locale.say("letter-mark-alt"), side: qr.side, path: qr.path })
}

/// Prints something when its turn comes.
///
/// # Errors
/// When it cannot be printed.
pub(crate) async fn printed<T: Send + 'static>(
    print: impl FnOnce() -> Result<T, Unprintable> + Send + 'static,
) -> Result<T, Failure> {
    let turn = PRESS.acquire().await.context("the press is closed").map_err(Failure::Broken)?;
    let printed = tokio::task::spawn_blocking(move || {
        // Held until it is printed, also where nobody waits for it any more.
        let _turn = turn;
        print()
    })
    .await;
    printed.context("the press stopped").and_then(|printed| Ok(printed?)).map_err(Failure::Broken)
}
