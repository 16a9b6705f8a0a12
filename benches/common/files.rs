//! The files of a gateway with one push partner.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use luik::config::{Environment, Settings};
use luik::partner::{self, Partner};

use super::sink::PATH;

/// What the partner file names as its secret; worth nothing elsewhere.
pub(crate) const SECRET: (&str, &str) =
    ("BENCH_PUSH", "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8=");

/// The key behind public ids.
pub(crate) const ID_KEY: [u8; 32] = [7; 32];

/// Writes `luik.toml` and the partner file; `source` are lines of `[source]`.
pub(crate) fn write(folder: &Path, source: &str, sink: SocketAddr, batch: usize) -> PathBuf {
    let settings = format!(
        "public_url = \"https://luik.example\"\nid_key = {{ file = \"id.key\" }}\n[listen]\npublic = \"127.0.0.1:0\"\n\
         admin = \"127.0.0.1:0\"\n[state]\npath = \"state\"\n[source]\n{source}\n"
    );
    let file = folder.join("luik.toml");
    fs::write(&file, settings).unwrap();
    fs::write(folder.join("id.key"), ID_KEY).unwrap();
    let partners = folder.join("partners");
    fs::create_dir_all(&partners).unwrap();
    let partner = format!(
        r#"name = "Wijk"
kind = "local-site"
status = "active"
[agreement]
reference = "BENCH"
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
[push]
endpoint = "http://{sink}{PATH}"
secrets = [{{ env = "{}" }}]
allow_private = true
per_second = 10000
batch = {batch}
"#,
        SECRET.0
    );
    fs::write(partners.join("wijk.toml"), partner).unwrap();
    file
}

/// The environment with the secret in it.
pub(crate) fn environment() -> Environment {
    [(SECRET.0.to_owned(), SECRET.1.to_owned())].into_iter().collect()
}

/// Reads the files as the gateway does.
pub(crate) fn read(file: &Path) -> (Settings, Vec<Partner>) {
    partner::check(file, &environment()).unwrap()
}
