//! TLS of the built-in listener: rustls, with a certificate and a key from files that are read again when they change.
//!
//! TLS 1.2 and 1.3 with the suites that rustls holds safe; older versions are refused in the handshake.

use anyhow::Context as _;
use arc_swap::ArcSwap;
use axum::serve::Listener;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

/// How long a visitor may take to begin TLS; others are let in meanwhile.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long nobody is let in when the machine has no more connections to give.
const PAUSE: Duration = Duration::from_secs(1);

/// The certificate that is shown, and where it comes from.
#[derive(Debug)]
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: CryptoProvider,
    shown: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads both files, PEM: the certificate first and those that lead to its authority after it; and its private key.
    ///
    /// # Errors
    /// Names the file that cannot be read or holds something else, and says when they do not belong together, or when
    /// other accounts of the machine can read the key.
    pub(crate) fn read(chain: &Path, key: &Path) -> anyhow::Result<Certificate> {
        let provider = ring::default_provider();
        let shown = ArcSwap::from_pointee(certified(chain, key, &provider)?);
        Ok(Certificate { chain: chain.to_owned(), key: key.to_owned(), provider, shown })
    }

    /// Reads the files again. Says whether there is another certificate now; until both files are whole and belong together,
    /// the one before stays.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub(crate) fn renew(&self) -> anyhow::Result<bool> {
        let found = certified(&self.chain, &self.key, &self.provider)?;
        let is_new = found.cert != self.shown.load().cert;
        if is_new {
            self.shown.store(Arc::new(found));
        }
        Ok(is_new)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load_full())
    }
}

fn certified(chain: &Path, key: &Path, provider: &CryptoProvider) -> anyhow::Result<CertifiedKey> {
    let of_chain = || format!("certificate {} (field `tls_certificate`)", chain.display());
    let of_key = || format!("private key {} (field `tls_key`)", key.display());
    let open_to_others = crate::keyfile::others_can_read(&std::fs::metadata(key).with_context(of_key)?);
    anyhow::ensure!(!open_to_others, "{} can be read by other accounts: chmod 600", of_key());
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(of_chain)?;
    anyhow::ensure!(!certificates.is_empty(), "{} holds no certificate in PEM", of_chain());
    let private = PrivateKeyDer::from_pem_file(key).with_context(of_key)?;
    CertifiedKey::from_der(certificates, private, provider).map_err(|error| {
        if matches!(error, rustls::Error::InconsistentKeys(_)) {
            return anyhow::anyhow!("{} does not belong to {}", of_key(), of_chain());
        }
        anyhow::Error::new(error).context(format!("{}, {}", of_chain(), of_key()))
    })
}

/// Lets visitors in over TLS. Who fails to begin it is nobody's fault and is not logged.
pub(crate) struct Secured(tls_listener::TlsListener<TcpListener, TlsAcceptor>);

impl Secured {
    /// A listener that shows the certificate.
    ///
    /// # Errors
    /// When no protocol version is left, which no input causes.
    pub(crate) fn new(listener: TcpListener, certificate: Arc<Certificate>) -> anyhow::Result<Secured> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(certificate.provider.clone()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificate);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Secured(tls_listener::builder(acceptor).handshake_timeout(HANDSHAKE).listen(listener)))
    }
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok(visitor) => return visitor,
                Err(tls_listener::Error::ListenerError(error)) => {
                    tracing::error!("nobody can be let in for a moment: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(_) => {}
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
