//! The core's URL: where it is and how far its certificate is checked. Holds the password, so it
//! prints as nothing.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use pgwire_replication::{ReplicationConfig, TlsConfig};
use tokio_postgres::config::Host;
use url::form_urlencoded;

use crate::config::PostgresSource;

use super::super::Error;
use super::tls;

/// Under this name the gateway's sessions show at the core.
pub(super) const APPLICATION: &str = "luik";

/// How far the server's certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// No TLS at all.
    Plain,
    /// TLS with whoever answers.
    Nobody,
    /// A trusted authority and the right name.
    Full,
}

/// A parsed URL.
pub(super) struct Target {
    config: tokio_postgres::Config,
    host: String,
    port: u16,
    user: String,
    password: String,
    database: String,
    options: String,
    pub(super) check: Check,
    pub(super) authorities: Option<PathBuf>,
}

impl Target {
    /// Reads the URL. What this file understands is taken out of the query; the rest is left to
    /// `tokio-postgres`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(setup("the core's URL must start with postgres://"));
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let of = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        let (mode, authorities) = (of("sslmode"), of("sslrootcert").map(PathBuf::from));
        let theirs =
            |pair: &&str| !pair.starts_with("sslmode=") && !pair.starts_with("sslrootcert=");
        let rest: Vec<&str> = query.split('&').filter(theirs).collect();
        let config: tokio_postgres::Config = format!("{base}?{}", rest.join("&"))
            .trim_end_matches('?')
            .parse()
            .map_err(|_| setup("the core's URL is not understood"))?;
        Self::from_config(config, mode.as_deref(), authorities)
    }

    fn from_config(
        config: tokio_postgres::Config,
        mode: Option<&str>,
        authorities: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let [host] = config.get_hosts() else {
            return Err(setup("the core's URL must name one host"));
        };
        let (host, near) = match host {
            Host::Tcp(name) => (name.clone(), is_loopback(name)),
            Host::Unix(path) => (path.to_string_lossy().into_owned(), true),
        };
        let user =
            config.get_user().ok_or_else(|| setup("the core's URL must name a user"))?.to_owned();
        let password = String::from_utf8_lossy(config.get_password().unwrap_or_default());
        Ok(Self {
            check: check(mode, near, host.starts_with('/'))?,
            port: config.get_ports().first().copied().unwrap_or(5432),
            password: password.into_owned(),
            database: config.get_dbname().unwrap_or(&user).to_owned(),
            options: config.get_options().unwrap_or_default().to_owned(),
            host,
            user,
            config,
            authorities,
        })
    }

    /// The role that signs in.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// The database.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// Settings of a session that answers SQL; `options` are the server's, `-c name=value`.
    pub(super) fn sql(&self, options: &str) -> tokio_postgres::Config {
        let mut config = self.config.clone();
        config
            .dbname(&*self.database)
            .application_name(APPLICATION)
            .options(format!("{} {options}", self.options))
            .ssl_mode(match self.check {
                Check::Plain => tokio_postgres::config::SslMode::Disable,
                Check::Nobody | Check::Full => tokio_postgres::config::SslMode::Require,
            });
        config
    }

    /// Settings of a session that streams.
    pub(super) fn replication(
        &self,
        settings: &PostgresSource,
        options: &str,
    ) -> ReplicationConfig {
        let tls = match self.check {
            Check::Plain => TlsConfig::disabled(),
            Check::Nobody => TlsConfig::require(),
            // Naming the host here as well lets an address be checked like a name.
            Check::Full => TlsConfig::verify_full(self.bundle()).with_sni_hostname(&*self.host),
        };
        ReplicationConfig::new(
            &*self.host,
            &*self.user,
            &*self.password,
            &*self.database,
            &*settings.slot,
            &*settings.publication,
        )
        .with_port(self.port)
        .with_tls(tls)
        .with_application_name(APPLICATION)
        .with_options(format!("{} {options}", self.options))
    }

    fn bundle(&self) -> Option<PathBuf> {
        self.authorities.clone().or_else(|| tls::machine_bundle().map(Path::to_owned))
    }
}

/// `verify-ca` is refused: the stream's client takes it for `verify-full`. `allow` and `prefer`
/// are refused because they give in to anybody in between.
fn check(mode: Option<&str>, near: bool, socket: bool) -> Result<Check, Error> {
    match mode {
        _ if socket => Ok(Check::Plain),
        None if near => Ok(Check::Plain),
        None | Some("verify-full") => Ok(Check::Full),
        Some("require") => Ok(Check::Nobody),
        Some("disable") => Ok(Check::Plain),
        Some(_) => Err(setup("sslmode of the core's URL must be disable, require or verify-full")),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn setup(text: &str) -> Error {
    Error::Setup(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked_unless_it_says_otherwise_or_is_near() {
        for (url, host, wanted) in [
            ("postgres://luik:x@db.example.nl/core", "db.example.nl", Check::Full),
            ("postgres://luik@10.0.0.9/core", "10.0.0.9", Check::Full),
            ("postgres://luik@db/core?sslmode=require", "db", Check::Nobody),
            ("postgres://luik@db/core?sslmode=disable", "db", Check::Plain),
            ("postgres://luik@localhost:5433/core", "localhost", Check::Plain),
            ("postgres://luik@127.0.0.1/core", "127.0.0.1", Check::Plain),
            ("postgres://luik@127.0.0.1/core?sslmode=verify-full", "127.0.0.1", Check::Full),
            ("postgres://luik@%2Frun%2Fpg:5444/core?sslmode=verify-full", "/run/pg", Check::Plain),
            ("postgres://luik@/core?host=/run/pg&application_name=x", "/run/pg", Check::Plain),
        ] {
            let target = Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((&*target.host, target.check), (host, wanted), "{url}");
        }
    }

    #[test]
    fn the_parts_of_a_url_are_kept() {
        let url =
            "postgres://luik:p%40s+s%20w@db:6543/core?sslrootcert=%2Fca.pem&options=-c%20a%3Db";
        let target = Target::parse(url).unwrap();
        assert_eq!(target.password, "p@s+s w");
        assert_eq!((target.port, &*target.database), (6543, "core"));
        assert_eq!(target.options, "-c a=b");
        assert_eq!(target.authorities.as_deref(), Some(std::path::Path::new("/ca.pem")));
        let tls = target.replication(&settings(), "").tls;
        assert_eq!(tls.mode, pgwire_replication::SslMode::VerifyFull);
    }

    #[test]
    fn an_unusable_url_is_refused_without_repeating_it() {
        for url in [
            "nonsense",
            "postgres://db/core",
            "postgres://luik:geheim@a,b/core",
            "postgres://luik:geheim@db/core?sslmode=prefer",
            "postgres://luik:geheim@db/core?sslmode=verify-ca",
            "postgres://luik:geheim@db/core?unheard=of",
            "mysql://luik:geheim@db/core",
        ] {
            let Err(error) = Target::parse(url) else {
                panic!("{url}");
            };
            assert!(!error.to_string().contains("geheim"));
        }
    }

    fn settings() -> PostgresSource {
        PostgresSource {
            url: crate::config::Secret::new(""),
            view: "syndication.item".into(),
            publication: "luik".into(),
            slot: "luik".into(),
            watches: Vec::new(),
        }
    }
}
