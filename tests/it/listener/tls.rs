//! TLS on the public listener: what is spoken, renewal under open connections, and clients that
//! never finish shaking hands.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use super::raw::{Raw, connected};
use crate::embedded::program::run;
use crate::embedded::stage::Stage;
use crate::embedded::{eventually, http};

const NAME: &str = "luik.voorbeeld.example";

/// An authority of one test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key, in PEM.
    fn pair(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([NAME.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// Writes a new pair.
    fn renew(&self, folder: &Path) {
        let (certificate, key) = self.pair();
        fs::write(folder.join("fullchain.pem"), certificate).unwrap();
        fs::write(folder.join("key.pem"), key).unwrap();
    }

    /// A client that trusts this authority alone.
    fn client(
        &self,
        alpn: &[&[u8]],
        version: &'static SupportedProtocolVersion,
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(&[version]).unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }
}

/// A connection that has shaken hands, or why it has not.
fn shaken(
    to: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let name = ServerName::try_from(NAME).unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(config, name).unwrap(), connected(to));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

fn certificate_of(stream: &StreamOwned<ClientConnection, TcpStream>) -> Vec<u8> {
    stream.conn.peer_certificates().unwrap()[0].to_vec()
}

fn secured() -> (Stage, Authority) {
    let (stage, authority) = (Stage::new(), Authority::new());
    authority.renew(stage.path());
    stage.configure("[listen.tls]\ncertificate = \"fullchain.pem\"\nkey = \"key.pem\"\n");
    (stage, authority)
}

#[test]
fn only_http_1_in_tls_1_2_and_1_3_is_spoken() {
    let (stage, authority) = secured();
    let gateway = stage.start();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for alpn in [&[b"http/1.1".as_slice()][..], &[b"h2", b"http/1.1"], &[]] {
            let stream = shaken(gateway.public, authority.client(alpn, version)).unwrap();
            let agreed = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
            assert_eq!(agreed.is_some(), !alpn.is_empty());
            assert!(agreed.is_none_or(|agreed| agreed == b"http/1.1"));
            let answer = Raw::over(Box::new(stream)).get("/", "");
            assert_eq!(answer.status, 404);
            assert!(answer.is_problem() && answer.header("strict-transport-security").is_some());
        }
        assert!(shaken(gateway.public, authority.client(&[b"h2"], version)).is_err());
    }
    let mut plain = Raw::connect(gateway.public);
    plain.say(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(plain.answer(false).is_none(), "plain HTTP is not answered");
    assert_eq!(http::get(gateway.admin, "/health/ready").status, 200, "admin stays plain");
}

#[test]
fn a_new_certificate_is_taken_while_old_connections_go_on() {
    let (stage, authority) = secured();
    let gateway = stage.start();
    let client = authority.client(&[], &rustls::version::TLS13);
    let connect = || shaken(gateway.public, client.clone()).unwrap();
    let stream = connect();
    let first = certificate_of(&stream);
    let mut open = Raw::over(Box::new(stream));
    assert_eq!(open.get("/", "").status, 404);
    let (unfit, _) = authority.pair();
    fs::write(stage.path().join("fullchain.pem"), unfit).unwrap();
    gateway.program.signal("-HUP");
    eventually("the broken pair is an alarm", || {
        gateway.program.err().contains("a new certificate was refused")
    });
    assert_eq!(certificate_of(&connect()), first, "the old one stays");
    authority.renew(stage.path());
    gateway.program.signal("-HUP");
    eventually("the new one is shown", || certificate_of(&connect()) != first);
    assert_eq!(open.get("/", "").status, 404, "the old connection goes on");
}

#[test]
fn handshakes_that_never_end_block_nobody() {
    let (stage, authority) = secured();
    let gateway = stage.start();
    let idle: Vec<TcpStream> = (0..200).map(|_| connected(gateway.public)).collect();
    let client = authority.client(&[], &rustls::version::TLS13);
    for _ in 0..5 {
        let stream = shaken(gateway.public, client.clone()).unwrap();
        assert_eq!(Raw::over(Box::new(stream)).get("/", "").status, 404);
    }
    assert_eq!(idle.len(), 200);
}

#[test]
fn check_names_file_key_and_line_of_a_pair_that_can_not_be_used() {
    let (stage, authority) = secured();
    let (_, other_key) = authority.pair();
    fs::write(stage.path().join("key.pem"), other_key).unwrap();
    for command in ["check", "run"] {
        let ended = run(&mut stage.luik(&[command]));
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let wanted = "key.pem is not the key of";
        let line = ended.err.lines().find(|line| line.contains(wanted)).unwrap();
        assert!(line.contains("luik.toml:12: listen.tls.key: "), "{line}");
    }
}
