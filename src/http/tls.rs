//! TLS of a listener, whose certificate is renewed while it runs: new connections get the new one,
//! open ones go on with what they began with. A pair that can not be used changes nothing.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::tls::{self, Error, TlsFiles};

/// Longest time for shaking hands.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// Certificate and key in force. Cheap to clone; every clone sees the same.
#[derive(Debug, Clone)]
pub struct Tls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: TlsFiles,
    current: watch::Sender<Arc<ServerConfig>>,
    /// How the files were when they were last read.
    read: Mutex<Stamps>,
}

/// When each file was last written, and how long it is; none when it can not be seen.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// When they can not be used.
    pub fn open(files: TlsFiles) -> Result<Self, Error> {
        let read = Mutex::new(stamps(&files));
        let current = watch::Sender::new(tls::load(&files)?);
        Ok(Self(Arc::new(Inner { files, current, read })))
    }

    /// Reads both files again, and puts them in force.
    ///
    /// # Errors
    /// When they can not be used: that is an alarm, and the old pair stays in force.
    pub fn renew(&self) -> Result<(), Error> {
        let inner = &self.0;
        *inner.read.lock().unwrap_or_else(PoisonError::into_inner) = stamps(&inner.files);
        let config = tls::load(&inner.files).inspect_err(|problem| {
            tracing::error!(%problem, "a new certificate was refused: the old one stays in force");
        })?;
        inner.current.send_replace(config);
        tracing::info!("the certificate was read again");
        Ok(())
    }

    /// The same, if a file was written since they were last read. What was refused is told once:
    /// when the other file of the pair follows, it is read again.
    pub fn renew_if_changed(&self) {
        let last = *self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        if stamps(&self.0.files) != last {
            drop(self.renew());
        }
    }

    /// The stream in TLS; none when the other side does not shake hands in time, or can not.
    pub(super) async fn shake_hands<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = TlsAcceptor::from(self.0.current.borrow().clone());
        let shaken = tokio::time::timeout(HANDSHAKE_TIME_MAX, acceptor.accept(stream)).await;
        shaken.ok()?.ok()
    }
}

fn stamps(files: &TlsFiles) -> Stamps {
    let of = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(&files.certificate), of(&files.key)]
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    fn write(files: &TlsFiles, pair: &(String, String)) {
        fs::write(&files.certificate, &pair.0).unwrap();
        fs::write(&files.key, &pair.1).unwrap();
    }

    fn pair() -> (String, String) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["luik.example".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    fn folder() -> (TempDir, TlsFiles) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let files = TlsFiles { certificate: path("cert.pem"), key: path("key.pem") };
        (folder, files)
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        let (_folder, files) = folder();
        let refused = |pair: (&str, &str)| {
            write(&files, &(pair.0.to_owned(), pair.1.to_owned()));
            let error = Tls::open(files.clone()).unwrap_err();
            (error.setting(), error.to_string())
        };
        let (good, other) = (pair(), pair());
        let odd = good.0.replace("MI", "AA");
        for ((certificate, key), setting, why) in [
            (("hush", good.1.as_str()), "certificate", "cert.pem holds no certificate in PEM"),
            ((good.1.as_str(), good.1.as_str()), "certificate", "holds no certificate in PEM"),
            ((odd.as_str(), good.1.as_str()), "certificate", "that can be served"),
            ((good.0.as_str(), "hush"), "key", "key.pem holds no private key in PEM"),
            ((good.0.as_str(), other.1.as_str()), "key", "key.pem is not the key of"),
        ] {
            let (at, message) = refused((certificate, key));
            assert_eq!(at, setting, "{message}");
            assert!(message.contains(why) && !message.contains("hush"), "{message}");
        }
        fs::remove_file(&files.key).unwrap();
        let error = Tls::open(files).unwrap_err().to_string();
        assert!(error.ends_with("key.pem is not there"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_never_ends_is_given_up() {
        let (_folder, files) = folder();
        write(&files, &pair());
        let tls = Tls::open(files).unwrap();
        let (near, _far) = tokio::io::duplex(64);
        let begun = tokio::time::Instant::now();
        assert!(tls.shake_hands(near).await.is_none());
        assert_eq!(begun.elapsed(), HANDSHAKE_TIME_MAX);
    }

    #[test]
    fn a_new_pair_is_taken_and_a_broken_one_changes_nothing() {
        let (_folder, files) = folder();
        let (first, second) = (pair(), pair());
        write(&files, &first);
        let tls = Tls::open(files.clone()).unwrap();
        let now = || Arc::as_ptr(&tls.0.current.borrow());
        let at_first = now();
        tls.renew_if_changed();
        assert_eq!(now(), at_first, "nothing was written");
        fs::write(&files.certificate, format!("{}\n", second.0)).unwrap();
        tls.renew_if_changed();
        assert_eq!(now(), at_first, "the key does not follow yet");
        assert!(tls.renew().is_err());
        fs::write(&files.key, format!("{}\n\n", second.1)).unwrap();
        tls.renew_if_changed();
        assert_ne!(now(), at_first);
    }
}
