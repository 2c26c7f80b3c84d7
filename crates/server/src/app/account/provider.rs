//! Login through the office's identity provider (OpenID Connect: authorization code with PKCE).
//!
//! Whoever the provider names comes in by an account that exists here already and that its holder linked, once, from inside;
//! never by an e-mail address, and no account is made on the way. The provider is asked nothing before somebody wants to log
//! in through it; when it is down, passwords work as ever. What it says is no key: nothing is decrypted by it.

use super::ceremony::Purpose;
use super::{LoggedIn, Reach, Session};
use crate::app::{App, Failure};
use crate::config::Config;
use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::pin::Pin;
use std::time::Duration;

/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// Where the provider sends people back to, below the office's public address.
pub(crate) const BACK: &str = "/staff/login/provider/back";
/// Signatures that prove who speaks: none of a shared secret.
const SIGNATURES: [Alg; 6] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPssSha256,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
    Alg::RsaSsaPkcs1V15Sha512,
];
/// Claims that people can change or that are given to others later: nobody is recognised by them.
const NEVER: [&str; 4] = ["email", "preferred_username", "name", "phone_number"];

/// The provider, as it is configured.
pub(crate) struct Provider {
    pub(super) issuer: IssuerUrl,
    client: ClientId,
    secret: ClientSecret,
    back: RedirectUrl,
    /// The claim by which people are recognised.
    claim: String,
    /// Values of `acr` or `amr` that stand for two factors.
    two_factors: Vec<String>,
    http: Http,
}

/// Most characters of a name at the provider.
const NAME: usize = 100;

/// Speaks HTTP with the provider. Redirects are not followed: the provider's addresses are what it publishes.
struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, std::io::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let (parts, body) = request.into_parts();
        let request = hyper::Request::from_parts(parts, Full::new(Bytes::from(body)));
        let asked = self.0.request(request);
        let answer = async {
            let (parts, body) = asked.await.map_err(std::io::Error::other)?.into_parts();
            let body = Limited::new(body, LONGEST).collect().await.map_err(std::io::Error::other)?;
            Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
        };
        Box::pin(async { tokio::time::timeout(PATIENCE, answer).await.map_err(std::io::Error::other)? })
    }
}

/// What a browser that went to the provider must come back with.
#[derive(Serialize, Deserialize)]
struct Gone {
    state: String,
    nonce: String,
    verifier: String,
    /// The login that is being linked; empty for somebody who wants to come in.
    login: String,
}

/// Where a browser is sent, and what it keeps meanwhile.
pub(crate) struct Away {
    /// The provider's page.
    pub(crate) address: String,
    /// For the browser's cookie.
    pub(crate) handle: String,
}

/// What came back with a browser.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) iss: String,
    pub(crate) error: String,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Returned {
    /// Somebody wants to come in, and does or does not.
    Login(LoggedIn),
    /// Somebody wants to link their account; the handle with which they confirm it.
    Link(String),
    /// Whoever went there to come in did not go through with it.
    Cancelled,
    /// Whoever went there to link their account did not go through with it.
    Unlinked,
    /// The provider cannot be reached, or says nothing that can be believed.
    NoAnswer,
}

/// Whom the provider named.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// By the claim that is configured.
    pub(crate) subject: String,
    /// As a person knows it: the name at the provider, for whoever links it.
    pub(crate) name: String,
    /// Whether it says that it asked for two factors.
    pub(crate) two_factors: bool,
}

