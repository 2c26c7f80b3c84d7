//! Setting an account up: with a one-time code that two people brought about, its holder chooses a password. Nobody else
//! ever knows it.

use super::password::hash;
use super::{LoggedIn, Reach, Session, Weak};
use crate::app::{App, Failure};
use crate::config::Profile;
use crate::mail::News;
use casework::OfficialId;
use store::content::sha256;
use store::log::NewEvent;
use store::{Batch, Outcome, Write};

/// Hours for which a code can be used.
const HOURS: i64 = 72;
/// Letters of a code: none that is taken for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789L";
/// Letters of a code: 80 bits.
const LENGTH: usize = 16;

/// A code for an account, to be told to its holder once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enrolment {
    /// The login.
    pub(crate) login: String,
    /// The code, in groups of four.
    pub(crate) code: String,
    /// Hours for which it can be used.
    pub(crate) hours: i64,
}

/// How setting something up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// It is set.
    Done,
    /// The code, or the password before, is wrong.
    Wrong,
    /// The new password is too weak.
    TooWeak(Weak),
    /// It is the only second factor, and the office asks for one: another must be set up first.
    LastFactor,
}

fn digest_of(login: &str, code: &str) -> String {
    let code: String =
        code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    crate::entropy::hex(&sha256(format!("huiyin enrolment\0{login}\0{code}").as_bytes()))
}

fn new_code() -> anyhow::Result<String> {
    let random = crate::entropy::bytes::<LENGTH>()?;
    let letters: Vec<char> = random
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from))
        .collect();
    Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Whether a login can be typed and read aloud: letters, digits, `-`, `_`, `.`; 3 to 40 of them.
pub(in crate::app) fn is_login(login: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    (3..=40).contains(&login.len()) && login.chars().all(fits)
}

