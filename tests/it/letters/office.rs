//! A mail server of another make as a process, and the letters that it took.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::embedded::program::Program;
use crate::embedded::{SOON, found};
use crate::judged::script;

/// The server; ended when dropped.
pub(super) struct Office {
    program: Program,
    folder: TempDir,
    pub(super) port: u16,
}

/// A letter as Python's email package reads it.
#[derive(Debug, Clone)]
pub(super) struct Letter(pub(super) Value);

impl Letter {
    pub(super) fn text(&self) -> &str {
        self.0["text"].as_str().unwrap()
    }

    pub(super) fn subject(&self) -> &str {
        self.0["headers"]["subject"].as_str().unwrap()
    }

    /// The line that is a link to confirm.
    pub(super) fn link(&self) -> Option<&str> {
        self.text().lines().map(str::trim).find(|line| line.contains("/confirm/"))
    }
}

impl Office {
    pub(super) fn open() -> Self {
        Self::with(0, &[])
    }

    /// With these arguments, on this port.
    pub(super) fn with(port: u16, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command: Command = script("post_office.py", &[]);
        command.arg(folder.path()).args(["--port", &port.to_string()]).args(arguments);
        let mut program = Program::start(&mut command, b"");
        let port = found("the mail server listens", SOON, || {
            assert!(program.is_running(), "{}", program.err());
            let out = program.out();
            out.lines().next()?.strip_prefix("listening ")?.parse().ok()
        });
        Self { program, folder, port }
    }

    /// Answers this instead of taking letters.
    pub(super) fn answer(&self, line: &str) {
        fs::write(self.folder.path().join("answer"), line).unwrap();
    }

    /// All that it took; each is sound in form.
    pub(super) fn letters(&self) -> Vec<Letter> {
        let out = self.program.out();
        let whole = out.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
        whole.map(|line| sound(serde_json::from_str(line).unwrap())).collect()
    }

    /// The first letter that is like this.
    pub(super) fn letter(&self, what: &str, is: impl Fn(&Letter) -> bool) -> Letter {
        found(what, SOON, || self.letters().into_iter().find(|letter| is(letter)))
    }

    /// What `[notify]` needs for it.
    pub(super) fn settings(&self, more: &str) -> String {
        format!(
            "[notify]\nfrom = \"luik@platform.example\"\n{more}\n\
             [notify.smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n",
            self.port
        )
    }
}

fn sound(letter: Value) -> Letter {
    assert_eq!(letter["defects"], serde_json::json!([]), "{letter}");
    assert_eq!(
        (&letter["ascii"], &letter["from"]),
        (&true.into(), &"luik@platform.example".into())
    );
    assert!(letter["longest"].as_u64().unwrap() <= 998, "{letter}");
    let names = [
        "from",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "content-type",
        "to",
        "content-transfer-encoding",
    ];
    let mut found: Vec<&str> =
        letter["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut wanted = names.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    found.retain(|name| *name != "mime-version");
    assert_eq!(found, wanted, "a header too many, or too few");
    Letter(letter)
}