impl Provider {
    /// The provider of a configuration; `None` when none is configured. Nothing is asked of it yet.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Option<Provider>> {
        if config.oidc_issuer.is_empty() {
            return Ok(None);
        }
        let issuer = IssuerUrl::new(config.oidc_issuer.clone()).context("configuration: `oidc_issuer`")?;
        let url = issuer.url();
        let is_near = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        ensure!(
            url.scheme() == "https" || (is_near && url.scheme() == "http"),
            "configuration: `oidc_issuer` is {:?}, but must begin with https://",
            config.oidc_issuer
        );
        ensure!(
            !config.public_address.is_empty(),
            "configuration: `oidc_issuer` needs `public_address`, to which the provider sends people back"
        );
        ensure!(!config.oidc_client_id.is_empty(), "configuration: `oidc_issuer` needs `oidc_client_id`");
        if config.oidc_claim.is_empty() || NEVER.contains(&config.oidc_claim.as_str()) {
            bail!(
                "configuration: `oidc_claim` is {:?}, but must name a claim that never changes and is never given to \
                 somebody else, such as sub",
                config.oidc_claim
            );
        }
        let file = &config.oidc_client_secret_file;
        let secret = std::fs::read_to_string(file)
            .with_context(|| format!("configuration: `oidc_client_secret_file`: read {}", file.display()))?;
        let secret = secret.trim();
        ensure!(!secret.is_empty(), "configuration: {} holds no secret", file.display());
        let back = format!("{}{BACK}", config.public_address.trim_end_matches('/'));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_native_roots()
            .context("certificates that this machine trusts, for `oidc_issuer`")?
            .https_or_http()
            .enable_http1();
        Ok(Some(Provider {
            issuer,
            client: ClientId::new(config.oidc_client_id.clone()),
            secret: ClientSecret::new(secret.to_owned()),
            back: RedirectUrl::new(back).context("configuration: `public_address`")?,
            claim: config.oidc_claim.clone(),
            two_factors: config.oidc_two_factors.clone(),
            http: Http(Client::builder(TokioExecutor::new()).build(https.build())),
        }))
    }

    async fn metadata(&self) -> anyhow::Result<CoreProviderMetadata> {
        let found = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        found.map_err(|error| anyhow::Error::from(error).context("the identity provider's description"))
    }

    /// Where to go, and what must come back.
    async fn away(&self, login: &str) -> anyhow::Result<(String, Gone)> {
        let metadata = self.metadata().await?;
        let client =
            CoreClient::from_provider_metadata(metadata, self.client.clone(), Some(self.secret.clone()))
                .set_redirect_uri(self.back.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        if !login.is_empty() {
            // Who is linked shows there who they are, whoever was logged in at this browser; and is shown by name.
            request = request.add_prompt(CoreAuthPrompt::Login).add_scope(Scope::new("profile".to_owned()));
        }
        let (address, state, nonce) = request.url();
        let gone = Gone {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            login: login.to_owned(),
        };
        Ok((address.to_string(), gone))
    }

    /// Whom the code stands for: the ID token's signature, issuer, audience, age and nonce are verified.
    async fn named(&self, gone: &Gone, code: &str) -> anyhow::Result<Named> {
        let metadata = self.metadata().await?;
        let client =
            CoreClient::from_provider_metadata(metadata, self.client.clone(), Some(self.secret.clone()))
                .set_redirect_uri(self.back.clone());
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(gone.verifier.clone()))
            .request_async(&self.http)
            .await
            .context("the identity provider takes no code for a token")?;
        let token = tokens.id_token().context("the identity provider gives no ID token")?;
        let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES);
        let claims = token.claims(&verifier, &Nonce::new(gone.nonce.clone())).context("the ID token")?;
        if let Some(expected) = claims.access_token_hash() {
            let alg = token.signing_alg().context("the ID token")?;
            let key = token.signing_key(&verifier).context("the ID token")?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), alg, key)?;
            ensure!(actual == *expected, "the ID token speaks of another access token");
        }
        // Verified as a whole; read once more for a claim by its name.
        let text = token.to_string();
        let payload = text.split('.').nth(1).context("the ID token")?;
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?).context("the ID token")?;
        let subject = claims.get(&self.claim).and_then(Value::as_str).unwrap_or_default().to_owned();
        ensure!(!subject.is_empty(), "the ID token has no claim {:?}", self.claim);
        let words = ["preferred_username", "name", "email"];
        let words = words.iter().filter_map(|claim| claims.get(*claim).and_then(Value::as_str));
        let name = words.chain([subject.as_str()]).find(|name| !name.is_empty()).unwrap_or_default();
        let name = name.chars().take(NAME).collect();
        let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
        let two_factors = methods
            .chain(claims.get("acr"))
            .filter_map(Value::as_str)
            .any(|value| self.two_factors.iter().any(|known| known == value));
        Ok(Named { name, subject, two_factors })
    }
}

impl App {
    pub(super) fn idp(&self) -> Result<&Provider, Failure> {
        self.provider.as_ref().ok_or(Failure::Absent)
    }

    /// Sends a browser to the provider, to come in or to link the login of a session; `None` when the provider gives no
    /// answer, or too many are on their way.
    pub(crate) async fn go_to_provider(&self, link: Option<&Session>) -> Result<Option<Away>, Failure> {
        let provider = self.idp()?;
        if self.too_many_wait().await? {
            return Ok(None);
        }
        match provider.away(link.map_or("", |session| session.login.as_str())).await {
            Ok((address, gone)) => {
                let kept = self.keep_ceremony("", Purpose::Provider, &gone, String::new()).await?;
                Ok(Some(Away { address, handle: kept.handle }))
            }
            Err(error) => {
                tracing::error!("the identity provider gives no answer: {error:#}");
                Ok(None)
            }
        }
    }

