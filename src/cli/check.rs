//! `luik check`: every problem of the configuration and the partner files at once.

use std::path::Path;

use crate::config::Environment;
use crate::partner;

use super::{Failure, say};

/// Checks; touches nothing.
pub(super) fn run(config: &Path) -> Result<(), Failure> {
    let checked = partner::check(config, &Environment::of_process());
    let (_, partners) = checked.map_err(Failure::wrong)?;
    say(format_args!("{} and {} partner files are right", config.display(), partners.len()))
}