impl App {
    /// Gives an official an account, or its holder a way back into it: password, second factors and the link to the identity
    /// provider are forgotten, sessions
    /// end, and the code that comes back sets it up anew. `event` says in the record who brought it about.
    pub(crate) async fn enrol(
        &self,
        login: &str,
        official: OfficialId,
        event: NewEvent,
        with: Vec<Write>,
    ) -> Result<Enrolment, Failure> {
        let code = new_code()?;
        let now = self.clock.now_stamp();
        let mut batch = Batch::new();
        batch.record(event);
        batch.extend(with);
        self.tell(&mut batch, News::CodeGiven, official)?;
        batch.push(Write::new(
            "insert into account (login, official_id, password_hash, password_at, enrol_digest, enrol_until, totp, totp_step, used_at, disabled) values ($1, $2, '', '', $3, $4, $5, 0, $6, 0) on conflict (login) do update set password_hash = '', enrol_digest = excluded.enrol_digest, enrol_until = excluded.enrol_until, totp = excluded.totp, totp_step = 0, factor_version = account.factor_version + 1, used_at = excluded.used_at, disabled = 0 where account.official_id = excluded.official_id",
            vec![
                login.into(),
                official.to_string().into(),
                digest_of(login, &code).into(),
                self.clock.stamp_in_hours(HOURS).into(),
                Vec::new().into(),
                now.into(),
            ],
        ).rows(1));
        batch.push(Write::new("delete from session where login = $1", vec![login.into()]));
        for sql in ["delete from passkey where login = $1", "delete from provider_link where login = $1"] {
            batch.push(Write::new(sql, vec![login.into()]));
        }
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Enrolment { login: login.to_owned(), code, hours: HOURS }),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }

    /// Gives an official a code from the office's own machine: at its set-up, or when no two administrators are left.
    ///
    /// # Errors
    /// Names what is wrong with login or official.
    pub(crate) async fn give_code(
        &self,
        login: &str,
        official: OfficialId,
        by: &str,
    ) -> anyhow::Result<Enrolment> {
        if !is_login(login) {
            anyhow::bail!("a login has 3 to 40 small letters, digits, dots, hyphens or underscores");
        }
        if self.directory().official(official).is_none() {
            anyhow::bail!("there is no official {official} in the directory");
        }
        let body = serde_json::json!({ "official": official });
        let event = self.office_event("account_code_given", by, &body.to_string()).await?;
        match self.enrol(login, official, event, Vec::new()).await {
            Ok(code) => Ok(code),
            Err(Failure::Changed { .. }) => {
                anyhow::bail!("the login {login} is somebody else's, or the official has another one")
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// The holder uses their one-time code and chooses a password. The code works once.
    pub(crate) async fn use_enrolment(
        &self,
        login: &str,
        code: &str,
        password: &str,
    ) -> Result<Result<LoggedIn, Weak>, Failure> {
        // Counted apart from passwords: whoever guesses those must not keep the holder from the way back in.
        let tries = format!("enrol\0{login}");
        let Some(_turn) = self.passwords.turn(login).await else { return Ok(Ok(LoggedIn::Busy)) };
        if let Some(seconds) = self.must_wait(&tries).await? {
            return Ok(Ok(LoggedIn::Wait(seconds)));
        }
        let digest = digest_of(login, code);
        let sql = "select count(*) from account where login = $1 and enrol_digest = $2 and enrol_until > $3";
        let asked = vec![login.into(), digest.clone().into(), self.clock.now_stamp().into()];
        let found = self.database.query(sql, asked).await?.first().map_or(Ok(0), |row| row.int(0))?;
        let account = self.account(login).await?.filter(|account| found == 1 && self.may_log_in(account));
        let Some(account) = account else {
            self.failed(&tries).await?;
            return Ok(Ok(LoggedIn::Wrong));
        };
        if let Some(weak) = self.weakness(login, account.official, password) {
            return Ok(Err(weak));
        }
        let (hash, now) = (hash(password)?, self.clock.now_stamp());
        let mut batch = Batch::new();
        let body = serde_json::json!({ "official": account.official });
        batch.record(
            self.office_event("account_enrolled", &account.official.to_string(), &body.to_string()).await?,
        );
        self.tell(&mut batch, News::Enrolled, account.official)?;
        batch.push(
            Write::new(
                "update account set password_hash = $3, password_at = $4, enrol_digest = '', enrol_until = '' where login = $1 and enrol_digest = $2",
                vec![login.into(), digest.into(), hash.into(), now.into()],
            )
            .rows(1),
        );
        if self.database.commit(batch).await? == Outcome::Conflict {
            return Ok(Ok(LoggedIn::Wrong));
        }
        self.forget_tries(login).await?;
        self.forget_tries(&tries).await?;
        let reach = if self.second_factor { Reach::Enrol } else { Reach::Whole };
        Ok(Ok(LoggedIn::In(self.begin_session(&account, reach).await?, reach)))
    }

    /// The holder changes their password; every other session of theirs ends.
    pub(crate) async fn change_password(&self, session: &Session, new: &str) -> Result<Set, Failure> {
        let Some(official) = session.actor.official() else { return Ok(Set::Wrong) };
        if let Some(weak) = self.weakness(&session.login, official, new) {
            return Ok(Set::TooWeak(weak));
        }
        if self.profile == Profile::Mlps3 {
            let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
            let same = self.passwords.verify(Some(account.password_hash), new.to_owned()).await?;
            if same != Some(false) {
                return Ok(Set::TooWeak(Weak::Same));
            }
        }
        let mut batch = Batch::new();
        let body = serde_json::json!({ "official": official });
        batch.record(self.office_event("password_changed", &official.to_string(), &body.to_string()).await?);
        self.tell(&mut batch, News::Password, official)?;
        batch.push(
            Write::new(
                "update account set password_hash = $2, password_at = $3 where login = $1",
                vec![session.login.clone().into(), hash(new)?.into(), self.clock.now_stamp().into()],
            )
            .rows(1),
        );
        batch.push(Write::new(
            "delete from session where login = $1 and token_digest <> $2",
            vec![session.login.clone().into(), session.digest.clone().into()],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Set::Done),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_belongs_to_one_login() {
        let code = new_code().unwrap();
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(digest_of("a", &code), digest_of("a", &code.to_lowercase().replace('-', " ")));
        assert_ne!(digest_of("a", &code), digest_of("b", &code));
        assert_ne!(new_code().unwrap(), code);
    }

    #[test]
    fn a_login_is_plain() {
        for (login, fits) in
            [("petition-clerk", true), ("li.wei_2", true), ("ab", false), ("李伟", false), ("A B", false)]
        {
            assert_eq!(is_login(login), fits, "{login}");
        }
    }
}
