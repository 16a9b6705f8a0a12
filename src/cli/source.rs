//! `luik source`: what the core's administrator runs, and what is missing.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::{self, Environment};
use crate::source::{self, Level};

use super::{Failure, say, wait_for};

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
    let settings = settings.map_err(Failure::wrong)?.source;
    match arguments.what {
        What::Sql => say(source::sql(&settings).map_err(Failure::wrong)?),
        What::Check => {
            let findings = wait_for(async { Ok(source::check(&settings).await) })?;
            findings.iter().try_for_each(say)?;
            if findings.iter().any(|finding| finding.level == Level::Problem) {
                return Err(Failure::failed("the core is not ready for the gateway"));
            }
            Ok(())
        }
    }
}
