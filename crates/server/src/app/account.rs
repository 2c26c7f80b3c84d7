//! Logins of officials: argon2id passwords and sessions. Full identity management is a later step.

use super::{App, Failure};
use anyhow::{Context as _, bail};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use casework::OfficialId;
use casework::authority::Actor;
use store::content::sha256;
use store::{Batch, Outcome, Write};

/// Shortest password, in characters.
const SHORTEST: usize = 8;
/// Hash of no password, verified when a login does not exist, so that both take as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b+dWRWJTmaaJObGEVmVjf5RdMw";

impl App {
    /// Gives an official a login, or a login a new password.
    ///
    /// # Errors
    /// When the official does not exist or the password is too short.
    pub(crate) async fn set_account(
        &self,
        login: &str,
        official: OfficialId,
        password: &str,
    ) -> anyhow::Result<()> {
        if self.directory().official(official).is_none() {
            bail!("there is no official {official} in the directory");
        }
        if password.chars().count() < SHORTEST {
            bail!("the password needs at least {SHORTEST} characters");
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| anyhow::anyhow!("hash the password: {error}"))?
            .to_string();
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into account (login, official_id, password_hash) values ($1, $2, $3) on conflict (login) do update set official_id = excluded.official_id, password_hash = excluded.password_hash",
            vec![login.into(), official.to_string().into(), hash.into()],
        ));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// The official whose login and password these are; `None` for a wrong login or password, indistinguishably.
    pub(crate) async fn official_of_login(
        &self,
        login: &str,
        password: String,
    ) -> Result<Option<OfficialId>, Failure> {
        let rows = self
            .database
            .query("select official_id, password_hash from account where login = $1", vec![login.into()])
            .await?;
        let (official, hash) = match rows.first() {
            Some(row) => (Some(row.text(0)?.to_owned()), row.text(1)?.to_owned()),
            None => (None, NOBODY.to_owned()),
        };
        let right = tokio::task::spawn_blocking(move || {
            let hash = PasswordHash::new(&hash).ok()?;
            Argon2::default().verify_password(password.as_bytes(), &hash).ok()
        })
        .await
        .context("verify a password")?
        .is_some();
        match official.filter(|_| right) {
            Some(official) => Ok(Some(official.parse().context("official of an account")?)),
            None => Ok(None),
        }
    }

    /// A session token for the right password; `None` for a wrong login or password, indistinguishably.
    pub(crate) async fn log_in(&self, login: &str, password: String) -> Result<Option<String>, Failure> {
        let Some(official) = self.official_of_login(login, password).await? else { return Ok(None) };
        let token = crate::entropy::token()?;
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into session (token_digest, official_id, expires_at) values ($1, $2, $3)",
            vec![
                crate::entropy::hex(&sha256(token.as_bytes())).into(),
                official.to_string().into(),
                self.clock.stamp_in_hours(self.session_hours).into(),
            ],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Some(token)),
            Outcome::Conflict => Err(Failure::Broken(anyhow::anyhow!("the session could not be kept"))),
        }
    }

    /// The official behind a session token, as the directory knows them now.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Actor>, Failure> {
        let rows = self
            .database
            .query(
                "select official_id from session where token_digest = $1 and expires_at > $2",
                vec![crate::entropy::hex(&sha256(token.as_bytes())).into(), self.clock.now_stamp().into()],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id: OfficialId = row.text(0)?.parse().context("official of a session")?;
        let directory = self.directory();
        let official = directory.official(id).filter(|official| official.active);
        Ok(official.map(|official| Actor::Official {
            id,
            unit: official.unit,
            roles: official.roles.clone(),
        }))
    }

    /// Ends a session.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.push(Write::new(
            "delete from session where token_digest = $1",
            vec![crate::entropy::hex(&sha256(token.as_bytes())).into()],
        ));
        self.database.commit(batch).await?;
        Ok(())
    }
}
