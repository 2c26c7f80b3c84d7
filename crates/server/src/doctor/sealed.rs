//! Sealed matters: whether two people can open each, and somebody outside too (SEAL-1, SEAL-5; architecture §10.9, §10.27).

use super::Finding;
use crate::app::LEAST;
use casework::directory::{Official, Unit};
use casework::{Directory, OfficialId};
use std::collections::BTreeMap;
use store::sealed::CasePublic;
use store::{Database, sealed};

const RECIPIENTS: &str = "recipients";
const SEALED: &str = "sealed matters";
const OUTSIDE: &str = "body outside";
/// Matters looked at in one go.
const PAGE: i64 = 200;

/// The key that each official in office has now.
type Keyed = BTreeMap<OfficialId, CasePublic>;

pub(super) async fn examine(database: &Database) -> anyhow::Result<Vec<Finding>> {
    let directory = directory(database).await?;
    if directory.units.is_empty() {
        return Ok(Vec::new());
    }
    let keyed: Keyed = sealed::sealing_keys(database)
        .await?
        .into_iter()
        .filter(|key| directory.official(key.official).is_some_and(|official| official.active))
        .map(|key| (key.official, key.public))
        .collect();
    let mut findings = vec![outside(&directory)];
    findings.push(recipients(&directory, &keyed));
    findings.push(matters(database, &keyed).await?);
    Ok(findings)
}

pub(crate) async fn directory(database: &Database) -> anyhow::Result<Directory> {
    let mut directory = Directory::default();
    for row in database.query("select body from unit order by sort, id", Vec::new()).await? {
        let unit: Unit = serde_json::from_str(row.text(0)?)?;
        directory.units.insert(unit.id, unit);
    }
    for row in database.query("select body from official order by id", Vec::new()).await? {
        let official: Official = serde_json::from_str(row.text(0)?)?;
        directory.officials.insert(official.id, official);
    }
    Ok(directory)
}

/// REC-2: a report against whoever heads the top unit goes to a body outside.
fn outside(directory: &Directory) -> Finding {
    match directory.in_order().into_iter().find(|unit| unit.is_outside()) {
        Some(unit) => Finding::ok(OUTSIDE, format!("{} has what nobody inside may have", unit.name_zh)),
        None => Finding::red(
            OUTSIDE,
            "a report against the head of the top unit has nowhere to go",
            "name an integrity body without a unit above it in the directory",
        ),
    }
}

/// Petition offices and integrity bodies have two people each who can open what is sealed to them.
fn recipients(directory: &Directory, keyed: &Keyed) -> Finding {
    let named = |units: &[casework::UnitId]| {
        let names = units.iter().filter_map(|unit| directory.unit(*unit)).map(|unit| unit.name_zh.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let lacking = directory.without_recipients();
    if !lacking.is_empty() {
        return Finding::red(
            RECIPIENTS,
            format!("fewer than two in {}", named(&lacking)),
            "give two people of each the role of recipient (two administrators, on the pages)",
        );
    }
    let receiving: Vec<_> = directory
        .in_order()
        .into_iter()
        .map(|unit| unit.id)
        .filter(|unit| !directory.recipients_of(*unit).is_empty())
        .collect();
    let without: Vec<_> = receiving
        .iter()
        .copied()
        .filter(|unit| {
            directory.recipients_of(*unit).iter().filter(|one| keyed.contains_key(one)).count() < LEAST
        })
        .collect();
    if !without.is_empty() {
        return Finding::red(
            RECIPIENTS,
            format!("fewer than two have set a sealing passphrase in {}", named(&without)),
            "let them log in and open the page “Sealed”; until then what they receive is not sealed",
        );
    }
    Finding::ok(
        RECIPIENTS,
        format!("two or more can open what is sealed in each of {} units", receiving.len()),
    )
}

/// Each sealed matter opens for two recipients and for those who bring the office back.
async fn matters(database: &Database, keyed: &Keyed) -> anyhow::Result<Finding> {
    let (mut all, mut waiting, mut few, mut alone) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut after = String::new();
    loop {
        let page = sealed::page(database, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.petition.to_string();
        for row in &page {
            all += 1;
            if row.public.is_none() {
                waiting += 1;
                continue;
            }
            // One sealed to a key that its holder has replaced since, or that went with them, opens for nobody.
            let wraps = sealed::wraps_of(database, row.petition).await?;
            let able = wraps.iter().filter(|(official, public)| keyed.get(official) == Some(public));
            few += u64::from(able.count() < LEAST);
            alone += u64::from(row.recovery.is_empty());
        }
    }
    if waiting > 0 {
        let found = format!("{waiting} of {all} are not sealed: the office's key still opens them");
        return Ok(Finding::red(SEALED, found, "set two recipients' passphrases; the timer seals them then"));
    }
    if few > 0 {
        let found = format!("{few} of {all} open for fewer than two recipients");
        return Ok(Finding::red(
            SEALED,
            found,
            "let a colleague who opens them give them (the page “Sealed”), or those who hold the recovery key run huiyin keys reseal",
        ));
    }
    if alone > 0 {
        let found = format!("{alone} of {all} have no holder but their recipients");
        return Ok(Finding::red(
            SEALED,
            found,
            "set recovery_recipients (docs/manual/keys.md); it counts for new ones",
        ));
    }
    Ok(Finding::ok(SEALED, format!("{all}; each opens for two recipients and the recovery key")))
}
