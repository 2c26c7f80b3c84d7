//! The program's account on a PostgreSQL server: whoever takes the program over has no more rights than it (SCOPE-7, LOG-2).

use super::{Finding, Level};
use store::{Account, Database};

const ACCOUNT: &str = "database account";
const TRIGGERS: &str = "final rows";
const WALL: &str = "row security";

pub(super) async fn examine(database: &Database) -> anyhow::Result<Vec<Finding>> {
    let Some(account) = database.account().await? else { return Ok(Vec::new()) };
    let mut findings = vec![standing(&account)];
    if account.triggers_off {
        findings.push(Finding::red(
            TRIGGERS,
            "triggers that keep events from being altered are missing or switched off",
            "stop the server, run `huiyin verify`, find out who did it, and bring the office back from a backup (docs/manual/backup.md)",
        ));
    }
    if !account.unguarded.is_empty() {
        findings.push(Finding::red(
            WALL,
            format!("no policy, or more than ours, guards {}", account.unguarded.join(", ")),
            "stop the server, find out who did it, and bring the office back from a backup into a new database, which has them all (docs/manual/backup.md)",
        ));
    }
    Ok(findings)
}

/// What whoever starts the server is told at once: the same, where it is not well.
pub(crate) async fn warnings(database: &Database) -> anyhow::Result<Vec<String>> {
    let found = examine(database).await?.into_iter();
    Ok(found
        .filter(|one| one.level != Level::Ok)
        .map(|one| format!("{}: {}", one.found, one.remedy))
        .collect())
}

fn standing(account: &Account) -> Finding {
    let Account { name, unbound, owns, excess, .. } = account;
    let remedy = "give the program an account that owns nothing: docs/manual/running.md, \"Two accounts on PostgreSQL\"";
    if *unbound {
        let found =
            format!("{name} is bound by no rule of the server: whoever takes the program over has all of it");
        Finding::red(ACCOUNT, found, remedy)
    } else if *owns {
        let found = format!(
            "{name} owns the database or something in it, or can become who does: whoever takes the program over can switch triggers off and alter events, which only `huiyin verify` and witnesses would find"
        );
        Finding::warning(ACCOUNT, found, remedy)
    } else if excess.is_empty() {
        Finding::ok(ACCOUNT, format!("{name} owns nothing, and alters no event"))
    } else {
        Finding::warning(
            ACCOUNT,
            format!("{name} may {}, which the program need not", excess.join(", ")),
            "take these rights from it, from PUBLIC, and from the roles of which it is a member",
        )
    }
}
