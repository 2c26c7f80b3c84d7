//! Ceremonies: something is asked of a browser, and what must be known when its answer comes is kept here, under a random
//! handle, for minutes. It is used once, whatever the answer.

use super::passkey::digest;
use crate::app::{App, Failure};
use anyhow::Context as _;
use store::{Batch, Outcome, Write};

/// Seconds for which an answer is waited for.
pub(super) const SECONDS: u64 = 300;
/// Challenges that wait at most for people who have not said who they are, from all sources together: some megabytes. One
/// source is told to come back long before (`web/intake/source.rs`).
const WAITING: i64 = 20_000;

/// What a challenge is for: one is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A new passkey.
    Add,
    /// A passkey of a login that is known: second factor, or proof of person.
    Use,
    /// A whole login.
    Enter,
    /// The way to the identity provider and back.
    Provider,
    /// The link between a login and whom the provider named, which its holder confirms.
    Link,
}

/// A challenge for a browser.
#[derive(Clone, Debug)]
pub(crate) struct Ceremony {
    /// Comes back with the answer.
    pub(crate) handle: String,
    /// The browser's options, as JSON.
    pub(crate) options: String,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Purpose::Add => "add",
            Purpose::Use => "use",
            Purpose::Enter => "enter",
            Purpose::Provider => "provider",
            Purpose::Link => "link",
        }
    }
}

impl App {
    /// Keeps what must be known when the answer comes.
    pub(super) async fn keep_ceremony(
        &self,
        login: &str,
        purpose: Purpose,
        state: &impl serde::Serialize,
        options: String,
    ) -> Result<Ceremony, Failure> {
        let handle = crate::entropy::hex(&crate::entropy::bytes::<32>()?);
        let state = serde_json::to_string(state).context("state of a challenge")?;
        let mut batch = Batch::new();
        batch.push(Write::new(
            "delete from ceremony where expires_at <= $1",
            vec![self.clock.now_stamp().into()],
        ));
        batch.push(Write::new(
            "insert into ceremony (handle_digest, login, purpose, state, expires_at) values ($1, $2, $3, $4, $5)",
            vec![
                digest(handle.as_bytes()).into(),
                login.into(),
                purpose.word().into(),
                state.into(),
                self.clock.stamp_in_seconds(i64::try_from(SECONDS).unwrap_or(0)).into(),
            ],
        ));
        self.database.commit(batch).await?;
        Ok(Ceremony { handle, options })
    }

    /// The state of a challenge that still waits for its answer, which it does no more from now on, whatever the answer.
    pub(super) async fn take_ceremony(
        &self,
        login: &str,
        purpose: Purpose,
        handle: &str,
    ) -> Result<Option<String>, Failure> {
        let Some(state) = self.look_at_ceremony(login, purpose, handle).await? else { return Ok(None) };
        let mut batch = Batch::new();
        let sql = "delete from ceremony where handle_digest = $1";
        batch.push(Write::new(sql, vec![digest(handle.as_bytes()).into()]).rows(1));
        // Of two answers at once, one is the first.
        Ok((self.database.commit(batch).await? == Outcome::Committed).then_some(state))
    }

    /// The state of a challenge that goes on waiting.
    pub(super) async fn look_at_ceremony(
        &self,
        login: &str,
        purpose: Purpose,
        handle: &str,
    ) -> Result<Option<String>, Failure> {
        let handle = digest(handle.as_bytes());
        let sql = "select state from ceremony where handle_digest = $1 and login = $2 and purpose = $3 and expires_at > $4";
        let now = self.clock.now_stamp();
        let asked = vec![handle.into(), login.into(), purpose.word().into(), now.into()];
        let rows = self.database.query(sql, asked).await?;
        Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
    }

    /// Whether more people who have not said who they are wait for their answer than may.
    pub(super) async fn too_many_wait(&self) -> Result<bool, Failure> {
        let sql = "select count(*) from ceremony where login = '' and expires_at > $1";
        let rows = self.database.query(sql, vec![self.clock.now_stamp().into()]).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.int(0))? >= WAITING)
    }
}
