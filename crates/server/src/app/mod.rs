//! The one door for every change: forms, API, import and timer all call [`App::submit`], [`App::carry_out`] and
//! [`App::tick`]. Nothing else appends an event.

mod account;
mod arrive;
pub(crate) mod attach;
pub(crate) mod attached;
mod carry_out;
mod certainty;
mod changes;
mod code;
mod counted;
mod draft;
mod erase;
mod follow;
pub(crate) mod incident;
pub(crate) mod keys;
mod look;
mod office;
mod proposal;
mod reads;
mod receipt;
pub(crate) mod reseal;
mod rules;
mod sealed;
mod second;
mod submit;
#[cfg(test)]
pub(crate) mod tests;
mod tick;
mod warn;
pub(crate) mod zipped;

#[cfg(test)]
pub(crate) use account::Named;
pub(crate) use account::{
    Account, AccountRow, Answered, Away, Back, Ceremony, Enrolment, LoggedIn, OwnSession, Passwords,
    Provider, Reach, Returned, Session, Set, Shown, State, Weak, relying_party,
};
pub(crate) use carry_out::Carried;
pub(crate) use certainty::UNSURE;
pub(crate) use changes::OfficeChange;
pub(crate) use draft::Draft;
pub(crate) use look::SealedMatter;
pub(crate) use proposal::{Change, Decided, NotProposed, Proposal};
pub(crate) use receipt::{Place, Proved, Words};
pub(crate) use rules::{Procedures, Rules, procedures};
pub(crate) use sealed::{LEAST, Sealing, Unlock, open_sealing_key};
pub(crate) use second::Ask;
pub(crate) use submit::NewSubmission;

use crate::clock::Clock;
use crate::config::Config;
use crate::keyfile;
use crate::recovery::Recipients;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::calendar::Calendar;
use casework::decide::Context;
use casework::directory::{Unit, UnitKind};
use casework::{ContentId, Directory, Name, Petition, PetitionId, Procedure, Refusal, Verb};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use store::keys::RecoveryKey;
use store::log::Keeper;
use store::{Database, StoreError, content};
use zeroize::Zeroizing;

/// Everything a request needs, shared by all of them.
pub(crate) struct App {
    /// Where everything is kept.
    pub(crate) database: Database,
    /// The time.
    pub(crate) clock: Clock,
    /// Shipped procedures; a petition stays under the one it was received under.
    procedures: Vec<Procedure>,
    /// Calendars to which the office added years; the others are embedded.
    calendars: Vec<Calendar>,
    /// The procedure for new petitions.
    current: Name,
    directory: arc_swap::ArcSwap<Directory>,
    /// The office's own event as of which it was read; -1 for none.
    directory_as_of: AtomicI64,
    /// Turns query codes into what the database holds.
    code_key: Zeroizing<[u8; 32]>,
    /// Days after which backups are destroyed.
    backup_days: i64,
    /// A destroyed key may still stand in the write-ahead log.
    scrub_again: AtomicBool,
    /// Which standard's rules hold for passwords.
    pub(crate) profile: crate::config::Profile,
    /// Hours after which a staff session ends.
    session_hours: i64,
    /// Minutes without use after which it ends.
    session_idle_minutes: i64,
    /// Whether officials need a second factor.
    pub(crate) second_factor: bool,
    /// Whom passkeys are made for: the office's own address; none where it is not configured.
    pub(crate) relying_party: Option<webauthn_rs::Webauthn>,
    /// The address under which people reach this office; empty when it is not configured.
    pub(crate) public_address: String,
    /// The identity provider; none where none is configured.
    pub(crate) provider: Option<Provider>,
    /// The relay that takes the office's mail; none where none is configured.
    pub(crate) mail: Option<crate::mail::Relay>,
    /// The queue of those who log in.
    passwords: Passwords,
    /// Reverse proxies whose word for the source of a request is taken.
    pub(crate) trusted_proxies: Vec<std::net::IpAddr>,
    /// Devices that the office put up for visitors.
    pub(crate) kiosks: Vec<std::net::IpAddr>,
    /// Where the quick exit leads.
    pub(crate) quick_exit: String,
    /// Cookies only over TLS.
    pub(crate) secure_cookies: bool,
    /// The unit whose pages these are: petitions submitted online reach it, and its address stands on every page.
    front_office: String,
    /// How the log is made public.
    pub(crate) feed: crate::feed::Feed,
    /// What stands before public intake, and before codes and passwords.
    pub(crate) intake: crate::web::Intake,
    /// The confirmation of the clock that was last seen.
    confirmed: tokio::sync::Mutex<Option<String>>,
    /// Held by whoever lost a race and decides again.
    turns: tokio::sync::Mutex<()>,
    /// What units' inboxes were last counted to be.
    counted: counted::Counted,
    /// Who is asked to cosign the log.
    witnesses: receipt::Witnesses,
    /// Commits whose receipts are being handed out.
    recent: receipt::Recent,
    /// How files come in.
    pub(crate) files: attach::Intake,
    /// Those who can bring the office back.
    recipients: Recipients,
    /// Secrets of recipients who are at work on sealed matters.
    unlocked: sealed::Unlocked,
    /// What petitions' keys are wrapped under for them, once one was.
    recovery: tokio::sync::OnceCell<RecoveryKey>,
    /// The rules let everybody see everything, so that a test sees what the database alone lets through (SCOPE-7).
    #[cfg(test)]
    blind_to_nothing: bool,
}

