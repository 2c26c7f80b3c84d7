//! Sessions: an opaque token at the browser, its digest here. Over after a time without use, and after a working day
//! (SESS-1).

use super::password::RENEWED_DAYS;
use super::{Account, LOGIN};
use crate::app::{App, Failure};
use crate::clock::Clock;
use crate::config::Profile;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::directory::Role;
use casework::disclosure::is_sealed;
use casework::{OfficialId, Petition, Verb};
use jiff::{SignedDuration, Timestamp};
use store::content::sha256;
use store::{Batch, Outcome, Write};

/// Seconds between two notes that a session is in use.
const NOTED: i64 = 60;
/// Seconds for which whoever showed that it is they need not show it again (IAM-6).
const FRESH: i64 = 300;
/// Minutes for which a half login is kept.
const HALF: i64 = 10;

/// How far a session reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything that the official may.
    Whole,
    /// Only the page that asks for the second factor.
    Second,
    /// Only the page on which the second factor is set up.
    Enrol,
}

/// Somebody at a desk.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Digest of the token, as it is kept.
    pub(crate) digest: String,
    /// Under which login.
    pub(crate) login: String,
    /// Who, as the directory knows them now (IAM-4).
    pub(crate) actor: Actor,
    /// How far it reaches.
    pub(crate) reach: Reach,
    /// The password must be changed before anything else (IAM-7).
    pub(crate) password_is_old: bool,
    proved_at: String,
}

/// One of one's own sessions, for the page on which they are ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnSession {
    /// Names it in the form that ends it.
    pub(crate) digest: String,
    /// When it began.
    pub(crate) began: Timestamp,
    /// When it was last used, to the minute.
    pub(crate) seen: Timestamp,
    /// Whether it is the one that asks.
    pub(crate) this: bool,
}

impl Reach {
    fn word(self) -> &'static str {
        match self {
            Reach::Whole => "whole",
            Reach::Second => "second",
            Reach::Enrol => "enrol",
        }
    }

    fn parse(word: &str) -> Option<Reach> {
        [Reach::Whole, Reach::Second, Reach::Enrol].into_iter().find(|reach| reach.word() == word)
    }
}

impl Session {
    /// Whether its holder showed within five minutes that it is they (IAM-6).
    pub(crate) fn is_fresh(&self, app: &App) -> bool {
        let proved: Option<Timestamp> = self.proved_at.parse().ok();
        proved.is_some_and(|proved| app.clock.now().duration_since(proved).as_secs() <= FRESH)
    }
}

fn digest(token: &str) -> String {
    crate::entropy::hex(&sha256(token.as_bytes()))
}

const FIND: &str = "select s.login, s.official_id, s.reach, s.seen_at, s.proved_at, a.disabled, a.password_at, (select coalesce(max(seq), -1) from office_event) from session s join account a on a.login = s.login where s.token_digest = $1 and s.expires_at > $2 and s.seen_at > $3";

