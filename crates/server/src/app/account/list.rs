//! The accounts of the office, for the system administrator: who has one and in what state it is. Nothing about cases.

use super::{Account, COLUMNS, UNUSED_DAYS};
use crate::app::{App, Failure};
use anyhow::Context as _;
use casework::OfficialId;
use jiff::Timestamp;

/// Accounts on one page.
const PAGE: i64 = 50;

/// In what state an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Works.
    Open,
    /// Its holder has not set it up yet.
    Waiting,
    /// Works, but without a second factor yet.
    NoFactor,
    /// Closed by an administrator.
    Closed,
    /// Closed because nobody used it for half a year (IAM-5).
    Unused,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRow {
    /// The login.
    pub(crate) login: String,
    /// Whose.
    pub(crate) official: OfficialId,
    /// In what state.
    pub(crate) state: State,
    /// When it was used last, or made.
    pub(crate) used: Timestamp,
}

impl App {
    /// Accounts by login, after the given one; with the login after which the next page begins.
    pub(crate) async fn accounts(&self, after: &str) -> Result<(Vec<AccountRow>, Option<String>), Failure> {
        let sql =
            format!("select {COLUMNS} from account where account.login > $1 order by account.login limit $2");
        let rows = self.database.query(&sql, vec![after.into(), (PAGE + 1).into()]).await?;
        let mut list = Vec::new();
        for row in &rows {
            let account = Account::read(row)?;
            let used: Timestamp = account.used_at.parse().context("time of an account")?;
            let unused = self.clock.now().duration_since(used).as_secs() > UNUSED_DAYS * 86_400;
            let state = match &account {
                account if account.disabled => State::Closed,
                _ if unused => State::Unused,
                account if account.password_hash.is_empty() => State::Waiting,
                account if self.second_factor && !account.has_factor() => State::NoFactor,
                _ => State::Open,
            };
            list.push(AccountRow { login: account.login, official: account.official, state, used });
        }
        let more = list.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        if more {
            list.pop();
        }
        let next = more.then(|| list.last().map(|row| row.login.clone())).flatten();
        Ok((list, next))
    }

    /// The login of an official, when they have one.
    pub(crate) async fn login_of(&self, official: OfficialId) -> Result<Option<String>, Failure> {
        let sql = "select login from account where official_id = $1";
        let rows = self.database.query(sql, vec![official.to_string().into()]).await?;
        Ok(rows.first().map(|row| row.text(0).map(ToOwned::to_owned)).transpose()?)
    }
}
