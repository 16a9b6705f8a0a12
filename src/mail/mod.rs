//! Letters, and the mail server that takes them: one connection a letter, TLS by rustls, a deadline
//! over all of it. What the server takes is on its way; whether anybody reads it, nobody knows here.

mod letter;

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransportBuilder};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::config::{Smtp, SmtpTls};

pub use letter::Letter;

/// TLS towards the mail server can not be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS for letters could not be set up")]
pub struct Error(#[source] smtp::Error);

/// Why a letter was not taken. Says nothing of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, no TLS, or it broke.
    #[error("the mail server can not be reached")]
    Unreachable,
    /// The deadline passed: it may have been taken.
    #[error("the mail server took too long")]
    TimedOut,
    /// 4xx: later, perhaps.
    #[error("the mail server does not take it now")]
    Later,
    /// 5xx, or an address that is none: never like this.
    #[error("the mail server refuses it")]
    Refused,
}

/// Brings letters to the mail server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Arc<Address>,
    timeout: Duration,
}

impl Postman {
    /// Sets TLS up, with the machine's certificate authorities; connects to nothing.
    ///
    /// # Errors
    /// When TLS can not be set up.
    pub fn new(smtp: &Smtp) -> Result<Self, Error> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .timeout(Some(smtp.timeout));
        builder = secured(builder, smtp).map_err(Error)?;
        if let Some((user, password)) = &smtp.login {
            let password = password.reveal().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let (from, timeout) = (Arc::new(smtp.from.clone()), smtp.timeout);
        Ok(Self { transport: builder.build(), from, timeout })
    }

    /// Brings one letter, once.
    ///
    /// # Errors
    /// When the server did not take it.
    pub async fn bring(&self, letter: &Letter) -> Result<(), Failure> {
        let (envelope, bytes) = letter.sealed(&self.from).ok_or(Failure::Refused)?;
        let brought = self.transport.send_raw(&envelope, &bytes);
        match tokio::time::timeout(self.timeout, Box::pin(brought)).await {
            Err(_elapsed) => Err(Failure::TimedOut),
            Ok(Err(error)) => Err(failure_of(&error)),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

fn secured(
    builder: AsyncSmtpTransportBuilder,
    smtp: &Smtp,
) -> Result<AsyncSmtpTransportBuilder, smtp::Error> {
    let parameters = || TlsParameters::new_rustls(smtp.host.clone());
    Ok(match smtp.tls {
        SmtpTls::None => builder.tls(Tls::None),
        SmtpTls::StartTls => builder.tls(Tls::Required(parameters()?)),
        SmtpTls::Tls => builder.tls(Tls::Wrapper(parameters()?)),
    })
}

fn failure_of(error: &smtp::Error) -> Failure {
    if error.is_permanent() {
        Failure::Refused
    } else if error.is_transient() {
        Failure::Later
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Unreachable
    }
}
