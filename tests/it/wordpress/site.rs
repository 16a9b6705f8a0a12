//! WordPress with a database and a web server of its own, in a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::embedded::eventually;
use crate::embedded::http::get;
use crate::embedded::program::{Program, run_with};
use crate::judged::program;

/// A site that runs; stopped when dropped.
pub(super) struct WordPress {
    pub(super) address: SocketAddr,
    environment: Vec<(String, String)>,
    web: Program,
    _database: Program,
    folder: TempDir,
}

/// An address that is free now.
pub(super) fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn php(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wordpress/php").join(name)
}

impl WordPress {
    /// Installs one that may fetch from the gateway there, with these constants in its settings.
    pub(super) fn install(gateway: SocketAddr, constants: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("content");
        fs::create_dir(&content).unwrap();
        let code = program("wordpress");
        std::os::unix::fs::symlink(code.join("wp-content/themes"), content.join("themes")).unwrap();
        let (address, socket) = (free(), folder.path().join("socket"));
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let mut environment = vec![
            ("WORDPRESS_ADDRESS".to_owned(), address.to_string()),
            ("WORDPRESS_GATEWAY".to_owned(), gateway.to_string()),
            ("WORDPRESS_SOCKET".to_owned(), path(&socket)),
            ("WORDPRESS_CONTENT".to_owned(), path(&content)),
            ("WORDPRESS_CODE".to_owned(), path(&code)),
            ("WORDPRESS_SETTINGS".to_owned(), path(&php("settings.php"))),
            // WordPress asks itself now and then.
            ("PHP_CLI_SERVER_WORKERS".to_owned(), "4".to_owned()),
        ];
        environment.extend(constants.iter().map(|(key, value)| ((*key).into(), (*value).into())));
        let mut database = database(folder.path(), &socket);
        eventually("the database is there", || {
            assert!(database.is_running(), "it ended: {}", database.err());
            socket.exists()
        });
        let mut server = Command::new(program("php"));
        server.args(["-S", &address.to_string(), "-t"]).arg(&code).current_dir(&folder);
        // Its workers are processes, too: they form a group that ends as one.
        server.env_clear().envs(environment.clone()).process_group(0);
        let web = Program::start(&mut server, b"");
        let mut site = Self { address, environment, web, _database: database, folder };
        assert_eq!(site.errand(&["install"], ""), "1");
        eventually("the site listens", || {
            assert!(site.web.is_running(), "it ended: {}", site.web.err());
            TcpStream::connect(address).is_ok()
        });
        site
    }

    /// Runs an errand inside WordPress, and returns what it says.
    pub(super) fn errand(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(program("php"));
        command.arg(php("errand.php")).args(arguments);
        command.env_clear().envs(self.environment.clone());
        let ended = run_with(&mut command, input.as_bytes());
        let said = (ended.code, ended.err.as_str());
        assert_eq!(said, (Some(0), ""), "{}\n{}", ended.out, self.complaints());
        ended.out
    }

    /// Publishes a post with this text.
    pub(super) fn post(&self, text: &str) -> Post {
        Post { path: self.errand(&["post"], text) }
    }

    /// The page of a post, as a visitor gets it.
    pub(super) fn page(&self, post: &Post) -> String {
        let answer = get(self.address, &post.path);
        assert_eq!(answer.status, 200, "{}\n{}", answer.body, self.complaints());
        answer.body
    }

    /// Posts, what belongs to them, and options: all that WordPress keeps of what it fetched.
    pub(super) fn kept(&self) -> String {
        self.errand(&["kept"], "")
    }

    /// What PHP has complained of, but for what it finds old-fashioned in WordPress itself.
    pub(super) fn complaints(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("content/debug.log"));
        let old = |line: &&str| line.contains("PHP Deprecated:") && line.contains("/wp-includes/");
        log.unwrap_or_default().lines().filter(|line| !old(line)).collect::<Vec<_>>().join("\n")
    }
}

/// A post of the site.
pub(super) struct Post {
    pub(super) path: String,
}

impl Drop for WordPress {
    fn drop(&mut self) {
        self.web.signal_group("-KILL");
    }
}

/// Any user may do anything, but nobody beyond this machine's socket; nothing has to last.
fn database(folder: &Path, socket: &Path) -> Program {
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    let mut command = Command::new(program("mariadbd"));
    let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
    command.args(["--no-defaults", "--skip-grant-tables", "--skip-networking", "--skip-log-bin"]);
    command.args(["--skip-innodb", "--default-storage-engine=Aria", "--user=root"]);
    command.arg(option("datadir", &data)).arg(option("socket", socket));
    command.arg(option("pid-file", &folder.join("pid"))).arg(option("tmpdir", folder));
    Program::start(command.env_clear(), b"")
}
