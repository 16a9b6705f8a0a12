//! The kit for partners, in each of its languages, as real processes beside a real gateway.

pub(crate) mod door;
mod pull;
mod push;
mod tls;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::judged::program;

/// A language of the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Php,
    JavaScript,
}

impl Language {
    /// Runs a program of the kit, with an environment that has nothing else in it.
    fn command(self, what: &str) -> Command {
        let (mut command, file) = self.interpreter(what);
        command.arg(file);
        command
    }

    /// The same, listening at this address.
    fn server(self, what: &str, address: &str) -> Command {
        let (mut command, file) = self.interpreter(what);
        match self {
            Self::Python | Self::JavaScript => command.args([&file, address]),
            Self::Php => command.args(["-S", address, &file]),
        };
        command
    }

    fn interpreter(self, what: &str) -> (Command, String) {
        let (interpreter, folder, ending) = match self {
            Self::Python => ("python", "python", "py"),
            Self::Php => ("php", "php", "php"),
            Self::JavaScript => ("node", "javascript", "mjs"),
        };
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners/kit").join(folder);
        let mut command = Command::new(program(interpreter));
        command.env_clear().current_dir(kit);
        (command, format!("{what}.{ending}"))
    }
}

/// The ids, change numbers and titles in a state file of the kit, in order of the ids; tombstones
/// are left out.
fn live(state: &Path) -> Vec<(String, u64, String)> {
    let Ok(text) = std::fs::read(state) else { return Vec::new() };
    let state: Value = serde_json::from_slice(&text).unwrap();
    let mut live: Vec<_> = state["items"]
        .as_object()
        .into_iter() // PHP writes an empty one as a list
        .flatten()
        .filter(|(_, held)| !held["data"].is_null())
        .map(|(id, held)| {
            let title = held["data"]["title"].as_str().unwrap().to_owned();
            (id.clone(), held["modified"].as_u64().unwrap(), title)
        })
        .collect();
    live.sort();
    live
}

/// The ids alone.
fn ids(state: &Path) -> Vec<String> {
    live(state).into_iter().map(|(id, ..)| id).collect()
}
