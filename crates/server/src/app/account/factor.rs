//! The second factor: one-time codes by time (TOTP, RFC 6238), as every authenticator program makes them (IAM-2).

use super::{Account, Reach, Session, Set};
use crate::app::{App, Failure};
use crate::mail::News;
use anyhow::Context as _;
use casework::OfficialId;
use jiff::Timestamp;
use store::{Batch, Outcome, Value, Write, keys};
use totp_rs::{Algorithm, Builder, Totp};

/// Bytes of a secret: those of SHA-1, as RFC 4226 recommends.
const SECRET: usize = 20;
const FACTORS: &str = "select login, official_id, totp from account where length(totp) > 0 order by login";
/// Seconds of a step.
const STEP: u64 = 30;

/// A secret that is being set up.
#[derive(Clone)]
pub(crate) struct Secret {
    /// As it is typed into an authenticator by hand: base32.
    pub(crate) words: String,
    /// As a picture is made of it: otpauth://…
    pub(crate) address: String,
}

fn totp(login: &str, secret: &[u8]) -> anyhow::Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP)
        .with_secret(secret.to_vec())
        // A colon would end the name in the address of the secret.
        .with_account_name(login.replace(':', "-"))
        .with_issuer(Some("Huiyin"))
        .build()
        .map_err(|error| anyhow::anyhow!("a second factor: {error}"))
}

/// The step of a code that is right at that instant.
fn step(login: &str, secret: &[u8], code: &str, now: Timestamp) -> anyhow::Result<Option<i64>> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    let matched = totp(login, secret)?.check(&digits, now);
    Ok(matched.and_then(|step| i64::try_from(step).ok()))
}

fn place(official: OfficialId) -> Vec<u8> {
    [b"huiyin account totp 1".as_slice(), official.0.as_bytes()].concat()
}

impl App {
    /// What binds passkeys and links of an account to its official. It does not follow the wrapping key's rotation.
    pub(super) fn account_key(&self) -> [u8; 32] {
        store::content::commit(&self.code_key, b"huiyin account secrets")
    }

    fn secret_of(&self, account: &Account) -> anyhow::Result<Vec<u8>> {
        keys::open_secret(&self.database, &place(account.official), &account.totp)?
            .context("the second factor of an account does not open under the key file")
    }

    /// Makes the wraps of second factors anew that are under an older version of the office's wrapping key. One that does
    /// not open any more stays as it is: its holder sets another up.
    pub(in crate::app) async fn secrets_anew(&self) -> Result<u64, Failure> {
        let mut anew = 0;
        let rows = self.database.query(FACTORS, Vec::new()).await?;
        for row in &rows {
            let (login, kept) = (row.text(0)?, row.blob(2)?);
            let own = place(row.text(1)?.parse().context("the holder of an account")?);
            if keys::secret_is_current(&self.database, kept)? {
                continue;
            }
            let Ok(Some(secret)) = keys::open_secret(&self.database, &own, kept) else { continue };
            let sealed = keys::seal_secret(&self.database, &crate::entropy::bytes()?, &own, &secret)?;
            let mut batch = Batch::new();
            // Whoever sets another up meanwhile does so under the new version.
            batch.push(Write::new(
                "update account set totp = $1 where login = $2 and totp = $3",
                vec![sealed.into(), login.into(), kept.to_vec().into()],
            ));
            self.database.commit(batch).await?;
            anew += 1;
        }
        Ok(anew)
    }

    /// Second factors by the version of the office's wrapping key that they are under.
    pub(crate) async fn secrets_by_version(
        database: &store::Database,
    ) -> anyhow::Result<std::collections::BTreeMap<u32, u64>> {
        let mut found = std::collections::BTreeMap::new();
        for row in database.query(FACTORS, Vec::new()).await? {
            let version = row.blob(2)?.first_chunk::<4>().map_or(0, |version| u32::from_be_bytes(*version));
            *found.entry(version).or_default() += 1;
        }
        Ok(found)
    }

