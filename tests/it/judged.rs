//! Independent judges of what leaves: libraries that partners use, the RPDE validator, promtool.

mod feed;
mod metrics;
mod pushes;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::embedded::program::{Ended, run, run_with};

/// A judge's program, installed by `tests/setup`.
pub(crate) fn program(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("LUIK_JUDGES").map(PathBuf::from);
    let program = folder.unwrap_or_else(|| root.join(".cache/judges")).join("bin").join(name);
    assert!(program.exists(), "{} is not there: run tests/setup", program.display());
    program
}

/// A script of `tests/judges` as it is to be run.
pub(crate) fn script(script: &str, arguments: &[&str]) -> Command {
    let name = if script.ends_with(".py") { "python" } else { "node" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(script);
    let mut command = Command::new(program(name));
    command.arg(path).args(arguments);
    command
}

/// Its judgement.
pub(crate) fn judge(name: &str, arguments: &[&str]) -> Ended {
    run(&mut script(name, arguments))
}

/// Whether JSON fits one of the closed schemas in `schemas/`.
pub(crate) fn fits(schema: &str, json: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json).unwrap();
    let judged = judge("schema.py", &[schema, file.path().to_str().unwrap()]);
    assert_eq!((judged.code, judged.out.as_str()), (Some(0), "accepted\n"), "{}", judged.err);
}

/// What promtool says of a metrics page.
fn promtool(page: &str) -> Ended {
    run_with(Command::new(program("promtool")).args(["check", "metrics"]), page.as_bytes())
}
