//! Logins of officials: who it is that sits at a desk.
//!
//! An account belongs to one official of the directory. Its holder sets it up with a one-time code (`enrol`): a password
//! (`password`), then a second factor (`factor`, `passkey`). The office's identity
//! provider may stand for the password (`provider`). Wrong tries make it wait (`lock`), and what was opened is a session
//! (`session`). What an official may see and do is not decided here.

mod ceremony;
mod enrol;
mod factor;
mod link;
mod list;
mod lock;
mod passkey;
mod password;
mod provider;
mod session;

pub(crate) use ceremony::Ceremony;
pub(super) use enrol::is_login;
pub(crate) use enrol::{Enrolment, Set};
pub(crate) use list::{AccountRow, State};
pub(crate) use passkey::{Answered, relying_party};
pub(crate) use password::{Passwords, Weak};
#[cfg(test)]
pub(crate) use provider::Named;
pub(crate) use provider::{Away, Back, Provider, Returned};
pub(crate) use session::{OwnSession, Reach, Session};

use super::{App, Failure, NotProposed};
use crate::mail::News;
use anyhow::{Context as _, bail};
use casework::OfficialId;
use jiff::Timestamp;
use store::{Batch, Outcome, Row, Write};

/// Days after which an account that nobody used is closed (IAM-5).
const UNUSED_DAYS: i64 = 180;

/// What logs an official in.
#[derive(Clone)]
pub(crate) struct Account {
    /// The name that is typed.
    pub(crate) login: String,
    /// Whose it is.
    pub(crate) official: OfficialId,
    password_hash: String,
    totp: Vec<u8>,
    totp_step: i64,
    used_at: String,
    disabled: bool,
    factor_version: i64,
    n_passkeys: i64,
}

/// How a try to log in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoggedIn {
    /// A session was opened; its token.
    In(String, Reach),
    /// Wrong login, password or code, indistinguishably.
    Wrong,
    /// Too many wrong tries under this login; so many seconds must pass (IAM-3b).
    Wait(i64),
    /// Too many people log in at this moment (IAM-3).
    Busy,
}

/// What somebody shows to say who they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The password, as typed.
    pub(crate) password: String,
    /// The code of the second factor; empty when it was not asked for yet.
    pub(crate) code: String,
}

/// Under which name who came in, and wrong tries, stand in the log (ASVS V16.3.1). No address does: the proxy's log has it.
const LOGIN: &str = "login";

/// What [`Account::read`] reads.
const COLUMNS: &str = "login, official_id, password_hash, totp, totp_step, used_at, disabled, factor_version, (select count(*) from passkey where passkey.login = account.login)";

impl Account {
    fn read(row: &Row) -> anyhow::Result<Account> {
        Ok(Account {
            login: row.text(0)?.to_owned(),
            official: row.text(1)?.parse().context("official of an account")?,
            password_hash: row.text(2)?.to_owned(),
            totp: row.blob(3)?.to_vec(),
            totp_step: row.int(4)?,
            used_at: row.text(5)?.to_owned(),
            disabled: row.int(6)? != 0,
            factor_version: row.int(7)?,
            n_passkeys: row.int(8)?,
        })
    }

    /// The hash of its password; empty before there is one.
    pub(super) fn password_hash(&self) -> String {
        self.password_hash.clone()
    }

    /// Whether a second factor was set up, of either kind.
    pub(crate) fn has_factor(&self) -> bool {
        self.has_codes() || self.has_passkeys()
    }

    /// Whether an authenticator program makes codes for it.
    pub(crate) fn has_codes(&self) -> bool {
        !self.totp.is_empty()
    }

    /// Whether a passkey opens it.
    pub(crate) fn has_passkeys(&self) -> bool {
        self.n_passkeys > 0
    }

    /// Whether nobody used it for so long that it is closed (IAM-5).
    fn is_expired(&self, now: Timestamp) -> bool {
        let used: Option<Timestamp> = self.used_at.parse().ok();
        used.is_none_or(|used| now.duration_since(used).as_secs() > UNUSED_DAYS * 86_400)
    }
}

