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

#[test]
fn it_shows_itself_ends_by_itself_and_keeps_the_people_to_itself() {
    let (temporary, port) = (tempfile::tempdir().unwrap(), free_ports());
    let at = |place: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port + place));
    let mut command = luik(&["demo", "--for", "6s", "--port", &port.to_string()]);
    let mut program = Program::start(command.env("TMPDIR", temporary.path()), b"");
    eventually("it says where to look", || program.out().contains("Ctrl-C"));
    for place in [0, 2, 3, 4] {
        let address = format!("http://{}/", at(place));
        assert!(program.out().contains(&address), "{}", program.out());
    }
    eventually("the page answers", || try_get(at(0), "/", &[]).is_some());
    let core = only_folder(temporary.path()).unwrap().join("core.db");
    let mut secrets = secrets_of(&core);
    let count = |site: SocketAddr| get(site, "/digest").json()["count"].as_u64().unwrap();
    eventually("both sites are filled", || count(at(3)) > 200 && count(at(4)) > 200);
    for (place, path) in
        [(0, "/"), (0, "/board"), (2, "/metrics"), (2, "/health/ready"), (3, "/"), (4, "/")]
    {
        let answer = get(at(place), path);
        assert_eq!(answer.status, 200, "{place} {path}");
    }
    let pages: Vec<String> = [3, 4]
        .into_iter()
        .flat_map(|place| (1..=3).map(move |page| (place, format!("/?page={page}"))))
        .chain([(3, "/items".to_owned()), (4, "/items".to_owned())])
        .map(|(place, path)| get(at(place), &path).body)
        .collect();
    secrets.extend(secrets_of(&core));
    assert!(secrets.len() > 500, "{} secrets", secrets.len());
    assert!(pages.iter().map(String::len).sum::<usize>() > 100_000, "the pages are filled");
    let shown: Vec<&String> =
        secrets.iter().filter(|word| pages.iter().any(|page| page.contains(*word))).collect();
    assert_eq!(shown, Vec::<&String>::new());
    let ended = program.ended(Duration::from_secs(30));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told: Vec<&String> = secrets
        .iter()
        .filter(|word| ended.out.contains(*word) || ended.err.contains(*word))
        .collect();
    assert_eq!(told, Vec::<&String>::new());
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
