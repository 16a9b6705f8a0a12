//! `luik.toml`, already checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::model::{FindingType, Language};

use super::notify::Notify;
use super::secret::Secret;
use super::tls::TlsFiles;

/// Everything that `luik.toml` and the environment say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Under which address partners and visitors reach the public listener; no slash at its end.
    pub public_url: Url,
    /// The folder of partner files.
    pub partners: PathBuf,
    /// File of the key behind public ids; made at first start when missing.
    pub id_key: KeyReference,
    /// File of the ledger's signing key; made at first start when missing.
    pub ledger_key: KeyReference,
    /// Listeners.
    pub listen: Listen,
    /// Limits on those who come to the public listener.
    pub serve: Serve,
    /// The core store.
    pub source: SourceSettings,
    /// How often everything is compared with the core.
    pub reconcile_every: Duration,
    /// Folder of the journal.
    pub state: PathBuf,
    /// What the ledger keeps.
    pub ledger: Ledger,
    /// Limits on delivery.
    pub deliver: Deliver,
    /// What the privacy boundary writes and how long texts may be.
    pub privacy: Privacy,
    /// How often a test item goes to partners that asked for it; none: never.
    pub canary_every: Option<Duration>,
    /// Whom the gateway tells when something is the matter; by default nobody.
    pub notify: Notify,
}

impl Settings {
    /// The public address as text, without a slash at its end: a path can be put behind it.
    #[must_use]
    pub fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

/// Where a key of 32 bytes comes from.
#[derive(Debug, Clone)]
pub enum KeyReference {
    /// This file; made at first start when missing.
    File(PathBuf),
    /// Already read from the environment.
    Value(Secret),
}

/// Listeners.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Feeds, streams, embeds and referrals.
    pub public: SocketAddr,
    /// Metrics, health, console and admin API.
    pub admin: SocketAddr,
    /// Needed unless `admin` is loopback.
    pub admin_token: Option<Secret>,
    /// Proxies in front of `public` that are believed about whom they speak for
    /// (`X-Forwarded-For`); of nobody else is that header read.
    pub trusted_proxies: Vec<IpNet>,
    /// TLS on `public`; none: plain, behind a proxy that speaks TLS. `admin` stays plain.
    pub tls: Option<TlsFiles>,
}

/// Limits on those who come to the public listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// Most requests in a second with one token that is valid.
    pub token_per_second: u32,
    /// Most requests at once with one token.
    pub token_burst: u32,
    /// Most requests in a second, and at once, from one address without a valid token; IPv6
    /// addresses are counted by their first 64 bits.
    pub address_per_second: u32,
    /// Most connections at a time; one that has not yet shaken hands counts.
    pub connections_max: usize,
    /// Largest headers of a request.
    pub header_bytes_max: usize,
    /// Headers are in within this time; a connection that is idle for so long is closed.
    pub header_timeout: Duration,
    /// Largest body of a request; holdings stream and are not bound by it.
    pub body_bytes_max: usize,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            token_per_second: 100,
            token_burst: 200,
            address_per_second: 50,
            connections_max: 4_096,
            header_bytes_max: 16 * 1_024,
            header_timeout: Duration::from_secs(10),
            body_bytes_max: 64 * 1_024,
        }
    }
}

/// Which core store, and how to follow it.
#[derive(Debug, Clone)]
pub enum SourceSettings {
    /// `kind = "postgres"`
    Postgres(PostgresSource),
    /// `kind = "sqlite"`
    Sqlite(SqliteSource),
    /// `kind = "http"`
    Http(HttpSource),
}

/// PostgreSQL 15 and later, by logical replication.
#[derive(Debug, Clone)]
pub struct PostgresSource {
    /// `postgres://…`
    pub url: Secret,
    /// The contract view, `schema.name`.
    pub view: String,
    /// The publication that the core's administrator made.
    pub publication: String,
    /// The slot that the gateway makes; `[a-z0-9_]`.
    pub slot: String,
    /// Watched tables; never empty.
    pub watches: Vec<Watch>,
}

/// One watched table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// `schema.name`
    pub table: String,
    /// The key column that the publication carries.
    pub key: String,
    /// SQL from changed keys (`$1`, text[]) to item ids; none: the key is the item id.
    pub items: Option<String>,
}

/// An embedded core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSource {
    /// The core's file.
    pub path: PathBuf,
    /// The contract view.
    pub view: String,
}

/// A core, or another Luik, that serves an RPDE feed.
#[derive(Debug, Clone)]
pub struct HttpSource {
    /// Where the feed begins; https, or http on loopback.
    pub url: Url,
    /// Its bearer token.
    pub token: Secret,
    /// What its items look like.
    pub shape: HttpShape,
    /// How long to wait at the end of the feed.
    pub poll_every: Duration,
}

/// What the items of an RPDE feed look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpShape {
    /// `core`: objects with the contract view's columns.
    Core,
    /// `luik`: items as another Luik serves them.
    Luik,
}

/// What the ledger keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// How long entries are kept, and how long after its removal it can be told which of them are
    /// about an item.
    pub keep: Duration,
}

impl Default for Ledger {
    fn default() -> Self {
        // Five years, the usual time in which a claim can be brought.
        Self { keep: Duration::from_secs(1_827 * 24 * 60 * 60) }
    }
}

/// Limits on delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// Longest pause between attempts, of publishes and of removals.
    pub retry_max: Duration,
}

impl Default for Deliver {
    fn default() -> Self {
        Self { retry_max: Duration::from_secs(5 * 60) }
    }
}

/// What the privacy boundary writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privacy {
    /// Stands where something was taken out.
    pub placeholder: String,
    /// The same for items in this language.
    pub placeholders: Vec<(Language, String)>,
    /// Longest text that leaves, in characters.
    pub text_max: usize,
    /// An item with a finding of these types waits for review instead of leaving masked.
    pub hold: Vec<FindingType>,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            placeholder: "[…]".to_owned(),
            placeholders: Vec::new(),
            text_max: 4_000,
            hold: Vec::new(),
        }
    }
}
