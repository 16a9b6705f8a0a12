//! The certificate and the key of the public listener: two PEM files → TLS that can be served.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the listener's own certificate first, then those that lead to its authority.
    pub certificate: PathBuf,
    /// PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// Why TLS can not be served. Never quotes a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate can not be used.
    #[error("{} {why}", path.display())]
    Certificate {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The key can not be used.
    #[error("{} {why}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// The key of `[listen.tls]` that is at fault.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        match self {
            Self::Certificate { .. } => "certificate",
            Self::Key { .. } => "key",
        }
    }
}

/// Reads both files and puts them together: TLS 1.2 and 1.3, HTTP/1.1 only.
///
/// # Errors
/// When a file can not be read, holds something else, or the two do not belong together.
pub fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    let certificate = |why: String| Error::Certificate { path: files.certificate.clone(), why };
    let chain = certificates(&files.certificate).map_err(certificate)?;
    let key_at_fault = |why: String| Error::Key { path: files.key.clone(), why };
    let key = private_key(&files.key).map_err(key_at_fault)?;
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|_| certificate("can not be served: TLS can not be set up".to_owned()))?;
    let built = builder.with_no_client_auth().with_single_cert(chain, key);
    let mut config = built.map_err(|error| {
        if matches!(error, rustls::Error::InvalidCertificate(_)) {
            certificate("does not begin with a certificate that can be served".to_owned())
        } else if matches!(error, rustls::Error::InconsistentKeys(_)) {
            key_at_fault(format!("is not the key of {}", files.certificate.display()))
        } else {
            key_at_fault("is not a key that can be used".to_owned())
        }
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(path)?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) | Err(_) => Err("holds no certificate in PEM".to_owned()),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| "holds no private key in PEM (one without a password)".to_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("is not there".to_owned()),
        Err(error) => Err(format!("can not be read: {}", error.kind())),
    }
}
