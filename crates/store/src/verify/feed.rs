//! What was made public of the log, and what witnesses signed of it: both must be the log's own.

use super::log::Epoch;
use super::{Expected, Fault, Report};
use crate::log::{Head, millis, proof};
use crate::{Database, StoreError};
use ledger::cosign::cosigned_at;
use ledger::note::Signature;
use std::collections::BTreeMap;

const PUBLISHED: &str = "select size, at from log_published where epoch = $1 order by size";
const COSIGNED: &str =
    "select size, witness, line from log_cosignature where epoch = $1 order by size, witness";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[PUBLISHED, COSIGNED];

/// What was made public must be the log's own checkpoints; what witnesses signed must be theirs.
pub(super) async fn check(
    database: &Database,
    head: &Head,
    epoch: &Epoch,
    expected: &Expected,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut published = BTreeMap::new();
    for row in database.query(PUBLISHED, vec![head.epoch.into()]).await? {
        let size = row.int(0)?;
        published.insert(size, row.text(1)?.to_owned());
        if !u64::try_from(size).is_ok_and(|size| epoch.is_checkpoint(size)) {
            report.fault("log_published", format!("{}/{size}", head.epoch), "the log has no such checkpoint");
        }
    }
    for row in database.query(COSIGNED, vec![head.epoch.into()]).await? {
        let (size, witness, line) = (row.int(0)?, row.text(1)?, row.text(2)?);
        let key = format!("{}/{size}/{witness}", head.epoch);
        let Ok(signature) = Signature::parse(line.trim_end()) else {
            report.fault("log_cosignature", key, "it is no line of a signed note");
            continue;
        };
        if signature.name != witness {
            report.fault("log_cosignature", key, "another witness signed it");
            continue;
        }
        let Some(known) = expected.witnesses.iter().find(|known| known.claims(&signature)) else { continue };
        let signed = match u64::try_from(size) {
            Ok(size) if size > 0 => proof::signed(database, head, size - 1).await.ok(),
            Ok(_) | Err(_) => None,
        };
        let signed = signed.filter(|signed| i64::try_from(signed.checkpoint.size) == Ok(size));
        let what = match signed {
            Some(signed) if !known.verify(&signed.checkpoint.text(), &signature) => {
                "the witness signed another checkpoint of this size"
            }
            Some(signed) if is_later(&signed.at, cosigned_at(&signature)) => {
                "entries are dated after the witness had seen them (LOG-7)"
            }
            Some(_) if is_dated_back(database, head, (size, published.get(&size)), &signature).await? => {
                "entries after it are dated before the witness had signed (LOG-7)"
            }
            Some(_) => continue,
            None => "the witness signed a size at which the log has no checkpoint",
        };
        report.contradictions.push(Fault { table: "log_cosignature", key, what: what.to_owned() });
    }
    Ok(())
}

/// Seconds by which a witness's clock may be behind the office's.
const SKEW: u64 = 60;

/// Whether a commit claims an instant after a witness had signed it.
fn is_later(at: &str, cosigned_at: Option<u64>) -> bool {
    let at = millis(at).map_or(0, |at| at / 1000);
    cosigned_at.is_some_and(|cosigned| at > cosigned.saturating_add(SKEW))
}

/// Whether the first entry after a checkpoint claims an instant before a witness signed it, where the witness was asked as
/// soon as it was published: a signature that came later, by file, says nothing of what was added meanwhile.
async fn is_dated_back(
    database: &Database,
    head: &Head,
    (size, published_at): (i64, Option<&String>),
    signature: &Signature,
) -> Result<bool, StoreError> {
    let seconds = |at: &str| millis(at).map(|at| at / 1000).unwrap_or(u64::MAX);
    let (Some(cosigned), Some(published)) = (cosigned_at(signature), published_at.map(|at| seconds(at)))
    else {
        return Ok(false);
    };
    let Ok(size) = u64::try_from(size) else { return Ok(false) };
    if cosigned > published.saturating_add(SKEW) || size >= head.size() {
        return Ok(false);
    }
    let next = proof::signed(database, head, size).await?;
    Ok(seconds(&next.at).saturating_add(SKEW) < cosigned)
}
