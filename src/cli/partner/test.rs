//! `luik partner test`: a conformance run against a partner's receiver, with or without a gateway
//! that runs.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use crate::clock::Clock;
use crate::config::Environment;
use crate::conform::{self, Report};
use crate::partner;

use super::super::{Failure, say, wait_for};

/// Arguments of `luik partner test`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The partner's id.
    #[arg(value_name = "P")]
    partner: String,
    /// Where the partner shows what it holds, if not on its declared page.
    #[arg(long, value_name = "URL")]
    page: Option<Url>,
    /// The folder for the report as JSON and HTML.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Runs it, prints the table and writes the report.
pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let (settings, partners) = partner::check(config, &environment).map_err(Failure::wrong)?;
    let name = &arguments.partner;
    let found = partners.iter().find(|partner| partner.id.as_str() == *name);
    let folder = settings.partners.display();
    let partner = found.ok_or_else(|| {
        Failure::wrong(format_args!("{folder}: there is no partner of the name given"))
    })?;
    let report = wait_for(async {
        let page = arguments.page.clone();
        let run = conform::run(partner, &settings.public_url, page, &Clock::system()).await;
        run.map_err(|error| Failure::wrong(format_args!("{folder}/{name}.toml: push: {error}")))
    })?;
    say(report.table())?;
    write(&arguments.out, &report)?;
    if report.passes() { Ok(()) } else { Err(Failure::failed("the receiver does not conform")) }
}

fn write(folder: &Path, report: &Report) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| trouble(folder, &error))?;
    for (kind, text) in [("json", format!("{:#}\n", report.json())), ("html", report.page())] {
        let file = folder.join(format!("luik-test-{}.{kind}", report.partner));
        fs::write(&file, text).map_err(|error| trouble(&file, &error))?;
        say(format_args!("Written: {}", file.display()))?;
    }
    Ok(())
}

fn trouble(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format_args!("{}: {}", path.display(), error.kind()))
}
