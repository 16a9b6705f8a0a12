//! `luik source`: what the core's administrator runs, and what is missing.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::{self, Environment};
use crate::source::setup;

use super::{Failure, runtime, say};

/// Arguments of `luik source`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml", global = true)]
    config: PathBuf,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Print the SQL that the core's administrator runs.
    Sql,
    /// Tell what is missing in the core.
    Check,
}

/// Prints, or checks.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = config::load(&arguments.config, &Environment::of_process());
    let source = settings.map_err(Failure::wrong)?.source;
    match arguments.what {
        What::Sql => say(setup::sql(&source)),
        What::Check => {
            let findings = runtime()?.block_on(setup::check(&source));
            findings.iter().try_for_each(say)?;
            if findings.iter().any(setup::Finding::is_problem) {
                return Err(Failure::failed("the core is not ready for the gateway"));
            }
            Ok(())
        }
    }
}
