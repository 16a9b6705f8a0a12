//! A folder with everything a gateway needs: core, configuration, partner files, secrets.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::HEXLOWER;
use tempfile::TempDir;

use super::core::{Core, ID_KEY};
use super::gateway::Gateway;
use super::program::luik;
use super::sink::Sink;

/// What `next` of a feed and referrals start with.
pub(crate) const PUBLIC_URL: &str = "https://luik.voorbeeld.example";
/// The smallest configuration; the ports are whatever is free.
const SETTINGS: &str = r#"public_url = "https://luik.voorbeeld.example"
[listen]
public = "127.0.0.1:0"
admin = "127.0.0.1:0"
[source]
kind = "sqlite"
path = "core.db"
[deliver]
retry_max = "1s"
"#;

/// The folder and the core in it.
pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) core: Core,
    environment: Vec<(String, String)>,
}

impl Stage {
    /// An empty core, and no partners.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Core::create(&folder.path().join("core.db"));
        for name in ["partners", "secrets"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let key = HEXLOWER.encode(&ID_KEY);
        fs::write(folder.path().join("secrets/id.key"), key).unwrap();
        fs::write(folder.path().join("luik.toml"), SETTINGS).unwrap();
        Self { folder, core, environment: Vec::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("luik.toml")
    }

    /// Adds lines to `luik.toml`.
    pub(crate) fn configure(&self, lines: &str) {
        let mut file = OpenOptions::new().append(true).open(self.config()).unwrap();
        file.write_all(lines.as_bytes()).unwrap();
    }

    /// Sets a variable of the gateway's environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// A partner that is pushed to at this sink; `more` are lines of `[push]`.
    pub(crate) fn pushes_to(&mut self, id: &str, sink: &Sink, more: &str) {
        let name = format!("SECRET_OF_{}", id.replace('-', "_"));
        self.set(&name, sink.secret());
        let endpoint = format!("http://{}/luik", sink.address());
        let push = format!(
            "[push]\nendpoint = \"{endpoint}\"\nsecrets = [{{ env = \"{name}\" }}]\n\
             allow_private = true\n{more}\n"
        );
        self.partner(id, &push);
    }

    /// A partner that pulls; returns its token.
    pub(crate) fn pulled_by(&mut self, id: &str) -> String {
        let (name, token) = (format!("TOKEN_OF_{id}"), format!("token-of-{id}-0123456789"));
        self.set(&name, &token);
        self.partner(id, &format!("[pull]\ntokens = [{{ env = \"{name}\" }}]\nevery = \"1m\"\n"));
        token
    }

    /// A partner with everything in scope that receives like this.
    pub(crate) fn partner(&self, id: &str, receives: &str) {
        let text = partner_file(receives);
        fs::write(self.path().join(format!("partners/{id}.toml")), text).unwrap();
    }

    /// The partner gets the gateway's own test items, too.
    pub(crate) fn asks_for_canaries(&self, id: &str) {
        let file = self.path().join(format!("partners/{id}.toml"));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("canary = true\n{text}")).unwrap();
    }

    /// The binary with these arguments and this stage's configuration.
    pub(crate) fn luik(&self, arguments: &[&str]) -> Command {
        let mut command = luik(arguments);
        command.arg("--config").arg(self.config());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the gateway and waits until it is ready.
    pub(crate) fn start(&self) -> Gateway {
        let gateway = Gateway::start(&mut self.luik(&["run"]));
        gateway.becomes_ready();
        gateway
    }
}

/// A partner file, from its line 19 on as given.
pub(crate) fn partner_file(receives: &str) -> String {
    format!(
        r#"name = "Stichting Voorbeeldwijk"
kind = "welfare-organisation"
status = "active"
[agreement]
reference = "OVK-2026-014"
starts = 2026-01-01
ends = 2099-12-31
role = "independent-controller"
countries = ["NL"]
[contact]
operations = "beheer@voorbeeldwijk.example"
privacy = "fg@voorbeeldwijk.example"
[scope]
kinds = ["request", "offer"]
regions = ["*"]
[removal]
promise = "1m"
lease = "72h"
{receives}"#
    )
}
