//! Passkeys (WebAuthn): a key in an authenticator that knows its holder by a PIN, a finger or a face (IAM-2).
//!
//! Because the authenticator must have verified its holder, a passkey is two factors in one: it is a whole login, or the
//! second factor after the password, or the proof that a grave step asks for (IAM-6). What is asked of an authenticator
//! is kept here under a random handle, for minutes, and is used once. Nothing can be guessed, so no wrong answer makes a
//! login wait, and nobody else's guessing keeps the holder of a passkey out.

use super::ceremony::{self, Ceremony, Purpose};
use super::{Account, LoggedIn, Reach, Session, Set};
use crate::app::{App, Failure};
use crate::mail::News;
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casework::OfficialId;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::content::sha256;
use store::{Batch, Outcome, Write, seal};
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, WebauthnBuilder, WebauthnError,
};

/// Passkeys of one account at most.
const MOST: usize = 10;
/// Characters of a passkey's name at most.
const NAME: usize = 40;
/// A browser's answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    /// Of which challenge.
    pub(crate) handle: String,
    /// What the authenticator said, as JSON.
    pub(crate) answer: String,
}

/// A passkey, for its holder's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasskeyRow {
    /// Names it in the form that removes it.
    pub(crate) id: String,
    /// As its holder calls it.
    pub(crate) name: String,
    /// Since when it works.
    pub(crate) added: Timestamp,
    /// When it was last used.
    pub(crate) used: Option<Timestamp>,
}

/// Whom passkeys are made for, by the office's public address; `None` when none is configured.
///
/// # Errors
/// When browsers make no passkeys for such an address.
pub(crate) fn relying_party(public_address: &str) -> anyhow::Result<Option<Webauthn>> {
    if public_address.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        format!(
            "configuration: `public_address` is {public_address:?}, but must be an address such as \
             https://petition.example.gov: https, a name and no number, no path; or http://localhost"
        )
    };
    let url = Url::parse(public_address).with_context(wrong)?;
    let Some(domain) = url.domain() else { bail!(wrong()) };
    let is_local = domain == "localhost";
    let is_safe = url.scheme() == "https" || (is_local && url.scheme() == "http");
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_safe || !is_bare || !url.username().is_empty() {
        bail!(wrong());
    }
    let builder = WebauthnBuilder::new(domain, &url).map_err(|error| anyhow::anyhow!(error));
    let builder = builder.with_context(wrong)?.rp_name("Huiyin").allow_any_port(is_local);
    Ok(Some(
        builder
            .timeout(std::time::Duration::from_secs(ceremony::SECONDS))
            .build()
            .map_err(|error| anyhow::anyhow!(error))?,
    ))
}

pub(super) fn digest(bytes: &[u8]) -> String {
    crate::entropy::hex(&sha256(bytes))
}

fn place(official: OfficialId, passkey_id: &str) -> Vec<u8> {
    [b"huiyin account passkey 1".as_slice(), official.0.as_bytes(), passkey_id.as_bytes()].concat()
}

/// What the browser is handed: the options without their wrapping, changed where the library leaves no choice.
fn options(response: impl serde::Serialize, change: impl FnOnce(&mut Value)) -> anyhow::Result<String> {
    let mut whole = serde_json::to_value(response).context("options of a passkey")?;
    let mut options = whole.get_mut("publicKey").context("options of a passkey")?.take();
    change(&mut options);
    Ok(options.to_string())
}

impl App {
    fn webauthn(&self) -> Result<&Webauthn, Failure> {
        self.relying_party.as_ref().ok_or(Failure::Absent)
    }

    /// The passkeys of an account, oldest first, with what is kept of them.
    async fn credentials(&self, account: &Account) -> Result<Vec<(PasskeyRow, Passkey)>, Failure> {
        let sql = "select passkey_id, name, added_at, used_at, credential from passkey where login = $1 order by added_at, passkey_id";
        let mut found = Vec::new();
        for row in self.database.query(sql, vec![account.login.clone().into()]).await? {
            let id = row.text(0)?.to_owned();
            let passkey = self.open_credential(account.official, &id, row.blob(4)?)?;
            let used = row.text(3)?.parse().ok();
            let added = row.text(2)?.parse().context("time of a passkey")?;
            found.push((PasskeyRow { id, name: row.text(1)?.to_owned(), added, used }, passkey));
        }
        Ok(found)
    }

