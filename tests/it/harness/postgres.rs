//! A throw-away PostgreSQL with logical replication, and a small core in it.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

const READY_TIME: Duration = Duration::from_secs(60);

/// A running server; stopped when dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

/// An SQL session of the superuser.
pub(crate) struct Admin {
    client: Client,
    _driver: JoinSet<Result<(), tokio_postgres::Error>>,
}

impl Admin {
    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.expect(sql);
    }

    /// Runs statements that may be refused: with which code.
    pub(crate) async fn refused(&self, sql: &str) -> Option<String> {
        let error = self.client.batch_execute(sql).await.err()?;
        Some(error.code()?.code().to_owned())
    }

    /// Asks for one text.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        let row = self.client.query_one(sql, &[]).await.expect(sql);
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }
}

/// A core as the design's contract wants it: items of profiles in regions, and the view. The
/// role `luik` may read the view and what its queries need.
pub(crate) const CORE: &str = "
    CREATE TABLE region (code text PRIMARY KEY, name text NOT NULL);
    CREATE TABLE profile (id bigint PRIMARY KEY, first_name text, last_name text, email text,
      shares boolean NOT NULL DEFAULT true);
    CREATE TABLE item (id bigint PRIMARY KEY, profile_id bigint NOT NULL REFERENCES profile,
      kind text NOT NULL DEFAULT 'offer', region_code text NOT NULL DEFAULT 'GM0119',
      title text NOT NULL DEFAULT 'Hulp', body text NOT NULL DEFAULT 'Ik help graag.',
      published_at timestamptz DEFAULT now(), expires_at timestamptz, note text);
    CREATE INDEX ON item (profile_id);
    CREATE INDEX ON item ((id::text));
    CREATE INDEX ON item ((profile_id::text));
    INSERT INTO region VALUES ('GM0119', 'Meppel');
    INSERT INTO profile VALUES (1, 'Anna', 'de Vries', 'anna@example.nl'),
      (2, 'Bram', 'Jansen', NULL);
    CREATE SCHEMA syndication;
    CREATE VIEW syndication.item AS SELECT i.id::text AS id, p.id::text AS author_id, i.kind,
      p.first_name, i.region_code, r.name AS region_name, i.title, i.body, NULL::text AS language,
      'https://www.example.nl/' || i.id AS url, i.published_at, i.expires_at, p.shares AS share,
      NULL::boolean AS approved, 'public'::text AS visibility, true AS of_age,
      array_remove(ARRAY[p.last_name, p.email], NULL) AS withhold, i.note AS internal_note
      FROM item i JOIN profile p ON p.id = i.profile_id JOIN region r ON r.code = i.region_code;
    CREATE ROLE luik LOGIN REPLICATION PASSWORD 'geheim';
    GRANT USAGE ON SCHEMA syndication TO luik;
    GRANT SELECT ON syndication.item TO luik;
    GRANT SELECT (id, profile_id) ON item TO luik;
    CREATE PUBLICATION luik FOR TABLE item (id), profile (id);";

impl Postgres {
    /// A server with an empty database `core`; `settings` are lines of `postgresql.conf`.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
        for name in ["data", "socket"] {
            own(&folder.path().join(name));
        }
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["-N", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust"])
            .args(["-U", "postgres", "-D"])
            .arg(&data)
            .output()
            .expect("PostgreSQL's server is not installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Self {
            folder,
            port: 0,
            settings: settings.iter().map(|line| (*line).to_owned()).collect(),
            server: None,
        };
        server.launch().await;
        server.admin_of("postgres").await.run("CREATE DATABASE core").await;
        server
    }

    /// A server with [`CORE`] in it.
    pub(crate) async fn with_core(settings: &[&str]) -> Self {
        let server = Self::start(settings).await;
        server.admin().await.run(CORE).await;
        server
    }