    /// Whether the code is right now, and was not used before; it is used then (ASVS V6.5.1).
    pub(super) async fn use_code(&self, account: &Account, code: &str) -> Result<bool, Failure> {
        self.use_code_at(account, code, self.clock.now()).await
    }

    /// The same by another clock.
    pub(super) async fn use_code_at(
        &self,
        account: &Account,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        if !account.has_codes() {
            return Ok(false);
        }
        let secret = self.secret_of(account)?;
        let Some(step) = step(&account.login, &secret, code, now)?.filter(|step| *step > account.totp_step)
        else {
            return Ok(false);
        };
        let mut batch = Batch::new();
        batch.push(
            Write::new(
                "update account set totp_step = $2 where login = $1 and totp_step < $2",
                vec![account.login.clone().into(), step.into()],
            )
            .rows(1),
        );
        Ok(self.database.commit(batch).await? == Outcome::Committed)
    }

    /// A new secret for whoever sets a second factor up. It is drawn anew each time; the form carries it back.
    pub(crate) fn new_secret(&self, login: &str) -> Result<Secret, Failure> {
        self.secret(login, &crate::entropy::bytes::<SECRET>()?)
    }

    /// The secret as it came back with the form, to be shown again; `None` when it is none.
    pub(crate) fn same_secret(&self, login: &str, words: &str) -> Result<Option<Secret>, Failure> {
        let Ok(secret) = totp_rs::Secret::try_from_base32(words) else { return Ok(None) };
        if secret.as_ref().len() != SECRET {
            return Ok(None);
        }
        Ok(Some(self.secret(login, secret.as_ref())?))
    }

    fn secret(&self, login: &str, bytes: &[u8]) -> Result<Secret, Failure> {
        let address =
            totp(login, bytes)?.to_url().map_err(|error| anyhow::anyhow!("a second factor: {error}"))?;
        Ok(Secret { words: totp_rs::Secret::from(bytes.to_vec()).to_base32(), address })
    }

    /// The account of whoever may set a second factor up. A session that only sets a first one up replaces and adds none:
    /// whoever knew the password before the holder was faster gets no further than that.
    pub(super) async fn may_set_factor(&self, session: &Session) -> Result<Account, Failure> {
        let account = self.account(&session.login).await?.ok_or(Failure::Absent)?;
        match session.reach {
            Reach::Whole => Ok(account),
            Reach::Enrol if !account.has_factor() => Ok(account),
            Reach::Enrol | Reach::Second => Err(Failure::Absent),
        }
    }

    /// Sets the second factor up, for whoever shows that their authenticator makes its codes. Every other session ends.
    pub(crate) async fn set_factor(
        &self,
        session: &Session,
        words: &str,
        code: &str,
    ) -> Result<Set, Failure> {
        let login = session.login.as_str();
        let account = self.may_set_factor(session).await?;
        let Ok(secret) = totp_rs::Secret::try_from_base32(words) else { return Ok(Set::Wrong) };
        if secret.as_ref().len() != SECRET {
            return Ok(Set::Wrong);
        }
        let now = self.clock.now();
        let Some(step) = step(login, secret.as_ref(), code, now)? else { return Ok(Set::Wrong) };
        let nonce = crate::entropy::bytes()?;
        let kept = keys::seal_secret(&self.database, &nonce, &place(account.official), secret.as_ref())?;
        let body = serde_json::json!({ "official": account.official, "replaced": account.has_codes() });
        let mut batch = Batch::new();
        batch.record(
            self.office_event("second_factor_set", &account.official.to_string(), &body.to_string()).await?,
        );
        self.tell(&mut batch, News::Factor, account.official)?;
        batch.push(
            Write::new(
                "update account set totp = $2, totp_step = $3, factor_version = $4 + 1 where login = $1 and factor_version = $4",
                vec![login.into(), Value::Blob(kept), step.into(), account.factor_version.into()],
            )
            .rows(1),
        );
        batch.push(Write::new(
            "delete from session where login = $1 and token_digest <> $2",
            vec![login.into(), session.digest.clone().into()],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Set::Done),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }
}
