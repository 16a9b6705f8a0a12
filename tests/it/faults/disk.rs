//! No room for the journal: the gateway says so and lives, and what was told is not lost.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{get, try_get};
use crate::embedded::program::Program;
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;

/// A way to leave the journal without room, and to give it room again.
trait Scarcity {
    fn starve(&mut self, gateway: &Gateway);
    fn relieve(&mut self, gateway: &Gateway);
    /// As [`Scarcity::relieve`], between two processes.
    fn relieve_for_next(&mut self);
    /// What `/health/ready` says meanwhile.
    fn cause(&self) -> &'static str;
}

/// A file system of its own; a journal of some hundred items has room in it, its log included.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Result<Self, String> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs"]).arg(at);
        let done = command.output().map_err(|error| error.to_string())?;
        if done.status.success() {
            Ok(Self(at.to_owned()))
        } else {
            Err(String::from_utf8_lossy(&done.stderr).trim().to_owned())
        }
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Scarcity for SmallDisk {
    fn starve(&mut self, _: &Gateway) {
        let mut filler = File::create(self.filler()).unwrap();
        for piece in [vec![0; 65_536], vec![0; 4_096], vec![0; 1]] {
            let full = loop {
                if let Err(error) = filler.write_all(&piece) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    fn relieve(&mut self, _: &Gateway) {
        self.relieve_for_next();
    }

    fn relieve_for_next(&mut self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn cause(&self) -> &'static str {
        "journal: the disk of the state folder is full"
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the gateway may still be ending.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

/// The process may write no file beyond its first bytes.
struct FileSize;

impl FileSize {
    fn limit(gateway: &Gateway, to: &str) {
        let pid = gateway.program.pid().to_string();
        let mut command = Command::new("prlimit");
        command.args(["--pid", &pid, &format!("--fsize={to}:")]);
        assert!(command.status().unwrap().success());
    }
}

impl Scarcity for FileSize {
    fn starve(&mut self, gateway: &Gateway) {
        Self::limit(gateway, "1");
    }

    fn relieve(&mut self, gateway: &Gateway) {
        Self::limit(gateway, "unlimited");
    }

    /// The limit ends with the process.
    fn relieve_for_next(&mut self) {}

    fn cause(&self) -> &'static str {
        "journal: the journal answered with SQLite code 778"
    }
}

/// A gateway that outlives the signal for files that are too large.
fn start(stage: &Stage) -> Gateway {
    let plain = stage.luik(&["run"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(plain.get_program());
    shell.args(plain.get_args()).env_clear();
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let gateway = Gateway::start(&mut shell);
    gateway.becomes_ready();
    gateway
}

fn nothing_is_lost(stage: Stage, sink: &Sink, mut scarcity: impl Scarcity) {
    let early: Vec<String> = (0..30).map(|n| format!("vroeg-{n}")).collect();
    let late: Vec<String> = (0..300).map(|n| format!("laat-{n}")).collect();
    let mut gateway = start(&stage);
    stage.core.put_all(early.iter().map(String::as_str));
    eventually("the first arrive", || sink.shown().len() == early.len());
    scarcity.starve(&gateway);
    stage.core.put_all(late.iter().map(String::as_str));
    stage.core.remove("vroeg-1");
    eventually("it says why it is not ready", || {
        let ready = gateway.ready();
        ready.status == 503 && ready.body.contains(scarcity.cause())
    });
    assert_eq!(get(gateway.admin, "/health/live").status, 200);
    assert!(gateway.program.is_running());
    stage.core.remove("vroeg-2");
    scarcity.relieve(&gateway);
    eventually("it is ready again", || gateway.ready().status == 200);
    for id in ["vroeg-1", "vroeg-2"] {
        eventually("a removal arrives", || sink.has_dropped(&public_id(id)));
    }
    let wanted = early.len() + late.len() - 2;
    eventually("everything arrives", || sink.shown().len() == wanted);
    // Once more, and this time it is killed meanwhile.
    scarcity.starve(&gateway);
    stage.core.remove("vroeg-3");
    eventually("it is not ready", || gateway.ready().status == 503);
    gateway.program.signal("-KILL");
    gateway.program.ended(crate::embedded::SOON);
    scarcity.relieve_for_next();
    let gateway = start(&stage);
    eventually("the removal arrives", || sink.has_dropped(&public_id("vroeg-3")));
    eventually("nothing is open", || gateway.removals_open("duwer") == 0.0);
    assert_eq!(sink.shown().len(), wanted - 1);
}

/// Everything that the gateway logs is refused: no room, or a pipe that nobody reads.
#[test]
fn a_log_that_can_not_be_written_stops_nothing() {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (stage, sink) = prepared();
    let admin = free();
    let plain = stage.luik(&["run"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" 2>/dev/full", "sh"]).arg(plain.get_program());
    shell.args(plain.get_args()).env_clear().env("LUIK_LOG", "trace");
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut program = Program::start(shell.env("LUIK__LISTEN__ADMIN", admin.to_string()), b"");
    eventually("it is ready", || {
        let ready = try_get(admin, "/health/ready", &[]);
        ready.is_some_and(|ready| ready.status == 200)
    });
    stage.core.put("a");
    eventually("an item arrives", || sink.shows(&public_id("a")));
    stage.core.remove("a");
    eventually("it is taken back", || sink.has_dropped(&public_id("a")));
    program.signal("-TERM");
    assert_eq!(program.ended(crate::embedded::SOON).code, Some(0));
}

fn prepared() -> (Stage, Sink) {
    let mut stage = Stage::new();
    let sink = Sink::start("duwer");
    stage.pushes_to("duwer", &sink, "");
    (stage, sink)
}

#[test]
fn a_full_disk_is_told_survived_and_made_good() {
    let (stage, sink) = prepared();
    let state = stage.path().join("state");
    fs::create_dir(&state).unwrap();
    match SmallDisk::mount(&state) {
        Ok(disk) => nothing_is_lost(stage, &sink, disk),
        Err(why) => {
            let why = format!("no disk of its own ({why}): a limit on file sizes instead\n");
            std::io::stderr().write_all(why.as_bytes()).unwrap();
            nothing_is_lost(stage, &sink, FileSize);
        }
    }
}

#[test]
fn a_limit_on_file_sizes_is_told_survived_and_made_good() {
    let (stage, sink) = prepared();
    nothing_is_lost(stage, &sink, FileSize);
}