    fn open_credential(&self, official: OfficialId, id: &str, kept: &[u8]) -> anyhow::Result<Passkey> {
        let opened = seal::open(self.database.suite()?, &self.account_key(), &place(official, id), kept)?
            .context("a passkey of an account does not open under the key file")?;
        serde_json::from_slice(&opened).context("a passkey as it is kept")
    }

    fn seal_credential(&self, official: OfficialId, id: &str, passkey: &Passkey) -> anyhow::Result<Vec<u8>> {
        let bytes = serde_json::to_vec(passkey).context("a passkey")?;
        Ok(seal::seal(
            self.database.suite()?,
            &self.account_key(),
            &crate::entropy::bytes()?,
            &place(official, id),
            &bytes,
        )?)
    }

    /// The holder's own passkeys, oldest first.
    pub(crate) async fn own_passkeys(&self, session: &Session) -> Result<Vec<PasskeyRow>, Failure> {
        let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
        Ok(self.credentials(&account).await?.into_iter().map(|(row, _)| row).collect())
    }

    /// The challenge for a new passkey; `None` when the account has as many as one may have.
    pub(crate) async fn new_passkey(&self, session: &Session) -> Result<Option<Ceremony>, Failure> {
        let webauthn = self.webauthn()?;
        let account = self.may_set_factor(session).await?;
        let known = self.credentials(&account).await?;
        if known.len() >= MOST {
            return Ok(None);
        }
        let known = known.into_iter().map(|(_, passkey)| passkey.cred_id().clone()).collect();
        let login = session.login.as_str();
        let started = webauthn.start_passkey_registration(account.official.0, login, login, Some(known));
        let (response, state) = started.map_err(|error| anyhow::anyhow!("a new passkey: {error}"))?;
        // An authenticator that can, keeps the key so that it is found without typing a login.
        let options = options(response, |options| {
            if let Some(selection) = options.get_mut("authenticatorSelection") {
                selection["residentKey"] = json!("preferred");
            }
        })?;
        Ok(Some(self.keep_ceremony(login, Purpose::Add, &state, options).await?))
    }

