//! Settings of the gateway: text in, typed limits out; unknown keys refused, and every problem
//! told at once with its file, key and line. The only module that knows the environment.

pub mod key;

mod layer;
mod load;
mod problem;
mod secret;
mod section;
mod settings;
mod source;
mod value;

pub use layer::Environment;
pub use load::load;
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use settings::{
    Deliver, HttpShape, HttpSource, KeyReference, Listen, PostgresSource, Privacy, Serve, Settings,
    SourceSettings, SqliteSource, Watch,
};

pub(crate) use load::attempt;
pub(crate) use secret::Resolved;
pub(crate) use section::{Document, Fault, Given, Section};
pub(crate) use value::{boolean, date, duration, integer, is_loopback, one_of, spell, text, url};
