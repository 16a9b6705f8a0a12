//! Settings of the gateway: text in, typed limits out; unknown keys refused.

mod secret;
mod settings;

pub use secret::Secret;
pub use settings::{
    Deliver, KeyReference, Listen, PostgresSource, Privacy, Settings, SourceSettings, SqliteSource,
    Watch,
};