impl App {
    /// The account of a login.
    pub(crate) async fn account(&self, login: &str) -> Result<Option<Account>, Failure> {
        // PostgreSQL takes no text with a zero byte, and nobody has such a login.
        if login.contains('\0') {
            return Ok(None);
        }
        let sql = format!("select {COLUMNS} from account where login = $1");
        let rows = self.database.query(&sql, vec![login.into()]).await?;
        Ok(rows.first().map(Account::read).transpose()?)
    }

    /// Gives an official a login with a password that is known already: for the demo and for tests.
    ///
    /// # Errors
    /// When the official does not exist, or the password is too weak.
    pub(crate) async fn set_account(
        &self,
        login: &str,
        official: OfficialId,
        password: &str,
    ) -> anyhow::Result<()> {
        if self.directory().official(official).is_none() {
            bail!("there is no official {official} in the directory");
        }
        let hash = password::hash(password)?;
        let now = self.clock.now_stamp();
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into account (login, official_id, password_hash, password_at, enrol_digest, enrol_until, totp, totp_step, used_at, disabled) values ($1, $2, $3, $4, '', '', $5, 0, $6, 0) on conflict (login) do update set official_id = excluded.official_id, password_hash = excluded.password_hash",
            vec![login.into(), official.to_string().into(), hash.into(), now.clone().into(), Vec::new().into(), now.into()],
        ));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Opens a session for whoever shows password and second factor. With the password alone the session reaches only the
    /// page that asks for the second factor, or that sets it up (IAM-2).
    pub(crate) async fn log_in(&self, login: &str, shown: Shown) -> Result<LoggedIn, Failure> {
        let Some(_turn) = self.passwords.turn(login).await else { return Ok(LoggedIn::Busy) };
        if let Some(seconds) = self.must_wait(login).await? {
            return Ok(LoggedIn::Wait(seconds));
        }
        let account = self.account(login).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let Some(right) = self.passwords.verify(hash, shown.password).await? else {
            return Ok(LoggedIn::Busy);
        };
        let Some(account) = account.filter(|account| right && self.may_log_in(account)) else {
            self.failed(login).await?;
            return Ok(LoggedIn::Wrong);
        };
        let reach = match (self.second_factor, account.has_factor()) {
            (false, false) => Reach::Whole,
            (true, false) => Reach::Enrol,
            (_, true) if shown.code.is_empty() => Reach::Second,
            (_, true) => match self.use_code(&account, &shown.code).await? {
                true => Reach::Whole,
                false => {
                    self.failed(login).await?;
                    return Ok(LoggedIn::Wrong);
                }
            },
        };
        if reach == Reach::Whole {
            self.forget_tries(login).await?;
        }
        Ok(LoggedIn::In(self.begin_session(&account, reach).await?, reach))
    }

    /// Whether the holder shows once more that it is they: password, and the code where there is a second factor (IAM-6).
    pub(crate) async fn confirm_person(&self, session: &Session, shown: Shown) -> Result<LoggedIn, Failure> {
        let login = session.login.clone();
        let Some(_turn) = self.passwords.turn(&login).await else { return Ok(LoggedIn::Busy) };
        if let Some(seconds) = self.must_wait(&login).await? {
            return Ok(LoggedIn::Wait(seconds));
        }
        let Some(account) = self.account(&login).await? else { return Ok(LoggedIn::Wrong) };
        let hash = Some(account.password_hash.clone());
        let Some(right) = self.passwords.verify(hash, shown.password).await? else {
            return Ok(LoggedIn::Busy);
        };
        if !right || (account.has_factor() && !self.use_code(&account, &shown.code).await?) {
            self.failed(&login).await?;
            return Ok(LoggedIn::Wrong);
        }
        self.renew(session, &account).await
    }

    /// A whole session in the place of one that can do less: it gets a name of its own (SESS-1).
    async fn renew(&self, session: &Session, account: &Account) -> Result<LoggedIn, Failure> {
        self.forget_tries(&account.login).await?;
        let token = self.begin_session(account, Reach::Whole).await?;
        // What the session had opened stays open in the one that takes its place.
        self.carry_secret_over(&session.digest, &token);
        self.end_session(&session.digest).await?;
        Ok(LoggedIn::In(token, Reach::Whole))
    }

    /// The second half of a login: the code of the second factor.
    pub(crate) async fn second(&self, session: &Session, code: &str) -> Result<LoggedIn, Failure> {
        let login = session.login.clone();
        let Some(_turn) = self.passwords.turn(&login).await else { return Ok(LoggedIn::Busy) };
        if let Some(seconds) = self.must_wait(&login).await? {
            return Ok(LoggedIn::Wait(seconds));
        }
        let account = self.account(&login).await?.filter(|account| self.may_log_in(account));
        let Some(account) = account else { return Ok(LoggedIn::Wrong) };
        if session.reach != Reach::Second || !self.use_code(&account, code).await? {
            self.failed(&login).await?;
            return Ok(LoggedIn::Wrong);
        }
        self.renew(session, &account).await
    }

    /// The official whose login this is, for commands on the office's own machine, by password and by a code where the account
    /// has a second factor or the office asks for one; else how the try ended. Codes are read by the machine's own clock,
    /// which may be what is confirmed with them. Wrong tries count as on the pages.
    pub(crate) async fn official_of_login(
        &self,
        login: &str,
        shown: Shown,
    ) -> Result<Result<OfficialId, LoggedIn>, Failure> {
        let Some(_turn) = self.passwords.turn(login).await else { return Ok(Err(LoggedIn::Busy)) };
        if let Some(seconds) = self.must_wait(login).await? {
            return Ok(Err(LoggedIn::Wait(seconds)));
        }
        let account = self.account(login).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let Some(right) = self.passwords.verify(hash, shown.password).await? else {
            return Ok(Err(LoggedIn::Busy));
        };
        if let Some(account) = account.filter(|account| right && self.may_log_in(account)) {
            let takes_two = self.second_factor || account.has_factor();
            let now = self.clock.by_the_machine();
            if !takes_two || self.use_code_at(&account, &shown.code, now).await? {
                self.forget_tries(login).await?;
                return Ok(Ok(account.official));
            }
        }
        self.failed(login).await?;
        Ok(Err(LoggedIn::Wrong))
    }

    /// Whether the account is open and its official still in a post (IAM-5).
    fn may_log_in(&self, account: &Account) -> bool {
        let directory = self.directory();
        let active = directory.official(account.official).is_some_and(|official| official.active);
        active && !account.disabled && !account.is_expired(self.clock.now())
    }

    /// Opens or closes an account; a closed one ends its sessions at once. Recorded. An administrator's is not closed by one
    /// person (architecture §10.9): they leave office by a proposal.
    pub(crate) async fn set_disabled(
        &self,
        login: &str,
        by: OfficialId,
        disabled: bool,
    ) -> Result<Result<(), NotProposed>, Failure> {
        let account = self.account(login).await?.ok_or(Failure::Absent)?;
        let directory = self.directory();
        let official = directory.official(account.official);
        if disabled && official.is_some_and(|official| official.roles.iter().any(|role| role.administers())) {
            return Ok(Err(NotProposed::OnePerson));
        }
        let kind = if disabled { "account_closed" } else { "account_opened" };
        let body = serde_json::json!({ "official": account.official });
        let mut batch = Batch::new();
        batch.record(self.office_event(kind, &by.to_string(), &body.to_string()).await?);
        let news = if disabled { News::Closed } else { News::Opened };
        self.tell(&mut batch, news, account.official)?;
        batch.push(
            Write::new(
                "update account set disabled = $2, used_at = $3 where login = $1",
                vec![login.into(), i64::from(disabled).into(), self.clock.now_stamp().into()],
            )
            .rows(1),
        );
        if disabled {
            batch.push(Write::new("delete from session where login = $1", vec![login.into()]));
        }
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Ok(())),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }
}
