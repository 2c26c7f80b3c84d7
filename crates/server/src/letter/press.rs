//! Letters on their way to paper: what stands on a sheet, and the press that one after the other waits for.

use super::{Addressee, Which, deciding, language, worded};
use crate::app::{App, Failure};
use crate::qr::Qr;
use crate::web::locale::Locale;
use anyhow::Context as _;
use casework::codes::LetterMark;
use casework::standing::contest_of;
use notice::press::Unprintable;
use notice::sheet::{Check, Day, Form, Frame, Imprint, Sheet};
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
    // What is issued now bears today's date; what is read later the day on which it was.
    let petition = &which.history.petition;
    let issued_on = petition.letters.get(which.index).and_then(|letter| letter.issued_on);
    let issued_on = match copy {
        Copy::Issued(_) => issued_on.or_else(|| Some(app.clock.today())),
        Copy::Reading => issued_on,
    };
    let imprint =
        issued_on.map(|on| imprint(locale, &worded.unit, &locale.date(on), &copied_to(app, locale, which)));
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
            imprint,
        },
    ))
}

/// 版记 of a letter that the organ issued on that day.
pub(crate) fn imprint(locale: Locale, organ: &str, day: &str, copies: &str) -> Imprint {
    Imprint::new(organ, &locale.with("letter-imprint", &[("day", day)]), copies)
}

/// 抄送: the petition office that sent the matter gets a copy of what can be taken to somebody above. Empty where nobody does, and in a
/// sealed matter, whose letters nobody else reads.
fn copied_to(app: &App, locale: Locale, which: Which<'_>) -> String {
    let petition = &which.history.petition;
    let letter = petition.letters.get(which.index).filter(|letter| !letter.signed.sealed);
    let known = letter.zip(app.procedure_of(petition).ok());
    let contestable = known.is_some_and(|(letter, procedure)| {
        procedure.letter(&letter.signed.letter).and_then(contest_of).is_some()
    });
    let signer = letter.map(|letter| letter.signed.unit);
    let office = petition.office.filter(|office| contestable && Some(*office) != signer);
    let directory = app.directory();
    let office = office.and_then(|office| directory.unit(office));
    office.map(|unit| locale.with("letter-copied-to", &[("unit", &locale.unit(unit))])).unwrap_or_default()
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