    /// Where the role `luik` reaches the core, over the socket.
    pub(crate) fn url(&self) -> String {
        let socket = self.socket();
        let socket = socket.to_str().unwrap().replace('/', "%2F");
        format!("postgres://luik@{socket}:{}/core", self.port)
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The server's data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A session of the superuser in the core.
    pub(crate) async fn admin(&self) -> Admin {
        self.admin_of("core").await
    }

    async fn admin_of(&self, database: &str) -> Admin {
        self.connect(database).await.expect("the server is up")
    }

    async fn connect(&self, database: &str) -> Result<Admin, tokio_postgres::Error> {
        let (client, connection) = Config::new()
            .host_path(self.socket())
            .port(self.port)
            .user("postgres")
            .dbname(database)
            .connect(NoTls)
            .await?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Admin { client, _driver: driver })
    }

    /// Another reader of the slot `luik`, as a process.
    pub(crate) fn reader(&self) -> Child {
        Command::new(binaries().join("pg_recvlogical"))
            .args(["-h", self.socket().to_str().unwrap()])
            .args(["-p", &self.port.to_string(), "-U", "luik", "-d", "core"])
            .args(["-S", "luik", "--start", "-f", "/dev/null"])
            .args(["-o", "proto_version=1", "-o", "publication_names=luik"])
            .spawn()
            .unwrap()
    }

    /// Starts the server, again if need be.
    pub(crate) async fn launch(&mut self) {
        if self.port == 0 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            self.port = free.local_addr().unwrap().port();
        }
        let log = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut command = command("postgres");
        command.arg("-D").arg(self.data());
        let own = [
            "wal_level=logical".to_owned(),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.socket().display()),
        ];
        for line in own.iter().chain(&self.settings) {
            command.args(["-c", line]);
        }
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.server = Some(command.spawn().unwrap());
        let deadline = Instant::now() + READY_TIME;
        while self.connect("postgres").await.is_err() {
            assert!(Instant::now() < deadline, "{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the server as an administrator would, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        self.signal("-INT");
        let deadline = Instant::now() + READY_TIME;
        while let Some(server) = &mut self.server {
            if server.try_wait().unwrap().is_some() {
                self.server = None;
            }
            assert!(Instant::now() < deadline, "{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGSTOP for the server and every process of its own.
    pub(crate) fn freeze(&self) {
        self.signal_all("-STOP");
    }

    /// SIGCONT for all of them.
    pub(crate) fn thaw(&self) {
        self.signal_all("-CONT");
    }

    /// Children are found by their parent, so that nobody else's process is touched.
    fn signal_all(&self, signal: &str) {
        let parent = self.server.as_ref().expect("it runs").id().to_string();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &parent]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let mut kill = Command::new("kill");
        kill.arg(signal).arg(&parent).args(children.split_whitespace());
        assert!(kill.status().unwrap().success());
    }

    /// Stops and starts the server.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.launch().await;
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn signal(&self, signal: &str) {
        if let Some(server) = &self.server {
            let pid = server.id().to_string();
            Command::new("kill").args([signal, &pid]).status().unwrap();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal("-CONT"); // a frozen one would never end
        self.signal("-QUIT");
        if let Some(server) = &mut self.server {
            server.wait().unwrap();
        }
    }
}

/// PostgreSQL refuses to run as root: then it runs as its own user.
fn command(program: &str) -> Command {
    let program = binaries().join(program);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program)
        .current_dir("/");
    command
}

/// Makes a folder that PostgreSQL's user owns.
pub(crate) fn own(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    give(folder);
}

/// Gives a file to PostgreSQL's user.
pub(crate) fn give(path: &Path) {
    if is_root() {
        let (user, group) = user();
        chown(path, Some(user), Some(group)).unwrap();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut ids = line.expect("a user postgres").split(':').skip(2);
    let mut next = || ids.next().unwrap().parse().unwrap();
    (next(), next())
}

/// The newest installed server.
fn binaries() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL's server is not installed")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|folder| folder.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL's server is not installed")
}
