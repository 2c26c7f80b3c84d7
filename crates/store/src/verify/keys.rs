//! What happened to keys: the stream that tells it, and the recovery keys that it names. What it says of petitions' wraps
//! is compared with them petition by petition. Memory holds eighty bytes for each petition whose key was wrapped anew.

use super::stream::Follow;
use super::words::Words;
use super::{Report, log::Log};
use crate::content;
use crate::keys::{Erased, Fact, recovery_keys};
use crate::log::Stream;
use crate::sql::Value;
use crate::{Database, StoreError};
use casework::PetitionId;
use ledger::Hash;
use std::collections::BTreeMap;

const EVENTS: &str = "select '', seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index from key_event where seq > $1 order by seq limit $2";

const HELD: &str = "select distinct w.petition_id from sealed_wrap w join petition_key k on k.petition_id = w.petition_id where length(k.wrapped) = 0 order by w.petition_id";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[EVENTS, HELD];

/// Events read in one go.
const PAGE: i64 = 200;

/// What is to be said of wraps: at first, and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wraps {
    pub(super) first: Hash,
    pub(super) now: Hash,
    /// They were emptied, at that instant.
    pub(super) erased: Option<(Erased, String)>,
}

/// Looks at the stream; the last fact of each petition whose key was wrapped anew.
pub(super) async fn check(
    database: &Database,
    log: &mut Log,
    report: &mut Report,
) -> Result<BTreeMap<PetitionId, Wraps>, StoreError> {
    let mut stream = Follow::new(Stream::Keys);
    let mut wraps = BTreeMap::new();
    let mut kept = BTreeMap::new();
    let mut versions = BTreeMap::new();
    let mut after = -1;
    loop {
        let page = database.query(EVENTS, vec![Value::Integer(after), PAGE.into()]).await?;
        for row in &page {
            after = row.int(1)?;
            let sound = stream.follow(row, "key_event", Words::default(), log, report)?;
            match Fact::read(row.text(4)?, row.blob(6)?) {
                Some((version, Fact::Version { commitment })) => {
                    let known = versions.insert(version, commitment);
                    if known.is_some_and(|known| known != commitment) {
                        let what = "one version of the wrapping key stands for two keys";
                        report.fault("key_event", after, what);
                    }
                }
                Some((_, Fact::Recovery { id, digest })) => {
                    kept.insert(id, digest);
                }
                Some((_, Fact::Rewrap(rows))) => {
                    let rows = rows.into_iter();
                    wraps.extend(
                        rows.map(|row| {
                            (row.petition, Wraps { first: row.first, now: row.now, erased: None })
                        }),
                    );
                }
                Some((_, Fact::Erase(erased))) => {
                    if row.text(5)? != erased.decided_by.to_string() {
                        report.fault("key_event", after, "somebody else destroyed the key than it says");
                    }
                    let now = content::key_digest(&[], &[]);
                    let at = row.text(2)?.to_owned();
                    wraps.insert(
                        erased.petition,
                        Wraps { first: erased.first, now, erased: Some((erased, at)) },
                    );
                }
                None if sound => report.fault("key_event", after, "its body cannot be read"),
                None => {}
            }
        }
        if i64::try_from(page.len()).unwrap_or(0) < PAGE {
            break;
        }
    }
    for key in recovery_keys(database).await? {
        let said = key.own_id().and_then(|id| kept.remove(&id));
        if said.is_none_or(|said| said != key.digest()) {
            report.fault("recovery_key", &key.id, "it is not as it was kept");
        }
    }
    for id in kept.into_keys() {
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        report.fault("recovery_key", id, "is missing");
    }
    for row in database.query(HELD, Vec::new()).await? {
        report.fault("sealed_wrap", row.text(0)?, "somebody holds a key that was destroyed");
    }
    Ok(wraps)
}
