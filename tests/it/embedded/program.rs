//! The real binary as a process: its exit code, what it prints, signals to it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::found;

/// Longest time for a command that ends by itself.
const COMMAND_TIME: Duration = Duration::from_secs(60);

/// `luik` with these arguments and an empty environment.
pub(crate) fn luik(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luik"));
    command.args(arguments).env_clear();
    command
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A process; killed when dropped.
pub(crate) struct Program {
    child: Child,
    folder: TempDir,
}

impl Program {
    /// Starts it, with this on its standard input.
    pub(crate) fn start(command: &mut Command, input: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| File::create(folder.path().join(name)).unwrap();
        fs::write(folder.path().join("in"), input).unwrap();
        let input = File::open(folder.path().join("in")).unwrap();
        command.stdin(Stdio::from(input)).stdout(open("out")).stderr(open("err"));
        let child = command.spawn().unwrap();
        Self { child, folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub(crate) fn out(&self) -> String {
        self.read("out")
    }

    /// What it has written to standard error so far.
    pub(crate) fn err(&self) -> String {
        self.read("err")
    }

    fn read(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
    }

    /// Sends a signal, such as `-TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Sends a signal to it and its children; it must have been started as a group of its own.
    pub(crate) fn signal_group(&self, signal: &str) {
        let group = format!("-{}", self.pid());
        // It may have ended by itself.
        drop(Command::new("kill").args([signal, "--", &group]).status());
    }

    /// Does it still run?
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self, within: Duration) -> Ended {
        let child = &mut self.child;
        let status = found("the process ends", within, || child.try_wait().unwrap());
        Ended { code: status.code(), out: self.out(), err: self.err() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    run_with(command, b"")
}

/// Runs a command to its end, with this on its standard input.
pub(crate) fn run_with(command: &mut Command, input: &[u8]) -> Ended {
    Program::start(command, input).ended(COMMAND_TIME)
}
