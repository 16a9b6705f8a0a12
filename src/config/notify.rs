//! `[notify]`: whom the gateway tells when something is the matter, and by which mail server.

use std::time::Duration;

use lettre::Address;
use url::{Host, Url};

use super::read::{
    Fault, Given, Resolved, Section, boolean, duration, endpoint, integer, is_signing_secret,
    one_of, postbox, text,
};
use super::secret::Secret;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Longest that one letter or one call may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most secrets that sign at a time, during rotation.
const SECRETS_MAX: usize = 4;
/// Most addresses of our own.
const OWN_MAX: usize = 20;

/// Whom to tell, how often, and by which ways. Without a way nothing is sent.
#[derive(Debug, Clone)]
pub struct Notify {
    /// The mail server, and who letters come from.
    pub smtp: Option<Smtp>,
    /// Our own addresses.
    pub to: Vec<Address>,
    /// Partners' contacts for operations are told what concerns them.
    pub tell_partners: bool,
    /// Our own endpoint.
    pub webhook: Option<Webhook>,
    /// How often it is looked what is the matter.
    pub every: Duration,
    /// A partner's endpoint has to fail for so long.
    pub failing_after: Duration,
    /// The core has to be out of reach for so long.
    pub source_after: Duration,
    /// The same about the same partner at most once in this time.
    pub repeat_after: Duration,
    /// Most notices within an hour, all together.
    pub per_hour: u32,
    /// A notice that could not be sent for so long is given up.
    pub give_up_after: Duration,
    /// The disk of the state folder is nearly full below this many percent.
    pub disk_percent_min: u32,
}

/// A mail server to submit letters to.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name, which its certificate has to hold.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: SmtpTls,
    /// Name and password, where it asks for them.
    pub login: Option<(String, Secret)>,
    /// Who letters come from.
    pub from: Address,
    /// Longest that one letter may take.
    pub timeout: Duration,
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// In TLS, or not at all, after STARTTLS.
    StartTls,
    /// In TLS from the first byte.
    Tls,
    /// In clear; on loopback alone.
    None,
}

/// An endpoint for operational notices.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// https, or http on loopback with `allow_private`.
    pub url: Url,
    /// `whsec_…`; several sign at once during rotation.
    pub secrets: Vec<Secret>,
    /// Private and loopback addresses are allowed.
    pub allow_private: bool,
    /// One deadline over connect, headers and body.
    pub timeout: Duration,
}

/// Reads the section.
pub(super) fn read(section: &Section) -> Option<Notify> {
    let from = section.optional("from", postbox);
    let smtp = section.optional_section("smtp", |section| smtp(section, from.clone().flatten()));
    let to = section.list_or("to", Vec::new(), postbox);
    let tell_partners = section.or("tell_partners", true, boolean);
    let webhook = section.optional_section("webhook", webhook);
    let every = section.or("every", MINUTE, duration(SECOND..=HOUR));
    let failing_after = section.or("failing_after", 4 * HOUR, duration(SECOND..=MONTH));
    let source_after = section.or("source_after", 15 * MINUTE, duration(SECOND..=MONTH));
    let repeat_after = section.or("repeat_after", 24 * HOUR, duration(SECOND..=MONTH));
    let per_hour = section.or("per_hour", 30, integer(1..=10_000));
    let give_up_after = section.or("give_up_after", HOUR, duration(SECOND..=24 * HOUR));
    let disk_percent_min = section.or("disk_percent_min", 10, integer(0..=99));
    let (from, smtp, to, webhook) = (from?, smtp?, to?, webhook?);
    if smtp.is_some() && from.is_none() {
        section.fault("from", "is missing; letters come from this address");
    }
    if smtp.is_none() && !to.is_empty() {
        section.fault("to", "needs a mail server: add [notify.smtp]");
    }
    if to.len() > OWN_MAX {
        section.fault("to", format!("must not be more than {OWN_MAX}"));
    }
    Some(Notify {
        smtp: smtp.flatten(),
        to,
        tell_partners: tell_partners?,
        webhook,
        every: every?,
        failing_after: failing_after?,
        source_after: source_after?,
        repeat_after: repeat_after?,
        per_hour: per_hour?,
        give_up_after: give_up_after?,
        disk_percent_min: disk_percent_min?,
    })
}

/// The mail server; none when nobody knows who letters come from, which is told elsewhere.
fn smtp(section: &Section, from: Option<Address>) -> Option<Option<Smtp>> {
    let words = [("starttls", SmtpTls::StartTls), ("tls", SmtpTls::Tls), ("none", SmtpTls::None)];
    let host = section.required("host", host);
    let tls = section.or("tls", SmtpTls::StartTls, one_of(&words));
    let usual = match tls {
        Some(SmtpTls::Tls) => 465,
        Some(SmtpTls::None) => 25,
        Some(SmtpTls::StartTls) | None => 587,
    };
    let port = section.or("port", usual, integer(1..=u16::MAX));
    let user = section.optional("user", text(1..=320));
    let password = section.optional("password", Given::secret);
    let timeout = section.or("timeout", PATIENCE, duration(SECOND..=2 * MINUTE));
    let (host, port, tls, user, password) = (host?, port?, tls?, user?, password?);
    if tls == SmtpTls::None && !is_near(&host) {
        section.fault("tls", r#"must be "starttls" or "tls": only loopback is spoken to in clear"#);
    }
    if user.is_some() != password.is_some() {
        section.fault("password", "goes with user: give both, or neither");
    }
    let (login, timeout) = (user.zip(password), timeout?);
    Some(from.map(|from| Smtp { host, port, tls, login, from, timeout }))
}

/// A name, or an address of IPv4 or IPv6.
fn host(given: &Given) -> Result<String, Fault> {
    let text = given.text()?;
    let parsed = Host::parse(text).or_else(|_| Host::parse(&format!("[{text}]")));
    match parsed {
        Ok(Host::Domain(name)) if text.len() <= 253 => Ok(name),
        Ok(Host::Ipv4(address)) => Ok(address.to_string()),
        Ok(Host::Ipv6(address)) => Ok(address.to_string()),
        Ok(Host::Domain(_)) | Err(_) => Err("must be the name of a host, or its address".into()),
    }
}

fn is_near(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn webhook(section: &Section) -> Option<Webhook> {
    let times = Duration::from_millis(100)..=2 * MINUTE;
    let allow_private = section.or("allow_private", false, boolean);
    let url = section.required("url", |given| endpoint(given, allow_private.unwrap_or(true)));
    let secrets = section.list("secrets", signing_secret);
    let timeout = section.or("timeout", PATIENCE, duration(times));
    let secrets = secrets?;
    if secrets.len() > SECRETS_MAX {
        section.fault("secrets", format!("must not be more than {SECRETS_MAX}"));
    }
    Some(Webhook { url: url?, secrets, allow_private: allow_private?, timeout: timeout? })
}

fn signing_secret(given: &Given) -> Result<Secret, Fault> {
    match given.resolve()? {
        Resolved::Absent(fault) => Err(fault),
        Resolved::Known(secret) => {
            is_signing_secret(secret.reveal())?;
            Ok(secret)
        }
    }
}
