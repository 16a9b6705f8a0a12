//! Letters, and the mail server that takes them: one connection a letter, TLS by rustls, a deadline
//! over all of it. What the server takes is on its way; whether anybody reads it, nobody knows here.

mod letter;

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, AsyncSmtpTransportBuilder};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::config::{Smtp, SmtpTls};

pub use letter::{Letter, moment};

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
    /// 5xx, an address that is none, or no way to log in: never like this.
    #[error("the mail server refuses it")]
    Refused,
}

/// Brings letters to the mail server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Arc<Address>,
    timeout: Duration,
    #[cfg(test)]
    bag: Option<Bag>,
}

/// What a postman that goes nowhere has brought, and how it fails.
#[cfg(test)]
#[derive(Debug, Clone, Default)]
pub(crate) struct Bag(Arc<std::sync::Mutex<(Vec<Letter>, Option<Failure>)>>);

#[cfg(test)]
impl Bag {
    fn state(&self) -> std::sync::MutexGuard<'_, (Vec<Letter>, Option<Failure>)> {
        self.0.lock().expect("not poisoned")
    }

    /// Takes out what was brought.
    pub(crate) fn empty(&self) -> Vec<Letter> {
        std::mem::take(&mut self.state().0)
    }

    pub(crate) fn fail(&self, failure: Option<Failure>) {
        self.state().1 = failure;
    }
}

impl Postman {
    /// One that goes nowhere.
    #[cfg(test)]
    pub(crate) fn with(bag: &Bag) -> Self {
        let from = Arc::new("luik@platform.example".parse().expect("an address"));
        let transport = AsyncSmtpTransport::<Tokio1Executor>::unencrypted_localhost();
        Self { transport, from, timeout: Duration::from_secs(1), bag: Some(bag.clone()) }
    }

    /// Sets TLS up, with the machine's certificate authorities; connects to nothing.
    ///
    /// # Errors
    /// When TLS can not be set up.
    pub fn new(smtp: &Smtp) -> Result<Self, Error> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .hello_name(ClientId::Domain(smtp.from.domain().to_owned()))
            .timeout(Some(smtp.timeout));
        builder = secured(builder, smtp).map_err(Error)?;
        if let Some((user, password)) = &smtp.login {
            let password = password.reveal().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let (from, timeout) = (Arc::new(smtp.from.clone()), smtp.timeout);
        Ok(Self {
            transport: builder.build(),
            from,
            timeout,
            #[cfg(test)]
            bag: None,
        })
    }

    /// Brings one letter, once.
    ///
    /// # Errors
    /// When the server did not take it.
    pub async fn bring(&self, letter: &Letter) -> Result<(), Failure> {
        let (envelope, bytes) = letter.sealed(&self.from).ok_or(Failure::Refused)?;
        #[cfg(test)]
        if let Some(bag) = &self.bag {
            let mut state = bag.state();
            state.1.map_or(Ok(()), Err)?;
            state.0.push(letter.clone());
            return Ok(());
        }
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
    if error.is_permanent() || error.is_client() {
        Failure::Refused
    } else if error.is_transient() {
        Failure::Later
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Unreachable
    }
}