impl App {
    pub(in crate::app) async fn begin_session(
        &self,
        account: &Account,
        reach: Reach,
    ) -> Result<String, Failure> {
        let token = crate::entropy::hex(&crate::entropy::bytes::<32>()?);
        let now = self.clock.now_stamp();
        let minutes = if reach == Reach::Whole { self.session_hours.saturating_mul(60) } else { HALF };
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into session (token_digest, login, official_id, reach, began_at, seen_at, proved_at, expires_at) values ($1, $2, $3, $4, $5, $5, $5, $6)",
            vec![
                digest(&token).into(),
                account.login.clone().into(),
                account.official.to_string().into(),
                reach.word().into(),
                now.clone().into(),
                self.clock.stamp_in_seconds(minutes.saturating_mul(60)).into(),
            ],
        ));
        batch.push(Write::new(
            "update account set used_at = $2 where login = $1",
            vec![account.login.clone().into(), now.into()],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => {
                tracing::info!(target: LOGIN, official = %account.official, reach = reach.word(), "came in");
                Ok(token)
            }
            Outcome::Conflict => Err(Failure::Broken(anyhow::anyhow!("the session could not be kept"))),
        }
    }

    /// A session whose holder has not shown just now that it is they.
    pub(super) async fn count_as_unproved(&self, token: &str) -> Result<(), Failure> {
        let mut batch = Batch::new();
        let sql = "update session set proved_at = $2 where token_digest = $1";
        batch.push(Write::new(sql, vec![digest(token).into(), Clock::stamp(Timestamp::UNIX_EPOCH).into()]));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// The session behind a token, with the official as the directory knows them now: a change of rights takes effect at
    /// the next request, on every node (IAM-4).
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Session>, Failure> {
        let digest = digest(token);
        let now = self.clock.now();
        let idle = self.clock.stamp_in_seconds(-self.session_idle_minutes.saturating_mul(60));
        let asked = vec![digest.clone().into(), Clock::stamp(now).into(), idle.into()];
        let rows = self.database.query(FIND, asked).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id: OfficialId = row.text(1)?.parse().context("official of a session")?;
        let reach = Reach::parse(row.text(2)?).context("reach of a session")?;
        if row.int(5)? != 0 {
            return Ok(None);
        }
        self.follow_directory(row.int(7)?).await?;
        let directory = self.directory();
        let Some(official) = directory.official(id).filter(|official| official.active) else {
            return Ok(None);
        };
        let seen: Timestamp = row.text(3)?.parse().context("time of a session")?;
        // An account without a password of its own has none to go by.
        let chosen: Option<Timestamp> = row.text(6)?.parse().ok();
        let is_old = chosen.is_none_or(|at| now.duration_since(at).as_secs() / 86_400 >= RENEWED_DAYS);
        if now.duration_since(seen) >= SignedDuration::from_secs(NOTED) {
            let mut batch = Batch::new();
            batch.push(Write::new(
                "update session set seen_at = $2 where token_digest = $1",
                vec![digest.clone().into(), Clock::stamp(now).into()],
            ));
            self.database.commit(batch).await?;
        }
        self.bring_secret(&digest, id, official.roles.contains(&Role::Recipient));
        Ok(Some(Session {
            digest,
            login: row.text(0)?.to_owned(),
            actor: Actor::Official { id, unit: official.unit, roles: official.roles.clone() },
            reach,
            password_is_old: self.profile == Profile::Mlps3 && is_old,
            proved_at: row.text(4)?.to_owned(),
        }))
    }

    /// A whole session for whoever has just set the second factor up, in the place of the one that led there (SESS-1).
    pub(crate) async fn widen(&self, session: &Session) -> Result<String, Failure> {
        let account =
            self.account(&session.login).await?.filter(Account::has_factor).ok_or(Failure::Absent)?;
        self.end_session(&session.digest).await?;
        self.begin_session(&account, Reach::Whole).await
    }

    /// Whether whoever does it must have shown just now that it is they: deciding on an erasure; in a sealed matter the
    /// answer, and whatever brings the matter to its end (IAM-6).
    ///
    /// # Errors
    /// When the petition's procedure is not known here.
    pub(crate) fn is_grave(&self, petition: &Petition, verb: Verb) -> Result<bool, Failure> {
        if verb == Verb::DecideDisposal {
            return Ok(true);
        }
        let procedure = self.procedure_of(petition)?;
        if !is_sealed(procedure, &petition.kind) {
            return Ok(false);
        }
        let ends = procedure.transitions_from(petition.stage.as_ref(), verb).any(|transition| {
            let stage = transition.to.as_ref().and_then(|to| procedure.stage(to));
            stage.is_some_and(|stage| stage.rest.is_some())
        });
        Ok(ends || verb == Verb::FeedBackReport)
    }

    /// Hours after which a session ends.
    pub(crate) fn session_hours(&self) -> i64 {
        self.session_hours
    }

    /// Minutes without use after which it ends.
    pub(crate) fn session_idle_minutes(&self) -> i64 {
        self.session_idle_minutes
    }

    /// A recipient's secret goes on with the session that takes another's place.
    pub(super) fn carry_secret_over(&self, from: &str, token: &str) {
        self.unlocked.carry_over(from, &digest(token));
    }

    /// Ends a session by the digest of its token.
    pub(crate) async fn end_session(&self, digest: &str) -> Result<(), Failure> {
        self.unlocked.forget(digest);
        let mut batch = Batch::new();
        batch.push(Write::new("delete from session where token_digest = $1", vec![digest.into()]));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Ends one of the holder's own sessions. Somebody else's is left alone, and nothing tells that it exists.
    pub(crate) async fn end_own_session(&self, session: &Session, digest: &str) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.push(Write::new(
            "delete from session where token_digest = $1 and login = $2",
            vec![digest.into(), session.login.clone().into()],
        ));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Ends a session by its token.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), Failure> {
        self.end_session(&digest(token)).await
    }

    /// The holder's own sessions that still work, newest first; at most a hundred.
    pub(crate) async fn own_sessions(&self, session: &Session) -> Result<Vec<OwnSession>, Failure> {
        let idle = self.clock.stamp_in_seconds(-self.session_idle_minutes.saturating_mul(60));
        let sql = "select token_digest, began_at, seen_at from session where login = $1 and expires_at > $2 and seen_at > $3 order by began_at desc limit 100";
        let asked = vec![session.login.clone().into(), self.clock.now_stamp().into(), idle.into()];
        let mut own = Vec::new();
        for row in self.database.query(sql, asked).await? {
            own.push(OwnSession {
                digest: row.text(0)?.to_owned(),
                began: row.text(1)?.parse().context("time of a session")?,
                seen: row.text(2)?.parse().context("time of a session")?,
                this: row.text(0)? == session.digest,
            });
        }
        Ok(own)
    }
}
