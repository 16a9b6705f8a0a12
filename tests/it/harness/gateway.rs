//! The real binary in a folder of its own: configured, started, signalled, killed.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::poll;

/// How long it may take to become ready, in a debug build on a busy machine.
const READY_TIME: Duration = Duration::from_secs(40);
/// How long a stop may take.
const STOP_TIME: Duration = Duration::from_secs(10);
/// Ports below those that the system gives to outgoing connections, so that they stay free
/// between a kill and the next start.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A gateway; only its own process is stopped when it is dropped.
pub(crate) struct Gateway {
    folder: TempDir,
    core_url: String,
    public: u16,
    admin: u16,
    child: Option<Child>,
    client: reqwest::Client,
}

impl Gateway {
    /// Writes `luik.toml` for the core at this URL. Nothing runs yet.
    pub(crate) fn of(core_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (public, admin) = (free_port(), free_port());
        fs::create_dir(folder.path().join("partners")).unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        let text = format!(
            r#"public_url = "http://127.0.0.1:{public}"
[listen]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
[source]
kind = "postgres"
url = {{ env = "CORE_URL" }}
[[source.watch]]
table = "public.item"
[[source.watch]]
table = "public.profile"
items = "SELECT id FROM public.item WHERE profile_id = ANY($1)"
[deliver]
retry_max = "1s"
"#
        );
        fs::write(folder.path().join("luik.toml"), text).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let core_url = core_url.to_owned();
        Self { folder, core_url, public, admin, child: None, client }
    }

    /// Writes the file of a partner, new or changed.
    pub(crate) fn partner(&self, id: &str, text: &str) {
        fs::write(self.folder.path().join(format!("partners/{id}.toml")), text).unwrap();
    }

    /// Writes a secret that partner files refer to as `{ file = "../secrets/<name>" }`.
    pub(crate) fn secret(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join("secrets").join(name), text).unwrap();
    }

    /// Starts it, and does not wait.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_luik"))
            .args(["run", "--config", "luik.toml"])
            .current_dir(self.folder.path())
            .env("CORE_URL", &self.core_url)
            .env("LUIK_LOG", "debug")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&mut self) {
        let deadline = Instant::now() + READY_TIME;
        loop {
            let (status, text) = self.readiness().await;
            if status == 200 {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "not ready: {text}\n{}", self.log());
            poll::pause().await;
        }
    }

    /// Status and text of `/health/ready`; 0 when nobody answers.
    pub(crate) async fn readiness(&self) -> (u16, String) {
        let url = format!("http://127.0.0.1:{}/health/ready", self.admin);
        match self.client.get(url).send().await {
            Ok(response) => (response.status().as_u16(), response.text().await.unwrap_or_default()),
            Err(_) => (0, String::new()),
        }
    }

    /// Waits until it is not ready, for a reason that holds this text.
    pub(crate) async fn not_ready_because(&self, reason: &str) {
        poll::until(reason, async || {
            let (status, text) = self.readiness().await;
            if status == 503 && text.contains(reason) { Ok(()) } else { Err(text) }
        })
        .await;
    }

    /// The page of metrics.
    pub(crate) async fn metrics(&self) -> String {
        let url = format!("http://127.0.0.1:{}/metrics", self.admin);
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it had ended by itself\n{}", self.log());
    }

    /// Asks it to stop, and sees it stop cleanly and in time.
    pub(crate) async fn terminate(&mut self) {
        self.signal("-TERM");
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "{status}\n{}", self.log());
    }

    async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let deadline = Instant::now() + STOP_TIME;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it did not stop within {STOP_TIME:?}\n{}", self.log());
            }
            poll::pause().await;
        }
    }

    /// Has it read the partner files again.
    pub(crate) fn hangup(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Everything it ever logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("stderr.log")
    }

    /// Where the journal is.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Where the public listener is.
    pub(crate) fn public_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.public)
    }

    /// The key behind public ids; there from the first start on.
    pub(crate) fn id_key(&self) -> Vec<u8> {
        let text = fs::read_to_string(self.folder.path().join("secrets/id.key")).unwrap();
        data_encoding::HEXLOWER.decode(text.trim().as_bytes()).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            eprintln!("--- the end of the gateway's log, newest first ---\n{}", tail.join("\n"));
        }
    }
}

/// All bytes of all files below a folder, by path. A file may vanish while this looks.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else if let Ok(bytes) = fs::read(entry.path()) {
            found.push((entry.path(), bytes));
        }
    }
    found
}

/// A port that nobody listens on, and that no other test of this process gets.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let size = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(size)).unwrap();
    for _ in 0..size {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let port = PORTS.start + (first + step) % size;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port");
}