    /// Adds the passkey that an authenticator made. Every other session of the account ends.
    pub(crate) async fn add_passkey(
        &self,
        session: &Session,
        name: &str,
        answered: &Answered,
    ) -> Result<Set, Failure> {
        let webauthn = self.webauthn()?;
        let account = self.may_set_factor(session).await?;
        if account.n_passkeys >= i64::try_from(MOST).unwrap_or(i64::MAX) {
            return Err(Failure::Absent);
        }
        let login = session.login.as_str();
        let Some(state) = self.take_ceremony(login, Purpose::Add, &answered.handle).await? else {
            return Ok(Set::Wrong);
        };
        let state: PasskeyRegistration = serde_json::from_str(&state).context("state of a challenge")?;
        let Ok(response) = serde_json::from_str::<RegisterPublicKeyCredential>(&answered.answer) else {
            return Ok(Set::Wrong);
        };
        let passkey = match webauthn.finish_passkey_registration(&response, &state) {
            Ok(passkey) => passkey,
            Err(error) => {
                tracing::info!("a new passkey was refused: {error}");
                return Ok(Set::Wrong);
            }
        };
        let id = digest(passkey.cred_id().as_slice());
        let kept = self.seal_credential(account.official, &id, &passkey)?;
        let body = json!({ "official": account.official, "passkey": id });
        let mut batch = Batch::new();
        batch.record(
            self.office_event("passkey_added", &account.official.to_string(), &body.to_string()).await?,
        );
        self.tell(&mut batch, News::PasskeyAdded, account.official)?;
        batch.push(factors_changed(&account));
        batch.push(
            Write::new(
                "insert into passkey (passkey_id, login, name, credential, added_at, used_at) values ($1, $2, $3, $4, $5, '') on conflict (passkey_id) do nothing",
                vec![
                    id.into(),
                    login.into(),
                    name.chars().take(NAME).collect::<String>().into(),
                    kept.into(),
                    self.clock.now_stamp().into(),
                ],
            )
            .rows(1),
        );
        batch.push(others_end(session));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Set::Done),
            Outcome::Conflict => Ok(Set::Wrong),
        }
    }

    /// Removes one of the holder's own passkeys; every other session ends. The only second factor is replaced, never
    /// removed, where the office asks for one.
    pub(crate) async fn remove_passkey(&self, session: &Session, id: &str) -> Result<Set, Failure> {
        let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
        if self.second_factor && !account.has_codes() && account.n_passkeys == 1 {
            return Ok(Set::LastFactor);
        }
        let body = json!({ "official": account.official, "passkey": id });
        let mut batch = Batch::new();
        batch.record(
            self.office_event("passkey_removed", &account.official.to_string(), &body.to_string()).await?,
        );
        self.tell(&mut batch, News::PasskeyRemoved, account.official)?;
        batch.push(factors_changed(&account));
        let sql = "delete from passkey where passkey_id = $1 and login = $2";
        batch.push(Write::new(sql, vec![id.into(), session.login.clone().into()]).rows(1));
        batch.push(others_end(session));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Set::Done),
            Outcome::Conflict => Ok(Set::Wrong),
        }
    }

    /// A challenge for one of the passkeys of a login that is known; `None` when it has none, or the office takes none.
    pub(crate) async fn ask_passkey(&self, session: &Session) -> Result<Option<Ceremony>, Failure> {
        let Some(webauthn) = &self.relying_party else { return Ok(None) };
        let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
        let known = self.credentials(&account).await?;
        if known.is_empty() {
            return Ok(None);
        }
        let (response, state) = started(webauthn)?;
        let id = |passkey: &Passkey| URL_SAFE_NO_PAD.encode(passkey.cred_id().as_slice());
        let known = known.iter().map(|(_, passkey)| json!({ "type": "public-key", "id": id(passkey) }));
        let known: Vec<Value> = known.collect();
        let options = options(response, |options| options["allowCredentials"] = json!(known))?;
        Ok(Some(self.keep_ceremony(&session.login, Purpose::Use, &state, options).await?))
    }

    /// A challenge for whoever wants to come in with a passkey alone; `None` when too many wait.
    pub(crate) async fn ask_any_passkey(&self) -> Result<Option<Ceremony>, Failure> {
        let webauthn = self.webauthn()?;
        if self.too_many_wait().await? {
            return Ok(None);
        }
        let (response, state) = started(webauthn)?;
        let options = options(response, |_| ())?;
        Ok(Some(self.keep_ceremony("", Purpose::Enter, &state, options).await?))
    }

    /// Whether the answer is that of a passkey of this account to a challenge that waited for it. It waits no more.
    async fn use_passkey(
        &self,
        account: &Account,
        response: &PublicKeyCredential,
        state: &str,
    ) -> Result<bool, Failure> {
        let webauthn = self.webauthn()?;
        let id = digest(response.get_credential_id());
        let sql = "select credential from passkey where passkey_id = $1 and login = $2";
        let asked = vec![id.clone().into(), account.login.clone().into()];
        let rows = self.database.query(sql, asked).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let before = row.blob(0)?.to_vec();
        let mut passkey = self.open_credential(account.official, &id, &before)?;
        let state: DiscoverableAuthentication =
            serde_json::from_str(state).context("state of a challenge")?;
        // Against the passkey as it is now: its counter and its flags.
        let result = match webauthn.finish_discoverable_authentication_v2(response, state, &passkey) {
            Ok(result) if result.user_verified() => result,
            Ok(_) => return Ok(false),
            Err(error) => {
                tracing::info!("a passkey was refused: {error}");
                if matches!(error, WebauthnError::CredentialPossibleCompromise) {
                    self.note_copied(account, &id).await?;
                }
                return Ok(false);
            }
        };
        let kept = match passkey.update_credential(&result) {
            Some(true) => self.seal_credential(account.official, &id, &passkey)?,
            Some(false) => before.clone(),
            None => return Ok(false),
        };
        let mut batch = Batch::new();
        batch.push(
            Write::new(
                "update passkey set credential = $2, used_at = $3 where passkey_id = $1 and credential = $4",
                vec![id.into(), kept.into(), self.clock.now_stamp().into(), before.into()],
            )
            .rows(1),
        );
        Ok(self.database.commit(batch).await? == Outcome::Committed)
    }

    /// A signature that is right with a counter that went back: the key may exist twice. Whoever audits the log sees it.
    async fn note_copied(&self, account: &Account, id: &str) -> Result<(), Failure> {
        let body = json!({ "official": account.official, "passkey": id });
        let mut batch = Batch::new();
        batch.record(
            self.office_event("passkey_perhaps_copied", &account.official.to_string(), &body.to_string())
                .await?,
        );
        self.tell(&mut batch, News::PasskeyCopied, account.official)?;
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Shows who it is with a passkey, in a session that is open so far: the second factor after the password, or the
    /// proof that a grave step asks for.
    pub(crate) async fn prove_with_passkey(
        &self,
        session: &Session,
        answered: &Answered,
    ) -> Result<LoggedIn, Failure> {
        if session.reach == Reach::Enrol {
            return Ok(LoggedIn::Wrong);
        }
        let account = self.account(&session.login).await?.filter(|account| self.may_log_in(account));
        let Some(account) = account else { return Ok(LoggedIn::Wrong) };
        let state = self.take_ceremony(&session.login, Purpose::Use, &answered.handle).await?;
        let response = serde_json::from_str::<PublicKeyCredential>(&answered.answer);
        let (Some(state), Ok(response)) = (state, response) else { return Ok(LoggedIn::Wrong) };
        if !self.use_passkey(&account, &response, &state).await? {
            return Ok(LoggedIn::Wrong);
        }
        self.renew(session, &account).await
    }

    /// A whole login with a passkey alone: whose it is, the authenticator says, and the signature proves.
    pub(crate) async fn enter_with_passkey(&self, answered: &Answered) -> Result<LoggedIn, Failure> {
        let webauthn = self.webauthn()?;
        let state = self.take_ceremony("", Purpose::Enter, &answered.handle).await?;
        let response = serde_json::from_str::<PublicKeyCredential>(&answered.answer);
        let (Some(state), Ok(response)) = (state, response) else { return Ok(LoggedIn::Wrong) };
        let Ok((official, _)) = webauthn.identify_discoverable_authentication(&response) else {
            return Ok(LoggedIn::Wrong);
        };
        let login = self.login_of(OfficialId(official)).await?.unwrap_or_default();
        let account = self.account(&login).await?.filter(|account| self.may_log_in(account));
        let Some(account) = account else { return Ok(LoggedIn::Wrong) };
        if !self.use_passkey(&account, &response, &state).await? {
            return Ok(LoggedIn::Wrong);
        }
        self.forget_tries(&account.login).await?;
        Ok(LoggedIn::In(self.begin_session(&account, Reach::Whole).await?, Reach::Whole))
    }
}

