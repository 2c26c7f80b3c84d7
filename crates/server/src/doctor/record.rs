//! What the database tells: whether the log is public and witnessed, the clock believed, backups made.

use super::{Finding, age, ago};
use crate::app::UNSURE;
use crate::clock::Clock;
use crate::config::Config;
use crate::feed::Public;
use crate::recovery::Recipients;
use crate::witness::{self, Known, TROUBLE};
use casework::directory::Official;
use jiff::{Timestamp, ToSpan as _};
use ledger::cosign::cosigned_at;
use ledger::note::{Note, Signature};
use store::log::feed;
use store::seal::Suite;
use store::{Database, Value, keys, outbox};

const WITNESSES: &str = "witnesses";
const FEED: &str = "public log";
const CLOCK: &str = "clock";
const BACKUP: &str = "backup";
const ERASED: &str = "erased petitions";
const MAIL: &str = "mail";
const LETTERS: &str = "letters";
const SUITE: &str = "suite";
const HOLDERS: &str = "petition keys";

const DAY: i64 = 86_400;
/// Public checkpoints among which the newest signature is looked for; those of a day and a half at ten minutes.
const LOOK_BACK: u32 = 200;

/// The setting that says when a backup was made last.
pub(crate) const LAST_BACKUP: &str = "last_backup_at";

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    by: &Clock,
) -> anyhow::Result<Vec<Finding>> {
    let now = by.now();
    let public = Public::find(database, None).await?;
    let mut findings = vec![published(config, public.as_ref(), now)];
    match witness::known(&config.witnesses) {
        Err(error) => {
            findings.push(Finding::red(WITNESSES, format!("{error:#}"), "correct the configuration"))
        }
        Ok(known) => {
            findings.push(witnessed(database, &known, public.as_ref(), now).await?);
            findings.extend(troubles(database, &known).await?);
        }
    }
    findings.push(holders(config, database).await?);
    findings.extend(suite(database).await?);
    findings.push(clock(setting(database, UNSURE).await?.as_deref()));
    findings.push(backup(
        setting(database, LAST_BACKUP).await?.as_deref(),
        keys_changed(database).await?,
        now,
    ));
    findings.extend(erased(config, database, by).await?);
    findings.push(mails(config, database).await?);
    findings.push(letters(database, by).await?);
    Ok(findings)
}

/// Whether every ordinary letter became the file that is served: it follows its signature at once, and the timer tries again.
async fn letters(database: &Database, clock: &Clock) -> anyhow::Result<Finding> {
    let today = clock.today().to_string();
    let rows = database
        .query("select count(*) from letter where waits = 1 and signed_on < $1", vec![today.into()])
        .await?;
    let n = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(match n {
        0 => Finding::ok(LETTERS, "every letter signed before today is issued".to_owned()),
        n => Finding::red(
            LETTERS,
            format!("{n} signed before today and not issued"),
            "nothing of them can be served: start the program, and look in its log why they could not be printed",
        ),
    })
}

/// RET-3: what was erased is still in every older backup, until that is destroyed.
async fn erased(config: &Config, database: &Database, clock: &Clock) -> anyhow::Result<Option<Finding>> {
    let Some((n, at)) = keys::erasures(database).await? else { return Ok(None) };
    let last = clock.date_of(at.parse()?);
    let until = last.checked_add(config.backup_days.days())?;
    let found = if clock.today() <= until {
        format!("{n}; backups and journals of before {last} can still open them: to be destroyed by {until}")
    } else {
        format!("{n}, the last on {last}; what could still open them was to be destroyed by {until}")
    };
    Ok(Some(Finding::ok(ERASED, found)))
}

/// ENC-3: what the office encrypts with; nothing before it is set up.
async fn suite(database: &Database) -> anyhow::Result<Option<Finding>> {
    let Some(word) = store::log::suite(database).await? else { return Ok(None) };
    let Some(suite) = Suite::named(&word) else {
        let found = format!("the database names the suite {word:?}, which there is not");
        return Ok(Some(Finding::red(SUITE, found, "run `huiyin verify`, and look at backups")));
    };
    Ok(Some(match (suite, suite.ready()) {
        (_, Err(error)) => Finding::red(SUITE, error.to_string(), "install the other program"),
        (Suite::Intl, Ok(())) => Finding::ok(SUITE, "intl"),
        (Suite::Gm, Ok(())) => Finding::warning(
            SUITE,
            "gm, UNCERTIFIED: SM4 and SM3 in software, no certified cryptographic module",
            "where 密评 asks for certified products, put one before the disks and the network, and say so in the assessment",
        ),
    }))
}

