//! Begins segments of the intake journal: names them, draws their keys, and makes the header from which only those who
//! may recover get the key back.

use crate::clock::Clock;
use crate::config::Config;
use crate::{entropy, recovery};
use anyhow::Context as _;
use std::path::Path;
use store::Journal;
use store::journal::{self, Segment};
use store::log::Keeper;

/// First byte of a header: opened by the office's own key, or by an age identity.
const OWN: u8 = 0;
const AGE: u8 = 1;

/// The journal that is configured; `None` when there is none.
///
/// # Errors
/// When the folder cannot be made or a recipient cannot be read.
pub(crate) fn open(config: &Config, keeper: &Keeper) -> anyhow::Result<Option<Journal>> {
    if config.journal_folder.as_os_str().is_empty() {
        return Ok(None);
    }
    let recipients = recovery::Recipients::parse(&config.recovery_recipients)?;
    let keeper = keeper.clone();
    let clock = Clock::real(&config.time_zone)?;
    let begin = move || segment(&keeper, &recipients, &clock).map_err(|error| format!("{error:#}"));
    let folder = &config.journal_folder;
    let journal = Journal::new(folder, Box::new(begin))
        .with_context(|| format!("make the folder {} (field `journal_folder`)", folder.display()))?;
    Ok(Some(journal))
}

fn segment(keeper: &Keeper, recipients: &recovery::Recipients, clock: &Clock) -> anyhow::Result<Segment> {
    let key = entropy::bytes::<32>()?;
    let (kind, sealed) = if recipients.is_empty() {
        (OWN, journal::own_header(keeper, &key, &entropy::bytes()?)?)
    } else {
        let sealed = recipients.encrypt(&key)?;
        (AGE, [journal::bind(keeper, &key, &sealed).as_slice(), &sealed].concat())
    };
    // Sorts as it was begun; two nodes never have the same.
    let begun = clock.now().as_millisecond();
    let name = format!("{begun:016}-{}.journal", entropy::hex(&entropy::bytes::<4>()?));
    Ok(Segment { name, suite: keeper.suite(), key, header: [&[kind], sealed.as_slice()].concat() })
}

/// The key of a segment of this office, by its key or an identity; `None` when neither opens it, or it is another
/// office's.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn key_of(
    file: &Path,
    keeper: &Keeper,
    identity: Option<&recovery::Identity>,
) -> anyhow::Result<Option<[u8; 32]>> {
    let header = journal::header(file).with_context(|| format!("read {}", file.display()))?;
    Ok(match header.split_first() {
        Some((&OWN, sealed)) => journal::open_own_header(keeper, sealed)?,
        Some((&AGE, bound)) => bound.split_first_chunk::<32>().and_then(|(mac, sealed)| {
            let key = identity?.decrypt(sealed).ok()?.try_into().ok()?;
            (journal::bind(keeper, &key, sealed) == *mac).then_some(key)
        }),
        Some(_) | None => None,
    })
}
