//! `luik demo`: ends by itself, and its partner pages show nobody's last name, e-mail or phone.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::embedded::http::{get, try_get};
use crate::embedded::program::{Program, luik, run};
use crate::embedded::{SOON, eventually, found};

/// The first of five free ports in a row.
fn free_ports() -> u16 {
    found("five free ports", SOON, || {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let free = |place| {
            let port = first.checked_add(place)?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
        };
        (0..5).map(free).collect::<Option<Vec<_>>>().map(|_| first)
    })
}

/// The only folder in a folder.
fn only_folder(path: &Path) -> Option<PathBuf> {
    fs::read_dir(path).unwrap().next().map(|entry| entry.unwrap().path())
}

/// Every last name, e-mail address, phone number and street of the demo's people.
fn secrets_of(core: &Path) -> BTreeSet<String> {
    let core = Connection::open_with_flags(core, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    core.busy_timeout(Duration::from_secs(5)).unwrap();
    let mut ask = core
        .prepare(
            "SELECT last_name FROM person UNION SELECT email FROM person
             UNION SELECT phone FROM person UNION SELECT street || ' ' || house_number FROM person
             UNION SELECT postcode FROM person",
        )
        .unwrap();
    ask.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Starts it; it says where to look.
fn start(time: &str, temporary: &Path) -> (Program, [SocketAddr; 5]) {
    let port = free_ports();
    let at = [0, 1, 2, 3, 4].map(|place| SocketAddr::from((Ipv4Addr::LOCALHOST, port + place)));
    let mut command = luik(&["demo", "--for", time, "--port", &port.to_string()]);
    let program = Program::start(command.env("TMPDIR", temporary), b"");
    eventually("it says where to look", || program.out().contains("Ctrl-C"));
    let [page, _, admin, push, feed] = at;
    for address in [page, admin, push, feed] {
        assert!(program.out().contains(&format!("http://{address}/")), "{}", program.out());
    }
    (program, at)
}

#[test]
fn it_ends_by_itself_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, [page, ..]) = start("4s", temporary.path());
    eventually("the page answers", || {
        try_get(page, "/", &[]).is_some_and(|answer| answer.status == 200)
    });
    let ended = program.ended(Duration::from_secs(30));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.ends_with("The demo is over; nothing of it is left.\n"), "{ended:?}");
    assert_eq!(only_folder(temporary.path()), None, "nothing is left");
}

#[test]
fn every_page_answers_and_the_people_stay_in_the_core() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, [page, _, admin, push, feed]) = start("5m", temporary.path());
    eventually("the page answers", || try_get(page, "/", &[]).is_some());
    let core = only_folder(temporary.path()).unwrap().join("core.db");
    let mut secrets = secrets_of(&core);
    let count = |site: SocketAddr| get(site, "/digest").json()["count"].as_u64().unwrap();
    eventually("both sites are filled", || count(push) > 200 && count(feed) > 200);
    for (at, path) in [(page, "/"), (page, "/board"), (admin, "/metrics"), (push, "/"), (feed, "/")]
    {
        assert_eq!(get(at, path).status, 200, "{at}{path}");
    }
    eventually("it is ready", || get(admin, "/health/ready").status == 200);
    let paths = ["/", "/?page=2", "/?page=3", "/items"];
    let pages: Vec<String> =
        [push, feed].iter().flat_map(|site| paths.map(|path| get(*site, path).body)).collect();
    secrets.extend(secrets_of(&core));
    assert!(secrets.len() > 500, "{} secrets", secrets.len());
    assert!(pages.iter().map(String::len).sum::<usize>() > 100_000, "the pages are filled");
    program.signal("-TERM");
    let ended = program.ended(Duration::from_secs(15));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let texts = [pages, vec![ended.out, ended.err]].concat();
    let shown: Vec<&String> =
        secrets.iter().filter(|word| texts.iter().any(|text| text.contains(*word))).collect();
    assert_eq!(shown, Vec::<&String>::new());
    assert_eq!(only_folder(temporary.path()), None, "nothing is left");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ended = run(&mut luik(&["demo", "--for", "1s", "--port", &port.to_string()]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let wanted = format!(
        "the demo can not listen on port {port} (address in use): choose another with --port\n"
    );
    assert_eq!(ended.err, wanted);
    for wrong in [["--for", "0s"], ["--for", "lang"], ["--port", "65535"]] {
        let ended = run(luik(&["demo"]).args(wrong));
        assert_eq!(ended.code, Some(2), "{ended:?}");
    }
}