/// Are people told of what becomes of their accounts (IAM-4)?
async fn mails(config: &Config, database: &Database) -> anyhow::Result<Finding> {
    let remedy = "set mail_host and mail_from, and give officials an address in the directory";
    match crate::mail::Relay::new(config) {
        Err(error) => return Ok(Finding::red(MAIL, format!("{error:#}"), "correct what is named")),
        Ok(None) => {
            let found = "no relay: nobody is told when somebody else changes their account or their rights";
            return Ok(Finding::warning(MAIL, found, remedy));
        }
        Ok(Some(_)) => {}
    }
    let (mut reached, mut all) = (0, 0);
    for row in database.query("select body from official order by id", Vec::new()).await? {
        let official: Official = serde_json::from_str(row.text(0)?)?;
        if official.active {
            all += 1;
            reached += i64::from(crate::mail::is_address(&official.mail));
        }
    }
    let (waiting, given_up) = outbox::trouble(database, crate::mail::TOPIC).await?;
    Ok(if waiting + given_up > 0 {
        Finding::warning(
            MAIL,
            format!("{waiting} wait after the relay did not take them, {given_up} of a month were given up"),
            "see why in the server's log; what is given up is told to nobody",
        )
    } else if reached == 0 && all > 0 {
        Finding::warning(MAIL, format!("none of {all} officials has an address"), remedy)
    } else {
        Finding::ok(MAIL, format!("reaches {reached} of {all} officials through {}", config.mail_host))
    })
}

fn published(config: &Config, public: Option<&Public>, now: Timestamp) -> Finding {
    let beat = i64::try_from(config.log_beat_minutes).unwrap_or(i64::MAX / 120).saturating_mul(60);
    let Some(public) = public else {
        return Finding::warning(
            FEED,
            "nothing was published yet",
            "start `huiyin serve` and wait for a beat",
        );
    };
    let entries = public.size;
    match age(now, &public.at) {
        Some(age) if (-beat..=beat.saturating_mul(2)).contains(&age) => {
            Finding::ok(FEED, format!("{entries} entries, published {}", ago(age)))
        }
        Some(age) => Finding::warning(
            FEED,
            format!("{entries} entries, published {}: more than two beats off", ago(age)),
            "is `huiyin serve` running, and what does its log say?",
        ),
        None => Finding::warning(FEED, "was published at no instant", "run `huiyin verify`"),
    }
}

async fn witnessed(
    database: &Database,
    known: &[Known],
    public: Option<&Public>,
    now: Timestamp,
) -> anyhow::Result<Finding> {
    let remedy = "see docs/manual/witness.md: ask another office, an audit office, a university to run one";
    if known.is_empty() {
        return Ok(Finding::red(
            WITNESSES,
            "nobody witnesses this log: whoever administers this machine could rewrite its whole history unseen",
            remedy,
        ));
    }
    let newest = match public {
        Some(public) => newest_signature(database, known, public).await?,
        None => None,
    };
    let Some((name, at)) = newest else {
        let found = format!("none of {} has signed yet", known.len());
        return Ok(Finding::red(WITNESSES, found, "does `huiyin serve` reach them? what does its log say?"));
    };
    let age = now.as_second().saturating_sub(i64::try_from(at).unwrap_or(i64::MAX));
    let found = format!("{} named, {name} signed {}", known.len(), ago(age));
    let remedy = "reach a witness, or carry the request by hand (`huiyin witness request`)";
    Ok(match age {
        ..=DAY => Finding::ok(WITNESSES, found),
        age if age <= 2 * DAY => Finding::warning(WITNESSES, found, remedy),
        _ => Finding::red(WITNESSES, format!("{found}; nobody has since"), remedy),
    })
}

/// Who of those known signed last, and when in seconds since 1970. Signatures that do not verify count for nothing.
async fn newest_signature(
    database: &Database,
    known: &[Known],
    public: &Public,
) -> anyhow::Result<Option<(String, u64)>> {
    let mut sizes = feed::sizes(database, &public.head, LOOK_BACK).await?;
    sizes.extend(feed::witnessed(database, &public.head).await?.into_iter().map(|(_, size)| size));
    sizes.sort_unstable();
    sizes.dedup();
    for size in sizes.into_iter().rev() {
        let lines = feed::cosignatures(database, &public.head, size).await?;
        if lines.is_empty() {
            continue;
        }
        let note = Note::parse(&feed::checkpoint(database, &public.head, size).await?)?;
        let good = |signature: &&Signature| known.iter().any(|known| known.key.verify(&note.text, signature));
        let signed = note.signatures.iter().filter(good);
        let newest = signed.filter_map(|s| Some((s.name.clone(), cosigned_at(s)?))).max_by_key(|(_, at)| *at);
        if newest.is_some() {
            return Ok(newest);
        }
    }
    Ok(None)
}

async fn troubles(database: &Database, known: &[Known]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for known in known {
        let name = known.key.name();
        let trouble = trouble_with(database, name).await?;
        if witness::is_alarm(&trouble) {
            findings.push(Finding::red(
                WITNESSES,
                format!("{name}: {trouble}"),
                "stop, keep every copy, and find out: docs/manual/witness.md, \"When a witness contradicts\"",
            ));
        } else if !trouble.is_empty() {
            findings.push(Finding::warning(
                WITNESSES,
                format!("{name} was not reached: {trouble}"),
                "ask whoever runs it",
            ));
        }
    }
    Ok(findings)
}

