//! How a server is spoken to: in clear on the machine itself, or over TLS with the server's certificate checked.
//!
//! Names are libpq's: `?sslmode=verify-full&sslrootcert=FILE` in the address. Whatever names an authority is checked
//! fully, name of the host included; TLS that anybody could answer is no protection and is refused.

use crate::StoreError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

type Stream = <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<Socket>>::Stream;

/// A server, a database on it, and the way there.
pub(crate) struct Address {
    /// For the driver.
    pub(crate) config: Config,
    /// Used when the configuration asks for TLS.
    pub(crate) tls: MakeRustlsConnect,
    /// The authority that certifies the server; `None` without TLS.
    pub(crate) authority: Option<PathBuf>,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// `BadAddress` when it cannot be read; otherwise names what is missing, or the file that is no certificate.
    pub(crate) fn read(url: &str) -> Result<Address, StoreError> {
        let (place, asked) = url.split_once('?').unwrap_or((url, ""));
        let mut kept = Vec::new();
        let (mut mode, mut authority) = ("disable", None);
        for pair in asked.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", file)) => authority = Some(PathBuf::from(file)),
                _ => kept.push(pair),
            }
        }
        let mode = match (mode, &authority) {
            ("require" | "verify-ca" | "verify-full", Some(_)) => SslMode::Require,
            ("disable", None) => SslMode::Disable,
            _ => {
                return Err(StoreError::Other(
                    "the address of the database asks for half of TLS: write both sslmode=verify-full and sslrootcert=FILE, the certificate of the authority, or neither"
                        .to_owned(),
                ));
            }
        };
        let mut config: Config = format!("{place}?{}", kept.join("&"))
            .parse()
            .map_err(|_| StoreError::BadAddress("postgres://… (it cannot be read)".to_owned()))?;
        config.ssl_mode(mode);
        let tls = MakeRustlsConnect::new(client(authority.as_deref())?);
        Ok(Address { config, tls, authority })
    }

    /// A connection of its own.
    pub(crate) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, Stream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// The host to which words travel in clear: a server on another machine that is spoken to without TLS; `None` when there
/// is none. What cannot be read is nobody's address.
pub(crate) fn in_clear(url: &str) -> Option<String> {
    let config = Address::read(url).ok()?.config;
    if config.get_ssl_mode() != SslMode::Disable {
        return None;
    }
    config.get_hosts().iter().find_map(|host| match host {
        Host::Tcp(name) => {
            let near =
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            (!near).then(|| name.clone())
        }
        #[cfg(unix)]
        Host::Unix(_) => None,
    })
}

/// TLS 1.2 and 1.3 with nobody believed but the authority.
fn client(authority: Option<&Path>) -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = authority {
        let failed =
            |reason: String| StoreError::Other(format!("{} (sslrootcert): {reason}", file.display()));
        let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let found = found.map_err(|error| failed(error.to_string()))?;
        if roots.add_parsable_certificates(found).0 == 0 {
            return Err(failed("holds no certificate in PEM".to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Other(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_all_of_tls_or_none() {
        let read = |asked: &str| Address::read(&format!("postgres://a:b@localhost/c{asked}"));
        for plain in ["", "?sslmode=disable", "?connect_timeout=3"] {
            let address = read(plain).unwrap();
            assert_eq!(address.config.get_ssl_mode(), SslMode::Disable, "{plain}");
            assert_eq!(address.config.get_dbname(), Some("c"));
        }
        assert!(read("?connect_timeout=3").unwrap().config.get_connect_timeout().is_some());
        for half in
            ["?sslmode=require", "?sslmode=prefer", "?sslrootcert=x", "?sslmode=disable&sslrootcert=x"]
        {
            let said = read(half).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("half of TLS"), "{half}: {said}");
        }
        for (url, host) in [
            ("postgres://a@db.example.gov/c", Some("db.example.gov")),
            ("postgres://a@192.0.2.7/c?sslmode=disable", Some("192.0.2.7")),
            ("postgres://a@localhost,db.example.gov/c", Some("db.example.gov")),
            ("postgres://a@localhost/c", None),
            ("postgres://a@127.0.0.1:5433/c", None),
            ("postgres://a@[::1]/c", None),
            ("postgres:///c?host=/run/postgresql", None),
            ("nonsense", None),
        ] {
            assert_eq!(in_clear(url).as_deref(), host, "{url}");
        }
        let said = read("?sslmode=verify-full&sslrootcert=/nothing").err().unwrap().to_string();
        assert!(said.contains("/nothing (sslrootcert)"), "{said}");
    }
}
