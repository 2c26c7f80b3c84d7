//! Which login is whose at the identity provider: only its holder links it, and confirms it by name.

use super::ceremony::Purpose;
use super::provider::Named;
use super::{Account, Session};
use crate::app::{App, Failure};
use crate::mail::News;
use anyhow::Context as _;
use serde_json::{Value, json};
use store::{Batch, Outcome, Write};

impl App {
    /// Keeps whom the provider named until the holder of the login confirms that it is they; the handle.
    pub(in crate::app) async fn linkable(&self, login: &str, named: &Named) -> Result<String, Failure> {
        let state = json!({ "subject": named.subject, "name": named.name });
        Ok(self.keep_ceremony(login, Purpose::Link, &state, String::new()).await?.handle)
    }

    /// What is kept of a person at the provider: nothing that names them.
    pub(super) fn subject_mac(&self, subject: &str) -> Result<String, Failure> {
        let issuer = self.idp()?.issuer.as_str();
        Ok(self.mac(&format!("provider subject\0{issuer}\0{subject}")))
    }

    /// Binds a link to its official: whoever can only write the database links nobody.
    pub(super) fn link_seal(&self, subject: &str, account: &Account) -> Result<String, Failure> {
        let issuer = self.idp()?.issuer.as_str();
        Ok(self.mac(&format!("provider link\0{issuer}\0{subject}\0{}", account.official)))
    }

    /// Whether the holder's account is linked.
    pub(crate) async fn is_linked(&self, session: &Session) -> Result<bool, Failure> {
        let sql = "select count(*) from provider_link where login = $1";
        let rows = self.database.query(sql, vec![session.login.clone().into()]).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.int(0))? > 0)
    }

    /// By which name the provider knows whom the handle links; `None` when it links nobody any more.
    pub(crate) async fn name_to_link(
        &self,
        session: &Session,
        handle: &str,
    ) -> Result<Option<String>, Failure> {
        let Some(state) = self.look_at_ceremony(&session.login, Purpose::Link, handle).await? else {
            return Ok(None);
        };
        let state: Value = serde_json::from_str(&state).context("state of a link")?;
        let name = state.get("name").and_then(Value::as_str).context("state of a link")?;
        Ok(Some(name.to_owned()))
    }

    /// Links the holder's account to whom the provider named; `false` when the handle is none, or one of the two
    /// is linked already.
    pub(crate) async fn link(&self, session: &Session, handle: &str) -> Result<bool, Failure> {
        let Some(state) = self.take_ceremony(&session.login, Purpose::Link, handle).await? else {
            return Ok(false);
        };
        let state: Value = serde_json::from_str(&state).context("state of a link")?;
        let subject = state.get("subject").and_then(Value::as_str).context("state of a link")?;
        self.link_person(session, subject).await
    }

    /// Links the holder's account to a person at the provider; `false` when one of the two is linked already.
    pub(in crate::app) async fn link_person(
        &self,
        session: &Session,
        subject: &str,
    ) -> Result<bool, Failure> {
        let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
        let body = json!({ "official": account.official });
        let by = account.official.to_string();
        let mut batch = Batch::new();
        batch.record(self.office_event("provider_linked", &by, &body.to_string()).await?);
        self.tell(&mut batch, News::Linked, account.official)?;
        batch.push(
            Write::new(
                "insert into provider_link (subject_mac, login, seal, linked_at) values ($1, $2, $3, $4) on conflict do nothing",
                vec![
                    self.subject_mac(subject)?.into(),
                    account.login.clone().into(),
                    self.link_seal(subject, &account)?.into(),
                    self.clock.now_stamp().into(),
                ],
            )
            .rows(1),
        );
        Ok(self.database.commit(batch).await? == Outcome::Committed)
    }

    /// Ends the link of the holder's account, and every other session.
    pub(crate) async fn unlink(&self, session: &Session) -> Result<(), Failure> {
        let Some(official) = session.actor.official() else { return Ok(()) };
        let body = json!({ "official": official });
        let mut batch = Batch::new();
        batch.record(self.office_event("provider_unlinked", &official.to_string(), &body.to_string()).await?);
        self.tell(&mut batch, News::Unlinked, official)?;
        let sql = "delete from provider_link where login = $1";
        batch.push(Write::new(sql, vec![session.login.clone().into()]).rows(1));
        batch.push(super::passkey::others_end(session));
        self.database.commit(batch).await?;
        Ok(())
    }
}