/// What was last the matter with a witness, the gravest of any log first; empty when nothing is.
async fn trouble_with(database: &Database, witness: &str) -> anyhow::Result<String> {
    let name = format!("{TROUBLE}{witness}");
    let sql = "select value from setting where (name = $1 or substr(name, 1, length($2)) = $2) and value <> '' order by name";
    let rows = database.query(sql, vec![name.as_str().into(), format!("{name} ").into()]).await?;
    let all: Vec<&str> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    let worst = all.iter().find(|trouble| witness::is_alarm(trouble)).or(all.first());
    Ok(worst.map_or_else(String::new, |trouble| (*trouble).to_owned()))
}

/// Has every petition's key two holders who do not depend on each other: the office, and those who recover (KEY-3)?
async fn holders(config: &Config, database: &Database) -> anyhow::Result<Finding> {
    let remedy = "name recovery_recipients, restart the server, then `huiyin keys rewrap`";
    let recipients = match Recipients::parse(&config.recovery_recipients) {
        Ok(recipients) => recipients,
        Err(error) => return Ok(Finding::red(HOLDERS, format!("{error:#}"), remedy)),
    };
    let holdings = keys::holdings(database).await?;
    if let (Ok(key), Some(head)) = (crate::keyfile::read(&config.key_file), store::log::head(database).await?)
        && store::log::Keeper::new(&key, "").signer(&head.origin).is_ok_and(|own| !own.signs(&head))
    {
        return Ok(Finding::red(
            HOLDERS,
            format!("the key file lacks the key that signs {}: this node can record nothing", head.origin),
            "copy the newest key file to this machine, or bring it back from a later backup (docs/manual/keys.md)",
        ));
    }
    if let Ok(key) = crate::keyfile::read(&config.key_file) {
        let missing = crate::cli::missing_versions(database, &key, &holdings).await?;
        if !missing.is_empty() {
            return Ok(Finding::red(
                HOLDERS,
                format!(
                    "the key file lacks versions {missing:?}: what is under them cannot be read, and no backup holds them"
                ),
                "copy the newest key file to this machine, or bring it back from a later backup (docs/manual/keys.md)",
            ));
        }
    }
    let second = crate::cli::second_wraps(database, &holdings, &recipients).await?;
    let lacking = second.petitions - second.held;
    let current = keys::recorded_version(database).await?;
    let older = holdings.iter().filter(|holding| current.is_some_and(|current| holding.version < current));
    let older: u64 = older.map(|holding| holding.petitions).sum();
    Ok(if lacking == 0 && older > 0 {
        Finding::warning(
            HOLDERS,
            format!(
                "{older} of {} petitions are still under an older version of the office's key",
                second.petitions
            ),
            "huiyin keys rewrap",
        )
    } else if lacking == 0 {
        Finding::ok(HOLDERS, format!("{} petitions, each with two independent holders", second.petitions))
    } else {
        Finding::red(
            HOLDERS,
            format!(
                "{lacking} of {} petitions have no second wrap for exactly the recipients that are configured: what the key file alone opens is lost with it",
                second.petitions
            ),
            remedy,
        )
    })
}

fn clock(unsure: Option<&str>) -> Finding {
    match unsure.filter(|unsure| !unsure.is_empty()) {
        None => Finding::ok(CLOCK, "is believed"),
        Some(_) => Finding::red(
            CLOCK,
            "is not believed since it jumped; what is recorded is marked so",
            "set the machine's clock right, then two officials confirm it: `huiyin clock confirm`",
        ),
    }
}

/// When a key last came into the key file that no backup of before holds.
async fn keys_changed(database: &Database) -> anyhow::Result<Option<String>> {
    let turned = store::log::next::turned_at(database).await?;
    Ok(turned.max(keys::version_since(database).await?))
}

fn backup(last: Option<&str>, changed: Option<String>, now: Timestamp) -> Finding {
    let remedy = "run `huiyin backup` every day, and `huiyin restore --check` now and then";
    if let Some(changed) = changed.filter(|changed| last.is_none_or(|last| last < changed.as_str())) {
        return Finding::red(
            BACKUP,
            format!("none since a key was changed at {changed}: no backup since then holds it"),
            "run `huiyin backup` now",
        );
    }
    match last.and_then(|last| age(now, last)) {
        None => Finding::warning(BACKUP, "none is known", remedy),
        Some(age) if age > 2 * DAY => {
            Finding::warning(BACKUP, format!("the last was made {}", ago(age)), remedy)
        }
        Some(age) => Finding::ok(BACKUP, format!("the last was made {}", ago(age))),
    }
}

async fn setting(database: &Database, name: &str) -> anyhow::Result<Option<String>> {
    let rows = database.query("select value from setting where name = $1", vec![Value::from(name)]).await?;
    Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
}
