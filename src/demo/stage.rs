//! Sets the demo up in a throw-away folder and runs it: core, gateway and two receiving sites.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::{Environment, Problems, Secret};
use crate::http::{self, Limits};
use crate::lifecycle::{Ending, Tasks};
use crate::partner;
use crate::receive::{self, Face, Feed, Key, Receiver, Store};

use super::core;
use super::mover;
use super::page::{self, Place, View};

/// The demo looks the same each time.
const SEED: u64 = 2026;
/// What the demo's partners share with the gateway; worth nothing outside it.
const PUSH_SECRET: &str = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8=";
const PULL_TOKEN: &str = "demo-token-worth-nothing-outside";
/// How often the feed site polls.
const POLL_EVERY: Duration = Duration::from_millis(250);
/// Longest time for the sites to finish.
const FINISH: Duration = Duration::from_secs(1);

/// Why the demo could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No folder for it.
    #[error("the demo needs a temporary folder ({0})")]
    Folder(std::io::ErrorKind),
    /// A port is taken.
    #[error("the demo can not listen on port {port} ({kind}): choose another with --port")]
    Port {
        /// Which port.
        port: u16,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// Its core could not be made.
    #[error(transparent)]
    Core(#[from] core::Error),
    /// Its configuration was refused.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The gateway could not start.
    #[error(transparent)]
    Gateway(#[from] app::Error),
    /// The secret of the demo does not parse.
    #[error("the demo's own secret is not one")]
    Secret,
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Folder(error.kind())
    }
}

/// How many items are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Shared by the core now.
    pub core: u32,
    /// Shown by the push site.
    pub push: usize,
    /// Shown by the feed site.
    pub feed: usize,
    /// Retractions that both sites applied.
    pub removals: u64,
}

/// The demo, set up and listening.
#[derive(Debug)]
pub struct Demo {
    folder: TempDir,
    port: u16,
    clock: Clock,
    core: core::Core,
    app: App,
    sites: [(TcpListener, axum::Router); 3],
    push: Store,
    feed: Store,
}

/// Ports in use from the one that was asked for: page, gateway, admin, push site, feed site.
#[derive(Debug, Clone, Copy)]
struct Ports(u16);

impl Ports {
    fn at(self, place: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.0.saturating_add(place)))
    }
}

impl Demo {
    /// Makes the core and the configuration, and listens on five ports from `port` on.
    ///
    /// # Errors
    /// When a port is taken or the temporary folder can not be used.
    pub async fn set_up(port: u16) -> Result<Self, Error> {
        let (clock, ports) = (Clock::system(), Ports(port));
        let folder = tempfile::Builder::new().prefix("luik-demo-").tempdir()?;
        let page_listener = listen(ports.at(0)).await?;
        let push_listener = listen(ports.at(3)).await?;
        let feed_listener = listen(ports.at(4)).await?;
        let core_file = folder.path().join("core.db");
        let platform = format!("http://{}", ports.at(0));
        let core = core::create(&core_file, &platform, SEED, clock.now())?;
        write_settings(folder.path(), ports)?;
        let environment: Environment = [("DEMO_PUSH", PUSH_SECRET), ("DEMO_PULL", PULL_TOKEN)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let file = folder.path().join("luik.toml");
        let (settings, partners) = partner::check(&file, &environment)?;
        let app = App::build(settings, partners, environment).await?;
        let (push, feed) = (Store::default(), Store::default());
        let view = View {
            core: core_file,
            push: place("Buurtplein Testdorp", ports.at(3), &push),
            feed: place("Wijkwijzer Fictiestad", ports.at(4), &feed),
            clock: clock.clone(),
        };
        let receiver = Receiver {
            store: push.clone(),
            keys: [Key::parse(&Secret::new(PUSH_SECRET)).map_err(|_| Error::Secret)?].into(),
            clock: clock.clone(),
            face: face(&view.push.name, "leaf"),
        };
        let feed_site = receive::site(feed.clone(), clock.clone(), face(&view.feed.name, "sky"));
        let sites = [
            (page_listener, page::router(view)),
            (push_listener, receive::router(receiver)),
            (feed_listener, feed_site),
        ];
        Ok(Self { folder, port, clock, core, app, sites, push, feed })
    }

    /// Where to look, a line each.
    #[must_use]
    pub fn guide(&self) -> String {
        let ports = Ports(self.port);
        format!(
            "Look here:           http://{}/   the core beside two partner sites\n\
             Push partner:        http://{}/   gets its items brought\n\
             Feed partner:        http://{}/   fetches them\n\
             Console:             http://{}/console   what the operator sees\n\
             Metrics and health:  http://{}/metrics   and /health/ready\n\
             All people in it are fictional. Ctrl-C ends it.",
            ports.at(0),
            ports.at(3),
            ports.at(4),
            ports.at(2),
            ports.at(2),
        )
    }

    /// Runs until `stop`; `tell` hears every second how many items are where.
    ///
    /// # Errors
    /// When the gateway can not run.
    pub async fn run(
        self,
        stop: CancellationToken,
        abort: CancellationToken,
        mut tell: impl FnMut(Tally),
    ) -> Result<Ending, Error> {
        let Self { folder, port, clock, core, app, sites, push, feed } = self;
        let tasks = Tasks::default();
        for (listener, router) in sites {
            tasks.spawn("site", http::serve(listener, router, Limits::default(), tasks.clone()));
        }
        harvest(Ports(port), &feed, &tasks)?;
        tasks.spawn("mover", mover::run(core, clock.clone(), SEED, tasks.drain()));
        let file = folder.path().join("core.db");
        let telling = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if let Ok(tally) = tally(&file, &push, &feed) {
                    tell(tally);
                }
            }
        };
        let ending = tokio::select! {
            ending = app.run(stop, abort) => ending,
            () = telling => Ending::Failed,
        };
        tasks.finish(FINISH).await;
        Ok(ending)
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Error::Port { port: address.port(), kind: error.kind() })
}