    /// Takes what came back. The handle is the browser's own: nobody is put into somebody else's session, or linked to
    /// their account.
    pub(crate) async fn come_from_provider(&self, handle: &str, back: &Back) -> Result<Returned, Failure> {
        let provider = self.idp()?;
        let wrong = Returned::Login(LoggedIn::Wrong);
        let Some(gone) = self.take_ceremony("", Purpose::Provider, handle).await? else { return Ok(wrong) };
        let gone: Gone = serde_json::from_str(&gone).context("state of a login")?;
        let iss_fits = back.iss.is_empty() || back.iss == *provider.issuer.as_str();
        if back.state != gone.state || !iss_fits {
            return Ok(wrong);
        }
        match back.error.as_str() {
            "" if back.code.is_empty() => return Ok(wrong),
            "" => {}
            "access_denied" if gone.login.is_empty() => return Ok(Returned::Cancelled),
            "access_denied" => return Ok(Returned::Unlinked),
            // Its own words are not repeated: they came with the browser.
            _ => {
                tracing::error!("the identity provider sends somebody back with an error");
                return Ok(Returned::NoAnswer);
            }
        }
        let named = match provider.named(&gone, &back.code).await {
            Ok(named) => named,
            Err(error) => {
                tracing::error!("a login through the identity provider was refused: {error:#}");
                return Ok(Returned::NoAnswer);
            }
        };
        if !gone.login.is_empty() {
            return Ok(Returned::Link(self.linkable(&gone.login, &named).await?));
        }
        Ok(Returned::Login(self.enter_as(&named).await?))
    }

    /// Somebody on the way to a provider that is not there, for tests of the way back.
    #[cfg(test)]
    pub(in crate::app) async fn gone_to_provider(&self, state: &str, login: &str) -> Result<String, Failure> {
        let [state, login] = [state, login].map(str::to_owned);
        let gone = Gone { state, nonce: String::new(), verifier: String::new(), login };
        Ok(self.keep_ceremony("", Purpose::Provider, &gone, String::new()).await?.handle)
    }

    /// Opens a session for whom the provider named, as far as their factors reach.
    pub(in crate::app) async fn enter_as(&self, named: &Named) -> Result<LoggedIn, Failure> {
        let sql = "select login, seal from provider_link where subject_mac = $1";
        let rows = self.database.query(sql, vec![self.subject_mac(&named.subject)?.into()]).await?;
        let Some(row) = rows.first() else { return Ok(LoggedIn::Wrong) };
        let account = self.account(row.text(0)?).await?.filter(|account| self.may_log_in(account));
        let Some(account) = account else { return Ok(LoggedIn::Wrong) };
        if row.text(1)? != self.link_seal(&named.subject, &account)? {
            tracing::error!("a link to the identity provider was altered");
            return Ok(LoggedIn::Wrong);
        }
        let reach = match (named.two_factors, account.has_factor(), self.second_factor) {
            (true, ..) | (false, false, false) => Reach::Whole,
            (false, true, _) => Reach::Second,
            (false, false, true) => Reach::Enrol,
        };
        let token = self.begin_session(&account, reach).await?;
        // The provider may have asked for nothing now: a grave step asks here (IAM-6).
        self.count_as_unproved(&token).await?;
        Ok(LoggedIn::In(token, reach))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_configured_whole_and_safely_or_refused() {
        let secret = std::env::temp_dir().join(format!("huiyin-oidc-{}", std::process::id()));
        std::fs::write(&secret, "s3cret\n").unwrap();
        let whole = || {
            let mut config: Config = toml::from_str(crate::config::DEFAULT).unwrap();
            config.public_address = "https://petition.example.gov".into();
            config.oidc_issuer = "https://id.example.gov".into();
            config.oidc_client_id = "huiyin".into();
            config.oidc_client_secret_file.clone_from(&secret);
            config
        };
        let provider = Provider::new(&whole()).unwrap().unwrap();
        assert_eq!(provider.back.as_str(), "https://petition.example.gov/staff/login/provider/back");
        assert_eq!(provider.secret.secret(), "s3cret", "a line end is no part of it");
        type Spoil = fn(&mut Config);
        let spoilt: [(&str, Spoil); 6] = [
            ("oidc_issuer", |config| config.oidc_issuer = "http://id.example.gov".into()),
            ("oidc_issuer", |config| config.oidc_issuer = "id.example.gov".into()),
            ("public_address", |config| config.public_address = String::new()),
            ("oidc_client_id", |config| config.oidc_client_id = String::new()),
            ("oidc_client_secret_file", |config| config.oidc_client_secret_file = "/nowhere".into()),
            ("oidc_claim", |config| config.oidc_claim = "email".into()),
        ];
        for (field, spoil) in spoilt {
            let mut config = whole();
            spoil(&mut config);
            let refused = format!("{:#}", Provider::new(&config).err().unwrap());
            assert!(refused.contains(field), "{field}: {refused}");
        }
        let mut none = whole();
        none.oidc_issuer = String::new();
        assert!(Provider::new(&none).unwrap().is_none());
        let _gone = std::fs::remove_file(&secret);
    }
}
