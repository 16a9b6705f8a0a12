//! `luik partner`: what stands with each partner, and what is done about it.

mod command;
mod list;
mod snippets;
mod test;

use std::path::PathBuf;

use clap::Subcommand;

use super::Failure;

/// Arguments of `luik partner`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml", global = true)]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell where each partner stands.
    List,
    /// Try whether a partner's receiver does what it must; everything sent is taken back.
    Test(test::Arguments),
    /// Print ready lines that show the partner's list on its site.
    Snippets(snippets::Arguments),
    /// Stop publishes; removals and leases go on.
    Pause(command::Order),
    /// Let publishes go on.
    Resume(command::Order),
    /// Send everything anew, removals too.
    Resync(command::Order),
    /// Take everything back, wait until that is done, and print the certificate.
    End(command::End),
}

/// Carries it out.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = &arguments.config;
    match &arguments.what {
        What::List => list::run(config),
        What::Test(arguments) => test::run(config, arguments),
        What::Snippets(arguments) => snippets::run(config, arguments),
        What::Pause(order) => command::run(config, "pause", order),
        What::Resume(order) => command::run(config, "resume", order),
        What::Resync(order) => command::run(config, "resync", order),
        What::End(end) => command::end(config, end),
    }
}