fn place(name: &str, address: SocketAddr, store: &Store) -> Place {
    Place { name: name.into(), address: format!("http://{address}/"), store: store.clone() }
}

fn face(name: &str, tint: &'static str) -> Face {
    Face { name: name.into(), tint, ..Face::default() }
}

/// Lets the feed site follow its feed.
fn harvest(ports: Ports, store: &Store, tasks: &Tasks) -> Result<(), Error> {
    let first = format!("http://{}/v1/partners/wijkwijzer/items", ports.at(1));
    let first: Url = first.parse().map_err(|_| Error::Secret)?;
    let feed = Feed { first, token: Secret::new(PULL_TOKEN), every: POLL_EVERY };
    let (store, drain) = (store.clone(), tasks.drain());
    tasks.spawn("harvester", async move {
        if let Err(error) = receive::harvest(feed, store, drain).await {
            tracing::warn!(%error, "the feed site can not fetch");
        }
    });
    Ok(())
}

fn tally(core: &Path, push: &Store, feed: &Store) -> Result<Tally, core::Error> {
    let removals = |store: &Store| store.read(receive::Holdings::removals);
    Ok(Tally {
        core: core::glance(core, 0)?.shared,
        push: push.read(receive::Holdings::count),
        feed: feed.read(receive::Holdings::count),
        removals: removals(push) + removals(feed),
    })
}

fn write_settings(folder: &Path, ports: Ports) -> Result<(), Error> {
    let [public, admin, push] = [1, 2, 3].map(|place| ports.at(place));
    let settings = format!(
        r#"public_url = "http://{public}"
partners = "partners"
[listen]
public = "{public}"
admin = "{admin}"
[source]
kind = "sqlite"
path = "core.db"
[state]
path = "state"
"#
    );
    fs::write(folder.join("luik.toml"), settings)?;
    let partners = folder.join("partners");
    fs::create_dir(&partners)?;
    let push = format!(
        r#"[push]
endpoint = "http://{push}/luik"
secrets = [{{ env = "DEMO_PUSH" }}]
allow_private = true
"#
    );
    let pull = r#"[pull]
tokens = [{ env = "DEMO_PULL" }]
every = "1m"
"#;
    let platform = ("Buurtplein Testdorp", "neighbourhood-platform");
    fs::write(partners.join("buurtplein.toml"), partner_file(platform, &push))?;
    let counter = ("Wijkwijzer Fictiestad", "social-counter");
    fs::write(partners.join("wijkwijzer.toml"), partner_file(counter, pull))?;
    Ok(())
}

fn partner_file((name, kind): (&str, &str), channel: &str) -> String {
    format!(
        r#"name = "{name}"
kind = "{kind}"
status = "active"
[agreement]
reference = "DEMO"
starts = 2026-01-01
ends = 2099-12-31
role = "independent-controller"
countries = ["NL"]
[contact]
operations = "beheer@partner.example"
privacy = "fg@partner.example"
[scope]
kinds = ["request", "offer"]
regions = ["*"]
[removal]
promise = "1m"
lease = "72h"
{channel}"#
    )
}
