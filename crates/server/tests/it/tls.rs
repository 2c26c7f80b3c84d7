//! TLS of the built-in listener, and to PostgreSQL, with the real program and a client that believes one authority only.

use crate::office::{Kind, Office, Server, huiyin, words};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

/// An authority of this test's own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // A name of its own: what bears its issuer's name passes for self-signed.
        params.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Files of a certificate for `localhost` that is valid until a year.
    fn certify(&self, office: &Office, until: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        self.put(office, &certificate.pem(), &key.serialize_pem());
    }

    fn put(&self, office: &Office, certificate: &str, key: &str) {
        office.write("tls.key", key);
        std::fs::set_permissions(office.file("tls.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        office.write("tls.pem", certificate);
    }

    /// A client of one version; what the server showed, and its answer.
    fn ask(
        &self,
        server: &Server,
        version: &'static SupportedProtocolVersion,
        request: &str,
    ) -> std::io::Result<(CertificateDer<'static>, String)> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(server.address())?);
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
        Ok((stream.conn.peer_certificates().unwrap()[0].clone().into_owned(), answer))
    }
}

const PAGE: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// An office with an authority, and its configuration.
fn office(name: &str) -> (Office, Authority, String) {
    let office = Office::new(Kind::Sqlite, name);
    let authority = Authority::new();
    authority.certify(&office, 2999);
    let config = office.path("huiyin.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let (chain, key) = (office.path("tls.pem"), office.path("tls.key"));
    office.write(
        "huiyin.toml",
        &format!("{text}tls_certificate = {chain:?}\ntls_key = {key:?}\ntimer_seconds = 1\n"),
    );
    (office, authority, config)
}

/// WEB-3: the pages come over TLS 1.2 and 1.3. Visitors who do not begin TLS, more of them than are taken in one batch,
/// stop nobody.
#[test]
fn pages_are_served_over_tls_beside_visitors_who_never_begin_it() {
    let (office, authority, _) = office("tls-serve");
    let server = office.serve();
    let silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    let mut plain = TcpStream::connect(server.address()).unwrap();
    plain.write_all(PAGE.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _reset = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "answered without TLS");
    for version in [&TLS13, &TLS12] {
        let (_, answer) = authority.ask(&server, version, PAGE).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");
    }
    drop(silent);
    // Nobody who believes another authority is served.
    assert!(Authority::new().ask(&server, &TLS13, PAGE).is_err());
}

/// A renewed certificate is shown without a restart; half of it is not, nor one whose key is another's.
#[test]
fn a_renewed_certificate_is_shown_without_a_restart() {
    let (office, authority, _) = office("tls-renew");
    let server = office.serve();
    let (before, _) = authority.ask(&server, &TLS13, PAGE).unwrap();
    let key = std::fs::read_to_string(office.file("tls.key")).unwrap();
    let chain = std::fs::read_to_string(office.file("tls.pem")).unwrap();
    authority.put(&office, &chain[..chain.len() / 2], &key);
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    assert_eq!(authority.ask(&server, &TLS13, PAGE).unwrap().0, before);
    authority.put(&office, &chain, &KeyPair::generate().unwrap().serialize_pem());
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    assert_eq!(authority.ask(&server, &TLS13, PAGE).unwrap().0, before);
    authority.certify(&office, 2998);
    let renewed = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        authority.ask(&server, &TLS13, PAGE).unwrap().0 != before
    });
    assert!(renewed, "the certificate before is still shown");
}

/// What cannot be shown ends the start, with the field and the reason; the doctor tells how long it can be.
#[test]
fn a_certificate_that_cannot_be_shown_ends_the_start_with_the_reason() {
    let (office, authority, config) = office("tls-refused");
    let refused = |said: &str| {
        let output = huiyin(&["serve", "--config", &config]);
        assert_eq!(output.status.code(), Some(1), "{}", words(&output));
        assert!(words(&output).contains(said), "{said}: {}", words(&output));
    };
    let chain = std::fs::read_to_string(office.file("tls.pem")).unwrap();
    let key = std::fs::read_to_string(office.file("tls.key")).unwrap();
    authority.put(&office, &chain, &KeyPair::generate().unwrap().serialize_pem());
    refused("does not belong to certificate");
    authority.put(&office, "nothing", &key);
    refused("holds no certificate in PEM");
    authority.put(&office, &chain, "nothing");
    refused("`tls_key`");
    authority.put(&office, &chain, &key);
    std::fs::set_permissions(office.file("tls.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    refused("can be read by other accounts: chmod 600");
    std::fs::remove_file(office.file("tls.pem")).unwrap();
    std::fs::set_permissions(office.file("tls.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    refused("`tls_certificate`");

    let line = || {
        let doctor = huiyin(&["doctor", "--config", &config]);
        words(&doctor).lines().find(|line| line.contains("certificate: ")).unwrap_or_default().to_owned()
    };
    assert!(line().contains("RED"), "{}", line());
    authority.certify(&office, 2001);
    assert!(line().contains("RED") && line().contains("has ended"), "{}", line());
    authority.certify(&office, 2999);
    assert!(!line().contains("RED") && line().contains("is valid for"), "{}", line());

    let text = std::fs::read_to_string(&config).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with("tls_key")).map(|line| format!("{line}\n")).collect();
    office.write("huiyin.toml", &without);
    let output = huiyin(&["serve", "--config", &config]);
    assert!(words(&output).contains("belong together"), "{}", words(&output));
}

/// A server of PostgreSQL is spoken to over TLS when the address says so, and one that another authority certifies is not
/// spoken to at all. The tests' own server learns TLS here; who does not ask for it goes on in clear.
#[test]
fn postgresql_is_spoken_to_over_tls_and_its_certificate_is_checked() {
    let office = Office::new(Kind::Postgres, "tls_server");
    let authority = Authority::new();
    let ask = |sql: &str| crate::office::psql(sql);
    let folder = std::path::PathBuf::from(ask("show data_directory").trim());
    let owner = std::fs::metadata(&folder).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.0).unwrap();
    for (name, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    ask("alter system set ssl = on");
    ask("select pg_reload_conf()");

    let config = office.path("huiyin.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let over_tls = |authority: &Authority| {
        let file = office.write("authority.pem", &authority.0.pem());
        let address = format!("{}?sslmode=verify-full&sslrootcert={file}", office.address);
        office.write("huiyin.toml", &text.replace(&office.address, &address));
    };
    over_tls(&authority);
    let server = office.serve();
    server.submit(2, 2, "前");
    let name = office.address.rsplit('/').next().unwrap();
    let connections = |ssl: &str| {
        ask(&format!(
            "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid) where a.datname = '{name}' and s.ssl = {ssl}"
        ))
    };
    assert_ne!(connections("true").trim(), "0");
    assert_eq!(connections("false").trim(), "0");
    server.kill();
    let backup = office.backup("backup.age");
    assert!(backup.status.success(), "{}", words(&backup));

    over_tls(&Authority::new());
    let output = huiyin(&["serve", "--config", &config]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).to_lowercase().contains("certificate"), "{}", words(&output));
    office
        .write("huiyin.toml", &text.replace(&office.address, &format!("{}?sslmode=require", office.address)));
    let output = huiyin(&["serve", "--config", &config]);
    assert!(words(&output).contains("half of TLS"), "{}", words(&output));
}