/// Why nothing happened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The rules say no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The petition does not exist, or this actor may not know that it does.
    #[error("not found")]
    Absent,
    /// The case moved on since the person looked at it.
    #[error("the case changed; it is now at version {now}")]
    Changed {
        /// The version it has now.
        now: u64,
    },
    /// Another submission was sent under the same token (CORE-7).
    #[error("another submission came under this token; if it is a new one, send it under a token of its own")]
    TokenUsed,
    /// A sealed matter is closed to whoever asks: nobody has shown what opens it.
    #[error("the matter is sealed, and nothing that opens it was shown")]
    Sealed,
    /// Fewer than two of those who are to have a sealed matter could open it.
    #[error("fewer than two recipients there can open sealed matters")]
    NoRecipients,
    /// It takes two people, and this is the one who asked (DUAL-1).
    #[error("it takes another person than the one who asked")]
    OnePerson,
    /// A file cannot be taken.
    #[error("a file cannot be taken: {}", .0.code())]
    Unfit(crate::files::Unfit),
    /// Something broke.
    #[error("{0:#}")]
    Broken(#[from] anyhow::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Sealed(_) = error {
            return Failure::Sealed;
        }
        Failure::Broken(error.into())
    }
}

impl App {
    /// Opens the database, reads the office directory and the code key.
    ///
    /// # Errors
    /// Names what could not be opened and what to do.
    pub(crate) async fn open(config: &Config, clock: Clock) -> anyhow::Result<App> {
        let key = keyfile::read_or_make(&config.key_file)?;
        let reread = keyfile::rereader(&config.key_file);
        let keeper = Keeper::following(&key, &config.log_origin, Some(reread));
        let journal = crate::journal::open(config, &keeper)?;
        let database = Database::open(&config.database, keeper, journal).await?;
        store::keys::follow(&database).await?;
        App::over(database, *key.own(), config, clock).await
    }

    /// The same over a database that is open already.
    ///
    /// # Errors
    /// As [`App::open`].
    pub(crate) async fn over(
        database: Database,
        code_key: [u8; 32],
        config: &Config,
        clock: Clock,
    ) -> anyhow::Result<App> {
        let procedures = erase::keeping(procedures()?, config)?;
        let current = Name::from(config.procedure.as_str());
        if !procedures.iter().any(|procedure| procedure.id == current) {
            anyhow::bail!("configuration: `procedure` is {current:?}, which is not shipped");
        }
        let app = App {
            database,
            clock,
            procedures,
            calendars: calendars(&config.calendar_folder)?,
            current,
            directory: arc_swap::ArcSwap::default(),
            directory_as_of: AtomicI64::new(-1),
            code_key: Zeroizing::new(code_key),
            backup_days: config.backup_days,
            scrub_again: AtomicBool::new(false),
            profile: config.profile,
            session_hours: config.session_hours,
            session_idle_minutes: config.session_idle_minutes,
            second_factor: config.second_factor,
            relying_party: relying_party(&config.public_address)?,
            public_address: config.public_address.trim_end_matches('/').to_owned(),
            provider: Provider::new(config)?,
            mail: crate::mail::Relay::new(config)?,
            passwords: Passwords::new(),
            trusted_proxies: config.trusted_proxies.clone(),
            kiosks: config.kiosks.clone(),
            quick_exit: config.quick_exit.clone(),
            secure_cookies: config.secure_cookies,
            front_office: config.front_office.clone(),
            feed: crate::feed::Feed::new(config)?,
            intake: crate::web::Intake::new(config),
            confirmed: tokio::sync::Mutex::default(),
            turns: tokio::sync::Mutex::default(),
            counted: counted::Counted::default(),
            witnesses: receipt::Witnesses::parse(&config.witnesses)?,
            recent: receipt::Recent::default(),
            files: attach::Intake::new(config),
            recipients: Recipients::parse(&config.recovery_recipients)?,
            unlocked: sealed::Unlocked::default(),
            recovery: tokio::sync::OnceCell::new(),
            #[cfg(test)]
            blind_to_nothing: false,
        };
        app.check_key(&config.key_file).await?;
        app.begin_clock().await?;
        app.read_directory().await?;
        Ok(app)
    }

    /// Refuses a key that is not the one under which this database's codes were made: no code would work.
    async fn check_key(&self, file: &Path) -> anyhow::Result<()> {
        let own = self.mac("key check");
        match self.setting("key_check").await? {
            None => self.set_setting("key_check", &own).await,
            Some(known) if known == own => Ok(()),
            Some(_) => anyhow::bail!(
                "the key file {} is not the one of this database; restore it from its backup (field `key_file`)",
                file.display()
            ),
        }
    }

