//! Settings of the gateway: text in, typed limits out; unknown keys refused, and every problem
//! told at once with its file, key and line. The only module that knows the environment.

pub mod key;
pub mod tls;

mod digest;
mod load;
mod log;
mod notify;
mod problem;
mod read;
mod secret;
mod settings;
mod source;

pub use digest::TokenDigest;
pub use load::load;
pub use log::{LogFormat, log_format, log_level};
pub use notify::{Notify, Smtp, SmtpTls, Webhook};
pub use problem::{Problem, Problems};
pub use read::Environment;
pub use secret::Secret;
pub use settings::{
    Deliver, HttpShape, HttpSource, KeyReference, Ledger, Listen, PostgresSource, Privacy, Serve,
    Settings, SourceSettings, SqliteSource, Watch,
};

pub(crate) use load::attempt;
pub(crate) use read::{
    Document, Fault, Given, Resolved, Section, boolean, date, duration, endpoint, integer,
    is_loopback, is_signing_secret, mailbox, one_of, postbox, spell, text, url,
};
