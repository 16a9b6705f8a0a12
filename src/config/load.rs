//! `luik.toml` and the environment over it → [`Settings`], or every problem at once.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::model::{FindingType, Language};

use super::key;
use super::notify;
use super::problem::Problems;
use super::read::{
    Document, Environment, Fault, Given, Reference, Section, duration, integer, one_of, text, url,
};
use super::settings::{Deliver, KeyReference, Ledger, Listen, Privacy, Serve, Settings};
use super::source;
use super::tls::{self, TlsFiles};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Reads and checks `luik.toml`. Makes nothing, and connects to nothing.
///
/// # Errors
/// With every problem of the file and of the environment over it.
pub fn load(path: &Path, environment: &Environment) -> Result<Settings, Problems> {
    attempt(path, environment).settings
}

/// What came of `luik.toml`.
pub(crate) struct Attempt {
    /// The folder of partner files, when that much could be read.
    pub(crate) partners: Option<PathBuf>,
    /// Everything, or every problem.
    pub(crate) settings: Result<Settings, Problems>,
}

/// As [`load`], for one who goes on with the partner files whatever is wrong elsewhere.
pub(crate) fn attempt(path: &Path, environment: &Environment) -> Attempt {
    let document = match Document::open(path, environment, true) {
        Ok(document) => document,
        Err(problem) => {
            return Attempt { partners: None, settings: Err(Problems(vec![problem])) };
        }
    };
    let mut partners = None;
    let read = document.read(|root| {
        partners = root.or("partners", root.beside("partners"), Given::path);
        settings(root, partners.clone())
    });
    let problems = document.into_problems();
    let settings = read.filter(|_| problems.is_empty());
    Attempt { partners, settings: settings.ok_or(Problems(problems)) }
}

fn settings(root: &Section, partners: Option<PathBuf>) -> Option<Settings> {
    let public_url = root.required("public_url", public_url);
    let id_key = key_reference(root, "id_key", "secrets/id.key");
    let ledger_key = key_reference(root, "ledger_key", "secrets/ledger.key");
    let listen = root.section("listen", listen);
    let serve = root.section("serve", serve);
    let source = root.section("source", source::read);
    let state = root.section("state", state);
    let ledger = root.section("ledger", ledger);
    let deliver = root.section("deliver", deliver);
    let privacy = root.section("privacy", privacy);
    let canary_every = root.optional_section("canary", canary);
    let notify = root.section("notify", notify::read);
    let (source, reconcile_every) = source?;
    Some(Settings {
        public_url: public_url?,
        partners: partners?,
        id_key: id_key?,
        ledger_key: ledger_key?,
        listen: listen?,
        serve: serve?,
        source,
        reconcile_every,
        state: state?,
        ledger: ledger?,
        deliver: deliver?,
        privacy: privacy?,
        canary_every: canary_every?,
        notify: notify?,
    })
}

