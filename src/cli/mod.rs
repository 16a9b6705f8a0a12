//! The commands (design §10): exit 0 done, 1 failed at run time, 2 wrong input or configuration.

mod admin;
mod audit;
mod check;
mod demo;
mod logs;
mod minimise;
mod partner;
mod progress;
mod receive;
mod report;
mod retract;
mod run;
mod signals;
mod source;

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// Syndication gateway for requests and offers of neighbourly help.
#[derive(Debug, Parser)]
#[command(name = "luik", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml")]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The ledger of who may have received what: export it, or check it.
    Audit(audit::Arguments),
    /// Run the gateway.
    Run(ConfigFile),
    /// Tell every problem of the configuration and the partner files at once.
    Check(ConfigFile),
    /// Show it at work: an embedded core, the gateway and two receiving sites.
    Demo(demo::Arguments),
    /// Read rows of the core as NDJSON and print what would leave, and why not.
    Minimise(minimise::Arguments),
    /// What stands with each partner, and what is done about it.
    Partner(partner::Arguments),
    /// Receive pushes, as a partner would.
    Receive(receive::Arguments),
    /// Statements for the data-protection officer.
    Report(report::Arguments),
    /// Take an item, or everything of one person, away at once; it stays blocked.
    Retract(retract::Arguments),
    /// What the core's administrator runs, and what is missing.
    Source(source::Arguments),
}

/// How a command ended badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit 1: it failed at run time.
    Failed(String),
    /// Exit 2: wrong input or configuration.
    Wrong(String),
}

impl Failure {
    fn failed(cause: impl Display) -> Self {
        Self::Failed(cause.to_string())
    }

    fn wrong(cause: impl Display) -> Self {
        Self::Wrong(cause.to_string())
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    logs::quiet_panics();
    // One TLS stack, one provider: whoever is first decides for every library in the process.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let outcome = match Arguments::parse().command {
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Run(arguments) => run::run(&arguments.config),
        Command::Check(arguments) => check::run(&arguments.config),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Minimise(arguments) => minimise::run(&arguments),
        Command::Partner(arguments) => partner::run(&arguments),
        Command::Receive(arguments) => receive::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Retract(arguments) => retract::run(&arguments),
        Command::Source(arguments) => source::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => complain(&message, 1),
        Err(Failure::Wrong(message)) => complain(&message, 2),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    drop(writeln!(std::io::stderr(), "{message}"));
    ExitCode::from(code)
}

/// Prints a line; a closed standard output ends the command.
fn say(line: impl Display) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(|_| Failure::failed("standard output is closed"))
}

/// Runs a command that waits for the network; what it leaves behind is not waited for long.
fn wait_for<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::failed)?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_timeout(Duration::from_millis(500));
    outcome
}