    /// Units and officials as they are now.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// The unit that receives what is submitted online: the one configured, else the first petition office.
    pub(crate) fn front_office(&self) -> Option<Unit> {
        let directory = self.directory();
        let units = directory.in_order();
        let named = units.iter().find(|unit| unit.name_zh == self.front_office);
        named
            .or_else(|| units.iter().find(|unit| unit.kind == UnitKind::PetitionOffice))
            .map(|unit| (*unit).clone())
    }

    /// How to file without this server: said with every refusal of a source (SPAM-4).
    pub(crate) fn otherwise(&self) -> String {
        let (phone, address) =
            self.front_office().map(|office| (office.phone, office.address)).unwrap_or_default();
        format!(
            "提交新的事项不受影响；也可以来访或邮寄（{address}）、来电（{phone}）提出 / filing something new is not affected; you can also file on paper ({address}) or by telephone ({phone})"
        )
    }

    /// The procedure for new petitions.
    pub(crate) fn current_procedure(&self) -> anyhow::Result<&Procedure> {
        self.procedure(&self.current)
    }

    /// The procedure of that name.
    pub(crate) fn procedure(&self, name: &Name) -> anyhow::Result<&Procedure> {
        self.procedures
            .iter()
            .find(|procedure| procedure.id == *name)
            .with_context(|| format!("the procedure {name} is not installed"))
    }

    /// The rules that the record is replayed by.
    pub(crate) fn rules(&self) -> anyhow::Result<Rules<'_>> {
        Procedures { procedures: &self.procedures, calendars: &self.calendars }.rules(&self.clock)
    }

    /// The calendar a procedure counts by.
    pub(crate) fn calendar(&self, procedure: &Procedure) -> anyhow::Result<&Calendar> {
        Procedures { procedures: &self.procedures, calendars: &self.calendars }.calendar(procedure)
    }

    /// The petition that a reference in a URL names.
    pub(crate) async fn by_ref(&self, case_ref: &str) -> Result<Option<PetitionId>, Failure> {
        let rows = self
            .database
            .query("select petition_id from matter where case_ref = $1", vec![case_ref.into()])
            .await?;
        match rows.first() {
            Some(row) => Ok(Some(row.text(0)?.parse().context("petition id of a reference")?)),
            None => Ok(None),
        }
    }

    /// The petition of a register number, as people write it.
    pub(crate) async fn by_number(&self, number: &str) -> Result<Option<PetitionId>, Failure> {
        let Ok(number) = casework::codes::RegisterNumber::parse(number) else { return Ok(None) };
        let rows = self
            .database
            .query("select petition_id from matter where number = $1", vec![number.digits().into()])
            .await?;
        match rows.first() {
            Some(row) => Ok(Some(row.text(0)?.parse().context("petition id of a number")?)),
            None => Ok(None),
        }
    }

    /// The words a petition's events refer to: its own, and those of the matter it was split from or answered with.
    pub(crate) async fn words(&self, petition: &Petition) -> Result<BTreeMap<ContentId, String>, Failure> {
        if petition.erased.is_some() {
            return Ok(BTreeMap::new());
        }
        let mut words = content::of_petition(&self.database, petition.id).await?;
        for other in [petition.split_from, petition.answered_with].into_iter().flatten() {
            words.extend(content::of_petition(&self.database, other).await?);
        }
        Ok(words)
    }

    /// What the actor may do now.
    pub(crate) fn permitted(&self, actor: &Actor, petition: &Petition) -> Result<Vec<Verb>, Failure> {
        let procedure = self.procedure_of(petition)?;
        let directory = self.directory();
        let numbers = casework::LetterNumbers::new();
        let parts = (procedure, self.calendar(procedure)?, &*directory);
        Ok(casework::permitted(&context(parts, actor, self.clock.today(), &[], &numbers), petition))
    }

    /// What the database holds instead of a query code (architecture §10.6).
    fn code_mac(&self, code: &str) -> String {
        self.mac(code)
    }

    /// A keyed hash under the installation's own key: tells nothing to whoever holds the database alone.
    pub(crate) fn mac(&self, text: &str) -> String {
        crate::entropy::hex(&store::content::commit(&self.code_key, text.as_bytes()))
    }
}

/// The calendar of China with the years that stand in the office's folder: a new one, or one that was changed late.
pub(crate) fn calendars(folder: &Path) -> anyhow::Result<Vec<Calendar>> {
    if folder.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let shown = folder.display();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("read the folder {shown} (field `calendar_folder`)"))?;
    let mut added = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("read the folder {shown}"))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            added.push((path.display().to_string(), text));
        }
    }
    added.sort();
    let files = added.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let files: Vec<(&str, &str)> = Calendar::cn_files().iter().copied().chain(files).collect();
    Ok(vec![Calendar::parse("cn", &files)?])
}

/// A context for the rules, as of today.
pub(super) fn context<'a>(
    parts: (&'a Procedure, &'a Calendar, &'a Directory),
    actor: &'a Actor,
    today: jiff::civil::Date,
    related: &'a [casework::Petition],
    letter_numbers: &'a casework::LetterNumbers,
) -> Context<'a> {
    let (procedure, calendar, directory) = parts;
    Context { procedure, calendar, directory, actor, today, related, letter_numbers }
}