fn public_url(given: &Given) -> Result<Url, Fault> {
    let mut url = url(given)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query (?…) or a fragment (#…)".into());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A key's place; a key that is there already must be well formed.
fn key_reference(root: &Section, name: &str, default: &str) -> Option<KeyReference> {
    let default = KeyReference::File(root.beside(default));
    let reference = root.or(name, default, |given| match given.reference()? {
        Reference::File(path) => Ok(KeyReference::File(path)),
        Reference::Variable(_) | Reference::Override(_) => given.secret().map(KeyReference::Value),
    })?;
    match key::load(&reference) {
        Ok(_) => Some(reference),
        Err(error) => {
            root.fault(name, error.to_string());
            None
        }
    }
}

fn listen(section: &Section) -> Option<Listen> {
    let public = section.or("public", SocketAddr::from(([127, 0, 0, 1], 8080)), address);
    let admin = section.or("admin", SocketAddr::from(([127, 0, 0, 1], 9090)), address);
    let admin_token = section.optional("admin_token", Given::secret);
    let trusted_proxies = section.list_or("trusted_proxies", Vec::new(), network);
    let tls = section.optional_section("tls", tls);
    let (public, admin, admin_token) = (public?, admin?, admin_token?);
    if collide(public, admin) {
        section.fault("admin", "must not be the same address as public");
    }
    if admin_token.is_none() && !admin.ip().is_loopback() {
        let message = r#"is missing; others can reach admin, so set it: { env = "NAME" }"#;
        section.fault("admin_token", message);
    }
    Some(Listen { public, admin, admin_token, trusted_proxies: trusted_proxies?, tls: tls? })
}

/// An address alone is a network of one.
fn network(given: &Given) -> Result<IpNet, Fault> {
    let text = given.text().unwrap_or_default();
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    let parsed = text.parse::<IpNet>().or_else(|_| alone()).ok();
    let parsed = parsed.filter(|network| network.trunc() == *network);
    parsed.ok_or(r#"must be an IP address, or a network such as "10.0.0.0/8""#.into())
}

/// Certificate and key; they must be there already, and belong together.
fn tls(section: &Section) -> Option<TlsFiles> {
    let certificate = section.required("certificate", Given::path);
    let key = section.required("key", Given::path);
    let files = TlsFiles { certificate: certificate?, key: key? };
    match tls::load(&files) {
        Ok(_) => Some(files),
        Err(error) => {
            section.fault(error.setting(), error.to_string());
            None
        }
    }
}

fn address(given: &Given) -> Result<SocketAddr, Fault> {
    let parsed = given.text().ok().and_then(|text| text.parse().ok());
    parsed.ok_or(r#"must be an IP address and a port, such as "127.0.0.1:8080""#.into())
}

fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    let same_host = a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
    same_host && a.port() == b.port() && a.port() != 0
}

fn serve(section: &Section) -> Option<Serve> {
    const RATE: RangeInclusive<u32> = 1..=100_000;
    const BYTES: RangeInclusive<usize> = 8_192..=16 * 1_024 * 1_024;
    let default = Serve::default();
    let time = Duration::from_millis(100)..=Duration::from_secs(5 * 60);
    let token_per_second = section.or("token_per_second", default.token_per_second, integer(RATE));
    let token_burst = section.or("token_burst", default.token_burst, integer(RATE));
    let address_per_second =
        section.or("address_per_second", default.address_per_second, integer(RATE));
    let connections_max =
        section.or("connections_max", default.connections_max, integer(1..=1_000_000));
    let header_bytes_max = section.or("header_bytes_max", default.header_bytes_max, integer(BYTES));
    let header_timeout = section.or("header_timeout", default.header_timeout, duration(time));
    let body_bytes_max = section.or("body_bytes_max", default.body_bytes_max, integer(BYTES));
    Some(Serve {
        token_per_second: token_per_second?,
        token_burst: token_burst?,
        address_per_second: address_per_second?,
        connections_max: connections_max?,
        header_bytes_max: header_bytes_max?,
        header_timeout: header_timeout?,
        body_bytes_max: body_bytes_max?,
    })
}

fn state(section: &Section) -> Option<PathBuf> {
    let kind = section.or("kind", true, one_of(&[("sqlite", true), ("postgres", false)]));
    let default = section.beside("state");
    if kind? {
        section.or("path", default, Given::path)
    } else {
        section.ignore_rest();
        section.fault("kind", r#"this version keeps its journal in "sqlite" only"#);
        None
    }
}

fn ledger(section: &Section) -> Option<Ledger> {
    let range = 90 * 24 * HOUR..=36_525 * 24 * HOUR;
    let keep = section.or("keep", Ledger::default().keep, duration(range))?;
    Some(Ledger { keep })
}

fn canary(section: &Section) -> Option<Duration> {
    section.required("every", duration(Duration::from_secs(60)..=24 * HOUR))
}

fn deliver(section: &Section) -> Option<Deliver> {
    let range = Duration::from_secs(1)..=24 * HOUR;
    let default = Deliver::default().retry_max;
    let retry_max = section.or("retry_max", default, duration(range))?;
    Some(Deliver { retry_max })
}

fn privacy(section: &Section) -> Option<Privacy> {
    let default = Privacy::default();
    let placeholder = section.or("placeholder", default.placeholder, text(1..=20));
    let text_max = section.or("text_max", default.text_max, integer(100..=20_000));
    let types = FindingType::ALL.map(|kind| (kind.as_str(), kind));
    let hold = section.list_or("hold", default.hold, one_of(&types));
    let placeholders = section.optional_section("placeholders", |section| {
        let own = |language: Language| {
            let written = section.optional(language.tag(), text(1..=20))?;
            Some(written.map(|written| (language, written)))
        };
        let each: Vec<_> = Language::ALL.map(own).into_iter().collect::<Option<_>>()?;
        Some(each.into_iter().flatten().collect())
    });
    Some(Privacy {
        placeholder: placeholder?,
        placeholders: placeholders?.unwrap_or_default(),
        text_max: text_max?,
        hold: hold?,
    })
}

#[cfg(test)]
mod tests;
