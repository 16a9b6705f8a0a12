//! `luik.toml`, already checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::secret::Secret;

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
    /// The core store.
    pub source: SourceSettings,
    /// How often everything is compared with the core.
    pub reconcile_every: Duration,
    /// Folder of the journal.
    pub state: PathBuf,
    /// Limits on delivery.
    pub deliver: Deliver,
    /// What the privacy boundary writes and how long texts may be.
    pub privacy: Privacy,
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
}

/// Which core store, and how to follow it.
#[derive(Debug, Clone)]
pub enum SourceSettings {
    /// `kind = "postgres"`
    Postgres(PostgresSource),
    /// `kind = "sqlite"`
    Sqlite(SqliteSource),
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

/// Limits on delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// Longest pause between attempts, of publishes and of removals.
    pub retry_max: Duration,
}

/// What the privacy boundary writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privacy {
    /// Stands where something was taken out.
    pub placeholder: String,
    /// Longest text that leaves, in characters.
    pub text_max: usize,
}
