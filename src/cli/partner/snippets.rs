//! `luik partner snippets`: ready lines for the site of a partner.

use std::path::Path;

use crate::config::Environment;
use crate::model::Language;
use crate::partner;
use crate::serve;

use super::super::{Failure, say};

/// Arguments of `luik partner snippets`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The partner's id.
    #[arg(value_name = "P")]
    partner: String,
}

/// Prints them.
pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let (settings, partners) = partner::check(config, &environment).map_err(Failure::wrong)?;
    let (name, folder) = (&arguments.partner, settings.partners.display());
    let found = partners.iter().find(|partner| partner.id.as_str() == *name);
    let partner = found.ok_or_else(|| {
        Failure::wrong(format_args!("{folder}: there is no partner of the name given"))
    })?;
    let lines = serve::snippets(settings.public_base(), partner).ok_or_else(|| {
        Failure::wrong(format_args!("{folder}/{name}.toml: embed: is missing; there is no list"))
    })?;
    for line in lines {
        say(format_args!("# {}: {}\n{}\n", line.site, line.about(Language::English), line.text))?;
    }
    Ok(())
}