fn started(
    webauthn: &Webauthn,
) -> anyhow::Result<(webauthn_rs::prelude::RequestChallengeResponse, DiscoverableAuthentication)> {
    webauthn.start_discoverable_authentication().map_err(|error| anyhow::anyhow!("a challenge: {error}"))
}

/// Of two changes of an account's second factors at once, one happens.
fn factors_changed(account: &Account) -> Write {
    Write::new(
        "update account set factor_version = $2 + 1 where login = $1 and factor_version = $2",
        vec![account.login.clone().into(), account.factor_version.into()],
    )
    .rows(1)
}

/// Ends every other session of the account.
pub(super) fn others_end(session: &Session) -> Write {
    Write::new(
        "delete from session where login = $1 and token_digest <> $2",
        vec![session.login.clone().into(), session.digest.clone().into()],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_made_for_a_name_over_tls() {
        for (address, fits) in [
            ("https://petition.example.gov", true),
            ("https://petition.example.gov:8443/", true),
            ("http://localhost", true),
            ("http://petition.example.gov", false),
            ("https://192.0.2.7", false),
            ("http://127.0.0.1:8460", false),
            ("https://petition.example.gov/huiyin", false),
            ("https://me@petition.example.gov", false),
            ("petition.example.gov", false),
        ] {
            assert_eq!(relying_party(address).is_ok(), fits, "{address}");
        }
        assert!(relying_party("").unwrap().is_none());
        let refused = relying_party("http://petition.example.gov").unwrap_err().to_string();
        assert!(refused.contains("public_address") && refused.contains("https"), "{refused}");
    }
}
